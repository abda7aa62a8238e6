/* SPDX-License-Identifier: Apache-2.0 */
/* Hears from a runtime when what it says of a container changes: the stream of
 * events of the Docker API, on a thread and a connection of its own. */
#ifndef SR_WATCH_H
#define SR_WATCH_H

struct sr_watch;

/* Called on the watch's thread. */
struct sr_watch_hooks {
	/* container @id was renamed, ended, was paused, or its health changed */
	void (*changed)(void *arg, const char *id);
	void (*answers)(void *arg); /* the runtime answers: for the first time, or again */
};

/**
 * sr_watch_new() - begin to listen at @socket, which may come and go.
 * Return: 0; -ENOMEM; negative errno of pthread_create(3).
 */
int sr_watch_new(struct sr_watch **out, const char *socket, const struct sr_watch_hooks *hooks,
		 void *arg);

void sr_watch_free(struct sr_watch *w);

#endif /* SR_WATCH_H */
