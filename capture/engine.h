/* SPDX-License-Identifier: Apache-2.0 */
/* The loop: source -> enrich -> filter -> sinks. */
#ifndef SR_ENGINE_H
#define SR_ENGINE_H

#include "capture/sink.h"
#include "capture/source.h"

/** sr_enrich() - point each cgroup of the block at its container in @meta (made in state
 *  "unknown" if only the path tells of it). Loads SR_NEED_DICTS. Return 0 or negative errno. */
int sr_enrich(struct sr_block *b, struct sr_meta *meta, struct sr_err *err);

struct sr_engine {
	struct sr_source *source;
	struct sr_filter *filter; /* NULL: everything */
	struct sr_sink **sinks;
	size_t nsinks;
	struct sr_view_opts *view_opts;
	/* Of a source that has several blocks at a time, so many threads look at them, and do for
	 * the sinks what can be done apart. What comes out is the same. 0 and 1: the caller's own.
	 */
	unsigned int threads;
	uint64_t max_events; /* stop after so many selected events; 0: no limit */
	/* Only events that ended within these times, ns CLOCK_MONOTONIC, both included; 0: no
	 * limit. */
	uint64_t from, to;
	/* Called between blocks with the totals so far; may be NULL. True: stop the run. */
	bool (*progress)(struct sr_engine *e, void *arg);
	void *progress_arg;
	/* Rows of what existed before recording (SR_F_STATE) are never selected. When they are,
	 * they do not count towards max_events. */
	bool hide_state;
	/* A block could not be decoded and is left out; may be NULL. Gets progress_arg. */
	void (*damage)(struct sr_engine *e, const struct sr_err *err, void *arg);
	uint64_t seen, matched; /* events, filled by the run */
	uint64_t bad_blocks;	/* left out, filled by the run */
	struct sr_sink *broken; /* the sink that failed, filled by the run; NULL: none did */
};

/** sr_engine_run() - until the source ends, a sink has enough, or progress() says stop.
 *  Sinks are finished, not closed. A block with "lost" rows goes to the sinks even when nothing of
 *  it is selected, so that they can tell of the gap. Return 0; negative errno with words in err. */
int sr_engine_run(struct sr_engine *e, struct sr_err *err);

#endif /* SR_ENGINE_H */
