/* SPDX-License-Identifier: Apache-2.0 */
/* Definitions of threads: their strings, who their parents are, and what one log knows of a thread
 * that another one does not. */
#include "capture/bpf_defs_impl.h"
#include "capture/procfs.h"
#include "formats/redact.h"

#include <errno.h>
#include <string.h>

/* Parents that an object keeps alive. */
#define MAX_PARENTS 16

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
		rc = is_path ? sr_bpf_text_path(d, b, out) : sr_bpf_text_put(d, b->p, b->len, out);
	} else if (other && other->len) {
		rc = sr_bpf_text_put(d, other->p, other->len, out);
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
	int rc = sr_bpf_text_put(d, r->comm, strnlen(r->comm, SR_COMM_LEN), &t->comm);

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
		rc = sr_bpf_text_put(d, r->anc[i].comm, strnlen(r->anc[i].comm, SR_COMM_LEN),
				     &t->anc[i]);
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

/* The parent, if it is known as it was when the child was defined: not another process with the
 * same pid, and not what it was before an exec that has not been told yet. */
static void join_parent(struct sr_bpf_defs *d, struct obj *o)
{
	const struct sr_thread *t = &o->thread.t;
	struct obj *p = *sr_bpf_pid_place(d, t->ppid);

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

int sr_bpf_add_thread(struct sr_bpf_defs *d, struct log_slots *l, struct sr_cur *c)
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
	rc = r.h.slot < SR_THREAD_SLOTS ? sr_bpf_blobs(c, blobs, NTAGS) : -EBADMSG;
	if (!rc)
		rc = thread_texts(d, &r, blobs, &t);
	if (rc)
		return rc;
	o = sr_bpf_obj_new(d, sizeof(o->thread));
	if (!o)
		return -ENOMEM;
	thread_members(&o->thread.t, &r);
	o->thread.t.why = t.why;
	o->thread.comm = sr_bpf_text_str(o, t.comm);
	o->thread.exepath = sr_bpf_text_str(o, t.exe);
	o->thread.args = sr_bpf_text_str(o, t.args);
	o->thread.env = sr_bpf_text_str(o, t.env);
	o->thread.cwd = sr_bpf_text_str(o, t.cwd);
	for (uint32_t i = 0; i < o->thread.t.nanc; i++)
		o->thread.anc_comm[i] = sr_bpf_text_str(o, t.anc[i]);
	o->thread.cgroup = join_cgroup(l, r.cgroup, &o->cgroups[0]);
	o->thread.cgroup1 = join_cgroup(l, r.cgroup1, &o->cgroups[1]);
	o->lacks = !(r.exe_flags & SR_EXE_KTHREAD) && (!blobs[TAG(EXE)].seen || t.why);
	join_parent(d, o);
	if (r.tid == r.pid) {
		o->pid = r.pid;
		*sr_bpf_pid_place(d, r.pid) = o;
	}
	sr_bpf_slot_set(d, &l->thread[r.h.slot], o);
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
void sr_bpf_thread_borrow(struct sr_bpf_defs *d, struct obj *o, uint32_t slot)
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
