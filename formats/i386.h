/* SPDX-License-Identifier: Apache-2.0 */
/* System calls of 32-bit programs on x86_64, which have numbers of their own. */
#ifndef SR_I386_H
#define SR_I386_H

#include "formats/cases.h"
#include "formats/schema.h"

/** sr_i386_name() - what the call numbered @nr is called, or NULL. */
const char *sr_i386_name(unsigned int nr);

/** sr_i386_has() - is there a call called @name (@len bytes)? */
bool sr_i386_has(const char *name, size_t len);

/**
 * sr_i386_type() - the row of syscalls.def that means the same call, or NULL; @args, the six that
 * the call was given, are then as the row has them: halves joined, signed numbers with their sign.
 */
const struct sr_type *sr_i386_type(unsigned int nr, uint64_t args[6]);

/** sr_i386_desc() - what the driver copies of call @nr: what programs of 32 and of 64 bits lay out
 *  alike, and what is known to be narrower. False if the call has no row of its name. */
bool sr_i386_desc(unsigned int nr, struct sr_desc *out);

/** sr_i386_case() - the same of an argument of call @nr that is what @c says; false: nothing. */
bool sr_i386_case(unsigned int nr, const struct sr_case *c, struct sr_op *op);

enum sr_i386_layout {
	SR_I386_UNKNOWN,
	SR_I386_ALIKE, /* as of 64-bit programs */
	SR_I386_NARROW,
};

/** sr_i386_layout() - how what a 32-bit program's argument of @kind led to, @truelen bytes, is laid
 *  out: calls with times of 64 bits take the structures of 64-bit programs.
 *  sr_i386_size() - of a narrow one: its bytes, or those of an element; 0 if it has no size. */
enum sr_i386_layout sr_i386_layout(unsigned int kind, uint64_t truelen);
unsigned int sr_i386_size(unsigned int kind);

#endif /* SR_I386_H */
