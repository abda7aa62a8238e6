/* SPDX-License-Identifier: Apache-2.0 */
/* The meta store: takes in JSON documents and answers questions about the host,
 * its users and its containers. Any JSON is accepted; members of a wrong type
 * count as not there. */
#include "formats/meta_impl.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TZ_OFFSET_S (24 * 3600) /* no place on earth is further from UTC */
#define MAX_TRIGGERS	65536	    /* a file of so many does without further ones */

/* ---- documents ---- */

/* A newer document of the same container says what the runtime says; what was found inside stays.
 */
static int keep_inside(cJSON *doc, const cJSON *old)
{
	const cJSON *inside = cJSON_GetObjectItemCaseSensitive(old, "inside");
	cJSON *copy;

	if (!inside || cJSON_GetObjectItemCaseSensitive(doc, "inside"))
		return 0;
	copy = cJSON_Duplicate(inside, 1);
	if (copy && cJSON_AddItemToObject(doc, "inside", copy))
		return 0;
	cJSON_Delete(copy);
	return -ENOMEM;
}

static int add_container(struct sr_meta *m, cJSON **doc)
{
	const char *id = sr_meta_str(*doc, "id");
	struct entry *e;

	if (!*id)
		return 0;
	e = sr_meta_entry_put(m, id, strlen(id), "");
	if (!e)
		return -ENOMEM;
	/* A container that is gone cannot be asked about again: an answer is kept. */
	if (e->c.state == SR_CT_RESOLVED && sr_meta_state(*doc) != SR_CT_RESOLVED)
		return 0;
	if (keep_inside(*doc, e->doc) < 0 || sr_meta_entry_fill(e, *doc) < 0)
		return -ENOMEM;
	e->doc_len = m->adding;
	*doc = NULL;
	return 0;
}

static int add_service(struct sr_meta *m, cJSON **doc)
{
	struct sr_meta *s = sr_meta_put_services(m);

	if (!s)
		return -ENOMEM;
	s->adding = m->adding;
	return add_container(s, doc);
}

/* What the document of a container says while no other has come. */
static cJSON *bare_document(const struct entry *e)
{
	cJSON *doc = cJSON_CreateObject();

	if (cJSON_AddStringToObject(doc, "kind", "container") &&
	    cJSON_AddStringToObject(doc, "id", e->id) &&
	    cJSON_AddStringToObject(doc, "runtime", e->runtime) &&
	    cJSON_AddStringToObject(doc, "state", "unknown") &&
	    cJSON_AddStringToObject(doc, "why", NO_ANSWER))
		return doc;
	cJSON_Delete(doc);
	return NULL;
}

/* It becomes a member of the container's document, so that it goes where that goes. */
static int add_inside(struct sr_meta *m, cJSON **doc)
{
	const char *id = sr_meta_str(*doc, "id");
	struct entry *e =
		*id ? sr_meta_entry_put(m, id, strlen(id), sr_meta_str(*doc, "runtime")) : NULL;
	cJSON *whole;

	if (!e)
		return *id ? -ENOMEM : 0;
	whole = e->doc ? cJSON_Duplicate(e->doc, 1) : bare_document(e);
	if (!whole)
		return -ENOMEM;
	cJSON_DeleteItemFromObjectCaseSensitive(whole, "inside");
	cJSON_DeleteItemFromObjectCaseSensitive(*doc, "kind");
	if (!cJSON_AddItemToObject(whole, "inside", *doc)) {
		cJSON_Delete(whole);
		return -ENOMEM;
	}
	*doc = NULL;
	if (sr_meta_entry_fill(e, whole) < 0) {
		cJSON_Delete(whole);
		return -ENOMEM;
	}
	e->doc_len += m->adding;
	return 0;
}

static int add_host(struct sr_meta *m, cJSON **doc)
{
	const cJSON *tz = cJSON_GetObjectItemCaseSensitive(*doc, "tz_offset_s");
	bool real = sr_meta_u64(*doc, "real_ns", &m->real_ns);

	m->have_mono = sr_meta_u64(*doc, "mono_ns", &m->mono_ns) && real;
	m->have_boot = sr_meta_u64(*doc, "boot_ns", &m->boot_ns) && real;
	m->tz_offset_s = 0;
	if (cJSON_IsNumber(tz) && tz->valuedouble >= -MAX_TZ_OFFSET_S &&
	    tz->valuedouble <= MAX_TZ_OFFSET_S)
		m->tz_offset_s = (int32_t)tz->valuedouble;
	cJSON_Delete(m->host);
	m->host = *doc;
	*doc = NULL;
	return 0;
}

static int add_users(struct sr_meta *m, cJSON **doc)
{
	return sr_accounts_read(&m->accounts, *doc);
}

static int add_end(struct sr_meta *m, cJSON **doc)
{
	cJSON_Delete(m->end);
	m->end = *doc;
	*doc = NULL;
	return 0;
}

static int add_trigger(struct sr_meta *m, cJSON **doc)
{
	cJSON **p;

	if (m->ntriggers == MAX_TRIGGERS)
		return 0;
	p = reallocarray(m->triggers, m->ntriggers + 1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	m->triggers = p;
	p[m->ntriggers++] = *doc;
	*doc = NULL;
	return 0;
}

static int add_document(struct sr_meta *m, cJSON **doc);

static int add_of_host(struct sr_meta *m, cJSON **doc)
{
	cJSON *inner = cJSON_GetObjectItemCaseSensitive(*doc, "doc");
	struct sr_meta *other;
	uint64_t host;
	int rc;

	/* One about a host of a host, or an end that is not the file's, is nothing we write. */
	if (!sr_meta_u64(*doc, "host", &host) || !host || host >= SR_META_MAX_HOSTS ||
	    strcmp(sr_meta_str(inner, "kind"), "of-host") == 0 ||
	    strcmp(sr_meta_str(inner, "kind"), "end") == 0)
		return 0;
	other = sr_meta_put_host(m, (uint32_t)host);
	if (!other)
		return -ENOMEM;
	inner = cJSON_DetachItemViaPointer(*doc, inner);
	rc = add_document(other, &inner);
	cJSON_Delete(inner);
	return rc;
}

/* Each takes *doc over by setting it to NULL. */
static const struct {
	const char *kind;
	int (*add)(struct sr_meta *m, cJSON **doc);
} kinds[] = {
	{ "container", add_container }, { "host", add_host },	  { "service", add_service },
	{ "users", add_users },		{ "end", add_end },	  { "trigger", add_trigger },
	{ "of-host", add_of_host },	{ "inside", add_inside },
};

static int add_document(struct sr_meta *m, cJSON **doc)
{
	const char *kind = sr_meta_str(*doc, "kind");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(kind, kinds[i].kind) == 0)
			return kinds[i].add(m, doc);
	return 0;
}

static bool is_blank(const char *p, const char *end)
{
	while (p < end && (isspace((unsigned char)*p) || !*p))
		p++;
	return p == end;
}

int sr_meta_add(struct sr_meta *m, const char *json, size_t len, struct sr_err *err)
{
	const char *stop = json, *kind;
	int rc = 0;
	cJSON *doc;

	doc = cJSON_ParseWithLengthOpts(json, len, &stop, 0);
	if (!doc || !is_blank(stop, json + len)) {
		uint64_t pos = stop >= json && stop <= json + len ? (uint64_t)(stop - json) : 0;

		cJSON_Delete(doc);
		return sr_err_set(err, -EBADMSG, pos, "a metadata document is not JSON");
	}
	m->adding = len;
	kind = sr_meta_str(doc, "kind");
	if (!cJSON_IsObject(doc) || !*kind)
		rc = sr_err_set(err, -EBADMSG, 0, "a metadata document has no \"kind\"");
	else if (add_document(m, &doc) < 0)
		rc = sr_err_set(err, -ENOMEM, SR_NO_POS, "no memory for a metadata document");
	cJSON_Delete(doc);
	return rc;
}

/* ---- the store ---- */

int sr_meta_new(struct sr_meta **out)
{
	struct sr_meta *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	*out = m;
	return 0;
}

void sr_meta_free(struct sr_meta *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->nentries; i++)
		sr_meta_entry_free(m->entries[i]);
	free(m->entries);
	free(m->slots);
	sr_accounts_free(&m->accounts);
	cJSON_Delete(m->host);
	cJSON_Delete(m->end);
	for (size_t i = 0; i < m->ntriggers; i++)
		cJSON_Delete(m->triggers[i]);
	free(m->triggers);
	sr_meta_free(m->services);
	for (uint32_t i = 0; i < m->nothers; i++)
		sr_meta_free(m->others[i]); /* has none itself */
	free(m->others);
	free(m);
}

/* ---- several hosts ---- */

uint32_t sr_meta_hosts(const struct sr_meta *m)
{
	return 1 + m->nothers;
}

const struct sr_meta *sr_meta_of(const struct sr_meta *m, uint32_t host)
{
	static const struct sr_meta nothing;

	if (!host)
		return m;
	return host <= m->nothers && m->others[host - 1] ? m->others[host - 1] : &nothing;
}

struct sr_meta *sr_meta_find_host(struct sr_meta *m, uint32_t host)
{
	if (!host)
		return m;
	return host <= m->nothers ? m->others[host - 1] : NULL;
}

struct sr_meta *sr_meta_put_host(struct sr_meta *m, uint32_t host)
{
	struct sr_meta **p;

	if (!host)
		return m;
	if (host >= SR_META_MAX_HOSTS)
		return NULL;
	if (host > m->nothers) {
		p = reallocarray(m->others, host, sizeof(*p));
		if (!p)
			return NULL;
		memset(p + m->nothers, 0, (host - m->nothers) * sizeof(*p));
		m->others = p;
		m->nothers = host;
	}
	if (!m->others[host - 1])
		(void)sr_meta_new(&m->others[host - 1]); /* stays NULL without memory */
	return m->others[host - 1];
}

/* A document of @from as one of our own. */
static int take_document(struct sr_meta *m, const cJSON *doc)
{
	cJSON *copy = cJSON_Duplicate(doc, 1);
	int rc = copy ? add_document(m, &copy) : -ENOMEM;

	cJSON_Delete(copy);
	return rc;
}

/* Containers, or services, of one store. @put: where those without a document go. */
static int take_entries(struct sr_meta *m, struct sr_meta *put, const struct sr_meta *from)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < from->nentries; i++) {
		const struct sr_container *c = &from->entries[i]->c;

		if (c->doc)
			rc = take_document(m, c->doc);
		else if (!sr_meta_entry_put(put, c->id, from->entries[i]->id_len, c->runtime))
			rc = -ENOMEM;
	}
	return rc;
}

int sr_meta_take(struct sr_meta *m, const struct sr_meta *from)
{
	int rc = from->host && !m->host ? take_document(m, from->host) : 0;

	if (rc == 0)
		rc = take_entries(m, m, from);
	if (rc == 0 && from->services)
		rc = sr_meta_put_services(m) ? take_entries(m, m->services, from->services)
					     : -ENOMEM;
	for (size_t i = 0; rc == 0 && i < from->ntriggers; i++)
		rc = take_document(m, from->triggers[i]);
	return rc < 0 ? rc : sr_accounts_take(&m->accounts, &from->accounts);
}

const struct sr_container *sr_meta_container(const struct sr_meta *m, const char *id, size_t len)
{
	const struct entry *e = sr_meta_entry_get(m, id, len);

	return e ? &e->c : NULL;
}

const struct sr_container *sr_meta_container_put(struct sr_meta *m, const char *id, size_t len,
						 const char *runtime)
{
	const struct entry *e = sr_meta_entry_put(m, id, len, runtime ? runtime : "");

	return e ? &e->c : NULL;
}

static int by_put(const void *a, const void *b)
{
	const struct entry *const *x = a, *const *y = b;

	return ((*x)->put > (*y)->put) - ((*x)->put < (*y)->put);
}

static size_t docs_len(const struct sr_meta *m)
{
	size_t sum = 0;

	for (size_t i = 0; i < m->nentries; i++)
		sum += m->entries[i]->doc_len;
	return sum;
}

void sr_meta_trim(struct sr_meta *m, size_t max, size_t bytes)
{
	size_t sum = docs_len(m), drop = 0;

	if (m->services)
		sr_meta_trim(m->services, max, bytes);
	if (m->nentries <= max && sum <= bytes)
		return;
	qsort(m->entries, m->nentries, sizeof(*m->entries), by_put);
	while (drop < m->nentries && (m->nentries - drop > max || sum > bytes)) {
		sum -= m->entries[drop]->doc_len;
		sr_meta_entry_free(m->entries[drop++]);
	}
	m->nentries -= drop;
	memmove(m->entries, m->entries + drop, m->nentries * sizeof(*m->entries));
	memset(m->slots, 0, m->cap * sizeof(*m->slots));
	for (size_t i = 0; i < m->nentries; i++) {
		*sr_meta_slot(m, m->entries[i]->id, m->entries[i]->id_len) = (uint32_t)i + 1;
		m->entries[i]->c.outer = NULL; /* it may be gone */
	}
}

void sr_meta_nest(struct sr_meta *m, const struct sr_container *inner,
		  const struct sr_container *outer)
{
	struct entry *e = sr_meta_entry_get(m, inner->id, strlen(inner->id));

	if (e && outer != inner)
		e->c.outer = outer;
}

struct sr_meta *sr_meta_services(const struct sr_meta *m)
{
	return m->services;
}

struct sr_meta *sr_meta_put_services(struct sr_meta *m)
{
	if (!m->services)
		(void)sr_meta_new(&m->services); /* stays NULL without memory */
	return m->services;
}

size_t sr_meta_containers(const struct sr_meta *m)
{
	return m->nentries;
}

const struct sr_container *sr_meta_container_at(const struct sr_meta *m, size_t i)
{
	return i < m->nentries ? &m->entries[i]->c : NULL;
}

const char *sr_meta_account(const struct sr_meta *m, enum sr_account what, uint32_t id)
{
	return sr_accounts_get(&m->accounts, what, id);
}

const char *sr_container_account(const struct sr_container *c, enum sr_account what, uint32_t id)
{
	return sr_accounts_get(&((const struct entry *)c)->accounts, what, id);
}

int sr_meta_users_doc(const struct sr_meta *m, struct sr_buf *out)
{
	const struct sr_idmap *map = m->accounts.map;
	char *text = NULL;
	cJSON *doc;

	if (!map[SR_ACCOUNT_USER].used && !map[SR_ACCOUNT_GROUP].used)
		return 0;
	doc = cJSON_CreateObject();
	if (cJSON_AddStringToObject(doc, "kind", "users") &&
	    sr_accounts_write(&m->accounts, doc) == 0)
		text = cJSON_PrintUnformatted(doc);
	cJSON_Delete(doc);
	if (text)
		sr_buf_puts(out, text);
	cJSON_free(text);
	return text && !out->oom ? 0 : -ENOMEM;
}

size_t sr_meta_triggers(const struct sr_meta *m)
{
	return m->ntriggers;
}

const struct cJSON *sr_meta_trigger_at(const struct sr_meta *m, size_t i)
{
	return i < m->ntriggers ? m->triggers[i] : NULL;
}

const struct cJSON *sr_meta_host(const struct sr_meta *m)
{
	return m->host;
}

const struct cJSON *sr_meta_end(const struct sr_meta *m)
{
	return m->end;
}

uint64_t sr_meta_wall(const struct sr_meta *m, uint64_t mono_ns)
{
	return m->have_mono ? mono_ns - m->mono_ns + m->real_ns : mono_ns;
}

uint64_t sr_meta_boot_to_wall(const struct sr_meta *m, uint64_t boot_ns)
{
	return m->have_boot ? boot_ns - m->boot_ns + m->real_ns : boot_ns;
}

int32_t sr_meta_tz_offset(const struct sr_meta *m)
{
	return m->tz_offset_s;
}
