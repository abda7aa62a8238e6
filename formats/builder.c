/* SPDX-License-Identifier: Apache-2.0 */
/* Makes blocks event by event. This is where a live recording spends its time in user
 * space: adding an event allocates nothing and hashes nothing but its own strings. */
#include "formats/builder_impl.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* Memory of one event in the columns of all types. */
#define ROW_BYTES	42u
#define ROWS_FIRST	4096u
#define TYPE_ROWS_FIRST 64u

int sr_builder_grow(void *array, uint32_t *cap, uint32_t need, uint32_t max, size_t size)
{
	void **p = array;
	size_t n = *cap ? *cap : 16;
	void *mem;

	if (need <= *cap)
		return 0;
	if (need > max)
		return -ENOMEM;
	while (n < need)
		n *= 2;
	mem = realloc(*p, n * size); /* limits keep this below 2^32 */
	if (!mem)
		return -ENOMEM;
	*p = mem;
	*cap = (uint32_t)n;
	return 0;
}

static int grow_column(void *col, uint32_t rows, size_t size)
{
	void **p = col;
	void *mem = realloc(*p, rows * size);

	if (!mem)
		return -ENOMEM;
	*p = mem;
	return 0;
}

/* The capacity is raised only when every column has it. */
int sr_builder_grow_rows(struct sr_builder *b)
{
	struct sr_block *k = &b->blk;
	uint32_t cap = b->cap ? b->cap * 2 : ROWS_FIRST;
	int rc = 0;

	if (b->cap >= SR_BLOCK_MAX_EVENTS)
		return -ENOMEM;
	rc |= grow_column(&k->time, cap, sizeof(*k->time));
	rc |= grow_column(&k->dur, cap, sizeof(*k->dur));
	rc |= grow_column(&k->ret, cap, sizeof(*k->ret));
	rc |= grow_column(&k->thread, cap, sizeof(*k->thread));
	rc |= grow_column(&k->file, cap, sizeof(*k->file));
	rc |= grow_column(&k->nth, cap, sizeof(*k->nth));
	rc |= grow_column(&k->type, cap, sizeof(*k->type));
	rc |= grow_column(&k->cpu, cap, sizeof(*k->cpu));
	rc |= grow_column(&k->flags, cap, sizeof(*k->flags));
	if (rc)
		return -ENOMEM;
	b->cap = cap;
	return 0;
}

static int grow_arg(struct sr_col *c, enum sr_class cls, uint32_t cap)
{
	int rc = grow_column(&c->val, cap, sizeof(*c->val));

	if (cls == SR_CLASS_NUM)
		return rc;
	rc |= grow_column(&c->ref, cap, sizeof(*c->ref));
	rc |= grow_column(&c->status, cap, sizeof(*c->status));
	if (cls != SR_CLASS_FILE)
		rc |= grow_column(&c->truelen, cap, sizeof(*c->truelen));
	if (cls == SR_CLASS_BYTES)
		rc |= grow_column(&c->len, cap, sizeof(*c->len));
	return rc;
}

int sr_builder_grow_type(struct sr_builder_type *s)
{
	uint32_t cap = s->cap ? s->cap * 2 : TYPE_ROWS_FIRST;

	for (uint32_t i = 0; i < s->t.ncols; i++)
		if (grow_arg(&s->t.cols[i], s->t.cls[i], cap) < 0)
			return -ENOMEM;
	s->cap = cap;
	return 0;
}

static void type_free(struct sr_builder_type *s)
{
	if (!s)
		return;
	for (uint32_t i = 0; i < SR_MAX_ARGS; i++) {
		free(s->t.cols[i].val);
		free(s->t.cols[i].ref);
		free(s->t.cols[i].len);
		free(s->t.cols[i].truelen);
		free(s->t.cols[i].status);
	}
	free(s->name);
	free(s);
}

static void set_classes(struct sr_builder_type *s, const uint8_t *cls, uint32_t ncols)
{
	static const uint8_t bytes[] = {
		[SR_CLASS_NUM] = 8, [SR_CLASS_STR] = 17, [SR_CLASS_FILE] = 13, [SR_CLASS_BYTES] = 21
	};

	s->t.ncols = ncols;
	s->row_bytes = ROW_BYTES;
	for (uint32_t i = 0; i < ncols; i++) {
		s->t.cls[i] = cls[i];
		s->row_bytes += bytes[cls[i]];
	}
}

/* Put a type into the block, empty. */
static struct sr_builder_type *activate(struct sr_builder *b, struct sr_builder_type *s)
{
	uint32_t n = b->blk.ntypes;

	if (sr_builder_grow(&b->active, &b->active_cap, n + 1, SR_BLOCK_MAX_TYPES,
			    sizeof(struct sr_builder_type *)) < 0 ||
	    sr_builder_grow(&b->blk.types, &b->types_cap, n + 1, SR_BLOCK_MAX_TYPES,
			    sizeof(struct sr_block_type)) < 0)
		return NULL;
	s->t.nrows = 0;
	s->epoch = b->epoch;
	s->idx = n;
	b->active[n] = s;
	b->blk.ntypes = n + 1;
	return s;
}

struct sr_builder_type *sr_builder_type_known(struct sr_builder *b, const struct sr_type *type)
{
	struct sr_builder_type **slot = &b->known[sr_type_id(type)];
	uint8_t cls[SR_MAX_ARGS];

	if (*slot && (*slot)->epoch == b->epoch)
		return *slot;
	if (!*slot) {
		*slot = calloc(1, sizeof(**slot));
		if (!*slot)
			return NULL;
		for (uint32_t i = 0; i < type->nargs; i++)
			cls[i] = sr_kinds[type->args[i].kind].cls;
		set_classes(*slot, cls, type->nargs);
		(*slot)->t.type = type;
		(*slot)->t.name = type->name;
	}
	return activate(b, *slot);
}

struct sr_builder_type *sr_builder_type_named(struct sr_builder *b, const struct sr_type *type,
					      const char *name, const uint8_t *cls, uint32_t ncols,
					      const void *key, size_t key_len)
{
	int64_t num = sr_strtab_intern(&b->named, key, key_len);
	struct sr_builder_type *s;
	uint32_t had = b->by_name_cap;

	if (num < 0 || sr_builder_grow(&b->by_name, &b->by_name_cap, (uint32_t)num + 1,
				       SR_BLOCK_MAX_TYPES, sizeof(struct sr_builder_type *)) < 0)
		return NULL;
	for (; had < b->by_name_cap; had++)
		b->by_name[had] = NULL;
	if (b->by_name[num])
		return b->by_name[num];
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->name = strndup(name, SR_BLOCK_MAX_NAME);
	s->t.type = type;
	s->t.name = s->name;
	set_classes(s, cls, ncols);
	if (!s->name || !activate(b, s)) {
		type_free(s);
		return NULL;
	}
	b->by_name[num] = s;
	return s;
}

/* An event of an unknown type has more arguments than those before it: they had zeros. */
static int widen(struct sr_builder_type *s, uint32_t ncols)
{
	for (uint32_t i = s->t.ncols; i < ncols; i++) {
		if (s->cap && grow_arg(&s->t.cols[i], SR_CLASS_NUM, s->cap) < 0)
			return -ENOMEM;
		if (s->t.nrows)
			memset(s->t.cols[i].val, 0, s->t.nrows * sizeof(uint64_t));
		s->t.cls[i] = SR_CLASS_NUM;
		s->t.ncols = i + 1;
		s->row_bytes += sizeof(uint64_t);
	}
	return 0;
}

static struct sr_builder_type *unknown_type(struct sr_builder *b, const struct sr_event_in *ev)
{
	static const uint8_t nums[SR_MAX_ARGS];
	const char *name = ev->name && *ev->name ? ev->name : "unknown";
	struct sr_builder_type *s;

	s = sr_builder_type_named(b, NULL, name, nums, ev->nargs, name, strlen(name));
	if (s && s->t.ncols < ev->nargs && widen(s, ev->nargs) < 0)
		return NULL;
	return s;
}

/* A type that we know, but under another name or with fewer arguments. */
static struct sr_builder_type *renamed_type(struct sr_builder *b, const struct sr_event_in *ev)
{
	char key[SR_BLOCK_MAX_NAME + 32];
	uint8_t cls[SR_MAX_ARGS];
	uint8_t n = ev->nargs < ev->type->nargs ? ev->nargs : ev->type->nargs;
	int len;

	for (uint32_t i = 0; i < n; i++)
		cls[i] = sr_kinds[ev->type->args[i].kind].cls;
	len = snprintf(key, sizeof(key), "%s %u %d", ev->alias, n, sr_type_id(ev->type));
	if (len < 0 || (size_t)len >= sizeof(key))
		return NULL;
	return sr_builder_type_named(b, ev->type, ev->alias, cls, n, key, (size_t)len);
}

int64_t sr_builder_push_thread(struct sr_builder *b, const struct sr_thread *t)
{
	uint32_t n = b->blk.nthreads;

	if (sr_builder_grow(&b->blk.threads, &b->threads_cap, n + 1, SR_BLOCK_MAX_ENTRIES,
			    sizeof(*t)) < 0)
		return -ENOMEM;
	b->blk.threads[n] = *t;
	b->dict_bytes += sizeof(*t);
	return b->blk.nthreads++;
}

int64_t sr_builder_push_file(struct sr_builder *b, const struct sr_file *f)
{
	uint32_t n = b->blk.nfiles;

	if (sr_builder_grow(&b->blk.files, &b->files_cap, n + 1, SR_BLOCK_MAX_ENTRIES, sizeof(*f)) <
	    0)
		return -ENOMEM;
	b->blk.files[n] = *f;
	b->dict_bytes += sizeof(*f);
	return b->blk.nfiles++;
}

int64_t sr_builder_push_cgroup(struct sr_builder *b, const struct sr_cgroup *c)
{
	uint32_t n = b->blk.ncgroups;

	if (sr_builder_grow(&b->blk.cgroups, &b->cgroups_cap, n + 1, SR_BLOCK_MAX_ENTRIES,
			    sizeof(*c)) < 0)
		return -ENOMEM;
	b->blk.cgroups[n] = *c;
	b->dict_bytes += sizeof(*c);
	return b->blk.ncgroups++;
}

static int intern(struct sr_builder *b, const struct sr_str *s, uint32_t *out)
{
	int64_t num = sr_strtab_intern(&b->strs, s->p, s->len);

	if (num < 0)
		return -ENOMEM;
	*out = (uint32_t)num;
	return 0;
}

static int cgroup_index(struct sr_builder *b, struct sr_cgroup_def *d, uint32_t *out)
{
	struct sr_cgroup c;
	int64_t idx;

	*out = 0;
	if (!d)
		return 0;
	if (d->epoch != b->epoch) {
		c = d->c;
		if (intern(b, &d->path, &c.path) < 0)
			return -ENOMEM;
		idx = sr_builder_push_cgroup(b, &c);
		if (idx < 0)
			return -ENOMEM;
		d->idx = (uint32_t)idx;
		d->epoch = b->epoch;
	}
	*out = d->idx;
	return 0;
}

static int thread_index(struct sr_builder *b, struct sr_thread_def *d, uint32_t *out);

static int add_thread(struct sr_builder *b, struct sr_thread_def *d)
{
	struct sr_thread t = d->t;
	int64_t idx;

	if (t.nanc > SR_MAX_ANCESTORS)
		t.nanc = SR_MAX_ANCESTORS;
	memset(t.anc + t.nanc, 0, (SR_MAX_ANCESTORS - t.nanc) * sizeof(t.anc[0]));
	for (uint32_t i = 0; i < t.nanc; i++)
		if (intern(b, &d->anc_comm[i], &t.anc[i].comm) < 0)
			return -ENOMEM;
	if (thread_index(b, d->parent, &t.parent) < 0 ||
	    cgroup_index(b, d->cgroup, &t.cgroup) < 0 ||
	    cgroup_index(b, d->cgroup1, &t.cgroup1) < 0 || intern(b, &d->comm, &t.comm) < 0 ||
	    intern(b, &d->exepath, &t.exepath) < 0 || intern(b, &d->args, &t.args) < 0 ||
	    intern(b, &d->env, &t.env) < 0 || intern(b, &d->cwd, &t.cwd) < 0)
		return -ENOMEM;
	idx = sr_builder_push_thread(b, &t);
	if (idx < 0)
		return -ENOMEM;
	d->idx = (uint32_t)idx;
	d->epoch = b->epoch;
	return 0;
}

static inline int thread_index(struct sr_builder *b, struct sr_thread_def *d, uint32_t *out)
{
	*out = 0;
	if (!d)
		return 0;
	if (d->epoch != b->epoch && add_thread(b, d) < 0)
		return -ENOMEM;
	*out = d->idx;
	return 0;
}

static int add_file(struct sr_builder *b, struct sr_file_def *d)
{
	struct sr_file f = d->f;
	int64_t idx;

	if (intern(b, &d->path, &f.path) < 0 || intern(b, &d->peer_path, &f.peer_path) < 0 ||
	    intern(b, &d->host_path, &f.host_path) < 0)
		return -ENOMEM;
	idx = sr_builder_push_file(b, &f);
	if (idx < 0)
		return -ENOMEM;
	d->idx = (uint32_t)idx;
	d->epoch = b->epoch;
	return 0;
}

static inline int file_index(struct sr_builder *b, struct sr_file_def *d, uint32_t *out)
{
	*out = 0;
	if (!d)
		return 0;
	if (d->epoch != b->epoch && add_file(b, d) < 0)
		return -ENOMEM;
	*out = d->idx;
	return 0;
}

int sr_builder_file(struct sr_builder *b, struct sr_file_def *d, uint32_t *out)
{
	return file_index(b, d, out);
}

static int grow_heap(struct sr_builder *b, size_t need)
{
	size_t cap = b->heap_cap ? b->heap_cap : 64 << 10;
	uint8_t *mem;

	if (need > SR_BLOCK_MAX_BYTES)
		return -ENOMEM;
	while (cap < need)
		cap *= 2;
	mem = realloc(b->heap, cap);
	if (!mem)
		return -ENOMEM;
	b->heap = mem;
	b->heap_cap = cap;
	return 0;
}

int64_t sr_builder_heap(struct sr_builder *b, const void *p, uint32_t len)
{
	size_t at = b->blk.heap_len;

	if (!len)
		return (int64_t)at;
	if (len > b->heap_cap - at && grow_heap(b, at + len) < 0)
		return -ENOMEM;
	memcpy(b->heap + at, p, len);
	b->blk.heap_len = at + len;
	return (int64_t)at;
}

/* The typed data of one argument; its raw value is stored already. */
static int put_data(struct sr_builder *b, enum sr_class cls, struct sr_col *c, uint32_t row,
		    const struct sr_arg *a)
{
	struct sr_str s = { a->data, a->data ? a->len : 0 };
	int64_t at;

	c->status[row] = a->status;
	if (cls == SR_CLASS_FILE)
		return file_index(b, a->file, &c->ref[row]);
	c->truelen[row] = a->truelen;
	if (cls == SR_CLASS_STR)
		return intern(b, &s, &c->ref[row]);
	at = sr_builder_heap(b, s.p, s.len);
	if (at < 0)
		return -ENOMEM;
	c->ref[row] = (uint32_t)at;
	c->len[row] = s.len;
	return 0;
}

static int put_args(struct sr_builder *b, struct sr_builder_type *s, const struct sr_event_in *ev)
{
	static const struct sr_arg absent = { .status = SR_UNKNOWN };
	uint32_t row = s->t.nrows;

	for (uint32_t i = 0; i < s->t.ncols; i++) {
		const struct sr_arg *a = i < ev->nargs ? &ev->args[i] : &absent;
		struct sr_col *c = &s->t.cols[i];

		c->val[row] = a->val;
		if (s->t.cls[i] != SR_CLASS_NUM && put_data(b, s->t.cls[i], c, row, a) < 0)
			return -ENOMEM;
	}
	return 0;
}

static void put_row(struct sr_builder *b, struct sr_builder_type *s, const struct sr_event_in *ev,
		    uint32_t thread, uint32_t file)
{
	struct sr_block *k = &b->blk;
	uint32_t n = k->n++;

	k->time[n] = ev->time;
	k->dur[n] = ev->dur;
	k->ret[n] = ev->ret;
	k->thread[n] = thread;
	k->file[n] = file;
	k->nth[n] = s->t.nrows++;
	k->type[n] = (uint16_t)s->idx;
	k->cpu[n] = ev->cpu;
	k->flags[n] = ev->flags;
	k->min_time = n && k->min_time < ev->time ? k->min_time : ev->time;
	k->max_time = n && k->max_time > ev->time ? k->max_time : ev->time;
	b->col_bytes += s->row_bytes;
}

static inline struct sr_builder_type *type_of(struct sr_builder *b, const struct sr_event_in *ev)
{
	struct sr_builder_type *s;

	if (!ev->type)
		return unknown_type(b, ev);
	if (ev->alias)
		return renamed_type(b, ev);
	s = b->known[sr_type_id(ev->type)];
	return s && s->epoch == b->epoch ? s : sr_builder_type_known(b, ev->type);
}

int sr_builder_add(struct sr_builder *b, const struct sr_event_in *ev)
{
	size_t heap_len = b->blk.heap_len;
	struct sr_builder_type *s;
	uint32_t thread, file;

	if (ev->nargs > SR_MAX_ARGS || sr_builder_row(b) < 0 ||
	    sr_builder_size(b) > SR_BLOCK_MAX_BYTES)
		return -ENOMEM;
	s = type_of(b, ev);
	if (!s || sr_builder_type_row(s) < 0 || thread_index(b, ev->thread, &thread) < 0 ||
	    file_index(b, ev->file, &file) < 0 || put_args(b, s, ev) < 0) {
		b->blk.heap_len = heap_len;
		return -ENOMEM;
	}
	put_row(b, s, ev, thread, file);
	return 0;
}

uint32_t sr_builder_count(const struct sr_builder *b)
{
	return b->blk.n;
}

size_t sr_builder_bytes(const struct sr_builder *b)
{
	return sr_builder_size(b);
}

static int load_nothing(struct sr_block *k, uint32_t need, struct sr_err *err)
{
	(void)k, (void)need, (void)err; /* everything is there */
	return 0;
}

struct sr_block *sr_builder_block(struct sr_builder *b)
{
	struct sr_block *k = &b->blk;

	for (uint32_t i = 0; i < k->ntypes; i++)
		k->types[i] = b->active[i]->t;
	k->strs = b->strs.strs;
	k->nstrs = b->strs.n;
	k->heap = b->heap;
	k->have = SR_NEED_ALL;
	return k;
}

struct sr_builder *sr_builder_of(struct sr_block *b)
{
	if (b->load != load_nothing)
		return NULL;
	return (struct sr_builder *)((char *)b - offsetof(struct sr_builder, blk));
}

/* Epochs go with what they stand for; that of a reset builder was never used before. */
void sr_builder_swap(struct sr_builder *a, struct sr_builder *b)
{
	struct sr_builder was = *a;

	*a = *b;
	*b = was;
}

static void forget_named(struct sr_builder *b)
{
	for (uint32_t i = 0; i < b->by_name_cap; i++) {
		type_free(b->by_name[i]);
		b->by_name[i] = NULL;
	}
}

/* Everything that a reset needs can be had without memory, but for the first time. */
static int reset(struct sr_builder *b)
{
	static const struct sr_thread no_thread;
	static const struct sr_file no_file = { .kind = SR_FILE_NONE };
	static const struct sr_cgroup no_cgroup;
	struct sr_block *k = &b->blk;

	forget_named(b);
	b->epoch++;
	b->col_bytes = b->dict_bytes = 0;
	k->n = k->ntypes = k->nthreads = k->nfiles = k->ncgroups = 0;
	k->heap_len = 0;
	k->first_num = k->min_time = k->max_time = 0;
	if (sr_strtab_reset(&b->strs, SR_BLOCK_MAX_STRINGS) < 0 ||
	    sr_strtab_reset(&b->named, SR_BLOCK_MAX_TYPES) < 0 ||
	    sr_strtab_reset(&b->thread_keys, SR_BLOCK_MAX_ENTRIES) < 0 ||
	    sr_strtab_reset(&b->file_keys, SR_BLOCK_MAX_ENTRIES) < 0 ||
	    sr_strtab_reset(&b->cgroup_keys, SR_BLOCK_MAX_ENTRIES) < 0 ||
	    sr_builder_push_thread(b, &no_thread) < 0 || sr_builder_push_file(b, &no_file) < 0 ||
	    sr_builder_push_cgroup(b, &no_cgroup) < 0)
		return -ENOMEM;
	return 0;
}

void sr_builder_reset(struct sr_builder *b)
{
	(void)reset(b); /* cannot fail: sr_builder_new() did it once */
}

int sr_builder_new(struct sr_builder **out)
{
	struct sr_builder *b = calloc(1, sizeof(*b));

	if (!b)
		return -ENOMEM;
	/* Definitions remember epochs: those of two builders must not meet. */
	if (getrandom(&b->epoch, sizeof(b->epoch), GRND_NONBLOCK) < 0)
		b->epoch = (uintptr_t)b * 0x9e3779b97f4a7c15u;
	b->epoch |= 1ull << 63; /* never 0, which definitions start with */
	b->blk.load = load_nothing;
	b->known = calloc((size_t)SR_TYPE_COUNT, sizeof(struct sr_builder_type *));
	if (!b->known || reset(b) < 0)
		goto fail;
	*out = b;
	return 0;

fail:
	sr_builder_free(b);
	return -ENOMEM;
}

static void free_columns(struct sr_block *k)
{
	free(k->time);
	free(k->dur);
	free(k->ret);
	free(k->thread);
	free(k->file);
	free(k->nth);
	free(k->type);
	free(k->cpu);
	free(k->flags);
	free(k->types);
	free(k->threads);
	free(k->files);
	free(k->cgroups);
}

void sr_builder_free(struct sr_builder *b)
{
	if (!b)
		return;
	forget_named(b);
	if (b->known)
		for (int i = 0; i < SR_TYPE_COUNT; i++)
			type_free(b->known[i]);
	free(b->known);
	free(b->active);
	free(b->by_name);
	free_columns(&b->blk);
	sr_strtab_free(&b->named);
	sr_strtab_free(&b->strs);
	sr_strtab_free(&b->thread_keys);
	sr_strtab_free(&b->file_keys);
	sr_strtab_free(&b->cgroup_keys);
	free(b->heap);
	free(b->map);
	free(b);
}
