/* SPDX-License-Identifier: Apache-2.0 */
/* Which sockets were open when recording began? */
#include <sysreel/chisel.h>

static const struct sysreel_field fields[] = {
	{ .name = "fd.l4proto", .type = SYSREEL_STR },
	{ .name = "fd.connected", .type = SYSREEL_BOOL },
	{ .name = "proc.pid", .type = SYSREEL_INT },
	{ .name = "proc.name", .type = SYSREEL_STR },
	{ .name = "container.name", .type = SYSREEL_STR },
	{ .name = "fd.num", .type = SYSREEL_INT },
	{ .name = "fd.name", .type = SYSREEL_STR },
};

static const struct sysreel_col cols[] = {
	{ .name = "proto", .title = "PROTO", .field = 0, .width = 6 },
	{ .name = "connected", .title = "CONNECTED", .field = 1, .width = 10 },
	{ .name = "pid", .title = "PID", .field = 2, .width = 7 },
	{ .name = "process", .title = "PROCESS", .field = 3, .width = 15 },
	{ .name = "container", .title = "CONTAINER", .field = 4, .width = 12 },
	{ .name = "fd", .title = "FD", .field = 5, .width = 5 },
	{ .name = "socket", .title = "SOCKET", .field = 6 },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(*cols),
	.flags = SYSREEL_TABLE_STREAM,
};

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "netstat",
	.category = "State",
	.summary = "Sockets that were open when recording began",
	.help = "A socket that is not connected listens, or is not used yet. Those opened later: tcpconnect,\n"
		"tcpaccept.\n"
		"\n"
		"  sysreel read web.reel -c netstat fd.sport=443",
	.filter = "evt.type=openfile and fd.type in (ipv4, ipv6)",
	.fields = fields,
	.nfields = sizeof(fields) / sizeof(*fields),
	.table = &table,
};

SYSREEL_CHISEL_EXPORT(chisel)
