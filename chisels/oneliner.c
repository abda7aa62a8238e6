/* SPDX-License-Identifier: Apache-2.0 */
/* Aggregations given on the command line, as a description of a chisel that has no code. */
#include "chisels/oneliner.h"
#include "chisels/host_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FIELDS (2 * SYSREEL_MAX_COLS + SR_ONELINER_HISTS)
#define NO_GROUP   "<NA>"

static const char *const op_names[] = {
	[SYSREEL_SUM] = "sum",	 [SYSREEL_COUNT] = "count", [SYSREEL_MIN] = "min",
	[SYSREEL_MAX] = "max",	 [SYSREEL_AVG] = "avg",	    [SYSREEL_DISTINCT] = "distinct",
	[SYSREEL_P50] = "p50",	 [SYSREEL_P75] = "p75",	    [SYSREEL_P90] = "p90",
	[SYSREEL_P95] = "p95",	 [SYSREEL_P99] = "p99",	    [SYSREEL_P999] = "p999",
	[SYSREEL_RATE] = "rate",
};

/* The description and all that it points to; one piece of memory. */
struct oneliner {
	struct sysreel_chisel chisel;
	struct sysreel_table_def table;
	struct sysreel_col cols[SYSREEL_MAX_COLS];
	struct sysreel_field fields[MAX_FIELDS];
	uint32_t nkeys, key;   /* the keys as text, for histograms: fields key.. */
	uint32_t nhists, hist; /* fields hist.. */
	char heading[80];      /* of the table of an interval */
	char text[];	       /* names of fields and columns */
};

/* With histograms or intervals it has code; a table alone needs none. */
struct state {
	const struct sysreel_host *h;
	const struct oneliner *o;
	struct sysreel_table *t;
	struct sysreel_plot *plots[SR_ONELINER_HISTS];
	bool over;	   /* the run, in the middle of an interval */
	uint64_t negative; /* values that no histogram has a place for */
};

bool sr_oneliner_op(const char *name, enum sysreel_op *out)
{
	for (size_t i = 0; i < sizeof(op_names) / sizeof(*op_names); i++) {
		if (!op_names[i] || strcmp(op_names[i], name) != 0)
			continue;
		*out = (enum sysreel_op)i;
		return true;
	}
	return false;
}

/* ---- code ---- */

static const struct oneliner *of_table(const struct sysreel_table_def *t)
{
	return (const struct oneliner *)((const char *)t - offsetof(struct oneliner, table));
}

static uint8_t unit_of(const struct sr_chisel *c, uint32_t field)
{
	const struct sr_field *f = c->cols[field].ref.field;

	if (strncmp(f->name, "evt.buflen", strlen("evt.buflen")) == 0)
		return SYSREEL_BYTES;
	return f->type == SR_V_DUR ? SYSREEL_NS : SYSREEL_PLAIN;
}

static int init(const struct sysreel_host *h, void **state)
{
	struct sr_chisel *c = sr_chisel_of_host(h);
	struct state *s = calloc(1, sizeof(*s));

	*state = s;
	if (!s)
		return -ENOMEM;
	s->h = h;
	s->o = of_table(c->plugin.d.table);
	s->t = h->table_new(h, &s->o->table);
	if (!s->t)
		return -EINVAL;
	for (uint32_t i = 0; i < s->o->nhists; i++) {
		struct sysreel_plot_def def = {
			.size = sizeof(def),
			.title = s->o->fields[s->o->hist + i].name,
			.kind = SYSREEL_HISTOGRAM,
			.unit = unit_of(c, s->o->hist + i),
			.top = s->o->table.top == SR_ONELINER_TOP ? 0
			       : s->o->table.top		  ? s->o->table.top
								  : UINT32_MAX,
		};

		s->plots[i] = h->plot_new(h, &def);
		if (!s->plots[i])
			return -EINVAL;
	}
	return 0;
}

/* A row's group, and its value in each of the histograms. */
static int add_hists(struct state *s, const struct sysreel_batch *b, uint32_t row)
{
	struct sysreel_str path[SYSREEL_MAX_COLS];
	struct sysreel_sample sample = { .path = path, .npath = s->o->nkeys, .weight = 1 };
	int rc = 0;

	for (uint32_t i = 0; i < s->o->nkeys; i++) {
		const struct sysreel_column *c = &b->cols[s->o->key + i];

		path[i] = c->why[row] ? (struct sysreel_str){ .p = NO_GROUP,
							      .len = sizeof(NO_GROUP) - 1 }
				      : c->s[row];
	}
	for (uint32_t i = 0; i < s->o->nhists && rc == 0; i++) {
		const struct sysreel_column *c = &b->cols[s->o->hist + i];

		if (c->why[row])
			continue;
		s->negative += c->i[row] < 0;
		sample.value = c->u[row];
		rc = c->i[row] < 0 ? 0 : s->h->plot_add(s->h, s->plots[i], &sample);
	}
	return rc;
}

static int on_batch(void *state, const struct sysreel_batch *b)
{
	struct state *s = state;
	int rc = s->h->table_batch(s->h, s->t, b);

	for (uint32_t row = 0; rc == 0 && s->o->nhists && row < b->n; row++)
		rc = add_hists(s, b, row);
	return rc;
}

static int show(struct state *s)
{
	int rc = s->h->table_show(s->h, s->t);

	for (uint32_t i = 0; i < s->o->nhists && rc == 0; i++)
		rc = s->h->plot_show(s->h, s->plots[i]);
	return rc;
}

static void clear(struct state *s)
{
	s->h->table_clear(s->h, s->t);
	for (uint32_t i = 0; i < s->o->nhists; i++)
		s->h->plot_clear(s->h, s->plots[i]);
}

/* "12:15:16.000000000 to 12:15:17.000000000"; JSON and CSV tell the end by themselves. */
static void put_heading(const struct sr_chisel *c, struct oneliner *o, uint64_t end)
{
	struct sysreel_value from = sysreel_time(end - o->chisel.interval_ns);
	struct sysreel_value to = sysreel_time(end);
	struct sr_buf text = { 0 };

	sr_cell_text(&from, SYSREEL_PLAIN, &c->look, &text);
	sr_buf_puts(&text, " to ");
	sr_cell_text(&to, SYSREEL_PLAIN, &c->look, &text);
	(void)snprintf(o->heading, sizeof(o->heading), "%s", sr_buf_cstr(&text)); /* 40 bytes */
	sr_buf_free(&text);
}

static int on_interval(void *state, uint64_t now)
{
	struct state *s = state;
	struct sr_chisel *c = sr_chisel_of_host(s->h);
	uint64_t from = now - s->o->chisel.interval_ns;
	int rc;

	from = c->first + c->ahead > from ? c->first + c->ahead : from;
	put_heading(c, c->owned, now);
	c->has_span = true;
	c->span = (s->over ? c->last + c->ahead : now) - from;
	rc = show(s);
	clear(s);
	c->has_span = false;
	return rc;
}

/* The last interval is shorter. */
static int finish(void *state)
{
	struct state *s = state;
	struct sr_chisel *c = sr_chisel_of_host(s->h);
	uint64_t end = c->next_interval, step = s->o->chisel.interval_ns;
	int rc = 0;

	if (!step) {
		rc = show(s);
	} else if (c->dirty) {
		s->over = true;
		c->now = end;
		rc = on_interval(s, end);
		sr_chisel_tables_json(c, end);
		c->now = 0;
	}
	if (s->negative)
		s->h->remark(s->h, "%llu values are below 0: they are in no histogram",
			     (unsigned long long)s->negative);
	return rc;
}

static int merge(void *into, void *from)
{
	struct state *s = into, *f = from;

	s->negative += f->negative;
	f->negative = 0;
	return 0;
}

/* ---- description ---- */

static bool is_bytes(const char *field)
{
	static const char prefix[] = "evt.buflen";

	return strncmp(field, prefix, sizeof(prefix) - 1) == 0;
}

static int too_many(struct sr_err *err)
{
	return sr_err_set(err, -EINVAL, SR_NO_POS, "at most %d columns: fields of --by and values",
			  SYSREEL_MAX_COLS);
}

/* Appends a column and the field that fills it; @name is its title and its name in JSON. */
static void add_col(struct oneliner *o, enum sysreel_op op, const char *field, const char *name)
{
	struct sysreel_col *c = &o->cols[o->table.ncols++];

	*c = (struct sysreel_col){ .name = name, .title = name, .op = (uint8_t)op };
	if (op == SYSREEL_KEY)
		c->flags = SYSREEL_COL_OPTIONAL;
	if (!field)
		return;
	if (is_bytes(field) && op != SYSREEL_KEY && op != SYSREEL_DISTINCT)
		c->unit = SYSREEL_BYTES;
	c->field = (uint16_t)o->chisel.nfields;
	o->fields[o->chisel.nfields++].name = field;
}

/* Copies @s with its NUL, and gives the place of that. */
static char *put_text(char *to, const char *s)
{
	size_t len = strlen(s);

	memcpy(to, s, len + 1);
	return to + len;
}

static int add_values(struct oneliner *o, const struct sr_oneliner_col *cols, size_t n, char *text,
		      struct sr_err *err)
{
	if (!n)
		add_col(o, SYSREEL_COUNT, NULL, op_names[SYSREEL_COUNT]);
	for (size_t i = 0; i < n; i++) {
		const char *op = op_names[cols[i].op], *field = cols[i].field;

		if (o->table.ncols == SYSREEL_MAX_COLS)
			return too_many(err);
		if (!field) {
			add_col(o, cols[i].op, NULL, op);
			continue;
		}
		add_col(o, cols[i].op, field, text);
		text = put_text(text, op) + 1; /* room for all: see text_size() */
		text[-1] = ' ';
		text = put_text(text, field) + 1;
	}
	return 0;
}

/* @keys: a copy of --by that is cut into its names. */
static int add_keys(struct oneliner *o, char *keys, struct sr_err *err)
{
	while (*keys) {
		char *end = keys + strcspn(keys, ",");
		bool last = !*end;

		*end = '\0';
		keys += strspn(keys, " ");
		if (!*keys)
			return sr_err_set(err, -EINVAL, SR_NO_POS,
					  "--by: expected names of fields, with commas between");
		if (o->table.ncols == SYSREEL_MAX_COLS)
			return too_many(err);
		add_col(o, SYSREEL_KEY, keys, keys);
		keys = last ? end : end + 1;
	}
	return 0;
}

/* The keys once more, as text, and what histograms are made of. */
static void add_hist_fields(struct oneliner *o, const struct sr_oneliner *what)
{
	o->key = o->chisel.nfields;
	for (uint32_t i = 0; what->nhists && i < o->table.ncols; i++)
		if (o->cols[i].op == SYSREEL_KEY)
			o->fields[o->chisel.nfields++] =
				(struct sysreel_field){ .name = o->fields[o->cols[i].field].name,
							.type = SYSREEL_STR };
	o->nkeys = o->chisel.nfields - o->key;
	o->hist = o->chisel.nfields;
	o->nhists = (uint32_t)what->nhists;
	for (size_t i = 0; i < what->nhists; i++)
		o->fields[o->chisel.nfields++] =
			(struct sysreel_field){ .name = what->hists[i], .type = SYSREEL_INT };
}

static size_t text_size(const struct sr_oneliner *what)
{
	size_t size = what->by ? strlen(what->by) + 1 : 1;

	for (size_t i = 0; i < what->ncols; i++)
		if (what->cols[i].field)
			size += strlen(op_names[what->cols[i].op]) + strlen(what->cols[i].field) +
				2;
	return size;
}

static void describe(struct oneliner *o, const struct sr_oneliner *what)
{
	o->table.size = sizeof(o->table);
	o->table.title = what->every_ns ? o->heading : NULL;
	o->table.cols = o->cols;
	o->table.flags = SYSREEL_TABLE_GROUP;
	o->table.top = what->top;
	o->chisel.size = sizeof(o->chisel);
	o->chisel.abi = SYSREEL_CHISEL_ABI;
	o->chisel.name = "groups";
	o->chisel.category = "";
	o->chisel.summary = "";
	o->chisel.fields = o->fields;
	o->chisel.table = &o->table;
	if (!what->every_ns && !what->nhists)
		return;
	o->chisel.interval_ns = what->every_ns;
	o->chisel.flags = SYSREEL_MERGEABLE;
	o->chisel.init = init;
	o->chisel.on_batch = on_batch;
	o->chisel.on_interval = on_interval;
	o->chisel.finish = finish;
	o->chisel.fini = free;
	o->chisel.merge = merge;
}

int sr_oneliner_open(struct sr_chisel **out, const struct sr_oneliner *what,
		     const struct sr_chisel_opts *opts, struct sr_err *err)
{
	size_t size = text_size(what), blen = what->by ? strlen(what->by) + 1 : 1;
	struct oneliner *o = calloc(1, sizeof(*o) + size);
	int rc;

	if (!o)
		return sr_err_set(err, -ENOMEM, SR_NO_POS, "no memory");
	describe(o, what);
	if (what->by)
		memcpy(o->text, what->by, blen);
	rc = add_values(o, what->cols, what->ncols, o->text + blen, err);
	rc = rc ? rc : add_keys(o, o->text, err);
	if (rc < 0) {
		free(o);
		return rc;
	}
	add_hist_fields(o, what);
	return sr_chisel_open_described(out, &o->chisel, o, opts, err);
}
