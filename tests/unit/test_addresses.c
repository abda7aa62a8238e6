/* SPDX-License-Identifier: Apache-2.0 */
/* No address is shown as a bare one but for a reason: formats/addresses.def gives it for each
 * argument whose memory is not copied, and for each value of an argument that decides about
 * others. */
#include "formats/cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct reason {
	const char *arg; /* its name, or the constant */
	const char *why;
	int type; /* enum sr_type_id */
};

static const struct reason addresses[] = {
#define SR_ADDRESS(call, arg, why) { #arg, why, SR_SC_##call },
#define SR_PLAIN(call, constant, why)
#include "formats/addresses.def"
#undef SR_ADDRESS
#undef SR_PLAIN
};

static const struct reason plain[] = {
#define SR_ADDRESS(call, arg, why)
#define SR_PLAIN(call, constant, why) { #constant, why, SR_SC_##call },
#include "formats/addresses.def"
#undef SR_ADDRESS
#undef SR_PLAIN
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static size_t rows_of(const struct reason *r, size_t n, int type, const char *arg)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += r[i].type == type && strcmp(r[i].arg, arg) == 0;
	return found;
}

static bool is_bare(const struct sr_arg_desc *a)
{
	return a->kind == SR_KIND_PTR || a->kind == SR_KIND_ARG;
}

static void what_is_not_copied_has_one_reason(void **state)
{
	unsigned int bad = 0;

	(void)state;
	for (int t = 0; t < SR_TYPE_FIRST_X; t++)
		for (int i = 0; i < sr_types[t].nargs; i++) {
			const struct sr_arg_desc *a = &sr_types[t].args[i];

			if (is_bare(a) && rows_of(addresses, COUNT(addresses), t, a->name) != 1) {
				print_error("SR_ADDRESS(%s, %s, \"?\")\n", sr_types[t].name,
					    a->name);
				bad++;
			}
		}
	assert_int_equal(bad, 0);
}

static void a_reason_is_of_an_argument_that_is_not_copied(void **state)
{
	(void)state;
	for (size_t r = 0; r < COUNT(addresses); r++) {
		const struct sr_type *t = &sr_types[addresses[r].type];
		bool found = false;

		for (int i = 0; i < t->nargs; i++)
			if (strcmp(t->args[i].name, addresses[r].arg) == 0)
				found = is_bare(&t->args[i]) ||
					sr_kinds[t->args[i].kind].cls == SR_CLASS_NUM;
		if (!found || strlen(addresses[r].why) < 6)
			fail_msg("%s, %s", t->name, addresses[r].arg);
	}
}

/* The table of names of the argument that decides about others of @t, or none. */
static const struct sr_xlat_table *deciding(const struct sr_type *t)
{
	for (size_t i = 0; i < sr_ncases; i++)
		if (sr_cases[i].type == sr_type_id(t))
			return sr_xlat_table(t->args[sr_cases[i].by].xlat);
	return sr_xlat_table(SR_XLAT_none);
}

static bool has_case(int type, uint32_t value)
{
	for (size_t i = 0; i < sr_ncases; i++)
		if (sr_cases[i].type == type && sr_cases[i].value == value)
			return true;
	return false;
}

static void a_constant_that_decides_has_a_row_or_a_reason(void **state)
{
	unsigned int bad = 0;

	(void)state;
	for (int t = 0; t < SR_TYPE_FIRST_X; t++) {
		const struct sr_xlat_table *x = deciding(&sr_types[t]);

		for (size_t i = 0; i < x->n; i++) {
			size_t n = rows_of(plain, COUNT(plain), t, x->rows[i].name);

			if (n + has_case(t, (uint32_t)x->rows[i].value) != 1) {
				print_error("SR_PLAIN(%s, %s, \"?\")\n", sr_types[t].name,
					    x->rows[i].name);
				bad++;
			}
		}
	}
	assert_int_equal(bad, 0);
}

static void a_reason_is_of_a_constant_that_there_is(void **state)
{
	(void)state;
	for (size_t r = 0; r < COUNT(plain); r++) {
		const struct sr_xlat_table *x = deciding(&sr_types[plain[r].type]);
		bool found = false;

		for (size_t i = 0; i < x->n; i++)
			found |= strcmp(x->rows[i].name, plain[r].arg) == 0;
		if (!found || !*plain[r].why)
			fail_msg("%s, %s", sr_types[plain[r].type].name, plain[r].arg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_copied_has_one_reason),
		cmocka_unit_test(a_reason_is_of_an_argument_that_is_not_copied),
		cmocka_unit_test(a_constant_that_decides_has_a_row_or_a_reason),
		cmocka_unit_test(a_reason_is_of_a_constant_that_there_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
