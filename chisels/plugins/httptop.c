/* SPDX-License-Identifier: Apache-2.0 */
/* Which URLs were asked for most, took longest, or sent most? */
#include "chisels/plugins/http.h"

static const struct sysreel_field fields[H_FIELDS] = { HTTP_FIELDS };

static const struct sysreel_arg args[] = {
	{ .name = "by",
	  .type = SYSREEL_STR,
	  .def = "ncalls",
	  .help = "what to sort by: ncalls, time or bytes" },
	{ .name = "top", .type = SYSREEL_INT, .def = "30", .help = "rows to show, 0 for all" },
};

enum {
	C_CALLS,
	C_MEAN,
	C_MAX,
	C_BYTES,
	C_ERRORS,
	C_CONTAINER,
	C_SIDE,
	C_METHOD,
	C_URL,
	NCOLS
};

static const struct sysreel_col cols[NCOLS] = {
	[C_CALLS] = { .name = "calls", .title = "CALLS", .op = SYSREEL_COUNT },
	[C_MEAN] = { .name = "mean", .title = "MEAN", .op = SYSREEL_AVG, .unit = SYSREEL_NS },
	[C_MAX] = { .name = "max", .title = "MAX", .op = SYSREEL_MAX, .unit = SYSREEL_NS },
	[C_BYTES] = { .name = "bytes",
		      .title = "BYTES",
		      .op = SYSREEL_SUM,
		      .unit = SYSREEL_BYTES,
		      .flags = SYSREEL_COL_OPTIONAL },
	[C_ERRORS] = { .name = "errors", .title = "ERRORS", .op = SYSREEL_SUM },
	[C_CONTAINER] = { .name = "container",
			  .title = "CONTAINER",
			  .flags = SYSREEL_COL_OPTIONAL,
			  .dull = "host" },
	[C_SIDE] = { .name = "side", .title = "SIDE" },
	[C_METHOD] = { .name = "method", .title = "METHOD" },
	[C_URL] = { .name = "url", .title = "URL" },
};

static int sort_column(const char *by)
{
	if (strcmp(by, "ncalls") == 0)
		return C_CALLS;
	if (strcmp(by, "time") == 0)
		return C_MEAN;
	return strcmp(by, "bytes") == 0 ? C_BYTES : -1;
}

static int init(const struct sysreel_host *h, void **state)
{
	struct sysreel_table_def def = KIT_TABLE(cols, SYSREEL_TABLE_GROUP);
	int sort = sort_column(h->arg_text(h, "by"));

	if (sort < 0)
		return h->fail(h, -EINVAL, "by=%s: one of ncalls, time, bytes",
			       h->arg_text(h, "by"));
	def.sort = (uint32_t)sort;
	return http_init(h, state, &def);
}

static int put_row(struct http_state *s, const struct sysreel_batch *b, uint32_t row,
		   const struct http_exchange *x)
{
	const char *side = x->request->server ? "server" : "client";
	struct sysreel_value cells[NCOLS] = {
		[C_MEAN] = sysreel_uint(x->latency),
		[C_MAX] = sysreel_uint(x->latency),
		[C_BYTES] = x->size,
		[C_ERRORS] = sysreel_uint(x->code >= 400),
		[C_CONTAINER] = sysreel_cell(b, H_CONTAINER, row),
		[C_SIDE] = sysreel_text(side, strlen(side)),
		[C_METHOD] = kit_value(&x->request->method),
		[C_URL] = kit_value(&x->request->url),
	};

	return s->h->table_row(s->h, s->t, cells);
}

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "httptop",
	.category = "Application",
	.summary = "URLs by requests, time or bytes",
	.help = "MEAN and MAX are from the request to the first of the answer, BYTES the Content-Length of\n"
		"answers, ERRORS those of 400 and above. See httplog.\n"
		"\n"
		"  sysreel read web.reel -c httptop by=time",
	.filter = HTTP_FILTER,
	.args = args,
	.nargs = KIT_N(args),
	.fields = fields,
	.nfields = H_FIELDS,
	.init = init,
	.on_batch = on_batch,
	.finish = finish,
	.fini = fini,
};

SYSREEL_CHISEL_EXPORT(chisel)
