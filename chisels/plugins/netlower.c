/* SPDX-License-Identifier: Apache-2.0 */
/* Which network calls were slow? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_WHO,
	COL("syscall", "SYSCALL", "evt.type", STR, .width = 10),
	COL_TOOK,
	COL("bytes", "BYTES", "evt.buflen", UINT, .unit = SYSREEL_BYTES, .width = 6),
	COL("connection", "CONNECTION", "fd.name", STR),
};

static const struct sysreel_arg args[] = {
	ARG_MIN_MS,
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "netlower",
	.category = "Performance",
	.summary = "Reads and writes of network sockets that were slow",
	.help = "Waiting for the other side counts.\n"
		"\n"
		"  sysreel read web.reel -c netlower 100",
	.filter = "evt.latency > ${min_ms}ms and evt.is_io=true and fd.type in (ipv4, ipv6)",
	ARGS(args),
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_STREAM)
