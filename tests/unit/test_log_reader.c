/* SPDX-License-Identifier: Apache-2.0 */
/* The driver's log in memory, written as its programs do and then damaged: no record may be
 * missing without a gap that says how many. */
#include "driver-bpf/log_reader.h"

#include "driver-bpf/shared.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CHUNKS 4
#define EVENTS 20000 /* of a log that goes through two chunks: 32 bytes and 56 by turns */

struct bench {
	uint8_t *mem;
	struct sr_ctl ctl;
	struct sr_log_reader r;
	uint64_t now;
};

/* What a reading came to. */
struct result {
	uint64_t events, defs, missing, gaps;
	bool slots_lost;
	uint64_t from, to; /* of the first gap */
};

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	b->mem = calloc(CHUNKS, SR_CHUNK_STRIDE);
	assert_non_null(b->mem);
	b->r = (struct sr_log_reader){ .base = b->mem, .ctl = &b->ctl, .chunks = CHUNKS };
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	free(b->mem);
	free(b);
	return 0;
}

static uint8_t *chunk_at(struct bench *b, uint64_t chunk)
{
	return b->mem + (chunk & (CHUNKS - 1)) * SR_CHUNK_STRIDE;
}

static void next_chunk(struct bench *b)
{
	uint64_t chunk = b->ctl.head >> 32;
	struct sr_rec_head pad = { .words = 1, .nr = SR_REC_PAD };
	struct sr_rec_chunk head = { .h = { .words = sizeof(head) / 8, .nr = SR_REC_CHUNK },
				     .number = chunk + 1,
				     .time = b->now,
				     .events = b->ctl.recorded,
				     .defs = b->ctl.defined };

	memcpy(chunk_at(b, chunk) + (uint32_t)b->ctl.head, &pad, sizeof(pad));
	memcpy(chunk_at(b, chunk + 1), &head, sizeof(head));
	b->ctl.head = (chunk + 1) << 32 | sizeof(head);
}

/* Write one record of @len bytes. Return where it is. */
static uint8_t *put(struct bench *b, uint16_t nr, uint32_t len)
{
	struct sr_rec_event ev = { .h = { .words = (uint16_t)(len / 8), .nr = nr } };
	uint8_t *p;

	if ((uint32_t)b->ctl.head > SR_CHUNK - SR_RECORD_MAX)
		next_chunk(b);
	ev.time = ++b->now;
	p = chunk_at(b, b->ctl.head >> 32) + (uint32_t)b->ctl.head;
	memcpy(p, &ev, sizeof(ev));
	if (nr < SR_DEF_THREAD)
		b->ctl.recorded++;
	else
		b->ctl.defined++;
	b->ctl.head += len;
	return p;
}

/* A definition for each ten events. Return where event number @which is. */
static uint8_t *put_many(struct bench *b, unsigned int n, unsigned int which)
{
	uint8_t *found = NULL;

	for (unsigned int i = 0; i < n; i++) {
		uint8_t *p;

		if (i % 10 == 0)
			(void)put(b, SR_DEF_FILE, 80);
		p = put(b, 39, i % 2 ? 56 : 32);
		if (i == which)
			found = p;
	}
	return found;
}

/* Read all that is there, without looking anew. */
static void read_on(struct bench *b, struct result *out)
{
	struct sr_log_record rec;
	int rc;

	while ((rc = sr_log_next(&b->r, &rec))) {
		if (rc == 2) {
			if (!out->gaps++) {
				out->from = rec.from;
				out->to = rec.to;
			}
			out->missing += rec.events;
			out->slots_lost |= rec.defs;
			continue;
		}
		struct sr_rec_head h;

		memcpy(&h, rec.p, sizeof(h));
		assert_int_equal(rec.len, h.words * 8);
		*(h.nr < SR_DEF_THREAD ? &out->events : &out->defs) += 1;
	}
}

static struct result read_all(struct bench *b)
{
	struct result r = { 0 };

	for (int i = 0; i < 3; i++) {
		sr_log_look(&b->r, ++b->now);
		read_on(b, &r);
	}
	return r;
}

static void what_is_whole_is_read_without_a_gap(void **state)
{
	struct bench *b = *state;
	struct result r;

	for (int i = 1; i <= 30; i++) { /* the log goes round several times */
		put_many(b, EVENTS / 5, 0);
		r = read_all(b);
		assert_int_equal(r.events, EVENTS / 5);
		assert_int_equal(r.defs, EVENTS / 50);
		assert_int_equal(r.gaps, 0);
	}
	assert_true(b->ctl.head >> 32 > CHUNKS);
	assert_int_equal(b->ctl.tail, b->ctl.head >> 32);
}

static void a_record_that_has_become_another_kind_is_missed(void **state)
{
	struct bench *b = *state;
	struct sr_rec_head *h = (void *)put_many(b, EVENTS, 7);
	struct result r;

	h->nr = SR_DEF_THREAD;
	r = read_all(b);
	assert_int_equal(r.events + r.missing, EVENTS);
	assert_int_equal(r.missing, 1);
	assert_true(r.slots_lost);
}

static void what_a_length_swallows_is_missed_where_its_chunk_ends(void **state)
{
	struct bench *b = *state;
	struct sr_rec_head *h = (void *)put_many(b, EVENTS, 4);
	struct result r;

	h->words += 56 / 8 + 32 / 8; /* two more events seem to be part of it */
	r = read_all(b);
	assert_int_equal(r.gaps, 1);
	assert_int_equal(r.missing, 2);
	assert_int_equal(r.events, EVENTS - 2);
	assert_false(r.slots_lost);
	assert_int_equal(r.from, 0);
	assert_true(r.to > 4 && r.to < b->now - EVENTS / 20); /* not only at the end */
}

static void a_length_that_cannot_be_costs_the_rest_of_its_chunk(void **state)
{
	struct bench *b = *state;
	struct sr_rec_head *h = (void *)put_many(b, EVENTS, 100);
	struct result r;

	h->words = 0;
	r = read_all(b);
	assert_int_equal(r.gaps, 1);
	assert_true(r.missing > EVENTS / 4 && r.missing < EVENTS);
	assert_int_equal(r.events + r.missing, EVENTS);
	assert_true(r.slots_lost);
}

static void a_record_at_the_end_of_a_log_that_stands_still_is_missed(void **state)
{
	struct bench *b = *state;
	struct sr_rec_head *h = (void *)put_many(b, 10, 8);
	struct result r = { 0 };

	h->words = 0xffff;
	sr_log_look(&b->r, ++b->now);
	read_on(b, &r);
	assert_int_equal(r.gaps, 0); /* somebody may be writing just now */
	sr_log_look(&b->r, ++b->now);
	read_on(b, &r);
	assert_int_equal(r.missing, 2);
	assert_int_equal(r.events, 8);
	put_many(b, 10, 0); /* and what comes behind it is read */
	r = read_all(b);
	assert_int_equal(r.events, 10);
	assert_int_equal(r.gaps, 0);
}

static void a_whole_chunk_that_was_overwritten_is_missed(void **state)
{
	struct bench *b = *state;
	struct result r;

	put_many(b, EVENTS, 0);
	assert_int_equal(b->ctl.head >> 32, 1);
	memset(chunk_at(b, 0), 0, SR_CHUNK);
	r = read_all(b);
	assert_int_equal(r.gaps, 1);
	assert_int_equal(r.events + r.missing, EVENTS);
	assert_true(r.slots_lost);
}

static void a_damaged_head_of_a_chunk_hides_nothing(void **state)
{
	struct bench *b = *state;
	struct sr_rec_head *h = (void *)put_many(b, 2 * EVENTS, 5);
	struct result r;

	assert_int_equal(b->ctl.head >> 32, 2);
	h->nr = SR_REC_CHUNK; /* an event is none any more */
	memset(chunk_at(b, 1), 0xa5, sizeof(struct sr_rec_chunk));
	((struct sr_rec_chunk *)chunk_at(b, 2))->events ^= 1ull << 60;
	r = read_all(b);
	assert_int_equal(r.events + r.missing, 2 * EVENTS);
	assert_true(r.gaps >= 1);
}

static void records_that_nobody_wrote_are_noticed(void **state)
{
	struct bench *b = *state;
	struct sr_rec_event *big, small = { .h = { .words = sizeof(small) / 8, .nr = 1 } };
	struct result r;

	big = (void *)put(b, 1, 3 * sizeof(small));
	for (int i = 0; i < 3; i++)
		memcpy(&big[i], &small, sizeof(small));
	r = read_all(b);
	assert_int_equal(r.events, 3);
	assert_int_equal(r.gaps, 1);
	assert_int_equal(r.missing, 1);
}

static void what_made_no_sense_is_missed(void **state)
{
	struct bench *b = *state;
	struct sr_log_record rec;
	struct result r = { 0 };

	put_many(b, 10, 0);
	sr_log_look(&b->r, ++b->now);
	assert_int_equal(sr_log_next(&b->r, &rec), 1); /* a definition */
	assert_int_equal(sr_log_next(&b->r, &rec), 1);
	sr_log_unread(&b->r);
	read_on(b, &r);
	r.gaps = 0;
	sr_log_look(&b->r, ++b->now);
	read_on(b, &r);
	assert_int_equal(r.gaps, 1);
	assert_int_equal(r.missing, 1);
	assert_false(r.slots_lost);
}

/* Whatever stands there, the reader comes to the end, within the memory. */
static void no_damage_leads_astray(void **state)
{
	struct bench *b = *state;

	srandom(4711);
	for (int round = 0; round < 60; round++) {
		struct result r;

		put_many(b, EVENTS / 2, 0);
		for (int i = 0; i < 200; i++)
			b->mem[(size_t)random() % (CHUNKS * SR_CHUNK_STRIDE)] = (uint8_t)random();
		r = read_all(b);
		assert_true(r.gaps || r.events == EVENTS / 2);
		r = read_all(b);
		assert_int_equal(r.events + r.gaps, 0);
		assert_int_equal(b->ctl.tail, b->ctl.head >> 32);
	}
}

/* A program whose CPU was taken away from it has a time stamp, and its record is to come: what
 * others wrote since the last look that found nobody writing has to wait, but not for ever. */
static void what_comes_is_waited_for(void **state)
{
	const uint64_t second = 1000000000;
	struct bench *b = *state;
	struct result r = { 0 };

	b->now = 7 * second;
	assert_int_equal(sr_log_look(&b->r, b->now), b->now);
	b->ctl.busy = 1;
	assert_int_equal(sr_log_look(&b->r, b->now + 5), b->now);
	assert_int_equal(sr_log_look(&b->r, b->now + second), b->now);
	put_many(b, 10, 0);
	b->ctl.busy = 0;
	b->now += second;
	assert_int_equal(sr_log_look(&b->r, b->now), b->now);
	read_on(b, &r);
	assert_int_equal(r.events, 10);
	b->ctl.busy = 1;
	assert_int_equal(sr_log_look(&b->r, b->now + second + 1), b->now + second + 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(what_is_whole_is_read_without_a_gap),
		TEST(a_record_that_has_become_another_kind_is_missed),
		TEST(what_a_length_swallows_is_missed_where_its_chunk_ends),
		TEST(a_length_that_cannot_be_costs_the_rest_of_its_chunk),
		TEST(a_record_at_the_end_of_a_log_that_stands_still_is_missed),
		TEST(a_whole_chunk_that_was_overwritten_is_missed),
		TEST(a_damaged_head_of_a_chunk_hides_nothing),
		TEST(records_that_nobody_wrote_are_noticed),
		TEST(what_made_no_sense_is_missed),
		TEST(no_damage_leads_astray),
		TEST(what_comes_is_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
