/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the columns of arguments, and payloads. */
#include "formats/block_unpack_impl.h"

#include <errno.h>

struct args {
	struct sr_unpack *u;
	struct sr_cur c;
	struct sr_pred_rows rows;
	uint64_t *v, *pred; /* work columns */
	uint64_t *last_fd;  /* by file */
	uint64_t *recent;   /* by thread or file; all 0 but while a column is predicted */
	uint64_t heap;	    /* bytes given out so far */
	struct sr_cur repeats;
	struct record {
		uint32_t at, len;
	} * records; /* payloads that are not repeats; NULL: no payload is one */
	uint32_t nrecords;
};

static void add_last(struct args *a, const uint32_t *key, uint32_t n)
{
	const uint32_t *rows = a->rows.rows;

	for (uint32_t i = 0; i < n; i++) {
		uint64_t *last = &a->recent[key[rows[i]]];

		*last = a->v[i] += *last;
	}
	for (uint32_t i = 0; i < n; i++)
		a->recent[key[rows[i]]] = 0;
}

/* One column of the current argument, as 64-bit values in a->v. */
static int get_predicted(struct args *a, uint32_t n)
{
	unsigned int pred = sr_cur_u8(&a->c);
	uint64_t param = pred == SR_PRED_CAPPED ? sr_get_varint(&a->c) : 0;
	const uint32_t *key;

	if (a->c.bad)
		return -EBADMSG;
	if (pred == SR_PRED_ZERO) {
		memset(a->v, 0, n * sizeof(*a->v));
		return 0;
	}
	if (sr_col_decode(&a->c, a->v, sizeof(*a->v), n) < 0)
		return -EBADMSG;
	if (pred == SR_PRED_NONE)
		return 0;
	key = sr_pred_key(&a->rows, pred);
	if (key) {
		add_last(a, key, n);
		return 0;
	}
	if (!sr_pred_fill(&a->rows, pred, param, a->pred))
		return -EBADMSG;
	for (uint32_t i = 0; i < n; i++)
		a->v[i] += a->pred[i];
	return 0;
}

/* The same as 32-bit values below @limit. */
static int get_predicted_u32(struct args *a, uint32_t **out, uint64_t limit)
{
	uint32_t n = a->rows.t->nrows, *to = sr_unpack_make(a->u, n, sizeof(*to));
	uint64_t max = 0;

	if (!to)
		return -ENOMEM;
	if (get_predicted(a, n) < 0)
		return -EBADMSG;
	for (uint32_t i = 0; i < n; i++) {
		max = a->v[i] > max ? a->v[i] : max;
		to[i] = (uint32_t)a->v[i];
	}
	*out = to;
	return max >= limit ? -EBADMSG : 0;
}

static int get_status(struct args *a, struct sr_col *c)
{
	uint32_t n = a->rows.t->nrows;

	c->status = sr_unpack_make(a->u, n, sizeof(*c->status));
	if (!c->status)
		return -ENOMEM;
	if (get_predicted(a, n) < 0)
		return -EBADMSG;
	for (uint32_t i = 0; i < n; i++) /* a newer writer may know more reasons */
		c->status[i] = a->v[i] <= SR_UNKNOWN ? (uint8_t)a->v[i] : SR_UNKNOWN;
	return 0;
}

static int get_fd(struct args *a, struct sr_col *c, uint32_t n)
{
	unsigned int pred = sr_cur_u8(&a->c);

	if (a->c.bad || (pred != SR_PRED_NONE && pred != SR_PRED_LAST_FD) ||
	    sr_col_decode(&a->c, c->val, sizeof(*c->val), n) < 0)
		return -EBADMSG;
	for (uint32_t i = 0; i < n; i++) {
		uint64_t *last = &a->last_fd[c->ref[i]];

		*last = pred == SR_PRED_LAST_FD ? *last + c->val[i] : c->val[i];
		c->val[i] = *last;
	}
	return 0;
}

static int get_val(struct args *a, struct sr_col *c, enum sr_class cls)
{
	uint32_t n = a->rows.t->nrows;
	uint64_t *val = sr_unpack_make(a->u, n, sizeof(*val));

	if (!val)
		return -ENOMEM;
	c->val = val;
	if (cls == SR_CLASS_FILE)
		return get_fd(a, c, n);
	if (get_predicted(a, n) < 0)
		return -EBADMSG;
	memcpy(val, a->v, n * sizeof(*val));
	return 0;
}

/* Offsets follow from the lengths: payloads lie one behind the other. */
static int place_bytes(struct args *a, struct sr_col *c)
{
	for (uint32_t i = 0; i < a->rows.t->nrows; i++) {
		c->ref[i] = (uint32_t)a->heap;
		a->heap += c->len[i];
		if (a->heap > a->u->b.heap_len)
			return -EBADMSG;
	}
	return 0;
}

/* One that is new lies behind those before; @news counts them. */
static int place_new(struct args *a, struct sr_unpack_news *news, uint32_t len)
{
	a->records[a->nrecords++] = (struct record){ (uint32_t)a->heap, len };
	news->size = news->n && news->size != len ? 0 : len;
	news->n++;
	news->bytes += len;
	a->heap += len;
	return a->heap > SR_BLOCK_MAX_HEAP ? -EBADMSG : 0;
}

/* The same where equal payloads stand once: the column says how far back. */
static int place_records(struct args *a, struct sr_col *c)
{
	struct sr_unpack_news *news = &a->u->news[a->u->nnews++];
	uint32_t n = a->rows.t->nrows, m = 0;
	uint64_t *back = a->pred;

	*news = (struct sr_unpack_news){ 0 };
	for (uint32_t i = 0; i < n; i++)
		m += c->len[i] > 0;
	if (sr_col_decode(&a->repeats, back, sizeof(*back), m) < 0)
		return -EBADMSG;
	for (uint32_t i = 0; i < n; i++) {
		c->ref[i] = 0;
		if (!c->len[i])
			continue;
		if (*back > a->nrecords ||
		    (*back && a->records[a->nrecords - *back].len != c->len[i]))
			return -EBADMSG;
		c->ref[i] = *back ? a->records[a->nrecords - *back].at : (uint32_t)a->heap;
		if (!*back++ && place_new(a, news, c->len[i]) < 0)
			return -EBADMSG;
	}
	return 0;
}

static int get_bytes(struct args *a, struct sr_col *c)
{
	const uint64_t any = 1ull << 32;
	int rc = get_predicted_u32(a, &c->truelen, any);

	if (rc == 0)
		rc = get_predicted_u32(a, &c->len, any);
	if (rc < 0)
		return rc;
	c->ref = sr_unpack_make(a->u, a->rows.t->nrows, sizeof(*c->ref));
	if (!c->ref)
		return -ENOMEM;
	return a->records ? place_records(a, c) : place_bytes(a, c);
}

static int get_data(struct args *a, struct sr_col *c, enum sr_class cls)
{
	const uint64_t any = 1ull << 32;
	int rc = 0;

	switch (cls) {
	case SR_CLASS_NUM:
		return 0;
	case SR_CLASS_FILE:
		break;
	case SR_CLASS_STR:
		rc = get_predicted_u32(a, &c->ref, a->u->b.nstrs);
		if (!rc)
			rc = get_predicted_u32(a, &c->truelen, any);
		break;
	case SR_CLASS_BYTES:
		rc = get_bytes(a, c);
		break;
	}
	return rc ? rc : get_status(a, c);
}

static int get_type_args(struct args *a, struct sr_block_type *t)
{
	unsigned int *arg = &a->rows.arg;
	int rc = 0;

	for (*arg = 0; *arg < t->ncols && !rc; ++*arg)
		if (t->cls[*arg] == SR_CLASS_FILE)
			rc = get_predicted_u32(a, &t->cols[*arg].ref, a->u->b.nfiles);
	for (*arg = 0; *arg < t->ncols && !rc; ++*arg)
		rc = get_val(a, &t->cols[*arg], t->cls[*arg]);
	for (*arg = 0; *arg < t->ncols && !rc; ++*arg)
		rc = get_data(a, &t->cols[*arg], t->cls[*arg]);
	return rc;
}

/* Tables of the payloads, if equal ones stand once. */
static int begin_records(struct args *a)
{
	struct sr_unpack *u = a->u;
	const struct sr_block *b = &u->b;
	size_t args = 0, rows = 0;

	if (!sr_unpack_has(u, SR_STREAM_PAYLOADS)) {
		u->b.heap_len = u->streams[SR_STREAM_HEAP].len;
		return 0;
	}
	for (const struct sr_block_type *t = b->types; t < b->types + b->ntypes; t++)
		for (uint32_t k = 0; k < t->ncols; k++)
			if (t->nrows && t->cls[k] == SR_CLASS_BYTES) {
				args++;
				rows += t->nrows;
			}
	u->nnews = 0;
	u->news = sr_unpack_make(u, args, sizeof(*u->news));
	a->records = sr_unpack_make(u, rows, sizeof(*a->records));
	if (!u->news || !a->records)
		return -ENOMEM;
	return sr_unpack_open(u, SR_STREAM_REPEATS, &a->repeats);
}

int sr_unpack_args(struct sr_unpack *u)
{
	struct sr_block *b = &u->b;
	uint32_t keys = b->nthreads > b->nfiles ? b->nthreads : b->nfiles;
	struct args a = { .u = u, .rows.b = b };
	int rc;

	rc = sr_unpack_open(u, SR_STREAM_ARGS, &a.c);
	if (rc < 0)
		return rc;
	a.v = u->tmp;
	a.pred = sr_unpack_make(u, b->n, sizeof(*a.pred));
	a.last_fd = sr_arena_zalloc(&u->arena, b->nfiles, sizeof(*a.last_fd));
	a.recent = sr_arena_zalloc(&u->arena, keys, sizeof(*a.recent));
	if (!a.pred || !a.last_fd || !a.recent)
		return -ENOMEM;
	rc = begin_records(&a);
	for (uint32_t t = 0; t < b->ntypes && !rc; t++) {
		a.rows.t = &b->types[t];
		a.rows.rows = u->rows + u->start[t];
		if (b->types[t].nrows)
			rc = get_type_args(&a, &b->types[t]);
	}
	if (a.records)
		b->heap_len = a.heap;
	return rc;
}

/* ---- payloads ---- */

static int get_words(struct sr_unpack *u, struct sr_cur *c, const struct sr_unpack_news *news,
		     uint8_t *to)
{
	uint64_t all;

	for (uint32_t at = 0; at < news->size; at += 8) {
		uint32_t len = news->size - at < 8 ? news->size - at : 8;

		if (sr_col_decode(c, u->tmp, sizeof(*u->tmp), news->n) < 0)
			return -EBADMSG;
		all = 0;
		for (uint32_t i = 0; i < news->n; i++) {
			all |= u->tmp[i];
			memcpy(to + (size_t)i * news->size + at, &u->tmp[i], len);
		}
		if (len < 8 && all >> 8 * len)
			return -EBADMSG;
	}
	return 0;
}

static int get_payloads(struct sr_unpack *u, struct sr_cur *c, const struct sr_unpack_news *news,
			uint8_t *to)
{
	uint8_t layout = sr_cur_u8(c);
	const uint8_t *bytes;

	if (c->bad || layout > SR_LAYOUT_WORDS || (layout == SR_LAYOUT_WORDS && !news->size))
		return -EBADMSG;
	if (layout == SR_LAYOUT_WORDS)
		return get_words(u, c, news, to);
	bytes = sr_cur_bytes(c, news->bytes);
	if (!bytes)
		return -EBADMSG;
	memcpy(to, bytes, news->bytes);
	return 0;
}

static int get_all_payloads(struct sr_unpack *u, struct sr_cur *c)
{
	uint8_t *heap = sr_unpack_make(u, u->b.heap_len, 1);
	size_t at = 0;
	int rc = heap ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < u->nnews && rc == 0; at += u->news[i++].bytes)
		if (u->news[i].n)
			rc = get_payloads(u, c, &u->news[i], heap + at);
	u->b.heap = heap;
	return rc;
}

int sr_unpack_heap(struct sr_unpack *u)
{
	struct sr_cur c;
	int rc;

	if (sr_unpack_has(u, SR_STREAM_PAYLOADS)) {
		rc = sr_unpack_open(u, SR_STREAM_PAYLOADS, &c);
		return rc < 0 ? rc : get_all_payloads(u, &c);
	}
	rc = sr_unpack_open(u, SR_STREAM_HEAP, &c);
	if (rc < 0)
		return rc;
	u->b.heap = c.p;
	u->b.heap_len = u->streams[SR_STREAM_HEAP].len;
	return 0;
}
