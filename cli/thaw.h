/* SPDX-License-Identifier: Apache-2.0 */
/* What recordings with --lossless that were killed left frozen. */
#ifndef SR_CLI_THAW_H
#define SR_CLI_THAW_H

/** state_folder() - where a recording notes what it freezes; NULL: nowhere. */
const char *state_folder(void);

/** thaw_left() - thaw what nobody else will thaw any more, and say so. */
void thaw_left(void);

#endif /* SR_CLI_THAW_H */
