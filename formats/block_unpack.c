/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a block's payload, as far as it is asked for. Nothing in a payload is believed:
 * every length is compared with what is there and every index with its table. */
#include "formats/block_unpack_impl.h"

#include <errno.h>
#include <stdlib.h>

static int load_block(struct sr_block *b, uint32_t need, struct sr_err *err)
{
	return sr_unpack_load((struct sr_unpack *)b, need, err); /* b is its first member */
}

int sr_unpack_new(struct sr_unpack **out)
{
	struct sr_unpack *u = calloc(1, sizeof(*u));

	if (!u)
		return -ENOMEM;
	u->zstd = ZSTD_createDCtx();
	if (!u->zstd) {
		free(u);
		return -ENOMEM;
	}
	*out = u;
	return 0;
}

void sr_unpack_free(struct sr_unpack *u)
{
	if (!u)
		return;
	ZSTD_freeDCtx(u->zstd);
	sr_arena_free(&u->arena);
	free(u);
}

struct sr_block *sr_unpack_block(struct sr_unpack *u)
{
	return &u->b;
}

/* ---- tables ---- */

static bool get_counts(struct sr_cur *c, struct sr_block *b)
{
	b->ntypes = sr_cur_u32(c);
	b->nthreads = sr_cur_u32(c);
	b->nfiles = sr_cur_u32(c);
	b->ncgroups = sr_cur_u32(c);
	b->nstrs = sr_cur_u32(c);
	return !c->bad && b->n <= SR_BLOCK_MAX_EVENTS && b->ntypes <= SR_BLOCK_MAX_TYPES &&
	       (b->ntypes || !b->n) && b->nthreads - 1 < SR_BLOCK_MAX_ENTRIES &&
	       b->nfiles - 1 < SR_BLOCK_MAX_ENTRIES && b->ncgroups - 1 < SR_BLOCK_MAX_ENTRIES &&
	       b->nstrs - 1 < SR_BLOCK_MAX_STRINGS; /* each has its entry 0 */
}

/* Streams of one group: their lengths make up the group's. */
static bool get_streams(struct sr_cur *c, struct sr_unpack *u, uint32_t group, uint32_t n)
{
	uint64_t at = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t id = sr_cur_u16(c), len;

		(void)sr_cur_u16(c); /* kept for later */
		len = sr_cur_u32(c);
		if (id && id < SR_STREAM_END && !u->streams[id].group)
			u->streams[id] = (struct sr_unpack_stream){ group + 1, (uint32_t)at, len };
		else
			u->foreign = true;
		at += len;
	}
	return !c->bad && at == u->groups[group].raw_len;
}

static bool get_tables(struct sr_cur *c, struct sr_unpack *u)
{
	uint32_t ngroups = sr_cur_u16(c), nstreams = sr_cur_u16(c), seen = 0;
	uint32_t counts[SR_BLOCK_MAX_GROUPS];
	uint64_t raw = 0;

	if (c->bad || ngroups > SR_BLOCK_MAX_GROUPS || nstreams > SR_BLOCK_MAX_STREAMS)
		return false;
	for (uint32_t i = 0; i < ngroups; i++) {
		struct sr_unpack_group *g = &u->groups[i];

		g->packed_len = sr_cur_u32(c);
		g->raw_len = sr_cur_u32(c);
		counts[i] = sr_cur_u16(c);
		g->codec = sr_cur_u8(c);
		g->raw = NULL;
		(void)sr_cur_u8(c);
		raw += g->raw_len;
		seen += counts[i];
	}
	u->ngroups = ngroups;
	if (c->bad || seen != nstreams || raw > SR_FRAME_MAX_RAW)
		return false;
	for (uint32_t i = 0; i < ngroups; i++)
		if (!get_streams(c, u, i, counts[i]))
			return false;
	for (uint32_t i = 0; i < ngroups; i++)
		u->groups[i].packed = sr_cur_bytes(c, u->groups[i].packed_len);
	return !c->bad && !c->left;
}

int sr_unpack_begin(struct sr_unpack *u, const uint8_t *payload, size_t len, uint32_t n,
		    struct sr_err *err)
{
	struct sr_cur c = sr_cur(payload, len);

	sr_arena_reset(&u->arena);
	memset(&u->b, 0, sizeof(u->b));
	memset(u->streams, 0, sizeof(u->streams));
	u->rows = u->start = NULL;
	u->tmp = NULL;
	u->context = NULL;
	u->foreign = false;
	u->news = NULL;
	u->broken = 0;
	u->b.n = n;
	u->b.load = load_block;
	if (!get_counts(&c, &u->b) || !get_tables(&c, u)) {
		u->b.n = 0;
		return sr_err_set(err, -EBADMSG, SR_NO_POS, "the tables of the block are damaged");
	}
	return 0;
}

/* ---- streams ---- */

static int decompress(struct sr_unpack *u, struct sr_unpack_group *g)
{
	uint8_t *raw;
	size_t n;

	if (g->codec == SR_CODEC_STORED) {
		g->raw = g->packed;
		return g->packed_len == g->raw_len ? 0 : -EBADMSG;
	}
	if (g->codec != SR_CODEC_ZSTD)
		return -EBADMSG;
	raw = sr_arena_alloc(&u->arena, g->raw_len);
	if (!raw)
		return -ENOMEM;
	n = ZSTD_decompressDCtx(u->zstd, raw, g->raw_len, g->packed, g->packed_len);
	if (ZSTD_isError(n) || n != g->raw_len)
		return -EBADMSG;
	g->raw = raw;
	return 0;
}

int sr_unpack_open(struct sr_unpack *u, enum sr_stream id, struct sr_cur *c)
{
	const struct sr_unpack_stream *s = &u->streams[id];
	struct sr_unpack_group *g;
	int rc;

	*c = sr_cur("", 0);
	if (!s->group)
		return 0;
	g = &u->groups[s->group - 1];
	if (!g->raw) {
		rc = decompress(u, g);
		if (rc < 0)
			return rc;
	}
	*c = sr_cur(g->raw + s->at, s->len); /* get_streams() saw that it is inside */
	return 0;
}

int sr_unpack_indexes(struct sr_cur *c, uint32_t *out, uint32_t n, uint32_t limit)
{
	uint32_t max = 0;

	if (sr_col_decode(c, out, sizeof(*out), n) < 0)
		return -EBADMSG;
	for (uint32_t i = 0; i < n; i++)
		max = out[i] > max ? out[i] : max;
	return n && max >= limit ? -EBADMSG : 0;
}

/* ---- loading ---- */

/* In this order: what a part is predicted from stands before it. */
static const struct part {
	uint32_t need;
	uint32_t needs; /* always */
	int (*load)(struct sr_unpack *u);
	const char *name;
} parts[] = {
	{ SR_NEED_TYPE, 0, sr_unpack_type, "types" },
	{ SR_NEED_THREAD, 0, sr_unpack_thread, "threads" },
	{ SR_NEED_CPU, 0, sr_unpack_cpu, "CPUs" },
	{ SR_NEED_FLAGS, 0, sr_unpack_flags, "flags" },
	{ SR_NEED_DUR, SR_NEED_TYPE, sr_unpack_dur, "durations" },
	{ SR_NEED_TIME, 0, sr_unpack_time, "times" },
	{ SR_NEED_RET, SR_NEED_TYPE, sr_unpack_ret, "results" },
	{ SR_NEED_FILE, SR_NEED_TYPE, sr_unpack_file, "files" },
	{ SR_NEED_DICTS, 0, sr_unpack_dicts, "dictionaries" },
	{ SR_NEED_ARGS, SR_NEED_TYPE | SR_NEED_THREAD | SR_NEED_RET | SR_NEED_FILE | SR_NEED_DICTS,
	  sr_unpack_args, "arguments" },
	{ SR_NEED_HEAP, 0, sr_unpack_heap, "payloads" },
};

/* What a stream is predicted from in this block, by its first byte. */
static int needs_of_order(struct sr_unpack *u, enum sr_stream id, uint32_t *needs)
{
	static const uint32_t of[] = {
		[SR_ORDER_PLAIN] = 0,
		[SR_ORDER_GAP] = SR_NEED_DUR | SR_NEED_TYPE,
		[SR_ORDER_THREAD] = SR_NEED_THREAD,
		[SR_ORDER_CONTEXT] = SR_NEED_THREAD | SR_NEED_TYPE,
	};
	struct sr_cur c;
	int rc = sr_unpack_open(u, id, &c);
	uint8_t order = rc < 0 ? 0 : sr_cur_u8(&c);

	if (order < sizeof(of) / sizeof(of[0]))
		*needs |= of[order];
	if (order && id == SR_STREAM_TIME)
		*needs |= SR_NEED_DUR | SR_NEED_TYPE;
	return rc;
}

/* What @need asks for, with what that is predicted from in this block. */
static int complete_need(struct sr_unpack *u, uint32_t *need)
{
	static const struct {
		uint32_t need;
		enum sr_stream id;
	} ordered[] = {
		{ SR_NEED_TIME, SR_STREAM_TIME },
		{ SR_NEED_CPU, SR_STREAM_CPU },
		{ SR_NEED_FILE, SR_STREAM_FILE },
	};
	int rc = 0;

	if (*need & SR_NEED_HEAP && sr_unpack_has(u, SR_STREAM_PAYLOADS))
		*need |= SR_NEED_ARGS;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (*need & parts[i].need)
			*need |= parts[i].needs;
	for (size_t i = 0; i < sizeof(ordered) / sizeof(ordered[0]) && rc == 0; i++)
		if (*need & ordered[i].need)
			rc = needs_of_order(u, ordered[i].id, need);
	if (*need & SR_NEED_FLAGS && sr_unpack_has(u, SR_STREAM_TYPE_FLAGS))
		*need |= SR_NEED_TYPE;
	if (*need & SR_NEED_DUR && sr_unpack_has(u, SR_STREAM_CONTEXT_DUR))
		*need |= SR_NEED_TYPE | SR_NEED_THREAD;
	return rc;
}

static int failed(int rc, const char *name, struct sr_err *err)
{
	if (rc == -ENOMEM)
		return sr_err_set(err, rc, SR_NO_POS, "no memory for the %s of a block", name);
	return sr_err_set(err, rc, SR_NO_POS, "the %s of the block are damaged", name);
}

int sr_unpack_load(struct sr_unpack *u, uint32_t need, struct sr_err *err)
{
	int rc = complete_need(u, &need);

	if (rc < 0)
		return failed(rc, "columns", err);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!(need & parts[i].need & ~u->b.have))
			continue;
		rc = u->broken & parts[i].need ? -EBADMSG : parts[i].load(u);
		if (rc < 0) {
			u->broken |= parts[i].need;
			return failed(rc, parts[i].name, err);
		}
		u->b.have |= parts[i].need;
	}
	return 0;
}

bool sr_unpack_is_plain(const struct sr_unpack *u)
{
	static const enum sr_stream old[] = { SR_STREAM_FLAGS, SR_STREAM_DUR, SR_STREAM_HEAP,
					      SR_STREAM_STRS };

	for (size_t i = 0; i < sizeof(old) / sizeof(old[0]); i++)
		if (sr_unpack_has(u, old[i]))
			return false;
	return !u->foreign && sr_unpack_has(u, SR_STREAM_PAYLOADS);
}

bool sr_unpack_stored(struct sr_unpack *u, const uint8_t *payload, size_t len, struct sr_buf *out)
{
	size_t tables, at = out->len;
	uint8_t *entry;

	if (sr_unpack_begin(u, payload, len, 0, NULL) < 0)
		return false;
	tables = u->ngroups ? (size_t)(u->groups[0].packed - payload) : len;
	sr_buf_put(out, payload, tables);
	for (uint32_t i = 0; i < u->ngroups; i++) {
		struct sr_unpack_group *g = &u->groups[i];

		if (decompress(u, g) < 0 || out->oom)
			return false;
		entry = out->p + at + SR_BLOCK_HEAD + i * SR_GROUP_ENTRY;
		memcpy(entry, &g->raw_len, sizeof(g->raw_len));
		entry[10] = SR_CODEC_STORED;
		sr_buf_put(out, g->raw, g->raw_len);
	}
	return !out->oom;
}
