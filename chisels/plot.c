/* SPDX-License-Identifier: Apache-2.0 */
/* Samples of plots: adding, merging, joining intervals. All four kinds are a tree of named nodes;
 * nodes of groups have cells, for buckets of values or for intervals of time. */
#include "chisels/plot.h"
#include "chisels/plot_internal.h"
#include "chisels/table_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define FIRST_NODES 64
#define LOG_BUCKETS 65	 /* 0, 1, 2-3, 4-7... */
#define PART_GROUPS 4096 /* of one block: at most 20 MB; the rest of its groups is added up */
#define MS	    1000000ull
#define SEC	    1000000000ull

/* Members that this kind of definition began with. */
#define DEF_SIZE_1  (offsetof(struct sysreel_plot_def, interval_ns) + sizeof(uint64_t))

/* Intervals that people think in; each divides the next. */
static const uint64_t nice[] = {
	MS,	  5 * MS,   10 * MS,   50 * MS,	  100 * MS,   500 * MS,	   SEC,		5 * SEC,
	10 * SEC, 60 * SEC, 300 * SEC, 600 * SEC, 3600 * SEC, 21600 * SEC, 86400 * SEC,
};

static bool is_timed(const struct sysreel_plot *p)
{
	return p->def.kind == SYSREEL_HEATMAP || p->def.kind == SYSREEL_SERIES;
}

uint32_t sr_plot_ncells(const struct sysreel_plot *p)
{
	if (is_timed(p))
		return SR_PLOT_TIMES;
	return p->def.kind == SYSREEL_FLAME ? 0 : p->def.step ? SR_PLOT_BUCKETS : LOG_BUCKETS;
}

/* ---- making ---- */

static int read_def(struct sysreel_plot_def *out, const struct sysreel_plot_def *def,
		    struct sr_err *err)
{
	const uint8_t *p = (const uint8_t *)def;

	if (def->size < DEF_SIZE_1 || def->size > 4096)
		return sr_err_set(err, -EINVAL, SR_NO_POS,
				  "a plot's .size is not that of struct sysreel_plot_def");
	for (size_t i = sizeof(*out); i < def->size; i++)
		if (p[i])
			return sr_err_set(err, -EINVAL, SR_NO_POS,
					  "a plot needs what this sysreel does not have: update "
					  "sysreel");
	memset(out, 0, sizeof(*out));
	memcpy(out, def, def->size < sizeof(*out) ? def->size : sizeof(*out));
	out->size = sizeof(*out);
	if (out->kind > SYSREEL_SERIES || out->unit >= SYSREEL_BAR ||
	    out->flags & ~(unsigned int)SYSREEL_PLOT_FOLDED)
		return sr_err_set(err, -EINVAL, SR_NO_POS,
				  "this sysreel does not know the kind, unit or flags of a plot: "
				  "update sysreel");
	return 0;
}

static uint32_t limit(const struct sysreel_plot *p)
{
	switch (p->def.kind) {
	case SYSREEL_HISTOGRAM:
		return SR_PLOT_MAX_HIST;
	case SYSREEL_SERIES:
		return SR_PLOT_MAX_SERIES;
	case SYSREEL_HEATMAP:
		return SR_PLOT_BUCKETS;
	default:
		return SR_PLOT_MAX_FRAMES;
	}
}

/* The root stands for all, and for a sample without a group. */
static int begin(struct sysreel_plot *p)
{
	p->nodes = calloc(FIRST_NODES, sizeof(*p->nodes));
	p->slots = calloc((size_t)FIRST_NODES * 2, sizeof(*p->slots));
	if (!p->nodes || !p->slots)
		return -ENOMEM;
	p->cap = FIRST_NODES;
	p->mask = FIRST_NODES * 2 - 1;
	sr_plot_clear(p);
	return 0;
}

int sr_plot_new(struct sysreel_plot **out, const struct sysreel_plot_def *def, int64_t top,
		struct sr_err *err)
{
	struct sysreel_plot *p = calloc(1, sizeof(*p));
	int rc;

	if (!p)
		return sr_err_set(err, -ENOMEM, SR_NO_POS, "no memory for a plot");
	rc = read_def(&p->def, def, err);
	if (rc == 0 && begin(p) < 0)
		rc = sr_err_set(err, -ENOMEM, SR_NO_POS, "no memory for a plot");
	if (rc < 0) {
		sr_plot_free(p);
		return rc;
	}
	if (top >= 0)
		p->def.top = top > UINT32_MAX || !top ? UINT32_MAX : (uint32_t)top;
	p->max = limit(p);
	*out = p;
	return 0;
}

void sr_plot_make_part(struct sysreel_plot *p)
{
	p->max = p->def.kind == SYSREEL_FLAME ? UINT32_MAX - 1 : PART_GROUPS;
}

void sr_plot_clear(struct sysreel_plot *p)
{
	sr_arena_reset(&p->arena);
	memset(p->slots, 0, ((size_t)p->mask + 1) * sizeof(*p->slots));
	p->nodes[0] = (struct sr_plot_node){ .name = "all", .len = 3 };
	p->rest = (struct sr_plot_node){ .name = "(others)", .len = 8 };
	p->n = 1;
	p->times = 0;
	p->first = 0;
	p->interval = p->def.interval_ns ? p->def.interval_ns : nice[0];
}

bool sr_plot_is_empty(const struct sysreel_plot *p)
{
	return p->n == 1 && !p->rest.self && !p->nodes[0].self && !p->nodes[0].others;
}

void sr_plot_free(struct sysreel_plot *p)
{
	if (!p)
		return;
	free(p->nodes);
	free(p->slots);
	free(p->order);
	sr_buf_free(&p->text);
	sr_arena_free(&p->arena);
	free(p);
}

/* ---- nodes ---- */

static uint64_t hash_of(uint32_t parent, const char *name, uint32_t len)
{
	return XXH3_64bits_withSeed(name, len, parent);
}

static int grow(struct sysreel_plot *p)
{
	uint32_t cap = p->cap * 2, *slots = calloc((size_t)cap * 2, sizeof(*slots));
	struct sr_plot_node *nodes = realloc(p->nodes, cap * sizeof(*nodes));

	p->nodes = nodes ? nodes : p->nodes;
	if (!slots || !nodes) {
		free(slots);
		return -ENOMEM;
	}
	free(p->slots);
	p->slots = slots;
	p->cap = cap;
	p->mask = cap * 2 - 1;
	for (uint32_t i = 1; i < p->n; i++) {
		const struct sr_plot_node *n = &p->nodes[i];
		uint32_t s = (uint32_t)hash_of(n->parent, n->name, n->len) & p->mask;

		while (slots[s])
			s = (s + 1) & p->mask;
		slots[s] = i + 1;
	}
	return 0;
}

static int append(struct sysreel_plot *p, uint32_t parent, const char *name, uint32_t len)
{
	char *copy = sr_arena_alloc(&p->arena, len + 1u);
	uint64_t *cells = NULL;
	uint32_t cell_count = sr_plot_ncells(p);

	if (cell_count)
		cells = sr_arena_zalloc(&p->arena, cell_count, sizeof(*cells));
	if (!copy || (cell_count && !cells) || (p->n == p->cap && grow(p) < 0))
		return -ENOMEM;
	if (len)
		memcpy(copy, name, len);
	p->nodes[p->n++] =
		(struct sr_plot_node){ .name = copy, .len = len, .parent = parent, .cells = cells };
	return 0;
}

/* The child of that name, made if need be. Return 1; 0 there is no room for it; -ENOMEM. */
static int down(struct sysreel_plot *p, uint32_t parent, const char *name, uint32_t len,
		uint32_t *out)
{
	uint64_t hash = hash_of(parent, name, len);
	uint32_t s;

	for (s = (uint32_t)hash & p->mask; p->slots[s]; s = (s + 1) & p->mask) {
		const struct sr_plot_node *n = &p->nodes[p->slots[s] - 1];

		if (n->parent != parent || n->len != len || (len && memcmp(n->name, name, len)))
			continue;
		*out = p->slots[s] - 1;
		return 1;
	}
	if (p->n > p->max)
		return 0;
	*out = p->n;
	if (append(p, parent, name, len) < 0)
		return -ENOMEM;
	for (s = (uint32_t)hash & p->mask; p->slots[s]; s = (s + 1) & p->mask)
		; /* growing may have moved everything */
	p->slots[s] = *out + 1;
	return 1;
}

/* All groups without room; it has cells when it needs them. NULL without memory. */
static struct sr_plot_node *rest(struct sysreel_plot *p)
{
	if (!p->rest.cells)
		p->rest.cells = sr_arena_zalloc(&p->arena, sr_plot_ncells(p), sizeof(uint64_t));
	return p->rest.cells ? &p->rest : NULL;
}

/* The node of a group, or the rest. NULL without memory. */
static struct sr_plot_node *group(struct sysreel_plot *p, const char *name, uint32_t len)
{
	uint32_t i;
	int rc = down(p, 0, name, len, &i);

	return rc > 0 ? &p->nodes[i] : rc == 0 ? rest(p) : NULL;
}

/* ---- buckets ---- */

static uint32_t bucket_of(const struct sysreel_plot *p, uint64_t value)
{
	uint64_t i;

	if (!p->def.step)
		return value ? 64 - (uint32_t)__builtin_clzll(value) : 0;
	i = value / p->def.step;
	return i < SR_PLOT_BUCKETS ? (uint32_t)i : SR_PLOT_BUCKETS - 1;
}

uint64_t sr_plot_from(const struct sysreel_plot *p, uint32_t bucket)
{
	uint64_t from;

	if (!p->def.step)
		return bucket ? 1ull << (bucket - 1) : 0;
	return __builtin_mul_overflow(p->def.step, bucket, &from) ? UINT64_MAX : from;
}

bool sr_plot_is_open(const struct sysreel_plot *p, uint32_t bucket)
{
	return bucket == (p->def.step ? SR_PLOT_BUCKETS : LOG_BUCKETS) - 1;
}

/* ---- intervals ---- */

static uint64_t next_interval(uint64_t interval)
{
	for (size_t i = 0; i + 1 < sizeof(nice) / sizeof(*nice); i++)
		if (nice[i] == interval)
			return nice[i + 1];
	return interval * 2;
}

/* Puts the cells of intervals @k times as long in place of those of now. */
static void join_cells(const struct sysreel_plot *p, uint64_t *cells, uint64_t k)
{
	if (!cells)
		return;
	for (uint32_t i = 0; i < p->times; i++) {
		uint64_t v = cells[i], at = (p->first + i) / k - p->first / k;

		cells[i] = 0; /* the new place is never behind the old one */
		cells[at] = sr_add_u64(cells[at], v);
	}
}

static void join_intervals(struct sysreel_plot *p)
{
	uint64_t next = next_interval(p->interval), k = next / p->interval;
	uint64_t last = p->first + p->times - 1;

	for (uint32_t i = 1; i < p->n; i++)
		join_cells(p, p->nodes[i].cells, k);
	join_cells(p, p->rest.cells, k);
	p->interval = next;
	p->first /= k;
	p->times = p->times ? (uint32_t)(last / k - p->first) + 1 : 0;
}

/* Makes room before the first interval. */
static void shift(struct sysreel_plot *p, uint64_t n)
{
	for (uint32_t i = 0; i <= p->n; i++) {
		uint64_t *cells = i == p->n ? p->rest.cells : p->nodes[i].cells;

		if (!cells || !n)
			continue;
		memmove(cells + n, cells, p->times * sizeof(*cells));
		memset(cells, 0, n * sizeof(*cells));
	}
	p->first -= n;
	p->times += (uint32_t)n;
}

/* The cell of a moment. Intervals become longer until all fit, so what comes of it does not hang
 * on the order of samples. */
static uint32_t time_cell(struct sysreel_plot *p, uint64_t time)
{
	uint64_t i = time / p->interval;

	if (!p->times) {
		p->first = i;
		p->times = 1;
	}
	while ((i < p->first && p->first + p->times - i > SR_PLOT_TIMES) ||
	       (i > p->first && i - p->first >= SR_PLOT_TIMES)) {
		join_intervals(p);
		i = time / p->interval;
	}
	if (i < p->first)
		shift(p, p->first - i);
	if (i - p->first >= p->times)
		p->times = (uint32_t)(i - p->first) + 1;
	return (uint32_t)(i - p->first);
}

/* ---- samples ---- */

static void add_cell(struct sr_plot_node *n, uint32_t cell, uint64_t weight)
{
	n->self = sr_add_u64(n->self, weight);
	n->cells[cell] = sr_add_u64(n->cells[cell], weight);
}

static int add_stack(struct sysreel_plot *p, const struct sysreel_sample *s)
{
	uint32_t at = 0;
	int rc = 1;

	for (uint32_t i = 0; rc > 0 && i < s->npath && i < SR_PLOT_MAX_DEPTH; i++)
		rc = down(p, at, s->path[i].p, s->path[i].len, &at);
	if (rc < 0)
		return rc;
	if (rc)
		p->nodes[at].self = sr_add_u64(p->nodes[at].self, s->weight);
	else
		p->nodes[at].others = sr_add_u64(p->nodes[at].others, s->weight);
	return 0;
}

static int add_heat(struct sysreel_plot *p, const struct sysreel_sample *s)
{
	uint32_t bucket = bucket_of(p, s->value), i = time_cell(p, s->time);
	struct sr_plot_node *n = group(p, (const char *)&bucket, sizeof(bucket));

	if (!n)
		return -ENOMEM;
	add_cell(n, i, s->weight);
	return 0;
}

static int add_group(struct sysreel_plot *p, const struct sysreel_sample *s)
{
	uint32_t cell = is_timed(p) ? time_cell(p, s->time) : bucket_of(p, s->value);
	struct sr_plot_node *n;
	uint64_t sum;

	p->text.len = 0;
	for (uint32_t i = 0; i < s->npath; i++) {
		if (i)
			sr_buf_putc(&p->text, ';');
		sr_buf_put(&p->text, s->path[i].p, s->path[i].len);
	}
	if (p->text.oom || p->text.len > UINT32_MAX)
		return -ENOMEM;
	n = group(p, (const char *)p->text.p, (uint32_t)p->text.len);
	if (!n)
		return -ENOMEM;
	add_cell(n, cell, s->weight);
	if (__builtin_mul_overflow(s->value, s->weight, &sum))
		sum = UINT64_MAX;
	n->sum = sr_add_u64(n->sum, sum);
	return 0;
}

int sr_plot_add(struct sysreel_plot *p, const struct sysreel_sample *s)
{
	if (!s->weight)
		return 0;
	if (p->def.kind == SYSREEL_FLAME)
		return add_stack(p, s);
	return p->def.kind == SYSREEL_HEATMAP ? add_heat(p, s) : add_group(p, s);
}

/* ---- parts ---- */

static void merge_cells(struct sysreel_plot *p, struct sr_plot_node *to,
			const struct sysreel_plot *part, const struct sr_plot_node *from)
{
	uint32_t n = is_timed(p) ? part->times : sr_plot_ncells(p);

	to->self = sr_add_u64(to->self, from->self);
	to->sum = sr_add_u64(to->sum, from->sum);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t cell = i;

		if (!from->cells[i])
			continue;
		if (is_timed(p)) /* it is there already */
			cell = (uint32_t)(sr_plot_time(part, i) / p->interval - p->first);
		to->cells[cell] = sr_add_u64(to->cells[cell], from->cells[i]);
	}
}

static int merge_groups(struct sysreel_plot *p, const struct sysreel_plot *part)
{
	while (part->times && p->interval < part->interval)
		join_intervals(p);
	if (part->times) {
		(void)time_cell(p, sr_plot_time(part, 0)); /* for the room that it makes */
		(void)time_cell(p, sr_plot_time(part, part->times - 1));
	}
	for (uint32_t i = 1; i <= part->n; i++) {
		bool last = i == part->n;
		const struct sr_plot_node *from = last ? &part->rest : &part->nodes[i];
		struct sr_plot_node *to;

		if (!from->self)
			continue;
		to = last ? rest(p) : group(p, from->name, from->len);
		if (!to)
			return -ENOMEM;
		merge_cells(p, to, part, from);
	}
	return 0;
}

/* Where the frames of the part are here; those without room are where the frame below them is. */
static int merge_frames(struct sysreel_plot *p, const struct sysreel_plot *part)
{
	uint32_t *to = calloc(part->n, sizeof(*to));
	bool *room = calloc(part->n, sizeof(*room));
	int rc = to && room ? 0 : -ENOMEM;

	for (uint32_t i = 0; rc >= 0 && i < part->n; i++) {
		const struct sr_plot_node *from = &part->nodes[i];
		uint32_t at = i ? to[from->parent] : 0;

		rc = !i || room[from->parent];
		if (i && rc)
			rc = down(p, at, from->name, from->len, &at);
		if (rc < 0)
			break;
		room[i] = rc;
		to[i] = at;
		if (rc)
			p->nodes[at].self = sr_add_u64(p->nodes[at].self, from->self);
		else
			p->nodes[at].others = sr_add_u64(p->nodes[at].others, from->self);
	}
	free(to);
	free(room);
	return rc < 0 ? rc : 0;
}

int sr_plot_merge(struct sysreel_plot *p, struct sysreel_plot *part)
{
	int rc = p->def.kind == SYSREEL_FLAME ? merge_frames(p, part) : merge_groups(p, part);

	sr_plot_clear(part);
	return rc;
}

/* ---- for those that render ---- */

static int compare_names(const struct sr_plot_node *a, const struct sr_plot_node *b)
{
	uint32_t len = a->len < b->len ? a->len : b->len;
	int c = len ? memcmp(a->name, b->name, len) : 0;

	return c ? c : (a->len > b->len) - (a->len < b->len);
}

static int by_parent(const void *pa, const void *pb, void *arg)
{
	const struct sr_plot_node *nodes = arg;
	const struct sr_plot_node *a = &nodes[*(const uint32_t *)pa];
	const struct sr_plot_node *b = &nodes[*(const uint32_t *)pb];

	if (a->parent != b->parent)
		return a->parent < b->parent ? -1 : 1;
	return compare_names(a, b);
}

int sr_plot_link(struct sysreel_plot *p)
{
	uint32_t *order = realloc(p->order, p->n * sizeof(*order));

	if (!order)
		return -ENOMEM;
	p->order = order;
	for (uint32_t i = 0; i < p->n; i++) {
		p->nodes[i].total = sr_add_u64(p->nodes[i].self, p->nodes[i].others);
		p->nodes[i].nchild = 0;
	}
	for (uint32_t i = p->n - 1; i > 0; i--) {
		struct sr_plot_node *up = &p->nodes[p->nodes[i].parent];

		up->total = sr_add_u64(up->total, p->nodes[i].total);
		up->nchild++;
		order[i - 1] = i;
	}
	p->nodes[0].total = sr_add_u64(p->nodes[0].total, p->rest.self);
	qsort_r(order, p->n - 1, sizeof(*order), by_parent, p->nodes);
	for (uint32_t i = p->n - 1; i > 0; i--) /* the first of each parent stays */
		p->nodes[p->nodes[order[i - 1]].parent].child = i - 1;
	return 0;
}

static int by_total(const void *pa, const void *pb)
{
	const struct sr_plot_node *a = *(struct sr_plot_node *const *)pa;
	const struct sr_plot_node *b = *(struct sr_plot_node *const *)pb;

	if (a->total != b->total)
		return a->total < b->total ? 1 : -1;
	return compare_names(a, b);
}

static int add_others(struct sysreel_plot *p, struct sr_plot_groups *g,
		      const struct sr_plot_node *n)
{
	if (!g->others.cells)
		g->others.cells = sr_arena_zalloc(&p->arena, sr_plot_ncells(p), sizeof(uint64_t));
	if (!g->others.cells)
		return -ENOMEM;
	g->others.total = sr_add_u64(g->others.total, n->self);
	merge_cells(p, &g->others, p, n);
	return 0;
}

int sr_plot_groups_get(struct sysreel_plot *p, struct sr_plot_groups *out)
{
	uint32_t top = p->def.top ? p->def.top : p->def.kind == SYSREEL_HISTOGRAM ? 5 : 20;
	int rc = sr_plot_link(p);

	*out = (struct sr_plot_groups){ .others = { .name = "(others)", .len = 8 } };
	out->v = malloc(p->n * sizeof(struct sr_plot_node *));
	if (rc < 0 || !out->v)
		return -ENOMEM;
	for (uint32_t i = 1; i < p->n; i++)
		out->v[i - 1] = &p->nodes[i];
	qsort(out->v, p->n - 1, sizeof(struct sr_plot_node *), by_total);
	out->n = p->n - 1 < top ? p->n - 1 : top;
	out->nothers = p->n - 1 - out->n;
	for (uint32_t i = out->n; rc == 0 && i < p->n - 1; i++)
		rc = add_others(p, out, out->v[i]);
	if (rc == 0 && p->rest.self)
		rc = add_others(p, out, &p->rest);
	return rc;
}

void sr_plot_groups_free(struct sr_plot_groups *g)
{
	free(g->v);
}

void sr_plot_grid_get(const struct sysreel_plot *p, struct sr_plot_grid *out)
{
	memset(out, 0, sizeof(*out));
	out->lo = SR_PLOT_BUCKETS;
	for (uint32_t n = 1; n < p->n; n++) {
		uint32_t bucket;

		memcpy(&bucket, p->nodes[n].name, sizeof(bucket));
		out->row[bucket] = p->nodes[n].cells;
		out->lo = bucket < out->lo ? bucket : out->lo;
		out->hi = bucket > out->hi ? bucket : out->hi;
		for (uint32_t i = 0; i < p->times; i++)
			if (p->nodes[n].cells[i] > out->most)
				out->most = p->nodes[n].cells[i];
	}
}
