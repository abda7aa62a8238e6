/* SPDX-License-Identifier: Apache-2.0 */
/* The clock that events are stamped with. */
#ifndef SR_CLOCK_H
#define SR_CLOCK_H

#include <stdint.h>
#include <time.h>

/** sr_now_ns() - CLOCK_MONOTONIC, ns. */
static inline uint64_t sr_now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts); /* cannot fail with this clock */
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

#endif /* SR_CLOCK_H */
