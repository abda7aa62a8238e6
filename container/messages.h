/* SPDX-License-Identifier: Apache-2.0 */
/* What is read of the answers of containerd and of the Kubernetes container runtime interface. */
#ifndef SR_MESSAGES_H
#define SR_MESSAGES_H

#include "container/proto.h"

/* runtime.v1 and runtime.v1alpha2 */
extern const struct sr_proto_member sr_cri_version[];	 /* VersionResponse */
extern const struct sr_proto_member sr_cri_containers[]; /* ListContainersResponse */
extern const struct sr_proto_member sr_cri_container[];	 /* ContainerStatusResponse */
extern const struct sr_proto_member sr_cri_sandbox[];	 /* PodSandboxStatusResponse */

/* containerd.services */
extern const struct sr_proto_member sr_ctrd_namespaces[]; /* ListNamespacesResponse */
extern const struct sr_proto_member sr_ctrd_container[];  /* GetContainerResponse */
extern const struct sr_proto_member sr_ctrd_containers[]; /* ListContainersResponse */
extern const struct sr_proto_member sr_ctrd_task[];	  /* tasks.v1.GetResponse */
extern const struct sr_proto_member sr_ctrd_image[];	  /* GetImageResponse */

#endif /* SR_MESSAGES_H */
