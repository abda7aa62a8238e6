/* SPDX-License-Identifier: Apache-2.0 */
/* Who became somebody else, or took or dropped capabilities? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_WHO,
	COL("uid", "UID", "user.uid", INT, .width = 6),
	COL("loginuid", "LOGIN", "user.loginuid", INT, .width = 6),
	COL_RESULT,
	COL("call", "CALL", "evt.call", STR),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "setuids",
	.category = "Security",
	.summary = "Changes of user, group and capabilities",
	.help = "UID is the effective user after the call. Programs that are set-user-ID change it without such\n"
		"a call, when they start: execsnoop shows them.\n"
		"\n"
		"  sysreel read web.reel -c setuids user.uid=0",
	.filter =
		"evt.type in (setuid, setgid, setreuid, setregid, setresuid, setresgid, setfsuid, "
		"setfsgid, setgroups, capset)",
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_STREAM)
