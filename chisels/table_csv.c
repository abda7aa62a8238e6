/* SPDX-License-Identifier: Apache-2.0 */
/* Tables as CSV (RFC 4180, with a line's end of one character): numbers without units. */
#include "chisels/table_internal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void sr_csv_str(const char *p, size_t len, struct sr_buf *out)
{
	bool quote = false;

	for (size_t i = 0; i < len && !quote; i++)
		quote = p[i] == '"' || p[i] == ',' || p[i] == '\n' || p[i] == '\r';
	if (!quote) {
		sr_buf_put(out, p, len);
		return;
	}
	sr_buf_putc(out, '"');
	for (size_t i = 0; i < len; i++) {
		if (p[i] == '"')
			sr_buf_putc(out, '"');
		sr_buf_putc(out, p[i]);
	}
	sr_buf_putc(out, '"');
}

/* What is absent is empty. */
static void put_cell(const struct sysreel_value *v, struct sr_buf *out)
{
	if (v->why || (v->type == SYSREEL_DOUBLE && !isfinite(v->d)))
		return;
	if (v->type == SYSREEL_STR)
		sr_csv_str(v->s.p, v->s.len, out);
	else
		sr_cell_json(v, out);
}

void sr_table_csv_head(const struct sysreel_table *t, bool time, struct sr_buf *out)
{
	if (time)
		sr_buf_puts(out, "interval_end,");
	for (uint32_t i = 0; i < t->ncols; i++) {
		const char *name = t->def.cols[i].name;

		if (i)
			sr_buf_putc(out, ',');
		sr_csv_str(name, strlen(name), out);
	}
	sr_buf_putc(out, '\n');
}

void sr_table_row_csv(const struct sysreel_table *t, const struct sysreel_value *cells,
		      struct sr_buf *out)
{
	for (uint32_t i = 0; i < t->ncols; i++) {
		if (i)
			sr_buf_putc(out, ',');
		put_cell(&cells[i], out);
	}
	sr_buf_putc(out, '\n');
}

int sr_table_csv(struct sysreel_table *t, uint64_t time, struct sr_buf *out)
{
	struct sr_acc **rows = sr_table_sorted(t);
	uint32_t shown = sr_table_shown(t);

	for (uint32_t r = 0; rows && r < shown; r++) {
		struct sysreel_value cells[SYSREEL_MAX_COLS];

		if (time) {
			sr_buf_u64(out, time);
			sr_buf_putc(out, ',');
		}
		for (uint32_t i = 0; i < t->ncols; i++)
			cells[i] = sr_acc_value(t, i, &rows[r][i]);
		sr_table_row_csv(t, cells, out);
	}
	free(rows);
	return !rows || out->oom || t->oom ? -ENOMEM : 0;
}
