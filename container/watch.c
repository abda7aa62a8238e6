/* SPDX-License-Identifier: Apache-2.0 */
#include "container/watch.h"

#include "container/unix_http.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MAX_LINE    (1u << 20) /* an event has less than 2 KiB, most of it labels */
#define MIN_PAUSE_S 1	       /* before the next try, when the socket is gone; doubled each time */
#define MAX_PAUSE_S 4	       /* trying costs little */

/* Types and names of events in JSON, escaped for a URL. */
static const char filters[] = "%7B%22type%22%3A%5B%22container%22%5D%2C%22event%22%3A%5B"
			      "%22rename%22%2C%22die%22%2C%22pause%22%2C%22unpause%22%2C"
			      "%22health_status%22%5D%7D";

struct sr_watch {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;
	struct sr_http *http;
	char *socket;
	const struct sr_watch_hooks *hooks;
	void *arg;
	/* of the thread alone */
	struct sr_buf line; /* begun, its end has not come yet */
	long long since;    /* seconds; an event that is told twice does no harm */
	bool heard;	    /* something on this connection */
};

static void take_line(struct sr_watch *w, const char *json, size_t len)
{
	cJSON *doc = cJSON_ParseWithLength(json, len);
	const cJSON *when = cJSON_GetObjectItemCaseSensitive(doc, "time");
	const char *id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(doc, "Actor"), "ID"));

	if (cJSON_IsNumber(when) && when->valuedouble > 0 && when->valuedouble < 1e11)
		w->since = (long long)when->valuedouble;
	if (id && *id)
		w->hooks->changed(w->arg, id);
	cJSON_Delete(doc);
}

/* A piece of the stream, nothing when it begins: objects, each with a line end. Return false to end
 * the connection. */
static bool take_piece(void *arg, const char *data, size_t len)
{
	struct sr_watch *w = arg;
	const char *end;

	if (!w->heard)
		w->hooks->answers(w->arg);
	w->heard = true;
	while ((end = memchr(data, '\n', len))) {
		sr_buf_put(&w->line, data, (size_t)(end - data));
		if (!w->line.oom)
			take_line(w, (const char *)w->line.p, w->line.len);
		w->line.len = 0;
		len -= (size_t)(end + 1 - data);
		data = end + 1;
	}
	sr_buf_put(&w->line, data, len);
	return !w->line.oom && w->line.len <= MAX_LINE;
}

/* Return whether to go on. */
static bool pause_for(struct sr_watch *w, int seconds)
{
	struct timespec until;
	bool go;

	(void)clock_gettime(CLOCK_MONOTONIC, &until); /* cannot fail with these arguments */
	until.tv_sec += seconds;
	pthread_mutex_lock(&w->lock);
	while (!w->stop && pthread_cond_timedwait(&w->wake, &w->lock, &until) == 0)
		continue;
	go = !w->stop;
	pthread_mutex_unlock(&w->lock);
	return go;
}

static void *listen_to(void *arg)
{
	struct sr_watch *w = arg;
	int pause_s = MIN_PAUSE_S;
	char path[512];

	do {
		(void)snprintf(path, sizeof(path), "/events?since=%lld&filters=%s", w->since,
			       filters);
		w->heard = false;
		/* whatever ended it: the daemon restarts, or there is none */
		(void)sr_http_stream(w->http, w->socket, path, take_piece, w);
		sr_buf_free(&w->line);
		w->line = (struct sr_buf){ 0 };
		pause_s = w->heard ? MIN_PAUSE_S : pause_s * 2;
		if (pause_s > MAX_PAUSE_S)
			pause_s = MAX_PAUSE_S;
	} while (pause_for(w, pause_s));
	return NULL;
}

/* Signals are the program's: they must not land on this thread. */
static int start_thread(struct sr_watch *w)
{
	sigset_t all, old;
	int rc;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old); /* cannot fail with these arguments */
	rc = pthread_create(&w->thread, NULL, listen_to, w);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -rc;
}

static void free_memory(struct sr_watch *w)
{
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	sr_http_free(w->http);
	sr_buf_free(&w->line);
	free(w->socket);
	free(w);
}

int sr_watch_new(struct sr_watch **out, const char *socket, const struct sr_watch_hooks *hooks,
		 void *arg)
{
	struct sr_watch *w = calloc(1, sizeof(*w));
	pthread_condattr_t attr;
	struct timespec now;
	int rc;

	if (!w)
		return -ENOMEM;
	/* none of these fails on Linux */
	(void)pthread_mutex_init(&w->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&w->wake, &attr);
	(void)pthread_condattr_destroy(&attr);
	(void)clock_gettime(CLOCK_REALTIME, &now);
	w->since = now.tv_sec;
	w->hooks = hooks;
	w->arg = arg;
	w->socket = strdup(socket);
	rc = w->socket ? sr_http_new(&w->http) : -ENOMEM;
	if (rc == 0)
		rc = start_thread(w);
	if (rc < 0) {
		free_memory(w);
		return rc;
	}
	*out = w;
	return 0;
}

void sr_watch_free(struct sr_watch *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	sr_http_cancel(w->http);
	pthread_join(w->thread, NULL);
	free_memory(w);
}
