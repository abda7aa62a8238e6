/* SPDX-License-Identifier: Apache-2.0 */
/* floor COMMAND...: runs the command while two empty programs hang on sys_enter and sys_exit. */
#include "tests/bench/floor.skel.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct floor_bpf *f;
	int st = 0;
	pid_t pid;

	if (argc < 2)
		return fprintf(stderr, "usage: floor COMMAND...\n"), 2;
	f = floor_bpf__open_and_load();
	if (!f || floor_bpf__attach(f) != 0)
		return fprintf(stderr, "floor: cannot attach: %s\n", strerror(errno)), 2;
	pid = fork();
	if (pid == 0) {
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &st, 0) != pid)
		st = 1 << 8;
	floor_bpf__destroy(f);
	return WIFEXITED(st) ? WEXITSTATUS(st) : 1;
}
