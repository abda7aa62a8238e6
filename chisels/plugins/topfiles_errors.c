/* SPDX-License-Identifier: Apache-2.0 */
/* On which files did system calls fail most often? The file is that of the call's fd or, as
 * most failures are opens, that of its path argument. */
#include "chisels/plugins/kit.h"

enum {
	F_FD_NAME,
	F_PATH,
	F_CONTAINER,
	NFIELDS
};

static const struct sysreel_arg args[] = {
	{ .name = "top", .type = SYSREEL_INT, .def = "10", .help = "rows to show, 0 for all" },
};

static const struct sysreel_field fields[NFIELDS] = {
	[F_FD_NAME] = { .name = "fd.name", .type = SYSREEL_STR },
	[F_PATH] = { .name = "fs.path.name", .type = SYSREEL_STR },
	[F_CONTAINER] = { .name = "container.name", .type = SYSREEL_STR },
};

enum {
	C_ERRORS,
	C_CONTAINER,
	C_FILE,
	NCOLS
};

static const struct sysreel_col cols[NCOLS] = {
	[C_ERRORS] = { .name = "errors", .title = "ERRORS", .op = SYSREEL_COUNT },
	[C_CONTAINER] = { .name = "container",
			  .title = "CONTAINER",
			  .flags = SYSREEL_COL_OPTIONAL,
			  .dull = "host" },
	[C_FILE] = { .name = "file", .title = "FILE" },
};

static const struct sysreel_table_def table = KIT_TABLE(cols, SYSREEL_TABLE_GROUP);

struct state {
	const struct sysreel_host *h;
	struct sysreel_table *t;
};

static int init(const struct sysreel_host *h, void **state)
{
	return kit_init(h, state, sizeof(struct state), &table);
}

static int on_batch(void *state, const struct sysreel_batch *b)
{
	struct state *s = state;

	for (uint32_t row = 0; row < b->n; row++) {
		struct sysreel_value cells[NCOLS] = {
			[C_ERRORS] = sysreel_uint(1),
			[C_CONTAINER] = sysreel_cell(b, F_CONTAINER, row),
			[C_FILE] = sysreel_cell(b, F_PATH, row),
		};
		int rc;

		if (cells[C_FILE].why == SYSREEL_NONE)
			cells[C_FILE] = sysreel_cell(b, F_FD_NAME, row);
		rc = s->h->table_row(s->h, s->t, cells);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "topfiles_errors",
	.category = "Errors",
	.summary = "Files by the system calls that failed on them",
	.help = "Also paths that could not be opened or looked up: those calls have no file, but they name one.\n"
		"\n"
		"  sysreel read web.reel -c topfiles_errors evt.res=EACCES",
	.filter = "evt.failed=true and (fd.type in (file, directory) or fs.path.name exists)",
	.args = args,
	.nargs = sizeof(args) / sizeof(*args),
	.flags = SYSREEL_MERGEABLE,
	.fields = fields,
	.nfields = NFIELDS,
	.init = init,
	.on_batch = on_batch,
	.finish = kit_show,
	.fini = free,
};

SYSREEL_CHISEL_EXPORT(chisel)
