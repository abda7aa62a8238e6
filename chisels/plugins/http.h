/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/1 exchanges, from what was read from and written to sockets: for httplog and httptop. */
#ifndef HTTP_H
#define HTTP_H

#include "chisels/plugins/kit.h"

/* Fields that the chisel must declare in this order, first of all. */
enum {
	H_PID,
	H_FD,
	H_READ,
	H_BUFFER,
	H_NAME,
	H_CONTAINER,
	H_CONN,
	H_FIELDS
};

#define HTTP_FIELDS                                                        \
	[H_PID] = { .name = "proc.pid", .type = SYSREEL_UINT },            \
	[H_FD] = { .name = "fd.num", .type = SYSREEL_UINT },               \
	[H_READ] = { .name = "evt.is_io_read", .type = SYSREEL_BOOL },     \
	[H_BUFFER] = { .name = "evt.buffer", .type = SYSREEL_STR },        \
	[H_NAME] = { .name = "proc.name", .type = SYSREEL_STR },           \
	[H_CONTAINER] = { .name = "container.name", .type = SYSREEL_STR }, \
	[H_CONN] = { .name = "fd.name", .type = SYSREEL_STR }

#define HTTP_FILTER                                                                  \
	"fd.type in (ipv4, ipv6, unix) and evt.is_io=true and evt.failed=false and " \
	"evt.buflen>0"

/* A request that waits for its response. */
struct http_request {
	struct kit_node node; /* key: process and connection */
	uint64_t time;
	int server; /* it was read */
	struct kit_text method, url;
};

/* A request with its response. */
struct http_exchange {
	const struct http_request *request;
	uint64_t latency;
	unsigned int code;
	struct sysreel_value size; /* Content-Length */
};

static inline void http_release(struct kit_node *node)
{
	struct http_request *r = (struct http_request *)node;

	free(r->method.p);
	free(r->url.p);
}

/* The state of such a chisel. */
struct http_state {
	const struct sysreel_host *h;
	struct sysreel_table *t;
	struct kit_map requests;
};

static inline int http_init(const struct sysreel_host *h, void **state,
			    const struct sysreel_table_def *def)
{
	int rc = kit_init(h, state, sizeof(struct http_state), def);
	struct http_state *s = *state;

	if (rc < 0)
		return rc;
	s->requests.size = sizeof(struct http_request);
	s->requests.release = http_release;
	return 0;
}

/* The value of a header: @name is with its colon. Empty if it is not there. */
static inline struct sysreel_str http_header(const struct sysreel_str *t, const char *name)
{
	size_t len = strlen(name), i = 0;
	struct sysreel_str v = { .p = "" };

	while (i < t->len) {
		const char *line = t->p + i, *end = memchr(line, '\n', t->len - i);
		size_t n = end ? (size_t)(end - line) : t->len - i;

		if (n > len && strncasecmp(line, name, len) == 0) {
			v.p = line + len;
			v.len = (uint32_t)(n - len);
			break;
		}
		i += n + 1;
	}
	while (v.len && (*v.p == ' ' || *v.p == '\t')) {
		v.p++;
		v.len--;
	}
	while (v.len && (v.p[v.len - 1] == '\r' || v.p[v.len - 1] == ' '))
		v.len--;
	return v;
}

/* A first line METHOD URL [HTTP/1.x]; false if the text does not begin with one. */
static inline int http_request_line(const struct sysreel_str *t, struct sysreel_str *method,
				    struct sysreel_str *url)
{
	static const char *const methods[] = { "GET ",	   "POST ",  "PUT ",	 "HEAD ", "DELETE ",
					       "OPTIONS ", "PATCH ", "CONNECT ", "TRACE " };
	size_t i, n;

	for (i = 0; i < KIT_N(methods) && !kit_starts(t, methods[i]); i++)
		;
	if (i == KIT_N(methods))
		return 0;
	method->p = t->p;
	method->len = (uint32_t)strlen(methods[i]) - 1;
	url->p = t->p + method->len + 1;
	for (n = 0; method->len + 1 + n < t->len; n++)
		if ((unsigned char)url->p[n] <= ' ')
			break;
	url->len = (uint32_t)n;
	return n > 0;
}

/* The code of a first line HTTP/1.x CODE; 0 if the text does not begin with one. */
static inline unsigned int http_code(const struct sysreel_str *t)
{
	unsigned int code = 0;

	if (t->len < 12 || !kit_starts(t, "HTTP/1.") || t->p[8] != ' ')
		return 0;
	for (size_t i = 9; i < 12; i++) {
		if (t->p[i] < '0' || t->p[i] > '9')
			return 0;
		code = code * 10 + (unsigned int)(t->p[i] - '0');
	}
	return code;
}

static inline struct sysreel_value http_size(const struct sysreel_str *t)
{
	struct sysreel_str v = http_header(t, "content-length:");
	uint64_t n = 0;

	if (!v.len || v.len > 18)
		return sysreel_absent(SYSREEL_NONE);
	for (uint32_t i = 0; i < v.len; i++) {
		if (v.p[i] < '0' || v.p[i] > '9')
			return sysreel_absent(SYSREEL_NONE);
		n = n * 10 + (uint64_t)(v.p[i] - '0');
	}
	return sysreel_uint(n);
}

/* A server may read from one fd and write to another of the same connection; sockets without
 * both ends in their name are told apart by their fd. */
static inline uint64_t http_key(const struct sysreel_batch *b, uint32_t row)
{
	struct sysreel_str conn = kit_str(b, H_CONN, row);
	uint64_t fd = kit_find(&conn, "->") ? 0 : kit_num(b, H_FD, row);

	return kit_hash(kit_pair(kit_num(b, H_PID, row), fd), conn.p, conn.len);
}

static inline int http_keep(struct kit_map *requests, const struct sysreel_batch *b, uint32_t row,
			    const struct sysreel_str *method, const struct sysreel_str *url)
{
	struct sysreel_str text = kit_str(b, H_BUFFER, row), host = http_header(&text, "host:");
	struct http_request *r = kit_make(requests, http_key(b, row));

	if (!r)
		return 0;
	r->time = b->time[row];
	r->server = kit_true(b, H_READ, row);
	r->url.len = 0;
	if (*url->p != '/') /* of a proxy: the host is in it */
		host.len = 0;
	if (kit_set(&r->method, method) || kit_put(&r->url, host.p, host.len) ||
	    kit_put(&r->url, url->p, url->len))
		return -ENOMEM;
	return 0;
}

/** http_row() - one read or write. Return: 1 and *out: a response to a request; 0 nothing to tell;
 * -ENOMEM. */
static inline int http_row(struct kit_map *requests, const struct sysreel_batch *b, uint32_t row,
			   struct http_exchange *out)
{
	struct sysreel_str text = kit_str(b, H_BUFFER, row), method, url;
	struct http_request *r;

	if (http_request_line(&text, &method, &url))
		return http_keep(requests, b, row, &method, &url);
	out->code = http_code(&text);
	if (!out->code || out->code == 100)
		return 0;
	r = kit_get(requests, http_key(b, row));
	if (!r || r->server == kit_true(b, H_READ, row))
		return 0;
	out->request = r;
	out->latency = b->time[row] - r->time;
	out->size = http_size(&text);
	return 1;
}

/* What becomes of an exchange. Return 0, -ENOMEM. */
static int put_row(struct http_state *s, const struct sysreel_batch *b, uint32_t row,
		   const struct http_exchange *x);

static int on_batch(void *state, const struct sysreel_batch *b)
{
	struct http_state *s = state;

	for (uint32_t row = 0; row < b->n; row++) {
		struct http_exchange x;
		int rc = http_row(&s->requests, b, row, &x);

		if (rc == 1) {
			rc = put_row(s, b, row, &x);
			kit_drop(&s->requests, x.request->node.key);
		}
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int finish(void *state)
{
	struct http_state *s = state;

	kit_tell_full(&s->requests, s->h, "requests");
	return s->h->table_show(s->h, s->t);
}

static void fini(void *state)
{
	struct http_state *s = state;

	if (s)
		kit_map_free(&s->requests);
	free(s);
}

#endif /* HTTP_H */
