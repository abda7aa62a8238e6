/* SPDX-License-Identifier: Apache-2.0 */
/* The functions that a chisel may call, and the writing of what it says. */
#include "chisels/host_internal.h"
#include "chisels/table_internal.h"
#include "formats/base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- arguments ---- */

static const struct sr_argval *arg(const struct sysreel_host *h, const char *name)
{
	static const struct sr_argval none = { .text = "" };
	const struct sr_chisel *c = sr_chisel_of_host(h);
	const struct sr_argval *v = sr_chisel_arg_find(c, name, strlen(name));

	if (!v)
		sr_log(SR_LOG_WARN, "chisel %s: asks for argument %s, which it does not declare",
		       c->plugin.name, name);
	return v ? v : &none;
}

static int64_t api_arg_int(const struct sysreel_host *h, const char *name)
{
	return arg(h, name)->i;
}

static double api_arg_double(const struct sysreel_host *h, const char *name)
{
	return arg(h, name)->d;
}

static const char *api_arg_text(const struct sysreel_host *h, const char *name)
{
	return arg(h, name)->text;
}

static int api_arg_given(const struct sysreel_host *h, const char *name)
{
	return arg(h, name)->given;
}

/* ---- errors and remarks ---- */

static void keep_words(struct sr_chisel *c, const char *fmt, va_list ap)
{
	vsnprintf(c->fail.msg, sizeof(c->fail.msg), fmt, ap);
}

__attribute__((format(printf, 3, 4))) static int api_fail(const struct sysreel_host *h, int rc,
							  const char *fmt, ...)
{
	struct sr_chisel *c = sr_chisel_of_host(h);
	va_list ap;

	if (fmt) {
		va_start(ap, fmt);
		keep_words(c, fmt, ap);
		va_end(ap);
	}
	return rc;
}

/* The formatted text, for callers that put it into JSON or make it safe; "" on oom. */
static struct sr_buf format(const char *fmt, va_list ap)
{
	struct sr_buf b = { 0 };
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n <= 0 || !sr_buf_reserve(&b, (size_t)n + 1))
		return b;
	vsnprintf((char *)b.p, (size_t)n + 1, fmt, ap);
	b.len = (size_t)n;
	return b;
}

__attribute__((format(printf, 2, 3))) static void api_line(const struct sysreel_host *h,
							   const char *fmt, ...)
{
	struct sr_chisel *c = sr_chisel_of_host(h);
	struct sr_buf text;
	va_list ap;

	va_start(ap, fmt);
	text = format(fmt, ap);
	va_end(ap);
	if (c->opts.json) {
		sr_buf_puts(&c->out, "{\"line\":");
		sr_buf_json_str(&c->out, (const char *)text.p, text.len);
		sr_buf_puts(&c->out, "}\n");
	} else if (c->opts.csv && !(c->plugin.d.flags & SYSREEL_RAW)) {
		sr_chisel_stream_head(c, SR_CHISEL_LINES);
		sr_csv_str((const char *)text.p, text.len, &c->out);
		sr_buf_putc(&c->out, '\n');
	} else {
		sr_text_safe((const char *)text.p, text.len, &c->out);
		sr_buf_putc(&c->out, '\n');
	}
	c->out.oom |= text.oom;
	sr_buf_free(&text);
}

__attribute__((format(printf, 2, 3))) static void api_remark(const struct sysreel_host *h,
							     const char *fmt, ...)
{
	struct sr_chisel *c = sr_chisel_of_host(h);
	struct sr_buf text;
	va_list ap;

	va_start(ap, fmt);
	text = format(fmt, ap);
	va_end(ap);
	if (c->opts.json) {
		if (c->remarks.len)
			sr_buf_putc(&c->remarks, ',');
		sr_buf_json_str(&c->remarks, (const char *)text.p, text.len);
	} else {
		sr_text_safe((const char *)text.p, text.len, &c->remarks);
		sr_buf_putc(&c->remarks, '\n');
	}
	c->remarks.oom |= text.oom;
	sr_buf_free(&text);
}

__attribute__((format(printf, 2, 3))) static void api_warn(const struct sysreel_host *h,
							   const char *fmt, ...)
{
	struct sr_buf text;
	va_list ap;

	va_start(ap, fmt);
	text = format(fmt, ap);
	va_end(ap);
	sr_log(SR_LOG_WARN, "chisel %s: %s", sr_chisel_of_host(h)->plugin.name, sr_buf_cstr(&text));
	sr_buf_free(&text);
}

/* ---- tables ---- */

/* The chisel's INT argument `top` says how many rows its tables show. */
static int64_t top_rows(const struct sr_chisel *c)
{
	for (uint32_t i = 0; i < c->plugin.d.nargs; i++)
		if (strcmp(c->plugin.d.args[i].name, "top") == 0 &&
		    c->plugin.d.args[i].type == SYSREEL_INT)
			return c->args[i].i;
	return -1;
}

/* A title $NAME is the value of the argument NAME. */
static void expand_titles(const struct sr_chisel *c, struct sysreel_table *t)
{
	for (uint32_t i = 0; i < t->ncols; i++) {
		const char *title = t->cols[i].title;
		const struct sr_argval *v = NULL;

		if (*title == '$')
			v = sr_chisel_arg_find(c, title + 1, strlen(title + 1));
		if (v)
			t->cols[i].title = v->text;
	}
}

static struct sysreel_table *api_table_new(const struct sysreel_host *h,
					   const struct sysreel_table_def *def)
{
	struct sr_chisel *c = sr_chisel_of_host(h);
	struct sysreel_table *t;

	if (c->ntables == SR_CHISEL_MAX_TABLES) {
		api_fail(h, 0, "it makes more than %d tables", SR_CHISEL_MAX_TABLES);
		return NULL;
	}
	if (sr_table_new(&t, def, top_rows(c), 0, &c->fail) < 0)
		return NULL;
	if (c->part)
		sr_table_make_part(t);
	expand_titles(c, t);
	c->tables[c->ntables++] = t;
	return t;
}

/* CSV: the head of rows of @t (NULL: of lines), unless such rows are what came last. */
static void put_csv_head(struct sr_chisel *c, const struct sysreel_table *t)
{
	const void *what = t ? (const void *)t : c;

	if (c->csv_last == what)
		return;
	if (c->csv_last)
		sr_buf_putc(&c->out, '\n');
	c->csv_last = what;
	if (t)
		sr_table_csv_head(t, c->now && !sr_table_is_stream(t), &c->out);
	else
		sr_buf_puts(&c->out, "line\n");
}

void sr_chisel_stream_head(struct sr_chisel *c, uint32_t table)
{
	struct sysreel_table *t = table == SR_CHISEL_LINES ? NULL : c->tables[table];

	if (!c->part && c->opts.csv && !c->opts.json)
		put_csv_head(c, t);
	if (c->headed[table])
		return;
	c->headed[table] = true;
	c->head_at[table] = c->out.len;
	if (!c->part && t && !c->opts.csv && !c->opts.json)
		sr_table_stream_head(t, &c->look, &c->out);
}

/* Prints one row of a stream. */
static void put_stream(struct sr_chisel *c, struct sysreel_table *t,
		       const struct sysreel_value *cells)
{
	uint32_t i = 0;

	if (c->opts.json) {
		sr_table_row_json(t, cells, &c->out);
		sr_buf_putc(&c->out, '\n');
		return;
	}
	while (i < c->ntables && c->tables[i] != t)
		i++;
	if (i < c->ntables)
		sr_chisel_stream_head(c, i);
	if (c->opts.csv)
		sr_table_row_csv(t, cells, &c->out);
	else
		sr_table_stream_text(t, &c->look, cells, &c->out);
}

static int api_table_row(const struct sysreel_host *h, struct sysreel_table *t,
			 const struct sysreel_value *cells)
{
	struct sr_chisel *c = sr_chisel_of_host(h);

	if (!sr_table_is_stream(t))
		return sr_table_row(t, cells);
	put_stream(c, t, cells);
	return c->out.oom ? -ENOMEM : 0;
}

static int api_table_batch(const struct sysreel_host *h, struct sysreel_table *t,
			   const struct sysreel_batch *b)
{
	struct sr_chisel *c = sr_chisel_of_host(h);
	struct sysreel_value cells[SYSREEL_MAX_COLS];
	int rc;

	if (!sr_table_is_stream(t))
		return sr_table_batch(t, b, &c->fail);
	rc = sr_table_check_batch(t, b->cols, b->ncols, &c->fail);
	for (uint32_t row = 0; rc == 0 && row < b->n; row++) {
		sr_table_cells(t, b, row, cells);
		put_stream(c, t, cells);
	}
	return rc == 0 && c->out.oom ? -ENOMEM : rc;
}

static int api_table_show(const struct sysreel_host *h, struct sysreel_table *t)
{
	struct sr_chisel *c = sr_chisel_of_host(h);

	if (sr_table_is_stream(t))
		return 0;
	sr_table_set_elapsed(t, c->has_span ? c->span : c->last - c->first);
	if (c->opts.csv && !c->opts.json) {
		put_csv_head(c, t);
		return sr_table_csv(t, c->now, &c->out);
	}
	if (!c->opts.json)
		return sr_table_text(t, &c->look, &c->out);
	if (c->shown.len)
		sr_buf_putc(&c->shown, ',');
	return sr_table_json(t, &c->shown);
}

static void api_table_clear(const struct sysreel_host *h, struct sysreel_table *t)
{
	(void)h;
	sr_table_clear(t);
}

/* ---- plots ---- */

static struct sysreel_plot *api_plot_new(const struct sysreel_host *h,
					 const struct sysreel_plot_def *def)
{
	struct sr_chisel *c = sr_chisel_of_host(h);
	struct sysreel_plot *p;

	if (c->nplots == SR_CHISEL_MAX_PLOTS) {
		api_fail(h, 0, "it makes more than %d plots", SR_CHISEL_MAX_PLOTS);
		return NULL;
	}
	if (sr_plot_new(&p, def, top_rows(c), &c->fail) < 0)
		return NULL;
	if (c->part)
		sr_plot_make_part(p);
	c->plots[c->nplots++] = p;
	return p;
}

static int api_plot_add(const struct sysreel_host *h, struct sysreel_plot *p,
			const struct sysreel_sample *s)
{
	(void)h;
	return sr_plot_add(p, s);
}

/* Below those that this callback has drawn before. */
static int draw(struct sr_chisel *c, struct sysreel_plot *p)
{
	int height;

	if (!c->opts.svg)
		return 0;
	if (c->svg_done)
		c->svg.len = 0;
	if (c->svg_done)
		c->svg_height = 0;
	c->svg_done = false;
	height = sr_plot_svg(p, &c->look, c->svg_height, &c->svg);
	c->svg_height += height > 0 ? height : 0;
	return height < 0 ? height : 0;
}

static int api_plot_show(const struct sysreel_host *h, struct sysreel_plot *p)
{
	struct sr_chisel *c = sr_chisel_of_host(h);
	int rc = draw(c, p);

	if (rc < 0)
		return rc;
	if (c->opts.json) {
		if (c->drawn.len)
			sr_buf_putc(&c->drawn, ',');
		return sr_plot_json(p, &c->drawn);
	}
	if (!c->opts.csv)
		return sr_plot_text(p, &c->look, &c->out);
	if (c->csv_last)
		sr_buf_putc(&c->out, '\n');
	c->csv_last = p;
	return sr_plot_csv(p, &c->out);
}

static void api_plot_clear(const struct sysreel_host *h, struct sysreel_plot *p)
{
	(void)h;
	sr_plot_clear(p);
}

static void api_totals(const struct sysreel_host *h, struct sysreel_totals *out)
{
	const struct sr_chisel *c = sr_chisel_of_host(h);
	struct sysreel_totals t = { .events = c->events };

	if (c->events) {
		t.first = c->first + c->ahead;
		t.last = c->last + c->ahead;
	}

	t.size = out->size < sizeof(t) ? out->size : sizeof(t);
	memcpy(out, &t, t.size);
}

static int api_save(const struct sysreel_host *h, const char *path, const char *filter)
{
	struct sr_chisel *c = sr_chisel_of_host(h);

	if (!c->opts.save)
		return api_fail(h, -ENOTSUP,
				"events can only be saved into %s from a recording: sysreel read",
				path);
	return filter ? c->opts.save(c->opts.save_arg, path, filter) : 0;
}

const struct sysreel_host sr_chisel_host_functions = {
	.size = sizeof(struct sysreel_host),
	.arg_int = api_arg_int,
	.arg_double = api_arg_double,
	.arg_text = api_arg_text,
	.arg_given = api_arg_given,
	.table_new = api_table_new,
	.table_row = api_table_row,
	.table_batch = api_table_batch,
	.table_show = api_table_show,
	.table_clear = api_table_clear,
	.line = api_line,
	.remark = api_remark,
	.warn = api_warn,
	.fail = api_fail,
	.totals = api_totals,
	.plot_new = api_plot_new,
	.plot_add = api_plot_add,
	.plot_show = api_plot_show,
	.plot_clear = api_plot_clear,
	.save = api_save,
};

/* ---- writing ---- */

int sr_chisel_flush(struct sr_chisel *c, struct sr_err *err)
{
	size_t len = c->out.len;

	if (c->out.oom || c->shown.oom || c->drawn.oom || c->remarks.oom)
		return sr_err_set(err, -ENOMEM, SR_NO_POS, "chisel %s: no memory for its output",
				  c->plugin.name);
	c->out.len = 0;
	c->svg_done = true;
	errno = 0;
	if (len && fwrite(c->out.p, 1, len, c->opts.out) != len) {
		int e = errno ? errno : EIO;

		return sr_err_set(err, -e, SR_NO_POS, "chisel %s: cannot write its output: %s",
				  c->plugin.name, strerror(e));
	}
	return 0;
}

static void put_name(struct sr_chisel *c)
{
	sr_buf_puts(&c->out, "{\"chisel\":");
	sr_buf_json_str(&c->out, c->plugin.name, strlen(c->plugin.name));
}

static void put_tables(struct sr_chisel *c)
{
	sr_buf_puts(&c->out, ",\"tables\":[");
	sr_buf_put(&c->out, c->shown.p, c->shown.len);
	sr_buf_putc(&c->out, ']');
	if (c->drawn.len) {
		sr_buf_puts(&c->out, ",\"plots\":[");
		sr_buf_put(&c->out, c->drawn.p, c->drawn.len);
		sr_buf_putc(&c->out, ']');
	}
	c->shown.len = c->drawn.len = 0;
}

void sr_chisel_tables_json(struct sr_chisel *c, uint64_t now)
{
	if (!c->shown.len && !c->drawn.len)
		return;
	put_name(c);
	sr_buf_printf(&c->out, ",\"time\":%" PRIu64, now);
	put_tables(c);
	sr_buf_puts(&c->out, "}\n");
}

static bool is_complete(const struct sr_chisel_loss *l)
{
	return !l->lost && !l->damaged && !l->also;
}

static void footer_json(struct sr_chisel *c, const struct sr_chisel_loss *l)
{
	put_name(c);
	put_tables(c);
	sr_buf_puts(&c->out, ",\"remarks\":[");
	sr_buf_put(&c->out, c->remarks.p, c->remarks.len);
	sr_buf_printf(&c->out, "],\"events\":%" PRIu64, c->events);
	if (c->events)
		sr_buf_printf(&c->out, ",\"first\":%" PRIu64 ",\"last\":%" PRIu64,
			      c->first + c->ahead, c->last + c->ahead);
	else
		sr_buf_puts(&c->out, ",\"first\":null,\"last\":null");
	if (!l->known) {
		sr_buf_puts(&c->out, ",\"lost\":null,\"damaged\":null,\"complete\":null}\n");
		return;
	}
	sr_buf_printf(&c->out, ",\"lost\":%" PRIu64 ",\"damaged\":%" PRIu64 ",\"complete\":%s",
		      l->lost, l->damaged, is_complete(l) ? "true" : "false");
	if (l->also) {
		sr_buf_puts(&c->out, ",\"why\":");
		sr_buf_json_str(&c->out, l->also, strlen(l->also));
	}
	sr_buf_puts(&c->out, "}\n");
}

static void put_loss(struct sr_buf *out, const struct sr_chisel_loss *l)
{
	if (is_complete(l))
		sr_buf_puts(out, "complete: no event was lost\n");
	if (l->lost)
		sr_buf_printf(
			out, "INCOMPLETE: %" PRIu64 " event%s lost, and %s not in this answer\n",
			l->lost, l->lost == 1 ? " was" : "s were", l->lost == 1 ? "is" : "are");
	if (l->damaged)
		sr_buf_printf(out, "INCOMPLETE: the file is damaged in %" PRIu64 " place%s\n",
			      l->damaged, l->damaged == 1 ? "" : "s");
	if (l->also)
		sr_buf_printf(out, "INCOMPLETE: %s\n", l->also);
}

/* Where the output has no place for it. */
static void footer_beside(struct sr_chisel *c, const struct sr_chisel_loss *l)
{
	struct sr_buf words = { 0 };
	char *save = NULL, *line;

	if (!(c->plugin.d.flags & SYSREEL_RAW))
		sr_buf_put(&words, c->remarks.p, c->remarks.len);
	if (l->known && !is_complete(l))
		put_loss(&words, l);
	for (line = strtok_r((char *)(uintptr_t)sr_buf_cstr(&words), "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		sr_log(SR_LOG_WARN, "chisel %s: %s", c->plugin.name, line);
	sr_buf_free(&words);
}

void sr_chisel_footer(struct sr_chisel *c)
{
	struct sr_chisel_loss loss = { 0 };
	struct sysreel_value dur = sysreel_uint(c->last - c->first);

	if (c->opts.loss) {
		loss.known = true;
		c->opts.loss(c->opts.loss_arg, &loss);
	}
	if (c->plugin.d.flags & SYSREEL_RAW || (c->opts.csv && !c->opts.json)) {
		footer_beside(c, &loss);
		return;
	}
	if (c->opts.json) {
		footer_json(c, &loss);
		return;
	}
	sr_buf_put(&c->out, c->remarks.p, c->remarks.len);
	sr_buf_puts(&c->out, c->opts.color ? "\033[2m" : "");
	sr_buf_printf(&c->out, "%" PRIu64 " event%s", c->events, c->events == 1 ? "" : "s");
	if (c->events > 1) {
		sr_buf_puts(&c->out, " in ");
		sr_cell_text(&dur, SYSREEL_NS, &c->look, &c->out);
	}
	sr_buf_puts(&c->out, loss.known ? "; " : "\n");
	if (loss.known)
		put_loss(&c->out, &loss);
	sr_buf_puts(&c->out, c->opts.color ? "\033[0m" : "");
}

int sr_chisel_write_svg(struct sr_chisel *c, struct sr_err *err)
{
	struct sr_buf doc = { 0 };
	int rc = 0;

	if (!c->opts.svg)
		return 0;
	if (!c->svg_height)
		return sr_err_set(err, -ENOTSUP, SR_NO_POS,
				  "chisel %s: draws no picture: --svg is for those that do",
				  c->plugin.name);
	sr_plot_svg_end(&c->svg, c->svg_height, &doc);
	errno = 0;
	if (c->svg.oom || doc.oom)
		rc = sr_chisel_no_memory(c, err);
	else if (fwrite(doc.p, 1, doc.len, c->opts.svg) != doc.len || fflush(c->opts.svg) != 0)
		rc = sr_err_set(err, errno ? -errno : -EIO, SR_NO_POS,
				"chisel %s: cannot write its picture: %s", c->plugin.name,
				strerror(errno ? errno : EIO));
	sr_buf_free(&doc);
	return rc;
}
