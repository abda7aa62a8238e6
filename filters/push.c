/* SPDX-License-Identifier: Apache-2.0 */
/* A filter's tree becomes a decision graph, once for each event type: tests that lead to others,
 * and in the end to "drop" or "keep". Made from the end to the beginning. Equal tests with equal
 * targets are one, so types that are asked the same share what they can. */
#include "filters/push_impl.h"

#include <errno.h>
#include <stdlib.h>

uint16_t sr_push_test(struct sr_push *p, struct sr_test t)
{
	uint8_t depth;
	uint32_t i;

	if (t.yes == t.no && t.no == t.unknown)
		return t.yes;
	for (i = SR_PRED_FIRST; i < p->pred.ntests; i++)
		if (memcmp(&p->tests[i], &t, sizeof(t)) == 0)
			return (uint16_t)i;
	depth = p->depth[t.yes];
	depth = depth > p->depth[t.no] ? depth : p->depth[t.no];
	depth = depth > p->depth[t.unknown] ? depth : p->depth[t.unknown];
	if (i == SR_PRED_TESTS || depth == SR_PRED_STEPS) {
		p->full = true;
		return SR_PRED_KEEP;
	}
	p->tests[i] = t;
	p->depth[i] = depth + 1;
	p->pred.ntests = i + 1;
	return (uint16_t)i;
}

/* ---- trees ---- */

static unsigned cost_of(const struct sr_node *n)
{
	unsigned cost = n->kind == SR_NODE_CHECK ? sr_push_cost(n) : 0, kid;

	for (size_t i = 0; i < n->nkids; i++) {
		kid = cost_of(n->kids[i]);
		cost = kid > cost ? kid : cost;
	}
	return cost;
}

/* Where the decision about @n, or about its opposite if @negate, begins. */
static uint16_t compile(struct sr_push *p, const struct sr_node *n, const struct sr_type *t,
			bool negate, struct sr_push_to to)
{
	bool both = (n->kind == SR_NODE_AND) != negate; /* all operands must hold */
	uint16_t entry = SR_PRED_KEEP;

	if (n->kind == SR_NODE_NOT)
		return compile(p, n->kids[0], t, !negate, to);
	if (n->kind == SR_NODE_CHECK) {
		if (negate)
			to = (struct sr_push_to){ to.no, to.yes, to.unknown };
		return sr_push_check(p, n, t, to);
	}
	/* cheap operands are asked first */
	for (unsigned cost = SR_PUSH_COSTS; cost-- > 0;) {
		for (size_t i = n->nkids; i-- > 0;) {
			if (cost_of(n->kids[i]) != cost)
				continue;
			entry = compile(p, n->kids[i], t, negate, to);
			if (both)
				to.yes = to.unknown = entry;
			else
				to.no = entry;
		}
	}
	return entry;
}

static void compile_type(struct sr_push *p, int row)
{
	const struct sr_push_to end = { SR_PRED_KEEP, SR_PRED_DROP, SR_PRED_KEEP };
	uint16_t entry;

	p->full = false;
	entry = compile(p, p->f->root, row == SR_TYPE_FIRST_X ? NULL : &sr_types[row], false, end);
	p->start[row] = p->full ? SR_PRED_KEEP : entry;
}

static void compile_all(struct sr_push *p)
{
	uint8_t *wanted = sr_arena_zalloc(&p->f->arena, (size_t)SR_TYPE_COUNT, 1);

	for (int i = 0; i < SR_TYPE_COUNT; i++)
		p->start[i] = SR_PRED_KEEP;
	if (!p->f->root || !wanted || sr_filter_need(p->f) & SR_NEED_FDS)
		return;
	for (int i = 0; i <= SR_TYPE_FIRST_X; i++)
		compile_type(p, i);
	/* of what is no call, the kernel knows the type alone */
	sr_filter_types(p->f, wanted);
	for (int i = SR_TYPE_FIRST_X + 1; i < SR_TYPE_COUNT; i++)
		p->start[i] = wanted[i] ? SR_PRED_KEEP : SR_PRED_DROP;
}

/* ---- the object ---- */

static void init_probe(struct sr_push_probe *o)
{
	o->v.b = &o->b;
	o->type = (struct sr_block_type){ .type = &sr_types[SR_SC_close],
					  .name = sr_types[SR_SC_close].name };
	o->thread.cgroup = 1;
	o->cgroups[1].id = 1;
	o->b = (struct sr_block){ .n = 1,
				  .have = SR_NEED_ALL,
				  .types = &o->type,
				  .ntypes = 1,
				  .type = &o->zero16,
				  .nth = &o->zero32,
				  .flags = &o->flags,
				  .ret = &o->ret,
				  .thread = &o->zero32,
				  .threads = &o->thread,
				  .nthreads = 1,
				  .file = &o->file_idx,
				  .files = o->files,
				  .nfiles = 2,
				  .cgroups = o->cgroups,
				  .ncgroups = 2 };
}

int sr_push_new(struct sr_push **out, struct sr_filter *f)
{
	struct sr_push *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->f = f;
	p->pred = (struct sr_pred){
		.start = p->start, .tests = p->tests, .ntests = SR_PRED_FIRST, .paths = p->paths
	};
	init_probe(&p->probe);
	compile_all(p);
	p->pred.ncgroups = p->nquestions;
	*out = p;
	return 0;
}

const struct sr_pred *sr_push_pred(const struct sr_push *p)
{
	for (int i = 0; i < SR_TYPE_COUNT; i++)
		if (p->start[i] != SR_PRED_KEEP)
			return &p->pred;
	return NULL;
}

void sr_push_types(const struct sr_push *p, uint8_t *wanted)
{
	for (int i = 0; i < SR_TYPE_COUNT; i++)
		wanted[i] = i != SR_TYPE_FIRST_X && p->start[i] != SR_PRED_DROP;
}

struct sr_pred_cgroup sr_push_answer(struct sr_push *p, const char *id, size_t len)
{
	struct sr_pred_cgroup a = { .names = len != 0 };
	struct sr_push_probe *o = &p->probe;
	char text[256];

	if (len >= sizeof(text))
		len = sizeof(text) - 1; /* longer ones are none */
	if (len)
		memcpy(text, id, len);
	text[len] = '\0';
	o->container = (struct sr_container){ .id = text, .runtime = "" };
	o->cgroups[1].container = len ? &o->container : NULL;
	for (uint32_t i = 0; i < p->nquestions; i++)
		a.answers |= (uint32_t)sr_eval(p->f, p->questions[i], &o->v, 0) << i;
	o->cgroups[1].container = NULL;
	return a;
}

void sr_push_free(struct sr_push *p)
{
	if (!p)
		return;
	sr_buf_free(&p->probe.v.scratch);
	free(p);
}
