/* SPDX-License-Identifier: Apache-2.0 */
/* Files: opening, reading, writing, names, modes, and the ways in which they fail. */
#include "tests/live/live.h"

#include <sys/sendfile.h>
#include <sys/uio.h>

static char *a, *b, *d;

static int opening(void)
{
	int fd = (int)syscall(SYS_openat, AT_FDCWD, a, O_RDWR | O_CREAT | O_TRUNC, 0640);

	MUST(fd >= 0);
	expect("openat(AT_FDCWD, \"%s\", O_RDWR|O_CREAT|O_TRUNC, 0640) = %d<%s>", a, fd, a);
	expect("openat(AT_FDCWD, \"/nowhere/x\", O_RDONLY|O_CLOEXEC) = %s",
	       ret(syscall(SYS_openat, AT_FDCWD, "/nowhere/x", O_RDONLY | O_CLOEXEC)));
	expect("openat(AT_FDCWD, \"%s\", O_WRONLY|O_CREAT|O_EXCL, 0600) = %s", a,
	       ret(syscall(SYS_openat, AT_FDCWD, a, O_WRONLY | O_CREAT | O_EXCL, 0600)));
	expect("openat(AT_FDCWD, 0x1*, O_RDONLY) = %s",
	       ret(syscall(SYS_openat, AT_FDCWD, (char *)1, O_RDONLY)));
	return fd;
}

static void contents(int fd)
{
	struct iovec iov[2] = { { (char[]){ "one" }, 3 }, { (char[]){ "two\n" }, 4 } };
	char buf[64];

	expect("write(%d<%s>, \"hello\\tworld\\n\", 12) = %s", fd, a,
	       ret(syscall(SYS_write, fd, "hello\tworld\n", 12)));
	expect("pwrite64(%d<%s>, \"HE\", 2, 0) = %s", fd, a,
	       ret(syscall(SYS_pwrite64, fd, "HE", 2, 0L)));
	expect("lseek(%d<%s>, 0, SEEK_SET) = %s", fd, a, ret(syscall(SYS_lseek, fd, 0L, SEEK_SET)));
	expect("read(%d<%s>, \"HEllo\", 5) = %s", fd, a, ret(syscall(SYS_read, fd, buf, 5)));
	expect("pread64(%d<%s>, \"world\\n\", 64, 6) = %s", fd, a,
	       ret(syscall(SYS_pread64, fd, buf, 64, 6L)));
	expect("read(%d<%s>, \"\\tworld\\n\", 64) = %s", fd, a,
	       ret(syscall(SYS_read, fd, buf, 64)));
	expect("read(%d<%s>, \"\", 64) = %s", fd, a, ret(syscall(SYS_read, fd, buf, 64)));
	expect("writev(%d<%s>, *\"onetwo\\n\"*, 2) = %s", fd, a,
	       ret(syscall(SYS_writev, fd, iov, 2)));
	expect("read(77, *, 64) = %s", ret(syscall(SYS_read, 77, buf, 64)));
	expect("write(%d<%s>, 0x10*, 3) = %s", fd, a, ret(syscall(SYS_write, fd, (char *)16, 3)));
	expect("ftruncate(%d<%s>, 4096) = %s", fd, a, ret(syscall(SYS_ftruncate, fd, 4096L)));
	expect("fsync(%d<%s>) = %s", fd, a, ret(syscall(SYS_fsync, fd)));
}

static void descriptors(int fd)
{
	int two = (int)syscall(SYS_dup, fd), out;
	off_t off = 0;

	expect("dup(%d<%s>) = %d<%s>", fd, a, two, a);
	expect("dup3(%d<%s>, 40*, O_CLOEXEC) = %s<%s>", fd, a,
	       ret(syscall(SYS_dup3, fd, 40, O_CLOEXEC)), a);
	expect("fcntl(%d<%s>, F_GETFL*) = *", fd, a);
	MUST(syscall(SYS_fcntl, fd, F_GETFL, 0) >= 0);
	expect("fcntl(%d<%s>, F_DUPFD_CLOEXEC, 50) = %s*", fd, a,
	       ret(syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 50)));
	out = (int)syscall(SYS_openat, AT_FDCWD, b, O_WRONLY | O_CREAT, 0600);
	expect("openat(AT_FDCWD, \"%s\", O_WRONLY|O_CREAT, 0600) = %d<%s>", b, out, b);
	expect("sendfile(%d<%s>, %d<%s>, *, 7) = %s", out, b, fd, a,
	       ret(syscall(SYS_sendfile, out, fd, &off, 7)));
	expect("close(%d<%s>) = %s", out, b, ret(syscall(SYS_close, out)));
	expect("close(%d<%s>) = %s", two, a, ret(syscall(SYS_close, two)));
	expect("close(%d) = %s", two, ret(syscall(SYS_close, two)));
	/* The same number, another file at once: the name must be the new one. */
	two = (int)syscall(SYS_openat, AT_FDCWD, b, O_RDONLY);
	expect("openat(AT_FDCWD, \"%s\", O_RDONLY) = %d<%s>", b, two, b);
	expect("close(%d<%s>) = %s", two, b, ret(syscall(SYS_close, two)));
}

static void names(int fd)
{
	char *c = here("link-c"), *s = here("soft"), buf[PATH_MAX];
	struct stat st;
	int dir;
	long n;

	expect("newfstatat(AT_FDCWD, \"%s\", *, AT_SYMLINK_NOFOLLOW) = %s", a,
	       ret(syscall(SYS_newfstatat, AT_FDCWD, a, &st, AT_SYMLINK_NOFOLLOW)));
	expect("fstat(%d<%s>, *) = %s", fd, a, ret(syscall(SYS_fstat, fd, &st)));
	expect("faccessat(AT_FDCWD, \"%s\", *_OK|*_OK) = %s", a,
	       ret(syscall(SYS_faccessat, AT_FDCWD, a, R_OK | W_OK)));
	expect("linkat(AT_FDCWD, \"%s\", AT_FDCWD, \"%s\", 0) = %s", a, c,
	       ret(syscall(SYS_linkat, AT_FDCWD, a, AT_FDCWD, c, 0)));
	expect("symlinkat(\"%s\", AT_FDCWD, \"%s\") = %s", a, s,
	       ret(syscall(SYS_symlinkat, a, AT_FDCWD, s)));
	n = syscall(SYS_readlinkat, AT_FDCWD, s, buf, sizeof(buf));
	expect("readlinkat(AT_FDCWD, \"%s\", \"%s\", %zu) = %ld", s, a, sizeof(buf), n);
	expect("mkdirat(AT_FDCWD, \"%s\", 0755) = %s", d,
	       ret(syscall(SYS_mkdirat, AT_FDCWD, d, 0755)));
	expect("renameat2(AT_FDCWD, \"%s\", AT_FDCWD, \"%s\", RENAME_NOREPLACE) = %s", c, b,
	       ret(syscall(SYS_renameat2, AT_FDCWD, c, AT_FDCWD, b, 1)));
	expect("fchmodat(AT_FDCWD, \"%s\", 0400) = %s", b,
	       ret(syscall(SYS_fchmodat, AT_FDCWD, b, 0400)));
	expect("fchown(%d<%s>, 0, 0) = %s", fd, a, ret(syscall(SYS_fchown, fd, 0, 0)));
	dir = (int)syscall(SYS_openat, AT_FDCWD, d, O_RDONLY | O_DIRECTORY);
	expect("openat(AT_FDCWD, \"%s\", O_RDONLY|O_DIRECTORY) = %d<%s>", d, dir, d);
	n = syscall(SYS_openat, dir, "in", O_WRONLY | O_CREAT, 0600);
	expect("openat(%d<%s>, \"*in\", O_WRONLY|O_CREAT, 0600) = %ld<%s/in>", dir, d, n, d);
	MUST(syscall(SYS_getdents64, dir, buf, sizeof(buf)) > 0);
	expect("getdents64(%d<%s>, *) = *", dir, d);
	expect("fchdir(%d<%s>) = %s", dir, d, ret(syscall(SYS_fchdir, dir)));
	n = syscall(SYS_openat, AT_FDCWD, "in", O_RDONLY);
	expect("openat(AT_FDCWD*, \"*in\", O_RDONLY) = %ld<%s/in>", n, d);
	expect("unlinkat(AT_FDCWD*, \"*in\", 0) = %s",
	       ret(syscall(SYS_unlinkat, AT_FDCWD, "in", 0)));
	expect("chdir(\"..\") = *");
	MUST(chdir("..") == 0);
	expect("unlinkat(AT_FDCWD, \"%s\", AT_REMOVEDIR) = %s", d,
	       ret(syscall(SYS_unlinkat, AT_FDCWD, d, AT_REMOVEDIR)));
	expect("unlinkat(AT_FDCWD, \"%s\", 0) = %s", s, ret(syscall(SYS_unlinkat, AT_FDCWD, s, 0)));
}

#ifdef SYS_open
/* Calls that newer architectures do not have. */
static void old_calls(void)
{
	char *c = here("old"), *e = here("old2");
	struct stat st;
	long fd;

	fd = syscall(SYS_creat, c, 0644);
	expect("creat(\"%s\", 0644) = %ld<%s>", c, fd, c);
	fd = syscall(SYS_open, c, O_RDWR | O_APPEND);
	expect("open(\"%s\", O_RDWR|O_APPEND) = %ld<%s>", c, fd, c);
	expect("stat(\"%s\", *) = %s", c, ret(syscall(SYS_stat, c, &st)));
	expect("access(\"%s\", F_OK) = %s", c, ret(syscall(SYS_access, c, F_OK)));
	expect("chmod(\"%s\", 0600) = %s", c, ret(syscall(SYS_chmod, c, 0600)));
	expect("rename(\"%s\", \"%s\") = %s", c, e, ret(syscall(SYS_rename, c, e)));
	/* The open file's name follows it. */
	expect("write(%ld<%s>, \"x\", 1) = %s", fd, e, ret(syscall(SYS_write, fd, "x", 1)));
	expect("link(\"%s\", \"%s\") = %s", e, c, ret(syscall(SYS_link, e, c)));
	expect("unlink(\"%s\") = %s", c, ret(syscall(SYS_unlink, c)));
	expect("mkdir(\"%s\", 0700) = %s", c, ret(syscall(SYS_mkdir, c, 0700)));
	expect("rmdir(\"%s\") = %s", c, ret(syscall(SYS_rmdir, c)));
	expect("rmdir(\"%s\") = %s", c, ret(syscall(SYS_rmdir, c)));
}
#else
static void old_calls(void)
{
}
#endif

int main(void)
{
	int fd;

	a = here("file-a");
	b = here("file-b");
	d = here("dir");
	fd = opening();
	contents(fd);
	descriptors(fd);
	expect("unlinkat(AT_FDCWD, \"%s\", 0) = %s", b, ret(syscall(SYS_unlinkat, AT_FDCWD, b, 0)));
	names(fd);
	old_calls();
	return live_end();
}
