/* SPDX-License-Identifier: Apache-2.0 */
/* Types: which operator may compare which field with what; then what a tree costs. */
#include "filters/ast.h"

#include <errno.h>
#include <stdlib.h>

#define FAM(f)	    (1u << SR_FAM_##f)
#define FAM_NUMBERS (FAM(NUM) | FAM(DUR) | FAM(PORT))
#define FAM_ALL	    ((1u << (SR_FAM_DYN + 1)) - 1)

/* Families that each operator compares. */
unsigned sr_cmp_families(enum sr_cmp cmp)
{
	switch (cmp) {
	case SR_CMP_LT:
	case SR_CMP_LE:
	case SR_CMP_GT:
	case SR_CMP_GE:
		return FAM_NUMBERS | FAM(STR) | FAM(DYN);
	case SR_CMP_CONTAINS:
	case SR_CMP_STARTSWITH:
	case SR_CMP_ENDSWITH:
		return FAM(STR) | FAM(BYTES) | FAM(DYN);
	case SR_CMP_ICONTAINS:
	case SR_CMP_GLOB:
	case SR_CMP_IGLOB:
	case SR_CMP_REGEX:
	case SR_CMP_PMATCH:
		return FAM(STR) | FAM(DYN);
	case SR_CMP_BCONTAINS:
	case SR_CMP_BSTARTSWITH:
		return FAM(BYTES);
	case SR_CMP_EQ:
	case SR_CMP_NE:
		return FAM_ALL & ~FAM(LIST);
	default:
		return FAM_ALL;
	}
}

/* ---- checks ---- */

/* evt.around[T]=D, which is a comparison of times. */
static bool is_around(const struct sr_expr *e)
{
	return e->kind == SR_EXPR_FIELD && sr_field_impl_of(e->ref.field)->form == SR_FORM_TIME;
}

static int check_op(const struct sr_node *n, struct sr_err *err)
{
	const struct sr_expr *e = n->left;
	unsigned fams = sr_cmp_families(n->cmp);

	if (e->fam == SR_FAM_DYN && sr_ref_only_numbers(&e->ref))
		fams &= n->cmp == SR_CMP_CONTAINS || !(fams & FAM(NUM)) ? ~FAM(DYN) : FAM_ALL;
	if (is_around(e) && (n->cmp != SR_CMP_EQ || n->mod))
		return sr_err_set(err, -EINVAL, n->op_pos,
				  "evt.around[T] goes with = only: = and a number of milliseconds");
	if (fams & 1u << e->fam)
		return 0;
	if (e->fam == SR_FAM_LIST)
		return sr_err_set(err, -EINVAL, n->op_pos,
				  "%s is a list: it goes with exists, in and intersects",
				  sr_expr_name(e));
	return sr_err_set(
		err, -EINVAL, n->op_pos, "%s compares %s, but %s is %s", sr_cmps[n->cmp].name,
		fams & FAM(STR) ? (fams & FAM(NUM) ? "numbers and text" : "text") : "bytes",
		sr_expr_name(e), e->fam == SR_FAM_DYN ? "a number" : sr_family_name(e->fam));
}

static int check_right(struct sr_node *n, struct sr_err *err)
{
	struct sr_expr *l = n->left, *r = n->right;
	int rc = sr_check_expr(r, err);
	bool numbers;

	if (rc < 0)
		return rc;
	if (r->bad || l->bad)
		return 0;
	if (n->cmp == SR_CMP_PMATCH || n->cmp == SR_CMP_REGEX)
		return sr_err_set(err, -EINVAL, r->pos, "%s takes %s, not a field",
				  sr_cmps[n->cmp].name,
				  n->cmp == SR_CMP_PMATCH ? "a list" : "a pattern");
	if (sr_expr_is_multi(l) || is_around(l) || l->fam == SR_FAM_DYN || l->fam == SR_FAM_NET ||
	    l->fam == SR_FAM_LIST)
		return sr_err_set(err, -EINVAL, r->pos, "%s cannot be compared with another field",
				  sr_expr_name(l));
	numbers = (FAM_NUMBERS & 1u << l->fam) && (FAM_NUMBERS & 1u << r->fam);
	if (l->fam != r->fam && !numbers)
		return sr_err_set(err, -EINVAL, r->pos, "%s is %s, but %s is %s", sr_expr_name(l),
				  sr_family_name(l->fam), sr_expr_name(r), sr_family_name(r->fam));
	return 0;
}

/* evt.around[T]=D: D milliseconds on either side of T. */
static void make_around(struct sr_node *n)
{
	__int128 t = strtoull(n->left->ref.arg, NULL, 10), d = n->lits[0].num * 1000000;

	n->lo = t - d;
	n->hi = t + d;
	n->is_range = true;
}

/* = != < <= > >= with a number: one interval, perhaps negated. */
static void make_range(struct sr_node *n)
{
	const __int128 max = (__int128)1 << 126;
	__int128 num;

	if (n->nlits != 1 || n->mod || n->cmp > SR_CMP_GE || !n->lits[0].is_num ||
	    n->left->fam == SR_FAM_DYN)
		return;
	if (is_around(n->left)) {
		make_around(n);
		return;
	}
	num = n->lits[0].num;
	n->is_range = true;
	n->negate = n->cmp == SR_CMP_NE;
	n->lo = n->cmp == SR_CMP_LT || n->cmp == SR_CMP_LE ? -max : num + (n->cmp == SR_CMP_GT);
	n->hi = n->cmp == SR_CMP_GT || n->cmp == SR_CMP_GE ? max : num - (n->cmp == SR_CMP_LT);
}

/* Rough order of what deciding one row costs, columns to be decoded included. */
static uint32_t cost_of(const struct sr_node *n)
{
	if (n->scope == SR_SCOPE_TYPE)
		return 1;
	if (n->scope != SR_SCOPE_EVENT)
		return 4;
	if (n->is_range && n->left->kind == SR_EXPR_FIELD &&
	    sr_field_impl_of(n->left->ref.field)->fast)
		return 2;
	return n->need & SR_NEED_HEAP ? 60 : n->need & SR_NEED_ARGS ? 30 : 10;
}

/* Both sides and the operator between. */
static int check_sides(struct sr_node *n, struct sr_err *err)
{
	int rc = sr_check_expr(n->left, err);

	if (!rc && !n->left->bad)
		rc = check_op(n, err);
	n->scope = n->left->scope;
	n->need = n->left->need;
	if (rc < 0 || !n->right)
		return rc;
	rc = check_right(n, err);
	if (n->left->is_const)
		n->scope = n->right->scope;
	else if (!n->right->is_const && n->right->scope != n->scope)
		n->scope = SR_SCOPE_EVENT;
	n->need |= n->right->need;
	return rc;
}

/* Each literal is a mistake of its own. */
static int check_check(struct sr_filter *f, struct sr_node *n, struct sr_notes *errors)
{
	struct sr_err err = { .pos = SR_NO_POS };
	int rc = check_sides(n, &err);

	if (rc == -EINVAL)
		sr_notes_add(errors, &err);
	if (rc < 0 || n->left->bad)
		return rc == -ENOMEM ? rc : 0;
	for (size_t i = 0; i < n->nlits; i++) {
		rc = sr_check_lit(f, n, &n->lits[i], &err);
		if (rc == -ENOMEM)
			return rc;
		if (rc < 0)
			sr_notes_add(errors, &err);
	}
	make_range(n);
	n->cost = cost_of(n);
	return 0;
}

int sr_check_all(struct sr_filter *f, struct sr_notes *errors, struct sr_notes *warnings)
{
	int rc = 0;

	for (size_t i = 0; i < f->nchecks && !rc; i++) {
		rc = check_check(f, f->checks[i], errors);
		if (!rc && warnings && !errors->n)
			sr_check_meant(f->checks[i], warnings);
	}
	return rc;
}

static int by_cost(const void *a, const void *b)
{
	const struct sr_node *x = *(struct sr_node *const *)a, *y = *(struct sr_node *const *)b;

	if (x->cost != y->cost)
		return x->cost < y->cost ? -1 : 1;
	return x->pos < y->pos ? -1 : x->pos > y->pos;
}

/* Evaluation order: cheap operands first, equal ones as written. */
static int sort_kids(struct sr_filter *f, struct sr_node *n)
{
	n->order = sr_arena_zalloc(&f->arena, n->nkids, sizeof(struct sr_node *));
	if (!n->order)
		return -ENOMEM;
	memcpy(n->order, n->kids, n->nkids * sizeof(struct sr_node *));
	qsort(n->order, n->nkids, sizeof(struct sr_node *), by_cost);
	return 0;
}

static int check_node(struct sr_filter *f, struct sr_node *n)
{
	int rc;

	if (n->kind == SR_NODE_CHECK)
		return 0;
	for (size_t i = 0; i < n->nkids; i++) {
		rc = check_node(f, n->kids[i]);
		if (rc < 0)
			return rc;
		n->cost += n->kids[i]->cost;
		n->need |= n->kids[i]->need;
	}
	return sort_kids(f, n);
}

int sr_check_tree(struct sr_filter *f)
{
	int rc;

	if (!f->root)
		return 0;
	rc = check_node(f, f->root);
	f->need = f->root->need;
	return rc;
}
