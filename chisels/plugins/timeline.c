/* SPDX-License-Identifier: Apache-2.0 */
/* When did it happen? What went on in each second. */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL("time", "TIME", "evt.datetime.s", STR),
	COL_SUM("bar", "CALLS", "evt.count", UINT, .unit = SYSREEL_BAR),
	COL_SUM("calls", "", "evt.count", UINT),
	COL_ERRORS,
	COL_SUM("file", "FILE_IO", "evt.buflen.file", UINT, .unit = SYSREEL_BYTES,
		.flags = SYSREEL_COL_OPTIONAL),
	COL_SUM("net", "NET_IO", "evt.buflen.net", UINT, .unit = SYSREEL_BYTES,
		.flags = SYSREEL_COL_OPTIONAL),
	COL_SUM("execs", "EXECS", "evt.type.is.execve", UINT),
	COL_SUM("connects", "CONNECTS", "evt.type.is.connect", UINT),
	COL_SUM("kills", "KILLS", "evt.type.is.kill", UINT),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "timeline",
	.category = "Performance",
	.summary = "What went on in each second: calls, failures, bytes, programs",
	.help = "Seconds in which nothing happened are left out. The bars are in proportion to the busiest second.\n"
		"\n"
		"  sysreel read web.reel -c timeline container.name=web",
	.filter = KIT_CALLS,
	TOP("0"),
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_GROUP | SYSREEL_TABLE_ASCENDING)
