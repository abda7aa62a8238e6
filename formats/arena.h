/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is released all at once: the columns and strings of one block. After
 * some blocks it is one piece as large as the largest block needed. */
#ifndef SR_ARENA_H
#define SR_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct sr_arena_chunk;

/** struct sr_arena - zero-initialise it, release with sr_arena_free(). */
struct sr_arena {
	struct sr_arena_chunk *head; /* the one in use, older ones behind it */
	uint8_t *p, *end;	     /* room left in it */
	size_t total;		     /* bytes of all chunks */
	size_t want;		     /* size of the next first chunk */
};

/** sr_arena_alloc() - @len bytes, aligned to 16, not cleared; NULL without memory. They are
 *  valid until sr_arena_reset() or sr_arena_free(). */
void *sr_arena_alloc(struct sr_arena *a, size_t len);

/** sr_arena_zalloc() - @n cleared elements of @size bytes; NULL also if that overflows. */
void *sr_arena_zalloc(struct sr_arena *a, size_t n, size_t size);

void sr_arena_reset(struct sr_arena *a);
void sr_arena_free(struct sr_arena *a);

#endif /* SR_ARENA_H */
