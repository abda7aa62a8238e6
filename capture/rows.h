/* SPDX-License-Identifier: Apache-2.0 */
/* Small questions about the rows of a block that the engine and several sinks ask:
 * walking a selection, finding the rows of one event type, adding up losses. */
#ifndef SR_ROWS_H
#define SR_ROWS_H

#include "formats/base/buf.h"
#include "formats/block.h"

/** struct sr_rows_gap - what one "lost" row says. */
struct sr_rows_gap {
	uint64_t count;	   /* records */
	uint64_t from, to; /* times of the first and last loss, ns CLOCK_MONOTONIC; 0 unknown */
	unsigned int cpu;
	const char *class; /* of the events: "DATA"; NULL unknown */
};

/** sr_sel_next() - the first selected row that is not before @row, or @n. */
uint32_t sr_sel_next(const uint64_t *sel, uint32_t n, uint32_t row);

/** sr_sel_count() - number of selected rows. */
uint64_t sr_sel_count(const uint64_t *sel, uint32_t n);

/** sr_sel_fill() - select all @n rows. */
void sr_sel_fill(uint64_t *sel, uint32_t n);

static inline void sr_sel_set(uint64_t *sel, uint32_t row)
{
	sel[row / 64] |= 1ull << (row % 64);
}

static inline void sr_sel_clear(uint64_t *sel, uint32_t row)
{
	sel[row / 64] &= ~(1ull << (row % 64));
}

/** sr_rows_has() - does the block have rows of the event @x? SR_NEED_TYPE must be loaded. */
bool sr_rows_has(const struct sr_block *b, enum sr_xevent x);

/** sr_rows_may_have() - the same, known before anything is loaded: false only if certain. */
bool sr_rows_may_have(const struct sr_block *b, enum sr_xevent x);

/** sr_rows_is() - is @row of the event @x? SR_NEED_TYPE must be loaded. */
bool sr_rows_is(const struct sr_block *b, uint32_t row, enum sr_xevent x);

/** sr_rows_happened() - is a row of this type something that happened: neither what existed before
 *  recording began, nor a gap? sr_rows_events() - how many such rows the block has; SR_NEED_TYPE
 *  must be loaded. */
bool sr_rows_happened(const struct sr_block_type *t);
uint64_t sr_rows_events(const struct sr_block *b);

/** sr_rows_gap() - read a "lost" row. SR_NEED_TYPE, TIME, ARGS, CPU must be loaded. */
void sr_rows_gap(const struct sr_block *b, uint32_t row, struct sr_rows_gap *out);

/** sr_rows_whose() - append " of NAME": the container, else the cgroup, that the thread of @row is
 *  in; nothing if neither is known. SR_NEED_THREAD and SR_NEED_DICTS must be loaded. */
void sr_rows_whose(const struct sr_block *b, uint32_t row, struct sr_buf *out);

/** sr_rows_lost() - sum of the block's "lost" rows; loads what it needs. Return 0; negative errno.
 */
int sr_rows_lost(struct sr_block *b, uint64_t *out, struct sr_err *err);

#endif /* SR_ROWS_H */
