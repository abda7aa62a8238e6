/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Events beside system calls that say more than six numbers and a string: begun, filled and
 * ended by whoever has something to say. */
#ifndef SR_XEVENT_BPF_H
#define SR_XEVENT_BPF_H

#include "driver-bpf/before.bpf.h"
#include "driver-bpf/event.bpf.h"

#define XWANTED(kind) (cfg.xwanted >> (kind)&1)
#define XPOS_MAX      8192 /* where a blob of such an event begins at most */

/* The thread's slot in @log if it has been defined there; -1 if not. */
static __always_inline int defined_thread(const struct sr_task_state *st, u32 log)
{
	u32 slot = thread_slot(st->id), idx = log * SR_THREAD_SLOTS + slot;
	struct sr_thread_slot *s = bpf_map_lookup_elem(&thread_slots, &idx);

	return s && s->id == st->id ? (int)slot : -1;
}

/* The thread may be about to end. What is told of it when it has no memory any more (that it has
 * ended, the signal to its parent) names it as it is now, also if no call of it is wanted. */
static __always_inline void define_last(struct sr_ctl *c, u32 log, struct task_struct *task)
{
	struct sr_task_state *st = cfg.xwanted ? task_state(task, false) : NULL;

	if (!st || c->busy || !log_take(c, log, SR_EC_CRITICAL))
		return;
	c->who = 0;
	c->task = (u64)task;
	if (has_room(c, log, task, SR_EC_CRITICAL))
		thread_of(st, c, log, task);
	log_leave(c);
}

/* Begin an event about @task, whose state is @st: its head, and room for @nargs arguments, all 0.
 * @defined: the record before this one was the thread's, and defined it; in the depth of a call's
 * program there is no stack left to do so.
 * Return the record, to be ended by x_end(); NULL: it is lost, and accounted. */
static __always_inline u8 *x_begin_as(struct sr_ctl *c, u32 log, struct sr_task_state *st,
				      struct task_struct *task, u16 kind, u8 nargs, u32 class,
				      bool defined)
{
	u64 now = log_enter(c, log, class);
	struct sr_rec_event *r;
	u8 *rec = NULL;
	int slot = -1;

	if (!now)
		return NULL;
	c->who = (u64)task != bpf_get_current_task();
	if (has_room(c, log, task, class))
		slot = defined ? defined_thread(st, log) : thread_of(st, c, log, task);
	if (slot >= 0)
		rec = record_begin(c, log);
	if (!rec) {
		ledger_lose(log, address_of(c, task), SR_LOST_FULL, class);
		log_leave(c);
		return NULL;
	}
	__builtin_memset(rec, 0, sizeof(*r) + SR_MAX_ARGS * 8);
	r = (void *)rec;
	r->h.nr = SR_REC_FIRST + kind;
	r->h.flags = SR_F_NO_START;
	r->h.slot = slot;
	r->time = now;
	r->nargs = nargs;
	c->pos = sizeof(*r) + nargs * 8;
	c->nblobs = 0;
	return rec;
}

static __always_inline u8 *x_begin(struct sr_ctl *c, u32 log, struct sr_task_state *st,
				   struct task_struct *task, u16 kind, u8 nargs)
{
	u32 class = kind == SR_X_SIGNALGENERATE ? SR_EC_OTHER : SR_EC_CRITICAL;

	return x_begin_as(c, log, st, task, kind, nargs, class, false);
}

static __always_inline void x_end(struct sr_ctl *c, u8 *rec)
{
	event_publish(c, rec);
	log_leave(c);
}

static __always_inline void x_num(u8 *rec, u32 arg, u64 v)
{
	*(u64 *)(rec + sizeof(struct sr_rec_event) + arg * 8) = v;
}

/* A string of the kernel's, cut at @cap bytes. */
static __always_inline void x_str(struct sr_ctl *c, u8 *rec, u8 arg, const void *str, u32 cap)
{
	u64 pos = pos_of(c);
	long n;

	if (pos > XPOS_MAX)
		return;
	n = bpf_probe_read_kernel_str(rec + pos + sizeof(struct sr_rec_blob), cap, str);
	if (n <= 0 || n > cap)
		return;
	blob_finish(c, rec, pos, n - 1, arg, n == cap ? SR_TRUNC : SR_OK, n - 1);
}

/* Room for a structure of @size bytes, all 0; NULL: there is none. */
static __always_inline void *x_struct(struct sr_ctl *c, u8 *rec, u8 arg, u32 size)
{
	u64 pos = pos_of(c);

	if (pos > XPOS_MAX)
		return NULL;
	__builtin_memset(rec + pos + sizeof(struct sr_rec_blob), 0, size);
	blob_finish(c, rec, pos, size, arg, SR_OK, size);
	return rec + pos + sizeof(struct sr_rec_blob);
}

/* An address as a number that the verifier knows nothing of, without the log's help, which may be
 * another program's just now. */
static __always_inline u64 number_of(const void *p)
{
	u64 v = 0;

	bpf_probe_read_kernel(&v, sizeof(v), &p);
	return v;
}

/* The state of a task that need not be the current one; NULL if it is not recorded. */
static __always_inline struct sr_task_state *wanted_state(struct task_struct *task)
{
	struct sr_ctl *c = ctl_get(log_of_cpu());
	struct sr_task_state *st;

	if (live.paused || !c)
		return NULL;
	st = bpf_task_storage_get(&tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!st)
		return NULL;
	if (st->gen != live.gen)
		state_refresh(st, number_of(task));
	return st->wanted ? st : NULL;
}

#endif /* SR_XEVENT_BPF_H */
