/* SPDX-License-Identifier: Apache-2.0 */
/* One check for one row or one entry of a dictionary. */
#include "filters/ast.h"

#include <errno.h>

/* An entry that is asked about: of the dictionary of @scope, or a row. */
struct entry {
	struct sr_view *v;
	uint8_t scope;
	uint32_t idx;
};

static void get_field(const struct entry *at, const struct sr_fieldref *ref, struct sr_val *out)
{
	if (at->scope == SR_SCOPE_EVENT)
		sr_field_get(ref, at->v, at->idx, out);
	else
		sr_field_get_dict(ref, at->v, at->idx, out);
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

static void keep_basename(struct sr_buf *buf, size_t from)
{
	size_t i = buf->len;

	while (i > from && buf->p[i - 1] != '/')
		i--;
	if (i == from)
		return;
	memmove(buf->p + from, buf->p + i, buf->len - i);
	buf->len -= i - from;
}

static bool get_expr(const struct entry *at, const struct sr_expr *e, struct sr_buf *buf,
		     struct sr_val *out);

/* Append the text of an expression; false if it is absent. */
static bool append_text(const struct entry *at, const struct sr_expr *e, struct sr_buf *buf)
{
	size_t from = buf->len;
	struct sr_val val;
	bool ok = true;

	if (e->kind != SR_EXPR_CALL || e->fn == SR_FN_VAL) {
		if (!get_expr(at, e, buf, &val) || val.type != SR_V_STR)
			return false;
		buf->len = from;
		if (!buf->p || (uint8_t *)val.s.p != buf->p + from)
			sr_buf_put(buf, val.s.p, val.s.len);
		else
			buf->len += val.s.len;
		return true;
	}
	for (size_t i = 0; i < e->nargs && ok; i++)
		ok = append_text(at, e->args[i], buf);
	if (!ok || buf->oom)
		return false;
	switch (e->fn) {
	case SR_FN_TOLOWER:
		change_case(buf, from, 'A');
		break;
	case SR_FN_TOUPPER:
		change_case(buf, from, 'a');
		break;
	case SR_FN_BASENAME:
		keep_basename(buf, from);
		break;
	case SR_FN_B64:
		ok = decode_b64(buf, from);
		break;
	default:
		break;
	}
	return ok;
}

/* The value of an expression; made text is put at the end of @buf. */
static bool get_expr(const struct entry *at, const struct sr_expr *e, struct sr_buf *buf,
		     struct sr_val *out)
{
	size_t from = buf->len;

	if (e->kind == SR_EXPR_TEXT) {
		sr_set_str(out, e->text.text, e->text.len);
		return true;
	}
	if (e->kind == SR_EXPR_CALL && e->fn == SR_FN_VAL)
		return get_expr(at, e->args[0], buf, out);
	if (e->kind == SR_EXPR_CALL) {
		if (!append_text(at, e->fn == SR_FN_LEN ? e->args[0] : e, buf))
			return false;
		sr_set_str(out, buf->p ? buf->p + from : NULL, buf->len - from);
		if (e->fn == SR_FN_LEN)
			sr_set_uint(out, out->s.len);
		return true;
	}
	get_field(at, &e->ref, out);
	if (out->type == SR_V_ABSENT)
		return false;
	if (e->fam == SR_FAM_STR && out->type != SR_V_STR) {
		sr_val_text(&e->ref, out, at->v, buf);
		sr_set_str(out, buf->p ? buf->p + from : NULL, buf->len - from);
	}
	return true;
}

/* ---- comparing ---- */

static __int128 number(const struct sr_val *val)
{
	return val->type == SR_V_INT ? (__int128)val->i : (__int128)val->u;
}

static bool test_number(enum sr_cmp cmp, __int128 a, __int128 b)
{
	switch (cmp) {
	case SR_CMP_EQ:
	case SR_CMP_IN:
	case SR_CMP_INTERSECTS:
		return a == b;
	case SR_CMP_NE:
		return a != b;
	case SR_CMP_LT:
		return a < b;
	case SR_CMP_LE:
		return a <= b;
	case SR_CMP_GT:
		return a > b;
	case SR_CMP_GE:
		return a >= b;
	default:
		return false;
	}
}

static bool same_ip(const struct sr_ip *a, const struct sr_ip *b)
{
	return a->v6 == b->v6 && memcmp(a->addr, b->addr, a->v6 ? 16 : 4) == 0;
}

static bool in_net(const struct sr_ip *a, const struct sr_lit *net)
{
	unsigned bytes = net->prefix / 8, bits = net->prefix % 8;

	if (a->v6 != net->ip.v6 || memcmp(a->addr, net->ip.addr, bytes) != 0)
		return false;
	return !bits || !((a->addr[bytes] ^ net->ip.addr[bytes]) & (uint8_t)(0xff00 >> bits));
}

/* One value with one literal. */
static bool test_lit(const struct sr_node *n, const struct sr_val *val, const struct sr_lit *lit)
{
	bool negate = n->cmp == SR_CMP_NE;

	switch (val->type) {
	case SR_V_STR:
		return sr_match_text(n->cmp, val->s.p, val->s.len, lit->text, lit->len);
	case SR_V_IP:
		return (n->left->fam == SR_FAM_NET ? in_net(&val->ip, lit)
						   : same_ip(&val->ip, &lit->ip)) != negate;
	case SR_V_DOUBLE:
	case SR_V_ABSENT:
		return false;
	default:
		return lit->is_num ? test_number(n->cmp, number(val), lit->num) : negate;
	}
}

/* One value with all literals. */
static bool test_lits(const struct sr_node *n, const struct sr_val *val)
{
	size_t hits = 0;

	for (size_t i = 0; i < n->nlits; i++) {
		bool hit = test_lit(n, val, &n->lits[i]);

		if (hit && n->mod != SR_MOD_ALLOF && n->mod != SR_MOD_ONEOF)
			return true;
		if (!hit && n->mod == SR_MOD_ALLOF)
			return false;
		hits += hit;
	}
	return n->mod == SR_MOD_ALLOF ? n->nlits > 0 : n->mod == SR_MOD_ONEOF && hits == 1;
}

static bool test_right(const struct sr_node *n, const struct sr_val *a, const struct sr_val *b)
{
	struct sr_lit lit = { 0 };

	if (b->type == SR_V_STR) {
		lit.text = b->s.p;
		lit.len = b->s.len;
	} else if (b->type == SR_V_IP) {
		lit.ip = b->ip;
	} else {
		lit.is_num = true;
		lit.num = number(b);
	}
	return test_lit(n, a, &lit);
}

/* Fields with several values: ask for each. */
static bool eval_multi(const struct sr_node *n, const struct entry *at,
		       const struct sr_field_impl *impl)
{
	struct sr_fieldref ref = n->left->ref;
	bool every = impl->multi == SR_MULTI_BOTH && n->cmp == SR_CMP_NE, any = false, hit;
	struct sr_val val;

	for (int i = impl->lo; i <= impl->hi; i++) {
		ref.argn = i;
		get_field(at, &ref, &val);
		if (val.type == SR_V_ABSENT)
			continue;
		hit = n->cmp == SR_CMP_EXISTS || test_lits(n, &val);
		if (hit != every)
			return hit;
		any = true;
	}
	return any && every;
}

bool sr_eval(struct sr_filter *f, const struct sr_node *n, struct sr_view *v, uint32_t idx)
{
	struct entry at = { v, n->scope, idx };
	const struct sr_field_impl *impl;
	struct sr_val left, right;

	if (n->left->kind == SR_EXPR_FIELD && !n->left->ref.arg[0]) {
		impl = sr_field_impl_of(n->left->ref.field);
		if (impl->multi != SR_MULTI_NO)
			return eval_multi(n, &at, impl);
	}
	f->text.len = 0;
	if (!get_expr(&at, n->left, &f->text, &left))
		return false;
	if (n->cmp == SR_CMP_EXISTS)
		return true;
	if (!n->right)
		return test_lits(n, &left);
	/* The next get takes back what a value borrowed from the view. */
	if (left.type == SR_V_STR && (!f->text.p || (uint8_t *)left.s.p != f->text.p)) {
		f->text.len = 0;
		sr_buf_put(&f->text, left.s.p, left.s.len);
		sr_set_str(&left, f->text.p, f->text.len);
	}
	f->text2.len = 0;
	return get_expr(&at, n->right, &f->text2, &right) && test_right(n, &left, &right);
}
