/* SPDX-License-Identifier: Apache-2.0 */
/* No memory is allocated per event: once a filter or a format has seen a block, another one like
 * it costs no allocation. The allocator is wrapped to count; sanitizers bring their own,
 * where all this only runs. */
#include "tests/unit/filter_fixture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static size_t allocations;

#if defined(__SANITIZE_ADDRESS__)
#define COUNTED false
#else
#define COUNTED true
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *malloc(size_t n);
void *calloc(size_t n, size_t size);
void *realloc(void *p, size_t n);

void *malloc(size_t n)
{
	allocations++;
	return __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	allocations++;
	return __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	allocations++;
	return __libc_realloc(p, n);
}
#endif

static size_t allocations_of_filter(struct fix *x, const char *text)
{
	uint64_t sel[SR_SEL_WORDS(64)] = { 0 };
	struct sr_err err = { 0 };
	struct sr_filter *f;
	size_t before = 0;

	if (sr_filter_compile(&f, text, &err) < 0)
		fail_msg("%s: %s", text, err.msg);
	for (int turn = 0; turn < 5; turn++) {
		/* the first turns make room, in the filter and in the view */
		if (turn == 2)
			before = allocations;
		assert_true(sr_filter_run(f, &x->v, sel, NULL) >= 0);
	}
	before = allocations - before;
	sr_filter_free(f);
	return before;
}

/* Nothing would be found if nothing were counted. */
static void allocations_are_counted(void **state)
{
	void *volatile p;
	size_t before = allocations;

	(void)state;
	p = malloc(1);
	free(p);
	assert_int_equal(allocations, before + COUNTED);
}

static void filters_allocate_nothing_per_event(void **state)
{
	static const char *const more[] = {
		"evt.args contains x or evt.call contains y",
		"proc.cmdline regex '(a|b)*c.*' or fd.name regex '.*[0-9]+x'",
		"evt.buffer contains HTTP and evt.arg.path endswith txt",
		"join('-', proc.args) = x or getopt(proc.args, 'c:') intersects (a)",
		"len(tolower(concat(proc.name, fd.name))) > 3",
		"proc.acmdline contains x or proc.aenv[PATH] exists or proc.aexe=y",
		"fd.containername contains etc or fd.uid=1003 or fdlist.nums contains 3",
		"proc.name=val(proc.pname) or fd.name contains val(proc.name)",
		"container.labels contains a or container.mounts contains b",
		"syslog.message contains x or evt.reason[fd.name] exists",
		"fs.path.name pmatch (/etc, /usr/lib*) or evt.abspath contains x",
	};
	FILE *f = fopen("tests/filters/examples.txt", "re");
	char line[512];
	struct fix x;

	(void)state;
	assert_non_null(f);
	fix_init(&x);
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		if (allocations_of_filter(&x, line))
			fail_msg("allocates: %s", line);
	}
	(void)fclose(f);
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		if (allocations_of_filter(&x, more[i]))
			fail_msg("allocates: %s", more[i]);
	fix_free(&x);
}

static void lines_allocate_nothing_per_event(void **state)
{
	static const char format[] =
		"%evt.num %evt.outputtime %evt.cpu %container.name (%container.id) %proc.name "
		"%proc.pcmdline %evt.latency.human %evt.call %evt.args %fd.name %fd.sip:%fd.sport "
		"%evt.buffer %user.name %fs.path.name %thread.cap_effective %evt.reason[fd.name]";
	struct sr_buf out = { 0 };
	struct sr_format *f;
	size_t before = 0;
	struct fix x;

	(void)state;
	fix_init(&x);
	assert_int_equal(sr_format_compile(&f, format, NULL), 0);
	for (int turn = 0; turn < 4; turn++) {
		if (turn == 2)
			before = allocations;
		for (uint32_t i = 0; i < x.b->n; i++) {
			out.len = 0;
			sr_format_line(f, &x.v, i, &out);
			assert_true(out.len > 40);
		}
	}
	assert_int_equal(allocations, before);
	sr_buf_free(&out);
	sr_format_free(f);
	fix_free(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allocations_are_counted),
		cmocka_unit_test(filters_allocate_nothing_per_event),
		cmocka_unit_test(lines_allocate_nothing_per_event),
	};

	return cmocka_run_group_tests_name("filter_alloc", tests, NULL, NULL);
}
