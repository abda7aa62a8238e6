/* SPDX-License-Identifier: Apache-2.0 */
/* What did programs tell the system's log? */
#include "chisels/plugins/kit.h"

enum {
	F_PID,
	F_CONTAINER,
	F_NAME,
	F_DATA,
	NFIELDS
};

static const struct sysreel_field fields[NFIELDS] = {
	[F_PID] = { .name = "proc.pid", .type = SYSREEL_INT },
	[F_CONTAINER] = { .name = "container.name", .type = SYSREEL_STR },
	[F_NAME] = { .name = "proc.name", .type = SYSREEL_STR },
	[F_DATA] = { .name = "evt.buffer", .type = SYSREEL_STR },
};

enum {
	C_TIME,
	C_PID,
	C_CONTAINER,
	C_PROCESS,
	C_LEVEL,
	C_TEXT,
	NCOLS
};

static const struct sysreel_col cols[NCOLS] = {
	[C_TIME] = { .name = "time", .title = "TIME", .width = 18 },
	[C_PID] = { .name = "pid", .title = "PID", .width = 7 },
	[C_CONTAINER] = { .name = "container", .title = "CONTAINER", .width = 12 },
	[C_PROCESS] = { .name = "process", .title = "PROCESS", .width = 15 },
	[C_LEVEL] = { .name = "level", .title = "LEVEL", .width = 15 },
	[C_TEXT] = { .name = "text", .title = "TEXT" },
};

static const struct sysreel_table_def table = {
	.size = sizeof(table),
	.cols = cols,
	.ncols = NCOLS,
	.flags = SYSREEL_TABLE_STREAM,
};

struct state {
	const struct sysreel_host *h;
	struct sysreel_table *t;
};

static int init(const struct sysreel_host *h, void **state)
{
	struct state *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	*state = s;
	s->h = h;
	s->t = h->table_new(h, &table);
	return s->t ? 0 : h->fail(h, -ENOMEM, NULL);
}

/* Facility and severity of <N> at the beginning; *skip is its length. Return 0 without one. */
static int level(const struct sysreel_str *t, char *out, size_t size, uint32_t *skip)
{
	static const char *const facilities[] = {
		"kern",	  "user",   "mail",	"daemon", "auth",   "syslog", "lpr",	"news",
		"uucp",	  "cron",   "authpriv", "ftp",	  "ntp",    "audit",  "alert",	"clock",
		"local0", "local1", "local2",	"local3", "local4", "local5", "local6", "local7"
	};
	static const char *const severities[] = { "emerg",   "alert",  "crit", "err",
						  "warning", "notice", "info", "debug" };
	unsigned int n = 0;
	uint32_t i = 1;

	while (i < t->len && i < 4 && t->p[i] >= '0' && t->p[i] <= '9')
		n = n * 10 + (unsigned int)(t->p[i++] - '0');
	if (t->len < 3 || t->p[0] != '<' || i == 1 || i >= t->len || t->p[i] != '>' ||
	    n / 8 >= KIT_N(facilities))
		return 0;
	*skip = i + 1;
	(void)snprintf(out, size, "%s.%s", facilities[n / 8], severities[n % 8]); /* 16 at most */
	return 1;
}

static int put_row(struct state *s, const struct sysreel_batch *b, uint32_t row)
{
	char text[32] = "";
	struct sysreel_value data = sysreel_cell(b, F_DATA, row);
	struct sysreel_str all = kit_str(b, F_DATA, row);
	uint32_t skip = 0;
	int known = level(&all, text, sizeof(text), &skip);
	struct sysreel_value cells[NCOLS] = {
		[C_TIME] = sysreel_time(b->time[row]),
		[C_PID] = sysreel_cell(b, F_PID, row),
		[C_CONTAINER] = sysreel_cell(b, F_CONTAINER, row),
		[C_PROCESS] = sysreel_cell(b, F_NAME, row),
		[C_LEVEL] =
			known ? sysreel_text(text, strlen(text)) : sysreel_absent(SYSREEL_UNKNOWN),
	};

	if (!data.why) {
		data.s.p += skip;
		data.s.len -= skip;
	}
	cells[C_TEXT] = data;
	return s->h->table_row(s->h, s->t, cells);
}

static int on_batch(void *state, const struct sysreel_batch *b)
{
	for (uint32_t row = 0; row < b->n; row++) {
		int rc = put_row(state, b, row);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "spy_syslog",
	.category = "Logs",
	.summary = "What was sent to the system's log",
	.help = "What is written to /dev/log. Its text is shown as far as it was recorded: `record -s 1024`.\n"
		"\n"
		"  sysreel read web.reel -c spy_syslog proc.name=sshd",
	.filter = "fd.name contains /dev/log and evt.is_io_write=true and evt.failed=false",
	.flags = SYSREEL_MERGEABLE,
	.fields = fields,
	.nfields = NFIELDS,
	.init = init,
	.on_batch = on_batch,
	.fini = free,
};

SYSREEL_CHISEL_EXPORT(chisel)
