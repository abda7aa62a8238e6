/* SPDX-License-Identifier: Apache-2.0 */
/* Appends frames to a capture file. Each frame is one write(2), and a write that does
 * not succeed is taken back, so that the file always ends with a whole frame. */
#include "formats/block_limits.h"
#include "formats/reel.h"
#include "formats/reel_packer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

#define META_LEVEL   3
#define END_PAYLOAD  24u
#define COMPRESS_MIN 256u /* a shorter document stays readable with strings(1) */

struct sr_reel_writer {
	int fd;
	bool regular;  /* can be cut back */
	uint64_t base; /* offset of the capture in the file */
	uint64_t bytes, blocks, events;
	uint64_t id;
	struct sr_packer *packer; /* NULL until a block comes unpacked */
	int level;
	struct sr_packed packed; /* a block, or what else is written */
	ZSTD_CCtx *zstd;	 /* for what is no block */
	struct sr_buf index;	 /* entries so far */
	struct sr_err failed;	 /* how it failed, with @rc */
	int rc;			 /* not 0: nothing more is written */
};

static const char *reason(int rc)
{
	switch (rc) {
	case -ENOSPC:
		return "the disk is full";
	case -EDQUOT:
		return "the disk quota is used up";
	case -EFBIG:
		return "the file would be larger than is allowed (ulimit -f)";
	case -EPIPE:
		return "the other end of the pipe is closed";
	default:
		return NULL;
	}
}

/* The first failure is remembered: a capture with a hole is worse than one that ends. */
static int fail(struct sr_reel_writer *w, int rc, struct sr_err *err)
{
	const char *why = reason(rc);

	w->rc = rc;
	if (why)
		(void)sr_err_set(&w->failed, rc, w->bytes,
				 "%s: what was written up to here stays readable", why);
	else
		(void)sr_err_set(&w->failed, rc, w->bytes,
				 "cannot write: %s; what was written up to here stays readable",
				 strerror(-rc));
	return sr_err_set(err, rc, w->failed.pos, "%s", w->failed.msg);
}

static int failed_before(const struct sr_reel_writer *w, struct sr_err *err)
{
	return sr_err_set(err, w->rc, w->failed.pos, "%s", w->failed.msg);
}

static int wait_writable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, -1) < 0 && errno != EINTR ? -errno : 0;
}

static int write_all(int fd, const uint8_t *p, size_t len)
{
	ssize_t n;
	int rc;

	while (len) {
		n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			rc = wait_writable(fd);
			if (rc < 0)
				return rc;
			continue;
		}
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int append(struct sr_reel_writer *w, const uint8_t *p, size_t len, struct sr_err *err)
{
	off_t end = (off_t)(w->base + w->bytes);
	int rc = write_all(w->fd, p, len);

	if (rc == 0) {
		w->bytes += len;
		return 0;
	}
	/* If this fails too, a reader sees a cut frame and says so. */
	if (w->regular && ftruncate(w->fd, end) == 0)
		(void)lseek(w->fd, end, SEEK_SET);
	return fail(w, rc, err);
}

/* ---- index ---- */

static void note_frame(struct sr_reel_writer *w, const struct sr_frame *f, uint64_t offset)
{
	const uint64_t longs[5] = { offset, f->payload_len, f->raw_len, f->min_time, f->max_time };
	const uint16_t shorts[2] = { f->type, f->flags };

	sr_buf_put(&w->index, longs, sizeof(longs));
	sr_buf_put(&w->index, &f->events, sizeof(f->events));
	sr_buf_put(&w->index, shorts, sizeof(shorts));
}

/* ---- frames ---- */

/* Write a frame that lacks nothing but its header. */
static int put_frame(struct sr_reel_writer *w, struct sr_frame *f, uint8_t *p, struct sr_err *err)
{
	uint64_t offset = w->bytes;
	int rc;

	f->file_id = w->id;
	sr_frame_put(p, f);
	rc = append(w, p, sr_frame_size(f), err);
	if (rc == 0)
		note_frame(w, f, offset);
	return rc;
}

/* Append @len bytes to @out, compressed if that makes them fewer. */
static void put_payload(struct sr_reel_writer *w, const void *p, size_t len, struct sr_frame *f,
			struct sr_buf *out)
{
	size_t bound = ZSTD_compressBound(len), n;

	f->raw_len = len;
	if (len >= COMPRESS_MIN && sr_buf_reserve(out, bound)) {
		n = ZSTD_compressCCtx(w->zstd, out->p + out->len, bound, p, len, META_LEVEL);
		if (!ZSTD_isError(n) && n < len) {
			out->len += n;
			f->flags |= SR_FRAME_ZSTD;
			return;
		}
	}
	sr_buf_put(out, p, len);
}

/* A frame that is no block. */
static int write_frame(struct sr_reel_writer *w, struct sr_frame *f, const void *p, size_t len,
		       struct sr_err *err)
{
	static const uint8_t room[SR_FRAME_HEADER];
	struct sr_buf *out = &w->packed.bytes;

	out->len = 0;
	out->oom = false;
	sr_buf_put(out, room, sizeof(room));
	put_payload(w, p, len, f, out);
	if (!out->oom) {
		f->payload_len = out->len - SR_FRAME_HEADER;
		f->payload_sum = sr_frame_sum(out->p + SR_FRAME_HEADER, f->payload_len);
		sr_buf_put(out, room, sr_frame_size(f) - out->len);
	}
	if (out->oom)
		return sr_err_set(err, -ENOMEM, SR_NO_POS, "no memory to write a frame");
	return put_frame(w, f, out->p, err);
}

int sr_reel_append(struct sr_reel_writer *w, struct sr_packed *packed, struct sr_err *err)
{
	struct sr_frame *f = &packed->f;
	int rc;

	if (w->rc)
		return failed_before(w, err);
	f->first_num = w->events + 1;
	rc = put_frame(w, f, packed->bytes.p, err);
	if (rc < 0)
		return rc;
	w->blocks++;
	w->events += f->events;
	return 0;
}

int sr_reel_write_block(struct sr_reel_writer *w, struct sr_block *b, struct sr_err *err)
{
	int rc;

	if (w->rc)
		return failed_before(w, err);
	if (!w->packer && sr_packer_new(&w->packer, w->level) < 0)
		return sr_err_set(err, -ENOMEM, SR_NO_POS, "no memory to write a block");
	rc = sr_packer_block(w->packer, b, &w->packed, err);
	return rc < 0 ? rc : sr_reel_append(w, &w->packed, err);
}

int sr_reel_write_meta(struct sr_reel_writer *w, const char *json, size_t len, struct sr_err *err)
{
	struct sr_frame f = { .type = SR_FRAME_META };

	if (w->rc)
		return failed_before(w, err);
	if (len > SR_META_MAX)
		return sr_err_set(err, -EFBIG, SR_NO_POS, "a document of %zu bytes is too long",
				  len);
	return write_frame(w, &f, json, len, err);
}

uint64_t sr_reel_writer_bytes(const struct sr_reel_writer *w)
{
	return w->bytes;
}

uint64_t sr_reel_writer_blocks(const struct sr_reel_writer *w)
{
	return w->blocks;
}

uint64_t sr_reel_writer_events(const struct sr_reel_writer *w)
{
	return w->events;
}

/* ---- open and close ---- */

static void writer_free(struct sr_reel_writer *w)
{
	if (!w)
		return;
	sr_packer_free(w->packer);
	sr_packed_free(&w->packed);
	ZSTD_freeCCtx(w->zstd);
	sr_buf_free(&w->index);
	free(w);
}

static uint64_t random_id(const struct sr_reel_writer *w)
{
	struct timespec now = { 0 };
	uint64_t id;

	if (getrandom(&id, sizeof(id), GRND_NONBLOCK) == (ssize_t)sizeof(id))
		return id;
	(void)clock_gettime(CLOCK_REALTIME, &now); /* early at boot: unlikely to be met twice */
	return (uint64_t)now.tv_sec * 1000000007u ^ (uint64_t)now.tv_nsec << 20 ^ (uintptr_t)w;
}

static void look_at_fd(struct sr_reel_writer *w)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct stat st;
	off_t at;

	if (fstat(w->fd, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	/* A sign of life for who follows the file; it goes with the process, however that ends.
	 * Where there are no locks, nobody can tell. */
	(void)fcntl(w->fd, F_OFD_SETLK, &lock);
	at = lseek(w->fd, 0, SEEK_CUR);
	w->regular = at >= 0;
	w->base = at >= 0 ? (uint64_t)at : 0;
}

int sr_reel_writer_open(struct sr_reel_writer **out, int fd, const struct sr_reel_writer_opts *opts,
			struct sr_err *err)
{
	struct sr_file_header h = { SR_REEL_MAJOR, SR_REEL_MINOR, SR_FILE_HEADER, 0 };
	struct sr_reel_writer *w = calloc(1, sizeof(*w));
	uint8_t bytes[SR_FILE_HEADER];
	int rc = -ENOMEM;

	if (!w)
		return sr_err_set(err, -ENOMEM, SR_NO_POS, "no memory to write a capture");
	w->fd = fd;
	w->zstd = ZSTD_createCCtx();
	w->level = opts ? opts->level : 0;
	if (!w->zstd) {
		(void)sr_err_set(err, rc, SR_NO_POS, "no memory to write a capture");
		goto fail;
	}
	look_at_fd(w);
	h.id = w->id = random_id(w);
	sr_file_header_put(bytes, &h);
	rc = append(w, bytes, sizeof(bytes), err);
	if (rc < 0)
		goto fail;
	*out = w;
	return 0;

fail:
	writer_free(w);
	return rc;
}

static int write_index(struct sr_reel_writer *w, uint64_t *offset, struct sr_err *err)
{
	struct sr_frame f = { .type = SR_FRAME_INDEX, .flags = SR_FRAME_SKIPPABLE };
	struct sr_buf entries = w->index;
	int rc;

	if (w->index.oom || !entries.len || entries.len > SR_FRAME_MAX_PAYLOAD)
		return 0;		 /* the file is whole without */
	w->index = (struct sr_buf){ 0 }; /* it does not list itself */
	*offset = w->bytes;
	rc = write_frame(w, &f, entries.p, entries.len, err);
	sr_buf_free(&entries);
	return rc;
}

static int write_end(struct sr_reel_writer *w, uint64_t index, struct sr_err *err)
{
	struct sr_frame f = { .type = SR_FRAME_END };
	const uint64_t payload[END_PAYLOAD / 8] = { index, w->blocks, w->events };

	return write_frame(w, &f, payload, sizeof(payload), err);
}

int sr_reel_writer_close(struct sr_reel_writer *w, struct sr_err *err)
{
	uint64_t index = 0;
	int rc;

	if (!w)
		return 0;
	rc = w->rc ? failed_before(w, err) : write_index(w, &index, err);
	if (rc == 0)
		rc = write_end(w, index, err);
	writer_free(w);
	return rc;
}
