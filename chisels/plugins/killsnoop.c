/* SPDX-License-Identifier: Apache-2.0 */
/* Who sent signals to whom? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_WHO,
	COL("user", "USER", "user.name", STR, .width = 8),
	COL("signal", "SIGNAL", "evt.arg.sig", STR, .width = 9),
	COL_RESULT,
	COL("call", "CALL", "evt.call", STR),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "killsnoop",
	.category = "Processes",
	.summary = "Signals that were sent",
	.help = "The target in CALL is a process id as the sender sees it, in its own pid namespace.\n"
		"\n"
		"  sysreel read web.reel -c killsnoop evt.arg.sig=SIGKILL",
	.filter = "evt.type in (kill, tkill, tgkill, pidfd_send_signal, rt_sigqueueinfo, "
		  "rt_tgsigqueueinfo)",
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_STREAM)
