/* SPDX-License-Identifier: Apache-2.0 */
/* System calls of 32-bit programs on x86_64, which have numbers of their own. */
#ifndef SR_I386_H
#define SR_I386_H

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
 *  alike. False if the call has no row of its name. */
bool sr_i386_desc(unsigned int nr, struct sr_desc *out);

#endif /* SR_I386_H */
