/* SPDX-License-Identifier: Apache-2.0 */
/* Who opened which files, and what could not be opened? */
#include <sysreel/chisel.h>

static const struct sysreel_field fields[] = {
	{ .name = "evt.rawtime", .type = SYSREEL_TIME },
	{ .name = "proc.pid", .type = SYSREEL_INT },
	{ .name = "container.name", .type = SYSREEL_STR },
	{ .name = "proc.name", .type = SYSREEL_STR },
	{ .name = "evt.res", .type = SYSREEL_STR },
	{ .name = "evt.arg.flags", .type = SYSREEL_STR },
	{ .name = "fs.path.name", .type = SYSREEL_STR },
};

static const struct sysreel_col cols[] = {
	{ .name = "time", .title = "TIME", .field = 0, .width = 18 },
	{ .name = "pid", .title = "PID", .field = 1, .width = 7 },
	{ .name = "container", .title = "CONTAINER", .field = 2, .width = 12 },
	{ .name = "process", .title = "PROCESS", .field = 3, .width = 15 },
	{ .name = "result", .title = "RESULT", .field = 4, .width = 8 },
	{ .name = "flags", .title = "FLAGS", .field = 5, .width = 18 },
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
	.name = "opensnoop",
	.category = "Files",
	.summary = "Files that were opened, and attempts that failed",
	.help = "Paths are made absolute where the directory is known. Only what failed:\n"
		"\n"
		"  sysreel read web.reel -c opensnoop evt.failed=true",
	.filter = "evt.type in (open, openat, openat2, creat)",
	.fields = fields,
	.nfields = sizeof(fields) / sizeof(*fields),
	.table = &table,
};

SYSREEL_CHISEL_EXPORT(chisel)
