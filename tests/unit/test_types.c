/* SPDX-License-Identifier: Apache-2.0 */
/* The extract of the kernel's types: what the programs know, and no more. */
#include "driver-bpf/types.h"

#include <bpf/btf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* struct NAME { a; b; } of 16 bytes, with members of these types. */
static void add_pair(struct btf *btf, const char *name, int a, int b)
{
	assert_true(btf__add_struct(btf, name, 16) > 0);
	assert_int_equal(btf__add_field(btf, "a", a, 0, 0), 0);
	assert_int_equal(btf__add_field(btf, "b", b, 64, 0), 0);
}

static struct btf *make_kernel(void)
{
	struct btf *k = btf__new_empty();

	assert_non_null(k);
	assert_int_equal(btf__add_int(k, "int", 4, BTF_INT_SIGNED), 1);
	assert_int_equal(btf__add_int(k, "long", 8, BTF_INT_SIGNED), 2);
	add_pair(k, "stranger", 1, 2);
	add_pair(k, "list", 2, 5); /* 4 */
	assert_int_equal(btf__add_ptr(k, 8), 5);
	assert_int_equal(btf__add_array(k, 1, 4, 2), 6);
	assert_int_equal(btf__add_const(k, 6), 7);
	add_pair(k, "task", 9, 7); /* 8 */
	assert_int_equal(btf__add_ptr(k, 10), 9);
	add_pair(k, "files", 2, 2); /* 10 */
	assert_int_equal(btf__add_typedef(k, "word", 2), 11);
	assert_int_equal(btf__add_enum(k, "state", 4), 12);
	assert_int_equal(btf__add_enum_value(k, "RUNNING", 7), 0);
	assert_int_equal(btf__add_func_proto(k, 0), 13);
	assert_int_equal(btf__add_func(k, "task", BTF_FUNC_GLOBAL, 13), 14);
	add_pair(k, "inode", 2, 2); /* 15 */
	return k;
}

/* The programs' own types: structures without members are enough. */
static struct btf *make_object(const char *const *structs)
{
	struct btf *o = btf__new_empty();

	assert_non_null(o);
	for (; *structs; structs++)
		assert_true(btf__add_struct(o, *structs, 0) > 0);
	assert_true(btf__add_typedef(o, "word", 0) > 0);
	assert_true(btf__add_enum(o, "state", 4) > 0);
	return o;
}

static const char *const some[] = { "task", "inode___plain", "absent", NULL };

struct fixture {
	struct btf *kernel, *object, *extract;
};

static int extract(void **state)
{
	static struct fixture f;

	f.kernel = make_kernel();
	f.object = make_object(some);
	f.extract = sr_types_extract(f.kernel, f.object, false);
	assert_non_null(f.extract);
	*state = &f;
	return 0;
}

static int drop(void **state)
{
	struct fixture *f = *state;

	btf__free(f->extract);
	btf__free(f->object);
	btf__free(f->kernel);
	return 0;
}

static const struct btf_type *find(const struct btf *btf, const char *name, uint32_t kind)
{
	int id = btf__find_by_name_kind(btf, name, kind);

	return id > 0 ? btf__type_by_id(btf, (uint32_t)id) : NULL;
}

static void types_with_names_of_ours_are_taken(void **state)
{
	struct btf *x = ((struct fixture *)*state)->extract;
	const struct btf_type *t = find(x, "state", BTF_KIND_ENUM);

	assert_non_null(find(x, "task", BTF_KIND_STRUCT));
	assert_non_null(find(x, "word", BTF_KIND_TYPEDEF));
	assert_non_null(t);
	assert_int_equal(btf_enum(t)->val, 7);
	assert_string_equal(btf__name_by_offset(x, btf_enum(t)->name_off), "RUNNING");
}

static void a_view_of_a_type_stands_for_the_type(void **state)
{
	assert_non_null(find(((struct fixture *)*state)->extract, "inode", BTF_KIND_STRUCT));
}

static void what_is_in_a_type_is_taken_too(void **state)
{
	struct btf *x = ((struct fixture *)*state)->extract;
	const struct btf_type *t = find(x, "task", BTF_KIND_STRUCT), *m;

	assert_int_equal(t->size, 16);
	assert_int_equal(btf_member_bit_offset(t, 1), 64);
	assert_string_equal(btf__name_by_offset(x, btf_members(t)[1].name_off), "b");
	m = btf__type_by_id(x, btf_members(t)[1].type);
	assert_int_equal(btf_kind(m), BTF_KIND_CONST);
	m = btf__type_by_id(x, m->type);
	assert_int_equal(btf_kind(m), BTF_KIND_ARRAY);
	assert_int_equal(btf_array(m)->nelems, 2);
	assert_int_equal(btf__resolve_size(x, btf_array(m)->index_type), 4);
	assert_ptr_equal(btf__type_by_id(x, btf_array(m)->type), find(x, "list", BTF_KIND_STRUCT));
}

static void pointers_lead_nowhere(void **state)
{
	struct btf *x = ((struct fixture *)*state)->extract;
	const struct btf_type *t = find(x, "task", BTF_KIND_STRUCT);

	t = btf__type_by_id(x, btf_members(t)[0].type);
	assert_int_equal(btf_kind(t), BTF_KIND_PTR);
	assert_int_equal(t->type, 0);
	assert_null(find(x, "files", BTF_KIND_STRUCT));
}

static void nothing_else_is_taken(void **state)
{
	struct btf *x = ((struct fixture *)*state)->extract;

	assert_null(find(x, "stranger", BTF_KIND_STRUCT));
	assert_null(find(x, "absent", BTF_KIND_STRUCT));
	assert_null(find(x, "task", BTF_KIND_FUNC));
	/* int, long, list, 2 pointers, array, const, task, word, state, inode */
	assert_int_equal(btf__type_cnt(x) - 1, 11);
}

static void a_type_that_is_not_there_is_an_error(void **state)
{
	struct btf *kernel = make_kernel(), *object;
	static const char *const names[] = { "damaged", NULL };

	(void)state;
	add_pair(kernel, "damaged", 2, 999);
	object = make_object(names);
	assert_null(sr_types_extract(kernel, object, false));
	btf__free(object);
	btf__free(kernel);
}

/* Of the kernel that runs here: sizes and places of all members are the same. */
static void the_kernels_own_are_laid_out_the_same(void **state)
{
	static const char *const names[] = { "task_struct", "file", "sock", "cred", NULL };
	struct btf *kernel = btf__load_vmlinux_btf(), *object, *x;

	(void)state;
	if (!kernel)
		skip(); /* it has no type information */
	object = make_object(names);
	x = sr_types_extract(kernel, object, true);
	assert_non_null(x);
	assert_true(btf__type_cnt(x) < btf__type_cnt(kernel) / 10);
	for (int i = 0; names[i]; i++) {
		const struct btf_type *a = find(kernel, names[i], BTF_KIND_STRUCT);
		const struct btf_type *b = find(x, names[i], BTF_KIND_STRUCT);

		assert_non_null(b);
		assert_int_equal(a->size, b->size);
		assert_int_equal(btf_vlen(a), btf_vlen(b));
		for (uint32_t m = 0; m < btf_vlen(a); m++) {
			const struct btf_member *ma = &btf_members(a)[m], *mb = &btf_members(b)[m];

			assert_int_equal(ma->offset, mb->offset);
			assert_string_equal(btf__name_by_offset(kernel, ma->name_off),
					    btf__name_by_offset(x, mb->name_off));
			assert_int_equal(btf__resolve_size(kernel, ma->type),
					 btf__resolve_size(x, mb->type));
		}
	}
	btf__free(x);
	btf__free(object);
	btf__free(kernel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, extract, drop)
		TEST(types_with_names_of_ours_are_taken),
		TEST(a_view_of_a_type_stands_for_the_type),
		TEST(what_is_in_a_type_is_taken_too),
		TEST(pointers_lead_nowhere),
		TEST(nothing_else_is_taken),
		cmocka_unit_test(a_type_that_is_not_there_is_an_error),
		cmocka_unit_test(the_kernels_own_are_laid_out_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
