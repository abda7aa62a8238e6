/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of the paths that a call was given. */
#include "filters/field_impl.h"

#include <fcntl.h>

/* Calls with two paths: which argument is what the field's tools call source and target.
 * The text of a symbolic link and a mount's device are not looked up from the working
 * directory: they stay as they are. */
static const struct two_paths {
	const char *name;
	int8_t source, target;
	bool raw_source, raw_target;
} two_paths[] = {
	{ "rename", 0, 1, false, false },     { "renameat", 1, 3, false, false },
	{ "renameat2", 1, 3, false, false },  { "link", 1, 0, false, false },
	{ "linkat", 3, 1, false, false },     { "symlink", 1, 0, false, true },
	{ "symlinkat", 2, 0, false, true },   { "mount", 0, 1, true, false },
	{ "pivot_root", 0, 1, false, false }, { "move_mount", 1, 3, false, false },
};

static bool is_path(const struct sr_type *t, int arg)
{
	uint8_t copy = sr_kinds[t->args[arg].kind].copy;

	return copy == SR_COPY_PATH || copy == SR_COPY_PATHAT;
}

/* The argument that field @which (n, s, t) means, or -1; *raw: it must stay as it is. */
static int path_arg(const struct sr_type *t, char which, bool *raw)
{
	*raw = false;
	for (size_t i = 0; i < sizeof(two_paths) / sizeof(two_paths[0]); i++) {
		const struct two_paths *p = &two_paths[i];

		if (strcmp(t->name, p->name) != 0)
			continue;
		*raw = which == 's' ? p->raw_source : p->raw_target;
		return which == 's' ? p->source : which == 't' ? p->target : -1;
	}
	if (which != 'n')
		return -1;
	for (int i = 0; i < t->nargs; i++)
		if (is_path(t, i))
			return i;
	return -1;
}

bool sr_fs_may_path(const struct sr_type *t, uint32_t off)
{
	bool raw;

	return t->name && path_arg(t, (char)(off | 0x20), &raw) >= 0;
}

/* Where a relative path begins: a dirfd before it, else the working directory. */
static struct sr_str base_dir(const struct sr_view *v, uint32_t row, int arg)
{
	const struct sr_block *b = v->b;
	const struct sr_block_type *t = sr_block_type_of(b, row);
	const struct sr_thread *th = &b->threads[b->thread[row]];
	const struct sr_col *dir;

	if (sr_kinds[t->type->args[arg].kind].copy != SR_COPY_PATHAT || !arg)
		return b->strs[th->cwd];
	dir = &t->cols[arg - 1];
	if ((int32_t)dir->val[b->nth[row]] == AT_FDCWD)
		return b->strs[th->cwd];
	return dir->ref && t->cls[arg - 1] == SR_CLASS_FILE
		       ? b->strs[b->files[dir->ref[b->nth[row]]].path]
		       : b->strs[0];
}

/* Append a path to the absolute one that starts at @from: no empty and no "." component;
 * ".." takes one away, by text. */
static void append_path(struct sr_buf *out, size_t from, struct sr_str s)
{
	const char *p = s.p, *end = s.p + s.len, *next;

	for (; p < end; p = next + 1) {
		next = memchr(p, '/', (size_t)(end - p));
		next = next ? next : end;
		if (next == p || (next - p == 1 && *p == '.'))
			continue;
		if (next - p == 2 && p[0] == '.' && p[1] == '.') {
			while (out->len > from && out->p[--out->len] != '/')
				;
			continue;
		}
		sr_buf_putc(out, '/');
		sr_buf_put(out, p, (size_t)(next - p));
	}
}

/* After chdir() the working directory is what its argument has led to. */
static bool has_moved_there(const struct sr_block *b, uint32_t row)
{
	const struct sr_type *t = sr_block_type_of(b, row)->type;

	return t && sr_type_id(t) == SR_SC_chdir && b->ret[row] == 0;
}

static void make_absolute(struct sr_view *v, uint32_t row, int arg, struct sr_val *out)
{
	struct sr_str path = { out->s.p, (uint32_t)out->s.len }, base = { "", 0 };
	uint8_t why = out->why;

	if (!path.len && v->b->ret[row] < 0)
		return;
	if (!path.len || path.p[0] != '/') {
		base = base_dir(v, row, arg);
		if (!base.len || base.p[0] != '/')
			return;
	}
	if (base.len && has_moved_there(v->b, row))
		path.len = 0;
	append_path(&v->scratch, 0, base);
	append_path(&v->scratch, 0, path);
	if (!v->scratch.len)
		sr_buf_putc(&v->scratch, '/');
	sr_set_scratch(out, v, 0);
	out->why = why;
}

/* @which: n name, s source, t target; capitals: as recorded. */
static void get_path_arg(struct sr_view *v, uint32_t row, char which, struct sr_val *out)
{
	const struct sr_block_type *t = sr_block_type_of(v->b, row);
	uint32_t nth = v->b->nth[row];
	const struct sr_col *c;
	bool raw;
	int arg = t->type ? path_arg(t->type, (char)(which | 0x20), &raw) : -1;

	if (arg < 0 || (uint32_t)arg >= t->ncols || t->cls[arg] != SR_CLASS_STR) {
		sr_set_absent(out, SR_NONE);
		return;
	}
	c = &t->cols[arg];
	sr_set_dict(out, v->b, c->ref[nth], c->status ? c->status[nth] : SR_OK);
	if (out->type == SR_V_STR && which & 0x20 && !raw)
		make_absolute(v, row, arg, out);
}

/* off of the row: which. */
void sr_get_fs_path(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		    struct sr_val *out)
{
	get_path_arg(v, idx, (char)sr_field_impl_of(f->field)->off, out);
}

/* ---- other names of the same ---- */

static bool is_at(const struct sr_type *t, int arg)
{
	return sr_kinds[t->args[arg].kind].copy == SR_COPY_PATHAT;
}

/* Only of calls that take a directory beside the path; .src and .dst of those with two paths. */
bool sr_evt_may_abspath(const struct sr_type *t, uint32_t off)
{
	(void)off;
	for (int i = 0; i < t->nargs; i++)
		if (is_at(t, i))
			return true;
	return false;
}

void sr_get_abspath(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		    struct sr_val *out)
{
	const struct sr_type *t = sr_block_type_of(v->b, idx)->type;
	char which = f->arg[0] == 's' ? 's' : f->arg[0] == 'd' ? 't' : 'n';

	if (t && sr_evt_may_abspath(t, 0))
		get_path_arg(v, idx, which, out);
	else
		sr_set_absent(out, SR_NONE);
}

/* As it was passed, which only the call that opens tells; repeated slashes are one. */
void sr_get_fd_nameraw(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		       struct sr_val *out)
{
	const struct sr_type *t = sr_block_type_of(v->b, idx)->type;
	uint8_t why;

	(void)f;
	if (!t || t->ret != SR_RET_FD || !sr_fs_may_path(t, 'n')) {
		sr_set_absent(out, v->b->file[idx] ? SR_UNKNOWN : SR_NONE);
		return;
	}
	get_path_arg(v, idx, 'N', out);
	if (out->type == SR_V_ABSENT)
		return;
	why = out->why;
	for (size_t i = 0; i < out->s.len; i++)
		if (!i || out->s.p[i] != '/' || out->s.p[i - 1] != '/')
			sr_buf_putc(&v->scratch, out->s.p[i]);
	sr_set_scratch(out, v, 0);
	out->why = why;
}
