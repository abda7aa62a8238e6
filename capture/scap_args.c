/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/scap_args.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>

/* Where the tables call the same thing by two names. Without a call: everywhere. */
static const struct alias {
	const char *call, *ours, *theirs;
} aliases[] = {
	{ NULL, "path", "name" },
	{ NULL, "path", "filename" },
	{ NULL, "path", "pathname" },
	{ NULL, "buf", "data" },
	{ NULL, "count", "size" },
	{ NULL, "protocol", "proto" },
	{ NULL, "owner", "uid" },
	{ NULL, "group", "gid" },
	{ NULL, "length", "len" },
	{ NULL, "arg", "argument" },
	{ NULL, "op", "operation" },
	{ NULL, "op", "opcode" },
	{ NULL, "cmd", "operation" },
	{ NULL, "uaddr", "addr" },
	{ NULL, "iov", "data" },
	{ NULL, "msg", "data" },
	{ NULL, "msgvec", "data" },
	{ NULL, "tgid", "pid" },
	{ NULL, "olddirfd", "olddir" },
	{ NULL, "newdirfd", "newdir" },
	{ NULL, "newdirfd", "linkdirfd" },
	{ NULL, "argv", "args" },
	{ NULL, "envp", "env" },
	{ NULL, "fd_in", "fdin" },
	{ NULL, "fd_out", "fdout" },
	{ NULL, "size", "len" },
	{ "mount", "source", "dev" },
	{ "mount", "target", "dir" },
	{ "mount", "fstype", "type" },
	{ "umount2", "target", "name" },
	{ "getcwd", "buf", "path" },
	{ "semget", "flags", "semflg" },
	{ "init_module", "image", "img" },
	{ "prctl", "arg2", "arg2_int" },
	{ "pidfd_getfd", "pidfd", "pid_fd" },
	{ "pidfd_getfd", "targetfd", "target_fd" },
	{ "open_by_handle_at", "mount_fd", "mountfd" },
};

const struct sr_type *scap_type_of(const char *name)
{
	static const struct {
		const char *theirs, *ours;
	} others[] = {
		{ "pread", "pread64" },
		{ "pwrite", "pwrite64" },
		{ "prlimit", "prlimit64" },
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(others[i].theirs, name) == 0)
			name = others[i].ours;
	return sr_type_by_name(name, strlen(name));
}

struct found {
	const struct sr_scap_param *p;
	const struct sr_scap_param_desc *desc;
	int64_t number;
	bool is_number, at_end; /* at_end: of the event with which the call ended */
};

static bool find_in(const struct sr_scap_event *e, const char *name, struct found *out)
{
	if (!e)
		return false;
	out->p = sr_scap_find(e, name, &out->desc);
	if (!out->p)
		return false;
	out->is_number = sr_scap_number(e, (unsigned int)(out->p - e->params), &out->number);
	return true;
}

static bool find(const struct sr_scap_event *e, const struct sr_scap_event *enter, const char *name,
		 struct found *out)
{
	out->at_end = find_in(e, name, out);
	return out->at_end || find_in(enter, name, out);
}

static bool find_arg(const struct sr_type *type, const char *name, const struct sr_scap_event *e,
		     const struct sr_scap_event *enter, struct found *out)
{
	if (find(e, enter, name, out))
		return true;
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (strcmp(aliases[i].ours, name) == 0 &&
		    (!aliases[i].call || strcmp(aliases[i].call, type->name) == 0) &&
		    find(e, enter, aliases[i].theirs, out))
			return true;
	return false;
}

static int index_of(const struct sr_type *type, const char *name)
{
	for (int i = 0; i < type->nargs; i++)
		if (strcmp(type->args[i].name, name) == 0)
			return i;
	return -1;
}

int scap_arg_of(const struct sr_type *type, const char *theirs)
{
	int arg = index_of(type, theirs);

	for (size_t i = 0; arg < 0 && i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (strcmp(aliases[i].theirs, theirs) == 0 &&
		    (!aliases[i].call || strcmp(aliases[i].call, type->name) == 0))
			arg = index_of(type, aliases[i].ours);
	return arg;
}

static void put_string(struct sr_arg *a, const struct found *f, bool list)
{
	size_t len = list ? f->p->len : strnlen((const char *)f->p->p, f->p->len);

	a->status = f->p->len ? SR_OK : SR_NONE;
	a->data = f->p->p;
	a->len = a->truelen = (uint32_t)len;
}

static void put_file(struct scap_state *s, struct scap_thread *t, struct sr_arg *a)
{
	struct scap_file *f = t ? scap_state_file(s, t, (int32_t)a->val) : NULL;

	a->file = f ? scap_file_def(s, f) : NULL;
	a->status = a->file ? SR_OK : SR_UNKNOWN;
}

/* Payload is read and written as it is; other structures .scap files do not have. */
static void put_bytes(struct sr_arg *a, const struct sr_arg_desc *d, const struct found *f,
		      int64_t ret)
{
	bool payload = sr_kinds[d->kind].flags & SR_OP_PAYLOAD;

	if (!payload || f->desc->type != SR_SCAP_BYTEBUF)
		return;
	if (d->kind == SR_KIND_MSG_IN || d->kind == SR_KIND_MSG_OUT || d->kind == SR_KIND_MMSG_IN ||
	    d->kind == SR_KIND_MMSG_OUT)
		return; /* put_message() */
	a->data = f->p->p;
	a->len = f->p->len;
	a->truelen = ret > 0 && (uint64_t)ret > a->len ? (uint32_t)ret : a->len;
	a->status = a->truelen > a->len ? SR_TRUNC : SR_OK;
}

/* The payload of a message stands behind a head of our own. */
static void put_message(struct scap_state *s, struct sr_arg *a, const struct found *f, int64_t ret)
{
	static const struct sr_msg_head head = { .iovlen = 1 };
	uint8_t *p = sr_arena_alloc(&s->arena, sizeof(head) + f->p->len);

	if (!p || f->desc->type != SR_SCAP_BYTEBUF)
		return;
	memcpy(p, &head, sizeof(head));
	memcpy(p + sizeof(head), f->p->p, f->p->len);
	a->data = p;
	a->len = (uint32_t)sizeof(head) + f->p->len;
	a->truelen = ret > 0 && (uint64_t)ret > f->p->len ? (uint32_t)(sizeof(head) + (uint64_t)ret)
							  : a->len;
	a->status = a->truelen > a->len ? SR_TRUNC : SR_OK;
}

/* What poll waited for: a count, then descriptor and flags of each. At the end of a call they are
 * those that came. */
static void put_poll(struct scap_state *s, struct sr_arg *a, const struct found *f, bool came)
{
	struct sr_cur c = sr_cur(f->p->p, f->p->len);
	uint16_t n = sr_cur_u16(&c);
	struct pollfd *p = sr_arena_alloc(&s->arena, (n + 1u) * sizeof(*p));

	if (!p || !n || c.left < n * 10u)
		return;
	for (uint16_t i = 0; i < n; i++) {
		uint16_t flags, is = 0;

		p[i] = (struct pollfd){ .fd = (int)sr_cur_u64(&c) };
		flags = sr_cur_u16(&c);
		for (unsigned int bit = 1; bit <= flags; bit <<= 1)
			if (flags & bit)
				is |= (uint16_t)sr_scap_to_linux(SR_SCAP_VALUES_poll_flags, bit);
		if (came)
			p[i].revents = (short)is;
		else
			p[i].events = (short)is;
	}
	a->data = p;
	a->len = a->truelen = n * (uint32_t)sizeof(*p);
	a->status = SR_OK;
}

static void put_arg(struct scap_state *s, struct scap_thread *t, const struct sr_arg_desc *d,
		    const struct found *f, int64_t ret, struct sr_arg *a)
{
	switch (sr_kinds[d->kind].cls) {
	case SR_CLASS_NUM:
		a->status = SR_OK;
		break;
	case SR_CLASS_STR:
		put_string(a, f, d->kind == SR_KIND_STRV || d->kind == SR_KIND_ENV);
		break;
	case SR_CLASS_FILE:
		put_file(s, t, a);
		break;
	default:
		if (d->kind == SR_KIND_CASE)
			break; /* of addresses, what is there is unknown */
		if (f->desc->type == SR_SCAP_FDLIST) {
			put_poll(s, a, f, f->at_end);
			return;
		}
		put_bytes(a, d, f, ret);
		if (!a->data && sr_kinds[d->kind].copy == SR_COPY_MSGHDR)
			put_message(s, a, f, ret);
		break;
	}
}

/* Two new fds: pipe, socketpair. */
static bool put_pair(struct scap_state *s, const struct sr_arg_desc *d,
		     const struct sr_scap_event *e, struct sr_arg *a)
{
	int64_t one, two;
	int32_t *p;

	if (d->kind != SR_KIND_FDPAIR_OUT || !sr_scap_number_of(e, "fd1", &one) ||
	    !sr_scap_number_of(e, "fd2", &two))
		return false;
	p = sr_arena_alloc(&s->arena, 2 * sizeof(*p));
	if (!p)
		return false;
	p[0] = (int32_t)one;
	p[1] = (int32_t)two;
	a->data = p;
	a->len = a->truelen = 2 * sizeof(*p);
	a->status = SR_OK;
	return true;
}

void scap_args(struct scap_state *s, struct scap_thread *t, const struct sr_scap_event *e,
	       const struct sr_scap_event *enter, struct sr_event_in *ev)
{
	ev->nargs = ev->type->nargs;
	for (unsigned int i = 0; i < ev->nargs; i++) {
		const struct sr_arg_desc *d = &ev->type->args[i];
		struct sr_arg *a = &ev->args[i];
		struct found f;

		*a = (struct sr_arg){ .status = SR_UNKNOWN };
		if (sr_kinds[d->kind].cls == SR_CLASS_FILE)
			a->val = UINT64_MAX; /* -1: no fd */
		if (put_pair(s, d, e, a) || !find_arg(ev->type, d->name, e, enter, &f))
			continue;
		if (f.is_number)
			a->val = sr_scap_to_linux(f.desc->values, (uint64_t)f.number);
		put_arg(s, t, d, &f, ev->ret, a);
	}
}
