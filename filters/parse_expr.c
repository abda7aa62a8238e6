/* SPDX-License-Identifier: Apache-2.0 */
/* Parser of what is compared: fields with their arguments, functions and theirs. A name that does
 * not exist is a mistake that parsing goes on behind. */
#include "filters/parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

int sr_ptrs_add(struct sr_ptrs *v, void *item, struct sr_arena *a)
{
	void **p;

	if (v->n == v->cap) {
		p = sr_arena_zalloc(a, v->cap ? 2 * v->cap : 4, sizeof(*p));
		if (!p)
			return -ENOMEM;
		if (v->n)
			memcpy(p, v->p, v->n * sizeof(*p));
		v->p = p;
		v->cap = v->cap ? 2 * v->cap : 4;
	}
	v->p[v->n++] = item;
	return 0;
}

void sr_parse_expect(struct sr_parser *p, enum sr_expect what, const struct sr_node *n)
{
	if (!p->complete)
		return;
	if (sr_lex_end(&p->l) && p->l.pos && !sr_lex_is_blank(p->l.s[p->l.pos - 1]) &&
	    !memchr("(),=<>\"'", p->l.s[p->l.pos - 1], 8))
		return;
	*p->complete = (struct sr_complete){ .what = (uint8_t)what, .start = p->l.pos };
	if (n && !n->left->bad)
		p->complete->left = n->left;
	if (n)
		p->complete->cmp = n->cmp;
}

bool sr_parse_word_is(const struct sr_parser *p, size_t pos, size_t len, const char *word)
{
	return strlen(word) == len && memcmp(p->l.s + pos, word, len) == 0;
}

int sr_parse_bare(struct sr_parser *p, size_t len, struct sr_lit *lit)
{
	char *s;

	if (memchr(p->l.s + p->l.pos, 0, len))
		return sr_err_set(p->l.err, -EINVAL, p->l.pos, "a value cannot hold byte 0");
	s = sr_arena_alloc(p->l.arena, len + 1);
	if (!s)
		return -ENOMEM;
	memcpy(s, p->l.s + p->l.pos, len);
	s[len] = 0;
	*lit = (struct sr_lit){
		.text = s, .len = len, .orig = s, .orig_len = len, .pos = (uint32_t)p->l.pos
	};
	p->l.pos += len;
	return 0;
}

int sr_parse_follows(struct sr_parser *p, const struct sr_expr *e, int rc)
{
	if (rc == -EINVAL && e->bad && p->l.err)
		p->l.err->msg[0] = 0;
	return rc;
}

/* Length of a name with its dots; *dots of them. */
static size_t dotted(const struct sr_parser *p, unsigned *dots)
{
	size_t end = p->l.pos + sr_lex_ident(&p->l, p->l.pos), n;

	*dots = 0;
	while (end > p->l.pos && end < p->l.len && p->l.s[end] == '.') {
		n = sr_lex_ident(&p->l, end + 1);
		if (!n)
			break;
		end += 1 + n;
		++*dots;
	}
	return end - p->l.pos;
}

/* Bytes of `[...]` at @pos, brackets included; 0 if it is not closed. */
static size_t bracketed(const struct sr_parser *p, size_t pos)
{
	size_t end = pos + 1;
	char quote = end < p->l.len ? p->l.s[end] : 0;

	if (quote == '"' || quote == '\'') {
		end++;
		while (end < p->l.len && p->l.s[end] != quote)
			end += p->l.s[end] == '\\' ? 2 : 1;
		end++;
	} else {
		while (end < p->l.len && p->l.s[end] != ']' && p->l.s[end] != '[' &&
		       !sr_lex_is_blank(p->l.s[end]))
			end++;
	}
	return end < p->l.len && p->l.s[end] == ']' && end > pos + 1 ? end + 1 - pos : 0;
}

/* A mistake that parsing can go on behind. */
static void note(struct sr_parser *p, struct sr_expr *e, size_t pos, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
static void note(struct sr_parser *p, struct sr_expr *e, size_t pos, const char *fmt, ...)
{
	struct sr_err err = { .pos = pos };
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(err.msg, sizeof(err.msg), fmt, ap);
	va_end(ap);
	sr_notes_add(p->l.notes, &err);
	e->bad = true;
}

static int parse_field(struct sr_parser *p, size_t len, struct sr_expr *e)
{
	struct sr_err err = { .pos = SR_NO_POS };
	const char *s = p->l.s + p->l.pos;
	size_t start = p->l.pos, n;
	int rc;

	if (start + len < p->l.len && s[len] == '[') {
		n = bracketed(p, start + len);
		if (!n)
			return sr_err_set(p->l.err, -EINVAL, start + len,
					  "the argument in [ ] is empty, holds a blank or is not "
					  "closed by ]");
		len += n;
	}
	e->kind = SR_EXPR_FIELD;
	rc = sr_fieldref_parse(&e->ref, s, len, &err);
	if (rc < 0)
		note(p, e, start + (err.pos == SR_NO_POS ? 0 : err.pos), "%s", err.msg);
	else if ((size_t)rc != len && s[rc] == '[')
		note(p, e, start + (size_t)rc, "%.*s takes no [ ]", rc, s);
	else if ((size_t)rc != len)
		note(p, e, start, "unknown field %.*s, did you mean %.*s?",
		     (int)(len < 80 ? len : 80), s, rc, s);
	p->l.pos = start + len;
	return 0;
}

static int parse_args(struct sr_parser *p, struct sr_expr *e);

/* A quoted text, a list in brackets, a field or a call. */
static int parse_arg(struct sr_parser *p, struct sr_expr **out)
{
	struct sr_expr *arg;
	char c = sr_lex_peek(&p->l);

	if (c != '"' && c != '\'' && c != '(')
		return sr_parse_expr(p, false, out);
	arg = sr_arena_zalloc(p->l.arena, 1, sizeof(*arg));
	if (!arg)
		return -ENOMEM;
	*out = arg;
	arg->pos = (uint32_t)p->l.pos;
	if (c != '(') {
		arg->kind = SR_EXPR_TEXT;
		return sr_lex_quoted(&p->l, &arg->text);
	}
	arg->kind = SR_EXPR_LIST;
	p->l.pos++;
	return parse_args(p, arg);
}

/* What stands in brackets with commas between, after the "(" and up to the ")". */
static int parse_args(struct sr_parser *p, struct sr_expr *e)
{
	struct sr_ptrs args = { 0 };
	struct sr_expr *arg = NULL;
	int rc;

	if (++p->nest > SR_FILTER_MAX_NEST)
		return sr_err_set(p->l.err, -EINVAL, e->pos,
				  "more than %d brackets inside each other", SR_FILTER_MAX_NEST);
	for (;;) {
		sr_lex_blank(&p->l);
		rc = parse_arg(p, &arg);
		if (!rc)
			rc = sr_ptrs_add(&args, arg, p->l.arena);
		if (rc < 0)
			return rc;
		sr_lex_blank(&p->l);
		if (sr_lex_peek(&p->l) != ',')
			break;
		p->l.pos++;
	}
	if (sr_lex_peek(&p->l) != ')')
		return sr_lex_fail(&p->l, p->l.pos, "expected , or ) in the %s%s%s",
				   e->kind == SR_EXPR_CALL ? "call of " : "list",
				   e->kind == SR_EXPR_CALL && !e->bad ? sr_fn_name(e->fn) : "",
				   e->kind == SR_EXPR_CALL ? "()" : "");
	p->l.pos++;
	p->nest--;
	e->args = (struct sr_expr **)args.p;
	e->nargs = args.n;
	return 0;
}

/* getopt(...)[x]: one option of all. */
static int parse_option(struct sr_parser *p, struct sr_expr *e)
{
	size_t n = 0;

	if (e->bad || e->fn != SR_FN_GETOPT || sr_lex_peek(&p->l) != '[')
		return 0;
	n = bracketed(p, p->l.pos);
	if (n == 5 && (p->l.s[p->l.pos + 1] == '"' || p->l.s[p->l.pos + 1] == '\''))
		e->opt = p->l.s[p->l.pos + 2];
	else if (n == 3)
		e->opt = p->l.s[p->l.pos + 1];
	if (!isalnum((unsigned char)e->opt))
		return sr_err_set(p->l.err, -EINVAL, p->l.pos,
				  "getopt(...)[x] wants the letter of one option");
	p->l.pos += n;
	return 0;
}

static int parse_call(struct sr_parser *p, size_t len, bool right, struct sr_expr *e)
{
	size_t start = p->l.pos;
	const char *near;
	int rc;

	e->kind = SR_EXPR_CALL;
	for (e->fn = 0; e->fn < SR_FN_COUNT; e->fn++)
		if (sr_parse_word_is(p, start, len, sr_fn_name(e->fn)))
			break;
	if (e->fn == SR_FN_COUNT) {
		near = sr_nearest(p->l.s + start, len, sr_fn_name);
		note(p, e, start, "unknown function %.*s()%s%s%s", (int)(len < 40 ? len : 40),
		     p->l.s + start, near ? ", did you mean " : "", near ? near : "",
		     near ? "()?" : "");
	} else if (e->fn == SR_FN_VAL && !right) {
		note(p, e, start, "val() stands on the right of an operator only");
	}
	p->l.pos = start + len + 1;
	rc = parse_args(p, e);
	if (!rc)
		rc = parse_option(p, e);
	return sr_parse_follows(p, e, rc);
}

/* A name that is neither field nor function. */
static int lone_word(struct sr_parser *p, size_t len)
{
	const char *s = p->l.s + p->l.pos;

	if (sr_parse_word_is(p, p->l.pos, len, "and") || sr_parse_word_is(p, p->l.pos, len, "or"))
		return sr_err_set(p->l.err, -EINVAL, p->l.pos,
				  "expected a comparison before \"%.*s\"", (int)len, s);
	if (sr_parse_word_is(p, p->l.pos, len, "not"))
		return sr_err_set(p->l.err, -EINVAL, p->l.pos + len,
				  "\"not\" needs a blank and a comparison after it");
	if (sr_parse_word_is(p, p->l.pos, len, "NOT") ||
	    sr_parse_word_is(p, p->l.pos, len, "exists"))
		return sr_err_set(p->l.err, -EINVAL, p->l.pos,
				  len == 3 ? "\"not\" is written in lower case"
					   : "\"exists\" stands after the field: fd.name exists");
	return sr_err_set(p->l.err, -EINVAL, p->l.pos,
			  "\"%.*s\" is no field; a comparison looks like proc.name=nginx", (int)len,
			  s);
}

/* A field or a function call. */
int sr_parse_expr(struct sr_parser *p, bool right, struct sr_expr **out)
{
	unsigned dots;
	size_t len = dotted(p, &dots), after = p->l.pos + len;
	struct sr_expr *e;

	sr_parse_expect(p, SR_EXPECT_FIELD, NULL);
	if (!len) {
		if (sr_lex_peek(&p->l) == '!')
			return sr_err_set(p->l.err, -EINVAL, p->l.pos,
					  "negation is written \"not\", not \"!\"");
		return sr_lex_fail(&p->l, p->l.pos, "expected a field");
	}
	e = sr_arena_zalloc(p->l.arena, 1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	*out = e;
	e->pos = (uint32_t)p->l.pos;
	if (!dots && after < p->l.len && p->l.s[after] == '(')
		return parse_call(p, len, right, e);
	return dots ? parse_field(p, len, e) : lone_word(p, len);
}
