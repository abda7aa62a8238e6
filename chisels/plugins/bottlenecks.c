/* SPDX-License-Identifier: Apache-2.0 */
/* Which calls took longest? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL("latency", "LATENCY", "evt.latency", DURATION),
	COL("time", "RETURNED", "evt.rawtime", TIME),
	COL_OF_PROCESS,
	COL("call", "CALL", "evt.call", STR),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "bottlenecks",
	.category = "Performance",
	.summary = "The slowest system calls",
	.help = "Waiting counts: to leave out calls that may wait for something, add evt.is_wait=false.\n"
		"\n"
		"  sysreel read web.reel -c bottlenecks 20 evt.is_wait=false",
	.filter = "evt.latency exists",
	TOP("10"),
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_BEST)
