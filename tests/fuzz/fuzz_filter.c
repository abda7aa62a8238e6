/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a filter, as one to be completed, and as a format. A filter that compiles must print
 * to one that compiles and selects the same rows, all of types that it said it can select. */
#include "tests/unit/filter_fixture.h"

#include <limits.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_types(const struct sr_filter *f, const struct sr_block *b, const uint64_t *sel)
{
	uint8_t wanted[SR_TYPE_END];

	sr_filter_types(f, wanted);
	for (uint32_t i = 0; i < b->n; i++) {
		const struct sr_type *t = sr_block_type_of(b, i)->type;

		fix_must(!t || !sr_sel_get(sel, i) || wanted[sr_type_id(t)]);
	}
}

/* Each has words and a place in the text, and they stand in order. */
static void check_notes(const struct sr_notes *notes, const char *text, unsigned least)
{
	fix_must(notes->n >= least && notes->n <= SR_NOTES_MAX);
	for (unsigned i = 0; i < notes->n; i++) {
		const struct sr_err *e = &notes->v[i];

		fix_must(e->msg[0] && (e->pos == SR_NO_POS || e->pos <= strlen(text)));
		fix_must(!i || notes->v[i - 1].pos <= e->pos);
	}
}

static void on_word(void *arg, const char *word, const char *help)
{
	(void)arg;
	fix_must(help != NULL && word[0]);
}

static void try_completion(const char *text)
{
	size_t start = SIZE_MAX;

	fix_must(sr_filter_complete(text, &start, on_word, NULL) == 0);
	fix_must(start <= strlen(text));
}

static void try_filter(struct fix *x, const char *text)
{
	uint64_t sel[SR_SEL_WORDS(64)] = { 0 }, again[SR_SEL_WORDS(64)] = { 0 };
	struct sr_notes errors = { 0 }, warnings = { 0 };
	struct sr_filter *f, *g;
	struct sr_buf printed = { 0 };

	if (sr_filter_diagnose(&f, text, &errors, &warnings) < 0) {
		check_notes(&errors, text, 1);
		return;
	}
	check_notes(&warnings, text, 0);
	fix_must(sr_filter_run(f, &x->v, sel, NULL) >= 0);
	check_types(f, x->b, sel);
	sr_filter_print(f, &printed);
	fix_must(sr_filter_compile(&g, sr_buf_cstr(&printed), NULL) == 0);
	fix_must(sr_filter_run(g, &x->v, again, NULL) >= 0 && again[0] == sel[0]);
	sr_filter_free(g);
	sr_buf_free(&printed);
	sr_filter_free(f);
}

static void try_format(struct fix *x, const char *text)
{
	struct sr_err err = { .pos = SR_NO_POS };
	struct sr_buf out = { 0 };
	struct sr_format *f;

	if (sr_format_compile(&f, text, &err) < 0) {
		fix_must(err.msg[0] && (err.pos == SR_NO_POS || err.pos <= strlen(text)));
		return;
	}
	for (uint32_t i = 0; i < x->b->n && out.len < 1 << 20; i++) {
		sr_format_line(f, &x->v, i, &out);
		sr_format_json(f, &x->v, i, &out);
	}
	sr_buf_free(&out);
	sr_format_free(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fix x; /* made once: it is never changed */
	char *text = malloc(size + 1);

	if (!x.builder)
		fix_init(&x);
	fix_must(text != NULL);
	if (size)
		memcpy(text, data, size);
	text[size] = 0;
	try_filter(&x, text);
	try_completion(text);
	try_format(&x, text);
	free(text);
	return 0;
}
