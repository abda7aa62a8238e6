/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/sink_reel.h"
#include "capture/docs.h"
#include "capture/packq.h"
#include "capture/rows.h"
#include "formats/reel.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COLLECT_EVENTS 16384	     /* rows of one block of collected rows */
#define COLLECT_BYTES  (32u << 20)   /* and its size, so that memory stays bounded */
#define COLLECT_NS     1000000000ull /* and the age of its first row */
#define WHOLE_EVENTS   4096	     /* blocks below this size are collected too */

struct sink_reel {
	struct sr_sink s;
	struct sr_sink_reel_opts o;
	struct sr_reel_writer *w;
	struct sr_packq *queue; /* NULL: no threads, then: */
	struct sr_packer *packer;
	struct sr_packq_item item; /* packed last */
	struct sr_builder *pending;
	uint64_t pending_since; /* CLOCK_MONOTONIC ns */
	uint64_t events, lost;	/* in the blocks written */
	uint64_t *sel;		/* the selection with "lost" rows */
	size_t sel_words;
	struct sr_sink_reel_stats final; /* once @w is closed */
	/* copies only */
	const struct sr_meta *meta;
	struct sr_docs *docs; /* NULL: those that come by are written */
};

static struct sink_reel *of(struct sr_sink *s)
{
	return (struct sink_reel *)s;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts); /* cannot fail with this clock */
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* ---- documents ---- */

static int put_meta(void *arg, const char *json, size_t len, struct sr_err *err)
{
	struct sink_reel *r = arg;

	return sr_reel_write_meta(r->w, json, len, err);
}

static int write_json(struct sink_reel *r, const struct cJSON *doc, struct sr_err *err)
{
	char *text = cJSON_PrintUnformatted(doc);
	int rc;

	if (!text)
		return -ENOMEM;
	rc = put_meta(r, text, strlen(text), err);
	cJSON_free(text);
	return rc;
}

/* Documents go before the block that needs them, so that a copy read from a pipe has them. */
static int write_documents(struct sink_reel *r, struct sr_err *err)
{
	return r->docs && r->meta ? sr_docs_before(r->docs, r->meta, put_meta, r, err) : 0;
}

/* ---- blocks ---- */

/* What was packed goes into the file. */
static int append(struct sink_reel *r, struct sr_err *err)
{
	int rc = write_documents(r, err);

	if (rc == 0)
		rc = sr_reel_append(r->w, &r->item.packed, err);
	if (rc < 0)
		return rc;
	r->lost += r->item.lost;
	r->events += r->item.events;
	return 0;
}

/* Append what the threads have packed. @all: wait for the rest, too. */
static int append_packed(struct sink_reel *r, bool all, struct sr_err *err)
{
	int rc = 0;

	while (r->queue && rc == 0) {
		bool wait = all || sr_packq_full(r->queue);

		rc = sr_packq_take(r->queue, wait, &r->item, err);
		if (rc <= 0)
			return rc;
		rc = append(r, err);
	}
	return rc;
}

/* A block whose memory can be had is packed by another thread. */
static int write_block(struct sink_reel *r, struct sr_block *b, bool may_take, struct sr_err *err)
{
	struct sr_builder *owner = may_take ? sr_builder_of(b) : NULL;
	bool queued = r->queue && owner;
	uint64_t lost = 0;
	int rc = append_packed(r, r->queue && !queued, err);

	if (rc == 0)
		rc = sr_rows_lost(b, &lost, err);
	if (rc < 0)
		return rc;
	if (queued)
		return sr_packq_put(r->queue, owner, sr_rows_events(b), lost);
	rc = sr_packer_block(r->packer, b, &r->item.packed, err);
	if (rc < 0)
		return rc;
	r->item.lost = lost;
	r->item.events = sr_rows_events(b);
	return append(r, err);
}

static int write_pending(struct sink_reel *r, struct sr_err *err)
{
	int rc;

	if (!sr_builder_count(r->pending))
		return 0;
	rc = write_block(r, sr_builder_block(r->pending), true, err);
	sr_builder_reset(r->pending);
	return rc;
}

static bool pending_due(const struct sink_reel *r)
{
	uint32_t n = sr_builder_count(r->pending);

	return n >= COLLECT_EVENTS || sr_builder_bytes(r->pending) >= COLLECT_BYTES ||
	       (n && now_ns() - r->pending_since >= COLLECT_NS);
}

static int collect(struct sink_reel *r, struct sr_block *b, const uint64_t *sel, struct sr_err *err)
{
	int rc;

	if (!sr_builder_count(r->pending))
		r->pending_since = now_ns();
	rc = sr_builder_copy(r->pending, b, sel, err);
	if (rc < 0)
		return rc;
	return pending_due(r) ? write_pending(r, err) : 0;
}

/* The selection with all "lost" rows; NULL without memory. */
static const uint64_t *with_lost(struct sink_reel *r, const struct sr_block *b, const uint64_t *sel,
				 uint64_t *nsel)
{
	size_t words = SR_SEL_WORDS(b->n);

	if (!sr_rows_has(b, SR_X_LOST))
		return sel;
	if (!r->sel || words > r->sel_words) {
		uint64_t *p = realloc(r->sel, words * sizeof(*p));

		if (!p)
			return NULL;
		r->sel = p;
		r->sel_words = words;
	}
	memcpy(r->sel, sel, words * sizeof(*sel));
	for (uint32_t row = 0; row < b->n; row++)
		if (sr_rows_is(b, row, SR_X_LOST))
			sr_sel_set(r->sel, row);
	*nsel = sr_sel_count(r->sel, b->n);
	return r->sel;
}

static int reel_block(struct sr_sink *s, struct sr_view *v, const uint64_t *sel, uint64_t nsel,
		      struct sr_err *err)
{
	struct sink_reel *r = of(s);
	struct sr_block *b = v->b;
	int rc = 0;

	r->meta = v->meta;
	sel = with_lost(r, b, sel, &nsel);
	if (!sel)
		return -ENOMEM;
	if (!nsel)
		return 0;
	/* A copied block has cgroups without containers: they are noted from the one that is shown.
	 */
	if (r->docs)
		rc = sr_docs_note(r->docs, b, sel);
	if (rc < 0)
		return rc;
	if (nsel < b->n || b->n < WHOLE_EVENTS)
		return collect(r, b, sel, err);
	rc = write_pending(r, err);
	return rc < 0 ? rc : write_block(r, b, s->last, err);
}

static bool is_end(const char *json, size_t len)
{
	struct cJSON *doc = cJSON_ParseWithLength(json, len);
	const char *kind = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(doc, "kind"));
	bool end = kind && strcmp(kind, "end") == 0;

	cJSON_Delete(doc);
	return end;
}

static int reel_meta(struct sr_sink *s, const char *json, size_t len, struct sr_err *err)
{
	/* The end document counts what is written, and so is made here. */
	if (of(s)->o.copy || (len < 65536 && is_end(json, len)))
		return 0;
	return sr_reel_write_meta(of(s)->w, json, len, err);
}

static int reel_idle(struct sr_sink *s, struct sr_err *err)
{
	struct sink_reel *r = of(s);
	int rc = append_packed(r, false, err);

	return rc == 0 && pending_due(r) ? write_pending(r, err) : rc;
}

/* ---- the end ---- */

/* Numbers above 2^53 are strings of digits, as formats/meta.h asks. */
static bool add_u64(struct cJSON *doc, const char *key, uint64_t v)
{
	char digits[24];

	if (v < 1ull << 53)
		return cJSON_AddNumberToObject(doc, key, (double)v);
	(void)snprintf(digits, sizeof(digits), "%" PRIu64, v); /* at most 20 digits */
	return cJSON_AddStringToObject(doc, key, digits);
}

static int write_end(struct sink_reel *r, struct sr_err *err)
{
	const char *incomplete = r->o.incomplete ? r->o.incomplete(r->o.incomplete_arg) : NULL;
	struct sr_source_stats stats = { .lost = r->lost };
	struct cJSON *doc = cJSON_CreateObject();
	int rc = -ENOMEM;

	if (r->o.source && !r->o.copy)
		r->o.source->ops->stats(r->o.source, &stats);
	if (doc && cJSON_AddStringToObject(doc, "kind", "end") &&
	    add_u64(doc, "events", r->events) &&
	    add_u64(doc, "rows", sr_reel_writer_events(r->w)) && add_u64(doc, "lost", stats.lost) &&
	    add_u64(doc, "frozen", stats.frozen) && add_u64(doc, "frozen_ns", stats.frozen_ns) &&
	    add_u64(doc, "blocks", sr_reel_writer_blocks(r->w)) &&
	    (!r->o.reason || !*r->o.reason ||
	     cJSON_AddStringToObject(doc, "reason", *r->o.reason)) &&
	    (!incomplete || cJSON_AddStringToObject(doc, "incomplete", incomplete)))
		rc = write_json(r, doc, err);
	cJSON_Delete(doc);
	return rc;
}

static int reel_finish(struct sr_sink *s, struct sr_err *err)
{
	struct sink_reel *r = of(s);
	struct sr_reel_writer *w = r->w;
	int rc;

	if (r->queue)
		sr_packq_hurry(r->queue);
	rc = write_pending(r, err);
	if (rc == 0)
		rc = append_packed(r, true, err);
	if (rc == 0)
		rc = write_documents(r, err);
	if (rc == 0 && r->docs && r->meta)
		rc = sr_docs_after(r->docs, r->meta, put_meta, r, err);
	if (rc == 0)
		rc = write_end(r, err);
	if (rc < 0)
		return rc;
	r->final = (struct sr_sink_reel_stats){ .rows = sr_reel_writer_events(w),
						.blocks = sr_reel_writer_blocks(w),
						.bytes = sr_reel_writer_bytes(w) };
	r->w = NULL;
	return sr_reel_writer_close(w, err);
}

static uint32_t reel_need(struct sr_sink *s)
{
	(void)s;
	return SR_NEED_ALL;
}

static void reel_close(struct sr_sink *s)
{
	struct sink_reel *r = of(s);

	if (!s)
		return;
	if (r->w)
		(void)sr_reel_writer_close(r->w, NULL); /* it failed before and was told then */
	sr_packq_free(r->queue);
	sr_packer_free(r->packer);
	sr_packed_free(&r->item.packed);
	sr_builder_free(r->pending);
	sr_docs_free(r->docs);
	free(r->sel);
	free(r);
}

static const struct sr_sink_ops ops = {
	.name = "reel",
	.need = reel_need,
	.block = reel_block,
	.meta = reel_meta,
	.idle = reel_idle,
	.finish = reel_finish,
	.close = reel_close,
};

int sr_sink_reel_new(struct sr_sink **out, const struct sr_sink_reel_opts *opts, struct sr_err *err)
{
	const struct sr_reel_writer_opts wopts = { .level = opts->level };
	struct sink_reel *r = calloc(1, sizeof(*r));
	int rc;

	if (!r)
		return -ENOMEM;
	r->s.ops = &ops;
	r->o = *opts;
	rc = sr_builder_new(&r->pending);
	if (rc == 0)
		rc = sr_packer_new(&r->packer, opts->level);
	if (rc == 0 && opts->threads)
		rc = sr_packq_new(&r->queue, opts->level, opts->threads, err);
	if (rc == 0 && opts->copy)
		rc = sr_docs_new(&r->docs);
	if (rc < 0)
		goto fail;
	rc = sr_reel_writer_open(&r->w, opts->fd, &wopts, err);
	if (rc < 0)
		goto fail;
	*out = &r->s;
	return 0;

fail:
	reel_close(&r->s);
	return rc;
}

void sr_sink_reel_stats(const struct sr_sink *s, struct sr_sink_reel_stats *out)
{
	const struct sink_reel *r = (const struct sink_reel *)s;

	*out = r->final;
	if (r->w) {
		out->rows = sr_reel_writer_events(r->w) + sr_builder_count(r->pending);
		out->blocks = sr_reel_writer_blocks(r->w);
		out->bytes = sr_reel_writer_bytes(r->w);
	}
	out->events = r->events;
	if (r->w && sr_builder_count(r->pending))
		out->events += sr_rows_events(sr_builder_block(r->pending));
	out->lost = r->lost;
}
