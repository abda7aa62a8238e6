/* SPDX-License-Identifier: Apache-2.0 */
/* When in the second do calls come? Timers show as columns. */
#include "chisels/plugins/kit.h"

#define NAME	 "subsecoffset"
#define CATEGORY "Performance"
#define SUMMARY	 "When in each second calls return"
#define HELP                                                                                              \
	"From left to right a second, or what refresh_time says: what comes at the same moment of each\n" \
	"stands out as a column."
#define FILTER	"syscall.type exists"
#define FIELD	"evt.rawtime"
#define TYPE	SYSREEL_TIME
#define REFRESH "1000"
#define WIDTH	60
#define AXIS	"|0         .167      .333      .5        .667      .833      |"

static size_t place(uint64_t value, uint64_t time, uint64_t refresh)
{
	(void)value;
	return (size_t)(time % refresh * WIDTH / refresh);
}

#include "chisels/plugins/heat.h"
