/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a block holds anything that its events do not refer to: who hands on a block as it stands
 * would hand that on too. */
#include "formats/block.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One byte for each entry: some event refers to it. */
struct marks {
	uint8_t *strs, *threads, *files, *cgroups;
};

static void mark_args(const struct sr_block *b, const struct marks *m)
{
	for (const struct sr_block_type *t = b->types; t < b->types + b->ntypes; t++)
		for (uint32_t k = 0; k < t->ncols; k++) {
			uint8_t *to = t->cls[k] == SR_CLASS_STR	   ? m->strs
				      : t->cls[k] == SR_CLASS_FILE ? m->files
								   : NULL;

			for (uint32_t i = 0; to && i < t->nrows; i++)
				to[t->cols[k].ref[i]] = 1;
		}
}

static void mark_thread(const struct sr_thread *t, const struct marks *m)
{
	const uint32_t strs[] = { t->comm, t->exepath, t->args, t->env, t->cwd };

	for (size_t i = 0; i < sizeof(strs) / sizeof(strs[0]); i++)
		m->strs[strs[i]] = 1;
	for (uint32_t i = 0; i < SR_MAX_ANCESTORS; i++)
		m->strs[t->anc[i].comm] = 1;
	m->cgroups[t->cgroup] = m->cgroups[t->cgroup1] = 1;
	m->threads[t->parent] = 1;
}

/* What is referred to refers to more. A thread's parent stands before it. */
static void mark_entries(const struct sr_block *b, const struct marks *m)
{
	for (uint32_t i = b->nthreads - 1; i; i--)
		if (m->threads[i])
			mark_thread(&b->threads[i], m);
	for (uint32_t i = 1; i < b->nfiles; i++)
		if (m->files[i])
			m->strs[b->files[i].path] = m->strs[b->files[i].peer_path] =
				m->strs[b->files[i].host_path] = 1;
	for (uint32_t i = 1; i < b->ncgroups; i++)
		if (m->cgroups[i])
			m->strs[b->cgroups[i].path] = 1;
}

static int all_marked(const struct sr_block *b, const struct marks *m)
{
	for (uint32_t i = 0; i < b->ntypes; i++)
		if (!b->types[i].nrows)
			return 0;
	return !memchr(m->strs + 1, 0, b->nstrs - 1) &&
	       !memchr(m->threads + 1, 0, b->nthreads - 1) &&
	       !memchr(m->files + 1, 0, b->nfiles - 1) &&
	       !memchr(m->cgroups + 1, 0, b->ncgroups - 1);
}

int sr_block_is_tight(struct sr_block *b, struct sr_err *err)
{
	struct marks m;
	uint8_t *mem;
	int rc = sr_block_load(b, SR_NEED_ALL & ~SR_NEED_HEAP, err);

	if (rc < 0)
		return rc;
	mem = calloc((size_t)b->nstrs + b->nthreads + b->nfiles + b->ncgroups, 1);
	if (!mem)
		return sr_err_set(err, -ENOMEM, SR_NO_POS, "no memory to copy a block");
	m.strs = mem;
	m.threads = m.strs + b->nstrs;
	m.files = m.threads + b->nthreads;
	m.cgroups = m.files + b->nfiles;
	for (uint32_t i = 0; i < b->n; i++)
		m.threads[b->thread[i]] = m.files[b->file[i]] = 1;
	mark_args(b, &m);
	mark_entries(b, &m);
	rc = all_marked(b, &m);
	free(mem);
	return rc;
}
