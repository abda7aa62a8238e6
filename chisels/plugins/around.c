/* SPDX-License-Identifier: Apache-2.0 */
/* What happened around certain events? A capture file of it. */
#include "chisels/plugins/around.h"

static const struct plain_col cols[] = {
	COL_TIME,      COL_PID,	    COL("tid", "TID", "thread.tid", INT, .width = 7),
	COL_CONTAINER, COL_PROCESS, COL("event", "EVENT", "evt.type", STR),
};

static const struct sysreel_arg args[] = {
	AROUND_ARGS(SYSREEL_ARG_REQUIRED),
};

static struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "around",
	.category = "Misc",
	.summary = "Save what threads did around the events that a filter selects",
	.help = "A line for each event that the filter selects; what its thread did in the time before and after\n"
		"is written to a capture file of its own, when all has been read.\n"
		"\n"
		"  sysreel read web.reel -c around failure.reel 500 evt.type=connect and evt.failed=true",
	ARGS(args),
	AROUND_CALLS,
};

AROUND_EXPORT(chisel, cols)
