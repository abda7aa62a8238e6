/* SPDX-License-Identifier: Apache-2.0 */
/* How long did processes live? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL("duration", "DURATION", "proc.duration", DURATION),
	COL("pid", "PID", "proc.pid", INT),
	COL_OF_CONTAINER,
	COL("command", "COMMAND", "proc.exeline", STR),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "proc_exec_time",
	.category = "Performance",
	.summary = "Finished processes by how long they lived",
	.help = "DURATION runs from the start of the process to its end, waiting included. As they happen, with\n"
		"their exit status: exitsnoop.\n"
		"\n"
		"  sysreel read build.reel -c proc_exec_time top=10",
	.filter = "evt.type=procexit and thread.ismain=true",
	TOP("30"),
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_BEST)
