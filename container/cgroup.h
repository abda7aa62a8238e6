/* SPDX-License-Identifier: Apache-2.0 */
/* From a cgroup path to the container it belongs to. Pure text work, table-driven. */
#ifndef SR_CGROUP_H
#define SR_CGROUP_H

#include <stddef.h>
#include <stdint.h>

struct sr_cgroup_id {
	const char *runtime; /* static: "docker", "podman", "containerd", "cri-o", "lxc", ... */
	char id[128];	     /* full container id as the path has it, NUL-terminated */
	size_t id_len;
	size_t at;    /* where the folder of the container begins in the path */
	uint32_t uid; /* whose it is, if it stands in a user's slice; else 0 */
};

/**
 * sr_cgroup_parse() - which container does @path (any bytes, @len of them) name?
 * The innermost container of a nested path wins.
 * Return: 1 and *out; 0 not a container.
 */
int sr_cgroup_parse(const char *path, size_t len, struct sr_cgroup_id *out);

/**
 * sr_cgroup_service() - which unit of systemd does @path name? The innermost service or scope, or
 * the slice if there is none. *out has runtime "service" and the unit's name as id; of a unit of a
 * user's own systemd "user@1000.service/NAME.service".
 * Return: 1 and *out; 0 none, or it is a container.
 */
int sr_cgroup_service(const char *path, size_t len, struct sr_cgroup_id *out);

#endif /* SR_CGROUP_H */
