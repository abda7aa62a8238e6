/* SPDX-License-Identifier: Apache-2.0 */
/* By whom, or to what, were the most bytes moved? The user names the field. */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_BYTES,
	COL_CALLS,
	COL("key", "$by", "$by", ANY),
};

static const struct sysreel_arg args[] = {
	ARG_BY("fd.directory"),
	ARG_TOP("30"),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "fdbytes_by",
	.category = "I/O",
	.summary = "Bytes read and written for each value of any field",
	.help = "Rows without the field are told below the table. In which directories, by whom:\n"
		"\n"
		"  sysreel read web.reel -c fdbytes_by fd.directory proc.name=nginx",
	.filter = "evt.is_io=true and evt.failed=false and not evt.buflen=0",
	ARGS(args),
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_GROUP)
