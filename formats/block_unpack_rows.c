/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the columns that every event has. */
#include "formats/block_unpack_impl.h"

#include <errno.h>

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
	copy = sr_unpack_make(u, len + 1, 1);
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

int sr_unpack_type(struct sr_unpack *u)
{
	struct sr_block *b = &u->b;
	uint16_t *type = sr_unpack_make(u, b->n, sizeof(*type));
	uint32_t *nth = sr_unpack_make(u, b->n, sizeof(*nth));
	struct sr_cur c;
	int rc;

	rc = sr_unpack_open(u, SR_STREAM_TYPE, &c);
	if (rc < 0)
		return rc;
	b->types = sr_arena_zalloc(&u->arena, b->ntypes, sizeof(*b->types));
	u->rows = sr_unpack_make(u, b->n, sizeof(*u->rows));
	u->start = sr_unpack_make(u, (size_t)b->ntypes + 1, sizeof(*u->start));
	u->tmp = sr_unpack_make(u, b->n, sizeof(*u->tmp));
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

int sr_unpack_thread(struct sr_unpack *u)
{
	struct sr_block *b = &u->b;
	uint32_t *thread = sr_unpack_make(u, b->n, sizeof(*thread));
	struct sr_cur c;
	int rc;

	rc = sr_unpack_open(u, SR_STREAM_THREAD, &c);
	if (rc < 0 || !thread)
		return rc < 0 ? rc : -ENOMEM;
	if (sr_unpack_indexes(&c, thread, b->n, b->nthreads) < 0)
		return -EBADMSG;
	b->thread = thread;
	return 0;
}

static int flags_by_type(struct sr_unpack *u, struct sr_cur *c, uint16_t *flags)
{
	uint16_t *v = (uint16_t *)u->tmp;

	for (uint32_t t = 0; t < u->b.ntypes; t++)
		if (sr_col_decode(c, v + u->start[t], sizeof(*v), u->b.types[t].nrows) < 0)
			return -EBADMSG;
	for (uint32_t i = 0; i < u->b.n; i++)
		flags[u->rows[i]] = v[i];
	return 0;
}

int sr_unpack_flags(struct sr_unpack *u)
{
	bool by_type = sr_unpack_has(u, SR_STREAM_TYPE_FLAGS);
	uint16_t *flags = sr_unpack_make(u, u->b.n, sizeof(*flags));
	struct sr_cur c;
	int rc;

	rc = sr_unpack_open(u, by_type ? SR_STREAM_TYPE_FLAGS : SR_STREAM_FLAGS, &c);
	if (rc < 0 || !flags)
		return rc < 0 ? rc : -ENOMEM;
	u->b.flags = flags;
	if (by_type)
		return flags_by_type(u, &c, flags);
	return sr_col_decode(&c, flags, sizeof(*flags), u->b.n);
}

static int cpu_by_thread(struct sr_unpack *u, struct sr_cur *c, uint16_t *cpu)
{
	uint64_t *last = sr_arena_zalloc(&u->arena, u->b.nthreads, sizeof(*last));
	uint64_t *v = sr_unpack_make(u, u->b.n, sizeof(*v));

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

int sr_unpack_cpu(struct sr_unpack *u)
{
	uint16_t *cpu = sr_unpack_make(u, u->b.n, sizeof(*cpu));
	struct sr_cur c;
	uint8_t order;
	int rc;

	rc = sr_unpack_open(u, SR_STREAM_CPU, &c);
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

/* Columns that stand type by type, those of one type as @rows lists them, into the order of the
 * events. */
static int get_columns(struct sr_unpack *u, struct sr_cur *c, const uint32_t *rows, uint64_t *out)
{
	for (uint32_t t = 0; t < u->b.ntypes; t++)
		if (sr_col_decode(c, u->tmp + u->start[t], 8, u->b.types[t].nrows) < 0)
			return -EBADMSG;
	for (uint32_t i = 0; i < u->b.n; i++)
		out[rows[i]] = u->tmp[i];
	return 0;
}

/* The same by contexts. */
static int get_by_context(struct sr_unpack *u, struct sr_cur *c, uint64_t *out)
{
	const struct sr_block *b = &u->b;
	struct sr_context x;

	if (!u->context) {
		x.rows = sr_unpack_make(u, b->n, sizeof(*x.rows));
		x.prev = sr_unpack_make(u, b->n, sizeof(*x.prev));
		x.order = sr_unpack_make(u, b->n, sizeof(*x.order));
		x.last = sr_unpack_make(u, b->nthreads, sizeof(*x.last));
		x.count = sr_unpack_make(u, b->ntypes + (size_t)1, sizeof(*x.count));
		if (!x.rows || !x.prev || !x.order || !x.last || !x.count)
			return -ENOMEM;
		sr_context_sort(b, u->start, &x);
		u->context = x.rows;
	}
	return get_columns(u, c, u->context, out);
}

static void times_after(struct sr_unpack *u, uint64_t *time, uint64_t before)
{
	for (uint32_t i = 0; i < u->b.n; i++)
		before = time[i] += before + u->b.dur[i];
}

static int times_by_thread(struct sr_unpack *u, uint64_t *time, uint64_t before)
{
	uint64_t *last = sr_unpack_make(u, u->b.nthreads, sizeof(*last));

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

/* The differences of TIME undone. */
static int add_up_times(struct sr_unpack *u, enum sr_order order, uint64_t *time, uint64_t before)
{
	if (order == SR_ORDER_PLAIN)
		return 0;
	if (order != SR_ORDER_GAP)
		return times_by_thread(u, time, before);
	times_after(u, time, before);
	return 0;
}

int sr_unpack_time(struct sr_unpack *u)
{
	uint64_t *time = sr_unpack_make(u, u->b.n, sizeof(*time)), before = 0;
	struct sr_cur c;
	uint8_t order;
	int rc;

	rc = sr_unpack_open(u, SR_STREAM_TIME, &c);
	if (rc < 0 || !time)
		return rc < 0 ? rc : -ENOMEM;
	order = sr_cur_u8(&c);
	if (order != SR_ORDER_PLAIN)
		before = sr_get_varint(&c);
	if (order > SR_ORDER_CONTEXT)
		return -EBADMSG;
	if (order == SR_ORDER_CONTEXT)
		rc = get_by_context(u, &c, time);
	else
		rc = sr_col_decode(&c, time, sizeof(*time), u->b.n);
	if (rc == 0)
		rc = add_up_times(u, order, time, before);
	u->b.time = time;
	return rc;
}

int sr_unpack_dur(struct sr_unpack *u)
{
	bool by_context = sr_unpack_has(u, SR_STREAM_CONTEXT_DUR);
	uint64_t *dur = sr_unpack_make(u, u->b.n, sizeof(*dur));
	struct sr_cur c;
	int rc;

	rc = sr_unpack_open(u, by_context ? SR_STREAM_CONTEXT_DUR : SR_STREAM_DUR, &c);
	if (rc < 0 || !dur)
		return rc < 0 ? rc : -ENOMEM;
	u->b.dur = dur;
	return by_context ? get_by_context(u, &c, dur) : get_columns(u, &c, u->rows, dur);
}

int sr_unpack_ret(struct sr_unpack *u)
{
	uint64_t *ret = sr_unpack_make(u, u->b.n, sizeof(*ret));
	struct sr_cur c;
	int rc;

	rc = sr_unpack_open(u, SR_STREAM_RET, &c);
	if (rc < 0 || !ret)
		return rc < 0 ? rc : -ENOMEM;
	u->b.ret = (int64_t *)ret;
	return get_columns(u, &c, u->rows, ret);
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

int sr_unpack_file(struct sr_unpack *u)
{
	struct sr_block *b = &u->b;
	uint32_t *file = sr_unpack_make(u, b->n, sizeof(*file));
	uint64_t *v = sr_unpack_make(u, b->n, sizeof(*v));
	struct sr_cur c;
	uint8_t order;
	int rc;

	rc = sr_unpack_open(u, SR_STREAM_FILE, &c);
	if (rc < 0 || !file || !v)
		return rc < 0 ? rc : -ENOMEM;
	order = sr_cur_u8(&c);
	if ((order != SR_ORDER_PLAIN && order != SR_ORDER_THREAD) ||
	    get_columns(u, &c, u->rows, v) < 0)
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
