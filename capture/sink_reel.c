/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/sink_reel.h"
#include "capture/docs.h"
#include "capture/packq.h"
#include "capture/rows.h"
#include "capture/syncer.h"
#include "formats/base/clock.h"
#include "formats/reel.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define COLLECT_EVENTS 32768	    /* rows of one block of collected rows */
#define COLLECT_BYTES  (32u << 20)  /* and its size, so that memory stays bounded */
#define COLLECT_NS     700000000ull /* and for how long they wait... */
#define CRITICAL_NS    850000000ull /* ...or so long after the first of a block with critical ones */
#define WHOLE_EVENTS   16384 /* blocks below this size are collected too: large ones are small */
#define NS_PER_S       1000000000u

/* Blocks on their way are some 100 KiB each: what makes a larger file only a little larger. */
#define WAIT_BELOW     (64u << 20)

struct sink_reel {
	struct sr_sink s;
	struct sr_sink_reel_opts o;
	struct sr_reel_writer *w;
	struct sr_packq *queue; /* NULL: no threads, then: */
	struct sr_packer *packer;
	struct sr_packq_item item; /* packed last */
	struct sr_builder *pending;
	uint32_t collect_events; /* COLLECT_EVENTS, or fewer where files are small */
	uint64_t pending_since;	 /* CLOCK_MONOTONIC ns */
	uint64_t events, lost;	 /* in the blocks of the current file */
	uint64_t *sel;		 /* the selection with "lost" rows */
	size_t sel_words;
	uint64_t critical_since; /* time of the first row beside a critical one; 0: there is none */
	struct sr_sink_reel_stats done; /* of the files that are closed */
	const struct sr_meta *meta;
	struct sr_docs *docs; /* NULL: those that come by are written, and no others */
	/* several files only */
	struct sr_rotation *rotation;
	int fd;			  /* of the current file */
	uint64_t file_bytes;	  /* of the file before */
	uint64_t *part;		  /* a selection of rows for one file */
	bool begun;		  /* rows of the current file were met */
	uint64_t begun_s;	  /* wall-clock second of the first */
	uint64_t begun_events;	  /* met, written or not */
	uint64_t lost_before;	  /* what the ends of earlier files told */
	struct sr_syncer *syncer; /* NULL: nothing is made durable */
	uint64_t synced;	  /* CLOCK_MONOTONIC ns, asked for */
	bool unsynced;		  /* something was written since */
};

static struct sink_reel *of(struct sr_sink *s)
{
	return (struct sink_reel *)s;
}

static uint64_t real_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts); /* cannot fail with this clock */
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

/* After a block, or when nothing comes. */
static int sync_if_due(struct sink_reel *r, bool block, bool critical, struct sr_err *err)
{
	bool due = block && (r->o.sync == SR_SYNC_BLOCK || critical);

	if (!r->syncer)
		return 0;
	r->unsynced |= block;
	if (r->o.sync == SR_SYNC_EVERY)
		due = r->unsynced && sr_now_ns() - r->synced >= r->o.sync_ns;
	if (!due)
		return 0;
	r->unsynced = false;
	r->synced = sr_now_ns();
	return sr_syncer_ask(r->syncer, r->fd, err);
}

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
	if (r->rotation)
		sr_rotation_trim(r->rotation, sr_reel_writer_bytes(r->w));
	return sync_if_due(r, true, r->item.packed.critical, err);
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

/* A block of a capture file, all of which is wanted, need not be packed again; unless a level is
 * asked for. Return 1 if it was written. */
static int copy_block(struct sink_reel *r, struct sr_block *b, struct sr_err *err)
{
	int rc = r->o.copy && !r->o.level ? append_packed(r, true, err) : -EAGAIN;

	if (rc == 0)
		rc = sr_reel_packed_of(b, &r->item.packed, err);
	if (rc <= 0)
		return rc == -EAGAIN ? 0 : rc;
	r->item.events = sr_rows_events(b);
	rc = sr_rows_lost(b, &r->item.lost, err);
	if (rc == 0)
		rc = append(r, err);
	return rc < 0 ? rc : 1;
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
	uint64_t now;

	if (!n || n >= r->collect_events || sr_builder_bytes(r->pending) >= COLLECT_BYTES)
		return n;
	now = sr_now_ns();
	return now - r->pending_since >= COLLECT_NS ||
	       (r->critical_since && now >= r->critical_since + CRITICAL_NS);
}

static bool has_critical(const struct sr_block *b, const uint64_t *sel)
{
	for (uint32_t i = 0; (i = sr_sel_next(sel, b->n, i)) < b->n; i++) {
		const struct sr_type *t = sr_block_type_of(b, i)->type;

		if (t && sr_type_critical(t))
			return true;
	}
	return false;
}

static int collect(struct sink_reel *r, struct sr_block *b, const uint64_t *sel, struct sr_err *err)
{
	int rc;

	if (!sr_builder_count(r->pending)) {
		r->pending_since = sr_now_ns();
		r->critical_since = 0;
	}
	if (r->o.sync == SR_SYNC_CRITICAL && !r->critical_since && has_critical(b, sel))
		r->critical_since = b->min_time;
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

/* ---- files ---- */

/* Numbers above 2^53 are strings of digits, as formats/meta.h asks. */
static bool add_u64(struct cJSON *doc, const char *key, uint64_t v)
{
	char digits[24];

	if (v < 1ull << 53)
		return cJSON_AddNumberToObject(doc, key, (double)v);
	(void)snprintf(digits, sizeof(digits), "%" PRIu64, v); /* at most 20 digits */
	return cJSON_AddStringToObject(doc, key, digits);
}

static int write_end(struct sink_reel *r, bool last, struct sr_err *err)
{
	const char *incomplete = r->o.incomplete ? r->o.incomplete(r->o.incomplete_arg) : NULL;
	const char *reason = r->o.reason ? *r->o.reason : NULL;
	struct sr_source_stats stats = { .lost = r->lost };
	struct cJSON *doc = cJSON_CreateObject();
	int rc = -ENOMEM;

	if (!last)
		reason = "it goes on in the next file";
	else if (r->o.source && !r->o.copy)
		r->o.source->ops->stats(r->o.source, &stats);
	/* What the source knows to be lost, less what the ends of earlier files told. */
	stats.lost -= last && stats.lost >= r->lost_before ? r->lost_before : 0;
	r->lost_before += stats.lost;
	if (doc && cJSON_AddStringToObject(doc, "kind", "end") &&
	    add_u64(doc, "events", r->events) &&
	    add_u64(doc, "rows", sr_reel_writer_events(r->w)) && add_u64(doc, "lost", stats.lost) &&
	    add_u64(doc, "frozen", stats.frozen) && add_u64(doc, "frozen_ns", stats.frozen_ns) &&
	    add_u64(doc, "blocks", sr_reel_writer_blocks(r->w)) &&
	    (!reason || cJSON_AddStringToObject(doc, "reason", reason)) &&
	    (!last || !incomplete || cJSON_AddStringToObject(doc, "incomplete", incomplete)))
		rc = write_json(r, doc, err);
	cJSON_Delete(doc);
	return rc;
}

/* Count a file as done, and close it. */
static int close_file(struct sink_reel *r, struct sr_err *err)
{
	off_t end;
	int rc;

	r->done.rows += sr_reel_writer_events(r->w);
	r->done.blocks += sr_reel_writer_blocks(r->w);
	r->done.events += r->events;
	r->done.lost += r->lost;
	r->file_bytes = sr_reel_writer_bytes(r->w);
	rc = sr_reel_writer_close(r->w, err);
	r->w = NULL;
	r->events = r->lost = r->begun_events = 0;
	r->begun = false;
	end = r->rotation ? lseek(r->fd, 0, SEEK_CUR) : -1; /* with its index */
	if (end > 0)
		r->file_bytes = (uint64_t)end;
	r->done.bytes += r->file_bytes;
	if (rc == 0 && r->syncer)
		rc = sr_syncer_ask(r->syncer, r->fd, err);
	if (r->rotation) {
		sr_rotation_trim(r->rotation, r->file_bytes);
		(void)close(r->fd); /* the writer has told of failed writes */
		r->fd = -1;
	}
	return rc;
}

/* All rows that were put go into the file, and it ends. */
static int end_file(struct sink_reel *r, bool last, struct sr_err *err)
{
	int rc = write_pending(r, err);

	if (rc == 0)
		rc = append_packed(r, true, err);
	if (rc == 0)
		rc = write_documents(r, err);
	if (rc == 0 && r->docs && r->o.copy && r->meta)
		rc = sr_docs_after(r->docs, r->meta, put_meta, r, err);
	if (rc == 0)
		rc = write_end(r, last, err);
	return rc == 0 ? close_file(r, err) : rc;
}

/* What a later file of a recording needs to be read alone. */
static int begin_documents(struct sink_reel *r, struct sr_err *err)
{
	struct sr_buf users = { 0 };
	int rc = write_documents(r, err);

	if (rc == 0)
		rc = sr_meta_users_doc(r->meta, &users);
	if (rc == 0 && users.len)
		rc = put_meta(r, (const char *)users.p, users.len, err);
	sr_buf_free(&users);
	return rc;
}

static int next_file(struct sink_reel *r, uint64_t wall, struct sr_err *err)
{
	const struct sr_reel_writer_opts wopts = { .level = r->o.level };
	struct sr_rotation_stats st;
	int rc;

	if (r->rotation) {
		rc = sr_rotation_next(r->rotation, wall, r->file_bytes, err);
		if (rc < 0)
			return rc;
		r->fd = rc;
		sr_rotation_stats(r->rotation, &st);
		sr_docs_begin(r->docs, (int64_t)st.begun - 1);
	}
	rc = sr_reel_writer_open(&r->w, r->fd, &wopts, err);
	if (rc == 0 && r->rotation && !r->o.copy)
		rc = begin_documents(r, err);
	return rc;
}

/* Rows for the current file. */
static int put_rows(struct sink_reel *r, struct sr_block *b, const uint64_t *sel,
		    struct sr_err *err)
{
	uint64_t nsel = sr_sel_count(sel, b->n);
	int rc = 0;

	if (!nsel)
		return 0;
	if (!r->w)
		rc = next_file(r, sr_meta_wall(r->meta, b->time[sr_sel_next(sel, b->n, 0)]), err);
	if (rc < 0)
		return rc;
	/* A copied block has cgroups without containers: they are noted from the one that is shown.
	 */
	if (r->docs)
		rc = sr_docs_note(r->docs, b, sel);
	if (rc < 0)
		return rc;
	if (nsel < b->n || b->n < WHOLE_EVENTS)
		return collect(r, b, sel, err);
	rc = write_pending(r, err);
	if (rc == 0)
		rc = copy_block(r, b, err);
	if (rc > 0)
		return 0;
	return rc < 0 ? rc : write_block(r, b, r->s.last, err);
}

/* ---- where a file ends ---- */

/* The first row from @row on that belongs into another file than those before it, or b->n. What
 * stands before it counts as met. */
static uint32_t find_cut(struct sink_reel *r, const struct sr_block *b, const uint64_t *sel,
			 uint32_t row)
{
	const struct sr_rotation_opts *o = sr_rotation_limits(r->rotation);

	for (; (row = sr_sel_next(sel, b->n, row)) < b->n; row++) {
		uint64_t s = sr_meta_wall(r->meta, b->time[row]) / NS_PER_S;
		bool event = sr_rows_happened(sr_block_type_of(b, row));

		if (r->begun && o->seconds && s >= r->begun_s + o->seconds)
			return row;
		if (r->begun && o->events && event && r->begun_events >= o->events)
			return row;
		if (!r->begun)
			r->begun_s = s;
		r->begun = true;
		r->begun_events += event;
	}
	return row;
}

/* The selected rows from @from to before @to. */
static const uint64_t *some_rows(struct sink_reel *r, const uint64_t *sel, uint32_t n,
				 uint32_t from, uint32_t to)
{
	uint64_t *part = reallocarray(r->part, SR_SEL_WORDS(n), sizeof(*part));

	if (!part)
		return NULL;
	r->part = part;
	memset(part, 0, SR_SEL_WORDS(n) * sizeof(*part));
	for (uint32_t row = from; (row = sr_sel_next(sel, n, row)) < to; row++)
		sr_sel_set(part, row);
	return part;
}

/* A file that is large enough ends. Blocks on their way still belong to it; where that matters they
 * are waited for. */
static int end_if_large(struct sink_reel *r, struct sr_err *err)
{
	uint64_t limit = sr_rotation_limits(r->rotation)->bytes;
	int rc = 0;

	if (limit && r->w)
		rc = append_packed(r, limit < WAIT_BELOW, err);
	if (rc < 0 || !limit || !r->w || !sr_reel_writer_blocks(r->w) ||
	    sr_reel_writer_bytes(r->w) <= limit)
		return rc;
	return end_file(r, false, err);
}

static int put_divided(struct sink_reel *r, struct sr_block *b, const uint64_t *sel,
		       struct sr_err *err)
{
	uint32_t from = 0, to;
	int rc = end_if_large(r, err);

	while (rc == 0 && from < b->n) {
		const uint64_t *part = sel;

		to = find_cut(r, b, sel, from);
		if (from || to < b->n)
			part = some_rows(r, sel, b->n, from, to);
		rc = part ? put_rows(r, b, part, err) : -ENOMEM;
		if (rc == 0 && to < b->n)
			rc = end_file(r, false, err);
		from = to;
	}
	return rc;
}

static int reel_block(struct sr_sink *s, struct sr_view *v, const uint64_t *sel, uint64_t nsel,
		      struct sr_err *err)
{
	struct sink_reel *r = of(s);

	r->meta = v->meta;
	sel = with_lost(r, v->b, sel, &nsel);
	if (!sel)
		return -ENOMEM;
	if (!nsel)
		return 0;
	return r->rotation ? put_divided(r, v->b, sel, err) : put_rows(r, v->b, sel, err);
}

/* ---- documents that come by ---- */

/* A later file begins with what is known then; a container's document is not written twice. */
static int keep_document(struct sink_reel *r, const struct cJSON *doc)
{
	const char *id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(doc, "id"));
	const struct sr_container *c = id ? sr_meta_container(r->meta, id, strlen(id)) : NULL;

	return c ? sr_docs_written(r->docs, c) : 0;
}

/* The end document counts what is written, and so is made here; with several files, the host's says
 * which of them it is. */
static bool is_ours(const struct sink_reel *r, const char *kind)
{
	return strcmp(kind, "end") == 0 || (r->docs && strcmp(kind, "host") == 0);
}

static int reel_meta(struct sr_sink *s, const char *json, size_t len, struct sr_err *err)
{
	struct sink_reel *r = of(s);
	struct cJSON *doc;
	const char *kind;
	int rc = 0;

	if (r->o.copy || !r->w)
		return 0;
	doc = cJSON_ParseWithLength(json, len);
	kind = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(doc, "kind"));
	if (!kind || !is_ours(r, kind))
		rc = sr_reel_write_meta(r->w, json, len, err);
	if (rc == 0 && r->docs && kind &&
	    (strcmp(kind, "container") == 0 || strcmp(kind, "inside") == 0))
		rc = keep_document(r, doc);
	cJSON_Delete(doc);
	return rc;
}

static int reel_idle(struct sr_sink *s, struct sr_err *err)
{
	struct sink_reel *r = of(s);
	int rc = append_packed(r, false, err);

	if (rc == 0 && pending_due(r))
		rc = write_pending(r, err);
	return rc == 0 ? sync_if_due(r, false, false, err) : rc;
}

/* ---- the end ---- */

static int reel_finish(struct sr_sink *s, struct sr_err *err)
{
	struct sink_reel *r = of(s);
	int rc;

	if (r->queue)
		sr_packq_hurry(r->queue);
	rc = r->w ? 0 : next_file(r, real_ns(), err); /* a copy of nothing */
	if (rc == 0)
		rc = end_file(r, true, err);
	if (rc == 0 && r->syncer)
		rc = sr_syncer_wait(r->syncer, err);
	return rc;
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
	if (r->rotation && r->fd >= 0)
		(void)close(r->fd); /* the same */
	sr_packq_free(r->queue);
	sr_packer_free(r->packer);
	sr_packed_free(&r->item.packed);
	sr_builder_free(r->pending);
	sr_docs_free(r->docs);
	sr_rotation_free(r->rotation);
	sr_syncer_free(r->syncer);
	free(r->part);
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

/* A small file has a few blocks too: an event takes some 10 to 40 bytes. */
static uint32_t collect_how_many(const struct sink_reel *r)
{
	uint64_t bytes = r->rotation ? sr_rotation_limits(r->rotation)->bytes : 0, n = bytes / 100;

	if (!bytes || n > COLLECT_EVENTS)
		return COLLECT_EVENTS;
	return n > 64 ? (uint32_t)n : 64;
}

static int make_parts(struct sink_reel *r, struct sr_err *err)
{
	const struct sr_sink_reel_opts *o = &r->o;
	int rc = sr_builder_new(&r->pending);

	if (rc == 0)
		rc = sr_packer_new(&r->packer, o->level);
	if (rc == 0 && o->threads)
		rc = sr_packq_new(&r->queue, o->level, o->threads, err);
	if (rc == 0 && (o->copy || o->rotation))
		rc = sr_docs_new(&r->docs, o->copy, o->cut);
	if (rc == 0 && o->rotation)
		rc = sr_rotation_new(&r->rotation, o->rotation, err);
	r->collect_events = collect_how_many(r);
	if (rc == 0 && o->sync != SR_SYNC_NEVER)
		rc = sr_syncer_new(&r->syncer, o->sync_call);
	return rc;
}

int sr_sink_reel_new(struct sr_sink **out, const struct sr_sink_reel_opts *opts, struct sr_err *err)
{
	struct sink_reel *r = calloc(1, sizeof(*r));
	int rc;

	if (!r)
		return -ENOMEM;
	r->s.ops = &ops;
	r->o = *opts;
	r->fd = opts->rotation ? -1 : opts->fd;
	if (opts->source && !opts->copy)
		r->meta = opts->source->meta;
	rc = make_parts(r, err);
	if (rc == 0 && !(opts->rotation && opts->copy))
		rc = next_file(r, real_ns(), err);
	if (rc < 0) {
		reel_close(&r->s);
		return rc;
	}
	*out = &r->s;
	return 0;
}

void sr_sink_reel_stats(const struct sr_sink *s, struct sr_sink_reel_stats *out)
{
	const struct sink_reel *r = (const struct sink_reel *)s;
	struct sr_rotation_stats rotation = { 0 };
	struct sr_syncer_stats sync = { 0 };

	*out = r->done;
	out->events += r->events;
	out->lost += r->lost;
	if (r->w) {
		out->rows += sr_reel_writer_events(r->w) + sr_builder_count(r->pending);
		out->blocks += sr_reel_writer_blocks(r->w);
		out->bytes += sr_reel_writer_bytes(r->w);
	}
	if (r->w && sr_builder_count(r->pending))
		out->events += sr_rows_events(sr_builder_block(r->pending));
	if (r->rotation)
		sr_rotation_stats(r->rotation, &rotation);
	if (r->syncer)
		sr_syncer_stats(r->syncer, &sync);
	out->files = rotation.begun;
	out->removed = rotation.removed;
	out->syncs = sync.syncs;
	out->sync_ns = sync.worst_ns;
}
