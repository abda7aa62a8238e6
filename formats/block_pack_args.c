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

/* p->b = p->a less the prediction, if that is cheaper than @best; tells which it is. */
static void try_pred(struct sr_pack *p, const struct sr_pred_rows *rows, unsigned int pred,
		     uint64_t param, unsigned int *chosen, double *best)
{
	const double worth = 0.9; /* estimates do not see repetition, which differences hide */
	uint32_t n = rows->t->nrows;
	double cost;

	if (*best <= 0)
		return;
	if (pred == SR_PRED_LAST_OF_THREAD || pred == SR_PRED_LAST_OF_FILE)
		fill_last(p, rows, pred);
	else if (!sr_pred_fill(rows, pred, param, p->c))
		return;
	for (uint32_t i = 0; i < n; i++)
		p->c[i] = p->a[i] - p->c[i];
	cost = sr_pack_all_zero(p->c, n) ? 0 : sr_col_cost(p->cp, p->c, n);
	if (cost < *best * worth) {
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

	if (sr_pack_all_zero(p->a, n)) {
		sr_buf_putc(&p->raw, SR_PRED_ZERO);
		return 0;
	}
	best = npreds ? sr_col_cost(p->cp, p->a, n) : 0;
	for (size_t i = 0; i < npreds; i++)
		try_pred(p, rows, preds[i], param, &pred, &best);
	sr_buf_putc(&p->raw, (char)pred);
	if (pred == SR_PRED_CAPPED)
		sr_put_varint(&p->raw, param);
	return sr_pack_column(p, pred == SR_PRED_NONE ? p->a : p->b, n);
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
	last_fd = sr_pack_all_zero(p->b, n) ||
		  sr_col_cost(p->cp, p->b, n) < sr_col_cost(p->cp, c->val, n);
	sr_buf_putc(&p->raw, last_fd ? SR_PRED_LAST_FD : SR_PRED_NONE);
	return sr_pack_column(p, last_fd ? p->b : c->val, n);
}

static int put_val(struct sr_pack *p, struct sr_pred_rows *rows)
{
	static const uint8_t preds[] = { SR_PRED_LAST_OF_THREAD, SR_PRED_LAST_OF_FILE,
					 SR_PRED_RET };
	const struct sr_col *c = &rows->t->cols[rows->arg];
	enum sr_class cls = rows->t->cls[rows->arg];

	if (cls == SR_CLASS_FILE)
		return put_fd(p, c, rows->t->nrows);
	memcpy(p->a, c->val, rows->t->nrows * sizeof(*p->a));
	return put_predicted(p, rows, preds, cls == SR_CLASS_NUM ? 3 : 2, 0);
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

int sr_pack_args(struct sr_pack *p, const struct sr_block *b)
{
	int rc = 0;

	sr_pack_begin(p, SR_STREAM_ARGS);
	memset(p->last, 0, b->nfiles * sizeof(*p->last));
	for (uint32_t t = 0; t < b->ntypes && !rc; t++)
		rc = put_type_args(p, b, t);
	return sr_pack_end(p, rc);
}
