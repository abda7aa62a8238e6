/* SPDX-License-Identifier: Apache-2.0 */
/* How long a recorder takes to begin and to end.
 *   start CGROUP FLOOD COMMAND...   A process that is moved into the cgroup (a folder) makes a call
 * every millisecond, or with FLOOD 1 all the time, each with the time and a number; while it does,
 * the command is run, and after two seconds told to end by SIGINT. Prints when the command was
 * started, when it was told, when it had ended, and the last number: "A B C N", nanoseconds of
 * CLOCK_MONOTONIC.
 *   start now        prints such a time. */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* A call that has room for both, and fails at once. */
static void tick(uint64_t number)
{
	syscall(SYS_readahead, -1, now(), number);
}

static void run_ticks(volatile uint64_t *number, int flood)
{
	const struct timespec pause = { .tv_nsec = 1000000 };

	for (;;) {
		tick(++*number);
		if (!flood)
			nanosleep(&pause, NULL);
	}
}

static int enter(const char *cgroup)
{
	char path[512];
	FILE *f;

	if (snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup) >= (int)sizeof(path))
		return -1;
	f = fopen(path, "we");
	if (!f)
		return -1;
	fprintf(f, "0\n");
	return fclose(f);
}

static int measure(char **argv, pid_t ticker, const volatile uint64_t *number)
{
	const struct timespec two_seconds = { .tv_sec = 2 };
	uint64_t begun, told;
	int st = 0;
	pid_t pid;

	begun = now();
	pid = fork();
	if (pid == 0) {
		execvp(argv[0], argv);
		_exit(127);
	}
	nanosleep(&two_seconds, NULL);
	told = now();
	if (pid < 0 || kill(pid, SIGINT) != 0 || waitpid(pid, &st, 0) != pid)
		return perror("start"), 2;
	printf("%lu %lu %lu %lu\n", begun, told, now(), *number);
	kill(ticker, SIGKILL);
	waitpid(ticker, NULL, 0);
	return WIFEXITED(st) ? WEXITSTATUS(st) : 128;
}

int main(int argc, char **argv)
{
	volatile uint64_t *number;
	pid_t ticker;

	if (argc == 2 && strcmp(argv[1], "now") == 0)
		return printf("%lu\n", now()), 0;
	if (argc < 4)
		return fprintf(stderr, "usage: start CGROUP FLOOD COMMAND... | start now\n"), 2;
	number = mmap(NULL, sizeof(*number), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (number == MAP_FAILED)
		return perror("start"), 2;
	ticker = fork();
	if (ticker == 0) {
		if (enter(argv[1]) == 0)
			run_ticks(number, argv[2][0] == '1');
		perror(argv[1]);
		_exit(1);
	}
	while (ticker > 0 && !*number && waitpid(ticker, NULL, WNOHANG) == 0)
		;
	if (ticker < 0 || !*number)
		return fprintf(stderr, "start: nothing is in the cgroup\n"), 2;
	return measure(argv + 3, ticker, number);
}
