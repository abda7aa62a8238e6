/* SPDX-License-Identifier: Apache-2.0 */
/* Calls with two files each, with so many pairs of files that some share a place in the driver's
 * tables: each must still have its own name. And memory given twice, vectors of many parts,
 * several messages, message queues. */
#include "tests/live/live.h"

#include <signal.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define FILES 224

/* Every pair of many files, each called as its number: three pairs or so share a place. That all
 * have their own names, pairs.sh looks at. */
static void pairs(void)
{
	static int fds[FILES];
	char name[32];

	for (int i = 0; i < FILES; i++) {
		fds[i] = open("new", O_RDWR | O_CREAT, 0600);
		MUST(fds[i] >= 0);
		snprintf(name, sizeof(name), "f%d", fds[i]);
		MUST(rename("new", name) == 0);
	}
	for (int i = 0; i < FILES; i++)
		for (int j = i + 1; j < FILES; j++)
			syscall(SYS_sendfile, fds[i], fds[j], NULL, (size_t)1);
	expect("sendfile(%d<*/f%d>, %d<*/f%d>, NULL, 1) = 0", fds[0], fds[0], fds[1], fds[1]);
	for (int i = 0; i < FILES; i++)
		close(fds[i]);
}

static void same_memory(void)
{
	sigset_t set;
	struct timespec t = { 0, 1000 };

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &set, &set, 8);
	expect("rt_sigprocmask(SIG_SETMASK, %p (unknown), [], 8) = 0", (void *)&set);
	/* not interrupted: nothing was written */
	expect("nanosleep({0.000001000}, %p) = %s", (void *)&t,
	       ret(syscall(SYS_nanosleep, &t, &t)));
}

static void many_parts(void)
{
	char parts[40][2], got[100];
	struct iovec iov[40];
	int p[2];

	MUST(pipe(p) == 0);
	for (int i = 0; i < 40; i++) {
		memset(parts[i], 'a' + i % 26, 2);
		iov[i] = (struct iovec){ parts[i], 2 };
	}
	expect("writev(%d<*>, \"aabbccddeeffgghhiijjkkllmmnnooppqqrrssttuuvvwwxxyyzz"
	       "aabbccddeeffgghhiijjkkllmmnn\", 40) = %s",
	       p[1], ret(syscall(SYS_writev, p[1], iov, 40)));
	MUST(read(p[0], got, sizeof(got)) == 80);
}

static void several_messages(void)
{
	struct iovec iov[2] = { { "first one", 9 }, { "second", 6 } };
	struct mmsghdr m[2] = {
		{ .msg_hdr = { .msg_iov = &iov[0], .msg_iovlen = 1 } },
		{ .msg_hdr = { .msg_iov = &iov[1], .msg_iovlen = 1 } },
	};
	int pair[2];

	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
	expect("sendmmsg(%d<*>, [{msg_iov=\"first one\", msg_len=9}, {msg_iov=\"second\", "
	       "msg_len=6}], 2, 0) = %s",
	       pair[0], ret(syscall(SYS_sendmmsg, pair[0], m, 2, 0)));
	iov[0].iov_base = (char[32]){ 0 };
	iov[0].iov_len = 32;
	expect("recvmmsg(%d<*>, [{msg_iov=\"first one\", msg_len=9}], 1, 0, NULL) = %s", pair[1],
	       ret(syscall(SYS_recvmmsg, pair[1], m, 1, 0, NULL)));
}

static void queue(void)
{
	struct {
		long type;
		char text[16];
	} m = { 7, "twelve bytes" };
	int q = (int)syscall(SYS_msgget, IPC_PRIVATE, 0600);

	if (q < 0)
		return; /* no System V queues here */
	expect("msgsnd(%d, {mtype=7, mtext=\"twelve bytes\"}, 12, 0) = %s", q,
	       ret(syscall(SYS_msgsnd, q, &m, 12, 0)));
	expect("msgrcv(%d, {mtype=7, mtext=\"twelve bytes\"}, 16, 0, 0) = %s", q,
	       ret(syscall(SYS_msgrcv, q, &m, 16, 0, 0)));
	MUST(msgctl(q, IPC_RMID, NULL) == 0);
}

int main(void)
{
	pairs();
	same_memory();
	many_parts();
	several_messages();
	queue();
	return live_end();
}
