/* SPDX-License-Identifier: Apache-2.0 */
/* What events tell of tables: they come with processes, are counted, and were there before. */
#include "formats/fds_impl.h"

#include <fcntl.h>
#include <linux/sched.h>

#define LOST_DATA 1 /* lost_class: reads and writes alone */

/* ---- processes ---- */

/* The kernel has said how many there are. */
static void is_counted(const struct sr_fds_row *r, struct sr_fds_table *table, int64_t n)
{
	if (n >= 0 && (int64_t)table->n > n)
		sr_fds_clear(r->t, table);
	sr_fds_set_count(r->t, table, n < 0 ? -1 : n);
	sr_fds_note_counted(r->t, table, r->time);
}

void sr_fds_set_limit(const struct sr_fds_row *r, int32_t pid, uint64_t limit)
{
	struct sr_fds_bind *b = sr_fds_need_bind(r->t, sr_fds_key(r->th, pid));
	int64_t n = limit > INT64_MAX ? -1 : (int64_t)limit;

	if (b && (!b->has_limit || b->limit != n))
		sr_fds_set_bind(r->t, b, b->table, &n);
}

void sr_fds_on_exec(const struct sr_fds_row *r, bool counted)
{
	struct sr_fds_bind *b = sr_fds_need_bind(r->t, sr_fds_key(r->th, r->th->pid));
	struct sr_fds_table *table = sr_fds_row_table(r);
	bool sure;

	if (!table || !b || (!counted && table->counted)) /* an event has said it all */
		return;
	if (table->users > 1)
		table = sr_fds_make_table(r->t, table);
	if (!table)
		return;
	if (b->table != table)
		sr_fds_set_bind(r->t, b, table, b->has_limit ? &b->limit : NULL);
	sr_fds_give_own(r->t, r->th, r->th->tid, NULL);
	sure = sr_fds_complete(table);
	for (uint32_t i = table->n; i-- > 0;) {
		sure &= table->v[i].exec != SR_FD_EITHER;
		if (table->v[i].exec == SR_FD_KEPT)
			continue;
		sr_fds_remove(r->t, table, table->v[i].fd);
		sr_fds_add_to_count(r, table, -1);
	}
	if (counted)
		is_counted(r, table, (int32_t)sr_fds_arg(r, 6));
	else if (!sure)
		sr_fds_set_count(r->t, table, -1);
	if (counted && r->type->ncols > 7)
		sr_fds_set_limit(r, r->th->pid, sr_fds_arg(r, 7));
}

static void new_thread(const struct sr_fds_row *r, int32_t tid, uint64_t flags)
{
	struct sr_fds_table *table = sr_fds_row_table(r);
	struct sr_fds_bind *process = sr_fds_find_bind(r->t, sr_fds_key(r->th, r->th->pid));

	if (!table)
		return;
	if (!(flags & CLONE_FILES))
		table = sr_fds_make_table(r->t, table);
	else if (process && table == process->table)
		table = NULL; /* nor has it one of a thread that had its number before */
	sr_fds_give_own(r->t, r->th, tid, table);
}

void sr_fds_on_newtask(const struct sr_fds_row *r)
{
	int32_t tid = (int32_t)sr_fds_arg(r, 0), pid = (int32_t)sr_fds_arg(r, 1);
	uint64_t flags = sr_fds_arg(r, 2);
	struct sr_fds_bind *parent, *b;
	struct sr_fds_table *table;

	if (tid <= 0 || pid <= 0)
		return;
	if (tid != pid) {
		new_thread(r, tid, flags);
		return;
	}
	table = sr_fds_row_table(r);
	if (table && !(flags & CLONE_FILES))
		table = sr_fds_make_table(r->t, table);
	parent = sr_fds_find_bind(r->t, sr_fds_key(r->th, r->th->pid));
	b = sr_fds_need_bind(r->t, sr_fds_key(r->th, pid));
	if (!table || !b)
		return;
	sr_fds_set_cgroup(r->t, b, sr_fds_row_cgroup(r));
	sr_fds_set_bind(r->t, b, table, parent && parent->has_limit ? &parent->limit : NULL);
	sr_fds_give_own(r->t, r->th, pid, NULL); /* of one that had its number before */
}

void sr_fds_on_gone(const struct sr_fds_row *r)
{
	struct sr_fds_bind *b = sr_fds_find_bind(r->t, sr_fds_key(r->th, r->th->pid));

	if (b)
		sr_fds_set_bind(r->t, b, NULL, NULL);
}

/* Into another cgroup: which losses concern it is not known from here on. */
void sr_fds_on_moved(const struct sr_fds_row *r)
{
	struct sr_fds_bind *b =
		sr_fds_find_bind(r->t, sr_fds_key(r->th, (int32_t)sr_fds_arg(r, 3)));

	if (b)
		sr_fds_set_cgroup(r->t, b, 0);
}

/* ---- what was there before ---- */

void sr_fds_on_process(const struct sr_fds_row *r)
{
	struct sr_fds_table *table = r->th->tid == r->th->pid ? sr_fds_row_table(r) : NULL;

	if (!table || r->type->ncols < 5)
		return;
	is_counted(r, table, (int32_t)sr_fds_arg(r, 3));
	sr_fds_set_limit(r, r->th->pid, sr_fds_arg(r, 4));
}

void sr_fds_on_openfile(const struct sr_fds_row *r)
{
	struct sr_fds_table *table = sr_fds_row_table(r);
	struct sr_fd fd = { .fd = (int32_t)sr_fds_arg(r, 0),
			    .since = r->time,
			    .exec = SR_FD_EITHER };
	struct sr_fds_bind *process = sr_fds_find_bind(r->t, sr_fds_key(r->th, r->th->pid));
	const struct sr_fd *old;

	/* Threads that share the table of their process have no rows of their own. */
	if (r->th->tid != r->th->pid && table && process && table == process->table) {
		table = sr_fds_make_table(r->t, NULL);
		if (table)
			sr_fds_give_own(r->t, r->th, r->th->tid, table);
	}
	if (!table || fd.fd < 0)
		return;
	old = sr_fds_find(table, fd.fd);
	fd.file = sr_fds_row_name(r, r->b->file[r->row], old ? old->file : 0);
	if (r->type->ncols > 1)
		fd.exec = sr_fds_arg(r, 1) & FD_CLOEXEC ? SR_FD_CLOSED : SR_FD_KEPT;
	if (!old && sr_fds_complete(table))
		sr_fds_add_to_count(r, table, 1);
	sr_fds_put(r->t, table, &fd);
}

void sr_fds_on_lost(const struct sr_fds_row *r)
{
	bool data = r->type->ncols > 4 && sr_fds_arg(r, 4) == LOST_DATA;

	sr_fds_forget(r->t, sr_fds_row_cgroup(r), !data);
}
