/* SPDX-License-Identifier: Apache-2.0 */
/* A chisel that is one table and no code: it lists its columns, each with the field that fills it,
 * and ends with PLAIN_EXPORT(). */
#ifndef PLAIN_H
#define PLAIN_H

#include "chisels/plugins/kit.h"

/* A column: that of a table, and the field that fills it. */
struct plain_col {
	const char *field;
	uint8_t type; /* enum sysreel_type, of the field */
	struct sysreel_col col;
};

/* COL("pid", "PID", "proc.pid", INT, .width = 7): what follows are members of struct sysreel_col.
 */
#define COL(name_, title_, field_, type_, ...)                      \
	{                                                           \
		field_, SYSREEL_##type_,                            \
		{                                                   \
			.name = name_, .title = title_, __VA_ARGS__ \
		}                                                   \
	}

/* Columns that many have. Those of streams: when, and who. */
#define COL_TIME      COL("time", "TIME", "evt.rawtime", TIME, .width = 18)
#define COL_PID	      COL("pid", "PID", "proc.pid", INT, .width = 7)
#define COL_CONTAINER COL("container", "CONTAINER", "container.name", STR, .width = 12)
#define COL_PROCESS   COL("process", "PROCESS", "proc.name", STR, .width = 15)
#define COL_WHO	      COL_TIME, COL_PID, COL_CONTAINER, COL_PROCESS
#define COL_MOVED                                               \
	COL("direction", "R/W", "evt.io_dir", STR, .width = 5), \
		COL("bytes", "BYTES", "evt.buflen", UINT, .unit = SYSREEL_BYTES, .width = 6)
#define COL_DATA   COL("data", "DATA", "evt.buffer", STR)
#define COL_TOOK   COL("latency", "LATENCY", "evt.latency", DURATION, .width = 8)
#define COL_RESULT COL("result", "RESULT", "evt.res", STR, .width = 8)

/* And of those that group. */
#define COL_CALLS  COL("calls", "CALLS", NULL, ANY, .op = SYSREEL_COUNT)
#define COL_SUM(name, title, field, type, ...) \
	COL(name, title, field, type, .op = SYSREEL_SUM, __VA_ARGS__)
#define COL_BYTES   COL_SUM("bytes", "BYTES", "evt.buflen", UINT, .unit = SYSREEL_BYTES)
#define COL_LATENCY COL_SUM("time", "TIME", "evt.latency", DURATION)
#define COL_ERRORS \
	COL_SUM("errors", "ERRORS", "evt.count.error", UINT, .flags = SYSREEL_COL_OPTIONAL)
#define COL_IN                                                            \
	COL_SUM("in", "IN", "evt.buflen.in", UINT, .unit = SYSREEL_BYTES, \
		.flags = SYSREEL_COL_OPTIONAL)
#define COL_OUT                                                              \
	COL_SUM("out", "OUT", "evt.buflen.out", UINT, .unit = SYSREEL_BYTES, \
		.flags = SYSREEL_COL_OPTIONAL)
/* A key that may be absent. */
#define COL_MAYBE(name, title, field, type, ...) \
	COL(name, title, field, type, .flags = SYSREEL_COL_OPTIONAL, __VA_ARGS__)
#define COL_OF_CONTAINER COL_MAYBE("container", "CONTAINER", "container.name", STR, .dull = "host")
#define COL_OF_PROCESS                                        \
	COL("pid", "PID", "proc.pid", INT), COL_OF_CONTAINER, \
		COL("process", "PROCESS", "proc.name", STR)

/* Arguments: ARGS(list), or just the number of rows. */
#define ARGS(list) .args = (list), .nargs = KIT_N(list)
#define ARG(name_, type_, def_, help_, ...)                                                     \
	{                                                                                       \
		.name = name_, .type = SYSREEL_##type_, .def = def_, .help = help_, __VA_ARGS__ \
	}
#define ARG_TOP(rows) ARG("top", INT, rows, "rows to show, 0 for all")
#define ARG_BY(example)                                                                \
	ARG("by", STR, NULL, "a field, e.g. " example ": `sysreel fields` lists them", \
	    .flags = SYSREEL_ARG_REQUIRED)
#define ARG_MIN_MS ARG("min_ms", INT, "10", "milliseconds that a call must have taken")
#define TOP(rows)  .args = &(const struct sysreel_arg)ARG_TOP(rows), .nargs = 1

/* The number of a field in the chisel's list: each is asked for once. */
static inline uint16_t plain_field(struct sysreel_chisel *c, struct sysreel_field *fields,
				   const struct plain_col *col)
{
	uint16_t i = 0;

	while (i < c->nfields &&
	       (strcmp(fields[i].name, col->field) != 0 || fields[i].type != col->type))
		i++;
	if (i == c->nfields)
		fields[c->nfields++] =
			(struct sysreel_field){ .name = col->field, .type = col->type };
	return i;
}

/** plain_build() - fill what struct sysreel_chisel wants from the list of columns. */
static inline void plain_build(struct sysreel_chisel *c, const struct plain_col *list,
			       const struct sysreel_table_def *table, struct sysreel_field *fields,
			       struct sysreel_col *cols)
{
	c->table = table;
	c->fields = fields;
	c->nfields = 0;
	for (uint32_t i = 0; i < table->ncols; i++) {
		cols[i] = list[i].col;
		cols[i].field = list[i].field ? plain_field(c, fields, &list[i]) : 0;
	}
}

/* @table_flags: enum sysreel_table_flag. */
#define PLAIN_EXPORT(chisel, list, table_flags)                                       \
	const struct sysreel_chisel *sysreel_chisel_entry(void)                       \
	{                                                                             \
		static struct sysreel_field plain_fields[KIT_N(list)];                \
		static struct sysreel_col plain_cols[KIT_N(list)];                    \
		static const struct sysreel_table_def plain_table = {                 \
			.size = sizeof(plain_table),                                  \
			.cols = plain_cols,                                           \
			.ncols = KIT_N(list),                                         \
			.flags = (table_flags),                                       \
		};                                                                    \
                                                                                      \
		plain_build(&(chisel), list, &plain_table, plain_fields, plain_cols); \
		return &(chisel);                                                     \
	}

#endif /* PLAIN_H */
