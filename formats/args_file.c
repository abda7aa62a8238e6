/* SPDX-License-Identifier: Apache-2.0 */
/* Files, sockets and addresses by name: the field fd.name and its relations. */
#include "formats/args_internal.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/in.h>
#include <sys/socket.h>

static const struct {
	const char *name; /* as fd.type */
	char c;		  /* as fd.typechar: 'o' kinds that the field's tools do not tell apart */
} kinds[SR_FILE_KIND_COUNT] = {
	[SR_FILE_NONE] = { "none", 'o' },
	[SR_FILE_REG] = { "file", 'f' },
	[SR_FILE_DIR] = { "directory", 'd' },
	[SR_FILE_CHR] = { "file", 'f' },
	[SR_FILE_BLK] = { "file", 'f' },
	[SR_FILE_LNK] = { "file", 'f' },
	[SR_FILE_FIFO] = { "pipe", 'p' },
	[SR_FILE_SOCK_INET] = { "ipv4", '4' },
	[SR_FILE_SOCK_INET6] = { "ipv6", '6' },
	[SR_FILE_SOCK_UNIX] = { "unix", 'u' },
	[SR_FILE_SOCK_NETLINK] = { "netlink", 'n' },
	[SR_FILE_SOCK_PACKET] = { "packet", 'o' },
	[SR_FILE_SOCK_OTHER] = { "socket", 'o' },
	[SR_FILE_EVENTFD] = { "event", 'e' },
	[SR_FILE_EPOLL] = { "eventpoll", 'l' },
	[SR_FILE_TIMERFD] = { "timerfd", 't' },
	[SR_FILE_SIGNALFD] = { "signalfd", 's' },
	[SR_FILE_INOTIFY] = { "inotify", 'i' },
	[SR_FILE_FANOTIFY] = { "fanotify", 'o' },
	[SR_FILE_PIDFD] = { "pidfd", 'P' },
	[SR_FILE_BPF] = { "bpf", 'b' },
	[SR_FILE_IOURING] = { "io_uring", 'r' },
	[SR_FILE_USERFAULTFD] = { "userfaultfd", 'u' },
	[SR_FILE_PERF] = { "perf", 'o' },
	[SR_FILE_MEMFD] = { "memfd", 'm' },
	[SR_FILE_NS] = { "namespace", 'o' },
	[SR_FILE_ANON] = { "anon", 'o' },
	[SR_FILE_OTHER] = { "other", 'o' },
};

/* A capture of a later version may hold kinds that this one does not know. */
static unsigned known_kind(uint32_t k)
{
	return k < SR_FILE_KIND_COUNT ? k : SR_FILE_OTHER;
}

const char *sr_file_kind_name(enum sr_file_kind k)
{
	return kinds[known_kind(k)].name;
}

char sr_file_kind_char(enum sr_file_kind k)
{
	return kinds[known_kind(k)].c;
}

static void put_ip4(const uint8_t *a, struct sr_buf *out)
{
	for (int i = 0; i < 4; i++) {
		if (i)
			sr_buf_putc(out, '.');
		sr_buf_u64(out, a[i]);
	}
}

void sr_ip_text(const uint8_t *addr, bool v6, struct sr_buf *out)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	char text[INET6_ADDRSTRLEN];

	if (!v6)
		put_ip4(addr, out);
	else if (!memcmp(addr, mapped, sizeof(mapped)))
		put_ip4(addr + 12, out);
	else if (inet_ntop(AF_INET6, addr, text, sizeof(text)))
		sr_buf_puts(out, text);
}

static void put_endpoint(const uint8_t *addr, bool v6, uint32_t port, struct sr_buf *out)
{
	sr_ip_text(addr, v6, out);
	sr_buf_putc(out, ':');
	sr_buf_u64(out, port);
}

/* `client->server`, or our side alone; false if the socket has neither port nor peer. */
static bool put_inet(const struct sr_file *f, struct sr_buf *out)
{
	bool v6 = f->kind == SR_FILE_SOCK_INET6;
	bool peer = f->rport || (f->flags & SR_FILE_CONNECTED);

	if ((f->flags & SR_FILE_LISTENING) || !peer) {
		if (!f->lport && !(f->flags & SR_FILE_LISTENING))
			return false;
		put_endpoint(f->laddr, v6, f->lport, out);
		return true;
	}
	if (f->flags & SR_FILE_SERVER && !(f->flags & SR_FILE_CLIENT_END)) {
		put_endpoint(f->raddr, v6, f->rport, out);
		sr_buf_put(out, "->", 2);
		put_endpoint(f->laddr, v6, f->lport, out);
	} else {
		put_endpoint(f->laddr, v6, f->lport, out);
		sr_buf_put(out, "->", 2);
		put_endpoint(f->raddr, v6, f->rport, out);
	}
	return true;
}

static uint32_t number_of(const uint8_t *addr)
{
	uint32_t n;

	memcpy(&n, addr, sizeof(n));
	return n;
}

static void put_vsock_end(uint32_t cid, uint32_t port, struct sr_buf *out)
{
	if (cid == UINT32_MAX)
		sr_buf_putc(out, '*');
	else
		sr_buf_u64(out, cid);
	sr_buf_putc(out, ':');
	sr_buf_u64(out, port);
}

/* cid:port, of both sides as IP sockets have it. */
static void put_vsock(const struct sr_file *f, struct sr_buf *out)
{
	bool peer = f->rport || number_of(f->raddr), server = f->flags & SR_FILE_SERVER;

	sr_buf_puts(out, "vsock ");
	if (peer && server) {
		put_vsock_end(number_of(f->raddr), f->rport, out);
		sr_buf_put(out, "->", 2);
	}
	put_vsock_end(number_of(f->laddr), f->lport, out);
	if (peer && !server) {
		sr_buf_put(out, "->", 2);
		put_vsock_end(number_of(f->raddr), f->rport, out);
	}
}

/* Sockets whose ends are numbers; false if this one has none. */
static bool put_numbered(const struct sr_file *f, struct sr_buf *out)
{
	static const char *const netlink[] = {
		"ROUTE",     "UNUSED",	"USERSOCK", "FIREWALL",	      "SOCK_DIAG",  "NFLOG",
		"XFRM",	     "SELINUX", "ISCSI",    "AUDIT",	      "FIB_LOOKUP", "CONNECTOR",
		"NETFILTER", "IP6_FW",	"DNRTMSG",  "KOBJECT_UEVENT", "GENERIC"
	};
	uint32_t proto = f->l4proto;

	if (!f->lport && !f->rport && !number_of(f->laddr) && !number_of(f->raddr))
		return false;
	switch (f->family) {
	case AF_NETLINK:
		sr_buf_puts(out, "netlink ");
		if (proto < sizeof(netlink) / sizeof(netlink[0]))
			sr_buf_puts(out, netlink[proto]);
		else
			sr_buf_u64(out, proto);
		sr_buf_putc(out, ':');
		sr_buf_u64(out, f->lport);
		if (f->rport) {
			sr_buf_put(out, "->", 2);
			sr_buf_u64(out, f->rport);
		}
		return true;
	case AF_PACKET:
		sr_buf_puts(out, "packet ");
		sr_args_hex(f->lport, out);
		sr_buf_putc(out, ':');
		sr_buf_u64(out, number_of(f->laddr));
		return true;
	case AF_VSOCK:
		put_vsock(f, out);
		return true;
	default:
		return false;
	}
}

/* The string that names a file, if there is one. */
static struct sr_str path_of(const struct sr_block *b, const struct sr_file *f)
{
	struct sr_str s = { NULL, 0 };

	if (f->path < b->nstrs)
		s = b->strs[f->path];
	if (!s.len && f->kind == SR_FILE_SOCK_UNIX && f->peer_path < b->nstrs)
		s = b->strs[f->peer_path];
	return s;
}

/* fd.name without the fallback to the kind; false if the file has no name. */
static bool put_name(const struct sr_block *b, const struct sr_file *f, bool escape,
		     struct sr_buf *out)
{
	struct sr_str s;

	if ((f->kind == SR_FILE_SOCK_INET || f->kind == SR_FILE_SOCK_INET6) && put_inet(f, out))
		return true;
	if (f->kind >= SR_FILE_SOCK_NETLINK && f->kind <= SR_FILE_SOCK_OTHER &&
	    put_numbered(f, out))
		return true;
	s = path_of(b, f);
	if (!s.len && f->kind == SR_FILE_FIFO && !(f->flags & SR_FILE_NO_NAME)) {
		sr_buf_put(out, "pipe:[", 6);
		sr_buf_u64(out, f->ino);
		sr_buf_putc(out, ']');
		return true;
	}
	if (!s.len)
		return false;
	if (f->kind == SR_FILE_SOCK_UNIX && !s.p[0]) { /* an abstract address as in memory */
		sr_buf_putc(out, '@');
		s.p++;
		s.len--;
	}
	if (escape)
		sr_args_escape(s.p, s.len, out);
	else
		sr_buf_put(out, s.p, s.len);
	return true;
}

void sr_file_name(const struct sr_block *b, const struct sr_file *f, struct sr_buf *out)
{
	if (f->kind != SR_FILE_NONE && !put_name(b, f, false, out) && !(f->flags & SR_FILE_NO_NAME))
		sr_buf_puts(out, sr_file_kind_name(f->kind));
}

/* "tcp", "udp", ... of an inet socket; NULL if there is no short name. */
static const char *proto_name(const struct sr_file *f)
{
	switch (f->l4proto) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_ICMP:
		return "icmp";
	case IPPROTO_ICMPV6:
		return "icmp6";
	case IPPROTO_SCTP:
		return "sctp";
	case IPPROTO_MPTCP:
		return "mptcp";
	}
	switch (f->sock_type) {
	case SOCK_STREAM:
		return "tcp";
	case SOCK_DGRAM:
		return "udp";
	case SOCK_RAW:
		return "raw";
	}
	return NULL;
}

static bool is_inet(const struct sr_file *f)
{
	return f->kind == SR_FILE_SOCK_INET || f->kind == SR_FILE_SOCK_INET6;
}

void sr_args_fd(const struct sr_block *b, int32_t fd, const struct sr_file *f, struct sr_buf *out)
{
	const char *proto = NULL;
	size_t start;

	if (fd == AT_FDCWD) {
		sr_buf_puts(out, "AT_FDCWD");
		return;
	}
	sr_buf_i64(out, fd);
	if (fd < 0 || !f || f->kind == SR_FILE_NONE)
		return;
	sr_buf_putc(out, '<');
	if (is_inet(f))
		proto = proto_name(f);
	if (proto) {
		sr_buf_puts(out, proto);
		sr_buf_putc(out, ' ');
	}
	start = out->len;
	if (!put_name(b, f, true, out)) {
		if (proto)
			out->len = start ? start - 1 : 0; /* the blank; proto says enough */
		else
			sr_buf_puts(out, sr_file_kind_name(f->kind));
	}
	sr_buf_putc(out, '>');
}

/* sr_file_name() as a JSON string. Only paths can hold what JSON escapes. */
static void name_json(const struct sr_block *b, const struct sr_file *f, struct sr_buf *out)
{
	struct sr_str s = path_of(b, f);
	size_t at;

	if (!s.len || is_inet(f)) {
		sr_buf_putc(out, '"');
		sr_file_name(b, f, out);
		sr_buf_putc(out, '"');
	} else if (f->kind == SR_FILE_SOCK_UNIX && !s.p[0]) {
		/* one byte ahead: the string's own quote becomes the '@' */
		sr_buf_putc(out, '"');
		at = out->len;
		sr_buf_json_str(out, s.p + 1, s.len - 1);
		if (!out->oom)
			out->p[at] = '@';
	} else {
		sr_buf_json_str(out, s.p, s.len);
	}
}

void sr_args_fd_json(const struct sr_block *b, int32_t fd, const struct sr_file *f,
		     struct sr_buf *out)
{
	const char *proto;

	sr_buf_put(out, "{\"fd\":", 6);
	sr_buf_i64(out, fd);
	if (fd == AT_FDCWD)
		sr_buf_puts(out, ",\"name\":\"AT_FDCWD\"");
	if (fd < 0 || !f || f->kind == SR_FILE_NONE) {
		sr_buf_putc(out, '}');
		return;
	}
	sr_buf_puts(out, ",\"name\":");
	name_json(b, f, out);
	sr_buf_puts(out, ",\"type\":\"");
	sr_buf_puts(out, sr_file_kind_name(f->kind));
	sr_buf_putc(out, '"');
	proto = is_inet(f) ? proto_name(f) : NULL;
	if (proto) {
		sr_buf_puts(out, ",\"proto\":\"");
		sr_buf_puts(out, proto);
		sr_buf_putc(out, '"');
	}
	sr_buf_putc(out, '}');
}
