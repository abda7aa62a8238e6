/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket: what it understands, who is answered, and what becomes of its file. */
#include "capture/control.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	char dir[64], path[96];
	struct sr_control *c;
	struct sr_control_request last;
	int served;
	struct sr_err err;
};

static int setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .dir = "/tmp/sysreel-control.XXXXXX" };
	*state = &f;
	if (!mkdtemp(f.dir))
		return -1;
	(void)snprintf(f.path, sizeof(f.path), "%s/run/retro.sock", f.dir);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char run[96];

	sr_control_close(f->c);
	(void)unlink(f->path);
	(void)snprintf(run, sizeof(run), "%s/run", f->dir);
	(void)rmdir(run);
	return rmdir(f->dir);
}

static void serve(void *arg, const struct sr_control_request *rq, struct sr_buf *answer)
{
	struct fixture *f = arg;

	f->last = *rq;
	f->served++;
	sr_buf_printf(answer, "{\"ok\":true,\"n\":%d}", f->served);
}

struct asker {
	struct fixture *f;
	const char *request;
	struct sr_buf answer;
	struct sr_err err;
	int rc;
	atomic_bool done;
};

static void *asking(void *arg)
{
	struct asker *a = arg;

	a->rc = sr_control_ask(a->f->path, a->request, 5000, &a->answer, &a->err);
	atomic_store(&a->done, true);
	return NULL;
}

/* Ask while the recorder polls. The caller frees the answer. */
static void ask(struct fixture *f, const char *request, struct asker *a)
{
	pthread_t thread;

	*a = (struct asker){ .f = f, .request = request };
	assert_int_equal(pthread_create(&thread, NULL, asking, a), 0);
	while (!atomic_load(&a->done)) {
		sr_control_poll(f->c, serve, f);
		(void)usleep(1000);
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
}

static void listen_there(struct fixture *f)
{
	if (sr_control_open(&f->c, f->path, &f->err) < 0)
		fail_msg("%s", f->err.msg);
}

static int parse(const char *json, struct sr_control_request *rq)
{
	struct sr_err err = { 0 };
	int rc;

	memset(rq, 0, sizeof(*rq));
	rc = sr_control_parse(rq, json, strlen(json), &err);
	assert_true(rc == 0 || err.msg[0]);
	return rc;
}

static void requests_are_understood(void **state)
{
	struct sr_control_request rq;

	(void)state;
	assert_int_equal(
		parse("{\"do\":\"trigger\",\"reason\":\"it is slow\",\"container\":\"web\"}", &rq),
		0);
	assert_int_equal(rq.verb, SR_CONTROL_TRIGGER);
	assert_string_equal(rq.reason, "it is slow");
	assert_string_equal(rq.container, "web");
	assert_int_equal(parse("{\"do\":\"status\"}", &rq), 0);
	assert_int_equal(rq.verb, SR_CONTROL_STATUS);
	assert_string_equal(rq.reason, "");
}

static void junk_is_refused_with_words(void **state)
{
	static const char *const junk[] = { "",
					    "{",
					    "7",
					    "[]",
					    "{}",
					    "{\"do\":7}",
					    "\"do\"",
					    "{\"do\":\"reboot\"}",
					    "[[[[[[[[[[[[[[[[" };
	struct sr_control_request rq;
	char *longer = calloc(1, SR_CONTROL_REQUEST + 2);

	(void)state;
	assert_non_null(longer);
	for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); i++)
		assert_int_equal(parse(junk[i], &rq), -EINVAL);
	memset(longer, ' ', SR_CONTROL_REQUEST + 1);
	memcpy(longer, "{\"do\":\"status\"}", 15);
	assert_int_equal(parse(longer, &rq), -EINVAL);
	free(longer);
}

static void words_of_strangers_are_cut_and_made_printable(void **state)
{
	struct sr_control_request rq;
	char json[2000];

	(void)state;
	(void)snprintf(json, sizeof(json), "{\"do\":\"trigger\",\"reason\":\"%01500d\"}", 7);
	assert_int_equal(parse(json, &rq), 0);
	assert_int_equal(strlen(rq.reason), SR_CONTROL_WORDS);
	assert_int_equal(parse("{\"do\":\"trigger\",\"reason\":\"a\\u001b[1mb\\n\\u007f\"}", &rq),
			 0);
	assert_string_equal(rq.reason, "a [1mb  ");
}

static void whoever_asks_is_answered(void **state)
{
	struct fixture *f = *state;
	struct asker a;

	listen_there(f);
	ask(f, "{\"do\":\"trigger\",\"reason\":\"x\"}", &a);
	assert_int_equal(a.rc, 0);
	assert_string_equal(sr_buf_cstr(&a.answer), "{\"ok\":true,\"n\":1}");
	sr_buf_free(&a.answer);
	assert_int_equal(f->last.pid, getpid());
	assert_int_equal(f->last.uid, geteuid());
	ask(f, "nonsense", &a);
	assert_int_equal(a.rc, 0);
	assert_non_null(strstr(sr_buf_cstr(&a.answer), "\"ok\":false"));
	sr_buf_free(&a.answer);
	assert_int_equal(f->served, 1);
}

static void nobody_else_may_open_the_socket(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	listen_there(f);
	assert_int_equal(stat(f->path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void a_second_recorder_is_told_of_the_first(void **state)
{
	struct fixture *f = *state;
	struct sr_control *c;

	listen_there(f);
	assert_int_equal(sr_control_open(&c, f->path, &f->err), -EADDRINUSE);
	assert_non_null(strstr(f->err.msg, "a recorder listens there"));
}

static void what_a_killed_recorder_left_is_replaced(void **state)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct fixture *f = *state;
	struct asker a;
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s/run", f->dir);
	assert_int_equal(mkdir(at.sun_path, 0755), 0);
	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", f->path);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(close(fd), 0);
	listen_there(f);
	ask(f, "{\"do\":\"status\"}", &a);
	assert_int_equal(a.rc, 0);
	sr_buf_free(&a.answer);
	sr_control_close(f->c);
	f->c = NULL;
	assert_int_equal(access(f->path, F_OK), -1);
}

static void a_file_that_is_no_socket_is_left_alone(void **state)
{
	struct fixture *f = *state;
	char run[96];
	FILE *file;

	(void)snprintf(run, sizeof(run), "%s/run", f->dir);
	assert_int_equal(mkdir(run, 0755), 0);
	file = fopen(f->path, "w");
	assert_non_null(file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(sr_control_open(&f->c, f->path, &f->err), -EEXIST);
	assert_int_equal(access(f->path, F_OK), 0);
}

static void paths_that_cannot_be_are_refused(void **state)
{
	struct fixture *f = *state;
	char path[300];

	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(sr_control_open(&f->c, path, &f->err), -ENAMETOOLONG);
	assert_int_equal(sr_control_open(&f->c, "", &f->err), -ENAMETOOLONG);
	assert_int_equal(sr_control_open(&f->c, "/nowhere/at/all", &f->err), -ENOENT);
}

static void without_a_recorder_the_words_say_so(void **state)
{
	struct fixture *f = *state;
	struct sr_buf answer = { 0 };

	assert_int_equal(sr_control_ask(f->path, "{}", 1000, &answer, &f->err), -ENOENT);
	assert_non_null(strstr(f->err.msg, "no recorder listens at"));
}

static void a_recorder_that_does_not_answer_is_not_waited_for(void **state)
{
	struct fixture *f = *state;
	struct sr_buf answer = { 0 };

	listen_there(f);
	assert_int_equal(sr_control_ask(f->path, "{}", 50, &answer, &f->err), -ETIMEDOUT);
	sr_buf_free(&answer);
}

static void those_who_say_nothing_do_not_block_others(void **state)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct fixture *f = *state;
	int silent[10];
	struct asker a;

	listen_there(f);
	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", f->path);
	for (int i = 0; i < 10; i++) {
		silent[i] = socket(AF_UNIX, SOCK_SEQPACKET, 0);
		assert_int_equal(connect(silent[i], (struct sockaddr *)&at, sizeof(at)), 0);
	}
	ask(f, "{\"do\":\"status\"}", &a);
	assert_int_equal(a.rc, 0);
	sr_buf_free(&a.answer);
	for (int i = 0; i < 10; i++)
		assert_int_equal(close(silent[i]), 0);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(requests_are_understood),
		TEST(junk_is_refused_with_words),
		TEST(words_of_strangers_are_cut_and_made_printable),
		TEST(whoever_asks_is_answered),
		TEST(nobody_else_may_open_the_socket),
		TEST(a_second_recorder_is_told_of_the_first),
		TEST(what_a_killed_recorder_left_is_replaced),
		TEST(a_file_that_is_no_socket_is_left_alone),
		TEST(paths_that_cannot_be_are_refused),
		TEST(without_a_recorder_the_words_say_so),
		TEST(a_recorder_that_does_not_answer_is_not_waited_for),
		TEST(those_who_say_nothing_do_not_block_others),
	};

	return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
