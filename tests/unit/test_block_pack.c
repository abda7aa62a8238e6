/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks as bytes: what goes in comes out, in any order of loading; damage is refused;
 * and the sizes, reported by stream, are what the format is for. */
#include "formats/block_limits.h"
#include "formats/block_pack.h"
#include "tests/unit/gen_block.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct ctx {
	struct gen g;
	struct sr_builder *b;
	struct sr_pack *p;
	struct sr_unpack *u;
	struct sr_buf out;
	uint64_t raw;
};

static int set_up(void **state)
{
	struct ctx *c = calloc(1, sizeof(*c));

	if (!c || sr_builder_new(&c->b) < 0 || sr_pack_new(&c->p, 0) < 0 ||
	    sr_unpack_new(&c->u) < 0)
		return -1;
	gen_init(&c->g, 42);
	*state = c;
	return 0;
}

static int tear_down(void **state)
{
	struct ctx *c = *state;

	sr_builder_free(c->b);
	sr_pack_free(c->p);
	sr_unpack_free(c->u);
	sr_buf_free(&c->out);
	free(c);
	return 0;
}

static struct sr_block *pack(struct ctx *c)
{
	struct sr_block *b = sr_builder_block(c->b), *back;
	struct sr_err err = { 0 };

	c->out.len = 0;
	assert_int_equal(sr_pack_block(c->p, b, &c->out, &c->raw, &err), 0);
	assert_int_equal(sr_unpack_begin(c->u, c->out.p, c->out.len, b->n, &err), 0);
	back = sr_unpack_block(c->u);
	back->min_time = b->min_time;
	back->max_time = b->max_time;
	return back;
}

static void same(struct ctx *c)
{
	struct sr_block *back = pack(c);
	struct sr_err err = { 0 };
	const char *bad;

	if (sr_block_load(back, SR_NEED_ALL, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(back->have, SR_NEED_ALL);
	bad = gen_same_block(sr_builder_block(c->b), back);
	if (bad)
		fail_msg("%s", bad);
}

static void an_empty_block_comes_back(void **state)
{
	struct ctx *c = *state;

	same(c);
	assert_int_equal(sr_unpack_block(c->u)->nthreads, 1);
	assert_int_equal(sr_unpack_block(c->u)->files[0].kind, SR_FILE_NONE);
}

static void one_event_comes_back(void **state)
{
	struct ctx *c = *state;

	for (int i = 0; i < 100; i++) {
		sr_builder_reset(c->b);
		assert_int_equal(gen_block(&c->g, c->b, 1), 0);
		same(c);
	}
}

static void random_blocks_of_all_sizes_come_back(void **state)
{
	struct ctx *c = *state;

	for (uint32_t n = 2; n < 60000; n += n / 2) {
		sr_builder_reset(c->b);
		assert_int_equal(gen_block(&c->g, c->b, n), 0);
		same(c);
	}
}

/* Every system call and every other event, with anything in their arguments. */
static void every_kind_of_record_comes_back(void **state)
{
	struct ctx *c = *state;
	int at = 0, rounds = 0;

	for (; gen_next_types(&c->g, &at); rounds++) {
		sr_builder_reset(c->b);
		assert_int_equal(gen_block(&c->g, c->b, 300), 0);
		for (size_t i = 0; i < c->g.ntypes; i++) { /* none is left to chance */
			struct sr_event_in ev;

			do
				gen_event(&c->g, &ev);
			while (ev.type != c->g.types[i]);
			assert_int_equal(sr_builder_add(c->b, &ev), 0);
		}
		same(c);
	}
	assert_true(rounds > 40 && at == SR_TYPE_COUNT);
}

static void types_that_the_schema_knows_otherwise_are_unknown(void **state)
{
	struct ctx *c = *state;
	struct sr_event_in ev = { .name = "openat", .nargs = 4 };
	struct sr_block *back;

	assert_int_equal(sr_builder_add(c->b, &ev), 0); /* all its arguments are numbers */
	back = pack(c);
	assert_int_equal(sr_block_load(back, SR_NEED_ALL, NULL), 0);
	assert_null(back->types[0].type);
	assert_string_equal(back->types[0].name, "openat");
	assert_int_equal(back->types[0].ncols, 4);
}

/* Load the parts one by one in an order that @k chooses; all must be as if loaded at once. */
static void parts_load_alone_and_in_any_order(void **state)
{
	struct ctx *c = *state;
	const char *bad;

	assert_int_equal(gen_block(&c->g, c->b, 3000), 0);
	for (int k = 0; k < 40; k++) {
		struct sr_block *back = pack(c);

		while (back->have != SR_NEED_ALL) {
			uint32_t need = 1u << gen_below(&c->g, 11);

			assert_int_equal(sr_block_load(back, need, NULL), 0);
			assert_int_equal(back->have & need, need);
		}
		bad = gen_same_block(sr_builder_block(c->b), back);
		if (bad)
			fail_msg("%s", bad);
	}
}

static void a_wanted_column_does_not_load_the_rest(void **state)
{
	struct ctx *c = *state;
	struct sr_block *back;

	assert_int_equal(gen_block(&c->g, c->b, 30000), 0);
	back = pack(c);
	assert_int_equal(sr_block_load(back, SR_NEED_TYPE, NULL), 0);
	assert_int_equal(back->have, SR_NEED_TYPE);
	assert_null(back->time);
	assert_null(back->types[0].cols[0].val);
	assert_int_equal(sr_block_load(back, SR_NEED_RET, NULL), 0);
	assert_int_equal(back->have, SR_NEED_TYPE | SR_NEED_RET);
}

/* Whatever a damaged payload says, loading returns; reading what it returns stays inside. */
static uint64_t touch(const struct sr_block *b)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < b->n; i++) {
		const struct sr_block_type *t = sr_block_type_of(b, i);

		sum += b->strs[b->threads[b->thread[i]].comm].len + b->files[b->file[i]].path;
		for (uint32_t a = 0; a < t->ncols; a++) {
			const struct sr_col *col = &t->cols[a];
			uint32_t k = b->nth[i];

			sum += col->val[k];
			if (t->cls[a] == SR_CLASS_STR && b->strs[col->ref[k]].len)
				sum += (uint8_t)b->strs[col->ref[k]].p[0];
			if (t->cls[a] == SR_CLASS_FILE)
				sum += b->files[col->ref[k]].ino;
			if (t->cls[a] == SR_CLASS_BYTES && col->len[k])
				sum += b->heap[col->ref[k] + col->len[k] - 1];
		}
	}
	return sum;
}

static void try_payload(struct ctx *c, size_t len, uint32_t n)
{
	uint8_t *exact = malloc(len ? len : 1); /* so that sanitizers see every byte too many */
	struct sr_err err = { 0 };
	int rc;

	assert_non_null(exact);
	memcpy(exact, c->out.p, len);
	rc = sr_unpack_begin(c->u, exact, len, n, &err);
	if (!rc)
		rc = sr_block_load(sr_unpack_block(c->u), SR_NEED_ALL, &err);
	if (!rc)
		(void)touch(sr_unpack_block(c->u));
	else
		assert_int_not_equal(err.msg[0], 0);
	if (rc)
		assert_true(rc == -EBADMSG || rc == -ENOMEM);
	free(exact);
}

static void a_cut_payload_is_refused(void **state)
{
	struct ctx *c = *state;

	assert_int_equal(gen_block(&c->g, c->b, 60), 0);
	(void)pack(c);
	for (size_t len = 0; len < c->out.len; len++) {
		assert_int_equal(sr_unpack_begin(c->u, c->out.p, len, 60, NULL), -EBADMSG);
		try_payload(c, len, 60);
	}
}

static void a_damaged_payload_does_no_harm(void **state)
{
	struct ctx *c = *state;

	assert_int_equal(gen_block(&c->g, c->b, 60), 0);
	(void)pack(c);
	for (size_t i = 0; i < c->out.len; i++) {
		for (unsigned int bit = 0; bit < 8; bit++) {
			c->out.p[i] ^= (uint8_t)(1u << bit);
			try_payload(c, c->out.len, 60);
			c->out.p[i] ^= (uint8_t)(1u << bit);
		}
	}
	try_payload(c, c->out.len, 59);
	try_payload(c, c->out.len, 61);
	try_payload(c, c->out.len, UINT32_MAX);
}

/* The same without compression, where damage reaches the columns themselves. */
static void damaged_columns_do_no_harm(void **state)
{
	struct ctx *c = *state;
	struct sr_buf plain = { 0 };
	uint8_t *raw;

	assert_int_equal(gen_block(&c->g, c->b, 200), 0);
	(void)pack(c);
	assert_true(sr_unpack_stored(c->u, c->out.p, c->out.len, &plain));
	sr_buf_free(&c->out);
	c->out = plain;
	raw = malloc(plain.len);
	assert_non_null(raw);
	memcpy(raw, plain.p, plain.len);
	for (int round = 0; round < 8000; round++) {
		size_t at = gen_u64(&c->g) % plain.len;

		plain.p[at] = (uint8_t)gen_any(&c->g);
		if (round & 1)
			plain.p[gen_u64(&c->g) % plain.len] = (uint8_t)gen_any(&c->g);
		try_payload(c, plain.len, 200);
		memcpy(plain.p, raw, plain.len);
	}
	free(raw);
}

/* ---- sizes ---- */

static void report(const struct ctx *c, const char *what, uint32_t n)
{
	const struct sr_pack_stats *s = sr_pack_stats(c->p);

	print_message("%s: %u events, %.2f bytes each (%.2f before compression)\n", what, n,
		      (double)c->out.len / n, (double)c->raw / n);
	for (unsigned int i = 1; i < SR_STREAM_END; i++)
		if (s->raw[i])
			print_message("    %-8s %6.3f bytes each, %zu -> %zu\n", sr_stream_name(i),
				      (double)s->packed[i] / n, s->raw[i], s->packed[i]);
}

struct work {
	struct ctx *c;
	struct sr_thread_def *thread;
	uint64_t *now;
	uint16_t cpu;
};

/* Durations as they are measured: a floor, some noise, and a long tail. */
static uint64_t noise(struct gen *g, uint32_t floor, uint32_t width)
{
	uint64_t ns = floor + gen_below(g, width) / 2 + gen_below(g, width) / 2;

	return gen_below(g, 200) ? ns : ns + gen_below(g, floor * 40);
}

static struct sr_event_in call(struct work *w, const char *type, uint32_t floor, int64_t ret)
{
	struct gen *g = &w->c->g;
	struct sr_event_in ev = { 0 };

	*w->now += noise(g, 30, 16);
	ev.dur = noise(g, floor, floor / 4);
	ev.time = *w->now += ev.dur;
	ev.type = sr_type_by_name(type, strlen(type));
	ev.name = type;
	ev.ret = ret;
	ev.cpu = w->cpu;
	ev.thread = w->thread;
	ev.nargs = ev.type ? ev.type->nargs : 0;
	return ev;
}

static void add(struct work *w, const struct sr_event_in *ev)
{
	assert_int_equal(sr_builder_add(w->c->b, ev), 0);
}

static void one_file(struct work *w, struct sr_file_def *f, bool payload)
{
	const struct sr_arg fd = { .val = 3, .file = f };
	struct gen *g = &w->c->g;
	struct sr_event_in ev = call(w, "openat", 900, 3);
	uint32_t len = 1 + gen_below(g, 4096);

	ev.file = f;
	ev.args[0] = (struct sr_arg){ .val = (uint64_t)-100 };
	ev.args[1] = (struct sr_arg){
		.val = 0x55d0c0de1000, .data = f->path.p, .len = f->path.len, .truelen = f->path.len
	};
	ev.args[2].val = 02000000;
	add(w, &ev);
	ev = call(w, "newfstatat", 300, 0);
	ev.file = f;
	ev.args[0] = fd;
	ev.args[1] = (struct sr_arg){ .val = 0x7f3300001000 };
	ev.args[2] = (struct sr_arg){ .val = 0x7ffe12345670, .status = SR_NONE };
	add(w, &ev);
	ev = call(w, "read", 400, payload ? len : 512);
	ev.file = f;
	ev.args[0] = fd;
	ev.args[1] = (struct sr_arg){ .val = 0x55d0c0e02000, .status = SR_NONE };
	if (payload)
		ev.args[1] = (struct sr_arg){ .val = 0x55d0c0e02000,
					      .status = SR_TRUNC,
					      .data = g->bytes,
					      .truelen = len,
					      .len = len < 80 ? len : 80 };
	ev.args[2].val = 4096;
	add(w, &ev);
	ev = call(w, "close", 200, 0);
	ev.file = f;
	ev.args[0] = fd;
	add(w, &ev);
}

static void a_loop_of_simple_calls_takes_about_two_bytes(void **state)
{
	struct ctx *c = *state;
	uint64_t now = c->g.now;
	struct work w = { c, &c->g.threads[1], &now, 1 };

	for (int i = 0; i < 6500; i++) {
		struct sr_event_in ev = call(&w, "getppid", 60, 300);

		add(&w, &ev);
		one_file(&w, &c->g.files[1], false);
	}
	same(c);
	report(c, "loop", 6500 * 5);
	assert_true(c->out.len < 6500 * 5 * 2.4);
}

static void work_of_several_threads_takes_at_most_six_bytes(void **state)
{
	struct ctx *c = *state;
	uint64_t now = c->g.now;
	struct work w[4];

	for (int i = 0; i < 4; i++)
		w[i] = (struct work){ c, &c->g.threads[i + 1], &now, (uint16_t)i };
	for (int i = 0; i < 8000; i++) {
		struct work *x = &w[gen_below(&c->g, 4)];

		if (!gen_below(&c->g, 50))
			x->cpu = (uint16_t)gen_below(&c->g, 4);
		one_file(x, &c->g.files[gen_below(&c->g, GEN_FILES)], true);
	}
	same(c);
	report(c, "work", 8000 * 4);
	assert_true(c->out.len - sr_pack_stats(c->p)->packed[SR_STREAM_HEAP] < 8000 * 4 * 6);
}

static void small_blocks_pay_little_for_their_tables(void **state)
{
	struct ctx *c = *state;
	uint64_t now = c->g.now;
	struct work w = { c, &c->g.threads[1], &now, 1 };

	for (int i = 0; i < 25; i++)
		one_file(&w, &c->g.files[i], false);
	same(c);
	report(c, "small", 100);
	assert_true(c->out.len < 1800);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(an_empty_block_comes_back),
		CASE(one_event_comes_back),
		CASE(random_blocks_of_all_sizes_come_back),
		CASE(every_kind_of_record_comes_back),
		CASE(types_that_the_schema_knows_otherwise_are_unknown),
		CASE(parts_load_alone_and_in_any_order),
		CASE(a_wanted_column_does_not_load_the_rest),
		CASE(a_cut_payload_is_refused),
		CASE(a_damaged_payload_does_no_harm),
		CASE(damaged_columns_do_no_harm),
		CASE(a_loop_of_simple_calls_takes_about_two_bytes),
		CASE(work_of_several_threads_takes_at_most_six_bytes),
		CASE(small_blocks_pay_little_for_their_tables),
	};

	return cmocka_run_group_tests_name("block_pack", tests, NULL, NULL);
}
