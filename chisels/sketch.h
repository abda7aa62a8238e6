/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of many values to tell their percentiles, or how many of them differ, in little
 * memory: a histogram whose buckets are 1/32 of a power of two wide, or a set of hashes that
 * becomes a HyperLogLog when it is large. Sketches live in an arena and are not freed. */
#ifndef SR_SKETCH_H
#define SR_SKETCH_H

#include "chisels/include/sysreel/chisel.h"
#include "formats/arena.h"

#include <stdbool.h>

struct sr_sketch;

/** sr_sketch_add() - add a value; *s is made if it is NULL. @distinct: it tells how many values
 *  differ, else their percentiles; the same in all calls for one sketch. Return 0, -ENOMEM. */
int sr_sketch_add(struct sr_sketch **s, struct sr_arena *a, bool distinct,
		  const struct sysreel_value *v);

/** sr_sketch_merge() - add all that is in @from, which is left as it is. Return 0, -ENOMEM. */
int sr_sketch_merge(struct sr_sketch **s, struct sr_arena *a, const struct sr_sketch *from);

/** sr_sketch_permille() - the value that @permille thousandths of the values do not exceed, in
 * their type, within 1/64 of it. */
struct sysreel_value sr_sketch_permille(const struct sr_sketch *s, unsigned int permille);

static inline struct sysreel_value sr_sketch_percentile(const struct sr_sketch *s,
							unsigned int percent)
{
	return sr_sketch_permille(s, percent * 10);
}

/** sr_sketch_distinct() - how many values differ: exact up to 256. */
uint64_t sr_sketch_distinct(const struct sr_sketch *s);

#endif /* SR_SKETCH_H */
