/* SPDX-License-Identifier: Apache-2.0 */
/* Makes what was written durable, in a thread of its own: who writes never waits for the disk. */
#ifndef SR_SYNCER_H
#define SR_SYNCER_H

#include "formats/base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct sr_syncer;

struct sr_syncer_stats {
	uint64_t syncs;	   /* done */
	uint64_t worst_ns; /* the longest that one was asked for before it was done */
};

/** sr_syncer_new() - start the thread, in which all signals are blocked. @sync: what makes a file
 *  durable, 0 or negative errno; NULL: fdatasync(2). Return 0; -ENOMEM; -EAGAIN. */
int sr_syncer_new(struct sr_syncer **out, int (*sync)(int fd));

/**
 * sr_syncer_ask() - make durable what was written to @fd before this call.
 *
 * @fd may be closed afterwards. What is no file is left alone.
 * Return: 0; what an earlier sync failed with (the disk does not keep what it was given), with
 * words; negative errno of dup(2).
 */
int sr_syncer_ask(struct sr_syncer *s, int fd, struct sr_err *err);

/** sr_syncer_wait() - until all that was asked for is durable. Return as sr_syncer_ask(). */
int sr_syncer_wait(struct sr_syncer *s, struct sr_err *err);

void sr_syncer_stats(struct sr_syncer *s, struct sr_syncer_stats *out);

/** sr_syncer_free() - end the thread, after what it was asked for. */
void sr_syncer_free(struct sr_syncer *s);

#endif /* SR_SYNCER_H */
