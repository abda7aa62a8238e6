/* SPDX-License-Identifier: Apache-2.0 */
/* Which server ports carried the most bytes? */
#include <sysreel/chisel.h>

static const struct sysreel_arg args[] = {
	{ .name = "top", .type = SYSREEL_INT, .def = "30", .help = "rows to show, 0 for all" },
};

static const struct sysreel_field fields[] = {
	{ .name = "evt.buflen", .type = SYSREEL_UINT },
	{ .name = "fd.sport", .type = SYSREEL_UINT },
	{ .name = "fd.l4proto", .type = SYSREEL_STR },
	{ .name = "container.name", .type = SYSREEL_STR },
};

static const struct sysreel_col cols[] = {
	{ .name = "bytes", .title = "BYTES", .op = SYSREEL_SUM, .unit = SYSREEL_BYTES, .field = 0 },
	{ .name = "calls", .title = "CALLS", .op = SYSREEL_COUNT },
	{ .name = "port", .title = "PORT", .field = 1 },
	{ .name = "proto", .title = "PROTO", .field = 2, .flags = SYSREEL_COL_OPTIONAL },
	{ .name = "container",
	  .title = "CONTAINER",
	  .field = 3,
	  .flags = SYSREEL_COL_OPTIONAL,
	  .dull = "host" },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(*cols),
	.flags = SYSREEL_TABLE_GROUP,
};

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "topports_server",
	.category = "Net",
	.summary = "Server ports by the bytes that went through them",
	.filter =
		"fd.type in (ipv4, ipv6) and evt.is_io=true and evt.failed=false and not evt.buflen=0",
	.args = args,
	.nargs = sizeof(args) / sizeof(*args),
	.fields = fields,
	.nfields = sizeof(fields) / sizeof(*fields),
	.table = &table,
};

SYSREEL_CHISEL_EXPORT(chisel)
