/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's types that the programs know, in place of all hundred thousand: libbpf looks through
 * all it is given for each of ours. Private to the driver. */
#ifndef SR_TYPES_H
#define SR_TYPES_H

#include <stdbool.h>

struct btf;

/**
 * sr_types_extract() - of the types of @kernel those with the name of a type of @object, and what
 * is in them; what their pointers point to is void.
 * @modules: @kernel is the running one; types that it has in modules are taken from there.
 *
 * Ids are not those of @kernel. Return: the caller frees it with btf__free(); NULL: no memory, or
 * the types are damaged.
 */
struct btf *sr_types_extract(struct btf *kernel, const struct btf *object, bool modules);

#endif /* SR_TYPES_H */
