/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/engine_impl.h"
#include "capture/rows.h"
#include "formats/fds.h"
#include "formats/zone.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint32_t sinks_need(const struct sr_engine *e)
{
	uint32_t need = 0;

	for (size_t i = 0; i < e->nsinks; i++)
		need |= e->sinks[i]->ops->need(e->sinks[i]);
	return need;
}

/* Pass on the documents that came up since the last call. */
static int pass_meta(struct sr_run *r, struct sr_err *err)
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

static int pass_idle(struct sr_run *r, struct sr_err *err)
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

static int pass_block(struct sr_run *r, struct sr_look *l, struct sr_err *err)
{
	int stop = 0;

	for (size_t i = 0; i < r->e->nsinks; i++) {
		struct sr_sink *s = r->e->sinks[i];
		int rc = s->ops->block(s, &l->view, l->sel, (uint64_t)l->nsel, err);

		if (rc < 0) {
			r->e->broken = s;
			return rc;
		}
		stop |= rc;
	}
	return stop;
}

/* ---- what cannot match ---- */

static void note_first(struct sr_run *r, uint64_t time)
{
	if (r->e->view_opts && !r->e->view_opts->first_time)
		r->e->view_opts->first_time = time;
}

static bool outside(const struct sr_engine *e, uint64_t first, uint64_t last)
{
	return (e->from && last < e->from) || (e->to && first > e->to);
}

/* Whether a block can be passed over unread. Gaps are told, so a block that may have some is
 * read, unless nobody wants to know of its time. */
static bool skip_zone(const struct sr_zone *z, void *arg)
{
	struct sr_run *r = arg;
	bool may = true;

	if (!outside(r->e, z->min_time, z->max_time)) {
		(void)pthread_mutex_lock(&r->lock); /* others may make containers known */
		if (r->e->filter && z->has_map && !sr_zone_has(z, SR_X_LOST))
			may = sr_filter_zone(r->e->filter, z, r->look.meta);
		(void)pthread_mutex_unlock(&r->lock);
		if (may)
			return false;
	}
	r->next_num = z->first_num + z->events;
	r->e->seen += z->events;
	note_first(r, z->min_time);
	return true;
}

/* Cut the selection where max_events is reached. */
static int cut_selection(struct sr_run *r, struct sr_look *l, struct sr_err *err)
{
	uint64_t room = r->e->max_events - r->limited, taken = 0;
	struct sr_block *b = l->view.b;
	int rc = sr_block_load(b, SR_NEED_FLAGS, err);

	if (rc < 0)
		return rc;
	for (uint32_t i = 0; (i = sr_sel_next(l->sel, b->n, i)) < b->n; i++) {
		if (b->flags[i] & SR_F_STATE)
			continue;
		if (taken == room) {
			sr_sel_clear(l->sel, i);
			l->nsel--;
		} else {
			taken++;
		}
	}
	r->limited += taken;
	return 0;
}

void sr_run_number(struct sr_run *r, struct sr_block *b)
{
	if (!b->first_num)
		b->first_num = r->next_num;
	r->next_num = b->first_num + b->n;
	note_first(r, b->min_time);
}

int sr_run_pass(struct sr_run *r, struct sr_look *l, struct sr_err *err)
{
	struct sr_engine *e = r->e;
	int rc = l->nsel && e->max_events ? cut_selection(r, l, err) : 0;

	if (rc < 0 || (!l->nsel && !sr_rows_may_have(l->view.b, SR_X_LOST)))
		return rc;
	e->matched += (uint64_t)l->nsel;
	rc = pass_block(r, l, err);
	if (rc == 0 && e->max_events && r->limited >= e->max_events)
		return 1;
	return rc;
}

static int look_at_block(struct sr_run *r, struct sr_block *b, struct sr_err *err)
{
	int rc = sr_look_block(&r->look, b, err);

	return rc == 1 ? sr_run_pass(r, &r->look, err) : rc;
}

static int run_block(struct sr_run *r, struct sr_block *b, struct sr_err *err)
{
	int rc, end;

	sr_run_number(r, b);
	r->e->seen += b->n;
	r->look.sinks_need = sinks_need(r->e);
	if (!r->fds)
		return look_at_block(r, b, err);
	rc = sr_fds_begin(r->fds, b, err);
	if (rc == 0)
		rc = look_at_block(r, b, err);
	end = sr_fds_end(r->fds);
	return rc < 0 || end == 0 ? rc : end;
}

/* A block that cannot be decoded is told and left out: the others are still good. */
static int skip_bad(struct sr_run *r, const struct sr_err *err)
{
	if (r->e->broken)
		return -EBADMSG;
	r->e->bad_blocks++;
	if (r->e->damage)
		r->e->damage(r->e, err, r->e->progress_arg);
	return 0;
}

int sr_run_after(struct sr_run *r, int rc, const struct sr_err *err)
{
	if (rc == -EBADMSG)
		rc = skip_bad(r, err);
	if (rc)
		return rc;
	return r->e->progress && r->e->progress(r->e, r->e->progress_arg);
}

static int run_loop(struct sr_run *r, struct sr_err *err)
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
		rc = sr_run_after(r, rc, err);
		if (rc)
			return rc < 0 ? rc : 0;
	}
}

/* Finish all sinks but the broken one. The first failure is what the run reports. */
static int finish(struct sr_run *r, int rc, struct sr_err *err)
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

/* ---- tables of descriptors ---- */

static bool wants_fds(const struct sr_engine *e)
{
	return (sinks_need(e) | (e->filter ? sr_filter_need(e->filter) : 0)) & SR_NEED_FDS;
}

/* Is what a source yields all that was recorded of what happened? */
static bool is_whole(struct sr_source *s)
{
	const struct cJSON *host;
	const char *filter;

	if (!s->ops->file) /* live: the driver was told to leave nothing out */
		return true;
	for (uint32_t h = 0; h < sr_meta_hosts(s->meta); h++) {
		host = sr_meta_host(sr_meta_of(s->meta, h));
		filter = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(host, "filter"));
		if ((filter && *filter) || cJSON_GetObjectItemCaseSensitive(host, "cut"))
			return false;
	}
	return true;
}

/* Every block must be seen, in order, for that: none is passed over, one thread looks at them. */
static int follow_fds(struct sr_run *r)
{
	struct sr_source *s = r->e->source;
	int rc = sr_fds_new(&r->fds, is_whole(s));

	r->look.view.fds = r->fds;
	if (rc == 0 && s->ops->tables)
		s->ops->tables(s);
	return rc;
}

int sr_engine_run(struct sr_engine *e, struct sr_err *err)
{
	struct sr_run r = { .e = e, .next_num = 1 };
	const struct sr_source_ops *src = e->source->ops;
	struct sr_err own = { 0 };
	int rc;

	if (!err)
		err = &own;
	r.look = (struct sr_look){ .e = e,
				   .filter = e->filter,
				   .meta = e->source->meta,
				   .view = { .opts = e->view_opts } };
	for (size_t i = 0; i < e->nsinks; i++)
		e->sinks[i]->last = i + 1 == e->nsinks;
	(void)pthread_mutex_init(&r.lock, NULL); /* cannot fail with these attributes */
	rc = wants_fds(e) ? follow_fds(&r) : 0;
	if (!r.fds && src->skip && (e->filter || e->from || e->to))
		src->skip(e->source, skip_zone, &r);
	if (rc == 0 && !r.fds && e->threads > 1 && src->slots) {
		r.look.sinks_need = sinks_need(e);
		rc = sr_run_parallel(&r, err);
	} else if (rc == 0) {
		rc = run_loop(&r, err);
	}
	if (src->skip)
		src->skip(e->source, NULL, NULL);
	rc = finish(&r, rc, err);
	sr_fds_free(r.fds);
	sr_look_free(&r.look);
	(void)pthread_mutex_destroy(&r.lock);
	return rc;
}
