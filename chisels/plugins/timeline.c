/* SPDX-License-Identifier: Apache-2.0 */
/* When did it happen? What went on in each second. */
#include <sysreel/chisel.h>

static const struct sysreel_arg args[] = {
	{ .name = "top", .type = SYSREEL_INT, .def = "0", .help = "rows to show, 0 for all" },
};

static const struct sysreel_field fields[] = {
	{ .name = "evt.datetime.s", .type = SYSREEL_STR },
	{ .name = "evt.count", .type = SYSREEL_UINT },
	{ .name = "evt.count.error", .type = SYSREEL_UINT },
	{ .name = "evt.buflen.file", .type = SYSREEL_UINT },
	{ .name = "evt.buflen.net", .type = SYSREEL_UINT },
	{ .name = "evt.type.is.execve", .type = SYSREEL_UINT },
	{ .name = "evt.type.is.connect", .type = SYSREEL_UINT },
	{ .name = "evt.type.is.kill", .type = SYSREEL_UINT },
};

static const struct sysreel_col cols[] = {
	{ .name = "time", .title = "TIME", .field = 0 },
	{ .name = "bar", .title = "CALLS", .op = SYSREEL_SUM, .unit = SYSREEL_BAR, .field = 1 },
	{ .name = "calls", .title = "", .op = SYSREEL_SUM, .field = 1 },
	{ .name = "errors",
	  .title = "ERRORS",
	  .op = SYSREEL_SUM,
	  .field = 2,
	  .flags = SYSREEL_COL_OPTIONAL },
	{ .name = "file",
	  .title = "FILE_IO",
	  .op = SYSREEL_SUM,
	  .unit = SYSREEL_BYTES,
	  .field = 3,
	  .flags = SYSREEL_COL_OPTIONAL },
	{ .name = "net",
	  .title = "NET_IO",
	  .op = SYSREEL_SUM,
	  .unit = SYSREEL_BYTES,
	  .field = 4,
	  .flags = SYSREEL_COL_OPTIONAL },
	{ .name = "execs", .title = "EXECS", .op = SYSREEL_SUM, .field = 5 },
	{ .name = "connects", .title = "CONNECTS", .op = SYSREEL_SUM, .field = 6 },
	{ .name = "kills", .title = "KILLS", .op = SYSREEL_SUM, .field = 7 },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(*cols),
	.flags = SYSREEL_TABLE_GROUP | SYSREEL_TABLE_ASCENDING,
};

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "timeline",
	.category = "Performance",
	.summary = "What went on in each second: calls, failures, bytes, programs",
	.help = "Seconds in which nothing happened are left out. The bars are in proportion to the busiest second.\n"
		"\n"
		"  sysreel read web.reel -c timeline container.name=web",
	.filter = "syscall.type exists",
	.args = args,
	.nargs = sizeof(args) / sizeof(*args),
	.fields = fields,
	.nfields = sizeof(fields) / sizeof(*fields),
	.table = &table,
};

SYSREEL_CHISEL_EXPORT(chisel)
