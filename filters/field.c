/* SPDX-License-Identifier: Apache-2.0 */
/* The table of fields, their names with arguments, and getting a value of one. */
#include "filters/field_impl.h"
#include "formats/args.h"

#include <errno.h>
#include <stdlib.h>

/* ---- names that some fields' values are taken from ---- */

const char *sr_type_names(unsigned i)
{
	i += i >= SR_TYPE_FIRST_X;
	return i < SR_TYPE_END ? sr_types[i].name : NULL;
}

static const char *category_domain(unsigned i)
{
	return i < SR_CAT_COUNT ? sr_category_name((enum sr_category)i) : NULL;
}

/* Numbers up to the restart codes, which a result seen from inside can be. */
static const char *errno_domain(unsigned i)
{
	const char *name;

	if (!i)
		return "SUCCESS";
	name = i <= 530 ? sr_errno_name((int)i) : NULL;
	return name ? name : i <= 530 ? "" : NULL;
}

static const char *pick(const char *const *names, unsigned n, unsigned i)
{
	return i < n ? names[i] : NULL;
}

static const char *io_dir_domain(unsigned i)
{
	static const char *const names[] = { "read", "write" };

	return pick(names, 2, i);
}

static const char *sockfamily_domain(unsigned i)
{
	static const char *const names[] = { "ip", "unix" };

	return pick(names, 2, i);
}

static const char *ct_state_domain(unsigned i)
{
	static const char *const names[] = { "resolved", "pending", "unknown", "host" };

	return pick(names, 4, i);
}

/* The kind "none" is no file, so fd.type is absent then. */
static const char *fd_type_domain(unsigned i)
{
	return i + 1 < SR_FILE_KIND_COUNT ? sr_file_kind_name((enum sr_file_kind)(i + 1)) : NULL;
}

/* ---- the table ---- */

#define NEED_EVENT  0
#define NEED_TYPE   SR_NEED_TYPE
#define NEED_THREAD (SR_NEED_THREAD | SR_NEED_DICTS)
#define NEED_FILE   (SR_NEED_FILE | SR_NEED_DICTS)

#define FORM_ARG(form)                                                           \
	((form) == SR_FORM_NONE ? SR_ARG_NO                                      \
	 : (form) == SR_FORM_OPT_INDEX || (form) == SR_FORM_OPT_NAME ||          \
			 (form) == SR_FORM_OPT_BOTH || (form) == SR_FORM_OPT_END \
		 ? SR_ARG_OPTIONAL                                               \
		 : SR_ARG_REQUIRED)
#define STYLE_SHOW(style)                                \
	((style) == SR_STYLE_HEX       ? SR_SHOW_HEX     \
	 : (style) == SR_STYLE_OCT     ? SR_SHOW_OCT     \
	 : (style) == SR_STYLE_PAYLOAD ? SR_SHOW_PAYLOAD \
				       : SR_SHOW_DEFAULT)
#define TYPE_FAM(type)                      \
	((type) == SR_V_BOOL  ? SR_FAM_BOOL \
	 : (type) == SR_V_STR ? SR_FAM_STR  \
	 : (type) == SR_V_IP  ? SR_FAM_IP   \
	 : (type) == SR_V_DUR ? SR_FAM_DUR  \
			      : SR_FAM_NUM)

static const struct sr_field fields[] = {
#define SR_FIELD(name, scope, type, style, form, need, help, ...) \
	{ #name,                                                  \
	  SR_SCOPE_##scope,                                       \
	  SR_V_##type,                                            \
	  STYLE_SHOW(SR_STYLE_##style),                           \
	  FORM_ARG(SR_FORM_##form),                               \
	  NEED_##scope | (need),                                  \
	  help },
#include "filters/fields.def"
#undef SR_FIELD
};
#define NFIELDS (sizeof(fields) / sizeof(fields[0]))

#pragma GCC diagnostic push
/* A row may say its family after the one that its type has. */
#pragma GCC diagnostic ignored "-Woverride-init"
static const struct sr_field_impl impls[] = {
#define SR_FIELD(name, scope, type, style_, form_, need, help, ...) \
	{ .style = SR_STYLE_##style_,                               \
	  .form = SR_FORM_##form_,                                  \
	  .fam = TYPE_FAM(SR_V_##type),                             \
	  __VA_ARGS__ },
#include "filters/fields.def"
#undef SR_FIELD
};
#pragma GCC diagnostic pop
static_assert(sizeof(impls) / sizeof(impls[0]) == NFIELDS, "one row each");

const struct sr_field *sr_fields(size_t *n)
{
	*n = NFIELDS;
	return fields;
}

const struct sr_field_impl *sr_field_impl_of(const struct sr_field *f)
{
	return &impls[f - fields];
}

const char *sr_field_never(const struct sr_field *f)
{
	return sr_field_impl_of(f)->never;
}

/* ---- the nearest name ---- */

#define MAX_NAME 48

/* Edits (a letter more, less, other, or two exchanged) between two names. */
static unsigned distance(const char *a, size_t n, const char *b, size_t m)
{
	unsigned rows[3][MAX_NAME + 1], *before = rows[0], *last = rows[1], *now = rows[2], *swap;

	for (size_t j = 0; j <= m; j++)
		last[j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		now[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			unsigned d = last[j - 1] + (a[i - 1] != b[j - 1]);

			d = d < last[j] + 1 ? d : last[j] + 1;
			d = d < now[j - 1] + 1 ? d : now[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    d > before[j - 2] + 1)
				d = before[j - 2] + 1;
			now[j] = d;
		}
		swap = before;
		before = last;
		last = now;
		now = swap;
	}
	return last[m];
}

const char *sr_nearest(const char *s, size_t len, const char *(*next)(unsigned i))
{
	unsigned best = len < 4 ? 1 : len < 8 ? 2 : 3, d;
	const char *found = NULL, *name;
	bool whole; /* @s is how the name begins */
	size_t m;

	if (!len || len > MAX_NAME)
		return NULL;
	for (unsigned i = 0; (name = next(i)); i++) {
		m = strlen(name);
		if (!m || m > MAX_NAME)
			continue;
		d = distance(s, len, name, m);
		whole = m > len && memcmp(name, s, len) == 0;
		if (d >= len || d > best || (found && d == best && !whole))
			continue;
		best = d;
		found = name;
	}
	return found;
}

/* ---- names ---- */

static const char *field_name(unsigned i)
{
	return i < NFIELDS ? fields[i].name : NULL;
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

/* The longest field name that @s begins with. */
static const struct sr_field *longest(const char *s, size_t len, size_t *used)
{
	const struct sr_field *f = NULL;

	*used = 0;
	for (size_t i = 0; i < NFIELDS; i++) {
		size_t n = strlen(fields[i].name);

		if (n > *used && n <= len && memcmp(fields[i].name, s, n) == 0) {
			*used = n;
			f = &fields[i];
		}
	}
	return f;
}

static int unknown_field(const char *s, size_t len, struct sr_err *err)
{
	const char *near;
	size_t n = 0;

	while (n < len && (is_word(s[n]) || s[n] == '.'))
		n++;
	while (n && s[n - 1] == '.')
		n--;
	if (!n)
		return sr_err_set(err, -EINVAL, 0, "expected the name of a field");
	near = sr_nearest(s, n, field_name);
	return sr_err_set(err, -EINVAL, 0, "unknown field %.*s%s%s%s", (int)(n < 60 ? n : 60), s,
			  near ? ", did you mean " : "", near ? near : "", near ? "?" : "");
}

/* `[...]` at @s: its text in out->arg. Return bytes used, 0 if it is malformed. */
static size_t bracket_arg(struct sr_fieldref *out, const char *s, size_t len)
{
	size_t p = 1, n = 0;
	char quote = p < len && (s[p] == '"' || s[p] == '\'') ? s[p++] : 0;

	while (p < len && s[p] != (quote ? quote : ']')) {
		if (quote && s[p] == '\\' && p + 1 < len)
			p++;
		if (n + 1 >= sizeof(out->arg) || !s[p])
			return 0;
		out->arg[n++] = s[p++];
	}
	p += quote != 0;
	if (!n || p >= len || s[p] != ']')
		return 0;
	out->arg[n] = 0;
	return p + 1;
}

/* `.name` at @s; @dots: it may have dots inside. */
static size_t dot_arg(struct sr_fieldref *out, const char *s, size_t len, bool dots)
{
	size_t p = 1;

	if (p >= len || !is_word(s[p]))
		return 0;
	while (p < len &&
	       (is_word(s[p]) || (dots && s[p] == '.' && p + 1 < len && is_word(s[p + 1]))))
		p++;
	if (p > sizeof(out->arg))
		return 0;
	memcpy(out->arg, s + 1, p - 1);
	out->arg[p - 1] = 0;
	return p;
}

static bool has_arg_named(const struct sr_type *t, const char *name, size_t len)
{
	for (int i = 0; i < t->nargs; i++)
		if (strlen(t->args[i].name) == len && memcmp(t->args[i].name, name, len) == 0)
			return true;
	return len == 3 && memcmp(name, "res", 3) == 0 && t->ret != SR_RET_NONE;
}

/* Cut out->arg to the longest name of an argument; 0 if no event has one of that name. */
static size_t known_arg(struct sr_fieldref *out)
{
	for (size_t n = strlen(out->arg); n; n--) {
		for (int t = 0; t < SR_TYPE_COUNT; t++) {
			if (!has_arg_named(&sr_types[t], out->arg, n))
				continue;
			out->arg[n] = 0;
			return n;
		}
	}
	return 0;
}

/* Names of arguments, once per event type that has one. */
const char *sr_arg_names(unsigned i)
{
	for (int t = 0; t < SR_TYPE_COUNT; t++) {
		if (i < sr_types[t].nargs)
			return sr_types[t].args[i].name;
		i -= sr_types[t].nargs;
	}
	return NULL;
}

static const char *form_hint(const struct sr_field *f)
{
	switch (impls[f - fields].form) {
	case SR_FORM_OPT_INDEX:
		return "[N], N a number";
	case SR_FORM_OPT_NAME:
		return "[NAME]";
	case SR_FORM_OPT_BOTH:
		return "[N] or [NAME]";
	case SR_FORM_OPT_END:
		return ".src or .dst";
	case SR_FORM_TIME:
		return "[T], T in nanoseconds since 1970";
	case SR_FORM_FIELD:
		return "[FIELD]";
	case SR_FORM_KEY:
		return "[KEY] or .KEY";
	case SR_FORM_ARG:
		return ".NAME or [N]";
	default:
		return ".NAME";
	}
}

/* The number of an index, which out->argn receives. */
static bool take_index(struct sr_fieldref *out)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(out->arg, &end, 10);
	if (*end || errno || n > INT32_MAX || n < INT32_MIN || strchr(" \t\n\v\f\r", out->arg[0]))
		return false;
	out->argn = n < 0 ? -1 : (int32_t)n;
	return true;
}

static int bad_arg(const struct sr_fieldref *out, struct sr_err *err)
{
	return sr_err_set(err, -EINVAL, 0, "%s takes %s%s", out->field->name, form_hint(out->field),
			  out->field->arg == SR_ARG_OPTIONAL ? ", or nothing" : "");
}

/* A dotted name where only some names exist. Return bytes used or -EINVAL. */
static int named_arg(struct sr_fieldref *out, size_t n, struct sr_err *err)
{
	const char *near;

	if (impls[out->field - fields].form == SR_FORM_TYPE) {
		if (sr_type_by_name(out->arg, strlen(out->arg)))
			return (int)n;
		near = sr_nearest(out->arg, strlen(out->arg), sr_type_names);
	} else {
		char all[sizeof(out->arg)];

		memcpy(all, out->arg, sizeof(all));
		if (known_arg(out))
			return (int)strlen(out->arg) + 1;
		memcpy(out->arg, all, sizeof(all));
		near = sr_nearest(out->arg, strlen(out->arg), sr_arg_names);
	}
	return sr_err_set(
		err, -EINVAL, 0, "%s: no event %s %s%s%s%s", out->field->name,
		impls[out->field - fields].form == SR_FORM_TYPE ? "is called" : "has an argument",
		out->arg, near ? ", did you mean " : "", near ? near : "", near ? "?" : "");
}

/* Whether the text in out->arg is what the form wants; its number goes to out->argn. */
static bool fits(struct sr_fieldref *out, uint8_t form)
{
	size_t len = strlen(out->arg);
	struct sr_fieldref of;

	switch (form) {
	case SR_FORM_OPT_INDEX:
	case SR_FORM_ARG:
		return take_index(out);
	case SR_FORM_OPT_BOTH:
		return strspn(out->arg, "0123456789") != len || take_index(out);
	case SR_FORM_TIME:
		return strspn(out->arg, "0123456789") == len && len <= 19;
	case SR_FORM_OPT_END:
		return strcmp(out->arg, "src") == 0 || strcmp(out->arg, "dst") == 0;
	case SR_FORM_FIELD:
		return sr_fieldref_parse(&of, out->arg, len, NULL) == (int)len &&
		       impls[of.field - fields].form != SR_FORM_FIELD;
	default:
		return true;
	}
}

/* What follows the name of a field that takes something. Return bytes used or -EINVAL. */
static int take_arg(struct sr_fieldref *out, const char *s, size_t len, struct sr_err *err)
{
	uint8_t form = impls[out->field - fields].form;
	bool no_brackets = form == SR_FORM_ARG_NAME || form == SR_FORM_TYPE ||
			   form == SR_FORM_DOTTED || form == SR_FORM_OPT_END;
	bool no_dot = form == SR_FORM_OPT_INDEX || form == SR_FORM_TIME;
	size_t n;

	if (len && *s == '[') {
		n = bracket_arg(out, s, len);
		return n && !no_brackets && fits(out, form) ? (int)n : bad_arg(out, err);
	}
	if (len && *s == '.' && !no_dot) {
		n = dot_arg(out, s, len, form == SR_FORM_KEY || form == SR_FORM_FIELD);
		if (n && (form == SR_FORM_ARG || form == SR_FORM_ARG_NAME || form == SR_FORM_TYPE))
			return named_arg(out, n, err);
		if (n)
			return fits(out, form) ? (int)n : bad_arg(out, err);
	}
	return out->field->arg == SR_ARG_OPTIONAL ? 0 : bad_arg(out, err);
}

int sr_fieldref_parse(struct sr_fieldref *out, const char *s, size_t len, struct sr_err *err)
{
	size_t used;
	int rc;

	*out = (struct sr_fieldref){ .field = longest(s, len, &used), .argn = -1 };
	if (!out->field)
		return unknown_field(s, len, err);
	if (out->field->arg == SR_ARG_NO)
		return (int)used;
	rc = take_arg(out, s + used, len - used, err);
	return rc < 0 ? rc : (int)used + rc;
}

/* ---- values ---- */

uint32_t sr_fieldref_need(const struct sr_fieldref *f)
{
	struct sr_fieldref of;

	if (sr_field_impl_of(f->field)->form == SR_FORM_FIELD &&
	    sr_fieldref_parse(&of, f->arg, strlen(f->arg), NULL) >= 0)
		return f->field->need | of.field->need;
	return f->field->need;
}

bool sr_field_may_have(const struct sr_fieldref *f, const struct sr_type *t)
{
	const struct sr_field_impl *impl = sr_field_impl_of(f->field);

	if (impl->form != SR_FORM_ARG && impl->form != SR_FORM_ARG_NAME)
		return !impl->may || impl->may(t, impl->off);
	if (f->argn >= 0)
		return f->argn < t->nargs;
	return has_arg_named(t, f->arg, strlen(f->arg));
}

void sr_field_get_dict(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		       struct sr_val *out)
{
	v->scratch.len = 0;
	sr_field_impl_of(f->field)->get(f, v, idx, out);
}

void sr_field_get(const struct sr_fieldref *f, struct sr_view *v, uint32_t row, struct sr_val *out)
{
	switch (f->field->scope) {
	case SR_SCOPE_TYPE:
		row = v->b->type[row];
		break;
	case SR_SCOPE_THREAD:
		row = v->b->thread[row];
		break;
	case SR_SCOPE_FILE:
		row = v->b->file[row];
		break;
	default:
		break;
	}
	sr_field_get_dict(f, v, row, out);
}

void sr_set_cstr(struct sr_val *out, const char *s)
{
	if (s)
		sr_set_str(out, s, strlen(s));
	else
		sr_set_absent(out, SR_NONE);
}

void sr_set_scratch(struct sr_val *out, struct sr_view *v, size_t from)
{
	if (v->scratch.oom)
		sr_set_absent(out, SR_NOROOM);
	else
		sr_set_str(out, v->scratch.p ? v->scratch.p + from : NULL, v->scratch.len - from);
}

void sr_set_dict(struct sr_val *out, const struct sr_block *b, uint32_t idx, uint8_t why)
{
	if (!idx) {
		sr_set_absent(out, why == SR_OK ? SR_NONE : why);
		return;
	}
	sr_set_str(out, b->strs[idx].p, b->strs[idx].len);
	out->why = why;
}
