/* SPDX-License-Identifier: Apache-2.0 */
/* Threads and files of a .scap file as the builder of blocks wants them. */
#include "capture/scap_state.h"
#include "container/cgroup.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>

static struct sr_str dup_text(struct scap_state *s, const char *p, size_t len)
{
	char *copy = len ? sr_arena_alloc(&s->arena, len) : NULL;

	if (!copy)
		return (struct sr_str){ "", 0 };
	memcpy(copy, p, len);
	return (struct sr_str){ copy, (uint32_t)len };
}

/* argv: argv[0] and the arguments, each followed by NUL. */
static struct sr_str dup_argv(struct scap_state *s, const struct scap_thread *t)
{
	size_t len = (size_t)t->exe.len + 1 + t->args.len;
	char *p = t->exe.len || t->args.len ? sr_arena_alloc(&s->arena, len) : NULL;

	if (!p)
		return (struct sr_str){ "", 0 };
	if (t->exe.len)
		memcpy(p, t->exe.p, t->exe.len);
	p[t->exe.len] = '\0';
	if (t->args.len)
		memcpy(p + t->exe.len + 1, t->args.p, t->args.len);
	return (struct sr_str){ p, (uint32_t)len };
}

/* Of the cgroups "controller=path", the one that names a container, else the first. */
static struct sr_str choose_cgroup(const struct scap_text *cgroups)
{
	const char *p = cgroups->p ? cgroups->p : "", *end = p + cgroups->len;
	struct sr_str first = { "", 0 };
	struct sr_cgroup_id id;

	while (p < end) {
		size_t len = strnlen(p, (size_t)(end - p));
		const char *eq = memchr(p, '=', len);
		struct sr_str path = { eq ? eq + 1 : p,
				       (uint32_t)(eq ? p + len - eq - 1 : (long)len) };

		if (path.len && sr_cgroup_parse(path.p, path.len, &id) == 1)
			return path;
		if (!first.len)
			first = path;
		p += len + 1;
	}
	return first;
}

static int set_cgroup(struct scap_state *s, struct sr_thread_def *d, const struct scap_thread *t)
{
	struct sr_str path = choose_cgroup(&t->cgroups);

	d->cgroup = sr_arena_zalloc(&s->arena, 1, sizeof(*d->cgroup));
	if (!d->cgroup)
		return -1;
	d->cgroup->path = dup_text(s, path.len ? path.p : "/", path.len ? path.len : 1);
	return 0;
}

static void set_ancestors(struct scap_state *s, struct sr_thread_def *d, struct scap_thread *t)
{
	struct scap_thread *a = t->p.pid == t->p.tid ? t : scap_state_thread(s, t->p.pid);

	while (a && d->t.nanc < SR_MAX_ANCESTORS) {
		a = scap_state_thread(s, a->p.ptid);
		if (!a)
			break;
		d->anc_comm[d->t.nanc] = dup_text(s, a->comm.p, a->comm.len);
		d->t.anc[d->t.nanc++].pid = (int32_t)a->p.pid;
	}
}

static void set_members(struct scap_state *s, struct sr_thread *d, const struct scap_thread *t)
{
	const struct sr_scap_proc *p = &t->p;
	const struct scap_thread *first = p->pid == p->tid ? t : scap_state_thread(s, p->pid);

	d->id = t->image;
	d->start = t->began;
	d->pid_start = first ? first->began : 0;
	d->tid = (int32_t)p->tid;
	d->pid = (int32_t)p->pid;
	d->ppid = first ? (int32_t)first->p.ptid : -1;
	d->vtid = (int32_t)p->vtid;
	d->vpid = (int32_t)p->vpid;
	d->sid = d->vsid = (int32_t)p->sid;
	d->vpgid = (int32_t)p->vpgid;
	d->pgid = (int32_t)p->pgid;
	d->tty = (int32_t)p->tty;
	d->uid = d->euid = d->suid = d->fsuid = p->uid;
	d->gid = d->egid = d->sgid = d->fsgid = p->gid;
	d->loginuid = p->loginuid;
	d->cap_inheritable = p->cap_inheritable;
	d->cap_permitted = p->cap_permitted;
	d->cap_effective = p->cap_effective;
	d->exe_ino = p->exe_ino;
	d->exe_ctime = p->exe_ctime;
	d->exe_mtime = p->exe_mtime;
	d->exe_flags = (p->exe_writable ? SR_EXE_WRITABLE : 0) | (p->exe_upper ? SR_EXE_UPPER : 0) |
		       (p->exe_memfd ? SR_EXE_MEMFD : 0);
	d->nthreads = first ? first->nchildren + 1 : 0;
}

/* Parents above a thread; files can have rings of them. */
#define MAX_PARENTS 16

static struct sr_thread_def *make_def(struct scap_state *s, struct scap_thread *t,
				      unsigned int depth);

/* The first thread of the parent; without memory it is not known. */
static struct sr_thread_def *parent_def(struct scap_state *s, struct scap_thread *t,
					unsigned int depth)
{
	struct scap_thread *first = t->p.pid == t->p.tid ? t : scap_state_thread(s, t->p.pid);
	struct scap_thread *p = first ? scap_state_thread(s, first->p.ptid) : NULL;

	if (p && p->p.pid != p->p.tid)
		p = scap_state_thread(s, p->p.pid);
	return p && depth < MAX_PARENTS ? make_def(s, p, depth + 1) : NULL;
}

static struct sr_thread_def *make_def(struct scap_state *s, struct scap_thread *t,
				      unsigned int depth)
{
	const struct scap_text *cwd;
	struct sr_thread_def *d;

	if (t->gen == s->gen)
		return t->def;
	d = sr_arena_zalloc(&s->arena, 1, sizeof(*d));
	if (!d || set_cgroup(s, d, t) < 0)
		return NULL;
	d->parent = parent_def(s, t, depth);
	set_members(s, &d->t, t);
	set_ancestors(s, d, t);
	if (t->made_up)
		d->comm = (struct sr_str){ "<NA>", 4 };
	else
		d->comm = dup_text(s, t->comm.p, t->comm.len);
	d->args = t->made_up ? (struct sr_str){ "<NA>", 5 } : dup_argv(s, t);
	d->exepath = dup_text(s, t->exepath.p, t->exepath.len);
	d->env = dup_text(s, t->env.p, t->env.len);
	cwd = &scap_fs_of(s, t)->cwd;
	d->cwd = dup_text(s, cwd->p, cwd->len);
	if (!cwd->len)
		d->t.why |= SR_WHY_EMPTY << 12;
	t->def = d;
	t->gen = s->gen;
	return d;
}

struct sr_thread_def *scap_thread_def(struct scap_state *s, struct scap_thread *t)
{
	return make_def(s, t, 0);
}

/* ---- files ---- */

static uint32_t kind_of(uint8_t kind)
{
	static const uint8_t kinds[] = {
		[SR_SCAP_FD_UNKNOWN] = SR_FILE_OTHER,
		[SR_SCAP_FD_FILE] = SR_FILE_REG,
		[SR_SCAP_FD_DIRECTORY] = SR_FILE_DIR,
		[SR_SCAP_FD_IPV4] = SR_FILE_SOCK_INET,
		[SR_SCAP_FD_IPV6] = SR_FILE_SOCK_INET6,
		[SR_SCAP_FD_IPV4_SERVER] = SR_FILE_SOCK_INET,
		[SR_SCAP_FD_IPV6_SERVER] = SR_FILE_SOCK_INET6,
		[SR_SCAP_FD_FIFO] = SR_FILE_FIFO,
		[SR_SCAP_FD_UNIX] = SR_FILE_SOCK_UNIX,
		[SR_SCAP_FD_EVENT] = SR_FILE_EVENTFD,
		[SR_SCAP_FD_UNSUPPORTED] = SR_FILE_OTHER,
		[SR_SCAP_FD_SIGNAL] = SR_FILE_SIGNALFD,
		[SR_SCAP_FD_EPOLL] = SR_FILE_EPOLL,
		[SR_SCAP_FD_INOTIFY] = SR_FILE_INOTIFY,
		[SR_SCAP_FD_TIMER] = SR_FILE_TIMERFD,
		[SR_SCAP_FD_NETLINK] = SR_FILE_SOCK_NETLINK,
		[SR_SCAP_FD_FILE_FLAGS] = SR_FILE_REG,
		[SR_SCAP_FD_BPF] = SR_FILE_BPF,
		[SR_SCAP_FD_USERFAULT] = SR_FILE_USERFAULTFD,
		[SR_SCAP_FD_IOURING] = SR_FILE_IOURING,
		[SR_SCAP_FD_MEMFD] = SR_FILE_MEMFD,
		[SR_SCAP_FD_PIDFD] = SR_FILE_PIDFD,
	};

	return kind < sizeof(kinds) ? kinds[kind] : SR_FILE_OTHER;
}

static uint32_t l4_of(uint8_t l4)
{
	static const uint8_t protos[] = {
		[SR_SCAP_L4_TCP] = IPPROTO_TCP,
		[SR_SCAP_L4_UDP] = IPPROTO_UDP,
		[SR_SCAP_L4_ICMP] = IPPROTO_ICMP,
		[SR_SCAP_L4_RAW] = IPPROTO_RAW,
	};

	return l4 < sizeof(protos) ? protos[l4] : 0;
}

/* The source is who began. Whose port is ours is the server; within one machine we are the source
 * none the less. */
static void set_ends(const struct scap_state *s, struct sr_file *d, const struct scap_file *f)
{
	bool v6 = f->fd.kind == SR_SCAP_FD_IPV6, src;

	if (f->fd.kind == SR_SCAP_FD_IPV4_SERVER || f->fd.kind == SR_SCAP_FD_IPV6_SERVER) {
		memcpy(d->laddr, f->fd.src, 16);
		d->lport = f->fd.sport;
		d->flags |= SR_FILE_LISTENING | SR_FILE_SERVER;
		d->l4proto = l4_of(f->fd.l4);
		return;
	}
	src = scap_state_is_local(s, f->fd.src, v6);
	if (scap_state_is_local(s, f->fd.dst, v6))
		d->flags |= SR_FILE_SERVER | (src ? SR_FILE_CLIENT_END : 0);
	if (!f->fd.sport && !f->fd.dport)
		return;
	src |= !(d->flags & SR_FILE_SERVER);
	memcpy(src ? d->laddr : d->raddr, f->fd.src, 16);
	memcpy(src ? d->raddr : d->laddr, f->fd.dst, 16);
	*(src ? &d->lport : &d->rport) = f->fd.sport;
	*(src ? &d->rport : &d->lport) = f->fd.dport;
	d->flags |= SR_FILE_CONNECTED;
	d->l4proto = l4_of(f->fd.l4);
}

/* As the kernel gives it to programs -> as it has it. */
static uint32_t dev_of(uint32_t dev)
{
	return (dev >> 8 & 0xfff) << 20 | (dev >> 12 & 0xfff00) | (dev & 0xff);
}

struct sr_file_def *scap_file_def(struct scap_state *s, struct scap_file *f)
{
	struct sr_file_def *d;

	if (f->gen == s->gen)
		return f->def;
	d = sr_arena_zalloc(&s->arena, 1, sizeof(*d));
	if (!d)
		return NULL;
	d->f.kind = kind_of(f->fd.kind);
	d->f.ino = f->fd.ino;
	d->f.dev = dev_of(f->fd.dev);
	d->f.flags = SR_FILE_NO_NAME; /* kinds without a name have none, not that of the kind */
	if (d->f.kind == SR_FILE_SOCK_INET || d->f.kind == SR_FILE_SOCK_INET6)
		set_ends(s, &d->f, f);
	d->path = dup_text(s, f->name.p, f->name.len);
	f->def = d;
	f->gen = s->gen;
	return d;
}

/* The name of a connection that was asked for, as the reference tool has it: of a unix socket with
 * the addresses of both ends in the kernel. */
static bool put_unix_peer(const struct sr_scap_event *e, struct sr_buf *out)
{
	const struct sr_scap_param *p = sr_scap_find(e, "tuple", NULL);
	struct sr_cur c = sr_cur(p ? p->p : NULL, p ? p->len : 0);
	uint8_t family = sr_cur_u8(&c);
	uint64_t src = sr_cur_u64(&c), dst = sr_cur_u64(&c);

	if (c.bad || family != 1 || strcmp(e->desc->name, "connect") != 0)
		return false;
	sr_buf_printf(out, "%" PRIx64 "->%" PRIx64 " %.*s", src, dst,
		      (int)strnlen((const char *)c.p, c.left), (const char *)c.p);
	return true;
}

struct sr_file_def *scap_connecting(struct scap_state *s, struct scap_file *f,
				    const struct sr_scap_event *e)
{
	struct sr_file_def *d = NULL;
	struct sr_buf name = { 0 };

	if (!put_unix_peer(e, &name))
		return scap_file_def(s, f);
	d = sr_arena_zalloc(&s->arena, 1, sizeof(*d));
	if (d) {
		d->f.kind = SR_FILE_SOCK_UNIX;
		d->f.flags = SR_FILE_NO_NAME;
		d->path = dup_text(s, (const char *)name.p, name.len);
	}
	sr_buf_free(&name);
	return d;
}

/* Of a call that does not say which file it is about. */
struct sr_file_def *scap_untold(struct scap_state *s)
{
	struct sr_file_def *d = sr_arena_zalloc(&s->arena, 1, sizeof(*d));

	if (d) {
		d->f.kind = SR_FILE_OTHER;
		d->f.flags = SR_FILE_NO_NAME;
	}
	return d;
}

struct sr_file_def *scap_unopened(struct scap_state *s, struct scap_thread *t,
				  const struct sr_scap_event *e)
{
	struct sr_file_def *d = NULL;
	struct sr_buf path = { 0 };

	if (scap_open_path(s, t, e, &path))
		d = sr_arena_zalloc(&s->arena, 1, sizeof(*d));
	if (d) {
		d->f.kind = SR_FILE_REG;
		d->f.flags = SR_FILE_NO_NAME | SR_FILE_UNOPENED;
		d->path = dup_text(s, (const char *)path.p, path.len);
	}
	sr_buf_free(&path);
	return d;
}
