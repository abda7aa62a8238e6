/* SPDX-License-Identifier: Apache-2.0 */
/* Tables and predictions that both directions share. */
#include "formats/block_cols.h"

#include <string.h>

static_assert(offsetof(struct sr_thread, anc) + sizeof(((struct sr_thread *)0)->anc) < 65536,
	      "offsets of members have 16 bits");

#define SIZE_NUM(t, m)	  sizeof(((struct t *)0)->m)
#define SIZE_STR(t, m)	  sizeof(((struct t *)0)->m)
#define SIZE_CGROUP(t, m) sizeof(((struct t *)0)->m)
#define SIZE_BYTES8(t, m) 8
#define ROW(t, num, m, k) { num, SR_MEMBER_##k, SIZE_##k(t, m), offsetof(struct t, m) },

#define IN_thread(...)
#define IN_file(...)
#define IN_cgroup(...)
#define SR_MEMBER(table, num, m, k) IN_##table(sr_##table, num, m, k)

#undef IN_thread
#define IN_thread ROW
static const struct sr_member thread_members[] = {
#include "formats/block_members.def"
};
#undef IN_thread
#define IN_thread(...)

#undef IN_file
#define IN_file ROW
static const struct sr_member file_members[] = {
#include "formats/block_members.def"
};
#undef IN_file
#define IN_file(...)

#undef IN_cgroup
#define IN_cgroup ROW
static const struct sr_member cgroup_members[] = {
#include "formats/block_members.def"
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const struct sr_dict sr_dicts[SR_NDICTS] = {
	{ SR_STREAM_THREADS, sizeof(struct sr_thread), thread_members, COUNT(thread_members) },
	{ SR_STREAM_FILES, sizeof(struct sr_file), file_members, COUNT(file_members) },
	{ SR_STREAM_CGROUPS, sizeof(struct sr_cgroup), cgroup_members, COUNT(cgroup_members) },
};

const char *sr_stream_name(unsigned int stream)
{
	static const char *const names[SR_STREAM_END] = {
		[SR_STREAM_TYPE] = "type",	   [SR_STREAM_THREAD] = "thread",
		[SR_STREAM_CPU] = "cpu",	   [SR_STREAM_FLAGS] = "flags",
		[SR_STREAM_TIME] = "time",	   [SR_STREAM_DUR] = "dur",
		[SR_STREAM_RET] = "ret",	   [SR_STREAM_FILE] = "file",
		[SR_STREAM_ARGS] = "args",	   [SR_STREAM_HEAP] = "heap",
		[SR_STREAM_STRS] = "strs",	   [SR_STREAM_THREADS] = "threads",
		[SR_STREAM_FILES] = "files",	   [SR_STREAM_CGROUPS] = "cgroups",
		[SR_STREAM_TYPE_FLAGS] = "flags",  [SR_STREAM_CONTEXT_DUR] = "dur",
		[SR_STREAM_STRINGS] = "strings",   [SR_STREAM_REPEATS] = "repeats",
		[SR_STREAM_PAYLOADS] = "payloads",
	};

	return stream && stream < SR_STREAM_END ? names[stream] : "unknown";
}

static bool fill_arg(const struct sr_pred_rows *p, unsigned int k, uint64_t *out)
{
	if (k >= p->t->ncols || !p->t->cols[k].val)
		return false;
	memcpy(out, p->t->cols[k].val, p->t->nrows * sizeof(*out));
	return true;
}

static bool fill_capped(const struct sr_pred_rows *p, uint64_t cap, uint64_t *out)
{
	const uint32_t *truelen = p->t->cols[p->arg].truelen;

	if (!truelen)
		return false;
	for (uint32_t i = 0; i < p->t->nrows; i++)
		out[i] = truelen[i] < cap ? truelen[i] : cap;
	return true;
}

static bool fill_strlen(const struct sr_pred_rows *p, uint64_t *out)
{
	const uint32_t *ref = p->t->cols[p->arg].ref;

	if (!ref || p->t->cls[p->arg] != SR_CLASS_STR)
		return false;
	for (uint32_t i = 0; i < p->t->nrows; i++)
		out[i] = p->b->strs[ref[i]].len;
	return true;
}

bool sr_pred_fill(const struct sr_pred_rows *p, unsigned int pred, uint64_t param, uint64_t *out)
{
	switch (pred) {
	case SR_PRED_NONE:
		memset(out, 0, p->t->nrows * sizeof(*out));
		return true;
	case SR_PRED_RET:
		for (uint32_t i = 0; i < p->t->nrows; i++) {
			int64_t ret = p->b->ret[p->rows[i]];

			out[i] = ret > 0 ? (uint64_t)ret : 0;
		}
		return true;
	case SR_PRED_FILE:
		for (uint32_t i = 0; i < p->t->nrows; i++)
			out[i] = p->b->file[p->rows[i]];
		return true;
	case SR_PRED_STRLEN:
		return fill_strlen(p, out);
	case SR_PRED_CAPPED:
		return fill_capped(p, param, out);
	default:
		return pred >= SR_PRED_ARG && fill_arg(p, pred - SR_PRED_ARG, out);
	}
}

const uint32_t *sr_pred_key(const struct sr_pred_rows *p, unsigned int pred)
{
	if (pred == SR_PRED_LAST_OF_THREAD)
		return p->b->thread;
	return pred == SR_PRED_LAST_OF_FILE ? p->b->file : NULL;
}

/* By the type before, and then, keeping that order, by the row's own. */
void sr_context_sort(const struct sr_block *b, const uint32_t *start, struct sr_context *c)
{
	uint32_t sum = 0, at;

	memset(c->last, 0, b->nthreads * sizeof(*c->last));
	memset(c->count, 0, (b->ntypes + (size_t)1) * sizeof(*c->count));
	for (uint32_t i = 0; i < b->n; i++) {
		uint32_t *last = &c->last[b->thread[i]];

		c->prev[i] = *last;
		c->count[*last]++;
		*last = b->type[i] + 1u;
	}
	for (uint32_t t = 0; t <= b->ntypes; t++) {
		at = sum;
		sum += c->count[t];
		c->count[t] = at;
	}
	for (uint32_t i = 0; i < b->n; i++)
		c->order[c->count[c->prev[i]]++] = i;
	memcpy(c->count, start, b->ntypes * sizeof(*c->count));
	for (uint32_t i = 0; i < b->n; i++) {
		uint32_t row = c->order[i];

		c->rows[c->count[b->type[row]]++] = row;
	}
}

const struct sr_type *sr_type_as_written(const char *name, size_t len, const uint8_t *cls,
					 uint32_t ncols)
{
	const struct sr_type *s = sr_type_by_name(name, len);

	for (uint32_t i = 0; s && i < ncols && i < s->nargs; i++) {
		enum sr_class now = sr_kinds[s->args[i].kind].cls;

		if (now == SR_CLASS_BYTES && cls[i] == SR_CLASS_NUM)
			continue; /* before what it points to was kept */
		if (cls[i] != now)
			return NULL;
	}
	return s;
}
