/* SPDX-License-Identifier: Apache-2.0 */
/* How long did connections last, and how much did they carry? */
#include "chisels/plugins/kit.h"

enum {
	F_CONN,
	F_LPORT,
	F_CONTAINER,
	F_PID,
	F_NAME,
	F_TYPE,
	F_IN,
	F_OUT,
	NFIELDS
};

static const struct sysreel_field fields[NFIELDS] = {
	[F_CONN] = { .name = "fd.name", .type = SYSREEL_STR },
	[F_LPORT] = { .name = "fd.lport", .type = SYSREEL_UINT },
	[F_CONTAINER] = { .name = "container.name", .type = SYSREEL_STR },
	[F_PID] = { .name = "proc.pid", .type = SYSREEL_UINT },
	[F_NAME] = { .name = "proc.name", .type = SYSREEL_STR },
	[F_TYPE] = { .name = "evt.type", .type = SYSREEL_STR },
	[F_IN] = { .name = "evt.buflen.in", .type = SYSREEL_UINT },
	[F_OUT] = { .name = "evt.buflen.out", .type = SYSREEL_UINT },
};

enum {
	C_START,
	C_DURATION,
	C_PID,
	C_PROCESS,
	C_CONTAINER,
	C_ROLE,
	C_OUT,
	C_IN,
	C_CONN,
	NCOLS
};

static const struct sysreel_col cols[NCOLS] = {
	[C_START] = { .name = "start", .title = "START" },
	[C_DURATION] = { .name = "duration", .title = "DURATION", .unit = SYSREEL_NS },
	[C_PID] = { .name = "pid", .title = "PID" },
	[C_PROCESS] = { .name = "process", .title = "PROCESS" },
	[C_CONTAINER] = { .name = "container", .title = "CONTAINER", .dull = "host" },
	[C_ROLE] = { .name = "role", .title = "ROLE" },
	[C_OUT] = { .name = "out", .title = "OUT", .unit = SYSREEL_BYTES },
	[C_IN] = { .name = "in", .title = "IN", .unit = SYSREEL_BYTES },
	[C_CONN] = { .name = "connection", .title = "CONNECTION" },
};

static const struct sysreel_table_def table = KIT_TABLE(cols, SYSREEL_TABLE_ASCENDING);

/* One end of a connection: children that inherit it go on with it. */
struct end {
	struct kit_node node; /* key: of connection, own port and container */
	uint64_t first, last, pid, in, out;
	const char *role; /* NULL: its beginning was not recorded */
	struct kit_text conn, process, container;
};

struct state {
	const struct sysreel_host *h;
	struct sysreel_table *t;
	struct kit_map ends;
};

static void release(struct kit_node *node)
{
	struct end *e = (struct end *)node;

	free(e->conn.p);
	free(e->process.p);
	free(e->container.p);
}

static int init(const struct sysreel_host *h, void **state)
{
	struct state *s;
	int rc = kit_init(h, state, sizeof(*s), &table);

	if (rc < 0)
		return rc;
	s = *state;
	s->ends.size = sizeof(struct end);
	s->ends.release = release;
	return 0;
}

static int put_row(struct state *s, const struct end *e)
{
	struct sysreel_value cells[NCOLS] = {
		[C_START] = sysreel_time(e->first),
		[C_DURATION] = sysreel_uint(e->last - e->first),
		[C_PID] = sysreel_uint(e->pid),
		[C_PROCESS] = kit_value(&e->process),
		[C_CONTAINER] = kit_value(&e->container),
		[C_ROLE] = e->role ? sysreel_text(e->role, strlen(e->role))
				   : sysreel_absent(SYSREEL_UNKNOWN),
		[C_OUT] = sysreel_uint(e->out),
		[C_IN] = sysreel_uint(e->in),
		[C_CONN] = kit_value(&e->conn),
	};

	return s->h->table_row(s->h, s->t, cells);
}

static int begin(struct end *e, const struct sysreel_batch *b, uint32_t row)
{
	struct sysreel_str conn = kit_str(b, F_CONN, row);
	struct sysreel_str container = kit_str(b, F_CONTAINER, row);

	e->first = b->time[row];
	return kit_set(&e->conn, &conn) || kit_set(&e->container, &container) ? -ENOMEM : 0;
}

static int note(struct state *s, const struct sysreel_batch *b, uint32_t row)
{
	struct sysreel_value type = sysreel_cell(b, F_TYPE, row);
	struct sysreel_str conn = kit_str(b, F_CONN, row), name = kit_str(b, F_NAME, row);
	struct sysreel_str container = kit_str(b, F_CONTAINER, row);
	uint64_t port = kit_num(b, F_LPORT, row), key;
	const char *role = kit_is(&type, "connect") ? "client" : NULL;
	struct end *e;
	int rc = 0;

	if (kit_starts(&type.s, "accept"))
		role = "server";
	key = kit_hash(kit_hash(port, conn.p, conn.len), container.p, container.len);
	e = kit_get(&s->ends, key);
	if (e && role) { /* the ports are used again */
		rc = put_row(s, e);
		kit_drop(&s->ends, key);
		e = NULL;
	}
	if (!e)
		e = kit_make(&s->ends, key);
	if (!e || rc < 0)
		return rc;
	if (!e->first)
		rc = begin(e, b, row);
	if (role)
		e->role = role;
	e->last = b->time[row];
	e->pid = kit_num(b, F_PID, row);
	e->in += kit_num(b, F_IN, row);
	e->out += kit_num(b, F_OUT, row);
	return rc ? rc : kit_set(&e->process, &name);
}

static int on_batch(void *state, const struct sysreel_batch *b)
{
	for (uint32_t row = 0; row < b->n; row++) {
		int rc = b->cols[F_TYPE].why[row] ? 0 : note(state, b, row);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static int finish(void *state)
{
	struct state *s = state;
	struct kit_node **v = kit_list(&s->ends);
	int rc = v ? 0 : -ENOMEM;

	for (uint32_t i = 0; rc == 0 && i < s->ends.n; i++)
		rc = put_row(s, (struct end *)v[i]);
	free(v);
	kit_tell_full(&s->ends, s->h, "calls on further connections");
	return rc ? rc : s->h->table_show(s->h, s->t);
}

static void fini(void *state)
{
	struct state *s = state;

	if (s)
		kit_map_free(&s->ends);
	free(s);
}

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "tcplife",
	.category = "Net",
	.summary = "Connections: how long they lasted and what they carried",
	.help = "One row for each end that was recorded, by its beginning; PID and PROCESS are those that used\n"
		"it last. A connection without ROLE began before the recording; one that was still open at\n"
		"its end lasts to what was last done with it.\n"
		"\n"
		"  sysreel read web.reel -c tcplife fd.sport=5432",
	.filter = "fd.l4proto=tcp and fd.rport exists and evt.failed=false and "
		  "(evt.is_io=true or evt.type in (connect, accept, accept4, shutdown, close))",
	.fields = fields,
	.nfields = NFIELDS,
	.init = init,
	.on_batch = on_batch,
	.finish = finish,
	.fini = fini,
};

SYSREEL_CHISEL_EXPORT(chisel)
