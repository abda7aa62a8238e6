/* SPDX-License-Identifier: Apache-2.0 */
/* The meta store, from documents to answers. */
#include "formats/meta.h"

#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#define ID "4c01db0b339c4c01db0b339c4c01db0b339c4c01db0b339c4c01db0b339c4c01"

static int make_meta(void **state)
{
	struct sr_meta *m;

	if (sr_meta_new(&m) < 0)
		return -1;
	*state = m;
	return 0;
}

static int drop_meta(void **state)
{
	sr_meta_free(*state);
	return 0;
}

static int add(struct sr_meta *m, const char *json)
{
	return sr_meta_add(m, json, strlen(json), NULL);
}

static const struct sr_container *get(struct sr_meta *m, const char *id)
{
	return sr_meta_container(m, id, strlen(id));
}

static void a_resolved_container_gives_all_its_members(void **state)
{
	struct sr_meta *m = *state;
	const struct sr_container *c;

	assert_int_equal(
		add(m, "{\"kind\":\"container\",\"id\":\"" ID "\",\"runtime\":\"docker\","
		       "\"state\":\"resolved\",\"name\":\"web\",\"image\":\"nginx:1\","
		       "\"image_id\":\"sha256:77\",\"command\":\"nginx -g\",\"privileged\":true,"
		       "\"created\":\"1700000000123456789\",\"labels\":{\"app\":\"shop\","
		       "\"bad\":7,\"tier\":\"front\"},\"raw\":{\"State\":{\"Pid\":12}}}"),
		0);
	c = get(m, ID);
	assert_non_null(c);
	assert_string_equal(c->id, ID);
	assert_string_equal(c->runtime, "docker");
	assert_string_equal(c->name, "web");
	assert_string_equal(c->image, "nginx:1");
	assert_string_equal(c->image_id, "sha256:77");
	assert_string_equal(c->command, "nginx -g");
	assert_int_equal(c->state, SR_CT_RESOLVED);
	assert_int_equal(c->privileged, 1);
	assert_true(c->created_ns == UINT64_C(1700000000123456789));
	assert_int_equal(c->nlabels, 2);
	assert_string_equal(c->labels[0].key, "app");
	assert_string_equal(c->labels[1].value, "front");
	assert_non_null(cJSON_GetObjectItemCaseSensitive(c->doc, "raw"));
}

static void a_container_pointer_stays_while_its_content_changes(void **state)
{
	struct sr_meta *m = *state;
	const struct sr_container *c = sr_meta_container_put(m, ID, strlen(ID), "podman");
	char id[32];

	assert_int_equal(c->state, SR_CT_UNKNOWN);
	assert_string_equal(c->runtime, "podman");
	assert_string_equal(c->name, "");
	assert_true(*c->why != '\0');
	assert_int_equal(c->privileged, -1);
	assert_null(c->doc);

	assert_int_equal(add(m, "{\"kind\":\"container\",\"id\":\"" ID "\",\"state\":\"pending\","
				"\"why\":\"asked\"}"),
			 0);
	assert_int_equal(c->state, SR_CT_PENDING);
	assert_string_equal(c->runtime, "podman");
	assert_string_equal(c->why, "asked");

	for (int i = 0; i < 1000; i++) {
		(void)snprintf(id, sizeof(id), "other-%d", i);
		assert_non_null(sr_meta_container_put(m, id, strlen(id), "lxc"));
	}
	assert_int_equal(add(m, "{\"kind\":\"container\",\"id\":\"" ID "\",\"runtime\":\"docker\","
				"\"state\":\"resolved\",\"name\":\"db\"}"),
			 0);
	assert_ptr_equal(get(m, ID), c);
	assert_string_equal(c->name, "db");
	assert_string_equal(c->runtime, "docker");
	assert_int_equal(sr_meta_containers(m), 1001);
	assert_ptr_equal(sr_meta_container_at(m, 0), c);
	assert_null(sr_meta_container_at(m, 1001));
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(id, sizeof(id), "other-%d", i);
		assert_string_equal(get(m, id)->id, id);
	}
}

static void a_negative_answer_does_not_replace_a_resolved_one(void **state)
{
	struct sr_meta *m = *state;

	assert_int_equal(add(m, "{\"kind\":\"container\",\"id\":\"a\",\"state\":\"resolved\","
				"\"name\":\"first\"}"),
			 0);
	assert_int_equal(add(m, "{\"kind\":\"container\",\"id\":\"a\",\"state\":\"unknown\","
				"\"why\":\"no such container\"}"),
			 0);
	assert_string_equal(get(m, "a")->name, "first");
	assert_int_equal(add(m, "{\"kind\":\"container\",\"id\":\"a\",\"state\":\"resolved\","
				"\"name\":\"renamed\"}"),
			 0);
	assert_string_equal(get(m, "a")->name, "renamed");
}

static void members_of_wrong_types_count_as_absent(void **state)
{
	struct sr_meta *m = *state;
	const struct sr_container *c;

	assert_int_equal(add(m, "{\"kind\":\"container\",\"id\":7}"), 0);
	assert_int_equal(add(m, "{\"kind\":\"container\"}"), 0);
	assert_int_equal(sr_meta_containers(m), 0);
	assert_int_equal(add(m, "{\"kind\":\"container\",\"id\":\"x\",\"name\":{},\"image\":3,"
				"\"state\":[],\"labels\":[\"a\"],\"privileged\":\"yes\","
				"\"created\":-5,\"command\":null,\"runtime\":true}"),
			 0);
	c = get(m, "x");
	assert_string_equal(c->name, "");
	assert_string_equal(c->image, "");
	assert_string_equal(c->command, "");
	assert_string_equal(c->runtime, "");
	assert_int_equal(c->state, SR_CT_UNKNOWN);
	assert_int_equal(c->privileged, -1);
	assert_true(c->created_ns == 0);
	assert_int_equal(c->nlabels, 0);

	assert_int_equal(add(m, "{\"kind\":\"host\",\"mono_ns\":\"12x\",\"real_ns\":{},"
				"\"tz_offset_s\":1e300}"),
			 0);
	assert_true(sr_meta_wall(m, 42) == 42);
	assert_int_equal(sr_meta_tz_offset(m), 0);
	assert_int_equal(add(m, "{\"kind\":\"users\",\"users\":[1],\"groups\":\"wheel\"}"), 0);
	assert_null(sr_meta_user(m, 1));
}

static void what_is_not_a_document_is_refused_with_words(void **state)
{
	static const char *const bad[] = {
		"",
		"{",
		"[]",
		"7",
		"\"kind\"",
		"{\"kind\":1}",
		"{}",
		"null",
		"{\"kind\":\"end\"} x",
		"{\"kind\"}",
		"{\"a\":\"container\"}",
	};
	struct sr_meta *m = *state;
	struct sr_err err;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		err.msg[0] = '\0';
		assert_int_equal(sr_meta_add(m, bad[i], strlen(bad[i]), &err), -EBADMSG);
		assert_true(err.msg[0] != '\0');
	}
	assert_int_equal(sr_meta_add(m, "{\"kind\":\"end\"}", 10, &err), -EBADMSG);
	assert_null(sr_meta_end(m));
	assert_null(sr_meta_host(m));
}

static void documents_of_an_unknown_kind_are_ignored(void **state)
{
	struct sr_meta *m = *state;

	assert_int_equal(add(m, " {\"kind\":\"weather\",\"id\":\"x\"}\n"), 0);
	assert_int_equal(sr_meta_containers(m), 0);
}

static void what_was_found_inside_stays_with_the_container(void **state)
{
	static const char inside[] =
		"{\"kind\":\"inside\",\"id\":\"x\",\"runtime\":\"docker\","
		"\"users\":{\"0\":\"toor\",\"33\":\"www\"},\"groups\":{\"7\":\"g\"},"
		"\"homes\":{\"33\":\"/srv\"},\"netns\":4026532201,\"why\":\"\"}";
	static const char named[] = "{\"kind\":\"container\",\"id\":\"x\",\"state\":\"resolved\","
				    "\"name\":\"web\"}";
	struct sr_meta *m = *state, *copy;
	const struct sr_container *c;

	assert_int_equal(add(m, inside), 0);
	c = get(m, "x");
	assert_int_equal(c->state, SR_CT_UNKNOWN);
	assert_string_equal(c->runtime, "docker");
	for (int i = 0; i < 2; i++) { /* a newer document of the runtime does not know of it */
		assert_int_equal(add(m, named), 0);
		assert_string_equal(c->name, "web");
		assert_int_equal(c->accounts, SR_ACCOUNTS_OWN);
		assert_string_equal(sr_container_account(c, SR_ACCOUNT_USER, 0), "toor");
	}
	assert_string_equal(sr_container_account(c, SR_ACCOUNT_GROUP, 7), "g");
	assert_string_equal(sr_container_account(c, SR_ACCOUNT_HOME, 33), "/srv");
	assert_null(sr_container_account(c, SR_ACCOUNT_SHELL, 33));
	assert_null(sr_container_account(c, SR_ACCOUNT_USER, 7));
	assert_null(sr_meta_user(m, 33));

	assert_int_equal(sr_meta_new(&copy), 0);
	assert_int_equal(sr_meta_take(copy, m), 0);
	assert_string_equal(sr_container_account(get(copy, "x"), SR_ACCOUNT_USER, 33), "www");
	sr_meta_free(copy);

	assert_int_equal(add(m, "{\"kind\":\"inside\",\"id\":\"x\",\"why\":\"too large\"}"), 0);
	assert_int_equal(c->accounts, SR_ACCOUNTS_UNREAD);
	assert_null(sr_container_account(c, SR_ACCOUNT_USER, 33));
	assert_int_equal(add(m, "{\"kind\":\"inside\",\"id\":\"x\",\"host_root\":true}"), 0);
	assert_int_equal(c->accounts, SR_ACCOUNTS_OF_HOST);
	assert_string_equal(c->name, "web");
	assert_int_equal(add(m, "{\"kind\":\"inside\",\"id\":7,\"users\":1}"), 0);
	assert_int_equal(sr_meta_containers(m), 1);
}

static void users_and_groups_merge(void **state)
{
	struct sr_meta *m = *state;
	char json[64], name[16];

	assert_null(sr_meta_user(m, 0));
	assert_int_equal(
		add(m, "{\"kind\":\"users\",\"users\":{\"0\":\"root\",\"33\":\"www-data\","
		       "\"-1\":\"x\",\"4294967296\":\"y\",\"4294967295\":\"nobody\",\"\":\"z\"},"
		       "\"groups\":{\"0\":\"wheel\"}}"),
		0);
	assert_int_equal(add(m, "{\"kind\":\"users\",\"users\":{\"33\":\"httpd\"}}"), 0);
	assert_string_equal(sr_meta_user(m, 0), "root");
	assert_string_equal(sr_meta_user(m, 33), "httpd");
	assert_string_equal(sr_meta_user(m, UINT32_MAX), "nobody");
	assert_null(sr_meta_user(m, 1));
	assert_string_equal(sr_meta_group(m, 0), "wheel");
	assert_null(sr_meta_group(m, 33));
	for (unsigned int i = 1000; i < 3000; i++) {
		(void)snprintf(json, sizeof(json),
			       "{\"kind\":\"users\",\"users\":{\"%u\":\"u%u\"}}", i, i);
		assert_int_equal(add(m, json), 0);
	}
	for (unsigned int i = 1000; i < 3000; i++) {
		(void)snprintf(name, sizeof(name), "u%u", i);
		assert_string_equal(sr_meta_user(m, i), name);
	}
}

static void clocks_are_turned_into_wall_time(void **state)
{
	struct sr_meta *m = *state;

	assert_true(sr_meta_wall(m, 5) == 5);
	assert_true(sr_meta_boot_to_wall(m, 5) == 5);
	/* these two differ in digits that a double does not hold */
	assert_int_equal(
		add(m, "{\"kind\":\"host\",\"mono_ns\":\"1000000000\",\"boot_ns\":\"3000000000\","
		       "\"real_ns\":\"1700000000123456789\",\"tz_offset_s\":-19800}"),
		0);
	assert_true(sr_meta_wall(m, UINT64_C(1000000001)) == UINT64_C(1700000000123456790));
	assert_true(sr_meta_wall(m, UINT64_C(999999999)) == UINT64_C(1700000000123456788));
	assert_true(sr_meta_boot_to_wall(m, UINT64_C(3000000002)) == UINT64_C(1700000000123456791));
	assert_int_equal(sr_meta_tz_offset(m), -19800);
	assert_int_equal(add(m, "{\"kind\":\"host\",\"hostname\":\"h2\"}"), 0);
	assert_true(sr_meta_wall(m, 7) == 7);
	assert_int_equal(sr_meta_tz_offset(m), 0);
	assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(sr_meta_host(m), "hostname")),
			    "h2");
}

static void the_end_document_is_kept_whole(void **state)
{
	struct sr_meta *m = *state;

	assert_int_equal(add(m, "{\"kind\":\"end\",\"events\":1}"), 0);
	assert_int_equal(add(m, "{\"kind\":\"end\",\"events\":12,\"lost\":0}"), 0);
	assert_int_equal(cJSON_GetObjectItem(sr_meta_end(m), "events")->valueint, 12);
}

static void put_container(struct sr_meta *m, unsigned int i)
{
	char json[128];

	(void)snprintf(json, sizeof(json),
		       "{\"kind\":\"container\",\"id\":\"c%04u\",\"state\":\"resolved\","
		       "\"name\":\"n%u\"}",
		       i, i);
	assert_int_equal(add(m, json), 0);
}

static void trimming_keeps_the_containers_that_were_met_last(void **state)
{
	struct sr_meta *m = *state;
	char id[16];

	for (unsigned int i = 0; i < 300; i++)
		put_container(m, i);
	assert_non_null(sr_meta_container_put(m, "c0007", 5, "docker"));
	sr_meta_trim(m, 300, 1 << 20);
	assert_int_equal(sr_meta_containers(m), 300);
	sr_meta_trim(m, 100, 1 << 20);
	assert_int_equal(sr_meta_containers(m), 100);
	assert_string_equal(sr_meta_container(m, "c0007", 5)->name, "n7");
	for (unsigned int i = 0; i < 300; i++) {
		(void)snprintf(id, sizeof(id), "c%04u", i);
		assert_int_equal(sr_meta_container(m, id, 5) != NULL, i > 200 || i == 7);
	}
	sr_meta_trim(m, 100, 700); /* documents have some 70 bytes */
	assert_in_range(sr_meta_containers(m), 9, 11);
	put_container(m, 500);
	assert_string_equal(sr_meta_container(m, "c0500", 5)->name, "n500");
	sr_meta_trim(m, 0, 0);
	assert_int_equal(sr_meta_containers(m), 0);
	assert_null(sr_meta_container(m, "c0500", 5));
}

static void all_names_make_one_document(void **state)
{
	struct sr_buf doc = { 0 };
	struct sr_meta *m = *state, *copy;

	assert_int_equal(sr_meta_users_doc(m, &doc), 0);
	assert_int_equal(doc.len, 0);
	assert_int_equal(add(m, "{\"kind\":\"users\",\"users\":{\"0\":\"root\",\"7\":\"lp\"}}"), 0);
	assert_int_equal(add(m, "{\"kind\":\"users\",\"users\":{\"9\":\"news\"},"
				"\"groups\":{\"4294967294\":\"nobody\"},\"homes\":{\"0\":\"/r\"}}"),
			 0);
	assert_int_equal(sr_meta_users_doc(m, &doc), 0);
	assert_int_equal(sr_meta_new(&copy), 0);
	assert_int_equal(sr_meta_add(copy, (const char *)doc.p, doc.len, NULL), 0);
	assert_string_equal(sr_meta_user(copy, 7), "lp");
	assert_string_equal(sr_meta_user(copy, 9), "news");
	assert_string_equal(sr_meta_group(copy, 4294967294u), "nobody");
	assert_string_equal(sr_meta_account(copy, SR_ACCOUNT_HOME, 0), "/r");
	sr_meta_free(copy);
	sr_buf_free(&doc);
}

static void every_trigger_is_kept(void **state)
{
	struct sr_meta *m = *state;

	assert_null(sr_meta_trigger_at(m, 0));
	assert_int_equal(add(m, "{\"kind\":\"trigger\",\"name\":\"oom\"}"), 0);
	assert_int_equal(add(m, "{\"kind\":\"trigger\",\"name\":\"exit\"}"), 0);
	assert_int_equal(sr_meta_triggers(m), 2);
	assert_string_equal(
		cJSON_GetStringValue(cJSON_GetObjectItem(sr_meta_trigger_at(m, 1), "name")),
		"exit");
	assert_null(sr_meta_trigger_at(m, 2));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, make_meta, drop_meta)
	static const struct CMUnitTest tests[] = {
		T(a_resolved_container_gives_all_its_members),
		T(a_container_pointer_stays_while_its_content_changes),
		T(a_negative_answer_does_not_replace_a_resolved_one),
		T(members_of_wrong_types_count_as_absent),
		T(what_is_not_a_document_is_refused_with_words),
		T(documents_of_an_unknown_kind_are_ignored),
		T(what_was_found_inside_stays_with_the_container),
		T(users_and_groups_merge),
		T(clocks_are_turned_into_wall_time),
		T(the_end_document_is_kept_whole),
		T(trimming_keeps_the_containers_that_were_met_last),
		T(all_names_make_one_document),
		T(every_trigger_is_kept),
	};

	return cmocka_run_group_tests_name("meta", tests, NULL, NULL);
}
