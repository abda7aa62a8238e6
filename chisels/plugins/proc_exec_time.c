/* SPDX-License-Identifier: Apache-2.0 */
/* How long did processes live? */
#include <sysreel/chisel.h>

static const struct sysreel_arg args[] = {
	{ .name = "top", .type = SYSREEL_INT, .def = "30", .help = "rows to show, 0 for all" },
};

static const struct sysreel_field fields[] = {
	{ .name = "proc.duration", .type = SYSREEL_DURATION },
	{ .name = "proc.pid", .type = SYSREEL_INT },
	{ .name = "container.name", .type = SYSREEL_STR },
	{ .name = "proc.exeline", .type = SYSREEL_STR },
};

static const struct sysreel_col cols[] = {
	{ .name = "duration", .title = "DURATION", .field = 0 },
	{ .name = "pid", .title = "PID", .field = 1 },
	{ .name = "container",
	  .title = "CONTAINER",
	  .field = 2,
	  .flags = SYSREEL_COL_OPTIONAL,
	  .dull = "host" },
	{ .name = "command", .title = "COMMAND", .field = 3 },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(*cols),
	.flags = SYSREEL_TABLE_BEST,
};

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "proc_exec_time",
	.category = "Performance",
	.summary = "Finished processes by how long they lived",
	.help = "DURATION runs from the start of the process to its end, waiting included. As they happen, with\n"
		"their exit status: exitsnoop.\n"
		"\n"
		"  sysreel read build.reel -c proc_exec_time top=10",
	.filter = "evt.type=procexit and thread.ismain=true",
	.args = args,
	.nargs = sizeof(args) / sizeof(*args),
	.fields = fields,
	.nfields = sizeof(fields) / sizeof(*fields),
	.table = &table,
};

SYSREEL_CHISEL_EXPORT(chisel)
