/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of chisels: merging, sorting, limits, rendering, and what is absent. */
#include "chisels/table.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEXT(s) sysreel_text(s, sizeof(s) - 1)

static const struct sr_table_opts plain;

static const struct sysreel_col top_cols[] = {
	{ .name = "bytes", .title = "BYTES", .op = SYSREEL_SUM, .unit = SYSREEL_BYTES, .field = 1 },
	{ .name = "calls", .title = "CALLS", .op = SYSREEL_COUNT },
	{ .name = "file", .title = "FILE", .field = 0 },
};

static struct sysreel_table_def top_def(void)
{
	return (struct sysreel_table_def){ .size = sizeof(struct sysreel_table_def),
					   .cols = top_cols,
					   .ncols = 3,
					   .flags = SYSREEL_TABLE_GROUP };
}

static struct sysreel_table *make(const struct sysreel_table_def *def, uint32_t max_rows)
{
	struct sysreel_table *t;
	struct sr_err err;

	if (sr_table_new(&t, def, -1, max_rows, &err) < 0)
		fail_msg("%s", err.msg);
	return t;
}

static void add(struct sysreel_table *t, const char *file, uint64_t bytes)
{
	struct sysreel_value cells[] = {
		sysreel_uint(bytes),
		sysreel_uint(0),
		file ? sysreel_text(file, strlen(file)) : sysreel_absent(SYSREEL_UNKNOWN),
	};

	assert_int_equal(sr_table_row(t, cells), 0);
}

static void expect_text(struct sysreel_table *t, const struct sr_table_opts *o, const char *want)
{
	struct sr_buf b = { 0 };

	assert_int_equal(sr_table_text(t, o, &b), 0);
	assert_string_equal(sr_buf_cstr(&b), want);
	sr_buf_free(&b);
}

static void expect_json(struct sysreel_table *t, const char *want)
{
	struct sr_buf b = { 0 };

	assert_int_equal(sr_table_json(t, &b), 0);
	assert_string_equal(sr_buf_cstr(&b), want);
	sr_buf_free(&b);
}

static void rows_with_equal_keys_are_merged_and_the_largest_come_first(void **state)
{
	struct sysreel_table_def def = top_def();
	struct sysreel_table *t = make(&def, 0);

	(void)state;
	add(t, "/etc/passwd", 100);
	add(t, "/var/log/web.log", 3000);
	add(t, "/etc/passwd", 412);
	expect_text(t, &plain,
		    "BYTES  CALLS  FILE\n"
		    "2.93K      1  /var/log/web.log\n"
		    " 512B      2  /etc/passwd\n");
	sr_table_free(t);
}

static void ties_are_broken_by_the_key(void **state)
{
	struct sysreel_table_def def = top_def();
	struct sysreel_table *t = make(&def, 0);

	(void)state;
	add(t, "b", 1);
	add(t, "c", 1);
	add(t, "a", 1);
	expect_text(t, &plain,
		    "BYTES  CALLS  FILE\n"
		    "   1B      1  a\n"
		    "   1B      1  b\n"
		    "   1B      1  c\n");
	sr_table_free(t);
}

static void what_the_limit_leaves_out_is_added_up_as_others(void **state)
{
	struct sysreel_table_def def = top_def();
	struct sysreel_table *t;

	(void)state;
	def.top = 1;
	t = make(&def, 0);
	add(t, "a", 10);
	add(t, "b", 3);
	add(t, "c", 2);
	add(t, "b", 4);
	expect_text(t, &plain,
		    "BYTES  CALLS  FILE\n"
		    "  10B      1  a\n"
		    "   9B      3  (2 others)\n");
	expect_json(t, "{\"title\":null,\"rows\":[{\"bytes\":10,\"calls\":1,\"file\":\"a\"}],"
		       "\"others\":{\"rows\":2,\"limit_reached\":false,\"bytes\":9,\"calls\":3},"
		       "\"absent\":[],\"left_out\":{\"events\":0,\"bytes\":null,\"calls\":0}}");
	sr_table_free(t);
}

static void groups_beyond_the_cap_are_added_up_and_told(void **state)
{
	struct sysreel_table_def def = top_def();
	struct sysreel_table *t = make(&def, 2);

	(void)state;
	add(t, "a", 1);
	add(t, "b", 2);
	add(t, "c", 100);
	add(t, "d", 50);
	add(t, "a", 1);
	expect_text(t, &plain,
		    "BYTES  CALLS  FILE\n"
		    "   2B      2  a\n"
		    "   2B      1  b\n"
		    " 150B      2  (others)\n"
		    "only 2 groups are kept apart: a group that came later is among the others, "
		    "however large\n");
	sr_table_free(t);
}

static void rows_without_a_key_are_told_with_what_they_carried(void **state)
{
	struct sysreel_table_def def = top_def();
	struct sysreel_table *t = make(&def, 0);
	struct sysreel_value fault[] = { sysreel_uint(5), sysreel_uint(0),
					 sysreel_absent(SYSREEL_FAULT) };

	(void)state;
	add(t, "a", 1);
	add(t, NULL, 7);
	add(t, NULL, 8);
	assert_int_equal(sr_table_row(t, fault), 0);
	expect_text(t, &plain,
		    "BYTES  CALLS  FILE\n"
		    "   1B      1  a\n"
		    "3 events without FILE are not in the table: 1 page fault, 2 not known\n"
		    "BYTES not in the table: 20B\n");
	expect_json(t, "{\"title\":null,\"rows\":[{\"bytes\":1,\"calls\":1,\"file\":\"a\"}],"
		       "\"others\":{\"rows\":0,\"limit_reached\":false,\"bytes\":null,\"calls\":0},"
		       "\"absent\":[{\"column\":\"file\",\"events\":3,\"reasons\":"
		       "{\"page fault\":1,\"not known\":2}}],"
		       "\"left_out\":{\"events\":3,\"bytes\":20,\"calls\":3}}");
	sr_table_free(t);
}

static void a_row_without_a_value_is_counted_and_told(void **state)
{
	struct sysreel_table_def def = top_def();
	struct sysreel_table *t = make(&def, 0);
	struct sysreel_value none[] = { sysreel_absent(SYSREEL_NONE), sysreel_uint(0), TEXT("a") };

	(void)state;
	add(t, "a", 9);
	assert_int_equal(sr_table_row(t, none), 0);
	expect_text(t, &plain,
		    "BYTES  CALLS  FILE\n"
		    "   9B      2  a\n"
		    "1 event has no BYTES: not applicable\n");
	sr_table_free(t);
}

static void an_optional_key_that_is_absent_is_a_group_of_its_own(void **state)
{
	static const struct sysreel_col cols[] = {
		{ .name = "n", .title = "N", .op = SYSREEL_COUNT },
		{ .name = "box", .title = "CONTAINER", .flags = SYSREEL_COL_OPTIONAL },
	};
	struct sysreel_table_def def = {
		.size = sizeof(def), .cols = cols, .ncols = 2, .flags = SYSREEL_TABLE_GROUP
	};
	struct sysreel_table *t = make(&def, 0);
	struct sysreel_value named[] = { sysreel_uint(0), TEXT("web") };
	struct sysreel_value without[] = { sysreel_uint(0), sysreel_absent(SYSREEL_UNKNOWN) };

	(void)state;
	sr_table_row(t, without);
	sr_table_row(t, named);
	sr_table_row(t, without);
	expect_text(t, &plain, "N  CONTAINER\n2  -\n1  web\n");
	sr_table_free(t);
}

static void min_max_and_mean_are_kept_through_the_row_others(void **state)
{
	static const struct sysreel_col cols[] = {
		{ .name = "min", .title = "MIN", .op = SYSREEL_MIN, .unit = SYSREEL_NS },
		{ .name = "max", .title = "MAX", .op = SYSREEL_MAX, .unit = SYSREEL_NS },
		{ .name = "avg", .title = "MEAN", .op = SYSREEL_AVG },
		{ .name = "pid", .title = "PID" },
	};
	static const struct {
		uint64_t v;
		int64_t pid;
	} rows[] = {
		{ 1500, 7 }, { 2500, 7 }, { 10, 8 }, { 30, 9 }, { 5000000000, 7 },
	};
	struct sysreel_table_def def = { .size = sizeof(def),
					 .cols = cols,
					 .ncols = 4,
					 .sort = 1,
					 .top = 1,
					 .flags = SYSREEL_TABLE_GROUP };
	struct sysreel_table *t = make(&def, 0);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct sysreel_value v = sysreel_uint(rows[i].v);
		struct sysreel_value cells[] = { v, v, v, sysreel_int(rows[i].pid) };

		assert_int_equal(sr_table_row(t, cells), 0);
	}
	expect_text(t, &plain,
		    "   MIN    MAX           MEAN         PID\n"
		    "1.50us  5.00s  1666668000.00           7\n"
		    "  10ns   30ns          20.00  (2 others)\n");
	sr_table_free(t);
}

static void sums_stop_at_the_largest_number(void **state)
{
	struct sysreel_table_def def = top_def();
	struct sysreel_table *t = make(&def, 0);
	struct sysreel_value big[] = { sysreel_int(INT64_MAX), sysreel_uint(0), TEXT("a") };
	struct sr_buf b = { 0 };

	(void)state;
	sr_table_row(t, big);
	sr_table_row(t, big);
	assert_int_equal(sr_table_json(t, &b), 0);
	assert_non_null(strstr(sr_buf_cstr(&b), "\"bytes\":9223372036854775807,"));
	sr_buf_free(&b);
	sr_table_free(t);
}

static void thousands_of_groups_are_found_again(void **state)
{
	struct sysreel_table_def def = top_def();
	struct sysreel_table *t;
	char name[32];
	struct sr_buf b = { 0 };

	(void)state;
	def.top = 2;
	t = make(&def, 0);
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < 5000; i++) {
			snprintf(name, sizeof(name), "/f/%d", i);
			add(t, name, (uint64_t)i);
		}
	assert_int_equal(sr_table_text(t, &plain, &b), 0);
	assert_string_equal(sr_buf_cstr(&b), "BYTES  CALLS  FILE\n"
					     "14.6K      3  /f/4999\n"
					     "14.6K      3  /f/4998\n"
					     "35.7M  14994  (4998 others)\n");
	sr_buf_free(&b);
	sr_table_free(t);
}

static void a_cleared_table_can_be_filled_again(void **state)
{
	struct sysreel_table_def def = top_def();
	struct sysreel_table *t = make(&def, 0);

	(void)state;
	add(t, "a", 1);
	add(t, NULL, 1);
	sr_table_clear(t);
	expect_text(t, &plain, "BYTES  CALLS  FILE\n(no rows)\n");
	add(t, "b", 2);
	expect_text(t, &plain, "BYTES  CALLS  FILE\n   2B      1  b\n");
	sr_table_free(t);
}

static void a_batch_is_merged_like_its_rows_with_and_without_codes(void **state)
{
	const struct sysreel_str names[] = { { .p = "x", .len = 1 }, { .p = "yy", .len = 2 } };
	struct sysreel_str s[6];
	uint64_t u[6] = { 1, 2, 4, 8, 16, 32 };
	uint32_t code[6] = { 0, 1, 0, 2, 1, 0 };
	uint8_t why[6] = { 0, 0, 0, SYSREEL_UNKNOWN, 0, 0 }, present[6] = { 0 };
	struct sysreel_column cols[2] = {
		{ .type = SYSREEL_STR, .why = why, .code = code, .ncodes = 3 },
		{ .type = SYSREEL_UINT, .why = present }
	};
	struct sysreel_batch batch = { .size = sizeof(batch), .n = 6, .ncols = 2, .cols = cols };
	struct sysreel_table_def def = top_def();
	struct sr_err err;

	(void)state;
	for (int i = 0; i < 6; i++)
		s[i] = names[code[i] % 2];
	cols[0].s = s;
	cols[1].u = u;
	for (int with = 0; with < 2; with++) {
		struct sysreel_table *t = make(&def, 0);

		cols[0].code = with ? code : NULL;
		assert_int_equal(sr_table_batch(t, &batch, &err), 0);
		expect_text(t, &plain,
			    "BYTES  CALLS  FILE\n"
			    "  37B      3  x\n"
			    "  18B      2  yy\n"
			    "1 event without FILE is not in the table: not known\n"
			    "BYTES not in the table: 8B\n");
		sr_table_free(t);
	}
}

/* Batches take short ways; what they come to must be what the rows come to. */
static void random_batches_come_to_the_same_as_their_rows(void **state)
{
	enum {
		N = 500
	};
	static const struct sysreel_col cols[] = {
		{ .name = "sum", .title = "SUM", .op = SYSREEL_SUM, .field = 1 },
		{ .name = "neg", .title = "NEG", .op = SYSREEL_SUM, .field = 2 },
		{ .name = "min", .title = "MIN", .op = SYSREEL_MIN, .field = 1 },
		{ .name = "max", .title = "MAX", .op = SYSREEL_MAX, .field = 1 },
		{ .name = "low", .title = "LOW", .op = SYSREEL_MIN, .field = 2 },
		{ .name = "avg", .title = "AVG", .op = SYSREEL_AVG, .field = 3 },
		{ .name = "n", .title = "N", .op = SYSREEL_COUNT },
		{ .name = "key", .title = "KEY", .field = 0 },
	};
	struct sysreel_table_def def = { .size = sizeof(def),
					 .cols = cols,
					 .ncols = 8,
					 .top = 5,
					 .flags = SYSREEL_TABLE_GROUP };
	static uint8_t why[4][N];
	static uint64_t key[N], u[N];
	static int64_t i64[N];
	static double d[N];
	static uint32_t code[N];
	struct sysreel_column c[4] = { { .type = SYSREEL_UINT, .why = why[0], .code = code },
				       { .type = SYSREEL_DURATION, .why = why[1] },
				       { .type = SYSREEL_INT, .why = why[2] },
				       { .type = SYSREEL_DOUBLE, .why = why[3] } };
	struct sysreel_batch b = { .size = sizeof(b), .n = N, .ncols = 4, .cols = c };
	struct sysreel_value cells[SYSREEL_MAX_COLS];
	struct sr_err err;

	(void)state;
	c[0].u = key;
	c[1].u = u;
	c[2].i = i64;
	c[3].d = d;
	for (unsigned int seed = 1; seed < 20; seed++) {
		struct sysreel_table *rows = make(&def, 12), *batch = make(&def, 12);
		struct sr_buf want = { 0 }, got = { 0 };

		srandom(seed);
		for (int r = 0; r < N; r++) {
			code[r] = (uint32_t)random() % 15;
			key[r] = code[r] % 14;
			why[0][r] = code[r] == 3 ? SYSREEL_FAULT : 0;
			u[r] = (uint64_t)random();
			i64[r] = random() - RAND_MAX / 2;
			d[r] = (double)(random() % 100);
			for (int k = 1; k < 4; k++)
				why[k][r] = random() % 5 ? 0 : SYSREEL_UNKNOWN;
		}
		for (uint32_t r = 0; r < N; r++) {
			sr_table_cells(rows, &b, r, cells);
			assert_int_equal(sr_table_row(rows, cells), 0);
		}
		assert_int_equal(sr_table_batch(batch, &b, &err), 0);
		assert_int_equal(sr_table_json(rows, &want), 0);
		assert_int_equal(sr_table_json(batch, &got), 0);
		assert_string_equal(sr_buf_cstr(&got), sr_buf_cstr(&want));
		sr_buf_free(&want);
		sr_buf_free(&got);
		sr_table_free(rows);
		sr_table_free(batch);
	}
}

static void text_cannot_be_added_up(void **state)
{
	struct sysreel_table_def def = top_def();
	struct sysreel_table *t = make(&def, 0);
	struct sysreel_value cells[] = { TEXT("12"), sysreel_uint(0), TEXT("a") };
	struct sysreel_column cols[2] = { { .type = SYSREEL_STR }, { .type = SYSREEL_STR } };
	struct sr_err err;

	(void)state;
	assert_int_equal(sr_table_row(t, cells), -EINVAL);
	assert_int_equal(sr_table_check_batch(t, cols, 2, &err), -EINVAL);
	assert_string_equal(err.msg, "column bytes cannot add up field 1: it is text");
	assert_int_equal(sr_table_check_batch(t, cols, 1, &err), -EINVAL);
	assert_string_equal(err.msg, "column bytes wants field 1, and only 1 are declared");
	sr_table_free(t);
}

static void a_wrong_definition_is_refused_with_words(void **state)
{
	struct sysreel_table_def def = top_def();
	struct sysreel_table *t = NULL;
	struct sr_err err;

	(void)state;
	def.sort = 3;
	assert_int_equal(sr_table_new(&t, &def, -1, 0, &err), -EINVAL);
	assert_string_equal(err.msg, "a table of 3 columns cannot be sorted by column 3");
	def = top_def();
	def.flags = 0;
	assert_int_equal(sr_table_new(&t, &def, -1, 0, &err), -EINVAL);
	assert_string_equal(err.msg, "a table that adds values up needs SYSREEL_TABLE_GROUP");
	def = top_def();
	def.flags |= 1 << 20;
	assert_int_equal(sr_table_new(&t, &def, -1, 0, &err), -EINVAL);
	assert_string_equal(err.msg, "this sysreel does not know flags 0x100000 of a table: update "
				     "sysreel");
	def = top_def();
	def.size = 0;
	assert_int_equal(sr_table_new(&t, &def, -1, 0, &err), -EINVAL);
	assert_string_equal(err.msg, "a table's .size is not that of struct sysreel_table_def");
	def = top_def();
	def.ncols = 17;
	assert_int_equal(sr_table_new(&t, &def, -1, 0, &err), -EINVAL);
	assert_string_equal(err.msg, "a table has 1 to 16 columns, not 17");
	assert_null(t);
}

static void text_from_the_recording_cannot_act_on_the_terminal(void **state)
{
	struct sysreel_table_def def = top_def();
	struct sysreel_table *t = make(&def, 0);

	(void)state;
	add(t, "a\033[2Jb\nc\x7f\xff \xc2\x9b \xe2\x82\xac", 1);
	expect_text(t, &plain,
		    "BYTES  CALLS  FILE\n"
		    "   1B      1  a\\x1b[2Jb\\nc\\x7f\\xff \\xc2\\x9b \xe2\x82\xac\n");
	sr_table_free(t);
}

static void a_long_text_is_cut_in_its_middle_to_fit_the_terminal(void **state)
{
	const struct sr_table_opts narrow = { .width = 40 };
	struct sysreel_table_def def = top_def();
	struct sysreel_table *t = make(&def, 0);

	(void)state;
	add(t, "/usr/share/nginx/html/assets/images/very/deep/logo.svg", 1);
	add(t, "/short", 1);
	expect_text(t, &narrow,
		    "BYTES  CALLS  FILE\n"
		    "   1B      1  /short\n"
		    "   1B      1  /usr/sh...ry/deep/logo.svg\n");
	sr_table_free(t);
}

static void a_dull_column_is_left_out_until_it_says_something(void **state)
{
	static const struct sysreel_col cols[] = {
		{ .name = "n", .title = "N", .op = SYSREEL_COUNT },
		{ .name = "box", .title = "CONTAINER", .dull = "host" },
		{ .name = "p", .title = "PROCESS" },
	};
	struct sysreel_table_def def = {
		.size = sizeof(def), .cols = cols, .ncols = 3, .flags = SYSREEL_TABLE_GROUP
	};
	struct sysreel_table *t = make(&def, 0);
	struct sysreel_value host[] = { sysreel_uint(0), TEXT("host"), TEXT("sh") };
	struct sysreel_value web[] = { sysreel_uint(0), TEXT("web"), TEXT("nginx") };

	(void)state;
	sr_table_row(t, host);
	expect_text(t, &plain, "N  PROCESS\n1  sh\n");
	sr_table_row(t, web);
	expect_text(t, &plain, "N  CONTAINER  PROCESS\n1  host       sh\n1  web        nginx\n");
	sr_table_free(t);
}

static void values_are_shown_in_their_units(void **state)
{
	static const struct {
		struct sysreel_value v;
		enum sysreel_unit unit;
		const char *want;
	} cases[] = {
		{ { .type = SYSREEL_UINT, .u = 1023 }, SYSREEL_BYTES, "1023B" },
		{ { .type = SYSREEL_UINT, .u = 1024 }, SYSREEL_BYTES, "1.00K" },
		{ { .type = SYSREEL_UINT, .u = 10 * 1024 * 1024 }, SYSREEL_BYTES, "10.0M" },
		{ { .type = SYSREEL_UINT, .u = 1023 * 1024 }, SYSREEL_BYTES, "1023K" },
		{ { .type = SYSREEL_INT, .i = -2048 }, SYSREEL_BYTES, "-2.00K" },
		{ { .type = SYSREEL_UINT, .u = UINT64_MAX }, SYSREEL_BYTES, "16384P" },
		{ { .type = SYSREEL_DURATION, .u = 999 }, SYSREEL_PLAIN, "999ns" },
		{ { .type = SYSREEL_DURATION, .u = 1500 }, SYSREEL_PLAIN, "1.50us" },
		{ { .type = SYSREEL_DURATION, .u = 999600 }, SYSREEL_PLAIN, "1.00ms" },
		{ { .type = SYSREEL_UINT, .u = 15000000 }, SYSREEL_NS, "15.0ms" },
		{ { .type = SYSREEL_UINT, .u = 75000000000 }, SYSREEL_NS, "75.00s" },
		{ { .type = SYSREEL_DOUBLE, .d = 12.5 }, SYSREEL_PERCENT, "12.50%" },
		{ { .type = SYSREEL_BOOL, .u = 1 }, SYSREEL_PLAIN, "true" },
		{ { .type = SYSREEL_INT, .i = -13 }, SYSREEL_PLAIN, "-13" },
		{ { .type = SYSREEL_UINT, .u = 31 }, SYSREEL_HEX, "0x1f" },
		{ { .type = SYSREEL_TIME, .u = 1000000000123456789 },
		  SYSREEL_PLAIN,
		  "02:46:40.123456789" },
		{ { .why = SYSREEL_FAULT }, SYSREEL_BYTES, "-" },
	};
	const struct sr_table_opts east = { .tz_offset = 3600 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct sr_buf b = { 0 };

		sr_cell_text(&cases[i].v, cases[i].unit, &east, &b);
		assert_string_equal(sr_buf_cstr(&b), cases[i].want);
		sr_buf_free(&b);
	}
}

static void json_keeps_types_and_absence(void **state)
{
	static const struct sysreel_col cols[] = { { .name = "a", .title = "A" },
						   { .name = "b", .title = "B" },
						   { .name = "c", .title = "C" },
						   { .name = "d", .title = "D" } };
	struct sysreel_table_def def = {
		.size = sizeof(def), .cols = cols, .ncols = 4, .flags = SYSREEL_TABLE_UNSORTED
	};
	struct sysreel_table *t = make(&def, 0);
	struct sysreel_value row[] = { TEXT("q\"\xff"), sysreel_int(-1), sysreel_double(0.5),
				       sysreel_absent(SYSREEL_CUT) };

	(void)state;
	sr_table_row(t, row);
	expect_json(t, "{\"title\":null,\"rows\":[{\"a\":\"q\\\"\\u00ff\",\"b\":-1,\"c\":0.5,"
		       "\"d\":null}],\"others\":{\"rows\":0,\"limit_reached\":false},"
		       "\"absent\":[]}");
	sr_table_free(t);
}

static void a_stream_pads_to_its_widths(void **state)
{
	static const struct sysreel_col cols[] = { { .name = "pid", .title = "PID", .width = 6 },
						   { .name = "cmd", .title = "COMMAND" } };
	struct sysreel_table_def def = {
		.size = sizeof(def), .cols = cols, .ncols = 2, .flags = SYSREEL_TABLE_STREAM
	};
	struct sysreel_table *t = make(&def, 0);
	struct sysreel_value row[] = { sysreel_int(42), TEXT("ls -l") };
	struct sr_buf b = { 0 };

	(void)state;
	assert_true(sr_table_is_stream(t));
	sr_table_stream_head(t, &plain, &b);
	sr_table_stream_text(t, &plain, row, &b);
	assert_string_equal(sr_buf_cstr(&b), "PID     COMMAND\n42      ls -l\n");
	sr_buf_free(&b);
	sr_table_free(t);
}

static void percentiles_rates_and_shares_come_out_of_the_rows_and_the_others(void **state)
{
	static const struct sysreel_col cols[] = {
		{ .name = "n", .title = "N", .op = SYSREEL_COUNT, .unit = SYSREEL_BAR },
		{ .name = "p50", .title = "P50", .op = SYSREEL_P50 },
		{ .name = "p99", .title = "P99", .op = SYSREEL_P99 },
		{ .name = "kinds", .title = "KINDS", .op = SYSREEL_DISTINCT },
		{ .name = "rate", .title = "RATE", .op = SYSREEL_RATE },
		{ .name = "share", .title = "SHARE", .op = SYSREEL_SHARE, .unit = SYSREEL_PERCENT },
		{ .name = "key", .title = "KEY" },
	};
	struct sysreel_table_def def = { .size = sizeof(def),
					 .cols = cols,
					 .ncols = 7,
					 .flags = SYSREEL_TABLE_GROUP,
					 .top = 1 };
	struct sysreel_table *t = make(&def, 0);
	struct sysreel_value row[7] = { 0 };

	(void)state;
	for (uint64_t i = 1; i <= 30; i++) {
		for (size_t c = 1; c < 6; c++)
			row[c] = sysreel_uint(i);
		row[3] = i % 2 ? TEXT("odd") : TEXT("even");
		row[6] = i <= 20 ? TEXT("x") : i <= 25 ? TEXT("y") : TEXT("z");
		assert_int_equal(sr_table_row(t, row), 0);
	}
	sr_table_set_elapsed(t, 2000000000);
	expect_text(t, &plain,
		    "N                     P50  P99  KINDS    RATE   SHARE  KEY\n"
		    "####################   10   20      2  105.00  45.16%  x\n"
		    "                       25   30      2  127.50  54.84%  (2 others)\n");
	sr_table_free(t);
}

static void only_the_best_rows_are_kept(void **state)
{
	static const struct sysreel_col cols[] = { { .name = "n", .title = "N" },
						   { .name = "name", .title = "NAME" } };
	struct sysreel_table_def def = {
		.size = sizeof(def), .cols = cols, .ncols = 2, .flags = SYSREEL_TABLE_BEST, .top = 2
	};
	struct sysreel_table *t = make(&def, 0);

	(void)state;
	for (uint64_t i = 0; i < 250000; i++) {
		char name[32];
		struct sysreel_value row[] = {
			sysreel_uint(i * 7919 % 250000),
			sysreel_text(name, (size_t)snprintf(name, sizeof(name), "row %d", (int)i))
		};

		assert_int_equal(sr_table_row(t, row), 0);
	}
	expect_text(t, &plain,
		    "     N  NAME\n"
		    "249999  row 232321\n"
		    "249998  row 214642\n"
		    "(249998 more rows)\n");
	sr_table_free(t);
}

/* ---- parts ---- */

static const struct sysreel_col part_cols[] = {
	{ .name = "bytes", .title = "BYTES", .op = SYSREEL_SUM },
	{ .name = "calls", .title = "CALLS", .op = SYSREEL_COUNT },
	{ .name = "file", .title = "FILE" },
	{ .name = "least", .title = "LEAST", .op = SYSREEL_MIN },
	{ .name = "mean", .title = "MEAN", .op = SYSREEL_AVG },
	{ .name = "values", .title = "VALUES", .op = SYSREEL_DISTINCT },
	{ .name = "p90", .title = "P90", .op = SYSREEL_P90 },
	{ .name = "share", .title = "SHARE", .op = SYSREEL_SHARE },
};

static const struct sysreel_col row_cols[] = {
	{ .name = "file", .title = "FILE" },
	{ .name = "n", .title = "N" },
};

/* Rows with what has to be told of: groups, absent keys, absent values. */
static void add_random(struct sysreel_table *t, bool group, uint32_t r)
{
	struct sysreel_value n = r % 11 ? sysreel_uint(r % 1009) : sysreel_absent(SYSREEL_FAULT);
	char name[16];
	int len = snprintf(name, sizeof(name), "f%u", r % 83);
	struct sysreel_value file =
		r % 13 ? sysreel_text(name, (size_t)len) : sysreel_absent(SYSREEL_UNKNOWN);
	struct sysreel_value cells[] = { n, sysreel_uint(1), file, n, n, n, n, n };
	struct sysreel_value single[] = { file, sysreel_uint(r) };

	assert_int_equal(sr_table_row(t, group ? cells : single), 0);
}

static void parts_come_to_what_single_rows_do(void **state)
{
	const struct sysreel_table_def defs[] = {
		{ .size = sizeof(*defs),
		  .cols = part_cols,
		  .ncols = 8,
		  .flags = SYSREEL_TABLE_GROUP },
		{ .size = sizeof(*defs), .cols = row_cols, .ncols = 2, .sort = 1 },
		{ .size = sizeof(*defs),
		  .cols = row_cols,
		  .ncols = 2,
		  .flags = SYSREEL_TABLE_UNSORTED },
		{ .size = sizeof(*defs),
		  .cols = row_cols,
		  .ncols = 2,
		  .sort = 1,
		  .top = 7,
		  .flags = SYSREEL_TABLE_BEST },
	};

	(void)state;
	for (size_t d = 0; d < 4; d++) {
		for (uint32_t max = 50; max <= 100000; max *= 2000) { /* with and without room */
			struct sysreel_table *one = make(&defs[d], max), *all = make(&defs[d], max);
			struct sysreel_table *part = make(&defs[d], max);
			struct sr_buf want = { 0 };
			uint32_t r = 12345;

			sr_table_make_part(part);
			for (int i = 0; i < 9000; i++) {
				r = r * 1103515245u + 12345u;
				add_random(one, d == 0, r >> 8);
				add_random(part, d == 0, r >> 8);
				if (i % 700 == 699)
					assert_int_equal(sr_table_merge(all, part), 0);
			}
			assert_int_equal(sr_table_merge(all, part), 0);
			assert_int_equal(sr_table_merge(all, part), 0); /* nothing is left */
			assert_int_equal(sr_table_text(one, &plain, &want), 0);
			expect_text(all, &plain, sr_buf_cstr(&want));
			sr_buf_free(&want);
			sr_table_free(one);
			sr_table_free(all);
			sr_table_free(part);
		}
	}
}

static void a_terminal_with_room_has_bars_and_a_narrow_one_fewer_columns(void **state)
{
	const struct sr_table_opts wide = { .width = 61, .bars = true };
	const struct sr_table_opts tight = { .width = 26, .bars = true };
	const struct sr_table_opts narrow = { .width = 18, .bars = true };
	struct sysreel_table_def def = top_def();
	struct sysreel_table *t = make(&def, 0);

	(void)state;
	add(t, "/var/log/nginx/access.log", 4096);
	add(t, "/etc/passwd", 1024);
	expect_text(t, &wide,
		    "BYTES  CALLS  FILE\n"
		    "4.00K      1  /var/log/nginx/access.log  ####################\n"
		    "1.00K      1  /etc/passwd                #####\n");
	expect_text(t, &tight,
		    "BYTES  CALLS  FILE\n"
		    "4.00K      1  /va...ss.log\n"
		    "1.00K      1  /etc/passwd\n");
	expect_text(t, &narrow,
		    "BYTES  FILE\n"
		    "4.00K  /....log\n"
		    "1.00K  /...sswd\n"
		    "the terminal is too narrow for: CALLS\n");
	sr_table_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_come_to_what_single_rows_do),
		cmocka_unit_test(rows_with_equal_keys_are_merged_and_the_largest_come_first),
		cmocka_unit_test(ties_are_broken_by_the_key),
		cmocka_unit_test(what_the_limit_leaves_out_is_added_up_as_others),
		cmocka_unit_test(groups_beyond_the_cap_are_added_up_and_told),
		cmocka_unit_test(rows_without_a_key_are_told_with_what_they_carried),
		cmocka_unit_test(a_row_without_a_value_is_counted_and_told),
		cmocka_unit_test(an_optional_key_that_is_absent_is_a_group_of_its_own),
		cmocka_unit_test(min_max_and_mean_are_kept_through_the_row_others),
		cmocka_unit_test(sums_stop_at_the_largest_number),
		cmocka_unit_test(thousands_of_groups_are_found_again),
		cmocka_unit_test(a_cleared_table_can_be_filled_again),
		cmocka_unit_test(a_batch_is_merged_like_its_rows_with_and_without_codes),
		cmocka_unit_test(random_batches_come_to_the_same_as_their_rows),
		cmocka_unit_test(text_cannot_be_added_up),
		cmocka_unit_test(a_wrong_definition_is_refused_with_words),
		cmocka_unit_test(text_from_the_recording_cannot_act_on_the_terminal),
		cmocka_unit_test(a_long_text_is_cut_in_its_middle_to_fit_the_terminal),
		cmocka_unit_test(a_terminal_with_room_has_bars_and_a_narrow_one_fewer_columns),
		cmocka_unit_test(a_dull_column_is_left_out_until_it_says_something),
		cmocka_unit_test(values_are_shown_in_their_units),
		cmocka_unit_test(json_keeps_types_and_absence),
		cmocka_unit_test(a_stream_pads_to_its_widths),
		cmocka_unit_test(percentiles_rates_and_shares_come_out_of_the_rows_and_the_others),
		cmocka_unit_test(only_the_best_rows_are_kept),
	};

	return cmocka_run_group_tests_name("chisel_table", tests, NULL, NULL);
}
