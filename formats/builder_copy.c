/* SPDX-License-Identifier: Apache-2.0 */
/* Appends selected rows of one block to a builder, with the dictionary entries that they
 * refer to and no others. Entries are recognised by their content, so that several blocks
 * that knew the same thread become one block that knows it once. */
#include "formats/base/buf.h"
#include "formats/builder_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LOST_FROM 1 /* the argument "from" of a gap: formats/events.def */

/* Numbers of the source's entries -> ours plus one; 0: not copied yet. */
struct maps {
	uint32_t *strs, *threads, *files, *cgroups, *types;
};

static int make_maps(struct sr_builder *b, const struct sr_block *src, struct maps *m)
{
	size_t n = (size_t)src->nstrs + src->nthreads + src->nfiles + src->ncgroups + src->ntypes;
	uint32_t *p;

	if (n > b->map_cap) {
		p = realloc(b->map, n * sizeof(*p));
		if (!p)
			return -ENOMEM;
		b->map = p;
		b->map_cap = n;
	}
	memset(b->map, 0, n * sizeof(*p));
	m->strs = b->map;
	m->threads = m->strs + src->nstrs;
	m->files = m->threads + src->nthreads;
	m->cgroups = m->files + src->nfiles;
	m->types = m->cgroups + src->ncgroups;
	return 0;
}

static int map_str(struct sr_builder *b, const struct sr_block *src, const struct maps *m,
		   uint32_t *num)
{
	const struct sr_str *s = &src->strs[*num];
	int64_t to;

	if (!m->strs[*num]) {
		to = sr_strtab_intern(&b->strs, s->p, s->len);
		if (to < 0)
			return -ENOMEM;
		m->strs[*num] = (uint32_t)to + 1;
	}
	*num = m->strs[*num] - 1;
	return 0;
}

/* Entry @have of a dictionary of @n entries is its key's number; a new key is entry @n.
 * (An earlier failure can have left a key without its entry: then nothing more fits.) */
static int known_entry(struct sr_strtab *keys, const void *entry, size_t size, uint32_t n,
		       uint32_t *have)
{
	int64_t num = sr_strtab_intern(keys, entry, size);

	if (num < 0 || num > n)
		return -ENOMEM;
	*have = (uint32_t)num;
	return num < n;
}

void sr_builder_set_origin(struct sr_builder *b, const struct sr_builder_origin *o)
{
	b->origin = o;
}

static uint32_t map_host(const struct sr_builder *b, uint32_t host)
{
	return b->origin && host < b->origin->nhosts ? b->origin->hosts[host] : host;
}

static int map_cgroup(struct sr_builder *b, const struct sr_block *src, const struct maps *m,
		      uint32_t *idx)
{
	struct sr_cgroup c;
	uint32_t *to = &m->cgroups[*idx];
	int rc;

	if (*idx && !*to) {
		c = src->cgroups[*idx];
		if (map_str(b, src, m, &c.path) < 0)
			return -ENOMEM;
		c.host = map_host(b, c.host);
		rc = known_entry(&b->cgroup_keys, &c, sizeof(c), b->blk.ncgroups, idx);
		if (rc < 0 || (!rc && sr_builder_push_cgroup(b, &c) < 0))
			return -ENOMEM;
		*to = *idx + 1;
	}
	*idx = *to ? *to - 1 : 0;
	return 0;
}

static int map_file(struct sr_builder *b, const struct sr_block *src, const struct maps *m,
		    uint32_t *idx)
{
	struct sr_file f;
	uint32_t *to = &m->files[*idx];
	int rc;

	if (*idx && !*to) {
		f = src->files[*idx];
		if (map_str(b, src, m, &f.path) < 0 || map_str(b, src, m, &f.peer_path) < 0 ||
		    map_str(b, src, m, &f.host_path) < 0)
			return -ENOMEM;
		rc = known_entry(&b->file_keys, &f, sizeof(f), b->blk.nfiles, idx);
		if (rc < 0 || (!rc && sr_builder_push_file(b, &f) < 0))
			return -ENOMEM;
		*to = *idx + 1;
	}
	*idx = *to ? *to - 1 : 0;
	return 0;
}

/* Parents of parents that are copied, too: a file can have more than makes sense. */
#define MAX_PARENTS 64

static int map_thread(struct sr_builder *b, const struct sr_block *src, const struct maps *m,
		      uint32_t *idx, unsigned int depth);

static int map_parent(struct sr_builder *b, const struct sr_block *src, const struct maps *m,
		      struct sr_thread *t, unsigned int depth)
{
	if (depth >= MAX_PARENTS)
		t->parent = 0;
	return t->parent ? map_thread(b, src, m, &t->parent, depth + 1) : 0;
}

static int map_thread_parts(struct sr_builder *b, const struct sr_block *src, const struct maps *m,
			    struct sr_thread *t, unsigned int depth)
{
	uint32_t *strs[] = { &t->comm, &t->exepath, &t->args, &t->env, &t->cwd };

	for (size_t i = 0; i < sizeof(strs) / sizeof(strs[0]); i++)
		if (map_str(b, src, m, strs[i]) < 0)
			return -ENOMEM;
	for (uint32_t i = 0; i < t->nanc; i++)
		if (map_str(b, src, m, &t->anc[i].comm) < 0)
			return -ENOMEM;
	if (map_cgroup(b, src, m, &t->cgroup) < 0 || map_parent(b, src, m, t, depth) < 0)
		return -ENOMEM;
	return map_cgroup(b, src, m, &t->cgroup1);
}

static int map_thread(struct sr_builder *b, const struct sr_block *src, const struct maps *m,
		      uint32_t *idx, unsigned int depth)
{
	struct sr_thread t;
	uint32_t *to = &m->threads[*idx];
	int rc;

	/* An unknown thread of another host is not the unknown thread of ours. */
	if ((*idx || map_host(b, 0)) && !*to) {
		t = src->threads[*idx];
		t.host = map_host(b, t.host);
		if (b->origin && t.id)
			t.id += b->origin->ids;
		if (map_thread_parts(b, src, m, &t, depth) < 0)
			return -ENOMEM;
		rc = known_entry(&b->thread_keys, &t, sizeof(t), b->blk.nthreads, idx);
		if (rc < 0 || (!rc && sr_builder_push_thread(b, &t) < 0))
			return -ENOMEM;
		*to = *idx + 1;
	}
	*idx = *to ? *to - 1 : 0;
	return 0;
}

static bool as_in_schema(const struct sr_block_type *t)
{
	if (!t->type || t->ncols != t->type->nargs)
		return false;
	for (uint32_t i = 0; i < t->ncols; i++)
		if (t->cls[i] != sr_kinds[t->type->args[i].kind].cls)
			return false;
	return true;
}

/* Columns are kept as they were written, even where the schema now says otherwise. */
static struct sr_builder_type *map_type(struct sr_builder *b, const struct sr_block_type *t,
					uint32_t *to)
{
	struct sr_builder_type *s;
	struct sr_buf key = { 0 };

	if (*to)
		return b->active[*to - 1];
	if (as_in_schema(t)) {
		s = sr_builder_type_known(b, t->type);
	} else {
		sr_buf_putc(&key, t->type ? 'k' : 'u');
		sr_buf_putc(&key, (char)t->ncols);
		sr_buf_put(&key, t->cls, t->ncols);
		sr_buf_puts(&key, t->name);
		s = key.oom ? NULL
			    : sr_builder_type_named(b, t->type, t->name, t->cls, t->ncols, key.p,
						    key.len);
		sr_buf_free(&key);
	}
	if (s)
		*to = s->idx + 1;
	return s;
}

static int copy_arg(struct sr_builder *b, const struct sr_block *src, const struct maps *m,
		    enum sr_class cls, const struct sr_col *from, uint32_t i, struct sr_col *c,
		    uint32_t row)
{
	int64_t at;

	c->val[row] = from->val[i];
	if (cls == SR_CLASS_NUM)
		return 0;
	c->status[row] = from->status[i];
	c->ref[row] = from->ref[i];
	if (cls == SR_CLASS_FILE)
		return map_file(b, src, m, &c->ref[row]);
	c->truelen[row] = from->truelen[i];
	if (cls == SR_CLASS_STR)
		return map_str(b, src, m, &c->ref[row]);
	c->len[row] = from->len[i];
	at = sr_builder_heap(b, from->len[i] ? src->heap + from->ref[i] : NULL, from->len[i]);
	if (at < 0)
		return -ENOMEM;
	c->ref[row] = (uint32_t)at;
	return 0;
}

/* The times in a row, brought to our clock. */
static void shift_times(struct sr_builder *b, const struct sr_builder_type *s, uint32_t n)
{
	uint64_t shift = b->origin ? b->origin->shift : 0;
	const struct sr_type *t = s->t.type;
	uint64_t *from;

	b->blk.time[n] += shift;
	if (!t || t->xevent != SR_X_LOST || s->t.ncols <= LOST_FROM)
		return;
	from = &s->t.cols[LOST_FROM].val[s->t.nrows];
	*from += *from ? shift : 0;
}

static int copy_row(struct sr_builder *b, const struct sr_block *src, const struct maps *m,
		    uint32_t i)
{
	const struct sr_block_type *t = sr_block_type_of(src, i);
	struct sr_builder_type *s = map_type(b, t, &m->types[src->type[i]]);
	struct sr_block *k = &b->blk;
	uint32_t n = k->n;

	if (!s || sr_builder_row(b) < 0 || sr_builder_type_row(s) < 0 ||
	    sr_builder_size(b) > SR_BLOCK_MAX_BYTES)
		return -ENOMEM;
	k->thread[n] = src->thread[i];
	k->file[n] = src->file[i];
	if (map_thread(b, src, m, &k->thread[n], 0) < 0 || map_file(b, src, m, &k->file[n]) < 0)
		return -ENOMEM;
	for (uint32_t a = 0; a < t->ncols; a++)
		if (copy_arg(b, src, m, t->cls[a], &t->cols[a], src->nth[i], &s->t.cols[a],
			     s->t.nrows) < 0)
			return -ENOMEM;
	k->time[n] = src->time[i];
	shift_times(b, s, n);
	k->dur[n] = src->dur[i];
	k->ret[n] = src->ret[i];
	k->nth[n] = s->t.nrows++;
	k->type[n] = (uint16_t)s->idx;
	k->cpu[n] = src->cpu[i];
	k->flags[n] = src->flags[i];
	k->min_time = n && k->min_time < k->time[n] ? k->min_time : k->time[n];
	k->max_time = n && k->max_time > k->time[n] ? k->max_time : k->time[n];
	k->n = n + 1;
	b->col_bytes += s->row_bytes;
	return 0;
}

static int copy_rows(struct sr_builder *b, const struct sr_block *src, const uint64_t *sel,
		     const struct maps *m)
{
	for (uint32_t base = 0; base < src->n; base += 64) {
		uint64_t bits = sel ? sel[base / 64] : UINT64_MAX;

		if (src->n - base < 64)
			bits &= (1ull << (src->n - base)) - 1;
		for (; bits; bits &= bits - 1)
			if (copy_row(b, src, m, base + (uint32_t)__builtin_ctzll(bits)) < 0)
				return -ENOMEM;
	}
	return 0;
}

/* Take back the rows from @n on; dictionary entries that nothing refers to may stay. */
static void take_back(struct sr_builder *b, const struct sr_block *was, size_t col_bytes)
{
	for (uint32_t i = was->n; i < b->blk.n; i++)
		b->active[b->blk.type[i]]->t.nrows--;
	b->blk.n = was->n;
	b->blk.heap_len = was->heap_len;
	b->blk.min_time = was->min_time;
	b->blk.max_time = was->max_time;
	b->col_bytes = col_bytes;
}

int sr_builder_copy(struct sr_builder *b, struct sr_block *src, const uint64_t *sel,
		    struct sr_err *err)
{
	const struct sr_block was = b->blk;
	size_t col_bytes = b->col_bytes;
	struct maps m;
	int rc;

	rc = sr_block_load(src, SR_NEED_ALL, err);
	if (rc < 0)
		return rc;
	if (make_maps(b, src, &m) == 0 && copy_rows(b, src, sel, &m) == 0)
		return 0;
	take_back(b, &was, col_bytes);
	return sr_err_set(err, -ENOMEM, SR_NO_POS, "no memory, or the block is full");
}
