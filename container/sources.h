/* SPDX-License-Identifier: Apache-2.0 */
/* How places are asked: what container/sources.c and container/files.c share. */
#ifndef SR_SOURCES_H
#define SR_SOURCES_H

#include "container/runtime.h"

/* What a place is asked, and how it answers. */
struct sr_lookup {
	const struct sr_places *p;
	const char *runtime, *id;
	struct sr_buf *doc;
	struct sr_buf *why; /* "PLACE: what happened" */
};

void sr_lookup_note(const struct sr_lookup *l, const char *place, const char *what);

/* Files. @runtime: what a container that is found there runs under. */
enum sr_found sr_ask_docker_file(const struct sr_lookup *l, const char *runtime);
enum sr_found sr_ask_containerd_bundle(const struct sr_lookup *l, const char *runtime);
enum sr_found sr_ask_storage(const struct sr_lookup *l, const char *runtime);	 /* Podman, CRI-O */
enum sr_found sr_ask_state(const struct sr_lookup *l, const char *runtime);	 /* runc, crun */
enum sr_found sr_ask_user_files(const struct sr_lookup *l, const char *runtime); /* rootless */
enum sr_found sr_ask_lxc(const struct sr_lookup *l, const char *runtime);
enum sr_found sr_ask_machine(const struct sr_lookup *l, const char *runtime); /* machined */

/* Units of systemd. */
enum sr_found sr_ask_systemd(const struct sr_lookup *l, const char *runtime);
enum sr_found sr_ask_unit_file(const struct sr_lookup *l, const char *runtime);

/** sr_read_settings() - lines "KEY = VALUE" of a file, as an object of lists of texts, which the
 *  caller deletes; NULL if there is no such file. */
struct cJSON *sr_read_settings(const char *path);

#endif /* SR_SOURCES_H */
