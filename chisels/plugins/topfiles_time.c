/* SPDX-License-Identifier: Apache-2.0 */
/* On which files did reading and writing take the most time? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_SUM("time", "TIME", "evt.latency", DURATION, .unit = SYSREEL_NS),
	COL_CALLS,
	COL_OF_CONTAINER,
	COL("file", "FILE", "fd.name", STR),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "topfiles_time",
	.category = "I/O",
	.summary = "Files by the time spent reading and writing them",
	.help = "TIME is what reads and writes took, waiting for the disk included.\n"
		"\n"
		"  sysreel read db.reel -c topfiles_time proc.name=postgres",
	.filter = "fd.type=file and evt.is_io=true",
	TOP("10"),
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_GROUP)
