/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/rows.h"
#include "capture/sink_print.h"
#include "cli/pass.h"
#include "cli/when.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <string.h>

#define GAPS_SHOWN 100

struct verify {
	struct pass p;
	bool reel; /* blocks have a place in the file */
	struct sr_rows_gap gaps[GAPS_SHOWN];
	uint64_t offsets[GAPS_SHOWN]; /* of the blocks that they are in */
	size_t ngaps;		      /* met; more than GAPS_SHOWN are only counted */
};

static int collect_gaps(struct sr_block *b, void *arg)
{
	struct verify *v = arg;

	if (!sr_rows_has(b, SR_X_LOST))
		return 0;
	for (uint32_t row = 0; row < b->n; row++) {
		if (!sr_rows_is(b, row, SR_X_LOST))
			continue;
		if (v->ngaps < GAPS_SHOWN) {
			sr_rows_gap(b, row, &v->gaps[v->ngaps]);
			v->offsets[v->ngaps] = v->reel ? sr_reel_offset_of(b) : 0;
		}
		v->ngaps++;
	}
	return 0;
}

static bool rows_differ(const struct pass *p)
{
	return p->has_end && p->end_rows && p->end_rows != p->rows;
}

static int status_of(const struct verify *v)
{
	if (pass_damaged(&v->p))
		return EXIT_USAGE;
	return pass_complete(&v->p) && !rows_differ(&v->p) ? EXIT_OK : EXIT_NOTHING;
}

/* ---- text ---- */

static void put_damage(struct sr_buf *out, const struct pass *p)
{
	const struct sr_reel_damage *d;
	size_t n;

	d = sr_source_damages(p->source, &n);
	for (size_t i = 0; i < n; i++) {
		sr_buf_printf(out, "  damaged at byte %" PRIu64, d[i].offset);
		if (d[i].len)
			sr_buf_printf(out, ", %" PRIu64 " bytes skipped", d[i].len);
		else if (!d[i].events)
			sr_buf_puts(out, ", the file ends there");
		if (d[i].events)
			sr_buf_printf(out, ", %" PRIu64 " event%s missing", d[i].events,
				      d[i].events == 1 ? " is" : "s are");
		sr_buf_printf(out, ": %s\n", d[i].what);
	}
	if (p->bad_blocks && p->bad.pos != SR_NO_POS)
		sr_buf_printf(out,
			      "  does not decode: %" PRIu64 " block(s), the first at byte %" PRIu64
			      ": %s\n",
			      p->bad_blocks, p->bad.pos, p->bad.msg);
	else if (p->bad_blocks)
		sr_buf_printf(out, "  does not decode: %" PRIu64 " block(s): %s\n", p->bad_blocks,
			      p->bad.msg);
}

static void put_gaps(struct sr_buf *out, const struct verify *v)
{
	size_t shown = v->ngaps < GAPS_SHOWN ? v->ngaps : GAPS_SHOWN;

	for (size_t i = 0; i < shown; i++) {
		const struct sr_rows_gap *g = &v->gaps[i];

		sr_buf_printf(out, "  lost: %" PRIu64 " event(s) on CPU %u", g->count, g->cpu);
		if (g->from) {
			sr_buf_puts(out, " between ");
			sr_iso_text(sr_meta_wall(v->p.meta, g->from), out);
			sr_buf_puts(out, " and ");
			sr_iso_text(sr_meta_wall(v->p.meta, g->to), out);
		}
		if (v->reel)
			sr_buf_printf(out, ", told in the block at byte %" PRIu64, v->offsets[i]);
		sr_buf_putc(out, '\n');
	}
	if (shown < v->ngaps)
		sr_buf_printf(out, "  ... and %zu more gaps\n", v->ngaps - shown);
}

static void put_end(struct sr_buf *out, const struct pass *p)
{
	if (!sr_source_complete(p->source))
		sr_buf_puts(out, "  no end mark: still being recorded, or the recorder was killed; "
				 "up to its last block the file is good\n");
	else if (!p->has_end)
		sr_buf_puts(out, "  the recorder did not end in order\n");
	if (p->incomplete)
		sr_buf_printf(out, "  %s\n", p->incomplete);
	if (rows_differ(p))
		sr_buf_printf(out, "  the recorder wrote %" PRIu64 " rows, %" PRIu64 " are here\n",
			      p->end_rows, p->rows);
}

static void put_text(struct sr_buf *out, const struct verify *v)
{
	static const char *const words[] = { "undamaged and complete",
					     "undamaged, but not complete", "damaged" };
	uint64_t blocks = sr_source_file_stats(v->p.source)->blocks;
	char a[HUMAN_LEN], b[HUMAN_LEN], c[HUMAN_LEN];

	sr_buf_printf(out, "%s: %s: %s event%s in %s block%s", v->p.file, words[status_of(v)],
		      human_count(v->p.events, a), plural(v->p.events), human_count(blocks, b),
		      plural(blocks));
	if (v->p.lost)
		sr_buf_printf(out, ", %s lost", human_count(v->p.lost, c));
	sr_buf_putc(out, '\n');
	put_damage(out, &v->p);
	put_gaps(out, v);
	put_end(out, &v->p);
}

/* ---- JSON ---- */

static void add_damage(struct cJSON *list, const struct pass *p)
{
	const struct sr_reel_damage *d;
	size_t n;

	d = sr_source_damages(p->source, &n);
	for (size_t i = 0; i < n; i++) {
		struct cJSON *o = cJSON_CreateObject();

		json_add_u64(o, "offset", d[i].offset);
		json_add_u64(o, "skipped", d[i].len);
		json_add_u64(o, "missing", d[i].events);
		(void)cJSON_AddStringToObject(o, "what", d[i].what);
		(void)cJSON_AddItemToArray(list, o);
	}
}

static void add_gaps(struct cJSON *list, const struct verify *v)
{
	for (size_t i = 0; i < v->ngaps && i < GAPS_SHOWN; i++) {
		const struct sr_rows_gap *g = &v->gaps[i];
		struct cJSON *o = cJSON_CreateObject();
		struct sr_buf t = { 0 };

		json_add_u64(o, "lost", g->count);
		(void)cJSON_AddNumberToObject(o, "cpu", g->cpu);
		if (v->reel)
			json_add_u64(o, "offset", v->offsets[i]);
		sr_iso_text(sr_meta_wall(v->p.meta, g->from), &t);
		(void)cJSON_AddStringToObject(o, "from", sr_buf_cstr(&t));
		t.len = 0;
		sr_iso_text(sr_meta_wall(v->p.meta, g->to), &t);
		(void)cJSON_AddStringToObject(o, "to", sr_buf_cstr(&t));
		sr_buf_free(&t);
		(void)cJSON_AddItemToArray(list, o);
	}
}

static void put_json(struct sr_buf *out, const struct verify *v)
{
	static const char *const words[] = { "complete", "incomplete", "damaged" };
	struct cJSON *o = cJSON_CreateObject();
	char *text;

	(void)cJSON_AddStringToObject(o, "file", v->p.file);
	(void)cJSON_AddStringToObject(o, "state", words[status_of(v)]);
	json_add_u64(o, "events", v->p.events);
	json_add_u64(o, "lost", v->p.lost);
	json_add_u64(o, "blocks", sr_source_file_stats(v->p.source)->blocks);
	json_add_u64(o, "bad_blocks", v->p.bad_blocks);
	(void)cJSON_AddBoolToObject(o, "end_mark", sr_source_complete(v->p.source));
	if (v->p.incomplete)
		(void)cJSON_AddStringToObject(o, "incomplete", v->p.incomplete);
	add_damage(cJSON_AddArrayToObject(o, "damage"), &v->p);
	add_gaps(cJSON_AddArrayToObject(o, "gaps"), v);
	text = cJSON_PrintUnformatted(o);
	if (text)
		sr_buf_puts(out, text);
	else
		out->oom = true;
	sr_buf_putc(out, '\n');
	cJSON_free(text);
	cJSON_Delete(o);
}

int cmd_verify(struct opts *o)
{
	struct verify v = { 0 };
	struct sr_buf out = { 0 };
	int rc = pass_open(&v.p, o);

	v.reel = rc == 0 && when_reel(v.p.source);
	if (rc == 0)
		rc = pass_run(&v.p, SR_NEED_ALL, collect_gaps, &v);
	if (rc == 0 && !o->quiet) {
		if (o->json)
			put_json(&out, &v);
		else
			put_text(&out, &v);
		rc = print_buf(&out);
	}
	if (rc == 0)
		rc = status_of(&v);
	pass_close(&v.p);
	return rc;
}
