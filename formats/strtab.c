/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing with linear probing; a slot keeps half of the hash so that
 * probing and growing rarely look at the strings. */
#include "formats/strtab.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define SLOTS_MIN 1024u

struct sr_strtab_slot {
	uint32_t hash;
	uint32_t num; /* 0: free; the empty string is never looked up */
};

int sr_strtab_reset(struct sr_strtab *t, uint32_t max)
{
	if (!t->slots) {
		t->slots = malloc(SLOTS_MIN * sizeof(*t->slots));
		if (!t->slots)
			return -ENOMEM;
		t->mask = SLOTS_MIN - 1;
		if (getrandom(&t->seed, sizeof(t->seed), GRND_NONBLOCK) < 0)
			t->seed = (uintptr_t)t->slots;
	}
	if (!t->strs) {
		t->strs = malloc(SLOTS_MIN * sizeof(*t->strs));
		if (!t->strs)
			return -ENOMEM;
		t->cap = SLOTS_MIN;
	}
	memset(t->slots, 0, (t->mask + (size_t)1) * sizeof(*t->slots));
	sr_arena_reset(&t->arena);
	t->strs[0] = (struct sr_str){ "", 0 };
	t->n = 1;
	t->max = max;
	t->bytes = 0;
	return 0;
}

static int grow_slots(struct sr_strtab *t)
{
	uint32_t mask = t->mask * 2 + 1;
	struct sr_strtab_slot *slots = calloc(mask + (size_t)1, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i <= t->mask; i++) {
		uint32_t at = t->slots[i].hash & mask;

		if (!t->slots[i].num)
			continue;
		while (slots[at].num)
			at = (at + 1) & mask;
		slots[at] = t->slots[i];
	}
	free(t->slots);
	t->slots = slots;
	t->mask = mask;
	return 0;
}

static int grow_strs(struct sr_strtab *t)
{
	struct sr_str *strs = realloc(t->strs, t->cap * (size_t)2 * sizeof(*strs));

	if (!strs)
		return -ENOMEM;
	t->strs = strs;
	t->cap *= 2;
	return 0;
}

static int64_t add_str(struct sr_strtab *t, struct sr_strtab_slot *slot, uint32_t hash,
		       const void *p, uint32_t len)
{
	char *copy;

	if (t->n >= t->max || (t->n == t->cap && grow_strs(t) < 0))
		return -ENOMEM;
	copy = sr_arena_alloc(&t->arena, len);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, p, len);
	t->strs[t->n] = (struct sr_str){ copy, len };
	*slot = (struct sr_strtab_slot){ hash, t->n };
	t->bytes += len;
	return t->n++;
}

int64_t sr_strtab_intern(struct sr_strtab *t, const void *p, size_t len)
{
	uint32_t hash, at;

	if (!len)
		return 0;
	if (len > UINT32_MAX)
		return -ENOMEM;
	if (t->n > t->mask / 2 && grow_slots(t) < 0) /* at most half full: short probes */
		return -ENOMEM;
	hash = (uint32_t)XXH3_64bits_withSeed(p, len, t->seed);
	for (at = hash & t->mask; t->slots[at].num; at = (at + 1) & t->mask) {
		const struct sr_str *s = &t->strs[t->slots[at].num];

		if (t->slots[at].hash == hash && s->len == len && !memcmp(s->p, p, len))
			return t->slots[at].num;
	}
	return add_str(t, &t->slots[at], hash, p, (uint32_t)len);
}

void sr_strtab_free(struct sr_strtab *t)
{
	free(t->strs);
	free(t->slots);
	sr_arena_free(&t->arena);
	memset(t, 0, sizeof(*t));
}
