/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Writing an event: its head, the definitions that it needs, its arguments. */
#ifndef SR_EVENT_BPF_H
#define SR_EVENT_BPF_H

#include "driver-bpf/task.bpf.h"

static __always_inline u32 log_of_cpu(void)
{
	return bpf_get_smp_processor_id();
}

/* Who is told as its parent: a pointer, which changes when that does. */
static __always_inline u64 parent_of(struct task_struct *task)
{
	return (u64)BPF_CORE_READ(task, real_parent);
}

static __always_inline void state_renew(struct sr_task_state *st, struct sr_ctl *c, u32 log,
					struct task_struct *task)
{
	st->id = (u64)(log + 1) << 48 | ++c->next_id;
	if (st->wanted == SR_TARGET_MAYBE)
		st->id |= SR_ID_MAYBE;
	st->parent = parent_of(task);
	st->cred = (u64)BPF_CORE_READ(task, real_cred);
	set_root(c, task);
	place_set(&st->cwd, log, (u64)BPF_CORE_READ(task, fs, pwd.dentry),
		  (u64)BPF_CORE_READ(task, fs, pwd.mnt), c);
}

/* Has the working directory, or what it is called, changed since the thread was defined? The root
 * is set. */
static __always_inline bool cwd_moved(struct sr_place *cwd, struct sr_ctl *c, u32 log,
				      struct task_struct *task)
{
	u64 gen = READ_ONCE(live.path_gen);

	c->key.dentry = (u64)KREAD(task, fs, pwd.dentry);
	c->key.mnt = (u64)KREAD(task, fs, pwd.mnt);
	barrier(); /* what is read back from a map are numbers */
	if (cwd->key != place_key(c->key.dentry, c->key.mnt, c))
		return true;
	if (cwd->gen == gen)
		return false;
	if (cwd->chain != path_chain(log, c->key.dentry, c->key.mnt))
		return true;
	cwd->gen = gen;
	return false;
}

/* The slot of a thread's definition @id in @log, which is written if need be; -1 without room. */
static __always_inline int slot_of(struct sr_ctl *c, u32 log, struct task_struct *task, u64 id)
{
	u32 slot = thread_slot(id), idx = log * SR_THREAD_SLOTS + slot;
	struct sr_thread_slot *s = bpf_map_lookup_elem(&thread_slots, &idx);

	if (s && s->id == id)
		return slot;
	return define_thread(log, address_of(c, task), id);
}

/* The thread's slot in @log, defined; -1 without room. */
static __always_inline int thread_of(struct sr_task_state *st, struct sr_ctl *c, u32 log,
				     struct task_struct *task)
{
	if (!st->id || st->parent != parent_of(task))
		state_renew(st, c, log, task);
	return slot_of(c, log, task, st->id);
}

/* Begin to fill c->ev. */
static __always_inline void event_begin(struct sr_ctl *c, u64 time, u16 flags)
{
	c->ev.time = time;
	c->ev.dur = 0;
	c->ev.ret = 0;
	c->ev.flags = flags;
	c->ev.file = 0;
}

/* Which call it is, and its arguments. Those of 32-bit programs and of x32 have no row. */
static __always_inline void event_call(struct sr_ctl *c, struct task_struct *task,
				       const struct pt_regs *regs, u32 row, u32 flags)
{
	s32 nr;

	c->ev.nr = row;
	regs_args(c->args, regs);
	if (!(flags & SR_D_FOREIGN))
		return;
	nr = regs_nr(regs);
	c->ev.nr = (u16)nr & (SR_NR_X32 - 1);
	if (nr >= 0x40000000) {
		c->ev.nr |= SR_NR_X32;
		c->ev.flags |= SR_F_COMPAT;
	}
	if (task_is_compat(task)) {
		c->ev.flags |= SR_F_COMPAT;
		regs_args32(c->args, regs);
	}
}

/* Head of an event, and with @dur its duration. Return where its arguments go; blobs come behind.
 */
static __always_inline u64 *head_put(struct sr_ctl *c, u8 *rec, u32 nr, u32 flags, u32 slot,
				     u64 time, u64 dur, s64 ret, u32 file, u32 nargs)
{
	struct sr_rec_event *r = (void *)rec;
	u64 *args = (void *)(r + 1);
	u32 pos = sizeof(*r) + nargs * 8;

	r->h.nr = nr;
	r->h.slot = slot;
	r->time = time;
	r->ret = ret;
	r->file = file;
	r->nargs = nargs;
	r->dur = dur;
	if (dur > 0xffffffff) {
		flags |= SR_F_DUR64;
		r->dur = 0;
		*args++ = dur;
		pos += 8;
	}
	r->h.flags = flags;
	c->pos = pos;
	c->nblobs = 0;
	return args;
}

/* Head and raw arguments (c->args) of the event c->ev. */
static __always_inline void event_head(struct sr_ctl *c, u8 *rec)
{
	const struct sr_head *e = &c->ev;
	u64 *args = head_put(c, rec, e->nr, e->flags, e->slot, e->time, e->dur, e->ret, e->file,
			     e->nargs);

	for (int i = 0; i < 6; i++) {
		if (i >= e->nargs)
			break;
		args[i] = c->args[i];
	}
}

static __always_inline void event_publish(struct sr_ctl *c, u8 *rec)
{
	((struct sr_rec_event *)rec)->nblobs = c->nblobs;
	c->recorded++;
	record_publish(c, rec);
}

/* An event of a kind of its own, with @nargs arguments in c->args and maybe a string. */
static __always_inline void xevent(struct task_struct *task, u16 kind, const u64 *args, u8 nargs,
				   const char *str, u8 str_arg)
{
	struct sr_task_state *st = state_get(task);
	u32 log = log_of_cpu(), class = SR_EC_CRITICAL;
	struct sr_ctl *c = ctl_get(log);
	u8 *rec = NULL;
	int slot;
	u64 now;

	if (!c || !st || live.paused)
		return;
	now = log_enter(c, log, class);
	if (!now)
		return;
	event_begin(c, now, SR_F_NO_START);
	c->who = 0;
	slot = has_room(c, log, task, class) ? thread_of(st, c, log, task) : -1;
	if (slot >= 0)
		rec = record_begin(c, log);
	if (!rec) {
		ledger_lose(log, address_of(c, task), SR_LOST_FULL, class);
		goto out;
	}
	c->ev.nr = SR_REC_FIRST + kind;
	c->ev.slot = slot;
	c->ev.nargs = nargs;
	for (int i = 0; i < 6; i++)
		if (i < nargs)
			c->args[i] = args[i];
	event_head(c, rec);
	if (str) {
		u64 pos = pos_of(c);
		long n = 0;

		if (pos < 512)
			n = bpf_probe_read_kernel_str(rec + pos + sizeof(struct sr_rec_blob), 1024,
						      str);
		if (n > 0 && n <= 1024)
			blob_finish(c, rec, pos, n - 1, str_arg, n == 1024 ? SR_TRUNC : SR_OK,
				    n - 1);
	}
	event_publish(c, rec);
out:
	log_leave(c);
}

/* Define the files that a call works on; their slots go to c->files. The root is set, and c->call
 * for calls whose file was noted when they began: if @noted. Return the slot of its own file. */
static __always_inline u32 call_files(struct sr_ctl *c, u32 log, const volatile struct sr_desc *d,
				      u32 row, s64 ret, bool noted)
{
	u32 own = 0;

	for (u32 i = 0; i < SR_MAX_OPS; i++) {
		if (i >= d->nops)
			break;
		if (!is_file_op(&d->ops[i]))
			continue;
		if (noted && d->ops[i].flags & SR_OP_ENTER) {
			const struct sr_call *k = &c->call;
			u32 idx = log * SR_FILE_SLOTS + k->file_slot;
			struct sr_file_slot *s = bpf_map_lookup_elem(&file_slots, &idx);

			/* the slot may have got another owner since, or be of
			 * another CPU: then the name is not known, never wrong */
			c->files[i] =
				s && k->file_slot && k->file_log == log && s->seq == k->file_seq
					? k->file_slot
					: 0;
		} else {
			define_op(log, row, i, ret);
		}
		if (d->ops[i].flags & SR_OP_PRIMARY)
			own = c->files[i];
	}
	return own;
}

/* What the arguments of a call stand for. @memory: it belongs to the current task, and the call
 * has returned, so what they point to can be read. */
static __always_inline void call_ops(struct sr_ctl *c, u32 log, u8 *rec,
				     const volatile struct sr_desc *d, u32 row, s64 ret,
				     bool memory)
{
	c->nstrv = 0;
	for (u32 i = 0; i < SR_MAX_OPS; i++) {
		if (i >= d->nops)
			break;
		if (is_file_op(&d->ops[i]))
			put_file(c, rec, &d->ops[i], c->files[i]);
		else if (memory)
			copy_op(log, row, i, ret);
	}
}

/*
 * A call by the thread defined in @slot (-1: it could not be): define what else it needs, write it.
 * c->ev but for slot and file, c->args, c->who, c->task, c->call and the root are set, the log is
 * entered. @memory: see call_ops(). @take: the thread's state, if it may be returning just now; if
 * it has, nothing is written. Return 0; -1 there is no room for it.
 */
static __always_inline int put_call(struct sr_ctl *c, u32 log, int slot,
				    const volatile struct sr_desc *d, u32 row, bool memory,
				    struct sr_task_state *take)
{
	u8 *rec;

	if (slot < 0)
		return -1;
	c->ev.slot = slot;
	c->ev.nargs = d->nargs;
	if (d->flags & SR_D_FILES)
		c->ev.file = call_files(c, log, d, row, c->ev.ret,
					memory || !(c->ev.flags & SR_F_INFLIGHT));
	rec = record_begin(c, log);
	if (!rec)
		return -1;
	if (take && !call_take(take, c->call.enter))
		return 0;
	event_head(c, rec);
	call_ops(c, log, rec, d, row, c->ev.ret, memory);
	event_publish(c, rec);
	return 0;
}

/* One that has not returned, of @task with the state @st; what there is no room for is accounted.
 */
static __always_inline void write_begun(struct sr_ctl *c, u32 log, struct sr_task_state *st,
					struct task_struct *task, const volatile struct sr_desc *d,
					u32 row)
{
	int slot = -1;

	if (has_room(c, log, task, class_of(d->flags)))
		slot = thread_of(st, c, log, task);
	if (put_call(c, log, slot, d, row, false, NULL))
		ledger_lose(log, address_of(c, task), SR_LOST_FULL, class_of(d->flags));
}

#endif /* SR_EVENT_BPF_H */
