/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* What is not worth recording: walks the decision graph that user space made of the filter
 * (formats/predicate.h) before anything is defined or copied. What the kernel cannot know counts
 * as wanted; user space looks at every record once more. */
#ifndef SR_PREDICATE_BPF_H
#define SR_PREDICATE_BPF_H

#include "driver-bpf/event.bpf.h"
#include "formats/predicate.h"

const volatile struct sr_test tests[SR_PRED_TESTS] = {};
const volatile struct sr_pred_path pred_paths[SR_PRED_PATHS] = {};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct sr_cgroup_key);
	__type(value, struct sr_pred_cgroup);
} cgroup_answers SEC(".maps");

enum fact {
	FACT_ABSENT,
	FACT_KNOWN,
	FACT_UNKNOWN
};

/* What is known of the event's file, one element per log. */
struct facts {
	u64 dentry, mnt; /* of what has a path */
	u32 kind;	 /* a bit of SR_AT_KIND tests */
	u8 end[2];	 /* enum fact: local, remote */
	u8 server;	 /* the local end is the server */
	u8 path;	 /* enum fact */
	u32 port[2];
	u64 addr[4];
	u64 climbed, depth; /* components: the last ones stand in ring */
	u64 ring[SR_PRED_DEPTH];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct facts);
} pred_facts SEC(".maps");

/* A walk through the graph. */
struct decision {
	u64 value;
	s64 ret, fd;
	u32 pc, log;
	u8 returned; /* enum fact: is there a result */
	u8 file;     /* enum fact: UNKNOWN the file can not be looked at; KNOWN it was */
};

/* ---- the thread ---- */

/* Eight bytes of a name as a number, the first one highest. What stands behind a NUL is nothing. */
static __always_inline u64 name_word(u64 w)
{
	u64 nul = (w - 0x0101010101010101ull) & ~w & 0x8080808080808080ull;

	return __builtin_bswap64(w & ((nul & -nul) - 1));
}

static __always_inline u64 comm_word(struct task_struct *task, u32 which)
{
	u64 low, high;

	task_comm(task, &low, &high);
	if (!which)
		return name_word(low);
	return (low - 0x0101010101010101ull) & ~low & 0x8080808080808080ull ? 0 : name_word(high);
}

static __always_inline struct sr_pred_cgroup *answers_of(struct cgroup *cgrp, u32 hierarchy)
{
	struct sr_cgroup_key key = { .id = BPF_CORE_READ(cgrp, kn, id), .hierarchy = hierarchy };

	return bpf_map_lookup_elem(&cgroup_answers, &key);
}

/* The container is told by either hierarchy; what is in none belongs to the host. */
static __noinline int cgroup_fact(u32 which)
{
	struct task_struct *task = current_task();
	struct sr_pred_cgroup *a = answers_of(task_cgroup(task, false), 0), *b;
	struct cgroup *v1 = task_cgroup(task, true);

	if (!a)
		return -1;
	if (!a->names && v1) {
		b = answers_of(v1, cfg.v1_hierarchy);
		if (!b)
			return -1;
		if (b->names)
			a = b;
	}
	return a->answers >> (which & (SR_PRED_CGROUPS - 1)) & 1;
}

static __always_inline u64 thread_value(struct task_struct *task, u32 attr, u32 which)
{
	switch (attr) {
	case SR_AT_PID:
		return (s64)KREAD(task, tgid);
	case SR_AT_TID:
		return (s64)KREAD(task, pid);
	case SR_AT_PPID:
		return (s64)KREAD(task, real_parent, tgid);
	case SR_AT_RUID:
		return KREAD(task, real_cred, uid.val);
	case SR_AT_EUID:
		return KREAD(task, real_cred, euid.val);
	case SR_AT_SUID:
		return KREAD(task, real_cred, suid.val);
	case SR_AT_RGID:
		return KREAD(task, real_cred, gid.val);
	case SR_AT_EGID:
		return KREAD(task, real_cred, egid.val);
	default:
		return comm_word(task, which);
	}
}

/* ---- the file ---- */

#define SOCK_STREAM 1

/* An address as two numbers; IPv4 is put inside IPv6. */
static __always_inline void put_end(struct facts *f, u32 end, bool v6, const void *v4_at,
				    const void *v6_at)
{
	u64 a[2] = {};
	u32 v4 = 0;

	if (v6) {
		bpf_probe_read_kernel(a, sizeof(a), v6_at);
		a[0] = __builtin_bswap64(a[0]);
		a[1] = __builtin_bswap64(a[1]);
	} else {
		bpf_probe_read_kernel(&v4, sizeof(v4), v4_at);
		a[1] = 0xffffull << 32 | __builtin_bswap32(v4);
	}
	f->addr[end * 2] = a[0];
	f->addr[end * 2 + 1] = a[1];
}

/* Both ends, as the reader of the definition takes them (filters/field_fd.c). A socket that is
 * neither connected nor listening, and one that sends datagrams, may get a peer by the call's own
 * argument: not known. */
static __always_inline void look_at_inet(struct facts *f, struct sock *sk, bool v6, u64 ino)
{
	u8 state = BPF_CORE_READ(sk, __sk_common.skc_state);
	bool listening = state == TCP_LISTEN, connected = state == TCP_ESTABLISHED;
	u32 lport = BPF_CORE_READ(sk, __sk_common.skc_num);
	u32 rport = bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport));

	put_end(f, SR_END_LOCAL, v6, &sk->__sk_common.skc_rcv_saddr,
		&sk->__sk_common.skc_v6_rcv_saddr);
	put_end(f, SR_END_REMOTE, v6, &sk->__sk_common.skc_daddr, &sk->__sk_common.skc_v6_daddr);
	f->port[0] = lport;
	f->port[1] = rport;
	f->server = listening || bpf_map_lookup_elem(&accepted, &ino) ||
		    (connected && lport && lport < rport && lport < 32768);
	f->end[0] = lport || listening ? FACT_KNOWN : FACT_ABSENT;
	f->end[1] = !listening && (rport || connected) ? FACT_KNOWN : FACT_ABSENT;
	if (!(listening || connected) || !lport || BPF_CORE_READ(sk, sk_type) != SOCK_STREAM)
		f->end[0] = f->end[1] = FACT_UNKNOWN;
}

static __always_inline void look_at_socket(struct facts *f, struct file *file, u64 ino)
{
	struct socket *socket = BPF_CORE_READ(file, private_data);
	struct sock *sk = BPF_CORE_READ(socket, sk);
	u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);
	u8 kind = family_kind(family);

	f->kind = kind == SR_FILE_SOCK_OTHER ? SR_PRED_KIND_VAGUE : kind;
	f->path = FACT_UNKNOWN;
	if (family == AF_INET || family == AF_INET6) {
		look_at_inet(f, sk, family == AF_INET6, ino);
		f->path = FACT_KNOWN; /* its name is no path: no prefix fits */
		f->dentry = 0;
	} else if (family != AF_UNIX) { /* some have numbers that are called ports */
		f->end[0] = f->end[1] = FACT_UNKNOWN;
	}
}

static __always_inline void look_at_plain(struct facts *f, struct file *file, struct inode *inode,
					  u16 mode)
{
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);
	u64 magic = BPF_CORE_READ(inode, i_sb, s_magic);

	f->dentry = (u64)dentry;
	f->mnt = (u64)BPF_CORE_READ(file, f_path.mnt);
	f->kind = mode_kind(mode);
	f->path = f->kind == SR_FILE_FIFO ? FACT_UNKNOWN : FACT_KNOWN;
	if (f->kind == SR_FILE_OTHER || magic == ANON_INODE_FS_MAGIC || magic == NSFS_MAGIC ||
	    magic == PIDFS_MAGIC ||
	    (magic == TMPFS_MAGIC && BPF_CORE_READ(dentry, d_parent) == dentry)) {
		f->kind = SR_PRED_KIND_VAGUE;
		f->path = FACT_UNKNOWN;
	}
}

/* Global: verified once. */
__noinline int look_at_file(u32 log, s64 fd)
{
	struct facts *f = bpf_map_lookup_elem(&pred_facts, &log);
	struct file *file = (void *)task_file(0, fd);
	struct inode *inode;
	u16 mode;

	if (!f)
		return 0;
	f->kind = SR_FILE_NONE;
	f->path = f->end[0] = f->end[1] = FACT_ABSENT;
	f->climbed = 0;
	if (!file)
		return 0;
	inode = BPF_CORE_READ(file, f_inode);
	mode = BPF_CORE_READ(inode, i_mode);
	if ((mode & S_IFMT) == S_IFSOCK)
		look_at_socket(f, file, BPF_CORE_READ(inode, i_ino));
	else
		look_at_plain(f, file, inode, mode);
	return 0;
}

/* Client and server are known of a pair only. Return enum fact; *end is set. */
static __always_inline int end_fact(const struct facts *f, u32 which, u32 *end)
{
	bool local = which == SR_END_LOCAL || which == (f->server ? SR_END_SERVER : SR_END_CLIENT);

	*end = !local;
	if (which == SR_END_CLIENT)
		return f->end[1];
	return local ? f->end[0] : f->end[1];
}

/* ---- its path ---- */

struct climb {
	struct sr_ctl *c;
	struct facts *f;
};

static long climb_step(u32 i, struct climb *climb)
{
	const unsigned char *name = NULL;
	long end = path_next(climb->c, &name);
	struct facts *f = climb->f;

	if (name) {
		f->ring[f->depth & (SR_PRED_DEPTH - 1)] = (u64)name;
		f->depth++;
	}
	return end;
}

static __always_inline void climb(u32 log, struct facts *f)
{
	struct climb climb = { .c = ctl_get(log), .f = f };

	f->climbed = 1;
	f->depth = 0;
	f->path = FACT_UNKNOWN;
	if (!climb.c || climb.c->busy) /* this has interrupted another program, whose walk it is */
		return;
	set_own_root(climb.c);
	walk_begin(climb.c, f->dentry, f->mnt);
	bpf_loop(PATH_DEPTH, climb_step, &climb, 0);
	if (!climb.c->walk.result)
		f->path = FACT_KNOWN;
}

/* Is @name component @i of prefix @path, or if that is @open, does it begin with it? */
static __always_inline bool name_fits(const void *name, u32 path, u32 i, bool open)
{
	u64 text[SR_PRED_NAME / 8 + 1] = {}, len = pred_paths[path].comp[i].len;
	long n;

	opaque(len);
	if (len > SR_PRED_NAME)
		return false;
	/* of a longer name, one byte more than is asked for */
	n = bpf_probe_read_kernel_str(text, len + (open ? 1 : 2), name);
	if (n != (long)len + 1)
		return false;
	for (u32 j = 0; j < SR_PRED_NAME / 8; j++)
		if (text[j] != ((const volatile u64 *)pred_paths[path].comp[i].name)[j])
			return false;
	return true;
}

/* Does the path that was climbed begin with prefix @which? Global: verified once. */
__noinline int path_begins(u32 log, u32 which)
{
	struct facts *f = bpf_map_lookup_elem(&pred_facts, &log);
	u32 path = which & (SR_PRED_PATHS - 1), n = pred_paths[path].n;

	if (!f || !f->dentry)
		return 0;
	if (!f->climbed)
		climb(log, f);
	for (u32 i = 0; i < SR_PRED_DEPTH; i++) {
		if (i >= n)
			break;
		if (f->depth <= i ||
		    !name_fits((const void *)f->ring[(f->depth - 1 - i) & (SR_PRED_DEPTH - 1)],
			       path, i, pred_paths[path].open && i + 1 == n))
			return 0;
	}
	return !pred_paths[path].exact || f->depth == n;
}

/* ---- the walk ---- */

/* An attribute of the file: enum fact; the value goes to d->value. */
static __always_inline int file_fact(struct decision *d, u32 attr, u32 which)
{
	struct facts *f = bpf_map_lookup_elem(&pred_facts, &d->log);
	u32 end;
	u64 i;
	int r;

	if (d->file == FACT_UNKNOWN || !f)
		return FACT_UNKNOWN;
	if (d->file == FACT_ABSENT) {
		look_at_file(d->log, d->fd);
		d->file = FACT_KNOWN;
	}
	switch (attr) {
	case SR_AT_KIND:
		d->value = f->kind;
		return FACT_KNOWN;
	case SR_AT_PORT:
		r = end_fact(f, which, &end);
		d->value = end ? f->port[1] : f->port[0];
		return r;
	case SR_AT_ADDR:
		r = end_fact(f, which >> 1, &end);
		i = end << 1 | (which & 1);
		opaque(i); /* else 6.1 loses the bound on its way through the bits */
		d->value = i < 4 ? f->addr[i] : 0;
		return r;
	default:
		if (f->path != FACT_KNOWN)
			return f->path;
		d->value = path_begins(d->log, which);
		return f->path;
	}
}

static __always_inline int fact_of(struct decision *d, u32 attr, u32 which)
{
	int answer;

	if (attr == SR_AT_RET) {
		d->value = d->ret;
		return d->returned;
	}
	if (attr > SR_AT_FILE)
		return file_fact(d, attr, which);
	if (attr == SR_AT_CGROUP) {
		answer = cgroup_fact(which);
		d->value = answer;
		return answer < 0 ? FACT_UNKNOWN : FACT_KNOWN;
	}
	if (attr == SR_AT_ARG)
		d->value = (s32)regs_arg(task_regs(current_task()), which);
	else if (attr == SR_AT_CPU)
		d->value = d->log;
	else
		d->value = thread_value(current_task(), attr, which);
	return FACT_KNOWN;
}

/* One test. Return 1 at the end of the walk. */
static long test_step(u32 i, struct decision *d)
{
	u64 pc = d->pc;
	const volatile struct sr_test *t;
	int fact;

	opaque(pc);
	if (pc < SR_PRED_FIRST || pc >= SR_PRED_TESTS)
		return 1;
	t = &tests[pc];
	fact = fact_of(d, t->attr, t->which);
	if (fact == FACT_ABSENT)
		d->pc = t->no;
	else if (fact == FACT_UNKNOWN)
		d->pc = t->unknown;
	else if (t->attr == SR_AT_KIND)
		d->pc = !(t->span >> (d->value & 31) & 1) ? t->unknown
			: t->lo >> (d->value & 31) & 1	  ? t->yes
							  : t->no;
	else
		d->pc = d->value - t->lo <= t->span ? t->yes : t->no;
	return d->pc < SR_PRED_FIRST;
}

/* A call that is not recorded may still make the server side of a connection, whose name others
 * need. */
static __always_inline void note_accepted(const volatile struct sr_desc *d, s64 ret)
{
	u64 file, ino;
	u32 one = 1;

	if (!(d->flags & SR_D_ACCEPT) || ret < 0)
		return;
	file = task_file(0, ret);
	if (!file)
		return;
	ino = BPF_CORE_READ((struct file *)file, f_inode, i_ino);
	bpf_map_update_elem(&accepted, &ino, &one, BPF_ANY);
}

/* Is the call of row @row certainly not wanted? @returned: enum fact, whether @ret is its result;
 * @file: FACT_ABSENT, to be looked up when it is asked for, or FACT_UNKNOWN. */
static __noinline bool is_refused(u32 log, u64 row, struct pt_regs *regs, s64 ret, u32 facts)
{
	struct decision d = {
		.ret = ret, .log = log, .returned = (u8)facts, .file = (u8)(facts >> 8)
	};
	const volatile struct sr_desc *desc;

	opaque(row);
	if (row >= SR_NR_ROWS)
		return false;
	desc = &descs[row];
	d.pc = desc->pred;
	d.fd = -1;
	if (desc->primary < 6)
		d.fd = (s32)regs_arg(regs, desc->primary);
	else if (desc->primary == SR_PRIMARY_RET && d.returned == FACT_KNOWN)
		d.fd = ret;
	if (d.returned == FACT_KNOWN)
		note_accepted(desc, ret); /* before: it is asked which end is the server's */
	if (!test_step(0, &d))		  /* the first test is often the last */
		bpf_loop(SR_PRED_STEPS, test_step, &d, 0);
	return d.pc == SR_PRED_DROP;
}

static __always_inline bool refused(u32 log, u64 row, struct pt_regs *regs, s64 ret, u8 returned,
				    u8 file)
{
	return cfg.tests && descs[row].pred != SR_PRED_KEEP &&
	       is_refused(log, row, regs, ret, returned | file << 8);
}

#endif /* SR_PREDICATE_BPF_H */
