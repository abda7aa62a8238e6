/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Records as the eBPF driver writes them into its per-CPU logs and user space
 * reads them. Included by both sides: fixed-width types only.
 *
 * Every record starts with struct sr_rec_head and is a multiple of 8 bytes.
 * Definitions name a *slot* of the log's own CPU; later records of the same CPU
 * refer to the slot. A log is read in the order in which it was written, so a
 * slot always means what its latest definition said. */
#ifndef SR_EVENT_ABI_H
#define SR_EVENT_ABI_H

#ifndef __bpf__
#include <assert.h>
#include <stdint.h>
#else
#define static_assert _Static_assert
typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef unsigned long long uint64_t;
typedef int int32_t;
typedef long long int64_t;
#endif

#define SR_MAX_ARGS	 8    /* arguments of one event type; a syscall has at most 6 */
#define SR_NR_SYSCALLS	 512  /* rows of the driver's syscall table, a power of two */
#define SR_THREAD_SLOTS	 4096 /* per CPU, powers of two; slot 0 is a slot like any other */
#define SR_FILE_SLOTS	 8192 /* per CPU; slot 0 means "no file" */
#define SR_CGROUP_SLOTS	 1024 /* per CPU; slot 0 means "unknown" */
#define SR_COMM_LEN	 16
#define SR_MAX_ANCESTORS 8
#define SR_PATH_MAX	 4096 /* bytes of a path or string argument that are kept */
#define SR_ARGV_MAX	 4096 /* bytes of argv (and of envp) that are kept */

/* sr_rec_head.nr below SR_REC_FIRST is the syscall number of the CPU's native ABI. */
enum sr_rec_nr {
	SR_REC_FIRST = 0x8000,
	/* events beside syscalls: nr = SR_REC_FIRST + enum sr_xevent */
	SR_REC_LAST_EVENT = 0x80ff,
	SR_DEF_THREAD = 0xff00, /* struct sr_def_thread, then blobs tagged enum sr_tag */
	SR_DEF_FILE = 0xff01,	/* struct sr_def_file, then blobs tagged enum sr_tag */
	SR_DEF_CGROUP = 0xff02, /* struct sr_def_cgroup, then blobs tagged enum sr_tag */
	SR_REC_CHUNK = 0xff10,	/* struct sr_rec_chunk: begins every chunk but the first */
	SR_REC_PAD = 0xffff,	/* rest of the chunk is unused */
};

/* Events beside syscalls; rows of formats/events.def in this order. */
enum sr_xevent {
	SR_X_NEWTASK,	    /* a thread or process was created (in the parent) */
	SR_X_PROCEXIT,	    /* a thread ended */
	SR_X_SIGNALDELIVER, /* a signal was delivered */
	SR_X_CGROUP_MKDIR,
	SR_X_CGROUP_RMDIR,
	SR_X_CGROUP_ATTACH,
	SR_X_PROCESS,	     /* a thread that existed when recording began */
	SR_X_OPENFILE,	     /* a file that was open when recording began */
	SR_X_LOST,	     /* made in user space: records lost on a CPU */
	SR_X_FROZEN,	     /* made in user space: --lossless held the recorded cgroups up */
	SR_X_EXEC,	     /* a thread became another program */
	SR_X_USAGE,	     /* a process ended: what it has used */
	SR_X_SIGNALGENERATE, /* a signal was sent */
	SR_X_OOMKILL,	     /* the kernel ran out of memory and chose this process */
	SR_X_CGROUP_RENAME,
	SR_X_MODULE_LOAD,
	SR_X_MODULE_FREE,
	SR_X_NAMESPACES,    /* a thread entered other namespaces */
	SR_X_PTRACE_ATTACH, /* a thread is traced from now on */
	SR_X_BPF_PROG,	    /* a process got a descriptor of a BPF program */
#define SR_URING(name, ...) SR_X_URING_##name,
#include "formats/uring.def"
#undef SR_URING
	SR_X_COUNT
};
#define SR_NR_URING 64 /* operations of io_uring; the last one stands for all that have no row */

/* Flags of an event; stored in the file as they are (append only). */
enum sr_event_flag {
	SR_F_NO_START = 1 << 0,	   /* began before recording, or in a fork's child: no duration */
	SR_F_INFLIGHT = 1 << 1,	   /* had not returned when recording stopped; no result */
	SR_F_NORETURN = 1 << 2,	   /* never returns (exit, exit_group, killed inside); no result */
	SR_F_COMPAT = 1 << 3,	   /* 32-bit or x32 call: number and arguments are of that ABI */
	SR_F_TRUNC = 1 << 4,	   /* some argument was cut to a limit */
	SR_F_FAULT = 1 << 5,	   /* some argument could not be read (page not present) */
	SR_F_STATE = 1 << 6,	   /* not an event but what existed when recording began */
	SR_F_DUR64 = 1 << 7,	   /* record only: a uint64_t duration follows the header */
	SR_F_NO_ROOM = 1 << 8,	   /* some argument was left out: the record was full */
	SR_F_LATENCY_OFF = 1 << 9, /* recorded without enter hook: no duration */
	SR_F_NO_RESULT = 1 << 10,  /* returned, but its result was not recorded */
	SR_F_IMPORTED = 1 << 11,   /* another tool's record: it knows a fd by its file alone */
	SR_F_UNTOLD = 1 << 12,	   /* a request of io_uring of whose end nothing was told, if it has
				    * ended: no result, no duration */
};

/* It has not come to an end that was seen: no result. */
#define SR_F_NOT_ENDED	 (SR_F_INFLIGHT | SR_F_NORETURN | SR_F_UNTOLD)
#define SR_F_NO_DURATION (SR_F_NOT_ENDED | SR_F_NO_START | SR_F_LATENCY_OFF)

/* In nr of a record with SR_F_COMPAT: a number of x32; else it is one of 32-bit programs. */
#define SR_NR_X32	 0x4000u

struct sr_rec_head {
	uint16_t words; /* length of the whole record in units of 8 bytes, at least 1 */
	uint16_t nr;	/* syscall number or enum sr_rec_nr */
	uint16_t flags; /* enum sr_event_flag */
	uint16_t slot;	/* of the thread; for a definition, the slot that is defined */
};

/* How many records the log has held before this one, so that the reader misses none unnoticed. */
struct sr_rec_chunk {
	struct sr_rec_head h;
	uint64_t number; /* of the chunk */
	uint64_t time;	 /* not before any event ahead of it, nor after any behind it */
	uint64_t events, defs;
};

/* An event. Followed by: uint64_t duration if SR_F_DUR64; uint64_t args[nargs];
 * nblobs times a blob. */
struct sr_rec_event {
	struct sr_rec_head h;
	uint64_t time; /* end of the call, ns, CLOCK_MONOTONIC */
	int64_t ret;   /* as the kernel returned it: -errno on failure */
	uint32_t dur;  /* ns; 0 if SR_F_DUR64 or no duration */
	uint16_t file; /* file slot of the call's primary fd, 0 none */
	uint8_t nargs;
	uint8_t nblobs;
};
static_assert(sizeof(struct sr_rec_event) == 32, "record layout");

/* What stands for an argument's memory. Followed by @len bytes, padded to 8. */
struct sr_rec_blob {
	uint8_t tag;	  /* index of the argument, or enum sr_tag */
	uint8_t status;	  /* enum sr_status */
	uint16_t len;	  /* bytes that follow; for a file argument 0 */
	uint32_t truelen; /* length in the traced process; for a file argument the file slot */
};
static_assert(sizeof(struct sr_rec_blob) == 8, "record layout");

/* Why a value is as it is; stored in the file as it is (append only). */
enum sr_status {
	SR_OK = 0,
	SR_NONE,	   /* no such value for this event (NULL pointer, bad fd, failed call) */
	SR_TRUNC,	   /* cut: the first len of truelen bytes */
	SR_FAULT,	   /* page fault while reading: nothing, or only the first len bytes */
	SR_NOROOM,	   /* left out, the record was full */
	SR_UNKNOWN,	   /* from before we knew, or lost */
	SR_WHY_EMPTY = 15, /* of a string of a thread: it is there, and empty */
};

/* Blob tags above every argument index. */
enum sr_tag {
	SR_TAG_PATH = 32, /* path components from the last to the first, each NUL-terminated */
	SR_TAG_EXE,	  /* the same, of the executable */
	SR_TAG_ARGS,	  /* argv as in memory: NUL-separated */
	SR_TAG_ENV,	  /* envp as in memory */
	SR_TAG_CWD,	  /* working directory, components as in SR_TAG_PATH */
	SR_TAG_UNIX,	  /* sun_path of a unix socket (abstract: starts with NUL) */
	SR_TAG_UNIX_PEER, /* the same, of its peer */
	SR_TAG_MOUNT,	  /* of a file: its path from the root of its file system, as far as it
			   * is not in SR_TAG_PATH; truelen: so many components are there */
};

/* Inode numbers of namespaces. */
struct sr_namespaces {
	uint32_t pid, mnt, net, user, uts, ipc, cgroup, time;
	uint32_t children_pid, children_time; /* what its children will be in */
};

/* Who a thread is: stored in files as it is (append only). */
struct sr_identity {
	uint32_t uid, gid, euid, egid, suid, sgid, fsuid, fsgid; /* host user namespace */
	uint64_t cap_effective, cap_permitted, cap_inheritable, cap_bounding, cap_ambient;
	struct sr_namespaces ns;
};
static_assert(sizeof(struct sr_identity) == 112, "record layout");

struct sr_ancestor {
	int32_t pid;
	char comm[SR_COMM_LEN];
};

/* In the id of a thread: it was recorded because its cgroup is new and may be of a container
 * that is wanted. */
#define SR_ID_MAYBE (1ull << 63)

/* A thread as it is now: sent when it is new, and anew when it changed (exec,
 * setuid, prctl name, cgroup move...). */
struct sr_def_thread {
	struct sr_rec_head h;
	uint64_t id;		/* unique in the recording; another one after each change */
	uint64_t start;		/* ns since boot, CLOCK_BOOTTIME: start of the thread */
	uint64_t pid_start;	/* the same of its process */
	int32_t tid, pid, ppid; /* host namespace; pid is the process (tgid) */
	int32_t vtid, vpid;	/* in the innermost pid namespace of the task */
	int32_t sid, pgid, vsid, vpgid;
	int32_t tty;						 /* device number or 0 */
	uint32_t uid, gid, euid, egid, suid, sgid, fsuid, fsgid; /* host user namespace */
	uint32_t loginuid;					 /* 0xffffffff unset */
	uint64_t cap_inheritable, cap_permitted, cap_effective;
	uint32_t ns_pid, ns_mnt, ns_net, ns_user, ns_uts, ns_ipc, ns_cgroup; /* inode numbers */
	uint32_t exe_dev;
	uint64_t exe_ino;
	uint64_t exe_mtime, exe_ctime; /* ns since the epoch */
	uint32_t exe_flags;	       /* enum sr_exe_flag */
	uint16_t cgroup;	       /* cgroup slot, cgroup v2 (default hierarchy) */
	uint16_t cgroup1;	       /* cgroup slot, the chosen v1 hierarchy; 0 none */
	uint32_t clone_flags;	       /* unused for now, 0 */
	uint32_t nanc;		       /* ancestors in use: parent first */
	struct sr_ancestor anc[SR_MAX_ANCESTORS];
	char comm[SR_COMM_LEN];
};
static_assert(sizeof(struct sr_def_thread) % 8 == 0, "record layout");

enum sr_exe_flag {
	SR_EXE_DELETED = 1 << 0,  /* the executable has no link any more */
	SR_EXE_MEMFD = 1 << 1,	  /* it is an anonymous memory file */
	SR_EXE_WRITABLE = 1 << 2, /* any write permission bit is set */
	SR_EXE_KTHREAD = 1 << 3,  /* no executable: a kernel thread */
	SR_EXE_UPPER = 1 << 4,	  /* in the upper layer of an overlay */
	SR_EXE_LOWER = 1 << 5,	  /* in a lower layer of an overlay */
};

enum sr_file_kind {
	SR_FILE_NONE, /* entry 0 of a block's dictionary: no file */
	SR_FILE_REG,
	SR_FILE_DIR,
	SR_FILE_CHR,
	SR_FILE_BLK,
	SR_FILE_LNK,
	SR_FILE_FIFO,
	SR_FILE_SOCK_INET,
	SR_FILE_SOCK_INET6,
	SR_FILE_SOCK_UNIX,
	SR_FILE_SOCK_NETLINK,
	SR_FILE_SOCK_PACKET,
	SR_FILE_SOCK_OTHER,
	SR_FILE_EVENTFD,
	SR_FILE_EPOLL,
	SR_FILE_TIMERFD,
	SR_FILE_SIGNALFD,
	SR_FILE_INOTIFY,
	SR_FILE_FANOTIFY,
	SR_FILE_PIDFD,
	SR_FILE_BPF,
	SR_FILE_IOURING,
	SR_FILE_USERFAULTFD,
	SR_FILE_PERF,
	SR_FILE_MEMFD,
	SR_FILE_NS,
	SR_FILE_ANON, /* another anonymous inode; its name says which */
	SR_FILE_OTHER,
	SR_FILE_KIND_COUNT
};

enum sr_file_flag {
	SR_FILE_DELETED = 1 << 0,     /* had no link when it was defined */
	SR_FILE_LISTENING = 1 << 1,   /* socket in state LISTEN */
	SR_FILE_CONNECTED = 1 << 2,   /* socket with a peer */
	SR_FILE_PATH_CUT = 1 << 3,    /* the path's first components are missing */
	SR_FILE_UNREACHABLE = 1 << 4, /* outside the process's root */
	SR_FILE_UPPER = 1 << 5,	      /* in the upper layer of an overlay */
	SR_FILE_NO_NAME = 1 << 7,     /* its name, if it has any, was not recorded */
	SR_FILE_UNOPENED = 1 << 8,    /* what a call failed to open: of its path alone */
	SR_FILE_CLIENT_END = 1 << 9,  /* both ends are of this host: the server's, and ours is not
				       * it */
	SR_FILE_HOST_SAME = 1 << 10,  /* the host has the same path for it */
	SR_FILE_LOWER = 1 << 11,      /* in a lower layer of an overlay */
	SR_FILE_SERVER = 1 << 6, /* socket made by accept, or listening: our side is the server */
};

/* A file or socket as it is now. */
struct sr_def_file {
	struct sr_rec_head h;
	uint64_t ino;
	uint32_t dev; /* major << 20 | minor, as in the kernel */
	uint32_t rdev;
	uint16_t mode;	       /* st_mode */
	uint8_t kind;	       /* enum sr_file_kind */
	uint8_t l4proto;       /* IPPROTO_* of an inet socket */
	uint32_t flags;	       /* enum sr_file_flag */
	uint16_t sock_type;    /* SOCK_* */
	uint16_t family;       /* AF_* */
	uint16_t lport, rport; /* host byte order */
	/* IPv4: first four bytes. AF_NETLINK, AF_PACKET, AF_VSOCK: two uint32_t, a port number (of
	 * AF_PACKET the protocol), then interface or cid */
	uint8_t laddr[16], raddr[16];
	uint64_t peer_ino; /* unix socket: inode of the peer */
};
static_assert(sizeof(struct sr_def_file) == 80, "record layout");

struct sr_def_cgroup {
	struct sr_rec_head h;
	uint64_t id;	    /* kernfs id; unique within its hierarchy */
	uint32_t hierarchy; /* 0 = cgroup v2 */
	uint32_t level;
};

/* How the driver copies the memory that an argument points to. One op is one copy. */
enum sr_copy {
	SR_COPY_NONE,
	SR_COPY_FD,	      /* argument is an fd: define its file */
	SR_COPY_RETFD,	      /* result is an fd: define its file, as the event's primary file */
	SR_COPY_DIRFD,	      /* dirfd: define its file; AT_FDCWD is left to SR_COPY_PATHAT */
	SR_COPY_STR,	      /* NUL-terminated string */
	SR_COPY_PATH,	      /* path: a string, and if relative the working directory */
	SR_COPY_PATHAT,	      /* path relative to the dirfd in the argument before it */
	SR_COPY_FIXED,	      /* size bytes */
	SR_COPY_ARRAY,	      /* args[len] (or ret) elements of size bytes */
	SR_COPY_SOCKADDR,     /* sockaddr of args[len] bytes */
	SR_COPY_SOCKADDR_OUT, /* sockaddr of *(int *)args[len] bytes */
	SR_COPY_IOVEC,	      /* iovec array of args[len] elements: gather the bytes */
	SR_COPY_MSGHDR,	      /* msghdr: address and gathered bytes, see struct sr_msg_head */
	SR_COPY_STRV,	      /* NULL-terminated array of strings, stored NUL-separated */
	SR_COPY_CASE,	      /* as argument `size` says: formats/cases.def */
	SR_COPY_BITS,	      /* a bit for each of args[len] - 1 things, in words of 8 bytes */
	SR_COPY_PAGES,	      /* a byte for each page of the args[len] bytes at another address */
	SR_COPY_STORED,	      /* *(int *)args[len] bytes */
	SR_COPY_POINTERS,     /* args[len] addresses: the size bytes at each */
	SR_COPY_REF,	      /* size bytes that begin with an address and a length, then what is
			       * there; len RET: not more than the result says */
	SR_COPY_SEMS, /* only in cases: a number of size bytes for each semaphore of set args[0] */
	SR_COPY_COUNT
};

/* Content of a SR_COPY_MSGHDR blob: this head, then the sockaddr, the control messages, and the
 * payload gathered from the iovec. Of several messages (sendmmsg), one behind the other at
 * multiples of 8 bytes, as many as there is room for. */
struct sr_msg_head {
	uint32_t namelen;    /* of the sockaddr; << 16: bytes of control messages behind it */
	uint32_t controllen; /* of all control messages, in the process */
	uint32_t flags;
	uint32_t iovlen; /* elements, and SR_MSG_COUNTED */
};
/* The message is one of several: behind the head two uint32_t, the length of the payload in the
 * process and here. */
#define SR_MSG_COUNTED	(1u << 31)
#define SR_MSG_CONTROL	256 /* bytes of control messages that are kept */
#define SR_MSG_SOCKADDR 128 /* of a sockaddr */
#define SR_MMSG_MAX	64  /* messages of one call that are kept */

enum sr_op_flag {
	SR_OP_OUT = 1 << 0,	/* written by the kernel: copy only if the call succeeded */
	SR_OP_PAYLOAD = 1 << 1, /* limited by the snaplen */
	SR_OP_PRIMARY = 1 << 2, /* this fd is the event's fd */
	SR_OP_ENTER = 1 << 3,	/* must be taken when the call begins (close) */
	SR_OP_HEAD8 = 1 << 4,	/* 8 bytes stand before those that the length counts (msgsnd) */
	SR_OP_LEFT = 1 << 5,	/* written only if a signal ended the call (nanosleep) */
	SR_OP_NARROW = 1 << 6,	/* of a 32-bit program: addresses and lengths have 4 bytes */
};

#define SR_LEN_RET	8  /* sr_op.len: the result says the length */
#define SR_LEN_NONE	15 /* sr_op.len: there is no length */
/* or-ed to sr_op.len: not more than argument @arg says (recv with MSG_TRUNC and the xattr calls
 * return lengths beyond the buffer) */
#define SR_LEN_CAP(arg) (((arg) + 1) << 4)

struct sr_op {
	uint8_t copy;  /* enum sr_copy */
	uint8_t arg;   /* index of the argument */
	uint8_t len;   /* index of the argument with the length or count, SR_LEN_* */
	uint8_t flags; /* enum sr_op_flag */
	uint32_t size; /* bytes per element */
};

#define SR_MAX_OPS  6
/* Rows of the driver's table: calls, one for calls without a row, requests of io_uring; calls of
 * 32-bit programs, again with one for those without a row. */
#define SR_ROW_I386 1024
#define SR_NR_ROWS  (SR_ROW_I386 + SR_NR_SYSCALLS + 1)

/* What losses are counted by. */
enum sr_event_class {
	SR_EC_CRITICAL, /* sr_type_critical(): the logs keep a reserve for them */
	SR_EC_DATA,	/* read, write and their like */
	SR_EC_OTHER,
	SR_EC_UNKNOWN,
	SR_EC_COUNT
};

enum sr_desc_flag {
	SR_D_WANTED = 1 << 0,	/* record it */
	SR_D_NORETURN = 1 << 1, /* record it when it begins: it never returns */
	SR_D_IDENT = 1 << 2,	/* success changes what the thread is: define it anew */
	SR_D_RENAME = 1 << 3,	/* success may change paths of other files */
	SR_D_EXEC = 1 << 4,	/* on success the arguments are those of the new image */
	SR_D_ENTER = 1 << 5,	/* has an op with SR_OP_ENTER */
	SR_D_FILES = 1 << 6,	/* has an op that defines a file; the loader sets it */
	SR_D_PATHS = 1 << 7,	/* has a path op; the loader sets it */
	SR_D_ACCEPT = 1 << 8,	/* its result is the server side of a connection */
	SR_D_CRITICAL = 1 << 9, /* rare and telling: a reserve of the logs is for its like, and it
				 * is made durable soon */
	SR_D_DATA = 1 << 10,	/* moves data, the usual flood; the loader sets it */
	SR_D_BEFORE = 1 << 11,	/* success leads to an event that tells more: note who the thread
				 * is when it begins */
	/* the loader sets these */
	SR_D_EXEC32 = 1 << 12,	/* its number is that of a 32-bit program's execve */
	SR_D_FOREIGN = 1 << 13, /* of calls without a row of their own and of 32-bit programs */
	SR_D_PLAIN = 1 << 14,	/* of the others, those with numbers alone */
};

#define SR_PRIMARY_RET	8
#define SR_PRIMARY_NONE 15

/* One row of the driver's table. */
struct sr_desc {
	uint8_t nargs;
	uint8_t nops;
	uint16_t flags;	 /* enum sr_desc_flag */
	uint16_t pred;	 /* where its decision begins: formats/predicate.h */
	uint8_t primary; /* argument that is the event's fd, SR_PRIMARY_RET, SR_PRIMARY_NONE */
	uint8_t more;	 /* enum sr_xevent that its success leads to, with SR_D_BEFORE */
	struct sr_op ops[SR_MAX_OPS];
};
static_assert(sizeof(struct sr_desc) == 56 && sizeof(struct sr_op) == 8, "driver table layout");

#endif /* SR_EVENT_ABI_H */
