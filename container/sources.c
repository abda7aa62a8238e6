/* SPDX-License-Identifier: Apache-2.0 */
/* The places to ask about a container, one row each: the Docker API on the
 * sockets of Docker and Podman, gRPC on those of containerd and CRI-O, Docker's
 * files, and OCI bundles. Only places that root owns: an unprivileged user's socket could give
 * any name to any container. */
#include "container/sources.h"
#include "container/cri.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct source {
	const char *runtime;  /* what a container found here runs under; NULL: what was asked for */
	const char *may_know; /* runtimes, each between spaces */
	enum sr_found (*ask)(const struct sr_lookup *l, const char *runtime);
};

void sr_places_set(struct sr_places *p, const struct sr_resolver_opts *opts, struct sr_http *http)
{
	static const struct sr_resolver_opts none;

	if (!opts)
		opts = &none;
	*p = (struct sr_places){
		.docker_socket = opts->docker_socket ? opts->docker_socket : "/var/run/docker.sock",
		.docker_root = opts->docker_root ? opts->docker_root : "/var/lib/docker",
		.podman_socket =
			opts->podman_socket ? opts->podman_socket : "/run/podman/podman.sock",
		.runtime_socket = opts->runtime_socket,
		.system_bus = opts->system_bus ? opts->system_bus
					       : "unix:path=/run/dbus/system_bus_socket",
		.sys_root = opts->sys_root ? opts->sys_root : "",
		.socket_given = opts->docker_socket != NULL,
		.timeout_ms = opts->timeout_ms ? opts->timeout_ms : 2000,
		.http = http,
	};
}

void sr_lookup_note(const struct sr_lookup *l, const char *place, const char *what)
{
	sr_buf_printf(l->why, "%s%s: %s", l->why->len ? "; " : "", place, what);
}

/* Ids go into URLs and file names. */
static bool is_plain_id(const char *runtime, const char *id)
{
	if (strcmp(runtime, "service") == 0) /* there may be a slash, and much else */
		return !strstr(id, "..") && *id != '/' && *id != '.';
	return *id && *id != '.' &&
	       id[strspn(id, "0123456789abcdefghijklmnopqrstuvwxyz"
			     "ABCDEFGHIJKLMNOPQRSTUVWXYZ_.-")] == '\0';
}

/* ---- sockets ---- */

/* What an image is called by its digest, only the image knows. */
static void add_digests(const struct sr_lookup *l, const char *socket, cJSON *words)
{
	const char *image = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(words, "Image"));
	struct sr_buf body = { 0 };
	cJSON *answer = NULL, *digests;
	char path[256];

	if (!image || !is_plain_id("", image + strcspn(image, ":") + (strchr(image, ':') != NULL)))
		return;
	(void)snprintf(path, sizeof(path), "/images/%.128s/json", image);
	if (sr_http_get(l->p->http, socket, path, l->p->timeout_ms, &body, NULL) == 200)
		answer = cJSON_ParseWithLength((const char *)body.p, body.len);
	digests = cJSON_DetachItemFromObjectCaseSensitive(answer, "RepoDigests");
	if (digests && !cJSON_AddItemToObject(words, "RepoDigests", digests))
		cJSON_Delete(digests);
	cJSON_Delete(answer);
	sr_buf_free(&body);
}

static enum sr_found take_answer(const struct sr_lookup *l, const char *runtime, const char *socket,
				 int status, const struct sr_buf *body)
{
	char told[64];
	cJSON *words;
	int rc;

	if (status == 404) {
		sr_lookup_note(l, socket, "no such container");
		return SR_ABSENT;
	}
	if (status != 200) {
		(void)snprintf(told, sizeof(told), "answered with HTTP status %d", status);
		sr_lookup_note(l, socket, told);
		return status >= 500 ? SR_SILENT : SR_ABSENT;
	}
	words = cJSON_ParseWithLength((const char *)body->p, body->len);
	add_digests(l, socket, words);
	rc = sr_document_inspected(l->doc, runtime, l->id, words);
	cJSON_Delete(words);
	if (rc == 0)
		return SR_FOUND;
	sr_lookup_note(l, socket, "its answer is not an inspect document of this container");
	return SR_ABSENT;
}

static enum sr_found ask_socket(const struct sr_lookup *l, const char *runtime, const char *socket)
{
	struct sr_buf body = { 0 };
	enum sr_found found;
	struct sr_err err;
	char path[256];
	int rc;

	(void)snprintf(path, sizeof(path), "/containers/%.128s/json", l->id);
	rc = sr_http_get(l->p->http, socket, path, l->p->timeout_ms, &body, &err);
	if (rc >= 0) {
		found = take_answer(l, runtime, socket, rc, &body);
	} else {
		sr_buf_printf(l->why, "%s%s", l->why->len ? "; " : "", err.msg);
		found = rc == -ENOENT  ? SR_NOBODY
			: rc == -EFBIG ? SR_ABSENT
			: rc == -EBUSY ? SR_BUSY
				       : SR_SILENT;
	}
	sr_buf_free(&body);
	return found;
}

/* The daemon remembers some hundred events: enough to name a container that was
 * removed before we could ask, as with `docker run --rm`. */
static enum sr_found ask_events(const struct sr_lookup *l, const char *runtime, const char *socket)
{
	struct sr_buf body = { 0 };
	struct timespec now;
	struct sr_err err;
	char path[512];
	int rc;

	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail */
	(void)snprintf(path, sizeof(path),
		       "/events?since=1&until=%lld.%09ld&filters="
		       "%%7B%%22type%%22%%3A%%5B%%22container%%22%%5D%%2C"
		       "%%22container%%22%%3A%%5B%%22%.128s%%22%%5D%%7D",
		       (long long)now.tv_sec, now.tv_nsec, l->id);
	rc = sr_http_get(l->p->http, socket, path, l->p->timeout_ms, &body, &err);
	if (rc == 200)
		rc = sr_document_event(l->doc, runtime, l->id, (const char *)body.p, body.len);
	sr_buf_free(&body);
	return rc == 0 ? SR_FOUND : SR_ABSENT;
}

static enum sr_found ask_daemon(const struct sr_lookup *l, const char *runtime, const char *socket)
{
	enum sr_found found = ask_socket(l, runtime, socket);

	return found == SR_ABSENT && !l->p->inspect_only ? ask_events(l, runtime, socket) : found;
}

static enum sr_found ask_docker_socket(const struct sr_lookup *l, const char *runtime)
{
	return ask_daemon(l, runtime, l->p->docker_socket);
}

static enum sr_found ask_podman_socket(const struct sr_lookup *l, const char *runtime)
{
	return ask_daemon(l, runtime, l->p->podman_socket);
}

/* A socket that the user named may be Podman's: it speaks the same language. */
static enum sr_found ask_given_socket(const struct sr_lookup *l, const char *runtime)
{
	return l->p->socket_given ? ask_daemon(l, runtime, l->p->docker_socket) : SR_NOBODY;
}

/* A user's own daemon, for what is that user's. */
static enum sr_found ask_user_socket(const struct sr_lookup *l, const char *runtime)
{
	const char *name = strcmp(runtime, "podman") == 0 ? "podman/podman.sock" : "docker.sock";
	char path[108];

	if (!l->p->uid || snprintf(path, sizeof(path), "%s/run/user/%u/%s", l->p->sys_root,
				   l->p->uid, name) >= (int)sizeof(path))
		return SR_NOBODY;
	return ask_daemon(l, runtime, path);
}

/* ---- gRPC ---- */

/* Return 0, and the document is made; negative errno. */
static int ask_server(const struct sr_lookup *l, const struct sr_grpc *g, const char *runtime,
		      struct sr_err *err)
{
	cJSON *words = NULL;
	char name[64];
	int rc = sr_cri_words(g, l->id, &words, err), own;

	/* the path does not say whose it is */
	if (rc == 0 && !runtime) {
		sr_cri_name(g, name, sizeof(name));
		runtime = *name && !strchr(name, ' ') ? name : l->runtime;
	}
	if (rc == 0) {
		rc = sr_document_cri(l->doc, runtime, l->id, words);
	} else if (rc == -ESRCH || rc == -ENOSYS) {
		own = sr_ctrd_words(g, l->id, &words, rc == -ENOSYS ? err : NULL);
		rc = own == -ENOSYS ? rc : own;
		if (rc == 0)
			rc = sr_document_containerd(l->doc, runtime ? runtime : "containerd", l->id,
						    words);
	}
	if (words && rc == -EBADMSG)
		(void)sr_err_set(err, rc, SR_NO_POS, "%s: its answer is not of this container",
				 g->socket);
	cJSON_Delete(words);
	return rc;
}

static enum sr_found ask_grpc(const struct sr_lookup *l, const char *socket, const char *runtime)
{
	const struct sr_grpc g = { .http = l->p->http,
				   .socket = socket,
				   .timeout_ms = l->p->timeout_ms };
	struct sr_err err = { .pos = SR_NO_POS };
	int rc = ask_server(l, &g, runtime, &err);

	if (rc == 0)
		return SR_FOUND;
	if (rc == -ENOENT && !l->p->runtime_socket)
		return SR_NOBODY; /* one of several usual places */
	sr_buf_printf(l->why, "%s%s", l->why->len ? "; " : "", *err.msg ? err.msg : strerror(-rc));
	switch (rc) {
	case -ENOENT:
		return SR_NOBODY;
	case -EBUSY:
		return SR_BUSY;
	case -ESRCH:
	case -ENOSYS:
	case -EFBIG:
	case -EBADMSG:
		return SR_ABSENT;
	default:
		return SR_SILENT;
	}
}

/* Both knew of it: what answered counts more than what was not there. */
static enum sr_found worse_of(enum sr_found a, enum sr_found b)
{
	return a > b ? a : b;
}

static enum sr_found ask_runtime_sockets(const struct sr_lookup *l, const char *runtime)
{
	bool any = strcmp(l->runtime, "kubernetes") == 0 || strcmp(l->runtime, "oci") == 0;
	enum sr_found found = SR_NOBODY, now;
	const char *path, *whose;
	char full[108];

	(void)runtime;
	if (l->p->runtime_socket)
		return ask_grpc(l, l->p->runtime_socket, any ? NULL : l->runtime);
	for (size_t i = 0; (path = sr_cri_socket(i, &whose)); i++) {
		if ((!any && strcmp(whose, l->runtime) != 0) ||
		    snprintf(full, sizeof(full), "%s%s", l->p->sys_root, path) >= (int)sizeof(full))
			continue;
		now = ask_grpc(l, full, whose);
		if (now == SR_FOUND)
			return now;
		if (now != SR_NOBODY)
			found = found == SR_NOBODY ? now : worse_of(found, now);
	}
	return found;
}

/* ---- all of them, in the order in which they are asked ---- */

static const struct source sources[] = {
	{ "docker", " docker kubernetes oci ", ask_docker_socket },
	{ "docker", " docker kubernetes oci ", sr_ask_docker_file },
	{ "podman", " podman oci ", ask_podman_socket },
	{ "podman", " podman ", ask_given_socket },
	{ NULL, " docker podman ", ask_user_socket },
	{ NULL, " docker podman ", sr_ask_user_files },
	{ NULL, " containerd cri-o kubernetes oci ", ask_runtime_sockets },
	{ "containerd", " containerd kubernetes oci ", sr_ask_containerd_bundle },
	{ NULL, " podman cri-o kubernetes oci ", sr_ask_storage },
	{ NULL, " runc crun oci ", sr_ask_state },
	{ NULL, " lxc ", sr_ask_lxc },
	{ NULL, " nspawn libvirt-lxc ", sr_ask_machine },
	{ NULL, " service ", sr_ask_systemd },
	{ NULL, " service ", sr_ask_unit_file },
};

static bool lists(const char *words, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = strstr(words, word); p; p = strstr(p + 1, word)) {
		if (p[-1] == ' ' && p[n] == ' ')
			return true;
	}
	return false;
}

/* Runtimes whose ids are the names that people gave. */
static bool id_is_name(const char *runtime)
{
	return lists(" lxc nspawn libvirt-lxc ", runtime);
}

static void named_by_path(const struct sr_lookup *l)
{
	sr_buf_puts(l->doc, "{\"kind\":\"container\",\"state\":\"resolved\",\"why\":\"\",\"id\":");
	sr_buf_json_str(l->doc, l->id, strlen(l->id));
	sr_buf_puts(l->doc, ",\"name\":");
	sr_buf_json_str(l->doc, l->id, strlen(l->id));
	sr_buf_printf(l->doc, ",\"runtime\":\"%s\"}", l->runtime);
}

enum sr_found sr_lookup(const struct sr_places *p, const char *runtime, const char *id,
			struct sr_buf *doc, struct sr_buf *why)
{
	struct sr_lookup l = { p, runtime, id, doc, why };
	bool asked = false, answered = false, silent = false, busy = false;

	if (!*runtime || strchr(runtime, ' '))
		return SR_ABSENT;
	for (size_t i = 0; is_plain_id(runtime, id) && i < sizeof(sources) / sizeof(*sources);
	     i++) {
		const struct source *s = &sources[i];
		enum sr_found found;

		if (!lists(s->may_know, runtime))
			continue;
		found = s->ask(&l, s->runtime ? s->runtime : runtime);
		if (found == SR_FOUND)
			return SR_FOUND;
		asked = true;
		answered |= found == SR_ABSENT;
		silent |= found == SR_SILENT;
		busy |= found == SR_BUSY;
	}
	if (id_is_name(runtime)) {
		named_by_path(&l);
		return SR_FOUND;
	}
	if (!asked)
		sr_buf_printf(why, "this version cannot ask a runtime of kind %s", runtime);
	else if (!why->len)
		sr_buf_puts(why, "no place that could know it exists here");
	if (busy && !silent)
		return SR_BUSY;
	return asked && (silent || !answered) ? SR_SILENT : SR_ABSENT;
}
