/* SPDX-License-Identifier: Apache-2.0 */
/* Reads /proc/self/cgroup (numbers of hierarchies), /proc/self/mountinfo (where
 * they are) and the folders themselves: their inode number is the kernfs id
 * under which the kernel knows a cgroup. */
#include "container/hierarchy.h"

#include "container/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_DEPTH 24 /* of a search; Kubernetes in Docker in systemd needs 10 */

struct mount {
	char *root, *dir, *type, *options; /* in the line */
};

/* Spaces and the like stand in mountinfo as \ooo. */
static void unescape(char *s)
{
	char *out = s;

	for (; *s; s++) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
		    s[3] >= '0' && s[3] <= '7') {
			*out++ = (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0'));
			s += 3;
		} else {
			*out++ = *s;
		}
	}
	*out = '\0';
}

/* "31 23 0:28 ROOT DIR OPTS [optional...] - TYPE SOURCE SUPEROPTIONS" */
static bool split_mount(char *line, struct mount *m)
{
	char *save = NULL, *word = strtok_r(line, " \n", &save);

	*m = (struct mount){ 0 };
	for (int i = 0; word && i < 5; i++) {
		if (i == 3)
			m->root = word;
		else if (i == 4)
			m->dir = word;
		word = strtok_r(NULL, " \n", &save);
	}
	while (word && strcmp(word, "-") != 0)
		word = strtok_r(NULL, " \n", &save);
	m->type = word ? strtok_r(NULL, " \n", &save) : NULL;
	word = m->type ? strtok_r(NULL, " \n", &save) : NULL;
	m->options = word ? strtok_r(NULL, " \n", &save) : NULL;
	if (!m->options)
		return false;
	unescape(m->root);
	unescape(m->dir);
	return true;
}

/* Is @word (of @len bytes) one of the words of the comma-separated @list? */
static bool listed(const char *list, const char *word, size_t len)
{
	for (const char *p = list; p; p = strchr(p, ',')) {
		p += *p == ',';
		if (strncmp(p, word, len) == 0 && (p[len] == ',' || p[len] == '\0'))
			return true;
	}
	return false;
}

static bool all_listed(const char *list, const char *words)
{
	while (*words) {
		size_t len = strcspn(words, ",");

		if (!listed(list, words, len))
			return false;
		words += len + (words[len] == ',');
	}
	return true;
}

static FILE *open_proc(const char *proc_root, const char *file)
{
	char path[512];

	if (snprintf(path, sizeof(path), "%s/%s", proc_root, file) >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	return fopen(path, "re");
}

/* The mount of the hierarchy that has @controllers ("" is v2), into @h. One that
 * shows the whole hierarchy is preferred. */
static bool find_mount(const char *proc_root, const char *controllers, struct sr_hierarchy *h)
{
	FILE *f = open_proc(proc_root, "self/mountinfo");
	char *line = NULL;
	bool found = false;
	struct mount m;
	size_t cap = 0;

	while (f && getline(&line, &cap, f) > 0) {
		if (!split_mount(line, &m) ||
		    strcmp(m.type, *controllers ? "cgroup" : "cgroup2") != 0 ||
		    !all_listed(m.options, controllers) || strlen(m.dir) >= sizeof(h->mount) ||
		    strlen(m.root) >= sizeof(h->root) || (found && strcmp(m.root, "/") != 0))
			continue;
		(void)snprintf(h->mount, sizeof(h->mount), "%s", m.dir); /* fits, as was checked */
		(void)snprintf(h->root, sizeof(h->root), "%s", m.root);
		found = true;
		if (strcmp(m.root, "/") == 0)
			break;
	}
	free(line);
	if (f)
		(void)fclose(f); /* was only read */
	return found;
}

struct cgroup_line {
	uint32_t number;
	const char *controllers, *path; /* in the line */
};

/* "5:devices:/docker/..." */
static bool split_cgroup(char *line, struct cgroup_line *out)
{
	char *first = strchr(line, ':'), *second = first ? strchr(first + 1, ':') : NULL;
	char *end;
	unsigned long n;

	if (!second)
		return false;
	n = strtoul(line, &end, 10);
	if (end != first || n > UINT32_MAX)
		return false;
	*second = '\0';
	line[strcspn(second + 1, "\n") + (size_t)(second + 1 - line)] = '\0';
	*out = (struct cgroup_line){ (uint32_t)n, first + 1, second + 1 };
	return true;
}

int sr_hierarchy_list(const char *proc_root, struct sr_hierarchy out[SR_MAX_HIERARCHIES])
{
	FILE *f = open_proc(proc_root, "self/cgroup");
	struct cgroup_line l;
	char *line = NULL;
	size_t cap = 0;
	int n = 0;

	if (!f)
		return -errno;
	while (n < SR_MAX_HIERARCHIES && getline(&line, &cap, f) > 0) {
		if (!split_cgroup(line, &l) || !find_mount(proc_root, l.controllers, &out[n]))
			continue;
		out[n++].number = l.number;
	}
	free(line);
	(void)fclose(f); /* was only read */
	return n;
}

/* Where @path of the hierarchy is in the file system. */
static bool folder_of(const struct sr_hierarchy *h, const char *path, size_t len, char *out,
		      size_t size)
{
	size_t root_len = strcmp(h->root, "/") == 0 ? 0 : strlen(h->root);

	/* "/.." leads out of our own cgroup namespace: not to be seen from here */
	if (memmem(path, len, "/..", 3))
		return false;
	if (len < root_len || memcmp(path, h->root, root_len) != 0 ||
	    (len > root_len && path[root_len] != '/'))
		return false;
	return snprintf(out, size, "%s%.*s", h->mount, (int)(len - root_len), path + root_len) <
	       (int)size;
}

static bool has_cgroup(const struct sr_target *t, uint32_t hierarchy, uint64_t id)
{
	for (size_t i = 0; i < t->ncg; i++) {
		if (t->cg[i].hierarchy == hierarchy && t->cg[i].id == id)
			return true;
	}
	return false;
}

int sr_hierarchy_add(const struct sr_hierarchy *h, const char *path, size_t len,
		     struct sr_target *out)
{
	struct sr_target_cgroup *cg = &out->cg[out->ncg];
	char dir[1536];
	struct stat st;

	if (len >= sizeof(cg->path) || !folder_of(h, path, len, dir, sizeof(dir)) ||
	    stat(dir, &st) < 0 || !S_ISDIR(st.st_mode))
		return -ENOENT;
	if (has_cgroup(out, h->number, st.st_ino))
		return 0;
	if (out->ncg == sizeof(out->cg) / sizeof(*out->cg))
		return -ENOSPC;
	cg->id = st.st_ino;
	cg->hierarchy = h->number;
	memcpy(cg->path, path, len);
	cg->path[len] = '\0';
	out->ncg++;
	return 0;
}

static const struct sr_hierarchy *by_number(const struct sr_hierarchy *h, int n, uint32_t number)
{
	for (int i = 0; i < n; i++) {
		if (h[i].number == number)
			return &h[i];
	}
	return NULL;
}

/* Bytes of @path up to the end of the component that has @id in it; 0 if none has. */
static size_t container_part(const char *path, const char *id)
{
	const char *at = strstr(path, id);
	const char *next;

	while (at && (next = strstr(at + 1, id)))
		at = next;
	return at ? (size_t)(at - path) + strcspn(at, "/") : 0;
}

int sr_hierarchy_folder(const char *proc_root, uint32_t number, const char *path, char *out,
			size_t size)
{
	struct sr_hierarchy hs[SR_MAX_HIERARCHIES];
	const struct sr_hierarchy *h;
	int n = sr_hierarchy_list(proc_root, hs);

	h = by_number(hs, n < 0 ? 0 : n, number);
	if (!h)
		return -ENOENT;
	return folder_of(h, path, strlen(path), out, size) ? 0 : -ENOENT;
}

int sr_hierarchy_own(const char *proc_root, uint32_t number, char *out, size_t size)
{
	FILE *f = open_proc(proc_root, "self/cgroup");
	struct cgroup_line l;
	char *line = NULL;
	size_t cap = 0;
	int rc = -ENOENT;

	while (f && rc == -ENOENT && getline(&line, &cap, f) > 0)
		if (split_cgroup(line, &l) && l.number == number)
			rc = snprintf(out, size, "%s", l.path) < (int)size ? 0 : -ENAMETOOLONG;
	free(line);
	if (f)
		(void)fclose(f); /* was only read */
	return rc;
}

int sr_hierarchy_of_pid(const char *proc_root, int pid, const char *id, struct sr_target *out)
{
	struct sr_hierarchy hs[SR_MAX_HIERARCHIES];
	int n = sr_hierarchy_list(proc_root, hs);
	struct cgroup_line l;
	char *line = NULL, file[32];
	size_t cap = 0;
	FILE *f;

	if (n < 0)
		return n;
	(void)snprintf(file, sizeof(file), "%d/cgroup", pid);
	f = open_proc(proc_root, file);
	if (!f)
		return -errno;
	while (getline(&line, &cap, f) > 0) {
		const struct sr_hierarchy *h;
		size_t len;

		if (!split_cgroup(line, &l) || !(h = by_number(hs, n, l.number)))
			continue;
		/* a hierarchy that the runtime does not use has the process at a place
		 * that it shares with others */
		len = container_part(l.path, id);
		if (len)
			(void)sr_hierarchy_add(h, l.path, len, out); /* what can be seen */
	}
	free(line);
	(void)fclose(f); /* was only read */
	return 0;
}

/* ---- going over all folders ---- */

struct walk {
	const struct sr_hierarchy *h;
	char path[1024]; /* in the hierarchy */
	/* gets a container's own folder, whose path has @len bytes */
	void (*meet)(struct walk *w, size_t len, const struct sr_cgroup_id *id);
};

/* @above bytes of the path are the folder above. */
static void look_at(struct walk *w, size_t len, size_t above)
{
	struct sr_cgroup_id got, outer;

	if (!sr_cgroup_parse(w->path, len, &got))
		return;
	if (sr_cgroup_parse(w->path, above, &outer) && strcmp(outer.id, got.id) == 0)
		return; /* below the container's own folder */
	w->meet(w, len, &got);
}

static void descend(struct walk *w, size_t len, int depth)
{
	char dir[1536];
	struct dirent *e;
	DIR *d;

	if (depth > MAX_DEPTH ||
	    snprintf(dir, sizeof(dir), "%s%s", w->h->mount, w->path) >= (int)sizeof(dir))
		return;
	d = opendir(dir);
	if (!d)
		return;
	while ((e = readdir(d))) {
		size_t name_len = strlen(e->d_name);

		if (e->d_type != DT_DIR || e->d_name[0] == '.' ||
		    len + 1 + name_len >= sizeof(w->path))
			continue;
		w->path[len] = '/';
		memcpy(w->path + len + 1, e->d_name, name_len + 1);
		look_at(w, len + 1 + name_len, len);
		descend(w, len + 1 + name_len, depth + 1);
		w->path[len] = '\0';
	}
	(void)closedir(d); /* was only read */
}

/* Return: 0 or negative errno of reading /proc. */
static int walk_all(const char *proc_root, struct walk *w)
{
	struct sr_hierarchy hs[SR_MAX_HIERARCHIES];
	int n = sr_hierarchy_list(proc_root, hs);

	for (int i = 0; i < n; i++) {
		if (strcmp(hs[i].root, "/") != 0)
			continue; /* paths of a part would lack their beginning */
		w->h = &hs[i];
		w->path[0] = '\0';
		descend(w, 0, 0);
	}
	return n < 0 ? n : 0;
}

struct each {
	struct walk w;
	sr_target_fn fn;
	void *arg;
};

static void tell(struct walk *w, size_t len, const struct sr_cgroup_id *id)
{
	struct each *e = (struct each *)w;
	struct sr_target one = { 0 };

	if (sr_hierarchy_add(w->h, w->path, len, &one) == 0)
		e->fn(e->arg, id->runtime, id->id, &one.cg[0]);
}

int sr_hierarchy_each(const char *proc_root, sr_target_fn fn, void *arg)
{
	struct each e = { .w.meet = tell, .fn = fn, .arg = arg };

	return walk_all(proc_root, &e.w);
}

/* ---- searching by id ---- */

struct search {
	struct walk w;
	const char *id;
	struct sr_target *out;
	int rc; /* -ENOTUNIQ once two ids were met */
};

/* A name must be given whole; the beginning of a 64-digit id is enough. */
static bool is_meant(const struct search *s, const struct sr_cgroup_id *got)
{
	return strcmp(got->id, s->id) == 0 ||
	       (got->id_len == 64 && strncmp(got->id, s->id, strlen(s->id)) == 0 &&
		strspn(got->id, "0123456789abcdef") == 64);
}

static void compare(struct walk *w, size_t len, const struct sr_cgroup_id *got)
{
	struct search *s = (struct search *)w;

	if (!is_meant(s, got))
		return;
	if (s->out->container_id[0] && strcmp(s->out->container_id, got->id) != 0) {
		s->rc = -ENOTUNIQ;
		return;
	}
	memcpy(s->out->container_id, got->id, got->id_len + 1);
	(void)sr_hierarchy_add(w->h, w->path, len, s->out); /* what can be seen */
}

int sr_hierarchy_search(const char *proc_root, const char *id, struct sr_target *out)
{
	struct search s = { .w.meet = compare, .id = id, .out = out };

	if (strlen(id) < 3)
		return -ENOENT;
	(void)walk_all(proc_root, &s.w); /* without /proc nothing is found */
	if (s.rc < 0)
		return s.rc;
	return out->ncg ? 0 : -ENOENT;
}
