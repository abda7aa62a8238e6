/* SPDX-License-Identifier: Apache-2.0 */
/* In which directories are the files that were read and written? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_BYTES,	  COL_IN,
	COL_OUT,	  COL_CALLS,
	COL_LATENCY,	  COL("files", "FILES", "fd.name", STR, .op = SYSREEL_DISTINCT),
	COL_OF_CONTAINER, COL("directory", "DIRECTORY", "fd.directory", STR),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "directories",
	.category = "I/O",
	.summary = "Directories by the bytes read from and written to their files",
	.help = "FILES is how many different ones were read or written. Those of one directory:\n"
		"\n"
		"  sysreel read web.reel -c directories evt.is_io_write=true\n"
		"  sysreel read web.reel -c topfiles_bytes fd.directory=/var/log",
	.filter = "fd.type=file and evt.is_io=true and evt.failed=false and evt.buflen>0",
	TOP("30"),
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_GROUP)
