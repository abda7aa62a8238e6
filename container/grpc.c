/* SPDX-License-Identifier: Apache-2.0 */
#include "container/grpc.h"

#include "formats/base/cur.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define HEAD 5 /* whether it is compressed, and its length in four bytes, the highest first */

/* Status codes of gRPC that we tell apart. */
enum {
	STATUS_OK = 0,
	STATUS_INVALID_ARGUMENT = 3, /* an id that the server finds impossible */
	STATUS_DEADLINE = 4,
	STATUS_NOT_FOUND = 5,
	STATUS_UNIMPLEMENTED = 12,
	STATUS_INTERNAL = 13,
	STATUS_UNAVAILABLE = 14,
	STATUS_NONE = 99, /* none was told */
};

struct call {
	int status;
	char words[200];
	struct sr_buf begun; /* of a stream: a message that has not come in whole */
	bool (*take)(void *arg, const void *message, size_t len);
	void *arg;
};

int sr_grpc_next(const uint8_t **p, size_t *len, const uint8_t **message, size_t *message_len)
{
	struct sr_cur c = sr_cur(*p, *len);
	const uint8_t *head = sr_cur_bytes(&c, HEAD);
	size_t n;

	if (!head)
		return 0;
	n = (size_t)head[1] << 24 | (size_t)head[2] << 16 | (size_t)head[3] << 8 | head[4];
	if (head[0] || n > SR_HTTP_MAX_BODY)
		return -EBADMSG; /* compressed: we did not say that we could */
	*message = sr_cur_bytes(&c, n);
	if (!*message)
		return 0;
	*message_len = n;
	*p = c.p;
	*len = c.left;
	return 1;
}

/* The value of header @name, or NULL. It ends at @line + @len. */
static const char *value_of(const char *name, const char *line, size_t len)
{
	size_t n = strlen(name);

	if (len <= n || strncasecmp(line, name, n) != 0 || line[n] != ':')
		return NULL;
	for (n++; n < len && line[n] == ' '; n++)
		continue;
	return line + n;
}

static void take_line(void *arg, const char *line, size_t len)
{
	struct call *c = arg;
	const char *v;
	size_t n = 0;

	while (len && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		len--;
	if ((v = value_of("grpc-status", line, len))) {
		c->status = 0;
		for (; v < line + len && *v >= '0' && *v <= '9' && c->status < STATUS_NONE; v++)
			c->status = c->status * 10 + (*v - '0');
	} else if ((v = value_of("grpc-message", line, len))) {
		for (; v < line + len && n < sizeof(c->words) - 1; v++)
			c->words[n++] = *v >= ' ' && *v < 0x7f ? *v : '?';
		c->words[n] = '\0';
	}
}

static int status_errno(int status)
{
	switch (status) {
	case STATUS_OK:
		return 0;
	case STATUS_INVALID_ARGUMENT:
	case STATUS_NOT_FOUND:
		return -ESRCH;
	case STATUS_UNIMPLEMENTED:
		return -ENOSYS;
	case STATUS_DEADLINE:
	case STATUS_INTERNAL:
	case STATUS_UNAVAILABLE:
		return -EAGAIN;
	default:
		return -EPROTO;
	}
}

static int explain(const struct sr_grpc *g, const struct call *c, int http, struct sr_err *err)
{
	int rc = status_errno(c->status);

	if (c->status == STATUS_NONE)
		return sr_err_set(err, http == 404 ? -ENOSYS : -EPROTO, SR_NO_POS,
				  "%s: not an answer of gRPC (HTTP status %d)", g->socket, http);
	if (rc < 0)
		return sr_err_set(err, rc, SR_NO_POS, "%s: %s", g->socket,
				  *c->words ? c->words : "the call failed");
	return 0;
}

/* @request with its head before it. */
static void frame(struct sr_buf *out, const struct sr_buf *request)
{
	const uint8_t head[HEAD] = { 0, (uint8_t)(request->len >> 24),
				     (uint8_t)(request->len >> 16), (uint8_t)(request->len >> 8),
				     (uint8_t)request->len };

	sr_buf_put(out, head, sizeof(head));
	sr_buf_put(out, request->p, request->len);
	out->oom |= request->oom;
}

/* Return: the HTTP status; negative errno. */
static int post(const struct sr_grpc *g, const char *method, const struct sr_buf *request,
		struct sr_http_post *p, struct sr_buf *body, struct sr_err *err)
{
	struct sr_buf framed = { 0 };
	char ns[128];
	const char *headers[] = { "content-type: application/grpc", "te: trailers", NULL, NULL };
	int rc;

	if (g->ns) {
		if (snprintf(ns, sizeof(ns), "containerd-namespace: %s", g->ns) >= (int)sizeof(ns))
			return sr_err_set(err, -ESRCH, SR_NO_POS, "%s: namespace too long",
					  g->socket);
		headers[2] = ns;
	}
	frame(&framed, request);
	p->headers = headers;
	p->data = framed.p;
	p->len = framed.len;
	p->take_line = take_line;
	rc = framed.oom ? sr_err_set(err, -ENOMEM, SR_NO_POS, "%s: no memory", g->socket)
			: sr_http_post(g->http, g->socket, method, p->take ? 0 : g->timeout_ms, p,
				       body, err);
	sr_buf_free(&framed);
	return rc;
}

int sr_grpc_call(const struct sr_grpc *g, const char *method, const struct sr_buf *request,
		 struct sr_buf *answer, struct sr_err *err)
{
	struct call c = { .status = STATUS_NONE };
	struct sr_http_post p = { .arg = &c };
	const uint8_t *at, *message;
	struct sr_buf body = { 0 };
	size_t len, message_len;
	int rc = post(g, method, request, &p, &body, err);

	if (rc >= 0)
		rc = explain(g, &c, rc, err);
	at = body.p;
	len = body.len;
	if (rc == 0 && sr_grpc_next(&at, &len, &message, &message_len) != 1)
		rc = sr_err_set(err, -EPROTO, SR_NO_POS, "%s: no message in the answer", g->socket);
	if (rc == 0)
		sr_buf_put(answer, message, message_len);
	sr_buf_free(&body);
	return answer->oom ? -ENOMEM : rc;
}

/* A piece of a stream. Return false to end it. */
static bool take_piece(void *arg, const char *data, size_t len)
{
	struct call *c = arg;
	const uint8_t *at, *message;
	size_t left, message_len;
	bool go = true;
	int rc = 1;

	sr_buf_put(&c->begun, data, len);
	at = c->begun.p;
	left = c->begun.len;
	while (go && rc == 1) {
		rc = sr_grpc_next(&at, &left, &message, &message_len);
		if (rc == 1)
			go = c->take(c->arg, message, message_len);
	}
	if (left)
		memmove(c->begun.p, at, left);
	c->begun.len = left;
	return go && rc == 0 && !c->begun.oom;
}

int sr_grpc_stream(const struct sr_grpc *g, const char *method, const struct sr_buf *request,
		   bool (*take)(void *arg, const void *message, size_t len), void *arg)
{
	struct call c = { .status = STATUS_NONE, .take = take, .arg = arg };
	struct sr_http_post p = { .take = take_piece, .arg = &c };
	int rc = post(g, method, request, &p, NULL, NULL);

	sr_buf_free(&c.begun);
	return rc < 0 ? rc : explain(g, &c, rc, NULL);
}
