/* SPDX-License-Identifier: Apache-2.0 */
/* Which calls were made, how often, how long did they take, and how often did they fail? */
#include <sysreel/chisel.h>

static const struct sysreel_arg args[] = {
	{ .name = "top", .type = SYSREEL_INT, .def = "30", .help = "rows to show, 0 for all" },
};

static const struct sysreel_field fields[] = {
	{ .name = "evt.count", .type = SYSREEL_UINT },
	{ .name = "evt.count.error", .type = SYSREEL_UINT },
	{ .name = "evt.latency", .type = SYSREEL_DURATION },
	{ .name = "syscall.type", .type = SYSREEL_STR },
};

static const struct sysreel_col cols[] = {
	{ .name = "calls", .title = "CALLS", .op = SYSREEL_SUM, .field = 0 },
	{ .name = "share",
	  .title = "SHARE",
	  .op = SYSREEL_SHARE,
	  .unit = SYSREEL_PERCENT,
	  .field = 0 },
	{ .name = "errors",
	  .title = "ERRORS",
	  .op = SYSREEL_SUM,
	  .field = 1,
	  .flags = SYSREEL_COL_OPTIONAL },
	{ .name = "time", .title = "TIME", .op = SYSREEL_SUM, .field = 2 },
	{ .name = "p50", .title = "P50", .op = SYSREEL_P50, .field = 2 },
	{ .name = "p99", .title = "P99", .op = SYSREEL_P99, .field = 2 },
	{ .name = "max", .title = "MAX", .op = SYSREEL_MAX, .field = 2 },
	{ .name = "syscall", .title = "SYSCALL", .field = 3 },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(*cols),
	.flags = SYSREEL_TABLE_GROUP,
};

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "syscount",
	.category = "Performance",
	.summary = "System calls: counts, failures, time and percentiles",
	.help = "P50 and P99: half of the calls, and 99% of them, took no longer.\n"
		"\n"
		"  sysreel read web.reel -c syscount proc.name=nginx",
	.filter = "syscall.type exists",
	.args = args,
	.nargs = sizeof(args) / sizeof(*args),
	.fields = fields,
	.nfields = sizeof(fields) / sizeof(*fields),
	.table = &table,
};

SYSREEL_CHISEL_EXPORT(chisel)
