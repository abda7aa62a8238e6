/* SPDX-License-Identifier: Apache-2.0 */
#include "driver-bpf/log_reader.h"

#include "driver-bpf/shared.h"

#include <string.h>

#define CACHE_LINE 64u
#define AHEAD	   512u
#define STOLEN_NS  1000000000ull /* no CPU is waited for any longer */

static inline void relax(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

/* A program that was writing when we looked took its time stamp before that: wait until it has
 * published, a matter of microseconds. Return false if that takes longer: its CPU has been taken
 * away from it, as a virtual one may be. */
static bool wait_idle(const struct sr_ctl *c)
{
	for (int i = 0; i < 20000; i++) {
		if (!__atomic_load_n(&c->busy, __ATOMIC_ACQUIRE))
			return true;
		relax();
	}
	return false;
}

uint64_t sr_log_look(struct sr_log_reader *l, uint64_t now)
{
	bool idle = wait_idle(l->ctl);
	uint64_t recorded, defined, head;

	recorded = __atomic_load_n(&l->ctl->recorded, __ATOMIC_ACQUIRE);
	defined = __atomic_load_n(&l->ctl->defined, __ATOMIC_ACQUIRE);
	head = __atomic_load_n(&l->ctl->head, __ATOMIC_ACQUIRE);
	/* nobody has written for milliseconds: the numbers are those of this head */
	l->still = head == l->head && recorded == l->recorded && defined == l->defined &&
		   !__atomic_load_n(&l->ctl->busy, __ATOMIC_ACQUIRE);
	l->recorded = recorded;
	l->defined = defined;
	l->head = head;
	l->looked = now;
	if (idle || now - l->complete > STOLEN_NS)
		l->complete = now;
	return l->complete;
}

/* The log has held so many by @time. Return 2 if others were met; 0. */
static int compare(struct sr_log_reader *l, uint64_t events, uint64_t defs, uint64_t time,
		   struct sr_log_record *out)
{
	uint64_t from = l->checked;

	l->checked = time;
	if (l->events == events && l->defs == defs)
		return 0;
	*out = (struct sr_log_record){
		.from = from,
		.to = time,
		.events = events > l->events ? events - l->events : 1,
		.defs = l->defs != defs,
	};
	l->events = events;
	l->defs = defs;
	return 2;
}

/* Can the numbers differ so, with a log of this size? */
static bool is_near(const struct sr_log_reader *l, uint64_t told, uint64_t met)
{
	const uint64_t most = (uint64_t)l->chunks * (SR_CHUNK / sizeof(struct sr_rec_head));

	return told - met + most <= 2 * most;
}

/* What a chunk begins with. One that is damaged says nothing; the next one will. */
__attribute__((noinline)) static int compare_chunk(struct sr_log_reader *l, const uint8_t *p,
						   size_t len, struct sr_log_record *out)
{
	struct sr_rec_chunk r;

	if (len != sizeof(r))
		return 0;
	memcpy(&r, p, sizeof(r));
	if (r.number != l->chunk || !is_near(l, r.events, l->events) ||
	    !is_near(l, r.defs, l->defs))
		return 0;
	return compare(l, r.events, r.defs, r.time, out);
}

/* The length of the record at @p, or 0 if there is none of at most @left bytes. */
static uint32_t record_len(const uint8_t *p, uint32_t left, uint16_t *nr)
{
	struct sr_rec_head h;

	if (left < sizeof(h))
		return 0;
	memcpy(&h, p, sizeof(h));
	*nr = h.nr;
	return h.nr == SR_REC_PAD || h.words > left / 8 ? 0 : h.words * 8u;
}

/* Go on behind all that the chunk still holds: padding, or a record without an end that can be
 * believed. What a look saw as the end of the log is the beginning of a record again. */
static void skip_rest(struct sr_log_reader *l, uint64_t head_chunk)
{
	if (l->chunk == head_chunk) {
		l->off = (uint32_t)l->head;
		return;
	}
	l->chunk++;
	l->off = 0;
	__atomic_store_n(&l->ctl->tail, l->chunk, __ATOMIC_RELEASE);
}

/* The CPU that wrote a record may still hold it: ask for as much as was taken now, some way off. */
static inline void fetch_ahead(const uint8_t *p, uint32_t len, uint32_t left)
{
	for (uint32_t at = AHEAD; at < AHEAD + len && at < left; at += CACHE_LINE)
		__builtin_prefetch(p + at);
}

int sr_log_next(struct sr_log_reader *l, struct sr_log_record *out)
{
	uint64_t head_chunk = l->head >> 32;
	uint32_t head_off = (uint32_t)l->head;

	l->off += l->len;
	l->len = 0;
	if (head_off > SR_CHUNK)
		return 0;
	for (;;) {
		const uint8_t *p = l->base + (l->chunk & (l->chunks - 1)) * SR_CHUNK_STRIDE;
		uint32_t end = l->chunk < head_chunk ? SR_CHUNK : head_off, len;

		if (l->chunk > head_chunk || (l->chunk == head_chunk && l->off >= end))
			return l->still ? compare(l, l->recorded, l->defined, l->looked, out) : 0;
		p += l->off;
		len = record_len(p, end - l->off, &l->nr);
		if (!len) {
			skip_rest(l, head_chunk);
			continue;
		}
		if (l->nr == SR_REC_CHUNK) {
			l->off += len;
			if (compare_chunk(l, p, len, out))
				return 2;
			continue;
		}
		l->len = len;
		*(l->nr < SR_DEF_THREAD ? &l->events : &l->defs) += 1;
		out->p = p;
		out->len = len;
		fetch_ahead(p, len, end - l->off);
		return 1;
	}
}

void sr_log_unread(struct sr_log_reader *l)
{
	if (l->len)
		*(l->nr < SR_DEF_THREAD ? &l->events : &l->defs) -= 1;
}
