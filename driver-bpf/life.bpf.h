/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* What happens beside system calls: tasks come and go, signals, cgroups. */
#ifndef SR_LIFE_BPF_H
#define SR_LIFE_BPF_H

#include "driver-bpf/xevent.bpf.h"

#define CLONE_INTO_CGROUP 0x200000000ull

HOOK(task_newtask)
int sr_newtask(u64 *ctx)
{
	struct task_struct *child = (void *)ctx[0], *task = current_task();
	struct sr_task_state *st = state_get(task), *cst;
	u64 flags = ctx[1], args[3];

	__sync_fetch_and_add(&live.seen, 1);
	if (!st || !st->wanted || live.paused)
		return 0;
	cst = task_state(child, true);
	if (cst) {
		cst->wanted = st->wanted;
		cst->tree = st->tree;
		cst->cgroups = st->cgroups;
		cst->gen = flags & CLONE_INTO_CGROUP ? live.gen - 1 : live.gen;
	}
	if (!XWANTED(SR_X_NEWTASK))
		return 0;
	args[0] = KREAD(child, pid);
	args[1] = KREAD(child, tgid);
	args[2] = flags;
	xevent(task, SR_X_NEWTASK, args, 3, NULL, 0);
	return 0;
}

HOOK(task_rename)
int sr_rename(u64 *ctx)
{
	struct sr_task_state *st = task_state((struct task_struct *)ctx[0], false);

	if (st) {
		st->id = 0;
		__sync_fetch_and_add(&live.seen, 1);
	}
	return 0;
}

/* A call that the thread was in when it was killed will never return: say so. Attached before
 * sr_exit, so that it comes before the thread's end. A program of its own: in one with sr_exit
 * the stack would be too deep for 6.1. */
HOOK(sched_process_exit)
int sr_exit_call(u64 *ctx)
{
	struct task_struct *task = current_task();
	struct sr_task_state *st = state_get(task);
	u32 log = log_of_cpu();
	struct sr_ctl *c = ctl_get(log);
	u64 row, now;

	if (!c || !st || !st->wanted || !call_begun(st) || live.paused > SR_ENDING)
		return 0;
	row = call_fetch(c, task, st);
	if (row >= SR_NR_ROWS || !call_take(st, c->call.enter)) /* in this order for 6.1 */
		return 0;
	now = log_enter(c, log, class_of(descs[row].flags));
	if (!now)
		return 0;
	c->who = 1; /* its memory is gone already */
	c->task = (u64)task;
	event_begin(c, now, SR_F_NORETURN);
	c->ev.dur = now - c->call.enter;
	c->ev.ret = -4;
	event_call(c, task, task_regs(task), row, descs[row].flags);
	set_root(c, task);
	write_begun(c, log, st, task, &descs[row], row);
	log_leave(c);
	return 0;
}

HOOK(sched_process_exit)
int sr_exit(u64 *ctx)
{
	struct task_struct *task = current_task();
	struct sr_task_state *st = state_get(task);
	u32 log = log_of_cpu();
	struct sr_ctl *c = ctl_get(log);
	u32 code = KREAD(task, exit_code);
	u8 *rec;

	if (st)
		call_release(st);
	if (!c || !st || !st->wanted || live.paused || !XWANTED(SR_X_PROCEXIT))
		return 0;
	rec = x_begin(c, log, st, task, SR_X_PROCEXIT, 8);
	if (!rec)
		return 0;
	x_num(rec, 0, code >> 8 & 0xff);
	x_num(rec, 1, code & 0x7f);
	x_num(rec, 2, code >> 7 & 1);
	x_num(rec, 3, KREAD(task, utime));
	x_num(rec, 4, KREAD(task, stime));
	x_num(rec, 5, KREAD(task, signal, maxrss) * 4);
	x_num(rec, 6, KREAD(task, min_flt));
	x_num(rec, 7, KREAD(task, maj_flt));
	x_end(c, rec);
	return 0;
}

HOOK(signal_deliver)
int sr_signal(u64 *ctx)
{
	struct task_struct *task = current_task();
	struct sr_task_state *st = state_get(task);
	struct kernel_siginfo *info = (void *)ctx[1];
	u32 log = log_of_cpu();
	struct sr_ctl *c = ctl_get(log);
	u64 args[4] = {};
	int code;

	if (!c || !st || !st->wanted || live.paused)
		return 0;
	define_last(c, log, task);
	if (!XWANTED(SR_X_SIGNALDELIVER))
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
	target = cfg.has_cgroups ? cgroup_target(number_of(cgrp)) : 0;
	if (target != SR_TARGET_YES && (!cfg.all || target == SR_TARGET_NO))
		return;
	args[0] = BPF_CORE_READ(cgrp, kn, id);
	args[1] = BPF_CORE_READ(cgrp, root, hierarchy_id);
	args[2] = 0;
	args[3] = pid;
	xevent(current_task(), kind, args, nargs, path, 2);
}

/* A new cgroup may be of a container that is wanted. It is recorded from the beginning (nobody
 * can be in it yet), and user space says later what it is. */
static __always_inline void follow(struct cgroup *cgrp)
{
	struct sr_cgroup_key key = {};
	u32 maybe = SR_TARGET_MAYBE;

	key.hierarchy = BPF_CORE_READ(cgrp, root, hierarchy_id);
	if ((key.hierarchy && key.hierarchy != cfg.v1_hierarchy) ||
	    cgroup_target(number_of(cgrp)) == SR_TARGET_YES)
		return;
	key.id = BPF_CORE_READ(cgrp, kn, id);
	if (bpf_map_update_elem(&target_cgroups, &key, &maybe, BPF_ANY))
		__sync_fetch_and_add(&live.missed_cgroups, 1);
}

/* Everybody decides anew whether it is recorded. */
static __always_inline void raise_gen(void)
{
	__sync_fetch_and_add(&live.gen, 1);
	__sync_fetch_and_add(&live.seen, 1);
}

static __always_inline void unfollow(struct cgroup *cgrp)
{
	struct sr_cgroup_key key = {};

	key.hierarchy = BPF_CORE_READ(cgrp, root, hierarchy_id);
	key.id = BPF_CORE_READ(cgrp, kn, id);
	bpf_map_delete_elem(&target_cgroups, &key);
}

HOOK(cgroup_mkdir)
int sr_cgroup_mkdir(u64 *ctx)
{
	if (cfg.follow)
		follow((void *)ctx[0]);
	cgroup_event((void *)ctx[0], (void *)ctx[1], SR_X_CGROUP_MKDIR, 0, 3);
	return 0;
}

HOOK(cgroup_rmdir)
int sr_cgroup_rmdir(u64 *ctx)
{
	cgroup_event((void *)ctx[0], (void *)ctx[1], SR_X_CGROUP_RMDIR, 0, 3);
	if (cfg.has_cgroups)
		unfollow((void *)ctx[0]);
	return 0;
}

/* Of cgroup v1 only. Whoever is in it is defined anew, with the new path. */
HOOK(cgroup_rename)
int sr_cgroup_rename(u64 *ctx)
{
	__sync_fetch_and_add(&live.cgroup_renames, 1);
	raise_gen();
	cgroup_event((void *)ctx[0], (void *)ctx[1], SR_X_CGROUP_RENAME, 0, 3);
	return 0;
}

HOOK(cgroup_attach_task)
int sr_cgroup_attach(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[2];

	/* Fires for the leader only, also when all its threads move: everybody decides anew. */
	raise_gen();
	cgroup_event((void *)ctx[0], (void *)ctx[1], SR_X_CGROUP_ATTACH, KREAD(task, pid), 4);
	return 0;
}

#endif /* SR_LIFE_BPF_H */
