/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of containers that stand in what the runtime told, which has the form of
 * the inspect document of Docker and Podman, or of Docker's file of it. */
#include "filters/field_impl.h"
#include "formats/base/json.h"

#include <cjson/cJSON.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>

/* A member of what the runtime told, "State.ExitCode"; NULL if it is not there. */
static const cJSON *raw_at(const struct sr_container *ct, const char *path)
{
	return sr_json_path(sr_container_words(ct), path);
}

static void set_missing(struct sr_val *out, const struct sr_container *ct)
{
	sr_set_absent(out, ct->state == SR_CT_RESOLVED ? SR_NONE : SR_UNKNOWN);
}

static void set_text(struct sr_val *out, const struct sr_container *ct, const char *s)
{
	if (s && *s)
		sr_set_cstr(out, s);
	else
		set_missing(out, ct);
}

static void set_scratch(struct sr_val *out, struct sr_view *v, const struct sr_container *ct)
{
	if (v->scratch.len)
		sr_set_scratch(out, v, 0);
	else
		set_missing(out, ct);
}

/* ---- mounts ---- */

struct mount {
	const char *source, *dest, *mode, *propagation;
	bool rw;
};

/* The mounts: "Mounts" of an inspect document, "MountPoints" by destination in Docker's file. */
static const cJSON *first_mount(const struct sr_container *ct)
{
	const cJSON *list = raw_at(ct, "Mounts");

	if (!list)
		list = raw_at(ct, "MountPoints");
	return cJSON_IsArray(list) || cJSON_IsObject(list) ? list->child : NULL;
}

static struct mount read_mount(const cJSON *m)
{
	return (struct mount){ .source = sr_json_text(m, "Source"),
			       .dest = *sr_json_text(m, "Destination")
					       ? sr_json_text(m, "Destination")
				       : m->string ? m->string
						   : "",
			       .mode = *sr_json_text(m, "Mode") ? sr_json_text(m, "Mode")
								: sr_json_text(m, "Relabel"),
			       .propagation = sr_json_text(m, "Propagation"),
			       .rw = cJSON_IsTrue(sr_json_at(m, "RW")) };
}

static void put_mount(struct sr_buf *out, const struct mount *m)
{
	sr_buf_printf(out, "%s:%s:%s:%s:%s", m->source, m->dest, m->mode, m->rw ? "true" : "false",
		      m->propagation);
}

void sr_get_ct_mounts(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		      struct sr_val *out)
{
	const struct sr_container *ct = sr_ct_of(v, idx, false, out);

	(void)f;
	if (!ct)
		return;
	for (const cJSON *m = first_mount(ct); m; m = m->next) {
		struct mount one = read_mount(m);

		if (v->scratch.len)
			sr_buf_putc(&v->scratch, ',');
		put_mount(&v->scratch, &one);
	}
	set_scratch(out, v, ct);
}

/* [3] is the fourth; other texts are globs of the destination for the field "source", of the
 * source for all others. */
static const cJSON *find_mount(const struct sr_container *ct, const char *arg, bool by_dest)
{
	bool number = *arg && arg[strspn(arg, "0123456789")] == '\0' && strlen(arg) < 6;
	long nth = number ? strtol(arg, NULL, 10) : 0;

	for (const cJSON *m = first_mount(ct); m; m = m->next) {
		struct mount one = read_mount(m);

		if (number ? nth-- == 0 : fnmatch(arg, by_dest ? one.dest : one.source, 0) == 0)
			return m;
	}
	return NULL;
}

/* off of the row: the part; 0 the whole. */
void sr_get_ct_mount(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		     struct sr_val *out)
{
	const struct sr_container *ct = sr_ct_of(v, idx, false, out);
	uint32_t part = sr_field_impl_of(f->field)->off;
	const cJSON *found;
	struct mount m;

	if (!ct)
		return;
	found = find_mount(ct, f->arg, part == 's');
	if (!found) {
		set_missing(out, ct);
		return;
	}
	m = read_mount(found);
	if (part) {
		set_text(out, ct,
			 part == 's'   ? m.source
			 : part == 'd' ? m.dest
			 : part == 'm' ? m.mode
			 : part == 'p' ? m.propagation
			 : m.rw	       ? "true"
				       : "false");
		return;
	}
	put_mount(&v->scratch, &m);
	sr_set_scratch(out, v, 0);
}

/* ---- network ---- */

static const char *first_ip(const struct sr_container *ct)
{
	const cJSON *net;
	const char *ip = cJSON_GetStringValue(raw_at(ct, "NetworkSettings.IPAddress"));
	cJSON_ArrayForEach(net, raw_at(ct, "NetworkSettings.Networks"))
	{
		if (!ip || !*ip)
			ip = sr_json_text(net, "IPAddress");
	}
	return ip ? ip : "";
}

void sr_get_ct_ip(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	const struct sr_container *ct = sr_ct_of(v, idx, false, out);

	(void)f;
	if (ct)
		set_text(out, ct, first_ip(ct));
}

/* "80/tcp" that is open inside, "8080->80/tcp" that the host passes on. */
void sr_get_ct_ports(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		     struct sr_val *out)
{
	const struct sr_container *ct = sr_ct_of(v, idx, false, out);
	const cJSON *port, *host;

	(void)f;
	if (!ct)
		return;
	cJSON_ArrayForEach(port, raw_at(ct, "NetworkSettings.Ports"))
	{
		if (!port->string)
			continue;
		if (!port->child)
			sr_buf_printf(&v->scratch, "%s%s", v->scratch.len ? ", " : "",
				      port->string);
		cJSON_ArrayForEach(host, port)
		{
			const char *ip = sr_json_text(host, "HostIp");

			sr_buf_printf(&v->scratch, "%s%s%s%s->%s", v->scratch.len ? ", " : "", ip,
				      *ip ? ":" : "", sr_json_text(host, "HostPort"), port->string);
		}
	}
	set_scratch(out, v, ct);
}

/* off of the row: P, N, I. */
void sr_get_ct_host_ns(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		       struct sr_val *out)
{
	static const char *const modes[] = { ['P'] = "HostConfig.PidMode",
					     ['N'] = "HostConfig.NetworkMode",
					     ['I'] = "HostConfig.IpcMode" };
	const struct sr_container *ct = sr_ct_of(v, idx, false, out);
	const char *mode;

	if (!ct)
		return;
	mode = cJSON_GetStringValue(raw_at(ct, modes[sr_field_impl_of(f->field)->off]));
	if (mode)
		sr_set_bool(out, strcmp(mode, "host") == 0);
	else
		sr_set_absent(out, SR_UNKNOWN);
}

/* ---- state ---- */

/* "NONE" where the image's check was turned off, too. */
void sr_get_ct_health(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		      struct sr_val *out)
{
	const struct sr_container *ct = sr_ct_of(v, idx, false, out);
	const cJSON *item;
	const char *s;

	(void)f;
	if (!ct)
		return;
	cJSON_ArrayForEach(item, raw_at(ct, "Config.Healthcheck.Test"))
	{
		s = cJSON_GetStringValue(item);
		if (!s || strcmp(s, "CMD") == 0 || strcmp(s, "CMD-SHELL") == 0)
			continue;
		if (v->scratch.len)
			sr_buf_putc(&v->scratch, ' ');
		sr_buf_puts(&v->scratch, s);
	}
	if (v->scratch.len)
		sr_set_scratch(out, v, 0);
	else if (raw_at(ct, "Config"))
		sr_set_cstr(out, "NONE");
	else
		sr_set_absent(out, SR_UNKNOWN);
}

/* Takes @word off the front of a list; false if something else stands there. */
static bool take_word(struct sr_str *argv, const char *word)
{
	struct sr_str e;

	return sr_list_next(argv, &e) && e.len == strlen(word) && memcmp(e.p, word, e.len) == 0;
}

/* Whether a process was started with the words of the check. */
static bool is_check(const cJSON *test, struct sr_str argv)
{
	const char *kind = test && test->child ? cJSON_GetStringValue(test->child) : NULL;
	const cJSON *word = kind ? test->child->next : NULL;
	const char *s;

	if (!kind || !word)
		return false;
	if (strcmp(kind, "CMD-SHELL") == 0 &&
	    (!take_word(&argv, "/bin/sh") || !take_word(&argv, "-c")))
		return false;
	for (; word; word = word->next) {
		s = cJSON_GetStringValue(word);
		if (!s || !take_word(&argv, s))
			return false;
	}
	return !argv.len;
}

#define MAX_LEVELS 20 /* that a check's own children are looked for */

/* The process, or what started it, is a run of the container's health check; what comes from the
 * container's first process is not. */
void sr_get_is_healthcheck(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			   struct sr_val *out)
{
	const struct sr_container *ct = sr_ct_of(v, idx, false, out);
	const struct sr_thread *ts = v->b->threads;
	const cJSON *test;
	bool found = false;

	(void)f;
	if (!ct)
		return;
	test = raw_at(ct, "Config.Healthcheck.Test");
	for (int n = 0; idx && ts[idx].vpid != 1 && n < MAX_LEVELS && !found; n++) {
		found = is_check(test, v->b->strs[ts[idx].args]);
		idx = ts[idx].parent;
	}
	if (raw_at(ct, "Config"))
		sr_set_bool(out, found);
	else
		sr_set_absent(out, SR_UNKNOWN);
}

/* When the container was started, ns since the epoch; 0 unknown. */
static uint64_t started(const struct sr_container *ct)
{
	const char *s = ct->doc ? sr_json_text(ct->doc, "started") : "";

	return *s && s[strspn(s, "0123456789")] == '\0' ? strtoull(s, NULL, 10) : 0;
}

void sr_get_ct_start(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		     struct sr_val *out)
{
	const struct sr_container *ct = sr_ct_of(v, idx, false, out);

	(void)f;
	if (ct && started(ct))
		sr_set_time(out, started(ct));
	else if (ct)
		sr_set_absent(out, SR_UNKNOWN);
}

void sr_get_ct_duration(const struct sr_fieldref *f, struct sr_view *v, uint32_t row,
			struct sr_val *out)
{
	const struct sr_container *ct = sr_ct_of(v, v->b->thread[row], false, out);
	uint64_t now, from;

	(void)f;
	if (!ct)
		return;
	from = started(ct);
	now = sr_meta_wall(v->meta, v->b->time[row]);
	if (from && now >= from)
		sr_set_dur(out, now - from);
	else
		sr_set_absent(out, SR_UNKNOWN);
}

/* ---- single values ---- */

static const char *const raw_texts[] = {
	['u'] = "Config.User", ['h'] = "State.Health.Status", ['s'] = "State.Status"
};

/* off of the row: which. */
void sr_get_ct_raw_text(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			struct sr_val *out)
{
	const struct sr_container *ct = sr_ct_of(v, idx, false, out);

	if (ct)
		set_text(out, ct,
			 cJSON_GetStringValue(
				 raw_at(ct, raw_texts[sr_field_impl_of(f->field)->off])));
}

static const char *const raw_numbers[] = { ['r'] = "RestartCount", ['e'] = "State.ExitCode" };

/* The exit code of what still runs is nobody's. */
void sr_get_ct_raw_number(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			  struct sr_val *out)
{
	const struct sr_container *ct = sr_ct_of(v, idx, false, out);
	uint32_t which = sr_field_impl_of(f->field)->off;
	const cJSON *n;

	if (!ct)
		return;
	n = raw_at(ct, raw_numbers[which]);
	if (!cJSON_IsNumber(n) || !(n->valuedouble >= 0 && n->valuedouble < 1e9))
		sr_set_absent(out, SR_UNKNOWN);
	else if (which == 'e' && cJSON_IsTrue(raw_at(ct, "State.Running")))
		sr_set_absent(out, SR_NONE);
	else
		sr_set_uint(out, (uint64_t)n->valuedouble);
}

/* ---- Kubernetes ---- */

/* What the runtime tells of the pod; else labels that kubelet gives to Docker's containers. */
static const struct {
	const char *pod, *label;
} k8s_keys[] = {
	['n'] = { "pod.name", "io.kubernetes.pod.name" },
	['N'] = { "pod.namespace", "io.kubernetes.pod.namespace" },
	['u'] = { "pod.uid", "io.kubernetes.pod.uid" },
	['s'] = { "pod.sandbox", "io.kubernetes.sandbox.id" },
};

static const char *k8s_text(const struct sr_container *ct, uint32_t which)
{
	const char *s = cJSON_GetStringValue(sr_json_path(ct->doc, k8s_keys[which].pod));

	for (size_t i = 0; !s && i < ct->nlabels; i++) {
		if (strcmp(ct->labels[i].key, k8s_keys[which].label) == 0)
			s = ct->labels[i].value;
	}
	return s ? s : "";
}

/* off of the row: which; with SHORT the first 12 digits. */
void sr_get_k8s(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, struct sr_val *out)
{
	const struct sr_container *ct = sr_ct_of(v, idx, false, out);
	uint32_t which = sr_field_impl_of(f->field)->off;
	const char *value;

	if (!ct)
		return;
	value = k8s_text(ct, which & 0x7f);
	if (*value && which & SR_K8S_SHORT)
		sr_set_str(out, value, strnlen(value, 12));
	else
		set_text(out, ct, value);
}

/* The container of the pod's sandbox, where Docker knows of the pod. */
static const struct sr_container *sandbox_of(const struct sr_container *ct, struct sr_view *v)
{
	const char *id = k8s_text(ct, 's');

	return *id && v->meta ? sr_meta_container(v->meta, id, strlen(id)) : NULL;
}

/* The network is that of the sandbox, which all containers of the pod share. */
void sr_get_k8s_pod_ip(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		       struct sr_val *out)
{
	const struct sr_container *ct = sr_ct_of(v, idx, false, out), *box;
	const char *ip;

	(void)f;
	if (!ct)
		return;
	ip = cJSON_GetStringValue(sr_json_path(ct->doc, "pod.ip"));
	box = ip ? NULL : sandbox_of(ct, v);
	set_text(out, ct, box ? first_ip(box) : ip);
}

/* Labels of the pod: those of its sandbox. */
static const cJSON *pod_labels(const struct sr_container *ct, struct sr_view *v)
{
	const cJSON *labels = sr_json_path(ct->doc, "pod.labels");
	const struct sr_container *box = labels ? NULL : sandbox_of(ct, v);

	return box ? sr_json_at(box->doc, "labels") : labels;
}

static void put_all(struct sr_val *out, struct sr_view *v, const struct sr_container *ct,
		    const cJSON *texts)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, texts)
	{
		if (item->string && cJSON_IsString(item))
			sr_buf_printf(&v->scratch, "%s%s:%s", v->scratch.len ? ", " : "",
				      item->string, item->valuestring);
	}
	set_scratch(out, v, ct);
}

void sr_get_k8s_pod_label(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			  struct sr_val *out)
{
	const struct sr_container *ct = sr_ct_of(v, idx, false, out);

	if (ct)
		set_text(out, ct, sr_json_text(pod_labels(ct, v), f->arg));
}

void sr_get_k8s_pod_labels(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			   struct sr_val *out)
{
	const struct sr_container *ct = sr_ct_of(v, idx, false, out);

	(void)f;
	if (ct)
		put_all(out, v, ct, pod_labels(ct, v));
}

void sr_get_ct_annotation(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			  struct sr_val *out)
{
	const struct sr_container *ct = sr_ct_of(v, idx, false, out);

	if (ct)
		set_text(out, ct, sr_json_text(sr_json_at(ct->doc, "annotations"), f->arg));
}

void sr_get_ct_annotations(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			   struct sr_val *out)
{
	const struct sr_container *ct = sr_ct_of(v, idx, false, out);

	(void)f;
	if (ct)
		put_all(out, v, ct, sr_json_at(ct->doc, "annotations"));
}

/* ---- what was found in it from outside ---- */

static const cJSON *inside_at(const struct sr_container *ct, const char *key)
{
	return ct->doc ? sr_json_at(sr_json_at(ct->doc, "inside"), key) : NULL;
}

/* What nobody could look for is not known; what was not found is not there. */
static void set_not_inside(struct sr_val *out, const struct sr_container *ct)
{
	sr_set_absent(out, inside_at(ct, "netns") ? SR_NONE : SR_UNKNOWN);
}

/* off of the row: r its root, u what it has changed. */
void sr_get_ct_folder(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		      struct sr_val *out)
{
	const struct sr_container *ct = sr_ct_of(v, idx, false, out);
	const char *s;

	if (!ct)
		return;
	s = cJSON_GetStringValue(
		inside_at(ct, sr_field_impl_of(f->field)->off == 'r' ? "root" : "upper"));
	if (s && *s)
		sr_set_cstr(out, s);
	else
		set_not_inside(out, ct);
}

void sr_get_ct_netns(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		     struct sr_val *out)
{
	const struct sr_container *ct = sr_ct_of(v, idx, false, out);
	const cJSON *n;

	(void)f;
	if (!ct)
		return;
	n = inside_at(ct, "netns");
	if (cJSON_IsNumber(n) && n->valuedouble >= 0 && n->valuedouble < 0x1p53)
		sr_set_uint(out, (uint64_t)n->valuedouble);
	else
		set_not_inside(out, ct);
}

/* eth0:veth1a2b, joined by commas; its own name is left out where it is not known. */
void sr_get_ct_veth(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
		    struct sr_val *out)
{
	const struct sr_container *ct = sr_ct_of(v, idx, false, out);
	const cJSON *l;

	(void)f;
	if (!ct)
		return;
	cJSON_ArrayForEach(l, inside_at(ct, "links"))
		sr_buf_printf(&v->scratch, "%s%s:%s", v->scratch.len ? "," : "",
			      sr_json_text(l, "name"), sr_json_text(l, "host"));
	if (v->scratch.len)
		sr_set_scratch(out, v, 0);
	else
		set_not_inside(out, ct);
}
