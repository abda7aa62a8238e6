/* SPDX-License-Identifier: Apache-2.0 */
/* What is known beside the events: the host, clock anchors, users, containers.
 * It travels as JSON documents, each with a "kind"; in a capture file they are
 * META frames, live they come from the source and the container resolver. A later
 * document about the same thing replaces what the earlier one said.
 *
 *   {"kind":"host", "hostname":..., "kernel":..., "machine":"x86_64", "boot_id":...,
 *    "ncpu":2, "tool":"sysreel 0.1.0", "cmdline":[...], "filter":"...", "snaplen":80,
 *    "targets":{...}, "mono_ns":..., "boot_ns":..., "real_ns":..., "tz":"UTC",
 *    "tz_offset_s":0, "page_size":4096, "hz":..., "recording":"<16 digits>", "part":0}
 *       the clocks were read together: wall time of an event = time - mono_ns + real_ns.
 *       The three clocks are strings of digits: they do not fit a JSON double.
 *       recording: random, the same in all files of one recorder; part: which of them, if several.
 *       cut: of a file that was cut out of another one, what was chosen, in words.
 *   {"kind":"users", "users":{"0":"root",...}, "groups":{"0":"root",...}}   merged
 *       perhaps with "homes":{"0":"/root",...}, "shells":{"0":"/bin/sh",...}
 *   {"kind":"container", "id":"<full id>", "runtime":"docker", "state":"resolved",
 *    "name":"web", "image":"nginx:1", "image_id":"sha256:...", "created":..., "command":"...",
 *    "labels":{...}, "privileged":false, "why":"", "raw":{... inspect document ...}}
 *       state: "resolved", "pending" or "unknown"; "why" says why not resolved. Where they are
 * known also "digest":"sha256:...", "started":..., "annotations":{...}, "pod":{"name":...,
 *       "namespace":..., "uid":..., "sandbox":..., "ip":..., "labels":{...}, "annotations":{...}}.
 *       raw: the runtime's own words. Where they are no inspect document of the Docker API,
 *       "inspect" has what they say in that form.
 *   {"kind":"service", "id":"nginx.service", "runtime":"service", ...}
 *       a unit of systemd, with the same members; "description" is what it says of itself. The id
 * of a unit of a user's own systemd is "user@1000.service/NAME".
 *   {"kind":"inside", "id":"<full id>", "users":{"0":"root",...}, "groups":{...}, "homes":{...},
 *    "shells":{...}, "host_root":false, "root":"/var/lib/.../merged", "upper":"/var/lib/.../diff",
 *    "netns":4026532201, "links":[{"name":"eth0","index":2,"host":"veth1a2b","host_index":7}],
 *    "why":""}
 *       what was found in the container from outside: its own accounts (by the host's numbers), the
 *       folders by which the host reaches its root and what it has changed, its network. Without
 *       "users" why says why. host_root: it has no root of its own, the host's accounts are its.
 *       It is kept as the member "inside" of the container's document, which may have it from the
 *       beginning.
 *   {"kind":"end", "events":N, "lost":N, "lost_by_cpu":[...], "blocks":N, "reason":"..."}
 *       the recorder ended in order; numbers as strings of digits if above 2^53
 *   {"kind":"trigger", "name":"oom", "filter":"evt.type=oomkill", "reason":"...", "time":"...",
 *    "container":"<full id>", "matches":1, "history_ns":"...", "after_ns":"...", "extends":false,
 *    "refused":0}
 *       a retroactive recorder wrote the file because of this; each one adds to those before.
 *       time is CLOCK_MONOTONIC, as of events; filter is absent where none fired, container where
 *       it was in none.
 *   {"kind":"of-host", "host":1, "doc":{"kind":...}}
 *       of a capture merged of several hosts: one of the above (but "end") about another host than
 *       the first, which is 0. The times of all events are on the clock of the first.
 */
#ifndef SR_META_H
#define SR_META_H

#include "formats/accounts.h"
#include "formats/base/buf.h"
#include "formats/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cJSON;

/* Hosts of one capture: as many as somebody merges, and a bound on what a file can make us hold. */
#define SR_META_MAX_HOSTS 1024u

enum sr_container_state {
	SR_CT_UNKNOWN,
	SR_CT_PENDING,
	SR_CT_RESOLVED
};

/* Whose users and groups the numbers in a container mean. */
enum sr_accounts_of {
	SR_ACCOUNTS_OF_HOST, /* nothing else was recorded, or it shares the host's root */
	SR_ACCOUNTS_OWN,     /* sr_container_account() */
	SR_ACCOUNTS_UNREAD,  /* its own, which could not be read */
};

struct sr_label {
	const char *key, *value;
};

/* Strings are NUL-terminated and owned by the meta; "" when not known. */
struct sr_container {
	const char *id;	     /* full */
	const char *runtime; /* "docker", ... */
	const char *name;
	const char *image;
	const char *image_id;
	const char *digest; /* of the image */
	const char *command;
	enum sr_container_state state;
	const char *why;     /* why it is not resolved */
	int privileged;	     /* 1, 0, -1 unknown */
	uint64_t created_ns; /* wall clock; 0 unknown */
	const struct sr_label *labels;
	size_t nlabels;
	enum sr_accounts_of accounts;
	const struct sr_container *outer; /* the container that it runs in; NULL: none is known */
	const struct cJSON *doc;	  /* the whole document, "raw" included; NULL if none */
};

struct sr_meta;

/** sr_meta_hosts() - how many hosts there are: 1, or more in a capture merged of several. */
uint32_t sr_meta_hosts(const struct sr_meta *m);

/** sr_meta_of() - what is known of host @host (struct sr_thread): @m itself for 0. Never NULL: of
 *  a host that no document is about nothing is known. Its users, containers and boot time are its
 *  own; wall time of events is sr_meta_wall() of @m for all of them. */
const struct sr_meta *sr_meta_of(const struct sr_meta *m, uint32_t host);

/** sr_meta_put_host() - the same, made if it is not there. NULL without memory, or if @host is
 *  not below SR_META_MAX_HOSTS. It is @m's. */
struct sr_meta *sr_meta_put_host(struct sr_meta *m, uint32_t host);

/** sr_meta_find_host() - the same, but NULL where nothing has been told of the host. */
struct sr_meta *sr_meta_find_host(struct sr_meta *m, uint32_t host);

/** sr_meta_take() - add what @from says of its own host: users, containers, and the host itself if
 *  nothing is known of it yet. Return 0 or -ENOMEM. */
int sr_meta_take(struct sr_meta *m, const struct sr_meta *from);

int sr_meta_new(struct sr_meta **out);
void sr_meta_free(struct sr_meta *m);

/**
 * sr_meta_add() - take in one document.
 * Return: 0 (documents of unknown kind are kept out and ignored); -EBADMSG not JSON or
 * not an object with a "kind"; -ENOMEM.
 */
int sr_meta_add(struct sr_meta *m, const char *json, size_t len, struct sr_err *err);

/** sr_meta_container() - the container with this id, or NULL. The pointer stays valid, and
 *  the same, until sr_meta_free(); its content is updated by later documents. */
const struct sr_container *sr_meta_container(const struct sr_meta *m, const char *id, size_t len);

/** sr_meta_nest() - @inner, of this store, runs in @outer. Gone after sr_meta_trim(). */
void sr_meta_nest(struct sr_meta *m, const struct sr_container *inner,
		  const struct sr_container *outer);

/** sr_meta_services() - the store of services of systemd, by the names of their units: the same as
 *  one of containers. Documents of kind "service" go there. NULL if there are none;
 *  sr_meta_put_services() makes it: NULL only without memory. It is @m's. */
struct sr_meta *sr_meta_services(const struct sr_meta *m);
struct sr_meta *sr_meta_put_services(struct sr_meta *m);

/** sr_container_words() - what the runtime told, in the form of Docker's inspect document; NULL. */
const struct cJSON *sr_container_words(const struct sr_container *c);

/** sr_meta_container_put() - the same, but makes an entry in state UNKNOWN if there is none
 *  (@runtime is what the cgroup path said). NULL only without memory. */
const struct sr_container *sr_meta_container_put(struct sr_meta *m, const char *id, size_t len,
						 const char *runtime);

/** sr_meta_trim() - forget the containers that were not put for longest, until at most @max are
 *  left and their documents have at most @bytes as text. Only where nobody holds a pointer. */
void sr_meta_trim(struct sr_meta *m, size_t max, size_t bytes);

/** sr_meta_containers() - number of entries; sr_meta_container_at() - the i-th. */
size_t sr_meta_containers(const struct sr_meta *m);
const struct sr_container *sr_meta_container_at(const struct sr_meta *m, size_t i);

/** sr_meta_account() - of the host: the name of a user or group, home or shell of a user; or NULL.
 *  sr_container_account() - of a container (accounts is SR_ACCOUNTS_OWN). */
const char *sr_meta_account(const struct sr_meta *m, enum sr_account what, uint32_t id);
const char *sr_container_account(const struct sr_container *c, enum sr_account what, uint32_t id);

static inline const char *sr_meta_user(const struct sr_meta *m, uint32_t uid)
{
	return sr_meta_account(m, SR_ACCOUNT_USER, uid);
}

static inline const char *sr_meta_group(const struct sr_meta *m, uint32_t gid)
{
	return sr_meta_account(m, SR_ACCOUNT_GROUP, gid);
}

/** sr_meta_users_doc() - append the document of kind "users" with all names; nothing without any.
 *  Return: 0; -ENOMEM. */
int sr_meta_users_doc(const struct sr_meta *m, struct sr_buf *out);

/** sr_meta_triggers() - number of documents of kind "trigger"; sr_meta_trigger_at() - the i-th. */
size_t sr_meta_triggers(const struct sr_meta *m);
const struct cJSON *sr_meta_trigger_at(const struct sr_meta *m, size_t i);

/** sr_meta_host() / sr_meta_end() - the whole document, or NULL. */
const struct cJSON *sr_meta_host(const struct sr_meta *m);
const struct cJSON *sr_meta_end(const struct sr_meta *m);

/** sr_meta_wall() - wall-clock ns since the epoch of a CLOCK_MONOTONIC time; the time itself
 *  if the anchors are not known. sr_meta_boot_to_wall() - the same for CLOCK_BOOTTIME. */
uint64_t sr_meta_wall(const struct sr_meta *m, uint64_t mono_ns);
uint64_t sr_meta_boot_to_wall(const struct sr_meta *m, uint64_t boot_ns);

/** sr_meta_tz_offset() - seconds east of UTC on the recorded host. */
int32_t sr_meta_tz_offset(const struct sr_meta *m);

#endif /* SR_META_H */
