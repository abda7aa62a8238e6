/* SPDX-License-Identifier: Apache-2.0 */
/* buffers WAY COMMAND...: runs the command in a cgroup of its own while one program on sys_exit
 * sends a record of 64 bytes per call by WAY, and this process, on CPU 0, takes them: all that
 * there are, every 5 ms (or, for ring_waking, as they come). Tells on standard error how many came
 * and how many were lost. */
#include "tests/bench/buffers.skel.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CGROUP	"/sysreel-bench-buffers"
#define RECORDS (8u << 20) / 64
#define RING	(8u << 20)

struct log {
	uint64_t head, tail, pad[6];
	uint64_t records[RECORDS][8];
};

static uint64_t taken, sum;

static void die(const char *what)
{
	(void)fprintf(stderr, "buffers: %s: %s\n", what, strerror(errno));
	exit(2);
}

static int take(void *ctx, void *data, size_t len)
{
	(void)ctx, (void)len;
	sum += *(uint64_t *)data; /* read it, as a recorder would */
	taken++;
	return 0;
}

static void take_logs(struct log *logs, int ncpu)
{
	for (int i = 0; i < ncpu; i++) {
		uint64_t head = __atomic_load_n(&logs[i].head, __ATOMIC_ACQUIRE);

		for (uint64_t t = logs[i].tail; t < head; t++)
			(void)take(NULL, logs[i].records[t % RECORDS], 64);
		__atomic_store_n(&logs[i].tail, head, __ATOMIC_RELEASE);
	}
}

/* The folder of a cgroup of our own in cgroup v2. */
static void make_cgroup(char *dir, size_t size)
{
	FILE *f = fopen("/proc/mounts", "re");
	char line[1024], where[512] = "", type[64] = "";

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%*s %511s %63s", where, type) == 2 &&
		    strcmp(type, "cgroup2") == 0)
			break;
	if (f)
		(void)fclose(f);
	if (strcmp(type, "cgroup2") != 0)
		die("no cgroup v2");
	(void)snprintf(dir, size, "%s" CGROUP, where);
	if (mkdir(dir, 0755) && errno != EEXIST)
		die(dir);
}

static pid_t start(const char *dir, char **argv)
{
	char path[600];
	pid_t pid = fork();
	FILE *f;

	if (pid)
		return pid;
	(void)snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	f = fopen(path, "we");
	if (!f || fprintf(f, "%d", (int)getpid()) < 0 || fclose(f))
		die(path);
	(void)execvp(argv[0], argv);
	_exit(127);
}

static struct bpf_program *find(struct buffers_bpf *b, const char *way)
{
	struct bpf_program *p = bpf_object__find_program_by_name(b->obj, way);

	if (!p)
		die(way);
	(void)bpf_program__set_autoload(p, true);
	return p;
}

int main(int argc, char **argv)
{
	int ncpu = libbpf_num_possible_cpus(), st = 0;
	struct ring_buffer *rings = NULL;
	struct buffers_bpf *b;
	cpu_set_t first;
	struct stat dir_st;
	struct log *logs;
	char dir[576];
	bool waking;
	pid_t pid;

	if (argc < 3)
		return fprintf(stderr, "usage: buffers WAY COMMAND...\n"), 2;
	waking = strcmp(argv[1], "ring_waking") == 0;
	make_cgroup(dir, sizeof(dir));
	b = buffers_bpf__open();
	if (!b || stat(dir, &dir_st))
		die("cannot begin");
	b->bss->cgroup = dir_st.st_ino;
	(void)find(b, argv[1]);
	(void)bpf_map__set_max_entries(b->maps.logs, (uint32_t)ncpu);
	if (buffers_bpf__load(b))
		die("cannot load");
	rings = ring_buffer__new(bpf_map__fd(b->maps.shared), take, NULL, NULL);
	for (int i = 0; i < ncpu; i++) {
		int fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "ring", 0, 0, RING, NULL);

		if (!rings || fd < 0 || ring_buffer__add(rings, fd, take, NULL) ||
		    bpf_map_update_elem(bpf_map__fd(b->maps.rings), &i, &fd, 0))
			die("rings");
	}
	logs = mmap(NULL, (size_t)ncpu * sizeof(*logs), PROT_READ | PROT_WRITE, MAP_SHARED,
		    bpf_map__fd(b->maps.logs), 0);
	if (logs == MAP_FAILED || buffers_bpf__attach(b))
		die("cannot attach");
	pid = start(dir, argv + 2);
	CPU_ZERO(&first);
	CPU_SET(0, &first);
	(void)sched_setaffinity(0, sizeof(first), &first);
	while (waitpid(pid, &st, WNOHANG) == 0) {
		if (waking)
			(void)ring_buffer__poll(rings, 5);
		else
			(void)usleep(5000);
		(void)ring_buffer__consume(rings);
		take_logs(logs, ncpu);
	}
	(void)ring_buffer__consume(rings);
	take_logs(logs, ncpu);
	(void)fprintf(stderr, "%s: %llu taken, %llu lost\n", argv[1], (unsigned long long)taken,
		      (unsigned long long)b->bss->lost);
	buffers_bpf__destroy(b);
	(void)rmdir(dir); /* its process is gone */
	return WIFEXITED(st) ? WEXITSTATUS(st) : 1;
}
