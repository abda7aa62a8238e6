/* SPDX-License-Identifier: Apache-2.0 */
/* Writes selected events to a capture file. */
#ifndef SR_SINK_REEL_H
#define SR_SINK_REEL_H

#include "capture/rotation.h"
#include "capture/sink.h"
#include "capture/source.h"

/* When what was written is made durable (fdatasync), by a thread of its own. */
enum sr_sync {
	SR_SYNC_NEVER,	  /* when the system likes to */
	SR_SYNC_CRITICAL, /* blocks with critical events (sr_type_critical()), and the end of a file
			   */
	SR_SYNC_BLOCK,	  /* each block */
	SR_SYNC_EVERY,	  /* every sync_ns, and the end of a file */
};

struct sr_sink_reel_opts {
	int fd; /* new and empty; stays the caller's. Not used with @rotation */
	/* Limits and names of several files, which the sink opens; NULL: one file. Files of a copy
	 * are named by the time of their first event; that of a recording begins at once. */
	const struct sr_rotation_opts *rotation;
	enum sr_sync sync;
	uint64_t sync_ns;
	int (*sync_call)(int fd); /* for tests; NULL: fdatasync(2) */
	int level;		  /* zstd; 0: default */
	unsigned int threads;	  /* that pack blocks; 0: the caller's own does it */
	/* A copy of a capture: only the documents that matter for the events written are taken from
	 * the view's meta. Else (recording) all documents that come by are written. */
	bool copy;
	const char *cut; /* of a copy: what was chosen of the original; borrowed; NULL: all of it */
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
	uint64_t lost;		 /* sum of the "lost" rows written */
	uint64_t files, removed; /* begun, and gone again; with rotation only */
	uint64_t syncs, sync_ns; /* done, and the longest that one took to be done */
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
 * A limit of events or seconds ends a file exactly where it is reached; one of bytes, behind the
 * block that exceeds it. Every file has the documents that its events need.
 *
 * Rows that are critical are collected for 100 ms only, so that they are durable soon
 * (SR_SYNC_CRITICAL): 300 ms after they came at the latest, if the packing threads and the disk
 * keep up. A sync that fails ends the run: what the disk does not keep must not look recorded.
 *
 * Return: 0; -ENOMEM; negative errno of write(2) with words.
 */
int sr_sink_reel_new(struct sr_sink **out, const struct sr_sink_reel_opts *opts,
		     struct sr_err *err);

void sr_sink_reel_stats(const struct sr_sink *s, struct sr_sink_reel_stats *out);

#endif /* SR_SINK_REEL_H */
