/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/fds_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FEW_BINDS 1024
#define MAX_BINDS (1u << 18) /* processes and threads: beyond that a file is not believed */
#define MAX_FDS	  (1u << 22) /* room of all tables: 128 MiB */

int sr_fds_new(struct sr_fds **out, bool whole)
{
	struct sr_fds *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->whole = whole;
	t->sweep_at = FEW_BINDS;
	*out = t;
	return 0;
}

/* ---- what undoes ---- */

static struct sr_fds_undo *note(struct sr_fds *t, uint8_t what)
{
	size_t cap = t->undo_cap ? t->undo_cap * 2 : 256;
	struct sr_fds_undo *u;

	if (t->nundo == t->undo_cap) {
		u = reallocarray(t->undo, cap, sizeof(*u));
		if (!u) {
			t->oom = true;
			return NULL;
		}
		t->undo = u;
		t->undo_cap = cap;
	}
	u = &t->undo[t->nundo++];
	*u = (struct sr_fds_undo){ .what = what };
	return u;
}

/* Nobody has it now: it is released when nothing can bring it back. */
static void is_dead(struct sr_fds *t, struct sr_fds_table *table)
{
	size_t cap = t->dead_cap ? t->dead_cap * 2 : 64;
	struct sr_fds_table **p;

	if (table->listed_as_dead)
		return;
	if (t->ndead == t->dead_cap) {
		p = reallocarray(t->dead, cap, sizeof(*p));
		if (!p) {
			t->oom = true;
			return;
		}
		t->dead = p;
		t->dead_cap = cap;
	}
	t->dead[t->ndead++] = table;
	table->listed_as_dead = true;
}

static void use(struct sr_fds *t, struct sr_fds_bind *b, struct sr_fds_table *table)
{
	struct sr_fds_table *old = b->table;

	if (table)
		table->users++;
	b->table = table;
	if (old && !--old->users)
		is_dead(t, old);
}

/* ---- tables ---- */

static uint32_t place_of(const struct sr_fds_table *table, int64_t fd)
{
	uint32_t lo = 0, hi = table->n;

	if (hi && table->v[hi - 1].fd < fd)
		return hi;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (table->v[mid].fd < fd)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

const struct sr_fd *sr_fds_find(const struct sr_fds_table *table, int64_t fd)
{
	uint32_t at = table ? place_of(table, fd) : 0;

	return table && at < table->n && table->v[at].fd == fd ? &table->v[at] : NULL;
}

static int reserve(struct sr_fds *t, struct sr_fds_table *table, uint32_t n)
{
	uint32_t cap = table->cap ? table->cap : 8;
	struct sr_fd *v;

	while (cap < n)
		cap *= 2;
	if (cap == table->cap)
		return 0;
	v = reallocarray(table->v, cap, sizeof(*v));
	if (!v) {
		t->oom = true;
		return -ENOMEM;
	}
	t->nfds += cap - table->cap;
	table->v = v;
	table->cap = cap;
	return 0;
}

/* Without a note. */
static void store(struct sr_fds *t, struct sr_fds_table *table, const struct sr_fd *fd)
{
	uint32_t at = place_of(table, fd->fd);

	if (at < table->n && table->v[at].fd == fd->fd) {
		table->v[at] = *fd;
		return;
	}
	if (reserve(t, table, table->n + 1) < 0)
		return;
	memmove(table->v + at + 1, table->v + at, (table->n - at) * sizeof(*table->v));
	table->v[at] = *fd;
	table->n++;
}

static void take_out(struct sr_fds_table *table, int32_t fd)
{
	uint32_t at = place_of(table, fd);

	if (at >= table->n || table->v[at].fd != fd)
		return;
	table->n--;
	memmove(table->v + at, table->v + at + 1, (table->n - at) * sizeof(*table->v));
}

static bool note_fd(struct sr_fds *t, struct sr_fds_table *table, int32_t fd)
{
	const struct sr_fd *old = sr_fds_find(table, fd);
	struct sr_fds_undo *u = note(t, SR_UNDO_FD);

	if (!u)
		return false;
	u->table = table;
	u->there = old;
	u->fd = old ? *old : (struct sr_fd){ .fd = fd };
	return true;
}

void sr_fds_put(struct sr_fds *t, struct sr_fds_table *table, const struct sr_fd *fd)
{
	if (note_fd(t, table, fd->fd))
		store(t, table, fd);
}

void sr_fds_remove(struct sr_fds *t, struct sr_fds_table *table, int32_t fd)
{
	if (note_fd(t, table, fd))
		take_out(table, fd);
}

void sr_fds_clear(struct sr_fds *t, struct sr_fds_table *table)
{
	while (table->n && !t->oom)
		sr_fds_remove(t, table, table->v[table->n - 1].fd);
}

static bool note_table(struct sr_fds *t, struct sr_fds_table *table)
{
	struct sr_fds_undo *u = note(t, SR_UNDO_TABLE);

	if (!u)
		return false;
	u->table = table;
	u->number = table->count;
	u->counted = table->counted;
	u->closed = table->closed;
	return true;
}

void sr_fds_set_count(struct sr_fds *t, struct sr_fds_table *table, int64_t count)
{
	if (count != table->count && note_table(t, table))
		table->count = count;
}

void sr_fds_note_counted(struct sr_fds *t, struct sr_fds_table *table, uint64_t time)
{
	if (note_table(t, table))
		table->counted = time;
}

void sr_fds_note_closed(struct sr_fds *t, struct sr_fds_table *table, uint64_t time)
{
	if (time > table->closed && note_table(t, table))
		table->closed = time;
}

struct sr_fds_table *sr_fds_make_table(struct sr_fds *t, const struct sr_fds_table *from)
{
	struct sr_fds_table *table = calloc(1, sizeof(*table));

	if (!table) {
		t->oom = true;
		return NULL;
	}
	table->count = -1;
	if (from) {
		if (from->n && reserve(t, table, from->n) < 0) {
			free(table);
			return NULL;
		}
		if (from->n)
			memcpy(table->v, from->v, from->n * sizeof(*from->v));
		table->n = from->n;
		table->count = from->count;
		table->counted = from->counted;
		table->closed = from->closed;
	}
	is_dead(t, table); /* until it is used */
	return table;
}

/* ---- who has which ---- */

static struct sr_fds_bind **bucket(struct sr_fds *t, uint64_t key)
{
	return &t->buckets[key * 0x9e3779b97f4a7c15u >> 52];
}

struct sr_fds_bind *sr_fds_find_bind(struct sr_fds *t, uint64_t key)
{
	struct sr_fds_bind *b = *bucket(t, key);

	while (b && b->key != key)
		b = b->next;
	return b;
}

struct sr_fds_bind *sr_fds_need_bind(struct sr_fds *t, uint64_t key)
{
	struct sr_fds_bind *b = sr_fds_find_bind(t, key);

	if (b)
		return b;
	b = calloc(1, sizeof(*b));
	if (!b) {
		t->oom = true;
		return NULL;
	}
	b->key = key;
	b->next = *bucket(t, key);
	*bucket(t, key) = b;
	t->nbinds++;
	return b;
}

static bool note_bind(struct sr_fds *t, struct sr_fds_bind *b)
{
	struct sr_fds_undo *u = note(t, SR_UNDO_BIND);

	if (!u)
		return false;
	u->bind = b;
	u->table = b->table;
	u->number = b->limit;
	u->has_limit = b->has_limit;
	u->cgroup = b->cgroup;
	return true;
}

void sr_fds_set_bind(struct sr_fds *t, struct sr_fds_bind *b, struct sr_fds_table *table,
		     const int64_t *limit)
{
	int64_t n = limit ? *limit : 0;

	if (!note_bind(t, b))
		return;
	use(t, b, table);
	b->has_limit = limit;
	b->limit = n;
}

void sr_fds_set_cgroup(struct sr_fds *t, struct sr_fds_bind *b, uint64_t cgroup)
{
	if (b->cgroup != cgroup && note_bind(t, b))
		b->cgroup = cgroup;
}

struct sr_fds_table *sr_fds_of(struct sr_fds *t, const struct sr_thread *th)
{
	struct sr_fds_bind *b = NULL;

	if (t->nseparate)
		b = sr_fds_find_bind(t, sr_fds_own_key(th, th->tid));
	if (!b || !b->table)
		b = sr_fds_find_bind(t, sr_fds_key(th, th->pid));
	return b ? b->table : NULL;
}

struct sr_fds_table *sr_fds_need(struct sr_fds *t, const struct sr_thread *th, uint64_t cgroup)
{
	struct sr_fds_table *table = sr_fds_of(t, th);
	struct sr_fds_bind *b;

	if (table || th->pid <= 0)
		return table;
	b = sr_fds_need_bind(t, sr_fds_key(th, th->pid));
	table = b ? sr_fds_make_table(t, NULL) : NULL;
	if (!table)
		return NULL;
	sr_fds_set_bind(t, b, table, b->has_limit ? &b->limit : NULL);
	sr_fds_set_cgroup(t, b, cgroup);
	return table;
}

void sr_fds_give_own(struct sr_fds *t, const struct sr_thread *th, int32_t tid,
		     struct sr_fds_table *table)
{
	uint64_t key = sr_fds_own_key(th, tid);
	struct sr_fds_bind *b = table ? sr_fds_need_bind(t, key) : NULL;

	if (!table && t->nseparate)
		b = sr_fds_find_bind(t, key);
	if (!b || b->table == table)
		return;
	t->nseparate += table != NULL;
	sr_fds_set_bind(t, b, table, NULL);
}

void sr_fds_forget(struct sr_fds *t, uint64_t cgroup, bool names)
{
	for (size_t i = 0; i < SR_FDS_BUCKETS; i++)
		for (struct sr_fds_bind *b = t->buckets[i]; b; b = b->next) {
			if (cgroup && b->cgroup && b->cgroup != cgroup)
				continue;
			if (b->table)
				sr_fds_set_count(t, b->table, -1);
			if (b->table && names)
				sr_fds_clear(t, b->table);
			if (b->has_limit && names)
				sr_fds_set_bind(t, b, b->table, NULL);
		}
}

/* ---- there and back ---- */

static void undo_one(struct sr_fds *t, const struct sr_fds_undo *u)
{
	switch (u->what) {
	case SR_UNDO_FD:
		if (u->there)
			store(t, u->table, &u->fd);
		else
			take_out(u->table, u->fd.fd);
		break;
	case SR_UNDO_TABLE:
		u->table->count = u->number;
		u->table->counted = u->counted;
		u->table->closed = u->closed;
		break;
	default:
		use(t, u->bind, u->table);
		u->bind->limit = u->number;
		u->bind->has_limit = u->has_limit;
		u->bind->cgroup = u->cgroup;
		break;
	}
}

static void rewind_block(struct sr_fds *t)
{
	while (t->nundo)
		undo_one(t, &t->undo[--t->nundo]);
	t->at = 0;
	t->op_at = 0;
}

static void seek(struct sr_fds *t, uint32_t row)
{
	if (row + 1 < t->at)
		rewind_block(t);
	for (; t->at <= row && !t->oom; t->at++) {
		if (t->at)
			sr_fds_row_after(t, t->at - 1);
		sr_fds_row(t, t->at);
	}
}

/* ---- the end of a block ---- */

static void free_table(struct sr_fds *t, struct sr_fds_table *table)
{
	t->nfds -= table->cap;
	free(table->v);
	free(table);
}

static void free_dead(struct sr_fds *t)
{
	for (size_t i = 0; i < t->ndead; i++) {
		t->dead[i]->listed_as_dead = false;
		if (!t->dead[i]->users)
			free_table(t, t->dead[i]);
	}
	t->ndead = 0;
}

/* Without a note: nothing of it can be undone. */
static void drop_binds(struct sr_fds *t, bool all)
{
	for (size_t i = 0; i < SR_FDS_BUCKETS; i++) {
		struct sr_fds_bind **at = &t->buckets[i], *b;

		while ((b = *at)) {
			if (!all && (b->table || b->has_limit)) {
				at = &b->next;
				continue;
			}
			*at = b->next;
			use(t, b, NULL);
			free(b);
			t->nbinds--;
		}
	}
}

static int sweep_names(struct sr_fds *t)
{
	uint8_t *keep = calloc(1, t->names.cap);

	if (!keep)
		return -ENOMEM;
	for (size_t i = 0; i < SR_FDS_BUCKETS; i++)
		for (const struct sr_fds_bind *b = t->buckets[i]; b; b = b->next)
			for (uint32_t k = 0; b->table && k < b->table->n; k++)
				keep[b->table->v[k].file] = 1;
	sr_fds_names_sweep(&t->names, keep);
	free(keep);
	return 0;
}

/* What is there now stays. */
static int settle(struct sr_fds *t)
{
	t->nundo = 0;
	if (t->nbinds > t->sweep_at) {
		drop_binds(t, t->nbinds > MAX_BINDS);
		t->sweep_at = t->nbinds * 2 + FEW_BINDS;
	}
	if (t->nfds > MAX_FDS)
		drop_binds(t, true);
	free_dead(t);
	return sr_fds_names_full(&t->names) ? sweep_names(t) : 0;
}

/* Without memory all is forgotten, and the run may go on. */
static int start_anew(struct sr_fds *t)
{
	t->nundo = 0;
	drop_binds(t, true);
	free_dead(t);
	t->oom = false;
	return -ENOMEM;
}

int sr_fds_begin(struct sr_fds *t, struct sr_block *b, struct sr_err *err)
{
	bool gap = t->next_num && b->first_num != t->next_num;
	int rc = sr_block_load(b, SR_FDS_NEED, err);

	t->b = NULL;
	t->next_num = b->first_num + b->n;
	if (gap || rc < 0) {
		sr_fds_forget(t, 0, true);
		t->nundo = 0;
	}
	if (rc == 0)
		rc = sr_fds_names_block(&t->names, b);
	if (rc < 0)
		return rc;
	t->b = b;
	t->at = 0;
	t->op_at = 0;
	return 0;
}

int sr_fds_end(struct sr_fds *t)
{
	if (t->b && t->b->n) {
		seek(t, t->b->n - 1);
		sr_fds_row_after(t, t->b->n - 1);
	}
	t->b = NULL;
	return t->oom ? start_anew(t) : settle(t);
}

/* ---- asking ---- */

const struct sr_fds_table *sr_fds_at(struct sr_fds *t, uint32_t row)
{
	if (!t || !t->b || !t->whole)
		return NULL;
	seek(t, row);
	return t->oom ? NULL : sr_fds_of(t, &t->b->threads[t->b->thread[row]]);
}

bool sr_fds_limit(struct sr_fds *t, uint32_t row, int64_t *out)
{
	const struct sr_fds_bind *b;
	const struct sr_thread *th;

	if (!t || !t->b || !t->whole)
		return false;
	seek(t, row);
	th = &t->b->threads[t->b->thread[row]];
	b = sr_fds_find_bind(t, sr_fds_key(th, th->pid));
	if (t->oom || !b || !b->has_limit)
		return false;
	*out = b->limit;
	return true;
}

struct sr_block *sr_fds_names(struct sr_fds *t)
{
	return &t->names.blk;
}

void sr_fds_free(struct sr_fds *t)
{
	if (!t)
		return;
	t->nundo = 0;
	drop_binds(t, true);
	free_dead(t);
	sr_fds_names_free(&t->names);
	free(t->dead);
	free(t->undo);
	free(t);
}
