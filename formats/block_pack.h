/* SPDX-License-Identifier: Apache-2.0 */
/* A block as the payload of a BLOCK frame and back: docs/reel-format.md, "Blocks". */
#ifndef SR_BLOCK_PACK_H
#define SR_BLOCK_PACK_H

#include "formats/base/buf.h"
#include "formats/block.h"
#include "formats/block_cols.h"

#include <stdatomic.h>

struct sr_pack;
struct sr_unpack;

/** struct sr_pack_stats - where the bytes of the block packed last went, by stream. Streams that
 *  were compressed together share by their sizes before. */
struct sr_pack_stats {
	size_t raw[SR_STREAM_END];
	size_t packed[SR_STREAM_END];
};

/** sr_pack_new() - a packer with a zstd level. Return 0 or -ENOMEM. */
int sr_pack_new(struct sr_pack **out, int level);

/** sr_pack_set_level() - of the blocks to come. */
void sr_pack_set_level(struct sr_pack *p, int level);

/** sr_pack_set_hurry() - while @hurry is true, level 1 is enough, also for a block that has been
 *  begun. Borrowed; NULL: never. */
void sr_pack_set_hurry(struct sr_pack *p, const atomic_bool *hurry);

/** sr_pack_check() - Return 0; -EFBIG with words if a block is above the limits of a file. */
int sr_pack_check(const struct sr_block *b, struct sr_err *err);

/**
 * sr_pack_block() - append the payload of @b to @out. Loads all of @b.
 * @raw_len: receives the length before compression.
 * Return: 0; -ENOMEM; -EFBIG above the limits of a block; -EBADMSG if @b does not load.
 */
int sr_pack_block(struct sr_pack *p, struct sr_block *b, struct sr_buf *out, uint64_t *raw_len,
		  struct sr_err *err);

const struct sr_pack_stats *sr_pack_stats(const struct sr_pack *p);
void sr_pack_free(struct sr_pack *p);

int sr_unpack_new(struct sr_unpack **out);

/**
 * sr_unpack_begin() - take a payload; nothing is decompressed yet. The block of before is gone.
 * @payload: borrowed until the next begin.
 * @n: events, from the frame's header.
 * Return: 0; -EBADMSG; -ENOMEM.
 */
int sr_unpack_begin(struct sr_unpack *u, const uint8_t *payload, size_t len, uint32_t n,
		    struct sr_err *err);

/** sr_unpack_block() - the block; its load member is sr_unpack_load() and may be replaced.
 *  first_num, min_time and max_time are the caller's to set. */
struct sr_block *sr_unpack_block(struct sr_unpack *u);

/** sr_unpack_load() - decode the parts in @need. Return: 0; -EBADMSG; -ENOMEM. */
int sr_unpack_load(struct sr_unpack *u, uint32_t need, struct sr_err *err);

/** sr_unpack_is_plain() - whether the block has what our packer writes now, and nothing else. */
bool sr_unpack_is_plain(const struct sr_unpack *u);

/** sr_unpack_stored() - append to @out the same payload with no group compressed, for fuzzers
 *  and tests: what they change then reaches the columns. False if @payload is damaged. */
bool sr_unpack_stored(struct sr_unpack *u, const uint8_t *payload, size_t len, struct sr_buf *out);

void sr_unpack_free(struct sr_unpack *u);

#endif /* SR_BLOCK_PACK_H */
