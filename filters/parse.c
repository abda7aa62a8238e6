/* SPDX-License-Identifier: Apache-2.0 */
/* Parser of the filter language by recursive descent: or, and, not, bracket or check.
 * Field names are resolved on the way (their errors have a column); types come later. */
#include "filters/ast.h"

#include <errno.h>

struct parser {
	struct sr_lex l;
	unsigned nest; /* open brackets */
};

/* A growing list of pointers in the arena; the arena keeps the outgrown copies. */
struct ptrs {
	void **p;
	size_t n, cap;
};

static int ptrs_add(struct ptrs *v, void *item, struct sr_arena *a)
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

static int new_node(struct parser *p, enum sr_node_kind kind, size_t pos, struct sr_node **out)
{
	*out = sr_arena_zalloc(p->l.arena, 1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	(*out)->kind = kind;
	(*out)->pos = (uint32_t)pos;
	return 0;
}

static bool word_is(const struct parser *p, size_t pos, size_t len, const char *word)
{
	return strlen(word) == len && memcmp(p->l.s + pos, word, len) == 0;
}

/* `and`, `or`: after a whole operand nothing else can begin with these letters. */
static int take_joiner(struct parser *p, const char *word)
{
	size_t len = strlen(word), after;

	sr_lex_blank(&p->l);
	after = p->l.pos + len;
	if (p->l.len - p->l.pos < len || memcmp(p->l.s + p->l.pos, word, len) != 0)
		return 0;
	if (after >= p->l.len || (p->l.s[after] != '(' && !sr_lex_is_blank(p->l.s[after])))
		return sr_err_set(p->l.err, -EINVAL, after, "a blank or ( is needed after \"%s\"",
				  word);
	p->l.pos = after;
	return 1;
}

static int parse_or(struct parser *p, struct sr_node **out);
static int parse_expr(struct parser *p, bool right, struct sr_expr **out);

/* ---- operands ---- */

static int bare_lit(struct parser *p, size_t len, struct sr_lit *lit)
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

/* Length of a name with its dots; *dots of them. */
static size_t dotted(const struct parser *p, unsigned *dots)
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
static size_t bracketed(const struct parser *p, size_t pos)
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

static int parse_field(struct parser *p, size_t len, struct sr_expr *e)
{
	size_t start = p->l.pos, n;
	int rc;

	if (start + len < p->l.len && p->l.s[start + len] == '[') {
		n = bracketed(p, start + len);
		if (!n)
			return sr_err_set(p->l.err, -EINVAL, start + len,
					  "the argument in [ ] is empty, holds a blank or is not "
					  "closed by ]");
		len += n;
	}
	e->kind = SR_EXPR_FIELD;
	rc = sr_fieldref_parse(&e->ref, p->l.s + start, len, p->l.err);
	if (rc < 0) {
		if (p->l.err && p->l.err->pos != SR_NO_POS)
			p->l.err->pos += start;
		return rc;
	}
	if ((size_t)rc != len && p->l.s[start + (size_t)rc] == '[')
		return sr_err_set(p->l.err, -EINVAL, start + (size_t)rc, "%.*s takes no [ ]", rc,
				  p->l.s + start);
	if ((size_t)rc != len)
		return sr_err_set(p->l.err, -EINVAL, start,
				  "unknown field %.*s, did you mean %.*s?", (int)len,
				  p->l.s + start, rc, p->l.s + start);
	p->l.pos = start + len;
	return 0;
}

/* Arguments of a function, after its "(". */
static int parse_call_args(struct parser *p, struct sr_expr *e)
{
	struct ptrs args = { 0 };
	struct sr_expr *arg;
	int rc;

	for (;;) {
		sr_lex_blank(&p->l);
		if (sr_lex_peek(&p->l) == '"' || sr_lex_peek(&p->l) == '\'') {
			arg = sr_arena_zalloc(p->l.arena, 1, sizeof(*arg));
			if (!arg)
				return -ENOMEM;
			arg->kind = SR_EXPR_TEXT;
			arg->pos = (uint32_t)p->l.pos;
			rc = sr_lex_quoted(&p->l, &arg->text);
		} else {
			rc = parse_expr(p, false, &arg);
		}
		if (!rc)
			rc = ptrs_add(&args, arg, p->l.arena);
		if (rc < 0)
			return rc;
		sr_lex_blank(&p->l);
		if (sr_lex_peek(&p->l) != ',')
			break;
		p->l.pos++;
	}
	if (sr_lex_peek(&p->l) != ')')
		return sr_lex_fail(&p->l, p->l.pos, "expected , or ) in the call of %s()",
				   sr_fn_name(e->fn));
	p->l.pos++;
	e->args = (struct sr_expr **)args.p;
	e->nargs = args.n;
	return 0;
}

static int parse_call(struct parser *p, size_t len, bool right, struct sr_expr *e)
{
	size_t start = p->l.pos;
	const char *near;
	int rc;

	for (e->fn = 0; e->fn < SR_FN_COUNT; e->fn++)
		if (word_is(p, start, len, sr_fn_name(e->fn)))
			break;
	if (e->fn == SR_FN_COUNT) {
		near = sr_nearest(p->l.s + start, len, sr_fn_name);
		return sr_err_set(p->l.err, -EINVAL, start, "unknown function %.*s()%s%s%s",
				  (int)len, p->l.s + start, near ? ", did you mean " : "",
				  near ? near : "", near ? "()?" : "");
	}
	if (e->fn == SR_FN_VAL && !right)
		return sr_err_set(p->l.err, -EINVAL, start,
				  "val() stands on the right of an operator only");
	if (++p->nest > SR_FILTER_MAX_NEST)
		return sr_err_set(p->l.err, -EINVAL, start,
				  "more than %d brackets inside each other", SR_FILTER_MAX_NEST);
	e->kind = SR_EXPR_CALL;
	p->l.pos = start + len + 1;
	rc = parse_call_args(p, e);
	p->nest--;
	return rc;
}

/* A name that is neither field nor function. */
static int lone_word(struct parser *p, size_t len)
{
	const char *s = p->l.s + p->l.pos;

	if (word_is(p, p->l.pos, len, "and") || word_is(p, p->l.pos, len, "or"))
		return sr_err_set(p->l.err, -EINVAL, p->l.pos,
				  "expected a comparison before \"%.*s\"", (int)len, s);
	if (word_is(p, p->l.pos, len, "not"))
		return sr_err_set(p->l.err, -EINVAL, p->l.pos + len,
				  "\"not\" needs a blank and a comparison after it");
	if (word_is(p, p->l.pos, len, "NOT") || word_is(p, p->l.pos, len, "exists"))
		return sr_err_set(p->l.err, -EINVAL, p->l.pos,
				  len == 3 ? "\"not\" is written in lower case"
					   : "\"exists\" stands after the field: fd.name exists");
	return sr_err_set(p->l.err, -EINVAL, p->l.pos,
			  "\"%.*s\" is no field; a comparison looks like proc.name=nginx", (int)len,
			  s);
}

/* A field or a function call. */
static int parse_expr(struct parser *p, bool right, struct sr_expr **out)
{
	unsigned dots;
	size_t len = dotted(p, &dots), after = p->l.pos + len;
	struct sr_expr *e;

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

/* ---- operators ---- */

static int unknown_op(struct parser *p)
{
	const char *s = p->l.s + p->l.pos, *near;
	size_t len = sr_lex_bare(&p->l), i;
	char low[16];

	if (sr_lex_end(&p->l))
		return sr_err_set(p->l.err, -EINVAL, p->l.pos,
				  "expected an operator such as = or contains, got the end");
	if (len >= 3 && memcmp(s, "not", 3) == 0)
		return sr_err_set(p->l.err, -EINVAL, p->l.pos,
				  "\"not\" stands before the field: not fd.name in (...)");
	for (i = 0; i < len && i < sizeof(low); i++)
		low[i] = (char)(s[i] >= 'A' && s[i] <= 'Z' ? s[i] | 0x20 : s[i]);
	near = sr_nearest(low, i, sr_cmp_name);
	if (near && strlen(near) == len && memcmp(near, s, len) == 0)
		return sr_err_set(p->l.err, -EINVAL, p->l.pos + len,
				  "\"%s\" needs a blank after it", near);
	if (near)
		return sr_err_set(p->l.err, -EINVAL, p->l.pos,
				  "unknown operator \"%.*s\", did you mean %s?",
				  (int)(len < 40 ? len : 40), s, near);
	return sr_lex_fail(
		&p->l, p->l.pos,
		"expected an operator (= != < <= > >= contains icontains startswith "
		"endswith glob iglob bcontains bstartswith in intersects pmatch exists)");
}

/* The operator at the position. Symbols, exists and the list operators may be followed by
 * anything, the others need a blank. The longest that fits is meant. */
static int parse_op(struct parser *p, struct sr_node *n)
{
	size_t left = p->l.len - p->l.pos, len, best = 0;
	const char *s = p->l.s + p->l.pos;

	n->op_pos = (uint32_t)p->l.pos;
	for (unsigned i = 0; i < SR_CMP_COUNT; i++) {
		len = strlen(sr_cmps[i].name);
		if (len <= best || len > left || memcmp(s, sr_cmps[i].name, len) != 0)
			continue;
		if (sr_cmps[i].rhs == SR_RHS_VALUE && s[0] >= 'a' &&
		    (len == left || !sr_lex_is_blank(s[len])))
			continue;
		best = len;
		n->cmp = (uint8_t)i;
	}
	if (!best)
		return unknown_op(p);
	p->l.pos += best;
	if (n->cmp == SR_CMP_EQ && sr_lex_peek(&p->l) == '=')
		p->l.pos++;
	return 0;
}

/* ---- right sides ---- */

static int one_lit(struct parser *p, struct sr_node *n, struct sr_lit *lit)
{
	n->lits = sr_arena_alloc(p->l.arena, sizeof(*lit));
	if (!n->lits)
		return -ENOMEM;
	n->lits[0] = *lit;
	n->nlits = 1;
	return 0;
}

/* A call on the right: a name directly followed by "(". */
static bool at_call(const struct parser *p)
{
	size_t len = sr_lex_ident(&p->l, p->l.pos);

	return len && p->l.pos + len < p->l.len && p->l.s[p->l.pos + len] == '(';
}

static int parse_number(struct parser *p, struct sr_node *n)
{
	size_t len = sr_lex_bare(&p->l), sign;
	struct sr_lit lit;
	int rc;

	sign = len && (sr_lex_peek(&p->l) == '-' || sr_lex_peek(&p->l) == '+');
	if (len <= sign || p->l.s[p->l.pos + sign] < '0' || p->l.s[p->l.pos + sign] > '9')
		return sr_lex_fail(&p->l, p->l.pos, "%s wants an unquoted number after it",
				   sr_cmps[n->cmp].name);
	rc = bare_lit(p, len, &lit);
	return rc ? rc : one_lit(p, n, &lit);
}

/* A quoted or bare string. */
static int parse_text(struct parser *p, const char *what, struct sr_lit *lit)
{
	char c = sr_lex_peek(&p->l);
	size_t len;

	if (c == '"' || c == '\'')
		return sr_lex_quoted(&p->l, lit);
	len = sr_lex_bare(&p->l);
	if (!len)
		return sr_lex_fail(&p->l, p->l.pos, "expected %s", what);
	return bare_lit(p, len, lit);
}

static int parse_elements(struct parser *p, struct sr_node *n)
{
	struct sr_lit *grown;
	size_t cap = 0;
	int rc;

	for (;;) {
		if (n->nlits == cap) {
			cap = cap ? 2 * cap : 8;
			grown = sr_arena_zalloc(p->l.arena, cap, sizeof(*grown));
			if (!grown)
				return -ENOMEM;
			if (n->nlits)
				memcpy(grown, n->lits, n->nlits * sizeof(*grown));
			n->lits = grown;
		}
		sr_lex_blank(&p->l);
		rc = parse_text(p, "a value of the list", &n->lits[n->nlits]);
		if (rc < 0)
			return rc;
		n->nlits++;
		sr_lex_blank(&p->l);
		if (sr_lex_peek(&p->l) != ',')
			break;
		p->l.pos++;
	}
	return 0;
}

static int parse_list(struct parser *p, struct sr_node *n)
{
	size_t len;
	struct sr_lit lit;
	int rc;

	if (sr_lex_peek(&p->l) != '(') {
		len = sr_lex_ident(&p->l, p->l.pos);
		if (!len)
			return sr_lex_fail(&p->l, p->l.pos,
					   "expected a list in brackets, such as (a, b)");
		rc = bare_lit(p, len, &lit);
		return rc ? rc : one_lit(p, n, &lit);
	}
	p->l.pos++;
	sr_lex_blank(&p->l);
	if (sr_lex_peek(&p->l) != ')') {
		rc = parse_elements(p, n);
		if (rc < 0)
			return rc;
	}
	if (sr_lex_peek(&p->l) != ')')
		return sr_lex_fail(&p->l, p->l.pos, "expected , or ) in the list");
	p->l.pos++;
	return 0;
}

/* `anyof` and its like are modifiers only before a list; else they are ordinary values. */
static bool take_mod(struct parser *p, struct sr_node *n)
{
	struct sr_lex at = p->l;
	size_t len = sr_lex_bare(&p->l), next;
	unsigned m;

	for (m = SR_MOD_ANYOF; m <= SR_MOD_ONEOF; m++)
		if (word_is(p, at.pos, len, sr_mod_name(m)))
			break;
	if (m > SR_MOD_ONEOF)
		return false;
	at.pos += len;
	if (!sr_lex_is_blank(sr_lex_peek(&at)))
		return false;
	sr_lex_blank(&at);
	next = sr_lex_ident(&at, at.pos);
	if (sr_lex_peek(&at) != '(' &&
	    (!next || word_is(p, at.pos, next, "and") || word_is(p, at.pos, next, "or") ||
	     word_is(p, at.pos, next, "not")))
		return false;
	p->l.pos = at.pos;
	n->mod = (uint8_t)m;
	return true;
}

static int parse_right(struct parser *p, struct sr_node *n)
{
	enum sr_rhs rhs = sr_cmps[n->cmp].rhs;
	struct sr_lit lit;
	int rc;

	if (rhs == SR_RHS_NONE)
		return 0;
	sr_lex_blank(&p->l);
	if (rhs == SR_RHS_VALUE && take_mod(p, n))
		return parse_list(p, n);
	if (at_call(p))
		return parse_expr(p, true, &n->right);
	if (rhs == SR_RHS_LIST)
		return parse_list(p, n);
	if (rhs == SR_RHS_NUMBER)
		return parse_number(p, n);
	rc = parse_text(p, "a value", &lit);
	return rc ? rc : one_lit(p, n, &lit);
}

/* ---- the tree ---- */

static int parse_check(struct parser *p, struct sr_node **out)
{
	int rc = new_node(p, SR_NODE_CHECK, p->l.pos, out);

	if (!rc)
		rc = parse_expr(p, false, &(*out)->left);
	if (rc < 0)
		return rc;
	sr_lex_blank(&p->l);
	rc = parse_op(p, *out);
	return rc ? rc : parse_right(p, *out);
}

static int parse_bracket(struct parser *p, struct sr_node **out)
{
	int rc;

	if (++p->nest > SR_FILTER_MAX_NEST)
		return sr_err_set(p->l.err, -EINVAL, p->l.pos,
				  "more than %d brackets inside each other", SR_FILTER_MAX_NEST);
	p->l.pos++;
	rc = parse_or(p, out);
	if (rc < 0)
		return rc;
	p->nest--;
	sr_lex_blank(&p->l);
	if (sr_lex_peek(&p->l) != ')')
		return sr_lex_fail(&p->l, p->l.pos, "expected and, or or )");
	p->l.pos++;
	return 0;
}

static int parse_not(struct parser *p, struct sr_node **out)
{
	bool negate = false;
	size_t start, len;
	struct sr_node *inner;
	char next;
	int rc;

	sr_lex_blank(&p->l);
	start = p->l.pos;
	for (;;) {
		len = sr_lex_ident(&p->l, p->l.pos);
		next = p->l.pos + len < p->l.len ? p->l.s[p->l.pos + len] : 0;
		if (!word_is(p, p->l.pos, len, "not") || !(next == '(' || sr_lex_is_blank(next)))
			break;
		p->l.pos += len;
		negate = !negate;
		sr_lex_blank(&p->l);
	}
	if (sr_lex_end(&p->l))
		return sr_err_set(p->l.err, -EINVAL, p->l.pos,
				  "expected a comparison such as proc.name=nginx, got the end");
	rc = sr_lex_peek(&p->l) == '(' ? parse_bracket(p, &inner) : parse_check(p, &inner);
	if (rc < 0)
		return rc;
	if (!negate) {
		*out = inner;
		return 0;
	}
	if (inner->kind == SR_NODE_NOT) {
		*out = inner->kids[0];
		return 0;
	}
	rc = new_node(p, SR_NODE_NOT, start, out);
	if (rc < 0)
		return rc;
	(*out)->kids = sr_arena_alloc(p->l.arena, sizeof(inner));
	if (!(*out)->kids)
		return -ENOMEM;
	(*out)->kids[0] = inner;
	(*out)->nkids = 1;
	(*out)->depth = (uint8_t)(inner->depth + 1);
	return 0;
}

/* Add an operand to a chain; one that is a chain of the same kind is taken apart. */
static int add_kid(struct parser *p, struct ptrs *kids, enum sr_node_kind kind, struct sr_node *n)
{
	int rc = 0;

	if (n->kind != kind)
		return ptrs_add(kids, n, p->l.arena);
	for (size_t i = 0; i < n->nkids && !rc; i++)
		rc = ptrs_add(kids, n->kids[i], p->l.arena);
	return rc;
}

static int parse_chain(struct parser *p, enum sr_node_kind kind, struct sr_node **out)
{
	const char *word = kind == SR_NODE_AND ? "and" : "or";
	struct ptrs kids = { 0 };
	size_t start = p->l.pos;
	struct sr_node *n;
	int rc;

	do {
		rc = kind == SR_NODE_AND ? parse_not(p, &n) : parse_chain(p, SR_NODE_AND, &n);
		if (!rc)
			rc = add_kid(p, &kids, kind, n);
		if (!rc)
			rc = take_joiner(p, word);
	} while (rc > 0);
	if (rc < 0)
		return rc;
	if (kids.n == 1) {
		*out = kids.p[0];
		return 0;
	}
	rc = new_node(p, kind, start, out);
	if (rc < 0)
		return rc;
	(*out)->kids = (struct sr_node **)kids.p;
	(*out)->nkids = kids.n;
	for (size_t i = 0; i < kids.n; i++)
		if ((*out)->kids[i]->depth + 1 > (*out)->depth)
			(*out)->depth = (uint8_t)((*out)->kids[i]->depth + 1);
	return 0;
}

static int parse_or(struct parser *p, struct sr_node **out)
{
	return parse_chain(p, SR_NODE_OR, out);
}

static int trailing(struct parser *p)
{
	const char *s = p->l.s + p->l.pos;
	size_t left = p->l.len - p->l.pos;

	if (left >= 2 && (memcmp(s, "&&", 2) == 0 || memcmp(s, "||", 2) == 0))
		return sr_err_set(p->l.err, -EINVAL, p->l.pos, "%.2s is written \"%s\"", s,
				  s[0] == '&' ? "and" : "or");
	if ((left >= 3 && memcmp(s, "AND", 3) == 0) || (left >= 2 && memcmp(s, "OR", 2) == 0))
		return sr_err_set(p->l.err, -EINVAL, p->l.pos,
				  "\"and\", \"or\" and \"not\" are written in lower case");
	if (*s == ')')
		return sr_err_set(p->l.err, -EINVAL, p->l.pos, "this ) closes nothing");
	if (memchr("()\"'=,", *s, 6))
		return sr_lex_fail(&p->l, p->l.pos,
				   "expected and, or or the end (a value with blanks or one of "
				   "( ) \" ' = , needs quotes)");
	return sr_lex_fail(&p->l, p->l.pos, "expected and, or or the end");
}

int sr_parse(struct sr_filter *f, const char *text, struct sr_err *err)
{
	struct parser p = {
		.l = { .s = text, .len = strlen(text), .arena = &f->arena, .err = err }
	};
	int rc;

	sr_lex_blank(&p.l);
	if (sr_lex_end(&p.l))
		return 0;
	rc = parse_or(&p, &f->root);
	if (rc < 0)
		return rc;
	sr_lex_blank(&p.l);
	return sr_lex_end(&p.l) ? 0 : trailing(&p);
}
