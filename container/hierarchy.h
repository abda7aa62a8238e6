/* SPDX-License-Identifier: Apache-2.0 */
/* The mounted cgroup hierarchies (v2, v1, or both beside each other) and the
 * kernel's ids of their folders. Internal to container/. */
#ifndef SR_HIERARCHY_H
#define SR_HIERARCHY_H

#include "container/resolver.h"

#define SR_MAX_HIERARCHIES 32 /* v1 has at most one per controller, of which there are 14 */

struct sr_hierarchy {
	uint32_t number; /* as in /proc/PID/cgroup; 0 is v2 */
	char root[512];	 /* folder of the hierarchy that is mounted, mostly "/" */
	char mount[512]; /* where */
};

/** sr_hierarchy_list() - all that are mounted. Return: how many, or negative errno. */
int sr_hierarchy_list(const char *proc_root, struct sr_hierarchy out[SR_MAX_HIERARCHIES]);

/** sr_hierarchy_add() - append the folder @path (of @len bytes, in the hierarchy) to the target.
 *  Return: 0; -ENOENT no such folder can be seen; -ENOSPC the target is full. */
int sr_hierarchy_add(const struct sr_hierarchy *h, const char *path, size_t len,
		     struct sr_target *out);

/** sr_hierarchy_folder() - where the folder @path of the hierarchy numbered @number is in the file
 *  system. Return: 0; -ENOENT; -ENAMETOOLONG. */
int sr_hierarchy_folder(const char *proc_root, uint32_t number, const char *path, char *out,
			size_t size);

/** sr_hierarchy_own() - the calling process' path in the hierarchy numbered @number. Return: 0;
 *  -ENOENT; -ENAMETOOLONG. */
int sr_hierarchy_own(const char *proc_root, uint32_t number, char *out, size_t size);

/** sr_hierarchy_of_pid() - append the folders of process @pid that name the container @id.
 *  Return: 0 or negative errno of reading /proc. */
int sr_hierarchy_of_pid(const char *proc_root, int pid, const char *id, struct sr_target *out);

/** sr_hierarchy_search() - append all folders of the container whose id begins with @id (of
 *  at least 3 characters) or whose name it is. Its container_id receives the whole id. Return: 0;
 * -ENOENT; -ENOTUNIQ. */
int sr_hierarchy_search(const char *proc_root, const char *id, struct sr_target *out);

/** sr_hierarchy_each() - tell @fn of every container's own folder in every hierarchy. Return: 0 or
 *  negative errno of reading /proc. */
int sr_hierarchy_each(const char *proc_root, sr_target_fn fn, void *arg);

#endif /* SR_HIERARCHY_H */
