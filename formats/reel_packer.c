/* SPDX-License-Identifier: Apache-2.0 */
/* From a block to a frame: zone map, columns, checksum. */
#include "formats/reel_packer.h"
#include "formats/block_pack.h"
#include "formats/zone.h"

#include <errno.h>
#include <stdlib.h>

struct sr_packer {
	struct sr_pack *columns;
};

int sr_packer_new(struct sr_packer **out, int level)
{
	struct sr_packer *p = calloc(1, sizeof(*p));

	if (!p || sr_pack_new(&p->columns, level) < 0) {
		free(p);
		return -ENOMEM;
	}
	*out = p;
	return 0;
}

void sr_packer_set_level(struct sr_packer *p, int level)
{
	sr_pack_set_level(p->columns, level);
}

void sr_packer_set_hurry(struct sr_packer *p, const atomic_bool *hurry)
{
	sr_pack_set_hurry(p->columns, hurry);
}

void sr_packer_free(struct sr_packer *p)
{
	if (!p)
		return;
	sr_pack_free(p->columns);
	free(p);
}

void sr_packed_shrink(struct sr_packed *p)
{
	uint8_t *fit = p->bytes.len ? realloc(p->bytes.p, p->bytes.len) : NULL;

	if (!fit)
		return; /* it is as good as it was */
	p->bytes.p = fit;
	p->bytes.cap = p->bytes.len;
}

void sr_packed_free(struct sr_packed *p)
{
	sr_buf_free(&p->bytes);
}

/* Length and checksum of the payload; zeros up to where the next frame begins. */
static void seal(struct sr_packed *out)
{
	static const uint8_t zeros[8];
	size_t before = SR_FRAME_HEADER + out->f.ext_len;

	out->f.payload_len = out->bytes.len - before;
	out->f.payload_sum = sr_frame_sum(out->bytes.p + before, out->f.payload_len);
	sr_buf_put(&out->bytes, zeros, sr_frame_size(&out->f) - out->bytes.len);
}

static bool has_critical(const struct sr_block *b)
{
	for (uint32_t i = 0; i < b->ntypes; i++)
		if (b->types[i].nrows && b->types[i].type && sr_type_critical(b->types[i].type))
			return true;
	return false;
}
/* Room for the header, and the zone map. */
static int begin(struct sr_packed *out, struct sr_block *b, struct sr_err *err)
{
	int rc = sr_block_load(b, SR_NEED_ALL & ~SR_NEED_HEAP, err);

	if (rc == 0)
		rc = sr_pack_check(b, err);
	if (rc < 0)
		return rc;
	out->f = (struct sr_frame){ .type = SR_FRAME_BLOCK,
				    .events = b->n,
				    .min_time = b->min_time,
				    .max_time = b->max_time };
	out->critical = has_critical(b);
	out->bytes.len = 0;
	out->bytes.oom = false;
	if (sr_buf_reserve(&out->bytes, SR_FRAME_HEADER)) {
		out->bytes.len = SR_FRAME_HEADER;
		sr_zone_put(b, &out->bytes);
		out->f.ext_len = (uint32_t)(out->bytes.len - SR_FRAME_HEADER);
	}
	return 0;
}

static int end(struct sr_packed *out, struct sr_err *err)
{
	if (!out->bytes.oom)
		seal(out);
	if (!out->bytes.oom)
		return 0;
	return sr_err_set(err, -ENOMEM, SR_NO_POS, "no memory to write a block");
}

int sr_packer_block(struct sr_packer *p, struct sr_block *b, struct sr_packed *out,
		    struct sr_err *err)
{
	int rc = begin(out, b, err);

	if (rc == 0)
		rc = sr_pack_block(p->columns, b, &out->bytes, &out->f.raw_len, err);
	return rc < 0 ? rc : end(out, err);
}

int sr_packed_again(struct sr_packed *out, struct sr_block *b, const struct sr_frame *f,
		    const uint8_t *payload, struct sr_err *err)
{
	int rc = begin(out, b, err);

	if (rc < 0)
		return rc;
	out->f.raw_len = f->raw_len;
	sr_buf_put(&out->bytes, payload, (size_t)f->payload_len);
	rc = end(out, err);
	return rc < 0 ? rc : 1;
}
