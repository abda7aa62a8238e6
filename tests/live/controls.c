/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments that another one decides, of calls that few programs make: limits of System V IPC,
 * registration with io_uring, process settings, quotas, keys, and what a tracer reads. */
#include "tests/live/live.h"

#include <linux/dqblk_xfs.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/prctl.h>
#include <linux/quota.h>
#include <linux/random.h>
#include <linux/reboot.h>
#include <linux/rtc.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/msg.h>
#include <sys/ptrace.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/time.h>
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
	unsigned long set = 1ul << (SIGTERM - 1), words[8] = { 1, 2, 3, 4, 5 };
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
	/* wrong, and shown all the same */
	expect("io_uring_register(%d<*>, IORING_REGISTER_FILES_UPDATE2, {offset=1, data=0x2, "
	       "tags=0x3, nr=4}, 1) = %s",
	       ring, REG(IORING_REGISTER_FILES_UPDATE2, words, 1));
	expect("io_uring_register(%d<*>, IORING_REGISTER_RING_FDS, [{offset=1, data=0x2}], 1) = %s",
	       ring, REG(IORING_REGISTER_RING_FDS, words, 1));
	expect("io_uring_register(%d<*>, IORING_REGISTER_PBUF_RING, {ring_addr=0x1, "
	       "ring_entries=2, bgid=0, flags=0x0}, 2) = %s",
	       ring, REG(IORING_REGISTER_PBUF_RING, words, 2));
	expect("io_uring_register(%d<*>, IORING_REGISTER_SYNC_CANCEL, {addr=0x1, fd=2, flags=0x0, "
	       "timeout=3.000000004, opcode=5}, 2) = %s",
	       ring, REG(IORING_REGISTER_SYNC_CANCEL, words, 2));
	expect("io_uring_register(%d<*>, IORING_REGISTER_FILE_ALLOC_RANGE, {off=1, len=0}, 2) = %s",
	       ring, REG(IORING_REGISTER_FILE_ALLOC_RANGE, words, 2));
#define OPCODE(n) ret(syscall(SYS_io_uring_register, ring, (n), words, 99))
	expect("io_uring_register(%d<*>, IORING_REGISTER_PBUF_STATUS, {buf_group=1, head=0}, 99) = %s",
	       ring, OPCODE(26));
	expect("io_uring_register(%d<*>, IORING_REGISTER_NAPI, {busy_poll_to=1, *op_param=2}, 99) = "
	       "%s",
	       ring, OPCODE(27));
	expect("io_uring_register(%d<*>, IORING_REGISTER_CLOCK, [CLOCK_MONOTONIC], 99) = %s", ring,
	       OPCODE(29));
	expect("io_uring_register(%d<*>, IORING_REGISTER_CLONE_BUFFERS, {src_fd=1, flags=0x0, "
	       "src_off=2, dst_off=0, nr=3}, 99) = %s",
	       ring, OPCODE(30));
	expect("io_uring_register(%d<*>, IORING_REGISTER_SEND_MSG_RING, {opcode=1, fd=0, off=2, "
	       "addr=0x3, len=4, user_data=0x5, ...}, 99) = %s",
	       ring, OPCODE(31));
	expect("io_uring_register(%d<*>, IORING_REGISTER_ZCRX_IFQ, {if_idx=1, if_rxq=0, "
	       "rq_entries=2, flags=0x0, area_ptr=0x3, ...}, 99) = %s",
	       ring, OPCODE(32));
	expect("io_uring_register(%d<*>, IORING_REGISTER_MEM_REGION, {region_uptr=0x1, flags=0x2}, "
	       "99) = %s",
	       ring, OPCODE(34));
	expect("io_uring_register(%d<*>, IORING_REGISTER_QUERY, {next_entry=0x1, query_data=0x2, "
	       "query_op=3, size=0, result=4}, 99) = %s",
	       ring, OPCODE(35));
#undef OPCODE
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
	expect("prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_KILL*) = %s",
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
	struct fs_disk_quota limits = { .d_id = 5 };
	char text[100] = "";
	int on = 3;
	long n;

	/* without the magic numbers nothing happens */
	expect("reboot(0, 0, LINUX_REBOOT_CMD_RESTART2, \"now\") = %s",
	       ret(syscall(SYS_reboot, 0, 0, LINUX_REBOOT_CMD_RESTART2, "now")));
	n = syscall(SYS_syslog, 3 /* SYSLOG_ACTION_READ_ALL */, text, 20);
	if (n > 0)
		expect("syslog(SYSLOG_ACTION_READ_ALL, \"*\", 20) = %ld", n);
	expect("quotactl(Q_XSETQLIM|PRJQUOTA, \"nowhere\", 5, {d_fieldmask=0x0, d_id=5, *}) = %s",
	       ret(syscall(SYS_quotactl, (int)QCMD(Q_XSETQLIM, 2), "nowhere", 5, &limits)));
	expect("quotactl(Q_XQUOTAON, \"nowhere\", 0, [3]) = %s",
	       ret(syscall(SYS_quotactl, (int)QCMD(Q_XQUOTAON, 0), "nowhere", 0, &on)));
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

/* What an ioctl() is given is shown even where nobody takes it. */
static void requests(void)
{
	const struct {
		unsigned long number;
		const char *shown;
	} calls[] = {
		{ UFFDIO_ZEROPAGE, "UFFDIO_ZEROPAGE, {start=0x1, len=0x2, mode=0x3}" },
		{ UFFDIO_UNREGISTER, "UFFDIO_UNREGISTER, {start=0x1, len=0x2}" },
		{ UFFDIO_WAKE, "UFFDIO_WAKE, {start=0x1, len=0x2}" },
		{ UFFDIO_COPY, "UFFDIO_COPY, {dst=0x1, src=0x2, len=0x3, mode=0x4, copy=5}" },
		{ FIDEDUPERANGE, "FIDEDUPERANGE, {src_offset=1, src_length=2, dest_count=3}" },
		{ BLKDISCARD, "BLKDISCARD, {start=1, len=2}" },
		{ BLKZEROOUT, "BLKZEROOUT, {start=1, len=2}" },
		{ TCSETA, "TCSETA, {c_iflag=IGNBRK, c_oflag=0, *}" },
		{ TIOCSTI, "TIOCSTI, [1]" },
		{ TIOCLINUX, "TIOCLINUX, [1]" },
		{ SIOCBRADDBR, "SIOCBRADDBR, \"\\x01\"" },
		{ SIOCBRDELBR, "SIOCBRDELBR, \"\\x01\"" },
		{ SIOCBRADDIF, "SIOCBRADDIF, {ifr_name=\"\\x01\", ifr_ifindex=3}" },
		{ SIOCETHTOOL, "SIOCETHTOOL, {ifr_name=\"\\x01\", ifr_data=0x3}" },
		{ RNDADDENTROPY, "RNDADDENTROPY, {entropy_count=1, buf_size=0}" },
		{ PERF_EVENT_IOC_SET_FILTER, "PERF_EVENT_IOC_SET_FILTER, \"\\x01\"" },
		{ RTC_SET_TIME, "RTC_SET_TIME, {tm_sec=1, tm_min=0, tm_hour=2, *}" },
		{ SECCOMP_IOCTL_NOTIF_SEND,
		  "SECCOMP_IOCTL_NOTIF_SEND, {id=0x1, val=2, error=3, flags=0x0}" },
		{ SECCOMP_IOCTL_NOTIF_ID_VALID, "SECCOMP_IOCTL_NOTIF_ID_VALID, [1]" },
		{ SECCOMP_IOCTL_NOTIF_ADDFD,
		  "SECCOMP_IOCTL_NOTIF_ADDFD, {id=0x1, flags=0x2, srcfd=0, newfd=3, *}" },
	};
	unsigned long words[5] = { 1, 2, 3, 4, 5 };

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		expect("ioctl(-1, %s) = %s", calls[i].shown,
		       ret(syscall(SYS_ioctl, -1, calls[i].number, words)));
}

/* A supervisor of a child's calls reads what the child wants. */
static void supervisor(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpgid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { 4, code };
	struct seccomp_notif n = { 0 };
	int pipes[2], theirs = -1, pidfd, fd;
	pid_t pid;

	MUST(pipe(pipes) == 0);
	pid = fork();
	MUST(pid >= 0);
	if (pid == 0) {
		MUST(syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
		theirs = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
				      SECCOMP_FILTER_FLAG_NEW_LISTENER, &prog);
		MUST(write(pipes[1], &theirs, sizeof(theirs)) == sizeof(theirs));
		if (theirs >= 0)
			syscall(SYS_getpgid, 42);
		_exit(0);
	}
	MUST(read(pipes[0], &theirs, sizeof(theirs)) == sizeof(theirs));
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	fd = theirs < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, pidfd, theirs, 0);
	if (fd >= 0) {
		MUST(syscall(SYS_ioctl, fd, SECCOMP_IOCTL_NOTIF_RECV, &n) == 0);
		expect("ioctl(%d<*>, SECCOMP_IOCTL_NOTIF_RECV, {id=%#llx, pid=%d, nr=%d, "
		       "arg0=0x2a, *}) = 0",
		       fd, n.id, n.pid, (int)SYS_getpgid);
		close(fd);
	}
	MUST(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
	close(pidfd);
	close(pipes[0]);
	close(pipes[1]);
}

static void received(void)
{
	unsigned long long cookie = 0;
	struct timeval t;
	int s[2], fd, dev;
	char c;

	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, s) == 0 && write(s[0], "x", 1) == 1);
	if (syscall(SYS_ioctl, s[1], 0x8906 /* SIOCGSTAMP_OLD */, &t) == -1)
		MUST(read(s[1], &c, 1) == 1);
	if (syscall(SYS_ioctl, s[1], 0x8906, &t) == 0)
		expect("ioctl(%d<*>, SIOCGSTAMP_OLD, {%ld.%06ld}) = 0", s[1], t.tv_sec, t.tv_usec);
	close(s[0]);
	close(s[1]);
	fd = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	if (fd >= 0 && syscall(SYS_ioctl, fd, TIOCGDEV, &dev) == 0)
		expect("ioctl(%d<*>, TIOCGDEV, [%d]) = 0", fd, dev);
	if (fd >= 0) {
		unsigned short termio[10];

		MUST(syscall(SYS_ioctl, fd, TCGETA, termio) == 0);
		expect("ioctl(%d<*>, TCGETA, {c_iflag=ICRNL*, c_oflag=OPOST*, *}) = 0", fd);
		close(fd);
	}
	if (syscall(SYS_prctl, PR_SCHED_CORE, 0, 0, 0, &cookie) == 0)
		expect("prctl(PR_SCHED_CORE, 0, 0, 0, [%llu]) = 0", cookie);
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
	struct user_fpregs_struct fp;

	MUST(syscall(SYS_ptrace, PTRACE_GETFPREGS, pid, 0, &fp) == 0);
	expect("ptrace(PTRACE_GETFPREGS, %d, 0, {cwd=%#x, swd=*, mxcsr=%#x, ...}) = 0", pid, fp.cwd,
	       fp.mxcsr);
	expect("ptrace(PTRACE_SETFPREGS, %d, 0, {cwd=%#x, *}) = %s", pid, fp.cwd,
	       ret(syscall(SYS_ptrace, PTRACE_SETFPREGS, pid, 0, &fp)));
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

/* The filter of its calls. */
static void filtered(pid_t pid)
{
	const int get = 0x420c; /* PTRACE_SECCOMP_GET_FILTER */
	struct sock_filter code[4];

	if (syscall(SYS_ptrace, get, pid, 0, NULL) != 2)
		return; /* not for us, or not by this kernel */
	expect("ptrace(PTRACE_SECCOMP_GET_FILTER, %d, 0, NULL) = 2", pid);
	MUST(syscall(SYS_ptrace, get, pid, 0, code) == 2);
	expect("ptrace(PTRACE_SECCOMP_GET_FILTER, %d, 0, [{code=0x20, jt=0, jf=0, k=0x0}, "
	       "{code=0x6, jt=0, jf=0, k=0x7fff0000}]) = 2",
	       pid);
}

static void tracing(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { 2, code };
	pid_t pid = fork();
	int status;

	MUST(pid >= 0);
	if (pid == 0) {
		MUST(syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
		MUST(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) == 0);
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
	filtered(pid);
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
	requests();
	supervisor();
	received();
	tracing();
	return live_end();
}
