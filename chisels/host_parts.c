/* SPDX-License-Identifier: Apache-2.0 */
/* Chisels on several threads. A part does for one block what needs no other: it makes the columns
 * of the batch, and runs the chisel on it where what came of that can be merged, block by block in
 * their order, into what the chisel itself knows. So the result is what one thread would have made.
 */
#include "chisels/host_internal.h"
#include "chisels/running.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct sr_sink_part {
	struct sr_chisel c; /* shares the plugin and its description */
	bool runs;	    /* else the chisel itself gets the batch */
	struct sysreel_batch batch;
	bool has_batch;
	int rc; /* of on_batch() */
};

/* Would sums of parts be those of single rows? Fractions are rounded at each step. */
static bool sums_exactly(const struct sr_chisel *c)
{
	const struct sysreel_table_def *t = c->plugin.d.table;

	for (uint32_t i = 0; i < t->ncols; i++) {
		bool sum = t->cols[i].op == SYSREEL_SUM || t->cols[i].op == SYSREEL_AVG ||
			   t->cols[i].op == SYSREEL_RATE || t->cols[i].op == SYSREEL_SHARE;

		if (sum && c->cols[t->cols[i].field].type == SYSREEL_DOUBLE)
			return false;
	}
	return true;
}

static bool can_run_apart(const struct sr_chisel *c)
{
	const struct sysreel_chisel *d = &c->plugin.d;

	if ((!d->on_batch || c->owned) && !sums_exactly(c))
		return false;
	if (!d->on_batch)
		return true;
	/* The flag meant nothing before there was merge(). Heads of CSV hang on what was before. */
	return d->flags & SYSREEL_MERGEABLE && !c->opts.csv &&
	       d->size >= offsetof(struct sysreel_chisel, merge) + sizeof(d->merge);
}

static void part_free(struct sr_sink_part *p)
{
	struct sr_chisel *c = &p->c;

	sr_chisel_fini(c);
	for (uint32_t i = 0; i < c->ntables; i++)
		sr_table_free(c->tables[i]);
	for (uint32_t i = 0; i < c->nplots; i++)
		sr_plot_free(c->plots[i]);
	sr_filter_free(c->filter);
	free(c->sel);
	sr_buf_free(&c->out);
	sr_buf_free(&c->shown);
	sr_buf_free(&c->drawn);
	sr_buf_free(&c->remarks);
	sr_buf_free(&c->text);
	sr_arena_free(&c->arena);
	free(p);
}

/* A state, or a table, of its own. */
static int start(struct sr_chisel *c, struct sr_err *err)
{
	if (c->plugin.d.on_batch)
		return sr_chisel_init(c, err);
	return c->host.table_new(&c->host, c->plugin.d.table) ? 0 : sr_chisel_no_memory(c, err);
}

static int part_make(struct sr_sink *s, struct sr_sink_part **out, struct sr_err *err)
{
	const struct sr_chisel *from = sr_chisel_of_sink(s);
	struct sr_sink_part *p;
	struct sr_chisel *c;
	int rc = 0;

	if (from->plugin.d.interval_ns) /* which batches there are hangs on those before */
		return -ENOTSUP;
	p = calloc(1, sizeof(*p));
	if (!p)
		return sr_chisel_no_memory(from, err);
	c = &p->c;
	c->part = true;
	c->host = from->host;
	c->plugin = from->plugin;
	c->opts = from->opts;
	c->look = from->look;
	c->need = from->need;
	memcpy(c->args, from->args, sizeof(c->args));
	memcpy(c->cols, from->cols, sizeof(c->cols));
	if (from->filter)
		rc = sr_filter_compile(&c->filter, from->filter_text, err);
	p->runs = can_run_apart(from);
	if (rc == 0 && p->runs)
		rc = start(c, err);
	if (rc < 0)
		part_free(p);
	else
		*out = p;
	return rc;
}

static int part_work(struct sr_sink_part *p, const struct sr_share *share, struct sr_err *err)
{
	struct sr_chisel *c = &p->c;
	uint32_t *rows, n;
	int rc;

	p->has_batch = false;
	p->rc = 0;
	c->events = c->first = c->last = 0;
	memset(c->headed, 0, sizeof(c->headed));
	rc = sr_chisel_rows(c, share->v, share->sel, share->nsel, &rows, &n, err);
	if (rc < 0 || !n)
		return rc;
	if (sr_chisel_batch_make(c, share->v, rows, n, &p->batch) < 0)
		return sr_chisel_no_memory(c, err);
	sr_chisel_note_times(c, share->v, rows, n);
	p->has_batch = true;
	if (!p->runs)
		return 0;
	p->rc = sr_chisel_on_batch(c, &p->batch, err);
	return p->rc < 0 ? p->rc : 0;
}

/* ---- in their order ---- */

static void take_times(struct sr_chisel *c, const struct sr_chisel *part)
{
	if (!c->events || part->first < c->first)
		c->first = part->first;
	if (part->last > c->last)
		c->last = part->last;
	c->events += part->events;
	c->ahead = part->ahead;
	c->look.tz_offset = part->look.tz_offset;
	c->dirty = true;
}

/* The stream whose head comes next in what @part printed, at @from or behind it. */
static int64_t next_head(const struct sr_chisel *c, const struct sr_chisel *part, size_t from)
{
	int64_t next = -1;

	for (uint32_t i = 0; i <= SR_CHISEL_LINES; i++)
		if (part->headed[i] && !c->headed[i] && part->head_at[i] >= from &&
		    (next < 0 || part->head_at[i] < part->head_at[next]))
			next = i;
	return next;
}

/* What the part printed, with the heads of streams where they begin. */
static void take_text(struct sr_chisel *c, struct sr_chisel *part)
{
	size_t at = 0;
	int64_t head;

	while ((head = next_head(c, part, at)) >= 0) {
		sr_buf_put(&c->out, part->out.p + at, part->head_at[head] - at);
		at = part->head_at[head];
		sr_chisel_stream_head(c, (uint32_t)head);
	}
	sr_buf_put(&c->out, part->out.p + at, part->out.len - at);
	if (c->opts.json && c->remarks.len && part->remarks.len)
		sr_buf_putc(&c->remarks, ',');
	sr_buf_put(&c->remarks, part->remarks.p, part->remarks.len);
	c->out.oom |= part->out.oom;
	c->remarks.oom |= part->remarks.oom;
	part->out.len = part->remarks.len = 0;
}

static int take_state(struct sr_chisel *c, struct sr_chisel *part, struct sr_err *err)
{
	int rc = 0;

	*c->fail.msg = '\0';
	for (uint32_t i = 0; rc == 0 && i < part->ntables && i < c->ntables; i++)
		rc = sr_table_merge(c->tables[i], part->tables[i]);
	for (uint32_t i = 0; rc == 0 && i < part->nplots && i < c->nplots; i++)
		rc = sr_plot_merge(c->plots[i], part->plots[i]);
	if (rc < 0)
		return sr_chisel_no_memory(c, err);
	sr_running_begin(c->plugin.name, "merge");
	if (c->plugin.d.merge && c->plugin.d.on_batch)
		rc = c->plugin.d.merge(c->state, part->state);
	sr_running_end();
	return rc < 0 ? sr_chisel_callback_failed(c, "merge", rc, err) : 0;
}

static int part_take(struct sr_sink *s, struct sr_sink_part *p, const struct sr_share *share,
		     struct sr_err *err)
{
	struct sr_chisel *c = sr_chisel_of_sink(s);
	int rc;

	(void)share;
	if (!p->has_batch)
		return 0;
	take_times(c, &p->c);
	if (!p->runs)
		return sr_chisel_on_batch(c, &p->batch, err);
	take_text(c, &p->c);
	rc = take_state(c, &p->c, err);
	rc = rc < 0 ? rc : sr_chisel_finish_call(c, p->rc, err);
	return rc ? rc : sr_chisel_refresh(c, err);
}

const struct sr_sink_parts sr_chisel_parts = {
	.make = part_make,
	.work = part_work,
	.take = part_take,
	.free = part_free,
};
