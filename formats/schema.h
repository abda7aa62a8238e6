/* SPDX-License-Identifier: Apache-2.0 */
/* The vocabulary: event types (system calls and others), their arguments, the
 * kinds of arguments. All of it comes from the .def tables; this is their one
 * reading that the program uses.
 *
 * Rules for the tables: rows may be added anywhere, arguments only at the end
 * of a row; a name never gets another meaning. Files name types by name. */
#ifndef SR_SCHEMA_H
#define SR_SCHEMA_H

#include "formats/event_abi.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is stored for an argument beside its raw 64-bit value. */
enum sr_class {
	SR_CLASS_NUM,	/* nothing: the raw value is all */
	SR_CLASS_STR,	/* a string of the block's dictionary */
	SR_CLASS_FILE,	/* a file of the block's dictionary */
	SR_CLASS_BYTES, /* bytes (payload, structures) in the block's heap */
};

/* Argument kinds: formats/kinds.def. SR_KIND(name, class, copy, flags, size) */
enum sr_kind {
#define SR_KIND(name, ...) SR_KIND_##name,
#include "formats/kinds.def"
#undef SR_KIND
	SR_KIND_COUNT
};

struct sr_kind_desc {
	const char *name; /* lower-case words in the manual use the same name */
	uint8_t cls;	  /* enum sr_class */
	uint8_t copy;	  /* enum sr_copy */
	uint8_t flags;	  /* enum sr_op_flag */
	uint16_t size; /* bytes (of one element) that the copier takes; 0 if it does not matter */
};
extern const struct sr_kind_desc sr_kinds[SR_KIND_COUNT];

/* Flag and enum names: formats/xlats.def lists the tables, formats/xlat/NAME.def
 * holds the rows SR_XLAT_ROW(NAME_OF_CONSTANT, value). */
enum sr_xlat {
	SR_XLAT_none,
#define SR_XLAT(name, ...) SR_XLAT_##name,
#include "formats/xlats.def"
#undef SR_XLAT
	SR_XLAT_COUNT
};

struct sr_xlat_row {
	const char *name;
	uint64_t value; /* negative constants are sign-extended */
};

/* One table. In a table of flags a row of several bits stands before the rows of those
 * bits alone, so a printer that takes rows in order and removes their bits is right. */
struct sr_xlat_table {
	const char *name; /* "open_flags" */
	bool flags;	  /* values are bits to be joined; else exactly one row fits */
	uint64_t mask;	  /* of flags: bits that are one number and fit one row (O_ACCMODE); or 0 */
	const struct sr_xlat_row *rows;
	size_t n;
};

/** sr_xlat_table() - the rows of @x, never NULL; without rows for SR_XLAT_none. */
const struct sr_xlat_table *sr_xlat_table(enum sr_xlat x);

/* Categories: the field's evt.category. */
enum sr_category {
	SR_CAT_OTHER,
	SR_CAT_FILE,
	SR_CAT_NET,
	SR_CAT_IPC,
	SR_CAT_MEMORY,
	SR_CAT_PROCESS,
	SR_CAT_SLEEP,
	SR_CAT_SYSTEM,
	SR_CAT_SIGNAL,
	SR_CAT_USER,
	SR_CAT_TIME,
	SR_CAT_IO_READ,
	SR_CAT_IO_WRITE,
	SR_CAT_IO_OTHER,
	SR_CAT_WAIT,
	SR_CAT_SCHEDULER,
	SR_CAT_INTERNAL,
	SR_CAT_COUNT
};
const char *sr_category_name(enum sr_category c);

enum sr_ret {
	SR_RET_INT,   /* number or -errno */
	SR_RET_FD,    /* a new fd of this process, or -errno */
	SR_RET_PID,   /* a pid or 0, or -errno */
	SR_RET_BYTES, /* a count of bytes, or -errno */
	SR_RET_PTR,   /* an address, or -errno */
	SR_RET_NONE,  /* no result (exit, lifecycle events) */
};

struct sr_arg_desc {
	const char *name;
	uint8_t kind;  /* enum sr_kind */
	uint8_t len;   /* index of the argument that holds the length, SR_LEN_RET, SR_LEN_NONE */
	uint16_t xlat; /* enum sr_xlat; SR_XLAT_none if the kind needs none */
};

struct sr_type {
	const char *name; /* "openat", "procexit", ... */
	int16_t nr[2];	  /* syscall number by enum sr_arch, -1 none; other events: -1 */
	int16_t xevent;	  /* enum sr_xevent, -1 for a syscall */
	uint8_t ret;	  /* enum sr_ret */
	uint8_t category; /* enum sr_category */
	uint16_t flags;	  /* enum sr_desc_flag as far as the table says them (not WANTED) */
	uint8_t nargs;
	const struct sr_arg_desc *args; /* nargs of them */
};

enum sr_arch {
	SR_ARCH_X86_64,
	SR_ARCH_AARCH64,
	SR_ARCH_COUNT
};
const char *sr_arch_name(enum sr_arch a); /* "x86_64", "aarch64": as uname -m */

/* All types: syscalls in the order of syscalls.def, then events.def. */
enum sr_type_id {
#define SR_SYSCALL(name, ...) SR_SC_##name,
#include "formats/syscalls.def"
#undef SR_SYSCALL
	SR_TYPE_FIRST_X,
#define SR_EVENT(name, ...) SR_EV_##name,
#include "formats/events.def"
#undef SR_EVENT
	SR_TYPE_END
};
/* sr_types[SR_TYPE_FIRST_X] is a row without a name, never used. */
extern const struct sr_type sr_types[];
#define SR_TYPE_COUNT ((int)SR_TYPE_END)

/** sr_type_by_name() - the type called @name (@len bytes), or NULL. O(log n). */
const struct sr_type *sr_type_by_name(const char *name, size_t len);

/** sr_type_by_nr() - the syscall numbered @nr on @arch, or NULL. O(1). */
const struct sr_type *sr_type_by_nr(enum sr_arch arch, unsigned int nr);

/** sr_type_by_xevent() - the type of an event beside syscalls, or NULL. */
const struct sr_type *sr_type_by_xevent(unsigned int xevent);

/** sr_type_id() - index of @t in sr_types. */
static inline int sr_type_id(const struct sr_type *t)
{
	return (int)(t - sr_types);
}

/** sr_type_critical() - is @t one of the rare events that matter most: programs, credentials,
 *  namespaces, mounts, modules, connections, and whatever happens beside system calls? */
bool sr_type_critical(const struct sr_type *t);

/** sr_type_lasts() - does @t begin and return: a system call, a request of io_uring? */
static inline bool sr_type_lasts(const struct sr_type *t)
{
	return t->xevent < 0 || t->ret != SR_RET_NONE;
}

/** sr_type_primary_fd() - index of the argument that is the event's fd, or -1 (none, or
 *  it is the result: t->ret == SR_RET_FD). The first argument of class FILE that is no DIRFD:
 *  a dirfd says where a path begins, the event is not about it. */
int sr_type_primary_fd(const struct sr_type *t);

/**
 * sr_type_desc() - the driver's row for @t: what to copy when. The caller sets SR_D_WANTED.
 * Arguments whose ops do not fit SR_MAX_OPS are a defect of the table (a test checks).
 */
void sr_type_desc(const struct sr_type *t, struct sr_desc *out);

/** sr_errno_name() - "ENOENT" for 2; NULL if unknown. */
const char *sr_errno_name(int e);

/** sr_xlat_value() - the value of constant @name of table @x; false if there is none. */
bool sr_xlat_value(enum sr_xlat x, const char *name, size_t len, uint64_t *out);

#endif /* SR_SCHEMA_H */
