/* SPDX-License-Identifier: Apache-2.0 */
/* Which calls were slow, and on what? */
#include <sysreel/chisel.h>

static const struct sysreel_arg args[] = {
	{ .name = "min_ms",
	  .type = SYSREEL_INT,
	  .def = "10",
	  .help = "milliseconds that a call must have taken" },
};

static const struct sysreel_field fields[] = {
	{ .name = "evt.rawtime", .type = SYSREEL_TIME },
	{ .name = "proc.pid", .type = SYSREEL_INT },
	{ .name = "container.name", .type = SYSREEL_STR },
	{ .name = "proc.name", .type = SYSREEL_STR },
	{ .name = "evt.latency", .type = SYSREEL_DURATION },
	{ .name = "evt.type", .type = SYSREEL_STR },
	{ .name = "evt.res", .type = SYSREEL_STR },
	{ .name = "fd.name", .type = SYSREEL_STR },
};

static const struct sysreel_col cols[] = {
	{ .name = "time", .title = "TIME", .field = 0, .width = 18 },
	{ .name = "pid", .title = "PID", .field = 1, .width = 7 },
	{ .name = "container", .title = "CONTAINER", .field = 2, .width = 12 },
	{ .name = "process", .title = "PROCESS", .field = 3, .width = 15 },
	{ .name = "latency", .title = "LATENCY", .field = 4, .width = 8 },
	{ .name = "syscall", .title = "SYSCALL", .field = 5, .width = 15 },
	{ .name = "result", .title = "RESULT", .field = 6, .width = 8 },
	{ .name = "file", .title = "FILE", .field = 7 },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(*cols),
	.flags = SYSREEL_TABLE_STREAM,
};

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "scallslower",
	.category = "Performance",
	.summary = "System calls that were slow",
	.help = "Waiting counts: to leave out calls that may wait for something, add evt.is_wait=false.\n"
		"\n"
		"  sysreel read web.reel -c scallslower 50 evt.is_wait=false",
	.filter = "evt.latency > ${min_ms}ms",
	.args = args,
	.nargs = sizeof(args) / sizeof(*args),
	.fields = fields,
	.nfields = sizeof(fields) / sizeof(*fields),
	.table = &table,
};

SYSREEL_CHISEL_EXPORT(chisel)
