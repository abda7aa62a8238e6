/* SPDX-License-Identifier: Apache-2.0 */
/* What filters leave to the kernel. Here its tests are walked with made-up facts; that the real
 * kernel's facts are those of the reader is tested by tests/live/pushdown.sh. */
#include "filters/push.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* A call as the kernel sees it; attributes that are not set are not known. */
struct facts {
	int64_t ret;
	int64_t arg[6];
	int32_t pid, uid;
	const char *comm;
	const char *path;
	uint32_t kind; /* SR_FILE_OTHER + 1: not known */
};

struct pushed {
	struct sr_filter *f;
	struct sr_push *p;
};

static struct pushed push(const char *text)
{
	struct sr_err err = { 0 };
	struct pushed x;

	if (sr_filter_compile(&x.f, text, &err) < 0)
		fail_msg("%s: %s", text, err.msg);
	assert_int_equal(sr_push_new(&x.p, x.f), 0);
	return x;
}

static void drop(struct pushed *x)
{
	sr_push_free(x->p);
	sr_filter_free(x->f);
}

static uint64_t comm_word(const char *comm, unsigned which)
{
	uint64_t word = 0;

	for (unsigned i = 0; i < 8; i++)
		word = word << 8 |
		       (which * 8 + i < strlen(comm) ? (uint8_t)comm[which * 8 + i] : 0);
	return word;
}

/* The first components of a path, the last one perhaps in part. */
static bool path_begins(const char *path, const struct sr_pred_path *want)
{
	for (unsigned i = 0; i < want->n; i++) {
		size_t len;

		if (*path != '/' || !path[1])
			return false;
		len = strcspn(++path, "/");
		if (len < want->comp[i].len || memcmp(path, want->comp[i].name, want->comp[i].len))
			return false;
		if (len != want->comp[i].len && !(want->open && i + 1u == want->n))
			return false;
		path += len;
	}
	return !want->exact || !*path || strcmp(path, "/") == 0;
}

/* 1 and the value; 0 unknown. */
static int fact(const struct facts *x, const struct sr_pred *p, const struct sr_test *t,
		uint64_t *v)
{
	switch (t->attr) {
	case SR_AT_RET:
		*v = (uint64_t)x->ret;
		return 1;
	case SR_AT_ARG:
		*v = (uint64_t)(int64_t)(int32_t)x->arg[t->which];
		return 1;
	case SR_AT_PID:
		*v = (uint64_t)(int64_t)x->pid;
		return 1;
	case SR_AT_EUID:
		*v = (uint32_t)x->uid;
		return 1;
	case SR_AT_COMM:
		*v = comm_word(x->comm ? x->comm : "", t->which);
		return x->comm != NULL;
	case SR_AT_KIND:
		*v = x->kind;
		return x->kind <= SR_FILE_OTHER;
	case SR_AT_PATH:
		*v = x->path && path_begins(x->path, &p->paths[t->which]);
		return x->path != NULL;
	default:
		return 0;
	}
}

/* Would the call be recorded? */
static bool kept(const struct pushed *x, int type, const struct facts *facts)
{
	const struct sr_pred *p = sr_push_pred(x->p);
	unsigned at = p ? p->start[type] : SR_PRED_KEEP, steps = 0;
	uint64_t v = 0;

	while (at >= SR_PRED_FIRST) {
		const struct sr_test *t = &p->tests[at];

		assert_true(at < p->ntests);
		assert_true(t->yes < at && t->no < at && t->unknown < at); /* every walk ends */
		assert_true(++steps <= SR_PRED_STEPS);
		if (!fact(facts, p, t, &v))
			at = t->unknown;
		else if (t->attr == SR_AT_KIND)
			at = !(t->span >> v & 1) ? t->unknown : t->lo >> v & 1 ? t->yes : t->no;
		else
			at = v - t->lo <= t->span ? t->yes : t->no;
	}
	return at == SR_PRED_KEEP;
}

static void calls_are_kept_as_the_filter_selects_them(void **state)
{
	static const struct {
		const char *filter;
		int type;
		struct facts facts;
		bool kept;
	} cases[] = {
		{ "evt.failed=true", SR_SC_read, { .ret = -1 }, true },
		{ "evt.failed=true", SR_SC_read, { .ret = -4095 }, true },
		{ "evt.failed=true", SR_SC_mmap, { .ret = -4096 }, false },
		{ "evt.failed=true", SR_SC_read, { .ret = 0 }, false },
		{ "evt.failed=false", SR_SC_mmap, { .ret = INT64_MIN }, true },
		{ "not evt.failed=false", SR_SC_read, { .ret = 7 }, false },
		{ "evt.res in (ENOENT, EBADF)", SR_SC_read, { .ret = -9 }, true },
		{ "evt.res in (ENOENT, EBADF)", SR_SC_read, { .ret = -8 }, false },
		{ "evt.res startswith EB", SR_SC_read, { .ret = -16 }, true },
		{ "evt.res startswith EB", SR_SC_read, { .ret = -2 }, false },
		{ "evt.res=SUCCESS", SR_SC_read, { .ret = 12 }, true },
		{ "evt.rawres>=-2 and evt.rawres<3", SR_SC_read, { .ret = -2 }, true },
		{ "evt.rawres>=-2 and evt.rawres<3", SR_SC_read, { .ret = 3 }, false },
		{ "evt.rawres!=5", SR_SC_read, { .ret = 5 }, false },
		{ "evt.rawres in (1, -3)", SR_SC_read, { .ret = -3 }, true },
		{ "evt.buflen<=10", SR_SC_read, { .ret = -1 }, false },
		{ "evt.buflen<=10", SR_SC_read, { .ret = 10 }, true },
		{ "evt.buflen!=10", SR_SC_write, { .ret = -1 }, false },
		{ "fd.num=3", SR_SC_read, { .arg = { 3 } }, true },
		{ "fd.num=3", SR_SC_read, { .arg = { 0x100000004 } }, false },
		{ "fd.num=-1", SR_SC_read, { .arg = { 0xffffffff } }, true },
		{ "fd.num=3", SR_SC_openat, { .ret = 3 }, true },
		{ "fd.num<3", SR_SC_openat, { .ret = -2 }, false },
		{ "not fd.num<3", SR_SC_openat, { .ret = -2 }, true },
		{ "fd.num<3", SR_SC_pipe2, { .ret = 0 }, true }, /* in memory */
		{ "proc.pid in (1, 7)", SR_SC_read, { .pid = 7 }, true },
		{ "proc.pid in (1, 7)", SR_SC_read, { .pid = 6 }, false },
		{ "proc.pid<0", SR_SC_read, { .pid = 6 }, false },
		{ "user.uid>2147483647", SR_SC_read, { .uid = -1 }, true },
		{ "proc.name=cat", SR_SC_read, { .comm = "cat" }, true },
		{ "proc.name=cat", SR_SC_read, { .comm = "catt" }, false },
		{ "proc.name=cat", SR_SC_read, { .comm = "ca" }, false },
		{ "proc.name=12345678", SR_SC_read, { .comm = "12345678" }, true },
		{ "proc.name=12345678", SR_SC_read, { .comm = "123456789" }, false },
		{ "proc.name startswith 12345678", SR_SC_read, { .comm = "123456789" }, true },
		{ "proc.name startswith 123456789", SR_SC_read, { .comm = "12345678" }, false },
		{ "proc.name startswith 123456789",
		  SR_SC_read,
		  { .comm = "123456789abcdef" },
		  true },
		{ "proc.name=1234567890abcdefg", SR_SC_read, { .comm = "1234567890abcde" }, false },
		{ "proc.name!=cat", SR_SC_read, { .comm = "cat" }, false },
		{ "proc.name!=cat", SR_SC_read, { .comm = "dog" }, true },
		{ "proc.name!=cat", SR_SC_read, { .comm = "" }, false }, /* none */
		{ "not proc.name!=cat", SR_SC_read, { .comm = "" }, true },
		{ "proc.name=cat", SR_SC_read, { .comm = NULL }, true }, /* not known */
		{ "not proc.name=cat", SR_SC_read, { .comm = NULL }, true },
		{ "fd.type=file", SR_SC_read, { .kind = SR_FILE_REG }, true },
		{ "fd.type=file", SR_SC_read, { .kind = SR_FILE_NONE }, false },
		{ "not fd.type=file", SR_SC_read, { .kind = SR_FILE_NONE }, true },
		{ "fd.type=ipv4", SR_SC_read, { .kind = SR_FILE_DIR }, false },
		{ "evt.category=net", SR_SC_read, { .kind = SR_FILE_SOCK_INET }, true },
		{ "evt.category=net", SR_SC_read, { .kind = SR_FILE_REG }, false },
		{ "evt.category=net", SR_SC_openat, { .ret = 0 }, false },
		{ "fd.name startswith /etc", SR_SC_read, { .path = "/etc" }, true },
		{ "fd.name startswith /etc", SR_SC_read, { .path = "/etcetera/x" }, true },
		{ "fd.name startswith /etc/", SR_SC_read, { .path = "/etc" }, false },
		{ "fd.name startswith /etc/", SR_SC_read, { .path = "/etc/x" }, true },
		{ "fd.name startswith /", SR_SC_read, { .path = "/" }, true },
		{ "fd.name startswith /etc/pa", SR_SC_read, { .path = "/etc/group" }, false },
		{ "not fd.name startswith /etc", SR_SC_read, { .path = "/etc/x" }, false },
		{ "fd.name=/etc/passwd", SR_SC_read, { .path = "/etc/passwd" }, true },
		{ "fd.name=/etc/passwd", SR_SC_read, { .path = "/etc/passwd-" }, false },
		{ "fd.name=/etc", SR_SC_read, { .path = "/etc/passwd" }, false },
		{ "fd.name!=/etc", SR_SC_read, { .path = "/etc" }, false },
		{ "fd.name=/", SR_SC_read, { .path = "/" }, true },
		{ "fd.name=/", SR_SC_read, { .path = "/x" }, false },
		{ "fd.name in (/a, /b)", SR_SC_read, { .path = "/b" }, true },
		{ "fd.name glob '/usr/*.so'", SR_SC_read, { .path = "/usr/lib/x" }, true },
		{ "fd.name glob '/usr/*.so'", SR_SC_read, { .path = "/etc/x" }, false },
		{ "not fd.name glob '/usr/*.so'", SR_SC_read, { .path = "/usr/x" }, true },
		{ "fd.name pmatch (/etc/, /var)", SR_SC_read, { .path = "/etc" }, true },
		{ "fd.name=/1/2/3/4/5/6/7/8/9",
		  SR_SC_read,
		  { .path = "/1/2/3/4/5/6/7/8/9" },
		  true },
		{ "fd.name=/1/2/3/4/5/6/7/8/9",
		  SR_SC_read,
		  { .path = "/1/2/3/4/5/6/7/x/9" },
		  false },
		{ "fd.directory=/etc", SR_SC_read, { .path = "/etc/x" }, true },
		{ "fd.directory=/etc", SR_SC_read, { .path = "/usr/x" }, false },
		{ "proc.name=cat and fd.num=3",
		  SR_SC_read,
		  { .comm = "cat", .arg = { 4 } },
		  false },
		{ "proc.name=cat or fd.num=3", SR_SC_read, { .comm = "cat", .arg = { 4 } }, true },
		{ "not (proc.name=cat or fd.num=3)",
		  SR_SC_read,
		  { .comm = "x", .arg = { 3 } },
		  false },
		{ "proc.name=cat and proc.cmdline contains x", SR_SC_read, { .comm = "x" }, false },
		{ "proc.name=cat or proc.cmdline contains x", SR_SC_read, { .comm = "x" }, true },
		{ "not (proc.name=cat and proc.cmdline contains x)",
		  SR_SC_read,
		  { .comm = "x" },
		  true },
		{ "fd.port=80 or proc.pid=1", SR_SC_read, { .pid = 2 }, true }, /* not known */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pushed x = push(cases[i].filter);

		if (kept(&x, cases[i].type, &cases[i].facts) != cases[i].kept)
			fail_msg("row %zu: %s", i, cases[i].filter);
		drop(&x);
	}
}

static void what_is_never_selected_is_not_looked_at(void **state)
{
	struct pushed x = push("fd.name startswith /etc");
	uint8_t wanted[SR_TYPE_END];

	(void)state;
	sr_push_types(x.p, wanted);
	assert_int_equal(wanted[SR_SC_read], 1);
	assert_int_equal(wanted[SR_SC_openat], 1);
	assert_int_equal(wanted[SR_SC_getpid], 0);
	assert_int_equal(wanted[SR_SC_exit_group], 0);
	assert_int_equal(wanted[SR_EV_openfile], 1);
	drop(&x);
	x = push("not fd.name startswith /etc");
	sr_push_types(x.p, wanted);
	assert_int_equal(wanted[SR_SC_getpid], 1);
	drop(&x);
	x = push("");
	assert_null(sr_push_pred(x.p));
	drop(&x);
	x = push("proc.cmdline contains x");
	assert_null(sr_push_pred(x.p));
	drop(&x);
}

/* Of other ABIs, or newer than the table. */
static void calls_without_a_row_are_kept_unless_their_name_says_no(void **state)
{
	static const struct {
		const char *filter;
		bool kept;
	} cases[] = {
		{ "evt.type=accept", false },
		{ "evt.type!=accept", true },
		{ "evt.type in (accept, newfstatat)", false },
		{ "evt.type=openat", true }, /* of 32-bit programs */
		{ "evt.type!=openat", true },
		{ "evt.type=syscall_600", true },
		{ "evt.type in (read, syscall_9)", true },
		{ "not evt.type=read", true },
		{ "evt.failed=true", false },
		{ "fd.num=3", true },
		{ "fd.type=file", false },
	};
	const struct facts facts = { .ret = 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pushed x = push(cases[i].filter);

		if (kept(&x, SR_TYPE_FIRST_X, &facts) != cases[i].kept)
			fail_msg("%s", cases[i].filter);
		drop(&x);
	}
}

static void without_room_everything_is_kept(void **state)
{
	const struct facts facts = { .comm = "cat", .path = "/x" };
	struct sr_buf text = { 0 };
	struct pushed x;

	(void)state;
	sr_buf_puts(&text, "evt.type=read and (proc.pid=1");
	for (int i = 0; i < 700; i++)
		sr_buf_printf(&text, " or proc.pid=%d", i * 2 + 10);
	sr_buf_puts(&text, ")");
	x = push(sr_buf_cstr(&text));
	assert_true(kept(&x, SR_SC_read, &facts));
	assert_false(kept(&x, SR_SC_write, &facts));
	drop(&x);
	text.len = 0;
	sr_buf_puts(&text, "fd.name=/0");
	for (int i = 1; i <= SR_PRED_PATHS; i++)
		sr_buf_printf(&text, " or fd.name=/%d", i);
	x = push(sr_buf_cstr(&text));
	assert_true(kept(&x, SR_SC_read, &facts));
	drop(&x);
	sr_buf_free(&text);
}

static void cgroups_are_answered_by_the_reader_s_own_rule(void **state)
{
	static const char id[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	struct pushed x = push("container.id=0123456789ab");
	struct sr_pred_cgroup a;

	(void)state;
	assert_int_equal(sr_push_pred(x.p)->ncgroups, 1);
	a = sr_push_answer(x.p, id, sizeof(id) - 1);
	assert_int_equal(a.names, 1);
	assert_int_equal(a.answers, 1);
	a = sr_push_answer(x.p, "9", 1);
	assert_int_equal(a.answers, 0);
	a = sr_push_answer(x.p, NULL, 0);
	assert_int_equal(a.names, 0);
	assert_int_equal(a.answers, 0);
	drop(&x);
	x = push("container.full_id=host");
	a = sr_push_answer(x.p, id, sizeof(id) - 1);
	assert_int_equal(a.answers, 0);
	a = sr_push_answer(x.p, NULL, 0);
	assert_int_equal(a.answers, 1);
	drop(&x);
}

static void parts_are_told_in_words(void **state)
{
	static const struct {
		const char *filter, *kernel, *zone, *residual;
	} cases[] = {
		{ "", "", "", "" },
		{ "evt.type=read", "evt.type = read", "evt.type = read", "" },
		{ "proc.name=a and fd.type=file", "proc.name = a and fd.type = file",
		  "proc.name = a", "fd.type = file" },
		{ "proc.name=a or proc.cmdline contains b", "", "",
		  "proc.name = a or proc.cmdline contains b" },
		{ "not (proc.name=a or proc.cmdline contains b)", "not proc.name = a", "",
		  "not (proc.name = a or proc.cmdline contains b)" },
		{ "fd.directory in (/a, /b) and evt.num>3",
		  "fd.name startswith /a or fd.name startswith /b",
		  "fd.directory in (/a, /b) and evt.num > 3",
		  "fd.directory in (/a, /b) and evt.num > 3" },
		{ "not fd.directory=/a", "", "", "not fd.directory = /a" },
		{ "evt.failed=true and user.uid=0", "evt.failed = true and user.uid = 0",
		  "evt.failed = true and user.uid = 0", "" },
		{ "fd.num=3 and evt.res=ENOENT", "fd.num = 3 and evt.res = ENOENT", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *want[] = { cases[i].kernel, cases[i].zone, cases[i].residual };
		struct pushed x = push(cases[i].filter);

		for (int part = SR_PART_KERNEL; part <= SR_PART_RESIDUAL; part++) {
			struct sr_buf out = { 0 };

			assert_int_equal(sr_push_part(x.p, (enum sr_part)part, &out), 0);
			if (strcmp(sr_buf_cstr(&out), want[part]) != 0)
				fail_msg("%s, part %d: %s", cases[i].filter, part,
					 sr_buf_cstr(&out));
			sr_buf_free(&out);
		}
		drop(&x);
	}
}

static void a_guess_is_a_part(void **state)
{
	static const char *const texts[] = { "", "evt.type=read", "not evt.type=read",
					     "proc.name=a and fd.num=3 or evt.failed=true",
					     "proc.name!=a and not fd.name exists" };
	double all = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct pushed x = push(texts[i]);
		double g = sr_filter_guess(x.f);

		assert_true(g >= 0 && g <= 1);
		if (i == 1 || i == 2)
			all += g;
		drop(&x);
	}
	assert_true(all > 0.999 && all < 1.001);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_are_kept_as_the_filter_selects_them),
		cmocka_unit_test(what_is_never_selected_is_not_looked_at),
		cmocka_unit_test(calls_without_a_row_are_kept_unless_their_name_says_no),
		cmocka_unit_test(without_room_everything_is_kept),
		cmocka_unit_test(cgroups_are_answered_by_the_reader_s_own_rule),
		cmocka_unit_test(parts_are_told_in_words),
		cmocka_unit_test(a_guess_is_a_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
