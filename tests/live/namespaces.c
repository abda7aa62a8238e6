/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces and mounts: everything in namespaces of its own, nothing stays. */
#include "tests/live/live.h"

#include <sched.h>
#include <sys/mount.h>

int main(void)
{
	char *dir = here("mnt"), *file = here("mnt/inside");
	int old, fd;

	old = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/ns/uts", O_RDONLY);
	MUST(old >= 0);
	expect("unshare(CLONE_NEWNS|CLONE_NEWUTS) = %s",
	       ret(syscall(SYS_unshare, CLONE_NEWNS | CLONE_NEWUTS)));
	expect("sethostname(\"live-test\", 9) = %s", ret(syscall(SYS_sethostname, "live-test", 9)));
	expect("setns(%d<*>, CLONE_NEWUTS) = %s", old, ret(syscall(SYS_setns, old, CLONE_NEWUTS)));
	expect("mount(*, \"/\", *, MS_REC|MS_PRIVATE, *) = %s",
	       ret(syscall(SYS_mount, NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)));
	MUST(mkdir(dir, 0755) == 0);
	expect("mount(\"none\", \"%s\", \"tmpfs\", MS_NOSUID|MS_NODEV, *size=64k*) = %s", dir,
	       ret(syscall(SYS_mount, "none", dir, "tmpfs", MS_NOSUID | MS_NODEV, "size=64k")));
	fd = (int)syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT, 0600);
	MUST(fd >= 0);
	expect("openat(AT_FDCWD, \"%s\", O_WRONLY|O_CREAT, 0600) = %d<%s>", file, fd, file);
	expect("close(%d<%s>) = %s", fd, file, ret(syscall(SYS_close, fd)));
	expect("umount2(\"%s\", MNT_DETACH) = %s", dir, ret(syscall(SYS_umount2, dir, MNT_DETACH)));
	expect("setns(77, CLONE_NEWNET) = %s", ret(syscall(SYS_setns, 77, CLONE_NEWNET)));
	expect("pivot_root(\"/nowhere\", \"/nowhere/old\") = %s",
	       ret(syscall(SYS_pivot_root, "/nowhere", "/nowhere/old")));
	return live_end();
}
