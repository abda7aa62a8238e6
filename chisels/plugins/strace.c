/* SPDX-License-Identifier: Apache-2.0 */
/* What strace would have printed: a line for each call, or with c=yes its summary. */
#include "chisels/plugins/kit.h"

enum {
	F_TID,
	F_CALL,
	F_LATENCY,
	F_ERROR,
	F_TYPE,
	F_SYSCALL,
	F_SIG,
	F_STATUS,
	F_SIGNAL,
	F_CLOCK,
	NFIELDS
};

static const struct sysreel_field fields[NFIELDS] = {
	[F_TID] = { .name = "thread.tid", .type = SYSREEL_INT },
	[F_CALL] = { .name = "evt.call", .type = SYSREEL_STR },
	[F_LATENCY] = { .name = "evt.latency", .type = SYSREEL_DURATION },
	[F_ERROR] = { .name = "evt.failed", .type = SYSREEL_BOOL },
	[F_TYPE] = { .name = "evt.type", .type = SYSREEL_STR },
	[F_SYSCALL] = { .name = "syscall.type", .type = SYSREEL_STR },
	[F_SIG] = { .name = "evt.arg.sig", .type = SYSREEL_STR },
	[F_STATUS] = { .name = "evt.arg.status", .type = SYSREEL_STR },
	[F_SIGNAL] = { .name = "evt.arg.signal", .type = SYSREEL_STR },
	[F_CLOCK] = { .name = "evt.time", .type = SYSREEL_STR },
};

static const struct sysreel_arg args[] = {
	{ .name = "c",
	  .type = SYSREEL_BOOL,
	  .def = "no",
	  .help = "only a summary: time, calls and errors of each system call" },
	{ .name = "T",
	  .type = SYSREEL_BOOL,
	  .def = "no",
	  .help = "the seconds that each call took, at the end of its line" },
	{ .name = "t",
	  .type = SYSREEL_BOOL,
	  .def = "no",
	  .help = "the time of day at the beginning of each line" },
};

static const struct sysreel_col cols[] = {
	{ .name = "share", .title = "% TIME", .op = SYSREEL_SHARE, .field = F_LATENCY },
	{ .name = "time",
	  .title = "TIME",
	  .op = SYSREEL_SUM,
	  .unit = SYSREEL_NS,
	  .field = F_LATENCY },
	{ .name = "mean",
	  .title = "PER CALL",
	  .op = SYSREEL_AVG,
	  .unit = SYSREEL_NS,
	  .field = F_LATENCY },
	{ .name = "calls", .title = "CALLS", .op = SYSREEL_COUNT },
	{ .name = "errors", .title = "ERRORS", .op = SYSREEL_SUM, .field = F_ERROR },
	{ .name = "syscall", .title = "SYSCALL", .field = F_SYSCALL },
};

static const struct sysreel_table_def table = KIT_TABLE(cols, SYSREEL_TABLE_GROUP);

struct state {
	const struct sysreel_host *h;
	struct sysreel_table *t; /* NULL: lines */
	int latency, clock;
};

static int init(const struct sysreel_host *h, void **state)
{
	struct state *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	*state = s;
	s->h = h;
	s->latency = h->arg_int(h, "T") != 0;
	s->clock = h->arg_int(h, "t") != 0;
	if (!h->arg_int(h, "c"))
		return 0;
	s->t = h->table_new(h, &table);
	return s->t ? 0 : h->fail(h, -ENOMEM, NULL);
}

/* What the line says after the thread's id, without the time the call took. */
static struct sysreel_str words(const struct sysreel_batch *b, uint32_t row, const char **before,
				const char **after)
{
	struct sysreel_value type = sysreel_cell(b, F_TYPE, row);
	struct sysreel_value signal = sysreel_cell(b, F_SIGNAL, row);

	*before = *after = "";
	if (kit_is(&type, "signaldeliver")) {
		*before = "--- ";
		*after = " ---";
		return kit_str(b, F_SIG, row);
	}
	if (!kit_is(&type, "procexit"))
		return kit_str(b, F_CALL, row);
	*after = " +++";
	*before = "+++ exited with ";
	if (signal.why || kit_is(&signal, "0"))
		return kit_str(b, F_STATUS, row);
	*before = "+++ killed by ";
	return signal.s;
}

static void put_line(const struct state *s, const struct sysreel_batch *b, uint32_t row)
{
	struct sysreel_value latency = sysreel_cell(b, F_LATENCY, row);
	struct sysreel_str clock = kit_str(b, F_CLOCK, row), text;
	char took[32] = "";
	const char *before, *after;

	text = words(b, row, &before, &after);
	if (s->latency && !latency.why) /* 20 digits and 14 other characters at most */
		(void)snprintf(took, sizeof(took), " <%.6f>", (double)latency.u / 1e9);
	if (!s->clock)
		clock.len = 0;
	s->h->line(s->h, "[pid %lld] %.*s%s%s%.*s%s%s", (long long)kit_num(b, F_TID, row),
		   (int)clock.len, clock.p, clock.len ? " " : "", before, (int)text.len, text.p,
		   after, took);
}

/* Ends and signals are no calls. */
static int count(struct state *s, const struct sysreel_batch *b, uint32_t row)
{
	struct sysreel_value cells[KIT_N(cols)];

	for (size_t i = 0; i < KIT_N(cols); i++)
		cells[i] = sysreel_cell(b, cols[i].field, row);
	return s->h->table_row(s->h, s->t, cells);
}

static int on_batch(void *state, const struct sysreel_batch *b)
{
	struct state *s = state;

	for (uint32_t row = 0; row < b->n; row++) {
		int rc = 0;

		if (!s->t)
			put_line(s, b, row);
		else if (!b->cols[F_SYSCALL].why[row])
			rc = count(s, b, row);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int finish(void *state)
{
	struct state *s = state;

	return s->t ? s->h->table_show(s->h, s->t) : 0;
}

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "strace",
	.category = "Processes",
	.summary = "Calls as strace prints them, or its summary",
	.help = "Calls come in the order in which they returned, so none is ever `unfinished`.\n"
		"\n"
		"  sysreel read web.reel -c strace T=yes proc.pid=4711\n"
		"  sysreel read web.reel -c strace c=yes proc.name=nginx",
	.filter = "(" KIT_CALLS ") or evt.type in (signaldeliver, procexit)",
	.args = args,
	.nargs = KIT_N(args),
	.flags = SYSREEL_MERGEABLE,
	.fields = fields,
	.nfields = NFIELDS,
	.init = init,
	.on_batch = on_batch,
	.finish = finish,
	.fini = free,
};

SYSREEL_CHISEL_EXPORT(chisel)
