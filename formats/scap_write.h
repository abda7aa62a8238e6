/* SPDX-License-Identifier: Apache-2.0 */
/* Writes .scap files that sysdig, Falco and Wireshark of 2022 and later open: a section, the lists
 * of machine, addresses, users, threads and files in any order, then events only. Lists are made
 * entry by entry in a buffer and written as one block. */
#ifndef SR_SCAP_WRITE_H
#define SR_SCAP_WRITE_H

#include "formats/base/buf.h"
#include "formats/scap_event.h"
#include "formats/scap_meta.h"

#define SR_SCAP_BLOCK_MACHINE	 0x201u
#define SR_SCAP_BLOCK_PROCS	 0x215u
#define SR_SCAP_BLOCK_FDS	 0x218u
#define SR_SCAP_BLOCK_INTERFACES 0x219u
#define SR_SCAP_BLOCK_USERS	 0x220u

struct sr_scap_writer;

/** sr_scap_writer_open() - begin a file at @fd, which stays the caller's; @gz: packed by gzip.
 *  Return 0; -ENOMEM; negative errno of write(2) with words. */
int sr_scap_writer_open(struct sr_scap_writer **out, int fd, bool gz, struct sr_err *err);

/** sr_scap_put_machine(), _interface(), _user(), _proc(), _fd() - append an entry to the body of a
 *  block; what is longer than readers take is cut. An fd list begins with sr_scap_put_tid(). */
void sr_scap_put_machine(struct sr_buf *b, const struct sr_scap_machine *m);
void sr_scap_put_interface(struct sr_buf *b, const struct sr_scap_interface *i);
void sr_scap_put_user(struct sr_buf *b, const struct sr_scap_user *u);
void sr_scap_put_proc(struct sr_buf *b, const struct sr_scap_proc *p);
void sr_scap_put_tid(struct sr_buf *b, int64_t tid);
void sr_scap_put_fd(struct sr_buf *b, const struct sr_scap_fd *f);

/** sr_scap_write_block() - write the body in @b as a block of @type (SR_SCAP_BLOCK_x), and empty
 * it. Return 0; -ENOMEM (also if @b ran out of memory); negative errno of write(2). */
int sr_scap_write_block(struct sr_scap_writer *w, uint32_t type, struct sr_buf *b,
			struct sr_err *err);

/** sr_scap_write_event() - write @e; its time, tid, id, cpu, state_only, desc and parameters count.
 *  Return as above; -E2BIG a parameter is too long for its event. */
int sr_scap_write_event(struct sr_scap_writer *w, const struct sr_scap_event *e,
			struct sr_err *err);

/** sr_scap_writer_bytes() - written to the file so far. */
uint64_t sr_scap_writer_bytes(const struct sr_scap_writer *w);

/** sr_scap_writer_flush() - what was written can be read. _close() - the same at the end, and free;
 *  NULL is allowed. Return 0 or negative errno with words. */
int sr_scap_writer_flush(struct sr_scap_writer *w, struct sr_err *err);
int sr_scap_writer_close(struct sr_scap_writer *w, struct sr_err *err);

#endif /* SR_SCAP_WRITE_H */
