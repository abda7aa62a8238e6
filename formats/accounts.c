/* SPDX-License-Identifier: Apache-2.0 */
/* Hash tables of names by number: open addressing. */
#include "formats/accounts.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const sr_account_keys[SR_ACCOUNTS] = { "users", "groups", "homes", "shells" };

/* ---- one table ---- */

static bool to_id(const char *s, uint32_t *out)
{
	uint32_t v = 0;

	if (!*s)
		return false;
	for (; *s; s++) {
		if (*s < '0' || *s > '9' || __builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint32_t)(*s - '0'), &v))
			return false;
	}
	*out = v;
	return true;
}

static struct sr_idname *idmap_slot(const struct sr_idmap *map, uint32_t id)
{
	size_t i = (id * 2654435761u) & (map->cap - 1); /* 2^32 / golden ratio: spreads runs */

	while (map->slots[i].name && map->slots[i].id != id)
		i = (i + 1) & (map->cap - 1);
	return &map->slots[i];
}

static const char *idmap_get(const struct sr_idmap *map, uint32_t id)
{
	return map->cap ? idmap_slot(map, id)->name : NULL;
}

static int idmap_grow(struct sr_idmap *map)
{
	struct sr_idmap big = { .cap = map->cap ? map->cap * 2 : 64, .used = map->used };

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

static int idmap_put(struct sr_idmap *map, uint32_t id, const char *name)
{
	struct sr_idname *slot;
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
	*slot = (struct sr_idname){ id, copy };
	return 0;
}

static void idmap_free(struct sr_idmap *map)
{
	for (size_t i = 0; i < map->cap; i++)
		free(map->slots[i].name);
	free(map->slots);
}

/* {"0":"root", ...} */
static int idmap_merge(struct sr_idmap *map, const cJSON *names)
{
	const cJSON *item;
	uint32_t id;

	if (!cJSON_IsObject(names))
		return 0;
	cJSON_ArrayForEach(item, names)
	{
		if (!cJSON_IsString(item) || !to_id(item->string, &id))
			continue;
		if (idmap_put(map, id, item->valuestring) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int idmap_write(const struct sr_idmap *map, cJSON *doc, const char *key)
{
	cJSON *names = map->used ? cJSON_AddObjectToObject(doc, key) : NULL;
	char num[16];

	for (size_t i = 0; i < map->cap; i++) {
		if (!map->slots[i].name)
			continue;
		(void)snprintf(num, sizeof(num), "%u", map->slots[i].id); /* at most 10 digits */
		if (!cJSON_AddStringToObject(names, num, map->slots[i].name))
			return -ENOMEM;
	}
	return 0;
}

/* ---- all of them ---- */

const char *sr_accounts_get(const struct sr_accounts *a, enum sr_account what, uint32_t id)
{
	return idmap_get(&a->map[what], id);
}

int sr_accounts_take(struct sr_accounts *a, const struct sr_accounts *from)
{
	for (int k = 0; k < SR_ACCOUNTS; k++) {
		const struct sr_idmap *map = &from->map[k];

		for (size_t i = 0; i < map->cap; i++)
			if (map->slots[i].name &&
			    idmap_put(&a->map[k], map->slots[i].id, map->slots[i].name) < 0)
				return -ENOMEM;
	}
	return 0;
}

int sr_accounts_read(struct sr_accounts *a, const cJSON *doc)
{
	int rc = 0;

	for (int k = 0; rc == 0 && k < SR_ACCOUNTS; k++)
		rc = idmap_merge(&a->map[k],
				 cJSON_GetObjectItemCaseSensitive(doc, sr_account_keys[k]));
	return rc;
}

int sr_accounts_write(const struct sr_accounts *a, cJSON *doc)
{
	int rc = 0;

	for (int k = 0; rc == 0 && k < SR_ACCOUNTS; k++)
		rc = idmap_write(&a->map[k], doc, sr_account_keys[k]);
	return rc;
}

void sr_accounts_free(struct sr_accounts *a)
{
	for (int k = 0; k < SR_ACCOUNTS; k++)
		idmap_free(&a->map[k]);
	*a = (struct sr_accounts){ 0 };
}
