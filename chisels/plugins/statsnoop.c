/* SPDX-License-Identifier: Apache-2.0 */
/* Which files were asked for? */
#include <sysreel/chisel.h>

static const struct sysreel_field fields[] = {
	{ .name = "evt.rawtime", .type = SYSREEL_TIME },
	{ .name = "proc.pid", .type = SYSREEL_INT },
	{ .name = "container.name", .type = SYSREEL_STR },
	{ .name = "proc.name", .type = SYSREEL_STR },
	{ .name = "evt.res", .type = SYSREEL_STR },
	{ .name = "evt.type", .type = SYSREEL_STR },
	{ .name = "fs.path.name", .type = SYSREEL_STR },
};

static const struct sysreel_col cols[] = {
	{ .name = "time", .title = "TIME", .field = 0, .width = 18 },
	{ .name = "pid", .title = "PID", .field = 1, .width = 7 },
	{ .name = "container", .title = "CONTAINER", .field = 2, .width = 12 },
	{ .name = "process", .title = "PROCESS", .field = 3, .width = 15 },
	{ .name = "result", .title = "RESULT", .field = 4, .width = 8 },
	{ .name = "syscall", .title = "SYSCALL", .field = 5, .width = 11 },
	{ .name = "path", .title = "PATH", .field = 6 },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(*cols),
	.flags = SYSREEL_TABLE_STREAM,
};

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "statsnoop",
	.category = "Files",
	.summary = "Files whose state was asked for (stat and its kin)",
	.help = "What a program looks for and does not find often tells how it is configured:\n"
		"\n"
		"  sysreel read web.reel -c statsnoop evt.failed=true",
	.filter =
		"evt.type in (stat, lstat, newfstatat, statx, statfs, access, faccessat, faccessat2)",
	.fields = fields,
	.nfields = sizeof(fields) / sizeof(*fields),
	.table = &table,
};

SYSREEL_CHISEL_EXPORT(chisel)
