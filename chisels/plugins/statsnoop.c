/* SPDX-License-Identifier: Apache-2.0 */
/* Which files were asked for? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_WHO,
	COL_RESULT,
	COL("syscall", "SYSCALL", "evt.type", STR, .width = 11),
	COL("path", "PATH", "fs.path.name", STR),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "statsnoop",
	.category = "Files",
	.summary = "Files whose state was asked for (stat and its kin)",
	.help = "What a program looks for and does not find often tells how it is configured:\n"
		"\n"
		"  sysreel read web.reel -c statsnoop evt.failed=true",
	.filter =
		"evt.type in (stat, lstat, newfstatat, statx, statfs, access, faccessat, faccessat2)",
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_STREAM)
