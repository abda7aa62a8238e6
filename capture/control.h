/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket of a recorder: a unix socket (SOCK_SEQPACKET) with one JSON object as a
 * request and one as the answer. Only root and the recorder's own user are answered. */
#ifndef SR_CONTROL_H
#define SR_CONTROL_H

#include "formats/base/buf.h"
#include "formats/base/err.h"

#include <sys/types.h>

#define SR_CONTROL_REQUEST 4096	 /* bytes of a request */
#define SR_CONTROL_MAX	   65536 /* bytes of an answer */
#define SR_CONTROL_WORDS   400	 /* bytes of a text in a request; longer ones are cut */

enum sr_control_verb {
	SR_CONTROL_TRIGGER,
	SR_CONTROL_STATUS,
};

struct sr_control_request {
	enum sr_control_verb verb;
	char reason[SR_CONTROL_WORDS + 1];    /* printable; "" if none is given */
	char container[SR_CONTROL_WORDS + 1]; /* name or id; "" all */
	pid_t pid;			      /* who asks */
	uid_t uid;
};

/** sr_control_parse() - read {"do":"trigger"|"status","reason":...,"container":...}; pid and uid
 *  are left alone. Return: 0; -EINVAL with words. */
int sr_control_parse(struct sr_control_request *out, const char *json, size_t len,
		     struct sr_err *err);

/** sr_control_refuse() - append an answer: {"ok":false,"error":WORDS}. */
void sr_control_refuse(struct sr_buf *answer, const char *words);

struct sr_control;

/**
 * sr_control_open() - listen at @path. A socket that a dead recorder left there is replaced, and
 * the folder is made if it alone is missing.
 * Return: 0; -EADDRINUSE a recorder listens there; other negative errno with words.
 */
int sr_control_open(struct sr_control **out, const char *path, struct sr_err *err);

/** sr_control_poll() - serve what came; never waits. @serve: append the answer. */
void sr_control_poll(struct sr_control *c,
		     void (*serve)(void *arg, const struct sr_control_request *rq,
				   struct sr_buf *answer),
		     void *arg);

/** sr_control_close() - stop listening, remove the socket. */
void sr_control_close(struct sr_control *c);

/** sr_control_ask() - the other side: send @request, wait @timeout_ms for the answer. Return: 0;
 *  negative errno with words. */
int sr_control_ask(const char *path, const char *request, unsigned int timeout_ms,
		   struct sr_buf *answer, struct sr_err *err);

#endif /* SR_CONTROL_H */
