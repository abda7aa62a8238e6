/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/losses.h"

#include "capture/rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct bench {
	struct sr_bpf_defs *defs;
	struct sr_losses *losses;
	struct sr_builder *builder;
};

static int setup(void **state)
{
	static struct bench b;
	const struct sr_bpf_defs_hooks hooks = { 0 };

	assert_int_equal(sr_bpf_defs_new(&b.defs, 1, NULL, &hooks), 0);
	assert_int_equal(sr_losses_new(&b.losses, b.defs), 0);
	assert_int_equal(sr_builder_new(&b.builder), 0);
	*state = &b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	sr_builder_free(b->builder);
	sr_losses_free(b->losses);
	sr_bpf_defs_free(b->defs);
	return 0;
}

static uint64_t take(struct bench *b)
{
	uint64_t count;

	assert_int_equal(sr_losses_take(b->losses, b->builder, &count), 0);
	return count;
}

static void losses_come_back_in_the_order_of_their_times(void **state)
{
	struct bench *b = *state;
	struct sr_loss l = { .cause = SR_LOSS_FULL };

	assert_true(sr_losses_next(b->losses) == UINT64_MAX);
	for (unsigned int i = 0; i < 100; i++) {
		l.time = (i * 37) % 100 + 1;
		l.count = l.time * 1000;
		assert_int_equal(sr_losses_note(b->losses, &l), 0);
	}
	for (uint64_t i = 1; i <= 100; i++) {
		assert_int_equal(sr_losses_next(b->losses), i);
		assert_int_equal(take(b), i * 1000);
	}
	assert_true(sr_losses_next(b->losses) == UINT64_MAX);
}

static void a_loss_becomes_a_row_with_its_cgroup_and_class(void **state)
{
	struct bench *b = *state;
	const struct sr_loss l = { .time = 900,
				   .first = 800,
				   .count = 7,
				   .cgroup = 4711,
				   .cpu = 3,
				   .cause = SR_LOSS_FULL,
				   .class = SR_EC_DATA };
	struct sr_rows_gap gap;
	struct sr_block *block;

	assert_int_equal(sr_losses_note(b->losses, &l), 0);
	assert_int_equal(take(b), 7);
	block = sr_builder_block(b->builder);
	assert_int_equal(block->n, 1);
	assert_true(sr_rows_is(block, 0, SR_X_LOST));
	sr_rows_gap(block, 0, &gap);
	assert_int_equal(gap.count, 7);
	assert_int_equal(gap.from, 800);
	assert_int_equal(gap.to, 900);
	assert_int_equal(gap.cpu, 3);
	assert_string_equal(gap.class, "DATA");
	assert_int_equal(block->cgroups[block->threads[block->thread[0]].cgroup].id, 4711);
	assert_int_equal(block->threads[block->thread[0]].pid, 0);
	sr_builder_reset(b->builder);
	sr_losses_sweep(b->losses);
}

static void time_that_was_frozen_is_no_loss(void **state)
{
	struct bench *b = *state;
	const struct sr_loss l = { .time = 900, .first = 800, .count = 100, .frozen = true };
	struct sr_block *block;

	assert_int_equal(sr_losses_note(b->losses, &l), 0);
	assert_int_equal(take(b), 0);
	block = sr_builder_block(b->builder);
	assert_true(sr_rows_is(block, 0, SR_X_FROZEN));
	assert_int_equal(block->time[0], 900);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(losses_come_back_in_the_order_of_their_times, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_loss_becomes_a_row_with_its_cgroup_and_class,
						setup, teardown),
		cmocka_unit_test_setup_teardown(time_that_was_frozen_is_no_loss, setup, teardown),
	};

	return cmocka_run_group_tests_name("losses", tests, NULL, NULL);
}
