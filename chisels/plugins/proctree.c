/* SPDX-License-Identifier: Apache-2.0 */
/* Who started what? All processes as a tree, with their times, ends and command lines. */
#include "chisels/plugins/kit.h"

enum {
	F_TYPE,
	F_PID,
	F_PPID,
	F_BORN,
	F_COMMAND,
	F_NAME,
	F_USER,
	F_CONTAINER,
	F_STATUS,
	F_SIGNAL,
	F_MAIN,
	NFIELDS
};

static const struct sysreel_field fields[NFIELDS] = {
	[F_TYPE] = { .name = "evt.type", .type = SYSREEL_STR },
	[F_PID] = { .name = "proc.pid", .type = SYSREEL_UINT },
	[F_PPID] = { .name = "proc.ppid", .type = SYSREEL_UINT },
	[F_BORN] = { .name = "proc.pid.ts", .type = SYSREEL_TIME },
	[F_COMMAND] = { .name = "proc.exeline", .type = SYSREEL_STR },
	[F_NAME] = { .name = "proc.name", .type = SYSREEL_STR },
	[F_USER] = { .name = "user.name", .type = SYSREEL_STR },
	[F_CONTAINER] = { .name = "container.name", .type = SYSREEL_STR },
	[F_STATUS] = { .name = "evt.arg.status", .type = SYSREEL_STR },
	[F_SIGNAL] = { .name = "evt.arg.signal", .type = SYSREEL_STR },
	[F_MAIN] = { .name = "thread.ismain", .type = SYSREEL_BOOL },
};

enum {
	C_START,
	C_PID,
	C_USER,
	C_CONTAINER,
	C_AGE,
	C_END,
	C_COMMAND,
	NCOLS
};

static const struct sysreel_col cols[NCOLS] = {
	[C_START] = { .name = "start", .title = "START" },
	[C_PID] = { .name = "pid", .title = "PID" },
	[C_USER] = { .name = "user", .title = "USER" },
	[C_CONTAINER] = { .name = "container", .title = "CONTAINER", .dull = "host" },
	[C_AGE] = { .name = "age", .title = "AGE" },
	[C_END] = { .name = "end", .title = "END" },
	[C_COMMAND] = { .name = "command", .title = "COMMAND" },
};

static const struct sysreel_table_def table = KIT_TABLE(cols, SYSREEL_TABLE_UNSORTED);

struct process {
	struct kit_node node; /* key: of pid and time of birth */
	uint64_t pid, born, died;
	struct process *parent, *child, *sibling; /* the last two are made at the end */
	struct kit_text command, user, container, end;
};

/* The process that has a pid now. */
struct holder {
	struct kit_node node; /* key: pid */
	struct process *process;
};

struct state {
	const struct sysreel_host *h;
	struct sysreel_table *t;
	struct kit_map processes, holders;
};

static void release(struct kit_node *node)
{
	struct process *p = (struct process *)node;

	free(p->command.p);
	free(p->user.p);
	free(p->container.p);
	free(p->end.p);
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
	s->holders.size = sizeof(struct holder);
	return 0;
}

/* The process of a row, made when it is first seen; NULL without room for it. */
static struct process *find(struct state *s, const struct sysreel_batch *b, uint32_t row)
{
	uint64_t pid = kit_num(b, F_PID, row), born = kit_num(b, F_BORN, row);
	uint64_t key = kit_hash(kit_hash(0, &pid, sizeof(pid)), &born, sizeof(born));
	struct process *p = kit_get(&s->processes, key);
	struct holder *self, *parent;

	if (p)
		return p;
	p = kit_make(&s->processes, key);
	self = kit_make(&s->holders, pid);
	if (!p || !self)
		return NULL;
	parent = kit_get(&s->holders, kit_num(b, F_PPID, row));
	p->pid = pid;
	p->born = born;
	p->parent = parent && parent != self ? parent->process : NULL;
	self->process = p;
	return p;
}

static int note_end(struct process *p, const struct sysreel_batch *b, uint32_t row)
{
	struct sysreel_value signal = sysreel_cell(b, F_SIGNAL, row);
	struct sysreel_str status = kit_str(b, F_STATUS, row);

	p->died = b->time[row];
	if (signal.why || kit_is(&signal, "0"))
		return kit_set(&p->end, &status);
	return kit_set(&p->end, &signal.s);
}

static int note(struct process *p, const struct sysreel_batch *b, uint32_t row)
{
	struct sysreel_value type = sysreel_cell(b, F_TYPE, row);
	struct sysreel_str command = kit_str(b, F_COMMAND, row);
	struct sysreel_str user = kit_str(b, F_USER, row);
	struct sysreel_str container = kit_str(b, F_CONTAINER, row);
	int rc = 0;

	if (!command.len)
		command = kit_str(b, F_NAME, row);
	if (command.len)
		rc = kit_set(&p->command, &command);
	if (rc == 0 && user.len)
		rc = kit_set(&p->user, &user);
	if (rc == 0 && container.len)
		rc = kit_set(&p->container, &container);
	if (rc == 0 && kit_is(&type, "procexit") && kit_true(b, F_MAIN, row))
		rc = note_end(p, b, row);
	return rc;
}

static int on_batch(void *state, const struct sysreel_batch *b)
{
	struct state *s = state;

	for (uint32_t row = 0; row < b->n; row++) {
		struct process *p = b->cols[F_PID].why[row] ? NULL : find(s, b, row);
		int rc = p ? note(p, b, row) : 0;

		if (rc < 0)
			return rc;
	}
	return 0;
}

/* ---- the tree ---- */

/* Last born first: as children are put at the head of their list, the first born ends there. */
static int by_birth(const void *pa, const void *pb)
{
	const struct process *a = *(struct process *const *)pa, *b = *(struct process *const *)pb;

	if (a->born != b->born)
		return a->born < b->born ? 1 : -1;
	return (a->pid < b->pid) - (a->pid > b->pid);
}

static struct process *plant(struct process **v, uint32_t n)
{
	struct process *roots = NULL;

	qsort(v, n, sizeof(struct process *), by_birth);
	for (uint32_t i = 0; i < n; i++) {
		struct process **head = v[i]->parent ? &v[i]->parent->child : &roots;

		v[i]->sibling = *head;
		*head = v[i];
	}
	return roots;
}

static int put_row(struct state *s, const struct process *p, unsigned int depth, uint64_t last)
{
	struct kit_text command = { 0 };
	uint64_t end = p->died ? p->died : last;
	struct sysreel_value cells[NCOLS] = {
		[C_START] = p->born ? sysreel_time(p->born) : sysreel_absent(SYSREEL_UNKNOWN),
		[C_PID] = sysreel_uint(p->pid),
		[C_USER] = kit_value(&p->user),
		[C_CONTAINER] = kit_value(&p->container),
		[C_AGE] = sysreel_uint(p->born && p->born < end ? end - p->born : 0),
		[C_END] = kit_value(&p->end),
	};
	int rc = 0;

	cells[C_AGE].type = SYSREEL_DURATION;
	for (unsigned int i = 0; rc == 0 && i < depth && i < 32; i++)
		rc = kit_puts(&command, "  ");
	if (rc == 0)
		rc = kit_put(&command, p->command.p ? p->command.p : "", p->command.len);
	cells[C_COMMAND] = kit_value(&command);
	rc = rc ? rc : s->h->table_row(s->h, s->t, cells);
	free(command.p);
	return rc;
}

static int walk(struct state *s, const struct process *p, uint64_t last)
{
	unsigned int depth = 0;

	while (p) {
		int rc = put_row(s, p, depth, last);

		if (rc < 0)
			return rc;
		if (p->child) {
			p = p->child;
			depth++;
			continue;
		}
		while (p && !p->sibling) {
			p = p->parent;
			depth--;
		}
		p = p ? p->sibling : NULL;
	}
	return 0;
}

static int finish(void *state)
{
	struct state *s = state;
	struct sysreel_totals totals = { .size = sizeof(totals) };
	struct kit_node **v = kit_list(&s->processes);
	int rc;

	if (!v)
		return -ENOMEM;
	s->h->totals(s->h, &totals);
	rc = walk(s, plant((struct process **)v, s->processes.n), totals.last);
	free(v);
	kit_tell_full(&s->processes, s->h, "processes");
	return rc ? rc : s->h->table_show(s->h, s->t);
}

static void fini(void *state)
{
	struct state *s = state;

	if (s) {
		kit_map_free(&s->processes);
		kit_map_free(&s->holders);
	}
	free(s);
}

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "proctree",
	.category = "Processes",
	.summary = "Who started what: processes as a tree, with times and exits",
	.help = "END is the exit status, or the signal that ended the process, and - while it runs; AGE is\n"
		"how long it lived, or has lived. The command line is the last one the process had.\n"
		"Children are below who started them, even if that has ended since.\n"
		"\n"
		"  sysreel read web.reel -c proctree container.name=web",
	.filter = "evt.type in (process, clone, clone3, fork, vfork, execve, execveat, procexit)",
	.fields = fields,
	.nfields = NFIELDS,
	.init = init,
	.on_batch = on_batch,
	.finish = finish,
	.fini = fini,
};

SYSREEL_CHISEL_EXPORT(chisel)
