/* SPDX-License-Identifier: Apache-2.0 */
/* Plots: what they hold is what a naive count gives, whatever the order of samples and however
 * they were divided between threads; bounds hold, and no text breaks out of a document. */
#include "chisels/plot.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NSAMPLES 3000

static struct sysreel_plot *make(uint8_t kind, uint64_t step, uint64_t interval, uint32_t top)
{
	struct sysreel_plot_def def = { .size = sizeof(def),
					.title = "<a&b>",
					.kind = kind,
					.step = step,
					.interval_ns = interval,
					.top = top };
	struct sysreel_plot *p;
	struct sr_err err;

	if (sr_plot_new(&p, &def, -1, &err) < 0)
		fail_msg("%s", err.msg);
	return p;
}

/* A made-up sample: the same for the same number. */
struct made {
	char text[3][24];
	struct sysreel_str path[3];
	struct sysreel_sample s;
};

static uint32_t mix(uint32_t x)
{
	x = (x ^ x >> 16) * 0x7feb352dU;
	x = (x ^ x >> 15) * 0x846ca68bU;
	return x ^ x >> 16;
}

static void sample(uint32_t i, struct made *m)
{
	uint32_t r = mix(i + 1);

	memset(m, 0, sizeof(*m));
	for (uint32_t k = 0; k < 3; k++) {
		uint32_t len = (uint32_t)snprintf(m->text[k], sizeof(m->text[k]), "f%u",
						  (r >> (k * 4)) % (3 + k * 3));

		m->path[k] = (struct sysreel_str){ .p = m->text[k], .len = len };
	}
	m->s.path = m->path;
	m->s.npath = 1 + r % 3;
	m->s.time = 1600000000000000000u + (uint64_t)(r % 100000) * (r % 7 ? 1000003u : 50000017u);
	m->s.value = (uint64_t)r >> (r % 32);
	m->s.weight = 1 + r % 5;
}

static void add(struct sysreel_plot *p, uint32_t i)
{
	struct made m;

	sample(i, &m);
	assert_int_equal(sr_plot_add(p, &m.s), 0);
}

static char *json_of(struct sysreel_plot *p)
{
	struct sr_buf out = { 0 };
	char *text;

	assert_int_equal(sr_plot_json(p, &out), 0);
	text = strdup(sr_buf_cstr(&out));
	assert_non_null(text);
	sr_buf_free(&out);
	return text;
}

static void expect_same(struct sysreel_plot *a, struct sysreel_plot *b)
{
	char *x = json_of(a), *y = json_of(b);

	assert_string_equal(x, y);
	free(x);
	free(y);
}

/* ---- what is held ---- */

static void the_order_of_samples_does_not_matter(void **state)
{
	(void)state;
	for (uint8_t kind = 0; kind <= SYSREEL_SERIES; kind++) {
		struct sysreel_plot *a, *b;

		if (kind == SYSREEL_FLAME) /* its stacks are told in the order in which they came */
			continue;
		a = make(kind, 0, 0, 0);
		b = make(kind, 0, 0, 0);
		for (uint32_t i = 0; i < NSAMPLES; i++) {
			add(a, i);
			add(b, NSAMPLES - 1 - i);
		}
		expect_same(a, b);
		sr_plot_free(a);
		sr_plot_free(b);
	}
}

static void parts_that_are_merged_are_the_whole(void **state)
{
	(void)state;
	for (uint8_t kind = 0; kind <= SYSREEL_SERIES; kind++)
		for (uint32_t step = 1; step <= 1009; step += 56) {
			struct sysreel_plot *whole = make(kind, step % 3 * 1000, 0, 0);
			struct sysreel_plot *a = make(kind, step % 3 * 1000, 0, 0);
			struct sysreel_plot *part = make(kind, step % 3 * 1000, 0, 0);

			sr_plot_make_part(part);
			for (uint32_t i = 0; i < NSAMPLES; i++) {
				add(whole, i);
				add(part, i);
				if (i % step == 0)
					assert_int_equal(sr_plot_merge(a, part), 0);
			}
			assert_int_equal(sr_plot_merge(a, part), 0);
			expect_same(whole, a);
			sr_plot_free(whole);
			sr_plot_free(a);
			sr_plot_free(part);
		}
}

static void a_histogram_counts_as_one_does_by_hand(void **state)
{
	struct sysreel_plot *p = make(SYSREEL_HISTOGRAM, 1000, 0, 0);
	uint64_t want[257] = { 0 };
	struct sr_buf out = { 0 };
	const char *at;
	uint32_t rows = 0;

	(void)state;
	for (uint32_t i = 0; i < NSAMPLES; i++) {
		struct made m;

		sample(i, &m);
		m.s.npath = 0;
		assert_int_equal(sr_plot_add(p, &m.s), 0);
		want[m.s.value / 1000 < 256 ? m.s.value / 1000 : 256] += m.s.weight;
	}
	assert_int_equal(sr_plot_csv(p, &out), 0);
	at = strchr(sr_buf_cstr(&out), '\n') + 1;
	for (uint32_t i = 0; i < 257; i++) {
		char line[80];

		if (!want[i])
			continue;
		if (i == 256)
			snprintf(line, sizeof(line), ",256000,,%llu\n",
				 (unsigned long long)want[i]);
		else
			snprintf(line, sizeof(line), ",%u,%u,%llu\n", i * 1000, (i + 1) * 1000,
				 (unsigned long long)want[i]);
		if (strncmp(at, line, strlen(line)) != 0)
			fail_msg("want %s, have %.40s", line, at);
		at += strlen(line);
		rows++;
	}
	assert_int_equal(*at, '\0');
	assert_true(rows > 10);
	sr_buf_free(&out);
	sr_plot_free(p);
}

static void intervals_become_longer_until_all_fit(void **state)
{
	struct sysreel_plot *p = make(SYSREEL_SERIES, 0, 0, 0);
	struct sysreel_sample s = { .weight = 1 };
	char *text;

	(void)state;
	for (uint64_t t = 0; t < 3000; t++) {
		s.time = 1600000000000000000u + t * 1000000000u; /* 50 minutes */
		assert_int_equal(sr_plot_add(p, &s), 0);
	}
	text = json_of(p);
	assert_non_null(strstr(text, "\"interval_ns\":5000000000,"));
	assert_non_null(strstr(text, "\"total\":3000,"));
	assert_non_null(strstr(text, "{\"time\":1600000000000000000,\"value\":5}"));
	assert_non_null(strstr(text, "{\"time\":1600002995000000000,\"value\":5}"));
	free(text);
	s.time = UINT64_MAX; /* nor do senseless times do harm */
	assert_int_equal(sr_plot_add(p, &s), 0);
	s.time = 0;
	assert_int_equal(sr_plot_add(p, &s), 0);
	text = json_of(p);
	assert_non_null(strstr(text, "\"total\":3002,"));
	free(text);
	sr_plot_free(p);
}

/* ---- bounds ---- */

static void groups_without_room_are_added_up(void **state)
{
	struct sysreel_plot *p = make(SYSREEL_HISTOGRAM, 0, 0, 2);
	struct sysreel_str name = { 0 };
	struct sysreel_sample s = { .path = &name, .npath = 1, .value = 9, .weight = 1 };
	char text[24], *json;

	(void)state;
	for (uint32_t i = 0; i < SR_PLOT_MAX_HIST * 3; i++) {
		name.p = text;
		name.len = (uint32_t)snprintf(text, sizeof(text), "g%u", i);
		assert_int_equal(sr_plot_add(p, &s), 0);
		s.weight = i < 2 ? 5 : 1;
	}
	json = json_of(p);
	assert_non_null(strstr(json, "{\"group\":\"g1\",\"total\":5,\"sum\":45,"));
	assert_non_null(strstr(json, "{\"group\":\"(others)\",\"total\":2998,\"sum\":26982,"));
	free(json);
	sr_plot_free(p);
}

static void frames_without_room_are_told_above_those_that_have(void **state)
{
	struct sysreel_plot *whole = make(SYSREEL_FLAME, 0, 0, 0);
	struct sysreel_plot *a = make(SYSREEL_FLAME, 0, 0, 0);
	struct sysreel_plot *part = make(SYSREEL_FLAME, 0, 0, 0);
	struct sysreel_str path[2] = { { .p = "low", .len = 3 } };
	struct sysreel_sample s = { .path = path, .npath = 2, .weight = 2 };
	struct sr_buf out = { 0 };
	char text[24];

	(void)state;
	sr_plot_make_part(part);
	for (uint32_t i = 0; i < SR_PLOT_MAX_FRAMES + 500; i++) {
		path[1].p = text;
		path[1].len = (uint32_t)snprintf(text, sizeof(text), "h%u", i);
		assert_int_equal(sr_plot_add(whole, &s), 0);
		assert_int_equal(sr_plot_add(part, &s), 0);
		if (i % 40000 == 0)
			assert_int_equal(sr_plot_merge(a, part), 0);
	}
	assert_int_equal(sr_plot_merge(a, part), 0);
	expect_same(whole, a);
	assert_int_equal(sr_plot_text(whole, &(struct sr_table_opts){ 0 }, &out), 0);
	assert_non_null(strstr(sr_buf_cstr(&out), "(others)")); /* 501 frames had no room */
	out.len = 0;
	assert_int_equal(sr_plot_csv(whole, &out), 0);
	assert_non_null(strstr(sr_buf_cstr(&out), "low;(others),1002\n"));
	out.len = 0;
	assert_true(sr_plot_svg(whole, &(struct sr_table_opts){ 0 }, 0, &out) > 0);
	assert_true(out.len < 8000000);
	sr_buf_free(&out);
	sr_plot_free(whole);
	sr_plot_free(a);
	sr_plot_free(part);
}

static void a_stack_without_end_has_an_end(void **state)
{
	struct sysreel_plot *p = make(SYSREEL_FLAME, 0, 0, 0);
	struct sysreel_str path[5000];
	struct sysreel_sample s = { .path = path, .npath = 5000, .weight = 1 };
	struct sr_buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < 5000; i++)
		path[i] = (struct sysreel_str){ .p = "r", .len = 1 };
	assert_int_equal(sr_plot_add(p, &s), 0);
	assert_int_equal(sr_plot_csv(p, &out), 0);
	assert_int_equal(out.len, strlen("stack,value\n,1\n") + SR_PLOT_MAX_DEPTH * 2 - 1);
	sr_buf_free(&out);
	sr_plot_free(p);
}

/* ---- texts ---- */

static void no_text_breaks_out_of_its_document(void **state)
{
	static const char evil[] =
		"</title><script>alert(1)</script>\"'&;,\n\x1b[2J\xff\xef\xbf\xbf";
	struct sysreel_str name = { .p = evil, .len = sizeof(evil) - 1 };
	struct sysreel_sample s = {
		.path = &name, .npath = 1, .time = 1600000000000000000u, .value = 3, .weight = 1
	};

	(void)state;
	for (uint8_t kind = 0; kind <= SYSREEL_SERIES; kind++) {
		struct sysreel_plot *p = make(kind, 0, 0, 0);
		struct sr_buf out = { 0 }, doc = { 0 };
		int height;

		assert_int_equal(sr_plot_add(p, &s), 0);
		height = sr_plot_svg(p, &(struct sr_table_opts){ 0 }, 0, &out);
		assert_true(height > 0);
		assert_null(strstr(sr_buf_cstr(&out), "<script"));
		assert_null(strstr(sr_buf_cstr(&out), "\x1b"));
		assert_null(strstr(sr_buf_cstr(&out), "\xef\xbf\xbf"));
		assert_null(strstr(sr_buf_cstr(&out), "<a&b>"));
		sr_plot_svg_end(&out, height, &doc);
		assert_memory_equal(doc.p, "<svg ", 5);
		assert_string_equal(sr_buf_cstr(&doc) + doc.len - 7, "</svg>\n");
		out.len = 0;
		assert_int_equal(sr_plot_text(p, &(struct sr_table_opts){ 0 }, &out), 0);
		assert_null(strstr(sr_buf_cstr(&out), "\x1b"));
		out.len = 0;
		assert_int_equal(sr_plot_csv(p, &out), 0);
		if (kind == SYSREEL_SERIES)
			assert_non_null(strstr(sr_buf_cstr(&out),
					       "\"</title><script>alert(1)</script>\"\"'&;,\n"));
		sr_buf_free(&out);
		sr_buf_free(&doc);
		sr_plot_free(p);
	}
}

static void a_plot_without_samples_says_so(void **state)
{
	(void)state;
	for (uint8_t kind = 0; kind <= SYSREEL_SERIES; kind++) {
		struct sysreel_plot *p = make(kind, 0, 0, 0);
		struct sr_buf out = { 0 };
		char *json = json_of(p);

		assert_int_equal(sr_plot_text(p, &(struct sr_table_opts){ 0 }, &out), 0);
		assert_string_equal(sr_buf_cstr(&out), "<a&b>\n(nothing)\n");
		assert_non_null(strstr(json, ":[]}"));
		assert_true(sr_plot_svg(p, &(struct sr_table_opts){ 0 }, 0, &out) > 0);
		free(json);
		sr_buf_free(&out);
		sr_plot_free(p);
	}
}

static void wrong_definitions_are_refused_with_words(void **state)
{
	struct sysreel_plot_def good = { .size = sizeof(good) }, def;
	struct {
		struct sysreel_plot_def def;
		uint64_t later;
	} longer = { .def = { .size = sizeof(longer) }, .later = 1 };
	struct sysreel_plot *p;
	struct sr_err err;

	(void)state;
	def = good;
	def.kind = 4;
	assert_int_equal(sr_plot_new(&p, &def, -1, &err), -EINVAL);
	def = good;
	def.unit = SYSREEL_BAR;
	assert_int_equal(sr_plot_new(&p, &def, -1, &err), -EINVAL);
	def = good;
	def.flags = 0x80;
	assert_int_equal(sr_plot_new(&p, &def, -1, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "update sysreel"));
	def = good;
	def.size = 8;
	assert_int_equal(sr_plot_new(&p, &def, -1, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "sysreel_plot_def"));
	assert_int_equal(sr_plot_new(&p, &longer.def, -1, &err), -EINVAL);
	longer.later = 0; /* what is not used need not be known */
	assert_int_equal(sr_plot_new(&p, &longer.def, -1, &err), 0);
	sr_plot_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_order_of_samples_does_not_matter),
		cmocka_unit_test(parts_that_are_merged_are_the_whole),
		cmocka_unit_test(a_histogram_counts_as_one_does_by_hand),
		cmocka_unit_test(intervals_become_longer_until_all_fit),
		cmocka_unit_test(groups_without_room_are_added_up),
		cmocka_unit_test(frames_without_room_are_told_above_those_that_have),
		cmocka_unit_test(a_stack_without_end_has_an_end),
		cmocka_unit_test(no_text_breaks_out_of_its_document),
		cmocka_unit_test(a_plot_without_samples_says_so),
		cmocka_unit_test(wrong_definitions_are_refused_with_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
