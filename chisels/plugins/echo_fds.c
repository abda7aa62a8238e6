/* SPDX-License-Identifier: Apache-2.0 */
/* What was read and written, whatever it went to? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_WHO,
	COL_MOVED,
	COL("file", "FILE", "fd.name", STR, .width = 24),
	COL_DATA,
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "echo_fds",
	.category = "I/O",
	.summary = "All that was read and written, with the data",
	.help = "Data is shown as far as it was recorded: `record -s 2000` keeps more of it.\n"
		"\n"
		"  sysreel read web.reel -c echo_fds proc.name=nginx",
	.filter = "evt.is_io=true and evt.failed=false and evt.buflen>0",
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_STREAM)
