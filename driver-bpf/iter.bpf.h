/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* What exists when recording begins, and the calls that have not returned when it ends. A program
 * that finds the log full returns RETRY: it sees the same object again when user space, which runs
 * it, has read the log. */
#ifndef SR_ITER_BPF_H
#define SR_ITER_BPF_H

#include "driver-bpf/event.bpf.h"

#define RETRY 1

/* Write an event about @task, which is not the current one, into the iterators' log. */
static __always_inline u8 *iter_begin(struct task_struct *task, struct sr_task_state *st,
				      struct sr_ctl *c, u16 kind)
{
	u32 log = cfg.ncpu;
	u8 *rec = NULL;
	int slot;

	c->who = 1;
	c->task = (u64)task;
	event_begin(c, bpf_ktime_get_ns(), SR_F_STATE | SR_F_NO_START);
	c->ev.nr = SR_REC_FIRST + kind;
	slot = thread_of(st, c, log, task);
	if (slot >= 0)
		rec = record_begin(c, log);
	c->ev.slot = slot;
	return rec;
}

SEC("iter/task")
int sr_iter_task(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct sr_task_state *st;
	struct sr_ctl *c = ctl_get(cfg.ncpu);
	u8 *rec;

	if (!task || !c)
		return 0;
	st = task_state(task, true);
	if (!st)
		return 0;
	if (st->gen != live.gen)
		state_refresh(st, address_of(c, task));
	if (!st->wanted)
		return 0;
	rec = iter_begin(task, st, c, SR_X_PROCESS);
	if (!rec)
		return RETRY;
	c->ev.nargs = 5;
	c->args[0] = KREAD(task, pid);
	c->args[1] = KREAD(task, tgid);
	c->args[2] = 0;
	c->args[3] = open_files(task);
	c->args[4] = nofile_limit(task);
	event_head(c, rec);
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
	u32 slot;
	u8 *rec;

	if (!task || !file || !c)
		return 0;
	st = task_state(task, false);
	if (!st || !st->wanted || !st->id)
		return 0;
	set_root(c, task);
	slot = define_file(cfg.ncpu, address_of(c, file));
	rec = slot ? iter_begin(task, st, c, SR_X_OPENFILE) : NULL;
	if (!rec)
		return RETRY;
	c->ev.nargs = 2;
	c->ev.file = slot;
	c->args[0] = ctx->fd;
	c->args[1] = closes_on_exec(task, ctx->fd);
	event_head(c, rec);
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
	u64 row, now;
	s64 rc;

	if (!task || !c)
		return 0;
	st = task_state(task, false);
	if (!st || !st->wanted || !call_begun(st))
		return 0;
	row = call_fetch(c, task, st);
	if (row >= SR_NR_ROWS)
		return 0;
	regs = task_regs(task);
	c->who = 1;
	c->task = (u64)task;
	now = bpf_ktime_get_ns();
	event_begin(c, now, SR_F_INFLIGHT);
	c->ev.dur = now - c->call.enter;
	c->ev.ret = -4;
	event_call(c, task, regs, row, descs[row].flags);
	set_root(c, task);
	rc = put_call(c, cfg.ncpu, thread_of(st, c, cfg.ncpu, task), &descs[row], row, false, st);
	opaque(rc); /* else a trick of bits becomes of it, whose result 6.1 does not know */
	return rc ? RETRY : 0;
}

#endif /* SR_ITER_BPF_H */
