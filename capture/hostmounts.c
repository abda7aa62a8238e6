/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/hostmounts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_GONE 4096	 /* mounts that are remembered */
#define LOOK_NS	 5000000 /* a change is seen after this time at the latest */

/* One mount; both strings in one piece of memory. */
struct mnt {
	uint32_t dev;
	uint32_t root_len, point_len;
	bool gone;
	char *root;  /* within its file system */
	char *point; /* where it is mounted */
};

struct sr_hostmounts {
	struct mnt *v; /* in the order of the table, then those that have gone */
	size_t n, cap;
	int fd;
	uint64_t looked; /* CLOCK_MONOTONIC_COARSE */
	struct sr_buf text, try;
};

/* ---- the table ---- */

/* A field of a line of mountinfo, its octal escapes undone in place. NULL at the end. */
static char *next_field(char **line)
{
	char *p = *line, *to, *from;

	while (*p == ' ')
		p++;
	if (!*p)
		return NULL;
	for (from = to = p; *from && *from != ' '; to++) {
		if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' &&
		    from[2] <= '7' && from[3] >= '0' && from[3] <= '7') {
			*to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*line = *from ? from + 1 : from;
	*to = '\0';
	return p;
}

static struct mnt *push(struct sr_hostmounts *m)
{
	if (m->n == m->cap) {
		size_t cap = m->cap ? m->cap * 2 : 64;
		struct mnt *v = realloc(m->v, cap * sizeof(*v));

		if (!v)
			return NULL;
		m->v = v;
		m->cap = cap;
	}
	m->v[m->n] = (struct mnt){ 0 };
	return &m->v[m->n++];
}

/* "/" is the prefix of all: kept as "". */
static uint32_t length_of(const char *s)
{
	size_t n = strlen(s);

	return n == 1 && s[0] == '/' ? 0 : (uint32_t)n;
}

/* 36 35 98:0 /root /point options ... */
static int add_line(struct sr_hostmounts *m, char *line)
{
	char *dev, *root, *point, *minor;
	struct mnt *new;

	(void)next_field(&line);
	(void)next_field(&line);
	dev = next_field(&line);
	root = next_field(&line);
	point = next_field(&line);
	minor = dev ? strchr(dev, ':') : NULL;
	if (!point || !minor)
		return 0;
	new = push(m);
	if (!new)
		return -ENOMEM;
	new->dev = (uint32_t)(strtoul(dev, NULL, 10) << 20 | strtoul(minor + 1, NULL, 10));
	new->root_len = length_of(root);
	new->point_len = length_of(point);
	new->root = malloc((size_t) new->root_len + new->point_len + 1);
	if (!new->root) {
		m->n--;
		return -ENOMEM;
	}
	memcpy(new->root, root, new->root_len);
	new->point = new->root + new->root_len;
	memcpy(new->point, point, new->point_len);
	return 0;
}

static bool same_mount(const struct mnt *a, const struct mnt *b)
{
	return a->dev == b->dev && a->root_len == b->root_len && a->point_len == b->point_len &&
	       memcmp(a->root, b->root, (size_t)a->root_len + a->point_len) == 0;
}

static bool is_there(const struct mnt *v, size_t n, const struct mnt *what)
{
	for (size_t i = 0; i < n; i++)
		if (same_mount(&v[i], what))
			return true;
	return false;
}

/* The table was read anew to its end: of the @nold mounts before it, those that are not in it
 * any more go behind it. */
static void keep_gone(struct sr_hostmounts *m, const struct mnt *old, size_t nold)
{
	size_t now = m->n, first = nold > MAX_GONE ? nold - MAX_GONE : 0;
	struct mnt *p;

	for (size_t i = 0; i < nold; i++) {
		p = i < first || is_there(m->v, now, &old[i]) ? NULL : push(m);
		if (p) {
			*p = old[i];
			p->gone = true;
		} else {
			free(old[i].root);
		}
	}
}

static bool read_text(struct sr_hostmounts *m)
{
	ssize_t n = 1;

	m->text.len = 0;
	if (lseek(m->fd, 0, SEEK_SET))
		return false;
	while (n > 0) {
		if (!sr_buf_reserve(&m->text, 16384))
			return false;
		n = read(m->fd, m->text.p + m->text.len, 16384 - 1);
		if (n > 0)
			m->text.len += (size_t)n;
	}
	if (n < 0 || !m->text.len)
		return false;
	m->text.p[m->text.len] = '\0';
	return true;
}

static void read_table(struct sr_hostmounts *m)
{
	struct mnt *old = m->v;
	size_t nold = m->n;
	char *line, *save;

	if (!read_text(m))
		return;
	m->v = NULL;
	m->n = m->cap = 0;
	for (line = strtok_r((char *)m->text.p, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		if (add_line(m, line) < 0)
			break;
	keep_gone(m, old, nold);
	free(old);
}

static void look(struct sr_hostmounts *m)
{
	struct pollfd p = { .fd = m->fd, .events = POLLPRI };
	struct timespec ts;
	uint64_t now;

	(void)clock_gettime(CLOCK_MONOTONIC_COARSE, &ts); /* cannot fail with these arguments */
	now = (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
	if (m->fd < 0 || now - m->looked < LOOK_NS)
		return;
	m->looked = now;
	if (poll(&p, 1, 0) == 1 && p.revents & (POLLPRI | POLLERR))
		read_table(m);
}

/* ---- paths ---- */

/* Is @prefix the path @s or a folder above it? */
static bool leads_to(const char *prefix, size_t n, const char *s, size_t len)
{
	return n <= len && memcmp(prefix, s, n) == 0 && (n == len || s[n] == '/');
}

/* Is the path seen on mount @i, not on another one that covers it? */
static bool is_visible(const struct sr_hostmounts *m, size_t i, const char *p, size_t len)
{
	for (size_t k = 0; k < m->n && !m->v[k].gone; k++)
		if (k != i && m->v[k].point_len >= m->v[i].point_len &&
		    leads_to(m->v[k].point, m->v[k].point_len, p, len) &&
		    (m->v[k].point_len > m->v[i].point_len || k > i))
			return false;
	return true;
}

/* The path by way of mount @i, in m->try. */
static bool by_way_of(struct sr_hostmounts *m, size_t i, uint32_t dev, const char *within,
		      size_t len)
{
	const struct mnt *k = &m->v[i];

	if (k->dev != dev || !leads_to(k->root, k->root_len, within, len))
		return false;
	m->try.len = 0;
	sr_buf_put(&m->try, k->point, k->point_len);
	sr_buf_put(&m->try, within + k->root_len, len - k->root_len);
	if (!m->try.len)
		sr_buf_putc(&m->try, '/');
	return !m->try.oom && (k->gone || is_visible(m, i, (char *)m->try.p, m->try.len));
}

enum sr_host_path sr_hostmounts_find(struct sr_hostmounts *m, uint32_t dev, const char *within,
				     size_t within_len, const char *path, size_t path_len,
				     struct sr_buf *out)
{
	enum sr_host_path found = SR_HOST_UNKNOWN;
	size_t at = out->len, shortest = SIZE_MAX;

	look(m);
	if (within_len == 1) /* "/" */
		within_len = 0;
	for (size_t i = 0; i < m->n; i++) {
		if (m->v[i].gone && found != SR_HOST_UNKNOWN)
			break;
		if (!by_way_of(m, i, dev, within, within_len))
			continue;
		if (m->try.len == path_len && memcmp(m->try.p, path, path_len) == 0) {
			out->len = at;
			return SR_HOST_SAME;
		}
		/* a mount of the whole file system before one of a part */
		if (m->v[i].root_len >= shortest)
			continue;
		shortest = m->v[i].root_len;
		out->len = at;
		sr_buf_put(out, m->try.p, m->try.len);
		found = SR_HOST_OTHER;
	}
	return found;
}

/* ---- */

int sr_hostmounts_new(struct sr_hostmounts **out, const char *procfs)
{
	static const char *const whose[] = { "1", "self" };
	struct sr_hostmounts *m = calloc(1, sizeof(*m));
	char path[4096];

	if (!m)
		return -ENOMEM;
	m->fd = -1;
	for (size_t i = 0; i < 2 && m->fd < 0; i++) {
		int n = snprintf(path, sizeof(path), "%s/%s/mountinfo", procfs, whose[i]);

		if (n > 0 && n < (int)sizeof(path))
			m->fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (m->fd >= 0)
		read_table(m);
	*out = m;
	return 0;
}

void sr_hostmounts_free(struct sr_hostmounts *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->n; i++)
		free(m->v[i].root);
	free(m->v);
	sr_buf_free(&m->text);
	sr_buf_free(&m->try);
	if (m->fd >= 0)
		close(m->fd);
	free(m);
}
