/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* What depends on how the programs are attached. The same sources make two objects: for tp_btf,
 * where kernel structures are read by plain loads and a task has a storage; and for raw_tp
 * (SR_RAW_TP), which needs no type information in the kernel, where everything is read by helper
 * and the states of tasks are in a map. */
#ifndef SR_HOOK_BPF_H
#define SR_HOOK_BPF_H

#include "driver-bpf/maps.bpf.h"

#if !defined(SR_RAW_TP)

#define HOOK(tracepoint)		SEC("tp_btf/" #tracepoint)
/* What not every kernel has; the object for raw_tp leaves it out. */
#define OPTIONAL_HOOK(tracepoint)	SEC("?tp_btf/" #tracepoint)

#define KREAD_1(p, a)			((p)->a)
#define KREAD_2(p, a, b)		((p)->a->b)
#define KREAD_3(p, a, b, c)		((p)->a->b->c)
#define KREAD_N(_1, _2, _3, _4, n, ...) n
/* Member of a kernel structure: KREAD(task, real_parent, tgid) is task->real_parent->tgid. */
#define KREAD(...)			KREAD_N(__VA_ARGS__, KREAD_3, KREAD_2, KREAD_1)(__VA_ARGS__)

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct sr_task_state);
} tasks SEC(".maps");

static __always_inline struct task_struct *current_task(void)
{
	return bpf_get_current_task_btf();
}

/* The state of @task; NULL: it has none, or with @create: there is no memory. */
static __always_inline struct sr_task_state *task_state(struct task_struct *task, bool create)
{
	return bpf_task_storage_get(&tasks, task, 0, create ? BPF_LOCAL_STORAGE_GET_F_CREATE : 0);
}

/* Its name, 16 bytes. */
static __always_inline void task_comm(struct task_struct *task, u64 *low, u64 *high)
{
	*low = *(u64 *)&task->comm[0];
	*high = *(u64 *)&task->comm[8];
}

/* The registers that @task entered the kernel with. */
static __always_inline void *task_regs(struct task_struct *task)
{
	return (void *)bpf_task_pt_regs(task);
}

#else

#define HOOK(tracepoint)		SEC("raw_tp/" #tracepoint)
#define OPTIONAL_HOOK(tracepoint)	SEC("?raw_tp/" #tracepoint)

/* A member of at most 8 bytes (its type says that its place is to be found out). Not inline: 6.1
 * counts the stack of all callers, and the room for what is read is only here. */
static __noinline u64 raw_word(const void *from, u64 size)
{
	u64 word = 0;

	if (size <= sizeof(word))
		bpf_probe_read_kernel(&word, size, from);
	return word;
}

#define KREAD_1(p, a)			((typeof((p)->a))raw_word(&(p)->a, sizeof((p)->a)))
#define KREAD_2(p, a, b)		KREAD_1(KREAD_1(p, a), b)
#define KREAD_3(p, a, b, c)		KREAD_1(KREAD_2(p, a, b), c)
#define KREAD_N(_1, _2, _3, _4, n, ...) n
#define KREAD(...)			KREAD_N(__VA_ARGS__, KREAD_3, KREAD_2, KREAD_1)(__VA_ARGS__)

/* A task is known by its address and when it started. */
struct raw_task {
	u64 task, start;
};

/* Those that have not been seen for long are forgotten first: they are then looked at anew. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct raw_task);
	__type(value, struct sr_task_state);
} tasks SEC(".maps");

static __always_inline struct task_struct *current_task(void)
{
	return (struct task_struct *)bpf_get_current_task();
}

static __noinline struct sr_task_state *task_state(struct task_struct *task, bool create)
{
	struct raw_task key = { (u64)task, BPF_CORE_READ(task, start_boottime) };
	struct sr_task_state *st = bpf_map_lookup_elem(&tasks, &key);

	if (st || !create)
		return st;
	struct sr_task_state fresh = {};
	bpf_map_update_elem(&tasks, &key, &fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(&tasks, &key);
}

static __always_inline void task_comm(struct task_struct *task, u64 *low, u64 *high)
{
	u64 comm[2] = {};

	bpf_core_read(comm, sizeof(comm), &task->comm);
	*low = comm[0];
	*high = comm[1];
}

#define THREAD_SIZE			16384

/* They lie at the end of the task's stack; newer x86 kernels leave two words behind them. */
static __always_inline void *task_regs(struct task_struct *task)
{
	u64 top = (u64)BPF_CORE_READ(task, stack) + THREAD_SIZE;
	struct pt_regs *regs = (void *)(top - bpf_core_type_size(struct pt_regs));

#if defined(__TARGET_ARCH_x86)
	/* of a call they end with the user's stack segment, which is never 0 */
	u64 ss = 0;

	bpf_probe_read_kernel(&ss, sizeof(ss), (void *)(top - 8));
	if (!ss)
		return (void *)regs - 16;
#endif
	return regs;
}

#endif

/* An address as a typed pointer, whose members are then read by plain loads. Decided here, not when
 * the programs are loaded: what the verifier has to throw away costs it as much as what it keeps.
 */
#if defined(SR_RAW_TP) || defined(SR_UNTYPED)
#define HAS_TYPED	  0
#define typed(addr, type) ((type *)(addr))
#else
#define HAS_TYPED     1
extern void *bpf_rdonly_cast(const void *obj, u32 btf_id) __ksym;
/* The loader says the ids: what libbpf looks types up in is an extract with ids of its own. */
#define TYPE_ID(name) , struct name * : cfg.types.name
#define typed(addr, type) \
	((type *)bpf_rdonly_cast((const void *)(addr), _Generic((type *)0 SR_TYPED(TYPE_ID))))
#endif

/* The structure at @addr, for READ(): typed, if there are types. */
#define object(addr, type) (HAS_TYPED ? typed(addr, type) : (type *)(addr))

/* A member of an object(), or of one that such a member leads to. */
#define READ(p, ...)	   (HAS_TYPED ? KREAD(p, __VA_ARGS__) : BPF_CORE_READ(p, __VA_ARGS__))

/* A task as any structure. Of a pointer that it trusts the verifier asks, each time that something
 * is read through it and of all types there are, whether that is to be trusted as well. */
static __always_inline struct task_struct *plain(struct task_struct *task)
{
	return object(task, struct task_struct);
}

#endif /* SR_HOOK_BPF_H */
