/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a block's payload, as far as it is asked for. Nothing in a payload is believed:
 * every length is compared with what is there and every index with its table. */
#include "formats/arena.h"
#include "formats/block_limits.h"
#include "formats/block_pack.h"
#include "formats/colpack.h"

#include <errno.h>
#include <stdlib.h>
#include <zstd.h>

struct group {
	const uint8_t *packed;
	uint32_t packed_len, raw_len;
	uint8_t codec;
	const uint8_t *raw; /* NULL until it is decompressed */
};

struct stream {
	uint32_t group; /* plus one; 0: the block has no such stream */
	uint32_t at, len;
};

struct sr_unpack {
	struct sr_block b;
	ZSTD_DCtx *zstd;
	struct sr_arena arena; /* of this block */
	struct group groups[SR_BLOCK_MAX_GROUPS];
	uint32_t ngroups;
	struct stream streams[SR_STREAM_END];
	uint32_t *rows;	 /* rows of the block, type by type; with SR_NEED_TYPE */
	uint32_t *start; /* first of a type's in @rows */
	uint64_t *tmp;	 /* n values */
	uint32_t broken; /* enum sr_need: parts that did not load and never will */
};

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
			u->streams[id] = (struct stream){ group + 1, (uint32_t)at, len };
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
		struct group *g = &u->groups[i];

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
	u->broken = 0;
	u->b.n = n;
	u->b.load = load_block;
	if (!get_counts(&c, &u->b) || !get_tables(&c, u)) {
		u->b.n = 0;
		return sr_err_set(err, -EBADMSG, SR_NO_POS, "the tables of the block are damaged");
	}
	u->b.heap_len = u->streams[SR_STREAM_HEAP].len;
	return 0;
}

/* ---- streams ---- */

static int decompress(struct sr_unpack *u, struct group *g)
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

/* The bytes of a stream; a stream that is not there is empty. */
static int open_stream(struct sr_unpack *u, enum sr_stream id, struct sr_cur *c)
{
	const struct stream *s = &u->streams[id];
	struct group *g;
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

static void *make(struct sr_unpack *u, size_t n, size_t size)
{
	return sr_arena_alloc(&u->arena, n * size); /* below 2^32 by the limits */
}

/* An index column: 4 bytes each, all below @limit. */
static int get_indexes(struct sr_cur *c, uint32_t *out, uint32_t n, uint32_t limit)
{
	uint32_t max = 0;

	if (sr_col_decode(c, out, sizeof(*out), n) < 0)
		return -EBADMSG;
	for (uint32_t i = 0; i < n; i++)
		max = out[i] > max ? out[i] : max;
	return n && max >= limit ? -EBADMSG : 0;
}

/* ---- the event's columns ---- */

static int get_type(struct sr_unpack *u, struct sr_cur *c, struct sr_block_type *t)
{
	uint64_t len = sr_get_varint(c);
	const uint8_t *name, *cls;
	char *copy;

	if (c->bad || !len || len > SR_BLOCK_MAX_NAME)
		return -EBADMSG;
	name = sr_cur_bytes(c, len);
	t->ncols = sr_cur_u8(c);
	if (c->bad || t->ncols > SR_MAX_ARGS || memchr(name, 0, len))
		return -EBADMSG;
	cls = sr_cur_bytes(c, t->ncols);
	if (!cls)
		return -EBADMSG;
	for (uint32_t i = 0; i < t->ncols; i++) {
		if (cls[i] > SR_CLASS_BYTES)
			return -EBADMSG;
		t->cls[i] = cls[i];
	}
	copy = make(u, len + 1, 1);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, name, len);
	copy[len] = 0;
	t->name = copy;
	t->type = sr_type_as_written(t->name, len, t->cls, t->ncols);
	return 0;
}

/* Count the rows of each type, number them, and list them type by type. */
static int sort_rows(struct sr_unpack *u, const uint16_t *type, uint32_t *nth)
{
	struct sr_block *b = &u->b;

	for (uint32_t i = 0; i < b->n; i++) {
		if (type[i] >= b->ntypes)
			return -EBADMSG;
		nth[i] = b->types[type[i]].nrows++;
	}
	u->start[0] = 0;
	for (uint32_t t = 0; t < b->ntypes; t++)
		u->start[t + 1] = u->start[t] + b->types[t].nrows;
	for (uint32_t i = 0; i < b->n; i++)
		u->rows[u->start[type[i]] + nth[i]] = i;
	return 0;
}

static int load_type(struct sr_unpack *u)
{
	struct sr_block *b = &u->b;
	uint16_t *type = make(u, b->n, sizeof(*type));
	uint32_t *nth = make(u, b->n, sizeof(*nth));
	struct sr_cur c;
	int rc;

	rc = open_stream(u, SR_STREAM_TYPE, &c);
	if (rc < 0)
		return rc;
	b->types = sr_arena_zalloc(&u->arena, b->ntypes, sizeof(*b->types));
	u->rows = make(u, b->n, sizeof(*u->rows));
	u->start = make(u, (size_t)b->ntypes + 1, sizeof(*u->start));
	u->tmp = make(u, b->n, sizeof(*u->tmp));
	if (!type || !nth || !b->types || !u->rows || !u->start || !u->tmp)
		return -ENOMEM;
	for (uint32_t i = 0; i < b->ntypes; i++) {
		rc = get_type(u, &c, &b->types[i]);
		if (rc < 0)
			return rc;
	}
	rc = sr_col_decode(&c, type, sizeof(*type), b->n);
	if (rc < 0 || sort_rows(u, type, nth) < 0)
		return -EBADMSG;
	b->type = type;
	b->nth = nth;
	return 0;
}

static int load_thread(struct sr_unpack *u)
{
	struct sr_block *b = &u->b;
	uint32_t *thread = make(u, b->n, sizeof(*thread));
	struct sr_cur c;
	int rc;

	rc = open_stream(u, SR_STREAM_THREAD, &c);
	if (rc < 0 || !thread)
		return rc < 0 ? rc : -ENOMEM;
	if (get_indexes(&c, thread, b->n, b->nthreads) < 0)
		return -EBADMSG;
	b->thread = thread;
	return 0;
}

static int load_flags(struct sr_unpack *u)
{
	uint16_t *flags = make(u, u->b.n, sizeof(*flags));
	struct sr_cur c;
	int rc;

	rc = open_stream(u, SR_STREAM_FLAGS, &c);
	if (rc < 0 || !flags)
		return rc < 0 ? rc : -ENOMEM;
	u->b.flags = flags;
	return sr_col_decode(&c, flags, sizeof(*flags), u->b.n);
}

static int cpu_by_thread(struct sr_unpack *u, struct sr_cur *c, uint16_t *cpu)
{
	uint64_t *last = sr_arena_zalloc(&u->arena, u->b.nthreads, sizeof(*last));
	uint64_t *v = make(u, u->b.n, sizeof(*v));

	if (!last || !v)
		return -ENOMEM;
	if (sr_col_decode(c, v, sizeof(*v), u->b.n) < 0)
		return -EBADMSG;
	for (uint32_t i = 0; i < u->b.n; i++) {
		uint64_t *l = &last[u->b.thread[i]];

		*l += sr_unzigzag(v[i]);
		if (*l > UINT16_MAX)
			return -EBADMSG;
		cpu[i] = (uint16_t)*l;
	}
	return 0;
}

static int load_cpu(struct sr_unpack *u)
{
	uint16_t *cpu = make(u, u->b.n, sizeof(*cpu));
	struct sr_cur c;
	uint8_t order;
	int rc;

	rc = open_stream(u, SR_STREAM_CPU, &c);
	if (rc < 0 || !cpu)
		return rc < 0 ? rc : -ENOMEM;
	order = sr_cur_u8(&c);
	if (order == SR_ORDER_PLAIN)
		rc = sr_col_decode(&c, cpu, sizeof(*cpu), u->b.n);
	else if (order == SR_ORDER_THREAD && u->b.thread)
		rc = cpu_by_thread(u, &c, cpu);
	else
		rc = -EBADMSG;
	u->b.cpu = cpu;
	return rc;
}

/* The first byte of a stream without loading it otherwise. */
static int peek_order(struct sr_unpack *u, enum sr_stream id)
{
	struct sr_cur c;
	int rc = open_stream(u, id, &c);

	return rc < 0 ? rc : sr_cur_u8(&c);
}

static void times_after(struct sr_unpack *u, uint64_t *time, uint64_t before)
{
	for (uint32_t i = 0; i < u->b.n; i++)
		before = time[i] += before + u->b.dur[i];
}

static int times_by_thread(struct sr_unpack *u, uint64_t *time, uint64_t before)
{
	uint64_t *last = make(u, u->b.nthreads, sizeof(*last));

	if (!last)
		return -ENOMEM;
	memset(last, 0xff, u->b.nthreads * sizeof(*last));
	for (uint32_t i = 0; i < u->b.n; i++) {
		uint64_t *l = &last[u->b.thread[i]];

		time[i] += (*l == UINT64_MAX ? before : *l) + u->b.dur[i];
		before = *l = time[i];
	}
	return 0;
}

static int load_time(struct sr_unpack *u)
{
	uint64_t *time = make(u, u->b.n, sizeof(*time)), before = 0;
	struct sr_cur c;
	uint8_t order;
	int rc;

	rc = open_stream(u, SR_STREAM_TIME, &c);
	if (rc < 0 || !time)
		return rc < 0 ? rc : -ENOMEM;
	order = sr_cur_u8(&c);
	if (order != SR_ORDER_PLAIN)
		before = sr_get_varint(&c);
	if (order > SR_ORDER_THREAD || (order && !u->b.dur) ||
	    (order == SR_ORDER_THREAD && !u->b.thread) ||
	    sr_col_decode(&c, time, sizeof(*time), u->b.n) < 0)
		return -EBADMSG;
	if (order == SR_ORDER_GAP)
		times_after(u, time, before);
	else if (order == SR_ORDER_THREAD)
		rc = times_by_thread(u, time, before);
	u->b.time = time;
	return rc;
}

/* Columns that stand type by type, into the order of the events. */
static int get_by_type(struct sr_unpack *u, struct sr_cur *c, uint64_t *out)
{
	for (uint32_t t = 0; t < u->b.ntypes; t++)
		if (sr_col_decode(c, u->tmp + u->start[t], 8, u->b.types[t].nrows) < 0)
			return -EBADMSG;
	for (uint32_t i = 0; i < u->b.n; i++)
		out[u->rows[i]] = u->tmp[i];
	return 0;
}

static int load_dur(struct sr_unpack *u)
{
	uint64_t *dur = make(u, u->b.n, sizeof(*dur));
	struct sr_cur c;
	int rc;

	rc = open_stream(u, SR_STREAM_DUR, &c);
	if (rc < 0 || !dur)
		return rc < 0 ? rc : -ENOMEM;
	u->b.dur = dur;
	return get_by_type(u, &c, dur);
}

static int load_ret(struct sr_unpack *u)
{
	uint64_t *ret = make(u, u->b.n, sizeof(*ret));
	struct sr_cur c;
	int rc;

	rc = open_stream(u, SR_STREAM_RET, &c);
	if (rc < 0 || !ret)
		return rc < 0 ? rc : -ENOMEM;
	u->b.ret = (int64_t *)ret;
	return get_by_type(u, &c, ret);
}

static int file_by_thread(struct sr_unpack *u, uint64_t *v)
{
	uint64_t *last = sr_arena_zalloc(&u->arena, u->b.nthreads, sizeof(*last));

	if (!last)
		return -ENOMEM;
	for (uint32_t i = 0; i < u->b.n; i++) {
		uint64_t *l = &last[u->b.thread[i]];

		if (v[i])
			v[i] = *l += sr_unzigzag(v[i] - 1);
	}
	return 0;
}

static int load_file(struct sr_unpack *u)
{
	struct sr_block *b = &u->b;
	uint32_t *file = make(u, b->n, sizeof(*file));
	uint64_t *v = make(u, b->n, sizeof(*v));
	struct sr_cur c;
	uint8_t order;
	int rc;

	rc = open_stream(u, SR_STREAM_FILE, &c);
	if (rc < 0 || !file || !v)
		return rc < 0 ? rc : -ENOMEM;
	order = sr_cur_u8(&c);
	if ((order != SR_ORDER_PLAIN && order != SR_ORDER_THREAD) || get_by_type(u, &c, v) < 0)
		return -EBADMSG;
	if (order == SR_ORDER_THREAD) {
		rc = file_by_thread(u, v);
		if (rc < 0)
			return rc;
	}
	for (uint32_t i = 0; i < b->n; i++) {
		if (v[i] >= b->nfiles)
			return -EBADMSG;
		file[i] = (uint32_t)v[i];
	}
	b->file = file;
	return 0;
}

/* ---- dictionaries ---- */

static int load_strs(struct sr_unpack *u)
{
	struct sr_block *b = &u->b;
	struct sr_str *strs = make(u, b->nstrs, sizeof(*strs));
	uint32_t *len = make(u, b->nstrs, sizeof(*len));
	struct sr_cur c;
	int rc;

	rc = open_stream(u, SR_STREAM_STRS, &c);
	if (rc < 0 || !strs || !len)
		return rc < 0 ? rc : -ENOMEM;
	if (sr_col_decode(&c, len, sizeof(*len), b->nstrs - 1) < 0)
		return -EBADMSG;
	strs[0] = (struct sr_str){ "", 0 };
	for (uint32_t i = 1; i < b->nstrs; i++)
		strs[i] = (struct sr_str){ sr_cur_bytes(&c, len[i - 1]), len[i - 1] };
	if (c.bad)
		return -EBADMSG;
	b->strs = strs;
	return 0;
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
	uint64_t *v = make(u, n, sizeof(*v));
	unsigned int number;
	struct sr_cur c;
	int rc;

	rc = open_stream(u, d->stream, &c);
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

static int load_dicts(struct sr_unpack *u)
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

/* ---- arguments ---- */

struct args {
	struct sr_unpack *u;
	struct sr_cur c;
	struct sr_pred_rows rows;
	uint64_t *v, *pred; /* work columns */
	uint64_t *last_fd;  /* by file */
	uint64_t heap;	    /* bytes given out so far */
};

/* One column of the current argument, as 64-bit values in a->v. */
static int get_predicted(struct args *a, uint32_t n)
{
	unsigned int pred = sr_cur_u8(&a->c);
	uint64_t param = pred == SR_PRED_CAPPED ? sr_get_varint(&a->c) : 0;

	if (a->c.bad)
		return -EBADMSG;
	if (pred == SR_PRED_ZERO) {
		memset(a->v, 0, n * sizeof(*a->v));
		return 0;
	}
	if (sr_col_decode(&a->c, a->v, sizeof(*a->v), n) < 0)
		return -EBADMSG;
	if (pred == SR_PRED_NONE)
		return 0;
	if (!sr_pred_fill(&a->rows, pred, param, a->pred))
		return -EBADMSG;
	for (uint32_t i = 0; i < n; i++)
		a->v[i] += a->pred[i];
	return 0;
}

/* The same as 32-bit values below @limit. */
static int get_predicted_u32(struct args *a, uint32_t **out, uint64_t limit)
{
	uint32_t n = a->rows.t->nrows, *to = make(a->u, n, sizeof(*to));
	uint64_t max = 0;

	if (!to)
		return -ENOMEM;
	if (get_predicted(a, n) < 0)
		return -EBADMSG;
	for (uint32_t i = 0; i < n; i++) {
		max = a->v[i] > max ? a->v[i] : max;
		to[i] = (uint32_t)a->v[i];
	}
	*out = to;
	return max >= limit ? -EBADMSG : 0;
}

static int get_status(struct args *a, struct sr_col *c)
{
	uint32_t n = a->rows.t->nrows;

	c->status = make(a->u, n, sizeof(*c->status));
	if (!c->status)
		return -ENOMEM;
	if (get_predicted(a, n) < 0)
		return -EBADMSG;
	for (uint32_t i = 0; i < n; i++) /* a newer writer may know more reasons */
		c->status[i] = a->v[i] <= SR_UNKNOWN ? (uint8_t)a->v[i] : SR_UNKNOWN;
	return 0;
}

static int get_fd(struct args *a, struct sr_col *c, uint32_t n)
{
	unsigned int pred = sr_cur_u8(&a->c);

	if (a->c.bad || (pred != SR_PRED_NONE && pred != SR_PRED_LAST_FD) ||
	    sr_col_decode(&a->c, c->val, sizeof(*c->val), n) < 0)
		return -EBADMSG;
	for (uint32_t i = 0; i < n; i++) {
		uint64_t *last = &a->last_fd[c->ref[i]];

		*last = pred == SR_PRED_LAST_FD ? *last + c->val[i] : c->val[i];
		c->val[i] = *last;
	}
	return 0;
}

static int get_val(struct args *a, struct sr_col *c, enum sr_class cls)
{
	uint32_t n = a->rows.t->nrows;
	uint64_t *val = make(a->u, n, sizeof(*val));

	if (!val)
		return -ENOMEM;
	c->val = val;
	if (cls == SR_CLASS_FILE)
		return get_fd(a, c, n);
	if (get_predicted(a, n) < 0)
		return -EBADMSG;
	memcpy(val, a->v, n * sizeof(*val));
	return 0;
}

/* Offsets follow from the lengths: payloads lie one behind the other. */
static int place_bytes(struct args *a, struct sr_col *c)
{
	uint32_t n = a->rows.t->nrows, *ref = make(a->u, n, sizeof(*ref));

	if (!ref)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		ref[i] = (uint32_t)a->heap;
		a->heap += c->len[i];
		if (a->heap > a->u->b.heap_len)
			return -EBADMSG;
	}
	c->ref = ref;
	return 0;
}

static int get_data(struct args *a, struct sr_col *c, enum sr_class cls)
{
	const uint64_t any = 1ull << 32;
	int rc = 0;

	switch (cls) {
	case SR_CLASS_NUM:
		return 0;
	case SR_CLASS_FILE:
		break;
	case SR_CLASS_STR:
		rc = get_predicted_u32(a, &c->ref, a->u->b.nstrs);
		if (!rc)
			rc = get_predicted_u32(a, &c->truelen, any);
		break;
	case SR_CLASS_BYTES:
		rc = get_predicted_u32(a, &c->truelen, any);
		if (!rc)
			rc = get_predicted_u32(a, &c->len, any);
		if (!rc)
			rc = place_bytes(a, c);
		break;
	}
	return rc ? rc : get_status(a, c);
}

static int get_type_args(struct args *a, struct sr_block_type *t)
{
	unsigned int *arg = &a->rows.arg;
	int rc = 0;

	for (*arg = 0; *arg < t->ncols && !rc; ++*arg)
		if (t->cls[*arg] == SR_CLASS_FILE)
			rc = get_predicted_u32(a, &t->cols[*arg].ref, a->u->b.nfiles);
	for (*arg = 0; *arg < t->ncols && !rc; ++*arg)
		rc = get_val(a, &t->cols[*arg], t->cls[*arg]);
	for (*arg = 0; *arg < t->ncols && !rc; ++*arg)
		rc = get_data(a, &t->cols[*arg], t->cls[*arg]);
	return rc;
}

static int load_args(struct sr_unpack *u)
{
	struct sr_block *b = &u->b;
	struct args a = { .u = u, .rows.b = b };
	int rc;

	rc = open_stream(u, SR_STREAM_ARGS, &a.c);
	if (rc < 0)
		return rc;
	a.v = u->tmp;
	a.pred = make(u, b->n, sizeof(*a.pred));
	a.last_fd = sr_arena_zalloc(&u->arena, b->nfiles, sizeof(*a.last_fd));
	if (!a.pred || !a.last_fd)
		return -ENOMEM;
	for (uint32_t t = 0; t < b->ntypes && !rc; t++) {
		a.rows.t = &b->types[t];
		a.rows.rows = u->rows + u->start[t];
		if (b->types[t].nrows)
			rc = get_type_args(&a, &b->types[t]);
	}
	return rc;
}

static int load_heap(struct sr_unpack *u)
{
	struct sr_cur c;
	int rc = open_stream(u, SR_STREAM_HEAP, &c);

	if (rc < 0)
		return rc;
	u->b.heap = c.p;
	return 0;
}

/* ---- loading ---- */

/* In this order: what a part is predicted from stands before it. */
static const struct part {
	uint32_t need;
	uint32_t needs; /* always */
	int (*load)(struct sr_unpack *u);
	const char *name;
} parts[] = {
	{ SR_NEED_TYPE, 0, load_type, "types" },
	{ SR_NEED_THREAD, 0, load_thread, "threads" },
	{ SR_NEED_CPU, 0, load_cpu, "CPUs" },
	{ SR_NEED_FLAGS, 0, load_flags, "flags" },
	{ SR_NEED_DUR, SR_NEED_TYPE, load_dur, "durations" },
	{ SR_NEED_TIME, 0, load_time, "times" },
	{ SR_NEED_RET, SR_NEED_TYPE, load_ret, "results" },
	{ SR_NEED_FILE, SR_NEED_TYPE, load_file, "files" },
	{ SR_NEED_DICTS, 0, load_dicts, "dictionaries" },
	{ SR_NEED_ARGS, SR_NEED_TYPE | SR_NEED_RET | SR_NEED_FILE | SR_NEED_DICTS, load_args,
	  "arguments" },
	{ SR_NEED_HEAP, 0, load_heap, "payloads" },
};

/* What @need asks for, with what that is predicted from in this block. */
static int complete_need(struct sr_unpack *u, uint32_t *need)
{
	int order;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (*need & parts[i].need)
			*need |= parts[i].needs;
	if (*need & SR_NEED_TIME) {
		order = peek_order(u, SR_STREAM_TIME);
		if (order < 0)
			return order;
		*need |= order != SR_ORDER_PLAIN ? SR_NEED_DUR | SR_NEED_TYPE : 0;
		*need |= order == SR_ORDER_THREAD ? SR_NEED_THREAD : 0;
	}
	if (*need & SR_NEED_CPU) {
		order = peek_order(u, SR_STREAM_CPU);
		if (order < 0)
			return order;
		*need |= order == SR_ORDER_THREAD ? SR_NEED_THREAD : 0;
	}
	if (*need & SR_NEED_FILE) {
		order = peek_order(u, SR_STREAM_FILE);
		if (order < 0)
			return order;
		*need |= order == SR_ORDER_THREAD ? SR_NEED_THREAD : 0;
	}
	return 0;
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

bool sr_unpack_stored(struct sr_unpack *u, const uint8_t *payload, size_t len, struct sr_buf *out)
{
	size_t tables, at = out->len;
	uint8_t *entry;

	if (sr_unpack_begin(u, payload, len, 0, NULL) < 0)
		return false;
	tables = u->ngroups ? (size_t)(u->groups[0].packed - payload) : len;
	sr_buf_put(out, payload, tables);
	for (uint32_t i = 0; i < u->ngroups; i++) {
		struct group *g = &u->groups[i];

		if (decompress(u, g) < 0 || out->oom)
			return false;
		entry = out->p + at + SR_BLOCK_HEAD + i * SR_GROUP_ENTRY;
		memcpy(entry, &g->raw_len, sizeof(g->raw_len));
		entry[10] = SR_CODEC_STORED;
		sr_buf_put(out, g->raw, g->raw_len);
	}
	return !out->oom;
}
