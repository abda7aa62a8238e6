/* SPDX-License-Identifier: Apache-2.0 */
/* Members are called as `crictl inspect` and `ctr containers info` call them: the documents that
 * are made of them are what people know. */
#include "container/messages.h"

/* clang-format off */
#define END { 0, NULL, SR_PROTO_TEXT, NULL, false }
#define ONE(number, name, kind)	      { number, name, SR_PROTO_##kind, NULL, false }
#define SUB(number, name, table)      { number, name, SR_PROTO_MESSAGE, table, false }
#define LIST(number, name, table)     { number, name, SR_PROTO_MESSAGE, table, true }
#define NAMED(number, name, names)    { number, name, SR_PROTO_ENUM, names, false }

/* ---- the container runtime interface ---- */

static const char *const container_states[] = { "CONTAINER_CREATED", "CONTAINER_RUNNING",
						"CONTAINER_EXITED", "CONTAINER_UNKNOWN", NULL };
static const char *const sandbox_states[] = { "SANDBOX_READY", "SANDBOX_NOTREADY", NULL };
static const char *const propagations[] = { "PROPAGATION_PRIVATE", "PROPAGATION_HOST_TO_CONTAINER",
					    "PROPAGATION_BIDIRECTIONAL", NULL };
static const char *const namespace_modes[] = { "POD", "CONTAINER", "NODE", "TARGET", NULL };

const struct sr_proto_member sr_cri_version[] = {
	ONE(2, "runtimeName", TEXT),
	ONE(3, "runtimeVersion", TEXT),
	ONE(4, "runtimeApiVersion", TEXT),
	END
};

static const struct sr_proto_member container_metadata[] = {
	ONE(1, "name", TEXT),
	ONE(2, "attempt", INT),
	END
};

static const struct sr_proto_member image_spec[] = {
	ONE(1, "image", TEXT),
	ONE(18, "userSpecifiedImage", TEXT),
	END
};

static const struct sr_proto_member mount[] = {
	ONE(1, "containerPath", TEXT),
	ONE(2, "hostPath", TEXT),
	ONE(3, "readonly", BOOL),
	ONE(4, "selinuxRelabel", BOOL),
	NAMED(5, "propagation", propagations),
	END
};

static const struct sr_proto_member container_status[] = {
	ONE(1, "id", TEXT),
	SUB(2, "metadata", container_metadata),
	NAMED(3, "state", container_states),
	ONE(4, "createdAt", NS),
	ONE(5, "startedAt", NS),
	ONE(6, "finishedAt", NS),
	ONE(7, "exitCode", INT),
	SUB(8, "image", image_spec),
	ONE(9, "imageRef", TEXT),
	ONE(10, "reason", TEXT),
	ONE(11, "message", TEXT),
	ONE(12, "labels", MAP),
	ONE(13, "annotations", MAP),
	LIST(14, "mounts", mount),
	ONE(15, "logPath", TEXT),
	ONE(17, "imageId", TEXT),
	END
};

const struct sr_proto_member sr_cri_container[] = {
	SUB(1, "status", container_status),
	ONE(2, "info", JSON_MAP),
	END
};

static const struct sr_proto_member listed_container[] = {
	ONE(1, "id", TEXT),
	ONE(2, "podSandboxId", TEXT),
	SUB(3, "metadata", container_metadata),
	NAMED(6, "state", container_states),
	END
};

const struct sr_proto_member sr_cri_containers[] = {
	LIST(1, "containers", listed_container),
	END
};

static const struct sr_proto_member sandbox_metadata[] = {
	ONE(1, "name", TEXT),
	ONE(2, "uid", TEXT),
	ONE(3, "namespace", TEXT),
	ONE(4, "attempt", INT),
	END
};

static const struct sr_proto_member pod_ip[] = { ONE(1, "ip", TEXT), END };

static const struct sr_proto_member sandbox_network[] = {
	ONE(1, "ip", TEXT),
	LIST(2, "additionalIps", pod_ip),
	END
};

static const struct sr_proto_member namespace_options[] = {
	NAMED(1, "network", namespace_modes),
	NAMED(2, "pid", namespace_modes),
	NAMED(3, "ipc", namespace_modes),
	END
};

static const struct sr_proto_member namespaces[] = { SUB(2, "options", namespace_options), END };
static const struct sr_proto_member linux_status[] = { SUB(1, "namespaces", namespaces), END };

static const struct sr_proto_member sandbox_status[] = {
	ONE(1, "id", TEXT),
	SUB(2, "metadata", sandbox_metadata),
	NAMED(3, "state", sandbox_states),
	ONE(4, "createdAt", NS),
	SUB(5, "network", sandbox_network),
	SUB(6, "linux", linux_status),
	ONE(7, "labels", MAP),
	ONE(8, "annotations", MAP),
	ONE(9, "runtimeHandler", TEXT),
	END
};

const struct sr_proto_member sr_cri_sandbox[] = {
	SUB(1, "status", sandbox_status),
	ONE(2, "info", JSON_MAP),
	END
};

/* ---- containerd ---- */

static const char *const task_states[] = { "UNKNOWN", "CREATED", "RUNNING", "STOPPED",
					   "PAUSED", "PAUSING", NULL };

static const struct sr_proto_member namespace[] = { ONE(1, "name", TEXT), END };

const struct sr_proto_member sr_ctrd_namespaces[] = { LIST(1, "namespaces", namespace), END };

static const struct sr_proto_member runtime[] = { ONE(1, "Name", TEXT), END };

static const struct sr_proto_member container[] = {
	ONE(1, "ID", TEXT),
	ONE(2, "Labels", MAP),
	ONE(3, "Image", TEXT),
	SUB(4, "Runtime", runtime),
	ONE(5, "Spec", JSON_ANY),
	ONE(6, "Snapshotter", TEXT),
	ONE(7, "SnapshotKey", TEXT),
	ONE(8, "CreatedAt", TIME),
	ONE(9, "UpdatedAt", TIME),
	END
};

const struct sr_proto_member sr_ctrd_container[] = { SUB(1, "Container", container), END };

/* of a list only what finds one */
static const struct sr_proto_member listed[] = {
	ONE(1, "ID", TEXT),
	ONE(2, "Labels", MAP),
	END
};

const struct sr_proto_member sr_ctrd_containers[] = { LIST(1, "Containers", listed), END };

static const struct sr_proto_member process[] = {
	ONE(1, "ContainerID", TEXT),
	ONE(3, "Pid", INT),
	NAMED(4, "Status", task_states),
	ONE(9, "ExitStatus", INT),
	ONE(10, "ExitedAt", TIME),
	END
};

const struct sr_proto_member sr_ctrd_task[] = { SUB(1, "Task", process), END };

static const struct sr_proto_member descriptor[] = {
	ONE(1, "mediaType", TEXT),
	ONE(2, "digest", TEXT),
	ONE(3, "size", INT),
	END
};

static const struct sr_proto_member image[] = {
	ONE(1, "Name", TEXT),
	ONE(2, "Labels", MAP),
	SUB(3, "Target", descriptor),
	END
};

const struct sr_proto_member sr_ctrd_image[] = { SUB(1, "Image", image), END };
