/* SPDX-License-Identifier: Apache-2.0 */
/* What happens beside system calls: programs that change, with who they were before; what a
 * process has used when it ends; signals that are sent; other namespaces; who traces whom; BPF
 * programs. `beside KIND` is what is run: it ends at once, a `hog` when there is no memory left. */
#include "tests/live/live.h"

#include <linux/bpf.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/time.h>

static char *self;

static int copy_of_self(int to)
{
	int from = open(self, O_RDONLY);
	struct stat st;

	MUST(from >= 0 && fstat(from, &st) == 0);
	for (off_t left = st.st_size; left > 0;) {
		ssize_t n = sendfile(to, from, NULL, (size_t)left);

		MUST(n > 0);
		left -= n;
	}
	close(from);
	return to;
}

static void wait_exit(pid_t pid, int code)
{
	int st;

	MUST(waitpid(pid, &st, 0) == pid && WIFEXITED(st) && WEXITSTATUS(st) == code);
}

/* A copy of this program that nobody writes to any more, as executed by its descriptor. */
static int image(const char *name, mode_t mode)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0700), ro;

	MUST(fd >= 0);
	copy_of_self(fd);
	MUST(fchmod(fd, mode) == 0 && close(fd) == 0);
	ro = open(name, O_RDONLY);
	MUST(ro >= 0);
	return ro;
}

static pid_t exec_fd(int fd, const char *kind, uid_t uid)
{
	char *argv[] = { "beside", (char *)kind, NULL }, *envp[] = { "LIVE_KIND=1", NULL };
	pid_t pid = fork();

	if (pid == 0) {
		MUST(setresgid(uid, uid, uid) == 0 && setresuid(uid, uid, uid) == 0);
		syscall(SYS_execveat, fd, "", argv, envp, AT_EMPTY_PATH);
		_exit(99);
	}
	MUST(pid > 0);
	return pid;
}

static void programs(void)
{
	char *argv[] = { "script", "kind", NULL }, *script = here("script");
	FILE *f = fopen("script", "w");
	pid_t pid;
	int fd;

	MUST(f && fprintf(f, "#!%s script\n", self) > 0 && fchmod(fileno(f), 0755) == 0);
	MUST(fclose(f) == 0);
	pid = fork();
	if (pid == 0) {
		execve(script, argv, (char *[]){ "LIVE=1", "LIVE_TOO=2", NULL });
		_exit(99);
	}
	expect("exec(filename=\"%s\", interpreter=\"%s\", before={uid=0, gid=0, euid=0, egid=0, *}, "
	       "after={uid=0, *}, old_tid=%d, secure=0, *)",
	       script, self, pid);
	expect("execve(\"%s\", [\"%s\", \"script\", \"%s\", \"kind\"], *) = 0", script, self,
	       script);
	wait_exit(pid, 0);

	/* another program for another user: as it is said in its file */
	fd = image("setuid", 04755);
	pid = exec_fd(fd, "setuid", 1000);
	expect("exec(filename=\"/dev/fd/%d\", interpreter=\"/dev/fd/%d\", "
	       "before={uid=1000, gid=1000, euid=1000, egid=1000, cap_effective=0, ...}, "
	       "after={uid=1000, gid=1000, euid=0, egid=1000, cap_effective=0x*, ...}, old_tid=%d, "
	       "secure=1, *)",
	       fd, fd, pid);
	wait_exit(pid, 0);
	close(fd);

	fd = image("deleted", 0755);
	MUST(unlink("deleted") == 0);
	wait_exit(exec_fd(fd, "deleted", 0), 0);
	close(fd);
	fd = copy_of_self(memfd_create("kind", 0));
	wait_exit(exec_fd(fd, "memfd", 0), 0);
	close(fd);
}

static void use_memory(void)
{
	size_t len = 32 << 20;
	char *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	MUST(p != MAP_FAILED);
	memset(p, 1, len);
}

static void ends(void)
{
	struct rusage ru;
	pid_t pid = fork();
	int st;

	if (pid == 0) {
		use_memory();
		usleep(1000);
		_exit(3);
	}
	MUST(wait4(pid, &st, 0, &ru) == pid && WEXITSTATUS(st) == 3);
	expect("procexit(status=3, signal=0, core=0, *, maxrss_kb=%ld, *, majflt=%ld)",
	       ru.ru_maxrss, ru.ru_majflt);
	expect("procusage(*, maxrss_kb=%ld, *, majflt=%ld, nvcsw=*)", ru.ru_maxrss, ru.ru_majflt);
	expect("signalgenerate(sig=SIGCHLD, *, sender=%d, pid=%d, tid=%d, comm=\"beside\", group=1, *)",
	       pid, getpid(), getpid());
	pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	kill(pid, SIGTERM);
	MUST(waitpid(pid, &st, 0) == pid && WTERMSIG(st) == SIGTERM);
	expect("signalgenerate(sig=SIGTERM, code=SI_USER, sender=%d, pid=%d, tid=%d, comm=\"beside\", "
	       "group=1, result=DELIVERED)",
	       getpid(), pid, pid);
	expect("procexit(status=0, signal=SIGTERM, core=0, *)");
	expect("procusage(*)");
}

static void on_alarm(int sig)
{
	(void)sig;
}

static void signals(void)
{
	struct itimerval soon = { .it_value = { .tv_usec = 1000 } };
	pid_t pid = getpid();
	sigset_t set;

	MUST(signal(SIGUSR1, SIG_IGN) != SIG_ERR);
	syscall(SYS_tgkill, pid, pid, SIGUSR1);
	expect("signalgenerate(sig=SIGUSR1, code=SI_TKILL, sender=%d, pid=%d, tid=%d, *group=0, "
	       "result=IGNORED)",
	       pid, pid, pid);
	MUST(signal(SIGALRM, on_alarm) != SIG_ERR);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGALRM);
	MUST(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	kill(pid, SIGUSR2);
	kill(pid, SIGUSR2);
	expect("signalgenerate(sig=SIGUSR2, code=SI_USER, sender=%d, pid=%d, *, result=DELIVERED)",
	       pid, pid);
	expect("signalgenerate(sig=SIGUSR2, code=SI_USER, sender=%d, pid=%d, *, result=ALREADY_PENDING)",
	       pid, pid);
	/* by the kernel, while another task may be running */
	MUST(setitimer(ITIMER_REAL, &soon, NULL) == 0);
	sigdelset(&set, SIGUSR2);
	MUST(sigwaitinfo(&set, NULL) == SIGALRM);
	expect("signalgenerate(sig=SIGALRM, code=SI_KERNEL, sender=0, pid=%d, *, result=DELIVERED)",
	       pid);
}

static unsigned int ns_inode(const char *name)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	return stat(path, &st) == 0 ? (unsigned int)st.st_ino : 0;
}

struct namespaces {
	unsigned int ino[10];
};

static struct namespaces all_namespaces(void)
{
	static const char *const names[] = { "pid",
					     "mnt",
					     "net",
					     "user",
					     "uts",
					     "ipc",
					     "cgroup",
					     "time",
					     "pid_for_children",
					     "time_for_children" };
	struct namespaces n;

	for (int i = 0; i < 10; i++)
		n.ino[i] = ns_inode(names[i]);
	return n;
}

static const char *braces(const struct namespaces *n)
{
	static const char *const names[] = { "pid",	     "mnt",	     "net",    "user",
					     "uts",	     "ipc",	     "cgroup", "time",
					     "children_pid", "children_time" };
	static char text[2][400];
	static unsigned int next;
	char *p = text[next++ % 2];
	size_t len = 0;

	for (int i = 0; i < 10; i++)
		len += (size_t)snprintf(p + len, sizeof(text[0]) - len, "%s%s=%u", i ? ", " : "",
					names[i], n->ino[i]);
	return p;
}

static void expect_namespaces(const char *changed, struct namespaces a, struct namespaces b)
{
	expect("namespaces(changed=%s, before={%s}, after={%s})", changed, braces(&a), braces(&b));
}

static int in_namespaces(void)
{
	struct namespaces old = all_namespaces(), now;
	int uts = open("/proc/self/ns/uts", O_RDONLY);

	MUST(uts >= 0);
	MUST(unshare(CLONE_NEWUTS | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC) == 0);
	now = all_namespaces();
	expect_namespaces("CLONE_NEWNS|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWNET", old, now);
	old = now;
	MUST(setns(uts, 0) == 0);
	now = all_namespaces();
	expect_namespaces("CLONE_NEWUTS", old, now);
	old = now;
	MUST(unshare(CLONE_NEWPID) == 0);
	/* it has no name before there is a process in it */
	now = all_namespaces();
	now.ino[8] = 0;
	expect("namespaces(changed=CLONE_NEWPID, before={%s}, after={pid=%u, *})", braces(&old),
	       old.ino[0]);
	expect("unshare(CLONE_NEWUSER) = %s", ret(syscall(SYS_unshare, CLONE_NEWUSER)));
	expect("namespaces(changed=CLONE_NEWUSER, before={*}, after={*user=%u, *})",
	       ns_inode("user"));
	return live_end();
}

static void tracing(void)
{
	pid_t pid = fork();
	int st;

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		_exit(0);
	}
	expect("ptrace(PTRACE_TRACEME) = 0");
	expect("ptrace_attach(tracer=%d, pid=%d, tid=%d, comm=\"beside\")", getpid(), pid, pid);
	MUST(waitpid(pid, &st, 0) == pid && WIFSTOPPED(st));
	MUST(ptrace(PTRACE_CONT, pid, 0, 0) == 0);
	wait_exit(pid, 0);
	pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	expect("ptrace(PTRACE_SEIZE, %d, *) = %s", pid,
	       ret(syscall(SYS_ptrace, PTRACE_SEIZE, pid, 0, 0)));
	expect("ptrace_attach(tracer=%d, pid=%d, tid=%d, comm=\"beside\")", getpid(), pid, pid);
	kill(pid, SIGKILL);
	MUST(waitpid(pid, &st, 0) == pid);
}

static void bpf_programs(void)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
				.insns = (uintptr_t)insns,
				.insn_cnt = 2,
				.license = (uintptr_t) "GPL",
				.prog_name = "live_test" };
	struct bpf_prog_info info = { 0 };
	union bpf_attr ask = { .info = { .info_len = sizeof(info), .info = (uintptr_t)&info } };
	int fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));

	MUST(fd >= 0);
	ask.info.bpf_fd = (unsigned int)fd;
	MUST(syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &ask, sizeof(ask)) == 0);
	expect("bpf(BPF_PROG_LOAD, {prog_type=BPF_PROG_TYPE_SOCKET_FILTER, insn_cnt=2, "
	       "prog_name=\"live_test\", ...}, *) = %d",
	       fd);
	expect("bpf_prog(id=%u, type=BPF_PROG_TYPE_SOCKET_FILTER, name=\"live_test\", fd=%d)",
	       info.id, fd);
	memset(&ask, 0, sizeof(ask));
	ask.prog_id = info.id;
	MUST(close((int)syscall(SYS_bpf, BPF_PROG_GET_FD_BY_ID, &ask, sizeof(ask))) == 0);
	expect("bpf_prog(id=%u, type=BPF_PROG_TYPE_SOCKET_FILTER, name=\"live_test\", fd=*)",
	       info.id);
}

int main(int argc, char **argv)
{
	pid_t pid;
	int st;

	if (argc > 1 && strcmp(argv[1], "hog") == 0)
		for (;;)
			use_memory();
	if (argc > 1)
		return 0;
	self = realpath(argv[0], NULL);
	MUST(self);
	programs();
	ends();
	signals();
	tracing();
	bpf_programs();
	MUST(live_end() == 0);
	live_len = 0;
	pid = fork();
	if (pid == 0)
		_exit(in_namespaces());
	MUST(waitpid(pid, &st, 0) == pid);
	return st ? 99 : 0;
}
