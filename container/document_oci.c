/* SPDX-License-Identifier: Apache-2.0 */
/* OCI bundles: config.json, which says how a container was to be made, and what
 * engines write into its annotations. */
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

static int fill_bundle(struct sr_facts *f, const cJSON *doc, const char *id)
{
	if (!sr_json_at(doc, "ociVersion"))
		return -EBADMSG;
	f->inspect = cJSON_CreateObject();
	if (!f->inspect)
		return -ENOMEM;
	f->name = annotation(doc, name_keys);
	if (!*f->name)
		f->name = id; /* `ctr run IMAGE NAME`: the id is a name */
	f->image = annotation(doc, image_keys);
	f->created = sr_json_time(sr_json_at(doc, "annotations"), "io.kubernetes.cri-o.Created");
	f->args = sr_json_path(doc, "process.args");
	f->labels = sr_json_at(doc, "annotations");
	f->annotations = f->labels;
	f->privileged = sr_oci_privileged(doc);
	f->pod = sr_oci_pod(doc);
	sr_oci_inspect(f->inspect, doc);
	sr_oci_mounts(f->inspect, doc);
	return 0;
}

int sr_document_bundle(struct sr_buf *out, const char *runtime, const char *id, const char *json,
		       size_t len)
{
	return sr_document_parse(out, runtime, id, json, len, fill_bundle);
}
