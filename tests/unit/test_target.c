/* SPDX-License-Identifier: Apache-2.0 */
/* From a container's name to its cgroups: a runtime of our own, and /proc and
 * cgroup trees made of plain folders. */
#include "container/resolver.h"
#include "tests/unit/fake_runtime.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define H16   "0123456789abcdef"
#define ID(c) c H16 H16 H16 "0123456789abcde"

static const char list_json[] = "[{\"Id\":\"" ID(
	"a") "\",\"Names\":[\"/other/alias\",\"/web\"],\"State\":\"running\"},"
	     "{\"Id\":\"" ID("b") "\",\"Names\":[\"/web-db\"],\"State\":\"running\"},"
				  "{\"Id\":\"c00" H16 H16 H16
				  "0123456789abc\",\"Names\":[\"/cache\"],\"State\":\"running\"},"
				  "{\"Id\":\"c01" H16 H16 H16
				  "0123456789abc\",\"Names\":[\"/queue\"],\"State\":\"exited\","
				  "\"Status\":\"Exited (1) 2 hours ago\"},{\"Id\":7},null]";

static struct fake_route routes[] = {
	{ "/containers/json?all=1", 200, list_json, 0, 0 },
	{ "/containers/" ID("a") "/json", 200, "{\"State\":{\"Pid\":77}}", 0, 0 },
	{ "/containers/" ID("b") "/json", 200, "{\"State\":{\"Pid\":78}}", 0, 0 },
	{ "/containers/c01" H16 H16 H16 "0123456789abc/json", 200, "{\"State\":{\"Pid\":0}}", 0,
	  0 },
	{ 0 },
};

struct fixture {
	struct fake_runtime fake;
	struct sr_resolver_opts opts;
	struct sr_target target;
	struct sr_err err;
	char proc[80];
};

/* A hybrid machine: two v1 hierarchies and v2, with container a in all, below a folder of its
 * own in v1; its process sits deeper, and devices is a hierarchy that the runtime does not use. */
static bool make_tree(const struct fake_runtime *f)
{
	char text[1024];

	(void)snprintf(
		text, sizeof(text),
		"22 1 0:5 / /proc rw - proc proc rw\n"
		"30 23 0:28 / %s/cg rw,relatime - tmpfs tmpfs rw,mode=755\n"
		"32 31 0:29 / %s/cg/cpu\\040x rw shared:4 master:1 - cgroup cgroup rw,cpu,cpuacct\n"
		"33 31 0:30 / %s/cg/devices rw - cgroup cgroup rw,devices\n"
		"34 31 0:31 / %s/cg/unified rw - cgroup2 cgroup2 rw\n"
		"bad line\n",
		f->dir, f->dir, f->dir, f->dir);
	return fake_file(f, "proc/self/mountinfo", text) &&
	       fake_file(f, "proc/self/cgroup",
			 "3:devices:/\n2:cpu,cpuacct:/\n0::/me\nbad\n9:x\n") &&
	       fake_file(
		       f, "proc/77/cgroup",
		       "3:devices:/\n2:cpu,cpuacct:/docker/" ID("a") "/init\n"
								     "0::/docker/" ID("a") "\n") &&
	       fake_file(f, "proc/78/cgroup", "0::/../" ID("b") "\n") &&
	       fake_file(f, "cg/cpu x/docker/" ID("a") "/init/", "") &&
	       fake_file(f, "cg/devices/docker/", "") &&
	       fake_file(f, "cg/unified/docker/" ID("a") "/init/", "") &&
	       fake_file(f, "cg/unified/docker/d" H16 H16 H16 "0123456789abcde/", "") &&
	       fake_file(f, "cg/unified/docker/dd" H16 H16 H16 "0123456789abcd/", "") &&
	       fake_file(f, "cg/unified/lxc/box/init.scope/", "") &&
	       fake_file(f, "cg/unified/lxc/box2/", "") &&
	       fake_file(f, "cg/unified/machine.slice/machine-my\\x2dbox.scope/payload/", "");
}

static int set_up(void **state)
{
	struct fixture *t = calloc(1, sizeof(*t));

	if (!t || !fake_folder(&t->fake) || !make_tree(&t->fake) || !fake_start(&t->fake, routes))
		return -1;
	(void)snprintf(t->proc, sizeof(t->proc), "%s/proc", t->fake.dir);
	t->opts = (struct sr_resolver_opts){ .docker_socket = t->fake.socket,
					     .podman_socket = "/nowhere/podman.sock",
					     .proc_root = t->proc };
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *t = *state;

	fake_stop(&t->fake);
	fake_remove(&t->fake);
	free(t);
	return 0;
}

static int find(struct fixture *t, const char *what)
{
	t->err.msg[0] = '\0';
	return sr_target_find(what, &t->opts, &t->target, &t->err);
}

static uint64_t inode(const struct fixture *t, const char *name)
{
	char path[512];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/%s", t->fake.dir, name);
	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

static void assert_is_a(const struct fixture *t)
{
	assert_string_equal(t->target.container_id, ID("a"));
	assert_string_equal(t->target.name, "web");
	assert_int_equal(t->target.ncg, 2);
	assert_int_equal(t->target.cg[0].hierarchy, 2);
	assert_string_equal(t->target.cg[0].path, "/docker/" ID("a")); /* not /init below it */
	assert_true(t->target.cg[0].id == inode(t, "cg/cpu x/docker/" ID("a")));
	assert_int_equal(t->target.cg[1].hierarchy, 0);
	assert_true(t->target.cg[1].id == inode(t, "cg/unified/docker/" ID("a")));
}

static void a_name_gives_the_cgroups_of_every_hierarchy_that_has_the_container(void **state)
{
	struct fixture *t = *state;

	assert_int_equal(find(t, "web"), 0);
	assert_is_a(t);
}

static void a_prefix_of_an_id_is_enough(void **state)
{
	struct fixture *t = *state;

	assert_int_equal(find(t, "a01"), 0);
	assert_is_a(t);
	assert_int_equal(find(t, ID("a")), 0);
	assert_is_a(t);
}

static void a_prefix_of_several_ids_is_refused(void **state)
{
	struct fixture *t = *state;

	assert_int_equal(find(t, "c0"), -ENOENT);  /* two digits are not taken for an id */
	assert_int_equal(find(t, "c01"), -ENOENT); /* one id, but it does not run */
	assert_int_equal(find(t, "c00"), -ENOENT);
	assert_int_equal(find(t, "d"), -ENOENT);
	assert_int_equal(find(t, "dd0"), 0); /* only in the cgroup tree */
	assert_int_equal(t->target.ncg, 1);
}

static void two_containers_of_one_prefix_in_the_list_are_not_unique(void **state)
{
	static const char two[] = "[{\"Id\":\"abcd1\",\"Names\":[\"/x\"]},"
				  "{\"Id\":\"abcd2\",\"Names\":[\"/y\"]}]";
	struct fake_route *r = &routes[0];
	struct fixture *t = *state;

	r->body = two;
	assert_int_equal(find(t, "abcd"), -ENOTUNIQ);
	assert_non_null(strstr(t->err.msg, "2 containers"));
	r->body = list_json;
}

static void an_unknown_name_names_near_ones(void **state)
{
	struct fixture *t = *state;

	assert_int_equal(find(t, "wbe"), -ENOENT);
	assert_non_null(strstr(t->err.msg, "did you mean web?"));
	assert_int_equal(find(t, "cahce"), -ENOENT);
	assert_non_null(strstr(t->err.msg, "did you mean cache?"));
	assert_int_equal(find(t, "db"), -ENOENT);
	assert_non_null(strstr(t->err.msg, "did you mean web-db?"));
	assert_int_equal(find(t, "zzzzzz"), -ENOENT);
	assert_non_null(strstr(t->err.msg, "running are: web, web-db, cache"));
}

static void a_stopped_container_is_told_from_an_unknown_one(void **state)
{
	struct fixture *t = *state;

	assert_int_equal(find(t, "queue"), -ENOENT);
	assert_non_null(strstr(t->err.msg, "does not run (Exited (1) 2 hours ago)"));
}

static void a_container_outside_our_view_is_not_taken_for_another_folder(void **state)
{
	struct fixture *t = *state;

	assert_int_equal(find(t, "web-db"), -ENOENT);
	assert_non_null(strstr(t->err.msg, "cgroup"));
	assert_int_equal(t->target.ncg, 0);
}

static void names_in_the_cgroup_tree_are_found_without_a_runtime(void **state)
{
	struct fixture *t = *state;

	t->opts.docker_socket = "/nowhere/docker.sock";
	assert_int_equal(find(t, "box"), 0);
	assert_int_equal(t->target.ncg, 1);
	assert_string_equal(t->target.cg[0].path, "/lxc/box");
	assert_int_equal(find(t, "my-box"), 0);
	assert_true(t->target.cg[0].id ==
		    inode(t, "cg/unified/machine.slice/machine-my\\x2dbox.scope"));
	assert_int_equal(find(t, "a01"), 0);
	assert_int_equal(t->target.ncg, 2);
}

static void when_no_runtime_answers_the_sockets_are_named(void **state)
{
	struct fixture *t = *state;

	t->opts.docker_socket = "/nowhere/docker.sock";
	assert_int_equal(find(t, "web"), -ECONNREFUSED);
	assert_non_null(strstr(t->err.msg, "/nowhere/docker.sock: No such file"));
	assert_non_null(strstr(t->err.msg, "/nowhere/podman.sock"));
}

static void a_cgroup_that_does_not_exist_is_refused_with_words(void **state)
{
	static const char *const paths[] = { "/no/such/cgroup", "/sys/fs/cgroup/no/such", "docker",
					     "", "/../.." };
	struct fixture *t = *state;

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		t->err.msg[0] = '\0';
		assert_int_equal(sr_target_cgroup_path(paths[i], &t->target, &t->err), -ENOENT);
		assert_true(t->err.msg[0] != '\0');
	}
}

/* The machine's own hierarchies: the root has an id in each of them. */
static void the_root_is_found_by_either_form_of_path(void **state)
{
	struct fixture *t = *state;
	struct stat st;

	if (sr_target_cgroup_path("/", &t->target, &t->err) < 0 || stat("/sys/fs/cgroup", &st) < 0)
		skip(); /* no cgroups in this sandbox */
	assert_true(t->target.ncg >= 1);
	for (size_t i = 0; i < t->target.ncg; i++)
		assert_string_equal(t->target.cg[i].path, "/");
	if (stat("/sys/fs/cgroup/cgroup.controllers", &st) < 0)
		return; /* not a pure v2 machine */
	assert_int_equal(sr_target_cgroup_path("/sys/fs/cgroup/", &t->target, &t->err), 0);
	assert_int_equal(t->target.ncg, 1);
	assert_int_equal(t->target.cg[0].hierarchy, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		T(a_name_gives_the_cgroups_of_every_hierarchy_that_has_the_container),
		T(a_prefix_of_an_id_is_enough),
		T(a_prefix_of_several_ids_is_refused),
		T(two_containers_of_one_prefix_in_the_list_are_not_unique),
		T(an_unknown_name_names_near_ones),
		T(a_stopped_container_is_told_from_an_unknown_one),
		T(a_container_outside_our_view_is_not_taken_for_another_folder),
		T(names_in_the_cgroup_tree_are_found_without_a_runtime),
		T(when_no_runtime_answers_the_sockets_are_named),
		T(a_cgroup_that_does_not_exist_is_refused_with_words),
		T(the_root_is_found_by_either_form_of_path),
	};

	return cmocka_run_group_tests_name("target", tests, NULL, NULL);
}
