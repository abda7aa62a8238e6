/* SPDX-License-Identifier: Apache-2.0 */
/* A filter from its text to its end. */
#include "filters/ast.h"
#include "filters/regex.h"

#include <errno.h>
#include <stdlib.h>

void sr_notes_add(struct sr_notes *notes, const struct sr_err *e)
{
	unsigned i;

	if (!notes)
		return;
	i = notes->n < SR_NOTES_MAX ? notes->n++ : SR_NOTES_MAX - 1;
	for (; i && notes->v[i - 1].pos > e->pos; i--)
		notes->v[i] = notes->v[i - 1];
	notes->v[i] = *e;
}

/* What the parser could make of the text is checked even where it could not go on. */
static int compile(struct sr_filter *f, const char *text, struct sr_notes *errors,
		   struct sr_notes *warnings)
{
	struct sr_err err = { .pos = SR_NO_POS };
	int rc = sr_parse(f, text, errors, NULL, &err), parsed = rc;

	if (rc == -EINVAL && err.msg[0])
		sr_notes_add(errors, &err);
	if (rc == 0 || rc == -EINVAL)
		rc = sr_check_all(f, errors, warnings);
	if (rc == 0)
		rc = parsed < 0 || errors->n ? -EINVAL : sr_check_tree(f);
	return rc == 0 ? sr_types_prepare(f) : rc;
}

int sr_filter_diagnose(struct sr_filter **out, const char *text, struct sr_notes *errors,
		       struct sr_notes *warnings)
{
	const struct sr_err no_memory = { SR_NO_POS, "out of memory" };
	struct sr_filter *f = calloc(1, sizeof(*f));
	int rc = f ? compile(f, text, errors, warnings) : -ENOMEM;

	if (rc == 0) {
		*out = f;
		return 0;
	}
	if (rc == -ENOMEM)
		sr_notes_add(errors, &no_memory);
	sr_filter_free(f);
	return rc;
}

int sr_filter_compile(struct sr_filter **out, const char *text, struct sr_err *err)
{
	struct sr_notes errors = { 0 };
	int rc = sr_filter_diagnose(out, text, &errors, NULL);

	if (rc < 0 && err && errors.n)
		*err = errors.v[0];
	return rc;
}

uint32_t sr_filter_need(const struct sr_filter *f)
{
	return f->need;
}

static bool expr_in_order(const struct sr_expr *e)
{
	for (size_t i = 0; e && i < e->nargs; i++)
		if (expr_in_order(e->args[i]))
			return true;
	return e && e->kind == SR_EXPR_FIELD && sr_field_impl_of(e->ref.field)->in_order;
}

bool sr_filter_in_order(const struct sr_filter *f)
{
	for (size_t i = 0; i < f->nchecks; i++)
		if (expr_in_order(f->checks[i]->left) || expr_in_order(f->checks[i]->right))
			return true;
	return false;
}

void sr_filter_free(struct sr_filter *f)
{
	if (!f)
		return;
	for (struct sr_regex_ref *r = f->regexes; r; r = r->next)
		sr_regex_free(r->re);
	sr_arena_free(&f->arena);
	sr_buf_free(&f->text);
	sr_buf_free(&f->text2);
	free(f->bits);
	free(f->memo);
	free(f);
}
