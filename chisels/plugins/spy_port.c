/* SPDX-License-Identifier: Apache-2.0 */
/* What was said on one port? */
#include <sysreel/chisel.h>

static const struct sysreel_arg args[] = {
	{ .name = "host_port",
	  .type = SYSREEL_INT,
	  .flags = SYSREEL_ARG_REQUIRED,
	  .help = "the port, of one end or the other" },
};

static const struct sysreel_field fields[] = {
	{ .name = "evt.rawtime", .type = SYSREEL_TIME },
	{ .name = "proc.pid", .type = SYSREEL_INT },
	{ .name = "proc.name", .type = SYSREEL_STR },
	{ .name = "evt.io_dir", .type = SYSREEL_STR },
	{ .name = "evt.buflen", .type = SYSREEL_UINT },
	{ .name = "fd.name", .type = SYSREEL_STR },
	{ .name = "evt.buffer", .type = SYSREEL_STR },
};

static const struct sysreel_col cols[] = {
	{ .name = "time", .title = "TIME", .field = 0, .width = 18 },
	{ .name = "pid", .title = "PID", .field = 1, .width = 7 },
	{ .name = "process", .title = "PROCESS", .field = 2, .width = 15 },
	{ .name = "direction", .title = "R/W", .field = 3, .width = 5 },
	{ .name = "bytes", .title = "BYTES", .unit = SYSREEL_BYTES, .field = 4, .width = 6 },
	{ .name = "connection", .title = "CONNECTION", .field = 5, .width = 34 },
	{ .name = "data", .title = "DATA", .field = 6 },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(*cols),
	.flags = SYSREEL_TABLE_STREAM,
};

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "spy_port",
	.category = "Net",
	.summary = "What was sent and received on one port",
	.help = "Data is shown as far as it was recorded: `record -s 2000` keeps more of it.\n"
		"\n"
		"  sysreel read web.reel -c spy_port 8080",
	.filter = "fd.port=$host_port and fd.type in (ipv4, ipv6) and evt.is_io=true and "
		  "evt.failed=false and evt.buflen>0",
	.args = args,
	.nargs = sizeof(args) / sizeof(*args),
	.fields = fields,
	.nfields = sizeof(fields) / sizeof(*fields),
	.table = &table,
};

SYSREEL_CHISEL_EXPORT(chisel)
