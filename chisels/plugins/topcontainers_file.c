/* SPDX-License-Identifier: Apache-2.0 */
/* Which containers read and wrote files most? */
#include <sysreel/chisel.h>

static const struct sysreel_arg args[] = {
	{ .name = "top", .type = SYSREEL_INT, .def = "10", .help = "rows to show, 0 for all" },
};

static const struct sysreel_field fields[] = {
	{ .name = "evt.rawres", .type = SYSREEL_UINT },
	{ .name = "container.name", .type = SYSREEL_STR },
	{ .name = "container.id", .type = SYSREEL_STR },
};

static const struct sysreel_col cols[] = {
	{ .name = "bytes", .title = "BYTES", .op = SYSREEL_SUM, .unit = SYSREEL_BYTES, .field = 0 },
	{ .name = "calls", .title = "CALLS", .op = SYSREEL_COUNT },
	{ .name = "id", .title = "ID", .field = 2 },
	{ .name = "container", .title = "CONTAINER", .field = 1, .flags = SYSREEL_COL_OPTIONAL },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(*cols),
	.flags = SYSREEL_TABLE_GROUP,
};

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "topcontainers_file",
	.category = "I/O",
	.summary = "Containers by the bytes they read from and wrote to files",
	/* A copy inside the kernel counts for the file that it is read from. */
	.filter = "fd.type=file and evt.rawres>0 and "
		  "(evt.is_io=true or evt.type in (copy_file_range, splice)) "
		  "and container.id!=host",
	.args = args,
	.nargs = sizeof(args) / sizeof(*args),
	.fields = fields,
	.nfields = sizeof(fields) / sizeof(*fields),
	.table = &table,
};

SYSREEL_CHISEL_EXPORT(chisel)
