/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that return in another way than others: twice, in another task, after a signal, from
 * another image, with another ABI, or not at all. */
#include "tests/live/live.h"

#include <linux/futex.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <time.h>

static void on_signal(int sig)
{
	(void)sig;
}

static void children(void)
{
	struct clone_args ca = { .flags = CLONE_FS, .exit_signal = SIGCHLD };
	int status, written = -1;
	long pid;

	pid = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	if (pid == 0)
		syscall(SYS_exit_group, 3);
	expect("clone(SIGCHLD, NULL*) = %ld", pid);
	MUST(syscall(SYS_wait4, pid, &status, 0, NULL) == pid);
	expect("wait4(%ld, [exited 3], 0, NULL) = %ld", pid, pid);

	pid = syscall(SYS_clone, SIGCHLD | CLONE_PARENT_SETTID, NULL, &written, NULL, NULL);
	if (pid == 0)
		syscall(SYS_exit_group, 0);
	MUST(written == pid && waitpid((pid_t)pid, NULL, 0) == pid);
	expect("clone(SIGCHLD|CLONE_PARENT_SETTID, NULL, [%ld]) = %ld", pid, pid);
	pid = syscall(SYS_clone, SIGCHLD | CLONE_PIDFD, NULL, &written, NULL, NULL);
	if (pid == 0)
		syscall(SYS_exit_group, 0);
	MUST(pid > 0 && waitpid((pid_t)pid, NULL, 0) == pid);
	expect("clone(SIGCHLD|CLONE_PIDFD, NULL, [%d]) = %ld", written, pid);
	close(written);

	pid = syscall(SYS_clone3, &ca, sizeof(ca));
	if (pid == 0)
		syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
	expect("clone3({flags=CLONE_FS, *exit_signal=SIGCHLD*}, %zu) = %ld", sizeof(ca), pid);
	MUST(syscall(SYS_wait4, pid, &status, 0, NULL) == pid);
	expect("wait4(%ld, [killed SIGKILL], 0, NULL) = %ld", pid, pid);
	expect("clone3(NULL, 64) = %s", ret(syscall(SYS_clone3, NULL, 64)));
	expect("clone(CLONE_THREAD*) = %s",
	       ret(syscall(SYS_clone, CLONE_THREAD, NULL, NULL, NULL, NULL)));

#ifdef SYS_vfork
	pid = vfork();
	if (pid == 0)
		_exit(4);
	/* the child comes back before its parent does */
	expect("vfork() = 0");
	expect("vfork() = %ld", pid);
	MUST(waitpid((pid_t)pid, NULL, 0) == pid);
#endif
}

/* Where execve fails, what it was given is shown; what runs afterwards shows what ran. */
static void images(void)
{
	char *argv[] = { "name", "one", "two words", NULL }, *none[] = { NULL };
	char *path = here("nowhere");
	int status, fd;
	long pid;

	expect("execve(\"%s\", [\"name\", \"one\", \"two words\"], [0 vars]) = %s", path,
	       ret(syscall(SYS_execve, path, argv, none)));
	fd = open(".", O_RDONLY | O_DIRECTORY);
	expect("execveat(%d<*>, \"nowhere\", [\"name\", \"one\", \"two words\"], [0 vars], "
	       "AT_SYMLINK_NOFOLLOW) = %s",
	       fd, ret(syscall(SYS_execveat, fd, "nowhere", argv, none, AT_SYMLINK_NOFOLLOW)));
	close(fd);

	fd = open("/proc/self/exe", O_RDONLY);
	argv[0] = "itself";
	argv[1] = "child";
	argv[2] = NULL;
	pid = fork();
	if (pid == 0) {
		syscall(SYS_execveat, fd, "", argv, none, AT_EMPTY_PATH);
		_exit(99);
	}
	/* the kernel calls the program so */
	expect("execveat(%d<*/special>, \"/dev/fd/%d\", [\"itself\", \"child\"], *, AT_EMPTY_PATH) = 0",
	       fd, fd);
	expect("exit_group(7) = ?");
	MUST(waitpid((pid_t)pid, &status, 0) == pid && WEXITSTATUS(status) == 7);
	close(fd);
}

/* A child sends a signal as soon as this process waits in the call @nr. */
static void interrupt_in(long nr)
{
	pid_t parent = getpid();

	if (fork() != 0)
		return;
	until_in_call(parent, nr);
	kill(parent, SIGUSR1);
	_exit(0);
}

static void interrupted(void)
{
	struct sigaction sa = { .sa_handler = on_signal };
	struct timespec t = { 50, 0 }, rest;
	sigset_t none;

	sigemptyset(&none);
	MUST(sigaction(SIGUSR1, &sa, NULL) == 0);
#ifdef SYS_pause
	interrupt_in(SYS_pause);
	syscall(SYS_pause);
	expect("pause() = -1 ERESTARTNOHAND");
	expect("rt_sigreturn() = -1 EINTR");
#endif
	interrupt_in(SYS_rt_sigsuspend);
	syscall(SYS_rt_sigsuspend, &none, 8);
	expect("rt_sigsuspend([], 8) = -1 ERESTARTNOHAND");
	interrupt_in(SYS_nanosleep);
	syscall(SYS_nanosleep, &t, &rest);
	expect("nanosleep({50.000000000}, {%ld.%09ld}) = -1 ERESTART_RESTARTBLOCK", rest.tv_sec,
	       rest.tv_nsec);
	interrupt_in(SYS_clock_nanosleep);
	syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &t, &rest);
	expect("clock_nanosleep(CLOCK_MONOTONIC, 0, {50.000000000}, {%ld.%09ld}) = "
	       "-1 ERESTART_RESTARTBLOCK",
	       rest.tv_sec, rest.tv_nsec);
	interrupt_in(SYS_nanosleep);
	syscall(SYS_nanosleep, &t, &t);
	/* the time that is left now stands there */
	expect("nanosleep(%p (unknown), {%ld.%09ld}) = -1 ERESTART_RESTARTBLOCK", (void *)&t,
	       t.tv_sec, t.tv_nsec);
	t.tv_sec = 0;
	t.tv_nsec = 1000;
	MUST(syscall(SYS_nanosleep, &t, &t) == 0); /* nothing is left, nothing was written */
	expect("nanosleep({0.000001000}, %p) = 0", (void *)&t);
}

/* Stopped and continued, without a handler: the kernel goes on with another call. */
static void restarted(void)
{
	int *word = mmap(NULL, sizeof(*word), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			 -1, 0);
	int status;
	pid_t pid;

	MUST(word != MAP_FAILED);
	pid = fork();
	if (pid == 0) {
		struct timespec t = { 50, 0 };

		_exit(syscall(SYS_futex, word, FUTEX_WAIT, 0, &t) != 0);
	}
	until_in_call(pid, SYS_futex);
	kill(pid, SIGSTOP);
	MUST(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
	kill(pid, SIGCONT);
	until_in_call(pid, SYS_restart_syscall);
	while (syscall(SYS_futex, word, FUTEX_WAKE, 1) != 1)
		usleep(1000);
	expect("futex(%p, FUTEX_WAIT, 0, {50.000000000}*) = -1 ERESTART_RESTARTBLOCK",
	       (void *)word);
	expect("restart_syscall() = 0");
	MUST(waitpid(pid, &status, 0) == pid && status == 0);
}

#if defined(__x86_64__)
static long old_call(long nr, long a, long b, long c, long d, long e)
{
	long r;

	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
			 : "memory", "r8", "r9", "r10", "r11");
	return r;
}

/* Calls of the 32-bit ABI out of a 64-bit program: named by its own numbers, with arguments from
 * its own registers. */
static void old_abi(void)
{
	char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	long fd;
	pid_t pid;

	if (low == MAP_FAILED || old_call(20 /* getpid */, 0, 0, 0, 0, 0) != getpid())
		return; /* not in this kernel */
	expect("getpid() = %d", getpid());
	/* 39 is mkdir there, getpid here */
	MUST(old_call(39, 0, 0x1ff, 0, 0, 0) == -EFAULT);
	expect("mkdir(NULL, 0777) = -1 EFAULT");
	strcpy(low, "/dev/null");
	fd = old_call(295, AT_FDCWD, (long)low, O_RDONLY, 0, 0);
	expect("openat(AT_FDCWD, \"/dev/null\", O_RDONLY) = %ld</dev/null>", fd);
	MUST(old_call(19, fd, -1, 99, 0, 0) == -EINVAL);
	expect("lseek(%ld</dev/null>, -1, 99) = -1 EINVAL", fd);
	MUST(old_call(180, fd, (long)low, 4, 5, 1) == 0);
	expect("pread64(%ld</dev/null>, \"\", 4, 4294967301) = 0", fd);
	MUST(old_call(6, fd, 0, 0, 0, 0) == 0);
	expect("close(%ld) = 0", fd);
	MUST(old_call(102, 99, 0, 0, 0, 0) == -EINVAL);
	expect("socketcall(0x63, 0x0, 0x0, *) = -1 EINVAL");
	MUST(old_call(222, 1, 2, 3, 0, 0) == -ENOSYS);
	expect("compat_222(0x1, 0x2, 0x3, *) = -1 ENOSYS");
	pid = fork();
	if (!pid)
		old_call(252 /* exit_group */, 6, 0, 0, 0, 0);
	expect("exit_group(6) = ?");
	MUST(waitpid(pid, NULL, 0) == pid);
}
#else
static void old_abi(void)
{
}
#endif

static void *waiter(void *arg)
{
	*(_Atomic pid_t *)arg = gettid();
	syscall(SYS_nanosleep, &(struct timespec){ 50, 0 }, NULL);
	return NULL;
}

/* A process that ends while another of its threads is in a call. */
static void ends_inside(void)
{
	_Atomic pid_t tid = 0;
	pid_t pid = fork();
	pthread_t t;

	if (pid == 0) {
		if (pthread_create(&t, NULL, waiter, &tid))
			_exit(99);
		while (!tid)
			usleep(1000);
		until_in_call(tid, SYS_nanosleep);
		syscall(SYS_exit_group, 5);
	}
	expect("exit_group(5) = ?");
	expect("nanosleep({50.000000000}, NULL) = -1 ERESTART_RESTARTBLOCK");
	MUST(waitpid(pid, NULL, 0) == pid);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "child") == 0)
		_exit(7);
	children();
	images();
	interrupted();
	restarted();
	old_abi();
	ends_inside();
	while (wait(NULL) > 0)
		;
	return live_end();
}
