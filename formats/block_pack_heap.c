/* SPDX-License-Identifier: Apache-2.0 */
/* Payloads. What was read is written somewhere else a moment later, and structures of one file are
 * asked for again: equal payloads stand in a block once. Structures of one size are stored as
 * columns of their words if that is smaller. */
#include "formats/block_pack_impl.h"

#include <errno.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define SLOTS_MIN   1024u
#define WORDS_MIN   16u	 /* structures of one argument that are worth the columns */
#define WORDS_SIZE  512u /* and their largest size */
#define TRIAL_BYTES 32768u

int sr_pack_records_new(struct sr_pack_records *r)
{
	r->zstd = ZSTD_createCCtx();
	if (!r->zstd)
		return -ENOMEM;
	(void)ZSTD_CCtx_setParameter(r->zstd, ZSTD_c_compressionLevel, 1); /* there is such a one */
	return sr_colpack_new(&r->cp);
}

void sr_pack_records_free(struct sr_pack_records *r)
{
	free(r->r);
	free(r->ends);
	free(r->slots);
	sr_buf_free(&r->trial);
	sr_colpack_free(r->cp);
	ZSTD_freeCCtx(r->zstd);
}

static int grow(struct sr_pack_records *r, uint32_t n, uint32_t args)
{
	if (args > r->ends_cap) {
		free(r->ends);
		r->ends_cap = 0;
		r->ends = malloc(args * sizeof(*r->ends));
		if (!r->ends)
			return -ENOMEM;
		r->ends_cap = args;
	}
	if (n > r->cap) {
		free(r->r);
		r->cap = 0;
		r->r = malloc(n * sizeof(*r->r));
		if (!r->r)
			return -ENOMEM;
		r->cap = n;
	}
	return 0;
}

/* Room for @n payloads of @args arguments in all; the table is then empty. */
static int reset(struct sr_pack_records *r, uint32_t n, uint32_t args)
{
	uint32_t slots = SLOTS_MIN;

	if (grow(r, n, args) < 0)
		return -ENOMEM;
	while (slots / 2 < n)
		slots *= 2;
	if (!r->slots || slots - 1 > r->mask) {
		free(r->slots);
		r->slots = malloc(slots * sizeof(*r->slots));
		if (!r->slots)
			return -ENOMEM;
		r->mask = slots - 1;
	}
	memset(r->slots, 0, (r->mask + (size_t)1) * sizeof(*r->slots));
	r->n = 0;
	return 0;
}

/* The number of a payload; that of the next new one if there was none like it. */
static uint32_t find(struct sr_pack_records *r, const uint8_t *p, uint32_t len, bool *found)
{
	uint64_t h = XXH3_64bits(p, len);
	uint32_t hash = (uint32_t)(h >> 32), at = (uint32_t)h & r->mask;

	for (; r->slots[at]; at = (at + 1) & r->mask) {
		const struct sr_pack_record *x = &r->r[r->slots[at] - 1];

		if (x->hash == hash && x->len == len && memcmp(x->p, p, len) == 0) {
			*found = true;
			return r->slots[at] - 1;
		}
	}
	*found = false;
	r->r[r->n] = (struct sr_pack_record){ p, len, hash };
	r->slots[at] = ++r->n;
	return r->n - 1;
}

/* ---- which are new: the stream of repeats ---- */

/* A column of the rows that have bytes: 0 for what is new, else how far back the equal one is. */
static int put_repeats(struct sr_pack *p, const struct sr_block *b, const struct sr_block_type *t,
		       const struct sr_col *c)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->nrows; i++) {
		uint32_t before = p->records.n, num;
		bool found;

		if (!c->len[i])
			continue;
		num = find(&p->records, b->heap + c->ref[i], c->len[i], &found);
		p->a[n++] = found ? before - num : 0;
	}
	return sr_pack_column(p, p->a, n);
}

/* ---- the bytes ---- */

static uint64_t word_of(const struct sr_pack_record *r, uint32_t at)
{
	uint64_t v = 0;

	memcpy(&v, r->p + at, r->len - at < 8 ? r->len - at : 8);
	return v;
}

static int put_words(struct sr_pack *p, struct sr_colpack *cp, struct sr_buf *out,
		     const struct sr_pack_record *r, uint32_t n)
{
	for (uint32_t at = 0; at < r->len; at += 8) {
		for (uint32_t i = 0; i < n; i++)
			p->a[i] = word_of(&r[i], at);
		if (sr_col_encode(cp, out, p->a, n) < 0)
			return -ENOMEM;
	}
	return 0;
}

static void put_bytes(struct sr_buf *out, const struct sr_pack_record *r, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		sr_buf_put(out, r[i].p, r[i].len);
}

/* What the bytes of r->trial from @at on take when they are compressed. */
static size_t trial_size(struct sr_pack *p, size_t at, size_t room)
{
	struct sr_buf *t = &p->records.trial;
	size_t len = t->len - at, n;

	if (!sr_buf_reserve(t, room))
		return SIZE_MAX;
	n = ZSTD_compress2(p->records.zstd, t->p + t->len, room, t->p + at, len);
	return ZSTD_isError(n) || n > len ? len : n;
}

/* Whether they can be columns. */
static bool are_alike(const struct sr_pack_record *r, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++)
		if (r[i].len != r[0].len)
			return false;
	return n >= WORDS_MIN && r[0].len >= 8 && r[0].len <= WORDS_SIZE;
}

/* Whether the first of them are smaller as columns. */
static bool words_win(struct sr_pack *p, const struct sr_pack_record *r, uint32_t n)
{
	struct sr_buf *t = &p->records.trial;
	size_t room, bytes, at;

	n = n > TRIAL_BYTES / r[0].len ? TRIAL_BYTES / r[0].len : n;
	t->len = 0;
	t->oom = false;
	put_bytes(t, r, n);
	room = ZSTD_compressBound(t->len) + 512;
	bytes = trial_size(p, 0, room);
	at = t->len;
	sr_colpack_cuts_clear(p->records.cp);
	return put_words(p, p->records.cp, t, r, n) == 0 && !t->oom &&
	       trial_size(p, at, room * 2) < bytes;
}

static bool as_words(struct sr_pack *p, const struct sr_pack_record *r, uint32_t n,
		     struct sr_pack_choice *choice)
{
	bool words;

	if (!are_alike(r, n))
		return false;
	if (sr_pack_holds(choice, n))
		return choice->what == SR_LAYOUT_WORDS;
	words = words_win(p, r, n);
	sr_pack_choose(choice, words ? SR_LAYOUT_WORDS : SR_LAYOUT_BYTES, n);
	return words;
}

static int put_payloads(struct sr_pack *p, const struct sr_pack_record *r, uint32_t n,
			struct sr_pack_choice *choice)
{
	sr_colpack_cut(p->cp, p->raw.len);
	if (!as_words(p, r, n, choice)) {
		sr_buf_putc(&p->raw, SR_LAYOUT_BYTES);
		put_bytes(&p->raw, r, n);
		return 0;
	}
	sr_buf_putc(&p->raw, SR_LAYOUT_WORDS);
	return put_words(p, p->cp, &p->raw, r, n);
}

/* ---- both streams ---- */

/* Arguments with payloads, and how many rows have one. */
static uint32_t count_payloads(const struct sr_block *b, uint32_t *args)
{
	uint32_t n = 0;

	*args = 0;
	for (const struct sr_block_type *t = b->types; t < b->types + b->ntypes; t++)
		for (uint32_t k = 0; k < t->ncols; k++) {
			if (t->cls[k] != SR_CLASS_BYTES)
				continue;
			++*args;
			for (uint32_t i = 0; i < t->nrows; i++)
				n += t->cols[k].len[i] > 0;
		}
	return n;
}

static int put_all_repeats(struct sr_pack *p, const struct sr_block *b)
{
	uint32_t *end = p->records.ends;
	int rc = 0;

	sr_pack_begin(p, SR_STREAM_REPEATS);
	for (const struct sr_block_type *t = b->types; t < b->types + b->ntypes; t++)
		for (uint32_t k = 0; k < t->ncols && rc == 0; k++)
			if (t->cls[k] == SR_CLASS_BYTES) {
				rc = put_repeats(p, b, t, &t->cols[k]);
				*end++ = p->records.n;
			}
	return sr_pack_end(p, rc);
}

static int put_all_payloads(struct sr_pack *p, const struct sr_block *b)
{
	const struct sr_pack_records *r = &p->records;
	const uint32_t *end = r->ends;
	uint32_t at = 0;
	int rc = 0;

	sr_pack_begin(p, SR_STREAM_PAYLOADS);
	for (const struct sr_block_type *t = b->types; t < b->types + b->ntypes; t++)
		for (uint32_t k = 0; k < t->ncols && rc == 0; k++) {
			if (t->cls[k] != SR_CLASS_BYTES)
				continue;
			if (*end > at)
				rc = put_payloads(p, r->r + at, *end - at,
						  sr_pack_choice_of(p, t, k, SR_PACK_LAYOUT));
			at = *end++;
		}
	return sr_pack_end(p, rc);
}

int sr_pack_heap(struct sr_pack *p, const struct sr_block *b)
{
	const struct sr_pack_records *r = &p->records;
	uint32_t args, n = count_payloads(b, &args);
	uint64_t bytes = 0;

	if (reset(&p->records, n, args) < 0 || put_all_repeats(p, b) < 0)
		return -ENOMEM;
	for (uint32_t i = 0; i < r->n; i++)
		bytes += r->r[i].len;
	return bytes > SR_BLOCK_MAX_HEAP ? -EFBIG : put_all_payloads(p, b);
}
