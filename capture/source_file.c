/* SPDX-License-Identifier: Apache-2.0 */
/* Capture files of every kind: the first bytes tell which source reads them. */
#include "capture/source_scap.h"
#include "formats/scap_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* The first bytes of a file that can be seeked, or of a pipe, without taking them. */
static size_t peek(int fd, uint8_t *p, size_t len)
{
	ssize_t n = pread(fd, p, len, 0);
	int pipes[2];

	if (n >= 0 || pipe2(pipes, O_CLOEXEC) < 0)
		return n > 0 ? (size_t)n : 0;
	n = tee(fd, pipes[1], len, 0);
	if (n > 0)
		n = read(pipes[0], p, (size_t)n);
	(void)close(pipes[0]); /* nothing that could be lost */
	(void)close(pipes[1]);
	return n > 0 ? (size_t)n : 0;
}

int sr_source_file_open(struct sr_source **out, const char *path, struct sr_meta *meta,
			struct sr_err *err)
{
	bool standard_input = strcmp(path, "-") == 0;
	int fd = standard_input ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	uint8_t magic[4];

	if (fd >= 0 && sr_scap_magic(magic, peek(fd, magic, sizeof(magic))))
		return sr_source_scap_open(out, fd, meta, err);
	if (fd >= 0)
		(void)close(fd); /* only read from */
	return sr_source_reel_open(out, path, meta, err);
}

static struct sr_source_file file_of(struct sr_source *s)
{
	struct sr_source_file f;

	s->ops->file(s, &f);
	return f;
}

const struct sr_reel_damage *sr_source_damages(struct sr_source *s, size_t *n)
{
	struct sr_source_file f = file_of(s);

	*n = f.ndamages;
	return f.damages;
}

bool sr_source_complete(struct sr_source *s)
{
	return file_of(s).complete;
}

const struct sr_reel_stats *sr_source_file_stats(struct sr_source *s)
{
	return file_of(s).stats;
}
