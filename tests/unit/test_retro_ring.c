/* SPDX-License-Identifier: Apache-2.0 */
/* The past that a retroactive recorder holds: bounded by age and bytes, fair among keys, and never
 * dropped before its reader has had a last look. */
#include "capture/retro_ring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct reader {
	struct sr_ring_set *s;
	bool takes; /* what is leaving */
	unsigned int taken, asked;
};

static void on_leaving(void *arg, struct sr_ring *ring)
{
	struct reader *r = arg;

	r->asked++;
	if (r->takes && sr_ring_read(ring))
		r->taken++;
}

static void open_set(struct reader *r, uint64_t age, size_t bytes, size_t total)
{
	const struct sr_ring_limits limits = { age, bytes, total };

	*r = (struct reader){ .takes = true };
	assert_int_equal(sr_ring_set_new(&r->s, &limits, on_leaving, r), 0);
}

/* @len bytes that say which block they are. */
static void push(struct reader *r, const char *key, uint64_t time, size_t len)
{
	struct sr_ring_info info = { .f = { .min_time = time, .max_time = time + 5 },
				     .events = len };
	char *bytes = malloc(len);

	assert_non_null(bytes);
	memset(bytes, (int)(time % 251), len);
	assert_int_equal(sr_ring_push(r->s, sr_ring_get(r->s, key, true), &info, bytes, len), 0);
	free(bytes);
}

static struct sr_ring_totals totals(const struct reader *r)
{
	struct sr_ring_totals t;

	sr_ring_totals(r->s, &t);
	return t;
}

static void blocks_are_kept_as_they_were_pushed(void **state)
{
	struct sr_ring_block *b;
	struct sr_ring *ring;
	struct reader r;

	(void)state;
	open_set(&r, 0, 0, 64 << 20);
	for (uint64_t i = 1; i <= 40; i++)
		push(&r, "a", i, i * 5000); /* small and mapped ones */
	ring = sr_ring_get(r.s, "a", false);
	sr_ring_read_begin(ring);
	for (uint64_t i = 1; i <= 40; i++) {
		b = sr_ring_read(ring);
		assert_non_null(b);
		assert_int_equal(b->len, i * 5000);
		assert_int_equal(b->info.f.min_time, i);
		for (size_t k = 0; k < b->len; k++)
			assert_int_equal(b->bytes[k], i);
	}
	assert_null(sr_ring_read(ring));
	assert_int_equal(totals(&r).blocks, 40);
	assert_int_equal(totals(&r).oldest, 1);
	sr_ring_set_free(r.s);
}

static void what_is_too_old_goes_with_its_last_event(void **state)
{
	struct reader r;

	(void)state;
	open_set(&r, 100, 0, 1 << 20);
	push(&r, "a", 1000, 10);
	push(&r, "a", 1050, 10);
	sr_ring_expire(r.s, 1105); /* the first ends at 1005 */
	assert_int_equal(totals(&r).blocks, 2);
	sr_ring_expire(r.s, 1106);
	assert_int_equal(totals(&r).blocks, 1);
	assert_int_equal(totals(&r).oldest, 1050);
	sr_ring_expire(r.s, 50); /* a clock that is younger than the limit */
	assert_int_equal(totals(&r).blocks, 1);
	sr_ring_set_free(r.s);
}

static void without_a_limit_of_age_nothing_is_too_old(void **state)
{
	struct reader r;

	(void)state;
	open_set(&r, 0, 0, 1 << 20);
	push(&r, "a", 1, 10);
	sr_ring_expire(r.s, UINT64_MAX);
	assert_int_equal(totals(&r).blocks, 1);
	sr_ring_set_free(r.s);
}

static void a_ring_has_no_more_bytes_than_it_may(void **state)
{
	struct reader r;

	(void)state;
	open_set(&r, 0, 10000, 1 << 20);
	for (uint64_t i = 1; i < 100; i++) {
		push(&r, "a", i, 1000);
		push(&r, "b", i, 10);
		assert_true(sr_ring_get(r.s, "a", false)->bytes <= 10000);
	}
	assert_in_range(sr_ring_get(r.s, "a", false)->blocks, 8, 9);
	assert_int_equal(sr_ring_get(r.s, "a", false)->last->info.f.min_time, 99);
	push(&r, "a", 100, 20000); /* more than fits at all */
	assert_int_equal(sr_ring_get(r.s, "a", false)->blocks, 0);
	sr_ring_set_free(r.s);
}

static void one_that_is_loud_does_not_push_out_others(void **state)
{
	struct reader r;

	(void)state;
	open_set(&r, 0, 0, 200000);
	push(&r, "quiet", 1, 3000);
	for (uint64_t i = 2; i < 1000; i++) {
		push(&r, "loud", i, 3000);
		assert_true(totals(&r).bytes <= 200000);
	}
	assert_int_equal(sr_ring_get(r.s, "quiet", false)->blocks, 1);
	assert_in_range(sr_ring_get(r.s, "loud", false)->blocks, 50, 66);
	sr_ring_set_free(r.s);
}

static void any_mix_of_keys_and_sizes_stays_within_its_memory(void **state)
{
	uint64_t x = 7;
	struct reader r;
	char key[16];

	(void)state;
	open_set(&r, 5000, 300000, 2000000);
	for (uint64_t i = 1; i < 20000; i++) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		(void)snprintf(key, sizeof(key), "k%u", (unsigned int)(x >> 33) % 3000);
		push(&r, key, i, 1 + (x >> 40) % (i % 10 ? 3000 : 200000));
		sr_ring_expire(r.s, i);
		assert_true(totals(&r).bytes <= 2000000);
		assert_true(totals(&r).rings <= SR_RING_MAX);
	}
	sr_ring_expire(r.s, 100000);
	assert_int_equal(totals(&r).rings, 0);
	assert_int_equal(totals(&r).bytes, 0);
	sr_ring_set_free(r.s);
}

static void of_too_many_rings_the_quietest_goes(void **state)
{
	struct reader r;
	char key[16];
	int user;

	(void)state;
	open_set(&r, 0, 0, 64 << 20);
	for (int i = 0; i < SR_RING_MAX; i++) {
		(void)snprintf(key, sizeof(key), "k%d", i);
		push(&r, key, 1, 10);
	}
	sr_ring_get(r.s, "k0", false)->user = &user;
	push(&r, "k1", 2, 10);
	push(&r, "new", 3, 10);
	assert_int_equal(totals(&r).rings, SR_RING_MAX);
	assert_non_null(sr_ring_get(r.s, "k0", false)); /* in use */
	assert_non_null(sr_ring_get(r.s, "k1", false)); /* pushed to since */
	assert_null(sr_ring_get(r.s, "k2", false));
	sr_ring_set_free(r.s);
}

static void a_reader_follows_what_is_pushed(void **state)
{
	struct sr_ring *ring;
	struct reader r;

	(void)state;
	open_set(&r, 0, 0, 1 << 20);
	push(&r, "a", 1, 10);
	ring = sr_ring_get(r.s, "a", false);
	sr_ring_read_begin(ring);
	assert_int_equal(sr_ring_read(ring)->info.f.min_time, 1);
	assert_null(sr_ring_read(ring));
	push(&r, "a", 2, 10);
	push(&r, "a", 3, 10);
	assert_int_equal(sr_ring_read(ring)->info.f.min_time, 2);
	assert_int_equal(sr_ring_read(ring)->info.f.min_time, 3);
	assert_null(sr_ring_read(ring));
	sr_ring_read_end(ring);
	push(&r, "a", 4, 10);
	assert_null(sr_ring_read(ring));
	sr_ring_set_free(r.s);
}

static void what_leaves_unread_is_offered_to_its_reader(void **state)
{
	struct sr_ring *ring;
	struct reader r;

	(void)state;
	open_set(&r, 0, 5000, 1 << 20);
	for (uint64_t i = 1; i <= 10; i++)
		push(&r, "a", i, 1000);
	assert_int_equal(r.asked, 0); /* nobody reads */
	ring = sr_ring_get(r.s, "a", false);
	sr_ring_read_begin(ring);
	for (uint64_t i = 11; i <= 20; i++)
		push(&r, "a", i, 1000);
	assert_int_equal(r.taken, 10);
	assert_int_equal(totals(&r).missed, 0);
	r.takes = false;
	push(&r, "a", 21, 1000);
	assert_int_equal(totals(&r).missed, 1);
	assert_int_equal(sr_ring_read(ring)->info.f.min_time, 18);
	sr_ring_set_free(r.s);
}

static void a_ring_that_is_used_stays_though_it_is_empty(void **state)
{
	struct reader r;
	int user;

	(void)state;
	open_set(&r, 10, 0, 1 << 20);
	push(&r, "a", 1, 10);
	push(&r, "b", 1, 10);
	sr_ring_get(r.s, "a", false)->user = &user;
	sr_ring_expire(r.s, 1000);
	assert_int_equal(totals(&r).rings, 1);
	sr_ring_get(r.s, "a", false)->user = NULL;
	sr_ring_expire(r.s, 1000);
	assert_int_equal(totals(&r).rings, 0);
	sr_ring_set_free(r.s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_are_kept_as_they_were_pushed),
		cmocka_unit_test(what_is_too_old_goes_with_its_last_event),
		cmocka_unit_test(without_a_limit_of_age_nothing_is_too_old),
		cmocka_unit_test(a_ring_has_no_more_bytes_than_it_may),
		cmocka_unit_test(one_that_is_loud_does_not_push_out_others),
		cmocka_unit_test(any_mix_of_keys_and_sizes_stays_within_its_memory),
		cmocka_unit_test(of_too_many_rings_the_quietest_goes),
		cmocka_unit_test(a_reader_follows_what_is_pushed),
		cmocka_unit_test(what_leaves_unread_is_offered_to_its_reader),
		cmocka_unit_test(a_ring_that_is_used_stays_though_it_is_empty),
	};

	return cmocka_run_group_tests_name("retro_ring", tests, NULL, NULL);
}
