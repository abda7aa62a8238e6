/* SPDX-License-Identifier: Apache-2.0 */
/* The filter language: an expression becomes a selection of a block's rows.
 *
 *   proc.name=nginx and (fd.name startswith /etc or evt.type in (execve, connect))
 *
 * A comparison with an absent value is false; `not` is plain negation; `exists` asks. */
#ifndef SR_FILTER_H
#define SR_FILTER_H

#include "filters/field.h"

struct sr_filter;
struct sr_zone; /* formats/zone.h */

/**
 * sr_filter_compile() - parse and check @text.
 * @err: pos is the column, from 0.
 * Return: 0; -EINVAL with words; -ENOMEM. An empty (or blank) text selects everything.
 */
int sr_filter_compile(struct sr_filter **out, const char *text, struct sr_err *err);

/* Several things that are to be said of one expression, in the order of their columns. */
#define SR_NOTES_MAX 8
struct sr_notes {
	unsigned n;
	struct sr_err v[SR_NOTES_MAX];
};

/**
 * sr_filter_diagnose() - the same, telling all mistakes that do not follow from one another.
 * @errors: receives at least one when the result is -EINVAL.
 * @warnings: what is allowed but perhaps not meant; may be NULL.
 */
int sr_filter_diagnose(struct sr_filter **out, const char *text, struct sr_notes *errors,
		       struct sr_notes *warnings);

/** sr_filter_need() - enum sr_need of all that sr_filter_run() may look at. */
uint32_t sr_filter_need(const struct sr_filter *f);

/** sr_filter_in_order() - whether the blocks have to be run one after another: a field hangs on
 *  the events before. */
bool sr_filter_in_order(const struct sr_filter *f);

/**
 * sr_filter_run() - select rows of the view's block.
 * @sel: SR_SEL_WORDS(n) words; receives the selection. Loads of the block what it needs.
 * Not thread-safe for one filter object (it holds scratch memory).
 * Return: number of selected rows; negative errno of sr_block_load() or -ENOMEM.
 */
int64_t sr_filter_run(struct sr_filter *f, struct sr_view *v, uint64_t *sel, struct sr_err *err);

/**
 * sr_filter_types() - which event types can match at all.
 * @wanted: one byte per sr_types row (SR_TYPE_COUNT); set to 1 where a row of that type
 *          may be selected, 0 where certainly not. The kernel-side syscall set and the
 *          skipping of blocks are made of this.
 */
void sr_filter_types(const struct sr_filter *f, uint8_t *wanted);

/**
 * sr_filter_zone() - whether a block of which only its zone map is known can have a row that the
 * filter selects. @meta: of the file, for wall-clock times.
 */
bool sr_filter_zone(struct sr_filter *f, const struct sr_zone *z, const struct sr_meta *meta);

/**
 * sr_filter_dicts() - the same, given the dictionaries of the view's block (SR_NEED_DICTS, loaded
 * and enriched): no column need be decoded where no process or file fits.
 */
bool sr_filter_dicts(struct sr_filter *f, struct sr_view *v);

/** sr_filter_print() - the parsed tree as text that parses to the same tree. */
void sr_filter_print(const struct sr_filter *f, struct sr_buf *out);

void sr_filter_free(struct sr_filter *f);

/* ---- completion ---- */

typedef void (*sr_word_fn)(void *arg, const char *word, const char *help);

/**
 * sr_filter_complete() - call @add for each word that can stand where @text ends.
 * @start: receives where in @text the word begins that those are to replace.
 * Return: 0 or -ENOMEM.
 */
int sr_filter_complete(const char *text, size_t *start, sr_word_fn add, void *arg);

/** sr_field_complete() - names of fields that begin with @prefix. */
void sr_field_complete(const char *prefix, sr_word_fn add, void *arg);

/* ---- output formats: "%evt.num %proc.name" ---- */

struct sr_format;

/** sr_format_compile() - parse a -p format (leading '*' is accepted and means nothing: a
 *  row is never hidden). \n \t \e \\ are expanded. */
int sr_format_compile(struct sr_format **out, const char *text, struct sr_err *err);
uint32_t sr_format_need(const struct sr_format *f);

/** sr_format_line() - append the line of @row, without newline; absent values as "<NA>". */
void sr_format_line(const struct sr_format *f, struct sr_view *v, uint32_t row, struct sr_buf *out);

/** sr_format_json() - append one JSON object, keys are the field names in the format's order. */
void sr_format_json(const struct sr_format *f, struct sr_view *v, uint32_t row, struct sr_buf *out);
/** sr_format_in_order() - as sr_filter_in_order(), of lines. */
bool sr_format_in_order(const struct sr_format *f);

/** sr_format_never() - the first field in it that no recording can answer, or NULL. */
const struct sr_field *sr_format_never(const struct sr_format *f);

void sr_format_free(struct sr_format *f);

#endif /* SR_FILTER_H */
