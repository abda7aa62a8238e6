/* SPDX-License-Identifier: Apache-2.0 */
/* What did programs tell the system's log? */
#include "chisels/plugins/around.h"

static const struct plain_col cols[] = {
	COL_TIME,
	COL_PID,
	COL("tid", "TID", "thread.tid", INT, .width = 7),
	COL_CONTAINER,
	COL_PROCESS,
	COL("facility", "FACILITY", "syslog.facility.str", STR, .width = 9),
	COL("severity", "SEVERITY", "syslog.severity.str", STR, .width = 8),
	COL("text", "TEXT", "syslog.message", STR),
};

static const struct sysreel_arg args[] = {
	AROUND_ARGS(0),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "spy_syslog",
	.category = "Logs",
	.summary = "What was sent to the system's log",
	.help = "What is written to /dev/log. Its text is shown as far as it was recorded: `record -s 1024`.\n"
		"\n"
		"  sysreel read web.reel -c spy_syslog syslog.severity<=3\n"
		"\n"
		"What the threads did around each message, into a capture file of its own:\n"
		"\n"
		"  sysreel read web.reel -c spy_syslog dump_file_name=errors.reel syslog.severity<=3",
	.filter = "fd.name contains /dev/log and evt.is_io_write=true and evt.failed=false",
	ARGS(args),
	AROUND_CALLS,
};

AROUND_EXPORT(chisel, cols)
