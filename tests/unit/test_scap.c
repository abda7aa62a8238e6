/* SPDX-License-Identifier: Apache-2.0 */
/* Captures of other tools: every layout of .scap, and what must be survived. */
#include "capture/engine.h"
#include "capture/source_scap.h"
#include "filters/field.h"
#include "formats/scap_file.h"
#include "formats/scap_table.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define FILES "tests/files/scap/"
#define OTHER "../shared/captures/"

/* A file read to its end: a line for each event, made of the fields that were asked for. */
struct reading {
	int rc;
	struct sr_err err;
	struct sr_buf lines;
	uint64_t events;
	struct sr_source_file file;
	struct sr_reel_damage damage;
};

static void put_fields(struct sr_view *v, uint32_t row, const char *const *fields,
		       struct sr_buf *out)
{
	for (size_t i = 0; fields[i]; i++) {
		struct sr_fieldref ref;
		struct sr_val val;

		assert_int_equal(sr_fieldref_parse(&ref, fields[i], strlen(fields[i]), NULL),
				 strlen(fields[i]));
		sr_field_get(&ref, v, row, &val);
		if (i)
			sr_buf_putc(out, ' ');
		if (!sr_val_text(&ref, &val, v, out))
			sr_buf_puts(out, "-");
	}
	sr_buf_putc(out, '\n');
}

static void read_blocks(struct reading *r, struct sr_source *s, struct sr_meta *meta,
			const char *const *fields)
{
	struct sr_view_opts opts = { .utc = true };
	struct sr_view v = { .meta = meta, .opts = &opts };
	struct sr_block *b;

	while ((r->rc = s->ops->next(s, &b, &r->err)) == 1) {
		assert_int_equal(sr_enrich(b, meta, &r->err), 0);
		assert_int_equal(b->first_num, r->events + 1);
		v.b = b;
		for (uint32_t row = 0; row < b->n; row++)
			put_fields(&v, row, fields, &r->lines);
		r->events += b->n;
	}
	sr_buf_free(&v.scratch);
	s->ops->file(s, &r->file);
	if (r->file.ndamages)
		r->damage = r->file.damages[0];
}

static void read_file(struct reading *r, const char *path, const char *const *fields)
{
	struct sr_source *s = NULL;
	struct sr_meta *meta;

	*r = (struct reading){ .err.pos = SR_NO_POS };
	assert_int_equal(sr_meta_new(&meta), 0);
	r->rc = sr_source_file_open(&s, path, meta, &r->err);
	if (r->rc == 0) {
		assert_string_equal(s->ops->name, "scap");
		read_blocks(r, s, meta, fields);
		s->ops->close(s);
	}
	sr_meta_free(meta);
}

static const char *const types[] = { "evt.type", NULL };

static uint64_t count_of(const char *path)
{
	struct reading r;

	read_file(&r, path, types);
	sr_buf_free(&r.lines);
	assert_int_equal(r.rc, 0);
	assert_int_equal(r.file.ndamages, 0);
	assert_true(r.file.complete);
	return r.events;
}

static void every_layout_is_read(void **state)
{
	static const struct {
		const char *path;
		uint64_t events;
	} files[] = {
		{ FILES "full.scap", 17 },
		{ FILES "full_gz.scap", 17 },
		{ FILES "gz_two_members.scap", 1 },
		{ FILES "old_v1.scap", 1 },
		{ FILES "tail_2022.scap", 1 },
		{ FILES "tail_29.scap", 1 },
		{ FILES "tail_new.scap", 1 },
		{ FILES "proclist_v1.scap", 1 },
		{ FILES "proclist_v4.scap", 1 },
		{ FILES "proclist_v8.scap", 1 },
		{ FILES "two_sections.scap", 2 },
		{ FILES "aliases.scap", 0 },
		{ FILES "x_shb_options.scap", 1 },
		{ FILES "x_fd_type_17.scap", 1 },
		{ FILES "x_unknown_block_mid.scap", 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		print_message("%s\n", files[i].path);
		assert_int_equal(count_of(files[i].path), files[i].events);
	}
}

static void events_for_the_state_alone_are_not_shown(void **state)
{
	(void)state;
	assert_int_equal(count_of(FILES "state_only.scap"), 0);
}

static void a_packed_file_says_what_the_plain_one_says(void **state)
{
	static const char *const fields[] = { "evt.rawtime", "evt.type",     "evt.res",
					      "proc.name",   "proc.cmdline", "fd.num",
					      "fd.name",     "evt.latency",  NULL };
	struct reading plain, packed;

	(void)state;
	read_file(&plain, FILES "full.scap", fields);
	read_file(&packed, FILES "full_gz.scap", fields);
	assert_int_equal(plain.events, 17);
	assert_string_equal(sr_buf_cstr(&plain.lines), sr_buf_cstr(&packed.lines));
	sr_buf_free(&plain.lines);
	sr_buf_free(&packed.lines);
}

static void a_cut_file_is_read_up_to_the_cut(void **state)
{
	struct reading r;

	(void)state;
	read_file(&r, FILES "x_truncated.scap", types);
	assert_int_equal(r.rc, 0);
	assert_int_equal(r.file.ndamages, 1);
	assert_false(r.file.complete);
	assert_int_equal(r.damage.offset, 1604);
	assert_non_null(strstr(r.damage.what, "ends within a block"));
	sr_buf_free(&r.lines);
}

static void a_file_without_events_is_refused_with_words(void **state)
{
	struct reading r;

	(void)state;
	read_file(&r, FILES "x_no_events.scap", types);
	assert_int_equal(r.rc, -EBADMSG);
	assert_non_null(strstr(r.err.msg, "no events"));
	sr_buf_free(&r.lines);
}

static void numbers_without_bytes_are_absent(void **state)
{
	static const char *const fields[] = { "evt.type", "evt.rawres", NULL };
	struct reading r;

	(void)state;
	read_file(&r, FILES "x_zero_len_fixed.scap", fields);
	assert_int_equal(r.events, 1);
	assert_non_null(strstr(sr_buf_cstr(&r.lines), " "));
	assert_null(strstr(sr_buf_cstr(&r.lines), "<"));
	sr_buf_free(&r.lines);
}

/* What the reference tool says of the same file. */
static void calls_have_their_latency_and_their_file(void **state)
{
	static const char *const fields[] = { "evt.type",    "fd.num",	"fd.name",
					      "evt.latency", "evt.res", NULL };
	static const char expected[] =
		"read 3 10.0.0.1:40000->10.0.0.2:80 1000 SUCCESS\n"
		"write 1 /tmp/log 1000 SUCCESS\n"
		"open 20 /etc/passwd 1000 SUCCESS\n"
		"close 20 /etc/passwd 1000 SUCCESS\n"
		"socket 21  1000 SUCCESS\n"
		"connect 21 10.0.0.1:5555->1.2.3.4:443 1000 SUCCESS\n"
		"socket 22  1000 SUCCESS\n"
		"connect 22 0->ffff888800001000 /run/docker.sock 1000 ENOENT\n"
		"socket 23  1000 SUCCESS\n"
		"connect 23 fe80::1:6666->fe80::2:80 1000 SUCCESS\n"
		"exit - - 1000 -\n"
		"eventfd 24  1000 SUCCESS\n"
		"clone - - 1000 SUCCESS\n"
		"clone - - 0 SUCCESS\n"
		"execve - - 1000 SUCCESS\n"
		"procexit - - - -\n"
		"poll - - 1000 SUCCESS\n";
	struct reading r;

	(void)state;
	read_file(&r, FILES "full.scap", fields);
	assert_string_equal(sr_buf_cstr(&r.lines), expected);
	sr_buf_free(&r.lines);
}

/* A clone and an exec: name, arguments and ancestors are those of the moment. */
static void processes_are_followed(void **state)
{
	static const char *const fields[] = { "thread.tid", "proc.cmdline", "proc.pname",
					      "proc.ppid",  "container.id", NULL };
	struct reading r;

	(void)state;
	read_file(&r, FILES "full.scap", fields);
	assert_non_null(strstr(sr_buf_cstr(&r.lines), "100 bash -l init 1 0123456789ab\n"));
	assert_non_null(strstr(sr_buf_cstr(&r.lines), "101 bash -l bash 100 0123456789ab\n"));
	assert_non_null(strstr(sr_buf_cstr(&r.lines), "101 ls -l /tmp bash 100 0123456789ab\n"));
	sr_buf_free(&r.lines);
}

static void containers_have_the_names_that_the_file_tells(void **state)
{
	static const char *const fields[] = { "container.name", NULL };
	struct reading r;

	(void)state;
	if (access(OTHER "run_as_user_0_container.scap", R_OK) != 0) {
		print_message("skipped: no " OTHER "\n");
		skip();
	}
	read_file(&r, OTHER "run_as_user_0_container.scap", fields);
	assert_non_null(strstr(sr_buf_cstr(&r.lines), "hopeful_taussig\n"));
	sr_buf_free(&r.lines);
}

static void flags_are_those_of_linux(void **state)
{
	(void)state;
	assert_int_equal(sr_scap_to_linux(SR_SCAP_VALUES_file_flags, 3), O_RDWR);
	assert_int_equal(sr_scap_to_linux(SR_SCAP_VALUES_file_flags, 0x1001), O_CLOEXEC);
	assert_int_equal(sr_scap_to_linux(SR_SCAP_VALUES_file_flags, 0x106),
			 O_WRONLY | O_CREAT | O_TRUNC);
	assert_int_equal(sr_scap_to_linux(SR_SCAP_VALUES_none, 77), 77);
}

static void every_type_of_the_table_has_a_name(void **state)
{
	unsigned int n = 0;

	(void)state;
	for (unsigned int id = 0; id < 1000; id++)
		n += sr_scap_desc(id) != NULL;
	assert_int_equal(n, 419);
	assert_string_equal(sr_scap_desc(7)->name, "read");
	assert_null(sr_scap_desc(100000));
	assert_string_equal(sr_scap_call_name(3), "read");
}

static void other_files_are_not_taken_for_ours(void **state)
{
	static const uint8_t gzip[] = { 0x1f, 0x8b, 8, 0 }, text[] = { 'a', 'b', 'c', 'd' };

	(void)state;
	assert_true(sr_scap_magic(gzip, sizeof(gzip)));
	assert_false(sr_scap_magic(text, sizeof(text)));
	assert_false(sr_scap_magic(gzip, 1));
}

/* Real captures, where they lie beside the repository. */
static void captures_of_real_machines_are_read(void **state)
{
	(void)state;
	if (access(OTHER "curl_google.scap", R_OK) != 0) {
		print_message("skipped: no " OTHER "\n");
		skip();
	}
	assert_int_equal(count_of(OTHER "curl_google.scap"), 599);
	assert_int_equal(count_of(OTHER "sample.scap"), 87);
	assert_int_equal(count_of(OTHER "run_as_user_0_container.scap"), 1357);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_layout_is_read),
		cmocka_unit_test(events_for_the_state_alone_are_not_shown),
		cmocka_unit_test(a_packed_file_says_what_the_plain_one_says),
		cmocka_unit_test(a_cut_file_is_read_up_to_the_cut),
		cmocka_unit_test(a_file_without_events_is_refused_with_words),
		cmocka_unit_test(numbers_without_bytes_are_absent),
		cmocka_unit_test(calls_have_their_latency_and_their_file),
		cmocka_unit_test(processes_are_followed),
		cmocka_unit_test(containers_have_the_names_that_the_file_tells),
		cmocka_unit_test(flags_are_those_of_linux),
		cmocka_unit_test(every_type_of_the_table_has_a_name),
		cmocka_unit_test(other_files_are_not_taken_for_ours),
		cmocka_unit_test(captures_of_real_machines_are_read),
	};

	return cmocka_run_group_tests_name("scap", tests, NULL, NULL);
}
