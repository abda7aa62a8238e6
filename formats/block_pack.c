/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a block as streams of columns. Columns that depend on the type of an event are
 * laid out type by type, so that each has values of one sort; then each is stored as its
 * difference from what another column already tells. */
#include "formats/block_pack_impl.h"

#include <errno.h>
#include <stdlib.h>

#define DEFAULT_LEVEL 1

/* Bytes between two looks at whether somebody waits. */
#define HURRY_STEP    (64u << 10)
/* Below so many bytes in all, everything is compressed as one: a reader that wants one
 * column loses little, and the file wins. */
#define ONE_GROUP     (32u << 10)
/* Streams below this share a group with their neighbours. */
#define SMALL_STREAM  (2u << 10)

/* Levels out of range are clamped by zstd; between two blocks this cannot fail. */
void sr_pack_set_level(struct sr_pack *p, int level)
{
	p->level = level ? level : DEFAULT_LEVEL;
	(void)ZSTD_CCtx_reset(p->zstd, ZSTD_reset_session_only);
	(void)ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_compressionLevel, p->level);
}

void sr_pack_set_hurry(struct sr_pack *p, const atomic_bool *hurry)
{
	p->hurry = hurry;
}

int sr_pack_new(struct sr_pack **out, int level)
{
	struct sr_pack *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->zstd = ZSTD_createCCtx();
	p->args = calloc((size_t)SR_TYPE_COUNT, sizeof(*p->args));
	if (!p->zstd || !p->args || sr_colpack_new(&p->cp) < 0 ||
	    sr_pack_records_new(&p->records) < 0)
		goto fail;
	sr_pack_set_level(p, level);
	/* Lengths stand in our own tables. */
	(void)ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_contentSizeFlag, 0);
	*out = p;
	return 0;

fail:
	sr_pack_free(p);
	return -ENOMEM;
}

void sr_pack_free(struct sr_pack *p)
{
	if (!p)
		return;
	free(p->work);
	free(p->start);
	free(p->args);
	sr_pack_records_free(&p->records);
	sr_buf_free(&p->raw);
	ZSTD_freeCCtx(p->zstd);
	sr_colpack_free(p->cp);
	free(p);
}

const struct sr_pack_stats *sr_pack_stats(const struct sr_pack *p)
{
	return &p->stats;
}

/* Columns of @n values each; what was in them is gone. */
static int make_columns(struct sr_pack *p, size_t n)
{
	uint64_t **const wide[] = { &p->a, &p->b, &p->c, &p->last, &p->recent };
	uint32_t **const narrow[] = { &p->rows,		&p->marks,	   &p->context.rows,
				      &p->context.prev, &p->context.order, &p->context.last };
	size_t nwide = sizeof(wide) / sizeof(wide[0]), nnarrow = sizeof(narrow) / sizeof(narrow[0]);

	if (n <= p->work_cap)
		return 0;
	free(p->work);
	p->work_cap = 0;
	p->work = calloc(n, nwide * sizeof(uint64_t) + nnarrow * sizeof(uint32_t));
	if (!p->work)
		return -ENOMEM;
	for (size_t i = 0; i < nwide; i++)
		*wide[i] = p->work + i * n;
	for (size_t i = 0; i < nnarrow; i++)
		*narrow[i] = (uint32_t *)(p->work + nwide * n) + i * n;
	p->work_cap = n;
	return 0;
}

static int make_work(struct sr_pack *p, const struct sr_block *b)
{
	size_t n = b->n, types = (size_t)b->ntypes + 1;
	uint32_t *start;

	n = n < b->nthreads ? b->nthreads : n;
	n = n < b->nfiles ? b->nfiles : n;
	n = n < b->ncgroups ? b->ncgroups : n;
	n = n < b->nstrs ? b->nstrs : n;
	if (types > p->start_cap) {
		start = realloc(p->start, 2 * types * sizeof(*start));
		if (!start)
			return -ENOMEM;
		p->start = start;
		p->context.count = start + types;
		p->start_cap = types;
	}
	return make_columns(p, n);
}

static void sort_rows(struct sr_pack *p, const struct sr_block *b)
{
	p->start[0] = 0;
	for (uint32_t t = 0; t < b->ntypes; t++)
		p->start[t + 1] = p->start[t] + b->types[t].nrows;
	for (uint32_t i = 0; i < b->n; i++)
		p->rows[p->start[b->type[i]] + b->nth[i]] = i;
	sr_context_sort(b, p->start, &p->context);
}

void sr_pack_begin(struct sr_pack *p, enum sr_stream id)
{
	p->streams[p->nstreams].id = id;
	p->streams[p->nstreams].at = p->raw.len;
	sr_colpack_cut(p->cp, p->raw.len);
}

int sr_pack_end(struct sr_pack *p, int rc)
{
	struct sr_pack_stream *s = &p->streams[p->nstreams++];

	s->len = p->raw.len - s->at;
	p->stats.raw[s->id] = s->len;
	return rc < 0 || p->raw.oom ? -ENOMEM : 0;
}

/* ---- compression ---- */

/* A packer with nothing better to do than to be thorough learns here that there is. */
static bool is_hurried(const struct sr_pack *p)
{
	return p->level > DEFAULT_LEVEL && p->hurry && atomic_load(p->hurry);
}

/* The next bytes of @in, up to @size. */
static int compress_piece(struct sr_pack *p, ZSTD_inBuffer *in, size_t size, ZSTD_EndDirective end,
			  struct sr_buf *out)
{
	size_t rest = 1, bound = ZSTD_compressBound(size - in->pos) + 512;

	while (rest || in->size < size) {
		ZSTD_outBuffer to;

		if (is_hurried(p))
			return -EINTR;
		in->size = size - in->pos > HURRY_STEP ? in->pos + HURRY_STEP : size;
		if (!sr_buf_reserve(out, bound))
			return -ENOMEM;
		to = (ZSTD_outBuffer){ out->p + out->len, bound, 0 };
		rest = ZSTD_compressStream2(p->zstd, &to, in,
					    in->size < size ? ZSTD_e_continue : end);
		if (ZSTD_isError(rest))
			return -ENOMEM; /* nothing else can go wrong with these inputs */
		out->len += to.pos;
	}
	return 0;
}

/* Compress a run of streams; the pieces between two cuts get entropy tables of their own. */
static int compress(struct sr_pack *p, size_t at, size_t end, struct sr_buf *out)
{
	size_t ncuts;
	const size_t *cuts = sr_colpack_cuts(p->cp, &ncuts);
	ZSTD_inBuffer in = { p->raw.p + at, 0, 0 };
	int rc = 0;

	(void)ZSTD_CCtx_reset(p->zstd, ZSTD_reset_session_only);
	(void)ZSTD_CCtx_setPledgedSrcSize(p->zstd, end - at);
	for (size_t i = 0; i < ncuts && rc == 0; i++)
		if (cuts[i] >= at + in.size + SR_COL_CUT_MIN && cuts[i] + SR_COL_CUT_MIN <= end)
			rc = compress_piece(p, &in, cuts[i] - at, ZSTD_e_flush, out);
	return rc < 0 ? rc : compress_piece(p, &in, end - at, ZSTD_e_end, out);
}

static void put_u16(uint8_t *to, uint16_t v)
{
	memcpy(to, &v, sizeof(v));
}

static void put_u32(uint8_t *to, uint32_t v)
{
	memcpy(to, &v, sizeof(v));
}

/* Streams @first to @last, compressed if that makes them shorter. */
static int put_group(struct sr_pack *p, size_t first, size_t last, struct sr_buf *out,
		     uint8_t *entry)
{
	size_t at = p->streams[first].at, end = p->streams[last].at + p->streams[last].len;
	size_t was = out->len, packed;
	int rc;

	entry[10] = SR_CODEC_ZSTD;
	rc = end > at ? compress(p, at, end, out) : 0;
	if (rc < 0)
		return rc;
	if (out->len - was >= end - at) {
		out->len = was;
		sr_buf_put(out, p->raw.p + at, end - at);
		entry[10] = SR_CODEC_STORED;
	}
	packed = out->len - was;
	put_u32(entry, (uint32_t)packed);
	put_u32(entry + 4, (uint32_t)(end - at));
	put_u16(entry + 8, (uint16_t)(last - first + 1));
	entry[11] = 0;
	for (size_t i = first; i <= last; i++)
		p->stats.packed[p->streams[i].id] =
			end > at ? packed * p->streams[i].len / (end - at) : 0;
	return out->oom ? -ENOMEM : 0;
}

/* Last stream of the group that begins with @first. */
static size_t group_end(const struct sr_pack *p, size_t first)
{
	size_t last = first;

	if (p->raw.len < ONE_GROUP)
		return p->nstreams - 1;
	if (p->streams[first].len >= SMALL_STREAM)
		return first;
	while (last + 1 < p->nstreams && p->streams[last + 1].len < SMALL_STREAM)
		last++;
	return last;
}

static int put_groups(struct sr_pack *p, const struct sr_block *b, struct sr_buf *out)
{
	uint8_t head[SR_BLOCK_HEAD], groups[SR_STREAM_END * SR_GROUP_ENTRY];
	uint8_t streams[SR_STREAM_END * SR_STREAM_ENTRY];
	size_t at = out->len, tables, ngroups = 0;
	int rc;

	for (size_t first = 0, last; first < p->nstreams; first = last + 1, ngroups++)
		last = group_end(p, first);
	tables = sizeof(head) + ngroups * SR_GROUP_ENTRY + p->nstreams * SR_STREAM_ENTRY;
	if (!sr_buf_reserve(out, tables))
		return -ENOMEM;
	out->len += tables;
	for (size_t first = 0, last, g = 0; first < p->nstreams; first = last + 1, g++) {
		last = group_end(p, first);
		rc = put_group(p, first, last, out, groups + g * SR_GROUP_ENTRY);
		if (rc < 0)
			return rc;
	}
	for (size_t i = 0; i < p->nstreams; i++) {
		put_u16(streams + i * SR_STREAM_ENTRY, (uint16_t)p->streams[i].id);
		put_u16(streams + i * SR_STREAM_ENTRY + 2, 0);
		put_u32(streams + i * SR_STREAM_ENTRY + 4, (uint32_t)p->streams[i].len);
	}
	put_u32(head, b->ntypes);
	put_u32(head + 4, b->nthreads);
	put_u32(head + 8, b->nfiles);
	put_u32(head + 12, b->ncgroups);
	put_u32(head + 16, b->nstrs);
	put_u16(head + 20, (uint16_t)ngroups);
	put_u16(head + 22, (uint16_t)p->nstreams);
	memcpy(out->p + at, head, sizeof(head));
	memcpy(out->p + at + sizeof(head), groups, ngroups * SR_GROUP_ENTRY);
	memcpy(out->p + at + sizeof(head) + ngroups * SR_GROUP_ENTRY, streams,
	       p->nstreams * SR_STREAM_ENTRY);
	return 0;
}

static int put_streams(struct sr_pack *p, const struct sr_block *b)
{
	int rc = sr_pack_rows(p, b);

	if (rc == 0)
		rc = sr_pack_dicts(p, b);
	if (rc == 0)
		rc = sr_pack_args(p, b);
	return rc < 0 ? rc : sr_pack_heap(p, b);
}

static int too_large(struct sr_err *err)
{
	return sr_err_set(err, -EFBIG, SR_NO_POS, "the block is larger than a file allows");
}

int sr_pack_check(const struct sr_block *b, struct sr_err *err)
{
	uint64_t text = 0;

	if (b->n > SR_BLOCK_MAX_EVENTS || b->ntypes > SR_BLOCK_MAX_TYPES ||
	    b->nthreads > SR_BLOCK_MAX_ENTRIES || b->nfiles > SR_BLOCK_MAX_ENTRIES ||
	    b->ncgroups > SR_BLOCK_MAX_ENTRIES || b->nstrs > SR_BLOCK_MAX_STRINGS)
		return too_large(err);
	for (uint32_t i = 0; i < b->nstrs; i++)
		text += b->strs[i].len;
	return text > SR_BLOCK_MAX_TEXT ? too_large(err) : 0;
}

int sr_pack_block(struct sr_pack *p, struct sr_block *b, struct sr_buf *out, uint64_t *raw_len,
		  struct sr_err *err)
{
	size_t was = out->len;
	int rc;

	rc = sr_block_load(b, SR_NEED_ALL, err);
	if (rc == 0)
		rc = sr_pack_check(b, err);
	if (rc < 0)
		return rc;
	p->nstreams = 0;
	p->raw.len = 0;
	memset(&p->stats, 0, sizeof(p->stats));
	sr_colpack_cuts_clear(p->cp);
	if (make_work(p, b) < 0)
		goto oom;
	sort_rows(p, b);
	rc = put_streams(p, b);
	if (rc == 0 && p->raw.len > SR_FRAME_MAX_RAW)
		rc = -EFBIG;
	if (rc == 0)
		rc = put_groups(p, b, out);
	if (rc == -EINTR) { /* the columns are made already */
		out->len = was;
		sr_pack_set_level(p, DEFAULT_LEVEL);
		rc = put_groups(p, b, out);
	}
	if (rc == 0 && out->len - was > SR_FRAME_MAX_PAYLOAD)
		rc = -EFBIG;
	if (rc == -EFBIG) {
		out->len = was;
		return too_large(err);
	}
	if (rc < 0)
		goto oom;
	*raw_len = p->raw.len;
	return 0;

oom:
	p->raw.oom = false; /* a smaller block may fit */
	out->len = was;
	return sr_err_set(err, -ENOMEM, SR_NO_POS, "no memory to pack a block of %u events", b->n);
}
