/* SPDX-License-Identifier: Apache-2.0 */
/* Aggregations given on the command line, as a description of a chisel that has no code. */
#include "chisels/oneliner.h"
#include "chisels/host_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const op_names[] = {
	[SYSREEL_SUM] = "sum",	 [SYSREEL_COUNT] = "count", [SYSREEL_MIN] = "min",
	[SYSREEL_MAX] = "max",	 [SYSREEL_AVG] = "avg",	    [SYSREEL_DISTINCT] = "distinct",
	[SYSREEL_P50] = "p50",	 [SYSREEL_P90] = "p90",	    [SYSREEL_P99] = "p99",
	[SYSREEL_RATE] = "rate",
};

/* The description and all that it points to; one piece of memory. */
struct oneliner {
	struct sysreel_chisel chisel;
	struct sysreel_table_def table;
	struct sysreel_col cols[SYSREEL_MAX_COLS];
	struct sysreel_field fields[SYSREEL_MAX_COLS];
	char text[]; /* names of fields and columns */
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

static size_t text_size(const char *by, const struct sr_oneliner_col *cols, size_t n)
{
	size_t size = by ? strlen(by) + 1 : 1;

	for (size_t i = 0; i < n; i++)
		if (cols[i].field)
			size += strlen(op_names[cols[i].op]) + strlen(cols[i].field) + 2;
	return size;
}

static void describe(struct oneliner *o, uint32_t top)
{
	o->table.size = sizeof(o->table);
	o->table.cols = o->cols;
	o->table.flags = SYSREEL_TABLE_GROUP;
	o->table.top = top;
	o->chisel.size = sizeof(o->chisel);
	o->chisel.abi = SYSREEL_CHISEL_ABI;
	o->chisel.name = "groups";
	o->chisel.category = "";
	o->chisel.summary = "";
	o->chisel.fields = o->fields;
	o->chisel.table = &o->table;
}

int sr_oneliner_open(struct sr_chisel **out, const char *by, const struct sr_oneliner_col *cols,
		     size_t n, uint32_t top, const struct sr_chisel_opts *opts, struct sr_err *err)
{
	size_t size = text_size(by, cols, n), blen = by ? strlen(by) + 1 : 1;
	struct oneliner *o = calloc(1, sizeof(*o) + size);
	int rc;

	if (!o)
		return sr_err_set(err, -ENOMEM, SR_NO_POS, "no memory");
	describe(o, top);
	if (by)
		memcpy(o->text, by, blen);
	rc = add_values(o, cols, n, o->text + blen, err);
	rc = rc ? rc : add_keys(o, o->text, err);
	if (rc < 0) {
		free(o);
		return rc;
	}
	return sr_chisel_open_described(out, &o->chisel, o, opts, err);
}
