/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* The record of a request of io_uring. It may complete on another CPU, in a worker or long after:
 * who made it and its files are known by what was noted, never by who is running then. Buffers
 * belong to the kernel until the request completes, and are read then. */
#ifndef SR_URING_TELL_BPF_H
#define SR_URING_TELL_BPF_H

#include "driver-bpf/uring_note.bpf.h"

enum {
	URING_SAME = 1,	  /* the program's memory is at hand */
	URING_INLINE = 2, /* the program is still in the call that submitted it */
};

/* A request that is being written. */
struct completion {
	struct uring_name name;
	u64 key, file;
	s64 res;
	u32 row, cflags, how, class, direct;
	u32 final;	   /* it ends, and is not told of again */
	u32 slot;	   /* of its file */
	u32 found, silent; /* see named_step() */
	u32 pad;
};

/* One element per log, while that is entered. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct completion);
} uring_work SEC(".maps");

static __always_inline struct completion *work(u32 log)
{
	return bpf_map_lookup_elem(&uring_work, &log);
}

static __always_inline struct uring_request *request_of(const struct completion *w)
{
	u64 key = w->key;

	return bpf_map_lookup_elem(&uring_requests, &key);
}

/* For the loops over the ops of a request that is complete. */
struct uring_loop {
	struct sr_ctl *c;
	struct completion *w;
	struct uring_request *r;
	u32 log;
};

/* A file of the request that was noted, as far as its slot still says the same. */
static long noted_file_step(u32 step, struct uring_loop *at)
{
	struct sr_file_slot *s;
	u64 i = step;
	u32 idx;

	opaque(i);
	if (i >= SR_MAX_OPS)
		return 1;
	idx = at->log * SR_FILE_SLOTS + at->r->files[i];
	s = bpf_map_lookup_elem(&file_slots, &idx);
	at->c->files[i] = s && at->r->log == at->log && at->r->files[i] && s->seq == at->r->seq[i]
				  ? at->r->files[i]
				  : 0;
	return 0;
}

/* Op @i, if it is about the file that the kernel holds for the request, or has made of it. */
static long own_file_step(u32 step, struct uring_loop *at)
{
	struct completion *w = at->w;
	struct sr_ctl *c = at->c;
	const volatile struct sr_desc *d = desc_at(w->row);
	const volatile struct sr_op *op;
	u64 i = step;

	opaque(i);
	if (i >= SR_MAX_OPS || i >= d->nops)
		return 1;
	op = &d->ops[i];
	if (op->copy == SR_COPY_RETFD) {
		if (w->res >= 0 && w->how & URING_SAME && !w->direct)
			c->ev.file = define_op(at->log, w->row, i, w->res);
	} else if (op->flags & SR_OP_PRIMARY) {
		if (!(op->flags & SR_OP_ENTER) && w->file)
			c->files[i] = define_file(at->log, w->file);
		c->ev.file = c->files[i];
	}
	return 0;
}

/* The same where nothing is known to have been made. */
static long left_file_step(u32 step, struct uring_loop *at)
{
	struct completion *w = at->w;
	struct sr_ctl *c = at->c;
	const volatile struct sr_desc *d = desc_at(w->row);
	const volatile struct sr_op *op;
	u64 i = step;

	opaque(i);
	if (i >= SR_MAX_OPS || i >= d->nops)
		return 1;
	op = &d->ops[i];
	if (op->copy == SR_COPY_RETFD || !(op->flags & SR_OP_PRIMARY))
		return 0;
	if (!(op->flags & SR_OP_ENTER) && w->slot)
		c->files[i] = w->slot;
	c->ev.file = c->files[i];
	return 0;
}

/* Append op @i of what was not noted when the request was submitted. @done: its memory may be at
 * hand. */
static __always_inline long memory(u32 step, struct uring_loop *at, bool done)
{
	struct completion *w = at->w;
	struct uring_request *r = at->r;
	struct sr_ctl *c = at->c;
	const volatile struct sr_desc *d = desc_at(w->row);
	const volatile struct sr_op *op;
	u8 *rec = record_at(c);
	u64 i = step;
	bool known;

	opaque(i);
	if (!rec || i >= SR_MAX_OPS || i >= d->nops)
		return 1;
	op = &d->ops[i];
	if (is_file_op(op)) {
		if (!(op->flags & SR_OP_PRIMARY) && (c->files[i] || r->files[i]))
			blob_finish(c, rec, c->pos, 0, op->arg, c->files[i] ? SR_OK : SR_UNKNOWN,
				    c->files[i]);
		return 0;
	}
	if (at_submission(op, r->sqe_flags) || (op->flags & SR_OP_OUT && w->res < 0))
		return 0;
	known = w->how & URING_SAME;
	if (op->copy == SR_COPY_IOVEC || op->copy == SR_COPY_MSGHDR)
		known = known && w->how & URING_INLINE; /* the description may be gone */
	if (r->sqe_flags & IOSQE_BUFFER_SELECT && op->flags & SR_OP_PAYLOAD)
		known = false; /* the kernel has chosen another buffer */
	if (done && known)
		copy_op(at->log, w->row, i, w->res);
	else
		blob_finish(c, rec, c->pos, 0, op->arg, SR_UNKNOWN, 0);
	return 0;
}

static long done_memory_step(u32 step, struct uring_loop *at)
{
	return memory(step, at, true);
}

static long left_memory_step(u32 step, struct uring_loop *at)
{
	return memory(step, at, false);
}

/* The slot of the thread that made the request, in @log; -1 without room. */
static __always_inline int uring_thread(u32 log)
{
	struct task_struct *me = bpf_get_current_task_btf(), *task;
	struct completion *w = work(log);
	struct sr_ctl *c = ctl_get(log);
	struct sr_task_state *st;
	struct uring_request *r;
	u64 id;

	r = w ? request_of(w) : NULL;
	if (!c || !r)
		return -1;
	task = (void *)READ_ONCE(r->task);
	if (!has_room(c, log, task, w->class))
		return -1;
	id = r->id;
	if ((u64)me == r->task) {
		st = bpf_task_storage_get(&tasks, me, 0, 0);
		if (st && r->enter && call_begun(st) == r->enter)
			w->how |= URING_INLINE;
		if (st && !st->id)
			state_renew(st, c, log, me);
		id = st ? st->id : id;
	} else if ((u64)BPF_CORE_READ(task, real_cred) != r->cred) {
		id = (u64)(log + 1) << 48 | ++c->next_id | (id & SR_ID_MAYBE);
	}
	return define_thread(log, r->task, id);
}

/* Its head, arguments and what was noted of its memory; the record, or NULL. */
static __always_inline u8 *uring_head(const struct uring_request *r, struct sr_ctl *c, u32 log)
{
	u8 *rec = record_begin(c, log);
	u64 pos, len;

	if (!rec)
		return NULL;
	event_head(c, rec);
	pos = pos_of(c);
	if (pos < 32 || pos > 256)
		return NULL;
	*(u64 *)(rec + pos - 16) = r->user_data;
	*(u64 *)(rec + pos - 8) = r->sqe_flags;
	if (r->no_room)
		((struct sr_rec_head *)rec)->flags |= SR_F_NO_ROOM;
	len = r->len; /* looked at right here: 6.1 knows nothing any more of what was on the stack
		       */
	opaque(len);
	if (len > URING_BLOBS)
		return NULL;
	bpf_probe_read_kernel(rec + pos, len, r->blobs);
	c->pos = pos + len;
	c->nblobs = r->nblobs;
	return rec;
}

/* What its record says of who made it, of files and of arguments. Return false: no room. */
static __always_inline bool uring_begin(struct uring_loop *at, bool done)
{
	const struct uring_request *r = at->r;
	struct sr_ctl *c = at->c;
	int slot;

	at->w->direct = r->direct;
	slot = uring_thread(at->log);
	if (slot < 0)
		return false;
	c->ev.slot = slot;
	set_root(c, (void *)READ_ONCE(r->task));
	for (u32 i = 0; i < 6; i++)
		c->args[i] = r->args[i];
	bpf_loop(SR_MAX_OPS, noted_file_step, at, 0);
	bpf_loop(SR_MAX_OPS, done ? own_file_step : left_file_step, at, 0);
	c->ev.dur = c->ev.time - r->time;
	return true;
}

/* One that has completed. The log is entered. Return 0; -1: there is no room. */
static __always_inline int uring_write(struct completion *w, struct uring_request *r,
				       struct sr_ctl *c, u32 log)
{
	struct uring_loop at = { .c = c, .w = w, .r = r, .log = log };
	u8 *rec;

	w->how = r->tgid == (u32)(bpf_get_current_pid_tgid() >> 32) ? URING_SAME : 0;
	c->who = !w->how;
	if (!uring_begin(&at, true))
		return -1;
	rec = uring_head(r, c, log);
	if (!rec)
		return -1;
	bpf_loop(SR_MAX_OPS, done_memory_step, &at, 0);
	event_publish(c, rec);
	return 0;
}

/* Is it known who made it? The kernel holds on to a thread that has requests under way, but not to
 * one whose requests have ended silently. */
static __always_inline bool uring_has_task(const struct uring_request *r)
{
	struct task_struct *task = (void *)READ_ONCE(r->task);

	return BPF_CORE_READ(task, start_boottime) == r->start && BPF_CORE_READ(task, real_cred);
}

/* Of each request one program alone tells how it ended: whoever takes it. */
static __always_inline bool uring_take(struct uring_request *r)
{
	return __sync_val_compare_and_swap(&r->taken, 0, 1) == 0;
}

/* The request work(@log)->key, whose memory is not at hand: it has not ended, or whoever made it
 * was not told. The log is entered, c->ev is begun, and the result, the slot of its file and
 * whether it is final are set. Return 0; 1: it is told already; -1: there is no room. */
__noinline int uring_write_left(u32 log)
{
	struct sr_ctl *c = ctl_get(log);
	struct completion *w = work(log);
	struct uring_request *r = w ? request_of(w) : NULL;
	struct uring_loop at = { .c = c, .w = w, .r = r, .log = log };
	const volatile struct sr_desc *d;
	u8 *rec;

	if (!c || !r)
		return 1;
	w->row = uring_row(r->op);
	d = desc_at(w->row);
	w->how = 0;
	w->class = class_of(d->flags);
	c->ev.ret = w->res;
	c->who = 1;
	c->ev.nr = SR_REC_FIRST + SR_X_URING_nop + (w->row - SR_NR_SYSCALLS - 1);
	c->ev.nargs = d->nargs;
	if (!uring_has_task(r)) {
		if (w->final && uring_take(r))
			ledger_lose(log, 0, SR_LOST_FULL, w->class);
		return 1;
	}
	if (!uring_begin(&at, false))
		return -1;
	rec = uring_head(r, c, log);
	if (!rec)
		return -1;
	bpf_loop(SR_MAX_OPS, left_memory_step, &at, 0);
	if (w->final ? !uring_take(r) : READ_ONCE(r->taken) != 0)
		return 1;
	event_publish(c, rec);
	return 0;
}

/* A request from before recording, or that there was no room to note: what it did is known, what
 * it was asked is not. */
static __always_inline int uring_write_unseen(struct completion *w, struct sr_ctl *c, u32 log,
					      struct sr_task_state *st, struct task_struct *task)
{
	u8 *rec = NULL;
	int slot = -1;

	c->who = 0;
	if (has_room(c, log, task, w->class))
		slot = thread_of(st, c, log, task);
	if (slot >= 0)
		rec = record_begin(c, log);
	if (!rec)
		return -1;
	c->ev.slot = slot;
	c->ev.nargs = 0;
	c->ev.flags = SR_F_NO_START;
	event_head(c, rec);
	event_publish(c, rec);
	return 0;
}

/* Tell of the request @key that it has ended without a word, and forget it. */
static __always_inline void uring_tell_left(u32 log, u64 key, const struct uring_request *r)
{
	struct sr_ctl *c = ctl_get(log);
	struct completion *w = work(log);
	u64 task = READ_ONCE(r->task), now = 0;
	u32 class = SR_EC_OTHER;

	if (c && w && live.paused < SR_PAUSED)
		now = log_enter(c, log, class);
	if (now) {
		event_begin(c, now, SR_F_UNTOLD);
		w->key = key;
		w->slot = 0;
		w->res = 0;
		w->final = 1;
		if (uring_write_left(log) < 0)
			ledger_lose(log, task, SR_LOST_FULL, class);
		log_leave(c);
	}
	bpf_map_delete_elem(&uring_requests, &key);
}

#endif /* SR_URING_TELL_BPF_H */
