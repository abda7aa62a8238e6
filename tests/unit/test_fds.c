/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of descriptors: what rows do to them, and asking about rows in any order. */
#include "formats/fds.h"
#include "tests/unit/gen_block.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* ---- rows ---- */

struct story {
	struct sr_builder *b;
	struct sr_thread_def parent, child, other;
	struct sr_file_def file, pipe;
	uint64_t time, first;
	struct sr_fds *t;
};

static void begin(struct story *s, bool whole)
{
	*s = (struct story){ .time = 1000, .first = 1 };
	s->parent.t =
		(struct sr_thread){ .id = 1, .tid = 10, .pid = 10, .vpid = 10, .nthreads = 1 };
	s->child.t = (struct sr_thread){ .id = 2, .tid = 11, .pid = 11, .vpid = 11, .nthreads = 1 };
	s->other.t = (struct sr_thread){ .id = 3, .tid = 12, .pid = 10, .vpid = 10, .nthreads = 2 };
	s->file.f.kind = SR_FILE_REG;
	s->file.path = gen_str("/etc/passwd");
	s->pipe.f.kind = SR_FILE_FIFO;
	assert_int_equal(sr_builder_new(&s->b), 0);
	assert_int_equal(sr_fds_new(&s->t, whole), 0);
}

/* A row of @type, made by a call that took 10 ns; @n numbers follow. */
static void row(struct story *s, struct sr_thread_def *th, const char *type, int64_t ret,
		struct sr_file_def *file, int n, ...)
{
	struct sr_event_in ev = { .time = s->time += 100, .dur = 10, .ret = ret, .thread = th };
	va_list ap;

	ev.type = sr_type_by_name(type, strlen(type));
	assert_non_null(ev.type);
	ev.file = file;
	ev.nargs = ev.type->nargs;
	va_start(ap, n);
	for (int i = 0; i < n; i++)
		ev.args[i].val = va_arg(ap, uint64_t);
	va_end(ap);
	if (ev.type->xevent == SR_X_PROCESS || ev.type->xevent == SR_X_OPENFILE)
		ev.flags = SR_F_STATE | SR_F_NO_START;
	assert_int_equal(sr_builder_add(s->b, &ev), 0);
}

static struct sr_block *take(struct story *s)
{
	struct sr_block *b = sr_builder_block(s->b);

	b->first_num = s->first;
	s->first += b->n;
	assert_int_equal(sr_fds_begin(s->t, b, NULL), 0);
	return b;
}

static void go_on(struct story *s)
{
	assert_int_equal(sr_fds_end(s->t), 0);
	sr_builder_reset(s->b);
	s->parent.epoch = s->child.epoch = s->other.epoch = s->file.epoch = s->pipe.epoch = 0;
}

static void end(struct story *s)
{
	sr_fds_free(s->t);
	sr_builder_free(s->b);
}

/* -2: nothing is known of the table. */
static int64_t count_at(struct story *s, uint32_t row)
{
	const struct sr_fds_table *t = sr_fds_at(s->t, row);

	return t ? t->count : -2;
}

static const char *name_at(struct story *s, uint32_t row, int fd)
{
	static char text[64];
	const struct sr_fd *f = sr_fds_find(sr_fds_at(s->t, row), fd);
	const struct sr_block *names = sr_fds_names(s->t);
	const struct sr_str *str;

	if (!f)
		return "closed";
	if (!f->file)
		return "?";
	str = &names->strs[names->files[f->file].path];
	(void)snprintf(text, sizeof(text), "%.*s", (int)str->len, str->p);
	return text;
}

/* Three files are open. Rows 0 to 3. */
static void three_open(struct story *s)
{
	row(s, &s->parent, "process", 0, NULL, 5, 10ul, 10ul, 0ul, 3ul, 1024ul);
	row(s, &s->parent, "openfile", 0, &s->file, 2, 0ul, 0ul);
	row(s, &s->parent, "openfile", 0, &s->file, 2, 1ul, 0ul);
	row(s, &s->parent, "openfile", 0, &s->pipe, 2, 2ul, 1ul);
}

/* ---- what is known ---- */

static void what_was_open_opens_and_closes_is_counted(void **state)
{
	struct story s;
	int64_t limit;

	(void)state;
	begin(&s, true);
	three_open(&s);
	row(&s, &s.parent, "openat", 3, &s.file, 3, 0ul, 0ul, (uint64_t)O_CLOEXEC);
	row(&s, &s.parent, "dup2", 7, &s.pipe, 2, 2ul, 7ul);
	row(&s, &s.parent, "close", 0, &s.file, 1, 3ul);
	row(&s, &s.parent, "getpid", 10, NULL, 0);
	row(&s, &s.parent, "close", -9, NULL, 1, 5ul);
	row(&s, &s.parent, "openat", -2, NULL, 3, 0ul, 0ul, 0ul);
	(void)take(&s);
	assert_int_equal(count_at(&s, 0), 3);
	assert_false(sr_fds_complete(sr_fds_at(s.t, 0)));
	assert_true(sr_fds_complete(sr_fds_at(s.t, 3)));
	assert_int_equal(count_at(&s, 4), 4);
	assert_int_equal(count_at(&s, 5), 5);
	assert_int_equal(count_at(&s, 6), 5); /* it closes after its row */
	assert_string_equal(name_at(&s, 6, 3), "/etc/passwd");
	assert_int_equal(count_at(&s, 7), 4);
	assert_string_equal(name_at(&s, 7, 3), "closed");
	assert_int_equal(count_at(&s, 9), 4);
	assert_string_equal(name_at(&s, 4, 3), "/etc/passwd"); /* and back */
	assert_true(sr_fds_limit(s.t, 9, &limit));
	assert_int_equal(limit, 1024);
	end(&s);
}

static void children_inherit_and_exec_closes(void **state)
{
	struct story s;
	int64_t limit;

	(void)state;
	begin(&s, true);
	three_open(&s);
	row(&s, &s.parent, "newtask", 0, NULL, 3, 11ul, 11ul, 0ul);
	go_on((take(&s), &s));
	row(&s, &s.child, "openat", 3, &s.file, 3, 0ul, 0ul, 0ul);
	row(&s, &s.child, "exec", 0, NULL, 8, 0ul, 0ul, 0ul, 0ul, 11ul, 0ul, 3ul, 512ul);
	row(&s, &s.child, "getpid", 11, NULL, 0);
	row(&s, &s.parent, "getpid", 10, NULL, 0);
	(void)take(&s);
	assert_int_equal(count_at(&s, 0), 4);
	assert_int_equal(count_at(&s, 2), 3); /* number 2 is closed */
	assert_string_equal(name_at(&s, 2, 2), "closed");
	assert_string_equal(name_at(&s, 2, 3), "/etc/passwd");
	assert_true(sr_fds_complete(sr_fds_at(s.t, 2)));
	assert_true(sr_fds_limit(s.t, 2, &limit) && limit == 512);
	assert_int_equal(count_at(&s, 3), 3);
	assert_true(sr_fds_limit(s.t, 3, &limit) && limit == 1024);
	end(&s);
}

static void threads_share_until_one_unshares(void **state)
{
	struct story s;

	(void)state;
	begin(&s, true);
	three_open(&s);
	row(&s, &s.parent, "newtask", 0, NULL, 3, 12ul, 10ul,
	    (uint64_t)(CLONE_THREAD | CLONE_FILES));
	row(&s, &s.other, "openat", 3, &s.file, 3, 0ul, 0ul, 0ul);
	row(&s, &s.other, "unshare", 0, NULL, 1, (uint64_t)CLONE_FILES);
	row(&s, &s.other, "close", 0, &s.file, 1, 0ul);
	row(&s, &s.other, "getpid", 10, NULL, 0);
	row(&s, &s.parent, "getpid", 10, NULL, 0);
	row(&s, &s.other, "procexit", 0, NULL, 0);
	row(&s, &s.other, "getpid", 10, NULL, 0);
	(void)take(&s);
	assert_int_equal(count_at(&s, 8), 3);
	assert_int_equal(count_at(&s, 9), 4);
	assert_int_equal(count_at(&s, 11), 4); /* another thread of its number: the process' */
	end(&s);
}

static void the_race_of_close_and_open_is_no_loss(void **state)
{
	struct sr_event_in ev = { .dur = 250, .ret = 0 };
	struct story s;

	(void)state;
	begin(&s, true);
	three_open(&s);
	row(&s, &s.parent, "openat", 2, &s.file, 3, 0ul, 0ul, 0ul); /* 2 is being closed */
	ev.type = sr_type_by_name("close", 5);
	ev.time = s.time += 100;
	ev.thread = &s.other;
	ev.nargs = 1;
	ev.args[0].val = 2;
	assert_int_equal(sr_builder_add(s.b, &ev), 0);
	row(&s, &s.parent, "getpid", 10, NULL, 0);
	(void)take(&s);
	assert_int_equal(count_at(&s, 6), 3);
	assert_string_equal(name_at(&s, 6, 2), "/etc/passwd");
	end(&s);
}

static void what_is_not_certain_is_not_known(void **state)
{
	struct story s;
	int64_t limit;

	(void)state;
	begin(&s, true);
	row(&s, &s.child, "read", 1, &s.file, 1, 5ul);
	three_open(&s);
	row(&s, &s.parent, "lost", 0, NULL, 5, 3ul, 0ul, 0ul, 0ul, 2ul);
	row(&s, &s.parent, "getpid", 10, NULL, 0);
	row(&s, &s.parent, "read", 1, &s.file, 1, 0ul);
	row(&s, &s.parent, "exec", 0, NULL, 8, 0ul, 0ul, 0ul, 0ul, 10ul, 0ul, 4ul, 512ul);
	(void)take(&s);
	assert_int_equal(count_at(&s, 0), -1); /* it was there, nobody saw it begin */
	assert_string_equal(name_at(&s, 0, 5), "/etc/passwd");
	assert_int_equal(count_at(&s, 4), 3);
	assert_int_equal(count_at(&s, 6), -1);
	assert_string_equal(name_at(&s, 6, 0), "closed");
	assert_false(sr_fds_limit(s.t, 6, &limit));
	assert_string_equal(name_at(&s, 7, 0), "/etc/passwd");
	assert_int_equal(count_at(&s, 8), 4);
	go_on(&s);
	s.first += 5; /* rows are missing */
	row(&s, &s.parent, "getpid", 10, NULL, 0);
	(void)take(&s);
	assert_int_equal(count_at(&s, 0), -1);
	end(&s);

	begin(&s, false); /* a recording with a filter */
	three_open(&s);
	(void)take(&s);
	assert_int_equal(count_at(&s, 3), -2);
	end(&s);
}

/* ---- any rows, in any order ---- */

static uint64_t digest(struct sr_fds *t, uint32_t row)
{
	const struct sr_fds_table *table = sr_fds_at(t, row);
	const struct sr_block *names = sr_fds_names(t);
	uint64_t h = table ? (uint64_t)table->count + 7 : 1;
	int64_t limit = 0;

	for (uint32_t i = 0; table && i < table->n; i++) {
		h = h * 31 + (uint64_t)table->v[i].fd * 4 + table->v[i].exec;
		if (table->v[i].file)
			h = h * 31 + names->files[table->v[i].file].ino;
	}
	(void)sr_fds_limit(t, row, &limit);
	return h * 31 + (uint64_t)limit;
}

static void add_any(struct gen *g, struct sr_builder *b)
{
	static const char *const types[] = {
		"process",     "openfile", "openat",  "openat",	   "close",	"close",
		"dup2",	       "dup3",	   "dup",     "fcntl",	   "pipe2",	"exec",
		"execve",      "newtask",  "newtask", "procexit",  "procusage", "unshare",
		"close_range", "read",	   "lost",    "prlimit64", "recvmsg",	"clone",
	};
	const char *name = types[gen_below(g, sizeof(types) / sizeof(types[0]))];
	struct sr_event_in ev = { .time = g->now += 50, .dur = gen_below(g, 200) };
	int32_t pair[2];

	ev.type = sr_type_by_name(name, strlen(name));
	ev.thread = &g->threads[gen_below(g, GEN_THREADS)];
	ev.file = gen_below(g, 4) ? &g->files[gen_below(g, GEN_FILES)] : NULL;
	ev.ret = (int64_t)gen_below(g, 12) - 2;
	ev.nargs = ev.type->nargs;
	for (int i = 0; i < ev.nargs; i++)
		ev.args[i].val = gen_below(g, 8) ? gen_below(g, 10) : gen_any(g);
	if (strcmp(name, "newtask") == 0) {
		ev.args[0].val = (uint64_t)g->threads[gen_below(g, GEN_THREADS)].t.tid;
		ev.args[1].val = gen_below(g, 2) ? ev.args[0].val : (uint64_t)ev.thread->t.pid;
		ev.args[2].val = gen_below(g, 2) ? CLONE_FILES : 0;
	}
	pair[0] = (int32_t)gen_below(g, 9);
	pair[1] = (int32_t)gen_below(g, 9);
	if (strcmp(name, "pipe2") == 0)
		ev.args[0] = (struct sr_arg){ .data = pair, .len = 8, .truelen = 8 };
	if (strcmp(name, "process") == 0 || strcmp(name, "openfile") == 0)
		ev.flags = SR_F_STATE;
	assert_int_equal(sr_builder_add(b, &ev), 0);
}

static void rows_may_be_asked_about_in_any_order(void **state)
{
	enum {
		ROWS = 400,
		BLOCKS = 12
	};
	struct sr_fds *forward = NULL, *any = NULL;
	struct sr_builder *b = NULL;
	uint64_t first = 1, *want = calloc(ROWS, sizeof(*want));
	struct gen g;

	(void)state;
	assert_non_null(want);
	gen_init(&g, 5);
	assert_int_equal(sr_fds_new(&forward, true), 0);
	assert_int_equal(sr_fds_new(&any, true), 0);
	assert_int_equal(sr_builder_new(&b), 0);
	for (int k = 0; k < BLOCKS; k++) {
		struct sr_block *blk;

		sr_builder_reset(b);
		for (int i = 0; i < ROWS; i++)
			add_any(&g, b);
		blk = sr_builder_block(b);
		blk->first_num = first;
		first += blk->n;
		assert_int_equal(sr_fds_begin(forward, blk, NULL), 0);
		assert_int_equal(sr_fds_begin(any, blk, NULL), 0);
		for (uint32_t i = 0; i < blk->n; i++)
			want[i] = digest(forward, i);
		for (int i = 0; i < 100 && k % 3; i++) { /* of some blocks nothing is asked */
			uint32_t row = gen_below(&g, blk->n);

			assert_int_equal(digest(any, row), want[row]);
		}
		assert_int_equal(sr_fds_end(forward), 0);
		assert_int_equal(sr_fds_end(any), 0);
	}
	free(want);
	sr_fds_free(forward);
	sr_fds_free(any);
	sr_fds_free(NULL);
	sr_builder_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_open_opens_and_closes_is_counted),
		cmocka_unit_test(children_inherit_and_exec_closes),
		cmocka_unit_test(threads_share_until_one_unshares),
		cmocka_unit_test(the_race_of_close_and_open_is_no_loss),
		cmocka_unit_test(what_is_not_certain_is_not_known),
		cmocka_unit_test(rows_may_be_asked_about_in_any_order),
	};

	return cmocka_run_group_tests_name("fds", tests, NULL, NULL);
}
