/* SPDX-License-Identifier: Apache-2.0 */
/* A runtime's socket for tests: answers GET requests on a unix socket from a
 * table, each connection on a thread of its own. */
#ifndef SR_TEST_FAKE_RUNTIME_H
#define SR_TEST_FAKE_RUNTIME_H

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define FAKE_HANG 0 /* status of a route that never answers */

struct fake_route {
	const char *path; /* "...*": all that begin so */
	int status;
	const char *body; /* NULL: pad bytes of spaces */
	size_t pad;
	int fail_first; /* so many times 503 before */
};

struct fake_runtime {
	char dir[64];		   /* a folder to be used for other files too */
	char socket[80];	   /* in it */
	struct fake_route *routes; /* path NULL ends */
	atomic_int requests, connections;
	int fd;
	pthread_t thread;
};

static void fake_send(int fd, const char *p, size_t len)
{
	while (len) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		p += n;
		len -= (size_t)n;
	}
}

static void fake_pad(int fd, size_t len)
{
	char block[4096];

	memset(block, ' ', sizeof(block));
	for (; len; len -= len < sizeof(block) ? len : sizeof(block))
		fake_send(fd, block, len < sizeof(block) ? len : sizeof(block));
}

static bool fake_is_route(const struct fake_route *r, const char *path)
{
	size_t n = strlen(r->path);

	return n && r->path[n - 1] == '*' ? strncmp(r->path, path, n - 1) == 0
					  : strcmp(r->path, path) == 0;
}

static void fake_answer(struct fake_runtime *f, int fd, const char *path)
{
	struct fake_route *r = f->routes;
	int status = 404;
	const char *body = "{\"message\":\"no such thing\"}";
	char head[128], wait;

	while (r->path && !fake_is_route(r, path))
		r++;
	if (r->path && r->fail_first-- > 0) {
		status = 503;
	} else if (r->path) {
		status = r->status;
		body = r->body;
	}
	if (status == FAKE_HANG) {
		while (recv(fd, &wait, 1, 0) > 0)
			continue; /* until the client gives up */
		return;
	}
	(void)snprintf(head, sizeof(head), "HTTP/1.1 %d x\r\nContent-Length: %zu\r\n\r\n", status,
		       body ? strlen(body) : r->pad);
	fake_send(fd, head, strlen(head));
	if (body)
		fake_send(fd, body, strlen(body));
	else
		fake_pad(fd, r->pad);
}

struct fake_connection {
	struct fake_runtime *f;
	int fd;
};

/* The requests of one connection; takes it. */
static void *fake_serve(void *arg)
{
	struct fake_connection c = *(struct fake_connection *)arg;
	char req[4096], path[1024], *end;
	size_t len = 0;
	ssize_t n;

	free(arg);
	while ((n = recv(c.fd, req + len, sizeof(req) - 1 - len, 0)) > 0) {
		len += (size_t)n;
		req[len] = '\0';
		end = strstr(req, "\r\n\r\n");
		if (!end)
			continue;
		atomic_fetch_add(&c.f->requests, 1);
		if (sscanf(req, "GET %1023s", path) == 1)
			fake_answer(c.f, c.fd, path);
		len = 0;
	}
	close(c.fd);
	atomic_fetch_sub(&c.f->connections, 1);
	return NULL;
}

static void *fake_thread(void *arg)
{
	struct fake_runtime *f = arg;
	int fd;

	while ((fd = accept4(f->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		struct fake_connection *c = malloc(sizeof(*c));
		pthread_t thread;

		if (!c)
			abort();
		*c = (struct fake_connection){ f, fd };
		atomic_fetch_add(&f->connections, 1);
		if (pthread_create(&thread, NULL, fake_serve, c) != 0)
			abort();
		pthread_detach(thread);
	}
	return NULL;
}

static inline bool fake_start(struct fake_runtime *f, struct fake_route *routes)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	f->routes = routes;
	atomic_store(&f->requests, 0);
	atomic_store(&f->connections, 0);
	(void)snprintf(f->socket, sizeof(f->socket), "%s/docker.sock", f->dir);
	(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", f->socket);
	f->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return f->fd >= 0 && bind(f->fd, (struct sockaddr *)&addr, sizeof(addr)) == 0 &&
	       listen(f->fd, 8) == 0 && pthread_create(&f->thread, NULL, fake_thread, f) == 0;
}

/* The client must be gone, or this waits for it for ever. */
static inline void fake_stop(struct fake_runtime *f)
{
	shutdown(f->fd, SHUT_RDWR);
	pthread_join(f->thread, NULL);
	while (atomic_load(&f->connections))
		usleep(1000);
	close(f->fd);
	unlink(f->socket);
}

/* Writes a file below the folder, with the folders above it. */
static inline bool fake_file(const struct fake_runtime *f, const char *name, const char *text)
{
	char path[1024];
	FILE *out;

	(void)snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	for (char *p = strchr(path + strlen(f->dir) + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		(void)mkdir(path, 0700);
		*p = '/';
	}
	if (!*text && path[strlen(path) - 1] == '/')
		return true; /* only the folder */
	out = fopen(path, "we");
	if (!out)
		return false;
	(void)fputs(text, out);
	return fclose(out) == 0;
}

static inline bool fake_folder(struct fake_runtime *f)
{
	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/sr-fake.XXXXXX");
	return mkdtemp(f->dir) != NULL;
}

static inline void fake_remove(struct fake_runtime *f)
{
	char cmd[128];

	(void)snprintf(cmd, sizeof(cmd), "rm -rf '%s'", f->dir);
	if (system(cmd) != 0)
		perror(cmd);
}

#endif /* SR_TEST_FAKE_RUNTIME_H */
