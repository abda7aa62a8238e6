/* SPDX-License-Identifier: Apache-2.0 */
/* Which programs were started, or could not be? One row for each execve. */
#include "chisels/plugins/kit.h"

enum {
	F_PID,
	F_PPID,
	F_CONTAINER,
	F_PNAME,
	F_NAME,
	F_RES,
	F_FAILED,
	F_COMMAND,
	F_PATH,
	NFIELDS
};

static const struct sysreel_field fields[NFIELDS] = {
	[F_PID] = { .name = "proc.pid", .type = SYSREEL_INT },
	[F_PPID] = { .name = "proc.ppid", .type = SYSREEL_INT },
	[F_CONTAINER] = { .name = "container.name", .type = SYSREEL_STR },
	[F_PNAME] = { .name = "proc.pname", .type = SYSREEL_STR },
	[F_NAME] = { .name = "proc.name", .type = SYSREEL_STR },
	[F_RES] = { .name = "evt.res", .type = SYSREEL_STR },
	[F_FAILED] = { .name = "evt.failed", .type = SYSREEL_BOOL },
	[F_COMMAND] = { .name = "proc.exeline", .type = SYSREEL_STR },
	[F_PATH] = { .name = "fs.path.name", .type = SYSREEL_STR },
};

static const struct sysreel_arg args[] = {
	{ .name = "failed",
	  .type = SYSREEL_BOOL,
	  .def = "yes",
	  .help = "show attempts that failed, too" },
};

enum {
	C_TIME,
	C_PID,
	C_PPID,
	C_CONTAINER,
	C_PARENT,
	C_NAME,
	C_RES,
	C_COMMAND,
	NCOLS
};

static const struct sysreel_col cols[NCOLS] = {
	[C_TIME] = { .name = "time", .title = "TIME", .width = 18 },
	[C_PID] = { .name = "pid", .title = "PID", .width = 7 },
	[C_PPID] = { .name = "ppid", .title = "PPID", .width = 7 },
	[C_CONTAINER] = { .name = "container", .title = "CONTAINER", .width = 12 },
	[C_PARENT] = { .name = "parent", .title = "PARENT", .width = 15 },
	[C_NAME] = { .name = "process", .title = "PROCESS", .width = 15 },
	[C_RES] = { .name = "result", .title = "RESULT", .width = 7 },
	[C_COMMAND] = { .name = "command", .title = "COMMAND" },
};

static const struct sysreel_table_def table = KIT_TABLE(cols, SYSREEL_TABLE_STREAM);

struct state {
	const struct sysreel_host *h;
	struct sysreel_table *t;
	int failed;
};

static int init(const struct sysreel_host *h, void **state)
{
	struct state *s;
	int rc = kit_init(h, state, sizeof(*s), &table);

	if (rc < 0)
		return rc;
	s = *state;
	s->failed = h->arg_int(h, "failed") != 0;
	return 0;
}

/* After a success the process is the new program; after a failure it still is the old one, and
 * what it wanted to start is in the path argument. */
static int put_row(struct state *s, const struct sysreel_batch *b, uint32_t row, int failed)
{
	struct sysreel_value cells[NCOLS] = {
		[C_TIME] = sysreel_time(b->time[row]),
		[C_PID] = sysreel_cell(b, F_PID, row),
		[C_PPID] = sysreel_cell(b, F_PPID, row),
		[C_CONTAINER] = sysreel_cell(b, F_CONTAINER, row),
		[C_PARENT] = sysreel_cell(b, F_PNAME, row),
		[C_NAME] = sysreel_cell(b, F_NAME, row),
		[C_RES] = sysreel_cell(b, F_RES, row),
		[C_COMMAND] = sysreel_cell(b, failed ? F_PATH : F_COMMAND, row),
	};

	return s->h->table_row(s->h, s->t, cells);
}

static int on_batch(void *state, const struct sysreel_batch *b)
{
	struct state *s = state;

	for (uint32_t row = 0; row < b->n; row++) {
		int failed = !b->cols[F_FAILED].why[row] && b->cols[F_FAILED].u[row];
		int rc;

		if (failed && !s->failed)
			continue;
		rc = put_row(s, b, row, failed);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "execsnoop",
	.category = "Processes",
	.summary = "Programs that were started, and attempts that failed",
	.help = "After a success COMMAND is the new program with its arguments; after a failure it is the path that\n"
		"was asked for.\n"
		"\n"
		"  sysreel read web.reel -c execsnoop failed=no",
	.filter = "evt.type in (execve, execveat)",
	.args = args,
	.nargs = sizeof(args) / sizeof(*args),
	.flags = SYSREEL_MERGEABLE,
	.fields = fields,
	.nfields = NFIELDS,
	.init = init,
	.on_batch = on_batch,
	.fini = free,
};

SYSREEL_CHISEL_EXPORT(chisel)
