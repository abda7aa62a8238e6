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
	I386_stat = 106,
	I386_pread64 = 180,
	I386_faccessat = 307,
	I386_socket = 359,
	I386_connect = 362,
	I386_statx = 383
};

static char buf[512];
static int fds[2];
static const unsigned char address[16] = { 2, 0, 0, 9, 127, 0, 0, 1 };

static void work(void)
{
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
	call(I386_stat, "file", P(buf), 0, 0, 0);
	call(I386_execve, "/nowhere", 0, 0, 0, 0);
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
