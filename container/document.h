/* SPDX-License-Identifier: Apache-2.0 */
/* What the makers of container documents share; internal to container/document*.c. Each reads the
 * words of one runtime, and fills in what they tell. */
#ifndef SR_DOCUMENT_H
#define SR_DOCUMENT_H

#include "container/runtime.h"
#include "formats/base/json.h"

/* What a runtime tells of a container. Texts are borrowed from its words, NULL or "" if unknown. */
struct sr_facts {
	const char *name, *image, *image_id, *digest;
	uint64_t created, started; /* ns since 1970; 0 not known */
	const char *program;	   /* first word of the command */
	const cJSON *args;	   /* the other words, or all */
	const cJSON *labels, *annotations;
	const char *description; /* of a service */
	int privileged;		 /* 1, 0; -1 not told */
	/* Owned; the document gets them. */
	cJSON *pod;	/* "name", "namespace", "uid", "sandbox", "ip", "labels", "annotations" */
	cJSON *inspect; /* the rest in the form of Docker's inspect document, if the words have
			 * another form */
	cJSON *scratch; /* what the others may point into */
};

/* Return: 0; -EBADMSG these are not words about container @id; -ENOMEM. */
typedef int (*sr_fill_fn)(struct sr_facts *f, const cJSON *words, const char *id);

/** sr_document_make() - append the document that @fill makes of @words, from which the values of
 *  environment variables are taken out first. On failure nothing is appended. */
int sr_document_make(struct sr_buf *out, const char *runtime, const char *id, cJSON *words,
		     sr_fill_fn fill);

/** sr_document_parse() - the same of a JSON text. */
int sr_document_parse(struct sr_buf *out, const char *runtime, const char *id, const char *json,
		      size_t len, sr_fill_fn fill);

/** sr_json_time() - "2026-11-21T11:16:17.5Z" as ns since 1970; 0 if it is no such time. */
uint64_t sr_json_time(const cJSON *o, const char *key);

/** sr_digest_of() - "sha256:..." of "registry/name@sha256:...", or "". */
const char *sr_digest_of(const char *ref);

/** sr_json_put() - add a text, if it is one that says something; a copy of @item, if there is one.
 *  Without memory the member is left out. */
void sr_json_put(cJSON *o, const char *key, const char *text);
void sr_json_put_copy(cJSON *o, const char *key, const cJSON *item);
/** sr_json_put_object() - add an empty object, and give it. */
cJSON *sr_json_put_object(cJSON *o, const char *key);

/** sr_oci_inspect() - user and namespaces of an OCI runtime specification in Docker's form, added
 *  to @inspect; sr_oci_mounts() - its mounts. */
void sr_oci_inspect(cJSON *inspect, const cJSON *spec);
void sr_oci_mounts(cJSON *inspect, const cJSON *spec);

/** sr_oci_pod() - "pod" as the annotations have it that containerd and CRI-O make; NULL if there
 * are none. The caller deletes it. */
cJSON *sr_oci_pod(const cJSON *spec);

/** sr_oci_privileged() - is nothing kept from the container? 1, 0, -1 the specification is none. */
int sr_oci_privileged(const cJSON *spec);

#endif /* SR_DOCUMENT_H */
