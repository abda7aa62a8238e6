/* SPDX-License-Identifier: Apache-2.0 */
/* The resolver: a table of ids, a queue of those to ask about, a queue of finished
 * documents, and one thread between the two. The lock is never held while a
 * runtime is asked, so callers do not wait for one. */
#include "container/resolver.h"

#include "container/runtime.h"
#include "container/watch.h"
#include "formats/base/clock.h"
#include "formats/base/log.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <xxhash.h>

/* Ids that are remembered, at least; a host has hundreds. A recorder runs for months, so the oldest
 * are forgotten: should one of them be asked for again, it is only one question more. */
#define MAX_IDS	  32768
#define MAX_JOBS  65536 /* while no runtime answers */
#define MAX_AGAIN 4096	/* changes that are told but not asked about yet */
#define MAX_LATE  1024	/* the last of those given up that are asked for now and then */
#define NS_PER_MS 1000000ull

/* Before each try: a daemon that restarts takes some seconds. After PROMPT_TRIES it is told that
 * the container is unknown, and nobody waits for it any more; but a runtime that answers later
 * still names it. The last interval repeats. */
static const unsigned int backoff_ms[] = { 0, 100, 300, 700, 1900, 5000, 15000, 60000 };
#define PROMPT_TRIES 5
#define GONE_TRIES   3 /* of a container that ended: its runtime notes how a moment later */
#define TRIES	     (sizeof(backoff_ms) / sizeof(backoff_ms[0]))

/* A job for a socket that leaves all questions unanswered comes back so often, and so long. */
#define BUSY	     TRIES /* its queue */
#define BUSY_MS	     500
#define MAX_BUSY_MS  10000
#define QUEUES	     (TRIES + 1)

struct job {
	struct job *next; /* in its queue */
	uint64_t due_ns;  /* not before */
	uint64_t asked_ns;
	unsigned int tries; /* so far, TRIES - 1 at most */
	bool gone;	    /* it has ended: an answer that says otherwise is too early */
	bool busy;	    /* the last look was none: the socket was left alone */
	bool again;	    /* it was resolved, and has changed since */
	uint32_t uid;	    /* whose it is; 0: root's */
	char *runtime, *id;
};

/* Jobs that have had the same number of tries: first in, first due. */
struct queue {
	struct job *first, **end;
};

struct document {
	struct document *next;
	char *json;
	size_t len;
};

struct sr_resolver {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake; /* for the worker: a job came, or stop */
	pthread_cond_t idle; /* for sr_resolver_drain() */
	struct sr_http *http;
	struct sr_watch *watch; /* NULL: none */
	struct sr_places places;
	char *strings[6]; /* copies of the options' strings, which the caller may drop */

	struct queue queues[QUEUES]; /* by tries */
	size_t unfinished;	     /* jobs queued or in work that somebody may wait for */
	size_t nlate;		     /* the others */
	struct document *docs, **docs_end;
	/* Hashes of ids asked for; 0 is free. The second table has those of before the first one
	 * was begun. */
	uint64_t *ids[2];
	size_t nids;   /* in the first */
	size_t nagain; /* jobs of the watch */
	uint64_t dropped;
	bool stop;
};

#define ID_SLOTS (2 * (size_t)MAX_IDS) /* a power of two */

static struct timespec to_timespec(uint64_t ns)
{
	return (struct timespec){ (time_t)(ns / 1000000000u), (long)(ns % 1000000000u) };
}

/* ---- ids ---- */

/* Two ids with one 64-bit hash are one in 2^33 for a full table: good enough to skip a question. */
static uint64_t hash_of(const char *id)
{
	return XXH64(id, strlen(id), 0) | 1;
}

static uint64_t *slot_of(uint64_t *table, uint64_t hash)
{
	size_t i = (hash >> 1) % ID_SLOTS;

	while (table[i] && table[i] != hash)
		i = (i + 1) % ID_SLOTS;
	return &table[i];
}

static bool has_id(const struct sr_resolver *r, const char *id)
{
	uint64_t hash = hash_of(id);

	return *slot_of(r->ids[0], hash) || *slot_of(r->ids[1], hash);
}

static void remember(struct sr_resolver *r, uint64_t hash)
{
	uint64_t *old = r->ids[1];

	if (r->nids == MAX_IDS) {
		r->ids[1] = r->ids[0];
		r->ids[0] = memset(old, 0, ID_SLOTS * sizeof(*old));
		r->nids = 0;
	}
	*slot_of(r->ids[0], hash) = hash;
	r->nids++;
}

/* False: it was asked for before, or cannot be now. */
static bool add_id(struct sr_resolver *r, const char *id)
{
	uint64_t hash = hash_of(id);
	bool known = *slot_of(r->ids[1], hash) != 0;

	if (*slot_of(r->ids[0], hash))
		return false;
	if (!known && r->unfinished >= MAX_JOBS) {
		if (r->dropped++ == 0)
			sr_log(SR_LOG_WARN,
			       "resolver: no answer about %d containers, further ones stay without "
			       "a name until there is",
			       MAX_JOBS);
		return false;
	}
	remember(r, hash);
	return !known;
}

/* ---- documents ---- */

/* Takes the bytes of @json over, under the lock. Without memory the document is not given. */
static void push_document(struct sr_resolver *r, struct sr_buf *json)
{
	struct document *d = json->oom || !json->len ? NULL : malloc(sizeof(*d));

	if (!d) {
		sr_buf_free(json);
		return;
	}
	*d = (struct document){ .json = (char *)json->p, .len = json->len };
	*json = (struct sr_buf){ 0 };
	*r->docs_end = d;
	r->docs_end = &d->next;
}

int sr_resolver_poll(struct sr_resolver *r, struct sr_buf *out)
{
	struct document *d;

	pthread_mutex_lock(&r->lock);
	d = r->docs;
	if (d) {
		r->docs = d->next;
		if (!r->docs)
			r->docs_end = &r->docs;
	}
	pthread_mutex_unlock(&r->lock);
	if (!d)
		return 0;
	sr_buf_put(out, d->json, d->len);
	free(d->json);
	free(d);
	return 1;
}

/* ---- jobs ---- */

static void job_free(struct job *j)
{
	if (!j)
		return;
	free(j->runtime);
	free(j->id);
	free(j);
}

static struct job *job_new(const char *runtime, const char *id, uint32_t uid)
{
	struct job *j = calloc(1, sizeof(*j));

	if (!j)
		return NULL;
	j->runtime = strdup(runtime);
	j->id = strdup(id);
	j->uid = uid;
	j->asked_ns = sr_now_ns();
	if (j->runtime && j->id)
		return j;
	job_free(j);
	return NULL;
}

static void enqueue(struct sr_resolver *r, struct job *j)
{
	struct queue *q;

	j->tries = j->tries < TRIES ? j->tries : TRIES - 1;
	q = &r->queues[j->busy ? BUSY : j->tries];
	j->due_ns = sr_now_ns() + (j->busy ? BUSY_MS : backoff_ms[j->tries]) * NS_PER_MS;
	j->next = NULL;
	*q->end = j;
	q->end = &j->next;
}

static struct job *dequeue(struct queue *q)
{
	struct job *j = q->first;

	q->first = j->next;
	if (!q->first)
		q->end = &q->first;
	return j;
}

/* The queue whose first job is due first; NULL if there is no job. */
static struct queue *next_queue(struct sr_resolver *r)
{
	struct queue *best = NULL;

	for (size_t i = 0; i < QUEUES; i++) {
		struct queue *q = &r->queues[i];

		if (q->first && (!best || q->first->due_ns < best->first->due_ns))
			best = q;
	}
	return best;
}

void sr_resolver_ask_user(struct sr_resolver *r, const char *runtime, const char *id, uint32_t uid)
{
	struct sr_buf doc = { 0 };
	struct job *j;

	pthread_mutex_lock(&r->lock);
	if (!add_id(r, id))
		goto out;
	j = job_new(runtime, id, uid);
	if (!j)
		goto out; /* without memory: as if it had been dropped */
	sr_document_unresolved(&doc, runtime, id, "pending", "asked, no answer yet");
	push_document(r, &doc);
	enqueue(r, j);
	r->unfinished++;
	pthread_cond_signal(&r->wake);
out:
	pthread_mutex_unlock(&r->lock);
}

void sr_resolver_ask(struct sr_resolver *r, const char *runtime, const char *id)
{
	sr_resolver_ask_user(r, runtime, id, 0);
}

static bool is_late(const struct job *j)
{
	return j->tries >= PROMPT_TRIES;
}

/* Nobody waits for it any more. Of too many the one that was tried longest ago is forgotten. */
static void make_late(struct sr_resolver *r, struct job *j)
{
	struct queue *q = NULL;

	enqueue(r, j);
	if (++r->nlate <= MAX_LATE)
		return;
	for (size_t i = TRIES; !q && i-- > PROMPT_TRIES;)
		q = r->queues[i].first ? &r->queues[i] : NULL;
	job_free(dequeue(q));
	r->nlate--;
}

/* Those that nobody waits for get one more prompt try. */
static void hurry(struct sr_resolver *r)
{
	struct queue *to = &r->queues[PROMPT_TRIES - 1];

	for (size_t i = PROMPT_TRIES; i < TRIES; i++) {
		struct queue *q = &r->queues[i];

		if (!q->first)
			continue;
		for (struct job *j = q->first; j; j = j->next) {
			j->due_ns = 0;
			j->tries = PROMPT_TRIES - 1;
		}
		*q->end = to->first;
		if (!to->first)
			to->end = q->end;
		to->first = q->first;
		*q = (struct queue){ NULL, &q->first };
	}
	r->unfinished += r->nlate;
	r->nlate = 0;
	pthread_cond_signal(&r->wake);
}

void sr_resolver_hurry(struct sr_resolver *r)
{
	pthread_mutex_lock(&r->lock);
	hurry(r);
	pthread_mutex_unlock(&r->lock);
}

static void daemon_answers(void *arg)
{
	sr_resolver_hurry(arg);
}

/* What nobody asked for is none of our business. What has ended is asked about a little later, as
 * if it had been tried some times. */
static void ask_again(struct sr_resolver *r, const char *runtime, const char *id, uint32_t uid,
		      bool gone)
{
	struct job *j;

	pthread_mutex_lock(&r->lock);
	j = has_id(r, id) && r->nagain < MAX_AGAIN ? job_new(runtime, id, uid) : NULL;
	if (j) {
		j->again = true;
		j->gone = gone;
		j->tries = gone ? GONE_TRIES : 0;
		enqueue(r, j);
		r->nagain++;
		r->unfinished++;
		pthread_cond_signal(&r->wake);
	}
	pthread_mutex_unlock(&r->lock);
}

static void docker_changed(void *arg, const char *id)
{
	ask_again(arg, "docker", id, 0, false);
}

void sr_resolver_gone(struct sr_resolver *r, const char *runtime, const char *id, uint32_t uid)
{
	if (!r->watch || uid || strcmp(runtime, "docker") != 0)
		ask_again(r, runtime, id, uid, true);
}

/* ---- the worker ---- */

/* With the lock held. NULL: stop. */
static struct job *wait_for_job(struct sr_resolver *r)
{
	while (!r->stop) {
		struct queue *q = next_queue(r);
		struct timespec due;

		if (!q) {
			pthread_cond_wait(&r->wake, &r->lock);
			continue;
		}
		if (q->first->due_ns <= sr_now_ns())
			return dequeue(q);
		due = to_timespec(q->first->due_ns);
		(void)pthread_cond_timedwait(&r->wake, &r->lock, &due); /* looked at above again */
	}
	return NULL;
}

/* Was the try one that counts? Then @j has one more. Return whether to try again. */
static bool count_try(struct job *j, enum sr_found found)
{
	bool waits = sr_now_ns() - j->asked_ns < MAX_BUSY_MS * NS_PER_MS;

	j->busy = found == SR_BUSY && waits && !is_late(j);
	if (found == SR_BUSY && !waits && j->tries < PROMPT_TRIES)
		j->tries = PROMPT_TRIES;
	else if (found == SR_SILENT || (found == SR_BUSY && !j->busy))
		j->tries++;
	return (found == SR_BUSY || found == SR_SILENT) && !(j->again && is_late(j));
}

static bool says_it_runs(const struct sr_buf *doc)
{
	static const char words[] = "\"Running\":true";

	return memmem(doc->p, doc->len, words, sizeof(words) - 1);
}

/* One try. @doc: what is to be told, if anything. Return whether to try again. */
static bool work(struct sr_resolver *r, struct job *j, struct sr_buf *doc)
{
	struct sr_places places = r->places;
	bool was_late = is_late(j), again;
	struct sr_buf why = { 0 };
	enum sr_found found;

	places.inspect_only = j->again;
	places.uid = j->uid;
	found = sr_lookup(&places, j->runtime, j->id, doc, &why);
	if (found == SR_FOUND && j->gone && says_it_runs(doc))
		found = SR_SILENT;
	again = count_try(j, found);
	if (found != SR_FOUND) {
		doc->len = 0;
		if (again)
			sr_buf_puts(&why, " (asked several times, and still now and then)");
		/* of one that has changed, what was said before stays the last word */
		if (!j->again && (!again || (is_late(j) && !was_late)))
			sr_document_unresolved(doc, j->runtime, j->id, "unknown",
					       sr_buf_cstr(&why));
	}
	sr_buf_free(&why);
	return again;
}

/* After a try, with the lock held. */
static void put_back(struct sr_resolver *r, struct job *j, bool was_late, bool again)
{
	bool late = again && is_late(j);

	if (was_late && !again)
		hurry(r); /* it answers again, also about the others, perhaps */
	r->nagain -= j->again && !again;
	if (late)
		make_late(r, j);
	else if (again)
		enqueue(r, j);
	else
		job_free(j);
	if (!was_late && (late || !again) && --r->unfinished == 0)
		pthread_cond_broadcast(&r->idle);
}

static void *worker(void *arg)
{
	struct sr_resolver *r = arg;
	struct job *j;

	pthread_mutex_lock(&r->lock);
	while ((j = wait_for_job(r))) {
		struct sr_buf doc = { 0 };
		bool was_late = is_late(j), again;

		r->nlate -= was_late;
		pthread_mutex_unlock(&r->lock);
		again = work(r, j, &doc);
		pthread_mutex_lock(&r->lock);
		push_document(r, &doc);
		put_back(r, j, was_late, again);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

int sr_resolver_drain(struct sr_resolver *r, unsigned int ms)
{
	struct timespec until = to_timespec(sr_now_ns() + ms * NS_PER_MS);
	int rc = 0;

	pthread_mutex_lock(&r->lock);
	while (r->unfinished && rc == 0)
		rc = pthread_cond_timedwait(&r->idle, &r->lock, &until);
	rc = r->unfinished ? -ETIMEDOUT : 0;
	pthread_mutex_unlock(&r->lock);
	return rc;
}

/* ---- beginning and end ---- */

static int copy_option(char **slot, const char **option)
{
	*slot = *option ? strdup(*option) : NULL;
	if (!*slot && *option)
		return -ENOMEM;
	*option = *slot;
	return 0;
}

static int copy_places(struct sr_resolver *r, const struct sr_resolver_opts *opts)
{
	struct sr_places *p = &r->places;

	sr_places_set(p, opts, r->http);
	if (copy_option(&r->strings[0], &p->docker_socket) < 0 ||
	    copy_option(&r->strings[1], &p->docker_root) < 0 ||
	    copy_option(&r->strings[2], &p->podman_socket) < 0 ||
	    copy_option(&r->strings[3], &p->sys_root) < 0 ||
	    copy_option(&r->strings[4], &p->runtime_socket) < 0 ||
	    copy_option(&r->strings[5], &p->system_bus) < 0)
		return -ENOMEM;
	return 0;
}

/* Signals are the program's: they must not land on this thread. */
static int start_thread(struct sr_resolver *r)
{
	sigset_t all, old;
	int rc;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old); /* cannot fail with these arguments */
	rc = pthread_create(&r->thread, NULL, worker, r);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -rc;
}

static void init_locks(struct sr_resolver *r)
{
	pthread_condattr_t attr;

	/* none of these fails on Linux */
	(void)pthread_mutex_init(&r->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&r->wake, &attr);
	(void)pthread_cond_init(&r->idle, &attr);
	(void)pthread_condattr_destroy(&attr);
}

static void free_memory(struct sr_resolver *r)
{
	struct document *d;
	struct queue *q;

	while ((q = next_queue(r)))
		job_free(dequeue(q));
	while ((d = r->docs)) {
		r->docs = d->next;
		free(d->json);
		free(d);
	}
	for (size_t i = 0; i < sizeof(r->strings) / sizeof(*r->strings); i++)
		free(r->strings[i]);
	pthread_cond_destroy(&r->wake);
	pthread_cond_destroy(&r->idle);
	pthread_mutex_destroy(&r->lock);
	sr_http_free(r->http);
	free(r->ids[0]);
	free(r->ids[1]);
	free(r);
}

int sr_resolver_new(struct sr_resolver **out, const struct sr_resolver_opts *opts)
{
	static const struct sr_watch_hooks heard = { docker_changed, daemon_answers };
	struct sr_resolver *r = calloc(1, sizeof(*r));
	int rc;

	if (!r)
		return -ENOMEM;
	init_locks(r);
	r->docs_end = &r->docs;
	for (size_t i = 0; i < QUEUES; i++)
		r->queues[i].end = &r->queues[i].first;
	r->ids[0] = calloc(ID_SLOTS, sizeof(*r->ids[0]));
	r->ids[1] = calloc(ID_SLOTS, sizeof(*r->ids[1]));
	rc = r->ids[0] && r->ids[1] ? sr_http_new(&r->http) : -ENOMEM;
	if (rc == 0)
		rc = copy_places(r, opts);
	if (rc == 0)
		rc = start_thread(r);
	if (rc < 0) {
		free_memory(r);
		return rc;
	}
	/* without it documents are not renewed, nothing worse */
	if (opts && opts->watch && sr_watch_new(&r->watch, r->places.docker_socket, &heard, r) < 0)
		r->watch = NULL;
	*out = r;
	return 0;
}

void sr_resolver_free(struct sr_resolver *r)
{
	if (!r)
		return;
	sr_watch_free(r->watch);
	pthread_mutex_lock(&r->lock);
	r->stop = true;
	pthread_cond_signal(&r->wake);
	pthread_mutex_unlock(&r->lock);
	sr_http_cancel(r->http);
	pthread_join(r->thread, NULL);
	free_memory(r);
}
