/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the driver's user half share. */
#ifndef SR_DRIVER_IMPL_H
#define SR_DRIVER_IMPL_H

#include "driver-bpf/driver.h"
#include "driver-bpf/log_reader.h"
#include "driver-bpf/shared.h"

#include <bpf/libbpf.h>

#include "driver-bpf/sysreel.skel.h"

struct sr_driver {
	struct sysreel_bpf *skel;
	unsigned int ncpu;
	uint32_t chunks;
	uint32_t v1_hierarchy;	    /* that is looked at beside v2; 0 none */
	struct sr_log_reader *logs; /* ncpu + 1 */
	uint64_t *lost;		    /* per log, records that were told to be */
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
