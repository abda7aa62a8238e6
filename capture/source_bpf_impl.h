/* SPDX-License-Identifier: Apache-2.0 */
/* Private to source_bpf.c and live_merge.c: the live source, and what its logs have. */
#ifndef SR_SOURCE_BPF_IMPL_H
#define SR_SOURCE_BPF_IMPL_H

#include "capture/bpf_defs.h"
#include "capture/bpf_events.h"
#include "capture/follow.h"
#include "capture/freezer.h"
#include "capture/hostdoc.h"
#include "capture/insider.h"
#include "capture/losses.h"
#include "capture/source.h"
#include "container/cgroup.h"
#include "container/resolver.h"
#include "driver-bpf/driver.h"
#include "filters/push.h"

#define FOREVER (UINT64_MAX - 1)

/* One log as the merge sees it. */
struct log {
	struct sr_log_record rec; /* an event */
	uint64_t time;		  /* of it; UINT64_MAX: none for now */
};

struct source_bpf {
	struct sr_source src;
	struct sr_driver *driver;
	struct sr_bpf_defs *defs;
	struct sr_bpf_events *events;
	struct sr_builder *builder;
	struct sr_resolver *resolver;
	char gone[sizeof(((struct sr_cgroup_id *)0)->id)]; /* the container that ended last */
	struct sr_insider *insider;
	struct sr_push *push;	  /* NULL: no questions about cgroups */
	struct sr_follow *follow; /* NULL: all that the driver records is wanted */
	unsigned int nlogs;
	struct log *logs;
	struct sr_losses *losses;
	struct sr_freezer *freezer; /* NULL: what does not fit is lost */
	uint64_t until;		    /* events before this time are complete */
	uint64_t before;	    /* the one before */
	bool settled;		    /* at the last look, nobody was writing */
	bool more;		    /* the last look has not been used up */
	pid_t child; /* that waits to begin, see struct sr_source_bpf_opts; 0: not any more */
	int child_fd;
	bool gap; /* records are missing where the merge has come to */
	unsigned int looks_at_end;
	bool listing;	  /* what exists is not all told yet: the log was full */
	uint64_t unnoted; /* losses without memory to note them */
	bool handed;	  /* the block was handed out: reset before adding */
	uint32_t block_events, flush_ms;
	uint64_t block_began; /* time of the first event of the block, 0 none */
	int wait_ms;
	_Atomic bool stop;
	enum {
		RUNNING,
		DRAINING,
		RESOLVING,
		ENDED
	} state;
	struct sr_idset users, groups;
	struct sr_buf doc;
	bool full_env;
	bool host_told;
	struct sr_source_stats stats;
};

/** sr_live_look() - see what the logs and the ledgers have by now: all before s->until. Return 0 or
 *  a negative errno. */
int sr_live_look(struct source_bpf *s);

/** sr_live_merge() - move events from the logs, and losses, to the block until it is full or the
 *  look is used up (s->more false). Return 0 or a negative errno. */
int sr_live_merge(struct source_bpf *s);

/** sr_live_add_loss() - the next loss that is kept, as a row. Return 0 or a negative errno. */
int sr_live_add_loss(struct source_bpf *s);

bool sr_live_block_is_full(const struct source_bpf *s);

#endif /* SR_SOURCE_BPF_IMPL_H */
