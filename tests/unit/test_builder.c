/* SPDX-License-Identifier: Apache-2.0 */
/* The block builder: events, definitions, limits, and copying of selected rows. */
#include "formats/block_limits.h"
#include "tests/unit/gen_block.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct sr_builder *new_builder(void)
{
	struct sr_builder *b = NULL;

	assert_int_equal(sr_builder_new(&b), 0);
	return b;
}

static void a_new_block_holds_only_the_entries_that_mean_nothing(void **state)
{
	struct sr_builder *b = new_builder();
	struct sr_block *k = sr_builder_block(b);

	(void)state;
	assert_int_equal(k->n, 0);
	assert_int_equal(k->ntypes, 0);
	assert_int_equal(k->nthreads, 1);
	assert_int_equal(k->nfiles, 1);
	assert_int_equal(k->ncgroups, 1);
	assert_int_equal(k->nstrs, 1);
	assert_int_equal(k->strs[0].len, 0);
	assert_int_equal(k->files[0].kind, SR_FILE_NONE);
	assert_int_equal(k->threads[0].tid, 0);
	assert_int_equal(sr_block_load(k, SR_NEED_ALL, NULL), 0);
	sr_builder_free(b);
	sr_builder_free(NULL);
}

static void an_event_is_found_again_in_its_columns(void **state)
{
	struct sr_builder *b = new_builder();
	struct sr_event_in ev = { .time = 100, .dur = 7, .ret = -2, .cpu = 3, .flags = SR_F_TRUNC };
	struct sr_block *k;
	struct gen g;

	(void)state;
	gen_init(&g, 1);
	ev.type = sr_type_by_name("openat", 6);
	assert_non_null(ev.type);
	ev.thread = &g.threads[1];
	ev.file = &g.files[1];
	ev.nargs = 4;
	ev.args[0] = (struct sr_arg){ .val = 5, .file = &g.files[2] };
	ev.args[1] = (struct sr_arg){
		.val = 0x7f00, .data = "/etc", .len = 4, .truelen = 9, .status = SR_TRUNC
	};
	ev.args[2].val = 0x80000;
	assert_int_equal(sr_builder_add(b, &ev), 0);
	ev.time = 50; /* a late record */
	assert_int_equal(sr_builder_add(b, &ev), 0);
	k = sr_builder_block(b);
	assert_int_equal(sr_builder_count(b), 2);
	assert_int_equal(k->min_time, 50);
	assert_int_equal(k->max_time, 100);
	assert_int_equal(k->ret[0], -2);
	assert_int_equal(k->nth[1], 1);
	assert_ptr_equal(sr_block_type_of(k, 1)->type, ev.type);
	assert_int_equal(sr_block_arg(k, 0, 1)->status[0], SR_TRUNC);
	assert_int_equal(sr_block_arg(k, 0, 1)->truelen[0], 9);
	assert_memory_equal(k->strs[sr_block_arg(k, 0, 1)->ref[0]].p, "/etc", 4);
	assert_int_equal(k->files[sr_block_arg(k, 0, 0)->ref[0]].ino, g.files[2].f.ino);
	assert_int_equal(k->files[k->file[1]].ino, g.files[1].f.ino);
	assert_int_equal(k->threads[k->thread[0]].tid, 301);
	assert_int_equal(k->cgroups[k->threads[k->thread[0]].cgroup].id, 72);
	assert_int_equal(k->nthreads, 2);
	assert_int_equal(k->nfiles, 3);
	assert_int_equal(k->ntypes, 1);
	sr_builder_free(b);
}

static void arguments_that_were_not_given_are_told_apart(void **state)
{
	struct sr_builder *b = new_builder();
	struct sr_event_in ev = { .type = sr_type_by_name("openat", 6), .nargs = 1 };
	struct sr_block *k;

	(void)state;
	assert_int_equal(sr_builder_add(b, &ev), 0);
	k = sr_builder_block(b);
	assert_int_equal(sr_block_type_of(k, 0)->ncols, ev.type->nargs);
	assert_int_equal(sr_block_arg(k, 0, 1)->status[0], SR_UNKNOWN);
	assert_null(sr_block_arg(k, 0, ev.type->nargs));
	sr_builder_free(b);
}

static void unknown_types_go_by_name_and_grow_arguments(void **state)
{
	struct sr_builder *b = new_builder();
	struct sr_event_in ev = { .name = "syscall_999", .nargs = 1 };
	struct sr_block *k;

	(void)state;
	ev.args[0].val = 11;
	ev.args[3].val = 14;
	assert_int_equal(sr_builder_add(b, &ev), 0);
	ev.nargs = 4;
	assert_int_equal(sr_builder_add(b, &ev), 0);
	ev.name = "syscall_1000";
	assert_int_equal(sr_builder_add(b, &ev), 0);
	k = sr_builder_block(b);
	assert_int_equal(k->ntypes, 2);
	assert_string_equal(k->types[0].name, "syscall_999");
	assert_null(k->types[0].type);
	assert_int_equal(k->types[0].ncols, 4);
	assert_int_equal(k->types[0].cols[3].val[0], 0);
	assert_int_equal(k->types[0].cols[3].val[1], 14);
	assert_int_equal(k->types[0].cols[0].val[0], 11);
	sr_builder_free(b);
}

static void equal_strings_are_stored_once(void **state)
{
	struct sr_builder *b = new_builder();
	struct sr_event_in ev = { .type = sr_type_by_name("openat", 6), .nargs = 2 };
	char text[16];

	(void)state;
	for (int i = 0; i < 5000; i++) {
		(void)snprintf(text, sizeof(text), "/tmp/%d", i % 2500);
		ev.args[1] = (struct sr_arg){ .data = text, .len = (uint32_t)strlen(text) };
		assert_int_equal(sr_builder_add(b, &ev), 0);
	}
	assert_int_equal(sr_builder_block(b)->nstrs, 2501);
	sr_builder_free(b);
}

static void definitions_are_taken_anew_after_a_reset_and_by_another_builder(void **state)
{
	struct sr_builder *b[2] = { new_builder(), new_builder() };
	struct gen g;

	(void)state;
	gen_init(&g, 2);
	for (int round = 0; round < 6; round++) {
		struct sr_builder *x = b[round % 2];
		struct sr_event_in ev = { .name = "x", .thread = &g.threads[2], .time = 9 };
		struct sr_block *k;

		if (round > 1)
			sr_builder_reset(x);
		if (round & 2) {
			ev.file = &g.files[3];
			assert_int_equal(sr_builder_add(x, &ev), 0);
		}
		ev.file = &g.files[4];
		assert_int_equal(sr_builder_add(x, &ev), 0);
		k = sr_builder_block(x);
		assert_int_equal(k->nthreads, 2);
		assert_int_equal(k->files[k->file[k->n - 1]].ino, g.files[4].f.ino);
		assert_int_equal(k->nfiles, round & 2 ? 3 : 2);
	}
	sr_builder_free(b[0]);
	sr_builder_free(b[1]);
}

static void a_full_block_refuses_and_stays_as_it_was(void **state)
{
	struct sr_builder *b = new_builder();
	struct sr_event_in ev = { .type = sr_type_by_name("write", 5), .nargs = 3 };
	static uint8_t big[1 << 20];
	uint32_t n = 0;

	(void)state;
	ev.args[1] = (struct sr_arg){ .data = big, .len = sizeof(big), .truelen = sizeof(big) };
	while (n < 4096 && sr_builder_add(b, &ev) == 0)
		n++;
	assert_in_range(n, 150, 192);
	assert_int_equal(sr_builder_count(b), n);
	assert_int_equal(sr_builder_add(b, &ev), -ENOMEM);
	assert_int_equal(sr_builder_block(b)->types[0].nrows, n);
	assert_int_equal(sr_builder_block(b)->heap_len, (size_t)n * sizeof(big));
	sr_builder_reset(b);
	ev = (struct sr_event_in){ .name = "tick" };
	for (n = 0; n < SR_BLOCK_MAX_EVENTS; n++)
		assert_int_equal(sr_builder_add(b, &ev), 0);
	assert_int_equal(sr_builder_add(b, &ev), -ENOMEM);
	assert_int_equal(sr_builder_count(b), SR_BLOCK_MAX_EVENTS);
	sr_builder_free(b);
}

static void a_copy_of_everything_means_the_same(void **state)
{
	struct sr_builder *b = new_builder(), *c = new_builder();
	struct sr_err err = { 0 };
	struct gen g;

	(void)state;
	gen_init(&g, 3);
	assert_int_equal(gen_block(&g, b, 5000), 0);
	assert_int_equal(sr_builder_copy(c, sr_builder_block(b), NULL, &err), 0);
	assert_null(gen_same_block(sr_builder_block(b), sr_builder_block(c)));
	sr_builder_free(b);
	sr_builder_free(c);
}

static void a_copy_of_some_rows_has_only_what_they_refer_to(void **state)
{
	struct sr_builder *b = new_builder(), *c = new_builder();
	uint64_t sel[SR_SEL_WORDS(1000)] = { 0 };
	struct sr_block *from, *to;
	struct gen g;

	(void)state;
	gen_init(&g, 4);
	assert_int_equal(gen_block(&g, b, 1000), 0);
	from = sr_builder_block(b);
	for (int i = 0; i < 5; i++)
		sel[i * 3] |= 1ull << (i * 13);
	assert_int_equal(sr_builder_copy(c, from, sel, NULL), 0);
	to = sr_builder_block(c);
	assert_int_equal(to->n, 5);
	for (uint32_t i = 0; i < 5; i++)
		assert_null(gen_same_row(from, i * 3 * 64 + i * 13, to, i));
	assert_true(to->nthreads <= 6 + 2); /* some have parents */
	assert_true(to->ntypes <= 5);
	assert_true(to->nstrs < from->nstrs);
	sr_builder_free(b);
	sr_builder_free(c);
}

static void a_parent_comes_before_its_child_once(void **state)
{
	struct sr_builder *b = new_builder();
	struct sr_event_in ev = { .name = "x", .time = 9 };
	const struct sr_block *k;
	struct gen g;

	(void)state;
	gen_init(&g, 1);
	for (int i = 0; i < 3; i++) {
		ev.thread = &g.threads[GEN_THREADS - 1 - i % 2];
		assert_int_equal(sr_builder_add(b, &ev), 0);
	}
	k = sr_builder_block(b);
	assert_int_equal(k->nthreads, 4);
	for (uint32_t i = 1; i < 4; i++) {
		assert_int_equal(k->threads[i].tid, 300 + GEN_THREADS - 4 + (int)i);
		assert_int_equal(k->threads[i].parent, i - 1);
	}
	sr_builder_free(b);
}

static void a_chain_of_parents_that_never_ends_is_cut(void **state)
{
	struct sr_builder *c = new_builder();
	static struct sr_thread threads[100000];
	struct sr_builder *b = new_builder();
	struct sr_event_in ev = { .name = "x", .time = 9 };
	struct sr_block *from;

	(void)state;
	assert_int_equal(sr_builder_add(b, &ev), 0);
	from = sr_builder_block(b);
	for (uint32_t i = 1; i < 100000; i++) {
		threads[i].tid = (int32_t)i;
		threads[i].parent = i - 1;
	}
	struct sr_block long_one = *from;

	long_one.threads = threads;
	long_one.nthreads = 100000;
	long_one.thread[0] = 99999;
	assert_int_equal(sr_builder_copy(c, &long_one, NULL, NULL), 0);
	assert_in_range(sr_builder_block(c)->nthreads, 20, 100);
	long_one.thread[0] = 0;
	sr_builder_free(b);
	sr_builder_free(c);
}

static void copies_of_several_blocks_know_a_thread_once(void **state)
{
	struct sr_builder *b = new_builder(), *c = new_builder();
	uint32_t nthreads = 0, nfiles = 0;
	struct gen g;

	(void)state;
	gen_init(&g, 5);
	for (int i = 0; i < 3; i++) {
		sr_builder_reset(b);
		assert_int_equal(gen_block(&g, b, 2000), 0);
		nthreads = sr_builder_block(b)->nthreads;
		nfiles = sr_builder_block(b)->nfiles;
		assert_int_equal(sr_builder_copy(c, sr_builder_block(b), NULL, NULL), 0);
	}
	assert_int_equal(sr_builder_count(c), 6000);
	assert_int_equal(sr_builder_block(c)->nthreads, nthreads);
	assert_int_equal(sr_builder_block(c)->nfiles, nfiles);
	for (uint32_t i = 0; i < 2000; i++)
		assert_null(gen_same_row(sr_builder_block(b), i, sr_builder_block(c), 4000 + i));
	sr_builder_free(b);
	sr_builder_free(c);
}

static void a_copy_that_does_not_fit_changes_nothing(void **state)
{
	struct sr_builder *b = new_builder(), *c = new_builder();
	struct sr_event_in ev = { .type = sr_type_by_name("write", 5), .nargs = 3, .time = 5 };
	static uint8_t big[1 << 20];
	struct sr_err err = { 0 };

	(void)state;
	ev.args[1] = (struct sr_arg){ .data = big, .len = sizeof(big) };
	for (int i = 0; i < 100; i++)
		assert_int_equal(sr_builder_add(b, &ev), 0);
	assert_int_equal(sr_builder_copy(c, sr_builder_block(b), NULL, &err), 0);
	assert_int_equal(sr_builder_copy(c, sr_builder_block(b), NULL, &err), -ENOMEM);
	assert_string_not_equal(err.msg, "");
	assert_int_equal(sr_builder_count(c), 100);
	assert_int_equal(sr_builder_block(c)->types[0].nrows, 100);
	assert_null(gen_same_block(sr_builder_block(b), sr_builder_block(c)));
	sr_builder_free(b);
	sr_builder_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_block_holds_only_the_entries_that_mean_nothing),
		cmocka_unit_test(an_event_is_found_again_in_its_columns),
		cmocka_unit_test(arguments_that_were_not_given_are_told_apart),
		cmocka_unit_test(unknown_types_go_by_name_and_grow_arguments),
		cmocka_unit_test(equal_strings_are_stored_once),
		cmocka_unit_test(definitions_are_taken_anew_after_a_reset_and_by_another_builder),
		cmocka_unit_test(a_full_block_refuses_and_stays_as_it_was),
		cmocka_unit_test(a_copy_of_everything_means_the_same),
		cmocka_unit_test(a_copy_of_some_rows_has_only_what_they_refer_to),
		cmocka_unit_test(a_parent_comes_before_its_child_once),
		cmocka_unit_test(a_chain_of_parents_that_never_ends_is_cut),
		cmocka_unit_test(copies_of_several_blocks_know_a_thread_once),
		cmocka_unit_test(a_copy_that_does_not_fit_changes_nothing),
	};

	return cmocka_run_group_tests_name("builder", tests, NULL, NULL);
}
