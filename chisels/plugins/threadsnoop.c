/* SPDX-License-Identifier: Apache-2.0 */
/* Who made threads? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_WHO,
	COL("thread", "THREAD", "evt.arg.tid", STR, .width = 7),
	COL("flags", "FLAGS", "evt.arg.flags", STR),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "threadsnoop",
	.category = "Processes",
	.summary = "Threads that were started",
	.help = "PID and PROCESS are who made the thread; THREAD is its id.\n"
		"\n"
		"  sysreel read web.reel -c threadsnoop proc.name=java",
	.filter = "evt.type=newtask and evt.arg.flags contains CLONE_THREAD",
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_STREAM)
