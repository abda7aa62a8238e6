/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Registers of a call, and who is recorded: the verdict over a task, kept in its storage. */
#ifndef SR_TASK_BPF_H
#define SR_TASK_BPF_H

#include "driver-bpf/copy.bpf.h"

#define TS_COMPAT 2 /* of thread_info.status, x86 */

#if defined(__TARGET_ARCH_x86)
static __always_inline void regs_args(u64 *a, const struct pt_regs *r)
{
	a[0] = KREAD(r, di);
	a[1] = KREAD(r, si);
	a[2] = KREAD(r, dx);
	a[3] = KREAD(r, r10);
	a[4] = KREAD(r, r8);
	a[5] = KREAD(r, r9);
}
static __always_inline u64 regs_arg(const struct pt_regs *r, u32 i)
{
	switch (i) {
	case 0:
		return KREAD(r, di);
	case 1:
		return KREAD(r, si);
	case 2:
		return KREAD(r, dx);
	case 3:
		return KREAD(r, r10);
	case 4:
		return KREAD(r, r8);
	default:
		return KREAD(r, r9);
	}
}
static __always_inline u64 regs_first(const struct pt_regs *r)
{
	return r->di;
}
/* The 32-bit ABI has its own registers. */
static __always_inline void regs_args32(u64 *a, const struct pt_regs *r)
{
	a[0] = (u32)KREAD(r, bx);
	a[1] = (u32)KREAD(r, cx);
	a[2] = (u32)KREAD(r, dx);
	a[3] = (u32)KREAD(r, si);
	a[4] = (u32)KREAD(r, di);
	a[5] = (u32)KREAD(r, bp);
}
static __always_inline s32 regs_nr(const struct pt_regs *r)
{
	return KREAD(r, orig_ax);
}
static __always_inline bool task_is_compat(struct task_struct *task)
{
	return KREAD(task, thread_info.status) & TS_COMPAT;
}
/* What is to be added to the number of the call that @task is in to get its row. Without a branch:
 * the verifier would follow both ways to the end. @except: TS_COMPAT: nothing, else 0. */
static __always_inline u64 row_offset(struct task_struct *task, u64 except)
{
	static_assert(SR_ROW_I386 == TS_COMPAT << 9, "a shift makes the row");
	return (u64)(KREAD(task, thread_info.status) & TS_COMPAT & ~except) << 9;
}
/* The syscall instruction leaves the return address in rcx; whoever comes by another way may be a
 * 32-bit program, whose numbers mean something else. */
static __always_inline bool is_native(const struct pt_regs *r)
{
	return KREAD(r, cx) == KREAD(r, ip);
}
#define USER32_CS 0x23
static __always_inline bool is_32bit(const struct pt_regs *r)
{
	return KREAD(r, cs) == USER32_CS;
}
#elif defined(__TARGET_ARCH_arm64)
static __always_inline void regs_args(u64 *a, const struct pt_regs *r)
{
	a[0] = KREAD(r, orig_x0);
	a[1] = KREAD(r, user_regs.regs[1]);
	a[2] = KREAD(r, user_regs.regs[2]);
	a[3] = KREAD(r, user_regs.regs[3]);
	a[4] = KREAD(r, user_regs.regs[4]);
	a[5] = KREAD(r, user_regs.regs[5]);
}
static __always_inline u64 regs_first(const struct pt_regs *r)
{
	return r->orig_x0;
}
static __always_inline u64 regs_arg(const struct pt_regs *r, u32 i)
{
	u64 a[6];

	regs_args(a, r);
	switch (i) {
	case 0:
		return a[0];
	case 1:
		return a[1];
	case 2:
		return a[2];
	case 3:
		return a[3];
	case 4:
		return a[4];
	default:
		return a[5];
	}
}
static __always_inline void regs_args32(u64 *a, const struct pt_regs *r)
{
	regs_args(a, r);
}
static __always_inline s32 regs_nr(const struct pt_regs *r)
{
	return KREAD(r, syscallno);
}
static __always_inline bool task_is_compat(struct task_struct *task)
{
	return false; /* 32-bit calls are told by the personality flag, which is not read yet */
}
static __always_inline u64 row_offset(struct task_struct *task, u64 except)
{
	return 0;
}
static __always_inline bool is_native(const struct pt_regs *r)
{
	return true;
}
static __always_inline bool is_32bit(const struct pt_regs *r)
{
	return false;
}
#endif

/* What the table says of the call numbered @nr, by whoever makes it: SR_D_RENAME, SR_D_IDENT. */
static __always_inline u32 flags_of_nr(const struct pt_regs *r, u64 nr)
{
	nr &= SR_NR_SYSCALLS - 1;
	opaque(nr);
	return nr >= SR_NR_SYSCALLS ? 0 : is_32bit(r) ? flags32[nr] : descs[nr].flags;
}

/* Is it a call that gives files other paths? */
static __always_inline bool is_move(const struct pt_regs *r)
{
	return flags_of_nr(r, regs_nr(r)) & SR_D_RENAME;
}

/* Row of the table for a syscall number: one of its own for what has none. */
static __always_inline u64 row_of(struct task_struct *task, u64 nr)
{
	u64 row = (nr < SR_NR_SYSCALLS ? nr : SR_NR_SYSCALLS) + row_offset(task, 0);

	opaque(row);
	return row;
}

/* ---- who is recorded ---- */

#define CGROUP_DEPTH  64
#define PROCESS_DEPTH 256

struct climb_cgroups {
	struct cgroup *at;
	struct sr_cgroup_key key;
	u32 target;
};

static long cgroup_step(u32 i, struct climb_cgroups *up)
{
	struct cgroup *at = up->at;
	u32 *target;

	if (!at)
		return 1;
	up->key.id = BPF_CORE_READ(at, kn, id);
	target = bpf_map_lookup_elem(&target_cgroups, &up->key);
	if (target) {
		up->target = *target;
		return 1;
	}
	up->at = BPF_CORE_READ(at, self.parent, cgroup);
	return 0;
}

/* What the nearest target cgroup at or above @cgrp says, enum sr_target; 0: there is none. */
__noinline int cgroup_target(u64 cgrp)
{
	struct cgroup *at = (void *)cgrp;
	struct climb_cgroups up = { .at = at };

	up.key.hierarchy = BPF_CORE_READ(at, root, hierarchy_id);
	bpf_loop(CGROUP_DEPTH, cgroup_step, &up, 0);
	return up.target;
}

struct climb_tasks {
	struct task_struct *at;
	u64 found;
};

static long parent_step(u32 i, struct climb_tasks *up)
{
	struct task_struct *at = up->at, *parent;
	u32 tgid = BPF_CORE_READ(at, tgid);

	if (bpf_map_lookup_elem(&target_pids, &tgid)) {
		up->found = 1;
		return 1;
	}
	parent = BPF_CORE_READ(at, real_parent);
	if (!parent || parent == at)
		return 1;
	up->at = parent;
	return 0;
}

static __always_inline bool in_target_tree(struct task_struct *task)
{
	struct climb_tasks up = { .at = task };

	bpf_loop(PROCESS_DEPTH, parent_step, &up, 0);
	return up.found;
}

#define WANTED_TREE 3 /* and its children, whatever becomes of them */

/* 0: not recorded; SR_TARGET_YES, SR_TARGET_MAYBE, WANTED_TREE. */
__noinline int classify(u64 task_addr)
{
	struct task_struct *task = (void *)task_addr;
	u32 v2, v1;

	if (BPF_CORE_READ(task, tgid) == cfg.self)
		return 0;
	if (cfg.has_pids && in_target_tree(task))
		return WANTED_TREE;
	if (!cfg.has_cgroups)
		return cfg.all ? SR_TARGET_YES : 0;
	v2 = cgroup_target((u64)task_cgroup(task, false));
	v1 = cgroup_target((u64)task_cgroup(task, true));
	if (v2 == SR_TARGET_NO || v1 == SR_TARGET_NO)
		return 0;
	if (cfg.all || v2 == SR_TARGET_YES || v1 == SR_TARGET_YES)
		return SR_TARGET_YES;
	return v2 | v1;
}

/* A number for the cgroups that a task is in, and how they are called: the same number, the same
 * ones. */
__noinline u64 cgroups_of(u64 task_addr)
{
	struct task_struct *task = (void *)task_addr;
	u64 v2 = BPF_CORE_READ(task_cgroup(task, false), kn, id);
	u64 v1 = BPF_CORE_READ(task_cgroup(task, true), kn, id);

	return fold(fold(fold(1, v2), v1), live.cgroup_renames);
}

/* The targets have changed, or somebody has moved to another cgroup. Who the task is changes only
 * if that was itself. */
static __always_inline void state_refresh(struct sr_task_state *st, u64 task)
{
	u32 gen = READ_ONCE(live.gen); /* before: targets that change meanwhile count anew */
	u64 cgroups = cgroups_of(task);
	int r = classify(task);

	if (r == WANTED_TREE)
		st->tree = 1;
	if (st->tree && cfg.has_pids)
		r = SR_TARGET_YES;
	if (st->wanted != r || st->cgroups != cgroups)
		st->id = 0;
	st->wanted = r;
	st->cgroups = cgroups;
	st->gen = gen;
}

/* @task is the current one. */
static __always_inline struct sr_task_state *state_new(struct task_struct *task)
{
	struct sr_task_state *st;

	st = task_state(task, true);
	if (st)
		state_refresh(st, bpf_get_current_task());
	return st;
}

/* The state of the current task, decided for the targets of now; NULL without memory. */
static __always_inline struct sr_task_state *state_get(struct task_struct *task)
{
	struct sr_task_state *st = task_state(task, false);

	if (!st)
		return state_new(task);
	if (st->gen != live.gen)
		state_refresh(st, bpf_get_current_task());
	return st;
}

/* ---- who runs here ---- */

#define CALL_TRIES 8

/* An element of the map of calls for @st, whose task has number @tid: its own until it ends. */
static __always_inline void call_claim(struct sr_task_state *st, u32 tid)
{
	for (u32 i = 0; i < CALL_TRIES; i++) {
		u32 at = (tid + i) & (SR_CALLS - 1);
		struct sr_call *k = bpf_map_lookup_elem(&calls, &at);

		if (k && !__sync_val_compare_and_swap(&k->taken, 0, 1)) {
			k->enter = 0;
			st->slot = at + 1;
			return;
		}
	}
}

/* The element of a task with the state @st; NULL: it has none. */
static __always_inline struct sr_call *call_element(const struct sr_task_state *st)
{
	u32 at = st->slot - 1;

	return st->slot ? bpf_map_lookup_elem(&calls, &at) : NULL;
}

/* The row of a call that began as @nr (struct sr_call): now it can be told whether it is one of a
 * 32-bit program. But exec leaves nothing of how it was made. */
static __always_inline u64 row_begun(struct task_struct *task, u64 nr)
{
	static_assert(SR_CALL_ROW >> 14 == TS_COMPAT, "a shift makes the mask");
	u64 row = (nr & (SR_CALL_ROW - 1)) + row_offset(task, nr >> 14);

	opaque(row);
	return row;
}

/* The call that @task is in, whose state is @st: c->call. Return its row. */
static __always_inline u64 call_fetch(struct sr_ctl *c, struct task_struct *task,
				      const struct sr_task_state *st)
{
	struct sr_call *k = call_element(st);
	u64 row;

	c->call = st->call;
	if (k)
		c->call = *k;
	row = row_begun(task, c->call.nr);
	opaque(row);
	return row;
}

/* When the call began that a task is in. */
static __always_inline u64 call_begun(const struct sr_task_state *st)
{
	struct sr_call *k = call_element(st);

	return k ? k->enter : st->call.enter;
}

/* Take it: it is still the call that began at @enter, and nobody else will tell it. */
static __always_inline bool call_take(struct sr_task_state *st, u64 enter)
{
	struct sr_call *k = call_element(st);

	if (k)
		return __sync_val_compare_and_swap(&k->enter, enter, 0) == enter;
	return __sync_val_compare_and_swap(&st->call.enter, enter, 0) == enter;
}

/* The task ends. */
static __always_inline void call_release(struct sr_task_state *st)
{
	struct sr_call *k = call_element(st);

	st->slot = 0;
	if (k)
		WRITE_ONCE(k->taken, 0);
}

/* A task without an element of its own uses that of the log, from its storage and back. */
__noinline int call_aside(u32 log, u32 save)
{
	struct sr_task_state *st = task_state(current_task(), false);
	u32 at = SR_CALLS + log;
	struct sr_call *k = bpf_map_lookup_elem(&calls, &at);

	if (!k || !st)
		return 0;
	if (save)
		st->call = *k;
	else
		*k = st->call;
	st->call.enter = save ? k->enter : 0;
	return 0;
}

/* What is known of the task that runs here: c->regs. */
static __always_inline struct sr_current *current_of(struct sr_ctl *c)
{
	u64 regs = READ_ONCE(c->regs);

	/* they lie 16 KiB apart at least, mostly 32 */
	return &c->current[(regs >> 14 ^ regs >> 17 ^ regs >> 20) & (SR_CURRENTS - 1)];
}

/* It has no element: the call that it is in has to be kept in its storage. */
static __always_inline bool is_aside(const struct sr_current *u)
{
	return u->call >= SR_CALLS;
}

/* The identity that @st has: what events are compared with. */
static __always_inline void remember(struct sr_current *u, const struct sr_task_state *st)
{
	u->id = st->id;
	u->cred = st->cred;
	u->parent = st->parent;
	u->cwd = st->cwd;
}

/* Is what @u says about this task, and still true? */
static __always_inline bool is_known(const struct sr_ctl *c, const struct sr_current *u)
{
	return u->regs == c->regs && u->seen == READ_ONCE(live.seen);
}

/* Find out who runs here. */
__noinline int look(u32 log)
{
	struct task_struct *task = current_task();
	struct sr_ctl *c = ctl_get(log);
	u64 seen = READ_ONCE(live.seen); /* before: what changes meanwhile is looked at anew */
	struct sr_task_state *st;
	struct sr_current *u;

	if (!c)
		return 0;
	st = state_get(task);
	u = current_of(c);
	u->regs = st ? c->regs : 0;
	u->seen = seen;
	u->wanted = st && st->wanted;
	if (!u->wanted || !st)
		return 0;
	if (!st->slot)
		call_claim(st, KREAD(task, pid));
	u->task = (u64)task;
	u->call = st->slot ? st->slot - 1 : SR_CALLS + log;
	remember(u, st);
	return 0;
}

/* What is known of the task that runs here and whose registers are @regs; NULL: it is not
 * recorded, or recording is paused beyond @pause. */
static __always_inline struct sr_current *who_runs(struct sr_ctl *c, u32 log,
						   const struct pt_regs *regs, u32 pause)
{
	struct sr_current *u;

	WRITE_ONCE(c->regs, (u64)regs);
	u = current_of(c);
	if (live.paused > pause)
		return NULL;
	if (!is_known(c, u))
		look(log);
	return u->wanted ? u : NULL;
}

#endif /* SR_TASK_BPF_H */
