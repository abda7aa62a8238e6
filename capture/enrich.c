/* SPDX-License-Identifier: Apache-2.0 */
/* Says of each cgroup of a block which container, or which service, it belongs to. */
#include "capture/engine.h"
#include "container/cgroup.h"
#include "formats/zone.h"

#include <errno.h>

/* The containers that @inner runs in, from the inside outwards. */
static int nest(struct sr_meta *meta, const struct sr_str *path, struct sr_cgroup_id *id,
		const struct sr_container *inner)
{
	const struct sr_container *outer;

	while (sr_cgroup_parse(path->p, id->at, id) == 1) {
		outer = sr_meta_container_put(meta, id->id, id->id_len, id->runtime);
		if (!outer)
			return -ENOMEM;
		sr_meta_nest(meta, inner, outer);
		inner = outer;
	}
	return 0;
}

static int enrich_service(struct sr_cgroup *c, const struct sr_str *path, struct sr_meta *meta)
{
	struct sr_cgroup_id id;

	if (!sr_cgroup_service(path->p, path->len, &id))
		return 0;
	meta = sr_meta_put_services(meta);
	c->service = meta ? sr_meta_container_put(meta, id.id, id.id_len, id.runtime) : NULL;
	return c->service ? 0 : -ENOMEM;
}

static int enrich_cgroup(struct sr_block *b, struct sr_cgroup *c, struct sr_meta *meta)
{
	const struct sr_str *path = &b->strs[c->path];
	struct sr_cgroup_id id;

	c->container = c->service = NULL;
	c->zone_key = 1;
	/* A damaged file may name any host: one that no document speaks of has no containers. */
	meta = sr_meta_find_host(meta, c->host);
	if (!meta || !path->len)
		return 0;
	if (sr_cgroup_parse(path->p, path->len, &id) != 1)
		return enrich_service(c, path, meta);
	c->zone_key = sr_zone_container_key(id.id, id.id_len);
	c->container = sr_meta_container_put(meta, id.id, id.id_len, id.runtime);
	return c->container ? nest(meta, path, &id, c->container) : -ENOMEM;
}

/* On a host with both hierarchies the container may be seen in the v1 path alone. Fields look at
 * `cgroup`, so it has to be the one that names the container. */
static void prefer_container(const struct sr_block *b, struct sr_thread *t)
{
	uint32_t v2 = t->cgroup;

	if (b->cgroups[v2].container || !b->cgroups[t->cgroup1].container)
		return;
	t->cgroup = t->cgroup1;
	t->cgroup1 = v2;
}

int sr_enrich(struct sr_block *b, struct sr_meta *meta, struct sr_err *err)
{
	int rc = sr_block_load(b, SR_NEED_DICTS, err);

	for (uint32_t i = 0; rc == 0 && i < b->ncgroups; i++)
		rc = enrich_cgroup(b, &b->cgroups[i], meta);
	if (rc < 0)
		return rc;
	for (uint32_t i = 0; b->ncgroups && i < b->nthreads; i++)
		prefer_container(b, &b->threads[i]);
	return 0;
}
