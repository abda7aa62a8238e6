/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/rows.h"
#include "formats/meta.h"
#include "formats/zone.h"

#include <string.h>

uint32_t sr_sel_next(const uint64_t *sel, uint32_t n, uint32_t row)
{
	uint64_t word;
	size_t i = row / 64;

	if (row >= n)
		return n;
	word = sel[i] & (~0ull << (row % 64));
	while (!word) {
		if (++i >= SR_SEL_WORDS(n))
			return n;
		word = sel[i];
	}
	row = (uint32_t)(i * 64) + (uint32_t)__builtin_ctzll(word);
	return row < n ? row : n;
}

uint64_t sr_sel_count(const uint64_t *sel, uint32_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < SR_SEL_WORDS(n); i++)
		sum += (uint64_t)__builtin_popcountll(sel[i]);
	return sum;
}

void sr_sel_fill(uint64_t *sel, uint32_t n)
{
	memset(sel, 0xff, SR_SEL_WORDS(n) * sizeof(*sel));
	if (n % 64)
		sel[n / 64] = (1ull << (n % 64)) - 1;
}

static bool type_is(const struct sr_block_type *t, enum sr_xevent x)
{
	return t->type && t->type->xevent == (int)x;
}

bool sr_rows_has(const struct sr_block *b, enum sr_xevent x)
{
	for (uint32_t i = 0; i < b->ntypes; i++)
		if (type_is(&b->types[i], x) && b->types[i].nrows)
			return true;
	return false;
}

bool sr_rows_may_have(const struct sr_block *b, enum sr_xevent x)
{
	return b->have & SR_NEED_TYPE ? sr_rows_has(b, x) : !b->zone || sr_zone_has(b->zone, x);
}

bool sr_rows_is(const struct sr_block *b, uint32_t row, enum sr_xevent x)
{
	return type_is(sr_block_type_of(b, row), x);
}

bool sr_rows_happened(const struct sr_block_type *t)
{
	return !type_is(t, SR_X_PROCESS) && !type_is(t, SR_X_OPENFILE) && !type_is(t, SR_X_LOST);
}

uint64_t sr_rows_events(const struct sr_block *b)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < b->ntypes; i++)
		if (sr_rows_happened(&b->types[i]))
			n += b->types[i].nrows;
	return n;
}

/* Value of the argument called @name of @row, or @dflt. */
static uint64_t named_arg(const struct sr_block *b, uint32_t row, const char *name, uint64_t dflt)
{
	const struct sr_block_type *t = sr_block_type_of(b, row);

	for (unsigned int i = 0; t->type && i < t->type->nargs && i < t->ncols; i++)
		if (strcmp(t->type->args[i].name, name) == 0)
			return t->cols[i].val[b->nth[row]];
	return dflt;
}

/* "DATA", or NULL if nobody said. */
static const char *class_name(uint64_t class)
{
	const struct sr_xlat_table *t = sr_xlat_table(SR_XLAT_lost_class);

	for (size_t i = 0; i < t->n; i++)
		if (t->rows[i].value == class && class != SR_EC_UNKNOWN)
			return t->rows[i].name;
	return NULL;
}

void sr_rows_gap(const struct sr_block *b, uint32_t row, struct sr_rows_gap *out)
{
	out->count = named_arg(b, row, "count", 0);
	out->from = named_arg(b, row, "from", 0);
	out->to = named_arg(b, row, "to", b->time[row]);
	out->cpu = (unsigned int)named_arg(b, row, "cpu", b->cpu[row]);
	out->class = class_name(named_arg(b, row, "class", SR_EC_UNKNOWN));
}

void sr_rows_whose(const struct sr_block *b, uint32_t row, struct sr_buf *out)
{
	const struct sr_cgroup *cg = &b->cgroups[b->threads[b->thread[row]].cgroup];
	const struct sr_container *c = cg->container;
	struct sr_str path = b->strs[cg->path];

	if (c && *c->name)
		sr_buf_puts(out, " of "), sr_buf_clean(out, c->name, strlen(c->name));
	else if (path.len)
		sr_buf_puts(out, " of "), sr_buf_clean(out, path.p, path.len);
}

int sr_rows_lost(struct sr_block *b, uint64_t *out, struct sr_err *err)
{
	int rc = sr_block_load(b, SR_NEED_TYPE, err);

	*out = 0;
	if (rc < 0 || !sr_rows_has(b, SR_X_LOST))
		return rc;
	rc = sr_block_load(b, SR_NEED_ARGS, err);
	for (uint32_t row = 0; rc == 0 && row < b->n; row++)
		if (sr_rows_is(b, row, SR_X_LOST))
			*out += named_arg(b, row, "count", 0);
	return rc;
}
