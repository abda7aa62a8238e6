/* SPDX-License-Identifier: Apache-2.0 */
/* Remote calls as containerd and CRI-O take them: gRPC over a unix socket. */
#ifndef SR_GRPC_H
#define SR_GRPC_H

#include "container/unix_http.h"

struct sr_grpc {
	struct sr_http *http;
	const char *socket;
	unsigned int timeout_ms;
	const char *ns; /* of containerd; NULL: none */
};

/**
 * sr_grpc_call() - call @method ("/package.Service/Method") with the message @request.
 * @answer: the message of the answer is appended.
 * Return: 0; -ESRCH the server knows no such thing; -ENOSYS it has no such method; and the errors
 * of sr_http_get(): -ENOENT there is no such socket, -ECONNREFUSED, -ETIMEDOUT, -EFBIG, -ECANCELED,
 * -EACCES, -ENOMEM; -EAGAIN the server is in trouble; -EPROTO anything else. err has words.
 */
int sr_grpc_call(const struct sr_grpc *g, const char *method, const struct sr_buf *request,
		 struct sr_buf *answer, struct sr_err *err);

/**
 * sr_grpc_stream() - the same for a method that answers with many messages and may have no end.
 * @take: gets each; returns false to end it.
 */
int sr_grpc_stream(const struct sr_grpc *g, const char *method, const struct sr_buf *request,
		   bool (*take)(void *arg, const void *message, size_t len), void *arg);

/**
 * sr_grpc_next() - the next message of a body, which has a head of five bytes before each.
 * @len: of *p, bytes of the body that are left; both are moved on.
 * Return: 1 and *message, *message_len; 0 it is not there in whole; -EBADMSG.
 */
int sr_grpc_next(const uint8_t **p, size_t *len, const uint8_t **message, size_t *message_len);

#endif /* SR_GRPC_H */
