/* SPDX-License-Identifier: Apache-2.0 */
/* Reads /etc/passwd, /etc/group and a user namespace's maps: text that a container wrote. */
#ifndef SR_PASSWD_H
#define SR_PASSWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sr_passwd {
	uint32_t id; /* of the user or group */
	const char *name, *home, *shell;
	size_t name_len, home_len, shell_len; /* home and shell: 0 if there is none */
};

/**
 * sr_passwd_next() - the next account in *@text, of which *@len bytes are left, both moved on.
 * @group: it is /etc/group. Lines that are no account are passed over.
 * Return: true and *@out, whose strings lie in the text; false at the end.
 */
bool sr_passwd_next(const char **text, size_t *len, bool group, struct sr_passwd *out);

/* A range of ids of a user namespace, and what they are outside. */
struct sr_idrange {
	uint32_t inside, outside, count;
};

#define SR_MAX_IDRANGES 340 /* as many as the kernel takes */

/** sr_idmap_parse() - /proc/PID/uid_map or gid_map. Return how many ranges there are. */
size_t sr_idmap_parse(const char *text, size_t len, struct sr_idrange out[SR_MAX_IDRANGES]);

/** sr_idmap_outside() - what @id is outside. Return false: nothing. */
bool sr_idmap_outside(const struct sr_idrange *map, size_t n, uint32_t id, uint32_t *out);

#endif /* SR_PASSWD_H */
