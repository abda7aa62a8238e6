/* SPDX-License-Identifier: Apache-2.0 */
/* Which files were open when recording began? */
#include <sysreel/chisel.h>

static const struct sysreel_field fields[] = {
	{ .name = "proc.name", .type = SYSREEL_STR },
	{ .name = "proc.pid", .type = SYSREEL_INT },
	{ .name = "container.name", .type = SYSREEL_STR },
	{ .name = "user.name", .type = SYSREEL_STR },
	{ .name = "fd.num", .type = SYSREEL_INT },
	{ .name = "fd.type", .type = SYSREEL_STR },
	{ .name = "fd.name", .type = SYSREEL_STR },
};

static const struct sysreel_col cols[] = {
	{ .name = "process", .title = "PROCESS", .field = 0, .width = 15 },
	{ .name = "pid", .title = "PID", .field = 1, .width = 7 },
	{ .name = "container", .title = "CONTAINER", .field = 2, .width = 12 },
	{ .name = "user", .title = "USER", .field = 3, .width = 8 },
	{ .name = "fd", .title = "FD", .field = 4, .width = 5 },
	{ .name = "type", .title = "TYPE", .field = 5, .width = 9 },
	{ .name = "name", .title = "NAME", .field = 6 },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(*cols),
	.flags = SYSREEL_TABLE_STREAM,
};

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "lsof",
	.category = "State",
	.summary = "Files that were open when recording began",
	.help = "Those opened later: opensnoop. A filter chooses among them:\n"
		"\n"
		"  sysreel read web.reel -c lsof 'fd.name startswith /var/log'",
	.filter = "evt.type=openfile",
	.fields = fields,
	.nfields = sizeof(fields) / sizeof(*fields),
	.table = &table,
};

SYSREEL_CHISEL_EXPORT(chisel)
