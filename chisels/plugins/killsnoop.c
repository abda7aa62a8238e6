/* SPDX-License-Identifier: Apache-2.0 */
/* Who sent signals to whom? */
#include <sysreel/chisel.h>

static const struct sysreel_field fields[] = {
	{ .name = "evt.rawtime", .type = SYSREEL_TIME },
	{ .name = "proc.pid", .type = SYSREEL_INT },
	{ .name = "container.name", .type = SYSREEL_STR },
	{ .name = "proc.name", .type = SYSREEL_STR },
	{ .name = "user.name", .type = SYSREEL_STR },
	{ .name = "evt.arg.sig", .type = SYSREEL_STR },
	{ .name = "evt.res", .type = SYSREEL_STR },
	{ .name = "evt.call", .type = SYSREEL_STR },
};

static const struct sysreel_col cols[] = {
	{ .name = "time", .title = "TIME", .field = 0, .width = 18 },
	{ .name = "pid", .title = "PID", .field = 1, .width = 7 },
	{ .name = "container", .title = "CONTAINER", .field = 2, .width = 12 },
	{ .name = "process", .title = "PROCESS", .field = 3, .width = 15 },
	{ .name = "user", .title = "USER", .field = 4, .width = 8 },
	{ .name = "signal", .title = "SIGNAL", .field = 5, .width = 9 },
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
	.name = "killsnoop",
	.category = "Processes",
	.summary = "Signals that were sent",
	.help = "The target in CALL is a process id as the sender sees it, in its own pid namespace.\n"
		"\n"
		"  sysreel read web.reel -c killsnoop evt.arg.sig=SIGKILL",
	.filter = "evt.type in (kill, tkill, tgkill, pidfd_send_signal, rt_sigqueueinfo, "
		  "rt_tgsigqueueinfo)",
	.fields = fields,
	.nfields = sizeof(fields) / sizeof(*fields),
	.table = &table,
};

SYSREEL_CHISEL_EXPORT(chisel)
