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
	struct sr_current *u = c ? current_of(c) : NULL;
	struct sr_call *k = u ? bpf_map_lookup_elem(&calls, &u->call) : NULL;

	if (!k)
		return 0;
	row = forget(c, row);
	if (row >= SR_NR_ROWS)
		return 0;
	d = &descs[row];
	k->enter = 0;
	k->refused = 0;
#if !defined(SR_RAW_TP)
	if (d->flags & SR_D_BEFORE)
		before_take(task);
#endif
	if (d->flags & SR_D_NORETURN)
		define_last(c, log, task);
	if (!(d->flags & SR_D_WANTED))
		return 0;
	/* what a program is after its exec is not known yet */
	if (d->flags & (SR_D_NORETURN | SR_D_ENTER) && !(d->flags & SR_D_EXEC))
		k->refused =
			refused(log, row, regs, 0,
				d->flags & SR_D_NORETURN ? FACT_ABSENT : FACT_UNKNOWN, FACT_ABSENT);
	if (!k->refused && d->flags & (SR_D_NORETURN | SR_D_ENTER) &&
	    log_take(c, log, class_of(d->flags))) {
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
	k->nr = d->flags & SR_D_EXEC ? row | SR_CALL_ROW : row & (SR_ROW_I386 - 1);
	k->enter = bpf_ktime_get_ns();
	if (is_aside(u))
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
	struct sr_current *u;
	struct sr_call *k;
	u32 flags;

	if (!c)
		return 0;
	u = who_runs(c, log, regs, SR_RUNNING);
	if (!u)
		return 0;
	if (row > SR_NR_SYSCALLS)
		row = SR_NR_SYSCALLS;
	flags = descs[row].flags;
	if (flags & (SR_D_NORETURN | SR_D_ENTER | SR_D_BEFORE) ||
	    ((flags ^ SR_D_WANTED) & (SR_D_WANTED | SR_D_EXEC32) && !is_native(regs)))
		return enter_slow(log, (u32)ctx[1]);
	k = bpf_map_lookup_elem(&calls, &u->call);
	if (!k)
		return 0;
	if (!(flags & SR_D_WANTED)) {
		k->enter = 0; /* if the end of a former call was not seen */
		return 0;
	}
	k->refused = 0;
	k->nr = row;
	k->enter = bpf_ktime_get_ns();
	if (is_aside(u))
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
	current_of(c)->id = 0;
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
	struct sr_current *u;

	if (!c || !st)
		return -1;
	u = current_of(c);
	if (!st->id || st->parent != parent_of(task) ||
	    st->cred != (u64)BPF_CORE_READ(task, real_cred) ||
	    (paths && cwd_moved(&st->cwd, c, log, task)))
		state_renew(st, c, log, task);
	remember(u, st);
	return 0;
}

/* Those of a successful execveat, as they were when it began; unseen: no descriptor at all,
 * rather than another one. */
static __always_inline void execveat_args(struct sr_ctl *c, u64 enter)
{
	c->args[0] = enter ? (s32)(u32)c->call.exec_args : -1;
	c->args[4] = enter ? c->call.exec_args >> 32 : 0;
}

/* The slot of the thread that runs here, defined as it is now; -1 without room. */
static __always_inline int slot_here(struct sr_ctl *c, struct sr_current *u, u32 log,
				     struct task_struct *task, u32 flags)
{
	u32 paths = flags & SR_D_PATHS;

	if (flags & (SR_D_FILES | SR_D_PATHS))
		set_root_here(c, task);
	if (!u->id || u->cred != (u64)KREAD(task, real_cred) ||
	    u->parent != (u64)KREAD(task, real_parent) ||
	    (paths && cwd_moved(&u->cwd, c, log, task)))
		renew(log, paths);
	if (!has_room(c, log, task, class_of(flags)))
		return -1;
	return slot_of(c, log, task, u->id);
}

/* A call that has returned: what its record says. */
struct returned {
	u64 enter, now;
	s64 ret;
	u32 row, flags; /* of its row of the table */
};

/* A call of which numbers are all there is. Return false: there is no room for it. */
static __always_inline bool put_plain(struct sr_ctl *c, u32 log, int slot, const struct returned *e,
				      const struct pt_regs *regs, u32 flags, u32 nargs)
{
	u8 *rec = slot < 0 ? NULL : record_begin(c, log);
	u64 *args, dur = e->enter ? e->now - e->enter : 0;

	if (!rec)
		return false;
	args = head_put(c, rec, e->row, flags, slot, e->now, dur, e->ret, 0, nargs);
	for (u32 i = 0; i < 6; i++) {
		if (i >= nargs)
			break;
		args[i] = regs_arg(regs, i);
	}
	event_publish(c, rec);
	return true;
}

/* One that works on files, points to memory, or is not of the native kind. */
static __always_inline bool put_returned(struct sr_ctl *c, u32 log, int slot,
					 const struct returned *e, const volatile struct sr_desc *d,
					 struct task_struct *task, const struct pt_regs *regs,
					 u32 flags)
{
	bool put;

	event_begin(c, e->now, flags);
	c->ev.ret = e->ret;
	if (e->enter)
		c->ev.dur = e->now - e->enter;
	event_call(c, task, regs, e->row, e->flags);
	if (e->flags & SR_D_EXEC && e->flags & SR_D_ENTER && !e->ret)
		execveat_args(c, e->enter);
	c->here = HAS_TYPED ? c->task : 0;
	put = put_call(c, log, slot, d, e->row, true, NULL) == 0;
	c->here = 0;
	return put;
}

HOOK(sys_exit)
int sr_sys_exit(u64 *ctx)
{
	struct returned e = { .ret = ctx[1] };
	struct pt_regs *regs = (void *)ctx[0];
	u32 log = log_of_cpu(), flags;
	struct sr_ctl *c = ctl_get(log);
	const volatile struct sr_desc *d;
	struct task_struct *task;
	struct sr_current *u;
	struct sr_call *k;
	bool put;
	int slot;
	u64 row;

	if (!c)
		return 0;
	if (!e.ret && is_move(regs))
		__sync_fetch_and_add(&live.path_gen, 1);
	u = who_runs(c, log, regs, SR_ENDING);
	if (!u)
		return 0;
	if (is_aside(u))
		call_aside(log, 0);
	k = bpf_map_lookup_elem(&calls, &u->call);
	if (!k)
		return 0;
	task = HAS_TYPED ? typed(u->task, struct task_struct) : current_task();
	e.enter = k->enter;
	if (live.paused &&
	    (!e.enter || __sync_val_compare_and_swap(&k->enter, e.enter, 0) != e.enter))
		return 0;
	k->enter = 0;
	row = e.enter ? row_begun(task, k->nr) : forget(c, row_of(task, (u32)regs_nr(regs)));
	opaque(row);
	if (row >= SR_NR_ROWS)
		return 0;
	d = &descs[row];
	e.row = row;
	e.flags = d->flags;
	if (e.flags & SR_D_IDENT && e.ret >= 0)
		forget_thread(log);
	if (!(e.flags & SR_D_WANTED) || k->refused) {
		k->refused = 0;
		note_accepted(d, e.ret);
		return 0;
	}
	if (refused(log, row, regs, e.ret, FACT_KNOWN,
		    e.flags & SR_D_ENTER ? FACT_UNKNOWN : FACT_ABSENT))
		return 0;
	e.now = log_enter(c, log, class_of(e.flags));
	if (!e.now)
		return 0;
	c->who = 0;
	c->task = (u64)task;
	flags = e.enter ? 0 : cfg.no_latency ? SR_F_LATENCY_OFF : SR_F_NO_START;
	slot = slot_here(c, u, log, task, e.flags);
	if (!(e.flags & SR_D_PLAIN)) {
		if (e.flags & SR_D_ENTER)
			c->call = *k;
		put = put_returned(c, log, slot, &e, d, task, regs, flags);
	} else {
		put = put_plain(c, log, slot, &e, regs, flags, d->nargs);
	}
	if (!put)
		ledger_lose(log, address_of(c, task), SR_LOST_FULL, class_of(e.flags));
	log_leave(c);
#if !defined(SR_RAW_TP)
	if (e.flags & SR_D_BEFORE)
		tell_success(row, regs_first(regs), e.ret);
#endif
	return 0;
}

#endif /* SR_CALLS_BPF_H */
