/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluation over a block. Every node turns a bitmap of candidate rows into the bitmap of
 * those it holds for; a check on a dictionary's field is decided once per entry, one on a
 * number column in a loop of its own. */
#include "filters/ast.h"

#include <errno.h>
#include <stdlib.h>

struct run {
	struct sr_filter *f;
	struct sr_view *v;
	struct sr_block *b;
	size_t words;
	struct sr_err *err;
};

static bool empty(const uint64_t *bits, size_t words)
{
	uint64_t any = 0;

	for (size_t i = 0; i < words; i++)
		any |= bits[i];
	return !any;
}

static int grow(void **p, size_t *have, size_t want, size_t size)
{
	void *q;

	if (want <= *have)
		return 0;
	q = reallocarray(*p, want, size);
	if (!q)
		return -ENOMEM;
	*p = q;
	*have = want;
	return 0;
}

/* ---- checks ---- */

/* What the row's type alone says to the check. */
static enum sr_tri by_type(const struct run *r, const struct sr_node *n, uint32_t row)
{
	const struct sr_type *t = sr_block_type_of(r->b, row)->type;

	return t ? (enum sr_tri)n->types[sr_type_id(t)] : SR_MAYBE;
}

static void by_row(struct run *r, const struct sr_node *n, const uint64_t *cand, uint64_t *out)
{
	bool typed = n->need & SR_NEED_TYPE;

	for (size_t w = 0; w < r->words; w++) {
		uint64_t hits = 0;

		for (uint64_t left = cand[w]; left; left &= left - 1) {
			unsigned bit = (unsigned)__builtin_ctzll(left);
			uint32_t row = (uint32_t)(w * 64 + bit);
			enum sr_tri tri = typed ? by_type(r, n, row) : SR_MAYBE;

			if (tri == SR_ALWAYS || (tri == SR_MAYBE && sr_eval(r->f, n, r->v, row)))
				hits |= 1ULL << bit;
		}
		out[w] = hits;
	}
}

/* Decided by the compiler for the types that we know. */
static bool eval_type(struct run *r, const struct sr_node *n, uint32_t idx)
{
	const struct sr_type *t = r->b->types[idx].type;

	if (t)
		return n->types[sr_type_id(t)] == SR_ALWAYS;
	return sr_eval(r->f, n, r->v, idx);
}

static uint8_t ask(struct run *r, const struct sr_node *n, uint32_t idx)
{
	bool yes = n->scope == SR_SCOPE_TYPE ? eval_type(r, n, idx) : sr_eval(r->f, n, r->v, idx);

	return yes ? 2 : 1;
}

/* The memo holds an answer per entry of the dictionary, made when a candidate asks first. */
#define BY_ENTRY(column)                                                \
	for (size_t w = 0; w < r->words; w++) {                         \
		uint64_t hits = 0;                                      \
		for (uint64_t left = cand[w]; left; left &= left - 1) { \
			unsigned bit = (unsigned)__builtin_ctzll(left); \
			uint32_t idx = (column)[w * 64 + bit];          \
			if (!memo[idx])                                 \
				memo[idx] = ask(r, n, idx);             \
			hits |= (uint64_t)(memo[idx] >> 1) << bit;      \
		}                                                       \
		out[w] = hits;                                          \
	}

static int by_entry(struct run *r, const struct sr_node *n, const uint64_t *cand, uint64_t *out)
{
	size_t entries = n->scope == SR_SCOPE_TYPE     ? r->b->ntypes
			 : n->scope == SR_SCOPE_THREAD ? r->b->nthreads
						       : r->b->nfiles;
	uint8_t *memo;

	if (grow((void **)&r->f->memo, &r->f->nmemo, entries, 1) < 0)
		return -ENOMEM;
	memo = r->f->memo;
	memset(memo, 0, entries);
	if (n->scope == SR_SCOPE_TYPE)
		BY_ENTRY(r->b->type)
	else if (n->scope == SR_SCOPE_THREAD)
		BY_ENTRY(r->b->thread)
	else
		BY_ENTRY(r->b->file)
	return 0;
}

/* Rows of the candidates whose column is in [lo, lo + span]; xor @flip. Ends of the signed
 * range wrap around as unsigned numbers do, so one loop serves both. */
#define IN_RANGE(column)                                                                           \
	for (size_t w = 0; w < r->words; w++) {                                                    \
		uint32_t base = (uint32_t)w * 64, end = r->b->n - base < 64 ? r->b->n - base : 64; \
		uint64_t hits = 0;                                                                 \
		if (cand[w])                                                                       \
			for (uint32_t i = 0; i < end; i++)                                         \
				hits |= (uint64_t)((uint64_t)(column)[base + i] - lo <= span)      \
					<< i;                                                      \
		out[w] = (flip ? ~hits : hits) & cand[w];                                          \
	}

static void range_loop(struct run *r, uint8_t fast, uint64_t lo, uint64_t span, bool flip,
		       const uint64_t *cand, uint64_t *out)
{
	switch (fast) {
	case SR_FAST_TIME:
		IN_RANGE(r->b->time)
		break;
	case SR_FAST_DUR:
		IN_RANGE(r->b->dur)
		break;
	case SR_FAST_RET:
		IN_RANGE(r->b->ret)
		break;
	default:
		IN_RANGE(r->b->cpu)
		break;
	}
}

/* evt.num is counted, not stored. */
static void range_num(struct run *r, __int128 lo, __int128 hi, bool flip, const uint64_t *cand,
		      uint64_t *out)
{
	for (uint32_t i = 0; i < r->b->n; i++) {
		__int128 num = (__int128)r->b->first_num + i;

		if (i % 64 == 0)
			out[i / 64] = 0;
		out[i / 64] |= (uint64_t)((num >= lo && num <= hi) != flip) << (i % 64);
	}
	for (size_t w = 0; w < r->words; w++)
		out[w] &= cand[w];
}

/* Keep rows that have the value at all. */
static void drop_absent(struct run *r, uint8_t fast, uint64_t *out)
{
	uint8_t why;

	for (size_t w = 0; w < r->words; w++) {
		for (uint64_t left = out[w]; left; left &= left - 1) {
			unsigned bit = (unsigned)__builtin_ctzll(left);
			uint32_t row = (uint32_t)(w * 64 + bit);
			bool has = fast == SR_FAST_DUR ? sr_evt_has_dur(r->b, row, &why)
						       : sr_evt_returned(r->b, row, &why);

			if (!has)
				out[w] &= ~(1ULL << bit);
		}
	}
}

static void by_range(struct run *r, const struct sr_node *n, uint8_t fast, const uint64_t *cand,
		     uint64_t *out)
{
	__int128 lo = n->lo, hi = n->hi, shift = 0;
	__int128 min = fast == SR_FAST_RET ? INT64_MIN : 0;
	__int128 max = fast == SR_FAST_RET ? (__int128)INT64_MAX : (__int128)UINT64_MAX;

	if (fast == SR_FAST_NUM) {
		range_num(r, lo, hi, n->negate, cand, out);
		return;
	}
	/* Wall time is the recorded time and a constant. */
	if (fast == SR_FAST_TIME && r->v->meta)
		shift = (__int128)sr_meta_wall(r->v->meta, r->b->min_time) - r->b->min_time;
	lo = lo - shift < min ? min : lo - shift;
	hi = hi - shift > max ? max : hi - shift;
	if (lo > hi) {
		for (size_t w = 0; w < r->words; w++)
			out[w] = n->negate ? cand[w] : 0;
	} else {
		range_loop(r, fast, (uint64_t)lo, (uint64_t)(hi - lo), n->negate, cand, out);
	}
	if (fast == SR_FAST_DUR || fast == SR_FAST_RET)
		drop_absent(r, fast, out);
}

static int run_check(struct run *r, const struct sr_node *n, const uint64_t *cand, uint64_t *out)
{
	uint8_t fast = SR_FAST_NO;
	int rc = sr_block_load(r->b, n->need, r->err);

	if (rc < 0)
		return rc;
	if (n->is_range && n->left->kind == SR_EXPR_FIELD)
		fast = sr_field_impl_of(n->left->ref.field)->fast;
	if (fast)
		by_range(r, n, fast, cand, out);
	else if (n->scope != SR_SCOPE_EVENT)
		rc = by_entry(r, n, cand, out);
	else
		by_row(r, n, cand, out);
	if (r->v->scratch.oom || r->f->text.oom || r->f->text2.oom)
		rc = -ENOMEM;
	return rc;
}

/* ---- the tree ---- */

static int run_node(struct run *r, const struct sr_node *n, unsigned depth, const uint64_t *cand,
		    uint64_t *out);

/* Each operand sees what the ones before it left. @out doubles as the candidates. */
static int run_and(struct run *r, const struct sr_node *n, unsigned depth, const uint64_t *cand,
		   uint64_t *out)
{
	uint64_t *mine = r->f->bits + 2 * depth * r->words;
	int rc;

	memcpy(mine, cand, r->words * sizeof(*mine));
	for (size_t i = 0; i < n->nkids; i++) {
		rc = run_node(r, n->order[i], depth + 1, mine, out);
		if (rc < 0)
			return rc;
		if (empty(out, r->words))
			break;
		memcpy(mine, out, r->words * sizeof(*mine));
	}
	return 0;
}

/* Each operand is asked only about rows that no earlier one took. */
static int run_or(struct run *r, const struct sr_node *n, unsigned depth, const uint64_t *cand,
		  uint64_t *out)
{
	uint64_t *left = r->f->bits + 2 * depth * r->words, *hits = left + r->words;
	int rc;

	memcpy(left, cand, r->words * sizeof(*left));
	memset(out, 0, r->words * sizeof(*out));
	for (size_t i = 0; i < n->nkids; i++) {
		rc = run_node(r, n->order[i], depth + 1, left, hits);
		if (rc < 0)
			return rc;
		for (size_t w = 0; w < r->words; w++) {
			out[w] |= hits[w];
			left[w] &= ~hits[w];
		}
		if (empty(left, r->words))
			break;
	}
	return 0;
}

static int run_not(struct run *r, const struct sr_node *n, unsigned depth, const uint64_t *cand,
		   uint64_t *out)
{
	uint64_t *hits = r->f->bits + 2 * depth * r->words;
	int rc = run_node(r, n->kids[0], depth + 1, cand, hits);

	for (size_t w = 0; w < r->words && !rc; w++)
		out[w] = cand[w] & ~hits[w];
	return rc;
}

/* @out: the rows of @cand that @n holds for. They are different bitmaps. */
static int run_node(struct run *r, const struct sr_node *n, unsigned depth, const uint64_t *cand,
		    uint64_t *out)
{
	switch (n->kind) {
	case SR_NODE_AND:
		return run_and(r, n, depth, cand, out);
	case SR_NODE_OR:
		return run_or(r, n, depth, cand, out);
	case SR_NODE_NOT:
		return run_not(r, n, depth, cand, out);
	default:
		return run_check(r, n, cand, out);
	}
}

static int64_t count(const uint64_t *sel, size_t words)
{
	int64_t n = 0;

	for (size_t i = 0; i < words; i++)
		n += __builtin_popcountll(sel[i]);
	return n;
}

int64_t sr_filter_run(struct sr_filter *f, struct sr_view *v, uint64_t *sel, struct sr_err *err)
{
	struct sr_block *b = v->b;
	struct run r = { f, v, b, SR_SEL_WORDS(b->n), err };
	size_t levels = f->root ? f->root->depth + 2u : 1;
	uint64_t *all;
	int rc;

	if (!r.words)
		return 0;
	rc = grow((void **)&f->bits, &f->nbits, 2 * levels * r.words, sizeof(*f->bits));
	if (rc < 0)
		return rc;
	all = f->bits + 2 * (levels - 1) * r.words;
	memset(all, 0xff, r.words * sizeof(*all));
	if (b->n % 64)
		all[r.words - 1] = (1ULL << (b->n % 64)) - 1;
	if (!f->root) {
		memcpy(sel, all, r.words * sizeof(*sel));
		return b->n;
	}
	rc = run_node(&r, f->root, 0, all, sel);
	return rc < 0 ? rc : count(sel, r.words);
}
