/* SPDX-License-Identifier: Apache-2.0 */
/* Files of the sources that are part of the program, so that `sysreel chisel` needs nothing but a
 * compiler: the header that chisels include, the template, and a capture to test it with. */
#ifndef SR_CLI_EMBED_H
#define SR_CLI_EMBED_H

#include <stddef.h>

struct embedded {
	const char *path; /* below the folder of a new chisel, or of headers */
	const char *p, *end;
};

extern const struct embedded embedded_header; /* sysreel/chisel.h */
extern const struct embedded embedded_template[];
extern const size_t embedded_ntemplate;

#endif /* SR_CLI_EMBED_H */
