/* SPDX-License-Identifier: Apache-2.0 */
/* Definitions that the driver sent: which thread, file and cgroup each slot of
 * each log stands for, as objects that a builder takes. */
#ifndef SR_BPF_DEFS_H
#define SR_BPF_DEFS_H

#include "formats/builder.h"
#include "formats/event_abi.h"

struct sr_bpf_defs;

/** What the owner wants to hear of as definitions come in. */
struct sr_bpf_defs_hooks {
	void (*thread)(void *arg, const struct sr_thread_def *t); /* its ids: users, groups */
	void (*cgroup)(void *arg, const struct sr_cgroup_def *c); /* maybe a container */
	void *arg;
	bool full_env; /* keep the values of environment variables */
};

/** sr_bpf_defs_new() - for @logs logs; with @procfs, what the driver could not read of a
 *  process that existed before is taken from there (NULL: "/proc"). Return 0; -ENOMEM. */
int sr_bpf_defs_new(struct sr_bpf_defs **out, unsigned int logs, const char *procfs,
		    const struct sr_bpf_defs_hooks *hooks);

/** sr_bpf_defs_add() - take in one definition record of @log, @len bytes with its head.
 *  Return: 0; -EBADMSG not a whole definition; -ENOMEM. */
int sr_bpf_defs_add(struct sr_bpf_defs *d, unsigned int log, const uint8_t *rec, size_t len);

/** The object of a slot, NULL if the slot was never defined. Borrowed until the slot is
 *  defined anew and sr_bpf_defs_sweep() was called after that. */
struct sr_thread_def *sr_bpf_defs_thread(struct sr_bpf_defs *d, unsigned int log, uint32_t slot);
struct sr_file_def *sr_bpf_defs_file(struct sr_bpf_defs *d, unsigned int log, uint32_t slot);

/** sr_bpf_defs_cgroup() - the cgroup with the kernfs id @id that some log has defined, or NULL.
 *  Borrowed as above. Slow: looks through all slots. */
struct sr_cgroup_def *sr_bpf_defs_cgroup(struct sr_bpf_defs *d, uint64_t id);

/** sr_bpf_defs_forget() - what @log has defined is not to be believed any more. */
void sr_bpf_defs_forget(struct sr_bpf_defs *d, unsigned int log);

/** sr_bpf_defs_sweep() - free the objects that were replaced: no builder uses them any more. */
void sr_bpf_defs_sweep(struct sr_bpf_defs *d);

void sr_bpf_defs_free(struct sr_bpf_defs *d);

#endif /* SR_BPF_DEFS_H */
