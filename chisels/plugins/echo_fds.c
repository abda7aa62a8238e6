/* SPDX-License-Identifier: Apache-2.0 */
/* What was read and written, whatever it went to? */
#include <sysreel/chisel.h>

static const struct sysreel_field fields[] = {
	{ .name = "evt.rawtime", .type = SYSREEL_TIME },
	{ .name = "proc.pid", .type = SYSREEL_INT },
	{ .name = "container.name", .type = SYSREEL_STR },
	{ .name = "proc.name", .type = SYSREEL_STR },
	{ .name = "evt.io_dir", .type = SYSREEL_STR },
	{ .name = "evt.buflen", .type = SYSREEL_UINT },
	{ .name = "fd.name", .type = SYSREEL_STR },
	{ .name = "evt.buffer", .type = SYSREEL_STR },
};

static const struct sysreel_col cols[] = {
	{ .name = "time", .title = "TIME", .field = 0, .width = 18 },
	{ .name = "pid", .title = "PID", .field = 1, .width = 7 },
	{ .name = "container", .title = "CONTAINER", .field = 2, .width = 12 },
	{ .name = "process", .title = "PROCESS", .field = 3, .width = 15 },
	{ .name = "direction", .title = "R/W", .field = 4, .width = 5 },
	{ .name = "bytes", .title = "BYTES", .unit = SYSREEL_BYTES, .field = 5, .width = 6 },
	{ .name = "file", .title = "FILE", .field = 6, .width = 24 },
	{ .name = "data", .title = "DATA", .field = 7 },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(*cols),
	.flags = SYSREEL_TABLE_STREAM,
};

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "echo_fds",
	.category = "I/O",
	.summary = "All that was read and written, with the data",
	.help = "Data is shown as far as it was recorded: `record -s 2000` keeps more of it.\n"
		"\n"
		"  sysreel read web.reel -c echo_fds proc.name=nginx",
	.filter = "evt.is_io=true and evt.failed=false and evt.buflen>0",
	.fields = fields,
	.nfields = sizeof(fields) / sizeof(*fields),
	.table = &table,
};

SYSREEL_CHISEL_EXPORT(chisel)
