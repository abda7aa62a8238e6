/* SPDX-License-Identifier: Apache-2.0 */
/* A block: some thousands of events in columns, with the dictionaries that they
 * refer to. It is the unit of everything: drivers fill blocks, the writer packs
 * them, the reader yields them, filters select rows of them, printers and
 * chisels get a block and a selection. A block is understood without any other.
 *
 * A block comes from a builder (formats/builder.h; all columns present) or from
 * a capture file (formats/reel.h; columns are decoded when sr_block_load() asks). */
#ifndef SR_BLOCK_H
#define SR_BLOCK_H

#include "formats/base/err.h"
#include "formats/schema.h"

/* Which parts a consumer needs; see sr_block_load(). */
enum sr_need {
	SR_NEED_TIME = 1 << 0,
	SR_NEED_DUR = 1 << 1,
	SR_NEED_TYPE = 1 << 2, /* type and nth, and the type table */
	SR_NEED_CPU = 1 << 3,
	SR_NEED_THREAD = 1 << 4, /* the column */
	SR_NEED_RET = 1 << 5,
	SR_NEED_FLAGS = 1 << 6,
	SR_NEED_FILE = 1 << 7,	 /* the column */
	SR_NEED_ARGS = 1 << 8,	 /* raw values and typed data but the heap's bytes */
	SR_NEED_HEAP = 1 << 9,	 /* bytes of SR_CLASS_BYTES arguments */
	SR_NEED_DICTS = 1 << 10, /* strings, threads, files, cgroups */
	SR_NEED_ALL = (1 << 11) - 1,
	/* Not of the block: which descriptors its processes have open (formats/fds.h), which only
	 * who sees all blocks in their order can know. */
	SR_NEED_FDS = 1 << 11,
};

/* A string of the dictionary. Not NUL-terminated; any bytes. */
struct sr_str {
	const char *p;
	uint32_t len;
};

struct sr_anc {
	int32_t pid;
	uint32_t comm; /* string */
};

/* A thread as it was for some of the block's events. Indexes of strings: 0 is the
 * empty string and stands for "absent". */
struct sr_thread {
	uint64_t id; /* unique in the recording; the same image in several blocks has the same id */
	uint64_t start;	    /* ns, CLOCK_BOOTTIME; 0 unknown */
	uint64_t pid_start; /* of the process */
	int32_t tid, pid, ppid, vtid, vpid, sid, pgid, vsid, vpgid, tty;
	uint32_t uid, gid, euid, egid, suid, sgid, fsuid, fsgid, loginuid;
	uint64_t cap_inheritable, cap_permitted, cap_effective;
	uint32_t ns_pid, ns_mnt, ns_net, ns_user, ns_uts, ns_ipc, ns_cgroup;
	uint32_t exe_dev;
	uint64_t exe_ino, exe_mtime, exe_ctime;
	uint32_t exe_flags; /* enum sr_exe_flag */
	uint32_t cgroup;    /* index: v2, or the one that names the container */
	uint32_t cgroup1;   /* index: the chosen v1 hierarchy, 0 none */
	uint32_t comm;	    /* string */
	uint32_t exepath;   /* string: real absolute path of the executable */
	uint32_t args;	    /* string: argv, each element followed by NUL (argv[0] first) */
	uint32_t env;	    /* string: envp, the same form */
	uint32_t cwd;	    /* string: working directory when the thread was defined */
	uint32_t
		why; /* enum sr_status of args (bits 0-3), exepath (4-7), env (8-11), cwd (12-15) */
	uint32_t nthreads; /* of the process; 0 unknown */
	uint32_t parent;   /* index, below this entry's: the parent as it was when this was
			      defined; 0 unknown */
	uint32_t nanc;	   /* ancestors in use, parent first */
	struct sr_anc anc[SR_MAX_ANCESTORS];
	uint32_t host;	 /* of a capture merged of several: sr_meta_of(); else 0 */
	uint32_t unused; /* 0: entries are compared as bytes */
};

struct sr_file {
	uint64_t ino;
	uint32_t dev, rdev;
	uint32_t mode;
	uint32_t kind;	/* enum sr_file_kind; entry 0 of a block: SR_FILE_NONE */
	uint32_t flags; /* enum sr_file_flag */
	uint32_t l4proto, sock_type, family;
	uint32_t lport, rport;	      /* AF_NETLINK: port id; AF_PACKET: lport is the protocol */
	uint8_t laddr[16], raddr[16]; /* AF_VSOCK: uint32_t cid; AF_PACKET: interface */
	uint64_t peer_ino;
	uint32_t path;	    /* string: as the process sees it; unix socket: its address ('@' for
			       abstract) */
	uint32_t peer_path; /* string: unix socket: the peer's address */
	uint32_t host_path; /* string: as the host sees it; SR_FILE_HOST_SAME: path; else not known
			     */
	uint32_t unused;    /* 0: entries are compared as bytes */
};

struct sr_container; /* formats/meta.h */
struct sr_zone;	     /* formats/zone.h */

struct sr_cgroup {
	uint64_t id;
	uint32_t hierarchy; /* 0 = v2 */
	uint32_t path;	    /* string */
	uint32_t host;	    /* as of a thread */
	uint32_t unused;    /* 0: entries are compared as bytes */
	/* Filled by the engine (capture/enrich.c), not stored: */
	const struct sr_container *container; /* NULL: not in a container, or not enriched */
	const struct sr_container
		*service;  /* the unit of systemd; NULL: in none, or in a container */
	uint64_t zone_key; /* of the container (formats/zone.h); 1: in none; 0: not enriched */
};

/* One argument of one event type: a value for each of the type's rows. */
struct sr_col {
	uint64_t *val;	   /* raw value */
	uint32_t *ref;	   /* STR: string; FILE: file; BYTES: offset in the heap; NULL for NUM */
	uint32_t *len;	   /* BYTES: bytes in the heap; else NULL */
	uint32_t *truelen; /* BYTES and STR: length in the process; else NULL */
	uint8_t *status;   /* enum sr_status; NULL for NUM */
};

struct sr_block_type {
	const struct sr_type *type; /* NULL: unknown to this version, see name */
	const char *name;	    /* NUL-terminated, owned by the block */
	uint32_t nrows;
	uint32_t ncols;		  /* == type->nargs as far as the writer knew them */
	uint8_t cls[SR_MAX_ARGS]; /* enum sr_class of each column, as written */
	struct sr_col cols[SR_MAX_ARGS];
};

struct sr_block_impl; /* of the reader or builder */
struct sr_fds_op;     /* formats/fds.h */

struct sr_block {
	uint32_t n;		     /* events */
	uint64_t first_num;	     /* evt.num of row 0; the first event of a file is 1 */
	uint64_t min_time, max_time; /* of the time column */
	uint32_t have;		     /* enum sr_need: what is loaded */
	const struct sr_zone *zone;  /* what it may contain, known before it is loaded; NULL: not */

	uint64_t *
		time; /* end of the call, ns CLOCK_MONOTONIC; not decreasing but for late records */
	uint64_t *dur; /* ns; meaningless with SR_F_NO_START, LATENCY_OFF; SR_F_NOT_ENDED: until now
			*/
	int64_t *ret;  /* -errno on failure; meaningless with SR_F_NOT_ENDED */
	uint32_t *thread; /* index into threads */
	uint32_t *file;	  /* index into files, of the event's fd; 0 none */
	uint32_t *nth;	  /* row within the type's columns */
	uint16_t *type;	  /* index into types */
	uint16_t *cpu;
	uint16_t *flags; /* enum sr_event_flag */

	struct sr_block_type *types;
	uint32_t ntypes;
	struct sr_thread *threads;
	uint32_t nthreads;
	struct sr_file *files; /* 0: none */
	uint32_t nfiles;
	struct sr_cgroup *cgroups; /* 0: unknown */
	uint32_t ncgroups;
	struct sr_str *strs; /* 0: empty */
	uint32_t nstrs;
	const uint8_t *heap;
	size_t heap_len;

	const struct sr_fds_op *fd_ops; /* of a source that has tables of descriptors, if asked */
	size_t nfd_ops;

	struct sr_block_impl *impl;
	int (*load)(struct sr_block *b, uint32_t need, struct sr_err *err);
};

/**
 * sr_block_load() - make the parts in @need (enum sr_need) present.
 *
 * SR_NEED_FDS is the engine's business.
 *
 * Indexes found in a loaded block are within their tables: the reader checks
 * them when it decodes (-EBADMSG otherwise), consumers need not.
 *
 * Return: 0; -EBADMSG if the block is damaged; -ENOMEM.
 */
static inline int sr_block_load(struct sr_block *b, uint32_t need, struct sr_err *err)
{
	need &= SR_NEED_ALL;
	return (need & ~b->have) == 0 ? 0 : b->load(b, need, err);
}

/**
 * sr_block_is_tight() - whether each dictionary entry and type is one that some event refers to,
 * by way of others or itself. Loads what it needs.
 * Return: 1; 0; -ENOMEM; -EBADMSG if the block does not load.
 */
int sr_block_is_tight(struct sr_block *b, struct sr_err *err);

/** sr_block_type_of() - the type of row @row (its .type may be NULL). */
static inline const struct sr_block_type *sr_block_type_of(const struct sr_block *b, uint32_t row)
{
	return &b->types[b->type[row]];
}

/** sr_block_arg() - the column of argument @arg for row @row, or NULL if it has none.
 *  The value is col->val[b->nth[row]]. */
static inline const struct sr_col *sr_block_arg(const struct sr_block *b, uint32_t row,
						unsigned arg)
{
	const struct sr_block_type *t = sr_block_type_of(b, row);

	return arg < t->ncols ? &t->cols[arg] : NULL;
}

/* A selection: one bit per row, in words of 64; bits past n are 0. */
#define SR_SEL_WORDS(n) (((size_t)(n) + 63) / 64)
static inline bool sr_sel_get(const uint64_t *sel, uint32_t row)
{
	return sel[row / 64] >> (row % 64) & 1;
}

#endif /* SR_BLOCK_H */
