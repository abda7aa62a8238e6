/* SPDX-License-Identifier: Apache-2.0 */
/* The mounts of the host, to say by which path the host reaches a file of a container: an
 * overlay, a volume, a folder that was bound. The host is where process 1 lives, or if that may
 * not be looked at, where we do. */
#ifndef SR_HOSTMOUNTS_H
#define SR_HOSTMOUNTS_H

#include "formats/base/buf.h"

#include <stdint.h>

struct sr_hostmounts;

enum sr_host_path {
	SR_HOST_UNKNOWN, /* on no mount of the host, or covered by another one */
	SR_HOST_SAME,	 /* the path that the process has for it */
	SR_HOST_OTHER,	 /* the one that was appended */
};

/** sr_hostmounts_new() - the table as it is now, read again when it changes; the caller frees it.
 *  Without a readable table, all is unknown. Return 0; -ENOMEM. */
int sr_hostmounts_new(struct sr_hostmounts **out, const char *procfs);

/**
 * sr_hostmounts_find() - what the host calls a file.
 * @dev: of its file system, as the kernel has it (major << 20 | minor); @within: its path from
 * the root of this file system; @path: what the process calls it
 *
 * Mounts that have gone are remembered for those files whose events come late.
 */
enum sr_host_path sr_hostmounts_find(struct sr_hostmounts *m, uint32_t dev, const char *within,
				     size_t within_len, const char *path, size_t path_len,
				     struct sr_buf *out);

void sr_hostmounts_free(struct sr_hostmounts *m);

#endif /* SR_HOSTMOUNTS_H */
