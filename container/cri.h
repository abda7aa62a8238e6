/* SPDX-License-Identifier: Apache-2.0 */
/* Asks containerd and CRI-O over gRPC; internal to container/. */
#ifndef SR_CRI_H
#define SR_CRI_H

#include "container/grpc.h"

struct cJSON;

/** sr_cri_socket() - the @i-th place where such a server may listen, NULL after the last; @runtime
 *  receives whose it is. */
const char *sr_cri_socket(size_t i, const char **runtime);

/**
 * sr_cri_words() - what the server at @g tells of the container, or the sandbox of a pod, @id: for
 * sr_document_cri(). The caller deletes it.
 * Return: 0; -ESRCH it knows none; -ENOSYS it does not speak the container runtime interface;
 * others as of sr_grpc_call().
 */
int sr_cri_words(const struct sr_grpc *g, const char *id, struct cJSON **out, struct sr_err *err);

/** sr_ctrd_words() - the same of containerd's own interface, for sr_document_containerd(): looks
 *  in all namespaces. */
int sr_ctrd_words(const struct sr_grpc *g, const char *id, struct cJSON **out, struct sr_err *err);

/** sr_cri_name() - what the server calls itself: "containerd", "cri-o"; "" if it does not say. */
void sr_cri_name(const struct sr_grpc *g, char *out, size_t size);

/** sr_cri_each() - tell @fn of the containers that run: its id and its name. Return: 0; as of
 *  sr_grpc_call(). */
int sr_cri_each(const struct sr_grpc *g, void (*fn)(void *arg, const char *id, const char *name),
		void *arg, struct sr_err *err);

#endif /* SR_CRI_H */
