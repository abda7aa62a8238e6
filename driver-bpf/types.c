/* SPDX-License-Identifier: Apache-2.0 */
#include "driver-bpf/types.h"

#include <bpf/btf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#define NAMES 2048 /* places for names, a power of two; the programs have some 300 types */

struct names {
	uint64_t hash[NAMES]; /* 0: free */
	unsigned int count;
};

/* Types of one kernel, or of one of its modules, on their way into another collection. */
struct taking {
	struct btf *from, *to;
	uint32_t *ids;	 /* of from's: in to; 0 not taken */
	uint32_t *order; /* those that were taken, in the order of their new ids from @first on */
	uint32_t first, count;
};

/* ---- names ---- */

/* "inode___plain" is a way to see "inode". */
static uint64_t name_hash(const char *name)
{
	const char *end = strstr(name, "___");

	return XXH3_64bits(name, end && end != name ? (size_t)(end - name) : strlen(name)) | 1;
}

/* The place of a name, or where it would be. */
static uint64_t *place_of(struct names *n, uint64_t hash)
{
	size_t i = hash >> 1 & (NAMES - 1);

	while (n->hash[i] && n->hash[i] != hash)
		i = (i + 1) & (NAMES - 1);
	return &n->hash[i];
}

/* The name of a type that programs can refer to, else NULL. */
static const char *sought_name(const struct btf *btf, const struct btf_type *t)
{
	const char *name;

	if (!btf_is_composite(t) && !btf_is_any_enum(t) && !btf_is_typedef(t))
		return NULL;
	name = btf__name_by_offset(btf, t->name_off);
	return name && *name ? name : NULL;
}

static bool collect_names(struct names *n, const struct btf *object)
{
	for (uint32_t id = 1; id < btf__type_cnt(object); id++) {
		const char *name = sought_name(object, btf__type_by_id(object, id));
		uint64_t hash = name ? name_hash(name) : 0, *place = place_of(n, hash);

		if (!name || *place)
			continue;
		if (++n->count > NAMES / 2)
			return false;
		*place = hash;
	}
	return true;
}

/* ---- types ---- */

/* The @i-th id in a type; NULL: it has not so many. */
static uint32_t *reference(struct btf_type *t, uint32_t i)
{
	switch (btf_kind(t)) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return i < btf_vlen(t) ? &btf_members(t)[i].type : NULL;
	case BTF_KIND_ARRAY:
		return i == 0 ? &btf_array(t)->type : i == 1 ? &btf_array(t)->index_type : NULL;
	case BTF_KIND_PTR:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		return i == 0 ? &t->type : NULL;
	default:
		return NULL;
	}
}

/* Can a type be a member of another, or lead to one that can? */
static bool is_data(const struct btf_type *t)
{
	switch (btf_kind(t)) {
	case BTF_KIND_FUNC:
	case BTF_KIND_FUNC_PROTO:
	case BTF_KIND_VAR:
	case BTF_KIND_DATASEC:
	case BTF_KIND_DECL_TAG:
		return false;
	default:
		return true;
	}
}

/* Copy one, with the ids that it has. */
static bool take(struct taking *k, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(k->from, id);
	int to;

	if (!id || !t || k->ids[id] || !is_data(t))
		return true;
	to = btf__add_type(k->to, k->from, t);
	if (to < 0)
		return false;
	if (!k->count)
		k->first = (uint32_t)to;
	k->ids[id] = (uint32_t)to;
	k->order[k->count++] = id;
	return true;
}

/* Take what is in those that were taken, and in that, and give all their new ids. */
static bool complete(struct taking *k)
{
	uint32_t n = btf__type_cnt(k->from), *ref;
	struct btf_type *t;

	for (uint32_t done = 0; done < k->count; done++) {
		t = (struct btf_type *)btf__type_by_id(k->to, k->first + done);
		if (btf_is_ptr(t)) {
			t->type = 0;
			continue;
		}
		for (uint32_t i = 0; (ref = reference(t, i)); i++) {
			if (*ref >= n || !take(k, *ref))
				return false;
			/* what was added may have moved it */
			t = (struct btf_type *)btf__type_by_id(k->to, k->first + done);
			ref = reference(t, i);
			*ref = k->ids[*ref];
		}
	}
	return true;
}

/* Types of @from, but not those that are of @base too: which of @names they are is noted. */
static bool take_all(struct btf *from, const struct btf *base, struct names *names,
		     struct names *found, struct btf *to)
{
	uint32_t n = btf__type_cnt(from);
	struct taking k = { .from = from, .to = to };
	bool ok;

	k.ids = calloc(n, sizeof(*k.ids));
	k.order = calloc(n, sizeof(*k.order));
	ok = k.ids && k.order;
	for (uint32_t id = base ? btf__type_cnt(base) : 1; ok && id < n; id++) {
		const struct btf_type *t = btf__type_by_id(from, id);
		const char *name = sought_name(from, t);
		uint64_t hash = name ? name_hash(name) : 0;

		if (!name || *place_of(names, hash) != hash)
			continue;
		*place_of(found, hash) = hash;
		ok = take(&k, id);
	}
	ok = ok && complete(&k);
	free(k.ids);
	free(k.order);
	return ok;
}

/* ---- modules ---- */

/* Families of sockets that distributions build as modules. */
static const struct {
	const char *type, *module;
} in_modules[] = {
	{ "packet_sock", "af_packet" },
	{ "unix_sock", "unix" },
	{ "vsock_sock", "vsock" },
};

static bool take_modules(struct btf *kernel, struct names *names, struct names *found,
			 struct btf *to)
{
	bool ok = true;

	for (size_t i = 0; ok && i < sizeof(in_modules) / sizeof(in_modules[0]); i++) {
		uint64_t hash = name_hash(in_modules[i].type);
		struct btf *module;

		if (*place_of(names, hash) != hash || *place_of(found, hash) == hash)
			continue;
		module = btf__load_module_btf(in_modules[i].module, kernel);
		ok = !module || take_all(module, kernel, names, found, to); /* it is not loaded */
		btf__free(module);
	}
	return ok;
}

struct btf *sr_types_extract(struct btf *kernel, const struct btf *object, bool modules)
{
	struct names *names = calloc(2, sizeof(*names));
	struct btf *to = btf__new_empty();
	bool ok = names && to && collect_names(names, object) &&
		  take_all(kernel, NULL, names, &names[1], to) &&
		  (!modules || take_modules(kernel, names, &names[1], to));

	free(names);
	if (ok)
		return to;
	btf__free(to);
	return NULL;
}
