/* SPDX-License-Identifier: Apache-2.0 */
/* What threads did around certain events, saved into a capture file: for around, spy_logs and
 * spy_syslog. Windows of one thread that touch each other are joined. */
#ifndef AROUND_H
#define AROUND_H

#include "chisels/plugins/plain.h"

#include <inttypes.h>

#define AROUND_MAX 1000 /* windows: each is a part of the filter */

#define AROUND_ARGS(flags_)                                                                 \
	ARG("dump_file_name", STR, NULL, "capture file for what the threads did around it", \
	    .flags = (flags_)),                                                             \
		ARG("dump_range_ms", INT, "1000", "milliseconds before and after")

struct around_window {
	uint64_t tid, from, to;
};

struct around {
	const char *path; /* NULL: nothing is to be saved */
	uint64_t range;
	struct around_window *v;
	size_t n, cap;
};

/** around_init() - take the arguments. Return 0; a negative errno with words. */
static inline int around_init(struct around *a, const struct sysreel_host *h)
{
	const char *path = h->arg_text(h, "dump_file_name");
	int64_t ms = h->arg_int(h, "dump_range_ms");

	if (!*path)
		return 0;
	if (ms < 0 || ms > 1000000000)
		return h->fail(h, -EINVAL, "dump_range_ms: from 0 to 1000000000");
	if (!SYSREEL_HOST_HAS(h, save))
		return h->fail(h, -ENOTSUP, "this sysreel cannot save events for a chisel");
	a->path = path;
	a->range = (uint64_t)ms * 1000000;
	return h->save(h, path, NULL);
}

/** around_add() - something happened. Return 0, -ENOMEM. */
static inline int around_add(struct around *a, uint64_t tid, uint64_t time)
{
	uint64_t from = time > a->range ? time - a->range : 0;

	if (!a->path)
		return 0;
	for (size_t i = a->n; i-- > 0 && i + 64 > a->n;) /* the last ones, for few windows */
		if (a->v[i].tid == tid && a->v[i].to >= from) {
			a->v[i].to = time + a->range;
			return 0;
		}
	if (a->n == a->cap) {
		size_t cap = a->cap ? a->cap * 2 : 64;
		struct around_window *v = realloc(a->v, cap * sizeof(*v));

		if (!v)
			return -ENOMEM;
		a->v = v;
		a->cap = cap;
	}
	a->v[a->n++] = (struct around_window){ tid, from, time + a->range };
	return 0;
}

/** around_save() - ask for the file, if there is to be one. Return 0; a negative errno. */
static inline int around_save(const struct around *a, const struct sysreel_host *h)
{
	struct kit_text filter = { 0 };
	int rc = 0;

	if (!a->path || !a->n)
		return 0;
	if (a->n > AROUND_MAX)
		return h->fail(h, -E2BIG,
			       "%zu moments are too many to save what was around them, at most %d: "
			       "a narrower filter, or a longer dump_range_ms",
			       a->n, AROUND_MAX);
	for (size_t i = 0; rc == 0 && i < a->n; i++)
		rc = kit_printf(&filter,
				"%s(thread.tid=%" PRIu64 " and evt.rawtime>=%" PRIu64
				" and evt.rawtime<=%" PRIu64 ")",
				i ? " or " : "", a->v[i].tid, a->v[i].from, a->v[i].to);
	rc = rc ? rc : h->save(h, a->path, filter.p);
	free(filter.p);
	return rc;
}

/* ---- a table without code that saves, too: one with a column "tid" ---- */

struct around_state {
	const struct sysreel_host *h;
	struct sysreel_table *t;
	struct around around;
	uint16_t tid; /* the field */
};

static inline int around_open(const struct sysreel_host *h, const struct sysreel_table_def *def,
			      void **state)
{
	struct around_state *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	*state = s;
	s->h = h;
	for (uint32_t i = 0; i < def->ncols; i++)
		if (strcmp(def->cols[i].name, "tid") == 0)
			s->tid = def->cols[i].field;
	s->t = h->table_new(h, def);
	return s->t ? around_init(&s->around, h) : h->fail(h, -ENOMEM, NULL);
}

static int around_on_batch(void *state, const struct sysreel_batch *b)
{
	struct around_state *s = state;
	int rc = s->h->table_batch(s->h, s->t, b);

	for (uint32_t row = 0; rc == 0 && row < b->n; row++)
		rc = around_add(&s->around, kit_num(b, s->tid, row), b->time[row]);
	return rc;
}

static int around_finish(void *state)
{
	struct around_state *s = state;

	return around_save(&s->around, s->h);
}

static void around_fini(void *state)
{
	struct around_state *s = state;

	if (s)
		free(s->around.v);
	free(s);
}

/* The chisel's callbacks, and in place of PLAIN_EXPORT() what defines the first of them. */
static int around_begin(const struct sysreel_host *h, void **state);

#define AROUND_CALLS                                                                \
	.init = around_begin, .on_batch = around_on_batch, .finish = around_finish, \
	.fini = around_fini

#define AROUND_EXPORT(chisel, list)                                         \
	static int around_begin(const struct sysreel_host *h, void **state) \
	{                                                                   \
		return around_open(h, (chisel).table, state);               \
	}                                                                   \
	PLAIN_EXPORT(chisel, list, SYSREEL_TABLE_STREAM)

#endif /* AROUND_H */
