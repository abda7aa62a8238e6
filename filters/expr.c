/* SPDX-License-Identifier: Apache-2.0 */
/* Values of expressions: fields, and what functions make of them. Text that is made stands at
 * the end of a buffer that the filter keeps, so that in the long run nothing is allocated. */
#include "filters/ast.h"

#include <ctype.h>

void sr_expr_field(const struct sr_entry *at, const struct sr_fieldref *ref, struct sr_val *out)
{
	if (at->scope == SR_SCOPE_EVENT)
		sr_field_get(ref, at->v, at->idx, out);
	else
		sr_field_get_dict(ref, at->v, at->idx, out);
}

bool sr_list_next(struct sr_str *rest, struct sr_str *elem)
{
	const char *nul;

	if (!rest->len)
		return false;
	nul = memchr(rest->p, 0, rest->len);
	elem->p = rest->p;
	elem->len = nul ? (uint32_t)(nul - rest->p) : rest->len;
	rest->p += elem->len + (nul != NULL);
	rest->len -= elem->len + (nul != NULL);
	return true;
}

/* What was put into the buffer from @from on, as a list. */
static struct sr_str list_at(const struct sr_buf *buf, size_t from)
{
	return (struct sr_str){ buf->p ? (const char *)buf->p + from : "",
				(uint32_t)(buf->len - from) };
}

/* ---- functions: each works on the end of @buf, from @from ---- */

static int b64_digit(uint8_t c)
{
	static const char set[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(set, c) : NULL;

	return at ? (int)(at - set) : -1;
}

static bool decode_b64(struct sr_buf *buf, size_t from)
{
	size_t out = from, end = buf->len;
	uint32_t acc = 0;
	unsigned bits = 0;

	for (unsigned pad = 0; end > from && buf->p[end - 1] == '=' && pad < 2; pad++)
		end--;
	for (size_t i = from; i < end; i++) {
		int d = b64_digit(buf->p[i]);

		if (d < 0)
			return false;
		acc = acc << 6 | (uint32_t)d;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			buf->p[out++] = (uint8_t)(acc >> bits);
		}
	}
	buf->len = out;
	return bits < 6;
}

static void change_case(struct sr_buf *buf, size_t from, char first)
{
	for (size_t i = from; i < buf->len; i++)
		if (buf->p[i] >= first && buf->p[i] <= first + 25)
			buf->p[i] ^= 0x20;
}

/* Keep only the bytes from @keep to the end. */
static void keep_end(struct sr_buf *buf, size_t from, size_t keep)
{
	if (keep == from)
		return;
	memmove(buf->p + from, buf->p + keep, buf->len - keep);
	buf->len -= keep - from;
}

static void keep_basename(struct sr_buf *buf, size_t from)
{
	size_t i = buf->len;

	while (i > from && buf->p[i - 1] != '/')
		i--;
	keep_end(buf, from, i);
}

/* ---- join and getopt ---- */

static bool append(const struct sr_entry *at, const struct sr_expr *e, struct sr_buf *buf);

/* The elements with the separator between. Lists and separators hold no NUL. */
static bool join(const struct sr_entry *at, const struct sr_expr *e, struct sr_buf *buf)
{
	size_t from = buf->len, list, done;
	struct sr_str rest, elem = { "", 0 };
	bool more = false;

	if (!append(at, e->args[0], buf))
		return false;
	list = buf->len;
	if (!append(at, e->args[1], buf))
		return false;
	done = buf->len;
	for (size_t pos = list; pos < done;) {
		rest = (struct sr_str){ (const char *)buf->p + pos, (uint32_t)(done - pos) };
		(void)sr_list_next(&rest, &elem);
		/* room first: the buffer may move */
		if (!sr_buf_reserve(buf, list - from + elem.len))
			return false;
		if (more)
			sr_buf_put(buf, buf->p + from, list - from);
		sr_buf_put(buf, buf->p + pos, elem.len);
		pos += elem.len + 1;
		more = true;
	}
	keep_end(buf, from, done);
	return true;
}

/* What getopt() goes through. Words are positions in the buffer, which may move. */
struct options {
	struct sr_buf *buf;
	size_t pos, end;
	const char *known; /* "ab:" */
	char want;	   /* the only option that is asked for; 0 all */
	bool found;
	size_t value, value_len; /* of the wanted one, in the buffer */
};

static struct sr_str next_word(struct options *o)
{
	struct sr_str rest = { (const char *)o->buf->p + o->pos, (uint32_t)(o->end - o->pos) };
	struct sr_str word = { "", 0 };

	(void)sr_list_next(&rest, &word);
	o->pos += word.len + 1;
	return word;
}

static bool put_elem(struct options *o, size_t at, size_t len)
{
	if (!sr_buf_reserve(o->buf, len + 1))
		return false;
	sr_buf_put(o->buf, o->buf->p + at, len);
	sr_buf_putc(o->buf, 0);
	return true;
}

static bool take_option(struct options *o, char letter, size_t value, size_t len, bool has_value)
{
	if (o->want) {
		if (letter != o->want)
			return true;
		o->found = true;
		o->value = value;
		o->value_len = len;
		return true;
	}
	sr_buf_putc(o->buf, letter);
	sr_buf_putc(o->buf, 0);
	return !has_value || put_elem(o, value, len);
}

/* One word of options, which begins at @at behind its dash: -abfile. */
static bool take_options(struct options *o, size_t at, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = (char)o->buf->p[at + i];
		const char *known = isalnum((unsigned char)c) ? strchr(o->known, c) : NULL;
		size_t value = at + i + 1, left = len - i - 1;

		if (!known || known[1] != ':') {
			if (!take_option(o, known ? c : '?', at, 0, false))
				return false;
			continue;
		}
		if (!left && o->pos < o->end) {
			value = o->pos;
			left = next_word(o).len;
		} else if (!left) {
			return take_option(o, '?', at, 0, false);
		}
		return take_option(o, c, value, left, true);
	}
	return true;
}

/* Options as they come, each followed by its value; long ones are passed over. */
static bool getopt_list(const struct sr_entry *at, const struct sr_expr *e, struct sr_buf *buf)
{
	struct options o = { .buf = buf, .known = e->args[1]->text.text, .want = e->opt };
	size_t from = buf->len;

	if (!append(at, e->args[0], buf))
		return false;
	o.end = buf->len;
	for (o.pos = from; o.pos < o.end;) {
		size_t begin = o.pos;
		struct sr_str word = next_word(&o);

		if (word.len < 2 || word.p[0] != '-' || (word.len == 2 && word.p[1] == '-'))
			break;
		if (word.p[1] != '-' && !take_options(&o, begin + 1, word.len - 1))
			return false;
	}
	if (!e->opt) {
		keep_end(buf, from, o.end);
		return !buf->oom;
	}
	buf->len = o.found ? o.value + o.value_len : from;
	if (o.found)
		keep_end(buf, from, o.value);
	return o.found;
}

/* ---- expressions ---- */

/* Append a field, text or list that is there already. */
static bool append_value(const struct sr_entry *at, const struct sr_expr *e, struct sr_buf *buf)
{
	size_t from = buf->len;
	struct sr_val val;

	if (!sr_expr_get(at, e, buf, &val) || val.type != SR_V_STR)
		return false;
	buf->len = from;
	if ((uintptr_t)val.s.p != (uintptr_t)buf->p + from)
		sr_buf_put(buf, val.s.p, val.s.len);
	else
		buf->len += val.s.len;
	return !buf->oom;
}

/* The arguments one after another; of a list each with its NUL. */
static bool append_args(const struct sr_entry *at, const struct sr_expr *e, struct sr_buf *buf)
{
	for (size_t i = 0; i < e->nargs; i++) {
		if (!append(at, e->args[i], buf))
			return false;
		if (e->kind == SR_EXPR_LIST)
			sr_buf_putc(buf, 0);
	}
	return !buf->oom;
}

/* Append the text (or list) of an expression; false if it is absent. */
static bool append(const struct sr_entry *at, const struct sr_expr *e, struct sr_buf *buf)
{
	size_t from = buf->len;

	if (e->kind == SR_EXPR_FIELD || e->kind == SR_EXPR_TEXT ||
	    (e->kind == SR_EXPR_CALL && e->fn == SR_FN_VAL))
		return append_value(at, e, buf);
	if (e->kind == SR_EXPR_CALL && e->fn == SR_FN_JOIN)
		return join(at, e, buf);
	if (e->kind == SR_EXPR_CALL && e->fn == SR_FN_GETOPT)
		return getopt_list(at, e, buf);
	if (!append_args(at, e, buf))
		return false;
	if (e->kind == SR_EXPR_LIST)
		return true;
	if (e->fn == SR_FN_TOLOWER)
		change_case(buf, from, 'A');
	else if (e->fn == SR_FN_TOUPPER)
		change_case(buf, from, 'a');
	else if (e->fn == SR_FN_BASENAME)
		keep_basename(buf, from);
	return e->fn != SR_FN_B64 || decode_b64(buf, from);
}

/* Bytes of a text, elements of a list. */
static uint64_t length(const struct sr_expr *e, struct sr_str s)
{
	struct sr_str elem;
	uint64_t n = 0;

	if (e->fam != SR_FAM_LIST)
		return s.len;
	while (sr_list_next(&s, &elem))
		n++;
	return n;
}

static bool get_call(const struct sr_entry *at, const struct sr_expr *e, struct sr_buf *buf,
		     struct sr_val *out)
{
	size_t from = buf->len;
	struct sr_str s;

	if (e->fn == SR_FN_VAL)
		return sr_expr_get(at, e->args[0], buf, out);
	if (!append(at, e->fn == SR_FN_LEN ? e->args[0] : e, buf))
		return false;
	s = list_at(buf, from);
	if (e->fn == SR_FN_LEN)
		*out = (struct sr_val){ .type = SR_V_UINT, .u = length(e->args[0], s) };
	else
		sr_set_str(out, s.p, s.len);
	return true;
}

bool sr_expr_get(const struct sr_entry *at, const struct sr_expr *e, struct sr_buf *buf,
		 struct sr_val *out)
{
	size_t from = buf->len;

	if (e->kind == SR_EXPR_TEXT) {
		sr_set_str(out, e->text.text, e->text.len);
		return true;
	}
	if (e->kind == SR_EXPR_CALL)
		return get_call(at, e, buf, out);
	sr_expr_field(at, &e->ref, out);
	if (out->type == SR_V_ABSENT)
		return false;
	if (e->fam == SR_FAM_STR && out->type != SR_V_STR) {
		sr_val_text(&e->ref, out, at->v, buf);
		sr_set_str(out, buf->p ? buf->p + from : NULL, buf->len - from);
	}
	return true;
}
