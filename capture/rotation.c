/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/rotation.h"
#include "formats/reel_frame.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NS_PER_S   1000000000u

/* A limit of disk space alone makes files of this part of it: what is lost at once is not much. */
#define DISK_PARTS 8u

struct kept {
	char *path;
	uint64_t bytes;
};

struct sr_rotation {
	struct sr_rotation_opts o;
	struct kept *files; /* oldest first; the last is the current one */
	size_t n, cap;
	struct sr_rotation_stats stats;
	uint64_t closed; /* bytes of those kept, without the current one */
};

bool sr_rotation_wanted(const struct sr_rotation_opts *o)
{
	return o->bytes || o->seconds || o->events || o->max_disk;
}

/* ---- names ---- */

int sr_rotation_strftime(struct sr_buf *out, const char *pattern, time_t when)
{
	char text[PATH_MAX];
	struct tm tm = { 0 };
	size_t n;

	(void)localtime_r(&when, &tm); /* cannot fail: less than 2^35 seconds */
/* That the user may choose what the name is made of is the point. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	n = strftime(text, sizeof(text), pattern, &tm);
#pragma GCC diagnostic pop
	if (!n)
		return -EINVAL;
	sr_buf_put(out, text, n);
	return out->oom ? -ENOMEM : 0;
}

static int digits_of(uint32_t n)
{
	int digits = 0;

	for (; n; n /= 10)
		digits++;
	return digits;
}

int sr_rotation_name(struct sr_buf *out, const struct sr_rotation_opts *o, uint64_t number,
		     time_t when)
{
	bool by_time = strchr(o->name, '%');
	int rc = sr_rotation_strftime(out, o->name, when);

	if (o->files)
		number %= o->files;
	if (o->events || (o->seconds && !by_time))
		sr_buf_u64(out, number);
	if (!o->events && (o->bytes || o->max_disk))
		sr_buf_printf(out, "%0*" PRIu64, digits_of(o->files), number);
	return rc == 0 && out->oom ? -ENOMEM : rc;
}

/* ---- files ---- */

static bool may_replace(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	uint8_t magic[8];
	struct stat st;
	ssize_t n;
	bool may;

	if (fd < 0)
		return false;
	n = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? read(fd, magic, sizeof(magic)) : -1;
	may = n == 0 || (n > 0 && sr_file_magic_fits(magic, (size_t)n));
	(void)close(fd); /* only read from */
	return may;
}

/* The old file is not written over but removed: who reads it goes on reading it. */
int sr_rotation_create(const char *path, struct sr_err *err)
{
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, fd = open(path, flags, 0600);

	if (fd < 0 && errno == EEXIST) {
		if (!may_replace(path))
			return sr_err_set(err, -EEXIST, SR_NO_POS,
					  "%s: exists and is not a capture; remove it or choose "
					  "another name",
					  path);
		if (unlink(path) == 0)
			fd = open(path, flags, 0600);
	}
	return fd < 0 ? sr_err_set(err, -errno, SR_NO_POS, "cannot write %s: %s", path,
				   strerror(errno))
		      : fd;
}

/* ---- which stay ---- */

int sr_rotation_new(struct sr_rotation **out, const struct sr_rotation_opts *o, struct sr_err *err)
{
	struct sr_rotation *r;

	if (o->max_disk && o->bytes > o->max_disk / 2)
		return sr_err_set(err, -EINVAL, SR_NO_POS,
				  "a file may have at most half of the disk space");
	r = calloc(1, sizeof(*r));
	if (!r)
		return sr_err_set(err, -ENOMEM, SR_NO_POS, "no memory");
	r->o = *o;
	if (o->max_disk && !o->bytes)
		r->o.bytes = o->max_disk / DISK_PARTS ? o->max_disk / DISK_PARTS : 1;
	*out = r;
	return 0;
}

const struct sr_rotation_opts *sr_rotation_limits(const struct sr_rotation *r)
{
	return &r->o;
}

static bool is_input(const struct sr_rotation_opts *o, const char *path)
{
	struct stat a, b;

	if (stat(path, &a) < 0)
		return false;
	for (size_t i = 0; i < o->ninputs; i++)
		if (stat(o->inputs[i], &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino)
			return true;
	return false;
}

/* Take file @i out of the list; @remove: from the disk too. */
static void drop(struct sr_rotation *r, size_t i, bool remove)
{
	struct kept *k = &r->files[i];

	if (remove)
		(void)unlink(k->path); /* somebody may have moved it away */
	r->stats.removed++;
	r->closed -= k->bytes;
	free(k->path);
	memmove(k, k + 1, (r->n - i - 1) * sizeof(*k));
	r->n--;
}

static bool is_ours(const struct sr_rotation *r, const char *path)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->files[i].path, path) == 0)
			return true;
	return false;
}

/* A name that a file of this recording has already, and that is not meant to be used again, gets
 * a number: times may be coarser than the files are long. */
static int next_name(const struct sr_rotation *r, time_t when, struct sr_buf *out)
{
	int rc = sr_rotation_name(out, &r->o, r->stats.begun, when);
	size_t len = out->len;

	for (unsigned int i = 1; rc == 0 && strchr(r->o.name, '%') && is_ours(r, sr_buf_cstr(out));
	     i++) {
		out->len = len;
		sr_buf_printf(out, ".%u", i);
		rc = out->oom ? -ENOMEM : 0;
	}
	return rc;
}

static int add(struct sr_rotation *r, const char *path)
{
	size_t cap = r->cap ? r->cap * 2 : 16;
	struct kept *p = r->files;

	if (r->n == r->cap) {
		p = realloc(p, cap * sizeof(*p));
		if (!p)
			return -ENOMEM;
		r->files = p;
		r->cap = cap;
	}
	p[r->n] = (struct kept){ .path = strdup(path) };
	if (!p[r->n].path)
		return -ENOMEM;
	r->n++;
	return 0;
}

/* The one that is written over goes out of the list. */
static void forget(struct sr_rotation *r, const char *path)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->files[i].path, path) == 0) {
			drop(r, i, false);
			return;
		}
}

int sr_rotation_next(struct sr_rotation *r, uint64_t wall_ns, uint64_t bytes, struct sr_err *err)
{
	struct sr_buf name = { 0 };
	int fd = next_name(r, (time_t)(wall_ns / NS_PER_S), &name);

	if (r->n) {
		r->files[r->n - 1].bytes = bytes;
		r->closed += bytes;
		r->stats.bytes += bytes;
	}
	while (r->o.files && r->n && r->n >= r->o.files && !is_ours(r, sr_buf_cstr(&name)))
		drop(r, 0, true);
	if (fd < 0)
		fd = sr_err_set(err, fd, SR_NO_POS, "%s: makes no name of a file", r->o.name);
	else if (is_input(&r->o, sr_buf_cstr(&name)))
		fd = sr_err_set(err, -EEXIST, SR_NO_POS,
				"%s: is a file that is being read; write to another one",
				sr_buf_cstr(&name));
	else
		fd = sr_rotation_create(sr_buf_cstr(&name), err);
	if (fd >= 0) {
		forget(r, sr_buf_cstr(&name));
		if (add(r, sr_buf_cstr(&name)) < 0) {
			(void)close(fd); /* nothing was written */
			fd = sr_err_set(err, -ENOMEM, SR_NO_POS, "no memory for another file");
		} else {
			r->stats.begun++;
			sr_rotation_trim(r, 0);
		}
	}
	sr_buf_free(&name);
	return fd;
}

void sr_rotation_trim(struct sr_rotation *r, uint64_t bytes)
{
	while (r->o.max_disk && r->n > 1 && r->closed + bytes > r->o.max_disk)
		drop(r, 0, true);
}

const char *sr_rotation_path(const struct sr_rotation *r)
{
	return r->n ? r->files[r->n - 1].path : NULL;
}

void sr_rotation_stats(const struct sr_rotation *r, struct sr_rotation_stats *out)
{
	*out = r->stats;
}

void sr_rotation_free(struct sr_rotation *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->n; i++)
		free(r->files[i].path);
	free(r->files);
	free(r);
}
