/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the tables of descriptors: fds.c (tables, and what undoes their changes), fds_rows.c (what
 * each row does to them: fds_one.c, fds_calls.c, fds_procs.c), fds_names.c (the files that they
 * name). */
#ifndef SR_FDS_IMPL_H
#define SR_FDS_IMPL_H

#include "formats/base/cur.h"
#include "formats/fds.h"

/* A process, or a thread with a table of its own. */
struct sr_fds_bind {
	struct sr_fds_bind *next; /* in its bucket */
	uint64_t key;		  /* sr_fds_key() or sr_fds_own_key() */
	struct sr_fds_table *table;
	int64_t limit;
	bool has_limit;
	uint64_t cgroup; /* its id when it was seen last; 0 not known */
};

enum sr_fds_undo_what {
	SR_UNDO_FD,    /* a descriptor of a table was as @fd, or not there */
	SR_UNDO_TABLE, /* the rest of a table */
	SR_UNDO_BIND,
};

struct sr_fds_undo {
	uint8_t what;
	bool there; /* FD */
	struct sr_fds_table *table;
	struct sr_fds_bind *bind;
	struct sr_fd fd;
	int64_t number;		  /* TABLE: count; BIND: limit */
	uint64_t counted, closed; /* TABLE */
	uint64_t cgroup;	  /* BIND */
	bool has_limit;
};

/* Files outlive their blocks here. Number 0 is none. */
struct sr_fds_names {
	struct sr_block blk; /* its files, and two strings of each: path, peer_path */
	uint8_t *used;
	uint32_t cap, live, free_at, sweep_at;
	uint32_t *map; /* files of the block at hand -> names; 0 not yet */
	uint32_t map_cap;
	uint32_t of_kind[SR_FILE_KIND_COUNT]; /* of which nothing else is known; 0 not yet */
};

#define SR_FDS_BUCKETS 4096

struct sr_fds {
	struct sr_fds_bind *buckets[SR_FDS_BUCKETS];
	uint32_t nbinds, sweep_at; /* clean up when there are so many */
	uint32_t nseparate;	   /* threads with a table of their own, ever */
	uint64_t nfds;		   /* room of all tables */
	struct sr_fds_table **dead;
	size_t ndead, dead_cap;
	struct sr_fds_undo *undo;
	size_t nundo, undo_cap;
	struct sr_fds_names names;
	struct sr_block *b;
	uint32_t at; /* rows of @b below it are taken in; the one before it is asked about */
	size_t op_at;
	uint64_t next_num; /* of the next block's first row; 0 not known */
	bool whole, oom;
};

/* A row while it is taken in. */
struct sr_fds_row {
	struct sr_fds *t;
	const struct sr_block *b;
	const struct sr_block_type *type;
	const struct sr_thread *th;
	uint32_t row, nth;
	uint64_t time, start; /* start: 0 not known */
	int64_t ret;
};

/* ---- fds.c: everything that changes is noted, so that it can be undone ---- */

struct sr_fds_bind *sr_fds_find_bind(struct sr_fds *t, uint64_t key);
struct sr_fds_bind *sr_fds_need_bind(struct sr_fds *t, uint64_t key);
static inline uint64_t sr_fds_key(const struct sr_thread *th, int32_t tid)
{
	return (uint64_t)th->host << 32 | (uint32_t)tid;
}

/* Of a thread that does not share the table of its process. */
static inline uint64_t sr_fds_own_key(const struct sr_thread *th, int32_t tid)
{
	return sr_fds_key(th, tid) | 1ull << 63;
}

/** sr_fds_of() - the table of a thread, or NULL; sr_fds_need() - made if need be; NULL only without
 *  memory, or if it is nobody's. */
struct sr_fds_table *sr_fds_of(struct sr_fds *t, const struct sr_thread *th);
struct sr_fds_table *sr_fds_need(struct sr_fds *t, const struct sr_thread *th, uint64_t cgroup);

/** sr_fds_set_bind() - give a bind another table (NULL: none) and limit. sr_fds_set_cgroup() -
 *  say where it is; 0 not known. */
void sr_fds_set_bind(struct sr_fds *t, struct sr_fds_bind *b, struct sr_fds_table *table,
		     const int64_t *limit);
void sr_fds_set_cgroup(struct sr_fds *t, struct sr_fds_bind *b, uint64_t cgroup);

/** sr_fds_give_own() - a thread has a table of its own from now on; NULL: that of its process. */
void sr_fds_give_own(struct sr_fds *t, const struct sr_thread *th, int32_t tid,
		     struct sr_fds_table *table);

/** sr_fds_make_table() - a copy of @from, or (NULL) one of which nothing is known. */
struct sr_fds_table *sr_fds_make_table(struct sr_fds *t, const struct sr_fds_table *from);

void sr_fds_put(struct sr_fds *t, struct sr_fds_table *table, const struct sr_fd *fd);
void sr_fds_remove(struct sr_fds *t, struct sr_fds_table *table, int32_t fd);
void sr_fds_clear(struct sr_fds *t, struct sr_fds_table *table);
void sr_fds_set_count(struct sr_fds *t, struct sr_fds_table *table, int64_t count);
void sr_fds_note_counted(struct sr_fds *t, struct sr_fds_table *table, uint64_t time);
void sr_fds_note_closed(struct sr_fds *t, struct sr_fds_table *table, uint64_t time);

/** sr_fds_forget() - rows are missing: numbers are not known any more. @names: nor which file a
 *  descriptor is. @cgroup: only of processes that may be in it; 0 all. */
void sr_fds_forget(struct sr_fds *t, uint64_t cgroup, bool names);

/* ---- fds_rows.c ---- */

#define SR_FDS_NEED                                                                 \
	(SR_NEED_TIME | SR_NEED_DUR | SR_NEED_TYPE | SR_NEED_THREAD | SR_NEED_RET | \
	 SR_NEED_FLAGS | SR_NEED_FILE | SR_NEED_ARGS | SR_NEED_HEAP | SR_NEED_DICTS)

/** sr_fds_row() - what has happened at a row; sr_fds_row_after() - what it closes. */
void sr_fds_row(struct sr_fds *t, uint32_t row);
void sr_fds_row_after(struct sr_fds *t, uint32_t row);

/* ---- fds_names.c ---- */

/** sr_fds_names_block() - another block: numbers of files are those of its dictionary. */
int sr_fds_names_block(struct sr_fds_names *n, const struct sr_block *b);

/** sr_fds_name_of() - file @file of the block; @like: a name that it may be equal to. 0: none, or
 *  no memory (*oom). */
uint32_t sr_fds_name_of(struct sr_fds_names *n, const struct sr_block *b, uint32_t file,
			uint32_t like, bool *oom);

/** sr_fds_name_kind() - a file of which the kind is known and no more. 0: no memory (*oom). */
uint32_t sr_fds_name_kind(struct sr_fds_names *n, enum sr_file_kind kind, bool *oom);

/** sr_fds_names_full() - time to clean up: sr_fds_names_sweep() releases those that @keep, by
 *  number, does not mark. */
bool sr_fds_names_full(const struct sr_fds_names *n);
void sr_fds_names_sweep(struct sr_fds_names *n, const uint8_t *keep);
void sr_fds_names_free(struct sr_fds_names *n);

/* ---- a row: its arguments (0, or nothing, where it has none) ---- */

static inline uint64_t sr_fds_arg(const struct sr_fds_row *r, unsigned int arg)
{
	return arg < r->type->ncols ? r->type->cols[arg].val[r->nth] : 0;
}

/* What was recorded of a structure. */
static inline struct sr_cur sr_fds_arg_bytes(const struct sr_fds_row *r, unsigned int arg)
{
	const struct sr_col *c = arg < r->type->ncols ? &r->type->cols[arg] : NULL;

	if (!c || r->type->cls[arg] != SR_CLASS_BYTES)
		return sr_cur(NULL, 0);
	return sr_cur(r->b->heap + c->ref[r->nth], c->len[r->nth]);
}

static inline uint64_t sr_fds_row_cgroup(const struct sr_fds_row *r)
{
	return r->th->cgroup < r->b->ncgroups ? r->b->cgroups[r->th->cgroup].id : 0;
}

static inline struct sr_fds_table *sr_fds_row_table(const struct sr_fds_row *r)
{
	return sr_fds_need(r->t, r->th, sr_fds_row_cgroup(r));
}

/* ---- fds_one.c: one descriptor of the table of the row's thread ---- */

/** sr_fds_row_name() - the name of a @file of the row's block; @like: one that may be the same. */
uint32_t sr_fds_row_name(const struct sr_fds_row *r, uint32_t file, uint32_t like);

/** sr_fds_add_to_count() - @n more are open; nothing where it is not known how many there are. */
void sr_fds_add_to_count(const struct sr_fds_row *r, struct sr_fds_table *table, int n);

/** sr_fds_opened_as() / sr_fds_opened() - the row has made @fd: @file of its block (0: not known,
 *  something of @kind); @closes: at exec. */
void sr_fds_opened_as(const struct sr_fds_row *r, int64_t fd, uint32_t file, enum sr_file_kind kind,
		      bool closes);
static inline void sr_fds_opened(const struct sr_fds_row *r, int64_t fd, uint32_t file, bool closes)
{
	sr_fds_opened_as(r, fd, file, SR_FILE_NONE, closes);
}

/** sr_fds_closed() - the row has closed @fd. sr_fds_touched() - it says which file @fd is.
 *  sr_fds_set_exec() - whether exec will close it. */
void sr_fds_closed(const struct sr_fds_row *r, struct sr_fds_table *table, int32_t fd);
void sr_fds_touched(const struct sr_fds_row *r, int64_t fd, uint32_t file);
void sr_fds_set_exec(const struct sr_fds_row *r, int64_t fd, bool closes);

/* ---- fds_calls.c ---- */

/** sr_fds_on_success() - a call of @type that has succeeded. sr_fds_on_close_range() - what one
 *  closes, after the row has been shown. */
void sr_fds_on_success(const struct sr_fds_row *r, int type);
void sr_fds_on_close_range(const struct sr_fds_row *r);

/* ---- fds_procs.c ---- */

/** sr_fds_set_limit() - how many a process may have open. */
void sr_fds_set_limit(const struct sr_fds_row *r, int32_t pid, uint64_t limit);

/** sr_fds_on_*() - one event or call each; on_exec(): @counted: an event, that counts what is
 *  left. */
void sr_fds_on_exec(const struct sr_fds_row *r, bool counted);
void sr_fds_on_newtask(const struct sr_fds_row *r);
void sr_fds_on_gone(const struct sr_fds_row *r);
void sr_fds_on_moved(const struct sr_fds_row *r);
void sr_fds_on_process(const struct sr_fds_row *r);
void sr_fds_on_openfile(const struct sr_fds_row *r);
void sr_fds_on_lost(const struct sr_fds_row *r);

#endif /* SR_FDS_IMPL_H */
