/* SPDX-License-Identifier: Apache-2.0 */
/* Writes selected events to a capture file. */
#ifndef SR_SINK_REEL_H
#define SR_SINK_REEL_H

#include "capture/sink.h"
#include "capture/source.h"

struct sr_sink_reel_opts {
	int fd;		      /* new and empty; stays the caller's */
	int level;	      /* zstd; 0: default */
	unsigned int threads; /* that pack blocks; 0: the caller's own does it */
	/* A copy of a capture: only the documents that matter for the events written are taken from
	 * the view's meta. Else (recording) all documents that come by are written. */
	bool copy;
	struct sr_source *source;  /* asked for its losses when the run ends; NULL: none known */
	const char *const *reason; /* why the run ended, for the end document; may be NULL */
	/* A copy whose original is known to lack something says so; may be NULL. */
	const char *(*incomplete)(void *arg);
	void *incomplete_arg;
};

struct sr_sink_reel_stats {
	uint64_t events; /* that happened */
	uint64_t rows;	 /* with what existed before, and gaps */
	uint64_t blocks, bytes;
	uint64_t lost; /* sum of the "lost" rows written */
};

/**
 * sr_sink_reel_new() - start the file. Close through ops->close.
 *
 * Large blocks that are selected as a whole are written as they are; other rows are collected
 * until there are 16384 of them or the first is a second old. "lost" rows are always written:
 * a filter must not hide that something is missing. With threads of its own, blocks are in the file
 * when a later call (idle() at the latest) finds them packed. finish() writes the end document and
 * mark.
 *
 * Return: 0; -ENOMEM; negative errno of write(2) with words.
 */
int sr_sink_reel_new(struct sr_sink **out, const struct sr_sink_reel_opts *opts,
		     struct sr_err *err);

void sr_sink_reel_stats(const struct sr_sink *s, struct sr_sink_reel_stats *out);

#endif /* SR_SINK_REEL_H */
