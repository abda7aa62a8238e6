/* SPDX-License-Identifier: Apache-2.0 */
/* What the rows of a block do to the tables of descriptors. */
#include "formats/base/cur.h"
#include "formats/fds_impl.h"
#include "formats/message.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <sys/socket.h>

#define RLIMIT_FILES	7
#define LOST_DATA	1 /* lost_class: reads and writes alone */
#define NEW_LISTENER	8 /* seccomp */
#define SET_MODE_FILTER 1
#define IOCTL_CLOSES	0x5451 /* FIOCLEX */
#define IOCTL_KEEPS	0x5450 /* FIONCLEX */
#define CMSG_CLOSES	0x40000000
#define SCM_PIDFD_TYPE	4
#define INSTALL_KEEPS	1 /* IORING_FIXED_FD_NO_CLOEXEC */

/* ---- arguments ---- */

static uint64_t val(const struct sr_fds_row *r, unsigned int arg)
{
	return arg < r->type->ncols ? r->type->cols[arg].val[r->nth] : 0;
}

/* What was recorded of a structure. */
static struct sr_cur bytes(const struct sr_fds_row *r, unsigned int arg)
{
	const struct sr_col *c = arg < r->type->ncols ? &r->type->cols[arg] : NULL;

	if (!c || r->type->cls[arg] != SR_CLASS_BYTES)
		return sr_cur(NULL, 0);
	return sr_cur(r->b->heap + c->ref[r->nth], c->len[r->nth]);
}

static uint64_t cgroup_of(const struct sr_fds_row *r)
{
	return r->th->cgroup < r->b->ncgroups ? r->b->cgroups[r->th->cgroup].id : 0;
}

static struct sr_fds_table *table_of(const struct sr_fds_row *r)
{
	return sr_fds_need(r->t, r->th, cgroup_of(r));
}

/* ---- one descriptor ---- */

static void add_to_count(const struct sr_fds_row *r, struct sr_fds_table *table, int n)
{
	if (table->count >= 0)
		sr_fds_set_count(r->t, table, table->count + n);
}

static uint32_t name_of(const struct sr_fds_row *r, uint32_t file, uint32_t like)
{
	return sr_fds_name_of(&r->t->names, r->b, file, like, &r->t->oom);
}

/* A call has made @fd. */
static void opened_as(const struct sr_fds_row *r, int64_t fd, uint32_t file, enum sr_file_kind kind,
		      bool closes)
{
	struct sr_fds_table *table = fd >= 0 && fd <= INT32_MAX ? table_of(r) : NULL;
	const struct sr_fd *old = sr_fds_find(table, fd);
	struct sr_fd new = { .fd = (int32_t)fd,
			     .since = r->time,
			     .exec = closes ? SR_FD_CLOSED : SR_FD_KEPT };

	if (!table)
		return;
	new.file = name_of(r, file, old ? old->file : 0);
	if (!new.file && kind != SR_FILE_NONE)
		new.file = sr_fds_name_kind(&r->t->names, kind, &r->t->oom);
	new.over = old;
	if (!old)
		add_to_count(r, table, 1);
	sr_fds_put(r->t, table, &new);
}

static void opened(const struct sr_fds_row *r, int64_t fd, uint32_t file, bool closes)
{
	opened_as(r, fd, file, SR_FILE_NONE, closes);
}

static void closed(const struct sr_fds_row *r, struct sr_fds_table *table, int32_t fd)
{
	const struct sr_fd *old = sr_fds_find(table, fd);
	uint64_t start = r->start ? r->start : r->time;
	struct sr_fd stays;

	/* Another thread has it opened anew while close() was still about to return. */
	if (old && old->over && old->since > start) {
		stays = *old;
		stays.over = false;
		sr_fds_put(r->t, table, &stays);
		return;
	}
	sr_fds_note_closed(r->t, table, r->time);
	if (old) {
		sr_fds_remove(r->t, table, fd);
		add_to_count(r, table, -1);
	} else if (table->count > (int64_t)table->n && start >= table->counted) {
		add_to_count(r, table, -1);
	}
}

/* A row says which file its descriptor is: that counts where the row's call began after what is
 * known. One that nobody has seen being opened (ioctl() makes some) is open none the less. */
static void touched(const struct sr_fds_row *r, int64_t fd, uint32_t file)
{
	struct sr_fds_table *table = fd >= 0 && fd <= INT32_MAX && file ? table_of(r) : NULL;
	const struct sr_fd *old = sr_fds_find(table, fd);
	struct sr_fd new;
	uint32_t name;

	if (!table || !r->start)
		return;
	if (!old && r->start <= table->closed)
		return;
	name = name_of(r, file, old ? old->file : 0);
	if (old && (old->file == name || r->start < old->since))
		return;
	new = old ? *old
		  : (struct sr_fd){ .fd = (int32_t)fd, .since = r->time, .exec = SR_FD_EITHER };
	new.file = name;
	if (!old && sr_fds_complete(table))
		add_to_count(r, table, 1);
	sr_fds_put(r->t, table, &new);
}

static void set_exec(const struct sr_fds_row *r, int64_t fd, bool closes)
{
	struct sr_fds_table *table = table_of(r);
	const struct sr_fd *old = sr_fds_find(table, fd);
	struct sr_fd new;

	if (!old)
		return;
	new = *old;
	new.exec = closes ? SR_FD_CLOSED : SR_FD_KEPT;
	sr_fds_put(r->t, table, &new);
}

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
		c = bytes(r, m->arg);
		return m->how == ALWAYS	  ? true
		       : m->how == HOW	  ? sr_cur_u64(&c) & m->bit
		       : m->how == UNLESS ? !(val(r, m->arg) & m->bit)
					  : val(r, m->arg) & m->bit;
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
	    (int32_t)val(r, 0) == r->ret)
		return; /* the same one */
	opened(r, r->ret, file, closes_on_exec(r, type));
}

/* pipe and socketpair. */
static void makes_pair(const struct sr_fds_row *r, unsigned int arg, enum sr_file_kind kind,
		       uint64_t flags)
{
	struct sr_cur c = bytes(r, arg);
	int32_t one = (int32_t)sr_cur_u32(&c), two = (int32_t)sr_cur_u32(&c);
	struct sr_fds_table *table = table_of(r);

	if (c.bad) {
		if (table)
			sr_fds_set_count(r->t, table, -1);
		return;
	}
	opened_as(r, one, 0, kind, flags & O_CLOEXEC);
	opened_as(r, two, 0, kind, flags & O_CLOEXEC);
}

static void on_fcntl(const struct sr_fds_row *r)
{
	int32_t cmd = (int32_t)val(r, 1);

	if (cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC)
		opened(r, r->ret, r->b->file[r->row], cmd == F_DUPFD_CLOEXEC);
	else if (cmd == F_SETFD)
		set_exec(r, (int32_t)val(r, 0), val(r, 2) & FD_CLOEXEC);
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
	uint32_t request = (uint32_t)val(r, 1);

	if (request == IOCTL_CLOSES || request == IOCTL_KEEPS)
		set_exec(r, (int32_t)val(r, 0), request == IOCTL_CLOSES);
	for (size_t i = 0; i < sizeof(making) / sizeof(making[0]); i++)
		if (making[i] == request)
			opened(r, r->ret, 0, request != making[0] || val(r, 2) & O_CLOEXEC);
}

static void on_bpf(const struct sr_fds_row *r)
{
	switch (val(r, 0)) {
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
		opened_as(r, r->ret, 0, SR_FILE_BPF, true);
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
			opened(r, (int32_t)sr_cur_u32(&m.data), 0,
			       closes || m.type == SCM_PIDFD_TYPE);
	return c.left < (narrow ? 12 : 16);
}

static void on_received(const struct sr_fds_row *r, unsigned int arg, uint64_t flags)
{
	const struct sr_col *c = arg < r->type->ncols ? &r->type->cols[arg] : NULL;
	struct sr_cur blob = bytes(r, arg);
	struct sr_fds_table *table;
	struct sr_message m;
	bool whole = true;

	while (c && c->truelen && sr_message_next(&blob, c->truelen[r->nth], &m)) {
		whole &= m.controllen <= m.control.left;
		if (m.controllen)
			whole &= take_control(r, m.control, flags & CMSG_CLOSES);
	}
	table = whole ? NULL : table_of(r);
	if (table)
		sr_fds_set_count(r->t, table, -1);
}

/* ---- closing many ---- */

/* Others may have the table too: from now on this one has its own. */
static void have_own(const struct sr_fds_row *r)
{
	struct sr_fds_table *table = table_of(r), *copy;

	if (!table || (table->users < 2 && r->th->nthreads == 1))
		return;
	copy = sr_fds_make_table(r->t, table);
	if (copy)
		sr_fds_give_own(r->t, r->th, r->th->tid, copy);
}

static bool in_range(int32_t fd, const struct sr_fds_row *r)
{
	return (uint32_t)fd >= (uint32_t)val(r, 0) && (uint32_t)fd <= (uint32_t)val(r, 1);
}

static void close_range_marks(const struct sr_fds_row *r)
{
	struct sr_fds_table *table;

	if (val(r, 2) & CLOSE_RANGE_UNSHARE)
		have_own(r);
	table = table_of(r);
	for (uint32_t i = 0; table && val(r, 2) & CLOSE_RANGE_CLOEXEC && i < table->n; i++) {
		struct sr_fd fd = table->v[i];

		fd.exec = SR_FD_CLOSED;
		if (in_range(fd.fd, r))
			sr_fds_put(r->t, table, &fd);
	}
}

static void close_range_closes(const struct sr_fds_row *r)
{
	struct sr_fds_table *table = table_of(r);

	if (!table || val(r, 2) & CLOSE_RANGE_CLOEXEC)
		return;
	if (table->count > (int64_t)table->n) /* how many of those that are not known? */
		sr_fds_set_count(r->t, table, -1);
	for (uint32_t i = table->n; i-- > 0;)
		if (in_range(table->v[i].fd, r))
			closed(r, table, table->v[i].fd);
}

/* ---- processes ---- */

/* The kernel has said how many there are. */
static void is_counted(const struct sr_fds_row *r, struct sr_fds_table *table, int64_t n)
{
	if (n >= 0 && (int64_t)table->n > n)
		sr_fds_clear(r->t, table);
	sr_fds_set_count(r->t, table, n < 0 ? -1 : n);
	sr_fds_note_counted(r->t, table, r->time);
}

static void set_limit(const struct sr_fds_row *r, int32_t pid, uint64_t limit)
{
	struct sr_fds_bind *b = sr_fds_need_bind(r->t, sr_fds_key(r->th, pid));
	int64_t n = limit > INT64_MAX ? -1 : (int64_t)limit;

	if (b && (!b->has_limit || b->limit != n))
		sr_fds_set_bind(r->t, b, b->table, &n);
}

static void on_exec(const struct sr_fds_row *r, bool counted)
{
	struct sr_fds_bind *b = sr_fds_need_bind(r->t, sr_fds_key(r->th, r->th->pid));
	struct sr_fds_table *table = table_of(r);
	bool sure;

	if (!table || !b || (!counted && table->counted)) /* an event has said it all */
		return;
	if (table->users > 1)
		table = sr_fds_make_table(r->t, table);
	if (!table)
		return;
	if (b->table != table)
		sr_fds_set_bind(r->t, b, table, b->has_limit ? &b->limit : NULL);
	sr_fds_give_own(r->t, r->th, r->th->tid, NULL);
	sure = sr_fds_complete(table);
	for (uint32_t i = table->n; i-- > 0;) {
		sure &= table->v[i].exec != SR_FD_EITHER;
		if (table->v[i].exec == SR_FD_KEPT)
			continue;
		sr_fds_remove(r->t, table, table->v[i].fd);
		add_to_count(r, table, -1);
	}
	if (counted)
		is_counted(r, table, (int32_t)val(r, 6));
	else if (!sure)
		sr_fds_set_count(r->t, table, -1);
	if (counted && r->type->ncols > 7)
		set_limit(r, r->th->pid, val(r, 7));
}

static void new_thread(const struct sr_fds_row *r, int32_t tid, uint64_t flags)
{
	struct sr_fds_table *table = table_of(r);
	struct sr_fds_bind *process = sr_fds_find_bind(r->t, sr_fds_key(r->th, r->th->pid));

	if (!table)
		return;
	if (!(flags & CLONE_FILES))
		table = sr_fds_make_table(r->t, table);
	else if (process && table == process->table)
		table = NULL; /* nor has it one of a thread that had its number before */
	sr_fds_give_own(r->t, r->th, tid, table);
}

static void on_newtask(const struct sr_fds_row *r)
{
	int32_t tid = (int32_t)val(r, 0), pid = (int32_t)val(r, 1);
	uint64_t flags = val(r, 2);
	struct sr_fds_bind *parent, *b;
	struct sr_fds_table *table;

	if (tid <= 0 || pid <= 0)
		return;
	if (tid != pid) {
		new_thread(r, tid, flags);
		return;
	}
	table = table_of(r);
	if (table && !(flags & CLONE_FILES))
		table = sr_fds_make_table(r->t, table);
	parent = sr_fds_find_bind(r->t, sr_fds_key(r->th, r->th->pid));
	b = sr_fds_need_bind(r->t, sr_fds_key(r->th, pid));
	if (!table || !b)
		return;
	sr_fds_set_cgroup(r->t, b, cgroup_of(r));
	sr_fds_set_bind(r->t, b, table, parent && parent->has_limit ? &parent->limit : NULL);
	sr_fds_give_own(r->t, r->th, pid, NULL); /* of one that had its number before */
}

/* The kernel takes the lowest number that is free, as far as we know which are. */
static void makes_pidfd(const struct sr_fds_row *r, uint64_t flags)
{
	struct sr_fds_table *table = flags & CLONE_PIDFD ? table_of(r) : NULL;
	int32_t fd = 0;

	if (!table || table->count < 0)
		return;
	if (!sr_fds_complete(table)) {
		add_to_count(r, table, 1);
		return;
	}
	while ((uint32_t)fd < table->n && table->v[fd].fd == fd)
		fd++;
	opened_as(r, fd, 0, SR_FILE_PIDFD, true);
}

static void on_clone(const struct sr_fds_row *r, int type)
{
	struct sr_cur args = bytes(r, 0);

	makes_pidfd(r, type == SR_SC_clone ? val(r, 0) : sr_cur_u64(&args));
}

static void is_gone(const struct sr_fds_row *r)
{
	struct sr_fds_bind *b = sr_fds_find_bind(r->t, sr_fds_key(r->th, r->th->pid));

	if (b)
		sr_fds_set_bind(r->t, b, NULL, NULL);
}

/* Into another cgroup: which losses concern it is not known from here on. */
static void on_moved(const struct sr_fds_row *r)
{
	struct sr_fds_bind *b = sr_fds_find_bind(r->t, sr_fds_key(r->th, (int32_t)val(r, 3)));

	if (b)
		sr_fds_set_cgroup(r->t, b, 0);
}

/* A pid of another namespace may be anybody's. */
static void on_prlimit(const struct sr_fds_row *r)
{
	struct sr_cur now = bytes(r, 2), before = bytes(r, 3);
	int32_t pid = (int32_t)val(r, 0);
	uint64_t limit;

	if (val(r, 1) != RLIMIT_FILES)
		return;
	if (!pid || pid == r->th->vpid)
		pid = r->th->pid;
	else if (r->th->vpid != r->th->pid)
		pid = 0;
	limit = sr_cur_u64(now.left ? &now : &before);
	if (!(now.left ? &now : &before)->bad && pid)
		set_limit(r, pid, limit);
	for (size_t i = 0; !pid && bytes(r, 2).left && i < SR_FDS_BUCKETS; i++)
		for (struct sr_fds_bind *b = r->t->buckets[i]; b; b = b->next)
			if (b->has_limit)
				sr_fds_set_bind(r->t, b, b->table, NULL);
}

static void on_rlimit(const struct sr_fds_row *r)
{
	struct sr_cur c = bytes(r, 1);
	uint64_t limit = sr_cur_u64(&c);

	if (val(r, 0) == RLIMIT_FILES && !c.bad)
		set_limit(r, r->th->pid, limit);
}

/* ---- what was there before ---- */

static void on_process(const struct sr_fds_row *r)
{
	struct sr_fds_table *table = r->th->tid == r->th->pid ? table_of(r) : NULL;

	if (!table || r->type->ncols < 5)
		return;
	is_counted(r, table, (int32_t)val(r, 3));
	set_limit(r, r->th->pid, val(r, 4));
}

static void on_openfile(const struct sr_fds_row *r)
{
	struct sr_fds_table *table = table_of(r);
	struct sr_fd fd = { .fd = (int32_t)val(r, 0), .since = r->time, .exec = SR_FD_EITHER };
	struct sr_fds_bind *process = sr_fds_find_bind(r->t, sr_fds_key(r->th, r->th->pid));
	const struct sr_fd *old;

	/* Threads that share the table of their process have no rows of their own. */
	if (r->th->tid != r->th->pid && table && process && table == process->table) {
		table = sr_fds_make_table(r->t, NULL);
		if (table)
			sr_fds_give_own(r->t, r->th, r->th->tid, table);
	}
	if (!table || fd.fd < 0)
		return;
	old = sr_fds_find(table, fd.fd);
	fd.file = name_of(r, r->b->file[r->row], old ? old->file : 0);
	if (r->type->ncols > 1)
		fd.exec = val(r, 1) & FD_CLOEXEC ? SR_FD_CLOSED : SR_FD_KEPT;
	if (!old && sr_fds_complete(table))
		add_to_count(r, table, 1);
	sr_fds_put(r->t, table, &fd);
}

static void on_lost(const struct sr_fds_row *r)
{
	bool data = r->type->ncols > 4 && val(r, 4) == LOST_DATA;

	sr_fds_forget(r->t, cgroup_of(r), !data);
}

/* ---- a row ---- */

static bool is_state(const struct sr_fds_row *r)
{
	return r->b->flags[r->row] & SR_F_STATE;
}

/* Calls that did something. */
static void on_success(const struct sr_fds_row *r, int type)
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
		makes_pair(r, 0, SR_FILE_FIFO, val(r, 1));
		return;
	case SR_SC_socketpair:
		makes_pair(r, 3, val(r, 0) == AF_UNIX ? SR_FILE_SOCK_UNIX : SR_FILE_NONE,
			   val(r, 1));
		return;
	case SR_SC_landlock_create_ruleset:
		if (!val(r, 2))
			opened(r, r->ret, 0, true);
		return;
	case SR_SC_seccomp:
		if (val(r, 0) == SET_MODE_FILTER && val(r, 1) & NEW_LISTENER)
			opened(r, r->ret, 0, true);
		return;
	case SR_SC_recvmsg:
	case SR_EV_io_uring_recvmsg:
		on_received(r, 1, val(r, 2));
		return;
	case SR_SC_recvmmsg:
	case SR_SC_recvmmsg_time64:
		on_received(r, 1, val(r, 3));
		return;
	case SR_SC_close_range:
		close_range_marks(r);
		return;
	case SR_SC_unshare:
		if (val(r, 0) & CLONE_FILES)
			have_own(r);
		return;
	case SR_SC_clone:
	case SR_SC_clone3:
		on_clone(r, type);
		return;
	case SR_SC_execve:
	case SR_SC_execveat:
		on_exec(r, false);
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

/* Events beside calls. True: that was it. */
static bool on_event(const struct sr_fds_row *r, int type)
{
	switch (type) {
	case SR_EV_newtask:
		on_newtask(r);
		return true;
	case SR_EV_exec:
		on_exec(r, r->type->ncols > 6);
		return true;
	case SR_EV_process:
		on_process(r);
		return true;
	case SR_EV_openfile:
		on_openfile(r);
		return true;
	case SR_EV_lost:
		on_lost(r);
		return true;
	case SR_EV_cgroup_attach:
		on_moved(r);
		return true;
	default:
		return false;
	}
}

/* False: nothing can be learned from the row. */
static bool row_of(struct sr_fds *t, uint32_t row, struct sr_fds_row *r)
{
	const struct sr_block *b = t->b;
	uint16_t flags = b->flags[row];

	*r = (struct sr_fds_row){ .t = t,
				  .b = b,
				  .type = &b->types[b->type[row]],
				  .th = &b->threads[b->thread[row]],
				  .row = row,
				  .nth = b->nth[row],
				  .time = b->time[row],
				  .ret = b->ret[row] };
	if (!r->type->type || flags & SR_F_IMPORTED)
		return false;
	if (!(flags & (SR_F_NO_START | SR_F_LATENCY_OFF)) && b->dur[row] < r->time)
		r->start = r->time - b->dur[row];
	return !(flags & (SR_F_INFLIGHT | SR_F_NORETURN));
}

/* A table that is told of by its source is whole from its first word on. */
static void take_op(struct sr_fds *t, const struct sr_fds_op *op)
{
	const struct sr_thread *th = &t->b->threads[t->b->thread[op->row]];
	struct sr_fds_bind *b;
	struct sr_fds_row r = { .t = t, .b = t->b };
	struct sr_fd fd = { .fd = op->fd };
	struct sr_fds_table *table;

	b = sr_fds_need_bind(t, op->owner == th->pid ? sr_fds_key(th, op->owner)
						     : sr_fds_own_key(th, op->owner));
	if (!b)
		return;
	t->nseparate += op->owner != th->pid;
	switch (op->what) {
	case SR_FDS_CLEAR:
		table = sr_fds_make_table(t, NULL);
		if (table)
			table->count = 0;
		sr_fds_set_bind(t, b, table, b->has_limit ? &b->limit : NULL);
		return;
	case SR_FDS_LIMIT:
		sr_fds_set_bind(t, b, b->table, &op->n);
		return;
	case SR_FDS_SET:
		if (!b->table)
			return;
		fd.file = name_of(&r, op->file, 0);
		if (!sr_fds_find(b->table, op->fd))
			sr_fds_set_count(t, b->table, b->table->count + 1);
		sr_fds_put(t, b->table, &fd);
		return;
	default:
		if (!b->table || !sr_fds_find(b->table, op->fd))
			return;
		sr_fds_set_count(t, b->table, b->table->count - 1);
		sr_fds_remove(t, b->table, op->fd);
	}
}

void sr_fds_row(struct sr_fds *t, uint32_t row)
{
	struct sr_fds_row r;
	int type, arg;

	for (; t->op_at < t->b->nfd_ops && t->b->fd_ops[t->op_at].row <= row; t->op_at++)
		take_op(t, &t->b->fd_ops[t->op_at]);
	if (!row_of(t, row, &r))
		return;
	type = sr_type_id(r.type->type);
	if (on_event(&r, type) || is_state(&r))
		return;
	arg = sr_type_primary_fd(r.type->type);
	if (arg >= 0 && type != SR_SC_close && type != SR_EV_io_uring_close)
		touched(&r, (int32_t)val(&r, (unsigned int)arg), t->b->file[row]);
	if (r.ret >= 0 && !(t->b->flags[row] & SR_F_NO_RESULT))
		on_success(&r, type);
}

/* Even a close that fails has closed, but of what was not open. */
void sr_fds_row_after(struct sr_fds *t, uint32_t row)
{
	struct sr_fds_table *table;
	struct sr_fds_row r;

	if (!row_of(t, row, &r))
		return;
	switch (sr_type_id(r.type->type)) {
	case SR_EV_io_uring_close:
		if (val(&r, 1))
			return;
		__attribute__((fallthrough));
	case SR_SC_close:
		table = r.ret == -EBADF ? NULL : table_of(&r);
		if (table)
			closed(&r, table, (int32_t)val(&r, 0));
		return;
	case SR_SC_close_range:
		if (r.ret == 0)
			close_range_closes(&r);
		return;
	case SR_EV_procexit:
		sr_fds_give_own(t, r.th, r.th->tid, NULL);
		return;
	case SR_EV_procusage:
		is_gone(&r);
		return;
	default:
		return;
	}
}
