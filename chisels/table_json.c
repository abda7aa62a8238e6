/* SPDX-License-Identifier: Apache-2.0 */
/* Tables as programs read them. */
#include "chisels/table_internal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void sr_cell_json(const struct sysreel_value *v, struct sr_buf *out)
{
	if (v->why || (v->type == SYSREEL_DOUBLE && !isfinite(v->d))) {
		sr_buf_puts(out, "null");
		return;
	}
	switch (v->type) {
	case SYSREEL_STR:
		sr_buf_json_str(out, v->s.p, v->s.len);
		break;
	case SYSREEL_INT:
		sr_buf_i64(out, v->i);
		break;
	case SYSREEL_BOOL:
		sr_buf_puts(out, v->u ? "true" : "false");
		break;
	case SYSREEL_DOUBLE:
		sr_buf_printf(out, "%.17g", v->d);
		break;
	default:
		sr_buf_u64(out, v->u);
	}
}

static void put_key(struct sr_buf *out, const char *key)
{
	sr_buf_json_str(out, key, strlen(key));
	sr_buf_putc(out, ':');
}

static void put_count(struct sr_buf *out, const char *key, uint64_t n)
{
	put_key(out, key);
	sr_buf_u64(out, n);
}

void sr_table_row_json(const struct sysreel_table *t, const struct sysreel_value *cells,
		       struct sr_buf *out)
{
	for (uint32_t i = 0; i < t->ncols; i++) {
		sr_buf_putc(out, i ? ',' : '{');
		put_key(out, t->def.cols[i].name);
		sr_cell_json(&cells[i], out);
	}
	sr_buf_putc(out, '}');
}

static void put_row(const struct sysreel_table *t, const struct sr_acc *row, struct sr_buf *out)
{
	struct sysreel_value cells[SYSREEL_MAX_COLS];

	for (uint32_t i = 0; i < t->ncols; i++)
		cells[i] = sr_acc_value(t, i, &row[i]);
	sr_table_row_json(t, cells, out);
}

/* Members ,"NAME":VALUE of the columns that are not keys. */
static void put_values(const struct sysreel_table *t, const struct sr_acc *row, struct sr_buf *out)
{
	for (uint32_t i = 0; i < t->ncols; i++) {
		struct sysreel_value v = sr_acc_value(t, i, &row[i]);

		if (sr_col_is_key(t, i))
			continue;
		sr_buf_putc(out, ',');
		put_key(out, t->def.cols[i].name);
		sr_cell_json(&v, out);
	}
}

static void put_missing(const struct sysreel_table *t, uint32_t col, const struct sr_missing *m,
			bool *first, struct sr_buf *out)
{
	if (!m->events)
		return;
	sr_buf_puts(out, *first ? "{" : ",{");
	*first = false;
	put_key(out, "column");
	sr_buf_json_str(out, t->def.cols[col].name, strlen(t->def.cols[col].name));
	sr_buf_putc(out, ',');
	put_count(out, "events", m->events);
	sr_buf_puts(out, ",\"reasons\":{");
	for (unsigned int why = 1, n = 0; why < SYSREEL_WHY_COUNT; why++) {
		if (!m->by[why])
			continue;
		if (n++)
			sr_buf_putc(out, ',');
		put_count(out, sr_why_name(why), m->by[why]);
	}
	sr_buf_puts(out, "}}");
}

static void put_absent(const struct sysreel_table *t, struct sr_buf *out)
{
	uint64_t left_out = 0;
	bool first = true;

	sr_buf_puts(out, ",\"absent\":[");
	for (uint32_t i = 0; i < t->ncols; i++) {
		put_missing(t, i, &t->key[i], &first, out);
		put_missing(t, i, &t->value[i], &first, out);
		left_out += t->key[i].events;
	}
	sr_buf_puts(out, "]");
	if (!(t->def.flags & SYSREEL_TABLE_GROUP))
		return;
	sr_buf_puts(out, ",\"left_out\":{");
	put_count(out, "events", left_out);
	put_values(t, t->left_out, out);
	sr_buf_putc(out, '}');
}

int sr_table_json(struct sysreel_table *t, struct sr_buf *out)
{
	struct sr_acc **rows = sr_table_sorted(t);
	uint32_t shown = sr_table_shown(t);

	if (!rows)
		return -ENOMEM;
	sr_buf_puts(out, "{\"title\":");
	if (t->def.title)
		sr_buf_json_str(out, t->def.title, strlen(t->def.title));
	else
		sr_buf_puts(out, "null");
	sr_buf_puts(out, ",\"rows\":[");
	for (uint32_t r = 0; r < shown; r++) {
		if (r)
			sr_buf_putc(out, ',');
		put_row(t, rows[r], out);
	}
	sr_buf_puts(out, "],\"others\":{");
	put_count(out, "rows", t->nrows - shown);
	sr_buf_puts(out, ",\"limit_reached\":");
	sr_buf_puts(out, t->nover ? "true" : "false");
	if (t->def.flags & SYSREEL_TABLE_GROUP) {
		struct sr_acc sum[SYSREEL_MAX_COLS];

		sr_table_others(t, rows, shown, sum);
		put_values(t, sum, out);
	}
	sr_buf_putc(out, '}');
	put_absent(t, out);
	sr_buf_putc(out, '}');
	free(rows);
	return out->oom || t->oom ? -ENOMEM : 0;
}
