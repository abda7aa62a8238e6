/* SPDX-License-Identifier: Apache-2.0 */
/* String interning: equal byte strings get one number, numbered from 0 in the
 * order in which they came. Number 0 is the empty string. */
#ifndef SR_STRTAB_H
#define SR_STRTAB_H

#include "formats/arena.h"
#include "formats/block.h"

#include <stdbool.h>

struct sr_strtab_slot;

/** struct sr_strtab - zero-initialise it, call sr_strtab_reset(), release with sr_strtab_free(). */
struct sr_strtab {
	struct sr_str *strs; /* by number; their bytes are the table's own */
	uint32_t n, cap;
	uint32_t max;  /* most entries */
	size_t bytes;  /* of all strings */
	uint64_t seed; /* of the hash: what is recorded must not choose its collisions */
	struct sr_strtab_slot *slots;
	uint32_t mask; /* slots - 1, a power of two less one */
	struct sr_arena arena;
};

/** sr_strtab_reset() - hold the empty string alone, at most @max strings; keeps memory.
 *  Return 0 or -ENOMEM. */
int sr_strtab_reset(struct sr_strtab *t, uint32_t max);

/**
 * sr_strtab_intern() - the number of a string, which is copied if it is new.
 * Return: the number; -ENOMEM, also when the table is full.
 */
int64_t sr_strtab_intern(struct sr_strtab *t, const void *p, size_t len);

void sr_strtab_free(struct sr_strtab *t);

#endif /* SR_STRTAB_H */
