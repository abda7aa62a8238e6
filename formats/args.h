/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments and results as people and machines read them. */
#ifndef SR_ARGS_H
#define SR_ARGS_H

#include "formats/base/buf.h"
#include "formats/block.h"

struct sr_args_opts {
	uint32_t max_str; /* longest string or payload shown, in bytes; 0: no limit */
};

/** sr_arg_text() - append one argument of a row, decoded: `3</etc/passwd>`, `O_RDONLY|O_CLOEXEC`,
 *  `"/etc/passwd"`, `{AF_INET, 127.0.0.1:80}`; a cut value ends in `...`, an unreadable one is
 *  its address followed by the reason, `0x7f..(page fault)`. */
void sr_arg_text(const struct sr_block *b, uint32_t row, unsigned arg, const struct sr_args_opts *o,
		 struct sr_buf *out);

/** sr_arg_json() - append one argument as a JSON value. Flags and enums: {"value":N,"text":"A|B"};
 *  addresses, bits and what a double cannot hold: "0x.."; files: {"fd":3,"name":"/etc/passwd",
 *  "type":"file"}; payload that is not all there: {"data":"..","len":N}; envp:
 *  {"count":N}, see proc.env; absent: null. */
void sr_arg_json(const struct sr_block *b, uint32_t row, unsigned arg, struct sr_buf *out);

/** sr_call_text() - append the whole call as strace does: `openat(AT_FDCWD, "/etc/passwd",
 *  O_RDONLY) = 3</etc/passwd>`, `= -1 ENOENT`, `= ?` for a call that did not return. */
void sr_call_text(const struct sr_block *b, uint32_t row, const struct sr_args_opts *o,
		  struct sr_buf *out);

/** sr_args_text() - append `name=value name=value`, the field evt.args. */
void sr_args_text(const struct sr_block *b, uint32_t row, const struct sr_args_opts *o,
		  struct sr_buf *out);

/** sr_args_json() - append {"name":value,...}; null where the kernel does not look (openat's mode
 *  without O_CREAT), which the other forms leave out. */
void sr_args_json(const struct sr_block *b, uint32_t row, struct sr_buf *out);

/** sr_ret_text() - append the result: `3</etc/passwd>`, `-1 ENOENT`, `?`, or nothing for
 *  events without. */
void sr_ret_text(const struct sr_block *b, uint32_t row, struct sr_buf *out);

/** sr_file_name() - append the field's fd.name of a file: path, or `ip:port->ip:port` (client
 *  first), or what the kind is called. */
void sr_file_name(const struct sr_block *b, const struct sr_file *f, struct sr_buf *out);

/** sr_ip_text() - append an address; @v6: 16 bytes, else 4. */
void sr_ip_text(const uint8_t *addr, bool v6, struct sr_buf *out);

/** sr_file_kind_name() - "file", "directory", "ipv4", ... as fd.type.
 *  sr_file_kind_char() - as fd.typechar. */
const char *sr_file_kind_name(enum sr_file_kind k);
char sr_file_kind_char(enum sr_file_kind k);

#endif /* SR_ARGS_H */
