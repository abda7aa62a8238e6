/* SPDX-License-Identifier: Apache-2.0 */
/* Which sessions had a shell at their head, and what was run in them? */
#include <sysreel/chisel.h>

static const struct sysreel_arg args[] = {
	{ .name = "top", .type = SYSREEL_INT, .def = "30", .help = "rows to show, 0 for all" },
};

static const struct sysreel_field fields[] = {
	{ .name = "evt.count", .type = SYSREEL_UINT },
	{ .name = "evt.rawtime", .type = SYSREEL_TIME },
	{ .name = "proc.sid", .type = SYSREEL_INT },
	{ .name = "proc.sname", .type = SYSREEL_STR },
	{ .name = "user.loginname", .type = SYSREEL_STR },
	{ .name = "proc.tty", .type = SYSREEL_INT },
	{ .name = "container.name", .type = SYSREEL_STR },
};

static const struct sysreel_col cols[] = {
	{ .name = "programs", .title = "PROGRAMS", .op = SYSREEL_SUM, .field = 0 },
	{ .name = "first", .title = "FIRST", .op = SYSREEL_MIN, .field = 1 },
	{ .name = "last", .title = "LAST", .op = SYSREEL_MAX, .field = 1 },
	{ .name = "session", .title = "SESSION", .field = 2 },
	{ .name = "shell", .title = "SHELL", .field = 3 },
	{ .name = "login", .title = "LOGIN", .field = 4, .flags = SYSREEL_COL_OPTIONAL },
	{ .name = "tty", .title = "TTY", .field = 5, .flags = SYSREEL_COL_OPTIONAL },
	{ .name = "container",
	  .title = "CONTAINER",
	  .field = 6,
	  .flags = SYSREEL_COL_OPTIONAL,
	  .dull = "host" },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(*cols),
	.flags = SYSREEL_TABLE_GROUP,
};

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "list_login_shells",
	.category = "Security",
	.summary = "Sessions that are led by a shell, and how many programs ran in them",
	.help = "SESSION is the process id of the shell, TTY the device number of its terminal, 0 for none: a\n"
		"shell that no person sits at. What was run in one:\n"
		"\n"
		"  sysreel read web.reel -c spy_users proc.sid=15313",
	.filter =
		"evt.type in (execve, execveat) and evt.failed=false and proc.sname in (sh, bash, "
		"dash, ash, zsh, ksh, mksh, fish, tcsh, csh, rbash, pwsh)",
	.args = args,
	.nargs = sizeof(args) / sizeof(*args),
	.fields = fields,
	.nfields = sizeof(fields) / sizeof(*fields),
	.table = &table,
};

SYSREEL_CHISEL_EXPORT(chisel)
