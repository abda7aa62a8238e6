/* SPDX-License-Identifier: Apache-2.0 */
/* What the rows of a block do to the tables of descriptors. */
#include "formats/fds_impl.h"

#include <errno.h>

static bool is_state(const struct sr_fds_row *r)
{
	return r->b->flags[r->row] & SR_F_STATE;
}

/* Events beside calls. True: that was it. */
static bool on_event(const struct sr_fds_row *r, int type)
{
	switch (type) {
	case SR_EV_newtask:
		sr_fds_on_newtask(r);
		return true;
	case SR_EV_exec:
		sr_fds_on_exec(r, r->type->ncols > 6);
		return true;
	case SR_EV_process:
		sr_fds_on_process(r);
		return true;
	case SR_EV_openfile:
		sr_fds_on_openfile(r);
		return true;
	case SR_EV_lost:
		sr_fds_on_lost(r);
		return true;
	case SR_EV_cgroup_attach:
		sr_fds_on_moved(r);
		return true;
	default:
		return false;
	}
}

/* False: nothing can be learned from the row. */
static bool row_of(struct sr_fds *t, uint32_t row, struct sr_fds_row *r)
{
	const struct sr_block *b = t->b;
	uint16_t flags = b->flags[row];

	*r = (struct sr_fds_row){ .t = t,
				  .b = b,
				  .type = &b->types[b->type[row]],
				  .th = &b->threads[b->thread[row]],
				  .row = row,
				  .nth = b->nth[row],
				  .time = b->time[row],
				  .ret = b->ret[row] };
	if (!r->type->type || flags & SR_F_IMPORTED)
		return false;
	if (!(flags & (SR_F_NO_START | SR_F_LATENCY_OFF)) && b->dur[row] < r->time)
		r->start = r->time - b->dur[row];
	return !(flags & SR_F_NOT_ENDED);
}

/* A table that is told of by its source is whole from its first word on. */
static void take_op(struct sr_fds *t, const struct sr_fds_op *op)
{
	const struct sr_thread *th = &t->b->threads[t->b->thread[op->row]];
	struct sr_fds_bind *b;
	struct sr_fds_row r = { .t = t, .b = t->b };
	struct sr_fd fd = { .fd = op->fd };
	struct sr_fds_table *table;

	b = sr_fds_need_bind(t, op->owner == th->pid ? sr_fds_key(th, op->owner)
						     : sr_fds_own_key(th, op->owner));
	if (!b)
		return;
	t->nseparate += op->owner != th->pid;
	switch (op->what) {
	case SR_FDS_CLEAR:
		table = sr_fds_make_table(t, NULL);
		if (table)
			table->count = 0;
		sr_fds_set_bind(t, b, table, b->has_limit ? &b->limit : NULL);
		return;
	case SR_FDS_LIMIT:
		sr_fds_set_bind(t, b, b->table, &op->n);
		return;
	case SR_FDS_SET:
		if (!b->table)
			return;
		fd.file = sr_fds_row_name(&r, op->file, 0);
		if (!sr_fds_find(b->table, op->fd))
			sr_fds_set_count(t, b->table, b->table->count + 1);
		sr_fds_put(t, b->table, &fd);
		return;
	default:
		if (!b->table || !sr_fds_find(b->table, op->fd))
			return;
		sr_fds_set_count(t, b->table, b->table->count - 1);
		sr_fds_remove(t, b->table, op->fd);
	}
}

void sr_fds_row(struct sr_fds *t, uint32_t row)
{
	struct sr_fds_row r;
	int type, arg;

	for (; t->op_at < t->b->nfd_ops && t->b->fd_ops[t->op_at].row <= row; t->op_at++)
		take_op(t, &t->b->fd_ops[t->op_at]);
	if (!row_of(t, row, &r))
		return;
	type = sr_type_id(r.type->type);
	if (on_event(&r, type) || is_state(&r))
		return;
	arg = sr_type_primary_fd(r.type->type);
	if (arg >= 0 && type != SR_SC_close && type != SR_EV_io_uring_close)
		sr_fds_touched(&r, (int32_t)sr_fds_arg(&r, (unsigned int)arg), t->b->file[row]);
	if (r.ret >= 0 && !(t->b->flags[row] & SR_F_NO_RESULT))
		sr_fds_on_success(&r, type);
}

/* Even a close that fails has closed, but of what was not open. */
void sr_fds_row_after(struct sr_fds *t, uint32_t row)
{
	struct sr_fds_table *table;
	struct sr_fds_row r;

	if (!row_of(t, row, &r))
		return;
	switch (sr_type_id(r.type->type)) {
	case SR_EV_io_uring_close:
		if (sr_fds_arg(&r, 1))
			return;
		__attribute__((fallthrough));
	case SR_SC_close:
		table = r.ret == -EBADF ? NULL : sr_fds_row_table(&r);
		if (table)
			sr_fds_closed(&r, table, (int32_t)sr_fds_arg(&r, 0));
		return;
	case SR_SC_close_range:
		if (r.ret == 0)
			sr_fds_on_close_range(&r);
		return;
	case SR_EV_procexit:
		sr_fds_give_own(t, r.th, r.th->tid, NULL);
		return;
	case SR_EV_procusage:
		sr_fds_on_gone(&r);
		return;
	default:
		return;
	}
}
