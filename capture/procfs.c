/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static ssize_t read_file(const char *root, pid_t pid, const char *name, char *buf, size_t cap)
{
	char path[512];
	size_t len = 0;
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%d/%s", root, (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	while (len < cap && (n = read(fd, buf + len, cap - len)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			n = -errno;
			(void)close(fd);
			return n;
		}
		len += (size_t)n;
	}
	(void)close(fd); /* only read from */
	return (ssize_t)len;
}

/* Field 22 of stat, in clock ticks since boot; the name before it may hold anything. */
static int start_ticks(const char *root, pid_t pid, uint64_t *out)
{
	char stat[2048], *p;
	ssize_t n = read_file(root, pid, "stat", stat, sizeof(stat) - 1);

	if (n < 0)
		return (int)n;
	stat[n] = '\0';
	p = strrchr(stat, ')');
	for (int field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	if (!p)
		return -EBADMSG;
	*out = strtoull(p + 1, NULL, 10);
	return 0;
}

ssize_t sr_procfs_cmdline(const char *proc_root, pid_t pid, uint64_t start, char *buf, size_t cap)
{
	uint64_t ticks = 0, hz = (uint64_t)sysconf(_SC_CLK_TCK);
	ssize_t n = read_file(proc_root, pid, "cmdline", buf, cap);
	int rc;

	if (n < 0)
		return n;
	rc = start_ticks(proc_root, pid, &ticks); /* after: the pid is still the same process */
	if (rc < 0)
		return rc;
	return ticks == start / (1000000000u / hz) ? n : -ESRCH;
}
