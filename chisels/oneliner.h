/* SPDX-License-Identifier: Apache-2.0 */
/* A chisel made of words instead of code: group by any fields, add any others up. It is what
 * `sysreel read --by` runs. */
#ifndef SR_ONELINER_H
#define SR_ONELINER_H

#include "chisels/host.h"
#include "chisels/include/sysreel/chisel.h"

struct sr_oneliner_col {
	enum sysreel_op op; /* anything but KEY */
	const char *field;  /* NULL for COUNT */
};

#define SR_ONELINER_HISTS 4
#define SR_ONELINER_TOP	  30 /* rows that are usually shown; of histograms 5 */

/* What is asked for; all of it is borrowed until the chisel is closed. */
struct sr_oneliner {
	const char *by;			    /* fields with commas between; NULL: one group */
	const struct sr_oneliner_col *cols; /* of each group, in this order; the first one sorts */
	size_t ncols;			    /* 0 and no histogram: a count */
	const char *const *hists;	    /* fields of which there is a histogram by group */
	size_t nhists;			    /* at most SR_ONELINER_HISTS */
	uint64_t every_ns;		    /* a table for each such interval; 0: one of all */
	uint32_t top;			    /* rows to show, 0 all */
};

/**
 * sr_oneliner_op() - the operation of a name: count, sum, min, max, avg, distinct, p50, p75, p90,
 * p95, p99, p999, rate. Return: true and *out.
 */
bool sr_oneliner_op(const char *name, enum sysreel_op *out);

/**
 * sr_oneliner_open() - open it; otherwise as sr_chisel_open().
 * Return: 0; -EINVAL with words: no such field, a text cannot be added up, too many columns;
 * -ENOMEM. Ownership: the caller closes *out.
 */
int sr_oneliner_open(struct sr_chisel **out, const struct sr_oneliner *what,
		     const struct sr_chisel_opts *opts, struct sr_err *err);

#endif /* SR_ONELINER_H */
