/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/follow.h"

#include "container/cgroup.h"
#include "formats/base/clock.h"
#include "formats/strtab.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The driver records every new cgroup at once, because the first program of a container runs
 * before anybody can say what the container is called. Blocks with events of which that is not
 * known wait here, and all later ones behind them, so that the order stays. */

/* Cgroups that are remembered; those that are settled are forgotten then: should one be told of
 * again, it is settled once more. */
#define MAX_CGROUPS    65536u
#define MAX_HELD_BYTES ((size_t)64 << 20)
#define MAX_HELD_NS    15000000000ull /* the resolver has given up by then */
#define ASK_BEFORE_MS  2000

struct cgroup {
	char *path; /* NULL: settled, the driver knows what to do with it */
	uint32_t len;
};

struct held {
	struct held *next;
	struct sr_builder *events;
	uint64_t since;
};

struct document {
	struct document *next;
	struct sr_buf json;
};

struct sr_follow {
	struct sr_selection *selection;
	struct sr_resolver *resolver;
	struct sr_driver *driver;
	bool includes;
	struct sr_strtab keys;	/* cgroups that were met: struct sr_driver_cgroup */
	struct cgroup *cgroups; /* by number in @keys */
	size_t cgroups_cap;
	uint32_t *unsettled; /* numbers */
	size_t nunsettled, unsettled_cap;
	struct document *docs, **docs_end;
	struct held *first, **end;
	size_t held_bytes;
	struct held *given;	/* was handed out as it is */
	struct sr_builder *out; /* or what is wanted of it */
	uint8_t *by_thread;	/* scratch: enum sr_verdict of a block's threads */
	uint64_t *sel;
	size_t threads_cap, sel_cap;
	struct sr_follow_loss loss;
};

/* ---- telling the driver ---- */

/* Say what is known of one cgroup. Return whether that settles it. */
static bool settle(struct sr_follow *f, const struct sr_driver_cgroup *key, const struct cgroup *c,
		   bool known)
{
	const struct sr_str path = { c->path, c->len };
	enum sr_verdict maybe = sr_selection_verdict(f->selection, &path, 1, true);
	enum sr_verdict certain = sr_selection_excludes(f->selection)
					  ? sr_selection_verdict(f->selection, &path, 1, false)
					  : SR_VERDICT_YES;

	if (certain == SR_VERDICT_NO)
		(void)sr_driver_targets_add(f->driver, key, 1, SR_DRIVER_REFUSE, false);
	else if (!f->includes)
		return certain == SR_VERDICT_YES;
	else if (maybe == SR_VERDICT_YES)
		(void)sr_driver_targets_add(f->driver, key, 1, SR_DRIVER_RECORD, known);
	else if (maybe == SR_VERDICT_NO)
		sr_driver_targets_remove(f->driver, key, 1);
	else
		return false;
	return true;
}

/* Something came to be known: go through those that waited for it. */
static void settle_all(struct sr_follow *f)
{
	size_t kept = 0;

	if (!f->driver)
		return;
	for (size_t i = 0; i < f->nunsettled; i++) {
		struct cgroup *c = &f->cgroups[f->unsettled[i]];
		struct sr_driver_cgroup key;

		memcpy(&key, f->keys.strs[f->unsettled[i]].p, sizeof(key));
		if (!settle(f, &key, c, true)) {
			f->unsettled[kept++] = f->unsettled[i];
			continue;
		}
		free(c->path);
		c->path = NULL;
	}
	f->nunsettled = kept;
}

struct kept {
	struct sr_driver_cgroup key;
	struct cgroup c;
};

/* Remember what is not settled, and nothing else. */
static int forget_settled(struct sr_follow *f)
{
	struct kept *kept = calloc(f->nunsettled + 1, sizeof(*kept));
	int64_t to = 0;

	if (!kept)
		return -ENOMEM;
	for (size_t i = 0; i < f->nunsettled; i++) {
		memcpy(&kept[i].key, f->keys.strs[f->unsettled[i]].p, sizeof(kept[i].key));
		kept[i].c = f->cgroups[f->unsettled[i]];
	}
	memset(f->cgroups, 0, f->cgroups_cap * sizeof(*f->cgroups));
	if (sr_strtab_reset(&f->keys, MAX_CGROUPS) < 0)
		to = -ENOMEM;
	for (size_t i = 0; i < f->nunsettled; i++) {
		if (to >= 0)
			to = sr_strtab_intern(&f->keys, &kept[i].key, sizeof(kept[i].key));
		if (to < 0) {
			free(kept[i].c.path);
			continue;
		}
		f->cgroups[to] = kept[i].c;
		f->unsettled[i] = (uint32_t)to;
	}
	if (to < 0)
		f->nunsettled = 0;
	free(kept);
	return to < 0 ? -ENOMEM : 0;
}

/* The number of a cgroup if it was not met before; 0 if it was, or without memory. */
static uint32_t new_cgroup(struct sr_follow *f, uint64_t id, uint32_t hierarchy)
{
	struct sr_driver_cgroup key;
	uint32_t known;
	int64_t i;

	if (f->keys.n >= MAX_CGROUPS && f->nunsettled < MAX_CGROUPS / 2 && forget_settled(f) < 0)
		return 0;
	known = f->keys.n;
	memset(&key, 0, sizeof(key)); /* the padding is part of the key */
	key.id = id;
	key.hierarchy = hierarchy;
	i = sr_strtab_intern(&f->keys, &key, sizeof(key));
	if (i < known)
		return 0;
	if ((size_t)i >= f->cgroups_cap) {
		size_t cap = f->cgroups_cap ? f->cgroups_cap * 2 : 256;
		struct cgroup *p = reallocarray(f->cgroups, cap, sizeof(*p));

		if (!p)
			return 0;
		memset(p + f->cgroups_cap, 0, (cap - f->cgroups_cap) * sizeof(*p));
		f->cgroups = p;
		f->cgroups_cap = cap;
	}
	return (uint32_t)i;
}

static void wait_for(struct sr_follow *f, uint32_t i)
{
	if (f->nunsettled == f->unsettled_cap) {
		size_t cap = f->unsettled_cap ? f->unsettled_cap * 2 : 64;
		uint32_t *p = reallocarray(f->unsettled, cap, sizeof(*p));

		if (!p)
			return; /* stays recorded, its events are told apart in any case */
		f->unsettled = p;
		f->unsettled_cap = cap;
	}
	f->unsettled[f->nunsettled++] = i;
}

/* A cgroup was met. @known: the driver has it as a target already, or as none. */
static void meet(struct sr_follow *f, const struct sr_driver_cgroup *key, const char *path,
		 size_t len, bool known)
{
	uint32_t i = new_cgroup(f, key->id, key->hierarchy);
	struct cgroup *c;

	if (!i)
		return;
	c = &f->cgroups[i];
	c->path = strndup(path, len);
	c->len = (uint32_t)len;
	if (!c->path)
		return;
	if (settle(f, key, c, known)) {
		free(c->path);
		c->path = NULL;
		return;
	}
	if (!known && f->includes)
		(void)sr_driver_targets_add(f->driver, key, 1, SR_DRIVER_MAYBE, false);
	wait_for(f, i);
}

static void ask(struct sr_follow *f, const char *path, size_t len)
{
	struct sr_cgroup_id id;

	while (len && sr_cgroup_parse(path, len, &id)) {
		const char *slash = memrchr(path, '/', len);

		sr_resolver_ask_user(f->resolver, id.runtime, id.id, id.uid);
		len = slash ? (size_t)(slash - path) : 0;
	}
}

void sr_follow_cgroup(struct sr_follow *f, const struct sr_cgroup_def *c)
{
	const struct sr_driver_cgroup key = { c->c.id, c->c.hierarchy };

	ask(f, c->path.p, c->path.len);
	meet(f, &key, c->path.p, c->path.len, true);
}

/* Threads that are recorded whatever the patterns say: then their container is told of, too. */
void sr_follow_thread(struct sr_follow *f, const struct sr_thread_def *t)
{
	struct sr_str paths[2];
	size_t n = 0;

	if (t->t.id & SR_ID_MAYBE)
		return;
	if (t->cgroup)
		paths[n++] = t->cgroup->path;
	if (t->cgroup1)
		paths[n++] = t->cgroup1->path;
	(void)sr_selection_verdict(f->selection, paths, n, false); /* for what it notes */
}

/* ---- what there is when recording begins ---- */

static void ask_one(void *arg, const char *runtime, const char *id,
		    const struct sr_target_cgroup *cg)
{
	struct sr_follow *f = arg;

	(void)runtime, (void)id;
	ask(f, cg->path, strlen(cg->path));
}

static void add_one(void *arg, const char *runtime, const char *id,
		    const struct sr_target_cgroup *cg)
{
	const struct sr_driver_cgroup key = { cg->id, cg->hierarchy };

	ask_one(arg, runtime, id, cg);
	meet(arg, &key, cg->path, strlen(cg->path), false);
}

/* A runtime has told a name after it had been given up. */
static void settle_late(void *arg, const char *runtime, const char *id,
			const struct sr_target_cgroup *cg)
{
	const struct sr_driver_cgroup key = { cg->id, cg->hierarchy };
	struct cgroup c = { .path = (char *)cg->path, .len = (uint32_t)strlen(cg->path) };
	struct sr_follow *f = arg;

	(void)runtime, (void)id;
	(void)settle(f, &key, &c, false);
}

static void learn(struct sr_follow *f)
{
	uint64_t late = sr_selection_late(f->selection);
	struct sr_buf json = { 0 };

	while (sr_resolver_poll(f->resolver, &json) == 1) {
		struct document *d;

		if (sr_selection_document(f->selection, (const char *)json.p, json.len) ==
			    SR_VERDICT_YES &&
		    (d = calloc(1, sizeof(*d)))) {
			d->json = json;
			json = (struct sr_buf){ 0 };
			*f->docs_end = d;
			f->docs_end = &d->next;
		}
		json.len = 0;
	}
	sr_buf_free(&json);
	settle_all(f);
	if (f->driver && sr_selection_late(f->selection) != late)
		(void)sr_target_each(NULL, settle_late, f); /* without /proc: later ones only */
}

void sr_follow_prepare(struct sr_follow *f)
{
	(void)sr_target_each(NULL, ask_one, f); /* without /proc there is nothing to follow */
	(void)sr_resolver_drain(f->resolver, ASK_BEFORE_MS);
	learn(f);
}

int sr_follow_begin(struct sr_follow *f, struct sr_driver *driver)
{
	f->driver = driver;
	return sr_target_each(NULL, add_one, f);
}

enum sr_verdict sr_follow_wants(struct sr_follow *f, const char *id)
{
	return sr_selection_container(f->selection, id);
}

int sr_follow_document(struct sr_follow *f, struct sr_buf *out)
{
	struct document *d;

	learn(f);
	d = f->docs;
	if (!d)
		return 0;
	f->docs = d->next;
	if (!f->docs)
		f->docs_end = &f->docs;
	sr_buf_put(out, d->json.p, d->json.len);
	sr_buf_free(&d->json);
	free(d);
	return 1;
}

/* ---- events ---- */

static int reserve(struct sr_follow *f, const struct sr_block *b)
{
	size_t words = SR_SEL_WORDS(b->n);

	if (b->nthreads > f->threads_cap) {
		uint8_t *p = realloc(f->by_thread, b->nthreads);

		if (!p)
			return -ENOMEM;
		f->by_thread = p;
		f->threads_cap = b->nthreads;
	}
	if (words > f->sel_cap) {
		uint64_t *p = reallocarray(f->sel, words, sizeof(*p));

		if (!p)
			return -ENOMEM;
		f->sel = p;
		f->sel_cap = words;
	}
	return 0;
}

static enum sr_verdict judge(struct sr_follow *f, const struct sr_block *b,
			     const struct sr_thread *t)
{
	struct sr_str paths[2] = { b->strs[b->cgroups[t->cgroup].path],
				   b->strs[b->cgroups[t->cgroup1].path] };

	return sr_selection_verdict(f->selection, paths, 2, t->id & SR_ID_MAYBE);
}

/* Number of rows of a block with each verdict. */
struct tally {
	uint32_t n[3];
	uint64_t first, last; /* times of undecided rows */
};

/* Select the rows with a verdict in @take (bits). Entry 0 of the threads stands for what no
 * thread did, gaps above all: that is wanted. */
static int judge_rows(struct sr_follow *f, const struct sr_block *b, unsigned int take,
		      struct tally *out)
{
	*out = (struct tally){ 0 };
	if (reserve(f, b) < 0)
		return -ENOMEM;
	for (uint32_t i = 0; i < b->nthreads; i++)
		f->by_thread[i] = i ? judge(f, b, &b->threads[i]) : SR_VERDICT_YES;
	memset(f->sel, 0, SR_SEL_WORDS(b->n) * sizeof(*f->sel));
	for (uint32_t i = 0; i < b->n; i++) {
		unsigned int verdict = f->by_thread[b->thread[i]];

		out->n[verdict]++;
		if (take >> verdict & 1)
			f->sel[i / 64] |= 1ull << (i % 64);
		if (verdict != SR_VERDICT_PENDING)
			continue;
		out->last = b->time[i];
		out->first = out->first ? out->first : out->last;
	}
	return 0;
}

#define TAKE(verdict) (1u << SR_VERDICT_##verdict)

static int hold(struct sr_follow *f, struct sr_block *b, struct sr_err *err)
{
	struct held *h = calloc(1, sizeof(*h));
	int rc = h ? sr_builder_new(&h->events) : -ENOMEM;

	if (rc == 0)
		rc = sr_builder_copy(h->events, b, f->sel, err);
	if (rc < 0) {
		if (h)
			sr_builder_free(h->events);
		free(h);
		return rc;
	}
	h->since = sr_now_ns();
	f->held_bytes += sr_builder_bytes(h->events);
	*f->end = h;
	f->end = &h->next;
	return 0;
}

int sr_follow_put(struct sr_follow *f, struct sr_block *b, struct sr_err *err)
{
	struct tally t;
	int rc = judge_rows(f, b, TAKE(YES) | TAKE(PENDING), &t);

	if (rc < 0)
		return rc;
	if (!f->first && t.n[SR_VERDICT_YES] == b->n)
		return 1;
	return t.n[SR_VERDICT_YES] + t.n[SR_VERDICT_PENDING] ? hold(f, b, err) : 0;
}

static void held_free(struct held *h)
{
	if (!h)
		return;
	sr_builder_free(h->events);
	free(h);
}

static bool must_go(const struct sr_follow *f, bool last)
{
	return last || f->held_bytes > MAX_HELD_BYTES ||
	       sr_now_ns() - f->first->since > MAX_HELD_NS;
}

static struct held *pop(struct sr_follow *f)
{
	struct held *h = f->first;

	f->first = h->next;
	if (!f->first)
		f->end = &f->first;
	f->held_bytes -= sr_builder_bytes(h->events);
	return h;
}

static void note_loss(struct sr_follow *f, const struct tally *t)
{
	if (!t->n[SR_VERDICT_PENDING])
		return;
	f->loss.first = f->loss.count ? f->loss.first : t->first;
	f->loss.last = t->last;
	f->loss.count += t->n[SR_VERDICT_PENDING];
}

/* The wanted rows of @h, which was taken off the list. Return 1; 0 there are none. */
static int give(struct sr_follow *f, struct held *h, const struct tally *t, struct sr_block **out,
		struct sr_err *err)
{
	struct sr_block *b = sr_builder_block(h->events);
	int rc = 1;

	note_loss(f, t);
	if (t->n[SR_VERDICT_YES] == b->n) {
		f->given = h;
		*out = b;
		return 1;
	}
	if (!t->n[SR_VERDICT_YES]) {
		held_free(h);
		return 0;
	}
	sr_builder_reset(f->out);
	rc = sr_builder_copy(f->out, b, f->sel, err);
	held_free(h);
	*out = rc < 0 ? NULL : sr_builder_block(f->out);
	return rc < 0 ? rc : 1;
}

int sr_follow_take(struct sr_follow *f, bool last, struct sr_block **out, struct sr_err *err)
{
	int rc = 0;

	held_free(f->given);
	f->given = NULL;
	while (rc == 0 && f->first) {
		struct tally t;

		rc = judge_rows(f, sr_builder_block(f->first->events), TAKE(YES), &t);
		if (rc < 0)
			return rc;
		if (t.n[SR_VERDICT_PENDING] && !must_go(f, last))
			return 0;
		rc = give(f, pop(f), &t, out, err);
	}
	return rc;
}

bool sr_follow_waits(const struct sr_follow *f)
{
	return f->first != NULL;
}

void sr_follow_loss(struct sr_follow *f, struct sr_follow_loss *out)
{
	*out = f->loss;
	f->loss = (struct sr_follow_loss){ 0 };
}

/* ---- beginning and end ---- */

int sr_follow_new(struct sr_follow **out, struct sr_selection *selection,
		  struct sr_resolver *resolver)
{
	struct sr_follow *f = calloc(1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	f->selection = selection;
	f->resolver = resolver;
	f->includes = sr_selection_includes(selection);
	f->docs_end = &f->docs;
	f->end = &f->first;
	if (sr_strtab_reset(&f->keys, MAX_CGROUPS) < 0 || sr_builder_new(&f->out) < 0) {
		sr_follow_free(f);
		return -ENOMEM;
	}
	*out = f;
	return 0;
}

void sr_follow_free(struct sr_follow *f)
{
	struct document *d;

	if (!f)
		return;
	while (f->first)
		held_free(pop(f));
	held_free(f->given);
	while ((d = f->docs)) {
		f->docs = d->next;
		sr_buf_free(&d->json);
		free(d);
	}
	for (size_t i = 0; i < f->nunsettled; i++)
		free(f->cgroups[f->unsettled[i]].path);
	sr_builder_free(f->out);
	sr_strtab_free(&f->keys);
	free(f->cgroups);
	free(f->unsettled);
	free(f->by_thread);
	free(f->sel);
	free(f);
}
