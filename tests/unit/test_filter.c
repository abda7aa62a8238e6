/* SPDX-License-Identifier: Apache-2.0 */
/* Filters as a whole: what they load, which event types they can select, and that the
 * evaluation by columns selects what asking row by row does. The language itself is tested
 * by test_filter_cases.c. */
#include "tests/unit/filter_fixture.h"
#include "tests/unit/gen_block.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct sr_filter *compile(const char *text)
{
	struct sr_err err = { 0 };
	struct sr_filter *f = NULL;

	if (sr_filter_compile(&f, text, &err) < 0)
		fail_msg("%s: %s", text, err.msg);
	return f;
}

static void an_empty_filter_selects_everything(void **state)
{
	static const char *const texts[] = { "", "  \t\n" };
	uint8_t wanted[SR_TYPE_END];
	uint64_t sel[1] = { 0 };
	struct fix x;

	(void)state;
	fix_init(&x);
	for (size_t i = 0; i < 2; i++) {
		struct sr_filter *f = compile(texts[i]);

		assert_int_equal(sr_filter_need(f), 0);
		assert_int_equal(sr_filter_run(f, &x.v, sel, NULL), x.b->n);
		assert_int_equal(sel[0], (1ULL << x.b->n) - 1);
		sr_filter_types(f, wanted);
		assert_int_equal(wanted[SR_SC_openat], 1);
		sr_filter_free(f);
	}
	fix_free(&x);
	sr_filter_free(NULL);
}

static void a_block_without_events_selects_nothing(void **state)
{
	struct sr_filter *f = compile("proc.name=x or evt.num>0");
	struct sr_builder *b = NULL;
	struct sr_view v = { 0 };

	(void)state;
	assert_int_equal(sr_builder_new(&b), 0);
	v.b = sr_builder_block(b);
	assert_int_equal(sr_filter_run(f, &v, NULL, NULL), 0);
	sr_builder_free(b);
	sr_filter_free(f);
}

static void a_failed_compile_leaves_nothing_behind(void **state)
{
	struct sr_filter *f = NULL;
	struct sr_err err = { 0 };

	(void)state;
	assert_int_equal(sr_filter_compile(&f, "proc.name=a and proc.nme=b", &err), -EINVAL);
	assert_null(f);
	assert_int_equal(err.pos, 16);
	assert_int_equal(sr_filter_compile(&f, "proc.name=a and proc.nme=b", NULL), -EINVAL);
}

/* ---- what is loaded ---- */

struct lazy {
	struct sr_block b;
	uint32_t asked;
	int fail;
};

static int lazy_load(struct sr_block *b, uint32_t need, struct sr_err *err)
{
	struct lazy *l = (struct lazy *)b;

	l->asked |= need;
	if (l->fail)
		return sr_err_set(err, l->fail, 77, "the block is damaged");
	b->have |= need;
	return 0;
}

static uint32_t loaded_by(struct fix *x, const char *text)
{
	struct lazy l = { .b = *x->b };
	struct sr_view v = x->v;
	struct sr_filter *f = compile(text);
	uint64_t sel[1];

	l.b.have = 0;
	l.b.load = lazy_load;
	v.b = &l.b;
	assert_true(sr_filter_run(f, &v, sel, NULL) >= 0);
	assert_int_equal(l.asked & ~sr_filter_need(f), 0);
	x->v.scratch = v.scratch;
	sr_filter_free(f);
	return l.asked;
}

static void only_what_is_needed_is_loaded(void **state)
{
	struct fix x;

	(void)state;
	fix_init(&x);
	assert_int_equal(loaded_by(&x, "evt.num>3"), 0);
	assert_int_equal(loaded_by(&x, "evt.cpu=1"), SR_NEED_CPU);
	assert_int_equal(loaded_by(&x, "evt.type=openat"), SR_NEED_TYPE);
	assert_int_equal(loaded_by(&x, "proc.name=nginx"), SR_NEED_THREAD | SR_NEED_DICTS);
	assert_int_equal(loaded_by(&x, "fd.name=x"), SR_NEED_FILE | SR_NEED_DICTS);
	assert_int_equal(loaded_by(&x, "evt.rawtime>1"), SR_NEED_TIME);
	assert_false(loaded_by(&x, "evt.arg.path=x and evt.num>99") & SR_NEED_ARGS);
	assert_true(loaded_by(&x, "evt.arg.path=x and evt.num>9") & SR_NEED_ARGS);
	assert_int_equal(loaded_by(&x, "proc.name=x and evt.num>99"), 0);
	assert_false(loaded_by(&x, "evt.num>0 or evt.buffer=x") & SR_NEED_HEAP);
	fix_free(&x);
}

static void a_block_that_cannot_be_loaded_is_an_error(void **state)
{
	struct sr_filter *f = compile("evt.cpu=1");
	struct sr_err err = { 0 };
	struct lazy l = { .fail = -EBADMSG };
	struct sr_view v = { .b = &l.b };
	uint64_t sel[1];

	(void)state;
	l.b.n = 3;
	l.b.load = lazy_load;
	assert_int_equal(sr_filter_run(f, &v, sel, &err), -EBADMSG);
	assert_int_equal(err.pos, 77);
	sr_filter_free(f);
}

/* ---- types ---- */

/* Which of some types a filter can select, by their initials. */
static void can_select(const char *text, const char *expect)
{
	static const struct {
		char c;
		int id;
	} some[] = { { 'o', SR_SC_openat },  { 'r', SR_SC_read },	  { 'w', SR_SC_write },
		     { 'c', SR_SC_connect }, { 'b', SR_SC_brk },	  { 'e', SR_SC_execve },
		     { 'L', SR_EV_lost },    { 'S', SR_EV_signaldeliver } };
	char got[16] = "";
	uint8_t wanted[SR_TYPE_END];
	struct sr_filter *f = compile(text);

	memset(wanted, 7, sizeof(wanted));
	sr_filter_types(f, wanted);
	assert_int_equal(wanted[SR_TYPE_FIRST_X], 0);
	for (size_t i = 0, n = 0; i < sizeof(some) / sizeof(some[0]); i++)
		if (wanted[some[i].id])
			got[n++] = some[i].c;
	if (strcmp(got, expect) != 0)
		fail_msg("%s: %s, expected %s", text, got, expect);
	sr_filter_free(f);
}

static void the_types_that_a_filter_can_select_are_known(void **state)
{
	(void)state;
	can_select("evt.type=openat", "o");
	can_select("not evt.type=openat", "rwcbeLS");
	can_select("evt.type!=openat", "rwcbeLS");
	can_select("evt.type in (read, write)", "rw");
	can_select("evt.type in (read, write) and evt.type=write", "w");
	can_select("evt.type=read or evt.type=brk", "rb");
	can_select("evt.type startswith op", "o");
	can_select("proc.name=x", "orwcbeLS");
	can_select("evt.type=openat and proc.name=x", "o");
	can_select("evt.type=openat or proc.name=x", "orwcbeLS");
	can_select("not (evt.type=openat and proc.name=x)", "orwcbeLS");
	can_select("not (evt.type=openat or proc.name=x)", "rwcbeLS");
	can_select("not proc.name=x", "orwcbeLS");
	can_select("evt.is_io=true", "rw");
	can_select("evt.is_io_write=true", "w");
	can_select("evt.category=net", "rwc");
	can_select("not evt.category=net", "orwbeLS");
	can_select("evt.category=memory", "rwb");
	can_select("evt.arg.path=x", "oe");
	can_select("not evt.arg.path=x", "orwcbeLS");
	can_select("evt.rawarg.sig=9", "S");
	can_select("syscall.type exists", "orwcbe");
	can_select("evt.type.is.brk=1", "b");
	can_select("evt.dir=>", "");
	can_select("evt.buffer contains x", "rw");
	can_select("fs.path.name exists", "oe");
	can_select("fd.num=3", "orwc");
	can_select("evt.failed=true", "orwcbe");
	can_select("not evt.failed=true", "orwcbeLS");
	can_select("evt.lost>0", "L");
	can_select("evt.latency>1s", "orwcbe");
	can_select("evt.type=syscall_999", "");
	can_select("tolower(evt.type)=lost", "L");
	can_select("evt.type=val(syscall.type)", "orwcbe");
}

/* ---- by columns and row by row ---- */

/* One comparison that the test decides itself, from the value as text. */
struct leaf {
	const char *field, *op, *value;
};

static const struct leaf leaves[] = {
	{ "proc.name", "=", "nginx" },
	{ "proc.name", "!=", "bash" },
	{ "proc.name", "contains", "s" },
	{ "proc.pid", "=", "200" },
	{ "proc.pid", "<", "205" },
	{ "proc.tty", ">=", "1" },
	{ "fd.name", "exists", "" },
	{ "fd.name", "contains", "etc" },
	{ "fd.type", "=", "file" },
	{ "fd.sport", "=", "80" },
	{ "fd.ino", ">", "43" },
	{ "evt.type", "=", "read" },
	{ "evt.type", "!=", "openat" },
	{ "evt.category", "=", "file" },
	{ "evt.failed", "=", "true" },
	{ "evt.rawres", "<", "0" },
	{ "evt.rawres", "!=", "0" },
	{ "evt.rawres", ">=", "9" },
	{ "evt.latency", "<=", "12000" },
	{ "evt.latency", ">", "3000" },
	{ "evt.latency", "!=", "5000" },
	{ "evt.cpu", "=", "2" },
	{ "evt.num", "<", "17" },
	{ "evt.num", ">=", "9" },
	{ "evt.buffer", "exists", "" },
	{ "evt.arg.path", "contains", "a" },
	{ "evt.arg.flags", "exists", "" },
	{ "container.name", "=", "web" },
	{ "container.id", "!=", "host" },
	{ "user.uid", "<=", "999" },
	{ "fs.path.name", "contains", "/" },
	{ "evt.flags", "exists", "" },
	{ "evt.rawtime", ">", "1700000000015000000" },
};
#define NLEAVES (sizeof(leaves) / sizeof(leaves[0]))

static bool compare_numbers(const char *op, const char *a, const char *b)
{
	bool minus = *a == '-';
	uint64_t x = strtoull(a + minus, NULL, 10), y = strtoull(b, NULL, 10);

	switch (op[0]) {
	case '<':
		return minus || x < y || (op[1] && x == y);
	case '>':
		return !minus && (x > y || (op[1] && x == y));
	default:
		return false;
	}
}

static bool ask_leaf(const struct leaf *l, struct sr_view *v, uint32_t row)
{
	struct sr_buf text = { 0 };
	struct sr_fieldref ref;
	struct sr_val val;
	bool hit = false;

	assert_int_equal(sr_fieldref_parse(&ref, l->field, strlen(l->field), NULL),
			 strlen(l->field));
	sr_field_get(&ref, v, row, &val);
	if (sr_val_text(&ref, &val, v, &text)) {
		const char *s = sr_buf_cstr(&text);

		if (strcmp(l->op, "exists") == 0)
			hit = true;
		else if (strcmp(l->op, "=") == 0)
			hit = strcmp(s, l->value) == 0;
		else if (strcmp(l->op, "!=") == 0)
			hit = strcmp(s, l->value) != 0;
		else if (strcmp(l->op, "contains") == 0)
			hit = strstr(s, l->value) != NULL;
		else
			hit = compare_numbers(l->op, s, l->value);
	}
	sr_buf_free(&text);
	return hit;
}

/* A random expression, as text for the compiler and as answers row by row (one byte each). */
static void make_expr(struct gen *g, struct sr_view *v, unsigned depth, struct sr_buf *text,
		      uint8_t *rows)
{
	uint8_t *other = malloc(v->b->n);
	unsigned what = gen_below(g, depth ? 4 : 1);

	assert_non_null(other);
	if (what == 0) {
		const struct leaf *l = &leaves[gen_below(g, NLEAVES)];

		sr_buf_printf(text, "%s %s %s", l->field, l->op, l->value);
		for (uint32_t i = 0; i < v->b->n; i++)
			rows[i] = ask_leaf(l, v, i);
	} else if (what == 1) {
		sr_buf_puts(text, "not (");
		make_expr(g, v, depth - 1, text, rows);
		sr_buf_puts(text, ")");
		for (uint32_t i = 0; i < v->b->n; i++)
			rows[i] = !rows[i];
	} else {
		sr_buf_puts(text, "(");
		make_expr(g, v, depth - 1, text, rows);
		sr_buf_puts(text, what == 2 ? ") and (" : ") or (");
		make_expr(g, v, depth - 1, text, other);
		sr_buf_puts(text, ")");
		for (uint32_t i = 0; i < v->b->n; i++)
			rows[i] = what == 2 ? rows[i] & other[i] : rows[i] | other[i];
	}
	free(other);
}

static void check_expr(const char *text, struct sr_view *v, const uint8_t *rows)
{
	uint64_t *sel = calloc(SR_SEL_WORDS(v->b->n), sizeof(*sel));
	struct sr_filter *f = compile(text);
	uint8_t wanted[SR_TYPE_END];
	int64_t hits = 0;

	assert_non_null(sel);
	sr_filter_types(f, wanted);
	/* Twice: scratch memory of the first run must not matter. */
	for (int turn = 0; turn < 2; turn++)
		hits = sr_filter_run(f, v, sel, NULL);
	for (uint32_t i = 0; i < v->b->n; i++) {
		const struct sr_type *t = sr_block_type_of(v->b, i)->type;

		if (sr_sel_get(sel, i) != (bool)rows[i])
			fail_msg("row %u: %s", i + 1, text);
		if (rows[i] && t && !wanted[sr_type_id(t)])
			fail_msg("row %u is of a type said to be impossible: %s", i + 1, text);
		hits -= rows[i];
	}
	assert_int_equal(hits, 0);
	if (v->b->n % 64)
		assert_int_equal(sel[v->b->n / 64] >> (v->b->n % 64), 0);
	free(sel);
	sr_filter_free(f);
}

static void check_random(struct sr_view *v, uint64_t seed, unsigned turns)
{
	uint8_t *rows = malloc(v->b->n);
	struct sr_buf text = { 0 };
	struct gen g = { .state = seed };

	assert_non_null(rows);
	for (unsigned i = 0; i < turns; i++) {
		text.len = 0;
		make_expr(&g, v, 4, &text, rows);
		check_expr(sr_buf_cstr(&text), v, rows);
	}
	free(rows);
	sr_buf_free(&text);
}

static void random_expressions_select_what_asking_row_by_row_does(void **state)
{
	struct fix x;

	(void)state;
	fix_init(&x);
	check_random(&x.v, 1, 300);
	fix_free(&x);
}

static void random_blocks_of_any_size_are_searched_right(void **state)
{
	static const uint32_t sizes[] = { 1, 63, 64, 65, 300 };
	struct sr_view v = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct sr_builder *b = NULL;
		struct gen g;

		gen_init(&g, 7 + i);
		assert_int_equal(sr_builder_new(&b), 0);
		assert_int_equal(gen_block(&g, b, sizes[i]), 0);
		v.b = sr_builder_block(b);
		v.b->first_num = 1;
		check_random(&v, 100 + i, 60);
		sr_builder_free(b);
	}
	sr_buf_free(&v.scratch);
}

static void one_filter_serves_blocks_of_different_sizes(void **state)
{
	static const uint32_t sizes[] = { 40, 2000, 7, 129 };
	struct sr_filter *f = compile("evt.num>0 and (proc.name exists or not proc.name exists)");
	uint64_t sel[SR_SEL_WORDS(2000)];
	struct sr_view v = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct sr_builder *b = NULL;
		struct gen g;

		gen_init(&g, i);
		assert_int_equal(sr_builder_new(&b), 0);
		assert_int_equal(gen_block(&g, b, sizes[i]), 0);
		v.b = sr_builder_block(b);
		v.b->first_num = 1;
		assert_int_equal(sr_filter_run(f, &v, sel, NULL), sizes[i]);
		sr_builder_free(b);
	}
	sr_buf_free(&v.scratch);
	sr_filter_free(f);
}

static void long_chains_and_deep_brackets_are_bounded(void **state)
{
	struct sr_buf text = { 0 };
	struct sr_filter *f = NULL;
	uint64_t sel[1];
	struct fix x;

	(void)state;
	fix_init(&x);
	sr_buf_puts(&text, "evt.num=1");
	for (int i = 0; i < 3000; i++)
		sr_buf_puts(&text, i % 2 ? " or evt.num=2" : " or proc.pid=1");
	f = compile(sr_buf_cstr(&text));
	assert_int_equal(sr_filter_run(f, &x.v, sel, NULL), 2);
	sr_filter_free(f);
	text.len = 0;
	for (int i = 0; i < 18; i++)
		sr_buf_puts(&text, "not (evt.num>0 and (evt.num=3 or ");
	f = NULL;
	assert_int_equal(sr_filter_compile(&f, sr_buf_cstr(&text), NULL), -EINVAL);
	text.len = 0;
	for (int i = 0; i < 18; i++)
		sr_buf_puts(&text, "evt.num=9 or evt.num>0 and not (");
	sr_buf_puts(&text, "evt.num=1");
	for (int i = 0; i < 18; i++)
		sr_buf_puts(&text, ")");
	f = compile(sr_buf_cstr(&text));
	assert_int_equal(sr_filter_run(f, &x.v, sel, NULL), 2);
	sr_filter_free(f);
	text.len = 0;
	for (int i = 0; i < 5001; i++)
		sr_buf_puts(&text, "not ");
	sr_buf_puts(&text, "evt.num=1");
	f = compile(sr_buf_cstr(&text));
	assert_int_equal(sr_filter_run(f, &x.v, sel, NULL), 29);
	sr_filter_free(f);
	sr_buf_free(&text);
	fix_free(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_filter_selects_everything),
		cmocka_unit_test(a_block_without_events_selects_nothing),
		cmocka_unit_test(a_failed_compile_leaves_nothing_behind),
		cmocka_unit_test(only_what_is_needed_is_loaded),
		cmocka_unit_test(a_block_that_cannot_be_loaded_is_an_error),
		cmocka_unit_test(the_types_that_a_filter_can_select_are_known),
		cmocka_unit_test(random_expressions_select_what_asking_row_by_row_does),
		cmocka_unit_test(random_blocks_of_any_size_are_searched_right),
		cmocka_unit_test(one_filter_serves_blocks_of_different_sizes),
		cmocka_unit_test(long_chains_and_deep_brackets_are_bounded),
	};

	return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
