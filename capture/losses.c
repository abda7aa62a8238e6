/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/losses.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A thread of which nothing is known but its cgroups: whose events are missing. */
struct whose {
	struct whose *next;
	struct sr_thread_def thread;
	struct sr_cgroup_def unseen[2]; /* of cgroups that no event told of */
};

struct sr_losses {
	struct sr_bpf_defs *defs;
	struct sr_loss *v;
	size_t n, first, cap; /* v[first..n) are kept */
	struct whose *whose;  /* of the current block */
};

int sr_losses_new(struct sr_losses **out, struct sr_bpf_defs *defs)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	(*out)->defs = defs;
	return 0;
}

static int make_room(struct sr_losses *l)
{
	struct sr_loss *v;
	size_t cap;

	if (l->n < l->cap)
		return 0;
	l->n -= l->first;
	if (l->first)
		memmove(l->v, l->v + l->first, l->n * sizeof(*l->v));
	l->first = 0;
	if (l->n < l->cap)
		return 0;
	cap = l->cap ? l->cap * 2 : 16;
	v = reallocarray(l->v, cap, sizeof(*v));
	if (!v)
		return -ENOMEM;
	l->v = v;
	l->cap = cap;
	return 0;
}

int sr_losses_note(struct sr_losses *l, const struct sr_loss *loss)
{
	size_t i;

	if (make_room(l))
		return -ENOMEM;
	for (i = l->n++; i > l->first && l->v[i - 1].time > loss->time; i--)
		l->v[i] = l->v[i - 1];
	l->v[i] = *loss;
	return 0;
}

uint64_t sr_losses_next(const struct sr_losses *l)
{
	return l->first < l->n ? l->v[l->first].time : UINT64_MAX;
}

/* The cgroup numbered @id; one that no definition told of has no path. */
static struct sr_cgroup_def *cgroup_of(struct sr_losses *l, uint64_t id,
				       struct sr_cgroup_def *unseen)
{
	struct sr_cgroup_def *c = id ? sr_bpf_defs_cgroup(l->defs, id) : NULL;

	if (c || !id)
		return c;
	unseen->c.id = id;
	return unseen;
}

static struct sr_thread_def *whose(struct sr_losses *l, const struct sr_loss *loss)
{
	struct whose *w;

	if (!loss->cgroup && !loss->cgroup1)
		return NULL;
	w = calloc(1, sizeof(*w));
	if (!w)
		return NULL; /* the loss is told, only not whose it is */
	w->thread.cgroup = cgroup_of(l, loss->cgroup, &w->unseen[0]);
	w->thread.cgroup1 = cgroup_of(l, loss->cgroup1, &w->unseen[1]);
	w->next = l->whose;
	l->whose = w;
	return &w->thread;
}

static int add_frozen(struct sr_builder *b, const struct sr_loss *l)
{
	struct sr_event_in ev = { .time = l->time,
				  .flags = SR_F_NO_START,
				  .type = sr_type_by_xevent(SR_X_FROZEN),
				  .nargs = 1 };

	ev.args[0].val = l->count;
	return sr_builder_add(b, &ev);
}

int sr_losses_take(struct sr_losses *l, struct sr_builder *b, uint64_t *count)
{
	const struct sr_loss *loss = &l->v[l->first++];
	const uint64_t args[] = { loss->count, loss->first, loss->cause, loss->cpu, loss->class };
	struct sr_event_in ev = {
		.time = loss->time,
		.cpu = loss->cpu,
		.flags = SR_F_NO_START,
		.type = sr_type_by_xevent(SR_X_LOST),
		.thread = whose(l, loss),
		.nargs = sizeof(args) / sizeof(args[0]),
	};

	*count = 0;
	if (loss->frozen)
		return add_frozen(b, loss);
	for (unsigned int i = 0; i < ev.nargs; i++)
		ev.args[i].val = args[i];
	*count = loss->count;
	return sr_builder_add(b, &ev);
}

void sr_losses_sweep(struct sr_losses *l)
{
	struct whose *next;

	for (struct whose *w = l->whose; w; w = next) {
		next = w->next;
		free(w);
	}
	l->whose = NULL;
}

void sr_losses_free(struct sr_losses *l)
{
	if (!l)
		return;
	sr_losses_sweep(l);
	free(l->v);
	free(l);
}
