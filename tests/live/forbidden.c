/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that would change the machine, made by a process that may not, and those that end or
 * affect only who makes them. */
#include "tests/live/live.h"

#include <signal.h>
#include <sys/ipc.h>
#include <sys/msg.h>

#define NOBODY 65534

/* In the child: what a process without rights is told. Its lines are printed at its end. */
static void refused(void)
{
	MUST(setresgid(NOBODY, NOBODY, NOBODY) == 0 && setresuid(NOBODY, NOBODY, NOBODY) == 0);
	expect("acct(*) = %s", ret(syscall(SYS_acct, "/nowhere")));
	expect("swapoff(\"/nowhere\") = %s", ret(syscall(SYS_swapoff, "/nowhere")));
	expect("vhangup() = %s", ret(syscall(SYS_vhangup)));
	/* magic numbers that the kernel would refuse from root too */
	expect("reboot(*, *, LINUX_REBOOT_CMD_CAD_OFF, *) = %s",
	       ret(syscall(SYS_reboot, 1, 2, 0, 0)));
	expect("kexec_load(NULL, 0, NULL, *) = %s", ret(syscall(SYS_kexec_load, 0, 0, 0, 0)));
#ifdef SYS_kexec_file_load
	expect("kexec_file_load(-1, -1, 0, NULL, 0) = %s",
	       ret(syscall(SYS_kexec_file_load, -1, -1, 0, NULL, 0)));
#endif
	expect("munlockall() = %s", ret(syscall(SYS_munlockall)));
}

/* Calls that only a probe's own code may make: others are told so, or killed. */
static void probes(void)
{
#if defined(__x86_64__)
	static const struct {
		const char *name;
		long nr;
	} calls[] = { { "uretprobe", 335 }, { "uprobe", 336 } };

	for (int i = 0; i < 2; i++) {
		pid_t pid = fork();

		if (!pid) {
			syscall(calls[i].nr);
			_exit(0);
		}
		expect("%s() = *", calls[i].name);
		MUST(waitpid(pid, NULL, 0) == pid);
	}
#endif
}

int main(void)
{
	int q = (int)syscall(SYS_msgget, IPC_PRIVATE, 0600);
	pid_t pid;

	expect("msgget(IPC_PRIVATE, 0600) = %s", ret(q));
	if (q >= 0)
		MUST(msgctl(q, IPC_RMID, NULL) == 0);
	expect("sync() = 0");
	syscall(SYS_sync);
	probes();
	MUST(live_end() == 0);
	live_len = 0;
	pid = fork();
	if (!pid) {
		refused();
		_exit(live_end());
	}
	MUST(pid > 0 && waitpid(pid, NULL, 0) == pid);
	return 0;
}
