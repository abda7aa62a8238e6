/* SPDX-License-Identifier: Apache-2.0 */
/* Prints selected events: one line each, or one JSON object each. */
#ifndef SR_SINK_PRINT_H
#define SR_SINK_PRINT_H

#include "capture/sink.h"

struct sr_sink_print_opts {
	int fd;			  /* where to; stays the caller's */
	struct sr_format *format; /* -p; borrowed; NULL: the default line or object */
	bool json;
	bool color;
	bool no_gaps;	  /* do not print a line where events were lost */
	uint32_t max_str; /* bytes shown of strings and payloads in the default line; 0: no limit */
	uint64_t limit;	  /* enough after so many events; 0: no limit */
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

/** sr_latency_text() - append a duration as people read it: "850ns", "12.3us", "3.4ms", "2.1s". */
void sr_latency_text(uint64_t ns, struct sr_buf *out);

/** sr_clock_text() - append HH:MM:SS.nnnnnnnnn of a time since the epoch, @tz_s east of UTC. */
void sr_clock_text(uint64_t wall_ns, int32_t tz_s, struct sr_buf *out);

/** sr_iso_text() - append 2026-11-21T10:50:00.123456789Z. */
void sr_iso_text(uint64_t wall_ns, struct sr_buf *out);

#endif /* SR_SINK_PRINT_H */
