/* SPDX-License-Identifier: Apache-2.0 */
/* Plots drawn with characters, for a terminal. */
#include "chisels/plot_internal.h"
#include "chisels/table_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH	    100 /* where there is no terminal */
#define LEAST_WIDTH 40
#define BAR	    40	/* the longest bar */
#define NAME	    24	/* the longest name of a series */
#define TREE_LINES  60	/* of a flame graph */
#define TREE_LEAST  200 /* a frame of less than a 200th of all is not worth a line */

static int width_of(const struct sr_table_opts *o)
{
	int width = o->width > 0 ? o->width : WIDTH;

	return width < LEAST_WIDTH ? LEAST_WIDTH : width;
}

static void put_right(struct sr_buf *out, const struct sr_buf *text, size_t width)
{
	for (size_t i = text->len; i < width; i++)
		sr_buf_putc(out, ' ');
	sr_buf_put(out, text->p, text->len);
}

/* A number in @width columns. */
static void put_amount(uint64_t v, uint8_t unit, size_t width, struct sr_buf *out)
{
	struct sr_buf text = { 0 };

	sr_plot_amount(v, unit, &text);
	put_right(out, &text, width);
	out->oom |= text.oom;
	sr_buf_free(&text);
}

static void put_percent(uint64_t part, uint64_t all, size_t width, struct sr_buf *out)
{
	struct sr_buf text = { 0 };

	sr_buf_printf(&text, "%.1f%%", all ? 100.0 * (double)part / (double)all : 0);
	put_right(out, &text, width);
	out->oom |= text.oom;
	sr_buf_free(&text);
}

static void put_clock(uint64_t ns, const struct sr_table_opts *o, struct sr_buf *out)
{
	struct sysreel_value v = sysreel_time(ns);

	sr_cell_text(&v, SYSREEL_PLAIN, o, out);
}

/* ---- histograms ---- */

static void put_bucket(const struct sysreel_plot *p, const struct sr_plot_node *g, uint32_t i,
		       uint64_t most, struct sr_buf *out)
{
	uint64_t n = g->cells[i];

	put_amount(sr_plot_from(p, i), p->def.unit, 10, out);
	if (sr_plot_is_open(p, i))
		sr_buf_printf(out, "%10s", "-");
	else
		put_amount(sr_plot_from(p, i + 1), p->def.unit, 10, out);
	sr_buf_printf(out, "%10" PRIu64 "%s", n, n ? "  " : "");
	for (uint64_t k = 0; k < BAR && (double)k < (double)n / (double)most * BAR; k++)
		sr_buf_putc(out, '#');
	sr_buf_putc(out, '\n');
}

static void put_histogram(const struct sysreel_plot *p, const struct sr_plot_node *g,
			  struct sr_buf *out)
{
	uint32_t lo = UINT32_MAX, hi = 0, n = sr_plot_ncells(p);
	uint64_t most = 0;

	for (uint32_t i = 0; i < n; i++) {
		if (!g->cells[i])
			continue;
		lo = lo == UINT32_MAX ? i : lo;
		hi = i;
		most = g->cells[i] > most ? g->cells[i] : most;
	}
	if (g->len) {
		sr_text_safe(g->name, g->len, out);
		sr_buf_puts(out, ": ");
	}
	sr_buf_printf(out, "%" PRIu64 " (", g->total);
	put_percent(g->total, p->nodes[0].total, 0, out);
	sr_buf_puts(out, "), mean ");
	put_amount(g->total ? g->sum / g->total : 0, p->def.unit, 0, out);
	sr_buf_printf(out, "\n%10s%10s%10s\n", "FROM", "BELOW", "COUNT");
	for (uint32_t i = lo; i <= hi; i++)
		put_bucket(p, g, i, most, out);
}

static int put_histograms(struct sysreel_plot *p, struct sr_buf *out)
{
	struct sr_plot_groups g;
	int rc = sr_plot_groups_get(p, &g);

	for (uint32_t i = 0; rc == 0 && i < g.n; i++)
		put_histogram(p, g.v[i], out);
	if (rc == 0 && g.others.total)
		put_histogram(p, &g.others, out);
	sr_plot_groups_free(&g);
	return rc;
}

/* ---- heat maps and series ---- */

/* How cells are put into the columns that there are: @each of them in one. */
struct columns {
	uint32_t n, each;
};

static struct columns columns_of(const struct sysreel_plot *p, int width)
{
	struct columns c = { .each = 1 };
	uint32_t most = width > 10 ? (uint32_t)width : 10;

	if (p->times > most)
		c.each = (p->times + most - 1) / most;
	c.n = (p->times + c.each - 1) / c.each;
	return c;
}

static uint64_t column(const struct sysreel_plot *p, const uint64_t *cells, struct columns c,
		       uint32_t i)
{
	uint64_t sum = 0;

	for (uint32_t k = i * c.each; cells && k < (i + 1) * c.each && k < p->times; k++)
		sum = sr_add_u64(sum, cells[k]);
	return sum;
}

/* "each character is 1s, from 10:00:00 to 10:01:00" */
static void put_axis(const struct sysreel_plot *p, struct columns c, const struct sr_table_opts *o,
		     struct sr_buf *out)
{
	sr_buf_puts(out, "each character is ");
	sr_plot_amount(p->interval * c.each, SYSREEL_NS, out);
	sr_buf_puts(out, ", from ");
	put_clock(sr_plot_time(p, 0), o, out);
	sr_buf_puts(out, " to ");
	put_clock(sr_plot_time(p, p->times), o, out);
}

/* How dense: each step is a third of the way of powers of two from 1 to the most. */
static unsigned int shade(uint64_t v, uint64_t most, unsigned int steps)
{
	unsigned int bits = v ? 64 - (unsigned int)__builtin_clzll(v) : 0;
	unsigned int all = most ? 64 - (unsigned int)__builtin_clzll(most) : 1;

	return v ? 1 + (bits - 1) * (steps - 1) / (all > 1 ? all - 1 : 1) : 0;
}

static void put_shade(unsigned int step, bool color, struct sr_buf *out)
{
	static const char ramp[] = " .:-=+*#%@";
	static const uint8_t colors[] = { 0, 17, 54, 90, 125, 161, 197, 203, 215, 228 };

	if (color && step)
		sr_buf_printf(out, "\033[48;5;%um \033[0m", colors[step]);
	else
		sr_buf_putc(out, ramp[step]);
}

static uint64_t most_in_columns(const struct sysreel_plot *p, const struct sr_plot_grid *g,
				struct columns c)
{
	uint64_t most = 0;

	for (uint32_t b = g->lo; b <= g->hi; b++)
		for (uint32_t i = 0; g->row[b] && i < c.n; i++) {
			uint64_t v = column(p, g->row[b], c, i);

			most = v > most ? v : most;
		}
	return most;
}

static int put_heat(struct sysreel_plot *p, const struct sr_table_opts *o, struct sr_buf *out)
{
	struct columns c = columns_of(p, width_of(o) - 12);
	struct sr_plot_grid g;
	uint64_t most;

	sr_plot_grid_get(p, &g);
	most = most_in_columns(p, &g, c);
	for (uint32_t b = g.hi + 1; b-- > g.lo;) {
		put_amount(sr_plot_from(p, b), p->def.unit, 9, out);
		sr_buf_puts(out, " |");
		for (uint32_t i = 0; i < c.n; i++)
			put_shade(shade(column(p, g.row[b], c, i), most, 9), o->color, out);
		sr_buf_puts(out, "|\n");
	}
	put_axis(p, c, o, out);
	sr_buf_printf(out, "; the densest is %" PRIu64 "\n", most);
	return 0;
}

static void put_level(uint64_t v, uint64_t most, bool ascii, struct sr_buf *out)
{
	static const char *const blocks[] = { " ",
					      "\xe2\x96\x81",
					      "\xe2\x96\x82",
					      "\xe2\x96\x83",
					      "\xe2\x96\x84",
					      "\xe2\x96\x85",
					      "\xe2\x96\x86",
					      "\xe2\x96\x87",
					      "\xe2\x96\x88" };
	static const char *const plain[] = { " ", "_", ".", "-", "=", "+", "*", "#", "@" };
	double part = most ? (double)v / (double)most * 8 : 0;
	unsigned int i = (unsigned int)part;

	i += i < part; /* upwards: what is there is seen */
	sr_buf_puts(out, (ascii ? plain : blocks)[i > 8 ? 8 : i]);
}

static void put_line(const struct sysreel_plot *p, const struct sr_plot_node *g, struct columns c,
		     uint64_t most, const struct sr_table_opts *o, struct sr_buf *out)
{
	struct sr_buf name = { 0 };

	sr_text_safe(g->name, g->len, &name);
	if (!g->len)
		sr_buf_puts(&name, "all");
	sr_text_fit(name.p, name.len, NAME, out);
	for (size_t w = sr_text_width(name.p, name.len); w < NAME; w++)
		sr_buf_putc(out, ' ');
	sr_buf_puts(out, " |");
	for (uint32_t i = 0; i < c.n; i++)
		put_level(column(p, g->cells, c, i), most, o->ascii, out);
	sr_buf_putc(out, '|');
	put_amount(g->total, p->def.unit, 10, out);
	sr_buf_putc(out, '\n');
	out->oom |= name.oom;
	sr_buf_free(&name);
}

static int put_series(struct sysreel_plot *p, const struct sr_table_opts *o, struct sr_buf *out)
{
	struct columns c = columns_of(p, width_of(o) - NAME - 13);
	struct sr_plot_groups g;
	uint64_t most = 0;
	int rc = sr_plot_groups_get(p, &g);

	for (uint32_t k = 0; rc == 0 && k <= g.n; k++)
		for (uint32_t i = 0; i < c.n; i++) {
			uint64_t v = column(p, k < g.n ? g.v[k]->cells : g.others.cells, c, i);

			most = v > most ? v : most;
		}
	for (uint32_t k = 0; rc == 0 && k < g.n; k++)
		put_line(p, g.v[k], c, most, o, out);
	if (rc == 0 && g.others.total)
		put_line(p, &g.others, c, most, o, out);
	sr_plot_groups_free(&g);
	put_axis(p, c, o, out);
	sr_buf_puts(out, "; the highest is ");
	sr_plot_amount(most, p->def.unit, out);
	sr_buf_putc(out, '\n');
	return rc;
}

/* ---- flame graphs ---- */

struct walk {
	const struct sysreel_plot *p;
	struct sr_buf *out;
	struct sr_buf path; /* folded: the stack so far */
	uint32_t lines, left, skipped;
};

/* These have a meaning in folded stacks. */
static void put_frame(const struct sr_plot_node *n, struct sr_buf *out)
{
	size_t from = out->len;

	sr_text_safe(n->name, n->len, out);
	for (size_t i = from; i < out->len; i++)
		if (out->p[i] == ';')
			out->p[i] = ':';
}

static void fold(struct walk *w, const struct sr_plot_node *n, bool root)
{
	size_t len = w->path.len;

	if (!root) {
		if (len)
			sr_buf_putc(&w->path, ';');
		put_frame(n, &w->path);
		if (n->self) {
			sr_buf_put(w->out, w->path.p, w->path.len);
			sr_buf_printf(w->out, " %" PRIu64 "\n", n->self);
		}
	}
	for (uint32_t i = 0; i < n->nchild; i++)
		fold(w, &w->p->nodes[w->p->order[n->child + i]], false);
	if (n->others) {
		sr_buf_put(w->out, w->path.p, w->path.len);
		sr_buf_printf(w->out, "%s(others) %" PRIu64 "\n", w->path.len ? ";" : "",
			      n->others);
	}
	w->path.len = len;
}

static int by_size(const void *pa, const void *pb, void *arg)
{
	const struct sr_plot_node *nodes = arg;
	const struct sr_plot_node *a = &nodes[*(const uint32_t *)pa];
	const struct sr_plot_node *b = &nodes[*(const uint32_t *)pb];

	if (a->total != b->total)
		return a->total < b->total ? 1 : -1;
	return (a > b) - (a < b);
}

static void put_tree_line(struct walk *w, uint64_t total, unsigned int depth, const char *name,
			  size_t len)
{
	uint64_t all = w->p->nodes[0].total;

	put_amount(total, w->p->def.unit, 10, w->out);
	put_percent(total, all, 8, w->out);
	sr_buf_printf(w->out, "  %*s", (int)depth * 2, "");
	sr_text_safe(name, len, w->out);
	sr_buf_putc(w->out, '\n');
}

/* The largest first; what is small, or has no line left, is counted. */
static int put_tree(struct walk *w, const struct sr_plot_node *n, unsigned int depth)
{
	uint32_t *order = malloc((n->nchild + 1u) * sizeof(*order));
	int rc = order ? 0 : -ENOMEM;

	if (!order)
		return rc;
	if (n->nchild)
		memcpy(order, w->p->order + n->child, n->nchild * sizeof(*order));
	qsort_r(order, n->nchild, sizeof(*order), by_size, w->p->nodes);
	put_tree_line(w, n->total, depth, n->name, n->len);
	for (uint32_t i = 0; rc == 0 && i < n->nchild; i++) {
		const struct sr_plot_node *c = &w->p->nodes[order[i]];

		if (!w->left || (!w->p->def.top && c->total < w->p->nodes[0].total / TREE_LEAST)) {
			w->skipped += n->nchild - i;
			break;
		}
		w->left--;
		rc = put_tree(w, c, depth + 1);
	}
	if (rc == 0 && n->others)
		put_tree_line(w, n->others, depth + 1, "(others)", 8);
	free(order);
	return rc;
}

static int put_flame(struct sysreel_plot *p, struct sr_buf *out)
{
	struct walk w = { .p = p, .out = out, .left = p->def.top ? p->def.top : TREE_LINES };
	int rc = sr_plot_link(p);

	if (rc < 0)
		return rc;
	if (p->def.flags & SYSREEL_PLOT_FOLDED) {
		fold(&w, &p->nodes[0], true);
	} else {
		sr_buf_printf(out, "%10s%8s  FRAME\n", "TOTAL", "SHARE");
		rc = put_tree(&w, &p->nodes[0], 0);
	}
	if (w.skipped)
		sr_buf_printf(out, "(%" PRIu32 " smaller frame%s, with all above them)\n",
			      w.skipped, w.skipped == 1 ? "" : "s");
	out->oom |= w.path.oom;
	sr_buf_free(&w.path);
	return rc;
}

/* ---- all ---- */

int sr_plot_text(struct sysreel_plot *p, const struct sr_table_opts *o, struct sr_buf *out)
{
	bool folded = p->def.flags & SYSREEL_PLOT_FOLDED;
	int rc;

	if (p->def.title && !folded)
		sr_buf_printf(out, "%s\n", p->def.title);
	if (sr_plot_is_empty(p)) {
		sr_buf_puts(out, folded ? "" : "(nothing)\n");
		return out->oom ? -ENOMEM : 0;
	}
	switch (p->def.kind) {
	case SYSREEL_HISTOGRAM:
		rc = put_histograms(p, out);
		break;
	case SYSREEL_HEATMAP:
		rc = put_heat(p, o, out);
		break;
	case SYSREEL_SERIES:
		rc = put_series(p, o, out);
		break;
	default:
		rc = put_flame(p, out);
	}
	return out->oom ? -ENOMEM : rc;
}
