/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of files and sockets, and of the paths that a call was given. */
#include "filters/field_impl.h"
#include "formats/args.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

/* The file of a dictionary entry; NULL, and *out absent, for entry 0. */
static const struct sr_file *get_file(const struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	const struct sr_file *f = &v->b->files[idx];

	if (f->kind != SR_FILE_NONE)
		return f;
	sr_set_absent(out, SR_NONE);
	return NULL;
}

/* Nothing was recorded of it but that it exists. */
static bool is_unknown(const struct sr_file *f)
{
	return f->kind == SR_FILE_OTHER && f->flags & SR_FILE_NO_NAME;
}

/* The file, if more than its name is known of it; else as get_file(). */
static const struct sr_file *get_known_file(const struct sr_view *v, uint32_t idx,
					    struct sr_val *out)
{
	const struct sr_file *f = get_file(v, idx, out);

	if (!f || !(is_unknown(f) || f->flags & SR_FILE_UNOPENED))
		return f;
	sr_set_absent(out, SR_UNKNOWN);
	return NULL;
}

static bool is_inet(const struct sr_file *f)
{
	return f->kind == SR_FILE_SOCK_INET || f->kind == SR_FILE_SOCK_INET6;
}

/* Ports without addresses of the internet. */
static bool has_numbers(const struct sr_file *f)
{
	return f->family == AF_VSOCK || f->family == AF_NETLINK;
}

static bool is_socket(const struct sr_file *f)
{
	return f->kind >= SR_FILE_SOCK_INET && f->kind <= SR_FILE_SOCK_OTHER;
}

/* pipe and socketpair: the tools of the field name the second of the pair. */
static bool get_second_fd(const struct sr_view *v, uint32_t row, struct sr_val *out)
{
	const struct sr_block_type *t = sr_block_type_of(v->b, row);
	uint32_t nth = v->b->nth[row];
	const struct sr_col *c;
	int32_t fd;

	for (uint32_t i = 0; t->type && i < t->ncols; i++) {
		c = &t->cols[i];
		if (t->type->args[i].kind != SR_KIND_FDPAIR_OUT || t->cls[i] != SR_CLASS_BYTES ||
		    c->len[nth] < 2 * sizeof(fd))
			continue;
		memcpy(&fd, v->b->heap + c->ref[nth] + sizeof(fd), sizeof(fd));
		sr_set_int(out, fd);
		return true;
	}
	return false;
}

static bool has_pair(const struct sr_type *t)
{
	for (int i = 0; i < t->nargs; i++)
		if (t->args[i].kind == SR_KIND_FDPAIR_OUT)
			return true;
	return false;
}

void sr_get_fd_num(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	const struct sr_block_type *t = sr_block_type_of(v->b, idx);
	const struct sr_col *c = NULL;
	int arg = t->type ? sr_type_primary_fd(t->type) : -1;
	uint8_t why;

	(void)f;
	if (v->b->flags[idx] & SR_F_IMPORTED && !v->b->file[idx]) {
		sr_set_absent(out, SR_UNKNOWN);
		return;
	}
	if (get_second_fd(v, idx, out))
		return;
	if (arg >= 0)
		c = sr_block_arg(v->b, idx, (unsigned)arg);
	if (c)
		sr_set_int(out, (int32_t)c->val[v->b->nth[idx]]);
	else if (t->type && t->type->ret == SR_RET_FD && sr_evt_returned(v->b, idx, &why) &&
		 v->b->ret[idx] >= 0)
		sr_set_int(out, v->b->ret[idx]);
	else if (v->b->flags[idx] & SR_F_IMPORTED)
		sr_set_int(out, -1);
	else
		sr_set_absent(out, SR_NONE);
}

bool sr_fd_may_num(const struct sr_type *t, uint32_t off)
{
	(void)off;
	return t->ret == SR_RET_FD || sr_type_primary_fd(t) >= 0 || has_pair(t);
}

/* ---- the file ---- */

void sr_get_fd_type(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		    struct sr_val *out)
{
	const struct sr_file *file = get_file(v, idx, out);

	(void)f;
	if (file && (is_unknown(file) || file->flags & SR_FILE_UNOPENED))
		sr_set_absent(out, SR_UNKNOWN);
	else if (file)
		sr_set_cstr(out, sr_file_kind_name((enum sr_file_kind)file->kind));
}

void sr_get_fd_typechar(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			struct sr_val *out)
{
	const struct sr_file *file = get_file(v, idx, out);

	(void)f;
	if (!file)
		return;
	sr_buf_putc(&v->scratch, sr_file_kind_char((enum sr_file_kind)file->kind));
	sr_set_scratch(out, v, 0);
}

void sr_get_fd_name(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		    struct sr_val *out)
{
	const struct sr_file *file = get_file(v, idx, out);

	(void)f;
	if (!file)
		return;
	sr_file_name(v->b, file, &v->scratch);
	sr_set_scratch(out, v, 0);
	if (out->type == SR_V_STR && file->flags & SR_FILE_PATH_CUT)
		out->why = SR_TRUNC;
}

/* Path of something that has a place in a directory. */
static bool get_path(const struct sr_view *v, uint32_t idx, const struct sr_file **file,
		     struct sr_str *path, struct sr_val *out)
{
	*file = get_file(v, idx, out);
	if (!*file)
		return false;
	*path = v->b->strs[(*file)->path];
	if ((*file)->kind < SR_FILE_FIFO && memchr(path->p, '/', path->len))
		return true;
	sr_set_absent(out, SR_NONE);
	return false;
}

void sr_get_fd_directory(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			 struct sr_val *out)
{
	const struct sr_file *file;
	struct sr_str path;
	const char *slash;

	(void)f;
	if (is_unknown(&v->b->files[idx])) { /* as the field's tools have it */
		sr_set_str(out, "/", 1);
		return;
	}
	if (!get_path(v, idx, &file, &path, out))
		return;
	if (file->kind == SR_FILE_DIR) {
		sr_set_str(out, path.p, path.len);
		return;
	}
	slash = memrchr(path.p, '/', path.len);
	sr_set_str(out, path.p, slash == path.p ? 1 : (size_t)(slash - path.p));
}

void sr_get_fd_filename(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			struct sr_val *out)
{
	const struct sr_file *file;
	struct sr_str path;
	const char *slash;

	(void)f;
	if (!get_path(v, idx, &file, &path, out))
		return;
	slash = memrchr(path.p, '/', path.len);
	if (file->kind == SR_FILE_DIR || file->flags & SR_FILE_UNOPENED)
		sr_set_absent(out, SR_NONE);
	else
		sr_set_str(out, slash + 1, path.len - (size_t)(slash + 1 - path.p));
}

void sr_get_fd_flag(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		    struct sr_val *out)
{
	const struct sr_file *file = get_known_file(v, idx, out);

	if (file)
		sr_set_bool(out, file->flags & sr_field_impl_of(f->field)->off);
}

/* off of the row: 2 the whole number, as stat(2) gives it, 1 major, 0 minor. */
void sr_get_fd_dev(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	const struct sr_file *file = get_known_file(v, idx, out);
	uint32_t part = sr_field_impl_of(f->field)->off;

	uint32_t major = file ? file->dev >> 20 : 0, minor = file ? file->dev & 0xfffff : 0;

	if (file)
		sr_set_uint(out, part == 2 ? (minor & 0xff) | major << 8 | (minor & ~0xffu) << 12
				 : part	   ? major
					   : minor);
}

void sr_get_fd_ino(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	const struct sr_file *file = get_file(v, idx, out);

	(void)f;
	if (file)
		sr_set_uint(out, file->ino);
}

void sr_get_fd_mode(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		    struct sr_val *out)
{
	const struct sr_file *file = get_file(v, idx, out);

	(void)f;
	if (file)
		sr_set_uint(out, file->mode);
}

/* ---- sockets ---- */

static bool any_byte(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return true;
	return false;
}

static bool has_local(const struct sr_file *f)
{
	return f->lport || f->flags & SR_FILE_LISTENING || any_byte(f->laddr, sizeof(f->laddr));
}

static bool has_remote(const struct sr_file *f)
{
	return !(f->flags & SR_FILE_LISTENING) && (f->rport || f->flags & SR_FILE_CONNECTED);
}

static bool is_server(const struct sr_file *f)
{
	return f->flags & (SR_FILE_SERVER | SR_FILE_LISTENING);
}

/* The server's end is the local one. */
static bool is_server_end(const struct sr_file *f)
{
	return is_server(f) && !(f->flags & SR_FILE_CLIENT_END);
}

/* Whether end @which (l, r, c, s) exists, and whether it is the local one. Who is the client
 * is known only of a pair. */
static bool end_of(const struct sr_file *f, char which, bool *local)
{
	switch (which) {
	case 'c':
		*local = !is_server_end(f);
		return has_remote(f);
	case 's':
		*local = is_server_end(f);
		return *local ? has_local(f) : has_remote(f);
	case 'r':
		*local = false;
		return has_remote(f);
	default:
		*local = true;
		return has_local(f);
	}
}

/* The end that the row (off) means; fields of two values ask by number. */
static bool get_end(const struct sr_fieldref *f, const struct sr_view *v, uint32_t idx,
		    const struct sr_file **file, bool *local, bool ports, struct sr_val *out)
{
	char which = (char)sr_field_impl_of(f->field)->off;

	*file = get_file(v, idx, out);
	if (!*file)
		return false;
	if (f->argn == 1)
		which = 'r';
	if ((is_inet(*file) || (ports && has_numbers(*file))) && end_of(*file, which, local))
		return true;
	sr_set_absent(out, SR_NONE);
	return false;
}

/* An IPv4 address inside an IPv6 socket is one. */
static void set_ip(struct sr_val *out, const uint8_t *addr, bool v6)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	*out = (struct sr_val){ .type = SR_V_IP };
	if (v6 && memcmp(addr, mapped, sizeof(mapped)) == 0) {
		memcpy(out->ip.addr, addr + 12, 4);
		return;
	}
	out->ip.v6 = v6;
	memcpy(out->ip.addr, addr, v6 ? 16 : 4);
}

void sr_get_fd_ip(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	const struct sr_file *file;
	bool local;

	if (get_end(f, v, idx, &file, &local, false, out))
		set_ip(out, local ? file->laddr : file->raddr, file->kind == SR_FILE_SOCK_INET6);
}

void sr_get_fd_port(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		    struct sr_val *out)
{
	const struct sr_file *file;
	bool local;

	if (get_end(f, v, idx, &file, &local, true, out))
		sr_set_uint(out, local ? file->lport : file->rport);
	else if (file && file->flags & SR_FILE_LISTENING && file->flags & SR_FILE_NO_NAME &&
		 (char)sr_field_impl_of(f->field)->off == 'c')
		sr_set_uint(out, 0); /* as the tools that recorded it have it */
}

static const struct {
	uint32_t proto;
	const char *name;
} protocols[] = {
	{ IPPROTO_TCP, "tcp" },		{ IPPROTO_UDP, "udp" },	      { IPPROTO_ICMP, "icmp" },
	{ IPPROTO_RAW, "raw" },		{ IPPROTO_ICMPV6, "icmpv6" }, { IPPROTO_SCTP, "sctp" },
	{ IPPROTO_UDPLITE, "udplite" },
};

const char *sr_fd_l4(unsigned i)
{
	return i < sizeof(protocols) / sizeof(protocols[0]) ? protocols[i].name : NULL;
}

void sr_get_fd_l4proto(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		       struct sr_val *out)
{
	const struct sr_file *file = get_file(v, idx, out);

	(void)f;
	if (!file)
		return;
	sr_set_absent(out, SR_NONE);
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (is_inet(file) && protocols[i].proto == file->l4proto)
			sr_set_cstr(out, protocols[i].name);
}

void sr_get_fd_sockfamily(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			  struct sr_val *out)
{
	const struct sr_file *file = get_file(v, idx, out);

	(void)f;
	if (file)
		sr_set_cstr(out, is_inet(file)			   ? "ip"
				 : file->kind == SR_FILE_SOCK_UNIX ? "unix"
								   : NULL);
}

void sr_get_fd_is_server(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			 struct sr_val *out)
{
	const struct sr_file *file = get_known_file(v, idx, out);

	(void)f;
	if (file)
		sr_set_bool(out, is_socket(file) && is_server(file));
}

/* ---- path arguments ---- */

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

/* off of the row: n name, s source, t target; capitals: as recorded. */
void sr_get_fs_path(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		    struct sr_val *out)
{
	const struct sr_block_type *t = sr_block_type_of(v->b, idx);
	uint32_t which = sr_field_impl_of(f->field)->off, nth = v->b->nth[idx];
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
		make_absolute(v, idx, arg, out);
}
