/* SPDX-License-Identifier: Apache-2.0 */
/* What each call of a .scap file changes in what is known of processes and files. */
#include "capture/scap_state.h"
#include "formats/args.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- a call ends: parameters ---- */

/* A parameter's text without the NUL that ends it. */
static struct sr_str text_of(const struct sr_scap_event *e, const char *name)
{
	const struct sr_scap_param *p = e ? sr_scap_find(e, name, NULL) : NULL;

	if (!p || !p->len)
		return (struct sr_str){ "", 0 };
	return (struct sr_str){ (const char *)p->p, (uint32_t)strnlen((const char *)p->p, p->len) };
}

/* The parameter of the exit, or where that does not have it, of the enter event. */
static struct sr_str text_of_call(const struct scap_thread *t, const struct sr_scap_event *e,
				  const char *name)
{
	const struct sr_scap_event *enter = scap_state_enter(t, e);

	return sr_scap_find(e, name, NULL) ? text_of(e, name) : text_of(enter, name);
}

static bool number_of_call(const struct scap_thread *t, const struct sr_scap_event *e,
			   const char *name, int64_t *out)
{
	const struct sr_scap_event *enter = scap_state_enter(t, e);

	return sr_scap_number_of(e, name, out) || (enter && sr_scap_number_of(enter, name, out));
}

/* ---- a call ends: files ---- */

static struct scap_file *new_file(struct scap_state *s, struct scap_thread *t, int64_t fd,
				  enum sr_scap_fd_kind kind)
{
	struct scap_file *f;

	if (fd < 0)
		return NULL;
	f = scap_files_put(scap_files_of(s, t), fd);
	if (!f)
		return NULL;
	f->fd.kind = (uint8_t)kind;
	t->last_fd = fd;
	return f;
}

bool scap_open_path(struct scap_state *s, struct scap_thread *t, const struct sr_scap_event *e,
		    struct sr_buf *out)
{
	struct sr_str name = text_of_call(t, e, "name");
	struct scap_file *dir;
	int64_t dirfd;

	if (!(e->id & 1) ||
	    (strncmp(e->desc->name, "open", 4) != 0 && strcmp(e->desc->name, "creat") != 0))
		return false;
	if (!number_of_call(t, e, "dirfd", &dirfd))
		dirfd = -100; /* AT_FDCWD */
	dir = scap_state_file(s, t, dirfd);
	scap_state_path(s, t, dir ? &dir->name : NULL, name.p, name.len, out);
	return true;
}

static int on_open(struct scap_state *s, struct scap_thread *t, const struct sr_scap_event *e)
{
	int64_t fd, flags = 0, dev = 0;
	struct sr_buf path = { 0 };
	struct scap_file *f;
	int rc;

	if (!sr_scap_number(e, 0, &fd) || fd < 0)
		return 0;
	(void)number_of_call(t, e, "flags", &flags);
	(void)sr_scap_number_of(e, "dev", &dev);
	(void)scap_open_path(s, t, e, &path);
	f = new_file(s, t, fd,
		     sr_scap_to_linux(SR_SCAP_VALUES_file_flags, (uint64_t)flags) & 0200000
			     ? SR_SCAP_FD_DIRECTORY
			     : SR_SCAP_FD_FILE_FLAGS);
	rc = !f || path.oom ? -ENOMEM : scap_text_set(&f->name, path.p, path.len);
	if (rc == 0) {
		f->fd.open_flags = (uint32_t)flags;
		f->fd.dev = (uint32_t)dev;
	}
	sr_buf_free(&path);
	return rc;
}

static uint8_t l4_of_socket(int64_t type, int64_t proto)
{
	switch (proto) {
	case 0:
		return (type & 0xff) == 1   ? SR_SCAP_L4_TCP
		       : (type & 0xff) == 2 ? SR_SCAP_L4_UDP
					    : SR_SCAP_L4_UNKNOWN;
	case 1:
		return (type & 0xff) == 3 ? SR_SCAP_L4_RAW : SR_SCAP_L4_ICMP;
	case 6:
		return (type & 0xff) == 3 ? SR_SCAP_L4_RAW : SR_SCAP_L4_TCP;
	case 17:
		return (type & 0xff) == 3 ? SR_SCAP_L4_RAW : SR_SCAP_L4_UDP;
	case 255:
		return SR_SCAP_L4_RAW;
	default:
		return SR_SCAP_L4_UNKNOWN;
	}
}

static int on_socket(struct scap_state *s, struct scap_thread *t, const struct sr_scap_event *e)
{
	int64_t fd, domain, type, proto;
	struct scap_file *f;

	if (!sr_scap_number(e, 0, &fd) || fd < 0)
		return 0;
	(void)number_of_call(t, e, "domain", &domain);
	(void)number_of_call(t, e, "type", &type);
	(void)number_of_call(t, e, "proto", &proto);
	f = new_file(s, t, fd,
		     domain == 2    ? SR_SCAP_FD_IPV4
		     : domain == 10 ? SR_SCAP_FD_IPV6
		     : domain == 1  ? SR_SCAP_FD_UNIX
		     : domain == 16 ? SR_SCAP_FD_NETLINK
				    : SR_SCAP_FD_UNKNOWN);
	if (!f)
		return -ENOMEM;
	f->fd.l4 = l4_of_socket(type, proto);
	return 0;
}

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

/* Both ends of a connection, as parameters of type SOCKTUPLE have them. */
static int set_tuple(struct scap_file *f, const struct sr_scap_param *p, bool *known)
{
	struct sr_cur c = sr_cur(p->p, p->len);
	uint8_t family = sr_cur_u8(&c);
	size_t size = family == 10 ? 16 : 4;
	const uint8_t *src, *dst;

	*known = false;
	if (!p->len)
		return 0;
	if (family == 1) {
		(void)sr_cur_bytes(&c, 16); /* addresses in the kernel */
		if (c.bad)
			return 0;
		f->fd.kind = SR_SCAP_FD_UNIX;
		*known = true;
		return scap_text_set(&f->name, c.p, strnlen((const char *)c.p, c.left));
	}
	src = sr_cur_bytes(&c, size);
	f->fd.sport = sr_cur_u16(&c);
	dst = sr_cur_bytes(&c, size);
	f->fd.dport = sr_cur_u16(&c);
	if (c.bad || (family != 2 && family != 10))
		return 0;
	f->fd.kind = family == 10 ? SR_SCAP_FD_IPV6 : SR_SCAP_FD_IPV4;
	if (family == 10 && memcmp(src, mapped, 12) == 0 && memcmp(dst, mapped, 12) == 0) {
		f->fd.kind = SR_SCAP_FD_IPV4;
		src += 12;
		dst += 12;
		size = 4;
	}
	memcpy(f->fd.src, src, size);
	memcpy(f->fd.dst, dst, size);
	f->gen = 0;
	*known = true;
	return scap_text_set(&f->name, NULL, 0);
}

static int on_connect(struct scap_state *s, struct scap_thread *t, const struct sr_scap_event *e)
{
	const struct sr_scap_param *p = sr_scap_find(e, "tuple", NULL);
	struct scap_file *f = scap_state_file(s, t, t->last_fd);
	int64_t res;
	bool known;
	int rc;

	(void)sr_scap_number(e, 0, &res);
	if (!f || !p || (res < 0 && res != -EINPROGRESS))
		return 0;
	if (f->fd.l4 == SR_SCAP_L4_UDP && f->connected)
		return 0; /* the reference tool keeps the first peer */
	f->gen = 0;
	rc = set_tuple(f, p, &known);
	if (known) {
		f->role = SCAP_ROLE_CLIENT;
		f->connected = true;
	}
	return rc;
}

static int on_accept(struct scap_state *s, struct scap_thread *t, const struct sr_scap_event *e)
{
	const struct sr_scap_param *p = sr_scap_find(e, "tuple", NULL);
	struct scap_file *f;
	int64_t fd;
	bool known;

	if (!sr_scap_number(e, 0, &fd) || fd < 0 || !p || !p->len)
		return 0;
	f = new_file(s, t, fd, SR_SCAP_FD_UNKNOWN);
	if (!f)
		return -ENOMEM;
	f->fd.l4 = SR_SCAP_L4_TCP;
	f->role = SCAP_ROLE_SERVER;
	return set_tuple(f, p, &known);
}

static int name_address(struct scap_file *f, const uint8_t *addr, bool v6)
{
	struct sr_buf name = { 0 };
	int rc;

	sr_ip_text(addr, v6, &name);
	sr_buf_puts(&name, ":0");
	rc = name.oom ? -ENOMEM : scap_text_set(&f->name, name.p, name.len);
	sr_buf_free(&name);
	return rc;
}

static int on_bind(struct scap_state *s, struct scap_thread *t, const struct sr_scap_event *e)
{
	const struct sr_scap_param *p = sr_scap_find(e, "addr", NULL);
	struct scap_file *f = scap_state_file(s, t, t->last_fd);
	struct sr_cur c = sr_cur(p ? p->p : NULL, p ? p->len : 0);
	uint8_t family = sr_cur_u8(&c);
	size_t size = family == 10 ? 16 : 4;
	const uint8_t *addr;
	uint16_t port;
	int64_t res;

	(void)sr_scap_number(e, 0, &res);
	if (!f || c.bad || res < 0)
		return 0;
	f->gen = 0;
	if (family == 1)
		return scap_text_set(&f->name, c.p, strnlen((const char *)c.p, c.left));
	addr = sr_cur_bytes(&c, size);
	port = sr_cur_u16(&c);
	if (c.bad || (family != 2 && family != 10))
		return 0;
	if (!port) /* the kernel chooses one, and the event does not say which */
		return name_address(f, addr, size == 16);
	if (family == 10 && memcmp(addr, mapped, 12) == 0) {
		addr += 12;
		size = 4;
	}
	f->fd.kind = size == 16 ? SR_SCAP_FD_IPV6_SERVER : SR_SCAP_FD_IPV4_SERVER;
	memcpy(f->fd.src, addr, size);
	f->fd.sport = port;
	f->role = SCAP_ROLE_SERVER;
	return 0;
}

/* Whether the process listens on @port. */
static bool is_bound(const struct scap_files *fs, uint16_t port)
{
	for (size_t i = 0; i < fs->n; i++)
		if ((fs->v[i].fd.kind == SR_SCAP_FD_IPV4_SERVER ||
		     fs->v[i].fd.kind == SR_SCAP_FD_IPV6_SERVER) &&
		    fs->v[i].fd.sport == port)
			return true;
	return false;
}

/* A datagram may be sent before the socket has an address: to a machine of its own network from
 * there. */
static void guess_source(const struct scap_state *s, struct scap_file *f)
{
	static const uint8_t zero[16];
	bool v6 = f->fd.kind == SR_SCAP_FD_IPV6;

	if ((v6 || f->fd.kind == SR_SCAP_FD_IPV4) && memcmp(f->fd.src, zero, v6 ? 16 : 4) == 0 &&
	    scap_state_is_local(s, f->fd.dst, v6))
		memcpy(f->fd.src, f->fd.dst, v6 ? 16 : 4);
}

/* Datagrams tell their ends one by one. */
static int on_datagram(struct scap_state *s, struct scap_thread *t, const struct sr_scap_event *e)
{
	const struct sr_scap_event *enter = scap_state_enter(t, e);
	struct scap_file *f = scap_state_file(s, t, t->last_fd);
	const struct sr_scap_param *p = sr_scap_find(e, "tuple", NULL);
	bool known;
	int64_t res;
	int rc;

	if (!p && enter)
		p = sr_scap_find(enter, "tuple", NULL);
	(void)sr_scap_number(e, 0, &res);
	if (!f || !p || !p->len || res < 0 || f->fd.kind == SR_SCAP_FD_UNKNOWN ||
	    (f->fd.l4 == SR_SCAP_L4_TCP && f->role != SCAP_ROLE_NONE) ||
	    (strncmp(e->desc->name, "recv", 4) == 0 && f->role != SCAP_ROLE_NONE) ||
	    f->fd.kind == SR_SCAP_FD_IPV4_SERVER || f->fd.kind == SR_SCAP_FD_IPV6_SERVER)
		return 0;
	f->gen = 0;
	rc = set_tuple(f, p, &known);
	if (known)
		guess_source(s, f);
	if (known && f->role == SCAP_ROLE_NONE)
		f->role = is_bound(scap_files_of(s, t), f->fd.dport) ? SCAP_ROLE_SERVER
								     : SCAP_ROLE_CLIENT;
	return rc;
}

/* Two ends: pipe, socketpair. */
static int on_pair(struct scap_state *s, struct scap_thread *t, const struct sr_scap_event *e,
		   enum sr_scap_fd_kind kind)
{
	int64_t fd, ino, res;

	(void)sr_scap_number(e, 0, &res);
	if (res < 0)
		return 0;
	for (unsigned int i = 1; i <= 2; i++) {
		struct scap_file *f;

		if (!sr_scap_number(e, i, &fd) || fd < 0)
			continue;
		f = new_file(s, t, fd, kind);
		if (!f)
			return -ENOMEM;
		if (sr_scap_number_of(e, "ino", &ino))
			f->fd.ino = (uint64_t)ino;
	}
	return 0;
}

static int on_new(struct scap_state *s, struct scap_thread *t, const struct sr_scap_event *e,
		  enum sr_scap_fd_kind kind)
{
	int64_t fd;

	if (!sr_scap_number(e, 0, &fd) || fd < 0)
		return 0;
	return new_file(s, t, fd, kind) ? 0 : -ENOMEM;
}

static int on_dup(struct scap_state *s, struct scap_thread *t, const struct sr_scap_event *e)
{
	struct scap_file *old = scap_state_file(s, t, t->last_fd), copy, *f;
	int64_t fd;

	if (!old || !sr_scap_number(e, 0, &fd) || fd < 0 || fd == t->last_fd)
		return 0;
	copy = *old;
	copy.name = (struct scap_text){ 0 };
	if (scap_text_copy(&copy.name, &old->name) < 0)
		return -ENOMEM;
	f = new_file(s, t, fd, copy.fd.kind);
	if (!f) {
		free(copy.name.p);
		return -ENOMEM;
	}
	*f = copy;
	f->fd.fd = fd;
	f->gen = 0;
	return 0;
}

static int on_fcntl(struct scap_state *s, struct scap_thread *t, const struct sr_scap_event *e)
{
	uint64_t cmd;
	int64_t v;

	if (!number_of_call(t, e, "cmd", &v))
		return 0;
	cmd = sr_scap_to_linux(SR_SCAP_VALUES_fcntl_commands, (uint64_t)v);
	return cmd == 0 || cmd == 1030 ? on_dup(s, t, e) : 0; /* F_DUPFD, F_DUPFD_CLOEXEC */
}

/* ---- a call ends: processes ---- */

static int take_strings(struct scap_thread *t, const struct sr_scap_event *e)
{
	static const struct {
		const char *name;
		size_t off;
		bool list; /* strings, each with its NUL */
	} texts[] = {
		{ "exe", offsetof(struct scap_thread, exe), false },
		{ "args", offsetof(struct scap_thread, args), true },
		{ "cwd", offsetof(struct scap_thread, cwd), false },
		{ "comm", offsetof(struct scap_thread, comm), false },
		{ "cgroups", offsetof(struct scap_thread, cgroups), true },
		{ "env", offsetof(struct scap_thread, env), true },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const struct sr_scap_param *p = sr_scap_find(e, texts[i].name, NULL);
		struct scap_text *to = (struct scap_text *)(void *)((char *)t + texts[i].off);
		size_t len;

		if (!p)
			continue;
		len = texts[i].list ? p->len : strnlen((const char *)p->p, p->len);
		if (texts[i].off == offsetof(struct scap_thread, cwd) && !len)
			continue;
		if (scap_text_set(to, p->p, len) < 0)
			return -ENOMEM;
	}
	return 0;
}

static void take_ids(struct scap_thread *t, const struct sr_scap_event *e)
{
	int64_t v;

	if (sr_scap_number_of(e, "uid", &v) && (uint32_t)v != UINT32_MAX)
		t->p.uid = (uint32_t)v;
	if (sr_scap_number_of(e, "gid", &v) && (uint32_t)v != UINT32_MAX)
		t->p.gid = (uint32_t)v;
	if (sr_scap_number_of(e, "vtid", &v))
		t->p.vtid = v;
	if (sr_scap_number_of(e, "vpid", &v))
		t->p.vpid = v;
	if (sr_scap_number_of(e, "vpgid", &v))
		t->p.vpgid = v;
	if (sr_scap_number_of(e, "tty", &v))
		t->p.tty = (uint32_t)v;
	if (sr_scap_number_of(e, "loginuid", &v))
		t->p.loginuid = (uint32_t)v;
	if (sr_scap_number_of(e, "exe_ino", &v))
		t->p.exe_ino = (uint64_t)v;
	if (sr_scap_number_of(e, "exe_ino_ctime", &v))
		t->p.exe_ctime = (uint64_t)v;
	if (sr_scap_number_of(e, "exe_ino_mtime", &v))
		t->p.exe_mtime = (uint64_t)v;
	if (sr_scap_number_of(e, "fdlimit", &v))
		t->p.fdlimit = v;
	if (sr_scap_number_of(e, "cap_inheritable", &v))
		t->p.cap_inheritable = (uint64_t)v;
	if (sr_scap_number_of(e, "cap_permitted", &v))
		t->p.cap_permitted = (uint64_t)v;
	if (sr_scap_number_of(e, "cap_effective", &v))
		t->p.cap_effective = (uint64_t)v;
}

static int on_exec(struct scap_state *s, struct scap_thread *t, const struct sr_scap_event *e)
{
	struct sr_str path = text_of_call(t, e, "filename"),
		      trusted = text_of(e, "trusted_exepath");
	struct sr_buf full = { 0 };
	int64_t res, v;
	int rc;

	if (!sr_scap_number(e, 0, &res) || res < 0)
		return 0;
	if (sr_scap_number_of(e, "pid", &v))
		t->p.pid = v;
	if (t->made_up && sr_scap_number_of(e, "ptid", &v))
		t->p.ptid = v;
	t->made_up = false;
	t->p.flags = 0;
	rc = take_strings(t, e);
	if (rc == 0 && !scap_state_enter(t, e))
		rc = scap_text_set(&t->cwd, NULL, 0); /* the reference tool loses it then */
	take_ids(t, e);
	if (trusted.len)
		sr_buf_put(&full, trusted.p, trusted.len);
	else if (path.len && strcmp(path.p, "<NA>") != 0)
		scap_state_path(s, t, NULL, path.p, path.len, &full);
	if (rc == 0)
		rc = full.oom ? -ENOMEM : scap_text_set(&t->exepath, full.p, full.len);
	sr_buf_free(&full);
	scap_thread_changed(s, t);
	return rc;
}

/* What a new thread has from the one that made it. */
static int inherit(struct scap_state *s, struct scap_thread *t, struct scap_thread *from)
{
	if (scap_text_copy(&t->comm, &from->comm) < 0 || scap_text_copy(&t->exe, &from->exe) < 0 ||
	    scap_text_copy(&t->exepath, &from->exepath) < 0 ||
	    scap_text_copy(&t->args, &from->args) < 0 || scap_text_copy(&t->cwd, &from->cwd) < 0 ||
	    scap_text_copy(&t->env, &from->env) < 0 ||
	    scap_text_copy(&t->cgroups, &from->cgroups) < 0)
		return -ENOMEM;
	t->p.uid = from->p.uid;
	t->p.gid = from->p.gid;
	t->p.sid = from->p.sid;
	t->p.fdlimit = from->p.fdlimit;
	t->p.vpgid = from->p.vpgid;
	t->p.tty = from->p.tty;
	t->p.loginuid = from->p.loginuid;
	t->p.cap_inheritable = from->p.cap_inheritable;
	t->p.cap_permitted = from->p.cap_permitted;
	t->p.cap_effective = from->p.cap_effective;
	t->p.exe_ino = from->p.exe_ino;
	return t->p.flags & CLONE_FILES_BIT && t->p.flags & CLONE_THREAD_BIT
		       ? 0
		       : scap_files_copy(&t->files, scap_files_of(s, from));
}

static int on_clone(struct scap_state *s, struct scap_thread **cur, const struct sr_scap_event *e)
{
	int64_t res, parent = e->tid, child, flags = 0, v;
	struct sr_scap_proc p = {
		.sid = -1, .vpgid = -1, .pgid = -1, .fdlimit = -1, .loginuid = UINT32_MAX
	};
	struct scap_thread *from, *t;
	bool inverted = false;
	int rc = 0;

	if (!sr_scap_number(e, 0, &res) || res < 0)
		return 0;
	child = res;
	if (res == 0) {
		if (*cur && !(*cur)->made_up)
			return 0;
		inverted = true;
		child = e->tid;
		(void)sr_scap_number_of(e, "ptid", &parent);
	}
	t = scap_state_thread(s, child);
	if (t && t->inverted) {
		t->inverted = false;
		return 0;
	}
	(void)sr_scap_number_of(e, "flags", &flags);
	if (!inverted && flags & CLONE_IN_PIDNS_BIT)
		return 0; /* the result is a pid of a namespace: the child tells who it is */
	/* A thread that tells of itself names its process. */
	if (inverted && flags & CLONE_THREAD_BIT)
		(void)sr_scap_number_of(e, "pid", &parent);
	from = scap_state_thread(s, parent);
	p.tid = child;
	p.ptid = parent;
	p.flags = (uint32_t)flags;
	p.pid = child;
	if (flags & CLONE_THREAD_BIT) {
		p.pid = from ? from->p.pid : parent;
		p.ptid = from ? from->p.ptid : -1;
	}
	p.vtid = child;
	p.vpid = p.pid;
	t = scap_thread_new(s, &p);
	if (!t)
		return -ENOMEM;
	t->began = e->time;
	t->inverted = inverted;
	from = scap_state_thread(s, parent);
	if (from && from != t)
		rc = inherit(s, t, from);
	if (rc == 0)
		rc = take_strings(t, e);
	if (sr_scap_number_of(e, "fdlimit", &v))
		t->p.fdlimit = v;
	if (inverted)
		take_ids(t, e);
	else if (sr_scap_number_of(e, "uid", &v)) {
		t->p.uid = (uint32_t)v;
		if (sr_scap_number_of(e, "gid", &v))
			t->p.gid = (uint32_t)v;
	}
	if (res == 0)
		*cur = t;
	scap_thread_changed(s, t);
	return rc;
}

static int on_chdir(struct scap_state *s, struct scap_thread *t, const struct sr_scap_event *e)
{
	struct sr_str path = text_of_call(t, e, "path");
	struct scap_file *f = scap_state_file(s, t, t->last_fd);
	struct sr_buf full = { 0 };
	int64_t res;
	int rc;

	if (!sr_scap_number(e, 0, &res) || res < 0)
		return 0;
	if (strcmp(e->desc->name, "fchdir") == 0) {
		if (!f)
			return 0;
		path = (struct sr_str){ f->name.p, f->name.len };
	}
	scap_state_path(s, t, NULL, path.p, path.len, &full);
	rc = full.oom ? -ENOMEM : scap_text_set(&scap_fs_of(s, t)->cwd, full.p, full.len);
	sr_buf_free(&full);
	scap_thread_changed(s, t);
	return rc;
}

/* setuid and its relatives: the id that is effective afterwards. */
static int on_setid(struct scap_state *s, struct scap_thread *t, const struct sr_scap_event *e,
		    bool group, const char *name)
{
	int64_t res, id;

	if (!sr_scap_number(e, 0, &res) || res < 0 || !number_of_call(t, e, name, &id) ||
	    (uint32_t)id == UINT32_MAX)
		return 0;
	if (group)
		t->p.gid = (uint32_t)id;
	else
		t->p.uid = (uint32_t)id;
	scap_thread_changed(s, t);
	return 0;
}

static int on_setsid(struct scap_state *s, struct scap_thread *t, const struct sr_scap_event *e)
{
	int64_t res;

	if (!sr_scap_number(e, 0, &res) || res < 0)
		return 0;
	t->p.sid = res;
	scap_thread_changed(s, t);
	return 0;
}

/* The limit of descriptors: setrlimit has "cur", prlimit "newcur". */
static int on_limit(struct scap_state *s, struct scap_thread *t, const struct sr_scap_event *e,
		    const char *name)
{
	struct scap_thread *of = t;
	int64_t res, what, pid, n;

	if (!sr_scap_number(e, 0, &res) || res < 0 || !number_of_call(t, e, "resource", &what) ||
	    what != 7 || !sr_scap_number_of(e, name, &n) || n == -1)
		return 0;
	if (number_of_call(t, e, "pid", &pid) && pid)
		of = scap_state_thread(s, pid);
	if (of)
		of->p.fdlimit = n;
	return 0;
}

/* ---- dispatch ---- */

static int on_file_call(struct scap_state *s, struct scap_thread *t, const struct sr_scap_event *e)
{
	static const struct {
		const char *name;
		uint8_t kind;
	} makers[] = {
		{ "eventfd", SR_SCAP_FD_EVENT },	  { "eventfd2", SR_SCAP_FD_EVENT },
		{ "signalfd", SR_SCAP_FD_SIGNAL },	  { "signalfd4", SR_SCAP_FD_SIGNAL },
		{ "timerfd_create", SR_SCAP_FD_TIMER },	  { "inotify_init", SR_SCAP_FD_INOTIFY },
		{ "inotify_init1", SR_SCAP_FD_INOTIFY },  { "epoll_create", SR_SCAP_FD_EPOLL },
		{ "epoll_create1", SR_SCAP_FD_EPOLL },	  { "userfaultfd", SR_SCAP_FD_USERFAULT },
		{ "io_uring_setup", SR_SCAP_FD_IOURING }, { "memfd_create", SR_SCAP_FD_MEMFD },
		{ "pidfd_open", SR_SCAP_FD_PIDFD },	  { "bpf", SR_SCAP_FD_BPF },
	};
	static const struct {
		const char *name;
		int (*fn)(struct scap_state *s, struct scap_thread *t,
			  const struct sr_scap_event *e);
	} calls[] = {
		{ "open", on_open },	     { "openat", on_open },
		{ "openat2", on_open },	     { "creat", on_open },
		{ "socket", on_socket },     { "connect", on_connect },
		{ "accept", on_accept },     { "accept4", on_accept },
		{ "bind", on_bind },	     { "sendto", on_datagram },
		{ "sendmsg", on_datagram },  { "recvfrom", on_datagram },
		{ "recvmsg", on_datagram },  { "sendmmsg", on_datagram },
		{ "recvmmsg", on_datagram }, { "dup", on_dup },
		{ "dup2", on_dup },	     { "dup3", on_dup },
		{ "fcntl", on_fcntl },	     { "chdir", on_chdir },
		{ "fchdir", on_chdir },	     { "setsid", on_setsid },
	};
	const char *name = e->desc->name;

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (strcmp(calls[i].name, name) == 0)
			return calls[i].fn(s, t, e);
	for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++)
		if (strcmp(makers[i].name, name) == 0)
			return on_new(s, t, e, makers[i].kind);
	if (strcmp(name, "pipe") == 0 || strcmp(name, "pipe2") == 0)
		return on_pair(s, t, e, SR_SCAP_FD_FIFO);
	if (strcmp(name, "socketpair") == 0)
		return on_pair(s, t, e, SR_SCAP_FD_UNIX);
	if (strcmp(name, "prlimit") == 0)
		return on_limit(s, t, e, "newcur");
	if (strcmp(name, "setrlimit") == 0)
		return on_limit(s, t, e, "cur");
	if (strcmp(name, "setuid") == 0)
		return on_setid(s, t, e, false, "uid");
	if (strcmp(name, "setgid") == 0)
		return on_setid(s, t, e, true, "gid");
	if (strcmp(name, "setresuid") == 0 || strcmp(name, "setreuid") == 0)
		return on_setid(s, t, e, false, "euid");
	if (strcmp(name, "setresgid") == 0 || strcmp(name, "setregid") == 0)
		return on_setid(s, t, e, true, "egid");
	return 0;
}

int scap_state_end(struct scap_state *s, struct scap_thread **t, const struct sr_scap_event *e)
{
	const char *name = e->desc->name;

	if (!(e->id & 1) || !(e->desc->flags & SR_SCAP_STATE))
		return 0;
	if (strcmp(name, "clone") == 0 || strcmp(name, "clone3") == 0 ||
	    strcmp(name, "fork") == 0 || strcmp(name, "vfork") == 0)
		return on_clone(s, t, e);
	if (!*t)
		return 0;
	if (strcmp(name, "execve") == 0 || strcmp(name, "execveat") == 0)
		return on_exec(s, *t, e);
	return on_file_call(s, *t, e);
}

void scap_state_after(struct scap_state *s, struct scap_thread *t, const struct sr_scap_event *e)
{
	int64_t res;

	if (!t)
		return;
	if (strcmp(e->desc->name, "procexit") == 0)
		s->to_remove = e->tid;
	if (e->id & 1 && e->desc->flags & SR_SCAP_DROPS_FD && sr_scap_number(e, 0, &res) &&
	    res >= 0)
		scap_files_remove(scap_files_of(s, t), t->last_fd);
	if (e->id & 1)
		t->last_id = SCAP_NO_EVENT;
}
