/* SPDX-License-Identifier: Apache-2.0 */
/* Looks into containers on a thread of its own, once each, as soon as a process of theirs is met:
 * what is asked there may take any time, and events do not wait for it. */
#ifndef SR_INSIDER_H
#define SR_INSIDER_H

#include "container/selection.h"
#include "formats/base/buf.h"
#include "formats/builder.h"

struct sr_insider;

/** sr_insider_new() - start the thread. @procfs: NULL: "/proc". Return 0; -ENOMEM; negative errno
 * of pthread_create(3). */
int sr_insider_new(struct sr_insider **out, const char *procfs);

/** sr_insider_see() - a thread was met: if it is of a container that has not been looked into, that
 *  is done through its process. Never blocks. */
void sr_insider_see(struct sr_insider *s, const struct sr_thread_def *t);

/**
 * sr_insider_poll() - take one finished document (formats/meta.h, kind "inside").
 * @verdict: whether it is wanted of the container @id; of one that is not it is dropped, an
 * undecided one stays. NULL: all are wanted. Return: 1 and *out appended; 0 none now.
 */
int sr_insider_poll(struct sr_insider *s, enum sr_verdict (*verdict)(void *arg, const char *id),
		    void *arg, struct sr_buf *out);

/** sr_insider_drain() - wait until nothing is looked at any more, at most @ms. */
void sr_insider_drain(struct sr_insider *s, unsigned int ms);

/** sr_insider_free() - where a file system never answers, the thread is left behind. */
void sr_insider_free(struct sr_insider *s);

#endif /* SR_INSIDER_H */
