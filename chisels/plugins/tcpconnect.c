/* SPDX-License-Identifier: Apache-2.0 */
/* Who connected to whom? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_WHO,
	COL("result", "RESULT", "evt.res", STR, .width = 12),
	COL_TOOK,
	COL("address", "ADDRESS", "evt.arg.addr", STR, .width = 28),
	COL("connection", "CONNECTION", "fd.name", STR),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "tcpconnect",
	.category = "Net",
	.summary = "Connections that processes made or tried to make",
	.help = "EINPROGRESS is a connection that is made in the background; whether it succeeded shows in what\n"
		"is then read and written.\n"
		"\n"
		"  sysreel read web.reel -c tcpconnect 'fd.rport in (80, 443)'",
	.filter = "evt.type=connect and fd.l4proto=tcp",
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_STREAM)
