/* SPDX-License-Identifier: Apache-2.0 */
/* A table of containers, and one thread that looks into those that are due. The lock is not held
 * while it looks. */
#include "capture/insider.h"

#include "capture/inside.h"
#include "container/cgroup.h"
#include "formats/base/clock.h"
#include "formats/strtab.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_IDS	   32768u /* containers that are remembered; then all are forgotten */
#define MAX_DUE	   1024u  /* of those that are looked at at a time */
#define MAX_STARTS 64	  /* after which a container is looked into no more */
#define NS_PER_MS  1000000ull
#define JOIN_S	   1 /* a thread that does not end by then hangs in a file system */

/* Before each look: a runtime changes the root some milliseconds after it has made the cgroup. What
 * still has the host's root after the last one keeps it. */
static const unsigned int wait_ms[] = { 0, 5, 20, 50, 100, 200, 400, 800 };
#define LOOKS (sizeof(wait_ms) / sizeof(wait_ms[0]))

struct one {
	const char *runtime; /* static */
	uint32_t pid;	     /* of the process to look through */
	uint32_t next_pid;   /* another one, met since */
	unsigned int looks, starts;
	uint64_t due_ns;
	enum {
		WANTED, /* the next process that is met */
		DUE,
		DONE
	} state;
	bool told; /* that it has gone */
};

struct document {
	struct document *next;
	char *id;
	struct sr_buf json;
};

struct sr_insider {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake, idle;
	char *procfs;
	struct sr_hostmounts *mounts;
	struct sr_strtab ids;
	struct one *all; /* by number in @ids */
	size_t cap;
	uint32_t due[MAX_DUE]; /* numbers */
	size_t ndue;
	struct document *docs, **docs_end;
	bool stop, left; /* left: the thread frees it */
};

static struct timespec at(uint64_t ns)
{
	return (struct timespec){ (time_t)(ns / 1000000000u), (long)(ns % 1000000000u) };
}

/* An id as a C string. */
struct id {
	char text[sizeof(((struct sr_cgroup_id *)NULL)->id)];
};

static struct id id_at(const struct sr_insider *s, uint32_t number)
{
	const struct sr_str *str = &s->ids.strs[number];
	struct id id = { "" };

	memcpy(id.text, str->p, str->len < sizeof(id.text) ? str->len : sizeof(id.text) - 1);
	return id;
}

/* ---- what was met ---- */

/* NULL without memory. */
static struct one *entry(struct sr_insider *s, const struct sr_cgroup_id *id, uint32_t *number)
{
	int64_t i;

	/* numbers are in use while something is due */
	if (s->ids.n >= MAX_IDS && !s->ndue) {
		memset(s->all, 0, s->cap * sizeof(*s->all));
		if (sr_strtab_reset(&s->ids, MAX_IDS + MAX_DUE) < 0)
			return NULL;
	}
	i = sr_strtab_intern(&s->ids, id->id, id->id_len);
	if (i < 0)
		return NULL;
	if ((size_t)i >= s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 64;
		struct one *p = reallocarray(s->all, cap, sizeof(*p));

		if (!p)
			return NULL;
		memset(p + s->cap, 0, (cap - s->cap) * sizeof(*p));
		s->all = p;
		s->cap = cap;
	}
	*number = (uint32_t)i;
	return &s->all[i];
}

static void make_due(struct sr_insider *s, uint32_t number, uint32_t pid)
{
	struct one *o = &s->all[number];

	o->pid = pid;
	o->next_pid = 0;
	o->looks = 0;
	o->due_ns = sr_now_ns();
	o->state = DUE;
	s->due[s->ndue++] = number;
	pthread_cond_signal(&s->wake);
}

/* A container that is started again has another first process, and another network. */
static bool is_wanted(const struct one *o, const struct sr_thread *t)
{
	return o->state == WANTED || (o->state == DONE && t->vpid == 1 &&
				      (uint32_t)t->pid != o->pid && o->starts < MAX_STARTS);
}

static void see(struct sr_insider *s, const struct sr_cgroup_id *id, const struct sr_thread *t)
{
	uint32_t number, pid = (uint32_t)t->pid;
	struct one *o;

	pthread_mutex_lock(&s->lock);
	o = entry(s, id, &number);
	if (o && o->state == DUE) {
		o->next_pid = pid;
	} else if (o && s->ndue < MAX_DUE && is_wanted(o, t)) {
		o->starts += o->state == DONE;
		o->runtime = id->runtime;
		make_due(s, number, pid);
	}
	pthread_mutex_unlock(&s->lock);
}

void sr_insider_see(struct sr_insider *s, const struct sr_thread_def *t)
{
	const struct sr_cgroup_def *cg[] = { t->cgroup, t->cgroup1 };
	struct sr_cgroup_id id;

	for (int i = 0; i < 2; i++) {
		if (cg[i] && sr_cgroup_parse(cg[i]->path.p, cg[i]->path.len, &id) == 1) {
			see(s, &id, &t->t);
			return;
		}
	}
}

/* ---- the thread ---- */

/* With the lock held. Takes *json over. Without memory it is not told. */
static void push(struct sr_insider *s, const char *id, struct sr_buf *json)
{
	struct document *d = json->len && !json->oom ? calloc(1, sizeof(*d)) : NULL;

	if (d)
		d->id = strdup(id);
	if (!d || !d->id) {
		free(d);
		sr_buf_free(json);
		return;
	}
	d->json = *json;
	*json = (struct sr_buf){ 0 };
	*s->docs_end = d;
	s->docs_end = &d->next;
}

/* With the lock held, after a look at number @i of the due ones. */
static void settle(struct sr_insider *s, size_t i, enum sr_inside_found found, struct sr_buf *json)
{
	struct one *o = &s->all[s->due[i]];
	struct id id = id_at(s, s->due[i]);

	if (found == SR_INSIDE_SHARED && ++o->looks < LOOKS) {
		o->due_ns = sr_now_ns() + wait_ms[o->looks] * NS_PER_MS;
		return;
	}
	if (found == SR_INSIDE_GONE && o->next_pid) {
		o->pid = o->next_pid;
		o->next_pid = 0;
		o->looks = 0;
		return;
	}
	if (found == SR_INSIDE_GONE && !o->told)
		sr_inside_unseen(json, o->runtime, id.text,
				 "its processes had ended before it could be looked into");
	o->told = true;
	push(s, id.text, json);
	o->state = found == SR_INSIDE_GONE ? WANTED : DONE;
	s->due[i] = s->due[--s->ndue];
	if (!s->ndue)
		pthread_cond_broadcast(&s->idle);
}

/* The number in the list of the one that is due first. With the lock held; false: stop. */
static bool wait_for_one(struct sr_insider *s, size_t *out)
{
	struct timespec until;
	size_t best;

	while (!s->stop) {
		if (!s->ndue) {
			pthread_cond_wait(&s->wake, &s->lock);
			continue;
		}
		best = 0;
		for (size_t i = 1; i < s->ndue; i++)
			if (s->all[s->due[i]].due_ns < s->all[s->due[best]].due_ns)
				best = i;
		*out = best;
		if (s->all[s->due[best]].due_ns <= sr_now_ns())
			return true;
		until = at(s->all[s->due[best]].due_ns);
		(void)pthread_cond_timedwait(&s->wake, &s->lock,
					     &until); /* looked at above again */
	}
	return false;
}

static void free_memory(struct sr_insider *s);

static void *worker(void *arg)
{
	struct sr_insider *s = arg;
	bool left;
	size_t i;

	pthread_mutex_lock(&s->lock);
	while (wait_for_one(s, &i)) {
		struct sr_buf json = { 0 };
		struct one o = s->all[s->due[i]];
		struct id id = id_at(s, s->due[i]);
		enum sr_inside_found found;

		pthread_mutex_unlock(&s->lock);
		found = sr_inside_look(s->procfs, o.pid, o.runtime, id.text, s->mounts, &json);
		pthread_mutex_lock(&s->lock);
		settle(s, i, found, &json);
		sr_buf_free(&json);
	}
	left = s->left;
	pthread_mutex_unlock(&s->lock);
	if (left)
		free_memory(s);
	return NULL;
}

/* ---- documents ---- */

int sr_insider_poll(struct sr_insider *s, enum sr_verdict (*verdict)(void *arg, const char *id),
		    void *arg, struct sr_buf *out)
{
	struct document **p = &s->docs, *d;
	int rc = 0;

	pthread_mutex_lock(&s->lock);
	while (!rc && (d = *p)) {
		enum sr_verdict v = verdict ? verdict(arg, d->id) : SR_VERDICT_YES;

		if (v == SR_VERDICT_PENDING) {
			p = &d->next;
			continue;
		}
		rc = v == SR_VERDICT_YES;
		if (rc)
			sr_buf_put(out, d->json.p, d->json.len);
		*p = d->next;
		if (!*p)
			s->docs_end = p;
		sr_buf_free(&d->json);
		free(d->id);
		free(d);
	}
	pthread_mutex_unlock(&s->lock);
	return rc;
}

void sr_insider_drain(struct sr_insider *s, unsigned int ms)
{
	struct timespec until = at(sr_now_ns() + ms * NS_PER_MS);

	pthread_mutex_lock(&s->lock);
	while (s->ndue && pthread_cond_timedwait(&s->idle, &s->lock, &until) == 0)
		continue;
	pthread_mutex_unlock(&s->lock);
}

/* ---- beginning and end ---- */

static void free_memory(struct sr_insider *s)
{
	struct document *d;

	while ((d = s->docs)) {
		s->docs = d->next;
		sr_buf_free(&d->json);
		free(d->id);
		free(d);
	}
	pthread_cond_destroy(&s->wake);
	pthread_cond_destroy(&s->idle);
	pthread_mutex_destroy(&s->lock);
	sr_hostmounts_free(s->mounts);
	sr_strtab_free(&s->ids);
	free(s->procfs);
	free(s->all);
	free(s);
}

static void init_locks(struct sr_insider *s)
{
	pthread_condattr_t attr;

	/* none of these fails on Linux */
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&s->wake, &attr);
	(void)pthread_cond_init(&s->idle, &attr);
	(void)pthread_condattr_destroy(&attr);
}

/* Signals are the program's: they must not land on this thread. */
static int start_thread(struct sr_insider *s)
{
	sigset_t all, old;
	int rc;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old); /* cannot fail with these arguments */
	rc = pthread_create(&s->thread, NULL, worker, s);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -rc;
}

int sr_insider_new(struct sr_insider **out, const char *procfs)
{
	struct sr_insider *s = calloc(1, sizeof(*s));
	int rc = -ENOMEM;

	if (!s)
		return -ENOMEM;
	init_locks(s);
	s->docs_end = &s->docs;
	s->procfs = strdup(procfs ? procfs : "/proc");
	if (s->procfs && sr_strtab_reset(&s->ids, MAX_IDS + MAX_DUE) == 0)
		rc = sr_hostmounts_new(&s->mounts, s->procfs);
	if (rc == 0)
		rc = start_thread(s);
	if (rc < 0) {
		free_memory(s);
		return rc;
	}
	*out = s;
	return 0;
}

void sr_insider_free(struct sr_insider *s)
{
	struct timespec until;
	bool left;

	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
	(void)clock_gettime(CLOCK_REALTIME, &until); /* what pthread_timedjoin_np() goes by */
	until.tv_sec += JOIN_S;
	left = pthread_timedjoin_np(s->thread, NULL, &until) != 0;
	if (left) {
		pthread_mutex_lock(&s->lock);
		s->left = true;
		pthread_mutex_unlock(&s->lock);
		(void)pthread_detach(s->thread);
		return;
	}
	free_memory(s);
}
