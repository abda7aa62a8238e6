/* SPDX-License-Identifier: Apache-2.0 */
/* Encodings of integer columns. Values become byte planes (all lowest bytes, then all
 * second bytes...): constant planes vanish in compression, noisy ones do not spoil the
 * rest, and loops over planes vectorise. */
#include "formats/colpack.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* Loops over planes are what reading costs: gcc vectorises them at -O2 only if told to. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("tree-vectorize", "vect-cost-model=dynamic")
#endif

/* The loops of writing are compiled for wide registers too; which are taken is decided when the
 * program starts, before the run-time of some sanitizers is there. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define NO_CLONES
#endif
#endif
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__SANITIZE_THREAD__) && \
	!defined(NO_CLONES)
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif

#define SAMPLE	    512u   /* values looked at to choose an encoding */
#define RUN	    64u	   /* in runs of so many, spread over the column */
#define HASH_SLOTS  16384u /* of the palette search: four for each entry */
#define PALETTE_MIN 16u	   /* values worth the search for a palette */
#define TILE	    512u   /* values decoded at a time: stays in the first-level cache */

struct sr_colpack {
	float log2of[SAMPLE + 1];
	size_t *cuts;
	size_t ncuts, cuts_cap;
	uint64_t *tmp; /* differences, or numbers of palette entries */
	size_t tmp_cap;
	uint64_t sample[SAMPLE], steps[SAMPLE], numbers[SAMPLE];
	uint64_t palette[SR_COL_MAX_PALETTE];
	uint32_t npalette;
	uint16_t slots[HASH_SLOTS];	    /* number of a palette entry plus one; 0 free */
	uint16_t taken[SR_COL_MAX_PALETTE]; /* the slot of each entry */
	uint16_t hist[8][256];		    /* all 0 but while a cost is reckoned */
};

enum kind {
	PLAIN,
	DELTA,
	PALETTE
};

/* One way to write a column. */
struct plan {
	uint8_t head; /* SR_COL_* */
	uint64_t base;
	uint64_t first; /* with SR_COL_DELTA */
};

struct range {
	uint64_t base;
	unsigned int width; /* bytes of max - base */
};

int sr_colpack_new(struct sr_colpack **out)
{
	struct sr_colpack *cp = calloc(1, sizeof(*cp));

	if (!cp)
		return -ENOMEM;
	for (unsigned int i = 1; i <= SAMPLE; i++)
		cp->log2of[i] = log2f((float)i);
	*out = cp;
	return 0;
}

void sr_colpack_free(struct sr_colpack *cp)
{
	if (!cp)
		return;
	free(cp->cuts);
	free(cp->tmp);
	free(cp);
}

const size_t *sr_colpack_cuts(const struct sr_colpack *cp, size_t *n)
{
	*n = cp->ncuts;
	return cp->cuts;
}

void sr_colpack_cuts_clear(struct sr_colpack *cp)
{
	cp->ncuts = 0;
}

/* A cut less costs a little size, nothing else: without memory there is none. */
void sr_colpack_cut(struct sr_colpack *cp, size_t offset)
{
	size_t cap = cp->cuts_cap ? cp->cuts_cap * 2 : 64, *p;

	if (cp->ncuts && cp->cuts[cp->ncuts - 1] >= offset)
		return;
	if (cp->ncuts == cp->cuts_cap) {
		p = realloc(cp->cuts, cap * sizeof(*p));
		if (!p)
			return;
		cp->cuts = p;
		cp->cuts_cap = cap;
	}
	cp->cuts[cp->ncuts++] = offset;
}

void sr_put_varint(struct sr_buf *out, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		sr_buf_putc(out, (char)(v | 0x80));
	sr_buf_putc(out, (char)v);
}

uint64_t sr_get_varint(struct sr_cur *c)
{
	uint64_t v = 0;

	for (unsigned int shift = 0; shift < 64; shift += 7) {
		uint8_t byte = sr_cur_u8(c);

		if (shift == 63 && byte > 1) /* the tenth byte has room for one bit */
			break;
		v |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return v;
	}
	c->bad = true;
	return 0;
}

/* ---- encoding ---- */

static unsigned int bytes_of(uint64_t v)
{
	return v ? (71 - (unsigned int)__builtin_clzll(v)) / 8 : 0;
}

WIDE static void find_range(const uint64_t *restrict v, uint32_t n, uint64_t range[2])
{
	uint64_t lo = UINT64_MAX, hi = 0;

	for (uint32_t i = 0; i < n; i++) {
		lo = v[i] < lo ? v[i] : lo;
		hi = v[i] > hi ? v[i] : hi;
	}
	range[0] = lo;
	range[1] = hi;
}

/* The smallest window around the values, taken as unsigned or, if some are negative, as
 * signed numbers. */
static struct range range_of(const uint64_t *v, uint32_t n)
{
	int64_t slo = INT64_MAX, shi = INT64_MIN;
	uint64_t both[2], lo, hi;

	find_range(v, n, both);
	lo = both[0];
	hi = both[1];
	for (uint32_t i = 0; i < n && hi >> 63; i++) {
		slo = (int64_t)v[i] < slo ? (int64_t)v[i] : slo;
		shi = (int64_t)v[i] > shi ? (int64_t)v[i] : shi;
	}
	if (hi >> 63 && (uint64_t)shi - (uint64_t)slo < hi - lo)
		return (struct range){ (uint64_t)slo, bytes_of((uint64_t)shi - (uint64_t)slo) };
	/* Small numbers read best as they are; so do those that are equally wide from 0. */
	if (bytes_of(hi) == bytes_of(hi - lo) && lo != hi)
		lo = 0;
	return (struct range){ lo, bytes_of(hi - lo) };
}

static inline float take_bits(const struct sr_colpack *cp, uint16_t *h, uint32_t n)
{
	float bits = (float)*h * (cp->log2of[n] - cp->log2of[*h]);

	*h = 0;
	return bits;
}

/* Bits of one plane of a sample at its order-0 entropy; its histogram is 0 again then. */
static float plane_cost(struct sr_colpack *cp, const uint64_t *v, uint32_t n, uint64_t base,
			unsigned int plane)
{
	uint16_t *hist = cp->hist[plane];
	float bits = 0;

	if (n < 256)
		for (uint32_t i = 0; i < n; i++)
			bits += take_bits(cp, &hist[(v[i] - base) >> 8 * plane & 0xff], n);
	else
		for (uint32_t i = 0; i < 256; i++)
			bits += hist[i] ? take_bits(cp, &hist[i], n) : 0;
	return bits;
}

/* Bytes of each value, on average, when @n sampled values become planes. */
static double cost_of(struct sr_colpack *cp, const uint64_t *v, uint32_t n)
{
	struct range r = range_of(v, n);
	float bits = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint64_t x = v[i] - r.base;

		for (unsigned int k = 0; k < r.width; k++, x >>= 8)
			cp->hist[k][x & 0xff]++;
	}
	for (unsigned int k = 0; k < r.width; k++)
		bits += plane_cost(cp, v, n, r.base, k);
	return (double)bits / 8 / n;
}

/* Some runs of the column with, for each value, the step to it from the one before. */
static uint32_t take_sample(struct sr_colpack *cp, const uint64_t *v, uint32_t n)
{
	uint32_t step = n > SAMPLE ? n / (SAMPLE / RUN) : RUN, seen = 0;

	for (uint32_t at = 0; at < n && seen < SAMPLE; at += step) {
		uint32_t end = at + RUN < n ? at + RUN : n;

		for (uint32_t i = at; i < end && seen < SAMPLE; i++, seen++) {
			cp->sample[seen] = v[i];
			cp->steps[seen] = sr_zigzag(i ? v[i] - v[i - 1] : 0);
		}
	}
	return seen;
}

static inline uint32_t slot_of(uint64_t v)
{
	return (uint32_t)(v * 0x9e3779b97f4a7c15u >> 50); /* 14 bits: HASH_SLOTS */
}

/* Numbers of the distinct values, at most @max, in the order of their first use. */
static bool find_palette(struct sr_colpack *cp, const uint64_t *v, uint32_t n, uint32_t max,
			 uint64_t *numbers)
{
	for (uint32_t i = 0; i < cp->npalette; i++)
		cp->slots[cp->taken[i]] = 0;
	cp->npalette = 0;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t at = slot_of(v[i]);

		while (cp->slots[at] && cp->palette[cp->slots[at] - 1] != v[i])
			at = (at + 1) % HASH_SLOTS;
		if (!cp->slots[at]) {
			if (cp->npalette == max)
				return false;
			cp->taken[cp->npalette] = (uint16_t)at;
			cp->palette[cp->npalette++] = v[i];
			cp->slots[at] = (uint16_t)cp->npalette;
		}
		numbers[i] = cp->slots[at] - 1u;
	}
	return true;
}

/* What a palette costs: numbers, and the values themselves, once. A sample that has few
 * values of a large column may miss some; encode() looks at all. */
static double palette_cost(struct sr_colpack *cp, uint32_t seen, uint32_t n)
{
	uint32_t max = seen / 4 < SR_COL_MAX_PALETTE ? seen / 4 : SR_COL_MAX_PALETTE;
	double cost;

	if (seen < PALETTE_MIN || !find_palette(cp, cp->sample, seen, max, cp->numbers))
		return INFINITY;
	cost = (double)cp->npalette * range_of(cp->palette, cp->npalette).width / n;
	return cost + cost_of(cp, cp->numbers, seen);
}

/* The cheapest kind of column, with its bytes for each value. A delta that does not vary is
 * the best there is; otherwise plain is, when in doubt, what decodes fastest. */
static enum kind choose(struct sr_colpack *cp, const uint64_t *v, uint32_t n, double *best)
{
	const double plain_bonus = 0.95;
	uint32_t seen = take_sample(cp, v, n);
	enum kind kind = PLAIN;
	double cost;

	*best = cost_of(cp, cp->sample, seen) * plain_bonus;
	if (*best <= 0 || n < 3)
		return PLAIN;
	cost = cost_of(cp, cp->steps + 1, seen - 1);
	if (cost < *best) {
		*best = cost;
		kind = DELTA;
	}
	if (range_of(cp->sample, seen).width > 1) {
		cost = palette_cost(cp, seen, n);
		if (cost < *best) {
			*best = cost;
			kind = PALETTE;
		}
	}
	return kind;
}

double sr_col_cost(struct sr_colpack *cp, const uint64_t *v, uint32_t n)
{
	double cost;

	if (!n)
		return 0;
	(void)choose(cp, v, n, &cost);
	return cost * n + 3;
}

static bool reserve_tmp(struct sr_colpack *cp, uint32_t n)
{
	uint64_t *p;

	if (n <= cp->tmp_cap)
		return true;
	p = realloc(cp->tmp, n * sizeof(*p));
	if (!p)
		return false;
	cp->tmp = p;
	cp->tmp_cap = n;
	return true;
}

static struct plan plan_plain(const uint64_t *v, uint32_t n)
{
	struct range r = range_of(v, n);

	return (struct plan){ (uint8_t)r.width, r.base, 0 };
}

/* Differences; they are in cp->tmp[0 .. n-2] then. */
static struct plan plan_delta(struct sr_colpack *cp, const uint64_t *v, uint32_t n)
{
	struct plan p;
	struct range r;
	uint64_t wide = 0;

	for (uint32_t i = 1; i < n; i++)
		cp->tmp[i - 1] = v[i] - v[i - 1];
	r = range_of(cp->tmp, n - 1);
	p = (struct plan){ (uint8_t)(SR_COL_DELTA | r.width), r.base, v[0] };
	if (r.width && (int64_t)r.base < 0) { /* up and down: small steps get small numbers */
		for (uint32_t i = 0; i < n - 1; i++)
			wide |= sr_zigzag(cp->tmp[i]);
		p.head = (uint8_t)(SR_COL_DELTA | SR_COL_ZIGZAG | bytes_of(wide));
		p.base = 0;
	}
	return p;
}

/* Numbers of palette entries; they are in cp->tmp then. */
static bool plan_palette(struct sr_colpack *cp, struct plan *p, const uint64_t *v, uint32_t n)
{
	uint32_t max = n / 4 < SR_COL_MAX_PALETTE ? n / 4 : SR_COL_MAX_PALETTE;

	if (!find_palette(cp, v, n, max, cp->tmp))
		return false;
	*p = (struct plan){ (uint8_t)(SR_COL_PALETTE | bytes_of(cp->npalette - 1)), 0, 0 };
	return true;
}

struct marks {
	const uint32_t *at;
	uint32_t n;
};

WIDE static void put_plane(uint8_t *restrict to, const uint64_t *restrict v, uint32_t n,
			   uint64_t base, unsigned int shift)
{
	for (uint32_t i = 0; i < n; i++)
		to[i] = (uint8_t)((v[i] - base) >> shift);
}

WIDE static void put_zigzag(uint8_t *restrict to, const uint64_t *restrict v, uint32_t n,
			    uint64_t base, unsigned int shift)
{
	for (uint32_t i = 0; i < n; i++)
		to[i] = (uint8_t)(sr_zigzag(v[i] - base) >> shift);
}

static void put_planes(struct sr_colpack *cp, struct sr_buf *out, const uint64_t *v, uint32_t n,
		       const struct plan *p, struct marks marks)
{
	unsigned int width = p->head & SR_COL_WIDTH;
	bool zigzag = p->head & SR_COL_ZIGZAG;

	if (!sr_buf_reserve(out, (size_t)n * width))
		return;
	for (unsigned int k = 0; k < width; k++) {
		uint8_t *to = out->p + out->len;

		if (n >= SR_COL_CUT_MIN)
			sr_colpack_cut(cp, out->len);
		for (uint32_t i = 0; i < marks.n; i++)
			sr_colpack_cut(cp, out->len + marks.at[i]);
		(zigzag ? put_zigzag : put_plane)(to, v, n, p->base, 8 * k);
		out->len += n;
	}
	if (width && n >= SR_COL_CUT_MIN)
		sr_colpack_cut(cp, out->len);
}

static void put_palette(struct sr_colpack *cp, struct sr_buf *out)
{
	struct plan p = plan_plain(cp->palette, cp->npalette);

	sr_put_varint(out, cp->npalette);
	sr_buf_putc(out, (char)p.head);
	sr_put_varint(out, sr_zigzag(p.base));
	put_planes(cp, out, cp->palette, cp->npalette, &p, (struct marks){ 0 });
}

WIDE static uint64_t differences(const uint64_t *restrict v, uint32_t n, uint64_t from)
{
	uint64_t all = 0;

	for (uint32_t i = 0; i < n; i++)
		all |= v[i] ^ from;
	return all;
}

WIDE static void subtract(uint64_t *restrict v, const uint64_t *restrict from, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		v[i] = from[i] - v[i];
}

/* A function of its own: clang gives those that have clones another name than others look for. */
void sr_col_subtract(uint64_t *restrict v, const uint64_t *restrict from, uint32_t n)
{
	subtract(v, from, n);
}

bool sr_col_is(const uint64_t *v, uint32_t n, uint64_t value)
{
	for (uint32_t i = 0; i < n; i += TILE)
		if (differences(v + i, n - i < TILE ? n - i : TILE, value))
			return false;
	return true;
}

static struct plan make_plan(struct sr_colpack *cp, const uint64_t *v, uint32_t n)
{
	struct plan p;
	double cost;

	if (sr_col_is(v, n, v[0]))
		return (struct plan){ 0, v[0], 0 };
	switch (choose(cp, v, n, &cost)) {
	case DELTA:
		return plan_delta(cp, v, n);
	case PALETTE:
		if (plan_palette(cp, &p, v, n))
			return p;
		break;
	case PLAIN:
		break;
	}
	return plan_plain(v, n);
}

int sr_col_encode_marked(struct sr_colpack *cp, struct sr_buf *out, const uint64_t *v, uint32_t n,
			 const uint32_t *marks, uint32_t nmarks)
{
	struct plan p;

	if (!n)
		return 0;
	if (!reserve_tmp(cp, n))
		return -ENOMEM;
	p = make_plan(cp, v, n);
	sr_buf_putc(out, (char)p.head);
	if (p.head & SR_COL_PALETTE) {
		put_palette(cp, out);
		v = cp->tmp;
	} else {
		sr_put_varint(out, sr_zigzag(p.base));
	}
	if (p.head & SR_COL_DELTA) {
		sr_put_varint(out, sr_zigzag(p.first));
		v = cp->tmp;
		n--;
	}
	put_planes(cp, out, v, n, &p, (struct marks){ marks, nmarks });
	return out->oom ? -ENOMEM : 0;
}

int sr_col_encode(struct sr_colpack *cp, struct sr_buf *out, const uint64_t *v, uint32_t n)
{
	return sr_col_encode_marked(cp, out, v, n, NULL, 0);
}

/* ---- decoding ---- */

struct column {
	uint8_t head;
	uint64_t base, value; /* value: the one before, with SR_COL_DELTA */
	uint32_t stored;      /* values in each plane */
	const uint8_t *planes;
	uint32_t npalette;
	uint64_t palette[SR_COL_MAX_PALETTE];
};

/* Values @at to @at + @n of the planes. */
static void join_planes(const uint8_t *planes, size_t stride, unsigned int width, uint32_t at,
			uint64_t *restrict to, uint32_t n)
{
	const uint8_t *restrict p = planes + at;

	if (!width) {
		memset(to, 0, n * sizeof(*to));
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		to[i] = p[i];
	for (unsigned int k = 1; k < width; k++) {
		p += stride;
		for (uint32_t i = 0; i < n; i++)
			to[i] |= (uint64_t)p[i] << 8 * k;
	}
}

static const uint8_t *take_planes(struct sr_cur *c, unsigned int width, uint32_t n)
{
	return sr_cur_bytes(c, (size_t)width * n);
}

static int get_palette(struct sr_cur *c, struct column *col)
{
	uint64_t n = sr_get_varint(c);
	unsigned int width = sr_cur_u8(c);
	uint64_t base = sr_unzigzag(sr_get_varint(c));
	const uint8_t *planes;

	if (c->bad || !n || n > SR_COL_MAX_PALETTE || width > 8)
		return -EBADMSG;
	col->npalette = (uint32_t)n;
	planes = take_planes(c, width, col->npalette);
	if (!planes)
		return -EBADMSG;
	join_planes(planes, col->npalette, width, 0, col->palette, col->npalette);
	for (uint32_t i = 0; i < col->npalette; i++)
		col->palette[i] += base;
	return 0;
}

static int get_head(struct sr_cur *c, struct column *col, uint32_t n)
{
	col->head = sr_cur_u8(c);
	col->stored = n;
	if ((col->head & SR_COL_WIDTH) > 8 || col->head & 0x80)
		return -EBADMSG;
	if (col->head & SR_COL_PALETTE) {
		if (col->head & (SR_COL_DELTA | SR_COL_ZIGZAG) || get_palette(c, col) < 0)
			return -EBADMSG;
	} else {
		col->base = sr_unzigzag(sr_get_varint(c));
	}
	if (col->head & SR_COL_DELTA) {
		col->value = sr_unzigzag(sr_get_varint(c));
		col->stored = n - 1;
	}
	col->planes = take_planes(c, col->head & SR_COL_WIDTH, col->stored);
	return c->bad ? -EBADMSG : 0;
}

static int apply(struct column *col, uint64_t *restrict v, uint32_t n)
{
	uint64_t base = col->base, sum = col->value;
	uint32_t bad = 0;

	if (col->head & SR_COL_PALETTE) {
		for (uint32_t i = 0; i < n; i++) {
			bool over = v[i] >= col->npalette;

			bad |= over;
			v[i] = col->palette[over ? 0 : v[i]];
		}
		return bad ? -EBADMSG : 0;
	}
	if (col->head & SR_COL_ZIGZAG)
		for (uint32_t i = 0; i < n; i++)
			v[i] = sr_unzigzag(v[i]);
	for (uint32_t i = 0; i < n; i++)
		v[i] += base;
	if (!(col->head & SR_COL_DELTA))
		return 0;
	for (uint32_t i = 0; i < n; i++)
		v[i] = sum += v[i];
	col->value = sum;
	return 0;
}

#define NARROW(type)                                  \
	do {                                          \
		type *restrict to = (type *)out + at; \
		for (uint32_t i = 0; i < n; i++) {    \
			all |= v[i];                  \
			to[i] = (type)v[i];           \
		}                                     \
		return all > (type)-1 ? -EBADMSG : 0; \
	} while (0)

/* Store a tile; the OR of all values is above the limit only if one of them is. */
static int store(const uint64_t *restrict v, uint32_t n, void *out, unsigned int size, uint32_t at)
{
	uint64_t all = 0;

	switch (size) {
	case 1:
		NARROW(uint8_t);
	case 2:
		NARROW(uint16_t);
	case 4:
		NARROW(uint32_t);
	default:
		memcpy((uint64_t *)out + at, v, n * sizeof(*v));
		return 0;
	}
}

int sr_col_decode(struct sr_cur *c, void *out, unsigned int size, uint32_t n)
{
	struct column col;
	uint64_t tile[TILE];
	uint32_t skip = 0;

	col.base = col.value = 0;
	if (!n)
		return 0;
	if (get_head(c, &col, n) < 0)
		return -EBADMSG;
	if (!out)
		return 0;
	if (col.head & SR_COL_DELTA) { /* the first value stands in the head */
		skip = 1;
		if (store(&col.value, 1, out, size, 0) < 0)
			return -EBADMSG;
	}
	for (uint32_t at = 0; at < col.stored; at += TILE) {
		uint32_t m = col.stored - at < TILE ? col.stored - at : TILE;

		join_planes(col.planes, col.stored, col.head & SR_COL_WIDTH, at, tile, m);
		if (apply(&col, tile, m) < 0 || store(tile, m, out, size, at + skip) < 0)
			return -EBADMSG;
	}
	return 0;
}
