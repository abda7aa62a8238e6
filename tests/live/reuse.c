/* SPDX-License-Identifier: Apache-2.0 */
/* Reuses descriptors, file structures, inodes, ports and pids as fast as it can, over threads,
 * fork, exec, dup, SCM_RIGHTS, pidfd_getfd, rename and chroot. Before a descriptor is closed, and
 * whenever what it stands for has changed, it is given to an lseek() that fails and whose offset
 * says how the file is called at this moment: reuse.sh computes the name from it. Arguments: the
 * folder to work in and the seconds to go on; without, one round of everything. */
#include "tests/live/live.h"

#include <arpa/inet.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#define THREADS 4

/* What the offset says: KIND, then thread, number and version of the file, or another number. */
enum kind {
	FILE_ = 1, /* t<thread>/n<number>_<version> */
	IN_DIR,	   /* t<thread>/d<version>/f<number> */
	MEMFD,	   /* m<thread>_<number>_<version> */
	PIPE,	   /* inode */
	UDP,	   /* port */
	TCP,	   /* ports of server and client */
	UNIX,	   /* as FILE_, abstract */
	ROOTED,	   /* n<number>_<version> */
	EXECED,	   /* as FILE_, the offset is an argument of the program */
	TASK,	   /* tid */
};

struct self {
	unsigned int t, n, seed;
	pid_t last; /* a pid that has gone */
};

static int passing[2] = { -1, -1 }; /* descriptors on their way between threads */
static const char *program;
static time_t until;
static unsigned long *marks; /* of all processes */

static long long mark_of(enum kind kind, unsigned int t, unsigned int n, unsigned int v)
{
	return ((kind * 100LL + t) * 10000 + n) * 100000 + v;
}

static void mark(int fd, long long m)
{
	syscall(SYS_lseek, fd, m, 99);
	__atomic_fetch_add(marks, 1, __ATOMIC_RELAXED);
}

static void mark_close(int fd, long long m)
{
	mark(fd, m);
	syscall(SYS_close, fd);
}

static char *name_of(char *p, const char *fmt, unsigned int a, unsigned int b, unsigned int c)
{
	snprintf(p, 64, fmt, a, b, c);
	return p;
}

static int make_file(struct self *s, unsigned int n, unsigned int v)
{
	char name[64];

	return open(name_of(name, "t%u/n%u_%u", s->t, n, v), O_RDWR | O_CREAT, 0600);
}

static void remove_file(struct self *s, unsigned int n, unsigned int v)
{
	char name[64];

	unlink(name_of(name, "t%u/n%u_%u", s->t, n, v));
}

static void copies(struct self *s)
{
	unsigned int n = s->n++ % 50, v = s->seed % 3;
	long long m = mark_of(FILE_, s->t, n, v);
	int fd = make_file(s, n, v), other;

	mark_close(dup(fd), m);
	mark_close(fcntl(fd, F_DUPFD_CLOEXEC, 100), m);
	other = make_file(s, n, v + 10);
	mark(other, mark_of(FILE_, s->t, n, v + 10));
	syscall(SYS_dup3, fd, other, 0);
	mark_close(fd, m);
	mark_close(other, m);
	remove_file(s, n, v);
	remove_file(s, n, v + 10);
}

static void renames(struct self *s)
{
	char from[64], to[64];
	unsigned int n = 100 + s->n++ % 50, v;
	int fd = make_file(s, n, 0);

	for (v = 0; v < 4; v++) {
		mark(fd, mark_of(FILE_, s->t, n, v));
		rename(name_of(from, "t%u/n%u_%u", s->t, n, v),
		       name_of(to, "t%u/n%u_%u", s->t, n, v + 1));
	}
	mark_close(fd, mark_of(FILE_, s->t, n, v));
	remove_file(s, n, v);
}

static void moved_folder(struct self *s)
{
	char from[64], to[64];
	unsigned int n = s->n++ % 50, v;
	int fd;

	mkdir(name_of(from, "t%u/d%u", s->t, 0, 0), 0700);
	fd = open(name_of(from, "t%u/d%u/f%u", s->t, 0, n), O_RDWR | O_CREAT, 0600);
	for (v = 0; v < 4; v++) {
		mark(fd, mark_of(IN_DIR, s->t, n, v));
		syscall(SYS_rename, name_of(from, "t%u/d%u", s->t, v, 0),
			name_of(to, "t%u/d%u", s->t, v + 1, 0));
	}
	mark_close(fd, mark_of(IN_DIR, s->t, n, v));
	unlink(name_of(from, "t%u/d%u/f%u", s->t, v, n));
	rmdir(to);
}

static void nameless(struct self *s)
{
	char name[64];
	struct stat st;
	unsigned int n = s->n++ % 1000, v = s->seed % 1000;
	int fd = memfd_create(name_of(name, "m%u_%u_%u", s->t, n, v), 0), p[2];

	mark_close(fd, mark_of(MEMFD, s->t, n, v));
	if (pipe(p))
		return;
	fstat(p[0], &st);
	mark_close(p[1], mark_of(PIPE, 0, 0, 0) + (long long)st.st_ino);
	mark_close(p[0], mark_of(PIPE, 0, 0, 0) + (long long)st.st_ino);
}

static unsigned int bind_local(int fd)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	socklen_t len = sizeof(sa);

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	bind(fd, (struct sockaddr *)&sa, sizeof(sa));
	getsockname(fd, (struct sockaddr *)&sa, &len);
	return ntohs(sa.sin_port);
}

static unsigned int local_port(int fd)
{
	struct sockaddr_in sa = { 0 };
	socklen_t len = sizeof(sa);

	getsockname(fd, (struct sockaddr *)&sa, &len);
	return ntohs(sa.sin_port);
}

static void sockets(struct self *s)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	struct sockaddr_un su = { .sun_family = AF_UNIX };
	struct linger gone = { 1, 0 }; /* no port stays in TIME_WAIT */
	unsigned int n = s->n++ % 1000, v = s->seed % 1000, port;
	int fd = socket(AF_INET, SOCK_DGRAM, 0), c, a;
	long long m;

	port = bind_local(fd);
	mark_close(fd, mark_of(UDP, 0, 0, port));
	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	snprintf(su.sun_path + 1, sizeof(su.sun_path) - 1, "t%u_n%u_%u", s->t, n, v);
	bind(fd, (struct sockaddr *)&su,
	     (socklen_t)(sizeof(sa_family_t) + 1 + strlen(su.sun_path + 1)));
	mark_close(fd, mark_of(UNIX, s->t, n, v));

	fd = socket(AF_INET, SOCK_STREAM, 0);
	port = bind_local(fd);
	listen(fd, 1);
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sa.sin_port = htons((uint16_t)port);
	c = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(c, (struct sockaddr *)&sa, sizeof(sa)) == 0) {
		a = accept(fd, NULL, NULL);
		m = mark_of(TCP, 0, 0, 0) + port * 100000LL + local_port(c);
		setsockopt(c, SOL_SOCKET, SO_LINGER, &gone, sizeof(gone));
		mark_close(a, m);
		mark_close(c, m);
	} else {
		close(c);
	}
	close(fd);
}

/* A file's descriptor and its mark, to whoever receives next. */
static void pass(struct self *s)
{
	unsigned int n = 200 + s->n++ % 50;
	long long m = mark_of(FILE_, s->t, n, 0);
	struct iovec iov = { &m, sizeof(m) };
	char room[CMSG_SPACE(sizeof(int))] = { 0 };
	struct msghdr h = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = room,
			    .msg_controllen = sizeof(room) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&h);
	int fd = make_file(s, n, 0);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	sendmsg(passing[0], &h, MSG_DONTWAIT);
	mark_close(fd, m);
	h.msg_controllen = sizeof(room);
	if (recvmsg(passing[1], &h, MSG_DONTWAIT) == sizeof(m) && CMSG_FIRSTHDR(&h)) {
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&h)), sizeof(int));
		mark_close(fd, m);
	}
}

/* A child, at the pid of the one before if the kernel allows. */
static pid_t spawn(struct self *s)
{
	struct clone_args a = { .exit_signal = SIGCHLD };
	pid_t pid = -1;

	if (s->last > 0) {
		a.set_tid = (uint64_t)(uintptr_t)&s->last;
		a.set_tid_size = 1;
		pid = (pid_t)syscall(SYS_clone3, &a, sizeof(a));
	}
	if (pid < 0)
		pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (pid)
		return s->last = pid;
	mark(0, mark_of(TASK, 0, 0, 0) + syscall(SYS_gettid));
	return 0;
}

static void children(struct self *s)
{
	unsigned int n = 300 + s->n++ % 50, v = s->n % 7;
	long long m = mark_of(FILE_, s->t, n, v);
	int fd = make_file(s, n, v), self, got;
	char name[64];
	pid_t pid = spawn(s);

	if (!pid) {
		self = (int)syscall(SYS_pidfd_open, getppid(), 0);
		mark(fd, m);
		got = (int)syscall(SYS_pidfd_getfd, self, fd, 0);
		close(fd);
		mark_close(got, m);
		if (chroot(name_of(name, "t%u", s->t, 0, 0)) == 0) {
			fd = open(name_of(name, "/n%u_%u", n, v, 0), O_RDONLY);
			mark_close(fd, mark_of(ROOTED, s->t, n, v));
		}
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	mark_close(fd, m);
	remove_file(s, n, v);
}

static void programs(struct self *s)
{
	unsigned int n = 400 + s->n++ % 500, v = s->n % 90000;
	int fd = make_file(s, n, v);
	char number[24], descriptor[12];
	pid_t pid = spawn(s);

	if (!pid) {
		snprintf(number, sizeof(number), "%lld", mark_of(EXECED, s->t, n, v));
		snprintf(descriptor, sizeof(descriptor), "%d", fd);
		__atomic_fetch_add(marks, 1, __ATOMIC_RELAXED);
		execl(program, "reuse", "mark", number, descriptor, NULL);
		_exit(1);
	}
	waitpid(pid, NULL, 0);
	mark_close(fd, mark_of(FILE_, s->t, n, v));
	remove_file(s, n, v);
}

static void *work(void *arg)
{
	static void (*const tasks[])(struct self *) = { copies,	 renames, moved_folder, nameless,
							sockets, pass,	  children,	programs };
	struct self s = { .t = (unsigned int)(uintptr_t)arg };
	char name[64];
	size_t i = 0;

	s.seed = s.t * 2654435761u + 1;
	MUST(mkdir(name_of(name, "t%u", s.t, 0, 0), 0755) == 0);
	do {
		mark(0, mark_of(TASK, 0, 0, 0) + syscall(SYS_gettid));
		s.seed = s.seed * 1103515245u + 12345;
		tasks[until ? (s.seed >> 16) % 8 : i](&s);
	} while (++i < 8 || (until && time(NULL) < until));
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];

	if (argc == 4 && strcmp(argv[1], "mark") == 0) {
		syscall(SYS_lseek, atoi(argv[3]), atoll(argv[2]), 99); /* the parent counted it */
		syscall(SYS_close, atoi(argv[3]));
		return 0;
	}
	marks = mmap(NULL, sizeof(*marks), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	MUST(marks != MAP_FAILED);
	MUST(program = realpath("/proc/self/exe", NULL));
	if (argc == 3) {
		MUST(chdir(argv[1]) == 0);
		until = time(NULL) + atoi(argv[2]);
	}
	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, passing) == 0);
	for (uintptr_t i = 0; i < THREADS; i++)
		MUST(pthread_create(&threads[i], NULL, work, (void *)i) == 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	if (argc == 3)
		printf("%lu\n", *marks);
	else
		expect("close(%d<*>) = %s", passing[0], ret(syscall(SYS_close, passing[0])));
	return live_end();
}
