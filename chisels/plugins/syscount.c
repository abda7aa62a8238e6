/* SPDX-License-Identifier: Apache-2.0 */
/* Which calls were made, how often, how long did they take, and how often did they fail? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_SUM("calls", "CALLS", "evt.count", UINT),
	COL("share", "SHARE", "evt.count", UINT, .op = SYSREEL_SHARE, .unit = SYSREEL_PERCENT),
	COL_ERRORS,
	COL_LATENCY,
	COL("p50", "P50", "evt.latency", DURATION, .op = SYSREEL_P50),
	COL("p99", "P99", "evt.latency", DURATION, .op = SYSREEL_P99),
	COL("max", "MAX", "evt.latency", DURATION, .op = SYSREEL_MAX),
	COL("syscall", "SYSCALL", "syscall.type", STR),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "syscount",
	.category = "Performance",
	.summary = "System calls: counts, failures, time and percentiles",
	.help = "P50 and P99: half of the calls, and 99% of them, took no longer.\n"
		"\n"
		"  sysreel read web.reel -c syscount proc.name=nginx",
	.filter = KIT_CALLS,
	TOP("30"),
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_GROUP)
