/* SPDX-License-Identifier: Apache-2.0 */
/* Names that change behind a descriptor's or a thread's back: parents renamed, also by io_uring
 * and by another process, mounts, chroot, deletion. */
#include "tests/live/live.h"

#include <linux/io_uring.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>

static void read_as(int fd, const char *name)
{
	char buf[4];

	expect("read(%d<%s>, *, 4) = %s", fd, name, ret(syscall(SYS_read, fd, buf, 4)));
}

static int make(const char *name)
{
	int fd = open(name, O_RDWR | O_CREAT, 0600);

	MUST(fd >= 0);
	return fd;
}

/* Rename by IORING_OP_RENAMEAT. False if there is no io_uring here. */
static int uring_rename(const char *from, const char *to)
{
	struct io_uring_params p = { 0 };
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
	unsigned int *tail;
	int ring = (int)syscall(SYS_io_uring_setup, 4, &p);
	char *sq, *cq;

	if (ring < 0)
		return 0;
	sq = mmap(NULL, p.sq_off.array + p.sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED, ring,
		  IORING_OFF_SQ_RING);
	cq = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(*cqe), PROT_READ | PROT_WRITE,
		  MAP_SHARED, ring, IORING_OFF_CQ_RING);
	sqe = mmap(NULL, p.sq_entries * sizeof(*sqe), PROT_READ | PROT_WRITE, MAP_SHARED, ring,
		   IORING_OFF_SQES);
	MUST(sq != MAP_FAILED && cq != MAP_FAILED && (void *)sqe != MAP_FAILED);
	*sqe = (struct io_uring_sqe){ .opcode = IORING_OP_RENAMEAT,
				      .fd = AT_FDCWD,
				      .addr = (uintptr_t)from,
				      .len = (unsigned int)AT_FDCWD,
				      .addr2 = (uintptr_t)to };
	*(unsigned int *)(sq + p.sq_off.array) = 0;
	tail = (unsigned int *)(sq + p.sq_off.tail);
	__atomic_store_n(tail, 1, __ATOMIC_RELEASE);
	MUST(syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) == 1);
	cqe = (struct io_uring_cqe *)(cq + p.cq_off.cqes);
	MUST(cqe->res == 0);
	close(ring);
	return 1;
}

static void parents(void)
{
	int fd;

	MUST(mkdir("a", 0700) == 0 && mkdir("a/b", 0700) == 0);
	fd = make("a/b/f");
	read_as(fd, here("a/b/f"));
	MUST(rename("a", "a2") == 0);
	read_as(fd, here("a2/b/f"));
	if (!fork()) {
		MUST(rename("a2/b", "a2/c") == 0);
		_exit(0);
	}
	wait(NULL);
	read_as(fd, here("a2/c/f"));
	if (uring_rename("a2", "a3"))
		read_as(fd, here("a3/c/f"));
	else
		MUST(rename("a2", "a3") == 0);
	MUST(link("a3/c/f", "a3/other") == 0 && unlink("a3/c/f") == 0);
	read_as(fd, here("a3/c/f"));
	close(fd);
}

/* What a relative path is relative to: the other lines are in moves.sh. */
static void folders(void)
{
	int dir;

	MUST(mkdir("w", 0700) == 0 && mkdir("w/x", 0700) == 0 && chdir("w/x") == 0);
	close(make("one"));
	MUST(rename("../../w", "../../w2") == 0);
	close(make("two"));
	MUST(chdir("..") == 0);
	close(make("three"));
	dir = open("x", O_RDONLY | O_DIRECTORY);
	MUST(syscall(SYS_renameat, dir, "one", AT_FDCWD, "uno") == 0);
	MUST(syscall(SYS_linkat, AT_FDCWD, "uno", dir, "eins", 0) == 0);
	MUST(syscall(SYS_symlinkat, "../uno", dir, "./link") == 0);
	MUST(syscall(SYS_unlinkat, dir, "../x/link", 0) == 0);
	close(dir);
	MUST(mkdir("root", 0700) == 0 && mkdir("root/in", 0700) == 0);
	if (!fork()) {
		MUST(chroot("root") == 0 && chdir("/in") == 0);
		close(make("four"));
		_exit(0);
	}
	wait(NULL);
}

static void mounts(void)
{
	int fd, dir;

	MUST(unshare(CLONE_NEWNS) == 0);
	MUST(mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	MUST(mkdir("from", 0700) == 0 && mkdir("to", 0700) == 0 && mkdir("tmp", 0700) == 0);
	fd = make("from/f");
	read_as(fd, here("from/f"));
	close(fd);
	MUST(mount("from", "to", NULL, MS_BIND, NULL) == 0);
	fd = make("to/f");
	read_as(fd, here("to/f"));
	MUST(rename("to", "to2") == 0 || errno == EBUSY);
	close(fd);
	MUST(mount("tmpfs", "tmp", "tmpfs", 0, NULL) == 0);
	dir = open("tmp", O_RDONLY | O_DIRECTORY);
	read_as(dir, here("tmp"));
	fd = make("tmp/g");
	read_as(fd, here("tmp/g"));
	MUST(mkdir("moved", 0700) == 0 && mount("tmp", "moved", NULL, MS_MOVE, NULL) == 0);
	read_as(fd, here("moved/g"));
	read_as(dir, here("moved"));
	close(fd);
	if (!fork()) {
		MUST(chroot("moved") == 0);
		read_as(dir, "/");
		fd = open("/g", O_RDONLY);
		read_as(fd, "/g");
		_exit(live_end());
	}
	wait(NULL);
	live_len = 0; /* the child has printed it */
}

int main(void)
{
	parents();
	folders();
	mounts();
	return live_end();
}
