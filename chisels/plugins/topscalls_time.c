/* SPDX-License-Identifier: Apache-2.0 */
/* In which system calls did the time go? */
#include <sysreel/chisel.h>

static const struct sysreel_arg args[] = {
	{ .name = "top", .type = SYSREEL_INT, .def = "30", .help = "rows to show, 0 for all" },
};

static const struct sysreel_field fields[] = {
	{ .name = "evt.latency", .type = SYSREEL_DURATION },
	{ .name = "syscall.type", .type = SYSREEL_STR },
};

static const struct sysreel_col cols[] = {
	{ .name = "time", .title = "TIME", .op = SYSREEL_SUM, .unit = SYSREEL_NS, .field = 0 },
	{ .name = "calls", .title = "CALLS", .op = SYSREEL_COUNT },
	{ .name = "mean", .title = "MEAN", .op = SYSREEL_AVG, .unit = SYSREEL_NS, .field = 0 },
	{ .name = "max", .title = "MAX", .op = SYSREEL_MAX, .unit = SYSREEL_NS, .field = 0 },
	{ .name = "syscall", .title = "SYSCALL", .field = 1 },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(*cols),
	.flags = SYSREEL_TABLE_GROUP,
};

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "topscalls_time",
	.category = "Performance",
	.summary = "System calls by the time spent in them",
	.help = "Waiting counts: a call that sleeps for data is as long as the wait. Calls whose duration is\n"
		"not known (begun before the recording, or not returned) are counted and told below.",
	.filter = "syscall.type exists",
	.args = args,
	.nargs = sizeof(args) / sizeof(*args),
	.fields = fields,
	.nfields = sizeof(fields) / sizeof(*fields),
	.table = &table,
};

SYSREEL_CHISEL_EXPORT(chisel)
