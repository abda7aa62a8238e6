/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* One copier per way of copying an argument's memory; the table of the loader
 * says which argument takes which. Arguments and result stand in the log's ctl. */
#ifndef SR_COPY_BPF_H
#define SR_COPY_BPF_H

#include "driver-bpf/ledger.bpf.h"

#define MAX_IOV			 1024 /* elements of an iovec, as many as the kernel takes */
#define MAX_ARGV		 128  /* strings of an argv that are kept */
#define SOCKADDR_MAX		 SR_MSG_SOCKADDR
#define STRUCT_MAX		 4096
#define REF_MAX			 64 /* of a structure that leads to more, or is led to */

#define SR_EINTR		 4
#define SR_ERESTART_RESTARTBLOCK 516 /* of the kernel: a signal came, the call goes on after it */

static __always_inline u64 arg_of(struct sr_ctl *c, u64 i)
{
	opaque(i);
	return c->args[i & 7];
}

/* How much of a payload is kept. */
static __always_inline u32 snaplen_of(const struct sr_ctl *c)
{
	return c->cut && c->cut < cfg.snaplen ? c->cut : cfg.snaplen;
}

/* Append @want bytes at @addr of the current task, at most @cap. */
static __always_inline void put_bytes(struct sr_ctl *c, u8 *rec, u8 tag, u64 addr, u64 want,
				      u32 cap)
{
	u64 pos = pos_of(c), len;
	u8 status = SR_OK;

	if (pos > POS_MAX)
		return;
	if (!addr) {
		blob_finish(c, rec, pos, 0, tag, SR_NONE, 0);
		return;
	}
	if (want > cap) {
		len = cap;
		status = SR_TRUNC;
	} else {
		len = want;
	}
	opaque(len);
	if (len > SR_SNAPLEN_MAX)
		return;
	if (bpf_probe_read_user(rec + pos + sizeof(struct sr_rec_blob), len, (void *)addr)) {
		status = SR_FAULT;
		len = 0;
	}
	blob_finish(c, rec, pos, len, tag, status, want > 0xffffffff ? 0xffffffff : want);
}

static __always_inline void put_string(struct sr_ctl *c, u8 *rec, u8 tag, u64 addr)
{
	u64 pos = pos_of(c);
	u32 len = 0;
	u8 status = SR_OK;
	long n;

	if (pos > POS_MAX)
		return;
	if (!addr) {
		status = SR_NONE;
	} else {
		n = bpf_probe_read_user_str(rec + pos + sizeof(struct sr_rec_blob), SR_PATH_MAX,
					    (void *)addr);
		if (n < 0 || n > SR_PATH_MAX) {
			status = SR_FAULT;
		} else {
			len = n ? n - 1 : 0; /* older kernels say 0 for an empty string */
			status = n == SR_PATH_MAX ? SR_TRUNC : SR_OK;
		}
	}
	blob_finish(c, rec, pos, len, tag, status, len);
}

/* The address at index @i of an array; of a 32-bit program it has 4 bytes. */
static __always_inline long read_address(u64 *p, u64 array, u32 i, u32 narrow)
{
	*p = 0;
	if (narrow)
		return bpf_probe_read_user(p, 4, (void *)(array + i * 4));
	return bpf_probe_read_user(p, 8, (void *)(array + i * 8));
}

static long string_step(u32 i, struct sr_ctl **at)
{
	struct sr_ctl *c = *at;
	struct sr_list *s = &c->list;
	u64 p = 0, pos, got = c->scratch;
	u8 *rec = record_at(c);
	long n;

	pos = s->start + sizeof(struct sr_rec_blob) + got;
	opaque(pos);
	if (!rec || got >= SR_ARGV_MAX || pos > SR_RECORD_MAX - SR_ARGV_MAX)
		return 1;
	if (read_address(&p, s->addr, i, s->narrow)) {
		s->status = SR_FAULT;
		return 1;
	}
	if (!p) {
		s->status = SR_OK;
		return 1;
	}
	n = bpf_probe_read_user_str(rec + pos, SR_ARGV_MAX, (void *)p);
	if (n < 0 || n > SR_ARGV_MAX) {
		s->status = SR_FAULT;
		return 1;
	}
	if (!n) { /* older kernels say 0 for an empty string, and write nothing */
		rec[pos] = '\0';
		n = 1;
	}
	c->scratch = got + n;
	return 0;
}

/* NULL-terminated array of strings: as a block, each with its NUL. */
__noinline int copy_strv(u32 log, u64 addr, u32 tag, u32 narrow)
{
	struct sr_ctl *c = ctl_get(log);
	struct sr_list *s;
	u8 *rec;

	if (!c)
		return 0;
	s = &c->list;
	s->addr = addr;
	s->narrow = narrow;
	s->start = c->pos;
	s->status = addr ? SR_TRUNC : SR_NONE;
	c->scratch = 0;
	if (addr)
		bpf_loop(MAX_ARGV, string_step, &c, 0);
	rec = record_at(c);
	if (rec && c->scratch <= 2 * SR_ARGV_MAX)
		blob_finish(c, rec, s->start, c->scratch, tag, s->status, c->scratch);
	return 0;
}

static __always_inline long read_iovec(struct sr_iovec *v, const struct sr_gather *g, u32 i)
{
	long rc;

	if (!g->narrow)
		return bpf_probe_read_user(v, sizeof(*v), (void *)(g->addr + i * sizeof(*v)));
	rc = bpf_probe_read_user(&v->base, 8, (void *)(g->addr + i * 8));
	v->len = v->base >> 32;
	v->base = (u32)v->base;
	return rc;
}

/* The next element of c->gather. */
static long gather_step(u32 i, struct sr_ctl **at)
{
	struct sr_ctl *c = *at;
	struct sr_gather *g = &c->gather;
	u64 got = c->scratch, pos, take;
	struct sr_iovec v = {};
	u8 *rec = record_at(c);

	if (!rec || i >= g->count || !g->left)
		return 1;
	if (read_iovec(&v, g, i)) {
		g->status = SR_FAULT;
		return 1;
	}
	take = v.len > g->left ? g->left : v.len;
	g->left -= take;
	g->total += take;
	if (got >= g->cap) {
		if (!g->moved)
			return 0;
		g->total += g->left;
		return 1;
	}
	take = take > g->cap - got ? g->cap - got : take;
	pos = g->start + sizeof(struct sr_rec_blob) + got;
	take = forget(c, take);
	opaque(pos);
	if (take > SR_SNAPLEN_MAX || pos > SR_RECORD_MAX) /* never: cap sees to it */
		return 1;
	if (bpf_probe_read_user(rec + pos, take, (void *)v.base)) {
		g->status = SR_FAULT;
		return 1;
	}
	c->scratch = got + take;
	return 0;
}

/* Make c->gather ready. @moved: bytes that the call moved, or -1: all there is. */
static __always_inline void gather_begin(struct sr_ctl *c, s64 moved)
{
	struct sr_gather *g = &c->gather;

	g->left = moved;
	g->moved = moved >= 0;
	g->total = 0;
	g->status = SR_OK;
	g->cap = snaplen_of(c);
}

static __always_inline void gather_run(struct sr_ctl *c, u32 tag)
{
	struct sr_gather *g = &c->gather;
	u32 status, total;
	u8 *rec;

	bpf_loop(MAX_IOV, gather_step, &c, 0);
	status = g->status == SR_OK && c->scratch < g->total ? SR_TRUNC : g->status;
	total = g->total > 0xffffffff ? 0xffffffff : g->total;
	rec = record_at(c);
	if (rec && c->scratch <= SR_SNAPLEN_MAX)
		blob_finish(c, rec, g->start, c->scratch, tag, status, total);
}

/* @moved: bytes that the call moved, or -1: all of it; @tag: << 8: SR_OP_NARROW. */
__noinline int copy_iovec(u32 log, u64 addr, u64 count, s64 moved, u32 tag)
{
	struct sr_ctl *c = ctl_get(log);

	if (!c || c->pos > POS_MAX)
		return 0;
	gather_begin(c, moved);
	c->gather.addr = addr;
	c->gather.count = count;
	c->gather.narrow = tag >> 8;
	c->gather.start = c->pos;
	c->scratch = 0;
	gather_run(c, tag & 0xff);
	return 0;
}

/* The members of a 32-bit program's message to their places, the last one first. */
static __always_inline void widen_msghdr(struct sr_user_msghdr *m)
{
	const u32 *w = (const u32 *)m;

	m->flags = w[6];
	m->controllen = w[5];
	m->control = w[4];
	m->iovlen = w[3];
	m->iov = w[2];
	m->namelen = w[1];
	m->name = w[0];
}

/*
 * Behind the c->scratch bytes that the blob has: the head, address and control messages of the
 * message at @addr, for whose payload c->gather is made ready. @counted: bytes that the head
 * has beyond struct sr_msg_head, 0 or 8. Return 0 if it cannot be read. A function of its own:
 * verified once.
 */
__noinline int put_envelope(u32 log, u64 addr, u64 counted)
{
	struct sr_ctl *c = ctl_get(log);
	u64 pos, namelen, controllen, more = counted & 8;
	struct sr_user_msghdr *m;
	struct sr_msg_head *head;
	struct sr_gather *g;
	u8 *rec;

	if (!c)
		return 0;
	opaque(more);
	g = &c->gather;
	rec = record_at(c);
	pos = g->start + sizeof(struct sr_rec_blob) + c->scratch;
	opaque(pos);
	if (!rec || pos > SR_RECORD_MAX - 1024)
		return 0;
	m = (void *)(rec + pos + 512); /* behind all that is written here: the stack is short */
	if (!addr ||
	    bpf_probe_read_user(m, g->narrow ? SR_NARROW_MSGHDR : sizeof(*m), (void *)addr))
		return 0;
	if (g->narrow)
		widen_msghdr(m);
	head = (void *)(rec + pos);
	head->controllen = m->control ? m->controllen : 0;
	head->flags = m->flags;
	head->iovlen = (u32)m->iovlen & ~SR_MSG_COUNTED;
	g->addr = m->iov;
	g->count = m->iovlen;
	namelen = m->name ? m->namelen : 0;
	controllen = m->control ? m->controllen : 0;
	opaque(namelen);
	if (namelen > SOCKADDR_MAX)
		namelen = SOCKADDR_MAX;
	if (namelen &&
	    bpf_probe_read_user(rec + pos + sizeof(*head) + more, namelen, (void *)m->name))
		namelen = 0;
	opaque(controllen);
	if (controllen > SR_MSG_CONTROL)
		controllen = SR_MSG_CONTROL;
	if (controllen && bpf_probe_read_user(rec + pos + sizeof(*head) + more + namelen,
					      controllen, (void *)m->control))
		controllen = 0;
	head->namelen = namelen | controllen << 16;
	c->scratch += sizeof(*head) + more + namelen + controllen;
	g->total = c->scratch;
	g->cap = snaplen_of(c) + g->total;
	if (g->cap > SR_SNAPLEN_MAX)
		g->cap = SR_SNAPLEN_MAX;
	return 1;
}

/* One message; @tag: << 8: SR_OP_NARROW. */
__noinline int copy_msghdr(u32 log, u64 addr, s64 moved, u32 tag)
{
	struct sr_ctl *c = ctl_get(log);
	u8 *rec;

	if (!c || c->pos > POS_MAX)
		return 0;
	gather_begin(c, moved);
	c->gather.start = c->pos;
	c->gather.narrow = tag >> 8;
	c->scratch = 0;
	if (put_envelope(log, addr, 0)) {
		gather_run(c, tag & 0xff);
		return 0;
	}
	rec = record_at(c);
	if (rec)
		blob_finish(c, rec, c->gather.start, 0, tag & 0xff, addr ? SR_FAULT : SR_NONE, 0);
	return 0;
}

struct messages {
	struct sr_ctl *c;
	u32 log;
};

static long message_step(u32 i, struct messages *at)
{
	struct sr_ctl *c = at->c;
	struct sr_list *m = &c->list;
	u64 addr = m->addr + i * ((m->len_at + 8) & ~7u), pos; /* the length is the last member */
	u32 len = 0;
	u8 *rec;

	if (i >= m->count)
		return 1;
	gather_begin(c, -1);
	if (m->moved) {
		(void)bpf_probe_read_user(&len, sizeof(len), (void *)(addr + m->len_at));
		c->gather.left = len;
		c->gather.moved = 1;
	}
	c->scratch = (c->scratch + 7) & ~7ull;
	m->at = c->scratch;
	if (c->scratch > SR_SNAPLEN_MAX - 1024 || !put_envelope(at->log, addr, 8)) {
		m->status = m->at ? SR_TRUNC : SR_FAULT;
		return 1;
	}
	m->payload = c->scratch;
	bpf_loop(MAX_IOV, gather_step, &at->c, 0);
	rec = record_at(c);
	pos = m->start + sizeof(struct sr_rec_blob) + m->at;
	opaque(pos);
	if (!rec || pos > SR_RECORD_MAX - 1024)
		return 1;
	((struct sr_msg_head *)(rec + pos))->iovlen |= SR_MSG_COUNTED;
	*(u32 *)(rec + pos + sizeof(struct sr_msg_head)) = c->gather.total - m->payload;
	*(u32 *)(rec + pos + sizeof(struct sr_msg_head) + 4) = c->scratch - m->payload;
	return 0;
}

/* Several messages: those that the call moved; if it failed, those that it was given. */
__noinline int copy_messages(u32 log, u64 addr, u64 count, u32 tag_len_at, s64 ret)
{
	struct messages at = { .c = ctl_get(log), .log = log };
	struct sr_ctl *c = at.c;
	struct sr_list *m;
	u8 *rec;

	if (!c || c->pos > POS_MAX)
		return 0;
	m = &c->list;
	m->addr = addr;
	m->moved = ret >= 0;
	m->count = ret >= 0 ? ret : count;
	m->len_at = tag_len_at >> 8;
	c->gather.narrow = m->len_at == SR_NARROW_MSGHDR;
	m->start = c->pos;
	m->status = !addr ? SR_NONE : m->count > SR_MMSG_MAX ? SR_TRUNC : SR_OK;
	c->gather.start = c->pos;
	c->scratch = 0;
	if (addr)
		bpf_loop(SR_MMSG_MAX, message_step, &at, 0);
	rec = record_at(c);
	if (rec && c->scratch <= SR_SNAPLEN_MAX)
		blob_finish(c, rec, m->start, c->scratch, tag_len_at & 0xff, m->status, c->scratch);
	return 0;
}

/* What the next one of an array of addresses leads to. */
static long pointer_step(u32 i, struct sr_ctl **at)
{
	struct sr_ctl *c = *at;
	struct sr_list *l = &c->list;
	u64 pos = l->start + sizeof(struct sr_rec_blob) + c->scratch, size = l->len_at, p = 0;
	u8 *rec = record_at(c);

	opaque(pos);
	opaque(size);
	if (!rec || i >= l->count || size > REF_MAX || pos > SR_RECORD_MAX - REF_MAX)
		return 1;
	if (c->scratch + size > STRUCT_MAX) {
		l->status = SR_TRUNC;
		return 1;
	}
	if (bpf_probe_read_user(&p, sizeof(p), (void *)(l->addr + i * 8)) ||
	    bpf_probe_read_user(rec + pos, size, (void *)p)) {
		l->status = SR_FAULT;
		return 1;
	}
	c->scratch += size;
	return 0;
}

/* The @size bytes at each of @count addresses at @addr. */
__noinline int copy_pointers(u32 log, u64 addr, u64 count, u64 size, u32 tag)
{
	struct sr_ctl *c = ctl_get(log);
	struct sr_list *l;
	u8 *rec;

	if (!c || c->pos > POS_MAX)
		return 0;
	l = &c->list;
	l->addr = addr;
	l->count = count;
	l->len_at = size;
	l->start = c->pos;
	l->status = addr ? SR_OK : SR_NONE;
	c->scratch = 0;
	if (addr)
		bpf_loop(STRUCT_MAX, pointer_step, &c, 0);
	rec = record_at(c);
	if (rec && c->scratch <= STRUCT_MAX)
		blob_finish(c, rec, l->start, c->scratch, tag, l->status, c->scratch);
	return 0;
}

/* The @size bytes at @addr, which begin with an address and a length, and behind them what is
 * there: at most @most bytes, of a failed call's result none. */
__noinline int copy_ref(u32 log, u64 addr, u64 size, s64 most, u32 tag)
{
	struct sr_ctl *c = ctl_get(log);
	u64 pos, len, full;
	u8 *rec, *head, status = SR_OK;

	if (!c)
		return 0;
	rec = record_at(c);
	pos = pos_of(c);
	opaque(size);
	if (!rec || pos > POS_MAX || size > REF_MAX)
		return 0;
	head = rec + pos + sizeof(struct sr_rec_blob);
	if (!addr || bpf_probe_read_user(head, size, (void *)addr)) {
		blob_finish(c, rec, pos, 0, tag, addr ? SR_FAULT : SR_NONE, 0);
		return 0;
	}
	addr = *(u64 *)head;
	len = addr ? *(u32 *)(head + 8) : 0;
	if ((s64)len > most)
		len = most < 0 ? 0 : most;
	full = len;
	opaque(len);
	if (len > STRUCT_MAX) {
		status = SR_TRUNC;
		len = STRUCT_MAX;
	}
	if (len && bpf_probe_read_user(head + size, len, (void *)addr)) {
		status = SR_FAULT;
		len = 0;
	}
	blob_finish(c, rec, pos, size + len, tag, status, size + full);
	return 0;
}

/* One op as a number: its members in the order of struct sr_op. What the verifier knows of a
 * number does not differ between the tables that it may come from. */
static __always_inline u8 op_copy(u64 op)
{
	return op;
}

static __always_inline u8 op_arg(u64 op)
{
	return op >> 8;
}

static __always_inline u8 op_len(u64 op)
{
	return op >> 16;
}

static __always_inline u8 op_flags(u64 op)
{
	return op >> 24;
}

static __always_inline u32 op_size(u64 op)
{
	return op >> 32;
}

static __always_inline u32 narrow_tag(u64 op)
{
	return op_arg(op) | (op_flags(op) & SR_OP_NARROW) << 8;
}

static __always_inline u64 length_of(struct sr_ctl *c, u64 op)
{
	u32 which = op_len(op) & 15, cap = op_len(op) >> 4;
	u64 len = which == SR_LEN_RET ? c->ret_len : which == SR_LEN_NONE ? 1 : arg_of(c, which);

	if (cap && len > (u32)arg_of(c, cap - 1))
		len = (u32)arg_of(c, cap - 1);
	return len;
}

static __always_inline bool was_interrupted(s64 ret)
{
	return ret == -SR_EINTR || ret == -SR_ERESTART_RESTARTBLOCK;
}

/* Has the kernel written what an op with these flags is to copy? */
static __always_inline bool is_written(u8 flags, s64 ret)
{
	return flags & SR_OP_LEFT ? was_interrupted(ret) : ret >= 0;
}

/* Has the kernel written over what it read? A program may give the same address twice:
 * sigprocmask(how, &set, &set), nanosleep(&t, &t). */
static __always_inline bool is_overwritten(const volatile struct sr_desc *d, struct sr_ctl *c,
					   u32 arg, s64 ret)
{
	bool interrupted = was_interrupted(ret);
	u64 addr = arg_of(c, arg);

	if (!addr || (ret < 0 && !interrupted))
		return false;
	if (interrupted)
		return arg + 1 < d->nargs && addr == arg_of(c, arg + 1);
	for (u32 i = 0; i < SR_MAX_OPS; i++)
		if (i < d->nops && (d->ops[i].flags & (SR_OP_OUT | SR_OP_LEFT)) == SR_OP_OUT &&
		    arg_of(c, d->ops[i].arg) == addr)
			return true;
	return false;
}

/* The length that the kernel stored behind a pointer (accept, getsockname). */
static __always_inline u64 stored_length(u64 addr)
{
	u32 len = 0;

	if (!addr || bpf_probe_read_user(&len, sizeof(len), (void *)addr))
		return 0;
	return len;
}

/* Bytes that an op takes which is one piece of memory. Of bits the kernel looks at one less than
 * it is given. */
static __always_inline u64 piece_of(struct sr_ctl *c, u64 op)
{
	u64 n;

	if (op_copy(op) == SR_COPY_FIXED)
		return op_size(op);
	n = length_of(c, op);
	switch (op_copy(op)) {
	case SR_COPY_BITS:
		return (n + 62) / 64 * 8;
	case SR_COPY_PAGES:
		return (n + op_size(op) - 1) / op_size(op);
	case SR_COPY_SOCKADDR:
		return (u32)n;
	case SR_COPY_SOCKADDR_OUT:
	case SR_COPY_STORED:
		return stored_length(n);
	default:
		if (op_flags(op) & SR_OP_HEAD8)
			n += op_flags(op) & SR_OP_NARROW ? 4 : 8; /* elements of a byte */
		return n * op_size(op);
	}
}

static __always_inline u32 most_of_piece(u64 op)
{
	if (op_copy(op) == SR_COPY_SOCKADDR || op_copy(op) == SR_COPY_SOCKADDR_OUT)
		return SOCKADDR_MAX;
	return op_flags(op) & SR_OP_PAYLOAD ? cfg.snaplen : STRUCT_MAX;
}

/* Arguments of a successful exec: those of the new image, whose memory the kernel has just
 * written. The file name given to exec lies right behind the environment. */
static __always_inline void copy_exec(u32 log, struct sr_ctl *c, u8 *rec, u64 op)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	u8 copy = op_copy(op);

	if (copy == SR_COPY_PATH || copy == SR_COPY_PATHAT)
		put_string(c, rec, op_arg(op), BPF_CORE_READ(mm, env_end));
	else if (copy == SR_COPY_STRV && !c->nstrv++)
		put_memory(log, BPF_CORE_READ(mm, arg_start), BPF_CORE_READ(mm, arg_end),
			   op_arg(op));
	else if (copy == SR_COPY_STRV && cfg.env)
		put_memory(log, BPF_CORE_READ(mm, env_start), BPF_CORE_READ(mm, env_end),
			   op_arg(op));
}

/* Index @v as the verifier believes it: below @n. */
#define bounded(v, n)             \
	({                        \
		u64 v_ = (v);     \
		opaque(v_);       \
		if (v_ >= (n))    \
			return 0; \
		v_;               \
	})

static __always_inline bool is_file_op(const volatile struct sr_op *op)
{
	return op->copy >= SR_COPY_FD && op->copy <= SR_COPY_DIRFD;
}

/* The file of an argument. The primary one stands in the head; one that is not there needs no
 * word. */
static __always_inline void put_file(struct sr_ctl *c, u8 *rec, const volatile struct sr_op *op,
				     u32 slot)
{
	if (op->flags & SR_OP_PRIMARY || !slot)
		return;
	if (c->pos > POS_MAX)
		((struct sr_rec_head *)rec)->flags |= SR_F_NO_ROOM;
	else
		blob_finish(c, rec, c->pos, 0, op->arg, SR_OK, slot);
}

/* What an argument points to if another one says that it is a pointer: key is struct sr_case_key,
 * value an op. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, u64);
	__type(value, u64);
} cases SEC(".maps");

#define IPC_INDEX(id) ((id)&0x7fff) /* the kernel's tree of ids is by these bits of them */

/* How many semaphores are in set @id, in the namespace of the current task; 0: there is no such
 * set. Inner nodes of the tree are marked by a bit of their address. */
__noinline int count_semaphores(u64 id)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct ipc_namespace *ns = BPF_CORE_READ(task, nsproxy, ipc_ns);
	struct sem_array *sems;
	u64 at;

	at = (u64)BPF_CORE_READ(ns, ids[0].ipcs_idr.idr_rt.xa_head);
	for (int level = 0; level < 4 && (at & 3) == 2; level++) {
		u8 shift = BPF_CORE_READ((struct xa_node *)(at - 2), shift);

		at += bpf_core_field_offset(struct xa_node, slots) - 2 +
		      (IPC_INDEX(id) >> (shift & 63) & 63) * sizeof(void *);
		if (bpf_probe_read_kernel(&at, sizeof(at), (void *)at))
			return 0;
	}
	sems = (struct sem_array *)at;
	if (!at || at & 3 || BPF_CORE_READ(sems, sem_perm.id) != (int)id)
		return 0;
	return BPF_CORE_READ(sems, sem_nsems);
}

/* A number for each semaphore, as an op of the size that they have together. */
static __always_inline u64 semaphores_op(u64 op, u64 id)
{
	u64 n = (u32)count_semaphores(id);

	return n ? (op & 0xffffff00) | SR_COPY_FIXED | n * op_size(op) << 32 : 0;
}

/* The op that takes the place of @op (SR_COPY_CASE): 0 none, it is a number. */
static __always_inline u64 case_of(struct sr_ctl *c, u64 row, u64 op)
{
	u64 key = row | (u64)op_arg(op) << 16 | arg_of(c, op_size(op)) << 32, *found;

	found = bpf_map_lookup_elem(&cases, &key);
	if (!found)
		return 0;
	return op_copy(*found) == SR_COPY_SEMS ? semaphores_op(*found, arg_of(c, 0)) : *found;
}

/* Do op @i of row @row, which is no file's: append its blob to the current record. */
__noinline int copy_op(u32 log, u64 row_arg, u64 i_arg, s64 ret)
{
	u64 row = bounded(row_arg, SR_NR_ROWS), i = bounded(i_arg, SR_MAX_OPS), addr, op;
	struct sr_ctl *c = ctl_get(log);
	u8 *rec, tag;

	if (!c)
		return 0;
	rec = record_at(c);
	if (!rec)
		return 0;
	if (c->pos > POS_MAX) { /* behind a payload of a large snaplen: say so */
		((struct sr_rec_head *)rec)->flags |= SR_F_NO_ROOM;
		return 0;
	}
	op = *(const volatile u64 *)&descs[row].ops[i];
	if (op_copy(op) == SR_COPY_CASE)
		op = arg_of(c, op_arg(op)) ? case_of(c, row, op) : 0;
	op = forget(c, op);
	if (op_flags(op) & SR_OP_OUT && !is_written(op_flags(op), ret))
		return 0;
	if (descs[row].flags & SR_D_EXEC && ret == 0) {
		copy_exec(log, c, rec, op);
		return 0;
	}
	tag = op_arg(op);
	addr = arg_of(c, tag);
	c->ret_len = ret;
	switch (op_copy(op)) {
	case SR_COPY_STR:
	case SR_COPY_PATH:
	case SR_COPY_PATHAT:
		put_string(c, rec, tag, addr);
		break;
	case SR_COPY_FIXED:
	case SR_COPY_ARRAY:
	case SR_COPY_BITS:
	case SR_COPY_PAGES:
	case SR_COPY_SOCKADDR:
	case SR_COPY_SOCKADDR_OUT:
	case SR_COPY_STORED:
		if (op_copy(op) == SR_COPY_FIXED && !(op_flags(op) & SR_OP_OUT) &&
		    is_overwritten(&descs[row], c, tag, ret))
			blob_finish(c, rec, c->pos, 0, tag, SR_UNKNOWN, op_size(op));
		else
			put_bytes(c, rec, tag, addr, forget(c, piece_of(c, op)),
				  forget(c, most_of_piece(op)));
		break;
	case SR_COPY_POINTERS:
		copy_pointers(log, addr, length_of(c, op), op_size(op), tag);
		break;
	case SR_COPY_REF:
		copy_ref(log, addr, op_size(op), op_len(op) == SR_LEN_NONE ? 0xffffffff : ret, tag);
		break;
	case SR_COPY_IOVEC:
		copy_iovec(log, addr, length_of(c, op),
			   op_flags(op) & SR_OP_OUT || ret >= 0 ? ret : -1, narrow_tag(op));
		break;
	case SR_COPY_MSGHDR:
		if (op_size(op))
			copy_messages(log, addr, length_of(c, op), tag | op_size(op) << 8, ret);
		else
			copy_msghdr(log, addr, ret < 0 ? -1 : ret, narrow_tag(op));
		break;
	case SR_COPY_STRV:
		copy_strv(log, addr, tag, op_flags(op) & SR_OP_NARROW);
		break;
	}
	return 0;
}

/* Define the files that op @i of row @row names; their slots go to c->files. */
__noinline int define_op(u32 log, u64 row_arg, u64 i_arg, s64 ret)
{
	u64 row = bounded(row_arg, SR_NR_ROWS), i = bounded(i_arg, SR_MAX_OPS), file;
	const volatile struct sr_op *op = &descs[row].ops[i];
	struct sr_ctl *c = ctl_get(log);
	s64 fd;

	if (!c)
		return 0;
	c->files[i] = 0;
	fd = op->copy == SR_COPY_RETFD ? ret : (s32)arg_of(c, op->arg);
	if (fd < 0)
		return 0;
	if (HAS_TYPED && !c->who && !(descs[row].flags & SR_D_ACCEPT)) {
		c->files[i] = quick_file(c, log, own_file(c, fd));
		if (c->files[i])
			return c->files[i];
	}
	file = task_file(c->who ? c->task : 0, fd);
	if (!file)
		return 0;
	if (descs[row].flags & SR_D_ACCEPT && op->copy == SR_COPY_RETFD) {
		u64 ino = BPF_CORE_READ((struct file *)file, f_inode, i_ino);
		u32 one = 1;

		bpf_map_update_elem(&accepted, &ino, &one, BPF_ANY);
	}
	c->taken = 0;
	for (u32 j = 0; j < SR_MAX_OPS; j++)
		if (j < i && is_file_op(&descs[row].ops[j]))
			c->taken = c->taken << 16 | (c->files[j] & 0xffff);
	c->files[i] = define_file(log, file);
	c->taken = 0;
	return c->files[i];
}

#endif /* SR_COPY_BPF_H */
