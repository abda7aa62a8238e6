/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl's multi interface drives one transfer at a time, because only that can
 * be woken from another thread. The library is loaded when there is a daemon to ask: it brings
 * thirty others with it, which nobody should have to wait for in vain. */
#include "container/unix_http.h"

#include "formats/base/clock.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#define DEAF_NS	 2000000000ull /* a socket that did not answer in time is left alone for so long */
#define MAX_DEAF 8	       /* sockets; those of all runtimes are fewer */

struct sr_http {
	_Atomic(CURLM *) multi; /* NULL until there is something to ask */
	atomic_bool cancelled;
	struct {
		uint64_t socket; /* hash of its path */
		uint64_t until;
	} deaf[MAX_DEAF];
};

struct body {
	struct sr_buf *buf;
	size_t start; /* length of buf before the request */
	bool too_big;
	/* instead of @buf: */
	bool (*take)(void *arg, const char *data, size_t len);
	void *arg;
	bool ok;			 /* the answer's status is 200 or the like */
	const struct sr_http_post *post; /* NULL: GET */
};

#define LIBRARY "libcurl.so.4"
#define FUNCTIONS(F)           \
	F(easy_cleanup)        \
	F(easy_getinfo)        \
	F(easy_init)           \
	F(easy_setopt)         \
	F(easy_strerror)       \
	F(global_init)         \
	F(multi_add_handle)    \
	F(multi_cleanup)       \
	F(multi_info_read)     \
	F(multi_init)          \
	F(multi_perform)       \
	F(multi_poll)          \
	F(multi_remove_handle) \
	F(multi_wakeup)        \
	F(slist_append)        \
	F(slist_free_all)

/* What is used of it; all NULL if it cannot be had. */
static struct {
#define MEMBER(name) __typeof__(&(curl_##name)) name;
	FUNCTIONS(MEMBER)
} curl;
static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void load_curl(void)
{
	static const struct {
		const char *name;
		size_t at;
	} functions[] = {
#define ROW(name) { "curl_" #name, offsetof(__typeof__(curl), name) },
		FUNCTIONS(ROW)
	};
	void *lib = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL); /* for as long as the process lives */

	for (size_t i = 0; lib && i < sizeof(functions) / sizeof(functions[0]); i++) {
		void *f = dlsym(lib, functions[i].name);

		if (!f) {
			memset(&curl, 0, sizeof(curl));
			return;
		}
		memcpy((char *)&curl + functions[i].at, &f, sizeof(f));
	}
	if (lib)
		(void)curl.global_init(
			CURL_GLOBAL_NOTHING); /* no TLS; multi_init shows a failure */
}

int sr_http_new(struct sr_http **out)
{
	struct sr_http *h = calloc(1, sizeof(*h));

	if (!h)
		return -ENOMEM;
	*out = h;
	return 0;
}

void sr_http_free(struct sr_http *h)
{
	if (!h)
		return;
	if (h->multi)
		(void)curl.multi_cleanup(
			h->multi); /* no transfer is attached outside sr_http_get() */
	free(h);
}

void sr_http_cancel(struct sr_http *h)
{
	atomic_store(&h->cancelled, true);
	if (h->multi)
		(void)curl.multi_wakeup(h->multi); /* fails only if the multi handle is bad */
}

/* A line of the answer's head: "HTTP/1.1 200 OK" is the first, the empty one ends it. */
static size_t take_head(char *data, size_t size, size_t n, void *arg)
{
	const char *space = n ? memchr(data, ' ', n - 1) : NULL;
	struct body *b = arg;

	(void)size; /* always 1 */
	if (b->post)
		b->post->take_line(b->post->arg, data, n);
	if (n > 9 && memcmp(data, "HTTP/", 5) == 0)
		b->ok = space && space[1] == '2';
	else if (n <= 2 && b->ok && b->take && !b->take(b->arg, "", 0))
		return 0; /* ends the transfer */
	return n;
}

static size_t take_body(char *data, size_t size, size_t n, void *arg)
{
	struct body *b = arg;

	(void)size; /* always 1 */
	if (b->take)
		return b->take(b->arg, data, n) ? n : 0;
	if (b->buf->len - b->start + n > SR_HTTP_MAX_BODY) {
		b->too_big = true;
		return 0; /* ends the transfer */
	}
	sr_buf_put(b->buf, data, n);
	return b->buf->oom ? 0 : n;
}

/* Why a connection failed: curl does not always keep the errno. Return that, or -ECONNREFUSED if
 * there is a socket to connect to. */
static int connect_errno(const char *socket)
{
	struct stat st;

	if (stat(socket, &st) < 0)
		return errno == ENOENT || errno == ENOTDIR ? -ENOENT : -errno;
	return access(socket, W_OK) < 0 ? -EACCES : -ECONNREFUSED;
}

/* Return 0, or with words: -EPROTO nobody can be asked; -ENOMEM. */
static int have_curl(struct sr_http *h, const char *socket, struct sr_err *err)
{
	if (h->multi)
		return 0;
	(void)pthread_once(&curl_once, load_curl); /* cannot fail with these arguments */
	if (!curl.multi_init)
		return sr_err_set(err, -EPROTO, SR_NO_POS,
				  "%s: cannot be asked without %s: install libcurl4", socket,
				  LIBRARY);
	h->multi = curl.multi_init();
	return h->multi ? 0 : sr_err_set(err, -ENOMEM, SR_NO_POS, "%s: no memory", socket);
}

static CURLcode set_post(CURL *c, const struct sr_http_post *p)
{
	CURLcode bad = CURLE_OK;

	bad |= curl.easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE);
	/* curl 7.88 fails where such a connection is used twice */
	bad |= curl.easy_setopt(c, CURLOPT_FRESH_CONNECT, 1L);
	bad |= curl.easy_setopt(c, CURLOPT_FORBID_REUSE, 1L);
	bad |= curl.easy_setopt(c, CURLOPT_POST, 1L);
	bad |= curl.easy_setopt(c, CURLOPT_POSTFIELDS, p->data);
	bad |= curl.easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)p->len);
	return bad;
}

static CURL *make_request(const char *socket, const char *url, unsigned int timeout_ms,
			  struct body *body)
{
	CURL *c = curl.easy_init();
	CURLcode bad = CURLE_OK;

	if (!c)
		return NULL;
	bad |= curl.easy_setopt(c, CURLOPT_UNIX_SOCKET_PATH, socket);
	bad |= curl.easy_setopt(c, CURLOPT_URL, url);
	bad |= curl.easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http");
	bad |= curl.easy_setopt(c, CURLOPT_PROXY, ""); /* whatever the environment says */
	bad |= curl.easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	bad |= curl.easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	bad |= curl.easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
	bad |= curl.easy_setopt(c, CURLOPT_WRITEDATA, body);
	/* other answers than 200 to 399 are failures, of which nothing is shown */
	bad |= curl.easy_setopt(c, CURLOPT_FAILONERROR, body->take ? 1L : 0L);
	if (body->take || body->post) {
		bad |= curl.easy_setopt(c, CURLOPT_HEADERFUNCTION, take_head);
		bad |= curl.easy_setopt(c, CURLOPT_HEADERDATA, body);
	}
	if (body->post)
		bad |= set_post(c, body->post);
	if (bad == CURLE_OK)
		return c;
	curl.easy_cleanup(c);
	return NULL;
}

/* Runs the attached transfer. Return: 0 and *result; -ECANCELED; -EPROTO. */
static int run(struct sr_http *h, CURLcode *result)
{
	int running = 1, left;
	CURLMsg *msg;

	while (running) {
		if (atomic_load(&h->cancelled))
			return -ECANCELED;
		if (curl.multi_perform(h->multi, &running) != CURLM_OK ||
		    (running && curl.multi_poll(h->multi, NULL, 0, 1000, NULL) != CURLM_OK))
			return -EPROTO;
	}
	msg = curl.multi_info_read(h->multi, &left);
	if (!msg || msg->msg != CURLMSG_DONE)
		return -EPROTO;
	*result = msg->data.result;
	return 0;
}

static int explain(CURLcode code, const char *socket, const struct body *body, struct sr_err *err)
{
	int rc = -EPROTO;

	if (body->too_big)
		return sr_err_set(err, -EFBIG, SR_NO_POS, "%s: answer above %u MiB", socket,
				  SR_HTTP_MAX_BODY >> 20);
	if (body->buf->oom || code == CURLE_OUT_OF_MEMORY)
		return sr_err_set(err, -ENOMEM, SR_NO_POS, "%s: no memory", socket);
	if (code == CURLE_OPERATION_TIMEDOUT)
		return sr_err_set(err, -ETIMEDOUT, SR_NO_POS, "%s: no answer in time", socket);
	if (code == CURLE_COULDNT_CONNECT)
		rc = connect_errno(socket);
	if (rc == -EPROTO)
		return sr_err_set(err, rc, SR_NO_POS, "%s: %s", socket, curl.easy_strerror(code));
	return sr_err_set(err, rc, SR_NO_POS, "%s: %s", socket, strerror(-rc));
}

static int perform(struct sr_http *h, CURL *c, const char *socket, struct body *body,
		   struct sr_err *err)
{
	CURLcode code = CURLE_OK;
	long status = 0;
	int rc;

	if (curl.multi_add_handle(h->multi, c) != CURLM_OK)
		return sr_err_set(err, -ENOMEM, SR_NO_POS, "%s: no memory", socket);
	rc = run(h, &code);
	(void)curl.multi_remove_handle(h->multi, c); /* was added above */
	if (rc < 0)
		return sr_err_set(err, rc, SR_NO_POS, "%s: %s", socket,
				  rc == -ECANCELED ? "cancelled" : "transfer failed");
	if (code != CURLE_OK)
		return explain(code, socket, body, err);
	if (curl.easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK || status < 100 ||
	    status > 599)
		return sr_err_set(err, -EPROTO, SR_NO_POS, "%s: not an HTTP answer", socket);
	return (int)status;
}

/* Nobody should have to wait behind many questions to one that is not going to answer. */
static bool is_deaf(const struct sr_http *h, uint64_t socket)
{
	for (size_t i = 0; i < MAX_DEAF; i++) {
		if (h->deaf[i].socket == socket && sr_now_ns() < h->deaf[i].until)
			return true;
	}
	return false;
}

static void set_deaf(struct sr_http *h, uint64_t socket)
{
	size_t to = 0;

	for (size_t i = 0; i < MAX_DEAF; i++) {
		if (h->deaf[i].socket == socket || h->deaf[i].until < h->deaf[to].until)
			to = i;
		if (h->deaf[i].socket == socket)
			break;
	}
	h->deaf[to].socket = socket;
	h->deaf[to].until = sr_now_ns() + DEAF_NS;
}

/* Attaches the header lines of a POST, and sends it. */
static int send_request(struct sr_http *h, CURL *c, const char *socket, struct body *b,
			struct sr_err *err)
{
	struct curl_slist *lines = NULL, *more;
	int rc = 0;

	for (const char *const *line = b->post ? b->post->headers : NULL; line && *line; line++) {
		more = curl.slist_append(lines, *line);
		if (!more)
			rc = -ENOMEM;
		else
			lines = more;
	}
	if (lines && curl.easy_setopt(c, CURLOPT_HTTPHEADER, lines) != CURLE_OK)
		rc = -ENOMEM;
	rc = rc < 0 ? sr_err_set(err, rc, SR_NO_POS, "%s: no memory", socket)
		    : perform(h, c, socket, b, err);
	curl.slist_free_all(lines);
	return rc;
}

static int request(struct sr_http *h, const char *socket, const char *path, unsigned int timeout_ms,
		   struct body *b, struct sr_err *err)
{
	uint64_t id = XXH64(socket, strlen(socket), 0);
	char url[1024];
	CURL *c;
	int rc;

	if (atomic_load(&h->cancelled))
		return sr_err_set(err, -ECANCELED, SR_NO_POS, "%s: cancelled", socket);
	rc = connect_errno(socket);
	if (rc == -ENOENT)
		return sr_err_set(err, rc, SR_NO_POS, "%s: %s", socket, strerror(-rc));
	rc = have_curl(h, socket, err);
	if (rc < 0)
		return rc;
	if (snprintf(url, sizeof(url), "http://localhost%s", path) >= (int)sizeof(url))
		return sr_err_set(err, -EPROTO, SR_NO_POS, "%s: request too long", socket);
	if (is_deaf(h, id))
		return sr_err_set(err, -EBUSY, SR_NO_POS, "%s: no answer in time a moment ago",
				  socket);
	c = make_request(socket, url, timeout_ms, b);
	if (!c)
		return sr_err_set(err, -ENOMEM, SR_NO_POS, "%s: no memory", socket);
	rc = send_request(h, c, socket, b, err);
	curl.easy_cleanup(c);
	if (rc == -ETIMEDOUT)
		set_deaf(h, id);
	if (rc < 0)
		b->buf->len = b->start;
	return rc;
}

int sr_http_get(struct sr_http *h, const char *socket, const char *path, unsigned int timeout_ms,
		struct sr_buf *body, struct sr_err *err)
{
	struct body b = { .buf = body, .start = body->len };

	return request(h, socket, path, timeout_ms, &b, err);
}

int sr_http_post(struct sr_http *h, const char *socket, const char *path, unsigned int timeout_ms,
		 const struct sr_http_post *post, struct sr_buf *body, struct sr_err *err)
{
	struct sr_buf none = { 0 };
	struct body b = { .buf = body ? body : &none,
			  .start = body ? body->len : 0,
			  .take = post->take,
			  .arg = post->arg,
			  .post = post };

	return request(h, socket, path, timeout_ms, &b, err);
}

int sr_http_stream(struct sr_http *h, const char *socket, const char *path,
		   bool (*take)(void *arg, const char *data, size_t len), void *arg)
{
	struct sr_buf none = { 0 };
	struct body b = { .buf = &none, .take = take, .arg = arg };
	int rc = request(h, socket, path, 0, &b, NULL);

	return rc < 0 ? rc : 0;
}
