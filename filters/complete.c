/* SPDX-License-Identifier: Apache-2.0 */
/* What can stand where a filter's text ends, for the completion of shells: the parser tells what
 * it expected there, the tables tell the words. */
#include "filters/ast.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct completer {
	sr_word_fn add;
	void *arg;
	const char *prefix; /* what is there already */
	size_t len;
};

static void offer(const struct completer *c, const char *word, const char *help)
{
	if (*word && strncmp(word, c->prefix, c->len) == 0)
		c->add(c->arg, word, help);
}

/* Each of the names once. */
static void offer_names(const struct completer *c, const char *(*names)(unsigned i))
{
	const char *name;
	unsigned j;

	for (unsigned i = 0; names && (name = names(i)); i++) {
		for (j = 0; j < i && strcmp(names(j), name) != 0; j++)
			;
		if (j == i)
			offer(c, name, "");
	}
}

/* A word of a longer name, which stands behind @head. */
static void offer_after(const struct completer *c, const char *head, const char *word)
{
	char text[128];

	if ((size_t)snprintf(text, sizeof(text), "%s.%s", head, word) < sizeof(text))
		offer(c, text, "");
}

/* Names that can follow a field: of arguments, of types. Each once. */
static void offer_arguments(const struct completer *c, const struct sr_field *f)
{
	uint8_t form = sr_field_impl_of(f)->form;
	const char *(*names)(unsigned i) = form == SR_FORM_TYPE ? sr_type_names
					   : form == SR_FORM_ARG || form == SR_FORM_ARG_NAME
						   ? sr_arg_names
						   : NULL;
	const char *name;
	unsigned j;

	for (unsigned i = 0; names && (name = names(i)); i++) {
		for (j = 0; j < i; j++)
			if (strcmp(names(j), name) == 0)
				break;
		if (j == i)
			offer_after(c, f->name, name);
	}
}

void sr_field_complete(const char *prefix, sr_word_fn add, void *arg)
{
	struct completer c = { add, arg, prefix, strlen(prefix) };
	const struct sr_field *f;
	size_t n;

	f = sr_fields(&n);
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(f[i].name);

		if (sr_field_never(&f[i]))
			continue;
		offer(&c, f[i].name, f[i].help);
		if (c.len > len && prefix[len] == '.' && memcmp(prefix, f[i].name, len) == 0)
			offer_arguments(&c, &f[i]);
	}
}

static void offer_operand(const struct completer *c)
{
	char call[32];

	sr_field_complete(c->prefix, c->add, c->arg);
	if (!c->len)
		return; /* the fields are enough to choose from */
	offer(c, "not", "");
	for (unsigned i = 0; sr_fn_name(i); i++) {
		(void)snprintf(call, sizeof(call), "%s(", sr_fn_name(i)); /* names are short */
		if (i != SR_FN_VAL)
			offer(c, call, "function");
	}
}

static void offer_operators(const struct completer *c, struct sr_expr *left)
{
	bool known = left && sr_check_expr(left, NULL) == 0;

	for (unsigned i = 0; sr_cmp_name(i); i++)
		if (!known || sr_cmp_families((enum sr_cmp)i) & 1u << left->fam)
			offer(c, sr_cmp_name(i), "");
}

static void offer_values(struct completer *c, struct sr_expr *left, uint8_t cmp)
{
	if (!left || sr_check_expr(left, NULL) < 0)
		return;
	if (sr_cmps[cmp].rhs == SR_RHS_LIST && !c->len)
		offer(c, "(", "");
	if (c->len && (*c->prefix == '"' || *c->prefix == '\'')) {
		c->prefix++;
		c->len--;
	}
	if (left->kind == SR_EXPR_FIELD)
		offer_names(c, sr_field_impl_of(left->ref.field)->domain);
	if (left->fam == SR_FAM_BOOL) {
		offer(c, "true", "");
		offer(c, "false", "");
	}
	if (left->fam == SR_FAM_PORT)
		offer_names(c, sr_service_name);
}

int sr_filter_complete(const char *text, size_t *start, sr_word_fn add, void *arg)
{
	struct sr_filter *f = calloc(1, sizeof(*f));
	struct sr_complete at = { 0 };
	struct completer c = { .add = add, .arg = arg };
	struct sr_err err;
	int rc = f ? sr_parse(f, text, NULL, &at, &err) : -ENOMEM;

	if (rc == -ENOMEM) {
		free(f);
		return rc;
	}
	c.prefix = text + at.start;
	c.len = strlen(c.prefix);
	if (at.what == SR_EXPECT_FIELD) {
		offer_operand(&c);
	} else if (at.what == SR_EXPECT_OP) {
		offer_operators(&c, at.left);
	} else if (at.what == SR_EXPECT_VALUE) {
		offer_values(&c, at.left, at.cmp);
	} else {
		offer(&c, "and", "");
		offer(&c, "or", "");
	}
	*start = strlen(text) - c.len;
	sr_filter_free(f);
	return 0;
}
