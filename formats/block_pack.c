/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a block as streams of columns. Columns that depend on the type of an event are
 * laid out type by type, so that each has values of one sort; then each is stored as its
 * difference from what another column already tells. */
#include "formats/block_pack.h"
#include "formats/block_limits.h"
#include "formats/colpack.h"

#include <errno.h>
#include <stdlib.h>
#include <zstd.h>

#define DEFAULT_LEVEL 1

/* Below so many bytes in all, everything is compressed as one: a reader that wants one
 * column loses little, and the file wins. */
#define ONE_GROUP     (32u << 10)
/* Streams below this share a group with their neighbours. */
#define SMALL_STREAM  (2u << 10)

struct stream {
	enum sr_stream id;
	size_t at, len; /* in raw */
};

struct sr_pack {
	struct sr_colpack *cp;
	ZSTD_CCtx *zstd;
	struct sr_buf raw; /* all streams */
	struct stream streams[SR_STREAM_END];
	size_t nstreams;
	uint32_t *rows;	     /* rows of the block, type by type */
	uint32_t *start;     /* first of a type's in @rows */
	uint64_t *a, *b, *c; /* work columns, as long as the block or its largest dictionary */
	uint64_t *last;	     /* by thread, or by file */
	size_t work_cap, start_cap;
	struct sr_pack_stats stats;
};

/* Levels out of range are clamped by zstd; between two blocks this cannot fail. */
void sr_pack_set_level(struct sr_pack *p, int level)
{
	(void)ZSTD_CCtx_reset(p->zstd, ZSTD_reset_session_only);
	(void)ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_compressionLevel,
				     level ? level : DEFAULT_LEVEL);
}

int sr_pack_new(struct sr_pack **out, int level)
{
	struct sr_pack *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->zstd = ZSTD_createCCtx();
	if (!p->zstd || sr_colpack_new(&p->cp) < 0)
		goto fail;
	sr_pack_set_level(p, level);
	/* Lengths stand in our own tables. */
	(void)ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_contentSizeFlag, 0);
	*out = p;
	return 0;

fail:
	sr_pack_free(p);
	return -ENOMEM;
}

static void free_work(struct sr_pack *p)
{
	free(p->rows);
	free(p->a);
	free(p->b);
	free(p->c);
	free(p->last);
	p->rows = NULL;
	p->a = p->b = p->c = p->last = NULL;
	p->work_cap = 0;
}

void sr_pack_free(struct sr_pack *p)
{
	if (!p)
		return;
	free_work(p);
	free(p->start);
	sr_buf_free(&p->raw);
	ZSTD_freeCCtx(p->zstd);
	sr_colpack_free(p->cp);
	free(p);
}

const struct sr_pack_stats *sr_pack_stats(const struct sr_pack *p)
{
	return &p->stats;
}

static int make_work(struct sr_pack *p, const struct sr_block *b)
{
	size_t n = b->n, types = (size_t)b->ntypes + 1;
	uint32_t *start;

	n = n < b->nthreads ? b->nthreads : n;
	n = n < b->nfiles ? b->nfiles : n;
	n = n < b->ncgroups ? b->ncgroups : n;
	n = n < b->nstrs ? b->nstrs : n;
	if (n > p->work_cap) {
		free_work(p);
		p->rows = malloc(n * sizeof(*p->rows));
		p->a = malloc(n * sizeof(*p->a));
		p->b = malloc(n * sizeof(*p->b));
		p->c = malloc(n * sizeof(*p->c));
		p->last = malloc(n * sizeof(*p->last));
		if (!p->rows || !p->a || !p->b || !p->c || !p->last) {
			free_work(p);
			return -ENOMEM;
		}
		p->work_cap = n;
	}
	if (types > p->start_cap) {
		start = realloc(p->start, types * sizeof(*start));
		if (!start)
			return -ENOMEM;
		p->start = start;
		p->start_cap = types;
	}
	return 0;
}

static void sort_rows(struct sr_pack *p, const struct sr_block *b)
{
	p->start[0] = 0;
	for (uint32_t t = 0; t < b->ntypes; t++)
		p->start[t + 1] = p->start[t] + b->types[t].nrows;
	for (uint32_t i = 0; i < b->n; i++)
		p->rows[p->start[b->type[i]] + b->nth[i]] = i;
}

static void begin_stream(struct sr_pack *p, enum sr_stream id)
{
	p->streams[p->nstreams].id = id;
	p->streams[p->nstreams].at = p->raw.len;
	sr_colpack_cut(p->cp, p->raw.len);
}

static int end_stream(struct sr_pack *p, int rc)
{
	struct stream *s = &p->streams[p->nstreams++];

	s->len = p->raw.len - s->at;
	p->stats.raw[s->id] = s->len;
	return rc < 0 || p->raw.oom ? -ENOMEM : 0;
}

static int put_column(struct sr_pack *p, const uint64_t *v, uint32_t n)
{
	return sr_col_encode(p->cp, &p->raw, v, n);
}

/* One column for each type, of values that stand type by type. */
static int put_by_type(struct sr_pack *p, const struct sr_block *b, const uint64_t *v)
{
	for (uint32_t t = 0; t < b->ntypes; t++)
		if (put_column(p, v + p->start[t], b->types[t].nrows) < 0)
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

static int put_types(struct sr_pack *p, const struct sr_block *b)
{
	begin_stream(p, SR_STREAM_TYPE);
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
	return end_stream(p, put_column(p, p->a, b->n));
}

static int put_threads_column(struct sr_pack *p, const struct sr_block *b)
{
	begin_stream(p, SR_STREAM_THREAD);
	for (uint32_t i = 0; i < b->n; i++)
		p->a[i] = b->thread[i];
	return end_stream(p, put_column(p, p->a, b->n));
}

static int put_flags(struct sr_pack *p, const struct sr_block *b)
{
	begin_stream(p, SR_STREAM_FLAGS);
	for (uint32_t i = 0; i < b->n; i++)
		p->a[i] = b->flags[i];
	return end_stream(p, put_column(p, p->a, b->n));
}

static int put_cpu(struct sr_pack *p, const struct sr_block *b)
{
	bool by_thread;

	begin_stream(p, SR_STREAM_CPU);
	memset(p->last, 0, b->nthreads * sizeof(*p->last));
	for (uint32_t i = 0; i < b->n; i++) {
		uint64_t *last = &p->last[b->thread[i]];

		p->a[i] = b->cpu[i];
		p->b[i] = sr_zigzag(p->a[i] - *last);
		*last = p->a[i];
	}
	by_thread = sr_col_cost(p->cp, p->b, b->n) < sr_col_cost(p->cp, p->a, b->n);
	sr_buf_putc(&p->raw, by_thread ? SR_ORDER_THREAD : SR_ORDER_PLAIN);
	return end_stream(p, put_column(p, by_thread ? p->b : p->a, b->n));
}

/* Times beside the two predictions: time between calls, of all and of the thread. */
static void make_gaps(struct sr_pack *p, const struct sr_block *b)
{
	uint64_t before = b->n ? b->time[0] - b->dur[0] : 0;

	memset(p->last, 0xff, b->nthreads * sizeof(*p->last));
	for (uint32_t i = 0; i < b->n; i++) {
		uint64_t *last = &p->last[b->thread[i]];
		uint64_t start = b->time[i] - b->dur[i];

		p->a[i] = b->time[i];
		p->b[i] = start - before;
		p->c[i] = start - (*last == UINT64_MAX ? before : *last);
		before = *last = b->time[i];
	}
}

static int put_time(struct sr_pack *p, const struct sr_block *b)
{
	enum sr_order order = SR_ORDER_PLAIN;
	const uint64_t *v = p->a;
	double cost, best;

	begin_stream(p, SR_STREAM_TIME);
	make_gaps(p, b);
	best = sr_col_cost(p->cp, p->a, b->n);
	cost = sr_col_cost(p->cp, p->b, b->n);
	if (cost < best) {
		best = cost;
		order = SR_ORDER_GAP;
		v = p->b;
	}
	if (b->nthreads > 2 && sr_col_cost(p->cp, p->c, b->n) < best) {
		order = SR_ORDER_THREAD;
		v = p->c;
	}
	sr_buf_putc(&p->raw, (char)order);
	if (order != SR_ORDER_PLAIN)
		sr_put_varint(&p->raw, b->time[0] - b->dur[0]);
	return end_stream(p, put_column(p, v, b->n));
}

static int put_dur(struct sr_pack *p, const struct sr_block *b)
{
	begin_stream(p, SR_STREAM_DUR);
	for (uint32_t i = 0; i < b->n; i++)
		p->a[i] = b->dur[p->rows[i]];
	return end_stream(p, put_by_type(p, b, p->a));
}

static int put_ret(struct sr_pack *p, const struct sr_block *b)
{
	begin_stream(p, SR_STREAM_RET);
	for (uint32_t i = 0; i < b->n; i++)
		p->a[i] = (uint64_t)b->ret[p->rows[i]];
	return end_stream(p, put_by_type(p, b, p->a));
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

	begin_stream(p, SR_STREAM_FILE);
	for (uint32_t i = 0; i < b->n; i++)
		p->a[i] = b->file[p->rows[i]];
	files_by_thread(p, b);
	by_thread = cost_by_type(p, b, p->b) < cost_by_type(p, b, p->a);
	sr_buf_putc(&p->raw, by_thread ? SR_ORDER_THREAD : SR_ORDER_PLAIN);
	return end_stream(p, put_by_type(p, b, by_thread ? p->b : p->a));
}

/* ---- arguments ---- */

static bool all_zero(const uint64_t *v, uint32_t n)
{
	uint64_t all = 0;

	for (uint32_t i = 0; i < n; i++)
		all |= v[i];
	return !all;
}

/* p->b = p->a less the prediction, if that is cheaper than @best; tells which it is. */
static void try_pred(struct sr_pack *p, const struct sr_pred_rows *rows, unsigned int pred,
		     uint64_t param, unsigned int *chosen, double *best)
{
	uint32_t n = rows->t->nrows;
	double cost;

	if (*best <= 0 || !sr_pred_fill(rows, pred, param, p->c))
		return;
	for (uint32_t i = 0; i < n; i++)
		p->c[i] = p->a[i] - p->c[i];
	cost = all_zero(p->c, n) ? 0 : sr_col_cost(p->cp, p->c, n);
	if (cost < *best) {
		uint64_t *swap = p->b;

		p->b = p->c;
		p->c = swap;
		*best = cost;
		*chosen = pred;
	}
}

/* The values of p->a, stored as the best of some predictions leaves them. */
static int put_predicted(struct sr_pack *p, const struct sr_pred_rows *rows, const uint8_t *preds,
			 size_t npreds, uint64_t param)
{
	unsigned int pred = SR_PRED_NONE;
	uint32_t n = rows->t->nrows;
	double best;

	if (all_zero(p->a, n)) {
		sr_buf_putc(&p->raw, SR_PRED_ZERO);
		return 0;
	}
	best = npreds ? sr_col_cost(p->cp, p->a, n) : 0;
	for (size_t i = 0; i < npreds; i++)
		try_pred(p, rows, preds[i], param, &pred, &best);
	sr_buf_putc(&p->raw, (char)pred);
	if (pred == SR_PRED_CAPPED)
		sr_put_varint(&p->raw, param);
	return put_column(p, pred == SR_PRED_NONE ? p->a : p->b, n);
}

static void widen(uint64_t *to, const uint32_t *from, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		to[i] = from[i];
}

static int put_file_ref(struct sr_pack *p, struct sr_pred_rows *rows)
{
	static const uint8_t preds[] = { SR_PRED_FILE };

	widen(p->a, rows->t->cols[rows->arg].ref, rows->t->nrows);
	return put_predicted(p, rows, preds, 1, 0);
}

/* Value of an fd: as a rule that of the argument before with the same file. */
static int put_fd(struct sr_pack *p, const struct sr_col *c, uint32_t n)
{
	bool last_fd;

	for (uint32_t i = 0; i < n; i++) {
		p->b[i] = c->val[i] - p->last[c->ref[i]];
		p->last[c->ref[i]] = c->val[i];
	}
	last_fd = all_zero(p->b, n) || sr_col_cost(p->cp, p->b, n) < sr_col_cost(p->cp, c->val, n);
	sr_buf_putc(&p->raw, last_fd ? SR_PRED_LAST_FD : SR_PRED_NONE);
	return put_column(p, last_fd ? p->b : c->val, n);
}

static int put_val(struct sr_pack *p, struct sr_pred_rows *rows)
{
	static const uint8_t preds[] = { SR_PRED_RET };
	const struct sr_col *c = &rows->t->cols[rows->arg];
	enum sr_class cls = rows->t->cls[rows->arg];

	if (cls == SR_CLASS_FILE)
		return put_fd(p, c, rows->t->nrows);
	memcpy(p->a, c->val, rows->t->nrows * sizeof(*p->a));
	return put_predicted(p, rows, preds, cls == SR_CLASS_NUM, 0);
}

static int put_status(struct sr_pack *p, struct sr_pred_rows *rows)
{
	for (uint32_t i = 0; i < rows->t->nrows; i++)
		p->a[i] = rows->t->cols[rows->arg].status[i];
	return put_predicted(p, rows, NULL, 0, 0);
}

static int put_str(struct sr_pack *p, struct sr_pred_rows *rows)
{
	static const uint8_t preds[] = { SR_PRED_STRLEN };
	const struct sr_col *c = &rows->t->cols[rows->arg];

	widen(p->a, c->ref, rows->t->nrows);
	if (put_predicted(p, rows, NULL, 0, 0) < 0)
		return -ENOMEM;
	widen(p->a, c->truelen, rows->t->nrows);
	return put_predicted(p, rows, preds, 1, 0);
}

static int put_lengths(struct sr_pack *p, struct sr_pred_rows *rows)
{
	static const uint8_t len_preds[] = { SR_PRED_CAPPED };
	const struct sr_col *c = &rows->t->cols[rows->arg];
	uint8_t preds[1 + SR_MAX_ARGS] = { SR_PRED_RET };
	size_t npreds = 1;
	uint64_t cap = 0;

	for (unsigned int k = 0; k < rows->t->ncols; k++)
		if (rows->t->cls[k] == SR_CLASS_NUM)
			preds[npreds++] = (uint8_t)(SR_PRED_ARG + k);
	widen(p->a, c->truelen, rows->t->nrows);
	if (put_predicted(p, rows, preds, npreds, 0) < 0)
		return -ENOMEM;
	for (uint32_t i = 0; i < rows->t->nrows; i++)
		cap = c->len[i] > cap ? c->len[i] : cap;
	widen(p->a, c->len, rows->t->nrows);
	return put_predicted(p, rows, len_preds, 1, cap);
}

static int put_data(struct sr_pack *p, struct sr_pred_rows *rows)
{
	switch (rows->t->cls[rows->arg]) {
	case SR_CLASS_STR:
		if (put_str(p, rows) < 0)
			return -ENOMEM;
		break;
	case SR_CLASS_BYTES:
		if (put_lengths(p, rows) < 0)
			return -ENOMEM;
		break;
	case SR_CLASS_NUM:
		return 0;
	default:
		break;
	}
	return put_status(p, rows);
}

/* Files first, then values, then what may be predicted from both. */
static int put_type_args(struct sr_pack *p, const struct sr_block *b, uint32_t type)
{
	const struct sr_block_type *t = &b->types[type];
	struct sr_pred_rows rows = { b, t, p->rows + p->start[type], 0 };
	int rc = 0;

	if (!t->nrows)
		return 0;
	for (rows.arg = 0; rows.arg < t->ncols && !rc; rows.arg++)
		if (t->cls[rows.arg] == SR_CLASS_FILE)
			rc = put_file_ref(p, &rows);
	for (rows.arg = 0; rows.arg < t->ncols && !rc; rows.arg++)
		rc = put_val(p, &rows);
	for (rows.arg = 0; rows.arg < t->ncols && !rc; rows.arg++)
		rc = put_data(p, &rows);
	return rc;
}

static int put_args(struct sr_pack *p, const struct sr_block *b)
{
	int rc = 0;

	begin_stream(p, SR_STREAM_ARGS);
	memset(p->last, 0, b->nfiles * sizeof(*p->last));
	for (uint32_t t = 0; t < b->ntypes && !rc; t++)
		rc = put_type_args(p, b, t);
	return end_stream(p, rc);
}

/* Payloads in the order of the columns that have their lengths: offsets need not be stored. */
static int put_heap(struct sr_pack *p, const struct sr_block *b)
{
	begin_stream(p, SR_STREAM_HEAP);
	for (uint32_t t = 0; t < b->ntypes; t++) {
		const struct sr_block_type *type = &b->types[t];

		for (uint32_t k = 0; k < type->ncols; k++) {
			const struct sr_col *c = &type->cols[k];

			if (type->cls[k] != SR_CLASS_BYTES)
				continue;
			for (uint32_t i = 0; i < type->nrows; i++)
				if (c->len[i])
					sr_buf_put(&p->raw, b->heap + c->ref[i], c->len[i]);
		}
	}
	return end_stream(p, 0);
}

/* ---- dictionaries ---- */

static int put_strs(struct sr_pack *p, const struct sr_block *b)
{
	int rc;

	begin_stream(p, SR_STREAM_STRS);
	for (uint32_t i = 1; i < b->nstrs; i++)
		p->a[i - 1] = b->strs[i].len;
	rc = put_column(p, p->a, b->nstrs - 1);
	sr_colpack_cut(p->cp, p->raw.len);
	for (uint32_t i = 1; i < b->nstrs; i++)
		sr_buf_put(&p->raw, b->strs[i].p, b->strs[i].len);
	return end_stream(p, rc);
}

static uint64_t member_of(const uint8_t *entry, const struct sr_member *m)
{
	uint64_t v = 0;

	memcpy(&v, entry + m->offset, m->size);
	return v;
}

/* Entry 0 means nothing and is not stored. Each member: its number, then its column;
 * number 0 ends. Members that are zero in all entries are left out. */
static int put_dict(struct sr_pack *p, const struct sr_dict *d, const void *entries, uint32_t n)
{
	begin_stream(p, d->stream);
	for (size_t m = 0; m < d->nmembers; m++) {
		const uint8_t *e = entries;

		for (uint32_t i = 1; i < n; i++)
			p->a[i - 1] = member_of(e + i * d->entry, &d->members[m]);
		if (all_zero(p->a, n - 1))
			continue;
		sr_buf_putc(&p->raw, (char)d->members[m].number);
		if (put_column(p, p->a, n - 1) < 0)
			return -ENOMEM;
	}
	sr_buf_putc(&p->raw, 0);
	return end_stream(p, 0);
}

/* ---- compression ---- */

/* Compress a run of streams; the pieces between two cuts get entropy tables of their own. */
static int compress(struct sr_pack *p, size_t at, size_t end, struct sr_buf *out)
{
	size_t ncuts, bound = ZSTD_compressBound(end - at) + 512;
	const size_t *cuts = sr_colpack_cuts(p->cp, &ncuts);
	ZSTD_inBuffer in = { p->raw.p + at, 0, 0 };
	ZSTD_outBuffer to = { 0 };
	size_t rc = 0;

	(void)ZSTD_CCtx_reset(p->zstd, ZSTD_reset_session_only);
	(void)ZSTD_CCtx_setPledgedSrcSize(p->zstd, end - at);
	for (size_t i = 0; i <= ncuts; i++) {
		size_t cut = i < ncuts ? cuts[i] : end;

		if (i < ncuts &&
		    (cut < at + in.size + SR_COL_CUT_MIN || cut + SR_COL_CUT_MIN > end))
			continue;
		in.size = cut - at;
		bound = ZSTD_compressBound(in.size - in.pos) + 512;
		do {
			if (!sr_buf_reserve(out, bound))
				return -ENOMEM;
			to = (ZSTD_outBuffer){ out->p + out->len, bound, 0 };
			rc = ZSTD_compressStream2(p->zstd, &to, &in,
						  i < ncuts ? ZSTD_e_flush : ZSTD_e_end);
			if (ZSTD_isError(rc))
				return -ENOMEM; /* nothing else can go wrong with these inputs */
			out->len += to.pos;
		} while (rc || in.pos < in.size);
	}
	return 0;
}

static void put_u16(uint8_t *to, uint16_t v)
{
	memcpy(to, &v, sizeof(v));
}

static void put_u32(uint8_t *to, uint32_t v)
{
	memcpy(to, &v, sizeof(v));
}

/* Streams @first to @last, compressed if that makes them shorter. */
static int put_group(struct sr_pack *p, size_t first, size_t last, struct sr_buf *out,
		     uint8_t *entry)
{
	size_t at = p->streams[first].at, end = p->streams[last].at + p->streams[last].len;
	size_t was = out->len, packed;

	entry[10] = SR_CODEC_ZSTD;
	if (end > at && compress(p, at, end, out) < 0)
		return -ENOMEM;
	if (out->len - was >= end - at) {
		out->len = was;
		sr_buf_put(out, p->raw.p + at, end - at);
		entry[10] = SR_CODEC_STORED;
	}
	packed = out->len - was;
	put_u32(entry, (uint32_t)packed);
	put_u32(entry + 4, (uint32_t)(end - at));
	put_u16(entry + 8, (uint16_t)(last - first + 1));
	entry[11] = 0;
	for (size_t i = first; i <= last; i++)
		p->stats.packed[p->streams[i].id] =
			end > at ? packed * p->streams[i].len / (end - at) : 0;
	return out->oom ? -ENOMEM : 0;
}

/* Last stream of the group that begins with @first. */
static size_t group_end(const struct sr_pack *p, size_t first)
{
	size_t last = first;

	if (p->raw.len < ONE_GROUP)
		return p->nstreams - 1;
	if (p->streams[first].len >= SMALL_STREAM)
		return first;
	while (last + 1 < p->nstreams && p->streams[last + 1].len < SMALL_STREAM)
		last++;
	return last;
}

static int put_groups(struct sr_pack *p, const struct sr_block *b, struct sr_buf *out)
{
	uint8_t head[SR_BLOCK_HEAD], groups[SR_STREAM_END * SR_GROUP_ENTRY];
	uint8_t streams[SR_STREAM_END * SR_STREAM_ENTRY];
	size_t at = out->len, tables, ngroups = 0;

	for (size_t first = 0, last; first < p->nstreams; first = last + 1, ngroups++)
		last = group_end(p, first);
	tables = sizeof(head) + ngroups * SR_GROUP_ENTRY + p->nstreams * SR_STREAM_ENTRY;
	if (!sr_buf_reserve(out, tables))
		return -ENOMEM;
	out->len += tables;
	for (size_t first = 0, last, g = 0; first < p->nstreams; first = last + 1, g++) {
		last = group_end(p, first);
		if (put_group(p, first, last, out, groups + g * SR_GROUP_ENTRY) < 0)
			return -ENOMEM;
	}
	for (size_t i = 0; i < p->nstreams; i++) {
		put_u16(streams + i * SR_STREAM_ENTRY, (uint16_t)p->streams[i].id);
		put_u16(streams + i * SR_STREAM_ENTRY + 2, 0);
		put_u32(streams + i * SR_STREAM_ENTRY + 4, (uint32_t)p->streams[i].len);
	}
	put_u32(head, b->ntypes);
	put_u32(head + 4, b->nthreads);
	put_u32(head + 8, b->nfiles);
	put_u32(head + 12, b->ncgroups);
	put_u32(head + 16, b->nstrs);
	put_u16(head + 20, (uint16_t)ngroups);
	put_u16(head + 22, (uint16_t)p->nstreams);
	memcpy(out->p + at, head, sizeof(head));
	memcpy(out->p + at + sizeof(head), groups, ngroups * SR_GROUP_ENTRY);
	memcpy(out->p + at + sizeof(head) + ngroups * SR_GROUP_ENTRY, streams,
	       p->nstreams * SR_STREAM_ENTRY);
	return 0;
}

/* What is looked at first stands first. */
static int put_streams(struct sr_pack *p, const struct sr_block *b)
{
	if (put_types(p, b) < 0 || put_threads_column(p, b) < 0 || put_cpu(p, b) < 0 ||
	    put_flags(p, b) < 0 || put_time(p, b) < 0 || put_dur(p, b) < 0 || put_ret(p, b) < 0 ||
	    put_file(p, b) < 0 || put_strs(p, b) < 0 ||
	    put_dict(p, &sr_dicts[0], b->threads, b->nthreads) < 0 ||
	    put_dict(p, &sr_dicts[1], b->files, b->nfiles) < 0 ||
	    put_dict(p, &sr_dicts[2], b->cgroups, b->ncgroups) < 0 || put_args(p, b) < 0)
		return -ENOMEM;
	return put_heap(p, b);
}

static int too_large(struct sr_err *err)
{
	return sr_err_set(err, -EFBIG, SR_NO_POS, "the block is larger than a file allows");
}

int sr_pack_check(const struct sr_block *b, struct sr_err *err)
{
	if (b->n <= SR_BLOCK_MAX_EVENTS && b->ntypes <= SR_BLOCK_MAX_TYPES &&
	    b->nthreads <= SR_BLOCK_MAX_ENTRIES && b->nfiles <= SR_BLOCK_MAX_ENTRIES &&
	    b->ncgroups <= SR_BLOCK_MAX_ENTRIES && b->nstrs <= SR_BLOCK_MAX_STRINGS)
		return 0;
	return too_large(err);
}

int sr_pack_block(struct sr_pack *p, struct sr_block *b, struct sr_buf *out, uint64_t *raw_len,
		  struct sr_err *err)
{
	size_t was = out->len;
	int rc;

	rc = sr_block_load(b, SR_NEED_ALL, err);
	if (rc == 0)
		rc = sr_pack_check(b, err);
	if (rc < 0)
		return rc;
	p->nstreams = 0;
	p->raw.len = 0;
	memset(&p->stats, 0, sizeof(p->stats));
	sr_colpack_cuts_clear(p->cp);
	if (make_work(p, b) < 0)
		goto oom;
	sort_rows(p, b);
	if (put_streams(p, b) < 0 || p->raw.len > SR_FRAME_MAX_RAW || put_groups(p, b, out) < 0)
		goto oom;
	if (out->len - was > SR_FRAME_MAX_PAYLOAD) {
		out->len = was;
		return too_large(err);
	}
	*raw_len = p->raw.len;
	return 0;

oom:
	p->raw.oom = false; /* a smaller block may fit */
	out->len = was;
	return sr_err_set(err, -ENOMEM, SR_NO_POS, "no memory to pack a block of %u events", b->n);
}
