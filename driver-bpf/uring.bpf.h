/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Requests of io_uring, one record each, written when it completes.
 *
 * What a request says is taken when it is submitted: its numbers, and what memory it points to that
 * the program may use for something else as soon as it is submitted (paths, addresses, messages).
 * That waits in a map. Buffers belong to the kernel until the request completes, and are read
 * then. A request may complete on another CPU, in a worker or long after: who made it and its files
 * are known by what was noted, never by who is running then. */
#ifndef SR_URING_BPF_H
#define SR_URING_BPF_H

#include "driver-bpf/xevent.bpf.h"

#define PF_IO_WORKER		0x10
#define IORING_SETUP_SQE128	(1u << 10)
#define IORING_SETUP_NO_SQARRAY (1u << 16)
#define IORING_CQE_F_MORE	2
#define IOSQE_BUFFER_SELECT	0x20
#define AT_FDCWD		-100

enum sqe_member {
	SQ_NONE,
	SQ_FD,
	SQ_OFF,
	SQ_ADDR,
	SQ_LEN,
	SQ_OP_FLAGS,
	SQ_BUF_INDEX,
	SQ_FILE_INDEX,
	SQ_ADDR3,
	SQ_OPCODE,
};

struct uring_op {
	u8 from[6]; /* enum sqe_member per argument */
};

static const volatile struct uring_op uring_ops[SR_NR_URING] = {
#define F(...)              \
	{                   \
		__VA_ARGS__ \
	}
#define SR_URING(name, number, ret, cat, flags, from_, ...) [number] = { .from = from_ },
#include "formats/uring.def"
#undef SR_URING
#undef F
};

/* As user space has written it. */
struct sqe {
	u8 opcode, flags;
	u16 ioprio;
	s32 fd;
	u64 off, addr;
	u32 len, op_flags;
	u64 user_data;
	u16 buf_index, personality;
	u32 file_index;
	u64 addr3, pad;
};

#define URING_BLOBS 768

/* A request that has been submitted. */
struct uring_request {
	u64 time;
	u64 task, id, cred; /* who made it, and its definition's id then */
	u64 enter;	    /* the call in which it was submitted began then; 0: none */
	u64 user_data;
	u64 args[6];
	u64 seq[SR_MAX_OPS]; /* of files other than its own: what their slots said */
	u16 files[SR_MAX_OPS];
	u32 tgid;
	u32 len; /* of the blobs */
	u16 log;
	u8 op, sqe_flags, nblobs, no_room, pad;
	u8 direct; /* the result is a place in the ring's table, not a descriptor */
	u8 blobs[URING_BLOBS];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 32768);
	__type(key, u64); /* address of its struct io_kiocb */
	__type(value, struct uring_request);
} uring_requests SEC(".maps");

/* Completions of one request after another come without it: only what the program calls it and
 * the ring are known. */
struct uring_name {
	u64 ring, user_data;
};
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct uring_name);
	__type(value, u64);
} uring_repeated SEC(".maps");

/* A completion that is being written. */
struct completion {
	struct uring_name name;
	u64 key, file;
	s64 res;
	u32 row, cflags, how, class, direct, pad;
};

/* What is too large for the stack, while the CPU's log is entered. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct sqe);
} uring_sqe SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct completion);
} uring_work SEC(".maps");

static __always_inline struct completion *work(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&uring_work, &zero);
}

/* A row of the table, by a number that is looked at right before: what an older verifier knows of a
 * number does not outlive its way through the stack, what it knows of a pointer does. */
#define desc_at(row)                    \
	({                              \
		u64 row_ = (row);       \
		opaque(row_);           \
		if (row_ >= SR_NR_ROWS) \
			return 0;       \
		&descs[row_];           \
	})

static __always_inline u64 uring_row(u32 op)
{
	return SR_NR_SYSCALLS + 1 + (op < SR_NR_URING - 1 ? op : SR_NR_URING - 1);
}

/* ---- submission ---- */

/* The entry of the submission queue that the kernel has just taken @req from. */
static __always_inline bool read_sqe(struct sqe *sqe, struct io_kiocb *req)
{
	struct io_ring_ctx *ring = BPF_CORE_READ(req, ctx);
	u32 flags = BPF_CORE_READ(ring, flags);
	u32 at = (BPF_CORE_READ(ring, cached_sq_head) - 1) & (BPF_CORE_READ(ring, sq_entries) - 1);

	if (!(flags & IORING_SETUP_NO_SQARRAY))
		bpf_probe_read_kernel(&at, sizeof(at), BPF_CORE_READ(ring, sq_array) + at);
	if (flags & IORING_SETUP_SQE128)
		at <<= 1;
	if (bpf_probe_read_kernel(sqe, sizeof(*sqe),
				  (void *)BPF_CORE_READ(ring, sq_sqes) + (u64)at * sizeof(*sqe)))
		return false;
	/* the program may have written over it meanwhile */
	return sqe->opcode == BPF_CORE_READ(req, opcode) &&
	       sqe->user_data == BPF_CORE_READ(req, cqe.user_data);
}

static __always_inline u64 sqe_member(const struct sqe *sqe, u8 which)
{
	switch (which) {
	case SQ_FD:
		return (s64)sqe->fd;
	case SQ_OFF:
		return sqe->off;
	case SQ_ADDR:
		return sqe->addr;
	case SQ_LEN:
		return sqe->len;
	case SQ_OP_FLAGS:
		return sqe->op_flags;
	case SQ_BUF_INDEX:
		return sqe->buf_index;
	case SQ_FILE_INDEX:
		return sqe->file_index;
	case SQ_ADDR3:
		return sqe->addr3;
	case SQ_OPCODE:
		return sqe->opcode;
	default:
		return 0;
	}
}

/* Is op @op best copied when the request is submitted? */
static __always_inline bool at_submission(const volatile struct sr_op *op)
{
	return !(op->flags & SR_OP_OUT) &&
	       (!(op->flags & SR_OP_PAYLOAD) || op->copy == SR_COPY_IOVEC ||
		op->copy == SR_COPY_MSGHDR);
}

/* Append what memory the request points to to the note that is being written at the end of the
 * log. */
__noinline int uring_note_memory(u32 log, u64 row)
{
	const volatile struct sr_desc *d = desc_at(row);
	struct sr_ctl *c = ctl_get(log);
	struct uring_request *r;

	if (!c)
		return 0;
	r = (void *)record_at(c);
	if (!r)
		return 0;
	c->pos = __builtin_offsetof(struct uring_request, blobs);
	c->nblobs = 0;
	c->nstrv = 0;
	c->cut = URING_BLOBS / 2;
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < SR_MAX_OPS; i++)
		if (i < d->nops && !is_file_op(&d->ops[i]) && at_submission(&d->ops[i]))
			copy_op(log, row, i, -1); /* how much of it will move is not known */
	c->cut = 0;
	r->nblobs = c->nblobs;
	r->len = c->pos - __builtin_offsetof(struct uring_request, blobs);
	if (r->len > URING_BLOBS) {
		r->nblobs = r->len = 0;
		r->no_room = 1;
	}
	return 0;
}

/* Define the files that the request names beside the one that the kernel holds for it: they may
 * have been closed when it completes. */
__noinline int uring_define_files(u32 log, u64 row)
{
	const volatile struct sr_desc *d = desc_at(row);
	struct sr_ctl *c = ctl_get(log);

	if (!c)
		return 0;
	set_own_root(c);
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < SR_MAX_OPS; i++) {
		const volatile struct sr_op *op = &d->ops[i];

		c->files[i] = 0;
		if (i >= d->nops || !is_file_op(op) || op->copy == SR_COPY_RETFD)
			continue;
		if (op->flags & SR_OP_PRIMARY && !(op->flags & SR_OP_ENTER))
			continue;
		define_op(log, row, i, 0);
	}
	return 0;
}

static __always_inline void note_files(struct sr_ctl *c, struct uring_request *r, u32 log)
{
	for (u32 i = 0; i < SR_MAX_OPS; i++) {
		u32 idx = log * SR_FILE_SLOTS + c->files[i];
		struct sr_file_slot *s = bpf_map_lookup_elem(&file_slots, &idx);

		r->files[i] = c->files[i];
		r->seq[i] = s && c->files[i] ? s->seq : 0;
	}
	r->log = log;
}

/* Multishot requests. */
static __always_inline bool is_repeated(const struct sqe *sqe)
{
	switch (sqe->opcode) {
	case 6: /* poll_add: IORING_POLL_ADD_MULTI */
		return sqe->len & 1;
	case 10: /* recvmsg, recv: IORING_RECV_MULTISHOT */
	case 27:
	case 58:
		return sqe->ioprio & 2;
	case 11: /* timeout: IORING_TIMEOUT_MULTISHOT */
		return sqe->op_flags & 64;
	case 13: /* accept: IORING_ACCEPT_MULTISHOT */
		return sqe->ioprio & 1;
	default:
		return sqe->opcode == 49; /* read_multishot */
	}
}

/* The kernel's own thread that submits for a ring works for the process that it is a thread of. */
static __always_inline struct task_struct *on_behalf_of(struct task_struct *me)
{
	return me->flags & PF_IO_WORKER ? me->group_leader : me;
}

static __always_inline void note_request(struct uring_request *r, struct sr_ctl *c,
					 struct sr_task_state *st, struct task_struct *task,
					 const struct sqe *sqe, u64 now)
{
	__builtin_memset(r, 0, __builtin_offsetof(struct uring_request, blobs));
	r->time = now;
	r->task = (u64)task;
	r->tgid = task->tgid;
	r->id = st->id;
	r->cred = st->cred;
	r->enter = call_begun(st);
	r->user_data = sqe->user_data;
	r->sqe_flags = sqe->flags;
	r->op = sqe->opcode;
	r->direct = sqe->file_index != 0;
	for (u32 i = 0; i < 6; i++)
		r->args[i] = c->args[i];
}

static __always_inline int uring_submit(u64 *ctx)
{
	struct task_struct *me = bpf_get_current_task_btf(), *task = on_behalf_of(me);
	struct io_kiocb *req = (void *)ctx[0];
	struct sr_task_state *st = wanted_state(task);
	u32 log = log_of_cpu();
	struct sr_ctl *c = ctl_get(log);
	u64 row = uring_row(BPF_CORE_READ(req, opcode)), key = 0, now;
	const volatile struct uring_op *op;
	const volatile struct sr_desc *d;
	struct uring_request *r;
	struct sqe *sqe;
	u32 zero = 0;

	bpf_probe_read_kernel(&key, sizeof(key), ctx);
	d = desc_at(row);
	if (!c || !st || !(d->flags & SR_D_WANTED))
		return 0;
	op = &uring_ops[(row - SR_NR_SYSCALLS - 1) & (SR_NR_URING - 1)];
	sqe = bpf_map_lookup_elem(&uring_sqe, &zero);
	if (!sqe)
		return 0;
	now = log_enter(c, log, class_of(d->flags));
	if (!now)
		return 0;
	if (!read_sqe(sqe, req))
		goto out;
	c->who = 0;
	c->task = (u64)me;
	for (u32 i = 0; i < 6; i++)
		c->args[i] = sqe_member(sqe, op->from[i]);
	uring_define_files(log, row);
	if (!st->id)
		state_renew(st, c, log, task);
	/* without room now it is a request that was not seen to begin, then */
	r = (void *)record_begin(c, log);
	if (r) {
		note_request(r, c, st, task, sqe, now);
		note_files(c, r, log);
		uring_note_memory(log, row);
		bpf_map_update_elem(&uring_requests, &key, r, BPF_ANY);
		if (is_repeated(sqe)) {
			struct uring_name name = { (u64)BPF_CORE_READ(req, ctx), sqe->user_data };

			bpf_map_update_elem(&uring_repeated, &name, &key, BPF_ANY);
		}
	}
out:
	log_leave(c);
	return 0;
}

OPTIONAL_HOOK(io_uring_submit_req)
int sr_uring_submit(u64 *ctx)
{
	return uring_submit(ctx);
}

/* Its name up to 6.3. */
OPTIONAL_HOOK(io_uring_submit_sqe)
int sr_uring_submit_sqe(u64 *ctx)
{
	return uring_submit(ctx);
}

/* ---- completion ---- */

enum {
	URING_SAME = 1,	  /* the program's memory is at hand */
	URING_INLINE = 2, /* the program is still in the call that submitted it */
};

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

/* The file that the kernel holds for the request, or has made of it. */
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

/* Append op @i of what was not noted when the request was submitted. */
static long memory_step(u32 step, struct uring_loop *at)
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
	if (at_submission(op) || (op->flags & SR_OP_OUT && w->res < 0))
		return 0;
	known = w->how & URING_SAME;
	if (op->copy == SR_COPY_IOVEC || op->copy == SR_COPY_MSGHDR)
		known = known && w->how & URING_INLINE; /* the description may be gone */
	if (r->sqe_flags & IOSQE_BUFFER_SELECT && op->flags & SR_OP_PAYLOAD)
		known = false; /* the kernel has chosen another buffer */
	if (known)
		copy_op(at->log, w->row, i, w->res);
	else
		blob_finish(c, rec, c->pos, 0, op->arg, SR_UNKNOWN, 0);
	return 0;
}

/* The slot of the thread that made the request, in @log; -1 without room. */
__noinline int uring_thread(u32 log)
{
	struct task_struct *me = bpf_get_current_task_btf(), *task;
	struct completion *w = work();
	struct sr_ctl *c = ctl_get(log);
	struct sr_task_state *st;
	struct uring_request *r;
	u64 id;

	r = w ? request_of(w) : NULL;
	if (!c || !r)
		return -1;
	task = (void *)READ_ONCE(r->task);
	if (chunks_unread(c) >= cfg.scarce && !ledger_admits(log, (u64)task, w->class))
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
	u64 pos, len = r->len;

	if (!rec)
		return NULL;
	event_head(c, rec);
	pos = pos_of(c);
	opaque(len);
	if (pos < 32 || pos > 256 || len > URING_BLOBS)
		return NULL;
	*(u64 *)(rec + pos - 16) = r->user_data;
	*(u64 *)(rec + pos - 8) = r->sqe_flags;
	if (r->no_room)
		((struct sr_rec_head *)rec)->flags |= SR_F_NO_ROOM;
	bpf_probe_read_kernel(rec + pos, len, r->blobs);
	c->pos = pos + len;
	c->nblobs = r->nblobs;
	return rec;
}

/* The log is entered. Return 0; -1: there is no room. */
static __always_inline int uring_write(struct completion *w, struct uring_request *r,
				       struct sr_ctl *c, u32 log)
{
	struct uring_loop at = { .c = c, .w = w, .r = r, .log = log };
	int slot;
	u8 *rec;

	w->how = r->tgid == (u32)(bpf_get_current_pid_tgid() >> 32) ? URING_SAME : 0;
	c->who = !w->how;
	w->direct = r->direct;
	slot = uring_thread(log);
	if (slot < 0)
		return -1;
	c->ev.slot = slot;
	set_root(c, (void *)READ_ONCE(r->task));
	for (u32 i = 0; i < 6; i++)
		c->args[i] = r->args[i];
	bpf_loop(SR_MAX_OPS, noted_file_step, &at, 0);
	bpf_loop(SR_MAX_OPS, own_file_step, &at, 0);
	c->ev.dur = c->ev.time - r->time;
	rec = uring_head(r, c, log);
	if (!rec)
		return -1;
	bpf_loop(SR_MAX_OPS, memory_step, &at, 0);
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

/* Read what the tracepoint tells. */
static __always_inline bool completion_read(struct completion *w, u64 *ctx)
{
	struct uring_request *r;
	struct io_kiocb *req;
	u64 *known;

	bpf_probe_read_kernel(&w->name.ring, sizeof(u64), ctx);
	bpf_probe_read_kernel(&w->key, sizeof(u64), ctx + 1);
	if (cfg.uring_cqe) {
		struct io_uring_cqe *cqe = (void *)ctx[2];
		s32 res = 0;

		bpf_core_read(&w->name.user_data, sizeof(u64), &cqe->user_data);
		bpf_core_read(&res, sizeof(res), &cqe->res);
		bpf_core_read(&w->cflags, sizeof(u32), &cqe->flags);
		w->res = res;
	} else {
		w->name.user_data = ctx[2];
		w->res = (s32)ctx[3];
		w->cflags = ctx[4];
	}
	if (!w->key) {
		known = bpf_map_lookup_elem(&uring_repeated, &w->name);
		if (!known)
			return false;
		w->key = *known;
	}
	r = request_of(w);
	req = (void *)w->key;
	w->row = uring_row(r ? r->op : BPF_CORE_READ(req, opcode));
	w->file = (u64)BPF_CORE_READ(req, file);
	return true;
}

OPTIONAL_HOOK(io_uring_complete)
int sr_uring_complete(u64 *ctx)
{
	struct task_struct *me = bpf_get_current_task_btf();
	struct completion *w = work();
	u32 log = log_of_cpu();
	struct sr_ctl *c = ctl_get(log);
	struct sr_task_state *st = NULL;
	struct uring_request *r;
	const volatile struct sr_desc *d;
	u64 now;
	int rc;

	if (!c || !w || live.paused || !completion_read(w, ctx))
		return 0;
	d = desc_at(w->row);
	if (!(d->flags & SR_D_WANTED))
		return 0;
	r = request_of(w);
	if (!r) {
		st = me->mm ? wanted_state(on_behalf_of(me)) : NULL;
		if (!st)
			return 0;
	}
	w->class = class_of(d->flags);
	now = log_enter(c, log, w->class);
	if (!now)
		return 0;
	event_begin(c, now, 0);
	c->ev.ret = w->res;
	c->ev.nargs = d->nargs;
	c->ev.nr = SR_REC_FIRST + SR_X_URING_nop + (w->row - SR_NR_SYSCALLS - 1);
	if (r)
		rc = uring_write(w, r, c, log);
	else
		rc = uring_write_unseen(w, c, log, st, on_behalf_of(me));
	if (rc)
		ledger_lose(log, r ? r->task : bpf_get_current_task(), SR_LOST_FULL, w->class);
	log_leave(c);
	if (r && !(w->cflags & IORING_CQE_F_MORE)) {
		u64 key = w->key;

		bpf_map_delete_elem(&uring_requests, &key);
	}
	return 0;
}

#endif /* SR_URING_BPF_H */
