/* SPDX-License-Identifier: Apache-2.0 */
/* Who became somebody else, or took or dropped capabilities? */
#include <sysreel/chisel.h>

static const struct sysreel_field fields[] = {
	{ .name = "evt.rawtime", .type = SYSREEL_TIME },
	{ .name = "proc.pid", .type = SYSREEL_INT },
	{ .name = "container.name", .type = SYSREEL_STR },
	{ .name = "proc.name", .type = SYSREEL_STR },
	{ .name = "user.uid", .type = SYSREEL_INT },
	{ .name = "user.loginuid", .type = SYSREEL_INT },
	{ .name = "evt.res", .type = SYSREEL_STR },
	{ .name = "evt.call", .type = SYSREEL_STR },
};

static const struct sysreel_col cols[] = {
	{ .name = "time", .title = "TIME", .field = 0, .width = 18 },
	{ .name = "pid", .title = "PID", .field = 1, .width = 7 },
	{ .name = "container", .title = "CONTAINER", .field = 2, .width = 12 },
	{ .name = "process", .title = "PROCESS", .field = 3, .width = 15 },
	{ .name = "uid", .title = "UID", .field = 4, .width = 6 },
	{ .name = "loginuid", .title = "LOGIN", .field = 5, .width = 6 },
	{ .name = "result", .title = "RESULT", .field = 6, .width = 8 },
	{ .name = "call", .title = "CALL", .field = 7 },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(*cols),
	.flags = SYSREEL_TABLE_STREAM,
};

static const struct sysreel_chisel chisel = {
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
	.fields = fields,
	.nfields = sizeof(fields) / sizeof(*fields),
	.table = &table,
};

SYSREEL_CHISEL_EXPORT(chisel)
