/* SPDX-License-Identifier: Apache-2.0 */
/* What .scap files say before their events: the machine, its users, addresses, processes and the
 * files that these have open. Each list is read entry by entry; strings are borrowed from the
 * block. */
#ifndef SR_SCAP_META_H
#define SR_SCAP_META_H

#include "formats/base/cur.h"
#include "formats/block.h"
#include "formats/scap_file.h"

struct sr_scap_machine {
	uint32_t cpus;
	uint64_t memory;
	struct sr_str hostname;
	uint64_t boot_time; /* ns since the epoch; 0 unknown */
};

struct sr_scap_interface {
	bool v6;
	uint8_t addr[16];
	struct sr_str name;
};

struct sr_scap_user {
	bool group;
	uint32_t id, gid; /* gid: of a user */
	struct sr_str name, home, shell;
};

/* A thread. What an old file does not have is 0, ids and loginuid -1. */
struct sr_scap_proc {
	int64_t tid, pid, ptid, sid, vpgid, vtid, vpid, fdlimit, pgid;
	struct sr_str comm, exe, exepath, args, cwd, env, cgroups, root;
	uint32_t flags, uid, gid, loginuid, tty;
	uint64_t cap_inheritable, cap_permitted, cap_effective;
	uint64_t exe_ino, exe_ctime, exe_mtime;
	bool exe_writable, exe_upper, exe_memfd;
};

enum sr_scap_fd_kind {
	SR_SCAP_FD_UNKNOWN = 0,
	SR_SCAP_FD_FILE = 1,
	SR_SCAP_FD_DIRECTORY = 2,
	SR_SCAP_FD_IPV4 = 3,
	SR_SCAP_FD_IPV6 = 4,
	SR_SCAP_FD_IPV4_SERVER = 5,
	SR_SCAP_FD_IPV6_SERVER = 6,
	SR_SCAP_FD_FIFO = 7,
	SR_SCAP_FD_UNIX = 8,
	SR_SCAP_FD_EVENT = 9,
	SR_SCAP_FD_UNSUPPORTED = 10,
	SR_SCAP_FD_SIGNAL = 11,
	SR_SCAP_FD_EPOLL = 12,
	SR_SCAP_FD_INOTIFY = 13,
	SR_SCAP_FD_TIMER = 14,
	SR_SCAP_FD_NETLINK = 15,
	SR_SCAP_FD_FILE_FLAGS = 16,
	SR_SCAP_FD_BPF = 17,
	SR_SCAP_FD_USERFAULT = 18,
	SR_SCAP_FD_IOURING = 19,
	SR_SCAP_FD_MEMFD = 20,
	SR_SCAP_FD_PIDFD = 21,
};

enum sr_scap_l4 {
	SR_SCAP_L4_UNKNOWN,
	SR_SCAP_L4_NONE,
	SR_SCAP_L4_TCP,
	SR_SCAP_L4_UDP,
	SR_SCAP_L4_ICMP,
	SR_SCAP_L4_RAW
};

/* An open file. A server's address is in src. */
struct sr_scap_fd {
	int64_t fd;
	uint64_t ino;
	uint8_t kind; /* enum sr_scap_fd_kind */
	uint8_t l4;   /* enum sr_scap_l4 */
	uint8_t src[16], dst[16];
	uint16_t sport, dport;
	uint32_t open_flags, dev;
	struct sr_str name;
};

/** struct sr_scap_list - where the reading of a list is. */
struct sr_scap_list {
	struct sr_cur c;
	uint32_t type;
	uint64_t offset; /* of the block, for messages */
	size_t len;
};

/** sr_scap_list() - begin to read block @b. */
struct sr_scap_list sr_scap_list(const struct sr_scap_block *b);

int sr_scap_machine(const struct sr_scap_block *b, struct sr_scap_machine *out, struct sr_err *err);

/** sr_scap_interface_next(), _user_next(), _proc_next(), _fd_next() - the next entry.
 *  Return 1; 0 at the end; -EBADMSG with the offset of the entry. */
int sr_scap_interface_next(struct sr_scap_list *l, struct sr_scap_interface *out,
			   struct sr_err *err);
int sr_scap_user_next(struct sr_scap_list *l, struct sr_scap_user *out, struct sr_err *err);
int sr_scap_proc_next(struct sr_scap_list *l, struct sr_scap_proc *out, struct sr_err *err);

/** sr_scap_fds_begin() - the thread that a list of open files belongs to. */
int sr_scap_fds_begin(struct sr_scap_list *l, int64_t *tid, struct sr_err *err);
int sr_scap_fd_next(struct sr_scap_list *l, struct sr_scap_fd *out, struct sr_err *err);

#endif /* SR_SCAP_META_H */
