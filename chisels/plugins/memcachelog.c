/* SPDX-License-Identifier: Apache-2.0 */
/* What was asked of memcached, and stored in it? */
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

static const struct sysreel_arg args[] = {
	{ .name = "method", .type = SYSREEL_STR, .def = "", .help = "only get or only set" },
	{ .name = "size",
	  .type = SYSREEL_INT,
	  .def = "0",
	  .help = "only what stores at least so many bytes" },
};

enum {
	C_TIME,
	C_PID,
	C_CONTAINER,
	C_PROCESS,
	C_METHOD,
	C_SIZE,
	C_KEY,
	NCOLS
};

static const struct sysreel_col cols[NCOLS] = {
	[C_TIME] = { .name = "time", .title = "TIME", .width = 18 },
	[C_PID] = { .name = "pid", .title = "PID", .width = 7 },
	[C_CONTAINER] = { .name = "container", .title = "CONTAINER", .width = 12 },
	[C_PROCESS] = { .name = "process", .title = "PROCESS", .width = 15 },
	[C_METHOD] = { .name = "method", .title = "METHOD", .width = 6 },
	[C_SIZE] = { .name = "size", .title = "SIZE", .unit = SYSREEL_BYTES, .width = 6 },
	[C_KEY] = { .name = "key", .title = "KEY" },
};

static const struct sysreel_table_def table = KIT_TABLE(cols, SYSREEL_TABLE_STREAM);

struct state {
	const struct sysreel_host *h;
	struct sysreel_table *t;
	const char *method;
	uint64_t size;
};

static int init(const struct sysreel_host *h, void **state)
{
	struct state *s = calloc(1, sizeof(*s));
	int64_t size = h->arg_int(h, "size");

	if (!s)
		return -ENOMEM;
	*state = s;
	s->h = h;
	s->method = h->arg_text(h, "method");
	s->size = size > 0 ? (uint64_t)size : 0;
	s->t = h->table_new(h, &table);
	return s->t ? 0 : h->fail(h, -ENOMEM, NULL);
}

/* Word number @n of the first line, from 0; empty if there is none. */
static struct sysreel_str word(const struct sysreel_str *t, unsigned int n)
{
	struct sysreel_str w = { .p = t->p };

	for (uint32_t i = 0; i < t->len && t->p[i] != '\r' && t->p[i] != '\n'; i++) {
		if (t->p[i] != ' ') {
			w.len++;
			continue;
		}
		if (!n--)
			return w;
		w = (struct sysreel_str){ .p = t->p + i + 1 };
	}
	return n ? (struct sysreel_str){ .p = "" } : w;
}

/* The fifth word of `set KEY FLAGS EXPIRY SIZE`. */
static struct sysreel_value size_of(const struct sysreel_str *t)
{
	struct sysreel_str w = word(t, 4);
	uint64_t n = 0;

	for (uint32_t i = 0; i < w.len; i++) {
		if (w.p[i] < '0' || w.p[i] > '9' || w.len > 18)
			return sysreel_absent(SYSREEL_NONE);
		n = n * 10 + (uint64_t)(w.p[i] - '0');
	}
	return w.len ? sysreel_uint(n) : sysreel_absent(SYSREEL_NONE);
}

static int on_batch(void *state, const struct sysreel_batch *b)
{
	struct state *s = state;

	for (uint32_t row = 0; row < b->n; row++) {
		struct sysreel_str t = kit_str(b, F_DATA, row), method = word(&t, 0),
				   key = word(&t, 1);
		struct sysreel_value cells[NCOLS] = {
			[C_TIME] = sysreel_time(b->time[row]),
			[C_PID] = sysreel_cell(b, F_PID, row),
			[C_CONTAINER] = sysreel_cell(b, F_CONTAINER, row),
			[C_PROCESS] = sysreel_cell(b, F_NAME, row),
			[C_METHOD] = sysreel_text(method.p, method.len),
			[C_SIZE] = size_of(&t),
			[C_KEY] = sysreel_text(key.p, key.len),
		};
		int rc;

		if ((!kit_is(&cells[C_METHOD], "get") && !kit_is(&cells[C_METHOD], "set")) ||
		    (*s->method && !kit_is(&cells[C_METHOD], s->method)) ||
		    (s->size && (cells[C_SIZE].why || cells[C_SIZE].u < s->size)))
			continue;
		rc = s->h->table_row(s->h, s->t, cells);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "memcachelog",
	.category = "Application",
	.summary = "Keys that were asked of memcached and stored in it",
	.help = "Commands of the text protocol, get and set, one for each read or write.\n"
		"\n"
		"  sysreel read app.reel -c memcachelog method=set size=100000",
	.filter =
		"(fd.sport=11211 or proc.name=memcached) and evt.is_io=true and evt.failed=false and "
		"evt.buflen>0",
	.args = args,
	.nargs = KIT_N(args),
	.fields = fields,
	.nfields = NFIELDS,
	.init = init,
	.on_batch = on_batch,
	.fini = free,
};

SYSREEL_CHISEL_EXPORT(chisel)
