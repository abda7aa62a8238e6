/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/control.h"
#include "formats/base/clock.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define MAX_PEERS 16		/* at a time; further ones wait in the kernel's queue */
#define PEER_NS	  5000000000ull /* whoever says nothing so long is sent away */
#define MAX_DEPTH 8		/* of a request's JSON; it needs one */

struct peer {
	int fd;
	uint64_t since;
	struct ucred who;
};

struct sr_control {
	int fd;
	struct sockaddr_un at;
	struct stat made; /* the socket, to remove no other */
	struct peer peers[MAX_PEERS];
	size_t npeers;
};

/* ---- requests ---- */

/* Text of a stranger that will stand in files and on terminals. */
static void take_words(char out[SR_CONTROL_WORDS + 1], const struct cJSON *doc, const char *key)
{
	const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(doc, key));
	size_t n = 0;

	for (; s && s[n] && n < SR_CONTROL_WORDS; n++)
		out[n] = (unsigned char)s[n] < ' ' || s[n] == 0x7f ? ' ' : s[n];
	out[n] = '\0';
}

/* cJSON follows nesting by recursion. */
static bool is_deep(const char *json, size_t len)
{
	size_t depth = 0;

	for (size_t i = 0; i < len; i++)
		depth += json[i] == '[' || json[i] == '{';
	return depth > MAX_DEPTH;
}

int sr_control_parse(struct sr_control_request *out, const char *json, size_t len,
		     struct sr_err *err)
{
	struct cJSON *doc;
	const char *verb;
	int rc = 0;

	if (len > SR_CONTROL_REQUEST || is_deep(json, len))
		return sr_err_set(err, -EINVAL, SR_NO_POS, "the request is too long");
	doc = cJSON_ParseWithLength(json, len);
	verb = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(doc, "do"));
	take_words(out->reason, doc, "reason");
	take_words(out->container, doc, "container");
	if (!verb)
		rc = sr_err_set(err, -EINVAL, SR_NO_POS, "a request is a JSON object with \"do\"");
	else if (strcmp(verb, "trigger") == 0)
		out->verb = SR_CONTROL_TRIGGER;
	else if (strcmp(verb, "status") == 0)
		out->verb = SR_CONTROL_STATUS;
	else
		rc = sr_err_set(err, -EINVAL, SR_NO_POS,
				"this recorder can do \"trigger\" and \"status\"");
	cJSON_Delete(doc);
	return rc;
}

void sr_control_refuse(struct sr_buf *answer, const char *words)
{
	sr_buf_puts(answer, "{\"ok\":false,\"error\":");
	sr_buf_json_str(answer, words, strlen(words));
	sr_buf_putc(answer, '}');
}

/* ---- the recorder's side ---- */

static bool is_allowed(const struct ucred *who)
{
	return who->uid == 0 || who->uid == geteuid();
}

static void answer_peer(const struct peer *p, const struct sr_buf *answer)
{
	/* Whoever is gone, or does not read, gets no answer. */
	(void)send(p->fd, answer->p, answer->len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void drop_peer(struct sr_control *c, size_t i)
{
	(void)close(c->peers[i].fd); /* nothing is written back */
	c->peers[i] = c->peers[--c->npeers];
}

static void accept_peers(struct sr_control *c)
{
	while (c->npeers < MAX_PEERS) {
		struct peer *p = &c->peers[c->npeers];
		socklen_t len = sizeof(p->who);

		p->fd = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (p->fd < 0)
			return;
		p->since = sr_now_ns();
		if (getsockopt(p->fd, SOL_SOCKET, SO_PEERCRED, &p->who, &len) < 0)
			p->who = (struct ucred){ 0, (uid_t)-1, (gid_t)-1 };
		c->npeers++;
	}
}

/* Return: true if the peer is done with. */
static bool serve_peer(struct peer *p,
		       void (*serve)(void *arg, const struct sr_control_request *rq,
				     struct sr_buf *answer),
		       void *arg)
{
	char text[SR_CONTROL_REQUEST + 1];
	struct sr_control_request rq = { .pid = p->who.pid, .uid = p->who.uid };
	struct sr_err err = { .pos = SR_NO_POS };
	struct sr_buf answer = { 0 };
	ssize_t n = recv(p->fd, text, sizeof(text), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return sr_now_ns() - p->since > PEER_NS;
	if (n <= 0)
		return true;
	if (!is_allowed(&p->who))
		sr_control_refuse(&answer, "permission denied: only root, and the user that the "
					   "recorder runs as, may ask it");
	else if (sr_control_parse(&rq, text, (size_t)n, &err) < 0)
		sr_control_refuse(&answer, err.msg);
	else
		serve(arg, &rq, &answer);
	answer_peer(p, &answer);
	sr_buf_free(&answer);
	return true;
}

void sr_control_poll(struct sr_control *c,
		     void (*serve)(void *arg, const struct sr_control_request *rq,
				   struct sr_buf *answer),
		     void *arg)
{
	accept_peers(c);
	for (size_t i = 0; i < c->npeers;) {
		if (serve_peer(&c->peers[i], serve, arg))
			drop_peer(c, i);
		else
			i++;
	}
}

static int address(struct sockaddr_un *at, const char *path, struct sr_err *err)
{
	size_t len = strlen(path);

	*at = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (!len || len >= sizeof(at->sun_path))
		return sr_err_set(err, -ENAMETOOLONG, SR_NO_POS,
				  "%s: the path of a socket has 1 to %zu bytes", path,
				  sizeof(at->sun_path) - 1);
	memcpy(at->sun_path, path, len);
	return 0;
}

static int connect_to(const struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), rc;

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)at, sizeof(*at)) == 0)
		return fd;
	rc = -errno;
	(void)close(fd); /* it was never used */
	return rc;
}

/* A socket that nobody listens at any more was left by a recorder that was killed. */
static int remove_stale(const struct sockaddr_un *at, struct sr_err *err)
{
	struct stat st;
	int fd;

	if (lstat(at->sun_path, &st) < 0)
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return sr_err_set(err, -EEXIST, SR_NO_POS, "%s exists, and is no socket",
				  at->sun_path);
	fd = connect_to(at);
	if (fd >= 0)
		(void)close(fd); /* it was only a question */
	if (fd >= 0 || fd == -EAGAIN)
		return sr_err_set(err, -EADDRINUSE, SR_NO_POS, "%s: a recorder listens there",
				  at->sun_path);
	if (fd == -ECONNREFUSED && unlink(at->sun_path) < 0)
		return sr_err_set(err, -errno, SR_NO_POS, "%s: cannot be replaced: %s",
				  at->sun_path, strerror(errno));
	return 0;
}

static void make_folder(const char *path)
{
	char dir[sizeof(((struct sockaddr_un *)0)->sun_path)];
	const char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return;
	memcpy(dir, path, (size_t)(slash - path));
	dir[slash - path] = '\0';
	(void)mkdir(dir, 0755); /* bind() tells what is wrong if anything is */
}

static int listen_at(struct sr_control *c, struct sr_err *err)
{
	c->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* The mode of the socket to be becomes that of its file: it never has a wider one. */
	if (c->fd < 0 || fchmod(c->fd, 0600) < 0 ||
	    bind(c->fd, (const struct sockaddr *)&c->at, sizeof(c->at)) < 0 ||
	    lstat(c->at.sun_path, &c->made) < 0 || listen(c->fd, MAX_PEERS) < 0)
		return sr_err_set(err, -errno, SR_NO_POS, "%s: cannot listen: %s", c->at.sun_path,
				  strerror(errno));
	return 0;
}

int sr_control_open(struct sr_control **out, const char *path, struct sr_err *err)
{
	struct sr_control *c = calloc(1, sizeof(*c));
	int rc;

	if (!c)
		return -ENOMEM;
	c->fd = -1;
	rc = address(&c->at, path, err);
	if (rc == 0)
		rc = remove_stale(&c->at, err);
	if (rc == 0) {
		make_folder(path);
		rc = listen_at(c, err);
	}
	if (rc < 0) {
		sr_control_close(c);
		return rc;
	}
	*out = c;
	return 0;
}

void sr_control_close(struct sr_control *c)
{
	struct stat st;

	if (!c)
		return;
	while (c->npeers)
		drop_peer(c, 0);
	if (c->made.st_ino && lstat(c->at.sun_path, &st) == 0 && st.st_ino == c->made.st_ino &&
	    st.st_dev == c->made.st_dev)
		(void)unlink(c->at.sun_path); /* a stale one is replaced by the next recorder */
	if (c->fd >= 0)
		(void)close(c->fd); /* nothing is written back */
	free(c);
}

/* ---- the other side ---- */

static int no_recorder(int rc, const char *path, struct sr_err *err)
{
	if (rc == -ENOENT || rc == -ECONNREFUSED)
		return sr_err_set(err, rc, SR_NO_POS,
				  "no recorder listens at %s; is `sysreel record --retro` running, "
				  "and with which --control?",
				  path);
	return sr_err_set(err, rc, SR_NO_POS, "%s: %s", path, strerror(-rc));
}

static int ask(int fd, const char *request, unsigned int timeout_ms, struct sr_buf *answer)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;

	if (send(fd, request, strlen(request), MSG_NOSIGNAL) < 0)
		return -errno;
	if (poll(&p, 1, (int)timeout_ms) <= 0)
		return -ETIMEDOUT;
	if (!sr_buf_reserve(answer, SR_CONTROL_MAX))
		return -ENOMEM;
	n = recv(fd, answer->p + answer->len, SR_CONTROL_MAX, 0);
	if (n <= 0)
		return n < 0 ? -errno : -ECONNRESET;
	answer->len += (size_t)n;
	return 0;
}

int sr_control_ask(const char *path, const char *request, unsigned int timeout_ms,
		   struct sr_buf *answer, struct sr_err *err)
{
	struct sockaddr_un at;
	int rc = address(&at, path, err), fd;

	if (rc < 0)
		return rc;
	fd = connect_to(&at);
	if (fd < 0)
		return no_recorder(fd, path, err);
	rc = ask(fd, request, timeout_ms, answer);
	(void)close(fd); /* nothing is written back */
	if (rc == -ETIMEDOUT)
		return sr_err_set(err, rc, SR_NO_POS, "%s: the recorder does not answer", path);
	return rc < 0 ? sr_err_set(err, rc, SR_NO_POS, "%s: %s", path, strerror(-rc)) : 0;
}
