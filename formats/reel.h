/* SPDX-License-Identifier: Apache-2.0 */
/* The capture file, .reel: docs/reel-format.md specifies it byte by byte. */
#ifndef SR_REEL_H
#define SR_REEL_H

#include "formats/block.h"
#include "formats/meta.h"
#include "formats/zone.h"

/* ---- writing ---- */

struct sr_reel_writer;
struct sr_packed; /* formats/reel_packer.h */

struct sr_reel_writer_opts {
	int level; /* zstd level; 0 means the default (1) */
};

/**
 * sr_reel_writer_open() - start a capture on @fd (a new, empty file, a pipe or a terminal
 * is not refused). Writes the file header. @fd stays the caller's. A lock is put on a regular file
 * (F_OFD_SETLK, of all of it), which goes when @fd and its duplicates are closed.
 * Return: 0; negative errno of write(2); -ENOMEM.
 */
int sr_reel_writer_open(struct sr_reel_writer **out, int fd, const struct sr_reel_writer_opts *opts,
			struct sr_err *err);

/** sr_reel_write_block() - pack and append one block; complete in the file when it returns.
 *  On failure (disk full...) the file is cut back to the end of the last whole frame where
 *  it can be (regular file), and every later call fails the same way. */
int sr_reel_write_block(struct sr_reel_writer *w, struct sr_block *b, struct sr_err *err);

/** sr_reel_append() - append a block that was packed before (formats/reel_packer.h). Its events are
 *  numbered by this file; @p stays the caller's and may be appended to another file too.
 *  Failures are those of sr_reel_write_block(). */
int sr_reel_append(struct sr_reel_writer *w, struct sr_packed *p, struct sr_err *err);

/** sr_reel_write_meta() - append one JSON document of formats/meta.h. */
int sr_reel_write_meta(struct sr_reel_writer *w, const char *json, size_t len, struct sr_err *err);

/** sr_reel_writer_bytes() - bytes written so far. */
uint64_t sr_reel_writer_bytes(const struct sr_reel_writer *w);
uint64_t sr_reel_writer_blocks(const struct sr_reel_writer *w);
uint64_t sr_reel_writer_events(const struct sr_reel_writer *w);

/** sr_reel_writer_close() - append the index and end mark, free @w. @fd stays open. */
int sr_reel_writer_close(struct sr_reel_writer *w, struct sr_err *err);

/* ---- reading ---- */

struct sr_reel;

/** struct sr_reel_damage - one damaged place, told as it is met. */
struct sr_reel_damage {
	uint64_t offset; /* in bytes, of the first byte that does not fit */
	uint64_t len;	 /* bytes skipped; 0, and no events: the file ends here (cut) */
	uint64_t events; /* that are missing, as the numbers of those behind them tell; 0 unknown */
	char what[128];
};

/**
 * sr_reel_open() - open a capture file and read what stands outside the blocks.
 * @path: "-" is standard input (it is then read in order and late documents are
 *        not known early).
 * @meta: receives the documents of the file: of all of it when the file can be
 *        seeked; borrowed, must outlive the reader.
 *
 * Return: 0; -EBADMSG not a capture file; -EPROTONOSUPPORT written by a newer
 * major version; -ENOMEM; or the negative errno of open(2)/read(2). err->pos is
 * an offset in bytes.
 */
int sr_reel_open(struct sr_reel **out, const char *path, struct sr_meta *meta, struct sr_err *err);

/**
 * sr_reel_next() - the next block.
 * @out: borrowed until the next call or sr_reel_free().
 *
 * Damaged frames are skipped and counted (sr_reel_damages()).
 * Return: 1 a block; 0 end; negative errno of read(2) or -ENOMEM.
 */
int sr_reel_next(struct sr_reel *r, struct sr_block **out, struct sr_err *err);

/* Several blocks at a time: each lies in a slot of its own, and may there be loaded and looked at
 * by any one thread. The reader itself belongs to one thread all the same. */
struct sr_reel_slot;

int sr_reel_slot_new(struct sr_reel_slot **out, struct sr_reel *r);

#define SR_REEL_WAIT 2

/**
 * sr_reel_fetch() - as sr_reel_next(), into a slot; the block that was in it is gone.
 * @alone: no block is looked at in any slot.
 * Return: also SR_REEL_WAIT: a document comes next, which changes what blocks are looked at with.
 * Call it again when all is settled, with @alone.
 */
int sr_reel_fetch(struct sr_reel *r, struct sr_reel_slot *s, bool alone, struct sr_block **out,
		  struct sr_err *err);

/** sr_reel_settle() - the block in @s is done with, and so are all before it: damage and work up to
 *  there are told from now on. NULL: those after the last block too. Return 0; -ENOMEM. */
int sr_reel_settle(struct sr_reel *r, struct sr_reel_slot *s);

void sr_reel_slot_free(struct sr_reel_slot *s);

/**
 * sr_reel_set_skip() - ask @skip, before a block is read, whether it can be passed over.
 *
 * What is passed over in a file that can be seeked is not looked at: damage there is not told,
 * but where a frame ends that the file has no more of.
 */
void sr_reel_set_skip(struct sr_reel *r, bool (*skip)(const struct sr_zone *z, void *arg),
		      void *arg);

/** struct sr_reel_work - what reading has cost so far. */
struct sr_reel_work {
	uint64_t read, read_bytes;	 /* blocks, their bytes in the file */
	uint64_t skipped, skipped_bytes; /* passed over */
};
const struct sr_reel_work *sr_reel_work(const struct sr_reel *r);

/** sr_reel_offset_of() - where in the file the frame of a block begins that a reader yielded. */
uint64_t sr_reel_offset_of(const struct sr_block *b);

/**
 * sr_reel_packed_of() - a block that a reader yielded as it stands in the file, for
 * sr_reel_append(): nothing of it is unpacked and packed again. Return: 1; 0: this is not so simple
 * (it is of no reader, in an older form, or holds what none of its events refers to); -ENOMEM;
 * -EBADMSG if it does not load.
 */
int sr_reel_packed_of(struct sr_block *b, struct sr_packed *out, struct sr_err *err);

/** sr_reel_damages() - damage met so far (complete at the end); *n entries. */
const struct sr_reel_damage *sr_reel_damages(const struct sr_reel *r, size_t *n);

/** sr_reel_complete() - true if the file has its end mark (the recorder closed it). */
bool sr_reel_complete(const struct sr_reel *r);

/** sr_reel_seekable() - false: a pipe, which is read in order. */
bool sr_reel_seekable(const struct sr_reel *r);

/** struct sr_reel_stats - what a file holds, from frame headers alone where possible. */
struct sr_reel_stats {
	uint64_t bytes, blocks, events;
	uint64_t block_bytes;	     /* of the blocks, packed, without their zone maps */
	uint64_t raw_bytes;	     /* of the blocks, unpacked */
	uint64_t min_time, max_time; /* ns CLOCK_MONOTONIC; of events; 0 if none */
};

/**
 * sr_reel_follow() - from now on the end of the file (of one that can be seeked) is not its end, if
 * there is no end mark before it: sr_reel_next() says -EAGAIN, without words, where there is no
 * whole frame yet; call it again later. Documents are then known as they come. sr_reel_fetch() is
 * not for such a file.
 * @on: false: what is there now is all there will be.
 */
void sr_reel_follow(struct sr_reel *r, bool on);

/** sr_reel_written() - whether a recorder has the file open, and so may write more: it holds a lock
 *  as long as it lives. False too where locks do not work, or do not reach: another machine. */
bool sr_reel_written(const struct sr_reel *r);

/** sr_reel_stats() - valid after open for a file that can be seeked, else at the end. */
const struct sr_reel_stats *sr_reel_stats(const struct sr_reel *r);

void sr_reel_free(struct sr_reel *r);

#endif /* SR_REEL_H */
