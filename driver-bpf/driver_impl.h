/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the driver's user half share. */
#ifndef SR_DRIVER_IMPL_H
#define SR_DRIVER_IMPL_H

#include "driver-bpf/driver.h"
#include "driver-bpf/shared.h"

#include <bpf/libbpf.h>

#include "driver-bpf/sysreel.skel.h"

struct log_view {
	const uint8_t *base; /* of chunk 0 */
	struct sr_ctl *ctl;
	uint64_t chunk; /* number of the chunk that is read */
	uint32_t off;	/* bytes of it that were read */
	uint64_t head;	/* as of the last sync */
	uint64_t lost;	/* records that were told to be */
};

struct sr_driver {
	struct sysreel_bpf *skel;
	unsigned int ncpu;
	uint32_t chunks;
	uint32_t v1_hierarchy; /* that is looked at beside v2; 0 none */
	struct log_view *logs; /* ncpu + 1 */
	uint8_t *log_mem;
	size_t log_len;
	struct sr_ctl *ctl_mem;
	size_t ctl_len;
	struct sr_ledger *ledger_mem;
	size_t ledger_len;
	uint64_t (*told)[SR_LOST_CAUSES][SR_EC_COUNT]; /* of the ledgers' losses, per entry */
	struct ring_buffer *wakeups, *scarcity;
	struct sr_listing {
		struct bpf_link *link; /* of the iterator that runs; NULL: none does */
		int fd;
		unsigned int next; /* of those that a snapshot consists of */
	} listing;
	bool stopped;
	bool raw; /* raw tracepoints: no iterators */
};

#endif /* SR_DRIVER_IMPL_H */
