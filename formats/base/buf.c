/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/base/buf.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>

bool sr_buf_reserve_slow(struct sr_buf *b, size_t more)
{
	size_t need, cap = b->cap ? b->cap : 256;
	uint8_t *p;

	if (b->oom || __builtin_add_overflow(b->len, more, &need) || need > SIZE_MAX / 2)
		goto oom;
	while (cap < need)
		cap *= 2;
	p = realloc(b->p, cap);
	if (!p)
		goto oom;
	b->p = p;
	b->cap = cap;
	return true;

oom:
	b->oom = true;
	return false;
}

void sr_buf_clean(struct sr_buf *b, const char *s, size_t len)
{
	size_t from = 0;

	for (size_t i = 0; i < len; i++) {
		uint8_t c = (uint8_t)s[i];
		bool c1 = c == 0xc2 && i + 1 < len && (uint8_t)s[i + 1] >= 0x80 &&
			  (uint8_t)s[i + 1] < 0xa0;

		if (c >= 0x20 && c != 0x7f && !c1)
			continue;
		sr_buf_put(b, s + from, i - from);
		if (c == '\n' || c == '\t' || c == '\r')
			sr_buf_puts(b, c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\r");
		else
			sr_buf_printf(b, "\\x%02x", c);
		if (c1)
			sr_buf_printf(b, "\\x%02x", (uint8_t)s[++i]);
		from = i + 1;
	}
	sr_buf_put(b, s + from, len - from);
}

void sr_buf_printf(struct sr_buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !sr_buf_reserve(b, (size_t)n + 1))
		return;
	va_start(ap, fmt);
	(void)vsnprintf((char *)b->p + b->len, (size_t)n + 1, fmt, ap); /* measured above */
	va_end(ap);
	b->len += (size_t)n;
}

/* Two digits of each number below 100. */
static const char pairs[] = "00010203040506070809101112131415161718192021222324"
			    "25262728293031323334353637383940414243444546474849"
			    "50515253545556575859606162636465666768697071727374"
			    "75767778798081828384858687888990919293949596979899";

static unsigned int count_digits(uint64_t v)
{
	unsigned int n = 1;

	for (; v >= 10000; v /= 10000)
		n += 4;
	return n + (v >= 10) + (v >= 100) + (v >= 1000);
}

/* Digits before @end; divisions of 32 bits are shorter. */
static void put_digits(uint8_t *end, uint32_t v, unsigned int width)
{
	for (; width >= 2; width -= 2, v /= 100)
		memcpy(end -= 2, pairs + v % 100 * 2, 2);
	if (width)
		end[-1] = (uint8_t)('0' + v % 10);
}

void sr_buf_digits(struct sr_buf *b, uint64_t v, unsigned int width)
{
	uint8_t *end;

	if (!sr_buf_reserve(b, width))
		return;
	b->len += width;
	end = b->p + b->len;
	for (; width > 9; width -= 8, end -= 8, v /= 100000000)
		put_digits(end, (uint32_t)(v % 100000000), 8);
	put_digits(end, (uint32_t)(v % 1000000000), width);
}

void sr_buf_u64(struct sr_buf *b, uint64_t v)
{
	if (v < 10)
		sr_buf_putc(b, (char)('0' + v));
	else
		sr_buf_digits(b, v, count_digits(v));
}

void sr_buf_i64(struct sr_buf *b, int64_t v)
{
	if (v < 0)
		sr_buf_putc(b, '-');
	sr_buf_u64(b, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

/* Length of the valid UTF-8 sequence at @s (at most @left bytes), or 0. */
static size_t utf8_len(const uint8_t *s, size_t left)
{
	size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;

	if (s[0] < 0xc2 || s[0] > 0xf4 || n > left)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* overlong forms, surrogates, beyond U+10FFFF */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

#define EACH(byte) (0x0101010101010101ull * (byte))

/* The top bit of the lowest byte that is not plain, and perhaps of bytes above it: borrows and
 * carries only go up. */
static uint64_t not_plain(uint64_t x)
{
	uint64_t quote = x ^ EACH('"'), slash = x ^ EACH('\\');

	return (x | (x + EACH(1)) | ((x - EACH(0x20)) & ~x) | ((quote - EACH(1)) & ~quote) |
		((slash - EACH(1)) & ~slash)) &
	       EACH(0x80);
}

size_t sr_buf_plain(const void *p, size_t len)
{
	const uint8_t *u = p;
	uint64_t word, bad = 0;
	size_t i = 0;

	for (; i + 8 <= len && !bad; i += bad ? 0 : 8) {
		memcpy(&word, u + i, 8);
		bad = not_plain(le64toh(word));
	}
	if (bad)
		return i + (size_t)__builtin_ctzll(bad) / 8;
	while (i < len && u[i] >= 0x20 && u[i] < 0x7f && u[i] != '"' && u[i] != '\\')
		i++;
	return i;
}

void sr_buf_json_str(struct sr_buf *b, const char *s, size_t len)
{
	static const char hex[] = "0123456789abcdef";
	const uint8_t *u = (const uint8_t *)s;

	if (!sr_buf_reserve(b, len + 2))
		return;
	sr_buf_putc(b, '"');
	for (size_t i = 0; i < len;) {
		size_t run = sr_buf_plain(u + i, len - i), n;

		sr_buf_put(b, s + i, run);
		i += run;
		if (i == len)
			break;
		n = u[i] >= 0x80 ? utf8_len(u + i, len - i) : 0;
		if (n) {
			sr_buf_put(b, s + i, n);
			i += n;
			continue;
		}
		if (u[i] == '"' || u[i] == '\\') {
			sr_buf_putc(b, '\\');
			sr_buf_putc(b, s[i]);
		} else if (u[i] == '\n') {
			sr_buf_puts(b, "\\n");
		} else if (u[i] == '\t') {
			sr_buf_puts(b, "\\t");
		} else if (u[i] == '\r') {
			sr_buf_puts(b, "\\r");
		} else {
			sr_buf_puts(b, "\\u00");
			sr_buf_putc(b, hex[u[i] >> 4]);
			sr_buf_putc(b, hex[u[i] & 15]);
		}
		i++;
	}
	sr_buf_putc(b, '"');
}

const char *sr_buf_cstr(struct sr_buf *b)
{
	if (!sr_buf_reserve(b, 1))
		return "";
	b->p[b->len] = '\0';
	return (const char *)b->p;
}

void sr_buf_free(struct sr_buf *b)
{
	free(b->p);
	*b = (struct sr_buf){ 0 };
}
