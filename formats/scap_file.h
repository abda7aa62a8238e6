/* SPDX-License-Identifier: Apache-2.0 */
/* The .scap capture files of sysdig, Falco and their relatives: blocks, one after the other, of a
 * file that may be packed by gzip. What is in a block is read by formats/scap_meta.h and
 * formats/scap_event.h. */
#ifndef SR_SCAP_FILE_H
#define SR_SCAP_FILE_H

#include "formats/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sr_scap_what {
	SR_SCAP_SECTION, /* a capture begins: all that was known is void */
	SR_SCAP_MACHINE,
	SR_SCAP_INTERFACES,
	SR_SCAP_USERS,
	SR_SCAP_PROCS,
	SR_SCAP_FDS,
	SR_SCAP_EVENT_BLOCK,
	SR_SCAP_OTHER, /* of a type that we do not know */
};

struct sr_scap_block {
	uint64_t offset; /* of the block, in the unpacked file */
	uint32_t type;	 /* as stored, aliases resolved */
	enum sr_scap_what what;
	const uint8_t *body; /* borrowed until the next call */
	size_t len;
};

struct sr_scap_file;

/** sr_scap_magic() - do these first bytes of a file look like a .scap, packed or not? */
bool sr_scap_magic(const uint8_t *p, size_t len);

/** sr_scap_open() - read from @fd, which is owned (closed in any case). Return 0 or -ENOMEM. */
int sr_scap_open(struct sr_scap_file **out, int fd, struct sr_err *err);

/**
 * sr_scap_next() - the next block.
 * Return: 1; 0 at the end; -EBADMSG what follows cannot be read, or the first block is not that
 * of a .scap file (err->pos: the offset of the block in the unpacked file); -EPROTONOSUPPORT a
 * version newer than we know; -EIO; -ENOMEM. After a failure nothing more comes.
 */
int sr_scap_next(struct sr_scap_file *f, struct sr_scap_block *out, struct sr_err *err);

/** sr_scap_offset() - bytes of the unpacked file read so far. */
uint64_t sr_scap_offset(const struct sr_scap_file *f);

void sr_scap_free(struct sr_scap_file *f);

#endif /* SR_SCAP_FILE_H */
