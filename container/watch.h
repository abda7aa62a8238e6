/* SPDX-License-Identifier: Apache-2.0 */
/* Hears from a runtime when what it says of a container changes: the stream of
 * events of the Docker API, on a thread and a connection of its own. */
#ifndef SR_WATCH_H
#define SR_WATCH_H

struct sr_watch;

/**
 * sr_watch_new() - begin to listen at @socket, which may come and go.
 * @changed: called on the watch's thread: container @id was renamed, ended, was paused, or its
 * health changed.
 * Return: 0; -ENOMEM; negative errno of pthread_create(3).
 */
int sr_watch_new(struct sr_watch **out, const char *socket,
		 void (*changed)(void *arg, const char *id), void *arg);

void sr_watch_free(struct sr_watch *w);

#endif /* SR_WATCH_H */
