/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/syncer.h"
#include "formats/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Files that wait to be synced: the current one, and those that ended while the disk was slow. */
#define MAX_WAITING 16

struct waiting {
	int fd; /* a duplicate, ours */
	uint64_t ino, dev;
	uint64_t since; /* CLOCK_MONOTONIC ns */
};

struct sr_syncer {
	int (*sync)(int fd);
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t asked, done;
	struct waiting waiting[MAX_WAITING];
	size_t n;
	bool busy, end;
	int rc; /* of the first sync that failed */
	struct sr_syncer_stats stats;
};

static int data_sync(int fd)
{
	while (fdatasync(fd) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

/* Under the lock, but for the sync itself. */
static void sync_first(struct sr_syncer *s)
{
	struct waiting w = s->waiting[0];
	uint64_t took;
	int rc;

	memmove(s->waiting, s->waiting + 1, --s->n * sizeof(w));
	s->busy = true;
	(void)pthread_mutex_unlock(&s->lock);
	rc = s->sync(w.fd);
	(void)close(w.fd); /* a duplicate: what a close could tell, the sync has told */
	took = sr_now_ns() - w.since;
	(void)pthread_mutex_lock(&s->lock);
	s->busy = false;
	s->stats.syncs++;
	if (took > s->stats.worst_ns)
		s->stats.worst_ns = took;
	/* Not every file system can, and that is known from the first try on. */
	if (rc < 0 && rc != -EINVAL && rc != -EROFS && rc != -EOPNOTSUPP && !s->rc)
		s->rc = rc;
	(void)pthread_cond_broadcast(&s->done);
}

static void *run(void *arg)
{
	struct sr_syncer *s = arg;

	(void)pthread_mutex_lock(&s->lock); /* a plain mutex: these cannot fail */
	while (!s->end || s->n) {
		if (s->n)
			sync_first(s);
		else
			(void)pthread_cond_wait(&s->asked, &s->lock);
	}
	(void)pthread_mutex_unlock(&s->lock);
	return NULL;
}

static int failed(const struct sr_syncer *s, struct sr_err *err)
{
	return s->rc ? sr_err_set(err, s->rc, SR_NO_POS,
				  "the disk does not keep what was written (fdatasync: %s)",
				  strerror(-s->rc))
		     : 0;
}

/* Under the lock. What waits for the same file covers this one too. */
static int put(struct sr_syncer *s, int fd, const struct stat *st, struct sr_err *err)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->waiting[i].ino == st->st_ino && s->waiting[i].dev == st->st_dev)
			return 0;
	while (s->n == MAX_WAITING)
		(void)pthread_cond_wait(&s->done, &s->lock);
	fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return sr_err_set(err, -errno, SR_NO_POS, "cannot sync: %s", strerror(errno));
	s->waiting[s->n++] = (struct waiting){
		.fd = fd, .ino = st->st_ino, .dev = st->st_dev, .since = sr_now_ns()
	};
	(void)pthread_cond_signal(&s->asked);
	return 0;
}

int sr_syncer_ask(struct sr_syncer *s, int fd, struct sr_err *err)
{
	struct stat st;
	int rc;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	(void)pthread_mutex_lock(&s->lock);
	rc = failed(s, err);
	if (rc == 0)
		rc = put(s, fd, &st, err);
	(void)pthread_mutex_unlock(&s->lock);
	return rc;
}

int sr_syncer_wait(struct sr_syncer *s, struct sr_err *err)
{
	int rc;

	(void)pthread_mutex_lock(&s->lock);
	while (s->n || s->busy)
		(void)pthread_cond_wait(&s->done, &s->lock);
	rc = failed(s, err);
	(void)pthread_mutex_unlock(&s->lock);
	return rc;
}

void sr_syncer_stats(struct sr_syncer *s, struct sr_syncer_stats *out)
{
	(void)pthread_mutex_lock(&s->lock);
	*out = s->stats;
	(void)pthread_mutex_unlock(&s->lock);
}

/* The thread must not take signals that are meant for others. */
static int start(struct sr_syncer *s)
{
	sigset_t all, before;
	int rc;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before); /* cannot fail */
	rc = pthread_create(&s->thread, NULL, run, s);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -rc;
}

int sr_syncer_new(struct sr_syncer **out, int (*sync)(int fd))
{
	struct sr_syncer *s = calloc(1, sizeof(*s));
	int rc;

	if (!s)
		return -ENOMEM;
	s->sync = sync ? sync : data_sync;
	(void)pthread_mutex_init(&s->lock, NULL); /* with default attributes these cannot fail */
	(void)pthread_cond_init(&s->asked, NULL);
	(void)pthread_cond_init(&s->done, NULL);
	rc = start(s);
	if (rc < 0) {
		free(s);
		return rc;
	}
	*out = s;
	return 0;
}

void sr_syncer_free(struct sr_syncer *s)
{
	if (!s)
		return;
	(void)pthread_mutex_lock(&s->lock);
	s->end = true;
	(void)pthread_cond_signal(&s->asked);
	(void)pthread_mutex_unlock(&s->lock);
	(void)pthread_join(s->thread, NULL); /* it is there, and joined once */
	(void)pthread_cond_destroy(&s->asked);
	(void)pthread_cond_destroy(&s->done);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}
