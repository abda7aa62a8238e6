/* SPDX-License-Identifier: Apache-2.0 */
/* The resolver against a runtime of our own (fake_runtime.h) and files as
 * runtimes leave them. tests/docker/ has the same against a real Docker. */
#include "container/resolver.h"
#include "formats/meta.h"
#include "tests/unit/fake_runtime.h"

#include <errno.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <time.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#define H16    "0123456789abcdef"
#define ID(c)  c H16 H16 H16 "0123456789abcde"
#define GET(c) "/containers/" ID(c) "/json"

static const char web_json[] = "{\"Id\":\"" ID(
	"a") "\",\"Name\":\"/web\",\"Created\":\"2026-11-21T11:16:17.5Z\","
	     "\"Path\":\"nginx\",\"Args\":[\"-g\",\"daemon off;\"],\"Image\":\"sha256:77\","
	     "\"State\":{\"Pid\":4242,\"Running\":true},\"HostConfig\":{\"Privileged\":true},"
	     "\"Config\":{\"Image\":\"nginx:1\",\"Labels\":{\"app\":\"shop\"},"
	     "\"Env\":[\"PATH=/bin\",\"PASSWORD=hunter2\",\"TERM=xterm\",\"EMPTY=\",\"odd\"]}}";

struct fixture {
	struct fake_runtime fake;
	struct sr_resolver_opts opts;
	struct sr_resolver *r;
	struct sr_meta *meta;
	size_t docs; /* taken so far */
};

static int set_up(void **state)
{
	struct fixture *t = calloc(1, sizeof(*t));

	if (!t || !fake_folder(&t->fake) || sr_meta_new(&t->meta) < 0)
		return -1;
	(void)snprintf(t->fake.socket, sizeof(t->fake.socket), "%s/docker.sock", t->fake.dir);
	t->opts = (struct sr_resolver_opts){ .docker_socket = t->fake.socket,
					     .timeout_ms = 20000,
					     .docker_root = t->fake.dir,
					     .podman_socket = "/nowhere/podman.sock",
					     .sys_root = t->fake.dir };
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *t = *state;

	sr_meta_free(t->meta);
	fake_remove(&t->fake);
	free(t);
	return 0;
}

static void start(struct fixture *t)
{
	assert_int_equal(sr_resolver_new(&t->r, &t->opts), 0);
}

static void take_docs(struct fixture *t)
{
	struct sr_buf b = { 0 };

	while (sr_resolver_poll(t->r, &b)) {
		assert_int_equal(sr_meta_add(t->meta, (char *)b.p, b.len, NULL), 0);
		t->docs++;
		b.len = 0;
	}
	sr_buf_free(&b);
}

/* Asks, waits, takes all documents, and gives what the meta then says. */
static const struct sr_container *resolve(struct fixture *t, const char *runtime, const char *id)
{
	sr_resolver_ask(t->r, runtime, id);
	assert_int_equal(sr_resolver_drain(t->r, 60000), 0);
	take_docs(t);
	return sr_meta_container(t->meta, id, strlen(id));
}

static double seconds(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void a_container_is_pending_at_once_and_resolved_later(void **state)
{
	struct fake_route routes[] = { { GET("a"), 200, web_json, 0, 0 }, { 0 } };
	struct fixture *t = *state;
	const struct sr_container *c;
	struct sr_buf b = { 0 };

	assert_true(fake_start(&t->fake, routes));
	start(t);
	sr_resolver_ask(t->r, "docker", ID("a"));
	assert_int_equal(sr_resolver_poll(t->r, &b), 1);
	assert_int_equal(sr_meta_add(t->meta, (char *)b.p, b.len, NULL), 0);
	sr_buf_free(&b);
	c = sr_meta_container(t->meta, ID("a"), 64);
	assert_int_equal(c->state, SR_CT_PENDING);

	assert_int_equal(sr_resolver_drain(t->r, 60000), 0);
	take_docs(t);
	assert_int_equal(c->state, SR_CT_RESOLVED);
	assert_string_equal(c->runtime, "docker");
	assert_string_equal(c->name, "web");
	assert_string_equal(c->image, "nginx:1");
	assert_string_equal(c->image_id, "sha256:77");
	assert_string_equal(c->command, "nginx -g daemon off;");
	assert_int_equal(c->privileged, 1);
	assert_true(c->created_ns == UINT64_C(1795259777500000000));
	assert_int_equal(c->nlabels, 1);
	assert_string_equal(c->labels[0].value, "shop");
	assert_string_equal(c->why, "");
	assert_int_equal(t->docs, 1);
	sr_resolver_free(t->r);
	fake_stop(&t->fake);
}

static void values_of_the_environment_are_redacted(void **state)
{
	struct fake_route routes[] = { { GET("a"), 200, web_json, 0, 0 }, { 0 } };
	struct fixture *t = *state;
	const cJSON *raw, *env;

	assert_true(fake_start(&t->fake, routes));
	start(t);
	raw = cJSON_GetObjectItem(resolve(t, "docker", ID("a"))->doc, "raw");
	env = cJSON_GetObjectItem(cJSON_GetObjectItem(raw, "Config"), "Env");
	assert_int_equal(cJSON_GetArraySize(env), 5);
	assert_string_equal(cJSON_GetArrayItem(env, 0)->valuestring, "PATH=/bin");
	assert_string_equal(cJSON_GetArrayItem(env, 1)->valuestring, "PASSWORD=<redacted>");
	assert_string_equal(cJSON_GetArrayItem(env, 2)->valuestring, "TERM=xterm");
	assert_string_equal(cJSON_GetArrayItem(env, 3)->valuestring, "EMPTY=<redacted>");
	assert_string_equal(cJSON_GetArrayItem(env, 4)->valuestring, "odd");
	assert_int_equal(cJSON_GetObjectItem(cJSON_GetObjectItem(raw, "State"), "Pid")->valueint,
			 4242);
	sr_resolver_free(t->r);
	fake_stop(&t->fake);
}

static void asking_again_does_nothing(void **state)
{
	struct fake_route routes[] = { { GET("a"), 200, web_json, 0, 0 }, { 0 } };
	struct fixture *t = *state;

	assert_true(fake_start(&t->fake, routes));
	start(t);
	for (int i = 0; i < 3; i++)
		(void)resolve(t, "docker", ID("a"));
	assert_int_equal(t->docs, 2);			     /* pending, resolved */
	assert_int_equal(atomic_load(&t->fake.requests), 2); /* it, its image */
	sr_resolver_free(t->r);
	fake_stop(&t->fake);
}

static void the_digest_of_an_image_is_asked_for(void **state)
{
	struct fake_route routes[] = { { GET("a"), 200, web_json, 0, 0 },
				       { "/images/sha256:77/json", 200,
					 "{\"RepoDigests\":[\"nginx@sha256:beef\"]}", 0, 0 },
				       { 0 } };
	struct fixture *t = *state;

	assert_true(fake_start(&t->fake, routes));
	start(t);
	assert_string_equal(resolve(t, "docker", ID("a"))->digest, "sha256:beef");
	sr_resolver_free(t->r);
	fake_stop(&t->fake);
}

static void a_container_that_the_runtime_does_not_know_is_unknown_with_words(void **state)
{
	struct fake_route routes[] = { { 0 } };
	struct fixture *t = *state;
	const struct sr_container *c;

	assert_true(fake_start(&t->fake, routes));
	start(t);
	c = resolve(t, "docker", ID("b"));
	assert_int_equal(c->state, SR_CT_UNKNOWN);
	assert_non_null(strstr(c->why, "no such container"));
	assert_non_null(strstr(c->why, t->fake.socket));
	assert_int_equal(atomic_load(&t->fake.requests), 2); /* it, its events; no second try */
	sr_resolver_free(t->r);
	fake_stop(&t->fake);
}

static void a_container_that_is_gone_is_named_by_the_events_of_the_daemon(void **state)
{
	static const char events[] = "{\"Type\":\"network\",\"Actor\":{\"ID\":\"" ID(
		"b") "\"}}\n"
		     "{\"Type\":\"container\",\"Action\":\"create\",\"Actor\":{\"ID\":\"" ID(
			     "b") "\","
				  "\"Attributes\":{\"name\":\"flash\",\"image\":\"alpine\",\"app\":\"shop\"}},"
				  "\"time\":1700000000}\n{\"Type\":\"container\",\"Action\":\"die\"}\n";
	struct fake_route routes[] = { { "/events?since=1&until=*", 200, events, 0, 0 }, { 0 } };
	struct fixture *t = *state;
	const struct sr_container *c;

	assert_true(fake_start(&t->fake, routes));
	start(t);
	c = resolve(t, "docker", ID("b"));
	assert_int_equal(c->state, SR_CT_RESOLVED);
	assert_string_equal(c->name, "flash");
	assert_string_equal(c->image, "alpine");
	assert_true(c->created_ns == UINT64_C(1700000000000000000));
	assert_int_equal(c->nlabels, 1);
	assert_string_equal(c->labels[0].key, "app");
	c = resolve(t, "docker", ID("c")); /* none of these events is its own */
	assert_int_equal(c->state, SR_CT_UNKNOWN);
	sr_resolver_free(t->r);
	fake_stop(&t->fake);
}

static void a_runtime_in_trouble_is_asked_again(void **state)
{
	struct fake_route routes[] = { { GET("a"), 200, web_json, 0, 2 }, { 0 } };
	struct fixture *t = *state;

	assert_true(fake_start(&t->fake, routes));
	start(t);
	assert_string_equal(resolve(t, "docker", ID("a"))->name, "web");
	assert_int_equal(atomic_load(&t->fake.requests), 4); /* and its image */
	sr_resolver_free(t->r);
	fake_stop(&t->fake);
}

static void a_runtime_that_starts_late_is_found(void **state)
{
	struct fake_route routes[] = { { GET("a"), 200, web_json, 0, 0 }, { 0 } };
	struct fixture *t = *state;

	start(t);
	sr_resolver_ask(t->r, "docker", ID("a"));
	usleep(250000);
	assert_true(fake_start(&t->fake, routes));
	assert_int_equal(sr_resolver_drain(t->r, 60000), 0);
	take_docs(t);
	assert_int_equal(sr_meta_container_at(t->meta, 0)->state, SR_CT_RESOLVED);
	sr_resolver_free(t->r);
	fake_stop(&t->fake);
}

/* Waits for documents until the container has the state; false if that takes a minute. */
static bool comes_to_be(struct fixture *t, const char *id, enum sr_container_state state)
{
	const struct sr_container *c = NULL;

	for (int i = 0; i < 6000; i++) {
		take_docs(t);
		c = sr_meta_container(t->meta, id, strlen(id));
		if (c && c->state == state)
			return true;
		usleep(10000);
	}
	return false;
}

static void a_runtime_that_answers_after_it_was_given_up_is_heard(void **state)
{
	struct fake_route routes[] = { { "/events?since=*", FAKE_HANG, NULL, 0, 0 },
				       { GET("a"), 200, web_json, 0, 0 },
				       { 0 } };
	struct fixture *t = *state;

	t->opts.timeout_ms = 1000;
	start(t);
	sr_resolver_ask(t->r, "docker", ID("b"));
	assert_int_equal(resolve(t, "docker", ID("a"))->state, SR_CT_UNKNOWN);
	assert_true(fake_start(&t->fake, routes));
	sr_resolver_hurry(t->r); /* as the watch does, and the end of a recording */
	assert_int_equal(sr_resolver_drain(t->r, 60000), 0);
	assert_true(comes_to_be(t, ID("a"), SR_CT_RESOLVED));
	assert_string_equal(sr_meta_container(t->meta, ID("a"), 64)->name, "web");
	assert_true(comes_to_be(t, ID("b"), SR_CT_UNKNOWN));
	assert_non_null(strstr(sr_meta_container(t->meta, ID("b"), 64)->why, "no such container"));
	sr_resolver_free(t->r);
	fake_stop(&t->fake);
}

static void the_watch_hears_that_a_runtime_answers_again(void **state)
{
	struct fake_route routes[] = { { "/events?since=*", 200, "\n", 0, 0 },
				       { GET("a"), 200, web_json, 0, 0 },
				       { 0 } };
	struct fixture *t = *state;

	t->opts.watch = true;
	start(t);
	assert_int_equal(resolve(t, "docker", ID("a"))->state, SR_CT_UNKNOWN);
	assert_true(fake_start(&t->fake, routes));
	assert_true(comes_to_be(t, ID("a"), SR_CT_RESOLVED));
	sr_resolver_free(t->r);
	fake_stop(&t->fake);
}

/* The first question waits for its whole time; those behind it are not held up by their turn. */
static void a_socket_that_hangs_does_not_hold_up_what_files_know(void **state)
{
	struct fake_route routes[] = { { "*", FAKE_HANG, NULL, 0, 0 }, { 0 } };
	struct fixture *t = *state;
	char id[80], text[600], path[128];

	t->opts.timeout_ms = 1500;
	assert_true(fake_start(&t->fake, routes));
	for (int i = 0; i < 40; i++) {
		(void)snprintf(id, sizeof(id), "%02d" H16 H16 H16 "0123456789abcd", i);
		(void)snprintf(path, sizeof(path), "containers/%s/config.v2.json", id);
		(void)snprintf(text, sizeof(text), "{\"ID\":\"%s\",\"Name\":\"/web\"}", id);
		assert_true(fake_file(&t->fake, path, text));
	}
	start(t);
	for (int i = 0; i < 40; i++) {
		(void)snprintf(id, sizeof(id), "%02d" H16 H16 H16 "0123456789abcd", i);
		sr_resolver_ask(t->r, "docker", id);
	}
	/* one after the other it would be a minute */
	assert_int_equal(sr_resolver_drain(t->r, 50000), 0);
	take_docs(t);
	for (size_t i = 0; i < 40; i++)
		assert_int_equal(sr_meta_container_at(t->meta, i)->state, SR_CT_RESOLVED);
	sr_resolver_free(t->r);
	fake_stop(&t->fake);
}

static void without_a_socket_the_words_say_what_was_tried(void **state)
{
	struct fixture *t = *state;
	const struct sr_container *c;

	start(t);
	c = resolve(t, "docker", ID("a"));
	assert_int_equal(c->state, SR_CT_UNKNOWN);
	assert_non_null(strstr(c->why, t->fake.socket));
	assert_non_null(strstr(c->why, "No such file"));
	assert_non_null(strstr(c->why, "asked several times"));
	sr_resolver_free(t->r);
}

static void freeing_does_not_wait_for_a_runtime_that_hangs(void **state)
{
	struct fake_route routes[] = { { GET("a"), FAKE_HANG, NULL, 0, 0 }, { 0 } };
	struct fixture *t = *state;
	double before;

	t->opts.timeout_ms = 60000;
	assert_true(fake_start(&t->fake, routes));
	start(t);
	sr_resolver_ask(t->r, "docker", ID("a"));
	for (int i = 0; i < 6000 && !atomic_load(&t->fake.requests); i++)
		usleep(10000);
	assert_int_equal(sr_resolver_drain(t->r, 150), -ETIMEDOUT);
	assert_int_equal(atomic_load(&t->fake.requests), 1);
	before = seconds();
	sr_resolver_ask(t->r, "docker", ID("b"));
	take_docs(t); /* none of these calls waits for it: that would be for 60 seconds */
	sr_resolver_free(t->r);
	assert_true(seconds() - before < 30);
	fake_stop(&t->fake);
}

static void an_answer_without_end_is_given_up(void **state)
{
	struct fake_route routes[] = { { GET("a"), 200, NULL, 17 << 20, 0 }, { 0 } };
	struct fixture *t = *state;
	const struct sr_container *c;

	assert_true(fake_start(&t->fake, routes));
	start(t);
	c = resolve(t, "docker", ID("a"));
	assert_int_equal(c->state, SR_CT_UNKNOWN);
	assert_non_null(strstr(c->why, "16 MiB"));
	sr_resolver_free(t->r);
	fake_stop(&t->fake);
}

static void answers_that_are_no_inspect_document_of_the_id_name_nothing(void **state)
{
	struct fake_route routes[] = { { GET("1"), 200, "", 0, 0 },
				       { GET("2"), 200, "[]", 0, 0 },
				       { GET("3"), 200, "{\"Id\":7}", 0, 0 },
				       { GET("4"), 200, web_json, 0, 0 }, /* another's */
				       { GET("5"), 403, "{}", 0, 0 },
				       { GET("6"), 200, "<html>", 0, 0 },
				       { 0 } };
	static const char *const ids[] = { ID("1"), ID("2"), ID("3"), ID("4"), ID("5"), ID("6") };
	struct fixture *t = *state;

	assert_true(fake_start(&t->fake, routes));
	start(t);
	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		const struct sr_container *c = resolve(t, "docker", ids[i]);

		assert_int_equal(c->state, SR_CT_UNKNOWN);
		assert_string_equal(c->name, "");
		assert_true(*c->why != '\0');
	}
	sr_resolver_free(t->r);
	fake_stop(&t->fake);
}

static void files_of_a_dead_docker_daemon_still_name_its_containers(void **state)
{
	struct fixture *t = *state;
	const struct sr_container *c;

	assert_true(fake_file(
		&t->fake, "containers/" ID("d") "/config.v2.json",
		"{\"ID\":\"" ID("d") "\",\"Name\":\"/db\",\"Image\":\"sha256:9\","
				     "\"Config\":{\"Image\":\"postgres\",\"Labels\":null}}"));
	start(t);
	c = resolve(t, "docker", ID("d"));
	assert_int_equal(c->state, SR_CT_RESOLVED);
	assert_string_equal(c->name, "db");
	assert_string_equal(c->image, "postgres");
	assert_int_equal(c->privileged, -1);
	sr_resolver_free(t->r);
}

static void oci_bundles_name_containers_of_containerd_and_cri_o(void **state)
{
	struct fixture *t = *state;
	const struct sr_container *c;

	assert_true(fake_file(
		&t->fake,
		"run/containerd/io.containerd.runtime.v2.task/k8s.io/" ID("c") "/config.json",
		"{\"ociVersion\":\"1.0.2\",\"process\":{\"args\":[\"sh\",\"-c\",\"x\"],"
		"\"env\":[\"KEY=secret\"]},\"annotations\":{"
		"\"io.kubernetes.cri.container-name\":\"api\","
		"\"io.kubernetes.cri.image-name\":\"shop/api:2\"}}"));
	assert_true(fake_file(
		&t->fake,
		"run/containers/storage/overlay-containers/" ID("e") "/userdata/config.json",
		"{\"ociVersion\":\"1.0.2\",\"annotations\":{"
		"\"io.kubernetes.container.name\":\"etcd\","
		"\"io.kubernetes.cri-o.Created\":\"2026-01-01T00:00:00+01:00\"}}"));
	start(t);
	c = resolve(t, "containerd", ID("c"));
	assert_int_equal(c->state, SR_CT_RESOLVED);
	assert_string_equal(c->name, "api");
	assert_string_equal(c->image, "shop/api:2");
	assert_string_equal(c->command, "sh -c x");
	assert_int_equal(c->nlabels, 2);
	c = resolve(t, "cri-o", ID("e"));
	assert_string_equal(c->name, "etcd");
	assert_true(c->created_ns == UINT64_C(1767222000000000000));
	sr_resolver_free(t->r);
}

static const char *member(const struct sr_container *c, const char *object, const char *name)
{
	const cJSON *o = cJSON_GetObjectItem(sr_container_words(c), object);

	return cJSON_GetStringValue(cJSON_GetObjectItem(o, name));
}

/* Podman's and CRI-O's containers/storage: names and images stand in lists beside the bundles. */
static void storage_names_containers_of_podman_and_cri_o(void **state)
{
	struct fixture *t = *state;
	const struct sr_container *c;

	assert_true(fake_file(
		&t->fake,
		"var/lib/containers/storage/overlay-containers/" ID("f") "/userdata/config.json",
		"{\"ociVersion\":\"1.0.2\",\"process\":{\"args\":[\"nginx\"],"
		"\"user\":{\"uid\":5,\"gid\":6}},\"linux\":{\"namespaces\":[{\"type\":\"pid\"}]},"
		"\"mounts\":[{\"destination\":\"/data\",\"source\":\"/srv\","
		"\"options\":[\"ro\",\"rprivate\"]}]}"));
	assert_true(fake_file(
		&t->fake, "var/lib/containers/storage/overlay-containers/containers.json",
		"[{\"id\":\"other\"},{\"id\":\"" ID(
			"f") "\",\"names\":[\"web\"],\"image\":\"77\","
			     "\"created\":\"2026-01-01T00:00:00Z\","
			     "\"metadata\":\"{\\\"image-name\\\":\\\"shop/web:2\\\"}\"}]"));
	assert_true(fake_file(&t->fake, "var/lib/containers/storage/overlay-images/images.json",
			      "[{\"id\":\"77\",\"digest\":\"sha256:beef\"}]"));
	assert_true(fake_file(&t->fake, "run/crun/" ID("f") "/status",
			      "{\"pid\":4711,\"created\":\"2026-01-02T00:00:00Z\"}"));
	start(t);
	c = resolve(t, "podman", ID("f"));
	assert_int_equal(c->state, SR_CT_RESOLVED);
	assert_string_equal(c->runtime, "podman");
	assert_string_equal(c->name, "web");
	assert_string_equal(c->image, "shop/web:2");
	assert_string_equal(c->digest, "sha256:beef");
	assert_string_equal(c->command, "nginx");
	assert_true(c->created_ns == UINT64_C(1767225600000000000));
	assert_string_equal(member(c, "State", "Status"), "running");
	assert_string_equal(member(c, "Config", "User"), "5:6");
	assert_string_equal(member(c, "HostConfig", "PidMode"), "private");
	assert_string_equal(member(c, "HostConfig", "NetworkMode"), "host");
	sr_resolver_free(t->r);
}

/* Rootless: what is a user's own, that user's places may name, and nothing else. */
static void places_of_a_user_name_what_is_that_user_s(void **state)
{
	struct fixture *t = *state;
	const struct passwd *user = getpwuid(1);
	const struct sr_container *c;
	char path[512];

	assert_non_null(user);
	(void)snprintf(path, sizeof(path),
		       "%s/.local/share/containers/storage/vfs-containers/" ID(
			       "b") "/userdata/config.json",
		       user->pw_dir + 1);
	assert_true(fake_file(&t->fake, path, "{\"ociVersion\":\"1\"}"));
	(void)snprintf(path, sizeof(path),
		       "%s/.local/share/containers/storage/vfs-containers/containers.json",
		       user->pw_dir + 1);
	assert_true(fake_file(&t->fake, path, "[{\"id\":\"" ID("b") "\",\"names\":[\"mine\"]}]"));
	(void)snprintf(path, sizeof(path),
		       "%s/.local/share/docker/containers/" ID("d") "/config.v2.json",
		       user->pw_dir + 1);
	assert_true(fake_file(&t->fake, path, "{\"ID\":\"" ID("d") "\",\"Name\":\"/own\"}"));
	start(t);
	sr_resolver_ask_user(t->r, "docker", ID("d"), 1);
	sr_resolver_ask_user(t->r, "podman", ID("b"), 1);
	sr_resolver_ask_user(t->r, "podman", ID("c"), 1);
	assert_int_equal(sr_resolver_drain(t->r, 60000), 0);
	take_docs(t);
	assert_string_equal(sr_meta_container(t->meta, ID("b"), 64)->name, "mine");
	assert_string_equal(sr_meta_container(t->meta, ID("d"), 64)->name, "own");
	assert_int_equal(sr_meta_container(t->meta, ID("c"), 64)->state, SR_CT_UNKNOWN);
	sr_resolver_free(t->r);

	sr_meta_free(t->meta); /* the same ids, if they were root's or another user's */
	assert_int_equal(sr_meta_new(&t->meta), 0);
	start(t);
	sr_resolver_ask_user(t->r, "podman", ID("b"), 2);
	c = resolve(t, "docker", ID("d"));
	assert_int_equal(c->state, SR_CT_UNKNOWN);
	assert_int_equal(sr_meta_container(t->meta, ID("b"), 64)->state, SR_CT_UNKNOWN);
	sr_resolver_free(t->r);
}

/* The state says where the bundle is. */
static void containers_that_were_run_by_hand_are_found_by_their_state(void **state)
{
	struct fixture *t = *state;
	const struct sr_container *c;

	assert_true(fake_file(&t->fake, "run/runc/box/state.json",
			      "{\"id\":\"box\",\"init_process_pid\":77,"
			      "\"created\":\"2026-01-02T00:00:00Z\","
			      "\"config\":{\"labels\":[\"x=y\",\"bundle=/srv/box\"]}}"));
	assert_true(fake_file(&t->fake, "srv/box/config.json",
			      "{\"ociVersion\":\"1.0.2\",\"process\":{\"args\":[\"sh\"],"
			      "\"env\":[\"KEY=secret\"]}}"));
	start(t);
	c = resolve(t, "runc", "box");
	assert_int_equal(c->state, SR_CT_RESOLVED);
	assert_string_equal(c->name, "box");
	assert_string_equal(c->command, "sh");
	assert_string_equal(member(c, "State", "Status"), "running");
	c = resolve(t, "crun", "nobody");
	assert_int_equal(c->state, SR_CT_UNKNOWN);
	sr_resolver_free(t->r);
}

static void settings_of_lxc_and_notes_of_machined_are_read(void **state)
{
	struct fixture *t = *state;
	const struct sr_container *c;
	const cJSON *env;

	assert_true(fake_file(&t->fake, "var/lib/lxc/web01/config",
			      "# a comment\nlxc.uts.name = web01\nlxc.idmap = u 0 100000 65536\n"
			      "lxc.init.cmd=/sbin/init\nlxc.net.0.ipv4.address = 10.0.3.7/24\n"
			      "lxc.environment = KEY=secret\n"
			      "lxc.mount.entry = /srv data none bind,ro 0 0\n"));
	assert_true(fake_file(&t->fake, "run/systemd/machines/box",
			      "NAME=box\nSCOPE=machine-box.scope\nLEADER=4711\n"));
	start(t);
	c = resolve(t, "lxc", "web01");
	assert_string_equal(c->name, "web01");
	assert_string_equal(c->command, "/sbin/init");
	assert_int_equal(c->privileged, 0);
	assert_string_equal(member(c, "NetworkSettings", "IPAddress"), "10.0.3.7");
	env = cJSON_GetObjectItem(
		cJSON_GetObjectItem(cJSON_GetObjectItem(c->doc, "raw"), "settings"),
		"lxc.environment");
	assert_string_equal(cJSON_GetArrayItem(env, 0)->valuestring, "KEY=<redacted>");
	c = resolve(t, "nspawn", "box");
	assert_string_equal(c->name, "box");
	assert_non_null(cJSON_GetObjectItem(c->doc, "raw"));
	sr_resolver_free(t->r);
}

static void units_are_described_by_their_files_where_no_systemd_runs(void **state)
{
	struct fixture *t = *state;
	const struct sr_container *c;
	const struct sr_meta *services;

	t->opts.system_bus = "unix:path=/nowhere/bus";
	assert_true(fake_file(
		&t->fake, "usr/lib/systemd/system/getty@.service",
		"[Unit]\nDescription=Getty on %I\n[Service]\nUser=root\n"
		"Environment=KEY=secret\nExecStart=-/sbin/agetty %I\nExecStart=second\n"));
	assert_true(fake_file(&t->fake, "etc/systemd/user/a.service", "Description=mine\n"));
	start(t);
	assert_null(resolve(t, "service", "getty@tty1.service"));
	services = sr_meta_services(t->meta);
	c = sr_meta_container(services, "getty@tty1.service", 18);
	assert_int_equal(c->state, SR_CT_RESOLVED);
	assert_string_equal(c->command, "-/sbin/agetty %I");
	assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(c->doc, "description")),
			    "Getty on %I");
	assert_string_equal(member(c, "Config", "User"), "root");
	assert_null(cJSON_GetObjectItem(cJSON_GetObjectItem(c->doc, "raw"), "Environment"));
	(void)resolve(t, "service", "user@1000.service/a.service");
	c = sr_meta_container(services, "user@1000.service/a.service", 27);
	assert_string_equal(c->name, "a.service");
	(void)resolve(t, "service", "nobody.service");
	c = sr_meta_container(services, "nobody.service", 14);
	assert_int_equal(c->state, SR_CT_UNKNOWN);
	assert_int_equal(sr_meta_containers(t->meta), 0);
	sr_resolver_free(t->r);
}

static void names_that_stand_in_the_path_need_no_runtime(void **state)
{
	struct fixture *t = *state;
	const struct sr_container *c;

	start(t);
	c = resolve(t, "lxc", "web01");
	assert_int_equal(c->state, SR_CT_RESOLVED);
	assert_string_equal(c->name, "web01");
	c = resolve(t, "mesos", "3f6b8a52-91d4-4c1e-b7a0-5d2c9e84f713");
	assert_int_equal(c->state, SR_CT_UNKNOWN);
	assert_non_null(strstr(c->why, "mesos"));
	sr_resolver_free(t->r);
}

static void ids_that_are_no_plain_names_ask_nobody(void **state)
{
	static const char *const ids[] = {
		"../../etc/passwd", "a/b", "", ".", "a b", "a?b", "%2e"
	};
	struct fake_route routes[] = { { 0 } };
	struct fixture *t = *state;

	assert_true(fake_start(&t->fake, routes));
	start(t);
	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++)
		sr_resolver_ask(t->r, "oci", ids[i]);
	assert_int_equal(sr_resolver_drain(t->r, 60000), 0);
	assert_int_equal(atomic_load(&t->fake.requests), 0);
	sr_resolver_free(t->r);
	fake_stop(&t->fake);
}

/* Ask for ids from @from on; how many of them were new to the resolver. */
static size_t ask_many(struct fixture *t, int from, int n)
{
	struct sr_buf b = { 0 };
	size_t pending = 0;
	char id[16];

	for (int i = from; i < from + n; i++) {
		(void)snprintf(id, sizeof(id), "i%d", i);
		sr_resolver_ask(t->r, "mesos", id);
	}
	assert_int_equal(sr_resolver_drain(t->r, 60000), 0);
	while (sr_resolver_poll(t->r, &b)) {
		pending += memmem(b.p, b.len, "\"pending\"", 9) != NULL;
		b.len = 0;
	}
	sr_buf_free(&b);
	return pending;
}

static void of_a_flood_of_ids_the_last_ones_are_remembered(void **state)
{
	struct fixture *t = *state;

	start(t);
	for (int i = 0; i < 10; i++)
		assert_int_equal(ask_many(t, i * 10000, 10000), 10000);
	assert_int_equal(ask_many(t, 70000, 30000), 0);
	assert_int_equal(ask_many(t, 0, 100), 100);
	assert_int_equal(ask_many(t, 0, 100), 0);
	sr_resolver_free(t->r);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		T(a_container_is_pending_at_once_and_resolved_later),
		T(values_of_the_environment_are_redacted),
		T(asking_again_does_nothing),
		T(the_digest_of_an_image_is_asked_for),
		T(a_container_that_the_runtime_does_not_know_is_unknown_with_words),
		T(a_container_that_is_gone_is_named_by_the_events_of_the_daemon),
		T(a_runtime_in_trouble_is_asked_again),
		T(a_runtime_that_starts_late_is_found),
		T(a_runtime_that_answers_after_it_was_given_up_is_heard),
		T(the_watch_hears_that_a_runtime_answers_again),
		T(a_socket_that_hangs_does_not_hold_up_what_files_know),
		T(without_a_socket_the_words_say_what_was_tried),
		T(freeing_does_not_wait_for_a_runtime_that_hangs),
		T(an_answer_without_end_is_given_up),
		T(answers_that_are_no_inspect_document_of_the_id_name_nothing),
		T(files_of_a_dead_docker_daemon_still_name_its_containers),
		T(oci_bundles_name_containers_of_containerd_and_cri_o),
		T(storage_names_containers_of_podman_and_cri_o),
		T(places_of_a_user_name_what_is_that_user_s),
		T(containers_that_were_run_by_hand_are_found_by_their_state),
		T(settings_of_lxc_and_notes_of_machined_are_read),
		T(units_are_described_by_their_files_where_no_systemd_runs),
		T(names_that_stand_in_the_path_need_no_runtime),
		T(ids_that_are_no_plain_names_ask_nobody),
		T(of_a_flood_of_ids_the_last_ones_are_remembered),
	};

	return cmocka_run_group_tests_name("resolver", tests, NULL, NULL);
}
