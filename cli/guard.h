/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of chisels: told with the chisel's name before the process ends by them. */
#ifndef SR_CLI_GUARD_H
#define SR_CLI_GUARD_H

/** guard_on() - from now on a fault in a chisel, or a callback that takes longer than
 *  $SYSREEL_CHISEL_SECONDS of CPU time (default 60, 0: any time), is told by its name. */
void guard_on(void);

/** guard_off() - no more of that. */
void guard_off(void);

#endif /* SR_CLI_GUARD_H */
