/* SPDX-License-Identifier: Apache-2.0 */
/* Heat maps: a row of characters for each interval, the denser the more there was. The including
 * file defines NAME, CATEGORY, SUMMARY, HELP, FILTER, FIELD and its TYPE, INTERVAL (ns), WIDTH
 * (places of a row), AXIS (its head), and place(value, time), which gives the place of an event;
 * and ARGS, if it has arguments. */
static const char ramp[] = " .:-=+*#%@";

static const struct sysreel_field fields[] = {
	{ .name = FIELD, .type = TYPE },
};

static const struct sysreel_col cols[] = {
	{ .name = "time", .title = "TIME", .width = 18 },
	{ .name = "events", .title = "EVENTS", .width = 7 },
	{ .name = "heat", .title = AXIS },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = KIT_N(cols),
	.flags = SYSREEL_TABLE_STREAM,
};

struct state {
	const struct sysreel_host *h;
	struct sysreel_table *t;
	uint64_t events, last;
	uint64_t n[WIDTH];
};

static int init(const struct sysreel_host *h, void **state)
{
	struct state *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	*state = s;
	s->h = h;
	s->t = h->table_new(h, &table);
	return s->t ? 0 : h->fail(h, -ENOMEM, NULL);
}

static int on_batch(void *state, const struct sysreel_batch *b)
{
	struct state *s = state;

	for (uint32_t row = 0; row < b->n; row++) {
		size_t at;

		if (b->cols[0].why[row])
			continue;
		at = place(b->cols[0].u[row], b->time[row]);
		s->n[at < WIDTH ? at : WIDTH - 1]++;
		s->events++;
		s->last = b->time[row];
	}
	return 0;
}

/* Each step is twice as many: 1, 2-3, 4-7... */
static char shade(uint64_t n)
{
	size_t i = n ? 64 - (size_t)__builtin_clzll(n) : 0;

	return ramp[i < sizeof(ramp) - 1 ? i : sizeof(ramp) - 2];
}

static int on_interval(void *state, uint64_t now)
{
	struct state *s = state;
	char heat[WIDTH + 2] = "|";
	struct sysreel_value cells[] = {
		sysreel_time(now - INTERVAL),
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

/* The last interval is not over when the recording is. */
static int finish(void *state)
{
	struct state *s = state;

	return on_interval(s, (s->last / INTERVAL + 1) * INTERVAL);
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
#ifdef ARGS
	.args = ARGS,
	.nargs = KIT_N(ARGS),
#endif
	.interval_ns = INTERVAL,
	.fields = fields,
	.nfields = KIT_N(fields),
	.init = init,
	.on_batch = on_batch,
	.on_interval = on_interval,
	.finish = finish,
	.fini = free,
};

SYSREEL_CHISEL_EXPORT(chisel)
