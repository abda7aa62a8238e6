/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* What changes the kernel itself or the view of it: modules, BPF programs, who traces whom,
 * other namespaces. The calls that ask for it have records of their own; these say what they
 * cannot: names and numbers that only the kernel knows. */
#ifndef SR_KERN_BPF_H
#define SR_KERN_BPF_H

#include "driver-bpf/xevent.bpf.h"

/* ---- modules ---- */

static __always_inline void module_event(struct module *mod, u16 kind)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u32 log = log_of_cpu();
	struct sr_ctl *c = ctl_get(log);
	struct sr_task_state *st;
	u8 *rec;

	if (!c || !XWANTED(kind))
		return;
	st = wanted_state(task);
	if (!st)
		return;
	rec = x_begin(c, log, st, task, kind, 1);
	if (!rec)
		return;
	x_str(c, rec, 0, &mod->name, 64);
	x_end(c, rec);
}

OPTIONAL_HOOK(module_load)
int sr_module_load(u64 *ctx)
{
	module_event((void *)ctx[0], SR_X_MODULE_LOAD);
	return 0;
}

OPTIONAL_HOOK(module_free)
int sr_module_free(u64 *ctx)
{
	module_event((void *)ctx[0], SR_X_MODULE_FREE);
	return 0;
}

/* ---- namespaces ---- */

#define CLONE_NEWTIME	0x00000080
#define CLONE_NEWNS	0x00020000
#define CLONE_NEWCGROUP 0x02000000
#define CLONE_NEWUTS	0x04000000
#define CLONE_NEWIPC	0x08000000
#define CLONE_NEWUSER	0x10000000
#define CLONE_NEWPID	0x20000000
#define CLONE_NEWNET	0x40000000

static __always_inline u32 what_changed(const struct sr_namespaces *a,
					const struct sr_namespaces *b)
{
	return (a->mnt != b->mnt ? CLONE_NEWNS : 0) | (a->net != b->net ? CLONE_NEWNET : 0) |
	       (a->user != b->user ? CLONE_NEWUSER : 0) | (a->uts != b->uts ? CLONE_NEWUTS : 0) |
	       (a->ipc != b->ipc ? CLONE_NEWIPC : 0) |
	       (a->cgroup != b->cgroup ? CLONE_NEWCGROUP : 0) |
	       (a->children_pid != b->children_pid ? CLONE_NEWPID : 0) |
	       (a->children_time != b->children_time ? CLONE_NEWTIME : 0);
}

static __always_inline void tell_namespaces(struct sr_ctl *c, u32 log, struct sr_task_state *st,
					    struct task_struct *task)
{
	struct sr_identity *before = before_of(task, st);
	struct sr_namespaces *a, *b;
	u8 *rec;

	if (!before)
		return;
	rec = x_begin_as(c, log, st, task, SR_X_NAMESPACES, 3, SR_EC_CRITICAL, true);
	if (!rec)
		return;
	a = x_struct(c, rec, 1, sizeof(*a));
	b = x_struct(c, rec, 2, sizeof(*b));
	if (a && b) {
		*a = before->ns;
		namespaces_of(b, task);
		x_num(rec, 0, what_changed(a, b));
	}
	x_end(c, rec);
}

/* ---- tracing ---- */

#define PTRACE_TRACEME 0
#define PTRACE_ATTACH  16
#define PTRACE_SEIZE   0x4206

static __always_inline void tell_ptrace(struct sr_ctl *c, u32 log, struct sr_task_state *st,
					struct task_struct *task, u64 request)
{
	struct task_struct *child = task, *tracer = task;
	u8 *rec;

	if (request == PTRACE_TRACEME) /* by its parent */
		tracer = BPF_CORE_READ(task, parent);
	else if (request == PTRACE_ATTACH || request == PTRACE_SEIZE)
		child = (void *)BPF_CORE_READ(task, ptraced.next) -
			bpf_core_field_offset(struct task_struct, ptrace_entry); /* the last one */
	else
		return;
	rec = x_begin_as(c, log, st, task, SR_X_PTRACE_ATTACH, 4, SR_EC_CRITICAL, true);
	if (!rec)
		return;
	x_num(rec, 0, BPF_CORE_READ(tracer, tgid));
	x_num(rec, 1, BPF_CORE_READ(child, tgid));
	x_num(rec, 2, BPF_CORE_READ(child, pid));
	x_str(c, rec, 3, (void *)child + bpf_core_field_offset(struct task_struct, comm),
	      SR_COMM_LEN);
	x_end(c, rec);
}

/* ---- BPF programs ---- */

/* A process has got a descriptor of a program that it has loaded, or found by its number. */
static __always_inline void tell_bpf(struct sr_ctl *c, u32 log, struct sr_task_state *st,
				     struct task_struct *task, u64 cmd, s64 fd)
{
	struct file *file;
	struct bpf_prog_aux *aux;
	struct bpf_prog *prog;
	u8 *rec;

	if (cmd != BPF_PROG_LOAD && cmd != BPF_PROG_GET_FD_BY_ID)
		return;
	file = (void *)task_file(0, fd);
	prog = BPF_CORE_READ(file, private_data);
	aux = BPF_CORE_READ(prog, aux);
	rec = x_begin_as(c, log, st, task, SR_X_BPF_PROG, 4, SR_EC_CRITICAL, true);
	if (!rec)
		return;
	x_num(rec, 0, BPF_CORE_READ(aux, id));
	x_num(rec, 1, (u32)BPF_CORE_READ(prog, type));
	x_str(c, rec, 2, (void *)aux + bpf_core_field_offset(struct bpf_prog_aux, name), 16);
	x_num(rec, 3, fd);
	x_end(c, rec);
}

/* ---- */

/* What the success of a call with SR_D_BEFORE has to say behind the call's own record.
 * @first: its first argument. */
__noinline int tell_success(u64 row_arg, u64 first, s64 ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct sr_task_state *st = bpf_task_storage_get(&tasks, task, 0, 0);
	u64 row = bounded(row_arg, SR_NR_ROWS);
	u32 log = log_of_cpu(), what = descs[row].more;
	struct sr_ctl *c = ctl_get(log);

	if (c && st && ret >= 0) {
		if (what == SR_X_NAMESPACES)
			tell_namespaces(c, log, st, task);
		else if (what == SR_X_PTRACE_ATTACH)
			tell_ptrace(c, log, st, task, first);
		else if (what == SR_X_BPF_PROG)
			tell_bpf(c, log, st, task, first, ret);
	}
	if (st)
		st->before = 0;
	return 0;
}

#endif /* SR_KERN_BPF_H */
