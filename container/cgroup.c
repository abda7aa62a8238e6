/* SPDX-License-Identifier: Apache-2.0 */
/* From a cgroup path to the container it belongs to: one table of the forms that
 * runtimes give the folder of a container, tried on each component of the path
 * from the innermost outwards. docs/containers.md explains the rows. */
#include "container/cgroup.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

enum id_kind {
	ID_HEX64,   /* 64 lower-case hex digits */
	ID_BUILD,   /* 25 of [0-9a-z]: BuildKit's ids */
	ID_TASK,    /* 32 hex digits, '-', digits: Fargate */
	ID_UUID,    /* 8-4-4-4-12 hex digits */
	ID_NAME,    /* a name given by a person */
	ID_MACHINE, /* the same, escaped by systemd (\x2d) */
};

/* A component matches when all that a row says is true. The first row wins. */
struct form {
	const char *runtime; /* NULL: known not to be a container */
	const char *top;     /* first component of the path; NULL any */
	const char *above;   /* component above; a final '#' stands for a pod's uid; NULL any */
	const char *prefix;  /* before the id; from ':' on it may begin anywhere in the component */
	const char *suffix;  /* after the id */
	enum id_kind kind;
	const char *not_below; /* the component below must not be this one; NULL */
};

static const struct form forms[] = {
#define FORM(...) { __VA_ARGS__ },
#include "container/cgroup.def"
#undef FORM
};

struct text {
	const char *p;
	size_t len;
};

static bool text_is(struct text t, const char *s)
{
	return t.len == strlen(s) && memcmp(t.p, s, t.len) == 0;
}

static bool strip_prefix(struct text *t, const char *prefix)
{
	size_t n = strlen(prefix);
	const char *at = t->p;

	if (*prefix == ':')
		at = memmem(t->p, t->len, prefix, n);
	else if (t->len < n || memcmp(t->p, prefix, n) != 0)
		at = NULL;
	if (!at)
		return false;
	t->len -= (size_t)(at - t->p) + n;
	t->p = at + n;
	return true;
}

static bool strip_suffix(struct text *t, const char *suffix)
{
	size_t n = strlen(suffix);

	if (t->len < n || memcmp(t->p + t->len - n, suffix, n) != 0)
		return false;
	t->len -= n;
	return true;
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* Each character of @t fits the one of @pattern: 'h' hex digit, 'b' [0-9a-z], else itself. */
static bool looks_like(struct text t, const char *pattern)
{
	if (t.len != strlen(pattern))
		return false;
	for (size_t i = 0; i < t.len; i++) {
		char c = t.p[i];
		bool fits = c == pattern[i];

		if (pattern[i] == 'h')
			fits = is_hex(c);
		else if (pattern[i] == 'b')
			fits = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
		if (!fits)
			return false;
	}
	return true;
}

#define H8  "hhhhhhhh"
#define H32 H8 H8 H8 H8

static bool is_task(struct text t)
{
	if (t.len < 34 || !looks_like((struct text){ t.p, 33 }, H32 "-"))
		return false;
	for (size_t i = 33; i < t.len; i++) {
		if (t.p[i] < '0' || t.p[i] > '9')
			return false;
	}
	return true;
}

static bool is_name(struct text t)
{
	for (size_t i = 0; i < t.len; i++) {
		unsigned char c = (unsigned char)t.p[i];

		if (c <= ' ' || c == 0x7f)
			return false;
	}
	return t.len > 0;
}

static bool is_kind(struct text t, enum id_kind kind)
{
	switch (kind) {
	case ID_HEX64:
		return looks_like(t, H32 H32);
	case ID_BUILD:
		return looks_like(t, "bbbbbbbbbbbbbbbbbbbbbbbbb");
	case ID_TASK:
		return is_task(t);
	case ID_UUID:
		return looks_like(t, H8 "-hhhh-hhhh-hhhh-" H8 "hhhh");
	case ID_NAME:
	case ID_MACHINE:
		return is_name(t);
	}
	return false;
}

/* Uids are UUIDs, with systemd's '_' for '-'; those of static pods are 32 digits. */
static bool is_pod_uid(struct text t)
{
	return looks_like(t, H8 "-hhhh-hhhh-hhhh-" H8 "hhhh") ||
	       looks_like(t, H8 "_hhhh_hhhh_hhhh_" H8 "hhhh") || looks_like(t, H32);
}

static bool above_fits(const char *want, struct text above)
{
	size_t n = strlen(want);

	if (want[n - 1] != '#')
		return text_is(above, want);
	if (above.len < n - 1 || memcmp(above.p, want, n - 1) != 0)
		return false;
	return is_pod_uid((struct text){ above.p + n - 1, above.len - (n - 1) });
}

/* The component before @end (which is at a '/' or the end of the path); empty at the root. */
static struct text component_before(const char *path, const char *end)
{
	const char *p = end;

	while (p > path && p[-1] != '/')
		p--;
	return (struct text){ p, (size_t)(end - p) };
}

static struct text first_component(const char *path, size_t len)
{
	struct text t = { path, len };
	const char *slash;

	while (t.len && *t.p == '/') {
		t.p++;
		t.len--;
	}
	slash = t.len ? memchr(t.p, '/', t.len) : NULL;
	if (slash)
		t.len = (size_t)(slash - t.p);
	return t;
}

static int hex_value(char c)
{
	return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* Copies @id, which fits; \xHH becomes the byte unless that would not be a name's. */
static size_t unescape(char *out, struct text id)
{
	size_t n = 0;

	for (size_t i = 0; i < id.len; i++) {
		char c = id.p[i];

		if (c == '\\' && id.len - i >= 4 && id.p[i + 1] == 'x' &&
		    isxdigit((unsigned char)id.p[i + 2]) && isxdigit((unsigned char)id.p[i + 3])) {
			int v = hex_value(id.p[i + 2]) * 16 + hex_value(id.p[i + 3]);

			if (v > ' ' && v < 0x7f) {
				c = (char)v;
				i += 3;
			}
		}
		out[n++] = c;
	}
	out[n] = '\0';
	return n;
}

/* 1000 of "/user.slice/user-1000.slice/": systemd keeps what users run there. */
static uint32_t owner(const char *path, size_t len)
{
	static const char prefix[] = "/user.slice/user-";
	const char *p = memmem(path, len, prefix, sizeof(prefix) - 1), *end = path + len;
	uint32_t uid = 0;

	if (!p)
		return 0;
	for (p += sizeof(prefix) - 1; p < end && *p >= '0' && *p <= '9'; p++) {
		if (__builtin_mul_overflow(uid, 10u, &uid) ||
		    __builtin_add_overflow(uid, (uint32_t)(*p - '0'), &uid))
			return 0;
	}
	return (size_t)(end - p) > 7 && memcmp(p, ".slice/", 7) == 0 ? uid : 0;
}

static int give(const struct form *f, struct text id, struct sr_cgroup_id *out)
{
	out->runtime = f->runtime;
	if (f->kind == ID_MACHINE) {
		out->id_len = unescape(out->id, id);
		return 1;
	}
	memcpy(out->id, id.p, id.len);
	out->id[id.len] = '\0';
	out->id_len = id.len;
	return 1;
}

struct place {
	struct text top, above, self, below;
};

static bool form_fits(const struct form *f, const struct place *at, struct text *id)
{
	*id = at->self;
	return (!f->above || above_fits(f->above, at->above)) &&
	       (!f->top || text_is(at->top, f->top)) && strip_prefix(id, f->prefix) &&
	       strip_suffix(id, f->suffix) && is_kind(*id, f->kind) &&
	       id->len < sizeof(((struct sr_cgroup_id *)0)->id) &&
	       !(f->not_below && text_is(at->below, f->not_below));
}

static const struct form *find_form(const struct place *at, struct text *id)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		if (form_fits(&forms[i], at, id))
			return &forms[i];
	}
	return NULL;
}

int sr_cgroup_parse(const char *path, size_t len, struct sr_cgroup_id *out)
{
	struct text whole = { path, len }, id;
	struct place at = { .below = { path, 0 } };

	(void)strip_suffix(&whole, " (deleted)"); /* /proc/PID/cgroup says so of a removed one */
	at.top = first_component(whole.p, whole.len);
	for (const char *end = path + whole.len; end > path; end = at.self.p - 1) {
		const struct form *f;

		at.self = component_before(path, end);
		at.above = (struct text){ path, 0 };
		if (at.self.p > path)
			at.above = component_before(path, at.self.p - 1);
		f = find_form(&at, &id);
		if (f && f->runtime) {
			out->at = (size_t)(at.self.p - path);
			out->uid = owner(path, out->at);
			return give(f, id, out);
		}
		at.below = at.self;
		if (at.self.p == path)
			break;
	}
	return 0;
}

/* ---- units of systemd ---- */

static bool ends_with(struct text t, const char *suffix)
{
	return strip_suffix(&t, suffix) && t.len;
}

static bool is_unit(struct text t)
{
	static const char *const kinds[] = { ".service", ".scope", ".mount", ".socket", ".swap" };
	bool yes = false;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		yes |= ends_with(t, kinds[i]);
	return yes && is_name(t);
}

/* "user@1000.service": what is below is of that user's own systemd. */
static bool is_manager(struct text t)
{
	static const char prefix[] = "user@";

	return t.len > sizeof(prefix) - 1 && memcmp(t.p, prefix, sizeof(prefix) - 1) == 0 &&
	       ends_with(t, ".service");
}

static size_t append(struct sr_cgroup_id *out, struct text t)
{
	if (t.len >= sizeof(out->id) - out->id_len)
		return 0;
	memcpy(out->id + out->id_len, t.p, t.len);
	out->id_len += t.len;
	out->id[out->id_len] = '\0';
	return t.len;
}

int sr_cgroup_service(const char *path, size_t len, struct sr_cgroup_id *out)
{
	struct text left = { path, len }, unit = { path, 0 }, slice = unit, manager = unit;
	bool found = sr_cgroup_parse(path, len, out) == 1;

	*out = (struct sr_cgroup_id){ .runtime = "service" };
	(void)strip_suffix(&left, " (deleted)");
	while (!found && left.len) {
		struct text t = first_component(left.p, left.len);

		if (is_manager(unit))
			manager = unit;
		if (is_unit(t))
			unit = t;
		else if (ends_with(t, ".slice") && is_name(t))
			slice = t;
		left.len = (size_t)(left.p + left.len - (t.p + t.len));
		left.p = t.p + t.len;
	}
	if (!unit.len)
		unit = slice;
	if (!unit.len)
		return 0;
	if (manager.len && !is_manager(unit) &&
	    (!append(out, manager) || !append(out, (struct text){ "/", 1 })))
		return 0;
	out->at = (size_t)(unit.p - path);
	return append(out, unit) > 0;
}
