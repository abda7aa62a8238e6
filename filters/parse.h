/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of the parser share: parse.c makes the tree and its comparisons,
 * parse_expr.c the fields and functions in them. */
#ifndef SR_PARSE_H
#define SR_PARSE_H

#include "filters/ast.h"

/* A growing list of pointers in the arena; the arena keeps the outgrown copies. */
struct sr_ptrs {
	void **p;
	size_t n, cap;
};

int sr_ptrs_add(struct sr_ptrs *v, void *item, struct sr_arena *a);

struct sr_parser {
	struct sr_lex l;
	unsigned nest; /* open brackets */
	struct sr_ptrs checks;
	struct sr_complete *complete; /* NULL: nobody completes the text */
};

/** sr_parse_expect() - @what can stand here, for whoever completes the text. A word that the text
 *  ends with may still be growing, so what would follow it does not count. */
void sr_parse_expect(struct sr_parser *p, enum sr_expect what, const struct sr_node *n);

bool sr_parse_word_is(const struct sr_parser *p, size_t pos, size_t len, const char *word);

/** sr_parse_bare() - the @len bytes at the position as a literal. */
int sr_parse_bare(struct sr_parser *p, size_t len, struct sr_lit *lit);

/** sr_parse_expr() - a field or a function call; @right: of an operator. */
int sr_parse_expr(struct sr_parser *p, bool right, struct sr_expr **out);

/** sr_parse_follows() - @rc; what cannot be parsed behind a mistake in @e most likely follows from
 *  it: it ends the parser, but is not told. */
int sr_parse_follows(struct sr_parser *p, const struct sr_expr *e, int rc);

#endif /* SR_PARSE_H */
