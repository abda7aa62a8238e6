/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/engine.h"
#include "capture/rows.h"
#include "capture/sink_print.h"
#include "capture/sink_reel.h"
#include "capture/source_synth.h"
#include "formats/builder.h"

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

/* A file without a name, to be printed or written to. */
static int temp_fd(void)
{
	FILE *f = tmpfile();
	int fd;

	assert_non_null(f);
	fd = dup(fileno(f));
	assert_true(fd >= 0);
	assert_int_equal(fclose(f), 0);
	return fd;
}

static char *content(int fd)
{
	off_t len = lseek(fd, 0, SEEK_END);
	char *s = calloc(1, (size_t)len + 1);

	assert_non_null(s);
	assert_int_equal(pread(fd, s, (size_t)len, 0), len);
	return s;
}

static size_t count_lines(const char *s, const char *with)
{
	size_t n = 0;

	for (const char *p = s, *nl; (nl = strchr(p, '\n')); p = nl + 1)
		n += memmem(p, (size_t)(nl - p), with, strlen(with)) != NULL;
	return n;
}

struct bench {
	struct sr_meta *meta;
	struct sr_source *source;
	struct sr_sink *sink;
	struct sr_view_opts view;
	struct sr_engine e;
	struct sr_err err;
	int fd;
};

static void set_up(struct bench *b, const struct sr_source_synth_opts *opts, const char *filter)
{
	memset(b, 0, sizeof(*b));
	assert_int_equal(sr_meta_new(&b->meta), 0);
	assert_int_equal(sr_source_synth_open(&b->source, opts, b->meta), 0);
	b->fd = temp_fd();
	b->view.time_mode = 'h';
	b->e = (struct sr_engine){
		.source = b->source, .sinks = &b->sink, .nsinks = 1, .view_opts = &b->view
	};
	if (filter)
		assert_int_equal(sr_filter_compile(&b->e.filter, filter, &b->err), 0);
}

static void tear_down(struct bench *b)
{
	if (b->sink)
		b->sink->ops->close(b->sink);
	sr_filter_free(b->e.filter);
	b->source->ops->close(b->source);
	sr_meta_free(b->meta);
	close(b->fd);
}

/* Print what the source has; the caller frees the text. */
static char *print(struct bench *b, struct sr_sink_print_opts opts)
{
	opts.fd = b->fd;
	assert_int_equal(sr_sink_print_new(&b->sink, &opts, &b->err), 0);
	assert_int_equal(sr_engine_run(&b->e, &b->err), 0);
	return content(b->fd);
}

/* ---- one line, exactly ---- */

struct one {
	struct sr_builder *builder;
	struct sr_cgroup_def cgroup;
	struct sr_thread_def thread;
	struct sr_meta *meta;
	struct sr_view_opts opts;
};

static struct sr_str str(const char *s)
{
	return (struct sr_str){ s, (uint32_t)strlen(s) };
}

static void one_set_up(struct one *o, const char *cgroup)
{
	static const char host[] = "{\"kind\":\"host\",\"hostname\":\"h\",\"mono_ns\":\"1000\","
				   "\"boot_ns\":\"1000\",\"real_ns\":\"1795255200000000000\","
				   "\"tz\":\"CET\",\"tz_offset_s\":3600}";

	memset(o, 0, sizeof(*o));
	assert_int_equal(sr_builder_new(&o->builder), 0);
	assert_int_equal(sr_meta_new(&o->meta), 0);
	assert_int_equal(sr_meta_add(o->meta, host, strlen(host), NULL), 0);
	o->cgroup.path = str(cgroup);
	o->cgroup.c.id = 5;
	o->thread.t.id = 1;
	o->thread.t.tid = o->thread.t.pid = 4242;
	o->thread.comm = str("ht\033pd");
	o->thread.cgroup = &o->cgroup;
	o->opts.time_mode = 'h';
}

static void one_add(struct one *o, struct sr_event_in *ev)
{
	ev->type = sr_type_by_name("getpid", 6);
	ev->thread = &o->thread;
	assert_int_equal(sr_builder_add(o->builder, ev), 0);
}

static char *one_print(struct one *o, struct sr_sink_print_opts opts)
{
	struct sr_view v = { .meta = o->meta, .opts = &o->opts };
	struct sr_sink *s = NULL;
	uint64_t sel[1];
	char *text;

	v.b = sr_builder_block(o->builder);
	v.b->first_num = 152;
	opts.fd = temp_fd();
	assert_int_equal(sr_enrich(v.b, o->meta, NULL), 0);
	assert_int_equal(sr_sink_print_new(&s, &opts, NULL), 0);
	sr_sel_fill(sel, v.b->n);
	assert_int_equal(s->ops->block(s, &v, sel, v.b->n, NULL), 0);
	assert_int_equal(s->ops->finish(s, NULL), 0);
	s->ops->close(s);
	text = content(opts.fd);
	close(opts.fd);
	sr_buf_free(&v.scratch);
	return text;
}

static void one_tear_down(struct one *o)
{
	sr_builder_free(o->builder);
	sr_meta_free(o->meta);
}

static void a_line_has_number_time_cpu_container_process_latency_and_call(void **state)
{
	static const char doc[] = "{\"kind\":\"container\",\"id\":\"" SR_SYNTH_ID_V2
				  "\",\"runtime\":\"docker\",\"state\":\"resolved\","
				  "\"name\":\"web\"}";
	struct sr_event_in ev = { .time = 1000 + 123456789, .dur = 12345, .ret = 4242, .cpu = 1 };
	struct one o;
	char *text;

	(void)state;
	one_set_up(&o, "/docker/" SR_SYNTH_ID_V2);
	one_add(&o, &ev);
	text = one_print(&o, (struct sr_sink_print_opts){ 0 });
	assert_string_equal(text, "152 11:00:00.123456789 1 111111111111 ht?pd (4242) 12.3us "
				  "getpid() = 4242\n");
	free(text);
	assert_int_equal(sr_meta_add(o.meta, doc, strlen(doc), NULL), 0);
	o.opts.utc = true;
	text = one_print(&o, (struct sr_sink_print_opts){ 0 });
	assert_string_equal(text, "152 10:00:00.123456789 1 web ht?pd (4242) 12.3us "
				  "getpid() = 4242\n");
	free(text);
	one_tear_down(&o);
}

static void a_line_outside_containers_says_host_and_no_duration_is_a_dash(void **state)
{
	struct sr_event_in ev = { .time = 1000, .ret = -EPERM, .flags = SR_F_NO_START };
	struct one o;
	char *text;

	(void)state;
	one_set_up(&o, "/user.slice");
	one_add(&o, &ev);
	text = one_print(&o, (struct sr_sink_print_opts){ .lines.color = true });
	assert_string_equal(text, "152 11:00:00.000000000 0 \033[36mhost\033[0m "
				  "\033[32mht?pd (4242)\033[0m - "
				  "\033[31mgetpid() = -1 EPERM\033[0m\n");
	free(text);
	one_tear_down(&o);
}

static void times_are_shown_as_asked_for(void **state)
{
	static const struct {
		char mode;
		const char *want[2];
	} cases[] = { { 'a', { "1795255200.000000000 ", "1795255201.500000000 " } },
		      { 'r', { "0.000000500 ", "1.500000500 " } },
		      { 'd', { "0.000000007 ", "0.000000007 " } },
		      { 'D', { "0.000000000 ", "1.500000000 " } } };
	struct sr_event_in ev = { .time = 1000, .dur = 7, .ret = 1 };
	struct one o;

	(void)state;
	one_set_up(&o, "/");
	one_add(&o, &ev);
	ev.time += 1500000000;
	one_add(&o, &ev);
	o.opts.first_time = 500;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text;

		o.opts.time_mode = cases[i].mode;
		o.opts.last_shown = 0;
		text = one_print(&o, (struct sr_sink_print_opts){ 0 });
		assert_memory_equal(text + 4, cases[i].want[0], strlen(cases[i].want[0]));
		assert_memory_equal(strchr(text, '\n') + 5, cases[i].want[1],
				    strlen(cases[i].want[1]));
		free(text);
	}
	one_tear_down(&o);
}

static void durations_are_short(void **state)
{
	static const struct {
		uint64_t ns;
		const char *want;
	} cases[] = { { 0, "0ns" },	      { 999, "999ns" },	       { 1000, "1.0us" },
		      { 12399, "12.3us" },    { 999999, "999us" },     { 3400000, "3.4ms" },
		      { 2100000000, "2.1s" }, { 123400000000, "123s" } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sr_buf out = { 0 };

		sr_latency_text(cases[i].ns, &out);
		assert_string_equal(sr_buf_cstr(&out), cases[i].want);
		sr_buf_free(&out);
	}
}

/* ---- many lines ---- */

static void losses_are_a_line_in_their_place_whatever_the_filter_is(void **state)
{
	const struct sr_source_synth_opts opts = {
		.seed = 1, .blocks = 2, .block_events = 100, .lost_every = 40
	};
	struct sr_sink_print_stats st;
	struct bench b;
	char *text;

	(void)state;
	set_up(&b, &opts, "evt.type=mount");
	text = print(&b, (struct sr_sink_print_opts){ 0 });
	assert_int_equal(count_lines(text, ""), 5);
	assert_int_equal(count_lines(text, "--- 7 events (CRITICAL) lost on CPU 1 between "), 5);
	assert_int_equal(b.e.matched, 0);
	sr_sink_print_stats(b.sink, &st);
	assert_int_equal(st.lost, 35);
	assert_int_equal(st.events, 0);
	free(text);
	tear_down(&b);

	set_up(&b, &opts, "evt.type=mount");
	text = print(&b, (struct sr_sink_print_opts){ .lines.no_gaps = true });
	assert_string_equal(text, "");
	free(text);
	tear_down(&b);

	/* Between the rows before and after it. */
	set_up(&b, &opts, NULL);
	text = print(&b, (struct sr_sink_print_opts){ 0 });
	assert_int_equal(count_lines(text, ""), 200);
	assert_non_null(strstr(text, "\n39 "));
	assert_true(strstr(text, "--- 7") > strstr(text, "\n39 "));
	assert_true(strstr(text, "--- 7") < strstr(text, "\n41 "));
	free(text);
	tear_down(&b);
}

static void printing_ends_after_the_limit(void **state)
{
	struct bench b;
	char *text;

	(void)state;
	set_up(&b, &(struct sr_source_synth_opts){ .seed = 2, .blocks = 9 }, "evt.type=read");
	text = print(&b, (struct sr_sink_print_opts){ .limit = 3 });
	assert_int_equal(count_lines(text, "read("), 3);
	assert_int_equal(count_lines(text, ""), 3);
	assert_int_equal(b.e.seen, 1000);
	free(text);
	tear_down(&b);
}

static void every_json_line_is_an_object_with_the_same_keys(void **state)
{
	struct bench b;
	size_t n = 0;
	char *text;

	(void)state;
	set_up(&b,
	       &(struct sr_source_synth_opts){ .seed = 3,
					       .blocks = 2,
					       .block_events = 50,
					       .state = true,
					       .lost_every = 20 },
	       NULL);
	text = print(&b, (struct sr_sink_print_opts){ .lines.json = true });
	for (char *p = text, *nl; (nl = strchr(p, '\n')); p = nl + 1) {
		struct cJSON *o = cJSON_ParseWithLength(p, (size_t)(nl - p));

		assert_non_null(o);
		n++;
		assert_int_equal(cJSON_GetObjectItemCaseSensitive(o, "evt.num")->valueint, n);
		assert_true(cJSON_IsString(cJSON_GetObjectItemCaseSensitive(o, "evt.rawtime")));
		assert_true(cJSON_IsString(cJSON_GetObjectItemCaseSensitive(o, "evt.type")));
		assert_true(cJSON_HasObjectItem(o, "fd.name"));
		assert_true(cJSON_HasObjectItem(o, "container.name"));
		assert_true(cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(o, "args")));
		cJSON_Delete(o);
	}
	assert_int_equal(n, 100);
	free(text);
	tear_down(&b);
}

static void a_format_prints_its_fields_and_in_json_their_names(void **state)
{
	const struct sr_source_synth_opts opts = { .seed = 4, .blocks = 1, .block_events = 4 };
	struct sr_format *f = NULL;
	struct bench b;
	char *text;

	(void)state;
	assert_int_equal(sr_format_compile(&f, "%evt.num:%evt.type", NULL), 0);
	set_up(&b, &opts, NULL);
	text = print(&b, (struct sr_sink_print_opts){ .lines.format = f });
	assert_memory_equal(text, "1:", 2);
	assert_int_equal(count_lines(text, ":"), 4);
	free(text);
	tear_down(&b);
	set_up(&b, &opts, NULL);
	text = print(&b, (struct sr_sink_print_opts){ .lines.format = f, .lines.json = true });
	assert_memory_equal(text, "{\"evt.num\":1,\"evt.type\":\"", 25);
	free(text);
	tear_down(&b);
	sr_format_free(f);
}

static void a_reader_who_went_away_ends_the_run_in_order(void **state)
{
	struct sr_sink_print_opts opts = { 0 };
	struct bench b;
	int p[2];

	(void)state;
	set_up(&b, &(struct sr_source_synth_opts){ .seed = 5, .blocks = 50 }, NULL);
	assert_int_equal(pipe(p), 0);
	close(p[0]);
	opts.fd = p[1];
	assert_int_equal(sr_sink_print_new(&b.sink, &opts, &b.err), 0);
	assert_int_equal(sr_engine_run(&b.e, &b.err), 0);
	assert_true(b.e.seen < 50000);
	close(p[1]);
	tear_down(&b);
}

static void a_full_disk_is_an_error_with_words(void **state)
{
	struct sr_sink_print_opts opts = { 0 };
	struct bench b;

	(void)state;
	set_up(&b, &(struct sr_source_synth_opts){ .seed = 6, .blocks = 50 }, NULL);
	opts.fd = open("/dev/full", O_WRONLY);
	assert_true(opts.fd >= 0);
	assert_int_equal(sr_sink_print_new(&b.sink, &opts, &b.err), 0);
	assert_int_equal(sr_engine_run(&b.e, &b.err), -ENOSPC);
	assert_non_null(strstr(b.err.msg, "No space left"));
	close(opts.fd);
	tear_down(&b);
}

/* ---- writing ---- */

/* What is in the written file: rows, "lost" rows, blocks. */
struct back {
	struct sr_meta *meta;
	struct sr_source *source;
	uint64_t rows, lost, blocks, last_num;
};

static void read_back(struct bench *b, struct back *r)
{
	struct sr_block *block;
	char path[64];
	uint64_t lost;

	memset(r, 0, sizeof(*r));
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", b->fd);
	assert_int_equal(sr_meta_new(&r->meta), 0);
	assert_int_equal(sr_source_reel_open(&r->source, path, r->meta, &b->err), 0);
	while (r->source->ops->next(r->source, &block, &b->err) == 1) {
		assert_int_equal(sr_block_load(block, SR_NEED_ALL, &b->err), 0);
		assert_int_equal(sr_rows_lost(block, &lost, &b->err), 0);
		r->lost += lost;
		r->rows += block->n;
		r->blocks++;
	}
	assert_true(sr_reel_complete(sr_source_reel_reader(r->source)));
	assert_non_null(sr_meta_end(r->meta));
}

static void back_free(struct back *r)
{
	r->source->ops->close(r->source);
	sr_meta_free(r->meta);
}

static int number(const struct cJSON *o, const char *key)
{
	const struct cJSON *v = cJSON_GetObjectItemCaseSensitive(o, key);

	assert_true(cJSON_IsNumber(v));
	return v->valueint;
}

static void write_file(struct bench *b, struct sr_sink_reel_opts opts)
{
	opts.fd = b->fd;
	assert_int_equal(sr_sink_reel_new(&b->sink, &opts, &b->err), 0);
	assert_int_equal(sr_engine_run(&b->e, &b->err), 0);
}

static void what_is_written_whole_is_read_again(void **state)
{
	static const char *const reason = "test";
	struct sr_sink_reel_stats st;
	const struct sr_container *c;
	struct bench b;
	struct back r;

	(void)state;
	set_up(&b, &(struct sr_source_synth_opts){ .seed = 7, .blocks = 3, .block_events = 20000 },
	       NULL);
	write_file(&b, (struct sr_sink_reel_opts){ .source = b.source, .reason = &reason });
	read_back(&b, &r);
	assert_int_equal(r.rows, 60000);
	assert_int_equal(r.blocks, 3);
	assert_int_equal(number(sr_meta_end(r.meta), "events"), 60000);
	assert_int_equal(number(sr_meta_end(r.meta), "blocks"), 3);
	assert_int_equal(number(sr_meta_end(r.meta), "lost"), 0);
	c = sr_meta_container(r.meta, SR_SYNTH_ID_V2, strlen(SR_SYNTH_ID_V2));
	assert_non_null(c);
	assert_string_equal(c->name, "web");
	sr_sink_reel_stats(b.sink, &st);
	assert_int_equal(st.events, 60000);
	assert_int_equal(st.blocks, 3);
	back_free(&r);
	tear_down(&b);
}

static void threads_change_nothing_in_what_is_written(void **state)
{
	struct sr_sink_reel_stats st[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct bench b;
		struct back r;

		set_up(&b,
		       &(struct sr_source_synth_opts){
			       .seed = 7, .blocks = 40, .block_events = 20000, .lost_every = 999 },
		       NULL);
		write_file(&b,
			   (struct sr_sink_reel_opts){ .source = b.source, .threads = i ? 3 : 0 });
		read_back(&b, &r);
		sr_sink_reel_stats(b.sink, &st[i]);
		assert_int_equal(r.rows, st[i].rows);
		assert_int_equal(r.lost, st[i].lost);
		assert_int_equal(number(sr_meta_end(r.meta), "events"), st[i].events);
		back_free(&r);
		tear_down(&b);
	}
	/* each thread chooses for itself how columns are written */
	assert_in_range(st[1].bytes, st[0].bytes * 9 / 10, st[0].bytes * 11 / 10);
	st[1].bytes = st[0].bytes;
	assert_memory_equal(&st[0], &st[1], sizeof(st[0]));
}

/* Blocks of the written file that are read when this is asked for, and the rows that it selects. */
static uint64_t blocks_read(struct bench *b, const char *filter, uint64_t *matched)
{
	struct sr_engine e = { 0 };
	struct sr_sink_print_opts opts = { .fd = open("/dev/null", O_WRONLY) };
	struct sr_sink *sink = NULL;
	char path[64];
	uint64_t read;
	struct back r = { 0 };

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", b->fd);
	assert_int_equal(sr_meta_new(&r.meta), 0);
	assert_int_equal(sr_source_reel_open(&r.source, path, r.meta, &b->err), 0);
	assert_int_equal(sr_sink_print_new(&sink, &opts, &b->err), 0);
	assert_int_equal(sr_filter_compile(&e.filter, filter, &b->err), 0);
	e.source = r.source;
	e.sinks = &sink;
	e.nsinks = 1;
	assert_int_equal(sr_engine_run(&e, &b->err), 0);
	read = sr_reel_work(sr_source_reel_reader(r.source))->read;
	*matched = e.matched;
	sink->ops->close(sink);
	sr_filter_free(e.filter);
	back_free(&r);
	close(opts.fd);
	return read;
}

static void blocks_without_the_container_or_cgroup_are_passed_over(void **state)
{
	uint64_t rows;
	struct bench b;
	char id[64];

	(void)state;
	set_up(&b, &(struct sr_source_synth_opts){ .seed = 7, .blocks = 3, .block_events = 20000 },
	       NULL);
	write_file(&b, (struct sr_sink_reel_opts){ .source = b.source });
	assert_int_equal(blocks_read(&b, "container.name=web", &rows), 3);
	assert_true(rows > 0);
	(void)snprintf(id, sizeof(id), "container.id=%.12s", SR_SYNTH_ID_V2);
	assert_int_equal(blocks_read(&b, id, &rows), 3);
	assert_true(rows > 0);
	assert_int_equal(blocks_read(&b, "container.name=host", &rows), 3);
	assert_int_equal(blocks_read(&b, "container.name=nobody", &rows), 0);
	assert_int_equal(blocks_read(&b, "container.id in (aaaabbbbcccc, ddddeeeeffff)", &rows), 0);
	assert_int_equal(blocks_read(&b, "not container.name=nobody", &rows), 3);
	assert_int_equal(rows, 60000);
	assert_int_equal(blocks_read(&b, "container.cgroup=/no/such", &rows), 0);
	tear_down(&b);
}

static void a_disk_that_fills_up_is_told_by_threads_too(void **state)
{
	const struct rlimit small = { 300000, RLIM_INFINITY };
	struct sr_sink_reel_opts opts = { .threads = 2 };
	struct rlimit was;
	struct bench b;

	(void)state;
	set_up(&b,
	       &(struct sr_source_synth_opts){ .seed = 11, .blocks = 500, .block_events = 20000 },
	       NULL);
	opts.fd = b.fd;
	opts.source = b.source;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(sr_sink_reel_new(&b.sink, &opts, &b.err), 0);
	assert_int_equal(sr_engine_run(&b.e, &b.err), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_non_null(strstr(b.err.msg, "stays readable"));
	assert_true(b.e.seen < 500 * 20000);
	tear_down(&b);
}

static void small_blocks_and_selections_are_collected(void **state)
{
	struct bench b;
	struct back r;

	(void)state;
	set_up(&b, &(struct sr_source_synth_opts){ .seed = 8, .blocks = 20, .block_events = 100 },
	       NULL);
	write_file(&b, (struct sr_sink_reel_opts){ .source = b.source });
	read_back(&b, &r);
	assert_int_equal(r.rows, 2000);
	assert_int_equal(r.blocks, 1);
	back_free(&r);
	tear_down(&b);

	set_up(&b, &(struct sr_source_synth_opts){ .seed = 8, .blocks = 20, .block_events = 5000 },
	       "evt.type=read");
	write_file(&b, (struct sr_sink_reel_opts){ .source = b.source });
	read_back(&b, &r);
	assert_int_equal(r.rows, b.e.matched);
	assert_in_range(r.blocks, 1, 3);
	back_free(&r);
	tear_down(&b);
}

static void losses_are_written_whatever_the_filter_is(void **state)
{
	struct sr_sink_reel_stats st;
	struct bench b;
	struct back r;

	(void)state;
	set_up(&b,
	       &(struct sr_source_synth_opts){ .seed = 9,
					       .blocks = 4,
					       .block_events = 100,
					       .lost_every = 50,
					       .state = true },
	       "evt.type=mount");
	write_file(&b, (struct sr_sink_reel_opts){ .source = b.source });
	read_back(&b, &r);
	assert_int_equal(r.rows, 8);
	assert_int_equal(r.lost, 56);
	assert_int_equal(number(sr_meta_end(r.meta), "lost"), 56);
	assert_int_equal(number(sr_meta_end(r.meta), "rows"), 8);
	assert_int_equal(number(sr_meta_end(r.meta), "events"), 0);
	sr_sink_reel_stats(b.sink, &st);
	assert_int_equal(st.rows, 8);
	assert_int_equal(st.events, 0);
	back_free(&r);
	tear_down(&b);
}

static const char *always_incomplete(void *arg)
{
	return arg;
}

static void a_copy_takes_the_documents_of_what_it_holds(void **state)
{
	static const char users[] = "{\"kind\":\"users\",\"users\":{\"0\":\"root\",\"1000\":\"me\","
				    "\"77\":\"other\"},\"groups\":{\"0\":\"root\"}}";
	static const char host[] = "{\"kind\":\"host\",\"hostname\":\"h\",\"mono_ns\":\"1\","
				   "\"boot_ns\":\"1\",\"real_ns\":\"1\"}";
	struct bench b;
	struct back r;

	(void)state;
	set_up(&b, &(struct sr_source_synth_opts){ .seed = 10, .blocks = 2 },
	       "proc.name=httpd and evt.type=read");
	assert_int_equal(sr_meta_add(b.meta, users, strlen(users), NULL), 0);
	assert_int_equal(sr_meta_add(b.meta, host, strlen(host), NULL), 0);
	write_file(&b, (struct sr_sink_reel_opts){ .copy = true,
						   .incomplete = always_incomplete,
						   .incomplete_arg = (char *)"cut" });
	read_back(&b, &r);
	assert_true(r.rows > 0);
	assert_non_null(sr_meta_host(r.meta));
	assert_string_equal(sr_meta_user(r.meta, 0), "root");
	assert_null(sr_meta_user(r.meta, 77));
	assert_null(sr_meta_user(r.meta, 1000)); /* redis-server's; its rows are not selected */
	assert_int_equal(sr_meta_containers(r.meta), 1);
	assert_string_equal(sr_meta_container_at(r.meta, 0)->name, "web");
	assert_string_equal(
		cJSON_GetObjectItemCaseSensitive(sr_meta_end(r.meta), "incomplete")->valuestring,
		"cut");
	back_free(&r);
	tear_down(&b);
}

static void a_full_disk_stops_writing_with_words(void **state)
{
	struct sr_sink_reel_opts opts = { .fd = open("/dev/full", O_WRONLY) };
	struct bench b;

	(void)state;
	set_up(&b, &(struct sr_source_synth_opts){ .seed = 11, .blocks = 2 }, NULL);
	assert_true(opts.fd >= 0);
	assert_int_equal(sr_sink_reel_new(&b.sink, &opts, &b.err), -ENOSPC);
	assert_non_null(strstr(b.err.msg, "disk is full"));
	close(opts.fd);
	tear_down(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_has_number_time_cpu_container_process_latency_and_call),
		cmocka_unit_test(a_line_outside_containers_says_host_and_no_duration_is_a_dash),
		cmocka_unit_test(times_are_shown_as_asked_for),
		cmocka_unit_test(durations_are_short),
		cmocka_unit_test(losses_are_a_line_in_their_place_whatever_the_filter_is),
		cmocka_unit_test(printing_ends_after_the_limit),
		cmocka_unit_test(every_json_line_is_an_object_with_the_same_keys),
		cmocka_unit_test(a_format_prints_its_fields_and_in_json_their_names),
		cmocka_unit_test(a_reader_who_went_away_ends_the_run_in_order),
		cmocka_unit_test(a_full_disk_is_an_error_with_words),
		cmocka_unit_test(what_is_written_whole_is_read_again),
		cmocka_unit_test(threads_change_nothing_in_what_is_written),
		cmocka_unit_test(blocks_without_the_container_or_cgroup_are_passed_over),
		cmocka_unit_test(a_disk_that_fills_up_is_told_by_threads_too),
		cmocka_unit_test(small_blocks_and_selections_are_collected),
		cmocka_unit_test(losses_are_written_whatever_the_filter_is),
		cmocka_unit_test(a_copy_takes_the_documents_of_what_it_holds),
		cmocka_unit_test(a_full_disk_stops_writing_with_words),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("sinks", tests, NULL, NULL);
}
