/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Writing records into a log. One program at a time writes to a log: `busy` is
 * taken before the time stamp, so that whoever reads the logs can know that
 * everything before a moment is visible. */
#ifndef SR_LOG_BPF_H
#define SR_LOG_BPF_H

#include "driver-bpf/hook.bpf.h"

#define barrier()	 asm volatile("" ::: "memory")
#define READ_ONCE(x)	 (*(volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile typeof(x) *)&(x) = (v))
/* Keep clang from undoing a bound that the verifier has to see. */
#define opaque(x)	 asm volatile("" : "+r"(x))

/* Largest position at which one more string, path or payload may begin. */
#define POS_MAX		 (SR_RECORD_MAX - 66000)

static __always_inline struct sr_ctl *ctl_get(u32 log)
{
	return bpf_map_lookup_elem(&ctls, &log);
}

/* Where the current record of @c begins; NULL only if @c is damaged. */
static __always_inline u8 *record_at(struct sr_ctl *c)
{
	u64 off = c->off;
	u32 chunk = c->chunk;
	u8 *p = bpf_map_lookup_elem(&logs, &chunk);

	opaque(off);
	if (!p || off > SR_CHUNK - SR_RECORD_MAX)
		return NULL;
	return p + off;
}

static __always_inline void log_wake(struct sr_ctl *c, u32 used)
{
	u64 token = 0;

	if (used != cfg.scarce)
		return;
	bpf_ringbuf_output(&wakeups, &token, sizeof(token), BPF_RB_FORCE_WAKEUP);
	if (cfg.lossless)
		bpf_ringbuf_output(&scarcity, &token, sizeof(token), BPF_RB_FORCE_WAKEUP);
}

/* The sequence numbers of what the chunk @number begins with. Return where that is. */
static __always_inline u64 chunk_head(const struct sr_ctl *c, u8 *chunk, u32 number)
{
	struct sr_rec_chunk *r = (void *)chunk;

	r->h.words = sizeof(*r) / 8;
	r->h.nr = SR_REC_CHUNK;
	r->number = number;
	r->time = c->ev.time;
	r->events = c->recorded;
	r->defs = c->defined;
	return sizeof(*r);
}

/* Close the chunk that has no room for a record of full length and go on in the next.
 * Global: verified once, and rarely run. Return: 0; -1 the log is full. */
__noinline int log_next_chunk(u32 log)
{
	struct sr_ctl *c = ctl_get(log);
	u32 idx, number;
	u64 off;
	u8 *p;

	if (!c)
		return -1;
	number = c->head >> 32;
	off = (u32)c->head;
	if (number + 1 - (u32)READ_ONCE(c->tail) >= cfg.chunks)
		return -1;
	idx = log * cfg.chunks + (number & (cfg.chunks - 1));
	p = bpf_map_lookup_elem(&logs, &idx);
	if (!p)
		return -1;
	opaque(off);
	if (off <= SR_CHUNK - sizeof(struct sr_rec_head)) {
		struct sr_rec_head *pad = (void *)(p + off);

		pad->words = 1;
		pad->nr = SR_REC_PAD;
	}
	number++;
	idx = log * cfg.chunks + (number & (cfg.chunks - 1));
	p = bpf_map_lookup_elem(&logs, &idx);
	if (!p)
		return -1;
	off = chunk_head(c, p, number);
	barrier();
	WRITE_ONCE(c->head, (u64)number << 32 | off);
	log_wake(c, number - (u32)c->tail);
	return 0;
}

/* Begin a record: returns where it starts, or NULL when the log is full. */
static __always_inline u8 *record_begin(struct sr_ctl *c, u32 log)
{
	u32 off = (u32)c->head;

	if (off > SR_CHUNK - SR_RECORD_MAX) {
		if (log_next_chunk(log))
			return NULL;
		off = (u32)c->head;
	}
	c->off = off;
	c->chunk = log * cfg.chunks + ((u32)(c->head >> 32) & (cfg.chunks - 1));
	c->pos = 0;
	return record_at(c);
}

/* Make the record that ends at c->pos visible. Its head must be written but for the length. */
static __always_inline void record_publish(struct sr_ctl *c, u8 *rec)
{
	u32 len = (c->pos + 7) & ~7u;

	((struct sr_rec_head *)rec)->words = len / 8;
	barrier();
#if defined(__TARGET_ARCH_x86)
	WRITE_ONCE(c->head, (c->head & ~0xffffffffull) | (u32)(c->off + len)); /* TSO orders it */
#else
	__sync_lock_test_and_set(&c->head, (c->head & ~0xffffffffull) | (u32)(c->off + len));
#endif
}

static __always_inline void definition_publish(struct sr_ctl *c, u8 *rec)
{
	c->defined++;
	record_publish(c, rec);
}

static __always_inline void log_leave(struct sr_ctl *c)
{
	barrier();
	WRITE_ONCE(c->busy, 0);
}

/* The same value without what the verifier knows of it, so that it need not follow every way by
 * which the value came to be. */
static __always_inline u64 forget(struct sr_ctl *c, u64 v)
{
	WRITE_ONCE(c->number, v);
	return READ_ONCE(c->number);
}

/* Where the next blob of the record goes. Every user compares it with POS_MAX before it
 * writes; the compiler must not know more about it than the verifier. */
static __always_inline u64 pos_of(struct sr_ctl *c)
{
	u64 pos = c->pos;

	opaque(pos);
	return pos;
}

#endif /* SR_LOG_BPF_H */
