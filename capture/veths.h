/* SPDX-License-Identifier: Apache-2.0 */
/* The network interfaces of another network namespace whose other ends are in ours: by them a
 * container is reached from the host. */
#ifndef SR_VETHS_H
#define SR_VETHS_H

#include <stddef.h>
#include <stdint.h>

#define SR_MAX_VETHS 64 /* of one container; most have one */

struct sr_veth {
	uint32_t index, host_index;
	char name[16], host[16]; /* inside ("" if that may not be asked), and on the host */
};

/** sr_veths_find() - the interfaces of the namespace that @netns is a file of. Return how many, in
 * the order of the host's indexes; negative errno of asking the kernel. */
int sr_veths_find(int netns, struct sr_veth out[SR_MAX_VETHS]);

#endif /* SR_VETHS_H */
