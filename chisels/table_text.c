/* SPDX-License-Identifier: Apache-2.0 */
/* Texts and single values as people read them. */
#include "chisels/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *sr_why_name(unsigned int why)
{
	static const char *const names[SYSREEL_WHY_COUNT] = {
		[SYSREEL_PRESENT] = "present", [SYSREEL_NONE] = "not applicable",
		[SYSREEL_CUT] = "cut off",     [SYSREEL_FAULT] = "page fault",
		[SYSREEL_NO_ROOM] = "no room", [SYSREEL_UNKNOWN] = "not known",
	};

	return names[why < SYSREEL_WHY_COUNT ? why : SYSREEL_UNKNOWN];
}

/* ---- text ---- */

/* Bytes of the valid, printable UTF-8 sequence at @p; 0 if there is none. */
static size_t utf8_len(const uint8_t *p, size_t left)
{
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

	if (!n || n > left || p[0] > 0xf4)
		return 0;
	if (n == 1)
		return p[0] >= 0x20 && p[0] != 0x7f;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if (p[0] == 0xc2 && p[1] < 0xa0)
		return 0; /* control characters of Latin 1 */
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0; /* overlong, surrogates, beyond Unicode */
	return n;
}

void sr_text_safe(const char *text, size_t len, struct sr_buf *out)
{
	const uint8_t *p = (const uint8_t *)text;

	while (len) {
		size_t n = utf8_len(p, len);

		if (n)
			sr_buf_put(out, p, n);
		else if (*p == '\n' || *p == '\t' || *p == '\r')
			sr_buf_puts(out, *p == '\n' ? "\\n" : *p == '\t' ? "\\t" : "\\r");
		else
			sr_buf_printf(out, "\\x%02x", *p);
		n = n ? n : 1;
		p += n;
		len -= n;
	}
}

/* One for each character. */
size_t sr_text_width(const uint8_t *p, size_t len)
{
	size_t w = 0;

	for (size_t i = 0; i < len; i++)
		w += (p[i] & 0xc0) != 0x80;
	return w;
}

/* Offset of character number @n of @p. */
static size_t char_offset(const uint8_t *p, size_t len, size_t n)
{
	size_t i = 0;

	for (; i < len; i++)
		if ((p[i] & 0xc0) != 0x80 && n-- == 0)
			break;
	return i;
}

/* A path tells most at its end and something at its beginning. */
void sr_text_fit(const uint8_t *p, size_t len, size_t width, struct sr_buf *out)
{
	size_t w = sr_text_width(p, len), head, tail;

	if (w <= width) {
		sr_buf_put(out, p, len);
		return;
	}
	head = (width - 3) / 3;
	tail = width - 3 - head;
	sr_buf_put(out, p, char_offset(p, len, head));
	sr_buf_puts(out, "...");
	tail = char_offset(p, len, w - tail);
	sr_buf_put(out, p + tail, len - tail);
}

/* ---- values ---- */

/* Three digits that matter: 1.50, 15.0, 150. */
static void put_scaled(struct sr_buf *out, double v, const char *unit)
{
	sr_buf_printf(out, "%.*f%s", v < 9.995 ? 2 : v < 99.95 ? 1 : 0, v, unit);
}

static void put_bytes(struct sr_buf *out, double v)
{
	static const char *const units[] = { "B", "K", "M", "G", "T", "P" };
	size_t u = 0;

	if (v < 0) {
		sr_buf_putc(out, '-');
		v = -v;
	}
	for (; v >= 1024 && u < 5; u++)
		v /= 1024;
	if (u == 0)
		sr_buf_printf(out, "%.0fB", v);
	else
		put_scaled(out, v, units[u]);
}

static void put_ns(struct sr_buf *out, double v)
{
	if (v < 0) {
		sr_buf_putc(out, '-');
		v = -v;
	}
	if (v < 1000)
		sr_buf_printf(out, "%.0fns", v);
	else if (v < 999500)
		put_scaled(out, v / 1e3, "us");
	else if (v < 999500000)
		put_scaled(out, v / 1e6, "ms");
	else
		sr_buf_printf(out, "%.2fs", v / 1e9);
}

static void put_time(struct sr_buf *out, uint64_t ns, int32_t tz_offset)
{
	int64_t sec = (int64_t)(ns / 1000000000) + tz_offset;
	int day = (int)(((sec % 86400) + 86400) % 86400);

	sr_buf_printf(out, "%02d:%02d:%02d.%09" PRIu64, day / 3600, day / 60 % 60, day % 60,
		      ns % 1000000000);
}

double sr_value_double(const struct sysreel_value *v)
{
	if (v->type == SYSREEL_DOUBLE)
		return v->d;
	return v->type == SYSREEL_INT ? (double)v->i : (double)v->u;
}

static void put_plain(const struct sysreel_value *v, const struct sr_table_opts *o,
		      struct sr_buf *out)
{
	switch (v->type) {
	case SYSREEL_STR:
		sr_text_safe(v->s.p, v->s.len, out);
		if (v->s.cut)
			sr_buf_puts(out, "...");
		break;
	case SYSREEL_INT:
		sr_buf_i64(out, v->i);
		break;
	case SYSREEL_BOOL:
		sr_buf_puts(out, v->u ? "true" : "false");
		break;
	case SYSREEL_DOUBLE:
		sr_buf_printf(out, "%.2f", v->d);
		break;
	case SYSREEL_TIME:
		put_time(out, v->u, o->tz_offset);
		break;
	case SYSREEL_DURATION:
		put_ns(out, (double)v->u);
		break;
	default:
		sr_buf_u64(out, v->u);
	}
}

void sr_cell_text(const struct sysreel_value *v, enum sysreel_unit unit,
		  const struct sr_table_opts *o, struct sr_buf *out)
{
	if (v->why)
		sr_buf_putc(out, '-');
	else if (unit == SYSREEL_PLAIN || v->type == SYSREEL_STR)
		put_plain(v, o, out);
	else if (unit == SYSREEL_BYTES)
		put_bytes(out, sr_value_double(v));
	else if (unit == SYSREEL_NS)
		put_ns(out, sr_value_double(v));
	else if (unit == SYSREEL_BAR)
		put_plain(v, o, out);
	else if (unit == SYSREEL_PERCENT)
		sr_buf_printf(out, "%.2f%%", sr_value_double(v));
	else
		sr_buf_printf(out, "0x%" PRIx64, v->u);
}
