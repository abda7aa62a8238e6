/* SPDX-License-Identifier: Apache-2.0 */
/* A container's /etc/passwd, /etc/group and maps of ids: the first byte says which. */
#include "container/passwd.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sr_idrange map[SR_MAX_IDRANGES];
	const char *text = (const char *)data + 1, *end = (const char *)data + size;
	size_t len = size ? size - 1 : 0, n;
	struct sr_passwd a;
	uint32_t out;

	if (!size)
		return 0;
	if (data[0] == 'm') {
		n = sr_idmap_parse(text, len, map);
		for (size_t i = 0; i < n; i++)
			if (map[i].count && !sr_idmap_outside(map, n, map[i].inside, &out))
				continue; /* beyond the last id */
		return 0;
	}
	while (sr_passwd_next(&text, &len, data[0] == 'g', &a)) {
		if (a.name + a.name_len > end || !a.name_len || text > end ||
		    (a.home_len && a.home + a.home_len > end) ||
		    (a.shell_len && a.shell + a.shell_len > end))
			abort();
	}
	if (len || text != end)
		abort();
	return 0;
}
