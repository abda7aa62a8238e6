/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/frozen.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define MAX_FOLDERS 1024
#define FOLDER_LEN  1024
#define PREFIX	    "freezer-"
#define MAGIC	    0x31657a6565726673ull /* the bytes "sfreeze1" */

struct folder {
	char dir[FOLDER_LEN];
	uint8_t v2;   /* not bool: it is read from a file */
	uint8_t ours; /* we have frozen it: another freezer's work is not undone */
};

/* What all processes see; the content of the file. */
struct shared {
	uint64_t magic;
	_Atomic uint32_t n; /* only the recorder adds */
	uint32_t pad;
	struct folder folders[MAX_FOLDERS];
};

struct sr_frozen {
	struct shared *shared;
	int fd; /* -1: there is no file */
	char path[FOLDER_LEN];
};

/* ---- one cgroup ---- */

/* Its state, if @f is the folder of a cgroup at all. */
static int open_state(const struct folder *f, int flags)
{
	char path[FOLDER_LEN + 32];
	struct statfs fs;
	int fd;

	if (snprintf(path, sizeof(path), "%s/%s", f->dir,
		     f->v2 ? "cgroup.freeze" : "freezer.state") >= (int)sizeof(path))
		return -1;
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0 || (fstatfs(fd, &fs) == 0 &&
		       fs.f_type == (f->v2 ? CGROUP2_SUPER_MAGIC : CGROUP_SUPER_MAGIC)))
		return fd;
	(void)close(fd);
	return -1;
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

static void thaw(struct folder *f)
{
	write_state(f, f->v2 ? "0" : "THAWED");
	f->ours = 0;
}

void sr_frozen_freeze(struct sr_frozen *f)
{
	for (uint32_t i = 0; i < f->shared->n; i++) {
		struct folder *folder = &f->shared->folders[i];

		if (folder->ours || is_frozen(folder))
			continue;
		folder->ours = 1; /* before: who is killed here is cleaned up after */
		write_state(folder, folder->v2 ? "1" : "FROZEN");
	}
}

void sr_frozen_thaw(struct sr_frozen *f)
{
	for (uint32_t i = 0; i < f->shared->n; i++)
		if (f->shared->folders[i].ours)
			thaw(&f->shared->folders[i]);
}

int sr_frozen_add(struct sr_frozen *f, const char *dir)
{
	struct shared *s = f->shared;
	struct folder *new = &s->folders[s->n];
	size_t len = strlen(dir);
	int fd;

	for (uint32_t i = 0; i < s->n; i++)
		if (strcmp(s->folders[i].dir, dir) == 0)
			return 0;
	if (s->n == MAX_FOLDERS || len >= sizeof(new->dir))
		return -ENOSPC;
	memcpy(new->dir, dir, len + 1);
	new->ours = 0;
	for (int v2 = 1; v2 >= 0; v2--) {
		new->v2 = (uint8_t)v2;
		fd = open_state(new, O_WRONLY);
		if (fd < 0)
			continue;
		(void)close(fd);
		s->n = s->n + 1;
		return 0;
	}
	return -EOPNOTSUPP;
}

/* ---- the file ---- */

/* A new file, locked. Its lock is that of the open file: it lasts as long as any process has it. */
static int open_file(char *path, size_t size, const char *state)
{
	int fd;

	(void)mkdir(state, 0700); /* it is there, or the next fails */
	if (snprintf(path, size, "%s/" PREFIX "XXXXXX", state) >= (int)size)
		return -1;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (flock(fd, LOCK_EX) == 0 && ftruncate(fd, sizeof(struct shared)) == 0)
		return fd;
	(void)unlink(path);
	(void)close(fd);
	return -1;
}

int sr_frozen_new(struct sr_frozen **out, const char *state)
{
	struct sr_frozen *f = calloc(1, sizeof(*f));
	int rc;

	if (!f)
		return -ENOMEM;
	f->fd = state ? open_file(f->path, sizeof(f->path), state) : -1;
	f->shared = mmap(NULL, sizeof(*f->shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED | (f->fd < 0 ? MAP_ANONYMOUS : 0), f->fd, 0);
	if (f->shared == MAP_FAILED) {
		rc = -errno;
		f->shared = NULL;
		sr_frozen_free(f);
		return rc;
	}
	f->shared->magic = MAGIC;
	*out = f;
	return 0;
}

int sr_frozen_file(const struct sr_frozen *f)
{
	return f->fd;
}

void sr_frozen_free(struct sr_frozen *f)
{
	if (!f)
		return;
	if (f->fd >= 0) {
		(void)unlink(f->path);
		(void)close(f->fd);
	}
	if (f->shared)
		(void)munmap(f->shared, sizeof(*f->shared));
	free(f);
}

/* ---- what others left ---- */

/* Our own file, whole, that nobody holds any more. One without content is being made just now. */
static bool is_left(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	       !(st.st_mode & 077) && st.st_size == sizeof(struct shared) &&
	       flock(fd, LOCK_EX | LOCK_NB) == 0;
}

static size_t thaw_left(int fd, void (*tell)(void *, const char *), void *arg)
{
	struct shared *s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	size_t n = 0;

	if (s == MAP_FAILED)
		return 0;
	for (uint32_t i = 0; s->magic == MAGIC && i < s->n && i < MAX_FOLDERS; i++) {
		struct folder *f = &s->folders[i];

		if (!f->ours || !memchr(f->dir, '\0', sizeof(f->dir)) || !is_frozen(f))
			continue;
		thaw(f);
		tell(arg, f->dir);
		n++;
	}
	(void)munmap(s, sizeof(*s));
	return n;
}

size_t sr_frozen_clean(const char *state, void (*tell)(void *arg, const char *dir), void *arg)
{
	DIR *dir = opendir(state);
	size_t n = 0;
	struct dirent *e;
	int fd;

	while (dir && (e = readdir(dir))) {
		if (strncmp(e->d_name, PREFIX, strlen(PREFIX)) != 0)
			continue;
		fd = openat(dirfd(dir), e->d_name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (is_left(fd)) {
			n += thaw_left(fd, tell, arg);
			(void)unlinkat(dirfd(dir), e->d_name, 0);
		}
		(void)close(fd);
	}
	if (dir)
		(void)closedir(dir);
	return n;
}
