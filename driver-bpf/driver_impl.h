/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the driver's user half share. */
#ifndef SR_DRIVER_IMPL_H
#define SR_DRIVER_IMPL_H

#include "driver-bpf/driver.h"
#include "driver-bpf/load_error.h"
#include "driver-bpf/log_reader.h"
#include "driver-bpf/shared.h"

#include <bpf/libbpf.h>

#include "driver-bpf/sysreel.skel.h"

#define SR_DRIVER_PARTS 4

/* Some of the programs, in an object of their own. */
struct sr_driver_part {
	struct sysreel_bpf *skel;
	unsigned int cost; /* of loading them, about */
	int rc;
	char note[SR_LOAD_NOTE_LEN]; /* why that failed */
};

struct sr_driver {
	struct sr_driver_part parts[SR_DRIVER_PARTS];
	unsigned int nparts;
	struct sysreel_bpf *skel; /* of the first; maps and variables are the same in all */
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
	bool raw;	  /* raw tracepoints: no iterators */
	bool types_given; /* by a file, the kernel's are not needed */
};

/** sr_driver_configure() - set what is read-only to the programs, and the sizes of the maps, in
 *  d->skel, which is not loaded yet. Return 0 or a negative errno. */
int sr_driver_configure(struct sr_driver *d, const struct sr_driver_opts *o);

/** sr_driver_load() - open, configure and load; nothing is attached. Return 0, or a negative errno
 *  and @err says what is missing. */
int sr_driver_load(struct sr_driver *d, const struct sr_driver_opts *o, struct sr_err *err);
void sr_driver_unload(struct sr_driver *d);

/** sr_driver_attach() - from now on programs run, but for the iterators. Returns as
 *  sr_driver_load(). */
int sr_driver_attach(struct sr_driver *d, struct sr_err *err);
void sr_driver_detach(struct sr_driver *d);

/** sr_driver_listing_end() - no iterator runs any more. */
void sr_driver_listing_end(struct sr_driver *d);

/** sr_driver_program() - the loaded program called @name, NULL if there is none. */
const struct bpf_program *sr_driver_program(const struct sr_driver *d, const char *name);

#endif /* SR_DRIVER_IMPL_H */
