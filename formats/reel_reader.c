/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a capture file frame by frame. What is damaged is passed over, by way of the next
 * frame header that fits, and told; a file that ends anywhere is read up to there. */
#include "formats/base/cur.h"
#include "formats/block_limits.h"
#include "formats/reel_packer.h"
#include "formats/reel_reader_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Where resynchronising looks at a time. */
#define SEARCH_WINDOW ((size_t)64 << 10)

/* Places told one by one; with more of them a file is lost anyway, and memory is bounded. */
#define MAX_DAMAGES   4096u

/* ---- damage ---- */

int sr_reader_damage(struct sr_reel *r, uint64_t offset, uint64_t len, const char *what)
{
	size_t cap = r->damages_cap ? r->damages_cap * 2 : 16;
	struct sr_reel_damage *d = r->damages;
	size_t at = r->ndamages;

	if (r->ndamages == MAX_DAMAGES) {
		d += MAX_DAMAGES - 1;
		if (offset + len > d->offset + d->len)
			d->len = offset + len - d->offset;
		(void)snprintf(d->what, sizeof(d->what), "more damaged places than are listed");
		return 0;
	}
	if (r->ndamages == r->damages_cap) {
		d = realloc(d, cap * sizeof(*d));
		if (!d)
			return -ENOMEM;
		r->damages = d;
		r->damages_cap = cap;
	}
	while (at && d[at - 1].offset > offset)
		at--;
	memmove(d + at + 1, d + at, (r->ndamages++ - at) * sizeof(*d));
	d[at] = (struct sr_reel_damage){ .offset = offset, .len = len };
	(void)snprintf(d[at].what, sizeof(d[at].what), "%s", what);
	return 0;
}

const struct sr_reel_damage *sr_reel_damages(const struct sr_reel *r, size_t *n)
{
	*n = r->told;
	return r->damages;
}

bool sr_reel_complete(const struct sr_reel *r)
{
	return r->complete;
}

void sr_reel_follow(struct sr_reel *r, bool on)
{
	const struct sr_reel_stats none = { .bytes = r->stats.bytes };

	if (!r->in.seekable)
		return;
	if (on && !r->follow) { /* documents and numbers come as they are met */
		r->scanned = r->complete = false;
		r->stats = none;
	}
	r->follow = on;
}

bool sr_reel_written(const struct sr_reel *r)
{
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };

	return fcntl(r->in.fd, F_OFD_GETLK, &lock) == 0 && lock.l_type == F_WRLCK;
}

bool sr_reel_seekable(const struct sr_reel *r)
{
	return r->in.seekable;
}

const struct sr_reel_stats *sr_reel_stats(const struct sr_reel *r)
{
	return &r->stats;
}

/* ---- frames ---- */

int sr_reader_failed(struct sr_reel *r, uint64_t offset, int rc, struct sr_err *err)
{
	(void)r;
	if (rc == -ENOMEM)
		return sr_err_set(err, rc, offset, "no memory to read a frame");
	return sr_err_set(err, rc, offset, "cannot read: %s", strerror(-rc));
}

/* Whether a header of this file begins with these bytes. A frame inside a payload (a capture
 * that was recorded) has another file's id. */
static bool header_fits(struct sr_reel *r, const uint8_t *p, struct sr_frame *f)
{
	if (!sr_frame_get(p, f))
		return false;
	if (!r->have_id) {
		r->file_id = f->file_id;
		r->have_id = true;
	}
	return f->file_id == r->file_id;
}

int sr_reader_header_at(struct sr_reel *r, uint64_t off, struct sr_frame *f, size_t *avail)
{
	const uint8_t *p;
	ssize_t n = sr_input_peek(&r->in, off, SR_FRAME_HEADER, &p);

	if (n < 0)
		return (int)n;
	*avail = (size_t)n;
	return n == (ssize_t)SR_FRAME_HEADER && header_fits(r, p, f);
}

/* The first header in a window: its place, or that of one that is not all in it; @n: none. */
static size_t search_window(struct sr_reel *r, const uint8_t *p, size_t n, bool *whole)
{
	struct sr_frame f;
	size_t at = 0;

	for (;; at++) {
		at += sr_frame_find(p + at, n - at);
		*whole = n - at >= SR_FRAME_HEADER;
		if (!*whole || header_fits(r, p + at, &f))
			return at;
	}
}

int sr_reader_find_header(struct sr_reel *r, uint64_t off, uint64_t *found)
{
	const uint8_t *p;
	bool whole;
	ssize_t n;

	for (;;) {
		n = sr_input_peek(&r->in, off, SEARCH_WINDOW, &p);
		if (n < 0)
			return (int)n;
		*found = off + search_window(r, p, (size_t)n, &whole);
		if (whole)
			return 1;
		if (n < (ssize_t)SEARCH_WINDOW) { /* what begins at the end cannot be whole */
			*found = off + (uint64_t)n;
			return 0;
		}
		off = *found;
	}
}

/* What stands at @off is no frame: pass over it. Return 1 to go on, 0 at the end. */
static int resync(struct sr_reel *r, uint64_t off, uint64_t from, const char *what,
		  const char *what_cut)
{
	uint64_t found;
	int rc = sr_reader_find_header(r, from, &found);

	if (rc < 0)
		return rc;
	r->next = found;
	if (rc == 0 && what_cut)
		return sr_reader_damage(r, off, 0, what_cut);
	return sr_reader_damage(r, off, found - off, what) < 0 ? -ENOMEM : rc;
}

/* The payload does not fit its checksum. Its length was in a header that is undamaged: if the
 * next frame (or the end) follows where it says, only the payload is wrong; else search inside
 * it. Return 1 to go on, 0 at the end. */
static int skip_damaged(struct sr_reel *r, const struct sr_met *m)
{
	size_t size = (size_t)sr_frame_size(&m->f);
	struct sr_frame f;
	const uint8_t *p;
	ssize_t n = sr_input_peek(&r->in, m->offset, size + SR_FRAME_HEADER, &p);

	if (n < 0)
		return (int)n;
	if ((size_t)n <= size ||
	    ((size_t)n == size + SR_FRAME_HEADER && header_fits(r, p + size, &f))) {
		r->next = m->offset + size;
		return sr_reader_damage(r, m->offset, size,
					"the checksum of a frame does not fit") < 0
			       ? -ENOMEM
			       : 1;
	}
	return resync(r, m->offset, m->offset + SR_FRAME_HEADER,
		      "the checksum of a frame does not fit, nor does what follows it", NULL);
}

/* ---- what is not there ---- */

/* Before the frame at @off there must have been @events: if there were less, blocks are missing,
 * and nothing else tells of it, or what was damaged before it held so many. */
static int expect_events(struct sr_reel *r, uint64_t off, uint64_t events)
{
	struct sr_reel_damage *d = r->ndamages ? &r->damages[r->ndamages - 1] : NULL;
	uint64_t missing = events - r->counted;

	if (events <= r->counted)
		return 0;
	if (!d || d->offset + d->len != off) {
		if (sr_reader_damage(r, off, 0, "what stood before it has been taken out"))
			return -ENOMEM;
		d = &r->damages[r->ndamages - 1];
	}
	d->events += missing;
	return 0;
}

/* The header of the frame at @off: a block says how many events there are before it. */
static int count_events(struct sr_reel *r, uint64_t off, const struct sr_frame *f)
{
	int rc;

	if (f->type != SR_FRAME_BLOCK || off < r->counted_to)
		return 0; /* met before */
	rc = expect_events(r, off, f->first_num - 1);
	r->counted = f->first_num - 1 + f->events;
	r->counted_to = off + 1;
	return rc;
}

/* The end mark: how many there are in all. */
static int check_end(struct sr_reel *r, const struct sr_met *m)
{
	struct sr_cur c = sr_cur(m->payload, (size_t)m->f.payload_len);
	uint64_t events;

	(void)sr_cur_bytes(&c, 16); /* where the index is, blocks */
	events = sr_cur_u64(&c);
	return c.bad ? 0 : expect_events(r, m->offset, events);
}

/* ---- passing over blocks ---- */

void sr_reel_set_skip(struct sr_reel *r, bool (*skip)(const struct sr_zone *z, void *arg),
		      void *arg)
{
	r->skip = skip;
	r->skip_arg = arg;
}

const struct sr_reel_work *sr_reel_work(const struct sr_reel *r)
{
	return &r->told_work;
}

/* What the header and the extension @ext tell of a block. */
static void look_at_zone(struct sr_reel *r, const struct sr_frame *f, const uint8_t *ext)
{
	r->zone = (struct sr_zone){ .events = f->events,
				    .first_num = f->first_num,
				    .min_time = f->min_time,
				    .max_time = f->max_time };
	sr_zone_get(&r->zone, ext, f->ext_len);
}

static bool wants_skip(struct sr_reel *r, const struct sr_frame *f)
{
	if (!r->skip || !r->skip(&r->zone, r->skip_arg))
		return false;
	r->work.skipped++;
	r->work.skipped_bytes += sr_frame_size(f);
	return true;
}

/* Pass over the frame at @off if it is a block that nobody wants: 1; 0 it is to be read. */
static int try_skip(struct sr_reel *r, uint64_t off, const struct sr_frame *f)
{
	size_t want = SR_FRAME_HEADER + f->ext_len;
	const uint8_t *p;
	ssize_t n;

	if (!r->skip || f->type != SR_FRAME_BLOCK || !r->in.seekable ||
	    off + want + f->payload_len > r->in.size)
		return 0;
	n = sr_input_peek(&r->in, off, want, &p);
	if (n < (ssize_t)want)
		return n < 0 ? (int)n : 0;
	look_at_zone(r, f, p + SR_FRAME_HEADER);
	if (!wants_skip(r, f))
		return 0;
	r->next = off + sr_frame_size(f);
	return 1;
}

/* At the end of the file: is it only the end of what is written up to now? */
static bool may_grow(struct sr_reel *r)
{
	struct stat st;

	if (!r->follow || r->complete || fstat(r->in.fd, &st) < 0)
		return false;
	r->in.size = (uint64_t)st.st_size;
	return r->in.size >= r->next; /* else somebody began it anew */
}

/* The next undamaged frame: 1; 0 end; negative errno. */
static int next_frame(struct sr_reel *r, struct sr_met *m)
{
	size_t avail, want;
	const uint8_t *p;
	ssize_t n;
	int rc;

	for (;;) {
		m->offset = r->next;
		rc = sr_reader_header_at(r, m->offset, &m->f, &avail);
		if (rc == 0 && avail < SR_FRAME_HEADER && may_grow(r))
			return -EAGAIN;
		if (rc < 0 || (rc == 0 && avail == 0))
			return rc;
		if (rc == 0) {
			rc = resync(r, m->offset, m->offset + 1, "no frame begins here",
				    avail < SR_FRAME_HEADER ? "the file ends within a header"
							    : NULL);
			if (rc <= 0)
				return rc;
			continue;
		}
		rc = count_events(r, m->offset, &m->f);
		if (rc == 0)
			rc = try_skip(r, m->offset, &m->f);
		if (rc < 0)
			return rc;
		if (rc > 0)
			continue;
		want = SR_FRAME_HEADER + m->f.ext_len + (size_t)m->f.payload_len;
		n = sr_input_peek(&r->in, m->offset, want, &p);
		if (n < 0)
			return (int)n;
		if ((size_t)n < want && may_grow(r))
			return -EAGAIN;
		if ((size_t)n < want) {
			rc = resync(r, m->offset, m->offset + SR_FRAME_HEADER,
				    "a frame is shorter than its header says",
				    "the file ends within a frame");
			if (rc <= 0)
				return rc;
			continue;
		}
		m->payload = p + SR_FRAME_HEADER + m->f.ext_len;
		if (sr_frame_sum(m->payload, (size_t)m->f.payload_len) == m->f.payload_sum) {
			r->next = m->offset + sr_frame_size(&m->f);
			return 1;
		}
		rc = skip_damaged(r, m);
		if (rc <= 0)
			return rc;
	}
}

int sr_reader_text(struct sr_reel *r, const struct sr_met *m, const uint8_t **p, size_t *len)
{
	size_t n;

	*p = m->payload;
	*len = (size_t)m->f.payload_len;
	if (m->f.type == SR_FRAME_META && (*len > SR_META_MAX || m->f.raw_len > SR_META_MAX))
		return -EBADMSG;
	if (!(m->f.flags & SR_FRAME_ZSTD))
		return 0;
	r->text.len = 0;
	r->text.oom = false;
	if (!sr_buf_reserve(&r->text, (size_t)m->f.raw_len + 1))
		return -ENOMEM;
	n = ZSTD_decompressDCtx(r->zstd, r->text.p, (size_t)m->f.raw_len, m->payload, *len);
	if (ZSTD_isError(n) || n != m->f.raw_len)
		return -EBADMSG;
	*p = r->text.p;
	*len = n;
	return 0;
}

/* ---- statistics ---- */

void sr_reader_count(struct sr_reel *r, const struct sr_frame *f)
{
	struct sr_reel_stats *s = &r->stats;

	if (f->events) {
		s->min_time = !s->events || f->min_time < s->min_time ? f->min_time : s->min_time;
		s->max_time = !s->events || f->max_time > s->max_time ? f->max_time : s->max_time;
	}
	s->blocks++;
	s->events += f->events;
	s->block_bytes += (SR_FRAME_HEADER + f->payload_len + 7) & ~7ull;
	s->raw_bytes += f->raw_len;
}

static int add_to(struct sr_reel *r, struct sr_meta *meta, const struct sr_met *m)
{
	const uint8_t *text;
	size_t len;
	int rc = sr_reader_text(r, m, &text, &len);

	if (rc == 0)
		rc = sr_meta_add(meta, (const char *)text, len, NULL);
	return rc;
}

int sr_reader_add_document(struct sr_reel *r, const struct sr_met *m)
{
	return add_to(r, r->meta, m);
}

/* A document that was taken in when the file was opened: adding it again would undo later
 * ones. Only whether it can be understood is asked. */
static int check_document(struct sr_reel *r, const struct sr_met *m)
{
	struct sr_meta *probe = NULL;
	int rc = sr_meta_new(&probe);

	if (rc == 0)
		rc = add_to(r, probe, m);
	sr_meta_free(probe);
	return rc;
}

/* ---- reading on ---- */

/* A block whose checksum fits and that still cannot be decoded was written wrongly: told once. */
static int note_bad(struct sr_reel_slot *s, const char *what)
{
	struct sr_reel *r = s->r;
	uint64_t len = s->size;
	int rc = 0;

	s->size = 0;
	if (s->apart) {
		s->bad = (struct sr_reel_damage){ .offset = s->offset, .len = len };
		(void)snprintf(s->bad.what, sizeof(s->bad.what), "%.*s",
			       (int)sizeof(s->bad.what) - 1, what);
	} else if (len) {
		rc = sr_reader_damage(r, s->offset, len, what);
		r->told = r->ndamages;
	}
	return rc;
}

static int load_block(struct sr_block *b, uint32_t need, struct sr_err *err)
{
	struct sr_reel_slot *s = b->impl->slot;
	struct sr_err own = { 0 };
	int rc = sr_unpack_load(s->unpack, need, &own);

	if (rc == 0)
		return 0;
	if (rc == -EBADMSG && s->size && note_bad(s, own.msg) < 0)
		rc = -ENOMEM;
	return sr_err_set(err, rc, s->offset, "%s", own.msg);
}

/* 1 the block; 0 it is damaged; negative errno. */
static int begin_block(struct sr_reel *r, const struct sr_met *m, struct sr_reel_slot *s,
		       struct sr_block **out, struct sr_err *err)
{
	struct sr_err own = { 0 };
	struct sr_block *b;
	int rc;

	if (!r->scanned)
		sr_reader_count(r, &m->f);
	rc = sr_unpack_begin(s->unpack, m->payload, (size_t)m->f.payload_len, m->f.events, &own);
	if (rc == -EBADMSG) {
		rc = sr_reader_damage(r, m->offset, sr_frame_size(&m->f), own.msg);
		return rc < 0 ? sr_reader_failed(r, m->offset, rc, err) : 0;
	}
	if (rc == 0 && s->apart)
		rc = sr_input_give(&r->in, r->next, &s->buf, &s->cap);
	if (rc < 0)
		return sr_reader_failed(r, m->offset, rc, err);
	b = sr_unpack_block(s->unpack);
	s->zone = r->zone;
	b->zone = s->zone.has_map ? &s->zone : NULL;
	b->first_num = m->f.first_num;
	b->min_time = m->f.min_time;
	b->max_time = m->f.max_time;
	s->offset = m->offset;
	s->size = sr_frame_size(&m->f);
	s->f = m->f;
	s->payload = m->payload;
	s->bad.len = 0;
	r->work.read++;
	r->work.read_bytes += s->size;
	s->work = r->work;
	b->impl = &s->impl;
	b->load = load_block;
	*out = b;
	return 1;
}

/* A frame that is no block. */
static int pass(struct sr_reel *r, const struct sr_met *m)
{
	char what[64];
	int rc = 0;

	switch (m->f.type) {
	case SR_FRAME_META:
		rc = r->scanned ? check_document(r, m) : sr_reader_add_document(r, m);
		if (rc == -EBADMSG)
			rc = sr_reader_damage(r, m->offset, sr_frame_size(&m->f),
					      "a document cannot be understood");
		break;
	case SR_FRAME_END:
		rc = check_end(r, m);
		break;
	case SR_FRAME_INDEX:
		break;
	default:
		if (m->f.flags & SR_FRAME_SKIPPABLE)
			break;
		(void)snprintf(what, sizeof(what), "a frame of type %u, unknown to this version",
			       m->f.type);
		rc = sr_reader_damage(r, m->offset, sr_frame_size(&m->f), what);
	}
	if (!r->scanned)
		r->complete = m->f.type == SR_FRAME_END;
	return rc;
}

static int next_block(struct sr_reel *r, struct sr_reel_slot *s, bool alone, struct sr_block **out,
		      struct sr_err *err)
{
	struct sr_met m = { 0 };
	int rc;

	for (;;) {
		rc = next_frame(r, &m);
		if (!r->scanned)
			r->stats.bytes = r->in.at + r->in.len;
		if (rc == -EAGAIN)
			return rc;
		if (rc < 0)
			return sr_reader_failed(r, r->next, rc, err);
		if (rc == 0)
			return 0;
		if (m.f.type == SR_FRAME_BLOCK) {
			look_at_zone(r, &m.f, m.payload - m.f.ext_len);
			if (!r->in.seekable && wants_skip(r, &m.f)) {
				sr_reader_count(r, &m.f);
				continue;
			}
			rc = begin_block(r, &m, s, out, err);
			if (rc != 0)
				return rc;
			continue;
		}
		if (m.f.type == SR_FRAME_META && !r->scanned && !alone) {
			r->next = m.offset;
			return SR_REEL_WAIT;
		}
		rc = pass(r, &m);
		if (rc < 0)
			return sr_reader_failed(r, m.offset, rc, err);
	}
}

/* All that is known so far is told. */
static void tell_all(struct sr_reel *r)
{
	r->told = r->ndamages;
	r->told_work = r->work;
}

int sr_reel_next(struct sr_reel *r, struct sr_block **out, struct sr_err *err)
{
	int rc = next_block(r, &r->own, true, out, err);

	tell_all(r);
	return rc;
}

/* ---- several blocks at a time ---- */

int sr_reel_slot_new(struct sr_reel_slot **out, struct sr_reel *r)
{
	struct sr_reel_slot *s = calloc(1, sizeof(*s));

	if (!s || sr_unpack_new(&s->unpack) < 0) {
		free(s);
		return -ENOMEM;
	}
	sr_reader_slot_init(s, r);
	s->apart = true;
	*out = s;
	return 0;
}

int sr_reel_fetch(struct sr_reel *r, struct sr_reel_slot *s, bool alone, struct sr_block **out,
		  struct sr_err *err)
{
	return next_block(r, s, alone, out, err);
}

int sr_reel_packed_of(struct sr_block *b, struct sr_packed *out, struct sr_err *err)
{
	const struct sr_reel_slot *s = b->load == load_block ? b->impl->slot : NULL;
	int rc = s && sr_unpack_is_plain(s->unpack) ? sr_block_is_tight(b, err) : 0;

	return rc <= 0 ? rc : sr_packed_again(out, b, &s->f, s->payload, err);
}

uint64_t sr_reel_offset_of(const struct sr_block *b)
{
	return b->impl->slot->offset;
}

int sr_reel_settle(struct sr_reel *r, struct sr_reel_slot *s)
{
	uint64_t end;
	int rc = 0;

	if (!s) {
		tell_all(r);
		return 0;
	}
	if (s->bad.len)
		rc = sr_reader_damage(r, s->bad.offset, s->bad.len, s->bad.what);
	end = s->offset + 1; /* what comes later begins behind it */
	while (r->told < r->ndamages && r->damages[r->told].offset < end)
		r->told++;
	r->told_work = s->work;
	return rc;
}

void sr_reel_slot_free(struct sr_reel_slot *s)
{
	if (!s)
		return;
	sr_unpack_free(s->unpack);
	free(s->buf);
	free(s);
}
