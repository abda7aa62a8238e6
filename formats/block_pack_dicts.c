/* SPDX-License-Identifier: Apache-2.0 */
/* The dictionaries of a block: strings, and the threads, files and cgroups that refer to them. */
#include "formats/block_pack_impl.h"

#include <errno.h>

#define SHARE_MIN 3u /* bytes in common that are worth being told */

static uint32_t common(const struct sr_str *a, const struct sr_str *b)
{
	uint32_t max = a->len < b->len ? a->len : b->len, n = 0;

	while (n < max && a->p[n] == b->p[n])
		n++;
	return n;
}

/* How a string begins as one of the two before it does: names of a directory follow one another,
 * often each beside its whole path. */
static uint32_t share(const struct sr_str *strs, uint32_t i, uint32_t *back)
{
	uint32_t one = i > 1 ? common(&strs[i], &strs[i - 1]) : 0;
	uint32_t two = i > 2 ? common(&strs[i], &strs[i - 2]) : 0;

	*back = two > one + 1 ? 2 : 1;
	one = two > one + 1 ? two : one;
	if (one >= SHARE_MIN)
		return one;
	*back = 0;
	return 0;
}

static int put_strs(struct sr_pack *p, const struct sr_block *b)
{
	uint32_t n = b->nstrs - 1, back;
	int rc;

	for (uint32_t i = 1; i < b->nstrs; i++) {
		p->b[i - 1] = share(b->strs, i, &back);
		p->a[i - 1] = back;
		p->c[i - 1] = b->strs[i].len - p->b[i - 1];
	}
	sr_pack_begin(p, SR_STREAM_STRINGS);
	rc = sr_pack_column(p, p->a, n);
	if (rc == 0)
		rc = sr_pack_column(p, p->b, n);
	if (rc == 0)
		rc = sr_pack_column(p, p->c, n);
	sr_colpack_cut(p->cp, p->raw.len);
	for (uint32_t i = 1; i < b->nstrs; i++)
		sr_buf_put(&p->raw, b->strs[i].p + p->b[i - 1], p->c[i - 1]);
	return sr_pack_end(p, rc);
}

static uint64_t member_of(const uint8_t *entry, const struct sr_member *m)
{
	uint64_t v = 0;

	memcpy(&v, entry + m->offset, m->size);
	return v;
}

/* Entry 0 means nothing and is not stored. Each member: its number, then its column;
 * number 0 ends. Members that are zero in all entries are left out. */
static int put_dict(struct sr_pack *p, const struct sr_dict *d, const void *entries, uint32_t n)
{
	sr_pack_begin(p, d->stream);
	for (size_t m = 0; m < d->nmembers; m++) {
		const uint8_t *e = entries;

		for (uint32_t i = 1; i < n; i++)
			p->a[i - 1] = member_of(e + i * d->entry, &d->members[m]);
		if (sr_col_is(p->a, n - 1, 0))
			continue;
		sr_buf_putc(&p->raw, (char)d->members[m].number);
		if (sr_pack_column(p, p->a, n - 1) < 0)
			return -ENOMEM;
	}
	sr_buf_putc(&p->raw, 0);
	return sr_pack_end(p, 0);
}

int sr_pack_dicts(struct sr_pack *p, const struct sr_block *b)
{
	int rc = put_strs(p, b);

	if (rc == 0)
		rc = put_dict(p, &sr_dicts[0], b->threads, b->nthreads);
	if (rc == 0)
		rc = put_dict(p, &sr_dicts[1], b->files, b->nfiles);
	return rc < 0 ? rc : put_dict(p, &sr_dicts[2], b->cgroups, b->ncgroups);
}
