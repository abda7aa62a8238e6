/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of descriptors of a .scap file, told as they change. */
#include "capture/scap_state.h"
#include "formats/fds.h"

#include <errno.h>
#include <stdlib.h>

static struct sr_fds_op *add(struct scap_fd_ops *ops)
{
	size_t cap = ops->cap ? ops->cap * 2 : 256;
	struct sr_fds_op *v;

	if (ops->n == ops->cap) {
		v = reallocarray(ops->v, cap, sizeof(*v));
		if (!v)
			return NULL;
		ops->v = v;
		ops->cap = cap;
	}
	return &ops->v[ops->n++];
}

static int put(struct scap_fd_ops *ops, const struct sr_fds_op *op)
{
	struct sr_fds_op *to = add(ops);

	if (!to)
		return -ENOMEM;
	*to = *op;
	return 0;
}

static int tell_file(struct scap_state *s, struct scap_file *f, struct sr_builder *b,
		     struct sr_fds_op op, struct scap_fd_ops *ops)
{
	struct sr_file_def *d;

	/* The reference tool does not count what it only knows to be there. */
	if (f->fd.kind == SR_SCAP_FD_UNKNOWN && !f->name.len)
		return 0;
	d = scap_file_def(s, f);
	op.what = SR_FDS_SET;
	op.fd = (int32_t)f->fd.fd;
	if (!d || sr_builder_file(b, d, &op.file) < 0)
		return -ENOMEM;
	return put(ops, &op);
}

static int tell_gone(struct scap_files *fs, struct sr_fds_op op, struct scap_fd_ops *ops)
{
	int rc = 0;

	op.what = SR_FDS_DROP;
	for (size_t i = 0; rc == 0 && i < fs->ngone; i++) {
		op.fd = (int32_t)fs->gone[i];
		rc = put(ops, &op);
	}
	fs->ngone = 0;
	return rc;
}

int scap_fds_tell(struct scap_state *s, struct scap_thread *t, struct sr_builder *b, uint32_t row,
		  struct scap_fd_ops *ops)
{
	struct scap_files *fs = scap_files_of(s, t);
	struct scap_thread *first = t->p.pid == t->p.tid ? t : scap_state_thread(s, t->p.pid);
	int64_t limit = first ? first->p.fdlimit : t->p.fdlimit;
	struct sr_fds_op op = { .row = row, .what = SR_FDS_CLEAR };
	struct scap_file *used = scap_state_file(s, t, t->last_fd);
	bool all = !fs->told;
	int rc = 0;

	op.owner = (int32_t)(fs == &t->files ? t->p.tid : t->p.pid);
	if (all) {
		rc = put(ops, &op);
		fs->ngone = 0;
	}
	if (rc == 0)
		rc = tell_gone(fs, op, ops);
	for (size_t i = 0; rc == 0 && (all || fs->changed) && i < fs->n; i++)
		if (all || !fs->v[i].gen)
			rc = tell_file(s, &fs->v[i], b, op, ops);
	if (rc == 0 && used && !used->gen)
		rc = tell_file(s, used, b, op, ops);
	if (rc == 0 && (all || fs->told_limit != limit)) {
		op.what = SR_FDS_LIMIT;
		op.owner = (int32_t)t->p.pid;
		op.n = limit;
		rc = put(ops, &op);
	}
	fs->told = rc == 0;
	fs->told_limit = limit;
	fs->changed = false;
	return rc;
}
