/* SPDX-License-Identifier: Apache-2.0 */
/* Several captures as one: parts of a recording, recordings of a host, hosts. With KEEP=FOLDER the
 * files of two hosts and what they become stay there. */
#include "capture/engine.h"
#include "capture/rows.h"
#include "capture/sink_reel.h"
#include "capture/source_merge.h"
#include "tests/unit/folder.h"
#include "tests/unit/gen_block.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

#define S 1000000000ull

/* ---- writing ---- */

struct file {
	struct sr_reel_writer *w;
	struct sr_builder *b;
	int fd;
};

static void doc(struct file *f, const char *json)
{
	assert_int_equal(sr_reel_write_meta(f->w, json, strlen(json), NULL), 0);
}

static void begin(struct file *f, const char *name, const char *host)
{
	f->fd = open(folder_path(name), O_CREAT | O_TRUNC | O_WRONLY, 0600);
	assert_true(f->fd >= 0);
	assert_int_equal(sr_reel_writer_open(&f->w, f->fd, NULL, NULL), 0);
	assert_int_equal(sr_builder_new(&f->b), 0);
	doc(f, host);
}

static void end_block(struct file *f)
{
	assert_int_equal(sr_reel_write_block(f->w, sr_builder_block(f->b), NULL), 0);
	sr_builder_reset(f->b);
}

static void end(struct file *f)
{
	if (sr_builder_count(f->b))
		end_block(f);
	assert_int_equal(sr_reel_writer_close(f->w, NULL), 0);
	assert_int_equal(close(f->fd), 0);
	sr_builder_free(f->b);
}

/* Process 100 + @which, of user 1000, in the container "c..." if @which is odd. */
static struct sr_thread_def *thread(int which)
{
	static struct sr_cgroup_def cgroup = { .c = { .id = 77 } };
	static struct sr_thread_def defs[4];
	struct sr_thread_def *d = &defs[which];

	memset(d, 0, sizeof(*d));
	cgroup.epoch = 0;
	cgroup.path = gen_str("/docker/"
			      "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc");
	d->t.id = 5 + (uint64_t)which;
	d->t.pid = d->t.tid = 100 + which;
	d->t.start = d->t.pid_start = S / 2;
	d->t.uid = d->t.euid = 1000;
	d->comm = gen_str(which & 1 ? "odd" : "even");
	d->cgroup = which & 1 ? &cgroup : NULL;
	return d;
}

static void event(struct file *f, uint64_t time, struct sr_thread_def *t)
{
	struct sr_event_in ev = { .time = time, .type = sr_type_by_name("getpid", 6), .thread = t };

	assert_int_equal(sr_builder_add(f->b, &ev), 0);
}

static void gap(struct file *f, uint64_t time, uint64_t from)
{
	struct sr_event_in ev = { .time = time, .type = sr_type_by_xevent(SR_X_LOST) };

	ev.nargs = ev.type->nargs;
	ev.args[0].val = 3;
	ev.args[1].val = from;
	assert_int_equal(sr_builder_add(f->b, &ev), 0);
}

/* ---- merging ---- */

struct merged {
	struct sr_meta *meta;
	struct sr_source *s;
	struct sr_err err;
};

static void merge(struct merged *m, const char *const *names, size_t n)
{
	static char paths[16][128];
	static const char *list[16];

	memset(m, 0, sizeof(*m));
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(paths[i], sizeof(paths[i]), "%s", folder_path(names[i]));
		list[i] = paths[i];
	}
	assert_int_equal(sr_meta_new(&m->meta), 0);
	if (sr_source_merge_open(&m->s, list, n, m->meta, &m->err) < 0)
		fail_msg("%s", m->err.msg);
}

static void close_merged(struct merged *m)
{
	m->s->ops->close(m->s);
	sr_meta_free(m->meta);
}

/* Write what is merged to a file, as `sysreel merge` does. */
static void write_merged(struct merged *m, const char *name)
{
	int fd = open(folder_path(name), O_CREAT | O_TRUNC | O_WRONLY, 0600);
	const struct sr_sink_reel_opts opts = { .fd = fd, .copy = true, .source = m->s };
	struct sr_sink *sink = NULL;
	struct sr_engine e = { .source = m->s, .sinks = &sink, .nsinks = 1 };

	assert_int_equal(sr_sink_reel_new(&sink, &opts, &m->err), 0);
	assert_int_equal(sr_engine_run(&e, &m->err), 0);
	sink->ops->close(sink);
	assert_int_equal(close(fd), 0);
}

/* One row, as far as these tests look. */
struct row {
	uint64_t wall;
	const char *host, *user, *container, *comm;
	uint64_t id, born;
};

static const char *text(const struct sr_block *b, uint32_t str)
{
	static char texts[8][32];
	static int turn;
	char *p = texts[turn++ % 8];

	(void)snprintf(p, sizeof(texts[0]), "%.*s", (int)b->strs[str].len,
		       b->strs[str].p ? b->strs[str].p : "");
	return p;
}

static struct row row_of(const struct merged *m, struct sr_block *b, uint32_t i)
{
	const struct sr_thread *t;
	const struct sr_meta *host;
	struct row r = { .wall = sr_meta_wall(m->meta, b->time[i]) };

	assert_int_equal(sr_enrich(b, m->meta, NULL), 0);
	t = &b->threads[b->thread[i]];
	host = sr_meta_of(m->meta, t->host);
	r.host = cJSON_GetStringValue(cJSON_GetObjectItem(sr_meta_host(host), "hostname"));
	r.user = sr_meta_user(host, t->uid);
	r.container = b->cgroups[t->cgroup].container ? b->cgroups[t->cgroup].container->name : "-";
	r.comm = text(b, t->comm);
	r.id = t->id;
	r.born = t->pid_start ? sr_meta_boot_to_wall(host, t->pid_start) : 0;
	return r;
}

static size_t read_rows(struct merged *m, struct row *rows, size_t max)
{
	struct sr_block *b;
	size_t n = 0;

	while (m->s->ops->next(m->s, &b, &m->err) == 1) {
		assert_int_equal(sr_block_load(b, SR_NEED_ALL, &m->err), 0);
		for (uint32_t i = 0; i < b->n && n < max; i++)
			rows[n++] = row_of(m, b, i);
	}
	return n;
}

/* ---- parts of a recording ---- */

#define PARTS 3
#define EACH  4

static void host_doc(char *out, size_t size, const char *recording, int part)
{
	(void)snprintf(
		out, size,
		"{\"kind\":\"host\",\"hostname\":\"h\",\"boot_id\":\"B\",\"recording\":\"%s\","
		"\"part\":%d,\"mono_ns\":\"1\",\"real_ns\":\"1000\"}",
		recording, part);
}

static void copy_block(struct file *f, struct sr_block *b)
{
	assert_int_equal(sr_reel_write_block(f->w, b, NULL), 0);
}

static void parts_become_what_was_not_divided(void **state)
{
	const char *const names[] = { "part2", "part0", "part1" };
	struct sr_builder *made[PARTS * EACH];
	struct merged m;
	struct sr_block *b;
	struct file f;
	struct gen g;
	uint32_t k = 0, at = 0;
	char host[256];

	(void)state;
	gen_init(&g, 11);
	for (int i = 0; i < PARTS * EACH; i++) {
		uint64_t now = g.now;

		assert_int_equal(sr_builder_new(&made[i]), 0);
		assert_int_equal(gen_block(&g, made[i], 60 + (uint32_t)i * 7), 0);
		/* Blocks begin before the one before has ended: late records. */
		g.now = now + (g.now - now) / 2;
	}
	for (int part = 0; part < PARTS; part++) {
		char name[] = { 'p', 'a', 'r', 't', (char)('0' + part), 0 };

		host_doc(host, sizeof(host), "r1", part);
		begin(&f, name, host);
		for (int i = 0; i < EACH; i++)
			copy_block(&f, sr_builder_block(made[part * EACH + i]));
		end(&f);
	}
	merge(&m, names, PARTS);
	assert_int_equal(sr_meta_hosts(m.meta), 1);
	while (m.s->ops->next(m.s, &b, &m.err) == 1) {
		assert_int_equal(sr_block_load(b, SR_NEED_ALL, &m.err), 0);
		for (uint32_t i = 0; i < b->n; i++) {
			const char *bad;

			while (k < PARTS * EACH && at == sr_builder_block(made[k])->n) {
				k++;
				at = 0;
			}
			assert_true(k < PARTS * EACH);
			bad = gen_same_row(sr_builder_block(made[k]), at++, b, i);
			if (bad)
				fail_msg("%s", bad);
		}
	}
	assert_int_equal(k, PARTS * EACH - 1);
	assert_int_equal(at, sr_builder_block(made[k])->n);
	assert_true(sr_source_complete(m.s));
	close_merged(&m);
	for (int i = 0; i < PARTS * EACH; i++)
		sr_builder_free(made[i]);
}

/* Two choices of one part's events are no parts: they go by time. */
static void copies_of_one_part_go_by_time(void **state)
{
	const char *const names[] = { "even", "odd" };
	struct row rows[20];
	struct merged m;
	struct file f;
	char host[256];

	(void)state;
	for (int k = 0; k < 2; k++) {
		host_doc(host, sizeof(host), "r1", 0);
		begin(&f, names[k], host);
		for (uint64_t i = 0; i < 5; i++)
			event(&f, 100 + 2 * i + (uint64_t)k, thread(k));
		end(&f);
	}
	merge(&m, names, 2);
	assert_int_equal(read_rows(&m, rows, 20), 10);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(rows[i].wall, 1099 + i);
		assert_int_equal(rows[i].id, 5 + i % 2); /* one recording: ids stay */
	}
	close_merged(&m);
}

static void two_recordings_of_a_host_share_its_clock_but_no_ids(void **state)
{
	const char *const names[] = { "first", "second" };
	struct row rows[20];
	struct merged m;
	struct file f;
	char host[256];

	(void)state;
	for (int k = 0; k < 2; k++) {
		(void)snprintf(host, sizeof(host),
			       "{\"kind\":\"host\",\"hostname\":\"h\",\"boot_id\":\"B\","
			       "\"recording\":\"r%d\",\"mono_ns\":\"1\",\"real_ns\":\"%d\"}",
			       k, 1000 + k * 500); /* the wall clock was set in between */
		begin(&f, names[k], host);
		event(&f, 100 + (uint64_t)k, thread(0));
		event(&f, 102 + (uint64_t)k, thread(0));
		end(&f);
	}
	merge(&m, names, 2);
	assert_int_equal(sr_meta_hosts(m.meta), 1);
	assert_int_equal(read_rows(&m, rows, 20), 4);
	for (int i = 0; i < 4; i++)
		assert_int_equal(rows[i].wall, 1099 + i);
	assert_int_equal(rows[0].id, rows[2].id);
	assert_int_equal(rows[1].id, rows[3].id);
	assert_int_not_equal(rows[0].id, rows[1].id);
	close_merged(&m);
}

/* ---- two hosts ---- */

#define CONTAINER(name)                                                                         \
	"{\"kind\":\"container\",\"id\":"                                                       \
	"\"cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc\","                 \
	"\"state\":\"resolved\",\"runtime\":\"docker\",\"name\":\"" name "\",\"image\":\"" name \
	":1\"}"

/* East was booted at 1700000000, west 500 s before it. Both have an event every other second from
 * 1700001000 on, west one second later; and the same pids, ids, uids and container id. */
static void write_hosts(void)
{
	struct file f;

	begin(&f, "east.reel",
	      "{\"kind\":\"host\",\"hostname\":\"east\",\"boot_id\":\"E\",\"recording\":\"e\","
	      "\"machine\":\"x86_64\",\"kernel\":\"6.12\",\"ncpu\":2,\"tool\":\"sysreel\","
	      "\"mono_ns\":\"10000000000\",\"boot_ns\":\"11000000000\","
	      "\"real_ns\":\"1700000010000000000\",\"tz\":\"UTC\",\"tz_offset_s\":0}");
	doc(&f, CONTAINER("web"));
	doc(&f, "{\"kind\":\"users\",\"users\":{\"1000\":\"alice\"},\"groups\":{\"0\":\"wheel\"}}");
	for (uint64_t i = 0; i < 4; i++)
		event(&f, (1000 + 2 * i) * S, thread((int)i % 2));
	end_block(&f);
	for (uint64_t i = 4; i < 8; i++)
		event(&f, (1000 + 2 * i) * S, thread((int)i % 2));
	end(&f);
	begin(&f, "west.reel",
	      "{\"kind\":\"host\",\"hostname\":\"west\",\"boot_id\":\"W\",\"recording\":\"w\","
	      "\"machine\":\"aarch64\",\"kernel\":\"6.18\",\"ncpu\":4,\"tool\":\"sysreel\","
	      "\"mono_ns\":\"10000000000\",\"boot_ns\":\"13000000000\","
	      "\"real_ns\":\"1699999510000000000\",\"tz\":\"CET\",\"tz_offset_s\":3600}");
	doc(&f, CONTAINER("db"));
	doc(&f, "{\"kind\":\"users\",\"users\":{\"1000\":\"bob\"},\"groups\":{\"0\":\"root\"}}");
	for (uint64_t i = 0; i < 8; i++)
		event(&f, (1501 + 2 * i) * S, thread((int)i % 2));
	gap(&f, 1517 * S, 1502 * S);
	end(&f);
}

static void check_hosts(const struct row *rows, size_t n)
{
	assert_int_equal(n, 17);
	for (int i = 0; i < 16; i++) {
		const struct row *r = &rows[i];
		bool west = i % 2, odd = i / 2 % 2;

		assert_int_equal(r->wall, (1700001000ull + (uint64_t)i) * S);
		assert_string_equal(r->host, west ? "west" : "east");
		assert_string_equal(r->user, west ? "bob" : "alice");
		assert_string_equal(r->container, !odd ? "-" : west ? "db" : "web");
		assert_int_equal(r->born, (west ? 1699999497ull : 1699999999ull) * S + S / 2);
	}
	assert_int_not_equal(rows[0].id, rows[1].id);
	assert_int_equal(rows[0].id, rows[4].id);
	/* The gap: a row of an unknown thread of west. */
	assert_string_equal(rows[16].host, "west");
	assert_int_equal(rows[16].id, 0);
}

static void keep(const char *name)
{
	const char *to = getenv("KEEP");
	char cmd[512];

	(void)snprintf(cmd, sizeof(cmd), "cp %s %s", folder_path(name), to ? to : "");
	if (to)
		assert_int_equal(system(cmd), 0);
}

static void events_of_two_hosts_go_by_wall_time_and_keep_their_names(void **state)
{
	const char *const names[] = { "east.reel", "west.reel" };
	struct row rows[40];
	struct merged m;

	(void)state;
	write_hosts();
	merge(&m, names, 2);
	assert_int_equal(sr_meta_hosts(m.meta), 2);
	check_hosts(rows, read_rows(&m, rows, 40));
	close_merged(&m);

	/* And so they are in the file that is made of it. */
	merge(&m, names, 2);
	write_merged(&m, "both.reel");
	close_merged(&m);
	keep("east.reel");
	keep("west.reel");
	keep("both.reel");
	merge(&m, (const char *const[]){ "both.reel" }, 1);
	assert_int_equal(sr_meta_hosts(m.meta), 2);
	check_hosts(rows, read_rows(&m, rows, 40));
	close_merged(&m);
}

static void gaps_are_moved_to_the_common_clock(void **state)
{
	const char *const names[] = { "east.reel", "west.reel" };
	struct sr_rows_gap g = { 0 };
	struct sr_block *b;
	struct merged m;

	(void)state;
	write_hosts();
	merge(&m, names, 2);
	while (m.s->ops->next(m.s, &b, &m.err) == 1) {
		assert_int_equal(sr_block_load(b, SR_NEED_ALL, &m.err), 0);
		for (uint32_t i = 0; i < b->n; i++)
			if (sr_rows_is(b, i, SR_X_LOST))
				sr_rows_gap(b, i, &g);
	}
	assert_int_equal(g.count, 3);
	assert_int_equal(sr_meta_wall(m.meta, g.from), 1700001002ull * S);
	assert_int_equal(sr_meta_wall(m.meta, g.to), 1700001017ull * S);
	close_merged(&m);
}

/* A merged file and a third one; host numbers and clocks are mapped once more. */
static void what_was_merged_can_be_merged_again(void **state)
{
	const char *const two[] = { "east.reel", "west.reel" };
	const char *const three[] = { "both.reel", "south.reel" };
	struct row rows[40];
	struct merged m;
	struct file f;
	size_t n;

	(void)state;
	write_hosts();
	merge(&m, two, 2);
	write_merged(&m, "both.reel");
	close_merged(&m);
	begin(&f, "south.reel", /* booted before all others */
	      "{\"kind\":\"host\",\"hostname\":\"south\",\"boot_id\":\"S\",\"recording\":\"s\","
	      "\"mono_ns\":\"0\",\"boot_ns\":\"0\",\"real_ns\":\"1600000000000000000\"}");
	doc(&f, "{\"kind\":\"users\",\"users\":{\"1000\":\"carol\"}}");
	event(&f, 100001000 * S + S / 2, thread(0));
	event(&f, 100002000 * S, thread(0));
	end(&f);
	merge(&m, three, 2);
	assert_int_equal(sr_meta_hosts(m.meta), 3);
	n = read_rows(&m, rows, 40);
	assert_int_equal(n, 19);
	assert_string_equal(rows[0].host, "east");
	assert_string_equal(rows[1].host, "south");
	assert_string_equal(rows[1].user, "carol");
	assert_string_equal(rows[18].host, "south");
	memmove(rows + 1, rows + 2, 16 * sizeof(*rows));
	check_hosts(rows, 17);
	close_merged(&m);
}

/* ---- what cannot be read ---- */

static void damage_in_one_file_is_told_with_its_name(void **state)
{
	const char *const names[] = { "east.reel", "west.reel" };
	const struct sr_reel_damage *d;
	struct row rows[40];
	struct merged m;
	size_t n;
	FILE *f;

	(void)state;
	write_hosts();
	f = fopen(folder_path("east.reel"), "r+");
	assert_non_null(f);
	assert_int_equal(fseek(f, -200, SEEK_END), 0); /* its index: the blocks are whole */
	assert_int_equal(fputc('x', f), 'x');
	assert_int_equal(fclose(f), 0);
	merge(&m, names, 2);
	check_hosts(rows, read_rows(&m, rows, 40));
	d = sr_source_damages(m.s, &n);
	assert_int_equal(n, 1);
	assert_non_null(strstr(d->what, "east.reel: "));
	close_merged(&m);
}

static void what_is_no_capture_is_refused(void **state)
{
	const char *const names[] = { "/dev/null", "/proc/no-such-file" };
	struct sr_source *s = NULL;
	struct sr_meta *meta = NULL;
	struct sr_err err = { 0 };

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(sr_meta_new(&meta), 0);
		assert_true(sr_source_merge_open(&s, &names[i], 1, meta, &err) < 0);
		assert_non_null(strstr(err.msg, names[i]));
		sr_meta_free(meta);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_become_what_was_not_divided),
		cmocka_unit_test(copies_of_one_part_go_by_time),
		cmocka_unit_test(two_recordings_of_a_host_share_its_clock_but_no_ids),
		cmocka_unit_test(events_of_two_hosts_go_by_wall_time_and_keep_their_names),
		cmocka_unit_test(gaps_are_moved_to_the_common_clock),
		cmocka_unit_test(what_was_merged_can_be_merged_again),
		cmocka_unit_test(damage_in_one_file_is_told_with_its_name),
		cmocka_unit_test(what_is_no_capture_is_refused),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
