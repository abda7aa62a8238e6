/* SPDX-License-Identifier: Apache-2.0 */
/* What was read from and written to files? One row for each call, with the data as far as
 * it was recorded (record -s says how much of it). */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL_TIME, COL_PID, COL_PROCESS, COL_MOVED, COL("file", "FILE", "fd.name", STR, .width = 24),
	COL_DATA,
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "spy_file",
	.category = "I/O",
	.summary = "Reads and writes of files, with their data",
	.help = "Terminals are left out. What one file was read for:\n"
		"\n"
		"  sysreel read web.reel -c spy_file fd.name=/etc/passwd",
	.filter = "fd.type=file and evt.is_io=true and evt.failed=false and evt.buflen>0",
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_STREAM)
