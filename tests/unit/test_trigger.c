/* SPDX-License-Identifier: Apache-2.0 */
/* Triggers: their names, what makes them fire, and how often they may. */
#include "capture/trigger.h"
#include "formats/builder.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HOUR 3600000000000ull

struct fixture {
	struct sr_triggers ts;
	struct sr_builder *events;
	struct sr_meta *meta;
	struct sr_cgroup_def cgroup;
	struct sr_thread_def thread, init;
	struct sr_err err;
};

static int setup(void **state)
{
	static struct fixture f;
	static const char path[] =
		"/docker/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaa";

	f = (struct fixture){ .cgroup = { .c.id = 7, .path = { path, sizeof(path) - 1 } } };
	f.thread = (struct sr_thread_def){ .t = { .id = 1, .tid = 7, .pid = 7, .vtid = 7 },
					   .comm = { "sh", 2 } };
	f.init = (struct sr_thread_def){ .t = { .id = 2, .tid = 8, .pid = 8, .vtid = 1, .vpid = 1 },
					 .comm = { "app", 3 },
					 .cgroup = &f.cgroup };
	*state = &f;
	return sr_builder_new(&f.events) || sr_meta_new(&f.meta);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	sr_triggers_free(&f->ts);
	sr_builder_free(f->events);
	sr_meta_free(f->meta);
	return 0;
}

static void add(struct fixture *f, const char *text)
{
	if (sr_triggers_add(&f->ts, text, &f->err) < 0)
		fail_msg("%s: %s", text, f->err.msg);
}

static void put_exit(struct fixture *f, struct sr_thread_def *t, uint64_t status, uint64_t signal,
		     uint16_t flags)
{
	struct sr_event_in ev = {
		.time = 1, .type = sr_type_by_xevent(SR_X_PROCEXIT), .thread = t, .flags = flags
	};

	ev.nargs = ev.type->nargs;
	ev.args[0].val = status;
	ev.args[1].val = signal;
	assert_int_equal(sr_builder_add(f->events, &ev), 0);
}

/* How often the trigger with this number fires for what was put. */
static int64_t fires(struct fixture *f, size_t i)
{
	struct sr_view v = { .b = sr_builder_block(f->events), .meta = f->meta };
	uint64_t sel[4];
	int64_t n;

	for (uint32_t c = 0; c < v.b->ncgroups; c++)
		if (v.b->strs[v.b->cgroups[c].path].len)
			v.b->cgroups[c].container =
				sr_meta_container_put(f->meta, "aaaa", 4, "docker");
	n = sr_trigger_run(&f->ts.t[i], &v, sel, &f->err);
	sr_buf_free(&v.scratch);
	return n;
}

static void every_named_trigger_is_a_filter(void **state)
{
	struct fixture *f = *state;
	const struct sr_trigger_known *k;
	size_t n = 0;

	for (size_t i = 0; (k = sr_trigger_known(i)); i++) {
		int rc = sr_triggers_add(&f->ts, k->name, &f->err);

		assert_true(strlen(k->help) > 10);
		if (rc == -ENOTSUP) {
			assert_non_null(strstr(f->err.msg, k->name));
			continue;
		}
		assert_int_equal(rc, 0);
		assert_string_equal(f->ts.t[n].name, k->name);
		assert_string_equal(f->ts.t[n++].filter, k->filter);
	}
	assert_true(n >= 2);
}

static void triggers_get_the_name_that_stands_before_the_filter(void **state)
{
	struct fixture *f = *state;

	add(f, "evt.type=ptrace");
	add(f, "shell-spawn_1:proc.name=sh and evt.type=execve");
	add(f, "(proc.name=a:b)");
	assert_string_equal(f->ts.t[0].name, "trigger1");
	assert_string_equal(f->ts.t[1].name, "shell-spawn_1");
	assert_string_equal(f->ts.t[1].filter, "proc.name=sh and evt.type=execve");
	assert_string_equal(f->ts.t[2].name, "trigger3");
	assert_string_equal(f->ts.t[2].filter, "(proc.name=a:b)");
}

static void mistakes_are_told_with_their_column(void **state)
{
	static const struct {
		const char *text, *words;
		uint64_t pos;
	} cases[] = {
		{ "", "without a filter", 0 },
		{ "bang", "no trigger is called 'bang'; a trigger is oom", 0 },
		{ "name:", "without a filter", 5 },
		{ "x:proc.nmae=sh", "proc.nmae", 2 },
		{ "proc.nmae=sh", "proc.nmae", 0 },
		{ "a12345678901234567890123456789012345678901:proc.pid=1", "1 to 40", 0 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		f->err = (struct sr_err){ 0 };
		assert_int_equal(sr_triggers_add(&f->ts, cases[i].text, &f->err), -EINVAL);
		if (!strstr(f->err.msg, cases[i].words) || f->err.pos != cases[i].pos)
			fail_msg("\"%s\": column %d: %s", cases[i].text, (int)f->err.pos,
				 f->err.msg);
	}
	assert_int_equal(f->ts.n, 0);
	add(f, "a:proc.pid=1");
	assert_int_equal(sr_triggers_add(&f->ts, "a:proc.pid=2", &f->err), -EINVAL);
	assert_non_null(strstr(f->err.msg, "two triggers"));
}

static void there_are_not_more_triggers_than_there_is_room_for(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < SR_TRIGGERS_MAX; i++)
		add(f, "proc.pid=1");
	assert_int_equal(sr_triggers_add(&f->ts, "proc.pid=1", &f->err), -EINVAL);
}

static void what_fires_is_recorded_whatever_the_filter_is(void **state)
{
	struct fixture *f = *state;
	struct sr_buf text = { 0 };

	add(f, "a:proc.pid=1");
	add(f, "b:proc.pid=2 or proc.pid=3");
	sr_triggers_filter(&f->ts, "", &text);
	sr_triggers_filter(&f->ts, "  ", &text);
	sr_triggers_filter(&f->ts, NULL, &text);
	assert_int_equal(text.len, 0);
	sr_triggers_filter(&f->ts, "proc.name=x or evt.type=open", &text);
	assert_string_equal(sr_buf_cstr(&text), "(proc.name=x or evt.type=open) or (proc.pid=1) or "
						"(proc.pid=2 or proc.pid=3)");
	sr_buf_free(&text);
}

static void a_fatal_signal_fires_and_an_orderly_end_does_not(void **state)
{
	struct fixture *f = *state;

	add(f, "fatal-signal");
	put_exit(f, &f->thread, 0, 0, 0);
	put_exit(f, &f->thread, 3, 0, 0);
	put_exit(f, &f->thread, 0, 15, 0); /* SIGTERM */
	put_exit(f, &f->thread, 0, 2, 0);  /* SIGINT */
	assert_int_equal(fires(f, 0), 0);
	put_exit(f, &f->thread, 0, 11, 0);
	put_exit(f, &f->thread, 0, 9, 0);
	put_exit(f, &f->init, 0, 6, 0);
	assert_int_equal(fires(f, 0), 3);
}

static void a_container_that_fails_fires(void **state)
{
	struct fixture *f = *state;

	add(f, "container-exit");
	put_exit(f, &f->thread, 3, 0, 0); /* in no container */
	put_exit(f, &f->init, 0, 0, 0);
	assert_int_equal(fires(f, 0), 0);
	put_exit(f, &f->init, 3, 0, 0);
	put_exit(f, &f->init, 0, 9, 0);
	assert_int_equal(fires(f, 0), 2);
}

static void what_existed_before_recording_fires_nothing(void **state)
{
	struct fixture *f = *state;

	add(f, "all:proc.name exists");
	put_exit(f, &f->thread, 3, 0, SR_F_STATE);
	assert_int_equal(fires(f, 0), 0);
	put_exit(f, &f->thread, 3, 0, 0);
	assert_int_equal(fires(f, 0), 1);
}

static void so_many_an_hour_are_allowed(void **state)
{
	static struct sr_trigger_rate r;
	static const struct {
		uint64_t at;
		bool allowed;
	} steps[] = { { 5, true },	   { 6, true },		{ 7, false },
		      { HOUR, false },	   { HOUR + 4, false }, { HOUR + 5, true },
		      { HOUR + 5, false }, { HOUR + 6, true },	{ 10 * HOUR, true } };

	(void)state;
	r = (struct sr_trigger_rate){ .max = 2 };
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		assert_int_equal(sr_trigger_allowed(&r, steps[i].at), steps[i].allowed);
	assert_int_equal(r.refused, 4);
	r = (struct sr_trigger_rate){ .max = 0 };
	for (int i = 0; i < 5000; i++)
		assert_true(sr_trigger_allowed(&r, 1));
	r = (struct sr_trigger_rate){ .max = SR_TRIGGER_RATE_MAX };
	for (uint64_t i = 0; i < 5000; i++)
		assert_int_equal(sr_trigger_allowed(&r, 1), i < SR_TRIGGER_RATE_MAX);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(every_named_trigger_is_a_filter),
		TEST(triggers_get_the_name_that_stands_before_the_filter),
		TEST(mistakes_are_told_with_their_column),
		TEST(there_are_not_more_triggers_than_there_is_room_for),
		TEST(what_fires_is_recorded_whatever_the_filter_is),
		TEST(a_fatal_signal_fires_and_an_orderly_end_does_not),
		TEST(a_container_that_fails_fires),
		TEST(what_existed_before_recording_fires_nothing),
		TEST(so_many_an_hour_are_allowed),
	};

	return cmocka_run_group_tests_name("trigger", tests, NULL, NULL);
}
