/* SPDX-License-Identifier: Apache-2.0 */
/* Names of the files that triggers write. */
#include "capture/retro_file.h"
#include "capture/rotation.h"
#include "cli/retro.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAX_SAME 10000 /* files of one name, which have numbers then */
#define SUFFIX	 ".reel"
#define IN_USE_S 60 /* a file that was written to since may be open */
#define D	 "[0-9]"

/* Names of containers come from outside. */
static void put_safe(struct sr_buf *out, const char *s, size_t max)
{
	for (size_t i = 0; s[i] && i < max; i++)
		sr_buf_putc(out, isalnum((unsigned char)s[i]) || strchr("_.-", s[i]) ? s[i] : '_');
}

static bool is_pattern(const char *where)
{
	size_t len = strlen(where), n = sizeof(SUFFIX) - 1;

	return strchr(where, '%') || (len > n && strcmp(where + len - n, SUFFIX) == 0);
}

/* All but the suffix. */
static int put_stem(struct sr_buf *out, const char *where, const struct sr_retro_cause *c)
{
	size_t n = sizeof(SUFFIX) - 1;
	time_t now = time(NULL);
	int rc;

	if (is_pattern(where)) {
		rc = sr_rotation_strftime(out, where, now);
		if (rc == 0 && out->len > n && memcmp(out->p + out->len - n, SUFFIX, n) == 0)
			out->len -= n;
		return rc;
	}
	sr_buf_puts(out, where);
	if (out->len && out->p[out->len - 1] != '/')
		sr_buf_putc(out, '/');
	rc = sr_rotation_strftime(out, "%Y%m%dT%H%M%S", now);
	sr_buf_putc(out, '-');
	sr_buf_puts(out, c->name);
	if (c->container) {
		const char *name = *c->container->name ? c->container->name : c->container->id;

		sr_buf_putc(out, '-');
		put_safe(out, name, *c->container->name ? 64 : 12);
	}
	return rc;
}

/* Several files may begin in the same second. */
static int create_new(struct sr_buf *path)
{
	size_t stem = path->len;
	int fd = -1;

	for (int i = 1; fd < 0 && i <= MAX_SAME; i++) {
		path->len = stem;
		if (i > 1)
			sr_buf_printf(path, "-%d", i);
		sr_buf_puts(path, SUFFIX);
		if (path->oom)
			return -ENOMEM;
		fd = open(sr_buf_cstr(path), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0 && errno != EEXIST)
			return -errno;
	}
	return fd < 0 ? -EEXIST : fd;
}

int retro_create(const char *where, const struct sr_retro_cause *c, struct sr_buf *path,
		 struct sr_err *err)
{
	size_t from = path->len;
	int rc = 0;

	if (!is_pattern(where) && mkdir(where, 0750) < 0 && errno != EEXIST)
		return sr_err_set(err, -errno, SR_NO_POS, "%s: %s", where, strerror(errno));
	rc = put_stem(path, where, c);
	if (rc == 0)
		rc = create_new(path);
	if (rc < 0)
		(void)sr_err_set(err, rc, SR_NO_POS, "%s: %s", sr_buf_cstr(path) + from,
				 strerror(-rc));
	return rc;
}

/* ---- what stays ---- */

bool retro_is_folder(const char *where)
{
	return !is_pattern(where);
}

/* Names as put_stem() makes them, and no others: somebody may keep files there too. */
static int is_ours(const struct dirent *e)
{
	static const char pattern[] = D D D D D D D D "T" D D D D D D "-*" SUFFIX;

	return fnmatch(pattern, e->d_name, 0) == 0;
}

/* Take one file into account, or away. */
static bool trim_one(const char *path, size_t *left, uint32_t files, uint64_t *sum, uint64_t bytes)
{
	struct stat st;

	if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	++*left;
	*sum += (uint64_t)st.st_size;
	if ((!files || *left <= files) && (!bytes || *sum <= bytes))
		return false;
	return st.st_mtime + IN_USE_S < time(NULL) && unlink(path) == 0;
}

size_t retro_trim(const char *folder, uint32_t files, uint64_t bytes)
{
	struct dirent **list = NULL;
	size_t removed = 0, left = 0;
	uint64_t sum = 0;
	char path[PATH_MAX];
	int n = scandir(folder, &list, is_ours, alphasort);

	/* their names begin with the time: the last are the newest */
	for (int i = n; i-- > 0; free(list[i]))
		if (snprintf(path, sizeof(path), "%s/%s", folder, list[i]->d_name) <
		    (int)sizeof(path))
			removed += trim_one(path, &left, files, &sum, bytes);
	free(list);
	return removed;
}
