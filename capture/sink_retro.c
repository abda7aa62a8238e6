/* SPDX-License-Identifier: Apache-2.0 */
/* A file being written is a reader of its ring that follows what is pushed: what was held and what
 * comes after go the same way, and in this order. */
#include "capture/sink_retro.h"
#include "capture/retro_hold.h"
#include "capture/rows.h"
#include "formats/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000ull
#define STEP_BYTES \
	(4u << 20)	  /* written at a time, so that the driver's logs are not kept waiting */
#define MAX_FILES      32 /* written at the same time */
#define MAX_EXTEND     10 /* times @after, from the first trigger on */
#define SNAPSHOT_NS    SECOND /* between two looks at what exists */
#define TRIM_NS	       (10 * SECOND)
#define MAX_CONTAINERS 1024
#define MAX_DOCUMENTS  ((size_t)8 << 20)

/* A file being written. */
struct file {
	struct file *next;
	struct sr_ring *ring;
	struct sr_retro_file *f;
	int fd;
	char *path;
	uint64_t oldest;      /* time of its first event */
	uint64_t until, last; /* it ends; it ends at the latest */
	uint64_t told;	      /* when its last trigger was written */
	char told_name[48];
};

struct sink_retro {
	struct sr_sink s;
	struct sr_sink_retro_opts o;
	struct sr_ring_set *rings;
	struct sr_hold *hold;
	uint64_t *hits; /* rows that make a trigger fire */
	size_t hits_words;
	struct sr_format *line; /* of an event, as a reason */
	struct sr_trigger_rate rate;
	struct file *files;
	uint64_t snapshot, trimmed; /* last time */
	bool refusing;
	struct sr_sink_retro_stats stats;
};

static struct sink_retro *of(struct sr_sink *s)
{
	return (struct sink_retro *)s;
}

static uint64_t now_ns(const struct sink_retro *r)
{
	return r->o.now ? r->o.now(r->o.arg) : sr_now_ns();
}

static void __attribute__((format(printf, 3, 4)))
tell(const struct sink_retro *r, enum sr_retro_news what, const char *fmt, ...)
{
	char words[1024];
	va_list ap;

	if (!r->o.tell)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(words, sizeof(words), fmt, ap); /* longer words are cut */
	va_end(ap);
	r->o.tell(r->o.arg, what, words);
}

/* ---- files ---- */

static void file_free(struct sink_retro *r, struct file *f)
{
	for (struct file **p = &r->files; *p; p = &(*p)->next)
		if (*p == f) {
			*p = f->next;
			break;
		}
	if (f->ring) {
		sr_ring_read_end(f->ring);
		f->ring->user = NULL;
	}
	sr_retro_file_free(f->f);
	if (f->fd >= 0)
		(void)close(f->fd); /* failed writes were told of */
	free(f->path);
	free(f);
}

/* A file that cannot be written is given up; what it has stays readable. */
static void file_failed(struct sink_retro *r, struct file *f, int rc, const struct sr_err *err)
{
	tell(r, SR_RETRO_FAILED, "%s: %s", f->path, err->msg[0] ? err->msg : strerror(-rc));
	r->stats.failed++;
	file_free(r, f);
}

/* Write what its ring has for it, up to @bytes. Return: 1 that was all; 0 there is more; negative
 * errno: it failed, and is gone. */
static int file_step(struct sink_retro *r, struct file *f, size_t bytes, struct sr_err *err)
{
	struct sr_err own = { .pos = SR_NO_POS };
	struct sr_ring_block *b;
	size_t done = 0;

	err = err ? err : &own;

	while (done < bytes && (b = sr_ring_read(f->ring))) {
		int rc = sr_retro_file_block(f->f, b, err);

		if (rc < 0) {
			file_failed(r, f, rc, err);
			return rc;
		}
		done += b->len;
	}
	/* so that there is little left to wait for at its end */
	if (done)
		(void)sync_file_range(f->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	return f->ring->unread == NULL;
}

static void file_end(struct sink_retro *r, struct file *f, const char *reason)
{
	struct sr_err err = { .pos = SR_NO_POS };
	struct sr_retro_file_stats st;
	int rc = file_step(r, f, SIZE_MAX, NULL);

	if (rc < 0)
		return;
	rc = sr_retro_file_end(f->f, reason, &err);
	if (rc == 0 && fsync(f->fd) < 0 && errno != EINVAL && errno != EROFS)
		rc = sr_err_set(&err, -errno, SR_NO_POS, "cannot write: %s", strerror(errno));
	if (rc < 0) {
		file_failed(r, f, rc, &err);
		return;
	}
	sr_retro_file_stats(f->f, &st);
	tell(r, SR_RETRO_ENDED, "%s is complete: %" PRIu64 " events, %" PRIu64 " bytes", f->path,
	     st.events, st.bytes);
	r->stats.ended++;
	file_free(r, f);
}

/* Before a block goes: whoever writes it does so now. */
static void on_leaving(void *arg, struct sr_ring *ring)
{
	if (ring->user)
		(void)file_step(arg, ring->user, 1, NULL); /* told if it fails */
}

static const struct sr_container *container_of_row(const struct sr_block *b, uint32_t row)
{
	return b->cgroups[b->threads[b->thread[row]].cgroup].container;
}

/* ---- firing ---- */

/* What existed but did nothing is told by the source once more. */
static void snapshot(struct sink_retro *r)
{
	struct sr_source *src = r->o.source;
	struct sr_err err = { .pos = SR_NO_POS };
	uint64_t now = now_ns(r);

	if (!src->ops->snapshot || (r->snapshot && now - r->snapshot < SNAPSHOT_NS))
		return;
	r->snapshot = now;
	if (src->ops->snapshot(src, &err) < 0)
		tell(r, SR_RETRO_FAILED, "what exists could not be told: %s", err.msg);
}

static int note_trigger(struct sink_retro *r, struct file *f, const struct sr_retro_cause *c,
			bool extends, struct sr_err *err)
{
	struct sr_retro_when when = { .history_ns = c->time > f->oldest ? c->time - f->oldest : 0,
				      .after_ns = r->o.after_ns,
				      .refused = extends ? 0 : r->rate.refused,
				      .extends = extends };

	f->told = c->time;
	(void)snprintf(f->told_name, sizeof(f->told_name), "%s", c->name); /* only compared */
	return sr_retro_file_trigger(f->f, c, &when, err);
}

static int extend(struct sink_retro *r, struct file *f, const struct sr_retro_cause *c,
		  struct sr_err *err)
{
	uint64_t until = c->time + r->o.after_ns + r->o.late_ns;
	bool same = strcmp(f->told_name, c->name) == 0 && c->time < f->told + SECOND;
	int rc;

	if (until > f->last)
		until = f->last;
	if (until > f->until)
		f->until = until;
	if (same)
		return 0;
	rc = note_trigger(r, f, c, true, err);
	if (rc < 0)
		file_failed(r, f, rc, err);
	else
		tell(r, SR_RETRO_EXTENDED, "%s goes on: trigger %s: %s", f->path, c->name,
		     c->reason);
	return rc;
}

static int begin(struct sink_retro *r, struct sr_ring *ring, const struct sr_retro_cause *c,
		 struct sr_err *err)
{
	struct file *f = calloc(1, sizeof(*f));
	struct sr_buf path = { 0 };
	int rc = -ENOMEM;

	if (!f)
		return rc;
	f->fd = r->o.create(r->o.arg, c, &path, err);
	if (f->fd < 0 || path.oom || !(f->path = strdup(sr_buf_cstr(&path)))) {
		rc = f->fd < 0 ? f->fd : -ENOMEM;
		goto fail;
	}
	rc = sr_retro_file_begin(&f->f, f->fd, r->o.source->meta,
				 r->o.per_container ? ring->key : NULL, err);
	if (rc < 0)
		goto fail;
	f->ring = ring;
	f->oldest = ring->first ? ring->first->info.f.min_time : c->time;
	f->until = c->time + r->o.after_ns + r->o.late_ns;
	f->last = c->time + MAX_EXTEND * r->o.after_ns + r->o.late_ns;
	rc = note_trigger(r, f, c, false, err);
	if (rc < 0)
		goto fail;
	ring->user = f;
	sr_ring_read_begin(ring);
	f->next = r->files;
	r->files = f;
	r->stats.begun++;
	tell(r, SR_RETRO_BEGUN, "trigger %s: %s: writing %s", c->name, c->reason, f->path);
	sr_buf_free(&path);
	return 0;

fail:
	if (f->path)
		(void)unlink(f->path); /* nobody can use it */
	file_free(r, f);
	sr_buf_free(&path);
	return rc;
}

static size_t count_files(const struct sink_retro *r)
{
	size_t n = 0;

	for (const struct file *f = r->files; f; f = f->next)
		n++;
	return n;
}

/* May one more file begin? *@allowed: so many an hour were asked about already. */
static int allow(struct sink_retro *r, const struct sr_retro_cause *c, bool *allowed,
		 struct sr_err *err)
{
	bool many = count_files(r) >= MAX_FILES;

	if (!many && (*allowed || sr_trigger_allowed(&r->rate, now_ns(r)))) {
		*allowed = true;
		r->refusing = false;
		return 0;
	}
	r->stats.refused++;
	if (many)
		(void)sr_err_set(err, -EBUSY, SR_NO_POS, "%d files are being written already",
				 MAX_FILES);
	else
		(void)sr_err_set(err, -EBUSY, SR_NO_POS,
				 "%" PRIu32 " file%s within an hour: that is the limit "
				 "(--max-triggers)",
				 r->o.max_per_hour, r->o.max_per_hour == 1 ? "" : "s");
	if (!r->refusing)
		tell(r, SR_RETRO_REFUSED, "trigger %s (%s) and those that follow write nothing: %s",
		     c->name, c->reason, err->msg);
	r->refusing = true;
	return -EBUSY;
}

/* A new file for @ring, or one that goes on. *@allowed: the limit was asked already. */
static int fire(struct sink_retro *r, struct sr_ring *ring, const struct sr_retro_cause *c,
		bool *allowed, struct sr_err *err)
{
	int rc;

	r->stats.fired++;
	if (ring->user)
		return extend(r, ring->user, c, err);
	rc = allow(r, c, allowed, err);
	if (rc < 0)
		return rc;
	rc = begin(r, ring, c, err);
	if (rc < 0) {
		tell(r, SR_RETRO_FAILED, "trigger %s: %s: no file: %s", c->name, c->reason,
		     err->msg[0] ? err->msg : strerror(-rc));
		r->stats.failed++;
		return rc;
	}
	r->rate.refused = 0;
	snapshot(r);
	rc = file_step(r, ring->user, STEP_BYTES, err);
	return rc < 0 ? rc : 0;
}

/* Where, who and what. */
static void put_reason(const struct sink_retro *r, struct sr_view *v, uint32_t row,
		       struct sr_buf *out)
{
	const struct sr_container *c = container_of_row(v->b, row);

	if (c && *c->name)
		sr_buf_puts(out, c->name);
	else
		sr_buf_printf(out, "%.12s", c ? c->id : "host");
	sr_buf_puts(out, ": ");
	sr_format_line(r->line, v, row, out);
}

/* A row made a trigger fire. A file that cannot be written does not end the recording. */
static int fire_row(struct sink_retro *r, struct sr_view *v, uint32_t row,
		    const struct sr_trigger *t, uint64_t matches)
{
	const struct sr_container *c = container_of_row(v->b, row);
	struct sr_err err = { .pos = SR_NO_POS };
	struct sr_buf reason = { 0 };
	struct sr_retro_cause cause = { .name = t->name,
					.filter = t->filter,
					.time = v->b->time[row],
					.matches = matches,
					.container = c };
	struct sr_ring *ring = NULL;
	bool allowed = false;
	int rc = sr_hold_flush(r->hold, &err); /* with the row itself */

	if (rc == 0)
		ring = sr_ring_get(r->rings, sr_hold_key(r->hold, c), true);
	if (ring) {
		put_reason(r, v, row, &reason);
		cause.reason = sr_buf_cstr(&reason);
		(void)fire(r, ring, &cause, &allowed, &err); /* told if it fails */
	}
	sr_buf_free(&reason);
	return rc < 0 || ring ? rc : -ENOMEM;
}

/* All rows in r->hits; rows of one container count as one. */
static int fire_rows(struct sink_retro *r, struct sr_view *v, const struct sr_trigger *t)
{
	struct sr_block *b = v->b;
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && (i = sr_sel_next(r->hits, b->n, i)) < b->n;) {
		const char *key = sr_hold_key(r->hold, container_of_row(b, i));
		uint64_t matches = 0;

		for (uint32_t k = i; (k = sr_sel_next(r->hits, b->n, k)) < b->n; k++) {
			if (k != i &&
			    strcmp(sr_hold_key(r->hold, container_of_row(b, k)), key) != 0)
				continue;
			matches++;
			sr_sel_clear(r->hits, k);
		}
		rc = fire_row(r, v, i, t, matches);
	}
	return rc;
}

static int hits_reserve(struct sink_retro *r, uint32_t n)
{
	size_t words = SR_SEL_WORDS(n);
	uint64_t *p;

	if (words <= r->hits_words)
		return 0;
	p = realloc(r->hits, words * sizeof(*p));
	if (!p)
		return -ENOMEM;
	r->hits = p;
	r->hits_words = words;
	return 0;
}

static int run_triggers(struct sink_retro *r, struct sr_view *v, struct sr_err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < r->o.triggers->n; i++) {
		struct sr_trigger *t = &r->o.triggers->t[i];
		int64_t n = sr_trigger_run(t, v, r->hits, err);

		if (n < 0)
			return (int)n;
		if (n)
			rc = fire_rows(r, v, t);
	}
	return rc;
}

/* The cause as it is for one ring. */
static int fire_ring(struct sink_retro *r, struct sr_ring *ring, const struct sr_retro_cause *c,
		     bool *allowed, struct sr_buf *paths, struct sr_err *err)
{
	const struct sr_meta *meta = r->o.source->meta;
	struct sr_retro_cause one = *c;
	const char *path;
	int rc;

	if (r->o.per_container)
		one.container = sr_meta_container(meta, ring->key, strlen(ring->key));
	rc = fire(r, ring, &one, allowed, err);
	if (rc < 0)
		return rc;
	path = ((const struct file *)ring->user)->path;
	sr_buf_put(paths, path, strlen(path) + 1);
	return 1;
}

/* Of the rings that @c is about, the one that was pushed to last before @touched. */
static struct sr_ring *next_ring(const struct sink_retro *r, const struct sr_retro_cause *c,
				 uint64_t touched)
{
	struct sr_ring *best = NULL;

	for (struct sr_ring *ring = sr_ring_first(r->rings); ring; ring = ring->next)
		if (ring->touched < touched && (!best || ring->touched > best->touched) &&
		    (!c->container || strcmp(ring->key, sr_hold_key(r->hold, c->container)) == 0))
			best = ring;
	return best;
}

int sr_sink_retro_trigger(struct sr_sink *s, const struct sr_retro_cause *c, struct sr_buf *paths,
			  struct sr_err *err)
{
	struct sink_retro *r = of(s);
	uint64_t touched = UINT64_MAX;
	bool allowed = false;
	int rc = sr_hold_flush(r->hold, err), n = 0;
	struct sr_ring *ring;

	if (rc == 0 && !r->o.per_container && !sr_ring_get(r->rings, "", true))
		rc = -ENOMEM;
	while (rc >= 0 && (ring = next_ring(r, c, touched))) {
		touched = ring->touched;
		rc = fire_ring(r, ring, c, &allowed, paths, err);
		n += rc > 0;
	}
	if (rc == -EBUSY && n) /* those in which something happened last are written */
		return n;
	if (rc >= 0 && !n)
		return sr_err_set(err, -ENOENT, SR_NO_POS,
				  c->container ? "no events are held of it"
					       : "no events are held yet");
	return rc < 0 ? rc : n;
}

/* ---- the sink ---- */

static void write_files(struct sink_retro *r)
{
	struct file *next;

	for (struct file *f = r->files; f; f = next) {
		next = f->next;
		(void)file_step(r, f, STEP_BYTES, NULL); /* told if it fails */
	}
}

static int end_files(struct sink_retro *r, uint64_t now, struct sr_err *err)
{
	struct file *f = r->files, *next;
	int rc = 0;

	while (f && now < f->until)
		f = f->next;
	if (f)
		rc = sr_hold_flush(r->hold, err);
	for (f = r->files; rc == 0 && f; f = next) {
		next = f->next;
		if (now >= f->until)
			file_end(r, f, "all that was asked for after the last trigger is there");
	}
	return rc;
}

/* @seen: all that happened before has come. When events come late, as they do under a flood, files
 * wait for them, and the past is counted from there. */
static int keep_house(struct sink_retro *r, uint64_t seen, struct sr_err *err)
{
	uint64_t now = now_ns(r), then = seen + r->o.late_ns < now ? seen + r->o.late_ns : now;
	int rc = sr_hold_due(r->hold, now) ? sr_hold_flush(r->hold, err) : 0;

	if (rc == 0)
		rc = end_files(r, then, err);
	if (rc < 0)
		return rc;
	write_files(r);
	sr_ring_expire(r->rings, then);
	if (now - r->trimmed >= TRIM_NS) {
		sr_meta_trim(r->o.source->meta, MAX_CONTAINERS, MAX_DOCUMENTS);
		r->trimmed = now;
	}
	return 0;
}

static int retro_block(struct sr_sink *s, struct sr_view *v, const uint64_t *sel, uint64_t nsel,
		       struct sr_err *err)
{
	struct sink_retro *r = of(s);
	int rc = hits_reserve(r, v->b->n);

	if (rc == 0)
		rc = sr_hold_add(r->hold, v->b, sel, nsel, now_ns(r), err);
	if (rc == 0 && nsel)
		rc = run_triggers(r, v, err);
	return rc < 0 ? rc : keep_house(r, v->b->max_time, err);
}

static int retro_meta(struct sr_sink *s, const char *json, size_t len, struct sr_err *err)
{
	struct sink_retro *r = of(s);
	struct sr_err own = { .pos = SR_NO_POS };
	struct file *next;

	(void)err;
	for (struct file *f = r->files; f; f = next) {
		int rc = sr_retro_file_meta(f->f, json, len, &own);

		next = f->next;
		if (rc < 0)
			file_failed(r, f, rc, &own);
	}
	return 0;
}

static int retro_idle(struct sr_sink *s, struct sr_err *err)
{
	return keep_house(of(s), now_ns(of(s)), err);
}

static int retro_finish(struct sr_sink *s, struct sr_err *err)
{
	struct sink_retro *r = of(s);
	const char *why = r->o.reason && *r->o.reason ? *r->o.reason : "ended";
	char reason[200];
	int rc = sr_hold_flush(r->hold, err);

	(void)snprintf(reason, sizeof(reason),
		       "the recorder ended before all that was asked for "
		       "was there: %s",
		       why); /* cut if longer */
	while (r->files)
		file_end(r, r->files, reason);
	return rc;
}

static uint32_t retro_need(struct sr_sink *s)
{
	(void)s;
	return SR_NEED_ALL;
}

static void retro_close(struct sr_sink *s)
{
	struct sink_retro *r = of(s);

	if (!s)
		return;
	while (r->files)
		file_free(r, r->files);
	sr_hold_free(r->hold);
	sr_ring_set_free(r->rings);
	sr_format_free(r->line);
	free(r->hits);
	free(r);
}

static const struct sr_sink_ops ops = {
	.name = "retro",
	.need = retro_need,
	.block = retro_block,
	.meta = retro_meta,
	.idle = retro_idle,
	.finish = retro_finish,
	.close = retro_close,
};

static int new_hold(struct sink_retro *r)
{
	const struct sr_hold_opts opts = { .rings = r->rings,
					   .meta = r->o.source->meta,
					   .per_container = r->o.per_container,
					   .level = r->o.level };

	return sr_hold_new(&r->hold, &opts);
}

int sr_sink_retro_new(struct sr_sink **out, const struct sr_sink_retro_opts *opts,
		      struct sr_err *err)
{
	struct sink_retro *r = calloc(1, sizeof(*r));
	int rc;

	if (!r)
		return -ENOMEM;
	r->s.ops = &ops;
	r->o = *opts;
	r->rate.max = opts->max_per_hour;
	rc = sr_ring_set_new(&r->rings, &opts->limits, on_leaving, r);
	if (rc == 0)
		rc = new_hold(r);
	if (rc == 0)
		rc = sr_format_compile(&r->line, "%proc.name (%proc.pid): %evt.call", err);
	if (rc < 0) {
		retro_close(&r->s);
		return rc;
	}
	*out = &r->s;
	return 0;
}

void sr_sink_retro_stats(const struct sr_sink *s, struct sr_sink_retro_stats *out)
{
	const struct sink_retro *r = (const struct sink_retro *)s;
	uint64_t now = now_ns(r);

	*out = r->stats;
	sr_ring_totals(r->rings, &out->held);
	out->held_ns = out->held.oldest && now > out->held.oldest ? now - out->held.oldest : 0;
	out->writing = count_files(r);
}
