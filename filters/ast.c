/* SPDX-License-Identifier: Apache-2.0 */
/* Names of operators and functions, and a filter's tree as text again. */
#include "filters/ast.h"

const struct sr_cmp_desc sr_cmps[SR_CMP_COUNT] = {
	[SR_CMP_EXISTS] = { "exists", SR_RHS_NONE },
	[SR_CMP_EQ] = { "=", SR_RHS_VALUE },
	[SR_CMP_NE] = { "!=", SR_RHS_VALUE },
	[SR_CMP_LT] = { "<", SR_RHS_NUMBER },
	[SR_CMP_LE] = { "<=", SR_RHS_NUMBER },
	[SR_CMP_GT] = { ">", SR_RHS_NUMBER },
	[SR_CMP_GE] = { ">=", SR_RHS_NUMBER },
	[SR_CMP_CONTAINS] = { "contains", SR_RHS_VALUE },
	[SR_CMP_ICONTAINS] = { "icontains", SR_RHS_VALUE },
	[SR_CMP_BCONTAINS] = { "bcontains", SR_RHS_VALUE },
	[SR_CMP_STARTSWITH] = { "startswith", SR_RHS_VALUE },
	[SR_CMP_BSTARTSWITH] = { "bstartswith", SR_RHS_VALUE },
	[SR_CMP_ENDSWITH] = { "endswith", SR_RHS_VALUE },
	[SR_CMP_GLOB] = { "glob", SR_RHS_VALUE },
	[SR_CMP_IGLOB] = { "iglob", SR_RHS_VALUE },
	[SR_CMP_REGEX] = { "regex", SR_RHS_VALUE },
	[SR_CMP_IN] = { "in", SR_RHS_LIST },
	[SR_CMP_INTERSECTS] = { "intersects", SR_RHS_LIST },
	[SR_CMP_PMATCH] = { "pmatch", SR_RHS_LIST },
};

const char *sr_cmp_name(unsigned i)
{
	return i < SR_CMP_COUNT ? sr_cmps[i].name : NULL;
}

const char *sr_mod_name(enum sr_mod m)
{
	static const char *const names[] = { "", "anyof", "allof", "oneof" };

	return names[m];
}

const char *sr_fn_name(unsigned i)
{
	static const char *const names[SR_FN_COUNT] = {
		[SR_FN_TOLOWER] = "tolower", [SR_FN_TOUPPER] = "toupper",
		[SR_FN_B64] = "b64",	     [SR_FN_BASENAME] = "basename",
		[SR_FN_LEN] = "len",	     [SR_FN_CONCAT] = "concat",
		[SR_FN_JOIN] = "join",	     [SR_FN_GETOPT] = "getopt",
		[SR_FN_VAL] = "val",
	};

	return i < SR_FN_COUNT ? names[i] : NULL;
}

/* ---- printing ---- */

static void print_quoted(const char *s, size_t len, struct sr_buf *out)
{
	sr_buf_putc(out, '"');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '"' || c == '\\')
			sr_buf_printf(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			sr_buf_printf(out, "\\x%02x", c);
		else
			sr_buf_putc(out, (char)c);
	}
	sr_buf_putc(out, '"');
}

/* A literal goes bare if it can be nothing else: letters, digits and what paths and
 * numbers have. */
static void print_lit(const struct sr_lit *lit, struct sr_buf *out)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789_-+./:*?<>@%";

	if (lit->orig_len && strspn(lit->orig, plain) == lit->orig_len)
		sr_buf_put(out, lit->orig, lit->orig_len);
	else
		print_quoted(lit->orig, lit->orig_len, out);
}

static void print_ref(const struct sr_fieldref *r, struct sr_buf *out)
{
	static const char words[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789_.";

	sr_buf_puts(out, r->field->name);
	if (!r->arg[0])
		return;
	if (sr_field_impl_of(r->field)->form >= SR_FORM_ARG && r->arg[0] >= 'A' &&
	    strspn(r->arg, words) == strlen(r->arg)) {
		sr_buf_printf(out, ".%s", r->arg);
		return;
	}
	sr_buf_putc(out, '[');
	if (strpbrk(r->arg, " \t\b\r\n[]\"'\\"))
		print_quoted(r->arg, strlen(r->arg), out);
	else
		sr_buf_puts(out, r->arg);
	sr_buf_putc(out, ']');
}

static void print_expr(const struct sr_expr *e, struct sr_buf *out)
{
	if (e->kind == SR_EXPR_FIELD) {
		print_ref(&e->ref, out);
		return;
	}
	if (e->kind == SR_EXPR_TEXT) {
		print_quoted(e->text.orig, e->text.orig_len, out);
		return;
	}
	sr_buf_printf(out, "%s(", e->kind == SR_EXPR_CALL ? sr_fn_name(e->fn) : "");
	for (size_t i = 0; i < e->nargs; i++) {
		if (i)
			sr_buf_puts(out, ", ");
		print_expr(e->args[i], out);
	}
	sr_buf_putc(out, ')');
	if (e->opt)
		sr_buf_printf(out, "[%c]", e->opt);
}

static void print_check(const struct sr_node *n, struct sr_buf *out)
{
	bool list = n->mod || sr_cmps[n->cmp].rhs == SR_RHS_LIST;

	print_expr(n->left, out);
	sr_buf_printf(out, " %s", sr_cmps[n->cmp].name);
	if (n->mod)
		sr_buf_printf(out, " %s", sr_mod_name(n->mod));
	if (sr_cmps[n->cmp].rhs == SR_RHS_NONE)
		return;
	sr_buf_putc(out, ' ');
	if (n->right) {
		print_expr(n->right, out);
		return;
	}
	if (list)
		sr_buf_putc(out, '(');
	for (size_t i = 0; i < n->nlits; i++) {
		if (i)
			sr_buf_puts(out, ", ");
		if (sr_cmps[n->cmp].rhs == SR_RHS_NUMBER)
			sr_buf_put(out, n->lits[i].orig, n->lits[i].orig_len);
		else
			print_lit(&n->lits[i], out);
	}
	if (list)
		sr_buf_putc(out, ')');
}

static void print_node(const struct sr_node *n, struct sr_buf *out)
{
	if (n->kind == SR_NODE_CHECK) {
		print_check(n, out);
		return;
	}
	for (size_t i = 0; i < n->nkids; i++) {
		const struct sr_node *kid = n->kids[i];
		bool bracket = kid->kind == SR_NODE_OR ||
			       (kid->kind == SR_NODE_AND && n->kind == SR_NODE_NOT);

		if (n->kind == SR_NODE_NOT)
			sr_buf_puts(out, "not ");
		else if (i)
			sr_buf_puts(out, n->kind == SR_NODE_AND ? " and " : " or ");
		if (bracket)
			sr_buf_putc(out, '(');
		print_node(kid, out);
		if (bracket)
			sr_buf_putc(out, ')');
	}
}

void sr_filter_print(const struct sr_filter *f, struct sr_buf *out)
{
	if (f->root)
		print_node(f->root, out);
}
