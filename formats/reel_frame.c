/* SPDX-License-Identifier: Apache-2.0 */
/* Headers of files and frames as bytes. */
#include "formats/reel_frame.h"
#include "formats/base/cur.h"
#include "formats/block_limits.h"

#include <errno.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Text would not survive: a byte above 127, a carriage return, a NUL. */
static const uint8_t file_magic[8] = { 0xf5, 'r', 'e', 'e', 'l', '\r', '\n', 0 };
static const uint8_t frame_magic[8] = { 0xf5, 0xb7, 'f', 'r', 0x9a, 'a', 'm', 0xe1 };

/* Room for extensions: what a zone map of a block may need, many times over. */
#define MAX_EXT (16u << 20)

struct put {
	uint8_t *p;
};

static void put_u16(struct put *o, uint16_t v)
{
	memcpy(o->p, &v, sizeof(v));
	o->p += sizeof(v);
}

static void put_u32(struct put *o, uint32_t v)
{
	memcpy(o->p, &v, sizeof(v));
	o->p += sizeof(v);
}

static void put_u64(struct put *o, uint64_t v)
{
	memcpy(o->p, &v, sizeof(v));
	o->p += sizeof(v);
}

uint64_t sr_frame_sum(const void *p, size_t len)
{
	return XXH3_64bits(p, len);
}

void sr_file_header_put(uint8_t out[SR_FILE_HEADER], const struct sr_file_header *h)
{
	struct put o = { out + sizeof(file_magic) };

	memcpy(out, file_magic, sizeof(file_magic));
	put_u16(&o, h->major);
	put_u16(&o, h->minor);
	put_u32(&o, h->len);
	put_u64(&o, h->id);
	put_u64(&o, sr_frame_sum(out, SR_FILE_HEADER - 8));
}

bool sr_file_magic_fits(const uint8_t *in, size_t len)
{
	return !memcmp(in, file_magic, len < sizeof(file_magic) ? len : sizeof(file_magic));
}

int sr_file_header_get(const uint8_t in[SR_FILE_HEADER], struct sr_file_header *h)
{
	struct sr_cur c = sr_cur(in + sizeof(file_magic), SR_FILE_HEADER - sizeof(file_magic));

	if (!sr_file_magic_fits(in, SR_FILE_HEADER))
		return -EBADMSG;
	h->major = sr_cur_u16(&c);
	h->minor = sr_cur_u16(&c);
	h->len = sr_cur_u32(&c);
	h->id = sr_cur_u64(&c);
	if (sr_cur_u64(&c) != sr_frame_sum(in, SR_FILE_HEADER - 8))
		return -EBADMSG;
	if (h->major > SR_REEL_MAJOR)
		return -EPROTONOSUPPORT;
	return h->len < SR_FILE_HEADER || h->len > MAX_EXT ? -EBADMSG : 0;
}

void sr_frame_put(uint8_t out[SR_FRAME_HEADER], const struct sr_frame *f)
{
	struct put o = { out + sizeof(frame_magic) };

	memcpy(out, frame_magic, sizeof(frame_magic));
	put_u16(&o, f->type);
	put_u16(&o, f->flags);
	put_u32(&o, f->events);
	put_u64(&o, f->file_id);
	put_u64(&o, f->payload_len);
	put_u64(&o, f->raw_len);
	put_u64(&o, f->first_num);
	put_u64(&o, f->min_time);
	put_u64(&o, f->max_time);
	put_u32(&o, f->ext_len);
	put_u32(&o, 0);
	put_u64(&o, f->payload_sum);
	put_u64(&o, sr_frame_sum(out, SR_FRAME_HEADER - 8));
}

bool sr_frame_get(const uint8_t in[SR_FRAME_HEADER], struct sr_frame *f)
{
	struct sr_cur c = sr_cur(in + sizeof(frame_magic), SR_FRAME_HEADER - sizeof(frame_magic));

	if (memcmp(in, frame_magic, sizeof(frame_magic)) != 0)
		return false;
	f->type = sr_cur_u16(&c);
	f->flags = sr_cur_u16(&c);
	f->events = sr_cur_u32(&c);
	f->file_id = sr_cur_u64(&c);
	f->payload_len = sr_cur_u64(&c);
	f->raw_len = sr_cur_u64(&c);
	f->first_num = sr_cur_u64(&c);
	f->min_time = sr_cur_u64(&c);
	f->max_time = sr_cur_u64(&c);
	f->ext_len = sr_cur_u32(&c);
	(void)sr_cur_u32(&c); /* kept for later */
	f->payload_sum = sr_cur_u64(&c);
	return sr_cur_u64(&c) == sr_frame_sum(in, SR_FRAME_HEADER - 8) &&
	       f->payload_len <= SR_FRAME_MAX_PAYLOAD && f->raw_len <= SR_FRAME_MAX_RAW &&
	       f->ext_len <= MAX_EXT && f->events <= SR_BLOCK_MAX_EVENTS;
}

size_t sr_frame_find(const uint8_t *p, size_t len)
{
	const uint8_t *at = p, *end = p + len;

	while ((at = memchr(at, frame_magic[0], (size_t)(end - at))) != NULL) {
		size_t n = (size_t)(end - at) < 8 ? (size_t)(end - at) : 8;

		if (!memcmp(at, frame_magic, n))
			return (size_t)(at - p);
		at++;
	}
	return len;
}
