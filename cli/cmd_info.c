/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/engine.h"
#include "capture/rows.h"
#include "capture/sink_print.h"
#include "cli/info_containers.h"
#include "cli/info_host.h"
#include "cli/pass.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct count {
	const struct sr_container *c; /* NULL: events outside containers */
	uint64_t events;
};

struct info {
	struct pass p;
	const struct opts *o;
	struct count *counts;
	size_t ncounts;
	uint64_t *by_thread; /* scratch of one block */
	size_t nthreads;
};

/* ---- events of each container ---- */

static int add_count(struct info *in, const struct sr_container *c, uint64_t n)
{
	struct count *p;

	for (size_t i = 0; i < in->ncounts; i++)
		if (in->counts[i].c == c) {
			in->counts[i].events += n;
			return 0;
		}
	p = realloc(in->counts, (in->ncounts + 1) * sizeof(*p));
	if (!p)
		return -ENOMEM;
	in->counts = p;
	p[in->ncounts++] = (struct count){ c, n };
	return 0;
}

static int count_block(struct sr_block *b, void *arg)
{
	struct info *in = arg;
	int rc = sr_enrich(b, in->p.meta, NULL);

	if (rc < 0)
		return rc;
	if (b->nthreads > in->nthreads) {
		uint64_t *p = realloc(in->by_thread, b->nthreads * sizeof(*p));

		if (!p)
			return -ENOMEM;
		in->by_thread = p;
		in->nthreads = b->nthreads;
	}
	if (!b->nthreads)
		return 0;
	memset(in->by_thread, 0, b->nthreads * sizeof(*in->by_thread));
	for (uint32_t row = 0; row < b->n; row++)
		in->by_thread[b->thread[row]] += sr_rows_happened(sr_block_type_of(b, row));
	for (uint32_t i = 0; rc == 0 && i < b->nthreads; i++)
		if (in->by_thread[i])
			rc = add_count(in, b->cgroups[b->threads[i].cgroup].container,
				       in->by_thread[i]);
	return rc;
}

static uint64_t events_of(const struct info *in, const struct sr_container *c)
{
	for (size_t i = 0; i < in->ncounts; i++)
		if (in->counts[i].c == c)
			return in->counts[i].events;
	return 0;
}

static const char *state_name(const struct sr_container *c)
{
	static const char *const names[] = { "unknown", "pending", "resolved" };

	return names[c->state];
}

/* ---- text ---- */

/* @meta: of the host whose clock it is. */
static void put_when(struct sr_buf *out, const struct info *in, const struct sr_meta *meta,
		     uint64_t mono)
{
	int32_t tz = in->o->utc ? 0 : sr_meta_tz_offset(meta);
	uint64_t wall = sr_meta_wall(meta, mono);
	time_t s = (time_t)(wall / 1000000000u) + tz;
	const char *zone = json_str(sr_meta_host(meta), "tz");
	struct tm tm = { 0 };

	(void)gmtime_r(&s, &tm); /* cannot fail: less than 2^35 seconds */
	sr_buf_printf(out, "%04d-%02d-%02d ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
	sr_clock_text(wall, tz, out);
	sr_buf_printf(out, " %s", in->o->utc || !*zone ? "UTC" : zone);
}

static void line(struct sr_buf *out, const char *name, const char *text)
{
	sr_buf_printf(out, "%-12s%s\n", name, text);
}

static void put_range(struct sr_buf *out, const struct info *in)
{
	const struct sr_reel_stats *s = sr_source_file_stats(in->p.source);

	if (!s->events)
		return;
	sr_buf_printf(out, "%-12s", "from");
	put_when(out, in, in->p.meta, s->min_time);
	sr_buf_printf(out, "\n%-12s", "to");
	put_when(out, in, in->p.meta, s->max_time);
	sr_buf_printf(out, "\n%-12s", "duration");
	sr_latency_text(s->max_time - s->min_time, out);
	sr_buf_putc(out, '\n');
}

/* Why a retroactive recorder wrote the file. */
static void put_triggers(struct sr_buf *out, const struct info *in, const struct sr_meta *meta)
{
	const struct cJSON *first = sr_meta_trigger_at(meta, 0), *t;
	uint64_t refused = json_u64(first, "refused");
	char n[HUMAN_LEN];

	for (size_t i = 0; (t = sr_meta_trigger_at(meta, i)); i++) {
		sr_buf_printf(out, "%-12s", i ? "" : "triggers");
		put_when(out, in, meta, json_u64(t, "time"));
		sr_buf_printf(out, "  %s: %s\n", json_str(t, "name"), json_str(t, "reason"));
	}
	if (!first)
		return;
	sr_buf_printf(out, "%-12s", "history");
	sr_latency_text(json_u64(first, "history_ns"), out);
	sr_buf_puts(out, " before the first trigger, ");
	sr_latency_text(json_u64(first, "after_ns"), out);
	sr_buf_puts(out, " after the last");
	if (refused)
		sr_buf_printf(out, "; %s trigger%s before it had been refused by the limit",
			      human_count(refused, n), plural(refused));
	sr_buf_putc(out, '\n');
}

static void put_size(struct sr_buf *out, const struct info *in)
{
	const struct sr_reel_stats *s = sr_source_file_stats(in->p.source);
	char a[HUMAN_LEN], b[HUMAN_LEN];

	sr_buf_printf(out, "%-12s%s, %s lost\n", "events", human_count(in->p.events, a),
		      human_count(in->p.lost, b));
	sr_buf_printf(out, "%-12s%s in %s block%s", "size", human_bytes(s->bytes, a),
		      human_count(s->blocks, b), plural(s->blocks));
	if (s->events)
		sr_buf_printf(out, ", %.1f bytes per event",
			      (double)s->block_bytes / (double)s->events);
	if (s->block_bytes)
		sr_buf_printf(out, ", packed %.1f times",
			      (double)s->raw_bytes / (double)s->block_bytes);
	sr_buf_putc(out, '\n');
}

static void put_container(struct sr_buf *out, const struct info *in, const struct sr_container *c)
{
	char a[HUMAN_LEN];

	sr_buf_printf(out, "%-12s%-12.12s  %-20s %-24s %-9s %s%s%s\n", "", c->id,
		      *c->name ? c->name : "-", *c->image ? c->image : "-", state_name(c),
		      in->o->quick ? "" : human_count(events_of(in, c), a), *c->why ? "  " : "",
		      c->why);
}

static void put_containers(struct sr_buf *out, const struct info *in)
{
	uint32_t hosts = sr_meta_hosts(in->p.meta);
	char a[HUMAN_LEN];
	size_t n = 0;

	for (uint32_t i = 0; i < hosts; i++)
		n += sr_meta_containers(sr_meta_of(in->p.meta, i));
	if (!n) {
		line(out, "containers", "none");
		return;
	}
	sr_buf_printf(out, "%-12s%-12s  %-20s %-24s %-9s %s\n", "containers", "ID", "NAME", "IMAGE",
		      "STATE", in->o->quick ? "" : "EVENTS");
	for (uint32_t i = 0; i < hosts; i++) {
		const struct sr_meta *meta = sr_meta_of(in->p.meta, i);

		if (hosts > 1 && sr_meta_containers(meta))
			sr_buf_printf(out, "%-12sof %s:\n", "",
				      json_str(sr_meta_host(meta), "hostname"));
		for (size_t k = 0; k < sr_meta_containers(meta); k++)
			put_container(out, in, sr_meta_container_at(meta, k));
	}
	if (!in->o->quick && events_of(in, NULL))
		sr_buf_printf(out, "%-12s%-12s  %-20s %-24s %-9s %s\n", "", "-", "(no container)",
			      "", "", human_count(events_of(in, NULL), a));
}

/* For how long --lossless held everything up: it explains latencies. */
static void put_frozen(struct sr_buf *out, const struct info *in)
{
	const struct cJSON *end = sr_meta_end(in->p.meta);
	uint64_t times = json_u64(end, "frozen");
	struct sr_buf text = { 0 };
	char n[HUMAN_LEN];

	if (!times)
		return;
	sr_buf_printf(&text, "%s time%s by --lossless, for ", human_count(times, n), plural(times));
	sr_latency_text(json_u64(end, "frozen_ns"), &text);
	sr_buf_puts(&text, " in all (rows of type frozen)");
	line(out, "frozen", sr_buf_cstr(&text));
	sr_buf_free(&text);
}

static void put_complete(struct sr_buf *out, const struct info *in)
{
	const struct pass *p = &in->p;
	char n[HUMAN_LEN];

	sr_buf_printf(out, "%-12s", "complete");
	if (pass_complete(p))
		sr_buf_puts(out, "yes: nothing was lost, and the recorder ended in order");
	else
		sr_buf_puts(out, "no");
	if (p->lost)
		sr_buf_printf(out, "; %s events were lost", human_count(p->lost, n));
	if (pass_damaged(p))
		sr_buf_printf(out, "; %zu damaged place(s), see `sysreel verify`", pass_damaged(p));
	if (!sr_source_complete(p->source))
		sr_buf_puts(out, "; it has no end: still being recorded, or the recorder was "
				 "killed");
	else if (!p->has_end)
		sr_buf_puts(out, "; the recorder did not end in order");
	if (p->incomplete)
		sr_buf_printf(out, "; %s", p->incomplete);
	if (*p->reason)
		sr_buf_printf(out, " (%s)", p->reason);
	sr_buf_putc(out, '\n');
}

static void put_text(struct sr_buf *out, const struct info *in)
{
	line(out, "file", in->p.file);
	info_hosts(out, in->p.meta, in->o->utc);
	put_range(out, in);
	for (uint32_t i = 0; i < sr_meta_hosts(in->p.meta); i++)
		put_triggers(out, in, sr_meta_of(in->p.meta, i));
	put_size(out, in);
	put_containers(out, in);
	put_frozen(out, in);
	put_complete(out, in);
}

/* ---- JSON ---- */

static void add_when(struct cJSON *o, const char *key, const struct info *in, uint64_t mono)
{
	struct sr_buf t = { 0 };

	if (!sr_source_file_stats(in->p.source)->events) {
		(void)cJSON_AddNullToObject(o, key);
		return;
	}
	sr_iso_text(sr_meta_wall(in->p.meta, mono), &t);
	(void)cJSON_AddStringToObject(o, key, sr_buf_cstr(&t));
	sr_buf_free(&t);
}

static void add_containers(struct cJSON *list, const struct info *in, const struct sr_meta *meta)
{
	for (size_t i = 0; i < sr_meta_containers(meta); i++) {
		const struct sr_container *c = sr_meta_container_at(meta, i);
		struct cJSON *o = cJSON_CreateObject();

		if (sr_meta_hosts(in->p.meta) > 1)
			(void)cJSON_AddStringToObject(o, "hostname",
						      json_str(sr_meta_host(meta), "hostname"));

		(void)cJSON_AddStringToObject(o, "id", c->id);
		(void)cJSON_AddStringToObject(o, "runtime", c->runtime);
		(void)cJSON_AddStringToObject(o, "name", c->name);
		(void)cJSON_AddStringToObject(o, "image", c->image);
		(void)cJSON_AddStringToObject(o, "state", state_name(c));
		(void)cJSON_AddStringToObject(o, "why", c->why);
		if (!in->o->quick)
			json_add_u64(o, "events", events_of(in, c));
		(void)cJSON_AddItemToArray(list, o);
	}
}

static void add_triggers(struct cJSON *list, const struct sr_meta *meta)
{
	const struct cJSON *t;

	for (size_t i = 0; (t = sr_meta_trigger_at(meta, i)); i++) {
		struct cJSON *o = cJSON_Duplicate(t, 1);
		struct sr_buf when = { 0 };

		sr_iso_text(sr_meta_wall(meta, json_u64(t, "time")), &when);
		cJSON_DeleteItemFromObjectCaseSensitive(o, "kind");
		cJSON_DeleteItemFromObjectCaseSensitive(o, "time");
		(void)cJSON_AddStringToObject(o, "time", sr_buf_cstr(&when));
		(void)cJSON_AddItemToArray(list, o);
		sr_buf_free(&when);
	}
}

static void put_json(struct sr_buf *out, const struct info *in)
{
	const struct sr_reel_stats *s = sr_source_file_stats(in->p.source);
	const struct cJSON *host = sr_meta_host(in->p.meta);
	struct cJSON *o = cJSON_CreateObject(), *containers, *triggers;
	char *text;

	(void)cJSON_AddStringToObject(o, "file", in->p.file);
	json_add_u64(o, "events", in->p.events);
	json_add_u64(o, "rows", s->events);
	json_add_u64(o, "lost", in->p.lost);
	json_add_u64(o, "bytes", s->bytes);
	json_add_u64(o, "blocks", s->blocks);
	json_add_u64(o, "block_bytes", s->block_bytes);
	json_add_u64(o, "raw_bytes", s->raw_bytes);
	add_when(o, "start", in, s->min_time);
	add_when(o, "end", in, s->max_time);
	json_add_u64(o, "duration_ns", s->max_time - s->min_time);
	(void)cJSON_AddItemToObject(o, "host",
				    host ? cJSON_Duplicate(host, 1) : cJSON_CreateNull());
	(void)cJSON_AddItemToObject(o, "hosts", info_hosts_json(in->p.meta));
	containers = cJSON_AddArrayToObject(o, "containers");
	triggers = cJSON_AddArrayToObject(o, "triggers");
	for (uint32_t i = 0; i < sr_meta_hosts(in->p.meta); i++) {
		add_containers(containers, in, sr_meta_of(in->p.meta, i));
		add_triggers(triggers, sr_meta_of(in->p.meta, i));
	}
	(void)cJSON_AddBoolToObject(o, "complete", pass_complete(&in->p));
	(void)cJSON_AddBoolToObject(o, "end_mark", sr_source_complete(in->p.source));
	json_add_u64(o, "damaged", pass_damaged(&in->p));
	(void)cJSON_AddStringToObject(o, "reason", in->p.reason);
	text = cJSON_PrintUnformatted(o);
	if (text)
		sr_buf_puts(out, text);
	else
		out->oom = true;
	sr_buf_putc(out, '\n');
	cJSON_free(text);
	cJSON_Delete(o);
}

/* ---- one container ---- */

static const struct sr_container *find_of_host(const struct sr_meta *meta, const char *what)
{
	const struct sr_container *by_id = NULL;

	for (size_t i = 0; i < sr_meta_containers(meta); i++) {
		const struct sr_container *c = sr_meta_container_at(meta, i);

		if (strcmp(c->name, what) == 0)
			return c;
		if (!by_id && strlen(what) >= 3 && strncmp(c->id, what, strlen(what)) == 0)
			by_id = c;
	}
	return by_id;
}

/* In a merged capture the first of that name. */
static const struct sr_container *find_container(const struct sr_meta *meta, const char *what)
{
	const struct sr_container *c = NULL;

	for (uint32_t i = 0; !c && i < sr_meta_hosts(meta); i++) {
		const struct sr_meta *services = sr_meta_services(sr_meta_of(meta, i));

		c = find_of_host(sr_meta_of(meta, i), what);
		if (!c && services)
			c = find_of_host(services, what);
	}
	return c;
}

static int print_container(const struct info *in, const char *what)
{
	const struct sr_container *c = find_container(in->p.meta, what);
	struct sr_buf out = { 0 };
	char *text;

	if (!c)
		return fail("%s: has no container '%s'; `sysreel info %s` lists them", in->p.file,
			    what, in->p.file);
	if (!c->doc)
		return fail("%s: nothing but the id is known of container %.12s", in->p.file,
			    c->id);
	text = cJSON_Print(c->doc);
	if (text)
		sr_buf_puts(&out, text);
	else
		out.oom = true;
	cJSON_free(text);
	sr_buf_putc(&out, '\n');
	return print_buf(&out);
}

/* A file that can be seeked tells nearly everything without a pass. */
static int look(struct info *in, const struct opts *o)
{
	bool seeked =
		sr_source_file_stats(in->p.source)->blocks || sr_source_complete(in->p.source);

	if ((o->quick || o->ncontainers) && seeked) {
		pass_end(&in->p);
		in->p.events = in->p.end_events;
		if (!in->p.has_end)
			in->p.events = sr_source_file_stats(in->p.source)->events;
		return 0;
	}
	return pass_run(&in->p, SR_NEED_THREAD | SR_NEED_TYPE | SR_NEED_DICTS, count_block, in);
}

int cmd_info(struct opts *o)
{
	struct info in = { .o = o };
	struct sr_buf out = { 0 };
	int rc;

	if (o->containers_table)
		return info_containers(o);
	rc = pass_open(&in.p, o);

	if (rc == 0)
		rc = look(&in, o);
	if (rc == 0 && o->ncontainers) {
		rc = print_container(&in, o->containers[0]);
	} else if (rc == 0) {
		if (o->json)
			put_json(&out, &in);
		else
			put_text(&out, &in);
		rc = print_buf(&out);
	}
	pass_close(&in.p);
	free(in.counts);
	free(in.by_thread);
	return rc;
}
