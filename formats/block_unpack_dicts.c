/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the dictionaries of a block: strings, and the threads, files and cgroups. */
#include "formats/block_unpack_impl.h"

#include <errno.h>

/* As version 1 had them: lengths, and the bytes, which stay where they are. */
static int get_plain(struct sr_unpack *u, struct sr_cur *c, struct sr_str *strs)
{
	uint32_t n = u->b.nstrs, *len = sr_unpack_make(u, n, sizeof(*len));

	if (!len)
		return -ENOMEM;
	if (sr_col_decode(c, len, sizeof(*len), n - 1) < 0)
		return -EBADMSG;
	for (uint32_t i = 1; i < n; i++)
		strs[i] = (struct sr_str){ sr_cur_bytes(c, len[i - 1]), len[i - 1] };
	return c->bad ? -EBADMSG : 0;
}

/* Each string begins as one before it. The lengths, then the bytes of all ends. */
struct shares {
	uint32_t *back, *prefix, *rest;
};

static int join(struct sr_cur *c, const struct shares *s, uint32_t n, char *text,
		struct sr_str *strs)
{
	for (uint32_t i = 1; i < n; i++) {
		uint32_t back = s->back[i], prefix = s->prefix[i], rest = s->rest[i];
		const uint8_t *end = sr_cur_bytes(c, rest);

		if (back > i || prefix > (back ? strs[i - back].len : 0) || !end)
			return -EBADMSG;
		if (prefix)
			memcpy(text, strs[i - back].p, prefix);
		if (rest)
			memcpy(text + prefix, end, rest);
		strs[i] = (struct sr_str){ text, prefix + rest };
		text += prefix + rest;
	}
	return 0;
}

static int get_shared(struct sr_unpack *u, struct sr_cur *c, struct sr_str *strs)
{
	uint32_t n = u->b.nstrs;
	struct shares s = { sr_unpack_make(u, n, sizeof(*s.back)),
			    sr_unpack_make(u, n, sizeof(*s.prefix)),
			    sr_unpack_make(u, n, sizeof(*s.rest)) };
	uint64_t total = 0;
	char *text;

	if (!s.back || !s.prefix || !s.rest)
		return -ENOMEM;
	if (sr_col_decode(c, s.back + 1, sizeof(*s.back), n - 1) < 0 ||
	    sr_col_decode(c, s.prefix + 1, sizeof(*s.prefix), n - 1) < 0 ||
	    sr_col_decode(c, s.rest + 1, sizeof(*s.rest), n - 1) < 0)
		return -EBADMSG;
	for (uint32_t i = 1; i < n; i++)
		total += (uint64_t)s.prefix[i] + s.rest[i];
	if (total > SR_BLOCK_MAX_TEXT)
		return -EBADMSG;
	text = sr_unpack_make(u, total, 1);
	return text ? join(c, &s, n, text, strs) : -ENOMEM;
}

static int load_strs(struct sr_unpack *u)
{
	bool shared = sr_unpack_has(u, SR_STREAM_STRINGS);
	struct sr_str *strs = sr_unpack_make(u, u->b.nstrs, sizeof(*strs));
	struct sr_cur c;
	int rc;

	rc = sr_unpack_open(u, shared ? SR_STREAM_STRINGS : SR_STREAM_STRS, &c);
	if (rc < 0 || !strs)
		return rc < 0 ? rc : -ENOMEM;
	strs[0] = (struct sr_str){ "", 0 };
	rc = shared ? get_shared(u, &c, strs) : get_plain(u, &c, strs);
	if (rc == 0)
		u->b.strs = strs;
	return rc;
}

static bool member_fits(const struct sr_block *b, const struct sr_member *m, uint64_t v)
{
	if (m->kind == SR_MEMBER_STR)
		return v < b->nstrs;
	if (m->kind == SR_MEMBER_CGROUP)
		return v < b->ncgroups;
	return m->size == 8 || v <= UINT32_MAX;
}

static const struct sr_member *find_member(const struct sr_dict *d, unsigned int number)
{
	for (size_t i = 0; i < d->nmembers; i++)
		if (d->members[i].number == number)
			return &d->members[i];
	return NULL;
}

static int get_member(struct sr_unpack *u, struct sr_cur *c, const struct sr_dict *d,
		      unsigned int number, uint8_t *entries, uint32_t n, uint64_t *v)
{
	const struct sr_member *m = find_member(d, number);

	if (sr_col_decode(c, m ? v : NULL, sizeof(*v), n - 1) < 0)
		return -EBADMSG;
	for (uint32_t i = 1; m && i < n; i++) {
		if (!member_fits(&u->b, m, v[i - 1]))
			return -EBADMSG;
		memcpy(entries + i * d->entry + m->offset, &v[i - 1], m->size);
	}
	return 0;
}

static int load_dict(struct sr_unpack *u, const struct sr_dict *d, uint32_t n, void **out)
{
	uint8_t *entries = sr_arena_zalloc(&u->arena, n, d->entry);
	uint64_t *v = sr_unpack_make(u, n, sizeof(*v));
	unsigned int number;
	struct sr_cur c;
	int rc;

	rc = sr_unpack_open(u, d->stream, &c);
	if (rc < 0 || !entries || !v)
		return rc < 0 ? rc : -ENOMEM;
	while ((number = sr_cur_u8(&c)) != 0)
		if (get_member(u, &c, d, number, entries, n, v) < 0)
			return -EBADMSG;
	if (c.bad)
		return -EBADMSG;
	*out = entries;
	return 0;
}

int sr_unpack_dicts(struct sr_unpack *u)
{
	struct sr_block *b = &u->b;
	void *threads, *files, *cgroups;
	int rc;

	rc = load_strs(u);
	if (!rc)
		rc = load_dict(u, &sr_dicts[0], b->nthreads, &threads);
	if (!rc)
		rc = load_dict(u, &sr_dicts[1], b->nfiles, &files);
	if (!rc)
		rc = load_dict(u, &sr_dicts[2], b->ncgroups, &cgroups);
	if (rc)
		return rc;
	b->threads = threads;
	b->files = files;
	b->cgroups = cgroups;
	for (uint32_t i = 0; i < b->nthreads; i++)
		if (b->threads[i].nanc > SR_MAX_ANCESTORS || (i && b->threads[i].parent >= i))
			return -EBADMSG;
	return 0;
}
