/* SPDX-License-Identifier: Apache-2.0 */
/* Programs for what not every kernel has: modules, io_uring, functions without a tracepoint.
 * Their sections begin with a '?'; the rest is recorded without them. Private to the driver. */
#ifndef SR_DRIVER_OPTIONAL_H
#define SR_DRIVER_OPTIONAL_H

#include <stdbool.h>

struct bpf_object_skeleton;
struct btf;
struct sr_config;

/** sr_driver_has_hook() - does the kernel whose types are @btf (NULL: none are known) have this
 *  tracepoint? */
bool sr_driver_has_hook(const struct btf *btf, const char *hook);

/** sr_driver_optional_choose() - before loading: take those whose hook the kernel has, and note in
 *  @cfg how they are called. */
void sr_driver_optional_choose(struct bpf_object_skeleton *s, const struct btf *btf,
			       struct sr_config *cfg);

#endif /* SR_DRIVER_OPTIONAL_H */
