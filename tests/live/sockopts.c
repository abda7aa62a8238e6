/* SPDX-License-Identifier: Apache-2.0 */
/* Socket options whose value is more than a number, and the control messages that they bring. */
#include "tests/live/live.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/time.h>

static long get(int fd, int level, int name, void *p, socklen_t *len)
{
	return syscall(SYS_getsockopt, fd, level, name, p, len);
}

static long set(int fd, int level, int name, const void *p, size_t len)
{
	return syscall(SYS_setsockopt, fd, level, name, p, (int)len);
}

static int int_of(int fd, int level, int name)
{
	socklen_t len = sizeof(int);
	int v = -1;

	MUST(get(fd, level, name, &v, &len) == 0);
	return v;
}

/* What every socket has. */
static void general(void)
{
	struct linger l = { 1, 5 };
	struct timeval t = { 1, 500000 };
	struct sock_filter code = BPF_STMT(BPF_RET | BPF_K, 0xffff);
	struct sock_fprog prog = { 1, &code };
	socklen_t len = sizeof(l);
	int s = socket(AF_INET, SOCK_STREAM, 0);
	char name[32];

	MUST(s >= 0);
	MUST(int_of(s, SOL_SOCKET, SO_TYPE) == SOCK_STREAM);
	expect("getsockopt(%d<*>, SOL_SOCKET, SO_TYPE, [SOCK_STREAM], [4]) = 0", s);
	MUST(int_of(s, SOL_SOCKET, SO_DOMAIN) == AF_INET);
	expect("getsockopt(%d<*>, SOL_SOCKET, SO_DOMAIN, [AF_INET], [4]) = 0", s);
	MUST(int_of(s, SOL_SOCKET, SO_PROTOCOL) == IPPROTO_TCP);
	expect("getsockopt(%d<*>, SOL_SOCKET, SO_PROTOCOL, [IPPROTO_TCP], [4]) = 0", s);
	MUST(int_of(s, SOL_SOCKET, SO_ERROR) == 0);
	expect("getsockopt(%d<*>, SOL_SOCKET, SO_ERROR, [0], [4]) = 0", s);
	MUST(set(s, SOL_SOCKET, SO_LINGER, &l, sizeof(l)) == 0);
	expect("setsockopt(%d<*>, SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=5}, 8) = 0", s);
	MUST(get(s, SOL_SOCKET, SO_LINGER, &l, &len) == 0);
	expect("getsockopt(%d<*>, SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=5}, [8]) = 0", s);
	MUST(set(s, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)) == 0);
	expect("setsockopt(%d<*>, SOL_SOCKET, SO_RCVTIMEO_OLD, {1.500000}, 16) = 0", s);
	len = sizeof(t);
	MUST(get(s, SOL_SOCKET, SO_SNDTIMEO, &t, &len) == 0);
	expect("getsockopt(%d<*>, SOL_SOCKET, SO_SNDTIMEO_OLD, {0.000000}, [16]) = 0", s);
	MUST(set(s, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) == 0);
	expect("setsockopt(%d<*>, SOL_SOCKET, SO_ATTACH_FILTER, {len=1, filter=%p}, 16) = 0", s,
	       (void *)&code);
	expect("setsockopt(%d<*>, SOL_SOCKET, SO_BINDTODEVICE, \"lo\", 3) = %s", s,
	       ret(set(s, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3)));
	len = sizeof(name);
	if (get(s, SOL_SOCKET, SO_BINDTODEVICE, name, &len) == 0 && len)
		expect("getsockopt(%d<*>, SOL_SOCKET, SO_BINDTODEVICE, \"lo\", [3]) = 0", s);
	len = sizeof(l);
	expect("getsockopt(%d<*>, SOL_SOCKET, 0x270f, *) = %s", s,
	       ret(get(s, SOL_SOCKET, 9999, &l, &len)));
	close(s);
}

static void peers(void)
{
	socklen_t len;
	int pair[2];
	struct ucred c;

	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
	len = sizeof(c);
	MUST(get(pair[0], SOL_SOCKET, SO_PEERCRED, &c, &len) == 0);
	expect("getsockopt(%d<*>, SOL_SOCKET, SO_PEERCRED, {pid=%d, uid=%u, gid=%u}, [12]) = 0",
	       pair[0], getpid(), getuid(), getgid());
	MUST(int_of(pair[0], SOL_SOCKET, SO_TYPE) == SOCK_DGRAM);
	expect("getsockopt(%d<*>, SOL_SOCKET, SO_TYPE, [SOCK_DGRAM], [4]) = 0", pair[0]);
	close(pair[0]);
	close(pair[1]);
}

/* A connection over loopback, and one that is refused. */
static void tcp(void)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	int s = socket(AF_INET, SOCK_STREAM, 0), c = socket(AF_INET, SOCK_STREAM, 0), port;
	socklen_t len = sizeof(sa);
	struct tcp_info info;
	char name[16];

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	MUST(bind(s, (struct sockaddr *)&sa, len) == 0 && listen(s, 1) == 0);
	MUST(getsockname(s, (struct sockaddr *)&sa, &len) == 0);
	port = ntohs(sa.sin_port);
	MUST(connect(c, (struct sockaddr *)&sa, sizeof(sa)) == 0);
	len = sizeof(info);
	MUST(get(c, IPPROTO_TCP, TCP_INFO, &info, &len) == 0);
	expect("getsockopt(%d<*>, SOL_TCP, TCP_INFO, {tcpi_state=TCP_ESTABLISHED, "
	       "tcpi_retransmits=0, *tcpi_rtt=%u, tcpi_rttvar=%u, tcpi_snd_cwnd=%u, "
	       "tcpi_total_retrans=0, ...}, [%u]) = 0",
	       c, info.tcpi_rtt, info.tcpi_rttvar, info.tcpi_snd_cwnd, len);
	len = sizeof(name);
	MUST(get(c, IPPROTO_TCP, TCP_CONGESTION, name, &len) == 0);
	expect("getsockopt(%d<*>, SOL_TCP, TCP_CONGESTION, \"%.16s\", [16]) = 0", c, name);
	MUST(set(c, IPPROTO_TCP, TCP_CONGESTION, name, strnlen(name, 16)) == 0);
	expect("setsockopt(%d<*>, SOL_TCP, TCP_CONGESTION, \"%.16s\", %zu) = 0", c, name,
	       strnlen(name, 16));
	close(c);
	close(s);

	/* nobody listens there any more */
	c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	MUST(connect(c, (struct sockaddr *)&sa, sizeof(sa)) == -1);
	if (errno == EINPROGRESS || errno == ECONNREFUSED) {
		int error = int_of(c, SOL_SOCKET, SO_ERROR);

		if (error == ECONNREFUSED)
			expect("getsockopt(%d<*:%d*>, SOL_SOCKET, SO_ERROR, [ECONNREFUSED], [4]) "
			       "= 0",
			       c, port);
	}
	/* no table of connections has it */
	len = sizeof(sa);
	expect("getsockopt(%d<*>, SOL_IP, SO_ORIGINAL_DST, *) = %s", c,
	       ret(get(c, IPPROTO_IP, 80 /* SO_ORIGINAL_DST */, &sa, &len)));
	close(c);
}

static void groups(void)
{
	struct ip_mreq both = { .imr_multiaddr.s_addr = htonl(0xe0000005) };
	struct ip_mreqn three = { .imr_multiaddr.s_addr = htonl(0xe0000006), .imr_ifindex = 1 };
	struct ip_mreq_source from = { .imr_multiaddr.s_addr = htonl(0xe0000007) };
	struct ipv6_mreq six = { .ipv6mr_interface = 1 };
	struct group_req any = { .gr_interface = 1 };
	struct in_addr loopback = { htonl(INADDR_LOOPBACK) };
	int s = socket(AF_INET, SOCK_DGRAM, 0), size = 1000;

	both.imr_interface = loopback;
	from.imr_interface = loopback;
	from.imr_sourceaddr.s_addr = htonl(0x0a000001);
	expect("setsockopt(%d<*>, SOL_IP, IP_ADD_MEMBERSHIP, {imr_multiaddr=224.0.0.5, "
	       "imr_interface=127.0.0.1}, 8) = %s",
	       s, ret(set(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, &both, sizeof(both))));
	expect("setsockopt(%d<*>, SOL_IP, IP_DROP_MEMBERSHIP, {imr_multiaddr=224.0.0.6, "
	       "imr_address=0.0.0.0, imr_ifindex=1}, 12) = %s",
	       s, ret(set(s, IPPROTO_IP, IP_DROP_MEMBERSHIP, &three, sizeof(three))));
	expect("setsockopt(%d<*>, SOL_IP, IP_ADD_SOURCE_MEMBERSHIP, {imr_multiaddr=224.0.0.7, "
	       "imr_interface=127.0.0.1, imr_sourceaddr=10.0.0.1}, 12) = %s",
	       s, ret(set(s, IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, &from, sizeof(from))));
	expect("setsockopt(%d<*>, SOL_IP, IP_MULTICAST_IF, 127.0.0.1, 4) = %s", s,
	       ret(set(s, IPPROTO_IP, IP_MULTICAST_IF, &loopback, sizeof(loopback))));
	inet_pton(AF_INET, "224.0.0.8", &((struct sockaddr_in *)&any.gr_group)->sin_addr);
	any.gr_group.ss_family = AF_INET;
	expect("setsockopt(%d<*>, SOL_IP, MCAST_JOIN_GROUP, {gr_interface=1, "
	       "gr_group={AF_INET, 224.0.0.8:0}}, 136) = %s",
	       s, ret(set(s, IPPROTO_IP, MCAST_JOIN_GROUP, &any, sizeof(any))));
	expect("setsockopt(%d<*>, SOL_UDP, UDP_SEGMENT, [1000], 4) = %s", s,
	       ret(set(s, IPPROTO_UDP, 103 /* UDP_SEGMENT */, &size, sizeof(size))));
	close(s);

	inet_pton(AF_INET6, "ff02::5", &six.ipv6mr_multiaddr);
	expect("setsockopt(-1, SOL_IPV6, IPV6_JOIN_GROUP, {ipv6mr_multiaddr=ff02::5, "
	       "ipv6mr_interface=1}, 20) = %s",
	       ret(set(-1, IPPROTO_IPV6, IPV6_JOIN_GROUP, &six, sizeof(six))));
}

static void links(void)
{
	struct {
		int index;
		unsigned short type, alen;
		unsigned char address[8];
	} member = { 1, 1, 0, { 0 } };
	int s = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), on = 1;

	MUST(s >= 0);
	expect("setsockopt(%d<*>, SOL_NETLINK, NETLINK_EXT_ACK, [1], 4) = %s", s,
	       ret(set(s, 270 /* SOL_NETLINK */, NETLINK_EXT_ACK, &on, sizeof(on))));
	close(s);
	expect("setsockopt(-1, SOL_PACKET, PACKET_ADD_MEMBERSHIP, {mr_ifindex=1, "
	       "mr_type=PACKET_MR_PROMISC, mr_alen=0}, 16) = %s",
	       ret(set(-1, SOL_PACKET, 1, &member, sizeof(member))));
}

/* The data of a control message with its level and type, copied to @out. */
static bool control_of(struct msghdr *m, int level, int type, void *out, size_t size)
{
	for (struct cmsghdr *h = CMSG_FIRSTHDR(m); h; h = CMSG_NXTHDR(m, h))
		if (h->cmsg_level == level && h->cmsg_type == type) {
			memcpy(out, CMSG_DATA(h), size);
			return true;
		}
	return false;
}

/* What was asked for comes with each message. */
static void controls(void)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	int s = socket(AF_INET, SOCK_DGRAM, 0), on = 1, ttl;
	socklen_t len = sizeof(sa);
	char data[8], room[256];
	struct iovec iov = { data, sizeof(data) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct in_pktinfo info;
	struct timeval t;

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	MUST(bind(s, (struct sockaddr *)&sa, sizeof(sa)) == 0);
	MUST(getsockname(s, (struct sockaddr *)&sa, &len) == 0);
	MUST(set(s, SOL_SOCKET, SO_TIMESTAMP, &on, sizeof(on)) == 0);
	MUST(set(s, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) == 0);
	MUST(set(s, IPPROTO_IP, IP_RECVTTL, &on, sizeof(on)) == 0);
	MUST(sendto(s, "x", 1, 0, (struct sockaddr *)&sa, sizeof(sa)) == 1);
	m.msg_control = room;
	m.msg_controllen = sizeof(room);
	MUST(syscall(SYS_recvmsg, s, &m, 0) == 1);
	MUST(control_of(&m, SOL_SOCKET, SO_TIMESTAMP, &t, sizeof(t)));
	MUST(control_of(&m, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info)));
	MUST(control_of(&m, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl)));
	expect("recvmsg(%d<*>, {*cmsg_type=SCM_TIMESTAMP, cmsg_data={%ld.%06ld}}, "
	       "{cmsg_level=SOL_IP, cmsg_type=IP_PKTINFO, cmsg_data={ipi_ifindex=%d, "
	       "ipi_spec_dst=127.0.0.1, ipi_addr=127.0.0.1}}, {*cmsg_type=IP_TTL, "
	       "cmsg_data=[%d]}*}, 0) = 1",
	       s, t.tv_sec, t.tv_usec, info.ipi_ifindex, ttl);
	close(s);
}

int main(void)
{
	controls();
	general();
	peers();
	tcp();
	groups();
	links();
	return live_end();
}
