/* SPDX-License-Identifier: Apache-2.0 */
/* Values as text and as JSON: times, durations, payload, and text that cannot disturb a
 * terminal. */
#include "filters/field_impl.h"
#include "formats/args.h"

#include <stdio.h>
#include <time.h>

#define NS 1000000000ULL

/* ---- times ---- */

static void put_clock(uint64_t secs, uint64_t ns, bool fraction, struct sr_buf *out)
{
	unsigned day = (unsigned)(secs % 86400);

	sr_buf_printf(out, "%02u:%02u:%02u", day / 3600, day / 60 % 60, day % 60);
	if (fraction)
		sr_buf_printf(out, ".%09u", (unsigned)ns);
}

static void put_date(uint64_t secs, char sep, struct sr_buf *out)
{
	time_t t = (time_t)secs;
	struct tm tm;

	/* Beyond what struct tm can say; only a damaged clock gives such a time. */
	if (!gmtime_r(&t, &tm)) {
		sr_buf_u64(out, secs);
		sr_buf_putc(out, sep);
		return;
	}
	sr_buf_printf(out, "%04d-%02d-%02d%c", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, sep);
}

static void put_seconds(uint64_t ns, struct sr_buf *out)
{
	sr_buf_printf(out, "%llu.%09llu", (unsigned long long)(ns / NS),
		      (unsigned long long)(ns % NS));
}

/* Seconds of the day's zone: the recorded host's unless UTC is asked for. */
static uint64_t local(uint64_t secs, const struct sr_view *v)
{
	int32_t offset = v->meta && !(v->opts && v->opts->utc) ? sr_meta_tz_offset(v->meta) : 0;

	return offset < 0 && secs < (uint64_t) - (int64_t)offset ? 0
								 : secs + (uint64_t)(int64_t)offset;
}

void sr_text_time(uint64_t ns, enum sr_style style, const struct sr_view *v, struct sr_buf *out)
{
	uint64_t secs = style == SR_STYLE_ISO ? ns / NS : local(ns / NS, v);

	switch (style) {
	case SR_STYLE_DATE:
	case SR_STYLE_DATE_S:
		put_date(secs, ' ', out);
		break;
	case SR_STYLE_ISO:
		put_date(secs, 'T', out);
		break;
	case SR_STYLE_CLOCK:
	case SR_STYLE_CLOCK_S:
		break;
	default:
		sr_buf_u64(out, ns);
		return;
	}
	put_clock(secs, ns % NS, style != SR_STYLE_CLOCK_S && style != SR_STYLE_DATE_S, out);
	if (style == SR_STYLE_ISO)
		sr_buf_puts(out, "+0000");
}

void sr_text_dur(uint64_t ns, struct sr_buf *out)
{
	if (ns < 1000)
		sr_buf_printf(out, "%lluns", (unsigned long long)ns);
	else if (ns < 1000000)
		sr_buf_printf(out, "%.2fus", (double)ns / 1e3);
	else if (ns < NS)
		sr_buf_printf(out, "%.2fms", (double)ns / 1e6);
	else
		sr_buf_printf(out, "%.2fs", (double)ns / 1e9);
}

/* evt.outputtime: a time of day, seconds since 1970, or a difference. */
static void put_output_time(const struct sr_val *val, const struct sr_view *v, struct sr_buf *out)
{
	if (val->type == SR_V_DUR || (v->opts && v->opts->time_mode == 'a'))
		put_seconds(val->u, out);
	else
		sr_text_time(val->u, SR_STYLE_CLOCK, v, out);
}

/* ---- payload ---- */

static bool printable(uint8_t c)
{
	return c >= 0x20 && c < 0x7f;
}

static void put_ascii(const uint8_t *p, size_t len, struct sr_buf *out)
{
	sr_buf_putc(out, '\n');
	for (size_t i = 0; i < len; i++) {
		if (printable(p[i]))
			sr_buf_putc(out, (char)p[i]);
		else if (p[i] == '\r' || (p[i] == '\n' && (!i || p[i - 1] != '\r')))
			sr_buf_putc(out, '\n');
	}
}

static void put_hex(const uint8_t *p, size_t len, bool ascii, struct sr_buf *out)
{
	for (size_t row = 0; row < len; row += 16) {
		size_t n = len - row < 16 ? len - row : 16;

		sr_buf_printf(out, "\n\t0x%04zx:", row);
		for (size_t i = 0; i < n; i++)
			sr_buf_printf(out, i % 2 ? "%02x" : " %02x", p[row + i]);
		if (!ascii)
			continue;
		for (size_t i = n; i < 16; i++)
			sr_buf_puts(out, i % 2 ? "  " : "   ");
		sr_buf_puts(out, "  ");
		for (size_t i = 0; i < n; i++)
			sr_buf_putc(out, printable(p[row + i]) ? (char)p[row + i] : '.');
	}
	sr_buf_putc(out, '\n');
}

static void put_base64(const uint8_t *p, size_t len, struct sr_buf *out)
{
	static const char set[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		size_t n = len - i < 3 ? len - i : 3;
		uint32_t bits = (uint32_t)p[i] << 16;

		if (n > 1)
			bits |= (uint32_t)p[i + 1] << 8;
		if (n > 2)
			bits |= p[i + 2];
		sr_buf_putc(out, set[bits >> 18]);
		sr_buf_putc(out, set[bits >> 12 & 63]);
		sr_buf_putc(out, n > 1 ? set[bits >> 6 & 63] : '=');
		sr_buf_putc(out, n > 2 ? set[bits & 63] : '=');
	}
}

void sr_text_payload(const char *s, size_t len, char mode, struct sr_buf *out)
{
	const uint8_t *p = (const uint8_t *)s;

	switch (mode) {
	case 'A':
		put_ascii(p, len, out);
		break;
	case 'x':
	case 'X':
		put_hex(p, len, mode == 'X', out);
		break;
	case 'b':
		put_base64(p, len, out);
		break;
	default:
		for (size_t i = 0; i < len; i++)
			sr_buf_putc(out, printable(p[i]) ? (char)p[i] : '.');
		break;
	}
}

/* ---- values ---- */

static void put_uint(uint64_t u, enum sr_style style, struct sr_buf *out)
{
	switch (style) {
	case SR_STYLE_HEX:
		sr_buf_printf(out, "%llX", (unsigned long long)u);
		break;
	case SR_STYLE_OCT:
		sr_buf_printf(out, "0%llo", (unsigned long long)u);
		break;
	case SR_STYLE_PAD9:
		sr_buf_printf(out, "%09llu", (unsigned long long)u);
		break;
	default:
		sr_buf_u64(out, u);
		break;
	}
}

static void put_str(const struct sr_fieldref *f, const struct sr_val *val, const struct sr_view *v,
		    struct sr_buf *out)
{
	if (f->field->show == SR_SHOW_PAYLOAD)
		sr_text_payload(val->s.p, val->s.len, v->opts ? v->opts->payload : 0, out);
	else
		sr_buf_put(out, val->s.p, val->s.len);
}

/* A list: (one,two). */
static void put_elems(const struct sr_val *val, struct sr_buf *out)
{
	struct sr_str rest = { val->s.p, (uint32_t)val->s.len }, elem;
	char before = '(';

	while (sr_list_next(&rest, &elem)) {
		sr_buf_putc(out, before);
		sr_buf_clean(out, elem.p, elem.len);
		before = ',';
	}
	sr_buf_puts(out, before == '(' ? "()" : ")");
}

static void json_elems(const struct sr_val *val, struct sr_buf *out)
{
	struct sr_str rest = { val->s.p, (uint32_t)val->s.len }, elem;
	char before = '[';

	while (sr_list_next(&rest, &elem)) {
		sr_buf_putc(out, before);
		sr_buf_json_str(out, elem.p, elem.len);
		before = ',';
	}
	sr_buf_puts(out, before == '[' ? "[]" : "]");
}

bool sr_val_text(const struct sr_fieldref *f, const struct sr_val *val, const struct sr_view *v,
		 struct sr_buf *out)
{
	enum sr_style style = sr_field_impl_of(f->field)->style;

	switch (val->type) {
	case SR_V_ABSENT:
		return false;
	case SR_V_INT:
		sr_buf_i64(out, val->i);
		break;
	case SR_V_UINT:
		put_uint(val->u, style, out);
		break;
	case SR_V_BOOL:
		sr_buf_puts(out, val->u ? "true" : "false");
		break;
	case SR_V_STR:
		if (f->field->show == SR_SHOW_PAYLOAD)
			put_str(f, val, v, out);
		else if (sr_field_impl_of(f->field)->fam == SR_FAM_LIST)
			put_elems(val, out);
		else
			sr_buf_clean(out, val->s.p, val->s.len);
		break;
	case SR_V_DUR:
	case SR_V_TIME:
		if (style == SR_STYLE_OUTPUT)
			put_output_time(val, v, out);
		else if (val->type == SR_V_TIME)
			sr_text_time(val->u, style, v, out);
		else
			put_uint(val->u, style, out);
		break;
	case SR_V_IP:
		sr_ip_text(val->ip.addr, val->ip.v6, out);
		break;
	case SR_V_DOUBLE:
		sr_buf_printf(out, "%.1f", val->d);
		break;
	}
	return true;
}

/* What is text in JSON, but has to be made first. */
static void json_made(const struct sr_fieldref *f, const struct sr_val *val,
		      const struct sr_view *v, struct sr_buf *out)
{
	struct sr_buf text = { 0 };

	if (val->type == SR_V_IP)
		sr_ip_text(val->ip.addr, val->ip.v6, &text);
	else
		put_str(f, val, v, &text);
	sr_buf_json_str(out, sr_buf_cstr(&text), text.len);
	out->oom |= text.oom;
	sr_buf_free(&text);
}

void sr_val_json(const struct sr_fieldref *f, const struct sr_val *val, const struct sr_view *v,
		 struct sr_buf *out)
{
	switch (val->type) {
	case SR_V_ABSENT:
		sr_buf_puts(out, "null");
		break;
	case SR_V_STR:
		if (sr_field_impl_of(f->field)->fam == SR_FAM_LIST)
			json_elems(val, out);
		else if (f->field->show != SR_SHOW_PAYLOAD)
			sr_buf_json_str(out, val->s.p, val->s.len);
		else
			json_made(f, val, v, out);
		break;
	case SR_V_IP:
		json_made(f, val, v, out);
		break;
	case SR_V_UINT:
	case SR_V_DUR:
	case SR_V_TIME:
		sr_buf_u64(out, val->u);
		break;
	default:
		(void)sr_val_text(f, val, v, out);
		break;
	}
}
