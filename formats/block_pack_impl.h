/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the packer of blocks: block_pack.c (streams, compression), _rows (columns of the events),
 * _args (arguments), _heap (payloads) and _dicts (strings and what refers to them). */
#ifndef SR_BLOCK_PACK_IMPL_H
#define SR_BLOCK_PACK_IMPL_H

#include "formats/block_cols.h"
#include "formats/block_limits.h"
#include "formats/block_pack.h"
#include "formats/colpack.h"

#include <zstd.h>

struct sr_pack_stream {
	enum sr_stream id;
	size_t at, len; /* in raw */
};

/* A payload that no other before it is equal to. */
struct sr_pack_record {
	const uint8_t *p;
	uint32_t len;
	uint32_t hash;
};

/* The payloads of a block, equal ones once. */
struct sr_pack_records {
	struct sr_pack_record *r;
	uint32_t n, cap;
	uint32_t *ends; /* by argument with payloads: how many records there are then */
	uint32_t ends_cap;
	uint32_t *slots; /* number of a record plus one; 0 free */
	uint32_t mask;
	ZSTD_CCtx *zstd;     /* for trials, which need not be thorough */
	struct sr_buf trial; /* scratch */
	struct sr_colpack *cp;
};

struct sr_pack {
	struct sr_colpack *cp;
	ZSTD_CCtx *zstd;
	int level;
	const atomic_bool *hurry;
	struct sr_buf raw; /* all streams */
	struct sr_pack_stream streams[SR_STREAM_END];
	size_t nstreams;
	uint32_t *rows;	 /* rows of the block, type by type */
	uint32_t *start; /* first of a type's in @rows */
	struct sr_context context;
	uint32_t *marks;     /* where a context of a column begins */
	uint64_t *a, *b, *c; /* work columns, as long as the block or its largest dictionary */
	uint64_t *last;	     /* by thread, or by file */
	uint64_t *recent;    /* the same; all 0 but while a column is predicted */
	uint64_t *work;	     /* the memory of these columns */
	size_t work_cap, start_cap;
	struct sr_pack_records records;
	struct sr_pack_stats stats;
};

/** sr_pack_begin() / sr_pack_end() - what is put between them is one stream. @rc: negative if
 *  something did not work; end hands it on, or -ENOMEM. */
void sr_pack_begin(struct sr_pack *p, enum sr_stream id);
int sr_pack_end(struct sr_pack *p, int rc);

static inline int sr_pack_column(struct sr_pack *p, const uint64_t *v, uint32_t n)
{
	return sr_col_encode(p->cp, &p->raw, v, n);
}

static inline bool sr_pack_all_zero(const uint64_t *v, uint32_t n)
{
	uint64_t all = 0;

	for (uint32_t i = 0; i < n; i++)
		all |= v[i];
	return !all;
}

/* The streams; each appends its own. Return 0 or -ENOMEM; -EFBIG above the limits. */
int sr_pack_rows(struct sr_pack *p, const struct sr_block *b);
int sr_pack_args(struct sr_pack *p, const struct sr_block *b);
int sr_pack_heap(struct sr_pack *p, const struct sr_block *b);
int sr_pack_dicts(struct sr_pack *p, const struct sr_block *b);

int sr_pack_records_new(struct sr_pack_records *r);
void sr_pack_records_free(struct sr_pack_records *r);

#endif /* SR_BLOCK_PACK_IMPL_H */
