/* SPDX-License-Identifier: Apache-2.0 */
/* Heat maps that scroll: a row of characters for each interval, the denser the more there was. The
 * including file defines NAME, CATEGORY, SUMMARY, HELP, FILTER, FIELD and its TYPE, REFRESH (a
 * text: milliseconds of a row), WIDTH (places of a row), AXIS (its head), and place(value, time,
 * refresh), which gives the place of an event. */
static const char ramp[] = " .:-=+*#%@";

static const struct sysreel_field fields[] = {
	{ .name = FIELD, .type = TYPE },
};

static const struct sysreel_arg args[] = {
	{ .name = "refresh_time",
	  .type = SYSREEL_INT,
	  .def = REFRESH,
	  .help = "milliseconds of each row" },
};

static const struct sysreel_col cols[] = {
	{ .name = "time", .title = "TIME", .width = 18 },
	{ .name = "events", .title = "EVENTS", .width = 7 },
	{ .name = "heat", .title = AXIS },
};

static const struct sysreel_table_def table = KIT_TABLE(cols, SYSREEL_TABLE_STREAM);

struct state {
	const struct sysreel_host *h;
	struct sysreel_table *t;
	uint64_t refresh; /* ns */
	uint64_t begun;	  /* when the row did */
	uint64_t events;  /* in it */
	uint64_t n[WIDTH];
};

static int init(const struct sysreel_host *h, void **state)
{
	struct state *s;
	int64_t ms = h->arg_int(h, "refresh_time");
	int rc = kit_init(h, state, sizeof(*s), &table);

	if (rc < 0)
		return rc;
	if (ms < 1 || ms > 86400000)
		return h->fail(h, -EINVAL, "refresh_time: from 1 to 86400000");
	s = *state;
	s->refresh = (uint64_t)ms * 1000000;
	return 0;
}

/* Each step is twice as many: 1, 2-3, 4-7... */
static char shade(uint64_t n)
{
	size_t i = n ? 64 - (size_t)__builtin_clzll(n) : 0;

	return ramp[i < sizeof(ramp) - 1 ? i : sizeof(ramp) - 2];
}

static int end_row(struct state *s)
{
	char heat[WIDTH + 2] = "|";
	struct sysreel_value cells[] = {
		sysreel_time(s->begun),
		sysreel_uint(s->events),
		sysreel_text(heat, sizeof(heat)),
	};

	if (!s->events)
		return 0;
	for (size_t i = 0; i < WIDTH; i++)
		heat[i + 1] = shade(s->n[i]);
	heat[WIDTH + 1] = '|';
	memset(s->n, 0, sizeof(s->n));
	s->events = 0;
	return s->h->table_row(s->h, s->t, cells);
}

static int on_batch(void *state, const struct sysreel_batch *b)
{
	struct state *s = state;
	int rc = 0;

	for (uint32_t row = 0; rc == 0 && row < b->n; row++) {
		uint64_t begun = b->time[row] - b->time[row] % s->refresh;
		size_t at;

		if (b->cols[0].why[row])
			continue;
		if (begun != s->begun)
			rc = end_row(s);
		s->begun = begun;
		at = place(b->cols[0].u[row], b->time[row], s->refresh);
		s->n[at < WIDTH ? at : WIDTH - 1]++;
		s->events++;
	}
	return rc;
}

/* A row is shown when it is over, not when the next event comes. */
static int on_interval(void *state, uint64_t now)
{
	struct state *s = state;

	return now >= s->begun + s->refresh ? end_row(s) : 0;
}

static int finish(void *state)
{
	return end_row(state);
}

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = NAME,
	.category = CATEGORY,
	.summary = SUMMARY,
	.help = HELP
	"\nCharacters tell how many, each twice as many as the one before:  . : - = + * # % @\n"
	"\n"
	"  sysreel live --container web -c " NAME,
	.filter = FILTER,
	.args = args,
	.nargs = KIT_N(args),
	.interval_ns = 100000000,
	.fields = fields,
	.nfields = KIT_N(fields),
	.init = init,
	.on_batch = on_batch,
	.on_interval = on_interval,
	.finish = finish,
	.fini = free,
};

SYSREEL_CHISEL_EXPORT(chisel)
