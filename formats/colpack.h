/* SPDX-License-Identifier: Apache-2.0 */
/* Columns of integers as bytes, before general compression: docs/reel-format.md,
 * "Columns". The encoder tries what fits the values; the decoder is told. */
#ifndef SR_COLPACK_H
#define SR_COLPACK_H

#include "formats/base/buf.h"
#include "formats/base/cur.h"

/* First byte of a column: number of byte planes (0 to 8) and how to read them. */
#define SR_COL_WIDTH	   0x0f
#define SR_COL_DELTA	   0x10 /* differences to the value before */
#define SR_COL_ZIGZAG	   0x20 /* signed: 0 -1 1 -2 2 ... as 0 1 2 3 4 ... */
#define SR_COL_PALETTE	   0x40 /* numbers of a list of values */

#define SR_COL_MAX_PALETTE 4096u

/* A plane or text of at least so many bytes deserves entropy tables of its own. */
#define SR_COL_CUT_MIN	   1024u

struct sr_colpack;

int sr_colpack_new(struct sr_colpack **out);
void sr_colpack_free(struct sr_colpack *cp);

/** sr_col_encode() - append a column of @n values (nothing if @n is 0). -ENOMEM or 0. */
int sr_col_encode(struct sr_colpack *cp, struct sr_buf *out, const uint64_t *v, uint32_t n);

/** sr_col_encode_marked() - the same; at the positions @marks, ascending, statistics change. */
int sr_col_encode_marked(struct sr_colpack *cp, struct sr_buf *out, const uint64_t *v, uint32_t n,
			 const uint32_t *marks, uint32_t nmarks);

/** sr_col_cost() - bytes that the column will roughly have when it is encoded and compressed. */
double sr_col_cost(struct sr_colpack *cp, const uint64_t *v, uint32_t n);

/** sr_col_is() - whether all of @n values are @value. */
bool sr_col_is(const uint64_t *v, uint32_t n, uint64_t value);

/** sr_col_subtract() - @v = @from - @v. */
void sr_col_subtract(uint64_t *restrict v, const uint64_t *restrict from, uint32_t n);

/** sr_colpack_cuts() - offsets in @out, ascending, at which statistics change: where compression
 *  had better start a new entropy table. Borrowed until the next encode. _clear() forgets them. */
const size_t *sr_colpack_cuts(const struct sr_colpack *cp, size_t *n);
void sr_colpack_cut(struct sr_colpack *cp, size_t offset);
void sr_colpack_cuts_clear(struct sr_colpack *cp);

/**
 * sr_col_decode() - decode a column of @n values into elements of @size bytes (1, 2, 4, 8).
 * @out: NULL skips the column.
 * Return: 0; -EBADMSG if it is damaged or a value does not fit an element.
 */
int sr_col_decode(struct sr_cur *c, void *out, unsigned int size, uint32_t n);

/** sr_put_varint() / sr_get_varint() - LEB128, at most 10 bytes. */
void sr_put_varint(struct sr_buf *out, uint64_t v);
uint64_t sr_get_varint(struct sr_cur *c);

static inline uint64_t sr_zigzag(uint64_t v)
{
	return v << 1 ^ (uint64_t)((int64_t)v >> 63);
}

static inline uint64_t sr_unzigzag(uint64_t v)
{
	return v >> 1 ^ -(v & 1);
}

#endif /* SR_COLPACK_H */
