/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* What becomes of processes, told in full: exec with who it was before, what a process has used
 * when it ends, signals that are sent, victims of the OOM killer. */
#ifndef SR_PROC_BPF_H
#define SR_PROC_BPF_H

#include "driver-bpf/life.bpf.h"

/* ---- exec ---- */

static __always_inline void put_before(struct sr_ctl *c, u8 *rec, struct task_struct *task,
				       const struct sr_task_state *st)
{
	struct sr_identity *before = before_of(task, st), *to;
	u64 pos = pos_of(c);

	if (!before) { /* its beginning was not seen: a 32-bit call, or recording without latency */
		if (pos <= XPOS_MAX)
			blob_finish(c, rec, pos, 0, 2, SR_UNKNOWN, 0);
		return;
	}
	to = x_struct(c, rec, 2, sizeof(*to));
	if (to)
		*to = *before;
}

static __always_inline void exec_event(u64 *ctx, struct task_struct *task, struct sr_task_state *st)
{
	struct linux_binprm *bprm = (void *)ctx[2];
	u32 log = log_of_cpu();
	struct sr_ctl *c = ctl_get(log);
	struct sr_identity *after;
	u8 *rec;

	if (!c || !XWANTED(SR_X_EXEC))
		return;
	rec = x_begin(c, log, st, task, SR_X_EXEC, 8);
	if (rec) {
		x_str(c, rec, 0, BPF_CORE_READ(bprm, filename), 2048);
		x_str(c, rec, 1, BPF_CORE_READ(bprm, interp), 2048);
		put_before(c, rec, task, st);
		after = x_struct(c, rec, 3, sizeof(*after));
		if (after)
			identity_of(after, task);
		x_num(rec, 4, (u32)ctx[1]);
		x_num(rec, 5, BPF_CORE_READ_BITFIELD_PROBED(bprm, secureexec));
		x_num(rec, 6, open_files(task));
		x_num(rec, 7, nofile_limit(task));
		x_end(c, rec);
	}
	st->before = 0;
}

HOOK(sched_process_exec)
int sr_exec(u64 *ctx)
{
	struct task_struct *task = current_task();
	struct sr_task_state *st = task_state(task, false);

	if (st) {
		st->id = 0;
		__sync_fetch_and_add(&live.seen, 1);
	}
#if !defined(SR_RAW_TP)
	if (st && st->wanted && !live.paused)
		exec_event(ctx, task, st);
#endif
	return 0;
}

/* ---- the end of a process ---- */

/* What a process used: threads that are gone are in struct signal_struct already. */
struct usage {
	u64 node, head;
	u64 cpu, minflt, majflt, nvcsw, nivcsw, read, write;
};

#define USAGE_ADD(u, p, cpu_member)                               \
	do {                                                      \
		(u)->cpu += BPF_CORE_READ(p, cpu_member);         \
		(u)->minflt += BPF_CORE_READ(p, min_flt);         \
		(u)->majflt += BPF_CORE_READ(p, maj_flt);         \
		(u)->nvcsw += BPF_CORE_READ(p, nvcsw);            \
		(u)->nivcsw += BPF_CORE_READ(p, nivcsw);          \
		if (!bpf_core_field_exists((p)->ioac))            \
			break;                                    \
		(u)->read += BPF_CORE_READ(p, ioac.read_bytes);   \
		(u)->write += BPF_CORE_READ(p, ioac.write_bytes); \
	} while (0)

static long usage_step(u32 i, struct usage *u)
{
	struct task_struct *task;

	if (!u->node || u->node == u->head)
		return 1;
	task = (void *)u->node - bpf_core_field_offset(struct task_struct, thread_node);
	USAGE_ADD(u, task, se.sum_exec_runtime);
	u->node = (u64)BPF_CORE_READ(task, thread_node.next);
	return 0;
}

/* Processes whose last threads end at the same moment on several CPUs, for kernels that do not
 * say which the last one is. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, u64); /* start of the process */
	__type(value, u32);
} ended SEC(".maps");

/* Is the thread that ends the last one of its process? Once. */
static __always_inline bool is_last(struct task_struct *task, u64 *ctx)
{
	struct signal_struct *sig = BPF_CORE_READ(task, signal);
	u64 start;
	u32 pid;

	if (bpf_core_field_exists(((struct trace_event_raw_sched_process_exit *)0)->group_dead))
		return ctx[1] & 0xff; /* said since 6.16 */
	if (BPF_CORE_READ(sig, live.counter))
		return false;
	if (BPF_CORE_READ(sig, nr_threads) < 2)
		return true;
	start = BPF_CORE_READ(task, group_leader, start_boottime);
	pid = task->tgid;
	return bpf_map_update_elem(&ended, &start, &pid, BPF_NOEXIST) == 0;
}

/* Attached behind sr_exit: the thread's own end comes first. */
OPTIONAL_HOOK(sched_process_exit)
int sr_exit_usage(u64 *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct signal_struct *sig = BPF_CORE_READ(task, signal);
	struct sr_task_state *st = state_get(task);
	u32 log = log_of_cpu();
	struct sr_ctl *c = ctl_get(log);
	struct usage u = {};
	u8 *rec;

	if (!c || !st || !st->wanted || live.paused || !XWANTED(SR_X_USAGE) || !is_last(task, ctx))
		return 0;
	u.head = (u64)sig + bpf_core_field_offset(struct signal_struct, thread_head);
	u.node = (u64)BPF_CORE_READ(sig, thread_head.next);
	USAGE_ADD(&u, sig, sum_sched_runtime);
	bpf_loop(65536, usage_step, &u, 0);
	rec = x_begin(c, log, st, task, SR_X_USAGE, 8);
	if (!rec)
		return 0;
	x_num(rec, 0, u.cpu);
	x_num(rec, 1, BPF_CORE_READ(sig, maxrss) * 4);
	x_num(rec, 2, u.minflt);
	x_num(rec, 3, u.majflt);
	x_num(rec, 4, u.nvcsw);
	x_num(rec, 5, u.nivcsw);
	x_num(rec, 6, u.read);
	x_num(rec, 7, u.write);
	x_end(c, rec);
	return 0;
}

/* ---- signals ---- */

#define SIGCHLD	  17
#define SI_USER	  0
#define SI_KERNEL 0x80
#define SI_QUEUE  -1
#define SI_TKILL  -6

/* The kernel has two marks in place of a structure. */
static __always_inline int signal_code(const struct kernel_siginfo *info)
{
	if ((u64)info == 0)
		return SI_USER;
	if ((u64)info == 1)
		return SI_KERNEL;
	return BPF_CORE_READ(info, si_code);
}

/* A signal is sent: by the current task, or by the kernel, on whatever CPU it finds that a timer
 * has run out. Then the event is about who gets the signal. */
OPTIONAL_HOOK(signal_generate)
int sr_signal_generate(u64 *ctx)
{
	struct task_struct *target = (void *)ctx[2], *me = bpf_get_current_task_btf();
	int sig = ctx[0], code = signal_code((void *)ctx[1]);
	bool by_me = code == SI_USER || code == SI_TKILL || code == SI_QUEUE ||
		     (sig == SIGCHLD && code > 0 && code != SI_KERNEL);
	u32 log = log_of_cpu();
	struct sr_ctl *c = ctl_get(log);
	struct sr_task_state *st;
	u8 *rec;

	if (!c || !XWANTED(SR_X_SIGNALGENERATE))
		return 0;
	st = by_me ? wanted_state(me) : NULL;
	if (st) {
		rec = x_begin(c, log, st, me, SR_X_SIGNALGENERATE, 8);
	} else {
		st = wanted_state(target);
		if (!st)
			return 0;
		rec = x_begin(c, log, st, target, SR_X_SIGNALGENERATE, 8);
	}
	if (!rec)
		return 0;
	x_num(rec, 0, sig);
	x_num(rec, 1, (s64)code);
	x_num(rec, 2, by_me ? me->tgid : 0);
	x_num(rec, 3, BPF_CORE_READ(target, tgid));
	x_num(rec, 4, BPF_CORE_READ(target, pid));
	x_str(c, rec, 5, &target->comm, SR_COMM_LEN);
	x_num(rec, 6, (u32)ctx[3]);
	x_num(rec, 7, (u32)ctx[4]);
	x_end(c, rec);
	return 0;
}

/* ---- out of memory ---- */

OPTIONAL_HOOK(mark_victim)
int sr_oomkill(u64 *ctx)
{
	struct task_struct *me = bpf_get_current_task_btf(), *victim = me;
	u32 log = log_of_cpu();
	struct sr_ctl *c = ctl_get(log);
	struct sr_task_state *st;
	u8 *rec;

	if (!c || !XWANTED(SR_X_OOMKILL))
		return 0;
	/* up to 6.8, and in stable series of then, the victim is a number only */
	if (bpf_core_field_exists(((struct trace_event_raw_mark_victim *)0)->uid))
		victim = (void *)ctx[0];
	st = wanted_state(victim);
	if (!st)
		return 0;
	rec = x_begin(c, log, st, victim, SR_X_OOMKILL, 6);
	if (!rec)
		return 0;
	if (bpf_core_field_exists(((struct trace_event_raw_mark_victim *)0)->uid) ||
	    me->pid == (int)ctx[0]) {
		x_num(rec, 0, BPF_CORE_READ(victim, tgid));
		x_str(c, rec, 1, &victim->comm, SR_COMM_LEN);
		x_num(rec, 2, BPF_CORE_READ(victim, real_cred, uid.val));
		x_num(rec, 3, BPF_CORE_READ(victim, mm, total_vm) * 4);
		x_num(rec, 4, (s64)BPF_CORE_READ(victim, signal, oom_score_adj));
	} else {
		x_num(rec, 0, (u32)ctx[0]);
	}
	x_num(rec, 5, me->tgid);
	x_end(c, rec);
	return 0;
}

#endif /* SR_PROC_BPF_H */
