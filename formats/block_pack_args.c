/* SPDX-License-Identifier: Apache-2.0 */
/* The columns of arguments: each is stored as its difference from what another column, or an event
 * before, already tells. */
#include "formats/block_pack_impl.h"

#include <errno.h>

/* p->c: the values that the rows before had with the same thread or file. */
static void fill_last(struct sr_pack *p, const struct sr_pred_rows *rows, unsigned int pred)
{
	const uint32_t *key = sr_pred_key(rows, pred);
	uint32_t n = rows->t->nrows;

	for (uint32_t i = 0; i < n; i++) {
		uint64_t *last = &p->recent[key[rows->rows[i]]];

		p->c[i] = *last;
		*last = p->a[i];
	}
	for (uint32_t i = 0; i < n; i++)
		p->recent[key[rows->rows[i]]] = 0;
}

/* p->c = p->a less the prediction; false if that makes no sense. */
static bool predict(struct sr_pack *p, const struct sr_pred_rows *rows, unsigned int pred,
		    uint64_t param)
{
	if (pred == SR_PRED_LAST_OF_THREAD || pred == SR_PRED_LAST_OF_FILE)
		fill_last(p, rows, pred);
	else if (!sr_pred_fill(rows, pred, param, p->c))
		return false;
	sr_col_subtract(p->c, p->a, rows->t->nrows);
	return true;
}

static void swap_columns(struct sr_pack *p)
{
	uint64_t *swap = p->b;

	p->b = p->c;
	p->c = swap;
}

/* What a column may be predicted from. */
struct preds {
	enum sr_pack_column column;
	uint8_t n;
	uint8_t preds[1 + SR_MAX_ARGS];
	uint64_t param; /* of SR_PRED_CAPPED */
};

/* The best prediction; p->b is what it leaves. */
static unsigned int try_all(struct sr_pack *p, const struct sr_pred_rows *rows,
			    const struct preds *of)
{
	const double worth = 0.9; /* estimates do not see repetition, which differences hide */
	uint32_t n = rows->t->nrows;
	double best = sr_col_cost(p->cp, p->a, n), cost;
	unsigned int chosen = SR_PRED_NONE;

	for (unsigned int i = 0; i < of->n && best > 0; i++) {
		if (!predict(p, rows, of->preds[i], of->param))
			continue;
		cost = sr_col_is(p->c, n, 0) ? 0 : sr_col_cost(p->cp, p->c, n);
		if (cost < best * worth) {
			swap_columns(p);
			best = cost;
			chosen = of->preds[i];
		}
	}
	return chosen;
}

/* The same prediction as for the block before. False if it was another one of another recording,
 * in which the type has other arguments. */
static bool take_again(struct sr_pack *p, const struct sr_pred_rows *rows, const struct preds *of,
		       unsigned int pred)
{
	if (pred == SR_PRED_NONE)
		return true;
	if (!memchr(of->preds, (int)pred, of->n) || !predict(p, rows, pred, of->param))
		return false;
	swap_columns(p);
	return true;
}

/* The values of p->a, stored as the best of some predictions leaves them. */
static int put_predicted(struct sr_pack *p, const struct sr_pred_rows *rows, const struct preds *of)
{
	struct sr_pack_choice *c = sr_pack_choice_of(p, rows->t, rows->arg, of->column);
	uint32_t n = rows->t->nrows;
	unsigned int pred;

	if (sr_col_is(p->a, n, 0)) {
		sr_buf_putc(&p->raw, SR_PRED_ZERO);
		return 0;
	}
	if (sr_pack_holds(c, n) && take_again(p, rows, of, c->what)) {
		pred = c->what;
	} else {
		pred = try_all(p, rows, of);
		sr_pack_choose(c, pred, n);
	}
	sr_buf_putc(&p->raw, (char)pred);
	if (pred == SR_PRED_CAPPED)
		sr_put_varint(&p->raw, of->param);
	return sr_pack_column(p, pred == SR_PRED_NONE ? p->a : p->b, n);
}

/* The values of p->a, which nothing predicts. */
static int put_plain(struct sr_pack *p, const struct sr_pred_rows *rows)
{
	bool zero = sr_col_is(p->a, rows->t->nrows, 0);

	sr_buf_putc(&p->raw, zero ? SR_PRED_ZERO : SR_PRED_NONE);
	return zero ? 0 : sr_pack_column(p, p->a, rows->t->nrows);
}

static void widen(uint64_t *to, const uint32_t *from, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		to[i] = from[i];
}

static int put_file_ref(struct sr_pack *p, struct sr_pred_rows *rows)
{
	static const struct preds preds = { SR_PACK_REF, 1, { SR_PRED_FILE }, 0 };

	widen(p->a, rows->t->cols[rows->arg].ref, rows->t->nrows);
	return put_predicted(p, rows, &preds);
}

/* p->b: values of an fd less those of the argument before with the same file. */
static void since_last_fd(struct sr_pack *p, const struct sr_col *c, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		p->b[i] = c->val[i] - p->last[c->ref[i]];
		p->last[c->ref[i]] = c->val[i];
	}
}

/* Value of an fd: as a rule that of the argument before with the same file. */
static int put_fd(struct sr_pack *p, const struct sr_pred_rows *rows)
{
	const struct sr_col *c = &rows->t->cols[rows->arg];
	struct sr_pack_choice *choice = sr_pack_choice_of(p, rows->t, rows->arg, SR_PACK_VAL);
	uint32_t n = rows->t->nrows;
	bool last_fd;

	since_last_fd(p, c, n);
	if (sr_pack_holds(choice, n)) {
		last_fd = choice->what == SR_PRED_LAST_FD;
	} else {
		last_fd = sr_col_is(p->b, n, 0) ||
			  sr_col_cost(p->cp, p->b, n) < sr_col_cost(p->cp, c->val, n);
		sr_pack_choose(choice, last_fd ? SR_PRED_LAST_FD : SR_PRED_NONE, n);
	}
	sr_buf_putc(&p->raw, last_fd ? SR_PRED_LAST_FD : SR_PRED_NONE);
	return sr_pack_column(p, last_fd ? p->b : c->val, n);
}

static int put_val(struct sr_pack *p, struct sr_pred_rows *rows)
{
	struct preds preds = {
		SR_PACK_VAL, 2, { SR_PRED_LAST_OF_THREAD, SR_PRED_LAST_OF_FILE, SR_PRED_RET }, 0
	};
	const struct sr_col *c = &rows->t->cols[rows->arg];
	enum sr_class cls = rows->t->cls[rows->arg];

	if (cls == SR_CLASS_FILE)
		return put_fd(p, rows);
	if (cls == SR_CLASS_NUM)
		preds.n = 3;
	memcpy(p->a, c->val, rows->t->nrows * sizeof(*p->a));
	return put_predicted(p, rows, &preds);
}

static int put_status(struct sr_pack *p, struct sr_pred_rows *rows)
{
	for (uint32_t i = 0; i < rows->t->nrows; i++)
		p->a[i] = rows->t->cols[rows->arg].status[i];
	return put_plain(p, rows);
}

static int put_str(struct sr_pack *p, struct sr_pred_rows *rows)
{
	static const struct preds preds = { SR_PACK_TRUELEN, 1, { SR_PRED_STRLEN }, 0 };
	const struct sr_col *c = &rows->t->cols[rows->arg];

	widen(p->a, c->ref, rows->t->nrows);
	if (put_plain(p, rows) < 0)
		return -ENOMEM;
	widen(p->a, c->truelen, rows->t->nrows);
	return put_predicted(p, rows, &preds);
}

static int put_lengths(struct sr_pack *p, struct sr_pred_rows *rows)
{
	struct preds truelen = { SR_PACK_TRUELEN, 1, { SR_PRED_RET }, 0 };
	struct preds len = { SR_PACK_LEN, 1, { SR_PRED_CAPPED }, 0 };
	const struct sr_col *c = &rows->t->cols[rows->arg];

	for (unsigned int k = 0; k < rows->t->ncols; k++)
		if (rows->t->cls[k] == SR_CLASS_NUM)
			truelen.preds[truelen.n++] = (uint8_t)(SR_PRED_ARG + k);
	widen(p->a, c->truelen, rows->t->nrows);
	if (put_predicted(p, rows, &truelen) < 0)
		return -ENOMEM;
	for (uint32_t i = 0; i < rows->t->nrows; i++)
		len.param = c->len[i] > len.param ? c->len[i] : len.param;
	widen(p->a, c->len, rows->t->nrows);
	return put_predicted(p, rows, &len);
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

int sr_pack_args(struct sr_pack *p, const struct sr_block *b)
{
	int rc = 0;

	sr_pack_begin(p, SR_STREAM_ARGS);
	memset(p->last, 0, b->nfiles * sizeof(*p->last));
	for (uint32_t t = 0; t < b->ntypes && !rc; t++)
		rc = put_type_args(p, b, t);
	return sr_pack_end(p, rc);
}
