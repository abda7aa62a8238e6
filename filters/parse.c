/* SPDX-License-Identifier: Apache-2.0 */
/* Parser of the filter language by recursive descent: or, and, not, bracket or check.
 * Field names are resolved on the way (their errors have a column); types come later. */
#include "filters/parse.h"

#include <errno.h>

static int new_node(struct sr_parser *p, enum sr_node_kind kind, size_t pos, struct sr_node **out)
{
	*out = sr_arena_zalloc(p->l.arena, 1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	(*out)->kind = kind;
	(*out)->pos = (uint32_t)pos;
	return 0;
}

/* `and`, `or`: after a whole operand nothing else can begin with these letters. */
static int take_joiner(struct sr_parser *p, const char *word)
{
	size_t len = strlen(word), after;

	sr_lex_blank(&p->l);
	sr_parse_expect(p, SR_EXPECT_JOINER, NULL);
	after = p->l.pos + len;
	if (p->l.len - p->l.pos < len || memcmp(p->l.s + p->l.pos, word, len) != 0)
		return 0;
	if (after >= p->l.len || (p->l.s[after] != '(' && !sr_lex_is_blank(p->l.s[after])))
		return sr_err_set(p->l.err, -EINVAL, after, "a blank or ( is needed after \"%s\"",
				  word);
	p->l.pos = after;
	return 1;
}

static int parse_or(struct sr_parser *p, struct sr_node **out);

/* ---- operators ---- */

static int unknown_op(struct sr_parser *p)
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
		"endswith glob iglob regex bcontains bstartswith in intersects pmatch exists)");
}

/* The operator at the position. Symbols, exists and the list operators may be followed by
 * anything, the others need a blank. The longest that fits is meant. */
static int parse_op(struct sr_parser *p, struct sr_node *n)
{
	size_t left = p->l.len - p->l.pos, len, best = 0;
	const char *s = p->l.s + p->l.pos;

	n->op_pos = (uint32_t)p->l.pos;
	sr_parse_expect(p, SR_EXPECT_OP, n);
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

static int one_lit(struct sr_parser *p, struct sr_node *n, struct sr_lit *lit)
{
	n->lits = sr_arena_alloc(p->l.arena, sizeof(*lit));
	if (!n->lits)
		return -ENOMEM;
	n->lits[0] = *lit;
	n->nlits = 1;
	return 0;
}

/* A call on the right: a name directly followed by "(". */
static bool at_call(const struct sr_parser *p)
{
	size_t len = sr_lex_ident(&p->l, p->l.pos);

	return len && p->l.pos + len < p->l.len && p->l.s[p->l.pos + len] == '(';
}

static int parse_number(struct sr_parser *p, struct sr_node *n)
{
	size_t len = sr_lex_bare(&p->l), sign;
	struct sr_lit lit;
	int rc;

	sign = len && (sr_lex_peek(&p->l) == '-' || sr_lex_peek(&p->l) == '+');
	if (len <= sign || p->l.s[p->l.pos + sign] < '0' || p->l.s[p->l.pos + sign] > '9')
		return sr_lex_fail(&p->l, p->l.pos, "%s wants an unquoted number after it",
				   sr_cmps[n->cmp].name);
	rc = sr_parse_bare(p, len, &lit);
	return rc ? rc : one_lit(p, n, &lit);
}

/* A quoted or bare string. */
static int parse_text(struct sr_parser *p, const char *what, struct sr_lit *lit)
{
	char c = sr_lex_peek(&p->l);
	size_t len;

	if (c == '"' || c == '\'')
		return sr_lex_quoted(&p->l, lit);
	len = sr_lex_bare(&p->l);
	if (!len)
		return sr_lex_fail(&p->l, p->l.pos, "expected %s", what);
	return sr_parse_bare(p, len, lit);
}

static int parse_elements(struct sr_parser *p, struct sr_node *n)
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
		sr_parse_expect(p, SR_EXPECT_VALUE, n);
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

static int parse_list(struct sr_parser *p, struct sr_node *n)
{
	size_t len;
	struct sr_lit lit;
	int rc;

	if (sr_lex_peek(&p->l) != '(') {
		len = sr_lex_ident(&p->l, p->l.pos);
		if (!len)
			return sr_lex_fail(&p->l, p->l.pos,
					   "expected a list in brackets, such as (a, b)");
		rc = sr_parse_bare(p, len, &lit);
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
static bool take_mod(struct sr_parser *p, struct sr_node *n)
{
	struct sr_lex at = p->l;
	size_t len = sr_lex_bare(&p->l), next;
	unsigned m;

	for (m = SR_MOD_ANYOF; m <= SR_MOD_ONEOF; m++)
		if (sr_parse_word_is(p, at.pos, len, sr_mod_name(m)))
			break;
	if (m > SR_MOD_ONEOF)
		return false;
	at.pos += len;
	if (!sr_lex_is_blank(sr_lex_peek(&at)))
		return false;
	sr_lex_blank(&at);
	next = sr_lex_ident(&at, at.pos);
	if (sr_lex_peek(&at) != '(' &&
	    (!next || sr_parse_word_is(p, at.pos, next, "and") ||
	     sr_parse_word_is(p, at.pos, next, "or") || sr_parse_word_is(p, at.pos, next, "not")))
		return false;
	p->l.pos = at.pos;
	n->mod = (uint8_t)m;
	return true;
}

static int parse_right(struct sr_parser *p, struct sr_node *n)
{
	enum sr_rhs rhs = sr_cmps[n->cmp].rhs;
	struct sr_lit lit;
	int rc;

	if (rhs == SR_RHS_NONE)
		return 0;
	sr_lex_blank(&p->l);
	sr_parse_expect(p, SR_EXPECT_VALUE, n);
	if (rhs == SR_RHS_VALUE && take_mod(p, n))
		return parse_list(p, n);
	if (at_call(p))
		return sr_parse_expr(p, true, &n->right);
	if (rhs == SR_RHS_LIST)
		return parse_list(p, n);
	if (rhs == SR_RHS_NUMBER)
		return parse_number(p, n);
	rc = parse_text(p, "a value", &lit);
	return rc ? rc : one_lit(p, n, &lit);
}

/* ---- the tree ---- */

static int parse_check(struct sr_parser *p, struct sr_node **out)
{
	int rc = new_node(p, SR_NODE_CHECK, p->l.pos, out);

	if (!rc)
		rc = sr_parse_expr(p, false, &(*out)->left);
	if (rc < 0)
		return rc;
	sr_lex_blank(&p->l);
	rc = parse_op(p, *out);
	if (!rc)
		rc = parse_right(p, *out);
	rc = sr_parse_follows(p, (*out)->left, rc);
	return rc ? rc : sr_ptrs_add(&p->checks, *out, p->l.arena);
}

static int parse_bracket(struct sr_parser *p, struct sr_node **out)
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

static int parse_not(struct sr_parser *p, struct sr_node **out)
{
	bool negate = false;
	size_t start, len;
	struct sr_node *inner = NULL;
	char next;
	int rc;

	sr_lex_blank(&p->l);
	start = p->l.pos;
	for (;;) {
		len = sr_lex_ident(&p->l, p->l.pos);
		next = p->l.pos + len < p->l.len ? p->l.s[p->l.pos + len] : 0;
		if (!sr_parse_word_is(p, p->l.pos, len, "not") ||
		    !(next == '(' || sr_lex_is_blank(next)))
			break;
		p->l.pos += len;
		negate = !negate;
		sr_lex_blank(&p->l);
	}
	if (sr_lex_end(&p->l))
		return sr_err_set(p->l.err, -EINVAL, p->l.pos,
				  "expected a comparison such as proc.name=nginx, got the end");
	rc = sr_lex_peek(&p->l) == '(' ? parse_bracket(p, &inner) : parse_check(p, &inner);
	if (rc < 0 || !inner)
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
static int add_kid(struct sr_parser *p, struct sr_ptrs *kids, enum sr_node_kind kind,
		   struct sr_node *n)
{
	int rc = 0;

	if (n->kind != kind)
		return sr_ptrs_add(kids, n, p->l.arena);
	for (size_t i = 0; i < n->nkids && !rc; i++)
		rc = sr_ptrs_add(kids, n->kids[i], p->l.arena);
	return rc;
}

static int parse_chain(struct sr_parser *p, enum sr_node_kind kind, struct sr_node **out)
{
	const char *word = kind == SR_NODE_AND ? "and" : "or";
	struct sr_ptrs kids = { 0 };
	size_t start = p->l.pos;
	struct sr_node *n = NULL;
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

static int parse_or(struct sr_parser *p, struct sr_node **out)
{
	return parse_chain(p, SR_NODE_OR, out);
}

static int trailing(struct sr_parser *p)
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

static int parse_all(struct sr_parser *p, struct sr_node **root)
{
	int rc;

	sr_lex_blank(&p->l);
	if (sr_lex_end(&p->l)) {
		sr_parse_expect(p, SR_EXPECT_FIELD, NULL);
		return 0;
	}
	rc = parse_or(p, root);
	if (rc < 0)
		return rc;
	sr_lex_blank(&p->l);
	return sr_lex_end(&p->l) ? 0 : trailing(p);
}

int sr_parse(struct sr_filter *f, const char *text, struct sr_notes *notes,
	     struct sr_complete *complete, struct sr_err *err)
{
	struct sr_parser p = { .l = { .s = text,
				      .len = strlen(text),
				      .arena = &f->arena,
				      .err = err,
				      .notes = notes },
			       .complete = complete };
	int rc = parse_all(&p, &f->root);

	f->checks = (struct sr_node **)p.checks.p;
	f->nchecks = p.checks.n;
	return rc;
}
