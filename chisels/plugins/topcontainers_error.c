/* SPDX-License-Identifier: Apache-2.0 */
/* In which containers did system calls fail most often? */
#include <sysreel/chisel.h>

static const struct sysreel_arg args[] = {
	{ .name = "top", .type = SYSREEL_INT, .def = "10", .help = "rows to show, 0 for all" },
};

static const struct sysreel_field fields[] = {
	{ .name = "container.name", .type = SYSREEL_STR },
	{ .name = "container.id", .type = SYSREEL_STR },
};

static const struct sysreel_col cols[] = {
	{ .name = "errors", .title = "ERRORS", .op = SYSREEL_COUNT },
	{ .name = "id", .title = "ID", .field = 1 },
	{ .name = "container", .title = "CONTAINER", .field = 0, .flags = SYSREEL_COL_OPTIONAL },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(*cols),
	.flags = SYSREEL_TABLE_GROUP,
};

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "topcontainers_error",
	.category = "Errors",
	.summary = "Containers by their failed system calls",
	.filter = "evt.failed=true and container.id!=host",
	.args = args,
	.nargs = sizeof(args) / sizeof(*args),
	.fields = fields,
	.nfields = sizeof(fields) / sizeof(*fields),
	.table = &table,
};

SYSREEL_CHISEL_EXPORT(chisel)
