/* SPDX-License-Identifier: Apache-2.0 */
/* Values of environment variables stay out of captures, names and harmless ones do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/redact.h"

static void check(const char *in, size_t len, const char *want, size_t want_len)
{
	struct sr_buf out = { 0 };

	sr_env_redact(in, len, &out);
	assert_int_equal(out.len, want_len);
	if (want_len)
		assert_memory_equal(out.p, want, want_len);
	sr_buf_free(&out);
}
#define CHECK(in, want) check(in, sizeof(in) - 1, want, sizeof(want) - 1)

static void values_are_replaced_and_names_kept(void **state)
{
	(void)state;
	CHECK("TOKEN=abc\0DB_PASSWORD=\0", "TOKEN=<redacted>\0DB_PASSWORD=<redacted>\0");
}

static void harmless_variables_are_kept_whole(void **state)
{
	(void)state;
	CHECK("PATH=/bin:/usr/bin\0LD_PRELOAD=/tmp/x.so\0",
	      "PATH=/bin:/usr/bin\0LD_PRELOAD=/tmp/x.so\0");
	CHECK("PATHX=1\0", "PATHX=<redacted>\0"); /* a name that only begins like one */
}

static void a_cut_last_variable_is_redacted_too(void **state)
{
	(void)state;
	CHECK("A=1\0SECRET=hun", "A=<redacted>\0SECRET=<redacted>");
	CHECK("SECRE", "SECRE"); /* cut inside the name: nothing to hide */
	CHECK("", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_replaced_and_names_kept),
		cmocka_unit_test(harmless_variables_are_kept_whole),
		cmocka_unit_test(a_cut_last_variable_is_redacted_too),
	};

	return cmocka_run_group_tests_name("redact", tests, NULL, NULL);
}
