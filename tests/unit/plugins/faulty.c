/* SPDX-License-Identifier: Apache-2.0 */
/* Does what a chisel must not do: how=WHAT, in the callback of its argument `when`. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sysreel/chisel.h>

static const struct sysreel_arg args[] = {
	{ .name = "how", .type = SYSREEL_STR, .def = "not" },
	{ .name = "when", .type = SYSREEL_STR, .def = "on_batch" },
};

static const struct sysreel_field fields[] = {
	{ .name = "evt.type", .type = SYSREEL_STR },
};

struct state {
	const struct sysreel_host *h;
	uint64_t events;
};

static volatile int zero;
static volatile int *volatile nowhere;

static int overflow(volatile char *above)
{
	volatile char room[4096];

	room[0] = above ? above[0] : 0;
	return zero ? 0 : overflow(room) + room[0];
}

static int misbehave(const struct state *s, const char *when)
{
	const char *how = s->h->arg_text(s->h, "how");

	if (strcmp(s->h->arg_text(s->h, "when"), when) != 0)
		return 0;
	if (strcmp(how, "segv") == 0)
		*nowhere = 1;
	if (strcmp(how, "fpe") == 0)
		return 4711 / zero;
	if (strcmp(how, "abort") == 0)
		abort();
	if (strcmp(how, "overflow") == 0)
		return overflow(NULL);
	if (strcmp(how, "exit") == 0)
		exit(0);
	while (strcmp(how, "loop") == 0)
		zero = 0;
	if (strcmp(how, "error") == 0)
		return s->h->fail(s->h, -EINVAL, "cannot do it");
	return 0;
}

static int init(const struct sysreel_host *h, void **state)
{
	struct state *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	*state = s;
	s->h = h;
	return misbehave(s, "init");
}

static int on_batch(void *state, const struct sysreel_batch *b)
{
	struct state *s = state;

	s->events += b->n;
	return misbehave(s, "on_batch");
}

static int finish(void *state)
{
	struct state *s = state;

	s->h->line(s->h, "%llu events came", (unsigned long long)s->events);
	return misbehave(s, "finish");
}

static int merge(void *into, void *from)
{
	struct state *s = into, *f = from;

	s->events += f->events;
	f->events = 0;
	return 0;
}

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "faulty",
	.category = "Test",
	.summary = "Does what it must not do",
	.flags = SYSREEL_MERGEABLE,
	.args = args,
	.nargs = 2,
	.fields = fields,
	.nfields = 1,
	.init = init,
	.on_batch = on_batch,
	.finish = finish,
	.fini = free,
	.merge = merge,
};

SYSREEL_CHISEL_EXPORT(chisel)
