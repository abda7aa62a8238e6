/* SPDX-License-Identifier: Apache-2.0 */
/* By whom, or on what, was the most time spent in reading and writing? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_SUM("time", "TIME", "evt.latency", DURATION, .unit = SYSREEL_NS),
	COL_CALLS,
	COL("key", "$by", "$by", ANY),
};

static const struct sysreel_arg args[] = {
	ARG_BY("fd.directory"),
	ARG_TOP("10"),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "fdtime_by",
	.category = "I/O",
	.summary = "Time spent reading and writing for each value of any field",
	.help = "Waiting counts: for data from the other side of a connection, too.\n"
		"\n"
		"  sysreel read web.reel -c fdtime_by fd.name fd.type=file",
	.filter = "evt.is_io=true",
	ARGS(args),
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_GROUP)
