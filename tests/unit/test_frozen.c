/* SPDX-License-Identifier: Apache-2.0 */
/* What killed recordings have left frozen: files of others, held, short and damaged ones undo
 * nothing and are no danger. That cgroups are thawed is tests/live/lossless.sh's. */
#include "capture/frozen.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct place {
	char dir[64];	/* of the files */
	char group[96]; /* a folder that looks like a cgroup's */
	char file[112]; /* its cgroup.freeze */
};

static void write_file(const char *path, const void *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	assert_int_equal(close(fd), 0);
}

static int setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	(void)snprintf(p->dir, sizeof(p->dir), "/tmp/sysreel-frozen.XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	(void)snprintf(p->group, sizeof(p->group), "%s/group", p->dir);
	(void)snprintf(p->file, sizeof(p->file), "%s/cgroup.freeze", p->group);
	assert_int_equal(mkdir(p->group, 0700), 0);
	write_file(p->file, "1", 1);
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct place *p = *state;

	(void)unlink(p->file);
	(void)rmdir(p->group);
	assert_int_equal(rmdir(p->dir), 0); /* no test has left a file */
	free(p);
	return 0;
}

static void tell(void *arg, const char *dir)
{
	(void)dir;
	++*(int *)arg;
}

static int clean(const struct place *p)
{
	int told = 0;

	assert_int_equal(sr_frozen_clean(p->dir, tell, &told), told);
	return told;
}

/* The path of the only file, and how long one is. */
static size_t made_by(struct sr_frozen *f, char *path, size_t size)
{
	char link[64];
	struct stat st;
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", sr_frozen_file(f));
	n = readlink(link, path, size - 1);
	assert_true(n > 0);
	path[n] = '\0';
	assert_int_equal(fstat(sr_frozen_file(f), &st), 0);
	return (size_t)st.st_size;
}

static void no_cgroup_is_not_taken(void **state)
{
	struct place *p = *state;
	struct sr_frozen *f;

	assert_int_equal(sr_frozen_new(&f, p->dir), 0);
	assert_true(sr_frozen_add(f, p->group) < 0);
	sr_frozen_free(f);
	assert_int_equal(clean(p), 0);
}

static void a_file_that_is_held_stays(void **state)
{
	struct place *p = *state;
	struct sr_frozen *f;
	char path[256];

	assert_int_equal(sr_frozen_new(&f, p->dir), 0);
	assert_true(made_by(f, path, sizeof(path)) > 0);
	assert_int_equal(clean(p), 0);
	assert_int_equal(access(path, F_OK), 0);
	sr_frozen_free(f);
	assert_int_not_equal(access(path, F_OK), 0);
}

static void without_a_folder_it_is_in_memory(void **state)
{
	struct sr_frozen *f;

	(void)state;
	assert_int_equal(sr_frozen_new(&f, NULL), 0);
	assert_int_equal(sr_frozen_file(f), -1);
	sr_frozen_freeze(f);
	sr_frozen_thaw(f);
	sr_frozen_free(f);
	assert_int_equal(sr_frozen_clean("/no/such/folder", tell, NULL), 0);
}

/* Files of the right length with whatever content are looked at and taken away; what only looks
 * like a cgroup is not written to. */
static void damaged_files(void **state)
{
	struct place *p = *state;
	struct sr_frozen *f;
	char path[256], left[160];
	uint8_t *bytes;
	size_t len;
	int fd;

	assert_int_equal(sr_frozen_new(&f, p->dir), 0);
	len = made_by(f, path, sizeof(path));
	bytes = calloc(1, len);
	assert_non_null(bytes);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, bytes, len), len); /* the magic number is right */
	assert_int_equal(close(fd), 0);
	sr_frozen_free(f);

	(void)snprintf(left, sizeof(left), "%s/freezer-left", p->dir);
	for (int round = 0; round < 4; round++) {
		/* 0: nothing in it; 1: all bytes set behind the magic number; 2: as many folders
		 * as there can be, all of them ours; 3: another magic number */
		if (round == 1)
			memset(bytes + 8, 0xff, len - 8);
		for (size_t i = 16; round >= 2 && i + strlen(p->group) < len; i += 1026)
			memcpy(bytes + i, p->group, strlen(p->group) + 1);
		if (round == 3)
			bytes[0] ^= 1;
		write_file(left, bytes, len);
		assert_int_equal(clean(p), 0);
		assert_int_not_equal(access(left, F_OK), 0);
	}
	free(bytes);
	fd = open(p->file, O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, left, sizeof(left)), 1);
	assert_int_equal(left[0], '1');
	assert_int_equal(close(fd), 0);
}

static void short_and_open_files_are_not_ours(void **state)
{
	struct place *p = *state;
	char left[160];

	(void)snprintf(left, sizeof(left), "%s/freezer-short", p->dir);
	write_file(left, "sfreeze1", 8);
	assert_int_equal(clean(p), 0);
	assert_int_equal(access(left, F_OK), 0);
	assert_int_equal(unlink(left), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(no_cgroup_is_not_taken, setup, teardown),
		cmocka_unit_test_setup_teardown(a_file_that_is_held_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(without_a_folder_it_is_in_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(damaged_files, setup, teardown),
		cmocka_unit_test_setup_teardown(short_and_open_files_are_not_ours, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
