/* SPDX-License-Identifier: Apache-2.0 */
/* Identity: users, groups, sessions, limits; what only root may do, in a child. */
#include "tests/live/live.h"

#include <grp.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static int child(void)
{
	struct rlimit lim = { 100, 100 };

	expect("setsid() = %s", ret(syscall(SYS_setsid)));
	expect("umask(022) = *");
	umask(022);
	expect("prlimit64(0, RLIMIT_NOFILE, *, NULL) = %s",
	       ret(syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &lim, NULL)));
	expect("prctl(PR_SET_NO_NEW_PRIVS, 1*) = %s",
	       ret(syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)));
	expect("setgroups(0, *) = %s", ret(syscall(SYS_setgroups, 0, NULL)));
	expect("setresgid(65534, 65534, -1) = %s", ret(syscall(SYS_setresgid, 65534, 65534, -1)));
	expect("setreuid(-1, 1000) = %s", ret(syscall(SYS_setreuid, -1, 1000)));
	expect("setuid(0) = %s", ret(syscall(SYS_setuid, 0)));
	expect("setresuid(1000, 1000, 1000) = %s", ret(syscall(SYS_setresuid, 1000, 1000, 1000)));
	expect("geteuid() = %s", ret(syscall(SYS_geteuid)));
	expect("setuid(0) = %s", ret(syscall(SYS_setuid, 0)));
	expect("chroot(\"/\") = %s", ret(syscall(SYS_chroot, "/")));
	return live_end();
}

int main(void)
{
	pid_t pid = fork();
	int st;

	if (pid == 0)
		_exit(child());
	MUST(waitpid(pid, &st, 0) == pid);
	return st ? 99 : 0;
}
