/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/bpf_defs.h"

#include "capture/hostmounts.h"
#include "capture/procfs.h"
#include "formats/base/cur.h"
#include "formats/redact.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* An object in one piece of memory: the definition, as large as its kind is, then its strings. */
struct obj {
	struct obj *next;	/* of those that were replaced, or that are free */
	uint32_t refs;		/* its slot, and the threads that are in it or its children */
	struct obj *cgroups[2]; /* of a thread */
	struct obj *parent;	/* of a thread */
	uint32_t depth;		/* parents above it */
	struct obj *lender;	/* of a thread: the same one, whose text it has */
	bool lacks;		/* a thread without text that has not been used yet */
	int32_t pid;		/* of a first thread, else 0 */
	uint32_t steps;		/* its size, in steps of OBJ_STEP */
	char *text;
	union {
		struct sr_thread_def thread;
		struct sr_file_def file;
		struct sr_cgroup_def cgroup;
	};
};

/* Memory of objects is used again, by size: a program that opens thousands of files a second makes
 * as many of them. Not under AddressSanitizer, which is to see what is used after it was freed. */
#define OBJ_STEP  64u
#define OBJ_SIZES 16u
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OBJ_KEPT 0u
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define OBJ_KEPT 0u
#endif
#ifndef OBJ_KEPT
#define OBJ_KEPT 4096u /* of each size */
#endif

struct log_slots {
	struct obj *thread[SR_THREAD_SLOTS];
	struct obj *file[SR_FILE_SLOTS];
	struct obj *cgroup[SR_CGROUP_SLOTS];
};

/* Parents that an object keeps alive. */
#define MAX_PARENTS 16
/* Places by pid; where two processes want the same one, the newer has it. */
#define PID_PLACES  16384

struct sr_bpf_defs {
	struct obj *by_pid[PID_PLACES]; /* first threads as they were defined last; no references */
	struct sr_bpf_defs_hooks hooks;
	const char *procfs;
	unsigned int nlogs;
	struct log_slots **logs;
	struct obj *replaced;
	struct obj *spare[OBJ_SIZES];
	uint32_t nspare[OBJ_SIZES];
	/* scratch of the definition that is being read */
	char *text;
	size_t text_len, text_cap;
	struct sr_buf env, joined;
	struct sr_hostmounts *mounts;
};

int sr_bpf_defs_new(struct sr_bpf_defs **out, unsigned int logs, const char *procfs,
		    const struct sr_bpf_defs_hooks *hooks)
{
	struct sr_bpf_defs *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	d->hooks = *hooks;
	d->procfs = procfs ? procfs : "/proc";
	d->logs = calloc(logs, sizeof(*d->logs));
	if (!d->logs || sr_hostmounts_new(&d->mounts, d->procfs))
		goto fail;
	d->nlogs = logs;
	for (unsigned int i = 0; i < logs; i++) {
		d->logs[i] = calloc(1, sizeof(*d->logs[i]));
		if (!d->logs[i])
			goto fail;
	}
	*out = d;
	return 0;

fail:
	sr_bpf_defs_free(d);
	return -ENOMEM;
}

/* ---- blobs ---- */

struct blob {
	const char *p;
	uint32_t len, truelen;
	uint8_t status;
	bool seen;
};

/* Blobs of a definition, by tag. Those that were not sent are not seen. */
static int read_blobs(struct sr_cur *c, struct blob *by_tag, size_t ntags)
{
	while (c->left >= sizeof(struct sr_rec_blob)) {
		uint8_t tag = sr_cur_u8(c), status = sr_cur_u8(c);
		uint16_t len = sr_cur_u16(c);
		uint32_t truelen = sr_cur_u32(c);
		const char *p;

		p = sr_cur_bytes(c, (len + 7u) & ~7u);
		if (!p)
			return -EBADMSG;
		if (tag >= SR_TAG_PATH && tag - SR_TAG_PATH < (int)ntags)
			by_tag[tag - SR_TAG_PATH] = (struct blob){ p, len, truelen, status, true };
	}
	return 0;
}

#define TAG(name) (SR_TAG_##name - SR_TAG_PATH)
#define NTAGS	  (TAG(MOUNT) + 1)

/* ---- text ---- */

/* Room for @more bytes in the scratch; strings are kept as offsets until all are there. */
static char *text_room(struct sr_bpf_defs *d, size_t more)
{
	if (d->text_len + more > d->text_cap) {
		size_t cap = (d->text_len + more) * 2;
		char *p = realloc(d->text, cap);

		if (!p)
			return NULL;
		d->text = p;
		d->text_cap = cap;
	}
	return d->text + d->text_len;
}

/* A string of the object under construction: offset and length in the scratch. */
struct text {
	size_t off;
	uint32_t len;
};

static int text_put(struct sr_bpf_defs *d, const void *p, size_t len, struct text *out)
{
	char *to = text_room(d, len);

	if (!to)
		return -ENOMEM;
	if (len)
		memcpy(to, p, len);
	*out = (struct text){ d->text_len, (uint32_t)len };
	d->text_len += len;
	return 0;
}

/* "passwd\0etc\0" becomes "/etc/passwd"; no component at all is the root. */
static int text_path(struct sr_bpf_defs *d, const struct blob *b, struct text *out)
{
	const char *start = b->p, *end = b->p + b->len, *p;
	char *to = text_room(d, (size_t)b->len + 8), *from = to;

	if (!to)
		return -ENOMEM;
	if (b->status == SR_TRUNC) {
		memcpy(to, "...", 3); /* the components nearest to the root are missing */
		to += 3;
	}
	while (end > start && !end[-1])
		end--;
	while (end > start) {
		for (p = end; p > start && p[-1]; p--)
			;
		*to++ = '/';
		memcpy(to, p, (size_t)(end - p));
		to += end - p;
		end = p > start ? p - 1 : start;
	}
	if (to == from)
		*to++ = '/';
	*out = (struct text){ d->text_len, (uint32_t)(to - from) };
	d->text_len += (size_t)(to - from);
	return 0;
}

static struct obj *obj_alloc(struct sr_bpf_defs *d, size_t size)
{
	size_t steps = (size + OBJ_STEP - 1) / OBJ_STEP;
	struct obj *o = steps < OBJ_SIZES ? d->spare[steps] : NULL;

	if (o) {
		d->spare[steps] = o->next;
		d->nspare[steps]--;
	} else {
		o = malloc(steps * OBJ_STEP);
		if (!o)
			return NULL;
	}
	o->steps = (uint32_t)steps;
	return o;
}

static void obj_free(struct sr_bpf_defs *d, struct obj *o)
{
	uint32_t steps = o->steps;

	if (!OBJ_KEPT || steps >= OBJ_SIZES || d->nspare[steps] == OBJ_KEPT) {
		free(o);
		return;
	}
	o->next = d->spare[steps];
	d->spare[steps] = o;
	d->nspare[steps]++;
}

/* The finished object for a definition of @size bytes, with the scratch behind it. */
static struct obj *obj_new(struct sr_bpf_defs *d, size_t size)
{
	size_t head = offsetof(struct obj, thread) + size;
	struct obj *o = obj_alloc(d, head + d->text_len);
	uint32_t steps;

	if (!o)
		return NULL;
	steps = o->steps;
	memset((void *)o, 0, head);
	o->steps = steps;
	o->refs = 1;
	o->text = (char *)o + head;
	if (d->text_len)
		memcpy(o->text, d->text, d->text_len);
	return o;
}

static struct sr_str text_str(const struct obj *o, struct text t)
{
	return (struct sr_str){ t.len ? o->text + t.off : "", t.len };
}

static void slot_set(struct sr_bpf_defs *d, struct obj **slot, struct obj *o)
{
	if (*slot) {
		(*slot)->next = d->replaced;
		d->replaced = *slot;
	}
	*slot = o;
}

/* ---- threads ---- */

static void thread_members(struct sr_thread *t, const struct sr_def_thread *r)
{
#define COPY(m) t->m = r->m
	COPY(id), COPY(start), COPY(pid_start);
	COPY(tid), COPY(pid), COPY(ppid), COPY(vtid), COPY(vpid), COPY(sid), COPY(pgid);
	COPY(vsid), COPY(vpgid), COPY(tty);
	COPY(uid), COPY(gid), COPY(euid), COPY(egid), COPY(suid), COPY(sgid), COPY(fsuid);
	COPY(fsgid), COPY(loginuid), COPY(cap_inheritable), COPY(cap_permitted);
	COPY(cap_effective), COPY(ns_pid), COPY(ns_mnt), COPY(ns_net), COPY(ns_user);
	COPY(ns_uts), COPY(ns_ipc), COPY(ns_cgroup), COPY(exe_dev), COPY(exe_ino);
	COPY(exe_mtime), COPY(exe_ctime), COPY(exe_flags);
#undef COPY
	t->nanc = r->nanc > SR_MAX_ANCESTORS ? SR_MAX_ANCESTORS : r->nanc;
	for (uint32_t i = 0; i < t->nanc; i++)
		t->anc[i].pid = r->anc[i].pid;
}

/* The same thread as another log knows it: it may have been defined there when more could
 * be read (an exiting thread has no memory any more). The slot is a function of the id. */
static struct obj *twin(const struct sr_bpf_defs *d, uint32_t slot, uint64_t id,
			const struct obj *self)
{
	for (unsigned int i = 0; i < d->nlogs; i++) {
		struct obj *o = d->logs[i]->thread[slot];

		if (o && o != self && !o->lender && o->thread.t.id == id && o->thread.exepath.len)
			return o;
	}
	return NULL;
}

enum {
	WHY_ARGS = 0,
	WHY_EXE = 4,
	WHY_ENV = 8,
	WHY_CWD = 12
};

struct thread_text {
	struct text comm, exe, args, env, cwd, anc[SR_MAX_ANCESTORS];
	uint32_t why;
};

static int put_or_borrow(struct sr_bpf_defs *d, const struct blob *b, const struct sr_str *other,
			 bool is_path, int why_shift, struct thread_text *t, struct text *out)
{
	uint32_t status = b->seen ? b->status : SR_UNKNOWN;
	int rc = 0;

	if (b->seen && (b->len || is_path) && status != SR_FAULT) {
		rc = is_path ? text_path(d, b, out) : text_put(d, b->p, b->len, out);
	} else if (other && other->len) {
		rc = text_put(d, other->p, other->len, out);
		status = SR_OK;
	}
	t->why |= status << why_shift;
	return rc;
}

static int thread_texts(struct sr_bpf_defs *d, const struct sr_def_thread *r,
			const struct blob *blobs, struct thread_text *t)
{
	const struct obj *o = twin(d, r->h.slot, r->id, NULL);
	const struct sr_thread_def *k = o ? &o->thread : NULL;
	struct blob args = blobs[TAG(ARGS)], env = blobs[TAG(ENV)];
	char buf[SR_ARGV_MAX];
	int rc = text_put(d, r->comm, strnlen(r->comm, SR_COMM_LEN), &t->comm);

	if ((!args.seen || args.status == SR_FAULT) && !k && !(r->exe_flags & SR_EXE_KTHREAD)) {
		ssize_t n = sr_procfs_cmdline(d->procfs, r->pid, r->pid_start, buf, sizeof(buf));

		if (n > 0)
			args = (struct blob){ buf, (uint32_t)n, 0, SR_OK, true };
	}
	if (env.seen && !d->hooks.full_env) {
		d->env.len = 0;
		sr_env_redact(env.p, env.len, &d->env);
		env.p = (const char *)d->env.p;
		env.len = (uint32_t)d->env.len;
	}
	for (uint32_t i = 0; !rc && i < r->nanc && i < SR_MAX_ANCESTORS; i++)
		rc = text_put(d, r->anc[i].comm, strnlen(r->anc[i].comm, SR_COMM_LEN), &t->anc[i]);
	if (!rc)
		rc = put_or_borrow(d, &blobs[TAG(EXE)], k ? &k->exepath : NULL, true, WHY_EXE, t,
				   &t->exe);
	if (!rc)
		rc = put_or_borrow(d, &args, k ? &k->args : NULL, false, WHY_ARGS, t, &t->args);
	if (!rc)
		rc = put_or_borrow(d, &env, k ? &k->env : NULL, false, WHY_ENV, t, &t->env);
	if (!rc)
		rc = put_or_borrow(d, &blobs[TAG(CWD)], k ? &k->cwd : NULL, true, WHY_CWD, t,
				   &t->cwd);
	return rc;
}

static struct sr_cgroup_def *join_cgroup(struct log_slots *l, uint32_t slot, struct obj **hold)
{
	struct obj *o = slot && slot < SR_CGROUP_SLOTS ? l->cgroup[slot] : NULL;

	if (!o)
		return NULL;
	o->refs++;
	*hold = o;
	return &o->cgroup;
}

static struct obj **pid_place(struct sr_bpf_defs *d, int32_t pid)
{
	return &d->by_pid[(uint32_t)pid % PID_PLACES];
}

/* The parent, if it is known as it was when the child was defined: not another process with the
 * same pid, and not what it was before an exec that has not been told yet. */
static void join_parent(struct sr_bpf_defs *d, struct obj *o)
{
	const struct sr_thread *t = &o->thread.t;
	struct obj *p = *pid_place(d, t->ppid);

	if (!p || !t->nanc || p->thread.t.pid != t->ppid || p->depth >= MAX_PARENTS ||
	    p->thread.t.pid_start > t->pid_start ||
	    p->thread.comm.len != o->thread.anc_comm[0].len ||
	    memcmp(p->thread.comm.p, o->thread.anc_comm[0].p, p->thread.comm.len) != 0)
		return;
	p->refs++;
	o->parent = p;
	o->depth = p->depth + 1;
	o->thread.parent = &p->thread;
}

static int add_thread(struct sr_bpf_defs *d, struct log_slots *l, struct sr_cur *c)
{
	struct blob blobs[NTAGS] = { 0 };
	struct thread_text t = { 0 };
	struct sr_def_thread r;
	const void *p = sr_cur_bytes(c, sizeof(r));
	struct obj *o;
	int rc;

	if (!p)
		return -EBADMSG;
	memcpy(&r, p, sizeof(r));
	rc = r.h.slot < SR_THREAD_SLOTS ? read_blobs(c, blobs, NTAGS) : -EBADMSG;
	if (!rc)
		rc = thread_texts(d, &r, blobs, &t);
	if (rc)
		return rc;
	o = obj_new(d, sizeof(o->thread));
	if (!o)
		return -ENOMEM;
	thread_members(&o->thread.t, &r);
	o->thread.t.why = t.why;
	o->thread.comm = text_str(o, t.comm);
	o->thread.exepath = text_str(o, t.exe);
	o->thread.args = text_str(o, t.args);
	o->thread.env = text_str(o, t.env);
	o->thread.cwd = text_str(o, t.cwd);
	for (uint32_t i = 0; i < o->thread.t.nanc; i++)
		o->thread.anc_comm[i] = text_str(o, t.anc[i]);
	o->thread.cgroup = join_cgroup(l, r.cgroup, &o->cgroups[0]);
	o->thread.cgroup1 = join_cgroup(l, r.cgroup1, &o->cgroups[1]);
	o->lacks = !(r.exe_flags & SR_EXE_KTHREAD) && (!blobs[TAG(EXE)].seen || t.why);
	join_parent(d, o);
	if (r.tid == r.pid) {
		o->pid = r.pid;
		*pid_place(d, r.pid) = o;
	}
	slot_set(d, &l->thread[r.h.slot], o);
	if (d->hooks.thread)
		d->hooks.thread(d->hooks.arg, &o->thread);
	return 0;
}

static void take(struct sr_thread_def *t, struct sr_str *s, const struct sr_thread_def *of,
		 const struct sr_str *lent, int why_shift)
{
	if (!(t->t.why >> why_shift & 15) || !lent->len)
		return;
	*s = *lent;
	t->t.why &= ~(15u << why_shift);
	t->t.why |= of->t.why & 15u << why_shift;
}

/* What the thread has been defined without may be in a definition that another log holds and that
 * has been read since: logs are in step at events, not between them. */
static void borrow(struct sr_bpf_defs *d, struct obj *o, uint32_t slot)
{
	struct obj *lender = twin(d, slot, o->thread.t.id, o);
	struct sr_thread_def *t = &o->thread, *of = lender ? &lender->thread : NULL;

	o->lacks = false;
	if (!of)
		return;
	lender->refs++;
	o->lender = lender;
	if (!t->t.exe_ino) {
		t->t.exe_dev = of->t.exe_dev;
		t->t.exe_ino = of->t.exe_ino;
		t->t.exe_mtime = of->t.exe_mtime;
		t->t.exe_ctime = of->t.exe_ctime;
		t->t.exe_flags = of->t.exe_flags;
	}
	take(t, &t->exepath, of, &of->exepath, WHY_EXE);
	take(t, &t->args, of, &of->args, WHY_ARGS);
	take(t, &t->env, of, &of->env, WHY_ENV);
	take(t, &t->cwd, of, &of->cwd, WHY_CWD);
}

/* ---- files ---- */

/* Anonymous inodes tell what they are by their name only. */
static enum sr_file_kind anon_kind(const char *name, size_t len)
{
	static const struct {
		const char *prefix;
		enum sr_file_kind kind;
	} names[] = {
		{ "[eventfd", SR_FILE_EVENTFD },
		{ "[eventpoll", SR_FILE_EPOLL },
		{ "[timerfd", SR_FILE_TIMERFD },
		{ "[signalfd", SR_FILE_SIGNALFD },
		{ "inotify", SR_FILE_INOTIFY },
		{ "[fanotify", SR_FILE_FANOTIFY },
		{ "[pidfd", SR_FILE_PIDFD },
		{ "bpf", SR_FILE_BPF },
		{ "btf", SR_FILE_BPF },
		{ "[io_uring", SR_FILE_IOURING },
		{ "[userfaultfd", SR_FILE_USERFAULTFD },
		{ "[perf_event", SR_FILE_PERF },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i].prefix);

		if (len >= n && !memcmp(name, names[i].prefix, n))
			return names[i].kind;
	}
	return SR_FILE_ANON;
}

/* The name of a file without a place in the tree. */
static int put_anon(struct sr_bpf_defs *d, struct sr_file *f, const struct blob *b,
		    struct text *out)
{
	size_t len = strnlen(b->p, b->len), from = d->text_len;
	const char *prefix = "anon_inode:";
	struct text part;
	int rc;

	if (f->kind == SR_FILE_MEMFD) {
		/* shared memory of other makes lives on the same kernel mount */
		prefix = len >= 6 && !memcmp(b->p, "memfd:", 6) ? "" : "/";
		if (prefix[0])
			f->kind = SR_FILE_REG;
	} else {
		f->kind = anon_kind(b->p, len);
	}
	rc = text_put(d, prefix, strlen(prefix), &part);
	if (!rc)
		rc = text_put(d, b->p, len, &part);
	*out = (struct text){ from, (uint32_t)(d->text_len - from) };
	return rc;
}

/* An abstract address starts with NUL, shown as @; others end at their first NUL. */
static int put_unix(struct sr_bpf_defs *d, const struct blob *b, struct text *out)
{
	size_t len = b->len;
	int rc;

	if (len && !b->p[0]) {
		rc = text_put(d, b->p, len, out);
		if (!rc)
			d->text[out->off] = '@';
		return rc;
	}
	return text_put(d, b->p, strnlen(b->p, len), out);
}

/* Ends that are numbers: the first is a port, the second takes the place of an address. */
static void number_ends(struct sr_file *f, const struct sr_def_file *r)
{
	const size_t n = sizeof(uint32_t);

	if (r->family != AF_NETLINK && r->family != AF_PACKET && r->family != AF_VSOCK)
		return;
	memset(f->laddr, 0, sizeof(f->laddr));
	memset(f->raddr, 0, sizeof(f->raddr));
	memcpy(&f->lport, r->laddr, n);
	memcpy(f->laddr, r->laddr + n, n);
	if (r->family == AF_VSOCK && !memcmp(r->raddr + n, "\xff\xff\xff\xff", n))
		return; /* VMADDR_CID_ANY: nobody yet */
	memcpy(&f->rport, r->raddr, n);
	memcpy(f->raddr, r->raddr + n, n);
}

static void file_members(struct sr_file *f, const struct sr_def_file *r)
{
#define COPY(m) f->m = r->m
	COPY(ino), COPY(dev), COPY(rdev), COPY(mode), COPY(kind), COPY(flags), COPY(l4proto);
	COPY(sock_type), COPY(family), COPY(lport), COPY(rport), COPY(peer_ino);
#undef COPY
	memcpy(f->laddr, r->laddr, sizeof(f->laddr));
	memcpy(f->raddr, r->raddr, sizeof(f->raddr));
	if (f->kind >= SR_FILE_KIND_COUNT)
		f->kind = SR_FILE_OTHER;
	number_ends(f, r);
	/* A connection that existed before we saw it accepted: the side with the lower,
	 * registered port is the server. */
	if (f->flags & SR_FILE_CONNECTED && f->lport && f->lport < f->rport && f->lport < 32768)
		f->flags |= SR_FILE_SERVER;
}

static int file_texts(struct sr_bpf_defs *d, struct sr_file *f, const struct blob *blobs,
		      struct text *path, struct text *peer)
{
	const struct blob *b = &blobs[TAG(PATH)];
	int rc = 0;

	if (f->kind == SR_FILE_ANON || f->kind == SR_FILE_MEMFD)
		rc = b->seen ? put_anon(d, f, b, path) : 0;
	else if (b->seen && (b->len || !(f->flags & SR_FILE_UNREACHABLE)))
		rc = text_path(d, b, path);
	else if (blobs[TAG(UNIX)].seen)
		rc = put_unix(d, &blobs[TAG(UNIX)], path);
	if (!rc && blobs[TAG(UNIX_PEER)].seen)
		rc = put_unix(d, &blobs[TAG(UNIX_PEER)], peer);
	return rc;
}

/* The path from the root of the file system, turned round as it comes: the components that lie
 * in the file's mount, then those of the mount's root. */
static int put_within(struct sr_bpf_defs *d, const struct blob *blobs, struct text *out)
{
	const struct blob *path = &blobs[TAG(PATH)], *mount = &blobs[TAG(MOUNT)];
	const char *p = path->p, *end = p + path->len;
	struct blob joined = { .status = SR_OK };

	for (uint32_t i = 0; i < mount->truelen; i++) {
		p = memchr(p, '\0', (size_t)(end - p));
		if (!p)
			return -EBADMSG;
		p++;
	}
	d->joined.len = 0;
	sr_buf_put(&d->joined, path->p, (size_t)(p - path->p));
	sr_buf_put(&d->joined, mount->p, mount->len);
	if (d->joined.oom)
		return -ENOMEM;
	joined.p = (const char *)d->joined.p;
	joined.len = (uint32_t)d->joined.len;
	return text_path(d, &joined, out);
}

/* By which path the host reaches a file. */
static int put_host_path(struct sr_bpf_defs *d, struct sr_file *f, const struct blob *blobs,
			 struct text path, struct text *host)
{
	struct text within;
	int rc;

	if (!blobs[TAG(PATH)].seen || !blobs[TAG(MOUNT)].seen ||
	    blobs[TAG(PATH)].status == SR_TRUNC || blobs[TAG(MOUNT)].status == SR_TRUNC)
		return 0;
	rc = put_within(d, blobs, &within);
	if (rc)
		return rc == -EBADMSG ? 0 : rc;
	d->joined.len = 0;
	d->text_len = within.off; /* not part of the object */
	switch (sr_hostmounts_find(d->mounts, f->dev, d->text + within.off, within.len,
				   d->text + path.off, path.len, &d->joined)) {
	case SR_HOST_SAME:
		f->flags |= SR_FILE_HOST_SAME;
		return 0;
	case SR_HOST_OTHER:
		return text_put(d, d->joined.p, d->joined.len, host);
	default:
		return 0;
	}
}

static int add_file(struct sr_bpf_defs *d, struct log_slots *l, struct sr_cur *c)
{
	struct text path = { 0 }, peer = { 0 }, host = { 0 };
	struct blob blobs[NTAGS] = { 0 };
	struct sr_def_file r;
	const void *p = sr_cur_bytes(c, sizeof(r));
	struct sr_file f = { 0 };
	struct obj *o;
	int rc;

	if (!p)
		return -EBADMSG;
	memcpy(&r, p, sizeof(r));
	rc = r.h.slot < SR_FILE_SLOTS ? read_blobs(c, blobs, NTAGS) : -EBADMSG;
	if (rc)
		return rc;
	file_members(&f, &r);
	rc = file_texts(d, &f, blobs, &path, &peer);
	if (!rc)
		rc = put_host_path(d, &f, blobs, path, &host);
	o = rc ? NULL : obj_new(d, sizeof(o->file));
	if (!o)
		return rc ? rc : -ENOMEM;
	o->file.f = f;
	o->file.path = text_str(o, path);
	o->file.peer_path = text_str(o, peer);
	o->file.host_path = text_str(o, host);
	slot_set(d, &l->file[r.h.slot], o);
	return 0;
}

/* ---- cgroups ---- */

static int add_cgroup(struct sr_bpf_defs *d, struct log_slots *l, struct sr_cur *c)
{
	struct blob blobs[NTAGS] = { 0 };
	struct text path = { 0 };
	struct sr_def_cgroup r;
	const void *p = sr_cur_bytes(c, sizeof(r));
	struct obj *o;
	int rc;

	if (!p)
		return -EBADMSG;
	memcpy(&r, p, sizeof(r));
	rc = r.h.slot < SR_CGROUP_SLOTS ? read_blobs(c, blobs, NTAGS) : -EBADMSG;
	if (!rc && blobs[TAG(PATH)].seen)
		rc = text_path(d, &blobs[TAG(PATH)], &path);
	o = rc ? NULL : obj_new(d, sizeof(o->cgroup));
	if (!o)
		return rc ? rc : -ENOMEM;
	o->cgroup.c.id = r.id;
	o->cgroup.c.hierarchy = r.hierarchy;
	o->cgroup.path = text_str(o, path);
	slot_set(d, &l->cgroup[r.h.slot], o);
	if (d->hooks.cgroup)
		d->hooks.cgroup(d->hooks.arg, &o->cgroup);
	return 0;
}

/* ---- */

int sr_bpf_defs_add(struct sr_bpf_defs *d, unsigned int log, const uint8_t *rec, size_t len)
{
	struct sr_cur c = sr_cur(rec, len);
	struct sr_rec_head h;

	if (len < sizeof(h) || log >= d->nlogs)
		return -EBADMSG;
	memcpy(&h, rec, sizeof(h));
	d->text_len = 0;
	switch (h.nr) {
	case SR_DEF_THREAD:
		return add_thread(d, d->logs[log], &c);
	case SR_DEF_FILE:
		return add_file(d, d->logs[log], &c);
	case SR_DEF_CGROUP:
		return add_cgroup(d, d->logs[log], &c);
	default:
		return -EBADMSG;
	}
}

struct sr_thread_def *sr_bpf_defs_thread(struct sr_bpf_defs *d, unsigned int log, uint32_t slot)
{
	struct obj *o = slot < SR_THREAD_SLOTS ? d->logs[log]->thread[slot] : NULL;

	if (o && o->lacks)
		borrow(d, o, slot);
	return o ? &o->thread : NULL;
}

struct sr_file_def *sr_bpf_defs_file(struct sr_bpf_defs *d, unsigned int log, uint32_t slot)
{
	struct obj *o = slot && slot < SR_FILE_SLOTS ? d->logs[log]->file[slot] : NULL;

	return o ? &o->file : NULL;
}

struct sr_cgroup_def *sr_bpf_defs_cgroup(struct sr_bpf_defs *d, uint64_t id)
{
	for (unsigned int log = 0; log < d->nlogs; log++)
		for (unsigned int i = 0; i < SR_CGROUP_SLOTS; i++) {
			struct obj *o = d->logs[log]->cgroup[i];

			if (o && o->cgroup.c.id == id)
				return &o->cgroup;
		}
	return NULL;
}

static void obj_release(struct sr_bpf_defs *d, struct obj *o)
{
	if (!o || --o->refs)
		return;
	if (o->pid && *pid_place(d, o->pid) == o)
		*pid_place(d, o->pid) = NULL;
	obj_release(d, o->cgroups[0]); /* a cgroup has none: one level deep */
	obj_release(d, o->cgroups[1]);
	obj_release(d, o->parent);
	obj_release(d, o->lender);
	obj_free(d, o);
}

void sr_bpf_defs_sweep(struct sr_bpf_defs *d)
{
	while (d->replaced) {
		struct obj *o = d->replaced;

		d->replaced = o->next;
		obj_release(d, o);
	}
}

static void empty_slots(struct sr_bpf_defs *d, struct obj **slots, size_t n)
{
	for (size_t i = 0; i < n; i++)
		slot_set(d, &slots[i], NULL);
}

void sr_bpf_defs_forget(struct sr_bpf_defs *d, unsigned int log)
{
	empty_slots(d, d->logs[log]->thread, SR_THREAD_SLOTS);
	empty_slots(d, d->logs[log]->file, SR_FILE_SLOTS);
	empty_slots(d, d->logs[log]->cgroup, SR_CGROUP_SLOTS);
}

static void free_slots(struct sr_bpf_defs *d, struct obj **slots, size_t n)
{
	for (size_t i = 0; i < n; i++)
		obj_release(d, slots[i]);
}

void sr_bpf_defs_free(struct sr_bpf_defs *d)
{
	if (!d)
		return;
	sr_bpf_defs_sweep(d);
	for (unsigned int i = 0; i < d->nlogs && d->logs[i]; i++) {
		free_slots(d, d->logs[i]->thread, SR_THREAD_SLOTS);
		free_slots(d, d->logs[i]->file, SR_FILE_SLOTS);
		free_slots(d, d->logs[i]->cgroup, SR_CGROUP_SLOTS);
		free(d->logs[i]);
	}
	for (size_t i = 0; i < OBJ_SIZES; i++)
		for (struct obj *o = d->spare[i], *next; o; o = next) {
			next = o->next;
			free(o);
		}
	free(d->logs);
	free(d->text);
	sr_buf_free(&d->env);
	sr_buf_free(&d->joined);
	sr_hostmounts_free(d->mounts);
	free(d);
}
