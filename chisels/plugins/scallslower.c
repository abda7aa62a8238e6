/* SPDX-License-Identifier: Apache-2.0 */
/* Which calls were slow, and on what? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_WHO,
	COL_TOOK,
	COL("syscall", "SYSCALL", "evt.type", STR, .width = 15),
	COL_RESULT,
	COL("file", "FILE", "fd.name", STR),
};

static const struct sysreel_arg args[] = {
	ARG_MIN_MS,
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "scallslower",
	.category = "Performance",
	.summary = "System calls that were slow",
	.help = "Waiting counts: to leave out calls that may wait for something, add evt.is_wait=false.\n"
		"\n"
		"  sysreel read web.reel -c scallslower 50 evt.is_wait=false",
	.filter = "evt.latency > ${min_ms}ms",
	ARGS(args),
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_STREAM)
