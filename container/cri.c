/* SPDX-License-Identifier: Apache-2.0 */
/* The Kubernetes container runtime interface, and containerd's own, which knows
 * what neither Kubernetes nor its namespace is about. */
#include "container/cri.h"

#include "container/messages.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>

#define MAX_NAMESPACES 64 /* of containerd; Docker, Kubernetes and ctr use one each */

static const struct {
	const char *path, *runtime;
} sockets[] = {
	{ "/run/containerd/containerd.sock", "containerd" },
	{ "/run/k3s/containerd/containerd.sock", "containerd" }, /* RKE2, too */
	{ "/var/snap/microk8s/common/run/containerd.sock", "containerd" },
	{ "/run/k0s/containerd.sock", "containerd" },
	{ "/run/crio/crio.sock", "cri-o" },
};

const char *sr_cri_socket(size_t i, const char **runtime)
{
	if (i >= sizeof(sockets) / sizeof(sockets[0]))
		return NULL;
	*runtime = sockets[i].runtime;
	return sockets[i].path;
}

static const char *text_at(const cJSON *o, const char *key)
{
	const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, key));

	return s ? s : "";
}

/* Frees @request. */
static int call(const struct sr_grpc *g, const char *method, struct sr_buf *request,
		const struct sr_proto_member *table, cJSON **out, struct sr_err *err)
{
	struct sr_buf answer = { 0 };
	int rc = sr_grpc_call(g, method, request, &answer, err);

	sr_buf_free(request);
	if (rc == 0) {
		rc = sr_proto_json(out, table, answer.p, answer.len);
		if (rc < 0)
			(void)sr_err_set(err, rc, SR_NO_POS, "%s: its answer is not understood",
					 g->socket);
	}
	sr_buf_free(&answer);
	return rc;
}

/* ---- containerd ---- */

static int ask_ctrd(const struct sr_grpc *g, const char *ns, const char *method,
		    struct sr_buf *request, const struct sr_proto_member *table, cJSON **out,
		    struct sr_err *err)
{
	struct sr_grpc in = *g;
	char path[96];

	in.ns = ns;
	(void)snprintf(path, sizeof(path), "/containerd.services.%s", method); /* fits */
	return call(&in, path, request, table, out, err);
}

/* Adds the only member of what @method tells of @id; it may not know. */
static void add_part(const struct sr_grpc *g, const char *ns, const char *method, const char *id,
		     const struct sr_proto_member *table, cJSON *words)
{
	struct sr_buf request = { 0 };
	cJSON *answer = NULL, *part;

	sr_proto_put_text(&request, 1, id);
	if (!*id || ask_ctrd(g, ns, method, &request, table, &answer, NULL) < 0) {
		sr_buf_free(&request);
		return;
	}
	part = answer->child ? cJSON_DetachItemViaPointer(answer, answer->child) : NULL;
	if (part && !cJSON_AddItemToObject(words, table->name, part))
		cJSON_Delete(part);
	cJSON_Delete(answer);
}

/* ---- the container runtime interface ---- */

/* Servers before 2021 have only the older name; what we ask is the same in both. Frees @request. */
static int ask(const struct sr_grpc *g, const char *method, struct sr_buf *request,
	       const struct sr_proto_member *table, cJSON **out, struct sr_err *err)
{
	static const char *const versions[] = { "v1", "v1alpha2" };
	int rc = -ENOSYS;

	for (size_t i = 0; i < 2 && rc == -ENOSYS; i++) {
		struct sr_buf copy = { 0 };
		char path[96];

		sr_buf_put(&copy, request->p, request->len);
		copy.oom |= request->oom;
		(void)snprintf(path, sizeof(path), "/runtime.%s.RuntimeService/%s", versions[i],
			       method); /* fits: methods have less than 30 letters */
		rc = call(g, path, &copy, table, out, err);
	}
	sr_buf_free(request);
	return rc;
}

/* ContainerStatus or PodSandboxStatus, with all that the runtime has to tell. */
static int ask_status(const struct sr_grpc *g, const char *method, const char *id,
		      const struct sr_proto_member *table, cJSON **out, struct sr_err *err)
{
	struct sr_buf request = { 0 };

	sr_proto_put_text(&request, 1, id);
	sr_proto_put_int(&request, 2, 1);
	return ask(g, method, &request, table, out, err);
}

/* The containers with @id in a filter, or those that run. */
static int list(const struct sr_grpc *g, const char *id, cJSON **out, struct sr_err *err)
{
	struct sr_buf request = { 0 }, filter = { 0 }, state = { 0 };

	if (id) {
		sr_proto_put_text(&filter, 1, id);
	} else {
		sr_proto_put_int(&state, 1, 1); /* CONTAINER_RUNNING */
		sr_proto_put_message(&filter, 2, &state);
	}
	sr_proto_put_message(&request, 1, &filter);
	sr_buf_free(&filter);
	sr_buf_free(&state);
	return ask(g, "ListContainers", &request, sr_cri_containers, out, err);
}

/* Without the pod the container's own words are still worth having. */
static void add_sandbox(const struct sr_grpc *g, const char *id, cJSON *words)
{
	cJSON *found = NULL, *sandbox = NULL;
	const cJSON *first;
	int rc = list(g, id, &found, NULL);

	first = rc == 0 ? cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(found, "containers"),
					     0)
			: NULL;
	if (*text_at(first, "podSandboxId"))
		rc = ask_status(g, "PodSandboxStatus", text_at(first, "podSandboxId"),
				sr_cri_sandbox, &sandbox, NULL);
	if (sandbox && !cJSON_AddItemToObject(words, "sandbox", sandbox))
		cJSON_Delete(sandbox);
	cJSON_Delete(found);
}

static const char *image_of(const cJSON *words)
{
	const cJSON *status = cJSON_GetObjectItemCaseSensitive(words, "status");

	return text_at(cJSON_GetObjectItemCaseSensitive(status, "image"), "image");
}

int sr_cri_words(const struct sr_grpc *g, const char *id, cJSON **out, struct sr_err *err)
{
	cJSON *words = NULL, *sandbox = NULL;
	int rc = ask_status(g, "ContainerStatus", id, sr_cri_container, &words, err);

	if (rc == 0) {
		add_sandbox(g, id, words);
		/* images that were not pulled have their digest only here */
		add_part(g, "k8s.io", "images.v1.Images/Get", image_of(words), sr_ctrd_image,
			 words);
	}
	if (rc == -ESRCH)
		rc = ask_status(g, "PodSandboxStatus", id, sr_cri_sandbox, &sandbox, err);
	if (sandbox) {
		words = cJSON_CreateObject();
		if (!words || !cJSON_AddItemToObject(words, "sandbox", sandbox)) {
			cJSON_Delete(words);
			cJSON_Delete(sandbox);
			return -ENOMEM;
		}
	}
	if (rc == 0)
		*out = words;
	return rc;
}

void sr_cri_name(const struct sr_grpc *g, char *out, size_t size)
{
	struct sr_buf request = { 0 };
	cJSON *version = NULL;

	*out = '\0';
	if (ask(g, "Version", &request, sr_cri_version, &version, NULL) == 0)
		(void)snprintf(out, size, "%s", text_at(version, "runtimeName"));
	cJSON_Delete(version);
}

/* ---- containerd: containers ---- */

static int ask_namespace(const struct sr_grpc *g, const char *ns, const char *id, cJSON **out,
			 struct sr_err *err)
{
	struct sr_buf request = { 0 };
	cJSON *words = NULL;
	int rc;

	sr_proto_put_text(&request, 1, id);
	rc = ask_ctrd(g, ns, "containers.v1.Containers/Get", &request, sr_ctrd_container, &words,
		      err);
	if (rc < 0)
		return rc;
	add_part(g, ns, "tasks.v1.Tasks/Get", id, sr_ctrd_task, words);
	add_part(g, ns, "images.v1.Images/Get",
		 text_at(cJSON_GetObjectItemCaseSensitive(words, "Container"), "Image"),
		 sr_ctrd_image, words);
	(void)cJSON_AddStringToObject(words, "Namespace", ns); /* lost only without memory */
	*out = words;
	return 0;
}

/* Calls @fn with each namespace until it gives something else than -ESRCH. */
static int each_namespace(const struct sr_grpc *g, int (*fn)(void *arg, const char *ns), void *arg,
			  struct sr_err *err)
{
	struct sr_buf request = { 0 };
	cJSON *answer = NULL;
	const cJSON *ns;
	int n = 0, rc;

	rc = ask_ctrd(g, NULL, "namespaces.v1.Namespaces/List", &request, sr_ctrd_namespaces,
		      &answer, err);
	if (rc < 0)
		return rc;
	rc = sr_err_set(err, -ESRCH, SR_NO_POS, "%s: no such container", g->socket);
	cJSON_ArrayForEach(ns, cJSON_GetObjectItemCaseSensitive(answer, "namespaces"))
	{
		if (rc == -ESRCH && n++ < MAX_NAMESPACES)
			rc = fn(arg, text_at(ns, "name"));
	}
	cJSON_Delete(answer);
	return rc;
}

struct question {
	const struct sr_grpc *g;
	const char *id;
	cJSON **out;
	struct sr_err *err;
	void (*fn)(void *arg, const char *id, const char *name);
	void *arg;
};

static int ask_one(void *arg, const char *ns)
{
	struct question *q = arg;

	return ask_namespace(q->g, ns, q->id, q->out, q->err);
}

int sr_ctrd_words(const struct sr_grpc *g, const char *id, cJSON **out, struct sr_err *err)
{
	struct question q = { .g = g, .id = id, .out = out, .err = err };

	return each_namespace(g, ask_one, &q, err);
}

/* ---- all that there are ---- */

static int list_one(void *arg, const char *ns)
{
	const struct question *q = arg;
	struct sr_buf request = { 0 };
	cJSON *answer = NULL;
	const cJSON *c;

	if (ask_ctrd(q->g, ns, "containers.v1.Containers/List", &request, sr_ctrd_containers,
		     &answer, NULL) < 0)
		return -ESRCH;
	cJSON_ArrayForEach(c, cJSON_GetObjectItemCaseSensitive(answer, "Containers"))
	{
		const cJSON *labels = cJSON_GetObjectItemCaseSensitive(c, "Labels");
		const char *name = text_at(labels, "nerdctl/name");

		/* those of pods were told already */
		if (!*text_at(labels, "io.cri-containerd.kind"))
			q->fn(q->arg, text_at(c, "ID"), *name ? name : text_at(c, "ID"));
	}
	cJSON_Delete(answer);
	return -ESRCH; /* and the next one */
}

int sr_cri_each(const struct sr_grpc *g, void (*fn)(void *arg, const char *id, const char *name),
		void *arg, struct sr_err *err)
{
	struct question q = { .g = g, .fn = fn, .arg = arg };
	cJSON *answer = NULL;
	const cJSON *c;
	int rc = list(g, NULL, &answer, err), own;

	cJSON_ArrayForEach(c, cJSON_GetObjectItemCaseSensitive(answer, "containers"))
		fn(arg, text_at(c, "id"),
		   text_at(cJSON_GetObjectItemCaseSensitive(c, "metadata"), "name"));
	cJSON_Delete(answer);
	if (rc < 0 && rc != -ENOSYS)
		return rc;
	own = each_namespace(g, list_one, &q, rc < 0 ? err : NULL);
	return rc == 0 || own == -ESRCH ? 0 : own;
}
