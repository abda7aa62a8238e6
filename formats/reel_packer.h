/* SPDX-License-Identifier: Apache-2.0 */
/* A block as the bytes that stand in a capture file. Packing is the expensive half of writing and
 * needs nothing but the block, so it may happen on any thread, and what it makes may be kept:
 * sr_reel_append() (formats/reel.h) puts it into a file later, or into several. */
#ifndef SR_REEL_PACKER_H
#define SR_REEL_PACKER_H

#include "formats/base/buf.h"
#include "formats/block.h"
#include "formats/reel_frame.h"

#include <stdatomic.h>

/** struct sr_packed - zero-initialise it, release with sr_packed_free(). */
struct sr_packed {
	struct sr_frame f;   /* all but the file's id and the number of the first event */
	struct sr_buf bytes; /* the whole frame; only its header is made when it is appended */
	bool critical;	     /* some of its events are: sr_type_critical() */
};

/** sr_packed_again() - pack @b, whose payload is known: @f and @payload are of the frame that it
 *  came in. Return 1; -ENOMEM; -EBADMSG if @b does not load. */
int sr_packed_again(struct sr_packed *out, struct sr_block *b, const struct sr_frame *f,
		    const uint8_t *payload, struct sr_err *err);

/** sr_packed_shrink() - give back the memory beyond its bytes, if it is to be kept. */
void sr_packed_shrink(struct sr_packed *p);

void sr_packed_free(struct sr_packed *p);

/* One for each thread. What it learns of blocks decides how those after them are written: the bytes
 * may be others than those of another packer, the events are the same. */
struct sr_packer;

/** sr_packer_new() - @level: of zstd, 0: the default (1). Return 0 or -ENOMEM. */
int sr_packer_new(struct sr_packer **out, int level);

/** sr_packer_set_level() - of the blocks to come. */
void sr_packer_set_level(struct sr_packer *p, int level);

/** sr_packer_set_hurry() - while @hurry is true, the default level is enough, also for a block that
 *  has been begun. Borrowed. */
void sr_packer_set_hurry(struct sr_packer *p, const atomic_bool *hurry);

/**
 * sr_packer_block() - pack @b with its zone map. Loads all of it.
 * @out: what it holds is replaced; its memory is used again.
 * Return: 0; -ENOMEM; -EFBIG above the limits of a block; -EBADMSG if @b does not load.
 */
int sr_packer_block(struct sr_packer *p, struct sr_block *b, struct sr_packed *out,
		    struct sr_err *err);

void sr_packer_free(struct sr_packer *p);

#endif /* SR_REEL_PACKER_H */
