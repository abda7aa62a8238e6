/* SPDX-License-Identifier: Apache-2.0 */
/* Which server ports carried the most bytes? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_BYTES,
	COL_CALLS,
	COL("port", "PORT", "fd.sport", UINT),
	COL_MAYBE("proto", "PROTO", "fd.l4proto", STR),
	COL_OF_CONTAINER,
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "topports_server",
	.category = "Net",
	.summary = "Server ports by the bytes that went through them",
	.help = "The server's port of each connection, whichever end was recorded.\n"
		"\n"
		"  sysreel read web.reel -c topports_server",
	.filter =
		"fd.type in (ipv4, ipv6) and evt.is_io=true and evt.failed=false and not evt.buflen=0",
	TOP("30"),
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_GROUP)
