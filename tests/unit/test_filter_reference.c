/* SPDX-License-Identifier: Apache-2.0 */
/* The language and the fields of the field's reference tool against ours: every expression whose
 * verdict is known (tests/filters/reference.tsv), and every field (reference-fields.csv). Other
 * verdicts are listed with a reason in differences.txt, which the manual repeats. */
#include "filters/field_impl.h"
#include "filters/filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define DIR_CASES   "tests/filters/"
#define EXPRESSIONS 516

struct lines {
	FILE *f;
	char *line;
	size_t cap;
};

static struct lines open_lines(const char *path)
{
	struct lines l = { .f = fopen(path, "re") };

	assert_non_null(l.f);
	return l;
}

/* The next line without its end; NULL: there is none, and all is released. */
static char *next_line(struct lines *l)
{
	ssize_t n = getline(&l->line, &l->cap, l->f);

	if (n < 0) {
		(void)fclose(l->f);
		free(l->line);
		return NULL;
	}
	if (n && l->line[n - 1] == '\n')
		l->line[n - 1] = 0;
	return l->line;
}

/* A return and a tab are written as signs that stand for them. */
static void expand(char *s)
{
	static const struct {
		const char *sign;
		char c;
	} signs[] = { { "\u23ce", '\n' }, { "\u21e5", '\t' } };

	for (size_t i = 0; i < 2; i++) {
		size_t len = strlen(signs[i].sign);

		for (char *p; (p = strstr(s, signs[i].sign));) {
			*p = signs[i].c;
			memmove(p + 1, p + len, strlen(p + len) + 1);
		}
	}
}

/* Numbers of the expressions that may differ; returns how many. */
static unsigned read_differences(bool *may)
{
	struct lines l = open_lines(DIR_CASES "differences.txt");
	unsigned n = 0;
	char *s, *end;

	while ((s = next_line(&l))) {
		for (long i; (i = strtol(s, &end, 10)) && end > s; s = end) {
			assert_in_range(i, 1, EXPRESSIONS);
			assert_false(may[i]);
			may[i] = true;
			n++;
		}
	}
	return n;
}

static void every_expression_has_the_reference_tool_s_verdict(void **state)
{
	struct lines l = open_lines(DIR_CASES "reference.tsv");
	bool may[EXPRESSIONS + 1] = { false };
	unsigned n = 0, differ = 0, bad = 0, allowed = read_differences(may);
	char *s;

	(void)state;
	while ((s = next_line(&l))) {
		char *verdict = strchr(s, '\t'), *text = verdict ? strchr(verdict + 1, '\t') : NULL;
		struct sr_err err = { 0 };
		struct sr_filter *f = NULL;
		bool want, got;

		assert_non_null(text);
		assert_int_equal(atoi(s), ++n);
		expand(++text);
		want = strncmp(verdict + 1, "valid", 5) == 0;
		got = sr_filter_compile(&f, text, &err) == 0;
		sr_filter_free(f);
		differ += got != want;
		if ((got != want) == may[n])
			continue;
		print_error("%u: %s\n  the reference tool: %s\n  sysreel: %s %s\n", n, text,
			    want ? "valid" : "invalid", got ? "valid" : "invalid:", err.msg);
		bad++;
	}
	assert_int_equal(n, EXPRESSIONS);
	assert_int_equal(bad, 0);
	assert_int_equal(differ, allowed);
	print_message("%u expressions, %u differ on purpose\n", n, differ);
}

/* Every run of white space as one blank: lines are wrapped anywhere. */
static void unwrap(char *s)
{
	char *to = s;

	for (; *s; s++)
		if (!strchr(" \n", *s))
			*to++ = *s;
		else if (!strchr(" \n", s[1]))
			*to++ = ' ';
	*to = 0;
}

static void the_manual_tells_every_difference(void **state)
{
	struct lines l = open_lines(DIR_CASES "differences.txt");
	FILE *f = fopen("docs/man/sysreel-filter.7.scd", "re");
	char *page = calloc(1, 1 << 16), *s;
	unsigned n = 0;

	(void)state;
	assert_non_null(f);
	assert_non_null(page);
	assert_true(fread(page, 1, (1 << 16) - 1, f) > 0);
	(void)fclose(f);
	unwrap(page);
	while ((s = next_line(&l))) {
		if (*s < 'A' || *s > 'Z')
			continue;
		n++;
		if (!strstr(page, s))
			fail_msg("sysreel-filter.7.scd does not say: %s", s);
	}
	free(page);
	assert_true(n > 3);
}

/* ---- fields ---- */

/* Families that a type of the reference tool can have here. */
static bool family_fits(const char *type, uint8_t fam)
{
	static const struct {
		const char *type;
		uint8_t fam;
	} others[] = { { "BOOL", SR_FAM_BOOL },	  { "IPADDR", SR_FAM_IP },
		       { "IPNET", SR_FAM_NET },	  { "BYTEBUF", SR_FAM_BYTES },
		       { "DYNAMIC", SR_FAM_DYN }, { "CHARBUF", SR_FAM_STR },
		       { "string", SR_FAM_STR },  { "list", SR_FAM_LIST } };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(others[i].type, type) == 0)
			return fam == others[i].fam;
	return fam == SR_FAM_NUM || fam == SR_FAM_DUR || fam == SR_FAM_PORT;
}

static const struct sr_field *find(const char *name)
{
	const struct sr_field *f;
	size_t n;

	f = sr_fields(&n);
	for (size_t i = 0; i < n; i++)
		if (strcmp(f[i].name, name) == 0)
			return &f[i];
	return NULL;
}

static void every_field_is_answered_or_says_why_not(void **state)
{
	static const char *const args[] = {
		[SR_ARG_NO] = "no", [SR_ARG_OPTIONAL] = "optional", [SR_ARG_REQUIRED] = "required"
	};
	struct lines l = open_lines(DIR_CASES "reference-fields.csv");
	unsigned n = 0, bad = 0, answered = 0;
	char *s = next_line(&l), *save;

	(void)state;
	assert_string_equal(s, "name,type,argument,list");
	while ((s = next_line(&l))) {
		const char *name = strtok_r(s, ",", &save), *type = strtok_r(NULL, ",", &save);
		const char *arg = strtok_r(NULL, ",", &save), *list = strtok_r(NULL, ",", &save);
		const struct sr_field *f = find(name);
		const char *why = f ? sr_field_never(f) : NULL;

		n++;
		if (f && strcmp(args[f->arg], arg) == 0 &&
		    (why ? strlen(why) > 20
			 : family_fits(strcmp(list, "yes") == 0 ? "list" : type,
				       sr_field_impl_of(f)->fam))) {
			answered += !why;
			continue;
		}
		print_error("%s: %s\n", name, f ? "another type or argument" : "not in the table");
		bad++;
	}
	assert_int_equal(n, 376);
	assert_int_equal(bad, 0);
	print_message("%u fields, %u answered\n", n, answered);
	assert_true(answered >= 248);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_expression_has_the_reference_tool_s_verdict),
		cmocka_unit_test(the_manual_tells_every_difference),
		cmocka_unit_test(every_field_is_answered_or_says_why_not),
	};

	return cmocka_run_group_tests_name("filter_reference", tests, NULL, NULL);
}
