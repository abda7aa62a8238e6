/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/embed.h"

/* The Makefile says what this object depends on; paths are from the root, where it is compiled. */
#define FILE_OF(name, path)                     \
	__asm__(".pushsection .rodata\n"        \
		".global embed_" #name "\n"     \
		".hidden embed_" #name "\n"     \
		".global embed_" #name "_end\n" \
		".hidden embed_" #name "_end\n" \
		"embed_" #name ":\n"            \
		".incbin \"" path "\"\n"        \
		"embed_" #name "_end:\n"        \
		".byte 0\n"                     \
		".popsection\n");               \
	extern const char embed_##name[], embed_##name##_end[]

FILE_OF(header, "chisels/include/sysreel/chisel.h");
FILE_OF(source, "chisels/template/mychisel.c");
FILE_OF(cmd, "chisels/template/test/basic/cmd");
FILE_OF(wanted, "chisels/template/test/basic/stdout");
FILE_OF(capture, "tests/files/good/demo.reel");

const struct embedded embedded_header = { "sysreel/chisel.h", embed_header, embed_header_end };

const struct embedded embedded_template[] = {
	{ "mychisel.c", embed_source, embed_source_end },
	{ "test/basic/cmd", embed_cmd, embed_cmd_end },
	{ "test/basic/stdout", embed_wanted, embed_wanted_end },
	{ "test/demo.reel", embed_capture, embed_capture_end },
};
const size_t embedded_ntemplate = sizeof(embedded_template) / sizeof(embedded_template[0]);
