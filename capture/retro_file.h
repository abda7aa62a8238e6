/* SPDX-License-Identifier: Apache-2.0 */
/* One file that a retroactive recorder writes: the documents, what was held in memory, and what
 * follows. */
#ifndef SR_RETRO_FILE_H
#define SR_RETRO_FILE_H

#include "capture/retro_ring.h"
#include "formats/meta.h"

/** struct sr_retro_cause - why a file is written, or goes on. */
struct sr_retro_cause {
	const char *name;   /* of the trigger: "oom", "signal", "command" */
	const char *filter; /* that fired; NULL: none did */
	const char *reason; /* for people: the event, or what they said */
	uint64_t time;	    /* CLOCK_MONOTONIC ns */
	uint64_t matches;   /* events of the block that fired */
	/* It is about this one alone; NULL: about everything, or what is in no container. */
	const struct sr_container *container;
};

struct sr_retro_file;

/**
 * sr_retro_file_begin() - write the documents that are known: host, users, containers.
 * @fd: new and empty; stays the caller's.
 * @key: only the document of the container with this id; NULL: all.
 * Return: 0; -ENOMEM; negative errno of write(2) with words.
 */
int sr_retro_file_begin(struct sr_retro_file **out, int fd, const struct sr_meta *meta,
			const char *key, struct sr_err *err);

/** struct sr_retro_when - what the document of a trigger says beside its cause. */
struct sr_retro_when {
	uint64_t history_ns; /* before the trigger */
	uint64_t after_ns;
	uint64_t refused; /* triggers since the last file */
	bool extends;	  /* not the first of its file */
};

/** sr_retro_file_trigger() - append the document of kind "trigger". */
int sr_retro_file_trigger(struct sr_retro_file *f, const struct sr_retro_cause *c,
			  const struct sr_retro_when *when, struct sr_err *err);

/** sr_retro_file_block() - append a packed block. */
int sr_retro_file_block(struct sr_retro_file *f, struct sr_ring_block *b, struct sr_err *err);

/** sr_retro_file_meta() - a document came up while the file is written: append it if the file is
 *  about it. */
int sr_retro_file_meta(struct sr_retro_file *f, const char *json, size_t len, struct sr_err *err);

/** sr_retro_file_end() - append the end document and mark. */
int sr_retro_file_end(struct sr_retro_file *f, const char *reason, struct sr_err *err);

struct sr_retro_file_stats {
	uint64_t events, bytes;
};
void sr_retro_file_stats(const struct sr_retro_file *f, struct sr_retro_file_stats *out);

void sr_retro_file_free(struct sr_retro_file *f);

#endif /* SR_RETRO_FILE_H */
