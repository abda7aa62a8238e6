/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the push-down share. */
#ifndef SR_PUSH_IMPL_H
#define SR_PUSH_IMPL_H

#include "filters/ast.h"
#include "filters/push.h"

/* A block with one event, of which a check is asked: the reader's own code says what is true. */
struct sr_push_probe {
	struct sr_block b;
	struct sr_view v;
	struct sr_block_type type;
	struct sr_file files[2];
	struct sr_thread thread;
	struct sr_cgroup cgroups[2];
	struct sr_container container;
	uint32_t file_idx, zero32;
	uint16_t zero16, flags;
	int64_t ret;
};

struct sr_push {
	struct sr_filter *f;
	struct sr_pred pred;
	uint16_t start[SR_TYPE_END];
	struct sr_test tests[SR_PRED_TESTS];
	uint8_t depth[SR_PRED_TESTS]; /* tests on the longest walk from here */
	struct sr_pred_path paths[SR_PRED_PATHS];
	const struct sr_node *questions[SR_PRED_CGROUPS];
	uint32_t nquestions;
	bool full; /* no room: what is compiled just now is not decided */
	struct sr_push_probe probe;
};

/* Where to go on. An unknown value is always as good as what is wanted. */
struct sr_push_to {
	uint16_t yes, no, unknown;
};

/* How well the kernel decides a check. Ordered; a tree is as good as its worst check. */
enum sr_push_how {
	SR_PUSH_NOT,	/* it records */
	SR_PUSH_PREFIX, /* something that follows from it is decided: a path's beginning */
	SR_PUSH_MOSTLY, /* decided, but for values that it cannot know */
	SR_PUSH_SURE,
};

enum sr_push_how sr_push_how(struct sr_push *p, const struct sr_node *check);

/** sr_push_cost() - rough order of what the kernel pays for a check, below SR_PUSH_COSTS. */
#define SR_PUSH_COSTS 6
unsigned sr_push_cost(const struct sr_node *check);

/** sr_push_check() - the tests of @check for calls of type @t (NULL: without a row). Return the
 *  first one, or where they all lead. */
uint16_t sr_push_check(struct sr_push *p, const struct sr_node *check, const struct sr_type *t,
		       struct sr_push_to to);

/** sr_push_prefix() - bytes at the start of a path that literal @i demands. */
size_t sr_push_prefix(const struct sr_node *check, size_t i);

/** sr_push_test() - a test with these targets, perhaps one that is there already. */
uint16_t sr_push_test(struct sr_push *p, struct sr_test t);

#endif /* SR_PUSH_IMPL_H */
