/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a block can have a row that a filter selects: asked of its zone map before it is read,
 * and of its dictionaries before its columns are. Every check says never, maybe or always for
 * the block, and the three join as the filter's operators do. */
#include "formats/zone.h"
#include "filters/ast.h"

/* Entries of a dictionary that are asked for one row saved at the least. */
#define ROWS_PER_ENTRY 4

/* Fields whose values are keys of the zone map. */
static const struct {
	const char *field;
	uint8_t key; /* enum sr_zone_key */
} keyed[] = {
	{ "proc.name", SR_ZONE_COMM },
	{ "proc.exepath", SR_ZONE_EXEPATH },
	{ "proc.pid", SR_ZONE_PID },
	{ "thread.tid", SR_ZONE_TID },
	{ "user.uid", SR_ZONE_UID },
	{ "user.euid", SR_ZONE_UID },
	{ "fd.name", SR_ZONE_NAME },
	{ "fd.directory", SR_ZONE_DIR },
	{ "fd.port", SR_ZONE_PORT },
	{ "fd.cport", SR_ZONE_PORT },
	{ "fd.sport", SR_ZONE_PORT },
	{ "fd.lport", SR_ZONE_PORT },
	{ "fd.rport", SR_ZONE_PORT },
	{ "fd.ip", SR_ZONE_IP },
	{ "fd.cip", SR_ZONE_IP },
	{ "fd.sip", SR_ZONE_IP },
	{ "fd.lip", SR_ZONE_IP },
	{ "fd.rip", SR_ZONE_IP },
	{ "container.cgroup", SR_ZONE_CGROUP },
};

static uint8_t key_of(const struct sr_field *f)
{
	for (size_t i = 0; i < sizeof(keyed) / sizeof(keyed[0]); i++)
		if (strcmp(keyed[i].field, f->name) == 0)
			return keyed[i].key;
	return 0;
}

/* ---- zone maps ---- */

/* The part of a path before its last slash; 0: there is none, or only the root. */
static size_t dir_len(const char *p, size_t len)
{
	while (len && p[len - 1] != '/')
		len--;
	return len ? len - 1 : 0;
}

/* A directory is that of a file in it, or of a file that is a directory. The root is in all. */
static bool may_be_in(const struct sr_zone *z, const struct sr_lit *lit)
{
	return lit->len <= 1 || sr_zone_may(z, SR_ZONE_DIR, lit->text, lit->len) ||
	       sr_zone_may(z, SR_ZONE_NAME, lit->text, lit->len);
}

static bool may_equal(const struct sr_zone *z, enum sr_zone_key key, const struct sr_node *n,
		      const struct sr_lit *lit)
{
	switch (n->left->fam) {
	case SR_FAM_STR:
		return key == SR_ZONE_DIR ? may_be_in(z, lit)
					  : sr_zone_may(z, key, lit->text, lit->len);
	case SR_FAM_IP:
		return sr_zone_may(z, key, lit->ip.addr, lit->ip.v6 ? 16 : 4);
	case SR_FAM_NUM:
	case SR_FAM_PORT:
		return !lit->is_num || (lit->num >= INT64_MIN && lit->num <= UINT64_MAX &&
					sr_zone_may_num(z, key, (uint64_t)lit->num));
	default:
		return true;
	}
}

/* fd.name startswith /srv/www/img: there must be something below /srv/www. */
static bool may_start(const struct sr_zone *z, const struct sr_lit *lit)
{
	size_t len = dir_len(lit->text, lit->len);

	return !len || sr_zone_may(z, SR_ZONE_DIR, lit->text, len);
}

static enum sr_tri ask_keys(const struct sr_node *n, const struct sr_zone *z)
{
	uint8_t key = key_of(n->left->ref.field);
	bool starts = n->cmp == SR_CMP_STARTSWITH && key == SR_ZONE_NAME;

	if (!key || (n->cmp != SR_CMP_EQ && n->cmp != SR_CMP_IN && !starts))
		return SR_MAYBE;
	for (size_t i = 0; i < n->nlits; i++)
		if (starts ? may_start(z, &n->lits[i])
			   : may_equal(z, (enum sr_zone_key)key, n, &n->lits[i]))
			return SR_MAYBE;
	return SR_NEVER;
}

/* A container of this name is in the block, as far as names are known. */
static bool may_be_named(const struct sr_zone *z, const struct sr_meta *meta,
			 const struct sr_lit *lit)
{
	for (uint32_t h = 0; h < sr_meta_hosts(meta); h++) {
		const struct sr_meta *m = sr_meta_of(meta, h);

		for (size_t i = 0; i < sr_meta_containers(m); i++) {
			const struct sr_container *c = sr_meta_container_at(m, i);

			if (strlen(c->name) == lit->len &&
			    memcmp(c->name, lit->text, lit->len) == 0 &&
			    sr_zone_may_container(z, c->id, strlen(c->id)))
				return true;
		}
	}
	return false;
}

/* container.id, container.full_id and container.name. What is in none is called "host". */
static enum sr_tri ask_container(const struct sr_node *n, const struct sr_zone *z,
				 const struct sr_meta *meta)
{
	bool named = strcmp(n->left->ref.field->name, "container.name") == 0;

	if ((n->cmp != SR_CMP_EQ && n->cmp != SR_CMP_IN) || !meta)
		return SR_MAYBE;
	for (size_t i = 0; i < n->nlits; i++) {
		const struct sr_lit *lit = &n->lits[i];

		if (lit->len == 4 && memcmp(lit->text, "host", 4) == 0)
			return SR_MAYBE;
		if (named ? may_be_named(z, meta, lit)
			  : sr_zone_may_container(z, lit->text, lit->len))
			return SR_MAYBE;
	}
	return SR_NEVER;
}

static bool is_container(const struct sr_field *f)
{
	return strcmp(f->name, "container.id") == 0 || strcmp(f->name, "container.full_id") == 0 ||
	       strcmp(f->name, "container.name") == 0;
}

/* A number that lies between @lo and @hi in the whole block, against the check's interval. */
static enum sr_tri ask_range(const struct sr_node *n, __int128 lo, __int128 hi)
{
	enum sr_tri in = n->lo <= lo && hi <= n->hi ? SR_ALWAYS
			 : hi < n->lo || n->hi < lo ? SR_NEVER
						    : SR_MAYBE;

	return n->negate ? SR_ALWAYS - in : in;
}

/* The sign alone. Results that do not exist satisfy nothing. */
static enum sr_tri ask_result(const struct sr_node *n, const struct sr_zone *z)
{
	bool none = (n->lo >= 0 && !(z->results & SR_ZONE_POSITIVE)) ||
		    (n->hi < 0 && !(z->results & SR_ZONE_NEGATIVE));

	return none && !n->negate ? SR_NEVER : SR_MAYBE;
}

/* evt.failed=true needs an error. */
static enum sr_tri ask_failed(const struct sr_node *n, const struct sr_zone *z)
{
	if (z->results & SR_ZONE_NEGATIVE || n->cmp != SR_CMP_EQ || n->nlits != 1 ||
	    !n->lits[0].is_num || n->lits[0].num == 0)
		return SR_MAYBE;
	return SR_NEVER;
}

static enum sr_tri ask_column(const struct sr_node *n, const struct sr_zone *z,
			      const struct sr_meta *meta)
{
	__int128 shift = 0;

	switch (sr_field_impl_of(n->left->ref.field)->fast) {
	case SR_FAST_NUM:
		return z->first_num && z->events
			       ? ask_range(n, z->first_num, (__int128)z->first_num + z->events - 1)
			       : SR_MAYBE;
	case SR_FAST_TIME:
		/* wall time is the recorded time and a constant */
		if (meta)
			shift = (__int128)sr_meta_wall(meta, z->min_time) - z->min_time;
		return ask_range(n, z->min_time + shift, z->max_time + shift);
	case SR_FAST_RET:
		return z->has_map ? ask_result(n, z) : SR_MAYBE;
	default:
		return SR_MAYBE;
	}
}

static enum sr_tri ask_zone(const struct sr_node *n, const struct sr_zone *z,
			    const struct sr_meta *meta)
{
	if (n->left->kind != SR_EXPR_FIELD || n->right || n->mod != SR_MOD_NONE)
		return SR_MAYBE;
	if (n->is_range && sr_field_impl_of(n->left->ref.field)->fast)
		return ask_column(n, z, meta);
	if (n->left->ref.arg[0])
		return SR_MAYBE;
	if (!z->has_map)
		return SR_MAYBE;
	if (strcmp(n->left->ref.field->name, "evt.failed") == 0)
		return ask_failed(n, z);
	if (is_container(n->left->ref.field))
		return ask_container(n, z, meta);
	return ask_keys(n, z);
}

bool sr_zone_decides(const struct sr_node *n, bool negate)
{
	const uint8_t nothing[8] = { 0 };
	const struct sr_zone empty = { .has_map = true,
				       .hashes = SR_ZONE_HASHES,
				       .bits = nothing,
				       .nbytes = sizeof(nothing) };
	uint8_t fast = SR_FAST_NO;

	if (n->scope == SR_SCOPE_TYPE)
		return true;
	if (n->is_range && n->left->kind == SR_EXPR_FIELD)
		fast = sr_field_impl_of(n->left->ref.field)->fast;
	if (fast == SR_FAST_NUM || fast == SR_FAST_TIME)
		return true;
	return !negate && ask_zone(n, &empty, NULL) == SR_NEVER;
}

static void ask_all(struct sr_node *n, const struct sr_zone *z, const struct sr_meta *meta)
{
	for (size_t i = 0; i < n->nkids; i++)
		ask_all(n->kids[i], z, meta);
	if (n->kind == SR_NODE_CHECK)
		n->zone = ask_zone(n, z, meta);
}

/* What type and zone say together: each knows for certain, or not. */
static enum sr_tri check_both(const struct sr_node *n, const void *arg)
{
	const int *type = arg;
	enum sr_tri by_type = *type >= 0 ? (enum sr_tri)n->types[*type] : SR_MAYBE;

	return by_type != SR_MAYBE ? by_type : (enum sr_tri)n->zone;
}

bool sr_filter_zone(struct sr_filter *f, const struct sr_zone *z, const struct sr_meta *meta)
{
	const int any = -1;
	const struct sr_type *t;
	size_t at = 0;

	if (!f->root || sr_filter_need(f) & SR_NEED_FDS)
		return true;
	ask_all(f->root, z, meta);
	if (!z->has_map)
		return sr_tri_tree(f->root, check_both, &any) != SR_NEVER;
	while (sr_zone_type(z, &at, &t)) {
		int type = t ? sr_type_id(t) : -1;

		if (sr_tri_tree(f->root, check_both, &type) != SR_NEVER)
			return true;
	}
	return false;
}

/* ---- dictionaries ---- */

static enum sr_tri ask_dict(struct sr_filter *f, const struct sr_node *n, struct sr_view *v)
{
	uint32_t entries = n->scope == SR_SCOPE_THREAD ? v->b->nthreads
			   : n->scope == SR_SCOPE_FILE ? v->b->nfiles
						       : 0;
	const uint32_t known = SR_NEED_DICTS | SR_NEED_THREAD | SR_NEED_FILE;
	uint32_t hits = 0;

	if (!entries || entries > v->b->n / ROWS_PER_ENTRY || n->need & ~known)
		return SR_MAYBE;
	for (uint32_t i = 0; i < entries; i++) {
		hits += sr_eval(f, n, v, i);
		if (hits && hits != i + 1)
			return SR_MAYBE;
	}
	return hits ? SR_ALWAYS : SR_NEVER;
}

static void ask_dicts(struct sr_filter *f, struct sr_node *n, struct sr_view *v)
{
	for (size_t i = 0; i < n->nkids; i++)
		ask_dicts(f, n->kids[i], v);
	if (n->kind == SR_NODE_CHECK)
		n->zone = ask_dict(f, n, v);
}

static enum sr_tri check_zone(const struct sr_node *n, const void *arg)
{
	(void)arg;
	return (enum sr_tri)n->zone;
}

bool sr_filter_dicts(struct sr_filter *f, struct sr_view *v)
{
	if (!f->root)
		return true;
	ask_dicts(f, f->root, v);
	/* without memory nothing is certain */
	return sr_tri_tree(f->root, check_zone, NULL) != SR_NEVER || v->scratch.oom ||
	       f->text.oom || f->text2.oom;
}
