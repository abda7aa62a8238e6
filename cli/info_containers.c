/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/info_containers.h"

#include "capture/engine.h"
#include "capture/rows.h"
#include "capture/sink_print.h"
#include "cli/pass.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What happened in one container. */
struct seen {
	const struct sr_container *c;
	uint64_t events, lost;
	uint64_t first, last; /* CLOCK_MONOTONIC */
};

struct table {
	struct pass p;
	const struct opts *o;
	struct seen *seen;
	size_t nseen;
	struct seen **by_thread; /* scratch of one block */
	size_t nthreads;
};

enum {
	ID,
	NAME,
	IMAGE,
	RUNTIME,
	STATE,
	STATUS,
	FIRST,
	LAST,
	EVENTS,
	LOST,
	NCOLUMNS
};

struct row {
	const char *cells[NCOLUMNS]; /* owned */
};

/* ---- counting ---- */

static struct seen *find(struct table *t, const struct sr_container *c)
{
	struct seen *p;

	for (size_t i = 0; i < t->nseen; i++)
		if (t->seen[i].c == c)
			return &t->seen[i];
	p = reallocarray(t->seen, t->nseen + 1, sizeof(*p));
	if (!p)
		return NULL;
	t->seen = p;
	p[t->nseen] = (struct seen){ .c = c };
	return &p[t->nseen++];
}

static int find_threads(struct table *t, const struct sr_block *b)
{
	if (b->nthreads > t->nthreads) {
		struct seen **p = reallocarray(t->by_thread, b->nthreads, sizeof(*p));

		if (!p)
			return -ENOMEM;
		t->by_thread = p;
		t->nthreads = b->nthreads;
	}
	/* twice: the first round may move the list */
	for (int round = 0; round < 2; round++)
		for (uint32_t i = 0; i < b->nthreads; i++) {
			const struct sr_container *c = b->cgroups[b->threads[i].cgroup].container;

			t->by_thread[i] = c ? find(t, c) : NULL;
			if (c && !t->by_thread[i])
				return -ENOMEM;
		}
	return 0;
}

static int count_block(struct sr_block *b, void *arg)
{
	struct table *t = arg;
	struct sr_rows_gap gap;
	int rc = sr_enrich(b, t->p.meta, NULL);

	if (rc == 0 && sr_rows_has(b, SR_X_LOST))
		rc = sr_block_load(b, SR_NEED_ARGS | SR_NEED_CPU, NULL);
	if (rc == 0)
		rc = find_threads(t, b);
	if (rc < 0 || !b->nthreads)
		return rc;
	for (uint32_t i = 0; i < b->n; i++) {
		struct seen *s = t->by_thread[b->thread[i]];

		if (s && sr_rows_is(b, i, SR_X_LOST)) {
			sr_rows_gap(b, i, &gap);
			s->lost += gap.count;
		}
		if (!s || !sr_rows_happened(sr_block_type_of(b, i)))
			continue;
		if (!s->events++ || b->time[i] < s->first)
			s->first = b->time[i];
		if (b->time[i] > s->last)
			s->last = b->time[i];
	}
	return 0;
}

/* Containers that only documents tell of; and in the order in which they did something. */
static int add_silent(struct table *t)
{
	for (size_t i = 0; i < sr_meta_containers(t->p.meta); i++)
		if (!find(t, sr_meta_container_at(t->p.meta, i)))
			return -ENOMEM;
	return 0;
}

static int by_first(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	if (!x->events != !y->events)
		return x->events ? -1 : 1;
	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return strcmp(x->c->id, y->c->id);
}

/* ---- what the runtime said last ---- */

static const struct cJSON *state_of(const struct sr_container *c)
{
	return cJSON_GetObjectItemCaseSensitive(sr_container_words(c), "State");
}

/* "running", "exited (1)", "running (healthy)" */
static void put_status(struct sr_buf *out, const struct sr_container *c)
{
	const struct cJSON *state = state_of(c);
	const char *status = json_str(state, "Status");
	const char *health = json_str(cJSON_GetObjectItemCaseSensitive(state, "Health"), "Status");

	sr_buf_puts(out, *status ? status : "-");
	if (strcmp(status, "exited") == 0 || strcmp(status, "stopped") == 0 ||
	    strcmp(status, "dead") == 0)
		sr_buf_printf(out, " (%llu)", (unsigned long long)json_u64(state, "ExitCode"));
	else if (*health && strcmp(health, "none") != 0)
		sr_buf_printf(out, " (%s)", health);
}

static const char *state_name(const struct sr_container *c)
{
	static const char *const names[] = { "unknown", "pending", "resolved" };

	return names[c->state];
}

/* ---- text ---- */

static void put_when(struct sr_buf *out, const struct table *t, const struct seen *s, uint64_t mono)
{
	int32_t tz = t->o->utc ? 0 : sr_meta_tz_offset(t->p.meta);
	uint64_t wall = sr_meta_wall(t->p.meta, mono);
	time_t sec = (time_t)(wall / 1000000000u) + tz;
	struct tm tm = { 0 };

	if (!s->events) {
		sr_buf_putc(out, '-');
		return;
	}
	(void)gmtime_r(&sec, &tm); /* cannot fail: less than 2^35 seconds */
	sr_buf_printf(out, "%04d-%02d-%02d ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
	sr_clock_text(wall, tz, out);
	out->len -= 6; /* milliseconds are enough */
}

static void put_text(struct sr_buf *out, const char *s)
{
	sr_buf_clean(out, s, strlen(s));
}

static char *cell(const struct table *t, const struct seen *s, int column)
{
	char n[HUMAN_LEN];
	struct sr_buf b = { 0 };
	char *text;

	switch (column) {
	case ID:
		put_text(&b, s->c->id);
		if (b.len > 12 && strlen(s->c->id) >= 32)
			b.len = 12;
		break;
	case NAME:
		put_text(&b, *s->c->name ? s->c->name : "-");
		break;
	case IMAGE:
		put_text(&b, *s->c->image ? s->c->image : "-");
		break;
	case RUNTIME:
		put_text(&b, *s->c->runtime ? s->c->runtime : "-");
		break;
	case STATE:
		sr_buf_puts(&b, state_name(s->c));
		break;
	case STATUS:
		put_status(&b, s->c);
		break;
	case FIRST:
		put_when(&b, t, s, s->first);
		break;
	case LAST:
		put_when(&b, t, s, s->last);
		break;
	case EVENTS:
		sr_buf_puts(&b, human_count(s->events, n));
		break;
	default:
		sr_buf_puts(&b, human_count(s->lost, n));
		break;
	}
	text = strdup(sr_buf_cstr(&b));
	sr_buf_free(&b);
	return text;
}

static void put_row(struct sr_buf *out, const char *const *cells, const size_t *width)
{
	for (int i = 0; i < NCOLUMNS; i++) {
		const char *s = cells[i] ? cells[i] : "";

		if (i >= EVENTS)
			sr_buf_printf(out, "%*s%s", (int)width[i], s, i == LOST ? "\n" : "  ");
		else
			sr_buf_printf(out, "%-*s  ", (int)width[i], s);
	}
}

static void put_table(struct sr_buf *out, const struct table *t)
{
	static const char *const head[NCOLUMNS] = { "ID",     "NAME",  "IMAGE", "RUNTIME", "STATE",
						    "STATUS", "FIRST", "LAST",	"EVENTS",  "LOST" };
	struct row *rows = calloc(t->nseen + 1, sizeof(*rows));
	size_t width[NCOLUMNS];

	out->oom |= !rows;
	for (int i = 0; i < NCOLUMNS; i++)
		width[i] = strlen(head[i]);
	for (size_t r = 0; rows && r < t->nseen; r++)
		for (int i = 0; i < NCOLUMNS; i++) {
			size_t n;

			rows[r].cells[i] = cell(t, &t->seen[r], i);
			n = rows[r].cells[i] ? strlen(rows[r].cells[i]) : 0;
			width[i] = n > width[i] ? n : width[i];
		}
	put_row(out, head, width);
	for (size_t r = 0; rows && r < t->nseen; r++) {
		put_row(out, rows[r].cells, width);
		for (int i = 0; i < NCOLUMNS; i++)
			free((void *)rows[r].cells[i]);
	}
	free(rows);
}

/* ---- JSON ---- */

static void add_when(struct cJSON *o, const char *key, const struct table *t, const struct seen *s,
		     uint64_t mono)
{
	struct sr_buf text = { 0 };

	if (!s->events) {
		(void)cJSON_AddNullToObject(o, key);
		return;
	}
	sr_iso_text(sr_meta_wall(t->p.meta, mono), &text);
	(void)cJSON_AddStringToObject(o, key, sr_buf_cstr(&text));
	sr_buf_free(&text);
}

static void put_json(struct sr_buf *out, const struct table *t)
{
	struct cJSON *list = cJSON_CreateArray();
	char *text;

	for (size_t i = 0; i < t->nseen; i++) {
		const struct seen *s = &t->seen[i];
		struct cJSON *o = cJSON_CreateObject();
		struct sr_buf status = { 0 };

		put_status(&status, s->c);
		(void)cJSON_AddStringToObject(o, "id", s->c->id);
		(void)cJSON_AddStringToObject(o, "name", s->c->name);
		(void)cJSON_AddStringToObject(o, "image", s->c->image);
		(void)cJSON_AddStringToObject(o, "runtime", s->c->runtime);
		(void)cJSON_AddStringToObject(o, "state", state_name(s->c));
		(void)cJSON_AddStringToObject(o, "why", s->c->why);
		(void)cJSON_AddStringToObject(o, "status", sr_buf_cstr(&status));
		add_when(o, "first", t, s, s->first);
		add_when(o, "last", t, s, s->last);
		json_add_u64(o, "events", s->events);
		json_add_u64(o, "lost", s->lost);
		(void)cJSON_AddItemToArray(list, o);
		sr_buf_free(&status);
	}
	text = cJSON_PrintUnformatted(list);
	if (text)
		sr_buf_puts(out, text);
	else
		out->oom = true;
	sr_buf_putc(out, '\n');
	cJSON_free(text);
	cJSON_Delete(list);
}

int info_containers(struct opts *o)
{
	struct table t = { .o = o };
	struct sr_buf out = { 0 };
	int rc = pass_open(&t.p, o);

	if (rc == 0)
		rc = pass_run(&t.p, SR_NEED_THREAD | SR_NEED_TYPE | SR_NEED_TIME | SR_NEED_DICTS,
			      count_block, &t);
	if (rc == 0 && add_silent(&t) < 0)
		rc = fail("out of memory");
	if (rc == 0) {
		if (t.nseen)
			qsort(t.seen, t.nseen, sizeof(*t.seen), by_first);
		if (o->json)
			put_json(&out, &t);
		else
			put_table(&out, &t);
		rc = print_buf(&out);
	}
	pass_close(&t.p);
	free(t.seen);
	free(t.by_thread);
	return rc;
}
