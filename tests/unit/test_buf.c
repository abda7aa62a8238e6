/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/base/buf.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void check_u64(uint64_t v)
{
	struct sr_buf b = { 0 };
	char want[32];

	(void)snprintf(want, sizeof(want), "%" PRIu64, v);
	sr_buf_u64(&b, v);
	assert_string_equal(sr_buf_cstr(&b), want);
	b.len = 0;
	(void)snprintf(want, sizeof(want), "%" PRId64, (int64_t)v);
	sr_buf_i64(&b, (int64_t)v);
	assert_string_equal(sr_buf_cstr(&b), want);
	sr_buf_free(&b);
}

static void numbers_are_written_as_printf_does(void **state)
{
	uint64_t power = 1;

	(void)state;
	for (int i = 0; i < 20; i++, power *= 10)
		for (uint64_t d = 0; d < 3; d++)
			check_u64(power * (d + 1) - d);
	check_u64(0);
	check_u64(UINT64_MAX);
	check_u64((uint64_t)INT64_MIN);
}

static void digits_are_padded_and_cut_on_the_left(void **state)
{
	static const uint64_t values[] = { 0, 7, 999999999, 1000000001, 123456789012, UINT64_MAX };
	struct sr_buf b = { 0 };
	char want[32];

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		for (unsigned int width = 0; width <= 20; width++) {
			(void)snprintf(want, sizeof(want), "%020" PRIu64, values[i]);
			b.len = 0;
			sr_buf_digits(&b, values[i], width);
			assert_string_equal(sr_buf_cstr(&b), want + 20 - width);
		}
	}
	sr_buf_free(&b);
}

static int is_plain(unsigned int c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void the_first_byte_that_is_not_plain_is_found_anywhere(void **state)
{
	unsigned char text[24];

	(void)state;
	for (unsigned int c = 0; c < 256; c++) {
		for (size_t at = 0; at < sizeof(text); at++) {
			memset(text, 'a', sizeof(text));
			text[at] = (unsigned char)c;
			assert_int_equal(sr_buf_plain(text, sizeof(text)),
					 is_plain(c) ? sizeof(text) : at);
			/* what follows it changes nothing */
			memset(text + at + 1, (int)(c ^ 0x80), sizeof(text) - at - 1);
			assert_true(is_plain(c) || sr_buf_plain(text, sizeof(text)) == at);
		}
	}
	assert_int_equal(sr_buf_plain(text, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_written_as_printf_does),
		cmocka_unit_test(digits_are_padded_and_cut_on_the_left),
		cmocka_unit_test(the_first_byte_that_is_not_plain_is_found_anywhere),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
