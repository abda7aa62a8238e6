/* SPDX-License-Identifier: Apache-2.0 */
/* Says everything that the host tells it, for the test of the host. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include <sysreel/chisel.h>

static const struct sysreel_arg args[] = {
	{ .name = "word", .type = SYSREEL_STR, .flags = SYSREEL_ARG_REQUIRED, .help = "a word" },
	{ .name = "count", .type = SYSREEL_INT, .def = "7", .help = "a number" },
	{ .name = "flag", .type = SYSREEL_BOOL },
	{ .name = "ratio", .type = SYSREEL_DOUBLE, .def = "0.5" },
};

static const struct sysreel_field fields[] = {
	{ .name = "evt.type", .type = SYSREEL_STR },
	{ .name = "evt.rawres" },
	{ .name = "evt.latency", .type = SYSREEL_UINT },
	{ .name = "fd.name" },
	{ .name = "proc.pid", .type = SYSREEL_STR },
	{ .name = "no.such", .flags = SYSREEL_FIELD_OPTIONAL },
};

static const struct sysreel_host *host;

static int init(const struct sysreel_host *h, void **state)
{
	host = h;
	*state = malloc(1);
	h->line(h, "init word=%s count=%" PRId64 " given=%d flag=%" PRId64 " ratio=%.2f",
		h->arg_text(h, "word"), h->arg_int(h, "count"), h->arg_given(h, "count"),
		h->arg_int(h, "flag"), h->arg_double(h, "ratio"));
	return *state ? 0 : -ENOMEM;
}

static int on_batch(void *state, const struct sysreel_batch *b)
{
	(void)state;
	for (uint32_t r = 0; r < b->n; r++)
		host->line(host,
			   "%" PRIu64 " %.*s res=%" PRId64 " dur=%" PRIu64
			   "/%d %.*s/%d pid=%.*s %d",
			   b->num[r], (int)b->cols[0].s[r].len, b->cols[0].s[r].p, b->cols[1].i[r],
			   b->cols[2].u[r], b->cols[2].why[r], (int)b->cols[3].s[r].len,
			   b->cols[3].s[r].p, b->cols[3].why[r], (int)b->cols[4].s[r].len,
			   b->cols[4].s[r].p, b->cols[5].why[r]);
	return 0;
}

static int on_interval(void *state, uint64_t now)
{
	(void)state;
	host->line(host, "interval %" PRIu64, now);
	return 0;
}

static int finish(void *state)
{
	struct sysreel_totals t = { .size = sizeof(t) };

	(void)state;
	host->totals(host, &t);
	host->line(host, "finish events=%" PRIu64 " span=%" PRIu64, t.events, t.last - t.first);
	host->remark(host, "a remark of %d words", 5);
	return 0;
}

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "probe",
	.category = "Test",
	.summary = "Says what it gets",
	.args = args,
	.nargs = 4,
	.fields = fields,
	.nfields = 6,
	.interval_ns = 1000000000,
	.init = init,
	.on_batch = on_batch,
	.on_interval = on_interval,
	.finish = finish,
	.fini = free,
};

SYSREEL_CHISEL_EXPORT(chisel)
