/* SPDX-License-Identifier: Apache-2.0 */
/* The columns that every event has. Those that depend on its type are laid out type by type, so
 * that each has values of one sort; durations and gaps also by what the thread did before. */
#include "formats/block_pack_impl.h"

#include <errno.h>

/* One column for each type, of values that stand type by type. */
static int put_by_type(struct sr_pack *p, const struct sr_block *b, const uint64_t *v)
{
	for (uint32_t t = 0; t < b->ntypes; t++)
		if (sr_pack_column(p, v + p->start[t], b->types[t].nrows) < 0)
			return -ENOMEM;
	return 0;
}

static double cost_by_type(struct sr_pack *p, const struct sr_block *b, const uint64_t *v)
{
	double cost = 0;

	for (uint32_t t = 0; t < b->ntypes; t++)
		cost += sr_col_cost(p->cp, v + p->start[t], b->types[t].nrows);
	return cost;
}

/* Where another context begins among the rows of a type, if it is worth an entropy table. */
static uint32_t find_marks(struct sr_pack *p, const struct sr_block *b, uint32_t type)
{
	const uint32_t *rows = p->context.rows + p->start[type], *prev = p->context.prev;
	uint32_t n = b->types[type].nrows, nmarks = 0, last = 0;

	for (uint32_t i = SR_COL_CUT_MIN; i + SR_COL_CUT_MIN < n; i++)
		if (prev[rows[i]] != prev[rows[i - 1]] && i - last >= SR_COL_CUT_MIN)
			p->marks[nmarks++] = last = i;
	return nmarks;
}

/* The same of values that stand by contexts. */
static int put_by_context(struct sr_pack *p, const struct sr_block *b, const uint64_t *v)
{
	for (uint32_t t = 0; t < b->ntypes; t++) {
		uint32_t nmarks = find_marks(p, b, t);

		if (sr_col_encode_marked(p->cp, &p->raw, v + p->start[t], b->types[t].nrows,
					 p->marks, nmarks) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int put_types(struct sr_pack *p, const struct sr_block *b)
{
	sr_pack_begin(p, SR_STREAM_TYPE);
	for (uint32_t i = 0; i < b->ntypes; i++) {
		const struct sr_block_type *t = &b->types[i];
		size_t len = strnlen(t->name, SR_BLOCK_MAX_NAME);

		sr_put_varint(&p->raw, len);
		sr_buf_put(&p->raw, t->name, len);
		sr_buf_putc(&p->raw, (char)t->ncols);
		sr_buf_put(&p->raw, t->cls, t->ncols);
	}
	for (uint32_t i = 0; i < b->n; i++)
		p->a[i] = b->type[i];
	return sr_pack_end(p, sr_pack_column(p, p->a, b->n));
}

static int put_threads_column(struct sr_pack *p, const struct sr_block *b)
{
	sr_pack_begin(p, SR_STREAM_THREAD);
	for (uint32_t i = 0; i < b->n; i++)
		p->a[i] = b->thread[i];
	return sr_pack_end(p, sr_pack_column(p, p->a, b->n));
}

static int put_cpu(struct sr_pack *p, const struct sr_block *b)
{
	bool by_thread;

	sr_pack_begin(p, SR_STREAM_CPU);
	memset(p->last, 0, b->nthreads * sizeof(*p->last));
	for (uint32_t i = 0; i < b->n; i++) {
		uint64_t *last = &p->last[b->thread[i]];

		p->a[i] = b->cpu[i];
		p->b[i] = sr_zigzag(p->a[i] - *last);
		*last = p->a[i];
	}
	if (sr_pack_holds(&p->cpu, b->n)) {
		by_thread = p->cpu.what;
	} else {
		by_thread = sr_col_cost(p->cp, p->b, b->n) < sr_col_cost(p->cp, p->a, b->n);
		sr_pack_choose(&p->cpu, by_thread, b->n);
	}
	sr_buf_putc(&p->raw, by_thread ? SR_ORDER_THREAD : SR_ORDER_PLAIN);
	return sr_pack_end(p, sr_pack_column(p, by_thread ? p->b : p->a, b->n));
}

static int put_flags(struct sr_pack *p, const struct sr_block *b)
{
	sr_pack_begin(p, SR_STREAM_TYPE_FLAGS);
	for (uint32_t i = 0; i < b->n; i++)
		p->a[i] = b->flags[p->rows[i]];
	return sr_pack_end(p, put_by_type(p, b, p->a));
}

static int put_dur(struct sr_pack *p, const struct sr_block *b)
{
	sr_pack_begin(p, SR_STREAM_CONTEXT_DUR);
	for (uint32_t i = 0; i < b->n; i++)
		p->a[i] = b->dur[p->context.rows[i]];
	return sr_pack_end(p, put_by_context(p, b, p->a));
}

/* Time between calls of a thread; of its first one, since the event before in the block. */
static int put_time(struct sr_pack *p, const struct sr_block *b)
{
	uint64_t first = b->n ? b->time[0] - b->dur[0] : 0, before = first;

	memset(p->last, 0xff, b->nthreads * sizeof(*p->last));
	for (uint32_t i = 0; i < b->n; i++) {
		uint64_t *last = &p->last[b->thread[i]];

		p->a[i] = b->time[i] - b->dur[i] - (*last == UINT64_MAX ? before : *last);
		before = *last = b->time[i];
	}
	for (uint32_t i = 0; i < b->n; i++)
		p->b[i] = p->a[p->context.rows[i]];
	sr_pack_begin(p, SR_STREAM_TIME);
	sr_buf_putc(&p->raw, SR_ORDER_CONTEXT);
	sr_put_varint(&p->raw, first);
	return sr_pack_end(p, put_by_context(p, b, p->b));
}

static int put_ret(struct sr_pack *p, const struct sr_block *b)
{
	sr_pack_begin(p, SR_STREAM_RET);
	for (uint32_t i = 0; i < b->n; i++)
		p->a[i] = (uint64_t)b->ret[p->rows[i]];
	return sr_pack_end(p, put_by_type(p, b, p->a));
}

/* 0: none; else one more than the zigzag difference from the thread's last file. */
static void files_by_thread(struct sr_pack *p, const struct sr_block *b)
{
	memset(p->last, 0, b->nthreads * sizeof(*p->last));
	for (uint32_t i = 0; i < b->n; i++) {
		uint64_t *last = &p->last[b->thread[i]];
		uint64_t file = b->file[i];

		p->b[p->start[b->type[i]] + b->nth[i]] = file ? 1 + sr_zigzag(file - *last) : 0;
		*last = file ? file : *last;
	}
}

static int put_file(struct sr_pack *p, const struct sr_block *b)
{
	bool by_thread;

	sr_pack_begin(p, SR_STREAM_FILE);
	for (uint32_t i = 0; i < b->n; i++)
		p->a[i] = b->file[p->rows[i]];
	files_by_thread(p, b);
	if (sr_pack_holds(&p->file, b->n)) {
		by_thread = p->file.what;
	} else {
		by_thread = cost_by_type(p, b, p->b) < cost_by_type(p, b, p->a);
		sr_pack_choose(&p->file, by_thread, b->n);
	}
	sr_buf_putc(&p->raw, by_thread ? SR_ORDER_THREAD : SR_ORDER_PLAIN);
	return sr_pack_end(p, put_by_type(p, b, by_thread ? p->b : p->a));
}

/* What is looked at first stands first. */
int sr_pack_rows(struct sr_pack *p, const struct sr_block *b)
{
	static int (*const puts[])(struct sr_pack *, const struct sr_block *) = {
		put_types, put_threads_column, put_cpu, put_flags, put_time, put_dur,
		put_ret,   put_file,
	};
	int rc = 0;

	for (size_t i = 0; i < sizeof(puts) / sizeof(puts[0]) && rc == 0; i++)
		rc = puts[i](p, b);
	return rc;
}
