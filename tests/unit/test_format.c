/* SPDX-License-Identifier: Apache-2.0 */
/* Output formats: lines, columns, JSON objects, and what is wrong with a format. */
#include "tests/unit/filter_fixture.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct sr_format *compile(const char *text)
{
	struct sr_err err = { 0 };
	struct sr_format *f = NULL;

	if (sr_format_compile(&f, text, &err) < 0)
		fail_msg("%s: %s", text, err.msg);
	return f;
}

static void a_line_is_text_with_values(void **state)
{
	static const struct {
		const char *format;
		uint32_t num;
		const char *line;
	} table[] = {
		{ "%evt.num %proc.name", 1, "1 nginx" },
		{ "*%evt.num %proc.name", 1, "1 nginx" },
		{ "%proc.namex", 1, "nginxx" },
		{ "%proc.name.x", 1, "nginx.x" },
		{ "%evt.num%evt.type", 1, "1openat" },
		{ "(%evt.type)", 1, "(openat)" },
		{ "a\\tb\\nc\\e[0m\\\\d\\q", 1, "a\tb\nc\033[0m\\d\\q" },
		{ "no field", 1, "no field" },
		{ "%fd.name|", 3, "<NA>|" },
		{ "%8proc.name|", 1, "nginx   |" },
		{ "%2proc.name|", 1, "ng|" },
		{ "%0proc.name|", 1, "nginx|" },
		{ "%007proc.name|", 1, "nginx  |" },
		{ "%6fd.name|", 3, "<NA>  |" },
		{ "%evt.arg.path, %evt.arg[1]", 1, "/etc/passwd, /etc/passwd" },
		{ "%proc.aname[2]<%proc.aname>", 13, "sshd<bash sshd systemd>" },
		{ "%container.name:%container.id", 6, "host:host" },
		{ "%container.label.app.", 1, "shop." },
		{ "%evt.time.s %evt.latency.human", 3, "23:13:20 3.00us" },
		{ "%fd.cip:%fd.cport", 8, "192.168.1.7:51000" },
	};
	struct fix x;

	(void)state;
	fix_init(&x);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct sr_format *f = compile(table[i].format);
		struct sr_buf out = { 0 };

		sr_buf_puts(&out, "> ");
		sr_format_line(f, &x.v, table[i].num - 1, &out);
		assert_memory_equal(sr_buf_cstr(&out), "> ", 2);
		assert_string_equal(sr_buf_cstr(&out) + 2, table[i].line);
		sr_buf_free(&out);
		sr_format_free(f);
	}
	fix_free(&x);
	sr_format_free(NULL);
}

static void columns_count_characters_not_bytes(void **state)
{
	static const char name[] = "n\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80";
	struct sr_builder *b = NULL;
	struct sr_thread_def t = { .t = { .id = 1, .pid = 1 }, .comm = fix_str(name) };
	struct sr_event_in ev = { .name = "x", .thread = &t };
	struct sr_view v = { 0 };
	struct sr_format *f = compile("%2proc.name|%6proc.name|");
	struct sr_buf out = { 0 };

	(void)state;
	assert_int_equal(sr_builder_new(&b), 0);
	assert_int_equal(sr_builder_add(b, &ev), 0);
	v.b = sr_builder_block(b);
	sr_format_line(f, &v, 0, &out);
	assert_string_equal(sr_buf_cstr(&out),
			    "n\xc3\xa9|n\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80  |");
	sr_buf_free(&out);
	sr_buf_free(&v.scratch);
	sr_builder_free(b);
	sr_format_free(f);
}

static void json_has_the_fields_as_keys_in_order(void **state)
{
	struct sr_format *f = compile("%evt.num text %proc.name %fd.name %evt.failed %evt.num "
				      "%evt.arg.path %proc.aname[1]");
	struct sr_buf out = { 0 };
	struct fix x;

	(void)state;
	fix_init(&x);
	sr_format_json(f, &x.v, 5, &out);
	assert_string_equal(sr_buf_cstr(&out),
			    "{\"evt.num\":6,\"proc.name\":\"bash\",\"fd.name\":null,"
			    "\"evt.failed\":true,\"evt.arg.path\":\"missing.txt\","
			    "\"proc.aname[1]\":\"sshd\"}");
	sr_buf_free(&out);
	sr_format_free(f);
	fix_free(&x);
}

static void json_of_every_field_parses(void **state)
{
	struct sr_buf text = { 0 }, out = { 0 };
	size_t n;
	const struct sr_field *fields = sr_fields(&n);
	struct sr_format *f;
	struct fix x;

	(void)state;
	for (size_t i = 0; i < n; i++)
		if (fields[i].arg != SR_ARG_REQUIRED && strncmp(fields[i].name, "fd.", 3) != 0)
			sr_buf_printf(&text, "%%%s ", fields[i].name);
	fix_init(&x);
	f = compile(sr_buf_cstr(&text));
	for (uint32_t i = 0; i < x.b->n; i++) {
		cJSON *doc;

		out.len = 0;
		sr_format_json(f, &x.v, i, &out);
		doc = cJSON_Parse(sr_buf_cstr(&out));
		if (!doc)
			fail_msg("%s", sr_buf_cstr(&out));
		assert_int_equal(cJSON_GetObjectItemCaseSensitive(doc, "evt.num")->valueint, i + 1);
		cJSON_Delete(doc);
	}
	sr_buf_free(&text);
	sr_buf_free(&out);
	sr_format_free(f);
	fix_free(&x);
}

static void the_need_of_a_format_is_that_of_its_fields(void **state)
{
	struct sr_format *f = compile("%evt.cpu %proc.name");

	(void)state;
	assert_int_equal(sr_format_need(f), SR_NEED_CPU | SR_NEED_THREAD | SR_NEED_DICTS);
	sr_format_free(f);
	f = compile("text");
	assert_int_equal(sr_format_need(f), 0);
	sr_format_free(f);
}

static void wrong_formats_are_explained(void **state)
{
	static const struct {
		const char *format;
		unsigned pos;
		const char *msg;
	} table[] = {
		{ "", 0, "the format is empty" },
		{ "*", 1, "the format is empty" },
		{ "%", 1, "a field name is missing after %" },
		{ "a %12", 3, "a field name is missing after %" },
		{ "a %proc.nme", 3, "unknown field proc.nme, did you mean proc.name?" },
		{ "%20proc.nme.", 3, "unknown field proc.nme, did you mean proc.name?" },
		{ "%%", 1, "expected the name of a field" },
		{ "%-10proc.name", 1, "expected the name of a field" },
		{ "%99999proc.name", 1, "a column cannot be wider than 4096" },
		{ "%evt.arg x", 1, "evt.arg takes .NAME or [N]" },
		{ "%fd.ip", 1,
		  "fd.ip is for filters: it means either end; print fd.cip, fd.sip, fd.lip or fd.rip" },
		{ "%fd.port", 1,
		  "fd.port is for filters: it means either end; print fd.cport, fd.sport, fd.lport "
		  "or fd.rport" },
		{ "%fd.snet", 1, "fd.snet is for filters; print fd.sip" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct sr_err err = { 0 };
		struct sr_format *f = NULL;

		assert_int_equal(sr_format_compile(&f, table[i].format, &err), -EINVAL);
		assert_null(f);
		assert_string_equal(err.msg, table[i].msg);
		assert_int_equal(err.pos, table[i].pos);
		assert_int_equal(sr_format_compile(&f, table[i].format, NULL), -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_text_with_values),
		cmocka_unit_test(columns_count_characters_not_bytes),
		cmocka_unit_test(json_has_the_fields_as_keys_in_order),
		cmocka_unit_test(json_of_every_field_parses),
		cmocka_unit_test(the_need_of_a_format_is_that_of_its_fields),
		cmocka_unit_test(wrong_formats_are_explained),
	};

	return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
