/* SPDX-License-Identifier: Apache-2.0 */
/* Which processes moved the most bytes over the network? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_BYTES,
	COL_CALLS,
	COL_OF_PROCESS,
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "topprocs_net",
	.category = "Net",
	.summary = "Processes by the bytes they sent and received",
	.help = "Bytes of TCP and UDP sockets that calls moved; headers and what was sent again are not in them.\n"
		"\n"
		"  sysreel read web.reel -c topprocs_net fd.sport=443",
	.filter =
		"fd.type in (ipv4, ipv6) and evt.is_io=true and evt.failed=false and not evt.buflen=0",
	TOP("10"),
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_GROUP)
