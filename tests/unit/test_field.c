/* SPDX-License-Identifier: Apache-2.0 */
/* Fields: the table, names with arguments, and values as text and as JSON. */
#include "tests/unit/filter_fixture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* Row @num (from 1) of field @name as text; NULL: absent for reason @why. */
struct expect {
	const char *name;
	uint32_t num;
	const char *text;
	uint8_t why;
};

static struct sr_fieldref parse(const char *name)
{
	struct sr_fieldref ref;
	struct sr_err err = { 0 };
	int n = sr_fieldref_parse(&ref, name, strlen(name), &err);

	if (n != (int)strlen(name))
		fail_msg("%s: %d %s", name, n, err.msg);
	return ref;
}

static void check_text(struct fix *x, const struct expect *e)
{
	struct sr_fieldref ref = parse(e->name);
	struct sr_buf text = { 0 };
	struct sr_val val;
	bool have;

	sr_field_get(&ref, &x->v, e->num - 1, &val);
	have = sr_val_text(&ref, &val, &x->v, &text);
	if (!e->text && (have || val.why != e->why))
		fail_msg("%s of %u: %s, why %u, expected nothing, why %u", e->name, e->num,
			 sr_buf_cstr(&text), val.why, e->why);
	if (e->text && (!have || strcmp(sr_buf_cstr(&text), e->text) != 0 || val.why != e->why))
		fail_msg("%s of %u: %s (why %u), expected %s", e->name, e->num,
			 have ? sr_buf_cstr(&text) : "nothing", val.why, e->text);
	sr_buf_free(&text);
}

#define CHECK_ALL(x, table)                                              \
	for (size_t i_ = 0; i_ < sizeof(table) / sizeof(table[0]); i_++) \
		check_text((x), &(table)[i_]);

static const struct expect event_values[] = {
	{ "evt.num", 30, "30", 0 },
	{ "evt.time", 2, "23:13:20.001000000", 0 },
	{ "evt.time.s", 2, "23:13:20", 0 },
	{ "evt.time.iso8601", 2, "2023-11-14T22:13:20.001000000+0000", 0 },
	{ "evt.datetime", 2, "2023-11-14 23:13:20.001000000", 0 },
	{ "evt.datetime.s", 2, "2023-11-14 23:13:20", 0 },
	{ "evt.rawtime", 2, "1700000000001000000", 0 },
	{ "evt.rawtime.s", 2, "1700000000", 0 },
	{ "evt.rawtime.ns", 2, "001000000", 0 },
	{ "evt.start", 2, "23:13:20.000998000", 0 },
	{ "evt.rawstart", 2, "1700000000000998000", 0 },
	{ "evt.start", 20, "23:13:20.018980000", 0 },
	{ "evt.start", 22, NULL, SR_UNKNOWN },
	{ "evt.reltime", 3, "2000000", 0 },
	{ "evt.reltime.s", 3, "0", 0 },
	{ "evt.reltime.ns", 3, "002000000", 0 },
	{ "evt.outputtime", 2, "23:13:20.001000000", 0 },
	{ "evt.latency", 4, "4000", 0 },
	{ "evt.latency.s", 4, "0", 0 },
	{ "evt.latency.ns", 4, "000004000", 0 },
	{ "evt.latency.human", 4, "4.00us", 0 },
	{ "evt.latency", 20, NULL, SR_NONE },
	{ "evt.latency", 22, NULL, SR_UNKNOWN },
	{ "evt.latency", 25, NULL, SR_NONE },
	{ "evt.dir", 1, "<", 0 },
	{ "evt.type", 23, "syscall_999", 0 },
	{ "evt.type.is.openat", 1, "1", 0 },
	{ "evt.type.is.openat", 2, "0", 0 },
	{ "syscall.type", 25, NULL, SR_NONE },
	{ "evt.category", 2, "file", 0 },
	{ "evt.category", 9, "net", 0 },
	{ "evt.category", 13, "ipc", 0 },
	{ "evt.category", 23, "other", 0 },
	{ "evt.cpu", 6, "1", 0 },
	{ "evt.res", 1, "SUCCESS", 0 },
	{ "evt.res", 7, "EACCES", 0 },
	{ "evt.res", 20, NULL, SR_NONE },
	{ "evt.res", 21, NULL, SR_NONE },
	{ "evt.res", 24, NULL, SR_NONE },
	{ "evt.rawres", 11, "-115", 0 },
	{ "evt.rawres", 26, "139637976727552", 0 },
	{ "evt.failed", 26, "false", 0 },
	{ "evt.failed", 6, "true", 0 },
	{ "evt.failed", 25, NULL, SR_NONE },
	{ "evt.count", 6, "1", 0 },
	{ "evt.count.error", 6, "1", 0 },
	{ "evt.buffer", 5, "GET / HTTP/1.1.", 0 },
	{ "evt.buffer", 12, "ping.pong", 0 },
	{ "evt.buffer", 30, NULL, SR_FAULT },
	{ "evt.buffer", 3, NULL, SR_NONE },
	{ "evt.buffer", 14, "", 0 },
	{ "evt.buflen", 5, "15", 0 },
	{ "evt.buflen", 13, NULL, SR_NONE },
	{ "evt.buflen", 1, NULL, SR_NONE },
	{ "evt.io_dir", 5, "write", 0 },
	{ "evt.io_dir", 1, NULL, SR_NONE },
	{ "evt.is_wait", 21, "true", 0 },
	{ "evt.is_open_write", 15, "true", 0 },
	{ "evt.is_open_exec", 15, "false", 0 },
	{ "evt.flags", 30, "fault", 0 },
	{ "evt.flags", 1, NULL, SR_NONE },
	{ "evt.lost", 24, "1234", 0 },
	{ "evt.lost", 1, NULL, SR_NONE },
	{ "evt.arg.path", 1, "/etc/passwd", 0 },
	{ "evt.arg[1]", 1, "/etc/passwd", 0 },
	{ "evt.arg.path", 2, NULL, SR_NONE },
	{ "evt.arg.flags", 1, "O_RDONLY|O_CLOEXEC", 0 },
	{ "evt.arg.fd", 2, "3</etc/passwd>", 0 },
	{ "evt.arg.buf", 2, "root:x:0:0:\\n", 0 },
	{ "evt.arg.res", 6, "ENOENT", 0 },
	{ "evt.arg.res", 1, "3</etc/passwd>", 0 },
	{ "evt.arg.res", 24, NULL, SR_NONE },
	{ "evt.rawarg.dirfd", 1, "-100", 0 },
	{ "evt.rawarg.flags", 1, "524288", 0 },
	{ "evt.rawarg.path", 1, "/etc/passwd", 0 },
	{ "evt.rawarg.pid", 29, "-1", 0 },
	{ "evt.rawarg.addr", 26, "0", 0 },
	{ "evt.call", 2, "read(3</etc/passwd>, \"root:x:0:0:\\n\", 12) = 12", 0 },
};

static void values_of_the_event_have_their_text(void **state)
{
	struct fix x;

	(void)state;
	fix_init(&x);
	CHECK_ALL(&x, event_values);
	fix_free(&x);
}

static const struct expect process_values[] = {
	{ "proc.pid", 4, "100", 0 },
	{ "thread.tid", 4, "101", 0 },
	{ "proc.pid", 22, NULL, SR_UNKNOWN },
	{ "proc.name", 22, NULL, SR_UNKNOWN },
	{ "proc.vpid", 1, "1", 0 },
	{ "proc.pname", 1, "containerd-shim", 0 },
	{ "proc.pname", 15, NULL, SR_UNKNOWN },
	{ "proc.aname", 13, "bash sshd systemd", 0 },
	{ "proc.aname[0]", 13, "kworker/u8:1", 0 },
	{ "proc.aname[3]", 13, "systemd", 0 },
	{ "proc.aname[4]", 13, NULL, SR_UNKNOWN },
	{ "proc.aname[9999]", 13, NULL, SR_UNKNOWN },
	{ "proc.apid[2]", 13, "190", 0 },
	{ "proc.apid", 13, "200", 0 },
	{ "proc.apid[0]", 13, "210", 0 },
	{ "proc.sname", 13, "sshd", 0 },
	{ "proc.exe", 1, "nginx", 0 },
	{ "proc.exe", 6, NULL, SR_FAULT },
	{ "proc.args", 1, "-g daemon off;", 0 },
	{ "proc.args[0]", 1, "-g", 0 },
	{ "proc.args[2]", 1, NULL, SR_NONE },
	{ "proc.args[2]", 15, NULL, SR_TRUNC },
	{ "proc.args", 15, "-c sleep 1 && ec", SR_TRUNC },
	{ "proc.cmdline", 1, "nginx -g daemon off;", 0 },
	{ "proc.cmdline", 6, "bash", SR_FAULT },
	{ "proc.exeline", 13, "[kworker/u8:1] -c id", 0 },
	{ "proc.exeline", 6, NULL, SR_FAULT },
	{ "proc.env", 1, "PATH=/usr/bin LANG=C EMPTY=", 0 },
	{ "proc.env[LANG]", 1, "C", 0 },
	{ "proc.env.EMPTY", 1, "", 0 },
	{ "proc.env.LAN", 1, NULL, SR_NONE },
	{ "proc.env[LANG]", 6, NULL, SR_NONE },
	{ "proc.cwd", 1, "/srv/www/", 0 },
	{ "proc.cwd", 13, "/", 0 },
	{ "proc.duration", 2, "5001000000", 0 },
	{ "proc.duration", 6, NULL, SR_UNKNOWN },
	{ "proc.pid.ts", 2, "1699999995000000000", 0 },
	{ "proc.is_exe_deleted", 13, "true", 0 },
	{ "proc.is_exe_upper_layer", 13, "false", 0 },
	{ "proc.is_exe_deleted", 22, NULL, SR_UNKNOWN },
	{ "proc.exe_ino", 6, NULL, SR_UNKNOWN },
	{ "proc.exe_ino.ctime", 1, "1600000001000000000", 0 },
	{ "proc.is_vpgid_leader", 1, "true", 0 },
	{ "proc.is_pgid_leader", 1, "true", 0 },
	{ "proc.ns.pid", 1, "4026532001", 0 },
	{ "proc.ns.net", 1, NULL, SR_UNKNOWN },
	{ "thread.ismain", 4, "false", 0 },
	{ "thread.nametid", 4, "nginx101", 0 },
	{ "thread.cap_effective", 1, "CAP_CHOWN CAP_NET_BIND_SERVICE", 0 },
	{ "thread.cap_permitted", 1, "", 0 },
	{ "thread.cgroups", 6, "unified=/system.slice/ssh.service", 0 },
	{ "thread.cgroups", 22, NULL, SR_UNKNOWN },
	{ "user.uid", 6, "0", 0 },
	{ "user.ruid", 6, "1000", 0 },
	{ "user.name", 6, "root", 0 },
	{ "user.name", 1, "www-data", 0 },
	{ "user.loginuid", 1, "-1", 0 },
	{ "user.loginname", 1, NULL, SR_NONE },
	{ "user.loginname", 6, "alice", 0 },
	{ "group.gid", 6, "1000", 0 },
	{ "group.name", 6, NULL, SR_UNKNOWN },
	{ "container.id", 1, "0123456789ab", 0 },
	{ "container.full_id", 1, FIX_WEB_ID, 0 },
	{ "container.id", 6, "host", 0 },
	{ "container.id", 22, NULL, SR_UNKNOWN },
	{ "container.name", 1, "web", 0 },
	{ "container.name", 6, "host", 0 },
	{ "container.name", 15, NULL, SR_UNKNOWN },
	{ "container.image", 6, NULL, SR_NONE },
	{ "container.image.repository", 1, "registry.lan:5000/nginx", 0 },
	{ "container.image.tag", 1, "1.25", 0 },
	{ "container.image.digest", 1, NULL, SR_NONE },
	{ "container.type", 15, "podman", 0 },
	{ "container.state", 15, "pending", 0 },
	{ "container.state", 6, "host", 0 },
	{ "container.why", 15, "no answer yet", 0 },
	{ "container.privileged", 1, "false", 0 },
	{ "container.privileged", 15, NULL, SR_UNKNOWN },
	{ "container.label.app", 1, "shop", 0 },
	{ "container.label[com.example.tier-1]", 1, "front end", 0 },
	{ "container.label.nope", 1, NULL, SR_NONE },
	{ "container.label.app", 15, NULL, SR_UNKNOWN },
	{ "container.labels", 1, "app:shop, com.example.tier-1:front end", 0 },
	{ "container.cgroup", 15, "/libpod-" FIX_BATCH_ID ".scope", 0 },
	{ "container.created", 1, NULL, SR_UNKNOWN },
	{ "container.start_ts", 1, "1699999999000000000", 0 },
	{ "container.start_ts", 15, NULL, SR_UNKNOWN },
	{ "container.ip", 1, "172.17.0.2", 0 },
	{ "container.ip", 6, NULL, SR_NONE },
	{ "container.ip", 15, NULL, SR_UNKNOWN },
	{ "container.ports", 1, "443/tcp, 0.0.0.0:8080->80/tcp", 0 },
	{ "container.mounts", 1, "/srv/www:/www:ro:false:rprivate,/data:/var/lib::true:", 0 },
	{ "container.mount[1]", 1, "/data:/var/lib::true:", 0 },
	{ "container.mount[2]", 1, NULL, SR_NONE },
	{ "container.mount[99999999999]", 1, NULL, SR_NONE },
	{ "container.mount[/srv/*]", 1, "/srv/www:/www:ro:false:rprivate", 0 },
	{ "container.mount.source[/var/*]", 1, "/data", 0 },
	{ "container.mount.dest[/data]", 1, "/var/lib", 0 },
	{ "container.mount.rdwr[0]", 1, "false", 0 },
	{ "container.mount.propagation[0]", 1, "rprivate", 0 },
	{ "container.mount.mode[1]", 1, NULL, SR_NONE },
	{ "container.healthcheck", 1, "true", 0 },
	{ "container.healthcheck", 15, NULL, SR_UNKNOWN },
	{ "container.health", 1, NULL, SR_NONE },
	{ "container.status", 1, "running", 0 },
	{ "container.user", 1, "www", 0 },
	{ "container.exit_code", 1, NULL, SR_NONE },
	{ "container.restart_count", 1, "2", 0 },
	{ "container.host_pid", 1, "true", 0 },
	{ "container.host_network", 1, "false", 0 },
	{ "container.host_ipc", 1, NULL, SR_UNKNOWN },
	{ "k8s.pod.name", 1, NULL, SR_NONE },
	{ "k8s.pod.name", 6, NULL, SR_NONE },
	{ "k8s.ns.name", 15, NULL, SR_UNKNOWN },
};

static void values_of_the_process_have_their_text(void **state)
{
	struct fix x;

	(void)state;
	fix_init(&x);
	CHECK_ALL(&x, process_values);
	fix_free(&x);
}

static const struct expect file_values[] = {
	{ "fd.num", 1, "3", 0 },
	{ "fd.num", 6, NULL, SR_NONE },
	{ "fd.num", 8, "9", 0 },
	{ "fd.num", 3, NULL, SR_NONE },
	{ "fd.type", 8, "ipv4", 0 },
	{ "fd.type", 3, NULL, SR_NONE },
	{ "fd.typechar", 14, "u", 0 },
	{ "fd.name", 8, "192.168.1.7:51000->10.0.0.5:80", 0 },
	{ "fd.name", 11, "::1:40000->::1:5432", 0 },
	{ "fd.name", 6, NULL, SR_NONE },
	{ "fd.directory", 5, "/var/log/nginx", 0 },
	{ "fd.filename", 5, "access.log", 0 },
	{ "fd.directory", 28, "/etc", 0 },
	{ "fd.filename", 28, NULL, SR_NONE },
	{ "fd.directory", 8, NULL, SR_NONE },
	{ "fd.cip", 8, "192.168.1.7", 0 },
	{ "fd.sip", 8, "10.0.0.5", 0 },
	{ "fd.lip", 11, "::1", 0 },
	{ "fd.cport", 11, "40000", 0 },
	{ "fd.sport", 11, "5432", 0 },
	{ "fd.rport", 8, "51000", 0 },
	{ "fd.lport", 27, "5353", 0 },
	{ "fd.rport", 27, NULL, SR_NONE },
	{ "fd.sport", 27, NULL, SR_NONE },
	{ "fd.rip", 12, "8.8.8.8", 0 },
	{ "fd.sip", 14, NULL, SR_NONE },
	{ "fd.l4proto", 27, "udp", 0 },
	{ "fd.l4proto", 14, NULL, SR_NONE },
	{ "fd.sockfamily", 8, "ip", 0 },
	{ "fd.sockfamily", 14, "unix", 0 },
	{ "fd.sockfamily", 1, NULL, SR_NONE },
	{ "fd.is_server", 8, "true", 0 },
	{ "fd.is_server", 1, "false", 0 },
	{ "fd.dev", 1, "801", 0 },
	{ "fd.dev.major", 15, "254", 0 },
	{ "fd.dev.minor", 15, "3", 0 },
	{ "fd.mode", 28, "040755", 0 },
	{ "fd.deleted", 15, "true", 0 },
	{ "fs.path.name", 6, "/u/alice/missing.txt", 0 },
	{ "fs.path.nameraw", 6, "missing.txt", 0 },
	{ "fs.path.name", 4, "/var/log/nginx/access.log", 0 },
	{ "fs.path.name", 2, NULL, SR_NONE },
	{ "fs.path.name", 16, NULL, SR_NONE },
	{ "fs.path.name", 18, "gone", 0 },
	{ "fs.path.source", 16, "/u/alice/a", 0 },
	{ "fs.path.sourceraw", 16, "a", 0 },
	{ "fs.path.target", 16, "/u/b", 0 },
	{ "fs.path.targetraw", 16, "../b", 0 },
	{ "fs.path.source", 17, "/u/alice/link", 0 },
	{ "fs.path.target", 17, "/etc/passwd", 0 },
	{ "fs.path.source", 1, NULL, SR_NONE },
};

static void values_of_files_and_paths_have_their_text(void **state)
{
	struct fix x;

	(void)state;
	fix_init(&x);
	CHECK_ALL(&x, file_values);
	fix_free(&x);
}

static void times_follow_the_options(void **state)
{
	static const struct {
		char mode;
		const char *text;
	} modes[] = {
		{ 'h', "22:13:20.002000000" }, { 'a', "1700000000.002000000" },
		{ 'r', "0.002000000" },	       { 'd', "0.000003000" },
		{ 'D', "0.001500000" },
	};
	struct expect e = { "evt.outputtime", 3, NULL, 0 };
	struct fix x;

	(void)state;
	fix_init(&x);
	x.opts.utc = true;
	x.opts.last_shown = FIX_TIME + FIX_MS / 2;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		x.opts.time_mode = modes[i].mode;
		e.text = modes[i].text;
		check_text(&x, &e);
	}
	check_text(&x, &(struct expect){ "evt.time", 3, "22:13:20.002000000", 0 });
	x.opts.first_time = 0;
	check_text(&x, &(struct expect){ "evt.reltime", 3, NULL, SR_UNKNOWN });
	x.v.opts = NULL;
	check_text(&x, &(struct expect){ "evt.outputtime", 3, "23:13:20.002000000", 0 });
	x.v.meta = NULL;
	check_text(&x, &(struct expect){ "evt.rawtime", 3, "5002000000", 0 });
	check_text(&x, &(struct expect){ "evt.time", 3, "00:00:05.002000000", 0 });
	check_text(&x, &(struct expect){ "user.name", 1, NULL, SR_UNKNOWN });
	check_text(&x, &(struct expect){ "user.name", 6, "root", 0 });
	fix_free(&x);
}

static void payload_has_four_other_forms(void **state)
{
	static const struct {
		char mode;
		uint32_t num;
		const char *text;
	} modes[] = {
		{ 0, 10, "..." },
		{ 'A', 9, "\nPOST /cgi\n" },
		{ 'A', 10, "\n" },
		{ 'x', 10, "\n\t0x0000: 00ff 01\n" },
		{ 'X', 10, "\n\t0x0000: 00ff 01                                  ...\n" },
		{ 'X', 9, "\n\t0x0000: 504f 5354 202f 6367 690d 0a              POST /cgi..\n" },
		{ 'b', 10, "AP8B" },
		{ 'b', 9, "UE9TVCAvY2dpDQo=" },
		{ 'b', 14, "" },
	};
	struct fix x;

	(void)state;
	fix_init(&x);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		x.opts.payload = modes[i].mode;
		check_text(&x, &(struct expect){ "evt.buffer", modes[i].num, modes[i].text, 0 });
	}
	fix_free(&x);
}

static void json_values_have_their_types(void **state)
{
	static const struct {
		const char *name;
		uint32_t num;
		const char *json;
	} table[] = {
		{ "evt.num", 2, "2" },
		{ "evt.time", 2, "1700000000001000000" },
		{ "evt.datetime.s", 2, "1700000000001000000" },
		{ "evt.rawtime.ns", 2, "1000000" },
		{ "evt.latency", 2, "2000" },
		{ "evt.rawres", 6, "-2" },
		{ "evt.failed", 6, "true" },
		{ "evt.buffer", 10, "\"...\"" },
		{ "evt.arg.path", 1, "\"/etc/passwd\"" },
		{ "fd.sip", 8, "\"10.0.0.5\"" },
		{ "fd.name", 3, "null" },
		{ "fd.dev", 1, "2049" },
		{ "user.loginuid", 1, "-1" },
	};
	struct fix x;

	(void)state;
	fix_init(&x);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct sr_fieldref ref = parse(table[i].name);
		struct sr_buf out = { 0 };
		struct sr_val val;

		sr_field_get(&ref, &x.v, table[i].num - 1, &val);
		sr_val_json(&ref, &val, &x.v, &out);
		assert_string_equal(sr_buf_cstr(&out), table[i].json);
		sr_buf_free(&out);
	}
	fix_free(&x);
}

static void control_bytes_do_not_reach_the_terminal(void **state)
{
	static const char raw[] = "a\033[31mb\n\t\r\x7f\xc2\x9b z\xc3\xa9";
	struct sr_fieldref ref = parse("fd.name");
	struct sr_val val = { .type = SR_V_STR, .s = { raw, sizeof(raw) - 1 } };
	struct sr_view v = { 0 };
	struct sr_buf out = { 0 };

	(void)state;
	assert_true(sr_val_text(&ref, &val, &v, &out));
	assert_string_equal(sr_buf_cstr(&out), "a\\x1b[31mb\\n\\t\\r\\x7f\\xc2\\x9b z\xc3\xa9");
	sr_buf_free(&out);
}

/* ---- names ---- */

static void the_longest_name_is_taken(void **state)
{
	static const struct {
		const char *text;
		int used;
		const char *field, *arg;
	} table[] = {
		{ "proc.namex", 9, "proc.name", "" },
		{ "proc.name.x", 9, "proc.name", "" },
		{ "evt.time.s", 10, "evt.time.s", "" },
		{ "evt.time.sx", 10, "evt.time.s", "" },
		{ "evt.time.x", 8, "evt.time", "" },
		{ "proc.pid.ts)", 11, "proc.pid.ts", "" },
		{ "evt.arg.flags,", 13, "evt.arg", "flags" },
		{ "evt.arg.pathx", 12, "evt.arg", "path" },
		{ "evt.arg[12]x", 11, "evt.arg", "12" },
		{ "proc.aname[2]", 13, "proc.aname", "2" },
		{ "proc.aname x", 10, "proc.aname", "" },
		{ "proc.env[A B]", 13, "proc.env", "A B" },
		{ "proc.env['x]y']", 15, "proc.env", "x]y" },
		{ "container.label.a.b.", 19, "container.label", "a.b" },
		{ "container.image.id", 18, "container.image.id", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct sr_fieldref ref;

		assert_int_equal(
			sr_fieldref_parse(&ref, table[i].text, strlen(table[i].text), NULL),
			table[i].used);
		assert_string_equal(ref.field->name, table[i].field);
		assert_string_equal(ref.arg, table[i].arg);
		assert_int_equal(ref.argn, strcmp(ref.arg, "12") == 0  ? 12
					   : strcmp(ref.arg, "2") == 0 ? 2
								       : -1);
	}
}

static void wrong_names_are_explained(void **state)
{
	static const struct {
		const char *text, *msg;
	} table[] = {
		{ "", "expected the name of a field" },
		{ "proc.nme", "unknown field proc.nme, did you mean proc.name?" },
		{ "fd.por", "unknown field fd.por, did you mean fd.port?" },
		{ "evt.arg", "evt.arg takes .NAME or [N]" },
		{ "evt.arg.", "evt.arg takes .NAME or [N]" },
		{ "evt.arg[99999999999]", "evt.arg takes .NAME or [N]" },
		{ "proc.aname[", "proc.aname takes [N], N a number, or nothing" },
		{ "proc.env['x]", "proc.env takes [NAME], or nothing" },
		{ "evt.type.is.opnat",
		  "evt.type.is: no event is called opnat, did you mean openat?" },
		{ "container.label[0123456789012345678901234567890123456789012345678901234567890123]",
		  "container.label takes [KEY] or .KEY" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct sr_err err = { 0 };
		struct sr_fieldref ref;

		assert_int_equal(
			sr_fieldref_parse(&ref, table[i].text, strlen(table[i].text), &err),
			-EINVAL);
		assert_string_equal(err.msg, table[i].msg);
	}
}

static void a_name_may_end_with_its_buffer(void **state)
{
	static const char text[] = "proc.aname[2]";
	struct sr_fieldref ref;

	(void)state;
	/* Each prefix in memory of its own, so that reading past it is noticed. */
	for (size_t n = 1; n < sizeof(text); n++) {
		char *exact = malloc(n);

		assert_non_null(exact);
		memcpy(exact, text, n);
		(void)sr_fieldref_parse(&ref, exact, n, NULL);
		free(exact);
	}
}

static void is_check(struct fix *x, uint32_t row, const char *want)
{
	static const char name[] = "proc.is_container_healthcheck";
	struct sr_buf out = { 0 };
	struct sr_fieldref ref;
	struct sr_val val;

	assert_int_equal(sr_fieldref_parse(&ref, name, strlen(name), NULL), strlen(name));
	sr_field_get(&ref, &x->v, row, &val);
	sr_val_json(&ref, &val, &x->v, &out);
	assert_string_equal(sr_buf_cstr(&out), want);
	sr_buf_free(&out);
}

static void runs_of_the_health_check_are_known_with_their_children(void **state)
{
	struct sr_thread *nginx, *worker;
	struct fix x;

	(void)state;
	fix_init(&x);
	nginx = &x.b->threads[x.b->thread[0]];
	worker = &x.b->threads[x.b->thread[3]];
	is_check(&x, 0, "false");
	is_check(&x, 5, "null"); /* outside of containers */
	x.b->strs[nginx->args] = FIX_LIST("/bin/sh\0-c\0true\0");
	is_check(&x, 0, "false"); /* still the first process */
	nginx->vpid = 5;
	is_check(&x, 0, "true");
	worker->args = 0;
	worker->vpid = 6;
	is_check(&x, 3, "false");
	worker->parent = x.b->thread[0];
	is_check(&x, 3, "true");
	x.b->strs[nginx->args] = FIX_LIST("/bin/sh\0-c\0true\0x\0");
	is_check(&x, 0, "false");
	is_check(&x, 3, "false");
	fix_free(&x);
}

static void every_row_of_the_table_is_in_order(void **state)
{
	size_t n;
	const struct sr_field *f = sr_fields(&n);

	(void)state;
	assert_true(n > 150);
	for (size_t i = 0; i < n; i++) {
		assert_true(strchr(f[i].name, '.') != NULL);
		assert_true(strlen(f[i].help) > 0 && strlen(f[i].help) < 110);
		assert_int_not_equal(f[i].type, SR_V_ABSENT);
		assert_int_equal(f[i].need & ~(uint32_t)(SR_NEED_ALL | SR_NEED_FDS), 0);
		if (f[i].scope == SR_SCOPE_THREAD)
			assert_true(f[i].need & SR_NEED_THREAD && f[i].need & SR_NEED_DICTS);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(f[i].name, f[j].name);
	}
}

/* Every field of every row can be asked for, has the type that the table says, and the
 * same value through the dictionary. */
static void every_field_answers_for_every_row(void **state)
{
	static const char *const args[] = { "", "[0]", ".path", ".openat", ".PATH", "[x]" };
	size_t n, asked = 0;
	const struct sr_field *f = sr_fields(&n);
	struct fix x;

	(void)state;
	fix_init(&x);
	for (size_t i = 0; i < n; i++) {
		for (size_t a = 0; a < sizeof(args) / sizeof(args[0]); a++) {
			struct sr_fieldref ref;
			char name[96];

			(void)snprintf(name, sizeof(name), "%s%s", f[i].name, args[a]);
			if (sr_fieldref_parse(&ref, name, strlen(name), NULL) != (int)strlen(name))
				continue;
			for (uint32_t row = 0; row < x.b->n; row++) {
				struct sr_buf out = { 0 };
				struct sr_val val;

				sr_field_get(&ref, &x.v, row, &val);
				asked++;
				if (val.type == SR_V_ABSENT)
					assert_int_not_equal(val.why, SR_OK);
				else if (strcmp(f[i].name, "evt.rawarg") != 0)
					assert_int_equal(val.type, f[i].type);
				assert_int_equal(sr_val_text(&ref, &val, &x.v, &out),
						 val.type != SR_V_ABSENT);
				sr_val_json(&ref, &val, &x.v, &out);
				sr_buf_free(&out);
			}
		}
	}
	assert_true(asked > n * 30);
	fix_free(&x);
}

/* The block as it is when only @need was loaded: the rest must not be looked at. */
static void take_away(struct sr_block *b, struct sr_block_type *types, uint32_t need)
{
	memcpy(types, b->types, b->ntypes * sizeof(*types));
	if (!(need & SR_NEED_ARGS))
		for (uint32_t i = 0; i < b->ntypes; i++)
			memset(types[i].cols, 0, sizeof(types[i].cols));
	b->types = need & SR_NEED_TYPE ? types : NULL;
	b->type = need & SR_NEED_TYPE ? b->type : NULL;
	b->nth = need & SR_NEED_TYPE ? b->nth : NULL;
	b->time = need & SR_NEED_TIME ? b->time : NULL;
	b->dur = need & SR_NEED_DUR ? b->dur : NULL;
	b->cpu = need & SR_NEED_CPU ? b->cpu : NULL;
	b->thread = need & SR_NEED_THREAD ? b->thread : NULL;
	b->ret = need & SR_NEED_RET ? b->ret : NULL;
	b->flags = need & SR_NEED_FLAGS ? b->flags : NULL;
	b->file = need & SR_NEED_FILE ? b->file : NULL;
	b->heap = need & SR_NEED_HEAP ? b->heap : NULL;
	if (need & SR_NEED_DICTS)
		return;
	b->threads = NULL;
	b->files = NULL;
	b->cgroups = NULL;
	b->strs = NULL;
}

static void a_field_looks_only_at_what_it_needs(void **state)
{
	static const char *const args[] = { "", "[1]", ".path", ".res", ".fd", ".openat", ".PATH" };
	struct sr_block_type *types;
	size_t n, same = 0;
	const struct sr_field *f = sr_fields(&n);
	struct fix x;

	(void)state;
	fix_init(&x);
	types = calloc(x.b->ntypes, sizeof(*types));
	assert_non_null(types);
	for (size_t i = 0; i < n; i++) {
		for (size_t a = 0; a < sizeof(args) / sizeof(args[0]); a++) {
			struct sr_block part = *x.b;
			struct sr_view_opts opts = { .first_time = FIX_TIME };
			struct sr_view v = { .b = &part, .meta = x.meta, .opts = &opts };
			struct sr_fieldref ref;
			char name[96];

			(void)snprintf(name, sizeof(name), "%s%s", f[i].name, args[a]);
			if (sr_fieldref_parse(&ref, name, strlen(name), NULL) != (int)strlen(name))
				continue;
			take_away(&part, types, f[i].need);
			x.opts = opts; /* some fields remember what they were asked */
			for (uint32_t row = 0; row < x.b->n; row++) {
				struct sr_buf whole = { 0 }, some = { 0 };
				struct sr_val val;

				sr_field_get(&ref, &x.v, row, &val);
				sr_val_json(&ref, &val, &x.v, &whole);
				sr_field_get(&ref, &v, row, &val);
				sr_val_json(&ref, &val, &v, &some);
				assert_string_equal(sr_buf_cstr(&whole), sr_buf_cstr(&some));
				same++;
				sr_buf_free(&whole);
				sr_buf_free(&some);
			}
			sr_buf_free(&v.scratch);
		}
	}
	assert_true(same > n * 30);
	free(types);
	fix_free(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_of_the_event_have_their_text),
		cmocka_unit_test(values_of_the_process_have_their_text),
		cmocka_unit_test(values_of_files_and_paths_have_their_text),
		cmocka_unit_test(times_follow_the_options),
		cmocka_unit_test(payload_has_four_other_forms),
		cmocka_unit_test(json_values_have_their_types),
		cmocka_unit_test(control_bytes_do_not_reach_the_terminal),
		cmocka_unit_test(the_longest_name_is_taken),
		cmocka_unit_test(wrong_names_are_explained),
		cmocka_unit_test(a_name_may_end_with_its_buffer),
		cmocka_unit_test(runs_of_the_health_check_are_known_with_their_children),
		cmocka_unit_test(every_row_of_the_table_is_in_order),
		cmocka_unit_test(every_field_answers_for_every_row),
		cmocka_unit_test(a_field_looks_only_at_what_it_needs),
	};

	return cmocka_run_group_tests_name("field", tests, NULL, NULL);
}
