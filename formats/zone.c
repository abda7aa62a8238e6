/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/zone.h"
#include "formats/args.h"
#include "formats/base/cur.h"
#include "formats/block_cols.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Items of an extension: id, length, checksum, bytes. */
#define ITEM_HEAD 16u
#define ITEM_ZONE 1u

#define LONG_ID	  32u /* digits from which on an id is shown cut... */
#define SHOWN_ID  12u /* ...to so many */

#define KEY_BITS  10u /* per key: with six hashes one answer of a hundred is wrong */

static uint64_t hash(enum sr_zone_key key, const void *p, size_t len)
{
	return XXH3_64bits_withSeed(p, len, (XXH64_hash_t)key);
}

/* The bit of hash @i: two halves stand for as many hashes as are wanted. */
static uint32_t bit_of(uint64_t h, unsigned int i, uint32_t nbits)
{
	return (uint32_t)(((uint32_t)h + i * ((uint32_t)(h >> 32) | 1)) % nbits);
}

/* Ids are known by as many digits as are shown of them. */
static size_t shown_len(const char *id, size_t len)
{
	static const char hex[] = "0123456789abcdef";

	if (len < LONG_ID)
		return len;
	for (size_t i = 0; i < len; i++)
		if (!id[i] || !strchr(hex, id[i]))
			return len;
	return SHOWN_ID;
}

uint64_t sr_zone_container_key(const char *id, size_t len)
{
	uint64_t h = hash(SR_ZONE_CONTAINER, id, shown_len(id, len));

	return h > 1 ? h : h + 2;
}

/* ---- making ---- */

struct maker {
	const struct sr_block *b;
	struct sr_buf keys; /* hashes */
	struct sr_buf text;
	struct sr_str last; /* path whose directories were added last */
	bool all_enriched;
};

static void add(struct maker *m, enum sr_zone_key key, const void *p, size_t len)
{
	uint64_t h = hash(key, p, len);

	sr_buf_put(&m->keys, &h, sizeof(h));
}

static void add_num(struct maker *m, enum sr_zone_key key, uint64_t v)
{
	add(m, key, &v, sizeof(v));
}

static void add_str(struct maker *m, enum sr_zone_key key, uint32_t str)
{
	const struct sr_str *s = &m->b->strs[str];

	if (str)
		add(m, key, s->p, s->len);
}

static void add_thread(struct maker *m, const struct sr_thread *t)
{
	add_str(m, SR_ZONE_COMM, t->comm);
	add_num(m, SR_ZONE_PID, (uint64_t)(int64_t)t->pid);
	add_num(m, SR_ZONE_TID, (uint64_t)(int64_t)t->tid);
	add_str(m, SR_ZONE_EXEPATH, t->exepath);
	add_num(m, SR_ZONE_UID, t->euid);
}

/* Directories that the last path had too need not be added again. */
static void add_name(struct maker *m, const char *p, size_t len)
{
	size_t same = 0;

	add(m, SR_ZONE_NAME, p, len);
	while (same < len && same < m->last.len && p[same] == m->last.p[same])
		same++;
	for (size_t i = same > 1 ? same : 1; i < len; i++)
		if (p[i] == '/')
			add(m, SR_ZONE_DIR, p, i);
}

static void add_ip(struct maker *m, const uint8_t *addr, bool v6)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (v6 && memcmp(addr, mapped, sizeof(mapped)) == 0)
		add(m, SR_ZONE_IP, addr + sizeof(mapped), 4);
	else
		add(m, SR_ZONE_IP, addr, v6 ? 16 : 4);
}

static void add_ends(struct maker *m, const struct sr_file *f)
{
	bool v6 = f->kind == SR_FILE_SOCK_INET6;

	add_num(m, SR_ZONE_PORT, f->lport);
	add_num(m, SR_ZONE_PORT, f->rport);
	add_ip(m, f->laddr, v6);
	add_ip(m, f->raddr, v6);
}

static void add_file(struct maker *m, const struct sr_file *f)
{
	const struct sr_str *path = &m->b->strs[f->path];

	if (f->kind == SR_FILE_NONE)
		return;
	m->text.len = 0;
	sr_file_name(m->b, f, &m->text);
	if (m->text.len)
		add_name(m, (const char *)m->text.p, m->text.len);
	/* fd.directory is made of the path itself */
	if (path->len && (path->len != m->text.len || memcmp(path->p, m->text.p, path->len) != 0))
		add_name(m, path->p, path->len);
	else if (path->len)
		m->last = *path;
	if (f->kind == SR_FILE_SOCK_INET || f->kind == SR_FILE_SOCK_INET6)
		add_ends(m, f);
}

static void add_cgroup(struct maker *m, const struct sr_cgroup *c)
{
	add_str(m, SR_ZONE_CGROUP, c->path);
	if (c->zone_key > 1)
		sr_buf_put(&m->keys, &c->zone_key, sizeof(c->zone_key));
	m->all_enriched &= c->zone_key != 0;
}

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Sort the hashes and keep one of each. Return how many. */
static size_t unique(uint64_t *h, size_t n)
{
	size_t kept = 0;

	qsort(h, n, sizeof(*h), by_value);
	for (size_t i = 0; i < n; i++)
		if (!i || h[i] != h[i - 1])
			h[kept++] = h[i];
	return kept;
}

static uint8_t results(const struct sr_block *b)
{
	int64_t all = -1, any = 0;

	for (uint32_t i = 0; i < b->n; i++) {
		any |= b->ret[i];
		all &= b->ret[i];
	}
	return (uint8_t)((any < 0 ? SR_ZONE_NEGATIVE : 0) |
			 (b->n && all >= 0 ? SR_ZONE_POSITIVE : 0));
}

static void put_types(const struct sr_block *b, struct sr_buf *out)
{
	for (uint32_t i = 0; i < b->ntypes; i++) {
		size_t len = strlen(b->types[i].name);

		if (!b->types[i].nrows)
			continue;
		sr_buf_putc(out, (char)(uint8_t)len);
		sr_buf_put(out, b->types[i].name, len);
		sr_buf_putc(out, (char)b->types[i].ncols);
		sr_buf_put(out, b->types[i].cls, b->types[i].ncols);
	}
}

static void put_bits(struct maker *m, uint32_t nbytes, size_t nkeys, struct sr_buf *out)
{
	const uint64_t *h = (const uint64_t *)m->keys.p;

	if (!sr_buf_reserve(out, nbytes))
		return;
	memset(out->p + out->len, 0, nbytes);
	for (size_t i = 0; i < nkeys; i++) {
		for (unsigned int k = 0; k < SR_ZONE_HASHES; k++) {
			uint32_t bit = bit_of(h[i], k, nbytes * 8);

			out->p[out->len + bit / 8] |= (uint8_t)(1u << bit % 8);
		}
	}
	out->len += nbytes;
}

/* The map without the item's head. */
static void put_map(struct maker *m, struct sr_buf *out)
{
	const struct sr_block *b = m->b;
	size_t nkeys = unique((uint64_t *)m->keys.p, m->keys.len / sizeof(uint64_t));
	size_t want = (nkeys * KEY_BITS + 63) / 64 * 8;
	uint32_t nbytes = want > SR_ZONE_MAX_BITS ? SR_ZONE_MAX_BITS : (uint32_t)want;
	uint16_t ntypes = 0;

	for (uint32_t i = 0; i < b->ntypes; i++)
		ntypes += b->types[i].nrows != 0;
	sr_buf_putc(out, (char)(results(b) | SR_ZONE_CGROUPS |
				(m->all_enriched ? SR_ZONE_CONTAINERS : 0)));
	sr_buf_putc(out, (char)SR_ZONE_HASHES);
	sr_buf_put(out, &ntypes, sizeof(ntypes));
	sr_buf_put(out, &nbytes, sizeof(nbytes));
	put_types(b, out);
	put_bits(m, nbytes, nkeys, out);
}

void sr_zone_put(const struct sr_block *b, struct sr_buf *out)
{
	const uint16_t id = ITEM_ZONE, zero = 0;
	struct maker m = { .b = b, .all_enriched = true };
	size_t head = out->len, map = head + ITEM_HEAD;
	uint8_t *seen;
	uint32_t len;
	uint64_t sum;

	/* Entry 0 is among them: what is not known has values, too. Parents that did nothing here
	 * are not. */
	seen = calloc(b->nthreads, 1);
	for (uint32_t i = 0; seen && i < b->n; i++)
		seen[b->thread[i]] = 1;
	for (uint32_t i = 0; i < b->nthreads; i++)
		if (!i || !seen || seen[i])
			add_thread(&m, &b->threads[i]);
	free(seen);
	for (uint32_t i = 0; i < b->nfiles; i++)
		add_file(&m, &b->files[i]);
	for (uint32_t i = 1; i < b->ncgroups; i++)
		add_cgroup(&m, &b->cgroups[i]);
	if (m.keys.oom || m.text.oom || !sr_buf_reserve(out, ITEM_HEAD))
		goto end; /* a block without a map is whole */
	out->len = map;
	put_map(&m, out);
	if (out->oom)
		goto end; /* there will be no block either */
	len = (uint32_t)(out->len - map);
	sum = XXH3_64bits(out->p + map, len);
	memcpy(out->p + head, &id, sizeof(id));
	memcpy(out->p + head + 2, &zero, sizeof(zero));
	memcpy(out->p + head + 4, &len, sizeof(len));
	memcpy(out->p + head + 8, &sum, sizeof(sum));

end:
	sr_buf_free(&m.keys);
	sr_buf_free(&m.text);
}

/* ---- asking ---- */

static bool get_map(struct sr_zone *z, struct sr_cur c)
{
	const struct sr_type *t;
	size_t at = 0;
	uint16_t n = 0;

	z->results = sr_cur_u8(&c);
	z->hashes = sr_cur_u8(&c);
	z->ntypes = sr_cur_u16(&c);
	z->nbytes = sr_cur_u32(&c);
	if (c.bad || z->nbytes > c.left || z->nbytes > UINT32_MAX / 8)
		return false;
	z->types = c.p;
	z->types_len = c.left - z->nbytes;
	z->bits = c.p + z->types_len;
	while (sr_zone_type(z, &at, &t))
		n++;
	return n == z->ntypes && at == z->types_len;
}

void sr_zone_get(struct sr_zone *z, const uint8_t *ext, size_t len)
{
	struct sr_cur c = sr_cur(ext, len);

	z->has_map = false;
	while (c.left >= ITEM_HEAD) {
		uint16_t id = sr_cur_u16(&c);
		uint32_t size;
		uint64_t sum;
		const uint8_t *p;

		(void)sr_cur_u16(&c); /* kept for later */
		size = sr_cur_u32(&c);
		sum = sr_cur_u64(&c);
		p = sr_cur_bytes(&c, size);
		if (!p || XXH3_64bits(p, size) != sum)
			return;
		if (id == ITEM_ZONE) {
			z->has_map = get_map(z, sr_cur(p, size));
			return;
		}
	}
}

static bool may_hash(const struct sr_zone *z, uint64_t h)
{
	if (!z->has_map || !z->nbytes)
		return true;
	for (unsigned int k = 0; k < z->hashes; k++) {
		uint32_t bit = bit_of(h, k, z->nbytes * 8);

		if (!(z->bits[bit / 8] >> bit % 8 & 1))
			return false;
	}
	return true;
}

bool sr_zone_may(const struct sr_zone *z, enum sr_zone_key key, const void *p, size_t len)
{
	if (key == SR_ZONE_CGROUP && !(z->results & SR_ZONE_CGROUPS))
		return true;
	return may_hash(z, hash(key, p, len));
}

bool sr_zone_may_container(const struct sr_zone *z, const char *id, size_t len)
{
	return !(z->results & SR_ZONE_CONTAINERS) || may_hash(z, sr_zone_container_key(id, len));
}

bool sr_zone_may_num(const struct sr_zone *z, enum sr_zone_key key, uint64_t v)
{
	return sr_zone_may(z, key, &v, sizeof(v));
}

bool sr_zone_type(const struct sr_zone *z, size_t *at, const struct sr_type **t)
{
	struct sr_cur c = sr_cur(z->types + *at, z->types_len - *at);
	size_t len = sr_cur_u8(&c);
	const char *name = sr_cur_bytes(&c, len);
	uint8_t ncols = sr_cur_u8(&c);
	const uint8_t *cls = sr_cur_bytes(&c, ncols);

	if (c.bad)
		return false;
	*t = sr_type_as_written(name, len, cls, ncols);
	*at = z->types_len - c.left;
	return true;
}

bool sr_zone_has(const struct sr_zone *z, enum sr_xevent x)
{
	const struct sr_type *t;
	size_t at = 0;

	while (sr_zone_type(z, &at, &t))
		if (t && t->xevent == (int)x)
			return true;
	return !z->has_map;
}
