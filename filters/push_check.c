/* SPDX-License-Identifier: Apache-2.0 */
/* One check as tests of the kernel: sets of numbers as intervals, beginnings of text likewise.
 * Where it can be had from the reader's own code what a check says to a value, it is asked. */
#include "filters/push_impl.h"
#include "formats/i386.h"

#include <stdlib.h>

/* ---- which fields the kernel has ---- */

enum source {
	NUMBER, /* an attribute of the thread or event, from .min to .max */
	RESULT, /* the result itself */
	ERRNO,	/* hangs on the error alone */
	MOVED,	/* a result that counts bytes */
	FD,
	NAME,
	CGROUP,
	KIND, /* hangs on the file's kind alone */
	PORT,
	ADDRESS,
	PATH,
	DIRECTORY
};

#define INT  INT32_MIN, INT32_MAX
#define UINT 0, UINT32_MAX
static const struct known {
	const char *field;
	uint8_t source, attr;
	int64_t min, max;
} known[] = {
	{ "evt.cpu", NUMBER, SR_AT_CPU, UINT },
	{ "evt.rawres", RESULT, SR_AT_RET, INT64_MIN, INT64_MAX },
	{ "evt.res", ERRNO, SR_AT_RET, 0, 0 },
	{ "evt.failed", ERRNO, SR_AT_RET, 0, 0 },
	{ "evt.count.error", ERRNO, SR_AT_RET, 0, 0 },
	{ "evt.buflen", MOVED, SR_AT_RET, 0, INT64_MAX },
	{ "evt.buflen.in", MOVED, SR_AT_RET, 0, INT64_MAX },
	{ "evt.buflen.out", MOVED, SR_AT_RET, 0, INT64_MAX },
	{ "evt.category", KIND, SR_AT_KIND, 0, 0 },
	{ "proc.pid", NUMBER, SR_AT_PID, INT },
	{ "proc.ppid", NUMBER, SR_AT_PPID, INT },
	{ "proc.name", NAME, SR_AT_COMM, 0, 0 },
	{ "thread.tid", NUMBER, SR_AT_TID, INT },
	{ "user.uid", NUMBER, SR_AT_EUID, UINT },
	{ "user.euid", NUMBER, SR_AT_EUID, UINT },
	{ "user.ruid", NUMBER, SR_AT_RUID, UINT },
	{ "user.suid", NUMBER, SR_AT_SUID, UINT },
	{ "group.gid", NUMBER, SR_AT_EGID, UINT },
	{ "group.rgid", NUMBER, SR_AT_RGID, UINT },
	{ "container.id", CGROUP, SR_AT_CGROUP, 0, 0 },
	{ "container.full_id", CGROUP, SR_AT_CGROUP, 0, 0 },
	{ "fd.num", FD, SR_AT_ARG, INT },
	{ "fd.type", KIND, SR_AT_KIND, 0, 0 },
	{ "fd.typechar", KIND, SR_AT_KIND, 0, 0 },
	{ "fd.sockfamily", KIND, SR_AT_KIND, 0, 0 },
	{ "fd.port", PORT, SR_AT_PORT, 0, 65535 },
	{ "fd.lport", PORT, SR_AT_PORT, 0, 65535 },
	{ "fd.rport", PORT, SR_AT_PORT, 0, 65535 },
	{ "fd.cport", PORT, SR_AT_PORT, 0, 65535 },
	{ "fd.sport", PORT, SR_AT_PORT, 0, 65535 },
	{ "fd.ip", ADDRESS, SR_AT_ADDR, 0, 0 },
	{ "fd.lip", ADDRESS, SR_AT_ADDR, 0, 0 },
	{ "fd.rip", ADDRESS, SR_AT_ADDR, 0, 0 },
	{ "fd.cip", ADDRESS, SR_AT_ADDR, 0, 0 },
	{ "fd.sip", ADDRESS, SR_AT_ADDR, 0, 0 },
	{ "fd.net", ADDRESS, SR_AT_ADDR, 0, 0 },
	{ "fd.lnet", ADDRESS, SR_AT_ADDR, 0, 0 },
	{ "fd.rnet", ADDRESS, SR_AT_ADDR, 0, 0 },
	{ "fd.cnet", ADDRESS, SR_AT_ADDR, 0, 0 },
	{ "fd.snet", ADDRESS, SR_AT_ADDR, 0, 0 },
	{ "fd.name", PATH, SR_AT_PATH, 0, 0 },
	{ "fd.directory", DIRECTORY, SR_AT_PATH, 0, 0 },
};

static const struct known *known_of(const struct sr_node *n)
{
	if (n->left->kind != SR_EXPR_FIELD || n->right || n->left->ref.arg[0] || n->mod ||
	    n->cmp == SR_CMP_EXISTS)
		return NULL;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].field, n->left->ref.field->name) == 0)
			return &known[i];
	return NULL;
}

static bool is_equality(const struct sr_node *n)
{
	return n->cmp == SR_CMP_EQ || n->cmp == SR_CMP_IN;
}

/* ---- sets of numbers ---- */

#define MAX_SPANS 32

struct span {
	uint64_t lo, len; /* lo to lo + len, both included; may wrap round as signed numbers do */
};

struct set {
	struct span s[MAX_SPANS];
	unsigned n;
	bool ok; /* it could be told */
};

static void put_span(struct set *set, const struct known *k, __int128 lo, __int128 hi)
{
	lo = lo < k->min ? k->min : lo;
	hi = hi > k->max ? k->max : hi;
	if (lo > hi)
		return;
	if (set->n == MAX_SPANS) {
		set->ok = false;
		return;
	}
	set->s[set->n++] = (struct span){ (uint64_t)(int64_t)lo, (uint64_t)(hi - lo) };
}

/* Values that a numeric check takes. */
static struct set numbers_of(const struct sr_node *n, const struct known *k)
{
	struct set set = { .ok = n->is_range || n->cmp == SR_CMP_IN };

	if (n->is_range && n->negate) {
		put_span(&set, k, k->min, n->lo - 1);
		put_span(&set, k, n->hi + 1, k->max);
	} else if (n->is_range) {
		put_span(&set, k, n->lo, n->hi);
	}
	for (size_t i = 0; !n->is_range && set.ok && i < n->nlits; i++)
		if (n->lits[i].is_num)
			put_span(&set, k, n->lits[i].num, n->lits[i].num);
	return set;
}

/* Results for which a check holds that hangs on the error alone. */
static struct set errors_of(struct sr_push *p, const struct sr_node *n)
{
	const struct known any = { .min = INT64_MIN, .max = INT64_MAX };
	struct set set = { .ok = true };
	int64_t from = 0;

	p->probe.type.type = &sr_types[SR_SC_close]; /* it has a result */
	for (int64_t e = 1; e <= 4096; e++) {
		bool yes;

		p->probe.ret = -e;
		yes = e < 4096 && sr_eval(p->f, n, &p->probe.v, 0);
		if (yes && !from)
			from = e;
		if (!yes && from) {
			put_span(&set, &any, -(e - 1), -from);
			from = 0;
		}
	}
	p->probe.ret = 0;
	if (set.n == MAX_SPANS)
		set.ok = false;
	if (set.ok && sr_eval(p->f, n, &p->probe.v, 0)) /* as one interval, round the end */
		set.s[set.n++] = (struct span){ 0, (uint64_t)-4096 };
	return set;
}

static uint16_t put_test(struct sr_push *p, uint8_t attr, unsigned which, struct span s,
			 struct sr_push_to to)
{
	return sr_push_test(p, (struct sr_test){ .attr = attr,
						 .which = (uint8_t)which,
						 .yes = to.yes,
						 .no = to.no,
						 .unknown = to.unknown,
						 .lo = s.lo,
						 .span = s.len });
}

static uint16_t put_set(struct sr_push *p, uint8_t attr, unsigned which, const struct set *set,
			struct sr_push_to to)
{
	if (!set->ok)
		return to.unknown;
	for (unsigned i = set->n; i-- > 0;)
		to.no = put_test(p, attr, which, set->s[i], to);
	return to.no;
}

/* Two numbers that stand for more bytes: the high one lies in an interval; if it is one number
 * only, the low one has to lie in another. */
static uint16_t put_pair(struct sr_push *p, uint8_t attr, unsigned which, const struct span *s,
			 struct sr_push_to to)
{
	struct sr_push_to first = to;

	if (!s[0].len && s[1].len != UINT64_MAX)
		first.yes = put_test(p, attr, which + 1, s[1], to);
	return put_test(p, attr, which, s[0], first);
}

/* ---- what hangs on the type, too ---- */

static bool has_pair(const struct sr_type *t)
{
	for (int i = 0; i < t->nargs; i++)
		if (t->args[i].kind == SR_KIND_FDPAIR_OUT)
			return true;
	return false;
}

static uint16_t put_fd(struct sr_push *p, const struct sr_node *n, const struct known *k,
		       const struct sr_type *t, struct sr_push_to to)
{
	struct known result = { .max = INT32_MAX };
	int arg = t ? sr_type_primary_fd(t) : -1;
	struct set set;

	if (!t || has_pair(t))
		return to.unknown;
	set = numbers_of(n, arg < 0 ? &result : k);
	if (arg >= 0)
		return put_set(p, SR_AT_ARG, (unsigned)arg, &set, to);
	return t->ret == SR_RET_FD ? put_set(p, SR_AT_RET, 0, &set, to) : to.no;
}

/* ---- names ---- */

/* Texts of up to 16 bytes that begin with @s, or are @s. */
static void text_spans(const char *s, size_t len, bool whole, struct span *out)
{
	for (size_t w = 0; w < 2; w++) {
		uint64_t lo = 0, hi = 0;

		for (size_t i = w * 8; i < w * 8 + 8; i++) {
			uint8_t c = i < len ? (uint8_t)s[i] : 0;

			lo = lo << 8 | c;
			hi = hi << 8 | (i < len || whole ? c : 0xff);
		}
		out[w] = (struct span){ lo, hi - lo };
	}
}

static uint16_t put_name(struct sr_push *p, const struct sr_node *n, struct sr_push_to to)
{
	bool whole = n->cmp != SR_CMP_STARTSWITH;
	struct sr_push_to there = to;
	struct span s[2];

	if (whole && !is_equality(n) && n->cmp != SR_CMP_NE)
		return to.unknown;
	if (n->cmp == SR_CMP_NE)
		to = (struct sr_push_to){ to.no, to.yes, to.unknown };
	for (size_t i = n->nlits; i-- > 0;) {
		const struct sr_lit *lit = &n->lits[i];

		if (!lit->len || memchr(lit->text, 0, lit->len))
			return to.unknown;
		if (lit->len >= SR_COMM_LEN)
			continue; /* no name is so long */
		text_spans(lit->text, lit->len, whole, s);
		to.no = put_pair(p, SR_AT_COMM, 0, s, to);
	}
	if (n->cmp != SR_CMP_NE)
		return to.no;
	there.yes = to.no; /* an empty name is none */
	return put_test(p, SR_AT_COMM, 0, (struct span){ 1, UINT64_MAX - 1 }, there);
}

/* ---- cgroups ---- */

static uint16_t put_cgroup(struct sr_push *p, const struct sr_node *n, struct sr_push_to to)
{
	uint32_t q = 0;

	while (q < p->nquestions && p->questions[q] != n)
		q++;
	if (q == SR_PRED_CGROUPS)
		return to.unknown;
	if (q == p->nquestions)
		p->questions[p->nquestions++] = n;
	return put_test(p, SR_AT_CGROUP, q, (struct span){ 1, 0 }, to);
}

/* ---- files ---- */

/* Kinds that the kernel tells apart; SR_FILE_REG may be what another name makes of a file. */
#define TOLD_APART                                                                         \
	(1u << SR_FILE_NONE | 1u << SR_FILE_DIR | 1u << SR_FILE_CHR | 1u << SR_FILE_BLK |  \
	 1u << SR_FILE_LNK | 1u << SR_FILE_FIFO | 1u << SR_FILE_SOCK_INET |                \
	 1u << SR_FILE_SOCK_INET6 | 1u << SR_FILE_SOCK_UNIX | 1u << SR_FILE_SOCK_NETLINK | \
	 1u << SR_FILE_SOCK_PACKET)
static_assert(SR_FILE_KIND_COUNT < SR_PRED_KIND_VAGUE, "a bit for each kind");

static uint16_t put_kind(struct sr_push *p, const struct sr_node *n, const struct sr_type *t,
			 struct sr_push_to to)
{
	const uint32_t vague = ((1u << SR_FILE_KIND_COUNT) - 1) & ~TOLD_APART;
	uint32_t yes = 0, decided = (1u << SR_FILE_KIND_COUNT) - 1;

	if (t)
		p->probe.type = (struct sr_block_type){ .type = t, .name = t->name };
	for (uint32_t kind = 0; kind < SR_FILE_KIND_COUNT; kind++) {
		p->probe.files[1].kind = kind;
		p->probe.file_idx = kind != SR_FILE_NONE;
		yes |= (uint32_t)sr_eval(p->f, n, &p->probe.v,
					 n->scope == SR_SCOPE_FILE ? p->probe.file_idx : 0)
		       << kind;
	}
	if ((yes & vague) == 0 || (yes & vague) == vague)
		decided |= 1u << SR_PRED_KIND_VAGUE;
	if (yes & vague)
		yes |= 1u << SR_PRED_KIND_VAGUE;
	return put_test(p, SR_AT_KIND, 0, (struct span){ yes, decided }, to);
}

/* The end that a field's third letter names; *both: it means either. */
static enum sr_end end_of(const struct sr_node *n, bool *both)
{
	static const char letters[] = "lrcs";
	const char *name = n->left->ref.field->name, *at = strchr(letters, name[3]);

	*both = strlen(name) < sizeof("fd.cip") - 1 || !at || strcmp(name, "fd.port") == 0;
	return *both ? SR_END_LOCAL : (enum sr_end)(at - letters);
}

static uint16_t put_port(struct sr_push *p, const struct sr_node *n, const struct known *k,
			 struct sr_push_to to)
{
	struct set set = numbers_of(n, k);
	bool both;
	enum sr_end end = end_of(n, &both);

	if (both && n->cmp == SR_CMP_NE)
		return to.unknown;
	if (both)
		to.no = put_set(p, SR_AT_PORT, SR_END_REMOTE, &set, to);
	return put_set(p, SR_AT_PORT, end, &set, to);
}

/* IPv4 stands inside IPv6. False: it cannot be told. */
static bool address_spans(const struct sr_node *n, const struct sr_lit *lit, struct span *out)
{
	unsigned bits = n->left->fam == SR_FAM_NET ? lit->prefix : lit->ip.v6 ? 128 : 32, low;
	uint64_t word[2] = { 0, 0xffff };

	if (lit->ip.v6 && n->left->fam == SR_FAM_NET)
		return false;
	for (unsigned i = 0; i < (lit->ip.v6 ? 16u : 4u); i++) {
		unsigned w = lit->ip.v6 ? i / 8 : 1;

		word[w] = word[w] << 8 | lit->ip.addr[i];
	}
	low = lit->ip.v6 ? 0 : 32 - bits;
	out[0] = (struct span){ word[0], 0 };
	out[1].len = ((uint64_t)1 << low) - 1;
	out[1].lo = word[1] & ~out[1].len;
	return true;
}

static uint16_t put_address(struct sr_push *p, const struct sr_node *n, struct sr_push_to to)
{
	bool both;
	enum sr_end end = end_of(n, &both);
	struct span s[2];

	if (!is_equality(n))
		return to.unknown;
	for (size_t i = n->nlits; i-- > 0;) {
		if (!address_spans(n, &n->lits[i], s))
			return to.unknown;
		if (both)
			to.no = put_pair(p, SR_AT_ADDR, SR_END_REMOTE * 2, s, to);
		to.no = put_pair(p, SR_AT_ADDR, end * 2, s, to);
	}
	return to.no;
}

/* ---- paths ---- */

size_t sr_push_prefix(const struct sr_node *n, size_t i)
{
	const struct sr_lit *lit = &n->lits[i];
	size_t len = lit->len;

	/* not of pmatch: it compares components, and "/ipv4" matches a socket that has no name */
	if (n->cmp == SR_CMP_GLOB)
		for (len = 0; len < lit->len && !strchr("*?[\\{", lit->text[len]); len++)
			;
	else if (!is_equality(n) && n->cmp != SR_CMP_STARTSWITH && n->cmp != SR_CMP_NE)
		return 0;
	return len && lit->text[0] == '/' && !memchr(lit->text, 0, len) ? len : 0;
}

/* The prefix @s as components. *whole: the tests say no more and no less than that. False: no
 * path looks so. */
static bool make_path(const char *s, size_t len, bool exact, struct sr_pred_path *out, bool *whole)
{
	*out = (struct sr_pred_path){ .open = !exact && len > 1, .exact = exact };
	*whole = true;
	if (len <= 1) /* every path, or the root */
		return true;
	for (size_t i = 1, end; i <= len; i = end + 1) {
		for (end = i; end < len && s[end] != '/'; end++)
			;
		if (end == i && (end < len || exact))
			return false;
		if (out->n == SR_PRED_DEPTH) {
			out->open = out->exact = false;
			*whole = false;
			return true;
		}
		out->comp[out->n].len = end - i > SR_PRED_NAME ? SR_PRED_NAME : end - i;
		memcpy(out->comp[out->n].name, s + i, out->comp[out->n].len);
		out->n++;
		if (end - i > SR_PRED_NAME) {
			out->open = true;
			out->exact = *whole = false;
			return true;
		}
	}
	return true;
}

/* The number of a path in the table; SR_PRED_PATHS: there is no room. */
static uint32_t path_number(struct sr_push *p, const struct sr_pred_path *path)
{
	uint32_t i;

	for (i = 0; i < p->pred.npaths; i++)
		if (memcmp(&p->paths[i], path, sizeof(*path)) == 0)
			return i;
	if (i < SR_PRED_PATHS)
		p->paths[p->pred.npaths++] = *path;
	return i;
}

/* What the tests say of literal @i: the number of its path. False: they say nothing. *whole: the
 * path decides the check, and nothing but it. */
static bool find_path(struct sr_push *p, const struct sr_node *n, size_t i, uint32_t *number,
		      bool *whole)
{
	bool exact = is_equality(n) || n->cmp == SR_CMP_NE;
	size_t len = sr_push_prefix(n, i);
	struct sr_pred_path path;

	if (strcmp(n->left->ref.field->name, "fd.name") != 0)
		exact = false;
	if (!len || !make_path(n->lits[i].text, len, exact, &path, whole))
		return false;
	if (!exact && (n->cmp != SR_CMP_STARTSWITH || n->left->ref.field->name[3] != 'n'))
		*whole = false;
	*number = path_number(p, &path);
	return *number < SR_PRED_PATHS;
}

static uint16_t put_path(struct sr_push *p, const struct sr_node *n, struct sr_push_to to)
{
	bool differs = n->cmp == SR_CMP_NE, whole;
	uint32_t number;

	for (size_t i = n->nlits; i-- > 0;) {
		struct sr_push_to here = to;

		if (!find_path(p, n, i, &number, &whole) || (differs && !whole))
			return to.unknown;
		if (!whole)
			here.yes = to.unknown;
		to.no = put_test(p, SR_AT_PATH, number, (struct span){ !differs, 0 }, here);
	}
	return to.no;
}

/* ---- checks ---- */

/* Calls without a row are called syscall_N or compat_N; those of 32-bit programs have none here,
 * whatever they are called. */
static enum sr_tri unnamed_type(const struct sr_node *n)
{
	if (n->scope != SR_SCOPE_TYPE || !(is_equality(n) || n->cmp == SR_CMP_NE) ||
	    n->left->kind != SR_EXPR_FIELD || n->left->ref.arg[0] || n->right || n->mod ||
	    (strcmp(n->left->ref.field->name, "evt.type") != 0 &&
	     strcmp(n->left->ref.field->name, "syscall.type") != 0))
		return SR_MAYBE;
	for (size_t i = 0; i < n->nlits; i++)
		if (!sr_type_by_name(n->lits[i].text, n->lits[i].len) ||
		    sr_i386_has(n->lits[i].text, n->lits[i].len))
			return SR_MAYBE;
	return n->cmp == SR_CMP_NE ? SR_ALWAYS : SR_NEVER;
}

/* What is known without looking at the call. */
static enum sr_tri by_type(struct sr_push *p, const struct sr_node *n, const struct sr_type *t)
{
	enum sr_tri tri = t ? (enum sr_tri)n->types[sr_type_id(t)] : unnamed_type(n);
	bool has_file = t && (t->ret == SR_RET_FD || sr_type_primary_fd(t) >= 0);

	if (tri != SR_MAYBE || n->scope != SR_SCOPE_FILE || has_file)
		return tri;
	return sr_eval(p->f, n, &p->probe.v, 0) ? SR_ALWAYS : SR_NEVER; /* file 0 is none */
}

uint16_t sr_push_check(struct sr_push *p, const struct sr_node *n, const struct sr_type *t,
		       struct sr_push_to to)
{
	const struct known *k = known_of(n);
	enum sr_tri tri = by_type(p, n, t);
	struct set set;

	if (tri != SR_MAYBE)
		return tri == SR_ALWAYS ? to.yes : to.no;
	if (!k)
		return to.unknown;
	switch ((enum source)k->source) {
	case NUMBER:
	case RESULT:
	case MOVED:
		set = numbers_of(n, k);
		return put_set(p, k->attr, 0, &set, to);
	case ERRNO:
		set = errors_of(p, n);
		return put_set(p, k->attr, 0, &set, to);
	case FD:
		return put_fd(p, n, k, t, to);
	case NAME:
		return put_name(p, n, to);
	case CGROUP:
		return put_cgroup(p, n, to);
	case KIND:
		return t ? put_kind(p, n, t, to) : to.unknown;
	case PORT:
		return put_port(p, n, k, to);
	case ADDRESS:
		return put_address(p, n, to);
	default:
		return put_path(p, n, to);
	}
}

unsigned sr_push_cost(const struct sr_node *n)
{
	static const uint8_t costs[] = {
		[NUMBER] = 1, [RESULT] = 0, [ERRNO] = 0, [MOVED] = 0,	[FD] = 0,   [NAME] = 1,
		[CGROUP] = 2, [KIND] = 3,   [PORT] = 3,	 [ADDRESS] = 3, [PATH] = 4, [DIRECTORY] = 4
	};
	const struct known *k = known_of(n);

	return k ? costs[k->source] : SR_PUSH_COSTS - 1;
}

/* A type whose calls leave the check open; NULL: none does. */
static const struct sr_type *open_type(struct sr_push *p, const struct sr_node *n)
{
	for (int i = 0; i < SR_TYPE_FIRST_X; i++)
		if (by_type(p, n, &sr_types[i]) == SR_MAYBE && !has_pair(&sr_types[i]))
			return &sr_types[i];
	return NULL;
}

/* Compiled for such a type, the tests tell what they are good for: does any lead to "drop" when
 * the check has to hold, and when it must not hold? */
enum sr_push_how sr_push_how(struct sr_push *p, const struct sr_node *n)
{
	const struct sr_push_to must = { SR_PRED_KEEP, SR_PRED_DROP, SR_PRED_KEEP };
	const struct sr_push_to must_not = { SR_PRED_DROP, SR_PRED_KEEP, SR_PRED_KEEP };
	uint32_t ntests = p->pred.ntests, npaths = p->pred.npaths;
	const struct sr_type *t = open_type(p, n);
	const struct known *k = known_of(n);
	bool drops, drops_not;

	if (!t)
		return SR_PUSH_SURE;
	if (!k)
		return SR_PUSH_NOT;
	drops = sr_push_check(p, n, t, must) != SR_PRED_KEEP;
	drops_not = sr_push_check(p, n, t, must_not) != SR_PRED_KEEP;
	p->pred.ntests = ntests;
	p->pred.npaths = npaths;
	if (!drops)
		return SR_PUSH_NOT;
	if (!drops_not)
		return SR_PUSH_PREFIX;
	return k->source < CGROUP ? SR_PUSH_SURE : SR_PUSH_MOSTLY;
}
