/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of a filter, from the parser over the checker to the evaluator, and what
 * these three share. Only filters/ includes this. */
#ifndef SR_AST_H
#define SR_AST_H

#include "filters/field_impl.h"
#include "filters/filter.h"
#include "formats/arena.h"

enum sr_cmp {
	SR_CMP_EXISTS,
	SR_CMP_EQ,
	SR_CMP_NE,
	SR_CMP_LT,
	SR_CMP_LE,
	SR_CMP_GT,
	SR_CMP_GE,
	SR_CMP_CONTAINS,
	SR_CMP_ICONTAINS,
	SR_CMP_BCONTAINS,
	SR_CMP_STARTSWITH,
	SR_CMP_BSTARTSWITH,
	SR_CMP_ENDSWITH,
	SR_CMP_GLOB,
	SR_CMP_IGLOB,
	SR_CMP_REGEX,
	SR_CMP_IN,
	SR_CMP_INTERSECTS,
	SR_CMP_PMATCH,
	SR_CMP_COUNT
};

/* What stands on the right of an operator. */
enum sr_rhs {
	SR_RHS_NONE,
	SR_RHS_NUMBER,
	SR_RHS_VALUE,
	SR_RHS_LIST
};

struct sr_cmp_desc {
	const char *name;
	uint8_t rhs;
};
extern const struct sr_cmp_desc sr_cmps[SR_CMP_COUNT];
const char *sr_cmp_name(unsigned i); /* NULL past the end */

enum sr_mod {
	SR_MOD_NONE,
	SR_MOD_ANYOF,
	SR_MOD_ALLOF,
	SR_MOD_ONEOF
};
const char *sr_mod_name(enum sr_mod m);

struct sr_regex;

/* A literal. */
struct sr_lit {
	const char *text; /* decoded, NUL-terminated too; for bcontains the bytes it stands for */
	size_t len;
	uint32_t pos;	  /* column */
	const char *orig; /* as @text but never replaced, for printing */
	size_t orig_len;
	bool is_num;  /* num is set */
	__int128 num; /* below 2^126 either way */
	struct sr_ip ip;
	uint8_t prefix;	     /* NET: bits */
	struct sr_regex *re; /* regex: compiled; owned by the filter */
};

enum sr_fn {
	SR_FN_TOLOWER,
	SR_FN_TOUPPER,
	SR_FN_B64,
	SR_FN_BASENAME,
	SR_FN_LEN,
	SR_FN_CONCAT,
	SR_FN_JOIN,
	SR_FN_GETOPT,
	SR_FN_VAL, /* right side only */
	SR_FN_COUNT
};
const char *sr_fn_name(unsigned i); /* NULL past the end */

enum sr_expr_kind {
	SR_EXPR_FIELD,
	SR_EXPR_CALL,
	SR_EXPR_TEXT,
	SR_EXPR_LIST
};

/* A field, or a function of others; or as its argument a quoted text or a list (a, b). A list as
 * a value is text: its elements one after another, each ended by NUL. */
struct sr_expr {
	uint8_t kind;
	uint8_t fn;    /* CALL */
	bool bad;      /* not understood, which has been told */
	bool is_const; /* made of quoted texts only */
	uint8_t fam;   /* enum sr_family; set by the checker like the next two */
	uint8_t scope; /* enum sr_scope */
	uint32_t need; /* enum sr_need */
	uint32_t pos;
	struct sr_fieldref ref; /* FIELD */
	struct sr_lit text;	/* TEXT */
	struct sr_expr **args;	/* CALL, LIST */
	size_t nargs;
	char opt; /* getopt(...)[x]: the option; 0 all */
};

enum sr_node_kind {
	SR_NODE_AND,
	SR_NODE_OR,
	SR_NODE_NOT,
	SR_NODE_CHECK
};

/* What one event type can say to a check or a whole tree. Ordered: and is min, or is max. */
enum sr_tri {
	SR_NEVER,
	SR_MAYBE,
	SR_ALWAYS
};

struct sr_node {
	uint8_t kind;
	uint8_t depth; /* of the tree below: 0 for a check */
	uint32_t pos;
	/* AND, OR, NOT */
	struct sr_node **kids;	/* as written */
	struct sr_node **order; /* as evaluated: cheap ones first */
	size_t nkids;
	uint32_t cost;
	uint32_t need; /* enum sr_need */
	/* CHECK */
	uint8_t cmp, mod;
	uint8_t scope; /* enum sr_scope: of both sides; EVENT if they differ */
	uint32_t op_pos;
	struct sr_expr *left;
	struct sr_expr *right; /* NULL: literals */
	struct sr_lit *lits;
	size_t nlits;
	/* A numeric relation as an interval, both ends included; empty if lo > hi. */
	bool is_range, negate;
	__int128 lo, hi;
	uint8_t *types; /* enum sr_tri of each row of sr_types */
	uint8_t zone;	/* enum sr_tri: what is known of the current block; zone.c */
};

/* Compiled expressions that a filter owns. */
struct sr_regex_ref {
	struct sr_regex_ref *next;
	struct sr_regex *re;
};

struct sr_filter {
	struct sr_arena arena;
	struct sr_node *root;	 /* NULL: everything */
	struct sr_node **checks; /* all comparisons in the order of the text */
	size_t nchecks;
	struct sr_regex_ref *regexes;
	uint32_t need;
	/* Scratch, grown as needed and kept. */
	uint64_t *bits; /* two bitmaps for each level of the tree */
	size_t nbits;
	uint8_t *memo; /* per entry of a dictionary: 0 not asked, 1 no, 2 yes */
	size_t nmemo;
	struct sr_buf text, text2;
};

/* Brackets inside each other. Bounds the recursion everywhere; the field's reference tool
 * stops at the same number. */
#define SR_FILTER_MAX_NEST  18
/* Levels of the tree: a bracket can add an or, an and and a not. */
#define SR_FILTER_MAX_DEPTH (3 * SR_FILTER_MAX_NEST + 8)

/* ---- lex.c: a position in the text; tokens are read as the parser expects them ---- */

struct sr_lex {
	const char *s;
	size_t len, pos;
	struct sr_arena *arena;
	struct sr_err *err;
	struct sr_notes *notes; /* what is wrong but does not stop the parser; may be NULL */
};

void sr_lex_blank(struct sr_lex *l);
bool sr_lex_is_blank(char c);
static inline bool sr_lex_end(const struct sr_lex *l)
{
	return l->pos >= l->len;
}
static inline char sr_lex_peek(const struct sr_lex *l)
{
	return l->pos < l->len ? l->s[l->pos] : 0;
}

/** sr_lex_ident() - length of the identifier at @pos; 0 none. */
size_t sr_lex_ident(const struct sr_lex *l, size_t pos);

/** sr_lex_bare() - length of the bare string at the position; 0 none. */
size_t sr_lex_bare(const struct sr_lex *l);

/** sr_lex_quoted() - read a quoted string into @lit. Return 0, -EINVAL, -ENOMEM. */
int sr_lex_quoted(struct sr_lex *l, struct sr_lit *lit);

/** sr_lex_fail() - -EINVAL with a message ending in what stands at @pos instead. */
int sr_lex_fail(struct sr_lex *l, size_t pos, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* ---- filter.c ---- */

/** sr_notes_add() - put @e where its column belongs. When there is no room, the last one goes. */
void sr_notes_add(struct sr_notes *notes, const struct sr_err *e);

/* ---- parse.c ---- */

/* What can stand where the text ends, for complete.c. */
enum sr_expect {
	SR_EXPECT_FIELD, /* or a function, a bracket, not */
	SR_EXPECT_OP,
	SR_EXPECT_VALUE,
	SR_EXPECT_JOINER /* and, or, a closing bracket */
};

struct sr_complete {
	uint8_t what;
	uint8_t cmp;	      /* VALUE: the operator before it */
	size_t start;	      /* where it begins */
	struct sr_expr *left; /* OP, VALUE: what is compared; NULL: not understood */
};

/** sr_parse() - make f->root and f->checks. A field or function that does not exist is noted, and
 *  parsing goes on; -EINVAL with words in @err when it cannot. */
int sr_parse(struct sr_filter *f, const char *text, struct sr_notes *notes,
	     struct sr_complete *complete, struct sr_err *err);

/* ---- check.c: names, types and literals ---- */

/** sr_check_all() - each comparison by itself; what is wrong is noted. 0 or -ENOMEM. */
int sr_check_all(struct sr_filter *f, struct sr_notes *errors, struct sr_notes *warnings);

/** sr_cmp_families() - bits (1 << enum sr_family) of what the operator compares. */
unsigned sr_cmp_families(enum sr_cmp cmp);

/** sr_check_tree() - costs and needs of the tree whose comparisons are right. 0 or -ENOMEM. */
int sr_check_tree(struct sr_filter *f);

/* ---- check_expr.c: fields and functions ---- */

int sr_check_expr(struct sr_expr *e, struct sr_err *err);
const char *sr_expr_name(const struct sr_expr *e);
const char *sr_family_name(enum sr_family fam);
/* A field whose values are asked for one by one. */
bool sr_expr_is_multi(const struct sr_expr *e);

/* ---- check_lit.c ---- */

int sr_check_lit(struct sr_filter *f, struct sr_node *n, struct sr_lit *lit, struct sr_err *err);
/* evt.rawarg: whether all events that have the argument have a number there. */
bool sr_ref_only_numbers(const struct sr_fieldref *ref);

/* ---- literal.c: text of a literal -> value ---- */

/** sr_lit_number() - a number as family @fam (NUM, DUR, PORT) takes it. */
bool sr_lit_number(struct sr_lit *lit, enum sr_family fam);
/** sr_service_name() - names that ports can have; NULL past the end. */
const char *sr_service_name(unsigned i);
bool sr_lit_ip(struct sr_lit *lit);
bool sr_lit_net(struct sr_lit *lit);
/** sr_lit_hex() - replace the text, pairs of hex digits, by its bytes. 0, -EINVAL, -ENOMEM. */
int sr_lit_hex(struct sr_lit *lit, struct sr_arena *a);

/* ---- check_meant.c ---- */

/** sr_check_meant() - warn of what is allowed but is hardly what was meant. */
void sr_check_meant(const struct sr_node *n, struct sr_notes *warnings);

/* ---- match.c: text against text ---- */

bool sr_match_glob(const char *pat, size_t plen, const char *s, size_t len, bool fold);
bool sr_match_path(const char *pat, size_t plen, const char *s, size_t len);
bool sr_match_text(enum sr_cmp cmp, const char *s, size_t len, const char *lit, size_t n);
/** sr_match_lit() - the same, for any operator; *oom is set if there was no memory. */
bool sr_match_lit(enum sr_cmp cmp, const char *s, size_t len, const struct sr_lit *lit, bool *oom);

/* ---- expr.c: the value of an expression ---- */

/* An entry that is asked about: of the dictionary of @scope, or a row. */
struct sr_entry {
	struct sr_view *v;
	uint8_t scope;
	uint32_t idx;
};

/** sr_expr_field() - the value of a field. */
void sr_expr_field(const struct sr_entry *at, const struct sr_fieldref *ref, struct sr_val *out);

/** sr_expr_get() - the value; false if it is absent. Text that has to be made is put at the end
 *  of @buf. */
bool sr_expr_get(const struct sr_entry *at, const struct sr_expr *e, struct sr_buf *buf,
		 struct sr_val *out);

/* ---- eval.c: one value against a check ---- */

/** sr_eval() - whether check @n holds for entry @idx of its scope. */
bool sr_eval(struct sr_filter *f, const struct sr_node *n, struct sr_view *v, uint32_t idx);

/* ---- zone.c ---- */

/** sr_zone_decides() - whether some zone map shows that a check cannot hold; or with @negate, that
 *  it holds for the whole block. */
bool sr_zone_decides(const struct sr_node *check, bool negate);

/* ---- types.c ---- */

/** sr_tri_tree() - what a tree says, given what @leaf says for each check. */
enum sr_tri sr_tri_tree(const struct sr_node *n,
			enum sr_tri (*leaf)(const struct sr_node *check, const void *arg),
			const void *arg);

/** sr_types_prepare() - fill n->types of every check. Return 0 or -ENOMEM. */
int sr_types_prepare(struct sr_filter *f);

#endif /* SR_AST_H */
