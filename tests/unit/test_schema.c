/* SPDX-License-Identifier: Apache-2.0 */
/* The vocabulary: rules that every row of the tables must keep, and the lookups. */
#include "formats/i386.h"
#include "formats/schema.h"

#include <linux/aio_abi.h>
#include <linux/capability.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <linux/perf_event.h>
#include <linux/sched/types.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysinfo.h>
#include <sys/times.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <time.h>
#include <utime.h>

#include <cmocka.h>

#define fail_row(t, ...)                        \
	do {                                    \
		print_error("%s: ", (t)->name); \
		fail_msg(__VA_ARGS__);          \
	} while (0)

static const struct sr_type *type(const char *name)
{
	const struct sr_type *t = sr_type_by_name(name, strlen(name));

	if (!t)
		fail_msg("no type %s", name);
	return t;
}

static const struct sr_kind_desc *kind(const struct sr_type *t, int arg)
{
	return &sr_kinds[t->args[arg].kind];
}

static bool is_syscall(const struct sr_type *t)
{
	return t->xevent < 0;
}

/* The row after @t, without the one that has no name; NULL after the last. */
static const struct sr_type *next_type(const struct sr_type *t)
{
	t++;
	if (sr_type_id(t) == SR_TYPE_FIRST_X)
		t++;
	return sr_type_id(t) < SR_TYPE_COUNT ? t : NULL;
}

static bool is_word(const char *s)
{
	return *s && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(s);
}

/* ---- kinds ---- */

static void a_kinds_copier_fits_its_class(void **state)
{
	static const uint8_t cls[SR_COPY_COUNT] = {
		[SR_COPY_NONE] = SR_CLASS_NUM,		 [SR_COPY_FD] = SR_CLASS_FILE,
		[SR_COPY_DIRFD] = SR_CLASS_FILE,	 [SR_COPY_STR] = SR_CLASS_STR,
		[SR_COPY_PATH] = SR_CLASS_STR,		 [SR_COPY_PATHAT] = SR_CLASS_STR,
		[SR_COPY_STRV] = SR_CLASS_STR,		 [SR_COPY_FIXED] = SR_CLASS_BYTES,
		[SR_COPY_ARRAY] = SR_CLASS_BYTES,	 [SR_COPY_SOCKADDR] = SR_CLASS_BYTES,
		[SR_COPY_IOVEC] = SR_CLASS_BYTES,	 [SR_COPY_MSGHDR] = SR_CLASS_BYTES,
		[SR_COPY_SOCKADDR_OUT] = SR_CLASS_BYTES, [SR_COPY_CASE] = SR_CLASS_BYTES,
		[SR_COPY_BITS] = SR_CLASS_BYTES,	 [SR_COPY_PAGES] = SR_CLASS_BYTES,
		[SR_COPY_STORED] = SR_CLASS_BYTES,	 [SR_COPY_POINTERS] = SR_CLASS_BYTES,
		[SR_COPY_REF] = SR_CLASS_BYTES,		 [SR_COPY_SEMS] = SR_CLASS_BYTES,
	};

	(void)state;
	for (int i = 0; i < SR_KIND_COUNT; i++) {
		const struct sr_kind_desc *k = &sr_kinds[i];

		if (k->cls != cls[k->copy] || k->copy == SR_COPY_RETFD)
			fail_msg("kind %s: copier %d, class %d", k->name, k->copy, k->cls);
	}
}

static void a_kind_has_a_size_where_the_copier_needs_one(void **state)
{
	(void)state;
	for (int i = 0; i < SR_KIND_COUNT; i++) {
		const struct sr_kind_desc *k = &sr_kinds[i];
		bool several = i == SR_KIND_MMSG_IN || i == SR_KIND_MMSG_OUT;
		bool sized = k->copy == SR_COPY_FIXED || k->copy == SR_COPY_ARRAY ||
			     k->copy == SR_COPY_PAGES || k->copy == SR_COPY_POINTERS ||
			     k->copy == SR_COPY_REF || k->copy == SR_COPY_SEMS || several;

		if (sized != (k->size > 0) || k->size > 4096)
			fail_msg("kind %s: size %u", k->name, k->size);
		/* an address and a length at least; the driver has room for 64 bytes */
		if (k->copy == SR_COPY_REF && (k->size < 12 || k->size > 64))
			fail_msg("kind %s: size %u", k->name, k->size);
		if (k->copy == SR_COPY_POINTERS && k->size > 64)
			fail_msg("kind %s: size %u", k->name, k->size);
	}
}

static void a_kinds_flags_make_sense_for_its_class(void **state)
{
	(void)state;
	for (int i = 0; i < SR_KIND_COUNT; i++) {
		const struct sr_kind_desc *k = &sr_kinds[i];

		if (((k->flags & SR_OP_PAYLOAD) && k->cls != SR_CLASS_BYTES) ||
		    ((k->flags & SR_OP_ENTER) && k->copy != SR_COPY_FD) ||
		    ((k->flags & SR_OP_OUT) && k->cls != SR_CLASS_BYTES &&
		     k->cls != SR_CLASS_STR) ||
		    (k->flags & SR_OP_PRIMARY))
			fail_msg("kind %s: flags %#x", k->name, k->flags);
	}
}

#ifdef __x86_64__
/* The size of each structure, as the system's headers have it. */
static void structures_have_the_size_of_the_kernels(void **state)
{
	static const struct {
		int kind;
		size_t size;
	} sizes[] = {
		{ SR_KIND_TIMESPEC_IN, sizeof(struct timespec) },
		{ SR_KIND_TIMESPEC2_IN, sizeof(struct timespec[2]) },
		{ SR_KIND_TIMEVAL_IN, sizeof(struct timeval) },
		{ SR_KIND_TIMEVAL2_IN, sizeof(struct timeval[2]) },
		{ SR_KIND_UTIMBUF_IN, sizeof(struct utimbuf) },
		{ SR_KIND_ITIMERSPEC_OUT, sizeof(struct itimerspec) },
		{ SR_KIND_ITIMERVAL_OUT, sizeof(struct itimerval) },
		{ SR_KIND_TIMEZONE_IN, sizeof(struct timezone) },
		{ SR_KIND_TIMEX, sizeof(struct timex) },
		{ SR_KIND_TMS_OUT, sizeof(struct tms) },
		{ SR_KIND_STAT_OUT, sizeof(struct stat) },
		{ SR_KIND_STATX_OUT, sizeof(struct statx) },
		{ SR_KIND_STATFS_OUT, sizeof(struct statfs) },
		{ SR_KIND_OPEN_HOW, sizeof(struct open_how) },
		{ SR_KIND_MOUNT_ATTR, sizeof(struct mount_attr) },
		{ SR_KIND_RLIMIT_IN, sizeof(struct rlimit) },
		{ SR_KIND_RUSAGE_OUT, sizeof(struct rusage) },
		{ SR_KIND_SCHED_PARAM_IN, sizeof(struct sched_param) },
		{ SR_KIND_CAP_HEADER, sizeof(struct __user_cap_header_struct) },
		{ SR_KIND_CAP_DATA_IN, 2 * sizeof(struct __user_cap_data_struct) },
		{ SR_KIND_PERF_ATTR, PERF_ATTR_SIZE_VER0 },
		{ SR_KIND_SIGSET_IN, _NSIG / 8 },
		{ SR_KIND_STACK_IN, sizeof(stack_t) },
		{ SR_KIND_EPOLL_EVENT_IN, sizeof(struct epoll_event) },
		{ SR_KIND_EPOLL_EVENTS_OUT, sizeof(struct epoll_event) },
		{ SR_KIND_POLLFDS, sizeof(struct pollfd) },
		{ SR_KIND_FDSET, sizeof(fd_set) },
		{ SR_KIND_FUTEX_WAITV, sizeof(struct futex_waitv) },
		{ SR_KIND_FUTEX_PAIR, sizeof(struct futex_waitv[2]) },
		{ SR_KIND_SEMBUF, sizeof(struct sembuf) },
		{ SR_KIND_IO_EVENTS_OUT, sizeof(struct io_event) },
		{ SR_KIND_IO_EVENT_OUT, sizeof(struct io_event) },
		{ SR_KIND_IOURING_PARAMS, sizeof(struct io_uring_params) },
		{ SR_KIND_UTSNAME_OUT, sizeof(struct utsname) },
		{ SR_KIND_SYSINFO_OUT, sizeof(struct sysinfo) },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const struct sr_kind_desc *k = &sr_kinds[sizes[i].kind];

		if (k->size != sizes[i].size)
			fail_msg("kind %s: %u bytes, not %zu", k->name, k->size, sizes[i].size);
	}
}
#endif

/* ---- rows ---- */

static void rows_are_sorted_as_strcmp_sorts(void **state)
{
	(void)state;
	for (int i = 1; i < SR_TYPE_FIRST_X; i++) {
		if (strcmp(sr_types[i - 1].name, sr_types[i].name) >= 0)
			fail_msg("%s stands before %s", sr_types[i - 1].name, sr_types[i].name);
	}
}

static void names_are_lower_case_words_and_no_argument_is_named_twice(void **state)
{
	(void)state;
	for (const struct sr_type *t = sr_types; t; t = next_type(t)) {
		if (!is_word(t->name))
			fail_row(t, "name");
		for (int i = 0; i < t->nargs; i++) {
			if (!is_word(t->args[i].name))
				fail_row(t, "argument %d: name", i);
			for (int j = 0; j < i; j++) {
				if (!strcmp(t->args[i].name, t->args[j].name))
					fail_row(t, "two arguments %s", t->args[i].name);
			}
		}
	}
}

static void no_row_has_more_arguments_or_copies_than_the_driver_takes(void **state)
{
	(void)state;
	for (const struct sr_type *t = sr_types; t; t = next_type(t)) {
		int copies = t->ret == SR_RET_FD;

		for (int i = 0; i < t->nargs; i++)
			copies += kind(t, i)->copy != SR_COPY_NONE;
		if (t->nargs > (is_syscall(t) ? 6 : SR_MAX_ARGS))
			fail_row(t, "%d arguments", t->nargs);
		if (copies > SR_MAX_OPS)
			fail_row(t, "%d copies", copies);
	}
}

static void a_path_at_a_dirfd_follows_its_dirfd(void **state)
{
	(void)state;
	for (const struct sr_type *t = sr_types; t; t = next_type(t)) {
		for (int i = 0; i < t->nargs; i++) {
			if (kind(t, i)->copy == SR_COPY_PATHAT &&
			    (!i || kind(t, i - 1)->copy != SR_COPY_DIRFD))
				fail_row(t, "%s has no dirfd", t->args[i].name);
		}
	}
}

static bool needs_length(const struct sr_kind_desc *k)
{
	switch (k->copy) {
	case SR_COPY_ARRAY:
	case SR_COPY_BITS:
	case SR_COPY_PAGES:
	case SR_COPY_STORED:
	case SR_COPY_POINTERS:
	case SR_COPY_SOCKADDR:
	case SR_COPY_SOCKADDR_OUT:
	case SR_COPY_IOVEC:
		return true;
	}
	return false;
}

static void check_length(const struct sr_type *t, int arg)
{
	const struct sr_kind_desc *k = kind(t, arg);
	unsigned int len = t->args[arg].len;

	if (len == SR_LEN_NONE) {
		if (needs_length(k))
			fail_row(t, "%s has no length", t->args[arg].name);
	} else if (len == SR_LEN_RET) {
		if (!(k->flags & SR_OP_OUT) && k->copy != SR_COPY_REF)
			fail_row(t, "%s is read: the result is no length", t->args[arg].name);
		if (t->ret != SR_RET_BYTES && t->ret != SR_RET_INT)
			fail_row(t, "%s: the result is no count", t->args[arg].name);
	} else if (k->copy == SR_COPY_STORED) { /* behind an address, which may be its own */
		if (len >= t->nargs || kind(t, (int)len)->cls != SR_CLASS_BYTES)
			fail_row(t, "%s: length is argument %u", t->args[arg].name, len);
	} else if (len >= t->nargs || (int)len == arg) {
		fail_row(t, "%s: length is argument %u", t->args[arg].name, len);
	} else if (k->copy == SR_COPY_SOCKADDR_OUT) {
		if (t->args[len].kind != SR_KIND_LENPTR)
			fail_row(t, "%s: length is not behind a pointer", t->args[arg].name);
	} else if (kind(t, (int)len)->cls != SR_CLASS_NUM) {
		fail_row(t, "%s: length is no number", t->args[arg].name);
	}
}

static void a_length_is_given_where_it_is_needed_and_names_a_number(void **state)
{
	(void)state;
	for (const struct sr_type *t = sr_types; t; t = next_type(t)) {
		for (int i = 0; i < t->nargs; i++)
			check_length(t, i);
	}
}

static void flags_and_enums_have_a_table_of_names_and_nothing_else_has(void **state)
{
	(void)state;
	for (const struct sr_type *t = sr_types; t; t = next_type(t)) {
		for (int i = 0; i < t->nargs; i++) {
			const struct sr_arg_desc *a = &t->args[i];
			bool flags = a->kind == SR_KIND_FLAGS;

			if ((flags || a->kind == SR_KIND_ENUM) != (a->xlat != SR_XLAT_none))
				fail_row(t, "%s: kind and table", a->name);
			if (a->xlat && sr_xlat_table(a->xlat)->flags != flags)
				fail_row(t, "%s: flags or one value?", a->name);
		}
	}
}

static void only_the_flags_of_the_table_are_in_the_table(void **state)
{
	const unsigned int allowed =
		SR_D_NORETURN | SR_D_IDENT | SR_D_RENAME | SR_D_EXEC | SR_D_ACCEPT | SR_D_CRITICAL;

	(void)state;
	for (const struct sr_type *t = sr_types; t; t = next_type(t)) {
		if (t->flags & ~allowed)
			fail_row(t, "flags %#x", t->flags);
		if (!(t->flags & SR_D_NORETURN) != (t->ret != SR_RET_NONE) && is_syscall(t))
			fail_row(t, "a call without result is one that never returns");
	}
}

static void what_changes_a_thread_or_paths_says_so(void **state)
{
	static const struct {
		const char *name;
		unsigned int flags;
	} rows[] = {
		{ "setuid", SR_D_IDENT | SR_D_CRITICAL },
		{ "setresgid", SR_D_IDENT | SR_D_CRITICAL },
		{ "setfsuid", SR_D_IDENT | SR_D_CRITICAL },
		{ "setgroups", SR_D_IDENT | SR_D_CRITICAL },
		{ "capset", SR_D_IDENT | SR_D_CRITICAL },
		{ "setsid", SR_D_IDENT },
		{ "setpgid", SR_D_IDENT },
		{ "setns", SR_D_IDENT | SR_D_CRITICAL },
		{ "unshare", SR_D_IDENT | SR_D_CRITICAL },
		{ "prctl", SR_D_IDENT },
		{ "rename", SR_D_RENAME },
		{ "renameat2", SR_D_RENAME },
		{ "mount", SR_D_RENAME | SR_D_CRITICAL },
		{ "move_mount", SR_D_RENAME | SR_D_CRITICAL },
		{ "umount2", SR_D_RENAME | SR_D_CRITICAL },
		{ "pivot_root", SR_D_RENAME | SR_D_CRITICAL },
		{ "chroot", SR_D_RENAME | SR_D_CRITICAL },
		{ "execve", SR_D_EXEC | SR_D_CRITICAL },
		{ "execveat", SR_D_EXEC | SR_D_CRITICAL },
		{ "exit", SR_D_NORETURN | SR_D_CRITICAL },
		{ "exit_group", SR_D_NORETURN | SR_D_CRITICAL },
		{ "accept4", SR_D_ACCEPT },
		{ "chdir", 0 },
		{ "getuid", 0 },
		{ "openat", 0 },
		{ "personality", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct sr_type *t = type(rows[i].name);

		if (t->flags != rows[i].flags)
			fail_row(t, "flags %#x, not %#x", t->flags, rows[i].flags);
	}
}

static void what_must_not_be_lost_is_critical(void **state)
{
	static const char *const yes[] = { "execve", "clone3",	    "connect",	   "ptrace",
					   "bpf",    "setns",	    "init_module", "procexit",
					   "lost",   "cgroup_rmdir" };
	static const char *const no[] = { "read",  "openat",  "futex",	 "getppid",
					  "prctl", "process", "openfile" };

	(void)state;
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		assert_true(sr_type_critical(type(yes[i])));
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		assert_false(sr_type_critical(type(no[i])));
}

static void no_number_of_linux_6_18_is_missing(void **state)
{
	(void)state;
	for (unsigned int nr = 0; nr <= 469; nr++) {
		bool x86_64 = nr <= 336 || nr >= 424;
		bool aarch64 = nr <= 243 || (nr >= 260 && nr <= 294) || nr >= 424;

		if (!sr_type_by_nr(SR_ARCH_X86_64, nr) != !x86_64)
			fail_msg("x86_64 %u", nr);
		if (!sr_type_by_nr(SR_ARCH_AARCH64, nr) != !aarch64)
			fail_msg("aarch64 %u", nr);
	}
}

/* ---- lookups ---- */

static void every_type_is_found_by_its_name(void **state)
{
	(void)state;
	for (const struct sr_type *t = sr_types; t; t = next_type(t))
		assert_ptr_equal(sr_type_by_name(t->name, strlen(t->name)), t);
}

static void a_part_of_a_name_or_more_than_a_name_finds_nothing(void **state)
{
	(void)state;
	assert_null(sr_type_by_name("", 0));
	assert_null(sr_type_by_name("opena", 5));
	assert_null(sr_type_by_name("openatx", 7));
	assert_null(sr_type_by_name("openat\0", 7));
	assert_null(sr_type_by_name("OPENAT", 6));
	assert_null(sr_type_by_name("zzz", 3));
	assert_null(sr_type_by_name("procexi", 7));
	assert_string_equal(sr_type_by_name("openat2", 6)->name, "openat");
	assert_string_equal(sr_type_by_name("lostx", 4)->name, "lost");
}

static void every_syscall_is_found_by_its_number(void **state)
{
	(void)state;
	for (const struct sr_type *t = sr_types; t; t = next_type(t)) {
		for (int a = 0; a < SR_ARCH_COUNT; a++) {
			if (t->nr[a] >= 0)
				assert_ptr_equal(sr_type_by_nr(a, (unsigned int)t->nr[a]), t);
		}
		if (is_syscall(t))
			assert_true(t->nr[0] >= 0 || t->nr[1] >= 0 ||
				    sr_i386_has(t->name, strlen(t->name)));
	}
}

static void a_number_means_another_call_on_another_architecture(void **state)
{
	(void)state;
	assert_string_equal(sr_type_by_nr(SR_ARCH_X86_64, 0)->name, "read");
	assert_string_equal(sr_type_by_nr(SR_ARCH_AARCH64, 0)->name, "io_setup");
	assert_string_equal(sr_type_by_nr(SR_ARCH_X86_64, 257)->name, "openat");
	assert_string_equal(sr_type_by_nr(SR_ARCH_AARCH64, 56)->name, "openat");
	assert_string_equal(sr_type_by_nr(SR_ARCH_X86_64, 449)->name, "futex_waitv");
	assert_string_equal(sr_type_by_nr(SR_ARCH_AARCH64, 449)->name, "futex_waitv");
}

static void an_unknown_number_or_architecture_finds_nothing(void **state)
{
	(void)state;
	assert_null(sr_type_by_nr(SR_ARCH_X86_64, 400));
	assert_null(sr_type_by_nr(SR_ARCH_X86_64, 511));
	assert_null(sr_type_by_nr(SR_ARCH_X86_64, 512));
	assert_null(sr_type_by_nr(SR_ARCH_X86_64, 600));
	assert_null(sr_type_by_nr(SR_ARCH_AARCH64, UINT32_MAX));
	assert_null(sr_type_by_nr(SR_ARCH_COUNT, 0));
}

static void events_stand_in_the_order_of_their_numbers(void **state)
{
	(void)state;
	for (unsigned int x = 0; x < SR_X_COUNT; x++) {
		assert_int_equal(sr_type_by_xevent(x)->xevent, x);
		assert_true(sr_type_id(sr_type_by_xevent(x)) > SR_TYPE_FIRST_X);
	}
	assert_null(sr_type_by_xevent(SR_X_COUNT));
	assert_ptr_equal(sr_type_by_xevent(SR_X_PROCEXIT), type("procexit"));
	assert_ptr_equal(sr_type_by_xevent(SR_X_LOST), type("lost"));
}

/* ---- what the driver is told ---- */

static void the_first_fd_that_is_no_dirfd_is_the_events_fd(void **state)
{
	static const struct {
		const char *name;
		int fd;
	} rows[] = {
		{ "read", 0 },
		{ "mmap", 4 },
		{ "sendfile", 0 },
		{ "epoll_ctl", 0 },
		{ "splice", 0 },
		{ "close", 0 },
		{ "openat", -1 },
		{ "accept4", -1 },
		{ "newfstatat", -1 },
		{ "getpid", -1 },
		{ "unlinkat", -1 },
		{ "openfile", 0 },
		{ "landlock_restrict_self", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(sr_type_primary_fd(type(rows[i].name)), rows[i].fd);
}

static void check_op(const struct sr_op *op, int copy, int arg, int len, int flags, unsigned size)
{
	assert_int_equal(op->copy, copy);
	assert_int_equal(op->arg, arg);
	assert_int_equal(op->len, len);
	assert_int_equal(op->flags, flags);
	assert_int_equal(op->size, size);
}

static void openat_defines_its_result_as_the_events_file(void **state)
{
	struct sr_desc d;

	(void)state;
	sr_type_desc(type("openat"), &d);
	assert_int_equal(d.nargs, 4);
	assert_int_equal(d.nops, 3);
	assert_int_equal(d.flags, 0);
	check_op(&d.ops[0], SR_COPY_DIRFD, 0, SR_LEN_NONE, 0, 0);
	check_op(&d.ops[1], SR_COPY_PATHAT, 1, SR_LEN_NONE, 0, 0);
	check_op(&d.ops[2], SR_COPY_RETFD, 0, SR_LEN_NONE, SR_OP_PRIMARY, 0);
}

static void recvfrom_copies_payload_by_result_and_address_by_its_length(void **state)
{
	struct sr_desc d;

	(void)state;
	sr_type_desc(type("recvfrom"), &d);
	assert_int_equal(d.nargs, 6);
	assert_int_equal(d.nops, 4);
	check_op(&d.ops[0], SR_COPY_FD, 0, SR_LEN_NONE, SR_OP_PRIMARY, 0);
	check_op(&d.ops[1], SR_COPY_ARRAY, 1, SR_LEN_RET, SR_OP_OUT | SR_OP_PAYLOAD, 1);
	check_op(&d.ops[2], SR_COPY_SOCKADDR_OUT, 4, 5, SR_OP_OUT, 0);
	check_op(&d.ops[3], SR_COPY_FIXED, 5, SR_LEN_NONE, SR_OP_OUT, 4);
}

static void close_and_execveat_are_looked_at_when_they_begin(void **state)
{
	const struct sr_type *at_begin[] = { type("close"), type("execveat"),
					     type("io_uring_close") };
	struct sr_desc d;

	(void)state;
	sr_type_desc(type("close"), &d);
	assert_int_equal(d.flags, SR_D_ENTER);
	assert_int_equal(d.nops, 1);
	check_op(&d.ops[0], SR_COPY_FD, 0, SR_LEN_NONE, SR_OP_ENTER | SR_OP_PRIMARY, 0);
	for (const struct sr_type *t = sr_types; t; t = next_type(t)) {
		bool here = t == at_begin[0] || t == at_begin[1] || t == at_begin[2];

		sr_type_desc(t, &d);
		if (!(d.flags & SR_D_ENTER) == here)
			fail_row(t, "taken at entry");
	}
}

static void every_row_becomes_one_op_per_copy_and_one_primary_at_most(void **state)
{
	(void)state;
	for (const struct sr_type *t = sr_types; t; t = next_type(t)) {
		struct sr_desc d;
		int primary = 0, copies = t->ret == SR_RET_FD;

		sr_type_desc(t, &d);
		for (int i = 0; i < d.nops; i++)
			primary += !!(d.ops[i].flags & SR_OP_PRIMARY);
		for (int i = 0; i < t->nargs; i++)
			copies += kind(t, i)->copy != SR_COPY_NONE;
		if (d.nops != copies || d.nargs != t->nargs || (d.flags & SR_D_WANTED))
			fail_row(t, "%d ops for %d copies", d.nops, copies);
		if (primary != (t->ret == SR_RET_FD || sr_type_primary_fd(t) >= 0))
			fail_row(t, "%d primary files", primary);
	}
}

/* ---- names of numbers ---- */

static void categories_and_architectures_have_names_of_their_own(void **state)
{
	(void)state;
	for (int i = 0; i < SR_CAT_COUNT; i++) {
		assert_non_null(sr_category_name(i));
		for (int j = 0; j < i; j++)
			assert_string_not_equal(sr_category_name(i), sr_category_name(j));
	}
	assert_string_equal(sr_category_name(SR_CAT_IO_READ), "io-read");
	assert_string_equal(sr_category_name(SR_CAT_COUNT), "unknown");
	assert_string_equal(sr_arch_name(SR_ARCH_X86_64), "x86_64");
	assert_string_equal(sr_arch_name(SR_ARCH_AARCH64), "aarch64");
	assert_string_equal(sr_arch_name(SR_ARCH_COUNT), "unknown");
}

static void errno_names_are_those_of_libc_and_of_the_kernels_inside(void **state)
{
	(void)state;
	for (int e = 1; e < 512; e++) {
		const char *ours = sr_errno_name(e), *libc = strerrorname_np(e);

		if (!ours != !libc || (ours && strcmp(ours, libc)))
			fail_msg("errno %d: %s, not %s", e, ours ? ours : "-", libc ? libc : "-");
	}
	assert_string_equal(sr_errno_name(512), "ERESTARTSYS");
	assert_string_equal(sr_errno_name(516), "ERESTART_RESTARTBLOCK");
	assert_null(sr_errno_name(517));
	assert_null(sr_errno_name(0));
	assert_null(sr_errno_name(-2));
	assert_null(sr_errno_name(INT32_MIN));
}

static void check_rows(const struct sr_xlat_table *t, size_t i, size_t j)
{
	const struct sr_xlat_row *a = &t->rows[i], *b = &t->rows[j]; /* a before b */

	if (!strcmp(a->name, b->name) || a->value == b->value)
		fail_msg("table %s: %s and %s", t->name, a->name, b->name);
	if (t->flags && (a->value & ~t->mask) && (b->value & ~t->mask) &&
	    (a->value & b->value) == a->value)
		fail_msg("table %s: %s hides %s", t->name, a->name, b->name);
}

static void no_row_of_a_table_repeats_or_hides_another(void **state)
{
	(void)state;
	for (int x = 1; x < SR_XLAT_COUNT; x++) {
		const struct sr_xlat_table *t = sr_xlat_table(x);

		assert_true(t->n > 0);
		for (size_t j = 0; j < t->n; j++) {
			for (size_t i = 0; i < j; i++)
				check_rows(t, i, j);
		}
	}
}

static void a_row_is_inside_the_mask_of_its_table_or_outside(void **state)
{
	(void)state;
	for (int x = 1; x < SR_XLAT_COUNT; x++) {
		const struct sr_xlat_table *t = sr_xlat_table(x);

		if (!t->flags && t->mask)
			fail_msg("table %s: a mask is for flags", t->name);
		for (size_t i = 0; i < t->n; i++) {
			if ((t->rows[i].value & t->mask) && (t->rows[i].value & ~t->mask))
				fail_msg("table %s: %s", t->name, t->rows[i].name);
		}
	}
}

static void a_constant_is_found_in_its_table_only(void **state)
{
	uint64_t v = 1;

	(void)state;
	assert_true(sr_xlat_value(SR_XLAT_open_flags, "O_CREAT", 7, &v));
	assert_int_equal(v, 0100);
	assert_true(sr_xlat_value(SR_XLAT_open_flags, "O_RDONLY", 8, &v));
	assert_int_equal(v, 0);
	assert_true(sr_xlat_value(SR_XLAT_si_code, "SI_TKILL", 8, &v));
	assert_true(v == (uint64_t)-6);
	assert_true(sr_xlat_value(SR_XLAT_clone_flags, "CLONE_INTO_CGROUP", 17, &v));
	assert_true(v == 1ull << 33);
	v = 42;
	assert_false(sr_xlat_value(SR_XLAT_open_flags, "O_CREAT", 6, &v));
	assert_false(sr_xlat_value(SR_XLAT_open_flags, "O_CREATX", 8, &v));
	assert_false(sr_xlat_value(SR_XLAT_open_flags, "", 0, &v));
	assert_false(sr_xlat_value(SR_XLAT_mmap_prot, "O_CREAT", 7, &v));
	assert_false(sr_xlat_value(SR_XLAT_none, "O_CREAT", 7, &v));
	assert_false(sr_xlat_value(SR_XLAT_COUNT, "O_CREAT", 7, &v));
	assert_int_equal(v, 42);
}

static void no_table_is_a_table_without_rows(void **state)
{
	(void)state;
	assert_non_null(sr_xlat_table(SR_XLAT_none));
	assert_int_equal(sr_xlat_table(SR_XLAT_none)->n, 0);
	assert_ptr_equal(sr_xlat_table(SR_XLAT_COUNT), sr_xlat_table(SR_XLAT_none));
	assert_string_equal(sr_xlat_table(SR_XLAT_open_flags)->name, "open_flags");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kinds_copier_fits_its_class),
		cmocka_unit_test(a_kind_has_a_size_where_the_copier_needs_one),
		cmocka_unit_test(a_kinds_flags_make_sense_for_its_class),
#ifdef __x86_64__
		cmocka_unit_test(structures_have_the_size_of_the_kernels),
#endif
		cmocka_unit_test(rows_are_sorted_as_strcmp_sorts),
		cmocka_unit_test(names_are_lower_case_words_and_no_argument_is_named_twice),
		cmocka_unit_test(no_row_has_more_arguments_or_copies_than_the_driver_takes),
		cmocka_unit_test(a_path_at_a_dirfd_follows_its_dirfd),
		cmocka_unit_test(a_length_is_given_where_it_is_needed_and_names_a_number),
		cmocka_unit_test(flags_and_enums_have_a_table_of_names_and_nothing_else_has),
		cmocka_unit_test(only_the_flags_of_the_table_are_in_the_table),
		cmocka_unit_test(what_changes_a_thread_or_paths_says_so),
		cmocka_unit_test(what_must_not_be_lost_is_critical),
		cmocka_unit_test(no_number_of_linux_6_18_is_missing),
		cmocka_unit_test(every_type_is_found_by_its_name),
		cmocka_unit_test(a_part_of_a_name_or_more_than_a_name_finds_nothing),
		cmocka_unit_test(every_syscall_is_found_by_its_number),
		cmocka_unit_test(a_number_means_another_call_on_another_architecture),
		cmocka_unit_test(an_unknown_number_or_architecture_finds_nothing),
		cmocka_unit_test(events_stand_in_the_order_of_their_numbers),
		cmocka_unit_test(the_first_fd_that_is_no_dirfd_is_the_events_fd),
		cmocka_unit_test(openat_defines_its_result_as_the_events_file),
		cmocka_unit_test(recvfrom_copies_payload_by_result_and_address_by_its_length),
		cmocka_unit_test(close_and_execveat_are_looked_at_when_they_begin),
		cmocka_unit_test(every_row_becomes_one_op_per_copy_and_one_primary_at_most),
		cmocka_unit_test(categories_and_architectures_have_names_of_their_own),
		cmocka_unit_test(errno_names_are_those_of_libc_and_of_the_kernels_inside),
		cmocka_unit_test(no_row_of_a_table_repeats_or_hides_another),
		cmocka_unit_test(a_row_is_inside_the_mask_of_its_table_or_outside),
		cmocka_unit_test(a_constant_is_found_in_its_table_only),
		cmocka_unit_test(no_table_is_a_table_without_rows),
	};

	return cmocka_run_group_tests_name("schema", tests, NULL, NULL);
}
