/* SPDX-License-Identifier: Apache-2.0 */
/* Which names were asked for, and what were the answers? Read from the datagrams on port 53. */
#include "chisels/plugins/kit.h"

#include <arpa/inet.h>

#define HEADER	 12
#define MAX_NAME 255 /* bytes of a name in a message */

enum {
	F_PID,
	F_CONTAINER,
	F_NAME,
	F_CONN,
	F_PROTO,
	F_DATA,
	NFIELDS
};

static const struct sysreel_field fields[NFIELDS] = {
	[F_PID] = { .name = "proc.pid", .type = SYSREEL_UINT },
	[F_CONTAINER] = { .name = "container.name", .type = SYSREEL_STR },
	[F_NAME] = { .name = "proc.name", .type = SYSREEL_STR },
	[F_CONN] = { .name = "fd.name", .type = SYSREEL_STR },
	[F_PROTO] = { .name = "fd.l4proto", .type = SYSREEL_STR },
	[F_DATA] = { .name = "evt.buffer", .type = SYSREEL_STR },
};

enum {
	C_TIME,
	C_PID,
	C_CONTAINER,
	C_PROCESS,
	C_TYPE,
	C_RESULT,
	C_LATENCY,
	C_QUESTION,
	C_ANSWER,
	NCOLS
};

static const struct sysreel_col cols[NCOLS] = {
	[C_TIME] = { .name = "time", .title = "TIME", .width = 18 },
	[C_PID] = { .name = "pid", .title = "PID", .width = 7 },
	[C_CONTAINER] = { .name = "container", .title = "CONTAINER", .width = 12 },
	[C_PROCESS] = { .name = "process", .title = "PROCESS", .width = 15 },
	[C_TYPE] = { .name = "type", .title = "TYPE", .width = 5 },
	[C_RESULT] = { .name = "result", .title = "RESULT", .width = 8 },
	[C_LATENCY] = { .name = "latency", .title = "LATENCY", .unit = SYSREEL_NS, .width = 7 },
	[C_QUESTION] = { .name = "question", .title = "QUESTION", .width = 28 },
	[C_ANSWER] = { .name = "answer", .title = "ANSWER" },
};

static const struct sysreel_table_def table = KIT_TABLE(cols, SYSREEL_TABLE_STREAM);

/* When a question was asked. */
struct asked {
	struct kit_node node; /* key: process, connection and number of the question */
	uint64_t time;
};

struct state {
	const struct sysreel_host *h;
	struct sysreel_table *t;
	struct kit_map asked;
	struct kit_text question, answer, type, result;
};

struct message {
	const uint8_t *p;
	size_t len;
};

static int init(const struct sysreel_host *h, void **state)
{
	struct state *s;
	int rc = kit_init(h, state, sizeof(*s), &table);

	if (rc < 0)
		return rc;
	s = *state;
	s->asked.size = sizeof(struct asked);
	return 0;
}

/* ---- the message; all offsets are checked, it may be cut or anything ---- */

static unsigned int get16(const struct message *m, size_t at)
{
	return at + 2 <= m->len ? (unsigned int)(m->p[at] << 8 | m->p[at + 1]) : 0;
}

/* Appends the name at *at and moves *at behind it. Return 0; -EBADMSG; -ENOMEM. */
static int get_name(const struct message *m, size_t *at, struct kit_text *out)
{
	size_t i = *at, start = out->len;
	int jumps = 0, rc = 0;

	for (;;) {
		unsigned int n;

		if (i >= m->len)
			return -EBADMSG;
		n = m->p[i];
		if (n >= 0xc0) { /* the rest of the name stands elsewhere, further ahead */
			if (i + 2 > m->len || ++jumps > 16)
				return -EBADMSG;
			if (jumps == 1)
				*at = i + 2;
			i = (n & 0x3f) << 8 | m->p[i + 1];
			continue;
		}
		if (!n)
			break;
		if (n > 63 || i + 1 + n > m->len || out->len - start > MAX_NAME)
			return -EBADMSG;
		if (out->len > start)
			rc = kit_puts(out, ".");
		rc = rc ? rc : kit_put(out, (const char *)m->p + i + 1, n);
		if (rc < 0)
			return rc;
		i += 1 + n;
	}
	if (!jumps)
		*at = i + 1;
	return out->len > start ? 0 : kit_puts(out, ".");
}

static int put_type(struct kit_text *out, unsigned int type)
{
	static const struct {
		unsigned int type;
		const char *name;
	} names[] = {
		{ 1, "A" },   { 2, "NS" },    { 5, "CNAME" },  { 6, "SOA" },	{ 12, "PTR" },
		{ 15, "MX" }, { 16, "TXT" },  { 28, "AAAA" },  { 33, "SRV" },	{ 41, "OPT" },
		{ 43, "DS" }, { 64, "SVCB" }, { 65, "HTTPS" }, { 252, "AXFR" }, { 255, "ANY" }
	};

	for (size_t i = 0; i < KIT_N(names); i++)
		if (names[i].type == type)
			return kit_puts(out, names[i].name);
	return kit_printf(out, "%u", type);
}

static int put_code(struct kit_text *out, unsigned int code)
{
	static const char *const names[] = { "NOERROR",	 "FORMERR", "SERVFAIL",
					     "NXDOMAIN", "NOTIMP",  "REFUSED" };

	return code < KIT_N(names) ? kit_puts(out, names[code]) : kit_printf(out, "%u", code);
}

/* Appends what a record says, if it is an address or another name. */
static int put_record(const struct message *m, unsigned int type, size_t at, size_t len,
		      struct kit_text *out)
{
	char text[INET6_ADDRSTRLEN];
	int family = type == 1 ? AF_INET : AF_INET6;

	if ((type != 1 || len != 4) && (type != 28 || len != 16) && type != 5 && type != 12)
		return 0;
	if (out->len && kit_puts(out, ", ") < 0)
		return -ENOMEM;
	if (type == 5 || type == 12)
		return get_name(m, &at, out);
	return inet_ntop(family, m->p + at, text, sizeof(text)) ? kit_puts(out, text) : 0;
}

static int put_answers(const struct message *m, size_t at, unsigned int n, struct kit_text *out)
{
	struct kit_text name = { 0 };
	int rc = 0;

	while (rc == 0 && n--) {
		size_t len;

		name.len = 0;
		rc = get_name(m, &at, &name);
		if (rc == 0 && at + 10 > m->len)
			rc = -EBADMSG;
		if (rc < 0)
			break;
		len = get16(m, at + 8);
		if (at + 10 + len > m->len)
			rc = -EBADMSG;
		else
			rc = put_record(m, get16(m, at), at + 10, len, out);
		at += 10 + len;
	}
	free(name.p);
	if (rc == -EBADMSG) /* cut by the snaplen */
		rc = kit_puts(out, out->len ? ", ..." : "...");
	return rc;
}

/* Takes a message apart. Return 1; 0 it is none; -ENOMEM. */
static int parse(struct state *s, const struct message *m)
{
	unsigned int flags = get16(m, 2), questions = get16(m, 4);
	size_t at = HEADER;
	int rc;

	s->question.len = s->answer.len = s->type.len = s->result.len = 0;
	if (m->len < HEADER || questions != 1 || (flags & 0x7800))
		return 0;
	rc = get_name(m, &at, &s->question);
	if (rc == -EBADMSG || (rc == 0 && at + 4 > m->len))
		return 0;
	rc = rc ? rc : put_type(&s->type, get16(m, at));
	rc = rc ? rc : kit_puts(&s->answer, "");
	if (rc == 0 && (flags & 0x8000)) {
		rc = put_code(&s->result, flags & 15);
		rc = rc ? rc : put_answers(m, at + 4, get16(m, 6), &s->answer);
	} else if (rc == 0) {
		rc = kit_puts(&s->result, "query");
	}
	return rc < 0 ? rc : 1;
}

/* ---- rows ---- */

/* When the question was asked that this answers; 0 unknown. Questions are noted. */
static uint64_t time_asked(struct state *s, const struct sysreel_batch *b, uint32_t row,
			   const struct message *m)
{
	struct sysreel_str conn = kit_str(b, F_CONN, row);
	uint64_t key = kit_hash(kit_pair(kit_num(b, F_PID, row), get16(m, 0)), conn.p, conn.len);
	struct asked *a;
	uint64_t time;

	if (!(get16(m, 2) & 0x8000)) {
		a = kit_make(&s->asked, key);
		if (a)
			a->time = b->time[row];
		return 0;
	}
	a = kit_get(&s->asked, key);
	time = a ? a->time : 0;
	kit_drop(&s->asked, key);
	return time;
}

static int put_row(struct state *s, const struct sysreel_batch *b, uint32_t row, uint64_t asked)
{
	struct sysreel_value cells[NCOLS] = {
		[C_TIME] = sysreel_time(b->time[row]),
		[C_PID] = sysreel_cell(b, F_PID, row),
		[C_CONTAINER] = sysreel_cell(b, F_CONTAINER, row),
		[C_PROCESS] = sysreel_cell(b, F_NAME, row),
		[C_TYPE] = kit_value(&s->type),
		[C_RESULT] = kit_value(&s->result),
		[C_LATENCY] =
			asked ? sysreel_uint(b->time[row] - asked) : sysreel_absent(SYSREEL_NONE),
		[C_QUESTION] = kit_value(&s->question),
		[C_ANSWER] = kit_value(&s->answer),
	};

	return s->h->table_row(s->h, s->t, cells);
}

static int on_batch(void *state, const struct sysreel_batch *b)
{
	struct state *s = state;

	for (uint32_t row = 0; row < b->n; row++) {
		struct sysreel_value proto = sysreel_cell(b, F_PROTO, row);
		struct sysreel_str data = kit_str(b, F_DATA, row);
		size_t skip = kit_is(&proto, "tcp") && data.len > 2 ? 2 : 0; /* the length */
		struct message m = { (const uint8_t *)data.p + skip, data.len - skip };
		int rc = parse(s, &m);

		if (rc == 1)
			rc = put_row(s, b, row, time_asked(s, b, row, &m));
		if (rc < 0)
			return rc;
	}
	return 0;
}

static void fini(void *state)
{
	struct state *s = state;

	if (!s)
		return;
	kit_map_free(&s->asked);
	free(s->question.p);
	free(s->answer.p);
	free(s->type.p);
	free(s->result.p);
	free(s);
}

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "dns",
	.category = "Net",
	.summary = "DNS questions and answers",
	.help = "Answers are shown as far as they were recorded: `record -s 512` keeps most of them. Messages\n"
		"that are sent many at a time (sendmmsg) show the first one only.\n"
		"\n"
		"  sysreel read web.reel -c dns container.name=web",
	.filter = "fd.port=53 and evt.is_io=true and evt.failed=false and evt.buflen>0",
	.fields = fields,
	.nfields = NFIELDS,
	.init = init,
	.on_batch = on_batch,
	.fini = fini,
};

SYSREEL_CHISEL_EXPORT(chisel)
