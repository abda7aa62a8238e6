/* SPDX-License-Identifier: Apache-2.0 */
/* How many different file descriptors were used, for each value of any field? */
#include "chisels/plugins/plain.h"

enum {
	F_BY,
	F_NUM,
	F_NAME,
	NFIELDS
};

static const struct sysreel_field fields[NFIELDS] = {
	[F_BY] = { .name = "$by", .type = SYSREEL_STR },
	[F_NUM] = { .name = "fd.num", .type = SYSREEL_INT },
	[F_NAME] = { .name = "fd.name", .type = SYSREEL_STR },
};

static const struct sysreel_arg args[] = {
	ARG_BY("proc.name"),
	ARG_TOP("30"),
};

static const struct sysreel_col cols[] = {
	{ .name = "fds", .title = "FDS", .op = SYSREEL_DISTINCT },
	{ .name = "names", .title = "FILES", .op = SYSREEL_DISTINCT },
	{ .name = "calls", .title = "CALLS", .op = SYSREEL_COUNT },
	{ .name = "key", .title = "$by" },
};

static const struct sysreel_table_def table = KIT_TABLE(cols, SYSREEL_TABLE_GROUP);

struct state {
	const struct sysreel_host *h;
	struct sysreel_table *t;
	struct kit_text pair;
};

static int init(const struct sysreel_host *h, void **state)
{
	return kit_init(h, state, sizeof(struct state), &table);
}

static int on_batch(void *state, const struct sysreel_batch *b)
{
	struct state *s = state;
	int rc = 0;

	for (uint32_t row = 0; rc == 0 && row < b->n; row++) {
		struct sysreel_str name = kit_str(b, F_NAME, row);
		struct sysreel_value cells[KIT_N(cols)] = {
			[1] = sysreel_text(name.p, name.len),
			[3] = sysreel_cell(b, F_BY, row),
		};

		s->pair.len = 0;
		rc = kit_printf(&s->pair, "%lld ", (long long)b->cols[F_NUM].i[row]);
		rc = rc ? rc : kit_put(&s->pair, name.p, name.len);
		cells[0] = kit_value(&s->pair);
		rc = rc ? rc : s->h->table_row(s->h, s->t, cells);
	}
	return rc;
}

static void fini(void *state)
{
	struct state *s = state;

	if (s)
		free(s->pair.p);
	free(s);
}

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "fdcount_by",
	.category = "I/O",
	.summary = "How many different file descriptors, for each value of any field",
	.help = "FDS counts pairs of a number and what was open under it, FILES names alone: two processes that\n"
		"have one file open use one file.\n"
		"\n"
		"  sysreel read web.reel -c fdcount_by container.name",
	.filter = "fd.num > 0 and fd.name exists",
	.flags = SYSREEL_MERGEABLE,
	ARGS(args),
	.fields = fields,
	.nfields = NFIELDS,
	.init = init,
	.on_batch = on_batch,
	.finish = kit_show,
	.fini = fini,
};

SYSREEL_CHISEL_EXPORT(chisel)
