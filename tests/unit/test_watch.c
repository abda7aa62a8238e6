/* SPDX-License-Identifier: Apache-2.0 */
/* Hearing of changes from a runtime of our own, that may answer badly or not at all. */
#include "container/watch.h"
#include "formats/base/buf.h"
#include "tests/unit/fake_runtime.h"

#include <setjmp.h>
#include <stdatomic.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

struct heard {
	atomic_int n, answers;
	char last[32];
};

static void on_change(void *arg, const char *id)
{
	struct heard *h = arg;

	(void)snprintf(h->last, sizeof(h->last), "%s", id);
	atomic_fetch_add(&h->n, 1);
}

static void on_answer(void *arg)
{
	atomic_fetch_add(&((struct heard *)arg)->answers, 1);
}

static const struct sr_watch_hooks hooks = { on_change, on_answer };

static double seconds(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void nap(int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	(void)nanosleep(&ts, NULL);
}

static void wait_for(const atomic_int *count, int n)
{
	for (int i = 0; i < 6000 && atomic_load(count) < n; i++)
		nap(10);
	assert_true(atomic_load(count) >= n);
}

struct outcome {
	int requests;
	double lasted, freeing; /* seconds */
};

/* Listens to a server with one route (or none) until it has had @asked requests and @h has heard of
 * @told changes, and then for @ms. */
static struct outcome listen_once(int ms, struct fake_route *routes, struct heard *h, int asked,
				  int told)
{
	struct fake_runtime fake = { 0 };
	struct sr_watch *w;
	struct outcome o;
	double begun, before;

	*h = (struct heard){ 0 };
	assert_true(fake_folder(&fake));
	if (routes)
		assert_true(fake_start(&fake, routes));
	else
		(void)snprintf(fake.socket, sizeof(fake.socket), "%s/none.sock", fake.dir);
	begun = seconds();
	assert_int_equal(sr_watch_new(&w, fake.socket, &hooks, h), 0);
	wait_for(&fake.requests, asked);
	wait_for(&h->n, told);
	nap(ms);
	before = seconds();
	sr_watch_free(w);
	o.freeing = seconds() - before;
	o.requests = atomic_load(&fake.requests);
	o.lasted = before + o.freeing - begun;
	if (routes)
		fake_stop(&fake);
	fake_remove(&fake);
	return o;
}

/* The same, and it ends at once: not in each of several tries, the machine has other things to do.
 */
static struct outcome listen_for(int ms, struct fake_route *routes, struct heard *h, int asked,
				 int told)
{
	struct outcome o = { .freeing = 9 };

	for (int i = 0; i < 5 && o.freeing >= 0.8; i++)
		o = listen_once(ms, routes, h, asked, told);
	assert_true(o.freeing < 0.8);
	return o;
}

#define EVENT(id) "{\"Type\":\"container\",\"Actor\":{\"ID\":\"" id "\"},\"time\":1700000000}\n"

static void each_event_of_the_stream_is_heard(void **state)
{
	struct fake_route routes[] = { { "/events?since=*", 200,
					 EVENT("aa") "junk\n\n[1]\n{\"Actor\":7}\n" EVENT("bb"), 0,
					 0 },
				       { 0 } };
	struct heard h = { 0 };

	(void)state;
	(void)listen_for(0, routes, &h, 1, 2);
	assert_string_equal(h.last, "bb");
	assert_true(atomic_load(&h.answers) >= 1);
}

static void a_stream_that_ends_is_asked_for_again_without_haste(void **state)
{
	struct fake_route routes[] = { { "/events?since=*", 200, EVENT("aa"), 0, 0 }, { 0 } };
	struct heard h = { 0 };
	struct outcome o;

	(void)state;
	o = listen_for(300, routes, &h, 2, 2);
	assert_in_range(o.requests, 2, 1 + (int)o.lasted); /* a second lies between two */
	assert_in_range(atomic_load(&h.answers), o.requests - 1, o.requests);
}

static void errors_are_not_taken_for_events(void **state)
{
	struct fake_route routes[] = { { "/events?since=*", 500, EVENT("aa"), 0, 0 }, { 0 } };
	struct heard h = { 0 };
	struct outcome o;

	(void)state;
	o = listen_for(300, routes, &h, 1, 0);
	assert_in_range(o.requests, 1, 1 + (int)(o.lasted / 2));
	assert_int_equal(atomic_load(&h.n), 0);
	assert_int_equal(atomic_load(&h.answers), 0);
}

static void a_line_without_end_ends_the_connection(void **state)
{
	struct fake_route routes[] = { { "/events?since=*", 200, NULL, 3u << 20, 0 }, { 0 } };
	struct heard h = { 0 };
	struct outcome o;

	(void)state;
	o = listen_for(300, routes, &h, 1, 0);
	assert_in_range(o.requests, 1, 1 + (int)o.lasted);
	assert_int_equal(atomic_load(&h.n), 0);
}

static void a_server_that_never_answers_holds_nobody_up(void **state)
{
	struct fake_route routes[] = { { "/events?since=*", FAKE_HANG, "", 0, 0 }, { 0 } };
	struct heard h = { 0 };

	(void)state;
	assert_int_equal(listen_for(300, routes, &h, 1, 0).requests, 1);
}

static void without_a_socket_it_waits_for_one(void **state)
{
	struct heard h = { 0 };

	(void)state;
	assert_int_equal(listen_for(200, NULL, &h, 0, 0).requests, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_event_of_the_stream_is_heard),
		cmocka_unit_test(a_stream_that_ends_is_asked_for_again_without_haste),
		cmocka_unit_test(errors_are_not_taken_for_events),
		cmocka_unit_test(a_line_without_end_ends_the_connection),
		cmocka_unit_test(a_server_that_never_answers_holds_nobody_up),
		cmocka_unit_test(without_a_socket_it_waits_for_one),
	};

	return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
