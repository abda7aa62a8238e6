/* SPDX-License-Identifier: Apache-2.0 */
/* A capture file as a source of blocks. */
#include "capture/rows.h"
#include "capture/source.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#define FOLLOW_NS 50000000 /* how often a file is looked at that grows */

struct source_reel {
	struct sr_source s;
	struct sr_reel *reel;
	uint64_t events, lost;
	atomic_bool stop;
	enum sr_follow_state state;
};

static struct source_reel *of(struct sr_source *s)
{
	return (struct source_reel *)s;
}

struct sr_source_slot {
	struct sr_reel_slot *reel;
	struct sr_block *b;
	uint64_t lost;
};

/* A block that does not decode is told by whoever needs it. */
static uint64_t lost_in(struct sr_block *b)
{
	uint64_t lost;

	return sr_rows_may_have(b, SR_X_LOST) && sr_rows_lost(b, &lost, NULL) == 0 ? lost : 0;
}

/* A recorder that is gone writes no more: what is there is read as what was left. */
static int wait_for_more(struct source_reel *r, struct sr_block **out, struct sr_err *err)
{
	const struct timespec pause = { .tv_nsec = FOLLOW_NS };

	if (sr_reel_written(r->reel)) {
		r->state = SR_FOLLOW_WRITTEN;
	} else if (r->state == SR_FOLLOW_WRITTEN) {
		r->state = SR_FOLLOW_GONE;
		sr_reel_follow(r->reel, false);
		return sr_reel_next(r->reel, out, err);
	}
	(void)nanosleep(&pause, NULL); /* a signal may end it early */
	return -EAGAIN;
}

static int source_reel_next(struct sr_source *s, struct sr_block **out, struct sr_err *err)
{
	struct source_reel *r = of(s);
	int rc;

	if (atomic_load(&r->stop))
		return 0;
	rc = sr_reel_next(r->reel, out, err);
	if (rc == -EAGAIN)
		rc = wait_for_more(r, out, err);
	if (rc != 1)
		return rc;
	r->events += (*out)->n;
	r->lost += lost_in(*out);
	return 1;
}

/* ---- several at a time ---- */

static void slot_free(struct sr_source_slot *slot)
{
	if (!slot)
		return;
	sr_reel_slot_free(slot->reel);
	free(slot);
}

static int slot_make(struct sr_source *s, struct sr_source_slot **out)
{
	struct sr_source_slot *slot = calloc(1, sizeof(*slot));

	if (!slot || sr_reel_slot_new(&slot->reel, of(s)->reel) < 0) {
		free(slot);
		return -ENOMEM;
	}
	*out = slot;
	return 0;
}

static int slot_fetch(struct sr_source *s, struct sr_source_slot *slot, bool alone,
		      struct sr_block **out, struct sr_err *err)
{
	struct source_reel *r = of(s);
	int rc = atomic_load(&r->stop) ? 0 : sr_reel_fetch(r->reel, slot->reel, alone, out, err);

	if (rc == 1)
		slot->b = *out;
	return rc;
}

static void slot_begin(struct sr_source_slot *slot)
{
	slot->lost = lost_in(slot->b);
}

static int slot_settle(struct sr_source *s, struct sr_source_slot *slot)
{
	struct source_reel *r = of(s);

	if (slot) {
		r->events += slot->b->n;
		r->lost += slot->lost;
	}
	return sr_reel_settle(r->reel, slot ? slot->reel : NULL);
}

static const struct sr_source_slots slots = {
	.make = slot_make,
	.fetch = slot_fetch,
	.begin = slot_begin,
	.settle = slot_settle,
	.free = slot_free,
};

/* ---- the whole file ---- */

static void source_reel_stats(struct sr_source *s, struct sr_source_stats *out)
{
	struct source_reel *r = of(s);
	size_t n;

	*out = (struct sr_source_stats){ .events = r->events, .lost = r->lost };
	(void)sr_reel_damages(r->reel, &n);
	out->damaged = n;
}

static void source_reel_file(struct sr_source *s, struct sr_source_file *out)
{
	const struct sr_reel *reel = of(s)->reel;

	out->damages = sr_reel_damages(reel, &out->ndamages);
	out->complete = sr_reel_complete(reel);
	out->stats = sr_reel_stats(reel);
}

static void source_reel_stop(struct sr_source *s)
{
	atomic_store(&of(s)->stop, true);
}

static void source_reel_skip(struct sr_source *s, bool (*skip)(const struct sr_zone *z, void *arg),
			     void *arg)
{
	sr_reel_set_skip(of(s)->reel, skip, arg);
}

static void source_reel_close(struct sr_source *s)
{
	if (!s)
		return;
	sr_reel_free(of(s)->reel);
	free(s);
}

static const struct sr_source_ops ops = {
	.name = "reel",
	.next = source_reel_next,
	.stats = source_reel_stats,
	.file = source_reel_file,
	.stop = source_reel_stop,
	.close = source_reel_close,
	.skip = source_reel_skip,
	.slots = &slots,
};

int sr_source_reel_open(struct sr_source **out, const char *path, struct sr_meta *meta,
			struct sr_err *err)
{
	struct source_reel *r = calloc(1, sizeof(*r));
	int rc;

	if (!r)
		return -ENOMEM;
	r->s.ops = &ops;
	r->s.meta = meta;
	rc = sr_reel_open(&r->reel, path, meta, err);
	if (rc < 0) {
		free(r);
		return rc;
	}
	*out = &r->s;
	return 0;
}

struct sr_reel *sr_source_reel_reader(struct sr_source *s)
{
	return of(s)->reel;
}

void sr_source_reel_follow(struct sr_source *s)
{
	struct source_reel *r = of(s);

	r->state = SR_FOLLOW_NOBODY;
	sr_reel_follow(r->reel, true);
}

enum sr_follow_state sr_source_reel_follow_state(const struct sr_source *s)
{
	return ((const struct source_reel *)s)->state;
}
