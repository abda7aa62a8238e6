/* SPDX-License-Identifier: Apache-2.0 */
/* From rows of a block to the columns of a batch. What hangs on an entry of a
 * dictionary (thread, file, event type) is made once for each entry that occurs. */
#include "chisels/host_internal.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* ---- which fields ---- */

static uint8_t own_type(const struct sr_field *f)
{
	switch (f->type) {
	case SR_V_INT:
		return SYSREEL_INT;
	case SR_V_UINT:
		return SYSREEL_UINT;
	case SR_V_BOOL:
		return SYSREEL_BOOL;
	case SR_V_TIME:
		return SYSREEL_TIME;
	case SR_V_DUR:
		return SYSREEL_DURATION;
	case SR_V_DOUBLE:
		return SYSREEL_DOUBLE;
	default:
		return SYSREEL_STR;
	}
}

static int resolve_one(struct sr_chisel *c, struct sr_hostcol *col, const struct sysreel_field *f,
		       struct sr_err *err)
{
	struct sr_err why;
	char *name;
	int n, rc = sr_chisel_args_expand(c, f->name, false, &name, err);

	if (rc < 0)
		return rc;
	n = sr_fieldref_parse(&col->ref, name, strlen(name), &why);
	col->known = n >= 0 && (size_t)n == strlen(name);
	col->type = f->type ? f->type : col->known ? own_type(col->ref.field) : SYSREEL_STR;
	if (!col->known && !(f->flags & SYSREEL_FIELD_OPTIONAL))
		rc = sr_err_set(err, -EINVAL, SR_NO_POS, "chisel %s: field '%s': %s",
				c->plugin.name, name, n < 0 ? why.msg : "not a field name");
	else if (col->known && own_type(col->ref.field) == SYSREEL_STR && col->type != SYSREEL_STR)
		rc = sr_err_set(err, -EINVAL, SR_NO_POS,
				"chisel %s wants %s as a number: it is text", c->plugin.name, name);
	else if (col->known)
		c->need |= sr_fieldref_need(&col->ref);
	free(name);
	return rc;
}

int sr_chisel_fields_resolve(struct sr_chisel *c, struct sr_err *err)
{
	int rc = 0;

	c->need = SR_NEED_TIME;
	for (uint32_t i = 0; i < c->plugin.d.nfields && rc == 0; i++)
		rc = resolve_one(c, &c->cols[i], &c->plugin.d.fields[i], err);
	return rc;
}

/* ---- values ---- */

static int keep_text(struct sr_chisel *c, const void *p, size_t len, struct sysreel_str *out)
{
	char *copy = sr_arena_alloc(&c->arena, len ? len : 1);

	if (!copy)
		return -ENOMEM;
	if (len)
		memcpy(copy, p, len);
	out->p = copy;
	out->len = len > UINT32_MAX ? UINT32_MAX : (uint32_t)len;
	return 0;
}

static int as_text(struct sr_chisel *c, const struct sr_hostcol *col, struct sr_view *v,
		   const struct sr_val *val, struct sysreel_str *out)
{
	if (val->type == SR_V_STR) {
		out->cut = val->why == SR_TRUNC;
		return keep_text(c, val->s.p, val->s.len, out);
	}
	c->text.len = 0;
	(void)sr_val_text(&col->ref, val, v, &c->text); /* false only for absent values */
	return c->text.oom ? -ENOMEM : keep_text(c, c->text.p, c->text.len, out);
}

static uint64_t bits(double d)
{
	uint64_t u;

	memcpy(&u, &d, sizeof(u));
	return u;
}

/* A number in the type wanted, as 64 bits; false if the value is not a number. */
static bool as_number(uint8_t type, const struct sr_val *val, uint64_t *out)
{
	if (val->type == SR_V_STR || val->type == SR_V_IP)
		return false;
	if (type == SYSREEL_DOUBLE)
		*out = bits(val->type == SR_V_DOUBLE ? val->d
			    : val->type == SR_V_INT  ? (double)val->i
						     : (double)val->u);
	else if (val->type != SR_V_DOUBLE)
		*out = val->u;
	else
		*out = val->d >= -9e18 && val->d <= 9e18 ? (uint64_t)(int64_t)val->d : 0;
	return true;
}

static int put(struct sr_chisel *c, const struct sr_hostcol *col, struct sr_view *v,
	       const struct sr_val *val, uint32_t i, uint8_t *why, uint64_t *u,
	       struct sysreel_str *s)
{
	why[i] = SYSREEL_PRESENT;
	if (val->type == SR_V_ABSENT)
		why[i] = val->why ? val->why : SYSREEL_UNKNOWN;
	assert(col->type == SYSREEL_STR ? s != NULL : u != NULL);
	if (col->type == SYSREEL_STR) {
		s[i] = (struct sysreel_str){ .p = "" };
		return why[i] ? 0 : as_text(c, col, v, val, &s[i]);
	}
	u[i] = 0;
	if (!why[i] && !as_number(col->type, val, &u[i]))
		why[i] = SYSREEL_NONE;
	return 0;
}

/* ---- columns ---- */

static uint32_t dict_size(const struct sr_block *b, const struct sr_hostcol *col)
{
	if (!col->known)
		return 0;
	switch (col->ref.field->scope) {
	case SR_SCOPE_TYPE:
		return b->ntypes;
	case SR_SCOPE_THREAD:
		return b->nthreads;
	case SR_SCOPE_FILE:
		return b->nfiles;
	default:
		return 0;
	}
}

static uint32_t dict_index(const struct sr_block *b, const struct sr_hostcol *col, uint32_t row)
{
	switch (col->ref.field->scope) {
	case SR_SCOPE_TYPE:
		return b->type[row];
	case SR_SCOPE_THREAD:
		return b->thread[row];
	default:
		return b->file[row];
	}
}

/* ---- codes ---- */

static int codes_begin(struct sr_chisel *c, struct sr_hostcol *col)
{
	uint64_t n = 16;

	while (n < 2 * (uint64_t)col->ndict)
		n *= 2;
	col->mask = (uint32_t)(n - 1);
	col->dcode = sr_arena_zalloc(&c->arena, col->ndict, sizeof(*col->dcode));
	col->slots = sr_arena_zalloc(&c->arena, n, sizeof(*col->slots));
	return col->dcode && col->slots ? 0 : -ENOMEM;
}

static bool same_value(const struct sr_hostcol *col, uint32_t a, uint32_t b)
{
	if (col->dwhy[a] != col->dwhy[b])
		return false;
	if (col->du)
		return col->du[a] == col->du[b];
	return col->ds[a].len == col->ds[b].len &&
	       memcmp(col->ds[a].p, col->ds[b].p, col->ds[a].len) == 0;
}

/* Gives entry @i, just fetched, the code of its value: many threads are in one container. */
static void set_code(struct sr_hostcol *col, uint32_t i)
{
	uint64_t hash = col->dwhy[i] ? col->dwhy[i]
			: col->du    ? XXH3_64bits(&col->du[i], sizeof(col->du[i]))
				     : XXH3_64bits(col->ds[i].p, col->ds[i].len);
	uint32_t s = (uint32_t)hash & col->mask;

	for (; col->slots[s]; s = (s + 1) & col->mask) {
		if (same_value(col, col->slots[s] - 1, i)) {
			col->dcode[i] = col->slots[s] - 1;
			return;
		}
	}
	col->slots[s] = i + 1;
	col->dcode[i] = i;
}

int sr_chisel_block_begin(struct sr_chisel *c, struct sr_view *v)
{
	sr_arena_reset(&c->arena);
	for (uint32_t i = 0; i < c->plugin.d.nfields; i++) {
		struct sr_hostcol *col = &c->cols[i];

		col->ndict = dict_size(v->b, col);
		if (!col->ndict)
			continue;
		col->done = sr_arena_zalloc(&c->arena, col->ndict, sizeof(*col->done));
		col->dwhy = sr_arena_zalloc(&c->arena, col->ndict, sizeof(*col->dwhy));
		col->du = NULL;
		col->ds = NULL;
		if (col->type == SYSREEL_STR)
			col->ds = sr_arena_zalloc(&c->arena, col->ndict, sizeof(*col->ds));
		else
			col->du = sr_arena_zalloc(&c->arena, col->ndict, sizeof(*col->du));
		if (!col->done || !col->dwhy || (!col->du && !col->ds) || codes_begin(c, col) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* The arrays of one column while they are filled. */
struct filling {
	uint8_t *why;
	uint64_t *u;
	struct sysreel_str *s;
	uint32_t *code;
};

static int fill_from_dict(struct sr_chisel *c, struct sr_hostcol *col, struct sr_view *v,
			  const uint32_t *rows, uint32_t n, struct filling *f)
{
	struct sr_val val;

	for (uint32_t r = 0; r < n; r++) {
		uint32_t i = dict_index(v->b, col, rows[r]);

		if (!col->done[i]) {
			sr_field_get_dict(&col->ref, v, i, &val);
			if (put(c, col, v, &val, i, col->dwhy, col->du, col->ds) < 0)
				return -ENOMEM;
			set_code(col, i);
			col->done[i] = 1;
		}
		f->code[r] = col->dcode[i];
		f->why[r] = col->dwhy[i];
		if (f->s)
			f->s[r] = col->ds[i];
		else
			f->u[r] = col->du[i];
	}
	return 0;
}

static int fill_from_events(struct sr_chisel *c, struct sr_hostcol *col, struct sr_view *v,
			    const uint32_t *rows, uint32_t n, struct filling *f)
{
	struct sr_val val;

	for (uint32_t r = 0; r < n; r++) {
		if (col->known)
			sr_field_get(&col->ref, v, rows[r], &val);
		else
			val = (struct sr_val){ .type = SR_V_ABSENT, .why = SR_UNKNOWN };
		if (put(c, col, v, &val, r, f->why, f->u, f->s) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* What comes from a dictionary is copied whole; an event without a value leaves zeros. */
static void *array(struct sr_chisel *c, const struct sr_hostcol *col, uint32_t n, size_t size)
{
	return col->ndict ? sr_arena_alloc(&c->arena, n * size)
			  : sr_arena_zalloc(&c->arena, n, size);
}

static int make_column(struct sr_chisel *c, struct sr_hostcol *col, struct sr_view *v,
		       const uint32_t *rows, uint32_t n, struct sysreel_column *out)
{
	struct filling f = { 0 };

	f.why = array(c, col, n, sizeof(*f.why));
	if (col->type == SYSREEL_STR)
		f.s = array(c, col, n, sizeof(*f.s));
	else
		f.u = array(c, col, n, sizeof(*f.u));
	if (col->ndict)
		f.code = array(c, col, n, sizeof(*f.code));
	if (!f.why || (!f.s && !f.u) || (col->ndict && !f.code))
		return -ENOMEM;
	*out = (struct sysreel_column){ .type = col->type, .why = f.why };
	if (f.s)
		out->s = f.s;
	else
		out->u = f.u;
	out->code = f.code;
	out->ncodes = col->ndict;
	return col->ndict ? fill_from_dict(c, col, v, rows, n, &f)
			  : fill_from_events(c, col, v, rows, n, &f);
}

/* Numbers and times of the rows. */
static int make_times(struct sr_chisel *c, const struct sr_view *v, const uint32_t *rows,
		      struct sysreel_batch *out)
{
	uint64_t *num = sr_arena_alloc(&c->arena, out->n * sizeof(*num));
	uint64_t *time = sr_arena_alloc(&c->arena, out->n * sizeof(*time));

	if (!num || !time)
		return -ENOMEM;
	for (uint32_t r = 0; r < out->n; r++) {
		num[r] = v->b->first_num + rows[r];
		time[r] = v->b->time[rows[r]] + c->ahead;
	}
	out->num = num;
	out->time = time;
	return 0;
}

int sr_chisel_batch_make(struct sr_chisel *c, struct sr_view *v, const uint32_t *rows, uint32_t n,
			 struct sysreel_batch *out)
{
	uint32_t ncols = c->plugin.d.nfields;
	struct sysreel_column *cols = sr_arena_zalloc(&c->arena, ncols + 1, sizeof(*cols));

	if (!cols)
		return -ENOMEM;
	*out = (struct sysreel_batch){ .size = sizeof(*out), .n = n, .ncols = ncols, .cols = cols };
	if (c->plugin.d.on_batch && make_times(c, v, rows, out) < 0)
		return -ENOMEM; /* else nobody looks at them */
	for (uint32_t i = 0; i < ncols; i++)
		if (make_column(c, &c->cols[i], v, rows, n, &cols[i]) < 0)
			return -ENOMEM;
	return 0;
}
