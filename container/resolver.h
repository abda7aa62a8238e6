/* SPDX-License-Identifier: Apache-2.0 */
/* Looks containers up in their runtimes, on a thread of its own: the event path
 * only ever enqueues an id and later collects finished documents. */
#ifndef SR_RESOLVER_H
#define SR_RESOLVER_H

#include "formats/base/buf.h"
#include "formats/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sr_resolver_opts {
	const char *docker_socket;  /* NULL: $DOCKER_HOST is not read here; /var/run/docker.sock */
	unsigned int timeout_ms;    /* per request; 0: 2000 */
	const char *proc_root;	    /* NULL: /proc; tests */
	const char *docker_root;    /* Docker's data-root; NULL: /var/lib/docker */
	const char *podman_socket;  /* NULL: /run/podman/podman.sock */
	const char *runtime_socket; /* of containerd or CRI-O; NULL: their usual places */
	const char *system_bus; /* address of D-Bus; NULL: unix:path=/run/dbus/system_bus_socket */
	bool watch;		/* ask again when Docker says that something changed */
	const char *sys_root;	/* before paths of OCI bundles and of containerd; NULL: ""; tests */
};

struct sr_resolver;

/** sr_resolver_new() - start the worker. Return 0, -ENOMEM, negative errno of pthread_create(3). */
int sr_resolver_new(struct sr_resolver **out, const struct sr_resolver_opts *opts);

/** sr_resolver_ask() - want the metadata of container @id of @runtime; never blocks. Asking again
 *  for a known or pending id does nothing; at least the last 32768 ids are known. */
void sr_resolver_ask(struct sr_resolver *r, const char *runtime, const char *id);

/** sr_resolver_ask_user() - the same of a container of user @uid (struct sr_cgroup_id): places of
 *  that user are asked as well, of whom it can only tell about what is the user's own. */
void sr_resolver_ask_user(struct sr_resolver *r, const char *runtime, const char *id, uint32_t uid);

/** sr_resolver_gone() - a container that was asked for has ended: ask again how, soon, unless the
 *  runtime tells by itself. Never blocks. */
void sr_resolver_gone(struct sr_resolver *r, const char *runtime, const char *id, uint32_t uid);

/** sr_resolver_poll() - take one finished document (formats/meta.h, kind "container"), JSON.
 *  Documents of state "pending" come at once for a new id, and again when resolved or given up; of
 *  one that was given up, once more if a runtime answers later.
 *  Return: 1 and *out appended; 0 none now. Any thread, one at a time. */
int sr_resolver_poll(struct sr_resolver *r, struct sr_buf *out);

/** sr_resolver_drain() - wait until nothing is asked for any more but what no runtime answered
 * about for seconds, at most @ms. Return: 0; -ETIMEDOUT. */
int sr_resolver_drain(struct sr_resolver *r, unsigned int ms);

/** sr_resolver_hurry() - ask once more, now, for those that no runtime has answered about: it may
 * do so now. sr_resolver_drain() waits for that. */
void sr_resolver_hurry(struct sr_resolver *r);

void sr_resolver_free(struct sr_resolver *r);

/* ---- targets: a container named by a person ---- */

struct sr_target_cgroup {
	uint64_t id;	    /* kernfs id of the cgroup's directory */
	uint32_t hierarchy; /* as /proc/PID/cgroup: 0 is v2 */
	char path[512];	    /* in the hierarchy, "/docker/..." */
};

struct sr_target {
	char container_id[128];
	char name[256];
	struct sr_target_cgroup cg[16];
	size_t ncg;
};

/**
 * sr_target_find() - the running container that @what names (exact name, or unique prefix of an id
 * of at least 3 digits), and the cgroups it lives in, in every hierarchy.
 * Return: 0; -ENOENT no such container (err names near ones); -ENOTUNIQ prefix of several;
 * -ECONNREFUSED no runtime answered (err says which sockets were tried).
 */
int sr_target_find(const char *what, const struct sr_resolver_opts *opts, struct sr_target *out,
		   struct sr_err *err);

/**
 * sr_target_cgroup_path() - a cgroup given as a folder under the cgroup mount
 * ("/sys/fs/cgroup/unified/x") or as a path in a hierarchy ("/docker/abc"; all hierarchies that
 * have it). Return: 0; -ENOENT.
 */
int sr_target_cgroup_path(const char *path, struct sr_target *out, struct sr_err *err);

/** sr_target_folder() - where the folder of @cg is in the file system. Return 0; -ENOENT not to be
 *  seen from here; -ENAMETOOLONG. */
int sr_target_folder(const struct sr_target_cgroup *cg, char *out, size_t size);

/** sr_target_holds_us() - is the calling process in @cg, or below it? */
bool sr_target_holds_us(const struct sr_target_cgroup *cg);

typedef void (*sr_target_fn)(void *arg, const char *runtime, const char *id,
			     const struct sr_target_cgroup *cg);

/** sr_target_each() - tell @fn of the cgroups of all containers there are now, each container's own
 *  in every hierarchy. No runtime is asked. Return: 0; negative errno of reading /proc. */
int sr_target_each(const struct sr_resolver_opts *opts, sr_target_fn fn, void *arg);

#endif /* SR_RESOLVER_H */
