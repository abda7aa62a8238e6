/* SPDX-License-Identifier: Apache-2.0 */
/* What `sysreel chisel` does with files and programs: the template, the compiler, test cases. */
#ifndef SR_CLI_CHISEL_FILES_H
#define SR_CLI_CHISEL_FILES_H

#include "formats/base/buf.h"

#include <stdbool.h>
#include <stddef.h>

/* All but the last two return 0, or EXIT_USAGE after telling. */

/** chisel_write_template() - the template as a chisel of another name, in a folder that is made if
 *  need be. A file that exists is an error. */
int chisel_write_template(const char *dir, const char *name);

/** chisel_so_name() - where FILE.c is built to: beside it, or in @dir. */
int chisel_so_name(const char *c, const char *dir, char *so, size_t size);

/** chisel_compile() - by $CC, or cc; with the header that this program was built with. */
int chisel_compile(const char *c, const char *so);

/** chisel_install() - copy it to the user's folder of chisels. */
int chisel_install(const char *so);

int chisel_make_tmp(char *path, size_t size);
void chisel_remove_tmp(const char *path);

/** chisel_run_case() - run the command of DIR/test/NAME with the chisels of folder @built; compare
 *  what it prints, and its status, with what is there, or @update that. @why: how it differs.
 *  Return: is it the same? */
bool chisel_run_case(const char *dir, const char *name, const char *built, bool update,
		     struct sr_buf *why);

#endif /* SR_CLI_CHISEL_FILES_H */
