/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the reader of capture files: reel_reader.c goes from frame to frame, reel_open.c finds out
 * what a file tells before that. */
#ifndef SR_REEL_READER_IMPL_H
#define SR_REEL_READER_IMPL_H

#include "formats/block_pack.h"
#include "formats/reel.h"
#include "formats/reel_frame.h"
#include "formats/reel_input.h"

#include <zstd.h>

struct sr_block_impl {
	struct sr_reel_slot *slot;
};

/* Where a block lies while it is looked at. */
struct sr_reel_slot {
	struct sr_reel *r;
	struct sr_block_impl impl;
	struct sr_unpack *unpack;
	struct sr_zone zone;
	uint64_t offset, size; /* of the block's frame */
	struct sr_frame f;
	const uint8_t *payload;
	/* Not of the reader's own one: other threads may use it, and what is found out about the
	 * block is told when its turn comes. */
	bool apart;
	uint8_t *buf; /* that the frame lies in */
	size_t cap;
	struct sr_reel_damage bad; /* len 0: none */
	struct sr_reel_work work;  /* up to this block */
};

struct sr_reel {
	struct sr_input in;
	struct sr_meta *meta;
	uint64_t next;	     /* offset of the next frame */
	uint64_t counted;    /* events in the blocks up to there */
	uint64_t counted_to; /* so many bytes of the file have been looked at for that */
	uint64_t file_id;    /* 0 and !have_id: the header is damaged, taken from the first frame */
	bool have_id;
	bool complete;
	bool follow;  /* where it ends, more may come */
	bool scanned; /* statistics and documents are known */
	struct sr_reel_stats stats;
	struct sr_reel_damage *damages; /* in the order of their offsets */
	size_t ndamages, damages_cap;
	size_t told; /* of them: the others are of blocks whose turn has not come */
	struct sr_reel_slot own;
	ZSTD_DCtx *zstd;
	struct sr_buf text;  /* a decompressed payload */
	struct sr_zone zone; /* of the current frame */
	bool (*skip)(const struct sr_zone *z, void *arg);
	void *skip_arg;
	struct sr_reel_work work, told_work;
};

/* A frame as it was met. */
struct sr_met {
	struct sr_frame f;
	uint64_t offset;
	const uint8_t *payload; /* borrowed until the input moves; NULL after a scan of headers */
};

static inline void sr_reader_slot_init(struct sr_reel_slot *s, struct sr_reel *r)
{
	s->r = r;
	s->impl.slot = s;
}

/** sr_reader_damage() - note a damaged place. Return 0 or -ENOMEM. */
int sr_reader_damage(struct sr_reel *r, uint64_t offset, uint64_t len, const char *what);

/** sr_reader_failed() - the words for what reading at @offset failed with. Return @rc. */
int sr_reader_failed(struct sr_reel *r, uint64_t offset, int rc, struct sr_err *err);

/** sr_reader_header_at() - a header at @off: 1 and *f; 0 none that fits; negative errno. *avail:
 *  bytes that are there, at most the length of a header. */
int sr_reader_header_at(struct sr_reel *r, uint64_t off, struct sr_frame *f, size_t *avail);

/** sr_reader_find_header() - the first offset from @off on where a header fits: 1 and *found; 0
 * none up to the end, which *found then is; negative errno. */
int sr_reader_find_header(struct sr_reel *r, uint64_t off, uint64_t *found);

/** sr_reader_text() - the payload of a frame that is no block, decompressed if it needs to be.
 *  Return 0; -EBADMSG; -ENOMEM. */
int sr_reader_text(struct sr_reel *r, const struct sr_met *m, const uint8_t **p, size_t *len);

/** sr_reader_count() - a block, in the statistics. */
void sr_reader_count(struct sr_reel *r, const struct sr_frame *f);

/** sr_reader_add_document() - take in a document. Return 0; -EBADMSG; -ENOMEM. */
int sr_reader_add_document(struct sr_reel *r, const struct sr_met *m);

#endif /* SR_REEL_READER_IMPL_H */
