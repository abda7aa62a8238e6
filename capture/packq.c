/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of blocks: the owner puts and takes at its ends, the threads work on what is between. */
#include "capture/packq.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define MAX_THREADS 64u
#define MAX_BYTES   ((size_t)64 << 20)
#define FAST_LEVEL  0 /* the default */

struct slot {
	struct sr_builder *b; /* NULL but between put and take */
	struct sr_packq_item item;
	size_t bytes; /* of the block */
	bool done;
	int rc; /* of packing */
	struct sr_err err;
};

struct worker {
	struct sr_packq *q;
	pthread_t thread;
	struct sr_packer *packer;
};

struct sr_packq {
	pthread_mutex_t lock;
	pthread_cond_t work, done;
	int level;
	atomic_bool hurry;
	bool end;
	struct slot *slots;
	unsigned int nslots;
	struct sr_builder **spare; /* the last one was used last: the CPU may still have it */
	unsigned int nspare;
	uint64_t put, begun, taken; /* blocks so far; a block's slot is its number modulo nslots */
	size_t bytes;		    /* of those between @taken and @put */
	struct worker *workers;
	unsigned int nthreads;
};

static struct slot *slot_of(struct sr_packq *q, uint64_t number)
{
	return &q->slots[number % q->nslots];
}

/* ---- the threads ---- */

/* Whether another block waits behind the next one. */
static bool is_behind(const struct sr_packq *q)
{
	return q->put - q->begun > 1;
}

/* The next block that nobody works on; NULL: the end. Called, and left, with the lock held. */
static struct slot *next_block(struct sr_packq *q, int *level)
{
	while (q->begun == q->put && !q->end)
		(void)pthread_cond_wait(&q->work, &q->lock); /* cannot fail */
	if (q->end)
		return NULL;
	*level = atomic_load(&q->hurry) || is_behind(q) ? FAST_LEVEL : q->level;
	return slot_of(q, q->begun++);
}

static void *pack_blocks(void *arg)
{
	struct worker *w = arg;
	struct sr_packq *q = w->q;
	struct slot *s;
	int level = 0;

	/* Everybody may become nicer. */
	if (getpriority(PRIO_PROCESS, 0) < 0)
		(void)setpriority(PRIO_PROCESS, 0, 0);
	(void)pthread_mutex_lock(&q->lock); /* nor this */
	while ((s = next_block(q, &level)) != NULL) {
		(void)pthread_mutex_unlock(&q->lock);
		sr_packer_set_level(w->packer, level);
		s->rc = sr_packer_block(w->packer, sr_builder_block(s->b), &s->item.packed,
					&s->err);
		(void)pthread_mutex_lock(&q->lock);
		s->done = true;
		(void)pthread_cond_signal(&q->done);
	}
	(void)pthread_mutex_unlock(&q->lock);
	return NULL;
}

static int start_thread(struct sr_packq *q)
{
	struct worker *w = &q->workers[q->nthreads];
	sigset_t all, was;
	int rc;

	w->q = q;
	rc = sr_packer_new(&w->packer, q->level);
	if (rc < 0)
		return rc;
	sr_packer_set_hurry(w->packer, &q->hurry);
	(void)sigfillset(&all); /* cannot fail */
	(void)pthread_sigmask(SIG_SETMASK, &all, &was);
	rc = -pthread_create(&w->thread, NULL, pack_blocks, w);
	(void)pthread_sigmask(SIG_SETMASK, &was, NULL);
	if (rc < 0) {
		sr_packer_free(w->packer);
		w->packer = NULL;
		return rc;
	}
	q->nthreads++;
	return 0;
}

/* ---- the owner ---- */

int sr_packq_new(struct sr_packq **out, int level, unsigned int threads, struct sr_err *err)
{
	struct sr_packq *q = calloc(1, sizeof(*q));
	int rc = 0;

	threads = threads < 1 ? 1 : threads > MAX_THREADS ? MAX_THREADS : threads;
	if (!q)
		return sr_err_set(err, -ENOMEM, SR_NO_POS, "no memory to write a capture");
	(void)pthread_mutex_init(&q->lock, NULL); /* cannot fail with these attributes */
	(void)pthread_cond_init(&q->work, NULL);
	(void)pthread_cond_init(&q->done, NULL);
	q->level = level;
	q->nslots = threads + 2; /* one to be taken, one to come next */
	q->slots = calloc(q->nslots, sizeof(*q->slots));
	q->spare = calloc(q->nslots, sizeof(struct sr_builder *));
	q->workers = calloc(threads, sizeof(*q->workers));
	if (!q->slots || !q->spare || !q->workers)
		rc = -ENOMEM;
	while (rc == 0 && q->nthreads < threads)
		rc = start_thread(q);
	if (rc < 0 && !q->nthreads) { /* fewer than asked for do as well */
		sr_packq_free(q);
		return sr_err_set(err, rc, SR_NO_POS, "no thread to pack blocks: %s",
				  strerror(-rc));
	}
	*out = q;
	return 0;
}

/* Only the owner changes @put, @taken and @bytes. */
bool sr_packq_full(const struct sr_packq *q)
{
	uint64_t n = q->put - q->taken;

	return n == q->nslots || (n && q->bytes >= MAX_BYTES);
}

int sr_packq_put(struct sr_packq *q, struct sr_builder *b, uint64_t events, uint64_t lost)
{
	struct slot *s = slot_of(q, q->put);

	if (q->nspare)
		s->b = q->spare[--q->nspare];
	else if (sr_builder_new(&s->b) < 0)
		return -ENOMEM;
	sr_builder_reset(s->b);
	sr_builder_swap(s->b, b);
	s->bytes = sr_builder_bytes(s->b);
	s->done = false;
	s->item.events = events;
	s->item.lost = lost;
	q->bytes += s->bytes;
	(void)pthread_mutex_lock(&q->lock);
	q->put++;
	(void)pthread_cond_signal(&q->work);
	(void)pthread_mutex_unlock(&q->lock);
	return 0;
}

int sr_packq_take(struct sr_packq *q, bool wait, struct sr_packq_item *item, struct sr_err *err)
{
	struct slot *s = slot_of(q, q->taken);
	struct sr_packq_item had = *item;
	bool done;

	if (q->taken == q->put)
		return 0;
	(void)pthread_mutex_lock(&q->lock);
	while (wait && !s->done)
		(void)pthread_cond_wait(&q->done, &q->lock);
	done = s->done;
	(void)pthread_mutex_unlock(&q->lock);
	if (!done)
		return 0;
	q->taken++;
	q->bytes -= s->bytes;
	q->spare[q->nspare++] = s->b;
	s->b = NULL;
	if (s->rc < 0)
		return sr_err_set(err, s->rc, s->err.pos, "%s", s->err.msg);
	*item = s->item;
	s->item = had;
	return 1;
}

void sr_packq_hurry(struct sr_packq *q)
{
	atomic_store(&q->hurry, true);
}

void sr_packq_free(struct sr_packq *q)
{
	if (!q)
		return;
	(void)pthread_mutex_lock(&q->lock);
	q->end = true;
	(void)pthread_cond_broadcast(&q->work);
	(void)pthread_mutex_unlock(&q->lock);
	for (unsigned int i = 0; i < q->nthreads; i++) {
		(void)pthread_join(q->workers[i].thread, NULL); /* they were started here */
		sr_packer_free(q->workers[i].packer);
	}
	for (unsigned int i = 0; q->slots && i < q->nslots; i++) {
		sr_builder_free(q->slots[i].b);
		sr_packed_free(&q->slots[i].item.packed);
	}
	for (unsigned int i = 0; i < q->nspare; i++)
		sr_builder_free(q->spare[i]);
	free(q->slots);
	free(q->spare);
	free(q->workers);
	(void)pthread_cond_destroy(&q->work);
	(void)pthread_cond_destroy(&q->done);
	(void)pthread_mutex_destroy(&q->lock);
	free(q);
}
