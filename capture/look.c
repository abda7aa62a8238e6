/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/look.h"
#include "capture/rows.h"

#include <errno.h>
#include <stdlib.h>

static int sel_reserve(struct sr_look *l, uint32_t n)
{
	size_t words = SR_SEL_WORDS(n);
	uint64_t *p;

	if (words <= l->sel_words)
		return 0;
	p = realloc(l->sel, words * sizeof(*p));
	if (!p)
		return -ENOMEM;
	l->sel = p;
	l->sel_words = words;
	return 0;
}

static bool may_have_state(const struct sr_block *b)
{
	return sr_rows_may_have(b, SR_X_PROCESS) || sr_rows_may_have(b, SR_X_OPENFILE);
}

/* Take rows whose time is not wanted out of the selection. Return how many are left. */
static int64_t drop_times(struct sr_look *l, struct sr_block *b, struct sr_err *err)
{
	uint64_t to = l->e->to ? l->e->to : UINT64_MAX;
	int rc = sr_block_load(b, SR_NEED_TIME, err);

	if (rc < 0)
		return rc;
	for (uint32_t i = 0; (i = sr_sel_next(l->sel, b->n, i)) < b->n; i++)
		if (b->time[i] < l->e->from || b->time[i] > to)
			sr_sel_clear(l->sel, i);
	return (int64_t)sr_sel_count(l->sel, b->n);
}

/* Take rows with SR_F_STATE out of the selection. Return how many are left. */
static int64_t drop_state(struct sr_look *l, struct sr_block *b, struct sr_err *err)
{
	int rc = sr_block_load(b, SR_NEED_FLAGS, err);

	if (rc < 0)
		return rc;
	for (uint32_t i = 0; (i = sr_sel_next(l->sel, b->n, i)) < b->n; i++)
		if (b->flags[i] & SR_F_STATE)
			sr_sel_clear(l->sel, i);
	return (int64_t)sr_sel_count(l->sel, b->n);
}

static int64_t select_rows(struct sr_look *l, struct sr_block *b, struct sr_err *err)
{
	int64_t nsel = b->n;

	if (sel_reserve(l, b->n) < 0)
		return -ENOMEM;
	if (l->filter)
		nsel = sr_filter_run(l->filter, &l->view, l->sel, err);
	else
		sr_sel_fill(l->sel, b->n);
	if (nsel > 0 && (l->e->from || l->e->to))
		nsel = drop_times(l, b, err);
	if (nsel > 0 && l->e->hide_state && may_have_state(b))
		nsel = drop_state(l, b, err);
	return nsel;
}

static int enrich(struct sr_look *l, struct sr_block *b, struct sr_err *err)
{
	int rc;

	if (!l->lock)
		return sr_enrich(b, l->meta, err);
	(void)pthread_mutex_lock(l->lock); /* cannot fail */
	rc = sr_enrich(b, l->meta, err);
	(void)pthread_mutex_unlock(l->lock);
	return rc;
}

/* Load what is needed; the dictionaries are not looked at before they are enriched. */
static int prepare(struct sr_look *l, struct sr_block *b, uint32_t need, bool *enriched,
		   struct sr_err *err)
{
	int rc = sr_block_load(b, need, err);

	if (rc < 0 || *enriched || !(need & SR_NEED_DICTS))
		return rc;
	*enriched = true;
	return enrich(l, b, err);
}

/* Whether a row may match, as far as the dictionaries tell. */
static int look_at_dicts(struct sr_look *l, struct sr_block *b, bool *enriched, struct sr_err *err)
{
	int rc;

	if (!l->filter || !(sr_filter_need(l->filter) & SR_NEED_DICTS))
		return 1;
	rc = prepare(l, b, SR_NEED_DICTS, enriched, err);
	return rc < 0 ? rc : sr_filter_dicts(l->filter, &l->view);
}

int sr_look_block(struct sr_look *l, struct sr_block *b, struct sr_err *err)
{
	bool enriched = false;
	int rc;

	l->view.b = b;
	l->view.meta = l->meta;
	rc = look_at_dicts(l, b, &enriched, err);
	if (rc < 0 || (rc == 0 && !sr_rows_may_have(b, SR_X_LOST)))
		return rc;
	rc = prepare(l, b, l->filter ? sr_filter_need(l->filter) : 0, &enriched, err);
	if (rc < 0)
		return rc;
	l->nsel = select_rows(l, b, err);
	if (l->nsel < 0)
		return (int)l->nsel;
	if (!l->nsel && !sr_rows_may_have(b, SR_X_LOST))
		return 0;
	rc = prepare(l, b, SR_NEED_TYPE | l->sinks_need, &enriched, err);
	if (rc == 0 && sr_rows_has(b, SR_X_LOST)) /* they are told of, whatever is asked for */
		rc = prepare(l, b, SR_NEED_ARGS | SR_NEED_CPU, &enriched, err);
	return rc < 0 ? rc : 1;
}

void sr_look_free(struct sr_look *l)
{
	sr_buf_free(&l->view.scratch);
	free(l->sel);
}
