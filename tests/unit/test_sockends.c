/* SPDX-License-Identifier: Apache-2.0 */
/* The other end of a socket as a call names it, and messages as the driver keeps them. */
#include "capture/sockends.h"
#include "formats/message.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

static struct sr_file_def udp(void)
{
	return (struct sr_file_def){ .f = { .kind = SR_FILE_SOCK_INET,
					    .family = AF_INET,
					    .sock_type = SOCK_DGRAM,
					    .lport = 5000,
					    .flags = SR_FILE_NO_NAME },
				     .epoch = 7 };
}

static struct sr_event_in sendto_of(struct sr_file_def *f, const void *addr, uint32_t len)
{
	struct sr_event_in ev = { .type = &sr_types[SR_SC_sendto], .file = f, .nargs = 6 };

	ev.args[0].file = f;
	ev.args[4].data = addr;
	ev.args[4].len = len;
	return ev;
}

static void a_datagram_goes_where_the_call_says(void **state)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(53) };
	struct sr_file_def f = udp();
	struct sr_event_in ev = sendto_of(&f, &to, sizeof(to)), again = ev;
	struct sr_sockends *s;

	(void)state;
	to.sin_addr.s_addr = htonl(0x0a000001);
	assert_int_equal(sr_sockends_new(&s), 0);
	assert_int_equal(sr_sockends_see(s, &ev), 0);
	assert_ptr_not_equal(ev.file, &f);
	assert_ptr_equal(ev.file, ev.args[0].file);
	assert_int_equal(ev.file->f.rport, 53);
	assert_memory_equal(ev.file->f.raddr, "\x0a\0\0\1", 4);
	assert_int_equal(ev.file->f.lport, 5000);
	assert_int_equal(ev.file->epoch, 0);
	assert_int_equal(f.f.rport, 0);
	assert_int_equal(sr_sockends_see(s, &again), 0);
	assert_ptr_equal(again.file, ev.file);
	to.sin_port = htons(54);
	again = sendto_of(&f, &to, sizeof(to));
	assert_int_equal(sr_sockends_see(s, &again), 0);
	assert_int_equal(again.file->f.rport, 54);
	sr_sockends_free(s);
}

static void what_says_nothing_changes_nothing(void **state)
{
	struct sockaddr_un other = { .sun_family = AF_UNIX };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = 1 };
	struct sr_file_def f = udp(), tcp = udp();
	struct sr_event_in ev = sendto_of(&f, &other, 10);
	struct sr_sockends *s;

	(void)state;
	tcp.f.sock_type = SOCK_STREAM;
	tcp.f.rport = 80;
	assert_int_equal(sr_sockends_new(&s), 0);
	assert_int_equal(sr_sockends_see(s, &ev), 0);
	assert_ptr_equal(ev.file, &f);
	ev = sendto_of(&f, &to, 3); /* cut */
	assert_int_equal(sr_sockends_see(s, &ev), 0);
	assert_ptr_equal(ev.file, &f);
	ev = sendto_of(&f, NULL, 0);
	assert_int_equal(sr_sockends_see(s, &ev), 0);
	assert_ptr_equal(ev.file, &f);
	ev = sendto_of(&tcp, &to, sizeof(to)); /* it has a peer */
	assert_int_equal(sr_sockends_see(s, &ev), 0);
	assert_ptr_equal(ev.file, &tcp);
	sr_sockends_free(s);
}

static void a_unix_datagram_has_the_path_of_its_receiver(void **state)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = "\0name" };
	struct sr_file_def f = udp();
	struct sr_event_in ev;
	struct sr_sockends *s;

	(void)state;
	f.f.kind = SR_FILE_SOCK_UNIX;
	f.f.family = AF_UNIX;
	ev = sendto_of(&f, &to, 2 + 5);
	assert_int_equal(sr_sockends_new(&s), 0);
	assert_int_equal(sr_sockends_see(s, &ev), 0);
	assert_int_equal(ev.file->peer_path.len, 5);
	assert_memory_equal(ev.file->peer_path.p, "@name", 5);
	sr_sockends_free(s);
}

static void messages_come_one_after_the_other(void **state)
{
	struct {
		struct sr_msg_head h;
		uint32_t len, have;
		char text[8];
		struct sr_msg_head h2;
		uint32_t len2, have2;
		char control[16], text2[4];
	} m = { { 0, 0, 0, 1 | SR_MSG_COUNTED },
		9,
		3,
		"abc",
		{ 16 << 16, 16, 0, 1 | SR_MSG_COUNTED },
		4,
		4,
		"",
		"defg" };
	struct sr_cur c = sr_cur(&m, sizeof(m)), cut = sr_cur(&m, sizeof(m) - 1);
	struct sr_message one;

	(void)state;
	assert_true(sr_message_next(&c, sizeof(m), &one));
	assert_int_equal(one.truelen, 9);
	assert_int_equal(one.payload.left, 3);
	assert_memory_equal(one.payload.p, "abc", 3);
	assert_true(sr_message_next(&c, sizeof(m), &one));
	assert_int_equal(one.control.left, 16);
	assert_memory_equal(one.payload.p, "defg", 4);
	assert_false(sr_message_next(&c, sizeof(m), &one));
	assert_true(sr_message_next(&cut, sizeof(m), &one));
	assert_false(sr_message_next(&cut, sizeof(m), &one));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_datagram_goes_where_the_call_says),
		cmocka_unit_test(what_says_nothing_changes_nothing),
		cmocka_unit_test(a_unix_datagram_has_the_path_of_its_receiver),
		cmocka_unit_test(messages_come_one_after_the_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
