/* SPDX-License-Identifier: Apache-2.0 */
/* Who made the kernel write to the disk, and how long did that take? */
#include <sysreel/chisel.h>

static const struct sysreel_field fields[] = {
	{ .name = "evt.rawtime", .type = SYSREEL_TIME },
	{ .name = "proc.pid", .type = SYSREEL_INT },
	{ .name = "container.name", .type = SYSREEL_STR },
	{ .name = "proc.name", .type = SYSREEL_STR },
	{ .name = "evt.type", .type = SYSREEL_STR },
	{ .name = "evt.latency", .type = SYSREEL_DURATION },
	{ .name = "evt.res", .type = SYSREEL_STR },
	{ .name = "fd.name", .type = SYSREEL_STR },
};

static const struct sysreel_col cols[] = {
	{ .name = "time", .title = "TIME", .field = 0, .width = 18 },
	{ .name = "pid", .title = "PID", .field = 1, .width = 7 },
	{ .name = "container", .title = "CONTAINER", .field = 2, .width = 12 },
	{ .name = "process", .title = "PROCESS", .field = 3, .width = 15 },
	{ .name = "syscall", .title = "SYSCALL", .field = 4, .width = 10 },
	{ .name = "latency", .title = "LATENCY", .field = 5, .width = 8 },
	{ .name = "result", .title = "RESULT", .field = 6, .width = 8 },
	{ .name = "file", .title = "FILE", .field = 7 },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(*cols),
	.flags = SYSREEL_TABLE_STREAM,
};

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "syncsnoop",
	.category = "Files",
	.summary = "Calls that write to the disk what was cached",
	.help = "sysreel read db.reel -c syncsnoop 'evt.latency > 10ms'",
	.filter = "evt.type in (sync, syncfs, fsync, fdatasync, msync, sync_file_range)",
	.fields = fields,
	.nfields = sizeof(fields) / sizeof(*fields),
	.table = &table,
};

SYSREEL_CHISEL_EXPORT(chisel)
