/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/bpf_events.h"
#include "formats/base/buf.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#if defined(__aarch64__)
#define NATIVE SR_ARCH_AARCH64
#else
#define NATIVE SR_ARCH_X86_64
#endif

struct bench {
	struct sr_bpf_defs *defs;
	struct sr_bpf_events *events;
	struct sr_buf rec; /* the record that is being made */
	struct sr_event_in *ev;
};

static int setup(void **state)
{
	static struct bench b;
	const struct sr_bpf_defs_hooks hooks = { 0 };

	b = (struct bench){ 0 };
	assert_int_equal(sr_bpf_defs_new(&b.defs, 1, "/nowhere", &hooks), 0);
	assert_int_equal(sr_bpf_events_new(&b.events, b.defs, false), 0);
	*state = &b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	sr_bpf_events_free(b->events);
	sr_bpf_defs_free(b->defs);
	sr_buf_free(&b->rec);
	return 0;
}

static uint16_t number(const char *name)
{
	const struct sr_type *t = sr_type_by_name(name, strlen(name));

	assert_non_null(t);
	return t->xevent >= 0 ? (uint16_t)(SR_REC_FIRST + t->xevent) : (uint16_t)t->nr[NATIVE];
}

static void begin(struct bench *b, const struct sr_rec_event *r, const uint64_t *args)
{
	b->rec.len = 0;
	sr_buf_put(&b->rec, r, sizeof(*r));
	sr_buf_put(&b->rec, args, r->nargs * sizeof(*args));
}

static void blob(struct bench *b, uint8_t tag, uint8_t status, const char *data, uint32_t truelen)
{
	static const char zeros[8];
	const struct sr_rec_blob r = { tag, status, (uint16_t)strlen(data), truelen };

	sr_buf_put(&b->rec, &r, sizeof(r));
	sr_buf_put(&b->rec, data, r.len);
	sr_buf_put(&b->rec, zeros, -r.len & 7u);
}

static int read_it(struct bench *b)
{
	return sr_bpf_events_read(b->events, 0, b->rec.p, b->rec.len, &b->ev);
}

/* A socket without a peer in file slot 1. */
static void define_socket(struct bench *b)
{
	const struct sr_def_file r = {
		.h = { .words = sizeof(r) / 8, .nr = SR_DEF_FILE, .slot = 1 },
		.kind = SR_FILE_SOCK_INET,
		.sock_type = SOCK_DGRAM,
		.family = AF_INET
	};

	assert_int_equal(sr_bpf_defs_add(b->defs, 0, (const uint8_t *)&r, sizeof(r)), 0);
}

static void a_call_has_the_arguments_that_the_record_brings(void **state)
{
	const uint64_t args[] = { (uint64_t)-100, 0x7000, 2, 0 };
	struct bench *b = *state;
	struct sr_rec_event r = { .h = { .nr = number("openat") },
				  .time = 5000,
				  .ret = -2,
				  .dur = 70,
				  .nargs = 4,
				  .nblobs = 1 };

	begin(b, &r, args);
	blob(b, 1, SR_TRUNC, "/etc/nowhere", 300);
	assert_int_equal(read_it(b), 0);
	assert_string_equal(b->ev->type->name, "openat");
	assert_int_equal(b->ev->time, 5000);
	assert_int_equal(b->ev->dur, 70);
	assert_int_equal(b->ev->ret, -2);
	assert_int_equal(b->ev->nargs, 4);
	assert_int_equal(b->ev->args[2].val, 2);
	assert_int_equal(b->ev->args[1].status, SR_TRUNC);
	assert_int_equal(b->ev->args[1].len, 12);
	assert_int_equal(b->ev->args[1].truelen, 300);
	assert_memory_equal(b->ev->args[1].data, "/etc/nowhere", 12);
	assert_true(b->ev->flags & SR_F_TRUNC);
}

static void nothing_of_an_event_is_left_in_the_next_one(void **state)
{
	const uint64_t args[] = { 3, 0x7000, 100 };
	struct bench *b = *state;
	struct sr_rec_event r = {
		.h = { .nr = number("read") }, .ret = 4, .file = 1, .nargs = 3, .nblobs = 1
	};

	define_socket(b);
	begin(b, &r, args);
	blob(b, 1, SR_OK, "data", 4);
	assert_int_equal(read_it(b), 0);
	assert_non_null(b->ev->args[0].file);
	assert_int_equal(b->ev->args[0].status, SR_OK);
	assert_non_null(b->ev->args[1].data);
	r.file = 0;
	r.ret = -9;
	r.nblobs = 0;
	begin(b, &r, args);
	assert_int_equal(read_it(b), 0);
	assert_null(b->ev->file);
	assert_null(b->ev->args[0].file);
	assert_int_equal(b->ev->args[0].status, SR_NONE);
	assert_null(b->ev->args[1].data);
	assert_int_equal(b->ev->args[1].len, 0);
	assert_int_equal(b->ev->args[1].truelen, 0);
	assert_int_equal(b->ev->args[1].status, SR_NONE);
	assert_int_equal(b->ev->flags, 0);
}

static void what_was_left_out_says_why(void **state)
{
	const uint64_t args[] = { 3, 0x7000, 100 };
	struct bench *b = *state;
	struct sr_rec_event r = { .h = { .nr = number("write"), .flags = SR_F_NO_ROOM },
				  .nargs = 3 };

	begin(b, &r, args);
	assert_int_equal(read_it(b), 0);
	assert_int_equal(b->ev->args[1].status, SR_NOROOM);
	assert_int_equal(b->ev->args[2].status, SR_OK);
	r.h.flags = SR_F_INFLIGHT;
	begin(b, &r, args);
	assert_int_equal(read_it(b), 0);
	assert_int_equal(b->ev->args[1].status, SR_UNKNOWN);
}

static void the_other_end_is_what_the_call_says(void **state)
{
	const struct sr_type *t = sr_type_by_name("sendto", 6);
	const uint64_t args[] = { 3, 0x7000, 4, 0, 0x8000, 16 };
	struct bench *b = *state;
	struct sr_rec_event r = {
		.h = { .nr = number("sendto") }, .ret = 4, .file = 1, .nargs = 6, .nblobs = 1
	};
	struct sr_file_def *as_defined;

	define_socket(b);
	as_defined = sr_bpf_defs_file(b->defs, 0, 1);
	begin(b, &r, args);
	blob(b, 4, SR_OK, "\x02\x01\x01\x35\x7f\x01\x01\x01", 16);
	b->rec.p[sizeof(r) + sizeof(args) + sizeof(struct sr_rec_blob) + 1] = 0; /* AF_INET */
	assert_int_equal(read_it(b), 0);
	assert_ptr_equal(b->ev->type, t);
	assert_ptr_not_equal(b->ev->file, as_defined);
	assert_int_equal(b->ev->file->f.rport, 0x135);
	assert_ptr_equal(b->ev->args[0].file, b->ev->file);
	sr_bpf_events_sweep(b->events);
}

static void a_number_without_a_row_has_a_name(void **state)
{
	const uint64_t args[] = { 1, 2 };
	struct bench *b = *state;
	struct sr_rec_event r = { .h = { .nr = 511 }, .nargs = 2 };

	begin(b, &r, args);
	assert_int_equal(read_it(b), 0);
	assert_null(b->ev->type);
	assert_string_equal(b->ev->name, "syscall_511");
	assert_int_equal(b->ev->nargs, 2);
	assert_int_equal(b->ev->args[1].val, 2);
	r.h.nr = 0x7000;
	begin(b, &r, args);
	assert_int_equal(read_it(b), 0);
	assert_null(b->ev->type);
	r.h.nr = SR_DEF_THREAD - 1;
	begin(b, &r, args);
	assert_int_equal(read_it(b), 0);
	assert_null(b->ev->type);
}

static void secrets_in_an_environment_are_not_kept(void **state)
{
	const uint64_t args[] = { 0x7000, 0x7100, 0x7200 };
	struct bench *b = *state;
	struct sr_rec_event r = { .h = { .nr = number("execve") }, .nargs = 3, .nblobs = 1 };
	const struct sr_arg *env;

	begin(b, &r, args);
	blob(b, 2, SR_OK, "PASSWORD=hunter2", 16);
	assert_int_equal(read_it(b), 0);
	env = &b->ev->args[2];
	assert_true(env->len >= 8);
	assert_memory_equal(env->data, "PASSWORD", 8);
	assert_null(memmem(env->data, env->len, "hunter2", 7));
}

static void a_record_that_ends_too_early_is_none(void **state)
{
	const uint64_t args[] = { 3, 0x7000, 100 };
	struct bench *b = *state;
	struct sr_rec_event r = {
		.h = { .nr = number("read") }, .ret = 4, .nargs = 3, .nblobs = 1
	};
	size_t whole;

	begin(b, &r, args);
	blob(b, 1, SR_OK, "datadata", 8);
	whole = b->rec.len;
	assert_int_equal(read_it(b), 0);
	for (b->rec.len = 0; b->rec.len < whole; b->rec.len++)
		assert_int_equal(read_it(b), -EBADMSG);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_call_has_the_arguments_that_the_record_brings),
		T(nothing_of_an_event_is_left_in_the_next_one),
		T(what_was_left_out_says_why),
		T(the_other_end_is_what_the_call_says),
		T(a_number_without_a_row_has_a_name),
		T(secrets_in_an_environment_are_not_kept),
		T(a_record_that_ends_too_early_is_none),
	};

	return cmocka_run_group_tests_name("bpf_events", tests, NULL, NULL);
}
