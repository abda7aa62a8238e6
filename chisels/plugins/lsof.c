/* SPDX-License-Identifier: Apache-2.0 */
/* Which files were open when recording began? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_PROCESS,
	COL_PID,
	COL_CONTAINER,
	COL("user", "USER", "user.name", STR, .width = 8),
	COL("fd", "FD", "fd.num", INT, .width = 5),
	COL("type", "TYPE", "fd.type", STR, .width = 9),
	COL("name", "NAME", "fd.name", STR),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "lsof",
	.category = "State",
	.summary = "Files that were open when recording began",
	.help = "Those opened later: opensnoop. A filter chooses among them:\n"
		"\n"
		"  sysreel read web.reel -c lsof 'fd.name startswith /var/log'",
	.filter = "evt.type=openfile",
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_STREAM)
