/* SPDX-License-Identifier: Apache-2.0 */
/* The driver's logs, one per CPU, merged by time; what is missing from them becomes a row in its
 * place. */
#include "capture/source_bpf_impl.h"
#include "formats/base/log.h"

#include <errno.h>
#include <string.h>

#define BLOCK_BYTES (32u << 20) /* a block with large payloads ends earlier */

/* ---- records ---- */

/* The container at @path, if it is not the one that was found so last. */
static bool is_new_end(struct source_bpf *s, const char *path, size_t len, struct sr_cgroup_id *id)
{
	if (!s->resolver || !sr_cgroup_parse(path, len, id) || strcmp(s->gone, id->id) == 0)
		return false;
	memcpy(s->gone, id->id, id->id_len + 1);
	return true;
}

/* A container has ended when its first process has, or when its cgroup goes: one in each
 * hierarchy. */
static void on_end(struct source_bpf *s, const struct sr_event_in *ev)
{
	const struct sr_thread_def *t = ev->thread;
	const struct sr_str *cg = t && t->cgroup ? &t->cgroup->path : NULL;
	const struct sr_arg *path = &ev->args[2];
	int kind = ev->type->xevent;
	struct sr_cgroup_id id;

	if (kind == SR_X_PROCEXIT && cg && t->t.vpid == 1 && t->t.tid == t->t.pid &&
	    is_new_end(s, cg->p, cg->len, &id)) {
		sr_resolver_gone(s->resolver, id.runtime, id.id, id.uid);
		s->gone[0] = '\0'; /* its cgroup goes later: what is said by then counts */
	} else if (kind == SR_X_CGROUP_RMDIR && ev->nargs > 2 && path->data &&
		   is_new_end(s, path->data, path->len, &id)) {
		sr_resolver_gone(s->resolver, id.runtime, id.id, id.uid);
	}
}

/* Until its first call has returned, the child that becomes what is recorded is still us. */
static bool is_wait(struct source_bpf *s, const struct sr_event_in *ev)
{
	if (!ev->thread || ev->thread->t.pid != s->child || ev->flags & SR_F_STATE)
		return false;
	s->child = 0;
	return ev->type == sr_type_by_name("read", 4) && ev->ret == 1 &&
	       ev->args[0].val == (uint64_t)s->child_fd;
}

static int add_event(struct source_bpf *s, unsigned int log, const struct sr_log_record *rec)
{
	struct sr_event_in *ev;
	int rc = sr_bpf_events_read(s->events, log, rec->p, rec->len, &ev);

	if (rc)
		return rc;
	if (s->child && is_wait(s, ev))
		return 0;
	ev->cpu = log + 1 < s->nlogs ? (uint16_t)log
				     : 0; /* the iterators are on no CPU of interest */
	if (ev->type && ev->type->xevent >= 0)
		on_end(s, ev);
	return sr_builder_add(s->builder, ev);
}

int sr_live_add_loss(struct source_bpf *s)
{
	uint64_t count;
	int rc = sr_losses_take(s->losses, s->builder, &count);

	s->stats.lost += count;
	return rc;
}

/* ---- looking at the logs ---- */

/* Records of log @i are missing: a gap in its place. What it defined is not known any more. */
static int note_gap(struct source_bpf *s, unsigned int i, const struct sr_log_record *gap)
{
	const struct sr_loss loss = {
		.time = gap->to > s->before ? gap->to : s->before,
		.first = gap->from,
		.count = gap->events,
		.cpu = i + 1 < s->nlogs ? (uint16_t)i : 0,
		.cause = SR_LOSS_UNREADABLE,
		.class = SR_EC_UNKNOWN,
	};

	s->gap = true;
	if (gap->defs) {
		sr_bpf_defs_forget(s->defs, i);
		sr_driver_define_anew(s->driver, i);
	}
	return sr_losses_note(s->losses, &loss);
}

/* A record that is no event. */
static int take_definition(struct source_bpf *s, unsigned int i, const struct sr_log_record *rec)
{
	int rc = sr_bpf_defs_add(s->defs, i, rec->p, rec->len);

	if (rc == -EBADMSG) {
		sr_driver_unread(s->driver, i);
		sr_bpf_defs_forget(s->defs, i);
		rc = 0;
	}
	return rc;
}

/* Go on to the next event of a log, taking in the definitions on the way. */
static int advance(struct source_bpf *s, unsigned int i)
{
	struct log *l = &s->logs[i];
	struct sr_rec_event r;
	int rc = 0;

	l->time = UINT64_MAX;
	while (!rc) {
		switch (sr_driver_next(s->driver, i, &l->rec)) {
		case 0:
			return 0;
		case 2:
			rc = note_gap(s, i, &l->rec);
			continue;
		default:
			break;
		}
		memcpy(&r, l->rec.p, sizeof(struct sr_rec_head));
		if (r.h.nr < SR_DEF_THREAD && l->rec.len >= sizeof(r)) {
			memcpy(&r, l->rec.p, sizeof(r));
			l->time = r.time;
			return 0;
		}
		rc = take_definition(s, i, &l->rec);
	}
	return rc;
}

static void on_loss(void *arg, const struct sr_driver_loss *l)
{
	struct source_bpf *s = arg;
	const struct sr_loss loss = {
		.time = l->last < s->until ? l->last : s->until,
		.first = l->first,
		.count = l->count,
		.cgroup = l->cgroup,
		.cgroup1 = l->cgroup1,
		.cpu = (uint16_t)l->log,
		.cause = l->cause,
		.class = l->class,
	};

	if (sr_losses_note(s->losses, &loss))
		s->unnoted += loss.count;
}

/* For how long everything was held up meanwhile. */
static int note_frozen(struct source_bpf *s)
{
	struct sr_loss l = { .frozen = true };
	int rc = sr_freezer_check(s->freezer);

	if (rc)
		sr_driver_not_held(s->driver);
	if (rc == -EPIPE)
		sr_log(SR_LOG_WARN,
		       "the process that freezes has ended: from now on, what there is "
		       "no room for is lost");
	else if (rc == -ETIMEDOUT)
		sr_log(SR_LOG_WARN,
		       "everything was frozen for too long, nobody read the logs: from "
		       "now on, what there is no room for is lost");
	while (sr_freezer_next(s->freezer, &l.first, &l.time)) {
		s->stats.frozen++;
		s->stats.frozen_ns += l.time - l.first;
		l.count = l.time - l.first;
		l.time = l.time > s->before ? l.time : s->before;
		if (sr_losses_note(s->losses, &l))
			return -ENOMEM;
	}
	return 0;
}

int sr_live_look(struct source_bpf *s)
{
	int rc;

	if (s->until != FOREVER)
		s->before = s->until;
	s->settled = sr_driver_sync(s->driver, &s->until);
	sr_driver_losses(s->driver, on_loss, s);
	if (s->freezer && (rc = note_frozen(s)))
		return rc;
	for (unsigned int i = 0; i < s->nlogs; i++) {
		if (s->logs[i].time != UINT64_MAX)
			continue;
		rc = advance(s, i);
		if (rc)
			return rc;
	}
	s->more = true;
	return 0;
}

/* The log with the oldest event, and the time of the runner-up. */
static unsigned int oldest(const struct source_bpf *s, uint64_t *second)
{
	unsigned int best = 0;

	*second = UINT64_MAX;
	for (unsigned int i = 1; i < s->nlogs; i++) {
		if (s->logs[i].time < s->logs[best].time) {
			*second = s->logs[best].time;
			best = i;
		} else if (s->logs[i].time < *second) {
			*second = s->logs[i].time;
		}
	}
	return best;
}

bool sr_live_block_is_full(const struct source_bpf *s)
{
	return sr_builder_count(s->builder) >= s->block_events ||
	       sr_builder_bytes(s->builder) >= BLOCK_BYTES;
}

/* Between two looks at how large the block is. */
#define RUN 256u

/* Events of one log up to @limit, which others may have events at too. */
static int take_run(struct source_bpf *s, unsigned int i, uint64_t limit)
{
	uint32_t room = s->block_events - sr_builder_count(s->builder);
	struct log *l = &s->logs[i];
	int rc;

	for (uint32_t n = room < RUN ? room : RUN; n; n--) {
		rc = add_event(s, i, &l->rec);
		if (rc == -ENOMEM)
			return rc;
		if (rc)
			sr_driver_unread(s->driver, i);
		rc = advance(s, i);
		if (rc)
			return rc;
		if (l->time > limit || l->time >= s->until || s->gap)
			break;
	}
	return 0;
}

int sr_live_merge(struct source_bpf *s)
{
	while (!sr_live_block_is_full(s)) {
		uint64_t second, next_loss = sr_losses_next(s->losses);
		unsigned int i = oldest(s, &second);
		int rc;

		if (next_loss != UINT64_MAX && next_loss <= s->logs[i].time) {
			rc = sr_live_add_loss(s);
			if (rc)
				return rc;
			continue;
		}
		s->gap = false;
		if (s->logs[i].time >= s->until) {
			s->more = false;
			return 0;
		}
		rc = take_run(s, i, second < next_loss ? second : next_loss);
		if (rc)
			return rc;
	}
	return 0;
}
