/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Who may write when a log fills up, and the account of what was not written.
 *
 * While less than half of a log is unread, everybody writes. Beyond that, room is scarce:
 * - a part is for critical events only (cfg.reserve);
 * - of the rest a cgroup may have used as much as is left free. One that floods gets half,
 *   two get a third each, n get 1/(n+1), and as much is always left for those that do not.
 *   What it used is forgotten when the reader gives back a chunk. */
#ifndef SR_LEDGER_BPF_H
#define SR_LEDGER_BPF_H

#include "driver-bpf/file.bpf.h"

static __always_inline struct sr_ledger *ledger_at(u32 log, u32 entry)
{
	u32 idx = log * SR_LEDGER + entry;

	return bpf_map_lookup_elem(&ledgers, &idx);
}

struct ledger_search {
	u64 cgroup, cgroup1;
	u32 log, hash;
	u32 found;
	bool create;
};

static long ledger_probe(u32 i, struct ledger_search *s)
{
	u32 entry = 1 + (s->hash + i) % (SR_LEDGER - 1);
	struct sr_ledger *l = ledger_at(s->log, entry);

	if (!l)
		return 1;
	if (!l->cgroup && !l->cgroup1 && s->create) {
		l->used = 0;
		l->cgroup1 = s->cgroup1;
		l->cgroup = s->cgroup;
	}
	if (l->cgroup != s->cgroup || l->cgroup1 != s->cgroup1)
		return 0;
	s->found = entry;
	return 1;
}

/* The entry of @task's cgroup in the ledger of @log, 0 if it has none. It is made if the caller
 * has entered the log. */
__noinline int ledger_find(u32 log, u64 task_addr, u32 entered)
{
	struct task_struct *task = (void *)task_addr;
	struct ledger_search s = { .log = log, .create = entered };

	s.cgroup = BPF_CORE_READ(task_cgroup(task, false), kn, id);
	s.cgroup1 = BPF_CORE_READ(task_cgroup(task, true), kn, id);
	s.hash = (s.cgroup * 31 + s.cgroup1) & 0xffff;
	bpf_loop(16, ledger_probe, &s, 0);
	return s.found;
}

/* An event of @class is not recorded. */
__noinline int ledger_lose(u32 log, u64 task_addr, u32 cause, u32 class)
{
	u64 at = (cause & 1) * SR_EC_COUNT + (class & (SR_EC_COUNT - 1));
	struct sr_ctl *c = ctl_get(log);
	struct sr_ledger *l;
	u64 now = bpf_ktime_get_ns();

	opaque(at);
	at &= SR_LOST_CAUSES * SR_EC_COUNT - 1;
	if (!c)
		return 0;
	l = ledger_at(log, ledger_find(log, task_addr, cause != SR_LOST_NESTED));
	if (!l)
		return 0;
	__sync_fetch_and_add(&l->lost[0][0] + at, 1);
	if (!READ_ONCE(l->first))
		WRITE_ONCE(l->first, now);
	WRITE_ONCE(l->last, now);
	__sync_fetch_and_add(&c->lost, 1);
	return 0;
}

static __always_inline u32 chunks_unread(const struct sr_ctl *c)
{
	return (u32)(c->head >> 32) - (u32)c->tail;
}

/* Charge the last record that was let in with what it took. */
static __always_inline void ledger_charge(struct sr_ctl *c, u32 log, u64 position)
{
	struct sr_ledger *l = c->charge_to ? ledger_at(log, c->charge_to - 1) : NULL;

	if (l && l->tail == (u32)c->tail)
		l->used += position - c->charge_from;
	c->charge_to = 0;
}

/* Room is scarce: may an event of @class be written? Return 1; 0 no. */
__noinline int ledger_admits(u32 log, u64 task_addr, u32 class)
{
	struct sr_ctl *c = ctl_get(log);
	u32 unread, off, entry;
	struct sr_ledger *l;
	u64 position, room;

	if (!c)
		return 0;
	position = (c->head >> 32) * SR_CHUNK + (u32)c->head;
	ledger_charge(c, log, position);
	unread = chunks_unread(c);
	off = (u32)c->head < SR_CHUNK_USABLE ? (u32)c->head : SR_CHUNK_USABLE;
	room = unread < cfg.chunks
		       ? (u64)(cfg.chunks - 1 - unread) * SR_CHUNK_USABLE + (SR_CHUNK_USABLE - off)
		       : 0;
	if (class != SR_EC_CRITICAL)
		room = room > cfg.reserve ? room - cfg.reserve : 0;
	entry = ledger_find(log, task_addr, 1);
	l = ledger_at(log, entry);
	if (!l)
		return 0;
	if (l->tail != (u32)c->tail) {
		l->tail = c->tail;
		l->used = 0;
	}
	if (l->used >= room)
		return 0;
	c->charge_to = entry + 1;
	c->charge_from = position;
	return 1;
}

/* The class of a call with these flags: enum sr_desc_flag. */
static __always_inline u32 class_of(u32 flags)
{
	return flags & SR_D_CRITICAL ? SR_EC_CRITICAL
	       : flags & SR_D_DATA   ? SR_EC_DATA
				     : SR_EC_OTHER;
}

/* Global functions take addresses as numbers; the verifier lets go of a pointer's type only
 * on its way through memory. */
static __always_inline u64 address_of(struct sr_ctl *c, const void *p)
{
	WRITE_ONCE(c->task, (u64)p);
	return READ_ONCE(c->task);
}

/* Is there room for a record of @task in @log? Those of iterators only end when it is full, as all
 * do where somebody sees to it that it does not become so. */
static __always_inline bool has_room(struct sr_ctl *c, u32 log, struct task_struct *task, u32 class)
{
	if (chunks_unread(c) < cfg.scarce || log == cfg.ncpu || live.held)
		return true;
	return ledger_admits(log, address_of(c, task), class);
}

/* Take the log. Return false if another program is writing: the record is lost. */
static __always_inline bool log_take(struct sr_ctl *c, u32 log, u32 class)
{
	if (c->busy) {
		ledger_lose(log, bpf_get_current_task(), SR_LOST_NESTED, class);
		return false;
	}
	WRITE_ONCE(c->busy, 1);
	barrier();
	return true;
}

/* The same for an event: return its time, or 0. */
static __always_inline u64 log_enter(struct sr_ctl *c, u32 log, u32 class)
{
	return log_take(c, log, class) ? bpf_ktime_get_ns() : 0;
}

#endif /* SR_LEDGER_BPF_H */
