/* SPDX-License-Identifier: Apache-2.0 */
/* Processes and threads: fork, exec that works and that fails, exits, deaths, waits. */
#include "tests/live/live.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>

static char *self;

static void wait_for(pid_t pid, int status)
{
	int st;
	long r = syscall(SYS_wait4, pid, &st, 0, NULL);

	MUST(r == pid && st == status);
	expect("wait4(%d, *, 0, NULL) = %d", pid, pid);
}

/* A child that becomes another program, this one with an argument, when its parent has come back
 * from the call that made it. */
static void exec_child(void)
{
	char *argv[] = { "procs", "exit", "forty two", NULL };
	char *envp[] = { "LIVE=1", NULL }, c;
	int go[2];
	pid_t pid;

	MUST(pipe(go) == 0);
	pid = (pid_t)syscall(SYS_fork);
	if (pid == 0) {
		MUST(read(go[0], &c, 1) == 1);
		syscall(SYS_execve, "/nowhere/prog", argv, envp);
		syscall(SYS_execve, self, argv, envp);
		_exit(99);
	}
	MUST(write(go[1], "x", 1) == 1);
	expect("fork() = %d", pid);
	expect("execve(\"/nowhere/prog\", [\"procs\", \"exit\", \"forty two\"], *) = -1 ENOENT");
	expect("execve(\"%s\", [\"procs\", \"exit\", \"forty two\"], *) = 0", self);
	expect("exit_group(42) = ?");
	wait_for(pid, 42 << 8);
}

static void killed_child(void)
{
	int ready[2];
	pid_t pid;
	char c;

	MUST(pipe(ready) == 0);
	pid = fork();
	if (pid == 0) {
		c = (char)write(ready[1], "x", 1);
		for (;;)
			pause();
	}
	MUST(read(ready[0], &c, 1) == 1);
	expect("kill(%d, SIGKILL) = %s", pid, ret(syscall(SYS_kill, pid, SIGKILL)));
	wait_for(pid, SIGKILL);
	expect("kill(%d, 0) = %s", pid, ret(syscall(SYS_kill, pid, 0)));
}

static void *thread(void *arg)
{
	pid_t *tid = arg;

	*tid = (pid_t)syscall(SYS_gettid);
	syscall(SYS_prctl, PR_SET_NAME, "second-thread", 0, 0, 0);
	syscall(SYS_getpriority, 0, 0);
	return NULL;
}

static void threads(void)
{
	pthread_t t;
	pid_t tid;

	MUST(pthread_create(&t, NULL, thread, &tid) == 0);
	MUST(pthread_join(t, NULL) == 0);
	expect("gettid() = %d", tid);
	expect("prctl(PR_SET_NAME, *) = 0");
	expect("getpriority(PRIO_PROCESS, 0) = *");
	expect("exit(0) = ?");
}

int main(int argc, char **argv)
{
	if (argc > 1)
		_exit(42);
	self = realpath(argv[0], NULL);
	MUST(self);
	expect("getpid() = %s", ret(syscall(SYS_getpid)));
	expect("getppid() = %s", ret(syscall(SYS_getppid)));
	exec_child();
	killed_child();
	threads();
	expect("setpgid(0, 0) = *");
	syscall(SYS_setpgid, 0, 0);
	expect("sched_yield() = %s", ret(syscall(SYS_sched_yield)));
	return live_end();
}
