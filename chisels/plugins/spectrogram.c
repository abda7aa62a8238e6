/* SPDX-License-Identifier: Apache-2.0 */
/* How long do calls take, from moment to moment? */
#include "chisels/plugins/kit.h"

#define NAME	 "spectrogram"
#define CATEGORY "Performance"
#define SUMMARY	 "How long calls take, from moment to moment"
#define HELP	 "From left to right durations from 1 ns to 100 s."
#define FILTER	 "evt.latency exists"
#define FIELD	 "evt.latency"
#define TYPE	 SYSREEL_DURATION
#define REFRESH	 "500"
#define WIDTH	 66 /* six for each power of ten */
#define AXIS	 "|1ns   10ns  100ns 1us   10us  100us 1ms   10ms  100ms 1s    10s   |"

/* Powers of ten to the sixths: 1, 1.47, 2.15, 3.16, 4.64, 6.81. */
static size_t place(uint64_t ns, uint64_t time, uint64_t refresh)
{
	static const uint64_t sixths[] = { 147, 215, 316, 464, 681 };
	uint64_t power = 1;
	size_t at = 0;

	(void)time;
	(void)refresh;
	if (ns > 100000000000ull)
		return WIDTH;
	while (ns >= power * 10) {
		power *= 10;
		at += 6;
	}
	for (size_t i = 0; i < KIT_N(sixths) && ns * 100 >= power * sixths[i]; i++)
		at++;
	return at;
}

#include "chisels/plugins/heat.h"
