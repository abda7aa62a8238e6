/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of the filter language. What a token is depends on where it stands (a value may
 * hold `<` or `/`, a field name may not), so the parser asks for the token it expects. */
#include "filters/ast.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>

/* The language knows five blanks; vertical tab and form feed are not among them. */
bool sr_lex_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\b' || c == '\r' || c == '\n';
}

void sr_lex_blank(struct sr_lex *l)
{
	while (l->pos < l->len && sr_lex_is_blank(l->s[l->pos]))
		l->pos++;
}

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

size_t sr_lex_ident(const struct sr_lex *l, size_t pos)
{
	size_t p = pos;

	if (p >= l->len || !is_alpha(l->s[p]))
		return 0;
	while (p < l->len &&
	       (is_alpha(l->s[p]) || isdigit((unsigned char)l->s[p]) || l->s[p] == '_'))
		p++;
	return p - pos;
}

size_t sr_lex_bare(const struct sr_lex *l)
{
	size_t p = l->pos;

	while (p < l->len && !sr_lex_is_blank(l->s[p]) && !memchr("()\"'=,", l->s[p], 6))
		p++;
	return p - l->pos;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One escape: @p is after the backslash. Return bytes used; 0 if there is no such escape. */
static size_t unescape(const char *p, size_t left, char quote, char *out)
{
	static const char from[] = "bfnrt\\/ ", to[] = "\b\f\n\r\t\\/\\";
	const char *at;

	if (!left || !*p)
		return 0;
	if (*p == quote) {
		*out = quote;
		return 1;
	}
	at = strchr(from, *p);
	if (at) {
		*out = to[at - from];
		return 1;
	}
	if (*p != 'x' || left < 3 || hex_digit(p[1]) < 0 || hex_digit(p[2]) < 0)
		return 0;
	*out = (char)(hex_digit(p[1]) << 4 | hex_digit(p[2]));
	return *out ? 3 : 0;
}

static int bad_escape(struct sr_lex *l, size_t pos, char quote)
{
	char c = pos + 1 < l->len ? l->s[pos + 1] : 0;

	if (c == 'x')
		return sr_err_set(l->err, -EINVAL, pos,
				  "\\x needs two hex digits, and not those of byte 0");
	if (c == '"' || c == '\'')
		return sr_err_set(l->err, -EINVAL, pos, "inside %c quotes, %c stands without \\",
				  quote, c);
	return sr_err_set(
		l->err, -EINVAL, pos,
		"no such escape; there are \\b \\f \\n \\r \\t \\\\ \\/ \\xHH and \\%c (a "
		"backslash itself is \\\\)",
		quote);
}

int sr_lex_quoted(struct sr_lex *l, struct sr_lit *lit)
{
	size_t start = l->pos, p = start + 1, n = 0, used;
	char quote = l->s[start];
	char *out = sr_arena_alloc(l->arena, l->len - start + 1);

	if (!out)
		return -ENOMEM;
	while (p < l->len && l->s[p] != quote) {
		if (!l->s[p])
			return sr_err_set(l->err, -EINVAL, p, "a value cannot hold byte 0");
		if (l->s[p] != '\\') {
			out[n++] = l->s[p++];
			continue;
		}
		used = unescape(l->s + p + 1, l->len - p - 1, quote, &out[n]);
		if (!used)
			return bad_escape(l, p, quote);
		n++;
		p += 1 + used;
	}
	if (p >= l->len)
		return sr_err_set(l->err, -EINVAL, start, "the quote %c is not closed", quote);
	out[n] = 0;
	l->pos = p + 1;
	*lit = (struct sr_lit){
		.text = out, .len = n, .orig = out, .orig_len = n, .pos = (uint32_t)start
	};
	return 0;
}

/* The word at @pos, as a message shows it. */
static void found(const struct sr_lex *l, size_t pos, char *out, size_t size)
{
	size_t n = 0;

	if (pos >= l->len) {
		(void)snprintf(out, size, "the end");
		return;
	}
	while (pos + n < l->len && !sr_lex_is_blank(l->s[pos + n]) && n < 30)
		n++;
	while (n > 1 && pos + n < l->len && ((uint8_t)l->s[pos + n] & 0xc0) == 0x80)
		n--;
	(void)snprintf(out, size, "\"%.*s\"", (int)n, l->s + pos);
}

int sr_lex_fail(struct sr_lex *l, size_t pos, const char *fmt, ...)
{
	char msg[SR_ERR_MSG_MAX], word[40];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	found(l, pos, word, sizeof(word));
	return sr_err_set(l->err, -EINVAL, pos, "%s, got %s", msg, word);
}
