/* SPDX-License-Identifier: Apache-2.0 */
/* Several blocks at a time. The run's own thread fetches blocks; threads look at them (decode,
 * filter) and then do for the sinks what can be done apart, in pieces of some thousand rows; and
 * the run's own thread takes what came of it in the order of the source. So all that is told,
 * printed and counted is what one thread would have made. Two rings, of blocks and of pieces, bound
 * the memory; what comes first in them is always being worked on, so nothing waits forever. */
#include "capture/engine_impl.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Beyond one for each thread: one that is being taken. */
#define SPARE 1u

struct par;

/* A block. */
struct job {
	uint64_t number;
	struct sr_source_slot *slot;
	struct sr_block *b;
	struct sr_look look;
	struct sr_filter *filter; /* of its own */
	struct sr_view_opts opts; /* as they were when it was fetched */
	bool looked;
	int rc; /* of looking */
	struct sr_err err;
	uint32_t npieces; /* handed out so far */
	uint64_t first;	  /* number of its first piece */
};

/* Rows of a block that one thread works on. */
struct piece {
	struct sr_turn turn; /* first */
	struct par *p;
	struct job *job;
	uint64_t number;
	struct sr_share share;
	struct sr_view view;
	struct sr_view_opts opts;
	struct sr_sink_part **parts; /* by sink; NULL: it looks at the block itself */
	bool done;
	int rc;
	struct sr_sink *broken; /* the sink whose part failed */
	struct sr_err err;
};

struct par {
	struct sr_run *r;
	bool apart;    /* there are parts */
	uint32_t rows; /* of a piece; 0: whole blocks */
	pthread_mutex_t lock;
	pthread_cond_t work, done, turn;
	/* Numbers so far; the job or piece of a number is that modulo the size of its ring. */
	struct job *jobs;
	struct piece *pieces;
	unsigned int size;		       /* of both rings */
	uint64_t fetched, begun, split, taken; /* blocks: @split: all pieces are handed out */
	uint64_t handed, pieces_taken;
	bool end;
	pthread_t *threads;
	unsigned int nthreads;
};

static struct job *job_of(struct par *p, uint64_t number)
{
	return &p->jobs[number % p->size];
}

static struct piece *piece_of(struct par *p, uint64_t number)
{
	return &p->pieces[number % p->size];
}

static uint32_t pieces_of(const struct par *p, const struct job *j)
{
	return p->rows ? j->b->n / p->rows + !!(j->b->n % p->rows) : 1;
}

/* ---- turns ---- */

static bool is_next(const struct piece *c)
{
	return c->p->taken == c->job->number && c->p->pieces_taken == c->number;
}

static bool turn_came(struct sr_turn *t)
{
	struct piece *c = (struct piece *)t;
	bool came;

	(void)pthread_mutex_lock(&c->p->lock); /* these cannot fail */
	came = is_next(c);
	(void)pthread_mutex_unlock(&c->p->lock);
	return came;
}

static bool turn_wait(struct sr_turn *t)
{
	struct piece *c = (struct piece *)t;
	struct par *p = c->p;
	bool over;

	(void)pthread_mutex_lock(&p->lock);
	while (!is_next(c) && !p->end)
		(void)pthread_cond_wait(&p->turn, &p->lock);
	over = p->end;
	(void)pthread_mutex_unlock(&p->lock);
	return !over;
}

/* ---- the threads; with the lock held but where they work ---- */

/* The next rows to work on, or NULL: the oldest block that has some. */
static struct piece *next_piece(struct par *p)
{
	struct piece *c;
	struct job *j;

	for (;; p->split++) {
		if (p->split == p->begun || !p->apart)
			return NULL;
		j = job_of(p, p->split);
		if (!j->looked)
			return NULL;
		if (j->rc == 1 && j->npieces < pieces_of(p, j))
			break;
	}
	if (p->handed - p->pieces_taken == p->size)
		return NULL;
	c = piece_of(p, p->handed);
	c->job = j;
	c->number = p->handed++;
	c->done = false;
	c->share.from = j->npieces * p->rows;
	c->share.to = j->npieces + 1 == pieces_of(p, j) ? j->b->n : c->share.from + p->rows;
	if (!j->npieces++)
		j->first = c->number;
	return c;
}

static void work_on(struct par *p, struct piece *c)
{
	struct sr_engine *e = p->r->e;
	struct sr_look *l = &c->job->look;

	c->view.b = l->view.b;
	c->view.meta = l->view.meta;
	if (l->view.opts) {
		c->opts = *l->view.opts;
		c->view.opts = &c->opts;
	}
	c->share.v = &c->view;
	c->share.sel = l->sel;
	c->share.nsel = (uint64_t)l->nsel;
	c->share.turn = &c->turn;
	c->rc = 0;
	c->broken = NULL;
	for (size_t i = 0; i < e->nsinks && c->rc == 0; i++) {
		if (!c->parts[i])
			continue;
		c->rc = e->sinks[i]->ops->parts->work(c->parts[i], &c->share, &c->err);
		c->broken = c->rc < 0 ? e->sinks[i] : NULL;
	}
}

static void look_at(struct par *p, struct job *j)
{
	p->r->e->source->ops->slots->begin(j->slot);
	j->rc = sr_look_block(&j->look, j->b, &j->err);
}

/* One thing to do: false if there is none now. */
static bool do_one(struct par *p)
{
	struct piece *c = next_piece(p);
	struct job *j = c || p->begun == p->fetched ? NULL : job_of(p, p->begun++);

	if (!c && !j)
		return false;
	(void)pthread_mutex_unlock(&p->lock);
	if (c)
		work_on(p, c);
	else
		look_at(p, j);
	(void)pthread_mutex_lock(&p->lock);
	if (c)
		c->done = true;
	else
		j->looked = true;
	(void)pthread_cond_signal(&p->done);
	if (j && p->apart)
		(void)pthread_cond_broadcast(&p->work); /* its pieces */
	return true;
}

static void *do_all(void *arg)
{
	struct par *p = arg;

	(void)pthread_mutex_lock(&p->lock);
	while (!p->end)
		if (!do_one(p))
			(void)pthread_cond_wait(&p->work, &p->lock);
	(void)pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* ---- beginning: when there is the first block to be looked at ---- */

/* A filter of its own, of the same tree. */
static int copy_filter(const struct sr_filter *f, struct sr_filter **out, struct sr_err *err)
{
	struct sr_buf text = { 0 };
	int rc = -ENOMEM;

	if (!f)
		return 0;
	sr_filter_print(f, &text);
	if (!text.oom)
		rc = sr_filter_compile(out, sr_buf_cstr(&text), err);
	sr_buf_free(&text);
	return rc;
}

static int make_job(struct par *p, struct job *j, struct sr_err *err)
{
	struct sr_engine *e = p->r->e;
	int rc = e->source->ops->slots->make(e->source, &j->slot);

	if (rc == 0)
		rc = copy_filter(e->filter, &j->filter, err);
	j->look = p->r->look;
	j->look.filter = j->filter;
	j->look.lock = &p->r->lock;
	return rc;
}

static int make_piece(struct par *p, struct piece *c, struct sr_err *err)
{
	struct sr_engine *e = p->r->e;
	int rc = 0;

	c->turn = (struct sr_turn){ turn_came, turn_wait };
	c->p = p;
	c->parts = calloc(e->nsinks + 1, sizeof(*c->parts));
	if (!c->parts)
		return -ENOMEM;
	if (e->max_events)
		return 0; /* which rows are seen is not known before the turn */
	for (size_t i = 0; rc == 0 && i < e->nsinks; i++) {
		const struct sr_sink_parts *parts = e->sinks[i]->ops->parts;

		rc = parts ? parts->make(e->sinks[i], &c->parts[i], err) : -ENOTSUP;
		if (rc == -ENOTSUP)
			rc = 0;
		if (!c->parts[i])
			continue;
		p->apart = true;
		p->rows = e->nsinks == 1 ? parts->rows : 0;
	}
	return rc;
}

static int start_threads(struct par *p)
{
	sigset_t all, was;
	int rc = 0;

	(void)sigfillset(&all); /* cannot fail */
	(void)pthread_sigmask(SIG_SETMASK, &all, &was);
	while (rc == 0 && p->nthreads < p->r->e->threads) {
		rc = -pthread_create(&p->threads[p->nthreads], NULL, do_all, p);
		p->nthreads += rc == 0;
	}
	(void)pthread_sigmask(SIG_SETMASK, &was, NULL);
	return p->nthreads ? 0 : rc; /* fewer than asked for do as well */
}

/* Return 1; negative errno. */
static int begin(struct par *p, struct sr_err *err)
{
	int rc = 0;

	for (unsigned int i = 0; rc == 0 && i < p->size; i++)
		rc = make_piece(p, &p->pieces[i], err);
	if (rc == 0)
		rc = start_threads(p);
	if (rc == -EAGAIN)
		return sr_err_set(err, rc, SR_NO_POS, "no thread to read with: %s", strerror(-rc));
	return rc < 0 ? rc : 1;
}

/* ---- the run's own thread ---- */

/* Fetch blocks while there is room. Return 1; 0 there are no more; negative errno. */
static int fetch(struct par *p, struct sr_err *err)
{
	struct sr_source *src = p->r->e->source;

	while (p->fetched - p->taken < p->size) {
		struct job *j = job_of(p, p->fetched);
		bool alone = p->fetched == p->taken;
		int rc = j->slot ? 0 : make_job(p, j, err);

		if (rc == 0)
			rc = src->ops->slots->fetch(src, j->slot, alone, &j->b, err);
		if (rc == SR_REEL_WAIT)
			return 1;
		if (rc == 1 && !p->nthreads)
			rc = begin(p, err);
		if (rc <= 0)
			return rc;
		sr_run_number(p->r, j->b);
		if (p->r->e->view_opts) {
			j->opts = *p->r->e->view_opts;
			j->look.view.opts = &j->opts;
		}
		j->number = p->fetched;
		j->looked = false;
		j->npieces = 0;
		(void)pthread_mutex_lock(&p->lock);
		p->fetched++;
		(void)pthread_cond_signal(&p->work);
		(void)pthread_mutex_unlock(&p->lock);
	}
	return 1;
}

static void wait_for_job(struct par *p, const struct job *j)
{
	(void)pthread_mutex_lock(&p->lock);
	while (!j->looked)
		(void)pthread_cond_wait(&p->done, &p->lock);
	(void)pthread_mutex_unlock(&p->lock);
}

/* Piece @i of the block that is being taken. */
static struct piece *wait_for_piece(struct par *p, const struct job *j, uint32_t i)
{
	struct piece *c;

	(void)pthread_mutex_lock(&p->lock);
	while (j->npieces <= i || !piece_of(p, j->first + i)->done)
		(void)pthread_cond_wait(&p->done, &p->lock);
	c = piece_of(p, j->first + i);
	(void)pthread_mutex_unlock(&p->lock);
	return c;
}

/* Return: 0; 1 stop in order; negative errno. */
static int take_parts(struct par *p, struct piece *c, struct sr_err *err)
{
	struct sr_engine *e = p->r->e;
	struct sr_look *l = &c->job->look;
	int stop = 0;

	e->broken = c->broken;
	if (c->rc < 0) {
		*err = c->err;
		return c->rc;
	}
	l->view.opts = e->view_opts; /* what is shown may change them */
	for (size_t i = 0; i < e->nsinks; i++) {
		struct sr_sink *s = e->sinks[i];
		int rc = c->parts[i] ? s->ops->parts->take(s, c->parts[i], &c->share, err)
				     : s->ops->block(s, &l->view, l->sel, c->share.nsel, err);

		if (rc < 0) {
			e->broken = s;
			return rc;
		}
		stop |= rc;
	}
	return stop;
}

static int take_pieces(struct par *p, struct job *j, struct sr_err *err)
{
	uint32_t n = pieces_of(p, j);
	int rc = 0;

	p->r->e->matched += (uint64_t)j->look.nsel;
	for (uint32_t i = 0; i < n && rc == 0; i++) {
		rc = take_parts(p, wait_for_piece(p, j, i), err);
		(void)pthread_mutex_lock(&p->lock);
		p->pieces_taken++;
		(void)pthread_cond_broadcast(&p->turn);
		(void)pthread_cond_broadcast(&p->work);
		(void)pthread_mutex_unlock(&p->lock);
	}
	return rc;
}

/* To sinks that look at the block themselves: what they show may change the options. */
static int pass_whole(struct sr_run *r, struct sr_look *l, struct sr_err *err)
{
	l->view.opts = r->e->view_opts;
	return sr_run_pass(r, l, err);
}

/* The oldest block, when it was looked at. Return as sr_run_after(). */
static int take(struct par *p, struct sr_err *err)
{
	struct job *j = job_of(p, p->taken);
	struct sr_source *src = p->r->e->source;
	int rc;

	wait_for_job(p, j);
	p->r->e->seen += j->b->n;
	rc = j->rc;
	if (rc < 0)
		*err = j->err;
	else if (rc == 1 && p->apart)
		rc = take_pieces(p, j, err);
	else if (rc == 1)
		rc = pass_whole(p->r, &j->look, err);
	if (src->ops->slots->settle(src, j->slot) < 0)
		return -ENOMEM;
	rc = sr_run_after(p->r, rc, err);
	(void)pthread_mutex_lock(&p->lock);
	p->taken++;
	(void)pthread_cond_broadcast(&p->turn);
	(void)pthread_mutex_unlock(&p->lock);
	return rc;
}

static int run(struct par *p, struct sr_err *err)
{
	struct sr_source *src = p->r->e->source;
	struct sr_err failed = { .pos = SR_NO_POS };
	int more = 1, rc;

	for (;;) {
		if (more > 0)
			more = fetch(p, &failed);
		if (p->fetched == p->taken && more <= 0)
			break;
		if (p->fetched == p->taken)
			continue;
		rc = take(p, err);
		if (rc)
			return rc < 0 ? rc : 0;
	}
	rc = src->ops->slots->settle(src, NULL);
	if (more < 0)
		*err = failed;
	return more < 0 ? more : rc;
}

/* ---- the end ---- */

static void free_job(struct job *j, struct sr_engine *e)
{
	sr_filter_free(j->filter);
	sr_look_free(&j->look);
	e->source->ops->slots->free(j->slot); /* NULL: it was never used */
}

static void free_piece(struct piece *c, struct sr_engine *e)
{
	for (size_t i = 0; c->parts && i < e->nsinks; i++)
		if (c->parts[i])
			e->sinks[i]->ops->parts->free(c->parts[i]);
	free(c->parts);
	sr_buf_free(&c->view.scratch);
}

static void stop_threads(struct par *p)
{
	(void)pthread_mutex_lock(&p->lock);
	p->end = true;
	(void)pthread_cond_broadcast(&p->work);
	(void)pthread_cond_broadcast(&p->turn);
	(void)pthread_mutex_unlock(&p->lock);
	for (unsigned int i = 0; i < p->nthreads; i++)
		(void)pthread_join(p->threads[i], NULL); /* they were started here */
}

static void finish(struct par *p)
{
	stop_threads(p);
	for (unsigned int i = 0; p->jobs && i < p->size; i++)
		free_job(&p->jobs[i], p->r->e);
	for (unsigned int i = 0; p->pieces && i < p->size; i++)
		free_piece(&p->pieces[i], p->r->e);
	free(p->jobs);
	free(p->pieces);
	free(p->threads);
}

int sr_run_parallel(struct sr_run *r, struct sr_err *err)
{
	struct par p = { .r = r };
	int rc;

	(void)pthread_mutex_init(&p.lock, NULL); /* these cannot fail */
	(void)pthread_cond_init(&p.work, NULL);
	(void)pthread_cond_init(&p.done, NULL);
	(void)pthread_cond_init(&p.turn, NULL);
	p.size = r->e->threads + SPARE;
	p.jobs = calloc(p.size, sizeof(*p.jobs));
	p.pieces = calloc(p.size, sizeof(*p.pieces));
	p.threads = calloc(r->e->threads, sizeof(*p.threads));
	rc = p.jobs && p.pieces && p.threads ? run(&p, err) : -ENOMEM;
	finish(&p);
	(void)pthread_cond_destroy(&p.turn);
	(void)pthread_cond_destroy(&p.done);
	(void)pthread_cond_destroy(&p.work);
	(void)pthread_mutex_destroy(&p.lock);
	return rc;
}
