/* SPDX-License-Identifier: Apache-2.0 */
/* Which containers were seen, and from when to when? */
#include <sysreel/chisel.h>

static const struct sysreel_arg args[] = {
	{ .name = "top", .type = SYSREEL_INT, .def = "0", .help = "rows to show, 0 for all" },
};

static const struct sysreel_field fields[] = {
	{ .name = "evt.count", .type = SYSREEL_UINT },
	{ .name = "evt.rawtime", .type = SYSREEL_TIME },
	{ .name = "container.id", .type = SYSREEL_STR },
	{ .name = "container.name", .type = SYSREEL_STR },
	{ .name = "container.type", .type = SYSREEL_STR },
	{ .name = "container.privileged", .type = SYSREEL_BOOL },
	{ .name = "container.image", .type = SYSREEL_STR },
};

static const struct sysreel_col cols[] = {
	{ .name = "events", .title = "EVENTS", .op = SYSREEL_SUM, .field = 0 },
	{ .name = "first", .title = "FIRST", .op = SYSREEL_MIN, .field = 1 },
	{ .name = "last", .title = "LAST", .op = SYSREEL_MAX, .field = 1 },
	{ .name = "id", .title = "ID", .field = 2 },
	{ .name = "name", .title = "NAME", .field = 3, .flags = SYSREEL_COL_OPTIONAL },
	{ .name = "type", .title = "TYPE", .field = 4, .flags = SYSREEL_COL_OPTIONAL },
	{ .name = "privileged", .title = "PRIVILEGED", .field = 5, .flags = SYSREEL_COL_OPTIONAL },
	{ .name = "image", .title = "IMAGE", .field = 6, .flags = SYSREEL_COL_OPTIONAL },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(*cols),
	.flags = SYSREEL_TABLE_GROUP,
};

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "lscontainers",
	.category = "State",
	.summary = "Containers that were seen, with their images",
	.help = "Containers in which nothing happened are not among them; `sysreel info FILE` knows those too.\n"
		"\n"
		"  sysreel read all.reel -c lscontainers container.privileged=true",
	.filter = "container.id!=host",
	.args = args,
	.nargs = sizeof(args) / sizeof(*args),
	.fields = fields,
	.nfields = sizeof(fields) / sizeof(*fields),
	.table = &table,
};

SYSREEL_CHISEL_EXPORT(chisel)
