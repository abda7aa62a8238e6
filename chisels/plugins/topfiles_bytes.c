/* SPDX-License-Identifier: Apache-2.0 */
/* Which files were read and written most? */
#include <sysreel/chisel.h>

static const struct sysreel_arg args[] = {
	{ .name = "top", .type = SYSREEL_INT, .def = "10", .help = "rows to show, 0 for all" },
};

static const struct sysreel_field fields[] = {
	{ .name = "evt.rawres", .type = SYSREEL_UINT },
	{ .name = "fd.name", .type = SYSREEL_STR },
	{ .name = "container.name", .type = SYSREEL_STR },
};

static const struct sysreel_col cols[] = {
	{ .name = "bytes", .title = "BYTES", .op = SYSREEL_SUM, .unit = SYSREEL_BYTES, .field = 0 },
	{ .name = "calls", .title = "CALLS", .op = SYSREEL_COUNT },
	{ .name = "container",
	  .title = "CONTAINER",
	  .field = 2,
	  .flags = SYSREEL_COL_OPTIONAL,
	  .dull = "host" },
	{ .name = "file", .title = "FILE", .field = 1 },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(*cols),
	.flags = SYSREEL_TABLE_GROUP,
};

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "topfiles_bytes",
	.category = "I/O",
	.summary = "Files by the bytes read and written",
	/* A copy inside the kernel counts for the file that it is read from. */
	.filter = "fd.type=file and evt.rawres>0 and "
		  "(evt.is_io=true or evt.type in (copy_file_range, splice))",
	.args = args,
	.nargs = sizeof(args) / sizeof(*args),
	.fields = fields,
	.nfields = sizeof(fields) / sizeof(*fields),
	.table = &table,
};

SYSREEL_CHISEL_EXPORT(chisel)
