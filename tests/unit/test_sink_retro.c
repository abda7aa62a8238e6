/* SPDX-License-Identifier: Apache-2.0 */
/* Retroactive recording without a kernel: blocks of events and a clock that the test moves, and
 * files that are read back. */
#include "capture/engine.h"
#include "capture/sink_retro.h"
#include "formats/builder.h"
#include "formats/reel.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#define S     1000000000ull
#define MAXF  40
#define H16   "0123456789abcdef"
#define ID(c) c H16 H16 H16 "0123456789abcde"
#define PATH(c)                                                \
	{                                                      \
		"/docker/" ID(c), sizeof("/docker/" ID(c)) - 1 \
	}

struct fixture {
	struct sr_sink *sink;
	struct sr_sink_retro_opts opts;
	struct sr_triggers ts;
	struct sr_source source;
	struct sr_meta *meta;
	struct sr_builder *events;
	struct sr_cgroup_def cgroups[2];
	struct sr_thread_def threads[3]; /* in a, in b, on the host */
	uint64_t now;
	int files[MAXF]; /* descriptors of our own */
	char *causes[MAXF];
	int nfiles, fail_create;
	char told[5][1024]; /* last words */
	int tells[5];
	int snapshots;
	struct sr_err err;
};

static struct fixture *current;

static uint64_t clock_now(void *arg)
{
	return ((struct fixture *)arg)->now;
}

static int create(void *arg, const struct sr_retro_cause *c, struct sr_buf *path,
		  struct sr_err *err)
{
	char name[] = "/tmp/sysreel-retro.XXXXXX";
	struct fixture *f = arg;
	int fd;

	if (f->fail_create)
		return sr_err_set(err, f->fail_create, SR_NO_POS, "no folder");
	fd = mkstemp(name);
	assert_true(fd >= 0 && f->nfiles < MAXF);
	assert_int_equal(unlink(name), 0);
	f->files[f->nfiles] = dup(fd);
	f->causes[f->nfiles++] = strdup(c->container ? c->container->id : "");
	sr_buf_printf(path, "file%d", f->nfiles);
	return fd;
}

static void tell(void *arg, enum sr_retro_news what, const char *words)
{
	struct fixture *f = arg;

	(void)snprintf(f->told[what], sizeof(f->told[what]), "%s", words);
	f->tells[what]++;
}

static int snapshot(struct sr_source *s, struct sr_err *err)
{
	(void)s, (void)err;
	current->snapshots++;
	return 0;
}

static const struct sr_source_ops source_ops = { .name = "test", .snapshot = snapshot };

static int setup(void **state)
{
	static const char host[] = "{\"kind\":\"host\",\"hostname\":\"h\"}";
	static const char users[] = "{\"kind\":\"users\",\"users\":{\"0\":\"root\"}}";
	static const char web[] =
		"{\"kind\":\"container\",\"id\":\"" ID("a") "\",\"state\":"
							    "\"resolved\",\"name\":\"web\"}";
	static const char db[] =
		"{\"kind\":\"container\",\"id\":\"" ID("b") "\",\"state\":"
							    "\"resolved\",\"name\":\"db\"}";
	static const char *const docs[] = { host, users, web, db };
	static struct fixture f;

	f = (struct fixture){ .cgroups = { { .c.id = 7, .path = PATH("a") },
					   { .c.id = 8, .path = PATH("b") } },
			      .now = 1000 * S };
	current = &f;
	for (int i = 0; i < 3; i++) {
		f.threads[i].t.id = (uint64_t)i + 1;
		f.threads[i].t.pid = f.threads[i].t.tid = 100 + i;
		f.threads[i].comm = (struct sr_str){ &"abc"[i], 1 };
		f.threads[i].cgroup = i < 2 ? &f.cgroups[i] : NULL;
	}
	*state = &f;
	if (sr_meta_new(&f.meta) || sr_builder_new(&f.events))
		return -1;
	for (size_t i = 0; i < sizeof(docs) / sizeof(docs[0]); i++)
		if (sr_meta_add(f.meta, docs[i], strlen(docs[i]), NULL))
			return -1;
	f.source = (struct sr_source){ .ops = &source_ops, .meta = f.meta };
	f.opts = (struct sr_sink_retro_opts){ .limits = { 10 * S, 0, 32 << 20 },
					      .after_ns = 5 * S,
					      .late_ns = S,
					      .max_per_hour = 10,
					      .triggers = &f.ts,
					      .source = &f.source,
					      .create = create,
					      .tell = tell,
					      .arg = &f,
					      .now = clock_now };
	return sr_triggers_add(&f.ts, "bang:evt.type=getppid", &f.err);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	if (f->sink)
		f->sink->ops->close(f->sink);
	for (int i = 0; i < f->nfiles; i++) {
		(void)close(f->files[i]);
		free(f->causes[i]);
	}
	sr_triggers_free(&f->ts);
	sr_builder_free(f->events);
	sr_meta_free(f->meta);
	return 0;
}

static void begin(struct fixture *f)
{
	assert_int_equal(sr_sink_retro_new(&f->sink, &f->opts, &f->err), 0);
}

static void add_event(struct fixture *f, struct sr_thread_def *t, const char *type)
{
	struct sr_event_in ev = { .time = f->now,
				  .type = sr_type_by_name(type, strlen(type)),
				  .thread = t };

	ev.nargs = ev.type->nargs;
	if (strcmp(type, "lost") == 0)
		ev.args[0].val = 7;
	assert_int_equal(sr_builder_add(f->events, &ev), 0);
}

/* Hand a block to the sink as the engine would, everything selected. */
static int give(struct fixture *f)
{
	struct sr_view v = { .b = sr_builder_block(f->events), .meta = f->meta };
	uint64_t *sel = calloc(SR_SEL_WORDS(v.b->n), sizeof(*sel));
	int rc;

	assert_non_null(sel);
	for (uint32_t i = 0; i < v.b->n; i++)
		sel[i / 64] |= 1ull << (i % 64);
	assert_int_equal(sr_enrich(v.b, f->meta, &f->err), 0);
	rc = f->sink->ops->block(f->sink, &v, sel, v.b->n, &f->err);
	sr_buf_free(&v.scratch);
	sr_builder_reset(f->events);
	free(sel);
	return rc;
}

/* A second with an event of each thread in @who: "abc"; capitals bang, ! is a gap. */
static void second(struct fixture *f, const char *who)
{
	f->now += S;
	for (; *who; who++) {
		if (*who == '!')
			add_event(f, NULL, "lost");
		else if (*who >= 'a')
			add_event(f, &f->threads[*who - 'a'], "getpid");
		else
			add_event(f, &f->threads[*who - 'A'], "getppid");
	}
	assert_int_equal(give(f), 0);
	assert_int_equal(f->sink->ops->idle(f->sink, &f->err), 0);
}

static void seconds(struct fixture *f, int n, const char *who)
{
	while (n--)
		second(f, who);
}

/* What a file holds. */
struct content {
	uint64_t events, first, last, lost;
	unsigned int who; /* bits of the threads */
	bool complete;
	size_t containers, triggers;
	char names[200]; /* of the triggers */
	char reason[200], end[200];
	double refused;
	uint64_t history_ns;
};

static void read_triggers(const struct sr_meta *m, struct content *out)
{
	out->triggers = sr_meta_triggers(m);
	for (size_t i = 0; i < out->triggers; i++) {
		const cJSON *t = sr_meta_trigger_at(m, i);
		size_t len = strlen(out->names);

		(void)snprintf(out->names + len, sizeof(out->names) - len, "%s%s%s", i ? " " : "",
			       cJSON_GetObjectItem(t, "name")->valuestring,
			       cJSON_IsTrue(cJSON_GetObjectItem(t, "extends")) ? "+" : "");
		if (i)
			continue;
		(void)snprintf(out->reason, sizeof(out->reason), "%s",
			       cJSON_GetObjectItem(t, "reason")->valuestring);
		out->refused = cJSON_GetObjectItem(t, "refused")->valuedouble;
		out->history_ns =
			strtoull(cJSON_GetObjectItem(t, "history_ns")->valuestring, NULL, 10);
	}
	if (sr_meta_end(m))
		(void)snprintf(out->end, sizeof(out->end), "%s",
			       cJSON_GetObjectItem(sr_meta_end(m), "reason")->valuestring);
}

static void read_block(struct sr_block *b, struct content *out)
{
	assert_int_equal(sr_block_load(b, SR_NEED_ALL, NULL), 0);
	for (uint32_t i = 0; i < b->n; i++) {
		const struct sr_type *type = sr_block_type_of(b, i)->type;
		const struct sr_thread *t = &b->threads[b->thread[i]];

		out->last = b->time[i];
		out->first = out->first ? out->first : out->last;
		if (type->xevent == SR_X_LOST) {
			out->lost++;
			continue;
		}
		out->events++;
		out->who |= 1u << (b->strs[t->comm].p[0] - 'a');
	}
}

static struct content read_file(struct fixture *f, int i)
{
	struct content c = { 0 };
	struct sr_meta *meta;
	struct sr_block *b;
	struct sr_reel *r;
	char path[64];

	assert_true(i < f->nfiles);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", f->files[i]);
	assert_int_equal(sr_meta_new(&meta), 0);
	assert_int_equal(sr_reel_open(&r, path, meta, &f->err), 0);
	while (sr_reel_next(r, &b, &f->err) == 1)
		read_block(b, &c);
	c.complete = sr_reel_complete(r);
	c.containers = sr_meta_containers(meta);
	assert_non_null(sr_meta_host(meta));
	assert_string_equal(sr_meta_user(meta, 0), "root");
	read_triggers(meta, &c);
	sr_reel_free(r);
	sr_meta_free(meta);
	return c;
}

static void the_file_holds_what_was_before_and_what_follows(void **state)
{
	struct fixture *f = *state;
	uint64_t bang;
	struct content c;

	begin(f);
	seconds(f, 30, "abc");
	assert_int_equal(f->nfiles, 0);
	second(f, "abB");
	bang = f->now;
	assert_int_equal(f->nfiles, 1);
	assert_int_equal(f->snapshots, 1);
	seconds(f, 5, "abc");
	assert_false(read_file(f, 0).complete);
	seconds(f, 20, "abc");
	c = read_file(f, 0);
	assert_true(c.complete);
	assert_in_range(bang - c.first, 10 * S, 12 * S);
	assert_in_range(c.last - bang, 5 * S, 7 * S);
	assert_int_equal(c.events, 3 * ((c.last - c.first) / S + 1));
	assert_int_equal(c.who, 7);
	assert_int_equal(c.containers, 2);
	assert_string_equal(c.names, "bang");
	assert_non_null(strstr(c.reason, "db: b (101): getppid()"));
	assert_int_equal(c.history_ns, bang - c.first);
	assert_int_equal(f->tells[SR_RETRO_BEGUN], 1);
	assert_int_equal(f->tells[SR_RETRO_ENDED], 1);
	assert_int_equal(f->nfiles, 1);
}

static void each_file_has_its_own_past(void **state)
{
	struct fixture *f = *state;

	begin(f);
	seconds(f, 20, "a");
	second(f, "A");
	seconds(f, 8, "a");
	second(f, "A");
	seconds(f, 20, "a");
	assert_int_equal(f->nfiles, 2);
	assert_true(read_file(f, 0).complete && read_file(f, 1).complete);
	assert_true(read_file(f, 1).first < read_file(f, 0).last);
}

static void triggers_that_overlap_extend_the_file(void **state)
{
	struct fixture *f = *state;
	uint64_t last;
	struct content c;

	assert_int_equal(sr_triggers_add(&f->ts, "other:evt.type=getuid", &f->err), 0);
	begin(f);
	seconds(f, 20, "a");
	second(f, "A");
	seconds(f, 3, "a");
	second(f, "A");
	f->now += S / 2;
	add_event(f, &f->threads[0], "getppid"); /* of the same incident */
	add_event(f, &f->threads[0], "getuid");
	assert_int_equal(give(f), 0);
	last = f->now;
	seconds(f, 20, "a");
	assert_int_equal(f->nfiles, 1);
	c = read_file(f, 0);
	assert_string_equal(c.names, "bang bang+ other+");
	assert_in_range(c.last - last, 5 * S, 7 * S);
	assert_int_equal(f->tells[SR_RETRO_EXTENDED], 2);
}

static void a_file_is_not_extended_for_ever(void **state)
{
	struct fixture *f = *state;

	begin(f);
	seconds(f, 100, "A");
	assert_true(read_file(f, 0).complete);
	assert_int_equal(f->nfiles, 2);
	assert_in_range(read_file(f, 0).last - read_file(f, 0).first, 50 * S, 53 * S);
}

static void the_limit_is_told_once_and_counted(void **state)
{
	struct sr_sink_retro_stats st;
	struct fixture *f = *state;

	f->opts.max_per_hour = 2;
	begin(f);
	for (int i = 0; i < 6; i++) {
		second(f, "A");
		seconds(f, 10, "a");
	}
	assert_int_equal(f->nfiles, 2);
	assert_int_equal(f->tells[SR_RETRO_REFUSED], 1);
	assert_non_null(strstr(f->told[SR_RETRO_REFUSED], "2 files within an hour"));
	f->now += 3600 * S;
	second(f, "A");
	seconds(f, 10, "a");
	assert_int_equal(f->nfiles, 3);
	assert_int_equal(read_file(f, 0).refused, 0);
	assert_int_equal(read_file(f, 2).refused, 4);
	sr_sink_retro_stats(f->sink, &st);
	assert_int_equal(st.fired, 7);
	assert_int_equal(st.refused, 4);
	assert_int_equal(st.begun, 3);
	assert_int_equal(st.ended, 3);
}

static void a_container_has_a_ring_and_files_of_its_own(void **state)
{
	struct fixture *f = *state;
	struct content c;

	f->opts.per_container = true;
	begin(f);
	seconds(f, 20, "abc");
	second(f, "aBc");
	seconds(f, 3, "ab!");
	second(f, "abC");
	seconds(f, 20, "abc");
	assert_int_equal(f->nfiles, 2);
	assert_string_equal(f->causes[0], ID("b"));
	assert_string_equal(f->causes[1], "");
	c = read_file(f, 0);
	assert_int_equal(c.who, 2);
	assert_int_equal(c.containers, 1);
	assert_int_equal(c.lost, 3);
	c = read_file(f, 1);
	assert_int_equal(c.who, 4);
	assert_int_equal(c.containers, 0);
	assert_int_equal(c.lost, 3); /* though nothing of it happened in these seconds */
}

static void a_trigger_by_hand_writes_all_rings(void **state)
{
	const struct sr_retro_cause cause = { .name = "command",
					      .reason = "slow",
					      .time = 1010 * S };
	struct fixture *f = *state;
	struct sr_buf paths = { 0 };

	f->opts.per_container = true;
	f->opts.max_per_hour = 1;
	begin(f);
	assert_int_equal(sr_sink_retro_trigger(f->sink, &cause, &paths, &f->err), -ENOENT);
	seconds(f, 10, "ab");
	assert_int_equal(sr_sink_retro_trigger(f->sink, &cause, &paths, &f->err), 2);
	assert_int_equal(paths.len, 12);
	assert_string_equal((char *)paths.p, "file1");
	assert_string_equal((char *)paths.p + 6, "file2");
	assert_int_equal(read_file(f, 0).who | read_file(f, 1).who, 3);
	seconds(f, 10, "ab");
	assert_true(read_file(f, 0).complete && read_file(f, 1).complete);
	assert_string_equal(read_file(f, 0).names, "command");
	assert_string_equal(read_file(f, 0).reason, "slow");
	assert_int_equal(sr_sink_retro_trigger(f->sink, &cause, &paths, &f->err), -EBUSY);
	sr_buf_free(&paths);
}

static void a_trigger_by_hand_can_be_about_one_container(void **state)
{
	struct sr_retro_cause cause = { .name = "command", .reason = "", .time = 1010 * S };
	struct fixture *f = *state;
	struct sr_buf paths = { 0 };

	f->opts.per_container = true;
	begin(f);
	seconds(f, 10, "abc");
	cause.container = sr_meta_container(f->meta, ID("a"), 64);
	assert_non_null(cause.container);
	assert_int_equal(sr_sink_retro_trigger(f->sink, &cause, &paths, &f->err), 1);
	assert_int_equal(read_file(f, 0).who, 1);
	sr_buf_free(&paths);
}

static void not_more_files_than_32_are_written_at_a_time(void **state)
{
	const struct sr_retro_cause cause = { .name = "command", .reason = "", .time = 1010 * S };
	struct fixture *f = *state;
	struct sr_sink_retro_stats st;
	struct sr_buf paths = { 0 };
	char path[100];

	f->opts.per_container = true;
	f->opts.limits.age_ns = 0;
	begin(f);
	for (int i = 0; i < 50; i++) {
		(void)snprintf(path, sizeof(path), "/docker/%064d", i);
		f->cgroups[0].path = (struct sr_str){ path, (uint32_t)strlen(path) };
		f->cgroups[0].epoch = f->threads[0].epoch = 0;
		second(f, "a");
	}
	second(f, "b");
	assert_int_equal(sr_sink_retro_trigger(f->sink, &cause, &paths, &f->err), 32);
	assert_string_equal(f->causes[0], ID("b"));
	assert_non_null(strstr(f->told[SR_RETRO_REFUSED], "32 files are being written"));
	sr_sink_retro_stats(f->sink, &st);
	assert_int_equal(st.writing, 32);
	assert_int_equal(f->sink->ops->finish(f->sink, &f->err), 0);
	assert_true(read_file(f, 31).complete);
	sr_buf_free(&paths);
}

static void when_the_recorder_ends_its_files_are_whole(void **state)
{
	static const char *const reason = "interrupted";
	struct fixture *f = *state;

	f->opts.reason = &reason;
	begin(f);
	second(f, "A");
	seconds(f, 2, "a");
	assert_int_equal(f->sink->ops->finish(f->sink, &f->err), 0);
	assert_true(read_file(f, 0).complete);
	assert_int_equal(read_file(f, 0).events, 3);
	assert_non_null(strstr(read_file(f, 0).end, "interrupted"));
}

static void what_does_not_fit_in_memory_is_written_before_it_goes(void **state)
{
	struct sr_sink_retro_stats st;
	struct fixture *f = *state;

	f->opts.limits = (struct sr_ring_limits){ 0, 0, 20000 };
	begin(f);
	for (int i = 0; i < 400; i++) {
		f->now += S / 100;
		for (int k = 0; k < 5000; k++)
			add_event(f, &f->threads[k % 3], k == 0 && i == 20 ? "getppid" : "getpid");
		assert_int_equal(give(f), 0);
		sr_sink_retro_stats(f->sink, &st);
		assert_true(st.held.bytes <= 20000);
	}
	assert_int_equal(f->sink->ops->finish(f->sink, &f->err), 0);
	assert_true(read_file(f, 0).complete);
	assert_true(read_file(f, 0).events >= 379 * 5000);
	assert_int_equal(read_file(f, 0).events % 5000, 0);
	sr_sink_retro_stats(f->sink, &st);
	assert_int_equal(st.held.missed, 0);
}

static void under_a_flood_a_file_waits_for_events_that_come_late(void **state)
{
	struct fixture *f = *state;
	uint64_t bang, behind = 20 * S;

	begin(f);
	second(f, "A");
	bang = f->now;
	for (int i = 1; i <= 10; i++) {
		f->now = bang + (uint64_t)i * S;
		add_event(f, &f->threads[0], "getpid");
		f->now += behind;
		assert_int_equal(give(f), 0);
		assert_int_equal(read_file(f, 0).complete, i >= 5);
	}
	assert_in_range(read_file(f, 0).last - bang, 5 * S, 7 * S);
}

static void a_file_that_cannot_be_made_does_not_end_the_recording(void **state)
{
	struct fixture *f = *state;

	begin(f);
	f->fail_create = -EACCES;
	second(f, "A");
	assert_int_equal(f->tells[SR_RETRO_FAILED], 1);
	assert_non_null(strstr(f->told[SR_RETRO_FAILED], "no folder"));
	f->fail_create = 0;
	second(f, "A");
	seconds(f, 10, "a");
	assert_int_equal(f->nfiles, 1);
	assert_true(read_file(f, 0).complete);
	assert_int_equal(read_file(f, 0).events, 2 + 6);
}

static void a_full_disk_leaves_what_fits_and_the_recording_goes_on(void **state)
{
	struct fixture *f = *state;
	struct rlimit old, small = { 4000, 4000 };
	struct content c;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small.rlim_max = old.rlim_max;
	(void)signal(SIGXFSZ, SIG_IGN);
	begin(f);
	seconds(f, 20, "abc");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	second(f, "A");
	seconds(f, 10, "abc");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	(void)signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(f->tells[SR_RETRO_FAILED], 1);
	assert_non_null(strstr(f->told[SR_RETRO_FAILED], "stays readable"));
	c = read_file(f, 0);
	assert_false(c.complete);
	assert_string_equal(c.names, "bang");
	second(f, "A");
	seconds(f, 10, "abc");
	assert_true(read_file(f, f->nfiles - 1).complete);
}

static void documents_that_come_late_are_in_the_file(void **state)
{
	static const char third[] =
		"{\"kind\":\"container\",\"id\":\"ccc\",\"state\":\"resolved\"}";
	static const char late[] = "{\"kind\":\"container\",\"id\":\"" ID(
		"b") "\",\"state\":\"resolved\",\"name\":\"renamed\"}";
	struct fixture *f = *state;

	begin(f);
	second(f, "B");
	assert_int_equal(f->sink->ops->meta(f->sink, third, strlen(third), &f->err), 0);
	assert_int_equal(f->sink->ops->finish(f->sink, &f->err), 0);
	assert_int_equal(read_file(f, 0).containers, 3);
	f->sink->ops->close(f->sink);
	f->opts.per_container = true;
	begin(f);
	second(f, "B");
	assert_int_equal(f->sink->ops->meta(f->sink, third, strlen(third), &f->err), 0);
	assert_int_equal(f->sink->ops->meta(f->sink, late, strlen(late), &f->err), 0);
	assert_int_equal(f->sink->ops->finish(f->sink, &f->err), 0);
	assert_int_equal(read_file(f, 1).containers, 1);
}

static void memory_does_not_grow_with_containers(void **state)
{
	struct fixture *f = *state;
	char json[128];

	begin(f);
	for (int i = 0; i < 20000; i++) {
		int n = snprintf(json, sizeof(json),
				 "{\"kind\":\"container\",\"id\":\"c%d\",\"state\":\"resolved\"}",
				 i);

		assert_int_equal(sr_meta_add(f->meta, json, (size_t)n, NULL), 0);
		if (i % 1000 == 0)
			seconds(f, 11, "a");
	}
	seconds(f, 11, "a");
	assert_in_range(sr_meta_containers(f->meta), 1000, 1024);
	assert_string_equal(sr_meta_container(f->meta, ID("a"), 64)->name, "web");
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(the_file_holds_what_was_before_and_what_follows),
		TEST(each_file_has_its_own_past),
		TEST(triggers_that_overlap_extend_the_file),
		TEST(a_file_is_not_extended_for_ever),
		TEST(the_limit_is_told_once_and_counted),
		TEST(a_container_has_a_ring_and_files_of_its_own),
		TEST(a_trigger_by_hand_writes_all_rings),
		TEST(a_trigger_by_hand_can_be_about_one_container),
		TEST(not_more_files_than_32_are_written_at_a_time),
		TEST(when_the_recorder_ends_its_files_are_whole),
		TEST(what_does_not_fit_in_memory_is_written_before_it_goes),
		TEST(under_a_flood_a_file_waits_for_events_that_come_late),
		TEST(a_file_that_cannot_be_made_does_not_end_the_recording),
		TEST(a_full_disk_leaves_what_fits_and_the_recording_goes_on),
		TEST(documents_that_come_late_are_in_the_file),
		TEST(memory_does_not_grow_with_containers),
	};

	return cmocka_run_group_tests_name("sink_retro", tests, NULL, NULL);
}
