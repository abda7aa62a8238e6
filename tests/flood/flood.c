/* SPDX-License-Identifier: Apache-2.0 */
/* flood GENTLE FLOODED READS ROUNDS: in the cgroup FLOODED (a folder of cgroup v2), a process per
 * CPU reads READS times as fast as it can, and now and then starts a program and connects; in
 * GENTLE, one opens a file, connects and starts a program ROUNDS times, with pauses. Meanwhile a
 * counter of its own counts what returns in each. Prints a line "CGROUP SYSCALL CLASS COUNT" for
 * each that did, as numbers of the two cgroups 0 and 1. */
#include "formats/schema.h"
#include "tests/flood/flood.skel.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define NR_MAX 512

static void die(const char *what)
{
	(void)fprintf(stderr, "flood: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void enter(const char *cgroup)
{
	char path[512], pid[16];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	(void)snprintf(pid, sizeof(pid), "%d", getpid());
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, pid, strlen(pid)) < 0)
		die(path);
	(void)close(fd);
}

/* Critical events: a connection that is refused, and a program. */
static void critical(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = "/nowhere" };
	int s = socket(AF_UNIX, SOCK_STREAM, 0);
	pid_t pid;

	if (s < 0 || connect(s, (struct sockaddr *)&to, sizeof(to)) == 0)
		die("connect");
	(void)close(s);
	pid = fork();
	if (pid == 0) {
		(void)execl("/bin/true", "true", (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		die("fork");
}

static void flood(const char *cgroup, long reads)
{
	char byte;
	int fd;

	enter(cgroup);
	fd = open("/dev/zero", O_RDONLY);
	for (long i = 0; i < reads; i++) {
		if (read(fd, &byte, 1) != 1)
			die("read");
		if (i % (reads / 8) == 0)
			critical();
	}
	_exit(0);
}

static void gentle(const char *cgroup, long rounds)
{
	enter(cgroup);
	for (long i = 0; i < rounds; i++) {
		int fd = open("/etc/passwd", O_RDONLY);

		if (fd < 0)
			die("open");
		(void)close(fd);
		critical();
		(void)usleep(20000);
	}
	_exit(0);
}

static uint64_t cgroup_id(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		die(path);
	return st.st_ino; /* the kernfs id, on 64-bit machines */
}

static const char *class_of(const struct sr_type *t)
{
	return sr_type_critical(t)						 ? "CRITICAL"
	       : t->category == SR_CAT_IO_READ || t->category == SR_CAT_IO_WRITE ? "DATA"
										 : "OTHER";
}

static void print_counts(struct flood_bpf *f)
{
	int ncpu = libbpf_num_possible_cpus();
	uint64_t *v = calloc((size_t)ncpu, sizeof(*v));

	for (uint32_t key = 0; v && key < 2 * NR_MAX; key++) {
		const struct sr_type *t = sr_type_by_nr(SR_ARCH_X86_64, key % NR_MAX);
		uint64_t sum = 0;

		if (bpf_map_lookup_elem(bpf_map__fd(f->maps.counts), &key, v))
			die("counts");
		for (int i = 0; i < ncpu; i++)
			sum += v[i];
		if (sum)
			printf("%u %s %s %llu\n", key / NR_MAX, t ? t->name : "?",
			       t ? class_of(t) : "OTHER", (unsigned long long)sum);
	}
	free(v);
}

int main(int argc, char **argv)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct flood_bpf *f;
	int st, bad = 0;

	if (argc != 5)
		return fprintf(stderr, "usage: flood GENTLE FLOODED READS ROUNDS\n"), 2;
	f = flood_bpf__open_and_load();
	if (!f)
		die("cannot load the counter");
	f->bss->cgroups[0] = cgroup_id(argv[1]);
	f->bss->cgroups[1] = cgroup_id(argv[2]);
	if (flood_bpf__attach(f))
		die("cannot attach the counter");
	for (long i = 0; i <= cpus; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (pid == 0 && i == cpus)
			gentle(argv[1], atol(argv[4]));
		if (pid == 0)
			flood(argv[2], atol(argv[3]));
	}
	while (wait(&st) > 0)
		bad |= st;
	flood_bpf__detach(f);
	print_counts(f);
	flood_bpf__destroy(f);
	return bad ? 2 : 0;
}
