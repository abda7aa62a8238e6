/* SPDX-License-Identifier: Apache-2.0 */
/* Retroactive recording: holds the last events packed in memory, and writes them, and what
 * follows, to a file when a trigger fires. */
#ifndef SR_SINK_RETRO_H
#define SR_SINK_RETRO_H

#include "capture/retro_file.h"
#include "capture/retro_ring.h"
#include "capture/sink.h"
#include "capture/source.h"
#include "capture/trigger.h"

/* What is worth telling a person. */
enum sr_retro_news {
	SR_RETRO_BEGUN,
	SR_RETRO_EXTENDED,
	SR_RETRO_ENDED,
	SR_RETRO_REFUSED, /* the limit bites; told once until a trigger is allowed again */
	SR_RETRO_FAILED,  /* a file could not be made or written; recording goes on */
};

struct sr_sink_retro_opts {
	struct sr_ring_limits limits;
	bool per_container; /* a ring, and files, for each container and one for the rest */
	int level;	    /* zstd; 0: default */
	uint64_t after_ns;
	uint64_t late_ns;	      /* how long after it happened an event may come in */
	uint32_t max_per_hour;	      /* files; 0: no limit */
	struct sr_triggers *triggers; /* borrowed, as all that follows */
	struct sr_source *source;     /* its meta; told to tell what exists when a file begins */
	const char *const *reason;    /* why the run ended; may be NULL */
	/* Make a new file; its path into @path. Return: a file descriptor; negative errno with
	 * words. */
	int (*create)(void *arg, const struct sr_retro_cause *c, struct sr_buf *path,
		      struct sr_err *err);
	void (*tell)(void *arg, enum sr_retro_news what, const char *words); /* may be NULL */
	void *arg;
	uint64_t (*now)(void *arg); /* CLOCK_MONOTONIC ns; NULL: that clock. For tests */
};

/** sr_sink_retro_new() - close through ops->close; finish() ends the files that are written.
 *  Return: 0; -ENOMEM. */
int sr_sink_retro_new(struct sr_sink **out, const struct sr_sink_retro_opts *opts,
		      struct sr_err *err);

/**
 * sr_sink_retro_trigger() - a trigger that is no event. With per_container and no container in @c,
 * all rings are written, each to its own file; if there
 * are too many, those in which something happened last.
 * @paths: receives the names of the files, each followed by NUL.
 * Return: number of files; -EBUSY the limit; -ENOENT nothing is held of this container; negative
 * errno of create() or writing, with words.
 */
int sr_sink_retro_trigger(struct sr_sink *s, const struct sr_retro_cause *c, struct sr_buf *paths,
			  struct sr_err *err);

struct sr_sink_retro_stats {
	struct sr_ring_totals held;
	uint64_t held_ns;			/* from the oldest event that is held until now */
	uint64_t fired;				/* triggers, refused ones too */
	uint64_t refused, begun, ended, failed; /* files but the first */
	size_t writing;
};
void sr_sink_retro_stats(const struct sr_sink *s, struct sr_sink_retro_stats *out);

#endif /* SR_SINK_RETRO_H */
