/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets: TCP over IPv4 and IPv6 loopback, UDP, unix by path, abstract and in pairs, messages. */
#include "tests/live/live.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

static struct sockaddr_in local(int port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };

	sa.sin_port = htons((uint16_t)port);
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return sa;
}

static int port_of(int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	MUST(getsockname(fd, (struct sockaddr *)&ss, &len) == 0);
	return ntohs(ss.ss_family == AF_INET ? ((struct sockaddr_in *)&ss)->sin_port
					     : ((struct sockaddr_in6 *)&ss)->sin6_port);
}

/* Talk over a connected pair; @name: how the connection is called on both ends. */
static void talk(int client, int server, const char *name)
{
	char buf[64];

	expect("write(%d<%s>, \"ping\", 4) = %s", client, name,
	       ret(syscall(SYS_write, client, "ping", 4)));
	expect("read(%d<%s>, \"ping\", 64) = %s", server, name,
	       ret(syscall(SYS_read, server, buf, sizeof(buf))));
	expect("sendto(%d<%s>, \"pong\", 4, MSG_NOSIGNAL, NULL, 0) = %s", server, name,
	       ret(syscall(SYS_sendto, server, "pong", 4, MSG_NOSIGNAL, NULL, 0)));
	expect("recvfrom(%d<%s>, \"pong\", 64, 0, NULL, NULL) = %s", client, name,
	       ret(syscall(SYS_recvfrom, client, buf, sizeof(buf), 0, NULL, NULL)));
	expect("recvfrom(%d<%s>, *, 64, MSG_DONTWAIT, NULL, NULL) = %s", client, name,
	       ret(syscall(SYS_recvfrom, client, buf, sizeof(buf), MSG_DONTWAIT, NULL, NULL)));
	expect("shutdown(%d<%s>, SHUT_WR) = %s", client, name,
	       ret(syscall(SYS_shutdown, client, SHUT_WR)));
	expect("read(%d<%s>, \"\", 64) = %s", server, name,
	       ret(syscall(SYS_read, server, buf, sizeof(buf))));
	expect("close(%d<%s>) = %s", client, name, ret(syscall(SYS_close, client)));
}

static void tcp4(void)
{
	struct sockaddr_in sa = local(0);
	socklen_t len = sizeof(sa);
	int s, c, t, port, cport, on = 1;
	char name[80];

	s = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
	MUST(s >= 0);
	expect("socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP) = %d<*>", s);
	expect("setsockopt(%d<*>, SOL_SOCKET, SO_REUSEADDR, *, 4) = %s", s,
	       ret(syscall(SYS_setsockopt, s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on))));
	expect("bind(%d<*>, {AF_INET, 127.0.0.1:0}, 16) = %s", s,
	       ret(syscall(SYS_bind, s, &sa, sizeof(sa))));
	port = port_of(s);
	expect("getsockname(%d<*>, {AF_INET, 127.0.0.1:%d}, *) = 0", s, port);
	expect("listen(%d<*127.0.0.1:%d*>, 5) = %s", s, port, ret(syscall(SYS_listen, s, 5)));

	c = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
	sa = local(port);
	expect("connect(%d<*>, {AF_INET, 127.0.0.1:%d}, 16) = %s", c, port,
	       ret(syscall(SYS_connect, c, &sa, sizeof(sa))));
	cport = port_of(c);
	len = sizeof(sa);
	t = (int)syscall(SYS_accept4, s, &sa, &len, SOCK_CLOEXEC);
	snprintf(name, sizeof(name), "tcp 127.0.0.1:%d->127.0.0.1:%d", cport, port);
	expect("accept4(%d<*>, {AF_INET, 127.0.0.1:%d}, *, SOCK_CLOEXEC) = %d<%s>", s, cport, t,
	       name);
	talk(c, t, name);
	MUST(close(s) == 0);

	c = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
	sa = local(port);
	expect("connect(%d<*>, {AF_INET, 127.0.0.1:%d}, 16) = %s", c, port,
	       ret(syscall(SYS_connect, c, &sa, sizeof(sa))));
	MUST(close(c) == 0);
	expect("connect(99, {AF_INET, 127.0.0.1:%d}, 16) = %s", port,
	       ret(syscall(SYS_connect, 99, &sa, sizeof(sa))));
}

static void tcp6(void)
{
	struct sockaddr_in6 sa = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int s, c, t, port;
	char name[80];

	s = socket(AF_INET6, SOCK_STREAM, 0);
	if (s < 0 || bind(s, (struct sockaddr *)&sa, sizeof(sa)) != 0 || listen(s, 1) != 0)
		return; /* no IPv6 here */
	port = port_of(s);
	c = socket(AF_INET6, SOCK_STREAM, 0);
	sa.sin6_port = htons((uint16_t)port);
	expect("connect(%d<*>, {AF_INET6, [::1]:%d}, 28) = %s", c, port,
	       ret(syscall(SYS_connect, c, &sa, sizeof(sa))));
	t = (int)syscall(SYS_accept4, s, NULL, NULL, 0);
	snprintf(name, sizeof(name), "tcp ::1:%d->::1:%d", port_of(c), port);
	expect("accept4(%d<*>, NULL, NULL, 0) = %d<%s>", s, t, name);
	talk(c, t, name);
}

static void udp(void)
{
	struct sockaddr_in sa = local(0), from;
	socklen_t len = sizeof(from);
	int s = socket(AF_INET, SOCK_DGRAM, 0), c = socket(AF_INET, SOCK_DGRAM, 0), port;
	char buf[64];

	MUST(bind(s, (struct sockaddr *)&sa, sizeof(sa)) == 0);
	port = port_of(s);
	sa = local(port);
	expect("sendto(%d<*>, \"datagram\", 8, 0, {AF_INET, 127.0.0.1:%d}, 16) = %s", c, port,
	       ret(syscall(SYS_sendto, c, "datagram", 8, 0, &sa, sizeof(sa))));
	MUST(syscall(SYS_recvfrom, s, buf, sizeof(buf), 0, &from, &len) == 8);
	expect("recvfrom(%d<*>, \"datagram\", 64, 0, {AF_INET, 127.0.0.1:%d}, *) = 8", s,
	       ntohs(from.sin_port));
}

static void unix_path(void)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM, 0), c = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", "live.sock");
	expect("bind(%d<*>, {AF_UNIX, live.sock}, %zu) = %s", s, sizeof(sa),
	       ret(syscall(SYS_bind, s, &sa, sizeof(sa))));
	MUST(listen(s, 1) == 0);
	expect("connect(%d<*>, {AF_UNIX, live.sock}, %zu) = %s", c, sizeof(sa),
	       ret(syscall(SYS_connect, c, &sa, sizeof(sa))));
	expect("accept(%d<*live.sock*>, NULL, NULL) = %s<*live.sock*>", s,
	       ret(syscall(SYS_accept, s, NULL, NULL)));
	expect("write(%d<*live.sock*>, \"u\", 1) = %s", c, ret(syscall(SYS_write, c, "u", 1)));

	s = socket(AF_UNIX, SOCK_DGRAM, 0);
	memcpy(sa.sun_path, "\0sysreel-live", 13);
	expect("bind(%d<*>, {AF_UNIX, @sysreel-live}, 15) = %s", s,
	       ret(syscall(SYS_bind, s, &sa, 2 + 13)));
	strcpy(sa.sun_path, "/nowhere/sock");
	expect("connect(%d<*>, {AF_UNIX, /nowhere/sock}, %zu) = %s", c, sizeof(sa),
	       ret(syscall(SYS_connect, c, &sa, sizeof(sa))));
}

static void messages(void)
{
	char data[64], control[CMSG_SPACE(sizeof(int))];
	struct iovec iov[2] = { { "left ", 5 }, { "right", 5 } };
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2 };
	struct cmsghdr *h;
	int pair[2], fd = open("/dev/null", O_RDONLY);

	MUST(syscall(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
	expect("socketpair(AF_UNIX, SOCK_SEQPACKET, *, [%d, %d]) = 0", pair[0], pair[1]);
	m.msg_control = control;
	m.msg_controllen = sizeof(control);
	h = CMSG_FIRSTHDR(&m);
	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(h), &fd, sizeof(fd));
	expect("sendmsg(%d<*>, *left right*, 0) = %s", pair[0],
	       ret(syscall(SYS_sendmsg, pair[0], &m, 0)));
	iov[0] = (struct iovec){ data, sizeof(data) };
	m.msg_iovlen = 1;
	MUST(syscall(SYS_recvmsg, pair[1], &m, MSG_CMSG_CLOEXEC) == 10);
	expect("recvmsg(%d<*>, *left right*, MSG_CMSG_CLOEXEC) = 10", pair[1]);
	/* The received number means the file that was sent. */
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	expect("read(%d</dev/null>, \"\", 64) = %s", fd,
	       ret(syscall(SYS_read, fd, data, sizeof(data))));
}

int main(void)
{
	tcp4();
	tcp6();
	udp();
	unix_path();
	messages();
	return live_end();
}
