/* SPDX-License-Identifier: Apache-2.0 */
/* What numbers of users and groups mean, on a host or in a container. */
#ifndef SR_ACCOUNTS_H
#define SR_ACCOUNTS_H

#include <stddef.h>
#include <stdint.h>

struct cJSON;

enum sr_account {
	SR_ACCOUNT_USER,
	SR_ACCOUNT_GROUP,
	SR_ACCOUNT_HOME,  /* of a user */
	SR_ACCOUNT_SHELL, /* of a user */
	SR_ACCOUNTS
};

/* Members of documents that hold them: "users", "groups", "homes", "shells". */
extern const char *const sr_account_keys[SR_ACCOUNTS];

struct sr_idname {
	uint32_t id;
	char *name; /* NULL: the slot is free */
};

/** struct sr_accounts - zero-initialise it, release with sr_accounts_free(). */
struct sr_accounts {
	struct sr_idmap {
		struct sr_idname *slots;
		size_t cap, used; /* cap is 0 or a power of two, at most 3/4 used */
	} map[SR_ACCOUNTS];
};

/** sr_accounts_get() - the name, home or shell of @id, or NULL. */
const char *sr_accounts_get(const struct sr_accounts *a, enum sr_account what, uint32_t id);

/** sr_accounts_take() - add all of @from. Return 0 or -ENOMEM. */
int sr_accounts_take(struct sr_accounts *a, const struct sr_accounts *from);

/** sr_accounts_read() - add what stands in the members of @doc, each {"0":"root", ...}; what is not
 *  of this shape is passed over. Return 0 or -ENOMEM. */
int sr_accounts_read(struct sr_accounts *a, const struct cJSON *doc);

/** sr_accounts_write() - add members to @doc, those that have something in them. Return 0 or
 *  -ENOMEM. */
int sr_accounts_write(const struct sr_accounts *a, struct cJSON *doc);

void sr_accounts_free(struct sr_accounts *a);

#endif /* SR_ACCOUNTS_H */
