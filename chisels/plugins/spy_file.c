/* SPDX-License-Identifier: Apache-2.0 */
/* What was read from and written to files? One row for each call, with the data as far as
 * it was recorded (record -s says how much of it). */
#include <sysreel/chisel.h>

static const struct sysreel_field fields[] = {
	{ .name = "evt.rawtime", .type = SYSREEL_TIME },
	{ .name = "proc.pid", .type = SYSREEL_INT },
	{ .name = "proc.name", .type = SYSREEL_STR },
	{ .name = "evt.io_dir", .type = SYSREEL_STR },
	{ .name = "evt.buflen", .type = SYSREEL_UINT },
	{ .name = "fd.name", .type = SYSREEL_STR },
	{ .name = "evt.buffer", .type = SYSREEL_STR },
};

static const struct sysreel_col cols[] = {
	{ .name = "time", .title = "TIME", .field = 0, .width = 18 },
	{ .name = "pid", .title = "PID", .field = 1, .width = 7 },
	{ .name = "process", .title = "PROCESS", .field = 2, .width = 15 },
	{ .name = "direction", .title = "R/W", .field = 3, .width = 5 },
	{ .name = "bytes", .title = "BYTES", .field = 4, .unit = SYSREEL_BYTES, .width = 6 },
	{ .name = "file", .title = "FILE", .field = 5, .width = 24 },
	{ .name = "data", .title = "DATA", .field = 6 },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(*cols),
	.flags = SYSREEL_TABLE_STREAM,
};

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "spy_file",
	.category = "I/O",
	.summary = "Reads and writes of files, with their data",
	.help = "Terminals are left out. One file: spy_file fd.name=/etc/passwd",
	.filter = "fd.type=file and evt.is_io=true and evt.failed=false and evt.buflen>0",
	.fields = fields,
	.nfields = sizeof(fields) / sizeof(*fields),
	.table = &table,
};

SYSREEL_CHISEL_EXPORT(chisel)
