/* SPDX-License-Identifier: Apache-2.0 */
/* See regex.h. No exception may leave this file: its callers are C. */
#include "filters/regex.h"

#include <cerrno>
#include <cstdio>
#include <new>
#include <string>

#include <re2/re2.h>

struct sr_regex {
	RE2 re;
	std::string clean; /* room for values that are no UTF-8; kept */

	sr_regex(const re2::StringPiece &pattern, const RE2::Options &opts) : re(pattern, opts) {}
};

/* Length of the UTF-8 sequence at @s; 0 if it is none. */
static size_t sequence(const unsigned char *s, size_t left)
{
	size_t n = *s < 0x80 ? 1 : *s >= 0xc2 && *s < 0xe0 ? 2 : (*s & 0xf0) == 0xe0 ? 3
		   : *s >= 0xf0 && *s < 0xf5 ? 4 : 0;

	if (n > left)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if (n > 2 && ((*s == 0xe0 && s[1] < 0xa0) || (*s == 0xed && s[1] > 0x9f) ||
		      (*s == 0xf0 && s[1] < 0x90) || (*s == 0xf4 && s[1] > 0x8f)))
		return 0;
	return n;
}

/* @s as UTF-8: itself, or a copy in @room without what is none. */
static re2::StringPiece clean(const char *s, size_t len, std::string &room)
{
	const unsigned char *p = reinterpret_cast<const unsigned char *>(s);
	size_t i = 0, n;

	while (i < len && (n = sequence(p + i, len - i)))
		i += n;
	if (i == len)
		return re2::StringPiece(s, len);
	room.assign(s, i);
	while (i < len) {
		n = sequence(p + i, len - i);
		if (n)
			room.append(s + i, n);
		else
			room.append("\xef\xbf\xbd");
		i += n ? n : 1;
	}
	return room;
}

extern "C" int sr_regex_new(struct sr_regex **out, const char *pattern, size_t len, char *why,
			    size_t why_size)
{
	try {
		RE2::Options opts;
		struct sr_regex *re;

		opts.set_posix_syntax(true);
		opts.set_longest_match(true);
		opts.set_log_errors(false);
		re = new sr_regex(re2::StringPiece(pattern, len), opts);
		if (re->re.ok()) {
			*out = re;
			return 0;
		}
		(void)snprintf(why, why_size, "%s", re->re.error().c_str());
		delete re;
		return -EINVAL;
	} catch (...) {
		return -ENOMEM;
	}
}

extern "C" int sr_regex_match(struct sr_regex *re, const char *s, size_t len)
{
	try {
		return RE2::FullMatch(clean(s, len, re->clean), re->re);
	} catch (...) {
		return -ENOMEM;
	}
}

extern "C" void sr_regex_free(struct sr_regex *re)
{
	delete re;
}
