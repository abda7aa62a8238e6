/* SPDX-License-Identifier: Apache-2.0 */
/* Each file, or chain of files that are parts of one recording, is a stream of blocks. The rows of
 * the stream that is behind are copied until another one is; where that is a whole block that needs
 * no change, it is handed on as it is. */
#include "capture/source_merge.h"
#include "capture/rows.h"
#include "formats/builder.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define MERGE_EVENTS 16384 /* rows of a block that is put together */
#define MERGE_BYTES  (32u << 20)

/* One file. */
struct part {
	const char *path;
	struct sr_meta *meta;
	struct sr_reel_stats stats;
	bool complete;
	size_t order; /* as it was given */
	struct sr_builder_origin origin;
	uint32_t *hosts; /* of the origin */
	bool moved;	 /* rows have to be changed */
};

struct stream {
	struct part *part, *end; /* the current one; behind the last */
	struct sr_reel *reel;	 /* of the current one; NULL: not open */
	struct sr_meta *scratch;
	struct sr_block *b;
	uint32_t at;	/* row that is next */
	uint64_t reach; /* highest time so far: a late record does not go back */
};

struct source_merge {
	struct sr_source s;
	struct part *parts;
	size_t nparts;
	struct stream *streams;
	size_t nstreams;
	struct sr_builder *out;
	bool handed; /* what is in @out was handed out */
	uint64_t *sel;
	size_t sel_words;
	struct sr_reel_stats stats;
	struct sr_reel_damage *damages;
	size_t ndamages;
	uint64_t events, lost;
	atomic_bool stop;
};

static struct source_merge *of(struct sr_source *s)
{
	return (struct source_merge *)s;
}

/* ---- what the files say of themselves ---- */

static const char *host_text(const struct sr_meta *meta, const char *key)
{
	const char *s =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(sr_meta_host(meta), key));

	return s ? s : "";
}

static double part_number(const struct part *p)
{
	const cJSON *n = cJSON_GetObjectItemCaseSensitive(sr_meta_host(p->meta), "part");

	return cJSON_IsNumber(n) ? n->valuedouble : 0;
}

static bool same_recording(const struct part *a, const struct part *b)
{
	const char *id = host_text(a->meta, "recording");

	return *id && strcmp(id, host_text(b->meta, "recording")) == 0;
}

/* Without a boot id nobody knows whether two files are of the same host. */
static bool same_boot(const struct sr_meta *a, const struct sr_meta *b)
{
	const char *id = host_text(a, "boot_id");

	return *id && strcmp(id, host_text(b, "boot_id")) == 0;
}

static bool says_incomplete(const struct sr_meta *meta)
{
	return cJSON_GetObjectItemCaseSensitive(sr_meta_end(meta), "incomplete");
}

static int look_at(struct part *p, struct sr_err *err)
{
	struct sr_reel *reel = NULL;
	int rc = sr_meta_new(&p->meta);

	if (rc == 0)
		rc = sr_reel_open(&reel, p->path, p->meta, err);
	if (rc < 0)
		return rc;
	p->stats = *sr_reel_stats(reel);
	p->complete = sr_reel_complete(reel) && !says_incomplete(p->meta);
	if (!sr_reel_seekable(reel))
		rc = sr_err_set(err, -ESPIPE, SR_NO_POS, "%s: only files can be merged, no pipes",
				p->path);
	sr_reel_free(reel);
	return rc;
}

/* ---- hosts ---- */

/* When the host of a file was booted, as its clock of events sees it, since 1970. */
static uint64_t epoch(const struct part *p)
{
	return sr_meta_wall(p->meta, 0);
}

static int by_epoch(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	if (epoch(x) != epoch(y))
		return epoch(x) < epoch(y) ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

/* The number of a host, of those of @meta; @from is what a file says about it. */
static int64_t host_number(struct sr_meta *meta, const struct sr_meta *from, bool first)
{
	uint32_t n = sr_meta_hosts(meta);

	if (first)
		return 0;
	for (uint32_t i = 0; i < n; i++)
		if (same_boot(sr_meta_of(meta, i), from))
			return i;
	return n < SR_META_MAX_HOSTS ? (int64_t)n : -E2BIG;
}

/* Give the hosts of a file their numbers, and take over what it says of them. */
static int number_hosts(struct source_merge *m, struct part *p, struct sr_err *err)
{
	uint32_t n = sr_meta_hosts(p->meta);
	int rc = 0;

	p->hosts = calloc(n, sizeof(*p->hosts));
	if (!p->hosts)
		return -ENOMEM;
	for (uint32_t i = 0; rc == 0 && i < n; i++) {
		const struct sr_meta *from = sr_meta_of(p->meta, i);
		int64_t host = host_number(m->s.meta, from, p == m->parts && i == 0);
		struct sr_meta *to;

		if (host < 0)
			return sr_err_set(err, (int)host, SR_NO_POS,
					  "more than %u hosts cannot be merged", SR_META_MAX_HOSTS);
		to = sr_meta_put_host(m->s.meta, (uint32_t)host);
		rc = to ? sr_meta_take(to, from) : -ENOMEM;
		p->hosts[i] = (uint32_t)host;
		p->moved |= host != i;
	}
	p->origin.hosts = p->hosts;
	p->origin.nhosts = n;
	return rc;
}

/* Times on the clock of host 0. Files of one host share its clock, whatever the wall clock did. */
static void set_shift(struct source_merge *m, struct part *p)
{
	if (p->hosts[0])
		p->origin.shift = sr_meta_wall(sr_meta_of(m->s.meta, p->hosts[0]), 0) -
				  sr_meta_wall(m->s.meta, 0);
	p->moved |= p->origin.shift != 0;
}

/* Two recordings may have used the same id for different threads: those of each but the first
 * begin anywhere in 64 bits. */
static void set_ids(struct source_merge *m, struct part *p)
{
	const char *id = host_text(p->meta, "recording");

	if (p == m->parts || same_recording(m->parts, p))
		return;
	p->origin.ids =
		*id ? XXH3_64bits(id, strlen(id)) : XXH3_64bits(&p->order, sizeof(p->order));
	p->moved = true;
}

/* ---- parts of one recording ---- */

static uint64_t begins(const struct part *p)
{
	return p->stats.min_time + p->origin.shift;
}

static int by_recording(const void *a, const void *b)
{
	const struct part *x = a, *y = b;
	double i = part_number(x), k = part_number(y);
	int rc = strcmp(host_text(x->meta, "recording"), host_text(y->meta, "recording"));

	if (rc)
		return rc;
	if (i != k)
		return i < k ? -1 : 1;
	if (begins(x) != begins(y))
		return begins(x) < begins(y) ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

/* Whether @b was written behind @a by the same recorder. Copies of one part, each with a choice of
 * its events, have the same number. */
static bool follows(const struct part *a, const struct part *b)
{
	return same_recording(a, b) && part_number(a) < part_number(b) &&
	       a->stats.min_time <= b->stats.min_time && a->stats.max_time <= b->stats.max_time;
}

static int make_streams(struct source_merge *m)
{
	qsort(m->parts, m->nparts, sizeof(*m->parts), by_recording);
	m->streams = calloc(m->nparts, sizeof(*m->streams));
	if (!m->streams)
		return -ENOMEM;
	for (size_t i = 0; i < m->nparts; i++) {
		struct part *p = &m->parts[i];

		if (!i || !follows(p - 1, p))
			m->streams[m->nstreams++].part = p;
		m->streams[m->nstreams - 1].end = p + 1;
	}
	return 0;
}

static void add_stats(struct sr_reel_stats *all, const struct part *p)
{
	const struct sr_reel_stats *s = &p->stats;
	uint64_t last = s->max_time + p->origin.shift;

	if (s->events) {
		all->min_time =
			!all->events || begins(p) < all->min_time ? begins(p) : all->min_time;
		all->max_time = !all->events || last > all->max_time ? last : all->max_time;
	}
	all->bytes += s->bytes;
	all->blocks += s->blocks;
	all->events += s->events;
	all->block_bytes += s->block_bytes;
	all->raw_bytes += s->raw_bytes;
}

static int look_at_all(struct source_merge *m, const char *const *paths, struct sr_err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < m->nparts; i++) {
		m->parts[i].path = paths[i];
		m->parts[i].order = i;
		rc = look_at(&m->parts[i], err);
	}
	if (rc < 0)
		return rc;
	qsort(m->parts, m->nparts, sizeof(*m->parts), by_epoch);
	for (size_t i = 0; rc == 0 && i < m->nparts; i++)
		rc = number_hosts(m, &m->parts[i], err);
	for (size_t i = 0; rc == 0 && i < m->nparts; i++) {
		set_shift(m, &m->parts[i]);
		set_ids(m, &m->parts[i]);
		add_stats(&m->stats, &m->parts[i]);
	}
	return rc < 0 ? rc : make_streams(m);
}

/* ---- reading ---- */

static int add_damage(struct source_merge *m, const struct part *p, const struct sr_reel_damage *d)
{
	struct sr_reel_damage *all = reallocarray(m->damages, m->ndamages + 1, sizeof(*all));
	const char *slash = strrchr(p->path, '/');

	if (!all)
		return -ENOMEM;
	m->damages = all;
	all[m->ndamages] = *d;
	(void)snprintf(all[m->ndamages].what, sizeof(d->what), "%s: %s",
		       slash ? slash + 1 : p->path, d->what); /* cut, if long */
	m->ndamages++;
	return 0;
}

/* The current part of a stream is at its end. */
static int end_part(struct source_merge *m, struct stream *st)
{
	const struct sr_reel_damage *d;
	size_t n;
	int rc = 0;

	d = sr_reel_damages(st->reel, &n);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = add_damage(m, st->part, &d[i]);
	sr_reel_free(st->reel);
	st->reel = NULL;
	st->b = NULL;
	sr_meta_free(st->scratch);
	st->scratch = NULL;
	st->part++;
	return rc;
}

static int open_part(struct stream *st, struct sr_err *err)
{
	int rc = sr_meta_new(&st->scratch);

	return rc < 0 ? rc : sr_reel_open(&st->reel, st->part->path, st->scratch, err);
}

/* Have rows left in st->b, or st->part at the end. */
static int fill(struct source_merge *m, struct stream *st, struct sr_err *err)
{
	uint64_t lost = 0;
	int rc = 0;

	while (st->part < st->end && (!st->b || st->at >= st->b->n)) {
		st->b = NULL;
		if (!st->reel)
			rc = open_part(st, err);
		if (rc == 0)
			rc = sr_reel_next(st->reel, &st->b, err);
		if (rc == 0)
			rc = end_part(m, st);
		else if (rc > 0)
			rc = sr_block_load(st->b, SR_NEED_ALL, err);
		if (rc == 0 && st->b)
			rc = sr_rows_lost(st->b, &lost, err);
		st->at = 0;
		if (rc < 0) {
			st->b = NULL;
			return rc;
		}
		m->lost += lost;
		m->events += st->b ? st->b->n : 0;
		lost = 0;
	}
	return 0;
}

static uint64_t time_of(const struct stream *st, uint32_t row)
{
	uint64_t t = st->b->time[row] + st->part->origin.shift;

	return t > st->reach ? t : st->reach;
}

/* The stream that is behind, and how far it may go: up to *until, that included with *also. */
static struct stream *behind(struct source_merge *m, uint64_t *until, bool *also)
{
	struct stream *first = NULL;

	*until = UINT64_MAX;
	*also = true;
	for (struct stream *st = m->streams; st < m->streams + m->nstreams; st++) {
		uint64_t t;

		if (st->part == st->end)
			continue;
		t = time_of(st, st->at);
		if (first && t >= time_of(first, first->at)) {
			*also = t < *until ? true : *also;
			*until = t < *until ? t : *until;
			continue;
		}
		if (first) {
			*until = time_of(first, first->at);
			*also = false; /* at the same time, the one before goes first */
		}
		first = st;
	}
	return first;
}

/* The row behind the last that @st may give now, and how far that reaches. */
static uint32_t run_end(const struct stream *st, uint64_t until, bool also, uint64_t *reach)
{
	uint32_t row = st->at;

	for (*reach = st->reach; row < st->b->n; row++) {
		uint64_t t = st->b->time[row] + st->part->origin.shift;

		t = t > *reach ? t : *reach;
		if (t > until || (t == until && !also))
			break;
		*reach = t;
	}
	return row;
}

static int copy_rows(struct source_merge *m, struct stream *st, uint32_t to, struct sr_err *err)
{
	size_t words = SR_SEL_WORDS(st->b->n);

	if (words > m->sel_words) {
		uint64_t *p = realloc(m->sel, words * sizeof(*p));

		if (!p)
			return -ENOMEM;
		m->sel = p;
		m->sel_words = words;
	}
	memset(m->sel, 0, words * sizeof(*m->sel));
	for (uint32_t row = st->at; row < to; row++)
		sr_sel_set(m->sel, row);
	st->at = to;
	sr_builder_set_origin(m->out, &st->part->origin);
	return sr_builder_copy(m->out, st->b, m->sel, err);
}

static int hand_out(struct source_merge *m, struct sr_block **out)
{
	if (!sr_builder_count(m->out))
		return 0;
	m->handed = true;
	*out = sr_builder_block(m->out);
	(*out)->first_num = 0; /* counted by who reads */
	return 1;
}

static bool is_full(const struct source_merge *m)
{
	return sr_builder_count(m->out) >= MERGE_EVENTS || sr_builder_bytes(m->out) >= MERGE_BYTES;
}

/* The rows that come next: 1 a block to hand out; 0 some were copied, or all are done. */
static int take_run(struct source_merge *m, struct stream *st, uint64_t until, bool also,
		    struct sr_block **out, struct sr_err *err)
{
	uint64_t reach;
	uint32_t to = run_end(st, until, also, &reach);

	if (!st->at && to == st->b->n && !st->part->moved) {
		if (sr_builder_count(m->out))
			return hand_out(m, out);
		st->at = to;
		st->reach = reach;
		*out = st->b;
		(*out)->first_num = 0;
		return 1;
	}
	if (to - st->at > MERGE_EVENTS) {
		to = st->at + MERGE_EVENTS;
		reach = time_of(st, to - 1); /* lower than where the run ends: nothing is passed */
	}
	st->reach = reach;
	return copy_rows(m, st, to, err);
}

static int merge_next(struct sr_source *s, struct sr_block **out, struct sr_err *err)
{
	struct source_merge *m = of(s);
	int rc = 0;

	if (m->handed)
		sr_builder_reset(m->out);
	m->handed = false;
	while (rc == 0 && !atomic_load(&m->stop)) {
		struct stream *st;
		uint64_t until;
		bool also;

		for (st = m->streams; rc == 0 && st < m->streams + m->nstreams; st++)
			rc = fill(m, st, err);
		if (rc < 0)
			break;
		st = behind(m, &until, &also);
		if (!st || is_full(m))
			return hand_out(m, out);
		rc = take_run(m, st, until, also, out, err);
	}
	return rc;
}

/* ---- the source ---- */

static void merge_stats(struct sr_source *s, struct sr_source_stats *out)
{
	struct source_merge *m = of(s);

	*out = (struct sr_source_stats){ .events = m->events,
					 .lost = m->lost,
					 .damaged = m->ndamages };
}

static void merge_file(struct sr_source *s, struct sr_source_file *out)
{
	struct source_merge *m = of(s);

	*out = (struct sr_source_file){
		.damages = m->damages, .ndamages = m->ndamages, .complete = true, .stats = &m->stats
	};
	for (size_t i = 0; i < m->nparts; i++)
		out->complete &= m->parts[i].complete;
}

static void merge_stop(struct sr_source *s)
{
	atomic_store(&of(s)->stop, true);
}

static void merge_close(struct sr_source *s)
{
	struct source_merge *m = of(s);

	if (!s)
		return;
	for (size_t i = 0; i < m->nstreams; i++) {
		sr_reel_free(m->streams[i].reel);
		sr_meta_free(m->streams[i].scratch);
	}
	for (size_t i = 0; i < m->nparts; i++) {
		sr_meta_free(m->parts[i].meta);
		free(m->parts[i].hosts);
	}
	sr_builder_free(m->out);
	free(m->parts);
	free(m->streams);
	free(m->damages);
	free(m->sel);
	free(m);
}

static const struct sr_source_ops ops = {
	.name = "merge",
	.next = merge_next,
	.stats = merge_stats,
	.file = merge_file,
	.stop = merge_stop,
	.close = merge_close,
};

int sr_source_merge_open(struct sr_source **out, const char *const *paths, size_t n,
			 struct sr_meta *meta, struct sr_err *err)
{
	struct source_merge *m = calloc(1, sizeof(*m));
	int rc = -ENOMEM;

	if (!m)
		return -ENOMEM;
	m->s.ops = &ops;
	m->s.meta = meta;
	m->parts = calloc(n, sizeof(*m->parts));
	if (!m->parts)
		goto fail;
	m->nparts = n;
	rc = sr_builder_new(&m->out);
	if (rc == 0)
		rc = look_at_all(m, paths, err);
	if (rc < 0)
		goto fail;
	*out = &m->s;
	return 0;

fail:
	merge_close(&m->s);
	return rc;
}
