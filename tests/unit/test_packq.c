/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks packed by threads: their order, their content, and the room that they take. */
#include "capture/packq.h"
#include "formats/reel.h"
#include "tests/unit/gen_block.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

#define BLOCKS 60

static char path[64];

/* The same blocks each time; some large, some of a single event. */
static uint32_t events_of(int i)
{
	return i % 7 == 0 ? 1 : i % 5 == 0 ? 6000 : 100 + (uint32_t)i;
}

struct out {
	struct sr_reel_writer *w;
	struct sr_packq_item item;
	uint64_t taken;
	int fd;
};

static int take(struct sr_packq *q, bool wait, struct out *o)
{
	int rc = sr_packq_take(q, wait, &o->item, NULL);

	if (rc != 1)
		return rc;
	assert_int_equal(o->item.events, o->taken);
	assert_int_equal(o->item.lost, 2 * o->taken);
	assert_int_equal(o->item.packed.f.events, events_of((int)o->taken));
	assert_int_equal(sr_reel_append(o->w, &o->item.packed, NULL), 0);
	o->taken++;
	return 1;
}

static void write_through(unsigned int threads, struct out *o)
{
	struct sr_builder *b = NULL;
	struct sr_packq *q = NULL;
	struct gen g;

	gen_init(&g, 5);
	assert_int_equal(sr_packq_new(&q, 3, threads, NULL), 0);
	assert_int_equal(sr_builder_new(&b), 0);
	for (int i = 0; i < BLOCKS; i++) {
		assert_int_equal(gen_block(&g, b, events_of(i)), 0);
		while (take(q, sr_packq_full(q), o) == 1)
			;
		assert_false(sr_packq_full(q));
		assert_int_equal(sr_packq_put(q, b, (uint64_t)i, 2 * (uint64_t)i), 0);
		assert_int_equal(sr_builder_count(b), 0);
	}
	sr_packq_hurry(q);
	while (take(q, true, o) == 1)
		;
	assert_int_equal(sr_packq_take(q, true, &o->item, NULL), 0);
	sr_packq_free(q);
	sr_builder_free(b);
}

static void check_file(void)
{
	struct sr_builder *want = NULL;
	struct sr_meta *meta = NULL;
	struct sr_reel *r = NULL;
	struct sr_block *b;
	uint64_t first = 1;
	struct gen g;

	gen_init(&g, 5);
	assert_int_equal(sr_builder_new(&want), 0);
	assert_int_equal(sr_meta_new(&meta), 0);
	assert_int_equal(sr_reel_open(&r, path, meta, NULL), 0);
	for (int i = 0; i < BLOCKS; i++) {
		sr_builder_reset(want);
		assert_int_equal(gen_block(&g, want, events_of(i)), 0);
		assert_int_equal(sr_reel_next(r, &b, NULL), 1);
		assert_int_equal(sr_block_load(b, SR_NEED_ALL, NULL), 0);
		assert_int_equal(b->first_num, first);
		first += b->n;
		assert_null(gen_same_block(sr_builder_block(want), b));
	}
	assert_int_equal(sr_reel_next(r, &b, NULL), 0);
	sr_reel_free(r);
	sr_meta_free(meta);
	sr_builder_free(want);
}

static void blocks_come_back_packed_in_their_order(void **state)
{
	static const unsigned int threads[] = { 1, 3, 8 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct out o = { 0 };

		(void)snprintf(path, sizeof(path), "/tmp/test_packq.XXXXXX");
		o.fd = mkstemp(path);
		assert_true(o.fd >= 0);
		assert_int_equal(sr_reel_writer_open(&o.w, o.fd, NULL, NULL), 0);
		write_through(threads[i], &o);
		assert_int_equal(o.taken, BLOCKS);
		assert_int_equal(sr_reel_writer_close(o.w, NULL), 0);
		assert_int_equal(close(o.fd), 0);
		sr_packed_free(&o.item.packed);
		check_file();
		assert_int_equal(unlink(path), 0);
	}
}

static void there_is_room_for_some_blocks_only(void **state)
{
	struct sr_packq_item item = { 0 };
	struct sr_builder *b = NULL;
	struct sr_packq *q = NULL;
	struct gen g;
	int n = 0;

	(void)state;
	gen_init(&g, 6);
	assert_int_equal(sr_packq_new(&q, 1, 2, NULL), 0);
	assert_int_equal(sr_builder_new(&b), 0);
	for (; !sr_packq_full(q); n++) {
		assert_int_equal(gen_block(&g, b, 10), 0);
		assert_int_equal(sr_packq_put(q, b, 0, 0), 0);
	}
	assert_int_equal(n, 4);
	assert_int_equal(sr_packq_take(q, true, &item, NULL), 1);
	assert_false(sr_packq_full(q));
	sr_packq_free(q); /* with three blocks in it */
	sr_packed_free(&item.packed);
	sr_builder_free(b);
}

static void what_cannot_be_packed_is_told_in_its_place(void **state)
{
	struct sr_packq_item item = { 0 };
	struct sr_builder *b = NULL;
	struct sr_packq *q = NULL;
	struct sr_err err = { 0 };
	struct gen g;

	(void)state;
	gen_init(&g, 6);
	assert_int_equal(sr_packq_new(&q, 1, 2, NULL), 0);
	assert_int_equal(sr_builder_new(&b), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(gen_block(&g, b, 10), 0);
		if (i == 1) /* no such block can be made; none is looked at either */
			sr_builder_block(b)->n = UINT32_MAX;
		assert_int_equal(sr_packq_put(q, b, (uint64_t)i, 0), 0);
	}
	assert_int_equal(sr_packq_take(q, true, &item, &err), 1);
	assert_int_equal(sr_packq_take(q, true, &item, &err), -EFBIG);
	assert_non_null(strstr(err.msg, "larger than a file allows"));
	assert_int_equal(sr_packq_take(q, true, &item, &err), 1);
	assert_int_equal(item.events, 2);
	sr_packq_free(q);
	sr_packed_free(&item.packed);
	sr_builder_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_come_back_packed_in_their_order),
		cmocka_unit_test(there_is_room_for_some_blocks_only),
		cmocka_unit_test(what_cannot_be_packed_is_told_in_its_place),
	};

	return cmocka_run_group_tests_name("packq", tests, NULL, NULL);
}
