/* SPDX-License-Identifier: Apache-2.0 */
/* How many different files and sockets, for each value of any field? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL("files", "FILES", "fd.name", STR, .op = SYSREEL_DISTINCT),
	COL_SUM("calls", "CALLS", "evt.count", UINT),
	COL("key", "$by", "$by", ANY),
};

static const struct sysreel_arg args[] = {
	ARG_BY("proc.name"),
	ARG_TOP("30"),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "fdcount_by",
	.category = "I/O",
	.summary = "How many different files, for each value of any field",
	.help = "Names count, connections included: two processes that have one file open use one file.\n"
		"\n"
		"  sysreel read web.reel -c fdcount_by container.name",
	.filter = "fd.name exists",
	ARGS(args),
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_GROUP)
