/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as what a runtime answers: inspect document, events, OCI bundle. What we
 * make of an answer must be a document that the meta store takes. */
#include "container/runtime.h"
#include "formats/meta.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#define ID "4c01db0b339c4c01db0b339c4c01db0b339c4c01db0b339c4c01db0b339c4c01"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef int (*make_fn)(struct sr_buf *out, const char *runtime, const char *id, const char *json,
		       size_t len);

/* The bytes as all that files may tell; and as an OCI bundle's config.json. */
static int make_files(struct sr_buf *out, const char *runtime, const char *id, const char *json,
		      size_t len)
{
	cJSON *words = cJSON_ParseWithLength(json, len), *outer = cJSON_CreateObject();
	int rc = sr_document_files(out, runtime, id, words);

	if (rc < 0) {
		cJSON_AddItemToObject(outer, "config", words);
		rc = sr_document_files(out, runtime, id, outer);
	} else {
		cJSON_Delete(words);
	}
	cJSON_Delete(outer);
	return rc;
}

static void check(make_fn make, const char *json, size_t len)
{
	const struct sr_container *c;
	struct sr_buf doc = { 0 };
	struct sr_meta *m;

	if (sr_meta_new(&m) < 0)
		return;
	if (make(&doc, "docker", ID, json, len) < 0) {
		if (doc.len)
			abort(); /* a failure leaves nothing behind */
	} else {
		if (sr_meta_add(m, (const char *)doc.p, doc.len, NULL) < 0)
			abort();
		c = sr_meta_container(m, ID, strlen(ID));
		if (!c || c->state != SR_CT_RESOLVED)
			abort();
	}
	sr_meta_free(m);
	sr_buf_free(&doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *json = (const char *)data;

	if (size > 64 << 10)
		return 0;
	check(sr_document_inspect, json, size);
	check(sr_document_event, json, size);
	check(make_files, json, size);
	if (sr_document_pid(json, size) < 0)
		abort();
	return 0;
}
