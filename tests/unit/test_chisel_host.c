/* SPDX-License-Identifier: Apache-2.0 */
/* The host of chisels: loading, refusing, arguments, batches, intervals, output; and what the
 * chisels that come with sysreel say about a small made-up incident. The plugins are compiled
 * when the test begins, as a user would. */
#include "capture/engine.h"
#include "chisels/host.h"
#include "chisels/include/sysreel/chisel.h"
#include "formats/builder.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define S  1000000000ull
#define MS 1000000ull
#define CT "abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789"

static char dir[] = "/tmp/sysreel-chisels-XXXXXX";
static const char *const dirs[] = { "/nonexistent", dir };

/* ---- the ABI as it was first released: none of this may ever change ---- */

#define AT(type, member, offset) \
	static_assert(offsetof(struct type, member) == (offset), #type "." #member " has moved")
#define SIZE(type, size) static_assert(sizeof(struct type) == (size), #type " has another size")

static_assert(SYSREEL_CHISEL_ABI == 1, "another ABI: make another list");
SIZE(sysreel_str, 16);
SIZE(sysreel_value, 24);
AT(sysreel_value, why, 1);
AT(sysreel_value, u, 8);
SIZE(sysreel_field, 16);
AT(sysreel_field, type, 8);
AT(sysreel_field, flags, 9);
SIZE(sysreel_arg, 32);
AT(sysreel_arg, type, 8);
AT(sysreel_arg, flags, 9);
AT(sysreel_arg, def, 16);
AT(sysreel_arg, help, 24);
SIZE(sysreel_col, 32);
AT(sysreel_col, title, 8);
AT(sysreel_col, op, 16);
AT(sysreel_col, unit, 17);
AT(sysreel_col, flags, 18);
AT(sysreel_col, field, 20);
AT(sysreel_col, width, 22);
AT(sysreel_col, dull, 24);
AT(sysreel_table_def, title, 8);
AT(sysreel_table_def, cols, 16);
AT(sysreel_table_def, ncols, 24);
AT(sysreel_table_def, flags, 28);
AT(sysreel_table_def, sort, 32);
AT(sysreel_table_def, top, 36);
SIZE(sysreel_column, 40);
AT(sysreel_column, why, 8);
AT(sysreel_column, u, 16);
AT(sysreel_column, code, 24);
AT(sysreel_column, ncodes, 32);
AT(sysreel_batch, n, 8);
AT(sysreel_batch, ncols, 12);
AT(sysreel_batch, num, 16);
AT(sysreel_batch, time, 24);
AT(sysreel_batch, cols, 32);
AT(sysreel_totals, events, 8);
AT(sysreel_totals, first, 16);
AT(sysreel_totals, last, 24);
AT(sysreel_host, arg_int, 8);
AT(sysreel_host, arg_double, 16);
AT(sysreel_host, arg_text, 24);
AT(sysreel_host, arg_given, 32);
AT(sysreel_host, table_new, 40);
AT(sysreel_host, table_row, 48);
AT(sysreel_host, table_batch, 56);
AT(sysreel_host, table_show, 64);
AT(sysreel_host, table_clear, 72);
AT(sysreel_host, line, 80);
AT(sysreel_host, remark, 88);
AT(sysreel_host, warn, 96);
AT(sysreel_host, fail, 104);
AT(sysreel_host, totals, 112);
AT(sysreel_chisel, abi, 8);
AT(sysreel_chisel, host_size, 12);
AT(sysreel_chisel, name, 16);
AT(sysreel_chisel, category, 24);
AT(sysreel_chisel, summary, 32);
AT(sysreel_chisel, help, 40);
AT(sysreel_chisel, args, 48);
AT(sysreel_chisel, nargs, 56);
AT(sysreel_chisel, nfields, 60);
AT(sysreel_chisel, fields, 64);
AT(sysreel_chisel, filter, 72);
AT(sysreel_chisel, interval_ns, 80);
AT(sysreel_chisel, flags, 88);
AT(sysreel_chisel, table, 96);
AT(sysreel_chisel, init, 104);
AT(sysreel_chisel, on_batch, 112);
AT(sysreel_chisel, on_interval, 120);
AT(sysreel_chisel, finish, 128);
AT(sysreel_chisel, fini, 136);

/* ---- plugins ---- */

static void compile_all(const char *from)
{
	struct dirent *e;
	DIR *d = opendir(from);
	char cmd[1024];

	assert_non_null(d);
	while ((e = readdir(d))) {
		size_t len = strlen(e->d_name);

		if (len < 3 || strcmp(e->d_name + len - 2, ".c") != 0)
			continue;
		snprintf(cmd, sizeof(cmd),
			 "cc -shared -fPIC -I. -Ichisels/include -o %s/%.*s.so %s/%s", dir,
			 (int)len - 2, e->d_name, from, e->d_name);
		if (system(cmd) != 0)
			fail_msg("%s", cmd);
	}
	closedir(d);
}

static int setup(void **state)
{
	FILE *f;
	char path[512];

	(void)state;
	if (!mkdtemp(dir))
		return -1;
	compile_all("chisels/plugins");
	compile_all("tests/unit/plugins");
	snprintf(path, sizeof(path), "%s/broken.so", dir);
	f = fopen(path, "w");
	if (!f)
		return -1;
	fputs("not a library", f);
	return fclose(f);
}

static int teardown(void **state)
{
	char cmd[512];

	(void)state;
	snprintf(cmd, sizeof(cmd), "rm -r -- %s", dir);
	return system(cmd);
}

/* ---- an incident ---- */

struct story {
	struct sr_builder *b;
	struct sr_meta *meta;
	struct sr_cgroup_def box;
	struct sr_thread_def nginx, sh, curl, host;
	struct sr_file_def passwd, sock, log;
};

static struct sr_str str(const char *s)
{
	return (struct sr_str){ s, (uint32_t)strlen(s) };
}

static void put_arg(struct sr_event_in *ev, unsigned int i, const char *text)
{
	ev->args[i] = (struct sr_arg){ .val = 0x1000,
				       .data = text,
				       .len = (uint32_t)strlen(text),
				       .truelen = (uint32_t)strlen(text) };
}

static void add(struct story *s, const char *type, uint64_t time, struct sr_thread_def *thread,
		struct sr_file_def *file, const char *path, int64_t ret)
{
	struct sr_event_in ev = { .type = sr_type_by_name(type, strlen(type)),
				  .time = time,
				  .dur = 1000,
				  .ret = ret,
				  .thread = thread,
				  .file = file };

	assert_non_null(ev.type);
	ev.nargs = ev.type->nargs;
	for (unsigned int i = 0; i < ev.nargs; i++) {
		enum sr_class cls = sr_kinds[ev.type->args[i].kind].cls;

		if (cls != SR_CLASS_NUM)
			ev.args[i].status = SR_NONE;
		if (cls == SR_CLASS_FILE && file)
			ev.args[i] = (struct sr_arg){ .val = 3, .file = file };
		if (path && strcmp(ev.type->args[i].name, "path") == 0)
			put_arg(&ev, i, path);
	}
	assert_int_equal(sr_builder_add(s->b, &ev), 0);
}

static void define(struct story *s)
{
	s->box.c.id = 5;
	s->box.path = str("/docker/" CT);
	s->nginx.t = (struct sr_thread){ .id = 1, .tid = 10, .pid = 10, .ppid = 1, .vpid = 1 };
	s->nginx.comm = str("nginx");
	s->nginx.cwd = str("/");
	s->sh.t = (struct sr_thread){ .id = 2, .tid = 20, .pid = 20, .ppid = 10, .nanc = 1 };
	s->sh.t.anc[0].pid = 10;
	s->sh.anc_comm[0] = str("nginx");
	s->sh.comm = str("sh");
	s->sh.cwd = str("/srv");
	s->sh.args = (struct sr_str){ "sh\0-c\0id", 9 };
	s->curl.t = (struct sr_thread){ .id = 3, .tid = 21, .pid = 21, .ppid = 20, .nanc = 2 };
	s->curl.t.anc[0].pid = 20;
	s->curl.t.anc[1].pid = 10;
	s->curl.anc_comm[0] = str("sh");
	s->curl.anc_comm[1] = str("nginx");
	s->curl.comm = str("curl");
	s->curl.cwd = str("/tmp");
	s->curl.args = (struct sr_str){ "curl\0http://x\033[2J/", 19 };
	s->nginx.cgroup = s->sh.cgroup = s->curl.cgroup = &s->box;
	s->host.t = (struct sr_thread){ .id = 4, .tid = 77, .pid = 77, .ppid = 1 };
	s->host.comm = str("systemd");
	s->passwd.f = (struct sr_file){ .ino = 1, .kind = SR_FILE_REG };
	s->passwd.path = str("/etc/passwd");
	s->log.f = (struct sr_file){ .ino = 2, .kind = SR_FILE_REG };
	s->log.path = str("/var/log/web.log");
	s->sock.f = (struct sr_file){ .ino = 3,
				      .kind = SR_FILE_SOCK_INET,
				      .family = AF_INET,
				      .l4proto = IPPROTO_TCP,
				      .flags = SR_FILE_CONNECTED | SR_FILE_SERVER,
				      .lport = 80,
				      .rport = 5000,
				      .laddr = { 10, 0, 0, 1 },
				      .raddr = { 10, 0, 0, 2 } };
}

static void tell(struct story *s)
{
	add(s, "read", 1 * S, &s->nginx, &s->passwd, NULL, 1500);
	add(s, "read", 1100 * MS, &s->nginx, &s->passwd, NULL, 548);
	add(s, "read", 1110 * MS, &s->nginx, &s->passwd, NULL, 0);
	add(s, "openat", 1200 * MS, &s->nginx, NULL, "/root/.ssh/id_rsa", -EACCES);
	add(s, "write", 2500 * MS, &s->nginx, &s->sock, NULL, 3072);
	add(s, "execve", 2600 * MS, &s->sh, NULL, "/bin/sh", 0);
	add(s, "chdir", 2700 * MS, &s->sh, NULL, "/tmp", 0);
	add(s, "execve", 2750 * MS, &s->sh, NULL, "/opt/nothing", -ENOENT);
	add(s, "execve", 2800 * MS, &s->curl, NULL, "/usr/bin/curl", 0);
	add(s, "read", 2900 * MS, &s->sh, &s->log, NULL, 10);
	add(s, "getpid", 4 * S, &s->host, NULL, NULL, 77);
}

static void make_story(struct story *s)
{
	static const char host[] = "{\"kind\":\"host\",\"mono_ns\":\"0\",\"boot_ns\":\"0\","
				   "\"real_ns\":\"1600000000000000000\",\"tz_offset_s\":0}";
	static const char web[] =
		"{\"kind\":\"container\",\"id\":\"" CT
		"\",\"runtime\":\"docker\",\"state\":\"resolved\",\"name\":\"web\"}";
	static const char users[] = "{\"kind\":\"users\",\"users\":{\"0\":\"root\"},\"groups\":{}}";

	memset(s, 0, sizeof(*s));
	assert_int_equal(sr_builder_new(&s->b), 0);
	assert_int_equal(sr_meta_new(&s->meta), 0);
	assert_int_equal(sr_meta_add(s->meta, host, strlen(host), NULL), 0);
	assert_int_equal(sr_meta_add(s->meta, web, strlen(web), NULL), 0);
	assert_int_equal(sr_meta_add(s->meta, users, strlen(users), NULL), 0);
	define(s);
	tell(s);
}

static void free_story(struct story *s)
{
	sr_builder_free(s->b);
	sr_meta_free(s->meta);
}

/* ---- running ---- */

static void no_loss(void *arg, struct sr_chisel_loss *out)
{
	(void)out;
	(void)arg;
}

static void some_loss(void *arg, struct sr_chisel_loss *out)
{
	(void)arg;
	out->lost = 12;
	out->damaged = 1;
	out->also = "the recorder did not end in order";
}

struct out {
	char *text;
	size_t len;
	FILE *f;
	struct sr_chisel_opts opts;
	struct sr_err err;
};

static void out_open(struct out *o)
{
	memset(o, 0, sizeof(*o));
	o->f = open_memstream(&o->text, &o->len);
	assert_non_null(o->f);
	o->opts = (struct sr_chisel_opts){
		.dirs = dirs, .ndirs = 2, .out = o->f, .apply_filter = true, .loss = no_loss
	};
}

static void out_close(struct out *o)
{
	fclose(o->f);
	free(o->text);
}

static int feed(struct sr_chisel *c, struct story *s, struct sr_err *err)
{
	struct sr_block *b = sr_builder_block(s->b);
	struct sr_view_opts vo = { .time_mode = 'h' };
	struct sr_view v = { .b = b, .meta = s->meta, .opts = &vo };
	uint64_t sel[1] = { (1ull << b->n) - 1 };
	struct sr_sink *sink = sr_chisel_sink(c);
	int rc;

	b->first_num = 1;
	assert_int_equal(sr_enrich(b, s->meta, err), 0);
	rc = sink->ops->block(sink, &v, sel, b->n, err);
	sr_buf_free(&v.scratch);
	return rc;
}

/* Opens the chisel with its words, feeds it the story, finishes it: what it said is in o->text. */
static int run(struct out *o, const char *name, int argc, const char *const *argv)
{
	struct sr_chisel *c = NULL;
	struct story s;
	int used = -1, rc;

	make_story(&s);
	rc = sr_chisel_open(&c, name, argc, (char *const *)argv, &used, &o->opts, &o->err);
	if (rc == 0) {
		assert_int_equal(used, argc);
		rc = feed(c, &s, &o->err);
	}
	if (rc == 0)
		rc = sr_chisel_sink(c)->ops->finish(sr_chisel_sink(c), &o->err);
	fflush(o->f);
	sr_chisel_close(c);
	free_story(&s);
	return rc;
}

static void expect(const char *name, const char *arg, bool json, const char *want)
{
	struct out o;

	out_open(&o);
	o.opts.json = json;
	if (run(&o, name, arg ? 1 : 0, &arg) < 0)
		fail_msg("%s", o.err.msg);
	assert_string_equal(o.text, want);
	out_close(&o);
}

static void expect_error(const char *name, int argc, const char *const *argv, int code,
			 const char *want)
{
	struct out o;

	out_open(&o);
	assert_int_equal(run(&o, name, argc, argv), code);
	if (!strstr(o.err.msg, want))
		fail_msg("\"%s\" is not in \"%s\"", want, o.err.msg);
	out_close(&o);
}

/* ---- loading ---- */

static void a_chisel_of_another_abi_is_refused_with_words(void **state)
{
	(void)state;
	expect_error("other_abi", 0, NULL, -EPROTONOSUPPORT,
		     "chisel other_abi: built for ABI 3, this sysreel offers 1: rebuild it");
	expect_error("newer", 0, NULL, -EPROTONOSUPPORT,
		     "chisel newer: built for a newer sysreel and needs what this one does not "
		     "have: update sysreel");
}

static void what_is_not_a_chisel_is_refused_with_words(void **state)
{
	(void)state;
	expect_error("no_symbol", 0, NULL, -ELIBBAD,
		     "is not a chisel: it has no symbol sysreel_chisel_entry");
	expect_error("broken", 0, NULL, -ELIBBAD, "chisel broken cannot be loaded: ");
	expect_error("wrong_name", 0, NULL, -ELIBBAD, "calls itself right_name");
}

static void an_unknown_chisel_is_answered_with_the_nearest_name(void **state)
{
	(void)state;
	expect_error("topscals", 0, NULL, -ENOENT,
		     "no chisel is called 'topscals': did you mean 'topscalls'? `sysreel chisels` "
		     "lists them");
	expect_error("zzzzzzzzzzzzzzzz", 0, NULL, -ENOENT,
		     "no chisel is called 'zzzzzzzzzzzzzzzz': `sysreel chisels` lists them");
	expect_error("./no/such.so", 0, NULL, -ENOENT, "chisel ./no/such.so: No such file");
}

static void a_chisel_is_opened_by_its_path(void **state)
{
	char path[512];
	struct out o;

	(void)state;
	snprintf(path, sizeof(path), "%s/topscalls.so", dir);
	out_open(&o);
	o.opts.ndirs = 0;
	assert_int_equal(run(&o, path, 0, NULL), 0);
	out_close(&o);
}

static void wrong_fields_are_refused_with_words(void **state)
{
	(void)state;
	expect_error("text_as_number", 0, NULL, -EINVAL,
		     "chisel text_as_number wants evt.type as a number: it is text");
	expect_error("unknown_field", 0, NULL, -EINVAL,
		     "chisel unknown_field: field 'proc.nome': ");
}

static void errors_of_callbacks_name_the_chisel(void **state)
{
	(void)state;
	expect_error("init_fails", 0, NULL, -EINVAL, "chisel init_fails: there is no port 70000");
	expect_error("batch_fails", 0, NULL, -ENOSPC,
		     "chisel batch_fails: its on_batch failed: No space left on device");
}

static void the_list_tells_what_cannot_be_used_and_why(void **state)
{
	struct sr_chisel_list l;
	bool seen = false, broken = false;

	(void)state;
	assert_int_equal(sr_chisel_list_get(&l, dirs, 2), 0);
	assert_true(l.n > 15);
	for (size_t i = 0; i < l.n; i++) {
		if (strcmp(l.v[i].name, "topscalls") == 0) {
			seen = true;
			assert_null(l.v[i].why);
			assert_string_equal(l.v[i].category, "Performance");
			assert_string_equal(l.v[i].summary,
					    "System calls by how often they were made");
		}
		if (strcmp(l.v[i].name, "other_abi") == 0)
			broken = l.v[i].why && strstr(l.v[i].why, "built for ABI 3");
		if (i && l.v[i - 1].why)
			assert_non_null(l.v[i].why); /* the broken ones are at the end */
	}
	assert_true(seen && broken);
	sr_chisel_list_free(&l);
}

static void help_names_arguments_fields_and_filter(void **state)
{
	struct sr_buf b = { 0 };
	struct sr_err err;

	(void)state;
	assert_int_equal(sr_chisel_help("fdbytes_by", dirs, 2, &b, &err), 0);
	assert_non_null(strstr(sr_buf_cstr(&b), "-c fdbytes_by by=TEXT [top=NUMBER] [FILTER]"));
	assert_non_null(strstr(sr_buf_cstr(&b), "(default 30)"));
	assert_non_null(strstr(sr_buf_cstr(&b), "Filter: evt.is_io=true"));
	sr_buf_free(&b);
	assert_int_equal(sr_chisel_help("nothing", dirs, 2, &b, &err), -ENOENT);
}

static int save(void *arg, const char *path, const char *filter)
{
	(void)arg;
	assert_string_equal(path, "/nowhere/around.reel");
	assert_non_null(strstr(filter, "(thread.tid="));
	return 0;
}

/* What a chisel must be given; NULL nothing. */
static const char *needs(const char *name)
{
	size_t len = strlen(name);

	if (strcmp(name, "spy_ip") == 0)
		return "10.0.0.1";
	if (strcmp(name, "spy_port") == 0)
		return "80";
	if (strcmp(name, "around") == 0)
		return "/nowhere/around.reel";
	return len > 3 && strcmp(name + len - 3, "_by") == 0 ? "fd.type" : NULL;
}

static void every_chisel_that_comes_with_sysreel_runs(void **state)
{
	struct dirent *e;
	DIR *d = opendir("chisels/plugins");

	(void)state;
	assert_non_null(d);
	while ((e = readdir(d))) {
		size_t len = strlen(e->d_name);
		char name[64] = "";
		struct out o;

		if (len < 3 || len > 60 || strcmp(e->d_name + len - 2, ".c") != 0)
			continue;
		memcpy(name, e->d_name, len - 2);
		for (int json = 0; json < 2; json++) {
			const char *word = needs(name);

			out_open(&o);
			o.opts.json = json;
			o.opts.save = save;
			if (run(&o, name, word != NULL, &word) < 0)
				fail_msg("%s", o.err.msg);
			assert_true(o.len > 0);
			out_close(&o);
		}
	}
	closedir(d);
}

/* ---- the manual ---- */

static void the_template_is_a_chisel_that_runs(void **state)
{
	const char *below = "below=/usr", *wrong = "below=usr";
	struct out o;

	(void)state;
	compile_all("chisels/template");
	expect("mychisel", NULL, false,
	       "STARTS  FAILED  PROGRAM\n"
	       "     1       0  /bin/sh\n"
	       "     1       1  /opt/nothing\n"
	       "     1       0  /usr/bin/curl\n"
	       "3 events in 200ms; complete: no event was lost\n");
	expect("mychisel", below, false,
	       "STARTS  FAILED  PROGRAM\n"
	       "     1       0  /usr/bin/curl\n"
	       "3 events in 200ms; complete: no event was lost\n");
	out_open(&o);
	assert_int_equal(run(&o, "mychisel", 1, &wrong), -EINVAL);
	assert_string_equal(o.err.msg,
			    "chisel mychisel: below=usr: the path of a folder begins with /");
	out_close(&o);
}

/* ---- arguments ---- */

static const char all_rows[] = "1 read res=1500 dur=1000/0 /etc/passwd/0 pid=10 5\n"
			       "2 read res=548 dur=1000/0 /etc/passwd/0 pid=10 5\n"
			       "3 read res=0 dur=1000/0 /etc/passwd/0 pid=10 5\n"
			       "4 openat res=-13 dur=1000/0 /1 pid=10 5\n"
			       "interval 1600000002000000000\n"
			       "5 write res=3072 dur=1000/0 10.0.0.2:5000->10.0.0.1:80/0 pid=10 5\n"
			       "6 execve res=0 dur=1000/0 /1 pid=20 5\n"
			       "7 chdir res=0 dur=1000/0 /1 pid=20 5\n"
			       "8 execve res=-2 dur=1000/0 /1 pid=20 5\n"
			       "9 execve res=0 dur=1000/0 /1 pid=21 5\n"
			       "10 read res=10 dur=1000/0 /var/log/web.log/0 pid=20 5\n"
			       "interval 1600000003000000000\n"
			       "11 getpid res=77 dur=1000/0 /1 pid=77 5\n"
			       "finish events=11 span=3000000000\n"
			       "a remark of 5 words\n"
			       "11 events in 3.00s; complete: no event was lost\n";

static void batches_carry_typed_columns_and_do_not_reach_over_intervals(void **state)
{
	char want[2048];

	(void)state;
	snprintf(want, sizeof(want), "init word=hello count=7 given=0 flag=0 ratio=0.50\n%s",
		 all_rows);
	expect("probe", "hello", false, want);
}

static void arguments_come_by_name_by_place_and_as_bare_numbers(void **state)
{
	const char *argv[] = { "flag=yes", "hello", "0x10", "ratio=2.25", NULL };
	struct out o;

	(void)state;
	out_open(&o);
	assert_int_equal(run(&o, "probe", 4, argv), 0);
	assert_memory_equal(o.text, "init word=hello count=16 given=1 flag=1 ratio=2.25\n", 51);
	out_close(&o);
}

static void words_that_are_no_arguments_are_left_to_the_filter(void **state)
{
	const char *argv[] = { "top=3", "proc.name=nginx", "and", "top=4" };
	struct sr_chisel *c;
	struct out o;
	int used;

	(void)state;
	out_open(&o);
	assert_int_equal(
		sr_chisel_open(&c, "errors", 4, (char *const *)argv, &used, &o.opts, &o.err), 0);
	assert_int_equal(used, 1);
	assert_string_equal(sr_chisel_filter(c), "evt.failed=true and syscall.type exists");
	sr_chisel_close(c);
	out_close(&o);
}

static void wrong_arguments_are_answered_with_the_usage(void **state)
{
	const char *unknown[] = { "tpo=3" }, *twice[] = { "top=1", "top=2" },
		   *bad[] = { "top=many" };
	const char *negative[] = { "top=-1" };
	const char *usage = "; usage: -c topscalls [top=NUMBER] [FILTER]";

	(void)state;
	expect_error("topscalls", 1, unknown, -EINVAL,
		     "chisel topscalls: it has no such argument: 'tpo=3'");
	expect_error("topscalls", 1, unknown, -EINVAL, usage);
	expect_error("topscalls", 2, twice, -EINVAL, "given twice: 'top'");
	expect_error("topscalls", 1, bad, -EINVAL, "not a proper value: 'top=many'");
	expect_error("topscalls", 1, negative, -EINVAL, "top=-1: rows to show, 0 for all");
	expect_error("fdbytes_by", 0, NULL, -EINVAL, "it needs the argument 'by'");
}

static void a_field_can_be_named_by_an_argument(void **state)
{
	const char *argv[] = { "proc.nome" };

	(void)state;
	expect("fdbytes_by", "by=proc.name", false,
	       "BYTES  CALLS  proc.name\n"
	       "5.00K      3  nginx\n"
	       "  10B      1  sh\n"
	       "4 events in 1.90s; complete: no event was lost\n");
	expect_error("fdbytes_by", 1, argv, -EINVAL, "chisel fdbytes_by: field 'proc.nome': ");
}

/* ---- what the chisels say ---- */

static void topscalls_counts_calls(void **state)
{
	(void)state;
	expect("topscalls", NULL, false,
	       "CALLS  SYSCALL\n"
	       "    4  read\n"
	       "    3  execve\n"
	       "    1  chdir\n"
	       "    1  getpid\n"
	       "    1  openat\n"
	       "    1  write\n"
	       "11 events in 3.00s; complete: no event was lost\n");
	expect("topscalls", "top=1", false,
	       "CALLS  SYSCALL\n"
	       "    4  read\n"
	       "    7  (5 others)\n"
	       "11 events in 3.00s; complete: no event was lost\n");
}

static void topfiles_bytes_adds_up_what_was_read_and_written(void **state)
{
	(void)state;
	expect("topfiles_bytes", NULL, false,
	       "BYTES  CALLS  CONTAINER  FILE\n"
	       "2.00K      2  web        /etc/passwd\n"
	       "  10B      1  web        /var/log/web.log\n"
	       "3 events in 1.90s; complete: no event was lost\n");
}

static void what_has_no_key_is_told_below_the_table(void **state)
{
	(void)state;
	expect("fdbytes_by", "fd.sport", false,
	       "BYTES  CALLS  fd.sport\n"
	       "3.00K      1        80\n"
	       "3 events without fd.sport are not in the table: not applicable\n"
	       "BYTES not in the table: 2.01K\n"
	       "4 events in 1.90s; complete: no event was lost\n");
}

static void topfiles_errors_knows_the_files_that_could_not_be_opened(void **state)
{
	(void)state;
	expect("topfiles_errors", NULL, false,
	       "ERRORS  CONTAINER  FILE\n"
	       "     1  web        /opt/nothing\n"
	       "     1  web        /root/.ssh/id_rsa\n"
	       "2 events in 1.55s; complete: no event was lost\n");
}

static void topprocs_net_counts_bytes_of_sockets(void **state)
{
	(void)state;
	expect("topprocs_net", NULL, false,
	       "BYTES  CALLS  PID  CONTAINER  PROCESS\n"
	       "3.00K      1   10  web        nginx\n"
	       "1 event; complete: no event was lost\n");
	expect("topprocs_net", NULL, true,
	       "{\"chisel\":\"topprocs_net\",\"tables\":[{\"title\":null,\"rows\":[{\"bytes\":3072,"
	       "\"calls\":1,\"pid\":10,\"container\":\"web\",\"process\":\"nginx\"}],"
	       "\"others\":{\"rows\":0,\"limit_reached\":false,\"bytes\":null,\"calls\":0},"
	       "\"absent\":[],\"left_out\":{\"events\":0,\"bytes\":null,\"calls\":0}}],"
	       "\"remarks\":[],\"events\":1,\"first\":1600000002500000000,"
	       "\"last\":1600000002500000000,\"lost\":0,\"damaged\":0,\"complete\":true}\n");
}

static void spy_users_shows_what_was_run_below_a_shell(void **state)
{
	(void)state;
	expect("spy_users", NULL, false,
	       "TIME                USER      CONTAINER     SHELL    DIRECTORY         COMMAND\n"
	       "12:26:42.600000000  root      web           20       /srv/             sh -c id\n"
	       "12:26:42.700000000  root      web           20       /srv/             cd /tmp\n"
	       "12:26:42.800000000  root      web           20       /tmp/               curl "
	       "http://x\\x1b[2J/\n"
	       "3 events in 200ms; complete: no event was lost\n");
}

static void execsnoop_shows_failures_too(void **state)
{
	(void)state;
	expect("execsnoop", "failed=no", true,
	       "{\"time\":1600000002600000000,\"pid\":20,\"ppid\":10,\"container\":\"web\","
	       "\"parent\":\"nginx\",\"process\":\"sh\",\"result\":\"SUCCESS\","
	       "\"command\":\"sh -c id\"}\n"
	       "{\"time\":1600000002800000000,\"pid\":21,\"ppid\":20,\"container\":\"web\","
	       "\"parent\":\"sh\",\"process\":\"curl\",\"result\":\"SUCCESS\","
	       "\"command\":\"curl http://x\\u001b[2J/\"}\n"
	       "{\"chisel\":\"execsnoop\",\"tables\":[],\"remarks\":[],\"events\":3,"
	       "\"first\":1600000002600000000,\"last\":1600000002800000000,\"lost\":0,"
	       "\"damaged\":0,\"complete\":true}\n");
}

static void several_blocks_are_one_answer(void **state)
{
	struct sr_chisel *c;
	struct story s;
	struct out o;
	int used;

	(void)state;
	out_open(&o);
	make_story(&s);
	assert_int_equal(sr_chisel_open(&c, "topfiles_bytes", 0, NULL, &used, &o.opts, &o.err), 0);
	assert_int_equal(feed(c, &s, &o.err), 0);
	/* Another block, in which the same entries have other indexes. */
	sr_builder_reset(s.b);
	add(&s, "getpid", 5 * S, &s.host, NULL, NULL, 77);
	add(&s, "read", 6 * S, &s.sh, &s.log, NULL, 90);
	add(&s, "copy_file_range", 7 * S, &s.nginx, &s.passwd, NULL, 1024);
	assert_int_equal(feed(c, &s, &o.err), 0);
	/* And one in which nothing is selected. */
	sr_builder_reset(s.b);
	add(&s, "getpid", 8 * S, &s.host, NULL, NULL, 77);
	assert_int_equal(feed(c, &s, &o.err), 0);
	assert_int_equal(sr_chisel_sink(c)->ops->finish(sr_chisel_sink(c), &o.err), 0);
	assert_string_equal(o.text, "BYTES  CALLS  CONTAINER  FILE\n"
				    "3.00K      3  web        /etc/passwd\n"
				    " 100B      2  web        /var/log/web.log\n"
				    "5 events in 6.00s; complete: no event was lost\n");
	sr_chisel_close(c);
	free_story(&s);
	out_close(&o);
}

static void an_answer_without_events_says_so(void **state)
{
	struct sr_chisel *c;
	struct out o;
	int used;

	(void)state;
	for (int json = 0; json < 2; json++) {
		out_open(&o);
		o.opts.json = json;
		assert_int_equal(sr_chisel_open(&c, "topscalls", 0, NULL, &used, &o.opts, &o.err),
				 0);
		assert_int_equal(sr_chisel_sink(c)->ops->finish(sr_chisel_sink(c), &o.err), 0);
		assert_non_null(strstr(o.text, json ? "\"events\":0,\"first\":null,\"last\":null"
						    : "CALLS  SYSCALL\n(no rows)\n0 events; "));
		sr_chisel_close(c);
		out_close(&o);
	}
}

static void what_is_missing_is_told_below_the_answer(void **state)
{
	struct out o;

	(void)state;
	out_open(&o);
	o.opts.loss = some_loss;
	assert_int_equal(run(&o, "topprocs_net", 0, NULL), 0);
	assert_string_equal(o.text, "BYTES  CALLS  PID  CONTAINER  PROCESS\n"
				    "3.00K      1   10  web        nginx\n"
				    "1 event; INCOMPLETE: 12 events were lost, and are not "
				    "in this answer\n"
				    "INCOMPLETE: the file is damaged in 1 place\n"
				    "INCOMPLETE: the recorder did not end in order\n");
	out_close(&o);
	out_open(&o);
	o.opts.loss = some_loss;
	o.opts.json = true;
	assert_int_equal(run(&o, "topprocs_net", 0, NULL), 0);
	assert_non_null(strstr(o.text, "\"lost\":12,\"damaged\":1,\"complete\":false,"
				       "\"why\":\"the recorder did not end in order\"}"));
	out_close(&o);
}

static void a_full_disk_is_an_error(void **state)
{
	struct out o;
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(full);
	setvbuf(full, NULL, _IONBF, 0);
	out_open(&o);
	o.opts.out = full;
	assert_int_equal(run(&o, "topscalls", 0, NULL), -ENOSPC);
	assert_string_equal(o.err.msg,
			    "chisel topscalls: cannot write its output: No space left on "
			    "device");
	out_close(&o);
	fclose(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chisel_of_another_abi_is_refused_with_words),
		cmocka_unit_test(what_is_not_a_chisel_is_refused_with_words),
		cmocka_unit_test(an_unknown_chisel_is_answered_with_the_nearest_name),
		cmocka_unit_test(a_chisel_is_opened_by_its_path),
		cmocka_unit_test(wrong_fields_are_refused_with_words),
		cmocka_unit_test(errors_of_callbacks_name_the_chisel),
		cmocka_unit_test(the_list_tells_what_cannot_be_used_and_why),
		cmocka_unit_test(help_names_arguments_fields_and_filter),
		cmocka_unit_test(every_chisel_that_comes_with_sysreel_runs),
		cmocka_unit_test(the_template_is_a_chisel_that_runs),
		cmocka_unit_test(batches_carry_typed_columns_and_do_not_reach_over_intervals),
		cmocka_unit_test(arguments_come_by_name_by_place_and_as_bare_numbers),
		cmocka_unit_test(words_that_are_no_arguments_are_left_to_the_filter),
		cmocka_unit_test(wrong_arguments_are_answered_with_the_usage),
		cmocka_unit_test(a_field_can_be_named_by_an_argument),
		cmocka_unit_test(topscalls_counts_calls),
		cmocka_unit_test(topfiles_bytes_adds_up_what_was_read_and_written),
		cmocka_unit_test(what_has_no_key_is_told_below_the_table),
		cmocka_unit_test(topfiles_errors_knows_the_files_that_could_not_be_opened),
		cmocka_unit_test(topprocs_net_counts_bytes_of_sockets),
		cmocka_unit_test(spy_users_shows_what_was_run_below_a_shell),
		cmocka_unit_test(execsnoop_shows_failures_too),
		cmocka_unit_test(several_blocks_are_one_answer),
		cmocka_unit_test(an_answer_without_events_says_so),
		cmocka_unit_test(what_is_missing_is_told_below_the_answer),
		cmocka_unit_test(a_full_disk_is_an_error),
	};

	return cmocka_run_group_tests_name("chisel_host", tests, setup, teardown);
}
