/* SPDX-License-Identifier: Apache-2.0 */
/* Where blocks and selections go. */
#ifndef SR_SINK_H
#define SR_SINK_H

#include "filters/filter.h"

#include <stdio.h>

struct sr_sink;
struct sr_sink_part; /* of a sink's work, for one block at a time */

/** struct sr_turn - whether all blocks before this one are done with. */
struct sr_turn {
	bool (*came)(struct sr_turn *t);
	bool (*wait)(struct sr_turn *t); /* for it. False: the run is over, and nothing matters */
};

/** struct sr_share - what one part is to do: some rows of a block. */
struct sr_share {
	struct sr_view *v; /* the part's alone; its block is only looked at */
	const uint64_t *sel;
	uint64_t nsel;	   /* of the whole block */
	uint32_t from, to; /* rows, without @to */
	struct sr_turn *turn;
};

/* How several threads work for a sink. */
struct sr_sink_parts {
	/* Return 0; -ENOTSUP the sink, as it is set up, must see the blocks itself; -ENOMEM. */
	int (*make)(struct sr_sink *s, struct sr_sink_part **out, struct sr_err *err);
	/* Rows of a share, a multiple of 64; 0: whole blocks. */
	uint32_t rows;
	/* On any thread: do what needs no other rows. Once its turn has come the part may do to
	 * the sink what take() would. Return 0; negative errno. */
	int (*work)(struct sr_sink_part *p, const struct sr_share *share, struct sr_err *err);
	/* On the run's own thread, in the order of the rows: the rest. Return as block() of the
	 * sink. */
	int (*take)(struct sr_sink *s, struct sr_sink_part *p, const struct sr_share *share,
		    struct sr_err *err);
	void (*free)(struct sr_sink_part *p);
};

struct sr_sink_ops {
	const char *name;
	uint32_t (*need)(struct sr_sink *s); /* enum sr_need of what block() looks at */
	/* @sel has @nsel bits set. Return 0; 1 enough, stop the run (e.g. -n reached); negative
	 * errno. */
	int (*block)(struct sr_sink *s, struct sr_view *v, const uint64_t *sel, uint64_t nsel,
		     struct sr_err *err);
	int (*meta)(struct sr_sink *s, const char *json, size_t len,
		    struct sr_err *err); /* may be NULL */
	int (*idle)(struct sr_sink *s,
		    struct sr_err *err); /* nothing comes now: flush; may be NULL */
	int (*finish)(struct sr_sink *s,
		      struct sr_err *err); /* the run ended in order; may be NULL */
	void (*close)(struct sr_sink *s);
	const struct sr_sink_parts *parts; /* NULL: all is done in one thread */
};

struct sr_sink {
	const struct sr_sink_ops *ops;
	bool last; /* nobody looks at a block after it: a builder's may be taken. Set by the run */
};

#endif /* SR_SINK_H */
