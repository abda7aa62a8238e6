/* SPDX-License-Identifier: Apache-2.0 */
/* Calls, arguments and files as text and as JSON. Structures are filled through the headers
 * of the system, so that the offsets of the tables are checked against them. */
#include "formats/args.h"
#include "formats/builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cjson/cJSON.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/utsname.h>

static struct sr_builder *builder;
static struct sr_buf out;
static const struct sr_args_opts opts = { .max_str = 32 };

/* Files that the events refer to. */
static struct sr_file_def passwd = { .f = { .kind = SR_FILE_REG }, .path = { "/etc/passwd", 11 } };
static struct sr_file_def tcp = {
	.f = { .kind = SR_FILE_SOCK_INET,
	       .flags = SR_FILE_CONNECTED,
	       .l4proto = 6,
	       .sock_type = 1,
	       .family = 2,
	       .lport = 43210,
	       .rport = 4444,
	       .laddr = { 127, 0, 0, 1 },
	       .raddr = { 127, 0, 0, 1 } },
};

/* clang-format off */
#define NUM(v)       { .val = (uint64_t)(v) }
#define FD(v, def)   { .val = (uint64_t)(v), .file = &(def) }
#define STR(s)       { .val = 0x7f01, .data = s, .len = sizeof(s) - 1, .truelen = sizeof(s) - 1 }
#define MEM(v)       { .val = 0x7f02, .data = &(v), .len = sizeof(v), .truelen = sizeof(v) }
#define CUT(s, n)    { .val = 0x7f03, .status = SR_TRUNC, .data = s, .len = sizeof(s) - 1, \
		       .truelen = n }
#define ABSENT(v, w) { .val = (v), .status = (w) }
/* clang-format on */

static struct sr_block *build(const struct sr_event_in *ev)
{
	sr_builder_reset(builder);
	passwd.epoch = tcp.epoch = 0;
	assert_int_equal(sr_builder_add(builder, ev), 0);
	return sr_builder_block(builder);
}

static struct sr_event_in event(const char *name, int64_t ret, const struct sr_arg *args, size_t n)
{
	struct sr_event_in ev = { .ret = ret, .name = name, .nargs = (uint8_t)n };

	ev.type = sr_type_by_name(name, strlen(name));
	assert_true(n <= SR_MAX_ARGS);
	memcpy(ev.args, args, n * sizeof(*args));
	return ev;
}

static const char *call_of(const struct sr_event_in *ev)
{
	out.len = 0;
	sr_call_text(build(ev), 0, &opts, &out);
	return sr_buf_cstr(&out);
}

#define ARGS(...)               \
	(const struct sr_arg[]) \
	{                       \
		__VA_ARGS__     \
	}
#define NARGS(...)	      (sizeof(ARGS(__VA_ARGS__)) / sizeof(struct sr_arg))
#define EVENT(name, ret, ...) event(name, ret, ARGS(__VA_ARGS__), NARGS(__VA_ARGS__))
#define assert_call(want, name, ret, ...)                               \
	do {                                                            \
		struct sr_event_in ev_ = EVENT(name, ret, __VA_ARGS__); \
		assert_string_equal(call_of(&ev_), want);               \
	} while (0)
#define assert_args_json(want, name, ret, ...)                          \
	do {                                                            \
		struct sr_event_in ev_ = EVENT(name, ret, __VA_ARGS__); \
		out.len = 0;                                            \
		sr_args_json(build(&ev_), 0, &out);                     \
		assert_string_equal(sr_buf_cstr(&out), want);           \
	} while (0)

/* ---- whole calls ---- */

static void calls_look_as_strace_prints_them(void **state)
{
	struct sr_event_in open =
		EVENT("openat", 3, NUM(AT_FDCWD), STR("/etc/passwd"), NUM(O_CLOEXEC), NUM(0xdead));

	(void)state;
	open.file = &passwd;
	assert_string_equal(call_of(&open), "openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY|O_CLOEXEC) "
					    "= 3</etc/passwd>");
	assert_call("read(3</etc/passwd>, \"root:x:0:0\"..., 4096) = 1024", "read", 1024,
		    FD(3, passwd), CUT("root:x:0:0", 1024), NUM(4096));
	assert_call("close(3</etc/passwd>) = 0", "close", 0, FD(3, passwd));
	assert_call("close(-1) = -1 EBADF", "close", -9, NUM(-1));
	assert_call("execve(\"/bin/ls\", [\"ls\", \"-l\"], [3 vars]) = 0", "execve", 0,
		    STR("/bin/ls"), STR("ls\0-l\0"), STR("A=1\0B=\0PATH=/bin\0"));
	assert_call("execve(\"/bin/ls\", [], [0 vars]) = 0", "execve", 0, STR("/bin/ls"), STR(""),
		    STR(""));
	assert_call("execve(\"/bin/ls\", [\"ls\", ...], [2+ vars]) = 0", "execve", 0,
		    STR("/bin/ls"), CUT("ls\0", 0), CUT("A=1\0B=", 0));
	assert_call("getpid() = 42", "getpid", 42, { 0 });
	assert_call("brk(NULL) = 0x55550000", "brk", 0x55550000, NUM(0));
	assert_call("setresuid(-1, 0, 4294967294) = 0", "setresuid", 0, NUM(0xffffffff), NUM(0),
		    NUM(0xfffffffe));
}

static void an_argument_that_the_kernel_ignores_is_left_out(void **state)
{
	(void)state;
	assert_call("openat(AT_FDCWD, \"/t\", O_WRONLY|O_CREAT|O_TRUNC, 0644) = -1 EACCES",
		    "openat", -13, NUM(AT_FDCWD), STR("/t"), NUM(O_WRONLY | O_CREAT | O_TRUNC),
		    NUM(0644));
	assert_call("openat(AT_FDCWD, \"/t\", O_RDWR|O_TMPFILE, 0600) = -1 EACCES", "openat", -13,
		    NUM(AT_FDCWD), STR("/t"), NUM(O_RDWR | O_TMPFILE), NUM(0600));
	assert_call("openat(AT_FDCWD, \"/t\", O_RDONLY|O_DIRECTORY) = -1 EACCES", "openat", -13,
		    NUM(AT_FDCWD), STR("/t"), NUM(O_DIRECTORY), NUM(0600));
	assert_call("futex(0x7f00, FUTEX_WAKE|FUTEX_PRIVATE_FLAG, 1) = 0", "futex", 0, NUM(0x7f00),
		    NUM(129), NUM(1), NUM(0), NUM(0), NUM(0));
	assert_args_json(
		"{\"fd\":{\"fd\":7},\"cmd\":{\"value\":3,\"text\":\"F_GETFL\"},\"arg\":null}",
		"fcntl", 2, NUM(7), NUM(F_GETFL), NUM(0x1234));
}

static void a_call_without_result_ends_in_a_question_mark(void **state)
{
	struct sr_event_in ev = EVENT("exit_group", 0, NUM(1));

	(void)state;
	ev.flags = SR_F_NORETURN;
	assert_string_equal(call_of(&ev), "exit_group(1) = ?");
	ev = EVENT("read", 0, FD(3, passwd), ABSENT(0x7f00, SR_NONE), NUM(10));
	ev.flags = SR_F_INFLIGHT;
	assert_string_equal(call_of(&ev), "read(3</etc/passwd>, 0x7f00, 10) = ? (in flight)");
	out.len = 0;
	sr_ret_text(build(&ev), 0, &out);
	assert_string_equal(sr_buf_cstr(&out), "?");
	ev.flags = SR_F_UNTOLD;
	assert_string_equal(call_of(&ev), "read(3</etc/passwd>, 0x7f00, 10) = ? (untold)");
}

static void events_beside_calls_name_their_arguments_and_have_no_result(void **state)
{
	struct sr_event_in ev = EVENT("signaldeliver", 0, NUM(11), NUM(1), NUM(0), NUM(0));

	(void)state;
	assert_string_equal(call_of(&ev),
			    "signaldeliver(sig=SIGSEGV, code=1, sender=0, sender_uid=0)");
	out.len = 0;
	sr_ret_text(build(&ev), 0, &out);
	assert_int_equal(out.len, 0);
	assert_call("newtask(tid=8, pid=7, flags=CLONE_VM|CLONE_THREAD)", "newtask", 0, NUM(8),
		    NUM(7), NUM(0x10100));
}

static void an_unknown_type_shows_raw_values(void **state)
{
	struct sr_event_in ev = { .name = "syscall_999", .ret = -38, .nargs = 3 };

	(void)state;
	ev.args[0].val = 1;
	ev.args[1].val = 0x20;
	assert_string_equal(call_of(&ev), "syscall_999(0x1, 0x20, 0x0) = -1 ENOSYS");
	out.len = 0;
	sr_args_json(build(&ev), 0, &out);
	assert_string_equal(sr_buf_cstr(&out),
			    "{\"arg0\":\"0x1\",\"arg1\":\"0x20\",\"arg2\":\"0x0\"}");
	out.len = 0;
	sr_args_text(build(&ev), 0, &opts, &out);
	assert_string_equal(sr_buf_cstr(&out), "arg0=0x1 arg1=0x20 arg2=0x0");
	ev.name = "\033[2J";
	assert_string_equal(call_of(&ev), "\\x1b[2J(0x1, 0x20, 0x0) = -1 ENOSYS");
}

/* ---- values ---- */

static void strings_are_escaped_and_cut(void **state)
{
	(void)state;
	assert_call("chdir(\"a\\n\\t\\r\\\"\\\\\\x00\\x1b\\xff\") = 0", "chdir", 0,
		    STR("a\n\t\r\"\\\0\033\xff"));
	assert_call("chdir(\"0123456789abcdef0123456789abcdef\"...) = 0", "chdir", 0,
		    STR("0123456789abcdef0123456789abcdef0"));
	assert_call("chdir(\"0123456789abcdef0123456789abcdef\") = 0", "chdir", 0,
		    STR("0123456789abcdef0123456789abcdef"));
	assert_call("chdir(\"\") = -1 ENOENT", "chdir", -2, STR(""));
	assert_call("write(1, \"\", 0) = 0", "write", 0, NUM(1), STR(""), NUM(0));
}

static void an_absent_value_is_its_address_and_the_reason(void **state)
{
	(void)state;
	assert_call("chdir(NULL) = -1 EFAULT", "chdir", -14, ABSENT(0, SR_NONE));
	assert_call("chdir(0x7ffd1000 (page fault)) = 0", "chdir", 0, ABSENT(0x7ffd1000, SR_FAULT));
	assert_call("chdir(0x7ffd1000 (left out)) = 0", "chdir", 0, ABSENT(0x7ffd1000, SR_NOROOM));
	assert_call("chdir(0x7ffd1000 (unknown)) = 0", "chdir", 0, ABSENT(0x7ffd1000, SR_UNKNOWN));
	assert_call("read(0, 0x7ffd1000, 8) = -1 EINTR", "read", -4, NUM(0),
		    ABSENT(0x7ffd1000, SR_NONE), NUM(8));
	assert_call("write(1, \"ab\"... (page fault), 8) = 8", "write", 8, NUM(1),
		    { .val = 1, .status = SR_FAULT, .data = "ab", .len = 2, .truelen = 8 }, NUM(8));
	assert_args_json("{\"path\":null}", "chdir", 0, ABSENT(0x7ffd1000, SR_FAULT));
}

static void flags_are_joined_and_the_rest_is_hex(void **state)
{
	(void)state;
	assert_call("mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0x0) = "
		    "0x7f00",
		    "mmap", 0x7f00, NUM(0), NUM(4096), NUM(3), NUM(0x22), NUM(-1), NUM(0));
	assert_call("mprotect(0x1000, 4096, PROT_NONE) = 0", "mprotect", 0, NUM(0x1000), NUM(4096),
		    NUM(0));
	assert_call("mprotect(0x1000, 4096, PROT_EXEC|0x100) = 0", "mprotect", 0, NUM(0x1000),
		    NUM(4096), NUM(0x104));
	assert_call("umount2(\"/m\", 0) = 0", "umount2", 0, STR("/m"), NUM(0));
	assert_call("unshare(CLONE_NEWNS|CLONE_NEWPID) = 0", "unshare", 0, NUM(0x20020000));
	/* an int extended by its sign */
	assert_call("unshare(0x80000000) = 0", "unshare", 0, NUM(0xffffffff80000000));
}

static void one_number_within_flags_has_one_name(void **state)
{
	(void)state;
	assert_call("socket(AF_INET, SOCK_RAW|SOCK_CLOEXEC, IPPROTO_TCP) = -1 EPERM", "socket", -1,
		    NUM(2), NUM(SOCK_RAW | SOCK_CLOEXEC), NUM(6));
	assert_call("socket(AF_NETLINK, SOCK_DGRAM, NETLINK_AUDIT) = -1 EPERM", "socket", -1,
		    NUM(16), NUM(2), NUM(9));
	assert_call("clone(SIGCHLD|CLONE_VM|CLONE_VFORK, NULL) = 7", "clone", 7, NUM(0x4111),
		    NUM(0), NUM(1), NUM(2), NUM(3));
	assert_call("fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0", "fcntl", 0, NUM(3), NUM(F_SETFL),
		    NUM(O_RDWR | O_NONBLOCK));
}

static void enums_without_a_name_are_numbers(void **state)
{
	(void)state;
	assert_call("fcntl(3, 777, 1) = 0", "fcntl", 0, NUM(3), NUM(777), NUM(1));
	assert_call("ioctl(3, 0x80011234, 0x7f00) = 0", "ioctl", 0, NUM(3), NUM(0x80011234),
		    NUM(0x7f00));
	assert_call("kill(-1, SIGRT_2) = 0", "kill", 0, NUM(-1), NUM(34));
	assert_call("kill(1, 0) = 0", "kill", 0, NUM(0x100000001), NUM(0));
	assert_call("kill(1, 99) = -1 EINVAL", "kill", -22, NUM(1), NUM(99));
}

static void modes_and_devices_have_their_usual_form(void **state)
{
	(void)state;
	assert_call("mknod(\"/d\", S_IFCHR|0666, 1:3) = 0", "mknod", 0, STR("/d"), NUM(020666),
		    NUM(0x103));
	assert_call("mknod(\"/d\", S_IFBLK|0660, 259:300) = 0", "mknod", 0, STR("/d"), NUM(060660),
		    NUM(259 << 8 | 44 | 1 << 20));
	assert_call("chmod(\"/d\", 04755) = 0", "chmod", 0, STR("/d"), NUM(04755));
	assert_call("chmod(\"/d\", 0) = 0", "chmod", 0, STR("/d"), NUM(0));
}

static void results_have_the_form_of_the_call(void **state)
{
	(void)state;
	assert_call("getpid() = -1 ERESTARTSYS", "getpid", -512, { 0 });
	assert_call("getpid() = -4000", "getpid", -4000, { 0 });
	assert_call("lseek(3, -5, SEEK_CUR) = 9223372036854775807", "lseek", INT64_MAX, NUM(3),
		    NUM(-5), NUM(1));
	assert_call("dup(3</etc/passwd>) = 4", "dup", 4, FD(3, passwd));
}

/* ---- structures ---- */

static void socket_addresses_show_family_address_and_port(void **state)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(4444) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(80) };
	struct sockaddr_nl nl = { .nl_family = AF_NETLINK, .nl_pid = 5, .nl_groups = 1 };
	struct sr_arg un = STR("\1\0/run/d.sock\0\0\0"), abstract = STR("\1\0\0a\0\x1b");
	struct sr_arg bare = STR("\1\0"), odd = STR("\x1f\0\1\2"), one = STR("\2");
	struct sr_arg shorter = STR("\2\0\x11\x5c\x7f");

	(void)state;
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in6.sin6_addr = in6addr_loopback;
	assert_call("connect(5<tcp 127.0.0.1:43210->127.0.0.1:4444>, {AF_INET, 127.0.0.1:4444}, "
		    "16) = 0",
		    "connect", 0, FD(5, tcp), MEM(in), NUM(16));
	assert_call("bind(5, {AF_INET6, [::1]:80}, 28) = 0", "bind", 0, NUM(5), MEM(in6), NUM(28));
	assert_call("bind(5, {AF_NETLINK, pid=5, groups=0x1}, 12) = 0", "bind", 0, NUM(5), MEM(nl),
		    NUM(12));
	assert_call("bind(5, {AF_UNIX, /run/d.sock}, 9) = 0", "bind", 0, NUM(5), un, NUM(9));
	assert_call("bind(5, {AF_UNIX, @a\\x00\\x1b}, 9) = 0", "bind", 0, NUM(5), abstract, NUM(9));
	assert_call("bind(5, {AF_UNIX}, 2) = 0", "bind", 0, NUM(5), bare, NUM(2));
	assert_call("bind(5, {AF_BLUETOOTH, 0x0102}, 4) = 0", "bind", 0, NUM(5), odd, NUM(4));
	assert_call("bind(5, {AF_INET, 0x115c7f}, 5) = 0", "bind", 0, NUM(5), shorter, NUM(5));
	assert_call("bind(5, \"\\x02\", 1) = -1 EINVAL", "bind", -22, NUM(5), one, NUM(1));
	in6.sin6_scope_id = 2;
	assert_args_json("{\"fd\":{\"fd\":5},\"addr\":{\"family\":\"AF_INET6\",\"addr\":\"::1\","
			 "\"port\":80,\"scope_id\":2},\"addrlen\":28}",
			 "bind", 0, NUM(5), MEM(in6), NUM(28));
	assert_args_json("{\"fd\":{\"fd\":5},\"addr\":{\"family\":\"AF_UNIX\",\"path\":"
			 "\"@a\\u0000\\u001b\"},\"addrlen\":6}",
			 "bind", 0, NUM(5), abstract, NUM(6));
}

static void a_message_shows_name_payload_and_what_is_set(void **state)
{
	struct {
		struct sr_msg_head h;
		struct sockaddr_in name;
		char payload[4];
	} m = { { sizeof(struct sockaddr_in), 24, 0x4000, 1 }, { .sin_family = AF_INET }, "quer" };
	struct {
		struct sr_msg_head h;
		char payload[4];
	} plain = { { 0, 0, 0, 1 }, "ab" };
	struct sr_msg_head bad = { 100, 0, 0, 0 };

	(void)state;
	m.name.sin_port = htons(53);
	assert_call("sendmsg(3, {msg_name={AF_INET, 0.0.0.0:53}, msg_iov=\"quer\", "
		    "msg_controllen=24, msg_flags=MSG_NOSIGNAL}, 0) = 4",
		    "sendmsg", 4, NUM(3), MEM(m), NUM(0));
	assert_call("sendmsg(3, {msg_iov=\"ab\\x00\\x00\"}, 0) = 2", "sendmsg", 2, NUM(3),
		    { .val = 1, .data = &plain, .len = 20, .truelen = 20 }, NUM(0));
	assert_args_json("{\"fd\":{\"fd\":3},\"msg\":{\"msg_iov\":{\"data\":\"ab\",\"len\":9},"
			 "\"msg_iovlen\":1,\"msg_controllen\":0,\"msg_flags\":{\"value\":0,"
			 "\"text\":\"0\"}},\"flags\":{\"value\":0,\"text\":\"0\"}}",
			 "sendmsg", 2, NUM(3),
			 { .val = 1, .status = SR_TRUNC, .data = &plain, .len = 18, .truelen = 25 },
			 NUM(0));
	assert_call(
		"sendmsg(3, \"d\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00"
		"\\x00\\x00\", 0) = 2",
		"sendmsg", 2, NUM(3), MEM(bad), NUM(0));
}

static void times_are_seconds_with_a_fraction(void **state)
{
	struct timespec ts = { 1, 500000000 }, utime[2] = { { 5, UTIME_NOW }, { -3, 7 } };
	struct itimerval it = { { 0, 0 }, { 2, 250000 } };

	(void)state;
	assert_call("nanosleep({1.500000000}, NULL) = 0", "nanosleep", 0, MEM(ts), NUM(0));
	assert_args_json("{\"request\":{\"sec\":1,\"nsec\":500000000},\"remain\":null}",
			 "nanosleep", 0, MEM(ts), NUM(0));
	assert_call("utimensat(AT_FDCWD, \"/f\", [{UTIME_NOW}, {-3.000000007}], 0) = 0",
		    "utimensat", 0, NUM(AT_FDCWD), STR("/f"), MEM(utime), NUM(0));
	assert_call("setitimer(ITIMER_REAL, {it_interval=0.000000, it_value=2.250000}, NULL) = 0",
		    "setitimer", 0, NUM(0), MEM(it), ABSENT(0, SR_NONE));
	ts.tv_nsec = 1000000000;
	assert_call("nanosleep({sec=1, nsec=1000000000}, NULL) = -1 EINVAL", "nanosleep", -22,
		    MEM(ts), NUM(0));
}

#if defined(__x86_64__)
static void file_status_shows_mode_and_size_and_json_all_of_it(void **state)
{
	struct stat st = {
		.st_mode = S_IFREG | 0644, .st_size = 1234, .st_ino = 77, .st_dev = 0x801
	};
	struct epoll_event ev[2] = { { .events = EPOLLIN | EPOLLET, .data.u64 = 9 },
				     { .events = EPOLLHUP, .data.u64 = 10 } };

	(void)state;
	assert_call("fstat(3, {st_mode=S_IFREG|0644, st_size=1234, ...}) = 0", "fstat", 0, NUM(3),
		    MEM(st));
	out.len = 0;
	{
		struct sr_event_in e = EVENT("fstat", 0, NUM(3), MEM(st));

		sr_arg_json(build(&e), 0, 1, &out);
	}
	assert_non_null(strstr(sr_buf_cstr(&out), "\"st_dev\":\"8:1\""));
	assert_non_null(strstr(sr_buf_cstr(&out), "\"st_ino\":77"));
	assert_non_null(strstr(sr_buf_cstr(&out),
			       "\"st_mode\":{\"value\":33188,\"text\":\"S_IFREG|0644\"}"));
	assert_non_null(strstr(sr_buf_cstr(&out), "\"st_ctime\":{\"sec\":0,\"nsec\":0}"));
	assert_call("epoll_wait(4, [{events=EPOLLIN|EPOLLET, data=0x9}, {events=EPOLLHUP, "
		    "data=0xa}], 8, -1) = 2",
		    "epoll_wait", 2, NUM(4), MEM(ev), NUM(8), NUM(-1));
}
#endif

static void lists_of_numbers_and_structures_stand_in_brackets(void **state)
{
	struct pollfd p[2] = { { 3, POLLIN, POLLIN | POLLHUP }, { -1, 0, 0 } };
	int fds[2] = { 3, 4 };
	struct rlimit rl = { 1024, RLIM_INFINITY };

	(void)state;
	assert_call("pipe2([3, 4], O_CLOEXEC) = 0", "pipe2", 0, MEM(fds), NUM(O_CLOEXEC));
	assert_args_json("{\"pipefd\":[3,4],\"flags\":{\"value\":524288,\"text\":\"O_CLOEXEC\"}}",
			 "pipe2", 0, MEM(fds), NUM(O_CLOEXEC));
	assert_call("poll([{fd=3, events=POLLIN, revents=POLLIN|POLLHUP}, {fd=-1, events=0, "
		    "revents=0}], 2, 10) = 1",
		    "poll", 1, MEM(p), NUM(2), NUM(10));
	assert_call(
		"prlimit64(0, RLIMIT_NOFILE, {rlim_cur=1024, rlim_max=RLIM_INFINITY}, NULL) = 0",
		"prlimit64", 0, NUM(0), NUM(7), MEM(rl), ABSENT(0, SR_NONE));
	assert_args_json("{\"pid\":0,\"resource\":{\"value\":7,\"text\":\"RLIMIT_NOFILE\"},"
			 "\"new_limit\":{\"rlim_cur\":1024,\"rlim_max\":\"0xffffffffffffffff\"},"
			 "\"old_limit\":null}",
			 "prlimit64", 0, NUM(0), NUM(7), MEM(rl), ABSENT(0, SR_NONE));
}

static void signals_are_named_and_a_nearly_full_set_by_what_it_lacks(void **state)
{
	uint64_t set = 1 << (SIGINT - 1) | 1 << (SIGTERM - 1), most = ~(1ull << (SIGKILL - 1));
	struct {
		uint64_t handler, flags, restorer, mask;
	} sa = { 1, SA_RESTART, 0, 1 };
	int status[3] = { 0x100, 0x8b, 0x137f };

	(void)state;
	assert_call("rt_sigprocmask(SIG_BLOCK, [INT TERM], NULL, 8) = 0", "rt_sigprocmask", 0,
		    NUM(0), MEM(set), ABSENT(0, SR_NONE), NUM(8));
	assert_call("rt_sigprocmask(SIG_SETMASK, ~[KILL], [], 8) = 0", "rt_sigprocmask", 0, NUM(2),
		    MEM(most), MEM(((uint64_t[]){ 0 })[0]), NUM(8));
	assert_call("rt_sigaction(SIGINT, {sa_handler=SIG_IGN, sa_flags=SA_RESTART, sa_mask=[HUP], "
		    "...}, NULL, 8) = 0",
		    "rt_sigaction", 0, NUM(2), MEM(sa), ABSENT(0, SR_NONE), NUM(8));
	assert_call("wait4(7, [exited 1], 0, NULL) = 7", "wait4", 7, NUM(7), MEM(status[0]), NUM(0),
		    ABSENT(0, SR_NONE));
	assert_call("wait4(7, [killed SIGSEGV (core dumped)], 0, NULL) = 7", "wait4", 7, NUM(7),
		    MEM(status[1]), NUM(0), ABSENT(0, SR_NONE));
	assert_call("wait4(7, [stopped SIGSTOP], 0, NULL) = 7", "wait4", 7, NUM(7), MEM(status[2]),
		    NUM(0), ABSENT(0, SR_NONE));
}

static void bpf_attributes_follow_the_command(void **state)
{
	union bpf_attr map = { .map_type = 1, .key_size = 4, .value_size = 8, .max_entries = 16 };
	union bpf_attr prog = { .prog_type = 2, .insn_cnt = 3 };

	(void)state;
	memcpy(map.map_name, "counts", 6);
	memcpy(prog.prog_name, "probe", 5);
	assert_call("bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_HASH, key_size=4, value_size=8, "
		    "max_entries=16, map_name=\"counts\", ...}, 44) = 4",
		    "bpf", 4, NUM(0), { .val = 1, .data = &map, .len = 44, .truelen = 44 },
		    NUM(44));
	assert_call("bpf(BPF_PROG_LOAD, {prog_type=BPF_PROG_TYPE_KPROBE, insn_cnt=3, "
		    "prog_name=\"probe\", ...}, 72) = 4",
		    "bpf", 4, NUM(5), { .val = 1, .data = &prog, .len = 72, .truelen = 72 },
		    NUM(72));
}

static void directory_entries_are_listed_by_name(void **state)
{
	struct sr_arg now = STR("\7\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\x18\0\4etc\0x"
				"\x8\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\x18\0\4us");
	struct sr_arg old = STR("\7\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\x18\0bin\0\0\4");

	(void)state;
	assert_call("getdents64(3, [\"etc\", ...], 99) = 47", "getdents64", 47, NUM(3), now,
		    NUM(99));
	assert_call("getdents(3, [\"bin\"], 99) = 24", "getdents", 24, NUM(3), old, NUM(99));
	assert_args_json(
		"{\"fd\":{\"fd\":3},\"dirp\":[{\"d_ino\":7,\"d_type\":4,\"d_name\":\"bin\"}],"
		"\"count\":99}",
		"getdents", 24, NUM(3), old, NUM(99));
}

static void sets_of_bits_are_lists_of_numbers(void **state)
{
	uint8_t set[128] = { 0x0e, 0x01, 0xff }, cpus[8] = { 0x8f };

	(void)state;
	/* bits from nfds on mean nothing */
	assert_call("select(9, [1-3, 8], NULL, NULL, NULL) = 1", "select", 1, NUM(9), MEM(set),
		    ABSENT(0, SR_NONE), ABSENT(0, SR_NONE), ABSENT(0, SR_NONE));
	assert_call("sched_setaffinity(0, 8, [0-3, 7]) = 0", "sched_setaffinity", 0, NUM(0), NUM(8),
		    MEM(cpus));
	assert_args_json("{\"pid\":0,\"size\":8,\"mask\":{\"data\":[0,1,2,3,7],\"len\":8}}",
			 "sched_setaffinity", 0, NUM(0), NUM(8), CUT("\x8f", 8));
}

static void socket_options_are_named_by_their_level(void **state)
{
	int on = 1;
	uint32_t len = 4;
	uint8_t room[16] = { 1 };

	(void)state;
	assert_call("setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0", "setsockopt", 0, NUM(3),
		    NUM(1), NUM(2), MEM(on), NUM(4));
	assert_call("setsockopt(3, SOL_TCP, TCP_NODELAY, [1], 4) = 0", "setsockopt", 0, NUM(3),
		    NUM(6), NUM(1), MEM(on), NUM(4));
	assert_call("setsockopt(3, 999, 1, \"web\", 3) = 0", "setsockopt", 0, NUM(3), NUM(999),
		    NUM(1), STR("web"), NUM(3));
	/* older recordings: sixteen bytes are copied, the kernel wrote four */
	assert_call("getsockopt(3, SOL_SOCKET, SO_TYPE, [SOCK_STREAM], [4]) = 0", "getsockopt", 0,
		    NUM(3), NUM(1), NUM(3), MEM(room), MEM(len));
	assert_call("setsockopt(3, SOL_NETLINK, NETLINK_EXT_ACK, [1], 4) = 0", "setsockopt", 0,
		    NUM(3), NUM(270), NUM(11), MEM(on), NUM(4));
	assert_call("setsockopt(3, SOL_UDP, UDP_GRO, [1], 4) = 0", "setsockopt", 0, NUM(3), NUM(17),
		    NUM(104), MEM(on), NUM(4));
}

#define assert_option(want, level, name, value)                                                    \
	assert_call("setsockopt(3, " want ") = 0", "setsockopt", 0, NUM(3), NUM(level), NUM(name), \
		    MEM(value), NUM(sizeof(value)))
#define assert_option_json(want, level, name, value)                                           \
	do {                                                                                   \
		struct sr_event_in ev_ = EVENT("setsockopt", 0, NUM(3), NUM(level), NUM(name), \
					       MEM(value), NUM(sizeof(value)));                \
		out.len = 0;                                                                   \
		sr_args_json(build(&ev_), 0, &out);                                            \
		assert_non_null(strstr(sr_buf_cstr(&out), "\"optval\":" want));                \
	} while (0)

static void values_of_socket_options_are_what_level_and_option_say(void **state)
{
	int error = ECONNREFUSED, odd = 77777, family = AF_INET6;
	int linger[2] = { 1, 5 }, cred[3] = { 42, 0, -1 };
	int64_t time[2] = { 1, 500000 };
	int32_t time32[2] = { -1, 250000 };
	struct ip_mreq mreq = { { htonl(0xe0000001) }, { htonl(0x7f000001) } };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(80) };
	struct group_req group = { .gr_interface = 2 };
	uint32_t info[26] = { 1 | 1 << 8 | 3 << 16, 0, 200000, [17] = 27, [25] = 9 };
	uint32_t filter32[2] = { 5, 0x8000 };
	uint64_t filter[2] = { 5, 0x8000 };

	(void)state;
	assert_option("SOL_SOCKET, SO_ERROR, [ECONNREFUSED], 4", 1, 4, error);
	assert_option("SOL_SOCKET, SO_ERROR, [77777], 4", 1, 4, odd);
	assert_option_json("{\"value\":111,\"text\":\"ECONNREFUSED\"}", 1, 4, error);
	assert_option("SOL_SOCKET, SO_DOMAIN, [AF_INET6], 4", 1, 39, family);
	assert_option_json("{\"value\":10,\"text\":\"AF_INET6\"}", 1, 39, family);
	assert_option("SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=5}, 8", 1, 13, linger);
	assert_option_json("{\"l_onoff\":1,\"l_linger\":5}", 1, 13, linger);
	assert_option("SOL_SOCKET, SO_PEERCRED, {pid=42, uid=0, gid=-1}, 12", 1, 17, cred);
	assert_option("SOL_SOCKET, SO_RCVTIMEO_OLD, {1.500000}, 16", 1, 20, time);
	assert_option_json("{\"sec\":1,\"usec\":500000}", 1, 20, time);
	assert_option("SOL_SOCKET, SO_SNDTIMEO_OLD, {-1.250000}, 8", 1, 21, time32);
	assert_option("SOL_SOCKET, SO_ATTACH_FILTER, {len=5, filter=0x8000}, 16", 1, 26, filter);
	assert_option("SOL_SOCKET, SO_ATTACH_FILTER, {len=5, filter=0x8000}, 8", 1, 26, filter32);
	assert_call("setsockopt(3, SOL_SOCKET, SO_BINDTODEVICE, \"lo\", 4) = 0", "setsockopt", 0,
		    NUM(3), NUM(1), NUM(25), STR("lo\0\0"), NUM(4));
	assert_call("setsockopt(3, SOL_TCP, TCP_CONGESTION, \"reno\", 4) = 0", "setsockopt", 0,
		    NUM(3), NUM(6), NUM(13), STR("reno"), NUM(4));
	assert_option("SOL_IP, IP_ADD_MEMBERSHIP, {imr_multiaddr=224.0.0.1, "
		      "imr_interface=127.0.0.1}, 8",
		      0, 35, mreq);
	assert_option_json("{\"imr_multiaddr\":\"224.0.0.1\",\"imr_interface\":\"127.0.0.1\"}", 0,
			   35, mreq);
	assert_option("SOL_IP, SO_ORIGINAL_DST, {AF_INET, 0.0.0.0:80}, 16", 0, 80, to);
	memcpy(&group.gr_group, &to, sizeof(to));
	assert_option("SOL_IP, MCAST_JOIN_GROUP, {gr_interface=2, gr_group={AF_INET, "
		      "0.0.0.0:80}}, 136",
		      0, 42, group);
	assert_option_json("{\"gr_interface\":2,\"gr_group\":{\"family\":\"AF_INET\","
			   "\"addr\":\"0.0.0.0\",\"port\":80}}",
			   0, 42, group);
	assert_option("SOL_TCP, TCP_INFO, {tcpi_state=TCP_ESTABLISHED, tcpi_retransmits=3, "
		      "tcpi_rto=200000, tcpi_snd_mss=0, tcpi_unacked=0, tcpi_lost=0, "
		      "tcpi_retrans=0, tcpi_rtt=27, tcpi_rttvar=0, tcpi_snd_cwnd=0, "
		      "tcpi_total_retrans=9, ...}, 104",
		      6, 11, info);
	assert_option_json("{\"tcpi_state\":{\"value\":1,\"text\":\"TCP_ESTABLISHED\"},"
			   "\"tcpi_ca_state\":{\"value\":1,\"text\":\"TCP_CA_Disorder\"},",
			   6, 11, info);
	/* too short for what it should be */
	assert_call("setsockopt(3, SOL_SOCKET, SO_LINGER, \"abc\", 3) = 0", "setsockopt", 0, NUM(3),
		    NUM(1), NUM(13), STR("abc"), NUM(3));
}

static void what_clone_wrote_is_shown_to_the_caller_alone(void **state)
{
	int tid = 43;
	const uint64_t settid = 0x00100011, plain = 0x01200011;

	(void)state;
	assert_call("clone(SIGCHLD|CLONE_PARENT_SETTID, NULL, [43]) = 43", "clone", 43, NUM(settid),
		    NUM(0), MEM(tid), NUM(0), NUM(0));
	assert_args_json("{\"flags\":{\"value\":1048593,\"text\":\"SIGCHLD|CLONE_PARENT_SETTID\"},"
			 "\"stack\":\"0x0\",\"parent_tid\":43,\"child_tid\":null,\"tls\":null}",
			 "clone", 43, NUM(settid), NUM(0), MEM(tid), NUM(0), NUM(0));
	assert_call("clone(SIGCHLD|CLONE_PARENT_SETTID, NULL, 0x7f02) = 0", "clone", 0, NUM(settid),
		    NUM(0), MEM(tid), NUM(0), NUM(0));
	assert_call(
		"clone(SIGCHLD|CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID, NULL, 0x7f02, NULL, NULL) "
		"= 43",
		"clone", 43, NUM(plain | 0x01000000), NUM(0), MEM(tid), NUM(0), NUM(0));
}

static void arrays_of_semctl_and_filters_are_lists(void **state)
{
	uint16_t all[3] = { 7, 8, 900 };
	struct sock_filter filter = { 6, 0, 0, 0x7fff0000 };

	(void)state;
	assert_call("semctl(5, 0, SETALL, [7, 8, 900]) = 0", "semctl", 0, NUM(5), NUM(0), NUM(17),
		    MEM(all));
	assert_call("ptrace(PTRACE_SECCOMP_GET_FILTER, 5, 0, [{code=0x6, jt=0, jf=0, "
		    "k=0x7fff0000}]) = 1",
		    "ptrace", 1, NUM(0x420c), NUM(5), NUM(0), MEM(filter));
}

static void capabilities_are_named_unless_they_are_many(void **state)
{
	struct {
		uint32_t version;
		int pid;
	} head = { 0x20080522, 0 };
	uint32_t data[6] = { 1 << 21, 0xffffffff, 0, 0x100, 0x1ff, 0 };

	(void)state;
	assert_call("capset({version=0x20080522, pid=0}, {effective=CAP_SYS_ADMIN|"
		    "CAP_CHECKPOINT_RESTORE, permitted=0x1ffffffffff, inheritable=0}) = 0",
		    "capset", 0, MEM(head), MEM(data));
	head.version = 0x19980330;
	assert_call("capset({version=0x19980330, pid=0}, {effective=CAP_SYS_ADMIN, "
		    "permitted=0xffffffff, inheritable=0}) = 0",
		    "capset", 0, MEM(head), MEM(data));
}

static void names_in_structures_stop_at_their_nul(void **state)
{
	struct utsname u = {
		.sysname = "Linux", .nodename = "web", .release = "6.1", .machine = "x"
	};

	(void)state;
	assert_call("uname({sysname=\"Linux\", nodename=\"web\", release=\"6.1\", machine=\"x\", "
		    "...}) = 0",
		    "uname", 0, MEM(u));
}

/* ---- JSON ---- */

static void json_values_have_the_type_of_what_they_are(void **state)
{
	(void)state;
	assert_args_json("{\"fd\":{\"fd\":5,\"name\":\"127.0.0.1:43210->127.0.0.1:4444\",\"type\":"
			 "\"ipv4\",\"proto\":\"tcp\"},\"buf\":\"hi\\n\",\"count\":3}",
			 "write", 3, FD(5, tcp), STR("hi\n"), NUM(3));
	assert_args_json("{\"fd\":{\"fd\":1},\"buf\":{\"data\":\"\\u00ff\",\"len\":4096},"
			 "\"count\":4096}",
			 "write", 4096, NUM(1), CUT("\xff", 4096), NUM(4096));
	assert_args_json("{\"fd\":{\"fd\":-1},\"offset\":-1,\"whence\":{\"value\":2,\"text\":"
			 "\"SEEK_END\"}}",
			 "lseek", -9, NUM(-1), NUM(-1), NUM(2));
	assert_args_json("{\"addr\":\"0x7f0000\",\"length\":\"0x20000000000001\"}", "munmap", 0,
			 NUM(0x7f0000), NUM((1ull << 53) + 1));
	assert_args_json("{\"path\":\"/bin/sh\",\"argv\":[\"sh\",\"-c\"],\"envp\":{\"count\":1}}",
			 "execve", 0, STR("/bin/sh"), STR("sh\0-c\0"), STR("A=1\0"));
}

/* ---- files ---- */

static const char *name_of(struct sr_file_def *def)
{
	struct sr_event_in ev = EVENT("close", 0, NUM(3));
	struct sr_block *b;

	def->epoch = 0;
	ev.args[0].file = def;
	ev.file = def;
	b = build(&ev);
	out.len = 0;
	sr_file_name(b, &b->files[b->file[0]], &out);
	return sr_buf_cstr(&out);
}

static void sockets_are_named_client_first(void **state)
{
	struct sr_file_def f = tcp;

	(void)state;
	assert_string_equal(name_of(&f), "127.0.0.1:43210->127.0.0.1:4444");
	f.f.flags |= SR_FILE_SERVER;
	assert_string_equal(name_of(&f), "127.0.0.1:4444->127.0.0.1:43210");
	f.f.flags = SR_FILE_LISTENING | SR_FILE_SERVER;
	assert_string_equal(name_of(&f), "127.0.0.1:43210");
	f.f.flags = 0;
	f.f.rport = 0;
	assert_string_equal(name_of(&f), "127.0.0.1:43210");
	f.f.lport = 0;
	assert_string_equal(name_of(&f), "ipv4");
	f.f.kind = SR_FILE_SOCK_INET6;
	f.f.lport = 80;
	memset(f.f.laddr, 0, 16);
	f.f.laddr[15] = 1;
	assert_string_equal(name_of(&f), "::1:80");
	memcpy(f.f.laddr, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\1", 16);
	assert_string_equal(name_of(&f), "10.0.0.1:80");
}

static void other_files_are_named_by_path_peer_inode_or_kind(void **state)
{
	struct sr_file_def un = { .f = { .kind = SR_FILE_SOCK_UNIX },
				  .peer_path = { "/run/s", 6 } };
	struct sr_file_def pipe = { .f = { .kind = SR_FILE_FIFO, .ino = 12 } };
	struct sr_file_def ev = { .f = { .kind = SR_FILE_EVENTFD },
				  .path = { "anon_inode:[eventfd]", 20 } };
	struct sr_file_def timer = { .f = { .kind = SR_FILE_TIMERFD } };

	(void)state;
	assert_string_equal(name_of(&un), "/run/s");
	un.path = (struct sr_str){ "@bus", 4 };
	assert_string_equal(name_of(&un), "@bus");
	un.path = (struct sr_str){ "\0bus", 4 };
	assert_string_equal(name_of(&un), "@bus");
	assert_string_equal(name_of(&pipe), "pipe:[12]");
	pipe.path = (struct sr_str){ "/tmp/fifo", 9 };
	assert_string_equal(name_of(&pipe), "/tmp/fifo");
	assert_string_equal(name_of(&ev), "anon_inode:[eventfd]");
	assert_string_equal(name_of(&timer), "timerfd");
}

static void control_characters_in_a_file_name_do_not_reach_the_terminal(void **state)
{
	struct sr_file_def f = { .f = { .kind = SR_FILE_REG }, .path = { "/tmp/\033[2J>", 10 } };
	struct sr_event_in ev = EVENT("close", 0, FD(3, f));

	(void)state;
	assert_string_equal(call_of(&ev), "close(3</tmp/\\x1b[2J>>) = 0");
	assert_string_equal(name_of(&f), "/tmp/\033[2J>");
}

static void every_file_kind_has_a_name_and_a_letter(void **state)
{
	(void)state;
	for (int k = 0; k < SR_FILE_KIND_COUNT; k++) {
		assert_non_null(sr_file_kind_name(k));
		assert_true(sr_file_kind_char(k) > ' ');
	}
	assert_string_equal(sr_file_kind_name(SR_FILE_EPOLL), "eventpoll");
	assert_int_equal(sr_file_kind_char(SR_FILE_PIDFD), 'P');
	assert_string_equal(sr_file_kind_name(250), "other");
}

/* ---- hostile bytes ---- */

/* One row of type @t whose memory arguments all are the @len bytes at @heap. */
static void show_row(const struct sr_type *t, const uint8_t *heap, uint32_t len, uint8_t status,
		     uint16_t flags, uint64_t val)
{
	uint32_t zero = 0, truelen = len + 1;
	int64_t ret = 0;
	uint16_t type = 0;
	struct sr_str str = { (const char *)heap, len };
	struct sr_file file = { 0 };
	struct sr_block_type bt = { .type = t, .name = "x", .nrows = 1, .ncols = t->nargs };
	struct sr_block b = { .n = 1,
			      .ret = &ret,
			      .file = &zero,
			      .nth = &zero,
			      .type = &type,
			      .flags = &flags,
			      .types = &bt,
			      .ntypes = 1,
			      .files = &file,
			      .nfiles = 1,
			      .strs = &str,
			      .nstrs = 1,
			      .heap = heap,
			      .heap_len = len };
	cJSON *doc;

	for (int i = 0; i < t->nargs; i++) {
		bt.cls[i] = sr_kinds[t->args[i].kind].cls;
		bt.cols[i] = (struct sr_col){ &val, &zero, &len, &truelen, &status };
	}
	out.len = 0;
	sr_call_text(&b, 0, &opts, &out);
	sr_args_text(&b, 0, NULL, &out);
	for (size_t i = 0; i < out.len; i++)
		assert_in_range(out.p[i], 0x20, 0x7e);
	out.len = 0;
	sr_args_json(&b, 0, &out);
	doc = cJSON_ParseWithLength(sr_buf_cstr(&out), out.len + 1);
	if (!doc)
		fail_msg("%s, %u bytes: not JSON: %s", t->name, len, sr_buf_cstr(&out));
	cJSON_Delete(doc);
}

static void any_bytes_of_any_length_print_safely_for_every_type(void **state)
{
	static const uint32_t lens[] = {
		0,  1,	2,  3,	4,  7,	8,  9,	12, 15,	 16,  17,  19,	20,
		23, 24, 28, 32, 36, 40, 48, 64, 80, 111, 128, 144, 256, 390
	};
	uint32_t seed = 12345;

	(void)state;
	for (int id = 0; id < SR_TYPE_COUNT; id++) {
		const struct sr_type *t = &sr_types[id];

		if (!t->name)
			continue;
		for (size_t l = 0; l < sizeof(lens) / sizeof(lens[0]); l++) {
			uint8_t *heap = malloc(lens[l] ? lens[l] : 1);

			assert_non_null(heap);
			for (int pattern = 0; pattern < 4; pattern++) {
				for (uint32_t i = 0; i < lens[l]; i++) {
					seed = seed * 1664525 + 1013904223;
					heap[i] = pattern == 0	 ? 0
						  : pattern == 1 ? 0xff
						  : pattern == 2 ? (i % 4 ? 0 : 1 + i % 19)
								 : (uint8_t)(seed >> 24);
				}
				show_row(t, heap, lens[l], (uint8_t)(seed >> 20) % 7,
					 pattern & 1 ? SR_F_COMPAT : 0, seed >> 28);
			}
			free(heap);
		}
	}
}

static int setup(void **state)
{
	(void)state;
	return sr_builder_new(&builder);
}

static int teardown(void **state)
{
	(void)state;
	sr_builder_free(builder);
	sr_buf_free(&out);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_look_as_strace_prints_them),
		cmocka_unit_test(an_argument_that_the_kernel_ignores_is_left_out),
		cmocka_unit_test(a_call_without_result_ends_in_a_question_mark),
		cmocka_unit_test(events_beside_calls_name_their_arguments_and_have_no_result),
		cmocka_unit_test(an_unknown_type_shows_raw_values),
		cmocka_unit_test(strings_are_escaped_and_cut),
		cmocka_unit_test(an_absent_value_is_its_address_and_the_reason),
		cmocka_unit_test(flags_are_joined_and_the_rest_is_hex),
		cmocka_unit_test(one_number_within_flags_has_one_name),
		cmocka_unit_test(enums_without_a_name_are_numbers),
		cmocka_unit_test(modes_and_devices_have_their_usual_form),
		cmocka_unit_test(results_have_the_form_of_the_call),
		cmocka_unit_test(socket_addresses_show_family_address_and_port),
		cmocka_unit_test(a_message_shows_name_payload_and_what_is_set),
		cmocka_unit_test(times_are_seconds_with_a_fraction),
#if defined(__x86_64__)
		cmocka_unit_test(file_status_shows_mode_and_size_and_json_all_of_it),
#endif
		cmocka_unit_test(lists_of_numbers_and_structures_stand_in_brackets),
		cmocka_unit_test(signals_are_named_and_a_nearly_full_set_by_what_it_lacks),
		cmocka_unit_test(bpf_attributes_follow_the_command),
		cmocka_unit_test(directory_entries_are_listed_by_name),
		cmocka_unit_test(sets_of_bits_are_lists_of_numbers),
		cmocka_unit_test(socket_options_are_named_by_their_level),
		cmocka_unit_test(values_of_socket_options_are_what_level_and_option_say),
		cmocka_unit_test(what_clone_wrote_is_shown_to_the_caller_alone),
		cmocka_unit_test(arrays_of_semctl_and_filters_are_lists),
		cmocka_unit_test(capabilities_are_named_unless_they_are_many),
		cmocka_unit_test(names_in_structures_stop_at_their_nul),
		cmocka_unit_test(json_values_have_the_type_of_what_they_are),
		cmocka_unit_test(sockets_are_named_client_first),
		cmocka_unit_test(other_files_are_named_by_path_peer_inode_or_kind),
		cmocka_unit_test(control_characters_in_a_file_name_do_not_reach_the_terminal),
		cmocka_unit_test(every_file_kind_has_a_name_and_a_letter),
		cmocka_unit_test(any_bytes_of_any_length_print_safely_for_every_type),
	};

	return cmocka_run_group_tests_name("args", tests, setup, teardown);
}
