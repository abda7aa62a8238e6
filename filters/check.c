/* SPDX-License-Identifier: Apache-2.0 */
/* Types: which operator may compare which field with what, and literals as values. What
 * can never match by mistake (a misspelt event type) is an error here. */
#include "filters/ast.h"

#include <errno.h>
#include <stdlib.h>

#define FAM(f)	    (1u << SR_FAM_##f)
#define FAM_NUMBERS (FAM(NUM) | FAM(DUR) | FAM(PORT))
#define FAM_ALL	    ((1u << (SR_FAM_DYN + 1)) - 1)

/* Families that each operator compares. */
static unsigned families(enum sr_cmp cmp)
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
	case SR_CMP_PMATCH:
		return FAM(STR) | FAM(DYN);
	case SR_CMP_BCONTAINS:
	case SR_CMP_BSTARTSWITH:
		return FAM(BYTES);
	default:
		return FAM_ALL;
	}
}

static const char *family_name(enum sr_family fam)
{
	static const char *const names[] = {
		[SR_FAM_NUM] = "a number",	 [SR_FAM_DUR] = "a number of nanoseconds",
		[SR_FAM_PORT] = "a port number", [SR_FAM_BOOL] = "true or false",
		[SR_FAM_STR] = "text",		 [SR_FAM_BYTES] = "bytes",
		[SR_FAM_IP] = "an IP address",	 [SR_FAM_NET] = "compared with a network",
		[SR_FAM_DYN] = "number or text",
	};

	return names[fam];
}

/* What a literal of the family has to look like. */
static const char *family_needs(enum sr_family fam)
{
	static const char *const names[] = {
		[SR_FAM_NUM] = "a number",
		[SR_FAM_DUR] = "a number of nanoseconds or a duration such as 1.5ms",
		[SR_FAM_PORT] = "a port number or the name of a service",
		[SR_FAM_BOOL] = "true or false",
		[SR_FAM_STR] = "text",
		[SR_FAM_BYTES] = "an even number of hex digits",
		[SR_FAM_IP] = "an IPv4 or IPv6 address",
		[SR_FAM_NET] = "a network such as 10.0.0.0/8",
		[SR_FAM_DYN] = "a number",
	};

	return names[fam];
}

static const char *expr_name(const struct sr_expr *e)
{
	if (e->kind == SR_EXPR_CALL && e->fn == SR_FN_VAL)
		e = e->args[0];
	return e->kind == SR_EXPR_FIELD	 ? e->ref.field->name
	       : e->kind == SR_EXPR_CALL ? sr_fn_name(e->fn)
					 : "the text";
}

static bool is_multi(const struct sr_expr *e)
{
	return e->kind == SR_EXPR_FIELD && !e->ref.arg[0] &&
	       sr_field_impl_of(e->ref.field)->multi != SR_MULTI_NO;
}

/* ---- fields and functions ---- */

static void check_field(struct sr_expr *e)
{
	e->fam = sr_field_impl_of(e->ref.field)->fam;
	e->scope = e->ref.field->scope;
	e->need = e->ref.field->need;
}

static int check_arity(const struct sr_expr *e, struct sr_err *err)
{
	if (e->fn == SR_FN_CONCAT ? e->nargs >= 2 : e->nargs == 1)
		return 0;
	return sr_err_set(err, -EINVAL, e->pos, "%s() takes %s, not %zu", sr_fn_name(e->fn),
			  e->fn == SR_FN_CONCAT ? "two arguments or more" : "one argument",
			  e->nargs);
}

/* Whether the function takes argument @a, and the family that it makes of it. */
static int check_call_arg(struct sr_expr *e, const struct sr_expr *a, struct sr_err *err)
{
	bool text = a->fam == SR_FAM_STR;

	if (e->fn == SR_FN_LEN || e->fn == SR_FN_B64)
		text |= a->fam == SR_FAM_BYTES;
	if (e->fn == SR_FN_VAL)
		text = a->kind == SR_EXPR_FIELD;
	if (e->fn == SR_FN_VAL && !text)
		return sr_err_set(err, -EINVAL, a->pos, "val() takes a field");
	if (is_multi(a) || a->fam == SR_FAM_DYN || a->fam == SR_FAM_NET || !text)
		return sr_err_set(err, -EINVAL, a->pos, "%s() does not take %s%s%s",
				  sr_fn_name(e->fn), expr_name(a),
				  is_multi(a) ? ", which has several values" : ", which is ",
				  is_multi(a) ? "" : family_name(a->fam));
	e->fam = e->fn == SR_FN_LEN ? SR_FAM_NUM : a->fam;
	return 0;
}

static int check_expr(struct sr_expr *e, struct sr_err *err)
{
	bool first = true;
	int rc;

	if (e->kind == SR_EXPR_FIELD) {
		check_field(e);
		return 0;
	}
	if (e->kind == SR_EXPR_TEXT) {
		e->fam = SR_FAM_STR;
		return 0;
	}
	rc = check_arity(e, err);
	for (size_t i = 0; i < e->nargs && !rc; i++) {
		struct sr_expr *a = e->args[i];

		rc = check_expr(a, err);
		if (!rc)
			rc = check_call_arg(e, a, err);
		e->need |= a->need;
		if (a->kind == SR_EXPR_TEXT)
			continue;
		e->scope = first || e->scope == a->scope ? a->scope : (uint8_t)SR_SCOPE_EVENT;
		first = false;
	}
	return rc;
}

/* ---- literals ---- */

/* syscall_NNN is what a call without a name is called. */
static bool is_unknown_syscall(const struct sr_lit *lit)
{
	static const char prefix[] = "syscall_";
	size_t n = sizeof(prefix) - 1;

	return lit->len > n && memcmp(lit->text, prefix, n) == 0 &&
	       strspn(lit->text + n, "0123456789") == lit->len - n;
}

/* The names that the field can have, when they are few. */
static void list_domain(const char *(*domain)(unsigned i), struct sr_buf *out)
{
	unsigned n = 0;

	while (domain(n))
		n++;
	if (n > 32)
		return;
	sr_buf_puts(out, "; it is one of");
	for (unsigned i = 0, j; i < n; i++) {
		for (j = 0; j < i; j++)
			if (strcmp(domain(i), domain(j)) == 0)
				break;
		if (j == i && *domain(i))
			sr_buf_printf(out, " %s", domain(i));
	}
}

/* Some name of the field's domain satisfies the operator with this literal. */
static bool in_domain(const struct sr_node *n, const struct sr_lit *lit,
		      const char *(*domain)(unsigned i))
{
	enum sr_cmp cmp = n->cmp == SR_CMP_NE ? SR_CMP_EQ : (enum sr_cmp)n->cmp;
	const char *name;

	for (unsigned i = 0; (name = domain(i)); i++)
		if (sr_match_text(cmp, name, strlen(name), lit->text, lit->len))
			return true;
	return false;
}

static int check_domain(const struct sr_node *n, const struct sr_lit *lit, struct sr_err *err)
{
	const char *(*domain)(unsigned i), *near;
	struct sr_buf list = { 0 };
	int rc;

	if (n->left->kind != SR_EXPR_FIELD)
		return 0;
	domain = sr_field_impl_of(n->left->ref.field)->domain;
	if (!domain || is_unknown_syscall(lit) || in_domain(n, lit, domain))
		return 0;
	near = sr_nearest(lit->text, lit->len, domain);
	if (near)
		return sr_err_set(err, -EINVAL, lit->pos, "%s is never %s, did you mean %s?",
				  expr_name(n->left), lit->text, near);
	list_domain(domain, &list);
	if (n->cmp <= SR_CMP_NE || n->cmp == SR_CMP_IN || n->cmp == SR_CMP_INTERSECTS)
		rc = sr_err_set(err, -EINVAL, lit->pos, "%s is never %s%s", expr_name(n->left),
				lit->text, sr_buf_cstr(&list));
	else
		rc = sr_err_set(err, -EINVAL, lit->pos, "no %s %s %s%s", expr_name(n->left),
				n->cmp == SR_CMP_GLOB || n->cmp == SR_CMP_IGLOB ||
						n->cmp == SR_CMP_PMATCH
					? "matches"
					: sr_cmps[n->cmp].name,
				lit->text, sr_buf_cstr(&list));
	sr_buf_free(&list);
	return rc;
}

/* evt.rawarg: a number if every event that has the argument has a number. */
static bool only_numbers(const struct sr_fieldref *ref)
{
	bool any = false;

	for (int t = 0; t < SR_TYPE_COUNT; t++) {
		for (int a = 0; a < sr_types[t].nargs; a++) {
			if (strcmp(sr_types[t].args[a].name, ref->arg) != 0)
				continue;
			if (sr_kinds[sr_types[t].args[a].kind].cls != SR_CLASS_NUM &&
			    sr_kinds[sr_types[t].args[a].kind].cls != SR_CLASS_FILE)
				return false;
			any = true;
		}
	}
	return any || strcmp(ref->arg, "res") == 0;
}

static int check_lit(struct sr_filter *f, struct sr_node *n, struct sr_lit *lit, struct sr_err *err)
{
	enum sr_family fam = n->left->fam;
	bool ok = true;
	int rc;

	switch (fam) {
	case SR_FAM_NUM:
	case SR_FAM_DUR:
	case SR_FAM_PORT:
		ok = sr_lit_number(lit, fam);
		break;
	case SR_FAM_BOOL:
		lit->num = strcmp(lit->text, "true") == 0;
		ok = lit->is_num = lit->num || strcmp(lit->text, "false") == 0;
		break;
	case SR_FAM_IP:
		ok = sr_lit_ip(lit);
		break;
	case SR_FAM_NET:
		ok = sr_lit_net(lit);
		break;
	case SR_FAM_DYN:
		ok = sr_lit_number(lit, SR_FAM_NUM) || !only_numbers(&n->left->ref);
		break;
	case SR_FAM_STR:
		return check_domain(n, lit, err);
	case SR_FAM_BYTES:
		if (n->cmp != SR_CMP_BCONTAINS && n->cmp != SR_CMP_BSTARTSWITH)
			return 0;
		rc = sr_lit_hex(lit, &f->arena);
		if (rc == -ENOMEM)
			return rc;
		ok = rc == 0;
		break;
	}
	if (ok)
		return 0;
	return sr_err_set(err, -EINVAL, lit->pos, "%s needs %s, got %s", expr_name(n->left),
			  family_needs(fam), lit->len ? lit->text : "nothing");
}

/* ---- checks ---- */

static int check_op(const struct sr_node *n, struct sr_err *err)
{
	const struct sr_expr *e = n->left;
	unsigned fams = families(n->cmp);

	if (e->fam == SR_FAM_DYN && only_numbers(&e->ref))
		fams &= n->cmp == SR_CMP_CONTAINS || !(fams & FAM(NUM)) ? ~FAM(DYN) : FAM_ALL;
	if (fams & 1u << e->fam)
		return 0;
	return sr_err_set(
		err, -EINVAL, n->op_pos, "%s compares %s, but %s is %s", sr_cmps[n->cmp].name,
		fams & FAM(STR) ? (fams & FAM(NUM) ? "numbers and text" : "text") : "bytes",
		expr_name(e), e->fam == SR_FAM_DYN ? "a number" : family_name(e->fam));
}

static int check_right(struct sr_node *n, struct sr_err *err)
{
	struct sr_expr *l = n->left, *r = n->right;
	int rc = check_expr(r, err);
	bool numbers;

	if (rc < 0)
		return rc;
	if (n->cmp == SR_CMP_PMATCH)
		return sr_err_set(err, -EINVAL, r->pos, "pmatch takes a list, not a field");
	if (is_multi(l) || l->fam == SR_FAM_DYN || l->fam == SR_FAM_NET)
		return sr_err_set(err, -EINVAL, r->pos, "%s cannot be compared with another field",
				  expr_name(l));
	numbers = (FAM_NUMBERS & 1u << l->fam) && (FAM_NUMBERS & 1u << r->fam);
	if (l->fam != r->fam && !numbers)
		return sr_err_set(err, -EINVAL, r->pos, "%s is %s, but %s is %s", expr_name(l),
				  family_name(l->fam), expr_name(r), family_name(r->fam));
	return 0;
}

/* = != < <= > >= with a number: one interval, perhaps negated. */
static void make_range(struct sr_node *n)
{
	const __int128 max = (__int128)1 << 126;
	__int128 num;

	if (n->nlits != 1 || n->mod || n->cmp > SR_CMP_GE || !n->lits[0].is_num ||
	    n->left->fam == SR_FAM_DYN)
		return;
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

static int check_check(struct sr_filter *f, struct sr_node *n, struct sr_err *err)
{
	int rc = check_expr(n->left, err);

	if (!rc)
		rc = check_op(n, err);
	n->scope = n->left->scope;
	n->need = n->left->need;
	if (!rc && n->right) {
		rc = check_right(n, err);
		if (n->right->scope != n->scope)
			n->scope = SR_SCOPE_EVENT;
		n->need |= n->right->need;
	}
	for (size_t i = 0; i < n->nlits && !rc; i++)
		rc = check_lit(f, n, &n->lits[i], err);
	if (rc < 0)
		return rc;
	make_range(n);
	n->cost = cost_of(n);
	return 0;
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

static int check_node(struct sr_filter *f, struct sr_node *n, struct sr_err *err)
{
	int rc;

	if (n->kind == SR_NODE_CHECK)
		return check_check(f, n, err);
	for (size_t i = 0; i < n->nkids; i++) {
		rc = check_node(f, n->kids[i], err);
		if (rc < 0)
			return rc;
		n->cost += n->kids[i]->cost;
		n->need |= n->kids[i]->need;
	}
	return sort_kids(f, n);
}

int sr_check(struct sr_filter *f, struct sr_err *err)
{
	int rc;

	if (!f->root)
		return 0;
	rc = check_node(f, f->root, err);
	f->need = f->root->need;
	return rc;
}
