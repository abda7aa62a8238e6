/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* What makes a file what it is: c->key. Included twice by file.bpf.h, which says how kernel
 * structures are read: through typed pointers by plain loads, or by helper.
 *   KEY(name)       the name of a function in this variant
 *   GET(p, member)  a member
 *   AS(addr, type)  an address as a pointer that GET can take
 * The key stands in a map: what is read back from there are numbers. */

static __always_inline u64 KEY(addresses6)(struct sock *sk)
{
	u64 h = 1;

	h = fold(h, (u64)GET(sk, __sk_common.skc_v6_daddr.in6_u.u6_addr32[1]) << 32 |
			    GET(sk, __sk_common.skc_v6_daddr.in6_u.u6_addr32[0]));
	h = fold(h, (u64)GET(sk, __sk_common.skc_v6_daddr.in6_u.u6_addr32[3]) << 32 |
			    GET(sk, __sk_common.skc_v6_daddr.in6_u.u6_addr32[2]));
	h = fold(h, (u64)GET(sk, __sk_common.skc_v6_rcv_saddr.in6_u.u6_addr32[1]) << 32 |
			    GET(sk, __sk_common.skc_v6_rcv_saddr.in6_u.u6_addr32[0]));
	return fold(h, (u64)GET(sk, __sk_common.skc_v6_rcv_saddr.in6_u.u6_addr32[3]) << 32 |
			       GET(sk, __sk_common.skc_v6_rcv_saddr.in6_u.u6_addr32[2]));
}

/* Of a unix socket also what its peer is: whether it has been accepted, its address. */
static __always_inline void KEY(unix)(struct sr_ctl *c, struct sock *sk)
{
	struct sr_file_key *k = &c->key;
	struct unix_sock *u = AS(forget(c, (u64)sk), struct unix_sock);
	u64 peer = forget(c, (u64)GET(u, peer)), own = k->name_hash;

	k->parent = (u64)GET(u, addr);
	if (!peer)
		return;
	k->root = (u64)GET(AS(peer, struct sock), sk_socket);
	k->gen = (u64)GET(AS(peer, struct unix_sock), addr);
	barrier();
	k->name_hash = fold(fold(fold(own, peer), k->root), k->gen);
	k->root = 0;
	k->gen = 0;
}

/* @quick: return false for rare families of sockets. */
static __always_inline bool KEY(socket)(struct sr_ctl *c, bool quick)
{
	struct sr_file_key *k = &c->key;
	struct socket *socket = AS(READ_ONCE(k->mnt), struct socket);
	struct sock *sk = (void *)GET(socket, sk);
	u16 family = GET(sk, __sk_common.skc_family);

	k->mnt = 0;
	k->root = 0;
	k->gen = 0;
	k->parent = 0;
	k->name_hash = (u64)GET(sk, __sk_common.skc_dport) << 32 |
		       (u64)GET(sk, __sk_common.skc_num) << 16 | GET(sk, __sk_common.skc_state);
	if (family == AF_INET)
		k->parent = (u64)GET(sk, __sk_common.skc_daddr) << 32 |
			    GET(sk, __sk_common.skc_rcv_saddr);
	else if (family == AF_INET6)
		k->parent = KEY(addresses6)(sk);
	else if (family == AF_UNIX)
		KEY(unix)(c, sk);
	else if (quick)
		return false;
	else
		rare_key(k, sk, family);
	return true;
}

static __always_inline bool KEY(file)(struct sr_ctl *c, u64 addr, bool quick)
{
	struct file *file = AS(addr, struct file);
	struct inode *inode = GET(file, f_inode);
	struct dentry *dentry = GET(file, f_path.dentry);
	struct sr_file_key *k = &c->key;

	k->dentry = (u64)dentry;
	k->inode = (u64)inode;
	k->ino = GET(inode, i_ino);
	if ((GET(inode, i_mode) & S_IFMT) == S_IFSOCK) {
		k->mnt = (u64)GET(file, private_data);
		return KEY(socket)(c, quick);
	}
	k->mnt = (u64)GET(file, f_path.mnt);
	k->root = c->root_dentry * 0x9e3779b97f4a7c15ull + c->root_mnt;
	k->gen = READ_ONCE(live.path_gen);
	k->parent = (u64)GET(dentry, d_parent);
	k->name_hash = GET(dentry, d_name.hash_len);
	if (!GET(dentry, d_hash.pprev))
		k->name_hash |= NAME_UNHASHED;
	return true;
}
