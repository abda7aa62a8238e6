/* SPDX-License-Identifier: Apache-2.0 */
/* Prints selected events: one line each, or one JSON object each. */
#ifndef SR_SINK_PRINT_H
#define SR_SINK_PRINT_H

#include "capture/lines.h"
#include "capture/sink.h"

struct sr_sink_print_opts {
	struct sr_lines_opts lines;
	int fd;		/* where to; stays the caller's */
	bool in_order;	/* a line hangs on the one before it: -t D */
	uint64_t limit; /* enough after so many events; 0: no limit */
};

struct sr_sink_print_stats {
	uint64_t events; /* printed */
	uint64_t lost;	 /* records that the gaps met so far speak of */
};

/**
 * sr_sink_print_new() - close through ops->close.
 *
 * The default line is number, time (view_opts.time_mode), CPU, container, process (thread),
 * latency and the call. With view_opts.payload set the event's buffer follows it. A "lost" row
 * becomes a gap line wherever it stands, selected or not; in JSON and with a format it is an
 * event like any other. A reader who went away (EPIPE) ends the run in order.
 *
 * Return: 0; -ENOMEM; -EINVAL with words (a field that this build lacks).
 */
int sr_sink_print_new(struct sr_sink **out, const struct sr_sink_print_opts *opts,
		      struct sr_err *err);

void sr_sink_print_stats(const struct sr_sink *s, struct sr_sink_print_stats *out);

#endif /* SR_SINK_PRINT_H */
