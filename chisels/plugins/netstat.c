/* SPDX-License-Identifier: Apache-2.0 */
/* Which sockets were open when recording began? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL("proto", "PROTO", "fd.l4proto", STR, .width = 6),
	COL("connected", "CONNECTED", "fd.connected", BOOL, .width = 10),
	COL_PID,
	COL_PROCESS,
	COL_CONTAINER,
	COL("fd", "FD", "fd.num", INT, .width = 5),
	COL("socket", "SOCKET", "fd.name", STR),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "netstat",
	.category = "State",
	.summary = "Sockets that were open when recording began",
	.help = "A socket that is not connected listens, or is not used yet. Those opened later: tcpconnect,\n"
		"tcpaccept.\n"
		"\n"
		"  sysreel read web.reel -c netstat fd.sport=443",
	.filter = "evt.type=openfile and fd.type in (ipv4, ipv6)",
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_STREAM)
