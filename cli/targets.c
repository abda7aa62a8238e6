/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/targets.h"

#include "cli/thaw.h"
#include "container/resolver.h"
#include "container/selection.h"
#include "filters/push.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --docker-socket, else $DOCKER_HOST if it is a unix socket, else the resolver's default. */
static const char *docker_socket(const struct opts *o)
{
	static const char unix_scheme[] = "unix://";
	const char *env = getenv("DOCKER_HOST");

	if (o->docker_socket)
		return o->docker_socket;
	if (!env || strncmp(env, unix_scheme, sizeof(unix_scheme) - 1) != 0)
		return NULL;
	return env + sizeof(unix_scheme) - 1;
}

static bool can_freeze(const char *dir)
{
	static const char *const files[] = { "cgroup.freeze", "freezer.state" };
	char path[SR_FREEZE_LEN + 16];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, files[i]); /* fits */
		if (access(path, W_OK) == 0)
			return true;
	}
	return false;
}

/* The folders by which a target is held up; what --lossless cannot hold up it does not record. */
static int add_freeze(struct targets *t, const struct sr_target_cgroup *cg, size_t n)
{
	size_t before = t->nfreeze;

	for (size_t i = 0; i < n; i++) {
		char(*p)[SR_FREEZE_LEN] =
			reallocarray(t->freeze, t->nfreeze + 1, sizeof(*t->freeze));

		if (!p)
			return fail("out of memory");
		t->freeze = p;
		if (sr_target_holds_us(&cg[i]))
			return fail("--lossless: sysreel itself runs in the cgroup %s, and would "
				    "freeze itself",
				    cg[i].path);
		if (sr_target_folder(&cg[i], p[t->nfreeze], sizeof(*p)) == 0 &&
		    can_freeze(p[t->nfreeze]))
			t->nfreeze++;
	}
	if (t->nfreeze == before)
		return fail(
			"--lossless: the cgroup %s cannot be frozen: it is neither of cgroup v2 "
			"nor of the freezer's hierarchy",
			n ? cg[0].path : "");
	return 0;
}

static int add_cgroups(struct targets *t, const struct sr_target *found)
{
	if (t->driver.lossless && add_freeze(t, found->cg, found->ncg))
		return EXIT_USAGE;
	for (size_t i = 0; i < found->ncg; i++) {
		size_t n = t->driver.ncgroups;

		if (n == MAX_DRIVER_CGROUPS)
			return fail("too many cgroups to record; %d are the limit",
				    MAX_DRIVER_CGROUPS);
		t->cgroups[n].id = found->cg[i].id;
		t->cgroups[n].hierarchy = found->cg[i].hierarchy;
		t->driver.ncgroups = n + 1;
	}
	return 0;
}

static void note_target(struct targets *t, const char *sort, struct cJSON *what)
{
	struct cJSON *list = cJSON_GetObjectItemCaseSensitive(t->named, sort);

	if (!list)
		list = cJSON_AddArrayToObject(t->named, sort);
	if (!cJSON_AddItemToArray(list, what))
		cJSON_Delete(what);
}

/* It runs. Whoever is called so after a restart, or instead of it, is recorded as well. */
static int take_container(struct targets *t, const struct sr_target *found, const char *what)
{
	const char *name = *found->name ? found->name : found->container_id;
	int rc;

	if (!found->ncg)
		return fail("--container %s: it runs, but no cgroup of it is visible here", what);
	rc = add_cgroups(t, found);
	if (rc)
		return rc;
	if (sr_selection_accept(t->selection, found->container_id) < 0 ||
	    sr_selection_include(t->selection, name, NULL) == -ENOMEM)
		return fail("out of memory");
	note_target(t, "containers", cJSON_CreateString(name));
	return 0;
}

static int add_pattern(struct targets *t, const char *what)
{
	struct sr_err err = { .pos = SR_NO_POS };
	int rc = sr_selection_include(t->selection, what, &err);

	if (rc < 0)
		return fail_rc("--container", rc, &err);
	note_target(t, "containers", cJSON_CreateString(what));
	return 0;
}

static int find_container(struct targets *t, const struct opts *o, const char *what)
{
	const struct sr_resolver_opts opts = { .docker_socket = docker_socket(o),
					       .runtime_socket = o->runtime_socket };
	struct sr_err err = { .pos = SR_NO_POS };
	struct sr_target *found;
	int rc;

	if (!sr_selection_is_name(what))
		return add_pattern(t, what);
	found = calloc(1, sizeof(*found));
	if (!found)
		return fail("out of memory");
	rc = sr_target_find(what, &opts, found, &err);
	if (rc == 0)
		rc = take_container(t, found, what);
	else if (o->wait && (rc == -ENOENT || rc == -ECONNREFUSED))
		rc = add_pattern(t, what);
	else if (rc == -ENOENT)
		rc = fail("--container: %s (--wait waits for it)", err.msg);
	else
		rc = fail_rc("--container", rc, &err);
	free(found);
	return rc;
}

static int find_containers(struct targets *t, const struct opts *o)
{
	struct sr_err err = { .pos = SR_NO_POS };
	int rc = 0;

	if (!o->ncontainers && !o->nnot_containers)
		return 0;
	if (sr_selection_new(&t->selection) < 0)
		return fail("out of memory");
	for (size_t i = 0; i < o->nnot_containers; i++) {
		rc = sr_selection_exclude(t->selection, o->not_containers[i], &err);
		if (rc < 0)
			return fail_rc("--not-container", rc, &err);
		note_target(t, "not_containers", cJSON_CreateString(o->not_containers[i]));
	}
	for (size_t i = 0; rc == 0 && i < o->ncontainers; i++)
		rc = find_container(t, o, o->containers[i]);
	return rc;
}

static int find_cgroup(struct targets *t, const char *path)
{
	struct sr_target *found = calloc(1, sizeof(*found));
	struct sr_err err = { .pos = SR_NO_POS };
	int rc;

	if (!found)
		return fail("out of memory");
	rc = sr_target_cgroup_path(path, found, &err);
	if (rc < 0)
		rc = fail_rc("--cgroup", rc, &err);
	else
		rc = add_cgroups(t, found);
	if (rc == 0)
		note_target(t, "cgroups", cJSON_CreateString(path));
	free(found);
	return rc;
}

static int find_pid(struct targets *t, pid_t pid)
{
	if (kill(pid, 0) < 0 && errno == ESRCH)
		return fail("--pid %d: there is no such process", (int)pid);
	t->pids[t->driver.npids++] = pid;
	note_target(t, "pids", cJSON_CreateNumber(pid));
	return 0;
}

static int find_command(struct targets *t, const struct command *cmd)
{
	if (t->driver.lossless && add_freeze(t, &cmd->cgroup, cmd->has_cgroup))
		return EXIT_USAGE;
	if (cmd->has_cgroup) {
		t->cgroups[t->driver.ncgroups].id = cmd->cgroup.id;
		t->cgroups[t->driver.ncgroups++].hierarchy = cmd->cgroup.hierarchy;
	} else {
		t->pids[t->driver.npids++] = cmd->pid;
	}
	t->child = cmd->pid;
	t->child_fd = cmd->wait;
	for (char *const *a = cmd->argv; *a; a++)
		note_target(t, "command", cJSON_CreateString(*a));
	return 0;
}

/* What of the filter the kernel decides. */
static int push_filter(struct targets *t, struct sr_filter *filter)
{
	if (!filter)
		return 0;
	if (sr_push_new(&t->push, filter) < 0)
		return fail("out of memory");
	t->driver.pred = sr_push_pred(t->push);
	return 0;
}

int targets_find(struct targets *t, const struct opts *o, const struct command *cmd,
		 struct sr_filter *filter)
{
	int rc = 0;

	*t = (struct targets){ .named = cJSON_CreateObject(), .driver.lossless = o->lossless };
	if (!t->named)
		return fail("out of memory");
	if (cmd)
		rc = find_command(t, cmd);
	if (rc == 0)
		rc = find_containers(t, o);
	for (size_t i = 0; rc == 0 && i < o->ncgroups; i++)
		rc = find_cgroup(t, o->cgroups[i]);
	for (size_t i = 0; rc == 0 && i < o->npids; i++)
		rc = find_pid(t, o->pids[i]);
	if (rc)
		return rc;
	t->driver.cgroups = t->cgroups;
	t->driver.pids = t->pids;
	t->driver.follow = t->selection && sr_selection_includes(t->selection);
	t->driver.changing = t->selection != NULL;
	t->driver.all = o->all || !(t->driver.ncgroups || t->driver.npids || t->driver.follow);
	if (o->lossless && (t->driver.all || t->driver.npids))
		return fail("--lossless freezes cgroups: it needs --container, --cgroup or a "
			    "command");
	if (t->driver.all && !cJSON_AddTrueToObject(t->named, "all"))
		return fail("out of memory");
	t->driver.snaplen = o->snaplen;
	t->driver.buffer_mb = o->buffer_mb;
	t->driver.no_latency = o->no_latency;
	t->driver.btf = o->btf;
	t->driver.hook = (enum sr_driver_hook)o->hook;
	return push_filter(t, filter);
}

/* What the host document says beside the machine's own facts; the caller frees it. */
static char *host_json(const struct targets *t, const struct opts *o)
{
	struct cJSON *doc = cJSON_CreateObject(), *argv;
	char *filter = opts_filter_text(o), *text = NULL;

	argv = cJSON_AddArrayToObject(doc, "cmdline");
	(void)cJSON_AddItemToArray(argv, cJSON_CreateString("sysreel"));
	for (int i = 0; i < o->argc; i++)
		(void)cJSON_AddItemToArray(argv, cJSON_CreateString(o->argv[i]));
	if (filter && cJSON_AddStringToObject(doc, "tool", "sysreel " SR_VERSION) &&
	    cJSON_AddStringToObject(doc, "filter", filter) &&
	    cJSON_AddNumberToObject(doc, "snaplen", o->snaplen) &&
	    cJSON_AddItemToObject(doc, "targets", cJSON_Duplicate(t->named, 1)))
		text = cJSON_PrintUnformatted(doc);
	cJSON_Delete(doc);
	free(filter);
	return text;
}

int targets_open(struct targets *t, const struct opts *o, uint32_t flush_ms, struct sr_meta *meta,
		 struct sr_source **out)
{
	struct sr_source_bpf_opts opts = { .driver = &t->driver,
					   .docker_socket = docker_socket(o),
					   .runtime_socket = o->runtime_socket,
					   .selection = t->selection,
					   .push = t->push,
					   .flush_ms = flush_ms,
					   .lossless = o->lossless,
					   .freeze = (const char(*)[SR_FREEZE_LEN])t->freeze,
					   .nfreeze = t->nfreeze,
					   .state = state_folder(),
					   .child = t->child,
					   .child_fd = t->child_fd,
					   .full_env = o->env };
	struct sr_err err = { .pos = SR_NO_POS };
	char *host = host_json(t, o);
	int rc = -ENOMEM;

	thaw_left();
	opts.host_json = host;
	if (host)
		rc = sr_source_bpf_open(out, &opts, meta, &err);
	free(host);
	return rc < 0 ? fail_rc("cannot record", rc, &err) : 0;
}

void targets_tell_waiting(const struct targets *t)
{
	if (t->driver.follow && !t->driver.ncgroups && !t->driver.npids && !t->driver.all &&
	    !sr_selection_wanted(t->selection))
		say("no such container runs yet; waiting for one to start");
}

void targets_tell_unnamed(const struct targets *t)
{
	uint64_t n = t->selection ? sr_selection_unnamed(t->selection) : 0;
	char text[HUMAN_LEN];

	if (n)
		say("%s container%s had no name that could be found out; what ran there was not "
		    "recorded",
		    human_count(n, text), plural(n));
}

void targets_free(struct targets *t)
{
	free(t->freeze);
	sr_push_free(t->push);
	sr_selection_free(t->selection);
	cJSON_Delete(t->named);
}
