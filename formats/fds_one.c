/* SPDX-License-Identifier: Apache-2.0 */
/* What a row says of one descriptor. */
#include "formats/fds_impl.h"

void sr_fds_add_to_count(const struct sr_fds_row *r, struct sr_fds_table *table, int n)
{
	if (table->count >= 0)
		sr_fds_set_count(r->t, table, table->count + n);
}

uint32_t sr_fds_row_name(const struct sr_fds_row *r, uint32_t file, uint32_t like)
{
	return sr_fds_name_of(&r->t->names, r->b, file, like, &r->t->oom);
}

/* A call has made @fd. */
void sr_fds_opened_as(const struct sr_fds_row *r, int64_t fd, uint32_t file, enum sr_file_kind kind,
		      bool closes)
{
	struct sr_fds_table *table = fd >= 0 && fd <= INT32_MAX ? sr_fds_row_table(r) : NULL;
	const struct sr_fd *old = sr_fds_find(table, fd);
	struct sr_fd new = { .fd = (int32_t)fd,
			     .since = r->time,
			     .exec = closes ? SR_FD_CLOSED : SR_FD_KEPT };

	if (!table)
		return;
	new.file = sr_fds_row_name(r, file, old ? old->file : 0);
	if (!new.file && kind != SR_FILE_NONE)
		new.file = sr_fds_name_kind(&r->t->names, kind, &r->t->oom);
	new.over = old;
	if (!old)
		sr_fds_add_to_count(r, table, 1);
	sr_fds_put(r->t, table, &new);
}

void sr_fds_closed(const struct sr_fds_row *r, struct sr_fds_table *table, int32_t fd)
{
	const struct sr_fd *old = sr_fds_find(table, fd);
	uint64_t start = r->start ? r->start : r->time;
	struct sr_fd stays;

	/* Another thread has it opened anew while close() was still about to return. */
	if (old && old->over && old->since > start) {
		stays = *old;
		stays.over = false;
		sr_fds_put(r->t, table, &stays);
		return;
	}
	sr_fds_note_closed(r->t, table, r->time);
	if (old) {
		sr_fds_remove(r->t, table, fd);
		sr_fds_add_to_count(r, table, -1);
	} else if (table->count > (int64_t)table->n && start >= table->counted) {
		sr_fds_add_to_count(r, table, -1);
	}
}

/* A row says which file its descriptor is: that counts where the row's call began after what is
 * known. One that nobody has seen being opened (ioctl() makes some) is open none the less. */
void sr_fds_touched(const struct sr_fds_row *r, int64_t fd, uint32_t file)
{
	struct sr_fds_table *table =
		fd >= 0 && fd <= INT32_MAX && file ? sr_fds_row_table(r) : NULL;
	const struct sr_fd *old = sr_fds_find(table, fd);
	struct sr_fd new;
	uint32_t name;

	if (!table || !r->start)
		return;
	if (!old && r->start <= table->closed)
		return;
	name = sr_fds_row_name(r, file, old ? old->file : 0);
	if (old && (old->file == name || r->start < old->since))
		return;
	new = old ? *old
		  : (struct sr_fd){ .fd = (int32_t)fd, .since = r->time, .exec = SR_FD_EITHER };
	new.file = name;
	if (!old && sr_fds_complete(table))
		sr_fds_add_to_count(r, table, 1);
	sr_fds_put(r->t, table, &new);
}

void sr_fds_set_exec(const struct sr_fds_row *r, int64_t fd, bool closes)
{
	struct sr_fds_table *table = sr_fds_row_table(r);
	const struct sr_fd *old = sr_fds_find(table, fd);
	struct sr_fd new;

	if (!old)
		return;
	new = *old;
	new.exec = closes ? SR_FD_CLOSED : SR_FD_KEPT;
	sr_fds_put(r->t, table, &new);
}
