/* SPDX-License-Identifier: Apache-2.0 */
/* Who was connected to? */
#include <sysreel/chisel.h>

static const struct sysreel_field fields[] = {
	{ .name = "evt.rawtime", .type = SYSREEL_TIME },
	{ .name = "proc.pid", .type = SYSREEL_INT },
	{ .name = "container.name", .type = SYSREEL_STR },
	{ .name = "proc.name", .type = SYSREEL_STR },
	{ .name = "fd.rip", .type = SYSREEL_STR },
	{ .name = "fd.rport", .type = SYSREEL_UINT },
	{ .name = "fd.lip", .type = SYSREEL_STR },
	{ .name = "fd.lport", .type = SYSREEL_UINT },
};

static const struct sysreel_col cols[] = {
	{ .name = "time", .title = "TIME", .field = 0, .width = 18 },
	{ .name = "pid", .title = "PID", .field = 1, .width = 7 },
	{ .name = "container", .title = "CONTAINER", .field = 2, .width = 12 },
	{ .name = "process", .title = "PROCESS", .field = 3, .width = 15 },
	{ .name = "client", .title = "CLIENT", .field = 4, .width = 24 },
	{ .name = "client_port", .title = "PORT", .field = 5, .width = 6 },
	{ .name = "server", .title = "SERVER", .field = 6, .width = 24 },
	{ .name = "server_port", .title = "PORT", .field = 7 },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(*cols),
	.flags = SYSREEL_TABLE_STREAM,
};

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "tcpaccept",
	.category = "Net",
	.summary = "Connections that servers accepted",
	.help = "sysreel read web.reel -c tcpaccept fd.lport=443",
	.filter = "evt.type in (accept, accept4) and evt.failed=false and fd.l4proto=tcp",
	.fields = fields,
	.nfields = sizeof(fields) / sizeof(*fields),
	.table = &table,
};

SYSREEL_CHISEL_EXPORT(chisel)
