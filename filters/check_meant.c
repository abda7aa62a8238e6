/* SPDX-License-Identifier: Apache-2.0 */
/* Warnings: a field's name that is only text where it stands, a pattern that needs no pattern. */
#include "filters/ast.h"

/* proc.name=proc.pname compares with the text "proc.pname". */
static void names_a_field(const struct sr_lit *lit, struct sr_notes *warnings)
{
	struct sr_err err = { .pos = lit->pos };
	struct sr_fieldref ref;
	bool call = false;

	for (unsigned i = 0; sr_fn_name(i) && !call; i++) {
		size_t len = strlen(sr_fn_name(i));

		call = strncmp(lit->text, sr_fn_name(i), len) == 0 && lit->text[len] == '(';
	}
	if (!call && (!memchr(lit->text, '.', lit->len) ||
		      sr_fieldref_parse(&ref, lit->text, lit->len, NULL) != (int)lit->len))
		return;
	if (call)
		(void)sr_err_set(&err, 0, lit->pos,
				 "%.60s is text here; a call stands without quotes", lit->text);
	else
		(void)sr_err_set(&err, 0, lit->pos, "%.60s is text here; the field is val(%.60s)",
				 lit->text, lit->text);
	sr_notes_add(warnings, &err);
}

/* Take `.*`, `.+` or `.?` away at the start (or end) of a pattern. */
static bool strip_any(const char **p, size_t *len, bool end)
{
	const char *at = end ? *p + *len - 2 : *p;

	if (*len < 2 || at[0] != '.' || !strchr("*+?", at[1]))
		return false;
	*p += end ? 0 : 2;
	*len -= 2;
	return true;
}

static void needs_no_pattern(const struct sr_lit *lit, struct sr_notes *warnings)
{
	struct sr_err err = { .pos = lit->pos };
	const char *p = lit->text, *op;
	size_t len = lit->len;
	bool before, after;

	if (len && *p == '^') {
		p++;
		len--;
	}
	len -= len && p[len - 1] == '$';
	after = strip_any(&p, &len, true);
	before = strip_any(&p, &len, false);
	for (size_t i = 0; i < len; i++)
		if (strchr("\\.^$|()[]{}*+?", p[i]))
			return;
	op = !len && (before || after) ? "exists"
	     : before && after	       ? "contains"
	     : before		       ? "endswith"
	     : after		       ? "startswith"
				       : "=";
	(void)sr_err_set(&err, 0, lit->pos, "no pattern is needed here: %s%s%.*s is quicker", op,
			 len ? " " : "", (int)(len < 60 ? len : 60), p);
	sr_notes_add(warnings, &err);
}

void sr_check_meant(const struct sr_node *n, struct sr_notes *warnings)
{
	for (size_t i = 0; i < n->nlits; i++) {
		if (n->cmp == SR_CMP_REGEX)
			needs_no_pattern(&n->lits[i], warnings);
		else if (n->left->fam == SR_FAM_STR)
			names_a_field(&n->lits[i], warnings);
	}
}
