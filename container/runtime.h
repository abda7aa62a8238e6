/* SPDX-License-Identifier: Apache-2.0 */
/* Places where a container's metadata may be found: runtimes' sockets and files.
 * One row each in container/sources.c; internal to container/. */
#ifndef SR_RUNTIME_H
#define SR_RUNTIME_H

#include "container/resolver.h"
#include "container/unix_http.h"

#include <stdbool.h>

struct cJSON;

/* Where to look; from struct sr_resolver_opts, with the defaults filled in. */
struct sr_places {
	const char *docker_socket;
	const char *docker_root;
	const char *podman_socket;
	const char *runtime_socket; /* of containerd or CRI-O; NULL: their usual places */
	const char *system_bus;
	const char *sys_root;
	uint32_t uid;	   /* whose the container is; 0: root's */
	bool socket_given; /* docker_socket was said by the user: it may be any runtime's */
	unsigned int timeout_ms;
	bool inspect_only; /* what the daemon's events remember is known already */
	struct sr_http *http;
};

void sr_places_set(struct sr_places *p, const struct sr_resolver_opts *opts, struct sr_http *http);

enum sr_found {
	SR_FOUND,
	SR_ABSENT, /* the place answered: it has no such container */
	SR_NOBODY, /* the place does not exist here */
	SR_SILENT, /* the place exists but gave no answer: worth another try */
	SR_BUSY,   /* the place was not asked: it left another question unanswered just now */
};

/**
 * sr_lookup() - ask every place that may know container @id of @runtime.
 * @doc: receives the document (formats/meta.h, state "resolved") when found.
 * @why: receives words on what was tried otherwise.
 * Return: SR_FOUND; SR_SILENT if asking again may help; SR_BUSY if it was not asked everywhere yet;
 * SR_ABSENT if nobody has it.
 */
enum sr_found sr_lookup(const struct sr_places *p, const char *runtime, const char *id,
			struct sr_buf *doc, struct sr_buf *why);

/** sr_document_unresolved() - append a document of state "pending" or "unknown". */
void sr_document_unresolved(struct sr_buf *out, const char *runtime, const char *id,
			    const char *state, const char *why);

/**
 * sr_document_inspect() - make the document of an inspect document of the Docker API, or of
 * Docker's config.v2.json.
 * @json: of @len bytes. Values of environment variables are redacted.
 * Return: 0; -EBADMSG not such a document, or of another container; -ENOMEM.
 */
int sr_document_inspect(struct sr_buf *out, const char *runtime, const char *id, const char *json,
			size_t len);

/** sr_document_inspected() - the same of an inspect document of the API that was read;
 * "RepoDigests" of its image may have been added. */
int sr_document_inspected(struct sr_buf *out, const char *runtime, const char *id,
			  struct cJSON *words);

/**
 * sr_document_event() - make the document of what a Docker daemon remembers of a container that
 * is gone: its events, JSON objects one after the other. They tell name, image and labels.
 * Return: 0; -ENOENT no event of this container is there; -ENOMEM.
 */
int sr_document_event(struct sr_buf *out, const char *runtime, const char *id, const char *json,
		      size_t len);

/**
 * sr_document_files() - the same of what files tell.
 * @words: "config" (config.json of an OCI bundle), "state" ("pid", "created"), "storage" (the entry
 * of containers/storage, with its "metadata"), "image" (the entry of its image), "settings" (those
 * of LXC or machined): those that there are.
 */
int sr_document_files(struct sr_buf *out, const char *runtime, const char *id, struct cJSON *words);

/**
 * sr_document_cri() - the same of what the Kubernetes container runtime interface tells.
 * @words: "status" and "info" of the container, "sandbox" with those of its pod; or that alone, if
 * the container is a pod's sandbox. Values of environment variables are taken out of it.
 */
int sr_document_cri(struct sr_buf *out, const char *runtime, const char *id, struct cJSON *words);

/** sr_document_containerd() - the same of what containerd tells: "Container", "Task", "Image". */
int sr_document_containerd(struct sr_buf *out, const char *runtime, const char *id,
			   struct cJSON *words);

/** sr_document_unit() - the same of a unit of systemd. @words: its properties, as systemd calls
 *  them, by name. */
int sr_document_unit(struct sr_buf *out, const char *runtime, const char *id, struct cJSON *words);

/** sr_document_pid() - State.Pid of an inspect document; 0 if it does not run. */
int sr_document_pid(const char *json, size_t len);

#endif /* SR_RUNTIME_H */
