/* SPDX-License-Identifier: Apache-2.0 */
/* A window over a file (pread) or a pipe (read), moved forward on demand. */
#include "formats/reel_input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WINDOW ((size_t)64 << 10)

int sr_input_open(struct sr_input *in, const char *path, struct sr_err *err)
{
	struct stat st;

	memset(in, 0, sizeof(*in));
	in->fd = STDIN_FILENO;
	if (!strcmp(path, "-"))
		return 0;
	in->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (in->fd < 0)
		return sr_err_set(err, -errno, SR_NO_POS, "%s: %s", path, strerror(errno));
	in->close_fd = true;
	if (fstat(in->fd, &st) < 0)
		return sr_err_set(err, -errno, SR_NO_POS, "%s: %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return sr_err_set(err, -EISDIR, SR_NO_POS, "%s is a folder, not a capture file",
				  path);
	in->seekable = S_ISREG(st.st_mode);
	in->size = in->seekable ? (uint64_t)st.st_size : 0;
	return 0;
}

void sr_input_close(struct sr_input *in)
{
	if (in->close_fd)
		(void)close(in->fd); /* only read from */
	in->close_fd = false;
	free(in->buf);
	in->buf = NULL;
}

static int make_room(struct sr_input *in, size_t want)
{
	size_t cap = want < WINDOW ? WINDOW : want + want / 8; /* frames differ a little */
	uint8_t *p;

	if (want <= in->cap)
		return 0;
	p = realloc(in->buf, cap);
	if (!p)
		return -ENOMEM;
	in->buf = p;
	in->cap = cap;
	return 0;
}

/* One read into the window's end. Return the bytes, 0 at the end of the file. */
static ssize_t fill(struct sr_input *in, size_t most)
{
	uint8_t *to = in->buf + in->len;
	ssize_t n;

	do {
		n = in->seekable ? pread(in->fd, to, most, (off_t)(in->at + in->len))
				 : read(in->fd, to, most);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	in->len += (size_t)n;
	return n;
}

/* Drop what is before @off. A pipe reads and drops what is between. */
static int move_to(struct sr_input *in, uint64_t off)
{
	ssize_t n;

	while (!in->seekable && off > in->at + in->len) {
		in->at += in->len;
		in->len = 0;
		n = fill(in, in->cap);
		if (n <= 0)
			return (int)n;
	}
	if (off < in->at || off > in->at + in->len) {
		in->at = off;
		in->len = 0;
		return 0;
	}
	in->len -= (size_t)(off - in->at);
	memmove(in->buf, in->buf + (off - in->at), in->len);
	in->at = off;
	return 0;
}

ssize_t sr_input_peek(struct sr_input *in, uint64_t off, size_t want, const uint8_t **p)
{
	ssize_t n = make_room(in, want ? want : 1);

	if (n < 0)
		return n;
	if (off < in->at || off + want > in->at + in->len) {
		n = move_to(in, off);
		while (n >= 0 && in->len < want && in->at == off) {
			/* A pipe gives what it has; a file no more than was asked for. */
			n = fill(in, in->seekable ? want - in->len : in->cap - in->len);
			if (n == 0)
				break;
		}
		if (n < 0)
			return n;
		if (in->at != off) /* the pipe ended before */
			return 0;
	}
	*p = in->buf + (off - in->at);
	n = (ssize_t)(in->at + in->len - off);
	return n < (ssize_t)want ? n : (ssize_t)want;
}

int sr_input_give(struct sr_input *in, uint64_t end, uint8_t **buf, size_t *cap)
{
	size_t used = end - in->at < in->len ? (size_t)(end - in->at) : in->len;
	struct sr_input next = *in;

	next.buf = *buf;
	next.cap = *cap;
	if (make_room(&next, in->len - used + 1) < 0)
		return -ENOMEM;
	next.at = in->at + used;
	next.len = in->len - used;
	memcpy(next.buf, in->buf + used, next.len);
	*buf = in->buf;
	*cap = in->cap;
	*in = next;
	return 0;
}
