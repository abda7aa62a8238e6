/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments that are a number or point to memory as another argument says: fcntl, ioctl, prctl,
 * keyctl, futex, seccomp, the three IPC controls, arch_prctl. */
#include "tests/live/live.h"

#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <linux/keyctl.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <pty.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/ptrace.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <time.h>

static void locks(void)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 5 };
	struct f_owner_ex o = { F_OWNER_PID, getpid() };
	int fd = open("locked", O_RDWR | O_CREAT, 0600), pid = getpid();

	MUST(fd >= 0);
	MUST(syscall(SYS_fcntl, fd, F_SETLK, &l) == 0);
	expect("fcntl(%d<*/locked>, F_SETLK, {l_type=F_WRLCK, l_whence=SEEK_SET, l_start=10, "
	       "l_len=5, l_pid=0}) = 0",
	       fd);
	MUST(syscall(SYS_fcntl, fd, F_GETLK, &l) == 0);
	expect("fcntl(%d<*>, F_GETLK, {l_type=F_UNLCK, *l_start=10, l_len=5*}) = 0", fd);
	expect("fcntl(%d<*>, F_SETLK, 0x1 (page fault)) = %s", fd,
	       ret(syscall(SYS_fcntl, fd, F_SETLK, 1)));
	MUST(syscall(SYS_fcntl, fd, F_SETOWN_EX, &o) == 0);
	expect("fcntl(%d<*>, F_SETOWN_EX, {type=F_OWNER_PID, pid=%d}) = 0", fd, pid);
	MUST(syscall(SYS_fcntl, fd, F_GETOWN_EX, &o) == 0);
	expect("fcntl(%d<*>, F_GETOWN_EX, {type=F_OWNER_PID, pid=%d}) = 0", fd, pid);
	expect("fcntl(%d<*>, F_SETLEASE, F_RDLCK) = %s", fd,
	       ret(syscall(SYS_fcntl, fd, F_SETLEASE, F_RDLCK)));
	close(fd);
}

static void terminals(void)
{
	struct winsize w = { .ws_row = 24, .ws_col = 80 };
	struct {
		unsigned int words[4];
		unsigned char rest[48];
	} t;
	int master, slave, n = 0;

	MUST(openpty(&master, &slave, NULL, NULL, NULL) == 0);
	MUST(syscall(SYS_ioctl, slave, TIOCSWINSZ, &w) == 0);
	expect("ioctl(%d<*>, TIOCSWINSZ, {ws_row=24, ws_col=80, ws_xpixel=0, ws_ypixel=0}) = 0",
	       slave);
	MUST(syscall(SYS_ioctl, slave, TIOCGWINSZ, &w) == 0);
	expect("ioctl(%d<*>, TIOCGWINSZ, {ws_row=24, ws_col=80, *}) = 0", slave);
	MUST(syscall(SYS_ioctl, slave, TCGETS, &t) == 0);
	expect("ioctl(%d<*>, TCGETS, {c_iflag=ICRNL|IXON*, c_oflag=OPOST|ONLCR*, "
	       "c_cflag=B38400|CS8|CREAD*, c_lflag=ISIG|ICANON|ECHO*}) = 0",
	       slave);
	MUST(syscall(SYS_ioctl, slave, TCSETS, &t) == 0);
	expect("ioctl(%d<*>, TCSETS, {c_iflag=ICRNL*}) = 0", slave);
	MUST(write(master, "abc\n", 4) == 4);
	MUST(syscall(SYS_ioctl, slave, FIONREAD, &n) == 0);
	expect("ioctl(%d<*>, FIONREAD, [%d]) = 0", slave, n);
	MUST(syscall(SYS_ioctl, master, TIOCGPTN, &n) == 0);
	expect("ioctl(%d<*>, TIOCGPTN, [%d]) = 0", master, n);
	/* what no row is of stays a number or an address */
	expect("ioctl(%d<*>, 0x12345678, 7) = %s", slave,
	       ret(syscall(SYS_ioctl, slave, 0x12345678, 7)));
	expect("ioctl(%d<*>, TIOCGWINSZ, NULL) = %s", slave,
	       ret(syscall(SYS_ioctl, slave, TIOCGWINSZ, NULL)));
	close(master);
	close(slave);
}

static void interfaces(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0), on = 1;
	struct ifreq r = { .ifr_name = "lo" };

	MUST(fd >= 0);
	MUST(syscall(SYS_ioctl, fd, SIOCGIFINDEX, &r) == 0);
	expect("ioctl(%d<*>, SIOCGIFINDEX, {ifr_name=\"lo\", ifr_ifindex=%d}) = 0", fd,
	       r.ifr_ifindex);
	MUST(syscall(SYS_ioctl, fd, SIOCGIFMTU, &r) == 0);
	expect("ioctl(%d<*>, SIOCGIFMTU, {ifr_name=\"lo\", ifr_mtu=%d}) = 0", fd, r.ifr_mtu);
	MUST(syscall(SYS_ioctl, fd, SIOCGIFFLAGS, &r) == 0);
	expect("ioctl(%d<*>, SIOCGIFFLAGS, {ifr_name=\"lo\", ifr_flags=*IFF_LOOPBACK*}) = 0", fd);
	MUST(syscall(SYS_ioctl, fd, SIOCGIFHWADDR, &r) == 0);
	expect("ioctl(%d<*>, SIOCGIFHWADDR, {ifr_name=\"lo\", ifr_hwaddr=\"00:00:00:00:00:00\"}) = "
	       "0",
	       fd);
	if (syscall(SYS_ioctl, fd, SIOCGIFADDR, &r) == 0)
		expect("ioctl(%d<*>, SIOCGIFADDR, {ifr_name=\"lo\", ifr_addr={AF_INET, "
		       "127.0.0.1:0}}) = 0",
		       fd);
	strcpy(r.ifr_name, "nowhere");
	expect("ioctl(%d<*>, SIOCGIFMTU, {ifr_name=\"nowhere\"}) = %s", fd,
	       ret(syscall(SYS_ioctl, fd, SIOCGIFMTU, &r)));
	MUST(syscall(SYS_ioctl, fd, FIONBIO, &on) == 0);
	expect("ioctl(%d<*>, FIONBIO, [1]) = 0", fd);
	close(fd);
}

static void processes(void)
{
	char name[16] = "";
	int sig = 0;

	MUST(syscall(SYS_prctl, PR_SET_NAME, "renamed", 0, 0, 0) == 0);
	expect("prctl(PR_SET_NAME, \"renamed\") = 0");
	MUST(syscall(SYS_prctl, PR_GET_NAME, name, 0, 0, 0) == 0);
	expect("prctl(PR_GET_NAME, \"renamed\") = 0");
	MUST(syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) == 0);
	expect("prctl(PR_SET_PDEATHSIG, SIGTERM) = 0");
	MUST(syscall(SYS_prctl, PR_GET_PDEATHSIG, &sig, 0, 0, 0) == 0);
	expect("prctl(PR_GET_PDEATHSIG, [SIGTERM]) = 0");
	MUST(syscall(SYS_prctl, PR_SET_PDEATHSIG, 0, 0, 0, 0) == 0);
	expect("prctl(PR_SET_PDEATHSIG, 0) = 0");
	MUST(syscall(SYS_prctl, PR_GET_CHILD_SUBREAPER, &sig, 0, 0, 0) == 0);
	expect("prctl(PR_GET_CHILD_SUBREAPER, [0]*) = 0");
#ifdef SYS_arch_prctl
	unsigned long fs;

	MUST(syscall(SYS_arch_prctl, 0x1003, &fs) == 0);
	expect("arch_prctl(ARCH_GET_FS, [%#lx]) = 0", fs);
#endif
}

static void waiting(void)
{
	struct timespec t = { .tv_nsec = 1000000 };
	static int word = 3;

	expect("futex(0x*, FUTEX_WAIT, 3, {0.001000000}*) = %s",
	       ret(syscall(SYS_futex, &word, FUTEX_WAIT, 3, &t, NULL, 0)));
	expect("futex(0x*, FUTEX_WAIT_BITSET|FUTEX_PRIVATE_FLAG, 4, {0.001000000}, NULL, 0x1) = %s",
	       ret(syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, 4, &t, NULL, 1)));
	expect("futex(0x*, FUTEX_WAIT|FUTEX_PRIVATE_FLAG, 4, NULL) = %s",
	       ret(syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 4, NULL, NULL, 0)));
	expect("futex(0x*, FUTEX_CMP_REQUEUE, 1, 2, 0x*, 0x3) = %s",
	       ret(syscall(SYS_futex, &word, FUTEX_CMP_REQUEUE, 1, 2L, &word, 3)));
}

static void filters(void)
{
	struct sock_filter code[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	struct sock_fprog prog = { 1, code };
	unsigned int action = SECCOMP_RET_ERRNO;
	struct seccomp_notif_sizes sizes;

	if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action))
		return; /* a kernel without it */
	expect("seccomp(SECCOMP_GET_ACTION_AVAIL, 0, [SECCOMP_RET_ERRNO]) = 0");
	MUST(syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) == 0);
	expect("seccomp(SECCOMP_GET_NOTIF_SIZES, 0, {seccomp_notif=%u, seccomp_notif_resp=%u, "
	       "seccomp_data=%u}) = 0",
	       sizes.seccomp_notif, sizes.seccomp_notif_resp, sizes.seccomp_data);
	MUST(syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	MUST(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) == 0);
	expect("seccomp(SECCOMP_SET_MODE_FILTER, 0, {len=1, filter=%p}) = 0", (void *)code);
	expect("prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, {len=1, filter=%p}*) = %s", (void *)code,
	       ret(syscall(SYS_prctl, PR_SET_SECCOMP, 2, &prog, 0, 0)));
}

static void ipc(void)
{
	unsigned short all[3] = { 7, 8, 900 };
	struct shmid_ds shm;
	struct msqid_ds msg;
	struct semid_ds sem;
	int id = shmget(IPC_PRIVATE, 5000, 0600);

	MUST(id >= 0);
	MUST(syscall(SYS_shmctl, id, IPC_STAT, &shm) == 0);
	expect("shmctl(%d, IPC_STAT, {shm_perm.uid=%u, shm_perm.gid=%u, shm_perm.mode=0600, "
	       "shm_segsz=5000, shm_cpid=%d, shm_lpid=0, shm_nattch=0, ...}) = 0",
	       id, getuid(), getgid(), getpid());
	MUST(syscall(SYS_shmctl, id, IPC_RMID, NULL) == 0);
	expect("shmctl(%d, IPC_RMID) = 0", id);
	id = msgget(IPC_PRIVATE, 0640);
	MUST(id >= 0);
	MUST(syscall(SYS_msgctl, id, IPC_STAT, &msg) == 0);
	expect("msgctl(%d, IPC_STAT, {*msg_perm.mode=0640, msg_qnum=0*}) = 0", id);
	MUST(syscall(SYS_msgctl, id, IPC_RMID, NULL) == 0);
	id = semget(IPC_PRIVATE, 3, 0600);
	MUST(id >= 0);
	MUST(syscall(SYS_semctl, id, 0, IPC_STAT, &sem) == 0);
	expect("semctl(%d, 0, IPC_STAT, {*sem_nsems=3*}) = 0", id);
	expect("semctl(%d, 1, SETVAL, 4) = %s", id, ret(syscall(SYS_semctl, id, 1, SETVAL, 4)));
	MUST(syscall(SYS_semctl, id, 0, SETALL, all) == 0);
	expect("semctl(%d, 0, SETALL, [7, 8, 900]) = 0", id);
	all[0] = all[1] = all[2] = 0;
	MUST(syscall(SYS_semctl, id, 0, GETALL, all) == 0);
	expect("semctl(%d, 0, GETALL, [7, 8, 900]) = 0", id);
	MUST(syscall(SYS_semctl, id, 0, IPC_RMID, 0) == 0);
	/* nothing tells how many there were */
	expect("semctl(%d, 0, GETALL, *) = %s", id, ret(syscall(SYS_semctl, id, 0, GETALL, all)));
}

static void keys(void)
{
	char text[200] = "";
	long ring, key, n;

	ring = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, "sysreel-test", 0, 0, 0);
	if (ring < 0) /* a container, or a kernel without keys */
		return;
	expect("keyctl(KEYCTL_JOIN_SESSION_KEYRING, \"sysreel-test\") = %ld", ring);
	key = syscall(SYS_add_key, "user", "sysreel:key", "secret", 6, KEY_SPEC_SESSION_KEYRING);
	MUST(key > 0);
	n = syscall(SYS_keyctl, KEYCTL_DESCRIBE, key, text, sizeof(text), 0);
	MUST(n > 0);
	expect("keyctl(KEYCTL_DESCRIBE, %ld, \"user;*;sysreel:key*\", 200) = %ld", key, n);
	MUST(syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user", "sysreel:key",
		     0) == key);
	expect("keyctl(KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, \"user\", \"sysreel:key\", 0) = %ld",
	       key);
	MUST(syscall(SYS_keyctl, KEYCTL_UPDATE, key, "better", 6, 0) == 0);
	expect("keyctl(KEYCTL_UPDATE, %ld, \"better\", 6) = 0", key);
	MUST(syscall(SYS_keyctl, KEYCTL_READ, key, text, sizeof(text), 0) == 6);
	expect("keyctl(KEYCTL_READ, %ld, \"better\", 200) = 6", key);
	MUST(syscall(SYS_keyctl, KEYCTL_UNLINK, key, KEY_SPEC_SESSION_KEYRING, 0, 0) == 0);
	expect("keyctl(KEYCTL_UNLINK, %ld, KEY_SPEC_SESSION_KEYRING) = 0", key);
}

static void attributes(void)
{
	int fd = open(".", O_RDONLY | O_DIRECTORY), flags = 0;

	MUST(fd >= 0);
	if (syscall(SYS_ioctl, fd, FS_IOC_GETFLAGS, &flags) == 0)
		expect("ioctl(%d<*>, FS_IOC_GETFLAGS, [*]) = 0", fd);
	close(fd);
}

static void tracees(void)
{
	unsigned long message = 1;
	siginfo_t info;
	int status;
	pid_t pid;

	pid = fork();
	MUST(pid >= 0);
	if (pid == 0) {
		if (syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0))
			_exit(0); /* there is a tracer */
		raise(SIGUSR1);
		_exit(0);
	}
	MUST(waitpid(pid, &status, 0) == pid);
	if (WIFEXITED(status))
		return;
	MUST(syscall(SYS_ptrace, PTRACE_GETSIGINFO, pid, 0, &info) == 0);
	expect("ptrace(PTRACE_GETSIGINFO, %d, 0, {si_signo=SIGUSR1, *}) = 0", pid);
	MUST(syscall(SYS_ptrace, PTRACE_GETEVENTMSG, pid, 0, &message) == 0);
	expect("ptrace(PTRACE_GETEVENTMSG, %d, 0, [%lu]) = 0", pid, message);
	MUST(syscall(SYS_ptrace, PTRACE_CONT, pid, 0, 0) == 0);
	MUST(waitpid(pid, NULL, 0) == pid);
}

int main(void)
{
	locks();
	terminals();
	interfaces();
	processes();
	waiting();
	ipc();
	keys();
	attributes();
	tracees();
	filters();
	live_end();
	return 0;
}
