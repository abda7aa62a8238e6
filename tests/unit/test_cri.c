/* SPDX-License-Identifier: Apache-2.0 */
/* What containerd and CRI-O answer over gRPC: frames, protobuf messages, and the documents made of
 * them. The answers are those of a real containerd (the fuzzer's corpus); tests/docker/ asks real
 * ones, and a fake CRI-O. */
#include "container/document.h"
#include "container/grpc.h"
#include "container/messages.h"
#include "formats/meta.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define ANSWERS "tests/fuzz/corpus/grpc/"
#define ID	"4c01db0b339c4c01db0b339c4c01db0b339c4c01db0b339c4c01db0b339c4c01"

static cJSON *read_bytes(const struct sr_proto_member *table, const void *p, size_t len, int want)
{
	cJSON *words = NULL;

	assert_int_equal(sr_proto_json(&words, table, p, len), want);
	return words;
}

/* The message of an answer in the corpus. */
static cJSON *read_answer(const struct sr_proto_member *table, const char *name)
{
	char path[256], data[16384];
	const uint8_t *at = (uint8_t *)data, *message;
	size_t len, n;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s%s", ANSWERS, name);
	f = fopen(path, "rbe");
	assert_non_null(f);
	len = fread(data, 1, sizeof(data), f);
	(void)fclose(f);
	assert_int_equal(sr_grpc_next(&at, &len, &message, &n), 1);
	assert_int_equal(len, 0);
	return read_bytes(table, message, n, 0);
}

typedef int (*make_fn)(struct sr_buf *out, const char *runtime, const char *id, cJSON *words);

/* Deletes @words. */
static struct sr_meta *learn(make_fn make, cJSON *words, const char *id)
{
	struct sr_buf doc = { 0 };
	struct sr_meta *m;

	assert_int_equal(make(&doc, "containerd", id, words), 0);
	assert_int_equal(sr_meta_new(&m), 0);
	assert_int_equal(sr_meta_add(m, (char *)doc.p, doc.len, NULL), 0);
	assert_null(memmem(doc.p, doc.len, "hunter2", 7));
	sr_buf_free(&doc);
	cJSON_Delete(words);
	return m;
}

static const char *text(const cJSON *o, const char *path)
{
	const char *s = cJSON_GetStringValue(sr_json_path(o, path));

	return s ? s : "";
}

static double number(const cJSON *o, const char *path)
{
	return cJSON_GetNumberValue(sr_json_path(o, path));
}

static void a_container_of_a_pod_has_all_that_its_runtime_tells(void **state)
{
	cJSON *words = read_answer(sr_cri_container, "container");
	const struct sr_container *c;
	const cJSON *w, *m, *port;
	struct sr_meta *meta;

	(void)state;
	cJSON_AddItemToObject(words, "sandbox", read_answer(sr_cri_sandbox, "sandbox"));
	meta = learn(sr_document_cri, words, ID);
	c = sr_meta_container(meta, ID, 64);
	assert_int_equal(c->state, SR_CT_RESOLVED);
	assert_string_equal(c->name, "nginx");
	assert_string_equal(c->image, "docker.io/shop/web:1.2");
	assert_string_equal(c->command, "/bin/sleep 1000");
	assert_int_equal(c->privileged, 0);
	assert_true(c->created_ns > UINT64_C(1700000000000000000));
	assert_string_equal(text(c->doc, "labels.tier"), "front");
	assert_string_equal(text(c->doc, "annotations.remark"), "x");
	assert_string_equal(text(c->doc, "pod.name"), "web-7d4");
	assert_string_equal(text(c->doc, "pod.namespace"), "shop");
	assert_string_equal(text(c->doc, "pod.uid"), "0c9d7e41-2b3a-4f58-8e6d-a1b2c3d4e5f6");
	assert_string_equal(text(c->doc, "pod.labels.app"), "shop");
	assert_string_equal(text(c->doc, "pod.annotations.note"), "text");
	assert_string_equal(text(c->doc, "pod.ip"), "10.231.77.2");

	w = sr_container_words(c);
	assert_string_equal(text(w, "State.Status"), "running");
	assert_true(number(w, "State.Pid") > 1);
	assert_true(number(w, "RestartCount") == 3);
	assert_string_equal(text(w, "Config.User"), "33:33");
	assert_string_equal(text(w, "HostConfig.NetworkMode"), "private");
	m = sr_json_at(w, "Mounts")->child;
	assert_string_equal(text(m, "Source"), "/srv");
	assert_string_equal(text(m, "Destination"), "/data");
	assert_false(cJSON_IsTrue(sr_json_at(m, "RW")));
	port = sr_json_path(w, "NetworkSettings.Ports")->child;
	assert_string_equal(port->string, "80/tcp");
	assert_string_equal(text(port->child, "HostPort"), "8080");
	assert_string_equal(text(sr_json_path(c->doc, "raw.info.info.config.envs")->child, "value"),
			    "<redacted>");
	sr_meta_free(meta);
}

static void the_sandbox_of_a_pod_is_a_container_with_the_pod_s_name(void **state)
{
	cJSON *words = cJSON_CreateObject();
	const struct sr_container *c;
	struct sr_meta *meta;

	(void)state;
	cJSON_AddItemToObject(words, "sandbox", read_answer(sr_cri_sandbox, "sandbox"));
	meta = learn(sr_document_cri, words, ID);
	c = sr_meta_container(meta, ID, 64);
	assert_string_equal(c->name, "web-7d4");
	assert_string_equal(c->image, "docker.io/sr/pause:1");
	assert_string_equal(text(c->doc, "pod.name"), "web-7d4");
	assert_string_equal(text(sr_container_words(c), "State.Status"), "running");
	sr_meta_free(meta);
}

static void without_the_verbose_part_there_are_still_names(void **state)
{
	struct sr_meta *meta =
		learn(sr_document_cri, read_answer(sr_cri_container, "container-short"), ID);
	const struct sr_container *c = sr_meta_container(meta, ID, 64);

	(void)state;
	assert_string_equal(c->name, "nginx");
	assert_int_equal(c->privileged, -1);
	assert_null(sr_json_at(c->doc, "pod"));
	sr_meta_free(meta);
}

static void containerd_tells_of_its_own_containers(void **state)
{
	cJSON *words = read_answer(sr_ctrd_container, "own"), *part;
	const struct sr_container *c;
	struct sr_meta *meta;

	(void)state;
	part = read_answer(sr_ctrd_task, "task");
	cJSON_AddItemToObject(words, "Task", cJSON_DetachItemFromObject(part, "Task"));
	cJSON_Delete(part);
	part = read_answer(sr_ctrd_image, "image");
	cJSON_AddItemToObject(words, "Image", cJSON_DetachItemFromObject(part, "Image"));
	cJSON_Delete(part);
	meta = learn(sr_document_containerd, words, ID);
	c = sr_meta_container(meta, ID, 64);
	assert_string_equal(c->image, "docker.io/shop/web:1.2");
	assert_string_equal(c->command, "/bin/sleep 1000");
	assert_int_equal(strncmp(c->digest, "sha256:", 7), 0);
	assert_string_equal(text(sr_container_words(c), "State.Status"), "running");
	assert_string_equal(text(sr_container_words(c), "Config.User"), "33:33");
	sr_meta_free(meta);
}

/* The beginning of an id finds a container, too: it must not be taken for the one asked about. */
static void an_answer_about_another_container_names_nothing(void **state)
{
	static const char other[] = "5" ID;
	cJSON *words = read_answer(sr_cri_container, "container");
	struct sr_buf doc = { 0 };

	(void)state;
	assert_int_equal(sr_document_cri(&doc, "cri-o", other, words), -EBADMSG);
	cJSON_Delete(words);
	words = read_answer(sr_ctrd_container, "own");
	assert_int_equal(sr_document_containerd(&doc, "containerd", other, words), -EBADMSG);
	cJSON_Delete(words);
	assert_int_equal(doc.len, 0);
	sr_buf_free(&doc);
}

static void what_kubectl_notes_of_a_pod_is_redacted(void **state)
{
	cJSON *words =
		cJSON_Parse("{\"status\":{\"id\":\"x\"},\"sandbox\":{\"status\":{"
			    "\"annotations\":{\"kubectl.kubernetes.io/"
			    "last-applied-configuration\":\"{env: hunter2}\",\"a\":\"b\"}}}}");
	struct sr_meta *meta = learn(sr_document_cri, words, "x");
	const struct sr_container *c = sr_meta_container(meta, "x", 1);

	(void)state;
	assert_string_equal(text(c->doc, "pod.annotations.a"), "b");
	sr_meta_free(meta);
}

/* ---- bytes ---- */

static void messages_that_are_none_are_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} bad[] = {
		{ "\x0a", 1 },						/* no length */
		{ "\x0a\x05web", 5 },					/* cut */
		{ "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11 }, /* a length of 2^64 - 1 */
		{ "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 11 }, /* eleven bytes of number */
		{ "\x02\x00", 2 },					/* field 0 */
		{ "\x0b\x0c", 2 },					/* a group */
		{ "\x0d\x01\x02", 3 },					/* half of 32 bits */
		{ "\x12\x02\x08", 3 },					/* cut inside of metadata */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		(void)read_bytes(sr_cri_containers, bad[i].bytes, bad[i].len, -EBADMSG);
}

static void members_that_are_not_known_or_of_another_type_are_passed_over(void **state)
{
	static const char bytes[] = "\x10\x07"	    /* 2: a number, wants text */
				    "\x1a\x02v1"    /* 3 */
				    "\xfa\x07\x01x" /* 127 */
				    "\x09\x01\x02\x03\x04\x05\x06\x07\x08" /* 1 as 64 bits */
				    "\x1a\x02v2";			   /* 3 again: counts */
	cJSON *words = read_bytes(sr_cri_version, bytes, sizeof(bytes) - 1, 0);

	(void)state;
	assert_int_equal(cJSON_GetArraySize(words), 1);
	assert_string_equal(text(words, "runtimeVersion"), "v2");
	cJSON_Delete(words);
}

static void an_answer_of_very_many_members_is_refused(void **state)
{
	size_t n = 2 * 65537;
	char *bytes = malloc(n);

	(void)state;
	assert_non_null(bytes);
	for (size_t i = 0; i < n; i += 2)
		memcpy(bytes + i, "\x0a\x00", 2); /* an empty container */
	(void)read_bytes(sr_cri_containers, bytes, n, -EBADMSG);
	cJSON_Delete(read_bytes(sr_cri_containers, bytes, n - 2, 0));
	free(bytes);
}

static void times_and_numbers_come_out_as_they_went_in(void **state)
{
	struct sr_buf status = { 0 }, all = { 0 };
	cJSON *words;

	(void)state;
	sr_proto_put_int(&status, 4, UINT64_C(1795259777500000000));
	sr_proto_put_int(&status, 5, UINT64_MAX); /* before 1970: no time that we show */
	sr_proto_put_int(&status, 7, 137);
	sr_proto_put_int(&status, 3, 77); /* a state of the future */
	sr_proto_put_message(&all, 1, &status);
	words = read_bytes(sr_cri_container, all.p, all.len, 0);
	assert_string_equal(text(words, "status.createdAt"), "2026-11-21T11:16:17.500000000Z");
	assert_string_equal(text(words, "status.startedAt"), "");
	assert_true(number(words, "status.exitCode") == 137);
	assert_true(number(words, "status.state") == 77);
	cJSON_Delete(words);
	sr_buf_free(&status);
	sr_buf_free(&all);
}

static void frames_that_are_cut_compressed_or_huge_give_nothing(void **state)
{
	static const uint8_t cut[] = { 0, 0, 0, 0, 3, 'a', 'b' };
	static const uint8_t packed[] = { 1, 0, 0, 0, 1, 'a' };
	static const uint8_t huge[] = { 0, 0xff, 0xff, 0xff, 0xff, 'a' };
	static const uint8_t two[] = { 0, 0, 0, 0, 1, 'a', 0, 0, 0, 0, 0 };
	const uint8_t *p, *message;
	size_t len, n;

	(void)state;
	for (len = 0; len <= sizeof(cut); len++) {
		size_t left = len;

		p = cut;
		assert_int_equal(sr_grpc_next(&p, &left, &message, &n), 0);
	}
	p = packed, len = sizeof(packed);
	assert_int_equal(sr_grpc_next(&p, &len, &message, &n), -EBADMSG);
	p = huge, len = sizeof(huge);
	assert_int_equal(sr_grpc_next(&p, &len, &message, &n), -EBADMSG);
	p = two, len = sizeof(two);
	assert_int_equal(sr_grpc_next(&p, &len, &message, &n), 1);
	assert_int_equal(n, 1);
	assert_int_equal(sr_grpc_next(&p, &len, &message, &n), 1);
	assert_int_equal(n, 0);
	assert_int_equal(len, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_container_of_a_pod_has_all_that_its_runtime_tells),
		cmocka_unit_test(the_sandbox_of_a_pod_is_a_container_with_the_pod_s_name),
		cmocka_unit_test(without_the_verbose_part_there_are_still_names),
		cmocka_unit_test(containerd_tells_of_its_own_containers),
		cmocka_unit_test(an_answer_about_another_container_names_nothing),
		cmocka_unit_test(what_kubectl_notes_of_a_pod_is_redacted),
		cmocka_unit_test(messages_that_are_none_are_refused),
		cmocka_unit_test(members_that_are_not_known_or_of_another_type_are_passed_over),
		cmocka_unit_test(an_answer_of_very_many_members_is_refused),
		cmocka_unit_test(times_and_numbers_come_out_as_they_went_in),
		cmocka_unit_test(frames_that_are_cut_compressed_or_huge_give_nothing),
	};

	return cmocka_run_group_tests_name("cri", tests, NULL, NULL);
}
