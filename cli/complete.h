/* SPDX-License-Identifier: Apache-2.0 */
/* Completion of command lines, for the scripts of the shells. */
#ifndef SR_CLI_COMPLETE_H
#define SR_CLI_COMPLETE_H

#include "cli/opts.h"

/* The command that a command line means. */
typedef const struct cmd *(*find_cmd_fn)(int argc, char **argv);

/** complete_line() - print what can stand at the end of @text, a command line up to the cursor.
 *  @cmds: all commands. Return: the exit status. */
int complete_line(const char *text, find_cmd_fn find, const struct cmd *cmds, size_t ncmds);

#endif /* SR_CLI_COMPLETE_H */
