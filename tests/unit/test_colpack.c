/* SPDX-License-Identifier: Apache-2.0 */
/* Column encodings: what goes in comes out, damage is refused, sizes are as hoped. */
#include "formats/colpack.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define N 5000u

static uint64_t seed;

static uint64_t rnd(void)
{
	uint64_t z = seed += 0x9e3779b97f4a7c15u; /* splitmix64 */

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* Encode, decode, compare; return the encoded length. */
static size_t round_trip(const uint64_t *v, uint32_t n, uint8_t *head)
{
	struct sr_colpack *cp = NULL;
	struct sr_buf buf = { 0 };
	uint64_t *back = malloc((n + 1) * sizeof(*back));
	struct sr_cur c;
	size_t len;

	assert_non_null(back);
	assert_int_equal(sr_colpack_new(&cp), 0);
	assert_int_equal(sr_col_encode(cp, &buf, v, n), 0);
	c = sr_cur(buf.p, buf.len);
	assert_int_equal(sr_col_decode(&c, back, 8, n), 0);
	assert_int_equal(c.left, 0);
	if (n)
		assert_memory_equal(v, back, n * sizeof(*v));
	c = sr_cur(buf.p, buf.len);
	assert_int_equal(sr_col_decode(&c, NULL, 8, n), 0);
	assert_int_equal(c.left, 0);
	if (head)
		*head = buf.p[0];
	len = buf.len;
	for (size_t cut = 0; cut < len; cut += 1 + cut / 8) { /* cut anywhere: refused */
		c = sr_cur(buf.p, cut);
		assert_int_equal(sr_col_decode(&c, back, 8, n), -EBADMSG);
	}
	sr_buf_free(&buf);
	sr_colpack_free(cp);
	free(back);
	return len;
}

static void an_empty_column_takes_nothing(void **state)
{
	uint64_t v = 0;

	(void)state;
	assert_int_equal(round_trip(&v, 0, NULL), 0);
}

static void a_constant_takes_its_value_only(void **state)
{
	uint64_t v[N];

	(void)state;
	for (uint32_t i = 0; i < N; i++)
		v[i] = 0;
	assert_int_equal(round_trip(v, N, NULL), 2);
	for (uint32_t i = 0; i < N; i++)
		v[i] = UINT64_MAX; /* -1 */
	assert_int_equal(round_trip(v, N, NULL), 2);
	for (uint32_t i = 0; i < N; i++)
		v[i] = UINT64_MAX / 2;
	assert_in_range(round_trip(v, N, NULL), 2, 11);
}

static void even_steps_take_no_planes(void **state)
{
	uint64_t v[N];
	uint8_t head;

	(void)state;
	for (uint32_t i = 0; i < N; i++)
		v[i] = 1000000007u - 3ull * i;
	assert_in_range(round_trip(v, N, &head), 3, 12);
	assert_int_equal(head, SR_COL_DELTA);
}

static void times_are_stored_as_differences(void **state)
{
	uint64_t v[N], t = 1234567890123456u;
	uint8_t head;

	(void)state;
	for (uint32_t i = 0; i < N; i++)
		v[i] = t += rnd() % 30000;
	assert_in_range(round_trip(v, N, &head), 2 * N - 2, 2 * N + 20);
	assert_int_equal(head, SR_COL_DELTA | 2);
}

static void few_large_values_become_a_palette(void **state)
{
	uint64_t v[N], set[40];
	uint8_t head;

	(void)state;
	for (int i = 0; i < 40; i++)
		set[i] = rnd();
	for (uint32_t i = 0; i < N; i++)
		v[i] = set[rnd() % 40];
	assert_in_range(round_trip(v, N, &head), N, N + 350);
	assert_int_equal(head, SR_COL_PALETTE | 1);
}

static void negative_results_stay_narrow(void **state)
{
	uint64_t v[N];
	uint8_t head;

	(void)state;
	for (uint32_t i = 0; i < N; i++)
		v[i] = rnd() % 3 ? rnd() % 100 : (uint64_t)-2;
	assert_in_range(round_trip(v, N, &head), N, N + 8);
}

static void anything_survives(void **state)
{
	uint64_t v[700];

	(void)state;
	for (int round = 0; round < 2000; round++) {
		uint32_t n = (uint32_t)(rnd() % (round % 10 ? 40 : 700)) + 1;
		unsigned int shift = (unsigned int)(rnd() % 64), kind = (unsigned int)(rnd() % 4);
		uint64_t base = rnd() >> rnd() % 64;

		for (uint32_t i = 0; i < n; i++) {
			v[i] = kind == 0 ? rnd() : base + (rnd() >> shift);
			if (kind == 2 && i)
				v[i] = v[i - 1] + (rnd() >> shift) - (UINT64_MAX >> shift) / 2;
			if (kind == 3 && i > 3)
				v[i] = v[rnd() % 4];
		}
		(void)round_trip(v, n, NULL);
	}
}

static void values_must_fit_their_elements(void **state)
{
	const uint64_t wide[] = { 1, 2, 65536, 4 };
	struct sr_colpack *cp = NULL;
	struct sr_buf buf = { 0 };
	uint32_t out[4];
	struct sr_cur c;

	(void)state;
	assert_int_equal(sr_colpack_new(&cp), 0);
	assert_int_equal(sr_col_encode(cp, &buf, wide, 4), 0);
	c = sr_cur(buf.p, buf.len);
	assert_int_equal(sr_col_decode(&c, out, 4, 4), 0);
	assert_int_equal(out[2], 65536);
	c = sr_cur(buf.p, buf.len);
	assert_int_equal(sr_col_decode(&c, out, 2, 4), -EBADMSG);
	c = sr_cur(buf.p, buf.len);
	assert_int_equal(sr_col_decode(&c, out, 1, 4), -EBADMSG);
	sr_buf_free(&buf);
	sr_colpack_free(cp);
}

static void refused(const char *bytes, size_t len, uint32_t n)
{
	struct sr_cur c = sr_cur(bytes, len);
	uint64_t out[8];

	assert_int_equal(sr_col_decode(&c, out, 8, n), -EBADMSG);
}

static void senseless_heads_are_refused(void **state)
{
	(void)state;
	refused("\x09\0ABCDEFGHI", 11, 1);			    /* nine planes */
	refused("\x80\0", 2, 1);				    /* a reserved bit */
	refused("\x50\1\0\0\0", 5, 2);				    /* palette of differences */
	refused("\x40\0\0\0", 4, 1);				    /* empty palette */
	refused("\x41\1\1\0A\1", 6, 1);				    /* entry 1 of 1 */
	refused("\x40\x81\x20\0\0", 5, 1);			    /* 4097 entries */
	refused("\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\2", 11, 1); /* 65 bits */
}

static void varints_hold_every_number(void **state)
{
	const uint64_t v[] = { 0, 1, 127, 128, 16383, 16384, UINT32_MAX, UINT64_MAX };
	struct sr_buf buf = { 0 };
	struct sr_cur c;

	(void)state;
	for (size_t i = 0; i < 8; i++)
		sr_put_varint(&buf, v[i]);
	c = sr_cur(buf.p, buf.len);
	for (size_t i = 0; i < 8; i++)
		assert_true(sr_get_varint(&c) == v[i]);
	assert_int_equal(c.left, 0);
	assert_false(c.bad);
	for (size_t i = 0; i < 8; i++)
		assert_true(sr_unzigzag(sr_zigzag(v[i])) == v[i]);
	sr_buf_free(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_column_takes_nothing),
		cmocka_unit_test(a_constant_takes_its_value_only),
		cmocka_unit_test(even_steps_take_no_planes),
		cmocka_unit_test(times_are_stored_as_differences),
		cmocka_unit_test(few_large_values_become_a_palette),
		cmocka_unit_test(negative_results_stay_narrow),
		cmocka_unit_test(anything_survives),
		cmocka_unit_test(values_must_fit_their_elements),
		cmocka_unit_test(senseless_heads_are_refused),
		cmocka_unit_test(varints_hold_every_number),
	};

	return cmocka_run_group_tests_name("colpack", tests, NULL, NULL);
}
