/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as what containerd or CRI-O answers: the body of a gRPC answer, its messages by every
 * table, and the documents that are made of them. */
#include "container/grpc.h"
#include "container/messages.h"
#include "container/runtime.h"
#include "formats/meta.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#define ID "4c01db0b339c4c01db0b339c4c01db0b339c4c01db0b339c4c01db0b339c4c01"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef int (*make_fn)(struct sr_buf *out, const char *runtime, const char *id, cJSON *words);

static void check(make_fn make, cJSON *words)
{
	struct sr_buf doc = { 0 };
	struct sr_meta *m;

	if (!words || sr_meta_new(&m) < 0)
		return;
	if (make(&doc, "containerd", ID, words) < 0) {
		if (doc.len)
			abort(); /* a failure leaves nothing behind */
	} else {
		const struct sr_container *c;

		if (sr_meta_add(m, (const char *)doc.p, doc.len, NULL) < 0)
			abort();
		c = sr_meta_container(m, ID, strlen(ID));
		if (!c || c->state != SR_CT_RESOLVED || !sr_container_words(c))
			abort();
	}
	sr_meta_free(m);
	sr_buf_free(&doc);
}

static cJSON *read_as(const struct sr_proto_member *table, const uint8_t *p, size_t len)
{
	cJSON *words = NULL;

	if (sr_proto_json(&words, table, p, len) < 0 && words)
		abort();
	return words;
}

static void put_sandbox(cJSON *words, const uint8_t *p, size_t len)
{
	cJSON *sandbox = read_as(sr_cri_sandbox, p, len);

	if (!cJSON_AddItemToObject(words, "sandbox", sandbox))
		cJSON_Delete(sandbox);
}

static void try_message(const uint8_t *p, size_t len)
{
	static const struct sr_proto_member *const tables[] = {
		sr_cri_version,	    sr_cri_containers, sr_ctrd_namespaces,
		sr_ctrd_containers, sr_ctrd_task,      sr_ctrd_image,
	};
	cJSON *words = read_as(sr_cri_container, p, len), *box = cJSON_CreateObject();

	/* as container/cri.c puts them together */
	put_sandbox(words, p, len);
	check(sr_document_cri, words);
	cJSON_Delete(words);
	put_sandbox(box, p, len);
	check(sr_document_cri, box);
	cJSON_Delete(box);
	words = read_as(sr_ctrd_container, p, len);
	check(sr_document_containerd, words);
	cJSON_Delete(words);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		cJSON_Delete(read_as(tables[i], p, len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *at = data, *message;
	size_t left = size, len;

	if (size > 64 << 10)
		return 0;
	while (sr_grpc_next(&at, &left, &message, &len) == 1) {
		if (message < data || message + len > data + size)
			abort();
		try_message(message, len);
	}
	return 0;
}
