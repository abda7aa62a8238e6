/* SPDX-License-Identifier: Apache-2.0 */
/* What a run does with one block before any sink sees it: load, enrich, filter, each only as far as
 * it is needed. Several threads may do it at the same time, each with an object of its own. */
#ifndef SR_LOOK_H
#define SR_LOOK_H

#include "capture/engine.h"

#include <pthread.h>

/** struct sr_look - zero-initialise it, set what is marked *, release with sr_look_free(). */
struct sr_look {
	const struct sr_engine *e; /* * */
	struct sr_filter *filter;  /* * this thread's own; NULL: everything */
	struct sr_meta *meta;	   /* * */
	pthread_mutex_t *lock;	   /* * taken where containers are made known; NULL: one thread */
	uint32_t sinks_need;	   /* * */
	struct sr_view view;	   /* * its opts */
	uint64_t *sel;		   /* the selection, of view.b */
	int64_t nsel;
	size_t sel_words;
};

/** sr_look_block() - look at @b. Return: 1 the sinks are to see it: rows are selected, or it has
 *  "lost" rows, and what the sinks need is loaded; 0 nobody is; negative errno, where -EBADMSG
 *  means that the block alone is bad. */
int sr_look_block(struct sr_look *l, struct sr_block *b, struct sr_err *err);

void sr_look_free(struct sr_look *l);

#endif /* SR_LOOK_H */
