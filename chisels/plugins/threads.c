/* SPDX-License-Identifier: Apache-2.0 */
/* What did each thread do? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_CALLS,
	COL_ERRORS,
	COL_LATENCY,
	COL_SUM("wait", "WAITING", "evt.wait_latency", DURATION, .flags = SYSREEL_COL_OPTIONAL),
	COL_SUM("file", "FILE_IO", "evt.buflen.file", UINT, .unit = SYSREEL_BYTES,
		.flags = SYSREEL_COL_OPTIONAL),
	COL_SUM("net", "NET_IO", "evt.buflen.net", UINT, .unit = SYSREEL_BYTES,
		.flags = SYSREEL_COL_OPTIONAL),
	COL("pid", "PID", "proc.pid", INT),
	COL("tid", "TID", "thread.tid", INT),
	COL_OF_CONTAINER,
	COL("thread", "THREAD", "proc.name", STR),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "threads",
	.category = "Processes",
	.summary = "Threads by the system calls they made, with time and bytes",
	.help = "TIME is that in calls, WAITING the part of it in calls that wait for something.\n"
		"\n"
		"  sysreel read db.reel -c threads proc.pid=4711",
	.filter = KIT_CALLS,
	TOP("30"),
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_GROUP)
