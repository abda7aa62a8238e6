/* SPDX-License-Identifier: Apache-2.0 */
/* What of a filter the kernel can decide while recording: the other half of the expression is
 * decided when events are read, and agrees with it. */
#ifndef SR_PUSH_H
#define SR_PUSH_H

#include "filters/filter.h"
#include "formats/predicate.h"

struct sr_push;

/**
 * sr_push_new() - compile the kernel's part of @f, which is borrowed and used by one thread at a
 * time. What is refused by it, @f certainly does not select. Nothing is where @f follows what
 * processes have open (SR_NEED_FDS). Return: 0 or -ENOMEM.
 */
int sr_push_new(struct sr_push **out, struct sr_filter *f);

/** sr_push_pred() - the part, for the driver; NULL: nothing can be refused. */
const struct sr_pred *sr_push_pred(const struct sr_push *p);

/** sr_push_answer() - what the predicate wants to know of a cgroup of container @id (@len bytes;
 *  0: outside of all containers). */
struct sr_pred_cgroup sr_push_answer(struct sr_push *p, const char *id, size_t len);

void sr_push_free(struct sr_push *p);

/* ---- in words, for people ---- */

enum sr_part {
	SR_PART_KERNEL,	  /* must hold for a call to be recorded */
	SR_PART_ZONE,	  /* must be possible for a block to be read */
	SR_PART_RESIDUAL, /* what the kernel does not decide for certain */
};

/** sr_push_part() - append a part as an expression; nothing if it is always true. 0 or -ENOMEM. */
int sr_push_part(struct sr_push *p, enum sr_part part, struct sr_buf *out);

/** sr_filter_tree() - append the tree, a line for each operator and check, @indent levels in. */
void sr_filter_tree(const struct sr_filter *f, unsigned indent, struct sr_buf *out);

/** sr_filter_guess() - which part of all events the filter may select, by rules of thumb: how
 *  often calls of a type are made, and how selective an operator is. From 0 to 1. */
double sr_filter_guess(const struct sr_filter *f);

/** sr_push_types() - one byte per row of sr_types: 1 if calls of that type may be recorded. */
void sr_push_types(const struct sr_push *p, uint8_t *wanted);

#endif /* SR_PUSH_H */
