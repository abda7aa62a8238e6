/* SPDX-License-Identifier: Apache-2.0 */
/* Who talked to whom: both ends, bytes each way, from when to when? */
#include <sysreel/chisel.h>

static const struct sysreel_arg args[] = {
	{ .name = "top", .type = SYSREEL_INT, .def = "30", .help = "rows to show, 0 for all" },
};

static const struct sysreel_field fields[] = {
	{ .name = "evt.buflen", .type = SYSREEL_UINT },
	{ .name = "evt.buflen.out", .type = SYSREEL_UINT },
	{ .name = "evt.buflen.in", .type = SYSREEL_UINT },
	{ .name = "evt.is_io_write", .type = SYSREEL_BOOL },
	{ .name = "evt.is_io_read", .type = SYSREEL_BOOL },
	{ .name = "evt.rawtime", .type = SYSREEL_TIME },
	{ .name = "fd.l4proto", .type = SYSREEL_STR },
	{ .name = "container.name", .type = SYSREEL_STR },
	{ .name = "proc.name", .type = SYSREEL_STR },
	{ .name = "fd.name", .type = SYSREEL_STR },
};

static const struct sysreel_col cols[] = {
	{ .name = "bytes", .title = "BYTES", .op = SYSREEL_SUM, .unit = SYSREEL_BYTES, .field = 0 },
	{ .name = "out",
	  .title = "OUT",
	  .op = SYSREEL_SUM,
	  .unit = SYSREEL_BYTES,
	  .field = 1,
	  .flags = SYSREEL_COL_OPTIONAL },
	{ .name = "in",
	  .title = "IN",
	  .op = SYSREEL_SUM,
	  .unit = SYSREEL_BYTES,
	  .field = 2,
	  .flags = SYSREEL_COL_OPTIONAL },
	{ .name = "writes", .title = "WRITES", .op = SYSREEL_SUM, .field = 3 },
	{ .name = "reads", .title = "READS", .op = SYSREEL_SUM, .field = 4 },
	{ .name = "first", .title = "FIRST", .op = SYSREEL_MIN, .field = 5 },
	{ .name = "last", .title = "LAST", .op = SYSREEL_MAX, .field = 5 },
	{ .name = "proto", .title = "PROTO", .field = 6, .flags = SYSREEL_COL_OPTIONAL },
	{ .name = "container",
	  .title = "CONTAINER",
	  .field = 7,
	  .flags = SYSREEL_COL_OPTIONAL,
	  .dull = "host" },
	{ .name = "process", .title = "PROCESS", .field = 8, .flags = SYSREEL_COL_OPTIONAL },
	{ .name = "connection", .title = "CONNECTION", .field = 9 },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(*cols),
	.flags = SYSREEL_TABLE_GROUP,
};

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "netflow",
	.category = "Net",
	.summary = "Conversations: both ends, bytes and calls each way, first and last",
	.help = "One row for each end of a conversation that was recorded: OUT and IN are seen from PROCESS.\n"
		"CONNECTION is client->server.\n"
		"\n"
		"  sysreel read web.reel -c netflow fd.sport=443",
	.filter = "fd.type in (ipv4, ipv6) and evt.is_io=true and evt.failed=false",
	.args = args,
	.nargs = sizeof(args) / sizeof(*args),
	.fields = fields,
	.nfields = sizeof(fields) / sizeof(*fields),
	.table = &table,
};

SYSREEL_CHISEL_EXPORT(chisel)
