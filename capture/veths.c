/* SPDX-License-Identifier: Apache-2.0 */
/* Asks over rtnetlink, without going into the namespace: the host's end of a pair says the index
 * of the other one, and a number that ours has for the namespace where that is. */
#include "capture/veths.h"

#include <errno.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define MAX_ANSWER 32768 /* bytes of one datagram: what the kernel makes at most */

struct request {
	struct nlmsghdr h;
	union {
		struct ifinfomsg link;
		struct rtgenmsg ns;
	};
	char attrs[64];
};

typedef void (*answer_fn)(void *arg, const struct nlmsghdr *h);

static void add_attr(struct request *r, unsigned short type, const void *data, size_t len)
{
	struct rtattr a = { .rta_len = (unsigned short)RTA_LENGTH(len), .rta_type = type };
	char *at = (char *)r + NLMSG_ALIGN(r->h.nlmsg_len);

	memcpy(at, &a, sizeof(a));
	memcpy(at + RTA_LENGTH(0), data, len);
	r->h.nlmsg_len = NLMSG_ALIGN(r->h.nlmsg_len) + RTA_ALIGN(a.rta_len);
}

/* The datagrams of an answer. Return 0 or negative errno. */
static int take_answer(int fd, answer_fn take, void *arg)
{
	static __thread _Alignas(8) char data[MAX_ANSWER];

	for (;;) {
		ssize_t n = recv(fd, data, sizeof(data), 0);
		int left = (int)n;

		if (n <= 0)
			return n ? -errno : -EPROTO;
		for (const struct nlmsghdr *h = (const void *)data; NLMSG_OK(h, left);
		     h = NLMSG_NEXT(h, left)) {
			if (h->nlmsg_type == NLMSG_DONE)
				return 0;
			if (h->nlmsg_type == NLMSG_ERROR)
				return ((const struct nlmsgerr *)NLMSG_DATA(h))->error;
			take(arg, h);
			if (!(h->nlmsg_flags & NLM_F_MULTI))
				return 0;
		}
	}
}

static int ask(int fd, const struct request *r, answer_fn take, void *arg)
{
	if (send(fd, r, r->h.nlmsg_len, 0) < 0)
		return -errno;
	return take_answer(fd, take, arg);
}

/* ---- the number of a namespace ---- */

static void take_nsid(void *arg, const struct nlmsghdr *h)
{
	int len = (int)h->nlmsg_len - (int)NLMSG_SPACE(sizeof(struct rtgenmsg));
	const struct rtattr *a =
		(const void *)((const char *)h + NLMSG_SPACE(sizeof(struct rtgenmsg)));

	for (; RTA_OK(a, len); a = RTA_NEXT(a, len))
		if (a->rta_type == NETNSA_NSID && RTA_PAYLOAD(a) >= sizeof(int32_t))
			memcpy(arg, RTA_DATA(a), sizeof(int32_t));
}

/* -1: ours has none, as nothing leads there. */
static int nsid_of(int fd, int netns, int32_t *out)
{
	struct request r = { .h = { .nlmsg_len = NLMSG_LENGTH(sizeof(r.ns)),
				    .nlmsg_type = RTM_GETNSID,
				    .nlmsg_flags = NLM_F_REQUEST } };
	uint32_t file = (uint32_t)netns;

	*out = -1;
	add_attr(&r, NETNSA_FD, &file, sizeof(file));
	return ask(fd, &r, take_nsid, out);
}

/* ---- interfaces ---- */

struct link {
	uint32_t index, peer;
	int32_t nsid; /* where the peer is; -1: in the same namespace, or there is none */
	char name[16];
};

static void read_link(const struct nlmsghdr *h, struct link *l)
{
	const struct ifinfomsg *info = NLMSG_DATA(h);
	int len = (int)h->nlmsg_len - (int)NLMSG_SPACE(sizeof(*info));
	const struct rtattr *a = IFLA_RTA(info);

	*l = (struct link){ .nsid = -1 };
	if (h->nlmsg_len < NLMSG_SPACE(sizeof(*info)))
		return;
	l->index = (uint32_t)info->ifi_index;
	for (; RTA_OK(a, len); a = RTA_NEXT(a, len)) {
		size_t n = RTA_PAYLOAD(a);

		if (a->rta_type == IFLA_IFNAME && n && n <= sizeof(l->name))
			memcpy(l->name, RTA_DATA(a), n - 1); /* its end is there already */
		else if (a->rta_type == IFLA_LINK && n >= sizeof(l->peer))
			memcpy(&l->peer, RTA_DATA(a), sizeof(l->peer));
		else if (a->rta_type == IFLA_LINK_NETNSID && n >= sizeof(l->nsid))
			memcpy(&l->nsid, RTA_DATA(a), sizeof(l->nsid));
	}
}

struct search {
	struct sr_veth *out;
	int n;
	int32_t nsid;
};

static void take_ours(void *arg, const struct nlmsghdr *h)
{
	struct search *s = arg;
	struct sr_veth *v = &s->out[s->n];
	struct link l;

	if (h->nlmsg_type != RTM_NEWLINK || s->n == SR_MAX_VETHS)
		return;
	read_link(h, &l);
	if (l.nsid != s->nsid || !l.peer)
		return;
	*v = (struct sr_veth){ .index = l.peer, .host_index = l.index };
	memcpy(v->host, l.name, sizeof(v->host));
	s->n++;
}

static void take_theirs(void *arg, const struct nlmsghdr *h)
{
	struct search *s = arg;
	struct link l;

	if (h->nlmsg_type != RTM_NEWLINK)
		return;
	read_link(h, &l);
	for (int i = 0; i < s->n; i++)
		if (s->out[i].index == l.index)
			memcpy(s->out[i].name, l.name, sizeof(l.name));
}

/* @nsid: of the namespace; -1: ours. */
static int dump(int fd, int32_t nsid, answer_fn take, void *arg)
{
	struct request r = { .h = { .nlmsg_len = NLMSG_LENGTH(sizeof(r.link)),
				    .nlmsg_type = RTM_GETLINK,
				    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP } };
	uint32_t mask = RTEXT_FILTER_SKIP_STATS;

	add_attr(&r, IFLA_EXT_MASK, &mask, sizeof(mask));
	if (nsid >= 0)
		add_attr(&r, IFLA_TARGET_NETNSID, &nsid, sizeof(nsid));
	return ask(fd, &r, take, arg);
}

int sr_veths_find(int netns, struct sr_veth out[SR_MAX_VETHS])
{
	const struct timeval patience = { .tv_sec = 1 }; /* the kernel answers at once */
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), rc;
	struct search s = { .out = out };

	if (fd < 0)
		return -errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	rc = nsid_of(fd, netns, &s.nsid);
	if (rc == 0 && s.nsid >= 0)
		rc = dump(fd, -1, take_ours, &s);
	/* needs more rights; without them their names are not known */
	if (rc == 0 && s.n)
		(void)dump(fd, s.nsid, take_theirs, &s);
	(void)close(fd);
	return rc < 0 ? rc : s.n;
}
