/* SPDX-License-Identifier: Apache-2.0 */
/* Asks a retroactive recorder to write, or how it does. */
#include "capture/control.h"
#include "capture/sink_print.h"
#include "cli/pass.h"
#include "cli/retro.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdlib.h>

#define TIMEOUT_MS 30000 /* the recorder may be busy writing */

static char *make_request(const struct opts *o)
{
	struct cJSON *doc = cJSON_CreateObject();
	char *words = opts_filter_text(o), *text = NULL;

	if (words && cJSON_AddStringToObject(doc, "do", o->status ? "status" : "trigger") &&
	    cJSON_AddStringToObject(doc, "reason", words) &&
	    cJSON_AddStringToObject(doc, "container", o->ncontainers ? o->containers[0] : ""))
		text = cJSON_PrintUnformatted(doc);
	cJSON_Delete(doc);
	free(words);
	return text;
}

static void put_status(struct sr_buf *out, const struct cJSON *a)
{
	uint64_t limit = json_u64(a, "max_triggers");
	const struct cJSON *t;
	char n[HUMAN_LEN];

	sr_buf_printf(out, "%-12sprocess %" PRIu64 ", for ", "recorder", json_u64(a, "pid"));
	sr_latency_text(json_u64(a, "running_ns"), out);
	sr_buf_printf(out, "\n%-12s", "held");
	sr_latency_text(json_u64(a, "held_ns"), out);
	sr_buf_printf(out, " in %s", human_bytes(json_u64(a, "held_bytes"), n));
	if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(a, "per_container")))
		sr_buf_printf(out, ", of %s containers", human_count(json_u64(a, "rings"), n));
	sr_buf_printf(out, "\n%-12s%s, ", "files", human_count(json_u64(a, "files"), n));
	sr_buf_printf(out, "%s being written, ", human_count(json_u64(a, "writing"), n));
	sr_buf_printf(out, "%s failed, in %s\n", human_count(json_u64(a, "failed"), n),
		      json_str(a, "where"));
	sr_buf_printf(out, "%-12s%s fired, ", "triggers", human_count(json_u64(a, "fired"), n));
	sr_buf_printf(out, "%s refused", human_count(json_u64(a, "refused"), n));
	if (limit)
		sr_buf_printf(out, " (at most %s an hour)", human_count(limit, n));
	sr_buf_putc(out, '\n');
	cJSON_ArrayForEach(t, cJSON_GetObjectItemCaseSensitive(a, "triggers")) sr_buf_printf(
		out, "%-12s%-20s %s\n", "", json_str(t, "name"), json_str(t, "filter"));
}

static void put_files(struct sr_buf *out, const struct cJSON *a)
{
	const struct cJSON *f;

	cJSON_ArrayForEach(f, cJSON_GetObjectItemCaseSensitive(a, "files"))
	{
		sr_buf_puts(out, cJSON_GetStringValue(f) ? cJSON_GetStringValue(f) : "");
		sr_buf_putc(out, '\n');
	}
}

static int print_answer(const struct opts *o, struct sr_buf *answer)
{
	struct cJSON *a = cJSON_ParseWithLength((const char *)answer->p, answer->len);
	bool ok = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(a, "ok"));
	struct sr_buf out = { 0 };
	int rc = EXIT_OK;

	if (!a) {
		rc = fail("the answer of the recorder makes no sense");
	} else if (o->json) {
		sr_buf_put(&out, answer->p, answer->len);
		sr_buf_putc(&out, '\n');
	} else if (ok && o->status) {
		put_status(&out, a);
	} else if (ok) {
		put_files(&out, a);
	} else {
		say("nothing was written: %s", json_str(a, "error"));
	}
	cJSON_Delete(a);
	if (rc)
		return rc;
	rc = print_buf(&out);
	return rc ? rc : ok ? EXIT_OK : EXIT_NOTHING;
}

int cmd_trigger(struct opts *o)
{
	const char *path = o->control ? o->control : DEFAULT_CONTROL;
	struct sr_err err = { .pos = SR_NO_POS };
	struct sr_buf answer = { 0 };
	char *request = make_request(o);
	int rc;

	if (!request)
		return fail("out of memory");
	rc = sr_control_ask(path, request, TIMEOUT_MS, &answer, &err);
	rc = rc < 0 ? fail_rc(NULL, rc, &err) : print_answer(o, &answer);
	cJSON_free(request);
	sr_buf_free(&answer);
	return rc;
}
