/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Ways to get a record of 64 bytes to user space, for comparison: one ring buffer for all CPUs, one
 * for each, with and without waking the reader, and a log for each CPU in a mapped array. */
#define SEC(name)	   __attribute__((section(name), used))
#define __uint(name, val)  int(*name)[val]
#define __type(name, val)  typeof(val) *name
#define __array(name, val) typeof(val) *name[]

typedef unsigned int u32;
typedef unsigned long long u64;

#define MAP_ARRAY	  2
#define MAP_ARRAY_OF_MAPS 12
#define MAP_RINGBUF	  27
#define MMAPABLE	  1024
#define NO_WAKEUP	  1
#define RING		  (8 << 20)
#define LOG		  (8 << 20)
#define MAX_CPUS	  64

static void *(*map_lookup)(void *map, const void *key) = (void *)1;
static u64 (*now)(void) = (void *)5;
static u32 (*cpu_id)(void) = (void *)8;
static u64 (*current_cgroup)(void) = (void *)80;
static void *(*ring_reserve)(void *ring, u64 size, u64 flags) = (void *)131;
static void (*ring_submit)(void *data, u64 flags) = (void *)132;

struct record {
	u64 time, nr, ret, pad[5];
};

struct ring {
	__uint(type, MAP_RINGBUF);
	__uint(max_entries, RING);
};
struct ring shared SEC(".maps");

struct {
	__uint(type, MAP_ARRAY_OF_MAPS);
	__uint(max_entries, MAX_CPUS);
	__type(key, u32);
	__array(values, struct ring);
} rings SEC(".maps");

struct log {
	u64 head, tail, pad[6];
	struct record records[LOG / sizeof(struct record)];
};
struct {
	__uint(type, MAP_ARRAY);
	__uint(map_flags, MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct log);
} logs SEC(".maps");

unsigned long long cgroup, lost;

static inline __attribute__((always_inline)) void fill(struct record *r, u64 *ctx)
{
	r->time = now();
	r->nr = ctx[0];
	r->ret = ctx[1];
}

static inline __attribute__((always_inline)) int to_ring(void *ring, u64 *ctx, u64 flags)
{
	struct record *r = ring ? ring_reserve(ring, sizeof(*r), 0) : (void *)0;

	if (!r) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	fill(r, ctx);
	ring_submit(r, flags);
	return 0;
}

SEC("?tp_btf/sys_exit")
int ring_waking(u64 *ctx)
{
	return current_cgroup() == cgroup ? to_ring(&shared, ctx, 0) : 0;
}

SEC("?tp_btf/sys_exit")
int ring_shared(u64 *ctx)
{
	return current_cgroup() == cgroup ? to_ring(&shared, ctx, NO_WAKEUP) : 0;
}

SEC("?tp_btf/sys_exit")
int ring_per_cpu(u64 *ctx)
{
	u32 cpu = cpu_id();

	return current_cgroup() == cgroup ? to_ring(map_lookup(&rings, &cpu), ctx, NO_WAKEUP) : 0;
}

SEC("?tp_btf/sys_exit")
int log_per_cpu(u64 *ctx)
{
	u32 cpu = cpu_id();
	struct log *l;
	u64 head;

	if (current_cgroup() != cgroup)
		return 0;
	l = map_lookup(&logs, &cpu);
	if (!l)
		return 0;
	head = l->head;
	if (head - *(volatile u64 *)&l->tail >= LOG / sizeof(struct record)) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	fill(&l->records[head & (LOG / sizeof(struct record) - 1)], ctx);
	__asm__ volatile("" ::: "memory");
	*(volatile u64 *)&l->head = head + 1;
	return 0;
}

SEC("?tp_btf/sys_exit")
int nothing(u64 *ctx)
{
	(void)ctx;
	return 0;
}

SEC("license") char buffers_license[] = "GPL";
