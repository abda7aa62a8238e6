/* SPDX-License-Identifier: Apache-2.0 */
/* What runtimes leave on disk, for when there is no socket: Docker's files, OCI
 * bundles, the state of runc and crun, containers/storage of Podman and CRI-O,
 * the settings of LXC, and machined's notes. */
#include "container/sources.h"

#include <cjson/cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_NAMESPACES 64   /* of containerd; Docker, Kubernetes and ctr use one each */
#define MAX_SETTINGS   4096 /* lines of a file of settings */

/* ---- reading ---- */

/* Return: 0; negative errno. */
static int read_file(const char *path, struct sr_buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW), rc = 0;
	struct stat st;
	ssize_t n = 1;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > (off_t)SR_HTTP_MAX_BODY)
		rc = -EFBIG;
	while (rc == 0 && n > 0) {
		if (out->len > SR_HTTP_MAX_BODY || !sr_buf_reserve(out, 16384)) {
			rc = -EFBIG;
			break;
		}
		n = read(fd, out->p + out->len, 16384);
		if (n > 0)
			out->len += (size_t)n;
		else if (n < 0)
			rc = -errno;
	}
	(void)close(fd); /* was only read */
	return rc;
}

/* "SYS_ROOT" and what @fmt says. Return false if it does not fit. */
__attribute__((format(printf, 4, 5))) static bool make_path(const struct sr_lookup *l, char *out,
							    size_t size, const char *fmt, ...)
{
	size_t n = strlen(l->p->sys_root);
	va_list ap;
	int len;

	if (n >= size)
		return false;
	memcpy(out, l->p->sys_root, n);
	va_start(ap, fmt);
	len = vsnprintf(out + n, size - n, fmt, ap);
	va_end(ap);
	return len >= 0 && (size_t)len < size - n;
}

/* NULL if there is none, or it is not JSON. */
static cJSON *read_json(const char *path)
{
	struct sr_buf text = { 0 };
	cJSON *json = NULL;

	if (read_file(path, &text) == 0)
		json = cJSON_ParseWithLength((const char *)text.p, text.len);
	sr_buf_free(&text);
	return json;
}

/* @item becomes @words'; NULL is no member. */
static void add(cJSON *words, const char *key, cJSON *item)
{
	if (item && !cJSON_AddItemToObject(words, key, item))
		cJSON_Delete(item);
}

/* What was found in @words, which goes. @place is for words about what is wrong with it. */
static enum sr_found finish(const struct sr_lookup *l, const char *runtime, const char *place,
			    cJSON *words)
{
	enum sr_found found = SR_NOBODY;
	int rc;

	if (words && words->child) {
		rc = sr_document_files(l->doc, runtime, l->id, words);
		found = rc == 0 ? SR_FOUND : SR_ABSENT;
		if (rc < 0)
			sr_lookup_note(l, place,
				       rc == -EBADMSG ? "not a document of it" : strerror(-rc));
	}
	cJSON_Delete(words);
	return found;
}

/* ---- Docker ---- */

static enum sr_found ask_docker_root(const struct sr_lookup *l, const char *runtime,
				     const char *root)
{
	struct sr_buf text = { 0 };
	enum sr_found found = SR_FOUND;
	char path[1024];
	int rc;

	if (snprintf(path, sizeof(path), "%s/containers/%s/config.v2.json", root, l->id) >=
	    (int)sizeof(path))
		return SR_NOBODY;
	rc = read_file(path, &text);
	if (rc == 0)
		rc = sr_document_inspect(l->doc, runtime, l->id, (const char *)text.p, text.len);
	if (rc < 0) {
		found = rc == -ENOENT ? SR_NOBODY : SR_ABSENT;
		if (rc != -ENOENT)
			sr_lookup_note(l, path,
				       rc == -EBADMSG ? "not a document of it" : strerror(-rc));
	}
	sr_buf_free(&text);
	return found;
}

/* What Docker keeps on disk outlives its daemon. */
enum sr_found sr_ask_docker_file(const struct sr_lookup *l, const char *runtime)
{
	return ask_docker_root(l, runtime, l->p->docker_root);
}

/* ---- the state of runc and crun ---- */

/* The bundle that runc notes among the labels; crun has it as a member. */
static const char *bundle_of(const cJSON *state)
{
	const cJSON *labels = cJSON_GetObjectItemCaseSensitive(
			    cJSON_GetObjectItemCaseSensitive(state, "config"), "labels"),
		    *item;
	const char *s;

	cJSON_ArrayForEach(item, labels)
	{
		s = cJSON_GetStringValue(item);
		if (s && strncmp(s, "bundle=", 7) == 0)
			return s + 7;
	}
	s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(state, "bundle"));
	return s ? s : "";
}

static void copy_member(cJSON *to, const char *key, const cJSON *from, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(from, name);

	if (item)
		add(to, key, cJSON_Duplicate(item, 1));
}

/* What matters of it: there is much more, of which the bundle tells most. */
static void add_state(cJSON *words, const cJSON *state)
{
	cJSON *o = state ? cJSON_CreateObject() : NULL;

	copy_member(o, "pid", state, "init_process_pid");
	copy_member(o, "pid", state, "pid");
	copy_member(o, "created", state, "created");
	if (*bundle_of(state))
		(void)cJSON_AddStringToObject(o, "bundle", bundle_of(state));
	add(words, "state", o);
}

/* "ROOT/ID/state.json" of runc, "ROOT/ID/status" of crun. */
static cJSON *read_state(const struct sr_lookup *l, const char *dir)
{
	static const char *const files[] = { "state.json", "status" };
	cJSON *state = NULL;
	char path[1024];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]) && !state; i++) {
		if (make_path(l, path, sizeof(path), "%s/%s/%s", dir, l->id, files[i]))
			state = read_json(path);
	}
	return state;
}

/* Run by hand: the state says where the bundle is. */
enum sr_found sr_ask_state(const struct sr_lookup *l, const char *runtime)
{
	static const char *const dirs[][2] = { { "/run/runc", "runc" }, { "/run/crun", "crun" } };
	enum sr_found found = SR_NOBODY;
	char path[1024];

	(void)runtime;
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]) && found == SR_NOBODY; i++) {
		cJSON *words = cJSON_CreateObject(), *state = read_state(l, dirs[i][0]);

		add_state(words, state);
		if (*bundle_of(state) &&
		    make_path(l, path, sizeof(path), "%s/config.json", bundle_of(state)))
			add(words, "config", read_json(path));
		cJSON_Delete(state);
		found = finish(l, dirs[i][1], dirs[i][0], words);
	}
	return found;
}

/* ---- containerd ---- */

static enum sr_found ask_task(const struct sr_lookup *l, const char *runtime, const char *root,
			      const char *ns)
{
	cJSON *words = cJSON_CreateObject(), *state = NULL;
	char path[1024];

	if (make_path(l, path, sizeof(path), "%s/io.containerd.runtime.v2.task/%s/%s/config.json",
		      root, ns, l->id))
		add(words, "config", read_json(path));
	if (words && words->child && snprintf(path, sizeof(path), "%s/runc/%s", root, ns) > 0)
		state = read_state(l, path);
	add_state(words, state);
	cJSON_Delete(state);
	return finish(l, runtime, root, words);
}

/* containerd keeps the bundles of each of its namespaces in a folder of its own. */
enum sr_found sr_ask_containerd_bundle(const struct sr_lookup *l, const char *runtime)
{
	static const char *const roots[] = { "/run/containerd", "/run/k3s/containerd",
					     "/var/snap/microk8s/common/run/containerd" };
	enum sr_found found = SR_NOBODY;
	char path[1024];
	struct dirent *e;
	DIR *d;

	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]) && found == SR_NOBODY; i++) {
		if (!make_path(l, path, sizeof(path), "%s/io.containerd.runtime.v2.task",
			       roots[i]) ||
		    !(d = opendir(path)))
			continue;
		for (int n = 0; n < MAX_NAMESPACES && found == SR_NOBODY && (e = readdir(d));) {
			if (e->d_name[0] == '.')
				continue;
			found = ask_task(l, runtime, roots[i], e->d_name);
			n++;
		}
		(void)closedir(d); /* was only read */
	}
	return found;
}

/* ---- containers/storage, of Podman and CRI-O ---- */

/* The entry with this id of a list; detached. */
static cJSON *take_entry(cJSON *list, const char *id)
{
	cJSON *item;

	cJSON_ArrayForEach(item, list)
	{
		const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "id"));

		if (s && strcmp(s, id) == 0)
			return cJSON_DetachItemViaPointer(list, item);
	}
	return NULL;
}

/* The entry of a container, whose "metadata" is a JSON text. */
static void add_entry(const struct sr_lookup *l, const char *dir, cJSON *words)
{
	cJSON *list, *entry, *metadata;
	char path[1024];

	if (!make_path(l, path, sizeof(path), "%s-containers/containers.json", dir))
		return;
	list = read_json(path);
	entry = take_entry(list, l->id);
	metadata = cJSON_Parse(
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, "metadata")));
	if (metadata) {
		cJSON_DeleteItemFromObjectCaseSensitive(entry, "metadata");
		add(entry, "metadata", metadata);
	}
	add(words, "storage", entry);
	cJSON_Delete(list);
}

static void add_image(const struct sr_lookup *l, const char *dir, cJSON *words)
{
	const char *id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(words, "storage"), "image"));
	char path[1024];
	cJSON *list;

	if (!id || !make_path(l, path, sizeof(path), "%s-images/images.json", dir))
		return;
	list = read_json(path);
	add(words, "image", take_entry(list, id));
	cJSON_Delete(list);
}

/* @dir: "/var/lib/containers/storage/overlay"; @run: "/run", of the states of runc and crun */
static enum sr_found ask_storage(const struct sr_lookup *l, const char *runtime, const char *dir,
				 const char *run)
{
	static const char *const runs[] = { "crun", "runc" };
	cJSON *words = cJSON_CreateObject(), *state = NULL;
	char path[1024];

	if (make_path(l, path, sizeof(path), "%s-containers/%s/userdata/config.json", dir, l->id))
		add(words, "config", read_json(path));
	if (words && words->child) {
		add_entry(l, dir, words);
		add_image(l, dir, words);
	}
	for (size_t i = 0; words && words->child && !state && i < 2; i++) {
		if (snprintf(path, sizeof(path), "%s/%s", run, runs[i]) < (int)sizeof(path))
			state = read_state(l, path);
	}
	add_state(words, state);
	cJSON_Delete(state);
	return finish(l, runtime, dir, words);
}

enum sr_found sr_ask_storage(const struct sr_lookup *l, const char *runtime)
{
	static const char *const dirs[] = {
		"/var/lib/containers/storage/overlay",
		"/var/lib/containers/storage/vfs",
		"/run/containers/storage/overlay",
	};
	enum sr_found found = SR_NOBODY;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs) && found == SR_NOBODY; i++)
		found = ask_storage(l, runtime, dirs[i], "/run");
	return found;
}

/* ---- what a user's own daemons leave ---- */

/* Below the user's home: ~/.local/share/docker, ~/.local/share/containers/storage. */
enum sr_found sr_ask_user_files(const struct sr_lookup *l, const char *runtime)
{
	static const char *const drivers[] = { "overlay", "vfs" };
	enum sr_found found = SR_NOBODY;
	char buf[4096], path[1024], run[64];
	struct passwd pw, *user = NULL;

	if (!l->p->uid || getpwuid_r(l->p->uid, &pw, buf, sizeof(buf), &user) || !user)
		return SR_NOBODY;
	if (strcmp(runtime, "docker") == 0)
		return make_path(l, path, sizeof(path), "%s/.local/share/docker", user->pw_dir)
			       ? ask_docker_root(l, runtime, path)
			       : SR_NOBODY;
	(void)snprintf(run, sizeof(run), "/run/user/%u", l->p->uid); /* fits */
	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]) && found == SR_NOBODY; i++) {
		if (snprintf(path, sizeof(path), "%s/.local/share/containers/storage/%s",
			     user->pw_dir, drivers[i]) < (int)sizeof(path))
			found = ask_storage(l, runtime, path, run);
	}
	return found;
}

/* ---- settings: LXC, machined ---- */

static char *trim(char *s)
{
	char *end;

	s += strspn(s, " \t");
	for (end = s + strlen(s); end > s && strchr(" \t\r", end[-1]);)
		*--end = '\0';
	return s;
}

cJSON *sr_read_settings(const char *path)
{
	struct sr_buf text = { 0 };
	cJSON *all = read_file(path, &text) == 0 ? cJSON_CreateObject() : NULL, *list;
	char *line, *save = NULL, *value;
	int n = 0;

	line = all ? strtok_r((char *)(uintptr_t)sr_buf_cstr(&text), "\n", &save) : NULL;
	for (; line && n < MAX_SETTINGS; line = strtok_r(NULL, "\n", &save), n++) {
		value = strchr(line, '=');
		if (!value || strchr("#;[", line[strspn(line, " \t")]))
			continue;
		*value++ = '\0';
		line = trim(line);
		list = cJSON_GetObjectItemCaseSensitive(all, line);
		if (!list)
			list = cJSON_AddArrayToObject(all, line);
		(void)cJSON_AddItemToArray(list, cJSON_CreateString(trim(value)));
	}
	sr_buf_free(&text);
	return all;
}

static enum sr_found ask_settings(const struct sr_lookup *l, const char *runtime,
				  const char *const *paths)
{
	enum sr_found found = SR_NOBODY;
	char path[1024];

	for (; *paths && found == SR_NOBODY; paths++) {
		cJSON *words = cJSON_CreateObject();
		int n = snprintf(path, sizeof(path), "%s%.*s%s%s", l->p->sys_root,
				 (int)strcspn(*paths, "*"), *paths, l->id,
				 *paths + strcspn(*paths, "*") + 1);

		if (n > 0 && n < (int)sizeof(path))
			add(words, "settings", sr_read_settings(path));
		found = finish(l, runtime, path, words);
	}
	return found;
}

enum sr_found sr_ask_lxc(const struct sr_lookup *l, const char *runtime)
{
	static const char *const paths[] = { "/var/lib/lxc/*/config",
					     "/run/incus/*/lxc.conf",
					     "/run/lxd/*/lxc.conf",
					     "/var/snap/lxd/common/lxd/logs/*/lxc.conf",
					     "/var/log/lxd/*/lxc.conf",
					     "/etc/pve/lxc/*.conf",
					     NULL };

	return ask_settings(l, runtime, paths);
}

enum sr_found sr_ask_machine(const struct sr_lookup *l, const char *runtime)
{
	static const char *const paths[] = { "/run/systemd/machines/*", NULL };

	return ask_settings(l, runtime, paths);
}
