/* SPDX-License-Identifier: Apache-2.0 */
/* What the numbers in .scap files mean: event types, their parameters, values of flags. The
 * tables are formats/scap/ *.def; formats/scap/make-tables.py makes them. */
#ifndef SR_SCAP_TABLE_H
#define SR_SCAP_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sr_scap_type {
	SR_SCAP_INT8,
	SR_SCAP_INT16,
	SR_SCAP_INT32,
	SR_SCAP_INT64,
	SR_SCAP_UINT8,
	SR_SCAP_UINT16,
	SR_SCAP_UINT32,
	SR_SCAP_UINT64,
	SR_SCAP_FLAGS8,
	SR_SCAP_FLAGS16,
	SR_SCAP_FLAGS32,
	SR_SCAP_ENUMFLAGS8,
	SR_SCAP_ENUMFLAGS16,
	SR_SCAP_ENUMFLAGS32,
	SR_SCAP_SIGTYPE,
	SR_SCAP_SYSCALLID,
	SR_SCAP_PORT,
	SR_SCAP_UID,
	SR_SCAP_GID,
	SR_SCAP_MODE,
	SR_SCAP_FD32,
	SR_SCAP_PID32,
	SR_SCAP_SIGSET,
	SR_SCAP_IPV4ADDR,
	SR_SCAP_ERRNO,
	SR_SCAP_FD,
	SR_SCAP_PID,
	SR_SCAP_RELTIME,
	SR_SCAP_ABSTIME,
	SR_SCAP_IPV6ADDR,
	SR_SCAP_CHARBUF,
	SR_SCAP_FSPATH,
	SR_SCAP_FSRELPATH,
	SR_SCAP_BYTEBUF,
	SR_SCAP_SOCKADDR,
	SR_SCAP_SOCKTUPLE,
	SR_SCAP_FDLIST,
	SR_SCAP_DYN,
	SR_SCAP_CHARBUFARRAY,
	SR_SCAP_CHARBUF_PAIR_ARRAY,
};

enum sr_scap_flag {
	SR_SCAP_MAKES_FD = 1 << 0,
	SR_SCAP_DROPS_FD = 1 << 1,
	SR_SCAP_USES_FD = 1 << 2,
	SR_SCAP_READS = 1 << 3,
	SR_SCAP_WRITES = 1 << 4,
	SR_SCAP_STATE = 1 << 5, /* changes what is known of processes or files */
	SR_SCAP_WAITS = 1 << 6,
	SR_SCAP_WIDE = 1 << 7,	     /* lengths of parameters have 32 bits */
	SR_SCAP_KEEPS_LAST = 1 << 8, /* no event of a thread: may stand within a call */
	SR_SCAP_UNUSED = 1 << 9,
	SR_SCAP_HIDDEN = 1 << 10, /* notes of the recorder */
	SR_SCAP_SYSCALL = 1 << 11,
};

enum sr_scap_values {
	SR_SCAP_VALUES_none,
#define SR_SCAP_TABLE(name, ...) SR_SCAP_VALUES_##name,
#define SR_SCAP_VALUE(...)
#include "formats/scap/values.def"
#undef SR_SCAP_TABLE
#undef SR_SCAP_VALUE
};

struct sr_scap_param_desc {
	const char *name;
	uint8_t type;	/* enum sr_scap_type */
	uint8_t values; /* enum sr_scap_values */
};

#define SR_SCAP_MAX_DESC 32

struct sr_scap_event_desc {
	const char *name;
	uint16_t flags; /* enum sr_scap_flag */
	uint8_t nparams;
	struct sr_scap_param_desc params[SR_SCAP_MAX_DESC];
};

/** sr_scap_desc() - the event type numbered @id, or NULL. Even numbers are calls that begin, the
 *  odd ones after them the same calls when they return. */
const struct sr_scap_event_desc *sr_scap_desc(unsigned int id);

/** sr_scap_type_size() - bytes of a value; 0: they vary. */
unsigned int sr_scap_type_size(enum sr_scap_type t);

/** sr_scap_call_name() - name of the call that generic events number @id, or NULL. */
const char *sr_scap_call_name(unsigned int id);

/* A system call as a file has it that every tool reads. */
struct sr_scap_call {
	const char *name;
	bool generic; /* no events of its own: those of all other calls, with number @sc */
	uint16_t enter, leave;
	uint8_t nenter, nleave; /* parameters to write, of those in the table */
	uint16_t sc;
};

/** sr_scap_call() - the call named @name, or NULL. */
const struct sr_scap_call *sr_scap_call(const char *name);

/** sr_scap_from_linux() - a value of Linux as files store it; enumerations: 0 if they lack it. */
uint64_t sr_scap_from_linux(enum sr_scap_values table, uint64_t v);

/** sr_scap_to_linux() - a stored value as Linux has it; what is not in the table stays. */
uint64_t sr_scap_to_linux(enum sr_scap_values table, uint64_t v);

#endif /* SR_SCAP_TABLE_H */
