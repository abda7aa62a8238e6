/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the programs' logs and ledgers through shared memory. */
#include "driver-bpf/driver_impl.h"
#include "formats/base/clock.h"

#include <bpf/bpf.h>
#include <time.h>

static inline void relax(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

/* A program that was writing when we looked took its time stamp before that: wait until it
 * has published, a matter of microseconds (but not for ever: its CPU may be stolen). */
static void wait_idle(const struct sr_ctl *c)
{
	for (int i = 0; i < 20000 && __atomic_load_n(&c->busy, __ATOMIC_ACQUIRE); i++)
		relax();
}

void sr_driver_sync(struct sr_driver *d, uint64_t *until)
{
	*until = sr_now_ns();
	for (unsigned int i = 0; i <= d->ncpu; i++) {
		wait_idle(d->logs[i].ctl);
		d->logs[i].head = __atomic_load_n(&d->logs[i].ctl->head, __ATOMIC_ACQUIRE);
	}
}

static void next_chunk(struct log_view *l)
{
	l->chunk++;
	l->off = 0;
	__atomic_store_n(&l->ctl->tail, l->chunk, __ATOMIC_RELEASE);
}

int sr_driver_piece(struct sr_driver *d, unsigned int log, struct sr_driver_piece *out)
{
	struct log_view *l = &d->logs[log];
	const uint8_t *p;
	uint32_t end;

	for (;;) {
		uint64_t head_chunk = l->head >> 32;

		if (l->chunk > head_chunk)
			return 0;
		p = l->base + (size_t)(l->chunk & (d->chunks - 1)) * SR_CHUNK_STRIDE;
		if (l->chunk == head_chunk) {
			end = (uint32_t)l->head;
			if (l->off >= end || end > SR_CHUNK)
				return 0;
			break;
		}
		if (l->off > SR_CHUNK - sizeof(struct sr_rec_head) ||
		    ((const struct sr_rec_head *)(p + l->off))->nr == SR_REC_PAD) {
			next_chunk(l);
			continue;
		}
		end = SR_CHUNK; /* the reader stops at the padding */
		break;
	}
	out->p = p + l->off;
	out->len = end - l->off;
	return 1;
}

void sr_driver_done(struct sr_driver *d, unsigned int log, size_t len)
{
	d->logs[log].off += (uint32_t)len;
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
		struct log_view *v = &d->logs[log];
		uint64_t lost = __atomic_load_n(&v->ctl->lost, __ATOMIC_ACQUIRE);

		if (lost == v->lost)
			continue;
		v->lost = lost;
		for (unsigned int i = 0; i < SR_LEDGER; i++)
			tell_entry(d, log * SR_LEDGER + i, fn, arg);
		recycle(d, log);
	}
}

uint64_t sr_driver_recorded(const struct sr_driver *d)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i <= d->ncpu; i++)
		n += __atomic_load_n(&d->ctl_mem[i].recorded, __ATOMIC_RELAXED);
	return n;
}

uint64_t sr_driver_missed(const struct sr_driver *d)
{
	struct bpf_program *p;
	uint64_t missed = 0;

	bpf_object__for_each_program(p, d->skel->obj)
	{
		struct bpf_prog_info info = { 0 };
		uint32_t len = sizeof(info);

		if (bpf_program__fd(p) >= 0 &&
		    !bpf_obj_get_info_by_fd(bpf_program__fd(p), &info, &len))
			missed += info.recursion_misses;
	}
	return missed;
}
