/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of tables: adding, merging by keys, sorting. */
#include "chisels/table_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define KNOWN_FLAGS                                                                          \
	(unsigned int)(SYSREEL_TABLE_GROUP | SYSREEL_TABLE_STREAM | SYSREEL_TABLE_UNSORTED | \
		       SYSREEL_TABLE_ASCENDING | SYSREEL_TABLE_BEST)
/* Members of ABI 1 as first released end here. */
#define DEF_SIZE_1  (offsetof(struct sysreel_table_def, top) + sizeof(uint32_t))

#define FIRST_ROWS  64
#define BEST_ROWS   1024 /* before the rows that are not the best are dropped */
#define CACHE_SLOTS 4096 /* a power of two; holds a row for each set of keys of a usual batch */

static bool is_group(const struct sysreel_table *t)
{
	return t->def.flags & SYSREEL_TABLE_GROUP;
}

bool sr_table_is_stream(const struct sysreel_table *t)
{
	return t->def.flags & SYSREEL_TABLE_STREAM;
}

/* ---- making ---- */

static int check_def(const struct sysreel_table_def *d, struct sr_err *err)
{
	uint32_t keys = 0;

	if (d->flags & ~KNOWN_FLAGS)
		return sr_err_set(err, -EINVAL, SR_NO_POS,
				  "this sysreel does not know flags %#x of a "
				  "table: update sysreel",
				  d->flags & ~KNOWN_FLAGS);
	if (!d->cols || !d->ncols || d->ncols > SYSREEL_MAX_COLS)
		return sr_err_set(err, -EINVAL, SR_NO_POS, "a table has 1 to %d columns, not %u",
				  SYSREEL_MAX_COLS, d->ncols);
	if (d->sort >= d->ncols)
		return sr_err_set(err, -EINVAL, SR_NO_POS,
				  "a table of %u columns cannot be sorted by column %u", d->ncols,
				  d->sort);
	if ((d->flags & SYSREEL_TABLE_GROUP) && (d->flags & SYSREEL_TABLE_STREAM))
		return sr_err_set(err, -EINVAL, SR_NO_POS, "a stream cannot merge rows");
	if ((d->flags & SYSREEL_TABLE_BEST) &&
	    (d->flags & ~(unsigned int)(SYSREEL_TABLE_BEST | SYSREEL_TABLE_ASCENDING)))
		return sr_err_set(err, -EINVAL, SR_NO_POS,
				  "only a sorted table of single rows keeps its best ones");
	for (uint32_t i = 0; i < d->ncols; i++) {
		if (!d->cols[i].name || !d->cols[i].title)
			return sr_err_set(err, -EINVAL, SR_NO_POS,
					  "column %u of a table has no name or no title", i);
		if (d->cols[i].op > SYSREEL_P999 || d->cols[i].unit > SYSREEL_BAR ||
		    d->cols[i].flags & ~SYSREEL_COL_OPTIONAL)
			return sr_err_set(err, -EINVAL, SR_NO_POS,
					  "column %s: this sysreel does not know its op, unit or "
					  "flags: update sysreel",
					  d->cols[i].name);
		keys += d->cols[i].op == SYSREEL_KEY;
	}
	if (!(d->flags & SYSREEL_TABLE_GROUP) && keys != d->ncols)
		return sr_err_set(err, -EINVAL, SR_NO_POS,
				  "a table that adds values up needs SYSREEL_TABLE_GROUP");
	return 0;
}

/* Takes in a definition that may be shorter or longer than ours. */
static int read_def(struct sysreel_table_def *out, const struct sysreel_table_def *def,
		    struct sr_err *err)
{
	const uint8_t *p = (const uint8_t *)def;

	if (def->size < DEF_SIZE_1 || def->size > 4096)
		return sr_err_set(err, -EINVAL, SR_NO_POS,
				  "a table's .size is not that of struct sysreel_table_def");
	for (size_t i = sizeof(*out); i < def->size; i++)
		if (p[i])
			return sr_err_set(err, -EINVAL, SR_NO_POS,
					  "a table needs what this sysreel does not have: update "
					  "sysreel");
	memset(out, 0, sizeof(*out));
	memcpy(out, def, def->size < sizeof(*out) ? def->size : sizeof(*out));
	out->size = sizeof(*out);
	return 0;
}

static uint32_t default_max_rows(const struct sysreel_table *t)
{
	for (uint32_t i = 0; i < t->ncols; i++)
		if (sr_op_has_sketch((enum sysreel_op)t->cols[i].op))
			return SR_TABLE_MAX_SKETCHES;
	return SR_TABLE_MAX_ROWS;
}

int sr_table_new(struct sysreel_table **out, const struct sysreel_table_def *def, int64_t top,
		 uint32_t max_rows, struct sr_err *err)
{
	struct sysreel_table_def d;
	struct sysreel_table *t;
	int rc;

	rc = read_def(&d, def, err);
	if (rc < 0)
		return rc;
	t = calloc(1, sizeof(*t));
	if (!t)
		return sr_err_set(err, -ENOMEM, SR_NO_POS, "no memory for a table");
	t->def = d;
	t->ncols = t->def.ncols;
	if (top >= 0)
		t->def.top = top > UINT32_MAX ? 0 : (uint32_t)top;
	rc = check_def(&t->def, err);
	if (rc < 0)
		goto fail;
	memcpy(t->cols, def->cols, t->ncols * sizeof(*t->cols));
	t->def.cols = t->cols;
	t->max_rows = max_rows ? max_rows : default_max_rows(t);
	*out = t;
	return 0;

fail:
	sr_table_free(t);
	return rc;
}

void sr_table_clear(struct sysreel_table *t)
{
	t->nrows = 0;
	t->nover = 0;
	if (t->slots)
		memset(t->slots, 0, ((size_t)t->mask + 1) * sizeof(*t->slots));
	memset(t->over, 0, sizeof(t->over));
	memset(t->key, 0, sizeof(t->key));
	memset(t->left_out, 0, sizeof(t->left_out));
	memset(t->value, 0, sizeof(t->value));
	sr_arena_reset(&t->arena);
}

void sr_table_set_elapsed(struct sysreel_table *t, uint64_t ns)
{
	t->elapsed = ns;
}

bool sr_table_is_empty(const struct sysreel_table *t)
{
	return !t->nrows && !t->nover;
}

void sr_table_free(struct sysreel_table *t)
{
	if (!t)
		return;
	free(t->rows);
	free(t->hashes);
	free(t->events);
	free(t->slots);
	free(t->cache);
	sr_arena_free(&t->arena);
	free(t);
}

static void note_missing(struct sr_missing *m, uint8_t why)
{
	m->events++;
	m->by[why < SYSREEL_WHY_COUNT ? why : SYSREEL_UNKNOWN]++;
}

/* ---- finding the row of some keys ---- */

static uint64_t hash_keys(const struct sysreel_table *t, const struct sysreel_value *cells)
{
	uint64_t h = 0;

	for (uint32_t i = 0; i < t->ncols; i++) {
		if (!sr_col_is_key(t, i))
			continue;
		if (cells[i].why)
			h = XXH3_64bits_withSeed("", 0, h + 1);
		else if (cells[i].type == SYSREEL_STR)
			h = XXH3_64bits_withSeed(cells[i].s.p, cells[i].s.len, h);
		else
			h = XXH3_64bits_withSeed(&cells[i].u, sizeof(cells[i].u), h);
	}
	return h;
}

static bool same_keys(const struct sysreel_table *t, const struct sr_acc *row,
		      const struct sysreel_value *cells)
{
	for (uint32_t i = 0; i < t->ncols; i++) {
		if (!sr_col_is_key(t, i))
			continue;
		if (!row[i].v.why != !cells[i].why)
			return false;
		if (!cells[i].why && sr_value_compare(&row[i].v, &cells[i]) != 0)
			return false;
	}
	return true;
}

static int rehash(struct sysreel_table *t, uint32_t slots)
{
	uint32_t *p = calloc(slots, sizeof(*p));

	if (!p)
		return -ENOMEM;
	for (uint32_t i = 0; i < t->nrows; i++) {
		uint32_t s = (uint32_t)t->hashes[i] & (slots - 1);

		while (p[s])
			s = (s + 1) & (slots - 1);
		p[s] = i + 1;
	}
	free(t->slots);
	t->slots = p;
	t->mask = slots - 1;
	return 0;
}

static int grow(struct sysreel_table *t)
{
	uint32_t cap = t->cap ? t->cap * 2 : FIRST_ROWS;
	void *p;

	p = realloc(t->rows, cap * sizeof(*t->rows));
	if (!p)
		return -ENOMEM;
	t->rows = p;
	p = realloc(t->hashes, cap * sizeof(*t->hashes));
	if (!p)
		return -ENOMEM;
	t->hashes = p;
	if (t->part) {
		p = realloc(t->events, cap * sizeof(*t->events));
		if (!p)
			return -ENOMEM;
		t->events = p;
	}
	if (is_group(t) && rehash(t, cap * 2) < 0)
		return -ENOMEM;
	t->cap = cap;
	return 0;
}

static int copy_text(struct sysreel_table *t, struct sysreel_value *v)
{
	char *p;

	if (v->why || v->type != SYSREEL_STR)
		return 0;
	p = sr_arena_alloc(&t->arena, v->s.len ? v->s.len : 1);
	if (!p)
		return -ENOMEM;
	if (v->s.len)
		memcpy(p, v->s.p, v->s.len);
	v->s.p = p;
	return 0;
}

/* Appends a row that holds the keys alone. */
static int new_row(struct sysreel_table *t, const struct sysreel_value *cells, uint64_t hash)
{
	struct sr_acc *row;

	if (t->nrows == t->cap && grow(t) < 0)
		return -ENOMEM;
	row = sr_arena_zalloc(&t->arena, t->ncols, sizeof(*row));
	if (!row)
		return -ENOMEM;
	for (uint32_t i = 0; i < t->ncols; i++) {
		if (!sr_col_is_key(t, i))
			continue;
		row[i].v = cells[i];
		row[i].n = !cells[i].why;
		if (copy_text(t, &row[i].v) < 0)
			return -ENOMEM;
	}
	t->rows[t->nrows] = row;
	t->hashes[t->nrows] = hash;
	if (t->part)
		t->events[t->nrows] = 0;
	t->nrows++;
	return 0;
}

enum {
	ROW_OVER = -1,
	ROW_LEFT_OUT = -2
}; /* in place of the index of a row */

/* Index of the row with these keys, made if need be; ROW_OVER if there is no room for it. */
static int find_row(struct sysreel_table *t, const struct sysreel_value *cells, int64_t *out)
{
	uint64_t hash = hash_keys(t, cells);
	uint32_t s;

	for (s = (uint32_t)hash & t->mask; t->slots && t->slots[s]; s = (s + 1) & t->mask) {
		uint32_t i = t->slots[s] - 1;

		if (t->hashes[i] == hash && same_keys(t, t->rows[i], cells)) {
			*out = i;
			return 0;
		}
	}
	*out = ROW_OVER;
	if (t->nrows >= t->max_rows)
		return 0;
	*out = t->nrows;
	if (new_row(t, cells, hash) < 0)
		return -ENOMEM;
	for (s = (uint32_t)hash & t->mask; t->slots[s]; s = (s + 1) & t->mask)
		; /* growing may have moved everything */
	t->slots[s] = t->nrows;
	return 0;
}

/* The first key that a row must have and has not; -1 none. */
static int absent_key(const struct sysreel_table *t, const struct sysreel_value *cells)
{
	for (uint32_t i = 0; i < t->ncols; i++)
		if (sr_col_is_key(t, i) && cells[i].why &&
		    !(t->def.cols[i].flags & SYSREEL_COL_OPTIONAL))
			return (int)i;
	return -1;
}

/* Which row the cells belong to: an index, ROW_OVER or ROW_LEFT_OUT. */
static int place_row(struct sysreel_table *t, const struct sysreel_value *cells, int64_t *out)
{
	*out = ROW_LEFT_OUT;
	return absent_key(t, cells) >= 0 ? 0 : find_row(t, cells, out);
}

/* The cells that values of a row are added to. */
static struct sr_acc *place(struct sysreel_table *t, int64_t where)
{
	return where >= 0 ? t->rows[where] : where == ROW_OVER ? t->over : t->left_out;
}

/* Counts a row that has no place of its own. */
static void note_row(struct sysreel_table *t, const struct sysreel_value *cells, int64_t where)
{
	int key = absent_key(t, cells);

	if (where == ROW_OVER)
		t->nover++;
	else if (where == ROW_LEFT_OUT && key >= 0)
		note_missing(&t->key[key], cells[key].why);
}

static void add_value_to(struct sysreel_table *t, struct sr_acc *a, uint32_t col,
			 const struct sysreel_value *v, int64_t where)
{
	enum sysreel_op op = (enum sysreel_op)t->def.cols[col].op;

	if (v->why && op != SYSREEL_COUNT && where != ROW_LEFT_OUT &&
	    !(t->def.cols[col].flags & SYSREEL_COL_OPTIONAL))
		note_missing(&t->value[col], v->why);
	sr_acc_add(t, a, op, v);
}

/* Adds the values of a row to where place_row() says. */
static void add_values(struct sysreel_table *t, const struct sysreel_value *cells, int64_t where)
{
	struct sr_acc *to = place(t, where);

	if (t->part && where >= 0)
		t->events[where]++;
	note_row(t, cells, where);
	for (uint32_t i = 0; i < t->ncols; i++)
		if (!sr_col_is_key(t, i))
			add_value_to(t, &to[i], i, &cells[i], where);
}

/* Can text be put into a column? */
static bool takes_text(const struct sysreel_col *c)
{
	return c->op == SYSREEL_KEY || c->op == SYSREEL_COUNT || c->op == SYSREEL_DISTINCT;
}

static int check_row(const struct sysreel_table *t, const struct sysreel_value *cells)
{
	for (uint32_t i = 0; i < t->ncols; i++)
		if (!takes_text(&t->def.cols[i]) && !cells[i].why && cells[i].type == SYSREEL_STR)
			return -EINVAL;
	return 0;
}

/* Lets go of the rows that are not among the best, and of their texts. */
static int keep_best(struct sysreel_table *t)
{
	uint32_t keep = sr_table_shown(t), had = t->nrows;
	struct sr_acc **rows = sr_table_sorted(t);
	struct sr_arena old = t->arena;
	int rc = rows ? 0 : -ENOMEM;

	t->arena = (struct sr_arena){ 0 };
	t->nrows = 0;
	for (uint32_t r = 0; rc == 0 && r < keep; r++) {
		struct sysreel_value cells[SYSREEL_MAX_COLS];

		for (uint32_t i = 0; i < t->ncols; i++)
			cells[i] = rows[r][i].v;
		rc = new_row(t, cells, 0);
	}
	t->nover += had - keep;
	sr_arena_free(&old);
	free(rows);
	return rc;
}

/* A row that is not merged with others. */
static int single_row(struct sysreel_table *t, const struct sysreel_value *cells)
{
	bool best = (t->def.flags & SYSREEL_TABLE_BEST) && t->def.top;

	if (best && t->nrows >= BEST_ROWS && t->nrows / 2 >= t->def.top && keep_best(t) < 0)
		return -ENOMEM;
	if (t->nrows < t->max_rows)
		return new_row(t, cells, 0);
	t->nover++;
	return 0;
}

int sr_table_row(struct sysreel_table *t, const struct sysreel_value *cells)
{
	int64_t where;

	if (!is_group(t))
		return single_row(t, cells);
	if (check_row(t, cells) < 0)
		return -EINVAL;
	if (place_row(t, cells, &where) < 0)
		return -ENOMEM;
	add_values(t, cells, where);
	return t->oom ? -ENOMEM : 0;
}

/* ---- parts ---- */

void sr_table_make_part(struct sysreel_table *t)
{
	t->def.flags &= ~(unsigned int)SYSREEL_TABLE_BEST; /* all of them are told */
	t->max_rows = UINT32_MAX;
	t->part = true;
}

static void add_missing(struct sr_missing *a, const struct sr_missing *b)
{
	a->events += b->events;
	for (size_t i = 0; i < SYSREEL_WHY_COUNT; i++)
		a->by[i] += b->by[i];
}

static void merge_cells(struct sysreel_table *t, struct sr_acc *to, const struct sr_acc *from)
{
	for (uint32_t i = 0; i < t->ncols; i++)
		if (!sr_col_is_key(t, i))
			sr_acc_merge(t, &to[i], (enum sysreel_op)t->def.cols[i].op, &from[i]);
}

static int merge_row(struct sysreel_table *t, const struct sysreel_table *part, uint32_t row)
{
	struct sysreel_value cells[SYSREEL_MAX_COLS] = { 0 };
	int64_t where;

	for (uint32_t i = 0; i < t->ncols; i++)
		cells[i] = part->rows[row][i].v;
	if (!is_group(t))
		return single_row(t, cells);
	if (find_row(t, cells, &where) < 0)
		return -ENOMEM;
	t->nover += where == ROW_OVER ? part->events[row] : 0;
	if (t->part && where >= 0)
		t->events[where] += part->events[row];
	merge_cells(t, place(t, where), part->rows[row]);
	return 0;
}

int sr_table_merge(struct sysreel_table *t, struct sysreel_table *part)
{
	int rc = part->oom ? -ENOMEM : 0;

	for (uint32_t r = 0; rc == 0 && r < part->nrows; r++)
		rc = merge_row(t, part, r);
	for (uint32_t i = 0; i < t->ncols; i++) {
		add_missing(&t->key[i], &part->key[i]);
		add_missing(&t->value[i], &part->value[i]);
	}
	merge_cells(t, t->left_out, part->left_out);
	sr_table_clear(part);
	return rc == 0 && t->oom ? -ENOMEM : rc;
}

/* ---- whole batches ---- */

int sr_table_check_batch(const struct sysreel_table *t, const struct sysreel_column *cols,
			 uint32_t n, struct sr_err *err)
{
	for (uint32_t i = 0; i < t->ncols; i++) {
		const struct sysreel_col *c = &t->def.cols[i];

		if (c->op == SYSREEL_COUNT)
			continue;
		if (c->field >= n)
			return sr_err_set(err, -EINVAL, SR_NO_POS,
					  "column %s wants field %u, and only %u are declared",
					  c->name, c->field, n);
		if (!takes_text(c) && cols[c->field].type == SYSREEL_STR)
			return sr_err_set(err, -EINVAL, SR_NO_POS,
					  "column %s cannot add up field %u: it is text", c->name,
					  c->field);
	}
	return 0;
}

void sr_table_cells(const struct sysreel_table *t, const struct sysreel_batch *b, uint32_t row,
		    struct sysreel_value *cells)
{
	for (uint32_t i = 0; i < t->ncols; i++) {
		const struct sysreel_col *c = &t->def.cols[i];

		cells[i] =
			c->op == SYSREEL_COUNT ? sysreel_uint(1) : sysreel_cell(b, c->field, row);
	}
}

/* Rows of a batch whose keys have equal codes belong to the same place: a small cache finds
 * it without looking at the keys themselves. */
struct codes {
	const uint32_t *code[SYSREEL_MAX_COLS];
	uint32_t n; /* 0: not all keys have codes */
};

static void key_codes(const struct sysreel_table *t, const struct sysreel_batch *b,
		      struct codes *out)
{
	out->n = 0;
	for (uint32_t i = 0; i < t->ncols; i++) {
		if (!sr_col_is_key(t, i))
			continue;
		out->code[out->n] = b->cols[t->def.cols[i].field].code;
		if (!out->code[out->n++]) {
			out->n = 0;
			return;
		}
	}
}

static uint32_t *cache_slot(struct sysreel_table *t, const struct codes *c, uint32_t row)
{
	uint32_t h = 0;

	for (uint32_t i = 0; i < c->n; i++)
		h = (h ^ c->code[i][row]) * 0x9e3779b1U;
	return &t->cache[h >> 20]; /* CACHE_SLOTS is 1 << 12 */
}

static bool same_codes(const struct codes *c, uint32_t a, uint32_t b)
{
	for (uint32_t i = 0; i < c->n; i++)
		if (c->code[i][a] != c->code[i][b])
			return false;
	return true;
}

/* Where each row of the batch belongs. *odd: some have no row of their own. */
static int place_rows(struct sysreel_table *t, const struct sysreel_batch *b, int64_t *where,
		      bool *odd)
{
	struct sysreel_value cells[SYSREEL_MAX_COLS] = { 0 };
	struct codes codes;

	key_codes(t, b, &codes);
	memset(t->cache, 0, CACHE_SLOTS * sizeof(*t->cache)); /* row + 1 of the batch */
	for (uint32_t row = 0; row < b->n; row++) {
		uint32_t *slot = codes.n ? cache_slot(t, &codes, row) : NULL;

		if (slot && *slot && same_codes(&codes, *slot - 1, row)) {
			where[row] = where[*slot - 1];
			continue;
		}
		sr_table_cells(t, b, row, cells);
		if (place_row(t, cells, &where[row]) < 0)
			return -ENOMEM;
		*odd |= where[row] < 0;
		if (slot)
			*slot = row + 1;
	}
	return 0;
}

/* Notes the rows that have no place of their own. */
static void note_rows(struct sysreel_table *t, const struct sysreel_batch *b, const int64_t *where)
{
	struct sysreel_value cells[SYSREEL_MAX_COLS] = { 0 };

	for (uint32_t row = 0; row < b->n; row++) {
		if (t->part && where[row] >= 0)
			t->events[where[row]]++;
		if (where[row] >= 0)
			continue;
		sr_table_cells(t, b, row, cells);
		note_row(t, cells, where[row]);
	}
}

/* Adds to a cell that holds an unsigned number already. */
static void add_fast(struct sr_acc *a, enum sysreel_op op, uint64_t u)
{
	a->n++;
	if (op == SYSREEL_MIN)
		a->v.u = u < a->v.u ? u : a->v.u;
	else if (op == SYSREEL_MAX)
		a->v.u = u > a->v.u ? u : a->v.u;
	else
		a->v.u = sr_add_u64(a->v.u, u);
}

/* One column of values, all rows: unsigned numbers, the usual ones, by the short way. */
static void add_column(struct sysreel_table *t, const struct sysreel_batch *b, uint32_t col,
		       const int64_t *where)
{
	enum sysreel_op op = (enum sysreel_op)t->def.cols[col].op;
	const struct sysreel_column *c =
		op == SYSREEL_COUNT ? NULL : &b->cols[t->def.cols[col].field];
	bool fast = (!c || (c->type != SYSREEL_DOUBLE && c->type != SYSREEL_INT)) &&
		    !sr_op_has_sketch(op);

	for (uint32_t row = 0; row < b->n; row++) {
		struct sr_acc *a = &place(t, where[row])[col];
		struct sysreel_value v;

		if (fast && a->n && !(c && c->why[row])) {
			add_fast(a, op, c ? c->u[row] : 1);
			continue;
		}
		v = c ? sysreel_cell(b, t->def.cols[col].field, row) : sysreel_uint(1);
		add_value_to(t, a, col, &v, where[row]);
	}
}

static int group_batch(struct sysreel_table *t, const struct sysreel_batch *b, int64_t *where)
{
	bool odd = false;
	int rc = place_rows(t, b, where, &odd);

	if (rc < 0)
		return rc;
	if (odd || t->part)
		note_rows(t, b, where);
	for (uint32_t i = 0; i < t->ncols; i++)
		if (!sr_col_is_key(t, i))
			add_column(t, b, i, where);
	return t->oom ? -ENOMEM : 0;
}

int sr_table_batch(struct sysreel_table *t, const struct sysreel_batch *b, struct sr_err *err)
{
	struct sysreel_value cells[SYSREEL_MAX_COLS] = { 0 };
	int64_t *where;
	int rc;

	rc = sr_table_check_batch(t, b->cols, b->ncols, err);
	if (rc < 0)
		return rc;
	if (!is_group(t)) {
		for (uint32_t row = 0; row < b->n && rc == 0; row++) {
			sr_table_cells(t, b, row, cells);
			rc = sr_table_row(t, cells);
		}
		return rc;
	}
	if (!t->cache)
		t->cache = calloc(CACHE_SLOTS, sizeof(*t->cache));
	where = malloc(b->n * sizeof(*where));
	rc = t->cache && where ? group_batch(t, b, where) : -ENOMEM;
	free(where);
	return rc == 0 ? 0 : sr_err_set(err, rc, SR_NO_POS, "no memory for the rows of a table");
}
