/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of chisels: rows are added (merged by their keys, if the table groups),
 * sorted, cut to the largest, and rendered for a terminal or as JSON. */
#ifndef SR_TABLE_H
#define SR_TABLE_H

#include "chisels/include/sysreel/chisel.h"
#include "formats/base/buf.h"
#include "formats/base/err.h"

#include <stdbool.h>

/* Groups (or rows) that a table keeps apart: some 30 MB. What comes later is added up. */
#define SR_TABLE_MAX_ROWS     100000
/* The same for tables with percentiles or distinct counts, which take up to 8 KB per cell. */
#define SR_TABLE_MAX_SKETCHES 20000

struct sr_table_opts {
	bool color;
	int width;	   /* columns of the terminal; 0: no limit */
	int32_t tz_offset; /* seconds east of UTC for times of day */
	uint32_t rows;	   /* show at most so many; 0: as the table is defined */
	bool bars;	   /* beside sorted tables, where @width has room for them */
	bool ascii;	   /* no characters beyond it where pictures are drawn */
};

/**
 * sr_table_new() - an empty table; @def and its columns are copied, their texts are borrowed.
 * @top: rows to show, 0 all; negative: what @def says.
 * @max_rows: 0 is SR_TABLE_MAX_ROWS, or SR_TABLE_MAX_SKETCHES.
 * Return: 0; -EINVAL with words for a wrong definition; -ENOMEM.
 */
int sr_table_new(struct sysreel_table **out, const struct sysreel_table_def *def, int64_t top,
		 uint32_t max_rows, struct sr_err *err);

/** sr_table_make_part() - of an empty table, one for rows that sr_table_merge() will bring into
 *  another of the same definition: without limits. */
void sr_table_make_part(struct sysreel_table *t);

/** sr_table_merge() - bring what @part holds into @t, as if its rows came now one by one, and empty
 *  it. Sums of DOUBLE may differ in the last digit from those of single rows. Return 0, -ENOMEM. */
int sr_table_merge(struct sysreel_table *t, struct sysreel_table *part);

/** sr_table_is_stream() - true: its rows are to be rendered one by one, not added. */
bool sr_table_is_stream(const struct sysreel_table *t);

/** sr_table_row() - add a row of one value for each column. Text is copied.
 *  Return: 0; -ENOMEM; -EINVAL text where a number is to be added up. */
int sr_table_row(struct sysreel_table *t, const struct sysreel_value *cells);

/** sr_table_check_batch() - can rows of @cols (@n of them) be put into the table?
 *  Return: 0; -EINVAL with words. */
int sr_table_check_batch(const struct sysreel_table *t, const struct sysreel_column *cols,
			 uint32_t n, struct sr_err *err);

/** sr_table_batch() - add each row of a batch. Return: 0; -ENOMEM; -EINVAL with words. */
int sr_table_batch(struct sysreel_table *t, const struct sysreel_batch *b, struct sr_err *err);

/** sr_table_cells() - the cells of row @row of a batch, as the columns of @t name their fields.
 *  @cells: SYSREEL_MAX_COLS of them. */
void sr_table_cells(const struct sysreel_table *t, const struct sysreel_batch *b, uint32_t row,
		    struct sysreel_value *cells);

void sr_table_clear(struct sysreel_table *t);

/** sr_table_set_elapsed() - the time, in ns, that rates are told of. */
void sr_table_set_elapsed(struct sysreel_table *t, uint64_t ns);

/** sr_table_is_empty() - nothing was added. */
bool sr_table_is_empty(const struct sysreel_table *t);

/** sr_table_text() - append title, head, rows and remarks about what is not in them. 0, -ENOMEM. */
int sr_table_text(struct sysreel_table *t, const struct sr_table_opts *o, struct sr_buf *out);

/** sr_table_json() - append it as an object: {"title":...,"rows":[{...}],"groups":N,
 *  "others":{...},"absent":[...]}. 0, -ENOMEM. */
int sr_table_json(struct sysreel_table *t, struct sr_buf *out);

/** sr_table_stream_head() / sr_table_stream_text() - the head of a stream, one row of it; with
 *  newline. sr_table_row_json() - a row as an object, without newline. */
void sr_table_stream_head(const struct sysreel_table *t, const struct sr_table_opts *o,
			  struct sr_buf *out);
void sr_table_stream_text(const struct sysreel_table *t, const struct sr_table_opts *o,
			  const struct sysreel_value *cells, struct sr_buf *out);
void sr_table_row_json(const struct sysreel_table *t, const struct sysreel_value *cells,
		       struct sr_buf *out);

/** sr_table_csv() - append the rows that are shown, numbers as they are; @time: the end of the
 *  interval, a column before them; 0: none. sr_table_csv_head() - the names of the columns.
 *  sr_table_row_csv() - a row; with newline. Return 0, -ENOMEM. */
int sr_table_csv(struct sysreel_table *t, uint64_t time, struct sr_buf *out);
void sr_table_csv_head(const struct sysreel_table *t, bool time, struct sr_buf *out);
void sr_table_row_csv(const struct sysreel_table *t, const struct sysreel_value *cells,
		      struct sr_buf *out);

void sr_table_free(struct sysreel_table *t);

/* ---- single values ---- */

/** sr_cell_text() - append a value as people read it; "-" if absent. */
void sr_cell_text(const struct sysreel_value *v, enum sysreel_unit unit,
		  const struct sr_table_opts *o, struct sr_buf *out);

/** sr_value_double() - a number as one. */
double sr_value_double(const struct sysreel_value *v);

/** sr_cell_json() - append a value as JSON; null if absent. */
void sr_cell_json(const struct sysreel_value *v, struct sr_buf *out);

/** sr_text_safe() - append text, with everything that could act on a terminal (control
 *  characters, bytes that are not UTF-8) as \n, \t or \xNN. */
void sr_text_safe(const char *p, size_t len, struct sr_buf *out);

/** sr_text_width() - columns that text takes. sr_text_fit() - append at most @width columns of a
 *  text: the middle of a longer one is left out. */
size_t sr_text_width(const uint8_t *p, size_t len);
void sr_text_fit(const uint8_t *p, size_t len, size_t width, struct sr_buf *out);

/** sr_csv_str() - append a text as one value of CSV (RFC 4180): in quotes where it needs them. */
void sr_csv_str(const char *p, size_t len, struct sr_buf *out);

/** sr_why_name() - "page fault", ... */
const char *sr_why_name(unsigned int why);

#endif /* SR_TABLE_H */
