/* SPDX-License-Identifier: Apache-2.0 */
/* Which sessions had a shell at their head, and what was run in them? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_SUM("programs", "PROGRAMS", "evt.count", UINT),
	COL("first", "FIRST", "evt.rawtime", TIME, .op = SYSREEL_MIN),
	COL("last", "LAST", "evt.rawtime", TIME, .op = SYSREEL_MAX),
	COL("session", "SESSION", "proc.sid", INT),
	COL("shell", "SHELL", "proc.sname", STR),
	COL_MAYBE("login", "LOGIN", "user.loginname", STR),
	COL_MAYBE("tty", "TTY", "proc.tty", INT),
	COL_OF_CONTAINER,
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "list_login_shells",
	.category = "Security",
	.summary = "Sessions that are led by a shell, and how many programs ran in them",
	.help = "SESSION is the process id of the shell, TTY the device number of its terminal, 0 for none: a\n"
		"shell that no person sits at. What was run in one:\n"
		"\n"
		"  sysreel read web.reel -c list_login_shells\n"
		"  sysreel read web.reel -c spy_users proc.sid=15313",
	.filter =
		"evt.type in (execve, execveat) and evt.failed=false and proc.sname in (sh, bash, "
		"dash, ash, zsh, ksh, mksh, fish, tcsh, csh, rbash, pwsh)",
	TOP("30"),
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_GROUP)
