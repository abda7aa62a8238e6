/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Maps as the driver's two halves share them. See docs in driver-bpf/README.md. */
#ifndef SR_DRIVER_SHARED_H
#define SR_DRIVER_SHARED_H

#include "formats/event_abi.h"

/* The log of one CPU is `chunks` chunks of this size. A record never crosses a chunk. */
#define SR_CHUNK	(1u << 20)
/* From chunk to chunk in memory: room behind each that is never written, for bounds that the
 * verifier cannot see to be tighter than they are. */
#define SR_CHUNK_STRIDE (SR_CHUNK + SR_RECORD_MAX)
/* No record is longer. A chunk with less room left than this is full: definitions with
 * four paths or a payload of SR_SNAPLEN_MAX bytes fit with the header and five strings. */
#define SR_RECORD_MAX	(96u << 10)
#define SR_SNAPLEN_MAX	65000u
/* A chunk takes at least so much. */
#define SR_CHUNK_USABLE (SR_CHUNK - SR_RECORD_MAX)

/* What makes a file what it is; compared as a whole. */
struct sr_file_key {
	uint64_t dentry, mnt, inode, ino;
	uint64_t parent, name_hash; /* of the dentry; sockets: addresses and ports instead */
	uint64_t root;		    /* of the process: dentry and mount */
	uint64_t gen;		    /* of paths: the last at which they were looked up */
};

/* The following are members of struct sr_ctl because stacks are short, and because the verifier
 * knows nothing of what stands in a map: it looks at a loop once, not once for each state that
 * the loop's variables can be in. */

/* A walk from a leaf to its root, one bpf_loop() step a component. */
struct sr_walk {
	uint64_t node, mnt; /* dentry and vfsmount, or kernfs_node */
	uint64_t chain;	    /* of all that the path consists of */
	uint64_t left;	    /* where it left the mount in which it began; 0: nowhere */
	uint64_t start;	    /* where the blob begins; scratch is where the next component goes */
	uint32_t in_mount;  /* components before it left the mount */
	uint32_t result;    /* enum path_result */
};

/* Gathering the elements of an iovec into one blob. scratch counts its bytes. */
struct sr_gather {
	uint64_t addr, count;
	uint64_t left;	/* bytes that the call moved and no element has accounted for */
	uint64_t total; /* bytes of the elements so far */
	uint64_t start; /* of the blob */
	uint64_t cap;
	uint32_t status;
	uint16_t moved;	 /* left is what the call moved, not a guess */
	uint16_t narrow; /* of a 32-bit program */
};

/* Several messages, or several strings. */
struct sr_list {
	uint64_t addr, count, start;
	uint64_t at, payload; /* where in the blob the message and its payload begin */
	uint32_t len_at;      /* in struct mmsghdr: what the call moved of a message */
	uint32_t status;
	uint32_t moved;
	uint32_t narrow; /* strings: of a 32-bit program */
};

/* The head of an event. */
struct sr_head {
	uint64_t time, dur;
	int64_t ret;
	uint16_t nr, flags, slot, file;
	uint32_t nargs;
	uint32_t pad;
};

/* A directory as it was seen from a root. */
struct sr_place {
	uint64_t key;	/* dentries and mounts of it and the root */
	uint64_t gen;	/* of paths, when it was looked up */
	uint64_t chain; /* path_chain() */
};

/* The call that a task is in. Each recorded task has an element of the map of calls for itself;
 * if all are taken, its own storage. */
struct sr_call {
	uint64_t enter;	    /* time it began; 0: in none that we saw begin */
	uint64_t file_seq;  /* of the file that close() works on */
	uint64_t exec_args; /* execveat: the descriptor, flags << 32; exec clears the registers */
	uint32_t taken;	    /* the element is a task's */
	uint16_t nr;	    /* its number, SR_NR_SYSCALLS for one without a row; or SR_CALL_ROW */
	uint16_t file_slot;
	uint16_t file_log;
	uint8_t refused; /* it is not wanted: found out when it began */
	uint8_t pad[29];
};
static_assert(sizeof(struct sr_call) == 64, "a cache line: neighbours run on other CPUs");

#define SR_CALL_ROW 0x8000 /* in sr_call.nr: the rest is a row */
#define SR_CALLS    16384  /* elements for tasks, a power of two; behind them one for each log */

/* What is known of the task that runs on a CPU. It is valid as long as the registers that a call
 * saves lie where they lay, at the end of the task's stack, and nothing has happened since that
 * could make it wrong (live.seen). */
struct sr_current {
	uint64_t regs, seen;
	uint64_t task;	       /* its address */
	uint64_t id;	       /* of the definition; 0: define anew */
	uint64_t cred, parent; /* pointers, when it was defined */
	struct sr_place cwd;
	uint32_t call; /* element of the map of calls; the log's: its own call is kept aside */
	uint32_t wanted;
};

#define SR_CURRENTS 8 /* a power of two */

/* What a CPU's program is writing just now, and what its log looks like. One element per
 * log; log number ncpu belongs to the iterators, which run while others write. */
struct sr_ctl {
	/* written by the programs */
	uint64_t head;	  /* published: chunk number << 32 | offset of the next record */
	uint64_t busy;	  /* a program is between taking its time stamp and publishing */
	uint64_t next_id; /* of threads and files, unique with the log number */
	uint64_t lost;	  /* sum of the log's ledger */
	uint64_t recorded,
		defined; /* events and definitions in it so far: their sequence numbers */
	/* the record being written */
	uint32_t off;	/* of its first byte in the chunk */
	uint32_t pos;	/* bytes of it written so far */
	uint32_t chunk; /* number modulo chunks, plus log number * chunks */
	uint16_t flags;
	uint8_t nblobs;
	uint8_t nargs;
	uint16_t slot;		    /* thread slot */
	uint16_t files[SR_MAX_OPS]; /* file slot per op */
	uint16_t cgroup, cgroup1;
	uint32_t who;			/* 1: the record's task is not the current one */
	uint64_t args[8];		/* six are used, the others save a comparison */
	uint64_t root_dentry, root_mnt; /* of the task whose paths are being written */
	uint64_t task;
	uint64_t ret_len; /* the result, as a length */
	uint32_t nstrv;	  /* string arrays copied so far */
	uint32_t cut;	  /* not more of a payload than this; 0: the snaplen alone */
	uint64_t scratch;
	uint64_t number;			/* see forget() */
	struct sr_current current[SR_CURRENTS]; /* tasks that ran here, by their registers */
	uint64_t regs;				/* of the one that runs: where they lie */
	struct sr_call call;			/* that is being written */
	uint64_t here;	/* the current task's address, if the call that is written is known to be
			 * its; 0: ask for it */
	uint64_t taken; /* file slots of the event's other files, 16 bits each */
	struct sr_file_key key; /* of the file that is looked up */
	struct sr_head ev;
	struct sr_walk walk;
	struct sr_gather gather;
	struct sr_list list;
	/* the ledger's entry whose bytes begin at this position, to be charged when the next
	 * record asks for room */
	uint64_t charge_from;
	uint32_t charge_to, ledger;
	/* written by user space */
	uint64_t tail __attribute__((aligned(64))); /* number of the oldest chunk not yet read */
	uint64_t pad3[7];
};
static_assert(sizeof(struct sr_ctl) % 64 == 0, "one element of the ctl map");

struct sr_thread_slot {
	uint64_t id;
};

struct sr_file_slot {
	struct sr_file_key key;
	uint64_t seq;	/* unique per definition, for a reference over time (close) */
	uint64_t chain; /* path_chain() of its path */
};

/* Why a record is missing, as far as the programs see it. */
enum sr_driver_cause {
	SR_LOST_FULL,	/* no room for its like in the log */
	SR_LOST_NESTED, /* a program interrupted another on the same CPU */
	SR_LOST_CAUSES
};

#define SR_LEDGER 256 /* entries per log; the first is of cgroups that found no place */

/* What a log has to say of one cgroup: what of it was lost, and how much of the scarce part of
 * the log it has taken. */
struct sr_ledger {
	uint64_t cgroup, cgroup1; /* kernfs ids, v2 and v1; both 0: free */
	uint64_t lost[SR_LOST_CAUSES][SR_EC_COUNT];
	uint64_t first, last; /* times of lost records; user space clears first */
	uint64_t used;	      /* bytes since `tail` was what it is */
	uint32_t tail;
	uint32_t pad;
};

struct sr_cgroup_slot {
	uint64_t kn, id;
	uint64_t renames; /* of cgroups, when it was defined */
};

#define SR_MAX_TARGETS 32768 /* cgroups that say something at a time */

struct sr_cgroup_key {
	uint64_t id;
	uint32_t hierarchy;
	uint32_t pad;
};

/* Per task: its identity and the call it is in. */
struct sr_task_state {
	uint64_t id;	       /* of the definition; 0: define anew */
	uint64_t cred, parent; /* pointers when it was defined */
	struct sr_place cwd;
	uint64_t cgroups; /* cgroups_of() when `wanted` was decided */
	uint32_t gen;	  /* of the targets when `wanted` was decided */
	uint32_t slot;	  /* its element of the map of calls, plus 1; 0: none */
	uint8_t wanted;
	uint8_t tree;	/* descends from a wanted process */
	uint8_t before; /* its identity when the current call began has been noted */
	uint8_t uring;	/* it has made requests of io_uring: 1; silent ones: 2 */
	uint8_t pad[4];
	struct sr_call call; /* without an element */
};

/* The controller whose cgroup v1 hierarchy is recorded beside cgroup v2: X(its name in
 * /proc/self/cgroup, its name in enum cgroup_subsys_id), the preferred ones first. */
#define SR_V1_CONTROLLERS(X)      \
	X(pids, pids)             \
	X(memory, memory)         \
	X(cpu, cpu)               \
	X(freezer, freezer)       \
	X(cpuacct, cpuacct)       \
	X(cpuset, cpuset)         \
	X(devices, devices)       \
	X(blkio, io)              \
	X(net_cls, net_cls)       \
	X(net_prio, net_prio)     \
	X(perf_event, perf_event) \
	X(hugetlb, hugetlb)

enum sr_v1_subsys {
	SR_V1_NONE,
#define X(name, id) SR_V1_##name,
	SR_V1_CONTROLLERS(X)
#undef X
};

/* What a target cgroup says of the tasks in it and below; the nearest one counts. */
enum sr_target {
	SR_TARGET_YES = 1, /* recorded */
	SR_TARGET_MAYBE,   /* recorded, and told apart by SR_ID_MAYBE */
	SR_TARGET_NO = 4,  /* not recorded, even if all else is */
};

/* Kernel structures that the programs see through typed pointers: X(name). */
#define SR_TYPED(X) \
	X(dentry)   \
	X(file) X(hlist_head) X(mount) X(sock) X(socket) X(task_struct) X(unix_sock) X(vfsmount)

/* Read-only to the programs, set before loading. */
struct sr_config {
	uint32_t ncpu;
	uint32_t chunks; /* per log, a power of two */
	uint32_t snaplen;
	uint32_t self; /* our own process, never recorded */
	uint32_t all;
	uint32_t has_pids, has_cgroups;
	int32_t v1_subsys; /* enum sr_v1_subsys */
	uint32_t env;	   /* copy the environment of new programs */
	uint32_t xwanted;  /* bit per enum sr_xevent */
	uint32_t no_latency;
	uint32_t follow;       /* new cgroups are targets: maybe */
	uint32_t v1_hierarchy; /* number of v1_subsys' hierarchy, 0 none */
	uint32_t tests;	    /* calls are decided about: else that code is dead, and not verified */
	uint32_t uring_cqe; /* io_uring_complete tells of a result in a structure */
	uint32_t scarce;    /* with so many chunks unread, room is scarce */
	uint32_t reserve;   /* bytes that only critical events may use */
	uint32_t lossless;  /* tell `scarcity` when room gets scarce */
	struct {
#define X(name) uint32_t name;
		SR_TYPED(X)
#undef X
	} types; /* their ids in the running kernel's type information */
};

/* What is recorded. */
enum sr_pause {
	SR_RUNNING,
	SR_ENDING, /* calls that have begun, when they return; each of them is told once: then, or
		    * by the listing of calls in flight, whoever takes its start time first */
	SR_PAUSED, /* nothing */
};

/* Changed while running. */
struct sr_live {
	uint32_t gen;	   /* of the targets: raise it, then `seen`, after a change */
	uint32_t paused;   /* enum sr_pause */
	uint64_t seen;	   /* raised when what is known of a running task may have changed: targets,
			    * cgroups, names, and new tasks, for they get the stacks of former ones */
	uint32_t held;	   /* whoever fills the logs is frozen in time: no need to be fair */
	uint32_t silenced; /* requests of io_uring that did not ask for it may end silently, too */
	uint64_t path_gen; /* raised by renames and mounts */
	uint64_t missed_cgroups; /* new ones that the map had no room for */
	uint64_t cgroup_renames; /* so far: paths of before are not to be believed */
};

#endif /* SR_DRIVER_SHARED_H */
