/* SPDX-License-Identifier: Apache-2.0 */
/* By whom, or on what, was the most time spent in reading and writing? */
#include <sysreel/chisel.h>

static const struct sysreel_arg args[] = {
	{ .name = "by",
	  .type = SYSREEL_STR,
	  .flags = SYSREEL_ARG_REQUIRED,
	  .help = "a field, e.g. fd.directory: `sysreel fields` lists them" },
	{ .name = "top", .type = SYSREEL_INT, .def = "10", .help = "rows to show, 0 for all" },
};

static const struct sysreel_field fields[] = {
	{ .name = "evt.latency", .type = SYSREEL_DURATION },
	{ .name = "$by", .type = SYSREEL_ANY },
};

static const struct sysreel_col cols[] = {
	{ .name = "time", .title = "TIME", .op = SYSREEL_SUM, .unit = SYSREEL_NS, .field = 0 },
	{ .name = "calls", .title = "CALLS", .op = SYSREEL_COUNT },
	{ .name = "key", .title = "$by", .field = 1 },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(*cols),
	.flags = SYSREEL_TABLE_GROUP,
};

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "fdtime_by",
	.category = "I/O",
	.summary = "Time spent reading and writing for each value of any field",
	.filter = "evt.is_io=true",
	.args = args,
	.nargs = sizeof(args) / sizeof(*args),
	.fields = fields,
	.nfields = sizeof(fields) / sizeof(*fields),
	.table = &table,
};

SYSREEL_CHISEL_EXPORT(chisel)
