/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/pass.h"
#include "capture/rows.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

uint64_t json_u64(const struct cJSON *doc, const char *key)
{
	const struct cJSON *v = cJSON_GetObjectItemCaseSensitive(doc, key);

	if (cJSON_IsString(v))
		return strtoull(v->valuestring, NULL, 10);
	if (!cJSON_IsNumber(v) || v->valuedouble < 0 || v->valuedouble > 9e15)
		return 0;
	return (uint64_t)v->valuedouble;
}

const char *json_str(const struct cJSON *doc, const char *key)
{
	const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(doc, key));

	return s ? s : "";
}

void json_add_u64(struct cJSON *doc, const char *key, uint64_t v)
{
	char digits[24];

	/* A double holds integers up to 2^53. */
	if (v <= 1ull << 53) {
		(void)cJSON_AddNumberToObject(doc, key, (double)v);
		return;
	}
	(void)snprintf(digits, sizeof(digits), "%" PRIu64, v); /* at most 20 digits */
	(void)cJSON_AddStringToObject(doc, key, digits);
}

int pass_open(struct pass *p, struct opts *o)
{
	struct sr_err err = { .pos = SR_NO_POS };
	int rc;

	*p = (struct pass){ .file = o->read_file };
	if (!p->file && o->nwords != 1)
		return fail(o->nwords ? "one file at a time: sysreel %s FILE"
				      : "which file? usage: sysreel %s FILE",
			    o->argv[0]);
	if (!p->file)
		p->file = o->words[0];
	rc = sr_meta_new(&p->meta);
	if (rc == 0)
		rc = sr_source_file_open(&p->source, p->file, p->meta, &err);
	if (rc < 0)
		return fail_rc(p->file, rc, &err);
	return 0;
}

void pass_end(struct pass *p)
{
	const struct cJSON *end = sr_meta_end(p->meta);
	uint64_t lost = json_u64(end, "lost");

	p->has_end = end;
	p->end_rows = json_u64(end, "rows");
	p->end_events = json_u64(end, "events");
	p->reason = json_str(end, "reason");
	p->incomplete = *json_str(end, "incomplete") ? json_str(end, "incomplete") : NULL;
	if (lost > p->lost)
		p->lost = lost;
}

static void note_bad(struct pass *p, const struct sr_err *err)
{
	if (!p->bad_blocks++)
		p->bad = *err;
}

int pass_run(struct pass *p, uint32_t need, int (*block)(struct sr_block *b, void *arg), void *arg)
{
	struct sr_err err = { .pos = SR_NO_POS };
	struct sr_block *b;
	uint64_t lost = 0;
	int rc;

	while ((rc = p->source->ops->next(p->source, &b, &err)) == 1) {
		rc = sr_block_load(b, need | SR_NEED_TYPE, &err);
		if (rc == 0)
			rc = sr_rows_lost(b, &lost, &err);
		if (rc == -EBADMSG) {
			note_bad(p, &err);
			continue;
		}
		if (rc < 0)
			break;
		p->rows += b->n;
		p->events += sr_rows_events(b);
		p->lost += lost;
		rc = block ? block(b, arg) : 0;
		if (rc < 0)
			break;
	}
	if (rc < 0)
		return fail_rc(p->file, rc, &err);
	pass_end(p);
	return 0;
}

size_t pass_damaged(const struct pass *p)
{
	size_t n;

	(void)sr_source_damages(p->source, &n);
	return n + (size_t)p->bad_blocks;
}

bool pass_complete(const struct pass *p)
{
	return !p->lost && !pass_damaged(p) && sr_source_complete(p->source) && p->has_end &&
	       !p->incomplete;
}

void pass_close(struct pass *p)
{
	if (p->source)
		p->source->ops->close(p->source);
	sr_meta_free(p->meta);
}
