/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Entry points of the driver: two for all system calls, one for each other kind
 * of event, and iterators for what exists when recording begins and ends. */
#include "driver-bpf/copy.bpf.h"

/* Dual licence; the kernel knows no word for GPL or Apache, the GPL part is what it asks for. */
char LICENSE[] SEC("license") = "GPL";

#define CLONE_INTO_CGROUP 0x200000000ull
#define TS_COMPAT	  2

#if defined(__TARGET_ARCH_x86)
static __always_inline void regs_args(u64 *a, const struct pt_regs *r)
{
	a[0] = r->di;
	a[1] = r->si;
	a[2] = r->dx;
	a[3] = r->r10;
	a[4] = r->r8;
	a[5] = r->r9;
}
/* The 32-bit ABI has its own registers. */
static __always_inline void regs_args32(u64 *a, const struct pt_regs *r)
{
	a[0] = (u32)r->bx;
	a[1] = (u32)r->cx;
	a[2] = (u32)r->dx;
	a[3] = (u32)r->si;
	a[4] = (u32)r->di;
	a[5] = (u32)r->bp;
}
static __always_inline s32 regs_nr(const struct pt_regs *r)
{
	return r->orig_ax;
}
static __always_inline bool task_is_compat(struct task_struct *task)
{
	return task->thread_info.status & TS_COMPAT;
}
#elif defined(__TARGET_ARCH_arm64)
static __always_inline void regs_args(u64 *a, const struct pt_regs *r)
{
	a[0] = r->orig_x0;
	a[1] = r->user_regs.regs[1];
	a[2] = r->user_regs.regs[2];
	a[3] = r->user_regs.regs[3];
	a[4] = r->user_regs.regs[4];
	a[5] = r->user_regs.regs[5];
}
static __always_inline void regs_args32(u64 *a, const struct pt_regs *r)
{
	regs_args(a, r);
}
static __always_inline s32 regs_nr(const struct pt_regs *r)
{
	return r->syscallno;
}
static __always_inline bool task_is_compat(struct task_struct *task)
{
	return false; /* 32-bit calls are told by the personality flag, which is not read yet */
}
#endif

/* Row of the table for a syscall number: the last one for what has none. */
static __always_inline u64 row_of(struct task_struct *task, u64 nr)
{
	u64 row = nr < SR_NR_SYSCALLS && !task_is_compat(task) ? nr : SR_NR_SYSCALLS;

	opaque(row);
	return row;
}

/* ---- who is recorded ---- */

/* What the nearest target cgroup at or above @cgrp says, enum sr_target; 0: there is none. */
static __always_inline u32 cgroup_target(struct cgroup *cgrp)
{
	struct sr_cgroup_key key = {};

	for (int i = 0; i < 24; i++) {
		u32 *target;

		if (!cgrp)
			return 0;
		key.id = BPF_CORE_READ(cgrp, kn, id);
		key.hierarchy = BPF_CORE_READ(cgrp, root, hierarchy_id);
		target = bpf_map_lookup_elem(&target_cgroups, &key);
		if (target)
			return *target;
		cgrp = BPF_CORE_READ(cgrp, self.parent, cgroup);
	}
	return 0;
}

static __always_inline bool in_target_tree(struct task_struct *task)
{
	struct task_struct *up;

	for (int i = 0; i < 32; i++) {
		u32 tgid = BPF_CORE_READ(task, tgid);

		if (bpf_map_lookup_elem(&target_pids, &tgid))
			return true;
		up = BPF_CORE_READ(task, real_parent);
		if (!up || up == task)
			return false;
		task = up;
	}
	return false;
}

#define WANTED_TREE 3 /* and its children, whatever becomes of them */

/* 0: not recorded; SR_TARGET_YES, SR_TARGET_MAYBE, WANTED_TREE. */
__noinline int classify(u64 task_addr)
{
	struct task_struct *task = (void *)task_addr;
	u32 v2, v1;

	if (BPF_CORE_READ(task, tgid) == cfg.self)
		return 0;
	if (cfg.has_pids && in_target_tree(task))
		return WANTED_TREE;
	if (!cfg.has_cgroups)
		return cfg.all ? SR_TARGET_YES : 0;
	v2 = cgroup_target(task_cgroup(task, false));
	v1 = cgroup_target(task_cgroup(task, true));
	if (v2 == SR_TARGET_NO || v1 == SR_TARGET_NO)
		return 0;
	if (cfg.all || v2 == SR_TARGET_YES || v1 == SR_TARGET_YES)
		return SR_TARGET_YES;
	return v2 | v1;
}

static __always_inline void state_refresh(struct sr_task_state *st, u64 task)
{
	u32 gen = READ_ONCE(live.gen); /* before: targets that change meanwhile count anew */
	int r = classify(task);

	if (r == WANTED_TREE)
		st->tree = 1;
	st->wanted = st->tree && cfg.has_pids ? SR_TARGET_YES : r;
	st->id = 0;
	st->gen = gen;
}

/* Global functions take addresses as numbers; the verifier lets go of a pointer's type only
 * on its way through memory. */
static __always_inline u64 address_of(struct sr_ctl *c, const void *p)
{
	WRITE_ONCE(c->task, (u64)p);
	return READ_ONCE(c->task);
}

/* @task is the current one. */
static __always_inline struct sr_task_state *state_new(struct task_struct *task)
{
	struct sr_task_state *st;

	st = bpf_task_storage_get(&tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (st)
		state_refresh(st, bpf_get_current_task());
	return st;
}

/* The state of the current task, decided for the targets of now; NULL without memory. */
static __always_inline struct sr_task_state *state_get(struct task_struct *task)
{
	struct sr_task_state *st = bpf_task_storage_get(&tasks, task, 0, 0);

	if (!st)
		return state_new(task);
	if (st->gen != live.gen)
		state_refresh(st, bpf_get_current_task());
	return st;
}

/* ---- writing an event ---- */

static __always_inline u32 log_of_cpu(void)
{
	return bpf_get_smp_processor_id();
}

static __always_inline void state_renew(struct sr_task_state *st, struct sr_ctl *c, u32 log,
					struct task_struct *task)
{
	st->id = (u64)(log + 1) << 48 | ++c->next_id;
	if (st->wanted == SR_TARGET_MAYBE)
		st->id |= SR_ID_MAYBE;
	st->cred = (u64)BPF_CORE_READ(task, real_cred);
	st->pwd = (u64)BPF_CORE_READ(task, fs, pwd.dentry);
}

/* The thread's slot in @log, defined; -1 without room. */
static __always_inline int thread_of(struct sr_task_state *st, struct sr_ctl *c, u32 log,
				     struct task_struct *task)
{
	u32 idx, slot;
	struct sr_thread_slot *s;

	if (!st->id)
		state_renew(st, c, log, task);
	slot = thread_slot(st->id);
	idx = log * SR_THREAD_SLOTS + slot;
	s = bpf_map_lookup_elem(&thread_slots, &idx);
	if (s && s->id == st->id)
		return slot;
	return define_thread(log, address_of(c, task), st->id);
}

struct event {
	u64 time, dur;
	s64 ret;
	u16 nr, flags, slot, file;
	u8 nargs;
};

/* Head and raw arguments (c->args) of an event. */
static __always_inline void event_head(struct sr_ctl *c, u8 *rec, const struct event *e)
{
	struct sr_rec_event *r = (void *)rec;
	u32 pos = sizeof(*r);

	r->h.nr = e->nr;
	r->h.flags = e->flags;
	r->h.slot = e->slot;
	r->time = e->time;
	r->ret = e->ret;
	r->file = e->file;
	r->nargs = e->nargs;
	r->dur = e->dur;
	if (e->dur > 0xffffffff) {
		r->h.flags |= SR_F_DUR64;
		r->dur = 0;
		*(u64 *)(rec + pos) = e->dur;
		pos += 8;
	}
	for (int i = 0; i < 6; i++)
		if (i < e->nargs)
			*(u64 *)(rec + pos + i * 8) = c->args[i];
	c->pos = pos + e->nargs * 8;
	c->nblobs = 0;
}

static __always_inline void event_publish(struct sr_ctl *c, u8 *rec)
{
	((struct sr_rec_event *)rec)->nblobs = c->nblobs;
	c->recorded++;
	record_publish(c, rec);
}

/* An event of a kind of its own, with @nargs arguments in c->args and maybe a string. */
static __always_inline void xevent(struct task_struct *task, u16 kind, const u64 *args, u8 nargs,
				   const char *str, u8 str_arg)
{
	struct sr_task_state *st = state_get(task);
	u32 log = log_of_cpu();
	struct sr_ctl *c = ctl_get(log);
	struct event e = {};
	u8 *rec = NULL;
	int slot;

	if (!c || !st || live.paused)
		return;
	e.time = log_enter(c);
	if (!e.time)
		return;
	c->who = 0;
	slot = thread_of(st, c, log, task);
	if (slot >= 0)
		rec = record_begin(c, log);
	if (!rec) {
		log_lost(c, &c->lost_full, e.time);
		goto out;
	}
	e.nr = SR_REC_FIRST + kind;
	e.slot = slot;
	e.nargs = nargs;
	e.flags = SR_F_NO_START;
	for (int i = 0; i < 6; i++)
		if (i < nargs)
			c->args[i] = args[i];
	event_head(c, rec, &e);
	if (str) {
		u64 pos = pos_of(c);
		long n = 0;

		if (pos < 512)
			n = bpf_probe_read_kernel_str(rec + pos + sizeof(struct sr_rec_blob), 1024,
						      str);
		if (n > 0 && n <= 1024)
			blob_finish(c, rec, pos, n - 1, str_arg, n == 1024 ? SR_TRUNC : SR_OK,
				    n - 1);
	}
	event_publish(c, rec);
out:
	log_leave(c);
}

/*
 * One system call: define what it needs, write it. c->args, c->row and c->task are set,
 * the log is entered. Return 0; -1 the log is full.
 */
static __always_inline int write_call(struct sr_ctl *c, u32 log, struct sr_task_state *st,
				      struct task_struct *task, const volatile struct sr_desc *d,
				      u32 row, struct event *e)
{
	u32 nops = d->nops;
	int slot = thread_of(st, c, log, task);
	u8 *rec;

	if (slot < 0)
		return -1;
	e->slot = slot;
	e->nargs = d->nargs;
	if (d->flags & SR_D_FILES) {
		if (c->who)
			set_root(c, task);
		else
			set_own_root(c);
		for (u32 i = 0; i < SR_MAX_OPS; i++) {
			if (i >= nops)
				break;
			if (!is_file_op(&d->ops[i]))
				continue;
			if (d->ops[i].flags & SR_OP_ENTER && !(e->flags & SR_F_INFLIGHT)) {
				u32 idx = log * SR_FILE_SLOTS + st->file_slot;
				struct sr_file_slot *s = bpf_map_lookup_elem(&file_slots, &idx);

				/* the slot may have got another owner since, or be of
				 * another CPU: then the name is not known, never wrong */
				c->files[i] = s && st->file_slot && st->file_log == log &&
							      s->seq == st->file_seq
						      ? st->file_slot
						      : 0;
			} else {
				define_op(log, row, i, e->ret);
			}
			if (d->ops[i].flags & SR_OP_PRIMARY)
				e->file = c->files[i];
		}
	}
	rec = record_begin(c, log);
	if (!rec)
		return -1;
	event_head(c, rec, e);
	if (nops) {
		c->nstrv = 0;
		for (u32 i = 0; i < SR_MAX_OPS; i++) {
			if (i >= nops)
				break;
			/* the primary file stands in the head; a file that is not there
			 * needs no word */
			if (is_file_op(&d->ops[i]) &&
			    (d->ops[i].flags & SR_OP_PRIMARY || !c->files[i]))
				continue;
			copy_op(log, row, i, e->ret);
		}
	}
	event_publish(c, rec);
	return 0;
}

/* close(fd) and its like: what the fd is can only be known before the call. */
static __always_inline void enter_files(struct sr_ctl *c, u32 log, struct sr_task_state *st,
					struct task_struct *task, const volatile struct sr_desc *d,
					u32 row)
{
	set_own_root(c);
	st->file_slot = 0;
	for (u32 i = 0; i < SR_MAX_OPS; i++) {
		struct sr_file_slot *s;
		u32 idx;
		int slot;

		if (i >= d->nops)
			break;
		if (!(d->ops[i].flags & SR_OP_ENTER))
			continue;
		slot = define_op(log, row, i, 0);
		idx = log * SR_FILE_SLOTS + slot;
		s = bpf_map_lookup_elem(&file_slots, &idx);
		if (slot <= 0 || !s)
			continue;
		st->file_slot = slot;
		st->file_log = log;
		st->file_seq = s->seq;
	}
}

static __noinline void enter_slow(struct task_struct *task, struct sr_task_state *st,
				  struct pt_regs *regs, u32 row)
{
	const volatile struct sr_desc *d = &descs[row & (SR_NR_SYSCALLS - 1)];
	u32 log = log_of_cpu();
	struct sr_ctl *c = ctl_get(log);
	struct event e = {};

	if (!c)
		return;
	e.time = log_enter(c);
	if (!e.time)
		return;
	c->who = 0;
	c->task = (u64)task;
	regs_args(c->args, regs);
	row &= SR_NR_SYSCALLS - 1;
	if (d->flags & SR_D_EXEC)
		st->exec_args = (u32)c->args[0] | c->args[4] << 32;
	if (d->flags & SR_D_NORETURN) {
		e.nr = row;
		e.flags = SR_F_NORETURN;
		st->enter = 0;
		if (write_call(c, log, st, task, d, row, &e))
			log_lost(c, &c->lost_full, e.time);
	} else {
		enter_files(c, log, st, task, d, row);
	}
	log_leave(c);
}

/* Was @task, on this CPU, found not to be recorded? The start time tells it from a later task
 * at the same address. */
static __always_inline bool known_out(const struct sr_ctl *c, struct task_struct *task)
{
	return c->out_task == (u64)task && c->out_start == task->start_boottime &&
	       c->out_gen == live.gen;
}

static __always_inline void remember_out(struct sr_ctl *c, struct task_struct *task, u32 gen)
{
	c->out_task = (u64)task;
	c->out_start = task->start_boottime;
	c->out_gen = gen;
}

SEC("tp_btf/sys_enter")
int sr_sys_enter(u64 *ctx)
{
	struct pt_regs *regs = (void *)ctx[0];
	struct task_struct *task = bpf_get_current_task_btf();
	struct sr_ctl *c = ctl_get(log_of_cpu());
	struct sr_task_state *st;
	u64 row;

	if (!c || known_out(c, task))
		return 0;
	st = state_get(task);
	if (!st || live.paused)
		return 0;
	if (!st->wanted) {
		remember_out(c, task, st->gen);
		return 0;
	}
	row = row_of(task, (u32)ctx[1]);
	if (row > SR_NR_SYSCALLS)
		return 0;
	if (!(descs[row].flags & SR_D_WANTED)) {
		st->enter = 0;
		return 0;
	}
	st->nr = row;
	st->enter = bpf_ktime_get_ns();
	if (descs[row].flags & (SR_D_NORETURN | SR_D_ENTER))
		enter_slow(task, st, regs, row);
	return 0;
}

/* Those of a successful execveat, as they were when it began; unseen: no descriptor at all,
 * rather than another one. */
static __always_inline void execveat_args(struct sr_ctl *c, const struct sr_task_state *st,
					  u64 enter)
{
	c->args[0] = enter ? (s32)(u32)st->exec_args : -1;
	c->args[4] = enter ? st->exec_args >> 32 : 0;
}

SEC("tp_btf/sys_exit")
int sr_sys_exit(u64 *ctx)
{
	struct pt_regs *regs = (void *)ctx[0];
	struct task_struct *task = bpf_get_current_task_btf();
	u32 log = log_of_cpu();
	struct sr_ctl *c = ctl_get(log);
	const volatile struct sr_desc *d;
	struct sr_task_state *st;
	struct event e = {};
	u64 enter, row;
	bool out;

	if (!c)
		return 0;
	e.ret = ctx[1];
	out = known_out(c, task);
	st = out ? NULL : bpf_task_storage_get(&tasks, task, 0, 0);
	row = st && st->enter ? st->nr : row_of(task, (u32)regs_nr(regs));
	opaque(row);
	if (row > SR_NR_SYSCALLS)
		return 0;
	d = &descs[row];
	if (d->flags & SR_D_RENAME && e.ret == 0)
		__sync_fetch_and_add(&live.path_gen, 1);
	if (out)
		return 0;
	if (!st)
		st = state_new(task);
	else if (st->gen != live.gen)
		state_refresh(st, bpf_get_current_task());
	if (!st || live.paused)
		return 0;
	if (!st->wanted) {
		remember_out(c, task, st->gen);
		return 0;
	}
	enter = st->enter;
	st->enter = 0;
	if (d->flags & SR_D_IDENT && e.ret >= 0)
		st->id = 0;
	if (!(d->flags & SR_D_WANTED))
		return 0;
	if (st->cred != (u64)task->real_cred ||
	    (d->flags & SR_D_PATHS && st->pwd != (u64)task->fs->pwd.dentry))
		st->id = 0;

	e.time = log_enter(c);
	if (!e.time)
		return 0;
	c->who = 0;
	c->task = (u64)task;
	if (enter)
		e.dur = e.time - enter;
	else
		e.flags = cfg.no_latency ? SR_F_LATENCY_OFF : SR_F_NO_START;
	e.nr = row;
	if (row == SR_NR_SYSCALLS) {
		e.nr = (u16)regs_nr(regs) & 0x7fff;
		if (task_is_compat(task) || regs_nr(regs) >= 0x40000000)
			e.flags |= SR_F_COMPAT;
	}
	if (e.flags & SR_F_COMPAT && task_is_compat(task))
		regs_args32(c->args, regs);
	else
		regs_args(c->args, regs);
	if (d->flags & SR_D_EXEC && d->flags & SR_D_ENTER && !e.ret)
		execveat_args(c, st, enter);
	if (write_call(c, log, st, task, d, row, &e))
		log_lost(c, &c->lost_full, e.time);
	log_leave(c);
	return 0;
}

/* ---- lifecycle ---- */

#define XWANTED(kind) (cfg.xwanted >> (kind)&1)

SEC("tp_btf/task_newtask")
int sr_newtask(u64 *ctx)
{
	struct task_struct *child = (void *)ctx[0], *task = bpf_get_current_task_btf();
	struct sr_task_state *st = state_get(task), *cst;
	u64 flags = ctx[1], args[3];

	if (!st || !st->wanted || live.paused)
		return 0;
	cst = bpf_task_storage_get(&tasks, child, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (cst) {
		cst->wanted = st->wanted;
		cst->tree = st->tree;
		cst->gen = flags & CLONE_INTO_CGROUP ? live.gen - 1 : live.gen;
	}
	if (!XWANTED(SR_X_NEWTASK))
		return 0;
	args[0] = child->pid;
	args[1] = child->tgid;
	args[2] = flags;
	xevent(task, SR_X_NEWTASK, args, 3, NULL, 0);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int sr_exec(u64 *ctx)
{
	struct sr_task_state *st = bpf_task_storage_get(&tasks, bpf_get_current_task_btf(), 0, 0);

	if (st)
		st->id = 0;
	return 0;
}

SEC("tp_btf/task_rename")
int sr_rename(u64 *ctx)
{
	struct sr_task_state *st = bpf_task_storage_get(&tasks, (struct task_struct *)ctx[0], 0, 0);

	if (st)
		st->id = 0;
	return 0;
}

/* A call that the thread was in when it was killed will never return: say so. Attached before
 * sr_exit, so that it comes before the thread's end. A program of its own: in one with sr_exit
 * the stack would be too deep for 6.1. */
SEC("tp_btf/sched_process_exit")
int sr_exit_call(u64 *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct sr_task_state *st = state_get(task);
	struct event e = {};
	struct sr_ctl *c;
	u64 row;
	u32 log;

	if (!st || !st->wanted || !st->enter || live.paused)
		return 0;
	log = log_of_cpu();
	c = ctl_get(log);
	row = st->nr;
	opaque(row);
	if (!c || row >= SR_NR_SYSCALLS)
		return 0;
	e.time = log_enter(c);
	if (!e.time)
		return 0;
	c->who = 1; /* its memory is gone already */
	c->task = (u64)task;
	e.nr = row;
	e.dur = e.time - st->enter;
	e.flags = SR_F_NORETURN;
	e.ret = -4;
	st->enter = 0;
	regs_args(c->args, (void *)bpf_task_pt_regs(task));
	if (write_call(c, log, st, task, &descs[row], row, &e))
		log_lost(c, &c->lost_full, e.time);
	log_leave(c);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int sr_exit(u64 *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct sr_task_state *st = state_get(task);
	u32 code;
	u64 args[6];

	if (!st || !st->wanted || live.paused || !XWANTED(SR_X_PROCEXIT))
		return 0;
	code = task->exit_code;
	args[0] = code >> 8 & 0xff;
	args[1] = code & 0x7f;
	args[2] = code >> 7 & 1;
	args[3] = task->utime;
	args[4] = task->stime;
	args[5] = task->signal->maxrss * 4;
	xevent(task, SR_X_PROCEXIT, args, 6, NULL, 0);
	return 0;
}

SEC("tp_btf/signal_deliver")
int sr_signal(u64 *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct sr_task_state *st = state_get(task);
	struct kernel_siginfo *info = (void *)ctx[1];
	u64 args[4] = {};
	int code;

	if (!st || !st->wanted || live.paused || !XWANTED(SR_X_SIGNALDELIVER))
		return 0;
	code = BPF_CORE_READ(info, si_code);
	args[0] = (u32)ctx[0];
	args[1] = (s64)code;
	if (code <= 0) { /* sent by a process */
		args[2] = BPF_CORE_READ(info, _sifields._kill._pid);
		args[3] = BPF_CORE_READ(info, _sifields._kill._uid);
	}
	xevent(task, SR_X_SIGNALDELIVER, args, 4, NULL, 0);
	return 0;
}

static __always_inline void cgroup_event(struct cgroup *cgrp, const char *path, u16 kind, u64 pid,
					 u8 nargs)
{
	u64 args[4];
	u32 target;

	if (live.paused || !XWANTED(kind))
		return;
	target = cfg.has_cgroups ? cgroup_target(cgrp) : 0;
	if (target != SR_TARGET_YES && (!cfg.all || target == SR_TARGET_NO))
		return;
	args[0] = BPF_CORE_READ(cgrp, kn, id);
	args[1] = BPF_CORE_READ(cgrp, root, hierarchy_id);
	args[2] = 0;
	args[3] = pid;
	xevent(bpf_get_current_task_btf(), kind, args, nargs, path, 2);
}

/* A new cgroup may be of a container that is wanted. It is recorded from the beginning (nobody
 * can be in it yet), and user space says later what it is. */
static __always_inline void follow(struct cgroup *cgrp)
{
	struct sr_cgroup_key key = {};
	u32 maybe = SR_TARGET_MAYBE;

	key.hierarchy = BPF_CORE_READ(cgrp, root, hierarchy_id);
	if ((key.hierarchy && key.hierarchy != cfg.v1_hierarchy) ||
	    cgroup_target(cgrp) == SR_TARGET_YES)
		return;
	key.id = BPF_CORE_READ(cgrp, kn, id);
	if (bpf_map_update_elem(&target_cgroups, &key, &maybe, BPF_ANY))
		__sync_fetch_and_add(&live.missed_cgroups, 1);
}

static __always_inline void unfollow(struct cgroup *cgrp)
{
	struct sr_cgroup_key key = {};

	key.hierarchy = BPF_CORE_READ(cgrp, root, hierarchy_id);
	key.id = BPF_CORE_READ(cgrp, kn, id);
	bpf_map_delete_elem(&target_cgroups, &key);
}

SEC("tp_btf/cgroup_mkdir")
int sr_cgroup_mkdir(u64 *ctx)
{
	if (cfg.follow)
		follow((void *)ctx[0]);
	cgroup_event((void *)ctx[0], (void *)ctx[1], SR_X_CGROUP_MKDIR, 0, 3);
	return 0;
}

SEC("tp_btf/cgroup_rmdir")
int sr_cgroup_rmdir(u64 *ctx)
{
	cgroup_event((void *)ctx[0], (void *)ctx[1], SR_X_CGROUP_RMDIR, 0, 3);
	if (cfg.has_cgroups)
		unfollow((void *)ctx[0]);
	return 0;
}

SEC("tp_btf/cgroup_attach_task")
int sr_cgroup_attach(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[2];

	/* Fires for the leader only, also when all its threads move: everybody decides anew. */
	__sync_fetch_and_add(&live.gen, 1);
	cgroup_event((void *)ctx[0], (void *)ctx[1], SR_X_CGROUP_ATTACH, task->pid, 4);
	return 0;
}

/* ---- what exists ---- */

/* Write an event about @task, which is not the current one, into the iterators' log. */
static __always_inline u8 *iter_begin(struct task_struct *task, struct sr_task_state *st,
				      struct sr_ctl *c, struct event *e)
{
	u32 log = cfg.ncpu;
	u8 *rec = NULL;
	int slot;

	c->who = 1;
	c->task = (u64)task;
	e->time = bpf_ktime_get_ns();
	slot = thread_of(st, c, log, task);
	if (slot >= 0)
		rec = record_begin(c, log);
	if (!rec) {
		log_lost(c, &c->lost_full, e->time);
		return NULL;
	}
	e->slot = slot;
	return rec;
}

SEC("iter/task")
int sr_iter_task(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct sr_task_state *st;
	struct event e = {};
	struct sr_ctl *c = ctl_get(cfg.ncpu);
	u8 *rec;

	if (!task || !c)
		return 0;
	st = bpf_task_storage_get(&tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!st)
		return 0;
	if (st->gen != live.gen)
		state_refresh(st, address_of(c, task));
	if (!st->wanted)
		return 0;
	rec = iter_begin(task, st, c, &e);
	if (!rec)
		return 0;
	e.nr = SR_REC_FIRST + SR_X_PROCESS;
	e.flags = SR_F_STATE | SR_F_NO_START;
	e.nargs = 2;
	c->args[0] = task->pid;
	c->args[1] = task->tgid;
	event_head(c, rec, &e);
	event_publish(c, rec);
	return 0;
}

SEC("iter/task_file")
int sr_iter_file(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct sr_task_state *st;
	struct sr_ctl *c = ctl_get(cfg.ncpu);
	struct event e = {};
	u32 slot;
	u8 *rec;

	if (!task || !file || !c)
		return 0;
	st = bpf_task_storage_get(&tasks, task, 0, 0);
	if (!st || !st->wanted || !st->id)
		return 0;
	set_root(c, task);
	slot = define_file(cfg.ncpu, address_of(c, file));
	rec = iter_begin(task, st, c, &e);
	if (!rec)
		return 0;
	e.nr = SR_REC_FIRST + SR_X_OPENFILE;
	e.flags = SR_F_STATE | SR_F_NO_START;
	e.nargs = 1;
	e.file = slot;
	c->args[0] = ctx->fd;
	event_head(c, rec, &e);
	event_publish(c, rec);
	return 0;
}

SEC("iter/task")
int sr_iter_inflight(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct sr_ctl *c = ctl_get(cfg.ncpu);
	struct sr_task_state *st;
	struct pt_regs *regs;
	struct event e = {};
	u64 row;

	if (!task || !c)
		return 0;
	st = bpf_task_storage_get(&tasks, task, 0, 0);
	if (!st || !st->wanted || !st->enter)
		return 0;
	row = st->nr;
	opaque(row);
	if (row >= SR_NR_SYSCALLS)
		return 0;
	regs = (void *)bpf_task_pt_regs(task);
	c->who = 1;
	c->task = (u64)task;
	e.time = bpf_ktime_get_ns();
	e.dur = e.time - st->enter;
	e.nr = row;
	e.flags = SR_F_INFLIGHT;
	e.ret = -4;
	regs_args(c->args, regs);
	if (write_call(c, cfg.ncpu, st, task, &descs[row], row, &e))
		log_lost(c, &c->lost_full, e.time);
	return 0;
}
