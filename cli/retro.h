/* SPDX-License-Identifier: Apache-2.0 */
/* `sysreel record --retro`: the recorder that writes when something happens. */
#ifndef SR_CLI_RETRO_H
#define SR_CLI_RETRO_H

#include "cli/cli.h"

#define DEFAULT_CONTROL "/run/sysreel/retro.sock"

/** record_retro() - the command `record`, with --retro. Returns the exit status. */
int record_retro(struct opts *o);

/** retro_create() - make the file of a trigger: -w is a folder, or a name with the conversions of
 *  strftime(3). Its path is appended to @path. Return: a file descriptor; negative errno with
 *  words. */
struct sr_retro_cause;
int retro_create(const char *where, const struct sr_retro_cause *c, struct sr_buf *path,
		 struct sr_err *err);

/** retro_is_folder() - whether -w means a folder. */
bool retro_is_folder(const char *where);

/** retro_trim() - remove the oldest files of triggers in a folder, until there are at most @files
 *  of them with at most @bytes; 0: any. One that was written to within a minute stays. Return: how
 *  many were removed. */
size_t retro_trim(const char *folder, uint32_t files, uint64_t bytes);

#endif /* SR_CLI_RETRO_H */
