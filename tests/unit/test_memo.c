/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/memo.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void a_text_is_kept_once_it_was_made(void **state)
{
	struct sr_memo m = { 0 };
	struct sr_buf out = { 0 };

	(void)state;
	sr_memo_begin(&m, 3);
	assert_false(sr_memo_put(&m, 1, &out));
	sr_buf_puts(&out, "before it");
	sr_memo_keep(&m, 1, &out, strlen("before "));
	assert_true(sr_memo_put(&m, 1, &out));
	assert_string_equal(sr_buf_cstr(&out), "before itit");
	assert_false(sr_memo_put(&m, 0, &out));
	sr_memo_free(&m);
	sr_buf_free(&out);
}

static void a_new_block_begins_with_nothing(void **state)
{
	struct sr_memo m = { 0 };
	struct sr_buf out = { 0 };

	(void)state;
	for (size_t n = 1; n < 100; n += 7) {
		sr_memo_begin(&m, n);
		for (uint32_t i = 0; i < n; i++) {
			assert_false(sr_memo_put(&m, i, &out));
			sr_buf_u64(&out, i);
			sr_memo_keep(&m, i, &out, out.len - 1);
		}
	}
	sr_memo_free(&m);
	sr_buf_free(&out);
}

static void entries_beyond_the_dictionary_are_not_kept(void **state)
{
	struct sr_memo m = { 0 };
	struct sr_buf out = { 0 };

	(void)state;
	sr_memo_begin(&m, 2);
	sr_buf_puts(&out, "x");
	sr_memo_keep(&m, 2, &out, 0);
	assert_false(sr_memo_put(&m, 2, &out));
	sr_memo_begin(&m, 0);
	sr_memo_keep(&m, 0, &out, 0);
	assert_false(sr_memo_put(&m, 0, &out));
	sr_memo_free(&m);
	sr_buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_is_kept_once_it_was_made),
		cmocka_unit_test(a_new_block_begins_with_nothing),
		cmocka_unit_test(entries_beyond_the_dictionary_are_not_kept),
	};

	return cmocka_run_group_tests_name("memo", tests, NULL, NULL);
}
