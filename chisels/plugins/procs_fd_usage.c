/* SPDX-License-Identifier: Apache-2.0 */
/* Who uses how many file descriptors? */
#include "chisels/plugins/plain.h"

static const struct plain_col cols[] = {
	COL("fds", "FDS", "fd.num", INT, .op = SYSREEL_DISTINCT),
	COL("highest", "HIGHEST", "fd.num", INT, .op = SYSREEL_MAX),
	COL("names", "FILES", "fd.name", STR, .op = SYSREEL_DISTINCT),
	COL_OF_PROCESS,
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "procs_fd_usage",
	.category = "Processes",
	.summary = "Processes by the file descriptors they had or used",
	.help = "FDS is how many different numbers were open when recording began, or were used since, and HIGHEST\n"
		"the largest of them: a process that only ever climbs leaks. FILES is how many different files and\n"
		"sockets they were.\n"
		"\n"
		"  sysreel read web.reel --state -c procs_fd_usage",
	.filter = "fd.num >= 0",
	TOP("10"),
};

PLAIN_EXPORT(chisel, cols, SYSREEL_TABLE_GROUP)
