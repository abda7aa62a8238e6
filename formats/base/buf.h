/* SPDX-License-Identifier: Apache-2.0 */
/* A growable byte buffer. Appending never fails visibly: the first failed
 * allocation sets @oom and later appends do nothing, so a caller checks once. */
#ifndef SR_BUF_H
#define SR_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** struct sr_buf - zero-initialise it, release with sr_buf_free(). */
struct sr_buf {
	uint8_t *p; /* NULL while nothing was appended */
	size_t len; /* bytes in use */
	size_t cap;
	bool oom;
};

/** sr_buf_reserve() - make room for @more bytes past @len; false (and oom) on failure. */
bool sr_buf_reserve_slow(struct sr_buf *b, size_t more);
static inline bool sr_buf_reserve(struct sr_buf *b, size_t more)
{
	return __builtin_expect(b->cap - b->len >= more, 1) || sr_buf_reserve_slow(b, more);
}

static inline void sr_buf_put(struct sr_buf *b, const void *data, size_t len)
{
	if (!len || !sr_buf_reserve(b, len))
		return;
	memcpy(b->p + b->len, data, len);
	b->len += len;
}

static inline void sr_buf_putc(struct sr_buf *b, char c)
{
	if (!sr_buf_reserve(b, 1))
		return;
	b->p[b->len++] = (uint8_t)c;
}

static inline void sr_buf_puts(struct sr_buf *b, const char *s)
{
	sr_buf_put(b, s, strlen(s));
}

/** sr_buf_clean() - append text of the recorded machine; control characters, which could drive the
 *  reader's terminal, as \n, \x1b and the like. */
void sr_buf_clean(struct sr_buf *b, const char *s, size_t len);

/** sr_buf_printf() - append formatted text (no trailing NUL is counted). */
void sr_buf_printf(struct sr_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** sr_buf_u64() / sr_buf_i64() - append a decimal number, faster than printf. */
void sr_buf_u64(struct sr_buf *b, uint64_t v);
void sr_buf_i64(struct sr_buf *b, int64_t v);

/** sr_buf_digits() - append the last @width (at most 20) decimal digits of @v. */
void sr_buf_digits(struct sr_buf *b, uint64_t v, unsigned int width);

/** sr_buf_plain() - how many bytes at the start of @p are printable ASCII and neither quote nor
 *  backslash: they stand for themselves in JSON and in C strings. */
size_t sr_buf_plain(const void *p, size_t len);

/**
 * sr_buf_json_str() - append @s as a JSON string with its quotes. Valid UTF-8 is
 * kept; every byte that is not part of valid UTF-8 becomes \u00XX of that byte,
 * so the output is always valid JSON.
 */
void sr_buf_json_str(struct sr_buf *b, const char *s, size_t len);

/** sr_buf_cstr() - the content as a C string (a NUL is stored after it, not counted); "" on oom. */
const char *sr_buf_cstr(struct sr_buf *b);

/** sr_buf_free() - release the memory; the buffer may be used again. */
void sr_buf_free(struct sr_buf *b);

#endif /* SR_BUF_H */
