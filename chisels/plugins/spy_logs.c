/* SPDX-License-Identifier: Apache-2.0 */
/* What did programs write into their logs? */
#include <sysreel/chisel.h>

static const struct sysreel_field fields[] = {
	{ .name = "evt.rawtime", .type = SYSREEL_TIME },
	{ .name = "container.name", .type = SYSREEL_STR },
	{ .name = "proc.name", .type = SYSREEL_STR },
	{ .name = "fd.name", .type = SYSREEL_STR },
	{ .name = "evt.buffer", .type = SYSREEL_STR },
};

static const struct sysreel_col cols[] = {
	{ .name = "time", .title = "TIME", .field = 0, .width = 18 },
	{ .name = "container", .title = "CONTAINER", .field = 1, .width = 12 },
	{ .name = "process", .title = "PROCESS", .field = 2, .width = 15 },
	{ .name = "file", .title = "FILE", .field = 3, .width = 24 },
	{ .name = "line", .title = "TEXT", .field = 4 },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(*cols),
	.flags = SYSREEL_TABLE_STREAM,
};

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "spy_logs",
	.category = "Logs",
	.summary = "What was written to log files",
	.help = "A file is a log if its name has .log, _log or /var/log in it. Data is shown as far as it was recorded:\n"
		"`record -s 2000` keeps more of it.\n"
		"To see what went on around a line:\n"
		"\n"
		"  sysreel read web.reel 'evt.rawtime >= 1600000001000000000 and evt.rawtime < 1600000002000000000'",
	.filter =
		"(fd.name contains .log or fd.name contains _log or fd.name contains /var/log) and "
		"not (fd.name contains .gz or fd.name contains .tgz) and evt.is_io_write=true and "
		"evt.failed=false",
	.fields = fields,
	.nfields = sizeof(fields) / sizeof(*fields),
	.table = &table,
};

SYSREEL_CHISEL_EXPORT(chisel)
