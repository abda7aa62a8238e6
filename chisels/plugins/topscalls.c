/* SPDX-License-Identifier: Apache-2.0 */
/* Which system calls were made most often? */
#include <sysreel/chisel.h>

static const struct sysreel_arg args[] = {
	{ .name = "top", .type = SYSREEL_INT, .def = "30", .help = "rows to show, 0 for all" },
};

static const struct sysreel_field fields[] = {
	{ .name = "syscall.type", .type = SYSREEL_STR },
};

static const struct sysreel_col cols[] = {
	{ .name = "calls", .title = "CALLS", .op = SYSREEL_COUNT },
	{ .name = "syscall", .title = "SYSCALL", .field = 0 },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(*cols),
	.flags = SYSREEL_TABLE_GROUP,
};

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "topscalls",
	.category = "Performance",
	.summary = "System calls by how often they were made",
	.filter = "syscall.type exists",
	.args = args,
	.nargs = sizeof(args) / sizeof(*args),
	.fields = fields,
	.nfields = sizeof(fields) / sizeof(*fields),
	.table = &table,
};

SYSREEL_CHISEL_EXPORT(chisel)
