/* SPDX-License-Identifier: Apache-2.0 */
/* Which processes read and wrote files most? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_SUM("bytes", "BYTES", "evt.rawres", UINT, .unit = SYSREEL_BYTES),
	COL_CALLS,
	COL_OF_PROCESS,
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "topprocs_file",
	.category = "I/O",
	.summary = "Processes by the bytes they read from and wrote to files",
	.help = "Bytes that were read and written, from the page cache as well as from the disk.\n"
		"\n"
		"  sysreel read web.reel -c topprocs_file 'fd.name startswith /var'",
	/* A copy inside the kernel counts for the file that it is read from. */
	.filter = "fd.type=file and evt.rawres>0 and "
		  "(evt.is_io=true or evt.type in (copy_file_range, splice))",
	TOP("10"),
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_GROUP)
