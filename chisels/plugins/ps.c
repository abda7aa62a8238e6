/* SPDX-License-Identifier: Apache-2.0 */
/* Which processes ran when recording began? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_PID,
	COL("ppid", "PPID", "proc.ppid", INT, .width = 7),
	COL("user", "USER", "user.name", STR, .width = 8),
	COL_CONTAINER,
	COL("tty", "TTY", "proc.tty", INT, .width = 6),
	COL("start", "START", "proc.pid.ts", TIME, .width = 18),
	COL("cwd", "DIRECTORY", "proc.cwd", STR, .width = 16),
	COL("command", "COMMAND", "proc.exeline", STR),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "ps",
	.category = "State",
	.summary = "Processes that ran when recording began",
	.help = "Those started later: execsnoop; all of them as a tree: proctree.\n"
		"\n"
		"  sysreel read web.reel -c ps user.name=root",
	.filter = "evt.type=process and thread.ismain=true",
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_STREAM)
