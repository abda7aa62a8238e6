/* SPDX-License-Identifier: Apache-2.0 */
/* Zone maps: what a block may contain, in front of it in the capture file, so that a reader who
 * looks for something else need not read the block. They say "certainly not" or "perhaps",
 * never less than there is. docs/reel-format.md, "Zone maps", specifies the bytes. */
#ifndef SR_ZONE_H
#define SR_ZONE_H

#include "formats/base/buf.h"
#include "formats/block.h"

/* What is asked for by value. The numbers are in the file: append only. Numbers are hashed as
 * eight bytes, those of a signed field with its sign. */
enum sr_zone_key {
	SR_ZONE_COMM = 1, /* name of a thread */
	SR_ZONE_PID,
	SR_ZONE_TID,
	SR_ZONE_EXEPATH,
	SR_ZONE_UID,	/* effective */
	SR_ZONE_NAME,	/* of a file, as sr_file_name() tells it */
	SR_ZONE_DIR,	/* what stands before any slash, but the first byte, of such a name */
	SR_ZONE_PORT,	/* either end of an internet socket */
	SR_ZONE_IP,	/* the same: 4 or 16 bytes; an IPv4 address inside an IPv6 socket has 4 */
	SR_ZONE_CGROUP, /* path of a cgroup */
	SR_ZONE_CONTAINER, /* id of a container, of long hexadecimal ones 12 digits */
	SR_ZONE_KEY_END
};

/* Results that occur. */
#define SR_ZONE_NEGATIVE   1u
#define SR_ZONE_POSITIVE   2u /* or 0 */
/* Beside them: whether these keys are there. They came later, and not all know of containers. */
#define SR_ZONE_CGROUPS	   4u
#define SR_ZONE_CONTAINERS 8u

#define SR_ZONE_HASHES	   6u
/* Bytes of a map that is too large to be worth it; the bits just get fuller. */
#define SR_ZONE_MAX_BITS   (32u << 10)

/** struct sr_zone - of one block. Zone maps are borrowed bytes. */
struct sr_zone {
	/* From the frame's header. */
	uint32_t events;
	uint64_t first_num, min_time, max_time;
	/* From the map, if there is one. */
	bool has_map;
	uint8_t results; /* SR_ZONE_NEGATIVE and the others */
	uint8_t hashes;
	uint16_t ntypes;
	const uint8_t *types; /* ntypes times: length, name, number of arguments, their classes */
	size_t types_len;
	const uint8_t *bits;
	uint32_t nbytes;
};

/** sr_zone_put() - append the extension of a frame with the map of @b, which is loaded. */
void sr_zone_put(const struct sr_block *b, struct sr_buf *out);

/** sr_zone_get() - take the map out of a frame's extension; has_map stays false if there is
 *  none, or if it is damaged: it is only an accelerator. */
void sr_zone_get(struct sr_zone *z, const uint8_t *ext, size_t len);

/** sr_zone_may() - false: no entry of the block has the value of @key. */
bool sr_zone_may(const struct sr_zone *z, enum sr_zone_key key, const void *p, size_t len);

/** sr_zone_may_num() - the same for a number. */
bool sr_zone_may_num(const struct sr_zone *z, enum sr_zone_key key, uint64_t v);

/** sr_zone_container_key() - hash of a container's id, for sr_cgroup.zone_key; never 0 or 1. */
uint64_t sr_zone_container_key(const char *id, size_t len);

/** sr_zone_may_container() - false: no thread of the block is in the container with this id, whole
 *  or as it is shown. */
bool sr_zone_may_container(const struct sr_zone *z, const char *id, size_t len);

/** sr_zone_type() - the next type: true, and *t as this version knows it or NULL; *at is 0 at
 *  first. */
bool sr_zone_type(const struct sr_zone *z, size_t *at, const struct sr_type **t);

/** sr_zone_has() - whether the block may have events of type @x. */
bool sr_zone_has(const struct sr_zone *z, enum sr_xevent x);

#endif /* SR_ZONE_H */
