/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of a process's ancestors, and of the leaders of its session and group. A thread's entry
 * knows that of its parent, as it was when the thread was defined; names and pids of ancestors are
 * in the entry itself. */
#include "filters/field_impl.h"

/* ---- names and pids: level 0 is the process, 1 its parent ---- */

static const struct sr_anc *ancestor(const struct sr_thread *t, int32_t level)
{
	return level >= 1 && (uint32_t)level <= t->nanc && level <= SR_MAX_ANCESTORS
		       ? &t->anc[level - 1]
		       : NULL;
}

void sr_get_pname(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	const struct sr_anc *a = ancestor(&v->b->threads[idx], 1);

	(void)f;
	sr_proc_comm(v, a ? a->comm : 0, out);
}

void sr_get_aname(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	const struct sr_thread *t = &v->b->threads[idx];
	const struct sr_anc *a = ancestor(t, f->argn);

	if (f->argn >= 0) {
		sr_proc_comm(v, a ? a->comm : f->argn == 0 ? t->comm : 0, out);
		return;
	}
	if (f->arg[0] || !t->nanc) {
		sr_set_absent(out, SR_NONE);
		return;
	}
	for (int32_t i = 1; (a = ancestor(t, i)); i++) {
		if (i > 1)
			sr_buf_putc(&v->scratch, ' ');
		sr_buf_put(&v->scratch, v->b->strs[a->comm].p, v->b->strs[a->comm].len);
	}
	sr_set_scratch(out, v, 0);
}

/* Without a level outside filters: the parent's. */
void sr_get_apid(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	const struct sr_thread *t = &v->b->threads[idx];
	int32_t level = f->argn < 0 && !f->arg[0] ? 1 : f->argn;
	const struct sr_anc *a = ancestor(t, level);

	if (a)
		sr_set_int(out, a->pid);
	else if (level == 0 && sr_proc_is_known(t))
		sr_set_int(out, t->pid);
	else
		sr_set_absent(out, SR_NONE);
}

static bool is_shell(const struct sr_view *v, uint32_t comm)
{
	const struct sr_str *s = &v->b->strs[comm];

	return s->len >= 2 && memcmp(s->p + s->len - 2, "sh", 2) == 0;
}

void sr_get_loginshellid(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			 struct sr_val *out)
{
	const struct sr_thread *t = &v->b->threads[idx];
	const struct sr_anc *a;

	(void)f;
	sr_set_absent(out, SR_NONE);
	if (is_shell(v, t->comm))
		sr_set_int(out, t->pid);
	for (int32_t i = 1; (a = ancestor(t, i)); i++)
		if (is_shell(v, a->comm))
			sr_set_int(out, a->pid);
}

/* ---- all else of ancestors, from their own entries ---- */

/* Levels that are looked at; a chain in a file can be long. */
#define MAX_LEVELS 20

/* The entry of the ancestor; 0: not recorded. */
static uint32_t entry_above(const struct sr_view *v, uint32_t idx, int32_t level)
{
	for (; level > 0 && idx && level <= MAX_LEVELS; level--)
		idx = v->b->threads[idx].parent;
	return level ? 0 : idx;
}

/* What a field of one process is made by; the argument is that of proc.env. */
static const sr_proc_fn makers[] = {
	['e'] = sr_proc_exe,	 ['p'] = sr_proc_exepath, ['a'] = sr_proc_args,
	['c'] = sr_proc_cmdline, ['n'] = sr_proc_env,
};

/* off of the row: which. */
void sr_get_of_parent(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		      struct sr_val *out)
{
	makers[sr_field_impl_of(f->field)->off](v, v->b->threads[idx].parent, "", out);
}

/* All ancestors of whom it is known, joined by blanks. */
static void join_levels(struct sr_view *v, uint32_t idx, sr_proc_fn make, struct sr_val *out)
{
	size_t from;

	for (int32_t i = 1; i <= SR_MAX_ANCESTORS && (idx = v->b->threads[idx].parent); i++) {
		if (v->scratch.len)
			sr_buf_putc(&v->scratch, ' ');
		from = v->scratch.len;
		make(v, idx, "", out);
		if (out->type == SR_V_STR && (uintptr_t)out->s.p != (uintptr_t)v->scratch.p + from)
			sr_buf_put(&v->scratch, out->s.p, out->s.len);
	}
	if (v->scratch.len)
		sr_set_scratch(out, v, 0);
	else
		sr_set_absent(out, SR_UNKNOWN);
}

/* The variable of the nearest ancestor that has it. */
static void nearest_env(struct sr_view *v, uint32_t idx, const char *name, struct sr_val *out)
{
	sr_set_absent(out, SR_UNKNOWN);
	for (int32_t i = 1; i <= MAX_LEVELS && (idx = v->b->threads[idx].parent); i++) {
		sr_proc_env(v, idx, name, out);
		if (out->type == SR_V_STR)
			return;
	}
}

/* proc.aexe[N] and its like; proc.aenv takes a name, too. */
void sr_get_of_ancestor(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			struct sr_val *out)
{
	sr_proc_fn make = makers[sr_field_impl_of(f->field)->off];

	if (f->argn >= 0)
		make(v, entry_above(v, idx, f->argn), "", out);
	else if (f->arg[0] && make == sr_proc_env)
		nearest_env(v, idx, f->arg, out);
	else if (f->arg[0])
		sr_set_absent(out, SR_NONE);
	else
		join_levels(v, idx, make, out);
}

void sr_get_pvpid(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	int32_t vpid = v->b->threads[v->b->threads[idx].parent].vpid;

	(void)f;
	if (vpid > 0)
		sr_set_int(out, vpid);
	else
		sr_set_absent(out, SR_UNKNOWN);
}

/* ---- leaders ---- */

/* The entry of the leader: of the session (s), the group (g), the group by its number in the pid
 * namespace (v). Only the process and its ancestors are looked at. */
static uint32_t leader(const struct sr_view *v, uint32_t idx, char what)
{
	const struct sr_thread *ts = v->b->threads, *t = &ts[idx];
	uint32_t i = idx, up;

	for (int n = 0; i && n <= MAX_LEVELS; n++, i = ts[i].parent) {
		if (what == 's'	  ? ts[i].pid == t->sid
		    : what == 'g' ? ts[i].pid == t->pgid
				  : ts[i].vpid == t->vpgid && ts[i].ns_pid == t->ns_pid)
			return i;
	}
	/* Tools that record the number inside the namespace only. */
	if (what != 's' || t->vpid == t->pid || t->vsid != t->sid)
		return 0;
	for (i = idx; (up = ts[i].parent) && ts[up].sid == t->sid;)
		i = up;
	return i;
}

/* Pid of the leader where it is the host's; -1 otherwise. */
static int32_t leader_pid(const struct sr_thread *t, char what)
{
	return what == 's' ? t->sid : what == 'g' ? t->pgid : -1;
}

/* Its name stands among the ancestors' even where its entry is missing. */
static void leader_name(struct sr_view *v, uint32_t idx, char what, struct sr_val *out)
{
	const struct sr_thread *t = &v->b->threads[idx];
	uint32_t found = leader(v, idx, what);
	const struct sr_anc *a;

	sr_proc_comm(v, v->b->threads[found].comm, out);
	for (int32_t i = 1; !found && (a = ancestor(t, i)); i++)
		if (a->pid == leader_pid(t, what))
			sr_proc_comm(v, a->comm, out);
}

/* off of the row: whose (s, g, v) and, shifted by 8, what (n name, else a maker). */
void sr_get_of_leader(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		      struct sr_val *out)
{
	uint32_t off = sr_field_impl_of(f->field)->off;

	if (off >> 8 == 'n')
		leader_name(v, idx, (char)off, out);
	else
		makers[off >> 8](v, leader(v, idx, (char)off), "", out);
}

/* ---- times ---- */

/* Start of a process as wall time; 0 unknown. */
static uint64_t began(const struct sr_view *v, uint32_t idx)
{
	const struct sr_thread *t = &v->b->threads[idx];

	if (!t->pid_start || !v->meta)
		return 0;
	return sr_meta_boot_to_wall(sr_meta_of(v->meta, t->host), t->pid_start);
}

static void set_known_time(struct sr_val *out, uint64_t ns)
{
	if (ns)
		sr_set_time(out, ns);
	else
		sr_set_absent(out, SR_UNKNOWN);
}

/* off of the row: 1 of the parent. */
void sr_get_pid_ts(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	set_known_time(out,
		       began(v, sr_field_impl_of(f->field)->off ? v->b->threads[idx].parent : idx));
}

/* How long the process (off 1: its parent) had run when the event happened. */
void sr_get_duration(const struct sr_fieldref *f, struct sr_view *v, uint32_t row,
		     struct sr_val *out)
{
	uint32_t idx = v->b->thread[row];
	uint64_t from, now;

	from = began(v, sr_field_impl_of(f->field)->off ? v->b->threads[idx].parent : idx);
	now = from ? sr_meta_wall(v->meta, v->b->time[row]) : 0;
	if (from)
		sr_set_dur(out, now > from ? now - from : 0);
	else
		sr_set_absent(out, SR_UNKNOWN);
}

/* Inode of the host's own pid namespace: the kernel's constant. */
#define HOST_PIDNS 0xeffffffcu

/* Start of the pid namespace: of its first process, if it is the process or an ancestor; the
 * host's began with the machine. */
static uint64_t pidns_began(const struct sr_view *v, uint32_t idx)
{
	const struct sr_thread *ts = v->b->threads;
	uint32_t ns = ts[idx].ns_pid;

	if (ns == HOST_PIDNS)
		return v->meta ? sr_meta_boot_to_wall(sr_meta_of(v->meta, ts[idx].host), 0) : 0;
	for (int n = 0; idx && ns && n <= MAX_LEVELS; n++, idx = ts[idx].parent)
		if (ts[idx].vpid == 1 && ts[idx].ns_pid == ns)
			return began(v, idx);
	return 0;
}

void sr_get_pidns_start(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			struct sr_val *out)
{
	(void)f;
	set_known_time(out, pidns_began(v, idx));
}

/* From the change of the executable to the start of the process; or (off 1) from the start of the
 * pid namespace to the change, if it was later. */
void sr_get_exe_age(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		    struct sr_val *out)
{
	bool ns = sr_field_impl_of(f->field)->off;
	uint64_t change = v->b->threads[idx].exe_ctime;
	uint64_t start = ns ? pidns_began(v, idx) : began(v, idx);
	uint64_t from = ns ? start : change, to = ns ? change : start;

	if (!change || !start)
		sr_set_absent(out, SR_UNKNOWN);
	else if (to < from)
		sr_set_absent(out, SR_NONE);
	else
		sr_set_dur(out, to - from);
}
