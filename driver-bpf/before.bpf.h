/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Who a thread was before a call that may make it somebody else: exec, setns, unshare. Taken when
 * the call begins (SR_D_BEFORE), told by the event that the call's success leads to. */
#ifndef SR_BEFORE_BPF_H
#define SR_BEFORE_BPF_H

#include "driver-bpf/file.bpf.h"

struct {
#if defined(SR_RAW_TP) /* not used there */
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
#else
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
#endif
	__type(key, int);
	__type(value, struct sr_identity);
} identities SEC(".maps");

static __always_inline void namespaces_of(struct sr_namespaces *to, struct task_struct *task)
{
	struct nsproxy *ns = READ(task, nsproxy);

	to->pid = pid_namespace_of(task);
	to->mnt = READ(ns, mnt_ns, ns.inum);
	to->net = READ(ns, net_ns, ns.inum);
	to->user = READ(task, real_cred, user_ns, ns.inum);
	to->uts = READ(ns, uts_ns, ns.inum);
	to->ipc = READ(ns, ipc_ns, ns.inum);
	to->cgroup = READ(ns, cgroup_ns, ns.inum);
	to->time = READ(ns, time_ns, ns.inum);
	to->children_pid = READ(ns, pid_ns_for_children, ns.inum);
	to->children_time = READ(ns, time_ns_for_children, ns.inum);
}

static __always_inline void identity_of(struct sr_identity *to, struct task_struct *current)
{
	struct task_struct *task = plain(current);
	const struct cred *cred = READ(task, real_cred);

	TAKE_IDS(to, cred);
	bpf_core_read(&to->cap_effective, sizeof(u64), &cred->cap_effective);
	bpf_core_read(&to->cap_permitted, sizeof(u64), &cred->cap_permitted);
	bpf_core_read(&to->cap_inheritable, sizeof(u64), &cred->cap_inheritable);
	bpf_core_read(&to->cap_bounding, sizeof(u64), &cred->cap_bset);
	bpf_core_read(&to->cap_ambient, sizeof(u64), &cred->cap_ambient);
	namespaces_of(&to->ns, task);
}

/* NULL: it has not been noted. */
static __always_inline struct sr_identity *before_of(struct task_struct *task,
						     const struct sr_task_state *st)
{
	return st->before ? bpf_task_storage_get(&identities, task, 0, 0) : NULL;
}

#if !defined(SR_RAW_TP)
/* @task is the current one. What is noted is valid until `before` of its state is cleared; its
 * memory stays with the task, for the kernel takes long to give such memory back. */
static __noinline void before_take(struct task_struct *task)
{
	struct sr_task_state *st = task_state(task, false);
	struct sr_identity *before =
		bpf_task_storage_get(&identities, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!st)
		return;
	st->before = before != NULL;
	if (before)
		identity_of(before, task);
}
#endif

#endif /* SR_BEFORE_BPF_H */
