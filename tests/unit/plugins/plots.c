/* SPDX-License-Identifier: Apache-2.0 */
/* Draws the durations of calls in all the ways that the host knows. */
#include <errno.h>
#include <stdlib.h>

#include <sysreel/chisel.h>

enum {
	F_TYPE,
	F_LATENCY,
	F_PROCESS,
	NFIELDS
};

static const struct sysreel_field fields[NFIELDS] = {
	[F_TYPE] = { .name = "evt.type", .type = SYSREEL_STR },
	[F_LATENCY] = { .name = "evt.latency", .type = SYSREEL_DURATION },
	[F_PROCESS] = { .name = "proc.name", .type = SYSREEL_STR },
};

static const struct sysreel_arg args[] = {
	{ .name = "kind", .type = SYSREEL_INT, .def = "-1", .help = "this one alone" },
	{ .name = "step", .type = SYSREEL_INT, .def = "0" },
	{ .name = "folded", .type = SYSREEL_BOOL },
};

struct state {
	const struct sysreel_host *h;
	struct sysreel_plot *p[4];
};

static int init(const struct sysreel_host *h, void **state)
{
	static const char *const titles[] = { "Spread", "Heat <&\">", "Flame", "Series" };
	struct state *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	*state = s;
	s->h = h;
	for (uint8_t kind = 0; kind < 4; kind++) {
		struct sysreel_plot_def def = {
			.size = sizeof(def),
			.title = titles[kind],
			.kind = kind,
			.unit = SYSREEL_NS,
			.step = (uint64_t)h->arg_int(h, "step"),
			.flags = h->arg_int(h, "folded") ? SYSREEL_PLOT_FOLDED : 0,
		};

		s->p[kind] = h->plot_new(h, &def);
		if (!s->p[kind])
			return h->fail(h, -ENOMEM, NULL);
	}
	return 0;
}

static int on_batch(void *state, const struct sysreel_batch *b)
{
	struct state *s = state;

	for (uint32_t row = 0; row < b->n; row++) {
		struct sysreel_value type = sysreel_cell(b, F_TYPE, row);
		struct sysreel_value process = sysreel_cell(b, F_PROCESS, row);
		struct sysreel_value took = sysreel_cell(b, F_LATENCY, row);
		struct sysreel_str path[] = { process.s, type.s };

		if (type.why || process.why || took.why)
			continue;
		for (uint32_t kind = 0; kind < 4; kind++) {
			int spread = kind == SYSREEL_HISTOGRAM || kind == SYSREEL_HEATMAP;
			struct sysreel_sample sample = {
				.path = kind == SYSREEL_FLAME ? path : path + 1,
				.npath = kind == SYSREEL_FLAME ? 2 : 1,
				.time = b->time[row],
				.value = took.u,
				.weight = spread ? 1 : took.u,
			};
			int rc = s->h->plot_add(s->h, s->p[kind], &sample);

			if (rc < 0)
				return rc;
		}
	}
	return 0;
}

static int finish(void *state)
{
	struct state *s = state;
	int64_t only = s->h->arg_int(s->h, "kind");
	int rc = 0;

	for (int kind = 0; kind < 4 && rc == 0; kind++)
		if (only < 0 || only == kind)
			rc = s->h->plot_show(s->h, s->p[kind]);
	return rc;
}

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_NEEDS(plot_clear),
	.name = "plots",
	.category = "Test",
	.summary = "Draws durations in all ways",
	.flags = SYSREEL_MERGEABLE,
	.args = args,
	.nargs = 3,
	.fields = fields,
	.nfields = NFIELDS,
	.init = init,
	.on_batch = on_batch,
	.finish = finish,
	.fini = free,
};

SYSREEL_CHISEL_EXPORT(chisel)
