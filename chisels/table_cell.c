/* SPDX-License-Identifier: Apache-2.0 */
/* Cells of tables: adding values up, and the order of rows. */
#include "chisels/table_internal.h"

#include <stdlib.h>
#include <string.h>

static int64_t add_i64(int64_t a, int64_t b)
{
	int64_t r;

	return __builtin_add_overflow(a, b, &r) ? (b > 0 ? INT64_MAX : INT64_MIN) : r;
}

int sr_value_compare(const struct sysreel_value *a, const struct sysreel_value *b)
{
	uint32_t len;
	int c;

	if (a->type != b->type)
		return (int)a->type - (int)b->type;
	switch (a->type) {
	case SYSREEL_STR:
		len = a->s.len < b->s.len ? a->s.len : b->s.len;
		c = len ? memcmp(a->s.p, b->s.p, len) : 0;
		return c ? c : (a->s.len > b->s.len) - (a->s.len < b->s.len);
	case SYSREEL_DOUBLE:
		return (a->d > b->d) - (a->d < b->d);
	case SYSREEL_INT:
		return (a->i > b->i) - (a->i < b->i);
	default:
		return (a->u > b->u) - (a->u < b->u);
	}
}

static void add_value(struct sysreel_value *a, const struct sysreel_value *b)
{
	if (a->type == SYSREEL_DOUBLE)
		a->d += b->d;
	else if (a->type == SYSREEL_INT)
		a->i = add_i64(a->i, b->i);
	else
		a->u = sr_add_u64(a->u, b->u);
}

void sr_acc_merge(struct sysreel_table *t, struct sr_acc *a, enum sysreel_op op,
		  const struct sr_acc *b)
{
	if (!b->n)
		return;
	if (b->sketch) {
		t->oom |= sr_sketch_merge(&a->sketch, &t->arena, b->sketch) < 0;
		a->n = sr_add_u64(a->n, b->n);
		return;
	}
	if (!a->n) {
		*a = *b;
		return;
	}
	a->n = sr_add_u64(a->n, b->n);
	switch (op) {
	case SYSREEL_MIN:
		if (sr_value_compare(&b->v, &a->v) < 0)
			a->v = b->v;
		break;
	case SYSREEL_MAX:
		if (sr_value_compare(&b->v, &a->v) > 0)
			a->v = b->v;
		break;
	default:
		add_value(&a->v, &b->v);
	}
}

void sr_acc_add(struct sysreel_table *t, struct sr_acc *a, enum sysreel_op op,
		const struct sysreel_value *v)
{
	struct sr_acc one = { .v = *v, .n = !v->why };

	if (op == SYSREEL_COUNT)
		one = (struct sr_acc){ .v = sysreel_uint(1), .n = 1 };
	else if (v->type == SYSREEL_BOOL)
		one.v.type = SYSREEL_UINT; /* how many were true */
	if (!sr_op_has_sketch(op)) {
		sr_acc_merge(t, a, op, &one);
		return;
	}
	if (!one.n)
		return;
	t->oom |= sr_sketch_add(&a->sketch, &t->arena, op == SYSREEL_DISTINCT, &one.v) < 0;
	a->n++;
}

static double number(const struct sysreel_value *v)
{
	if (v->type == SYSREEL_DOUBLE)
		return v->d;
	return v->type == SYSREEL_INT ? (double)v->i : (double)v->u;
}

static struct sysreel_value mean(struct sysreel_value v, uint64_t n)
{
	if (v.type == SYSREEL_DOUBLE)
		v.d /= (double)n;
	else if (v.type == SYSREEL_DURATION || v.type == SYSREEL_TIME)
		v.u /= n;
	else
		v = sysreel_double(number(&v) / (double)n);
	return v;
}

static struct sysreel_value quotient(double a, double b)
{
	return b != 0 ? sysreel_double(a / b) : sysreel_absent(SYSREEL_NONE);
}

struct sysreel_value sr_acc_value(const struct sysreel_table *t, uint32_t col,
				  const struct sr_acc *a)
{
	enum sysreel_op op = (enum sysreel_op)t->def.cols[col].op;

	if (op == SYSREEL_KEY)
		return a->v;
	if (!a->n)
		return op == SYSREEL_COUNT || op == SYSREEL_DISTINCT ? sysreel_uint(0)
								     : sysreel_absent(SYSREEL_NONE);
	switch (op) {
	case SYSREEL_AVG:
		return mean(a->v, a->n);
	case SYSREEL_DISTINCT:
		return sysreel_uint(sr_sketch_distinct(a->sketch));
	case SYSREEL_P50:
		return sr_sketch_percentile(a->sketch, 50);
	case SYSREEL_P90:
		return sr_sketch_percentile(a->sketch, 90);
	case SYSREEL_P99:
		return sr_sketch_percentile(a->sketch, 99);
	case SYSREEL_P75:
		return sr_sketch_percentile(a->sketch, 75);
	case SYSREEL_P95:
		return sr_sketch_percentile(a->sketch, 95);
	case SYSREEL_P999:
		return sr_sketch_permille(a->sketch, 999);
	case SYSREEL_RATE:
		return quotient(number(&a->v) * 1e9, (double)t->elapsed);
	case SYSREEL_SHARE:
		return quotient(number(&a->v) * 100, t->total[col]);
	default:
		return a->v;
	}
}

/* What the columns of SHARE are shares of. */
static void add_totals(struct sysreel_table *t)
{
	for (uint32_t i = 0; i < t->ncols; i++) {
		if (t->def.cols[i].op != SYSREEL_SHARE)
			continue;
		t->total[i] = number(&t->over[i].v) + number(&t->left_out[i].v);
		for (uint32_t r = 0; r < t->nrows; r++)
			t->total[i] += number(&t->rows[r][i].v);
	}
}

/* ---- order ---- */

static int compare_cells(const struct sysreel_table *t, uint32_t col, const struct sr_acc *a,
			 const struct sr_acc *b)
{
	struct sysreel_value x = sr_acc_value(t, col, &a[col]);
	struct sysreel_value y = sr_acc_value(t, col, &b[col]);

	if (x.why || y.why)
		return !!x.why - !!y.why;
	return sr_value_compare(&x, &y);
}

/* Largest first unless ASCENDING; what has no value always comes last. Ties by the other keys,
 * ascending, so that the output is the same each time. */
static int compare_rows(const void *pa, const void *pb, void *arg)
{
	const struct sysreel_table *t = arg;
	const struct sr_acc *a = *(struct sr_acc *const *)pa, *b = *(struct sr_acc *const *)pb;
	uint32_t sort = t->def.sort;
	bool absent = sr_acc_value(t, sort, &a[sort]).why || sr_acc_value(t, sort, &b[sort]).why;
	int c = compare_cells(t, sort, a, b);

	if (c && !absent && !(t->def.flags & SYSREEL_TABLE_ASCENDING))
		return c > 0 ? -1 : 1;
	for (uint32_t i = 0; !c && i < t->ncols; i++)
		if (sr_col_is_key(t, i))
			c = compare_cells(t, i, a, b);
	return c;
}

struct sr_acc **sr_table_sorted(struct sysreel_table *t)
{
	struct sr_acc **v = malloc((t->nrows ? t->nrows : 1) * sizeof(*v));

	if (!v)
		return NULL;
	add_totals(t);
	if (t->nrows)
		memcpy(v, t->rows, t->nrows * sizeof(*v));
	if (!(t->def.flags & SYSREEL_TABLE_UNSORTED))
		qsort_r(v, t->nrows, sizeof(*v), compare_rows, t);
	return v;
}

uint32_t sr_table_shown(const struct sysreel_table *t)
{
	return t->def.top && t->def.top < t->nrows ? t->def.top : t->nrows;
}

void sr_table_others(struct sysreel_table *t, struct sr_acc *const *sorted, uint32_t from,
		     struct sr_acc *out)
{
	memset(out, 0, sizeof(t->over));
	for (uint32_t i = 0; i < t->ncols; i++)
		sr_acc_merge(t, &out[i], (enum sysreel_op)t->def.cols[i].op, &t->over[i]);
	for (uint32_t r = from; r < t->nrows; r++)
		for (uint32_t i = 0; i < t->ncols; i++)
			if (!sr_col_is_key(t, i))
				sr_acc_merge(t, &out[i], (enum sysreel_op)t->def.cols[i].op,
					     &sorted[r][i]);
}
