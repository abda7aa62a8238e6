/* SPDX-License-Identifier: Apache-2.0 */
/* Percentiles and distinct counts in bounded memory. */

#include "chisels/sketch.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <xxhash.h>

#define SUB_BITS  5 /* buckets per power of two: 32 */
#define SUB	  (1u << SUB_BITS)
#define EXACT	  256 /* hashes kept before the registers take over */
#define HLL_BITS  12
#define REGISTERS (1u << HLL_BITS)

/* Buckets of the numbers whose highest bit is the same. Sorted: most negative first. */
struct chunk {
	struct chunk *next;
	int exp; /* 0: below 32; n: from 32 << (n - 1); negative numbers: -1 - that */
	uint64_t n[SUB];
};

struct sr_sketch {
	bool distinct;
	/* percentiles */
	uint64_t n;
	struct sysreel_value min, max;
	struct chunk *chunks;
	/* distinct values */
	uint64_t *hashes; /* open addressing, 0 free; @slots of them, a power of two */
	uint32_t nhashes, slots;
	uint8_t *registers; /* NULL while @hashes are enough */
	uint64_t estimate;  /* of the registers; 0: to be made anew */
};

static struct sr_sketch *get(struct sr_sketch **s, struct sr_arena *a, bool distinct)
{
	if (*s)
		return *s;
	*s = sr_arena_zalloc(a, 1, sizeof(**s));
	if (*s)
		(*s)->distinct = distinct;
	return *s;
}

/* ---- percentiles ---- */

static bool is_signed(const struct sysreel_value *v)
{
	return v->type == SYSREEL_INT || v->type == SYSREEL_DOUBLE;
}

static int64_t as_int(const struct sysreel_value *v)
{
	if (v->type != SYSREEL_DOUBLE)
		return v->i;
	return v->d >= 9e18 ? INT64_MAX : v->d <= -9e18 ? INT64_MIN : (int64_t)v->d;
}

static bool less(const struct sysreel_value *a, const struct sysreel_value *b)
{
	if (a->type == SYSREEL_DOUBLE)
		return a->d < b->d;
	return is_signed(a) ? a->i < b->i : a->u < b->u;
}

static void find_bucket(const struct sysreel_value *v, int *exp, uint32_t *sub)
{
	bool negative = is_signed(v) && as_int(v) < 0;
	uint64_t m = negative ? -(uint64_t)as_int(v) : is_signed(v) ? (uint64_t)as_int(v) : v->u;
	int shift = m < SUB ? 0 : 63 - SUB_BITS - __builtin_clzll(m);

	*exp = m < SUB ? 0 : shift + 1;
	*sub = (uint32_t)(m >> shift) & (SUB - 1);
	if (negative) {
		*exp = -1 - *exp;
		*sub = SUB - 1 - *sub;
	}
}

/* The middle of a bucket. */
static struct sysreel_value bucket_value(uint8_t type, int exp, uint32_t sub)
{
	bool negative = exp < 0;
	struct sysreel_value v = { .type = type };
	uint64_t m;

	if (negative) {
		exp = -1 - exp;
		sub = SUB - 1 - sub;
	}
	m = exp ? (uint64_t)(SUB + sub) << (exp - 1) : sub;
	if (exp > 1)
		m += 1ull << (exp - 2);
	if (negative && m > 1ull << 63)
		m = 1ull << 63; /* of INT64_MIN */
	if (type == SYSREEL_DOUBLE)
		v.d = negative ? -(double)m : (double)m;
	else
		v.u = negative ? -m : m;
	return v;
}

static struct chunk *find_chunk(struct sr_sketch *s, struct sr_arena *a, int exp)
{
	struct chunk **at = &s->chunks, *c;

	while (*at && (*at)->exp < exp)
		at = &(*at)->next;
	if (*at && (*at)->exp == exp)
		return *at;
	c = sr_arena_zalloc(a, 1, sizeof(*c));
	if (!c)
		return NULL;
	c->exp = exp;
	c->next = *at;
	*at = c;
	return c;
}

static void stretch(struct sr_sketch *s, const struct sysreel_value *v)
{
	if (!s->n || less(v, &s->min))
		s->min = *v;
	if (!s->n || less(&s->max, v))
		s->max = *v;
}

static int add_number(struct sr_sketch *s, struct sr_arena *a, const struct sysreel_value *v)
{
	struct chunk *c;
	uint32_t sub;
	int exp;

	find_bucket(v, &exp, &sub);
	c = find_chunk(s, a, exp);
	if (!c)
		return -ENOMEM;
	stretch(s, v);
	c->n[sub]++;
	s->n++;
	return 0;
}

static int merge_numbers(struct sr_sketch *s, struct sr_arena *a, const struct sr_sketch *from)
{
	if (!from->n)
		return 0;
	for (const struct chunk *f = from->chunks; f; f = f->next) {
		struct chunk *c = find_chunk(s, a, f->exp);

		if (!c)
			return -ENOMEM;
		for (uint32_t i = 0; i < SUB; i++)
			c->n[i] += f->n[i];
	}
	stretch(s, &from->min);
	s->n += from->n;
	stretch(s, &from->max);
	return 0;
}

struct sysreel_value sr_sketch_permille(const struct sr_sketch *s, unsigned int permille)
{
	uint64_t rank = s->n / 1000 * permille + (s->n % 1000 * permille + 999) / 1000, seen = 0;

	for (const struct chunk *c = s->chunks; c; c = c->next)
		for (uint32_t i = 0; i < SUB; i++) {
			struct sysreel_value v;

			seen += c->n[i];
			if (!c->n[i] || seen < rank)
				continue;
			v = bucket_value(s->min.type, c->exp, i);
			return less(&v, &s->min) ? s->min : less(&s->max, &v) ? s->max : v;
		}
	return s->max;
}

/* ---- distinct values ---- */

static void note_register(struct sr_sketch *s, uint64_t hash)
{
	uint32_t i = (uint32_t)(hash >> (64 - HLL_BITS));
	/* The place of the first 1 after these bits; a 1 at the end bounds it. */
	uint8_t rank = (uint8_t)(1 + __builtin_clzll(hash << HLL_BITS | 1u << (HLL_BITS - 1)));

	s->estimate = 0;
	if (rank > s->registers[i])
		s->registers[i] = rank;
}

static int to_registers(struct sr_sketch *s, struct sr_arena *a)
{
	s->registers = sr_arena_zalloc(a, REGISTERS, 1);
	if (!s->registers)
		return -ENOMEM;
	for (uint32_t i = 0; i < s->slots; i++)
		if (s->hashes[i])
			note_register(s, s->hashes[i]);
	return 0;
}

static void put_hash(uint64_t *hashes, uint32_t slots, uint64_t hash)
{
	uint32_t i = (uint32_t)hash & (slots - 1);

	while (hashes[i])
		i = (i + 1) & (slots - 1);
	hashes[i] = hash;
}

static int grow(struct sr_sketch *s, struct sr_arena *a)
{
	uint32_t slots = s->slots ? s->slots * 4 : 8;
	uint64_t *p = sr_arena_zalloc(a, slots, sizeof(*p));

	if (!p)
		return -ENOMEM;
	for (uint32_t i = 0; i < s->slots; i++)
		if (s->hashes[i])
			put_hash(p, slots, s->hashes[i]);
	s->hashes = p;
	s->slots = slots;
	return 0;
}

static int add_hash(struct sr_sketch *s, struct sr_arena *a, uint64_t hash)
{
	int rc = 0;

	hash = hash ? hash : 1;
	if (s->registers) {
		note_register(s, hash);
		return 0;
	}
	for (uint32_t i = (uint32_t)hash & (s->slots - 1); s->slots && s->hashes[i];
	     i = (i + 1) & (s->slots - 1))
		if (s->hashes[i] == hash)
			return 0;
	if (s->nhashes == EXACT) {
		rc = to_registers(s, a);
		if (rc == 0)
			note_register(s, hash);
		return rc;
	}
	if ((s->nhashes + 1) * 2 > s->slots)
		rc = grow(s, a);
	if (rc < 0)
		return rc;
	put_hash(s->hashes, s->slots, hash);
	s->nhashes++;
	return 0;
}

static int merge_hashes(struct sr_sketch *s, struct sr_arena *a, const struct sr_sketch *from)
{
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && !from->registers && i < from->slots; i++)
		if (from->hashes[i])
			rc = add_hash(s, a, from->hashes[i]);
	if (rc < 0 || !from->registers)
		return rc;
	rc = s->registers ? 0 : to_registers(s, a);
	s->estimate = 0;
	for (uint32_t i = 0; rc == 0 && i < REGISTERS; i++)
		if (from->registers[i] > s->registers[i])
			s->registers[i] = from->registers[i];
	return rc;
}

/* The harmonic mean of what the registers say; by their empty ones while there are many. */
static uint64_t estimate(const struct sr_sketch *s)
{
	const double m = REGISTERS;
	double sum = 0, e;
	uint32_t empty = 0;

	for (uint32_t i = 0; i < REGISTERS; i++) {
		sum += ldexp(1, -s->registers[i]);
		empty += !s->registers[i];
	}
	e = 0.7213 / (1 + 1.079 / m) * m * m / sum;
	if (e <= 2.5 * m && empty)
		e = m * log(m / empty);
	return (uint64_t)(e + 0.5);
}

uint64_t sr_sketch_distinct(const struct sr_sketch *s)
{
	struct sr_sketch *cache = (struct sr_sketch *)(uintptr_t)s;

	if (!s->registers)
		return s->nhashes;
	if (!s->estimate)
		cache->estimate = estimate(s);
	return s->estimate;
}

/* ---- both ---- */

int sr_sketch_add(struct sr_sketch **s, struct sr_arena *a, bool distinct,
		  const struct sysreel_value *v)
{
	if (!get(s, a, distinct))
		return -ENOMEM;
	if (!distinct)
		return add_number(*s, a, v);
	return add_hash(*s, a,
			v->type == SYSREEL_STR ? XXH3_64bits(v->s.p, v->s.len)
					       : XXH3_64bits(&v->u, sizeof(v->u)));
}

int sr_sketch_merge(struct sr_sketch **s, struct sr_arena *a, const struct sr_sketch *from)
{
	if (!get(s, a, from->distinct))
		return -ENOMEM;
	return from->distinct ? merge_hashes(*s, a, from) : merge_numbers(*s, a, from);
}
