/* SPDX-License-Identifier: Apache-2.0 */
/* One small incident as a block: what the tests of filters, fields and formats run on.
 * Rows are called by evt.num, from 1. */
#ifndef TEST_FILTER_FIXTURE_H
#define TEST_FILTER_FIXTURE_H

#include "filters/filter.h"
#include "formats/builder.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#define FIX_WEB_ID   "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define FIX_BATCH_ID "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"

/* Event 1 ends at this recorded time, which is 2023-11-14 22:13:20 UTC; one event per ms. */
#define FIX_TIME     5000000000ULL
#define FIX_MS	     1000000ULL

struct fix {
	struct sr_builder *builder;
	struct sr_block *b;
	struct sr_meta *meta;
	struct sr_view_opts opts;
	struct sr_view v;
	struct sr_cgroup_def cgroups[3];
	struct sr_thread_def nginx, worker, bash, payload, batch;
	struct sr_file_def passwd, log, etc, http, db, listener, docker, pipe, mapped, udp, dropper;
	uint32_t n;
};

/* cmocka need not be there: the fuzzer uses this too. */
static inline void fix_must(bool ok)
{
	if (!ok)
		abort();
}

static inline struct sr_str fix_str(const char *s)
{
	return (struct sr_str){ s, (uint32_t)strlen(s) };
}

#define FIX_LIST(s) ((struct sr_str){ s, sizeof(s) - 1 })

static inline void fix_meta(struct fix *x)
{
	static const char *const docs[] = {
		"{\"kind\":\"host\",\"hostname\":\"box\",\"mono_ns\":\"5000000000\","
		"\"boot_ns\":\"6000000000\",\"real_ns\":\"1700000000000000000\","
		"\"tz\":\"CET\",\"tz_offset_s\":3600}",
		"{\"kind\":\"users\",\"users\":{\"0\":\"root\",\"33\":\"www-data\","
		"\"1000\":\"alice\"},\"groups\":{\"0\":\"root\",\"33\":\"www-data\"}}",
		"{\"kind\":\"container\",\"id\":\"" FIX_WEB_ID "\",\"runtime\":\"docker\","
		"\"state\":\"resolved\",\"name\":\"web\",\"image\":\"registry.lan:5000/nginx:1.25\","
		"\"image_id\":\"sha256:aa55\",\"command\":\"nginx -g daemon off;\","
		"\"labels\":{\"app\":\"shop\",\"com.example.tier-1\":\"front end\"},"
		"\"privileged\":false,\"started\":\"1699999999000000000\",\"raw\":{"
		"\"Config\":{\"User\":\"www\",\"Healthcheck\":{\"Test\":[\"CMD-SHELL\",\"true\"]}},"
		"\"State\":{\"Status\":\"running\",\"Running\":true,\"ExitCode\":0},"
		"\"RestartCount\":2,\"HostConfig\":{\"PidMode\":\"host\",\"NetworkMode\":\"bridge\"},"
		"\"NetworkSettings\":{\"IPAddress\":\"172.17.0.2\",\"Ports\":{\"443/tcp\":null,"
		"\"80/tcp\":[{\"HostIp\":\"0.0.0.0\",\"HostPort\":\"8080\"}]}},"
		"\"Mounts\":[{\"Source\":\"/srv/www\",\"Destination\":\"/www\",\"Mode\":\"ro\","
		"\"RW\":false,\"Propagation\":\"rprivate\"},{\"Source\":\"/data\","
		"\"Destination\":\"/var/lib\",\"Mode\":\"\",\"RW\":true,\"Propagation\":\"\"}]}}",
		"{\"kind\":\"container\",\"id\":\"" FIX_BATCH_ID "\",\"runtime\":\"podman\","
		"\"state\":\"pending\",\"why\":\"no answer yet\"}",
	};

	fix_must(sr_meta_new(&x->meta) == 0);
	for (size_t i = 0; i < sizeof(docs) / sizeof(docs[0]); i++)
		fix_must(sr_meta_add(x->meta, docs[i], strlen(docs[i]), NULL) == 0);
}

static inline void fix_cgroups(struct fix *x)
{
	static const char *const paths[] = { "/system.slice/ssh.service", "/docker/" FIX_WEB_ID,
					     "/libpod-" FIX_BATCH_ID ".scope" };

	for (int i = 0; i < 3; i++) {
		x->cgroups[i].c.id = 70 + (uint64_t)i;
		x->cgroups[i].path = fix_str(paths[i]);
	}
	x->cgroups[2].c.hierarchy = 4;
}

static inline void fix_anc(struct sr_thread_def *t, int32_t pid, const char *comm)
{
	t->t.anc[t->t.nanc].pid = pid;
	t->anc_comm[t->t.nanc++] = fix_str(comm);
}

static inline void fix_web_threads(struct fix *x)
{
	x->nginx = (struct sr_thread_def){
		.t = { .id = 1,
		       .start = 1000000000,
		       .pid_start = 1000000000,
		       .tid = 100,
		       .pid = 100,
		       .ppid = 90,
		       .vtid = 1,
		       .vpid = 1,
		       .sid = 100,
		       .pgid = 100,
		       .vsid = 1,
		       .vpgid = 1,
		       .uid = 33,
		       .euid = 33,
		       .suid = 33,
		       .gid = 33,
		       .egid = 33,
		       .loginuid = UINT32_MAX,
		       .cap_effective = 1 << 10 | 1,
		       .ns_pid = 4026532001,
		       .exe_ino = 777,
		       .exe_mtime = 1600000000000000000,
		       .exe_ctime = 1600000001000000000 },
		.comm = fix_str("nginx"),
		.exepath = fix_str("/usr/sbin/nginx"),
		.args = FIX_LIST("nginx\0-g\0daemon off;\0"),
		.env = FIX_LIST("PATH=/usr/bin\0LANG=C\0EMPTY=\0"),
		.cwd = fix_str("/srv/www"),
		.cgroup = &x->cgroups[1],
	};
	fix_anc(&x->nginx, 90, "containerd-shim");
	fix_anc(&x->nginx, 1, "systemd");
	x->worker = x->nginx;
	x->worker.t.id = 2;
	x->worker.t.tid = 101;
	x->worker.t.vtid = 2;
}

static inline void fix_host_threads(struct fix *x)
{
	x->bash = (struct sr_thread_def){
		.t = { .id = 3,
		       .tid = 200,
		       .pid = 200,
		       .ppid = 190,
		       .vtid = 200,
		       .vpid = 200,
		       .sid = 190,
		       .pgid = 200,
		       .vpgid = 200,
		       .tty = 34816,
		       .uid = 1000,
		       .euid = 0,
		       .gid = 1000,
		       .egid = 1000,
		       .loginuid = 1000,
		       .why = SR_FAULT | SR_NONE << 8 },
		.comm = fix_str("bash"),
		.exepath = fix_str("/usr/bin/bash"),
		.cwd = fix_str("/u/alice"),
		.cgroup = &x->cgroups[0],
	};
	fix_anc(&x->bash, 190, "sshd");
	fix_anc(&x->bash, 1, "systemd");
	x->payload = (struct sr_thread_def){
		.t = { .id = 4,
		       .tid = 210,
		       .pid = 210,
		       .ppid = 200,
		       .vtid = 210,
		       .vpid = 210,
		       .sid = 190,
		       .pgid = 210,
		       .uid = 1000,
		       .euid = 1000,
		       .loginuid = 1000,
		       .exe_flags = SR_EXE_MEMFD | SR_EXE_DELETED | SR_EXE_WRITABLE },
		.comm = fix_str("kworker/u8:1"),
		.exepath = fix_str("/memfd:x"),
		.args = FIX_LIST("[kworker/u8:1]\0-c\0id\0"),
		.cwd = fix_str("/"),
		.cgroup = &x->cgroups[0],
	};
	x->payload.parent = &x->bash;
	fix_anc(&x->payload, 200, "bash");
	fix_anc(&x->payload, 190, "sshd");
	fix_anc(&x->payload, 1, "systemd");
}

static inline void fix_batch_thread(struct fix *x)
{
	x->batch = (struct sr_thread_def){
		.t = { .id = 5,
		       .tid = 300,
		       .pid = 300,
		       .ppid = 299,
		       .vtid = 7,
		       .vpid = 7,
		       .sid = 300,
		       .pgid = 300,
		       .loginuid = UINT32_MAX,
		       .why = SR_TRUNC },
		.comm = fix_str("sh"),
		.args = FIX_LIST("/bin/sh\0-c\0sleep 1 && ec"),
		.cgroup1 = &x->cgroups[2],
	};
}

static inline void fix_reg(struct sr_file_def *f, const char *path, uint32_t kind, uint64_t ino)
{
	f->f = (struct sr_file){ .kind = kind, .ino = ino, .dev = 8 << 20 | 1, .mode = 0100644 };
	f->path = fix_str(path);
}

static inline void fix_inet(struct sr_file_def *f, const char *local, uint32_t lport,
			    const char *remote, uint32_t rport)
{
	static const uint8_t loopback6[16] = { [15] = 1 };
	bool v6 = f->f.kind == SR_FILE_SOCK_INET6;

	f->f.lport = lport;
	f->f.rport = rport;
	f->f.family = v6 ? AF_INET6 : AF_INET;
	memcpy(f->f.laddr, v6 ? loopback6 : (const uint8_t *)local, v6 ? 16 : 4);
	memcpy(f->f.raddr, v6 ? loopback6 : (const uint8_t *)remote, v6 ? 16 : 4);
}

static inline void fix_files(struct fix *x)
{
	static const uint8_t mapped[16] = { [10] = 0xff, 0xff, 10, 0, 0, 5 };
	static const uint8_t mapped_peer[16] = { [10] = 0xff, 0xff, 8, 8, 8, 8 };

	fix_reg(&x->passwd, "/etc/passwd", SR_FILE_REG, 42);
	fix_reg(&x->log, "/var/log/nginx/access.log", SR_FILE_REG, 43);
	fix_reg(&x->etc, "/etc", SR_FILE_DIR, 44);
	x->etc.f.mode = 040755;
	fix_reg(&x->dropper, "/tmp/x", SR_FILE_REG, 45);
	x->dropper.f.flags = SR_FILE_DELETED | SR_FILE_UPPER;
	x->dropper.f.dev = 0xfe << 20 | 3;
	x->http.f = (struct sr_file){ .kind = SR_FILE_SOCK_INET,
				      .l4proto = IPPROTO_TCP,
				      .flags = SR_FILE_SERVER | SR_FILE_CONNECTED,
				      .ino = 50 };
	fix_inet(&x->http, "\x0a\x00\x00\x05", 80, "\xc0\xa8\x01\x07", 51000);
	x->db.f = (struct sr_file){ .kind = SR_FILE_SOCK_INET6,
				    .l4proto = IPPROTO_TCP,
				    .flags = SR_FILE_CONNECTED,
				    .ino = 51 };
	fix_inet(&x->db, NULL, 40000, NULL, 5432);
	x->listener.f = (struct sr_file){ .kind = SR_FILE_SOCK_INET,
					  .l4proto = IPPROTO_TCP,
					  .flags = SR_FILE_LISTENING | SR_FILE_SERVER,
					  .ino = 52 };
	fix_inet(&x->listener, "\0\0\0", 80, "\0\0\0", 0);
	x->docker.f = (struct sr_file){ .kind = SR_FILE_SOCK_UNIX,
					.flags = SR_FILE_CONNECTED,
					.ino = 53 };
	x->docker.path = fix_str("/run/docker.sock");
	x->pipe.f = (struct sr_file){ .kind = SR_FILE_FIFO, .ino = 54 };
	x->mapped.f = (struct sr_file){ .kind = SR_FILE_SOCK_INET6,
					.l4proto = IPPROTO_TCP,
					.flags = SR_FILE_SERVER | SR_FILE_CONNECTED,
					.lport = 443,
					.rport = 55555 };
	memcpy(x->mapped.f.laddr, mapped, 16);
	memcpy(x->mapped.f.raddr, mapped_peer, 16);
	x->udp.f = (struct sr_file){ .kind = SR_FILE_SOCK_INET, .l4proto = IPPROTO_UDP };
	fix_inet(&x->udp, "\x0a\x00\x00\x05", 5353, "\0\0\0", 0);
}

/* An event of type @name with its result; arguments are added by the caller. */
static inline struct sr_event_in fix_ev(const char *name, struct sr_thread_def *t,
					struct sr_file_def *f, int64_t ret)
{
	return (struct sr_event_in){ .type = sr_type_by_name(name, strlen(name)),
				     .name = name,
				     .thread = t,
				     .file = f,
				     .ret = ret };
}

static inline void fix_num(struct sr_event_in *e, uint64_t val)
{
	e->args[e->nargs++].val = val;
}

static inline void fix_fd(struct sr_event_in *e, int fd, struct sr_file_def *f)
{
	e->args[e->nargs++] = (struct sr_arg){ .val = (uint64_t)(int64_t)fd, .file = f };
}

static inline void fix_data(struct sr_event_in *e, const void *p, size_t len)
{
	e->args[e->nargs++] = (struct sr_arg){
		.val = 0x7ffc00001000, .data = p, .len = (uint32_t)len, .truelen = (uint32_t)len
	};
}

static inline void fix_text(struct sr_event_in *e, const char *s)
{
	fix_data(e, s, strlen(s));
}

/* Append; time, latency and CPU follow from the number. */
static inline void fix_add(struct fix *x, struct sr_event_in *e)
{
	uint64_t n = x->n++;

	e->time = FIX_TIME + n * FIX_MS;
	e->dur = 1000 * (n + 1);
	e->cpu = (uint16_t)(n % 4);
	fix_must(sr_builder_add(x->builder, e) == 0);
}

static inline void fix_open(struct fix *x, struct sr_thread_def *t, int dirfd,
			    struct sr_file_def *dir, const char *path, uint64_t flags, int64_t ret,
			    struct sr_file_def *f)
{
	struct sr_event_in e = fix_ev("openat", t, f, ret);

	fix_fd(&e, dirfd, dir);
	fix_text(&e, path);
	fix_num(&e, flags);
	fix_num(&e, 0755);
	fix_add(x, &e);
}

static inline void fix_io(struct fix *x, const char *name, struct sr_thread_def *t, int fd,
			  struct sr_file_def *f, const char *data, size_t len, int64_t ret)
{
	struct sr_event_in e = fix_ev(name, t, f, ret);

	fix_fd(&e, fd, f);
	fix_data(&e, data, len);
	fix_num(&e, len);
	fix_add(x, &e);
}

static inline void fix_call1(struct fix *x, const char *name, struct sr_thread_def *t, uint64_t arg,
			     int64_t ret, uint16_t flags)
{
	struct sr_event_in e = fix_ev(name, t, NULL, ret);

	e.flags = flags;
	fix_num(&e, arg);
	fix_add(x, &e);
}

static inline void fix_paths(struct fix *x, const char *name, struct sr_thread_def *t,
			     const char *a, const char *b, int64_t ret)
{
	struct sr_event_in e = fix_ev(name, t, NULL, ret);

	fix_text(&e, a);
	if (b)
		fix_text(&e, b);
	fix_add(x, &e);
}

static inline void fix_sendmsg(struct fix *x)
{
	static const char msg[] = "\x04\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0" /* struct sr_msg_head */
				  "\x02\0\x01\xbb"			 /* address */
				  "ping\0pong";
	struct sr_event_in e = fix_ev("sendmsg", &x->nginx, &x->mapped, 9);

	fix_fd(&e, 11, &x->mapped);
	fix_data(&e, msg, sizeof(msg) - 1);
	fix_num(&e, 0);
	fix_add(x, &e);
}

static inline void fix_first_half(struct fix *x)
{
	struct sr_event_in e;

	/* 1 */ fix_open(x, &x->nginx, AT_FDCWD, NULL, "/etc/passwd", O_RDONLY | O_CLOEXEC, 3,
			 &x->passwd);
	/* 2 */ fix_io(x, "read", &x->nginx, 3, &x->passwd, "root:x:0:0:\n", 12, 12);
	/* 3 */ fix_call1(x, "getppid", &x->nginx, 0, 90, 0);
	/* 4 */ fix_open(x, &x->worker, 5, &x->etc, "../var/./log//nginx/access.log",
			 O_WRONLY | O_CREAT | O_APPEND, 6, &x->log);
	/* 5 */ fix_io(x, "write", &x->worker, 6, &x->log, "GET / HTTP/1.1\n", 15, 15);
	/* 6 */ fix_open(x, &x->bash, AT_FDCWD, NULL, "missing.txt", O_RDONLY, -2, NULL);
	/* 7 */ fix_open(x, &x->bash, AT_FDCWD, NULL, "/etc/shadow", O_RDONLY, -13, NULL);
	e = fix_ev("accept4", &x->nginx, &x->http, 9);
	fix_fd(&e, 8, &x->listener);
	/* 8 */ fix_add(x, &e);
	/* 9 */ fix_io(x, "read", &x->nginx, 9, &x->http, "POST /cgi\r\n", 11, 11);
	/* 10 */ fix_io(x, "write", &x->nginx, 9, &x->http, "\x00\xff\x01", 3, 3);
	e = fix_ev("connect", &x->worker, &x->db, -115);
	fix_fd(&e, 10, &x->db);
	/* 11 */ fix_add(x, &e);
	/* 12 */ fix_sendmsg(x);
	/* 13 */ fix_io(x, "write", &x->payload, 1, &x->pipe, "uid=1000", 8, -32);
	/* 14 */ fix_io(x, "read", &x->payload, 4, &x->docker, "", 0, 0);
}

static inline void fix_second_half(struct fix *x)
{
	static const char how[] = "\x42\0\0\0\0\0\0\0\x24\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
	struct sr_event_in e = fix_ev("openat2", &x->batch, &x->dropper, 7);

	fix_fd(&e, AT_FDCWD, NULL);
	fix_text(&e, "x");
	fix_data(&e, how, sizeof(how) - 1);
	fix_num(&e, 24);
	/* 15 */ fix_add(x, &e); /* O_RDWR|O_CREAT, mode 0444 */
	/* 16 */ fix_paths(x, "rename", &x->bash, "a", "../b", 0);
	/* 17 */ fix_paths(x, "symlink", &x->bash, "/etc/passwd", "link", 0);
	/* 18 */ fix_paths(x, "unlink", &x->batch, "gone", NULL, 0);
	e = fix_ev("execve", &x->payload, NULL, 0);
	fix_text(&e, "/proc/self/fd/3");
	/* 19 */ fix_add(x, &e);
	/* 20 */ fix_call1(x, "exit_group", &x->bash, 1, 0, SR_F_NORETURN);
	/* 21 */ fix_call1(x, "nanosleep", &x->batch, 0, 0, SR_F_INFLIGHT);
	/* 22 */ fix_call1(x, "getppid", NULL, 0, 1, SR_F_NO_START);
	e = fix_ev("syscall_999", &x->bash, NULL, -38);
	e.type = NULL;
	fix_num(&e, 7);
	/* 23 */ fix_add(x, &e);
	/* 24 */ fix_call1(x, "lost", NULL, 1234, 0, 0);
	/* 25 */ fix_call1(x, "signaldeliver", &x->bash, 9, 0, 0);
	/* 26 */ fix_call1(x, "brk", &x->worker, 0, 0x7f0000000000, 0);
	/* 27 */ fix_io(x, "recvfrom", &x->nginx, 12, &x->udp, "\x12\x34", 2, 2);
	/* 28 */ fix_io(x, "getdents64", &x->bash, 5, &x->etc, "", 0, -9);
	e = fix_ev("kill", &x->payload, NULL, -1);
	fix_num(&e, (uint64_t)-1);
	fix_num(&e, 9);
	/* 29 */ fix_add(x, &e);
	e = fix_ev("read", &x->batch, &x->dropper, -14);
	e.flags = SR_F_FAULT;
	fix_fd(&e, 7, &x->dropper);
	e.args[e.nargs++] = (struct sr_arg){ .val = 0xdead, .status = SR_FAULT };
	fix_num(&e, 100);
	/* 30 */ fix_add(x, &e);
}

/* What capture/enrich.c does on a real block. */
static inline void fix_enrich(struct fix *x)
{
	static const char *const ids[] = { FIX_WEB_ID, FIX_BATCH_ID };

	for (uint32_t i = 1; i < x->b->ncgroups; i++) {
		const struct sr_str *path = &x->b->strs[x->b->cgroups[i].path];

		for (size_t j = 0; j < 2; j++)
			if (memmem(path->p, path->len, ids[j], strlen(ids[j])))
				x->b->cgroups[i].container =
					sr_meta_container(x->meta, ids[j], strlen(ids[j]));
	}
}

static inline void fix_init(struct fix *x)
{
	memset(x, 0, sizeof(*x));
	fix_meta(x);
	fix_cgroups(x);
	fix_web_threads(x);
	fix_host_threads(x);
	fix_batch_thread(x);
	fix_files(x);
	fix_must(sr_builder_new(&x->builder) == 0);
	fix_first_half(x);
	fix_second_half(x);
	x->b = sr_builder_block(x->builder);
	x->b->first_num = 1;
	fix_enrich(x);
	x->opts.first_time = FIX_TIME;
	x->v = (struct sr_view){ .b = x->b, .meta = x->meta, .opts = &x->opts };
}

static inline void fix_free(struct fix *x)
{
	sr_buf_free(&x->v.scratch);
	sr_builder_free(x->builder);
	sr_meta_free(x->meta);
}

#endif /* TEST_FILTER_FIXTURE_H */
