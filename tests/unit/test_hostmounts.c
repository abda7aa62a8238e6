/* SPDX-License-Identifier: Apache-2.0 */
/* By which path the host reaches a file: the rules for mounts of parts, covered and gone ones. */
#include "capture/hostmounts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char table[] =
	"21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
	"22 21 8:1 /srv/vol /mnt/vol rw - ext4 /dev/sda1 rw\n"
	"23 21 0:50 / /var/lib/docker/overlay2/abc/merged rw - overlay overlay rw\n"
	"24 21 8:2 /part /data rw - ext4 /dev/sdb rw\n"
	"25 21 0:51 / /covered rw - tmpfs tmpfs rw\n"
	"26 21 0:52 / /covered rw - tmpfs tmpfs rw\n"
	"27 21 0:53 / /with\\040blank rw - tmpfs tmpfs rw\n"
	"28 21 nonsense\n"
	"\n";

struct fixture {
	char dir[64];
	struct sr_hostmounts *m;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char path[128];
	FILE *out;

	assert_non_null(f);
	strcat(f->dir, "/tmp/hostmounts.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(path, sizeof(path), "%s/1", f->dir);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/1/mountinfo", f->dir);
	out = fopen(path, "w");
	assert_non_null(out);
	assert_true(fputs(table, out) >= 0 && fclose(out) == 0);
	assert_int_equal(sr_hostmounts_new(&f->m, f->dir), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char path[128];

	sr_hostmounts_free(f->m);
	snprintf(path, sizeof(path), "%s/1/mountinfo", f->dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/1", f->dir);
	rmdir(path);
	rmdir(f->dir);
	free(f);
	return 0;
}

#define DEV(major, minor) ((major) << 20 | (minor))

static void find(void **state, uint32_t dev, const char *within, const char *path,
		 enum sr_host_path how, const char *expected)
{
	struct fixture *f = *state;
	struct sr_buf out = { 0 };

	assert_int_equal(
		sr_hostmounts_find(f->m, dev, within, strlen(within), path, strlen(path), &out),
		how);
	assert_int_equal(out.len, strlen(expected));
	assert_true(!out.len || memcmp(out.p, expected, out.len) == 0);
	sr_buf_free(&out);
}

static void a_file_of_the_host_has_its_own_path(void **state)
{
	find(state, DEV(8, 1), "/etc/passwd", "/etc/passwd", SR_HOST_SAME, "");
	find(state, DEV(8, 1), "/srv/vol/f", "/mnt/vol/f", SR_HOST_SAME, "");
	find(state, DEV(8, 1), "/", "/", SR_HOST_SAME, "");
}

static void a_file_of_a_container_is_found_by_its_file_system(void **state)
{
	find(state, DEV(0, 50), "/etc/passwd", "/etc/passwd", SR_HOST_OTHER,
	     "/var/lib/docker/overlay2/abc/merged/etc/passwd");
	find(state, DEV(8, 1), "/srv/vol/f", "/data/f", SR_HOST_OTHER, "/srv/vol/f");
	find(state, DEV(0, 50), "/", "/", SR_HOST_OTHER, "/var/lib/docker/overlay2/abc/merged");
	find(state, DEV(0, 53), "/f", "/f", SR_HOST_OTHER, "/with blank/f");
}

static void a_mount_of_a_part_shows_only_that(void **state)
{
	find(state, DEV(8, 2), "/part/f", "/x", SR_HOST_OTHER, "/data/f");
	find(state, DEV(8, 2), "/party", "/x", SR_HOST_UNKNOWN, "");
	find(state, DEV(8, 2), "/else", "/x", SR_HOST_UNKNOWN, "");
}

static void what_is_covered_or_not_mounted_is_unknown(void **state)
{
	find(state, DEV(0, 51), "/f", "/f", SR_HOST_UNKNOWN, "");
	find(state, DEV(0, 52), "/f", "/f", SR_HOST_OTHER, "/covered/f");
	find(state, DEV(8, 1), "/covered/f", "/g", SR_HOST_UNKNOWN, "");
	find(state, DEV(9, 9), "/f", "/f", SR_HOST_UNKNOWN, "");
}

static void without_a_table_all_is_unknown(void **state)
{
	struct sr_hostmounts *m;
	struct sr_buf out = { 0 };

	(void)state;
	assert_int_equal(sr_hostmounts_new(&m, "/nowhere"), 0);
	assert_int_equal(sr_hostmounts_find(m, 1, "/f", 2, "/f", 2, &out), SR_HOST_UNKNOWN);
	sr_hostmounts_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_of_the_host_has_its_own_path),
		cmocka_unit_test(a_file_of_a_container_is_found_by_its_file_system),
		cmocka_unit_test(a_mount_of_a_part_shows_only_that),
		cmocka_unit_test(what_is_covered_or_not_mounted_is_unknown),
		cmocka_unit_test(without_a_table_all_is_unknown),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
