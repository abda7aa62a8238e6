/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments that another one decides, of calls that few programs make: limits of System V IPC,
 * registration with io_uring, process settings, quotas, keys, and what a tracer reads. */
#include "tests/live/live.h"

#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/prctl.h>
#include <linux/quota.h>
#include <linux/reboot.h>
#include <signal.h>
#include <stddef.h>
#include <sys/msg.h>
#include <sys/ptrace.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/uio.h>
#include <sys/user.h>

static void ipc_limits(void)
{
	struct seminfo sem;
	struct msginfo msg;
	struct shminfo shm;
	struct shm_info use;

	MUST(syscall(SYS_semctl, 0, 0, IPC_INFO, &sem) >= 0);
	expect("semctl(0, 0, IPC_INFO, {semmni=%d, semmns=%d, semmsl=%d, semopm=%d, *}) = *",
	       sem.semmni, sem.semmns, sem.semmsl, sem.semopm);
	MUST(syscall(SYS_semctl, 0, 0, SEM_INFO, &sem) >= 0);
	expect("semctl(0, 0, SEM_INFO, {*semusz=%d, semaem=%d, ...}) = *", sem.semusz, sem.semaem);
	MUST(syscall(SYS_msgctl, 0, MSG_INFO, &msg) >= 0);
	expect("msgctl(0, MSG_INFO, {msgpool=%d, msgmap=%d, msgmax=%d, msgmnb=%d, msgmni=%d, "
	       "msgtql=%d, ...}) = *",
	       msg.msgpool, msg.msgmap, msg.msgmax, msg.msgmnb, msg.msgmni, msg.msgtql);
	MUST(syscall(SYS_shmctl, 0, IPC_INFO, &shm) >= 0);
	expect("shmctl(0, IPC_INFO, {shmmax=%lu, shmmin=%lu, shmmni=%lu, shmseg=%lu, "
	       "shmall=%lu}) = *",
	       shm.shmmax, shm.shmmin, shm.shmmni, shm.shmseg, shm.shmall);
	MUST(syscall(SYS_shmctl, 0, SHM_INFO, &use) >= 0);
	expect("shmctl(0, SHM_INFO, {used_ids=%d, *}) = *", use.used_ids);
}

static void rings(void)
{
	struct io_uring_params p = { .flags = IORING_SETUP_R_DISABLED };
	struct iovec buf = { malloc(8192), 4096 };
	int ring = (int)syscall(SYS_io_uring_setup, 4, &p), fds[2] = { 0, -1 };
	unsigned int workers[2] = { 3, 0 };
	struct {
		struct io_uring_probe head;
		struct io_uring_probe_op ops[8];
	} probe = { 0 };
	struct io_uring_restriction limit = { .opcode = IORING_RESTRICTION_SQE_OP, .sqe_op = 1 };
	struct io_uring_files_update update = { .offset = 1, .fds = (unsigned long)fds };
	struct io_uring_rsrc_register rsrc = { .nr = 5, .data = (unsigned long)fds };
	unsigned long set = 1ul << (SIGTERM - 1);
	struct {
		unsigned long mask;
		unsigned int size, wait;
		unsigned long ts;
	} arg = { (unsigned long)&set, 8, 0, 0 };

	if (ring < 0) /* a kernel without it, or forbidden */
		return;
	MUST(buf.iov_base);
#define REG(op, p, n) ret(syscall(SYS_io_uring_register, ring, (op), (p), (n)))
	expect("io_uring_register(%d<*>, IORING_REGISTER_BUFFERS, [{iov_base=%p, iov_len=4096}], 1) "
	       "= %s",
	       ring, buf.iov_base, REG(IORING_REGISTER_BUFFERS, &buf, 1));
	expect("io_uring_register(%d<*>, IORING_REGISTER_FILES, [0, -1], 2) = %s", ring,
	       REG(IORING_REGISTER_FILES, fds, 2));
	expect("io_uring_register(%d<*>, IORING_REGISTER_FILES_UPDATE, {offset=1, data=%p}, 1) = %s",
	       ring, (void *)fds, REG(IORING_REGISTER_FILES_UPDATE, &update, 1));
	expect("io_uring_register(%d<*>, IORING_REGISTER_EVENTFD, [0], 1) = %s", ring,
	       REG(IORING_REGISTER_EVENTFD, fds, 1));
	MUST(syscall(SYS_io_uring_register, ring, IORING_REGISTER_PROBE, &probe, 8) == 0);
	expect("io_uring_register(%d<*>, IORING_REGISTER_PROBE, {last_op=%u, ops_len=%u}, 8) = 0",
	       ring, probe.head.last_op, probe.head.ops_len);
	expect("io_uring_register(%d<*>, IORING_REGISTER_IOWQ_MAX_WORKERS, [*, *], 2) = %s", ring,
	       REG(IORING_REGISTER_IOWQ_MAX_WORKERS, workers, 2));
	expect("io_uring_register(%d<*>, IORING_REGISTER_FILES2, {nr=5, flags=0x0, data=%p, "
	       "tags=NULL}, 32) = %s",
	       ring, (void *)fds, REG(IORING_REGISTER_FILES2, &rsrc, 32));
	expect("io_uring_register(%d<*>, IORING_REGISTER_RESTRICTIONS, "
	       "[{opcode=IORING_RESTRICTION_SQE_OP, op=1}], 1) = %s",
	       ring, REG(IORING_REGISTER_RESTRICTIONS, &limit, 1));
	expect("io_uring_register(%d<*>, IORING_REGISTER_ENABLE_RINGS, NULL, 0) = %s", ring,
	       REG(IORING_REGISTER_ENABLE_RINGS, NULL, 0));
	expect("io_uring_enter(%d<*>, 0, 0, IORING_ENTER_GETEVENTS|IORING_ENTER_EXT_ARG, "
	       "{sigmask=[TERM], sigmask_sz=8, min_wait_usec=0, ts=NULL}, 24) = %s",
	       ring, ret(syscall(SYS_io_uring_enter, ring, 0, 0, 9, &arg, 24)));
	expect("io_uring_enter(%d<*>, 0, 0, IORING_ENTER_GETEVENTS, [TERM], 8) = %s", ring,
	       ret(syscall(SYS_io_uring_enter, ring, 0, 0, 1, &set, 8)));
	expect("io_uring_enter(%d<*>, 0, 0, IORING_ENTER_GETEVENTS, NULL, 8) = %s", ring,
	       ret(syscall(SYS_io_uring_enter, ring, 0, 0, 1, NULL, 8)));
#undef REG
	close(ring);
	free(buf.iov_base);
}

static void settings(void)
{
	struct prctl_mm_map map = { .start_code = 0x1000, .exe_fd = (__u32)-1 };
	int fd = open(".", O_RDONLY | O_DIRECTORY);
	unsigned int ids[2];

	expect("prctl(PR_SET_MM, PR_SET_MM_MAP, {start_code=0x1000, end_code=0x0, *exe_fd=-1*}, "
	       "%zu*) = %s",
	       sizeof(map),
	       ret(syscall(SYS_prctl, PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0)));
	expect("prctl(PR_SET_MM, PR_SET_MM_START_BRK, 0x1000, 0*) = %s",
	       ret(syscall(SYS_prctl, PR_SET_MM, PR_SET_MM_START_BRK, 0x1000, 0, 0)));
	expect("prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 5*) = %s",
	       ret(syscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 5, 0, 0)));
	expect("prctl(PR_SET_SECUREBITS, SECBIT_NOROOT|SECBIT_NOROOT_LOCKED|0x1000) = %s",
	       ret(syscall(SYS_prctl, PR_SET_SECUREBITS, 0x1003, 0, 0, 0)));
	expect("fcntl(%d<*>, F_NOTIFY, DN_CREATE|DN_MULTISHOT) = %s", fd,
	       ret(syscall(SYS_fcntl, fd, F_NOTIFY, DN_CREATE | DN_MULTISHOT)));
	if (syscall(SYS_fcntl, fd, 17 /* F_GETOWNER_UIDS */, ids) == 0)
		expect("fcntl(%d<*>, F_GETOWNER_UIDS, [%u, %u]) = 0", fd, ids[0], ids[1]);
	close(fd);
}

static void machine(void)
{
	struct if_dqinfo info = { .dqi_bgrace = 60, .dqi_igrace = 70, .dqi_valid = IIF_BGRACE };
	char text[100] = "";
	long n;

	/* without the magic numbers nothing happens */
	expect("reboot(0, 0, LINUX_REBOOT_CMD_RESTART2, \"now\") = %s",
	       ret(syscall(SYS_reboot, 0, 0, LINUX_REBOOT_CMD_RESTART2, "now")));
	n = syscall(SYS_syslog, 3 /* SYSLOG_ACTION_READ_ALL */, text, 20);
	if (n > 0)
		expect("syslog(SYSLOG_ACTION_READ_ALL, \"*\", 20) = %ld", n);
	expect("quotactl(Q_SETINFO, \"nowhere\", 0, {dqi_bgrace=60, dqi_igrace=70, dqi_flags=0x0, "
	       "...}) = %s",
	       ret(syscall(SYS_quotactl, QCMD(Q_SETINFO, USRQUOTA), "nowhere", 0, &info)));
#if defined(__x86_64__)
	unsigned int desc[4] = { 7, 0x1000, 0xfffff, 0x51 };
	unsigned long bits = 0;

	n = syscall(SYS_sysfs, 1, "proc");
	expect("sysfs(SYSFS_NAME_TO_INDEX, \"proc\") = %s", ret(n));
	if (n >= 0 && syscall(SYS_sysfs, 2, n, text) == 0)
		expect("sysfs(SYSFS_INDEX_TO_NAME, %ld, \"proc\") = 0", n);
	n = syscall(SYS_modify_ldt, 0x11, desc, 16);
	expect("modify_ldt(17, {entry_number=7, base_addr=0x1000, limit=0xfffff, bits=0x51}, 16) = "
	       "*");
	if (syscall(SYS_arch_prctl, 0x1021 /* ARCH_GET_XCOMP_SUPP */, &bits) == 0)
		expect("arch_prctl(ARCH_GET_XCOMP_SUPP, [%#lx]) = 0", bits);
#endif
}

static void keys(void)
{
	struct {
		int key;
		unsigned int in, out, rest[7];
	} params = { 77, 10, 20, { 0 } };

	expect("keyctl(KEYCTL_PKEY_ENCRYPT, {key_id=77, in_len=10, out_len=20}, \"enc=raw\", *) = "
	       "%s",
	       ret(syscall(SYS_keyctl, KEYCTL_PKEY_ENCRYPT, &params, "enc=raw", &params, &params)));
}

/* A stopped child. */
static void tracer(pid_t pid)
{
	struct {
		unsigned long off;
		unsigned int flags;
		int nr;
	} peek = { 0, 0, 1 };
	siginfo_t info[1];
	long word = 0x1234;
	static long data;

#if defined(__x86_64__)
	struct user_regs_struct regs;
	struct iovec set = { &regs, sizeof(regs) };

	MUST(syscall(SYS_ptrace, PTRACE_GETREGS, pid, 0, &regs) == 0);
	expect("ptrace(PTRACE_GETREGS, %d, 0, {rip=%#llx, rsp=%#llx, orig_rax=%#llx, *}) = 0", pid,
	       regs.rip, regs.rsp, regs.orig_rax);
	MUST(syscall(SYS_ptrace, PTRACE_GETREGSET, pid, 1, &set) == 0);
	expect("ptrace(PTRACE_GETREGSET, %d, NT_PRSTATUS, {iov_base={rip=%#llx, *}, iov_len=216}) = "
	       "0",
	       pid, regs.rip);
	MUST(syscall(SYS_ptrace, PTRACE_SETREGSET, pid, 1, &set) == 0);
	expect("ptrace(PTRACE_SETREGSET, %d, NT_PRSTATUS, {iov_base={rip=%#llx, *}, iov_len=216}) = "
	       "0",
	       pid, regs.rip);
	set.iov_len = 64;
	MUST(syscall(SYS_ptrace, PTRACE_GETREGSET, pid, 2, &set) == 0);
	expect("ptrace(PTRACE_GETREGSET, %d, NT_PRFPREG, {iov_base=\"*\", iov_len=64}) = 0", pid);
#endif
	MUST(syscall(SYS_ptrace, PTRACE_SETOPTIONS, pid, 0,
		     PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD) == 0);
	expect("ptrace(PTRACE_SETOPTIONS, %d, 0, PTRACE_O_TRACESYSGOOD|PTRACE_O_EXITKILL) = 0",
	       pid);
	MUST(syscall(SYS_ptrace, PTRACE_POKEDATA, pid, &data, word) == 0);
	expect("ptrace(PTRACE_POKEDATA, %d, %p, 0x1234) = 0", pid, (void *)&data);
	MUST(syscall(SYS_ptrace, PTRACE_PEEKDATA, pid, &data, &word) == 0);
	expect("ptrace(PTRACE_PEEKDATA, %d, %p, [0x1234]) = 0", pid, (void *)&data);
	expect("ptrace(PTRACE_PEEKSIGINFO, %d, {off=0, flags=0x0, nr=1}, *) = %s", pid,
	       ret(syscall(SYS_ptrace, PTRACE_PEEKSIGINFO, pid, &peek, info)));
}

/* The same child, at the beginning of a call. */
static void caller(pid_t pid)
{
	struct {
		unsigned char op, pad[3];
		unsigned int arch;
		unsigned long ip, sp, nr, args[6], rest;
	} call = { 0 };
	int status;

	MUST(syscall(SYS_ptrace, PTRACE_SYSCALL, pid, 0, 0) == 0);
	MUST(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status));
	if (syscall(SYS_ptrace, 0x420e /* PTRACE_GET_SYSCALL_INFO */, pid, sizeof(call), &call) > 0)
		expect("ptrace(PTRACE_GET_SYSCALL_INFO, %d, %zu, {op=PTRACE_SYSCALL_INFO_ENTRY, *"
		       "ip=%#lx, sp=%#lx, nr=%ld, arg0=0x2a, *}) = *",
		       pid, sizeof(call), call.ip, call.sp, (long)SYS_close);
}

static void tracing(void)
{
	pid_t pid = fork();
	int status;

	MUST(pid >= 0);
	if (pid == 0) {
		if (syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0))
			_exit(0); /* there is a tracer */
		syscall(SYS_kill, syscall(SYS_getpid), SIGSTOP);
		syscall(SYS_close, 42);
		_exit(0);
	}
	MUST(waitpid(pid, &status, 0) == pid);
	if (WIFEXITED(status))
		return;
	tracer(pid);
	caller(pid);
	MUST(syscall(SYS_ptrace, PTRACE_KILL, pid, 0, 0) == 0);
	MUST(waitpid(pid, &status, 0) == pid);
}

int main(void)
{
	ipc_limits();
	rings();
	settings();
	machine();
	keys();
	tracing();
	return live_end();
}
