/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a recording that goes on: their names, and which of them stay. */
#ifndef SR_ROTATION_H
#define SR_ROTATION_H

#include "formats/base/buf.h"
#include "formats/base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct sr_rotation_opts {
	const char *name; /* as given; strftime(3) conversions are filled in */
	/* A file ends when it has these; 0: no limit. */
	uint64_t bytes;	  /* or some more: blocks are not split for it */
	uint64_t seconds; /* of the events' times */
	uint64_t events;
	uint32_t files;	   /* so many are kept; 0: all */
	uint64_t max_disk; /* bytes of all files together, the one being written included; 0: any */
	const char *const *inputs; /* files that are read meanwhile: they are not replaced */
	size_t ninputs;
};

/** sr_rotation_wanted() - is anything limited, so that there will be several files? */
bool sr_rotation_wanted(const struct sr_rotation_opts *o);

/** sr_rotation_strftime() - append @pattern with its conversions filled in, in local time.
 *  Return: 0; -EINVAL it is empty or longer than a path may be; -ENOMEM. */
int sr_rotation_strftime(struct sr_buf *out, const char *pattern, time_t when);

/**
 * sr_rotation_name() - append the name of file @number (from 0), begun at @when.
 *
 * As in sysdig: with a limit of seconds and no conversion in the name, the number; with a limit of
 * bytes, the number with as many digits as @files has; with a limit of events, the number instead.
 * With @files numbers begin again at 0 after so many.
 * Return: as sr_rotation_strftime().
 */
int sr_rotation_name(struct sr_buf *out, const struct sr_rotation_opts *o, uint64_t number,
		     time_t when);

/** sr_rotation_create() - make a new, empty capture file, in place of one of that name; what is
 *  no capture is not replaced. Return: a file descriptor; negative errno with words. */
int sr_rotation_create(const char *path, struct sr_err *err);

struct sr_rotation;

/** sr_rotation_new() - @o is copied, but not what it points to. Nothing is written yet.
 *  Return: 0; -EINVAL with words: the limits contradict one another; -ENOMEM. */
int sr_rotation_new(struct sr_rotation **out, const struct sr_rotation_opts *o, struct sr_err *err);

/** sr_rotation_limits() - as they are in force: a limit of disk space alone brings one of bytes. */
const struct sr_rotation_opts *sr_rotation_limits(const struct sr_rotation *r);

/**
 * sr_rotation_next() - begin the next file; the one before has @bytes and is the caller's to close.
 * @wall_ns: since 1970, of its first event.
 *
 * Files beyond the number that is kept are removed, those of this recording only.
 * Return: a file descriptor; negative errno with words.
 */
int sr_rotation_next(struct sr_rotation *r, uint64_t wall_ns, uint64_t bytes, struct sr_err *err);

/** sr_rotation_trim() - the current file has @bytes now: remove the oldest ones until all fit. */
void sr_rotation_trim(struct sr_rotation *r, uint64_t bytes);

/** sr_rotation_path() - of the current file; NULL before the first. */
const char *sr_rotation_path(const struct sr_rotation *r);

/** struct sr_rotation_stats - what was done so far. */
struct sr_rotation_stats {
	uint64_t begun;	  /* files */
	uint64_t removed; /* of them */
	uint64_t bytes;	  /* of all of them but the current one, removed ones too */
};
void sr_rotation_stats(const struct sr_rotation *r, struct sr_rotation_stats *out);

void sr_rotation_free(struct sr_rotation *r);

#endif /* SR_ROTATION_H */
