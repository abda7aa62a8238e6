/* SPDX-License-Identifier: Apache-2.0 */
/* Which containers were seen, and from when to when? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_SUM("events", "EVENTS", "evt.count", UINT),
	COL("first", "FIRST", "evt.rawtime", TIME, .op = SYSREEL_MIN),
	COL("last", "LAST", "evt.rawtime", TIME, .op = SYSREEL_MAX),
	COL("id", "ID", "container.id", STR),
	COL_MAYBE("name", "NAME", "container.name", STR),
	COL_MAYBE("type", "TYPE", "container.type", STR),
	COL_MAYBE("privileged", "PRIVILEGED", "container.privileged", BOOL),
	COL_MAYBE("image", "IMAGE", "container.image", STR),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "lscontainers",
	.category = "State",
	.summary = "Containers that were seen, with their images",
	.help = "Containers in which nothing happened are not among them; `sysreel info FILE` knows those too.\n"
		"\n"
		"  sysreel read all.reel -c lscontainers container.privileged=true",
	.filter = "container.id!=host",
	TOP("0"),
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_GROUP)
