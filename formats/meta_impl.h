/* SPDX-License-Identifier: Apache-2.0 */
/* Private to meta.c and meta_entry.c: the store, and one container in it. */
#ifndef SR_META_IMPL_H
#define SR_META_IMPL_H

#include "formats/meta.h"

#include <cjson/cJSON.h>

#define NO_ANSWER "the recording holds no answer of the runtime about it"

/* One container; @c, the first member, is what others see, its strings point into the rest. */
struct entry {
	struct sr_container c;
	struct sr_accounts accounts;
	char *id; /* may hold any bytes; id_len is its length */
	size_t id_len;
	char *runtime; /* what the cgroup path said, or NULL */
	cJSON *doc;
	size_t doc_len; /* as text */
	struct sr_label *labels;
	uint64_t put; /* when it was put last, by the store's count */
};

struct sr_meta {
	struct entry **entries; /* in the order of arrival */
	size_t nentries;
	uint32_t *slots; /* index in entries + 1; 0 is free */
	size_t cap;	 /* of slots and 3/4 of it of entries; 0 or a power of two */
	struct sr_accounts accounts;
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

/** sr_meta_str() - a member that is a string, else ""; borrowed. sr_meta_u64() - one that is a
 *  number, or a string of digits where a double would lose some; false, *out left alone: neither.
 */
const char *sr_meta_str(const cJSON *doc, const char *key);
bool sr_meta_u64(const cJSON *doc, const char *key, uint64_t *out);

/** sr_meta_state() - what a container's document says of its own answers. */
enum sr_container_state sr_meta_state(const cJSON *doc);

/** sr_meta_slot() - the slot where @id is, or belongs; one must be free. */
uint32_t *sr_meta_slot(const struct sr_meta *m, const char *id, size_t len);

/** sr_meta_entry_get() - a container, or NULL. sr_meta_entry_put() - made if it is not there; NULL:
 *  no memory. */
struct entry *sr_meta_entry_get(const struct sr_meta *m, const char *id, size_t len);
struct entry *sr_meta_entry_put(struct sr_meta *m, const char *id, size_t len, const char *runtime);

/** sr_meta_entry_fill() - @doc is what is known of it from now on, and the entry's, but for
 * -ENOMEM.
 */
int sr_meta_entry_fill(struct entry *e, cJSON *doc);
void sr_meta_entry_free(struct entry *e);

#endif /* SR_META_IMPL_H */
