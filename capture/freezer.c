/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/freezer.h"

#include "capture/frozen.h"
#include "formats/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TIMES	    256		   /* remembered until they are told */
#define PATIENCE_NS 10000000000ull /* for a recorder that does not read while all is frozen */
#define STEP_NS	    500000	   /* between two looks at the logs, while frozen */

/* What both processes see. */
struct shared {
	_Atomic uint32_t ntimes; /* only the freezer adds */
	_Atomic int gave_up;
	struct {
		uint64_t from, to;
	} times[TIMES];
};

struct sr_freezer {
	struct sr_frozen *frozen;
	struct shared *shared;
	pid_t pid; /* 0: it has ended */
	int alive; /* the freezer sees its other end close when we are gone */
	uint32_t told;
	bool gave_up_told;
};

/* ---- the process ---- */

/* Its descriptors. */
enum {
	ALIVE = 3, /* closes when the recorder ends; of the watcher, when the freezer does */
	LOCK,	   /* of the file in which it stands what is frozen */
	SCARCITY,
	WATCHED, /* closes when the freezer ends */
};

/* Whether the recorder is still there, and time to wait for either of the two. */
static bool wait_for_work(int scarcity, int timeout_ms)
{
	struct pollfd p[] = { { .fd = ALIVE, .events = POLLIN },
			      { .fd = scarcity, .events = POLLIN } };

	(void)poll(p, 2, timeout_ms); /* interrupted or not, the logs are looked at */
	return !(p[0].revents & (POLLIN | POLLHUP | POLLERR | POLLNVAL));
}

static void pause_a_little(void)
{
	const struct timespec step = { .tv_nsec = STEP_NS };

	(void)nanosleep(&step, NULL); /* no harm if it is shorter */
}

/* Until the logs are empty, or the recorder is gone or asleep. */
static bool wait_until_read(struct shared *s, struct sr_driver *d)
{
	uint64_t read = 0, before, since = sr_now_ns();

	(void)sr_driver_filled(d, &before);
	while (sr_driver_filled(d, &read) > 0) {
		if (!wait_for_work(-1, 0))
			return false;
		if (read != before) {
			before = read;
			since = sr_now_ns();
		} else if (sr_now_ns() - since > PATIENCE_NS) {
			s->gave_up = 1;
			return false;
		}
		pause_a_little();
	}
	return true;
}

static void note_time(struct shared *s, uint64_t from, uint64_t to)
{
	uint32_t n = s->ntimes;

	s->times[n % TIMES].from = from;
	s->times[n % TIMES].to = to;
	s->ntimes = n + 1;
}

static void watch(struct sr_freezer *f, struct sr_driver *d)
{
	struct shared *s = f->shared;
	uint64_t read, from;
	bool go_on = true;

	while (go_on && wait_for_work(SCARCITY, -1)) {
		sr_driver_scarcity_seen(d);
		while (go_on && sr_driver_filled(d, &read) == 2) {
			from = sr_now_ns();
			sr_frozen_freeze(f->frozen);
			go_on = wait_until_read(s, d);
			sr_frozen_thaw(f->frozen);
			note_time(s, from, sr_now_ns());
		}
	}
	sr_frozen_thaw(f->frozen);
}

/* Nothing of the recorder may be held open by us, and no signal from its terminal ends us: only
 * its end does. */
static void detach(int alive, int lock, int scarcity)
{
	sigset_t all;
	int null = open("/dev/null", O_RDWR);
	int a = fcntl(alive, F_DUPFD, 64), l = fcntl(lock, F_DUPFD, 64);
	int s = fcntl(scarcity, F_DUPFD, 64);

	(void)dup2(a, ALIVE); /* without a free descriptor poll() finds none, and we end */
	if (l < 0 || dup2(l, LOCK) < 0)
		(void)close(LOCK);
	(void)dup2(s, SCARCITY);
	(void)close_range(SCARCITY + 1, ~0u, 0);

	(void)setsid();
	(void)sigfillset(&all); /* cannot fail, nor the next */
	(void)sigprocmask(SIG_BLOCK, &all, NULL);
	for (int fd = 0; null >= 0 && fd < 3; fd++)
		(void)dup2(null, fd);
}

/* The freezer may be killed as well as the recorder, and both at once: a third process, which does
 * nothing else, thaws then. It has a session of its own, so that nothing reaches all three but
 * somebody who means them, or the end of their cgroup. */
static int start_watcher(struct sr_freezer *f)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (pid == 0) {
		(void)setsid();
		(void)dup2(ends[0], ALIVE);
		(void)close_range(SCARCITY, ~0u, 0);
		while (wait_for_work(-1, -1))
			;
		sr_frozen_thaw(f->frozen);
		_exit(0);
	}
	(void)dup2(ends[1], WATCHED);
	(void)close_range(WATCHED + 1, ~0u, 0);
	return pid < 0 ? -EAGAIN : 0;
}

/* Before those who fill the logs; where that is not allowed, with more luck. */
static void hurry(void)
{
	const struct sched_param first = { .sched_priority = 1 };

	if (sched_setscheduler(0, SCHED_FIFO, &first))
		(void)setpriority(PRIO_PROCESS, 0, -20);
}

int sr_freezer_start(struct sr_freezer **out, struct sr_driver *d, const char *state,
		     struct sr_err *err)
{
	struct sr_freezer *f = calloc(1, sizeof(*f));
	int ends[2] = { -1, -1 }, rc;

	if (!f)
		return -ENOMEM;
	f->shared = mmap(NULL, sizeof(*f->shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (f->shared == MAP_FAILED || sr_frozen_new(&f->frozen, state) ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		goto fail;
	f->pid = fork();
	if (f->pid < 0)
		goto fail;
	if (f->pid == 0) {
		(void)close(ends[0]);
		detach(ends[1], sr_frozen_file(f->frozen), sr_driver_scarcity(d));
		if (start_watcher(f) == 0) {
			hurry();
			watch(f, d);
		}
		_exit(0);
	}
	(void)close(ends[1]);
	f->alive = ends[0];
	*out = f;
	return 0;

fail:
	rc = sr_err_set(err, -errno, SR_NO_POS, "cannot start the process that freezes: %s",
			strerror(errno));
	if (f->shared != MAP_FAILED)
		(void)munmap(f->shared, sizeof(*f->shared));
	sr_frozen_free(f->frozen);
	if (ends[0] >= 0) {
		(void)close(ends[0]);
		(void)close(ends[1]);
	}
	free(f);
	return rc;
}

int sr_freezer_add(struct sr_freezer *f, const char *dir)
{
	return f->pid ? sr_frozen_add(f->frozen, dir) : -EPIPE;
}

int sr_freezer_next(struct sr_freezer *f, uint64_t *from, uint64_t *to)
{
	uint32_t n = f->shared->ntimes;

	if (f->told == n)
		return 0;
	if (n - f->told > TIMES / 2)
		f->told = n - TIMES / 2; /* so many at once: some are forgotten */
	*from = f->shared->times[f->told % TIMES].from;
	*to = f->shared->times[f->told % TIMES].to;
	f->told++;
	return 1;
}

int sr_freezer_check(struct sr_freezer *f)
{
	if (f->pid && waitpid(f->pid, NULL, WNOHANG) == f->pid) {
		f->pid = 0;
		sr_frozen_thaw(f->frozen);
		if (!f->shared->gave_up)
			return -EPIPE;
	}
	if (f->shared->gave_up && !f->gave_up_told) {
		f->gave_up_told = true;
		return -ETIMEDOUT;
	}
	return 0;
}

void sr_freezer_stop(struct sr_freezer *f)
{
	if (!f)
		return;
	(void)close(f->alive);
	if (f->pid)
		(void)waitpid(f->pid, NULL, 0);
	sr_frozen_thaw(f->frozen); /* if it was killed */
	sr_frozen_free(f->frozen);
	(void)munmap(f->shared, sizeof(*f->shared));
	free(f);
}
