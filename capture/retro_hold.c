/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/retro_hold.h"
#include "capture/engine.h"
#include "capture/rows.h"
#include "formats/builder.h"
#include "formats/reel_packer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define COLLECT_EVENTS 16384	     /* rows of one block of collected rows */
#define COLLECT_BYTES  (16u << 20)   /* and its size, so that memory stays bounded */
#define COLLECT_NS     1000000000ull /* and the age of its first row */
#define WHOLE_EVENTS   4096	     /* blocks of this size are not collected */
#define HOST_KEY       "host"	     /* of the ring of what is in no container; no id */

struct sr_hold {
	struct sr_hold_opts o;
	struct sr_packer *packer;
	struct sr_packed packed;
	struct sr_builder *pending, *split;
	uint64_t pending_since;
	uint64_t *sel, *left; /* scratch */
	size_t sel_words;
};

static void add_gaps(uint64_t *sel, const struct sr_block *b)
{
	for (uint32_t i = 0; sr_rows_has(b, SR_X_LOST) && i < b->n; i++)
		if (sr_rows_is(b, i, SR_X_LOST))
			sr_sel_set(sel, i);
}

/* Of what the builder or the source shows: pack it into @ring. */
static int push(struct sr_hold *h, struct sr_ring *ring, struct sr_block *b, struct sr_err *err)
{
	struct sr_ring_info info = { 0 };
	int rc = ring ? sr_packer_block(h->packer, b, &h->packed, err) : -ENOMEM;

	if (rc == 0)
		rc = sr_rows_lost(b, &info.lost, err);
	if (rc < 0)
		return rc;
	info.f = h->packed.f;
	info.events = sr_rows_events(b);
	return sr_ring_push(h->o.rings, ring, &info, h->packed.bytes.p, h->packed.bytes.len);
}

static const struct sr_container *container_of_row(const struct sr_block *b, uint32_t row)
{
	return b->cgroups[b->threads[b->thread[row]].cgroup].container;
}

const char *sr_hold_key(const struct sr_hold *h, const struct sr_container *c)
{
	if (!h->o.per_container)
		return "";
	return c ? c->id : HOST_KEY;
}

static int sel_reserve(struct sr_hold *h, uint32_t n)
{
	uint64_t **const all[] = { &h->sel, &h->left };
	size_t words = SR_SEL_WORDS(n);

	if (words <= h->sel_words)
		return 0;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		uint64_t *p = realloc(*all[i], words * sizeof(*p));

		if (!p)
			return -ENOMEM;
		*all[i] = p;
	}
	h->sel_words = words;
	return 0;
}

/* The rows of @b from @row on that are of its container, and all gaps, into the container's ring;
 * they are taken out of h->left, which has the rows that are in no ring yet. */
static int push_container(struct sr_hold *h, struct sr_block *b, uint32_t row, struct sr_err *err)
{
	const struct sr_container *c = container_of_row(b, row);
	int rc;

	memset(h->sel, 0, SR_SEL_WORDS(b->n) * sizeof(*h->sel));
	for (uint32_t i = 0; i < b->n; i++) {
		if (sr_rows_is(b, i, SR_X_LOST)) {
			sr_sel_set(h->sel, i);
		} else if (i >= row && container_of_row(b, i) == c) {
			sr_sel_set(h->sel, i);
			sr_sel_clear(h->left, i);
		}
	}
	sr_builder_reset(h->split);
	rc = sr_builder_copy(h->split, b, h->sel, err);
	if (rc < 0)
		return rc;
	return push(h, sr_ring_get(h->o.rings, sr_hold_key(h, c), true), sr_builder_block(h->split),
		    err);
}

/* Nobody knows whose events a gap swallowed: it stands in all rings. Those that were pushed to
 * after @pushed have it already. */
static int push_gaps(struct sr_hold *h, struct sr_block *b, uint64_t pushed, struct sr_err *err)
{
	int rc = 0;

	if (!sr_rows_has(b, SR_X_LOST))
		return 0;
	memset(h->sel, 0, SR_SEL_WORDS(b->n) * sizeof(*h->sel));
	add_gaps(h->sel, b);
	sr_builder_reset(h->split);
	rc = sr_builder_copy(h->split, b, h->sel, err);
	for (struct sr_ring *ring = sr_ring_first(h->o.rings); rc == 0 && ring; ring = ring->next)
		if (ring->touched <= pushed)
			rc = push(h, ring, sr_builder_block(h->split), err);
	return rc;
}

static int push_split(struct sr_hold *h, struct sr_block *b, struct sr_err *err)
{
	uint64_t pushed = sr_ring_pushes(h->o.rings);
	int rc = sel_reserve(h, b->n);

	if (rc == 0)
		rc = sr_enrich(b, h->o.meta, err);
	if (rc < 0)
		return rc;
	sr_sel_fill(h->left, b->n);
	for (uint32_t i = 0; i < b->n; i++)
		if (sr_rows_is(b, i, SR_X_LOST))
			sr_sel_clear(h->left, i);
	for (uint32_t i = 0; rc == 0 && (i = sr_sel_next(h->left, b->n, i)) < b->n;)
		rc = push_container(h, b, i, err);
	return rc < 0 ? rc : push_gaps(h, b, pushed, err);
}

static int push_block(struct sr_hold *h, struct sr_block *b, struct sr_err *err)
{
	if (h->o.per_container)
		return push_split(h, b, err);
	return push(h, sr_ring_get(h->o.rings, "", true), b, err);
}

int sr_hold_flush(struct sr_hold *h, struct sr_err *err)
{
	int rc;

	if (!sr_builder_count(h->pending))
		return 0;
	rc = push_block(h, sr_builder_block(h->pending), err);
	sr_builder_reset(h->pending);
	return rc;
}

bool sr_hold_due(const struct sr_hold *h, uint64_t now)
{
	uint32_t n = sr_builder_count(h->pending);

	return n >= COLLECT_EVENTS || sr_builder_bytes(h->pending) >= COLLECT_BYTES ||
	       (n && now - h->pending_since >= COLLECT_NS);
}

int sr_hold_add(struct sr_hold *h, struct sr_block *b, const uint64_t *sel, uint64_t nsel,
		uint64_t now, struct sr_err *err)
{
	int rc = sel_reserve(h, b->n);

	if (rc < 0)
		return rc;
	if (nsel == b->n && b->n >= WHOLE_EVENTS) {
		rc = sr_hold_flush(h, err);
		return rc < 0 ? rc : push_block(h, b, err);
	}
	memcpy(h->sel, sel, SR_SEL_WORDS(b->n) * sizeof(*sel));
	add_gaps(h->sel, b);
	if (!sr_builder_count(h->pending))
		h->pending_since = now;
	rc = sr_builder_copy(h->pending, b, h->sel, err);
	if (rc < 0)
		return rc;
	return sr_hold_due(h, now) ? sr_hold_flush(h, err) : 0;
}

/* ---- beginning and end ---- */

int sr_hold_new(struct sr_hold **out, const struct sr_hold_opts *opts)
{
	struct sr_hold *h = calloc(1, sizeof(*h));
	int rc;

	if (!h)
		return -ENOMEM;
	h->o = *opts;
	rc = sr_packer_new(&h->packer, opts->level);
	if (rc == 0)
		rc = sr_builder_new(&h->pending);
	if (rc == 0)
		rc = sr_builder_new(&h->split);
	if (rc < 0) {
		sr_hold_free(h);
		return rc;
	}
	*out = h;
	return 0;
}

void sr_hold_free(struct sr_hold *h)
{
	if (!h)
		return;
	sr_packer_free(h->packer);
	sr_packed_free(&h->packed);
	sr_builder_free(h->pending);
	sr_builder_free(h->split);
	free(h->sel);
	free(h->left);
	free(h);
}
