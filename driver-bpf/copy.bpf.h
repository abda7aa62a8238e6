/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* One copier per way of copying an argument's memory; the table of the loader
 * says which argument takes which. Arguments and result stand in the log's ctl. */
#ifndef SR_COPY_BPF_H
#define SR_COPY_BPF_H

#include "driver-bpf/define.bpf.h"

#define MAX_IOV	     16	 /* elements of an iovec that are gathered */
#define MAX_ARGV     128 /* strings of an argv that are kept */
#define SOCKADDR_MAX 128
#define STRUCT_MAX   4096

static __always_inline u64 arg_of(struct sr_ctl *c, u32 i)
{
	switch (i) {
	case 0:
		return c->args[0];
	case 1:
		return c->args[1];
	case 2:
		return c->args[2];
	case 3:
		return c->args[3];
	case 4:
		return c->args[4];
	default:
		return c->args[5];
	}
}

/* Append @want bytes at @addr of the current task, at most @cap. */
static __always_inline void put_bytes(struct sr_ctl *c, u8 *rec, u8 tag, u64 addr, u64 want,
				      u32 cap)
{
	u64 pos = pos_of(c), len;
	u8 status = SR_OK;

	if (pos > POS_MAX)
		return;
	if (!addr) {
		blob_finish(c, rec, pos, 0, tag, SR_NONE, 0);
		return;
	}
	if (want > cap) {
		len = cap;
		status = SR_TRUNC;
	} else {
		len = want;
	}
	opaque(len);
	if (len > SR_SNAPLEN_MAX)
		return;
	if (bpf_probe_read_user(rec + pos + sizeof(struct sr_rec_blob), len, (void *)addr)) {
		status = SR_FAULT;
		len = 0;
	}
	blob_finish(c, rec, pos, len, tag, status, want > 0xffffffff ? 0xffffffff : want);
}

static __always_inline void put_string(struct sr_ctl *c, u8 *rec, u8 tag, u64 addr)
{
	u64 pos = pos_of(c);
	u32 len = 0;
	u8 status = SR_OK;
	long n;

	if (pos > POS_MAX)
		return;
	if (!addr) {
		status = SR_NONE;
	} else {
		n = bpf_probe_read_user_str(rec + pos + sizeof(struct sr_rec_blob), SR_PATH_MAX,
					    (void *)addr);
		if (n <= 0 || n > SR_PATH_MAX) {
			status = SR_FAULT;
		} else {
			len = n - 1;
			status = n == SR_PATH_MAX ? SR_TRUNC : SR_OK;
		}
	}
	blob_finish(c, rec, pos, len, tag, status, len);
}

/* NULL-terminated array of strings: as a block, each with its NUL. */
__noinline int copy_strv(u32 log, u64 addr, u32 tag)
{
	struct sr_ctl *c = ctl_get(log);
	u64 start, got = 0;
	u8 status = SR_TRUNC, *rec;

	if (!c)
		return 0;
	rec = record_at(c);
	start = pos_of(c);
	if (!rec || start > POS_MAX)
		return 0;
	if (!addr) {
		blob_finish(c, rec, start, 0, tag, SR_NONE, 0);
		return 0;
	}
	for (int i = 0; i < MAX_ARGV; i++) {
		u64 p = 0;
		long n;

		got = forget(c, got);
		if (bpf_probe_read_user(&p, sizeof(p), (void *)(addr + i * 8))) {
			status = SR_FAULT;
			break;
		}
		if (!p) {
			status = SR_OK;
			break;
		}
		opaque(got);
		if (got >= SR_ARGV_MAX)
			break;
		n = bpf_probe_read_user_str(rec + start + sizeof(struct sr_rec_blob) + got,
					    SR_ARGV_MAX, (void *)p);
		if (n <= 0 || n > SR_ARGV_MAX) {
			status = SR_FAULT;
			break;
		}
		got += n;
	}
	blob_finish(c, rec, start, got, tag, status, got);
	return 0;
}

/* Gather @count elements of the iovec at @addr behind @got bytes that the blob at @start
 * has already; at most @cap bytes, and if @limit >= 0 no more than that. Returns bytes in
 * the blob; *total is what all elements hold. */
static __always_inline u64 gather(struct sr_ctl *c, u8 *rec, u64 start, u64 got, u64 addr,
				  u64 count, u32 cap, s64 limit, u64 *total, u8 *status)
{
	u64 left = limit >= 0 ? (u64)limit : ~0ull;

	for (u32 i = 0; i < MAX_IOV; i++) {
		struct sr_iovec v = {};
		u64 take, room;

		got = forget(c, got);
		left = forget(c, left);
		*total = forget(c, *total);
		if (i >= count || !left)
			break;
		if (bpf_probe_read_user(&v, sizeof(v), (void *)(addr + i * sizeof(v)))) {
			*status = SR_FAULT;
			break;
		}
		if (v.len > left)
			v.len = left;
		left -= v.len;
		*total += v.len;
		if (got >= cap)
			continue;
		room = cap - got;
		take = v.len > room ? room : v.len;
		opaque(take);
		opaque(got);
		if (take > SR_SNAPLEN_MAX || got > SR_SNAPLEN_MAX || take + got > SR_SNAPLEN_MAX)
			break;
		if (take && bpf_probe_read_user(rec + start + sizeof(struct sr_rec_blob) + got,
						take, (void *)v.base)) {
			*status = SR_FAULT;
			break;
		}
		got += take;
	}
	if (*status == SR_OK && got < *total)
		*status = SR_TRUNC;
	return got;
}

__noinline int copy_iovec(u32 log, u64 addr, u64 count, s64 limit, u32 tag)
{
	struct sr_ctl *c = ctl_get(log);
	u8 status = SR_OK, *rec;
	u64 total = 0;
	u64 start, got;

	if (!c)
		return 0;
	rec = record_at(c);
	start = pos_of(c);
	if (!rec || start > POS_MAX)
		return 0;
	got = gather(c, rec, start, 0, addr, count, cfg.snaplen, limit, &total, &status);
	blob_finish(c, rec, start, got, tag, status, total > 0xffffffff ? 0xffffffff : total);
	return 0;
}

/* struct sr_msg_head, address, payload. */
__noinline int copy_msghdr(u32 log, u64 addr, s64 limit, u32 tag)
{
	struct sr_user_msghdr m = {};
	struct sr_ctl *c = ctl_get(log);
	u8 status = SR_OK, *rec, *data;
	struct sr_msg_head *head;
	u64 total = 0;
	u64 start, got, namelen;

	if (!c)
		return 0;
	rec = record_at(c);
	start = pos_of(c);
	if (!rec || start > POS_MAX)
		return 0;
	if (!addr || bpf_probe_read_user(&m, sizeof(m), (void *)addr)) {
		blob_finish(c, rec, start, 0, tag, addr ? SR_FAULT : SR_NONE, 0);
		return 0;
	}
	namelen = m.name ? m.namelen : 0;
	opaque(namelen);
	if (namelen > SOCKADDR_MAX)
		namelen = SOCKADDR_MAX;
	data = rec + start + sizeof(struct sr_rec_blob);
	if (namelen && bpf_probe_read_user(data + sizeof(*head), namelen, (void *)m.name))
		namelen = 0;
	head = (void *)data;
	head->namelen = namelen;
	head->controllen = m.control ? m.controllen : 0;
	head->flags = m.flags;
	head->iovlen = m.iovlen;
	got = sizeof(*head) + namelen;
	total = got;
	got = gather(c, rec, start, got, m.iov, m.iovlen, cfg.snaplen + got, limit, &total,
		     &status);
	blob_finish(c, rec, start, got, tag, status, total > 0xffffffff ? 0xffffffff : total);
	return 0;
}

static __always_inline u64 length_of(struct sr_ctl *c, const volatile struct sr_op *op)
{
	u32 which = op->len & 15, cap = op->len >> 4;
	u64 len = which == SR_LEN_RET ? c->ret_len : which == SR_LEN_NONE ? 1 : arg_of(c, which);

	if (cap && len > (u32)arg_of(c, cap - 1))
		len = (u32)arg_of(c, cap - 1);
	return len;
}

/* The length that the kernel stored behind a pointer (accept, getsockname). */
static __always_inline u64 stored_length(u64 addr)
{
	u32 len = 0;

	if (!addr || bpf_probe_read_user(&len, sizeof(len), (void *)addr))
		return 0;
	return len;
}

/* Arguments of a successful exec: those of the new image, whose memory the kernel has just
 * written. The file name given to exec lies right behind the environment. */
static __always_inline void copy_exec(u32 log, struct sr_ctl *c, u8 *rec,
				      const volatile struct sr_op *op)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct mm_struct *mm = BPF_CORE_READ(task, mm);

	if (op->copy == SR_COPY_PATH || op->copy == SR_COPY_PATHAT)
		put_string(c, rec, op->arg, BPF_CORE_READ(mm, env_end));
	else if (op->copy == SR_COPY_STRV && !c->nstrv++)
		put_memory(log, BPF_CORE_READ(mm, arg_start), BPF_CORE_READ(mm, arg_end), op->arg);
	else if (op->copy == SR_COPY_STRV && cfg.env)
		put_memory(log, BPF_CORE_READ(mm, env_start), BPF_CORE_READ(mm, env_end), op->arg);
}

static __always_inline void copy_file(struct sr_ctl *c, u8 *rec, u8 tag, u32 slot)
{
	blob_finish(c, rec, c->pos, 0, tag, slot ? SR_OK : SR_NONE, slot);
}

/* Index @v as the verifier believes it: below @n. */
#define bounded(v, n)             \
	({                        \
		u64 v_ = (v);     \
		opaque(v_);       \
		if (v_ >= (n))    \
			return 0; \
		v_;               \
	})

static __always_inline bool is_file_op(const volatile struct sr_op *op)
{
	return op->copy >= SR_COPY_FD && op->copy <= SR_COPY_DIRFD;
}

/* Do op @i of row @row: append its blob to the current record. */
__noinline int copy_op(u32 log, u64 row_arg, u64 i_arg, s64 ret)
{
	u64 row = bounded(row_arg, SR_NR_SYSCALLS + 1), i = bounded(i_arg, SR_MAX_OPS), addr;
	const volatile struct sr_op *op = &descs[row].ops[i];
	struct sr_ctl *c = ctl_get(log);
	u8 *rec;

	if (!c)
		return 0;
	rec = record_at(c);
	if (!rec)
		return 0;
	if (is_file_op(op)) {
		copy_file(c, rec, op->arg, c->files[i]);
		return 0;
	}
	if (op->flags & SR_OP_OUT && ret < 0)
		return 0;
	if (c->who) /* another task's memory cannot be read */
		return 0;
	if (descs[row].flags & SR_D_EXEC && ret == 0) {
		copy_exec(log, c, rec, op);
		return 0;
	}
	addr = arg_of(c, op->arg);
	c->ret_len = ret;
	switch (op->copy) {
	case SR_COPY_STR:
	case SR_COPY_PATH:
	case SR_COPY_PATHAT:
		put_string(c, rec, op->arg, addr);
		break;
	case SR_COPY_FIXED:
	case SR_COPY_ARRAY:
		put_bytes(c, rec, op->arg, addr,
			  op->copy == SR_COPY_FIXED ? op->size : length_of(c, op) * op->size,
			  op->flags & SR_OP_PAYLOAD ? cfg.snaplen : STRUCT_MAX);
		break;
	case SR_COPY_SOCKADDR:
		put_bytes(c, rec, op->arg, addr, (u32)length_of(c, op), SOCKADDR_MAX);
		break;
	case SR_COPY_SOCKADDR_OUT:
		put_bytes(c, rec, op->arg, addr, stored_length(length_of(c, op)), SOCKADDR_MAX);
		break;
	case SR_COPY_IOVEC:
		copy_iovec(log, addr, length_of(c, op),
			   op->flags & SR_OP_OUT || ret >= 0 ? ret : -1, op->arg);
		break;
	case SR_COPY_MSGHDR:
		copy_msghdr(log, addr, ret >= 0 ? ret : -1, op->arg);
		break;
	case SR_COPY_STRV:
		copy_strv(log, addr, op->arg);
		break;
	}
	return 0;
}

/* Define the files that op @i of row @row names; their slots go to c->files. */
__noinline int define_op(u32 log, u64 row_arg, u64 i_arg, s64 ret)
{
	u64 row = bounded(row_arg, SR_NR_SYSCALLS + 1), i = bounded(i_arg, SR_MAX_OPS), file;
	const volatile struct sr_op *op = &descs[row].ops[i];
	struct sr_ctl *c = ctl_get(log);
	s64 fd;

	if (!c)
		return 0;
	c->files[i] = 0;
	fd = op->copy == SR_COPY_RETFD ? ret : (s32)arg_of(c, op->arg);
	if (fd < 0)
		return 0;
	file = task_file(c->who ? c->task : 0, fd);
	if (!file)
		return 0;
	if (descs[row].flags & SR_D_ACCEPT && op->copy == SR_COPY_RETFD) {
		u64 ino = BPF_CORE_READ((struct file *)file, f_inode, i_ino);
		u32 one = 1;

		bpf_map_update_elem(&accepted, &ino, &one, BPF_ANY);
	}
	c->files[i] = define_file(log, file);
	return c->files[i];
}

#endif /* SR_COPY_BPF_H */
