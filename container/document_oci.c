/* SPDX-License-Identifier: Apache-2.0 */
/* What files tell of a container: config.json of an OCI bundle, which says how it
 * was to be made, with what engines write into its annotations; the state of runc
 * and crun; the lists of containers/storage; settings of LXC. */
#include "container/document.h"

#include <errno.h>
#include <stdio.h>

/* ---- the runtime specification ---- */

static bool has_word(const cJSON *list, const char *word)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, list)
	{
		const char *s = cJSON_GetStringValue(item);

		if (s && strcmp(s, word) == 0)
			return true;
	}
	return false;
}

/* The option that says how mounts spread. */
static const char *propagation(const cJSON *options)
{
	static const char *const words[] = { "private", "rprivate", "shared", "rshared",
					     "slave",	"rslave",   NULL };

	for (size_t i = 0; words[i]; i++) {
		if (has_word(options, words[i]))
			return words[i];
	}
	return "";
}

static void put_mount(cJSON *list, const cJSON *m)
{
	const cJSON *options = sr_json_at(m, "options");
	cJSON *one = cJSON_CreateObject();

	sr_json_put(one, "Type", sr_json_text(m, "type"));
	sr_json_put(one, "Source", sr_json_text(m, "source"));
	sr_json_put(one, "Destination", sr_json_text(m, "destination"));
	(void)cJSON_AddBoolToObject(one, "RW", !has_word(options, "ro"));
	sr_json_put(one, "Propagation", propagation(options));
	if (!one || !cJSON_AddItemToArray(list, one))
		cJSON_Delete(one);
}

/* A namespace that is not listed is the one of whoever starts the container: the host's. */
static void put_namespaces(cJSON *host_config, const cJSON *list)
{
	static const char *const rows[][2] = { { "pid", "PidMode" },
					       { "network", "NetworkMode" },
					       { "ipc", "IpcMode" } };
	const cJSON *ns;

	if (!list)
		return;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool own = false;

		cJSON_ArrayForEach(ns, list) own |=
			strcmp(sr_json_text(ns, "type"), rows[i][0]) == 0;
		sr_json_put(host_config, rows[i][1], own ? "private" : "host");
	}
}

static void put_user(cJSON *config, const cJSON *user)
{
	const cJSON *uid = sr_json_at(user, "uid"), *gid = sr_json_at(user, "gid");
	char text[48];

	if (!cJSON_IsNumber(uid))
		return;
	(void)snprintf(text, sizeof(text), "%.0f:%.0f", uid->valuedouble, /* cut if absurd */
		       cJSON_IsNumber(gid) ? gid->valuedouble : 0);
	sr_json_put(config, "User", text);
}

void sr_oci_inspect(cJSON *inspect, const cJSON *spec)
{
	put_user(sr_json_put_object(inspect, "Config"), sr_json_path(spec, "process.user"));
	put_namespaces(sr_json_put_object(inspect, "HostConfig"),
		       sr_json_path(spec, "linux.namespaces"));
}

void sr_oci_mounts(cJSON *inspect, const cJSON *spec)
{
	const cJSON *mounts = sr_json_at(spec, "mounts"), *m;
	cJSON *list = mounts ? cJSON_AddArrayToObject(inspect, "Mounts") : NULL;

	cJSON_ArrayForEach(m, mounts) put_mount(list, m);
}

/* Privileged containers have every capability, and nothing of /proc and /sys is hidden. */
int sr_oci_privileged(const cJSON *spec)
{
	const cJSON *linux_part = sr_json_at(spec, "linux");

	if (!linux_part || !sr_json_at(spec, "process"))
		return -1;
	return has_word(sr_json_path(spec, "process.capabilities.bounding"), "CAP_SYS_ADMIN") &&
	       !cJSON_GetArraySize(sr_json_at(linux_part, "maskedPaths")) &&
	       !cJSON_GetArraySize(sr_json_at(linux_part, "readonlyPaths"));
}

/* ---- a bundle ---- */

/* The first annotation of the list that is there; runtimes do not agree on names. */
static const char *annotation(const cJSON *doc, const char *const *keys)
{
	const cJSON *all = sr_json_at(doc, "annotations");

	for (; *keys; keys++) {
		const char *s = sr_json_text(all, *keys);

		if (*s)
			return s;
	}
	return "";
}

static const char *const name_keys[] = { "nerdctl/name", "io.kubernetes.cri.container-name",
					 "io.kubernetes.container.name",
					 "io.kubernetes.cri-o.ContainerName", NULL };
static const char *const image_keys[] = { "io.kubernetes.cri.image-name",
					  "io.kubernetes.cri-o.ImageName", NULL };

/* Members of "pod", and the annotations that have them. */
static const struct {
	const char *member;
	const char *const keys[4];
} pod_keys[] = {
	{ "name",
	  { "io.kubernetes.cri.sandbox-name", "io.kubernetes.cri-o.KubeName",
	    "io.kubernetes.pod.name" } },
	{ "namespace",
	  { "io.kubernetes.cri.sandbox-namespace", "io.kubernetes.cri-o.Namespace",
	    "io.kubernetes.pod.namespace" } },
	{ "uid", { "io.kubernetes.cri.sandbox-uid", "io.kubernetes.pod.uid" } },
	{ "sandbox", { "io.kubernetes.cri.sandbox-id", "io.kubernetes.cri-o.SandboxID" } },
	{ "ip", { "io.kubernetes.cri-o.IP.0" } },
};

cJSON *sr_oci_pod(const cJSON *doc)
{
	cJSON *pod = cJSON_CreateObject();

	for (size_t i = 0; i < sizeof(pod_keys) / sizeof(pod_keys[0]); i++)
		sr_json_put(pod, pod_keys[i].member, annotation(doc, pod_keys[i].keys));
	if (pod && pod->child)
		return pod;
	cJSON_Delete(pod);
	return NULL;
}

/* ---- what files tell ---- */

/* What containers/storage has of the container: Podman's names, CRI-O's pods. */
static void fill_storage(struct sr_facts *f, const cJSON *entry, const cJSON *image)
{
	const cJSON *meta = sr_json_at(entry, "metadata");
	const char *name = cJSON_GetStringValue(cJSON_GetArrayItem(sr_json_at(entry, "names"), 0));

	if (*sr_json_text(meta, "container-name"))
		name = sr_json_text(meta, "metadata-name");
	if (name && *name)
		f->name = name;
	if (*sr_json_text(meta, "image-name"))
		f->image = sr_json_text(meta, "image-name");
	f->image_id = sr_json_text(entry, "image");
	f->digest = sr_json_text(image, "digest");
	if (!f->created)
		f->created = sr_json_time(entry, "created");
}

static void fill_state(struct sr_facts *f, const cJSON *told)
{
	const cJSON *pid = sr_json_at(told, "pid");
	cJSON *state;

	if (!cJSON_IsNumber(pid))
		return;
	f->started = sr_json_time(told, "created");
	state = sr_json_put_object(f->inspect, "State");
	sr_json_put(state, "Status", "running");
	(void)cJSON_AddTrueToObject(state, "Running"); /* without memory it is left out */
	(void)cJSON_AddNumberToObject(state, "Pid", pid->valuedouble);
	sr_json_put(state, "StartedAt", sr_json_text(told, "created"));
}

static void fill_spec(struct sr_facts *f, const cJSON *spec)
{
	f->image = annotation(spec, image_keys);
	f->created = sr_json_time(sr_json_at(spec, "annotations"), "io.kubernetes.cri-o.Created");
	f->args = sr_json_path(spec, "process.args");
	f->labels = sr_json_at(spec, "annotations");
	f->annotations = f->labels;
	f->privileged = sr_oci_privileged(spec);
	f->pod = sr_oci_pod(spec);
	sr_oci_inspect(f->inspect, spec);
	sr_oci_mounts(f->inspect, spec);
	if (*annotation(spec, name_keys))
		f->name = annotation(spec, name_keys); /* else the id is the name: `ctr run` */
}

/* The first value of a setting. */
static const char *setting(const cJSON *settings, const char *key)
{
	const char *s = cJSON_GetStringValue(cJSON_GetArrayItem(sr_json_at(settings, key), 0));

	return s ? s : "";
}

/* "/srv data none bind,ro 0 0" */
static void put_lxc_mount(cJSON *list, const char *entry)
{
	char source[256], dest[256], type[64], options[256] = "";
	cJSON *one;

	if (sscanf(entry, "%255s %255s %63s %255s", source, dest, type, options) < 3)
		return;
	one = cJSON_CreateObject();
	sr_json_put(one, "Type", strstr(options, "bind") ? "bind" : type);
	sr_json_put(one, "Source", source);
	sr_json_put(one, "Destination", dest);
	(void)cJSON_AddBoolToObject(one, "RW",
				    strcmp(options, "ro") != 0 && !strstr(options, ",ro"));
	if (!one || !cJSON_AddItemToArray(list, one))
		cJSON_Delete(one);
}

static void fill_settings(struct sr_facts *f, const cJSON *settings)
{
	const cJSON *mounts = sr_json_at(settings, "lxc.mount.entry"), *item;
	cJSON *list = mounts ? cJSON_AddArrayToObject(f->inspect, "Mounts") : NULL, *net;
	const char *ip = setting(settings, "lxc.net.0.ipv4.address");
	char address[64];

	if (*setting(settings, "lxc.uts.name") || *setting(settings, "lxc.rootfs.path"))
		f->privileged = sr_json_at(settings, "lxc.idmap") == NULL;
	f->program = setting(settings, "lxc.init.cmd");
	cJSON_ArrayForEach(item, mounts)
	{
		if (cJSON_IsString(item))
			put_lxc_mount(list, item->valuestring);
	}
	(void)snprintf(address, sizeof(address), "%.*s", (int)strcspn(ip, "/"),
		       ip); /* may be cut */
	net = *ip ? sr_json_put_object(f->inspect, "NetworkSettings") : NULL;
	sr_json_put(net, "IPAddress", address);
}

static int fill_files(struct sr_facts *f, const cJSON *words, const char *id)
{
	const cJSON *spec = sr_json_at(words, "config"), *settings = sr_json_at(words, "settings");

	if (spec ? !sr_json_at(spec, "ociVersion") : !settings && !sr_json_at(words, "state"))
		return -EBADMSG;
	f->inspect = cJSON_CreateObject();
	if (!f->inspect)
		return -ENOMEM;
	f->name = id;
	if (spec)
		fill_spec(f, spec);
	if (settings)
		fill_settings(f, settings);
	fill_storage(f, sr_json_at(words, "storage"), sr_json_at(words, "image"));
	fill_state(f, sr_json_at(words, "state"));
	return 0;
}

int sr_document_files(struct sr_buf *out, const char *runtime, const char *id, cJSON *words)
{
	return sr_document_make(out, runtime, id, words, fill_files);
}
