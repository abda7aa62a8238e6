/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of processes, threads, users and groups. */
#include "filters/field_impl.h"

#include <stdlib.h>

static const struct sr_thread *thread(const struct sr_view *v, uint32_t idx)
{
	return &v->b->threads[idx];
}

/* An event of a thread that the recorder knew nothing about has an empty entry. */
bool sr_proc_is_known(const struct sr_thread *t)
{
	return t->id || t->pid || t->tid || t->comm;
}

static const void *member(const struct sr_fieldref *f, const struct sr_thread *t)
{
	return (const char *)t + sr_field_impl_of(f->field)->off;
}

/* ---- numbers: f->off of the row says which member ---- */

static bool get_member(const struct sr_fieldref *f, const struct sr_view *v, uint32_t idx,
		       void *out, size_t size)
{
	const struct sr_thread *t = thread(v, idx);

	memcpy(out, member(f, t), size);
	return sr_proc_is_known(t);
}

void sr_get_thread_i32(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		       struct sr_val *out)
{
	int32_t i;

	if (get_member(f, v, idx, &i, sizeof(i)))
		sr_set_int(out, i);
	else
		sr_set_absent(out, SR_UNKNOWN);
}

void sr_get_thread_u32(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		       struct sr_val *out)
{
	uint32_t u;

	if (get_member(f, v, idx, &u, sizeof(u)))
		sr_set_uint(out, u);
	else
		sr_set_absent(out, SR_UNKNOWN);
}

/* Ids inside a pid namespace: 0 is not known. */
void sr_get_vid(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	sr_get_thread_i32(f, v, idx, out);
	if (out->type == SR_V_INT && out->i <= 0)
		sr_set_absent(out, SR_UNKNOWN);
}

void sr_get_ns(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	sr_get_thread_u32(f, v, idx, out);
	if (out->type == SR_V_UINT && !out->u)
		sr_set_absent(out, SR_UNKNOWN);
}

void sr_get_exe_ino(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		    struct sr_val *out)
{
	uint64_t u;

	if (get_member(f, v, idx, &u, sizeof(u)) && u)
		sr_set_uint(out, u);
	else
		sr_set_absent(out, SR_UNKNOWN);
}

void sr_get_exe_time(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		     struct sr_val *out)
{
	sr_get_exe_ino(f, v, idx, out);
	if (out->type != SR_V_ABSENT)
		sr_set_time(out, out->u);
}

void sr_get_exe_flag(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		     struct sr_val *out)
{
	const struct sr_thread *t = thread(v, idx);

	if (sr_proc_is_known(t))
		sr_set_bool(out, t->exe_flags & sr_field_impl_of(f->field)->off);
	else
		sr_set_absent(out, SR_UNKNOWN);
}

void sr_get_ismain(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	const struct sr_thread *t = thread(v, idx);

	(void)f;
	if (sr_proc_is_known(t))
		sr_set_bool(out, t->tid == t->pid);
	else
		sr_set_absent(out, SR_UNKNOWN);
}

/* The process is number @off of itself: session, group. A v name compares with the v pid. */
void sr_get_leader(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	const struct sr_thread *t = thread(v, idx);
	bool virtual = sr_field_impl_of(f->field)->off == offsetof(struct sr_thread, vpgid);
	int32_t leader;

	if (!get_member(f, v, idx, &leader, sizeof(leader)))
		sr_set_absent(out, SR_UNKNOWN);
	else
		sr_set_bool(out, leader == (virtual ? t->vpid : t->pid));
}

void sr_get_loginuid(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		     struct sr_val *out)
{
	const struct sr_thread *t = thread(v, idx);

	(void)f;
	if (!sr_proc_is_known(t))
		sr_set_absent(out, SR_UNKNOWN);
	else
		sr_set_int(out, t->loginuid == UINT32_MAX ? -1 : (int64_t)t->loginuid);
}

/* ---- strings ---- */

/* Bits of sr_thread.why: which string they are about. */
enum {
	WHY_ARGS = 0,
	WHY_EXEPATH = 4,
	WHY_ENV = 8,
	WHY_CWD = 12
};

static void get_str(struct sr_view *v, const struct sr_thread *t, uint32_t str, unsigned shift,
		    struct sr_val *out)
{
	uint8_t why = t->why >> shift & 15;

	sr_set_dict(out, v->b, str, sr_proc_is_known(t) ? why : SR_UNKNOWN);
}

void sr_proc_comm(struct sr_view *v, uint32_t comm, struct sr_val *out)
{
	sr_set_dict(out, v->b, comm, SR_UNKNOWN);
	if (out->type == SR_V_STR)
		out->why = SR_OK;
}

void sr_get_thread_str(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		       struct sr_val *out)
{
	const struct sr_thread *t = thread(v, idx);

	if (sr_field_impl_of(f->field)->off == offsetof(struct sr_thread, exepath))
		get_str(v, t, t->exepath, WHY_EXEPATH, out);
	else
		sr_proc_comm(v, t->comm, out);
}

void sr_get_nametid(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		    struct sr_val *out)
{
	const struct sr_thread *t = thread(v, idx);

	(void)f;
	if (!t->comm) {
		sr_set_absent(out, SR_UNKNOWN);
		return;
	}
	sr_buf_put(&v->scratch, v->b->strs[t->comm].p, v->b->strs[t->comm].len);
	sr_buf_i64(&v->scratch, t->tid);
	sr_set_scratch(out, v, 0);
}

void sr_get_cwd(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	const struct sr_thread *t = thread(v, idx);

	(void)f;
	if (!t->cwd && (t->why >> WHY_CWD & 15) == SR_WHY_EMPTY) {
		sr_set_str(out, "", 0);
		return;
	}
	get_str(v, t, t->cwd, WHY_CWD, out);
	if (out->type == SR_V_ABSENT || (out->s.len && out->s.p[out->s.len - 1] == '/'))
		return;
	sr_buf_put(&v->scratch, out->s.p, out->s.len);
	sr_buf_putc(&v->scratch, '/');
	sr_set_scratch(out, v, 0);
}

/* ---- argv and envp: elements that each end in NUL; a cut one may not ---- */

/* argv as a list of elements; false, and *out says why, if there is none. */
static bool get_argv(struct sr_view *v, const struct sr_thread *t, struct sr_str *argv,
		     struct sr_val *out)
{
	get_str(v, t, t->args, WHY_ARGS, out);
	if (out->type == SR_V_ABSENT)
		return false;
	*argv = v->b->strs[t->args];
	return true;
}

/* Append what is left of a list, joined by blanks; @more: something stands before it. */
static void join(struct sr_view *v, struct sr_str rest, bool more)
{
	struct sr_str e;

	while (sr_list_next(&rest, &e)) {
		if (more)
			sr_buf_putc(&v->scratch, ' ');
		sr_buf_put(&v->scratch, e.p, e.len);
		more = true;
	}
}

void sr_proc_exe(struct sr_view *v, uint32_t idx, const char *arg, struct sr_val *out)
{
	struct sr_str argv, e;

	(void)arg;
	if (!get_argv(v, thread(v, idx), &argv, out))
		return;
	if (sr_list_next(&argv, &e))
		sr_set_str(out, e.p, e.len);
	else
		sr_set_absent(out, SR_NONE);
}

void sr_proc_exepath(struct sr_view *v, uint32_t idx, const char *arg, struct sr_val *out)
{
	const struct sr_thread *t = thread(v, idx);

	(void)arg;
	get_str(v, t, t->exepath, WHY_EXEPATH, out);
}

void sr_proc_args(struct sr_view *v, uint32_t idx, const char *arg, struct sr_val *out)
{
	size_t from = v->scratch.len;
	struct sr_str argv, e;
	uint8_t why;

	(void)arg;
	if (!get_argv(v, thread(v, idx), &argv, out))
		return;
	why = out->why;
	(void)sr_list_next(&argv, &e);
	join(v, argv, false);
	sr_set_scratch(out, v, from);
	out->why = why;
}

/* @first, then the arguments. */
static void put_cmdline(struct sr_view *v, struct sr_str first, struct sr_str argv, uint8_t why,
			struct sr_val *out)
{
	size_t from = v->scratch.len;

	sr_buf_put(&v->scratch, first.p, first.len);
	join(v, argv, true);
	sr_set_scratch(out, v, from);
	out->why = why;
}

/* Name and arguments. A process without argv has its name alone. */
void sr_proc_cmdline(struct sr_view *v, uint32_t idx, const char *arg, struct sr_val *out)
{
	const struct sr_thread *t = thread(v, idx);
	struct sr_str argv = { 0 }, e;

	(void)arg;
	if (get_argv(v, t, &argv, out))
		(void)sr_list_next(&argv, &e);
	else if (!t->comm)
		return;
	put_cmdline(v, v->b->strs[t->comm], argv, out->why, out);
}

/* The environment, or the value of variable @arg. */
void sr_proc_env(struct sr_view *v, uint32_t idx, const char *arg, struct sr_val *out)
{
	const struct sr_thread *t = thread(v, idx);
	size_t n = strlen(arg), from = v->scratch.len;
	struct sr_str env, e;
	uint8_t why;

	get_str(v, t, t->env, WHY_ENV, out);
	if (out->type == SR_V_ABSENT)
		return;
	why = out->why;
	env = v->b->strs[t->env];
	if (!n) {
		join(v, env, false);
		sr_set_scratch(out, v, from);
		out->why = why;
		return;
	}
	while (sr_list_next(&env, &e)) {
		if (e.len <= n || memcmp(e.p, arg, n) != 0 || e.p[n] != '=')
			continue;
		sr_set_str(out, e.p + n + 1, e.len - n - 1);
		return;
	}
	sr_set_absent(out, why == SR_OK ? SR_NONE : why);
}

void sr_get_exe(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	sr_proc_exe(v, idx, f->arg, out);
}

/* All arguments as text or list, or one of them. */
void sr_get_args_joined(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			struct sr_val *out)
{
	struct sr_str argv, e = { 0 };
	uint8_t why;

	if (!f->arg[0] && f->argn != SR_ARGN_LIST) {
		sr_proc_args(v, idx, f->arg, out);
		return;
	}
	if (!get_argv(v, thread(v, idx), &argv, out))
		return;
	why = out->why;
	(void)sr_list_next(&argv, &e);
	if (f->argn == SR_ARGN_LIST) {
		sr_set_str(out, argv.p, argv.len);
		return;
	}
	for (int32_t i = 0; f->argn >= 0 && sr_list_next(&argv, &e); i++) {
		if (i != f->argn)
			continue;
		sr_set_str(out, e.p, e.len);
		return;
	}
	sr_set_absent(out, why == SR_OK ? SR_NONE : why);
}

void sr_get_cmdline(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		    struct sr_val *out)
{
	sr_proc_cmdline(v, idx, f->arg, out);
}

/* argv[0] and the arguments. */
void sr_get_exeline(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		    struct sr_val *out)
{
	struct sr_str argv, first = { 0 };

	(void)f;
	if (!get_argv(v, thread(v, idx), &argv, out))
		return;
	(void)sr_list_next(&argv, &first);
	put_cmdline(v, first, argv, out->why, out);
}

void sr_get_env(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	sr_proc_env(v, idx, f->arg, out);
}

void sr_get_nargs(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	struct sr_str argv, e;
	uint64_t n = 0;

	(void)f;
	if (!get_argv(v, thread(v, idx), &argv, out))
		return;
	(void)sr_list_next(&argv, &e);
	while (sr_list_next(&argv, &e))
		n++;
	sr_set_uint(out, n);
}

void sr_get_lenargs(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		    struct sr_val *out)
{
	struct sr_str argv, e;
	uint64_t n = 0;

	(void)f;
	if (!get_argv(v, thread(v, idx), &argv, out))
		return;
	(void)sr_list_next(&argv, &e);
	while (sr_list_next(&argv, &e))
		n += e.len;
	sr_set_uint(out, n);
}

/* off of the row: threads that do not count. */
void sr_get_nthreads(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		     struct sr_val *out)
{
	const struct sr_thread *t = thread(v, idx);

	if (t->nthreads)
		sr_set_uint(out, t->nthreads - sr_field_impl_of(f->field)->off);
	else
		sr_set_absent(out, SR_UNKNOWN);
}

/* ---- capabilities, cgroups ---- */

void sr_get_cap(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	static const char *const names[] = {
		"CHOWN",
		"DAC_OVERRIDE",
		"DAC_READ_SEARCH",
		"FOWNER",
		"FSETID",
		"KILL",
		"SETGID",
		"SETUID",
		"SETPCAP",
		"LINUX_IMMUTABLE",
		"NET_BIND_SERVICE",
		"NET_BROADCAST",
		"NET_ADMIN",
		"NET_RAW",
		"IPC_LOCK",
		"IPC_OWNER",
		"SYS_MODULE",
		"SYS_RAWIO",
		"SYS_CHROOT",
		"SYS_PTRACE",
		"SYS_PACCT",
		"SYS_ADMIN",
		"SYS_BOOT",
		"SYS_NICE",
		"SYS_RESOURCE",
		"SYS_TIME",
		"SYS_TTY_CONFIG",
		"MKNOD",
		"LEASE",
		"AUDIT_WRITE",
		"AUDIT_CONTROL",
		"SETFCAP",
		"MAC_OVERRIDE",
		"MAC_ADMIN",
		"SYSLOG",
		"WAKE_ALARM",
		"BLOCK_SUSPEND",
		"AUDIT_READ",
		"PERFMON",
		"BPF",
		"CHECKPOINT_RESTORE",
	};
	uint64_t caps;

	if (!get_member(f, v, idx, &caps, sizeof(caps))) {
		sr_set_absent(out, SR_UNKNOWN);
		return;
	}
	for (unsigned i = 0; i < 64; i++) {
		if (!(caps >> i & 1))
			continue;
		if (v->scratch.len)
			sr_buf_putc(&v->scratch, ' ');
		if (i < sizeof(names) / sizeof(names[0]))
			sr_buf_printf(&v->scratch, "CAP_%s", names[i]);
		else
			sr_buf_printf(&v->scratch, "CAP_%u", i);
	}
	sr_set_scratch(out, v, 0);
}

static void put_cgroup(struct sr_view *v, uint32_t idx)
{
	const struct sr_cgroup *c = &v->b->cgroups[idx];

	if (!idx)
		return;
	if (v->scratch.len)
		sr_buf_putc(&v->scratch, ' ');
	if (c->hierarchy)
		sr_buf_printf(&v->scratch, "%u=", c->hierarchy);
	else
		sr_buf_puts(&v->scratch, "unified=");
	sr_buf_put(&v->scratch, v->b->strs[c->path].p, v->b->strs[c->path].len);
}

void sr_get_cgroups(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		    struct sr_val *out)
{
	const struct sr_thread *t = thread(v, idx);

	(void)f;
	put_cgroup(v, t->cgroup);
	put_cgroup(v, t->cgroup1);
	if (v->scratch.len)
		sr_set_scratch(out, v, 0);
	else
		sr_set_absent(out, SR_UNKNOWN);
}

/* The path in the hierarchy that holds a controller: on a host with v2 alone there is but one. */
void sr_get_cgroup_of(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		      struct sr_val *out)
{
	const struct sr_thread *t = thread(v, idx);
	const struct sr_cgroup *c = &v->b->cgroups[t->cgroup], *other = &v->b->cgroups[t->cgroup1];

	if (strcmp(f->arg, "unified") == 0 && c->hierarchy)
		c = other;
	else if (strcmp(f->arg, "unified") != 0 && t->cgroup1)
		c = &v->b->cgroups[0];
	sr_set_dict(out, v->b, c->hierarchy ? 0 : c->path, SR_UNKNOWN);
	if (out->type == SR_V_STR)
		out->why = SR_OK;
}

/* ---- names of ids ---- */

/* What an id means where the thread runs: @off of the row says whose id. A container has accounts
 * of its own; who had logged in when its processes were begun, if anybody, did so at the host. */
static const char *account(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			   enum sr_account what, struct sr_val *out)
{
	const struct sr_cgroup *cg = v->b->cgroups;
	const struct sr_thread *t = thread(v, idx);
	const struct sr_container *c =
		cg[t->cgroup].container ? cg[t->cgroup].container : cg[t->cgroup1].container;
	const char *s = NULL;
	uint32_t id;

	if (!get_member(f, v, idx, &id, sizeof(id)) || id == UINT32_MAX) {
		sr_set_absent(out, id == UINT32_MAX ? SR_NONE : SR_UNKNOWN);
		return NULL;
	}
	if (sr_field_impl_of(f->field)->off == offsetof(struct sr_thread, loginuid))
		c = NULL;
	if (c && c->accounts == SR_ACCOUNTS_OWN)
		s = sr_container_account(c, what, id);
	else if (v->meta && (!c || c->accounts == SR_ACCOUNTS_OF_HOST))
		s = sr_meta_account(sr_meta_of(v->meta, t->host), what, id);
	if (s)
		sr_set_cstr(out, s);
	else
		sr_set_absent(out, c && c->accounts == SR_ACCOUNTS_OWN ? SR_NONE : SR_UNKNOWN);
	return s;
}

/* 0 has all rights, however it is called. */
static void get_name(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		     enum sr_account what, struct sr_val *out)
{
	uint32_t id;

	if (!account(f, v, idx, what, out) && get_member(f, v, idx, &id, sizeof(id)) && !id)
		sr_set_cstr(out, "root");
}

void sr_get_user_name(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		      struct sr_val *out)
{
	get_name(f, v, idx, SR_ACCOUNT_USER, out);
}

void sr_get_group_name(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		       struct sr_val *out)
{
	get_name(f, v, idx, SR_ACCOUNT_GROUP, out);
}

void sr_get_user_home(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		      struct sr_val *out)
{
	(void)account(f, v, idx, SR_ACCOUNT_HOME, out);
}

void sr_get_user_shell(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		       struct sr_val *out)
{
	(void)account(f, v, idx, SR_ACCOUNT_SHELL, out);
}
