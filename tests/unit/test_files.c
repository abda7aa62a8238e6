/* SPDX-License-Identifier: Apache-2.0 */
/* A recording in several files, and when what was written is durable. */
#include "capture/engine.h"
#include "capture/rows.h"
#include "capture/sink_reel.h"
#include "capture/source_merge.h"
#include "capture/source_synth.h"
#include "capture/syncer.h"
#include "tests/unit/folder.h"
#include "tests/unit/gen_block.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define HOST                                                                            \
	"{\"kind\":\"host\",\"hostname\":\"h\",\"boot_id\":\"B\",\"recording\":\"r1\"," \
	"\"mono_ns\":\"0\",\"boot_ns\":\"0\",\"real_ns\":\"1700000000000000000\"}"
#define USERS "{\"kind\":\"users\",\"users\":{\"0\":\"root\",\"1000\":\"alice\"},\"groups\":{}}"

static uint64_t size_of(const char *name)
{
	struct stat st;

	return stat(folder_path(name), &st) == 0 ? (uint64_t)st.st_size : 0;
}

/* ---- recording what is made up ---- */

struct run {
	struct sr_meta *meta;
	struct sr_source *source;
	struct sr_sink *sink;
	struct sr_err err;
	struct sr_sink_reel_stats st;
};

static int record(struct run *r, const struct sr_source_synth_opts *synth,
		  struct sr_sink_reel_opts opts)
{
	struct sr_engine e = { .sinks = &r->sink, .nsinks = 1 };
	int rc;

	memset(r, 0, sizeof(*r));
	assert_int_equal(sr_meta_new(&r->meta), 0);
	assert_int_equal(sr_meta_add(r->meta, HOST, strlen(HOST), NULL), 0);
	assert_int_equal(sr_meta_add(r->meta, USERS, strlen(USERS), NULL), 0);
	assert_int_equal(sr_source_synth_open(&r->source, synth, r->meta), 0);
	e.source = r->source;
	opts.source = r->source;
	assert_int_equal(sr_sink_reel_new(&r->sink, &opts, &r->err), 0);
	rc = sr_engine_run(&e, &r->err);
	sr_sink_reel_stats(r->sink, &r->st);
	r->sink->ops->close(r->sink);
	r->source->ops->close(r->source);
	sr_meta_free(r->meta);
	return rc;
}

/* The same events in one file. */
static void record_whole(const struct sr_source_synth_opts *synth, const char *name)
{
	int fd = open(folder_path(name), O_CREAT | O_TRUNC | O_WRONLY, 0600);
	struct run r;

	assert_true(fd >= 0);
	assert_int_equal(record(&r, synth, (struct sr_sink_reel_opts){ .fd = fd }), 0);
	assert_int_equal(close(fd), 0);
}

/* ---- looking at files ---- */

struct seen {
	uint64_t events, rows, lost, first, last;
	bool complete, host, user, web;
	double part;
};

/* Read one file alone. Containers are looked for where its own events are. */
static void look(const char *name, struct seen *s)
{
	struct sr_meta *meta = NULL;
	struct sr_reel *reel = NULL;
	struct sr_block *b;
	struct sr_err err;
	uint64_t lost;

	memset(s, 0, sizeof(*s));
	assert_int_equal(sr_meta_new(&meta), 0);
	if (sr_reel_open(&reel, folder_path(name), meta, &err) < 0)
		fail_msg("%s", err.msg);
	while (sr_reel_next(reel, &b, &err) == 1) {
		assert_int_equal(sr_block_load(b, SR_NEED_ALL, &err), 0);
		assert_int_equal(sr_enrich(b, meta, &err), 0);
		assert_int_equal(sr_rows_lost(b, &lost, &err), 0);
		s->first = s->first ? s->first : b->time[0];
		s->last = b->time[b->n - 1];
		s->lost += lost;
		s->rows += b->n;
		s->events += sr_rows_events(b);
		for (uint32_t i = 0; i < b->ncgroups; i++)
			if (b->cgroups[i].container &&
			    strcmp(b->cgroups[i].container->name, "web") == 0)
				s->web = true;
	}
	s->complete = sr_reel_complete(reel);
	s->host = sr_meta_host(meta);
	s->part = cJSON_GetNumberValue(cJSON_GetObjectItem(sr_meta_host(meta), "part"));
	s->user = sr_meta_user(meta, 1000);
	assert_int_equal(cJSON_GetNumberValue(cJSON_GetObjectItem(sr_meta_end(meta), "events")),
			 s->events);
	assert_int_equal(cJSON_GetNumberValue(cJSON_GetObjectItem(sr_meta_end(meta), "lost")),
			 s->lost);
	sr_reel_free(reel);
	sr_meta_free(meta);
}

/* @whole has, row for row, what the parts are merged to. */
static void same_rows(const char *const *parts, size_t n, const char *whole)
{
	static char paths[16][128];
	const char *list[16];
	struct sr_meta *m1 = NULL, *m2 = NULL;
	struct sr_source *a = NULL, *b = NULL;
	struct sr_block *x = NULL, *y = NULL;
	struct sr_err err;
	uint32_t i = 0, k = 0;

	for (size_t p = 0; p < n; p++) {
		(void)snprintf(paths[p], sizeof(paths[p]), "%s", folder_path(parts[p]));
		list[p] = paths[p];
	}
	assert_int_equal(sr_meta_new(&m1), 0);
	assert_int_equal(sr_meta_new(&m2), 0);
	assert_int_equal(sr_source_merge_open(&a, list, n, m1, &err), 0);
	assert_int_equal(sr_source_reel_open(&b, folder_path(whole), m2, &err), 0);
	for (;; i++, k++) {
		const char *bad;
		int rc = 1;

		if (!x || i == x->n) {
			rc = a->ops->next(a, &x, &err);
			i = 0;
			assert_true(rc == 0 || sr_block_load(x, SR_NEED_ALL, &err) == 0);
		}
		if (!y || k == y->n) {
			int end = b->ops->next(b, &y, &err);

			k = 0;
			assert_true(end == 0 || sr_block_load(y, SR_NEED_ALL, &err) == 0);
			if (end == 0) {
				assert_int_equal(rc, 0);
				break;
			}
		}
		assert_int_equal(rc, 1);
		bad = gen_same_row(x, i, y, k);
		if (bad)
			fail_msg("%s", bad);
	}
	a->ops->close(a);
	b->ops->close(b);
	sr_meta_free(m1);
	sr_meta_free(m2);
}

/* ---- several files ---- */

static void a_limit_of_events_is_exact_and_each_file_opens_alone(void **state)
{
	const struct sr_source_synth_opts synth = {
		.seed = 3, .blocks = 7, .block_events = 1000, .lost_every = 333, .state = true
	};
	const char *const names[] = { "e0", "e1", "e2", "e3" };
	uint64_t events = 0, rows = 0;
	struct seen s;
	struct run r;

	(void)state;
	for (unsigned int threads = 0; threads < 3; threads++) {
		const struct sr_rotation_opts o = { .name = folder_path("e"), .events = 1990 };

		assert_int_equal(
			record(&r, &synth,
			       (struct sr_sink_reel_opts){ .rotation = &o, .threads = threads }),
			0);
		assert_int_equal(r.st.files, 4);
		events = rows = 0;
		for (int i = 0; i < 4; i++) {
			look(names[i], &s);
			if (i < 3)
				assert_int_equal(s.events, 1990);
			assert_true(s.complete && s.host && s.user && s.web);
			assert_true(s.part == i);
			events += s.events;
			rows += s.rows;
		}
		assert_int_equal(events, r.st.events);
		assert_int_equal(rows, 7000);
		record_whole(&synth, "e.whole");
		same_rows(names, 4, "e.whole");
	}
}

/* As in other tools whole seconds count, and a late record does not begin a file. */
static void a_limit_of_seconds_goes_by_the_events(void **state)
{
	static const uint64_t tenths[] = { 105, 112, 124, 129, 119, 141, 200 };
	static const uint64_t want[] = { 2, 3, 1, 1 };
	const char *const names[] = { "g0", "g1", "g2", "g3" };
	struct sr_rotation_opts o = { .seconds = 2 };
	const uint64_t sel = (1 << 7) - 1;
	struct sr_view v = { 0 };
	struct sr_source none = { 0 };
	struct sr_sink_reel_opts opts = { .rotation = &o, .copy = true, .source = &none };
	struct sr_event_in ev = { .type = sr_type_by_name("getpid", 6) };
	struct sr_builder *b = NULL;
	struct sr_sink *sink = NULL;
	struct seen s;

	(void)state;
	o.name = folder_path("g");
	assert_int_equal(sr_meta_new(&none.meta), 0);
	assert_int_equal(sr_meta_add(none.meta, HOST, strlen(HOST), NULL), 0);
	assert_int_equal(sr_builder_new(&b), 0);
	for (int i = 0; i < 7; i++) {
		ev.time = tenths[i] * 100000000u;
		assert_int_equal(sr_builder_add(b, &ev), 0);
	}
	assert_int_equal(sr_sink_reel_new(&sink, &opts, NULL), 0);
	v.b = sr_builder_block(b);
	v.meta = none.meta;
	assert_int_equal(sink->ops->block(sink, &v, &sel, 7, NULL), 0);
	assert_int_equal(sink->ops->finish(sink, NULL), 0);
	sink->ops->close(sink);
	for (int i = 0; i < 4; i++) {
		look(names[i], &s);
		assert_int_equal(s.rows, want[i]);
		assert_true(s.host && s.complete);
	}
	assert_int_equal(size_of("g4"), 0);
	sr_builder_free(b);
	sr_meta_free(none.meta);
}

static void a_limit_of_bytes_is_exceeded_by_a_block_at_most(void **state)
{
	const struct sr_source_synth_opts synth = { .seed = 5, .blocks = 40, .block_events = 1000 };
	struct sr_rotation_opts o = { .bytes = 60000 };
	const char *const names[] = { "c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8" };
	struct seen s;
	struct run r;

	(void)state;
	o.name = folder_path("c");
	for (unsigned int threads = 0; threads < 2; threads++) {
		assert_int_equal(
			record(&r, &synth,
			       (struct sr_sink_reel_opts){ .rotation = &o, .threads = threads }),
			0);
		assert_in_range(r.st.files, 3, 9);
		for (uint64_t i = 0; i + 1 < r.st.files; i++) {
			look(names[i], &s);
			assert_true(s.complete && s.host && s.user && s.web);
			assert_in_range(size_of(names[i]), 60000, 60000 + 30000);
		}
		record_whole(&synth, "c.whole");
		same_rows(names, r.st.files, "c.whole");
	}
}

static void files_that_are_too_many_or_too_large_together_go(void **state)
{
	const struct sr_source_synth_opts synth = { .seed = 6, .blocks = 40, .block_events = 1000 };
	struct sr_rotation_opts o = { .events = 2000, .files = 3 };
	struct run r;
	uint64_t all = 0;

	(void)state;
	o.name = folder_path("w");
	assert_int_equal(record(&r, &synth, (struct sr_sink_reel_opts){ .rotation = &o }), 0);
	assert_int_equal(r.st.files, 20);
	assert_int_equal(r.st.removed, 17);
	assert_true(size_of("w0") && size_of("w1") && size_of("w2") && !size_of("w3"));
	assert_true(r.st.bytes > size_of("w0") + size_of("w1") + size_of("w2"));

	o = (struct sr_rotation_opts){ .name = folder_path("d"), .max_disk = 200000 };
	assert_int_equal(record(&r, &synth, (struct sr_sink_reel_opts){ .rotation = &o }), 0);
	assert_true(r.st.removed > 0);
	for (uint64_t i = 0; i < r.st.files; i++) {
		char name[24];

		(void)snprintf(name, sizeof(name), "d%d", (int)i);
		all += size_of(name);
	}
	assert_in_range(all, 100000, 200000);
}

/* What cannot be opened ends the run with words; what there was stays. */
static void a_file_that_cannot_be_made_is_told(void **state)
{
	const struct sr_source_synth_opts synth = { .seed = 6, .blocks = 3, .block_events = 100 };
	struct sr_rotation_opts o = { .events = 150 };
	FILE *f = fopen(folder_path("x1"), "w");
	struct seen s;
	struct run r;

	(void)state;
	assert_non_null(f);
	assert_true(fputs("a letter", f) >= 0);
	assert_int_equal(fclose(f), 0);
	o.name = folder_path("x");
	assert_int_equal(record(&r, &synth, (struct sr_sink_reel_opts){ .rotation = &o }), -EEXIST);
	assert_non_null(strstr(r.err.msg, "is not a capture"));
	look("x0", &s);
	assert_int_equal(s.events, 150);
	assert_int_equal(size_of("x1"), 8);
}

static void a_copy_of_nothing_is_one_file(void **state)
{
	const struct sr_source_synth_opts synth = { .seed = 6, .blocks = 0 };
	struct sr_rotation_opts o = { .events = 150 };
	struct seen s;
	struct run r;

	(void)state;
	o.name = folder_path("n");
	assert_int_equal(
		record(&r, &synth, (struct sr_sink_reel_opts){ .rotation = &o, .copy = true }), 0);
	assert_int_equal(r.st.files, 1);
	look("n0", &s);
	assert_int_equal(s.rows, 0);
}

/* ---- durable ---- */

static atomic_int synced, sync_rc;

static int count_sync(int fd)
{
	assert_true(fcntl(fd, F_GETFD) >= 0);
	(void)atomic_fetch_add(&synced, 1);
	return atomic_load(&sync_rc);
}

/* A sink that gets events one by one. */
struct live {
	struct sr_meta *meta;
	struct sr_sink *sink;
	struct sr_builder *b;
	struct sr_err err;
	int fd;
};

static void live_begin(struct live *l, enum sr_sync sync, uint64_t ns)
{
	struct sr_sink_reel_opts opts = { .sync = sync, .sync_ns = ns, .sync_call = count_sync };

	memset(l, 0, sizeof(*l));
	atomic_store(&synced, 0);
	atomic_store(&sync_rc, 0);
	l->fd = open(folder_path("live"), O_CREAT | O_TRUNC | O_WRONLY, 0600);
	opts.fd = l->fd;
	assert_int_equal(sr_meta_new(&l->meta), 0);
	assert_int_equal(sr_builder_new(&l->b), 0);
	assert_int_equal(sr_sink_reel_new(&l->sink, &opts, &l->err), 0);
}

static int live_event(struct live *l, const char *type)
{
	struct sr_event_in ev = { .time = 1, .type = sr_type_by_name(type, strlen(type)) };
	struct sr_view v = { .meta = l->meta };
	const uint64_t sel = 1;
	int rc;

	assert_non_null(ev.type);
	sr_builder_reset(l->b);
	ev.nargs = ev.type->nargs;
	for (unsigned int i = 0; i < ev.nargs; i++)
		ev.args[i].status = SR_NONE;
	assert_int_equal(sr_builder_add(l->b, &ev), 0);
	v.b = sr_builder_block(l->b);
	rc = l->sink->ops->block(l->sink, &v, &sel, 1, &l->err);
	return rc;
}

/* What the engine does while nothing comes, for @ms. */
static int live_idle(struct live *l, int ms)
{
	const struct timespec pause = { .tv_nsec = 5000000 };
	int rc = 0;

	for (; rc == 0 && ms > 0; ms -= 5) {
		rc = l->sink->ops->idle(l->sink, &l->err);
		(void)nanosleep(&pause, NULL);
	}
	return rc;
}

static int live_end(struct live *l)
{
	int rc = l->sink->ops->finish(l->sink, &l->err);

	l->sink->ops->close(l->sink);
	sr_builder_free(l->b);
	sr_meta_free(l->meta);
	assert_int_equal(close(l->fd), 0);
	return rc;
}

static void critical_events_are_durable_soon_and_others_are_not_hurried(void **state)
{
	struct live l;

	(void)state;
	live_begin(&l, SR_SYNC_CRITICAL, 0);
	assert_int_equal(live_event(&l, "read"), 0);
	assert_int_equal(live_idle(&l, 200), 0);
	assert_int_equal(size_of("live"), 32); /* it is not even written: it is collected */
	assert_int_equal(live_event(&l, "execve"), 0);
	/* 100 ms are promised; the rest is the machine's. */
	for (int i = 0; i < 100 && !atomic_load(&synced); i++)
		assert_int_equal(live_idle(&l, 20), 0);
	assert_int_equal(atomic_load(&synced), 1);
	assert_true(size_of("live") > 32);
	assert_int_equal(live_end(&l), 0);
	assert_int_equal(atomic_load(&synced), 2); /* the end of the file */
}

static void each_block_is_durable_if_asked_for(void **state)
{
	struct live l;

	(void)state;
	live_begin(&l, SR_SYNC_BLOCK, 0);
	assert_int_equal(live_event(&l, "read"), 0);
	for (int i = 0; i < 200 && !atomic_load(&synced); i++)
		assert_int_equal(live_idle(&l, 20), 0);
	assert_int_equal(atomic_load(&synced), 1);
	assert_int_equal(live_end(&l), 0);
}

static void every_so_often_what_was_written_is_durable(void **state)
{
	struct live l;

	(void)state;
	live_begin(&l, SR_SYNC_EVERY, 50000000);
	assert_int_equal(live_idle(&l, 200), 0);
	assert_int_equal(atomic_load(&synced), 0); /* nothing was written */
	assert_int_equal(live_event(&l, "read"), 0);
	for (int i = 0; i < 200 && !atomic_load(&synced); i++)
		assert_int_equal(live_idle(&l, 20), 0);
	assert_int_equal(atomic_load(&synced), 1);
	assert_int_equal(live_idle(&l, 200), 0);
	assert_int_equal(atomic_load(&synced), 1); /* nor since */
	assert_int_equal(live_end(&l), 0);
}

static void nothing_is_synced_where_nobody_asks(void **state)
{
	struct live l;

	(void)state;
	live_begin(&l, SR_SYNC_NEVER, 0);
	assert_int_equal(live_event(&l, "execve"), 0);
	assert_int_equal(live_idle(&l, 150), 0);
	assert_int_equal(live_end(&l), 0);
	assert_int_equal(atomic_load(&synced), 0);
}

static void a_disk_that_does_not_keep_what_it_gets_ends_the_run(void **state)
{
	struct live l;

	(void)state;
	live_begin(&l, SR_SYNC_CRITICAL, 0);
	atomic_store(&sync_rc, -EIO);
	assert_int_equal(live_event(&l, "execve"), 0);
	for (int i = 0; i < 100 && !atomic_load(&synced); i++)
		assert_int_equal(live_idle(&l, 20), 0);
	assert_int_equal(live_end(&l), -EIO);
	assert_non_null(strstr(l.err.msg, "disk"));

	/* A file system that cannot is another matter. */
	live_begin(&l, SR_SYNC_CRITICAL, 0);
	atomic_store(&sync_rc, -EINVAL);
	assert_int_equal(live_event(&l, "execve"), 0);
	assert_int_equal(live_end(&l), 0);
}

static void a_slow_disk_holds_up_nobody(void **state)
{
	struct sr_syncer_stats st;
	struct sr_syncer *s = NULL;
	int fd = open(folder_path("s"), O_CREAT | O_WRONLY, 0600), pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	atomic_store(&synced, 0);
	atomic_store(&sync_rc, 0);
	assert_int_equal(sr_syncer_new(&s, count_sync), 0);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(sr_syncer_ask(s, fd, NULL), 0);
		assert_int_equal(sr_syncer_ask(s, pipes[1], NULL), 0); /* is no file */
	}
	assert_int_equal(sr_syncer_wait(s, NULL), 0);
	sr_syncer_stats(s, &st);
	assert_int_equal(st.syncs, atomic_load(&synced));
	assert_in_range(st.syncs, 1, 1000);
	sr_syncer_free(s);
	assert_int_equal(close(fd), 0);
	assert_int_equal(close(pipes[0]), 0);
	assert_int_equal(close(pipes[1]), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_limit_of_events_is_exact_and_each_file_opens_alone),
		cmocka_unit_test(a_limit_of_seconds_goes_by_the_events),
		cmocka_unit_test(a_limit_of_bytes_is_exceeded_by_a_block_at_most),
		cmocka_unit_test(files_that_are_too_many_or_too_large_together_go),
		cmocka_unit_test(a_file_that_cannot_be_made_is_told),
		cmocka_unit_test(a_copy_of_nothing_is_one_file),
		cmocka_unit_test(critical_events_are_durable_soon_and_others_are_not_hurried),
		cmocka_unit_test(each_block_is_durable_if_asked_for),
		cmocka_unit_test(every_so_often_what_was_written_is_durable),
		cmocka_unit_test(nothing_is_synced_where_nobody_asks),
		cmocka_unit_test(a_disk_that_does_not_keep_what_it_gets_ends_the_run),
		cmocka_unit_test(a_slow_disk_holds_up_nobody),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
