/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Definitions: what a thread, a file, a cgroup is at this moment, sent when the
 * log does not have it yet. The slots of a log say what it has. */
#ifndef SR_DEFINE_BPF_H
#define SR_DEFINE_BPF_H

#include "driver-bpf/path.bpf.h"

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
#define PF_KTHREAD	    0x00200000
#define PIDTYPE_PGID	    2
#define PIDTYPE_SID	    3
#define ANON_INODE_FS_MAGIC 0x09041934
#define TMPFS_MAGIC	    0x01021994
#define NSFS_MAGIC	    0x6e736673
#define PIDFS_MAGIC	    0x50494446
#define OVERLAYFS_MAGIC	    0x794c7630

static __always_inline u32 bswap16(u16 v)
{
	return (u16)(v >> 8 | v << 8);
}

/* ---- cgroups ---- */

/* Index in css_set.subsys of the controller of the chosen v1 hierarchy; -1 none. */
static __always_inline int v1_index(void)
{
	/* cfg is constant when the program is loaded: only one case is left, so a controller
	 * that the kernel was built without does no harm */
	switch (cfg.v1_subsys) {
#define X(name, id)        \
	case SR_V1_##name: \
		return bpf_core_enum_value(enum cgroup_subsys_id, id##_cgrp_id);
		SR_V1_CONTROLLERS(X)
#undef X
	default:
		return -1;
	}
}

static __always_inline struct cgroup *task_cgroup(struct task_struct *task, bool v1)
{
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	struct cgroup_subsys_state *css = NULL;

	if (!v1)
		return BPF_CORE_READ(set, dfl_cgrp);
	if (v1_index() < 0)
		return NULL;
	bpf_core_read(&css, sizeof(css), (void *)&set->subsys[0] + v1_index() * sizeof(void *));
	return BPF_CORE_READ(css, cgroup);
}

/* The slot that defines @cgrp in @log, after defining it if need be; 0 if there was no room.
 * Not @taken, which the other cgroup of the same thread has. */
__noinline int define_cgroup(u32 log, u64 cgrp_addr, u32 taken)
{
	struct cgroup *cgrp = (void *)cgrp_addr;
	struct kernfs_node *kn = BPF_CORE_READ(cgrp, kn);
	u64 id = BPF_CORE_READ(kn, id);
	u32 slot = (id ^ (u64)kn >> 7) & (SR_CGROUP_SLOTS - 1), idx;
	struct sr_ctl *c = ctl_get(log);
	struct sr_def_cgroup *def;
	struct sr_cgroup_slot *s;
	u8 *rec;

	slot = slot ? slot : 1;
	if (slot == taken)
		slot = slot < SR_CGROUP_SLOTS - 1 ? slot + 1 : 1;
	idx = log * SR_CGROUP_SLOTS + slot;
	s = bpf_map_lookup_elem(&cgroup_slots, &idx);
	if (!c || !s || !kn)
		return 0;
	if (s->kn == (u64)kn && s->id == id && s->renames == live.cgroup_renames)
		return slot;
	rec = record_begin(c, log);
	if (!rec)
		return 0;
	def = (void *)rec;
	def->h.nr = SR_DEF_CGROUP;
	def->h.flags = 0;
	def->h.slot = slot;
	def->id = id;
	def->hierarchy = BPF_CORE_READ(cgrp, root, hierarchy_id);
	def->level = BPF_CORE_READ(cgrp, level);
	/* The default hierarchy is called 0 everywhere else. */
	c->pos = sizeof(*def);
	put_kernfs_path(log, (u64)kn);
	definition_publish(c, rec);
	s->kn = (u64)kn;
	s->id = id;
	s->renames = live.cgroup_renames;
	return slot;
}

/* ---- threads ---- */

static __always_inline u32 thread_slot(u64 id)
{
	return (id + (id >> 48) * 1021) & (SR_THREAD_SLOTS - 1);
}

/* A function of its own, as the following: verified once. */
__noinline int pid_nr(u64 pid_addr, u32 innermost)
{
	struct pid *pid = (void *)pid_addr;
	u32 level = BPF_CORE_READ(pid, level);
	int nr = 0;

	if (!pid)
		return 0;
	if (!innermost || level > 31)
		level = 0;
	bpf_core_read(&nr, sizeof(nr),
		      (void *)&pid->numbers[0] + level * bpf_core_type_size(struct upid) +
			      bpf_core_field_offset(struct upid, nr));
	return nr;
}

static __always_inline void inode_times(struct inode *inode, struct sr_def_thread *d)
{
	/* i_mtime was renamed in 6.7 and split in 6.11 */
	if (bpf_core_field_exists(((struct inode___parts *)0)->i_mtime_sec)) {
		struct inode___parts *i = (void *)inode;

		d->exe_mtime = BPF_CORE_READ(i, i_mtime_sec) * 1000000000ull +
			       BPF_CORE_READ(i, i_mtime_nsec);
		d->exe_ctime = BPF_CORE_READ(i, i_ctime_sec) * 1000000000ull +
			       BPF_CORE_READ(i, i_ctime_nsec);
	} else if (bpf_core_field_exists(((struct inode___hidden *)0)->__i_mtime)) {
		struct inode___hidden *i = (void *)inode;

		d->exe_mtime = BPF_CORE_READ(i, __i_mtime.tv_sec) * 1000000000ull +
			       BPF_CORE_READ(i, __i_mtime.tv_nsec);
		d->exe_ctime = BPF_CORE_READ(i, __i_ctime.tv_sec) * 1000000000ull +
			       BPF_CORE_READ(i, __i_ctime.tv_nsec);
	} else {
		struct inode___plain *i = (void *)inode;

		d->exe_mtime = BPF_CORE_READ(i, i_mtime.tv_sec) * 1000000000ull +
			       BPF_CORE_READ(i, i_mtime.tv_nsec);
		d->exe_ctime = BPF_CORE_READ(i, i_ctime.tv_sec) * 1000000000ull +
			       BPF_CORE_READ(i, i_ctime.tv_nsec);
	}
}

static __always_inline void thread_ids(struct sr_def_thread *d, struct task_struct *task)
{
	struct task_struct *leader = READ(task, group_leader);
	struct signal_struct *sig = READ(task, signal);
	u64 pgid = (u64)BPF_CORE_READ(sig, pids[PIDTYPE_PGID]);
	u64 sid = (u64)BPF_CORE_READ(sig, pids[PIDTYPE_SID]);
	struct tty_struct *tty = READ(sig, tty);

	d->start = READ(task, start_boottime);
	d->pid_start = READ(leader, start_boottime);
	d->tid = READ(task, pid);
	d->pid = READ(task, tgid);
	d->ppid = READ(task, real_parent, tgid);
	d->vtid = pid_nr((u64)BPF_CORE_READ(task, thread_pid), true);
	d->vpid = pid_nr((u64)BPF_CORE_READ(leader, thread_pid), true);
	d->pgid = pid_nr(pgid, false);
	d->sid = pid_nr(sid, false);
	d->vpgid = pid_nr(pgid, true);
	d->vsid = pid_nr(sid, true);
	d->tty = 0;
	if (tty)
		d->tty = READ(tty, driver, major) << 20 |
			 (READ(tty, driver, minor_start) + READ(tty, index));
	bpf_core_read(d->comm, sizeof(d->comm), &task->comm);
}

/* Of credentials, to the members of a structure that are called so. */
#define TAKE_IDS(to, cred)                           \
	do {                                         \
		(to)->uid = READ(cred, uid.val);     \
		(to)->gid = READ(cred, gid.val);     \
		(to)->euid = READ(cred, euid.val);   \
		(to)->egid = READ(cred, egid.val);   \
		(to)->suid = READ(cred, suid.val);   \
		(to)->sgid = READ(cred, sgid.val);   \
		(to)->fsuid = READ(cred, fsuid.val); \
		(to)->fsgid = READ(cred, fsgid.val); \
	} while (0)

static __always_inline void thread_creds(struct sr_def_thread *d, struct task_struct *task)
{
	const struct cred *cred = READ(task, real_cred);

	TAKE_IDS(d, cred);
	bpf_core_read(&d->cap_inheritable, sizeof(u64), &cred->cap_inheritable);
	bpf_core_read(&d->cap_permitted, sizeof(u64), &cred->cap_permitted);
	bpf_core_read(&d->cap_effective, sizeof(u64), &cred->cap_effective);
	d->ns_user = READ(cred, user_ns, ns.inum);
	d->loginuid = 0xffffffff;
	if (bpf_core_field_exists(task->loginuid))
		d->loginuid = READ(task, loginuid.val);
}

/* The pid namespace that a task was made in. */
static __always_inline u32 pid_namespace_of(struct task_struct *task)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	u32 level = BPF_CORE_READ(pid, level);
	struct pid_namespace *ns = NULL;

	if (level > 31)
		level = 0;
	if (pid)
		bpf_core_read(&ns, sizeof(ns),
			      (void *)&pid->numbers[0] + level * bpf_core_type_size(struct upid) +
				      bpf_core_field_offset(struct upid, ns));
	return BPF_CORE_READ(ns, ns.inum);
}

static __always_inline void thread_namespaces(struct sr_def_thread *d, struct task_struct *task)
{
	struct nsproxy *ns = READ(task, nsproxy);

	d->ns_mnt = READ(ns, mnt_ns, ns.inum);
	d->ns_net = READ(ns, net_ns, ns.inum);
	d->ns_uts = READ(ns, uts_ns, ns.inum);
	d->ns_ipc = READ(ns, ipc_ns, ns.inum);
	d->ns_cgroup = READ(ns, cgroup_ns, ns.inum);
	d->ns_pid = pid_namespace_of(task);
}

struct ancestors {
	struct sr_ctl *c;
	u64 at; /* a task */
	struct sr_def_thread *to;
};

static long ancestor_step(u32 i, struct ancestors *a)
{
	struct task_struct *at = object(a->at, struct task_struct), *up = READ(at, real_parent);
	u64 n = i;

	opaque(n);
	if (!up || up == at || n >= SR_MAX_ANCESTORS)
		return 1;
	up = READ(up, group_leader);
	a->at = forget(a->c, (u64)up);
	a->to->anc[n].pid = READ(up, pid);
	if (!a->to->anc[n].pid)
		return 1;
	bpf_core_read(a->to->anc[n].comm, SR_COMM_LEN, &up->comm);
	a->to->nanc = n + 1;
	return 0;
}

static __always_inline void thread_ancestors(struct sr_ctl *c, struct sr_def_thread *d,
					     struct task_struct *task)
{
	struct ancestors a = { .c = c, .to = d };

	a.at = forget(c, (u64)READ(task, group_leader));
	d->nanc = 0;
	bpf_loop(SR_MAX_ANCESTORS, ancestor_step, &a, 0);
}

/* Append [start, end) of the current task's memory. */
__noinline int put_memory(u32 log, u64 start, u64 end, u32 tag)
{
	struct sr_ctl *c = ctl_get(log);
	u64 want = end - start;
	u8 status = SR_OK, *rec;
	u64 pos, len;

	if (!c || start >= end)
		return 0;
	rec = record_at(c);
	pos = pos_of(c);
	if (!rec || pos > POS_MAX)
		return 0;
	if (want > SR_ARGV_MAX) {
		want = SR_ARGV_MAX;
		status = SR_TRUNC;
	}
	len = want;
	opaque(len);
	if (len > SR_ARGV_MAX)
		return 0;
	if (bpf_probe_read_user(rec + pos + sizeof(struct sr_rec_blob), len, (void *)start)) {
		status = SR_FAULT;
		len = 0;
	}
	blob_finish(c, rec, pos, len, tag, status,
		    end - start > 0xffffffff ? 0xffffffff : end - start);
	return 0;
}

/* In which layer does the file of an overlay mount lie: @upper, @lower, or 0 elsewhere? The
 * overlay's own inode begins with members we need not know, holds the inode, and right behind it
 * the upper dentry. */
static __always_inline u32 layer_flag(struct inode *inode, u32 upper, u32 lower)
{
	u64 dentry = 0;

	if (BPF_CORE_READ(inode, i_sb, s_magic) != OVERLAYFS_MAGIC ||
	    bpf_probe_read_kernel(&dentry, sizeof(dentry),
				  (void *)inode + bpf_core_type_size(struct inode)))
		return 0;
	return dentry ? upper : lower;
}

static __always_inline void thread_exe(struct sr_def_thread *d, struct file *exe)
{
	struct inode *inode = BPF_CORE_READ(exe, f_inode);
	struct dentry *dentry = BPF_CORE_READ(exe, f_path.dentry);
	u16 mode = BPF_CORE_READ(inode, i_mode);

	d->exe_ino = BPF_CORE_READ(inode, i_ino);
	d->exe_dev = BPF_CORE_READ(inode, i_sb, s_dev);
	inode_times(inode, d);
	if (mode & 0222)
		d->exe_flags |= SR_EXE_WRITABLE;
	d->exe_flags |= layer_flag(inode, SR_EXE_UPPER, SR_EXE_LOWER);
	if (!BPF_CORE_READ(inode, i_nlink) || !BPF_CORE_READ(dentry, d_hash.pprev))
		d->exe_flags |= SR_EXE_DELETED;
	/* A memfd lies on the kernel's own tmpfs mount, whose root it hangs under by itself. */
	if (BPF_CORE_READ(inode, i_sb, s_magic) == TMPFS_MAGIC &&
	    BPF_CORE_READ(dentry, d_parent) == dentry)
		d->exe_flags |= SR_EXE_MEMFD;
}

/* The numbers of the definition of @task that is the current record. A function of its own: what
 * it needs of the stack is not needed at the same time as what paths need. */
__noinline int thread_numbers(u32 log, u64 task_addr)
{
	struct task_struct *task = object(task_addr, struct task_struct);
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	struct sr_ctl *c = ctl_get(log);
	struct sr_def_thread *d;

	if (!c)
		return -1;
	d = (void *)record_at(c);
	if (!d)
		return -1;
	d->cgroup = c->cgroup;
	d->cgroup1 = c->cgroup1;
	d->clone_flags = 0;
	d->exe_flags = !mm && BPF_CORE_READ(task, flags) & PF_KTHREAD ? SR_EXE_KTHREAD : 0;
	d->exe_ino = d->exe_mtime = d->exe_ctime = 0;
	d->exe_dev = 0;
	thread_ids(d, task);
	thread_creds(d, task);
	thread_namespaces(d, task);
	thread_ancestors(c, d, task);
	if (mm)
		thread_exe(d, BPF_CORE_READ(mm, exe_file));
	return 0;
}

/* The path of the executable, and its arguments. */
__noinline int put_image(u32 log, u64 mm_addr)
{
	struct mm_struct *mm = (void *)mm_addr;
	struct file *exe = BPF_CORE_READ(mm, exe_file);
	struct sr_ctl *c = ctl_get(log);

	if (!c)
		return -1;
	put_path(log, (u64)BPF_CORE_READ(exe, f_path.dentry), (u64)BPF_CORE_READ(exe, f_path.mnt),
		 SR_TAG_EXE);
	if (c->who)
		return 0;
	put_memory(log, BPF_CORE_READ(mm, arg_start), BPF_CORE_READ(mm, arg_end), SR_TAG_ARGS);
	if (cfg.env)
		put_memory(log, BPF_CORE_READ(mm, env_start), BPF_CORE_READ(mm, env_end),
			   SR_TAG_ENV);
	return 0;
}

/* Paths are seen from here: the root of @task. For the current task, see set_own_root(). */
static __always_inline void set_root(struct sr_ctl *c, struct task_struct *task)
{
	struct fs_struct *fs = BPF_CORE_READ(task, fs);

	c->root_dentry = (u64)BPF_CORE_READ(fs, root.dentry);
	c->root_mnt = (u64)BPF_CORE_READ(fs, root.mnt);
}

/* The same of the current task, a plain() one. */
static __always_inline void set_root_here(struct sr_ctl *c, struct task_struct *task)
{
	c->root_dentry = (u64)KREAD(task, fs, root.dentry);
	c->root_mnt = (u64)KREAD(task, fs, root.mnt);
}

static __always_inline void set_own_root(struct sr_ctl *c)
{
	set_root_here(c, plain(current_task()));
}

static __always_inline u64 place_key(u64 dentry, u64 mnt, const struct sr_ctl *c)
{
	return fold(fold(fold(fold(1, dentry), mnt), c->root_dentry), c->root_mnt);
}

static __always_inline void place_set(struct sr_place *p, u32 log, u64 dentry, u64 mnt,
				      const struct sr_ctl *c)
{
	p->gen = READ_ONCE(live.path_gen); /* before the walk: what moves meanwhile counts anew */
	p->key = place_key(dentry, mnt, c);
	p->chain = path_chain(log, dentry, mnt);
}

/* Write the definition of a thread into @slot. Its cgroups have been defined: c->cgroup. */
__noinline int write_thread(u32 log, u64 task_addr, u64 id, u32 slot)
{
	struct task_struct *task = (void *)task_addr;
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	struct fs_struct *fs = BPF_CORE_READ(task, fs);
	struct sr_ctl *c = ctl_get(log);
	struct sr_def_thread *d;
	u8 *rec;

	if (!c)
		return -1;
	rec = record_begin(c, log);
	if (!rec)
		return -1;
	d = (void *)rec;
	d->h.nr = SR_DEF_THREAD;
	d->h.flags = 0;
	d->h.slot = slot;
	d->id = id;
	c->pos = sizeof(*d);
	thread_numbers(log, task_addr);
	set_root(c, task);
	if (mm)
		put_image(log, (u64)mm);
	if (fs)
		put_path(log, (u64)BPF_CORE_READ(fs, pwd.dentry), (u64)BPF_CORE_READ(fs, pwd.mnt),
			 SR_TAG_CWD);
	definition_publish(c, rec);
	return 0;
}

/*
 * Make sure that @log has a definition of @task, whose identity is @id. c->who tells
 * whether it is the current one (then its memory can be read). Return: slot; -1 no room.
 */
__noinline int define_thread(u32 log, u64 task_addr, u64 id)
{
	u32 slot = thread_slot(id), idx = log * SR_THREAD_SLOTS + slot;
	struct task_struct *task = (void *)task_addr;
	struct sr_ctl *c = ctl_get(log);
	struct sr_thread_slot *s = bpf_map_lookup_elem(&thread_slots, &idx);
	struct cgroup *v1;

	if (!c || !s)
		return -1;
	if (s->id == id)
		return slot;
	c->cgroup = define_cgroup(log, (u64)task_cgroup(task, false), 0);
	v1 = task_cgroup(task, true);
	c->cgroup1 = v1 ? define_cgroup(log, (u64)v1, c->cgroup) : 0;
	if (write_thread(log, task_addr, id, slot))
		return -1;
	s->id = id;
	return slot;
}

/* ---- files ---- */

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

#endif /* SR_DEFINE_BPF_H */
