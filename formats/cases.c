/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/cases.h"

#include <asm/ioctls.h>
#include <fcntl.h>
#include <linux/dqblk_xfs.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <linux/keyctl.h>
#include <linux/loop.h>
#include <linux/prctl.h>
#include <linux/quota.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <linux/userfaultfd.h>
#include <sys/msg.h>
#include <sys/ptrace.h>
#include <sys/sem.h>
#include <sys/shm.h>

/* ptrace.h of the C library and of Linux exclude each other. */
#ifndef PTRACE_GETSIGMASK
#define PTRACE_GETSIGMASK 0x420a
#define PTRACE_SETSIGMASK 0x420b
#endif
/* Not in every version of the headers. */
#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif
#ifndef FUTEX_LOCK_PI2_PRIVATE
#define FUTEX_LOCK_PI2_PRIVATE (FUTEX_LOCK_PI2 | FUTEX_PRIVATE_FLAG)
#endif
#ifndef QCMD
#define QCMD(cmd, type) ((uint32_t)(cmd) << 8 | (type))
#endif

enum {
	SR_LEN_2 = 2,
	SR_LEN_3
};

#define SR_CASE(call, arg, by, value, kind) \
	{ SR_SC_##call, arg, by, SR_KIND_##kind, SR_LEN_NONE, (uint32_t)(value) },
#define SR_CASE_LEN(call, arg, by, value, kind, len) \
	{ SR_SC_##call, arg, by, SR_KIND_##kind, SR_LEN_##len, (uint32_t)(value) },
const struct sr_case sr_cases[] = {
#include "formats/cases.def"
};
#undef SR_CASE
#undef SR_CASE_LEN

const size_t sr_ncases = sizeof(sr_cases) / sizeof(sr_cases[0]);

const struct sr_case *sr_case_first(const struct sr_type *t, unsigned int arg)
{
	int id = sr_type_id(t);

	for (size_t i = 0; i < sr_ncases; i++)
		if (sr_cases[i].type == id && sr_cases[i].arg == arg)
			return &sr_cases[i];
	return NULL;
}

const struct sr_case *sr_case_of(const struct sr_case *first, uint32_t value)
{
	const struct sr_case *end = sr_cases + sr_ncases;

	for (const struct sr_case *c = first; c < end; c++) {
		if (c->type != first->type || c->arg != first->arg)
			break;
		if (c->value == value)
			return c;
	}
	return NULL;
}

struct sr_op sr_case_op(const struct sr_case *c)
{
	const struct sr_kind_desc *k = &sr_kinds[c->kind];
	struct sr_op op = {
		.copy = k->copy, .arg = c->arg, .len = c->len, .flags = k->flags, .size = k->size
	};

	if (c->len == SR_LEN_RET && c->arg + 1 < sr_types[c->type].nargs) /* the buffer's size */
		op.len |= SR_LEN_CAP(c->arg + 1);
	return op;
}
