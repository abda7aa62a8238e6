/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "cli/thaw.h"
#include "driver-bpf/driver.h"

#include <string.h>

#define MAX_PROBES 64

static void put_text(struct sr_buf *out, const struct sr_probe *p)
{
	static const char *const marks[] = { "-", "NO", "ok" };

	sr_buf_printf(out, "  %-3s %-36s %s\n", marks[p->state + 1], p->name, p->detail);
	if (p->state == 0 && p->remedy)
		sr_buf_printf(out, "      %-36s -> %s\n", "", p->remedy);
}

static void put_json(struct sr_buf *out, const struct sr_probe *p, bool first)
{
	static const char *const states[] = { "not needed", "missing", "ok" };

	sr_buf_puts(out, first ? "" : ",\n");
	sr_buf_puts(out, "{\"name\":");
	sr_buf_json_str(out, p->name, strlen(p->name));
	sr_buf_printf(out, ",\"state\":\"%s\",\"detail\":", states[p->state + 1]);
	sr_buf_json_str(out, p->detail, strlen(p->detail));
	sr_buf_puts(out, ",\"remedy\":");
	if (p->state == 0 && p->remedy)
		sr_buf_json_str(out, p->remedy, strlen(p->remedy));
	else
		sr_buf_puts(out, "null");
	sr_buf_putc(out, '}');
}

int cmd_doctor(struct opts *o)
{
	struct sr_probe probes[MAX_PROBES];
	size_t n = sr_driver_probe(probes, MAX_PROBES), missing = 0;
	struct sr_buf out = { 0 };
	int rc;

	thaw_left();
	if (o->json)
		sr_buf_putc(&out, '[');
	for (size_t i = 0; i < n; i++) {
		missing += probes[i].state == 0;
		if (o->json)
			put_json(&out, &probes[i], i == 0);
		else
			put_text(&out, &probes[i]);
	}
	if (o->json)
		sr_buf_puts(&out, "]\n");
	else if (missing)
		sr_buf_printf(&out,
			      "\n%zu thing%s missing: recording may not work here. Reading "
			      "captures does.\n",
			      missing, missing == 1 ? " is" : "s are");
	else
		sr_buf_puts(&out, "\nThis machine can record.\n");
	rc = print_buf(&out);
	return rc ? rc : missing ? EXIT_NOTHING : EXIT_OK;
}
