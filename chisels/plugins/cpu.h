/* SPDX-License-Identifier: Apache-2.0 */
/* CPU time of processes, for topprocs_cpu and topcontainers_cpu: what the kernel measured where the
 * process ended, else what its calls leave room for. The including file defines NAME, SUMMARY,
 * HELP, KEYS (the columns that follow the figures, made with COL_KEY) and key_cells(). */
#include "chisels/plugins/plain.h"

enum {
	F_TYPE,
	F_CALL,
	F_TID,
	F_PID,
	F_BORN,
	F_NAME,
	F_CONTAINER,
	F_LATENCY,
	F_INFLIGHT,
	F_CPU,
	NFIELDS
};

static const struct sysreel_field fields[NFIELDS] = {
	[F_TYPE] = { .name = "evt.type", .type = SYSREEL_STR },
	[F_CALL] = { .name = "syscall.type", .type = SYSREEL_STR },
	[F_TID] = { .name = "thread.tid", .type = SYSREEL_UINT },
	[F_PID] = { .name = "proc.pid", .type = SYSREEL_UINT },
	[F_BORN] = { .name = "proc.pid.ts", .type = SYSREEL_TIME },
	[F_NAME] = { .name = "proc.name", .type = SYSREEL_STR },
	[F_CONTAINER] = { .name = "container.name", .type = SYSREEL_STR },
	[F_LATENCY] = { .name = "evt.latency", .type = SYSREEL_DURATION },
	[F_INFLIGHT] = { .name = "evt.inflight", .type = SYSREEL_BOOL },
	[F_CPU] = { .name = "evt.rawarg.cpu_ns", .type = SYSREEL_STR },
};

struct process {
	struct kit_node node; /* key: pid and time of birth */
	uint64_t pid, born;
	uint64_t measured, estimated;
	struct kit_text name, container;
};

struct thread {
	struct kit_node node; /* key: tid */
	struct process *process;
	uint64_t since;	 /* it has been outside of calls since then; 0: it is in one, or unknown */
	uint32_t called; /* it made a call */
};

/* The key columns of a row. */
static void key_cells(const struct process *p, struct sysreel_value *cells);

enum {
	C_PERCENT,
	C_CPU,
	C_MEASURED,
	C_KEYS
};

#define COL_KEY(name_, title_, ...)                         \
	{                                                   \
		.name = name_, .title = title_, __VA_ARGS__ \
	}
#define CPU_DURATION(name_, title_)                                                   \
	{                                                                             \
		.name = name_, .title = title_, .op = SYSREEL_SUM, .unit = SYSREEL_NS \
	}

static const struct sysreel_col cols[] = {
	{ .name = "percent", .title = "CPU%", .op = SYSREEL_SUM, .unit = SYSREEL_PERCENT },
	CPU_DURATION("cpu", "CPU"),
	CPU_DURATION("measured", "MEASURED"),
	KEYS,
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = KIT_N(cols),
	.flags = SYSREEL_TABLE_GROUP,
	.sort = C_CPU,
};

struct state {
	const struct sysreel_host *h;
	struct sysreel_table *t;
	struct kit_map processes, threads;
	uint64_t guessed; /* processes */
};

static void release(struct kit_node *node)
{
	struct process *p = (struct process *)node;

	free(p->name.p);
	free(p->container.p);
}

static int init(const struct sysreel_host *h, void **state)
{
	struct state *s;
	int rc = kit_init(h, state, sizeof(*s), &table);

	if (rc < 0)
		return rc;
	s = *state;
	s->processes.size = sizeof(struct process);
	s->processes.release = release;
	s->threads.size = sizeof(struct thread);
	return 0;
}

/* The thread of a row and its process, named as it is called now. Return 1; 0 without room;
 * -ENOMEM. */
static int find(struct state *s, const struct sysreel_batch *b, uint32_t row, struct thread **out)
{
	uint64_t pid = kit_num(b, F_PID, row), born = kit_num(b, F_BORN, row);
	struct sysreel_str name = kit_str(b, F_NAME, row);
	struct sysreel_str container = kit_str(b, F_CONTAINER, row);
	struct process *p;

	*out = kit_make(&s->threads, kit_num(b, F_TID, row));
	p = kit_make(&s->processes, kit_hash(kit_hash(0, &pid, sizeof(pid)), &born, sizeof(born)));
	if (!*out || !p)
		return 0;
	if ((*out)->process != p) /* the tid is another thread's now */
		(*out)->since = (*out)->called = 0;
	(*out)->process = p;
	p->pid = pid;
	p->born = born;
	if (kit_set(&p->name, &name) || (container.len && kit_set(&p->container, &container)))
		return -ENOMEM;
	return 1;
}

/* The thread computed, or was ready to, until @time. */
static void compute_until(struct thread *t, uint64_t time)
{
	if (t->since && time > t->since)
		t->process->estimated += time - t->since;
	t->since = 0;
}

static void note_call(struct thread *t, const struct sysreel_batch *b, uint32_t row)
{
	uint64_t latency = kit_num(b, F_LATENCY, row), time = b->time[row];
	struct sysreel_str call = kit_str(b, F_CALL, row);
	int ends = kit_starts(&call, "exit");

	if (ends || !b->cols[F_LATENCY].why[row])
		compute_until(t, time - latency);
	t->since = ends || kit_true(b, F_INFLIGHT, row) ? 0 : time;
	t->called = 1;
}

static int on_batch(void *state, const struct sysreel_batch *b)
{
	struct state *s = state;

	for (uint32_t row = 0; row < b->n; row++) {
		struct sysreel_value type = sysreel_cell(b, F_TYPE, row);
		struct thread *t;
		int rc = find(s, b, row, &t);

		if (rc < 0)
			return rc;
		if (!rc)
			continue;
		if (!b->cols[F_CALL].why[row]) {
			note_call(t, b, row);
		} else if (kit_is(&type, "procusage")) {
			struct sysreel_str cpu = kit_str(b, F_CPU, row);

			t->process->measured = kit_digits(&cpu);
		} else if (kit_is(&type, "procexit")) {
			compute_until(t, b->time[row]);
			t->called = 1;
		}
	}
	return 0;
}

/* What was measured counts from the start of the process: before the recording, that is too much.
 */
static int put_row(struct state *s, const struct process *p, const struct sysreel_totals *all)
{
	int measured = p->measured && (p->born >= all->first || p->measured <= p->estimated);
	uint64_t cpu = measured ? p->measured : p->estimated, span = all->last - all->first;
	struct sysreel_value cells[KIT_N(cols)];

	if (!cpu)
		return 0;
	s->guessed += !measured;
	cells[C_PERCENT] = sysreel_double(span ? (double)cpu / (double)span * 100 : 0);
	cells[C_CPU] = sysreel_uint(cpu);
	cells[C_MEASURED] = sysreel_uint(measured ? cpu : 0);
	key_cells(p, cells + C_KEYS);
	return s->h->table_row(s->h, s->t, cells);
}

/* Those that still compute when the recording ends; and those of which nothing is known. */
static int close_threads(struct state *s, uint64_t end)
{
	struct kit_node **v = kit_list(&s->threads);
	uint64_t silent = 0;

	if (!v)
		return -ENOMEM;
	for (uint32_t i = 0; i < s->threads.n; i++) {
		struct thread *t = (struct thread *)v[i];

		silent += t->process && !t->called;
		if (t->process)
			compute_until(t, end);
	}
	free(v);
	if (silent)
		s->h->remark(
			s->h,
			"%llu thread%s made no call while recording: asleep in one, or computing; "
			"not counted",
			(unsigned long long)silent, silent == 1 ? "" : "s");
	return 0;
}

static int finish(void *state)
{
	struct state *s = state;
	struct sysreel_totals all = { .size = sizeof(all) };
	struct kit_node **v;
	int rc;

	s->h->totals(s->h, &all);
	rc = close_threads(s, all.last);
	v = rc ? NULL : kit_list(&s->processes);
	if (!v)
		return -ENOMEM;
	for (uint32_t i = 0; rc == 0 && i < s->processes.n; i++)
		rc = put_row(s, (const struct process *)v[i], &all);
	free(v);
	if (s->guessed)
		s->h->remark(
			s->h,
			"what was not measured (%llu) is time between calls: computing, or waiting "
			"for a CPU",
			(unsigned long long)s->guessed);
	kit_tell_full(&s->threads, s->h, "threads");
	kit_tell_full(&s->processes, s->h, "processes");
	return rc ? rc : s->h->table_show(s->h, s->t);
}

static void fini(void *state)
{
	struct state *s = state;

	if (s) {
		kit_map_free(&s->processes);
		kit_map_free(&s->threads);
	}
	free(s);
}

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = NAME,
	.category = "CPU",
	.summary = SUMMARY,
	.help = "CPU% is of one CPU. The kernel tells what a process used when it ends: that is in MEASURED, too.\n"
		"Of others CPU is the time between their calls, in which they computed or waited for a CPU; what\n"
		"they used inside of calls is not in it. That wants a recording of all calls, and no filter by\n"
		"call.\n"
		"\n" HELP,
	.filter = "thread.tid exists",
	TOP("10"),
	.fields = fields,
	.nfields = NFIELDS,
	.init = init,
	.on_batch = on_batch,
	.finish = finish,
	.fini = fini,
};

SYSREEL_CHISEL_EXPORT(chisel)
