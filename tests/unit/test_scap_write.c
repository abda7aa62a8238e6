/* SPDX-License-Identifier: Apache-2.0 */
/* What is written as .scap is read back: lists, events, packed or not, and the limits of both. */
#include "formats/scap_write.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define STR(s) ((struct sr_str){ s, sizeof(s) - 1 })

struct file {
	int fd;
	struct sr_scap_writer *w;
	struct sr_buf body;
	struct sr_scap_file *f;
	struct sr_err err;
};

static void start(struct file *f, bool gz)
{
	*f = (struct file){ .err = { .pos = SR_NO_POS } };
	f->fd = memfd_create("scap", MFD_CLOEXEC);
	assert_true(f->fd >= 0);
	assert_int_equal(sr_scap_writer_open(&f->w, f->fd, gz, &f->err), 0);
}

/* The first block after the section, of type @what. */
static struct sr_scap_block first_block(struct file *f, enum sr_scap_what what)
{
	struct sr_scap_block b;

	assert_int_equal(sr_scap_writer_close(f->w, &f->err), 0);
	assert_int_equal(lseek(f->fd, 0, SEEK_SET), 0);
	assert_int_equal(sr_scap_open(&f->f, f->fd, &f->err), 0);
	assert_int_equal(sr_scap_next(f->f, &b, &f->err), 1);
	assert_int_equal(b.what, SR_SCAP_SECTION);
	assert_int_equal(sr_scap_next(f->f, &b, &f->err), 1);
	assert_int_equal(b.what, what);
	return b;
}

static void stop(struct file *f)
{
	struct sr_scap_block b;

	assert_int_equal(sr_scap_next(f->f, &b, &f->err), 0);
	sr_scap_free(f->f);
	sr_buf_free(&f->body);
}

static void expect_str(struct sr_str s, const char *text)
{
	assert_int_equal(s.len, strlen(text));
	assert_memory_equal(s.p, text, s.len);
}

static void a_machine_comes_back(void **state)
{
	struct sr_scap_machine m = {
		.cpus = 8, .memory = 1ull << 33, .hostname = STR("web1"), .boot_time = 77
	};
	struct sr_scap_block b;
	struct file f;

	(void)state;
	start(&f, false);
	sr_scap_put_machine(&f.body, &m);
	assert_int_equal(sr_scap_write_block(f.w, SR_SCAP_BLOCK_MACHINE, &f.body, &f.err), 0);
	b = first_block(&f, SR_SCAP_MACHINE);
	assert_int_equal(b.len, 180); /* readers take no other */
	memset(&m, 0, sizeof(m));
	assert_int_equal(sr_scap_machine(&b, &m, &f.err), 0);
	assert_int_equal(m.cpus, 8);
	assert_int_equal(m.memory, 1ull << 33);
	assert_int_equal(m.boot_time, 77);
	expect_str(m.hostname, "web1");
	stop(&f);
}

static void users_and_addresses_come_back(void **state)
{
	struct sr_scap_user u = { .id = 33,
				  .gid = 34,
				  .name = STR("www"),
				  .home = STR("/var"),
				  .shell = STR("/bin/sh") };
	struct sr_scap_interface i = { .v6 = true, .addr = { [15] = 9 }, .name = STR("eth0") };
	struct sr_scap_list l;
	struct sr_scap_block b;
	struct file f;

	(void)state;
	start(&f, true);
	sr_scap_put_user(&f.body, &u);
	u = (struct sr_scap_user){ .group = true, .id = 5, .name = STR("tty") };
	sr_scap_put_user(&f.body, &u);
	assert_int_equal(sr_scap_write_block(f.w, SR_SCAP_BLOCK_USERS, &f.body, &f.err), 0);
	sr_scap_put_interface(&f.body, &i);
	assert_int_equal(sr_scap_write_block(f.w, SR_SCAP_BLOCK_INTERFACES, &f.body, &f.err), 0);
	b = first_block(&f, SR_SCAP_USERS);
	l = sr_scap_list(&b);
	assert_int_equal(sr_scap_user_next(&l, &u, &f.err), 1);
	assert_int_equal(u.id, 33);
	expect_str(u.name, "www");
	expect_str(u.home, "/var");
	expect_str(u.shell, "/bin/sh");
	assert_int_equal(sr_scap_user_next(&l, &u, &f.err), 1);
	assert_true(u.group);
	assert_int_equal(u.id, 5);
	assert_int_equal(sr_scap_user_next(&l, &u, &f.err), 0);
	assert_int_equal(sr_scap_next(f.f, &b, &f.err), 1);
	l = sr_scap_list(&b);
	assert_int_equal(sr_scap_interface_next(&l, &i, &f.err), 1);
	assert_true(i.v6);
	assert_int_equal(i.addr[15], 9);
	expect_str(i.name, "eth0");
	assert_int_equal(sr_scap_interface_next(&l, &i, &f.err), 0);
	stop(&f);
}

static void threads_come_back_with_all_members(void **state)
{
	struct sr_scap_proc p = { .tid = 12,
				  .pid = 11,
				  .ptid = 10,
				  .sid = 9,
				  .vpgid = 8,
				  .vtid = 2,
				  .vpid = 1,
				  .fdlimit = 1024,
				  .comm = STR("nginx"),
				  .exe = STR("nginx"),
				  .exepath = STR("/usr/sbin/nginx"),
				  .args = STR("-g\0daemon off;\0"),
				  .cwd = STR("/srv"),
				  .env = STR("A=1\0"),
				  .cgroups = STR("cpuset=/docker/x\0"),
				  .root = STR("/"),
				  .flags = 0x2001,
				  .uid = 33,
				  .gid = 34,
				  .loginuid = 1000,
				  .cap_effective = 0xff,
				  .exe_writable = true };
	struct sr_scap_list l;
	struct sr_scap_block b;
	struct file f;

	(void)state;
	start(&f, false);
	sr_scap_put_proc(&f.body, &p);
	assert_int_equal(sr_scap_write_block(f.w, SR_SCAP_BLOCK_PROCS, &f.body, &f.err), 0);
	b = first_block(&f, SR_SCAP_PROCS);
	l = sr_scap_list(&b);
	memset(&p, 0, sizeof(p));
	assert_int_equal(sr_scap_proc_next(&l, &p, &f.err), 1);
	assert_int_equal(p.tid, 12);
	assert_int_equal(p.pid, 11);
	assert_int_equal(p.ptid, 10);
	assert_int_equal(p.sid, 9);
	assert_int_equal(p.vpgid, 8);
	assert_int_equal(p.vtid, 2);
	assert_int_equal(p.vpid, 1);
	assert_int_equal(p.flags, 0x2001);
	assert_int_equal(p.uid, 33);
	assert_int_equal(p.gid, 34);
	assert_int_equal(p.loginuid, 1000);
	assert_int_equal(p.cap_effective, 0xff);
	assert_true(p.exe_writable);
	expect_str(p.exepath, "/usr/sbin/nginx");
	expect_str(p.cwd, "/srv");
	assert_int_equal(p.args.len, 15);
	assert_int_equal(p.cgroups.len, 17);
	assert_int_equal(sr_scap_proc_next(&l, &p, &f.err), 0);
	stop(&f);
}

/* Readers refuse files with longer ones. */
static void what_is_too_long_is_cut(void **state)
{
	static char args[9000];
	struct sr_scap_proc p = { .comm = { args, 2000 }, .args = { args, sizeof(args) } };
	struct sr_scap_list l;
	struct sr_scap_block b;
	struct file f;

	(void)state;
	memset(args, 'a', sizeof(args));
	for (size_t i = 9; i < sizeof(args); i += 10)
		args[i] = '\0';
	start(&f, false);
	sr_scap_put_proc(&f.body, &p);
	assert_int_equal(sr_scap_write_block(f.w, SR_SCAP_BLOCK_PROCS, &f.body, &f.err), 0);
	b = first_block(&f, SR_SCAP_PROCS);
	l = sr_scap_list(&b);
	assert_int_equal(sr_scap_proc_next(&l, &p, &f.err), 1);
	assert_int_equal(p.comm.len, 1023);
	assert_int_equal(p.args.len, 4090); /* whole arguments */
	assert_int_equal(p.args.p[p.args.len - 1], '\0');
	stop(&f);
}

static void open_files_come_back_in_kinds_that_all_readers_know(void **state)
{
	static const struct {
		uint8_t written, read;
	} kinds[] = {
		{ SR_SCAP_FD_FILE, SR_SCAP_FD_FILE },
		{ SR_SCAP_FD_DIRECTORY, SR_SCAP_FD_DIRECTORY },
		{ SR_SCAP_FD_IPV4, SR_SCAP_FD_IPV4 },
		{ SR_SCAP_FD_IPV6_SERVER, SR_SCAP_FD_IPV6_SERVER },
		{ SR_SCAP_FD_UNIX, SR_SCAP_FD_UNIX },
		{ SR_SCAP_FD_FILE_FLAGS, SR_SCAP_FD_FILE_FLAGS },
		{ SR_SCAP_FD_UNKNOWN, SR_SCAP_FD_UNSUPPORTED },
		{ SR_SCAP_FD_PIDFD, SR_SCAP_FD_UNSUPPORTED },
	};
	struct sr_scap_list l;
	struct sr_scap_block b;
	struct sr_scap_fd fd;
	struct file f;
	int64_t tid;

	(void)state;
	start(&f, false);
	sr_scap_put_tid(&f.body, 42);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		fd = (struct sr_scap_fd){ .fd = (int64_t)i,
					  .ino = 7,
					  .kind = kinds[i].written,
					  .l4 = SR_SCAP_L4_UDP,
					  .src = { 10, 0, 0, 1 },
					  .dst = { 10, 0, 0, 2 },
					  .sport = 53,
					  .dport = 5353,
					  .name = STR("/x") };
		sr_scap_put_fd(&f.body, &fd);
	}
	assert_int_equal(sr_scap_write_block(f.w, SR_SCAP_BLOCK_FDS, &f.body, &f.err), 0);
	b = first_block(&f, SR_SCAP_FDS);
	l = sr_scap_list(&b);
	assert_int_equal(sr_scap_fds_begin(&l, &tid, &f.err), 0);
	assert_int_equal(tid, 42);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		assert_int_equal(sr_scap_fd_next(&l, &fd, &f.err), 1);
		assert_int_equal(fd.fd, i);
		assert_int_equal(fd.kind, kinds[i].read);
		if (fd.kind == SR_SCAP_FD_IPV4) {
			assert_int_equal(fd.dport, 5353);
			assert_int_equal(fd.dst[3], 2);
			assert_int_equal(fd.l4, SR_SCAP_L4_UDP);
		}
	}
	assert_int_equal(sr_scap_fd_next(&l, &fd, &f.err), 0);
	stop(&f);
}

static struct sr_scap_event make_event(uint16_t id, const char *bytes, uint32_t len)
{
	static const int64_t res = 5;
	struct sr_scap_event e = { .time = 1234567890123,
				   .tid = 99,
				   .id = id,
				   .cpu = 3,
				   .desc = sr_scap_desc(id),
				   .n = 2 };

	e.params[0] = (struct sr_scap_param){ (const uint8_t *)&res, sizeof(res) };
	e.params[1] = (struct sr_scap_param){ (const uint8_t *)bytes, len };
	return e;
}

static void event_comes_back(bool gz, bool state_only, uint32_t len)
{
	char *data = calloc(1, len);
	struct sr_scap_event in = make_event(7, data, len), out;
	struct sr_scap_block b;
	struct file f;
	int64_t res;

	assert_non_null(data);
	in.state_only = state_only;
	start(&f, gz);
	assert_int_equal(sr_scap_write_event(f.w, &in, &f.err), 0);
	b = first_block(&f, SR_SCAP_EVENT_BLOCK);
	/* the types of small blocks hold 64 KiB */
	assert_int_equal(b.type,
			 len < 60000 ? state_only ? 0x217 : 0x216 : (state_only ? 0x222 : 0x221));
	assert_int_equal(sr_scap_event(&b, &out, &f.err), 0);
	assert_int_equal(out.time, in.time);
	assert_int_equal(out.tid, 99);
	assert_int_equal(out.cpu, 3);
	assert_int_equal(out.n, 2);
	assert_int_equal(out.state_only, state_only);
	assert_int_equal(out.params[1].len, len);
	assert_true(sr_scap_number(&out, 0, &res) && res == 5);
	stop(&f);
	free(data);
}

static void events_come_back(void **state)
{
	(void)state;
	event_comes_back(false, false, 80);
	event_comes_back(true, false, 1);
	event_comes_back(false, true, 80);
	event_comes_back(false, false, 65535);
	event_comes_back(true, true, 65535);
}

static void a_value_that_is_too_long_is_refused(void **state)
{
	char *data = calloc(1, 70000);
	struct sr_scap_event e = make_event(7, data, 70000);
	struct file f;

	(void)state;
	start(&f, false);
	assert_int_equal(sr_scap_write_event(f.w, &e, &f.err), -E2BIG);
	assert_non_null(strstr(f.err.msg, "too long"));
	assert_int_equal(sr_scap_writer_close(f.w, &f.err), 0);
	assert_int_equal(close(f.fd), 0);
	free(data);
}

static void a_full_disk_is_told(void **state)
{
	struct sr_err err = { .pos = SR_NO_POS };
	struct sr_scap_writer *w;
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(close(fds[1]), 0);
	assert_int_equal(sr_scap_writer_open(&w, fds[0], true, &err), 0); /* it is buffered */
	assert_int_equal(sr_scap_writer_close(w, &err), -EBADF);
	assert_non_null(strstr(err.msg, "Bad file"));
	assert_int_equal(close(fds[0]), 0);
}

/* Each value that Linux has and .scap files too goes there and back. */
static void values_go_there_and_back(void **state)
{
	static const struct {
		enum sr_scap_values table;
		uint64_t v;
	} values[] = {
		{ SR_SCAP_VALUES_file_flags, 0 },
		{ SR_SCAP_VALUES_file_flags, 02 | 0100 | 01000 },
		{ SR_SCAP_VALUES_file_flags, 01 | 02000000 },
		{ SR_SCAP_VALUES_clone_flags, 0x100 | 0x200 | 0x10000 },
		{ SR_SCAP_VALUES_socket_families, 10 },
		{ SR_SCAP_VALUES_fcntl_commands, 1030 },
		{ SR_SCAP_VALUES_lseek_whence, 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		assert_int_equal(sr_scap_to_linux(values[i].table,
						  sr_scap_from_linux(values[i].table, values[i].v)),
				 values[i].v);
}

static void every_call_of_the_table_has_its_events(void **state)
{
	const struct sr_scap_call *c = sr_scap_call("openat");

	(void)state;
	assert_false(c->generic);
	assert_string_equal(sr_scap_desc(c->enter)->name, "openat");
	assert_string_equal(sr_scap_desc(c->leave)->name, "openat");
	assert_int_equal(c->leave, c->enter + 1);
	assert_true(c->nleave <= sr_scap_desc(c->leave)->nparams);
	c = sr_scap_call("prctl");
	assert_true(c->generic);
	assert_string_equal(sr_scap_call_name(c->sc), "prctl");
	assert_null(sr_scap_call("no_such_call"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_machine_comes_back),
		cmocka_unit_test(users_and_addresses_come_back),
		cmocka_unit_test(threads_come_back_with_all_members),
		cmocka_unit_test(what_is_too_long_is_cut),
		cmocka_unit_test(open_files_come_back_in_kinds_that_all_readers_know),
		cmocka_unit_test(events_come_back),
		cmocka_unit_test(a_value_that_is_too_long_is_refused),
		cmocka_unit_test(a_full_disk_is_told),
		cmocka_unit_test(values_go_there_and_back),
		cmocka_unit_test(every_call_of_the_table_has_its_events),
	};

	return cmocka_run_group_tests_name("scap_write", tests, NULL, NULL);
}
