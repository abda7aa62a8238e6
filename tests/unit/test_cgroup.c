/* SPDX-License-Identifier: Apache-2.0 */
/* The cgroup path parser against paths of real machines (data/cgroup-paths.txt)
 * and against edges that no machine shows. */
#include "container/cgroup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DATA "tests/unit/data/cgroup-paths.txt"
#define B    "77f2a0c39b114c01db0b339c4c01db0b339c4c01db0b339c4c01db0b339c4c01"
#define A    "4c01db0b339c4c01db0b339c4c01db0b339c4c01db0b339c4c01db0b339c4c01"

static bool check_row(char *line, unsigned int row)
{
	char *save, *runtime = strtok_r(line, "\t", &save), *id = strtok_r(NULL, "\t", &save);
	char *path = strtok_r(NULL, "\n", &save);
	struct sr_cgroup_id got = { .runtime = "-", .id = "-" };

	assert_non_null(path);
	if (sr_cgroup_parse(path, strlen(path), &got) ||
	    sr_cgroup_service(path, strlen(path), &got))
		assert_int_equal(strlen(got.id), got.id_len);
	else
		got = (struct sr_cgroup_id){ .runtime = "-", .id = "-" };
	if (strcmp(got.runtime, runtime) == 0 && strcmp(got.id, id) == 0)
		return true;
	print_error("%s:%u: %s: got %s %s\n", DATA, row, path, got.runtime, got.id);
	return false;
}

static void paths_of_real_machines_give_the_expected_container(void **state)
{
	unsigned int row = 0, tried = 0, wrong = 0;
	char line[4096];
	FILE *f = fopen(DATA, "re");

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		row++;
		if (line[0] == '#' || line[0] == '\n')
			continue;
		tried++;
		wrong += !check_row(line, row);
	}
	(void)fclose(f);
	assert_int_equal(wrong, 0);
	assert_true(tried >= 190);
}

static int parse(const char *path, struct sr_cgroup_id *out)
{
	return sr_cgroup_parse(path, strlen(path), out);
}

static void empty_and_odd_paths_name_nothing(void **state)
{
	static const char *const odd[] = { "",	       "/",	     "//",	     "///",
					   "docker",   "/docker/",   "/lxc/",	     "\\x2d",
					   "/lxc/a b", "/lxc/a\x01", "/lxc.payload." };
	struct sr_cgroup_id id;

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++)
		assert_int_equal(parse(odd[i], &id), 0);
	assert_int_equal(sr_cgroup_parse(NULL, 0, &id), 0);
	assert_int_equal(sr_cgroup_parse("/lxc/a\0b", 8, &id), 0);
}

static void only_the_given_bytes_are_read(void **state)
{
	struct sr_cgroup_id id;
	size_t len = strlen("/docker/" A);
	char *exact = malloc(len);

	(void)state;
	assert_non_null(exact);
	memcpy(exact, "/docker/" A, len); /* no NUL: the sanitizer watches the end */
	assert_int_equal(sr_cgroup_parse(exact, len, &id), 1);
	assert_string_equal(id.id, A);
	assert_int_equal(sr_cgroup_parse(exact, len - 1, &id), 0);
	free(exact);
}

static void a_name_too_long_for_the_answer_is_not_cut(void **state)
{
	struct sr_cgroup_id id;
	char path[256] = "/lxc/";

	(void)state;
	memset(path + 5, 'n', sizeof(id.id) - 1);
	assert_int_equal(parse(path, &id), 1);
	assert_int_equal(id.id_len, sizeof(id.id) - 1);
	path[5 + sizeof(id.id) - 1] = 'n';
	assert_int_equal(parse(path, &id), 0);
}

static void escapes_of_systemd_are_undone_only_in_machine_names(void **state)
{
	struct sr_cgroup_id id;

	(void)state;
	assert_int_equal(parse("/machine.slice/machine-a\\x2db\\x2f\\x0a\\xzz\\x2.scope", &id), 1);
	assert_string_equal(id.id, "a-b/\\x0a\\xzz\\x2");
	assert_int_equal(parse("/lxc/a\\x2db", &id), 1);
	assert_string_equal(id.id, "a\\x2db");
}

static void slashes_at_the_end_or_doubled_do_not_matter(void **state)
{
	struct sr_cgroup_id id;

	(void)state;
	assert_int_equal(parse("//docker/" A "//", &id), 1);
	assert_string_equal(id.id, A);
	assert_int_equal(parse("docker/" A, &id), 1);
	assert_string_equal(id.runtime, "docker");
}

/* Containers in containers: what stands before the folder of one names the one around it. */
static void the_chain_of_nested_containers_can_be_walked(void **state)
{
	static const char path[] = "/kubepods/pod3f6b8a52-91d4-4c1e-b7a0-5d2c9e84f713/" A
				   "/docker/" B "/lxc.payload.box/init.scope";
	static const char *const ids[] = { "box", B, A };
	struct sr_cgroup_id id = { .at = strlen(path) };

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		assert_int_equal(sr_cgroup_parse(path, id.at, &id), 1);
		assert_string_equal(id.id, ids[i]);
	}
	assert_int_equal(sr_cgroup_parse(path, id.at, &id), 0);
}

static void units_that_are_too_long_or_no_names_are_none(void **state)
{
	struct sr_cgroup_id id;
	char path[256] = "/system.slice/";

	(void)state;
	memset(path + 14, 'n', 200);
	strcpy(path + 214, ".service");
	assert_int_equal(sr_cgroup_service(path, strlen(path), &id), 0);
	assert_int_equal(sr_cgroup_service("/a b.service", 12, &id), 0);
	assert_int_equal(sr_cgroup_service("/.service", 9, &id), 0);
	assert_int_equal(sr_cgroup_service("/.slice", 7, &id), 0);
	assert_int_equal(sr_cgroup_service(NULL, 0, &id), 0);
	assert_int_equal(sr_cgroup_service("/docker/" A "/system.slice/ssh.service", 97, &id), 0);
}

static void containers_in_a_user_s_slice_are_that_user_s(void **state)
{
	static const struct {
		const char *path;
		uint32_t uid;
	} rows[] = {
		{ "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" A ".scope",
		  1000 },
		{ "/system.slice/docker-" A ".scope", 0 },
		{ "/user.slice/user-4294967296.slice/docker-" A ".scope", 0 },
		{ "/user.slice/user-1000/docker-" A ".scope", 0 },
		{ "/docker/" A "/user.slice/user-1000.slice", 0 }, /* within is not whose it is */
	};
	struct sr_cgroup_id id;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(parse(rows[i].path, &id), 1);
		assert_int_equal(id.uid, rows[i].uid);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_of_real_machines_give_the_expected_container),
		cmocka_unit_test(empty_and_odd_paths_name_nothing),
		cmocka_unit_test(only_the_given_bytes_are_read),
		cmocka_unit_test(a_name_too_long_for_the_answer_is_not_cut),
		cmocka_unit_test(escapes_of_systemd_are_undone_only_in_machine_names),
		cmocka_unit_test(the_chain_of_nested_containers_can_be_walked),
		cmocka_unit_test(units_that_are_too_long_or_no_names_are_none),
		cmocka_unit_test(containers_in_a_user_s_slice_are_that_user_s),
		cmocka_unit_test(slashes_at_the_end_or_doubled_do_not_matter),
	};

	return cmocka_run_group_tests_name("cgroup", tests, NULL, NULL);
}
