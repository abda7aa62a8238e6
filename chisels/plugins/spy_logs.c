/* SPDX-License-Identifier: Apache-2.0 */
/* What did programs write into their logs? */
#include "chisels/plugins/around.h"

static const struct plain_col cols[] = {
	COL_TIME,
	COL("tid", "TID", "thread.tid", INT, .width = 7),
	COL_CONTAINER,
	COL_PROCESS,
	COL("file", "FILE", "fd.name", STR, .width = 24),
	COL("line", "TEXT", "evt.buffer", STR),
};

static const struct sysreel_arg args[] = {
	AROUND_ARGS(0),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "spy_logs",
	.category = "Logs",
	.summary = "What was written to log files",
	.help = "A file is a log if its name has .log, _log or /var/log in it. Data is shown as far as it was recorded:\n"
		"`record -s 2000` keeps more of it.\n"
		"\n"
		"  sysreel read web.reel -c spy_logs container.name=web\n"
		"\n"
		"What the threads did around each line, into a capture file of its own:\n"
		"\n"
		"  sysreel read web.reel -c spy_logs dump_file_name=errors.reel evt.buffer contains error",
	.filter =
		"(fd.name contains .log or fd.name contains _log or fd.name contains /var/log) and "
		"not (fd.name contains .gz or fd.name contains .tgz) and evt.is_io_write=true and "
		"evt.failed=false",
	ARGS(args),
	AROUND_CALLS,
};

AROUND_EXPORT(chisel, cols)
