/* SPDX-License-Identifier: Apache-2.0 */
/* loop WHAT N [CPU]: makes N rounds of a few system calls on a CPU (default 1) and prints how many
 * nanoseconds one round took. The measured time is the loop's own: starting is not in it. */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((unsigned int)cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) != 0)
		perror("loop: sched_setaffinity");
}

static int do_getppid(long n)
{
	for (long i = 0; i < n; i++)
		syscall(SYS_getppid);
	return 0;
}

static int do_open(long n)
{
	static char buf[4096];
	struct stat st;

	for (long i = 0; i < n; i++) {
		int fd = open("/etc/services", O_RDONLY);

		if (fd < 0)
			fd = open("/etc/passwd", O_RDONLY);
		if (fd < 0 || fstat(fd, &st) != 0 || read(fd, buf, sizeof(buf)) < 0)
			return 1;
		close(fd);
	}
	return 0;
}

struct echo {
	int fd;
	long n;
};

static void *echo(void *arg)
{
	struct echo *e = arg;
	char buf[64];

	for (long i = 0; i < e->n; i++)
		if (read(e->fd, buf, sizeof(buf)) != 64 || write(e->fd, buf, 64) != 64)
			break;
	return NULL;
}

static int do_pingpong(long n)
{
	struct echo e = { .n = n };
	char buf[64] = "ping";
	pthread_t t;
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) != 0)
		return 1;
	e.fd = fd[1];
	if (pthread_create(&t, NULL, echo, &e) != 0)
		return 1;
	for (long i = 0; i < n; i++)
		if (write(fd[0], buf, 64) != 64 || read(fd[0], buf, 64) != 64)
			return 1;
	pthread_join(t, NULL);
	return 0;
}

static int do_spawn(long n)
{
	char name[] = "true", *argv[] = { name, NULL };
	pid_t pid;

	for (long i = 0; i < n; i++) {
		pid = fork();
		if (pid == 0) {
			execve("/bin/true", argv, environ);
			_exit(127);
		}
		if (pid < 0 || waitpid(pid, NULL, 0) != pid)
			return 1;
	}
	return 0;
}

static void *other_cpu(void *arg)
{
	pin(0);
	do_getppid(*(long *)arg);
	return NULL;
}

static int do_both(long n)
{
	pthread_t t;

	if (pthread_create(&t, NULL, other_cpu, &n) != 0)
		return 1;
	do_getppid(n);
	pthread_join(t, NULL);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(long n);
} loops[] = {
	{ "getppid", do_getppid },   /* 1 call */
	{ "open", do_open },	     /* open, fstat, read 4 KiB, close */
	{ "pingpong", do_pingpong }, /* 64 bytes to another thread of the same CPU and back */
	{ "spawn", do_spawn },	     /* fork, exec /bin/true, wait */
	{ "both", do_both },	     /* getppid on CPU 0 too */
};

int main(int argc, char **argv)
{
	long n = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
	uint64_t start, took;

	for (size_t i = 0; n > 0 && i < sizeof(loops) / sizeof(loops[0]); i++) {
		if (strcmp(argv[1], loops[i].name) != 0)
			continue;
		pin(argc > 3 ? (int)strtol(argv[3], NULL, 10) : 1);
		loops[i].run(n / 20 + 1); /* warm */
		start = now();
		if (loops[i].run(n) != 0)
			return fprintf(stderr, "loop: %s failed\n", argv[1]), 1;
		took = now() - start;
		printf("%.2f\n", (double)took / (double)n);
		return 0;
	}
	fprintf(stderr, "usage: loop getppid|open|pingpong|spawn|both N [CPU]\n");
	return 2;
}
