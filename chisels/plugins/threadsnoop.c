/* SPDX-License-Identifier: Apache-2.0 */
/* Who made threads? */
#include <sysreel/chisel.h>

static const struct sysreel_field fields[] = {
	{ .name = "evt.rawtime", .type = SYSREEL_TIME },
	{ .name = "proc.pid", .type = SYSREEL_INT },
	{ .name = "container.name", .type = SYSREEL_STR },
	{ .name = "proc.name", .type = SYSREEL_STR },
	{ .name = "evt.arg.tid", .type = SYSREEL_STR },
	{ .name = "evt.arg.flags", .type = SYSREEL_STR },
};

static const struct sysreel_col cols[] = {
	{ .name = "time", .title = "TIME", .field = 0, .width = 18 },
	{ .name = "pid", .title = "PID", .field = 1, .width = 7 },
	{ .name = "container", .title = "CONTAINER", .field = 2, .width = 12 },
	{ .name = "process", .title = "PROCESS", .field = 3, .width = 15 },
	{ .name = "thread", .title = "THREAD", .field = 4, .width = 7 },
	{ .name = "flags", .title = "FLAGS", .field = 5 },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(*cols),
	.flags = SYSREEL_TABLE_STREAM,
};

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "threadsnoop",
	.category = "Processes",
	.summary = "Threads that were started",
	.help = "PID and PROCESS are who made the thread; THREAD is its id.\n"
		"\n"
		"  sysreel read web.reel -c threadsnoop proc.name=java",
	.filter = "evt.type=newtask and evt.arg.flags contains CLONE_THREAD",
	.fields = fields,
	.nfields = sizeof(fields) / sizeof(*fields),
	.table = &table,
};

SYSREEL_CHISEL_EXPORT(chisel)
