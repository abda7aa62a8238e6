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

#define MAX_ASKED 1000 /* queries that a connection may have waiting */

struct asked {
	struct asked *next;
	uint64_t time;
	enum db db;
	size_t len;
	char text[];
};

/* Queries that wait for the first of their answer. */
struct query {
	struct kit_node node; /* key: process and connection */
	int read;	      /* they were: the process is the database */
	uint32_t n;
	struct asked *first, *last;
};

struct state {
	const struct sysreel_host *h;
	struct sysreel_table *t;
	struct kit_map queries;
	struct kit_text text;
};

static void release(struct kit_node *node)
{
	struct asked *a = ((struct query *)node)->first;

	while (a) {
		struct asked *next = a->next;

		free(a);
		a = next;
	}
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

/* Takes MARK, a number and the end of the line off the text; false if that is not there. */
static int take_number(struct sysreel_str *t, char mark, uint64_t *n)
{
	struct sysreel_str digits;
	uint32_t i = 1;

	while (i < t->len && i < 10 && isdigit((unsigned char)t->p[i]))
		i++;
	if (i < 2 || t->p[0] != mark || i + 2 > t->len || t->p[i] != '\r' || t->p[i + 1] != '\n')
		return 0;
	digits = (struct sysreel_str){ .p = t->p + 1, .len = i - 1 };
	*n = kit_digits(&digits);
	t->p += i + 2;
	t->len -= i + 2;
	return 1;
}

/* Takes a Redis command off the text: an array *N of texts $LEN. Its name, and the key if it has
 * one, are put out. */
static int take_redis(struct kit_text *out, struct sysreel_str *t)
{
	uint64_t parts, len;
	int rc = 0;

	if (!take_number(t, '*', &parts))
		return 0;
	for (uint64_t i = 0; rc == 0 && i < parts && take_number(t, '$', &len); i++) {
		uint32_t have = len < t->len ? (uint32_t)len : t->len;
		uint32_t gone = t->len - have > 2 ? have + 2 : t->len;

		if (i < 2 && have == len) {
			rc = i ? kit_puts(out, " ") : 0;
			rc = rc ? rc : kit_put(out, t->p, have);
		}
		t->p += gone;
		t->len -= gone;
	}
	return rc;
}

/* Takes a query off the data; its text is in @out. Return enum db or -ENOMEM. */
static int take_query(struct sysreel_str *t, uint64_t port, struct kit_text *out)
{
	struct sysreel_str all = *t;
	int rc;

	out->len = 0;
	if (t->len > 4 && t->p[0] == '*' && isdigit((unsigned char)t->p[1])) {
		rc = take_redis(out, t);
		return rc < 0 ? rc : out->len ? REDIS : NO_DB;
	}
	t->len = 0;
	if (all.len > 6 && (all.p[0] == 'Q' || all.p[0] == 'P') && !all.p[1]) {
		/* Q: length, text; P(arse): length, name of the statement, text. */
		size_t at = all.p[0] == 'Q' ? 5 : 5 + strnlen(all.p + 5, all.len - 5) + 1;

		if (at >= all.len || !begins_sql(all.p + at, all.len - at))
			return NO_DB;
		rc = put_sql(out, all.p + at, all.len - at);
		return rc < 0 ? rc : POSTGRESQL;
	}
	if (all.len > 5 && !all.p[3] && (all.p[4] == 3 || all.p[4] == 22) && port != 5432 &&
	    begins_sql(all.p + 5, all.len - 5)) {
		rc = put_sql(out, all.p + 5, all.len - 5);
		return rc < 0 ? rc : MYSQL;
	}
	return NO_DB;
}

/* ---- rows ---- */

static int put_row(struct state *s, const struct sysreel_batch *b, uint32_t row,
		   const struct asked *a, const struct query *q)
{
	uint64_t took = b->time[row] - a->time;
	const char *side = q->read ? "server" : "client";
	struct sysreel_value cells[NCOLS] = {
		[C_TIME] = sysreel_uint(took),
		[C_MEAN] = sysreel_uint(took),
		[C_MAX] = sysreel_uint(took),
		[C_CONTAINER] = sysreel_cell(b, F_CONTAINER, row),
		[C_PROCESS] = sysreel_cell(b, F_NAME, row),
		[C_SIDE] = sysreel_text(side, strlen(side)),
		[C_DB] = sysreel_text(db_names[a->db], strlen(db_names[a->db])),
		[C_QUERY] = sysreel_text(a->text, a->len),
	};

	return s->h->table_row(s->h, s->t, cells);
}

static int answered(struct state *s, const struct sysreel_batch *b, uint32_t row, struct query *q)
{
	int rc = 0;

	for (const struct asked *a = q->first; a && rc == 0; a = a->next)
		rc = put_row(s, b, row, a, q);
	kit_drop(&s->queries, q->node.key);
	return rc;
}

static int ask(struct state *s, struct query *q, int db, uint64_t time)
{
	struct asked *a = calloc(1, sizeof(*a) + s->text.len);

	if (!a)
		return -ENOMEM;
	a->time = time;
	a->db = (enum db)db;
	a->len = s->text.len;
	memcpy(a->text, s->text.p, s->text.len);
	*(q->last ? &q->last->next : &q->first) = a;
	q->last = a;
	return 0;
}

static int note(struct state *s, const struct sysreel_batch *b, uint32_t row)
{
	struct sysreel_str data = kit_str(b, F_DATA, row), conn = kit_str(b, F_CONN, row);
	uint64_t key =
		kit_hash(kit_pair(kit_num(b, F_PID, row), kit_num(b, F_FD, row)), conn.p, conn.len);
	struct query *q = kit_get(&s->queries, key);
	int db, read = kit_true(b, F_READ, row), rc = 0;

	if (q && q->read != read)
		return answered(s, b, row, q);
	while (rc == 0 && (db = take_query(&data, kit_num(b, F_PORT, row), &s->text)) != NO_DB) {
		if (db < 0)
			return db;
		q = kit_make(&s->queries, key);
		if (!q || q->n == MAX_ASKED)
			break;
		q->n++;
		q->read = read;
		rc = ask(s, q, db, b->time[row]);
	}
	return rc;
}

static int on_batch(void *state, const struct sysreel_batch *b)
{
	int rc = 0;

	for (uint32_t row = 0; rc == 0 && row < b->n; row++)
		rc = note(state, b, row);
	return rc;
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
		"commands the first argument is kept. Between two recorded processes each query is there twice:\n"
		"see SIDE. Of queries that are sent without waiting for answers the next one is the answer to all.\n"
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
