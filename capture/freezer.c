/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/freezer.h"
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

#define MAX_FOLDERS 1024
#define FOLDER_LEN  1024
#define TIMES	    256		   /* remembered until they are told */
#define PATIENCE_NS 10000000000ull /* for a recorder that does not read while all is frozen */
#define STEP_NS	    500000	   /* between two looks at the logs, while frozen */

struct folder {
	char dir[FOLDER_LEN];
	bool v2;
	bool ours; /* we have frozen it: another freezer's work is not undone */
};

/* What both processes see. */
struct shared {
	_Atomic uint32_t nfolders; /* only the recorder adds */
	_Atomic uint32_t ntimes;   /* only the freezer adds */
	_Atomic int gave_up;
	struct {
		uint64_t from, to;
	} times[TIMES];
	struct folder folders[MAX_FOLDERS];
};

struct sr_freezer {
	struct shared *shared;
	pid_t pid; /* 0: it has ended */
	int alive; /* the freezer sees its other end close when we are gone */
	uint32_t told;
	bool gave_up_told;
};

/* ---- one cgroup ---- */

static int open_state(const struct folder *f, int flags)
{
	char path[FOLDER_LEN + 32];

	if (snprintf(path, sizeof(path), "%s/%s", f->dir,
		     f->v2 ? "cgroup.freeze" : "freezer.state") >= (int)sizeof(path))
		return -1;
	return open(path, flags | O_CLOEXEC);
}

static void write_state(const struct folder *f, const char *state)
{
	int fd = open_state(f, O_WRONLY);

	if (fd < 0)
		return; /* the cgroup is gone */
	(void)!write(fd, state, strlen(state));
	(void)close(fd);
}

static bool is_frozen(const struct folder *f)
{
	int fd = open_state(f, O_RDONLY);
	char state[16] = "";
	ssize_t n = fd < 0 ? 0 : read(fd, state, sizeof(state) - 1);

	if (fd >= 0)
		(void)close(fd);
	return n > 0 && (state[0] == '1' || state[0] == 'F');
}

static void freeze_all(struct shared *s)
{
	for (uint32_t i = 0; i < s->nfolders; i++) {
		struct folder *f = &s->folders[i];

		if (f->ours || is_frozen(f))
			continue;
		f->ours = true; /* before: who is killed here is cleaned up after */
		write_state(f, f->v2 ? "1" : "FROZEN");
	}
}

static void thaw_all(struct shared *s)
{
	for (uint32_t i = 0; i < s->nfolders; i++) {
		struct folder *f = &s->folders[i];

		if (f->ours)
			write_state(f, f->v2 ? "0" : "THAWED");
		f->ours = false;
	}
}

/* ---- the process ---- */

/* Its descriptors. */
enum {
	ALIVE = 3, /* closes when the recorder ends */
	SCARCITY
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

static void watch(struct shared *s, struct sr_driver *d)
{
	uint64_t read, from;
	bool go_on = true;

	while (go_on && wait_for_work(SCARCITY, -1)) {
		sr_driver_scarcity_seen(d);
		while (go_on && sr_driver_filled(d, &read) == 2) {
			from = sr_now_ns();
			freeze_all(s);
			go_on = wait_until_read(s, d);
			thaw_all(s);
			note_time(s, from, sr_now_ns());
		}
	}
	thaw_all(s);
}

/* Nothing of the recorder may be held open by us, and no signal from its terminal ends us: only
 * its end does. */
static void detach(int alive, int scarcity)
{
	const struct sched_param first = { .sched_priority = 1 };
	sigset_t all;
	int null = open("/dev/null", O_RDWR);
	int a = fcntl(alive, F_DUPFD, 64), s = fcntl(scarcity, F_DUPFD, 64);

	(void)dup2(a, ALIVE); /* without a free descriptor poll() finds none, and we end */
	(void)dup2(s, SCARCITY);
	(void)close_range(SCARCITY + 1, ~0u, 0);

	(void)setsid();
	(void)sigfillset(&all); /* cannot fail, nor the next */
	(void)sigprocmask(SIG_BLOCK, &all, NULL);
	for (int fd = 0; null >= 0 && fd < 3; fd++)
		(void)dup2(null, fd);
	/* Before those who fill the logs; where that is not allowed, with more luck. */
	if (sched_setscheduler(0, SCHED_FIFO, &first))
		(void)setpriority(PRIO_PROCESS, 0, -20);
}

int sr_freezer_start(struct sr_freezer **out, struct sr_driver *d, struct sr_err *err)
{
	struct sr_freezer *f = calloc(1, sizeof(*f));
	int ends[2] = { -1, -1 }, rc;

	if (!f)
		return -ENOMEM;
	f->shared = mmap(NULL, sizeof(*f->shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (f->shared == MAP_FAILED || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		goto fail;
	f->pid = fork();
	if (f->pid < 0)
		goto fail;
	if (f->pid == 0) {
		(void)close(ends[0]);
		detach(ends[1], sr_driver_scarcity(d));
		watch(f->shared, d);
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
	if (ends[0] >= 0) {
		(void)close(ends[0]);
		(void)close(ends[1]);
	}
	free(f);
	return rc;
}

int sr_freezer_add(struct sr_freezer *f, const char *dir)
{
	struct shared *s = f->shared;
	struct folder *new = &s->folders[s->nfolders];
	size_t len = strlen(dir);
	int fd;

	if (!f->pid)
		return -EPIPE;
	for (uint32_t i = 0; i < s->nfolders; i++)
		if (strcmp(s->folders[i].dir, dir) == 0)
			return 0;
	if (s->nfolders == MAX_FOLDERS || len >= sizeof(new->dir))
		return -ENOSPC;
	memcpy(new->dir, dir, len + 1);
	new->ours = false;
	for (int v2 = 1; v2 >= 0; v2--) {
		new->v2 = v2;
		fd = open_state(new, O_WRONLY);
		if (fd < 0)
			continue;
		(void)close(fd);
		s->nfolders = s->nfolders + 1;
		return 0;
	}
	return -EOPNOTSUPP;
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
		thaw_all(f->shared);
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
	thaw_all(f->shared); /* if it was killed */
	(void)munmap(f->shared, sizeof(*f->shared));
	free(f);
}
