/* SPDX-License-Identifier: Apache-2.0 */
/* timed FILE COMMAND...: runs the command, then writes "seconds peak-memory-in-KiB" to FILE. */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct timespec a, b;
	struct rusage ru;
	double took;
	int st = 0;
	pid_t pid;
	FILE *f;

	if (argc < 3)
		return fprintf(stderr, "usage: timed FILE COMMAND...\n"), 2;
	clock_gettime(CLOCK_MONOTONIC, &a);
	pid = fork();
	if (pid == 0) {
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &st, 0, &ru) != pid)
		return perror("timed"), 2;
	clock_gettime(CLOCK_MONOTONIC, &b);
	took = (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
	f = fopen(argv[1], "we");
	if (!f || fprintf(f, "%.6f %ld\n", took, ru.ru_maxrss) < 0 || fclose(f) != 0)
		return perror(argv[1]), 2;
	return WIFEXITED(st) ? WEXITSTATUS(st) : 128;
}
