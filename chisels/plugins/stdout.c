/* SPDX-License-Identifier: Apache-2.0 */
/* What did programs print? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_WHO,
	COL_DATA,
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "stdout",
	.category = "I/O",
	.summary = "What was moved on standard output",
	.help = "Data is shown as far as it was recorded: `record -s 2000` keeps more of it.\n"
		"\n"
		"  sysreel read web.reel -c stdout container.name=web",
	.filter = "fd.num=1 and evt.is_io=true and evt.failed=false and evt.buflen>0",
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_STREAM)
