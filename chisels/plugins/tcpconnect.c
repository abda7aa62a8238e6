/* SPDX-License-Identifier: Apache-2.0 */
/* Who connected to whom? */
#include <sysreel/chisel.h>

static const struct sysreel_field fields[] = {
	{ .name = "evt.rawtime", .type = SYSREEL_TIME },
	{ .name = "proc.pid", .type = SYSREEL_INT },
	{ .name = "container.name", .type = SYSREEL_STR },
	{ .name = "proc.name", .type = SYSREEL_STR },
	{ .name = "evt.res", .type = SYSREEL_STR },
	{ .name = "evt.latency", .type = SYSREEL_DURATION },
	{ .name = "evt.arg.addr", .type = SYSREEL_STR },
	{ .name = "fd.name", .type = SYSREEL_STR },
};

static const struct sysreel_col cols[] = {
	{ .name = "time", .title = "TIME", .field = 0, .width = 18 },
	{ .name = "pid", .title = "PID", .field = 1, .width = 7 },
	{ .name = "container", .title = "CONTAINER", .field = 2, .width = 12 },
	{ .name = "process", .title = "PROCESS", .field = 3, .width = 15 },
	{ .name = "result", .title = "RESULT", .field = 4, .width = 12 },
	{ .name = "latency", .title = "LATENCY", .field = 5, .width = 8 },
	{ .name = "address", .title = "ADDRESS", .field = 6, .width = 28 },
	{ .name = "connection", .title = "CONNECTION", .field = 7 },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(*cols),
	.flags = SYSREEL_TABLE_STREAM,
};

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "tcpconnect",
	.category = "Net",
	.summary = "Connections that processes made or tried to make",
	.help = "EINPROGRESS is a connection that is made in the background; whether it succeeded shows in what\n"
		"is then read and written.\n"
		"\n"
		"  sysreel read web.reel -c tcpconnect 'fd.rport in (80, 443)'",
	.filter = "evt.type=connect and fd.l4proto=tcp",
	.fields = fields,
	.nfields = sizeof(fields) / sizeof(*fields),
	.table = &table,
};

SYSREEL_CHISEL_EXPORT(chisel)
