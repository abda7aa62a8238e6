/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes read and written in each second, a line as soon as the second is over. The including
 * file defines NAME, CATEGORY, SUMMARY and FILTER. */
#include "chisels/plugins/kit.h"

enum {
	F_IN,
	F_OUT,
	NFIELDS
};

static const struct sysreel_field fields[NFIELDS] = {
	[F_IN] = { .name = "evt.buflen.in", .type = SYSREEL_UINT },
	[F_OUT] = { .name = "evt.buflen.out", .type = SYSREEL_UINT },
};

static const struct sysreel_col cols[] = {
	{ .name = "time", .title = "SECOND", .width = 18 },
	{ .name = "in", .title = "IN", .unit = SYSREEL_BYTES, .width = 8 },
	{ .name = "out", .title = "OUT", .unit = SYSREEL_BYTES, .width = 8 },
	{ .name = "total", .title = "TOTAL", .unit = SYSREEL_BYTES },
};

static const struct sysreel_table_def table = KIT_TABLE(cols, SYSREEL_TABLE_STREAM);

#define SECOND 1000000000ull

struct state {
	const struct sysreel_host *h;
	struct sysreel_table *t;
	uint64_t in, out, last;
};

static int init(const struct sysreel_host *h, void **state)
{
	return kit_init(h, state, sizeof(struct state), &table);
}

static int on_batch(void *state, const struct sysreel_batch *b)
{
	struct state *s = state;

	for (uint32_t row = 0; row < b->n; row++) {
		s->in += kit_num(b, F_IN, row);
		s->out += kit_num(b, F_OUT, row);
		s->last = b->time[row];
	}
	return 0;
}

static int on_interval(void *state, uint64_t now)
{
	struct state *s = state;
	struct sysreel_value cells[] = {
		sysreel_time(now - SECOND),
		sysreel_uint(s->in),
		sysreel_uint(s->out),
		sysreel_uint(s->in + s->out),
	};

	s->in = s->out = s->last = 0;
	return s->h->table_row(s->h, s->t, cells);
}

/* The last second is not over when the recording is. */
static int finish(void *state)
{
	struct state *s = state;

	return s->last ? on_interval(s, (s->last / SECOND + 1) * SECOND) : 0;
}

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = NAME,
	.category = CATEGORY,
	.summary = SUMMARY,
	.help = "Seconds in which nothing was moved are left out.\n"
		"\n"
		"  sysreel live --container web -c " NAME,
	.filter = FILTER " and evt.failed=false and evt.buflen>0",
	.interval_ns = SECOND,
	.fields = fields,
	.nfields = NFIELDS,
	.init = init,
	.on_batch = on_batch,
	.on_interval = on_interval,
	.finish = finish,
	.fini = free,
};

SYSREEL_CHISEL_EXPORT(chisel)
