/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* System calls: the programs that see them begin and return. */
#ifndef SR_CALLS_BPF_H
#define SR_CALLS_BPF_H

#include "driver-bpf/kern.bpf.h"
#include "driver-bpf/predicate.bpf.h"

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
	u64 now;

	if (!c)
		return;
	/* what a program is after its exec is not known yet */
	if (!(d->flags & SR_D_EXEC) &&
	    refused(log, d, regs, 0, d->flags & SR_D_NORETURN ? FACT_ABSENT : FACT_UNKNOWN,
		    FACT_ABSENT)) {
		st->refused = 1;
		return;
	}
	now = log_enter(c, log, class_of(d));
	if (!now)
		return;
	c->who = 0;
	c->task = (u64)task;
	regs_args(c->args, regs);
	row &= SR_NR_SYSCALLS - 1;
	if (d->flags & SR_D_EXEC)
		st->exec_args = (u32)c->args[0] | c->args[4] << 32;
	if (d->flags & SR_D_NORETURN) { /* such calls have numbers alone */
		event_begin(c, now, SR_F_NORETURN);
		c->ev.nr = row;
		st->enter = 0;
		write_call(c, log, st, task, d, row, false);
	} else {
		enter_files(c, log, st, task, d, row);
	}
	log_leave(c);
}

/* Was @task, on this CPU, found not to be recorded? The start time tells it from a later task
 * at the same address. */
static __always_inline bool known_out(const struct sr_ctl *c, struct task_struct *task)
{
	return c->out_task == (u64)task && c->out_start == KREAD(task, start_boottime) &&
	       c->out_gen == live.gen;
}

static __always_inline void remember_out(struct sr_ctl *c, struct task_struct *task, u32 gen)
{
	c->out_task = (u64)task;
	c->out_start = KREAD(task, start_boottime);
	c->out_gen = gen;
}

HOOK(sys_enter)
int sr_sys_enter(u64 *ctx)
{
	struct pt_regs *regs = (void *)ctx[0];
	struct task_struct *task = current_task();
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
#if !defined(SR_RAW_TP)
	if (descs[row].flags & SR_D_BEFORE)
		before_take(task, st);
#endif
	if (!(descs[row].flags & SR_D_WANTED)) {
		st->enter = 0;
		return 0;
	}
	st->refused = 0;
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

HOOK(sys_exit)
int sr_sys_exit(u64 *ctx)
{
	struct pt_regs *regs = (void *)ctx[0];
	struct task_struct *task = current_task();
	u32 log = log_of_cpu();
	struct sr_ctl *c = ctl_get(log);
	const volatile struct sr_desc *d;
	struct sr_task_state *st;
	u64 enter, row, now;
	s64 ret = ctx[1];
	bool out;

	if (!c)
		return 0;
	out = known_out(c, task);
	st = out ? NULL : task_state(task, false);
	row = st && st->enter ? st->nr : row_of(task, (u32)regs_nr(regs));
	opaque(row);
	if (row > SR_NR_SYSCALLS)
		return 0;
	d = &descs[row];
	if (d->flags & SR_D_RENAME && ret == 0)
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
	if (d->flags & SR_D_IDENT && ret >= 0)
		st->id = 0;
	if (!(d->flags & SR_D_WANTED) || st->refused ||
	    refused(log, d, regs, ret, FACT_KNOWN,
		    d->flags & SR_D_ENTER ? FACT_UNKNOWN : FACT_ABSENT)) {
		st->refused = 0;
		note_accepted(d, ret);
		return 0;
	}
	if (st->cred != (u64)KREAD(task, real_cred))
		st->id = 0;

	now = log_enter(c, log, class_of(d));
	if (!now)
		return 0;
	if (d->flags & (SR_D_FILES | SR_D_PATHS))
		set_own_root(c);
	if (d->flags & SR_D_PATHS && st->id && cwd_moved(st, c, log, task))
		st->id = 0;
	c->who = 0;
	c->task = (u64)task;
	event_begin(c, now, enter ? 0 : cfg.no_latency ? SR_F_LATENCY_OFF : SR_F_NO_START);
	c->ev.ret = ret;
	if (enter)
		c->ev.dur = now - enter;
	event_call(c, task, regs, row);
	if (d->flags & SR_D_EXEC && d->flags & SR_D_ENTER && !ret)
		execveat_args(c, st, enter);
	write_call(c, log, st, task, d, row, true);
	log_leave(c);
#if !defined(SR_RAW_TP)
	if (d->flags & SR_D_BEFORE)
		tell_success(row, regs_first(regs), ret);
#endif
	return 0;
}

#endif /* SR_CALLS_BPF_H */
