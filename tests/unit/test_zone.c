/* SPDX-License-Identifier: Apache-2.0 */
/* Zone maps and dictionaries let blocks be passed over: that must never change an answer. */
#include "capture/engine.h"
#include "filters/filter.h"
#include "formats/zone.h"
#include "tests/unit/filter_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#define COPIES	64 /* of a row in a block of its own: enough for dictionaries to be asked */
#define FILTERS 4000

/* Checks about the fixture, some of which hold somewhere, and some nowhere. */
static const char *const checks[] = {
	"evt.type=openat",
	"evt.type in (read, write)",
	"evt.type!=openat",
	"evt.type.is.openat=1",
	"evt.category=file",
	"evt.is_io_read=true",
	"evt.failed=true",
	"evt.failed=false",
	"evt.failed!=true",
	"evt.rawres<0",
	"evt.rawres>=0",
	"evt.rawres!=-2",
	"evt.rawres=-2",
	"evt.res=ENOENT",
	"evt.res!=SUCCESS",
	"evt.num<=7",
	"evt.num!=7",
	"evt.num in (3, 5)",
	"evt.rawtime>1700000000005000000",
	"evt.around[1700000000005000000]=2",
	"evt.rawtime<1700000000005000000",
	"evt.latency>1000",
	"evt.cpu=1",
	"proc.name=nginx",
	"proc.name in (bash, nobody)",
	"proc.name!=nginx",
	"proc.name=nobody",
	"proc.name exists",
	"proc.name startswith ng",
	"tolower(proc.name)=nginx",
	"proc.exepath=/usr/sbin/nginx",
	"proc.exepath in (/bin/nothing, /none)",
	"proc.pid=100",
	"proc.pid!=100",
	"proc.pid in (100, 200)",
	"proc.pid=4711",
	"proc.pid=-1",
	"proc.pid=99999999999999999999",
	"proc.aname=systemd",
	"proc.cmdline contains daemon",
	"thread.tid=101",
	"thread.tid=-101",
	"user.uid=33",
	"user.uid=77",
	"user.uid!=0",
	"user.name=root",
	"container.name=web",
	"container.id=host",
	"container.image exists",
	"fd.name=/etc/passwd",
	"fd.name!=/etc/passwd",
	"fd.name=/no/such",
	"fd.name startswith /etc",
	"fd.name startswith /etc/",
	"fd.name startswith /etc/pass",
	"fd.name startswith /nowhere/at",
	"fd.name startswith 10.",
	"fd.name endswith passwd",
	"fd.name contains ss",
	"fd.name glob /e*/p*",
	"fd.name exists",
	"fd.name pmatch (/etc)",
	"fd.name startswith anyof (/etc/, /var/)",
	"fd.directory=/etc",
	"fd.directory=/",
	"fd.directory=/no",
	"fd.directory in (/var/log, /etc)",
	"fd.filename=passwd",
	"fd.port=80",
	"fd.port!=80",
	"fd.port in (http, 5432)",
	"fd.sport=80",
	"fd.cport>1024",
	"fd.lport=9",
	"fd.ip=10.0.0.5",
	"fd.ip!=10.0.0.5",
	"fd.sip=127.0.0.1",
	"fd.cip=::1",
	"fd.rip exists",
	"fd.net=10.0.0.0/8",
	"fd.type=file",
	"fd.type=ipv4",
	"fd.num=3",
	"evt.arg.flags contains O_CREAT",
	"evt.buffer contains GET",
};
#define NCHECKS (sizeof(checks) / sizeof(checks[0]))

static uint32_t below(uint64_t *state, uint32_t n)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((*state >> 33) % n);
}

/* A check, or some of them joined. */
static void put_random(uint64_t *state, int depth, struct sr_buf *out)
{
	static const char *const joins[] = { " and ", " or " };
	uint32_t kind = depth ? below(state, 4) : 0;

	if (kind == 0) {
		sr_buf_puts(out, checks[below(state, NCHECKS)]);
	} else if (kind == 1) {
		sr_buf_puts(out, "not (");
		put_random(state, depth - 1, out);
		sr_buf_putc(out, ')');
	} else {
		sr_buf_putc(out, '(');
		put_random(state, depth - 1, out);
		sr_buf_puts(out, joins[kind - 2]);
		put_random(state, depth - 1, out);
		sr_buf_putc(out, ')');
	}
}

static struct sr_filter *compile(const char *text)
{
	struct sr_filter *f = NULL;
	struct sr_err err = { 0 };

	if (sr_filter_compile(&f, text, &err) < 0)
		fail_msg("%s: %s", text, err.msg);
	return f;
}

/* ---- blocks of one row each, and what stands in front of them ---- */

struct parts {
	struct fix x;
	struct sr_builder **builders;
	struct sr_block **blocks;
	struct sr_buf *maps;
	uint32_t n;
};

/* The row many times, with only what it refers to. */
static void make_part(struct parts *p, uint32_t row)
{
	uint64_t sel[SR_SEL_WORDS(1024)] = { 0 };
	struct sr_block *b;

	assert_true(p->n <= 1024);
	sel[row / 64] = 1ull << row % 64;
	assert_int_equal(sr_builder_new(&p->builders[row]), 0);
	for (int i = 0; i < COPIES; i++)
		assert_int_equal(sr_builder_copy(p->builders[row], p->x.b, sel, NULL), 0);
	b = p->blocks[row] = sr_builder_block(p->builders[row]);
	b->first_num = p->x.b->first_num + row;
	for (uint32_t i = 1; i < b->ncgroups; i++)
		for (uint32_t j = 1; j < p->x.b->ncgroups; j++)
			if (b->cgroups[i].id == p->x.b->cgroups[j].id)
				b->cgroups[i].container = p->x.b->cgroups[j].container;
	sr_zone_put(b, &p->maps[row]);
	assert_false(p->maps[row].oom);
}

static int set_up(void **state)
{
	struct parts *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	fix_init(&p->x);
	p->n = p->x.b->n;
	p->builders = calloc(p->n, sizeof(struct sr_builder *));
	p->blocks = calloc(p->n, sizeof(struct sr_block *));
	p->maps = calloc(p->n, sizeof(*p->maps));
	assert_true(p->builders && p->blocks && p->maps);
	for (uint32_t i = 0; i < p->n; i++)
		make_part(p, i);
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	struct parts *p = *state;

	for (uint32_t i = 0; i < p->n; i++) {
		sr_builder_free(p->builders[i]);
		sr_buf_free(&p->maps[i]);
	}
	free(p->builders);
	free(p->blocks);
	free(p->maps);
	fix_free(&p->x);
	free(p);
	return 0;
}

static struct sr_zone zone_of(const struct parts *p, uint32_t i)
{
	struct sr_zone z = { .events = p->blocks[i]->n,
			     .first_num = p->blocks[i]->first_num,
			     .min_time = p->blocks[i]->min_time,
			     .max_time = p->blocks[i]->max_time };

	sr_zone_get(&z, p->maps[i].p, p->maps[i].len);
	assert_true(z.has_map);
	return z;
}

/* How many blocks are passed over by map and by dictionaries; fails if one of them has a hit. */
static void try_filter(struct parts *p, const char *text, uint32_t *by_map, uint32_t *by_dict)
{
	struct sr_filter *f = compile(text);
	struct sr_view v = p->x.v;
	struct sr_err err = { 0 };
	uint64_t sel[SR_SEL_WORDS(COPIES)];

	v.scratch = (struct sr_buf){ 0 };
	for (uint32_t i = 0; i < p->n; i++) {
		struct sr_zone z = zone_of(p, i), bare = z;
		bool map, dict, head;
		int64_t hits;

		bare.has_map = false;
		v.b = p->blocks[i];
		map = sr_filter_zone(f, &z, p->x.meta);
		head = sr_filter_zone(f, &bare, p->x.meta);
		dict = sr_filter_dicts(f, &v);
		hits = sr_filter_run(f, &v, sel, &err);
		assert_true(hits >= 0);
		if (hits && !(map && dict && head))
			fail_msg("%s: row %u is a hit, but its block is passed over (%d %d %d)",
				 text, i + 1, map, head, dict);
		*by_map += !map;
		*by_dict += !dict;
	}
	sr_buf_free(&v.scratch);
	sr_filter_free(f);
}

static void no_block_with_a_hit_is_passed_over(void **state)
{
	struct parts *p = *state;
	uint32_t by_map = 0, by_dict = 0;
	struct sr_buf text = { 0 };
	uint64_t seed = 4;

	for (size_t i = 0; i < NCHECKS; i++)
		try_filter(p, checks[i], &by_map, &by_dict);
	for (int i = 0; i < FILTERS; i++) {
		text.len = 0;
		put_random(&seed, 4, &text);
		try_filter(p, sr_buf_cstr(&text), &by_map, &by_dict);
	}
	sr_buf_free(&text);
	/* and it is worth it */
	assert_true(by_map > p->n * FILTERS / 20);
	assert_true(by_dict > p->n * FILTERS / 20);
}

static void what_is_not_there_is_passed_over_by_the_map_alone(void **state)
{
	static const char *const nowhere[] = {
		"proc.name=nobody",
		"proc.name in (nobody, nowho)",
		"proc.exepath=/bin/nothing",
		"proc.pid=4711",
		"thread.tid=-101",
		"user.uid=77",
		"fd.name=/no/such",
		"fd.name startswith /nowhere/at",
		"fd.directory=/nowhere",
		"fd.port=9999",
		"fd.ip=192.0.2.77",
		"evt.type=bpf",
		"evt.num>1000",
		"evt.rawtime>1800000000000000000",
		"evt.around[1800000000000000000]=5",
		"proc.name=nginx and fd.name=/no/such",
		"not (proc.name!=nobody or evt.num<1000)",
	};
	struct parts *p = *state;

	for (size_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++) {
		uint32_t by_map = 0, by_dict = 0;

		try_filter(p, nowhere[i], &by_map, &by_dict);
		if (by_map < p->n * 9 / 10) /* a hash may collide */
			fail_msg("%s: only %u of %u blocks", nowhere[i], by_map, p->n);
	}
}

static void a_damaged_map_is_no_map(void **state)
{
	struct parts *p = *state;
	struct sr_zone z = { 0 };

	for (size_t i = 0; i < p->maps[0].len; i++) {
		p->maps[0].p[i] ^= 0x10;
		sr_zone_get(&z, p->maps[0].p, p->maps[0].len);
		/* but for the bits that nobody looks at */
		assert_true(!z.has_map || i == 2 || i == 3);
		p->maps[0].p[i] ^= 0x10;
		sr_zone_get(&z, p->maps[0].p, i);
		assert_false(z.has_map);
	}
	sr_zone_get(&z, p->maps[0].p, p->maps[0].len);
	assert_true(z.has_map);
	assert_false(sr_zone_has(&z, SR_X_LOST));
}

static void items_of_later_versions_are_passed_over(void **state)
{
	/* an unknown id, no bytes, and their checksum */
	static const uint8_t later[] = { 9,    0,    0,	   0,	 0,    0,    0,	   0,
					 0xc2, 0x94, 0xd3, 0x38, 0x05, 0x80, 0x06, 0x2d };
	struct parts *p = *state;
	struct sr_buf ext = { 0 };
	struct sr_zone z = { 0 };

	sr_buf_put(&ext, later, sizeof(later));
	sr_buf_put(&ext, p->maps[0].p, p->maps[0].len);
	sr_zone_get(&z, ext.p, ext.len);
	assert_true(z.has_map);
	sr_buf_free(&ext);
}

/* ---- through a file ---- */

static char *write_parts(struct parts *p)
{
	static char path[] = "/tmp/sysreel-zone-XXXXXX";
	struct sr_reel_writer *w = NULL;
	struct sr_err err = { 0 };
	int fd;

	memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(sr_reel_writer_open(&w, fd, NULL, &err), 0);
	for (uint32_t i = 0; i < p->n; i++)
		assert_int_equal(sr_reel_write_block(w, p->blocks[i], &err), 0);
	assert_int_equal(sr_reel_writer_close(w, &err), 0);
	assert_int_equal(close(fd), 0);
	return path;
}

struct tally {
	struct sr_sink s;
	uint64_t sum, rows; /* of the numbers of the events */
};

static uint32_t tally_need(struct sr_sink *s)
{
	(void)s;
	return 0;
}

static int tally_block(struct sr_sink *s, struct sr_view *v, const uint64_t *sel, uint64_t nsel,
		       struct sr_err *err)
{
	struct tally *t = (struct tally *)s;

	(void)err;
	t->rows += nsel;
	for (uint32_t i = 0; i < v->b->n; i++)
		t->sum += sr_sel_get(sel, i) ? (v->b->first_num + i) * (v->b->first_num + i) : 0;
	return 0;
}

static const struct sr_sink_ops tally_ops = { .name = "tally",
					      .need = tally_need,
					      .block = tally_block };

/* What a filter selects of a file; @skipped receives the blocks that were not read. */
static struct tally run_file(const char *path, const char *text, bool skip, uint64_t from,
			     uint64_t to, uint64_t *skipped)
{
	struct tally t = { .s.ops = &tally_ops };
	struct sr_sink *sink = &t.s;
	struct sr_view_opts opts = { .time_mode = 'h' };
	struct sr_source *source = NULL;
	struct sr_source_ops without;
	struct sr_meta *meta = NULL;
	struct sr_err err = { 0 };
	struct sr_engine e = { .sinks = &sink, .nsinks = 1, .view_opts = &opts };

	assert_int_equal(sr_meta_new(&meta), 0);
	assert_int_equal(sr_source_reel_open(&source, path, meta, &err), 0);
	e.source = source;
	e.filter = compile(text);
	e.from = from;
	e.to = to;
	without = *source->ops;
	without.skip = NULL;
	if (!skip)
		source->ops = &without;
	assert_int_equal(sr_engine_run(&e, &err), 0);
	assert_int_equal(e.seen, sr_reel_stats(sr_source_reel_reader(source))->events);
	*skipped = sr_reel_work(sr_source_reel_reader(source))->skipped;
	sr_filter_free(e.filter);
	source->ops->close(source);
	sr_meta_free(meta);
	return t;
}

static void files_give_the_same_rows_with_and_without_skipping(void **state)
{
	struct parts *p = *state;
	char *path = write_parts(p);
	uint64_t skipped, none, all = 0, seed = 9;
	struct sr_buf text = { 0 };

	for (int i = 0; i < 200; i++) {
		struct tally a, b;

		text.len = 0;
		put_random(&seed, 3, &text);
		a = run_file(path, sr_buf_cstr(&text), true, 0, 0, &skipped);
		b = run_file(path, sr_buf_cstr(&text), false, 0, 0, &none);
		assert_int_equal(none, 0);
		if (a.rows != b.rows || a.sum != b.sum)
			fail_msg("%s: differs", sr_buf_cstr(&text));
		all += skipped;
	}
	assert_true(all > 200);
	sr_buf_free(&text);
	assert_int_equal(unlink(path), 0);
}

static void times_select_rows_and_skip_blocks(void **state)
{
	struct parts *p = *state;
	char *path = write_parts(p);
	uint64_t skipped, ms = FIX_MS;
	struct tally t;

	t = run_file(path, "", true, FIX_TIME + 2 * ms, FIX_TIME + 4 * ms, &skipped);
	assert_int_equal(t.rows, 3 * COPIES);
	assert_int_equal(skipped, p->n - 3);
	t = run_file(path, "", true, FIX_TIME + 2 * ms + 1, 0, &skipped);
	assert_int_equal(t.rows, (p->n - 3) * COPIES);
	t = run_file(path, "", true, 0, FIX_TIME - 1, &skipped);
	assert_int_equal(t.rows, 0);
	assert_int_equal(skipped, p->n);
	assert_int_equal(unlink(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_block_with_a_hit_is_passed_over),
		cmocka_unit_test(what_is_not_there_is_passed_over_by_the_map_alone),
		cmocka_unit_test(a_damaged_map_is_no_map),
		cmocka_unit_test(items_of_later_versions_are_passed_over),
		cmocka_unit_test(files_give_the_same_rows_with_and_without_skipping),
		cmocka_unit_test(times_select_rows_and_skip_blocks),
	};

	return cmocka_run_group_tests_name("zone", tests, set_up, tear_down);
}
