/* SPDX-License-Identifier: Apache-2.0 */
/* Values of socket options: what getsockopt and setsockopt point to, as level and option say; and
 * the data of control messages, whose types are those of the options that ask for them. */
#include "formats/args_emit.h"
#include "formats/args_tables_net.h"
#include "formats/base/cur.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

/* Of the kernel's headers, which exclude those of the C library, or of later ones. */
#define ORIGINAL_DST	  80
#define PEERPIDFD	  77
#define NETNS_COOKIE	  71
#define TIMEO_NEW	  66 /* of receiving; the next one of sending */
#define STAMP_NEW	  63 /* SO_TIMESTAMP_NEW; the next ones: of nanoseconds, several */
#define ORIGDSTADDR	  20
#define ICMP_FILTER	  1
#define PACKET_MEMBERSHIP 1 /* add; the next one drops */
#define PACKET_RX_RING	  5
#define PACKET_STATISTICS 6
#define PACKET_TX_RING	  13

/* How a value is written, beside the forms of a number. */
enum shape {
	O_STR = 32, /* text, with a NUL or without */
	O_TIMEVAL,
	O_TIMEVAL32, /* of 32-bit programs */
	O_TIMESPEC,
	O_TIMESPEC32,
	O_SOCKADDR,
	O_NUMBERS, /* 32 bits each */
	O_IDS,
	O_IP4,
	O_TABLE,
};

struct option {
	uint16_t level;
	uint16_t name;
	uint16_t size; /* bytes that it must have at least; of one option the larger stand first */
	uint8_t shape; /* enum sr_args_form or enum shape */
	uint16_t xlat;
	const struct member *m; /* of O_TABLE */
	uint16_t n;
};

/* clang-format off */
#define LEVEL_SOCKET SOL_SOCKET
#define LEVEL_IP     IPPROTO_IP
#define LEVEL_IPV6   IPPROTO_IPV6
#define LEVEL_TCP    IPPROTO_TCP
#define LEVEL_RAW    SOL_RAW
#define LEVEL_ICMPV6 IPPROTO_ICMPV6
#define LEVEL_PACKET SOL_PACKET
#define NUM(l, name, bytes, form)     { LEVEL_##l, name, bytes, SR_FORM_##form, SR_XLAT_none, NULL, 0 }
#define NAMED(l, name, form, x)       { LEVEL_##l, name, 4, SR_FORM_##form, SR_XLAT_##x, NULL, 0 }
#define SHAPE(l, name, bytes, s)      { LEVEL_##l, name, bytes, O_##s, SR_XLAT_none, NULL, 0 }
#define TABLE(l, name, bytes, t) \
	{ LEVEL_##l, name, bytes, O_TABLE, SR_XLAT_none, (t), sizeof(t) / sizeof((t)[0]) }
#define STAMPS(name)  SHAPE(SOCKET, name, 16, TIMESPEC), SHAPE(SOCKET, name, 8, TIMESPEC32)
#define TIMEO(name)   SHAPE(SOCKET, name, 16, TIMEVAL), SHAPE(SOCKET, name, 8, TIMEVAL32)
#define FPROG(name)   TABLE(SOCKET, name, 16, fprog_m), TABLE(SOCKET, name, 8, fprog32_m)
#define MREQ(name)    TABLE(IP, name, 12, mreqn_m), TABLE(IP, name, 8, mreq_m)
#define MCAST(l)                                      \
	TABLE(l, MCAST_JOIN_GROUP, 136, group_m),     \
	TABLE(l, MCAST_JOIN_GROUP, 132, group32_m),   \
	TABLE(l, MCAST_LEAVE_GROUP, 136, group_m),    \
	TABLE(l, MCAST_LEAVE_GROUP, 132, group32_m),  \
	GROUP_SOURCE(l, MCAST_JOIN_SOURCE_GROUP),     \
	GROUP_SOURCE(l, MCAST_LEAVE_SOURCE_GROUP),    \
	GROUP_SOURCE(l, MCAST_BLOCK_SOURCE),          \
	GROUP_SOURCE(l, MCAST_UNBLOCK_SOURCE)
#define GROUP_SOURCE(l, name) \
	TABLE(l, name, 264, group_source_m), TABLE(l, name, 260, group_source32_m)

/* Options that are not here are numbers if they have four bytes, else bytes. */
static const struct option options[] = {
	NAMED(SOCKET, SO_TYPE, ENUM, sock_type),
	NAMED(SOCKET, SO_DOMAIN, ENUM, sock_family),
	NAMED(SOCKET, SO_PROTOCOL, ENUM, ip_proto),
	NUM(SOCKET, SO_ERROR, 4, ERRNO),
	TABLE(SOCKET, SO_LINGER, 8, linger_m),
	TIMEO(SO_RCVTIMEO),
	TIMEO(SO_SNDTIMEO),
	TIMEO(TIMEO_NEW),
	TIMEO(TIMEO_NEW + 1),
	TIMEO(SO_TIMESTAMP),
	TIMEO(STAMP_NEW),
	STAMPS(SO_TIMESTAMPNS),
	STAMPS(STAMP_NEW + 1),
	TABLE(SOCKET, SO_TIMESTAMPING, 48, timestamping_m),
	TABLE(SOCKET, STAMP_NEW + 2, 48, timestamping_m),
	TABLE(SOCKET, SO_PEERCRED, 12, ucred_m),
	SHAPE(SOCKET, SO_PEERGROUPS, 0, IDS),
	SHAPE(SOCKET, SO_PEERSEC, 0, STR),
	SHAPE(SOCKET, SO_PEERNAME, 2, SOCKADDR),
	NUM(SOCKET, PEERPIDFD, 4, FD),
	SHAPE(SOCKET, SO_BINDTODEVICE, 0, STR),
	FPROG(SO_ATTACH_FILTER),
	FPROG(SO_ATTACH_REUSEPORT_CBPF),
	SHAPE(SOCKET, SO_MEMINFO, 4, NUMBERS),
	NUM(SOCKET, SO_COOKIE, 8, UDEC),
	NUM(SOCKET, NETNS_COOKIE, 8, UDEC),
	NUM(SOCKET, SO_MAX_PACING_RATE, 8, UDEC),
	NUM(SOCKET, SO_MAX_PACING_RATE, 4, UDEC),
	TABLE(SOCKET, SO_TXTIME, 8, txtime_m),

	MREQ(IP_ADD_MEMBERSHIP),
	MREQ(IP_DROP_MEMBERSHIP),
	MREQ(IP_MULTICAST_IF),
	SHAPE(IP, IP_MULTICAST_IF, 4, IP4),
	TABLE(IP, IP_ADD_SOURCE_MEMBERSHIP, 12, mreq_source_m),
	TABLE(IP, IP_DROP_SOURCE_MEMBERSHIP, 12, mreq_source_m),
	TABLE(IP, IP_BLOCK_SOURCE, 12, mreq_source_m),
	TABLE(IP, IP_UNBLOCK_SOURCE, 12, mreq_source_m),
	MCAST(IP),
	SHAPE(IP, ORIGINAL_DST, 2, SOCKADDR),
	SHAPE(IP, ORIGDSTADDR, 16, SOCKADDR),
	TABLE(IP, IP_PKTINFO, 12, pktinfo_m),
	TABLE(IP, IP_RECVERR, 32, extended_err_m),

	TABLE(IPV6, IPV6_JOIN_GROUP, 20, mreq6_m),
	TABLE(IPV6, IPV6_LEAVE_GROUP, 20, mreq6_m),
	TABLE(IPV6, IPV6_JOIN_ANYCAST, 20, mreq6_m),
	TABLE(IPV6, IPV6_LEAVE_ANYCAST, 20, mreq6_m),
	TABLE(IPV6, IPV6_PKTINFO, 20, pktinfo6_m),
	TABLE(IPV6, IPV6_2292PKTINFO, 20, pktinfo6_m),
	TABLE(IPV6, IPV6_RECVERR, 32, extended_err_m),
	MCAST(IPV6),
	SHAPE(IPV6, ORIGINAL_DST, 2, SOCKADDR),

	TABLE(TCP, TCP_INFO, 72, tcp_info_m),
	SHAPE(TCP, TCP_CONGESTION, 0, STR),
	SHAPE(TCP, TCP_ULP, 0, STR),

	NUM(RAW, ICMP_FILTER, 4, HEX),
	TABLE(PACKET, PACKET_MEMBERSHIP, 8, packet_mreq_m),
	TABLE(PACKET, PACKET_MEMBERSHIP + 1, 8, packet_mreq_m),
	TABLE(PACKET, PACKET_RX_RING, 16, packet_ring_m),
	TABLE(PACKET, PACKET_TX_RING, 16, packet_ring_m),
	TABLE(PACKET, PACKET_STATISTICS, 8, packet_stats_m),
};
/* clang-format on */

/* A number alone: in brackets, plain in JSON. */
static void put_number(struct sr_emit *e, unsigned form, unsigned xlat, unsigned size, uint64_t v)
{
	if (!e->json)
		sr_emit_begin(e, '[');
	sr_emit_num(e, form, size, xlat, v);
	if (!e->json)
		sr_emit_end(e, ']');
}

static void put_numbers(struct sr_emit *e, enum sr_args_form form, struct sr_cur c)
{
	sr_emit_begin(e, '[');
	for (unsigned i = 0; c.left >= 4 && (e->json || i < SR_TEXT_ELEMS); i++) {
		sr_emit_separate(e);
		sr_emit_num(e, form, 4, SR_XLAT_none, sr_cur_u32(&c));
	}
	if (c.left)
		sr_emit_ellipsis(e);
	sr_emit_end(e, ']');
}

static void put_time(struct sr_emit *e, struct sr_cur c, bool wide, bool nano)
{
	int64_t sec = wide ? (int64_t)sr_cur_u64(&c) : (int32_t)sr_cur_u32(&c);

	if (!e->json)
		sr_emit_begin(e, '{');
	sr_emit_time(e, sec, wide ? sr_cur_u64(&c) : sr_cur_u32(&c), nano);
	if (!e->json)
		sr_emit_end(e, '}');
}

/* Text that may have a NUL behind it. */
static void put_text(struct sr_emit *e, struct sr_cur c, bool cut)
{
	size_t len = strnlen((const char *)c.p, c.left);

	sr_emit_str(e, c.p, len, cut && len == c.left, e->a->truelen);
}

static void put_option(struct sr_emit *e, const struct option *o, struct sr_cur c, bool cut)
{
	switch (o->shape) {
	case O_STR:
		put_text(e, c, cut);
		break;
	case O_TIMEVAL:
	case O_TIMEVAL32:
		put_time(e, c, o->shape == O_TIMEVAL, false);
		break;
	case O_TIMESPEC:
	case O_TIMESPEC32:
		put_time(e, c, o->shape == O_TIMESPEC, true);
		break;
	case O_SOCKADDR:
		(void)sr_emit_sockaddr(e, c.p, c.left); /* o->size: it has a family */
		break;
	case O_NUMBERS:
	case O_IDS:
		put_numbers(e, o->shape == O_IDS ? SR_FORM_ID : SR_FORM_UDEC, c);
		break;
	case O_IP4:
		sr_emit_ip(e, c.p, false);
		break;
	case O_TABLE:
		(void)sr_emit_members(e, o->m, o->n, c.p, c.left); /* o->size: there is one */
		break;
	default:
		put_number(e, o->shape, o->xlat, o->size,
			   o->size == 8 ? sr_cur_u64(&c) : sr_cur_u32(&c));
	}
}

static const struct option *find_option(uint32_t level, uint32_t name, size_t len)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (options[i].level == level && options[i].name == name && len >= options[i].size)
			return &options[i];
	return NULL;
}

void sr_emit_option(struct sr_emit *e, uint32_t level, uint32_t name, struct sr_cur c, bool cut)
{
	const struct option *o = find_option(level, name, c.left);

	if (o)
		put_option(e, o, c, cut);
	else if (c.left == 4)
		put_number(e, SR_FORM_DEC, SR_XLAT_none, 4, sr_cur_u32(&c));
	else
		sr_emit_str(e, c.p, c.left, cut, e->a->truelen);
}

/* What the argument called getsockopt's optlen says that the kernel wrote: older recordings have
 * sixteen bytes of every option. */
static uint32_t length_of(const struct sr_args_ref *a)
{
	struct sr_args_ref next;
	uint32_t told;
	struct sr_cur c;

	if (!sr_args_get(a->b, a->row, a->idx + 1, &next) || next.kind != SR_KIND_LENPTR)
		return a->len;
	c = sr_cur(next.p, next.len);
	told = sr_cur_u32(&c);
	return !c.bad && told < a->len ? told : a->len;
}

bool sr_decode_optval(struct sr_emit *e)
{
	const struct sr_args_ref *a = e->a;
	uint32_t len = length_of(a);
	struct sr_cur c = sr_cur(a->p, len);
	bool cut = len == a->len && (a->status != SR_OK || a->truelen > a->len);
	struct sr_args_ref level, name;

	if (a->idx < 2 || !sr_args_get(a->b, a->row, a->idx - 2, &level) ||
	    !sr_args_get(a->b, a->row, a->idx - 1, &name))
		return false;
	sr_emit_option(e, (uint32_t)level.val, (uint32_t)name.val, c, cut);
	return true;
}
