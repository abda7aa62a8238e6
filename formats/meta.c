/* SPDX-License-Identifier: Apache-2.0 */
/* The meta store: takes in JSON documents and answers questions about the host,
 * its users and its containers. Any JSON is accepted; members of a wrong type
 * count as not there. */
#include "formats/meta.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define NO_ANSWER	"the recording holds no answer of the runtime about it"
#define MAX_TZ_OFFSET_S (24 * 3600) /* no place on earth is further from UTC */
#define MAX_TRIGGERS	65536	    /* a file of so many does without further ones */

/* One container; @c is what others see, its strings point into the rest. */
struct entry {
	struct sr_container c;
	char *id; /* may hold any bytes; id_len is its length */
	size_t id_len;
	char *runtime; /* what the cgroup path said, or NULL */
	cJSON *doc;
	size_t doc_len; /* as text */
	struct sr_label *labels;
	uint64_t put; /* when it was put last, by the store's count */
};

/* Names by number: open addressing, a slot is free while its name is NULL. */
struct idname {
	uint32_t id;
	char *name;
};

struct idmap {
	struct idname *slots;
	size_t cap, used; /* cap is 0 or a power of two, at most 3/4 used */
};

struct sr_meta {
	struct entry **entries; /* in the order of arrival */
	size_t nentries;
	uint32_t *slots; /* index in entries + 1; 0 is free */
	size_t cap;	 /* of slots and 3/4 of it of entries; 0 or a power of two */
	struct idmap users, groups, homes, shells;
	cJSON *host, *end;
	cJSON **triggers;
	size_t ntriggers;
	uint64_t puts;
	size_t adding; /* length of the document that is taken in */
	uint64_t mono_ns, boot_ns, real_ns;
	bool have_mono, have_boot;
	int32_t tz_offset_s;
	struct sr_meta *services; /* NULL: none; has none itself */
	struct sr_meta **others;  /* hosts 1 and up; NULL: nothing is known of it */
	uint32_t nothers;
};

/* ---- JSON values ---- */

static const char *get_str(const cJSON *doc, const char *key)
{
	const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(doc, key));

	return s ? s : "";
}

static bool digits_u64(const char *s, uint64_t *out)
{
	uint64_t v = 0;

	if (!*s)
		return false;
	for (; *s; s++) {
		if (*s < '0' || *s > '9' || __builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*s - '0'), &v))
			return false;
	}
	*out = v;
	return true;
}

/* A number, or a string of digits where a double would lose some. */
static bool get_u64(const cJSON *doc, const char *key, uint64_t *out)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(doc, key);

	if (cJSON_IsString(item))
		return digits_u64(item->valuestring, out);
	if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0) || item->valuedouble >= 0x1p64)
		return false;
	*out = (uint64_t)item->valuedouble;
	return true;
}

/* ---- names of users and groups ---- */

static struct idname *idmap_slot(const struct idmap *map, uint32_t id)
{
	size_t i = (id * 2654435761u) & (map->cap - 1); /* 2^32 / golden ratio: spreads runs */

	while (map->slots[i].name && map->slots[i].id != id)
		i = (i + 1) & (map->cap - 1);
	return &map->slots[i];
}

static const char *idmap_get(const struct idmap *map, uint32_t id)
{
	return map->cap ? idmap_slot(map, id)->name : NULL;
}

static int idmap_grow(struct idmap *map)
{
	struct idmap big = { .cap = map->cap ? map->cap * 2 : 64, .used = map->used };

	big.slots = calloc(big.cap, sizeof(*big.slots));
	if (!big.slots)
		return -ENOMEM;
	for (size_t i = 0; i < map->cap; i++) {
		if (map->slots[i].name)
			*idmap_slot(&big, map->slots[i].id) = map->slots[i];
	}
	free(map->slots);
	*map = big;
	return 0;
}

static int idmap_put(struct idmap *map, uint32_t id, const char *name)
{
	struct idname *slot;
	char *copy;

	if (map->used >= map->cap / 4 * 3 && idmap_grow(map) < 0)
		return -ENOMEM;
	slot = idmap_slot(map, id);
	if (slot->name && strcmp(slot->name, name) == 0)
		return 0;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	map->used += !slot->name;
	free(slot->name);
	*slot = (struct idname){ id, copy };
	return 0;
}

static void idmap_free(struct idmap *map)
{
	for (size_t i = 0; i < map->cap; i++)
		free(map->slots[i].name);
	free(map->slots);
}

/* {"0":"root", ...} */
static int idmap_merge(struct idmap *map, const cJSON *names)
{
	const cJSON *item;
	uint64_t id;

	if (!cJSON_IsObject(names))
		return 0;
	cJSON_ArrayForEach(item, names)
	{
		if (!cJSON_IsString(item) || !digits_u64(item->string, &id) || id > UINT32_MAX)
			continue;
		if (idmap_put(map, (uint32_t)id, item->valuestring) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* ---- containers ---- */

/* The slot where @id is, or belongs. The table must have a free slot. */
static uint32_t *entry_slot(const struct sr_meta *m, const char *id, size_t len)
{
	size_t i = XXH64(id, len, 0) & (m->cap - 1);

	for (; m->slots[i]; i = (i + 1) & (m->cap - 1)) {
		const struct entry *e = m->entries[m->slots[i] - 1];

		if (e->id_len == len && memcmp(e->id, id, len) == 0)
			break;
	}
	return &m->slots[i];
}

static int entries_grow(struct sr_meta *m)
{
	size_t cap = m->cap ? m->cap * 2 : 64;
	struct entry **entries;
	uint32_t *slots;

	if (cap > UINT32_MAX)
		return -ENOMEM;
	entries = reallocarray(m->entries, cap / 4 * 3, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	m->entries = entries;
	slots = calloc(cap, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	free(m->slots);
	m->slots = slots;
	m->cap = cap;
	for (size_t i = 0; i < m->nentries; i++)
		*entry_slot(m, entries[i]->id, entries[i]->id_len) = (uint32_t)i + 1;
	return 0;
}

static struct entry *entry_get(const struct sr_meta *m, const char *id, size_t len)
{
	uint32_t slot = m->cap ? *entry_slot(m, id, len) : 0;

	return slot ? m->entries[slot - 1] : NULL;
}

static void entry_free(struct entry *e)
{
	if (!e)
		return;
	free(e->id);
	free(e->runtime);
	free(e->labels);
	cJSON_Delete(e->doc);
	free(e);
}

static struct entry *entry_new(const char *id, size_t len, const char *runtime)
{
	struct entry *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->id = malloc(len + 1);
	e->runtime = strdup(runtime);
	if (!e->id || !e->runtime) {
		entry_free(e);
		return NULL;
	}
	memcpy(e->id, id, len);
	e->id[len] = '\0';
	e->id_len = len;
	e->c = (struct sr_container){ .id = e->id,
				      .runtime = e->runtime,
				      .name = "",
				      .image = "",
				      .image_id = "",
				      .digest = "",
				      .command = "",
				      .why = NO_ANSWER,
				      .privileged = -1 };
	return e;
}

static struct entry *entry_put(struct sr_meta *m, const char *id, size_t len, const char *runtime)
{
	struct entry *e = entry_get(m, id, len);

	if (e) {
		e->put = ++m->puts;
		return e;
	}
	if (m->nentries >= m->cap / 4 * 3 && entries_grow(m) < 0)
		return NULL;
	e = entry_new(id, len, runtime);
	if (!e)
		return NULL;
	e->put = ++m->puts;
	m->entries[m->nentries++] = e;
	*entry_slot(m, id, len) = (uint32_t)m->nentries;
	return e;
}

/* Labels that are strings, as pointers into @doc. */
static int make_labels(const cJSON *doc, struct sr_label **out, size_t *n)
{
	const cJSON *labels = cJSON_GetObjectItemCaseSensitive(doc, "labels"), *item;
	size_t max = cJSON_IsObject(labels) ? (size_t)cJSON_GetArraySize(labels) : 0;

	*n = 0;
	*out = NULL;
	if (!max)
		return 0;
	*out = calloc(max, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	cJSON_ArrayForEach(item, labels)
	{
		if (cJSON_IsString(item))
			(*out)[(*n)++] = (struct sr_label){ item->string, item->valuestring };
	}
	return 0;
}

const struct cJSON *sr_container_words(const struct sr_container *c)
{
	const cJSON *words = cJSON_GetObjectItemCaseSensitive(c->doc, "inspect");

	return words ? words : cJSON_GetObjectItemCaseSensitive(c->doc, "raw");
}

static enum sr_container_state state_of(const cJSON *doc)
{
	const char *s = get_str(doc, "state");

	if (strcmp(s, "resolved") == 0)
		return SR_CT_RESOLVED;
	return strcmp(s, "pending") == 0 ? SR_CT_PENDING : SR_CT_UNKNOWN;
}

static int privileged_of(const cJSON *doc)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(doc, "privileged");

	return cJSON_IsBool(item) ? cJSON_IsTrue(item) : -1;
}

/* @doc becomes the entry's on success. */
static int entry_fill(struct entry *e, cJSON *doc)
{
	const char *runtime = get_str(doc, "runtime");
	struct sr_label *labels;
	size_t nlabels;

	if (make_labels(doc, &labels, &nlabels) < 0)
		return -ENOMEM;
	e->c = (struct sr_container){
		.outer = e->c.outer,
		.id = e->id,
		.runtime = *runtime ? runtime : e->runtime,
		.name = get_str(doc, "name"),
		.image = get_str(doc, "image"),
		.image_id = get_str(doc, "image_id"),
		.digest = get_str(doc, "digest"),
		.command = get_str(doc, "command"),
		.state = state_of(doc),
		.why = get_str(doc, "why"),
		.privileged = privileged_of(doc),
		.labels = labels,
		.nlabels = nlabels,
		.doc = doc,
	};
	(void)get_u64(doc, "created", &e->c.created_ns); /* stays 0: unknown */
	free(e->labels);
	e->labels = labels;
	cJSON_Delete(e->doc);
	e->doc = doc;
	return 0;
}

/* ---- documents ---- */

static int add_container(struct sr_meta *m, cJSON **doc)
{
	const char *id = get_str(*doc, "id");
	struct entry *e;

	if (!*id)
		return 0;
	e = entry_put(m, id, strlen(id), "");
	if (!e)
		return -ENOMEM;
	/* A container that is gone cannot be asked about again: an answer is kept. */
	if (e->c.state == SR_CT_RESOLVED && state_of(*doc) != SR_CT_RESOLVED)
		return 0;
	if (entry_fill(e, *doc) < 0)
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

static int add_host(struct sr_meta *m, cJSON **doc)
{
	const cJSON *tz = cJSON_GetObjectItemCaseSensitive(*doc, "tz_offset_s");
	bool real = get_u64(*doc, "real_ns", &m->real_ns);

	m->have_mono = get_u64(*doc, "mono_ns", &m->mono_ns) && real;
	m->have_boot = get_u64(*doc, "boot_ns", &m->boot_ns) && real;
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
	int rc = idmap_merge(&m->users, cJSON_GetObjectItemCaseSensitive(*doc, "users"));

	if (rc == 0)
		rc = idmap_merge(&m->groups, cJSON_GetObjectItemCaseSensitive(*doc, "groups"));
	if (rc == 0)
		rc = idmap_merge(&m->homes, cJSON_GetObjectItemCaseSensitive(*doc, "homes"));
	if (rc == 0)
		rc = idmap_merge(&m->shells, cJSON_GetObjectItemCaseSensitive(*doc, "shells"));
	return rc;
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
	if (!get_u64(*doc, "host", &host) || !host || host >= SR_META_MAX_HOSTS ||
	    strcmp(get_str(inner, "kind"), "of-host") == 0 ||
	    strcmp(get_str(inner, "kind"), "end") == 0)
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
	{ "container", add_container }, { "host", add_host }, { "service", add_service },
	{ "users", add_users },		{ "end", add_end },   { "trigger", add_trigger },
	{ "of-host", add_of_host },
};

static int add_document(struct sr_meta *m, cJSON **doc)
{
	const char *kind = get_str(*doc, "kind");

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
	kind = get_str(doc, "kind");
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
		entry_free(m->entries[i]);
	free(m->entries);
	free(m->slots);
	idmap_free(&m->users);
	idmap_free(&m->groups);
	idmap_free(&m->homes);
	idmap_free(&m->shells);
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

static int take_names(struct idmap *to, const struct idmap *from)
{
	for (size_t i = 0; i < from->cap; i++)
		if (from->slots[i].name &&
		    idmap_put(to, from->slots[i].id, from->slots[i].name) < 0)
			return -ENOMEM;
	return 0;
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
		else if (!entry_put(put, c->id, from->entries[i]->id_len, c->runtime))
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
	if (rc < 0 || take_names(&m->users, &from->users) < 0 ||
	    take_names(&m->groups, &from->groups) < 0 || take_names(&m->homes, &from->homes) < 0 ||
	    take_names(&m->shells, &from->shells) < 0)
		return -ENOMEM;
	return 0;
}

const struct sr_container *sr_meta_container(const struct sr_meta *m, const char *id, size_t len)
{
	const struct entry *e = entry_get(m, id, len);

	return e ? &e->c : NULL;
}

const struct sr_container *sr_meta_container_put(struct sr_meta *m, const char *id, size_t len,
						 const char *runtime)
{
	const struct entry *e = entry_put(m, id, len, runtime ? runtime : "");

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
		entry_free(m->entries[drop++]);
	}
	m->nentries -= drop;
	memmove(m->entries, m->entries + drop, m->nentries * sizeof(*m->entries));
	memset(m->slots, 0, m->cap * sizeof(*m->slots));
	for (size_t i = 0; i < m->nentries; i++) {
		*entry_slot(m, m->entries[i]->id, m->entries[i]->id_len) = (uint32_t)i + 1;
		m->entries[i]->c.outer = NULL; /* it may be gone */
	}
}

void sr_meta_nest(struct sr_meta *m, const struct sr_container *inner,
		  const struct sr_container *outer)
{
	struct entry *e = entry_get(m, inner->id, strlen(inner->id));

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

const char *sr_meta_user(const struct sr_meta *m, uint32_t uid)
{
	return idmap_get(&m->users, uid);
}

const char *sr_meta_group(const struct sr_meta *m, uint32_t gid)
{
	return idmap_get(&m->groups, gid);
}

const char *sr_meta_user_home(const struct sr_meta *m, uint32_t uid)
{
	return idmap_get(&m->homes, uid);
}

const char *sr_meta_user_shell(const struct sr_meta *m, uint32_t uid)
{
	return idmap_get(&m->shells, uid);
}

static bool put_names(cJSON *doc, const char *key, const struct idmap *map)
{
	cJSON *names = map->used ? cJSON_AddObjectToObject(doc, key) : NULL;
	char num[16];

	for (size_t i = 0; i < map->cap; i++) {
		if (!map->slots[i].name)
			continue;
		(void)snprintf(num, sizeof(num), "%u", map->slots[i].id); /* at most 10 digits */
		if (!cJSON_AddStringToObject(names, num, map->slots[i].name))
			return false;
	}
	return true;
}

int sr_meta_users_doc(const struct sr_meta *m, struct sr_buf *out)
{
	char *text = NULL;
	cJSON *doc;

	if (!m->users.used && !m->groups.used)
		return 0;
	doc = cJSON_CreateObject();
	if (doc && cJSON_AddStringToObject(doc, "kind", "users") &&
	    put_names(doc, "users", &m->users) && put_names(doc, "groups", &m->groups) &&
	    put_names(doc, "homes", &m->homes) && put_names(doc, "shells", &m->shells))
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
