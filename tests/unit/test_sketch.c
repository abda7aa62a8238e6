/* SPDX-License-Identifier: Apache-2.0 */
/* Percentiles against sorted values, distinct counts against sets, and both merged in parts. */
#include "chisels/sketch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define N 5000

static struct sr_arena arena;

static void add(struct sr_sketch **s, bool distinct, struct sysreel_value v)
{
	assert_int_equal(sr_sketch_add(s, &arena, distinct, &v), 0);
}

static uint64_t next(uint64_t *x)
{
	*x = *x * 6364136223846793005u + 1442695040888963407u;
	return *x >> 20;
}

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Value number ceil(N * percent / 100) of @sorted, within 1/64. */
static void expect_near(const struct sr_sketch *s, const int64_t *sorted, unsigned int percent)
{
	int64_t want = sorted[(N * percent + 99) / 100 - 1];
	int64_t got = sr_sketch_percentile(s, percent).i;

	assert_true(llabs(got - want) <= llabs(want) / 64 + 1);
}

static void percentiles_are_within_a_64th(void **state)
{
	struct sr_sketch *s = NULL, *parts[2] = { NULL, NULL }, *merged = NULL;
	static int64_t v[N];
	uint64_t x = 1;

	(void)state;
	for (size_t i = 0; i < N; i++) {
		v[i] = (int64_t)(next(&x) >> (next(&x) % 40)) - 1000;
		add(&s, false, sysreel_int(v[i]));
		add(&parts[i % 2], false, sysreel_int(v[i]));
	}
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(sr_sketch_merge(&merged, &arena, parts[i]), 0);
	qsort(v, N, sizeof(*v), by_number);
	for (unsigned int p = 1; p <= 100; p++) {
		expect_near(s, v, p);
		assert_true(sr_sketch_percentile(merged, p).i == sr_sketch_percentile(s, p).i);
	}
}

static void small_and_single_numbers_are_exact(void **state)
{
	struct sr_sketch *small = NULL, *one = NULL;
	struct sysreel_value time = sysreel_uint(123456789);

	(void)state;
	for (int i = -31; i < 32; i++)
		add(&small, false, sysreel_int(i));
	assert_int_equal(sr_sketch_percentile(small, 50).i, 0);
	assert_int_equal(sr_sketch_percentile(small, 1).i, -31);
	assert_int_equal(sr_sketch_percentile(small, 100).i, 31);
	time.type = SYSREEL_DURATION;
	add(&one, false, time);
	assert_int_equal(sr_sketch_percentile(one, 99).u, 123456789);
	assert_int_equal(sr_sketch_percentile(one, 99).type, SYSREEL_DURATION);
}

static void the_largest_and_smallest_numbers_fit(void **state)
{
	struct sr_sketch *s = NULL, *u = NULL;

	(void)state;
	add(&s, false, sysreel_int(INT64_MIN));
	add(&s, false, sysreel_int(INT64_MAX));
	assert_true(sr_sketch_percentile(s, 50).i == INT64_MIN);
	assert_true(sr_sketch_percentile(s, 99).i >= INT64_MAX / 64 * 63);
	add(&u, false, sysreel_uint(UINT64_MAX));
	assert_true(sr_sketch_percentile(u, 50).u == UINT64_MAX);
}

static void few_different_values_are_counted_exactly(void **state)
{
	struct sr_sketch *s = NULL, *t = NULL;

	(void)state;
	for (int round = 0; round < 3; round++)
		for (uint64_t i = 0; i < 256; i++) {
			add(&s, true, sysreel_uint(i));
			assert_int_equal(sr_sketch_distinct(s), round ? 256 : i + 1);
		}
	add(&t, true, sysreel_text("a", 1));
	add(&t, true, sysreel_text("b", 1));
	add(&t, true, sysreel_text("a", 1));
	assert_int_equal(sr_sketch_distinct(t), 2);
}

static void many_different_values_are_counted_within_some_percent(void **state)
{
	struct sr_sketch *s = NULL, *parts[2] = { NULL, NULL }, *merged = NULL;
	uint64_t limit = 300;

	(void)state;
	for (uint64_t i = 1; i <= 300000; i++) {
		uint64_t got;

		add(&s, true, sysreel_uint(i));
		add(&parts[i % 2], true, sysreel_uint(i));
		if (i < limit)
			continue;
		limit *= 3;
		got = sr_sketch_distinct(s);
		assert_in_range(got, i - i / 16, i + i / 16);
	}
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(sr_sketch_merge(&merged, &arena, parts[i]), 0);
	assert_int_equal(sr_sketch_distinct(merged), sr_sketch_distinct(s));
}

static int teardown(void **state)
{
	(void)state;
	sr_arena_free(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(percentiles_are_within_a_64th),
		cmocka_unit_test(small_and_single_numbers_are_exact),
		cmocka_unit_test(the_largest_and_smallest_numbers_fit),
		cmocka_unit_test(few_different_values_are_counted_exactly),
		cmocka_unit_test(many_different_values_are_counted_within_some_percent),
	};

	return cmocka_run_group_tests_name("sketch", tests, NULL, teardown);
}
