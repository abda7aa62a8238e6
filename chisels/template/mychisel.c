/* SPDX-License-Identifier: Apache-2.0 */
/* Which programs are started most often, and how many of the attempts fail? A chisel of your own
 * begins with this file (`sysreel chisel new`); ADDING-A-CHISEL.md goes with it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sysreel/chisel.h>

/* What the user may say: `-c mychisel top=5 PATH`. */
static const struct sysreel_arg args[] = {
	{ .name = "top", .type = SYSREEL_INT, .def = "10", .help = "rows to show, 0 for all" },
	{ .name = "below",
	  .type = SYSREEL_STR,
	  .def = "/",
	  .help = "only programs in this folder" },
};

/* The values wanted of each event: `sysreel fields` lists what there is. */
enum {
	F_PATH,
	F_FAILED,
	NFIELDS
};

static const struct sysreel_field fields[NFIELDS] = {
	[F_PATH] = { .name = "fs.path.name", .type = SYSREEL_STR },
	[F_FAILED] = { .name = "evt.failed", .type = SYSREEL_BOOL },
};

/* The table: rows with the same program are merged. */
enum {
	C_STARTS,
	C_FAILED,
	C_PROGRAM,
	NCOLS
};

static const struct sysreel_col cols[NCOLS] = {
	[C_STARTS] = { .name = "starts", .title = "STARTS", .op = SYSREEL_COUNT },
	[C_FAILED] = { .name = "failed", .title = "FAILED", .op = SYSREEL_SUM },
	[C_PROGRAM] = { .name = "program", .title = "PROGRAM", .op = SYSREEL_KEY },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = NCOLS,
	.sort = C_STARTS,
	.flags = SYSREEL_TABLE_GROUP,
};

struct state {
	const struct sysreel_host *h;
	struct sysreel_table *t;
	const char *below;
};

static int init(const struct sysreel_host *h, void **state)
{
	struct state *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	*state = s;
	s->h = h;
	s->below = h->arg_text(h, "below");
	if (*s->below != '/')
		return h->fail(h, -EINVAL, "below=%s: the path of a folder begins with /",
			       s->below);
	s->t = h->table_new(h, &table);
	return s->t ? 0 : h->fail(h, -ENOMEM, NULL);
}

static int is_below(const struct sysreel_value *path, const char *folder)
{
	size_t len = strlen(folder);

	return path->s.len >= len && memcmp(path->s.p, folder, len) == 0;
}

static int on_batch(void *state, const struct sysreel_batch *b)
{
	struct state *s = state;

	for (uint32_t row = 0; row < b->n; row++) {
		struct sysreel_value cells[NCOLS] = {
			[C_FAILED] = sysreel_cell(b, F_FAILED, row),
			[C_PROGRAM] = sysreel_cell(b, F_PATH, row),
		};
		int rc;

		/* A value may be absent: look at why before you look at the value. The table
		 * tells how many rows had no key; they are not dropped in silence. */
		if (!cells[C_PROGRAM].why && !is_below(&cells[C_PROGRAM], s->below))
			continue;
		rc = s->h->table_row(s->h, s->t, cells);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int finish(void *state)
{
	struct state *s = state;

	return s->h->table_show(s->h, s->t);
}

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "mychisel", /* as the file: mychisel.so */
	.category = "Processes",
	.summary = "Programs by how often they are started",
	.filter = "evt.type in (execve, execveat)",
	.args = args,
	.nargs = sizeof(args) / sizeof(*args),
	.fields = fields,
	.nfields = NFIELDS,
	.init = init,
	.on_batch = on_batch,
	.finish = finish,
	.fini = free,
};

SYSREEL_CHISEL_EXPORT(chisel)
