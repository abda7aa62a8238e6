/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* System calls: the programs that see them begin and return. */
#ifndef SR_CALLS_BPF_H
#define SR_CALLS_BPF_H

#include "driver-bpf/kern.bpf.h"
#include "driver-bpf/predicate.bpf.h"

/* close(fd) and its like: what the fd is can only be known before the call. */
static __always_inline void enter_files(struct sr_ctl *c, u32 log, struct sr_call *k,
					const volatile struct sr_desc *d, u32 row)
{
	set_own_root(c);
	k->file_slot = 0;
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
		k->file_slot = slot;
		k->file_log = log;
		k->file_seq = s->seq;
	}
}

/* A call that never returns is written when it begins: it has numbers alone. */
static __always_inline void enter_last(struct sr_ctl *c, u32 log, struct task_struct *task,
				       const volatile struct sr_desc *d, u32 row)
{
	struct sr_task_state *st = task_state(task, false);

	event_begin(c, bpf_ktime_get_ns(), SR_F_NORETURN);
	c->ev.nr = row;
	if (st)
		write_begun(c, log, st, task, d, row);
}

/* The beginning of a call of which more than the time has to be noted, or that is not made in the
 * native way: then its number is not what it seems. */
__noinline int enter_slow(u32 log, u64 nr)
{
	struct task_struct *task = current_task();
	struct pt_regs *regs = task_regs(task);
	u64 row = row_of(task, (u32)nr);
	const volatile struct sr_desc *d;
	struct sr_ctl *c = ctl_get(log);
	struct sr_call *k = c ? bpf_map_lookup_elem(&calls, &c->cur.call) : NULL;

	if (!k || row > SR_NR_SYSCALLS)
		return 0;
	d = &descs[row];
	k->enter = 0;
	k->refused = 0;
#if !defined(SR_RAW_TP)
	if (d->flags & SR_D_BEFORE)
		before_take(task);
#endif
	if (!(d->flags & SR_D_WANTED))
		return 0;
	/* what a program is after its exec is not known yet */
	if (d->flags & (SR_D_NORETURN | SR_D_ENTER) && !(d->flags & SR_D_EXEC))
		k->refused =
			refused(log, d, regs, 0,
				d->flags & SR_D_NORETURN ? FACT_ABSENT : FACT_UNKNOWN, FACT_ABSENT);
	if (!k->refused && d->flags & (SR_D_NORETURN | SR_D_ENTER) &&
	    log_take(c, log, class_of(d))) {
		c->who = 0;
		c->task = (u64)task;
		regs_args(c->args, regs);
		k->exec_args = (u32)c->args[0] | c->args[4] << 32;
		if (d->flags & SR_D_NORETURN)
			enter_last(c, log, task, d, row);
		else
			enter_files(c, log, k, d, row);
		log_leave(c);
	}
	if (d->flags & SR_D_NORETURN)
		return 0;
	k->nr = row;
	k->enter = bpf_ktime_get_ns();
	if (c->cur.aside)
		call_aside(log, 1);
	return 0;
}

HOOK(sys_enter)
int sr_sys_enter(u64 *ctx)
{
	struct pt_regs *regs = (void *)ctx[0];
	u64 row = (u32)ctx[1];
	u32 log = log_of_cpu();
	struct sr_ctl *c = ctl_get(log);
	struct sr_call *k;
	u32 flags;

	if (!c)
		return 0;
	if (!is_known(c, (u64)regs)) {
		if (live.paused)
			return 0;
		c->cur.regs = (u64)regs;
		look(log);
	}
	if (!c->cur.wanted || live.paused)
		return 0;
	if (row > SR_NR_SYSCALLS)
		row = SR_NR_SYSCALLS;
	flags = descs[row].flags;
	if (flags & (SR_D_NORETURN | SR_D_ENTER | SR_D_BEFORE) ||
	    (!(flags & SR_D_WANTED) && !is_native(regs)))
		return enter_slow(log, (u32)ctx[1]);
	if (!(flags & SR_D_WANTED))
		return 0;
	k = bpf_map_lookup_elem(&calls, &c->cur.call);
	if (!k)
		return 0;
	k->refused = 0;
	k->nr = row;
	k->enter = bpf_ktime_get_ns();
	if (c->cur.aside)
		call_aside(log, 1);
	return 0;
}

/* The thread has changed in a way that its credentials do not show. */
__noinline int forget_thread(u32 log)
{
	struct sr_task_state *st = task_state(current_task(), false);
	struct sr_ctl *c = ctl_get(log);

	if (!c || !st)
		return 0;
	st->id = 0;
	c->cur.id = 0;
	__sync_fetch_and_add(&live.seen, 1); /* other CPUs may remember it, too */
	return 0;
}

/* The identity of the thread that runs here has to be looked at: it may be another one. The log
 * is taken. @paths: its working directory matters. */
__noinline int renew(u32 log, u32 paths)
{
	struct task_struct *task = current_task();
	struct sr_task_state *st = task_state(task, false);
	struct sr_ctl *c = ctl_get(log);

	if (!c || !st)
		return -1;
	if (!st->id || st->parent != parent_of(task) ||
	    st->cred != (u64)BPF_CORE_READ(task, real_cred) ||
	    (paths && cwd_moved(&st->cwd, c, log, task)))
		state_renew(st, c, log, task);
	c->cur.id = st->id;
	c->cur.cred = st->cred;
	c->cur.parent = st->parent;
	c->cur.cwd = st->cwd;
	return 0;
}

/* What ended calls still have to say, though they are not recorded. */
static __always_inline void note_unwanted(const volatile struct sr_desc *d, struct sr_call *k,
					  s64 ret)
{
	k->refused = 0;
	note_accepted(d, ret);
}

/* The record of a call that has returned; the log is taken. */
static __always_inline void write_returned(struct sr_ctl *c, u32 log, struct task_struct *task,
					   const volatile struct sr_desc *d, u32 row)
{
	u32 paths = d->flags & SR_D_PATHS;
	int slot = -1;

	if (d->flags & (SR_D_FILES | SR_D_PATHS))
		set_own_root(c);
	if (!c->cur.id || c->cur.cred != (u64)KREAD(task, real_cred) ||
	    c->cur.parent != (u64)KREAD(task, real_parent) ||
	    (paths && cwd_moved(&c->cur.cwd, c, log, task)))
		renew(log, paths);
	if (has_room(c, log, task, class_of(d)))
		slot = slot_of(c, log, task, c->cur.id);
	if (put_call(c, log, slot, d, row, true))
		ledger_lose(log, address_of(c, task), SR_LOST_FULL, class_of(d));
}

/* Those of a successful execveat, as they were when it began; unseen: no descriptor at all,
 * rather than another one. */
static __always_inline void execveat_args(struct sr_ctl *c, u64 enter)
{
	c->args[0] = enter ? (s32)(u32)c->call.exec_args : -1;
	c->args[4] = enter ? c->call.exec_args >> 32 : 0;
}

HOOK(sys_exit)
int sr_sys_exit(u64 *ctx)
{
	struct pt_regs *regs = (void *)ctx[0];
	u32 log = log_of_cpu(), flags;
	struct sr_ctl *c = ctl_get(log);
	const volatile struct sr_desc *d;
	u64 enter, row, now;
	struct task_struct *task;
	s64 ret = ctx[1];
	struct sr_call *k;

	if (!c)
		return 0;
	if (!ret && is_move(regs))
		__sync_fetch_and_add(&live.path_gen, 1);
	if (!is_known(c, (u64)regs)) {
		if (live.paused)
			return 0;
		c->cur.regs = (u64)regs;
		look(log);
	}
	if (!c->cur.wanted || live.paused)
		return 0;
	if (c->cur.aside)
		call_aside(log, 0);
	k = bpf_map_lookup_elem(&calls, &c->cur.call);
	if (!k)
		return 0;
	task = current_task();
	enter = k->enter;
	k->enter = 0;
	row = enter ? row_begun(task, k->nr) : row_of(task, (u32)regs_nr(regs));
	opaque(row);
	if (row > SR_NR_SYSCALLS)
		return 0;
	d = &descs[row];
	flags = d->flags;
	if (row == SR_NR_SYSCALLS)
		flags |= flags_of_nr(regs, regs_nr(regs)) & SR_D_IDENT;
	if (flags & SR_D_IDENT && ret >= 0)
		forget_thread(log);
	if (!(flags & SR_D_WANTED) || k->refused ||
	    refused(log, d, regs, ret, FACT_KNOWN,
		    flags & SR_D_ENTER ? FACT_UNKNOWN : FACT_ABSENT)) {
		note_unwanted(d, k, ret);
		return 0;
	}
	now = log_enter(c, log, class_of(d));
	if (!now)
		return 0;
	c->who = 0;
	c->task = (u64)task;
	event_begin(c, now, enter ? 0 : cfg.no_latency ? SR_F_LATENCY_OFF : SR_F_NO_START);
	c->ev.ret = ret;
	if (enter)
		c->ev.dur = now - enter;
	event_call(c, task, regs, row);
	if (flags & SR_D_ENTER) {
		c->call = *k;
		if (flags & SR_D_EXEC && !ret)
			execveat_args(c, enter);
	}
	write_returned(c, log, task, d, row);
	log_leave(c);
#if !defined(SR_RAW_TP)
	if (flags & SR_D_BEFORE)
		tell_success(row, regs_first(regs), ret);
#endif
	return 0;
}

#endif /* SR_CALLS_BPF_H */
