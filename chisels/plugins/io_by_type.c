/* SPDX-License-Identifier: Apache-2.0 */
/* What was read and written: files, sockets, pipes? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_BYTES,
	COL("share", "SHARE", "evt.buflen", UINT, .op = SYSREEL_SHARE, .unit = SYSREEL_PERCENT),
	COL_IN,
	COL_OUT,
	COL_CALLS,
	COL_LATENCY,
	COL("type", "TYPE", "fd.type", STR),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "io_by_type",
	.category = "I/O",
	.summary = "Bytes read and written by kind: files, sockets, pipes",
	.help = "TIME is that of the calls, waiting included.\n"
		"\n"
		"  sysreel read web.reel -c io_by_type proc.name=nginx",
	.filter = "evt.is_io=true and evt.failed=false and evt.buflen>0",
	TOP("0"),
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_GROUP)
