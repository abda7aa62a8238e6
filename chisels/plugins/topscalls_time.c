/* SPDX-License-Identifier: Apache-2.0 */
/* In which system calls did the time go? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_SUM("time", "TIME", "evt.latency", DURATION, .unit = SYSREEL_NS),
	COL_CALLS,
	COL("mean", "MEAN", "evt.latency", DURATION, .op = SYSREEL_AVG, .unit = SYSREEL_NS),
	COL("max", "MAX", "evt.latency", DURATION, .op = SYSREEL_MAX, .unit = SYSREEL_NS),
	COL("syscall", "SYSCALL", "syscall.type", STR),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "topscalls_time",
	.category = "Performance",
	.summary = "System calls by the time spent in them",
	.help = "Waiting counts: a call that sleeps for data is as long as the wait. Calls whose duration is\n"
		"not known (begun before the recording, or not returned) are counted and told below.\n"
		"\n"
		"  sysreel read web.reel -c topscalls_time evt.is_wait=false",
	.filter = "syscall.type exists",
	TOP("30"),
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_GROUP)
