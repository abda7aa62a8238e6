/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP over a unix socket, with a time limit, a size limit, and a way for
 * another thread to cut a request short. */
#ifndef SR_UNIX_HTTP_H
#define SR_UNIX_HTTP_H

#include "formats/base/buf.h"
#include "formats/base/err.h"

#include <stdbool.h>

#define SR_HTTP_MAX_BODY (16u << 20) /* an inspect document has some 10 KiB */

struct sr_http;

/** sr_http_new() - a client; the caller frees it. Where libcurl is not installed its requests fail
 *  with words. Return 0 or -ENOMEM. */
int sr_http_new(struct sr_http **out);

/**
 * sr_http_get() - fetch @path from the server at @socket.
 * @path: from '/' on, already escaped.
 * @body: the answer's body is appended.
 *
 * One request at a time. Keeps connections open for later requests.
 * Return: the HTTP status (100 to 599); -ENOENT there is no such socket; -ECONNREFUSED nobody
 * listens; -ETIMEDOUT; -EBUSY it timed out less than 2 s ago, and was not asked; -EFBIG more than
 * SR_HTTP_MAX_BODY; -ECANCELED; -EACCES; -ENOMEM; -EPROTO anything else. err has words.
 */
int sr_http_get(struct sr_http *h, const char *socket, const char *path, unsigned int timeout_ms,
		struct sr_buf *body, struct sr_err *err);

/* What is sent by POST, in HTTP/2 from the first byte on. All is borrowed for the call. */
struct sr_http_post {
	const char *const *headers; /* lines, NULL at the end */
	const void *data;
	size_t len;
	/* a line of the answer's head, or of what follows its body */
	void (*take_line)(void *arg, const char *line, size_t len);
	/* NULL, or what gets the body piece by piece; returns false to end it */
	bool (*take)(void *arg, const char *data, size_t len);
	void *arg; /* of both */
};

/** sr_http_post() - the same as sr_http_get(), for POST; @body may be NULL if post->take is not.
 *  @timeout_ms: 0 is no limit. */
int sr_http_post(struct sr_http *h, const char *socket, const char *path, unsigned int timeout_ms,
		 const struct sr_http_post *post, struct sr_buf *body, struct sr_err *err);

/**
 * sr_http_stream() - fetch @path, whose answer may have no end: @take gets it piece by piece, none
 * of it (0 bytes) when it begins, and returns false to end it. Answers with another status than 200
 * are not shown to @take. Return: 0 the answer ended; negative errno as of sr_http_get().
 */
int sr_http_stream(struct sr_http *h, const char *socket, const char *path,
		   bool (*take)(void *arg, const char *data, size_t len), void *arg);

/** sr_http_cancel() - a request that runs, and every later one, ends at once with -ECANCELED.
 *  From any thread. */
void sr_http_cancel(struct sr_http *h);

void sr_http_free(struct sr_http *h);

#endif /* SR_UNIX_HTTP_H */
