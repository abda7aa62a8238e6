/* SPDX-License-Identifier: Apache-2.0 */
/* The words of containerd and CRI-O: what the Kubernetes container runtime
 * interface tells of a container and its pod, and containerd's own records. */
#include "container/document.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_PORTS 1024 /* of one container */

/* ---- parts ---- */

static const char *first_of(const char *a, const char *b)
{
	return *a ? a : b;
}

static void put_number(cJSON *o, const char *key, const cJSON *n)
{
	(void)cJSON_AddNumberToObject(o, key, cJSON_IsNumber(n) ? n->valuedouble : 0);
}

/* The state in Docker's words; @rows: pairs of theirs and Docker's, the first if none was told. */
static void put_state(cJSON *state, const char *theirs, const char *const rows[][2])
{
	size_t i = 0;

	if (*theirs) {
		while (rows[i][0] && strcmp(rows[i][0], theirs) != 0)
			i++;
	}
	sr_json_put(state, "Status", rows[i][1]);
	(void)cJSON_AddBoolToObject(state, "Running", /* without memory it is left out */
				    strcmp(rows[i][1], "running") == 0);
}

static void put_address(cJSON *inspect, cJSON *ports, const char *ip)
{
	cJSON *net = sr_json_put_object(inspect, "NetworkSettings");

	sr_json_put(net, "IPAddress", ip);
	if (ports && (!net || !cJSON_AddItemToObject(net, "Ports", ports)))
		cJSON_Delete(ports);
}

static int number_of(const cJSON *o, const char *a, const char *b)
{
	const cJSON *n = sr_json_at(o, a);

	if (!cJSON_IsNumber(n))
		n = sr_json_at(o, b);
	return cJSON_IsNumber(n) && n->valuedouble > 0 && n->valuedouble < 65536 ? n->valueint : 0;
}

/* {"80/tcp":[{"HostIp":"","HostPort":"8080"}]}; @p: one port as the interface has it
 * ("container_port"), or as nerdctl's label has it ("ContainerPort"). */
static void put_port(cJSON *ports, const cJSON *p)
{
	static const char *const protocols[] = { "tcp", "udp", "sctp" };
	int inner = number_of(p, "container_port", "ContainerPort");
	int outer = number_of(p, "host_port", "HostPort");
	const cJSON *n = sr_json_at(p, "protocol");
	const char *protocol = sr_json_text(p, "Protocol");
	cJSON *list, *host;
	char text[32];

	if (cJSON_IsNumber(n) && n->valueint >= 0 && n->valueint < 3)
		protocol = protocols[n->valueint];
	(void)snprintf(text, sizeof(text), "%d/%.8s", inner, *protocol ? protocol : "tcp");
	list = outer ? cJSON_AddArrayToObject(ports, text) : cJSON_AddNullToObject(ports, text);
	if (!outer || !list)
		return;
	host = cJSON_CreateObject();
	sr_json_put(host, "HostIp",
		    first_of(sr_json_text(p, "host_ip"), sr_json_text(p, "HostIP")));
	(void)snprintf(text, sizeof(text), "%d", outer);
	sr_json_put(host, "HostPort", text);
	if (!host || !cJSON_AddItemToArray(list, host))
		cJSON_Delete(host);
}

/* NULL if there is none. */
static cJSON *ports_of(const cJSON *list)
{
	cJSON *ports = cJSON_GetArraySize(list) ? cJSON_CreateObject() : NULL;
	const cJSON *p;
	int n = 0;

	cJSON_ArrayForEach(p, list)
	{
		if (ports && n++ < MAX_PORTS)
			put_port(ports, p);
	}
	return ports;
}

/* ---- the container runtime interface ---- */

static const char *const container_states[][2] = { { "CONTAINER_CREATED", "created" },
						   { "CONTAINER_RUNNING", "running" },
						   { "CONTAINER_EXITED", "exited" },
						   { NULL, "unknown" } };
static const char *const sandbox_states[][2] = { { "SANDBOX_READY", "running" },
						 { "SANDBOX_NOTREADY", "exited" },
						 { NULL, "unknown" } };

static void put_cri_mounts(cJSON *inspect, const cJSON *mounts)
{
	cJSON *list = cJSON_AddArrayToObject(inspect, "Mounts");
	const cJSON *m;

	cJSON_ArrayForEach(m, mounts)
	{
		const char *spread = sr_json_text(m, "propagation");
		cJSON *one = cJSON_CreateObject();

		sr_json_put(one, "Type", "bind");
		sr_json_put(one, "Source", sr_json_text(m, "hostPath"));
		sr_json_put(one, "Destination", sr_json_text(m, "containerPath"));
		(void)cJSON_AddBoolToObject(one, "RW", !cJSON_IsTrue(sr_json_at(m, "readonly")));
		sr_json_put(one, "Propagation",
			    strcmp(spread, "PROPAGATION_BIDIRECTIONAL") == 0	   ? "rshared"
			    : strcmp(spread, "PROPAGATION_HOST_TO_CONTAINER") == 0 ? "rslave"
										   : "rprivate");
		if (!one || !cJSON_AddItemToArray(list, one))
			cJSON_Delete(one);
	}
}

/* Namespaces that the pod shares with the host, which the specification has as those of a process
 * of the pod. */
static void put_host_namespaces(cJSON *host_config, const cJSON *options)
{
	static const char *const rows[][2] = { { "pid", "PidMode" },
					       { "network", "NetworkMode" },
					       { "ipc", "IpcMode" } };

	for (size_t i = 0; options && i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool host = strcmp(sr_json_text(options, rows[i][0]), "NODE") == 0;

		cJSON_DeleteItemFromObjectCaseSensitive(host_config, rows[i][1]);
		sr_json_put(host_config, rows[i][1], host ? "host" : "private");
	}
}

static cJSON *pod_of(const cJSON *sandbox)
{
	const cJSON *status = sr_json_at(sandbox, "status"), *meta = sr_json_at(status, "metadata");
	cJSON *pod = status ? cJSON_CreateObject() : NULL;

	sr_json_put(pod, "name", sr_json_text(meta, "name"));
	sr_json_put(pod, "namespace", sr_json_text(meta, "namespace"));
	sr_json_put(pod, "uid", sr_json_text(meta, "uid"));
	sr_json_put(pod, "sandbox", sr_json_text(status, "id"));
	sr_json_put(pod, "ip", sr_json_text(sr_json_at(status, "network"), "ip"));
	sr_json_put_copy(pod, "labels", sr_json_at(status, "labels"));
	sr_json_put_copy(pod, "annotations", sr_json_at(status, "annotations"));
	return pod;
}

/* What containers and sandboxes have in common. @own: "status" and "info" of it. */
static int fill_common(struct sr_facts *f, const cJSON *own, const cJSON *sandbox)
{
	const cJSON *info = sr_json_path(own, "info.info"), *spec = sr_json_at(info, "runtimeSpec");
	const cJSON *box = sr_json_path(sandbox, "status.linux.namespaces.options");
	const cJSON *privileged = sr_json_path(info, "config.linux.security_context.privileged");

	f->inspect = cJSON_CreateObject();
	if (!f->inspect)
		return -ENOMEM;
	f->created = sr_json_time(sr_json_at(own, "status"), "createdAt");
	f->labels = sr_json_path(own, "status.labels");
	f->annotations = sr_json_path(own, "status.annotations");
	f->args = sr_json_path(spec, "process.args");
	if (!privileged)
		privileged = sr_json_at(info, "privileged"); /* CRI-O */
	f->privileged =
		cJSON_IsBool(privileged) ? cJSON_IsTrue(privileged) : sr_oci_privileged(spec);
	f->pod = pod_of(sandbox);
	sr_oci_inspect(f->inspect, spec);
	put_host_namespaces(cJSON_GetObjectItemCaseSensitive(f->inspect, "HostConfig"), box);
	put_address(f->inspect, ports_of(sr_json_path(sandbox, "info.info.config.port_mappings")),
		    sr_json_text(sr_json_path(sandbox, "status.network"), "ip"));
	return 0;
}

static int fill_sandbox(struct sr_facts *f, const cJSON *words, const char *id)
{
	const cJSON *sandbox = sr_json_at(words, "sandbox"),
		    *status = sr_json_at(sandbox, "status");
	const cJSON *info = sr_json_path(sandbox, "info.info");
	cJSON *state;

	if (strcmp(sr_json_text(status, "id"), id) != 0)
		return -EBADMSG;
	if (fill_common(f, sandbox, sandbox) < 0)
		return -ENOMEM;
	f->name = sr_json_text(sr_json_at(status, "metadata"), "name");
	f->image = sr_json_text(info, "image");
	state = sr_json_put_object(f->inspect, "State");
	put_state(state, sr_json_text(status, "state"), sandbox_states);
	put_number(state, "Pid", sr_json_at(info, "pid"));
	return 0;
}

/* The name that was asked for; the runtime may have only the id of the image left. */
static const char *image_of(const cJSON *status, const cJSON *info)
{
	const cJSON *spec = sr_json_at(status, "image");
	const char *asked = sr_json_text(spec, "userSpecifiedImage");
	const char *image = first_of(asked, sr_json_text(spec, "image"));

	if (*image && strncmp(image, "sha256:", 7) != 0)
		return image;
	return first_of(sr_json_text(sr_json_path(info, "runtimeSpec.annotations"),
				     "io.kubernetes.cri.image-name"),
			image);
}

static void put_container_state(struct sr_facts *f, const cJSON *status, const cJSON *info)
{
	const char *reason = sr_json_text(status, "reason");
	cJSON *state = sr_json_put_object(f->inspect, "State");

	put_state(state, sr_json_text(status, "state"), container_states);
	put_number(state, "Pid", sr_json_at(info, "pid"));
	put_number(state, "ExitCode", sr_json_at(status, "exitCode"));
	sr_json_put(state, "StartedAt", sr_json_text(status, "startedAt"));
	sr_json_put(state, "FinishedAt", sr_json_text(status, "finishedAt"));
	sr_json_put(state, "Error", sr_json_text(status, "message"));
	if (strcmp(reason, "OOMKilled") == 0)
		(void)cJSON_AddTrueToObject(state, "OOMKilled");
	put_number(f->inspect, "RestartCount",
		   sr_json_at(sr_json_at(status, "metadata"), "attempt"));
}

static int fill_cri(struct sr_facts *f, const cJSON *words, const char *id)
{
	const cJSON *status = sr_json_at(words, "status"), *info = sr_json_path(words, "info.info");
	const char *ref = sr_json_text(status, "imageRef");

	if (!status)
		return fill_sandbox(f, words, id);
	if (strcmp(sr_json_text(status, "id"), id) != 0)
		return -EBADMSG; /* the beginning of an id finds a container, too */
	if (fill_common(f, words, sr_json_at(words, "sandbox")) < 0)
		return -ENOMEM;
	f->name = sr_json_text(sr_json_at(status, "metadata"), "name");
	f->image = image_of(status, info);
	f->image_id = first_of(sr_json_text(status, "imageId"), strchr(ref, '@') ? "" : ref);
	f->digest = first_of(sr_digest_of(ref),
			     sr_json_text(sr_json_path(words, "Image.Target"), "digest"));
	f->started = sr_json_time(status, "startedAt");
	put_container_state(f, status, info);
	put_cri_mounts(f->inspect, sr_json_at(status, "mounts"));
	return 0;
}

int sr_document_cri(struct sr_buf *out, const char *runtime, const char *id, cJSON *words)
{
	return sr_document_make(out, runtime, id, words, fill_cri);
}

/* ---- containerd ---- */

static const char *const task_states[][2] = { { "UNKNOWN", "unknown" }, { "CREATED", "created" },
					      { "RUNNING", "running" }, { "STOPPED", "exited" },
					      { "PAUSED", "paused" },	{ "PAUSING", "paused" },
					      { NULL, "unknown" } };

/* A container without a task has not begun, or is done and its task is removed. */
static void put_task(struct sr_facts *f, const cJSON *task, const cJSON *labels)
{
	cJSON *state = sr_json_put_object(f->inspect, "State");
	const char *restarts = sr_json_text(labels, "containerd.io/restart.count");

	if (task) {
		put_state(state, sr_json_text(task, "Status"), task_states);
		put_number(state, "Pid", sr_json_at(task, "Pid"));
		put_number(state, "ExitCode", sr_json_at(task, "ExitStatus"));
		sr_json_put(state, "FinishedAt", sr_json_text(task, "ExitedAt"));
	}
	(void)cJSON_AddNumberToObject(f->inspect, "RestartCount", strtod(restarts, NULL));
}

/* What nerdctl notes in labels, as JSON. */
static void put_nerdctl(struct sr_facts *f, const cJSON *labels)
{
	cJSON *list = cJSON_Parse(sr_json_text(labels, "nerdctl/ports"));

	put_address(f->inspect, ports_of(list), sr_json_text(labels, "nerdctl/ip-address"));
	cJSON_Delete(list);
}

/* What Kubernetes has begun to make, and does not tell of itself yet. */
static void put_begun(struct sr_facts *f, const cJSON *labels, const cJSON *spec, const char *id)
{
	const cJSON *notes = sr_json_at(spec, "annotations");
	const char *name = sr_json_text(notes, "io.kubernetes.cri.container-name");

	f->pod = sr_oci_pod(spec);
	if (strcmp(sr_json_text(labels, "io.cri-containerd.kind"), "sandbox") == 0) {
		name = sr_json_text(f->pod, "name");
		sr_json_put_copy(f->pod, "labels", labels);
	}
	f->name = first_of(sr_json_text(labels, "nerdctl/name"), first_of(name, id));
}

static int fill_containerd(struct sr_facts *f, const cJSON *words, const char *id)
{
	const cJSON *c = sr_json_at(words, "Container"), *labels = sr_json_at(c, "Labels");
	const cJSON *spec = sr_json_at(c, "Spec");

	if (strcmp(sr_json_text(c, "ID"), id) != 0)
		return -EBADMSG;
	f->inspect = cJSON_CreateObject();
	if (!f->inspect)
		return -ENOMEM;
	put_begun(f, labels, spec, id);
	f->image = sr_json_text(c, "Image");
	f->digest = sr_json_text(sr_json_path(words, "Image.Target"), "digest");
	f->created = sr_json_time(c, "CreatedAt");
	f->args = sr_json_path(spec, "process.args");
	f->labels = labels;
	f->annotations = sr_json_at(spec, "annotations");
	f->privileged = sr_oci_privileged(spec);
	sr_oci_inspect(f->inspect, spec);
	sr_oci_mounts(f->inspect, spec);
	put_task(f, sr_json_at(words, "Task"), labels);
	put_nerdctl(f, labels);
	return 0;
}

int sr_document_containerd(struct sr_buf *out, const char *runtime, const char *id, cJSON *words)
{
	return sr_document_make(out, runtime, id, words, fill_containerd);
}
