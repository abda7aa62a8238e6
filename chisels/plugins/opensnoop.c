/* SPDX-License-Identifier: Apache-2.0 */
/* Who opened which files, and what could not be opened? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_WHO,
	COL_RESULT,
	COL("flags", "FLAGS", "evt.arg.flags", STR, .width = 18),
	COL("path", "PATH", "fs.path.name", STR),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "opensnoop",
	.category = "Files",
	.summary = "Files that were opened, and attempts that failed",
	.help = "Paths are made absolute where the directory is known. Only what failed:\n"
		"\n"
		"  sysreel read web.reel -c opensnoop evt.failed=true",
	.filter = "evt.type in (open, openat, openat2, creat)",
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_STREAM)
