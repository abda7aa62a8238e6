/* SPDX-License-Identifier: Apache-2.0 */
/* Which queries were sent to databases most, and which took longest? PostgreSQL, MySQL and Redis,
 * as far as they are not encrypted. */
#include "chisels/plugins/kit.h"

#include <ctype.h>

#define MAX_QUERY 200 /* bytes of a query that tell it from others */

enum {
	F_PID,
	F_FD,
	F_CONN,
	F_PORT,
	F_READ,
	F_CONTAINER,
	F_NAME,
	F_DATA,
	NFIELDS
};

static const struct sysreel_field fields[NFIELDS] = {
	[F_PID] = { .name = "proc.pid", .type = SYSREEL_UINT },
	[F_FD] = { .name = "fd.num", .type = SYSREEL_UINT },
	[F_CONN] = { .name = "fd.name", .type = SYSREEL_STR },
	[F_PORT] = { .name = "fd.sport", .type = SYSREEL_UINT },
	[F_READ] = { .name = "evt.is_io_read", .type = SYSREEL_BOOL },
	[F_CONTAINER] = { .name = "container.name", .type = SYSREEL_STR },
	[F_NAME] = { .name = "proc.name", .type = SYSREEL_STR },
	[F_DATA] = { .name = "evt.buffer", .type = SYSREEL_STR },
};

static const struct sysreel_arg args[] = {
	{ .name = "by",
	  .type = SYSREEL_STR,
	  .def = "time",
	  .help = "what to sort by: time, calls or mean" },
	{ .name = "top", .type = SYSREEL_INT, .def = "20", .help = "rows to show, 0 for all" },
};

enum {
	C_TIME,
	C_CALLS,
	C_MEAN,
	C_MAX,
	C_CONTAINER,
	C_PROCESS,
	C_SIDE,
	C_DB,
	C_QUERY,
	NCOLS
};

static const struct sysreel_col cols[NCOLS] = {
	[C_TIME] = { .name = "time", .title = "TIME", .op = SYSREEL_SUM, .unit = SYSREEL_NS },
	[C_CALLS] = { .name = "calls", .title = "CALLS", .op = SYSREEL_COUNT },
	[C_MEAN] = { .name = "mean", .title = "MEAN", .op = SYSREEL_AVG, .unit = SYSREEL_NS },
	[C_MAX] = { .name = "max", .title = "MAX", .op = SYSREEL_MAX, .unit = SYSREEL_NS },
	[C_CONTAINER] = { .name = "container",
			  .title = "CONTAINER",
			  .flags = SYSREEL_COL_OPTIONAL,
			  .dull = "host" },
	[C_PROCESS] = { .name = "process", .title = "PROCESS" },
	[C_SIDE] = { .name = "side", .title = "SIDE" },
	[C_DB] = { .name = "database", .title = "DATABASE" },
	[C_QUERY] = { .name = "query", .title = "QUERY" },
};

enum db {
	NO_DB,
	POSTGRESQL,
	MYSQL,
	REDIS
};

static const char *const db_names[] = {
	[POSTGRESQL] = "postgresql", [MYSQL] = "mysql", [REDIS] = "redis"
};

/* A query that waits for the first of its answer. */
struct query {
	struct kit_node node; /* key: process and connection */
	uint64_t time;
	int read; /* it was: the process is the database */
	enum db db;
	struct kit_text text;
};

struct state {
	const struct sysreel_host *h;
	struct sysreel_table *t;
	struct kit_map queries;
	struct kit_text text;
};

static void release(struct kit_node *node)
{
	free(((struct query *)node)->text.p);
}

static int init(const struct sysreel_host *h, void **state)
{
	struct sysreel_table_def def = {
		.size = sizeof(def), .cols = cols, .ncols = NCOLS, .flags = SYSREEL_TABLE_GROUP
	};
	struct state *s = calloc(1, sizeof(*s));
	const char *by = h->arg_text(h, "by");

	if (!s)
		return -ENOMEM;
	*state = s;
	s->h = h;
	s->queries.size = sizeof(struct query);
	s->queries.release = release;
	def.sort = strcmp(by, "calls") == 0 ? C_CALLS : strcmp(by, "mean") == 0 ? C_MEAN : C_TIME;
	if (def.sort == C_TIME && strcmp(by, "time") != 0)
		return h->fail(h, -EINVAL, "by=%s: one of time, calls, mean", by);
	s->t = h->table_new(h, &def);
	return s->t ? 0 : h->fail(h, -ENOMEM, NULL);
}

/* ---- what a query is ---- */

static int begins_sql(const char *p, size_t len)
{
	static const char *const words[] = { "select ", "insert ",  "update ",	 "delete ",
					     "begin",	"commit",   "rollback",	 "create ",
					     "alter ",	"drop ",    "with ",	 "set ",
					     "show ",	"copy ",    "truncate ", "replace ",
					     "call ",	"explain ", "lock ",	 "start " };

	for (size_t i = 0; i < KIT_N(words); i++) {
		size_t n = strlen(words[i]);

		if (len >= n && strncasecmp(p, words[i], n) == 0)
			return 1;
	}
	return 0;
}

/* Numbers and quoted texts become ?, blanks one blank, so that equal queries are equal. */
static int put_sql(struct kit_text *out, const char *p, size_t len)
{
	size_t i = 0;
	int rc = 0;

	while (rc == 0 && i < len && p[i] && out->len < MAX_QUERY) {
		char before = out->len ? out->p[out->len - 1] : ' ';

		if (p[i] == '\'') {
			for (i++; i < len && p[i] != '\''; i++)
				;
			i++;
			rc = kit_puts(out, "?");
		} else if (isdigit((unsigned char)p[i]) && !isalnum((unsigned char)before) &&
			   before != '_' && before != '$') {
			while (i < len && (isdigit((unsigned char)p[i]) || p[i] == '.'))
				i++;
			rc = kit_puts(out, "?");
		} else if (isspace((unsigned char)p[i])) {
			i++;
			rc = before == ' ' ? 0 : kit_puts(out, " ");
		} else {
			rc = kit_put(out, p + i++, 1);
		}
	}
	return rc;
}

/* The command of a Redis array *N$LEN: its name, and the key if it has one. */
static int put_redis(struct kit_text *out, const struct sysreel_str *t)
{
	const char *p = t->p, *end = t->p + t->len;
	int rc = 0;

	for (int part = 0; rc == 0 && part < 2; part++) {
		const char *line = memchr(p, '$', (size_t)(end - p));
		const char *from = line ? memchr(line, '\n', (size_t)(end - line)) : NULL;
		const char *to = from ? memchr(from + 1, '\r', (size_t)(end - from - 1)) : NULL;

		if (!to)
			break;
		if (part)
			rc = kit_puts(out, " ");
		rc = rc ? rc : kit_put(out, from + 1, (size_t)(to - from - 1));
		p = to;
	}
	return rc;
}

/* Which database the data is a query for; its text is in @out. Return enum db or -ENOMEM. */
static int query_of(const struct sysreel_str *t, uint64_t port, struct kit_text *out)
{
	int rc;

	out->len = 0;
	if (t->len > 4 && t->p[0] == '*' && isdigit((unsigned char)t->p[1]) &&
	    kit_find(t, "\r\n$")) {
		rc = put_redis(out, t);
		return rc < 0 ? rc : out->len ? REDIS : NO_DB;
	}
	if (t->len > 6 && (t->p[0] == 'Q' || t->p[0] == 'P') && !t->p[1]) {
		/* Q: length, text; P(arse): length, name of the statement, text. */
		size_t at = t->p[0] == 'Q' ? 5 : 5 + strnlen(t->p + 5, t->len - 5) + 1;

		if (at >= t->len || !begins_sql(t->p + at, t->len - at))
			return NO_DB;
		rc = put_sql(out, t->p + at, t->len - at);
		return rc < 0 ? rc : POSTGRESQL;
	}
	if (t->len > 5 && !t->p[3] && (t->p[4] == 3 || t->p[4] == 22) && port != 5432 &&
	    begins_sql(t->p + 5, t->len - 5)) {
		rc = put_sql(out, t->p + 5, t->len - 5);
		return rc < 0 ? rc : MYSQL;
	}
	return NO_DB;
}

/* ---- rows ---- */

static int answered(struct state *s, const struct sysreel_batch *b, uint32_t row, struct query *q)
{
	uint64_t took = b->time[row] - q->time;
	const char *side = q->read ? "server" : "client";
	struct sysreel_value cells[NCOLS] = {
		[C_TIME] = sysreel_uint(took),
		[C_MEAN] = sysreel_uint(took),
		[C_MAX] = sysreel_uint(took),
		[C_CONTAINER] = sysreel_cell(b, F_CONTAINER, row),
		[C_PROCESS] = sysreel_cell(b, F_NAME, row),
		[C_SIDE] = sysreel_text(side, strlen(side)),
		[C_DB] = sysreel_text(db_names[q->db], strlen(db_names[q->db])),
		[C_QUERY] = kit_value(&q->text),
	};
	int rc = s->h->table_row(s->h, s->t, cells);

	kit_drop(&s->queries, q->node.key);
	return rc;
}

static int note(struct state *s, const struct sysreel_batch *b, uint32_t row)
{
	struct sysreel_str data = kit_str(b, F_DATA, row), conn = kit_str(b, F_CONN, row);
	uint64_t key =
		kit_hash(kit_pair(kit_num(b, F_PID, row), kit_num(b, F_FD, row)), conn.p, conn.len);
	struct query *q = kit_get(&s->queries, key);
	int db, read = kit_true(b, F_READ, row);

	if (q && q->read != read)
		return answered(s, b, row, q);
	db = query_of(&data, kit_num(b, F_PORT, row), &s->text);
	if (db <= NO_DB || q) /* of several in a row the first counts */
		return db < 0 ? db : 0;
	q = kit_make(&s->queries, key);
	if (!q)
		return 0;
	q->time = b->time[row];
	q->read = read;
	q->db = (enum db)db;
	return kit_put(&q->text, s->text.p, s->text.len);
}

static int on_batch(void *state, const struct sysreel_batch *b)
{
	for (uint32_t row = 0; row < b->n; row++) {
		int rc = note(state, b, row);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static int finish(void *state)
{
	struct state *s = state;

	kit_tell_full(&s->queries, s->h, "queries");
	return s->h->table_show(s->h, s->t);
}

static void fini(void *state)
{
	struct state *s = state;

	if (!s)
		return;
	kit_map_free(&s->queries);
	free(s->text.p);
	free(s);
}

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "sqltop",
	.category = "Application",
	.summary = "Queries to PostgreSQL, MySQL and Redis by time or number",
	.help = "TIME is from a query to the first of its answer. Numbers and texts in SQL become ?, of Redis\n"
		"commands the first argument is kept. Of queries that are sent before the answer to the one\n"
		"before, the first counts. Between two recorded processes each query is there twice: see SIDE.\n"
		"Queries are seen as far as they were recorded: `record -s 512`.\n"
		"\n"
		"  sysreel read app.reel -c sqltop by=calls fd.sport=5432",
	.filter =
		"fd.type in (ipv4, ipv6, unix) and evt.is_io=true and evt.failed=false and evt.buflen>0",
	.args = args,
	.nargs = KIT_N(args),
	.fields = fields,
	.nfields = NFIELDS,
	.init = init,
	.on_batch = on_batch,
	.finish = finish,
	.fini = fini,
};

SYSREEL_CHISEL_EXPORT(chisel)
