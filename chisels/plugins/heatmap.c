/* SPDX-License-Identifier: Apache-2.0 */
/* How are the values of any number spread, from moment to moment? */
#include "chisels/plugins/plain.h"

static const struct sysreel_field fields[] = {
	{ .name = "$by", .type = SYSREEL_ANY },
};

static const struct sysreel_arg args[] = {
	ARG("by", STR, "evt.latency",
	    "a field that is a number, of bytes or of anything else, or a time"),
	ARG("step", INT, "0", "width of the buckets; 0: powers of two"),
};

struct state {
	const struct sysreel_host *h;
	struct sysreel_plot *p; /* made when it is known what the values are */
};

static int init(const struct sysreel_host *h, void **state)
{
	struct state *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	*state = s;
	s->h = h;
	if (h->arg_int(h, "step") < 0)
		return h->fail(h, -EINVAL, "step: 0 or more");
	return 0;
}

static int make_plot(struct state *s, uint8_t type)
{
	const char *by = s->h->arg_text(s->h, "by");
	struct sysreel_plot_def def = {
		.size = sizeof(def),
		.kind = SYSREEL_HEATMAP,
		.unit = type == SYSREEL_DURATION	     ? SYSREEL_NS
			: strncmp(by, "evt.buflen", 10) == 0 ? SYSREEL_BYTES
							     : SYSREEL_PLAIN,
		.step = (uint64_t)s->h->arg_int(s->h, "step"),
	};

	if (type == SYSREEL_STR || type == SYSREEL_DOUBLE)
		return s->h->fail(s->h, -EINVAL, "by=%s: is no whole number", by);
	s->p = s->h->plot_new(s->h, &def);
	return s->p ? 0 : s->h->fail(s->h, -ENOMEM, NULL);
}

static int on_batch(void *state, const struct sysreel_batch *b)
{
	struct state *s = state;
	int rc = s->p ? 0 : make_plot(s, b->cols[0].type);

	for (uint32_t row = 0; rc == 0 && row < b->n; row++) {
		struct sysreel_sample sample = {
			.time = b->time[row],
			.value = b->cols[0].u[row],
			.weight = 1,
		};

		if (!b->cols[0].why[row] &&
		    (b->cols[0].type != SYSREEL_INT || b->cols[0].i[row] >= 0))
			rc = s->h->plot_add(s->h, s->p, &sample);
	}
	return rc;
}

static int finish(void *state)
{
	struct state *s = state;
	int rc = s->p ? 0 : make_plot(s, SYSREEL_UINT);

	return rc ? rc : s->h->plot_show(s->h, s->p);
}

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_NEEDS(plot_clear),
	.name = "heatmap",
	.category = "Performance",
	.summary = "How the values of any number are spread, from moment to moment",
	.help = "From left to right the values, from top to bottom the time: the darker a place, the more values\n"
		"were there then. Negative values are left out.\n"
		"\n"
		"  sysreel read db.reel -c heatmap evt.is_io=true fd.type=file\n"
		"  sysreel read db.reel -c heatmap by=evt.buflen\n"
		"  sysreel read db.reel --svg db.svg -c heatmap proc.name=postgres",
	.filter = "evt.count exists",
	ARGS(args),
	.fields = fields,
	.nfields = KIT_N(fields),
	.init = init,
	.on_batch = on_batch,
	.finish = finish,
	.fini = free,
};

SYSREEL_CHISEL_EXPORT(chisel)
