/* SPDX-License-Identifier: Apache-2.0 */
/* Literals as values of the field that they are compared with. What can never match by mistake (a
 * misspelt event type) is an error here. */
#include "filters/ast.h"
#include "filters/regex.h"

#include <errno.h>

/* What a literal of the family has to look like. */
static const char *family_needs(enum sr_family fam)
{
	static const char *const names[] = {
		[SR_FAM_NUM] = "a number",
		[SR_FAM_DUR] = "a number of nanoseconds or a duration such as 1.5ms",
		[SR_FAM_PORT] = "a port number or the name of a service",
		[SR_FAM_BOOL] = "true or false",
		[SR_FAM_STR] = "text",
		[SR_FAM_BYTES] = "an even number of hex digits",
		[SR_FAM_IP] = "an IPv4 or IPv6 address",
		[SR_FAM_NET] = "a network such as 10.0.0.0/8",
		[SR_FAM_LIST] = "text",
		[SR_FAM_DYN] = "a number",
	};

	return names[fam];
}

static int compile_regex(struct sr_filter *f, struct sr_lit *lit, struct sr_err *err)
{
	struct sr_regex_ref *ref = sr_arena_zalloc(&f->arena, 1, sizeof(*ref));
	char why[128] = "";
	int rc;

	if (!ref)
		return -ENOMEM;
	rc = sr_regex_new(&ref->re, lit->text, lit->len, why, sizeof(why));
	if (rc < 0)
		return sr_err_set(err, rc, lit->pos, "not a regular expression: %s", why);
	ref->next = f->regexes;
	f->regexes = ref;
	lit->re = ref->re;
	return 0;
}

/* syscall_NNN is what a call without a name is called. */
static bool is_unknown_syscall(const struct sr_lit *lit)
{
	static const char prefix[] = "syscall_";
	size_t n = sizeof(prefix) - 1;

	return lit->len > n && memcmp(lit->text, prefix, n) == 0 &&
	       strspn(lit->text + n, "0123456789") == lit->len - n;
}

/* The names that the field can have, when they are few. */
static void list_domain(const char *(*domain)(unsigned i), struct sr_buf *out)
{
	unsigned n = 0;

	while (domain(n))
		n++;
	if (n > 32)
		return;
	sr_buf_puts(out, "; it is one of");
	for (unsigned i = 0, j; i < n; i++) {
		for (j = 0; j < i; j++)
			if (strcmp(domain(i), domain(j)) == 0)
				break;
		if (j == i && *domain(i))
			sr_buf_printf(out, " %s", domain(i));
	}
}

/* Some name of the field's domain satisfies the operator with this literal. */
static bool in_domain(const struct sr_node *n, const struct sr_lit *lit,
		      const char *(*domain)(unsigned i))
{
	enum sr_cmp cmp = n->cmp == SR_CMP_NE ? SR_CMP_EQ : (enum sr_cmp)n->cmp;
	const char *name;
	bool oom = false;

	for (unsigned i = 0; (name = domain(i)); i++)
		if (sr_match_lit(cmp, name, strlen(name), lit, &oom))
			return true;
	return oom;
}

static int check_domain(const struct sr_node *n, const struct sr_lit *lit, struct sr_err *err)
{
	const char *(*domain)(unsigned i), *near;
	struct sr_buf list = { 0 };
	int rc;

	if (n->left->kind != SR_EXPR_FIELD)
		return 0;
	domain = sr_field_impl_of(n->left->ref.field)->domain;
	if (!domain || is_unknown_syscall(lit) || in_domain(n, lit, domain))
		return 0;
	near = sr_nearest(lit->text, lit->len, domain);
	if (near)
		return sr_err_set(err, -EINVAL, lit->pos, "%s is never %s, did you mean %s?",
				  sr_expr_name(n->left), lit->text, near);
	list_domain(domain, &list);
	if (n->cmp <= SR_CMP_NE || n->cmp == SR_CMP_IN || n->cmp == SR_CMP_INTERSECTS)
		rc = sr_err_set(err, -EINVAL, lit->pos, "%s is never %s%s", sr_expr_name(n->left),
				lit->text, sr_buf_cstr(&list));
	else
		rc = sr_err_set(err, -EINVAL, lit->pos, "no %s %s %s%s", sr_expr_name(n->left),
				n->cmp == SR_CMP_GLOB || n->cmp == SR_CMP_IGLOB ||
						n->cmp == SR_CMP_REGEX || n->cmp == SR_CMP_PMATCH
					? "matches"
					: sr_cmps[n->cmp].name,
				lit->text, sr_buf_cstr(&list));
	sr_buf_free(&list);
	return rc;
}

static bool is_number(uint8_t kind)
{
	return sr_kinds[kind].cls == SR_CLASS_NUM || sr_kinds[kind].cls == SR_CLASS_FILE ||
	       kind == SR_KIND_CASE;
}

/* evt.rawarg: a number if every event that has the argument has a number. */
bool sr_ref_only_numbers(const struct sr_fieldref *ref)
{
	bool any = false;

	for (int t = 0; t < SR_TYPE_COUNT; t++) {
		for (int a = 0; a < sr_types[t].nargs; a++) {
			if (strcmp(sr_types[t].args[a].name, ref->arg) != 0)
				continue;
			if (!is_number(sr_types[t].args[a].kind))
				return false;
			any = true;
		}
	}
	return any || strcmp(ref->arg, "res") == 0;
}

int sr_check_lit(struct sr_filter *f, struct sr_node *n, struct sr_lit *lit, struct sr_err *err)
{
	enum sr_family fam = n->left->fam;
	bool ok = true;
	int rc;

	if (n->cmp == SR_CMP_REGEX) {
		rc = compile_regex(f, lit, err);
		if (rc < 0)
			return rc;
	}
	switch (fam) {
	case SR_FAM_NUM:
	case SR_FAM_DUR:
	case SR_FAM_PORT:
		ok = sr_lit_number(lit, fam);
		break;
	case SR_FAM_BOOL:
		lit->num = strcmp(lit->text, "true") == 0;
		ok = lit->is_num = lit->num || strcmp(lit->text, "false") == 0;
		break;
	case SR_FAM_IP:
		ok = sr_lit_ip(lit);
		break;
	case SR_FAM_NET:
		ok = sr_lit_net(lit);
		break;
	case SR_FAM_DYN:
		ok = sr_lit_number(lit, SR_FAM_NUM) || !sr_ref_only_numbers(&n->left->ref);
		break;
	case SR_FAM_STR:
	case SR_FAM_LIST:
		return check_domain(n, lit, err);
	case SR_FAM_BYTES:
		if (n->cmp != SR_CMP_BCONTAINS && n->cmp != SR_CMP_BSTARTSWITH)
			return 0;
		rc = sr_lit_hex(lit, &f->arena);
		if (rc == -ENOMEM)
			return rc;
		ok = rc == 0;
		break;
	}
	if (ok)
		return 0;
	return sr_err_set(err, -EINVAL, lit->pos, "%s needs %s, got %s", sr_expr_name(n->left),
			  family_needs(fam), lit->len ? lit->text : "nothing");
}
