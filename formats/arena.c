/* SPDX-License-Identifier: Apache-2.0 */
/* Bump allocation in chunks. Under AddressSanitizer every allocation is a chunk of its
 * own, so that running over a column's end is seen. */
#include "formats/arena.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define EACH_ALONE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EACH_ALONE 1
#endif
#endif
#ifndef EACH_ALONE
#define EACH_ALONE 0
#endif
#define CHUNK_MIN ((size_t)256 << 10)

struct sr_arena_chunk {
	struct sr_arena_chunk *next;
	size_t len;
	_Alignas(16) uint8_t data[];
};

static bool add_chunk(struct sr_arena *a, size_t len)
{
	struct sr_arena_chunk *c;

	if (!EACH_ALONE) {
		len = len < a->want ? a->want : len;
		len = len < CHUNK_MIN ? CHUNK_MIN : len;
		len = len < a->total / 2 ? a->total / 2 : len;
	}
	if (len > SIZE_MAX / 2)
		return false;
	c = malloc(sizeof(*c) + len);
	if (!c)
		return false;
	c->next = a->head;
	c->len = len;
	a->head = c;
	a->p = c->data;
	a->end = c->data + len;
	a->total += len;
	return true;
}

void *sr_arena_alloc(struct sr_arena *a, size_t len)
{
	void *p;

	if (len > SIZE_MAX / 2)
		return NULL;
	if (!EACH_ALONE)
		len = (len + 15) & ~(size_t)15;
	if ((!a->p || len > (size_t)(a->end - a->p) || EACH_ALONE) && !add_chunk(a, len))
		return NULL;
	p = a->p;
	a->p += len;
	return p;
}

void *sr_arena_zalloc(struct sr_arena *a, size_t n, size_t size)
{
	size_t len;
	void *p;

	if (__builtin_mul_overflow(n, size, &len))
		return NULL;
	p = sr_arena_alloc(a, len);
	if (p)
		memset(p, 0, len);
	return p;
}

static void free_chunks(struct sr_arena *a)
{
	struct sr_arena_chunk *c = a->head, *next;

	for (; c; c = next) {
		next = c->next;
		free(c);
	}
	a->head = NULL;
	a->p = a->end = NULL;
	a->total = 0;
}

void sr_arena_reset(struct sr_arena *a)
{
	if (!EACH_ALONE && a->head && !a->head->next) {
		a->p = a->head->data;
		return;
	}
	a->want = a->total;
	free_chunks(a);
}

void sr_arena_free(struct sr_arena *a)
{
	free_chunks(a);
	a->want = 0;
}
