/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of 32-bit programs: their names, and their arguments as those of the same call. */
#include "formats/i386.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct sr_type *type_of(unsigned int nr, uint64_t *args)
{
	const struct sr_type *t = sr_i386_type(nr, args);

	assert_non_null(t);
	assert_string_equal(t->name, sr_i386_name(nr));
	return t;
}

static void numbers_have_their_own_names(void **state)
{
	(void)state;
	assert_string_equal(sr_i386_name(1), "exit");
	assert_string_equal(sr_i386_name(39), "mkdir");
	assert_string_equal(sr_i386_name(102), "socketcall");
	assert_string_equal(sr_i386_name(469), "file_setattr");
	assert_null(sr_i386_name(222));
	assert_null(sr_i386_name(470));
	assert_null(sr_i386_name(UINT32_MAX));
	assert_true(sr_i386_has("openat", 6));
	assert_true(sr_i386_has("mmap2", 5));
	assert_false(sr_i386_has("opena", 5));
	assert_false(sr_i386_has("io_uring", 8));
}

static void calls_of_the_same_name_have_its_type(void **state)
{
	uint64_t a[6] = { 3, 0xffffffff, 2 };

	(void)state;
	type_of(19, a);
	assert_int_equal(a[1], (uint64_t)-1); /* lseek: an offset has a sign */
	assert_null(sr_i386_type(102, a));    /* socketcall is none of ours */
	assert_null(sr_i386_type(222, a));
}

static void halves_are_joined(void **state)
{
	uint64_t pread[6] = { 3, 0x1000, 4, 5, 1 };
	uint64_t fallocate[6] = { 3, 1, 0x10, 0x20, 0x30, 0x40 };
	uint64_t fanotify[6] = { 3, 1, 2, 0, 0xffffff9c, 0x5000 };

	(void)state;
	type_of(180, pread);
	assert_int_equal(pread[2], 4);
	assert_int_equal(pread[3], 0x100000005);
	assert_int_equal(pread[4], 0);
	type_of(324, fallocate);
	assert_int_equal(fallocate[2], 0x2000000010);
	assert_int_equal(fallocate[3], 0x4000000030);
	type_of(339, fanotify);
	assert_int_equal(fanotify[2], 2);
	assert_int_equal(fanotify[3], 0xffffff9c);
	assert_int_equal(fanotify[4], 0x5000);
}

static void the_last_arguments_of_clone_change_places(void **state)
{
	uint64_t a[6] = { 1, 2, 3, 4, 5 };

	(void)state;
	type_of(120, a);
	assert_int_equal(a[3], 5);
	assert_int_equal(a[4], 4);
}

/* The op of argument @arg, or NULL. */
static const struct sr_op *op_of(const struct sr_desc *d, unsigned int arg)
{
	for (unsigned int i = 0; i < d->nops; i++)
		if (d->ops[i].arg == arg && d->ops[i].copy != SR_COPY_RETFD)
			return &d->ops[i];
	return NULL;
}

static void what_is_laid_out_alike_is_copied(void **state)
{
	struct sr_desc d;

	(void)state;
	assert_true(sr_i386_desc(3, &d)); /* read */
	assert_int_equal(d.nargs, 6);
	assert_int_equal(d.nops, 2);
	assert_int_equal(op_of(&d, 0)->copy, SR_COPY_FD);
	assert_int_equal(op_of(&d, 1)->copy, SR_COPY_ARRAY);
	assert_true(sr_i386_desc(5, &d)); /* open: its path, and the file of its result */
	assert_int_equal(op_of(&d, 0)->copy, SR_COPY_PATH);
	assert_int_equal(d.ops[d.nops - 1].copy, SR_COPY_RETFD);
	assert_true(
		sr_i386_desc(195, &d)); /* stat64: a structure that 64-bit programs do not have */
	assert_int_equal(op_of(&d, 1)->size, 96);
	assert_int_equal(op_of(&d, 1)->flags & SR_OP_NARROW, 0);
	assert_true(sr_i386_desc(341, &d)); /* name_to_handle_at */
	assert_int_equal(op_of(&d, 2)->flags & SR_OP_NARROW, 0);
	assert_true(sr_i386_desc(317, &d)); /* move_pages: addresses of 4 bytes */
	assert_null(op_of(&d, 2));
}

static void what_is_narrower_is_copied_as_such(void **state)
{
	struct sr_desc d;

	(void)state;
	assert_true(sr_i386_desc(106, &d)); /* stat */
	assert_non_null(op_of(&d, 0));
	assert_int_equal(op_of(&d, 1)->size, 64);
	assert_true(op_of(&d, 1)->flags & SR_OP_NARROW);
	assert_true(sr_i386_desc(145, &d)); /* readv: addresses of 4 bytes */
	assert_true(op_of(&d, 1)->flags & SR_OP_NARROW);
	assert_true(sr_i386_desc(345, &d)); /* sendmmsg: where the length of a message stands */
	assert_int_equal(op_of(&d, 1)->size, 28);
	assert_true(sr_i386_desc(162, &d)); /* nanosleep */
	assert_int_equal(op_of(&d, 0)->size, 8);
	assert_true(sr_i386_desc(407, &d)); /* clock_nanosleep_time64 */
	assert_int_equal(op_of(&d, 2)->size, 16);
	assert_int_equal(op_of(&d, 2)->flags & SR_OP_NARROW, 0);
	assert_true(sr_i386_desc(340, &d)); /* prlimit64 */
	assert_int_equal(op_of(&d, 2)->size, 16);
	assert_true(sr_i386_desc(417, &d)); /* recvmmsg_time64: messages are narrow all the same */
	assert_int_equal(op_of(&d, 1)->size, 28);
	assert_int_equal(op_of(&d, 4)->size, 16);
}

static void the_layout_of_what_was_copied_is_known_by_its_size(void **state)
{
	(void)state;
	assert_int_equal(sr_i386_layout(SR_KIND_TIMESPEC_IN, 8), SR_I386_NARROW);
	assert_int_equal(sr_i386_layout(SR_KIND_TIMESPEC_IN, 16), SR_I386_ALIKE);
	assert_int_equal(sr_i386_layout(SR_KIND_RANGES_IN, 16), SR_I386_NARROW);
	assert_int_equal(sr_i386_layout(SR_KIND_STATX_OUT, 256), SR_I386_ALIKE);
	assert_int_equal(sr_i386_layout(SR_KIND_SHMID_DS_OUT, 112), SR_I386_UNKNOWN);
	assert_int_equal(sr_i386_size(SR_KIND_RANGES_IN), 8);
	assert_int_equal(sr_i386_size(SR_KIND_IOV_IN), 0);
}

static void what_another_argument_decides_is_copied_too(void **state)
{
	const struct sr_type *t = sr_type_by_name("fcntl64", 7);
	const struct sr_case *first = sr_case_first(t, 2);
	struct sr_desc d;
	struct sr_op op;

	(void)state;
	assert_true(sr_i386_desc(221, &d));
	assert_int_equal(op_of(&d, 2)->copy, SR_COPY_CASE);
	assert_true(sr_i386_case(221, sr_case_of(first, 5), &op)); /* F_GETLK */
	assert_int_equal(op.size, 16);
	assert_true(sr_i386_case(221, sr_case_of(first, 12), &op)); /* F_GETLK64 */
	assert_int_equal(op.size, 24);
	first = sr_case_first(sr_type_by_name("ioctl", 5), 2);
	assert_true(sr_i386_case(54, sr_case_of(first, 0x5413), &op)); /* TIOCGWINSZ */
	assert_int_equal(op.size, 8);
	assert_false(
		sr_i386_case(54, sr_case_of(first, 0x8912), &op)); /* SIOCGIFCONF: an address */
}

static void what_stands_behind_halves_or_was_needed_before_is_not(void **state)
{
	struct sr_desc d;

	(void)state;
	assert_true(sr_i386_desc(339, &d)); /* fanotify_mark: mask, then a path */
	assert_non_null(op_of(&d, 0));
	assert_null(op_of(&d, 4));
	assert_true(sr_i386_desc(6, &d)); /* close */
	assert_int_equal(d.nops, 0);
	assert_int_equal(d.flags, 0);
	assert_true(sr_i386_desc(1, &d)); /* exit */
	assert_int_equal(d.flags & SR_D_NORETURN, 0);
}

static void of_a_program_that_runs_all_is_copied(void **state)
{
	struct sr_desc d;

	(void)state;
	assert_true(sr_i386_desc(11, &d)); /* execve */
	assert_true(d.flags & SR_D_EXEC && d.flags & SR_D_BEFORE && d.flags & SR_D_CRITICAL);
	assert_int_equal(d.more, SR_X_EXEC);
	assert_int_equal(op_of(&d, 0)->flags & SR_OP_OUT, 0);
	assert_int_equal(op_of(&d, 1)->copy, SR_COPY_STRV);
	assert_true(op_of(&d, 1)->flags & SR_OP_NARROW && op_of(&d, 2)->flags & SR_OP_NARROW);
	assert_true(sr_i386_desc(358, &d)); /* execveat: its registers are not noted */
	assert_int_equal(d.flags & SR_D_EXEC, 0);
	assert_null(op_of(&d, 2));
}

static void a_call_without_a_row_has_numbers_alone(void **state)
{
	struct sr_desc d;

	(void)state;
	assert_false(sr_i386_desc(102, &d)); /* socketcall */
	assert_int_equal(d.nargs, 6);
	assert_int_equal(d.nops, 0);
	assert_false(sr_i386_desc(222, &d));
	assert_false(sr_i386_desc(SR_NR_SYSCALLS, &d));
}

static void no_row_has_more_copies_than_the_driver_takes(void **state)
{
	struct sr_desc d;

	(void)state;
	for (unsigned int nr = 0; nr <= SR_NR_SYSCALLS; nr++) {
		(void)sr_i386_desc(nr, &d);
		assert_true(d.nops <= SR_MAX_OPS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_laid_out_alike_is_copied),
		cmocka_unit_test(what_is_narrower_is_copied_as_such),
		cmocka_unit_test(the_layout_of_what_was_copied_is_known_by_its_size),
		cmocka_unit_test(what_another_argument_decides_is_copied_too),
		cmocka_unit_test(what_stands_behind_halves_or_was_needed_before_is_not),
		cmocka_unit_test(of_a_program_that_runs_all_is_copied),
		cmocka_unit_test(a_call_without_a_row_has_numbers_alone),
		cmocka_unit_test(no_row_has_more_copies_than_the_driver_takes),
		cmocka_unit_test(numbers_have_their_own_names),
		cmocka_unit_test(calls_of_the_same_name_have_its_type),
		cmocka_unit_test(halves_are_joined),
		cmocka_unit_test(the_last_arguments_of_clone_change_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
