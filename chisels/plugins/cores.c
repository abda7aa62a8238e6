/* SPDX-License-Identifier: Apache-2.0 */
/* How are the calls spread over the CPUs? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_CALLS,
	COL("share", "SHARE", "evt.count", UINT, .op = SYSREEL_SHARE, .unit = SYSREEL_PERCENT),
	COL_ERRORS,
	COL_LATENCY,
	COL("threads", "THREADS", "thread.tid", INT, .op = SYSREEL_DISTINCT),
	COL("cpu", "CPU", "evt.cpu", INT),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "cores",
	.category = "CPU",
	.summary = "CPUs by the system calls that returned on them",
	.help = "THREADS is how many different ones made calls there.\n"
		"\n"
		"  sysreel read web.reel -c cores proc.name=nginx",
	.filter = KIT_CALLS,
	TOP("0"),
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_GROUP)
