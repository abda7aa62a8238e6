/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/scap_out.h"
#include "capture/rows.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define EV_CLONE     223
#define EV_EXEC	     292
#define EV_PROCEXIT  186
#define EV_SIGNAL    232
#define EV_OPEN	     2
#define EV_SOCKET    18
#define EV_CONNECT   22
#define EV_BIND	     20
#define EV_ACCEPT    246
#define EV_PIPE	     60
#define EV_EVENTFD   62
#define EV_SIGNALFD  126
#define EV_TIMERFD   136
#define EV_INOTIFY   138
#define EV_USERFAULT 320
#define EV_CHDIR     94
#define EV_SETSID    274
#define EV_SETUID    198
#define EV_SETGID    200

int scap_out_new(struct scap_out **out, struct sr_scap_writer *w)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	(*out)->w = w;
	return 0;
}

void scap_out_free(struct scap_out *o)
{
	if (!o)
		return;
	for (size_t i = 0; i < SCAP_OUT_BUCKETS; i++)
		while (o->threads[i]) {
			struct told_thread *t = o->threads[i];

			o->threads[i] = t->next;
			free(t->files);
			free(t);
		}
	free(o->containers);
	sr_buf_free(&o->x.values);
	free(o);
}

/* ---- writing ---- */

int scap_write(struct scap_out *o, bool shown)
{
	struct scap_event *x = &o->x;

	if (x->values.oom)
		return -ENOMEM;
	x->e.time = o->time;
	x->e.tid = o->tid;
	x->e.cpu = o->cpu;
	x->e.state_only = !shown;
	for (unsigned int i = 0; i < x->e.n; i++)
		x->e.params[i].p = x->values.p + x->at[i];
	return sr_scap_write_event(o->w, &x->e, o->err);
}

/* An event of numbers only. */
static int tell_numbers(struct scap_out *o, uint16_t id, const uint64_t *v, unsigned int n)
{
	scap_event_begin(&o->x, id);
	for (unsigned int i = 0; i < n; i++)
		scap_event_number(&o->x, v[i]);
	return scap_write(o, false);
}

/* A call that readers take in and do not show. */
static int tell_call(struct scap_out *o, uint16_t enter, const uint64_t *in, unsigned int nin,
		     const uint64_t *out, unsigned int nout)
{
	int rc = tell_numbers(o, enter, in, nin);

	return rc < 0 ? rc : tell_numbers(o, enter + 1, out, nout);
}

/* ---- processes ---- */

/* A name only, of an ancestor. */
static int tell_name(struct scap_out *o, int64_t pid, int64_t ppid, struct sr_str comm)
{
	static const struct sr_str empty = { "", 0 };
	struct told_thread *told = scap_tell_of(o, pid, pid);
	int64_t tid = o->tid;
	int rc;

	if (!told)
		return -ENOMEM;
	scap_event_begin(&o->x, EV_CLONE);
	scap_event_number(&o->x, 0);
	scap_event_text(&o->x, comm);
	scap_event_bytes(&o->x, "", 0);
	scap_event_number(&o->x, (uint64_t)pid);
	scap_event_number(&o->x, (uint64_t)pid);
	scap_event_number(&o->x, (uint64_t)ppid);
	scap_event_text(&o->x, empty);
	for (int i = 0; i < 6; i++)
		scap_event_number(&o->x, 0);
	scap_event_text(&o->x, comm);
	scap_event_bytes(&o->x, "", 0);
	scap_event_number(&o->x, 0);
	scap_event_number(&o->x, UINT32_MAX);
	scap_event_number(&o->x, UINT32_MAX);
	scap_event_number(&o->x, (uint64_t)pid);
	scap_event_number(&o->x, (uint64_t)pid);
	o->tid = pid;
	rc = scap_write(o, false);
	o->tid = tid;
	told->comm = scap_hash_str(comm, 0);
	told->ppid = ppid;
	told->uid = told->gid = UINT32_MAX;
	return rc;
}

static int tell_ancestors(struct scap_out *o, const struct sr_block *b, const struct sr_thread *t)
{
	int rc = 0;

	for (uint32_t i = t->nanc; rc == 0 && i-- > 0;)
		if (!scap_told_of(o, t->anc[i].pid))
			rc = tell_name(o, t->anc[i].pid, i + 1 < t->nanc ? t->anc[i + 1].pid : 0,
				       b->strs[t->anc[i].comm]);
	return rc;
}

/* The event in which a thread, as @tid of the same process, finds itself to be new. */
static int tell_new(struct scap_out *o, const struct sr_block *b, const struct sr_thread *t,
		    int64_t tid)
{
	struct told_thread *told = scap_tell_of(o, tid, t->pid);
	const struct sr_scap_event_desc *d = sr_scap_desc(EV_CLONE);
	struct sr_thread me = *t;
	int64_t was = o->tid;
	int rc;

	if (!told)
		return -ENOMEM;
	me.tid = (int32_t)tid;
	me.vtid = tid == t->tid ? t->vtid : t->vpid;
	scap_event_begin(&o->x, EV_CLONE);
	scap_event_number(&o->x, 0);
	for (unsigned int i = 1; i < 20; i++)
		if (strcmp(d->params[i].name, "flags") == 0)
			scap_event_number(&o->x, tid == t->pid ? 0 : SCAP_THREAD_FLAGS);
		else
			(void)scap_out_process(&o->x, b, &me, d->params[i].name);
	o->tid = tid;
	rc = scap_write(o, false);
	o->tid = was;
	told->ppid = t->ppid;
	told->uid = t->euid;
	told->gid = t->egid;
	told->comm = scap_hash_str(b->strs[t->comm], 0);
	return rc;
}

/* Readers do not believe the directory that an exec tells. */
static int tell_cwd(struct scap_out *o, const struct sr_block *b, const struct sr_thread *t)
{
	int rc = tell_numbers(o, EV_CHDIR, NULL, 0);

	if (rc < 0)
		return rc;
	scap_event_begin(&o->x, EV_CHDIR + 1);
	scap_event_number(&o->x, 0);
	scap_event_text(&o->x, b->strs[t->cwd]);
	return scap_write(o, false);
}

static int tell_exec(struct scap_out *o, const struct sr_block *b, const struct sr_thread *t)
{
	const struct sr_scap_event_desc *d = sr_scap_desc(EV_EXEC + 1);
	int rc;

	scap_event_begin(&o->x, EV_EXEC);
	scap_event_text(&o->x, b->strs[t->exepath]);
	rc = scap_write(o, false);
	if (rc < 0)
		return rc;
	scap_event_begin(&o->x, EV_EXEC + 1);
	scap_event_number(&o->x, 0);
	for (unsigned int i = 1; i < 20; i++)
		if (strcmp(d->params[i].name, "flags") == 0)
			scap_event_number(&o->x, t->exe_flags & SR_EXE_WRITABLE ? 1 : 0);
		else
			(void)scap_out_process(&o->x, b, t, d->params[i].name);
	rc = scap_write(o, false);
	return rc == 0 && b->strs[t->cwd].len ? tell_cwd(o, b, t) : rc;
}

/* The process of a thread, which was not seen itself. */
static int tell_process(struct scap_out *o, const struct sr_block *b, const struct sr_thread *t)
{
	struct sr_thread main = *t;
	int rc = tell_new(o, b, t, t->pid);

	main.tid = t->pid;
	main.vtid = t->vpid;
	o->tid = t->pid;
	if (rc == 0)
		rc = tell_exec(o, b, &main);
	o->tid = t->tid;
	return rc;
}

static int tell_ids(struct scap_out *o, struct told_thread *told, const struct sr_thread *t)
{
	const uint64_t uid[] = { t->euid }, gid[] = { t->egid }, res[] = { 0 },
		       sid[] = { (uint64_t)t->sid };
	int rc = 0;

	if (told->uid != t->euid)
		rc = tell_call(o, EV_SETUID, uid, 1, res, 1);
	if (rc == 0 && told->gid != t->egid)
		rc = tell_call(o, EV_SETGID, gid, 1, res, 1);
	if (rc == 0 && told->sid != t->sid)
		rc = tell_call(o, EV_SETSID, NULL, 0, sid, 1);
	told->uid = t->euid;
	told->gid = t->egid;
	told->sid = t->sid;
	return rc;
}

/* A thread that changed its name, or a process that has another parent since its own ended. */
static bool is_another(const struct sr_block *b, const struct told_thread *told,
		       const struct sr_thread *t)
{
	if (t->tid != t->pid)
		return told->comm != scap_hash_str(b->strs[t->comm], 0);
	return told->ppid != t->ppid && t->nthreads == 1;
}

/* Readers do not know of such changes: to them it is a new one. */
static int tell_renamed(struct scap_out *o, const struct sr_block *b, const struct sr_thread *t)
{
	const uint64_t gone[] = { 0, 0, 0, 0 };
	int rc = tell_numbers(o, EV_PROCEXIT, gone, 4);

	scap_forget(o, t->tid);
	return rc < 0 ? rc : tell_new(o, b, t, t->tid);
}

/* Readers know the thread as it is for this row. */
static int tell_thread(struct scap_out *o, const struct sr_block *b, const struct sr_thread *t)
{
	struct told_thread *told = scap_told_of(o, t->tid);
	int rc = 0;

	if (told && told->image == t->id)
		return 0;
	if (!scap_told_of(o, t->pid) && t->pid != t->tid) {
		rc = tell_ancestors(o, b, t);
		if (rc == 0)
			rc = tell_process(o, b, t);
	}
	if (rc == 0 && !told) {
		rc = tell_ancestors(o, b, t);
		if (rc == 0)
			rc = tell_new(o, b, t, t->tid);
	} else if (rc == 0 && is_another(b, told, t))
		rc = tell_renamed(o, b, t);
	if (rc == 0 && t->tid == t->pid)
		rc = tell_exec(o, b, t);
	told = scap_told_of(o, t->tid);
	if (rc < 0 || !told)
		return rc < 0 ? rc : -ENOMEM;
	told->image = t->id;
	told->comm = scap_hash_str(b->strs[t->comm], 0);
	return tell_ids(o, told, t);
}

/* ---- files ---- */

static int tell_open(struct scap_out *o, const struct sr_block *b, const struct sr_file *f,
		     int64_t fd)
{
	uint64_t flags = f->kind == SR_FILE_DIR ? O_RDONLY | O_DIRECTORY : O_RDONLY;
	int rc;

	flags = sr_scap_from_linux(SR_SCAP_VALUES_file_flags, flags);
	scap_event_begin(&o->x, EV_OPEN);
	scap_event_text(&o->x, b->strs[f->path]);
	scap_event_number(&o->x, flags);
	scap_event_number(&o->x, 0);
	rc = scap_write(o, false);
	if (rc < 0)
		return rc;
	scap_event_begin(&o->x, EV_OPEN + 1);
	scap_event_number(&o->x, (uint64_t)fd);
	scap_event_text(&o->x, b->strs[f->path]);
	scap_event_number(&o->x, flags);
	scap_event_number(&o->x, 0);
	scap_event_number(&o->x, 0);
	return scap_write(o, false);
}

static int tell_accept(struct scap_out *o, const struct sr_block *b, const struct sr_file *f,
		       int64_t fd)
{
	int rc = tell_numbers(o, EV_ACCEPT, NULL, 0);

	if (rc < 0)
		return rc;
	scap_event_begin(&o->x, EV_ACCEPT + 1);
	scap_event_number(&o->x, (uint64_t)fd);
	scap_event_tuple(&o->x, b, f);
	for (int i = 0; i < 3; i++)
		scap_event_number(&o->x, 0);
	return scap_write(o, false);
}

static int tell_ends(struct scap_out *o, const struct sr_block *b, const struct sr_file *f,
		     int64_t fd)
{
	bool bound = f->kind != SR_FILE_SOCK_UNIX && !f->rport && !(f->flags & SR_FILE_CONNECTED);
	uint16_t id = bound ? EV_BIND : EV_CONNECT;
	int rc;

	scap_event_begin(&o->x, id);
	scap_event_number(&o->x, (uint64_t)fd);
	if (!bound) /* the destination: a server's own end */
		scap_event_address(&o->x, b, f, !(f->flags & SR_FILE_SERVER));
	rc = scap_write(o, false);
	if (rc < 0)
		return rc;
	scap_event_begin(&o->x, id + 1);
	scap_event_number(&o->x, 0);
	if (bound)
		scap_event_address(&o->x, b, f, false);
	else
		scap_event_tuple(&o->x, b, f);
	return scap_write(o, false);
}

static int tell_socket(struct scap_out *o, const struct sr_block *b, const struct sr_file *f,
		       int64_t fd)
{
	uint64_t family = f->kind == SR_FILE_SOCK_INET	  ? AF_INET
			  : f->kind == SR_FILE_SOCK_INET6 ? AF_INET6
			  : f->kind == SR_FILE_SOCK_UNIX  ? AF_UNIX
							  : AF_NETLINK;
	uint64_t type = f->sock_type				   ? f->sock_type
			: f->l4proto == IPPROTO_UDP		   ? SOCK_DGRAM
			: f->l4proto == IPPROTO_TCP || !f->l4proto ? SOCK_STREAM
								   : SOCK_RAW;
	const uint64_t in[] = { family, type,
				family == AF_INET || family == AF_INET6 ? f->l4proto : 0 };
	const uint64_t res[] = { (uint64_t)fd };
	bool named = f->kind == SR_FILE_SOCK_UNIX
			     ? b->strs[f->path].len || b->strs[f->peer_path].len
			     : f->lport || f->rport || f->flags & SR_FILE_CONNECTED;
	int rc = tell_call(o, EV_SOCKET, in, 3, res, 1);

	return rc == 0 && named && family != AF_NETLINK ? tell_ends(o, b, f, fd) : rc;
}

/* Make readers believe that @fd is @f. */
static int tell_new_file(struct scap_out *o, const struct sr_block *b, const struct sr_file *f,
			 int64_t fd)
{
	const uint64_t none[3] = { 0 }, res[] = { (uint64_t)fd },
		       ends[] = { 0, (uint64_t)fd, (uint64_t)fd, f->ino };
	struct sr_str path = b->strs[f->path];

	switch (f->kind) {
	case SR_FILE_SOCK_INET:
	case SR_FILE_SOCK_INET6:
		if (f->flags & SR_FILE_SERVER && f->l4proto == IPPROTO_TCP && f->rport)
			return tell_accept(o, b, f, fd);
		return tell_socket(o, b, f, fd);
	case SR_FILE_SOCK_UNIX:
	case SR_FILE_SOCK_NETLINK:
		return tell_socket(o, b, f, fd);
	case SR_FILE_EVENTFD:
		return tell_call(o, EV_EVENTFD, none, 2, res, 1);
	case SR_FILE_SIGNALFD:
		return tell_call(o, EV_SIGNALFD, none, 3, res, 1);
	case SR_FILE_TIMERFD:
		return tell_call(o, EV_TIMERFD, none, 2, res, 1);
	case SR_FILE_INOTIFY:
		return tell_call(o, EV_INOTIFY, none, 1, res, 1);
	case SR_FILE_USERFAULTFD:
		return tell_call(o, EV_USERFAULT, none, 0, res, 1);
	case SR_FILE_FIFO:
		if (!path.len || path.p[0] != '/')
			return tell_call(o, EV_PIPE, NULL, 0, ends, 4);
		return tell_open(o, b, f, fd);
	default:
		return path.len && path.p[0] == '/' ? tell_open(o, b, f, fd) : 0;
	}
}

int64_t scap_fd_of(const struct sr_block *b, uint32_t row)
{
	const struct sr_block_type *t = sr_block_type_of(b, row);
	int arg = t->type ? scap_out_fd(t->type) : -1;
	const struct sr_col *c = arg >= 0 ? sr_block_arg(b, row, (unsigned int)arg) : NULL;

	return c ? (int32_t)c->val[b->nth[row]] : -1;
}

/* What a call makes of the fd that it is about is no news before it. */
static bool makes_name(const char *name)
{
	return strcmp(name, "connect") == 0 || strcmp(name, "bind") == 0 ||
	       strcmp(name, "listen") == 0;
}

static int tell_file(struct scap_out *o, const struct sr_block *b, uint32_t row,
		     const struct sr_thread *t)
{
	const struct sr_file *f = &b->files[b->file[row]];
	const struct sr_block_type *type = sr_block_type_of(b, row);
	int64_t fd = scap_fd_of(b, row);
	uint64_t hash = scap_hash_file(b, f);
	struct sr_file bare;
	int rc;

	if (fd < 0 || f->kind == SR_FILE_NONE || f->flags & SR_FILE_UNOPENED ||
	    scap_file_told(o, t->pid, fd) == hash)
		return 0;
	if (makes_name(type->name) && strcmp(type->name, "listen") != 0) {
		if (scap_file_told(o, t->pid, fd))
			return 0;
		bare = *f;
		bare.lport = bare.rport = 0;
		bare.flags &= ~(uint32_t)(SR_FILE_CONNECTED | SR_FILE_LISTENING | SR_FILE_SERVER);
		bare.path = bare.peer_path = 0;
		return tell_new_file(o, b, &bare, fd);
	}
	rc = tell_new_file(o, b, f, fd);
	scap_set_file_told(o, t->pid, fd, hash);
	return rc;
}

/* What readers make of a call that succeeded. */
static void call_ended(struct scap_out *o, const struct sr_block *b, uint32_t row,
		       const struct sr_thread *t)
{
	const char *name = sr_block_type_of(b, row)->name;
	const struct sr_file *f = &b->files[b->file[row]];
	int64_t fd = scap_fd_of(b, row), ret = b->ret[row];
	uint64_t hash = f->kind == SR_FILE_NONE ? 0 : scap_hash_file(b, f);

	if (ret < 0)
		return;
	if (strcmp(name, "close") == 0)
		scap_set_file_told(o, t->pid, fd, 0);
	else if (strncmp(name, "dup", 3) == 0)
		scap_set_file_told(o, t->pid, ret, scap_file_told(o, t->pid, fd));
	else if (strncmp(name, "open", 4) == 0 || strcmp(name, "creat") == 0)
		scap_set_file_told(o, t->pid, ret, f->kind == SR_FILE_DIR ? 0 : hash);
	else if (strncmp(name, "accept", 6) == 0)
		scap_set_file_told(o, t->pid, ret, hash);
	else if (strcmp(name, "connect") == 0)
		scap_set_file_told(o, t->pid, fd, f->kind == SR_FILE_SOCK_UNIX ? 0 : hash);
	else if (sr_block_type_of(b, row)->type->ret == SR_RET_FD)
		scap_set_file_told(o, t->pid, ret, 0);
}

/* ---- rows ---- */

static uint64_t number_of(const struct sr_block *b, uint32_t row, const char *name)
{
	const struct sr_block_type *t = sr_block_type_of(b, row);

	for (uint32_t i = 0; i < t->ncols && i < t->type->nargs; i++)
		if (strcmp(t->type->args[i].name, name) == 0)
			return t->cols[i].val[b->nth[row]];
	return 0;
}

/* Events beside system calls. */
static int write_other(struct scap_out *o, const struct sr_block *b, uint32_t row,
		       const struct sr_thread *t)
{
	uint64_t status, sig, core;
	int rc;

	scap_event_begin(&o->x, EV_SIGNAL);
	switch (sr_block_type_of(b, row)->type->xevent) {
	case SR_X_PROCEXIT:
		status = number_of(b, row, "status");
		sig = number_of(b, row, "signal");
		core = number_of(b, row, "core");
		scap_event_begin(&o->x, EV_PROCEXIT);
		scap_event_number(&o->x, (status & 0xff) << 8 | (core ? 0x80 : 0) | (sig & 0x7f));
		scap_event_number(&o->x, status);
		scap_event_number(&o->x, sig);
		scap_event_number(&o->x, core);
		rc = scap_write(o, true);
		scap_forget(o, t->tid);
		break;
	case SR_X_SIGNALDELIVER:
		scap_event_number(&o->x, number_of(b, row, "sender"));
		scap_event_number(&o->x, (uint64_t)t->pid);
		scap_event_number(&o->x, number_of(b, row, "sig"));
		rc = scap_write(o, true);
		break;
	default:
		return 0;
	}
	return rc < 0 ? rc : 1;
}

/* Calls without events of their own have two numbers: of the list of calls, and of the kernel. */
static void make_generic(struct scap_event *x, const char *name, uint16_t sc, bool leave)
{
	const struct sr_type *type = sr_type_by_name(name, strlen(name));

	scap_event_begin(x, leave ? 1 : 0);
	scap_event_number(x, sc);
	if (!leave)
		scap_event_number(x, type ? (uint16_t)type->nr[SR_ARCH_X86_64] : 0);
}

static void make_call(struct scap_event *x, const struct sr_view *v, uint32_t row, bool leave)
{
	const struct sr_block_type *t = sr_block_type_of(v->b, row);
	const char *name = t->type ? t->type->name : t->name;
	const struct sr_scap_call *call = sr_scap_call(name);

	if (!call || call->generic || !t->type) {
		make_generic(x, name, call && call->generic ? call->sc : 0, leave);
		return;
	}
	scap_event_begin(x, leave ? call->leave : call->enter);
	scap_out_params(x, v, row, leave ? call->nleave : call->nenter, leave);
}

static int write_call(struct scap_out *o, const struct sr_view *v, uint32_t row)
{
	const struct sr_block *b = v->b;
	uint64_t end = o->time;
	int rc;

	if (!(b->flags[row] & SR_F_NO_DURATION) && b->dur[row] <= end)
		o->time -= b->dur[row];
	make_call(&o->x, v, row, false);
	rc = scap_write(o, true);
	o->time = end;
	if (rc < 0 || b->flags[row] & SR_F_NOT_ENDED)
		return rc;
	make_call(&o->x, v, row, true);
	return scap_write(o, true);
}

/* An exec that is seen whole tells of the new image itself. */
static bool tells_itself(struct scap_out *o, const struct sr_block *b, uint32_t row,
			 const struct sr_thread *t)
{
	struct told_thread *told = scap_told_of(o, t->tid);

	if (!told || strncmp(sr_block_type_of(b, row)->name, "exec", 4) != 0 || b->ret[row] < 0 ||
	    b->flags[row] & SR_F_NOT_ENDED)
		return false;
	told->image = t->id;
	told->comm = scap_hash_str(b->strs[t->comm], 0);
	return true;
}

int scap_out_row(struct scap_out *o, const struct sr_view *v, uint32_t row, struct sr_err *err)
{
	const struct sr_block *b = v->b;
	const struct sr_block_type *type = sr_block_type_of(b, row);
	const struct sr_thread *t = &b->threads[b->thread[row]];
	int rc;

	if (b->flags[row] & SR_F_STATE || t->tid < 0 ||
	    (type->type && type->type->xevent >= 0 && type->type->xevent != SR_X_PROCEXIT &&
	     type->type->xevent != SR_X_SIGNALDELIVER))
		return 0;
	o->err = err;
	o->time = v->meta ? sr_meta_wall(v->meta, b->time[row]) : b->time[row];
	o->tid = t->tid;
	o->cpu = b->cpu[row];
	rc = scap_tell_container(o, b, t);
	if (rc == 0 && !tells_itself(o, b, row, t))
		rc = tell_thread(o, b, t);
	if (rc == 0 && type->type && type->type->xevent >= 0)
		return write_other(o, b, row, t);
	if (rc == 0)
		rc = tell_file(o, b, row, t);
	if (rc == 0)
		rc = write_call(o, v, row);
	if (rc == 0 && type->type && !(b->flags[row] & SR_F_NOT_ENDED))
		call_ended(o, b, row, t);
	return rc < 0 ? rc : 1;
}
