/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/engine.h"
#include "capture/rows.h"
#include "formats/zone.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What one run holds beside the engine. */
struct run {
	struct sr_engine *e;
	struct sr_view view;
	uint64_t *sel;
	size_t sel_words;
	uint64_t next_num; /* evt.num of the next block's first row */
	uint64_t limited;  /* selected so far of max_events */
	bool enriched;	   /* the current block */
};

static uint32_t sinks_need(const struct sr_engine *e)
{
	uint32_t need = 0;

	for (size_t i = 0; i < e->nsinks; i++)
		need |= e->sinks[i]->ops->need(e->sinks[i]);
	return need;
}

/* Pass on the documents that came up since the last call. */
static int pass_meta(struct run *r, struct sr_err *err)
{
	struct sr_engine *e = r->e;
	const char *json;
	size_t len;

	while (e->source->ops->meta && e->source->ops->meta(e->source, &json, &len) == 1) {
		for (size_t i = 0; i < e->nsinks; i++) {
			struct sr_sink *s = e->sinks[i];
			int rc = s->ops->meta ? s->ops->meta(s, json, len, err) : 0;

			if (rc < 0) {
				r->e->broken = s;
				return rc;
			}
		}
	}
	return 0;
}

static int pass_idle(struct run *r, struct sr_err *err)
{
	for (size_t i = 0; i < r->e->nsinks; i++) {
		struct sr_sink *s = r->e->sinks[i];
		int rc = s->ops->idle ? s->ops->idle(s, err) : 0;

		if (rc) {
			r->e->broken = rc < 0 ? s : NULL;
			return rc;
		}
	}
	return 0;
}

static int pass_block(struct run *r, uint64_t nsel, struct sr_err *err)
{
	int stop = 0;

	for (size_t i = 0; i < r->e->nsinks; i++) {
		struct sr_sink *s = r->e->sinks[i];
		int rc = s->ops->block(s, &r->view, r->sel, nsel, err);

		if (rc < 0) {
			r->e->broken = s;
			return rc;
		}
		stop |= rc;
	}
	return stop;
}

static int sel_reserve(struct run *r, uint32_t n)
{
	size_t words = SR_SEL_WORDS(n);
	uint64_t *p;

	if (words <= r->sel_words)
		return 0;
	p = realloc(r->sel, words * sizeof(*p));
	if (!p)
		return -ENOMEM;
	r->sel = p;
	r->sel_words = words;
	return 0;
}

static bool may_have_state(const struct sr_block *b)
{
	return sr_rows_may_have(b, SR_X_PROCESS) || sr_rows_may_have(b, SR_X_OPENFILE);
}

/* ---- what cannot match ---- */

static bool outside(const struct sr_engine *e, uint64_t first, uint64_t last)
{
	return (e->from && last < e->from) || (e->to && first > e->to);
}

/* Whether a block can be passed over unread. Gaps are told, so a block that may have some is
 * read, unless nobody wants to know of its time. */
static bool skip_zone(const struct sr_zone *z, void *arg)
{
	struct run *r = arg;

	if (!outside(r->e, z->min_time, z->max_time) &&
	    (!r->e->filter || !z->has_map || sr_zone_has(z, SR_X_LOST) ||
	     sr_filter_zone(r->e->filter, z, r->view.meta)))
		return false;
	r->next_num = z->first_num + z->events;
	r->e->seen += z->events;
	if (r->view.opts && !r->view.opts->first_time)
		r->view.opts->first_time = z->min_time;
	return true;
}

/* Take rows whose time is not wanted out of the selection. Return how many are left. */
static int64_t drop_times(struct run *r, struct sr_block *b, struct sr_err *err)
{
	uint64_t to = r->e->to ? r->e->to : UINT64_MAX;
	int rc = sr_block_load(b, SR_NEED_TIME, err);

	if (rc < 0)
		return rc;
	for (uint32_t i = 0; (i = sr_sel_next(r->sel, b->n, i)) < b->n; i++)
		if (b->time[i] < r->e->from || b->time[i] > to)
			sr_sel_clear(r->sel, i);
	return (int64_t)sr_sel_count(r->sel, b->n);
}

/* Take rows with SR_F_STATE out of the selection. Return how many are left. */
static int64_t drop_state(struct run *r, struct sr_block *b, struct sr_err *err)
{
	int rc = sr_block_load(b, SR_NEED_FLAGS, err);

	if (rc < 0)
		return rc;
	for (uint32_t i = 0; (i = sr_sel_next(r->sel, b->n, i)) < b->n; i++)
		if (b->flags[i] & SR_F_STATE)
			sr_sel_clear(r->sel, i);
	return (int64_t)sr_sel_count(r->sel, b->n);
}

/* Cut the selection where max_events is reached. Return how many are left. */
static int64_t cut_selection(struct run *r, struct sr_block *b, int64_t nsel, struct sr_err *err)
{
	uint64_t room = r->e->max_events - r->limited, taken = 0;
	int rc = sr_block_load(b, SR_NEED_FLAGS, err);

	if (rc < 0)
		return rc;
	for (uint32_t i = 0; (i = sr_sel_next(r->sel, b->n, i)) < b->n; i++) {
		if (b->flags[i] & SR_F_STATE)
			continue;
		if (taken == room) {
			sr_sel_clear(r->sel, i);
			nsel--;
		} else {
			taken++;
		}
	}
	r->limited += taken;
	return nsel;
}

static int64_t select_rows(struct run *r, struct sr_block *b, struct sr_err *err)
{
	int64_t nsel = b->n;

	if (sel_reserve(r, b->n) < 0)
		return -ENOMEM;
	if (r->e->filter)
		nsel = sr_filter_run(r->e->filter, &r->view, r->sel, err);
	else
		sr_sel_fill(r->sel, b->n);
	if (nsel > 0 && (r->e->from || r->e->to))
		nsel = drop_times(r, b, err);
	if (nsel > 0 && r->e->hide_state && may_have_state(b))
		nsel = drop_state(r, b, err);
	if (nsel > 0 && r->e->max_events)
		nsel = cut_selection(r, b, nsel, err);
	return nsel;
}

static void number_rows(struct run *r, struct sr_block *b)
{
	if (!b->first_num)
		b->first_num = r->next_num;
	r->next_num = b->first_num + b->n;
	r->e->seen += b->n;
	if (r->view.opts && !r->view.opts->first_time)
		r->view.opts->first_time = b->min_time;
}

/* Load what is needed; the dictionaries are not looked at before they are enriched. */
static int prepare(struct run *r, struct sr_block *b, uint32_t need, struct sr_err *err)
{
	int rc = sr_block_load(b, need, err);

	if (rc < 0 || r->enriched || !(need & SR_NEED_DICTS))
		return rc;
	r->enriched = true;
	return sr_enrich(b, r->e->source->meta, err);
}

/* Whether a row may match, as far as the dictionaries tell. */
static int look_at_dicts(struct run *r, struct sr_block *b, struct sr_err *err)
{
	struct sr_filter *f = r->e->filter;
	int rc;

	if (!f || !(sr_filter_need(f) & SR_NEED_DICTS))
		return 1;
	rc = prepare(r, b, SR_NEED_DICTS, err);
	return rc < 0 ? rc : sr_filter_dicts(f, &r->view);
}

/* Return 0; 1 stop in order; negative errno, where -EBADMSG means that the block alone is bad. */
static int run_block(struct run *r, struct sr_block *b, struct sr_err *err)
{
	int64_t nsel;
	int rc;

	number_rows(r, b);
	r->view.b = b;
	r->enriched = false;
	rc = look_at_dicts(r, b, err);
	if (rc < 0 || (rc == 0 && !sr_rows_may_have(b, SR_X_LOST)))
		return rc;
	rc = prepare(r, b, r->e->filter ? sr_filter_need(r->e->filter) : 0, err);
	if (rc < 0)
		return rc;
	nsel = select_rows(r, b, err);
	if (nsel < 0)
		return (int)nsel;
	if (!nsel && !sr_rows_may_have(b, SR_X_LOST))
		return 0;
	rc = prepare(r, b, SR_NEED_TYPE | sinks_need(r->e), err);
	if (rc < 0)
		return rc;
	r->e->matched += (uint64_t)nsel;
	rc = pass_block(r, (uint64_t)nsel, err);
	if (rc == 0 && r->e->max_events && r->limited >= r->e->max_events)
		return 1;
	return rc;
}

/* A block that cannot be decoded is told and left out: the others are still good. */
static int skip_bad(struct run *r, const struct sr_err *err)
{
	if (r->e->broken)
		return -EBADMSG;
	r->e->bad_blocks++;
	if (r->e->damage)
		r->e->damage(r->e, err, r->e->progress_arg);
	return 0;
}

static int run_loop(struct run *r, struct sr_err *err)
{
	struct sr_source *src = r->e->source;
	struct sr_block *b;
	int rc;

	for (;;) {
		rc = pass_meta(r, err);
		if (rc < 0)
			return rc;
		rc = src->ops->next(src, &b, err);
		if (rc == -EAGAIN)
			rc = pass_idle(r, err);
		else if (rc <= 0)
			return rc;
		else
			rc = run_block(r, b, err);
		if (rc == -EBADMSG)
			rc = skip_bad(r, err);
		if (rc)
			return rc < 0 ? rc : 0;
		if (r->e->progress && r->e->progress(r->e, r->e->progress_arg))
			return 0;
	}
}

/* Finish all sinks but the broken one. The first failure is what the run reports. */
static int finish(struct run *r, int rc, struct sr_err *err)
{
	int failed = rc;

	if (rc == 0)
		failed = pass_meta(r, err);
	for (size_t i = 0; i < r->e->nsinks; i++) {
		struct sr_sink *s = r->e->sinks[i];

		if (s == r->e->broken || !s->ops->finish)
			continue;
		rc = s->ops->finish(s, failed < 0 ? NULL : err);
		if (rc < 0 && failed == 0)
			failed = rc;
	}
	return failed;
}

int sr_engine_run(struct sr_engine *e, struct sr_err *err)
{
	struct run r = { .e = e, .next_num = 1 };
	struct sr_err own = { 0 };
	int rc;

	if (!err)
		err = &own;
	r.view.meta = e->source->meta;
	r.view.opts = e->view_opts;
	for (size_t i = 0; i < e->nsinks; i++)
		e->sinks[i]->last = i + 1 == e->nsinks;
	if (e->source->ops->skip && (e->filter || e->from || e->to))
		e->source->ops->skip(e->source, skip_zone, &r);
	rc = run_loop(&r, err);
	if (e->source->ops->skip)
		e->source->ops->skip(e->source, NULL, NULL);
	rc = finish(&r, rc, err);
	sr_buf_free(&r.view.scratch);
	free(r.sel);
	return rc;
}
