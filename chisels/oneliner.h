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

/**
 * sr_oneliner_op() - the operation of a name: count, sum, min, max, avg, distinct, p50, p90, p99,
 * rate. Return: true and *out.
 */
bool sr_oneliner_op(const char *name, enum sysreel_op *out);

/**
 * sr_oneliner_open() - open it; otherwise as sr_chisel_open().
 * @by: names of fields with commas between them; NULL: all events are one group.
 * @cols: what is told of each group, in this order; sorted by the first. @n 0: a count.
 * @top: rows to show, 0 all.
 * Return: 0; -EINVAL with words: no such field, a text cannot be added up, too many columns;
 * -ENOMEM. Ownership: the caller closes *out; the texts are borrowed until then.
 */
int sr_oneliner_open(struct sr_chisel **out, const char *by, const struct sr_oneliner_col *cols,
		     size_t n, uint32_t top, const struct sr_chisel_opts *opts, struct sr_err *err);

#endif /* SR_ONELINER_H */
