/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

#define NAMES_SHOWN 40

/* Types that people may see; sr_types has one row that is none. */
static size_t count_types(const uint8_t *wanted, size_t *of)
{
	size_t n = 0;

	*of = 0;
	for (int i = 0; i < SR_TYPE_COUNT; i++) {
		if (i == SR_TYPE_FIRST_X)
			continue;
		n += wanted[i] != 0;
		(*of)++;
	}
	return n;
}

static void put_names(struct sr_buf *out, const uint8_t *wanted, bool json)
{
	size_t n = 0;

	for (int i = 0; i < SR_TYPE_COUNT; i++) {
		if (i == SR_TYPE_FIRST_X || !wanted[i])
			continue;
		if (!json && n == NAMES_SHOWN) {
			sr_buf_puts(out, " ...");
			return;
		}
		sr_buf_puts(out, n++ ? (json ? "," : ", ") : "");
		sr_buf_printf(out, json ? "\"%s\"" : "%s", sr_types[i].name);
	}
}

static void put_text(struct sr_buf *out, struct sr_buf *tree, const uint8_t *wanted)
{
	size_t of, n = count_types(wanted, &of);

	sr_buf_printf(out, "understood as:  %s\n", tree->len ? sr_buf_cstr(tree) : "(everything)");
	if (n == of) {
		sr_buf_puts(out, "event types:    any\n"
				 "in the kernel:  nothing is decided there: every call is recorded "
				 "and then filtered\n");
		return;
	}
	sr_buf_printf(out, "event types:    %zu of %zu", n, of);
	if (n) {
		sr_buf_puts(out, ": ");
		put_names(out, wanted, false);
	}
	sr_buf_puts(out, "\nin the kernel:  `record` and `live` dismiss the other types there; the "
			 "rest of the\n                filter is decided when events are read\n");
}

static void put_json(struct sr_buf *out, struct sr_buf *tree, const uint8_t *wanted)
{
	sr_buf_puts(out, "{\"filter\":");
	sr_buf_json_str(out, (const char *)tree->p, tree->len);
	sr_buf_puts(out, ",\"types\":[");
	put_names(out, wanted, true);
	sr_buf_puts(out, "]}\n");
}

int cmd_filter(struct opts *o)
{
	struct sr_filter *f = NULL;
	struct sr_buf tree = { 0 }, out = { 0 };
	uint8_t *wanted;
	int rc;

	if (!o->nwords)
		return fail("which filter? usage: sysreel filter 'proc.name=nginx and ...'");
	rc = compile_filter(&f, o);
	if (rc)
		return rc;
	wanted = calloc(1, SR_TYPE_COUNT);
	if (!wanted) {
		sr_filter_free(f);
		return fail("out of memory");
	}
	sr_filter_types(f, wanted);
	sr_filter_print(f, &tree);
	if (o->json)
		put_json(&out, &tree, wanted);
	else
		put_text(&out, &tree, wanted);
	rc = print_buf(&out);
	sr_buf_free(&tree);
	free(wanted);
	sr_filter_free(f);
	return rc;
}
