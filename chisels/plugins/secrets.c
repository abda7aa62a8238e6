/* SPDX-License-Identifier: Apache-2.0 */
/* Where did passwords, keys and tokens pass? In data that was read or written, and in command
 * lines; what they are is not shown. */
#include "chisels/plugins/kit.h"

#define SHOWN 4 /* characters of a secret that are shown */

enum {
	F_PID,
	F_CONTAINER,
	F_NAME,
	F_TYPE,
	F_DIR,
	F_FD,
	F_DATA,
	F_COMMAND,
	NFIELDS
};

static const struct sysreel_field fields[NFIELDS] = {
	[F_PID] = { .name = "proc.pid", .type = SYSREEL_INT },
	[F_CONTAINER] = { .name = "container.name", .type = SYSREEL_STR },
	[F_NAME] = { .name = "proc.name", .type = SYSREEL_STR },
	[F_TYPE] = { .name = "evt.type", .type = SYSREEL_STR },
	[F_DIR] = { .name = "evt.io_dir", .type = SYSREEL_STR },
	[F_FD] = { .name = "fd.name", .type = SYSREEL_STR },
	[F_DATA] = { .name = "evt.buffer", .type = SYSREEL_STR },
	[F_COMMAND] = { .name = "proc.exeline", .type = SYSREEL_STR },
};

enum {
	C_TIME,
	C_PID,
	C_CONTAINER,
	C_PROCESS,
	C_KIND,
	C_WHERE,
	C_FILE,
	C_TEXT,
	NCOLS
};

static const struct sysreel_col cols[NCOLS] = {
	[C_TIME] = { .name = "time", .title = "TIME", .width = 18 },
	[C_PID] = { .name = "pid", .title = "PID", .width = 7 },
	[C_CONTAINER] = { .name = "container", .title = "CONTAINER", .width = 12 },
	[C_PROCESS] = { .name = "process", .title = "PROCESS", .width = 15 },
	[C_KIND] = { .name = "kind", .title = "KIND", .width = 16 },
	[C_WHERE] = { .name = "where", .title = "WHERE", .width = 7 },
	[C_FILE] = { .name = "file", .title = "FILE", .width = 24 },
	[C_TEXT] = { .name = "text", .title = "TEXT" },
};

static const struct sysreel_table_def table = KIT_TABLE(cols, SYSREEL_TABLE_STREAM);

/* What secrets begin with, in lower case: a name that is followed by one, or the secret's own
 * beginning, then with its least length. */
static const struct {
	const char *begins, *kind;
	size_t own; /* least length of the whole; 0: the secret comes after @begins */
} marks[] = {
	{ "authorization: basic ", "http login", 0 },
	{ "authorization: bearer ", "http token", 0 },
	{ "password=", "password", 0 },
	{ "password: ", "password", 0 },
	{ "\"password\":", "password", 0 },
	{ "passwd=", "password", 0 },
	{ "--password ", "password", 0 },
	{ "pgpassword=", "password", 0 },
	{ "mysql_pwd=", "password", 0 },
	{ "secret_key=", "key", 0 },
	{ "secret_access_key", "aws key", 0 },
	{ "api_key=", "key", 0 },
	{ "apikey=", "key", 0 },
	{ "x-api-key: ", "key", 0 },
	{ "access_token=", "token", 0 },
	{ "x-vault-token: ", "vault token", 0 },
	{ "private key-----", "private key", 0 },
	{ "akia", "aws key id", 20 },
	{ "asia", "aws key id", 20 },
	{ "ghp_", "github token", 40 },
	{ "github_pat_", "github token", 40 },
	{ "glpat-", "gitlab token", 20 },
	{ "xoxb-", "slack token", 24 },
	{ "xoxp-", "slack token", 24 },
	{ "eyj", "json web token", 40 },
	{ "$6$", "password hash", 40 },
	{ "$y$", "password hash", 40 },
	{ "$2b$", "password hash", 40 },
};

struct state {
	const struct sysreel_host *h;
	struct sysreel_table *t;
	struct kit_text text;
};

static int init(const struct sysreel_host *h, void **state)
{
	return kit_init(h, state, sizeof(struct state), &table);
}

static int is_word(char c) /* of secrets, as they are written */
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c && strchr("+/=_-.$", c));
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static int matches(const struct sysreel_str *t, size_t at, const char *begins)
{
	size_t i;

	for (i = 0; begins[i] && at + i < t->len; i++)
		if (lower(t->p[at + i]) != begins[i])
			return 0;
	return !begins[i];
}

/* The mark at @at, -1 none; *from and *len are where the secret is. */
static int find_mark(const struct sysreel_str *t, size_t at, size_t *from, size_t *len)
{
	int inside = at && is_word(t->p[at - 1]) && t->p[at - 1] != '-';

	for (size_t i = 0; i < KIT_N(marks); i++) {
		if ((marks[i].own && inside) || !matches(t, at, marks[i].begins))
			continue;
		*from = marks[i].own ? at : at + strlen(marks[i].begins);
		while (!marks[i].own && *from < t->len && t->p[*from] &&
		       strchr(" \"'=:\r\n", t->p[*from]))
			++*from;
		*len = 0;
		while (*from + *len < t->len && t->p[*from + *len] && is_word(t->p[*from + *len]))
			++*len;
		if (*len && *len >= marks[i].own)
			return (int)i;
	}
	return -1;
}

/* The text before a secret, its first characters, and how long it is. */
static int redact(struct kit_text *out, const struct sysreel_str *t, size_t at, size_t from,
		  size_t len)
{
	size_t shown = len >= 4 * SHOWN ? SHOWN : 0;

	out->len = 0;
	if (kit_put(out, t->p + at, from - at) || kit_put(out, t->p + from, shown))
		return -ENOMEM;
	return kit_printf(out, "*** (%zu characters)", len);
}

static int put_row(struct state *s, const struct sysreel_batch *b, uint32_t row, int mark, int exec)
{
	struct sysreel_value cells[NCOLS] = {
		[C_TIME] = sysreel_time(b->time[row]),
		[C_PID] = sysreel_cell(b, F_PID, row),
		[C_CONTAINER] = sysreel_cell(b, F_CONTAINER, row),
		[C_PROCESS] = sysreel_cell(b, F_NAME, row),
		[C_KIND] = sysreel_text(marks[mark].kind, strlen(marks[mark].kind)),
		[C_WHERE] = exec ? sysreel_text("command", 7) : sysreel_cell(b, F_DIR, row),
		[C_FILE] = sysreel_cell(b, F_FD, row),
		[C_TEXT] = kit_value(&s->text),
	};

	return s->h->table_row(s->h, s->t, cells);
}

static int scan(struct state *s, const struct sysreel_batch *b, uint32_t row,
		const struct sysreel_str *t, int exec)
{
	for (size_t at = 0; at < t->len;) {
		size_t from = 0, len = 0;
		int mark = find_mark(t, at, &from, &len), rc;

		if (mark < 0) {
			at++;
			continue;
		}
		rc = redact(&s->text, t, at, from, len);
		rc = rc ? rc : put_row(s, b, row, mark, exec);
		if (rc < 0)
			return rc;
		at = from + len;
	}
	return 0;
}

static int on_batch(void *state, const struct sysreel_batch *b)
{
	for (uint32_t row = 0; row < b->n; row++) {
		struct sysreel_value type = sysreel_cell(b, F_TYPE, row);
		int exec = !type.why && kit_starts(&type.s, "exec");
		struct sysreel_str text = kit_str(b, exec ? F_COMMAND : F_DATA, row);
		int rc = scan(state, b, row, &text, exec);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static void fini(void *state)
{
	struct state *s = state;

	if (s)
		free(s->text.p);
	free(s);
}

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "secrets",
	.category = "Security",
	.summary = "Where passwords, keys and tokens passed, without showing them",
	.help = "Looks at the data of reads and writes and at command lines for what secrets look like: login\n"
		"headers, password=..., keys of AWS, GitHub, GitLab and Slack, private keys, JSON web tokens,\n"
		"hashes of passwords. Of long ones the first four characters are shown. What is encrypted, or\n"
		"was cut when it was recorded, is not found.\n"
		"\n"
		"  sysreel read web.reel -c secrets 'fd.type in (ipv4, ipv6)'",
	.filter = "evt.failed=false and (evt.type in (execve, execveat) or "
		  "(evt.is_io=true and evt.buflen>0))",
	.flags = SYSREEL_MERGEABLE,
	.fields = fields,
	.nfields = NFIELDS,
	.init = init,
	.on_batch = on_batch,
	.fini = fini,
};

SYSREEL_CHISEL_EXPORT(chisel)
