/* SPDX-License-Identifier: Apache-2.0 */
/* In which containers did system calls fail most often? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL("errors", "ERRORS", NULL, ANY, .op = SYSREEL_COUNT),
	COL("id", "ID", "container.id", STR),
	COL_MAYBE("container", "CONTAINER", "container.name", STR),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "topcontainers_error",
	.category = "Errors",
	.summary = "Containers by their failed system calls",
	.help = "What failed in one of them: errors.\n"
		"\n"
		"  sysreel read all.reel -c topcontainers_error evt.type=connect",
	.filter = "evt.failed=true and container.id!=host",
	TOP("10"),
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_GROUP)
