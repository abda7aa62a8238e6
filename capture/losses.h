/* SPDX-License-Identifier: Apache-2.0 */
/* Losses, and times for which everything was held up, on their way to become rows: kept in the
 * order of their times, each loss with the cgroup whose events they were. Internal to capture/. */
#ifndef SR_LOSSES_H
#define SR_LOSSES_H

#include "capture/bpf_defs.h"

/* Why records are missing: rows of formats/xlat/lost_cause.def. The first are enum
 * sr_driver_cause. UNNAMED: nobody said in time whose events they are. UNREADABLE: they stood in a
 * log, and were overwritten, mangled or skipped. */
enum sr_loss_cause {
	SR_LOSS_FULL,
	SR_LOSS_NESTED,
	SR_LOSS_RECURSION,
	SR_LOSS_UNNAMED,
	SR_LOSS_UNREADABLE
};

struct sr_loss {
	uint64_t time, first, count;
	uint64_t cgroup, cgroup1; /* kernfs ids, v2 and v1; 0 unknown */
	uint16_t cpu;
	uint8_t cause; /* enum sr_loss_cause */
	uint8_t class; /* enum sr_event_class */
	bool frozen;   /* no loss: everything was held up, for `count` ns */
};

struct sr_losses;

/** sr_losses_new() - @defs is borrowed. Return 0; -ENOMEM. */
int sr_losses_new(struct sr_losses **out, struct sr_bpf_defs *defs);

/** sr_losses_note() - keep a loss for its place in time. Return 0; -ENOMEM. */
int sr_losses_note(struct sr_losses *l, const struct sr_loss *loss);

/** sr_losses_next() - the time of the first that is kept, UINT64_MAX without one. */
uint64_t sr_losses_next(const struct sr_losses *l);

/** sr_losses_take() - append the first as a row. *count: how many records are lost. Return 0;
 *  -ENOMEM. */
int sr_losses_take(struct sr_losses *l, struct sr_builder *b, uint64_t *count);

/** sr_losses_sweep() - the builder was reset: nothing refers to the rows' cgroups any more. */
void sr_losses_sweep(struct sr_losses *l);

void sr_losses_free(struct sr_losses *l);

#endif /* SR_LOSSES_H */
