/* SPDX-License-Identifier: Apache-2.0 */
/* Opens a capture file: what it is, and what its index (or the headers of its frames) tells before
 * it is read. */
#include "formats/base/cur.h"
#include "formats/block_limits.h"
#include "formats/reel_reader_impl.h"

#include <errno.h>
#include <stdlib.h>

#define INDEX_ENTRY 48u
#define END_PAYLOAD 24u

/* ---- what a file that can be seeked tells before it is read ---- */

/* The whole frame at @off: 1; 0 it does not fit; negative errno. */
static int frame_at(struct sr_reel *r, uint64_t off, struct sr_met *m)
{
	size_t avail, want;
	const uint8_t *p;
	ssize_t n;
	int rc = sr_reader_header_at(r, off, &m->f, &avail);

	if (rc <= 0)
		return rc;
	want = SR_FRAME_HEADER + m->f.ext_len + (size_t)m->f.payload_len;
	n = sr_input_peek(&r->in, off, want, &p);
	if (n < (ssize_t)want)
		return n < 0 ? (int)n : 0;
	m->offset = off;
	m->payload = p + SR_FRAME_HEADER + m->f.ext_len;
	return sr_frame_sum(m->payload, (size_t)m->f.payload_len) == m->f.payload_sum;
}

/* Header by header. Damage is not told yet: reading will meet it again. */
static int scan_headers(struct sr_reel *r, uint64_t off)
{
	uint64_t before = off;
	struct sr_met m = { 0 };
	size_t avail;
	int rc;

	for (;;) {
		rc = sr_reader_header_at(r, off, &m.f, &avail);
		if (rc == 0 && avail > 0 && off < r->in.size)
			rc = sr_reader_find_header(r, before, &off);
		if (rc > 0)
			rc = sr_reader_header_at(r, off, &m.f, &avail);
		if (rc <= 0)
			return rc;
		if (off + SR_FRAME_HEADER + m.f.ext_len + m.f.payload_len > r->in.size) {
			before = off + SR_FRAME_HEADER;
			off = r->in.size; /* cut, or the length is that of a frame with a hole */
			rc = sr_reader_find_header(r, before, &off);
			if (rc <= 0)
				return rc;
			continue;
		}
		if (m.f.type == SR_FRAME_BLOCK)
			sr_reader_count(r, &m.f);
		if (m.f.type == SR_FRAME_META && frame_at(r, off, &m) > 0 &&
		    sr_reader_add_document(r, &m) == -ENOMEM)
			return -ENOMEM;
		before = off + SR_FRAME_HEADER;
		off += sr_frame_size(&m.f);
		r->complete = m.f.type == SR_FRAME_END && off >= r->in.size;
	}
}

/* The end mark in the file's last bytes, if that is how the file ends. */
static int find_end(struct sr_reel *r, uint64_t *index)
{
	const uint64_t size = SR_FRAME_HEADER + END_PAYLOAD;
	struct sr_met m;
	struct sr_cur c;
	int rc;

	if (r->in.size < SR_FILE_HEADER + size)
		return 0;
	rc = frame_at(r, r->in.size - size, &m);
	if (rc <= 0 || m.f.type != SR_FRAME_END || m.f.payload_len < END_PAYLOAD)
		return rc < 0 ? rc : 0;
	c = sr_cur(m.payload, END_PAYLOAD);
	*index = sr_cur_u64(&c);
	return *index && *index < r->in.size;
}

static int take_entry(struct sr_reel *r, struct sr_cur *c)
{
	struct sr_frame f = { 0 };
	uint64_t offset = sr_cur_u64(c);
	struct sr_met m;
	int rc;

	f.payload_len = sr_cur_u64(c);
	f.raw_len = sr_cur_u64(c);
	f.min_time = sr_cur_u64(c);
	f.max_time = sr_cur_u64(c);
	f.events = sr_cur_u32(c);
	f.type = sr_cur_u16(c);
	f.flags = sr_cur_u16(c);
	if (offset >= r->in.size || f.payload_len > SR_FRAME_MAX_PAYLOAD ||
	    f.raw_len > SR_FRAME_MAX_RAW)
		return 0;
	if (f.type == SR_FRAME_BLOCK)
		sr_reader_count(r, &f);
	if (f.type != SR_FRAME_META)
		return 1;
	rc = frame_at(r, offset, &m);
	if (rc <= 0)
		return rc;
	return sr_reader_add_document(r, &m) == -ENOMEM ? -ENOMEM : 1;
}

/* Statistics and documents by way of the index: 1; 0 there is none that can be used. */
static int use_index(struct sr_reel *r)
{
	const struct sr_reel_stats none = { .bytes = r->stats.bytes };
	const uint8_t *text;
	struct sr_buf copy = { 0 };
	struct sr_cur c;
	uint64_t index;
	struct sr_met m;
	size_t len;
	int rc = find_end(r, &index);

	if (rc > 0)
		rc = frame_at(r, index, &m);
	if (rc <= 0 || m.f.type != SR_FRAME_INDEX || sr_reader_text(r, &m, &text, &len) < 0)
		return rc < 0 ? rc : 0;
	sr_buf_put(&copy, text, len); /* documents use the same buffers */
	c = sr_cur(copy.p, copy.len);
	while (c.left >= INDEX_ENTRY && rc > 0)
		rc = take_entry(r, &c);
	if (copy.oom)
		rc = 0;
	sr_buf_free(&copy);
	if (rc <= 0)
		r->stats = none;
	r->complete = rc > 0;
	return rc;
}

/* ---- open ---- */

/* What people try to open by mistake. */
static const char *guess(const uint8_t *p, size_t n)
{
	static const struct {
		char magic[5];
		const char *what;
	} known[] = {
		{ "\x0a\x0d\x0d\x0a", "it looks like a pcapng or .scap file" },
		{ "\xd4\xc3\xb2\xa1", "it looks like a pcap file" },
		{ "\x28\xb5\x2f\xfd", "it is compressed with zstd" },
		{ "\x7f"
		  "ELF",
		  "it is a program or library" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (n >= 4 && !memcmp(p, known[i].magic, 4))
			return known[i].what;
	if (n >= 2 && p[0] == 0x1f && p[1] == 0x8b)
		return "it is compressed with gzip";
	return "its first bytes are not those of one";
}

static int not_a_capture(const char *path, const uint8_t *p, size_t n, struct sr_err *err)
{
	if (!n)
		return sr_err_set(err, -EBADMSG, 0, "%s is empty", path);
	if (n < SR_FILE_HEADER && sr_file_magic_fits(p, n))
		return sr_err_set(err, -EBADMSG, n, "%s is a capture file cut within its header",
				  path);
	if (sr_file_magic_fits(p, n))
		return sr_err_set(err, -EBADMSG, 0,
				  "%s: the header is damaged, and no frame follows it", path);
	return sr_err_set(err, -EBADMSG, 0, "%s is not a capture file: %s", path, guess(p, n));
}

/* The file header, or, where that is damaged, the frame that must follow it. */
static int read_file_header(struct sr_reel *r, const char *path, struct sr_err *err)
{
	struct sr_file_header h;
	struct sr_frame f;
	const uint8_t *p = NULL;
	ssize_t n = sr_input_peek(&r->in, 0, SR_FILE_HEADER + SR_FRAME_HEADER, &p);
	int rc;

	if (n < 0)
		return sr_err_set(err, (int)n, 0, "%s: %s", path, strerror((int)-n));
	if (n < (ssize_t)SR_FILE_HEADER)
		return not_a_capture(path, p, (size_t)n, err);
	rc = sr_file_header_get(p, &h);
	if (rc == -EPROTONOSUPPORT)
		return sr_err_set(err, rc, 8,
				  "%s was written in version %u.%u of the format, this program "
				  "knows version %u: read it with a newer one",
				  path, h.major, h.minor, SR_REEL_MAJOR);
	if (rc == 0) {
		r->file_id = h.id;
		r->have_id = true;
		r->next = h.len;
		return 0;
	}
	if (n < (ssize_t)(SR_FILE_HEADER + SR_FRAME_HEADER) ||
	    !sr_frame_get(p + SR_FILE_HEADER, &f))
		return not_a_capture(path, p, (size_t)n, err);
	r->next = SR_FILE_HEADER;
	return sr_reader_damage(r, 0, SR_FILE_HEADER, "the file header is damaged");
}

static int look_around(struct sr_reel *r, struct sr_err *err)
{
	int rc;

	if (!r->in.seekable)
		return 0;
	r->stats.bytes = r->in.size;
	rc = use_index(r);
	if (rc == 0)
		rc = scan_headers(r, r->next);
	if (rc < 0)
		return sr_reader_failed(r, 0, rc, err);
	r->scanned = true;
	return 0;
}

int sr_reel_open(struct sr_reel **out, const char *path, struct sr_meta *meta, struct sr_err *err)
{
	struct sr_reel *r = calloc(1, sizeof(*r));
	int rc;

	if (!r)
		return sr_err_set(err, -ENOMEM, SR_NO_POS, "no memory to read %s", path);
	r->meta = meta;
	sr_reader_slot_init(&r->own, r);
	rc = sr_input_open(&r->in, path, err);
	if (rc < 0)
		goto fail;
	r->zstd = ZSTD_createDCtx();
	if (!r->zstd || sr_unpack_new(&r->own.unpack) < 0) {
		rc = sr_err_set(err, -ENOMEM, SR_NO_POS, "no memory to read %s", path);
		goto fail;
	}
	rc = read_file_header(r, path, err);
	if (rc == 0)
		rc = look_around(r, err);
	if (rc < 0)
		goto fail;
	r->told = r->ndamages;
	*out = r;
	return 0;

fail:
	sr_reel_free(r);
	return rc;
}

void sr_reel_free(struct sr_reel *r)
{
	if (!r)
		return;
	sr_input_close(&r->in);
	sr_unpack_free(r->own.unpack);
	ZSTD_freeDCtx(r->zstd);
	sr_buf_free(&r->text);
	free(r->damages);
	free(r);
}
