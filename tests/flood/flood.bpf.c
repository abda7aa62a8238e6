/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Counts the system calls that return in two cgroups, by number: what a recording and its ledger
 * have to add up to. Knows nothing of the driver. */
#define SEC(name)	  __attribute__((section(name), used))
#define __uint(name, val) int(*name)[val]
#define __type(name, val) typeof(val) *name
#define MAP_TYPE_PERCPU	  6
#define NR_MAX		  512

typedef unsigned int u32;
typedef unsigned long long u64;

static void *(*map_lookup)(void *map, const void *key) = (void *)1;
static u64 (*current_cgroup)(void) = (void *)80;

/* Only what is read; where it lies the loader finds out. */
struct pt_regs {
	unsigned long orig_ax;
} __attribute__((preserve_access_index));

struct {
	__uint(type, MAP_TYPE_PERCPU);
	__uint(max_entries, 2 * NR_MAX);
	__type(key, u32);
	__type(value, u64);
} counts SEC(".maps");

unsigned long long cgroups[2];

SEC("tp_btf/sys_exit")
int count_exit(u64 *ctx)
{
	struct pt_regs *regs = (void *)ctx[0];
	u64 cgroup = current_cgroup();
	u32 nr = regs->orig_ax, key;
	u64 *n;

	if (cgroup != cgroups[0] && cgroup != cgroups[1])
		return 0;
	key = (cgroup == cgroups[1]) * NR_MAX + (nr & (NR_MAX - 1));
	n = map_lookup(&counts, &key);
	if (n)
		*n += 1;
	return 0;
}

SEC("license") char flood_license[] = "GPL";
