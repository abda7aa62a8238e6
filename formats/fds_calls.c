/* SPDX-License-Identifier: Apache-2.0 */
/* What calls that have succeeded do to a table of descriptors. */
#include "formats/fds_impl.h"
#include "formats/message.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <sys/socket.h>

#define RLIMIT_FILES	7
#define NEW_LISTENER	8 /* seccomp */
#define SET_MODE_FILTER 1
#define IOCTL_CLOSES	0x5451 /* FIOCLEX */
#define IOCTL_KEEPS	0x5450 /* FIONCLEX */
#define CMSG_CLOSES	0x40000000
#define SCM_PIDFD_TYPE	4
#define INSTALL_KEEPS	1 /* IORING_FIXED_FD_NO_CLOEXEC */

/* ---- calls whose result is a new descriptor ---- */

enum closes_how {
	NEVER,	/* exec leaves it open */
	BIT,	/* a bit of argument @arg says */
	HOW,	/* that bit of the first 8 bytes of structure @arg */
	UNLESS, /* all but with the bit */
	ALWAYS
};

/* Those that are not here make descriptors that exec leaves open. */
static const struct maker {
	int16_t type;
	uint8_t how, arg;
	uint32_t bit;
} makers[] = {
	{ SR_SC_open, BIT, 1, O_CLOEXEC },
	{ SR_SC_openat, BIT, 2, O_CLOEXEC },
	{ SR_SC_openat2, HOW, 2, O_CLOEXEC },
	{ SR_SC_open_by_handle_at, BIT, 2, O_CLOEXEC },
	{ SR_SC_open_tree, BIT, 2, O_CLOEXEC },
	{ SR_SC_open_tree_attr, BIT, 2, O_CLOEXEC },
	{ SR_SC_socket, BIT, 1, SOCK_CLOEXEC },
	{ SR_SC_accept4, BIT, 3, SOCK_CLOEXEC },
	{ SR_SC_dup3, BIT, 2, O_CLOEXEC },
	{ SR_SC_eventfd2, BIT, 1, O_CLOEXEC },
	{ SR_SC_epoll_create1, BIT, 0, O_CLOEXEC },
	{ SR_SC_signalfd4, BIT, 3, O_CLOEXEC },
	{ SR_SC_timerfd_create, BIT, 1, O_CLOEXEC },
	{ SR_SC_inotify_init1, BIT, 0, O_CLOEXEC },
	{ SR_SC_memfd_create, BIT, 1, 1 },
	{ SR_SC_memfd_secret, BIT, 0, O_CLOEXEC },
	{ SR_SC_userfaultfd, BIT, 0, O_CLOEXEC },
	{ SR_SC_fanotify_init, BIT, 0, 1 },
	{ SR_SC_perf_event_open, BIT, 4, 8 },
	{ SR_SC_fsopen, BIT, 1, 1 },
	{ SR_SC_fsmount, BIT, 1, 1 },
	{ SR_SC_fspick, BIT, 2, 1 },
	{ SR_SC_mq_open, BIT, 1, O_CLOEXEC },
	{ SR_SC_pidfd_open, ALWAYS, 0, 0 },
	{ SR_SC_pidfd_getfd, ALWAYS, 0, 0 },
	{ SR_SC_io_uring_setup, ALWAYS, 0, 0 },
	{ SR_EV_io_uring_accept, BIT, 3, SOCK_CLOEXEC },
	{ SR_EV_io_uring_openat, BIT, 2, O_CLOEXEC },
	{ SR_EV_io_uring_openat2, HOW, 2, O_CLOEXEC },
	{ SR_EV_io_uring_socket, BIT, 1, SOCK_CLOEXEC },
	{ SR_EV_io_uring_fixed_fd_install, UNLESS, 1, INSTALL_KEEPS },
};

static bool closes_on_exec(const struct sr_fds_row *r, int type)
{
	struct sr_cur c;

	for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
		const struct maker *m = &makers[i];

		if (m->type != type)
			continue;
		c = sr_fds_arg_bytes(r, m->arg);
		return m->how == ALWAYS	  ? true
		       : m->how == HOW	  ? sr_cur_u64(&c) & m->bit
		       : m->how == UNLESS ? !(sr_fds_arg(r, m->arg) & m->bit)
					  : sr_fds_arg(r, m->arg) & m->bit;
	}
	return false;
}

/* Requests of io_uring may put a file into its own table instead, and tell no file then. */
static void makes_fd(const struct sr_fds_row *r, int type)
{
	uint32_t file = r->b->file[r->row];

	if (sr_types[type].xevent >= 0 && !file)
		return;
	if ((type == SR_SC_dup2 || type == SR_SC_signalfd || type == SR_SC_signalfd4) &&
	    (int32_t)sr_fds_arg(r, 0) == r->ret)
		return; /* the same one */
	sr_fds_opened(r, r->ret, file, closes_on_exec(r, type));
}

/* pipe and socketpair. */
static void makes_pair(const struct sr_fds_row *r, unsigned int arg, enum sr_file_kind kind,
		       uint64_t flags)
{
	struct sr_cur c = sr_fds_arg_bytes(r, arg);
	int32_t one = (int32_t)sr_cur_u32(&c), two = (int32_t)sr_cur_u32(&c);
	struct sr_fds_table *table = sr_fds_row_table(r);

	if (c.bad) {
		if (table)
			sr_fds_set_count(r->t, table, -1);
		return;
	}
	sr_fds_opened_as(r, one, 0, kind, flags & O_CLOEXEC);
	sr_fds_opened_as(r, two, 0, kind, flags & O_CLOEXEC);
}

static void on_fcntl(const struct sr_fds_row *r)
{
	int32_t cmd = (int32_t)sr_fds_arg(r, 1);

	if (cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC)
		sr_fds_opened(r, r->ret, r->b->file[r->row], cmd == F_DUPFD_CLOEXEC);
	else if (cmd == F_SETFD)
		sr_fds_set_exec(r, (int32_t)sr_fds_arg(r, 0), sr_fds_arg(r, 2) & FD_CLOEXEC);
}

/* What ioctl() returns is a descriptor for few of its requests. */
static void on_ioctl(const struct sr_fds_row *r)
{
	static const uint32_t making[] = {
		0x5441,		/* TIOCGPTPEER */
		0xae01, 0xae41, /* KVM_CREATE_VM, KVM_CREATE_VCPU */
		0xb701, 0xb702, /* NS_GET_USERNS, NS_GET_PARENT */
		0x894c,		/* SIOCGSKNS */
	};
	uint32_t request = (uint32_t)sr_fds_arg(r, 1);

	if (request == IOCTL_CLOSES || request == IOCTL_KEEPS)
		sr_fds_set_exec(r, (int32_t)sr_fds_arg(r, 0), request == IOCTL_CLOSES);
	for (size_t i = 0; i < sizeof(making) / sizeof(making[0]); i++)
		if (making[i] == request)
			sr_fds_opened(r, r->ret, 0,
				      request != making[0] || sr_fds_arg(r, 2) & O_CLOEXEC);
}

static void on_bpf(const struct sr_fds_row *r)
{
	switch (sr_fds_arg(r, 0)) {
	case BPF_MAP_CREATE:
	case BPF_PROG_LOAD:
	case BPF_OBJ_GET:
	case BPF_PROG_GET_FD_BY_ID:
	case BPF_MAP_GET_FD_BY_ID:
	case BPF_RAW_TRACEPOINT_OPEN:
	case BPF_BTF_LOAD:
	case BPF_BTF_GET_FD_BY_ID:
	case BPF_LINK_CREATE:
	case BPF_LINK_GET_FD_BY_ID:
	case BPF_ENABLE_STATS:
	case BPF_ITER_CREATE:
		sr_fds_opened_as(r, r->ret, 0, SR_FILE_BPF, true);
	}
}

/* ---- descriptors in messages ---- */

/* False: not all of them could be read. */
static bool take_control(const struct sr_fds_row *r, struct sr_cur c, bool closes)
{
	bool narrow = r->b->flags[r->row] & SR_F_COMPAT;
	struct sr_control m;

	while (sr_control_next(&c, narrow, &m))
		while (m.level == SOL_SOCKET &&
		       (m.type == SCM_RIGHTS || m.type == SCM_PIDFD_TYPE) && m.data.left >= 4)
			sr_fds_opened(r, (int32_t)sr_cur_u32(&m.data), 0,
				      closes || m.type == SCM_PIDFD_TYPE);
	return c.left < (narrow ? 12 : 16);
}

static void on_received(const struct sr_fds_row *r, unsigned int arg, uint64_t flags)
{
	const struct sr_col *c = arg < r->type->ncols ? &r->type->cols[arg] : NULL;
	struct sr_cur blob = sr_fds_arg_bytes(r, arg);
	struct sr_fds_table *table;
	struct sr_message m;
	bool whole = true;

	while (c && c->truelen && sr_message_next(&blob, c->truelen[r->nth], &m)) {
		whole &= m.controllen <= m.control.left;
		if (m.controllen)
			whole &= take_control(r, m.control, flags & CMSG_CLOSES);
	}
	table = whole ? NULL : sr_fds_row_table(r);
	if (table)
		sr_fds_set_count(r->t, table, -1);
}

/* ---- closing many ---- */

/* Others may have the table too: from now on this one has its own. */
static void have_own(const struct sr_fds_row *r)
{
	struct sr_fds_table *table = sr_fds_row_table(r), *copy;

	if (!table || (table->users < 2 && r->th->nthreads == 1))
		return;
	copy = sr_fds_make_table(r->t, table);
	if (copy)
		sr_fds_give_own(r->t, r->th, r->th->tid, copy);
}

static bool in_range(int32_t fd, const struct sr_fds_row *r)
{
	return (uint32_t)fd >= (uint32_t)sr_fds_arg(r, 0) &&
	       (uint32_t)fd <= (uint32_t)sr_fds_arg(r, 1);
}

static void close_range_marks(const struct sr_fds_row *r)
{
	struct sr_fds_table *table;

	if (sr_fds_arg(r, 2) & CLOSE_RANGE_UNSHARE)
		have_own(r);
	table = sr_fds_row_table(r);
	for (uint32_t i = 0; table && sr_fds_arg(r, 2) & CLOSE_RANGE_CLOEXEC && i < table->n; i++) {
		struct sr_fd fd = table->v[i];

		fd.exec = SR_FD_CLOSED;
		if (in_range(fd.fd, r))
			sr_fds_put(r->t, table, &fd);
	}
}

void sr_fds_on_close_range(const struct sr_fds_row *r)
{
	struct sr_fds_table *table = sr_fds_row_table(r);

	if (!table || sr_fds_arg(r, 2) & CLOSE_RANGE_CLOEXEC)
		return;
	if (table->count > (int64_t)table->n) /* how many of those that are not known? */
		sr_fds_set_count(r->t, table, -1);
	for (uint32_t i = table->n; i-- > 0;)
		if (in_range(table->v[i].fd, r))
			sr_fds_closed(r, table, table->v[i].fd);
}

/* ---- processes ---- */

/* The kernel takes the lowest number that is free, as far as we know which are. */
static void makes_pidfd(const struct sr_fds_row *r, uint64_t flags)
{
	struct sr_fds_table *table = flags & CLONE_PIDFD ? sr_fds_row_table(r) : NULL;
	int32_t fd = 0;

	if (!table || table->count < 0)
		return;
	if (!sr_fds_complete(table)) {
		sr_fds_add_to_count(r, table, 1);
		return;
	}
	while ((uint32_t)fd < table->n && table->v[fd].fd == fd)
		fd++;
	sr_fds_opened_as(r, fd, 0, SR_FILE_PIDFD, true);
}

static void on_clone(const struct sr_fds_row *r, int type)
{
	struct sr_cur args = sr_fds_arg_bytes(r, 0);

	makes_pidfd(r, type == SR_SC_clone ? sr_fds_arg(r, 0) : sr_cur_u64(&args));
}

/* A pid of another namespace may be anybody's. */
static void on_prlimit(const struct sr_fds_row *r)
{
	struct sr_cur now = sr_fds_arg_bytes(r, 2), before = sr_fds_arg_bytes(r, 3);
	int32_t pid = (int32_t)sr_fds_arg(r, 0);
	uint64_t limit;

	if (sr_fds_arg(r, 1) != RLIMIT_FILES)
		return;
	if (!pid || pid == r->th->vpid)
		pid = r->th->pid;
	else if (r->th->vpid != r->th->pid)
		pid = 0;
	limit = sr_cur_u64(now.left ? &now : &before);
	if (!(now.left ? &now : &before)->bad && pid)
		sr_fds_set_limit(r, pid, limit);
	for (size_t i = 0; !pid && sr_fds_arg_bytes(r, 2).left && i < SR_FDS_BUCKETS; i++)
		for (struct sr_fds_bind *b = r->t->buckets[i]; b; b = b->next)
			if (b->has_limit)
				sr_fds_set_bind(r->t, b, b->table, NULL);
}

static void on_rlimit(const struct sr_fds_row *r)
{
	struct sr_cur c = sr_fds_arg_bytes(r, 1);
	uint64_t limit = sr_cur_u64(&c);

	if (sr_fds_arg(r, 0) == RLIMIT_FILES && !c.bad)
		sr_fds_set_limit(r, r->th->pid, limit);
}

/* ---- all of them ---- */

/* Calls that did something. */
void sr_fds_on_success(const struct sr_fds_row *r, int type)
{
	switch (type) {
	case SR_SC_fcntl:
	case SR_SC_fcntl64:
		on_fcntl(r);
		return;
	case SR_SC_ioctl:
		on_ioctl(r);
		return;
	case SR_SC_bpf:
		on_bpf(r);
		return;
	case SR_SC_pipe:
		makes_pair(r, 0, SR_FILE_FIFO, 0);
		return;
	case SR_SC_pipe2:
	case SR_EV_io_uring_pipe:
		makes_pair(r, 0, SR_FILE_FIFO, sr_fds_arg(r, 1));
		return;
	case SR_SC_socketpair:
		makes_pair(r, 3, sr_fds_arg(r, 0) == AF_UNIX ? SR_FILE_SOCK_UNIX : SR_FILE_NONE,
			   sr_fds_arg(r, 1));
		return;
	case SR_SC_landlock_create_ruleset:
		if (!sr_fds_arg(r, 2))
			sr_fds_opened(r, r->ret, 0, true);
		return;
	case SR_SC_seccomp:
		if (sr_fds_arg(r, 0) == SET_MODE_FILTER && sr_fds_arg(r, 1) & NEW_LISTENER)
			sr_fds_opened(r, r->ret, 0, true);
		return;
	case SR_SC_recvmsg:
	case SR_EV_io_uring_recvmsg:
		on_received(r, 1, sr_fds_arg(r, 2));
		return;
	case SR_SC_recvmmsg:
	case SR_SC_recvmmsg_time64:
		on_received(r, 1, sr_fds_arg(r, 3));
		return;
	case SR_SC_close_range:
		close_range_marks(r);
		return;
	case SR_SC_unshare:
		if (sr_fds_arg(r, 0) & CLONE_FILES)
			have_own(r);
		return;
	case SR_SC_clone:
	case SR_SC_clone3:
		on_clone(r, type);
		return;
	case SR_SC_execve:
	case SR_SC_execveat:
		sr_fds_on_exec(r, false);
		return;
	case SR_SC_prlimit64:
		on_prlimit(r);
		return;
	case SR_SC_setrlimit:
	case SR_SC_getrlimit:
		on_rlimit(r);
		return;
	default:
		if (sr_types[type].ret == SR_RET_FD)
			makes_fd(r, type);
	}
}
