/* SPDX-License-Identifier: Apache-2.0 */
/* Which containers read and wrote files most? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_SUM("bytes", "BYTES", "evt.rawres", UINT, .unit = SYSREEL_BYTES),
	COL_CALLS,
	COL("id", "ID", "container.id", STR),
	COL_MAYBE("container", "CONTAINER", "container.name", STR),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "topcontainers_file",
	.category = "I/O",
	.summary = "Containers by the bytes they read from and wrote to files",
	.help = "Bytes that were read and written, from the page cache as well as from the disk.\n"
		"\n"
		"  sysreel read all.reel -c topcontainers_file evt.is_io_write=true",
	/* A copy inside the kernel counts for the file that it is read from. */
	.filter = "fd.type=file and evt.rawres>0 and "
		  "(evt.is_io=true or evt.type in (copy_file_range, splice)) "
		  "and container.id!=host",
	TOP("10"),
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_GROUP)
