/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/when.h"
#include "cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NS  1000000000ull
#define DAY 86400ull

/* ---- pieces ---- */

/* Decimal digits, at most 18: true and *s behind them. */
static bool take_number(const char **s, uint64_t *out)
{
	size_t n = strspn(*s, "0123456789");

	if (!n || n > 18)
		return false;
	*out = 0;
	for (; n; n--)
		*out = *out * 10 + (uint64_t)(*(*s)++ - '0');
	return true;
}

/* Two digits below @limit. */
static bool take_two(const char **s, uint64_t limit, uint64_t *out)
{
	return strspn(*s, "0123456789") == 2 && take_number(s, out) && *out < limit;
}

static bool take_char(const char **s, char c)
{
	if (**s != c)
		return false;
	++*s;
	return true;
}

/* .25 as nanoseconds; nothing is 0. */
static bool take_fraction(const char **s, uint64_t *ns)
{
	uint64_t unit = NS / 10;

	*ns = 0;
	if (!take_char(s, '.'))
		return true;
	if (**s < '0' || **s > '9')
		return false;
	for (; **s >= '0' && **s <= '9'; ++*s, unit /= 10)
		*ns += (uint64_t)(**s - '0') * unit;
	return true;
}

/* 14:03, 14:03:22, 14:03:22.5: nanoseconds of the day. */
static bool take_clock(const char **s, uint64_t *ns)
{
	uint64_t h, m, sec = 0, fraction = 0;

	if (!take_two(s, 24, &h) || !take_char(s, ':') || !take_two(s, 60, &m))
		return false;
	if (take_char(s, ':') && (!take_two(s, 61, &sec) || !take_fraction(s, &fraction)))
		return false;
	*ns = (h * 3600 + m * 60 + sec) * NS + fraction;
	return true;
}

/* 2026-11-21: seconds since 1970. */
static bool take_date(const char **s, uint64_t *secs)
{
	uint64_t year, month, day;
	struct tm tm = { 0 };
	time_t t;

	if (strspn(*s, "0123456789") != 4 || !take_number(s, &year) || !take_char(s, '-') ||
	    !take_two(s, 13, &month) || !take_char(s, '-') || !take_two(s, 32, &day) || !month ||
	    !day || year < 1970)
		return false;
	tm.tm_year = (int)year - 1900;
	tm.tm_mon = (int)month - 1;
	tm.tm_mday = (int)day;
	t = timegm(&tm);
	*secs = (uint64_t)t;
	return t >= 0 && (uint64_t)tm.tm_mday == day;
}

static bool take_unit(const char **s, uint64_t *ns)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = { { "ns", 1 },	{ "us", 1000 },	    { "ms", 1000000 }, { "s", NS },
		      { "m", 60 * NS }, { "h", 3600 * NS }, { "d", DAY * NS }, { "", NS } };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(*s, units[i].name) != 0)
			continue;
		*s += strlen(units[i].name);
		*ns = units[i].ns;
		return true;
	}
	return false;
}

/* ---- the forms ---- */

/* Wall time of the recorded time 0: what lies between the two is constant. */
static uint64_t shift_of(const struct when *w)
{
	return sr_meta_wall(w->meta, 0);
}

static uint64_t from_wall(const struct when *w, uint64_t wall)
{
	uint64_t mono = wall - shift_of(w);

	return (int64_t)mono < 1 ? 1 : mono; /* before the host was up */
}

static uint64_t zone_ns(const struct when *w)
{
	return w->utc ? 0 : (uint64_t)(int64_t)sr_meta_tz_offset(w->meta) * NS;
}

/* +5s, -1.5m: from the first event on, back from the last. */
static bool parse_relative(const struct when *w, const char *s, uint64_t *out)
{
	bool back = *s++ == '-';
	uint64_t n, fraction, unit, ns;

	if (!take_number(&s, &n) || !take_fraction(&s, &fraction) || !take_unit(&s, &unit) || *s ||
	    __builtin_mul_overflow(n, unit, &ns))
		return false;
	ns += (uint64_t)((__int128)fraction * unit / NS);
	if (back)
		*out = w->stats->max_time > ns ? w->stats->max_time - ns : 1;
	else if (__builtin_add_overflow(w->stats->min_time, ns, out))
		return false;
	return true;
}

/* The time of the day when the capture begins; of the next, if only that is in the capture. */
static bool parse_clock(const struct when *w, const char *s, uint64_t *out)
{
	uint64_t first = sr_meta_wall(w->meta, w->stats->min_time) + zone_ns(w);
	uint64_t last = sr_meta_wall(w->meta, w->stats->max_time) + zone_ns(w);
	uint64_t clock, at;

	if (!take_clock(&s, &clock) || *s)
		return false;
	at = first - first % (DAY * NS) + clock;
	if (at < first && at + DAY * NS <= last)
		at += DAY * NS;
	*out = from_wall(w, at - zone_ns(w));
	return true;
}

static bool parse_date(const struct when *w, const char *s, uint64_t *out)
{
	uint64_t secs, clock = 0;
	bool utc;

	if (!take_date(&s, &secs))
		return false;
	if (*s && ((!take_char(&s, 'T') && !take_char(&s, ' ')) || !take_clock(&s, &clock)))
		return false;
	utc = take_char(&s, 'Z');
	if (*s || secs > UINT64_MAX / NS / 4)
		return false;
	*out = from_wall(w, secs * NS + clock - (utc ? 0 : zone_ns(w)));
	return true;
}

static bool parse_epoch(const struct when *w, const char *s, uint64_t *out)
{
	uint64_t secs, ns;

	if (!take_number(&s, &secs) || !take_fraction(&s, &ns) || *s || secs > UINT64_MAX / NS / 4)
		return false;
	*out = from_wall(w, secs * NS + ns);
	return true;
}

int when_parse(const struct when *w, const char *text, uint64_t *out, const char **why)
{
	bool relative = *text == '+' || *text == '-', clock = strlen(text) > 2 && text[2] == ':';

	if ((relative || clock) && !w->stats->events) {
		*why = "the capture's own times are not known before it is read: give a date";
		return -EINVAL;
	}
	*why = "expected +5s, -1m, 14:03:22, 2026-11-21T14:03:22 or seconds since 1970";
	if (relative ? parse_relative(w, text, out)
	    : clock  ? parse_clock(w, text, out)
		     : parse_date(w, text, out) || parse_epoch(w, text, out)) {
		*out += *out == 0;
		return 0;
	}
	return -EINVAL;
}

/* ---- options ---- */

struct sr_reel *when_reel(struct sr_source *source)
{
	return strcmp(source->ops->name, "reel") == 0 ? sr_source_reel_reader(source) : NULL;
}

int when_range(const struct opts *o, struct sr_source *source, struct sr_engine *e)
{
	const struct when w = { .meta = source->meta,
				.stats = sr_source_file_stats(source),
				.utc = o->utc };
	const char *why;

	if (o->from && when_parse(&w, o->from, &e->from, &why) < 0)
		return fail("--from %s: %s", o->from, why);
	if (o->to && when_parse(&w, o->to, &e->to, &why) < 0)
		return fail("--to %s: %s", o->to, why);
	if (o->from && o->to && e->to < e->from)
		return fail("--from %s is after --to %s", o->from, o->to);
	return 0;
}
