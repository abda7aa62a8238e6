/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Maps and read-only data of the driver. Sizes that depend on the number of CPUs
 * and on options are set before loading. */
#ifndef SR_MAPS_BPF_H
#define SR_MAPS_BPF_H

#include "driver-bpf/kernel_types.bpf.h"
#include "driver-bpf/shared.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

const volatile struct sr_config cfg = {};
/* One row per syscall number; one for numbers and ABIs that have no row; one per operation of
 * io_uring. */
const volatile struct sr_desc descs[SR_NR_ROWS] = {};
/* Flags of the calls of 32-bit programs by their number: SR_D_RENAME, SR_D_IDENT. */
const volatile uint16_t flags32[SR_NR_SYSCALLS] = {};
struct sr_live live = {};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__uint(value_size, SR_CHUNK_STRIDE);
} logs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct sr_ctl);
} ctls SEC(".maps");

/* SR_LEDGER entries per log. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct sr_ledger);
} ledgers SEC(".maps");

/* SR_CALLS elements for tasks, one per log. Mapped only so that they begin on a page. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct sr_call);
} calls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct sr_thread_slot);
} thread_slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct sr_file_slot);
} file_slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct sr_cgroup_slot);
} cgroup_slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SR_MAX_TARGETS);
	__type(key, struct sr_cgroup_key);
	__type(value, u32);
} target_cgroups SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, u32);
	__type(value, u32);
} target_pids SEC(".maps");

/* Inode numbers of sockets that accept() returned: our side is the server. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, u64);
	__type(value, u32);
} accepted SEC(".maps");

/* Wakes the consumer when a log is half full; carries no data worth reading. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} wakeups SEC(".maps");

/* Wakes whoever can hold up those who write. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} scarcity SEC(".maps");

#endif /* SR_MAPS_BPF_H */
