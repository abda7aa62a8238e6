/* SPDX-License-Identifier: Apache-2.0 */
/* Was a function smuggled into a shell through its environment? */
#include <sysreel/chisel.h>

static const struct sysreel_field fields[] = {
	{ .name = "evt.rawtime", .type = SYSREEL_TIME },
	{ .name = "proc.pid", .type = SYSREEL_INT },
	{ .name = "container.name", .type = SYSREEL_STR },
	{ .name = "proc.name", .type = SYSREEL_STR },
	{ .name = "proc.pname", .type = SYSREEL_STR },
	{ .name = "proc.env", .type = SYSREEL_STR },
};

static const struct sysreel_col cols[] = {
	{ .name = "time", .title = "TIME", .field = 0, .width = 18 },
	{ .name = "pid", .title = "PID", .field = 1, .width = 7 },
	{ .name = "container", .title = "CONTAINER", .field = 2, .width = 12 },
	{ .name = "process", .title = "PROCESS", .field = 3, .width = 15 },
	{ .name = "parent", .title = "PARENT", .field = 4, .width = 15 },
	{ .name = "env", .title = "ENVIRONMENT", .field = 5 },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(*cols),
	.flags = SYSREEL_TABLE_STREAM,
};

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "shellshock_detect",
	.category = "Security",
	.summary = "Shells that were started with a function in their environment",
	.help = "Values of the environment are only there if they were recorded: `sysreel record --env`. Shells\n"
		"that export functions themselves name the variable BASH_FUNC_.\n"
		"\n"
		"  sysreel read web.reel -c shellshock_detect",
	.filter =
		"evt.type in (execve, execveat) and evt.failed=false and proc.env contains \"() {\"",
	.fields = fields,
	.nfields = sizeof(fields) / sizeof(*fields),
	.table = &table,
};

SYSREEL_CHISEL_EXPORT(chisel)
