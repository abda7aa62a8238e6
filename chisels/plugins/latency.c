/* SPDX-License-Identifier: Apache-2.0 */
/* How are durations spread? A histogram for each value of any field, in powers of two or in equal
 * steps. */
#include "chisels/plugins/plain.h"

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
	ARG("by", STR, "syscall.type", "a field: a histogram for each of its values"),
	ARG("top", INT, "5", "histograms to show, those of the most calls"),
	ARG("step_us", INT, "0", "width of the buckets in microseconds; 0: powers of two"),
};

struct state {
	const struct sysreel_host *h;
	struct sysreel_plot *p;
};

static int init(const struct sysreel_host *h, void **state)
{
	struct state *s = calloc(1, sizeof(*s));
	struct sysreel_plot_def def = {
		.size = sizeof(def),
		.kind = SYSREEL_HISTOGRAM,
		.unit = SYSREEL_NS,
	};
	int64_t step = h->arg_int(h, "step_us");

	if (!s)
		return -ENOMEM;
	*state = s;
	s->h = h;
	if (step < 0 || step > 1000000000)
		return h->fail(h, -EINVAL, "step_us: from 0 to 1000000000");
	def.step = (uint64_t)step * 1000;
	s->p = h->plot_new(h, &def);
	return s->p ? 0 : h->fail(h, -ENOMEM, NULL);
}

static int on_batch(void *state, const struct sysreel_batch *b)
{
	struct state *s = state;
	int rc = 0;

	for (uint32_t row = 0; rc == 0 && row < b->n; row++) {
		struct sysreel_str key = kit_str(b, F_BY, row);
		struct sysreel_sample sample = {
			.path = &key,
			.npath = 1,
			.time = b->time[row],
			.value = kit_num(b, F_LATENCY, row),
			.weight = 1,
		};

		if (!b->cols[F_BY].why[row] && !b->cols[F_LATENCY].why[row])
			rc = s->h->plot_add(s->h, s->p, &sample);
	}
	return rc;
}

static int finish(void *state)
{
	struct state *s = state;

	return s->h->plot_show(s->h, s->p);
}

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_NEEDS(plot_clear),
	.name = "latency",
	.category = "Performance",
	.summary = "Histograms of durations, for each value of any field",
	.help = "Waiting counts: to leave out calls that may wait for something, add evt.is_wait=false.\n"
		"\n"
		"  sysreel read db.reel -c latency fd.type=file evt.is_io=true\n"
		"  sysreel read db.reel -c latency by=proc.name step_us=100 top=3\n"
		"  sysreel read db.reel --svg db.svg -c latency by=container.name",
	.filter = "evt.latency exists",
	.flags = SYSREEL_MERGEABLE,
	ARGS(args),
	.fields = fields,
	.nfields = NFIELDS,
	.init = init,
	.on_batch = on_batch,
	.finish = finish,
	.fini = free,
};

SYSREEL_CHISEL_EXPORT(chisel)
