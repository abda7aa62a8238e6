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

/* What was chosen for a column is taken again for some blocks, as long as there is about as much of
 * it: trying what is best costs several times what doing it does. */
struct sr_pack_choice {
	uint8_t what;
	uint8_t left; /* blocks that it holds for */
	uint32_t rows;
};
#define SR_PACK_HOLDS 15

/** sr_pack_holds() - whether the choice is taken for this block of @n rows. If not: try, and
 *  sr_pack_choose(). NULL: always try. */
static inline bool sr_pack_holds(struct sr_pack_choice *c, uint32_t n)
{
	if (!c || !c->left || n / 4 > c->rows)
		return false;
	c->left--;
	return true;
}

static inline void sr_pack_choose(struct sr_pack_choice *c, unsigned int what, uint32_t n)
{
	if (c)
		*c = (struct sr_pack_choice){ (uint8_t)what, SR_PACK_HOLDS, n };
}

/* Columns of an argument that something is chosen for. */
enum sr_pack_column {
	SR_PACK_REF,
	SR_PACK_VAL,
	SR_PACK_TRUELEN,
	SR_PACK_LEN,
	SR_PACK_LAYOUT,
	SR_PACK_NCOLUMNS
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
	struct sr_pack_choice cpu, file;
	struct sr_pack_choice (*args)[SR_MAX_ARGS][SR_PACK_NCOLUMNS]; /* by sr_type_id() */
};

/** sr_pack_choice_of() - of a column of argument @arg; NULL: a type that we do not know. */
static inline struct sr_pack_choice *sr_pack_choice_of(struct sr_pack *p,
						       const struct sr_block_type *t,
						       unsigned int arg, enum sr_pack_column column)
{
	return t->type ? &p->args[sr_type_id(t->type)][arg][column] : NULL;
}

/** sr_pack_begin() / sr_pack_end() - what is put between them is one stream. @rc: negative if
 *  something did not work; end hands it on, or -ENOMEM. */
void sr_pack_begin(struct sr_pack *p, enum sr_stream id);
int sr_pack_end(struct sr_pack *p, int rc);

static inline int sr_pack_column(struct sr_pack *p, const uint64_t *v, uint32_t n)
{
	return sr_col_encode(p->cp, &p->raw, v, n);
}

/* The streams; each appends its own. Return 0 or -ENOMEM; -EFBIG above the limits. */
int sr_pack_rows(struct sr_pack *p, const struct sr_block *b);
int sr_pack_args(struct sr_pack *p, const struct sr_block *b);
int sr_pack_heap(struct sr_pack *p, const struct sr_block *b);
int sr_pack_dicts(struct sr_pack *p, const struct sr_block *b);

int sr_pack_records_new(struct sr_pack_records *r);
void sr_pack_records_free(struct sr_pack_records *r);

#endif /* SR_BLOCK_PACK_IMPL_H */
