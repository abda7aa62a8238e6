/* SPDX-License-Identifier: Apache-2.0 */
/* From events to rings: collects rows for a second, packs them, and puts them into the ring of
 * their container, or all into one. */
#ifndef SR_RETRO_HOLD_H
#define SR_RETRO_HOLD_H

#include "capture/retro_ring.h"
#include "formats/block.h"
#include "formats/meta.h"

struct sr_hold;

struct sr_hold_opts {
	struct sr_ring_set *rings; /* borrowed */
	struct sr_meta *meta;	   /* of the source; borrowed */
	bool per_container;
	int level; /* zstd; 0: default */
};

int sr_hold_new(struct sr_hold **out, const struct sr_hold_opts *opts); /* 0; -ENOMEM */
void sr_hold_free(struct sr_hold *h);

/** sr_hold_key() - the key of the ring that events of @c go to; NULL: of no container. */
const char *sr_hold_key(const struct sr_hold *h, const struct sr_container *c);

/** sr_hold_add() - take the @nsel rows in @sel, and all gaps. @b has everything loaded.
 *  @now: CLOCK_MONOTONIC ns. Return: 0; negative errno. */
int sr_hold_add(struct sr_hold *h, struct sr_block *b, const uint64_t *sel, uint64_t nsel,
		uint64_t now, struct sr_err *err);

/** sr_hold_due() - what was collected is a second old. sr_hold_flush() - into the rings with it.
 *  Return: 0; negative errno. */
bool sr_hold_due(const struct sr_hold *h, uint64_t now);
int sr_hold_flush(struct sr_hold *h, struct sr_err *err);

#endif /* SR_RETRO_HOLD_H */
