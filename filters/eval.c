/* SPDX-License-Identifier: Apache-2.0 */
/* One check for one row or one entry of a dictionary. */
#include "filters/ast.h"

/* ---- comparing ---- */

static __int128 number(const struct sr_val *val)
{
	return val->type == SR_V_INT ? (__int128)val->i : (__int128)val->u;
}

static double real(const struct sr_val *val)
{
	return val->type == SR_V_DOUBLE ? val->d : (double)number(val);
}

/* How @a is to @b: below, equal, above. */
static bool test_order(enum sr_cmp cmp, int order)
{
	switch (cmp) {
	case SR_CMP_EQ:
	case SR_CMP_IN:
	case SR_CMP_INTERSECTS:
		return order == 0;
	case SR_CMP_NE:
		return order != 0;
	case SR_CMP_LT:
		return order < 0;
	case SR_CMP_LE:
		return order <= 0;
	case SR_CMP_GT:
		return order > 0;
	case SR_CMP_GE:
		return order >= 0;
	default:
		return false;
	}
}

static bool test_number(enum sr_cmp cmp, __int128 a, __int128 b)
{
	return test_order(cmp, (a > b) - (a < b));
}

static bool test_real(enum sr_cmp cmp, double a, double b)
{
	return test_order(cmp, (a > b) - (a < b));
}

static bool same_ip(const struct sr_ip *a, const struct sr_ip *b)
{
	return a->v6 == b->v6 && memcmp(a->addr, b->addr, a->v6 ? 16 : 4) == 0;
}

static bool in_net(const struct sr_ip *a, const struct sr_lit *net)
{
	unsigned bytes = net->prefix / 8, bits = net->prefix % 8;

	if (a->v6 != net->ip.v6 || memcmp(a->addr, net->ip.addr, bytes) != 0)
		return false;
	return !bits || !((a->addr[bytes] ^ net->ip.addr[bytes]) & (uint8_t)(0xff00 >> bits));
}

/* One value with one literal. */
static bool test_lit(struct sr_filter *f, const struct sr_node *n, const struct sr_val *val,
		     const struct sr_lit *lit)
{
	bool negate = n->cmp == SR_CMP_NE;

	switch (val->type) {
	case SR_V_STR:
		return sr_match_lit(n->cmp, val->s.p, val->s.len, lit, &f->text.oom);
	case SR_V_IP:
		return (n->left->fam == SR_FAM_NET ? in_net(&val->ip, lit)
						   : same_ip(&val->ip, &lit->ip)) != negate;
	case SR_V_DOUBLE:
		return lit->is_num && test_real(n->cmp, val->d, (double)lit->num);
	case SR_V_ABSENT:
		return false;
	default:
		return lit->is_num ? test_number(n->cmp, number(val), lit->num) : negate;
	}
}

/* One value with all literals. */
static bool test_lits(struct sr_filter *f, const struct sr_node *n, const struct sr_val *val)
{
	size_t hits = 0;

	for (size_t i = 0; i < n->nlits; i++) {
		bool hit = test_lit(f, n, val, &n->lits[i]);

		if (hit && n->mod != SR_MOD_ALLOF && n->mod != SR_MOD_ONEOF)
			return true;
		if (!hit && n->mod == SR_MOD_ALLOF)
			return false;
		hits += hit;
	}
	return n->mod == SR_MOD_ALLOF ? n->nlits > 0 : n->mod == SR_MOD_ONEOF && hits == 1;
}

static bool test_right(struct sr_filter *f, const struct sr_node *n, const struct sr_val *a,
		       const struct sr_val *b)
{
	struct sr_lit lit = { 0 };

	if (a->type == SR_V_DOUBLE || b->type == SR_V_DOUBLE)
		return test_real(n->cmp, real(a), real(b));
	if (b->type == SR_V_STR) {
		lit.text = b->s.p;
		lit.len = b->s.len;
	} else if (b->type == SR_V_IP) {
		lit.ip = b->ip;
	} else {
		lit.is_num = true;
		lit.num = number(b);
	}
	return test_lit(f, n, a, &lit);
}

/* A list: in wants all of its elements in the set, intersects one. */
static bool test_list(struct sr_filter *f, const struct sr_node *n, const struct sr_val *val)
{
	struct sr_str rest = { val->s.p, (uint32_t)val->s.len }, elem;
	bool all = n->cmp == SR_CMP_IN;
	struct sr_val one;

	while (sr_list_next(&rest, &elem)) {
		sr_set_str(&one, elem.p, elem.len);
		if (test_lits(f, n, &one) != all)
			return !all;
	}
	return all;
}

/* Fields with several values: ask for each. */
static bool eval_multi(struct sr_filter *f, const struct sr_node *n, const struct sr_entry *at,
		       const struct sr_field_impl *impl)
{
	struct sr_fieldref ref = n->left->ref;
	bool every = impl->multi == SR_MULTI_BOTH && n->cmp == SR_CMP_NE, any = false, hit;
	struct sr_val val;

	for (int i = impl->lo; i <= impl->hi; i++) {
		ref.argn = i;
		sr_expr_field(at, &ref, &val);
		if (val.type == SR_V_ABSENT)
			continue;
		hit = n->cmp == SR_CMP_EXISTS || test_lits(f, n, &val);
		if (hit != every)
			return hit;
		any = true;
	}
	return any && every;
}

bool sr_eval(struct sr_filter *f, const struct sr_node *n, struct sr_view *v, uint32_t idx)
{
	struct sr_entry at = { v, n->scope, idx };
	const struct sr_field_impl *impl;
	struct sr_val left, right;

	if (n->left->kind == SR_EXPR_FIELD && !n->left->ref.arg[0]) {
		impl = sr_field_impl_of(n->left->ref.field);
		if (impl->multi != SR_MULTI_NO)
			return eval_multi(f, n, &at, impl);
	}
	f->text.len = 0;
	if (!sr_expr_get(&at, n->left, &f->text, &left))
		return false;
	if (n->cmp == SR_CMP_EXISTS)
		return true;
	if (n->left->fam == SR_FAM_LIST)
		return test_list(f, n, &left);
	if (!n->right)
		return test_lits(f, n, &left);
	/* The next get takes back what a value borrowed from the view. */
	if (left.type == SR_V_STR && (uintptr_t)left.s.p != (uintptr_t)f->text.p) {
		f->text.len = 0;
		sr_buf_put(&f->text, left.s.p, left.s.len);
		sr_set_str(&left, f->text.p, f->text.len);
	}
	f->text2.len = 0;
	return sr_expr_get(&at, n->right, &f->text2, &right) && test_right(f, n, &left, &right);
}
