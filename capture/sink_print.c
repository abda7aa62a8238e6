/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/sink_print.h"
#include "capture/memo.h"
#include "capture/rows.h"
#include "formats/args.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FLUSH_BYTES 65536
#define NS_PER_S    1000000000ull

#define RED	    "\033[31m"
#define GREEN	    "\033[32m"
#define YELLOW	    "\033[33m"
#define CYAN	    "\033[36m"
#define RESET	    "\033[0m"

/* The default JSON object, after evt.num, evt.time and evt.rawtime. */
static const char *const json_fields[] = {
	"evt.type",	"evt.cpu",	  "evt.latency", "evt.res",  "evt.rawres",
	"container.id", "container.name", "proc.name",	 "proc.pid", "thread.tid",
	"proc.cmdline", "user.name",	  "fd.num",	 "fd.name",  "fd.type",
};
#define NJSON (sizeof(json_fields) / sizeof(json_fields[0]))

/* A second as text: most events end in the same one as the event before. */
struct second {
	uint64_t from; /* ns since the epoch */
	int32_t tz_s;
	bool iso;
	uint8_t len; /* 0: none yet */
	char text[32];
};

/* A field of the JSON object. Neighbours that hang on the same dictionary are made together. */
struct json_field {
	struct sr_fieldref ref;
	char key[32]; /* with the comma before and the colon after it */
	size_t key_len;
	size_t together;     /* of the first: how many; else 0 */
	struct sr_memo memo; /* of the first, unless they hang on the event */
};

struct sink_print {
	struct sr_sink s;
	struct sr_sink_print_opts o;
	struct sr_sink_print_stats stats;
	struct json_field json[NJSON];
	struct sr_memo process; /* of the default line: container and process */
	struct second second;
	struct sr_fieldref buffer; /* evt.buffer */
	struct sr_fieldref host;   /* evt.hostname */
	struct sr_args_opts args;
	struct sr_buf out;
};

static struct sink_print *of(struct sr_sink *s)
{
	return (struct sink_print *)s;
}

/* Return 0; 1 if the reader is gone; negative errno. */
static int flush(struct sink_print *p, struct sr_err *err)
{
	size_t at = 0;

	if (p->out.oom)
		return -ENOMEM;
	while (at < p->out.len) {
		ssize_t n = write(p->o.fd, p->out.p + at, p->out.len - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int rc = -errno;

			p->out.len = 0;
			return rc == -EPIPE
				       ? 1
				       : sr_err_set(err, rc, SR_NO_POS,
						    "cannot write the output: %s", strerror(-rc));
		}
		at += (size_t)n;
	}
	p->out.len = 0;
	return 0;
}

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
static void put_wall(struct second *s, uint64_t wall_ns, int32_t tz_s, bool iso, struct sr_buf *out)
{
	size_t at = out->len, len = iso ? strlen("2026-11-21T10:50:00") : strlen("10:50:00");

	if (s->len != len || s->tz_s != tz_s || wall_ns - s->from >= NS_PER_S) {
		if (iso)
			sr_iso_text(wall_ns, out);
		else
			sr_clock_text(wall_ns, tz_s, out);
		if (out->oom || out->len - at < len || out->p[at + len] != '.')
			return; /* a year of five digits */
		*s = (struct second){ wall_ns - wall_ns % NS_PER_S, tz_s, iso, (uint8_t)len, "" };
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

static void color(const struct sink_print *p, struct sr_buf *out, const char *seq)
{
	if (p->o.color)
		sr_buf_puts(out, seq);
}

/* ---- the default line ---- */

static bool has_latency(const struct sr_block *b, uint32_t row)
{
	const struct sr_type *t = sr_block_type_of(b, row)->type;
	const unsigned int none = SR_F_NO_START | SR_F_INFLIGHT | SR_F_NORETURN | SR_F_LATENCY_OFF;

	return !(b->flags[row] & none) && (!t || t->xevent < 0);
}

static void put_time(struct sink_print *p, const struct sr_view *v, uint32_t row,
		     struct sr_buf *out)
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
		put_wall(&p->second, sr_meta_wall(v->meta, t),
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
static void put_origin(struct sink_print *p, const struct sr_view *v, uint32_t thread,
		       struct sr_buf *out)
{
	const struct sr_block *b = v->b;
	const struct sr_thread *t = &b->threads[thread];
	size_t from = out->len;

	if (sr_memo_put(&p->process, thread, out))
		return;
	put_host(v, t, out);
	color(p, out, CYAN);
	put_container(b, t, out);
	color(p, out, RESET);
	sr_buf_putc(out, ' ');
	color(p, out, GREEN);
	put_process(b, t, out);
	color(p, out, RESET);
	sr_buf_putc(out, ' ');
	sr_memo_keep(&p->process, thread, out, from);
}

static bool failed(const struct sr_block *b, uint32_t row)
{
	return !(b->flags[row] & (SR_F_INFLIGHT | SR_F_NORETURN)) && b->ret[row] < 0 &&
	       b->ret[row] >= -4095;
}

static void put_payload(struct sink_print *p, struct sr_view *v, uint32_t row, struct sr_buf *out)
{
	struct sr_val val;

	sr_field_get(&p->buffer, v, row, &val);
	if (val.type != SR_V_STR || !val.s.len)
		return;
	if (v->opts->payload == 'b')
		sr_buf_putc(out, ' ');
	(void)sr_val_text(&p->buffer, &val, v, out); /* present: it appends something */
}

static void default_line(struct sink_print *p, struct sr_view *v, uint32_t row)
{
	const struct sr_block *b = v->b;
	struct sr_buf *out = &p->out;

	sr_buf_u64(out, b->first_num + row);
	sr_buf_putc(out, ' ');
	put_time(p, v, row, out);
	sr_buf_putc(out, ' ');
	sr_buf_u64(out, b->cpu[row]);
	sr_buf_putc(out, ' ');
	put_origin(p, v, b->thread[row], out);
	if (has_latency(b, row))
		sr_latency_text(b->dur[row], out);
	else
		sr_buf_putc(out, '-');
	sr_buf_putc(out, ' ');
	if (failed(b, row))
		color(p, out, RED);
	sr_call_text(b, row, &p->args, out);
	if (failed(b, row))
		color(p, out, RESET);
	if (v->opts && v->opts->payload)
		put_payload(p, v, row, out);
}

/* Where a gap is: "--- 12 events of web (DATA) lost on CPU 1 between T and T ---". */
static void gap_line(struct sink_print *p, struct sr_view *v, uint32_t row,
		     const struct sr_rows_gap *gap)
{
	int32_t tz = v->opts && v->opts->utc ? 0 : sr_meta_tz_offset(v->meta);
	struct sr_buf *out = &p->out;

	color(p, out, YELLOW);
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
	color(p, out, RESET);
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
static void json_members(struct sink_print *p, struct json_field *first, struct sr_view *v,
			 uint32_t row)
{
	enum sr_scope scope = first->ref.field->scope;
	uint32_t entry = entry_of(scope, v->b, row);
	struct sr_buf *out = &p->out;
	size_t from = out->len;
	struct sr_val val;

	if (sr_memo_put(&first->memo, entry, out))
		return;
	for (struct json_field *f = first; f < first + first->together; f++) {
		sr_buf_put(out, f->key, f->key_len);
		sr_field_get_dict(&f->ref, v, entry, &val);
		sr_val_json(&f->ref, &val, v, out);
	}
	sr_memo_keep(&first->memo, entry, out, from);
}

static void json_host(struct sink_print *p, struct sr_view *v, uint32_t row)
{
	struct sr_val val;

	sr_buf_puts(&p->out, ",\"evt.hostname\":");
	sr_field_get(&p->host, v, row, &val);
	sr_val_json(&p->host, &val, v, &p->out);
}

static void json_object(struct sink_print *p, struct sr_view *v, uint32_t row)
{
	const struct sr_block *b = v->b;
	uint64_t wall = sr_meta_wall(v->meta, b->time[row]);
	struct sr_buf *out = &p->out;

	/* Nanoseconds since the epoch do not fit a JSON double, so they are a string. */
	sr_buf_puts(out, "{\"evt.num\":");
	sr_buf_u64(out, b->first_num + row);
	sr_buf_puts(out, ",\"evt.time\":\"");
	put_wall(&p->second, wall, 0, true, out);
	sr_buf_puts(out, "\",\"evt.rawtime\":\"");
	sr_buf_u64(out, wall);
	sr_buf_putc(out, '"');
	if (sr_meta_hosts(v->meta) > 1)
		json_host(p, v, row);
	for (size_t i = 0; i < NJSON; i += p->json[i].together)
		json_members(p, &p->json[i], v, row);
	sr_buf_puts(out, ",\"args\":");
	sr_args_json(b, row, out);
	sr_buf_putc(out, '}');
}

/* ---- the sink ---- */

static void print_event(struct sink_print *p, struct sr_view *v, uint32_t row)
{
	if (p->o.format && p->o.json)
		sr_format_json(p->o.format, v, row, &p->out);
	else if (p->o.format)
		sr_format_line(p->o.format, v, row, &p->out);
	else if (p->o.json)
		json_object(p, v, row);
	else
		default_line(p, v, row);
	sr_buf_putc(&p->out, '\n');
	if (v->opts)
		v->opts->last_shown = v->b->time[row];
	p->stats.events++;
}

/* Room for what this block's entries will be remembered as. */
static void begin_memos(struct sink_print *p, const struct sr_block *b)
{
	if (p->o.format)
		return;
	if (!p->o.json)
		sr_memo_begin(&p->process, b->nthreads);
	for (size_t i = 0; p->o.json && i < NJSON; i += p->json[i].together) {
		enum sr_scope scope = p->json[i].ref.field->scope;

		sr_memo_begin(&p->json[i].memo, scope == SR_SCOPE_TYPE	   ? b->ntypes
						: scope == SR_SCOPE_THREAD ? b->nthreads
						: scope == SR_SCOPE_FILE   ? b->nfiles
									   : 0);
	}
}

static bool gap_as_line(const struct sink_print *p)
{
	return !p->o.json && !p->o.format && !p->o.no_gaps;
}

/* Does this row count as a gap, and is it thereby done with? */
static bool take_gap(struct sink_print *p, struct sr_view *v, uint32_t row)
{
	struct sr_rows_gap gap;

	if (!sr_rows_is(v->b, row, SR_X_LOST))
		return false;
	sr_rows_gap(v->b, row, &gap);
	p->stats.lost += gap.count;
	if (gap_as_line(p))
		gap_line(p, v, row, &gap);
	return gap_as_line(p);
}

static int print_block(struct sr_sink *s, struct sr_view *v, const uint64_t *sel, uint64_t nsel,
		       struct sr_err *err)
{
	struct sink_print *p = of(s);
	const struct sr_block *b = v->b;
	bool gaps = sr_rows_has(b, SR_X_LOST);
	int rc = gaps ? sr_block_load(v->b, SR_NEED_ARGS | SR_NEED_CPU, err) : 0;

	(void)nsel;
	begin_memos(p, b);
	for (uint32_t row = 0; rc == 0 && row < b->n; row++) {
		if (!gaps)
			row = sr_sel_next(sel, b->n, row);
		if (row == b->n)
			break;
		if (!(gaps && take_gap(p, v, row)) && sr_sel_get(sel, row))
			print_event(p, v, row);
		if (p->o.limit && p->stats.events >= p->o.limit)
			rc = 1;
		if (p->out.len >= FLUSH_BYTES) {
			int frc = flush(p, err);

			rc = frc ? frc : rc;
		}
	}
	if (p->out.oom)
		return -ENOMEM;
	return rc;
}

static uint32_t print_need(struct sr_sink *s)
{
	struct sink_print *p = of(s);

	if (p->o.format)
		return SR_NEED_TYPE | SR_NEED_TIME | sr_format_need(p->o.format);
	return SR_NEED_ALL;
}

static int print_idle(struct sr_sink *s, struct sr_err *err)
{
	return flush(of(s), err);
}

static int print_finish(struct sr_sink *s, struct sr_err *err)
{
	int rc = flush(of(s), err);

	return rc < 0 ? rc : 0;
}

static void print_close(struct sr_sink *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < NJSON; i++)
		sr_memo_free(&of(s)->json[i].memo);
	sr_memo_free(&of(s)->process);
	sr_buf_free(&of(s)->out);
	free(s);
}

static const struct sr_sink_ops ops = {
	.name = "print",
	.need = print_need,
	.block = print_block,
	.idle = print_idle,
	.finish = print_finish,
	.close = print_close,
};

/* The fields of the JSON object, those of one dictionary that stand together joined. */
static int parse_json(struct sink_print *p, struct sr_err *err)
{
	struct json_field *first = NULL;
	int rc;

	for (size_t i = 0; i < NJSON; i++) {
		struct json_field *f = &p->json[i];

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

static int parse_fields(struct sink_print *p, struct sr_err *err)
{
	int rc = sr_fieldref_parse(&p->buffer, "evt.buffer", strlen("evt.buffer"), err);

	if (rc >= 0)
		rc = sr_fieldref_parse(&p->host, "evt.hostname", strlen("evt.hostname"), err);
	return rc < 0 ? rc : parse_json(p, err);
}

int sr_sink_print_new(struct sr_sink **out, const struct sr_sink_print_opts *opts,
		      struct sr_err *err)
{
	struct sink_print *p = calloc(1, sizeof(*p));
	int rc;

	if (!p)
		return -ENOMEM;
	p->s.ops = &ops;
	p->o = *opts;
	p->args.max_str = opts->max_str;
	rc = parse_fields(p, err);
	if (rc < 0) {
		free(p);
		return rc;
	}
	*out = &p->s;
	return 0;
}

void sr_sink_print_stats(const struct sr_sink *s, struct sr_sink_print_stats *out)
{
	*out = ((const struct sink_print *)s)->stats;
}
