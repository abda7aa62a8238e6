/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/inside.h"

#include "capture/veths.h"
#include "container/cgroup.h"
#include "container/passwd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_FILE     (1u << 20) /* /etc/passwd of an image has some KiB */
#define MAX_ACCOUNTS 4096	/* of a container; a directory server's users are not in the file */

/* ---- files ---- */

/* Below @dir, and never outside of it, whatever links there are. */
static int open_in(int dir, const char *path, uint64_t flags)
{
	const struct open_how how = { .flags = flags | O_CLOEXEC,
				      .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };

	return (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
}

/* Takes @fd. A file that is longer counts as not there. */
static int read_all(int fd, struct sr_buf *out)
{
	ssize_t n = 1;
	int rc = fd < 0 ? -errno : 0;

	out->len = 0;
	while (rc == 0 && n > 0) {
		if (out->len > MAX_FILE) {
			rc = -EFBIG;
		} else if (!sr_buf_reserve(out, 4096)) {
			rc = -ENOMEM;
		} else {
			n = read(fd, out->p + out->len, 4096);
			if (n < 0)
				rc = -errno;
			else
				out->len += (size_t)n;
		}
	}
	if (fd >= 0)
		(void)close(fd); /* was only read */
	return rc;
}

static int read_proc(int proc, const char *name, struct sr_buf *out)
{
	return read_all(openat(proc, name, O_RDONLY | O_CLOEXEC), out);
}

/* A regular file of the container: opening does not wait, and is nothing's concern. */
static int read_inside(int root, const char *path, struct sr_buf *out)
{
	int fd = open_in(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))) {
		(void)close(fd);
		errno = EINVAL;
		fd = -1;
	}
	return read_all(fd, out);
}

/* ---- accounts ---- */

struct account {
	uint32_t id;
	struct sr_passwd a;
};

static int by_id(const void *a, const void *b)
{
	const struct account *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return (x->a.name > y->a.name) - (x->a.name < y->a.name); /* as they stand in the text */
}

/* Those of a file by the host's numbers, the first of each. */
static size_t list_accounts(const struct sr_buf *text, const struct sr_buf *map, bool group,
			    struct account *out)
{
	struct sr_idrange *ranges = calloc(SR_MAX_IDRANGES, sizeof(*ranges));
	const char *p = (const char *)text->p;
	size_t len = text->len, n = 0, kept = 0;
	size_t nranges = ranges ? sr_idmap_parse((const char *)map->p, map->len, ranges) : 0;
	struct sr_passwd a;

	while (n < MAX_ACCOUNTS && sr_passwd_next(&p, &len, group, &a)) {
		out[n].a = a;
		n += sr_idmap_outside(ranges, nranges, a.id, &out[n].id);
	}
	free(ranges);
	qsort(out, n, sizeof(*out), by_id);
	for (size_t i = 0; i < n; i++)
		if (!kept || out[kept - 1].id != out[i].id)
			out[kept++] = out[i];
	return kept;
}

static void put_map(struct sr_buf *doc, const char *key, const struct account *a, size_t n,
		    void (*get)(const struct sr_passwd *a, const char **p, size_t *len))
{
	const char *sep = "", *p;
	size_t len;

	sr_buf_printf(doc, ",\"%s\":{", key);
	for (size_t i = 0; i < n; i++) {
		get(&a[i].a, &p, &len);
		if (!len)
			continue;
		sr_buf_printf(doc, "%s\"%u\":", sep, a[i].id);
		sr_buf_json_str(doc, p, len);
		sep = ",";
	}
	sr_buf_putc(doc, '}');
}

static void get_name(const struct sr_passwd *a, const char **p, size_t *len)
{
	*p = a->name;
	*len = a->name_len;
}

static void get_home(const struct sr_passwd *a, const char **p, size_t *len)
{
	*p = a->home;
	*len = a->home_len;
}

static void get_shell(const struct sr_passwd *a, const char **p, size_t *len)
{
	*p = a->shell;
	*len = a->shell_len;
}

/* Return 0, or why /etc/passwd cannot be read. */
static int put_accounts(struct sr_buf *doc, int proc, int root)
{
	struct account *list = calloc(MAX_ACCOUNTS, sizeof(*list));
	struct sr_buf text = { 0 }, map = { 0 };
	int rc = list ? read_inside(root, "etc/passwd", &text) : -ENOMEM;
	size_t n;

	if (rc == 0)
		rc = read_proc(proc, "uid_map", &map);
	if (rc == 0) {
		n = list_accounts(&text, &map, false, list);
		put_map(doc, "users", list, n, get_name);
		put_map(doc, "homes", list, n, get_home);
		put_map(doc, "shells", list, n, get_shell);
	}
	if (rc == 0 && read_inside(root, "etc/group", &text) == 0 &&
	    read_proc(proc, "gid_map", &map) == 0)
		put_map(doc, "groups", list, list_accounts(&text, &map, true, list), get_name);
	sr_buf_free(&text);
	sr_buf_free(&map);
	free(list);
	return rc;
}

/* ---- folders ---- */

/* Octal escapes of mountinfo and of overlay's options, undone in place. */
static void unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
		    s[3] >= '0' && s[3] <= '7') {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

static void put_path(struct sr_buf *doc, const char *key, const char *path)
{
	sr_buf_printf(doc, ",\"%s\":", key);
	sr_buf_json_str(doc, path, strlen(path));
}

/* ",upperdir=/var/lib/..." among the options of an overlay. */
static void put_upper(struct sr_buf *doc, char *options)
{
	static const char key[] = "upperdir=";
	char *at = strstr(options, key), *path;

	while (at && at > options && at[-1] != ',')
		at = strstr(at + 1, key);
	if (!at)
		return;
	path = at + sizeof(key) - 1;
	path[strcspn(path, ",")] = '\0';
	unescape(path);
	if (*path == '/') /* else relative to a folder that the runtime was in */
		put_path(doc, "upper", path);
}

/* "36 35 98:0 ROOT / OPTIONS ... - TYPE SOURCE SUPEROPTIONS" */
static void put_root(struct sr_buf *doc, char *line, struct sr_hostmounts *mounts)
{
	char *save = NULL, *word = strtok_r(line, " ", &save), *root = NULL, *type, *options;
	struct sr_buf path = { 0 };
	uint32_t dev = 0;

	for (int i = 0; word && strcmp(word, "-") != 0; i++) {
		char *minor = strchr(word, ':');

		if (i == 2 && minor)
			dev = (uint32_t)(strtoul(word, NULL, 10) << 20 |
					 strtoul(minor + 1, NULL, 10));
		else if (i == 3)
			root = word;
		word = strtok_r(NULL, " ", &save);
	}
	type = word ? strtok_r(NULL, " ", &save) : NULL;
	options = type && strtok_r(NULL, " ", &save) ? strtok_r(NULL, "", &save) : NULL;
	if (!root || !options)
		return;
	unescape(root);
	if (mounts &&
	    sr_hostmounts_find(mounts, dev, root, strlen(root), "", 0, &path) == SR_HOST_OTHER)
		put_path(doc, "root", sr_buf_cstr(&path));
	if (strcmp(type, "overlay") == 0)
		put_upper(doc, options);
	sr_buf_free(&path);
}

/* The line of the process' root: the last one that is mounted at "/". */
static void put_folders(struct sr_buf *doc, int proc, struct sr_hostmounts *mounts)
{
	struct sr_buf text = { 0 };
	char *found = NULL, *line, *save = NULL;

	if (read_proc(proc, "mountinfo", &text) == 0 && *sr_buf_cstr(&text)) {
		for (line = strtok_r((char *)text.p, "\n", &save); line;
		     line = strtok_r(NULL, "\n", &save)) {
			int at = 0;

			(void)sscanf(line, "%*s %*s %*s %*s %n", &at);
			if (at && strncmp(line + at, "/ ", 2) == 0)
				found = line;
		}
	}
	if (found)
		put_root(doc, found, mounts);
	sr_buf_free(&text);
}

/* ---- the network ---- */

static void put_veths(struct sr_buf *doc, int netns)
{
	struct sr_veth *v = calloc(SR_MAX_VETHS, sizeof(*v));
	int n = v ? sr_veths_find(netns, v) : 0;

	for (int i = 0; i < n; i++) {
		sr_buf_printf(doc, "%s{\"index\":%u,\"host_index\":%u,\"host\":",
			      i ? "," : ",\"links\":[", v[i].index, v[i].host_index);
		sr_buf_json_str(doc, v[i].host, strlen(v[i].host));
		if (v[i].name[0]) {
			sr_buf_puts(doc, ",\"name\":");
			sr_buf_json_str(doc, v[i].name, strlen(v[i].name));
		}
		sr_buf_puts(doc, i + 1 < n ? "}" : "}]");
	}
	free(v);
}

static void put_network(struct sr_buf *doc, const char *procfs, int proc)
{
	int netns = openat(proc, "ns/net", O_RDONLY | O_CLOEXEC);
	struct stat theirs, ours;
	char own[4096];

	(void)snprintf(own, sizeof(own), "%s/self/ns/net", procfs);
	if (netns >= 0 && fstat(netns, &theirs) == 0) {
		sr_buf_printf(doc, ",\"netns\":%llu", (unsigned long long)theirs.st_ino);
		if (stat(own, &ours) == 0 && ours.st_ino != theirs.st_ino)
			put_veths(doc, netns);
	}
	if (netns >= 0)
		(void)close(netns);
}

/* ---- all of it ---- */

static void put_head(struct sr_buf *doc, const char *runtime, const char *id)
{
	sr_buf_puts(doc, "{\"kind\":\"inside\",\"id\":");
	sr_buf_json_str(doc, id, strlen(id));
	sr_buf_printf(doc, ",\"runtime\":\"%s\"", runtime);
}

static void put_why(struct sr_buf *doc, const char *why)
{
	sr_buf_puts(doc, ",\"why\":");
	sr_buf_json_str(doc, why, strlen(why));
	sr_buf_putc(doc, '}');
}

void sr_inside_unseen(struct sr_buf *doc, const char *runtime, const char *id, const char *why)
{
	put_head(doc, runtime, id);
	put_why(doc, why);
}

/* A number of a process may be another one's by now: one of its cgroups has to name the container.
 */
static bool is_of(int proc, const char *id)
{
	struct sr_buf text = { 0 };
	struct sr_cgroup_id got;
	bool yes = false;
	char *save = NULL;

	if (read_proc(proc, "cgroup", &text) < 0 || !*sr_buf_cstr(&text))
		goto out;
	for (char *line = strtok_r((char *)text.p, "\n", &save); line && !yes;
	     line = strtok_r(NULL, "\n", &save)) {
		const char *path = strchr(line, '/');

		yes = path && sr_cgroup_parse(path, strlen(path), &got) == 1 &&
		      strcmp(got.id, id) == 0;
	}
out:
	sr_buf_free(&text);
	return yes;
}

/* Is @root the root of process 1, or our own? */
static bool is_shared(const char *procfs, int root)
{
	static const char *const whose[] = { "1", "self" };
	struct stat st, host;
	char path[4096];

	if (fstat(root, &st) < 0)
		return true;
	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s/root/.", procfs, whose[i]);
		if (stat(path, &host) == 0 && host.st_dev == st.st_dev && host.st_ino == st.st_ino)
			return true;
	}
	return false;
}

static void put_all(struct sr_buf *doc, const char *procfs, int proc, int root,
		    struct sr_hostmounts *mounts)
{
	bool shared = is_shared(procfs, root);
	int rc = 0;

	if (shared)
		sr_buf_puts(doc, ",\"host_root\":true");
	else
		rc = put_accounts(doc, proc, root);
	put_folders(doc, proc, mounts);
	put_network(doc, procfs, proc);
	if (rc == -ENOENT || rc == -ENOTDIR) { /* then no number has a name */
		sr_buf_puts(doc, ",\"users\":{}");
		rc = 0;
	}
	put_why(doc, rc ? strerror(-rc) : "");
}

enum sr_inside_found sr_inside_look(const char *procfs, uint32_t pid, const char *runtime,
				    const char *id, struct sr_hostmounts *mounts,
				    struct sr_buf *doc)
{
	enum sr_inside_found found = SR_INSIDE_GONE;
	int proc, root = -1;
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/%u", procfs, pid);
	proc = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0 || !is_of(proc, id))
		goto out;
	root = openat(proc, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0) {
		found = errno == EACCES || errno == EPERM ? SR_INSIDE_DENIED : SR_INSIDE_GONE;
		if (found == SR_INSIDE_DENIED)
			sr_inside_unseen(doc, runtime, id, "we may not look into it");
		goto out;
	}
	found = is_shared(procfs, root) ? SR_INSIDE_SHARED : SR_INSIDE_FOUND;
	put_head(doc, runtime, id);
	put_all(doc, procfs, proc, root, mounts);
out:
	if (root >= 0)
		(void)close(root);
	if (proc >= 0)
		(void)close(proc);
	return found;
}
