/* SPDX-License-Identifier: Apache-2.0 */
/* Data-driven cases: the .test files of tests/filters, run on the block of filter_fixture.h.
 *
 *   EXPRESSION                 (may go on over several lines)
 *   %%ROWS 1-3 7               numbers of the events that it selects, none or all
 *
 *   EXPRESSION
 *   %%FAIL COLUMN MESSAGE      one line for each mistake
 *
 *   EXPRESSION
 *   %%WARN COLUMN MESSAGE      before ROWS
 *   %%ROWS ...
 *
 * Lines that start with # and empty lines between cases are skipped. */
#include "tests/unit/filter_fixture.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define DIR_CASES "tests/filters"

struct runner {
	struct fix x;
	unsigned cases, bad;
	const char *file;
	unsigned line;
};

static void complain(struct runner *r, const char *expr, const char *want, const char *got)
{
	r->bad++;
	print_error("%s:%u: %s\n  expected %s\n  got      %s\n", r->file, r->line, expr, want, got);
}

/* "1-3 7": the rows of a selection. */
static void rows_text(const uint64_t *sel, uint32_t n, struct sr_buf *out)
{
	uint32_t i = 0, end, all = 0;

	while (i < n) {
		for (end = i; end < n && sr_sel_get(sel, end); end++)
			;
		if (end == i) {
			i++;
			continue;
		}
		all += end - i;
		sr_buf_printf(out, end - i > 1 ? "%s%u-%u" : "%s%u", out->len ? " " : "", i + 1,
			      end);
		i = end;
	}
	if (!all || all == n) {
		out->len = 0;
		sr_buf_puts(out, all ? "all" : "none");
	}
}

/* Types that a filter says cannot match must not be among its rows. */
static bool types_agree(const struct sr_filter *f, const struct sr_block *b, const uint64_t *sel)
{
	uint8_t wanted[SR_TYPE_END];

	sr_filter_types(f, wanted);
	for (uint32_t i = 0; i < b->n; i++) {
		const struct sr_type *t = sr_block_type_of(b, i)->type;

		if (t && sr_sel_get(sel, i) && !wanted[sr_type_id(t)])
			return false;
	}
	return true;
}

/* Printed, it parses again, prints the same and selects the same. */
static bool survives_printing(struct runner *r, const struct sr_filter *f, const uint64_t *sel)
{
	uint64_t again[SR_SEL_WORDS(64)] = { 0 };
	struct sr_buf first = { 0 }, second = { 0 };
	struct sr_filter *g = NULL;
	bool same = false;

	sr_filter_print(f, &first);
	if (sr_filter_compile(&g, sr_buf_cstr(&first), NULL) == 0) {
		sr_filter_print(g, &second);
		same = strcmp(sr_buf_cstr(&first), sr_buf_cstr(&second)) == 0 &&
		       sr_filter_run(g, &r->x.v, again, NULL) >= 0 && again[0] == sel[0];
	}
	sr_filter_free(g);
	sr_buf_free(&first);
	sr_buf_free(&second);
	return same;
}

static void put_notes(const char *word, const struct sr_notes *notes, struct sr_buf *out)
{
	for (unsigned i = 0; i < notes->n; i++)
		sr_buf_printf(out, "%s%%%%%s %lld %s", out->len ? "\n" : "", word,
			      (long long)notes->v[i].pos, notes->v[i].msg);
}

static void select_rows(struct runner *r, const char *expr, struct sr_filter *f, struct sr_buf *got)
{
	uint64_t sel[SR_SEL_WORDS(64)] = { 0 };
	struct sr_buf rows = { 0 };

	assert_true(sr_filter_run(f, &r->x.v, sel, NULL) >= 0);
	rows_text(sel, r->x.b->n, &rows);
	sr_buf_printf(got, "%s%%%%ROWS %s", got->len ? "\n" : "", sr_buf_cstr(&rows));
	sr_buf_free(&rows);
	if (!survives_printing(r, f, sel))
		complain(r, expr, "the same after printing", "something else");
	if (!types_agree(f, r->x.b, sel))
		complain(r, expr, "rows of wanted types", "another");
}

static void run_case(struct runner *r, const char *expr, const char *want)
{
	struct sr_notes errors = { 0 }, warnings = { 0 };
	struct sr_filter *f = NULL;
	struct sr_buf got = { 0 };

	r->cases++;
	if (sr_filter_diagnose(&f, expr, &errors, &warnings) < 0) {
		put_notes("FAIL", &errors, &got);
	} else {
		put_notes("WARN", &warnings, &got);
		select_rows(r, expr, f, &got);
	}
	if (strcmp(sr_buf_cstr(&got), want) != 0)
		complain(r, expr, want, sr_buf_cstr(&got));
	sr_buf_free(&got);
	sr_filter_free(f);
}

/* A case ends where no further line of its verdict follows. */
static void end_case(struct runner *r, struct sr_buf *expr, struct sr_buf *want)
{
	if (!want->len)
		return;
	run_case(r, sr_buf_cstr(expr), sr_buf_cstr(want));
	expr->len = want->len = 0;
}

static void run_file(struct runner *r, const char *name)
{
	struct sr_buf path = { 0 }, expr = { 0 }, want = { 0 };
	size_t cap = 0;
	char *line = NULL;
	ssize_t n;
	FILE *f;

	sr_buf_printf(&path, DIR_CASES "/%s", name);
	f = fopen(sr_buf_cstr(&path), "re");
	assert_non_null(f);
	r->file = name;
	for (r->line = 1; (n = getline(&line, &cap, f)) >= 0; r->line++) {
		if (n && line[n - 1] == '\n')
			line[n - 1] = 0;
		if (line[0] == '%' && line[1] == '%') {
			sr_buf_printf(&want, "%s%s", want.len ? "\n" : "", line);
			continue;
		}
		end_case(r, &expr, &want);
		if (expr.len || (line[0] && line[0] != '#')) {
			if (expr.len)
				sr_buf_putc(&expr, '\n');
			sr_buf_puts(&expr, line);
		}
	}
	end_case(r, &expr, &want);
	if (expr.len)
		complain(r, sr_buf_cstr(&expr), "a verdict", "the end of the file");
	(void)fclose(f);
	free(line);
	sr_buf_free(&path);
	sr_buf_free(&expr);
	sr_buf_free(&want);
}

static void every_case_has_its_verdict(void **state)
{
	struct runner r = { 0 };
	struct dirent *e;
	unsigned files = 0;
	DIR *d = opendir(DIR_CASES);

	(void)state;
	assert_non_null(d);
	fix_init(&r.x);
	while ((e = readdir(d))) {
		size_t n = strlen(e->d_name);

		if (n < 6 || strcmp(e->d_name + n - 5, ".test") != 0)
			continue;
		files++;
		run_file(&r, e->d_name);
	}
	(void)closedir(d);
	fix_free(&r.x);
	print_message("%u cases in %u files\n", r.cases, files);
	assert_true(files > 0 && r.cases > 0);
	assert_int_equal(r.bad, 0);
}

/* A whole file, to be freed. */
static char *slurp(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = calloc(1, 1 << 16);

	assert_non_null(f);
	assert_non_null(text);
	assert_true(fread(text, 1, (1 << 16) - 1, f) > 0);
	(void)fclose(f);
	return text;
}

static void every_example_runs(void **state)
{
	char *text = slurp(DIR_CASES "/examples.txt"), *save = NULL;
	unsigned examples = 0;
	struct fix x;

	(void)state;
	fix_init(&x);
	for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		uint64_t sel[SR_SEL_WORDS(64)] = { 0 };
		struct sr_notes errors = { 0 }, warnings = { 0 };
		struct sr_filter *f = NULL;

		if (sr_filter_diagnose(&f, l, &errors, &warnings) < 0)
			fail_msg("%s: %s", l, errors.v[0].msg);
		if (warnings.n)
			fail_msg("%s: %s", l, warnings.v[0].msg);
		assert_in_range(sr_filter_run(f, &x.v, sel, NULL), 0, x.b->n);
		examples++;
		sr_filter_free(f);
	}
	fix_free(&x);
	free(text);
	assert_true(examples >= 25);
}

static void the_manual_shows_the_examples_as_they_are(void **state)
{
	char *text = slurp(DIR_CASES "/examples.txt");
	char *page = slurp("docs/man/sysreel-filter.7.scd");

	(void)state;
	assert_non_null(strstr(page, text));
	free(text);
	free(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_case_has_its_verdict),
		cmocka_unit_test(every_example_runs),
		cmocka_unit_test(the_manual_shows_the_examples_as_they_are),
	};

	return cmocka_run_group_tests_name("filter_cases", tests, NULL, NULL);
}
