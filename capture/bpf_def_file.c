/* SPDX-License-Identifier: Apache-2.0 */
/* Definitions of files: what kind they are, and how they are called in their container and on the
 * host. */
#include "capture/bpf_defs_impl.h"
#include "capture/hostmounts.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* Anonymous inodes tell what they are by their name only. */
static enum sr_file_kind anon_kind(const char *name, size_t len)
{
	static const struct {
		const char *prefix;
		enum sr_file_kind kind;
	} names[] = {
		{ "[eventfd", SR_FILE_EVENTFD },
		{ "[eventpoll", SR_FILE_EPOLL },
		{ "[timerfd", SR_FILE_TIMERFD },
		{ "[signalfd", SR_FILE_SIGNALFD },
		{ "inotify", SR_FILE_INOTIFY },
		{ "[fanotify", SR_FILE_FANOTIFY },
		{ "[pidfd", SR_FILE_PIDFD },
		{ "bpf", SR_FILE_BPF },
		{ "btf", SR_FILE_BPF },
		{ "[io_uring", SR_FILE_IOURING },
		{ "[userfaultfd", SR_FILE_USERFAULTFD },
		{ "[perf_event", SR_FILE_PERF },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i].prefix);

		if (len >= n && !memcmp(name, names[i].prefix, n))
			return names[i].kind;
	}
	return SR_FILE_ANON;
}

/* The name of a file without a place in the tree. */
static int put_anon(struct sr_bpf_defs *d, struct sr_file *f, const struct blob *b,
		    struct text *out)
{
	size_t len = strnlen(b->p, b->len), from = d->text_len;
	const char *prefix = "anon_inode:";
	struct text part;
	int rc;

	if (f->kind == SR_FILE_MEMFD) {
		/* shared memory of other makes lives on the same kernel mount */
		prefix = len >= 6 && !memcmp(b->p, "memfd:", 6) ? "" : "/";
		if (prefix[0])
			f->kind = SR_FILE_REG;
	} else {
		f->kind = anon_kind(b->p, len);
	}
	rc = sr_bpf_text_put(d, prefix, strlen(prefix), &part);
	if (!rc)
		rc = sr_bpf_text_put(d, b->p, len, &part);
	*out = (struct text){ from, (uint32_t)(d->text_len - from) };
	return rc;
}

/* An abstract address starts with NUL, shown as @; others end at their first NUL. */
static int put_unix(struct sr_bpf_defs *d, const struct blob *b, struct text *out)
{
	size_t len = b->len;
	int rc;

	if (len && !b->p[0]) {
		rc = sr_bpf_text_put(d, b->p, len, out);
		if (!rc)
			d->text[out->off] = '@';
		return rc;
	}
	return sr_bpf_text_put(d, b->p, strnlen(b->p, len), out);
}

/* Ends that are numbers: the first is a port, the second takes the place of an address. */
static void number_ends(struct sr_file *f, const struct sr_def_file *r)
{
	const size_t n = sizeof(uint32_t);

	if (r->family != AF_NETLINK && r->family != AF_PACKET && r->family != AF_VSOCK)
		return;
	memset(f->laddr, 0, sizeof(f->laddr));
	memset(f->raddr, 0, sizeof(f->raddr));
	memcpy(&f->lport, r->laddr, n);
	memcpy(f->laddr, r->laddr + n, n);
	if (r->family == AF_VSOCK && !memcmp(r->raddr + n, "\xff\xff\xff\xff", n))
		return; /* VMADDR_CID_ANY: nobody yet */
	memcpy(&f->rport, r->raddr, n);
	memcpy(f->raddr, r->raddr + n, n);
}

static void file_members(struct sr_file *f, const struct sr_def_file *r)
{
#define COPY(m) f->m = r->m
	COPY(ino), COPY(dev), COPY(rdev), COPY(mode), COPY(kind), COPY(flags), COPY(l4proto);
	COPY(sock_type), COPY(family), COPY(lport), COPY(rport), COPY(peer_ino);
#undef COPY
	memcpy(f->laddr, r->laddr, sizeof(f->laddr));
	memcpy(f->raddr, r->raddr, sizeof(f->raddr));
	if (f->kind >= SR_FILE_KIND_COUNT)
		f->kind = SR_FILE_OTHER;
	number_ends(f, r);
	/* A connection that existed before we saw it accepted: the side with the lower,
	 * registered port is the server. */
	if (f->flags & SR_FILE_CONNECTED && f->lport && f->lport < f->rport && f->lport < 32768)
		f->flags |= SR_FILE_SERVER;
}

static int file_texts(struct sr_bpf_defs *d, struct sr_file *f, const struct blob *blobs,
		      struct text *path, struct text *peer)
{
	const struct blob *b = &blobs[TAG(PATH)];
	int rc = 0;

	if (f->kind == SR_FILE_ANON || f->kind == SR_FILE_MEMFD)
		rc = b->seen ? put_anon(d, f, b, path) : 0;
	else if (b->seen && (b->len || !(f->flags & SR_FILE_UNREACHABLE)))
		rc = sr_bpf_text_path(d, b, path);
	else if (blobs[TAG(UNIX)].seen)
		rc = put_unix(d, &blobs[TAG(UNIX)], path);
	if (!rc && blobs[TAG(UNIX_PEER)].seen)
		rc = put_unix(d, &blobs[TAG(UNIX_PEER)], peer);
	return rc;
}

/* The path from the root of the file system, turned round as it comes: the components that lie
 * in the file's mount, then those of the mount's root. */
static int put_within(struct sr_bpf_defs *d, const struct blob *blobs, struct text *out)
{
	const struct blob *path = &blobs[TAG(PATH)], *mount = &blobs[TAG(MOUNT)];
	const char *p = path->p, *end = p + path->len;
	struct blob joined = { .status = SR_OK };

	for (uint32_t i = 0; i < mount->truelen; i++) {
		p = memchr(p, '\0', (size_t)(end - p));
		if (!p)
			return -EBADMSG;
		p++;
	}
	d->joined.len = 0;
	sr_buf_put(&d->joined, path->p, (size_t)(p - path->p));
	sr_buf_put(&d->joined, mount->p, mount->len);
	if (d->joined.oom)
		return -ENOMEM;
	joined.p = (const char *)d->joined.p;
	joined.len = (uint32_t)d->joined.len;
	return sr_bpf_text_path(d, &joined, out);
}

/* By which path the host reaches a file. */
static int put_host_path(struct sr_bpf_defs *d, struct sr_file *f, const struct blob *blobs,
			 struct text path, struct text *host)
{
	struct text within;
	int rc;

	if (!blobs[TAG(PATH)].seen || !blobs[TAG(MOUNT)].seen ||
	    blobs[TAG(PATH)].status == SR_TRUNC || blobs[TAG(MOUNT)].status == SR_TRUNC)
		return 0;
	rc = put_within(d, blobs, &within);
	if (rc)
		return rc == -EBADMSG ? 0 : rc;
	d->joined.len = 0;
	d->text_len = within.off; /* not part of the object */
	switch (sr_hostmounts_find(d->mounts, f->dev, d->text + within.off, within.len,
				   d->text + path.off, path.len, &d->joined)) {
	case SR_HOST_SAME:
		f->flags |= SR_FILE_HOST_SAME;
		return 0;
	case SR_HOST_OTHER:
		return sr_bpf_text_put(d, d->joined.p, d->joined.len, host);
	default:
		return 0;
	}
}

int sr_bpf_add_file(struct sr_bpf_defs *d, struct log_slots *l, struct sr_cur *c)
{
	struct text path = { 0 }, peer = { 0 }, host = { 0 };
	struct blob blobs[NTAGS] = { 0 };
	struct sr_def_file r;
	const void *p = sr_cur_bytes(c, sizeof(r));
	struct sr_file f = { 0 };
	struct obj *o;
	int rc;

	if (!p)
		return -EBADMSG;
	memcpy(&r, p, sizeof(r));
	rc = r.h.slot < SR_FILE_SLOTS ? sr_bpf_blobs(c, blobs, NTAGS) : -EBADMSG;
	if (rc)
		return rc;
	file_members(&f, &r);
	rc = file_texts(d, &f, blobs, &path, &peer);
	if (!rc)
		rc = put_host_path(d, &f, blobs, path, &host);
	o = rc ? NULL : sr_bpf_obj_new(d, sizeof(o->file));
	if (!o)
		return rc ? rc : -ENOMEM;
	o->file.f = f;
	o->file.path = sr_bpf_text_str(o, path);
	o->file.peer_path = sr_bpf_text_str(o, peer);
	o->file.host_path = sr_bpf_text_str(o, host);
	sr_bpf_slot_set(d, &l->file[r.h.slot], o);
	return 0;
}
