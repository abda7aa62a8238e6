/* SPDX-License-Identifier: Apache-2.0 */
/* Whose system calls failed most often? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL("errors", "ERRORS", NULL, ANY, .op = SYSREEL_COUNT),
	COL_OF_PROCESS,
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "topprocs_errors",
	.category = "Errors",
	.summary = "Processes by their failed system calls",
	.help = "Which errors they met: errors.\n"
		"\n"
		"  sysreel read web.reel -c topprocs_errors evt.type=openat",
	.filter = "evt.failed=true",
	TOP("10"),
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_GROUP)
