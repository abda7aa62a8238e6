/* SPDX-License-Identifier: Apache-2.0 */
/* When in the second do calls come? Timers show as columns. */
#include "chisels/plugins/kit.h"

#define NAME	 "subsecoffset"
#define CATEGORY "Performance"
#define SUMMARY	 "When in each second calls return"
#define HELP                                                                                            \
	"A row for each second, from its beginning to its end: what comes at the same moment of each\n" \
	"second stands out as a column."
#define FILTER	 "syscall.type exists"
#define FIELD	 "evt.rawtime"
#define TYPE	 SYSREEL_TIME
#define INTERVAL 1000000000ull
#define WIDTH	 60
#define AXIS	 "|0         .167      .333      .5        .667      .833      |"

static size_t place(uint64_t value, uint64_t time)
{
	(void)value;
	return (size_t)(time % INTERVAL * WIDTH / INTERVAL);
}

#include "chisels/plugins/heat.h"
