/* SPDX-License-Identifier: Apache-2.0 */
/* How many different files and sockets, for each value of any field? */
#include <sysreel/chisel.h>

static const struct sysreel_arg args[] = {
	{ .name = "by",
	  .type = SYSREEL_STR,
	  .flags = SYSREEL_ARG_REQUIRED,
	  .help = "a field, e.g. proc.name: `sysreel fields` lists them" },
	{ .name = "top", .type = SYSREEL_INT, .def = "30", .help = "rows to show, 0 for all" },
};

static const struct sysreel_field fields[] = {
	{ .name = "fd.name", .type = SYSREEL_STR },
	{ .name = "evt.count", .type = SYSREEL_UINT },
	{ .name = "$by", .type = SYSREEL_ANY },
};

static const struct sysreel_col cols[] = {
	{ .name = "files", .title = "FILES", .op = SYSREEL_DISTINCT, .field = 0 },
	{ .name = "calls", .title = "CALLS", .op = SYSREEL_SUM, .field = 1 },
	{ .name = "key", .title = "$by", .field = 2 },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(*cols),
	.flags = SYSREEL_TABLE_GROUP,
};

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "fdcount_by",
	.category = "I/O",
	.summary = "How many different files, for each value of any field",
	.help = "Names count, connections included: two processes that have one file open use one file.\n"
		"\n"
		"  sysreel read web.reel -c fdcount_by container.name",
	.filter = "fd.name exists",
	.args = args,
	.nargs = sizeof(args) / sizeof(*args),
	.fields = fields,
	.nfields = sizeof(fields) / sizeof(*fields),
	.table = &table,
};

SYSREEL_CHISEL_EXPORT(chisel)
