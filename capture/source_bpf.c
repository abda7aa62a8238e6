/* SPDX-License-Identifier: Apache-2.0 */
/* The live source: blocks of what the driver recorded, and what else comes to be known (host,
 * users, containers). */
#include "capture/source_bpf_impl.h"
#include "formats/base/clock.h"
#include "formats/base/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DEFAULT_BLOCK_EVENTS 32768
#define DEFAULT_FLUSH_MS     100
/* Waiting between two looks at the logs: short while so much comes that they would fill up, longer
 * when little does, since each look costs as much as some hundred events. A log that is half full
 * wakes us in any case. */
#define WAIT_MIN_MS	     4
#define WAIT_MS		     16
#define MUCH		     8192 /* events of one look */
#define WAIT_MAX_MS	     50
/* Looks at logs that nobody should write to any more: at the last two they are the same. */
#define LOOKS_AT_END	     3
#define RESOLVE_AT_END_MS    1500 /* for containers that are still being looked up */
#define LOOK_AT_END_MS	     100  /* for those that are still being looked into */
#define DECIDE_AT_END_MS     6000 /* the same, if events wait for it */

/* ---- definitions tell of users and containers ---- */

static void on_thread(void *arg, const struct sr_thread_def *t)
{
	struct source_bpf *s = arg;

	sr_idset_add(&s->users, t->t.uid);
	sr_idset_add(&s->users, t->t.euid);
	sr_idset_add(&s->users, t->t.loginuid);
	sr_idset_add(&s->groups, t->t.gid);
	sr_idset_add(&s->groups, t->t.egid);
	if (s->insider)
		sr_insider_see(s->insider, t);
	if (s->follow)
		sr_follow_thread(s->follow, t);
}

/* A cgroup with recorded tasks, of a container that came later perhaps. What cannot be frozen is
 * recorded as far as there is room. */
static void freeze_too(struct source_bpf *s, const struct sr_cgroup_def *c)
{
	struct sr_target_cgroup cg = { .id = c->c.id, .hierarchy = c->c.hierarchy };
	char dir[SR_FREEZE_LEN];
	size_t len = c->path.len;

	if (len < 2 || len >= sizeof(cg.path))
		return; /* the root cannot be frozen */
	memcpy(cg.path, c->path.p, len);
	cg.path[len] = '\0';
	if (!sr_target_holds_us(&cg) && sr_target_folder(&cg, dir, sizeof(dir)) == 0)
		(void)sr_freezer_add(s->freezer, dir);
}

/* Whether the filter may want what runs there, as far as that hangs on the container. */
static void answer(struct source_bpf *s, const struct sr_cgroup_def *c,
		   const struct sr_cgroup_id *id)
{
	struct sr_driver_cgroup cg = { .id = c->c.id, .hierarchy = c->c.hierarchy };
	struct sr_pred_cgroup a = sr_push_answer(s->push, id ? id->id : NULL, id ? id->id_len : 0);

	sr_driver_answer(s->driver, &cg, &a);
}

static void on_cgroup(void *arg, const struct sr_cgroup_def *c)
{
	struct source_bpf *s = arg;
	struct sr_cgroup_id id;
	int named = sr_cgroup_parse(c->path.p, c->path.len, &id);

	if (s->push)
		answer(s, c, named == 1 ? &id : NULL);
	if (s->follow)
		sr_follow_cgroup(s->follow, c);
	else if (s->resolver && (named || sr_cgroup_service(c->path.p, c->path.len, &id)))
		sr_resolver_ask_user(s->resolver, id.runtime, id.id, id.uid);
	if (s->freezer)
		freeze_too(s, c);
}

/* ---- the source ---- */

/* A loss of which the source knows no more than that. */
static int note(struct source_bpf *s, uint8_t cause, uint64_t count, uint64_t first, uint64_t last)
{
	const struct sr_loss loss = {
		.time = last, .first = first, .count = count, .cause = cause, .class = SR_EC_UNKNOWN
	};

	return count ? sr_losses_note(s->losses, &loss) : 0;
}

/* What was held back and may go on now. */
static int take_held(struct source_bpf *s, struct sr_block **out, struct sr_err *err)
{
	int rc = sr_follow_take(s->follow, s->state == ENDED, out, err);
	struct sr_follow_loss l;

	sr_follow_loss(s->follow, &l);
	if (l.count)
		(void)note(s, SR_LOSS_UNNAMED, l.count, l.first, l.last);
	if (rc == 1)
		s->stats.events += (*out)->n;
	return rc;
}

static int hand_out(struct source_bpf *s, struct sr_block **out, struct sr_err *err)
{
	struct sr_block *b = sr_builder_block(s->builder);
	int rc = s->follow ? sr_follow_put(s->follow, b, err) : 1;

	s->handed = true;
	s->block_began = 0;
	if (rc == 0)
		rc = take_held(s, out, err);
	else if (rc == 1)
		s->stats.events += (*out = b)->n;
	return rc == 0 ? -EAGAIN : rc;
}

/* The rest of what was held back, and a word on what could not be decided. */
static int finish_held(struct source_bpf *s, struct sr_block **out, struct sr_err *err)
{
	int rc = take_held(s, out, err);

	if (rc || sr_losses_next(s->losses) == UINT64_MAX)
		return rc;
	while (rc == 0 && sr_losses_next(s->losses) != UINT64_MAX)
		rc = sr_live_add_loss(s);
	if (rc < 0)
		return rc;
	*out = sr_builder_block(s->builder);
	s->stats.events += (*out)->n;
	s->handed = true;
	return 1;
}

static bool flush_due(struct source_bpf *s)
{
	if (!sr_builder_count(s->builder))
		return false;
	if (!s->block_began)
		s->block_began = sr_now_ns();
	return sr_now_ns() - s->block_began >= (uint64_t)s->flush_ms * 1000000u;
}

/* What never reached a log (runs that the kernel suppressed) has no place in time: it is told at
 * the end. */
static int add_missed(struct source_bpf *s)
{
	uint64_t now = sr_now_ns();
	int rc = note(s, SR_LOSS_RECURSION, sr_driver_missed(s->driver), now, now);

	if (!rc)
		rc = note(s, SR_LOSS_FULL, s->unnoted, now, now);
	while (rc == 0 && sr_losses_next(s->losses) != UINT64_MAX)
		rc = sr_live_add_loss(s);
	return rc;
}

/* Tell what exists, or go on with it when the log has been read. */
static int list(struct source_bpf *s, struct sr_err *err)
{
	int rc = sr_driver_snapshot(s->driver, err);

	s->listing = rc == 1;
	return rc < 0 ? rc : 0;
}

/* Nothing more is recorded, but for the calls that are under way. */
static int stop(struct source_bpf *s, struct sr_err *err)
{
	int rc = sr_driver_stop(s->driver, err);

	s->listing = rc == 1;
	if (rc >= 0)
		rc = sr_live_look(s);
	if (!s->listing && s->settled)
		s->until = FOREVER; /* detached: nothing can come any more */
	return rc;
}

static int drain(struct source_bpf *s, struct sr_block **out, struct sr_err *err)
{
	int rc = 0;

	if (s->state == RUNNING) {
		s->state = DRAINING;
		rc = stop(s, err);
		if (sr_driver_targets_missed(s->driver))
			sr_log(SR_LOG_WARN,
			       "driver: %llu cgroups were not followed, there were "
			       "too many at a time",
			       (unsigned long long)sr_driver_targets_missed(s->driver));
	} else if (s->listing && !s->more) {
		rc = stop(s, err);
	} else if (!s->more) {
		rc = sr_live_look(s);
		if (s->settled) {
			s->looks_at_end++;
			s->until = FOREVER;
		}
	}
	if (!rc)
		rc = sr_live_merge(s);
	if (rc < 0)
		return rc;
	if (s->more)
		return hand_out(s, out, err);
	if (s->listing || s->looks_at_end < LOOKS_AT_END)
		return -EAGAIN;
	rc = add_missed(s);
	if (rc < 0)
		return rc;
	s->state = RESOLVING;
	return sr_builder_count(s->builder) ? hand_out(s, out, err) : -EAGAIN;
}

static int resolve(struct source_bpf *s)
{
	bool waits = s->follow && sr_follow_waits(s->follow);

	s->state = ENDED;
	if (s->resolver) {
		sr_resolver_hurry(s->resolver);
		/* what has no answer by then stays pending */
		(void)sr_resolver_drain(s->resolver, waits ? DECIDE_AT_END_MS : RESOLVE_AT_END_MS);
	}
	if (s->insider)
		sr_insider_drain(s->insider, LOOK_AT_END_MS);
	return -EAGAIN; /* one more round for the documents */
}

/* After a look that brought so many events. */
static int next_wait(const struct source_bpf *s, uint32_t events)
{
	if (events >= MUCH || s->more)
		return WAIT_MIN_MS;
	if (events)
		return WAIT_MS;
	return s->wait_ms * 2 > WAIT_MAX_MS ? WAIT_MAX_MS : s->wait_ms * 2;
}

static int bpf_next(struct sr_source *src, struct sr_block **out, struct sr_err *err)
{
	struct source_bpf *s = (struct source_bpf *)src;
	int rc;

	if (s->handed) {
		sr_builder_reset(s->builder);
		sr_bpf_defs_sweep(s->defs);
		sr_bpf_events_sweep(s->events);
		sr_losses_sweep(s->losses);
		s->handed = false;
	}
	if (s->state == RESOLVING)
		return resolve(s);
	if (s->state == ENDED)
		return s->follow ? finish_held(s, out, err) : 0;
	if (s->follow && (rc = take_held(s, out, err)))
		return rc;
	if (s->stop || s->state == DRAINING)
		return drain(s, out, err);
	if (!s->more) {
		uint32_t before = sr_builder_count(s->builder);

		rc = s->listing ? list(s, err) : sr_driver_wait(s->driver, s->wait_ms);
		if (rc < 0 && rc != -EINTR)
			return sr_err_set(err, rc, SR_NO_POS, "waiting for the driver: %s",
					  strerror(-rc));
		rc = sr_live_look(s);
		if (!rc)
			rc = sr_live_merge(s);
		s->wait_ms = next_wait(s, sr_builder_count(s->builder) - before);
	} else {
		rc = sr_live_merge(s);
	}
	if (rc < 0)
		return sr_err_set(err, rc, SR_NO_POS, "reading the driver's logs: %s",
				  strerror(-rc));
	if (sr_live_block_is_full(s) || flush_due(s))
		return hand_out(s, out, err);
	return -EAGAIN;
}

static enum sr_verdict is_wanted(void *arg, const char *id)
{
	struct source_bpf *s = arg;

	return sr_follow_wants(s->follow, id);
}

static int next_document(struct source_bpf *s, struct sr_buf *doc)
{
	if (sr_usersdoc(doc, &s->users, &s->groups) == 1)
		return 1;
	if (s->insider && sr_insider_poll(s->insider, s->follow ? is_wanted : NULL, s, doc) == 1)
		return 1;
	if (s->follow)
		return sr_follow_document(s->follow, doc);
	return s->resolver ? sr_resolver_poll(s->resolver, doc) : 0;
}

static int bpf_meta(struct sr_source *src, const char **json, size_t *len)
{
	struct source_bpf *s = (struct source_bpf *)src;
	struct sr_buf doc = { 0 };

	if (!s->host_told) {
		s->host_told = true; /* s->doc has held it since the source was opened */
	} else if (next_document(s, &doc) == 1) {
		sr_buf_free(&s->doc);
		s->doc = doc;
		(void)sr_meta_add(src->meta, (const char *)doc.p, doc.len, NULL); /* our own JSON */
	} else {
		sr_buf_free(&doc);
		return 0;
	}
	*json = (const char *)s->doc.p;
	*len = s->doc.len;
	return 1;
}

static void bpf_stats(struct sr_source *src, struct sr_source_stats *out)
{
	*out = ((struct source_bpf *)src)->stats;
}

static int bpf_snapshot(struct sr_source *src, struct sr_err *err)
{
	struct source_bpf *s = (struct source_bpf *)src;

	return s->state == RUNNING && !s->listing ? list(s, err) : 0;
}

static void bpf_stop(struct sr_source *src)
{
	((struct source_bpf *)src)->stop = true;
}

static void bpf_close(struct sr_source *src)
{
	struct source_bpf *s = (struct source_bpf *)src;

	if (!s)
		return;
	sr_freezer_stop(s->freezer);
	sr_driver_free(s->driver);
	sr_builder_free(s->builder);
	sr_bpf_defs_free(s->defs);
	sr_bpf_events_free(s->events);
	sr_follow_free(s->follow);
	sr_resolver_free(s->resolver);
	sr_insider_free(s->insider);
	free(s->users.ids);
	free(s->groups.ids);
	sr_buf_free(&s->doc);
	sr_losses_free(s->losses);
	free(s->logs);
	free(s);
}

static const struct sr_source_ops ops = {
	.name = "bpf",
	.next = bpf_next,
	.meta = bpf_meta,
	.stats = bpf_stats,
	.stop = bpf_stop,
	.close = bpf_close,
	.snapshot = bpf_snapshot,
};

static int prepare(struct source_bpf *s)
{
	const struct sr_bpf_defs_hooks hooks = { on_thread, on_cgroup, s, s->full_env };
	int rc;

	s->nlogs = sr_driver_ncpu(s->driver) + 1;
	s->logs = calloc(s->nlogs, sizeof(*s->logs));
	if (!s->logs)
		return -ENOMEM;
	for (unsigned int i = 0; i < s->nlogs; i++)
		s->logs[i].time = UINT64_MAX;
	rc = sr_bpf_defs_new(&s->defs, s->nlogs, NULL, &hooks);
	if (rc == 0)
		rc = sr_bpf_events_new(&s->events, s->defs, s->full_env);
	if (rc == 0)
		rc = sr_losses_new(&s->losses, s->defs);
	return rc ? rc : sr_builder_new(&s->builder);
}

static int start_freezer(struct source_bpf *s, const struct sr_source_bpf_opts *opts,
			 struct sr_err *err)
{
	int rc = sr_freezer_start(&s->freezer, s->driver, opts->state, err);

	for (size_t i = 0; rc == 0 && i < opts->nfreeze; i++)
		rc = sr_freezer_add(s->freezer, opts->freeze[i]);
	return rc;
}

/* Containers that patterns select: known as far as possible before recording begins, and once
 * more after it, for those that started in between. */
static int start(struct source_bpf *s, const struct sr_source_bpf_opts *opts, struct sr_err *err)
{
	int rc = 0;

	if (opts->selection)
		rc = sr_follow_new(&s->follow, opts->selection, s->resolver);
	if (rc == 0 && s->follow)
		sr_follow_prepare(s->follow);
	if (rc == 0)
		rc = sr_driver_open(&s->driver, opts->driver, err);
	if (rc == 0)
		rc = prepare(s);
	if (rc == 0 && opts->lossless)
		rc = start_freezer(s, opts, err);
	if (rc == 0 && s->follow) {
		rc = sr_follow_begin(s->follow, s->driver);
		if (rc < 0)
			(void)sr_err_set(err, rc, SR_NO_POS,
					 "cannot see what containers there are: %s", strerror(-rc));
	}
	return rc;
}

int sr_source_bpf_open(struct sr_source **out, const struct sr_source_bpf_opts *opts,
		       struct sr_meta *meta, struct sr_err *err)
{
	const struct sr_resolver_opts ro = { .docker_socket = opts->docker_socket,
					     .runtime_socket = opts->runtime_socket,
					     .watch = true };
	struct source_bpf *s = calloc(1, sizeof(*s));
	int rc;

	if (!s)
		return -ENOMEM;
	s->src = (struct sr_source){ .ops = &ops, .meta = meta };
	s->block_events = opts->block_events ? opts->block_events : DEFAULT_BLOCK_EVENTS;
	s->flush_ms = opts->flush_ms ? opts->flush_ms : DEFAULT_FLUSH_MS;
	s->wait_ms = WAIT_MIN_MS;
	s->full_env = opts->full_env;
	s->child = opts->child;
	s->child_fd = opts->child_fd;
	if (opts->push && sr_push_pred(opts->push) && sr_push_pred(opts->push)->ncgroups)
		s->push = opts->push;
	rc = sr_hostdoc(&s->doc, opts->host_json);
	if (rc) {
		(void)sr_err_set(err, rc, SR_NO_POS, "cannot describe the host");
		goto fail;
	}
	rc = sr_meta_add(meta, (const char *)s->doc.p, s->doc.len, err);
	if (!rc)
		rc = sr_resolver_new(&s->resolver, &ro);
	if (!rc)
		rc = sr_insider_new(&s->insider, NULL);
	if (!rc)
		rc = start(s, opts, err);
	if (!rc && !opts->no_snapshot)
		rc = list(s, err);
	if (rc)
		goto fail;
	*out = &s->src;
	return 0;

fail:
	bpf_close(&s->src);
	return rc;
}
