/* SPDX-License-Identifier: Apache-2.0 */
/* Who made the kernel write to the disk, and how long did that take? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_WHO,
	COL("syscall", "SYSCALL", "evt.type", STR, .width = 10),
	COL_TOOK,
	COL_RESULT,
	COL("file", "FILE", "fd.name", STR),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "syncsnoop",
	.category = "Files",
	.summary = "Calls that write to the disk what was cached",
	.help = "sysreel read db.reel -c syncsnoop 'evt.latency > 10ms'",
	.filter = "evt.type in (sync, syncfs, fsync, fdatasync, msync, sync_file_range)",
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_STREAM)
