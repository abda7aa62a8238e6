/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks on their way into a file: packed by threads of their own, given back in their order. Who
 * drains the driver's logs never waits for a compressor, unless all of them are behind. */
#ifndef SR_PACKQ_H
#define SR_PACKQ_H

#include "formats/builder.h"
#include "formats/reel_packer.h"

struct sr_packq;

/** struct sr_packq_item - a block that was packed, and what its owner noted of it. */
struct sr_packq_item {
	struct sr_packed packed;
	uint64_t events, lost;
};

/**
 * sr_packq_new() - start @threads threads, at least one, that pack with @level of zstd.
 *
 * The level is a wish: while blocks have to wait they are packed with the default one, which is
 * many times as fast. All signals are blocked in the threads, and a negative nice value is not
 * passed on to them.
 *
 * Return: 0; -ENOMEM; -EAGAIN, with words, if there can be no more threads.
 */
int sr_packq_new(struct sr_packq **out, int level, unsigned int threads, struct sr_err *err);

/** sr_packq_full() - no block can be put before one is taken: there are some for every thread, or
 *  64 MiB of them. */
bool sr_packq_full(const struct sr_packq *q);

/** sr_packq_put() - pack the block in @b, which gets an empty builder's content in exchange. The
 *  queue is not full. Return 0 or -ENOMEM. */
int sr_packq_put(struct sr_packq *q, struct sr_builder *b, uint64_t events, uint64_t lost);

/**
 * sr_packq_take() - the oldest block that was put, packed.
 * @wait: for it; else it is left if it is not ready.
 * @item: what it holds is replaced; its memory is used again.
 * Return: 1; 0 there is none; what packing failed with, with words.
 */
int sr_packq_take(struct sr_packq *q, bool wait, struct sr_packq_item *item, struct sr_err *err);

/** sr_packq_hurry() - from now on the default level is enough, also for what has been begun. */
void sr_packq_hurry(struct sr_packq *q);

/** sr_packq_free() - end the threads; blocks that were not taken are gone. */
void sr_packq_free(struct sr_packq *q);

#endif /* SR_PACKQ_H */
