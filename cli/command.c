/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <mntent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- the cgroup ---- */

static bool find_cgroup2(char *dir, size_t size)
{
	FILE *f = setmntent("/proc/self/mounts", "re");
	struct mntent *m;
	bool found = false;

	while (f && !found && (m = getmntent(f)))
		found = strcmp(m->mnt_type, "cgroup2") == 0 &&
			snprintf(dir, size, "%s", m->mnt_dir) < (int)size;
	if (f)
		(void)endmntent(f); /* always 1 */
	return found;
}

/* Our own cgroup's folder: the new one goes below it where that is allowed, so that limits that
 * hold for us hold for the command. */
static bool own_cgroup(const char *mount, char *dir, size_t size)
{
	FILE *f = fopen("/proc/self/cgroup", "re");
	char line[512];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		found = strncmp(line, "0::/", 4) == 0 &&
			snprintf(dir, size, "%s%s", mount, line[4] ? line + 3 : "") < (int)size;
	}
	if (f)
		(void)fclose(f); /* only read */
	return found;
}

/* A recorder that was killed leaves its cgroup behind. rmdir() spares those that are in use. */
static void remove_stale(const char *parent)
{
	DIR *d = opendir(parent);
	struct dirent *e;
	int pid, end;

	while (d && (e = readdir(d))) {
		end = 0;
		if (sscanf(e->d_name, "sysreel-%d%n", &pid, &end) == 1 && !e->d_name[end] &&
		    kill(pid, 0) < 0 && errno == ESRCH)
			(void)unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR);
	}
	if (d)
		(void)closedir(d); /* only read */
}

static bool make_in(struct command *c, const char *parent)
{
	struct sr_err err;
	struct sr_target *t;
	bool made;

	remove_stale(parent);
	if (snprintf(c->cgroup_dir, sizeof(c->cgroup_dir), "%s/sysreel-%d", parent,
		     (int)getpid()) >= (int)sizeof(c->cgroup_dir))
		return false;
	if (mkdir(c->cgroup_dir, 0755) < 0 && errno != EEXIST)
		return false;
	t = calloc(1, sizeof(*t));
	made = t && sr_target_cgroup_path(c->cgroup_dir, t, &err) == 0 && t->ncg > 0;
	if (made)
		c->cgroup = t->cg[0];
	else
		(void)rmdir(c->cgroup_dir); /* it is empty, we have just made it */
	free(t);
	return made;
}

static void make_cgroup(struct command *c)
{
	char mount[256], own[400];

	if (!find_cgroup2(mount, sizeof(mount)))
		return;
	c->has_cgroup =
		(own_cgroup(mount, own, sizeof(own)) && make_in(c, own)) || make_in(c, mount);
}

static bool write_pid(const char *dir, pid_t pid)
{
	char path[600], text[16];
	int fd, len;
	bool ok;

	len = snprintf(text, sizeof(text), "%d", (int)pid);
	if (snprintf(path, sizeof(path), "%s/cgroup.procs", dir) >= (int)sizeof(path))
		return false;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ok = write(fd, text, (size_t)len) == len;
	(void)close(fd); /* the write has told */
	return ok;
}

/* What the command left running goes where we are, so that the cgroup can be removed. */
static void empty_cgroup(const struct command *c)
{
	char path[600], parent[512], line[32];
	char *slash;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/cgroup.procs", c->cgroup_dir); /* fits */
	(void)snprintf(parent, sizeof(parent), "%s", c->cgroup_dir);	      /* the same size */
	slash = strrchr(parent, '/');
	f = fopen(path, "re");
	if (!slash || !f)
		goto end;
	*slash = '\0';
	while (fgets(line, sizeof(line), f))
		(void)write_pid(parent, (pid_t)strtol(line, NULL, 10)); /* it may just have ended */
end:
	if (f)
		(void)fclose(f); /* only read */
}

static void remove_cgroup(struct command *c)
{
	const struct timespec pause = { .tv_nsec = 10000000 };

	/* A process that ended lets go of its cgroup a little later. */
	for (int i = 0; c->has_cgroup && i < 50; i++) {
		if (rmdir(c->cgroup_dir) == 0 || errno == ENOENT)
			c->has_cgroup = false;
		else
			empty_cgroup(c);
		if (c->has_cgroup)
			(void)nanosleep(&pause, NULL);
	}
	if (c->has_cgroup)
		say("cannot remove the cgroup %s: %s", c->cgroup_dir, strerror(errno));
}

/* ---- the child ---- */

/* Look the program up before recording, so that the failed attempts of a search along $PATH are
 * not what the capture begins with. What is not found is left to execvp() to complain about. */
static const char *find_program(const char *name, char *path, size_t size)
{
	const char *dirs = getenv("PATH");
	struct stat st;

	if (!dirs || strchr(name, '/'))
		return name;
	while (*dirs) {
		size_t len = strcspn(dirs, ":");

		if (snprintf(path, size, "%.*s/%s", len ? (int)len : 1, len ? dirs : ".", name) <
			    (int)size &&
		    access(path, X_OK) == 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode))
			return path;
		dirs += len + (dirs[len] == ':');
	}
	return name;
}

/* Wait for the word to begin; end if the parent is gone. Does not return. */
static void __attribute__((noreturn))
run_child(const char *program, char *const *argv, int go, int failed, bool stdout_taken)
{
	char byte;
	int rc;

	(void)signal(SIGPIPE, SIG_DFL);		     /* cannot fail for this signal */
	(void)prctl(PR_SET_NAME, basename(argv[0])); /* the first rows are of the command */
	if (stdout_taken && dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		_exit(126);
	if (read(go, &byte, 1) != 1)
		_exit(126);
	(void)execvp(program, argv); /* it returns only on failure */
	rc = errno;
	if (write(failed, &rc, sizeof(rc)) != sizeof(rc))
		_exit(125);
	_exit(127);
}

/* A child that is born in the cgroup. To move one there takes the kernel some ten milliseconds,
 * which are needed only before 5.7, or where clone3() is not allowed. Return as fork(). */
static pid_t fork_into(struct command *c)
{
	int fd = c->has_cgroup ? open(c->cgroup_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	struct clone_args args = { .flags = CLONE_INTO_CGROUP,
				   .exit_signal = SIGCHLD,
				   .cgroup = (uint64_t)fd };
	pid_t pid = fd >= 0 ? (pid_t)syscall(SYS_clone3, &args, sizeof(args)) : -1;

	if (fd >= 0)
		(void)close(fd); /* only looked through */
	if (pid >= 0)
		return pid;
	pid = fork();
	if (pid > 0 && c->has_cgroup && !write_pid(c->cgroup_dir, pid)) {
		(void)rmdir(
			c->cgroup_dir); /* it stays empty: the process tree is recorded instead */
		c->has_cgroup = false;
	}
	return pid;
}

int command_start(struct command *c, char *const *argv, bool stdout_taken)
{
	char path[PATH_MAX];
	const char *program = find_program(argv[0], path, sizeof(path));
	int go[2], failed[2];

	*c = (struct command){ .argv = argv, .go = -1, .failed = -1 };
	if (pipe2(go, O_CLOEXEC) < 0)
		return fail("cannot start %s: %s", argv[0], strerror(errno));
	if (pipe2(failed, O_CLOEXEC) < 0) {
		(void)close(go[0]);
		(void)close(go[1]);
		return fail("cannot start %s: %s", argv[0], strerror(errno));
	}
	make_cgroup(c);
	c->pid = fork_into(c);
	if (c->pid == 0) {
		(void)close(go[1]); /* else the child would not see the parent go */
		run_child(program, argv, go[0], failed[1], stdout_taken);
	}
	c->wait = go[0];
	c->go = go[1];
	c->failed = failed[0];
	(void)close(go[0]);
	(void)close(failed[1]);
	if (c->pid < 0) {
		c->pid = 0;
		return fail("cannot start %s: %s", argv[0], strerror(errno));
	}
	return 0;
}

int command_go(struct command *c)
{
	ssize_t n = write(c->go, "", 1);
	int rc = 0;

	(void)close(c->go); /* the write has told */
	c->go = -1;
	if (n == 1) {
		do
			n = read(c->failed, &rc, sizeof(rc));
		while (n < 0 && errno == EINTR);
	}
	(void)close(c->failed); /* only read */
	c->failed = -1;
	return n == (ssize_t)sizeof(rc) ? fail("cannot run %s: %s", c->argv[0], strerror(rc)) : 0;
}

static bool reap(struct command *c, int flags)
{
	int st;
	pid_t pid;

	if (c->ended || !c->pid)
		return true;
	do
		pid = waitpid(c->pid, &st, flags);
	while (pid < 0 && errno == EINTR);
	if (pid == 0)
		return false;
	c->ended = true;
	if (pid > 0)
		c->status = WIFSIGNALED(st) ? 128 + WTERMSIG(st) : WEXITSTATUS(st);
	return true;
}

bool command_poll(struct command *c)
{
	return reap(c, WNOHANG);
}

int command_wait(struct command *c)
{
	(void)reap(c, 0); /* it waits, so it is true */
	return c->status;
}

void command_close(struct command *c)
{
	if (c->go >= 0)
		(void)close(c->go); /* a child that still waits ends now */
	if (c->failed >= 0)
		(void)close(c->failed);
	c->go = c->failed = -1;
	(void)command_wait(c); /* nobody asks for its status any more */
	remove_cgroup(c);
}
