/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a cgroup path: containers, those around them, units of systemd. */
#include "container/cgroup.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = (const char *)data;
	struct sr_cgroup_id id, unit;
	int named = sr_cgroup_parse(path, size, &id);

	if (sr_cgroup_service(path, size, &unit) &&
	    (named || !unit.id_len || strlen(unit.id) != unit.id_len || unit.at >= size))
		abort();
	if (!named)
		return 0;
	if (!id.runtime || !id.id_len || id.id_len >= sizeof(id.id) || strlen(id.id) != id.id_len)
		abort();
	/* an id that nothing was unescaped in stands in the path as it is */
	if (!memmem(path, size, id.id, id.id_len) && !memmem(path, size, "\\x", 2))
		abort();
	/* the containers around it stand before it */
	for (size_t at = size; named; named = sr_cgroup_parse(path, at, &id)) {
		if (id.at >= at)
			abort();
		at = id.at;
	}
	return 0;
}
