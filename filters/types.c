/* SPDX-License-Identifier: Apache-2.0 */
/* Which event types a filter can select at all: each node says for each type of the table
 * never, maybe or always, and the three join as the filter's operators do. */
#include "filters/ast.h"

#include <errno.h>
#include <stdlib.h>

/* A view of a block with one row of each type and nothing else. */
struct table_view {
	struct sr_block b;
	struct sr_view v;
	struct sr_block_type types[SR_TYPE_END];
	uint16_t type[SR_TYPE_END];
	uint32_t file[SR_TYPE_END];
	struct sr_file none;
};

static struct table_view *table_view(void)
{
	struct table_view *tv = calloc(1, sizeof(*tv));

	if (!tv)
		return NULL;
	tv->v.b = &tv->b;
	tv->b = (struct sr_block){ .n = SR_TYPE_END,
				   .types = tv->types,
				   .ntypes = SR_TYPE_END,
				   .type = tv->type,
				   .file = tv->file,
				   .files = &tv->none,
				   .nfiles = 1,
				   .have = SR_NEED_ALL };
	for (int i = 0; i < SR_TYPE_COUNT; i++) {
		tv->type[i] = (uint16_t)i;
		tv->types[i].type = &sr_types[i];
		tv->types[i].ncols = sr_types[i].nargs;
		tv->types[i].name = sr_types[i].name ? sr_types[i].name : "";
	}
	return tv;
}

static bool reads_or_writes(int type)
{
	uint8_t c = sr_types[type].category;

	return c == SR_CAT_IO_READ || c == SR_CAT_IO_WRITE || c == SR_CAT_IO_OTHER;
}

/* The type decides the check, for this row of the table or for all. */
static bool decides(const struct sr_node *n, int type)
{
	if (n->scope == SR_SCOPE_TYPE)
		return true;
	return n->left->kind == SR_EXPR_FIELD && !n->right && type >= 0 && !reads_or_writes(type) &&
	       sr_field_impl_of(n->left->ref.field)->by_type;
}

/* Impossible where the event has no such argument. */
static enum sr_tri guess(const struct sr_node *n, int type)
{
	if (n->left->kind != SR_EXPR_FIELD || sr_field_may_have(&n->left->ref, &sr_types[type]))
		return SR_MAYBE;
	return SR_NEVER;
}

static int prepare(struct sr_filter *f, struct sr_node *n, struct table_view *tv)
{
	int rc = 0;

	for (size_t i = 0; i < n->nkids && !rc; i++)
		rc = prepare(f, n->kids[i], tv);
	if (rc < 0 || n->kind != SR_NODE_CHECK)
		return rc;
	n->types = sr_arena_alloc(&f->arena, (size_t)SR_TYPE_COUNT);
	if (!n->types)
		return -ENOMEM;
	for (int i = 0; i < SR_TYPE_COUNT; i++) {
		if (!decides(n, i))
			n->types[i] = guess(n, i);
		else
			n->types[i] = sr_eval(f, n, &tv->v, (uint32_t)i) ? SR_ALWAYS : SR_NEVER;
	}
	return 0;
}

int sr_types_prepare(struct sr_filter *f)
{
	struct table_view *tv;
	int rc;

	if (!f->root)
		return 0;
	tv = table_view();
	if (!tv)
		return -ENOMEM;
	rc = prepare(f, f->root, tv);
	sr_buf_free(&tv->v.scratch);
	free(tv);
	return rc;
}

enum sr_tri sr_tri_tree(const struct sr_node *n,
			enum sr_tri (*leaf)(const struct sr_node *check, const void *arg),
			const void *arg)
{
	enum sr_tri all, kid;

	switch (n->kind) {
	case SR_NODE_CHECK:
		return leaf(n, arg);
	case SR_NODE_NOT:
		return SR_ALWAYS - sr_tri_tree(n->kids[0], leaf, arg);
	default:
		all = n->kind == SR_NODE_AND ? SR_ALWAYS : SR_NEVER;
		for (size_t i = 0; i < n->nkids; i++) {
			kid = sr_tri_tree(n->kids[i], leaf, arg);
			if (n->kind == SR_NODE_AND ? kid < all : kid > all)
				all = kid;
		}
		return all;
	}
}

static enum sr_tri check_type(const struct sr_node *n, const void *arg)
{
	const int *type = arg;

	return (enum sr_tri)n->types[*type];
}

void sr_filter_types(const struct sr_filter *f, uint8_t *wanted)
{
	for (int i = 0; i < SR_TYPE_COUNT; i++)
		wanted[i] = !f->root || sr_tri_tree(f->root, check_type, &i) != SR_NEVER;
	wanted[SR_TYPE_FIRST_X] = 0;
}
