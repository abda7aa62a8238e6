/* SPDX-License-Identifier: Apache-2.0 */
/* Signals: handlers, masks, sending, being interrupted. */
#include "tests/live/live.h"

#include <signal.h>
#include <sys/time.h>

static volatile sig_atomic_t seen;

static void handler(int sig)
{
	seen = sig;
}

int main(void)
{
	/* again and again: the first one may come before anybody waits */
	struct itimerval each10ms = { .it_value = { .tv_usec = 10000 },
				      .it_interval = { .tv_usec = 10000 } };
	struct itimerval never = { 0 };
	pid_t pid = getpid(), tid = gettid();
	sigset_t set;

	MUST(signal(SIGUSR1, handler) != SIG_ERR);
	expect("rt_sigaction(SIGUSR1, *, *, 8) = 0");
	expect("kill(%d, SIGUSR1) = %s", pid, ret(syscall(SYS_kill, pid, SIGUSR1)));
	MUST(seen == SIGUSR1);
	expect("tgkill(%d, %d, SIGUSR1) = %s", pid, tid,
	       ret(syscall(SYS_tgkill, pid, tid, SIGUSR1)));
	expect("kill(%d, 99) = %s", pid, ret(syscall(SYS_kill, pid, 99)));
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	MUST(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	expect("rt_sigprocmask(SIG_BLOCK, *, NULL, 8) = 0");
	MUST(signal(SIGALRM, handler) != SIG_ERR);
	MUST(setitimer(ITIMER_REAL, &each10ms, NULL) == 0);
	expect("setitimer(ITIMER_REAL, *, NULL) = 0");
	errno = 0;
	MUST(syscall(SYS_rt_sigtimedwait, &set, NULL, NULL, 8) == -1 && errno == EINTR);
	expect("rt_sigtimedwait(*) = -1 EINTR");
	MUST(setitimer(ITIMER_REAL, &never, NULL) == 0);
	return live_end();
}
