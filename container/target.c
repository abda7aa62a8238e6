/* SPDX-License-Identifier: Apache-2.0 */
/* From what a person calls a container to the cgroups to record. The runtimes'
 * sockets know names; where none answers or none knows it, the ids that stand in
 * the cgroup tree are searched. */
#include "container/cgroup.h"
#include "container/cri.h"
#include "container/hierarchy.h"
#include "container/runtime.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define MIN_PREFIX 3  /* digits of an id that may stand for it */
#define MAX_NEAR   3  /* names to suggest */
#define MAX_NAME   64 /* longest name that is compared for nearness */

struct finder {
	const char *what;
	struct sr_places places;
	const char *proc_root;
	const cJSON *all;    /* containers of all runtimes that answered, as one list */
	struct sr_buf tried; /* "SOCKET: why; ..." of those that did not */
	bool answered;
};

static const char *name_of(const cJSON *container)
{
	const cJSON *names = cJSON_GetObjectItemCaseSensitive(container, "Names"), *item;

	cJSON_ArrayForEach(item, names)
	{
		const char *s = cJSON_GetStringValue(item);

		if (!s)
			continue;
		s += *s == '/';
		if (*s && !strchr(s, '/')) /* "/other/alias" is a link's */
			return s;
	}
	return "";
}

static const char *str_of(const cJSON *container, const char *key)
{
	const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(container, key));

	return s ? s : "";
}

/* ---- asking ---- */

static void list_socket(struct finder *f, const char *socket)
{
	struct sr_buf body = { 0 };
	struct sr_err err;
	cJSON *list, *item;
	int rc;

	rc = sr_http_get(f->places.http, socket, "/containers/json?all=1", f->places.timeout_ms,
			 &body, &err);
	list = rc == 200 ? cJSON_ParseWithLength((const char *)body.p, body.len) : NULL;
	sr_buf_free(&body);
	if (!cJSON_IsArray(list)) {
		if (rc >= 0)
			(void)sr_err_set(&err, rc, SR_NO_POS, "%s: answered with HTTP status %d",
					 socket, rc);
		sr_buf_printf(&f->tried, "%s%s", f->tried.len ? "; " : "", err.msg);
		cJSON_Delete(list);
		return;
	}
	f->answered = true;
	while ((item = cJSON_DetachItemFromArray(list, 0))) {
		/* where to ask for more; fails only without memory, which the next step says */
		(void)cJSON_AddStringToObject(item, "sysreel.socket", socket);
		(void)cJSON_AddItemToArray((cJSON *)f->all, item);
	}
	cJSON_Delete(list);
}

/* As an entry of the Docker API's list, without a socket to ask for more. */
static void add_listed(void *arg, const char *id, const char *name)
{
	struct finder *f = arg;
	cJSON *item = cJSON_CreateObject(), *names;

	/* without memory the container is not found, which is what the next step says */
	names = cJSON_AddArrayToObject(item, "Names");
	(void)cJSON_AddStringToObject(item, "Id", id);
	(void)cJSON_AddStringToObject(item, "State", "running");
	(void)cJSON_AddItemToArray(names, cJSON_CreateString(name));
	if (!item || !cJSON_AddItemToArray((cJSON *)f->all, item))
		cJSON_Delete(item);
}

static void list_server(struct finder *f, const char *socket, bool given)
{
	const struct sr_grpc g = { .http = f->places.http,
				   .socket = socket,
				   .timeout_ms = f->places.timeout_ms };
	struct sr_err err = { .pos = SR_NO_POS };
	int rc = sr_cri_each(&g, add_listed, f, &err);

	f->answered |= rc == 0;
	if (rc < 0 && (given || rc != -ENOENT))
		sr_buf_printf(&f->tried, "%s%s", f->tried.len ? "; " : "", err.msg);
}

static void list_servers(struct finder *f)
{
	const char *path, *whose;
	char full[108];

	if (f->places.runtime_socket) {
		list_server(f, f->places.runtime_socket, true);
		return;
	}
	for (size_t i = 0; (path = sr_cri_socket(i, &whose)); i++) {
		if (snprintf(full, sizeof(full), "%s%s", f->places.sys_root, path) <
		    (int)sizeof(full))
			list_server(f, full, false);
	}
}

/* State.Pid of a container; 0 if it does not run; -1 if the runtime does not say. */
static int ask_pid(struct finder *f, const char *socket, const char *id)
{
	struct sr_buf body = { 0 };
	char path[256];
	int rc, pid = -1;

	if (strlen(id) > 128 || id[strspn(id, "0123456789abcdef")])
		return -1;
	(void)snprintf(path, sizeof(path), "/containers/%s/json", id);
	rc = sr_http_get(f->places.http, socket, path, f->places.timeout_ms, &body, NULL);
	if (rc == 200)
		pid = sr_document_pid((const char *)body.p, body.len);
	else if (rc == 404)
		pid = 0; /* went between the two questions */
	sr_buf_free(&body);
	return pid;
}

/* ---- choosing ---- */

/* *n: how many are called so; containers of several pods may be. */
static const cJSON *find_name(const struct finder *f, size_t *n)
{
	const cJSON *item, *found = NULL;

	*n = 0;
	cJSON_ArrayForEach(item, f->all)
	{
		if (strcmp(name_of(item), f->what) != 0)
			continue;
		found = found ? found : item;
		++*n;
	}
	return found;
}

static bool may_be_id(const char *s)
{
	return strlen(s) >= MIN_PREFIX && s[strspn(s, "0123456789abcdef")] == '\0';
}

/* *n: how many ids begin so. */
static const cJSON *find_prefix(const struct finder *f, size_t *n)
{
	const cJSON *item, *found = NULL;

	*n = 0;
	if (!may_be_id(f->what))
		return NULL;
	cJSON_ArrayForEach(item, f->all)
	{
		const char *id = str_of(item, "Id");

		if (strncmp(id, f->what, strlen(f->what)) != 0)
			continue;
		found = item;
		++*n;
	}
	return found;
}

/* ---- near names ---- */

/* Edits (insert, delete, replace, swap neighbours) from @a to @b. */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][MAX_NAME + 1], la = strlen(a), lb = strlen(b);

	if (la > MAX_NAME || lb > MAX_NAME)
		return SIZE_MAX;
	for (size_t j = 0; j <= lb; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t *row = rows[i % 3], *up = rows[(i + 2) % 3], *up2 = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t best = up[j - 1] + (a[i - 1] != b[j - 1]);

			if (up[j] + 1 < best)
				best = up[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    up2[j - 2] + 1 < best)
				best = up2[j - 2] + 1;
			row[j] = best;
		}
	}
	return rows[la % 3][lb];
}

static bool is_near(const char *what, const char *name)
{
	size_t n = strlen(what);

	return *name && ((n >= 2 && strstr(name, what)) || distance(what, name) <= 1 + n / 4);
}

static void list_names(const struct finder *f, bool near, struct sr_buf *out)
{
	size_t shown = 0, more = 0;
	const cJSON *item;

	cJSON_ArrayForEach(item, f->all)
	{
		const char *name = name_of(item);

		if (near ? !is_near(f->what, name)
			 : !*name || strcmp(str_of(item, "State"), "running") != 0)
			continue;
		if (shown == (near ? MAX_NEAR : 2 * MAX_NEAR)) {
			more++;
			continue;
		}
		sr_buf_printf(out, "%s%s", shown++ ? ", " : "", name);
	}
	if (more && !near)
		sr_buf_printf(out, " and %zu more", more);
}

static int fail_unknown(const struct finder *f, struct sr_err *err)
{
	struct sr_buf near = { 0 }, running = { 0 };
	int rc;

	list_names(f, true, &near);
	list_names(f, false, &running);
	if (near.len)
		rc = sr_err_set(err, -ENOENT, SR_NO_POS, "no container \"%s\"; did you mean %s?",
				f->what, sr_buf_cstr(&near));
	else if (running.len)
		rc = sr_err_set(err, -ENOENT, SR_NO_POS, "no container \"%s\"; running are: %s",
				f->what, sr_buf_cstr(&running));
	else
		rc = sr_err_set(err, -ENOENT, SR_NO_POS,
				"no container \"%s\"; no container is running", f->what);
	sr_buf_free(&near);
	sr_buf_free(&running);
	return rc;
}

/* ---- the way ---- */

/* What containerd or CRI-O tells of: its id stands in the cgroup tree. */
static int take_listed(struct finder *f, const char *id, struct sr_target *out, struct sr_err *err)
{
	char name[sizeof(out->name)];
	int rc;

	memcpy(name, out->name, sizeof(name));
	rc = sr_hierarchy_search(f->proc_root, id, out);
	memcpy(out->name, name, sizeof(name));
	return rc == 0 ? 0
		       : sr_err_set(err, -ENOENT, SR_NO_POS,
				    "container \"%s\" (%.12s) does not run: it has no cgroup",
				    f->what, id);
}

static int take_container(struct finder *f, const cJSON *c, struct sr_target *out,
			  struct sr_err *err)
{
	const char *id = str_of(c, "Id"), *name = name_of(c);
	const char *socket = str_of(c, "sysreel.socket");
	int pid = *socket ? ask_pid(f, socket, id) : 0, rc;

	(void)snprintf(out->container_id, sizeof(out->container_id), "%s", id);
	(void)snprintf(out->name, sizeof(out->name), "%s", name); /* shown to people: may be cut */
	if (!*socket)
		return take_listed(f, id, out, err);
	if (pid < 0)
		return sr_err_set(err, -ECONNREFUSED, SR_NO_POS,
				  "container \"%s\": %s does not say which process it is", f->what,
				  socket);
	if (!pid)
		return sr_err_set(err, -ENOENT, SR_NO_POS,
				  "container \"%s\" does not run (%s): start it first", f->what,
				  str_of(c, "Status"));
	rc = sr_hierarchy_of_pid(f->proc_root, pid, id, out);
	if (rc < 0)
		return sr_err_set(err, rc == -ESRCH ? -ENOENT : rc, SR_NO_POS,
				  "container \"%s\": process %d: %s", f->what, pid, strerror(-rc));
	if (!out->ncg)
		return sr_err_set(err, -ENOENT, SR_NO_POS,
				  "container \"%s\" has no cgroup of its own that can be seen here "
				  "(is sysreel in a container itself? it needs the host's cgroup "
				  "namespace)",
				  f->what);
	return 0;
}

/* Containers whose runtime has no socket that could be asked. */
static int take_from_tree(struct finder *f, struct sr_target *out, struct sr_err *err)
{
	int rc = sr_hierarchy_search(f->proc_root, f->what, out);

	if (rc == -ENOTUNIQ)
		return sr_err_set(err, rc, SR_NO_POS,
				  "more than one container's id begins with \"%s\"", f->what);
	if (rc == 0) {
		(void)snprintf(out->name, sizeof(out->name), "%s", out->container_id);
		return 0;
	}
	if (f->answered)
		return fail_unknown(f, err);
	return sr_err_set(err, -ECONNREFUSED, SR_NO_POS,
			  "no container \"%s\": no runtime could be asked (%s), and no cgroup "
			  "has an id that begins so",
			  f->what, sr_buf_cstr(&f->tried));
}

static int choose(struct finder *f, struct sr_target *out, struct sr_err *err)
{
	size_t n;
	const cJSON *c = find_name(f, &n);

	if (n > 1)
		return sr_err_set(err, -ENOTUNIQ, SR_NO_POS,
				  "%zu containers are called \"%s\": give the beginning of an id, "
				  "or pod:NAMESPACE/NAME",
				  n, f->what);
	if (!c) {
		c = find_prefix(f, &n);
		if (n > 1)
			return sr_err_set(err, -ENOTUNIQ, SR_NO_POS,
					  "the ids of %zu containers begin with \"%s\"", n,
					  f->what);
	}
	return c ? take_container(f, c, out, err) : take_from_tree(f, out, err);
}

int sr_target_find(const char *what, const struct sr_resolver_opts *opts, struct sr_target *out,
		   struct sr_err *err)
{
	struct finder f = { .what = what };
	struct sr_http *http = NULL;
	cJSON *all = cJSON_CreateArray();
	int rc = all ? sr_http_new(&http) : -ENOMEM;

	memset(out, 0, sizeof(*out));
	if (rc < 0) {
		cJSON_Delete(all);
		return sr_err_set(err, rc, SR_NO_POS, "no memory");
	}
	f.all = all;
	f.proc_root = opts && opts->proc_root ? opts->proc_root : "/proc";
	sr_places_set(&f.places, opts, http);
	list_socket(&f, f.places.docker_socket);
	if (strcmp(f.places.docker_socket, f.places.podman_socket) != 0)
		list_socket(&f, f.places.podman_socket);
	list_servers(&f);
	rc = choose(&f, out, err);
	cJSON_Delete(all);
	sr_buf_free(&f.tried);
	sr_http_free(http);
	return rc;
}

int sr_target_each(const struct sr_resolver_opts *opts, sr_target_fn fn, void *arg)
{
	return sr_hierarchy_each(opts && opts->proc_root ? opts->proc_root : "/proc", fn, arg);
}

/* ---- a cgroup by its path ---- */

/* Length without trailing slashes; the root stays "/". */
static size_t trimmed(const char *path)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	return len;
}

/* "/sys/fs/cgroup/unified/x": the hierarchy with the longest mount path that it is under. */
static void add_folder(const struct sr_hierarchy *hs, int n, const char *path, size_t len,
		       struct sr_target *out)
{
	const struct sr_hierarchy *best = NULL;
	char in[sizeof(best->root) + sizeof(out->cg[0].path)];
	size_t best_len = 0;
	int in_len;

	for (int i = 0; i < n; i++) {
		size_t m = strlen(hs[i].mount);

		if (len < m || memcmp(path, hs[i].mount, m) != 0 || m <= best_len ||
		    (len > m && path[m] != '/'))
			continue;
		best = &hs[i];
		best_len = m;
	}
	if (!best)
		return;
	in_len = snprintf(in, sizeof(in), "%s%.*s", strcmp(best->root, "/") ? best->root : "",
			  (int)(len - best_len), path + best_len);
	if (in_len >= 0 && in_len < (int)sizeof(in))
		(void)sr_hierarchy_add(best, *in ? in : "/", *in ? (size_t)in_len : 1, out);
}

/* "/docker": the hierarchies that have it. */
static void add_everywhere(const struct sr_hierarchy *hs, int n, const char *path, size_t len,
			   struct sr_target *out)
{
	for (int i = 0; i < n; i++)
		(void)sr_hierarchy_add(&hs[i], path, len, out); /* it may not be in this one */
}

int sr_target_folder(const struct sr_target_cgroup *cg, char *out, size_t size)
{
	return sr_hierarchy_folder("/proc", cg->hierarchy, cg->path, out, size);
}

bool sr_target_holds_us(const struct sr_target_cgroup *cg)
{
	char own[4096];
	size_t len = strlen(cg->path);

	if (sr_hierarchy_own("/proc", cg->hierarchy, own, sizeof(own)))
		return false;
	while (len && cg->path[len - 1] == '/')
		len--;
	return strncmp(own, cg->path, len) == 0 && (own[len] == '/' || own[len] == '\0');
}

int sr_target_cgroup_path(const char *path, struct sr_target *out, struct sr_err *err)
{
	struct sr_hierarchy hs[SR_MAX_HIERARCHIES];
	int n = sr_hierarchy_list("/proc", hs);
	size_t len = trimmed(path);
	struct sr_cgroup_id id;

	memset(out, 0, sizeof(*out));
	(void)snprintf(out->name, sizeof(out->name), "%s", path); /* shown to people: may be cut */
	if (n <= 0)
		return sr_err_set(err, -ENOENT, SR_NO_POS, "no cgroup file system is mounted");
	if (*path != '/')
		return sr_err_set(err, -ENOENT, SR_NO_POS,
				  "cgroup \"%s\": give a path from the root on, as \"/docker\" or "
				  "\"/sys/fs/cgroup/docker\"",
				  path);
	add_folder(hs, n, path, len, out);
	if (!out->ncg)
		add_everywhere(hs, n, path, len, out);
	if (!out->ncg)
		return sr_err_set(err, -ENOENT, SR_NO_POS,
				  "no cgroup \"%s\": there is no such folder under %s%s", path,
				  hs[0].mount, n > 1 ? " or in the other hierarchies" : "");
	if (sr_cgroup_parse(out->cg[0].path, strlen(out->cg[0].path), &id))
		memcpy(out->container_id, id.id, id.id_len + 1);
	return 0;
}
