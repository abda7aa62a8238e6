/* SPDX-License-Identifier: Apache-2.0 */
/* Whose system calls failed most often? */
#include <sysreel/chisel.h>

static const struct sysreel_arg args[] = {
	{ .name = "top", .type = SYSREEL_INT, .def = "10", .help = "rows to show, 0 for all" },
};

static const struct sysreel_field fields[] = {
	{ .name = "proc.name", .type = SYSREEL_STR },
	{ .name = "proc.pid", .type = SYSREEL_INT },
	{ .name = "container.name", .type = SYSREEL_STR },
};

static const struct sysreel_col cols[] = {
	{ .name = "errors", .title = "ERRORS", .op = SYSREEL_COUNT },
	{ .name = "pid", .title = "PID", .field = 1 },
	{ .name = "container",
	  .title = "CONTAINER",
	  .field = 2,
	  .flags = SYSREEL_COL_OPTIONAL,
	  .dull = "host" },
	{ .name = "process", .title = "PROCESS", .field = 0 },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(*cols),
	.flags = SYSREEL_TABLE_GROUP,
};

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "topprocs_errors",
	.category = "Errors",
	.summary = "Processes by their failed system calls",
	.filter = "evt.failed=true",
	.args = args,
	.nargs = sizeof(args) / sizeof(*args),
	.fields = fields,
	.nfields = sizeof(fields) / sizeof(*fields),
	.table = &table,
};

SYSREEL_CHISEL_EXPORT(chisel)
