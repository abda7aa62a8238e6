/* SPDX-License-Identifier: Apache-2.0 */
/* Which system calls were made most often? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_CALLS,
	COL("syscall", "SYSCALL", "syscall.type", STR),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "topscalls",
	.category = "Performance",
	.summary = "System calls by how often they were made",
	.help = "With failures and percentiles: syscount.\n"
		"\n"
		"  sysreel read web.reel -c topscalls proc.name=nginx",
	.filter = KIT_CALLS,
	TOP("30"),
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_GROUP)
