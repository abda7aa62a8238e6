/* SPDX-License-Identifier: Apache-2.0 */
/* Made-up events from a seed: the same seed gives the same events. For tests and benches. */
#ifndef SR_SOURCE_SYNTH_H
#define SR_SOURCE_SYNTH_H

#include "capture/source.h"

struct sr_source_synth_opts {
	uint64_t seed;
	uint32_t blocks;       /* until the end */
	uint32_t block_events; /* of each; 0: 1000 */
	uint32_t lost_every;   /* every so many events a "lost" row of 7 records; 0 none */
	bool state;	       /* the first row of each block is a "process" row with SR_F_STATE */
	bool pauses;	       /* -EAGAIN before each block */
	uint32_t fail_at;      /* this block, from 1, fails with @fail_rc; 0 never */
	int fail_rc;
	bool damaged; /* the block is handed out instead, but loading it fails with fail_rc */
};

/** The containers that the threads are in: two of Docker's, one by cgroup v2 and one by v1. The
 *  source hands out one document, which names the first one "web". */
#define SR_SYNTH_ID_V2 "1111111111111111111111111111111111111111111111111111111111111111"
#define SR_SYNTH_ID_V1 "2222222222222222222222222222222222222222222222222222222222222222"

/** sr_source_synth_open() - close through ops->close. Return 0 or -ENOMEM. */
int sr_source_synth_open(struct sr_source **out, const struct sr_source_synth_opts *opts,
			 struct sr_meta *meta);

#endif /* SR_SOURCE_SYNTH_H */
