/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/retro_file.h"
#include "formats/reel.h"
#include "formats/reel_packer.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sr_retro_file {
	struct sr_reel_writer *w; /* NULL: ended */
	char *key;		  /* NULL: of all containers */
	uint64_t events, lost, bytes;
};

/* ---- documents ---- */

/* Numbers above 2^53 are strings of digits, as formats/meta.h asks. */
static bool add_u64(struct cJSON *doc, const char *key, uint64_t v)
{
	char digits[24];

	if (v < 1ull << 53)
		return cJSON_AddNumberToObject(doc, key, (double)v);
	(void)snprintf(digits, sizeof(digits), "%" PRIu64, v); /* at most 20 digits */
	return cJSON_AddStringToObject(doc, key, digits);
}

static bool add_digits(struct cJSON *doc, const char *key, uint64_t v)
{
	char digits[24];

	(void)snprintf(digits, sizeof(digits), "%" PRIu64, v); /* at most 20 digits */
	return cJSON_AddStringToObject(doc, key, digits);
}

static int write_json(struct sr_retro_file *f, const struct cJSON *doc, struct sr_err *err)
{
	char *text = cJSON_PrintUnformatted(doc);
	int rc;

	if (!text)
		return -ENOMEM;
	rc = sr_reel_write_meta(f->w, text, strlen(text), err);
	cJSON_free(text);
	return rc;
}

static bool is_wanted(const struct sr_retro_file *f, const char *id)
{
	return !f->key || strcmp(f->key, id) == 0;
}

static int write_users(struct sr_retro_file *f, const struct sr_meta *meta, struct sr_err *err)
{
	struct sr_buf doc = { 0 };
	int rc = sr_meta_users_doc(meta, &doc);

	if (rc == 0 && doc.len)
		rc = sr_reel_write_meta(f->w, (const char *)doc.p, doc.len, err);
	sr_buf_free(&doc);
	return rc;
}

static int write_containers(struct sr_retro_file *f, const struct sr_meta *meta, struct sr_err *err)
{
	int rc = 0;

	for (size_t i = 0; meta && rc == 0 && i < sr_meta_containers(meta); i++) {
		const struct sr_container *c = sr_meta_container_at(meta, i);

		if (c->doc && is_wanted(f, c->id))
			rc = write_json(f, c->doc, err);
	}
	return rc;
}

static int write_documents(struct sr_retro_file *f, const struct sr_meta *meta, struct sr_err *err)
{
	int rc = sr_meta_host(meta) ? write_json(f, sr_meta_host(meta), err) : 0;

	if (rc == 0)
		rc = write_users(f, meta, err);
	if (rc == 0)
		rc = write_containers(f, meta, err);
	return rc < 0 ? rc : write_containers(f, sr_meta_services(meta), err);
}

int sr_retro_file_trigger(struct sr_retro_file *f, const struct sr_retro_cause *c,
			  const struct sr_retro_when *when, struct sr_err *err)
{
	struct cJSON *doc = cJSON_CreateObject();
	int rc = -ENOMEM;

	if (doc && cJSON_AddStringToObject(doc, "kind", "trigger") &&
	    cJSON_AddStringToObject(doc, "name", c->name) &&
	    (!c->filter || cJSON_AddStringToObject(doc, "filter", c->filter)) &&
	    cJSON_AddStringToObject(doc, "reason", c->reason) && add_digits(doc, "time", c->time) &&
	    (!c->container || cJSON_AddStringToObject(doc, "container", c->container->id)) &&
	    add_u64(doc, "matches", c->matches) &&
	    add_digits(doc, "history_ns", when->history_ns) &&
	    add_digits(doc, "after_ns", when->after_ns) &&
	    cJSON_AddBoolToObject(doc, "extends", when->extends) &&
	    add_u64(doc, "refused", when->refused))
		rc = write_json(f, doc, err);
	cJSON_Delete(doc);
	return rc;
}

int sr_retro_file_meta(struct sr_retro_file *f, const char *json, size_t len, struct sr_err *err)
{
	struct cJSON *doc = cJSON_ParseWithLength(json, len);
	const char *kind = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(doc, "kind"));
	const char *id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(doc, "id"));
	bool of_container = kind && (strcmp(kind, "container") == 0 || strcmp(kind, "inside") == 0);
	bool wanted =
		kind && strcmp(kind, "end") != 0 && (!of_container || (id && is_wanted(f, id)));

	cJSON_Delete(doc);
	return wanted ? sr_reel_write_meta(f->w, json, len, err) : 0;
}

/* ---- blocks ---- */

int sr_retro_file_block(struct sr_retro_file *f, struct sr_ring_block *b, struct sr_err *err)
{
	struct sr_packed p = { .f = b->info.f,
			       .bytes = { .p = b->bytes, .len = b->len, .cap = b->len } };
	int rc = sr_reel_append(f->w, &p, err);

	if (rc < 0)
		return rc;
	f->events += b->info.events;
	f->lost += b->info.lost;
	return 0;
}

/* ---- beginning and end ---- */

int sr_retro_file_begin(struct sr_retro_file **out, int fd, const struct sr_meta *meta,
			const char *key, struct sr_err *err)
{
	struct sr_retro_file *f = calloc(1, sizeof(*f));
	int rc = -ENOMEM;

	if (!f)
		return -ENOMEM;
	f->key = key ? strdup(key) : NULL;
	if (key && !f->key)
		goto fail;
	rc = sr_reel_writer_open(&f->w, fd, NULL, err);
	if (rc == 0)
		rc = write_documents(f, meta, err);
	if (rc < 0)
		goto fail;
	*out = f;
	return 0;

fail:
	sr_retro_file_free(f);
	return rc;
}

static int write_end(struct sr_retro_file *f, const char *reason, struct sr_err *err)
{
	struct cJSON *doc = cJSON_CreateObject();
	int rc = -ENOMEM;

	if (doc && cJSON_AddStringToObject(doc, "kind", "end") &&
	    add_u64(doc, "events", f->events) &&
	    add_u64(doc, "rows", sr_reel_writer_events(f->w)) && add_u64(doc, "lost", f->lost) &&
	    add_u64(doc, "blocks", sr_reel_writer_blocks(f->w)) &&
	    cJSON_AddStringToObject(doc, "reason", reason))
		rc = write_json(f, doc, err);
	cJSON_Delete(doc);
	return rc;
}

int sr_retro_file_end(struct sr_retro_file *f, const char *reason, struct sr_err *err)
{
	struct sr_reel_writer *w = f->w;
	int rc = write_end(f, reason, err);

	if (rc < 0)
		return rc;
	f->bytes = sr_reel_writer_bytes(w);
	f->w = NULL;
	return sr_reel_writer_close(w, err);
}

void sr_retro_file_stats(const struct sr_retro_file *f, struct sr_retro_file_stats *out)
{
	*out = (struct sr_retro_file_stats){ .events = f->events,
					     .bytes =
						     f->w ? sr_reel_writer_bytes(f->w) : f->bytes };
}

void sr_retro_file_free(struct sr_retro_file *f)
{
	if (!f)
		return;
	if (f->w)
		(void)sr_reel_writer_close(f->w, NULL); /* it failed before and was told then */
	free(f->key);
	free(f);
}
