/* SPDX-License-Identifier: Apache-2.0 */
/* Which chisel's code runs now: so that who ends by a fault, or does not come back, is told by its
 * name. A chisel shares our memory, so after a fault nothing of this process can be trusted; what
 * must not be lost is in another one (see cli/beside.h). */
#ifndef SR_RUNNING_H
#define SR_RUNNING_H

#include <stdbool.h>

/** sr_running_begin() - this thread calls @what of chisel @name, both borrowed until
 *  sr_running_end(). The first time a thread gets a stack for signal handlers, if it has none, so
 *  that one can run even when the chisel has used up its stack. */
void sr_running_begin(const char *name, const char *what);
void sr_running_end(void);

/** sr_running_get() - what this thread runs. May be called by a signal handler.
 *  Return: false: no chisel. */
bool sr_running_get(const char **name, const char **what);

/** sr_running_tick() - a second has gone by: find a call in which @limit whole ones have. May be
 * called by a signal handler. Return: as sr_running_get(). */
bool sr_running_tick(unsigned int limit, const char **name, const char **what);

#endif /* SR_RUNNING_H */
