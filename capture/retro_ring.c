/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/retro_ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Large blocks are mapped by themselves: their memory goes back to the system when they go, and
 * months of blocks of all sizes leave no holes in the heap. */
#define MAP_FROM 65536u
#define PAGE	 4096u

struct sr_ring_set {
	struct sr_ring_limits limits;
	struct sr_ring *rings;
	size_t nrings, bytes;
	uint64_t pushes, missed;
	void (*leaving)(void *arg, struct sr_ring *ring);
	void *arg;
};

/* ---- blocks ---- */

/* What a block costs; 0: no size that could be had. */
static size_t block_cost(size_t len)
{
	size_t size;

	if (__builtin_add_overflow(len, sizeof(struct sr_ring_block) + PAGE - 1, &size))
		return 0;
	size -= PAGE - 1;
	return size < MAP_FROM ? size : (size + PAGE - 1) / PAGE * PAGE;
}

static struct sr_ring_block *block_new(const struct sr_ring_info *info, const void *bytes,
				       size_t len)
{
	size_t cost = block_cost(len);
	struct sr_ring_block *b;

	if (!cost)
		return NULL;
	if (cost < MAP_FROM)
		b = malloc(cost);
	else
		b = mmap(NULL, cost, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!b || b == MAP_FAILED)
		return NULL;
	b->next = NULL;
	b->info = *info;
	b->len = len;
	memcpy(b->bytes, bytes, len);
	return b;
}

static void block_free(struct sr_ring_block *b)
{
	size_t cost = block_cost(b->len);

	if (cost < MAP_FROM)
		free(b);
	else
		(void)munmap(b, cost); /* as it was mapped: cannot fail */
}

/* The oldest block of a ring goes; its reader has a last look. */
static void drop_oldest(struct sr_ring_set *s, struct sr_ring *r)
{
	struct sr_ring_block *b = r->first;

	if (r->reading && r->unread == b && s->leaving)
		s->leaving(s->arg, r);
	if (r->reading && r->unread == b) {
		r->unread = b->next;
		s->missed++;
	}
	r->first = b->next;
	if (!r->first)
		r->last = NULL;
	r->blocks--;
	r->bytes -= block_cost(b->len);
	s->bytes -= block_cost(b->len);
	block_free(b);
}

/* ---- rings ---- */

static size_t ring_cost(const struct sr_ring *r)
{
	return sizeof(*r) + strlen(r->key) + 1;
}

static void ring_remove(struct sr_ring_set *s, struct sr_ring **at)
{
	struct sr_ring *r = *at;

	while (r->first)
		drop_oldest(s, r);
	*at = r->next;
	s->nrings--;
	s->bytes -= ring_cost(r);
	free(r);
}

/* Too many keys: the one that was quiet for longest goes, if nobody uses it. */
static void remove_quietest(struct sr_ring_set *s)
{
	struct sr_ring **quietest = NULL;

	for (struct sr_ring **p = &s->rings; *p; p = &(*p)->next)
		if (!(*p)->user && (!quietest || (*p)->touched < (*quietest)->touched))
			quietest = p;
	if (quietest)
		ring_remove(s, quietest);
}

static struct sr_ring *ring_new(struct sr_ring_set *s, const char *key)
{
	size_t len = strlen(key);
	struct sr_ring *r;

	if (s->nrings >= SR_RING_MAX)
		remove_quietest(s);
	r = calloc(1, sizeof(*r) + len + 1);
	if (!r)
		return NULL;
	memcpy(r->key, key, len);
	r->touched = s->pushes;
	r->next = s->rings;
	s->rings = r;
	s->nrings++;
	s->bytes += ring_cost(r);
	return r;
}

struct sr_ring *sr_ring_get(struct sr_ring_set *s, const char *key, bool make)
{
	for (struct sr_ring *r = s->rings; r; r = r->next)
		if (strcmp(r->key, key) == 0)
			return r;
	return make ? ring_new(s, key) : NULL;
}

struct sr_ring *sr_ring_first(struct sr_ring_set *s)
{
	return s->rings;
}

static struct sr_ring *largest(const struct sr_ring_set *s)
{
	struct sr_ring *best = NULL;

	for (struct sr_ring *r = s->rings; r; r = r->next)
		if (r->first && (!best || r->bytes > best->bytes))
			best = r;
	return best;
}

static void keep_limits(struct sr_ring_set *s, struct sr_ring *r)
{
	struct sr_ring *big;

	while (s->limits.bytes && r->first && r->bytes > s->limits.bytes)
		drop_oldest(s, r);
	while (s->bytes > s->limits.total && (big = largest(s)))
		drop_oldest(s, big);
}

int sr_ring_push(struct sr_ring_set *s, struct sr_ring *r, const struct sr_ring_info *info,
		 const void *bytes, size_t len)
{
	struct sr_ring_block *b = block_new(info, bytes, len);

	if (!b)
		return -ENOMEM;
	if (r->last)
		r->last->next = b;
	else
		r->first = b;
	r->last = b;
	if (r->reading && !r->unread)
		r->unread = b;
	r->blocks++;
	r->bytes += block_cost(len);
	s->bytes += block_cost(len);
	r->touched = ++s->pushes;
	keep_limits(s, r);
	return 0;
}

void sr_ring_expire(struct sr_ring_set *s, uint64_t now)
{
	uint64_t age = s->limits.age_ns, before = age && now > age ? now - age : 0;

	for (struct sr_ring **p = &s->rings, *r; (r = *p);) {
		while (r->first && r->first->info.f.max_time < before)
			drop_oldest(s, r);
		if (!r->first && !r->user)
			ring_remove(s, p);
		else
			p = &r->next;
	}
}

uint64_t sr_ring_pushes(const struct sr_ring_set *s)
{
	return s->pushes;
}

/* ---- reading ---- */

void sr_ring_read_begin(struct sr_ring *r)
{
	r->reading = true;
	r->unread = r->first;
}

struct sr_ring_block *sr_ring_read(struct sr_ring *r)
{
	struct sr_ring_block *b = r->unread;

	if (b)
		r->unread = b->next;
	return b;
}

void sr_ring_read_end(struct sr_ring *r)
{
	r->reading = false;
	r->unread = NULL;
}

/* ---- the set ---- */

void sr_ring_totals(const struct sr_ring_set *s, struct sr_ring_totals *out)
{
	*out = (struct sr_ring_totals){ .bytes = s->bytes,
					.rings = s->nrings,
					.missed = s->missed };
	for (const struct sr_ring *r = s->rings; r; r = r->next) {
		out->blocks += r->blocks;
		if (r->first && (!out->oldest || r->first->info.f.min_time < out->oldest))
			out->oldest = r->first->info.f.min_time;
	}
}

int sr_ring_set_new(struct sr_ring_set **out, const struct sr_ring_limits *limits,
		    void (*leaving)(void *arg, struct sr_ring *ring), void *arg)
{
	struct sr_ring_set *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->limits = *limits;
	s->leaving = leaving;
	s->arg = arg;
	*out = s;
	return 0;
}

void sr_ring_set_free(struct sr_ring_set *s)
{
	if (!s)
		return;
	s->leaving = NULL;
	while (s->rings)
		ring_remove(s, &s->rings);
	free(s);
}
