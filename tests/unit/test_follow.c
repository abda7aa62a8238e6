/* SPDX-License-Identifier: Apache-2.0 */
/* Events of containers that nobody has named yet are held back, in their order. */
#include "capture/follow.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define H16   "0123456789abcdef"
#define ID(c) c H16 H16 H16 "0123456789abcde"
#define PATH(c)                                                \
	{                                                      \
		"/docker/" ID(c), sizeof("/docker/" ID(c)) - 1 \
	}

struct fixture {
	struct sr_selection *selection;
	struct sr_resolver *resolver;
	struct sr_follow *follow;
	struct sr_builder *events;
	struct sr_cgroup_def cgroups[2];
	struct sr_thread_def threads[3]; /* maybe in a, maybe in b, certain */
	uint64_t time;
};

static int setup(void **state)
{
	static const struct sr_resolver_opts nobody = { .docker_socket = "/nowhere/d.sock",
							.docker_root = "/nowhere",
							.podman_socket = "/nowhere/p.sock",
							.sys_root = "/nowhere" };
	static struct fixture f;

	f = (struct fixture){ .cgroups = { { .c.id = 7, .path = PATH("a") },
					   { .c.id = 8, .path = PATH("b") } } };
	f.threads[0] = (struct sr_thread_def){ .t.id = SR_ID_MAYBE | 1, .cgroup = &f.cgroups[0] };
	f.threads[1] = (struct sr_thread_def){ .t.id = SR_ID_MAYBE | 2, .cgroup = &f.cgroups[1] };
	f.threads[2] = (struct sr_thread_def){ .t.id = 3 };
	*state = &f;
	return sr_selection_new(&f.selection) || sr_resolver_new(&f.resolver, &nobody) ||
	       sr_selection_include(f.selection, "web*", NULL) ||
	       sr_follow_new(&f.follow, f.selection, f.resolver) || sr_builder_new(&f.events);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	sr_follow_free(f->follow);
	sr_builder_free(f->events);
	sr_resolver_free(f->resolver);
	sr_selection_free(f->selection);
	return 0;
}

/* A block with an event of each thread in @who, "abc". */
static int put(struct fixture *f, const char *who)
{
	sr_builder_reset(f->events);
	for (; *who; who++) {
		struct sr_event_in ev = { .time = ++f->time,
					  .type = sr_type_by_xevent(SR_X_PROCEXIT),
					  .thread = &f->threads[*who - 'a'] };

		assert_int_equal(sr_builder_add(f->events, &ev), 0);
	}
	return sr_follow_put(f->follow, sr_builder_block(f->events), NULL);
}

static int take(struct fixture *f, bool last, struct sr_block **b)
{
	return sr_follow_take(f->follow, last, b, NULL);
}

static void name(struct fixture *f, const char *id, const char *called)
{
	char json[256];
	int n = snprintf(json, sizeof(json),
			 "{\"kind\":\"container\",\"id\":\"%s\",\"state\":\"resolved\",\"name\":"
			 "\"%s\"}",
			 id, called);

	(void)sr_selection_document(f->selection, json, (size_t)n);
}

static void what_is_recorded_anyway_passes(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(put(f, "cc"), 1);
	assert_false(sr_follow_waits(f->follow));
}

static void undecided_events_wait_for_the_name(void **state)
{
	struct fixture *f = *state;
	struct sr_block *b;

	assert_int_equal(put(f, "aac"), 0);
	assert_int_equal(take(f, false, &b), 0);
	assert_true(sr_follow_waits(f->follow));
	name(f, ID("a"), "web-1");
	assert_int_equal(take(f, false, &b), 1);
	assert_int_equal(b->n, 3);
	assert_int_equal(take(f, false, &b), 0);
	assert_int_equal(put(f, "a"), 1);
}

static void events_of_others_are_taken_out(void **state)
{
	struct fixture *f = *state;
	struct sr_block *b;

	assert_int_equal(put(f, "abab"), 0);
	name(f, ID("b"), "db");
	assert_int_equal(take(f, false, &b), 0);
	name(f, ID("a"), "web");
	assert_int_equal(take(f, false, &b), 1);
	assert_int_equal(b->n, 2);
	assert_int_equal(b->time[0], 1);
	assert_int_equal(b->time[1], 3);
	assert_int_equal(put(f, "bb"), 0);
	assert_false(sr_follow_waits(f->follow));
}

static void later_events_wait_behind_undecided_ones(void **state)
{
	struct fixture *f = *state;
	struct sr_block *b;

	assert_int_equal(put(f, "a"), 0);
	assert_int_equal(put(f, "cc"), 0);
	assert_int_equal(take(f, false, &b), 0);
	name(f, ID("a"), "web");
	assert_int_equal(take(f, false, &b), 1);
	assert_int_equal(b->time[0], 1);
	assert_int_equal(take(f, false, &b), 1);
	assert_int_equal(b->time[0], 2);
	assert_int_equal(b->n, 2);
	assert_int_equal(take(f, false, &b), 0);
}

static void what_stays_undecided_is_dropped_and_counted(void **state)
{
	struct fixture *f = *state;
	struct sr_follow_loss loss;
	struct sr_block *b;

	assert_int_equal(put(f, "cab"), 0);
	name(f, ID("b"), "db");
	assert_int_equal(take(f, true, &b), 1);
	assert_int_equal(b->n, 1);
	sr_follow_loss(f->follow, &loss);
	assert_int_equal(loss.count, 1);
	assert_int_equal(loss.first, 2);
	assert_int_equal(loss.last, 2);
	assert_int_equal(take(f, true, &b), 0);
	sr_follow_loss(f->follow, &loss);
	assert_int_equal(loss.count, 0);
}

/* Those that no pattern refuses are settled at once. */
static void settled_cgroups_are_forgotten_in_the_end(void **state)
{
	struct fixture *f = *state;
	struct sr_cgroup_def c = { .path = { "/user.slice", 11 } };
	struct sr_selection *others;
	struct sr_follow *follow;
	size_t before = 0, after;

	assert_int_equal(sr_selection_new(&others), 0);
	assert_int_equal(sr_selection_exclude(others, "web*", NULL), 0);
	assert_int_equal(sr_follow_new(&follow, others, f->resolver), 0);
	for (c.c.id = 1; c.c.id < 600000; c.c.id++) {
		sr_follow_cgroup(follow, &c);
		if (c.c.id == 140000)
			before = mallinfo2().uordblks;
	}
	after = mallinfo2().uordblks;
	assert_true(after <= before + 65536);
	sr_follow_free(follow);
	sr_selection_free(others);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_recorded_anyway_passes),
		TEST(undecided_events_wait_for_the_name),
		TEST(events_of_others_are_taken_out),
		TEST(later_events_wait_behind_undecided_ones),
		TEST(what_stays_undecided_is_dropped_and_counted),
		TEST(settled_cgroups_are_forgotten_in_the_end),
	};

	return cmocka_run_group_tests_name("follow", tests, NULL, NULL);
}
