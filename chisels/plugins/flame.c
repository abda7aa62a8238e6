/* SPDX-License-Identifier: Apache-2.0 */
/* Where does the time go? Containers, processes below their ancestors, system calls and files as a
 * flame graph. */
#include "chisels/plugins/plain.h"

#define ANCESTORS 6

enum {
	F_CONTAINER,
	F_CALL,
	F_FILE,
	F_LATENCY,
	F_NAME, /* and its ancestors */
	NFIELDS = F_NAME + 1 + ANCESTORS
};

static const struct sysreel_field fields[NFIELDS] = {
	[F_CONTAINER] = { .name = "container.name", .type = SYSREEL_STR },
	[F_CALL] = { .name = "syscall.type", .type = SYSREEL_STR },
	[F_FILE] = { .name = "fd.name", .type = SYSREEL_STR },
	[F_LATENCY] = { .name = "evt.latency", .type = SYSREEL_DURATION },
	[F_NAME] = { .name = "proc.name", .type = SYSREEL_STR },
	[F_NAME + 1] = { .name = "proc.aname[1]", .type = SYSREEL_STR },
	[F_NAME + 2] = { .name = "proc.aname[2]", .type = SYSREEL_STR },
	[F_NAME + 3] = { .name = "proc.aname[3]", .type = SYSREEL_STR },
	[F_NAME + 4] = { .name = "proc.aname[4]", .type = SYSREEL_STR },
	[F_NAME + 5] = { .name = "proc.aname[5]", .type = SYSREEL_STR },
	[F_NAME + 6] = { .name = "proc.aname[6]", .type = SYSREEL_STR },
};

static const struct sysreel_arg args[] = {
	ARG("folded", BOOL, "no", "stacks in one line each, for other tools"),
	ARG("calls", BOOL, "no", "count calls, not the nanoseconds in them"),
	ARG("files", BOOL, "no", "go down to files and connections"),
};

struct state {
	const struct sysreel_host *h;
	struct sysreel_plot *p;
	int calls, files;
};

static int init(const struct sysreel_host *h, void **state)
{
	struct state *s = calloc(1, sizeof(*s));
	struct sysreel_plot_def def = { .size = sizeof(def), .kind = SYSREEL_FLAME };

	if (!s)
		return -ENOMEM;
	*state = s;
	s->h = h;
	s->calls = h->arg_int(h, "calls") != 0;
	s->files = h->arg_int(h, "files") != 0;
	def.unit = s->calls ? SYSREEL_PLAIN : SYSREEL_NS;
	def.flags = h->arg_int(h, "folded") ? SYSREEL_PLOT_FOLDED : 0;
	s->p = h->plot_new(h, &def);
	return s->p ? 0 : h->fail(h, -ENOMEM, NULL);
}

static int add(struct state *s, const struct sysreel_batch *b, uint32_t row)
{
	struct sysreel_str path[ANCESTORS + 4];
	struct sysreel_sample sample = {
		.path = path,
		.time = b->time[row],
		.weight = s->calls ? 1 : kit_num(b, F_LATENCY, row),
	};
	uint32_t order[ANCESTORS + 4], n = 0;

	order[n++] = F_CONTAINER;
	for (uint32_t i = ANCESTORS + 1; i-- > 0;)
		order[n++] = F_NAME + i;
	order[n++] = F_CALL;
	if (s->files)
		order[n++] = F_FILE;
	for (uint32_t i = 0; i < n; i++) {
		path[sample.npath] = kit_str(b, order[i], row);
		sample.npath += path[sample.npath].len > 0;
	}
	return s->h->plot_add(s->h, s->p, &sample);
}

static int on_batch(void *state, const struct sysreel_batch *b)
{
	int rc = 0;

	for (uint32_t row = 0; rc == 0 && row < b->n; row++)
		rc = add(state, b, row);
	return rc;
}

static int finish(void *state)
{
	struct state *s = state;

	return s->h->plot_show(s->h, s->p);
}

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_NEEDS(plot_clear),
	.name = "flame",
	.category = "Performance",
	.summary = "Flame graph of the time in system calls",
	.help = "Each stack is a container, up to six ancestors, the process, the system call and, with\n"
		"files=yes, what it was made on. Waiting counts. As a picture for browsers, in which a click makes\n"
		"a frame as wide as the picture:\n"
		"\n"
		"  sysreel read web.reel --svg web.svg -c flame evt.is_wait=false\n"
		"\n"
		"As folded stacks, which other tools understand:\n"
		"\n"
		"  sysreel read web.reel -q -c flame folded=yes > web.folded",
	.filter = KIT_CALLS,
	.flags = SYSREEL_MERGEABLE,
	ARGS(args),
	.fields = fields,
	.nfields = NFIELDS,
	.init = init,
	.on_batch = on_batch,
	.finish = finish,
	.fini = free,
};

SYSREEL_CHISEL_EXPORT(chisel)
