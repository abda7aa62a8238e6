/* SPDX-License-Identifier: Apache-2.0 */
/* io_uring by liburing: files, sockets, requests that fail, that wait, that are linked; results
 * that come later, from workers, and from the kernel's own submitting thread.
 *
 * uring.sh runs it with a word: what it does then ends in other ways than by a completion each, and
 * the requests are known by their names. */
#include "tests/live/live.h"

#include <liburing.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

static struct io_uring ring;
static uint64_t next_id = 0x100;

static struct io_uring_sqe *request(void)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	MUST(sqe);
	return sqe;
}

static void name(struct io_uring_sqe *sqe)
{
	io_uring_sqe_set_data64(sqe, ++next_id);
}

static int result(void)
{
	struct io_uring_cqe *cqe;
	int res;

	MUST(io_uring_wait_cqe(&ring, &cqe) == 0);
	res = cqe->res;
	io_uring_cqe_seen(&ring, cqe);
	return res;
}

/* Where a thread of the kernel submits, the number is what it has not taken yet: 0 or 1. */
static int run(struct io_uring_sqe *sqe)
{
	int n;

	name(sqe);
	n = io_uring_submit(&ring);
	MUST(n == 1 || (n == 0 && ring.flags & IORING_SETUP_SQPOLL));
	return result();
}

#define TAIL "user_data=0x%llx, sqe_flags=0)"
#define ID   (unsigned long long)next_id

/* @iov: what is known of the vector when a request completes in another task. */
static void files(const char *iov_text)
{
	char *path = here("file"), *other = here("other"), buf[64] = "written by a ring", in[64];
	struct iovec iov[2] = { { in, 8 }, { in + 8, 32 } };
	struct io_uring_sqe *sqe = request();
	struct statx stx;
	int fd, n;

	io_uring_prep_openat(sqe, AT_FDCWD, path, O_RDWR | O_CREAT, 0640);
	fd = run(sqe);
	MUST(fd >= 0);
	expect("io_uring_openat(dirfd=AT_FDCWD, path=\"%s\", flags=O_RDWR|O_CREAT, mode=0640, " TAIL
	       " = %d<%s>",
	       path, ID, fd, path);
	sqe = request();
	io_uring_prep_write(sqe, fd, buf, 17, 0);
	n = run(sqe);
	expect("io_uring_write(fd=%d<%s>, buf=\"written by a ring\", count=17, offset=0, flags=0x0, " TAIL
	       " = %d",
	       fd, path, ID, n);
	sqe = request();
	io_uring_prep_readv(sqe, fd, iov, 2, 0);
	n = run(sqe);
	expect("io_uring_readv(fd=%d<%s>, iov=%s, iovcnt=2, offset=0, flags=0x0, " TAIL " = %d", fd,
	       path, iov_text, ID, n);
	sqe = request();
	io_uring_prep_read(sqe, fd, in, sizeof(in), 8);
	n = run(sqe);
	expect("io_uring_read(fd=%d<%s>, buf=\"by a ring\", count=64, offset=8, flags=0x0, " TAIL
	       " = %d",
	       fd, path, ID, n);
	sqe = request();
	io_uring_prep_fsync(sqe, fd, 0);
	n = run(sqe);
	expect("io_uring_fsync(fd=%d<%s>, flags=0x0, " TAIL " = %d", fd, path, ID, n);
	sqe = request();
	io_uring_prep_statx(sqe, AT_FDCWD, path, 0, STATX_SIZE, &stx);
	n = run(sqe);
	expect("io_uring_statx(dirfd=AT_FDCWD, path=\"%s\", flags=0, mask=STATX_SIZE, "
	       "statxbuf={*stx_size=17*}, " TAIL " = %d",
	       path, ID, n);
	sqe = request();
	io_uring_prep_renameat(sqe, AT_FDCWD, path, AT_FDCWD, other, 0);
	n = run(sqe);
	expect("io_uring_renameat(olddirfd=AT_FDCWD, oldpath=\"%s\", newdirfd=AT_FDCWD, "
	       "newpath=\"%s\", flags=0, " TAIL " = %d",
	       path, other, ID, n);
	sqe = request();
	io_uring_prep_close(sqe, fd);
	n = run(sqe);
	expect("io_uring_close(fd=%d<%s>, file_index=0, " TAIL " = %d", fd, other, ID, n);
	sqe = request();
	io_uring_prep_unlinkat(sqe, AT_FDCWD, other, 0);
	n = run(sqe);
	expect("io_uring_unlinkat(dirfd=AT_FDCWD, path=\"%s\", flags=0, " TAIL " = %d", other, ID,
	       n);
	sqe = request();
	io_uring_prep_openat(sqe, AT_FDCWD, "/nowhere/file", O_RDONLY, 0);
	run(sqe);
	expect("io_uring_openat(dirfd=AT_FDCWD, path=\"/nowhere/file\", flags=O_RDONLY, mode=0, " TAIL
	       " = -1 ENOENT",
	       ID);
}

/* The path is overwritten as soon as it is submitted: a worker opens what it was. */
static void workers(void)
{
	char path[] = "/etc/hostname-of-nobody";
	struct io_uring_sqe *sqe = request();
	int fds[2];
	char c = 0;

	io_uring_prep_openat(sqe, AT_FDCWD, path, O_RDONLY, 0);
	io_uring_sqe_set_flags(sqe, IOSQE_ASYNC);
	name(sqe);
	MUST(io_uring_submit(&ring) == 1);
	memset(path, 'x', sizeof(path) - 1);
	MUST(result() == -ENOENT);
	expect("io_uring_openat(dirfd=AT_FDCWD, path=\"/etc/hostname-of-nobody\", *, "
	       "user_data=0x%llx, sqe_flags=IOSQE_ASYNC) = -1 ENOENT",
	       ID);

	/* a read that waits until something else is written */
	MUST(pipe(fds) == 0);
	sqe = request();
	io_uring_prep_read(sqe, fds[0], &c, 1, 0);
	name(sqe);
	MUST(io_uring_submit(&ring) == 1);
	usleep(20000);
	MUST(write(fds[1], "z", 1) == 1);
	MUST(result() == 1 && c == 'z');
	expect("write(%d<pipe:*>, \"z\", 1) = 1", fds[1]);
	expect("io_uring_read(fd=%d<pipe:*>, buf=\"z\", count=1, *, " TAIL " = 1", fds[0], ID);
	close(fds[0]);
	close(fds[1]);
}

static void sockets(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in peer;
	struct io_uring_sqe *sqe;
	socklen_t len = sizeof(in), peer_len = sizeof(peer);
	struct iovec iov = { "message", 7 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	int server = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
	int port, from, n;
	char buf[32];

	MUST(server >= 0 && client >= 0 && bind(server, (void *)&in, sizeof(in)) == 0);
	MUST(listen(server, 1) == 0 && getsockname(server, (void *)&in, &len) == 0);
	port = ntohs(in.sin_port);
	sqe = request();
	io_uring_prep_connect(sqe, client, (void *)&in, sizeof(in));
	MUST(run(sqe) == 0);
	MUST(getsockname(client, (void *)&peer, &peer_len) == 0);
	from = ntohs(peer.sin_port);
	expect("io_uring_connect(fd=%d<*127.0.0.1:%d*127.0.0.1:%d*>, addr=*127.0.0.1*%d*, "
	       "addrlen=16, " TAIL " = 0",
	       client, from, port, port, ID);
	peer_len = sizeof(peer);
	sqe = request();
	io_uring_prep_accept(sqe, server, (void *)&peer, &peer_len, SOCK_CLOEXEC);
	n = run(sqe);
	MUST(n >= 0);
	expect("io_uring_accept(fd=%d<*127.0.0.1:%d*>, addr=*127.0.0.1*%d*, addrlen=*, "
	       "flags=SOCK_CLOEXEC, " TAIL " = %d<*127.0.0.1:%d*127.0.0.1:%d*>",
	       server, port, from, ID, n, from, port);
	sqe = request();
	io_uring_prep_sendmsg(sqe, client, &msg, 0);
	MUST(run(sqe) == 7);
	expect("io_uring_sendmsg(fd=%d<*>, msg=*\"message\"*, flags=0, " TAIL " = 7", client, ID);
	sqe = request();
	io_uring_prep_recv(sqe, n, buf, sizeof(buf), 0);
	MUST(run(sqe) == 7);
	expect("io_uring_recv(fd=%d<*127.0.0.1:%d*>, buf=\"message\", size=32, flags=0, " TAIL
	       " = 7",
	       n, from, ID);
	sqe = request();
	io_uring_prep_shutdown(sqe, n, SHUT_RDWR);
	MUST(run(sqe) == 0);
	expect("io_uring_shutdown(fd=%d<*>, how=SHUT_RDWR, " TAIL " = 0", n, ID);
	close(n);
	close(client);
	close(server);
}

/* One request, many results. */
static void again(void)
{
	struct io_uring_sqe *sqe = request();
	unsigned long long polled;
	int fds[2];

	MUST(pipe(fds) == 0);
	io_uring_prep_poll_multishot(sqe, fds[0], POLLIN);
	name(sqe);
	MUST(io_uring_submit(&ring) == 1);
	for (int i = 0; i < 2; i++) {
		char c;

		MUST(write(fds[1], "p", 1) == 1 && result() == POLLIN && read(fds[0], &c, 1) == 1);
		expect("io_uring_poll_add(fd=%d<pipe:*>, events=POLLIN, " TAIL " = 1", fds[0], ID);
	}
	sqe = request();
	io_uring_prep_poll_remove(sqe, next_id);
	polled = next_id;
	name(sqe);
	MUST(io_uring_submit(&ring) == 1);
	MUST(result() + result() == -ECANCELED); /* of both, in any order */
	expect("io_uring_poll_remove(target=0x%llx, " TAIL " = 0", polled, ID);
	close(fds[0]);
	close(fds[1]);
	sqe = request();
	io_uring_prep_nop(sqe);
	MUST(run(sqe) == 0);
	expect("io_uring_nop(" TAIL " = 0", ID);
}

static void timeouts(void)
{
	struct __kernel_timespec ts = { .tv_nsec = 5000000 };
	struct io_uring_sqe *sqe = request();

	io_uring_prep_timeout(sqe, &ts, 0, 0);
	MUST(run(sqe) == -ETIME);
	expect("io_uring_timeout(timeout={0.005000000}, count=0, flags=0x0, " TAIL " = -1 ETIME",
	       ID);
	sqe = request();
	io_uring_prep_cancel64(sqe, 0x9999, 0);
	MUST(run(sqe) == -ENOENT);
	expect("io_uring_async_cancel(target=0x9999, flags=0x0, " TAIL " = -1 ENOENT", ID);
}

/* Files that the ring holds, which have no descriptor. */
static void registered(void)
{
	int fd = open("/etc/passwd", O_RDONLY);
	struct io_uring_sqe *sqe = request();
	char buf[8];

	MUST(fd >= 0 && io_uring_register_files(&ring, &fd, 1) == 0);
	close(fd);
	io_uring_prep_read(sqe, 0, buf, sizeof(buf), 0);
	io_uring_sqe_set_flags(sqe, IOSQE_FIXED_FILE);
	MUST(run(sqe) == 8);
	expect("io_uring_read(fd=0</etc/passwd>, buf=\"%.8s\", *, user_data=0x%llx, "
	       "sqe_flags=IOSQE_FIXED_FILE) = 8",
	       buf, ID);
	MUST(io_uring_unregister_files(&ring) == 0);
}

/* ---- for uring.sh ---- */

/* One of the name @id, not submitted yet. */
static struct io_uring_sqe *named(uint64_t id, unsigned int flags)
{
	struct io_uring_sqe *sqe = request();

	io_uring_prep_nop(sqe);
	io_uring_sqe_set_data64(sqe, id);
	io_uring_sqe_set_flags(sqe, flags);
	return sqe;
}

/* Like liburing's own, which forget the name and the flags. */
#define PREPARE(sqe, what, ...)                           \
	do {                                              \
		uint64_t id_ = (sqe)->user_data;          \
		unsigned int flags_ = (sqe)->flags;       \
                                                          \
		io_uring_prep_##what(sqe, ##__VA_ARGS__); \
		io_uring_sqe_set_data64(sqe, id_);        \
		io_uring_sqe_set_flags(sqe, flags_);      \
	} while (0)

static void submit(int n)
{
	MUST(io_uring_submit(&ring) == n);
}

/* Successes that are not told. */
static void silent(void)
{
	int fd = open("silent", O_RDWR | O_CREAT, 0600);
	struct io_uring_sqe *sqe;

	MUST(fd >= 0);
	for (int i = 0; i < 4; i++) {
		named(0x501 + i, IOSQE_CQE_SKIP_SUCCESS);
		submit(1);
	}
	sqe = named(0x505, IOSQE_CQE_SKIP_SUCCESS);
	PREPARE(sqe, write, fd, "not told", 8, 0);
	submit(1);
	/* a failure is told */
	sqe = named(0x506, IOSQE_CQE_SKIP_SUCCESS);
	PREPARE(sqe, openat, AT_FDCWD, "/nowhere/file", O_RDONLY, 0);
	submit(1);
	MUST(result() == -ENOENT);
	/* but not what becomes of the rest of its chain */
	sqe = named(0x507, IOSQE_CQE_SKIP_SUCCESS | IOSQE_IO_LINK);
	PREPARE(sqe, openat, AT_FDCWD, "/nowhere/file", O_RDONLY, 0);
	named(0x508, 0);
	submit(2);
	MUST(result() == -ENOENT);
	named(0x509, 0);
	submit(1);
	MUST(result() == 0);
	/* its structure is used for one that is not let in */
	named(0x50a, IOSQE_CQE_SKIP_SUCCESS);
	submit(1);
	named(0x50a, 0)->opcode = 255;
	submit(1);
	MUST(result() == -EINVAL);
	close(fd);
}

/* Ended by a time that is linked to it, by another request, and with the ring. */
static void cancelled(void)
{
	struct __kernel_timespec ts = { .tv_nsec = 1000000 };
	struct io_uring_sqe *sqe = named(0x511, IOSQE_IO_LINK);
	static char buf[3];
	int fds[2];

	MUST(pipe(fds) == 0);
	PREPARE(sqe, read, fds[0], buf, 1, 0);
	sqe = named(0x512, 0);
	PREPARE(sqe, link_timeout, &ts, 0);
	submit(2);
	result();
	result();
	sqe = named(0x513, 0);
	PREPARE(sqe, read, fds[0], buf + 1, 1, 0);
	submit(1);
	sqe = named(0x514, 0);
	PREPARE(sqe, cancel64, 0x513, 0);
	submit(1);
	result();
	result();
	sqe = named(0x515, 0);
	PREPARE(sqe, poll_multishot, fds[0], POLLIN);
	sqe = named(0x516, 0);
	PREPARE(sqe, timeout, &(struct __kernel_timespec){ .tv_sec = 1000 }, 0, 0);
	submit(2);
	for (int i = 0; i < 2; i++) {
		char c;

		MUST(write(fds[1], "p", 1) == 1 && result() == POLLIN && read(fds[0], &c, 1) == 1);
	}
	close(fds[0]); /* the other end stays: else the poll would tell of that, too */
}

/* More completions than there is room for: with names of their own, and without. */
static void too_many(void)
{
	struct io_uring small;

	MUST(io_uring_queue_init(2, &small, 0) == 0);
	for (int i = 0; i < 16; i += 2) {
		for (int k = i; k < i + 2; k++) {
			struct io_uring_sqe *sqe = io_uring_get_sqe(&small);

			MUST(sqe);
			io_uring_prep_nop(sqe);
			io_uring_sqe_set_data64(sqe, k < 8 ? 0x521 + k : 0x530);
		}
		MUST(io_uring_submit(&small) == 2);
	}
	io_uring_queue_exit(&small);
}

/* The buffer is the kernel's for longer than the request lasts. */
static void zero_copy(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), to = socket(AF_INET, SOCK_DGRAM, 0);
	struct io_uring_sqe *sqe = named(0x541, 0);
	static char buf[64];
	socklen_t len = sizeof(in);

	MUST(fd >= 0 && to >= 0 && bind(to, (void *)&in, sizeof(in)) == 0);
	MUST(getsockname(to, (void *)&in, &len) == 0 && connect(fd, (void *)&in, len) == 0);
	PREPARE(sqe, send_zc, fd, buf, sizeof(buf), 0, 0);
	submit(1);
	MUST(result() == sizeof(buf));
	result(); /* that the buffer may be used again */
	close(fd);
	close(to);
}

/* What has not ended. The last one has. */
static void under_way(void)
{
	static struct __kernel_timespec ts = { .tv_sec = 1000 };
	struct io_uring_sqe *sqe = named(0x551, 0);
	static char buf[3];
	int fds[2], poll[2];
	char c;

	MUST(pipe(fds) == 0 && pipe(poll) == 0);
	PREPARE(sqe, read, fds[0], buf, 1, 0);
	sqe = named(0x552, 0);
	PREPARE(sqe, timeout, &ts, 0, 0);
	sqe = named(0x553, 0);
	PREPARE(sqe, poll_multishot, poll[0], POLLIN);
	sqe = named(0x554, IOSQE_CQE_SKIP_SUCCESS);
	PREPARE(sqe, read, fds[0], buf + 1, 1, 0);
	named(0x555, IOSQE_CQE_SKIP_SUCCESS);
	submit(5);
	MUST(write(poll[1], "p", 1) == 1 && result() == POLLIN && read(poll[0], &c, 1) == 1);
	named(0x556, 0);
	submit(1);
	MUST(result() == 0);
}

/* Requests one after the other, each under way for a while, for ever. */
static void rapid(void)
{
	struct io_uring_sqe *sqe;
	int fds[2];
	char c;

	MUST(pipe(fds) == 0);
	for (uint64_t i = 1;; i++) {
		sqe = named(i, 0);
		PREPARE(sqe, read, fds[0], &c, 1, 0);
		submit(1);
		MUST(write(fds[1], "r", 1) == 1 && result() == 1);
	}
}

static void make(const char *file)
{
	int fd = open(file, O_WRONLY | O_CREAT, 0600);

	MUST(fd >= 0);
	close(fd);
}

static int by_word(const char *word)
{
	MUST(io_uring_queue_init(16, &ring, 0) == 0);
	if (!strcmp(word, "rapid")) {
		make("ready");
		rapid();
	}
	if (!strcmp(word, "under_way")) {
		make("ready");
		while (access("go", F_OK))
			usleep(10000);
		under_way();
		make("done");
		for (;;)
			pause();
	}
	silent();
	zero_copy();
	too_many();
	cancelled();
	io_uring_queue_exit(&ring);
	return 0;
}

int main(int argc, char **argv)
{
	int rc;

	if (argc > 1)
		return by_word(argv[1]);
	rc = io_uring_queue_init(8, &ring, 0);
	if (rc == -ENOSYS || rc == -EPERM) { /* not in this kernel */
		expect("io_uring_setup(8, *) = -1 %s", rc == -EPERM ? "EPERM" : "ENOSYS");
		return live_end();
	}
	MUST(rc == 0);
	files("*"); /* a worker reads for some file systems: then it is not known */
	workers();
	sockets();
	again();
	timeouts();
	registered();
	io_uring_queue_exit(&ring);

	/* a thread of the kernel submits; what it does is this program's doing */
	MUST(io_uring_queue_init(8, &ring, IORING_SETUP_SQPOLL) == 0);
	files("0x* (unknown)");
	io_uring_queue_exit(&ring);
	return live_end();
}
