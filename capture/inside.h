/* SPDX-License-Identifier: Apache-2.0 */
/* Looks into a container from outside, through /proc of one of its processes: whose users and
 * groups its numbers mean, by which folders and interfaces the host reaches it. */
#ifndef SR_INSIDE_H
#define SR_INSIDE_H

#include "capture/hostmounts.h"

enum sr_inside_found {
	SR_INSIDE_FOUND,
	SR_INSIDE_GONE,	  /* the process has ended, or is none of the container's */
	SR_INSIDE_SHARED, /* its root is the host's, as it is before the runtime has changed it */
	SR_INSIDE_DENIED, /* we may not look */
};

/**
 * sr_inside_look() - look through process @pid of container @id of @runtime.
 * @procfs: mostly "/proc"; @mounts: NULL: folders of the host stay unknown
 * @doc: the document (formats/meta.h, kind "inside") is appended, unless it has gone
 *
 * Nothing in the container is trusted: links in it do not lead out of it, files have to be
 * regular and small. It may wait for a file system that never answers.
 */
enum sr_inside_found sr_inside_look(const char *procfs, uint32_t pid, const char *runtime,
				    const char *id, struct sr_hostmounts *mounts,
				    struct sr_buf *doc);

/** sr_inside_unseen() - append the document of one that could not be looked at. */
void sr_inside_unseen(struct sr_buf *doc, const char *runtime, const char *id, const char *why);

#endif /* SR_INSIDE_H */
