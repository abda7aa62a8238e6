/* SPDX-License-Identifier: Apache-2.0 */
/* What looks into other processes and the kernel: ptrace, process_vm_readv, bpf, modules. */
#include "tests/live/live.h"

#include <linux/bpf.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

static long secret = 0x5ec4e7;

static void ptracing(void)
{
	struct iovec mine = { &(long){ 0 }, sizeof(long) };
	struct iovec theirs = { &secret, sizeof(secret) };
	pid_t pid = fork();
	int st;

	if (pid == 0) {
		syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		_exit(0);
	}
	MUST(waitpid(pid, &st, 0) == pid && WIFSTOPPED(st));
	expect("ptrace(PTRACE_TRACEME*) = 0");
	expect("process_vm_readv(%d, *) = %s", pid,
	       ret(syscall(SYS_process_vm_readv, pid, &mine, 1, &theirs, 1, 0)));
	expect("ptrace(PTRACE_CONT, %d, *) = %s", pid,
	       ret(syscall(SYS_ptrace, PTRACE_CONT, pid, 0, 0)));
	MUST(waitpid(pid, &st, 0) == pid);
	expect("ptrace(PTRACE_ATTACH, %d*) = %s", pid,
	       ret(syscall(SYS_ptrace, PTRACE_ATTACH, pid, 0, 0)));
}

int main(void)
{
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER };

	ptracing();
	/* A program without instructions: refused whoever asks. */
	expect("bpf(BPF_PROG_LOAD, *, %zu) = %s", sizeof(attr),
	       ret(syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr))));
	expect("perf_event_open(*) = %s", ret(syscall(SYS_perf_event_open, 0, 0, -1, -1, 0)));
	/* The kernel refuses the fd before it reads the string: have its page present. */
	char none[1] = "";

	expect("finit_module(77, \"\", 0) = %s", ret(syscall(SYS_finit_module, 77, none, 0)));
	expect("init_module(*, 3, \"x=1\") = %s", ret(syscall(SYS_init_module, "abc", 3, "x=1")));
	expect("delete_module(\"no_such_module\", O_NONBLOCK*) = %s",
	       ret(syscall(SYS_delete_module, "no_such_module", O_NONBLOCK)));
	return live_end();
}
