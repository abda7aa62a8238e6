/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/rotation.h"
#include "formats/reel_frame.h"
#include "tests/unit/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define WHEN 1795269785 /* 2026-11-21T14:03:05Z */

static int set_up(void **state)
{
	(void)setenv("TZ", "UTC", 1);
	return folder_make(state);
}

static void named(const struct sr_rotation_opts *o, uint64_t number, const char *want)
{
	struct sr_buf out = { 0 };

	assert_int_equal(sr_rotation_name(&out, o, number, WHEN), 0);
	assert_string_equal(sr_buf_cstr(&out), want);
	sr_buf_free(&out);
}

/* The table of what sysdig does. */
static void names_are_those_of_sysdig(void **state)
{
	struct sr_rotation_opts o = { .name = "o" };

	(void)state;
	named(&o, 0, "o");
	o.bytes = 1000000;
	named(&o, 0, "o0");
	named(&o, 10, "o10");
	o.files = 3;
	named(&o, 2, "o2");
	named(&o, 3, "o0");
	o.files = 12;
	named(&o, 1, "o01");
	named(&o, 12, "o00");
	o = (struct sr_rotation_opts){ .name = "o", .events = 2000 };
	named(&o, 11, "o11");
	o.files = 12;
	named(&o, 13, "o1");
	o = (struct sr_rotation_opts){ .name = "o", .seconds = 1 };
	named(&o, 12, "o12");
	o.files = 2;
	named(&o, 3, "o1");
	o.bytes = 1000000;
	named(&o, 0, "o00");
	named(&o, 1, "o11");
	o = (struct sr_rotation_opts){ .name = "o-%H%M%S.reel", .seconds = 1 };
	named(&o, 5, "o-140305.reel");
	o.bytes = 1;
	named(&o, 5, "o-140305.reel5");
}

static void a_name_that_is_none_is_refused(void **state)
{
	struct sr_rotation_opts o = { .name = "", .bytes = 1 };
	struct sr_err err = { .pos = SR_NO_POS };
	struct sr_buf out = { 0 };
	struct sr_rotation *r;

	(void)state;
	assert_int_equal(sr_rotation_name(&out, &o, 0, WHEN), -EINVAL);
	sr_buf_free(&out);
	assert_int_equal(sr_rotation_new(&r, &o, &err), 0);
	assert_int_equal(sr_rotation_next(r, 0, 0, &err), -EINVAL);
	assert_null(sr_rotation_path(r));
	sr_rotation_free(r);
}

static bool there(const char *name)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	return access(path, F_OK) == 0;
}

static void put(const char *name, const void *p, size_t len)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/* The next file, of which @bytes are written at once; the one before is told with its size. */
static int next(struct sr_rotation *r, uint64_t bytes)
{
	static uint64_t before;
	struct sr_err err = { .pos = SR_NO_POS };
	int fd = sr_rotation_next(r, WHEN * 1000000000ull, sr_rotation_path(r) ? before : 0, &err);

	before = bytes;
	if (fd < 0)
		return fd;
	sr_rotation_trim(r, bytes);
	return close(fd);
}

static struct sr_rotation *begin(const char *name, struct sr_rotation_opts o)
{
	static char path[128];
	struct sr_rotation *r = NULL;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	o.name = path;
	assert_int_equal(sr_rotation_new(&r, &o, NULL), 0);
	return r;
}

static void numbers_begin_again_and_no_more_files_stay(void **state)
{
	struct sr_rotation *r = begin("n", (struct sr_rotation_opts){ .events = 5, .files = 3 });
	struct sr_rotation_stats st;

	(void)state;
	for (int i = 0; i < 7; i++)
		assert_int_equal(next(r, 10), 0);
	assert_true(there("n0") && there("n1") && there("n2"));
	assert_false(there("n3"));
	assert_string_equal(sr_rotation_path(r) + strlen(folder), "/n0");
	sr_rotation_stats(r, &st);
	assert_int_equal(st.begun, 7);
	assert_int_equal(st.removed, 4);
	assert_int_equal(st.bytes, 60);
	sr_rotation_free(r);
}

static void the_oldest_of_files_named_by_time_is_removed(void **state)
{
	struct sr_rotation *r =
		begin("t-%S", (struct sr_rotation_opts){ .seconds = 1, .files = 2 });
	struct sr_err err;

	(void)state;
	for (uint64_t s = 0; s < 4; s++) {
		int fd = sr_rotation_next(r, (WHEN + s) * 1000000000u, 0, &err);

		assert_true(fd >= 0);
		assert_int_equal(close(fd), 0);
	}
	assert_false(there("t-05") || there("t-06"));
	assert_true(there("t-07") && there("t-08"));
	sr_rotation_free(r);
}

static void two_files_of_the_same_second_have_two_names(void **state)
{
	struct sr_rotation *r = begin("s-%S", (struct sr_rotation_opts){ .seconds = 1 });

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(next(r, 0), 0);
	assert_true(there("s-05") && there("s-05.1") && there("s-05.2"));
	sr_rotation_free(r);
}

static void all_files_together_stay_below_the_limit(void **state)
{
	struct sr_rotation *r = begin("d", (struct sr_rotation_opts){ .max_disk = 1000 });

	(void)state;
	assert_int_equal(sr_rotation_limits(r)->bytes, 125);
	for (int i = 0; i < 10; i++)
		assert_int_equal(next(r, 130), 0);
	assert_false(there("d0") || there("d1") || there("d2"));
	for (int i = 3; i < 10; i++) /* 7 * 130 */
		assert_true(there((char[]){ 'd', (char)('0' + i), 0 }));
	sr_rotation_trim(r, 500); /* the current one grows */
	assert_false(there("d5"));
	assert_true(there("d6") && there("d9"));
	sr_rotation_trim(r, 5000); /* it is never removed itself */
	assert_false(there("d8"));
	assert_true(there("d9"));
	sr_rotation_free(r);
}

static void files_of_others_are_left_alone(void **state)
{
	struct sr_rotation *r = begin("o", (struct sr_rotation_opts){ .events = 1, .files = 2 });
	static const uint8_t magic[] = { 0xf5, 'r', 'e', 'e', 'l', '\r', '\n', 0, 'x' };

	(void)state;
	put("o0", magic, sizeof(magic)); /* an old capture: may be replaced, as by record -w */
	put("o2", magic, sizeof(magic)); /* of an earlier recording, with another limit */
	put("o1", "letters", 7);
	assert_int_equal(next(r, 0), 0);
	assert_int_equal(next(r, 0), -EEXIST);
	assert_true(there("o0") && there("o1") && there("o2"));
	sr_rotation_free(r);
}

static void limits_that_contradict_are_refused(void **state)
{
	struct sr_rotation_opts o = { .name = "x", .bytes = 600, .max_disk = 1000 };
	struct sr_err err = { .pos = SR_NO_POS };
	struct sr_rotation *r;

	(void)state;
	assert_int_equal(sr_rotation_new(&r, &o, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "half"));
	o.bytes = 0;
	assert_true(sr_rotation_wanted(&o));
	o.max_disk = 0;
	assert_false(sr_rotation_wanted(&o));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_those_of_sysdig),
		cmocka_unit_test(a_name_that_is_none_is_refused),
		cmocka_unit_test(numbers_begin_again_and_no_more_files_stay),
		cmocka_unit_test(the_oldest_of_files_named_by_time_is_removed),
		cmocka_unit_test(two_files_of_the_same_second_have_two_names),
		cmocka_unit_test(all_files_together_stay_below_the_limit),
		cmocka_unit_test(files_of_others_are_left_alone),
		cmocka_unit_test(limits_that_contradict_are_refused),
	};

	return cmocka_run_group_tests(tests, set_up, folder_remove);
}
