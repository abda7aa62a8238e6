/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Definitions: what a cgroup or a thread is at this moment, sent when the log does not have it yet.
 * The slots of a log say what it has. */
#ifndef SR_DEFINE_BPF_H
#define SR_DEFINE_BPF_H

#include "driver-bpf/path.bpf.h"

#define PF_KTHREAD	0x00200000
#define PIDTYPE_PGID	2
#define PIDTYPE_SID	3
#define TMPFS_MAGIC	0x01021994
#define OVERLAYFS_MAGIC 0x794c7630

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

#endif /* SR_DEFINE_BPF_H */
