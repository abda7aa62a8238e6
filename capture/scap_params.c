/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments of our rows as parameters of .scap events. */
#include "capture/rows.h"
#include "capture/scap_args.h"
#include "capture/scap_out.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define IN_PID_NAMESPACE (1u << 29) /* in the flags of clone */
#define VALUE_MAX	 65000u	    /* bytes of one value: its length has 16 bits */

/* ---- an event that is made ---- */

void scap_event_begin(struct scap_event *x, uint16_t id)
{
	x->e.id = id;
	x->e.desc = sr_scap_desc(id);
	x->e.n = 0;
	x->values.len = 0;
}

void scap_event_bytes(struct scap_event *x, const void *p, size_t len)
{
	unsigned int i = x->e.n;

	if (i >= x->e.desc->nparams)
		return;
	if (!(x->e.desc->flags & SR_SCAP_WIDE) && len > VALUE_MAX)
		len = VALUE_MAX;
	x->at[i] = (uint32_t)x->values.len;
	x->e.params[i].len = (uint32_t)len;
	sr_buf_put(&x->values, p, len);
	x->e.n++;
}

void scap_event_number(struct scap_event *x, uint64_t v)
{
	if (x->e.n < x->e.desc->nparams) /* little-endian: its first bytes */
		scap_event_bytes(x, &v, sr_scap_type_size(x->e.desc->params[x->e.n].type));
}

void scap_event_text(struct scap_event *x, struct sr_str s)
{
	uint32_t len = s.len < VALUE_MAX - 1 ? s.len : VALUE_MAX - 1;
	unsigned int i = x->e.n;

	scap_event_bytes(x, s.p, strnlen(s.p, len));
	if (x->e.n == i)
		return;
	sr_buf_putc(&x->values, '\0');
	x->e.params[i].len++;
}

/* ---- addresses ---- */

static bool is_inet(const struct sr_file *f)
{
	return f->kind == SR_FILE_SOCK_INET || f->kind == SR_FILE_SOCK_INET6;
}

/* The name of a unix socket. From a .scap it may have the addresses of both ends in the kernel
 * before it, "0->ffff888800001000 /run/docker.sock": *ends receives them, else 0. */
static struct sr_str unix_name(const struct sr_block *b, const struct sr_file *f, uint64_t ends[2])
{
	struct sr_str s = b->strs[b->strs[f->path].len ? f->path : f->peer_path];
	char text[40];
	int used = 0;

	ends[0] = ends[1] = 0;
	if (!s.len || s.p[0] == '/' || s.p[0] == '@' || !s.p[0])
		return s;
	(void)snprintf(text, sizeof(text), "%.*s", (int)s.len, s.p); /* its beginning */
	if (sscanf(text, "%" SCNx64 "->%" SCNx64 "%n", &ends[0], &ends[1], &used) != 2)
		return s;
	used += (uint32_t)used < s.len && s.p[used] == ' ';
	return (struct sr_str){ s.p + used, s.len - (uint32_t)used };
}

static void put_u16(struct sr_buf *b, uint16_t v)
{
	sr_buf_put(b, &v, sizeof(v));
}

static void put_unix(struct sr_buf *b, struct sr_str name)
{
	if (name.len && !name.p[0]) {
		sr_buf_putc(b, '@');
		name.p++;
		name.len--;
	}
	sr_buf_put(b, name.p, strnlen(name.p, name.len < 108 ? name.len : 108));
	sr_buf_putc(b, '\0');
}

static void end_value(struct scap_event *x, struct sr_buf *b)
{
	x->values.oom |= b->oom;
	scap_event_bytes(x, b->p, b->oom ? 0 : b->len);
	sr_buf_free(b);
}

/* The source is who began: the client. */
void scap_event_tuple(struct scap_event *x, const struct sr_block *b, const struct sr_file *f)
{
	uint64_t ends[2];
	bool peer = f->flags & SR_FILE_SERVER && !(f->flags & SR_FILE_CLIENT_END);
	size_t size = f->kind == SR_FILE_SOCK_INET6 ? 16 : 4;
	struct sr_buf out = { 0 };
	struct sr_str name;

	if (is_inet(f)) {
		sr_buf_putc(&out, size == 16 ? AF_INET6 : AF_INET);
		sr_buf_put(&out, peer ? f->raddr : f->laddr, size);
		put_u16(&out, peer ? f->rport : f->lport);
		sr_buf_put(&out, peer ? f->laddr : f->raddr, size);
		put_u16(&out, peer ? f->lport : f->rport);
	} else if (f->kind == SR_FILE_SOCK_UNIX) {
		sr_buf_putc(&out, AF_UNIX);
		name = unix_name(b, f, ends);
		sr_buf_put(&out, ends, sizeof(ends));
		put_unix(&out, name);
	}
	end_value(x, &out);
}

void scap_event_address(struct scap_event *x, const struct sr_block *b, const struct sr_file *f,
			bool peer)
{
	size_t size = f->kind == SR_FILE_SOCK_INET6 ? 16 : 4;
	struct sr_buf out = { 0 };
	uint64_t ends[2];

	if (is_inet(f)) {
		sr_buf_putc(&out, size == 16 ? AF_INET6 : AF_INET);
		sr_buf_put(&out, peer ? f->raddr : f->laddr, size);
		put_u16(&out, peer ? f->rport : f->lport);
	} else if (f->kind == SR_FILE_SOCK_UNIX) {
		sr_buf_putc(&out, AF_UNIX);
		put_unix(&out, unix_name(b, f, ends));
	}
	end_value(x, &out);
}

/* ---- arguments of a row ---- */

struct row {
	const struct sr_view *v;
	const struct sr_block *b;
	const struct sr_block_type *t;
	uint32_t row, nth;
	bool leave;
};

static const struct sr_col *column(const struct row *r, int arg)
{
	return arg >= 0 && (uint32_t)arg < r->t->ncols ? &r->t->cols[arg] : NULL;
}

/* The bytes of an argument of class BYTES. */
static struct sr_str bytes_of(const struct row *r, int arg)
{
	const struct sr_col *c = column(r, arg);

	if (!c || r->t->cls[arg] != SR_CLASS_BYTES || !c->len[r->nth])
		return (struct sr_str){ "", 0 };
	return (struct sr_str){ (const char *)r->b->heap + c->ref[r->nth], c->len[r->nth] };
}

/* The text of an argument of class STR. */
static struct sr_str text_of(const struct row *r, int arg)
{
	const struct sr_col *c = column(r, arg);

	if (!c || r->t->cls[arg] != SR_CLASS_STR)
		return (struct sr_str){ "", 0 };
	return r->b->strs[c->ref[r->nth]];
}

static int arg_of_copy(const struct row *r, uint8_t copy)
{
	for (int i = 0; r->t->type && i < r->t->type->nargs; i++)
		if (sr_kinds[r->t->type->args[i].kind].copy == copy)
			return i;
	return -1;
}

/* What was read or written; of a message behind its head and address. */
static struct sr_str payload_of(const struct row *r)
{
	struct sr_str s = { "", 0 };
	struct sr_msg_head head;

	for (int i = 0; r->t->type && i < r->t->type->nargs; i++) {
		const struct sr_kind_desc *k = &sr_kinds[r->t->type->args[i].kind];

		if (!(k->flags & SR_OP_PAYLOAD))
			continue;
		s = bytes_of(r, i);
		if (k->copy != SR_COPY_MSGHDR)
			return s;
		if (s.len < sizeof(head))
			return (struct sr_str){ "", 0 };
		memcpy(&head, s.p, sizeof(head));
		s.p += sizeof(head);
		s.len -= sizeof(head);
		if (head.namelen > s.len)
			return (struct sr_str){ "", 0 };
		s.p += head.namelen;
		s.len -= head.namelen;
		return s;
	}
	return s;
}

/* The address that the process gave or got, as a file whose peer it is. */
static bool given_address(const struct row *r, struct sr_file *out)
{
	int arg = arg_of_copy(r, SR_COPY_SOCKADDR);
	struct sockaddr_in6 in6;
	struct sockaddr_in in;
	struct sr_str s;

	s = bytes_of(r, arg >= 0 ? arg : arg_of_copy(r, SR_COPY_SOCKADDR_OUT));
	if (s.len >= sizeof(in)) {
		memcpy(&in, s.p, sizeof(in));
		if (in.sin_family == AF_INET) {
			out->kind = SR_FILE_SOCK_INET;
			memcpy(out->raddr, &in.sin_addr, 4);
			out->rport = ntohs(in.sin_port);
			return true;
		}
	}
	if (s.len >= sizeof(in6) - sizeof(in6.sin6_scope_id)) {
		memset(&in6, 0, sizeof(in6));
		memcpy(&in6, s.p, s.len < sizeof(in6) ? s.len : sizeof(in6));
		if (in6.sin6_family == AF_INET6) {
			out->kind = SR_FILE_SOCK_INET6;
			memcpy(out->raddr, &in6.sin6_addr, 16);
			out->rport = ntohs(in6.sin6_port);
			return true;
		}
	}
	return false;
}

static void put_address(struct scap_event *x, const struct row *r)
{
	struct sr_file f = { 0 };
	int arg = arg_of_copy(r, SR_COPY_SOCKADDR);
	struct sr_str s = bytes_of(r, arg >= 0 ? arg : arg_of_copy(r, SR_COPY_SOCKADDR_OUT));
	struct sr_buf out = { 0 };
	uint16_t family;

	if (given_address(r, &f)) {
		scap_event_address(x, r->b, &f, true);
		return;
	}
	if (s.len > sizeof(family)) {
		memcpy(&family, s.p, sizeof(family));
		if (family == AF_UNIX) {
			sr_buf_putc(&out, AF_UNIX);
			put_unix(&out, (struct sr_str){ s.p + 2, s.len - 2 });
		}
	}
	end_value(x, &out);
}

static void put_tuple(struct scap_event *x, const struct row *r)
{
	const struct sr_file *file = &r->b->files[r->b->file[r->row]];
	struct sr_file f = *file;
	bool known = f.rport || f.flags & SR_FILE_CONNECTED || f.kind == SR_FILE_SOCK_UNIX;

	/* A bound socket keeps its name; readers of 2022 would mix both up. */
	if (!known && is_inet(&f) && !f.lport) {
		uint32_t kind = f.kind;

		known = given_address(r, &f) && f.kind == kind;
		/* The source is who sent. */
		f.flags &= ~(uint32_t)SR_FILE_CLIENT_END;
		if (strncmp(r->t->name, "recv", 4) == 0)
			f.flags |= SR_FILE_SERVER;
		else
			f.flags &= ~(uint32_t)SR_FILE_SERVER;
	}
	if (known)
		scap_event_tuple(x, r->b, &f);
	else
		scap_event_bytes(x, "", 0);
}

/* ---- processes ---- */

struct sr_str scap_out_argv(const struct sr_block *b, const struct sr_thread *t, bool rest)
{
	struct sr_str s = b->strs[t->args];
	uint32_t first = (uint32_t)strnlen(s.p, s.len);

	if (!rest)
		return (struct sr_str){ s.p, first };
	first += first < s.len;
	return (struct sr_str){ s.p + first, s.len - first };
}

void scap_out_cgroups(const struct sr_block *b, const struct sr_thread *t, struct sr_buf *out)
{
	static const char *const names[] = { "cpuset", "cpu", "memory" };
	struct sr_str path = b->strs[b->cgroups[t->cgroup].path];

	for (size_t i = 0; path.len && i < sizeof(names) / sizeof(names[0]); i++) {
		sr_buf_printf(out, "%s=", names[i]);
		sr_buf_put(out, path.p, path.len);
		sr_buf_putc(out, '\0');
	}
}

static bool put_process_text(struct scap_event *x, const struct sr_block *b,
			     const struct sr_thread *t, const char *name)
{
	struct sr_buf list = { 0 };
	struct sr_str s;

	if (strcmp(name, "exe") == 0)
		scap_event_text(x, scap_out_argv(b, t, false));
	else if (strcmp(name, "cwd") == 0)
		scap_event_text(x, b->strs[t->cwd]);
	else if (strcmp(name, "comm") == 0)
		scap_event_text(x, b->strs[t->comm]);
	else if (strcmp(name, "filename") == 0)
		scap_event_text(x, b->strs[t->exepath]);
	else if (strcmp(name, "args") == 0) {
		s = scap_out_argv(b, t, true);
		scap_event_bytes(x, s.p, s.len);
	} else if (strcmp(name, "env") == 0)
		scap_event_bytes(x, b->strs[t->env].p, b->strs[t->env].len);
	else if (strcmp(name, "cgroups") == 0) {
		scap_out_cgroups(b, t, &list);
		end_value(x, &list);
	} else
		return false;
	return true;
}

bool scap_out_process(struct scap_event *x, const struct sr_block *b, const struct sr_thread *t,
		      const char *name)
{
	const struct {
		const char *name;
		uint64_t v;
	} numbers[] = {
		{ "tid", (uint64_t)t->tid },
		{ "pid", (uint64_t)t->pid },
		{ "ptid", (uint64_t)t->ppid },
		{ "fdlimit", 1024 },
		{ "pgft_maj", 0 },
		{ "pgft_min", 0 },
		{ "vm_size", 0 },
		{ "vm_rss", 0 },
		{ "vm_swap", 0 },
		{ "tty", (uint32_t)t->tty },
		{ "vpgid", (uint64_t)t->vpgid },
		{ "loginuid", t->loginuid },
		{ "uid", t->euid },
		{ "gid", t->egid },
		{ "vtid", (uint64_t)t->vtid },
		{ "vpid", (uint64_t)t->vpid },
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strcmp(numbers[i].name, name) == 0) {
			scap_event_number(x, numbers[i].v);
			return true;
		}
	return put_process_text(x, b, t, name);
}

static bool makes_process(const char *name)
{
	static const char *const names[] = { "clone", "clone3", "fork",
					     "vfork", "execve", "execveat" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* Of clone an argument, of clone3 the first member of a structure. */
static uint64_t clone_flags(const struct row *r, const struct sr_thread *t)
{
	struct sr_str s = bytes_of(r, scap_arg_of(r->t->type, "cl_args"));
	const struct sr_col *c = column(r, scap_arg_of(r->t->type, "flags"));
	uint64_t flags = c ? c->val[r->nth] : 0;

	if (s.len >= sizeof(flags))
		memcpy(&flags, s.p, sizeof(flags));
	flags = sr_scap_from_linux(SR_SCAP_VALUES_clone_flags, flags);
	/* The result is a pid of a namespace: readers take the child's word for who it is. */
	return t->vtid != t->tid ? flags | IN_PID_NAMESPACE : flags;
}

/* What the call was given names an image that could not be executed. */
static bool put_exec(struct scap_event *x, const struct row *r, const struct sr_thread *t,
		     const char *name)
{
	bool failed = r->b->ret[r->row] < 0;
	struct sr_str s;
	uint32_t first;

	if (strcmp(name, "flags") == 0) {
		scap_event_number(x, t->exe_flags & SR_EXE_WRITABLE ? 1 : 0);
		return true;
	}
	if (strcmp(name, "filename") == 0) {
		s = text_of(r, scap_arg_of(r->t->type, "filename"));
		scap_event_text(x, failed && s.len ? s : r->b->strs[t->exepath]);
		return true;
	}
	s = text_of(r, scap_arg_of(r->t->type, "argv"));
	if (!failed || !s.len || (strcmp(name, "exe") != 0 && strcmp(name, "args") != 0))
		return false;
	first = (uint32_t)strnlen(s.p, s.len);
	if (strcmp(name, "exe") == 0) {
		scap_event_text(x, (struct sr_str){ s.p, first });
	} else {
		first += first < s.len;
		scap_event_bytes(x, s.p + first, s.len - first);
	}
	return true;
}

static bool put_process(struct scap_event *x, const struct row *r, const char *name)
{
	const struct sr_thread *t = &r->b->threads[r->b->thread[r->row]];
	bool exec = strncmp(r->t->name, "exec", 4) == 0;

	if (!makes_process(r->t->name))
		return false;
	if (exec && put_exec(x, r, t, name))
		return true;
	if (!exec && strcmp(name, "flags") == 0) {
		scap_event_number(x, clone_flags(r, t));
		return true;
	}
	return (r->leave || exec) && scap_out_process(x, r->b, t, name);
}

/* ---- all others ---- */

/* What an open call opened: its name, where the one that it was given leads elsewhere. */
static struct sr_str opened_name(const struct row *r, struct sr_str given)
{
	const struct sr_file *f = &r->b->files[r->b->file[r->row]];
	struct sr_str path = r->b->strs[f->path];

	if (strncmp(r->t->name, "open", 4) != 0 && strcmp(r->t->name, "creat") != 0)
		return given;
	return path.len && path.p[0] == '/' ? path : given;
}

static void put_text(struct scap_event *x, const struct row *r, int arg)
{
	struct sr_str s = text_of(r, arg);

	scap_event_text(x, opened_name(r, s.len ? s : bytes_of(r, arg)));
}

static void put_number(struct scap_event *x, const struct row *r,
		       const struct sr_scap_param_desc *d, int arg)
{
	const struct sr_col *c = column(r, arg);
	uint64_t v = c ? c->val[r->nth] : 0;

	if (arg < 0 && strcmp(d->name, "size") == 0 && r->b->ret[r->row] > 0)
		v = (uint64_t)r->b->ret[r->row];
	if (c && r->t->cls[arg] == SR_CLASS_FILE)
		v = (uint64_t)(int64_t)(int32_t)v;
	scap_event_number(x, sr_scap_from_linux(d->values, v));
}

/* Numbers in memory: the fds of a pair. */
static bool put_pair(struct scap_event *x, const struct row *r, const char *name)
{
	int32_t fds[2];

	if (strcmp(name, "fd1") != 0 && strcmp(name, "fd2") != 0)
		return false;
	for (int i = 0; i < r->t->type->nargs; i++) {
		struct sr_str s = bytes_of(r, i);

		if (r->t->type->args[i].kind != SR_KIND_FDPAIR_OUT || s.len < sizeof(fds))
			continue;
		memcpy(fds, s.p, sizeof(fds));
		scap_event_number(x, (uint64_t)(int64_t)fds[name[2] - '1']);
		return true;
	}
	return false;
}

static bool put_result(struct scap_event *x, const struct row *r,
		       const struct sr_scap_param_desc *d, unsigned int i)
{
	if (!r->leave || i || (strcmp(d->name, "res") != 0 && strcmp(d->name, "fd") != 0))
		return false;
	scap_event_number(x, (uint64_t)r->b->ret[r->row]);
	return true;
}

static void put_variable(struct scap_event *x, const struct row *r,
			 const struct sr_scap_param_desc *d, int arg)
{
	static const uint8_t zeros[9];
	struct sr_str s;

	switch (d->type) {
	case SR_SCAP_SOCKTUPLE:
		put_tuple(x, r);
		break;
	case SR_SCAP_SOCKADDR:
		put_address(x, r);
		break;
	case SR_SCAP_BYTEBUF:
		s = strcmp(d->name, "data") == 0 ? payload_of(r) : bytes_of(r, arg);
		scap_event_bytes(x, s.p, s.len);
		break;
	case SR_SCAP_FDLIST:
		scap_event_bytes(x, zeros, 2); /* none of its fds */
		break;
	case SR_SCAP_DYN: /* a number or bytes, as the first byte says */
		scap_event_bytes(x, zeros,
				 strcmp(r->t->name, "ptrace") == 0 || strcmp(r->t->name, "bpf") == 0
					 ? 9
					 : 1);
		break;
	default:
		put_text(x, r, arg);
		break;
	}
}

int scap_out_fd(const struct sr_type *type)
{
	/* Ours are about the new one. */
	return strncmp(type->name, "dup", 3) == 0 ? 0 : sr_type_primary_fd(type);
}

static void put_param(struct scap_event *x, const struct row *r, unsigned int i)
{
	const struct sr_scap_param_desc *d = &x->e.desc->params[i];
	int arg;

	if (put_process(x, r, d->name) || put_result(x, r, d, i) || put_pair(x, r, d->name))
		return;
	arg = strcmp(d->name, "fd") == 0 ? scap_out_fd(r->t->type) : -1;
	if (arg < 0)
		arg = scap_arg_of(r->t->type, d->name);
	if (sr_scap_type_size(d->type))
		put_number(x, r, d, arg);
	else
		put_variable(x, r, d, arg);
}

void scap_out_params(struct scap_event *x, const struct sr_view *v, uint32_t row, unsigned int n,
		     bool leave)
{
	const struct sr_block *b = v->b;
	const struct row r = { .v = v,
			       .b = b,
			       .t = sr_block_type_of(b, row),
			       .row = row,
			       .nth = b->nth[row],
			       .leave = leave };

	for (unsigned int i = 0; i < n && i < x->e.desc->nparams; i++)
		put_param(x, &r, i);
}
