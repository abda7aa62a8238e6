/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* What a request of io_uring says, noted when it is submitted: its numbers, and what memory it
 * points to that the program may use for something else from then on (paths, addresses, messages).
 * That waits in a map. */
#ifndef SR_URING_NOTE_BPF_H
#define SR_URING_NOTE_BPF_H

#include "driver-bpf/xevent.bpf.h"

#define PF_IO_WORKER		0x10
#define IORING_SETUP_SQE128	(1u << 10)
#define IORING_SETUP_NO_SQARRAY (1u << 16)
#define IORING_CQE_F_MORE	2
#define IORING_CQE_F_NOTIF	8
#define IOSQE_FIXED_FILE	0x01
#define IOSQE_BUFFER_SELECT	0x20
#define IOSQE_CQE_SKIP_SUCCESS	0x40
#define IORING_OP_SEND_ZC	47
#define IORING_OP_SENDMSG_ZC	48
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
	u64 start;	    /* when that thread began */
	u64 by;		    /* the thread that the kernel took it in */
	u64 enter;	    /* the call in which it was submitted began then; 0: none */
	u64 ring;
	u64 user_data;
	u64 args[6];
	u64 seq[SR_MAX_OPS]; /* of files other than its own: what their slots said */
	u16 files[SR_MAX_OPS];
	u32 tgid;
	u32 len; /* of the blobs */
	u16 log;
	u8 op, sqe_flags, nblobs, no_room;
	u8 direct;  /* the result is a place in the ring's table, not a descriptor */
	u8 silent;  /* it may end without a word */
	u8 refused; /* it has, and its place is that of one that was not let in */
	u8 pad[5];
	u64 taken; /* somebody tells how it ended */
	u8 blobs[URING_BLOBS];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 131072);
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

/* What is too large for the stack, while the CPU's log is entered. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct sqe);
} uring_sqe SEC(".maps");

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

/* Is op @op best copied when the request is submitted? If its end may not be told (@sqe_flags), all
 * that the kernel reads. */
static __always_inline bool at_submission(const volatile struct sr_op *op, u32 sqe_flags)
{
	if (op->flags & SR_OP_OUT)
		return false;
	return !(op->flags & SR_OP_PAYLOAD) || op->copy == SR_COPY_IOVEC ||
	       op->copy == SR_COPY_MSGHDR ||
	       (sqe_flags & (IOSQE_CQE_SKIP_SUCCESS | IOSQE_BUFFER_SELECT)) ==
		       IOSQE_CQE_SKIP_SUCCESS;
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
		if (i < d->nops && !is_file_op(&d->ops[i]) &&
		    at_submission(&d->ops[i], r->sqe_flags))
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
 * have been closed when it completes. @own: that one too. */
__noinline int uring_define_files(u32 log, u64 row, u32 own)
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
		if (op->flags & SR_OP_PRIMARY && !(op->flags & SR_OP_ENTER) && !own)
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
	r->start = BPF_CORE_READ(task, start_boottime);
	r->by = bpf_get_current_task();
	r->tgid = task->tgid;
	r->id = st->id;
	r->cred = st->cred;
	r->enter = call_begun(st);
	r->user_data = sqe->user_data;
	r->sqe_flags = sqe->flags;
	r->op = sqe->opcode;
	r->direct = sqe->file_index != 0;
	r->silent = sqe->flags & IOSQE_CQE_SKIP_SUCCESS;
	for (u32 i = 0; i < 6; i++)
		r->args[i] = c->args[i];
}

#endif /* SR_URING_NOTE_BPF_H */
