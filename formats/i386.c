/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/i386.h"

#include <string.h>

/* Instead of pairs: */
#define SR_I386_CLONE 0x80 /* the fourth and fifth argument change places */
#define SR_I386_WIDE  0x40 /* times and limits have 64 bits */

static const struct {
	const char *name;
	uint8_t pairs;
} calls[] = {
#define SR_I386_KIND(name)
#define SR_I386_NARROW(name, size)
#define SR_I386(number, name, pairs) [number] = { #name, (pairs) },
#include "formats/i386.def"
#undef SR_I386
#undef SR_I386_NARROW
#undef SR_I386_KIND
};

const char *sr_i386_name(unsigned int nr)
{
	return nr < sizeof(calls) / sizeof(calls[0]) ? calls[nr].name : NULL;
}

bool sr_i386_has(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i].name && strlen(calls[i].name) == len &&
		    memcmp(calls[i].name, name, len) == 0)
			return true;
	return false;
}

#define PAIRS 0x1f

static void join_pairs(uint64_t args[6], uint8_t pairs)
{
	unsigned int to = 0;

	for (unsigned int i = 0; i < 6; i++, to++) {
		args[to] = args[i];
		if (i < 5 && pairs >> i & 1) {
			args[to] |= args[i + 1] << 32;
			i++;
		}
	}
	while (to < 6)
		args[to++] = 0;
}

/* Numbers of 64 bits that a program of 32 bits gives: with their sign, if they were not joined. */
static void extend_signs(const struct sr_type *t, uint64_t args[6])
{
	for (int i = 0; i < t->nargs; i++)
		switch (t->args[i].kind) {
		case SR_KIND_LONG:
		case SR_KIND_OFF:
		case SR_KIND_TIME:
			args[i] = (uint64_t)(int32_t)args[i];
		}
}

const struct sr_type *sr_i386_type(unsigned int nr, uint64_t args[6])
{
	const char *name = sr_i386_name(nr);
	const struct sr_type *t = name ? sr_type_by_name(name, strlen(name)) : NULL;
	uint64_t swap;

	if (!t || t->xevent >= 0)
		return NULL;
	if (calls[nr].pairs == SR_I386_CLONE) {
		swap = args[3];
		args[3] = args[4];
		args[4] = swap;
	} else if (calls[nr].pairs & PAIRS) {
		join_pairs(args, calls[nr].pairs);
	} else {
		extend_signs(t, args);
	}
	return t;
}

/* Kinds that are the same for both, and what is known of the size of others. */
static const struct {
	uint8_t how;
	uint8_t size; /* of NARROW; 0: the copier knows */
} layouts[SR_KIND_COUNT] = {
#define SR_I386_KIND(name)	   [SR_KIND_##name] = { SR_I386_ALIKE, 0 },
#define SR_I386_NARROW(name, size) [SR_KIND_##name] = { SR_I386_NARROW, (size) },
#define SR_I386(number, name, pairs)
#include "formats/i386.def"
#undef SR_I386
#undef SR_I386_NARROW
#undef SR_I386_KIND
};

enum sr_i386_layout sr_i386_layout(unsigned int kind, uint64_t truelen)
{
	const struct sr_kind_desc *k = &sr_kinds[kind];
	bool wide = k->copy == SR_COPY_FIXED && truelen == k->size;

	if (layouts[kind].how == SR_I386_NARROW && wide && layouts[kind].size != k->size)
		return SR_I386_ALIKE;
	return layouts[kind].how;
}

unsigned int sr_i386_size(unsigned int kind)
{
	return layouts[kind].size;
}

/* Make @op, which copies something of @kind, that of call @nr. False: it cannot be done. */
static bool adapt_op(unsigned int nr, unsigned int kind, struct sr_op *op)
{
	bool wide = calls[nr].pairs == SR_I386_WIDE && op->copy == SR_COPY_FIXED;

	if (layouts[kind].how != SR_I386_NARROW || wide)
		return layouts[kind].how != SR_I386_UNKNOWN;
	op->flags |= SR_OP_NARROW;
	if (layouts[kind].size)
		op->size = layouts[kind].size;
	return true;
}

/* Arguments behind a pair of halves have other places. */
static bool keeps_op(unsigned int nr, const struct sr_type *t, struct sr_op *op)
{
	unsigned int pairs = calls[nr].pairs & PAIRS;
	unsigned int first = pairs ? (unsigned int)__builtin_ctz(pairs) : 6;

	if (op->copy == SR_COPY_RETFD)
		return true;
	if (op->arg >= first || (op->len < SR_LEN_RET && op->len >= first))
		return false;
	if (op->flags & SR_OP_ENTER)
		return false;
	return op->copy == SR_COPY_CASE || adapt_op(nr, t->args[op->arg].kind, op);
}

bool sr_i386_case(unsigned int nr, const struct sr_case *c, struct sr_op *op)
{
	*op = sr_case_op(c);
	return adapt_op(nr, c->kind, op);
}

bool sr_i386_desc(unsigned int nr, struct sr_desc *out)
{
	const uint16_t keep = SR_D_IDENT | SR_D_RENAME | SR_D_CRITICAL;
	uint64_t args[6] = { 0 };
	const struct sr_type *t = sr_i386_type(nr, args);
	struct sr_desc full;
	bool lost_strings; /* of execveat, which has arguments beside them: they are not noted here
			    */

	*out = (struct sr_desc){ .nargs = 6 };
	if (!t)
		return false;
	sr_type_desc(t, &full);
	out->flags = full.flags & keep;
	lost_strings = full.flags & SR_D_EXEC && full.flags & SR_D_ENTER;
	for (unsigned int i = 0; i < full.nops; i++)
		if (!(lost_strings && full.ops[i].copy == SR_COPY_STRV) &&
		    keeps_op(nr, t, &full.ops[i]))
			out->ops[out->nops++] = full.ops[i];
	if (full.flags & SR_D_EXEC && !lost_strings) {
		out->flags |= SR_D_EXEC | SR_D_BEFORE;
		out->more = full.more;
	}
	return true;
}
