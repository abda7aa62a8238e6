/* SPDX-License-Identifier: Apache-2.0 */
/* What did people do? Commands that were run from a shell, as they were run: when, by whom,
 * in which container and folder, indented by how deep below the shell they are. */

#include "chisels/plugins/kit.h"

/* The process itself and the ancestors that sysreel keeps. */
#define CHAIN	   9
#define MAX_INDENT 16 /* levels that are shown as blanks */

enum {
	F_TYPE,
	F_USER,
	F_UID,
	F_CONTAINER,
	F_CWD,
	F_COMMAND,
	F_PATH,
	F_TTY,
	F_ANAME, /* CHAIN of them: 0 is the process */
	F_APID = F_ANAME + CHAIN,
	NFIELDS = F_APID + CHAIN,
};

static const struct sysreel_field fields[NFIELDS] = {
	[F_TYPE] = { .name = "evt.type", .type = SYSREEL_STR },
	[F_USER] = { .name = "user.name", .type = SYSREEL_STR },
	[F_UID] = { .name = "user.uid", .type = SYSREEL_STR },
	[F_CONTAINER] = { .name = "container.name", .type = SYSREEL_STR },
	[F_CWD] = { .name = "proc.cwd", .type = SYSREEL_STR },
	[F_COMMAND] = { .name = "proc.exeline", .type = SYSREEL_STR },
	[F_PATH] = { .name = "fs.path.nameraw", .type = SYSREEL_STR },
	[F_TTY] = { .name = "proc.tty", .type = SYSREEL_INT },
#define LEVEL(n)                                                                 \
	[F_ANAME + (n)] = { .name = "proc.aname[" #n "]", .type = SYSREEL_STR }, \
		   [F_APID + (n)] = { .name = "proc.apid[" #n "]", .type = SYSREEL_INT }
	LEVEL(0),
	LEVEL(1),
	LEVEL(2),
	LEVEL(3),
	LEVEL(4),
	LEVEL(5),
	LEVEL(6),
	LEVEL(7),
	LEVEL(8),
#undef LEVEL
};

static const struct sysreel_arg args[] = {
	{ .name = "max_depth",
	  .type = SYSREEL_INT,
	  .def = "0",
	  .help = "leave out what is deeper below the shell than this, 0 for nothing" },
	{ .name = "tty",
	  .type = SYSREEL_BOOL,
	  .def = "no",
	  .help = "only what has a terminal: typed, not run by a program" },
};

enum {
	C_TIME,
	C_USER,
	C_CONTAINER,
	C_SHELL,
	C_CWD,
	C_COMMAND,
	NCOLS
};

static const struct sysreel_col cols[NCOLS] = {
	[C_TIME] = { .name = "time", .title = "TIME", .width = 18 },
	[C_USER] = { .name = "user", .title = "USER", .width = 8 },
	[C_CONTAINER] = { .name = "container", .title = "CONTAINER", .width = 12 },
	[C_SHELL] = { .name = "shell", .title = "SHELL", .width = 7 },
	[C_CWD] = { .name = "cwd", .title = "DIRECTORY", .width = 16 },
	[C_COMMAND] = { .name = "command", .title = "COMMAND" },
};

static const struct sysreel_table_def table = KIT_TABLE(cols, SYSREEL_TABLE_STREAM);

struct state {
	const struct sysreel_host *h;
	struct sysreel_table *t;
	int64_t max_depth;
	int tty;
	char *text; /* a command with its indentation */
	size_t cap;
};

static int is_text(const struct sysreel_value *v, const char *s)
{
	return !v->why && v->s.len == strlen(s) && memcmp(v->s.p, s, v->s.len) == 0;
}

static int is_shell(const struct sysreel_value *comm)
{
	static const char *const shells[] = { "sh",   "bash",  "dash", "ash",  "zsh",	"ksh",
					      "mksh", "pdksh", "fish", "tcsh", "csh",	"rbash",
					      "rksh", "xonsh", "nu",   "pwsh", "elvish" };

	for (size_t i = 0; i < sizeof(shells) / sizeof(*shells); i++)
		if (is_text(comm, shells[i]))
			return 1;
	return 0;
}

/* How many levels above the process its oldest shell is; -1: there is none. */
static int shell_level(const struct sysreel_batch *b, uint32_t row)
{
	int level = -1;

	for (int i = 0; i < CHAIN; i++) {
		struct sysreel_value comm = sysreel_cell(b, (uint32_t)(F_ANAME + i), row);

		if (is_shell(&comm))
			level = i;
	}
	return level;
}

/* PREFIX, blanks and the text, in the state's buffer. */
static int put_command(struct state *s, int level, const char *prefix, struct sysreel_value *v)
{
	size_t indent = 2 * (size_t)(level > MAX_INDENT ? MAX_INDENT : level);
	size_t plen = strlen(prefix), len = indent + plen + (v->why ? 0 : v->s.len);

	if (v->why && !plen)
		return 0;
	if (len > s->cap) {
		char *p = realloc(s->text, len);

		if (!p)
			return -ENOMEM;
		s->text = p;
		s->cap = len;
	}
	if (!s->text)
		return 0; /* nothing but an empty text */
	memset(s->text, ' ', indent);
	memcpy(s->text + indent, prefix, plen);
	if (!v->why && v->s.len)
		memcpy(s->text + indent + plen, v->s.p, v->s.len);
	v->why = SYSREEL_PRESENT;
	v->type = SYSREEL_STR;
	v->s.p = s->text;
	v->s.len = (uint32_t)len;
	return 0;
}

static int put_row(struct state *s, const struct sysreel_batch *b, uint32_t row, int level)
{
	struct sysreel_value type = sysreel_cell(b, F_TYPE, row);
	int cd = is_text(&type, "chdir");
	struct sysreel_value cells[NCOLS] = {
		[C_TIME] = sysreel_time(b->time[row]),
		[C_USER] = sysreel_cell(b, F_USER, row),
		[C_CONTAINER] = sysreel_cell(b, F_CONTAINER, row),
		[C_SHELL] = sysreel_cell(b, (uint32_t)(F_APID + level), row),
		[C_CWD] = sysreel_cell(b, F_CWD, row),
		[C_COMMAND] = sysreel_cell(b, cd ? F_PATH : F_COMMAND, row),
	};
	int rc;

	if (cells[C_USER].why)
		cells[C_USER] = sysreel_cell(b, F_UID, row);
	rc = put_command(s, level, cd ? "cd " : "", &cells[C_COMMAND]);
	return rc < 0 ? rc : s->h->table_row(s->h, s->t, cells);
}

static int on_batch(void *state, const struct sysreel_batch *b)
{
	struct state *s = state;

	for (uint32_t row = 0; row < b->n; row++) {
		struct sysreel_value tty = sysreel_cell(b, F_TTY, row);
		int level = shell_level(b, row), rc;

		if (level < 0 || (s->max_depth && level > s->max_depth))
			continue;
		if (s->tty && (tty.why || tty.i == 0))
			continue;
		rc = put_row(s, b, row, level);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int init(const struct sysreel_host *h, void **state)
{
	struct state *s;
	int rc = kit_init(h, state, sizeof(*s), &table);

	if (rc < 0)
		return rc;
	s = *state;
	s->max_depth = h->arg_int(h, "max_depth");
	s->tty = h->arg_int(h, "tty") != 0;
	return 0;
}

static void fini(void *state)
{
	struct state *s = state;

	if (s)
		free(s->text);
	free(s);
}

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "spy_users",
	.category = "Security",
	.summary = "Commands that users ran in shells, and where they went",
	.help = "A row for each program that was started below a shell (sh, bash, zsh...) and for each\n"
		"change of folder in one; SHELL is the process id of the oldest shell above it, and the\n"
		"indentation tells how far below it is. An intruder's shell shows here like any other:\n"
		"a web server that starts `sh -c ...` has no business to.\n"
		"\n"
		"  sysreel read web.reel -c spy_users max_depth=2",
	.filter = "evt.failed=false and (evt.type in (execve, execveat) or evt.type=chdir)",
	.args = args,
	.nargs = sizeof(args) / sizeof(*args),
	.fields = fields,
	.nfields = NFIELDS,
	.init = init,
	.on_batch = on_batch,
	.fini = fini,
};

SYSREEL_CHISEL_EXPORT(chisel)
