/* SPDX-License-Identifier: Apache-2.0 */
/* Plots as one self-contained SVG document. It shows all without its script; with it flame graphs
 * and heat maps are zoomed by a click, and frames are searched. */
#include "chisels/plot_internal.h"
#include "chisels/table_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define WIDTH	    1200
#define HEAD	    26 /* the title's line */
#define FOOT	    22 /* what is below a picture */
#define GAP	    16
#define FRAME	    18	  /* height of a frame */
#define CHAR	    7	  /* about the width of a character */
#define MOST_FRAMES 20000 /* what is smaller is left out, so that browsers can bear it */
#define LEFT	    110	  /* of heat maps and series: for their labels */
#define ROW	    16
#define SERIES_ROW  44

static const char style[] =
	"<style>text{font:12px sans-serif;fill:#222}.h{font-weight:bold}.g{fill:#777}"
	".f{cursor:pointer}.f text{font:11px monospace;pointer-events:none}"
	".b{cursor:pointer;fill:#06c}.m rect{fill:#c0f}.c{cursor:zoom-in}</style>\n"
	"<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n";

/* Frames keep where they begin and how wide they are, in parts of the whole. */
static const char script[] =
	"<script><![CDATA[\n"
	"(function(){'use strict';\n"
	"var W=1200;\n"
	"document.querySelectorAll('.flame').forEach(function(p){\n"
	" var fs=Array.from(p.querySelectorAll('.f')),note=p.querySelector('.n');\n"
	" function zoom(z){\n"
	"  var x=+z.dataset.x,w=+z.dataset.w,y=+z.dataset.y;\n"
	"  fs.forEach(function(g){\n"
	"   var a=+g.dataset.x,b=+g.dataset.w,l=Math.max(0,(a-x)/w),r=Math.min(1,(a+b-x)/w);\n"
	"   var t=g.querySelector('text'),q=g.querySelector('rect'),n=g.dataset.n;\n"
	"   g.style.display=r-l>1e-9?'':'none';\n"
	"   g.style.opacity=+g.dataset.y<y?0.5:1;\n"
	"   q.setAttribute('x',l*W);q.setAttribute('width',Math.max(0,(r-l)*W-0.5));\n"
	"   t.setAttribute('x',l*W+3);var m=Math.floor((r-l)*W/7)-1;\n"
	"   t.textContent=m<2?'':n.length<=m?n:n.slice(0,m-1)+'\\u2026';\n"
	"  });}\n"
	" fs.forEach(function(g){\n"
	"  g.addEventListener('click',function(){zoom(g);});\n"
	"  g.addEventListener('mouseover',function(){\n"
	"   note.textContent=g.querySelector('title').textContent;});});\n"
	" p.querySelector('.r').addEventListener('click',function(){zoom(fs[0]);});\n"
	" p.querySelector('.s').addEventListener('click',function(){\n"
	"  var s=prompt('Frames with this text (a regular expression); nothing for none'),e=null;\n"
	"  if(s===null)return;\n"
	"  try{e=s?new RegExp(s,'i'):null;}catch(x){note.textContent=String(x);return;}\n"
	"  var found=[],sum=0;\n"
	"  fs.forEach(function(g){var is=!!e&&e.test(g.dataset.n);g.classList.toggle('m',is);\n"
	"   if(is)found.push([+g.dataset.x,+g.dataset.x+ +g.dataset.w]);});\n"
	"  found.sort(function(a,b){return a[0]-b[0]||b[1]-a[1];});var end=0;\n"
	"  found.forEach(function(f){if(f[1]>end){sum+=f[1]-Math.max(end,f[0]);end=f[1];}});\n"
	"  note.textContent=e?'matched: '+(sum*100).toFixed(2)+'%':'';});\n"
	"});\n"
	"document.querySelectorAll('.heat').forEach(function(p){\n"
	" var v=p.querySelector('.v'),n=+p.dataset.n,from=0,span=n;\n"
	" var ts=Array.from(p.querySelectorAll('.t'));\n"
	" function show(){v.setAttribute('viewBox',from+' 0 '+span+' '+p.dataset.rows);\n"
	"  ts.forEach(function(t,i){\n"
	"   var ns=(from+span*i/(ts.length-1))*+p.dataset.dt+ +p.dataset.t0;\n"
	"   var s=new Date((ns+ +p.dataset.tz*1e9)/1e6).toISOString();\n"
	"   t.textContent=s.slice(11,23);});}\n"
	" v.addEventListener('click',function(e){\n"
	"  var b=v.getBoundingClientRect(),at=from+(e.clientX-b.left)/b.width*span;\n"
	"  span=Math.max(4,span/4);from=Math.min(Math.max(0,at-span/2),n-span);\n"
	"  if(span>n){span=n;from=0;}show();});\n"
	" p.querySelector('.r').addEventListener('click',function(){from=0;span=n;show();});\n"
	"});\n"
	"})();\n"
	"]]></script>\n";

/* Text of the recorded machine: nothing in it means anything to the document. U+FFFE and U+FFFF
 * are no characters of XML. */
static void put_xml(struct sr_buf *out, const char *p, size_t len)
{
	struct sr_buf safe = { 0 };

	sr_text_safe(p, len, &safe);
	for (size_t i = 0; i < safe.len; i++) {
		uint8_t c = safe.p[i];

		if (c == 0xef && i + 2 < safe.len && safe.p[i + 1] == 0xbf &&
		    safe.p[i + 2] >= 0xbe) {
			sr_buf_putc(out, '?');
			i += 2;
		} else if (c == '<' || c == '>' || c == '&' || c == '"' || c == '\'') {
			sr_buf_printf(out, "&#%u;", c);
		} else {
			sr_buf_putc(out, (char)c);
		}
	}
	out->oom |= safe.oom;
	sr_buf_free(&safe);
}

/* With the buttons that a picture of its kind has. */
static void put_title(const struct sysreel_plot *p, int y, struct sr_buf *out)
{
	const char *title = p->def.title ? p->def.title : "";

	sr_buf_printf(out, "<text class=\"h\" x=\"4\" y=\"%d\">", y + 17);
	put_xml(out, title, strlen(title));
	sr_buf_puts(out, "</text>");
	if (p->def.kind == SYSREEL_FLAME || p->def.kind == SYSREEL_HEATMAP)
		sr_buf_printf(out, "<text class=\"b r\" x=\"1080\" y=\"%d\">all</text>", y + 17);
	if (p->def.kind == SYSREEL_FLAME)
		sr_buf_printf(out, "<text class=\"b s\" x=\"1130\" y=\"%d\">search</text>", y + 17);
	sr_buf_putc(out, '\n');
}

/* ---- flame graphs ---- */

struct flame {
	const struct sysreel_plot *p;
	struct sr_buf *out;
	int floor;	/* the lower edge of the lowest frame */
	uint64_t least; /* weight of a frame that is drawn */
	uint32_t skipped;
};

static void put_frame(struct flame *f, const char *name, size_t len, uint64_t total,
		      unsigned int depth, double left)
{
	double all = (double)f->p->nodes[0].total, w = (double)total / all;
	int y = f->floor - (int)(depth + 1) * FRAME;
	size_t chars = (size_t)(w * WIDTH / CHAR);
	struct sr_buf *out = f->out, safe = { 0 }, text = { 0 };

	sr_buf_printf(out, "<g class=\"f\" data-x=\"%.9f\" data-w=\"%.9f\" data-y=\"%u\" data-n=\"",
		      left, w, depth);
	put_xml(out, name, len);
	sr_buf_puts(out, "\"><title>");
	put_xml(out, name, len);
	sr_buf_puts(out, ": ");
	sr_plot_amount(total, f->p->def.unit, out);
	sr_buf_printf(out,
		      ", %.2f%%</title><rect x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"%d\" "
		      "fill=\"hsl(%u,85%%,64%%)\"/><text x=\"%.2f\" y=\"%d\">",
		      w * 100, left * WIDTH, y, w * WIDTH > 0.5 ? w * WIDTH - 0.5 : 0.1, FRAME - 1,
		      (unsigned int)(15 + XXH3_64bits(name, len) % 40), left * WIDTH + 3, y + 13);
	if (chars > 3) {
		sr_text_safe(name, len, &safe);
		sr_text_fit(safe.p, safe.len, chars - 1, &text);
		put_xml(out, (const char *)text.p, text.len);
	}
	sr_buf_puts(out, "</text></g>\n");
	sr_buf_free(&safe);
	sr_buf_free(&text);
}

static void put_frames(struct flame *f, const struct sr_plot_node *n, unsigned int depth,
		       double left)
{
	const struct sysreel_plot *p = f->p;
	double all = (double)p->nodes[0].total;

	put_frame(f, n->name, n->len, n->total, depth, left);
	for (uint32_t i = 0; i < n->nchild; i++) {
		const struct sr_plot_node *c = &p->nodes[p->order[n->child + i]];

		if (c->total >= f->least)
			put_frames(f, c, depth + 1, left);
		else
			f->skipped++;
		left += (double)c->total / all;
	}
	if (n->others >= f->least && n->others)
		put_frame(f, "(others)", 8, n->others, depth + 1, left);
}

static int by_number(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x < y) - (x > y);
}

/* The weight of the last of the frames that are drawn. */
static int least_of(const struct sysreel_plot *p, uint64_t *least)
{
	uint64_t *v;

	*least = p->nodes[0].total / 100000; /* less cannot be seen, even zoomed a hundredfold */
	if (p->n <= MOST_FRAMES)
		return 0;
	v = malloc(p->n * sizeof(*v));
	if (!v)
		return -ENOMEM;
	for (uint32_t i = 0; i < p->n; i++)
		v[i] = p->nodes[i].total;
	qsort(v, p->n, sizeof(*v), by_number);
	if (v[MOST_FRAMES] + 1 > *least)
		*least = v[MOST_FRAMES] + 1;
	free(v);
	return 0;
}

static unsigned int depth_of(const struct sysreel_plot *p)
{
	unsigned int most = 0;

	for (uint32_t i = 0; i < p->n; i++) {
		unsigned int d = p->nodes[i].others != 0;

		for (uint32_t at = i; at; at = p->nodes[at].parent)
			d++;
		most = d > most ? d : most;
	}
	return most + 1;
}

static int put_flame(struct sysreel_plot *p, int top, struct sr_buf *out)
{
	struct flame f = { .p = p, .out = out };
	int rc = sr_plot_link(p), height;

	rc = rc ? rc : least_of(p, &f.least);
	if (rc < 0)
		return rc;
	height = HEAD + (int)depth_of(p) * FRAME + FOOT;
	f.floor = top + height - FOOT;
	sr_buf_puts(out, "<g class=\"flame\">");
	put_title(p, top, out);
	if (p->nodes[0].total)
		put_frames(&f, &p->nodes[0], 0, 0);
	sr_buf_printf(out, "<text class=\"n\" x=\"4\" y=\"%d\">", f.floor + 16);
	if (f.skipped)
		sr_buf_printf(out, "%" PRIu32 " frames are too small to be drawn", f.skipped);
	sr_buf_puts(out, "</text></g>\n");
	return height;
}

/* ---- heat maps ---- */

static void put_heat_cell(const struct sysreel_plot *p, const struct sr_plot_grid *g, uint32_t b,
			  uint32_t i, struct sr_buf *out)
{
	uint64_t n = g->row[b][i];
	unsigned int bits = 64 - (unsigned int)__builtin_clzll(n);
	unsigned int most = 64 - (unsigned int)__builtin_clzll(g->most);

	sr_buf_printf(out,
		      "<rect x=\"%" PRIu32 "\" y=\"%" PRIu32
		      "\" width=\"1\" height=\"1\" fill=\"hsl(%u,90%%,%u%%)\"><title>",
		      i, g->hi - b, 55 - 50 * bits / most, 90 - 55 * bits / most);
	sr_plot_amount(sr_plot_from(p, b), p->def.unit, out);
	if (!sr_plot_is_open(p, b)) {
		sr_buf_puts(out, " to ");
		sr_plot_amount(sr_plot_from(p, b + 1), p->def.unit, out);
	}
	sr_buf_printf(out, ": %" PRIu64 "</title></rect>\n", n);
}

static void put_times(const struct sysreel_plot *p, const struct sr_table_opts *o, int y,
		      struct sr_buf *out)
{
	for (unsigned int i = 0; i <= 4; i++) {
		struct sysreel_value v =
			sysreel_time(sr_plot_time(p, 0) + (uint64_t)p->times * p->interval / 4 * i);
		struct sr_buf text = { 0 };

		sr_cell_text(&v, SYSREEL_PLAIN, o, &text);
		text.len = text.len > 12 ? 12 : text.len; /* to the millisecond */
		sr_buf_printf(out, "<text class=\"g t\" x=\"%d\" y=\"%d\" text-anchor=\"%s\">",
			      LEFT + (WIDTH - LEFT) * (int)i / 4, y + 15,
			      !i       ? "start"
			      : i == 4 ? "end"
				       : "middle");
		sr_buf_put(out, text.p, text.len);
		sr_buf_puts(out, "</text>");
		sr_buf_free(&text);
	}
}

static int put_heat(struct sysreel_plot *p, const struct sr_table_opts *o, int top,
		    struct sr_buf *out)
{
	struct sr_plot_grid g;
	int rows, y = top + HEAD;

	sr_plot_grid_get(p, &g);
	rows = g.lo > g.hi ? 0 : (int)(g.hi - g.lo) + 1;
	sr_buf_printf(out,
		      "<g class=\"heat\" data-n=\"%" PRIu32 "\" data-rows=\"%d\" data-t0=\"%" PRIu64
		      "\" data-dt=\"%" PRIu64 "\" data-tz=\"%d\">",
		      p->times, rows, sr_plot_time(p, 0), p->interval, (int)o->tz_offset);
	put_title(p, top, out);
	for (uint32_t b = g.lo; b <= g.hi; b++) {
		sr_buf_printf(out, "<text class=\"g\" x=\"%d\" y=\"%d\" text-anchor=\"end\">",
			      LEFT - 6, y + (int)(g.hi - b) * ROW + 12);
		sr_plot_amount(sr_plot_from(p, b), p->def.unit, out);
		sr_buf_puts(out, "</text>\n");
	}
	sr_buf_printf(out,
		      "<svg class=\"v c\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
		      "viewBox=\"0 0 %" PRIu32 " %d\" preserveAspectRatio=\"none\">\n"
		      "<rect width=\"%" PRIu32 "\" height=\"%d\" fill=\"#f4f4f4\"/>\n",
		      LEFT, y, WIDTH - LEFT, rows * ROW, p->times, rows, p->times, rows);
	for (uint32_t b = g.lo; b <= g.hi; b++)
		for (uint32_t i = 0; g.row[b] && i < p->times; i++)
			if (g.row[b][i])
				put_heat_cell(p, &g, b, i, out);
	sr_buf_puts(out, "</svg>\n");
	put_times(p, o, y + rows * ROW, out);
	sr_buf_puts(out, "</g>\n");
	return HEAD + rows * ROW + FOOT;
}

/* ---- histograms and series: bars ---- */

static void put_bar(int x, int y, int w, int h, struct sr_buf *out)
{
	sr_buf_printf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#48c\">", x,
		      y, w > 0 ? w : 1, h > 0 ? h : 1);
}

static void put_label(int x, int y, const char *anchor, struct sr_buf *out)
{
	sr_buf_printf(out, "<text class=\"g\" x=\"%d\" y=\"%d\" text-anchor=\"%s\">", x, y, anchor);
}

/* One group of a histogram: a bar for each bucket. Return its height. */
static int put_hist(const struct sysreel_plot *p, const struct sr_plot_node *g, int top,
		    struct sr_buf *out)
{
	uint32_t lo = UINT32_MAX, hi = 0;
	uint64_t most = 1;

	for (uint32_t i = 0; i < sr_plot_ncells(p); i++) {
		if (!g->cells[i])
			continue;
		lo = lo == UINT32_MAX ? i : lo;
		hi = i;
		most = g->cells[i] > most ? g->cells[i] : most;
	}
	sr_buf_printf(out, "<text x=\"4\" y=\"%d\">", top + 15);
	put_xml(out, g->name, g->len);
	sr_buf_printf(out, "%s%" PRIu64 "</text>\n", g->len ? ": " : "", g->total);
	for (uint32_t i = lo; i <= hi; i++) {
		int y = top + HEAD + (int)(i - lo) * ROW;

		put_label(LEFT - 6, y + 12, "end", out);
		sr_plot_amount(sr_plot_from(p, i), p->def.unit, out);
		sr_buf_puts(out, "</text>");
		put_bar(LEFT, y, (int)((double)g->cells[i] / (double)most * (WIDTH - LEFT - 100)),
			ROW - 2, out);
		sr_buf_printf(out, "<title>%" PRIu64 "</title></rect>\n", g->cells[i]);
	}
	return HEAD + (int)(hi - lo + 1) * ROW;
}

/* One group of a series. */
static void put_curve(const struct sysreel_plot *p, const struct sr_plot_node *g, uint64_t most,
		      int top, struct sr_buf *out)
{
	double step = (double)(WIDTH - LEFT) / p->times;

	sr_buf_printf(out, "<text x=\"4\" y=\"%d\">", top + 14);
	sr_buf_puts(out, g->len ? "" : "all");
	put_xml(out, g->name, g->len);
	sr_buf_puts(out, ": ");
	sr_plot_amount(g->total, p->def.unit, out);
	sr_buf_puts(out, "</text>\n");
	for (uint32_t i = 0; i < p->times; i++) {
		int h = (int)((double)g->cells[i] / (double)most * (SERIES_ROW - 20));

		if (!g->cells[i])
			continue;
		put_bar(LEFT + (int)(i * step), top + SERIES_ROW - (h > 0 ? h : 1), (int)step, h,
			out);
		sr_buf_puts(out, "<title>");
		sr_plot_amount(g->cells[i], p->def.unit, out);
		sr_buf_puts(out, "</title></rect>\n");
	}
}

static uint64_t most_of(const struct sysreel_plot *p, const struct sr_plot_groups *g)
{
	uint64_t most = 1;

	for (uint32_t k = 0; k <= g->n; k++) {
		const uint64_t *cells = k < g->n ? g->v[k]->cells : g->others.cells;

		for (uint32_t i = 0; cells && i < p->times; i++)
			most = cells[i] > most ? cells[i] : most;
	}
	return most;
}

static int put_groups(struct sysreel_plot *p, const struct sr_table_opts *o, int top,
		      struct sr_buf *out)
{
	bool series = p->def.kind == SYSREEL_SERIES;
	struct sr_plot_groups g;
	int rc = sr_plot_groups_get(p, &g), y = top + HEAD;

	put_title(p, top, out);
	for (uint32_t i = 0; rc == 0 && i < g.n + (g.others.total > 0); i++) {
		const struct sr_plot_node *n = i < g.n ? g.v[i] : &g.others;

		if (series)
			put_curve(p, n, most_of(p, &g), y, out);
		y += series ? SERIES_ROW : put_hist(p, n, y, out);
	}
	if (rc == 0 && series && g.n) {
		put_times(p, o, y, out);
		y += FOOT;
	}
	sr_plot_groups_free(&g);
	return rc < 0 ? rc : y - top;
}

/* ---- the document ---- */

int sr_plot_svg(struct sysreel_plot *p, const struct sr_table_opts *o, int top, struct sr_buf *body)
{
	int height;

	if (p->def.kind == SYSREEL_FLAME)
		height = put_flame(p, top, body);
	else if (p->def.kind == SYSREEL_HEATMAP)
		height = put_heat(p, o, top, body);
	else
		height = put_groups(p, o, top, body);
	if (height < 0 || body->oom)
		return -ENOMEM;
	return height + GAP;
}

void sr_plot_svg_end(const struct sr_buf *body, int height, struct sr_buf *out)
{
	sr_buf_printf(out,
		      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
		      "width=\"%d\" height=\"%d\">\n",
		      WIDTH, height, WIDTH, height);
	sr_buf_puts(out, style);
	sr_buf_put(out, body->p, body->len);
	sr_buf_puts(out, script);
	sr_buf_puts(out, "</svg>\n");
}
