/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of the descriptors that a process has open, beside the event's own. */
#include "filters/field_impl.h"
#include "formats/args.h"
#include "formats/base/cur.h"
#include "formats/fds.h"

/* The view of the files that tables name. */
static struct sr_view names_view(struct sr_view *v)
{
	return (struct sr_view){ .b = sr_fds_names(v->fds), .meta = v->meta, .opts = v->opts };
}

static const struct sr_fds_table *table_of(struct sr_view *v, uint32_t row, struct sr_val *out)
{
	const struct sr_fds_table *t = sr_fds_at(v->fds, row);

	if (!t)
		sr_set_absent(out, SR_UNKNOWN);
	return t;
}

void sr_get_fd_opencount(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			 struct sr_val *out)
{
	const struct sr_fds_table *t = table_of(v, idx, out);

	(void)f;
	if (t && t->count >= 0)
		sr_set_uint(out, (uint64_t)t->count);
	else
		sr_set_absent(out, SR_UNKNOWN);
}

void sr_get_fd_limit(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		     struct sr_val *out)
{
	int64_t limit;

	(void)f;
	if (sr_fds_limit(v->fds, idx, &limit))
		sr_set_int(out, limit);
	else
		sr_set_absent(out, SR_UNKNOWN);
}

void sr_get_fd_usage(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		     struct sr_val *out)
{
	const struct sr_fds_table *t = table_of(v, idx, out);
	int64_t limit;

	(void)f;
	if (t && t->count >= 0 && sr_fds_limit(v->fds, idx, &limit))
		*out = (struct sr_val){ .type = SR_V_DOUBLE,
					.d = limit > 0 ? 100.0 * (double)t->count / (double)limit
						       : 0 };
	else
		sr_set_absent(out, SR_UNKNOWN);
}

/* Of which the kind is known and no more. The names of internet sockets are their ends. */
static bool is_nameless(const struct sr_block *b, const struct sr_file *f)
{
	return f->flags & SR_FILE_NO_NAME && !b->strs[f->path].len &&
	       f->kind != SR_FILE_SOCK_INET && f->kind != SR_FILE_SOCK_INET6;
}

/* What a field of files says of descriptor @fd. Its text, if it is one, is at the end of the view's
 * scratch buffer or lives as long as the table. */
static void ask_file(struct sr_view *v, const struct sr_fds_table *t, int64_t fd, sr_get_fn get,
		     const struct sr_fieldref *ref, struct sr_val *out)
{
	const struct sr_fd *found = sr_fds_find(t, fd);
	struct sr_view names = names_view(v);
	size_t from = v->scratch.len;
	const struct sr_file *file;

	if (!found || !found->file) {
		sr_set_absent(out, !found && sr_fds_complete(t) ? SR_NONE : SR_UNKNOWN);
		return;
	}
	file = &names.b->files[found->file];
	if (get == sr_get_fd_name && is_nameless(names.b, file)) {
		sr_set_absent(out, SR_UNKNOWN);
		return;
	}
	get(ref, &names, found->file, out);
	if (out->type == SR_V_STR && names.scratch.p) {
		sr_buf_put(&v->scratch, out->s.p, out->s.len);
		sr_set_scratch(out, v, from);
	}
	v->scratch.oom |= names.scratch.oom;
	sr_buf_free(&names.scratch);
}

/* off of the row: number of the descriptor; t type or n name. */
void sr_get_std(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	uint32_t off = sr_field_impl_of(f->field)->off;
	const struct sr_fds_table *t = table_of(v, idx, out);

	if (t)
		ask_file(v, t, off >> 8, (off & 0xff) == 't' ? sr_get_fd_type : sr_get_fd_name, f,
			 out);
}

/* A list: each type once, followed by NUL. */
static bool has_elem(const struct sr_buf *b, const struct sr_val *elem)
{
	struct sr_str rest = { (const char *)b->p, (uint32_t)b->len }, e;

	while (sr_list_next(&rest, &e))
		if (e.len == elem->s.len && memcmp(e.p, elem->s.p, e.len) == 0)
			return true;
	return false;
}

static void put_elem(struct sr_buf *b, const struct sr_val *elem)
{
	sr_buf_put(b, elem->s.p, elem->s.len);
	sr_buf_putc(b, '\0');
}

/* Those of all descriptors are known if all descriptors are. */
static bool all_types(struct sr_view *v, const struct sr_fds_table *t, const struct sr_fieldref *f)
{
	struct sr_val type;

	for (uint32_t i = 0; i < t->n; i++) {
		ask_file(v, t, t->v[i].fd, sr_get_fd_type, f, &type);
		if (type.type != SR_V_STR)
			return false;
		if (!has_elem(&v->scratch, &type))
			put_elem(&v->scratch, &type);
	}
	return sr_fds_complete(t);
}

void sr_get_fd_types(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		     struct sr_val *out)
{
	const struct sr_fds_table *t = table_of(v, idx, out);

	if (!t)
		return;
	if (f->argn >= 0) {
		ask_file(v, t, f->argn, sr_get_fd_type, f, out);
		if (out->type != SR_V_STR)
			return;
		put_elem(&v->scratch, out);
	} else if (!all_types(v, t, f)) {
		sr_set_absent(out, SR_UNKNOWN);
		return;
	}
	sr_set_scratch(out, v, 0);
}

/* ---- what poll waited for ---- */

/* The argument with the descriptors, or NULL. */
static const struct sr_col *poll_list(const struct sr_block_type *t)
{
	for (uint32_t i = 0; t->type && i < t->type->nargs && i < t->ncols; i++)
		if (t->type->args[i].kind == SR_KIND_POLLFDS && t->cls[i] == SR_CLASS_BYTES)
			return &t->cols[i];
	return NULL;
}

bool sr_evt_may_poll(const struct sr_type *t, uint32_t off)
{
	(void)off;
	for (int i = 0; i < t->nargs; i++)
		if (t->args[i].kind == SR_KIND_POLLFDS)
			return true;
	return false;
}

/* Ends of the fields whose rows end in it; the letter is the off of both rows. */
static const struct {
	char which;
	sr_get_fn get;
	const char *field;
} of_each[] = {
	{ 'n', sr_get_fd_name, "fd.name" },  { 'c', sr_get_fd_ip, "fd.cip" },
	{ 's', sr_get_fd_ip, "fd.sip" },     { 'C', sr_get_fd_port, "fd.cport" },
	{ 'S', sr_get_fd_port, "fd.sport" },
};

/* One element; false: it has none. */
static bool put_of(struct sr_view *v, const struct sr_fds_table *t, int32_t fd, char which)
{
	struct sr_fieldref ref;
	struct sr_val val;
	size_t from = v->scratch.len;

	for (size_t i = 0; i < sizeof(of_each) / sizeof(of_each[0]); i++) {
		if (of_each[i].which != which ||
		    sr_fieldref_parse(&ref, of_each[i].field, strlen(of_each[i].field), NULL) < 0)
			continue;
		ask_file(v, t, fd, of_each[i].get, &ref, &val);
		if (which == 'n' && (val.type != SR_V_STR || !val.s.len)) {
			sr_buf_puts(&v->scratch, "<NA>");
			return true;
		}
		if (val.type != SR_V_STR)
			return sr_val_text(&ref, &val, v, &v->scratch);
		return v->scratch.len > from; /* the text is there already */
	}
	return false;
}

/* off of the row: 0 the numbers, else which end or name of each. */
static void put_list(struct sr_view *v, uint32_t row, const struct sr_cur *list, char which)
{
	const struct sr_fds_table *t = which ? sr_fds_at(v->fds, row) : NULL;
	struct sr_cur c = *list;

	while (c.left >= 8) {
		int32_t fd = (int32_t)sr_cur_u32(&c);
		size_t from = v->scratch.len;

		(void)sr_cur_u32(&c); /* events */
		if (from)
			sr_buf_putc(&v->scratch, ',');
		if (!which)
			sr_buf_i64(&v->scratch, fd);
		else if (!put_of(v, t, fd, which))
			v->scratch.len = from;
	}
}

void sr_get_fdlist(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	char which = (char)sr_field_impl_of(f->field)->off;
	const struct sr_col *c = poll_list(sr_block_type_of(v->b, idx));
	uint32_t nth = v->b->nth[idx];
	struct sr_cur list;

	sr_set_absent(out, c && c->status && c->status[nth] ? c->status[nth] : SR_NONE);
	if (!c)
		return;
	if (which && !sr_fds_at(v->fds, idx)) {
		sr_set_absent(out, SR_UNKNOWN);
		return;
	}
	list = sr_cur(v->b->heap + c->ref[nth], c->len[nth]);
	put_list(v, idx, &list, which);
	if (!v->scratch.len)
		return;
	sr_set_scratch(out, v, 0);
	out->why = c->status ? c->status[nth] : SR_OK;
}
