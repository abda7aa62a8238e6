/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/engine.h"
#include "capture/rows.h"
#include "capture/source_synth.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A sink that counts what it is given, and fails or has enough where it is told to. */
struct probe {
	struct sr_sink s;
	uint32_t need;
	uint64_t blocks, rows, metas, idles, finished, with_lost;
	uint64_t last_num;  /* evt.num of the last selected row */
	uint64_t enough_at; /* rows */
	int fail_block;
};

static struct probe *of(struct sr_sink *s)
{
	return (struct probe *)s;
}

static uint32_t probe_need(struct sr_sink *s)
{
	return of(s)->need;
}

static int probe_block(struct sr_sink *s, struct sr_view *v, const uint64_t *sel, uint64_t nsel,
		       struct sr_err *err)
{
	struct probe *p = of(s);

	assert_int_equal(nsel, sr_sel_count(sel, v->b->n));
	assert_int_equal(p->need & ~v->b->have, 0);
	p->blocks++;
	p->rows += nsel;
	p->with_lost += sr_rows_has(v->b, SR_X_LOST);
	for (uint32_t i = 0; (i = sr_sel_next(sel, v->b->n, i)) < v->b->n; i++) {
		assert_true(v->b->first_num + i > p->last_num);
		p->last_num = v->b->first_num + i;
	}
	if (p->fail_block)
		return sr_err_set(err, p->fail_block, SR_NO_POS, "sink failed");
	return p->enough_at && p->rows >= p->enough_at;
}

static int probe_meta(struct sr_sink *s, const char *json, size_t len, struct sr_err *err)
{
	(void)json;
	(void)len;
	(void)err;
	of(s)->metas++;
	return 0;
}

static int probe_idle(struct sr_sink *s, struct sr_err *err)
{
	(void)err;
	of(s)->idles++;
	return 0;
}

static int probe_finish(struct sr_sink *s, struct sr_err *err)
{
	(void)err;
	of(s)->finished++;
	return 0;
}

static const struct sr_sink_ops probe_ops = {
	.name = "probe",
	.need = probe_need,
	.block = probe_block,
	.meta = probe_meta,
	.idle = probe_idle,
	.finish = probe_finish,
};

struct bench {
	struct sr_meta *meta;
	struct sr_source *source;
	struct probe probe, second;
	struct sr_sink *sinks[2];
	struct sr_engine e;
	struct sr_err err;
};

static void set_up(struct bench *b, const struct sr_source_synth_opts *opts)
{
	memset(b, 0, sizeof(*b));
	assert_int_equal(sr_meta_new(&b->meta), 0);
	assert_int_equal(sr_source_synth_open(&b->source, opts, b->meta), 0);
	b->probe.s.ops = b->second.s.ops = &probe_ops;
	b->sinks[0] = &b->probe.s;
	b->sinks[1] = &b->second.s;
	b->e = (struct sr_engine){ .source = b->source, .sinks = b->sinks, .nsinks = 1 };
}

static void use_filter(struct bench *b, const char *text)
{
	assert_int_equal(sr_filter_compile(&b->e.filter, text, &b->err), 0);
}

static void tear_down(struct bench *b)
{
	sr_filter_free(b->e.filter);
	b->source->ops->close(b->source);
	sr_meta_free(b->meta);
}

static int run(struct bench *b)
{
	return sr_engine_run(&b->e, &b->err);
}

static void every_row_reaches_the_sink_with_numbers_in_order(void **state)
{
	struct bench b;

	(void)state;
	set_up(&b, &(struct sr_source_synth_opts){ .seed = 1, .blocks = 3, .block_events = 100 });
	assert_int_equal(run(&b), 0);
	assert_int_equal(b.probe.blocks, 3);
	assert_int_equal(b.probe.rows, 300);
	assert_int_equal(b.probe.last_num, 300);
	assert_int_equal(b.e.seen, 300);
	assert_int_equal(b.e.matched, 300);
	assert_int_equal(b.probe.finished, 1);
	assert_int_equal(b.probe.metas, 1);
	tear_down(&b);
}

static void a_filter_selects_and_the_rest_is_not_counted_as_matched(void **state)
{
	struct bench b, all;

	(void)state;
	set_up(&b, &(struct sr_source_synth_opts){ .seed = 2, .blocks = 2, .block_events = 500 });
	use_filter(&b, "evt.type=read");
	assert_int_equal(run(&b), 0);
	assert_true(b.e.matched > 0 && b.e.matched < 1000);
	assert_int_equal(b.probe.rows, b.e.matched);
	assert_int_equal(b.e.seen, 1000);
	set_up(&all, &(struct sr_source_synth_opts){ .seed = 2, .blocks = 2, .block_events = 500 });
	use_filter(&all, "not evt.type=read");
	assert_int_equal(run(&all), 0);
	assert_int_equal(all.e.matched + b.e.matched, 1000);
	tear_down(&all);
	tear_down(&b);
}

static void blocks_without_a_match_do_not_reach_the_sink(void **state)
{
	struct bench b;

	(void)state;
	set_up(&b, &(struct sr_source_synth_opts){ .seed = 2, .blocks = 2 });
	use_filter(&b, "evt.type=mount");
	assert_int_equal(run(&b), 0);
	assert_int_equal(b.probe.blocks, 0);
	assert_int_equal(b.e.matched, 0);
	tear_down(&b);
}

static void a_block_with_losses_reaches_the_sink_even_if_nothing_matches(void **state)
{
	struct bench b;

	(void)state;
	set_up(&b, &(struct sr_source_synth_opts){
			   .seed = 3, .blocks = 4, .block_events = 100, .lost_every = 150 });
	use_filter(&b, "evt.type=mount");
	assert_int_equal(run(&b), 0);
	assert_int_equal(b.probe.with_lost, 2);
	assert_int_equal(b.probe.blocks, 2);
	assert_int_equal(b.probe.rows, 0);
	tear_down(&b);
}

static void max_events_cuts_the_selection_and_ends_the_run(void **state)
{
	struct bench b;

	(void)state;
	set_up(&b, &(struct sr_source_synth_opts){ .seed = 4, .blocks = 9, .block_events = 100 });
	b.e.max_events = 250;
	assert_int_equal(run(&b), 0);
	assert_int_equal(b.probe.rows, 250);
	assert_int_equal(b.probe.last_num, 250);
	assert_int_equal(b.probe.blocks, 3);
	assert_int_equal(b.probe.finished, 1);
	tear_down(&b);
}

static void rows_of_earlier_state_can_be_hidden_and_do_not_count(void **state)
{
	const struct sr_source_synth_opts opts = {
		.seed = 5, .blocks = 3, .block_events = 10, .state = true
	};
	struct bench b;

	(void)state;
	set_up(&b, &opts);
	b.e.hide_state = true;
	assert_int_equal(run(&b), 0);
	assert_int_equal(b.probe.rows, 27);
	tear_down(&b);
	set_up(&b, &opts);
	b.e.max_events = 12; /* 9 of the first block, 3 of the second, and two rows of state */
	assert_int_equal(run(&b), 0);
	assert_int_equal(b.probe.rows, 14);
	tear_down(&b);
}

static void pauses_of_the_source_let_sinks_flush(void **state)
{
	struct bench b;

	(void)state;
	set_up(&b, &(struct sr_source_synth_opts){ .seed = 6, .blocks = 3, .pauses = true });
	assert_int_equal(run(&b), 0);
	assert_int_equal(b.probe.blocks, 3);
	assert_int_equal(b.probe.idles, 3);
	tear_down(&b);
}

static void count_damage(struct sr_engine *e, const struct sr_err *err, void *arg)
{
	(void)e;
	assert_string_equal(err->msg, "synthetic damage");
	assert_int_equal(err->pos, 4096);
	++*(int *)arg;
}

static void a_block_that_does_not_decode_is_told_and_left_out(void **state)
{
	struct bench b;
	int told = 0;

	(void)state;
	set_up(&b,
	       &(struct sr_source_synth_opts){
		       .seed = 7, .blocks = 3, .block_events = 10, .fail_at = 2, .damaged = true });
	b.probe.need = SR_NEED_ALL;
	b.e.damage = count_damage;
	b.e.progress_arg = &told;
	assert_int_equal(run(&b), 0);
	assert_int_equal(told, 1);
	assert_int_equal(b.e.bad_blocks, 1);
	assert_int_equal(b.probe.rows, 20);
	assert_int_equal(b.probe.last_num, 30); /* the numbers of the lost rows are not reused */
	tear_down(&b);
}

static void a_failing_source_ends_the_run_but_sinks_finish(void **state)
{
	struct bench b;

	(void)state;
	set_up(&b, &(struct sr_source_synth_opts){
			   .seed = 8, .blocks = 3, .fail_at = 2, .fail_rc = -EIO });
	assert_int_equal(run(&b), -EIO);
	assert_string_equal(b.err.msg, "synthetic failure");
	assert_int_equal(b.probe.blocks, 1);
	assert_int_equal(b.probe.finished, 1);
	tear_down(&b);
}

static void a_failing_sink_is_not_finished_but_the_others_are(void **state)
{
	struct bench b;

	(void)state;
	set_up(&b, &(struct sr_source_synth_opts){ .seed = 9, .blocks = 3 });
	b.e.nsinks = 2;
	b.probe.fail_block = -ENOSPC;
	assert_int_equal(run(&b), -ENOSPC);
	assert_string_equal(b.err.msg, "sink failed");
	assert_int_equal(b.probe.finished, 0);
	assert_int_equal(b.second.finished, 1);
	tear_down(&b);
}

static void a_sink_that_has_enough_ends_the_run(void **state)
{
	struct bench b;

	(void)state;
	set_up(&b, &(struct sr_source_synth_opts){ .seed = 10, .blocks = 9, .block_events = 10 });
	b.probe.enough_at = 25;
	assert_int_equal(run(&b), 0);
	assert_int_equal(b.probe.blocks, 3);
	assert_int_equal(b.probe.finished, 1);
	tear_down(&b);
}

static bool stop_after_two(struct sr_engine *e, void *arg)
{
	(void)arg;
	return e->seen >= 20;
}

static void progress_may_stop_the_run(void **state)
{
	struct bench b;

	(void)state;
	set_up(&b, &(struct sr_source_synth_opts){ .seed = 11, .blocks = 9, .block_events = 10 });
	b.e.progress = stop_after_two;
	assert_int_equal(run(&b), 0);
	assert_int_equal(b.probe.blocks, 2);
	assert_int_equal(b.probe.finished, 1);
	tear_down(&b);
}

static void the_time_of_the_first_event_is_noted_for_relative_times(void **state)
{
	struct sr_view_opts view = { .time_mode = 'r' };
	struct bench b;

	(void)state;
	set_up(&b, &(struct sr_source_synth_opts){ .seed = 12, .blocks = 2 });
	b.e.view_opts = &view;
	assert_int_equal(run(&b), 0);
	assert_true(view.first_time > 1000000000 && view.first_time < 1000010000);
	tear_down(&b);
}

static void the_cgroup_of_a_thread_is_the_one_that_names_the_container(void **state)
{
	const struct sr_container *c;
	struct sr_block *block;
	struct bench b;
	bool v1 = false, v2 = false, none = false;

	(void)state;
	set_up(&b, &(struct sr_source_synth_opts){ .seed = 13, .blocks = 1 });
	assert_int_equal(b.source->ops->next(b.source, &block, &b.err), 1);
	assert_int_equal(sr_enrich(block, b.meta, &b.err), 0);
	for (uint32_t i = 0; i < block->nthreads; i++) {
		c = block->cgroups[block->threads[i].cgroup].container;
		none |= !c && block->threads[i].tid;
		v2 |= c && strcmp(c->id, SR_SYNTH_ID_V2) == 0;
		v1 |= c && strcmp(c->id, SR_SYNTH_ID_V1) == 0;
	}
	assert_true(none && v1 && v2);
	assert_int_equal(sr_meta_containers(b.meta), 2);
	/* Doing it again changes nothing. */
	assert_int_equal(sr_enrich(block, b.meta, &b.err), 0);
	assert_int_equal(sr_meta_containers(b.meta), 2);
	tear_down(&b);
}

static void selections_are_walked_filled_and_counted(void **state)
{
	uint64_t sel[3];

	(void)state;
	sr_sel_fill(sel, 130);
	assert_int_equal(sr_sel_count(sel, 130), 130);
	assert_int_equal(sel[2], 3);
	for (uint32_t i = 0; i < 129; i++)
		sr_sel_clear(sel, i);
	assert_int_equal(sr_sel_next(sel, 130, 0), 129);
	assert_int_equal(sr_sel_next(sel, 130, 130), 130);
	sr_sel_clear(sel, 129);
	assert_int_equal(sr_sel_next(sel, 130, 0), 130);
	sr_sel_set(sel, 63);
	sr_sel_set(sel, 64);
	assert_int_equal(sr_sel_next(sel, 130, 64), 64);
	assert_int_equal(sr_sel_next(sel, 130, 1), 63);
	sr_sel_fill(sel, 128);
	assert_int_equal(sr_sel_count(sel, 128), 128);
}

static void losses_of_a_block_are_added_up(void **state)
{
	struct sr_rows_gap gap = { 0 };
	struct sr_block *block;
	struct bench b;
	uint64_t lost;

	(void)state;
	set_up(&b, &(struct sr_source_synth_opts){
			   .seed = 14, .blocks = 1, .block_events = 100, .lost_every = 30 });
	assert_int_equal(b.source->ops->next(b.source, &block, &b.err), 1);
	assert_int_equal(sr_rows_lost(block, &lost, &b.err), 0);
	assert_int_equal(lost, 3 * 7);
	for (uint32_t i = 0; i < block->n; i++)
		if (sr_rows_is(block, i, SR_X_LOST))
			sr_rows_gap(block, i, &gap);
	assert_int_equal(gap.count, 7);
	assert_int_equal(gap.cpu, 1);
	assert_int_equal(gap.to - gap.from, 500);
	tear_down(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_reaches_the_sink_with_numbers_in_order),
		cmocka_unit_test(a_filter_selects_and_the_rest_is_not_counted_as_matched),
		cmocka_unit_test(blocks_without_a_match_do_not_reach_the_sink),
		cmocka_unit_test(a_block_with_losses_reaches_the_sink_even_if_nothing_matches),
		cmocka_unit_test(max_events_cuts_the_selection_and_ends_the_run),
		cmocka_unit_test(rows_of_earlier_state_can_be_hidden_and_do_not_count),
		cmocka_unit_test(pauses_of_the_source_let_sinks_flush),
		cmocka_unit_test(a_block_that_does_not_decode_is_told_and_left_out),
		cmocka_unit_test(a_failing_source_ends_the_run_but_sinks_finish),
		cmocka_unit_test(a_failing_sink_is_not_finished_but_the_others_are),
		cmocka_unit_test(a_sink_that_has_enough_ends_the_run),
		cmocka_unit_test(progress_may_stop_the_run),
		cmocka_unit_test(the_time_of_the_first_event_is_noted_for_relative_times),
		cmocka_unit_test(the_cgroup_of_a_thread_is_the_one_that_names_the_container),
		cmocka_unit_test(selections_are_walked_filled_and_counted),
		cmocka_unit_test(losses_of_a_block_are_added_up),
	};

	return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
