/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/trigger.h"
#include "capture/rows.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_NS	     3600000000000ull
#define NAME_MAX_LEN 40

static const struct sr_trigger_known known[] = {
#define TRIGGER(name, filter, help) { name, filter, help },
#include "capture/triggers.def"
#undef TRIGGER
};

const struct sr_trigger_known *sr_trigger_known(size_t i)
{
	return i < sizeof(known) / sizeof(known[0]) ? &known[i] : NULL;
}

/* ---- making ---- */

static const struct sr_trigger_known *find_known(const char *name)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].name, name) == 0)
			return &known[i];
	return NULL;
}

/* Length of the name at the start of @text; 0 if there is none. */
static size_t name_len(const char *text)
{
	size_t n = 0;

	while (isalnum((unsigned char)text[n]) || text[n] == '-' || text[n] == '_')
		n++;
	return n;
}

static bool is_taken(const struct sr_triggers *ts, const char *name)
{
	for (size_t i = 0; i < ts->n; i++)
		if (strcmp(ts->t[i].name, name) == 0)
			return true;
	return false;
}

static int unknown_name(const char *text, struct sr_err *err)
{
	char names[200] = "";
	size_t len = 0;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]) && len < sizeof(names); i++)
		len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s", i ? ", " : "",
					known[i].name);
	return sr_err_set(err, -EINVAL, 0,
			  "no trigger is called '%s'; a trigger is %s, or a filter such as "
			  "evt.type=ptrace, or NAME:FILTER",
			  text, names);
}

/* Take @text apart: its name into @name, and where its filter stands. */
static int split(const struct sr_triggers *ts, const char *text, char name[NAME_MAX_LEN + 1],
		 const char **filter, struct sr_err *err)
{
	const struct sr_trigger_known *k = find_known(text);
	size_t n = name_len(text);

	*filter = k ? k->filter : text;
	if (!*text)
		return sr_err_set(err, -EINVAL, 0, "a trigger without a filter");
	if (!k && n && !text[n])
		return unknown_name(text, err);
	if (k || text[n] == ':') {
		if (n > NAME_MAX_LEN || !n)
			return sr_err_set(err, -EINVAL, 0,
					  "the name of a trigger has 1 to %d letters, digits, - "
					  "and _",
					  NAME_MAX_LEN);
		memcpy(name, text, n);
		name[n] = '\0';
		*filter = k ? k->filter : text + n + 1;
	} else {
		(void)snprintf(name, NAME_MAX_LEN + 1, "trigger%zu", ts->n + 1); /* fits */
	}
	if (is_taken(ts, name))
		return sr_err_set(err, -EINVAL, 0, "two triggers are called '%s'", name);
	return 0;
}

static void trigger_free(struct sr_trigger *t)
{
	free(t->name);
	free(t->filter);
	free(t->types);
	sr_filter_free(t->compiled);
	*t = (struct sr_trigger){ 0 };
}

int sr_triggers_add(struct sr_triggers *ts, const char *text, struct sr_err *err)
{
	struct sr_trigger *t = &ts->t[ts->n];
	char name[NAME_MAX_LEN + 1];
	const char *filter;
	int rc;

	if (ts->n == SR_TRIGGERS_MAX)
		return sr_err_set(err, -EINVAL, SR_NO_POS, "more than %d triggers",
				  SR_TRIGGERS_MAX);
	rc = split(ts, text, name, &filter, err);
	if (rc < 0)
		return rc;
	*t = (struct sr_trigger){ 0 };
	t->name = strdup(name);
	t->filter = strdup(filter);
	t->types = calloc(1, SR_TYPE_COUNT);
	rc = t->name && t->filter && t->types ? 0 : -ENOMEM;
	if (rc == 0 && !filter[strspn(filter, " \t\n")])
		rc = sr_err_set(err, -EINVAL, strlen(filter), "a trigger without a filter");
	if (rc == 0)
		rc = sr_filter_compile(&t->compiled, filter, err);
	if (rc == 0 && sr_filter_need(t->compiled) & SR_NEED_FDS)
		rc = sr_err_set(err, -EINVAL, SR_NO_POS,
				"trigger %s: which descriptors a process has open is known on "
				"reading only",
				name);
	if (rc == -EINVAL && find_known(text))
		rc = sr_err_set(err, -ENOTSUP, SR_NO_POS,
				"trigger %s: this version records no such event", text);
	if (rc < 0) {
		if (err && err->pos != SR_NO_POS && filter > text && filter <= text + strlen(text))
			err->pos += (uint64_t)(filter - text);
		trigger_free(t);
		return rc;
	}
	sr_filter_types(t->compiled, t->types);
	ts->n++;
	return 0;
}

void sr_triggers_filter(const struct sr_triggers *ts, const char *filter, struct sr_buf *out)
{
	if (!filter || !filter[strspn(filter, " \t\n")])
		return;
	sr_buf_printf(out, "(%s)", filter);
	for (size_t i = 0; i < ts->n; i++)
		sr_buf_printf(out, " or (%s)", ts->t[i].filter);
}

void sr_triggers_free(struct sr_triggers *ts)
{
	for (size_t i = 0; i < ts->n; i++)
		trigger_free(&ts->t[i]);
	ts->n = 0;
}

/* ---- firing ---- */

/* Whether a block has events of a type that the trigger is about: most have none. */
static bool may_fire(const struct sr_trigger *t, const struct sr_block *b)
{
	for (uint32_t i = 0; i < b->ntypes; i++) {
		const struct sr_block_type *bt = &b->types[i];

		if (bt->nrows && (!bt->type || t->types[sr_type_id(bt->type)]))
			return true;
	}
	return false;
}

int64_t sr_trigger_run(struct sr_trigger *t, struct sr_view *v, uint64_t *sel, struct sr_err *err)
{
	struct sr_block *b = v->b;
	int64_t n;

	if (!may_fire(t, b))
		return 0;
	n = sr_filter_run(t->compiled, v, sel, err);
	if (n <= 0)
		return n;
	for (uint32_t i = 0; (i = sr_sel_next(sel, b->n, i)) < b->n; i++)
		if (b->flags[i] & SR_F_STATE)
			sr_sel_clear(sel, i);
	return (int64_t)sr_sel_count(sel, b->n);
}

/* ---- the limit ---- */

bool sr_trigger_allowed(struct sr_trigger_rate *r, uint64_t now)
{
	uint32_t old = 0;

	if (!r->max)
		return true;
	while (old < r->n && now - r->times[old] >= HOUR_NS)
		old++;
	r->n -= old;
	memmove(r->times, r->times + old, r->n * sizeof(r->times[0]));
	if (r->n >= r->max || r->n >= SR_TRIGGER_RATE_MAX) {
		r->refused++;
		return false;
	}
	r->times[r->n++] = now;
	return true;
}
