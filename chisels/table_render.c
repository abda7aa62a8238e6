/* SPDX-License-Identifier: Apache-2.0 */
/* Tables as people read them: aligned to their content and to the terminal. */
#include "chisels/table_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GAP	   2  /* blanks between columns */
#define BAR	   20 /* the longest bar */
#define MIN_SHRUNK 16 /* a column is not cut below this width to fit the terminal... */
#define MIN_NARROW 8  /* ...unless columns would have to be left out */
#define MIN_BAR	   8  /* columns that are worth a bar beside the table */

#define BOLD	   "\033[1m"
#define DIM	   "\033[2m"
#define RESET	   "\033[0m"
#define BAR_COLOR  "\033[36m"

static void put_blanks(struct sr_buf *out, size_t n)
{
	while (n--)
		sr_buf_putc(out, ' ');
}

/* ---- laying a table out ---- */

/* The text of all cells of what is shown: rows, then perhaps the row "others". */
struct layout {
	struct sr_buf text;
	size_t *end;   /* by cell: where its text ends */
	uint32_t rows; /* others included */
	uint32_t ncols;
	uint32_t cols[SYSREEL_MAX_COLS]; /* columns of the table that are shown */
	size_t width[SYSREEL_MAX_COLS];
	bool left[SYSREEL_MAX_COLS];   /* text: aligned to the left */
	double most[SYSREEL_MAX_COLS]; /* the largest number in a column of bars */
	bool hidden[SYSREEL_MAX_COLS]; /* the terminal is too narrow */
	size_t total;		       /* width of all */
	size_t bar; /* room for a bar beside each row, in proportion to what rows are sorted by; 0
		     */
	double *value; /* what that is, by row */
};

static bool is_dull(const struct sysreel_table *t, uint32_t col, struct sr_acc *const *rows,
		    uint32_t n)
{
	const char *dull = t->def.cols[col].dull;
	size_t len = dull ? strlen(dull) : 0;

	if (!dull)
		return false;
	for (uint32_t r = 0; r < n; r++) {
		const struct sysreel_value *v = &rows[r][col].v;

		if (!v->why &&
		    (v->type != SYSREEL_STR || v->s.len != len || memcmp(v->s.p, dull, len) != 0))
			return false;
	}
	return true;
}

static void choose_cols(struct layout *l, const struct sysreel_table *t, struct sr_acc *const *rows,
			uint32_t n)
{
	for (uint32_t i = 0; i < t->ncols; i++) {
		bool left = true;

		if (n && is_dull(t, i, rows, n))
			continue;
		for (uint32_t r = 0; r < n && left; r++)
			left = rows[r][i].v.why || rows[r][i].v.type == SYSREEL_STR;
		if (!sr_col_is_key(t, i))
			left = false;
		l->left[l->ncols] = left;
		l->cols[l->ncols++] = i;
	}
}

/* The cell that says how many groups the row "others" stands for. */
static void put_others_name(const struct sysreel_table *t, struct sr_buf *out)
{
	uint32_t n = t->nrows - sr_table_shown(t);

	if (!t->nover)
		sr_buf_printf(out, "(%" PRIu32 " other%s)", n, n == 1 ? "" : "s");
	else if (n)
		sr_buf_printf(out, "(more than %" PRIu32 " others)", n);
	else
		sr_buf_puts(out, "(others)");
}

static void put_bar(struct sr_buf *out, const struct sysreel_value *v, double most)
{
	double part = !v || v->why || most <= 0 ? 0 : sr_value_double(v) / most * BAR;

	for (int i = 0; i < BAR && i < part; i++)
		sr_buf_putc(out, '#');
}

static void find_most(struct layout *l, const struct sysreel_table *t, struct sr_acc *const *rows,
		      uint32_t n)
{
	for (uint32_t c = 0; c < l->ncols; c++) {
		if (t->def.cols[l->cols[c]].unit != SYSREEL_BAR)
			continue;
		l->left[c] = true;
		for (uint32_t r = 0; r < n; r++) {
			struct sysreel_value v = sr_acc_value(t, l->cols[c], &rows[r][l->cols[c]]);
			double d = v.why || v.type == SYSREEL_STR ? 0 : sr_value_double(&v);

			l->most[c] = d > l->most[c] ? d : l->most[c];
		}
	}
}

static void put_cells(struct layout *l, const struct sysreel_table *t, const struct sr_acc *row,
		      bool others, const struct sr_table_opts *o, size_t *end)
{
	bool named = !others;

	for (uint32_t c = 0; c < l->ncols; c++) {
		uint32_t i = l->cols[c];
		size_t start = l->text.len, w;

		if (!others || !sr_col_is_key(t, i)) {
			struct sysreel_value v = sr_acc_value(t, i, &row[i]);

			if (t->def.cols[i].unit == SYSREEL_BAR)
				put_bar(&l->text, others ? NULL : &v, l->most[c]);
			else
				sr_cell_text(&v, (enum sysreel_unit)t->def.cols[i].unit, o,
					     &l->text);
		} else if (!named) {
			put_others_name(t, &l->text);
			named = true;
		}
		end[c] = l->text.len;
		w = l->text.oom ? 0 : sr_text_width(l->text.p + start, l->text.len - start);
		if (w > l->width[c])
			l->width[c] = w;
	}
}

/* Narrows the widest text columns, down to @least, until the table fits. Return: does it? */
static bool narrow(struct layout *l, size_t width, size_t least)
{
	while (l->total > width) {
		size_t over = l->total - width, cut;
		uint32_t widest = UINT32_MAX;

		for (uint32_t c = 0; c < l->ncols; c++)
			if (l->left[c] && l->width[c] > least &&
			    (widest == UINT32_MAX || l->width[c] > l->width[widest]))
				widest = c;
		if (widest == UINT32_MAX)
			return false;
		cut = l->width[widest] - least;
		cut = cut < over ? cut : over;
		l->width[widest] -= cut;
		l->total -= cut;
	}
	return true;
}

/* Leaves out values, the last ones first, but not what the rows are sorted by. */
static void hide(struct layout *l, const struct sysreel_table *t, size_t width)
{
	for (uint32_t c = l->ncols; c-- > 1 && l->total > width;) {
		if (sr_col_is_key(t, l->cols[c]) || l->cols[c] == t->def.sort)
			continue;
		l->hidden[c] = true;
		l->total -= l->width[c] + GAP;
	}
}

static void fit(struct layout *l, const struct sysreel_table *t, const struct sr_table_opts *o)
{
	size_t width = o->width > 0 ? (size_t)o->width : SIZE_MAX;

	for (uint32_t c = 0; c < l->ncols; c++)
		l->total += l->width[c] + (c ? GAP : 0);
	if (!narrow(l, width, MIN_SHRUNK) && !narrow(l, width, MIN_NARROW))
		hide(l, t, width);
	if (!o->bars || !l->value || l->total + GAP + MIN_BAR > width)
		return;
	l->bar = width - l->total - GAP;
	l->bar = l->bar < BAR ? l->bar : BAR;
}

/* What the rows are sorted by, where it is a number and the largest come first. */
static void take_values(struct layout *l, const struct sysreel_table *t, struct sr_acc *const *rows,
			uint32_t n)
{
	const uint32_t not_bars = SYSREEL_TABLE_UNSORTED | SYSREEL_TABLE_ASCENDING;
	uint32_t sort = t->def.sort;

	if (t->def.flags & not_bars || sr_col_is_key(t, sort) || n < 2)
		return;
	for (uint32_t i = 0; i < t->ncols; i++)
		if (t->def.cols[i].unit == SYSREEL_BAR)
			return; /* it has one */
	l->value = calloc(n, sizeof(*l->value));
	for (uint32_t r = 0; l->value && r < n; r++) {
		struct sysreel_value v = sr_acc_value(t, sort, &rows[r][sort]);

		l->value[r] = v.why || v.type == SYSREEL_STR ? 0 : sr_value_double(&v);
	}
}

static void put_aligned(struct sr_buf *out, const struct layout *l, uint32_t c, const uint8_t *p,
			size_t len)
{
	size_t w = sr_text_width(p, len);
	size_t pad = w < l->width[c] ? l->width[c] - w : 0;

	if (l->hidden[c])
		return;
	if (c)
		put_blanks(out, GAP);
	if (!l->left[c])
		put_blanks(out, pad);
	sr_text_fit(p, len, l->width[c], out);
	if (l->left[c] && (c + 1 < l->ncols || l->bar))
		put_blanks(out, pad);
}

static void put_head(struct sr_buf *out, const struct layout *l, const struct sysreel_table *t,
		     const struct sr_table_opts *o)
{
	if (o->color)
		sr_buf_puts(out, BOLD);
	for (uint32_t c = 0; c < l->ncols; c++) {
		const char *title = t->def.cols[l->cols[c]].title;

		put_aligned(out, l, c, (const uint8_t *)title, strlen(title));
	}
	while (out->len && out->p[out->len - 1] == ' ')
		out->len--;
	sr_buf_puts(out, o->color ? RESET "\n" : "\n");
}

static void put_side_bar(struct sr_buf *out, const struct layout *l, uint32_t row,
			 const struct sr_table_opts *o)
{
	double part = l->value[0] > 0 ? l->value[row] / l->value[0] * (double)l->bar : 0;

	put_blanks(out, GAP);
	sr_buf_puts(out, o->color ? BAR_COLOR : "");
	for (size_t i = 0; i < l->bar && (double)i < part; i++)
		sr_buf_putc(out, '#');
	sr_buf_puts(out, o->color ? RESET : "");
}

static void put_rows(struct sr_buf *out, const struct layout *l, bool others,
		     const struct sr_table_opts *o)
{
	size_t start = 0;

	for (uint32_t r = 0; r < l->rows; r++) {
		bool dim = o->color && others && r + 1 == l->rows;

		if (dim)
			sr_buf_puts(out, DIM);
		for (uint32_t c = 0; c < l->ncols; c++) {
			size_t end = l->end[(size_t)r * l->ncols + c];

			put_aligned(out, l, c, l->text.p + start, end - start);
			start = end;
		}
		if (l->bar && !(others && r + 1 == l->rows))
			put_side_bar(out, l, r, o);
		sr_buf_puts(out, dim ? RESET "\n" : "\n");
	}
}

/* ---- what is not in the table ---- */

static void put_reasons(struct sr_buf *out, const struct sr_missing *m)
{
	const char *sep = ": ";

	for (unsigned int why = 1; why < SYSREEL_WHY_COUNT; why++) {
		if (!m->by[why])
			continue;
		if (m->by[why] == m->events)
			sr_buf_printf(out, "%s%s", sep, sr_why_name(why));
		else
			sr_buf_printf(out, "%s%" PRIu64 " %s", sep, m->by[why], sr_why_name(why));
		sep = ", ";
	}
	sr_buf_putc(out, '\n');
}

static void put_events(struct sr_buf *out, uint64_t n)
{
	sr_buf_printf(out, "%" PRIu64 " event%s", n, n == 1 ? "" : "s");
}

/* Which rows had no value for a column; told once of columns for which it is the same. */
static void put_without(const struct sysreel_table *t, uint32_t col, struct sr_buf *out)
{
	const struct sr_missing *m = &t->value[col];

	if (!m->events)
		return;
	for (uint32_t i = 0; i < col; i++)
		if (memcmp(&t->value[i], m, sizeof(*m)) == 0)
			return;
	put_events(out, m->events);
	sr_buf_puts(out, m->events == 1 ? " has no " : " have no ");
	for (uint32_t i = col; i < t->ncols; i++)
		if (memcmp(&t->value[i], m, sizeof(*m)) == 0)
			sr_buf_printf(out, "%s%s", i == col ? "" : ", ", t->def.cols[i].title);
	put_reasons(out, m);
}

static void put_remarks(const struct sysreel_table *t, const struct sr_table_opts *o,
			struct sr_buf *out)
{
	bool told = false; /* what the rows left out carried: for all keys together */

	for (uint32_t i = 0; i < t->ncols; i++) {
		const struct sr_missing *m = &t->key[i];

		if (!m->events)
			continue;
		put_events(out, m->events);
		sr_buf_printf(out, " without %s %s not in the table", t->def.cols[i].title,
			      m->events == 1 ? "is" : "are");
		put_reasons(out, m);
		told = true;
	}
	for (uint32_t i = 0; told && i < t->ncols; i++) {
		struct sysreel_value v = sr_acc_value(t, i, &t->left_out[i]);

		if (sr_col_is_key(t, i) || t->def.cols[i].op == SYSREEL_COUNT || v.why)
			continue;
		sr_buf_printf(out, "%s not in the table: ", t->def.cols[i].title);
		sr_cell_text(&v, (enum sysreel_unit)t->def.cols[i].unit, o, out);
		sr_buf_putc(out, '\n');
	}
	for (uint32_t i = 0; i < t->ncols; i++)
		put_without(t, i, out);
	if (t->nover && (t->def.flags & SYSREEL_TABLE_GROUP))
		sr_buf_printf(out,
			      "only %" PRIu32 " groups are kept apart: a group that came later is "
			      "among the others, however large\n",
			      t->max_rows);
	else if (t->nover && !(t->def.flags & SYSREEL_TABLE_BEST && t->def.top))
		sr_buf_printf(out,
			      "%" PRIu64 " more rows are not in the table: the limit is %" PRIu32
			      "\n",
			      t->nover, t->max_rows);
}

/* ---- the whole ---- */

static int render(struct sysreel_table *t, struct layout *l, struct sr_acc *const *rows,
		  const struct sr_table_opts *o)
{
	uint32_t shown = sr_table_shown(t);
	bool others = (shown < t->nrows || t->nover) && (t->def.flags & SYSREEL_TABLE_GROUP);

	choose_cols(l, t, rows, shown);
	find_most(l, t, rows, shown);
	l->rows = shown + others;
	l->end = calloc((size_t)l->rows * l->ncols + 1, sizeof(*l->end));
	if (!l->end)
		return -ENOMEM;
	for (uint32_t c = 0; c < l->ncols; c++)
		l->width[c] = sr_text_width((const uint8_t *)t->def.cols[l->cols[c]].title,
					    strlen(t->def.cols[l->cols[c]].title));
	for (uint32_t r = 0; r < shown; r++)
		put_cells(l, t, rows[r], false, o, &l->end[(size_t)r * l->ncols]);
	if (others) {
		struct sr_acc sum[SYSREEL_MAX_COLS];

		sr_table_others(t, rows, shown, sum);
		put_cells(l, t, sum, true, o, &l->end[(size_t)shown * l->ncols]);
	}
	take_values(l, t, rows, shown);
	fit(l, t, o);
	return l->text.oom || t->oom ? -ENOMEM : 0;
}

static void put_hidden(struct sr_buf *out, const struct layout *l, const struct sysreel_table *t)
{
	const char *sep = "the terminal is too narrow for: ";

	for (uint32_t c = 0; c < l->ncols; c++) {
		if (!l->hidden[c])
			continue;
		sr_buf_printf(out, "%s%s", sep, t->def.cols[l->cols[c]].title);
		sep = ", ";
	}
	if (*sep == ',')
		sr_buf_putc(out, '\n');
}

static int put_table(struct sysreel_table *t, const struct sr_table_opts *o, struct sr_buf *out)
{
	struct sr_acc **rows = sr_table_sorted(t);
	struct layout l = { 0 };
	uint64_t more = t->nrows - sr_table_shown(t);
	int rc = rows ? render(t, &l, rows, o) : -ENOMEM;

	if (rc < 0)
		goto fail;
	if (t->def.title)
		sr_buf_printf(out, "%s\n", t->def.title);
	put_head(out, &l, t, o);
	put_rows(out, &l, l.rows > sr_table_shown(t), o);
	if (t->def.flags & SYSREEL_TABLE_BEST)
		more += t->nover;
	if (!l.rows)
		sr_buf_puts(out, "(no rows)\n");
	put_hidden(out, &l, t);
	if (!(t->def.flags & SYSREEL_TABLE_GROUP) && more)
		sr_buf_printf(out, "(%" PRIu64 " more rows)\n", more);
	put_remarks(t, o, out);
	rc = out->oom ? -ENOMEM : 0;

fail:
	free(rows);
	free(l.end);
	free(l.value);
	sr_buf_free(&l.text);
	return rc;
}

int sr_table_text(struct sysreel_table *t, const struct sr_table_opts *o, struct sr_buf *out)
{
	uint32_t top = t->def.top;
	int rc;

	if (o->rows && (!top || o->rows < top))
		t->def.top = o->rows;
	rc = put_table(t, o, out);
	t->def.top = top;
	return rc;
}

/* ---- streams ---- */

static void put_stream_cell(const struct sysreel_table *t, uint32_t col, const struct sr_buf *text,
			    struct sr_buf *out)
{
	size_t w = sr_text_width(text->p, text->len), width = t->def.cols[col].width;
	size_t pad = w < width ? width - w : 0;

	if (col)
		put_blanks(out, GAP);
	sr_buf_put(out, text->p, text->len);
	if (col + 1 < t->ncols)
		put_blanks(out, pad);
}

void sr_table_stream_head(const struct sysreel_table *t, const struct sr_table_opts *o,
			  struct sr_buf *out)
{
	if (t->def.title)
		sr_buf_printf(out, "%s\n", t->def.title);
	if (o->color)
		sr_buf_puts(out, BOLD);
	for (uint32_t i = 0; i < t->ncols; i++) {
		const char *title = t->def.cols[i].title;
		struct sr_buf text = { .p = (uint8_t *)title, .len = strlen(title) };

		put_stream_cell(t, i, &text, out);
	}
	sr_buf_puts(out, o->color ? RESET "\n" : "\n");
}

void sr_table_stream_text(const struct sysreel_table *t, const struct sr_table_opts *o,
			  const struct sysreel_value *cells, struct sr_buf *out)
{
	struct sr_buf text = { 0 };

	for (uint32_t i = 0; i < t->ncols; i++) {
		const struct sysreel_value *v = &cells[i];

		text.len = 0;
		sr_cell_text(v, (enum sysreel_unit)t->def.cols[i].unit, o, &text);
		put_stream_cell(t, i, &text, out);
	}
	sr_buf_putc(out, '\n');
	out->oom |= text.oom;
	sr_buf_free(&text);
}
