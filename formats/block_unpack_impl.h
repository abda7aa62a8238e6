/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the reader of blocks: block_unpack.c (tables, streams, what is loaded with what), _rows
 * (columns of the events), _dicts (strings and what refers to them) and _args (arguments and
 * payloads). */
#ifndef SR_BLOCK_UNPACK_IMPL_H
#define SR_BLOCK_UNPACK_IMPL_H

#include "formats/arena.h"
#include "formats/block_cols.h"
#include "formats/block_limits.h"
#include "formats/block_pack.h"
#include "formats/colpack.h"

#include <zstd.h>

struct sr_unpack_group {
	const uint8_t *packed;
	uint32_t packed_len, raw_len;
	uint8_t codec;
	const uint8_t *raw; /* NULL until it is decompressed */
};

struct sr_unpack_stream {
	uint32_t group; /* plus one; 0: the block has no such stream */
	uint32_t at, len;
};

/* Payloads of one argument that are not repeats; they lie in the heap one behind the other. */
struct sr_unpack_news {
	uint32_t n;
	uint32_t size;	/* of each, if all are equally long; else 0 */
	uint64_t bytes; /* of all */
};

struct sr_unpack {
	struct sr_block b;
	ZSTD_DCtx *zstd;
	struct sr_arena arena; /* of this block */
	struct sr_unpack_group groups[SR_BLOCK_MAX_GROUPS];
	uint32_t ngroups;
	bool foreign; /* it has streams that we do not know */
	struct sr_unpack_stream streams[SR_STREAM_END];
	uint32_t *rows;		     /* rows of the block, type by type; with SR_NEED_TYPE */
	uint32_t *start;	     /* first of a type's in @rows */
	uint64_t *tmp;		     /* n values */
	uint32_t *context;	     /* rows in the order of contexts; NULL: not made yet */
	struct sr_unpack_news *news; /* by argument with payloads; with SR_NEED_ARGS */
	uint32_t nnews;
	uint32_t broken; /* enum sr_need: parts that did not load and never will */
};

/** sr_unpack_open() - the bytes of a stream; one that is not there is empty.
 *  Return 0; -EBADMSG; -ENOMEM. */
int sr_unpack_open(struct sr_unpack *u, enum sr_stream id, struct sr_cur *c);

static inline bool sr_unpack_has(const struct sr_unpack *u, enum sr_stream id)
{
	return u->streams[id].group;
}

/** sr_unpack_make() - memory of this block, not cleared. */
static inline void *sr_unpack_make(struct sr_unpack *u, size_t n, size_t size)
{
	return sr_arena_alloc(&u->arena, n * size); /* below 2^32 by the limits */
}

/** sr_unpack_indexes() - a column of indexes, 4 bytes each, all below @limit. */
int sr_unpack_indexes(struct sr_cur *c, uint32_t *out, uint32_t n, uint32_t limit);

/* The parts of a block; what each is predicted from must be loaded. Return 0; -EBADMSG; -ENOMEM. */
int sr_unpack_type(struct sr_unpack *u);
int sr_unpack_thread(struct sr_unpack *u);
int sr_unpack_flags(struct sr_unpack *u);
int sr_unpack_cpu(struct sr_unpack *u);
int sr_unpack_time(struct sr_unpack *u);
int sr_unpack_dur(struct sr_unpack *u);
int sr_unpack_ret(struct sr_unpack *u);
int sr_unpack_file(struct sr_unpack *u);
int sr_unpack_dicts(struct sr_unpack *u);
int sr_unpack_args(struct sr_unpack *u);
int sr_unpack_heap(struct sr_unpack *u);

#endif /* SR_BLOCK_UNPACK_IMPL_H */
