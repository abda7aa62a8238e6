/* SPDX-License-Identifier: Apache-2.0 */
/* What the two loops of the engine share: one block after the other, and several at a time. */
#ifndef SR_ENGINE_IMPL_H
#define SR_ENGINE_IMPL_H

#include "capture/look.h"

struct sr_run {
	struct sr_engine *e;
	struct sr_look look;  /* of the one thread; those of others are made of it */
	pthread_mutex_t lock; /* of the meta; several threads */
	uint64_t next_num;    /* evt.num of the next block's first row */
	uint64_t limited;     /* selected so far of max_events */
	struct sr_fds *fds;   /* when somebody asks for SR_NEED_FDS */
};

/** sr_run_number() - give the rows of a block, in the order of the source, their numbers. */
void sr_run_number(struct sr_run *r, struct sr_block *b);

/** sr_run_pass() - show the sinks the block that was looked at. Return: 0; 1 stop in order;
 * negative errno. */
int sr_run_pass(struct sr_run *r, struct sr_look *l, struct sr_err *err);

/** sr_run_after() - what a block that gave @rc does to the run: -EBADMSG means that it alone is
 * bad, which is told. Then progress. Return: 0 go on; 1 stop in order; negative errno. */
int sr_run_after(struct sr_run *r, int rc, const struct sr_err *err);

/** sr_run_parallel() - the loop with several threads, of a source that has slots. Return: 0;
 *  negative errno with words. */
int sr_run_parallel(struct sr_run *r, struct sr_err *err);

#endif /* SR_ENGINE_IMPL_H */
