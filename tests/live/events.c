/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are not files: eventfd, epoll, timerfd, signalfd, inotify, pidfd, pipes; waiting. */
#include "tests/live/live.h"

#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <time.h>

static void epolling(int event)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u32 = 7 };
	int ep = (int)syscall(SYS_epoll_create1, EPOLL_CLOEXEC);

	MUST(ep >= 0);
	expect("epoll_create1(EPOLL_CLOEXEC) = %d<*eventpoll*>", ep);
	expect("epoll_ctl(%d<*eventpoll*>, EPOLL_CTL_ADD, %d<*eventfd*>, *) = %s", ep, event,
	       ret(syscall(SYS_epoll_ctl, ep, EPOLL_CTL_ADD, event, &ev)));
	expect("epoll_pwait(%d<*eventpoll*>, *, 4, 100, *) = %s", ep,
	       ret(syscall(SYS_epoll_pwait, ep, (struct epoll_event[4]){}, 4, 100, NULL, 8)));
}

static void pipes(void)
{
	struct pollfd p;
	char buf[16];
	int fd[2];

	MUST(syscall(SYS_pipe2, fd, O_CLOEXEC | O_NONBLOCK) == 0);
	expect("pipe2([%d, %d], *O_CLOEXEC*) = 0", fd[0], fd[1]);
	expect("write(%d<*pipe*>, \"through\", 7) = %s", fd[1],
	       ret(syscall(SYS_write, fd[1], "through", 7)));
	p = (struct pollfd){ .fd = fd[0], .events = POLLIN };
	expect("ppoll(*, 1, *) = %s", ret(syscall(SYS_ppoll, &p, 1, NULL, NULL, 8)));
	expect("read(%d<*pipe*>, \"through\", 16) = %s", fd[0],
	       ret(syscall(SYS_read, fd[0], buf, 16)));
	expect("read(%d<*pipe*>, *, 16) = %s", fd[0], ret(syscall(SYS_read, fd[0], buf, 16)));
	MUST(close(fd[0]) == 0);
	MUST(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	expect("write(%d<*pipe*>, \"t\", 1) = %s", fd[1], ret(syscall(SYS_write, fd[1], buf, 1)));
}

static void watching(void)
{
	int fd = (int)syscall(SYS_inotify_init1, IN_NONBLOCK);
	char *dir = here(".");

	MUST(fd >= 0);
	expect("inotify_init1(*) = %d<*inotify*>", fd);
	expect("inotify_add_watch(%d<*inotify*>, \"%s\", IN_CREATE|IN_DELETE) = %s", fd, dir,
	       ret(syscall(SYS_inotify_add_watch, fd, dir, IN_CREATE | IN_DELETE)));
}

static void timers(void)
{
	struct itimerspec its = { .it_value = { .tv_nsec = 1000 } };
	struct timespec ts = { 0, 2000000 };
	uint32_t word = 1;
	int fd = (int)syscall(SYS_timerfd_create, CLOCK_MONOTONIC, TFD_CLOEXEC);

	MUST(fd >= 0);
	expect("timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC) = %d<*timerfd*>", fd);
	expect("timerfd_settime(%d<*timerfd*>, 0, *, NULL) = %s", fd,
	       ret(syscall(SYS_timerfd_settime, fd, 0, &its, NULL)));
	expect("clock_nanosleep(CLOCK_MONOTONIC, 0, *) = %s",
	       ret(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &ts, NULL)));
	expect("futex(*, FUTEX_WAIT|FUTEX_PRIVATE_FLAG, 2*) = %s",
	       ret(syscall(SYS_futex, &word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 2, NULL, NULL, 0)));
}

int main(void)
{
	uint64_t one = 1;
	int fd = (int)syscall(SYS_eventfd2, 0, EFD_CLOEXEC);

	MUST(fd >= 0);
	expect("eventfd2(0, EFD_CLOEXEC) = %d<*eventfd*>", fd);
	expect("write(%d<*eventfd*>, *, 8) = %s", fd, ret(syscall(SYS_write, fd, &one, 8)));
	epolling(fd);
	pipes();
	watching();
	timers();
	fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	expect("pidfd_open(%d, 0) = %s*", getpid(), ret(fd));
	expect("pidfd_send_signal(%d*, 0, *) = %s", fd,
	       ret(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0)));
	expect("getrandom(*, 8, GRND_NONBLOCK) = %s", ret(syscall(SYS_getrandom, &one, 8, 1)));
	return live_end();
}
