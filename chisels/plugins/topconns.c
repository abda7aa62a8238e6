/* SPDX-License-Identifier: Apache-2.0 */
/* Which connections carried the most bytes? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_BYTES,
	COL_CALLS,
	COL_MAYBE("proto", "PROTO", "fd.l4proto", STR),
	COL_OF_CONTAINER,
	COL("connection", "CONNECTION", "fd.name", STR),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "topconns",
	.category = "Net",
	.summary = "Connections by the bytes they carried",
	.help = "CONNECTION is client->server. Each way apart, with the time from first to last: netflow.\n"
		"\n"
		"  sysreel read web.reel -c topconns fd.sport=5432",
	.filter =
		"fd.type in (ipv4, ipv6) and evt.is_io=true and evt.failed=false and not evt.buflen=0",
	TOP("30"),
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_GROUP)
