/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/fds_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define STRS 2u	  /* of each file */
#define FEW  1024 /* names that are not worth cleaning up */

static uint32_t str_of(uint32_t name, uint32_t which)
{
	return 1 + name * STRS + which;
}

static bool same_str(struct sr_str a, struct sr_str b)
{
	return a.len == b.len && (!a.len || memcmp(a.p, b.p, a.len) == 0);
}

/* A file as it is kept: what refers to strings of its block is taken away. */
static struct sr_file without_strs(const struct sr_file *f)
{
	struct sr_file out = *f;

	out.path = out.peer_path = out.host_path = 0;
	return out;
}

static bool same(const struct sr_fds_names *n, uint32_t name, const struct sr_block *b,
		 uint32_t file)
{
	struct sr_file mine = without_strs(&n->blk.files[name]), other;

	other = without_strs(&b->files[file]);
	return memcmp(&mine, &other, sizeof(mine)) == 0 &&
	       same_str(n->blk.strs[str_of(name, 0)], b->strs[b->files[file].path]) &&
	       same_str(n->blk.strs[str_of(name, 1)], b->strs[b->files[file].peer_path]);
}

static int grow(struct sr_fds_names *n)
{
	uint32_t cap = n->cap ? n->cap * 2 : 256;
	struct sr_file *files;
	struct sr_str *strs;
	uint8_t *used;

	files = reallocarray(n->blk.files, cap, sizeof(*files));
	if (!files)
		return -ENOMEM;
	n->blk.files = files;
	strs = reallocarray(n->blk.strs, str_of(cap, 0), sizeof(*strs));
	if (!strs)
		return -ENOMEM;
	n->blk.strs = strs;
	used = realloc(n->used, cap);
	if (!used)
		return -ENOMEM;
	n->used = used;
	memset(files + n->cap, 0, (cap - n->cap) * sizeof(*files));
	memset(strs + (n->cap ? str_of(n->cap, 0) : 0), 0,
	       (str_of(cap, 0) - (n->cap ? str_of(n->cap, 0) : 0)) * sizeof(*strs));
	memset(used + n->cap, 0, cap - n->cap);
	if (!n->cap) {
		used[0] = 1; /* no file */
		strs[0].p = "";
	}
	n->cap = n->blk.nfiles = cap;
	n->blk.nstrs = str_of(cap, 0);
	return 0;
}

static int keep_str(struct sr_str *to, struct sr_str from)
{
	char *copy;

	if (!from.len) {
		*to = (struct sr_str){ "", 0 };
		return 0;
	}
	copy = malloc(from.len);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, from.p, from.len);
	*to = (struct sr_str){ copy, from.len };
	return 0;
}

static void release(struct sr_fds_names *n, uint32_t name)
{
	for (uint32_t i = 0; i < STRS; i++) {
		struct sr_str *s = &n->blk.strs[str_of(name, i)];

		if (s->len)
			free((char *)s->p);
		*s = (struct sr_str){ "", 0 };
	}
	n->blk.files[name] = (struct sr_file){ .kind = SR_FILE_NONE };
	n->used[name] = 0;
}

/* A number that is free; 0 without memory. */
static uint32_t take_number(struct sr_fds_names *n)
{
	uint32_t name = n->free_at;

	while (name < n->cap && n->used[name])
		name++;
	if (name >= n->cap && grow(n) < 0)
		return 0;
	while (n->used[name])
		name++;
	n->used[name] = 1;
	n->live++;
	n->free_at = name + 1;
	n->blk.strs[str_of(name, 0)] = n->blk.strs[str_of(name, 1)] = (struct sr_str){ "", 0 };
	return name;
}

/* Return the number; 0 without memory. */
static uint32_t add(struct sr_fds_names *n, const struct sr_block *b, uint32_t file)
{
	const struct sr_file *f = &b->files[file];
	uint32_t name = take_number(n);

	if (!name || keep_str(&n->blk.strs[str_of(name, 0)], b->strs[f->path]) < 0 ||
	    keep_str(&n->blk.strs[str_of(name, 1)], b->strs[f->peer_path]) < 0)
		return 0; /* what was taken goes with the next sweep */
	n->blk.files[name] = without_strs(f);
	n->blk.files[name].path = str_of(name, 0);
	n->blk.files[name].peer_path = f->peer_path ? str_of(name, 1) : 0;
	return name;
}

uint32_t sr_fds_name_kind(struct sr_fds_names *n, enum sr_file_kind kind, bool *oom)
{
	uint32_t name = n->of_kind[kind] ? n->of_kind[kind] : take_number(n);

	*oom |= !name;
	if (name)
		n->blk.files[name] =
			(struct sr_file){ .kind = (uint32_t)kind, .flags = SR_FILE_NO_NAME };
	n->of_kind[kind] = name;
	return name;
}

int sr_fds_names_block(struct sr_fds_names *n, const struct sr_block *b)
{
	uint32_t *map;

	if (b->nfiles > n->map_cap) {
		map = reallocarray(n->map, b->nfiles, sizeof(*map));
		if (!map)
			return -ENOMEM;
		n->map = map;
		n->map_cap = b->nfiles;
	}
	if (b->nfiles)
		memset(n->map, 0, b->nfiles * sizeof(*n->map));
	return 0;
}

uint32_t sr_fds_name_of(struct sr_fds_names *n, const struct sr_block *b, uint32_t file,
			uint32_t like, bool *oom)
{
	if (!file || b->files[file].kind == SR_FILE_NONE)
		return 0;
	if (n->map[file])
		return n->map[file];
	n->map[file] = like && same(n, like, b, file) ? like : add(n, b, file);
	*oom |= !n->map[file];
	return n->map[file];
}

bool sr_fds_names_full(const struct sr_fds_names *n)
{
	return n->live > n->sweep_at;
}

void sr_fds_names_sweep(struct sr_fds_names *n, const uint8_t *keep)
{
	n->live = 0;
	memset(n->of_kind, 0, sizeof(n->of_kind));
	for (uint32_t i = 1; i < n->cap; i++) {
		if (n->used[i] && !keep[i])
			release(n, i);
		n->live += n->used[i];
	}
	n->free_at = 1;
	n->sweep_at = n->live * 2 + FEW;
}

void sr_fds_names_free(struct sr_fds_names *n)
{
	for (uint32_t i = 1; i < n->cap; i++)
		if (n->used[i])
			release(n, i);
	free(n->blk.files);
	free(n->blk.strs);
	free(n->used);
	free(n->map);
}
