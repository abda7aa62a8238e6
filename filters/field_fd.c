/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of files and sockets. */
#include "filters/field_impl.h"
#include "formats/args.h"

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

/* What the host calls a file, if it sees it at all. */
void sr_get_fd_hostpath(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			struct sr_val *out)
{
	const struct sr_file *file = get_file(v, idx, out);

	(void)f;
	if (!file)
		return;
	if (file->flags & SR_FILE_HOST_SAME)
		sr_set_dict(out, v->b, file->path, SR_OK);
	else if (file->host_path)
		sr_set_dict(out, v->b, file->host_path, SR_OK);
	else
		sr_set_absent(out, file->kind < SR_FILE_FIFO ? SR_UNKNOWN : SR_NONE);
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

/* The kernel's own path, without links: that of a recording, but not what other tools made of the
 * text that a call was given. */
void sr_get_fd_realpath(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			struct sr_val *out)
{
	const struct sr_file *file;
	struct sr_str path;

	(void)f;
	if (!get_path(v, v->b->file[idx], &file, &path, out))
		return;
	sr_set_str(out, path.p, path.len);
	if (v->b->flags[idx] & SR_F_IMPORTED || file->flags & SR_FILE_UNOPENED)
		sr_set_absent(out, SR_UNKNOWN);
	else if (file->flags & SR_FILE_PATH_CUT)
		out->why = SR_TRUNC;
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

/* The other end of a unix socket. */
void sr_get_fd_peer_ino(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			struct sr_val *out)
{
	const struct sr_file *file = get_file(v, idx, out);

	(void)f;
	if (file && file->kind == SR_FILE_SOCK_UNIX && file->peer_ino)
		sr_set_uint(out, file->peer_ino);
	else if (file)
		sr_set_absent(out, SR_NONE);
}

void sr_get_fd_peer_name(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			 struct sr_val *out)
{
	const struct sr_file *file = get_file(v, idx, out);

	(void)f;
	if (file && file->peer_path)
		sr_set_dict(out, v->b, file->peer_path, SR_OK);
	else if (file)
		sr_set_absent(out, SR_NONE);
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
