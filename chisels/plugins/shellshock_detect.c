/* SPDX-License-Identifier: Apache-2.0 */
/* Was a function smuggled into a shell through its environment? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_WHO,
	COL("parent", "PARENT", "proc.pname", STR, .width = 15),
	COL("env", "ENVIRONMENT", "proc.env", STR),
};

static struct sysreel_chisel chisel = {
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
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_STREAM)
