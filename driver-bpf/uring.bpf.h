/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Requests of io_uring, one record each. It is written when the request completes; of those of
 * whose end the kernel says nothing, when that is noticed; and of those under way, when recording
 * ends. */
#ifndef SR_URING_BPF_H
#define SR_URING_BPF_H

#include "driver-bpf/iter.bpf.h"
#include "driver-bpf/uring_tell.bpf.h"

/* ---- submission ---- */

/* Note the request @key. Return false: there is no room for it, or its entry is gone. */
static __always_inline bool uring_note(u64 key, struct io_kiocb *req, u64 row, u64 now,
				       struct sr_ctl *c, u32 log, struct sr_task_state *st,
				       struct task_struct *task)
{
	const volatile struct uring_op *op =
		&uring_ops[(row - SR_NR_SYSCALLS - 1) & (SR_NR_URING - 1)];
	struct uring_name name = {};
	struct uring_request *r;
	struct sqe *sqe;
	u32 zero = 0;

	sqe = bpf_map_lookup_elem(&uring_sqe, &zero);
	if (!sqe || !read_sqe(sqe, req))
		return false;
	c->who = 0;
	c->task = bpf_get_current_task();
	for (u32 i = 0; i < 6; i++)
		c->args[i] = sqe_member(sqe, op->from[i]);
	/* once it has ended without a word, nobody can say what its file was */
	uring_define_files(log, row,
			   (sqe->flags & (IOSQE_CQE_SKIP_SUCCESS | IOSQE_FIXED_FILE)) ==
				   IOSQE_CQE_SKIP_SUCCESS);
	if (!st->id)
		state_renew(st, c, log, task);
	r = (void *)record_begin(c, log);
	if (!r)
		return false;
	name.ring = (u64)BPF_CORE_READ(req, ctx);
	name.user_data = sqe->user_data;
	note_request(r, c, st, task, sqe, now);
	r->ring = name.ring;
	note_files(c, r, log);
	uring_note_memory(log, row);
	if (bpf_map_update_elem(&uring_requests, &key, r, BPF_ANY))
		return false;
	st->uring |= sqe->flags & IOSQE_CQE_SKIP_SUCCESS ? 3 : 1;
	if (is_repeated(sqe))
		bpf_map_update_elem(&uring_repeated, &name, &key, BPF_ANY);
	return true;
}

static __always_inline int uring_submit(u64 *ctx)
{
	struct task_struct *task = on_behalf_of(bpf_get_current_task_btf());
	struct io_kiocb *req = (void *)ctx[0];
	u64 row = uring_row(BPF_CORE_READ(req, opcode)), key = 0, now;
	u32 log = log_of_cpu(), class;
	struct sr_ctl *c = ctl_get(log);
	const volatile struct sr_desc *d = desc_at(row);
	struct uring_request *former;
	struct sr_task_state *st;

	bpf_probe_read_kernel(&key, sizeof(key), ctx);
	former = bpf_map_lookup_elem(&uring_requests, &key);
	if (former)
		uring_tell_left(log, key, former);
	st = wanted_state(task);
	if (!c || !st || !(d->flags & SR_D_WANTED))
		return 0;
	class = class_of(d->flags);
	now = log_enter(c, log, class);
	if (!now)
		return 0;
	/* then it is one that was not seen to begin, and of which a silent end tells nothing */
	if (!uring_note(key, req, row, now, c, log, st, task) &&
	    BPF_CORE_READ(req, flags) & IOSQE_CQE_SKIP_SUCCESS)
		ledger_lose(log, address_of(c, task), SR_LOST_FULL, class);
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

/* What the kernel's structure of the request at @key says. */
static __always_inline u8 opcode_of(u64 key)
{
	struct io_kiocb *req = (void *)key;

	return BPF_CORE_READ(req, opcode);
}

static __always_inline u64 file_of(u64 key)
{
	struct io_kiocb *req = (void *)key;

	return (u64)BPF_CORE_READ(req, file);
}

/* What was noted of the request that completes; NULL: nothing. What ended without a word may have
 * left its place to another one. */
static __always_inline struct uring_request *completed(const struct completion *w)
{
	struct uring_request *r = request_of(w);

	if (!r || r->refused || r->ring != w->name.ring)
		return NULL;
	return w->final || r->user_data == w->name.user_data ? r : NULL;
}

/* Read what the tracepoint tells. */
static __always_inline bool completion_read(struct completion *w, u64 *ctx)
{
	struct uring_request *r;
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
	/* with the request comes its last completion, whatever the flags say of more to come: those
	 * are of a notification's own request */
	w->final = w->key != 0;
	if (!w->final) {
		known = bpf_map_lookup_elem(&uring_repeated, &w->name);
		if (!known)
			return false;
		w->key = *known;
	}
	if (w->cflags & IORING_CQE_F_NOTIF)
		return false; /* a buffer that was sent may be used again: no request of anybody's
			       */
	r = completed(w);
	if (!r && !w->final)
		return false;
	w->row = uring_row(r ? r->op : opcode_of(w->key));
	w->file = file_of(w->key);
	return true;
}

OPTIONAL_HOOK(io_uring_complete)
int sr_uring_complete(u64 *ctx)
{
	struct task_struct *me = bpf_get_current_task_btf();
	u32 log = log_of_cpu();
	struct completion *w = work(log);
	struct sr_ctl *c = ctl_get(log);
	struct sr_task_state *st = NULL;
	struct uring_request *r;
	const volatile struct sr_desc *d;
	u64 now, key;
	int rc;

	if (!c || !w || live.paused == SR_PAUSED || !completion_read(w, ctx))
		return 0;
	d = desc_at(w->row);
	if (!(d->flags & SR_D_WANTED))
		return 0;
	r = completed(w);
	if (r) {
		if (w->final ? !uring_take(r) : READ_ONCE(r->taken) != 0)
			return 0;
	} else {
		st = me->mm ? wanted_state(on_behalf_of(me)) : NULL;
		if (!st)
			return 0;
	}
	key = w->final ? w->key : 0;
	w->class = class_of(d->flags);
	now = log_enter(c, log, w->class);
	if (!now)
		goto out;
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
out:
	if (r && key)
		bpf_map_delete_elem(&uring_requests, &key);
	return 0;
}

/* ---- completions that are not to be seen ---- */

/* The request that a tracepoint names behind something else, if it was noted. */
static __always_inline struct uring_request *second_argument(u64 *ctx)
{
	u64 key = 0;

	bpf_probe_read_kernel(&key, sizeof(key), ctx + 1);
	return bpf_map_lookup_elem(&uring_requests, &key);
}

/* The rest of a chain of requests, when one fails. If that one was to be silent, the rest is, too.
 */
OPTIONAL_HOOK(io_uring_fail_link)
int sr_uring_fail_link(u64 *ctx)
{
	struct uring_request *r = second_argument(ctx);

	if (r)
		r->silent = live.silenced = 1;
	return 0;
}

/* The file that the kernel holds for a request that it has not let go of. */
static __always_inline void define_held(struct sr_ctl *c, struct completion *w,
					const struct uring_request *r, u32 log)
{
	u64 file = file_of(w->key);

	c->who = 1;
	set_root(c, (void *)READ_ONCE(r->task));
	w->slot = file ? define_file(log, file) : 0;
}

/* Count the requests that are called w->name; w->key is one of them. What it keeps is in a map: on
 * the stack the verifier would look at each step anew. */
static long named_step(struct bpf_map *map, const u64 *key, struct uring_request *r,
		       struct completion **at)
{
	struct completion *w = *at;

	if (r->ring != w->name.ring || r->user_data != w->name.user_data || r->taken)
		return 0;
	w->found++;
	w->key = *key;
	r->silent |= w->silent;
	return 0;
}

/* Its only request of that name; else NULL, and of several each may be the one that has ended. */
static __always_inline struct uring_request *named_request(struct completion *w)
{
	w->found = 0;
	w->silent = 0;
	bpf_for_each_map_elem(&uring_requests, named_step, &w, 0);
	if (w->found == 1)
		return request_of(w);
	w->silent = 1;
	if (w->found) {
		live.silenced = 1;
		bpf_for_each_map_elem(&uring_requests, named_step, &w, 0);
	}
	return NULL;
}

/* There is no place in the completion queue, and what is kept aside comes without its request. */
OPTIONAL_HOOK(io_uring_cqe_overflow)
int sr_uring_overflow(u64 *ctx)
{
	u32 log = log_of_cpu(), class = SR_EC_OTHER;
	struct completion *w = work(log);
	struct sr_ctl *c = ctl_get(log);
	struct uring_request *r;
	u64 now, key;

	if (!c || !w || live.paused == SR_PAUSED)
		return 0;
	bpf_probe_read_kernel(&w->name.ring, sizeof(u64), ctx);
	w->name.user_data = ctx[1];
	r = named_request(w);
	now = r ? log_enter(c, log, class) : 0;
	if (!now)
		return 0;
	event_begin(c, now, 0);
	define_held(c, w, r, log);
	w->res = (s32)ctx[2];
	w->final = !(ctx[3] & IORING_CQE_F_MORE) || r->op == IORING_OP_SEND_ZC ||
		   r->op == IORING_OP_SENDMSG_ZC;
	if (uring_write_left(log) < 0)
		ledger_lose(log, r->task, SR_LOST_FULL, class);
	key = w->final ? w->key : 0;
	log_leave(c);
	if (key)
		bpf_map_delete_elem(&uring_requests, &key);
	return 0;
}

/* A request that makes no sense completes without having been submitted. */
OPTIONAL_HOOK(io_uring_req_failed)
int sr_uring_refused(u64 *ctx)
{
	struct uring_request *r = second_argument(ctx);

	if (r)
		r->refused = r->silent = live.silenced = 1;
	return 0;
}

struct uring_left {
	u64 by;
	u32 log;
};

static long left_step(struct bpf_map *map, const u64 *key, struct uring_request *r,
		      struct uring_left *at)
{
	if (r->by == at->by && r->silent)
		uring_tell_left(at->log, *key, r);
	return 0;
}

/* What a thread has under way is cancelled when it ends, its ring with it or not: that is told, but
 * not of those that have succeeded silently. Later nobody knows any more who it was. */
HOOK(sched_process_exit)
int sr_uring_exit(u64 *ctx)
{
	struct uring_left at = { .by = bpf_get_current_task(), .log = log_of_cpu() };
	struct sr_task_state *st = task_state(on_behalf_of(current_task()), false);

	if (st && (st->uring & 2 || (st->uring && live.silenced)) && live.paused < SR_PAUSED)
		bpf_for_each_map_elem(&uring_requests, left_step, &at, 0);
	return 0;
}

/* ---- the end of the recording ---- */

SEC("?iter/bpf_map_elem")
int sr_uring_inflight(struct bpf_iter__bpf_map_elem *ctx)
{
	struct sr_ctl *c = ctl_get(cfg.ncpu);
	struct completion *w = work(cfg.ncpu);
	struct uring_request *r;
	u64 *at = ctx->key;

	if (!at || !c || !w)
		return 0;
	w->key = *at;
	r = request_of(w);
	if (!r)
		return 0;
	event_begin(c, bpf_ktime_get_ns(), r->silent ? SR_F_UNTOLD : SR_F_INFLIGHT);
	w->slot = 0;
	if (!r->silent)
		define_held(c, w, r, cfg.ncpu);
	w->res = r->silent ? 0 : -4;
	w->final = 1;
	return uring_write_left(cfg.ncpu) < 0 ? RETRY : 0;
}

#endif /* SR_URING_BPF_H */
