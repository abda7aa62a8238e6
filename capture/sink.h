/* SPDX-License-Identifier: Apache-2.0 */
/* Where blocks and selections go. */
#ifndef SR_SINK_H
#define SR_SINK_H

#include "filters/filter.h"

#include <stdio.h>

struct sr_sink;

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
};

struct sr_sink {
	const struct sr_sink_ops *ops;
	bool last; /* nobody looks at a block after it: a builder's may be taken. Set by the run */
};

#endif /* SR_SINK_H */
