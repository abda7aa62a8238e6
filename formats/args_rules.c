/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments whose meaning hangs on another argument: those that the kernel does not look at,
 * and numbers that are names only in some cases. */
#include "formats/args_internal.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <linux/ipc.h>
#include <linux/keyctl.h>
#include <linux/loop.h>
#include <linux/prctl.h>
#include <linux/ptrace.h>
#include <linux/sem.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define ALL	UINT32_MAX /* the controlling argument as a whole */
#define CREATES (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))

/* If (argument ctl & mask) == value, only the first @keep arguments mean something. */
struct keep_rule {
	uint8_t ctl;
	uint8_t keep; /* 0 ends the rules of a call */
	uint32_t mask;
	uint32_t value;
};

static const struct keep_rule open_keep[] = { { 1, 2, CREATES, 0 }, { 0 } };
static const struct keep_rule openat_keep[] = { { 2, 3, CREATES, 0 }, { 0 } };
static const struct keep_rule mq_open_keep[] = { { 1, 2, O_CREAT, 0 }, { 0 } };
static const struct keep_rule mremap_keep[] = {
	{ 3, 4, MREMAP_FIXED | 4 /* MREMAP_DONTUNMAP */, 0 },
	{ 0 },
};
static const struct keep_rule fcntl_keep[] = {
	{ 1, 2, ALL, F_GETFD },	    { 1, 2, ALL, F_GETFL },
	{ 1, 2, ALL, F_GETOWN },    { 1, 2, ALL, F_GETSIG },
	{ 1, 2, ALL, F_GETLEASE },  { 1, 2, ALL, F_GETPIPE_SZ },
	{ 1, 2, ALL, F_GET_SEALS }, { 0 },
};
static const struct keep_rule epoll_ctl_keep[] = { { 1, 3, ALL, EPOLL_CTL_DEL }, { 0 } };
static const struct keep_rule futex_keep[] = {
	{ 1, 4, FUTEX_CMD_MASK, FUTEX_WAIT },	    { 1, 3, FUTEX_CMD_MASK, FUTEX_WAKE },
	{ 1, 4, FUTEX_CMD_MASK, FUTEX_LOCK_PI },    { 1, 2, FUTEX_CMD_MASK, FUTEX_UNLOCK_PI },
	{ 1, 2, FUTEX_CMD_MASK, FUTEX_TRYLOCK_PI }, { 0 },
};
static const struct keep_rule ipc_ctl_keep[] = { { 1, 2, ALL, IPC_RMID }, { 0 } };
static const struct keep_rule semctl_keep[] = {
	{ 2, 3, ALL, IPC_RMID }, { 2, 3, ALL, GETVAL },	 { 2, 3, ALL, GETPID },
	{ 2, 3, ALL, GETNCNT },	 { 2, 3, ALL, GETZCNT }, { 0 },
};
/* flags, stack, parent_tid, then child_tid and tls in the architecture's order */
static const struct keep_rule clone_keep[] = {
	{ 0, 3, 0x01280000, 0 }, /* CLONE_CHILD_SETTID, CLONE_SETTLS, CLONE_CHILD_CLEARTID */
	{ 0, 2, 0x01381000, 0 }, /* these, CLONE_PARENT_SETTID and CLONE_PIDFD */
	{ 0 },
};
static const struct keep_rule prctl_keep[] = {
	{ 0, 2, ALL, PR_SET_PDEATHSIG },
	{ 0, 2, ALL, PR_GET_PDEATHSIG },
	{ 0, 1, ALL, PR_GET_DUMPABLE },
	{ 0, 2, ALL, PR_SET_DUMPABLE },
	{ 0, 1, ALL, PR_GET_KEEPCAPS },
	{ 0, 2, ALL, PR_SET_KEEPCAPS },
	{ 0, 2, ALL, PR_SET_NAME },
	{ 0, 2, ALL, PR_GET_NAME },
	{ 0, 1, ALL, PR_GET_SECCOMP },
	{ 0, 2, ALL, PR_CAPBSET_READ },
	{ 0, 2, ALL, PR_CAPBSET_DROP },
	{ 0, 1, ALL, PR_GET_SECUREBITS },
	{ 0, 2, ALL, PR_SET_SECUREBITS },
	{ 0, 1, ALL, PR_GET_TIMERSLACK },
	{ 0, 2, ALL, PR_SET_TIMERSLACK },
	{ 0, 2, ALL, PR_SET_CHILD_SUBREAPER },
	{ 0, 2, ALL, PR_SET_PTRACER },
	{ 0, 3, ALL, PR_SET_SECCOMP },
	{ 0 },
};
static const struct keep_rule keyctl_keep[] = {
	{ 0, 3, ALL, KEYCTL_GET_KEYRING_ID },
	{ 0, 2, ALL, KEYCTL_JOIN_SESSION_KEYRING },
	{ 0, 4, ALL, KEYCTL_UPDATE },
	{ 0, 2, ALL, KEYCTL_REVOKE },
	{ 0, 4, ALL, KEYCTL_CHOWN },
	{ 0, 3, ALL, KEYCTL_SETPERM },
	{ 0, 4, ALL, KEYCTL_DESCRIBE },
	{ 0, 2, ALL, KEYCTL_CLEAR },
	{ 0, 3, ALL, KEYCTL_LINK },
	{ 0, 3, ALL, KEYCTL_UNLINK },
	{ 0, 4, ALL, KEYCTL_READ },
	{ 0, 4, ALL, KEYCTL_NEGATE },
	{ 0, 2, ALL, KEYCTL_SET_REQKEY_KEYRING },
	{ 0, 3, ALL, KEYCTL_SET_TIMEOUT },
	{ 0, 2, ALL, KEYCTL_ASSUME_AUTHORITY },
	{ 0, 4, ALL, KEYCTL_GET_SECURITY },
	{ 0, 1, ALL, KEYCTL_SESSION_TO_PARENT },
	{ 0, 2, ALL, KEYCTL_INVALIDATE },
	{ 0, 3, ALL, KEYCTL_GET_PERSISTENT },
	{ 0, 4, ALL, KEYCTL_RESTRICT_KEYRING },
	{ 0, 3, ALL, KEYCTL_CAPABILITIES },
	{ 0 },
};
static const struct keep_rule ptrace_keep[] = {
	{ 0, 1, ALL, PTRACE_TRACEME },
	{ 0, 2, ALL, PTRACE_ATTACH },
	{ 0 },
};

static const struct keep_rule sysfs_keep[] = {
	{ 0, 2, ALL, 1 }, /* index of a name */
	{ 0, 1, ALL, 3 }, /* how many there are */
	{ 0 },
};

static const struct keep_rule *const keeps[SR_TYPE_COUNT] = {
	[SR_SC_open] = open_keep,	    [SR_SC_openat] = openat_keep,
	[SR_SC_mq_open] = mq_open_keep,	    [SR_SC_mremap] = mremap_keep,
	[SR_SC_fcntl] = fcntl_keep,	    [SR_SC_fcntl64] = fcntl_keep,
	[SR_SC_epoll_ctl] = epoll_ctl_keep, [SR_SC_futex] = futex_keep,
	[SR_SC_futex_time64] = futex_keep,  [SR_SC_msgctl] = ipc_ctl_keep,
	[SR_SC_shmctl] = ipc_ctl_keep,	    [SR_SC_semctl] = semctl_keep,
	[SR_SC_clone] = clone_keep,	    [SR_SC_prctl] = prctl_keep,
	[SR_SC_ptrace] = ptrace_keep,	    [SR_SC_keyctl] = keyctl_keep,
	[SR_SC_sysfs] = sysfs_keep,
};

static uint64_t raw_value(const struct sr_block *b, uint32_t row, unsigned arg)
{
	const struct sr_block_type *t = sr_block_type_of(b, row);

	return arg < t->ncols ? t->cols[arg].val[b->nth[row]] : 0;
}

unsigned sr_args_shown(const struct sr_block *b, uint32_t row)
{
	const struct sr_block_type *t = sr_block_type_of(b, row);
	const struct keep_rule *r = t->type ? keeps[sr_type_id(t->type)] : NULL;
	unsigned n = t->ncols < SR_MAX_ARGS ? t->ncols : SR_MAX_ARGS;

	for (; r && r->keep; r++)
		if (r->keep < n && (raw_value(b, row, r->ctl) & r->mask) == r->value)
			n = r->keep;
	return n;
}

/* If (argument ctl & mask) == value, argument @arg is a number of another form than its kind
 * says; the first rule that fits holds. */
struct form_rule {
	uint8_t arg;
	uint8_t ctl;
	uint32_t mask;
	uint32_t value;
	struct sr_args_form_of f; /* size 0 ends the rules of a call */
};

/* clang-format off */
#define FORM(form, size)     { SR_FORM_##form, size, SR_XLAT_none }
#define NAMES(form, size, x) { SR_FORM_##form, size, SR_XLAT_##x }
/* clang-format on */

/* The protocol of other families has other names. */
static const struct form_rule socket_forms[] = {
	{ 2, 0, ALL, AF_INET, NAMES(ENUM, 4, ip_proto) },
	{ 2, 0, ALL, AF_INET6, NAMES(ENUM, 4, ip_proto) },
	{ 2, 0, ALL, AF_NETLINK, NAMES(ENUM, 4, netlink_protocol) },
	{ 2, 0, 0, 0, FORM(DEC, 4) },
	{ 0 },
};
static const struct form_rule sockopt_forms[] = {
	{ 2, 1, ALL, SOL_SOCKET, NAMES(ENUM, 4, so_options) },
	{ 2, 1, ALL, IPPROTO_IP, NAMES(ENUM, 4, ip_options) },
	{ 2, 1, ALL, IPPROTO_IPV6, NAMES(ENUM, 4, ipv6_options) },
	{ 2, 1, ALL, IPPROTO_TCP, NAMES(ENUM, 4, tcp_options) },
	{ 2, 1, ALL, IPPROTO_UDP, NAMES(ENUM, 4, udp_options) },
	{ 2, 1, ALL, IPPROTO_ICMPV6, NAMES(ENUM, 4, icmpv6_options) },
	{ 2, 1, ALL, SOL_RAW, NAMES(ENUM, 4, raw_options) },
	{ 2, 1, ALL, SOL_PACKET, NAMES(ENUM, 4, packet_options) },
	{ 2, 1, ALL, 270 /* SOL_NETLINK */, NAMES(ENUM, 4, netlink_options) },
	{ 2, 1, ALL, 282 /* SOL_TLS */, NAMES(ENUM, 4, tls_options) },
	{ 2, 1, ALL, 287 /* SOL_VSOCK */, NAMES(ENUM, 4, vsock_options) },
	{ 0 },
};
static const struct form_rule fcntl_forms[] = {
	{ 2, 1, ALL, F_SETFL, NAMES(FLAGS, 4, open_flags) },
	{ 2, 1, ALL, F_SETFD, NAMES(FLAGS, 4, fd_flags) },
	{ 2, 1, ALL, F_DUPFD, FORM(DEC, 4) },
	{ 2, 1, ALL, F_DUPFD_CLOEXEC, FORM(DEC, 4) },
	{ 2, 1, ALL, F_SETOWN, FORM(DEC, 4) },
	{ 2, 1, ALL, F_SETSIG, FORM(SIGNAL, 4) },
	{ 2, 1, ALL, F_SETLEASE, NAMES(ENUM, 4, lock_type) },
	{ 2, 1, ALL, F_ADD_SEALS, NAMES(FLAGS, 4, seals) },
	{ 2, 1, ALL, F_NOTIFY, NAMES(FLAGS, 4, notify_flags) },
	{ 0 },
};
static const struct form_rule arch_prctl_forms[] = {
	{ 1, 0, 0, 0, FORM(HEX, 8) },
	{ 0 },
};
static const struct form_rule ioctl_forms[] = {
	{ 2, 1, ALL, FICLONE, FORM(DEC, 4) },
	{ 2, 1, ALL, LOOP_SET_FD, FORM(DEC, 4) },
	{ 2, 1, ALL, 0x40042408 /* PERF_EVENT_IOC_SET_BPF */, FORM(DEC, 4) },
	{ 0 },
};
/* The key or keyring that most commands are about, and where to look for one. */
static const struct form_rule keyctl_forms[] = {
	{ 1, 0, 0, 0, NAMES(ENUM, 4, key_spec) },
	{ 2, 0, ALL, KEYCTL_LINK, NAMES(ENUM, 4, key_spec) },
	{ 2, 0, ALL, KEYCTL_UNLINK, NAMES(ENUM, 4, key_spec) },
	{ 2, 0, ALL, KEYCTL_GET_PERSISTENT, NAMES(ENUM, 4, key_spec) },
	{ 4, 0, ALL, KEYCTL_SEARCH, NAMES(ENUM, 4, key_spec) },
	{ 4, 0, ALL, KEYCTL_INSTANTIATE, NAMES(ENUM, 4, key_spec) },
	{ 3, 0, ALL, KEYCTL_NEGATE, NAMES(ENUM, 4, key_spec) },
	{ 0 },
};
static const struct form_rule ipc_get_forms[] = {
	{ 0, 0, ALL, IPC_PRIVATE, NAMES(ENUM, 4, ipc_key) },
	{ 0 },
};
static const struct form_rule ring_enter_forms[] = { { 4, 0, 0, 0, FORM(PTR, 8) }, { 0 } };
static const struct form_rule ring_register_forms[] = { { 2, 0, 0, 0, FORM(PTR, 8) }, { 0 } };
static const struct form_rule address_forms[] = { { 1, 0, 0, 0, FORM(PTR, 8) }, { 0 } };
static const struct form_rule seccomp_forms[] = { { 2, 0, 0, 0, FORM(PTR, 8) }, { 0 } };
static const struct form_rule ipc_ctl_forms[] = { { 2, 0, 0, 0, FORM(PTR, 8) }, { 0 } };
static const struct form_rule quotactl_forms[] = { { 3, 0, 0, 0, FORM(PTR, 8) }, { 0 } };
static const struct form_rule prctl_forms[] = {
	{ 1, 0, ALL, PR_SET_SECCOMP, NAMES(ENUM, 4, seccomp_mode) },
	{ 1, 0, ALL, PR_SET_PDEATHSIG, FORM(SIGNAL, 4) },
	{ 1, 0, ALL, PR_CAPBSET_READ, NAMES(ENUM, 4, cap_number) },
	{ 1, 0, ALL, PR_CAPBSET_DROP, NAMES(ENUM, 4, cap_number) },
	{ 1, 0, ALL, PR_CAP_AMBIENT, NAMES(ENUM, 4, prctl_ambient) },
	{ 2, 1, ALL, PR_CAP_AMBIENT_CLEAR_ALL, FORM(ARG, 8) },
	{ 2, 0, ALL, PR_CAP_AMBIENT, NAMES(ENUM, 4, cap_number) },
	{ 1, 0, ALL, PR_SET_SECUREBITS, NAMES(FLAGS, 4, securebits) },
	{ 1, 0, ALL, PR_SET_MM, NAMES(ENUM, 4, prctl_mm) },
	{ 0 },
};
static const struct form_rule ptrace_forms[] = {
	{ 3, 0, ALL, PTRACE_CONT, FORM(SIGNAL, 4) },
	{ 3, 0, ALL, PTRACE_SYSCALL, FORM(SIGNAL, 4) },
	{ 3, 0, ALL, PTRACE_SINGLESTEP, FORM(SIGNAL, 4) },
	{ 3, 0, ALL, PTRACE_DETACH, FORM(SIGNAL, 4) },
	{ 3, 0, ALL, PTRACE_LISTEN, FORM(SIGNAL, 4) },
	{ 3, 0, ALL, PTRACE_SETOPTIONS, NAMES(FLAGS, 4, ptrace_options) },
	{ 3, 0, ALL, PTRACE_SEIZE, NAMES(FLAGS, 4, ptrace_options) },
	{ 3, 0, ALL, PTRACE_POKETEXT, FORM(HEX, 8) },
	{ 3, 0, ALL, PTRACE_POKEDATA, FORM(HEX, 8) },
	{ 3, 0, ALL, PTRACE_POKEUSR, FORM(HEX, 8) },
	{ 2, 0, ALL, PTRACE_GETREGSET, NAMES(ENUM, 4, regset) },
	{ 2, 0, ALL, PTRACE_SETREGSET, NAMES(ENUM, 4, regset) },
	{ 0 },
};

static const struct form_rule *const forms[SR_TYPE_COUNT] = {
	[SR_SC_socket] = socket_forms,
	[SR_SC_socketpair] = socket_forms,
	[SR_SC_setsockopt] = sockopt_forms,
	[SR_SC_getsockopt] = sockopt_forms,
	[SR_SC_fcntl] = fcntl_forms,
	[SR_SC_fcntl64] = fcntl_forms,
	[SR_SC_prctl] = prctl_forms,
	[SR_SC_ptrace] = ptrace_forms,
	[SR_SC_arch_prctl] = arch_prctl_forms,
	[SR_SC_ioctl] = ioctl_forms,
	[SR_SC_keyctl] = keyctl_forms,
	[SR_SC_seccomp] = seccomp_forms,
	[SR_SC_shmctl] = ipc_ctl_forms,
	[SR_SC_shmget] = ipc_get_forms,
	[SR_SC_msgget] = ipc_get_forms,
	[SR_SC_semget] = ipc_get_forms,
	[SR_SC_msgctl] = ipc_ctl_forms,
	[SR_SC_io_uring_enter] = ring_enter_forms,
	[SR_SC_io_uring_register] = ring_register_forms,
	[SR_SC_modify_ldt] = address_forms,
	[SR_SC_syslog] = address_forms,
	[SR_SC_quotactl] = quotactl_forms,
	[SR_SC_quotactl_fd] = quotactl_forms,
};

const struct sr_args_form_of *sr_args_form_of(const struct sr_args_ref *a)
{
	const struct form_rule *r = a->type ? forms[sr_type_id(a->type)] : NULL;

	for (; r && r->f.size; r++)
		if (r->arg == a->idx && (raw_value(a->b, a->row, r->ctl) & r->mask) == r->value)
			return &r->f;
	return NULL;
}
