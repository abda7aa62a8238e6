/* SPDX-License-Identifier: Apache-2.0 */
#include "container/passwd.h"

#include <string.h>

#define MAX_FIELDS 7	/* name:x:uid:gid:gecos:home:shell */
#define MAX_TEXT   1024 /* of a name or path; longer ones are nobody's */

struct field {
	const char *p;
	size_t len;
};

static bool to_id(const struct field *f, uint32_t *out)
{
	uint32_t v = 0;

	for (size_t i = 0; i < f->len; i++) {
		if (f->p[i] < '0' || f->p[i] > '9' || __builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint32_t)(f->p[i] - '0'), &v))
			return false;
	}
	*out = v;
	return f->len > 0;
}

static size_t split(const char *p, size_t len, char sep, struct field *out, size_t max)
{
	size_t n = 0;

	while (n < max) {
		const char *end = memchr(p, sep, len);
		size_t part = end ? (size_t)(end - p) : len;

		out[n++] = (struct field){ p, part };
		if (!end)
			break;
		p = end + 1;
		len -= part + 1;
	}
	return n;
}

/* Takes a line off the text. False at the end. */
static bool next_line(const char **text, size_t *len, struct field *out)
{
	const char *end;

	if (!*len)
		return false;
	end = memchr(*text, '\n', *len);
	*out = (struct field){ *text, end ? (size_t)(end - *text) : *len };
	*text += out->len + (end != NULL);
	*len -= out->len + (end != NULL);
	return true;
}

bool sr_passwd_next(const char **text, size_t *len, bool group, struct sr_passwd *out)
{
	struct field line, f[MAX_FIELDS];

	while (next_line(text, len, &line)) {
		size_t n = split(line.p, line.len, ':', f, MAX_FIELDS);

		if (n < 3 || !f[0].len || f[0].len > MAX_TEXT || f[0].p[0] == '#' ||
		    !to_id(&f[2], &out->id))
			continue;
		out->name = f[0].p;
		out->name_len = f[0].len;
		out->home = out->shell = "";
		out->home_len = out->shell_len = 0;
		if (!group && n == MAX_FIELDS && f[5].len <= MAX_TEXT && f[6].len <= MAX_TEXT) {
			out->home = f[5].p;
			out->home_len = f[5].len;
			out->shell = f[6].p;
			out->shell_len = f[6].len;
		}
		return true;
	}
	return false;
}

/* Three numbers with blanks between. */
static bool to_range(const struct field *line, struct sr_idrange *out)
{
	uint32_t *to[] = { &out->inside, &out->outside, &out->count };
	const char *p = line->p, *end = line->p + line->len;

	for (int i = 0; i < 3; i++) {
		struct field f;

		while (p < end && *p == ' ')
			p++;
		f.p = p;
		while (p < end && *p != ' ')
			p++;
		f.len = (size_t)(p - f.p);
		if (!to_id(&f, to[i]))
			return false;
	}
	return true;
}

size_t sr_idmap_parse(const char *text, size_t len, struct sr_idrange out[SR_MAX_IDRANGES])
{
	struct field line;
	size_t n = 0;

	while (n < SR_MAX_IDRANGES && next_line(&text, &len, &line))
		n += to_range(&line, &out[n]);
	return n;
}

bool sr_idmap_outside(const struct sr_idrange *map, size_t n, uint32_t id, uint32_t *out)
{
	for (size_t i = 0; i < n; i++) {
		if (id < map[i].inside || id - map[i].inside >= map[i].count)
			continue;
		return !__builtin_add_overflow(map[i].outside, id - map[i].inside, out);
	}
	return false;
}
