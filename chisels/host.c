/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a chisel: opened, fed with blocks, finished, closed. */
#include "chisels/host.h"
#include "chisels/host_internal.h"
#include "chisels/running.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int sr_chisel_no_memory(const struct sr_chisel *c, struct sr_err *err)
{
	return sr_err_set(err, -ENOMEM, SR_NO_POS, "chisel %s: no memory", c->plugin.name);
}

/* What callback @what returned, negative: into words. */
int sr_chisel_callback_failed(struct sr_chisel *c, const char *what, int rc, struct sr_err *err)
{
	if (*c->fail.msg)
		return sr_err_set(err, rc, SR_NO_POS, "chisel %s: %s", c->plugin.name, c->fail.msg);
	return sr_err_set(err, rc, SR_NO_POS, "chisel %s: its %s failed: %s", c->plugin.name, what,
			  strerror(-rc));
}

/* Writes what a callback printed; @rc is what it returned. */
int sr_chisel_finish_call(struct sr_chisel *c, int rc, struct sr_err *err)
{
	int written = sr_chisel_flush(c, err);

	return written < 0 ? written : rc;
}

/* ---- events ---- */

/* @rows are in the order of the block, and that is the order of time but for late records. */
void sr_chisel_note_times(struct sr_chisel *c, const struct sr_view *v, const uint32_t *rows,
			  uint32_t n)
{
	for (uint32_t r = 0; r < n; r++) {
		uint64_t time = v->b->time[rows[r]];

		if (!c->events++ || time < c->first)
			c->first = time;
		if (time > c->last)
			c->last = time;
	}
}

int sr_chisel_on_batch(struct sr_chisel *c, const struct sysreel_batch *b, struct sr_err *err)
{
	int rc;

	*c->fail.msg = '\0';
	sr_running_begin(c->plugin.name, "on_batch");
	if (c->plugin.d.on_batch)
		rc = c->plugin.d.on_batch(c->state, b);
	else
		rc = c->host.table_batch(&c->host, c->tables[0], b);
	sr_running_end();
	if (rc < 0)
		return sr_chisel_callback_failed(c, "on_batch", rc, err);
	return c->part ? rc : sr_chisel_finish_call(c, rc, err);
}

static int hand_over(struct sr_chisel *c, struct sr_view *v, const uint32_t *rows, uint32_t n,
		     struct sr_err *err)
{
	struct sysreel_batch batch;

	if (!n)
		return 0;
	if (sr_chisel_batch_make(c, v, rows, n, &batch) < 0)
		return sr_chisel_no_memory(c, err);
	sr_chisel_note_times(c, v, rows, n);
	c->dirty = true;
	return sr_chisel_on_batch(c, &batch, err);
}

/* An interval ended before @now. */
static int interval(struct sr_chisel *c, uint64_t now, struct sr_err *err)
{
	uint64_t step = c->plugin.d.interval_ns, end = c->next_interval;
	int rc = 0;

	c->next_interval = (now / step + 1) * step;
	if (!c->dirty)
		return 0;
	c->dirty = false;
	*c->fail.msg = '\0';
	c->now = end;
	sr_running_begin(c->plugin.name, "on_interval");
	if (c->plugin.d.on_interval)
		rc = c->plugin.d.on_interval(c->state, end);
	sr_running_end();
	c->now = 0;
	if (rc < 0)
		return sr_chisel_callback_failed(c, "on_interval", rc, err);
	if (c->opts.json)
		sr_chisel_tables_json(c, end);
	rc = sr_chisel_finish_call(c, rc, err);
	(void)fflush(c->opts.out); /* an error shows at the next write */
	return rc;
}

/* Hands rows over so that no batch reaches over the end of an interval. */
static int hand_over_in_steps(struct sr_chisel *c, struct sr_view *v, const uint32_t *rows,
			      uint32_t n, struct sr_err *err)
{
	uint64_t step = c->plugin.d.interval_ns;
	uint64_t end = sr_meta_wall(v->meta, v->b->max_time);
	uint32_t start = 0;
	int rc;

	for (uint32_t r = 0; r < n; r++) {
		uint64_t now = sr_meta_wall(v->meta, v->b->time[rows[r]]);

		if (!c->next_interval)
			c->next_interval = (now / step + 1) * step;
		if (now < c->next_interval)
			continue;
		rc = hand_over(c, v, rows + start, r - start, err);
		start = r;
		rc = rc ? rc : interval(c, now, err);
		if (rc)
			return rc;
	}
	rc = hand_over(c, v, rows + start, n - start, err);
	if (rc == 0 && c->next_interval && end >= c->next_interval)
		rc = interval(c, end, err);
	return rc;
}

/* Rows that the run selected and, if we apply it, our own filter too. */
static int own_selection(struct sr_chisel *c, struct sr_view *v, const uint64_t **sel,
			 struct sr_err *err)
{
	size_t words = SR_SEL_WORDS(v->b->n);
	int64_t n;

	if (words > c->sel_words) {
		uint64_t *p = realloc(c->sel, words * sizeof(*p));

		if (!p)
			return sr_chisel_no_memory(c, err);
		c->sel = p;
		c->sel_words = words;
	}
	n = sr_filter_run(c->filter, v, c->sel, err);
	if (n < 0)
		return (int)n;
	for (size_t w = 0; w < words; w++)
		c->sel[w] &= (*sel)[w];
	*sel = c->sel;
	return 0;
}

static uint32_t list_rows(const uint64_t *sel, uint32_t n, uint32_t *rows)
{
	uint32_t k = 0;

	for (size_t w = 0; w < SR_SEL_WORDS(n); w++)
		for (uint64_t bits = sel[w]; bits; bits &= bits - 1)
			rows[k++] = (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(bits);
	return k;
}

int sr_chisel_rows(struct sr_chisel *c, struct sr_view *v, const uint64_t *sel, uint64_t nsel,
		   uint32_t **rows, uint32_t *n, struct sr_err *err)
{
	int rc = sr_block_load(v->b, c->need, err);

	if (rc < 0)
		return rc;
	c->look.tz_offset = c->opts.utc ? 0 : sr_meta_tz_offset(v->meta);
	c->ahead = sr_meta_wall(v->meta, v->b->max_time) - v->b->max_time;
	if (c->filter && nsel) {
		rc = own_selection(c, v, &sel, err);
		if (rc < 0)
			return rc;
	}
	if (sr_chisel_block_begin(c, v) < 0)
		return sr_chisel_no_memory(c, err);
	*rows = sr_arena_alloc(&c->arena, ((size_t)v->b->n + 1) * sizeof(**rows));
	if (!*rows)
		return sr_chisel_no_memory(c, err);
	*n = list_rows(sel, v->b->n, *rows);
	return 0;
}

static int chisel_block(struct sr_sink *s, struct sr_view *v, const uint64_t *sel, uint64_t nsel,
			struct sr_err *err)
{
	struct sr_chisel *c = sr_chisel_of_sink(s);
	uint32_t *rows, n;
	int rc = sr_chisel_rows(c, v, sel, nsel, &rows, &n, err);

	if (rc < 0)
		return rc;
	if (c->plugin.d.interval_ns)
		return hand_over_in_steps(c, v, rows, n, err);
	rc = hand_over(c, v, rows, n, err);
	return rc ? rc : sr_chisel_refresh(c, err);
}

/* ---- the other functions of the sink ---- */

static uint32_t chisel_need(struct sr_sink *s)
{
	struct sr_chisel *c = sr_chisel_of_sink(s);

	return c->need | (c->filter ? sr_filter_need(c->filter) : 0);
}

static int flush_all(struct sr_chisel *c, struct sr_err *err)
{
	int rc = sr_chisel_flush(c, err);

	if (rc == 0 && fflush(c->opts.out) != 0)
		rc = sr_err_set(err, -errno, SR_NO_POS, "chisel %s: cannot write its output: %s",
				c->plugin.name, strerror(errno));
	return rc;
}

static int chisel_idle(struct sr_sink *s, struct sr_err *err)
{
	struct sr_chisel *c = sr_chisel_of_sink(s);
	int rc = sr_chisel_refresh(c, err);

	return rc < 0 ? rc : flush_all(c, err);
}

static int chisel_finish(struct sr_sink *s, struct sr_err *err)
{
	struct sr_chisel *c = sr_chisel_of_sink(s);
	int rc = 0;

	*c->fail.msg = '\0';
	if (c->painted)
		sr_buf_puts(&c->out, SR_CLEAR_SCREEN);
	sr_running_begin(c->plugin.name, "finish");
	if (c->plugin.d.finish)
		rc = c->plugin.d.finish(c->state);
	else if (!c->plugin.d.on_batch)
		rc = c->host.table_show(&c->host, c->tables[0]);
	sr_running_end();
	if (rc < 0)
		return sr_chisel_callback_failed(c, "finish", rc, err);
	sr_chisel_footer(c);
	rc = flush_all(c, err);
	return rc ? rc : sr_chisel_write_svg(c, err);
}

static void chisel_close(struct sr_sink *s)
{
	sr_chisel_close(sr_chisel_of_sink(s));
}

static const struct sr_sink_ops sink_ops = {
	.name = "chisel",
	.need = chisel_need,
	.block = chisel_block,
	.idle = chisel_idle,
	.finish = chisel_finish,
	.close = chisel_close,
	.parts = &sr_chisel_parts,
};

/* ---- opening ---- */

static int prepare_filter(struct sr_chisel *c, struct sr_err *err)
{
	const char *text = c->plugin.d.filter;
	struct sr_err why;
	int rc;

	if (!text)
		return 0;
	rc = sr_chisel_args_expand(c, text, true, &c->filter_text, err);
	if (rc < 0 || !c->opts.apply_filter)
		return rc;
	rc = sr_filter_compile(&c->filter, c->filter_text, &why);
	if (rc < 0)
		return sr_err_set(err, rc, SR_NO_POS, "chisel %s: its filter `%s`: %s",
				  c->plugin.name, c->filter_text, why.msg);
	return 0;
}

/* A chisel without on_batch fills the table that it describes. */
static int prepare_table(struct sr_chisel *c, struct sr_err *err)
{
	struct sysreel_column cols[SR_CHISEL_MAX_FIELDS];
	struct sysreel_table *t;
	struct sr_err why;

	if (c->plugin.d.on_batch)
		return 0;
	t = c->host.table_new(&c->host, c->plugin.d.table);
	if (!t)
		return sr_chisel_callback_failed(c, "table", -EINVAL, err);
	memset(cols, 0, sizeof(cols));
	for (uint32_t i = 0; i < c->plugin.d.nfields; i++)
		cols[i].type = c->cols[i].type;
	if (sr_table_check_batch(t, cols, c->plugin.d.nfields, &why) < 0)
		return sr_err_set(err, -EINVAL, SR_NO_POS, "chisel %s: its table: %s",
				  c->plugin.name, why.msg);
	return 0;
}

static int check_top(const struct sr_chisel *c, struct sr_err *err)
{
	const struct sr_argval *top = sr_chisel_arg_find(c, "top", strlen("top"));

	if (top && top->i < 0)
		return sr_err_set(err, -EINVAL, SR_NO_POS,
				  "chisel %s: top=%s: rows to show, 0 for all", c->plugin.name,
				  top->text);
	return 0;
}

int sr_chisel_init(struct sr_chisel *c, struct sr_err *err)
{
	int rc = 0;

	c->inited = true;
	*c->fail.msg = '\0';
	sr_running_begin(c->plugin.name, "init");
	if (c->plugin.d.init)
		rc = c->plugin.d.init(&c->host, &c->state);
	sr_running_end();
	return rc < 0 ? sr_chisel_callback_failed(c, "init", rc, err) : 0;
}

void sr_chisel_fini(struct sr_chisel *c)
{
	sr_running_begin(c->plugin.name, "fini");
	if (c->inited && c->plugin.d.fini)
		c->plugin.d.fini(c->state);
	sr_running_end();
}

static int start(struct sr_chisel *c, struct sr_err *err)
{
	int rc = check_top(c, err);

	rc = rc ? rc : sr_chisel_fields_resolve(c, err);
	rc = rc ? rc : prepare_filter(c, err);
	rc = rc ? rc : prepare_table(c, err);
	if (rc < 0)
		return rc;
	return sr_chisel_init(c, err);
}

static struct sr_chisel *chisel_new(const struct sr_chisel_opts *opts)
{
	struct sr_chisel *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->sink.ops = &sink_ops;
	c->host = sr_chisel_host_functions;
	c->opts = *opts;
	c->look = (struct sr_table_opts){
		.color = opts->color, .width = opts->width, .bars = opts->bars, .ascii = opts->ascii
	};
	return c;
}

int sr_chisel_open_described(struct sr_chisel **out, const struct sysreel_chisel *d, void *owned,
			     const struct sr_chisel_opts *opts, struct sr_err *err)
{
	struct sr_chisel *c = chisel_new(opts);
	int rc = -ENOMEM;

	if (!c) {
		free(owned);
		return sr_err_set(err, -ENOMEM, SR_NO_POS, "chisel %s: no memory", d->name);
	}
	c->owned = owned;
	c->plugin.d = *d;
	c->plugin.name = strdup(d->name);
	if (c->plugin.name)
		rc = start(c, err);
	if (rc < 0) {
		sr_chisel_close(c);
		return rc;
	}
	*out = c;
	return 0;
}

int sr_chisel_open(struct sr_chisel **out, const char *name, int argc, char *const *argv, int *used,
		   const struct sr_chisel_opts *opts, struct sr_err *err)
{
	struct sr_chisel *c = chisel_new(opts);
	int rc;

	if (!c)
		return sr_err_set(err, -ENOMEM, SR_NO_POS, "chisel %s: no memory", name);
	rc = sr_plugin_open(&c->plugin, name, opts->dirs, opts->ndirs, err);
	rc = rc ? rc : sr_chisel_args_take(c->args, &c->plugin, argc, argv, used, err);
	rc = rc ? rc : sr_chisel_args_top(c->args, &c->plugin, opts->top, err);
	rc = rc ? rc : start(c, err);
	if (rc < 0)
		goto fail;
	*out = c;
	return 0;

fail:
	sr_chisel_close(c);
	return rc;
}

const char *sr_chisel_filter(const struct sr_chisel *c)
{
	return c->filter_text;
}

struct sr_sink *sr_chisel_sink(struct sr_chisel *c)
{
	return &c->sink;
}

void sr_chisel_close(struct sr_chisel *c)
{
	if (!c)
		return;
	sr_chisel_fini(c);
	for (uint32_t i = 0; i < c->ntables; i++)
		sr_table_free(c->tables[i]);
	for (uint32_t i = 0; i < c->nplots; i++)
		sr_plot_free(c->plots[i]);
	sr_filter_free(c->filter);
	free(c->filter_text);
	free(c->sel);
	sr_buf_free(&c->out);
	sr_buf_free(&c->shown);
	sr_buf_free(&c->drawn);
	sr_buf_free(&c->svg);
	sr_buf_free(&c->remarks);
	sr_buf_free(&c->text);
	sr_arena_free(&c->arena);
	sr_plugin_close(&c->plugin);
	free(c->owned);
	free(c);
}
