/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as metadata documents, one a line. */
#include "formats/meta.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t touch(const char *s)
{
	return s ? strlen(s) : 0;
}

static size_t touch_container(const struct sr_meta *m, size_t i)
{
	const struct sr_container *c = sr_meta_container_at(m, i);
	size_t sum = touch(c->runtime) + touch(c->name) + touch(c->image) + touch(c->image_id) +
		     touch(c->command) + touch(c->why);

	for (size_t k = 0; k < c->nlabels; k++)
		sum += touch(c->labels[k].key) + touch(c->labels[k].value);
	/* every container is found under its own id */
	if (sr_meta_container(m, c->id, strlen(c->id)) != c)
		abort();
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data, *end = p + size;
	volatile size_t sum = 0;
	struct sr_meta *m;
	struct sr_err err;

	if (sr_meta_new(&m) < 0)
		return 0;
	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)((nl ? nl : end) - p);

		(void)sr_meta_add(m, p, len, &err);
		p = nl ? nl + 1 : end;
	}
	for (size_t i = 0; i < sr_meta_containers(m); i++)
		sum += touch_container(m, i);
	for (uint32_t id = 0; id < 8; id++)
		sum += touch(sr_meta_user(m, id)) + touch(sr_meta_group(m, id));
	for (uint32_t host = 1; host < sr_meta_hosts(m); host++) {
		const struct sr_meta *other = sr_meta_of(m, host);

		for (size_t i = 0; i < sr_meta_containers(other); i++)
			sum += touch_container(other, i);
		sum += touch(sr_meta_user(other, 1)) + sr_meta_boot_to_wall(other, 1);
	}
	sum += sr_meta_wall(m, 1) + sr_meta_boot_to_wall(m, 1) + (size_t)sr_meta_tz_offset(m);
	sr_meta_free(m);
	return 0;
}
