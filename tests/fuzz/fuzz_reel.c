/* SPDX-License-Identifier: Apache-2.0 */
/* Capture files. An input is read as a file; again with its checksums put right, so that what
 * is changed reaches the parts behind them; and, if it does not begin as a file does, as the
 * payload of a block behind four bytes with the number of its events. */
#include "formats/block_limits.h"
#include "formats/block_pack.h"
#include "formats/builder.h"
#include "formats/fds.h"
#include "formats/reel.h"
#include "formats/reel_frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint64_t sink; /* what is read is used */

static uint64_t touch_bytes(const void *p, size_t len)
{
	const uint8_t *b = p;
	uint64_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += b[i];
	return sum;
}

static uint64_t touch_arg(const struct sr_block *b, const struct sr_block_type *t, uint32_t a,
			  uint32_t k)
{
	const struct sr_col *c = &t->cols[a];
	uint64_t sum = c->val[k];

	switch (t->cls[a]) {
	case SR_CLASS_STR:
		return sum + touch_bytes(b->strs[c->ref[k]].p, b->strs[c->ref[k]].len);
	case SR_CLASS_FILE:
		return sum + touch_bytes(&b->files[c->ref[k]], sizeof(b->files[0]));
	case SR_CLASS_BYTES:
		return sum + (c->len[k] ? touch_bytes(b->heap + c->ref[k], c->len[k]) : 0);
	default:
		return sum;
	}
}

/* Follow every index as consumers do, without looking whether it is right. Long strings that
 * many events share would take long: only some thousands of events are followed. */
static void touch(const struct sr_block *b)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < b->n && i < 4096; i++) {
		const struct sr_block_type *t = sr_block_type_of(b, i);
		const struct sr_thread *th = &b->threads[b->thread[i]];

		sum += b->time[i] + b->dur[i] + (uint64_t)b->ret[i] + b->cpu[i] + b->flags[i];
		sum += b->strs[th->comm].len + b->cgroups[th->cgroup].id;
		sum += b->strs[b->cgroups[th->cgroup1].path].len;
		for (uint32_t k = 0; k < th->nanc; k++)
			sum += b->strs[th->anc[k].comm].len;
		sum += b->strs[b->files[b->file[i]].path].len;
		for (uint32_t a = 0; a < t->ncols; a++)
			sum += touch_arg(b, t, a, b->nth[i]);
	}
	sink += sum;
}

/* Tables of descriptors: some rows, there and back. */
static void follow(struct sr_fds *t, struct sr_block *b)
{
	if (sr_fds_begin(t, b, NULL) == 0)
		for (uint32_t i = 0; i < b->n && i < 4096; i = i * 2 + 1)
			sink += sr_fds_complete(sr_fds_at(t, i)) +
				sr_fds_complete(sr_fds_at(t, i / 2));
	sink += (uint64_t)sr_fds_end(t);
}

/* The parts one by one in an order that @order chooses, then all; then a copy of some rows. */
static void use_block(struct sr_block *b, uint32_t order, struct sr_builder *to, struct sr_fds *fds)
{
	uint64_t *sel;

	for (int i = 0; i < 4; i++, order >>= 4)
		(void)sr_block_load(b, 1u << order % 11, NULL);
	if (sr_block_load(b, SR_NEED_ALL, NULL) < 0)
		return;
	touch(b);
	sink += (uint64_t)sr_block_is_tight(b, NULL);
	follow(fds, b);
	sel = calloc(SR_SEL_WORDS(b->n) + 1, sizeof(*sel));
	if (!sel)
		return;
	for (uint32_t i = 0; i < b->n && i < 4096; i += 3)
		sel[i / 64] |= 1ull << i % 64;
	sr_builder_reset(to);
	if (sr_builder_copy(to, b, sel, NULL) == 0)
		touch(sr_builder_block(to));
	free(sel);
}

static void read_file(const uint8_t *data, size_t size, struct sr_builder *to)
{
	struct sr_meta *meta = NULL;
	struct sr_fds *fds = NULL;
	struct sr_reel *r = NULL;
	struct sr_block *b;
	char path[32];
	size_t n;
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || sr_meta_new(&meta) < 0 ||
	    sr_fds_new(&fds, true) < 0)
		goto out;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (sr_reel_open(&r, path, meta, NULL) == 0) {
		while (sr_reel_next(r, &b, NULL) == 1)
			use_block(b, (uint32_t)size, to, fds);
		(void)sr_reel_damages(r, &n);
		sink += n + sr_reel_complete(r) + sr_reel_stats(r)->events;
	}
	sr_reel_free(r);
out:
	sr_fds_free(fds);
	sr_meta_free(meta);
	if (fd >= 0)
		close(fd);
}

static uint64_t get_u64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static void put_sum(uint8_t *p, const uint8_t *of, size_t len)
{
	uint64_t sum = sr_frame_sum(of, len);

	memcpy(p, &sum, sizeof(sum));
}

/* Put the checksums of a file's frames right, as far as their lengths lead. */
static void put_right(uint8_t *p, size_t size)
{
	size_t at = SR_FILE_HEADER;

	if (size < SR_FILE_HEADER)
		return;
	put_sum(p + 24, p, 24);
	while (size - at >= SR_FRAME_HEADER) {
		uint64_t len = get_u64(p + at + 24), ext = get_u64(p + at + 64) & UINT32_MAX;
		struct sr_frame f = { .payload_len = len, .ext_len = (uint32_t)ext };

		memcpy(p + at + 16, p + 16, 8);
		if (len <= size && ext <= size && SR_FRAME_HEADER + len + ext <= size - at)
			put_sum(p + at + 72, p + at + SR_FRAME_HEADER + ext, (size_t)len);
		put_sum(p + at + 80, p + at, 80);
		if (len > size || ext > size || sr_frame_size(&f) > size - at)
			return;
		at += (size_t)sr_frame_size(&f);
	}
}

static void read_payload(const uint8_t *data, size_t size, struct sr_builder *to)
{
	struct sr_unpack *u = NULL;
	struct sr_fds *fds = NULL;
	uint32_t n;

	if (size < 4 || sr_unpack_new(&u) < 0)
		return;
	if (sr_fds_new(&fds, true) < 0)
		goto out;
	memcpy(&n, data, sizeof(n));
	if (sr_unpack_begin(u, data + 4, size - 4, n % (SR_BLOCK_MAX_EVENTS + 2), NULL) == 0)
		use_block(sr_unpack_block(u), n, to, fds);
out:
	sr_fds_free(fds);
	sr_unpack_free(u);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sr_builder *to = NULL;
	uint8_t *copy;

	if (sr_builder_new(&to) < 0)
		return 0;
	if (size >= 8 && sr_file_magic_fits(data, 8)) {
		read_file(data, size, to);
		copy = malloc(size);
		if (copy) {
			memcpy(copy, data, size);
			put_right(copy, size);
			read_file(copy, size, to);
		}
		free(copy);
	} else {
		read_payload(data, size, to);
	}
	sr_builder_free(to);
	return 0;
}
