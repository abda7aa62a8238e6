/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Definitions of files: what makes one what it is, whether the log has it already, what is told of
 * it; and the tables of descriptors that lead to it. */
#ifndef SR_FILE_BPF_H
#define SR_FILE_BPF_H

#include "driver-bpf/define.bpf.h"

#define S_IFMT		    00170000
#define S_IFSOCK	    0140000
#define S_IFLNK		    0120000
#define S_IFREG		    0100000
#define S_IFBLK		    0060000
#define S_IFDIR		    0040000
#define S_IFCHR		    0020000
#define S_IFIFO		    0010000
#define AF_UNIX		    1
#define AF_INET		    2
#define AF_INET6	    10
#define AF_NETLINK	    16
#define AF_PACKET	    17
#define AF_VSOCK	    40
#define TCP_ESTABLISHED	    1
#define TCP_LISTEN	    10
#define ANON_INODE_FS_MAGIC 0x09041934
#define NSFS_MAGIC	    0x6e736673
#define PIDFS_MAGIC	    0x50494446

static __always_inline u32 bswap16(u16 v)
{
	return (u16)(v >> 8 | v << 8);
}

#define NAME_UNHASHED (1ull << 63) /* of a name's hash and length: it has been deleted */

/* Two ends that are a pair of numbers of 32 bits at most. The structures of families that are
 * modules are known if these are loaded when recording begins. */
struct ends {
	u32 local[2], remote[2];
};

static __always_inline void read_ends(struct ends *e, struct sock *sk, u16 family)
{
	if (family == AF_NETLINK && bpf_core_type_exists(struct netlink_sock)) {
		e->local[0] = BPF_CORE_READ((struct netlink_sock *)sk, portid);
		e->remote[0] = BPF_CORE_READ((struct netlink_sock *)sk, dst_portid);
	} else if (family == AF_PACKET && bpf_core_type_exists(struct packet_sock)) {
		e->local[0] = bswap16(BPF_CORE_READ((struct packet_sock *)sk, num));
		e->local[1] = BPF_CORE_READ((struct packet_sock *)sk, ifindex);
	} else if (family == AF_VSOCK && bpf_core_type_exists(struct vsock_sock)) {
		e->local[0] = BPF_CORE_READ((struct vsock_sock *)sk, local_addr.svm_port);
		e->local[1] = BPF_CORE_READ((struct vsock_sock *)sk, local_addr.svm_cid);
		e->remote[0] = BPF_CORE_READ((struct vsock_sock *)sk, remote_addr.svm_port);
		e->remote[1] = BPF_CORE_READ((struct vsock_sock *)sk, remote_addr.svm_cid);
	}
}

static __always_inline void rare_key(struct sr_file_key *k, struct sock *sk, u16 family)
{
	struct ends e = {};

	read_ends(&e, sk, family);
	k->parent = (u64)e.local[0] << 32 | e.local[1];
	k->name_hash = fold(k->name_hash, (u64)e.remote[0] << 32 | e.remote[1]);
}

#define KEY(name)      typed_##name##_key
#define GET(p, member) ((p)->member)
#define AS(addr, type) typed(addr, type)
#include "driver-bpf/key.bpf.h"
#undef KEY
#undef GET
#undef AS
#define KEY(name)      read_##name##_key
#define GET(p, member) BPF_CORE_READ(p, member)
#define AS(addr, type) ((type *)(addr))
#include "driver-bpf/key.bpf.h"
#undef KEY
#undef GET
#undef AS

/* The slot where a file with this key is looked for first: 1 and above. */
static __always_inline u32 first_slot(const struct sr_file_key *k)
{
	u64 h = (k->dentry >> 6 ^ k->inode >> 7 ^ k->mnt >> 5) * 0x9e3779b97f4a7c15ull;
	u32 slot = h >> 40 & (SR_FILE_SLOTS - 1);

	return slot ? slot : 1;
}

/* Do the keys name the same file, if paths have not changed? */
static __always_inline bool same_file(const struct sr_file_key *a, const struct sr_file_key *b)
{
	return a->dentry == b->dentry && a->inode == b->inode && a->mnt == b->mnt &&
	       a->ino == b->ino && a->parent == b->parent && a->name_hash == b->name_hash &&
	       a->root == b->root;
}

/* Is the file that @s defines the one that c->key is of, and is it still called so? After a
 * rename or mount anywhere, whether its own path has changed is looked up. */
static __always_inline bool slot_holds(struct sr_file_slot *s, struct sr_ctl *c, u32 log)
{
	const struct sr_file_key *a = &s->key, *b = &c->key;

	if (!same_file(a, b))
		return false;
	if (a->gen == b->gen)
		return true;
	if (s->chain != path_chain(log, b->dentry, b->mnt))
		return false;
	s->key.gen = b->gen;
	return true;
}

static __always_inline void put_unix_address(struct sr_ctl *c, u8 *rec, struct sock *sk, u8 tag)
{
	struct unix_address *addr = BPF_CORE_READ((struct unix_sock *)sk, addr);
	u64 len = (u32)BPF_CORE_READ(addr, len), pos = pos_of(c);

	if (!addr || pos > POS_MAX || len <= 2 || len > 110)
		return;
	len -= 2;
	opaque(len);
	if (len > 108)
		return;
	if (bpf_probe_read_kernel(rec + pos + sizeof(struct sr_rec_blob), len,
				  (void *)addr + bpf_core_field_offset(struct unix_address, name) +
					  2))
		return;
	blob_finish(c, rec, pos, len, tag, SR_OK, len);
}

static __always_inline u8 family_kind(u16 family)
{
	switch (family) {
	case AF_INET:
		return SR_FILE_SOCK_INET;
	case AF_INET6:
		return SR_FILE_SOCK_INET6;
	case AF_UNIX:
		return SR_FILE_SOCK_UNIX;
	case AF_NETLINK:
		return SR_FILE_SOCK_NETLINK;
	case AF_PACKET:
		return SR_FILE_SOCK_PACKET;
	default:
		return SR_FILE_SOCK_OTHER;
	}
}

static __always_inline void write_socket(struct sr_ctl *c, u8 *rec, struct sr_def_file *d,
					 struct sock *sk, u16 family, u8 state)
{
	u64 ino = d->ino;

	d->kind = family_kind(family);
	d->family = family;
	d->sock_type = BPF_CORE_READ(sk, sk_type);
	d->l4proto = BPF_CORE_READ(sk, sk_protocol);
	if (state == TCP_LISTEN)
		d->flags |= SR_FILE_LISTENING;
	else if (state == TCP_ESTABLISHED)
		d->flags |= SR_FILE_CONNECTED;
	if (bpf_map_lookup_elem(&accepted, &ino))
		d->flags |= SR_FILE_SERVER;
	if (family == AF_INET || family == AF_INET6) {
		d->lport = BPF_CORE_READ(sk, __sk_common.skc_num);
		if (!d->lport) /* a connection that is over has given back its port */
			d->lport = bswap16(BPF_CORE_READ((struct inet_sock *)sk, inet_sport));
		d->rport = bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport));
	}
	if (family == AF_INET) {
		bpf_core_read(d->laddr, 4, &sk->__sk_common.skc_rcv_saddr);
		bpf_core_read(d->raddr, 4, &sk->__sk_common.skc_daddr);
	} else if (family == AF_INET6) {
		bpf_core_read(d->laddr, 16, &sk->__sk_common.skc_v6_rcv_saddr);
		bpf_core_read(d->raddr, 16, &sk->__sk_common.skc_v6_daddr);
	} else if (family == AF_UNIX) {
		struct sock *peer = BPF_CORE_READ((struct unix_sock *)sk, peer);

		put_unix_address(c, rec, sk, SR_TAG_UNIX);
		if (peer) {
			d->peer_ino = BPF_CORE_READ(peer, sk_socket, file, f_inode, i_ino);
			put_unix_address(c, rec, peer, SR_TAG_UNIX_PEER);
		}
	} else {
		struct ends e = {};

		read_ends(&e, sk, family);
		__builtin_memcpy(d->laddr, e.local, sizeof(e.local));
		__builtin_memcpy(d->raddr, e.remote, sizeof(e.remote));
	}
}

static __always_inline u8 mode_kind(u16 mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return SR_FILE_REG;
	case S_IFDIR:
		return SR_FILE_DIR;
	case S_IFCHR:
		return SR_FILE_CHR;
	case S_IFBLK:
		return SR_FILE_BLK;
	case S_IFLNK:
		return SR_FILE_LNK;
	case S_IFIFO:
		return SR_FILE_FIFO;
	default:
		return SR_FILE_OTHER;
	}
}

static __always_inline void write_plain(u32 log, struct sr_def_file *d, struct dentry *dentry,
					u64 mnt, struct inode *inode)
{
	u64 magic = BPF_CORE_READ(inode, i_sb, s_magic);
	int r;

	d->kind = mode_kind(d->mode);
	d->flags |= layer_flag(inode, SR_FILE_UPPER, SR_FILE_LOWER);
	d->rdev = BPF_CORE_READ(inode, i_rdev);
	if (magic == ANON_INODE_FS_MAGIC)
		d->kind = SR_FILE_ANON; /* user space knows the kind by the name */
	else if (magic == NSFS_MAGIC)
		d->kind = SR_FILE_NS;
	else if (magic == PIDFS_MAGIC)
		d->kind = SR_FILE_PIDFD;
	else if (magic == TMPFS_MAGIC && d->kind == SR_FILE_REG &&
		 BPF_CORE_READ(dentry, d_parent) == dentry)
		d->kind = SR_FILE_MEMFD;
	if (d->kind != SR_FILE_ANON && d->kind != SR_FILE_FIFO && d->kind != SR_FILE_NS &&
	    (!BPF_CORE_READ(inode, i_nlink) || !BPF_CORE_READ(dentry, d_hash.pprev)) &&
	    BPF_CORE_READ(dentry, d_parent) != dentry)
		d->flags |= SR_FILE_DELETED;
	if (d->kind == SR_FILE_ANON || d->kind == SR_FILE_MEMFD) {
		struct sr_ctl *c = ctl_get(log);
		u64 start;
		u32 n;
		u8 *rec;

		if (!c)
			return;
		rec = record_at(c);
		start = pos_of(c);
		if (!rec || start > POS_MAX)
			return;
		n = put_name(rec, start + sizeof(struct sr_rec_blob),
			     BPF_CORE_READ(dentry, d_name.name));
		blob_finish(c, rec, start, n, SR_TAG_PATH, SR_OK, n);
		c->scratch = fold(CHAIN_EMPTY, PATH_UNREACHABLE); /* what path_chain() says */
		return;
	}
	r = put_path(log, (u64)dentry, mnt, SR_TAG_PATH);
	if (r & PATH_CUT)
		d->flags |= SR_FILE_PATH_CUT;
	if (r & PATH_UNREACHABLE)
		d->flags |= SR_FILE_UNREACHABLE;
}

__noinline int write_file(u32 log, u64 file_addr, u32 slot)
{
	struct file *file = (void *)file_addr;
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);
	struct sr_ctl *c = ctl_get(log);
	struct sr_def_file *d;
	u8 *rec;

	if (!c)
		return -1;
	rec = record_begin(c, log);
	if (!rec)
		return -1;
	d = (void *)rec;
	__builtin_memset(d, 0, sizeof(*d));
	d->h.nr = SR_DEF_FILE;
	d->h.slot = slot;
	d->ino = BPF_CORE_READ(inode, i_ino);
	d->dev = BPF_CORE_READ(inode, i_sb, s_dev);
	d->mode = BPF_CORE_READ(inode, i_mode);
	c->pos = sizeof(*d);
	if ((d->mode & S_IFMT) == S_IFSOCK) {
		struct socket *socket = BPF_CORE_READ(file, private_data);
		struct sock *sk = BPF_CORE_READ(socket, sk);

		/* a socket bound to a path is also a file of type socket on disk; only
		 * sockfs inodes have a socket behind them */
		write_socket(c, rec, d, sk, BPF_CORE_READ(sk, __sk_common.skc_family),
			     BPF_CORE_READ(sk, __sk_common.skc_state));
	} else {
		write_plain(log, d, dentry, (u64)BPF_CORE_READ(file, f_path.mnt), inode);
	}
	definition_publish(c, rec);
	return 0;
}

/* Slots that other files of the same event have: to define another file there would give them
 * its name. Four at most, as many as an event has files. */
#define MAX_TAKEN 4

static __always_inline bool is_taken(u64 taken, u32 slot)
{
	return (taken & 0xffff) == slot || (taken >> 16 & 0xffff) == slot ||
	       (taken >> 32 & 0xffff) == slot || taken >> 48 == slot;
}

/* c->key of a file. A function of its own: what it needs of the stack is not needed at the same
 * time as what writing a definition needs. */
__noinline int make_key(u32 log, u64 file_addr)
{
	struct sr_ctl *c = ctl_get(log);

	if (!c)
		return -1;
	if (HAS_TYPED)
		typed_file_key(c, file_addr, false);
	else
		read_file_key(c, file_addr, false);
	return 0;
}

/*
 * The slot that defines @file in @log, as the task whose root is c->root_* sees it, after
 * defining it if need be. Return: slot > 0; 0 if it cannot be defined (no room).
 */
__noinline int define_file(u32 log, u64 file_addr)
{
	struct sr_ctl *c = ctl_get(log);
	struct sr_file_slot *s;
	u32 slot, idx;

	if (!c || !file_addr || make_key(log, file_addr))
		return 0;
	slot = first_slot(&c->key);
	for (u32 i = 0; i <= MAX_TAKEN; i++) {
		idx = log * SR_FILE_SLOTS + slot;
		s = bpf_map_lookup_elem(&file_slots, &idx);
		if (!s)
			return 0;
		if (slot_holds(s, c, log))
			return slot;
		if (!is_taken(c->taken, slot))
			break;
		slot = slot % (SR_FILE_SLOTS - 1) + 1;
	}
	if (write_file(log, file_addr, slot))
		return 0;
	s->key = c->key;
	s->chain = c->scratch;
	s->seq = (u64)(log + 1) << 48 | ++c->next_id;
	return slot;
}

/* The struct file behind @fd, or 0: of another task by its address, of the current one
 * (@task 0) through typed pointers, which need no helper. */
static __always_inline u64 task_file(u64 task, s64 fd)
{
	struct fdtable *fdt;
	struct file **slots;
	unsigned int max;
	u64 file = 0;

	if (task) {
		fdt = BPF_CORE_READ((struct task_struct *)task, files, fdt);
		max = BPF_CORE_READ(fdt, max_fds);
		slots = BPF_CORE_READ(fdt, fd);
	} else {
		fdt = KREAD(plain(current_task()), files, fdt);
		max = KREAD(fdt, max_fds);
		slots = KREAD(fdt, fd);
	}
	if (fd < 0 || fd >= max)
		return 0;
	bpf_probe_read_kernel(&file, sizeof(file), slots + fd);
	return file;
}

/* The same for the current task without any helper; what is found is left in c->number. */
static __always_inline u64 own_file(struct sr_ctl *c, s64 fd)
{
	u64 here = c->here;
	struct task_struct *task = here ? typed(here, struct task_struct) : plain(current_task());
	struct fdtable *fdt = KREAD(task, files, fdt);
	u64 at = forget(c, (u64)KREAD(fdt, fd)) + fd * sizeof(void *);

	if (fd < 0 || fd >= KREAD(fdt, max_fds))
		return 0;
	/* any structure that begins with a pointer */
	return forget(c, (u64)typed(at, struct hlist_head)->first);
}

/* The slot that defines the file at @addr, if it has one and nothing has changed since; 0: it has
 * to be looked at more closely. Plain loads, and no function is called. */
static __always_inline u32 quick_file(struct sr_ctl *c, u32 log, u64 addr)
{
	struct sr_file_slot *s;
	u32 slot, idx;

	if (!addr || !typed_file_key(c, addr, true))
		return 0;
	slot = first_slot(&c->key);
	idx = log * SR_FILE_SLOTS + slot;
	s = bpf_map_lookup_elem(&file_slots, &idx);
	return s && same_file(&s->key, &c->key) && s->key.gen == c->key.gen ? slot : 0;
}

/* ---- tables of descriptors ---- */

#define RLIMIT_NOFILE 7
#define MAX_FD_WORDS  1024 /* 65536 descriptors: more are not counted */

struct fd_count {
	unsigned long *words;
	u32 n;
};

static long count_word(u32 i, struct fd_count *c)
{
	u64 w = 0;

	bpf_probe_read_kernel(&w, sizeof(w), c->words + i);
	w -= w >> 1 & 0x5555555555555555ull;
	w = (w & 0x3333333333333333ull) + (w >> 2 & 0x3333333333333333ull);
	w = (w + (w >> 4)) & 0x0f0f0f0f0f0f0f0full;
	c->n += (w * 0x0101010101010101ull) >> 56;
	return 0;
}

/* How many descriptors @task has open; -1: not counted. Not inline: its caller has no stack to
 * spare. */
static __noinline s64 open_files(struct task_struct *task)
{
	struct fdtable *fdt = BPF_CORE_READ(task, files, fdt);
	u32 words = BPF_CORE_READ(fdt, max_fds) / 64;
	struct fd_count c = { .words = BPF_CORE_READ(fdt, open_fds) };

	if (!fdt || words > MAX_FD_WORDS)
		return -1;
	bpf_loop(words, count_word, &c, 0);
	return c.n;
}

static __always_inline u64 nofile_limit(struct task_struct *task)
{
	return BPF_CORE_READ(task, signal, rlim[RLIMIT_NOFILE].rlim_cur);
}

/* Whether exec would close @fd. */
static __always_inline u64 closes_on_exec(struct task_struct *task, u32 fd)
{
	struct fdtable *fdt = BPF_CORE_READ(task, files, fdt);
	u64 w = 0;

	if (fd >= BPF_CORE_READ(fdt, max_fds))
		return 0;
	bpf_probe_read_kernel(&w, sizeof(w), BPF_CORE_READ(fdt, close_on_exec) + fd / 64);
	return w >> (fd % 64) & 1;
}

#endif /* SR_FILE_BPF_H */
