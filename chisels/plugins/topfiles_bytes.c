/* SPDX-License-Identifier: Apache-2.0 */
/* Which files were read and written most? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_SUM("bytes", "BYTES", "evt.rawres", UINT, .unit = SYSREEL_BYTES),
	COL_CALLS,
	COL_OF_CONTAINER,
	COL("file", "FILE", "fd.name", STR),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "topfiles_bytes",
	.category = "I/O",
	.summary = "Files by the bytes read and written",
	.help = "Bytes that were read and written, from the page cache as well as from the disk.\n"
		"\n"
		"  sysreel read web.reel -c topfiles_bytes top=20 container.name=web",
	/* A copy inside the kernel counts for the file that it is read from. */
	.filter = "fd.type=file and evt.rawres>0 and "
		  "(evt.is_io=true or evt.type in (copy_file_range, splice))",
	TOP("10"),
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_GROUP)
