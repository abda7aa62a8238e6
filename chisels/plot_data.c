/* SPDX-License-Identifier: Apache-2.0 */
/* Plots as programs read them: JSON and CSV. */
#include "chisels/plot_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static const char *const kinds[] = { "histogram", "heatmap", "flame", "series" };

static const char *unit_name(uint8_t unit)
{
	static const char *const names[] = { [SYSREEL_PLAIN] = "",
					     [SYSREEL_BYTES] = "bytes",
					     [SYSREEL_NS] = "ns",
					     [SYSREEL_PERCENT] = "percent",
					     [SYSREEL_HEX] = "" };

	return names[unit];
}

/* Calls @cell for each cell of a group that is not 0. */
typedef void cell_fn(const struct sysreel_plot *p, const struct sr_plot_node *g, uint32_t i,
		     bool first, struct sr_buf *out);

static void each_cell(const struct sysreel_plot *p, const struct sr_plot_node *g, cell_fn *cell,
		      struct sr_buf *out)
{
	uint32_t n = p->def.kind == SYSREEL_HISTOGRAM ? sr_plot_ncells(p) : p->times;
	bool first = true;

	for (uint32_t i = 0; i < n; i++) {
		if (!g->cells[i])
			continue;
		cell(p, g, i, first, out);
		first = false;
	}
}

/* The group of what is left over is named so that it is no name of a group. */
static int each_group(struct sysreel_plot *p, cell_fn *group, struct sr_buf *out)
{
	struct sr_plot_groups g;
	int rc = sr_plot_groups_get(p, &g);

	for (uint32_t i = 0; rc == 0 && i < g.n; i++)
		group(p, g.v[i], i, i == 0, out);
	if (rc == 0 && g.others.total)
		group(p, &g.others, g.n, g.n == 0, out);
	sr_plot_groups_free(&g);
	return rc;
}

/* The limits of a bucket, with @sep between them. */
static void put_limits(const struct sysreel_plot *p, uint32_t bucket, const char *sep,
		       const char *none, struct sr_buf *out)
{
	sr_buf_u64(out, sr_plot_from(p, bucket));
	sr_buf_puts(out, sep);
	if (sr_plot_is_open(p, bucket))
		sr_buf_puts(out, none);
	else
		sr_buf_u64(out, sr_plot_from(p, bucket + 1));
}

/* ---- JSON ---- */

static void json_cell(const struct sysreel_plot *p, const struct sr_plot_node *g, uint32_t i,
		      bool first, struct sr_buf *out)
{
	sr_buf_puts(out, first ? "" : ",");
	if (p->def.kind == SYSREEL_SERIES) {
		sr_buf_printf(out, "{\"time\":%" PRIu64 ",\"value\":%" PRIu64 "}",
			      sr_plot_time(p, i), g->cells[i]);
		return;
	}
	sr_buf_puts(out, "{\"from\":");
	put_limits(p, i, ",\"below\":", "null", out);
	sr_buf_printf(out, ",\"count\":%" PRIu64 "}", g->cells[i]);
}

static void json_group(const struct sysreel_plot *p, const struct sr_plot_node *g, uint32_t i,
		       bool first, struct sr_buf *out)
{
	bool series = p->def.kind == SYSREEL_SERIES;

	(void)i;
	sr_buf_puts(out, first ? "{\"group\":" : ",{\"group\":");
	sr_buf_json_str(out, g->name, g->len);
	sr_buf_printf(out, ",\"total\":%" PRIu64, g->total);
	if (!series)
		sr_buf_printf(out, ",\"sum\":%" PRIu64, g->sum);
	sr_buf_puts(out, series ? ",\"points\":[" : ",\"buckets\":[");
	each_cell(p, g, json_cell, out);
	sr_buf_puts(out, "]}");
}

static void json_heat(const struct sysreel_plot *p, struct sr_buf *out)
{
	struct sr_plot_grid g;
	bool first = true;

	sr_plot_grid_get(p, &g);
	sr_buf_puts(out, ",\"cells\":[");
	for (uint32_t i = 0; i < p->times; i++)
		for (uint32_t b = g.lo; b <= g.hi; b++) {
			if (!g.row[b] || !g.row[b][i])
				continue;
			sr_buf_printf(out, "%s{\"time\":%" PRIu64 ",\"from\":", first ? "" : ",",
				      sr_plot_time(p, i));
			put_limits(p, b, ",\"below\":", "null", out);
			sr_buf_printf(out, ",\"count\":%" PRIu64 "}", g.row[b][i]);
			first = false;
		}
	sr_buf_putc(out, ']');
}

/* Calls @put for each frame that has weight of its own, with the frames from the lowest. */
typedef void stack_fn(const struct sysreel_plot *p, const uint32_t *path, size_t n, bool others,
		      uint64_t weight, struct sr_buf *out);

static void each_stack(const struct sysreel_plot *p, stack_fn *put, struct sr_buf *out)
{
	uint32_t path[SR_PLOT_MAX_DEPTH + 1];

	for (uint32_t i = 0; i < p->n; i++) {
		size_t n = 0;

		for (uint32_t at = i; at; at = p->nodes[at].parent)
			n++;
		for (uint32_t at = i, k = (uint32_t)n; at; at = p->nodes[at].parent)
			path[--k] = at;
		if (p->nodes[i].self)
			put(p, path, n, false, p->nodes[i].self, out);
		if (p->nodes[i].others)
			put(p, path, n, true, p->nodes[i].others, out);
	}
}

static void json_stack(const struct sysreel_plot *p, const uint32_t *path, size_t n, bool others,
		       uint64_t weight, struct sr_buf *out)
{
	if (out->p[out->len - 1] != '[')
		sr_buf_putc(out, ',');
	sr_buf_puts(out, "{\"stack\":[");
	for (size_t i = 0; i < n; i++) {
		sr_buf_puts(out, i ? "," : "");
		sr_buf_json_str(out, p->nodes[path[i]].name, p->nodes[path[i]].len);
	}
	if (others)
		sr_buf_puts(out, n ? ",\"(others)\"" : "\"(others)\"");
	sr_buf_printf(out, "],\"value\":%" PRIu64 "}", weight);
}

int sr_plot_json(struct sysreel_plot *p, struct sr_buf *out)
{
	int rc = 0;

	sr_buf_puts(out, "{\"title\":");
	if (p->def.title)
		sr_buf_json_str(out, p->def.title, strlen(p->def.title));
	else
		sr_buf_puts(out, "null");
	sr_buf_printf(out, ",\"kind\":\"%s\",\"unit\":\"%s\"", kinds[p->def.kind],
		      unit_name(p->def.unit));
	if (p->def.kind == SYSREEL_HEATMAP || p->def.kind == SYSREEL_SERIES)
		sr_buf_printf(out, ",\"interval_ns\":%" PRIu64, p->interval);
	if (p->def.kind == SYSREEL_HEATMAP) {
		json_heat(p, out);
	} else if (p->def.kind == SYSREEL_FLAME) {
		sr_buf_puts(out, ",\"stacks\":[");
		if (!out->oom)
			each_stack(p, json_stack, out);
		sr_buf_putc(out, ']');
	} else {
		sr_buf_puts(out, ",\"groups\":[");
		rc = each_group(p, json_group, out);
		sr_buf_putc(out, ']');
	}
	sr_buf_putc(out, '}');
	return out->oom ? -ENOMEM : rc;
}

/* ---- CSV ---- */

static void csv_cell(const struct sysreel_plot *p, const struct sr_plot_node *g, uint32_t i,
		     bool first, struct sr_buf *out)
{
	(void)first;
	if (p->def.kind == SYSREEL_SERIES)
		sr_buf_printf(out, "%" PRIu64 ",", sr_plot_time(p, i));
	sr_csv_str(g->name, g->len, out);
	sr_buf_putc(out, ',');
	if (p->def.kind == SYSREEL_HISTOGRAM) {
		put_limits(p, i, ",", "", out);
		sr_buf_putc(out, ',');
	}
	sr_buf_printf(out, "%" PRIu64 "\n", g->cells[i]);
}

static void csv_group(const struct sysreel_plot *p, const struct sr_plot_node *g, uint32_t i,
		      bool first, struct sr_buf *out)
{
	(void)i;
	(void)first;
	each_cell(p, g, csv_cell, out);
}

static void csv_heat(const struct sysreel_plot *p, struct sr_buf *out)
{
	struct sr_plot_grid g;

	sr_plot_grid_get(p, &g);
	for (uint32_t i = 0; i < p->times; i++)
		for (uint32_t b = g.lo; b <= g.hi; b++) {
			if (!g.row[b] || !g.row[b][i])
				continue;
			sr_buf_printf(out, "%" PRIu64 ",", sr_plot_time(p, i));
			put_limits(p, b, ",", "", out);
			sr_buf_printf(out, ",%" PRIu64 "\n", g.row[b][i]);
		}
}

static void csv_stack(const struct sysreel_plot *p, const uint32_t *path, size_t n, bool others,
		      uint64_t weight, struct sr_buf *out)
{
	struct sr_buf stack = { 0 };

	for (size_t i = 0; i < n; i++) {
		size_t from = stack.len + (i != 0);

		sr_buf_puts(&stack, i ? ";" : "");
		sr_buf_put(&stack, p->nodes[path[i]].name, p->nodes[path[i]].len);
		for (size_t k = from; k < stack.len; k++)
			if (stack.p[k] == ';')
				stack.p[k] = ':';
	}
	if (others)
		sr_buf_puts(&stack, n ? ";(others)" : "(others)");
	sr_csv_str((const char *)stack.p, stack.len, out);
	sr_buf_printf(out, ",%" PRIu64 "\n", weight);
	out->oom |= stack.oom;
	sr_buf_free(&stack);
}

int sr_plot_csv(struct sysreel_plot *p, struct sr_buf *out)
{
	static const char *const heads[] = {
		[SYSREEL_HISTOGRAM] = "group,from,below,count\n",
		[SYSREEL_HEATMAP] = "time,from,below,count\n",
		[SYSREEL_FLAME] = "stack,value\n",
		[SYSREEL_SERIES] = "time,group,value\n",
	};
	int rc = 0;

	sr_buf_puts(out, heads[p->def.kind]);
	if (p->def.kind == SYSREEL_HEATMAP)
		csv_heat(p, out);
	else if (p->def.kind == SYSREEL_FLAME)
		each_stack(p, csv_stack, out);
	else
		rc = each_group(p, csv_group, out);
	return out->oom ? -ENOMEM : rc;
}
