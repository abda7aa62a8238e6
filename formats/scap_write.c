/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/scap_write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define SECTION		0x0a0d0d0au
#define EVENT		0x216u
#define EVENT_FLAGS	0x217u
#define EVENT_BIG	0x221u
#define EVENT_FLAGS_BIG 0x222u
#define BLOCK_MAX	65536u /* of event blocks that are not big */
#define BUFFER		(256u << 10)
#define NAME_MAX_LEN	1023u /* of comm, paths, names of files */
#define LIST_MAX_LEN	4095u /* of argv, environment, cgroups */
#define USER_MAX_LEN	255u

struct sr_scap_writer {
	int fd;
	bool gz;
	z_stream z;
	uint8_t *out; /* bytes for the file */
	size_t len;
	uint64_t bytes;
	struct sr_buf event;
};

/* ---- bytes ---- */

static int write_out(struct sr_scap_writer *w, struct sr_err *err)
{
	size_t at = 0;

	while (at < w->len) {
		ssize_t n = write(w->fd, w->out + at, w->len - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return sr_err_set(err, -errno, SR_NO_POS, "%s", strerror(errno));
		at += (size_t)n;
	}
	w->bytes += w->len;
	w->len = 0;
	return 0;
}

/* Pack until all input is taken, and at the end of the file or for a flush, all output given. */
static int pack(struct sr_scap_writer *w, const void *p, size_t len, int how, struct sr_err *err)
{
	int rc = 0, z;

	w->z.next_in = (Bytef *)(uintptr_t)p;
	w->z.avail_in = (uInt)len; /* a block: below 4 GiB */
	do {
		w->z.next_out = w->out + w->len;
		w->z.avail_out = (uInt)(BUFFER - w->len);
		z = deflate(&w->z, how);
		w->len = BUFFER - w->z.avail_out;
		if (z == Z_STREAM_ERROR)
			return -EINVAL; /* cannot happen with these states */
		if (!w->z.avail_out)
			rc = write_out(w, err);
	} while (rc == 0 && (w->z.avail_in || !w->z.avail_out || (how == Z_FINISH && z == Z_OK)));
	return rc;
}

static int put_bytes(struct sr_scap_writer *w, const void *p, size_t len, struct sr_err *err)
{
	const uint8_t *from = p;
	int rc = 0;

	if (w->gz)
		return pack(w, p, len, Z_NO_FLUSH, err);
	while (rc == 0 && len) {
		size_t n = BUFFER - w->len < len ? BUFFER - w->len : len;

		memcpy(w->out + w->len, from, n);
		w->len += n;
		from += n;
		len -= n;
		if (w->len == BUFFER)
			rc = write_out(w, err);
	}
	return rc;
}

static void put_u8(struct sr_buf *b, uint8_t v)
{
	sr_buf_put(b, &v, sizeof(v));
}

static void put_u16(struct sr_buf *b, uint16_t v)
{
	sr_buf_put(b, &v, sizeof(v));
}

static void put_u32(struct sr_buf *b, uint32_t v)
{
	sr_buf_put(b, &v, sizeof(v));
}

static void put_u64(struct sr_buf *b, uint64_t v)
{
	sr_buf_put(b, &v, sizeof(v));
}

static void put_zeros(struct sr_buf *b, size_t n)
{
	while (n--)
		put_u8(b, 0);
}

/* Text with its length before it, cut to what readers take. */
static void put_str16(struct sr_buf *b, struct sr_str s, uint32_t max)
{
	uint32_t len = s.len < max ? s.len : max;

	put_u16(b, (uint16_t)len);
	sr_buf_put(b, s.p, len);
}

/* A list of strings, each with its NUL; cut between two of them. */
static void put_list16(struct sr_buf *b, struct sr_str s)
{
	uint32_t len = s.len < LIST_MAX_LEN ? s.len : LIST_MAX_LEN;

	while (len && len < s.len && s.p[len - 1])
		len--;
	put_u16(b, (uint16_t)len);
	sr_buf_put(b, s.p, len);
}

/* Entries say their length first: it is known at their end. */
static size_t begin_entry(struct sr_buf *b)
{
	put_u32(b, 0);
	return b->len;
}

static void end_entry(struct sr_buf *b, size_t from, bool itself)
{
	uint32_t len = (uint32_t)(b->len - from) + (itself ? 4 : 0);

	if (!b->oom)
		memcpy(b->p + from - 4, &len, sizeof(len));
}

/* ---- lists ---- */

void sr_scap_put_machine(struct sr_buf *b, const struct sr_scap_machine *m)
{
	uint32_t len = m->hostname.len < 127 ? m->hostname.len : 127;

	put_u32(b, m->cpus);
	put_u64(b, m->memory);
	put_u64(b, 0); /* the greatest pid */
	sr_buf_put(b, m->hostname.p, len);
	put_zeros(b, 128 - len);
	put_u64(b, m->boot_time);
	put_zeros(b, 24);
}

void sr_scap_put_interface(struct sr_buf *b, const struct sr_scap_interface *i)
{
	static const uint8_t ones[16] = { 255, 255, 255, 255, 255, 255, 255, 255,
					  255, 255, 255, 255, 255, 255, 255, 255 };
	size_t at = begin_entry(b), size = i->v6 ? 16 : 4;
	uint32_t len = i->name.len < NAME_MAX_LEN ? i->name.len : NAME_MAX_LEN;

	put_u16(b, i->v6 ? 2 : 1);
	put_u16(b, (uint16_t)len);
	sr_buf_put(b, i->addr, size);
	sr_buf_put(b, ones, size); /* its network is not known: nothing but itself */
	sr_buf_put(b, i->addr, size);
	put_u64(b, 0);
	sr_buf_put(b, i->name.p, len);
	end_entry(b, at, false);
}

void sr_scap_put_user(struct sr_buf *b, const struct sr_scap_user *u)
{
	size_t at = begin_entry(b);

	put_u8(b, u->group);
	put_u32(b, u->id);
	if (!u->group)
		put_u32(b, u->gid);
	put_str16(b, u->name, USER_MAX_LEN);
	if (!u->group) {
		put_str16(b, u->home, USER_MAX_LEN);
		put_str16(b, u->shell, USER_MAX_LEN);
	}
	end_entry(b, at, true);
}

/* The tail has the length that both old and new readers understand. */
void sr_scap_put_proc(struct sr_buf *b, const struct sr_scap_proc *p)
{
	size_t at = begin_entry(b);

	put_u64(b, (uint64_t)p->tid);
	put_u64(b, (uint64_t)p->pid);
	put_u64(b, (uint64_t)p->ptid);
	put_u64(b, (uint64_t)p->sid);
	put_u64(b, (uint64_t)p->vpgid);
	put_str16(b, p->comm, NAME_MAX_LEN);
	put_str16(b, p->exe, NAME_MAX_LEN);
	put_str16(b, p->exepath, NAME_MAX_LEN);
	put_list16(b, p->args);
	put_str16(b, p->cwd, NAME_MAX_LEN);
	put_u64(b, (uint64_t)p->fdlimit);
	put_u32(b, p->flags);
	put_u32(b, p->uid);
	put_u32(b, p->gid);
	put_zeros(b, 12 + 16); /* memory in use, page faults: not known */
	put_list16(b, p->env);
	put_u64(b, (uint64_t)p->vtid);
	put_u64(b, (uint64_t)p->vpid);
	put_list16(b, p->cgroups);
	put_str16(b, p->root, NAME_MAX_LEN);
	put_u32(b, p->loginuid);
	put_u8(b, p->exe_writable);
	put_u64(b, p->cap_inheritable);
	put_u64(b, p->cap_permitted);
	put_u64(b, p->cap_effective);
	end_entry(b, at, true);
}

void sr_scap_put_tid(struct sr_buf *b, int64_t tid)
{
	put_u64(b, (uint64_t)tid);
}

static void put_ends(struct sr_buf *b, const struct sr_scap_fd *f, size_t size, bool server)
{
	sr_buf_put(b, f->src, size);
	if (!server)
		sr_buf_put(b, f->dst, size);
	put_u16(b, f->sport);
	if (!server)
		put_u16(b, f->dport);
	put_u8(b, f->l4);
}

void sr_scap_put_fd(struct sr_buf *b, const struct sr_scap_fd *f)
{
	size_t at = begin_entry(b);
	/* Readers of 2022 know no more kinds than this. */
	uint8_t kind = f->kind > SR_SCAP_FD_FILE_FLAGS || f->kind == SR_SCAP_FD_UNKNOWN
			       ? SR_SCAP_FD_UNSUPPORTED
			       : f->kind;

	put_u64(b, (uint64_t)f->fd);
	put_u64(b, f->ino);
	put_u8(b, kind);
	switch (kind) {
	case SR_SCAP_FD_IPV4:
	case SR_SCAP_FD_IPV4_SERVER:
		put_ends(b, f, 4, kind == SR_SCAP_FD_IPV4_SERVER);
		break;
	case SR_SCAP_FD_IPV6:
	case SR_SCAP_FD_IPV6_SERVER:
		put_ends(b, f, 16, kind == SR_SCAP_FD_IPV6_SERVER);
		break;
	case SR_SCAP_FD_UNIX:
		put_zeros(b, 16); /* addresses in the kernel: not known */
		put_str16(b, f->name, NAME_MAX_LEN);
		break;
	case SR_SCAP_FD_FILE_FLAGS:
		put_u32(b, f->open_flags);
		put_str16(b, f->name, NAME_MAX_LEN);
		put_u32(b, f->dev);
		break;
	default:
		put_str16(b, f->name, NAME_MAX_LEN);
		break;
	}
	end_entry(b, at, true);
}

/* ---- blocks ---- */

static int write_framed(struct sr_scap_writer *w, uint32_t type, const struct sr_buf *body,
			struct sr_err *err)
{
	static const uint8_t zero[4];
	uint32_t head[2], pad = (uint32_t)(-body->len & 3);
	uint64_t len = (uint64_t)body->len + pad + 12;
	int rc;

	if (body->oom)
		return -ENOMEM;
	if (len > UINT32_MAX)
		return sr_err_set(err, -E2BIG, SR_NO_POS, "a list is too long for a .scap file");
	head[0] = type;
	head[1] = (uint32_t)len;
	rc = put_bytes(w, head, sizeof(head), err);
	if (rc == 0)
		rc = put_bytes(w, body->p, body->len, err);
	if (rc == 0)
		rc = put_bytes(w, zero, pad, err);
	return rc == 0 ? put_bytes(w, &head[1], sizeof(head[1]), err) : rc;
}

int sr_scap_write_block(struct sr_scap_writer *w, uint32_t type, struct sr_buf *b,
			struct sr_err *err)
{
	int rc = write_framed(w, type, b, err);

	b->len = 0;
	return rc;
}

int sr_scap_write_event(struct sr_scap_writer *w, const struct sr_scap_event *e, struct sr_err *err)
{
	bool wide = e->desc->flags & SR_SCAP_WIDE, big;
	struct sr_buf *b = &w->event;
	uint64_t len = 26 + (uint64_t)e->n * (wide ? 4 : 2);

	for (unsigned int i = 0; i < e->n; i++) {
		len += e->params[i].len;
		if (!wide && e->params[i].len > UINT16_MAX)
			return sr_err_set(err, -E2BIG, SR_NO_POS,
					  "%s: a value is too long for a .scap file",
					  e->desc->name);
	}
	if (len > UINT32_MAX / 2)
		return sr_err_set(err, -E2BIG, SR_NO_POS, "%s is too long for a .scap file",
				  e->desc->name);
	b->len = 0;
	put_u16(b, e->cpu);
	if (e->state_only)
		put_u32(b, 1);
	put_u64(b, e->time);
	put_u64(b, (uint64_t)e->tid);
	put_u32(b, (uint32_t)len);
	put_u16(b, e->id);
	put_u32(b, e->n);
	for (unsigned int i = 0; i < e->n; i++)
		sr_buf_put(b, &e->params[i].len, wide ? 4 : 2);
	for (unsigned int i = 0; i < e->n; i++)
		sr_buf_put(b, e->params[i].p, e->params[i].len);
	big = b->len + 16 > BLOCK_MAX;
	if (e->state_only)
		return write_framed(w, big ? EVENT_FLAGS_BIG : EVENT_FLAGS, b, err);
	return write_framed(w, big ? EVENT_BIG : EVENT, b, err);
}

/* ---- the file ---- */

static int write_section(struct sr_scap_writer *w, struct sr_err *err)
{
	struct sr_buf b = { 0 };
	int rc;

	put_u32(&b, 0x1a2b3c4d);
	put_u16(&b, 1);
	put_u16(&b, 2);
	put_u64(&b, UINT64_MAX); /* its length: not known */
	rc = sr_scap_write_block(w, SECTION, &b, err);
	sr_buf_free(&b);
	return rc;
}

static void writer_free(struct sr_scap_writer *w)
{
	if (w->gz)
		(void)deflateEnd(&w->z); /* says only whether output was left */
	sr_buf_free(&w->event);
	free(w->out);
	free(w);
}

int sr_scap_writer_open(struct sr_scap_writer **out, int fd, bool gz, struct sr_err *err)
{
	struct sr_scap_writer *w = calloc(1, sizeof(*w));
	int rc = -ENOMEM;

	if (!w)
		return rc;
	w->fd = fd;
	w->out = malloc(BUFFER);
	if (!w->out)
		goto fail;
	if (gz && deflateInit2(&w->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8,
			       Z_DEFAULT_STRATEGY) != Z_OK)
		goto fail;
	w->gz = gz;
	rc = write_section(w, err);
	if (rc < 0)
		goto fail;
	*out = w;
	return 0;

fail:
	writer_free(w);
	return rc;
}

uint64_t sr_scap_writer_bytes(const struct sr_scap_writer *w)
{
	return w->bytes + w->len;
}

int sr_scap_writer_flush(struct sr_scap_writer *w, struct sr_err *err)
{
	int rc = w->gz ? pack(w, NULL, 0, Z_SYNC_FLUSH, err) : 0;

	return rc == 0 ? write_out(w, err) : rc;
}

int sr_scap_writer_close(struct sr_scap_writer *w, struct sr_err *err)
{
	int rc;

	if (!w)
		return 0;
	rc = w->gz ? pack(w, NULL, 0, Z_FINISH, err) : 0;
	if (rc == 0)
		rc = write_out(w, err);
	writer_free(w);
	return rc;
}
