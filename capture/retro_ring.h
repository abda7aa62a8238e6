/* SPDX-License-Identifier: Apache-2.0 */
/* The past that a retroactive recorder holds: packed blocks in rings, one for each key (a
 * container, or one for everything), bounded by age and by bytes. Pure memory: no clock, no
 * files. Not thread-safe. */
#ifndef SR_RETRO_RING_H
#define SR_RETRO_RING_H

#include "formats/reel_frame.h"

/* Rings at a time; a host has some hundreds of containers. Beyond that the ring that nothing was
 * put into for longest goes. */
#define SR_RING_MAX 1024

struct sr_ring_limits {
	uint64_t age_ns; /* a block goes when its last event is older; 0: no limit */
	size_t bytes;	 /* of one ring; 0: no limit of its own */
	size_t total;	 /* of all rings together, with what keeping them costs; not 0 */
};

/* What is known of a block without unpacking it. */
struct sr_ring_info {
	struct sr_frame f; /* its rows and their times, too */
	uint64_t events;   /* rows that happened: neither state nor gaps */
	uint64_t lost;	   /* sum of its gaps */
};

struct sr_ring_block {
	struct sr_ring_block *next;
	struct sr_ring_info info;
	size_t len;
	uint8_t bytes[];
};

/** struct sr_ring - of one key; members are read only but for @user. */
struct sr_ring {
	struct sr_ring *next;		    /* in its set */
	void *user;			    /* whoever reads it; a ring with a user is kept */
	struct sr_ring_block *first, *last; /* oldest, newest */
	struct sr_ring_block *unread;	    /* where the reader is; NULL: it has read all */
	bool reading;
	size_t bytes;
	uint32_t blocks;
	uint64_t touched; /* counts pushes of the set */
	char key[];
};

struct sr_ring_set;

/** sr_ring_set_new() - @leaving: called before a block goes that the reader of @ring has not had
 *  yet: it is next, and lost to the reader if it is not taken now. Return: 0; -ENOMEM. */
int sr_ring_set_new(struct sr_ring_set **out, const struct sr_ring_limits *limits,
		    void (*leaving)(void *arg, struct sr_ring *ring), void *arg);
void sr_ring_set_free(struct sr_ring_set *s);

/** sr_ring_get() - the ring of @key, made if @make. NULL: there is none, or no memory. Valid until
 *  the next push or expire, longer only while it has a user. */
struct sr_ring *sr_ring_get(struct sr_ring_set *s, const char *key, bool make);

/** sr_ring_first() - the rings of a set, linked by @next. */
struct sr_ring *sr_ring_first(struct sr_ring_set *s);

/** sr_ring_push() - append a copy of @len bytes; what is above the limits goes: in a ring the
 *  oldest first, in all of them the oldest of the largest ring, so that one who is loud does not
 *  push out the past of others. Return: 0; -ENOMEM, nothing was appended. */
int sr_ring_push(struct sr_ring_set *s, struct sr_ring *r, const struct sr_ring_info *info,
		 const void *bytes, size_t len);

/** sr_ring_expire() - drop what is too old at the time @now, and rings without blocks and user. */
void sr_ring_expire(struct sr_ring_set *s, uint64_t now);

/** sr_ring_read_begin() - a reader begins at the oldest block, and follows what is pushed. */
void sr_ring_read_begin(struct sr_ring *r);

/** sr_ring_read() - the reader's next block, borrowed until the next push or expire; NULL: it has
 *  had all there are. */
struct sr_ring_block *sr_ring_read(struct sr_ring *r);
void sr_ring_read_end(struct sr_ring *r);

/** sr_ring_pushes() - how many there were; what was pushed since has a larger @touched. */
uint64_t sr_ring_pushes(const struct sr_ring_set *s);

struct sr_ring_totals {
	size_t bytes, rings, blocks;
	uint64_t missed; /* blocks that went before their reader had them */
	uint64_t oldest; /* time of the oldest event; 0 none */
};
void sr_ring_totals(const struct sr_ring_set *s, struct sr_ring_totals *out);

#endif /* SR_RETRO_RING_H */
