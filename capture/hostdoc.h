/* SPDX-License-Identifier: Apache-2.0 */
/* Documents about the recording host: machine and clocks, users and groups. */
#ifndef SR_HOSTDOC_H
#define SR_HOSTDOC_H

#include "formats/base/buf.h"

#include <stdint.h>

/** sr_hostdoc() - append the document of kind "host"; @extra (NULL or a JSON object) gives
 *  further members, which win. Return 0; -EINVAL @extra is not an object; -ENOMEM. */
int sr_hostdoc(struct sr_buf *out, const char *extra);

/** A set of ids that were seen, of which some were not told yet. */
struct sr_idset {
	uint32_t *ids;
	size_t n, cap;
	size_t told; /* the first so many were put into a document */
};

/** sr_idset_add() - remember @id (all-ones is no id). Sets are small: users of a recording. */
void sr_idset_add(struct sr_idset *s, uint32_t id);

/** sr_usersdoc() - append a document of kind "users" with the names of all ids not told yet.
 *  Return 1; 0 nothing new. */
int sr_usersdoc(struct sr_buf *out, struct sr_idset *users, struct sr_idset *groups);

#endif /* SR_HOSTDOC_H */
