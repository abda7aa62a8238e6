/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/scap_table.h"

#include <stdlib.h>
#include <string.h>

struct value {
	uint8_t table;
	bool known; /* Linux has it */
	uint64_t stored, linux_value;
};

static const struct sr_scap_event_desc descs[] = {
#define P(name, type, values)                                 \
	{                                                     \
		name, SR_SCAP_##type, SR_SCAP_VALUES_##values \
	}
#define COUNT(...)                                                       \
	(uint8_t)(sizeof((struct sr_scap_param_desc[]){ __VA_ARGS__ }) / \
		  sizeof(struct sr_scap_param_desc))
#define SR_SCAP_EVENT(id, name, category, flags, ...) \
	[id] = { name, flags, COUNT(__VA_ARGS__), { __VA_ARGS__ } },
#include "formats/scap/events.def"
#undef SR_SCAP_EVENT
#undef COUNT
#undef P
};

static const char *const calls[] = {
#define SR_SCAP_SC(id, name) [id] = name,
#include "formats/scap/names.def"
#undef SR_SCAP_SC
};

static const struct value values[] = {
#define SR_SCAP_TABLE(...)
#define SR_SCAP_VALUE(table, symbol, stored, known, linux_value) \
	{ SR_SCAP_VALUES_##table, known, (uint64_t)(stored), (uint64_t)(linux_value) },
#include "formats/scap/values.def"
#undef SR_SCAP_TABLE
#undef SR_SCAP_VALUE
};

static const struct sr_scap_call exported[] = {
#define SR_SCAP_CALL(name, enter, nenter, leave, nleave) \
	{ name, false, enter, leave, nenter, nleave, 0 },
#define SR_SCAP_GENERIC(name, sc) { name, true, 0, 1, 2, 1, sc },
#include "formats/scap/calls.def"
#undef SR_SCAP_CALL
#undef SR_SCAP_GENERIC
};

static const bool joined[] = {
	false,
#define FLAGS			 true
#define ENUM			 false
#define SR_SCAP_TABLE(name, how) how,
#define SR_SCAP_VALUE(...)
#include "formats/scap/values.def"
#undef SR_SCAP_TABLE
#undef SR_SCAP_VALUE
#undef FLAGS
#undef ENUM
};

const struct sr_scap_event_desc *sr_scap_desc(unsigned int id)
{
	if (id >= sizeof(descs) / sizeof(descs[0]) || !descs[id].name)
		return NULL;
	return descs[id].flags & SR_SCAP_UNUSED ? NULL : &descs[id];
}

unsigned int sr_scap_type_size(enum sr_scap_type t)
{
	switch (t) {
	case SR_SCAP_INT8:
	case SR_SCAP_UINT8:
	case SR_SCAP_FLAGS8:
	case SR_SCAP_ENUMFLAGS8:
	case SR_SCAP_SIGTYPE:
		return 1;
	case SR_SCAP_INT16:
	case SR_SCAP_UINT16:
	case SR_SCAP_FLAGS16:
	case SR_SCAP_ENUMFLAGS16:
	case SR_SCAP_SYSCALLID:
	case SR_SCAP_PORT:
		return 2;
	case SR_SCAP_INT32:
	case SR_SCAP_UINT32:
	case SR_SCAP_FLAGS32:
	case SR_SCAP_ENUMFLAGS32:
	case SR_SCAP_UID:
	case SR_SCAP_GID:
	case SR_SCAP_MODE:
	case SR_SCAP_FD32:
	case SR_SCAP_PID32:
	case SR_SCAP_SIGSET:
	case SR_SCAP_IPV4ADDR:
		return 4;
	case SR_SCAP_INT64:
	case SR_SCAP_UINT64:
	case SR_SCAP_ERRNO:
	case SR_SCAP_FD:
	case SR_SCAP_PID:
	case SR_SCAP_RELTIME:
	case SR_SCAP_ABSTIME:
		return 8;
	case SR_SCAP_IPV6ADDR:
		return 16;
	default:
		return 0;
	}
}

const char *sr_scap_call_name(unsigned int id)
{
	return id < sizeof(calls) / sizeof(calls[0]) ? calls[id] : NULL;
}

static uint64_t join_flags(enum sr_scap_values table, uint64_t v)
{
	uint64_t out = 0, left = v;

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		if (values[i].table != table || !values[i].stored ||
		    (left & values[i].stored) != values[i].stored)
			continue;
		left &= ~values[i].stored;
		if (values[i].known)
			out |= values[i].linux_value;
	}
	return out;
}

uint64_t sr_scap_to_linux(enum sr_scap_values table, uint64_t v)
{
	if (table == SR_SCAP_VALUES_none)
		return v;
	if (joined[table])
		return join_flags(table, v);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (values[i].table == table && values[i].stored == v && values[i].known)
			return values[i].linux_value;
	return v;
}

static int compare_name(const void *name, const void *call)
{
	return strcmp(name, ((const struct sr_scap_call *)call)->name);
}

const struct sr_scap_call *sr_scap_call(const char *name)
{
	return bsearch(name, exported, sizeof(exported) / sizeof(exported[0]), sizeof(exported[0]),
		       compare_name);
}

static uint64_t join_stored(enum sr_scap_values table, uint64_t v)
{
	uint64_t out = 0;

	/* How a file is opened is a number, not bits: 0, 1 and 2 are stored as 1, 2 and 3. */
	if (table == SR_SCAP_VALUES_file_flags) {
		out = (v & 3) + 1 < 4 ? (v & 3) + 1 : 3;
		v &= ~(uint64_t)3;
	}
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (values[i].table == table && values[i].known && values[i].linux_value &&
		    (v & values[i].linux_value) == values[i].linux_value)
			out |= values[i].stored;
	return out;
}

uint64_t sr_scap_from_linux(enum sr_scap_values table, uint64_t v)
{
	if (table == SR_SCAP_VALUES_none)
		return v;
	if (joined[table])
		return join_stored(table, v);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (values[i].table == table && values[i].linux_value == v && values[i].known)
			return values[i].stored;
	return 0;
}
