/* SPDX-License-Identifier: Apache-2.0 */
/* Containers of the meta store, by id: what a document says of one. */
#include "formats/meta_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

const char *sr_meta_str(const cJSON *doc, const char *key)
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

bool sr_meta_u64(const cJSON *doc, const char *key, uint64_t *out)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(doc, key);

	if (cJSON_IsString(item))
		return digits_u64(item->valuestring, out);
	if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0) || item->valuedouble >= 0x1p64)
		return false;
	*out = (uint64_t)item->valuedouble;
	return true;
}

/* ---- containers ---- */

uint32_t *sr_meta_slot(const struct sr_meta *m, const char *id, size_t len)
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
		*sr_meta_slot(m, entries[i]->id, entries[i]->id_len) = (uint32_t)i + 1;
	return 0;
}

struct entry *sr_meta_entry_get(const struct sr_meta *m, const char *id, size_t len)
{
	uint32_t slot = m->cap ? *sr_meta_slot(m, id, len) : 0;

	return slot ? m->entries[slot - 1] : NULL;
}

void sr_meta_entry_free(struct entry *e)
{
	if (!e)
		return;
	free(e->id);
	free(e->runtime);
	free(e->labels);
	sr_accounts_free(&e->accounts);
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
		sr_meta_entry_free(e);
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

struct entry *sr_meta_entry_put(struct sr_meta *m, const char *id, size_t len, const char *runtime)
{
	struct entry *e = sr_meta_entry_get(m, id, len);

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
	*sr_meta_slot(m, id, len) = (uint32_t)m->nentries;
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

enum sr_container_state sr_meta_state(const cJSON *doc)
{
	const char *s = sr_meta_str(doc, "state");

	if (strcmp(s, "resolved") == 0)
		return SR_CT_RESOLVED;
	return strcmp(s, "pending") == 0 ? SR_CT_PENDING : SR_CT_UNKNOWN;
}

static int privileged_of(const cJSON *doc)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(doc, "privileged");

	return cJSON_IsBool(item) ? cJSON_IsTrue(item) : -1;
}

/* Its own accounts, from the member "inside" of the document. */
static int fill_accounts(struct entry *e, const cJSON *doc, enum sr_accounts_of *of)
{
	const cJSON *inside = cJSON_GetObjectItemCaseSensitive(doc, "inside");

	*of = SR_ACCOUNTS_OF_HOST;
	if (!inside || cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(inside, "host_root")))
		return 0;
	*of = cJSON_GetObjectItemCaseSensitive(inside, "users") ? SR_ACCOUNTS_OWN
								: SR_ACCOUNTS_UNREAD;
	sr_accounts_free(&e->accounts);
	return sr_accounts_read(&e->accounts, inside);
}

int sr_meta_entry_fill(struct entry *e, cJSON *doc)
{
	const char *runtime = sr_meta_str(doc, "runtime");
	enum sr_accounts_of of;
	struct sr_label *labels;
	size_t nlabels;

	if (fill_accounts(e, doc, &of) < 0 || make_labels(doc, &labels, &nlabels) < 0)
		return -ENOMEM;
	e->c = (struct sr_container){
		.outer = e->c.outer,
		.id = e->id,
		.runtime = *runtime ? runtime : e->runtime,
		.name = sr_meta_str(doc, "name"),
		.image = sr_meta_str(doc, "image"),
		.image_id = sr_meta_str(doc, "image_id"),
		.digest = sr_meta_str(doc, "digest"),
		.command = sr_meta_str(doc, "command"),
		.state = sr_meta_state(doc),
		.why = sr_meta_str(doc, "why"),
		.privileged = privileged_of(doc),
		.labels = labels,
		.nlabels = nlabels,
		.accounts = of,
		.doc = doc,
	};
	(void)sr_meta_u64(doc, "created", &e->c.created_ns); /* stays 0: unknown */
	free(e->labels);
	e->labels = labels;
	cJSON_Delete(e->doc);
	e->doc = doc;
	return 0;
}
