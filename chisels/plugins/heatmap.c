/* SPDX-License-Identifier: Apache-2.0 */
/* How are the values of any number spread, from second to second? */
#include "chisels/plugins/kit.h"

static const struct sysreel_arg args[] = {
	{ .name = "by",
	  .type = SYSREEL_STR,
	  .def = "evt.buflen",
	  .help = "a field that is a number or a duration" },
};

#define NAME	 "heatmap"
#define CATEGORY "Performance"
#define SUMMARY	 "How the values of any number are spread, from second to second"
#define HELP \
	"A row for each second; from left to right values from 0 on, each place twice the one before."
#define FILTER	 "evt.count exists"
#define FIELD	 "$by"
#define TYPE	 SYSREEL_UINT
#define INTERVAL 1000000000ull
#define WIDTH	 45
#define AXIS	 "|0          1K        1M        1G        1T  |"
#define ARGS	 args

/* 0, 1, 2-3, 4-7... */
static size_t place(uint64_t value, uint64_t time)
{
	(void)time;
	return value ? 64 - (size_t)__builtin_clzll(value) : 0;
}

#include "chisels/plugins/heat.h"
