/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the programs' logs and ledgers through shared memory. */
#include "driver-bpf/driver_impl.h"
#include "formats/base/clock.h"

#include <bpf/bpf.h>
#include <time.h>

bool sr_driver_sync(struct sr_driver *d, uint64_t *until)
{
	uint64_t now = sr_now_ns();

	*until = now;
	for (unsigned int i = 0; i <= d->ncpu; i++) {
		uint64_t complete = sr_log_look(&d->logs[i], now);

		*until = complete < *until ? complete : *until;
	}
	return *until == now;
}

int sr_driver_next(struct sr_driver *d, unsigned int log, struct sr_log_record *out)
{
	return sr_log_next(&d->logs[log], out);
}

void sr_driver_unread(struct sr_driver *d, unsigned int log)
{
	sr_log_unread(&d->logs[log]);
}

/* Slots of one log in a map of @each per log, emptied. */
static void empty_slots(const struct bpf_map *map, unsigned int log, uint32_t each)
{
	static const uint8_t nothing[sizeof(struct sr_file_slot)];

	for (uint32_t i = 0; i < each; i++) {
		uint32_t idx = log * each + i;

		(void)bpf_map_update_elem(bpf_map__fd(map), &idx, nothing,
					  BPF_ANY); /* it is there */
	}
}

void sr_driver_define_anew(struct sr_driver *d, unsigned int log)
{
	empty_slots(d->skel->maps.cgroup_slots, log, SR_CGROUP_SLOTS);
	empty_slots(d->skel->maps.file_slots, log, SR_FILE_SLOTS);
	empty_slots(d->skel->maps.thread_slots, log, SR_THREAD_SLOTS);
}

int sr_driver_wait(struct sr_driver *d, int ms)
{
	int rc = ring_buffer__poll(d->wakeups, ms);

	return rc < 0 ? rc : 0;
}

/* ---- scarcity ---- */

int sr_driver_scarcity(const struct sr_driver *d)
{
	return ring_buffer__epoll_fd(d->scarcity);
}

void sr_driver_not_held(struct sr_driver *d)
{
	__atomic_store_n(&d->skel->bss->live.held, 0, __ATOMIC_RELAXED);
}

void sr_driver_scarcity_seen(struct sr_driver *d)
{
	(void)ring_buffer__consume(d->scarcity); /* the tokens carry nothing */
}

int sr_driver_filled(const struct sr_driver *d, uint64_t *read)
{
	int fullest = 0;

	*read = 0;
	for (unsigned int i = 0; i < d->ncpu; i++) {
		const struct sr_ctl *c = &d->ctl_mem[i];
		uint64_t head = __atomic_load_n(&c->head, __ATOMIC_ACQUIRE);
		uint64_t tail = __atomic_load_n(&c->tail, __ATOMIC_ACQUIRE);
		uint32_t unread = (uint32_t)(head >> 32) - (uint32_t)tail;
		int fill = unread >= d->chunks / 2 ? 2 : unread ? 1 : 0;

		*read += tail;
		fullest = fill > fullest ? fill : fullest;
	}
	return fullest;
}

/* ---- losses ---- */

/* What entry @i of the ledgers has lost since it was last told. */
static void tell_entry(struct sr_driver *d, unsigned int i, sr_driver_loss_fn fn, void *arg)
{
	struct sr_ledger *l = &d->ledger_mem[i];
	struct sr_driver_loss loss = { .log = i / SR_LEDGER };

	for (uint8_t cause = 0; cause < SR_LOST_CAUSES; cause++) {
		for (uint8_t class = 0; class < SR_EC_COUNT; class ++) {
			uint64_t *told = &d->told[i][cause][class];
			uint64_t n = __atomic_load_n(&l->lost[cause][class], __ATOMIC_ACQUIRE);

			if (n == *told)
				continue;
			if (!loss.last) {
				loss.last = __atomic_load_n(&l->last, __ATOMIC_ACQUIRE);
				loss.first = __atomic_exchange_n(&l->first, 0, __ATOMIC_ACQ_REL);
				if (!loss.first || loss.first > loss.last)
					loss.first = loss.last;
				loss.cgroup = __atomic_load_n(&l->cgroup, __ATOMIC_RELAXED);
				loss.cgroup1 = __atomic_load_n(&l->cgroup1, __ATOMIC_RELAXED);
			}
			loss.count = n - *told;
			loss.cause = cause;
			loss.class = class;
			*told = n;
			fn(arg, &loss);
		}
	}
}

/* Cgroups come and go for months: when a ledger is half full, entries that took no part since
 * the reader gave back its last chunk are free again (what they counted stays counted). */
static void recycle(struct sr_driver *d, unsigned int log)
{
	struct sr_ledger *l = &d->ledger_mem[(size_t)log * SR_LEDGER];
	uint32_t tail = (uint32_t)d->logs[log].chunk;
	unsigned int used = 0;

	for (unsigned int i = 1; i < SR_LEDGER; i++)
		used += l[i].cgroup || l[i].cgroup1;
	for (unsigned int i = 1; used > SR_LEDGER / 2 && i < SR_LEDGER; i++) {
		if (tail - l[i].tail < 2) /* perhaps in use just now */
			continue;
		__atomic_store_n(&l[i].cgroup, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&l[i].cgroup1, 0, __ATOMIC_RELAXED);
	}
}

void sr_driver_losses(struct sr_driver *d, sr_driver_loss_fn fn, void *arg)
{
	for (unsigned int log = 0; log <= d->ncpu; log++) {
		uint64_t lost = __atomic_load_n(&d->ctl_mem[log].lost, __ATOMIC_ACQUIRE);

		if (lost == d->lost[log])
			continue;
		d->lost[log] = lost;
		for (unsigned int i = 0; i < SR_LEDGER; i++)
			tell_entry(d, log * SR_LEDGER + i, fn, arg);
		recycle(d, log);
	}
}
