/* SPDX-License-Identifier: Apache-2.0 */
/* Which calls took longest? */
#include <sysreel/chisel.h>

static const struct sysreel_arg args[] = {
	{ .name = "top", .type = SYSREEL_INT, .def = "10", .help = "rows to show, 0 for all" },
};

static const struct sysreel_field fields[] = {
	{ .name = "evt.latency", .type = SYSREEL_DURATION },
	{ .name = "evt.rawtime", .type = SYSREEL_TIME },
	{ .name = "proc.pid", .type = SYSREEL_INT },
	{ .name = "container.name", .type = SYSREEL_STR },
	{ .name = "proc.name", .type = SYSREEL_STR },
	{ .name = "evt.call", .type = SYSREEL_STR },
};

static const struct sysreel_col cols[] = {
	{ .name = "latency", .title = "LATENCY", .field = 0 },
	{ .name = "time", .title = "RETURNED", .field = 1 },
	{ .name = "pid", .title = "PID", .field = 2 },
	{ .name = "container",
	  .title = "CONTAINER",
	  .field = 3,
	  .flags = SYSREEL_COL_OPTIONAL,
	  .dull = "host" },
	{ .name = "process", .title = "PROCESS", .field = 4 },
	{ .name = "call", .title = "CALL", .field = 5 },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(*cols),
	.flags = SYSREEL_TABLE_BEST,
};

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "bottlenecks",
	.category = "Performance",
	.summary = "The slowest system calls",
	.help = "Waiting counts: to leave out calls that may wait for something, add evt.is_wait=false.\n"
		"\n"
		"  sysreel read web.reel -c bottlenecks 20 evt.is_wait=false",
	.filter = "evt.latency exists",
	.args = args,
	.nargs = sizeof(args) / sizeof(*args),
	.fields = fields,
	.nfields = sizeof(fields) / sizeof(*fields),
	.table = &table,
};

SYSREEL_CHISEL_EXPORT(chisel)
