/* SPDX-License-Identifier: Apache-2.0 */
/* Output formats: text with %fields in it. */
#include "filters/field_impl.h"
#include "filters/filter.h"

#include <errno.h>
#include <stdlib.h>

/* Columns of one field; more would be a mistake. */
#define MAX_WIDTH 4096

/* A piece: the text before a field, then the field (none in the last piece). */
struct piece {
	size_t text, len; /* in sr_format.text */
	bool has_field;
	uint32_t width; /* characters; 0: as many as there are */
	struct sr_fieldref ref;
};

struct sr_format {
	struct piece *pieces;
	size_t n, cap;
	struct sr_buf text;
	uint32_t need;
};

static struct piece *add_piece(struct sr_format *f)
{
	struct piece *p;
	size_t cap = f->cap ? 2 * f->cap : 8;

	if (f->n == f->cap) {
		p = reallocarray(f->pieces, cap, sizeof(*p));
		if (!p)
			return NULL;
		f->pieces = p;
		f->cap = cap;
	}
	p = &f->pieces[f->n++];
	*p = (struct piece){ .text = f->text.len };
	return p;
}

/* Fields of either end, and those that are compared with networks. */
static int filter_only(const char *name, size_t pos, struct sr_err *err)
{
	const char *what = strcmp(name, "fd.net") == 0 ? "ip" : name + 3;

	if (strncmp(name, "fd.", 3) != 0)
		return sr_err_set(err, -EINVAL, pos, "%s is for filters; print evt.rawtime", name);
	if (strlen(name) == strlen("fd.snet") && strcmp(name + 4, "net") == 0)
		return sr_err_set(err, -EINVAL, pos, "%s is for filters; print fd.%cip", name,
				  name[3]);
	return sr_err_set(err, -EINVAL, pos,
			  "%s is for filters: it means either end; print fd.c%s, fd.s%s, fd.l%s or "
			  "fd.r%s",
			  name, what, what, what, what);
}

/* `%`, perhaps a width, a field. @s is after the %. Return bytes used or -EINVAL. */
static int parse_field(struct piece *p, const char *s, size_t pos, struct sr_err *err)
{
	size_t digits = 0;
	int rc;

	for (; s[digits] >= '0' && s[digits] <= '9'; digits++) {
		p->width = p->width * 10 + (uint32_t)(s[digits] - '0');
		if (p->width > MAX_WIDTH)
			return sr_err_set(err, -EINVAL, pos, "a column cannot be wider than %d",
					  MAX_WIDTH);
	}
	if (!s[digits])
		return sr_err_set(err, -EINVAL, pos, "a field name is missing after %%");
	rc = sr_fieldref_parse(&p->ref, s + digits, strlen(s + digits), err);
	if (rc < 0) {
		if (err)
			err->pos = pos + digits;
		return rc;
	}
	if (sr_field_impl_of(p->ref.field)->filter_only)
		return filter_only(p->ref.field->name, pos + digits, err);
	p->has_field = true;
	return (int)digits + rc;
}

/* The character that backslash and @c stand for; 0 if they are just themselves. */
static char escape(char c)
{
	switch (c) {
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case 'e':
		return '\033';
	case '\\':
		return '\\';
	default:
		return 0;
	}
}

static int parse(struct sr_format *f, const char *text, struct sr_err *err)
{
	size_t i = *text == '*';
	struct piece *p = add_piece(f);
	int rc;

	if (!text[i])
		return sr_err_set(err, -EINVAL, i, "the format is empty");
	while (p && text[i]) {
		char esc = text[i] == '\\' ? escape(text[i + 1]) : 0;

		if (text[i] != '%') {
			sr_buf_putc(&f->text, esc ? esc : text[i]);
			p->len++;
			i += esc ? 2 : 1;
			continue;
		}
		rc = parse_field(p, text + i + 1, i + 1, err);
		if (rc < 0)
			return rc;
		f->need |= sr_fieldref_need(&p->ref);
		i += 1 + (size_t)rc;
		p = add_piece(f);
	}
	return p && !f->text.oom ? 0 : -ENOMEM;
}

int sr_format_compile(struct sr_format **out, const char *text, struct sr_err *err)
{
	struct sr_format *f = calloc(1, sizeof(*f));
	int rc = -ENOMEM;

	if (!f)
		goto fail;
	rc = parse(f, text, err);
	if (rc < 0)
		goto fail;
	*out = f;
	return 0;

fail:
	if (rc == -ENOMEM)
		(void)sr_err_set(err, rc, SR_NO_POS, "out of memory");
	sr_format_free(f);
	return rc;
}

uint32_t sr_format_need(const struct sr_format *f)
{
	return f->need;
}

bool sr_format_in_order(const struct sr_format *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->pieces[i].has_field && sr_field_impl_of(f->pieces[i].ref.field)->in_order)
			return true;
	return false;
}

const struct sr_field *sr_format_never(const struct sr_format *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->pieces[i].has_field && sr_field_never(f->pieces[i].ref.field))
			return f->pieces[i].ref.field;
	return NULL;
}

static bool is_continuation(uint8_t c)
{
	return (c & 0xc0) == 0x80;
}

/* Cut or fill what was appended from @from to @width characters of UTF-8. */
static void fit(struct sr_buf *out, size_t from, uint32_t width)
{
	uint32_t chars = 0;
	size_t i;

	for (i = from; i < out->len; i++) {
		if (is_continuation(out->p[i]))
			continue;
		if (chars == width)
			break;
		chars++;
	}
	out->len = i < out->len ? i : out->len;
	for (; chars < width; chars++)
		sr_buf_putc(out, ' ');
}

void sr_format_line(const struct sr_format *f, struct sr_view *v, uint32_t row, struct sr_buf *out)
{
	struct sr_val val;

	for (size_t i = 0; i < f->n; i++) {
		const struct piece *p = &f->pieces[i];
		size_t from;

		if (p->len)
			sr_buf_put(out, f->text.p + p->text, p->len);
		if (!p->has_field)
			continue;
		from = out->len;
		sr_field_get(&p->ref, v, row, &val);
		if (!sr_val_text(&p->ref, &val, v, out))
			sr_buf_puts(out, "<NA>");
		if (p->width)
			fit(out, from, p->width);
	}
}

static void put_key(const struct sr_fieldref *ref, struct sr_buf *out)
{
	struct sr_buf key = { 0 };
	bool index = ref->arg[0] && strspn(ref->arg, "-0123456789") == strlen(ref->arg);

	sr_buf_puts(&key, ref->field->name);
	if (ref->arg[0])
		sr_buf_printf(&key, index ? "[%s]" : ".%s", ref->arg);
	sr_buf_json_str(out, sr_buf_cstr(&key), key.len);
	out->oom |= key.oom;
	sr_buf_free(&key);
}

static bool same_ref(const struct sr_fieldref *a, const struct sr_fieldref *b)
{
	return a->field == b->field && strcmp(a->arg, b->arg) == 0;
}

/* A field that stands twice in the format would be a key given twice. */
static bool is_repeated(const struct sr_format *f, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (f->pieces[j].has_field && same_ref(&f->pieces[j].ref, &f->pieces[i].ref))
			return true;
	return false;
}

void sr_format_json(const struct sr_format *f, struct sr_view *v, uint32_t row, struct sr_buf *out)
{
	bool more = false;
	struct sr_val val;

	sr_buf_putc(out, '{');
	for (size_t i = 0; i < f->n; i++) {
		const struct piece *p = &f->pieces[i];

		if (!p->has_field || is_repeated(f, i))
			continue;
		if (more)
			sr_buf_putc(out, ',');
		more = true;
		put_key(&p->ref, out);
		sr_buf_putc(out, ':');
		sr_field_get(&p->ref, v, row, &val);
		sr_val_json(&p->ref, &val, v, out);
	}
	sr_buf_putc(out, '}');
}

void sr_format_free(struct sr_format *f)
{
	if (!f)
		return;
	free(f->pieces);
	sr_buf_free(&f->text);
	free(f);
}
