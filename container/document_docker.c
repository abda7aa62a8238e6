/* SPDX-License-Identifier: Apache-2.0 */
/* The Docker API's words: the inspect document, config.v2.json, and events. */
#include "container/document.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

/* ---- the inspect document, and config.v2.json ---- */

static int fill_inspect(struct sr_facts *f, const cJSON *doc, const char *id)
{
	const cJSON *config = sr_json_at(doc, "Config"), *privileged;
	const char *own_id = sr_json_text(doc, "Id"), *name = sr_json_text(doc, "Name");

	if (!*own_id)
		own_id = sr_json_text(doc, "ID"); /* on disk */
	name += *name == '/';
	if (strcmp(own_id, id) != 0 || !*name)
		return -EBADMSG;
	f->name = name;
	f->image = sr_json_text(config, "Image");
	f->image_id = sr_json_text(doc, "Image");
	f->digest = sr_digest_of(
		cJSON_GetStringValue(cJSON_GetArrayItem(sr_json_at(doc, "RepoDigests"), 0)));
	f->created = sr_json_time(doc, "Created");
	f->started = sr_json_time(sr_json_at(doc, "State"), "StartedAt");
	f->program = sr_json_text(doc, "Path");
	f->args = sr_json_at(doc, "Args");
	f->labels = sr_json_at(config, "Labels");
	f->annotations = sr_json_path(doc, "HostConfig.Annotations");
	privileged = sr_json_path(doc, "HostConfig.Privileged");
	if (cJSON_IsBool(privileged))
		f->privileged = cJSON_IsTrue(privileged);
	return 0;
}

int sr_document_inspected(struct sr_buf *out, const char *runtime, const char *id, cJSON *words)
{
	return cJSON_IsObject(words) ? sr_document_make(out, runtime, id, words, fill_inspect)
				     : -EBADMSG;
}

int sr_document_inspect(struct sr_buf *out, const char *runtime, const char *id, const char *json,
			size_t len)
{
	return sr_document_parse(out, runtime, id, json, len, fill_inspect);
}

int sr_document_pid(const char *json, size_t len)
{
	cJSON *doc = cJSON_ParseWithLength(json, len);
	const cJSON *pid = sr_json_path(doc, "State.Pid");
	double v = cJSON_IsNumber(pid) ? pid->valuedouble : 0;

	cJSON_Delete(doc);
	return v >= 1 && v <= INT_MAX ? (int)v : 0;
}

/* ---- events ---- */

static bool is_event_of(const cJSON *doc, const char *id)
{
	return strcmp(sr_json_text(sr_json_at(doc, "Actor"), "ID"), id) == 0 &&
	       strcmp(sr_json_text(doc, "Type"), "container") == 0;
}

/* Attributes of an event are the labels, and among them name and image. */
static int fill_event(struct sr_facts *f, const cJSON *doc, const char *id)
{
	const cJSON *attrs = sr_json_path(doc, "Actor.Attributes"), *time = sr_json_at(doc, "time");

	(void)id; /* is_event_of() has looked */
	f->name = sr_json_text(attrs, "name");
	f->image = sr_json_text(attrs, "image");
	if (strcmp(sr_json_text(doc, "Action"), "create") == 0 && cJSON_IsNumber(time) &&
	    time->valuedouble > 0 && time->valuedouble < 1e10)
		f->created = (uint64_t)time->valuedouble * 1000000000u;
	f->scratch = cJSON_Duplicate(attrs, 1);
	cJSON_DeleteItemFromObjectCaseSensitive(f->scratch, "name");
	cJSON_DeleteItemFromObjectCaseSensitive(f->scratch, "image");
	f->labels = f->scratch;
	return 0;
}

int sr_document_event(struct sr_buf *out, const char *runtime, const char *id, const char *json,
		      size_t len)
{
	const char *end = json + len;
	size_t start = out->len;
	int rc = -ENOENT;

	while (rc == -ENOENT && json < end) {
		const char *next = end;
		cJSON *doc = cJSON_ParseWithLengthOpts(json, (size_t)(end - json), &next, 0);

		if (!doc)
			break;
		if (is_event_of(doc, id))
			rc = sr_document_make(out, runtime, id, doc, fill_event);
		cJSON_Delete(doc);
		json = next;
	}
	if (rc < 0)
		out->len = start;
	return rc;
}
