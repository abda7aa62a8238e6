/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/sockends.h"

#include "formats/message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BUCKETS	 1024
#define ADDR_MAX 128

/* A socket with the end that some call named. */
struct end {
	struct end *next;
	const struct sr_file_def *base;
	uint32_t len;
	uint8_t addr[ADDR_MAX];
	char path[ADDR_MAX];
	struct sr_file_def file;
};

struct sr_sockends {
	struct end *buckets[BUCKETS];
};

int sr_sockends_new(struct sr_sockends **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

void sr_sockends_sweep(struct sr_sockends *s)
{
	for (size_t i = 0; i < BUCKETS; i++)
		while (s->buckets[i]) {
			struct end *e = s->buckets[i];

			s->buckets[i] = e->next;
			free(e);
		}
}

void sr_sockends_free(struct sr_sockends *s)
{
	if (!s)
		return;
	sr_sockends_sweep(s);
	free(s);
}

/* ---- where a call has an address ---- */

struct place {
	uint8_t arg;
	bool message; /* in struct sr_msg_head */
};

static bool place_of(const struct sr_type *t, struct place *p)
{
	switch (sr_type_id(t)) {
	case SR_SC_connect:
		*p = (struct place){ 1, false };
		return true;
	case SR_SC_sendto:
	case SR_SC_recvfrom:
		*p = (struct place){ 4, false };
		return true;
	case SR_SC_sendmsg:
	case SR_SC_recvmsg:
	case SR_SC_sendmmsg: /* of several, the first */
	case SR_SC_recvmmsg:
	case SR_SC_recvmmsg_time64:
		*p = (struct place){ 1, true };
		return true;
	default:
		return false;
	}
}

/* The bytes of the address; none: c.left is 0. */
static struct sr_cur address_of(const struct sr_event_in *ev, struct place p)
{
	const struct sr_arg *a = &ev->args[p.arg];
	struct sr_cur c = sr_cur(a->data, p.arg < ev->nargs && a->data ? a->len : 0);
	struct sr_message m;

	if (!p.message)
		return c;
	return sr_message_next(&c, a->truelen, &m) ? m.name : sr_cur(NULL, 0);
}

/* ---- the other end ---- */

static uint16_t get_be16(struct sr_cur *c)
{
	uint16_t hi = sr_cur_u8(c);

	return (uint16_t)(hi << 8 | sr_cur_u8(c));
}

/* What bind() gave is said by the port: the side with the lower, registered one serves. */
static void tell_server(struct sr_file *f)
{
	f->flags &= ~(uint32_t)SR_FILE_SERVER;
	if (f->lport && f->lport < f->rport && f->lport < 32768)
		f->flags |= SR_FILE_SERVER;
}

static bool set_inet(struct sr_file *f, struct sr_cur c, bool v6)
{
	const void *addr;

	f->rport = get_be16(&c);
	if (v6)
		(void)sr_cur_u32(&c); /* flow information */
	addr = sr_cur_bytes(&c, v6 ? 16 : 4);
	if (!addr)
		return false;
	memset(f->raddr, 0, sizeof(f->raddr));
	memcpy(f->raddr, addr, v6 ? 16 : 4);
	tell_server(f);
	return true;
}

/* An abstract name starts with NUL, shown as @. */
static bool set_unix(struct end *e, struct sr_cur c)
{
	size_t len = c.left;

	if (!len)
		return false;
	memcpy(e->path, c.p, len);
	if (!e->path[0])
		e->path[0] = '@';
	else
		len = strnlen(e->path, len);
	e->file.peer_path = (struct sr_str){ e->path, (uint32_t)len };
	return true;
}

static bool set_vsock(struct sr_file *f, struct sr_cur c)
{
	uint32_t cid;

	(void)sr_cur_u16(&c); /* reserved */
	f->rport = sr_cur_u32(&c);
	cid = sr_cur_u32(&c);
	memcpy(f->raddr, &cid, sizeof(cid));
	return !c.bad;
}

static bool set_netlink(struct sr_file *f, struct sr_cur c)
{
	(void)sr_cur_u16(&c); /* padding */
	f->rport = sr_cur_u32(&c);
	return !c.bad;
}

/* Only an address of the socket's own family says where it leads to. */
static bool set_end(struct end *e)
{
	struct sr_cur c = sr_cur(e->addr, e->len);
	struct sr_file *f = &e->file.f;
	uint16_t family = sr_cur_u16(&c);

	if (c.bad || family != f->family)
		return false;
	switch (family) {
	case AF_INET:
	case AF_INET6:
		return set_inet(f, c, family == AF_INET6);
	case AF_UNIX:
		return set_unix(e, c);
	case AF_VSOCK:
		return set_vsock(f, c);
	case AF_NETLINK:
		return set_netlink(f, c);
	default:
		return false;
	}
}

/* ---- */

static struct end **find(struct sr_sockends *s, const struct sr_file_def *base, struct sr_cur a)
{
	uint64_t h = (uint64_t)(uintptr_t)base;
	struct end **p;

	for (size_t i = 0; i < a.left; i++)
		h = (h ^ a.p[i]) * 0x100000001b3;
	for (p = &s->buckets[(h ^ h >> 32) % BUCKETS]; *p; p = &(*p)->next)
		if ((*p)->base == base && (*p)->len == a.left &&
		    memcmp((*p)->addr, a.p, a.left) == 0)
			break;
	return p;
}

/* The socket's own knowledge of its peer goes first; datagrams may still go elsewhere. */
static bool has_peer(const struct sr_file_def *d)
{
	return d->f.sock_type == SOCK_STREAM || d->f.sock_type == SOCK_SEQPACKET
		       ? d->f.rport || d->f.flags & SR_FILE_CONNECTED
		       : false;
}

static bool is_socket(const struct sr_file_def *d)
{
	return d->f.kind >= SR_FILE_SOCK_INET && d->f.kind <= SR_FILE_SOCK_OTHER;
}

static void put_file(struct sr_event_in *ev, struct sr_file_def *f)
{
	int fd = sr_type_primary_fd(ev->type);

	ev->file = f;
	if (fd >= 0 && fd < ev->nargs)
		ev->args[fd].file = f;
}

bool sr_sockends_wants(const struct sr_type *t)
{
	struct place p;

	return place_of(t, &p);
}

int sr_sockends_see(struct sr_sockends *s, struct sr_event_in *ev)
{
	struct place p;
	struct sr_cur a;
	struct end **at, *e;

	if (!ev->type || !ev->file || !is_socket(ev->file) || has_peer(ev->file) ||
	    !place_of(ev->type, &p))
		return 0;
	a = address_of(ev, p);
	if (a.left < sizeof(uint16_t) || a.left > ADDR_MAX)
		return 0;
	at = find(s, ev->file, a);
	e = *at;
	if (!e) {
		e = calloc(1, sizeof(*e));
		if (!e)
			return -ENOMEM;
		e->base = ev->file;
		e->len = (uint32_t)a.left;
		memcpy(e->addr, a.p, a.left);
		e->file = *ev->file;
		e->file.epoch = 0;
		if (!set_end(e)) {
			free(e);
			return 0;
		}
		*at = e;
	}
	put_file(ev, &e->file);
	return 0;
}
