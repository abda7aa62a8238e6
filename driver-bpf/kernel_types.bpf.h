/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* The few kernel structures that the driver reads, with only the members it
 * reads; CO-RE finds their real places when the program is loaded. Where
 * kernels differ, the variants stand in a struct with a ___suffix, and the
 * place that picks one names the kernel change. */
#ifndef SR_KERNEL_TYPES_BPF_H
#define SR_KERNEL_TYPES_BPF_H

#include <linux/bpf.h>

typedef _Bool bool;
#define true 1
#define false 0
#define NULL ((void *)0)

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ns_common {
	unsigned int inum;
};
struct uts_namespace {
	struct ns_common ns;
};
struct xarray {
	void *xa_head;
};
struct xa_node {
	unsigned char shift;
	void *slots[64];
};
struct idr {
	struct xarray idr_rt;
};
struct ipc_ids {
	struct idr ipcs_idr;
};
struct ipc_namespace {
	struct ns_common ns;
	struct ipc_ids ids[3]; /* of semaphores, messages, shared memory */
};
struct kern_ipc_perm {
	int id;
};
struct sem_array {
	struct kern_ipc_perm sem_perm;
	int sem_nsems;
};
struct mnt_namespace {
	struct ns_common ns;
};
struct pid_namespace {
	struct ns_common ns;
};
struct net {
	struct ns_common ns;
};
struct cgroup_namespace {
	struct ns_common ns;
};
struct time_namespace {
	struct ns_common ns;
};
struct user_namespace {
	struct ns_common ns;
};
struct nsproxy {
	struct uts_namespace *uts_ns;
	struct ipc_namespace *ipc_ns;
	struct mnt_namespace *mnt_ns;
	struct pid_namespace *pid_ns_for_children;
	struct net *net_ns;
	struct time_namespace *time_ns;
	struct time_namespace *time_ns_for_children;
	struct cgroup_namespace *cgroup_ns;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};
struct pid {
	unsigned int level;
	struct upid numbers[1];
};

typedef struct {
	u32 val;
} kuid_t;
typedef struct {
	u32 val;
} kgid_t;
/* two u32 up to 6.2, one u64 since: the same eight bytes on little-endian machines */
typedef struct {
	u64 val;
} kernel_cap_t;

struct cred {
	kuid_t uid;
	kgid_t gid;
	kuid_t suid;
	kgid_t sgid;
	kuid_t euid;
	kgid_t egid;
	kuid_t fsuid;
	kgid_t fsgid;
	kernel_cap_t cap_inheritable;
	kernel_cap_t cap_permitted;
	kernel_cap_t cap_effective;
	kernel_cap_t cap_bset;
	kernel_cap_t cap_ambient;
	struct user_namespace *user_ns;
};

struct hlist_bl_node {
	struct hlist_bl_node **pprev;
};
struct qstr {
	u64 hash_len;
	const unsigned char *name;
};
struct super_block {
	u32 s_dev;
	unsigned long s_magic;
};
struct timespec64 {
	s64 tv_sec;
	long tv_nsec;
};
struct inode {
	u16 i_mode;
	struct super_block *i_sb;
	unsigned long i_ino;
	u32 i_rdev;
	unsigned int i_nlink;
};
struct inode___plain {
	struct timespec64 i_mtime, i_ctime;
};
struct inode___hidden {
	struct timespec64 __i_mtime, __i_ctime;
};
struct inode___parts {
	s64 i_mtime_sec, i_ctime_sec;
	u32 i_mtime_nsec, i_ctime_nsec;
};
struct dentry {
	struct hlist_bl_node d_hash;
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
};
struct vfsmount {
	struct dentry *mnt_root;
	struct super_block *mnt_sb;
};
struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};
struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};
struct file {
	struct inode *f_inode;
	struct path f_path;
	void *private_data;
};
struct fdtable {
	unsigned int max_fds;
	struct file **fd;
	unsigned long *close_on_exec, *open_fds; /* bit by bit */
};
struct files_struct {
	struct fdtable *fdt;
};
struct fs_struct {
	struct path root;
	struct path pwd;
};

struct mm_struct {
	unsigned long arg_start, arg_end, env_start, env_end;
	unsigned long total_vm;
	struct file *exe_file;
};
struct linux_binprm {
	unsigned int secureexec : 1;
	const char *filename;
	const char *interp;
};

struct tty_driver {
	int major;
	int minor_start;
};
struct tty_struct {
	int index;
	struct tty_driver *driver;
};
struct list_head {
	struct list_head *next;
};
typedef struct {
	int counter;
} atomic_t;
struct task_io_accounting {
	u64 read_bytes, write_bytes;
};
struct rlimit {
	unsigned long rlim_cur;
};
struct signal_struct {
	struct rlimit rlim[16]; /* by RLIMIT_x */
	atomic_t live;
	int nr_threads;
	struct list_head thread_head;
	struct pid *pids[4]; /* enum pid_type: PID, TGID, PGID, SID */
	struct tty_struct *tty;
	int group_exit_code;
	u64 utime, stime;
	unsigned long maxrss, min_flt, maj_flt, nvcsw, nivcsw;
	unsigned long long sum_sched_runtime;
	struct task_io_accounting ioac;
	short oom_score_adj;
};

struct kernfs_node {
	const char *name;
	u64 id;
};
struct kernfs_node___parent {
	struct kernfs_node *parent;
};
struct kernfs_node___hidden {
	struct kernfs_node *__parent;
};
struct cgroup_root {
	int hierarchy_id;
};
struct cgroup;
struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
};
struct cgroup {
	struct cgroup_subsys_state self;
	int level;
	struct kernfs_node *kn;
	struct cgroup_root *root;
};
struct css_set {
	struct cgroup_subsys_state *subsys[1];
	struct cgroup *dfl_cgrp;
};
enum cgroup_subsys_id {
	pids_cgrp_id,
	memory_cgrp_id,
	cpu_cgrp_id,
	freezer_cgrp_id,
	cpuacct_cgrp_id,
	cpuset_cgrp_id,
	devices_cgrp_id,
	io_cgrp_id,
	net_cls_cgrp_id,
	net_prio_cgrp_id,
	perf_event_cgrp_id,
	hugetlb_cgrp_id,
};

struct thread_info {
	u32 status;
};
struct sched_entity {
	u64 sum_exec_runtime;
};
struct task_struct {
	void *stack;
	struct sched_entity se;
	struct list_head thread_node;
	struct list_head ptraced, ptrace_entry;
	struct task_struct *parent;
	struct task_io_accounting ioac;
	unsigned long nvcsw, nivcsw;
	struct thread_info thread_info;
	unsigned int flags;
	int exit_code;
	int pid, tgid;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	u64 utime, stime;
	u64 start_boottime;
	unsigned long min_flt, maj_flt;
	const struct cred *real_cred;
	char comm[16];
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	struct mm_struct *mm;
	kuid_t loginuid;
	struct css_set *cgroups;
};

struct in6_addr {
	union {
		u32 u6_addr32[4];
	} in6_u;
};
struct hlist_node {
	struct hlist_node *next;
};
struct hlist_head {
	struct hlist_node *first;
};
struct sock_common {
	u32 skc_daddr;
	u32 skc_rcv_saddr;
	u16 skc_dport;
	u16 skc_num;
	u16 skc_family;
	u8 skc_state;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
};
struct sock {
	struct sock_common __sk_common;
	u16 sk_protocol;
	u16 sk_type;
	struct socket *sk_socket;
};
struct socket {
	struct sock *sk;
	struct file *file;
};
struct inet_sock {
	u16 inet_sport;
};
struct netlink_sock {
	u32 portid, dst_portid;
};
struct packet_sock {
	int ifindex;
	u16 num;
};
struct sockaddr_vm {
	u32 svm_port, svm_cid;
};
struct vsock_sock {
	struct sockaddr_vm local_addr, remote_addr;
};
struct sockaddr_un_head {
	u16 sun_family;
	char sun_path[108];
};
struct unix_address {
	int len;
	struct sockaddr_un_head name[1];
};
struct unix_sock {
	struct unix_address *addr;
	struct sock *peer;
};

struct kernel_siginfo {
	int si_signo;
	int si_errno;
	int si_code;
	union {
		struct {
			int _pid;
			u32 _uid;
		} _kill;
	} _sifields;
};

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long r10, r9, r8, ax, bx, cx, dx, si, di, bp, orig_ax, ip;
	u16 cs;
};
#elif defined(__TARGET_ARCH_arm64)
struct user_pt_regs {
	u64 regs[31];
	u64 sp, pc, pstate;
};
struct pt_regs {
	struct user_pt_regs user_regs;
	u64 orig_x0;
	s32 syscallno;
};
#endif

/* What the formats of tracepoints tell of their arguments. */
struct trace_event_raw_sched_process_exit {
	bool group_dead;
};
struct trace_event_raw_mark_victim {
	u32 uid;
};

struct module {
	char name[56];
};
struct bpf_prog_aux {
	u32 id;
	char name[16];
};
struct bpf_prog {
	enum bpf_prog_type type;
	struct bpf_prog_aux *aux;
};

struct io_cqe {
	u64 user_data;
};
struct io_ring_ctx {
	unsigned int flags;
	u32 *sq_array;
	struct io_uring_sqe *sq_sqes;
	unsigned int cached_sq_head, sq_entries;
};
struct io_kiocb {
	struct file *file;
	u8 opcode;
	unsigned int flags;
	struct io_cqe cqe;
	struct io_ring_ctx *ctx;
};
struct io_uring_cqe {
	u64 user_data;
	s32 res;
	u32 flags;
};

struct seq_file;
struct bpf_iter_meta {
	struct seq_file *seq;
	u64 session_id;
	u64 seq_num;
};
struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};
struct bpf_map;
struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
	void *key, *value;
};
struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	u32 fd;
	struct file *file;
};

#pragma clang attribute pop

/* UAPI, not relocated. */
struct sr_iovec {
	u64 base, len;
};
struct sr_user_msghdr {
	u64 name;
	u32 namelen, pad;
	u64 iov, iovlen;
	u64 control, controllen;
	u32 flags, pad2;
};
#define SR_NARROW_MSGHDR 28 /* of 32-bit programs: the same members, 4 bytes each */

#endif /* SR_KERNEL_TYPES_BPF_H */
