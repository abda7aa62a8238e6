/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/docs.h"
#include "capture/rows.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NESTED 16 /* containers around a container that are told of */

/* A set of numbers, sorted. */
struct ids {
	uint32_t *p;
	size_t n, cap;
};

/* A container whose document was written, and which one. */
struct written {
	const struct sr_container *c;
	const struct cJSON *doc;
};

struct host {
	bool noted, written;
	struct written *containers;
	size_t ncontainers;
	struct ids uids, gids;
};

struct sr_docs {
	struct host *hosts; /* as far as they were noted */
	uint32_t nhosts;
	int64_t part;
	const char *cut;
	bool chosen; /* of accounts those that are noted, at the end */
};

/* Where documents go, and how they come to be there. */
struct out {
	sr_docs_put put;
	void *arg;
	uint32_t host;
	struct sr_err *err;
};

/* ---- noting ---- */

static int note_id(struct ids *s, uint32_t id)
{
	size_t lo = 0, hi = s->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (s->p[mid] == id)
			return 0;
		if (s->p[mid] < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (s->n == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 16;
		uint32_t *p = reallocarray(s->p, cap, sizeof(*p));

		if (!p)
			return -ENOMEM;
		s->p = p;
		s->cap = cap;
	}
	memmove(s->p + lo + 1, s->p + lo, (s->n - lo) * sizeof(*s->p));
	s->p[lo] = id;
	s->n++;
	return 0;
}

static int note_container(struct host *h, const struct sr_container *c)
{
	struct written *p;

	for (size_t i = 0; i < h->ncontainers; i++)
		if (h->containers[i].c == c)
			return 0;
	p = reallocarray(h->containers, h->ncontainers + 1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	h->containers = p;
	p[h->ncontainers++] = (struct written){ .c = c };
	return 0;
}

/* NULL without memory. A number that no host can have counts as host 0's. */
static struct host *host_of(struct sr_docs *d, uint32_t number)
{
	struct host *p;

	if (number >= SR_META_MAX_HOSTS)
		number = 0;
	if (number >= d->nhosts) {
		p = reallocarray(d->hosts, number + 1, sizeof(*p));
		if (!p)
			return NULL;
		memset(p + d->nhosts, 0, (number + 1 - d->nhosts) * sizeof(*p));
		d->hosts = p;
		d->nhosts = number + 1;
	}
	d->hosts[number].noted = true;
	return &d->hosts[number];
}

static int note_thread(struct sr_docs *d, const struct sr_block *b, const struct sr_thread *t)
{
	const uint32_t uids[] = { t->uid, t->euid, t->suid, t->fsuid, t->loginuid };
	const uint32_t gids[] = { t->gid, t->egid, t->sgid, t->fsgid };
	const struct sr_container *c = b->cgroups[t->cgroup].container;
	const struct sr_container *service = b->cgroups[t->cgroup].service;
	struct host *h = host_of(d, t->host);
	int rc = h ? 0 : -ENOMEM;

	for (int n = 0; rc == 0 && c && n < MAX_NESTED; n++, c = c->outer)
		rc = note_container(h, c);
	if (rc == 0 && service)
		rc = note_container(h, service);
	for (size_t i = 0; rc == 0 && i < sizeof(uids) / sizeof(uids[0]); i++)
		rc = note_id(&h->uids, uids[i]);
	for (size_t i = 0; rc == 0 && i < sizeof(gids) / sizeof(gids[0]); i++)
		rc = note_id(&h->gids, gids[i]);
	return rc;
}

int sr_docs_note(struct sr_docs *d, const struct sr_block *b, const uint64_t *sel)
{
	uint32_t last = UINT32_MAX;
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && (i = sr_sel_next(sel, b->n, i)) < b->n; i++) {
		if (b->thread[i] == last)
			continue;
		last = b->thread[i];
		rc = note_thread(d, b, &b->threads[last]);
	}
	return rc;
}

int sr_docs_written(struct sr_docs *d, const struct sr_container *c)
{
	struct host *h = host_of(d, 0);
	int rc = h ? note_container(h, c) : -ENOMEM;

	for (size_t i = 0; rc == 0 && i < h->ncontainers; i++)
		if (h->containers[i].c == c)
			h->containers[i].doc = c->doc;
	return rc;
}

/* ---- writing ---- */

/* Takes @doc. */
static int put_json(const struct out *o, cJSON *doc)
{
	char *text = cJSON_PrintUnformatted(doc);
	int rc = text ? o->put(o->arg, text, strlen(text), o->err) : -ENOMEM;

	cJSON_free(text);
	cJSON_Delete(doc);
	return rc;
}

/* A document about another host than the first stands in one that says so. Takes @doc. */
static int put_doc(const struct out *o, cJSON *doc)
{
	cJSON *outer;

	if (!o->host || !doc)
		return doc ? put_json(o, doc) : -ENOMEM;
	outer = cJSON_CreateObject();
	if (!cJSON_AddStringToObject(outer, "kind", "of-host") ||
	    !cJSON_AddNumberToObject(outer, "host", o->host) ||
	    !cJSON_AddItemToObject(outer, "doc", doc)) {
		cJSON_Delete(outer);
		cJSON_Delete(doc);
		return -ENOMEM;
	}
	return put_json(o, outer);
}

static int put_host(const struct out *o, const cJSON *host, int64_t part, const char *cut)
{
	cJSON *doc = cJSON_Duplicate(host, 1);
	bool ok = doc;

	if (ok && part >= 0) {
		cJSON_DeleteItemFromObjectCaseSensitive(doc, "part");
		ok = cJSON_AddNumberToObject(doc, "part", (double)part);
	}
	if (ok && cut) {
		cJSON_DeleteItemFromObjectCaseSensitive(doc, "cut");
		ok = cJSON_AddStringToObject(doc, "cut", cut);
	}
	if (!ok)
		cJSON_Delete(doc);
	return put_doc(o, ok ? doc : NULL);
}

static int put_containers(const struct out *o, struct host *h, bool chosen)
{
	cJSON *doc;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < h->ncontainers; i++) {
		struct written *w = &h->containers[i];

		if (!w->c->doc || w->doc == w->c->doc)
			continue;
		doc = cJSON_Duplicate(w->c->doc, 1);
		if (chosen)
			cJSON_DeleteItemFromObjectCaseSensitive(doc, "inside");
		rc = put_doc(o, doc);
		w->doc = w->c->doc;
	}
	return rc;
}

int sr_docs_before(struct sr_docs *d, const struct sr_meta *meta, sr_docs_put put, void *arg,
		   struct sr_err *err)
{
	int rc = host_of(d, 0) ? 0 : -ENOMEM;

	for (uint32_t i = 0; rc == 0 && i < d->nhosts; i++) {
		const struct out o = { put, arg, i, err };
		const cJSON *host = sr_meta_host(sr_meta_of(meta, i));
		struct host *h = &d->hosts[i];

		if (h->noted && host && !h->written) {
			rc = put_host(&o, host, i ? -1 : d->part, d->cut);
			h->written = true;
		}
		if (rc == 0)
			rc = put_containers(&o, h, d->chosen);
	}
	return rc;
}

static const struct ids *ids_of(const struct host *h, enum sr_account what)
{
	return what == SR_ACCOUNT_GROUP ? &h->gids : &h->uids;
}

/* @c: NULL: the host's. */
static bool add_names(cJSON *doc, const struct sr_meta *meta, const struct sr_container *c,
		      const struct ids *ids, enum sr_account what)
{
	cJSON *map = NULL;

	for (size_t i = 0; i < ids->n; i++) {
		const char *s = c ? sr_container_account(c, what, ids->p[i])
				  : sr_meta_account(meta, what, ids->p[i]);
		char num[16];

		/* of a container, that there is nothing is said as well */
		if (!map && (s || c))
			map = cJSON_AddObjectToObject(doc, sr_account_keys[what]);
		if (!s)
			continue;
		(void)snprintf(num, sizeof(num), "%" PRIu32, ids->p[i]); /* at most 10 digits */
		if (!cJSON_AddStringToObject(map, num, s))
			return false;
	}
	return true;
}

/* What was found in the container; of its accounts those that are noted. */
static int put_inside(const struct out *o, const struct host *h, const struct sr_container *c)
{
	const cJSON *inside = cJSON_GetObjectItemCaseSensitive(c->doc, "inside");
	cJSON *doc = cJSON_Duplicate(inside, 1);
	bool ok = doc && cJSON_AddStringToObject(doc, "kind", "inside");

	for (int k = 0; ok && k < SR_ACCOUNTS; k++) {
		cJSON_DeleteItemFromObjectCaseSensitive(doc, sr_account_keys[k]);
		if (c->accounts == SR_ACCOUNTS_OWN)
			ok = add_names(doc, NULL, c, ids_of(h, (enum sr_account)k),
				       (enum sr_account)k);
	}
	if (ok)
		return put_doc(o, doc);
	cJSON_Delete(doc);
	return -ENOMEM;
}

static int put_insides(const struct out *o, const struct host *h)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < h->ncontainers; i++) {
		const struct sr_container *c = h->containers[i].c;

		if (cJSON_GetObjectItemCaseSensitive(c->doc, "inside"))
			rc = put_inside(o, h, c);
	}
	return rc;
}

static int put_users(const struct out *o, const struct sr_meta *meta, const struct host *h)
{
	cJSON *doc = cJSON_CreateObject();
	bool ok = cJSON_AddStringToObject(doc, "kind", "users");

	for (int k = 0; ok && k < SR_ACCOUNTS; k++)
		ok = add_names(doc, meta, NULL, ids_of(h, (enum sr_account)k), (enum sr_account)k);
	if (ok && cJSON_GetArraySize(doc) > 1)
		return put_doc(o, doc);
	cJSON_Delete(doc);
	return ok ? 0 : -ENOMEM;
}

int sr_docs_after(struct sr_docs *d, const struct sr_meta *meta, sr_docs_put put, void *arg,
		  struct sr_err *err)
{
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < d->nhosts; i++) {
		const struct out o = { put, arg, i, err };

		rc = put_users(&o, sr_meta_of(meta, i), &d->hosts[i]);
		if (rc == 0 && d->chosen)
			rc = put_insides(&o, &d->hosts[i]);
	}
	return rc;
}

/* ---- the object ---- */

static void forget(struct sr_docs *d)
{
	for (uint32_t i = 0; i < d->nhosts; i++) {
		free(d->hosts[i].containers);
		free(d->hosts[i].uids.p);
		free(d->hosts[i].gids.p);
	}
	free(d->hosts);
	*d = (struct sr_docs){ .part = -1, .cut = d->cut, .chosen = d->chosen };
}

int sr_docs_new(struct sr_docs **out, bool chosen, const char *cut)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	**out = (struct sr_docs){ .part = -1, .cut = cut, .chosen = chosen };
	return 0;
}

void sr_docs_begin(struct sr_docs *d, int64_t part)
{
	forget(d);
	d->part = part;
}

void sr_docs_free(struct sr_docs *d)
{
	if (d)
		forget(d);
	free(d);
}
