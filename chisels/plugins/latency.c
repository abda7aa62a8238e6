/* SPDX-License-Identifier: Apache-2.0 */
/* How are durations spread? A histogram for each value of any field, in powers of two or in equal
 * steps. */
#include "chisels/plugins/kit.h"

#define BUCKETS	 65 /* of powers of two: 0, 1, 2-3, 4-7...; of steps: the last one is all beyond */
#define MAX_SHOW 32 /* histograms */

enum {
	F_BY,
	F_LATENCY,
	NFIELDS
};

static const struct sysreel_field fields[NFIELDS] = {
	[F_BY] = { .name = "$by", .type = SYSREEL_STR },
	[F_LATENCY] = { .name = "evt.latency", .type = SYSREEL_DURATION },
};

static const struct sysreel_arg args[] = {
	{ .name = "by",
	  .type = SYSREEL_STR,
	  .def = "syscall.type",
	  .help = "a field: a histogram for each of its values" },
	{ .name = "show",
	  .type = SYSREEL_INT,
	  .def = "5",
	  .help = "histograms to show, of those with the most time in them; at most 32" },
	{ .name = "step_us",
	  .type = SYSREEL_INT,
	  .def = "0",
	  .help = "width of the buckets in microseconds; 0: powers of two" },
};

static const struct sysreel_col cols[] = {
	{ .name = "from", .title = "FROM", .unit = SYSREEL_NS },
	{ .name = "below", .title = "BELOW", .unit = SYSREEL_NS },
	{ .name = "calls", .title = "CALLS" },
	{ .name = "bar", .title = "", .unit = SYSREEL_BAR },
};

/* What is known of one value of the field. */
struct spread {
	struct kit_node node; /* key: of the value */
	struct kit_text name;
	uint32_t order; /* in which they came */
	uint64_t calls, total;
	uint64_t n[BUCKETS];
};

struct state {
	const struct sysreel_host *h;
	struct kit_map spreads;
	uint64_t step;
	int64_t show;
	struct kit_text titles[MAX_SHOW]; /* of the tables: they live as long as these */
};

static void release(struct kit_node *node)
{
	free(((struct spread *)node)->name.p);
}

static int init(const struct sysreel_host *h, void **state)
{
	struct state *s = calloc(1, sizeof(*s));
	int64_t step = h->arg_int(h, "step_us");

	if (!s)
		return -ENOMEM;
	*state = s;
	s->h = h;
	s->spreads.size = sizeof(struct spread);
	s->spreads.release = release;
	s->show = h->arg_int(h, "show");
	if (s->show < 1 || s->show > MAX_SHOW)
		return h->fail(h, -EINVAL, "show: 1 to %d histograms", MAX_SHOW);
	if (step < 0 || step > 3600000000)
		return h->fail(h, -EINVAL, "step_us: microseconds, at most an hour of them");
	s->step = (uint64_t)step * 1000;
	return 0;
}

static size_t bucket(const struct state *s, uint64_t ns)
{
	if (s->step)
		return ns / s->step < BUCKETS ? (size_t)(ns / s->step) : BUCKETS - 1;
	return ns ? 64 - (size_t)__builtin_clzll(ns) : 0;
}

static uint64_t lower(const struct state *s, size_t i)
{
	if (s->step)
		return i * s->step;
	return i ? 1ull << (i - 1) : 0;
}

static int on_batch(void *state, const struct sysreel_batch *b)
{
	struct state *s = state;

	for (uint32_t row = 0; row < b->n; row++) {
		struct sysreel_str by = kit_str(b, F_BY, row);
		uint64_t ns = kit_num(b, F_LATENCY, row);
		struct spread *e;

		if (b->cols[F_BY].why[row])
			continue;
		e = kit_make(&s->spreads, kit_hash(0, by.p, by.len));
		if (!e)
			continue;
		if (!e->calls && kit_set(&e->name, &by) < 0)
			return -ENOMEM;
		if (!e->calls++)
			e->order = s->spreads.n;
		e->total += ns;
		e->n[bucket(s, ns)]++;
	}
	return 0;
}

static int by_order(const void *pa, const void *pb)
{
	const struct spread *a = *(struct spread *const *)pa, *b = *(struct spread *const *)pb;

	return (a->order > b->order) - (a->order < b->order);
}

static void add_spread(struct state *s, struct spread *from)
{
	struct spread *e = kit_make(&s->spreads, from->node.key);

	if (!e) {
		s->spreads.full += from->calls - 1; /* one was counted */
		return;
	}
	if (!e->calls) {
		e->order = s->spreads.n;
		e->name = from->name;
		from->name = (struct kit_text){ 0 };
	}
	e->calls += from->calls;
	e->total += from->total;
	for (size_t i = 0; i < BUCKETS; i++)
		e->n[i] += from->n[i];
}

static int merge(void *into, void *from)
{
	struct state *s = into, *f = from;
	struct spread **v = (struct spread **)kit_list(&f->spreads);

	if (!v)
		return -ENOMEM;
	qsort(v, f->spreads.n, sizeof(*v), by_order);
	for (uint32_t i = 0; i < f->spreads.n; i++)
		add_spread(s, v[i]);
	s->spreads.full += f->spreads.full;
	f->spreads.full = 0;
	free(v);
	kit_map_free(&f->spreads);
	return 0;
}

static int put_bucket(struct state *s, struct sysreel_table *t, const struct spread *e, size_t i)
{
	struct sysreel_value cells[] = {
		sysreel_uint(lower(s, i)),
		i + 1 < BUCKETS ? sysreel_uint(lower(s, i + 1)) : sysreel_absent(SYSREEL_NONE),
		sysreel_uint(e->n[i]),
		sysreel_uint(e->n[i]),
	};

	return s->h->table_row(s->h, t, cells);
}

static int show(struct state *s, const struct spread *e, struct kit_text *title)
{
	struct sysreel_table_def def = {
		.size = sizeof(def),
		.cols = cols,
		.ncols = KIT_N(cols),
		.flags = SYSREEL_TABLE_UNSORTED,
	};
	struct sysreel_table *t;
	size_t first = 0, last = BUCKETS - 1;
	int rc = kit_put(title, e->name.p, e->name.len);

	rc = rc ? rc
		: kit_printf(title, ": %llu calls, %.6f s", (unsigned long long)e->calls,
			     (double)e->total / 1e9);
	if (rc < 0)
		return rc;
	def.title = title->p;
	t = s->h->table_new(s->h, &def);
	if (!t)
		return s->h->fail(s->h, -ENOMEM, NULL);
	while (!e->n[first])
		first++;
	while (!e->n[last])
		last--;
	for (size_t i = first; rc == 0 && i <= last; i++)
		rc = put_bucket(s, t, e, i);
	return rc ? rc : s->h->table_show(s->h, t);
}

static int by_total(const void *pa, const void *pb)
{
	const struct spread *a = *(struct spread *const *)pa, *b = *(struct spread *const *)pb;

	if (a->total != b->total)
		return a->total < b->total ? 1 : -1;
	return strcmp(a->name.p, b->name.p);
}

static int finish(void *state)
{
	struct state *s = state;
	struct spread **v = (struct spread **)kit_list(&s->spreads);
	uint32_t n = s->spreads.n;
	int rc = 0;

	if (!v)
		return -ENOMEM;
	qsort(v, n, sizeof(struct spread *), by_total);
	for (uint32_t i = 0; rc == 0 && i < n && i < s->show; i++)
		rc = show(s, v[i], &s->titles[i]);
	if (n > s->show)
		s->h->remark(s->h, "%u more are not shown: show=N", n - (uint32_t)s->show);
	kit_tell_full(&s->spreads, s->h, "calls of further values");
	free(v);
	return rc;
}

static void fini(void *state)
{
	struct state *s = state;

	if (!s)
		return;
	for (size_t i = 0; i < MAX_SHOW; i++)
		free(s->titles[i].p);
	kit_map_free(&s->spreads);
	free(s);
}

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "latency",
	.category = "Performance",
	.summary = "Histograms of durations, for each value of any field",
	.help = "Waiting counts: to leave out calls that may wait for something, add evt.is_wait=false.\n"
		"\n"
		"  sysreel read db.reel -c latency fd.type=file evt.is_io=true\n"
		"  sysreel read db.reel -c latency by=proc.name step_us=100 show=3",
	.filter = "evt.latency exists",
	.args = args,
	.nargs = KIT_N(args),
	.flags = SYSREEL_MERGEABLE,
	.fields = fields,
	.nfields = NFIELDS,
	.init = init,
	.on_batch = on_batch,
	.finish = finish,
	.fini = fini,
	.merge = merge,
};

SYSREEL_CHISEL_EXPORT(chisel)
