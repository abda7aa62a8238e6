/* SPDX-License-Identifier: Apache-2.0 */
/* Which processes ran when recording began? */
#include <sysreel/chisel.h>

static const struct sysreel_field fields[] = {
	{ .name = "proc.pid", .type = SYSREEL_INT },
	{ .name = "proc.ppid", .type = SYSREEL_INT },
	{ .name = "user.name", .type = SYSREEL_STR },
	{ .name = "container.name", .type = SYSREEL_STR },
	{ .name = "proc.tty", .type = SYSREEL_INT },
	{ .name = "proc.pid.ts", .type = SYSREEL_TIME },
	{ .name = "proc.cwd", .type = SYSREEL_STR },
	{ .name = "proc.exeline", .type = SYSREEL_STR },
};

static const struct sysreel_col cols[] = {
	{ .name = "pid", .title = "PID", .field = 0, .width = 7 },
	{ .name = "ppid", .title = "PPID", .field = 1, .width = 7 },
	{ .name = "user", .title = "USER", .field = 2, .width = 8 },
	{ .name = "container", .title = "CONTAINER", .field = 3, .width = 12 },
	{ .name = "tty", .title = "TTY", .field = 4, .width = 6 },
	{ .name = "start", .title = "START", .field = 5, .width = 18 },
	{ .name = "cwd", .title = "DIRECTORY", .field = 6, .width = 16 },
	{ .name = "command", .title = "COMMAND", .field = 7 },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(*cols),
	.flags = SYSREEL_TABLE_STREAM,
};

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "ps",
	.category = "State",
	.summary = "Processes that ran when recording began",
	.help = "Those started later: execsnoop; all of them as a tree: proctree.\n"
		"\n"
		"  sysreel read web.reel -c ps user.name=root",
	.filter = "evt.type=process and thread.ismain=true",
	.fields = fields,
	.nfields = sizeof(fields) / sizeof(*fields),
	.table = &table,
};

SYSREEL_CHISEL_EXPORT(chisel)
