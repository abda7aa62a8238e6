/* SPDX-License-Identifier: Apache-2.0 */
/* Which processes ended, how old were they, and how did they end? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_TIME,
	COL_PID,
	COL("ppid", "PPID", "proc.ppid", INT, .width = 7),
	COL_CONTAINER,
	COL("age", "AGE", "proc.duration", DURATION, .width = 8),
	COL("status", "STATUS", "evt.arg.status", STR, .width = 6),
	COL("signal", "SIGNAL", "evt.arg.signal", STR, .width = 8),
	COL("rss", "MAX_RSS", "evt.arg.maxrss_kb", STR, .width = 9),
	COL("command", "COMMAND", "proc.exeline", STR),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "exitsnoop",
	.category = "Processes",
	.summary = "Processes that ended: age, exit status, signal",
	.help = "STATUS is that of exit(2); SIGNAL is what killed the process, 0 if nothing did. MAX_RSS is the\n"
		"most memory it had, in KiB.\n"
		"\n"
		"  sysreel read web.reel -c exitsnoop evt.arg.status!=0",
	.filter = "evt.type=procexit and thread.ismain=true",
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_STREAM)
