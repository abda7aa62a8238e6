/* SPDX-License-Identifier: Apache-2.0 */
/* Which containers moved the most bytes over the network? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_BYTES,
	COL_CALLS,
	COL("id", "ID", "container.id", STR),
	COL_MAYBE("container", "CONTAINER", "container.name", STR),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "topcontainers_net",
	.category = "Net",
	.summary = "Containers by the bytes they sent and received",
	.help = "Bytes of TCP and UDP sockets that calls moved; headers and what was sent again are not in them.\n"
		"\n"
		"  sysreel read all.reel -c topcontainers_net fd.sport=443",
	.filter =
		"fd.type in (ipv4, ipv6) and evt.is_io=true and evt.failed=false and not evt.buflen=0 and container.id!=host",
	TOP("10"),
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_GROUP)
