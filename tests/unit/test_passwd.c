/* SPDX-License-Identifier: Apache-2.0 */
/* /etc/passwd and maps of ids as containers have them, and as none should. */
#include "container/passwd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void expect(const char **text, size_t *len, bool group, uint32_t id, const char *words)
{
	struct sr_passwd a;
	char got[256];

	assert_true(sr_passwd_next(text, len, group, &a));
	assert_int_equal(a.id, id);
	(void)snprintf(got, sizeof(got), "%.*s %.*s %.*s", (int)a.name_len, a.name, (int)a.home_len,
		       a.home, (int)a.shell_len, a.shell);
	assert_string_equal(got, words);
}

static void accounts_are_read_line_by_line(void **state)
{
	const char *text = "root:x:0:0:root:/root:/bin/sh\n"
			   "# www:x:9:9::/:/bin/sh\n"
			   "nothing\n"
			   "bad:x:-1:0::/:/bin/sh\n"
			   "big:x:4294967296:0::/:/bin/sh\n"
			   ":x:7:7::/:/bin/sh\n"
			   "\n"
			   "short:x:12\n"
			   "last:x:4294967295:0::/h:/s";
	size_t len = strlen(text);
	struct sr_passwd a;

	(void)state;
	expect(&text, &len, false, 0, "root /root /bin/sh");
	expect(&text, &len, false, 12, "short  ");
	expect(&text, &len, false, 4294967295u, "last /h /s");
	assert_false(sr_passwd_next(&text, &len, false, &a));
	assert_int_equal(len, 0);
}

static void groups_have_no_home(void **state)
{
	const char *text = "www:x:33:a,b:c:d:e:f\n";
	size_t len = strlen(text);

	(void)state;
	expect(&text, &len, true, 33, "www  ");
}

static void ids_of_a_user_namespace_are_those_outside(void **state)
{
	static const char text[] = "         0     100000      1000\n"
				   "      1000       1000          1\n"
				   "      1001     101000      64535\n"
				   "      junk 1 2\n";
	struct sr_idrange map[SR_MAX_IDRANGES];
	size_t n = sr_idmap_parse(text, sizeof(text) - 1, map);
	uint32_t out;

	(void)state;
	assert_int_equal(n, 3);
	assert_true(sr_idmap_outside(map, n, 0, &out));
	assert_int_equal(out, 100000);
	assert_true(sr_idmap_outside(map, n, 1000, &out));
	assert_int_equal(out, 1000);
	assert_true(sr_idmap_outside(map, n, 1001, &out));
	assert_int_equal(out, 101000);
	assert_true(sr_idmap_outside(map, n, 65535, &out));
	assert_false(sr_idmap_outside(map, n, 65536, &out));
}

static void a_range_does_not_go_round(void **state)
{
	static const char text[] = "0 4294967290 100\n";
	struct sr_idrange map[SR_MAX_IDRANGES];
	size_t n = sr_idmap_parse(text, sizeof(text) - 1, map);
	uint32_t out;

	(void)state;
	assert_true(sr_idmap_outside(map, n, 5, &out));
	assert_int_equal(out, 4294967295u);
	assert_false(sr_idmap_outside(map, n, 6, &out));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accounts_are_read_line_by_line),
		cmocka_unit_test(groups_have_no_home),
		cmocka_unit_test(ids_of_a_user_namespace_are_those_outside),
		cmocka_unit_test(a_range_does_not_go_round),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
