/* SPDX-License-Identifier: Apache-2.0 */
/* Which processes make the most calls? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_CALLS,
	COL("share", "SHARE", "evt.count", UINT, .op = SYSREEL_SHARE, .unit = SYSREEL_PERCENT),
	COL("rate", "PER_SECOND", "evt.count", UINT, .op = SYSREEL_RATE),
	COL_ERRORS,
	COL_LATENCY,
	COL_OF_PROCESS,
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "syscall_procs",
	.category = "Performance",
	.summary = "Processes by the system calls they made",
	.help = "Who makes one call most often:\n"
		"\n"
		"  sysreel read web.reel -c syscall_procs evt.type=futex",
	.filter = KIT_CALLS,
	TOP("10"),
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_GROUP)
