/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/lines.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define NS_PER_S 1000000000ull

#define RED	 "\033[31m"
#define GREEN	 "\033[32m"
#define YELLOW	 "\033[33m"
#define CYAN	 "\033[36m"
#define RESET	 "\033[0m"

/* The default JSON object, after evt.num, evt.time and evt.rawtime. */
static const char *const json_fields[SR_LINES_JSON] = {
	"evt.type",	"evt.cpu",	  "evt.latency", "evt.res",  "evt.rawres",
	"container.id", "container.name", "proc.name",	 "proc.pid", "thread.tid",
	"proc.cmdline", "user.name",	  "fd.num",	 "fd.name",  "fd.type",
};

/* ---- pieces of text ---- */

/* Three digits of a quotient, rounded down: 1.23, 12.3, 123. */
static void put_scaled(struct sr_buf *out, uint64_t v, uint64_t unit, const char *name)
{
	uint64_t whole = v / unit, tenths = v % unit * 10 / unit;

	sr_buf_u64(out, whole);
	if (whole < 100) {
		sr_buf_putc(out, '.');
		sr_buf_putc(out, (char)('0' + tenths));
	}
	sr_buf_puts(out, name);
}

void sr_latency_text(uint64_t ns, struct sr_buf *out)
{
	if (ns < 1000) {
		sr_buf_u64(out, ns);
		sr_buf_puts(out, "ns");
	} else if (ns < 1000000) {
		put_scaled(out, ns, 1000, "us");
	} else if (ns < NS_PER_S) {
		put_scaled(out, ns, 1000000, "ms");
	} else {
		put_scaled(out, ns, NS_PER_S, "s");
	}
}

void sr_clock_text(uint64_t wall_ns, int32_t tz_s, struct sr_buf *out)
{
	uint64_t s = (wall_ns / NS_PER_S + (uint64_t)(int64_t)tz_s) % 86400;

	sr_buf_digits(out, s / 3600, 2);
	sr_buf_putc(out, ':');
	sr_buf_digits(out, s / 60 % 60, 2);
	sr_buf_putc(out, ':');
	sr_buf_digits(out, s % 60, 2);
	sr_buf_putc(out, '.');
	sr_buf_digits(out, wall_ns % NS_PER_S, 9);
}

void sr_iso_text(uint64_t wall_ns, struct sr_buf *out)
{
	time_t s = (time_t)(wall_ns / NS_PER_S);
	struct tm tm = { 0 };

	(void)gmtime_r(&s, &tm); /* cannot fail: less than 2^35 seconds */
	sr_buf_digits(out, (uint64_t)tm.tm_year + 1900, 4);
	sr_buf_putc(out, '-');
	sr_buf_digits(out, (uint64_t)tm.tm_mon + 1, 2);
	sr_buf_putc(out, '-');
	sr_buf_digits(out, (uint64_t)tm.tm_mday, 2);
	sr_buf_putc(out, 'T');
	sr_clock_text(wall_ns, 0, out);
	sr_buf_putc(out, 'Z');
}

/* sr_clock_text() or sr_iso_text(), of which only the fraction is made anew. */
static void put_wall(struct sr_second *s, uint64_t wall_ns, int32_t tz_s, bool iso,
		     struct sr_buf *out)
{
	size_t at = out->len, len = iso ? strlen("2026-11-21T10:50:00") : strlen("10:50:00");

	if (s->len != len || s->tz_s != tz_s || wall_ns - s->from >= NS_PER_S) {
		if (iso)
			sr_iso_text(wall_ns, out);
		else
			sr_clock_text(wall_ns, tz_s, out);
		if (out->oom || out->len - at < len || out->p[at + len] != '.')
			return; /* a year of five digits */
		*s = (struct sr_second){ wall_ns - wall_ns % NS_PER_S, tz_s, iso, (uint8_t)len,
					 "" };
		memcpy(s->text, out->p + at, len);
		return;
	}
	sr_buf_put(out, s->text, len);
	sr_buf_putc(out, '.');
	sr_buf_digits(out, wall_ns - s->from, 9);
	if (iso)
		sr_buf_putc(out, 'Z');
}

static void put_seconds(struct sr_buf *out, uint64_t ns)
{
	sr_buf_u64(out, ns / NS_PER_S);
	sr_buf_putc(out, '.');
	sr_buf_digits(out, ns % NS_PER_S, 9);
}

/* A name that a process chose, without what could move the cursor. */
static void put_name(struct sr_buf *out, const char *s, size_t len)
{
	size_t at = out->len;

	sr_buf_put(out, s, len);
	for (size_t i = at; i < out->len; i++)
		if (out->p[i] < 0x20 || out->p[i] == 0x7f)
			out->p[i] = '?';
}

static void color(const struct sr_lines *l, struct sr_buf *out, const char *seq)
{
	if (l->o.color)
		sr_buf_puts(out, seq);
}

/* ---- the default line ---- */

static bool has_latency(const struct sr_block *b, uint32_t row)
{
	const struct sr_type *t = sr_block_type_of(b, row)->type;

	return !(b->flags[row] & SR_F_NO_DURATION) && (!t || sr_type_lasts(t));
}

static void put_time(struct sr_lines *l, const struct sr_view *v, uint32_t row, struct sr_buf *out)
{
	const struct sr_block *b = v->b;
	const struct sr_view_opts *o = v->opts;
	uint64_t t = b->time[row];

	switch (o ? o->time_mode : 'h') {
	case 'a':
		put_seconds(out, sr_meta_wall(v->meta, t));
		break;
	case 'r':
		put_seconds(out, t > o->first_time ? t - o->first_time : 0);
		break;
	case 'd':
		put_seconds(out, has_latency(b, row) ? b->dur[row] : 0);
		break;
	case 'D':
		put_seconds(out, o->last_shown && t > o->last_shown ? t - o->last_shown : 0);
		break;
	default:
		put_wall(&l->second, sr_meta_wall(v->meta, t),
			 o && o->utc ? 0 : sr_meta_tz_offset(v->meta), false, out);
	}
}

static void put_container(const struct sr_block *b, const struct sr_thread *t, struct sr_buf *out)
{
	const struct sr_container *c = b->cgroups[t->cgroup].container;

	if (c && c->name[0])
		put_name(out, c->name, strlen(c->name));
	else if (c)
		put_name(out, c->id, strnlen(c->id, 12));
	else
		sr_buf_puts(out, t->cgroup ? "host" : "-");
}

static void put_process(const struct sr_block *b, const struct sr_thread *t, struct sr_buf *out)
{
	const struct sr_str *comm = &b->strs[t->comm];

	if (comm->len)
		put_name(out, comm->p, comm->len);
	else
		sr_buf_putc(out, '?');
	sr_buf_puts(out, " (");
	sr_buf_i64(out, t->tid);
	sr_buf_putc(out, ')');
}

/* Only where there are several. */
static void put_host(const struct sr_view *v, const struct sr_thread *t, struct sr_buf *out)
{
	const cJSON *host;
	const char *name;

	if (sr_meta_hosts(v->meta) < 2)
		return;
	host = sr_meta_host(sr_meta_of(v->meta, t->host));
	name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(host, "hostname"));
	put_name(out, name ? name : "?", name ? strlen(name) : 1);
	sr_buf_putc(out, ' ');
}

/* Host, container and process, each with the blank after it. */
static void put_origin(struct sr_lines *l, const struct sr_view *v, uint32_t thread,
		       struct sr_buf *out)
{
	const struct sr_block *b = v->b;
	const struct sr_thread *t = &b->threads[thread];
	size_t from = out->len;

	if (sr_memo_put(&l->process, thread, out))
		return;
	put_host(v, t, out);
	color(l, out, CYAN);
	put_container(b, t, out);
	color(l, out, RESET);
	sr_buf_putc(out, ' ');
	color(l, out, GREEN);
	put_process(b, t, out);
	color(l, out, RESET);
	sr_buf_putc(out, ' ');
	sr_memo_keep(&l->process, thread, out, from);
}

static bool failed(const struct sr_block *b, uint32_t row)
{
	return !(b->flags[row] & SR_F_NOT_ENDED) && b->ret[row] < 0 && b->ret[row] >= -4095;
}

static void put_payload(struct sr_lines *l, struct sr_view *v, uint32_t row, struct sr_buf *out)
{
	struct sr_val val;

	sr_field_get(&l->buffer, v, row, &val);
	if (val.type != SR_V_STR || !val.s.len)
		return;
	if (v->opts->payload == 'b')
		sr_buf_putc(out, ' ');
	(void)sr_val_text(&l->buffer, &val, v, out); /* present: it appends something */
}

static void default_line(struct sr_lines *l, struct sr_view *v, uint32_t row)
{
	const struct sr_block *b = v->b;
	struct sr_buf *out = &l->out;

	sr_buf_u64(out, b->first_num + row);
	sr_buf_putc(out, ' ');
	put_time(l, v, row, out);
	sr_buf_putc(out, ' ');
	sr_buf_u64(out, b->cpu[row]);
	sr_buf_putc(out, ' ');
	put_origin(l, v, b->thread[row], out);
	if (has_latency(b, row))
		sr_latency_text(b->dur[row], out);
	else
		sr_buf_putc(out, '-');
	sr_buf_putc(out, ' ');
	if (failed(b, row))
		color(l, out, RED);
	sr_call_text(b, row, &l->args, out);
	if (failed(b, row))
		color(l, out, RESET);
	if (v->opts && v->opts->payload)
		put_payload(l, v, row, out);
}

void sr_lines_gap(struct sr_lines *l, struct sr_view *v, uint32_t row,
		  const struct sr_rows_gap *gap)
{
	int32_t tz = v->opts && v->opts->utc ? 0 : sr_meta_tz_offset(v->meta);
	struct sr_buf *out = &l->out;

	color(l, out, YELLOW);
	sr_buf_printf(out, "--- %llu event%s", (unsigned long long)gap->count,
		      gap->count == 1 ? "" : "s");
	sr_rows_whose(v->b, row, out);
	if (gap->class)
		sr_buf_printf(out, " (%s)", gap->class);
	sr_buf_printf(out, " lost on CPU %u", gap->cpu);
	if (gap->from) {
		sr_buf_puts(out, " between ");
		sr_clock_text(sr_meta_wall(v->meta, gap->from), tz, out);
		sr_buf_puts(out, " and ");
		sr_clock_text(sr_meta_wall(v->meta, gap->to), tz, out);
	}
	sr_buf_puts(out, " ---");
	color(l, out, RESET);
	sr_buf_putc(out, '\n');
}

/* ---- JSON ---- */

/* The entry of the dictionary that the fields of a scope hang on. */
static uint32_t entry_of(enum sr_scope scope, const struct sr_block *b, uint32_t row)
{
	return scope == SR_SCOPE_TYPE	  ? b->type[row]
	       : scope == SR_SCOPE_THREAD ? b->thread[row]
	       : scope == SR_SCOPE_FILE	  ? b->file[row]
					  : row;
}

/* @first and those that are made together with it. */
static void json_members(struct sr_lines *l, struct sr_json_field *first, struct sr_view *v,
			 uint32_t row)
{
	enum sr_scope scope = first->ref.field->scope;
	uint32_t entry = entry_of(scope, v->b, row);
	struct sr_buf *out = &l->out;
	size_t from = out->len;
	struct sr_val val;

	if (sr_memo_put(&first->memo, entry, out))
		return;
	for (struct sr_json_field *f = first; f < first + first->together; f++) {
		sr_buf_put(out, f->key, f->key_len);
		sr_field_get_dict(&f->ref, v, entry, &val);
		sr_val_json(&f->ref, &val, v, out);
	}
	sr_memo_keep(&first->memo, entry, out, from);
}

static void json_host(struct sr_lines *l, struct sr_view *v, uint32_t row)
{
	struct sr_val val;

	sr_buf_puts(&l->out, ",\"evt.hostname\":");
	sr_field_get(&l->host, v, row, &val);
	sr_val_json(&l->host, &val, v, &l->out);
}

static void json_object(struct sr_lines *l, struct sr_view *v, uint32_t row)
{
	const struct sr_block *b = v->b;
	uint64_t wall = sr_meta_wall(v->meta, b->time[row]);
	struct sr_buf *out = &l->out;

	/* Nanoseconds since the epoch do not fit a JSON double, so they are a string. */
	sr_buf_puts(out, "{\"evt.num\":");
	sr_buf_u64(out, b->first_num + row);
	sr_buf_puts(out, ",\"evt.time\":\"");
	put_wall(&l->second, wall, 0, true, out);
	sr_buf_puts(out, "\",\"evt.rawtime\":\"");
	sr_buf_u64(out, wall);
	sr_buf_putc(out, '"');
	if (sr_meta_hosts(v->meta) > 1)
		json_host(l, v, row);
	for (size_t i = 0; i < SR_LINES_JSON; i += l->json[i].together)
		json_members(l, &l->json[i], v, row);
	sr_buf_puts(out, ",\"args\":");
	sr_args_json(b, row, out);
	sr_buf_putc(out, '}');
}

/* ---- beginning and end ---- */

bool sr_lines_tell_gaps(const struct sr_lines *l)
{
	return !l->o.json && !l->o.format && !l->o.no_gaps;
}

void sr_lines_event(struct sr_lines *l, struct sr_view *v, uint32_t row)
{
	if (l->o.format && l->o.json)
		sr_format_json(l->o.format, v, row, &l->out);
	else if (l->o.format)
		sr_format_line(l->o.format, v, row, &l->out);
	else if (l->o.json)
		json_object(l, v, row);
	else
		default_line(l, v, row);
	sr_buf_putc(&l->out, '\n');
	if (v->opts)
		v->opts->last_shown = v->b->time[row];
}

void sr_lines_begin(struct sr_lines *l, const struct sr_block *b)
{
	if (l->o.format)
		return;
	if (!l->o.json)
		sr_memo_begin(&l->process, b->nthreads);
	for (size_t i = 0; l->o.json && i < SR_LINES_JSON; i += l->json[i].together) {
		enum sr_scope scope = l->json[i].ref.field->scope;

		sr_memo_begin(&l->json[i].memo, scope == SR_SCOPE_TYPE	   ? b->ntypes
						: scope == SR_SCOPE_THREAD ? b->nthreads
						: scope == SR_SCOPE_FILE   ? b->nfiles
									   : 0);
	}
}

uint32_t sr_lines_need(const struct sr_lines *l)
{
	if (l->o.format)
		return SR_NEED_TYPE | SR_NEED_TIME | sr_format_need(l->o.format);
	return SR_NEED_ALL;
}

/* The fields of the JSON object, those of one dictionary that stand together joined. */
static int parse_json(struct sr_lines *l, struct sr_err *err)
{
	struct sr_json_field *first = NULL;
	int rc;

	for (size_t i = 0; i < SR_LINES_JSON; i++) {
		struct sr_json_field *f = &l->json[i];

		rc = sr_fieldref_parse(&f->ref, json_fields[i], strlen(json_fields[i]), err);
		if (rc < 0)
			return rc;
		f->key_len = (size_t)snprintf(f->key, sizeof(f->key), ",\"%s\":", json_fields[i]);
		if (!first || first->ref.field->scope != f->ref.field->scope)
			first = f;
		first->together++;
	}
	return 0;
}

int sr_lines_init(struct sr_lines *l, const struct sr_lines_opts *o, struct sr_err *err)
{
	int rc;

	*l = (struct sr_lines){ .o = *o, .args = { .max_str = o->max_str } };
	rc = sr_fieldref_parse(&l->buffer, "evt.buffer", strlen("evt.buffer"), err);

	if (rc >= 0)
		rc = sr_fieldref_parse(&l->host, "evt.hostname", strlen("evt.hostname"), err);
	return rc < 0 ? rc : parse_json(l, err);
}

void sr_lines_free(struct sr_lines *l)
{
	for (size_t i = 0; i < SR_LINES_JSON; i++)
		sr_memo_free(&l->json[i].memo);
	sr_memo_free(&l->process);
	sr_buf_free(&l->out);
}
