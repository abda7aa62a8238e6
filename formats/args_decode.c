/* SPDX-License-Identifier: Apache-2.0 */
/* Structures whose members depend on their content: socket addresses, messages, lists. The
 * bytes come from capture files: cursors read them, and every decoder parses before it writes. */
#include "formats/args_emit.h"
#include "formats/base/cur.h"
#include "formats/message.h"

#include <netinet/in.h>
#include <sys/socket.h>

/* ---- socket addresses ---- */

/* Opens a sockaddr with its family; the text does not name that member. */
static void put_family(struct sr_emit *e, uint16_t family)
{
	const char *name = sr_args_xlat_name(SR_XLAT_sock_family, family);

	sr_emit_begin(e, '{');
	if (e->json)
		sr_emit_key(e, "family");
	else
		sr_emit_separate(e);
	if (!name)
		sr_buf_u64(e->out, family);
	else if (e->json)
		sr_buf_json_str(e->out, name, strlen(name));
	else
		sr_buf_puts(e->out, name);
}

static uint16_t get_be16(struct sr_cur *c)
{
	uint16_t hi = sr_cur_u8(c);

	return (uint16_t)(hi << 8 | sr_cur_u8(c));
}

void sr_emit_ip(struct sr_emit *e, const uint8_t *addr, bool v6)
{
	if (e->json)
		sr_buf_putc(e->out, '"');
	sr_ip_text(addr, v6, e->out);
	if (e->json)
		sr_buf_putc(e->out, '"');
}

static void put_addr(struct sr_emit *e, const uint8_t *addr, bool v6)
{
	if (e->json) {
		sr_emit_key(e, "addr");
		sr_emit_ip(e, addr, v6);
		sr_emit_key(e, "port");
		return;
	}
	sr_emit_separate(e);
	if (v6)
		sr_buf_putc(e->out, '[');
	sr_ip_text(addr, v6, e->out);
	if (v6)
		sr_buf_putc(e->out, ']');
	sr_buf_putc(e->out, ':');
}

static bool put_inet(struct sr_emit *e, struct sr_cur c, uint16_t family)
{
	bool v6 = family == AF_INET6;
	uint16_t port = get_be16(&c);
	uint32_t scope = 0;
	const uint8_t *addr;

	if (v6)
		(void)sr_cur_u32(&c); /* flow information: not shown */
	addr = sr_cur_bytes(&c, v6 ? 16 : 4);
	if (!addr)
		return false;
	if (v6 && c.left >= sizeof(scope)) /* the first version of sockaddr_in6 had none */
		scope = sr_cur_u32(&c);
	put_family(e, family);
	put_addr(e, addr, v6);
	sr_buf_u64(e->out, port);
	if (scope) {
		sr_emit_key(e, "scope_id");
		sr_buf_u64(e->out, scope);
	}
	sr_emit_end(e, '}');
	return true;
}

/* sun_path: empty (unnamed), a path, or after a NUL an abstract name of any bytes. */
static bool put_unix(struct sr_emit *e, struct sr_cur c)
{
	const char *p = (const char *)c.p;
	bool abstract = c.left > 1 && !p[0];
	size_t len, at;

	if (abstract)
		p++;
	len = abstract ? c.left - 1 : strnlen(p, c.left);
	put_family(e, AF_UNIX);
	if (len && e->json) {
		sr_emit_key(e, "path");
		if (abstract)
			sr_buf_putc(e->out, '"'); /* the string's own quote becomes the '@' */
		at = e->out->len;
		sr_buf_json_str(e->out, p, len);
		if (abstract && !e->out->oom)
			e->out->p[at] = '@';
	} else if (len) {
		sr_emit_separate(e);
		if (abstract)
			sr_buf_putc(e->out, '@');
		sr_args_escape(p, len, e->out);
	}
	sr_emit_end(e, '}');
	return true;
}

static void put_pair(struct sr_emit *e, const char *name, enum sr_args_form form, uint64_t v)
{
	sr_emit_key(e, name);
	sr_emit_num(e, form, 4, 0, v);
}

static bool put_netlink(struct sr_emit *e, struct sr_cur c)
{
	uint32_t pid, groups;

	(void)sr_cur_u16(&c); /* padding */
	pid = sr_cur_u32(&c);
	groups = sr_cur_u32(&c);
	if (c.bad)
		return false;
	put_family(e, AF_NETLINK);
	put_pair(e, "pid", SR_FORM_UDEC, pid);
	put_pair(e, "groups", SR_FORM_HEX, groups);
	sr_emit_end(e, '}');
	return true;
}

static bool put_packet(struct sr_emit *e, struct sr_cur c)
{
	uint16_t protocol = get_be16(&c);
	uint32_t ifindex = sr_cur_u32(&c);

	if (c.bad)
		return false;
	put_family(e, AF_PACKET);
	put_pair(e, "protocol", SR_FORM_HEX, protocol);
	put_pair(e, "ifindex", SR_FORM_DEC, ifindex);
	sr_emit_end(e, '}');
	return true;
}

static bool put_vsock(struct sr_emit *e, struct sr_cur c)
{
	uint32_t port, cid;

	(void)sr_cur_u16(&c); /* reserved */
	port = sr_cur_u32(&c);
	cid = sr_cur_u32(&c);
	if (c.bad)
		return false;
	put_family(e, AF_VSOCK);
	put_pair(e, "cid", SR_FORM_UDEC, cid);
	put_pair(e, "port", SR_FORM_UDEC, port);
	sr_emit_end(e, '}');
	return true;
}

static void put_other_family(struct sr_emit *e, struct sr_cur c, uint16_t family)
{
	put_family(e, family);
	if (family != AF_UNSPEC && c.left) {
		if (e->json)
			sr_emit_key(e, "data");
		else
			sr_emit_separate(e);
		sr_buf_puts(e->out, e->json ? "\"" : "0x");
		sr_args_hex_bytes(c.p, c.left, e->out);
		if (e->json)
			sr_buf_putc(e->out, '"');
	}
	sr_emit_end(e, '}');
}

bool sr_emit_sockaddr(struct sr_emit *e, const uint8_t *p, size_t len)
{
	struct sr_cur c = sr_cur(p, len);
	uint16_t family = sr_cur_u16(&c);
	bool done = false;

	if (c.bad)
		return false;
	switch (family) {
	case AF_INET:
	case AF_INET6:
		done = put_inet(e, c, family);
		break;
	case AF_UNIX:
		done = put_unix(e, c);
		break;
	case AF_NETLINK:
		done = put_netlink(e, c);
		break;
	case AF_PACKET:
		done = put_packet(e, c);
		break;
	case AF_VSOCK:
		done = put_vsock(e, c);
		break;
	}
	if (!done)
		put_other_family(e, c, family);
	return true;
}

bool sr_decode_sockaddr(struct sr_emit *e)
{
	return sr_emit_sockaddr(e, e->a->p, e->a->len);
}

/* ---- messages ---- */

static bool is_cut(const struct sr_args_ref *a)
{
	return a->status != SR_OK || a->truelen > a->len;
}

static unsigned control_names(uint32_t level)
{
	switch (level) {
	case SOL_SOCKET:
		return SR_XLAT_scm_type;
	case IPPROTO_IP:
		return SR_XLAT_ip_options;
	case IPPROTO_IPV6:
		return SR_XLAT_ipv6_options;
	default:
		return SR_XLAT_none;
	}
}

/* Descriptors that go to another process, and who sends: SOL_SOCKET's own messages. The others are
 * named like the options that ask for them. */
static void put_control_data(struct sr_emit *e, uint32_t level, uint32_t type, struct sr_cur c)
{
	static const char *const cred[] = { "pid", "uid", "gid" };
	bool own = level == SOL_SOCKET && type < SO_SNDBUF;

	if (own && type == SCM_RIGHTS) {
		sr_emit_begin(e, '[');
		while (c.left >= 4) {
			sr_emit_separate(e);
			sr_emit_num(e, SR_FORM_DEC, 4, 0, sr_cur_u32(&c));
		}
		sr_emit_end(e, ']');
	} else if (own && type == SCM_CREDENTIALS && c.left >= 12) {
		sr_emit_begin(e, '{');
		for (int i = 0; i < 3; i++)
			put_pair(e, cred[i], i ? SR_FORM_ID : SR_FORM_DEC, sr_cur_u32(&c));
		sr_emit_end(e, '}');
	} else {
		sr_emit_option(e, own ? 0xffff : level, type, c, false);
	}
}

/* @truelen: of all of them, in the process. */
static void put_control(struct sr_emit *e, struct sr_cur c, uint32_t truelen)
{
	bool narrow = sr_args_compat(e->a);
	const size_t head = narrow ? 12 : 16, had = c.left;
	struct sr_control m;

	sr_emit_begin(e, '[');
	while (sr_control_next(&c, narrow, &m)) {
		sr_emit_separate(e);
		sr_emit_begin(e, '{');
		sr_emit_key(e, "cmsg_level");
		sr_emit_num(e, SR_FORM_ENUM, 4, SR_XLAT_sockopt_level, m.level);
		sr_emit_key(e, "cmsg_type");
		sr_emit_num(e, SR_FORM_ENUM, 4, control_names(m.level), m.type);
		sr_emit_key(e, "cmsg_data");
		put_control_data(e, m.level, m.type, m.data);
		sr_emit_end(e, '}');
	}
	if (c.left >= head || truelen >= head + (had - c.left))
		sr_emit_ellipsis(e);
	sr_emit_end(e, ']');
}

/* Members that are empty are left out of the text. */
static void put_message(struct sr_emit *e, const struct sr_message *m, bool cut)
{
	sr_emit_begin(e, '{');
	if (m->name.left) {
		sr_emit_key(e, "msg_name");
		if (!sr_emit_sockaddr(e, m->name.p, m->name.left))
			sr_emit_str(e, m->name.p, m->name.left, false, 0);
	}
	sr_emit_key(e, "msg_iov");
	sr_emit_str(e, m->payload.p, m->payload.left, cut, m->truelen);
	if (e->json) {
		sr_emit_key(e, "msg_iovlen");
		sr_buf_u64(e->out, m->iovlen);
	}
	if (m->control.left) {
		sr_emit_key(e, "msg_control");
		put_control(e, m->control, m->controllen);
	}
	if (m->controllen || e->json) {
		sr_emit_key(e, "msg_controllen");
		sr_buf_u64(e->out, m->controllen);
	}
	if (m->flags || e->json) {
		sr_emit_key(e, "msg_flags");
		sr_emit_num(e, SR_FORM_FLAGS, 4, SR_XLAT_msg_flags, m->flags);
	}
	if (m->counted) {
		sr_emit_key(e, "msg_len");
		sr_buf_u64(e->out, m->truelen);
	}
	sr_emit_end(e, '}');
}

/* One message, or a list of several. */
bool sr_decode_msg(struct sr_emit *e)
{
	const struct sr_args_ref *a = e->a;
	struct sr_cur c = sr_cur(a->p, a->len);
	struct sr_message m;
	bool first = true;

	while (sr_message_next(&c, a->truelen, &m)) {
		if (first && m.counted)
			sr_emit_begin(e, '[');
		if (m.counted)
			sr_emit_separate(e);
		first = false;
		put_message(e, &m, m.counted ? m.truelen > m.payload.left : is_cut(a));
		if (!m.counted)
			return true;
	}
	if (first)
		return false;
	if (is_cut(a))
		sr_emit_ellipsis(e);
	sr_emit_end(e, ']');
	return true;
}

/* struct msgbuf of System V: a type, then the text. */
bool sr_decode_msgbuf(struct sr_emit *e)
{
	const struct sr_args_ref *a = e->a;
	struct sr_cur c = sr_cur(a->p, a->len);
	uint64_t type = sr_args_compat(a) ? (uint64_t)(int32_t)sr_cur_u32(&c) : sr_cur_u64(&c);

	if (c.bad)
		return false;
	sr_emit_begin(e, '{');
	sr_emit_key(e, "mtype");
	sr_emit_num(e, SR_FORM_DEC, 8, 0, type);
	sr_emit_key(e, "mtext");
	sr_emit_str(e, c.p, c.left, is_cut(a), a->truelen - (a->len - c.left));
	sr_emit_end(e, '}');
	return true;
}

/* ---- lists ---- */

struct dirent_ref {
	uint64_t ino;
	uint8_t type;
	struct sr_str name;
};

/* Inode, offset, length of the record; then type and name (linux_dirent64), or name and, in the
 * last byte, type (linux_dirent, of getdents; @narrow: of 32-bit programs). */
static bool next_dirent(struct sr_cur *c, bool old, bool narrow, struct dirent_ref *d)
{
	const size_t head = narrow ? 10 : old ? 18 : 19;
	struct sr_cur r = *c;
	uint16_t reclen;
	size_t room;

	d->ino = narrow ? sr_cur_u32(&r) : sr_cur_u64(&r);
	(void)(narrow ? sr_cur_u32(&r) : sr_cur_u64(&r));
	reclen = sr_cur_u16(&r);
	if (reclen < head + 1)
		return false;
	room = reclen - head;
	d->type = old ? 0 : sr_cur_u8(&r);
	d->name.p = sr_cur_bytes(&r, room);
	if (!d->name.p)
		return false;
	if (old)
		d->type = (uint8_t)d->name.p[--room];
	d->name.len = (uint32_t)strnlen(d->name.p, room);
	*c = r;
	return true;
}

static void put_dirent_json(struct sr_emit *e, const struct dirent_ref *d)
{
	sr_emit_begin(e, '{');
	sr_emit_key(e, "d_ino");
	sr_emit_num(e, SR_FORM_UDEC, 8, 0, d->ino);
	put_pair(e, "d_type", SR_FORM_UDEC, d->type);
	sr_emit_key(e, "d_name");
	sr_buf_json_str(e->out, d->name.p, d->name.len);
	sr_emit_end(e, '}');
}

/* Names in text, objects in JSON. The payload's cut usually splits an entry: it is left out. */
bool sr_decode_dirents(struct sr_emit *e)
{
	bool old = e->a->type && sr_type_id(e->a->type) == SR_SC_getdents;
	bool narrow = old && sr_args_compat(e->a);
	struct sr_cur c = sr_cur(e->a->p, e->a->len);
	struct dirent_ref d;

	sr_emit_begin(e, '[');
	for (unsigned n = 0; (e->json || n < SR_TEXT_ELEMS) && next_dirent(&c, old, narrow, &d);
	     n++) {
		sr_emit_separate(e);
		if (e->json)
			put_dirent_json(e, &d);
		else
			sr_args_quote(d.name.p, d.name.len, e->max, false, e->out);
	}
	if (c.left || is_cut(e->a))
		sr_emit_ellipsis(e);
	sr_emit_end(e, ']');
	return true;
}

/* Bits that mean something: of an fd_set of select(), those below its first argument. */
static size_t bits_of(const struct sr_args_ref *a)
{
	size_t bits = (size_t)a->len * 8;
	struct sr_args_ref nfds;

	if (a->kind == SR_KIND_FDSET && sr_args_get(a->b, a->row, 0, &nfds) && nfds.val < bits)
		return nfds.val;
	return bits;
}

/* A set of bits: the CPUs of a mask, the descriptors of an fd_set. Runs as 0-3 in text. */
bool sr_decode_bitmap(struct sr_emit *e)
{
	const uint8_t *p = e->a->p;
	size_t bits = bits_of(e->a), from, to;

	sr_emit_begin(e, '[');
	for (from = 0; from < bits; from = to + 1) {
		to = from;
		if (!(p[from / 8] >> (from % 8) & 1))
			continue;
		while (!e->json && to + 1 < bits && (p[(to + 1) / 8] >> ((to + 1) % 8) & 1))
			to++;
		sr_emit_separate(e);
		sr_buf_u64(e->out, from);
		if (to > from) {
			sr_buf_putc(e->out, '-');
			sr_buf_u64(e->out, to);
		}
	}
	sr_emit_end(e, ']');
	return true;
}

/* ---- other ---- */

/* The first version of capset() has one group of 32 bits; what was copied behind it is not its. */
static bool is_first_version(const struct sr_args_ref *a)
{
	struct sr_args_ref head;
	struct sr_cur c;

	if (!a->idx || !sr_args_get(a->b, a->row, a->idx - 1, &head) ||
	    head.kind != SR_KIND_CAP_HEADER)
		return false;
	c = sr_cur(head.p, head.len);
	return sr_cur_u32(&c) == 0x19980330;
}

/* cap_user_data_t: for each 32 capabilities the three sets. */
bool sr_decode_caps(struct sr_emit *e)
{
	static const char *const names[3] = { "effective", "permitted", "inheritable" };
	struct sr_cur c = sr_cur(e->a->p, e->a->len);
	uint64_t sets[3] = { 0 };

	for (int i = 0; i < 3; i++)
		sets[i] = sr_cur_u32(&c);
	if (c.bad)
		return false;
	for (int i = 0; i < 3 && !is_first_version(e->a); i++)
		sets[i] |= (uint64_t)sr_cur_u32(&c) << 32;
	sr_emit_begin(e, '{');
	for (int i = 0; i < 3; i++) {
		sr_emit_key(e, names[i]);
		sr_emit_caps(e, sets[i]);
	}
	sr_emit_end(e, '}');
	return true;
}

bool sr_decode_file_handle(struct sr_emit *e)
{
	struct sr_cur c = sr_cur(e->a->p, e->a->len);
	uint32_t bytes = sr_cur_u32(&c), type = sr_cur_u32(&c);

	if (c.bad)
		return false;
	sr_emit_begin(e, '{');
	put_pair(e, "handle_bytes", SR_FORM_UDEC, bytes);
	put_pair(e, "handle_type", SR_FORM_DEC, type);
	sr_emit_key(e, "f_handle");
	sr_buf_puts(e->out, e->json ? "\"" : "0x");
	sr_args_hex_bytes(c.p, c.left < bytes ? c.left : bytes, e->out);
	if (e->json)
		sr_buf_putc(e->out, '"');
	else if (bytes > c.left)
		sr_buf_put(e->out, "...", 3);
	sr_emit_end(e, '}');
	return true;
}

/* The status of wait4(): exited 0, killed SIGKILL, stopped SIGSTOP, continued. */
static void put_wait_status(uint32_t s, struct sr_buf *out)
{
	unsigned low = s & 0x7f;
	bool stopped = (s & 0xff) == 0x7f;

	if (s == 0xffff) {
		sr_buf_puts(out, "continued");
	} else if (!low) {
		sr_buf_puts(out, "exited ");
		sr_buf_u64(out, s >> 8 & 0xff);
	} else {
		sr_buf_puts(out, stopped ? "stopped " : "killed ");
		sr_args_num_text(SR_FORM_SIGNAL, 4, 0, stopped ? s >> 8 & 0xff : low, out);
		if (!stopped && (s & 0x80))
			sr_buf_puts(out, " (core dumped)");
	}
}

bool sr_decode_wait_status(struct sr_emit *e)
{
	struct sr_cur c = sr_cur(e->a->p, e->a->len);
	uint32_t status = sr_cur_u32(&c);

	if (c.bad)
		return false;
	if (!e->json) {
		sr_emit_begin(e, '[');
		put_wait_status(status, e->out);
		sr_emit_end(e, ']');
		return true;
	}
	sr_emit_begin(e, '{');
	put_pair(e, "value", SR_FORM_UDEC, status);
	sr_emit_key(e, "text");
	sr_buf_putc(e->out, '"');
	put_wait_status(status, e->out);
	sr_buf_putc(e->out, '"');
	sr_emit_end(e, '}');
	return true;
}
