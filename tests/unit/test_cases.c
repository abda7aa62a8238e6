/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments whose kind another one decides: rules that every row keeps, and the sizes of the
 * structures. */
#include "formats/cases.h"

#include <linux/fiemap.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/if.h>
#include <linux/keyctl.h>
#include <linux/loop.h>
#include <linux/quota.h>
#include <linux/seccomp.h>
#include <linux/userfaultfd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include <cmocka.h>

#define fail_case(c, what) \
	fail_msg("%s, argument %u, %#x: %s", sr_types[(c)->type].name, (c)->arg, (c)->value, what)

static void rows_of_an_argument_stand_together_and_hang_on_the_same_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < sr_ncases; i++) {
		const struct sr_case *c = &sr_cases[i];
		const struct sr_type *t = &sr_types[c->type];
		const struct sr_case *first = sr_case_first(t, c->arg);

		if (c->arg >= t->nargs || t->args[c->arg].kind != SR_KIND_CASE)
			fail_case(c, "the argument is of another kind");
		if (c->by >= t->nargs || c->by == c->arg ||
		    sr_kinds[t->args[c->by].kind].cls != SR_CLASS_NUM)
			fail_case(c, "no number decides");
		if (first->by != c->by)
			fail_case(c, "two arguments decide");
		if (sr_case_of(first, c->value) != c)
			fail_case(c, "out of reach: there is another, or a gap");
	}
}

static void every_argument_of_the_kind_has_rows(void **state)
{
	(void)state;
	for (int t = 0; t < SR_TYPE_FIRST_X; t++)
		for (int i = 0; i < sr_types[t].nargs; i++)
			if ((sr_types[t].args[i].kind == SR_KIND_CASE) !=
			    !!sr_case_first(&sr_types[t], (unsigned int)i))
				fail_msg("%s, argument %d", sr_types[t].name, i);
}

static void kinds_are_of_memory_and_have_a_length_where_they_need_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < sr_ncases; i++) {
		const struct sr_case *c = &sr_cases[i];
		const struct sr_type *t = &sr_types[c->type];
		const struct sr_kind_desc *k = &sr_kinds[c->kind];
		struct sr_op op = sr_case_op(c);

		uint8_t cap = c->arg + 1 < t->nargs ? SR_LEN_CAP(c->arg + 1) : 0;

		if (k->copy != SR_COPY_FIXED && k->copy != SR_COPY_ARRAY &&
		    k->copy != SR_COPY_STR && k->copy != SR_COPY_REF && k->copy != SR_COPY_SEMS)
			fail_case(c, "cannot be copied");
		if ((k->copy == SR_COPY_ARRAY) != (c->len != SR_LEN_NONE))
			fail_case(c, "length");
		if (c->len == SR_LEN_RET &&
		    (!(k->flags & SR_OP_OUT) || op.len != (SR_LEN_RET | cap)))
			fail_case(c, "the result is no length");
		if (op.copy != k->copy || op.arg != c->arg || op.size != k->size)
			fail_case(c, "op");
	}
}

static void a_value_without_a_row_is_a_number(void **state)
{
	const struct sr_case *first = sr_case_first(&sr_types[SR_SC_ioctl], 2);

	(void)state;
	assert_non_null(first);
	assert_null(sr_case_of(first, 0x12345678));
	assert_int_equal(sr_case_of(first, TIOCGWINSZ)->kind, SR_KIND_WINSIZE_OUT);
	assert_null(sr_case_first(&sr_types[SR_SC_ioctl], 1));
}

#ifdef __x86_64__
static void structures_have_the_size_of_the_kernels(void **state)
{
	static const struct {
		int kind;
		size_t size;
	} sizes[] = {
		{ SR_KIND_WINSIZE_OUT, sizeof(struct winsize) },
		{ SR_KIND_IFREQ, sizeof(struct ifreq) },
		{ SR_KIND_IFCONF, sizeof(struct ifconf) },
		{ SR_KIND_LOOP_INFO_OUT, sizeof(struct loop_info64) },
		{ SR_KIND_LOOP_CONFIG, sizeof(struct loop_config) },
		{ SR_KIND_FILE_RANGE, sizeof(struct file_clone_range) },
		{ SR_KIND_FSTRIM, sizeof(struct fstrim_range) },
		{ SR_KIND_FSXATTR_OUT, sizeof(struct fsxattr) },
		{ SR_KIND_FIEMAP, sizeof(struct fiemap) },
		{ SR_KIND_UFFD_API, sizeof(struct uffdio_api) },
		{ SR_KIND_SOCK_FPROG, sizeof(struct sock_fprog) },
		{ SR_KIND_NOTIF_SIZES, sizeof(struct seccomp_notif_sizes) },
		{ SR_KIND_KEY_DH, sizeof(struct keyctl_dh_params) },
		{ SR_KIND_DQBLK_OUT, sizeof(struct if_dqblk) },
		{ SR_KIND_SHMID_DS_OUT, sizeof(struct shmid_ds) },
		{ SR_KIND_MSQID_DS_OUT, sizeof(struct msqid_ds) },
		{ SR_KIND_SEMID_DS_OUT, sizeof(struct semid_ds) },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const struct sr_kind_desc *k = &sr_kinds[sizes[i].kind];

		if (k->size != sizes[i].size)
			fail_msg("kind %s: %u bytes, not %zu", k->name, k->size, sizes[i].size);
	}
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_of_an_argument_stand_together_and_hang_on_the_same_one),
		cmocka_unit_test(every_argument_of_the_kind_has_rows),
		cmocka_unit_test(kinds_are_of_memory_and_have_a_length_where_they_need_one),
		cmocka_unit_test(a_value_without_a_row_is_a_number),
#ifdef __x86_64__
		cmocka_unit_test(structures_have_the_size_of_the_kernels),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
