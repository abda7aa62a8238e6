/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a table, for what fills it (table.c) and what renders it (render.c). */
#ifndef SR_TABLE_INTERNAL_H
#define SR_TABLE_INTERNAL_H

#include "chisels/sketch.h"
#include "chisels/table.h"
#include "formats/arena.h"

/* A cell: a value, or what became of the values of merged rows. */
struct sr_acc {
	struct sysreel_value v;
	uint64_t n;		  /* values in it; 0: v is absent */
	struct sr_sketch *sketch; /* of percentiles and distinct values, in place of v */
};

/* What is not in a column, and why. */
struct sr_missing {
	uint64_t events;
	uint64_t by[SYSREEL_WHY_COUNT];
};

struct sysreel_table {
	struct sysreel_table_def def; /* .cols points to @cols */
	struct sysreel_col cols[SYSREEL_MAX_COLS];
	uint32_t ncols;
	uint32_t max_rows;
	struct sr_acc **rows; /* ncols cells each, in the arena */
	uint64_t *hashes;     /* of their keys */
	uint64_t *events;     /* of a part: rows that were merged into each */
	bool part;
	uint32_t nrows, cap;
	uint32_t *slots; /* row + 1, 0 empty; a power of two of them */
	uint32_t mask;
	struct sr_arena arena;
	struct sr_acc over[SYSREEL_MAX_COLS]; /* rows beyond max_rows, added up */
	uint64_t nover;
	struct sr_missing key[SYSREEL_MAX_COLS];   /* rows left out for want of this key... */
	struct sr_acc left_out[SYSREEL_MAX_COLS];  /* ...and what they carried */
	struct sr_missing value[SYSREEL_MAX_COLS]; /* rows that added nothing to this value */
	uint32_t *cache;		/* rows by codes of a batch, see sr_table_batch() */
	double total[SYSREEL_MAX_COLS]; /* of all that a SHARE was taken from */
	uint64_t elapsed;		/* ns, for a RATE; 0 not known */
	bool oom;			/* there was no memory for a sketch */
};

/** sr_table_sorted() - the rows in the order of the table, malloc'ed (the caller frees).
 *  NULL without memory. */
struct sr_acc **sr_table_sorted(struct sysreel_table *t);

/** sr_table_shown() - how many of them are to be shown. */
uint32_t sr_table_shown(const struct sysreel_table *t);

/** sr_table_others() - add up the rows @from.. of @sorted and those beyond the limit. */
void sr_table_others(struct sysreel_table *t, struct sr_acc *const *sorted, uint32_t from,
		     struct sr_acc *out);

/** sr_acc_value() - the value that is shown of a cell in column @col. */
struct sysreel_value sr_acc_value(const struct sysreel_table *t, uint32_t col,
				  const struct sr_acc *a);

/** sr_value_compare() - orders two values of one column: negative, 0, positive. */
int sr_value_compare(const struct sysreel_value *a, const struct sysreel_value *b);

/** sr_acc_merge() - bring cell @b, of the same column, into @a; sr_acc_add() - a single value.
 *  Without memory @t->oom is set. */
void sr_acc_merge(struct sysreel_table *t, struct sr_acc *a, enum sysreel_op op,
		  const struct sr_acc *b);
void sr_acc_add(struct sysreel_table *t, struct sr_acc *a, enum sysreel_op op,
		const struct sysreel_value *v);

/** sr_op_has_sketch() - is there more to keep of the values than one number? */
static inline bool sr_op_has_sketch(enum sysreel_op op)
{
	return (op >= SYSREEL_DISTINCT && op <= SYSREEL_P99) ||
	       (op >= SYSREEL_P75 && op <= SYSREEL_P999);
}

/** sr_add_u64() - the sum, or the largest number if that is less. */
static inline uint64_t sr_add_u64(uint64_t a, uint64_t b)
{
	uint64_t r;

	return __builtin_add_overflow(a, b, &r) ? UINT64_MAX : r;
}

static inline bool sr_col_is_key(const struct sysreel_table *t, uint32_t col)
{
	return t->def.cols[col].op == SYSREEL_KEY;
}

#endif /* SR_TABLE_INTERNAL_H */
