/* SPDX-License-Identifier: Apache-2.0 */
/* Both ends of sockets that are easy to get wrong: connected in the background, refused, over;
 * datagrams of sockets without a peer, several in one call; unix sockets of all makes; descriptors
 * in messages; families without IP addresses. */
#include "tests/live/live.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
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
	struct sockaddr_in sa;
	socklen_t len = sizeof(sa);

	MUST(getsockname(fd, (struct sockaddr *)&sa, &len) == 0);
	return ntohs(sa.sin_port);
}

/* A socket of @type on a port of its own. */
static int on_port(int type, int *port)
{
	struct sockaddr_in sa = local(0);
	int s = socket(AF_INET, type, 0);

	MUST(s >= 0 && bind(s, (struct sockaddr *)&sa, sizeof(sa)) == 0);
	*port = port_of(s);
	return s;
}

static void in_background(void)
{
	int port, l = on_port(SOCK_STREAM, &port), c, a, cport, err;
	struct linger hard = { 1, 0 };
	struct sockaddr_in sa = local(port);
	struct pollfd p;
	char name[80], buf[4];
	const char *r;

	MUST(listen(l, 1) == 0);
	c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	r = ret(syscall(SYS_connect, c, &sa, sizeof(sa)));
	cport = port_of(c);
	snprintf(name, sizeof(name), "tcp 127.0.0.1:%d->127.0.0.1:%d", cport, port);
	expect("connect(%d<%s>, {AF_INET, 127.0.0.1:%d}, 16) = %s", c, name, port, r);
	p = (struct pollfd){ .fd = c, .events = POLLOUT };
	MUST(poll(&p, 1, 50000) == 1);
	a = accept(l, NULL, NULL);
	/* the other side hangs up the hard way: nothing is left but the error */
	MUST(setsockopt(a, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard)) == 0 && close(a) == 0);
	MUST(poll(&p, 1, 50000) == 1);
	err = (int)syscall(SYS_read, c, buf, sizeof(buf));
	expect("read(%d<%s>, *, 4) = %s", c, name, ret(err));
	close(c);
	close(l);
}

static void refused(void)
{
	int port, gone = on_port(SOCK_STREAM, &port), c;
	struct sockaddr_in sa = local(port);

	close(gone);
	c = socket(AF_INET, SOCK_STREAM, 0);
	expect("connect(%d<tcp *:*->127.0.0.1:%d>, {AF_INET, 127.0.0.1:%d}, 16) = %s", c, port,
	       port, ret(syscall(SYS_connect, c, &sa, sizeof(sa))));
	close(c);
}

static void datagrams(void)
{
	int port, s = on_port(SOCK_DGRAM, &port), c = socket(AF_INET, SOCK_DGRAM, 0), cport;
	struct sockaddr_in sa = local(port), from;
	struct iovec iov[2] = { { "one", 3 }, { "four", 4 } };
	struct mmsghdr m[2] = { 0 };
	socklen_t len = sizeof(from);
	char buf[8], text[2][8];
	const char *r;

	r = ret(syscall(SYS_sendto, c, "hello", 5, 0, &sa, sizeof(sa)));
	cport = port_of(c);
	expect("sendto(%d<udp 0.0.0.0:%d->127.0.0.1:%d>, \"hello\", 5, 0, "
	       "{AF_INET, 127.0.0.1:%d}, 16) = %s",
	       c, cport, port, port, r);
	r = ret(syscall(SYS_recvfrom, s, buf, sizeof(buf), 0, &from, &len));
	expect("recvfrom(%d<udp 127.0.0.1:%d->127.0.0.1:%d>, \"hello\", 8, 0, "
	       "{AF_INET, 127.0.0.1:%d}, [16]) = %s",
	       s, port, cport, cport, r);
	for (int i = 0; i < 2; i++)
		m[i].msg_hdr = (struct msghdr){ .msg_name = &sa,
						.msg_namelen = sizeof(sa),
						.msg_iov = &iov[i],
						.msg_iovlen = 1 };
	r = ret(syscall(SYS_sendmmsg, c, m, 2, 0));
	expect("sendmmsg(%d<udp 0.0.0.0:%d->127.0.0.1:%d>, [{msg_name={AF_INET, 127.0.0.1:%d}, "
	       "msg_iov=\"one\", msg_len=3}, {msg_name={AF_INET, 127.0.0.1:%d}, "
	       "msg_iov=\"four\", msg_len=4}], 2, 0) = %s",
	       c, cport, port, port, port, r);
	for (int i = 0; i < 2; i++) {
		iov[i] = (struct iovec){ text[i], sizeof(text[i]) };
		m[i].msg_hdr.msg_name = i ? NULL : &from;
		m[i].msg_hdr.msg_namelen = i ? 0 : sizeof(from);
	}
	r = ret(syscall(SYS_recvmmsg, s, m, 2, 0, NULL));
	expect("recvmmsg(%d<udp *127.0.0.1:%d*>, [{msg_name={AF_INET, 127.0.0.1:%d}, "
	       "msg_iov=\"one\", msg_len=3}, {msg_iov=\"four\", msg_len=4}], 2, 0, NULL) = %s",
	       s, cport, cport, r);
	close(c);
	close(s);
}

static socklen_t unix_address(struct sockaddr_un *su, const char *name)
{
	*su = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (name[0] == '@')
		memcpy(su->sun_path + 1, name + 1, strlen(name) - 1);
	else
		memcpy(su->sun_path, name, strlen(name) + 1);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name) +
			   (name[0] == '@' ? 0 : 1));
}

static void unix_ends(void)
{
	struct sockaddr_un su, from;
	socklen_t len = unix_address(&su, "here"), flen = sizeof(from);
	int s = socket(AF_UNIX, SOCK_DGRAM, 0), c = socket(AF_UNIX, SOCK_DGRAM, 0);
	char buf[8];

	MUST(bind(s, (struct sockaddr *)&su, len) == 0);
	expect("sendto(%d<here>, \"hi\", 2, 0, {AF_UNIX, here}, %u) = %s", c, len,
	       ret(syscall(SYS_sendto, c, "hi", 2, 0, &su, len)));
	close(c);
	c = socket(AF_UNIX, SOCK_DGRAM, 0);
	len = unix_address(&su, "@there");
	MUST(bind(c, (struct sockaddr *)&su, len) == 0);
	MUST(recv(s, buf, sizeof(buf), 0) == 2);
	len = unix_address(&su, "here");
	expect("sendto(%d<@there>, \"ho\", 2, 0, {AF_UNIX, here}, %u) = %s", c, len,
	       ret(syscall(SYS_sendto, c, "ho", 2, 0, &su, len)));
	expect("recvfrom(%d<here>, \"ho\", 8, 0, {AF_UNIX, @there}, [8]) = %s", s,
	       ret(syscall(SYS_recvfrom, s, buf, sizeof(buf), 0, &from, &flen)));
	close(c);
	close(s);
	MUST(unlink("here") == 0);
}

static void descriptors(void)
{
	struct iovec iov = { "x", 1 };
	char room[CMSG_SPACE(2 * sizeof(int))] = { 0 }, buf[4];
	struct msghdr h = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = room,
			    .msg_controllen = sizeof(room) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&h);
	int pair[2], got[2];
	const char *r;

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(2 * sizeof(int));
	memcpy(CMSG_DATA(c), pair, sizeof(pair));
	expect("sendmsg(%d<unix>, {msg_iov=\"x\", msg_control=[{cmsg_level=SOL_SOCKET, "
	       "cmsg_type=SCM_RIGHTS, cmsg_data=[%d, %d]}], msg_controllen=24}, 0) = %s",
	       pair[0], pair[0], pair[1], ret(syscall(SYS_sendmsg, pair[0], &h, 0)));
	iov = (struct iovec){ buf, sizeof(buf) };
	r = ret(syscall(SYS_recvmsg, pair[1], &h, 0));
	memcpy(got, CMSG_DATA(c), sizeof(got));
	expect("recvmsg(%d<unix>, {msg_iov=\"x\", msg_control=[{cmsg_level=SOL_SOCKET, "
	       "cmsg_type=SCM_RIGHTS, cmsg_data=[%d, %d]}], msg_controllen=24}, 0) = %s",
	       pair[1], got[0], got[1], r);
}

/* What follows needs parts of the kernel that may not be there. */
static void others(void)
{
	struct sockaddr_nl nl = { .nl_family = AF_NETLINK };
	struct sockaddr_ll ll = { .sll_family = AF_PACKET, .sll_ifindex = 1 };
	struct sockaddr_vm vm = { .svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY };
	socklen_t len = sizeof(nl);
	char buf[4];
	int s = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	if (s >= 0 && bind(s, (struct sockaddr *)&nl, sizeof(nl)) == 0) {
		MUST(getsockname(s, (struct sockaddr *)&nl, &len) == 0);
		expect("recvfrom(%d<netlink ROUTE:%u>, *) = %s", s, nl.nl_pid,
		       ret(syscall(SYS_recvfrom, s, buf, 4, MSG_DONTWAIT, NULL, NULL)));
		close(s);
	}
	ll.sll_protocol = htons(ETH_P_LOOPBACK);
	s = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_LOOPBACK));
	if (s >= 0 && bind(s, (struct sockaddr *)&ll, sizeof(ll)) == 0) {
		expect("recvfrom(%d<packet 0x9000:1>, *) = %s", s,
		       ret(syscall(SYS_recvfrom, s, buf, 4, MSG_DONTWAIT, NULL, NULL)));
		close(s);
	}
	vm.svm_port = 65000 + (unsigned int)getpid();
	s = socket(AF_VSOCK, SOCK_STREAM, 0);
	if (s >= 0 && bind(s, (struct sockaddr *)&vm, sizeof(vm)) == 0) {
		expect("listen(%d<vsock *:%u>, 1) = %s", s, vm.svm_port,
		       ret(syscall(SYS_listen, s, 1)));
		close(s);
	}
}

int main(void)
{
	in_background();
	refused();
	datagrams();
	unix_ends();
	descriptors();
	others();
	return live_end();
}
