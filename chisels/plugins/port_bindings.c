/* SPDX-License-Identifier: Apache-2.0 */
/* Who bound sockets to which addresses? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_WHO,
	COL("user", "USER", "user.name", STR, .width = 8),
	COL_RESULT,
	COL("address", "ADDRESS", "evt.arg.addr", STR),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "port_bindings",
	.category = "Net",
	.summary = "Sockets that were bound to addresses and ports",
	.help = "Those that were bound when recording began: netstat.\n"
		"\n"
		"  sysreel read web.reel -c port_bindings evt.failed=true",
	.filter = "evt.type=bind",
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_STREAM)
