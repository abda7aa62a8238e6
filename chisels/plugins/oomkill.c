/* SPDX-License-Identifier: Apache-2.0 */
/* Whom did the kernel kill for want of memory? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_TIME,
	COL("pid", "PID", "evt.arg.pid", STR, .width = 7),
	COL_CONTAINER,
	COL("process", "VICTIM", "evt.arg.comm", STR, .width = 17),
	COL("user", "USER", "evt.arg.uid", STR, .width = 8),
	COL("memory_kb", "VIRT_KB", "evt.arg.total_vm_kb", STR, .width = 10),
	COL("score", "SCORE_ADJ", "evt.arg.oom_score_adj", STR, .width = 9),
	COL("cause", "CAUSED_BY", "evt.arg.caused_by", STR),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "oomkill",
	.category = "Processes",
	.summary = "Processes that the kernel killed for want of memory",
	.help = "VIRT_KB is all that the victim had mapped, SCORE_ADJ its oom_score_adj; CAUSED_BY is the pid of\n"
		"the process that asked for memory when there was none. What the victim did before:\n"
		"\n"
		"  sysreel read web.reel -c oomkill",
	.filter = "evt.type=oomkill",
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_STREAM)
