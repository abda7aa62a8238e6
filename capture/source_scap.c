/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/source_scap.h"

#include "capture/scap_args.h"
#include "container/cgroup.h"
#include "formats/block_limits.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_EVENTS 16384
#define BLOCK_BYTES  (32u << 20)
#define CLEAN_END    "end of the file"

/* A container event names it by the first digits of its id; the cgroups have all of them. */
struct described {
	char *id;
	struct cJSON *doc;
	bool told; /* under its full id */
};

struct source_scap {
	struct sr_source s;
	struct sr_scap_file *file;
	struct sr_builder *builder;
	struct scap_state state;
	struct sr_scap_block pending; /* read, but not taken in yet */
	bool has_pending, in_events, ended;
	struct sr_reel_damage damage; /* there is one at most: nothing is read after it */
	size_t ndamages;
	struct sr_reel_stats stats;
	struct described *containers;
	size_t ncontainers;
	bool tables; /* blocks tell of the tables of descriptors */
	struct scap_fd_ops fd_ops;
	atomic_bool stop;
};

static struct source_scap *of(struct sr_source *s)
{
	return (struct source_scap *)s;
}

/* ---- documents ---- */

static int add_doc(struct source_scap *s, struct cJSON *doc)
{
	char *text = doc ? cJSON_PrintUnformatted(doc) : NULL;
	int rc = text ? sr_meta_add(s->s.meta, text, strlen(text), NULL) : -ENOMEM;

	cJSON_free(text);
	cJSON_Delete(doc);
	return rc == -EBADMSG ? 0 : rc; /* what the file says is not worth a failure */
}

/* Bytes of the file as a member; JSON wants UTF-8, others become '?'. */
static void add_str(struct cJSON *doc, const char *key, struct sr_str v)
{
	char *copy = strndup(v.p, v.len);

	for (char *p = copy; p && *p; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p >= 0x7f)
			*p = '?';
	if (copy)
		(void)cJSON_AddStringToObject(doc, key, copy);
	free(copy);
}

/* Times of events are of the wall clock; so are all others. */
static int take_machine(struct source_scap *s, const struct sr_scap_block *b, struct sr_err *err)
{
	struct sr_scap_machine m;
	struct cJSON *doc;
	int rc = sr_scap_machine(b, &m, err);

	if (rc < 0)
		return rc;
	doc = cJSON_CreateObject();
	(void)cJSON_AddStringToObject(doc, "kind", "host");
	add_str(doc, "hostname", m.hostname);
	(void)cJSON_AddNumberToObject(doc, "ncpu", m.cpus);
	(void)cJSON_AddStringToObject(doc, "kernel", "");
	(void)cJSON_AddStringToObject(doc, "machine", "");
	(void)cJSON_AddStringToObject(doc, "tool", "another tool (.scap)");
	(void)cJSON_AddStringToObject(doc, "mono_ns", "0");
	(void)cJSON_AddStringToObject(doc, "boot_ns", "0");
	(void)cJSON_AddStringToObject(doc, "real_ns", "0");
	(void)cJSON_AddStringToObject(doc, "tz", "UTC");
	return add_doc(s, doc);
}

static int take_users(struct source_scap *s, const struct sr_scap_block *b, struct sr_err *err)
{
	struct sr_scap_list l = sr_scap_list(b);
	struct cJSON *doc = cJSON_CreateObject(), *users, *groups, *homes, *shells;
	struct sr_scap_user u;
	char id[16];
	int rc;

	(void)cJSON_AddStringToObject(doc, "kind", "users");
	users = cJSON_AddObjectToObject(doc, "users");
	groups = cJSON_AddObjectToObject(doc, "groups");
	homes = cJSON_AddObjectToObject(doc, "homes");
	shells = cJSON_AddObjectToObject(doc, "shells");
	while ((rc = sr_scap_user_next(&l, &u, err)) == 1) {
		(void)snprintf(id, sizeof(id), "%u", u.id); /* at most 10 digits */
		add_str(u.group ? groups : users, id, u.name);
		if (u.group)
			continue;
		add_str(homes, id, u.home);
		add_str(shells, id, u.shell);
	}
	if (rc < 0) {
		cJSON_Delete(doc);
		return rc;
	}
	return add_doc(s, doc);
}

/* Keep the document until the full id is known; a later one replaces it. */
static int describe(struct source_scap *s, struct cJSON *doc)
{
	const char *id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(doc, "id"));
	struct described *d;
	size_t i = 0;

	if (!id || !*id) {
		cJSON_Delete(doc);
		return 0;
	}
	while (i < s->ncontainers && strcmp(s->containers[i].id, id) != 0)
		i++;
	if (i == s->ncontainers) {
		d = reallocarray(s->containers, s->ncontainers + 1, sizeof(*d));
		if (!d) {
			cJSON_Delete(doc);
			return -ENOMEM;
		}
		s->containers = d;
		d[i] = (struct described){ .id = strdup(id) };
		if (!d[i].id) {
			cJSON_Delete(doc);
			return -ENOMEM;
		}
		s->ncontainers++;
	}
	cJSON_Delete(s->containers[i].doc);
	s->containers[i].doc = doc;
	s->containers[i].told = false;
	return 0;
}

/* Tell of a described container under the id that its cgroup has. */
static int tell_container(struct source_scap *s, const struct sr_str *path)
{
	struct sr_cgroup_id id;
	struct cJSON *doc;

	if (!path->len || sr_cgroup_parse(path->p, path->len, &id) != 1)
		return 0;
	for (size_t i = 0; i < s->ncontainers; i++) {
		struct described *d = &s->containers[i];

		if (d->told || strncmp(id.id, d->id, strlen(d->id)) != 0)
			continue;
		doc = cJSON_Duplicate(d->doc, 1);
		(void)cJSON_ReplaceItemInObjectCaseSensitive(doc, "id", cJSON_CreateString(id.id));
		d->told = true;
		return add_doc(s, doc);
	}
	return 0;
}

static void copy_str(struct cJSON *to, const char *key, const struct cJSON *from, const char *name)
{
	const char *v = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(from, name));

	if (v)
		(void)cJSON_AddStringToObject(to, key, v);
}

/* The reference tool numbers the runtimes. */
static const char *runtime_name(int i)
{
	static const char *const names[] = { "docker", "lxc",	 "libvirt-lxc", "mesos",
					     "rkt",    "static", "cri",		"containerd",
					     "cri-o",  "bpm",	 "podman" };

	return i >= 0 && (size_t)i < sizeof(names) / sizeof(names[0]) ? names[i] : "";
}

static void copy_param(struct cJSON *doc, const char *key, const struct sr_scap_event *e,
		       const char *name)
{
	const struct sr_scap_param *p = sr_scap_find(e, name, NULL);
	uint32_t len = p ? (uint32_t)strnlen((const char *)p->p, p->len) : 0;

	if (len)
		add_str(doc, key, (struct sr_str){ (const char *)p->p, len });
}

/* The first container events had a parameter each. */
static int take_old_container(struct source_scap *s, const struct sr_scap_event *e)
{
	struct cJSON *doc;
	int64_t type;

	if (!sr_scap_number_of(e, "type", &type))
		return 0;
	doc = cJSON_CreateObject();
	(void)cJSON_AddStringToObject(doc, "kind", "container");
	(void)cJSON_AddStringToObject(doc, "state", "resolved");
	(void)cJSON_AddBoolToObject(doc, "privileged", false);
	copy_param(doc, "id", e, "id");
	copy_param(doc, "name", e, "name");
	copy_param(doc, "image", e, "image");
	(void)cJSON_AddStringToObject(doc, "runtime", runtime_name((int)type));
	return describe(s, doc);
}

/* Container events carry {"container":{"id":...,"name":...}}. */
static int take_container(struct source_scap *s, const struct sr_scap_event *e)
{
	const struct sr_scap_param *p = sr_scap_find(e, "json", NULL);
	struct cJSON *in, *doc;
	const struct cJSON *c, *v;

	if (!p || !p->len)
		return take_old_container(s, e);
	in = cJSON_ParseWithLength((const char *)p->p, p->len);
	c = cJSON_GetObjectItemCaseSensitive(in, "container");
	if (!cJSON_IsObject(c)) {
		cJSON_Delete(in);
		return 0;
	}
	doc = cJSON_CreateObject();
	(void)cJSON_AddStringToObject(doc, "kind", "container");
	(void)cJSON_AddStringToObject(doc, "state", "resolved");
	copy_str(doc, "id", c, "id");
	copy_str(doc, "name", c, "name");
	copy_str(doc, "image", c, "image");
	copy_str(doc, "image_id", c, "imageid");
	v = cJSON_GetObjectItemCaseSensitive(c, "type");
	(void)cJSON_AddStringToObject(doc, "runtime",
				      runtime_name(cJSON_IsNumber(v) ? v->valueint : -1));
	v = cJSON_GetObjectItemCaseSensitive(c, "privileged");
	if (cJSON_IsBool(v))
		(void)cJSON_AddBoolToObject(doc, "privileged", cJSON_IsTrue(v));
	v = cJSON_GetObjectItemCaseSensitive(c, "labels");
	if (cJSON_IsObject(v))
		(void)cJSON_AddItemToObject(doc, "labels", cJSON_Duplicate(v, 1));
	(void)cJSON_AddItemToObject(doc, "raw", cJSON_Duplicate(c, 1));
	cJSON_Delete(in);
	return describe(s, doc);
}

/* ---- what stands before the events ---- */

static int take_interfaces(struct source_scap *s, const struct sr_scap_block *b, struct sr_err *err)
{
	struct sr_scap_list l = sr_scap_list(b);
	struct sr_scap_interface i;
	int rc;

	while ((rc = sr_scap_interface_next(&l, &i, err)) == 1)
		if (scap_state_add_interface(&s->state, &i) < 0)
			return -ENOMEM;
	return rc;
}

static int take_procs(struct source_scap *s, const struct sr_scap_block *b, struct sr_err *err)
{
	struct sr_scap_list l = sr_scap_list(b);
	struct sr_scap_proc p;
	int rc;

	while ((rc = sr_scap_proc_next(&l, &p, err)) == 1)
		if (scap_state_add_proc(&s->state, &p) < 0)
			return -ENOMEM;
	return rc;
}

static int take_fds(struct source_scap *s, const struct sr_scap_block *b, struct sr_err *err)
{
	struct sr_scap_list l = sr_scap_list(b);
	struct sr_scap_fd f;
	int64_t tid;
	int rc = sr_scap_fds_begin(&l, &tid, err);

	while (rc >= 0 && (rc = sr_scap_fd_next(&l, &f, err)) == 1)
		if (scap_state_add_fd(&s->state, tid, &f) < 0)
			return -ENOMEM;
	return rc;
}

static int take_metadata(struct source_scap *s, const struct sr_scap_block *b, struct sr_err *err)
{
	switch (b->what) {
	case SR_SCAP_SECTION:
		scap_state_clear(&s->state);
		s->in_events = false;
		return 0;
	case SR_SCAP_MACHINE:
		return take_machine(s, b, err);
	case SR_SCAP_INTERFACES:
		return take_interfaces(s, b, err);
	case SR_SCAP_USERS:
		return take_users(s, b, err);
	case SR_SCAP_PROCS:
		return take_procs(s, b, err);
	case SR_SCAP_FDS:
		return take_fds(s, b, err);
	default:
		return 0;
	}
}

/* ---- events ---- */

static bool is_shown(const struct sr_scap_event *e)
{
	static const char *const once[] = { "procexit", "signaldeliver" };

	if (e->state_only || e->desc->flags & SR_SCAP_HIDDEN)
		return false;
	if (e->id & 1)
		return e->desc->flags & SR_SCAP_SYSCALL;
	for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++)
		if (strcmp(e->desc->name, once[i]) == 0)
			return true;
	return false;
}

/* The result is the first parameter, if it is called so. */
static void set_result(const struct sr_scap_event *e, struct sr_event_in *ev)
{
	const char *first = e->desc->nparams ? e->desc->params[0].name : "";
	int64_t ret;

	if ((strcmp(first, "res") == 0 || strcmp(first, "fd") == 0) && e->id & 1 &&
	    sr_scap_number(e, 0, &ret))
		ev->ret = ret;
	else
		ev->flags |= SR_F_NO_RESULT;
}

static void set_type(const struct sr_scap_event *e, struct sr_event_in *ev)
{
	int64_t id;

	ev->name = e->desc->name;
	if (strcmp(ev->name, "syscall") == 0) {
		(void)sr_scap_number(e, 0, &id);
		ev->name = sr_scap_call_name((unsigned int)(id & 0xffff));
		ev->name = ev->name && (id & 0xffff) ? ev->name : "<unknown>";
		ev->type = sr_type_by_name(ev->name, strlen(ev->name));
		ev->alias = ev->name;
		/* Events without parameters do not say that a call waits. */
		if (ev->type &&
		    (ev->type->category == SR_CAT_WAIT || ev->type->category == SR_CAT_SLEEP))
			ev->type = NULL;
		return;
	}
	ev->type = scap_type_of(ev->name);
	if (ev->type && strcmp(ev->type->name, ev->name) != 0)
		ev->alias = ev->name;
}

static int add_event(struct source_scap *s, struct scap_thread *t, const struct sr_scap_event *e)
{
	const struct sr_scap_event *enter = scap_state_enter(t, e);
	struct sr_event_in ev = { .time = e->time, .cpu = e->cpu, .flags = SR_F_IMPORTED };
	struct scap_file *f;

	if (s->tables && t &&
	    scap_fds_tell(&s->state, t, s->builder, sr_builder_count(s->builder), &s->fd_ops) < 0)
		return -ENOMEM;
	set_result(e, &ev);
	set_type(e, &ev);
	if (t && t->entered && e->time >= t->entered)
		ev.dur = e->time - t->entered;
	else
		ev.flags |= SR_F_NO_START;
	if (t) {
		ev.thread = scap_thread_def(&s->state, t);
		if (!ev.thread)
			return -ENOMEM;
	}
	if (t && e->desc->flags & (SR_SCAP_MAKES_FD | SR_SCAP_USES_FD)) {
		f = scap_state_file(&s->state, t, t->last_fd);
		ev.file = f ? scap_connecting(&s->state, f, e) : scap_unopened(&s->state, t, e);
		if (!ev.file && enter && e->desc->flags & SR_SCAP_USES_FD &&
		    !(enter->desc->flags & SR_SCAP_USES_FD))
			ev.file = scap_untold(&s->state);
	}
	if (ev.type && strcmp(e->desc->name, "syscall") != 0)
		scap_args(&s->state, t, e, enter, &ev);
	return sr_builder_add(s->builder, &ev);
}

static int take_event(struct source_scap *s, const struct sr_scap_block *b, struct sr_err *err)
{
	struct sr_scap_event e;
	struct scap_thread *t = NULL;
	int rc = sr_scap_event(b, &e, err);

	if (rc < 0 || !e.desc)
		return rc;
	scap_state_before(&s->state);
	if (strcmp(e.desc->name, "container") == 0)
		return take_container(s, &e);
	if (e.desc->flags & (SR_SCAP_KEEPS_LAST | SR_SCAP_HIDDEN) || e.tid < 0)
		return 0;
	if (strstr(e.desc->name, "clone") || strstr(e.desc->name, "fork") || !is_shown(&e))
		t = scap_state_thread(&s->state, e.tid);
	if (!t && !(strstr(e.desc->name, "clone") || strstr(e.desc->name, "fork")) &&
	    strcmp(e.desc->name, "switch") != 0) {
		t = scap_state_need(&s->state, e.tid);
		if (!t)
			return -ENOMEM;
	}
	if (!(e.id & 1) && e.desc->flags & SR_SCAP_SYSCALL)
		return t ? scap_state_begin(&s->state, t, &e) : 0;
	rc = t ? scap_state_exit(&s->state, t, &e) : 0;
	if (rc == 0)
		rc = scap_state_end(&s->state, &t, &e);
	if (rc == 0 && is_shown(&e))
		rc = add_event(s, t, &e);
	scap_state_after(&s->state, t, &e);
	return rc;
}

/* ---- the source ---- */

static void note_damage(struct source_scap *s, const struct sr_err *err)
{
	s->damage.offset = err->pos == SR_NO_POS ? sr_scap_offset(s->file) : err->pos;
	s->damage.len = 0;
	(void)snprintf(s->damage.what, sizeof(s->damage.what), "%.127s", err->msg); /* may be cut */
	s->ndamages = 1;
	s->ended = true;
}

/* The next block of the file into s->pending. Return 1; 0 at the end. */
static int fetch(struct source_scap *s, struct sr_err *err)
{
	int rc;

	if (s->has_pending)
		return 1;
	if (s->ended)
		return 0;
	rc = sr_scap_next(s->file, &s->pending, err);
	s->has_pending = rc == 1;
	s->ended = rc <= 0;
	return rc;
}

static int take_pending(struct source_scap *s, struct sr_err *err)
{
	const struct sr_scap_block *b = &s->pending;

	s->has_pending = false;
	if (b->what == SR_SCAP_EVENT_BLOCK) {
		if (!s->in_events)
			scap_state_ready(&s->state);
		s->in_events = true;
		return take_event(s, b, err);
	}
	return take_metadata(s, b, err);
}

static bool is_full(const struct source_scap *s)
{
	return sr_builder_count(s->builder) >= BLOCK_EVENTS ||
	       sr_builder_bytes(s->builder) >= BLOCK_BYTES;
}

static int fill(struct source_scap *s, struct sr_err *err)
{
	int rc = 1;

	while (rc == 1 && !is_full(s) && !atomic_load(&s->stop)) {
		rc = fetch(s, err);
		if (rc == 1)
			rc = take_pending(s, err);
		if (rc == 0 && !s->ended)
			rc = 1;
	}
	if (rc == -EBADMSG || rc == -EPROTONOSUPPORT) {
		note_damage(s, err);
		rc = 0;
	}
	return rc < 0 ? rc : 0;
}

static void count_block(struct source_scap *s, const struct sr_block *b)
{
	struct sr_reel_stats *st = &s->stats;

	st->min_time = st->events && st->min_time < b->min_time ? st->min_time : b->min_time;
	st->max_time = st->events && st->max_time > b->max_time ? st->max_time : b->max_time;
	st->events += b->n;
	st->blocks++;
	st->bytes = st->block_bytes = st->raw_bytes = sr_scap_offset(s->file);
}

static int end(struct source_scap *s)
{
	struct cJSON *doc = cJSON_CreateObject();

	s->stats.bytes = sr_scap_offset(s->file);
	if (!s->ended || s->ndamages || sr_meta_end(s->s.meta)) {
		cJSON_Delete(doc);
		return 0;
	}
	(void)cJSON_AddStringToObject(doc, "kind", "end");
	(void)cJSON_AddNumberToObject(doc, "events", (double)s->stats.events);
	(void)cJSON_AddNumberToObject(doc, "lost", 0);
	(void)cJSON_AddStringToObject(doc, "reason", CLEAN_END);
	return add_doc(s, doc);
}

static int source_scap_next(struct sr_source *src, struct sr_block **out, struct sr_err *err)
{
	struct source_scap *s = of(src);
	uint64_t first = s->stats.events + 1;
	struct sr_err words = { .pos = SR_NO_POS };
	int rc;

	err = err ? err : &words;

	sr_builder_reset(s->builder);
	scap_state_block(&s->state);
	s->fd_ops.n = 0;
	rc = fill(s, err);
	if (rc < 0)
		return rc;
	if (!sr_builder_count(s->builder))
		return end(s);
	*out = sr_builder_block(s->builder);
	for (uint32_t i = 0; rc == 0 && i < (*out)->ncgroups; i++)
		rc = tell_container(s, &(*out)->strs[(*out)->cgroups[i].path]);
	if (rc < 0)
		return rc;
	(*out)->first_num = first;
	(*out)->fd_ops = s->fd_ops.v;
	(*out)->nfd_ops = s->fd_ops.n;
	count_block(s, *out);
	return 1;
}

static void source_scap_stats(struct sr_source *src, struct sr_source_stats *out)
{
	*out = (struct sr_source_stats){ .events = of(src)->stats.events,
					 .damaged = of(src)->ndamages };
}

static void source_scap_file(struct sr_source *src, struct sr_source_file *out)
{
	static const struct sr_reel_stats nothing;
	const struct source_scap *s = of(src);

	*out = (struct sr_source_file){ .damages = &s->damage,
					.ndamages = s->ndamages,
					.complete = s->ended && !s->ndamages,
					.stats = s->ended ? &s->stats : &nothing };
}

static void source_scap_stop(struct sr_source *src)
{
	atomic_store(&of(src)->stop, true);
}

static void source_scap_tables(struct sr_source *src)
{
	of(src)->tables = true;
}

static void source_scap_close(struct sr_source *src)
{
	struct source_scap *s = of(src);

	if (!src)
		return;
	for (size_t i = 0; i < s->ncontainers; i++) {
		free(s->containers[i].id);
		cJSON_Delete(s->containers[i].doc);
	}
	free(s->containers);
	scap_state_clear(&s->state);
	free(s->fd_ops.v);
	sr_arena_free(&s->state.arena);
	sr_builder_free(s->builder);
	sr_scap_free(s->file);
	free(s);
}

static const struct sr_source_ops ops = {
	.name = "scap",
	.next = source_scap_next,
	.stats = source_scap_stats,
	.file = source_scap_file,
	.tables = source_scap_tables,
	.stop = source_scap_stop,
	.close = source_scap_close,
};

/* Everything before the first event, which there has to be. */
static int begin(struct source_scap *s, struct sr_err *err)
{
	int rc;

	while ((rc = fetch(s, err)) == 1) {
		if (s->pending.what == SR_SCAP_EVENT_BLOCK)
			return 0;
		rc = take_pending(s, err);
		if (rc < 0)
			return rc;
	}
	if (rc == 0)
		rc = sr_err_set(err, -EBADMSG, sr_scap_offset(s->file), "has no events");
	return rc;
}

int sr_source_scap_open(struct sr_source **out, int fd, struct sr_meta *meta, struct sr_err *err)
{
	struct source_scap *s = calloc(1, sizeof(*s));
	int rc = -ENOMEM;

	if (!s) {
		(void)close(fd); /* only read from */
		return rc;
	}
	s->s.ops = &ops;
	s->s.meta = meta;
	s->state.to_remove = -1;
	s->state.gen = 1;
	rc = sr_scap_open(&s->file, fd, err);
	if (rc == 0)
		rc = sr_builder_new(&s->builder);
	if (rc == 0)
		rc = begin(s, err);
	if (rc < 0) {
		source_scap_close(&s->s);
		return rc;
	}
	*out = &s->s;
	return 0;
}
