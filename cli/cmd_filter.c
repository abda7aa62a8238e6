/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/engine.h"
#include "cli/cli.h"
#include "cli/when.h"
#include "filters/push.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_SHOWN 40

/* All that is told of a filter. */
struct told {
	struct sr_buf line, tree, kernel, zone, residual;
	uint8_t wanted[SR_TYPE_END];
	double guess;
	/* measured on a capture */
	const char *file; /* NULL: it was not */
	uint64_t seen, matched, blocks, skipped;
};

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

/* A line with a part of the filter; @nothing in place of an empty one. */
static void put_part(struct sr_buf *out, const char *what, struct sr_buf *part, const char *nothing)
{
	sr_buf_printf(out, "%-16s%s\n", what, part->len ? sr_buf_cstr(part) : nothing);
}

static void put_share(struct sr_buf *out, double share)
{
	if (share >= 0.001 || share == 0)
		sr_buf_printf(out, "%.1f %%", share * 100);
	else
		sr_buf_printf(out, "1 in %.0f", 1 / share);
}

static void put_selectivity(struct sr_buf *out, const struct told *t)
{
	double of = (double)(t->seen ? t->seen : 1);

	sr_buf_puts(out, "selects:        about ");
	put_share(out, t->guess);
	sr_buf_puts(out, " of all events, by rules of thumb\n");
	if (!t->file)
		return;
	sr_buf_puts(out, "                ");
	put_share(out, (double)t->matched / of);
	sr_buf_printf(out,
		      " of %s: %" PRIu64 " of %" PRIu64 " events; %" PRIu64 " of %" PRIu64
		      " block%s passed over\n",
		      t->file, t->matched, t->seen, t->skipped, t->blocks, plural(t->blocks));
}

static void put_text(struct sr_buf *out, struct told *t)
{
	size_t of, n = count_types(t->wanted, &of);

	put_part(out, "understood as:", &t->line, "(everything)");
	if (t->tree.len)
		sr_buf_puts(out, sr_buf_cstr(&t->tree));
	if (n == of) {
		sr_buf_puts(out, "event types:    any\n");
	} else {
		sr_buf_printf(out, "event types:    %zu of %zu", n, of);
		sr_buf_puts(out, n ? ": " : "");
		put_names(out, t->wanted, false);
		sr_buf_putc(out, '\n');
	}
	put_part(out, "in the kernel:", &t->kernel,
		 n == of ? "nothing: every call is recorded and then filtered" : "the types alone");
	put_part(out, "left to decide:", &t->residual, "nothing");
	put_part(out, "blocks need:", &t->zone, "nothing: no block can be passed over unread");
	put_selectivity(out, t);
}

static void put_member(struct sr_buf *out, const char *name, const struct sr_buf *value)
{
	sr_buf_printf(out, ",\"%s\":", name);
	if (value->len)
		sr_buf_json_str(out, (const char *)value->p, value->len);
	else
		sr_buf_puts(out, "null");
}

static void put_json(struct sr_buf *out, const struct told *t)
{
	sr_buf_puts(out, "{\"filter\":");
	sr_buf_json_str(out, (const char *)t->line.p, t->line.len);
	put_member(out, "tree", &t->tree);
	sr_buf_puts(out, ",\"types\":[");
	put_names(out, t->wanted, true);
	sr_buf_puts(out, "]");
	put_member(out, "kernel", &t->kernel);
	put_member(out, "residual", &t->residual);
	put_member(out, "blocks", &t->zone);
	sr_buf_printf(out, ",\"selectivity\":{\"guess\":%.6f", t->guess);
	if (t->file) {
		sr_buf_puts(out, ",\"file\":");
		sr_buf_json_str(out, t->file, strlen(t->file));
		sr_buf_printf(out,
			      ",\"events\":%" PRIu64 ",\"selected\":%" PRIu64 ",\"blocks\":%" PRIu64
			      ",\"skipped\":%" PRIu64,
			      t->seen, t->matched, t->blocks, t->skipped);
	}
	sr_buf_puts(out, "}}\n");
}

/* How much it selects of a capture. */
static int measure(struct told *t, struct sr_filter *f, const char *file)
{
	struct sr_err err = { .pos = SR_NO_POS };
	struct sr_engine e = { .filter = f, .hide_state = true };
	struct sr_meta *meta = NULL;
	int rc = sr_meta_new(&meta);

	if (rc == 0)
		rc = sr_source_file_open(&e.source, file, meta, &err);
	if (rc == 0)
		rc = sr_engine_run(&e, &err);
	if (rc == 0) {
		struct sr_reel *reel = when_reel(e.source);
		const struct sr_reel_work *w = reel ? sr_reel_work(reel) : NULL;

		t->file = file;
		t->seen = e.seen;
		t->matched = e.matched;
		t->skipped = w ? w->skipped : 0;
		t->blocks = w ? w->read + w->skipped : 0;
	}
	if (e.source)
		e.source->ops->close(e.source);
	sr_meta_free(meta);
	return rc < 0 ? fail_rc(file, rc, &err) : 0;
}

static int explain(struct told *t, struct sr_filter *f, unsigned indent)
{
	struct sr_push *p = NULL;
	int rc = sr_push_new(&p, f);

	if (rc == 0)
		rc = sr_push_part(p, SR_PART_KERNEL, &t->kernel);
	if (rc == 0)
		rc = sr_push_part(p, SR_PART_ZONE, &t->zone);
	if (rc == 0)
		rc = sr_push_part(p, SR_PART_RESIDUAL, &t->residual);
	if (rc == 0)
		sr_push_types(p, t->wanted);
	sr_push_free(p);
	sr_filter_print(f, &t->line);
	sr_filter_tree(f, indent, &t->tree);
	t->guess = sr_filter_guess(f);
	return rc < 0 ? fail("out of memory") : 0;
}

static void free_told(struct told *t)
{
	sr_buf_free(&t->line);
	sr_buf_free(&t->tree);
	sr_buf_free(&t->kernel);
	sr_buf_free(&t->zone);
	sr_buf_free(&t->residual);
}

int cmd_filter(struct opts *o)
{
	struct sr_filter *f = NULL;
	struct sr_buf out = { 0 };
	struct told t = { 0 };
	int rc;

	if (!o->nwords)
		return fail("which filter? usage: sysreel filter 'proc.name=nginx and ...'");
	rc = compile_filter(&f, o);
	if (rc)
		return rc;
	rc = explain(&t, f, o->json ? 0 : 9);
	if (rc == 0 && o->read_file)
		rc = measure(&t, f, o->read_file);
	if (rc == 0) {
		if (o->json)
			put_json(&out, &t);
		else
			put_text(&out, &t);
		rc = print_buf(&out);
	}
	sr_buf_free(&out);
	free_told(&t);
	sr_filter_free(f);
	return rc;
}
