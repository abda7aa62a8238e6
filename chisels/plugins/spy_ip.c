/* SPDX-License-Identifier: Apache-2.0 */
/* What was said to and by one address? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_TIME,
	COL_PID,
	COL_PROCESS,
	COL_MOVED,
	COL("connection", "CONNECTION", "fd.name", STR, .width = 34),
	COL_DATA,
};

static const struct sysreel_arg args[] = {
	ARG("host_ip", STR, NULL, "the address, of one end or the other",
	    .flags = SYSREEL_ARG_REQUIRED),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "spy_ip",
	.category = "Net",
	.summary = "What was sent to and received from one address",
	.help = "Data is shown as far as it was recorded: `record -s 2000` keeps more of it.\n"
		"\n"
		"  sysreel read web.reel -c spy_ip 10.0.0.7",
	.filter =
		"fd.ip=$host_ip and fd.type in (ipv4, ipv6) and evt.is_io=true and evt.failed=false "
		"and evt.buflen>0",
	ARGS(args),
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_STREAM)
