/* SPDX-License-Identifier: Apache-2.0 */
/* The chisels that a command line asks for, and where chisels are looked for. */
#ifndef SR_CLI_RUN_CHISELS_H
#define SR_CLI_RUN_CHISELS_H

#include "cli/output.h"

/** chisels_open() - load the chisels of the line, give them their words (which are dropped from
 *  o->words), and append a sink for each to @out. Return: 0; EXIT_USAGE after telling. */
int chisels_open(struct opts *o, struct output *out);

/** chisels_close() - when the chisels are closed: end the file of --svg. */
void chisels_close(struct output *out);

/** chisel_dirs() - the *n folders to look in: those of --chisel-path, of $SYSREEL_CHISELS, the
 *  user's, "chisels" beside the program, the system's. Lives as long as the process. */
const char *const *chisel_dirs(const struct opts *o, size_t *n);

/** chisel_user_dir() - the user's folder of chisels; NULL if there is no home. */
const char *chisel_user_dir(void);

#endif /* SR_CLI_RUN_CHISELS_H */
