/* SPDX-License-Identifier: Apache-2.0 */
/* Who was connected to? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_WHO,
	COL("client", "CLIENT", "fd.rip", STR, .width = 24),
	COL("client_port", "PORT", "fd.rport", UINT, .width = 6),
	COL("server", "SERVER", "fd.lip", STR, .width = 24),
	COL("server_port", "PORT", "fd.lport", UINT),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "tcpaccept",
	.category = "Net",
	.summary = "Connections that servers accepted",
	.help = "sysreel read web.reel -c tcpaccept fd.lport=443",
	.filter = "evt.type in (accept, accept4) and evt.failed=false and fd.l4proto=tcp",
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_STREAM)
