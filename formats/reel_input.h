/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a capture file at given offsets, be it a file or a pipe. */
#ifndef SR_REEL_INPUT_H
#define SR_REEL_INPUT_H

#include "formats/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct sr_input {
	int fd;
	bool close_fd;
	bool seekable;
	uint64_t size; /* when it was opened, if it can be seeked */
	/* A window of the file. */
	uint8_t *buf;
	size_t len, cap;
	uint64_t at; /* offset of buf[0] */
};

/** sr_input_open() - @path "-" is standard input. Return 0 or a negative errno, with words. */
int sr_input_open(struct sr_input *in, const char *path, struct sr_err *err);

/**
 * sr_input_peek() - the bytes from @off on.
 * @want: how many; fewer only at the end of the file.
 * @p: receives a pointer to them, borrowed until the next peek.
 *
 * A pipe cannot go back: @off must not be below the one before.
 * Return: how many there are, at most @want; negative errno.
 */
ssize_t sr_input_peek(struct sr_input *in, uint64_t off, size_t want, const uint8_t **p);

/** sr_input_give() - give the window's memory away for another, @*buf of @*cap bytes, in which what
 *  lies behind the offset @end of it stays. What was peeked at stays where it is, in @*buf. Return
 * 0; -ENOMEM, and nothing has changed. */
int sr_input_give(struct sr_input *in, uint64_t end, uint8_t **buf, size_t *cap);

void sr_input_close(struct sr_input *in);

#endif /* SR_REEL_INPUT_H */
