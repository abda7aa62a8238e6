/* SPDX-License-Identifier: Apache-2.0 */
/* Which reads and writes of files were slow? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_WHO,
	COL("syscall", "SYSCALL", "evt.type", STR, .width = 10),
	COL_TOOK,
	COL("bytes", "BYTES", "evt.buflen", UINT, .unit = SYSREEL_BYTES, .width = 6),
	COL("file", "FILE", "fd.name", STR),
};

static const struct sysreel_arg args[] = {
	ARG_MIN_MS,
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "fileslower",
	.category = "Performance",
	.summary = "Reads and writes of files that were slow",
	.help = "sysreel read db.reel -c fileslower 5",
	.filter = "evt.latency > ${min_ms}ms and evt.is_io=true and fd.type=file and not fd.name "
		  "startswith /dev/",
	ARGS(args),
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_STREAM)
