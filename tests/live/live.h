/* SPDX-License-Identifier: Apache-2.0 */
/* For programs that are recorded: they make system calls and print the lines that sysreel must
 * show for them (the field evt.call), in this order. A '*' in a line stands for anything. */
#ifndef LIVE_H
#define LIVE_H

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* Lines are kept until live_end(), so that printing does not mix with what is tested. */
static char live_text[1 << 16];
static size_t live_len;

__attribute__((format(printf, 1, 2))) static inline void expect(const char *fmt, ...)
{
	int saved = errno, n;
	va_list ap;

	va_start(ap, fmt);
	n = vsnprintf(live_text + live_len, sizeof(live_text) - live_len - 1, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(live_text) - live_len - 1)
		abort();
	live_len += (size_t)n;
	live_text[live_len++] = '\n';
	errno = saved;
}

/* A result as sysreel shows it, from what syscall(2) returned: "3" or "-1 ENOENT". Good for
 * as many calls in one expression as there are buffers. */
static inline const char *ret(long r)
{
	static char buf[4][40];
	static unsigned int next;
	char *p = buf[next++ % 4];

	if (r == -1)
		snprintf(p, sizeof(buf[0]), "-1 %s", strerrorname_np(errno));
	else
		snprintf(p, sizeof(buf[0]), "%ld", r);
	return p;
}

/* What must work for the test to mean anything. */
#define MUST(x)                                                                    \
	do {                                                                       \
		if (!(x)) {                                                        \
			fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #x, \
				strerror(errno));                                  \
			exit(99);                                                  \
		}                                                                  \
	} while (0)

/* NAME in the current folder, as an absolute path; lives until the program ends. */
static inline char *here(const char *name)
{
	char cwd[PATH_MAX], *p;

	MUST(getcwd(cwd, sizeof(cwd)));
	MUST(asprintf(&p, "%s/%s", cwd, name) > 0);
	return p;
}

/* Until the thread @tid waits in the call @nr. */
static inline void until_in_call(pid_t tid, long nr)
{
	char path[64], text[32];

	snprintf(path, sizeof(path), "/proc/%d/syscall", tid);
	for (long now = -1; now != nr; usleep(1000)) {
		int fd = open(path, O_RDONLY);
		ssize_t n;

		MUST(fd >= 0);
		n = read(fd, text, sizeof(text) - 1);
		MUST(n > 0);
		text[n] = '\0';
		now = text[0] == 'r' ? -1 : strtol(text, NULL, 10); /* "running" */
		close(fd);
	}
}

static inline int live_end(void)
{
	size_t done = 0;

	while (done < live_len) {
		ssize_t n = write(1, live_text + done, live_len - done);

		if (n <= 0)
			return 99;
		done += (size_t)n;
	}
	return 0;
}

#endif /* LIVE_H */
