/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the builder: shared by builder.c (events) and builder_copy.c (rows of blocks). */
#ifndef SR_BUILDER_IMPL_H
#define SR_BUILDER_IMPL_H

#include "formats/block_limits.h"
#include "formats/builder.h"
#include "formats/strtab.h"

/* One event type and its growing columns. */
struct sr_builder_type {
	struct sr_block_type t; /* as the block will show it */
	uint32_t cap;		/* rows that the columns have room for */
	uint32_t row_bytes;	/* memory per row */
	uint64_t epoch;		/* in the block if it is the builder's */
	uint32_t idx;		/* in sr_builder.active */
	char *name;		/* own copy; NULL if the schema owns it */
};

struct sr_builder {
	struct sr_block blk;
	uint64_t epoch;	   /* changes with every reset, unique among all builders */
	uint32_t cap;	   /* rows that the event columns have room for */
	size_t col_bytes;  /* of the events' and arguments' columns in use */
	size_t dict_bytes; /* of threads, files and cgroups */

	struct sr_builder_type **known;	 /* by sr_type_id(); NULL not seen yet */
	struct sr_builder_type **active; /* types of this block, by index */
	uint32_t active_cap, types_cap;
	struct sr_strtab named; /* keys of types that are not as in the schema... */
	struct sr_builder_type *
		*by_name; /* ...and these, by number in @named; forgotten by reset */
	uint32_t by_name_cap;

	struct sr_strtab strs;
	uint32_t threads_cap, files_cap, cgroups_cap;
	uint8_t *heap;
	size_t heap_cap;

	/* builder_copy.c */
	struct sr_strtab thread_keys, file_keys, cgroup_keys; /* by content */
	uint32_t *map; /* numbers of the source block -> ours plus one; 0 not yet */
	size_t map_cap;
	const struct sr_builder_origin *origin; /* NULL: ours */
};

/** sr_builder_grow() - make room in an array: @cap elements of @size bytes become at least
 *  @need, never above @max. Return 0 or -ENOMEM (also if @need is above @max). */
int sr_builder_grow(void *array, uint32_t *cap, uint32_t need, uint32_t max, size_t size);

/** sr_builder_grow_rows() / sr_builder_grow_type() - more room for events, for rows of a type;
 *  -ENOMEM if the block is full. */
int sr_builder_grow_rows(struct sr_builder *b);
int sr_builder_grow_type(struct sr_builder_type *s);

/** sr_builder_row() / sr_builder_type_row() - room for one more. */
static inline int sr_builder_row(struct sr_builder *b)
{
	return b->blk.n < b->cap ? 0 : sr_builder_grow_rows(b);
}

static inline int sr_builder_type_row(struct sr_builder_type *s)
{
	return s->t.nrows < s->cap ? 0 : sr_builder_grow_type(s);
}

/** sr_builder_size() - sr_builder_bytes(). */
static inline size_t sr_builder_size(const struct sr_builder *b)
{
	return b->col_bytes + b->dict_bytes + b->blk.heap_len + b->strs.bytes +
	       b->strs.n * sizeof(struct sr_str);
}

/** sr_builder_type_known() - the columns of a type as the schema describes it. NULL: no memory. */
struct sr_builder_type *sr_builder_type_known(struct sr_builder *b, const struct sr_type *type);

/** sr_builder_type_named() - the columns of a type that the schema does not know, or knows
 *  otherwise; @ncols classes. @key tells those apart that must not be one. */
struct sr_builder_type *sr_builder_type_named(struct sr_builder *b, const struct sr_type *type,
					      const char *name, const uint8_t *cls, uint32_t ncols,
					      const void *key, size_t key_len);

/** sr_builder_heap() - append bytes to the heap. Return the offset; -ENOMEM if full. */
int64_t sr_builder_heap(struct sr_builder *b, const void *p, uint32_t len);

/** sr_builder_push_thread() / _file() / _cgroup() - append an entry. Return its index or -ENOMEM.
 */
int64_t sr_builder_push_thread(struct sr_builder *b, const struct sr_thread *t);
int64_t sr_builder_push_file(struct sr_builder *b, const struct sr_file *f);
int64_t sr_builder_push_cgroup(struct sr_builder *b, const struct sr_cgroup *c);

#endif /* SR_BUILDER_IMPL_H */
