/* SPDX-License-Identifier: Apache-2.0 */
/* Makes blocks event by event: what sources (the driver, synthetic ones, .scap)
 * append to. Definitions are objects of the source; the builder adds each to the
 * block's dictionaries when the first event of the block refers to it. */
#ifndef SR_BUILDER_H
#define SR_BUILDER_H

#include "formats/block.h"

struct sr_builder;

/* Definitions: owned by the source, which must keep them until sr_builder_reset()
 * after the last append that used them. Strings are borrowed the same way. @epoch
 * and @idx belong to the builder; zero them when the object is made. A changed
 * definition must be a new object (or have epoch set to 0). */
struct sr_cgroup_def {
	uint64_t epoch;
	uint32_t idx;
	struct sr_cgroup c; /* .path is ignored */
	struct sr_str path;
};

struct sr_thread_def {
	uint64_t epoch;
	uint32_t idx;
	struct sr_thread t; /* string, cgroup and ancestor-comm indexes are ignored */
	struct sr_str comm, exepath, args, env, cwd;
	struct sr_str anc_comm[SR_MAX_ANCESTORS];
	struct sr_cgroup_def *cgroup, *cgroup1; /* NULL: unknown */
	/* The first thread of the parent; NULL: unknown. A chain of parents ends. */
	struct sr_thread_def *parent;
};

struct sr_file_def {
	uint64_t epoch;
	uint32_t idx;
	struct sr_file f; /* string indexes are ignored */
	struct sr_str path, peer_path, host_path;
};

/* One argument as given to sr_builder_add(). */
struct sr_arg {
	uint64_t val;
	uint8_t status; /* enum sr_status of the typed data */
	uint32_t len;	/* STR, BYTES: bytes at @data */
	uint32_t truelen;
	const void *data;	  /* STR, BYTES; NULL if there is none */
	struct sr_file_def *file; /* FILE; NULL if there is none */
};

struct sr_event_in {
	uint64_t time, dur;
	int64_t ret;
	uint16_t cpu, flags;
	const struct sr_type *type; /* NULL: a type that we do not know, called @name */
	const char *name;	    /* e.g. "syscall_999" */
	const char *alias; /* name of a @type that we know in the recording that it comes from,
			    * which may have fewer arguments; NULL: its own */
	struct sr_thread_def *thread; /* NULL: entry 0, an unknown thread */
	struct sr_file_def *file;     /* primary; NULL none */
	uint8_t nargs;
	struct sr_arg args[SR_MAX_ARGS];
};

/** sr_builder_new() - an empty builder; the caller frees it. Return 0 or -ENOMEM. */
int sr_builder_new(struct sr_builder **out);

/** sr_builder_add() - append one event (everything is copied). Return 0 or -ENOMEM
 *  (the event is then not in the block). */
int sr_builder_add(struct sr_builder *b, const struct sr_event_in *ev);

/** sr_builder_file() - the number that a file has in the block; it is added if no event has named
 * it yet. Return 0 or -ENOMEM. */
int sr_builder_file(struct sr_builder *b, struct sr_file_def *d, uint32_t *out);

/** sr_builder_count() / sr_builder_bytes() - events so far; rough size in memory. */
uint32_t sr_builder_count(const struct sr_builder *b);
size_t sr_builder_bytes(const struct sr_builder *b);

/** sr_builder_block() - the events so far as a block with everything loaded; borrowed
 *  until the next add, reset or free. first_num is the caller's to set. */
struct sr_block *sr_builder_block(struct sr_builder *b);

/** sr_builder_copy() - append the rows of @src that @sel selects (NULL: all), with only the
 *  dictionary entries that they refer to. Loads all of @src. What a filter at record time and
 *  `read IN -w OUT FILTER` write. Return 0; -ENOMEM; -EBADMSG. Do not mix with sr_builder_add()
 *  between two resets. */
int sr_builder_copy(struct sr_builder *b, struct sr_block *src, const uint64_t *sel,
		    struct sr_err *err);

/** sr_builder_of() - the builder that a block lies in; NULL if it comes from elsewhere. */
struct sr_builder *sr_builder_of(struct sr_block *b);

/** sr_builder_swap() - exchange what two builders hold. Definitions remain known by either. */
void sr_builder_swap(struct sr_builder *a, struct sr_builder *b);

/** struct sr_builder_origin - how rows of another recording become rows of ours. */
struct sr_builder_origin {
	const uint32_t *hosts; /* of its host: ours */
	uint32_t nhosts;       /* those of more are left as they are */
	uint64_t shift;	       /* to be added to times: its clock -> ours; wraps */
	uint64_t ids;	       /* to be added to ids of threads, so that they stay unique */
};

/** sr_builder_set_origin() - of what sr_builder_copy() copies from now on; borrowed. NULL: rows
 * stay as they are. */
void sr_builder_set_origin(struct sr_builder *b, const struct sr_builder_origin *o);

/** sr_builder_reset() - forget the events and dictionaries, keep the memory. */
void sr_builder_reset(struct sr_builder *b);

void sr_builder_free(struct sr_builder *b);

#endif /* SR_BUILDER_H */
