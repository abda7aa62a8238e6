/* SPDX-License-Identifier: Apache-2.0 */
/* Which errors did calls return? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL("errors", "ERRORS", NULL, ANY, .op = SYSREEL_COUNT),
	COL("share", "SHARE", "evt.count", UINT, .op = SYSREEL_SHARE, .unit = SYSREEL_PERCENT),
	COL("processes", "PROCESSES", "proc.pid", INT, .op = SYSREEL_DISTINCT),
	COL("error", "ERROR", "evt.res", STR),
	COL("syscall", "SYSCALL", "syscall.type", STR),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "errors",
	.category = "Errors",
	.summary = "Errors by how often calls returned them",
	.help = "PROCESSES is how many different ones met it. Who did:\n"
		"\n"
		"  sysreel read web.reel -c errors container.name=web\n"
		"  sysreel read web.reel -c topprocs_errors evt.res=EACCES",
	.filter = "evt.failed=true and syscall.type exists",
	TOP("30"),
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_GROUP)
