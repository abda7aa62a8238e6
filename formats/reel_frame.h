/* SPDX-License-Identifier: Apache-2.0 */
/* The frame around everything in a capture file, and the file's own header:
 * docs/reel-format.md, "Frames". */
#ifndef SR_REEL_FRAME_H
#define SR_REEL_FRAME_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SR_REEL_MAJOR 2
#define SR_REEL_MINOR 0

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
	      "numbers of the file are copied as they are: the file is little-endian");

#define SR_FILE_HEADER	32u
#define SR_FRAME_HEADER 88u

/* Frame types; append only. */
enum sr_frame_type {
	SR_FRAME_BLOCK = 1,
	SR_FRAME_META = 2,
	SR_FRAME_INDEX = 3,
	SR_FRAME_END = 4,
	/* 0x10 to 0x1f: pcapng data, not used yet */
};

#define SR_FRAME_SKIPPABLE 1u /* readers that do not know the type pass over it */
#define SR_FRAME_ZSTD	   2u /* the payload as a whole is a zstd frame of raw_len bytes */

struct sr_file_header {
	uint16_t major, minor;
	uint32_t len; /* where the first frame begins */
	uint64_t id;  /* random; in every frame's header */
};

struct sr_frame {
	uint16_t type; /* enum sr_frame_type */
	uint16_t flags;
	uint32_t events;
	uint64_t file_id;
	uint32_t ext_len; /* bytes between header and payload: formats/zone.h */
	uint64_t payload_len;
	uint64_t raw_len; /* of the payload, decompressed */
	uint64_t first_num;
	uint64_t min_time, max_time;
	uint64_t payload_sum; /* XXH3, 64 bits, of the payload */
};

/** sr_frame_size() - bytes from the frame's first to the next frame's first. */
static inline uint64_t sr_frame_size(const struct sr_frame *f)
{
	return (SR_FRAME_HEADER + (uint64_t)f->ext_len + f->payload_len + 7) & ~7ull;
}

void sr_file_header_put(uint8_t out[SR_FILE_HEADER], const struct sr_file_header *h);

/** sr_file_header_get() - Return 0; -EBADMSG no such header; -EPROTONOSUPPORT newer major. */
int sr_file_header_get(const uint8_t in[SR_FILE_HEADER], struct sr_file_header *h);

/** sr_file_magic_fits() - whether the first bytes, @len or eight, are those of a capture file. */
bool sr_file_magic_fits(const uint8_t *in, size_t len);

void sr_frame_put(uint8_t out[SR_FRAME_HEADER], const struct sr_frame *f);

/** sr_frame_get() - false if this is no frame header, or one that no reader would follow
 *  (lengths above their limits). */
bool sr_frame_get(const uint8_t in[SR_FRAME_HEADER], struct sr_frame *f);

/** sr_frame_find() - offset of the first place in @p where a header may begin (the sync word,
 *  or as much of it as is left at the end); @len if there is none. */
size_t sr_frame_find(const uint8_t *p, size_t len);

uint64_t sr_frame_sum(const void *p, size_t len);

#endif /* SR_REEL_FRAME_H */
