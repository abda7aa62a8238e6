/* SPDX-License-Identifier: Apache-2.0 */
/* Built by ../i386.sh for 32 bits, without a C library: makes calls, runs itself, then /bin/true.
 */

static int call(int nr, const void *a, int b, int c, int d, int e)
{
	int r;

	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
			 : "memory");
	return r;
}

#define P(p) ((int)(p))
#define N(n) ((const void *)(n))

enum {
	I386_exit = 1,
	I386_read = 3,
	I386_write = 4,
	I386_open = 5,
	I386_close = 6,
	I386_link = 9,
	I386_execve = 11,
	I386_pipe = 42,
	I386_ioctl = 54,
	I386_setrlimit = 75,
	I386_gettimeofday = 78,
	I386_stat = 106,
	I386_wait4 = 114,
	I386_sysinfo = 116,
	I386_getdents = 141,
	I386_writev = 146,
	I386_nanosleep = 162,
	I386_rt_sigaction = 174,
	I386_pread64 = 180,
	I386_ugetrlimit = 191,
	I386_truncate64 = 193,
	I386_stat64 = 195,
	I386_fcntl64 = 221,
	I386_futex = 240,
	I386_utimes = 271,
	I386_statfs64 = 268,
	I386_faccessat = 307,
	I386_prlimit64 = 340,
	I386_sendmmsg = 345,
	I386_socket = 359,
	I386_socketpair = 360,
	I386_connect = 362,
	I386_setsockopt = 366,
	I386_sendmsg = 370,
	I386_recvmsg = 372,
	I386_clock_nanosleep_time64 = 407,
	I386_statx = 383
};

static char buf[512];
static int fds[2];
static const unsigned char address[16] = { 2, 0, 0, 9, 127, 0, 0, 1 };

/* Structures as they are here: addresses and longs of 4 bytes. */
struct vec {
	const void *base;
	unsigned int len;
};
struct message {
	const void *name;
	unsigned int namelen;
	struct vec *vecs;
	unsigned int count;
	void *control;
	unsigned int controllen;
	unsigned int flags;
	unsigned int moved; /* of sendmmsg */
};
static struct {
	unsigned int len, level, type;
	int fd;
} control = { 16, 1 /* SOL_SOCKET */, 1 /* SCM_RIGHTS */, 0 };
static struct vec vecs[2] = { { "thir", 4 }, { "ty-two", 6 } };
static struct message messages[2] = {
	{ 0, 0, vecs, 2, &control, sizeof(control), 0, 0 },
	{ 0, 0, vecs + 1, 1, 0, 0, 0, 0 },
};

static void times(void)
{
	static const int spec[2] = { 0, 1000 }, vals[4] = { 1, 500000, 2, 250000 };
	static const long long spec64[2] = { 0, 2000 };
	static int futex = 1;

	call(I386_nanosleep, spec, 0, 0, 0, 0);
	call(I386_clock_nanosleep_time64, N(1), 0, P(spec64), 0, 0);
	call(I386_gettimeofday, buf, 0, 0, 0, 0);
	call(I386_utimes, "file", P(vals), 0, 0, 0);
	call(I386_futex, &futex, 0, 2, P(spec), 0); /* FUTEX_WAIT for another value */
	call(I386_setsockopt, N(-1), 1, 20, P(vals), 8);
}

static void structures(int fd)
{
	static const unsigned int action[5] = { 1 /* SIG_IGN */, 0x10000000, 0, 1 << 14, 0 };
	static const unsigned int limit[2] = { 77, 0xffffffff };
	static const unsigned long long limit64[2] = { 78, 79 };
	static const unsigned short lock[12] = { 1, 0, 10, 0, 5 };
	static const unsigned char lock64[24] = { 1, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 5 };

	call(I386_stat, "file", P(buf), 0, 0, 0);
	call(I386_truncate64, "other", 17, 0, 0, 0);
	call(I386_stat64, "other", P(buf), 0, 0, 0);
	call(I386_statfs64, "file", 84, P(buf), 0, 0);
	call(I386_rt_sigaction, N(10), P(action), 0, 8, 0);
	call(I386_setrlimit, N(99), P(limit), 0, 0, 0);
	call(I386_ugetrlimit, N(7), P(buf), 0, 0, 0);
	call(I386_prlimit64, N(0), 99, P(limit64), 0, 0);
	call(I386_sysinfo, buf, 0, 0, 0, 0);
	call(I386_wait4, N(-1), 0, 0, P(buf), 0);
	call(I386_fcntl64, N(fd), 6, P(lock), 0, 0);
	call(I386_fcntl64, N(fd), 13, P(lock64), 0, 0);
	call(I386_ioctl, N(fd), 0x541b, P(buf), 0, 0); /* FIONREAD */
	call(I386_ioctl, N(fd), 0x5413, P(buf), 0, 0); /* TIOCGWINSZ */
	fd = call(I386_open, "d", 0200000, 0, 0, 0);
	call(I386_getdents, N(fd), P(buf), sizeof(buf), 0, 0);
}

static void vectors(int fd)
{
	call(I386_writev, N(fd), P(vecs), 2, 0, 0);
	call(I386_socketpair, N(1), 5, 0, P(fds), 0);
	control.fd = fd;
	call(I386_sendmsg, N(fds[0]), P(messages), 0, 0, 0);
	vecs[0].base = buf;
	vecs[0].len = 100;
	call(I386_recvmsg, N(fds[1]), P(messages), 0, 0, 0);
	messages[0].vecs = vecs + 1;
	messages[0].count = 1;
	messages[0].control = 0;
	messages[0].controllen = 0;
	call(I386_sendmmsg, N(fds[0]), P(messages), 2, 0, 0);
}

static void work(void)
{
	static const char *nowhere[] = { "not", "there", 0 };
	int fd = call(I386_open, "file", 2, 0, 0, 0);

	call(I386_read, N(fd), P(buf), 100, 0, 0);
	call(I386_write, N(fd), P("thirty-two"), 10, 0, 0);
	call(I386_pread64, N(fd), P(buf), 3, 1, 0);
	call(I386_faccessat, N(-100), P("nowhere"), 0, 0, 0);
	call(I386_link, "file", P("other"), 0, 0, 0);
	call(I386_pipe, fds, 0, 0, 0, 0);
	call(I386_statx, N(-100), P("other"), 0, 0x7ff, P(buf));
	fd = call(I386_socket, N(2), 1, 0, 0, 0);
	call(I386_connect, N(fd), P(address), 16, 0, 0);
	structures(call(I386_open, "file", 2, 0, 0, 0));
	times();
	vectors(call(I386_open, "file", 2, 0, 0, 0));
	call(I386_execve, "/nowhere", P(nowhere), 0, 0, 0);
}

/* From the stack as the kernel made it: the count of arguments, then where they are. */
__attribute__((used)) static void begin(int *stack)
{
	static const char *again[] = { "again", "second", 0 }, *last[] = { "true", "64", 0 };
	const char *self = (const char *)stack[1], *what = (const char *)stack[2];

	if (what[0] == 'f') {
		work();
		call(I386_execve, self, P(again), P(stack + 2 + stack[0]), 0, 0);
	} else if (what[0] == 's') {
		call(I386_execve, "/bin/true", P(last), P(stack + 2 + stack[0]), 0, 0);
	}
	call(I386_exit, 0, 0, 0, 0, 0);
}

__asm__(".globl _start\n_start:\n\tmov %esp, %eax\n\tpush %eax\n\tcall begin\n");
