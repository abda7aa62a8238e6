/* SPDX-License-Identifier: Apache-2.0 */
/* Which containers patterns select, and when that is known. */
#include "container/selection.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define H16   "0123456789abcdef"
#define ID(c) c H16 H16 H16 "0123456789abcde"

struct fixture {
	struct sr_selection *s;
};

static int setup(void **state)
{
	static struct fixture f;

	*state = &f;
	return sr_selection_new(&f.s);
}

static int teardown(void **state)
{
	sr_selection_free(((struct fixture *)*state)->s);
	return 0;
}

static void include(void **state, const char *pattern)
{
	assert_int_equal(sr_selection_include(((struct fixture *)*state)->s, pattern, NULL), 0);
}

static void exclude(void **state, const char *pattern)
{
	assert_int_equal(sr_selection_exclude(((struct fixture *)*state)->s, pattern, NULL), 0);
}

static enum sr_verdict verdict(void **state, const char *path, bool maybe)
{
	const struct sr_str s = { path, (uint32_t)strlen(path) };

	return sr_selection_verdict(((struct fixture *)*state)->s, &s, 1, maybe);
}

static enum sr_verdict learn(void **state, const char *id, const char *name, const char *image,
			     const char *labels)
{
	char json[1024];
	int n = snprintf(json, sizeof(json),
			 "{\"kind\":\"container\",\"id\":\"%s\",\"state\":\"resolved\",\"name\":"
			 "\"%s\",\"image\":\"%s\",\"labels\":{%s}}",
			 id, name, image, labels);

	assert_true(n > 0 && n < (int)sizeof(json));
	return sr_selection_document(((struct fixture *)*state)->s, json, (size_t)n);
}

static enum sr_verdict learn_state(void **state, const char *id, const char *how)
{
	char json[512];
	int n = snprintf(json, sizeof(json),
			 "{\"kind\":\"container\",\"id\":\"%s\",\"state\":\"%s\",\"why\":\"x\"}",
			 id, how);

	return sr_selection_document(((struct fixture *)*state)->s, json, (size_t)n);
}

#define A "/docker/" ID("a")
#define B "/docker/" ID("b")

static void a_glob_waits_for_the_name(void **state)
{
	include(state, "web*");
	assert_int_equal(verdict(state, A, true), SR_VERDICT_PENDING);
	assert_int_equal(learn_state(state, ID("a"), "pending"), SR_VERDICT_PENDING);
	assert_int_equal(learn(state, ID("a"), "web-1", "", ""), SR_VERDICT_YES);
	assert_int_equal(learn(state, ID("b"), "db", "", ""), SR_VERDICT_NO);
	assert_int_equal(verdict(state, A, true), SR_VERDICT_YES);
	assert_int_equal(verdict(state, B, true), SR_VERDICT_NO);
	assert_int_equal(sr_selection_wanted(((struct fixture *)*state)->s), 1);
}

static void the_beginning_of_an_id_is_known_at_once(void **state)
{
	include(state, "a01");
	assert_int_equal(verdict(state, A, true), SR_VERDICT_YES);
	assert_int_equal(verdict(state, B, true), SR_VERDICT_PENDING); /* may be called a01 */
	assert_int_equal(learn(state, ID("b"), "a01", "", ""), SR_VERDICT_YES);
}

static void an_exact_name_is_no_glob(void **state)
{
	include(state, "web");
	assert_int_equal(learn(state, ID("a"), "web-1", "", ""), SR_VERDICT_NO);
	assert_int_equal(learn(state, ID("b"), "web", "", ""), SR_VERDICT_YES);
}

static void labels_match_by_key_or_by_value(void **state)
{
	include(state, "label:app=sh*");
	include(state, "label:debug");
	assert_int_equal(learn(state, ID("a"), "x", "", "\"app\":\"shop\""), SR_VERDICT_YES);
	assert_int_equal(learn(state, ID("b"), "x", "", "\"app\":\"x\",\"debug\":\"\""),
			 SR_VERDICT_YES);
	assert_int_equal(learn(state, ID("c"), "shop", "", "\"other\":\"shop\""), SR_VERDICT_NO);
}

static void images_match_without_registry_and_tag(void **state)
{
	static const struct {
		const char *image;
		enum sr_verdict want;
	} cases[] = {
		{ "nginx", SR_VERDICT_YES },
		{ "nginx:1.25", SR_VERDICT_YES },
		{ "docker.io/library/nginx:1.25", SR_VERDICT_YES },
		{ "reg:5000/team/nginx", SR_VERDICT_YES },
		{ "nginx@sha256:00", SR_VERDICT_YES },
		{ "nginx-unit", SR_VERDICT_NO },
		{ "nginx/tools", SR_VERDICT_NO },
		{ "", SR_VERDICT_NO },
	};
	char id[8];

	include(state, "image:nginx");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)snprintf(id, sizeof(id), "c%zu", i);
		assert_int_equal(learn(state, id, "x", cases[i].image, ""), cases[i].want);
	}
}

static void a_pattern_of_an_image_with_a_tag_needs_the_tag(void **state)
{
	include(state, "image:shop/web:2*");
	assert_int_equal(learn(state, ID("a"), "x", "shop/web:2.1", ""), SR_VERDICT_YES);
	assert_int_equal(learn(state, ID("b"), "x", "shop/web:1.0", ""), SR_VERDICT_NO);
}

static void pods_match_by_namespace_and_name(void **state)
{
	include(state, "pod:prod/web-*");
	assert_int_equal(learn(state, ID("a"), "x", "",
			       "\"io.kubernetes.pod.namespace\":\"prod\","
			       "\"io.kubernetes.pod.name\":\"web-7f\""),
			 SR_VERDICT_YES);
	assert_int_equal(learn(state, ID("b"), "x", "",
			       "\"io.kubernetes.pod.namespace\":\"test\","
			       "\"io.kubernetes.pod.name\":\"web-7f\""),
			 SR_VERDICT_NO);
}

/* containerd and CRI-O tell of the pod apart; the labels that people give are those of the pod. */
static void pods_match_by_what_the_runtime_tells_of_them(void **state)
{
	static const char pod[] = "},\"pod\":{\"namespace\":\"prod\",\"name\":\"web-7f\","
				  "\"labels\":{\"app\":\"shop\"}";

	include(state, "pod:prod/web-*");
	include(state, "label:app=sh*");
	assert_int_equal(learn(state, ID("a"), "x", "", pod), SR_VERDICT_YES);
	assert_int_equal(learn(state, ID("b"), "x", "",
			       "},\"pod\":{\"namespace\":\"test\",\"name\":\"web-7f\","
			       "\"labels\":{\"app\":\"shop\"}"),
			 SR_VERDICT_YES);
	assert_int_equal(learn(state, ID("c"), "x", "",
			       "},\"pod\":{\"namespace\":\"test\",\"name\":\"web-7f\","
			       "\"labels\":{\"app\":\"other\"}"),
			 SR_VERDICT_NO);
}

static void what_nobody_can_name_is_not_selected_and_counted(void **state)
{
	include(state, "web*");
	assert_int_equal(verdict(state, A, true), SR_VERDICT_PENDING);
	assert_int_equal(learn_state(state, ID("a"), "unknown"), SR_VERDICT_NO);
	assert_int_equal(verdict(state, A, true), SR_VERDICT_NO);
	assert_int_equal(sr_selection_unnamed(((struct fixture *)*state)->s), 1);
}

static void a_name_that_comes_after_all_is_looked_at_again(void **state)
{
	struct sr_selection *s = ((struct fixture *)*state)->s;

	include(state, "web*");
	exclude(state, "*-secret");
	for (int i = 0; i < 2; i++) /* told twice */
		assert_int_equal(learn_state(state, ID("a"), "unknown"), SR_VERDICT_NO);
	(void)learn_state(state, ID("b"), "unknown");
	assert_int_equal(sr_selection_unnamed(s), 2);
	assert_true(sr_selection_late(s) == 0);
	assert_int_equal(learn(state, ID("a"), "web-1", "", ""), SR_VERDICT_YES);
	assert_true(sr_selection_late(s) == 1);
	assert_int_equal(sr_selection_unnamed(s), 1);
	assert_int_equal(verdict(state, A, true), SR_VERDICT_YES);
	assert_int_equal(learn(state, ID("b"), "web-secret", "", ""), SR_VERDICT_NO);
	assert_int_equal(sr_selection_unnamed(s), 0);
	assert_true(sr_selection_late(s) == 1);
	/* what was decided with a name stays */
	assert_int_equal(learn(state, ID("a"), "db", "", ""), SR_VERDICT_YES);
	assert_int_equal(learn_state(state, ID("a"), "unknown"), SR_VERDICT_YES);
}

static void outside_of_containers_nothing_is_selected(void **state)
{
	include(state, "*");
	assert_int_equal(verdict(state, "/system.slice/ssh.service", true), SR_VERDICT_NO);
	assert_int_equal(verdict(state, "/system.slice/ssh.service", false), SR_VERDICT_YES);
	assert_int_equal(verdict(state, "", true), SR_VERDICT_NO);
}

static void a_container_in_a_selected_one_is_selected(void **state)
{
	include(state, "outer");
	assert_int_equal(learn(state, ID("a"), "outer", "", ""), SR_VERDICT_YES);
	assert_int_equal(verdict(state, A "/docker/" ID("b"), true), SR_VERDICT_YES);
	/* so that what is known of it is written as well */
	assert_int_equal(learn(state, ID("b"), "inner", "", ""), SR_VERDICT_YES);
}

static void what_is_recorded_anyway_needs_no_pattern(void **state)
{
	include(state, "web*");
	assert_int_equal(verdict(state, A, false), SR_VERDICT_YES);
	assert_int_equal(learn(state, ID("a"), "db", "", ""), SR_VERDICT_YES);
}

static void excluded_containers_are_refused_once_they_are_named(void **state)
{
	exclude(state, "secret*");
	assert_int_equal(verdict(state, A, false), SR_VERDICT_PENDING);
	assert_int_equal(learn(state, ID("a"), "secret-1", "", ""), SR_VERDICT_NO);
	assert_int_equal(learn(state, ID("b"), "open", "", ""), SR_VERDICT_YES);
	assert_int_equal(verdict(state, A, false), SR_VERDICT_NO);
	assert_int_equal(verdict(state, B, false), SR_VERDICT_YES);
	assert_int_equal(verdict(state, "/user.slice", false), SR_VERDICT_YES);
	assert_int_equal(learn_state(state, ID("c"), "unknown"), SR_VERDICT_YES);
}

static void exclusion_is_stronger(void **state)
{
	include(state, "web*");
	exclude(state, "label:private");
	assert_int_equal(learn(state, ID("a"), "web", "", "\"private\":\"\""), SR_VERDICT_NO);
	assert_int_equal(learn(state, ID("b"), "web", "", ""), SR_VERDICT_YES);
}

static void patterns_that_can_match_nothing_are_refused(void **state)
{
	static const char *const bad[] = { "label:", "image:", "pod:", "nmae:x", "a:b", "" };
	struct sr_err err;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(sr_selection_include(((struct fixture *)*state)->s, bad[i], &err),
				 -EINVAL);
	assert_false(sr_selection_includes(((struct fixture *)*state)->s));
}

static void junk_for_documents_changes_nothing(void **state)
{
	static const char *const junk[] = { "", "{", "[]", "{\"kind\":\"users\"}",
					    "{\"id\":7,\"state\":[]}" };

	include(state, "web*");
	for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); i++)
		assert_int_equal(sr_selection_document(((struct fixture *)*state)->s, junk[i],
						       strlen(junk[i])),
				 SR_VERDICT_YES);
	assert_int_equal(sr_selection_wanted(((struct fixture *)*state)->s), 0);
}

static void many_containers_keep_their_verdicts(void **state)
{
	char id[32];

	include(state, "even");
	for (int i = 0; i < 5000; i++) {
		(void)snprintf(id, sizeof(id), "id-%d", i);
		(void)learn(state, id, i % 2 ? "odd" : "even", "", "");
	}
	assert_int_equal(sr_selection_wanted(((struct fixture *)*state)->s), 2500);
}

static void of_a_flood_of_containers_those_heard_of_stay(void **state)
{
	struct sr_selection *s = ((struct fixture *)*state)->s;
	char id[32];

	include(state, "web*");
	assert_int_equal(sr_selection_accept(s, "accepted"), 0);
	(void)learn(state, "id-web", "web-1", "", "");
	for (int i = 0; i < 300000; i++) {
		(void)snprintf(id, sizeof(id), "id-%d", i);
		(void)learn(state, id, i % 1000 ? "other" : "web", "", "");
		if (i % 10000 == 0)
			assert_int_equal(learn(state, "id-web", "web-1", "", ""), SR_VERDICT_YES);
	}
	/* the accepted one, web-1, and one of a thousand of those that are remembered */
	assert_in_range(sr_selection_wanted(s), 2 + 16, 2 + 66);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_glob_waits_for_the_name),
		TEST(the_beginning_of_an_id_is_known_at_once),
		TEST(an_exact_name_is_no_glob),
		TEST(labels_match_by_key_or_by_value),
		TEST(images_match_without_registry_and_tag),
		TEST(a_pattern_of_an_image_with_a_tag_needs_the_tag),
		TEST(pods_match_by_namespace_and_name),
		TEST(pods_match_by_what_the_runtime_tells_of_them),
		TEST(what_nobody_can_name_is_not_selected_and_counted),
		TEST(a_name_that_comes_after_all_is_looked_at_again),
		TEST(outside_of_containers_nothing_is_selected),
		TEST(a_container_in_a_selected_one_is_selected),
		TEST(what_is_recorded_anyway_needs_no_pattern),
		TEST(excluded_containers_are_refused_once_they_are_named),
		TEST(exclusion_is_stronger),
		TEST(patterns_that_can_match_nothing_are_refused),
		TEST(junk_for_documents_changes_nothing),
		TEST(many_containers_keep_their_verdicts),
		TEST(of_a_flood_of_containers_those_heard_of_stay),
	};

	return cmocka_run_group_tests_name("selection", tests, NULL, NULL);
}
