/* SPDX-License-Identifier: Apache-2.0 */
/* Where blocks come from. */
#ifndef SR_SOURCE_H
#define SR_SOURCE_H

#include "formats/block.h"
#include "formats/meta.h"
#include "formats/reel.h"

#include <stdatomic.h>
#include <sys/types.h>

struct sr_source;

struct sr_source_stats {
	uint64_t events;    /* handed out */
	uint64_t lost;	    /* records lost, all CPUs and causes */
	uint64_t damaged;   /* damaged places met */
	uint64_t frozen;    /* how often the recorded cgroups were held up (--lossless)... */
	uint64_t frozen_ns; /* ... and for how long in all */
};

/* Of a source that is a file. */
struct sr_source_file {
	const struct sr_reel_damage *damages; /* met so far */
	size_t ndamages;
	bool complete;			   /* it has its end */
	const struct sr_reel_stats *stats; /* valid as sr_reel_stats() */
};

struct sr_source_slot; /* where one block of several lies */

/* How several blocks are had at a time; as formats/reel.h tells of its slots. */
struct sr_source_slots {
	int (*make)(struct sr_source *s, struct sr_source_slot **out);
	int (*fetch)(struct sr_source *s, struct sr_source_slot *slot, bool alone,
		     struct sr_block **out, struct sr_err *err);
	/* To be called by the thread that looks at the block, before it does. */
	void (*begin)(struct sr_source_slot *slot);
	int (*settle)(struct sr_source *s, struct sr_source_slot *slot);
	void (*free)(struct sr_source_slot *slot);
};

struct sr_source_ops {
	const char *name; /* "reel", "bpf", "synth" */
	/* The next block: 1; 0 at the end; -EAGAIN nothing now (live: call again; sinks may use the
	 * pause to flush); other negative errno. *out is borrowed until the next call. */
	int (*next)(struct sr_source *s, struct sr_block **out, struct sr_err *err);
	/* A document that came up (live: container resolved, users): 1 and *json borrowed until the
	 * next call; 0 none. It has been added to the meta already. */
	int (*meta)(struct sr_source *s, const char **json, size_t *len);
	void (*stats)(struct sr_source *s, struct sr_source_stats *out);
	void (*stop)(struct sr_source *s); /* ask a live source to end; safe in a signal handler */
	void (*close)(struct sr_source *s);
	/* What is known of a capture file; NULL for a live source. */
	void (*file)(struct sr_source *s, struct sr_source_file *out);
	/* Ask @skip before a block is read whether it can be left out; may be NULL. */
	void (*skip)(struct sr_source *s, bool (*skip)(const struct sr_zone *z, void *arg),
		     void *arg);
	/* Blocks shall tell how tables of descriptors change (fd_ops); NULL: their rows do. Before
	 * the first block. */
	void (*tables)(struct sr_source *s);
	/* Tell once more what exists (rows with SR_F_STATE); NULL: not possible. */
	int (*snapshot)(struct sr_source *s, struct sr_err *err);
	const struct sr_source_slots *slots; /* NULL: one block at a time */
};

struct sr_source {
	const struct sr_source_ops *ops;
	struct sr_meta *meta; /* borrowed from whoever opened it */
};

/** sr_source_reel_open() - a capture file ("-": standard input). The caller closes it through
 *  ops->close. Errors as sr_reel_open(). */
int sr_source_reel_open(struct sr_source **out, const char *path, struct sr_meta *meta,
			struct sr_err *err);

/** sr_source_file_open() - a capture file of any kind that we know, a .scap of sysdig or Falco too:
 *  its first bytes tell which. */
int sr_source_file_open(struct sr_source **out, const char *path, struct sr_meta *meta,
			struct sr_err *err);

/** sr_source_damages(), _complete(), _file_stats() - of a source that is a file; as the functions
 *  of formats/reel.h. */
const struct sr_reel_damage *sr_source_damages(struct sr_source *s, size_t *n);
bool sr_source_complete(struct sr_source *s);
const struct sr_reel_stats *sr_source_file_stats(struct sr_source *s);

/** sr_source_reel_reader() - the reader inside. */
struct sr_reel *sr_source_reel_reader(struct sr_source *s);

#define SR_FREEZE_LEN 1024

/* Who writes the file that is followed. */
enum sr_follow_state {
	SR_FOLLOW_NOBODY,  /* nobody was seen up to now: more may come all the same */
	SR_FOLLOW_WRITTEN, /* a recorder */
	SR_FOLLOW_GONE,	   /* it was there, and ended without an end mark */
};

/** sr_source_reel_follow() - go on where the file ends, until its end mark, or until the recorder
 * that wrote it is gone: next() then waits a little and says -EAGAIN. Not with slots. */
void sr_source_reel_follow(struct sr_source *s);
enum sr_follow_state sr_source_reel_follow_state(const struct sr_source *s);

struct sr_driver_opts; /* driver-bpf/driver.h */
struct sr_selection;   /* container/selection.h */

struct sr_source_bpf_opts {
	const struct sr_driver_opts *driver;
	const char *docker_socket;  /* NULL: default */
	const char *runtime_socket; /* NULL: default */
	uint32_t block_events;	    /* a block is handed out when it has so many; 0: 32768 */
	uint32_t flush_ms;	    /* or when its first event is so old; 0: 100 for live */
	bool no_snapshot;	    /* do not begin with what existed before */
	bool full_env; /* keep the values of environment variables, not only the names */
	struct sr_selection *selection; /* container/selection.h: only, or not, these
					 * containers; borrowed. NULL: the driver's targets */
	bool lossless; /* hold up the recorded cgroups rather than lose something */
	const char (*freeze)[SR_FREEZE_LEN]; /* nfreeze folders of cgroups to begin with */
	size_t nfreeze;
	const char *state; /* folder for the file in which it stands what is frozen; NULL: none */
	pid_t child;	   /* waits in its first call, a read from child_fd, to become what is
			    * recorded: that call is ours, and no row; 0: nobody does */
	int child_fd;
	struct sr_push *push;  /* filters/push.h: answers the driver's questions; borrowed */
	const char *host_json; /* extra members for the host document: {"cmdline":[...],...} */
};

/** sr_source_bpf_open() - record live. Recording has begun when it returns; the host document
 *  is the first that meta() yields. */
int sr_source_bpf_open(struct sr_source **out, const struct sr_source_bpf_opts *opts,
		       struct sr_meta *meta, struct sr_err *err);

#endif /* SR_SOURCE_H */
