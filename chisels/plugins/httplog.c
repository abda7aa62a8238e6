/* SPDX-License-Identifier: Apache-2.0 */
/* Which HTTP requests were made, and what was answered? A line for each exchange. */
#include "chisels/plugins/http.h"

static const struct sysreel_field fields[H_FIELDS] = { HTTP_FIELDS };

enum {
	C_TIME,
	C_CONTAINER,
	C_PROCESS,
	C_SIDE,
	C_METHOD,
	C_CODE,
	C_LATENCY,
	C_SIZE,
	C_URL,
	NCOLS
};

static const struct sysreel_col cols[NCOLS] = {
	[C_TIME] = { .name = "time", .title = "TIME", .width = 18 },
	[C_CONTAINER] = { .name = "container", .title = "CONTAINER", .width = 12 },
	[C_PROCESS] = { .name = "process", .title = "PROCESS", .width = 15 },
	[C_SIDE] = { .name = "side", .title = "SIDE", .width = 6 },
	[C_METHOD] = { .name = "method", .title = "METHOD", .width = 7 },
	[C_CODE] = { .name = "code", .title = "CODE", .width = 4 },
	[C_LATENCY] = { .name = "latency", .title = "LATENCY", .unit = SYSREEL_NS, .width = 7 },
	[C_SIZE] = { .name = "size", .title = "SIZE", .unit = SYSREEL_BYTES, .width = 6 },
	[C_URL] = { .name = "url", .title = "URL" },
};

static const struct sysreel_table_def table = KIT_TABLE(cols, SYSREEL_TABLE_STREAM);

static int init(const struct sysreel_host *h, void **state)
{
	return http_init(h, state, &table);
}

static int put_row(struct http_state *s, const struct sysreel_batch *b, uint32_t row,
		   const struct http_exchange *x)
{
	const char *side = x->request->server ? "server" : "client";
	struct sysreel_value cells[NCOLS] = {
		[C_TIME] = sysreel_time(b->time[row]),
		[C_CONTAINER] = sysreel_cell(b, H_CONTAINER, row),
		[C_PROCESS] = sysreel_cell(b, H_NAME, row),
		[C_SIDE] = sysreel_text(side, strlen(side)),
		[C_METHOD] = kit_value(&x->request->method),
		[C_CODE] = sysreel_uint(x->code),
		[C_LATENCY] = sysreel_uint(x->latency),
		[C_SIZE] = x->size,
		[C_URL] = kit_value(&x->request->url),
	};

	return s->h->table_row(s->h, s->t, cells);
}

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "httplog",
	.category = "Application",
	.summary = "HTTP requests with their answers, as a log",
	.help = "An exchange between two recorded processes shows twice: as the server and as the client saw\n"
		"it. LATENCY is from the request to the first of the answer. What is encrypted, or HTTP/2,\n"
		"cannot be seen. The host is only known if enough of a request was recorded:\n"
		"`record -s 1024`.\n"
		"\n"
		"  sysreel read web.reel -c httplog fd.sport=80",
	.filter = HTTP_FILTER,
	.fields = fields,
	.nfields = H_FIELDS,
	.init = init,
	.on_batch = on_batch,
	.finish = finish,
	.fini = fini,
};

SYSREEL_CHISEL_EXPORT(chisel)
