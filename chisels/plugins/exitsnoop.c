/* SPDX-License-Identifier: Apache-2.0 */
/* Which processes ended, how old were they, and how did they end? */
#include <sysreel/chisel.h>

static const struct sysreel_field fields[] = {
	{ .name = "evt.rawtime", .type = SYSREEL_TIME },
	{ .name = "proc.pid", .type = SYSREEL_INT },
	{ .name = "proc.ppid", .type = SYSREEL_INT },
	{ .name = "container.name", .type = SYSREEL_STR },
	{ .name = "proc.duration", .type = SYSREEL_DURATION },
	{ .name = "evt.arg.status", .type = SYSREEL_STR },
	{ .name = "evt.arg.signal", .type = SYSREEL_STR },
	{ .name = "evt.arg.maxrss_kb", .type = SYSREEL_STR },
	{ .name = "proc.exeline", .type = SYSREEL_STR },
};

static const struct sysreel_col cols[] = {
	{ .name = "time", .title = "TIME", .field = 0, .width = 18 },
	{ .name = "pid", .title = "PID", .field = 1, .width = 7 },
	{ .name = "ppid", .title = "PPID", .field = 2, .width = 7 },
	{ .name = "container", .title = "CONTAINER", .field = 3, .width = 12 },
	{ .name = "age", .title = "AGE", .field = 4, .width = 8 },
	{ .name = "status", .title = "STATUS", .field = 5, .width = 6 },
	{ .name = "signal", .title = "SIGNAL", .field = 6, .width = 8 },
	{ .name = "rss", .title = "MAX_RSS", .field = 7, .width = 9 },
	{ .name = "command", .title = "COMMAND", .field = 8 },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(*cols),
	.flags = SYSREEL_TABLE_STREAM,
};

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "exitsnoop",
	.category = "Processes",
	.summary = "Processes that ended: age, exit status, signal",
	.help = "STATUS is that of exit(2); SIGNAL is what killed the process, 0 if nothing did. MAX_RSS is the\n"
		"most memory it had, in KiB.\n"
		"\n"
		"  sysreel read web.reel -c exitsnoop evt.arg.status!=0",
	.filter = "evt.type=procexit and thread.ismain=true",
	.fields = fields,
	.nfields = sizeof(fields) / sizeof(*fields),
	.table = &table,
};

SYSREEL_CHISEL_EXPORT(chisel)
