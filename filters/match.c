/* SPDX-License-Identifier: Apache-2.0 */
/* Text against text: substrings, shell patterns, path prefixes. Lengths everywhere, no
 * locale, no recursion: values come from traced processes. */
#include "filters/ast.h"
#include "filters/regex.h"

#include <ctype.h>
#include <strings.h>

static unsigned char folded(char c, bool fold)
{
	return (unsigned char)(fold && c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

/* [:alpha:] and the like at @p; returns its length, 0 if it is none. */
static size_t named_class(const char *p, size_t left, unsigned char c, bool *in)
{
	static const struct {
		const char *name;
		int (*is)(int);
	} classes[] = {
		{ "[:alpha:]", isalpha }, { "[:digit:]", isdigit },   { "[:alnum:]", isalnum },
		{ "[:upper:]", isupper }, { "[:lower:]", islower },   { "[:space:]", isspace },
		{ "[:punct:]", ispunct }, { "[:xdigit:]", isxdigit },
	};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		size_t n = strlen(classes[i].name);

		if (n > left || memcmp(p, classes[i].name, n) != 0)
			continue;
		*in |= c < 0x80 && classes[i].is(c);
		return n;
	}
	return 0;
}

/* `[...]` at @p against @c. Returns its length and the answer, or 0 if it is not closed. */
static size_t bracket(const char *p, size_t left, char ch, bool fold, bool *match)
{
	unsigned char c = folded(ch, fold), lo, hi;
	size_t i = 1, n, start;
	bool negate, in = false;

	negate = i < left && (p[i] == '!' || p[i] == '^');
	i += negate;
	for (start = i; i < left && (p[i] != ']' || i == start);) {
		n = named_class(p + i, left - i, (unsigned char)ch, &in);
		if (n) {
			i += n;
			continue;
		}
		if (p[i] == '\\' && i + 1 < left)
			i++;
		lo = hi = folded(p[i++], fold);
		if (i + 1 < left && p[i] == '-' && p[i + 1] != ']') {
			i += p[i + 1] == '\\' && i + 2 < left ? 2 : 1;
			hi = folded(p[i++], fold);
		}
		in |= lo <= c && c <= hi;
	}
	if (i >= left)
		return 0;
	*match = in != negate;
	return i + 1;
}

/* One element of the pattern other than `*` against one byte; returns its length. */
static size_t one(const char *p, size_t left, char c, bool fold, bool *match)
{
	size_t n;

	if (*p == '?') {
		*match = true;
		return 1;
	}
	if (*p == '[') {
		n = bracket(p, left, c, fold, match);
		if (n)
			return n;
	}
	n = *p == '\\' && left > 1 ? 2 : 1;
	*match = folded(p[n - 1], fold) == folded(c, fold);
	return n;
}

/* On a mismatch only the latest `*` need take one byte more. */
bool sr_match_glob(const char *pat, size_t plen, const char *s, size_t len, bool fold)
{
	size_t p = 0, i = 0, star = SIZE_MAX, from = 0, n;
	bool match;

	while (i < len) {
		if (p < plen && pat[p] == '*') {
			star = ++p;
			from = i;
			continue;
		}
		match = false;
		n = p < plen ? one(pat + p, plen - p, s[i], fold, &match) : 0;
		if (match) {
			p += n;
			i++;
		} else if (star != SIZE_MAX) {
			p = star;
			i = ++from;
		} else {
			return false;
		}
	}
	while (p < plen && pat[p] == '*')
		p++;
	return p == plen;
}

/* The next component of a path; false at its end. */
static bool component(const char **p, size_t *left, const char **c, size_t *n)
{
	while (*left && **p == '/') {
		++*p;
		--*left;
	}
	*c = *p;
	while (*left && **p != '/') {
		++*p;
		--*left;
	}
	*n = (size_t)(*p - *c);
	return *n;
}

bool sr_match_path(const char *pat, size_t plen, const char *s, size_t len)
{
	const char *pc, *sc;
	size_t pn, sn;

	while (component(&pat, &plen, &pc, &pn)) {
		if (!component(&s, &len, &sc, &sn) || !sr_match_glob(pc, pn, sc, sn, false))
			return false;
	}
	return true;
}

static bool icontains(const char *s, size_t len, const char *lit, size_t n)
{
	for (size_t i = 0; i + n <= len; i++)
		if (strncasecmp(s + i, lit, n) == 0)
			return true;
	return false;
}

static int order(const char *s, size_t len, const char *lit, size_t n)
{
	int d = memcmp(s, lit, len < n ? len : n);

	return d ? d : (len > n) - (len < n);
}

bool sr_match_text(enum sr_cmp cmp, const char *s, size_t len, const char *lit, size_t n)
{
	switch (cmp) {
	case SR_CMP_EQ:
	case SR_CMP_IN:
	case SR_CMP_INTERSECTS:
		return len == n && memcmp(s, lit, n) == 0;
	case SR_CMP_NE:
		return len != n || memcmp(s, lit, n) != 0;
	case SR_CMP_LT:
		return order(s, len, lit, n) < 0;
	case SR_CMP_LE:
		return order(s, len, lit, n) <= 0;
	case SR_CMP_GT:
		return order(s, len, lit, n) > 0;
	case SR_CMP_GE:
		return order(s, len, lit, n) >= 0;
	case SR_CMP_CONTAINS:
	case SR_CMP_BCONTAINS:
		return !n || (len >= n && memmem(s, len, lit, n));
	case SR_CMP_ICONTAINS:
		return icontains(s, len, lit, n);
	case SR_CMP_STARTSWITH:
	case SR_CMP_BSTARTSWITH:
		return len >= n && memcmp(s, lit, n) == 0;
	case SR_CMP_ENDSWITH:
		return len >= n && memcmp(s + len - n, lit, n) == 0;
	case SR_CMP_GLOB:
	case SR_CMP_IGLOB:
		return sr_match_glob(lit, n, s, len, cmp == SR_CMP_IGLOB);
	case SR_CMP_PMATCH:
		return sr_match_path(lit, n, s, len);
	default:
		return false;
	}
}

bool sr_match_lit(enum sr_cmp cmp, const char *s, size_t len, const struct sr_lit *lit, bool *oom)
{
	int rc;

	if (cmp != SR_CMP_REGEX)
		return sr_match_text(cmp, s, len, lit->text, lit->len);
	rc = sr_regex_match(lit->re, s, len);
	*oom |= rc < 0;
	return rc > 0;
}
