/* SPDX-License-Identifier: Apache-2.0 */
/* Types of fields and functions: which function takes what, and what it makes of it. */
#include "filters/ast.h"

#include <errno.h>

#define FAM(f) (1u << SR_FAM_##f)

/* A row per function: what each argument may be (the last column goes on), and what it makes. */
static const struct {
	const char *arity; /* what it takes, in words */
	unsigned first, others;
	uint8_t min, max;
	int8_t makes; /* enum sr_family; -1: what the first argument is */
} fns[SR_FN_COUNT] = {
	[SR_FN_TOLOWER] = { "one text", FAM(STR), 0, 1, 1, -1 },
	[SR_FN_TOUPPER] = { "one text", FAM(STR), 0, 1, 1, -1 },
	[SR_FN_B64] = { "one text", FAM(STR) | FAM(BYTES), 0, 1, 1, -1 },
	[SR_FN_BASENAME] = { "one text", FAM(STR), 0, 1, 1, -1 },
	[SR_FN_LEN] = { "one text or list", FAM(STR) | FAM(BYTES) | FAM(LIST), 0, 1, 1,
			SR_FAM_NUM },
	[SR_FN_CONCAT] = { "two texts or more", FAM(STR), FAM(STR), 2, UINT8_MAX, SR_FAM_STR },
	[SR_FN_JOIN] = { "a separator and a list", FAM(STR), FAM(LIST), 2, 2, SR_FAM_STR },
	[SR_FN_GETOPT] = { "a list and the options, as \"ab:\"", FAM(LIST), FAM(STR), 2, 2,
			   SR_FAM_LIST },
	[SR_FN_VAL] = { "one field", ~FAM(DYN), 0, 1, 1, -1 },
};

const char *sr_family_name(enum sr_family fam)
{
	static const char *const names[] = {
		[SR_FAM_NUM] = "a number",	 [SR_FAM_DUR] = "a number of nanoseconds",
		[SR_FAM_PORT] = "a port number", [SR_FAM_BOOL] = "true or false",
		[SR_FAM_STR] = "text",		 [SR_FAM_BYTES] = "bytes",
		[SR_FAM_IP] = "an IP address",	 [SR_FAM_NET] = "compared with a network",
		[SR_FAM_LIST] = "a list",	 [SR_FAM_DYN] = "number or text",
	};

	return names[fam];
}

const char *sr_expr_name(const struct sr_expr *e)
{
	if (e->kind == SR_EXPR_CALL && e->fn == SR_FN_VAL)
		e = e->args[0];
	return e->kind == SR_EXPR_FIELD	 ? e->ref.field->name
	       : e->kind == SR_EXPR_CALL ? sr_fn_name(e->fn)
	       : e->kind == SR_EXPR_LIST ? "the list"
					 : "the text";
}

bool sr_expr_is_multi(const struct sr_expr *e)
{
	return e->kind == SR_EXPR_FIELD && !e->ref.arg[0] &&
	       sr_field_impl_of(e->ref.field)->multi != SR_MULTI_NO;
}

static int check_field(struct sr_expr *e, struct sr_err *err)
{
	const struct sr_field_impl *impl = sr_field_impl_of(e->ref.field);

	if (impl->never)
		return sr_err_set(err, -EINVAL, e->pos, "%s cannot be answered: %s",
				  e->ref.field->name, impl->never);
	e->fam = impl->fam;
	e->scope = e->ref.field->scope;
	e->need = sr_fieldref_need(&e->ref);
	return 0;
}

/* What hangs on one thing hangs on it after a function, too; texts hang on nothing. */
static void join_scopes(struct sr_expr *e)
{
	bool first = true;

	for (size_t i = 0; i < e->nargs; i++) {
		const struct sr_expr *a = e->args[i];

		e->need |= a->need;
		e->bad |= a->bad;
		if (a->is_const)
			continue;
		e->scope = first || e->scope == a->scope ? a->scope : (uint8_t)SR_SCOPE_EVENT;
		first = false;
	}
	e->is_const = first;
}

/* The list that some fields are beside their text. */
static void as_list(struct sr_expr *a)
{
	if (a->kind != SR_EXPR_FIELD || a->ref.arg[0] || !sr_field_impl_of(a->ref.field)->list_too)
		return;
	a->fam = SR_FAM_LIST;
	a->ref.argn = SR_ARGN_LIST;
}

static int check_arg(struct sr_expr *e, size_t i, struct sr_err *err)
{
	struct sr_expr *a = e->args[i];
	unsigned takes = i ? fns[e->fn].others : fns[e->fn].first;

	if (takes == FAM(LIST))
		as_list(a);
	if (e->fn == SR_FN_VAL && a->kind != SR_EXPR_FIELD)
		return sr_err_set(err, -EINVAL, a->pos, "val() takes a field");
	if (e->fn == SR_FN_GETOPT && i && a->kind != SR_EXPR_TEXT)
		return sr_err_set(err, -EINVAL, a->pos,
				  "getopt() wants its options as quoted text, as \"ab:\"");
	if (!sr_expr_is_multi(a) && takes & 1u << a->fam && a->fam != SR_FAM_NET)
		return 0;
	return sr_err_set(err, -EINVAL, a->pos, "%s() takes %s%s%s%s%s", sr_fn_name(e->fn),
			  fns[e->fn].arity, "; ", sr_expr_name(a),
			  sr_expr_is_multi(a) ? " has several values" : " is ",
			  sr_expr_is_multi(a) ? "" : sr_family_name(a->fam));
}

static int check_call(struct sr_expr *e, struct sr_err *err)
{
	int rc = 0;

	if (e->nargs < fns[e->fn].min || e->nargs > fns[e->fn].max)
		return sr_err_set(err, -EINVAL, e->pos, "%s() takes %s, not %zu argument%s",
				  sr_fn_name(e->fn), fns[e->fn].arity, e->nargs,
				  e->nargs == 1 ? "" : "s");
	for (size_t i = 0; i < e->nargs && !rc; i++)
		rc = check_arg(e, i, err);
	e->fam = fns[e->fn].makes < 0 ? e->args[0]->fam : (uint8_t)fns[e->fn].makes;
	if (e->opt)
		e->fam = SR_FAM_STR;
	return rc;
}

/* Elements of a list are texts. */
static int check_list(struct sr_expr *e, struct sr_err *err)
{
	e->fam = SR_FAM_LIST;
	for (size_t i = 0; i < e->nargs; i++)
		if (e->args[i]->fam != SR_FAM_STR || sr_expr_is_multi(e->args[i]))
			return sr_err_set(
				err, -EINVAL, e->args[i]->pos, "a list here holds texts; %s is %s",
				sr_expr_name(e->args[i]), sr_family_name(e->args[i]->fam));
	return 0;
}

int sr_check_expr(struct sr_expr *e, struct sr_err *err)
{
	int rc = 0;

	if (e->kind == SR_EXPR_TEXT) {
		e->fam = SR_FAM_STR;
		e->is_const = true;
		return 0;
	}
	if (e->kind == SR_EXPR_FIELD)
		return e->bad ? 0 : check_field(e, err);
	for (size_t i = 0; i < e->nargs && !rc; i++)
		rc = sr_check_expr(e->args[i], err);
	join_scopes(e);
	if (rc < 0 || e->bad)
		return rc;
	return e->kind == SR_EXPR_LIST ? check_list(e, err) : check_call(e, err);
}
