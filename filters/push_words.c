/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a filter in words, and a guess at how much it selects: for `sysreel filter`. */
#include "filters/push_impl.h"

#include <errno.h>

/* ---- a tree of what some stage can decide ---- */

struct pruner {
	struct sr_push *p;
	/* What stands for a check that has to hold (or must not); NULL: nothing. */
	const struct sr_node *(*keep)(struct pruner *x, const struct sr_node *check, bool negate);
	bool oom;
};

static struct sr_node *node_like(struct pruner *x, const struct sr_node *n, size_t nkids)
{
	struct sr_node *copy = sr_arena_zalloc(&x->p->f->arena, 1, sizeof(*copy));

	if (copy) {
		*copy = *n;
		copy->kids = sr_arena_zalloc(&x->p->f->arena, nkids + 1, sizeof(*copy->kids));
		copy->nkids = 0;
	}
	if (copy && copy->kids)
		return copy;
	x->oom = true;
	return NULL;
}

/* What follows from @n, or with @negate from its opposite, in checks that are kept; NULL: nothing
 * does. */
static const struct sr_node *prune(struct pruner *x, const struct sr_node *n, bool negate)
{
	bool both = (n->kind == SR_NODE_AND) != negate;
	const struct sr_node *kid;
	struct sr_node *out;

	if (n->kind == SR_NODE_CHECK)
		return x->keep(x, n, negate);
	out = node_like(x, n, n->nkids);
	if (!out)
		return NULL;
	for (size_t i = 0; i < n->nkids; i++) {
		kid = prune(x, n->kids[i], negate != (n->kind == SR_NODE_NOT));
		if (kid)
			out->kids[out->nkids++] = (struct sr_node *)kid;
		else if (!both)
			return NULL; /* one operand that may be anything is enough */
	}
	if (!out->nkids || n->kind == SR_NODE_NOT)
		return out->nkids ? out : NULL;
	return out->nkids == 1 ? out->kids[0] : out;
}

/* fd.name startswith PREFIX, for each literal, joined by or. */
static const struct sr_node *prefix_of(struct pruner *x, const struct sr_node *n)
{
	struct sr_node *any = node_like(x, n, n->nlits), *one;
	struct sr_err err = { .pos = SR_NO_POS };

	for (size_t i = 0; any && i < n->nlits; i++) {
		one = node_like(x, n, 0);
		if (!one)
			return NULL;
		one->left = sr_arena_zalloc(&x->p->f->arena, 1, sizeof(*one->left));
		one->lits = sr_arena_zalloc(&x->p->f->arena, 1, sizeof(*one->lits));
		if (!one->left || !one->lits) {
			x->oom = true;
			return NULL;
		}
		*one->left = *n->left;
		(void)sr_fieldref_parse(&one->left->ref, "fd.name", 7, &err); /* there is one */
		one->cmp = SR_CMP_STARTSWITH;
		one->lits[0] = n->lits[i];
		one->lits[0].orig = one->lits[0].text;
		one->lits[0].len = one->lits[0].orig_len = sr_push_prefix(n, i);
		one->nlits = 1;
		any->kids[any->nkids++] = one;
	}
	if (any)
		any->kind = SR_NODE_OR;
	return any && any->nkids == 1 ? any->kids[0] : any;
}

static const struct sr_node *keep_kernel(struct pruner *x, const struct sr_node *n, bool negate)
{
	enum sr_push_how how = sr_push_how(x->p, n);

	if (how == SR_PUSH_PREFIX)
		return negate ? NULL : prefix_of(x, n);
	return how == SR_PUSH_NOT ? NULL : n;
}

static const struct sr_node *keep_zone(struct pruner *x, const struct sr_node *n, bool negate)
{
	(void)x;
	return sr_zone_decides(n, negate) ? n : NULL;
}

static enum sr_push_how how_tree(struct sr_push *p, const struct sr_node *n)
{
	enum sr_push_how how = SR_PUSH_SURE, kid;

	if (n->kind == SR_NODE_CHECK)
		return sr_push_how(p, n);
	for (size_t i = 0; i < n->nkids; i++) {
		kid = how_tree(p, n->kids[i]);
		how = kid < how ? kid : how;
	}
	return how;
}

/* The operands of the outermost "and" that are not decided for certain. */
static const struct sr_node *residual(struct pruner *x, const struct sr_node *n)
{
	struct sr_node *out;

	if (how_tree(x->p, n) == SR_PUSH_SURE)
		return NULL;
	if (n->kind != SR_NODE_AND)
		return n;
	out = node_like(x, n, n->nkids);
	for (size_t i = 0; out && i < n->nkids; i++)
		if (how_tree(x->p, n->kids[i]) != SR_PUSH_SURE)
			out->kids[out->nkids++] = n->kids[i];
	return out && out->nkids == 1 ? out->kids[0] : out;
}

int sr_push_part(struct sr_push *p, enum sr_part part, struct sr_buf *out)
{
	struct pruner x = { .p = p, .keep = part == SR_PART_KERNEL ? keep_kernel : keep_zone };
	const struct sr_node *n = p->f->root;
	bool all = sr_filter_need(p->f) & SR_NEED_FDS; /* every event is needed */

	if (n && all)
		n = part == SR_PART_RESIDUAL ? n : NULL;
	else if (n)
		n = part == SR_PART_RESIDUAL ? residual(&x, n) : prune(&x, n, false);
	if (n && !x.oom)
		sr_filter_print(&(struct sr_filter){ .root = (struct sr_node *)n }, out);
	return x.oom || out->oom ? -ENOMEM : 0;
}

/* ---- as a tree ---- */

static void put_tree(const struct sr_node *n, unsigned depth, struct sr_buf *out)
{
	static const char *const names[] = {
		[SR_NODE_AND] = "and", [SR_NODE_OR] = "or", [SR_NODE_NOT] = "not"
	};

	for (unsigned i = 0; i < depth; i++)
		sr_buf_puts(out, "  ");
	if (n->kind == SR_NODE_CHECK)
		sr_filter_print(&(struct sr_filter){ .root = (struct sr_node *)n }, out);
	else
		sr_buf_puts(out, names[n->kind]);
	sr_buf_putc(out, '\n');
	for (size_t i = 0; i < n->nkids; i++)
		put_tree(n->kids[i], depth + 1, out);
}

void sr_filter_tree(const struct sr_filter *f, unsigned indent, struct sr_buf *out)
{
	if (f->root)
		put_tree(f->root, indent, out);
}

/* ---- a guess ---- */

/* How often calls of a type are made, compared with others: most programs read, write and wait
 * more than they start others. */
static double weight_of(const struct sr_type *t)
{
	switch (t->category) {
	case SR_CAT_IO_READ:
	case SR_CAT_IO_WRITE:
	case SR_CAT_WAIT:
		return 20;
	case SR_CAT_IO_OTHER:
	case SR_CAT_FILE:
	case SR_CAT_MEMORY:
	case SR_CAT_NET:
	case SR_CAT_TIME:
		return 5;
	default:
		return 1;
	}
}

/* Part of the events for which a check holds, if their type leaves it open. */
static double guess_check(const struct sr_node *n)
{
	bool boolean = n->left->fam == SR_FAM_BOOL && n->nlits == 1;

	if (boolean && (n->cmp == SR_CMP_EQ || n->cmp == SR_CMP_NE))
		return (n->lits[0].num != 0) == (n->cmp == SR_CMP_EQ) ? 0.1 : 0.9;
	switch (n->cmp) {
	case SR_CMP_EXISTS:
		return 0.9;
	case SR_CMP_EQ:
		return 0.05;
	case SR_CMP_NE:
		return 0.95;
	case SR_CMP_IN:
	case SR_CMP_INTERSECTS:
		return n->nlits < 10 ? 0.05 * (double)n->nlits : 0.5;
	case SR_CMP_LT:
	case SR_CMP_LE:
	case SR_CMP_GT:
	case SR_CMP_GE:
		return 0.5;
	default:
		return 0.1;
	}
}

static double guess(const struct sr_node *n, int type)
{
	double none = 1, all = 1, kid;

	if (n->kind == SR_NODE_CHECK)
		return n->types[type] == SR_ALWAYS  ? 1
		       : n->types[type] == SR_NEVER ? 0
						    : guess_check(n);
	if (n->kind == SR_NODE_NOT)
		return 1 - guess(n->kids[0], type);
	for (size_t i = 0; i < n->nkids; i++) {
		kid = guess(n->kids[i], type);
		all *= kid;
		none *= 1 - kid;
	}
	return n->kind == SR_NODE_AND ? all : 1 - none;
}

double sr_filter_guess(const struct sr_filter *f)
{
	double sum = 0, of = 0, w;

	if (!f->root)
		return 1;
	for (int i = 0; i < SR_TYPE_COUNT; i++) {
		if (i == SR_TYPE_FIRST_X)
			continue;
		w = weight_of(&sr_types[i]);
		sum += w * guess(f->root, i);
		of += w;
	}
	return sum / of;
}
